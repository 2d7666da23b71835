/* deparse_object.c: definitions of indexes, constraints and views from their catalog rows. */
#include "planner/deparse_int.h"

#include "catalog/row.h"

static Status relation_text(EvalEnv *env, Arena *arena, Oid relation, unsigned flags,
                            const char **text_out) {
    if (flags & DEPARSE_SCHEMA)
        return format_relation(env->catalog, arena, relation, text_out);
    const RelationDesc *desc;
    TRY(catalog_relation_require(env->catalog, relation, &desc));
    *text_out = quote_qualified(env->catalog, arena, desc->nsp_name, desc->name);
    return STATUS_OK;
}

/* ---- indexes ---- */

static Status load_expressions(Arena *arena, const IndexDesc *index, ExprList *list_out) {
    *list_out = (ExprList){0};
    return index->expressions == NULL ? STATUS_OK
                                      : expr_list_from_string(arena, index->expressions,
                                                              strlen(index->expressions), list_out);
}

static Status append_index_column(EvalEnv *env, Arena *arena, const RelationDesc *relation,
                                  const IndexDesc *index, uint16_t column, ExprList *expressions,
                                  uint32_t *next_expression, unsigned flags, StrBuf *text,
                                  Oid *type_out, Oid *collation_out) {
    if (index->attnums[column] != 0) {
        const ColumnDesc *attribute = &relation->columns[index->attnums[column] - 1];
        append_ident(env->catalog, text, attribute->name);
        *type_out = attribute->type;
        *collation_out = attribute->collation;
        return STATUS_OK;
    }
    Expr *expr = expressions->items[(*next_expression)++];
    const char *sql;
    TRY(deparse_expr(env, arena, expr, relation->oid, false, flags, &sql));
    bool is_call = expr->tag == EXPR_FUNC && ((ExprFunc *)expr)->op == OID_INVALID &&
                   ((ExprFunc *)expr)->form == CALL_EXPLICIT;
    strbuf_printf(text, is_call ? "%s" : "(%s)", sql);
    *type_out = expr->type;
    *collation_out = expr->collation;
    return STATUS_OK;
}

/* Parameters of the operator class; its name is said before them. */
static Status append_class_options(EvalEnv *env, Arena *arena, const IndexDesc *index,
                                   uint16_t column, bool unnamed, StrBuf *text) {
    const RelationDesc *self;
    const OpclassDesc *opclass;
    TRY(catalog_relation_require(env->catalog, index->oid, &self));
    if (column >= self->column_count || self->columns[column].option_count == 0)
        return STATUS_OK;
    TRY(catalog_opclass(env->catalog, index->opclasses[column], &opclass));
    if (unnamed && opclass != NULL)
        strbuf_printf(text, " %s", quote_ident(env->catalog, arena, opclass->name));
    const ColumnDesc *attribute = &self->columns[column];
    for (uint32_t i = 0; i < attribute->option_count; i++) {
        const char *equals = strchr(attribute->options[i], '=');
        size_t name_len = equals == NULL ? strlen(attribute->options[i])
                                         : (size_t)(equals - attribute->options[i]);
        const char *value = equals == NULL ? "" : equals + 1;
        strbuf_printf(
            text, "%s%s=%s", i == 0 ? " (" : ", ",
            quote_ident(env->catalog, arena, arena_strndup(arena, attribute->options[i], name_len)),
            quote_literal(arena, value, strlen(value)));
    }
    strbuf_puts(text, ")");
    return STATUS_OK;
}

static Status append_key_options(EvalEnv *env, Arena *arena, const IndexDesc *index,
                                 uint16_t column, Oid type, Oid collation, StrBuf *text) {
    if (index->collations[column] != OID_INVALID && index->collations[column] != collation) {
        const CollationDesc *desc;
        TRY(catalog_collation(env->catalog, index->collations[column], &desc));
        if (desc != NULL)
            strbuf_printf(text, " COLLATE %s", quote_ident(env->catalog, arena, desc->name));
    }
    Oid usual;
    TRY(catalog_default_opclass(env->catalog, index->am, type, &usual));
    if (usual != index->opclasses[column]) {
        const OpclassDesc *opclass;
        TRY(catalog_opclass(env->catalog, index->opclasses[column], &opclass));
        if (opclass != NULL)
            strbuf_printf(text, " %s", quote_ident(env->catalog, arena, opclass->name));
    }
    TRY(append_class_options(env, arena, index, column, usual == index->opclasses[column], text));
    bool descending = (index->options[column] & INDEX_OPTION_DESC) != 0;
    bool nulls_first = (index->options[column] & INDEX_OPTION_NULLS_FIRST) != 0;
    if (descending)
        strbuf_puts(text, nulls_first ? " DESC" : " DESC NULLS LAST");
    else if (nulls_first)
        strbuf_puts(text, " NULLS FIRST");
    return STATUS_OK;
}

