/* ddl_fk.c: foreign keys: which operators compare the keys, and whether existing rows obey. */
#include "executor/ddl_int.h"

/* May a value of one type stand for the other without being written down? */
static Status coerces_implicitly(Ddl *ddl, Oid from, Oid to, bool *yes_out) {
    *yes_out = from == to;
    if (*yes_out)
        return STATUS_OK;
    const CastDesc *cast;
    TRY(catalog_cast(ddl->catalog, from, to, &cast));
    if (cast != NULL && cast->context == 'i') {
        *yes_out = true;
        return STATUS_OK;
    }
    const TypeDesc *type;
    TRY(catalog_type(ddl->catalog, from, &type));
    if (type == NULL)
        return STATUS_OK;
    Oid element;
    TRY(catalog_array_element(ddl->catalog, from, &element));
    *yes_out = (to == OID_ANYENUM && type->kind == 'e') ||
               (to == OID_ANYARRAY && element != OID_INVALID) ||
               (to == OID_ANYRANGE && type->kind == 'r') ||
               (to == OID_ANYMULTIRANGE && type->kind == 'm') ||
               (to == OID_RECORD && type->kind == 'c');
    return STATUS_OK;
}

static bool is_polymorphic(Oid type) {
    return type == OID_ANYENUM || type == OID_ANYARRAY || type == OID_ANYRANGE ||
           type == OID_ANYMULTIRANGE;
}

Status ddl_fk_operators(Ddl *ddl, Oid family_oid, Oid input_type, Oid pk_type, Oid fk_type,
                        Oid *pp_out, Oid *pf_out, Oid *ff_out) {
    *pp_out = *pf_out = *ff_out = OID_INVALID;
    const OpfamilyDesc *family;
    TRY(catalog_opfamily(ddl->catalog, family_oid, &family));
    if (family == NULL)
        return STATUS_OK;
    int16_t strategy = family->am == OID_AM_HASH ? HASH_EQUAL : BTREE_EQUAL;
    *pp_out = opfamily_operator(family, input_type, input_type, strategy);
    Oid fk_base, pk_base;
    TRY(catalog_base_type(ddl->catalog, fk_type, &fk_base, NULL));
    TRY(catalog_base_type(ddl->catalog, pk_type, &pk_base, NULL));
    *pf_out = opfamily_operator(family, input_type, fk_base, strategy);
    if (*pf_out != OID_INVALID) {
        *ff_out = opfamily_operator(family, fk_base, fk_base, strategy);
        return STATUS_OK;
    }
    bool fits;
    TRY(coerces_implicitly(ddl, fk_base, input_type, &fits));
    if (fits && (!is_polymorphic(input_type) || fk_base == pk_base))
        *pf_out = *ff_out = *pp_out;
    return STATUS_OK;
}

/* ---- existing rows ---- */

typedef struct FkText {
    Ddl *ddl;
    const RelationDesc *relation, *referenced;
    const FkDesc *fk;
} FkText;

static const char *fk_column(const FkText *text, uint16_t i) {
    return quote_ident(text->ddl->catalog, text->ddl->arena,
                       text->relation->columns[text->fk->columns[i] - 1].name);
}

static const char *pk_column(const FkText *text, uint16_t i) {
    return quote_ident(text->ddl->catalog, text->ddl->arena,
                       text->referenced->columns[text->fk->referenced_columns[i] - 1].name);
}

static const char *qualified(Ddl *ddl, const RelationDesc *relation) {
    return quote_qualified(ddl->catalog, ddl->arena, relation->nsp_name, relation->name);
}

/* Keys compare under the referenced column's collation. */
static Status put_collation(const FkText *text, uint16_t i, StrBuf *sql) {
    Ddl *ddl = text->ddl;
    Oid pk = text->referenced->columns[text->fk->referenced_columns[i] - 1].collation;
    const CollationDesc *desc;
    const char *nsp;
    if (pk == OID_INVALID || pk == text->relation->columns[text->fk->columns[i] - 1].collation)
        return STATUS_OK;
    TRY(catalog_collation(ddl->catalog, pk, &desc));
    TRY(namespace_name(ddl->catalog, desc->nsp, &nsp));
    strbuf_printf(sql, " COLLATE %s", quote_qualified(ddl->catalog, ddl->arena, nsp, desc->name));
    return STATUS_OK;
}

/* SELECT the keys' texts FROM fk .. JOIN pk ON (keys are equal). */
static Status join_text(const FkText *text, const char *join, StrBuf *sql) {
    Ddl *ddl = text->ddl;
    const FkDesc *fk = text->fk;
    strbuf_puts(sql, "SELECT ");
    for (uint16_t i = 0; i < fk->column_count; i++)
        strbuf_printf(sql, "%sfk.%s::pg_catalog.text", i > 0 ? ", " : "", fk_column(text, i));
    strbuf_printf(sql, " FROM %s%s fk %s %s%s pk ON (", text->relation->kind == 'p' ? "" : "ONLY ",
                  qualified(ddl, text->relation), join,
                  text->referenced->kind == 'p' ? "" : "ONLY ", qualified(ddl, text->referenced));
    for (uint16_t i = 0; i < fk->column_count; i++) {
        const OperatorDesc *op;
        const char *nsp;
        TRY(catalog_operator_require(ddl->catalog, fk->pf_equal[i], &op));
        TRY(namespace_name(ddl->catalog, op->nsp, &nsp));
        strbuf_printf(sql, "%spk.%s OPERATOR(%s.%s) fk.%s", i > 0 ? " AND " : "",
                      pk_column(text, i), quote_ident(ddl->catalog, ddl->arena, nsp), op->name,
                      fk_column(text, i));
        TRY(put_collation(text, i, sql));
    }
    strbuf_puts(sql, ") WHERE ");
    return STATUS_OK;
}

