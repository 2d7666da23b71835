/* ddl_like.c: CREATE TABLE .. (LIKE other INCLUDING ..): what is copied once the table exists. */
#include "executor/ddl_int.h"

#include "planner/deparse.h"
#include "planner/parser.h"

typedef struct ColumnMap {
    Arena *arena;
    const int16_t *attnums; /* by the other table's attnum - 1; 0: not there */
} ColumnMap;

static Expr *map_column(Expr *expr, void *arg) {
    ColumnMap *map = arg;
    if (expr->tag != EXPR_COLUMN)
        return expr_map(map->arena, expr, map_column, map);
    ExprColumn *column = arena_memdup(map->arena, expr, sizeof(ExprColumn));
    if (column->attno > 0)
        column->attno = map->attnums[column->attno - 1];
    return (Expr *)column;
}

static Status copy_comment(Ddl *ddl, ObjectAddress from, ObjectAddress to) {
    const char *text;
    TRY(comment_get(ddl->catalog, from, ddl->arena, &text));
    return text == NULL ? STATUS_OK : comment_set(ddl->catalog, to, text);
}

/* A check that a parent has brought already. */
static Status merge_check(Ddl *ddl, Oid table, const CheckDesc *check, Expr *expr, Oid *oid_out,
                          bool *merged_out) {
    const RelationDesc *desc;
    *merged_out = false;
    TRY(catalog_relation_require(ddl->catalog, table, &desc));
    for (uint16_t i = 0; i < desc->check_count; i++) {
        const CheckDesc *own = &desc->checks[i];
        Expr *other;
        if (strcmp(own->name, check->name) != 0 || own->inherit_count == 0)
            continue;
        TRY(expr_from_string(ddl->arena, own->expr, strlen(own->expr), &other));
        if (!expr_equal(expr, other))
            continue;
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
                   "merging constraint \"%s\" with inherited definition", check->name);
        *oid_out = own->oid;
        *merged_out = true;
        return ddl_count_check_parent(ddl, own->oid, 0, !desc->is_partition);
    }
    return STATUS_OK;
}

static Status copy_checks(Ddl *ddl, const RelationDesc *other, const RelationDesc *table,
                          const int16_t *attnums, bool with_comments) {
    ColumnMap map = {ddl->arena, attnums};
    for (uint16_t i = 0; i < other->check_count; i++) {
        const CheckDesc *check = &other->checks[i];
        Expr *expr;
        Oid oid;
        AddressList addresses = {0};
        TRY(expr_from_string(ddl->arena, check->expr, strlen(check->expr), &expr));
        expr = map_column(expr, &map);
        bool merged;
        TRY(merge_check(ddl, table->oid, check, expr, &oid, &merged));
        if (merged && with_comments)
            TRY(copy_comment(ddl, object_address(PG_CONSTRAINT, check->oid, 0),
                             object_address(PG_CONSTRAINT, oid, 0)));
        if (merged)
            continue;
        if (check->no_inherit && table->kind == 'p')
            return error(ERR_INVALID_TABLE_DEFINITION,
                         "cannot add NO INHERIT constraint to partitioned table \"%s\"",
                         table->name);
        ddl_expr_addresses(ddl, expr, table->oid, &addresses);
        ConstraintSpec spec = {.name = check->name,
                               .nsp = table->nsp,
                               .type = 'c',
                               .validated = true,
                               .is_local = true,
                               .no_inherit = check->no_inherit,
                               .relation = table->oid,
                               .expr = expr_to_string(ddl->arena, expr),
                               .expr_referenced = addresses.items,
                               .expr_referenced_count = addresses.count};
        TRY(constraint_create(ddl->catalog, &spec, &oid));
        if (with_comments)
            TRY(copy_comment(ddl, object_address(PG_CONSTRAINT, check->oid, 0),
                             object_address(PG_CONSTRAINT, oid, 0)));
    }
    return STATUS_OK;
}

static Status newest_index(Ddl *ddl, Oid table, Oid *index_out) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, table, &relation));
    *index_out = OID_INVALID;
    for (uint16_t i = 0; i < relation->index_count; i++)
        if (relation->indexes[i].oid > *index_out)
            *index_out = relation->indexes[i].oid;
    return STATUS_OK;
}

static Status copy_constraint_index(Ddl *ddl, const RelationDesc *other, const RelationDesc *table,
                                    const IndexDesc *index, Oid *index_out) {
    AstConstraint *constraint = AST_NEW(ddl->arena, AstConstraint, AST_CONSTRAINT, -1);
    constraint->kind = index->primary ? AST_CONSTRAINT_PRIMARY_KEY : AST_CONSTRAINT_UNIQUE;
    constraint->deferrable = index->deferrable;
    constraint->initially_deferred = index->deferred;
    constraint->nulls_not_distinct = index->nulls_not_distinct;
    for (uint16_t i = 0; i < index->column_count; i++)
        str_list_add(ddl->arena, i < index->key_count ? &constraint->keys : &constraint->including,
                     other->columns[index->attnums[i] - 1].name);
    TRY(ddl_unique_constraint(ddl, table, constraint));
    return newest_index(ddl, table->oid, index_out);
}