/* operators: what an exclusion constraint has behind each column; NULL: none. */
static Status append_columns(EvalEnv *env, Arena *arena, const RelationDesc *relation,
                             const IndexDesc *index, int only, const Oid *operators, unsigned flags,
                             StrBuf *text) {
    ExprList expressions;
    TRY(load_expressions(arena, index, &expressions));
    uint32_t next = 0;
    for (uint16_t i = 0; i < index->column_count; i++) {
        StrBuf item;
        strbuf_init(&item, arena);
        Oid type, collation;
        TRY(append_index_column(env, arena, relation, index, i, &expressions, &next, flags, &item,
                                &type, &collation));
        if (only > 0 && only != i + 1)
            continue;
        if (only == 0 && i < index->key_count)
            TRY(append_key_options(env, arena, index, i, type, collation, &item));
        if (operators != NULL && i < index->key_count) {
            Deparse d = {.env = env, .catalog = env->catalog, .arena = arena, .buf = &item};
            strbuf_puts(&item, " WITH ");
            TRY(put_operator_name(&d, operators[i]));
        }
        if (only == 0)
            strbuf_puts(text, i == 0 ? "" : i == index->key_count ? ") INCLUDE (" : ", ");
        strbuf_puts(text, strbuf_cstr(&item));
    }
    return STATUS_OK;
}

static void append_reloptions(EvalEnv *env, Arena *arena, const char *const *options,
                              uint32_t count, StrBuf *text) {
    for (uint32_t i = 0; i < count; i++) {
        const char *equals = strchr(options[i], '=');
        const char *name = equals == NULL
                               ? options[i]
                               : arena_strndup(arena, options[i], (size_t)(equals - options[i]));
        const char *value = equals == NULL ? "" : equals + 1;
        strbuf_printf(text, "%s%s=%s", i == 0 ? " WITH (" : ", ",
                      quote_ident(env->catalog, arena, name),
                      strcmp(quote_ident(env->catalog, arena, value), value) == 0
                          ? value
                          : quote_standard_literal(arena, value, strlen(value)));
    }
    if (count > 0)
        strbuf_puts(text, ")");
}

/* What follows the columns: INCLUDE's end, storage parameters, predicate. */
static Status append_index_rest(EvalEnv *env, Arena *arena, const RelationDesc *relation,
                                const IndexDesc *index, bool in_constraint, unsigned flags,
                                StrBuf *text) {
    const RelationDesc *self;
    strbuf_puts(text, ")");
    if (index->nulls_not_distinct)
        strbuf_puts(text, " NULLS NOT DISTINCT");
    TRY(catalog_relation_require(env->catalog, index->oid, &self));
    append_reloptions(env, arena, self->options, self->option_count, text);
    if (index->predicate == NULL)
        return STATUS_OK;
    Expr *predicate;
    const char *sql;
    TRY(expr_from_string(arena, index->predicate, strlen(index->predicate), &predicate));
    TRY(deparse_expr(env, arena, predicate, relation->oid, false, flags, &sql));
    strbuf_printf(text, in_constraint ? " WHERE (%s)" : " WHERE %s", sql);
    return STATUS_OK;
}