/* The rows whose keys are to be looked at; the first of them. */
static void put_keyed(const FkText *text, StrBuf *sql) {
    const FkDesc *fk = text->fk;
    strbuf_puts(sql, "(");
    for (uint16_t i = 0; i < fk->column_count; i++)
        strbuf_printf(sql, "%sfk.%s IS NOT NULL",
                      i == 0             ? ""
                      : fk->match == 'f' ? " OR "
                                         : " AND ",
                      fk_column(text, i));
    strbuf_puts(sql, ") LIMIT 1");
}

static Status query_text(const FkText *text, const char **sql_out) {
    StrBuf sql;
    strbuf_init(&sql, text->ddl->arena);
    TRY(join_text(text, "LEFT OUTER JOIN", &sql));
    strbuf_printf(&sql, "pk.%s IS NULL AND ", pk_column(text, 0));
    put_keyed(text, &sql);
    *sql_out = strbuf_cstr(&sql);
    return STATUS_OK;
}

/* "(a, b)=(1, 2)" of the row found; *null_out: it has nulls. */
static const char *key_text(const FkText *text, const RowCollector *rows, bool *null_out) {
    Ddl *ddl = text->ddl;
    const FkDesc *fk = text->fk;
    StrBuf names, values;
    strbuf_init(&names, ddl->arena);
    strbuf_init(&values, ddl->arena);
    *null_out = false;
    for (uint16_t i = 0; i < fk->column_count; i++) {
        strbuf_printf(&names, "%s%s", i > 0 ? ", " : "",
                      text->relation->columns[fk->columns[i] - 1].name);
        strbuf_puts(&values, i > 0 ? ", " : "");
        *null_out |= rows->nulls[i];
        if (rows->nulls[i])
            strbuf_puts(&values, "null");
        else
            strbuf_append(&values, rows->values[i].str.data, rows->values[i].str.len);
    }
    return arena_printf(ddl->arena, "(%s)=(%s)", strbuf_cstr(&names), strbuf_cstr(&values));
}

static Status violation(const FkText *text, const RowCollector *rows) {
    const FkDesc *fk = text->fk;
    bool any_null;
    const char *key = key_text(text, rows, &any_null);
    Status status = error(ERR_FOREIGN_KEY_VIOLATION,
                          "insert or update on table \"%s\" violates foreign key constraint \"%s\"",
                          text->relation->name, fk->name);
    if (fk->match == 'f' && any_null)
        status = status_detail(status, "MATCH FULL does not allow mixing of null and nonnull key "
                                       "values.");
    else
        status = status_detail(status, "Key %s is not present in table \"%s\".", key,
                               text->referenced->name);
    return status_object(status, text->relation->nsp_name, text->relation->name, NULL, NULL,
                         fk->name);
}

static Status text_init(Ddl *ddl, Oid relation, Oid constraint, FkText *text) {
    *text = (FkText){.ddl = ddl};
    TRY(catalog_relation_require(ddl->catalog, relation, &text->relation));
    for (uint16_t i = 0; i < text->relation->fk_count; i++)
        if (text->relation->fks[i].oid == constraint)
            text->fk = &text->relation->fks[i];
    if (text->fk == NULL)
        return STATUS_OK;
    return catalog_relation_require(ddl->catalog, text->fk->referenced, &text->referenced);
}

Status ddl_verify_foreign_key(Ddl *ddl, Oid relation_oid, Oid constraint) {
    FkText text;
    TRY(text_init(ddl, relation_oid, constraint, &text));
    if (text.fk == NULL || (text.relation->store == 0 && text.relation->kind != 'p'))
        return STATUS_OK;
    if (text.fk->check_enabled == 0) /* one to a single partition: the topmost says it all */
        return STATUS_OK;
    NestedQuery query = {.flags = EXEC_SKIP_PERMISSIONS};
    TRY(query_text(&text, &query.sql));
    RowCollector rows;
    uint64_t count;
    row_collector_init(&rows, ddl->arena, 1);
    TRY(executor_run_sql(ddl->session, &query, &rows.sink, &count));
    return rows.row_count == 0 ? STATUS_OK : violation(&text, &rows);
}

Status ddl_verify_unreferenced(Ddl *ddl, Oid relation, Oid constraint) {
    FkText text;
    StrBuf sql;
    bool any_null;
    TRY(text_init(ddl, relation, constraint, &text));
    if (text.fk == NULL)
        return STATUS_OK;
    strbuf_init(&sql, ddl->arena);
    TRY(join_text(&text, "JOIN", &sql));
    put_keyed(&text, &sql);
    NestedQuery query = {.flags = EXEC_SKIP_PERMISSIONS, .sql = strbuf_cstr(&sql)};
    RowCollector rows;
    uint64_t count;
    row_collector_init(&rows, ddl->arena, 1);
    TRY(executor_run_sql(ddl->session, &query, &rows.sink, &count));
    if (rows.row_count == 0)
        return STATUS_OK;
    Status s = error(ERR_FOREIGN_KEY_VIOLATION,
                     "removing partition \"%s\" violates foreign key constraint \"%s\"",
                     text.referenced->name, text.fk->name);
    s = status_detail(s, "Key %s is still referenced from table \"%s\".",
                      key_text(&text, &rows, &any_null), text.relation->name);
    return status_object(s, text.relation->nsp_name, text.relation->name, NULL, NULL,
                         text.fk->name);
}
