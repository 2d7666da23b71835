/*
 * op_xml_table.c: XMLTABLE. The row path's nodes are the rows; a column's path is looked up from each,
 * its value goes through the column type's input function.
 */
#include "executor/program.h"

#include "types/xml.h"

typedef struct XmlTableScan {
    Node node;
    const TableFunc *func;
    ProgNode *document_expr, *row_expr;
    ProgNode **paths, **defaults; /* [column_count]; NULL: none */
    ProgNode **uris;
    const TypeInfo **types;
    Register *registers;
    Arena arena; /* of one run: the document, paths, values of the batch */
    XmlDocument *document;
    Str *column_paths;
    XmlResult rows;
    uint32_t next;
    bool started;
} XmlTableScan;

static Status text_of(XmlTableScan *x, ProgNode *expr, ProgContext *ctx, Str *out, bool *null_out) {
    Datum value, copy = {.i64 = 0};
    TRY(prog_eval_row(expr, ctx, 0, &value, null_out));
    if (!*null_out)
        TRY(datum_copy(&x->arena, PHYS_STR, value, &copy));
    *out = copy.str;
    return STATUS_OK;
}
static Status namespaces_of(XmlTableScan *x, ProgContext *ctx, Str **names_out) {
    const TableFunc *func = x->func;
    uint32_t n = func->namespace_uris.count;
    bool is_null;
    *names_out = arena_array(&x->arena, Str, 2 * n + 1);
    for (uint32_t i = 0; i < n; i++) {
        TRY(text_of(x, x->uris[i], ctx, &(*names_out)[2 * i + 1], &is_null));
        if (is_null)
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "namespace URI must not be null");
        if (func->namespace_names[i] == NULL)
            return error(ERR_FEATURE_NOT_SUPPORTED, "DEFAULT namespace is not supported");
        (*names_out)[2 * i] = str_from_cstr(func->namespace_names[i]);
    }
    return STATUS_OK;
}
static Status column_path(XmlTableScan *x, uint32_t c, ProgContext *ctx) {
    const TableFunc *func = x->func;
    bool is_null;
    x->column_paths[c] = str_from_cstr(func->names[c]);
    if (x->paths[c] == NULL)
        return STATUS_OK;
    TRY(text_of(x, x->paths[c], ctx, &x->column_paths[c], &is_null));
    if (is_null)
        return status_detail(
            error(ERR_NULL_VALUE_NOT_ALLOWED, "column filter expression must not be null"),
            "Filter for column \"%s\" is null.", func->names[c]);
    if (x->column_paths[c].len == 0)
        return error(ERR_DATA_EXCEPTION, "column path filter must not be empty string");
    return STATUS_OK;
}
static Status start_run(XmlTableScan *x, ProgContext *ctx) {
    const TableFunc *func = x->func;
    EvalEnv *env = &x->node.exec->env;
    Str document, row_path, *names;
    bool is_null;
    x->started = true;
    x->next = 0;
    x->rows = (XmlResult){0};
    xml_document_free(x->document);
    x->document = NULL;
    arena_reset(&x->arena);
    TRY(text_of(x, x->document_expr, ctx, &document, &is_null));
    if (is_null)
        return STATUS_OK;
    TRY(namespaces_of(x, ctx, &names));
    TRY(xml_document_open(env, &x->arena, document, names, func->namespace_uris.count,
                          &x->document));
    TRY(text_of(x, x->row_expr, ctx, &row_path, &is_null));
    if (is_null)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "row filter expression must not be null");
    if (row_path.len == 0)
        return error(ERR_DATA_EXCEPTION, "row path filter must not be empty string");
    x->column_paths = arena_array(&x->arena, Str, func->column_count + 1);
    for (uint32_t c = 0; c < func->column_count; c++)
        if ((int32_t)c != func->ordinality_column)
            TRY(column_path(x, c, ctx));
    return xml_evaluate(x->document, NULL, row_path, &x->rows);
}