Status deparse_index(EvalEnv *env, Arena *arena, Oid index_oid, int column, unsigned flags,
                     const char **text_out) {
    *text_out = NULL;
    const IndexDesc *index;
    const RelationDesc *relation;
    TRY(catalog_index_desc(env->catalog, index_oid, &index, &relation));
    if (index == NULL)
        return STATUS_OK;
    StrBuf text;
    strbuf_init(&text, arena);
    if (column == 0) {
        const char *table;
        const AmDesc *am;
        TRY(relation_text(env, arena, relation->oid, flags, &table));
        TRY(catalog_am(env->catalog, index->am, &am));
        const RelationDesc *self;
        TRY(catalog_relation_require(env->catalog, index_oid, &self));
        strbuf_printf(&text, "CREATE %sINDEX %s ON %s%s USING %s (", index->unique ? "UNIQUE " : "",
                      quote_ident(env->catalog, arena, index->name),
                      self->kind == 'I' ? "ONLY " : "", table,
                      quote_ident(env->catalog, arena, am->name));
    }
    TRY(append_columns(env, arena, relation, index, column, NULL, flags, &text));
    if (column == 0)
        TRY(append_index_rest(env, arena, relation, index, false, flags, &text));
    *text_out = strbuf_cstr(&text);
    return STATUS_OK;
}

/* ---- constraints ---- */

static void append_column_names(EvalEnv *env, const RelationDesc *relation, const int16_t *columns,
                                uint32_t count, StrBuf *text) {
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0)
            strbuf_puts(text, ", ");
        append_ident(env->catalog, text, relation->columns[columns[i] - 1].name);
    }
}

static const char *action_text(char action) {
    switch (action) {
    case 'r':
        return "RESTRICT";
    case 'c':
        return "CASCADE";
    case 'n':
        return "SET NULL";
    case 'd':
        return "SET DEFAULT";
    default:
        return NULL;
    }
}

static Status foreign_key(EvalEnv *env, Arena *arena, const CatalogRow *row,
                          const RelationDesc *relation, unsigned flags, StrBuf *text) {
    uint32_t count, referenced_count, set_count = 0;
    const int16_t *columns = row_get_int2s(arena, row->values[PG_CONSTRAINT_CONKEY], &count);
    const int16_t *referenced_columns =
        row_get_int2s(arena, row->values[PG_CONSTRAINT_CONFKEY], &referenced_count);
    const RelationDesc *referenced;
    const char *table;
    TRY(catalog_relation_require(env->catalog, row_oid(row, PG_CONSTRAINT_CONFRELID), &referenced));
    strbuf_puts(text, "FOREIGN KEY (");
    append_column_names(env, relation, columns, count, text);
    TRY(format_relation(env->catalog, arena, referenced->oid, &table));
    (void)flags;
    strbuf_printf(text, ") REFERENCES %s(", table);
    append_column_names(env, referenced, referenced_columns, referenced_count, text);
    strbuf_puts(text, ")");
    char match = (char)row->values[PG_CONSTRAINT_CONFMATCHTYPE].byte;
    if (match != 's')
        strbuf_puts(text, match == 'f' ? " MATCH FULL" : " MATCH PARTIAL");
    const char *update = action_text((char)row->values[PG_CONSTRAINT_CONFUPDTYPE].byte);
    const char *remove = action_text((char)row->values[PG_CONSTRAINT_CONFDELTYPE].byte);
    if (update != NULL)
        strbuf_printf(text, " ON UPDATE %s", update);
    if (remove != NULL)
        strbuf_printf(text, " ON DELETE %s", remove);
    if (!row->nulls[PG_CONSTRAINT_CONFDELSETCOLS]) {
        const int16_t *set =
            row_get_int2s(arena, row->values[PG_CONSTRAINT_CONFDELSETCOLS], &set_count);
        if (set_count > 0) {
            strbuf_puts(text, " (");
            append_column_names(env, relation, set, set_count, text);
            strbuf_puts(text, ")");
        }
    }
    return STATUS_OK;
}

static Status key_constraint(EvalEnv *env, const CatalogRow *row, const RelationDesc *relation,
                             char type, StrBuf *text) {
    const IndexDesc *index = relation_index(relation, row_oid(row, PG_CONSTRAINT_CONINDID));
    strbuf_puts(text, type == 'p' ? "PRIMARY KEY" : "UNIQUE");
    if (index == NULL)
        return STATUS_OK;
    if (index->nulls_not_distinct)
        strbuf_puts(text, " NULLS NOT DISTINCT");
    strbuf_puts(text, " (");
    append_column_names(env, relation, index->attnums, index->key_count, text);
    strbuf_puts(text, ")");
    if (index->column_count > index->key_count) {
        strbuf_puts(text, " INCLUDE (");
        append_column_names(env, relation, index->attnums + index->key_count,
                            (uint32_t)index->column_count - index->key_count, text);
        strbuf_puts(text, ")");
    }
    return STATUS_OK;
}