/* The index as it is printed, over the new table. */
static Status copy_index(Ddl *ddl, const RelationDesc *table, const IndexDesc *index,
                         Oid *index_out) {
    const char *text;
    AstList statements;
    TRY(deparse_index(&ddl->session->env, ddl->arena, index->oid, 0, 0, &text));
    TRY(parse_sql(ddl->arena, text, strlen(text), NULL, &statements));
    AstCreateIndex *create = (AstCreateIndex *)AST_AT(AstRawStatement, statements, 0)->statement;
    create->name = NULL;
    create->relation->schema = table->nsp_name;
    create->relation->name = table->name;
    return ddl_create_index(ddl, create, index_out);
}

static Status copy_comments(Ddl *ddl, const RelationDesc *other, const RelationDesc *table,
                            const int16_t *attnums) {
    for (uint16_t i = 0; i < other->column_count; i++) {
        if (attnums[i] != 0)
            TRY(copy_comment(ddl, object_address(PG_CLASS, other->oid, i + 1),
                             object_address(PG_CLASS, table->oid, attnums[i])));
    }
    return STATUS_OK;
}

/* ---- statistics ---- */

typedef struct StatisticsCopy {
    Ddl *ddl;
    const RelationDesc *other, *table;
    const int16_t *attnums;
    StrBuf names;
    AddressList needs;
} StatisticsCopy;

static Status map_statistics(StatisticsCopy *copy, CatalogRow *row, const StatisticsDesc *desc) {
    Ddl *ddl = copy->ddl;
    ExprList list = {0}, mapped = {0};
    ColumnMap map = {ddl->arena, copy->attnums};
    int16_t *columns = arena_array(ddl->arena, int16_t, desc->column_count + 1u);
    strbuf_init(&copy->names, ddl->arena);
    copy->needs.count = 0;
    for (uint32_t i = 0; i < desc->column_count; i++) {
        columns[i] = copy->attnums[desc->columns[i] - 1];
        strbuf_printf(&copy->names, "%s%s", i > 0 ? "_" : "",
                      copy->other->columns[desc->columns[i] - 1].name);
        vec_push(&copy->needs, ddl->arena, object_address(PG_CLASS, copy->table->oid, columns[i]));
    }
    row->values[PG_STATISTIC_EXT_STXKEYS] =
        row_int2_vector(ddl->arena, columns, desc->column_count);
    if (desc->column_count == 0)
        vec_push(&copy->needs, ddl->arena, object_address(PG_CLASS, copy->table->oid, 0));
    if (desc->expressions == NULL)
        return STATUS_OK;
    TRY(expr_list_from_string(ddl->arena, desc->expressions, strlen(desc->expressions), &list));
    for (uint32_t i = 0; i < list.count; i++) {
        Expr *expr = map_column(list.items[i], &map);
        expr_list_add(ddl->arena, &mapped, expr);
        ddl_expr_addresses(ddl, expr, copy->table->oid, &copy->needs);
        strbuf_printf(&copy->names, "%sexpr", i + desc->column_count > 0 ? "_" : "");
    }
    row->values[PG_STATISTIC_EXT_STXEXPRS] = datum_cstr(expr_list_to_string(ddl->arena, &mapped));
    return STATUS_OK;
}

static Status free_name(StatisticsCopy *copy, const char **name_out) {
    Ddl *ddl = copy->ddl;
    for (unsigned number = 0;; number++) {
        CatalogRow row;
        bool found;
        const char *suffix = number == 0 ? "stat" : arena_printf(ddl->arena, "stat%u", number);
        *name_out =
            name_make_object(ddl->arena, copy->table->name, strbuf_cstr(&copy->names), suffix);
        TRY(catalog_find_name(ddl->catalog, PG_STATISTIC_EXT_NAME_INDEX, *name_out,
                              copy->table->nsp, ddl->arena, &row, &found));
        if (!found)
            return STATUS_OK;
    }
}

