/* deparse_xml.c: the constructs of SQL/XML and XMLTABLE as text. */
#include "planner/deparse_int.h"

#include "types/xml.h"

static void put_xml_name(Deparse *d, const char *name) {
    StrBuf out;
    strbuf_init(&out, d->arena);
    xml_name_to_identifier(name, &out);
    put_ident(d, strbuf_cstr(&out));
}
static Status put_named(Deparse *d, const ExprXml *x, bool comma) {
    if (x->named_args.count == 0)
        return STATUS_OK;
    if (x->op != XML_FOREST)
        put(d, comma ? ", XMLATTRIBUTES(" : "XMLATTRIBUTES(");
    for (uint32_t i = 0; i < x->named_args.count; i++) {
        if (i > 0)
            put(d, ", ");
        TRY(put_expr(d, x->named_args.items[i], true));
        put(d, " AS ");
        put_xml_name(d, x->arg_names[i]);
    }
    if (x->op != XML_FOREST)
        put(d, ")");
    return STATUS_OK;
}
static const ExprConst *constant(const Expr *expr) {
    const ExprConst *c = (const ExprConst *)expr;
    return expr->tag == EXPR_CONST && !c->is_null ? c : NULL;
}
static Status put_root(Deparse *d, const ExprXml *x) {
    static const char *const standalone[] = {", STANDALONE YES", ", STANDALONE NO",
                                             ", STANDALONE NO VALUE", ""};
    const ExprConst *option = constant(x->args.items[2]);
    TRY(put_expr(d, x->args.items[0], true));
    put(d, ", VERSION ");
    if (x->args.items[1]->tag == EXPR_CONST && constant(x->args.items[1]) == NULL)
        put(d, "NO VALUE");
    else
        TRY(put_expr(d, x->args.items[1], false));
    if (option != NULL && option->value.i32 >= 0 && option->value.i32 < 4)
        put(d, standalone[option->value.i32]);
    return STATUS_OK;
}
static Status put_args(Deparse *d, const ExprXml *x) {
    if (x->op == XML_ROOT)
        return put_root(d, x);
    uint32_t count = x->op == XML_PARSE ? 1 : x->args.count;
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            put(d, ", ");
        TRY(put_expr(d, x->args.items[i], true));
    }
    if (x->op == XML_PARSE && x->args.count > 1) {
        const ExprConst *preserve = constant(x->args.items[1]);
        put(d,
            preserve != NULL && preserve->value.b ? " PRESERVE WHITESPACE" : " STRIP WHITESPACE");
    }
    return STATUS_OK;
}
Status put_xml(Deparse *d, const ExprXml *x) {
    static const char *const openings[] = {[XML_CONCAT] = "XMLCONCAT(",
                                           [XML_ELEMENT] = "XMLELEMENT(",
                                           [XML_FOREST] = "XMLFOREST(",
                                           [XML_PARSE] = "XMLPARSE(",
                                           [XML_PI] = "XMLPI(",
                                           [XML_ROOT] = "XMLROOT(",
                                           [XML_SERIALIZE] = "XMLSERIALIZE("};
    if (x->op == XML_IS_DOCUMENT) {
        bool pretty = (d->flags & DEPARSE_PAREN) != 0;
        put(d, pretty ? "" : "(");
        TRY(put_expr_paren(d, x->args.items[0], false, (const Expr *)x));
        put(d, pretty ? " IS DOCUMENT" : " IS DOCUMENT)");
        return STATUS_OK;
    }
    put(d, openings[x->op]);
    if (x->op == XML_PARSE || x->op == XML_SERIALIZE)
        put(d, x->document ? "DOCUMENT " : "CONTENT ");
    if (x->name != NULL) {
        put(d, "NAME ");
        put_xml_name(d, x->name);
    }
    TRY(put_named(d, x, x->name != NULL));
    if (x->args.count > 0) {
        if (x->name != NULL || x->named_args.count > 0)
            put(d, ", ");
        TRY(put_args(d, x));
    }
    if (x->op == XML_SERIALIZE) {
        put(d, " AS ");
        TRY(put_type(d, x->type, x->typmod));
    }
    put(d, ")");
    return STATUS_OK;
}

static Status put_parenthesized(Deparse *d, const char *before, const Expr *expr) {
    if (expr == NULL)
        return STATUS_OK;
    put(d, before);
    put(d, "(");
    TRY(put_expr(d, expr, true));
    put(d, ")");
    return STATUS_OK;
}
static Status put_namespaces(Deparse *d, const TableFunc *f) {
    if (f->namespace_uris.count == 0)
        return STATUS_OK;
    put(d, "XMLNAMESPACES (");
    for (uint32_t i = 0; i < f->namespace_uris.count; i++) {
        if (i > 0)
            put(d, ", ");
        if (f->namespace_names[i] == NULL)
            put(d, "DEFAULT ");
        TRY(put_expr(d, f->namespace_uris.items[i], true));
        if (f->namespace_names[i] != NULL) {
            put(d, " AS ");
            put_ident(d, f->namespace_names[i]);
        }
    }
    put(d, "), ");
    return STATUS_OK;
}
Status put_table_func(Deparse *d, const TableFunc *f) {
    put(d, "XMLTABLE(");
    TRY(put_namespaces(d, f));
    TRY(put_parenthesized(d, "", f->row));
    TRY(put_parenthesized(d, " PASSING ", f->document));
    for (uint32_t c = 0; c < f->column_count; c++) {
        put(d, c == 0 ? " COLUMNS " : ", ");
        put_ident(d, f->names[c]);
        if ((int32_t)c == f->ordinality_column) {
            put(d, " FOR ORDINALITY");
            continue;
        }
        put(d, " ");
        TRY(put_type(d, f->types[c], f->typmods[c]));
        TRY(put_parenthesized(d, " DEFAULT ", f->defaults[c]));
        TRY(put_parenthesized(d, " PATH ", f->paths[c]));
        if (f->not_null[c])
            put(d, " NOT NULL");
    }
    put(d, ")");
    return STATUS_OK;
}