static Status exclusion_constraint(EvalEnv *env, Arena *arena, const CatalogRow *row,
                                   const RelationDesc *relation, unsigned flags, StrBuf *text) {
    const IndexDesc *index = relation_index(relation, row_oid(row, PG_CONSTRAINT_CONINDID));
    const AmDesc *am;
    if (index == NULL)
        return STATUS_OK;
    TRY(catalog_am(env->catalog, index->am, &am));
    strbuf_printf(text, "EXCLUDE USING %s (", quote_ident(env->catalog, arena, am->name));
    TRY(append_columns(env, arena, relation, index, 0, index->exclusion_operators, flags, text));
    return append_index_rest(env, arena, relation, index, true, flags, text);
}

static Status check_constraint(EvalEnv *env, Arena *arena, const CatalogRow *row, Oid relation,
                               unsigned flags, StrBuf *text) {
    const char *stored = row_name(row, PG_CONSTRAINT_CONBIN, arena);
    Expr *expr;
    const char *sql;
    TRY(expr_from_string(arena, stored, strlen(stored), &expr));
    TRY(deparse_expr(env, arena, expr, relation, false, flags, &sql));
    strbuf_printf(text, "CHECK (%s)%s", sql,
                  row->values[PG_CONSTRAINT_CONNOINHERIT].b ? " NO INHERIT" : "");
    return STATUS_OK;
}

Status deparse_constraint(EvalEnv *env, Arena *arena, Oid constraint, unsigned flags,
                          const char **text_out) {
    *text_out = NULL;
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(env->catalog, PG_CONSTRAINT_OID_INDEX, constraint, arena, &row, &found));
    if (!found)
        return STATUS_OK;
    StrBuf text;
    strbuf_init(&text, arena);
    char type = (char)row.values[PG_CONSTRAINT_CONTYPE].byte;
    Oid relation_oid = row_oid(&row, PG_CONSTRAINT_CONRELID);
    const RelationDesc *relation = NULL;
    if (relation_oid != OID_INVALID)
        TRY(catalog_relation_require(env->catalog, relation_oid, &relation));
    if (type == 'f')
        TRY(foreign_key(env, arena, &row, relation, flags, &text));
    else if (type == 'p' || type == 'u')
        TRY(key_constraint(env, &row, relation, type, &text));
    else if (type == 'x')
        TRY(exclusion_constraint(env, arena, &row, relation, flags, &text));
    else if (type == 'c')
        TRY(check_constraint(env, arena, &row, relation_oid, flags, &text));
    else if (type == 't')
        strbuf_puts(&text, "TRIGGER");
    else
        return error(ERR_FEATURE_NOT_SUPPORTED, "constraints of type \"%c\" cannot be printed",
                     type);
    if (row.values[PG_CONSTRAINT_CONDEFERRABLE].b)
        strbuf_puts(&text, " DEFERRABLE");
    if (row.values[PG_CONSTRAINT_CONDEFERRED].b)
        strbuf_puts(&text, " INITIALLY DEFERRED");
    if (!row.values[PG_CONSTRAINT_CONVALIDATED].b)
        strbuf_puts(&text, " NOT VALID");
    *text_out = strbuf_cstr(&text);
    return STATUS_OK;
}

/* ---- views ---- */

Status deparse_view(EvalEnv *env, Arena *arena, Oid view, unsigned flags, int wrap_column,
                    const char **text_out) {
    *text_out = NULL;
    const RelationDesc *desc;
    TRY(catalog_relation(env->catalog, view, &desc));
    if (desc == NULL || (desc->kind != 'v' && desc->kind != 'm'))
        return STATUS_OK;
    const char *actions = NULL;
    for (uint16_t i = 0; i < desc->rule_count; i++)
        if (desc->rules[i].event == '1')
            actions = desc->rules[i].actions;
    if (actions == NULL)
        return STATUS_OK;
    Query *query;
    TRY(query_from_string(arena, actions, strlen(actions), &query));
    const char **names = arena_array(arena, const char *, desc->column_count);
    for (uint16_t i = 0; i < desc->column_count; i++)
        names[i] = desc->columns[i].name;
    const char *text;
    TRY(deparse_query(env, arena, query, flags, wrap_column, names, &text));
    *text_out = arena_printf(arena, "%s;", text);
    return STATUS_OK;
}
