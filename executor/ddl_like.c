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

Status ddl_like_identity(Ddl *ddl, const RelationDesc *other, const ColumnDesc *column,
                         const AstConstraint **constraint_out) {
    const Oid *sequences;
    size_t count;
    const RelationDesc *sequence;
    AstConstraint *constraint = AST_NEW(ddl->arena, AstConstraint, AST_CONSTRAINT, -1);
    constraint->kind = AST_CONSTRAINT_IDENTITY;
    constraint->always = column->identity == 'a';
    *constraint_out = constraint;
    TRY(depend_owned_sequences(ddl->catalog, other->oid, column->attnum, DEPEND_INTERNAL, ddl->arena,
                               &sequences, &count));
    if (count == 0)
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, sequences[0], &sequence));
    const SequenceDesc *s = sequence->sequence;
    const struct {
        const char *name;
        int64_t value;
    } options[] = {{"increment", s->increment}, {"minvalue", s->min}, {"maxvalue", s->max},
                   {"start", s->start},         {"cache", s->cache}};
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

Status ddl_copy_like(Ddl *ddl, Oid table_oid, const AstTableLike *like) {
    const RelationDesc *other, *table;
    TRY(ddl_relation(ddl, like->relation, LOCK_ACCESS_SHARE, false, &other));
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
    return STATUS_OK;
}