static Status copy_statistics(Ddl *ddl, const RelationDesc *other, Oid table_oid,
                              const int16_t *attnums, bool with_comments) {
    StatisticsCopy copy = {.ddl = ddl, .other = other, .attnums = attnums};
    TRY(catalog_relation_require(ddl->catalog, table_oid, &copy.table));
    for (uint32_t i = 0; i < other->statistics_count; i++) {
        const StatisticsDesc *desc = &other->statistics[i];
        const char *name;
        CatalogRow row;
        bool found;
        Oid oid;
        TRY(catalog_find_oid(ddl->catalog, PG_STATISTIC_EXT_OID_INDEX, desc->oid, ddl->arena, &row,
                             &found));
        if (!found)
            continue;
        TRY(map_statistics(&copy, &row, desc));
        TRY(free_name(&copy, &name));
        row.values[PG_STATISTIC_EXT_OID] = datum_oid(0);
        row.values[PG_STATISTIC_EXT_STXRELID] = datum_oid(table_oid);
        row.values[PG_STATISTIC_EXT_STXNAME] = datum_cstr(name);
        row.values[PG_STATISTIC_EXT_STXNAMESPACE] = datum_oid(copy.table->nsp);
        row.values[PG_STATISTIC_EXT_STXOWNER] = datum_oid(session_role(ddl->catalog));
        TRY(object_insert(ddl->catalog, PG_STATISTIC_EXT, &row, &oid));
        TRY(depend_record_many(ddl->catalog, object_address(PG_STATISTIC_EXT, oid, 0),
                               copy.needs.items, copy.needs.count, DEPEND_AUTO));
        if (with_comments)
            TRY(copy_comment(ddl, object_address(PG_STATISTIC_EXT, desc->oid, 0),
                             object_address(PG_STATISTIC_EXT, oid, 0)));
    }
    catalog_touch_relation(ddl->catalog, table_oid);
    return STATUS_OK;
}

Status ddl_like_identity(Ddl *ddl, const RelationDesc *other, const ColumnDesc *column,
                         const AstConstraint **constraint_out) {
    const Oid *sequences;
    size_t count;
    const RelationDesc *sequence;
    AstConstraint *constraint = AST_NEW(ddl->arena, AstConstraint, AST_CONSTRAINT, -1);
    constraint->kind = AST_CONSTRAINT_IDENTITY;
    constraint->always = column->identity == 'a';
    *constraint_out = constraint;
    TRY(depend_owned_sequences(ddl->catalog, other->oid, column->attnum, DEPEND_INTERNAL,
                               ddl->arena, &sequences, &count));
    if (count == 0)
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, sequences[0], &sequence));
    const SequenceDesc *s = sequence->sequence;
    const struct {
        const char *name;
        int64_t value;
    } options[] = {{"increment", s->increment},
                   {"minvalue", s->min},
                   {"maxvalue", s->max},
                   {"start", s->start},
                   {"cache", s->cache}};
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        AstOption *option = AST_NEW(ddl->arena, AstOption, AST_OPTION, -1);
        AstConst *value = AST_NEW(ddl->arena, AstConst, AST_CONST, -1);
        value->kind = AST_CONST_FLOAT;
        value->text = arena_printf(ddl->arena, "%lld", (long long)options[i].value);
        value->text_len = (uint32_t)strlen(value->text);
        option->name = options[i].name;
        option->value = (Ast *)value;
        ast_list_add(ddl->arena, &constraint->options, option);
    }
    return STATUS_OK;
}

Status ddl_copy_like(Ddl *ddl, Oid table_oid, const AstTableLike *like, Oid other_oid) {
    const RelationDesc *other, *table;
    TRY(catalog_relation_require(ddl->catalog, other_oid, &other));
    TRY(catalog_relation_require(ddl->catalog, table_oid, &table));
    int16_t *attnums = arena_array(ddl->arena, int16_t, other->column_count + 1);
    for (uint16_t i = 0; i < other->column_count; i++) {
        const ColumnDesc *column =
            other->columns[i].dropped ? NULL : relation_column(table, other->columns[i].name);
        attnums[i] = column == NULL ? 0 : column->attnum;
    }
    bool with_comments = (like->options & AST_LIKE_COMMENTS) != 0;
    if (like->options & AST_LIKE_CONSTRAINTS)
        TRY(copy_checks(ddl, other, table, attnums, with_comments));
    if (with_comments)
        TRY(copy_comments(ddl, other, table, attnums));
    for (uint16_t i = 0; (like->options & AST_LIKE_INDEXES) && i < other->index_count; i++) {
        const IndexDesc *index = &other->indexes[i];
        if (index->exclusion)
            continue;
        TRY(catalog_relation_require(ddl->catalog, table_oid, &table));
        Oid copied;
        TRY(index->constraint != OID_INVALID
                ? copy_constraint_index(ddl, other, table, index, &copied)
                : copy_index(ddl, table, index, &copied));
        if (with_comments)
            TRY(copy_comment(ddl, object_address(PG_CLASS, index->oid, 0),
                             object_address(PG_CLASS, copied, 0)));
    }
    return like->options & AST_LIKE_STATISTICS
               ? copy_statistics(ddl, other, table_oid, attnums, with_comments)
               : STATUS_OK;
}
