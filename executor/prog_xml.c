/* prog_xml.c: XMLELEMENT, XMLFOREST, XMLPARSE and the other constructs of SQL/XML. */
#include "executor/program.h"

#include "types/xml.h"

typedef struct XmlNode {
    ProgNode node; /* args: named ones, then the others */
    const ExprXml *expr;
    uint32_t named_count;
} XmlNode;
/* One row's arguments. */
typedef struct XmlArgs {
    EvalEnv *env;
    Datum *values;
    bool *nulls;
} XmlArgs;

static Status put_arg(const XmlNode *x, Arena *arena, const XmlArgs *a, uint32_t i, bool escape,
                      StrBuf *out) {
    return xml_put_value(a->env, arena, x->node.args[i]->info->oid, a->values[i], escape, out);
}
static Status element(const XmlNode *x, Arena *arena, const XmlArgs *a, StrBuf *out) {
    bool open = true;
    strbuf_printf(out, "<%s", x->expr->name);
    for (uint32_t i = 0; i < x->named_count; i++) {
        StrBuf value;
        if (a->nulls[i])
            continue;
        strbuf_init(&value, arena);
        TRY(put_arg(x, arena, a, i, false, &value));
        xml_put_attribute(out, x->expr->arg_names[i], str_make(strbuf_cstr(&value), value.len));
    }
    for (uint32_t i = x->named_count; i < x->node.arg_count; i++) {
        if (a->nulls[i])
            continue;
        if (open)
            strbuf_putc(out, '>');
        open = false;
        TRY(put_arg(x, arena, a, i, true, out));
    }
    if (open)
        strbuf_puts(out, "/>");
    else
        strbuf_printf(out, "</%s>", x->expr->name);
    return STATUS_OK;
}
static Status forest(const XmlNode *x, Arena *arena, const XmlArgs *a, StrBuf *out,
                     bool *null_out) {
    *null_out = true;
    for (uint32_t i = 0; i < x->named_count; i++) {
        if (a->nulls[i])
            continue;
        *null_out = false;
        strbuf_printf(out, "<%s>", x->expr->arg_names[i]);
        TRY(put_arg(x, arena, a, i, true, out));
        strbuf_printf(out, "</%s>", x->expr->arg_names[i]);
    }
    return STATUS_OK;
}
static void concat(const XmlNode *x, Arena *arena, const XmlArgs *a, StrBuf *out, bool *null_out) {
    Str *values = arena_array(arena, Str, x->node.arg_count + 1);
    uint32_t count = 0;
    for (uint32_t i = 0; i < x->node.arg_count; i++)
        if (!a->nulls[i])
            values[count++] = a->values[i].str;
    *null_out = count == 0;
    if (count > 0)
        xml_concat(arena, values, count, out);
}
/* standalone: YES, NO, NO VALUE, omitted, in the grammar's order. */
static int standalone_of(int32_t option) {
    static const int values[] = {1, 0, -1, -2};
    return option >= 0 && option < 4 ? values[option] : -2;
}
static Status serialize(const XmlNode *x, Arena *arena, EvalEnv *env, Str value) {
    bool is_document = true;
    if (x->expr->document)
        TRY(xml_is_document(env, arena, value, &is_document));
    return is_document ? STATUS_OK : error(ERR_NOT_AN_XML_DOCUMENT, "not an XML document");
}
static Status xml_row(const XmlNode *x, Arena *arena, const XmlArgs *a, Datum *value_out,
                      bool *null_out) {
    EvalEnv *env = a->env;
    StrBuf out;
    Str first = x->node.arg_count > 0 && !a->nulls[0] ? a->values[0].str : (Str){0};
    strbuf_init(&out, arena);
    *null_out = false;
    switch (x->expr->op) {
    case XML_CONCAT:
        concat(x, arena, a, &out, null_out);
        break;
    case XML_ELEMENT:
        TRY(element(x, arena, a, &out));
        break;
    case XML_FOREST:
        TRY(forest(x, arena, a, &out, null_out));
        break;
    case XML_PARSE:
        *null_out = a->nulls[0] || (x->node.arg_count > 1 && a->nulls[1]);
        if (*null_out)
            return STATUS_OK;
        TRY(xml_check(env, arena, first, x->expr->document));
        *value_out = (Datum){.str = first};
        return STATUS_OK;
    case XML_PI:
        TRY(xml_pi(x->expr->name, first, &out));
        *null_out = x->node.arg_count > 0 && a->nulls[0];
        break;
    case XML_ROOT:
        *null_out = a->nulls[0];
        if (!*null_out)
            xml_root(first, a->nulls[1] ? (Str){0} : a->values[1].str,
                     standalone_of(a->nulls[2] ? 3 : a->values[2].i32), &out);
        break;
    case XML_SERIALIZE:
        *null_out = a->nulls[0];
        if (!*null_out)
            TRY(serialize(x, arena, env, first));
        *value_out = (Datum){.str = first};
        return STATUS_OK;
    case XML_IS_DOCUMENT:
        *null_out = a->nulls[0];
        *value_out = datum_bool(false);
        return *null_out ? STATUS_OK : xml_is_document(env, arena, first, &value_out->b);
    }
    *value_out = datum_str(strbuf_cstr(&out), out.len);
    return STATUS_OK;
}

static Status eval_xml(ProgNode *node, ProgContext *ctx, Selection sel, const Vector **out) {
    const XmlNode *x = (const XmlNode *)node;
    const Vector **v = arena_array(ctx->arena, const Vector *, node->arg_count + 1);
    XmlArgs a = {.env = &ctx->exec->env,
                 .values = arena_array(ctx->arena, Datum, node->arg_count + 1),
                 .nulls = arena_array(ctx->arena, bool, node->arg_count + 1)};
    for (uint32_t i = 0; i < node->arg_count; i++)
        TRY(prog_eval(node->args[i], ctx, sel, &v[i]));
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
    SELECTION_FOREACH(sel, row) {
        Datum value = {.i64 = 0};
        bool is_null;
        for (uint32_t i = 0; i < node->arg_count; i++) {
            a.nulls[i] = vector_is_null(v[i], row);
            if (!a.nulls[i])
                a.values[i] = vector_at(v[i], row);
        }
        TRY(xml_row(x, ctx->arena, &a, &value, &is_null));
        if (is_null && result->nulls == NULL)
            register_nulls(&node->reg, node->reg.capacity);
        vector_put(result, row, value, is_null);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_xml(Executor *exec, const ExprXml *expr, ProgNode **out) {
    XmlNode *node;
    ExprList all = {0};
    TRY(prog_node(exec, sizeof(*node), eval_xml, (const Expr *)expr, &node));
    node->expr = expr;
    node->named_count = expr->named_args.count;
    expr_list_concat(&exec->arena, &all, &expr->named_args);
    expr_list_concat(&exec->arena, &all, &expr->args);
    TRY(prog_compile_args(exec, &node->node, &all));
    *out = &node->node;
    return STATUS_OK;
}