/* What a path gave as the text that the column's type reads. */
static Status result_text(XmlTableScan *x, const XmlResult *r, const TypeInfo *type, StrBuf *out,
                          bool *null_out) {
    bool is_xml = type->oid == OID_XML;
    *null_out = r->is_set && r->count == 0;
    if (!r->is_set) {
        Str text =
            r->is_bool && type->category == 'N' ? str_from_cstr(r->truth ? "1" : "0") : r->text;
        if (is_xml && r->is_string)
            xml_escape(out, text);
        else
            strbuf_append(out, text.data, text.len);
        return STATUS_OK;
    }
    if (!is_xml && r->count > 1)
        return error(ERR_CARDINALITY_VIOLATION,
                     "more than one value returned by column XPath expression");
    for (uint32_t i = 0; i < r->count; i++) {
        if (is_xml)
            TRY(xml_node_value(x->document, r->nodes[i], out));
        else
            xml_node_text(r->nodes[i], out);
    }
    return STATUS_OK;
}
static Status column_value(XmlTableScan *x, uint32_t c, void *row_node, ProgContext *ctx,
                           Datum *value_out, bool *null_out) {
    const TableFunc *func = x->func;
    XmlResult result;
    StrBuf text;
    if ((int32_t)c == func->ordinality_column) {
        *value_out = datum_i32((int32_t)x->next + 1);
        *null_out = false;
        return STATUS_OK;
    }
    strbuf_init(&text, ctx->arena);
    TRY(xml_evaluate(x->document, row_node, x->column_paths[c], &result));
    TRY(result_text(x, &result, x->types[c], &text, null_out));
    if (!*null_out) {
        TypeIo io = {.type = x->types[c],
                     .typmod = func->typmods[c],
                     .env = &x->node.exec->env,
                     .arena = ctx->arena};
        return io.type->input(&io, strbuf_cstr(&text), text.len, value_out);
    }
    if (x->defaults[c] != NULL)
        TRY(prog_eval_row(x->defaults[c], ctx, 0, value_out, null_out));
    if (*null_out && func->not_null[c])
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "null is not allowed in column \"%s\"",
                     func->names[c]);
    return STATUS_OK;
}
static Status xml_table_produce(Node *node) {
    XmlTableScan *x = (XmlTableScan *)node;
    ProgContext ctx = node_context(node, NULL, NULL);
    ctx.arena = &node->batch_arena;
    if (!x->started)
        TRY(start_run(x, &ctx));
    uint32_t count = 0, n = x->func->column_count;
    uint32_t rows = x->rows.is_set ? x->rows.count : 0;
    for (uint32_t c = 0; c < n; c++)
        register_flat(&x->registers[c], &node->exec->arena, x->types[c]->phys, BATCH_ROWS);
    for (; count < BATCH_ROWS && x->next < rows; count++, x->next++) {
        for (uint32_t c = 0; c < n; c++) {
            Register *reg = &x->registers[c];
            Datum value = {.i64 = 0};
            bool is_null;
            TRY(column_value(x, c, x->rows.nodes[x->next], &ctx, &value, &is_null));
            if (is_null && reg->v.nulls == NULL)
                register_nulls(reg, reg->capacity);
            vector_put(&reg->v, count, value, is_null);
        }
    }
    for (uint32_t c = 0; c < n; c++)
        node->row.columns[c] = x->registers[c].v;
    node->row.row_count = count;
    node->row.selection = selection_all(count);
    return STATUS_OK;
}
static Status xml_table_rescan(Node *node, const Rescan *rescan) {
    ((XmlTableScan *)node)->started = false;
    return STATUS_OK;
}
static void xml_table_close(Node *node) {
    XmlTableScan *x = (XmlTableScan *)node;
    xml_document_free(x->document);
    x->document = NULL;
    arena_destroy(&x->arena);
}

Status table_func_scan_build(Executor *exec, const Plan *plan, Node **node_out) {
    const TableFunc *func = ((const PlanTableFuncScan *)plan)->func;
    XmlTableScan *x;
    uint32_t n = func->column_count;
    TRY(node_init(exec, plan, sizeof(*x), xml_table_produce, xml_table_rescan, &x));
    x->func = func;
    arena_init(&x->arena, &exec->account);
    x->node.close = xml_table_close;
    x->paths = arena_array(&exec->arena, ProgNode *, n + 1);
    x->defaults = arena_array(&exec->arena, ProgNode *, n + 1);
    x->types = arena_array(&exec->arena, const TypeInfo *, n + 1);
    x->registers = arena_array(&exec->arena, Register, n + 1);
    TRY(prog_compile(exec, func->document, &x->document_expr));
    TRY(prog_compile(exec, func->row, &x->row_expr));
    TRY(prog_compile_list(exec, &func->namespace_uris, &x->uris));
    for (uint32_t c = 0; c < n; c++) {
        TRY(exec_type(exec, func->types[c], &x->types[c]));
        if (func->paths[c] != NULL)
            TRY(prog_compile(exec, func->paths[c], &x->paths[c]));
        if (func->defaults[c] != NULL)
            TRY(prog_compile(exec, func->defaults[c], &x->defaults[c]));
    }
    node_row_shape(&x->node, n);
    *node_out = &x->node;
    return STATUS_OK;
}
