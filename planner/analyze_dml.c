/* analyze_dml.c: INSERT, UPDATE, DELETE, MERGE, ON CONFLICT, RETURNING. */
#include "planner/analyze_int.h"

static Status with_clause(Scope *scope, Query *query, const AstWith *with) {
    if (with == NULL)
        return STATUS_OK;
    query->recursive_with = with->recursive;
    return with_analyze(scope, with);
}

static Status set_target(Scope *scope, const AstRangeVar *var, bool inherit, bool also_source,
                         uint32_t rights) {
    if (var->schema == NULL && scope_find_transition(scope, var->name) != NULL)
        return error(ERR_WRONG_OBJECT_TYPE,
                     "relation \"%s\" cannot be the target of a modifying statement", var->name);
    TRY(scope_open_relation(scope, var, LOCK_ROW_EXCLUSIVE, &scope->target));
    if (scope->target->kind == 'i' || scope->target->kind == 'I' || scope->target->kind == 'c')
        return AT(var->location,
                  error(ERR_WRONG_OBJECT_TYPE, "cannot open relation \"%s\"", scope->target->name));
    TRY(scope_add_relation(scope, scope->target, LOCK_ROW_EXCLUSIVE, var->alias, inherit, false,
                           &scope->target_item));
    scope->target_item->entry->required_rights = rights;
    scope->query->result_rt_index = scope->target_item->rt_index;
    if (!also_source)
        return STATUS_OK;
    scope_see(scope, scope->target_item, true, true);
    FromNode *node = arena_new(scope->an->arena, FromNode);
    node->rt_index = scope->target_item->rt_index;
    from_add(scope->an->arena, scope->query->from, node);
    return STATUS_OK;
}

Status returning_analyze(Scope *scope, const AstList *list, TargetList *out) {
    if (list->count == 0)
        return STATUS_OK;
    TRY(targets_analyze(scope, list, EXPR_KIND_RETURNING, out));
    if (out->count == 0)
        return AT(ast_location(AST_AT(AstTarget, *list, 0)->value),
                  error(ERR_SYNTAX_ERROR, "RETURNING must have at least one column"));
    targets_mark_origins(scope, out);
    return scope->resolve_unknowns ? targets_resolve_unknowns(scope, out) : STATUS_OK;
}

/* ---- rows to insert ---- */

static uint32_t row_width(Scope *scope, Expr *expr) {
    RowShape shape;
    bool found = false;
    if (expr->tag == EXPR_ROW)
        return ((ExprRow *)expr)->args.count;
    if (expr->tag == EXPR_COLUMN && ((ExprColumn *)expr)->attno == 0)
        status_free(an_expr_shape(scope, expr, &shape, &found));
    return found ? shape.count : 0;
}

/* What is stored, without the wrapping that col.field and col[i] need. */
static Expr *strip_indirection(Expr *expr) {
    for (;;) {
        Expr *inner = expr;
        while (inner->tag == EXPR_COERCE_DOMAIN)
            inner = ((ExprCoerceDomain *)inner)->arg;
        if (inner->tag == EXPR_FIELD_STORE)
            expr = ((ExprFieldStore *)inner)->values.items[0];
        else if (inner->tag == EXPR_SUBSCRIPT && ((ExprSubscript *)inner)->value != NULL)
            expr = ((ExprSubscript *)inner)->value;
        else
            return expr;
    }
}

typedef struct InsertTarget {
    const AstList *columns; /* as written */
    int16_t *attnos;
    uint32_t count;
} InsertTarget;

static Status insert_row(Scope *scope, const InsertTarget *into, bool strip, ExprList *row) {
    if (row->count > into->count)
        return AT(expr_location(row->items[into->count]),
                  error(ERR_SYNTAX_ERROR, "INSERT has more expressions than target columns"));
    if (into->columns->count > 0 && row->count < into->count) {
        Status s = AT(AST_AT(AstTarget, *into->columns, row->count)->location,
                      error(ERR_SYNTAX_ERROR, "INSERT has more target columns than expressions"));
        if (row->count == 1 && row_width(scope, row->items[0]) == into->count)
            return status_hint(s, "The insertion source is a row expression containing the same "
                                  "number of columns expected by the INSERT. Did you accidentally "
                                  "use extra parentheses?");
        return s;
    }
    for (uint32_t i = 0; i < row->count; i++) {
        const AstTarget *ast =
            into->columns->count > 0 ? AST_AT(AstTarget, *into->columns, i) : NULL;
        int16_t attno = into->attnos[i];
        TRY(target_assign(scope, row->items[i], EXPR_KIND_INSERT_TARGET,
                          ast != NULL ? ast->name : scope->target->columns[attno - 1].name, attno,
                          ast != NULL ? &ast->indirection : NULL, ast != NULL ? ast->location : -1,
                          &row->items[i]));
        if (strip)
            row->items[i] = strip_indirection(row->items[i]);
    }
    return STATUS_OK;
}

static Status insert_from_select(Scope *scope, const AstInsert *ast, const InsertTarget *into,
                                 ExprList *row) {
    Arena *arena = scope->an->arena;
    Query *query;
    ScopeItem *item;
    Scope *inner = scope_make(scope->an, scope);
    ScopeItems saved = scope->items;
    scope->items = (ScopeItems){0}; /* the target is not to be seen in there */
    inner->resolve_unknowns = false;
    inner->rule = scope->rule;
    TRY(query_analyze(inner, (const Ast *)ast->source, &query));
    scope->items = saved;
    AstAlias *alias = AST_NEW(arena, AstAlias, AST_ALIAS, -1);
    alias->name = "*SELECT*";
    TRY(scope_add_subquery(scope, query, alias, false, false, &item));
    FromNode *node = arena_new(arena, FromNode);
    node->rt_index = item->rt_index;
    from_add(arena, scope->query->from, node);
    for (uint32_t i = 0; i < query->targets.count; i++) {
        const Target *target = query->targets.items[i];
        Expr *expr = target->expr;
        if (target->junk)
            continue;
        if (!((expr->tag == EXPR_CONST || expr->tag == EXPR_PARAM) && expr->type == OID_UNKNOWN)) {
            int32_t location = expr_location(expr);
            expr = (Expr *)expr_column(arena, item->rt_index, target->resno, expr->type,
                                       expr->typmod, expr->collation, 0);
            expr->location = location;
        }
        expr_list_add(arena, row, expr);
    }
    return insert_row(scope, into, false, row);
}

static Status insert_from_values(Scope *scope, const AstInsert *ast, const InsertTarget *into,
                                 ExprList *row) {
    Arena *arena = scope->an->arena;
    const AstList *values = &ast->source->values;
    RangeEntry *entry = arena_new(arena, RangeEntry);
    entry->kind = RTE_VALUES;
    entry->name = "*VALUES*";
    entry->in_from = true;
    entry->row_count = values->count;
    entry->rows = arena_array(arena, ExprList, values->count + 1);
    for (uint32_t i = 0; i < values->count; i++) {
        const AstExprList *list = AST_AT(AstExprList, *values, i);
        TRY(exprs_analyze(scope, &list->items, EXPR_KIND_VALUES, true, &entry->rows[i]));
        if (entry->rows[i].count != entry->rows[0].count)
            return AT(ast_list_location(&list->items),
                      error(ERR_SYNTAX_ERROR, "VALUES lists must all be the same length"));
        TRY(insert_row(scope, into, true, &entry->rows[i]));
        TRY(collate_list(scope, &entry->rows[i]));
    }
    uint32_t count = entry->column_count = entry->rows[0].count;
    entry->column_names = arena_array(arena, const char *, count + 1);
    entry->column_types = arena_array(arena, Oid, count + 1);
    entry->column_typmods = arena_array(arena, int32_t, count + 1);
    entry->column_collations = arena_array(arena, Oid, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        entry->column_names[i] = arena_printf(arena, "column%u", i + 1);
        entry->column_types[i] = entry->rows[0].items[i]->type;
        entry->column_typmods[i] = entry->rows[0].items[i]->typmod;
    }
    ScopeItem *item = scope_add_entry(scope, entry, NULL, 0);
    FromNode *node = arena_new(arena, FromNode);
    node->rt_index = item->rt_index;
    from_add(arena, scope->query->from, node);
    for (uint32_t i = 0; i < count; i++)
        expr_list_add(arena, row, scope_item_var(scope, item, i, 0, -1));
    return insert_row(scope, into, false, row);
}

static bool reads_select(const AstInsert *ast) {
    return ast->source != NULL && !values_is_plain(ast->source);
}

static Status insert_source(Scope *scope, const AstInsert *ast, const InsertTarget *into,
                            ExprList *row) {
    if (ast->source == NULL)
        return STATUS_OK;
    if (reads_select(ast))
        return insert_from_select(scope, ast, into, row);
    if (ast->source->values.count > 1)
        return insert_from_values(scope, ast, into, row);
    TRY(exprs_analyze(scope, &AST_AT(AstExprList, ast->source->values, 0)->items,
                      EXPR_KIND_VALUES_SINGLE, true, row));
    return insert_row(scope, into, false, row);
}

static void insert_targets(Scope *scope, const InsertTarget *into, const ExprList *row,
                           TargetList *out) {
    Arena *arena = scope->an->arena;
    RangeEntry *entry = scope->target_item->entry;
    for (uint32_t i = 0; i < row->count; i++) {
        int16_t attno = into->attnos[i];
        const char *name = into->columns->count > 0 ? AST_AT(AstTarget, *into->columns, i)->name
                                                    : scope->target->columns[attno - 1].name;
        target_list_add(arena, out,
                        target_make(arena, row->items[i], attno, arena_strdup(arena, name), false));
        entry->inserted_columns = bitset_add(arena, entry->inserted_columns, attno + ATTNO_OFFSET);
    }
}

/* ---- SET ---- */

static Status set_column(Scope *scope, const AstTarget *ast, Expr *expr, TargetList *out) {
    Arena *arena = scope->an->arena;
    const ColumnDesc *column = relation_column(scope->target, ast->name);
    Oid type;
    if (column == NULL && sys_column_by_name(ast->name, &type) != 0)
        return AT(ast->location, error(ERR_FEATURE_NOT_SUPPORTED,
                                       "cannot assign to system column \"%s\"", ast->name));
    if (column == NULL)
        return AT(ast->location,
                  error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                        ast->name, scope->target->name));
    TRY(target_assign(scope, expr, EXPR_KIND_UPDATE_TARGET, ast->name, column->attnum,
                      &ast->indirection, ast->location, &expr));
    target_list_add(arena, out, target_make(arena, expr, column->attnum, ast->name, false));
    RangeEntry *entry = scope->target_item->entry;
    entry->updated_columns =
        bitset_add(arena, entry->updated_columns, column->attnum + ATTNO_OFFSET);
    return STATUS_OK;
}

static Status set_width(const AstSetClause *ast, uint32_t given, int32_t location) {
    if (given == ast->targets.count)
        return STATUS_OK;
    return AT(location,
              error(ERR_SYNTAX_ERROR, "number of columns does not match number of values"));
}

/* (a, b) = (SELECT ..): one sublink, its columns as parameters. */
static Status set_from_query(Scope *scope, const AstSetClause *ast, TargetList *out,
                             TargetList *junk) {
    Arena *arena = scope->an->arena;
    AstSubLink *source = (AstSubLink *)ast->value;
    ExprSubLink *link = EXPR_NEW(arena, ExprSubLink, EXPR_SUB_LINK);
    uint32_t width = 0;
    link->kind = SUBLINK_MULTI_EXPR;
    link->type = OID_RECORD;
    link->location = source->location;
    scope->has_sub_links = true;
    TRY(subquery_analyze(scope, (const Ast *)source->query, NULL, false, true, &link->query));
    for (uint32_t i = 0; i < link->query->targets.count; i++)
        width += !link->query->targets.items[i]->junk;
    TRY(set_width(ast, width, source->location));
    link->id = ++scope->an->multi_assign_count;
    target_list_add(arena, junk, target_make(arena, (Expr *)link, 0, NULL, true));
    for (uint32_t i = 0; i < ast->targets.count; i++) {
        const Expr *column = link->query->targets.items[i]->expr;
        ExprParam *param = EXPR_NEW(arena, ExprParam, EXPR_PARAM);
        param->kind = PARAM_MULTI;
        param->number = link->id << 16 | (i + 1);
        param->type = column->type;
        param->typmod = column->typmod;
        param->collation = column->collation;
        param->location = expr_location(column);
        TRY(set_column(scope, AST_AT(AstTarget, ast->targets, i), (Expr *)param, out));
    }
    return STATUS_OK;
}

static Status set_multiple(Scope *scope, const AstSetClause *ast, TargetList *out,
                           TargetList *junk) {
    if (ast->value->tag == AST_SUB_LINK &&
        ((const AstSubLink *)ast->value)->kind == AST_SUBLINK_EXPR)
        return set_from_query(scope, ast, out, junk);
    if (ast->value->tag != AST_ROW)
        return AT(ast_location(ast->value),
                  error(ERR_FEATURE_NOT_SUPPORTED, "source for a multiple-column UPDATE item must "
                                                   "be a sub-SELECT or ROW() expression"));
    ExprList row;
    TRY(exprs_analyze(scope, &((const AstRow *)ast->value)->args, EXPR_KIND_UPDATE_SOURCE, true,
                      &row));
    TRY(set_width(ast, row.count, ast->value->location));
    for (uint32_t i = 0; i < row.count; i++)
        TRY(set_column(scope, AST_AT(AstTarget, ast->targets, i), row.items[i], out));
    return STATUS_OK;
}

static Status set_analyze(Scope *scope, const AstList *set, TargetList *out) {
    Arena *arena = scope->an->arena;
    TargetList junk = {0};
    for (uint32_t i = 0; i < set->count; i++) {
        const AstSetClause *ast = AST_AT(AstSetClause, *set, i);
        Target *target;
        if (ast->multiple) {
            TRY(set_multiple(scope, ast, out, &junk));
            continue;
        }
        TRY(target_analyze(scope, ast->value, NULL, EXPR_KIND_UPDATE_SOURCE, "", false, &target));
        TRY(set_column(scope, AST_AT(AstTarget, ast->targets, 0), target->expr, out));
    }
    for (uint32_t i = 0; i < junk.count; i++) {
        junk.items[i]->resno = (int16_t)(scope->target->column_count + 1 + i);
        target_list_add(arena, out, junk.items[i]);
    }
    return STATUS_OK;
}

/* ---- ON CONFLICT ---- */

static Status infer_element(Scope *scope, const AstOnConflict *ast, const AstIndexElem *elem,
                            InferElem *out) {
    Analyzer *an = scope->an;
    const Ast *source = elem->expr;
    if (elem->direction != AST_SORT_DEFAULT)
        return AT(ast->target_location, error(ERR_INVALID_COLUMN_REFERENCE,
                                              "ASC/DESC is not allowed in ON CONFLICT clause"));
    if (elem->nulls != AST_NULLS_DEFAULT)
        return AT(ast->target_location,
                  error(ERR_INVALID_COLUMN_REFERENCE,
                        "NULLS FIRST/LAST is not allowed in ON CONFLICT clause"));
    if (source == NULL) {
        AstColumnRef *ref = AST_NEW(an->arena, AstColumnRef, AST_COLUMN_REF, ast->target_location);
        str_list_add(an->arena, &ref->fields, elem->name);
        source = (const Ast *)ref;
    }
    TRY(expr_analyze(scope, source, EXPR_KIND_INDEX_EXPRESSION, &out->expr));
    const StrList *collation = &elem->collation, *op_class = &elem->op_class;
    if (collation->count > 0)
        TRY(AT(
            expr_location(out->expr),
            collation_by_name(an->catalog,
                              collation->count > 1 ? collation->items[collation->count - 2] : NULL,
                              str_list_last(collation), false, &out->collation)));
    if (op_class->count > 0)
        TRY(opclass_by_name(an->catalog, OID_AM_BTREE,
                            op_class->count > 1 ? op_class->items[op_class->count - 2] : NULL,
                            str_list_last(op_class), false, &out->op_class));
    return STATUS_OK;
}

static Status conflict_constraint(Scope *scope, const char *name, OnConflict *conflict) {
    RangeEntry *entry = scope->target_item->entry;
    TRY(constraint_by_name(scope->an->catalog, scope->target->oid, name, false,
                           &conflict->constraint));
    entry->required_rights |= ACL_SELECT;
    for (uint16_t i = 0; i < scope->target->index_count; i++) {
        const IndexDesc *index = &scope->target->indexes[i];
        for (uint16_t k = 0; index->constraint == conflict->constraint && k < index->key_count; k++)
            entry->selected_columns = bitset_add(scope->an->arena, entry->selected_columns,
                                                 index->attnums[k] + ATTNO_OFFSET);
    }
    return STATUS_OK;
}

static Status conflict_arbiter(Scope *scope, const AstOnConflict *ast, OnConflict *conflict) {
    Arena *arena = scope->an->arena;
    if (ast->update && !ast->target_given)
        return AT(ast->location,
                  status_hint(error(ERR_SYNTAX_ERROR, "ON CONFLICT DO UPDATE requires inference "
                                                      "specification or constraint name"),
                              "For example, ON CONFLICT (column_name)."));
    if (scope->target->nsp == OID_NAMESPACE_CATALOG)
        return AT(ast->location, error(ERR_FEATURE_NOT_SUPPORTED,
                                       "ON CONFLICT is not supported with system catalog tables"));
    conflict->elem_count = ast->elements.count;
    conflict->elems = arena_array(arena, InferElem, ast->elements.count + 1);
    for (uint32_t i = 0; i < ast->elements.count; i++)
        TRY(infer_element(scope, ast, AST_AT(AstIndexElem, ast->elements, i), &conflict->elems[i]));
    if (ast->elements_where != NULL)
        TRY(expr_analyze(scope, ast->elements_where, EXPR_KIND_INDEX_PREDICATE,
                         &conflict->where_infer));
    return ast->constraint == NULL ? STATUS_OK
                                   : conflict_constraint(scope, ast->constraint, conflict);
}

static Status conflict_analyze(Scope *scope, const AstOnConflict *ast, OnConflict **out) {
    Arena *arena = scope->an->arena;
    OnConflict *conflict = arena_new(arena, OnConflict);
    *out = conflict;
    conflict->update = ast->update;
    if (ast->update) {
        AstAlias *alias = AST_NEW(arena, AstAlias, AST_ALIAS, -1);
        alias->name = "excluded";
        TRY(scope_add_relation(scope, scope->target, LOCK_ROW_EXCLUSIVE, alias, false, false,
                               &scope->excluded_item));
        scope->excluded_item->entry->relkind = 'c'; /* no system columns */
        scope->excluded_item->entry->required_rights = 0;
        conflict->excluded_rt_index = scope->excluded_item->rt_index;
    }
    TRY(conflict_arbiter(scope, ast, conflict));
    if (!ast->update)
        return STATUS_OK;
    size_t before = scope->items.count;
    scope->is_insert = false;
    scope_see(scope, scope->excluded_item, true, true);
    TRY(set_analyze(scope, &ast->set, &conflict->set));
    TRY(expr_analyze_where(scope, ast->where, EXPR_KIND_WHERE, "WHERE", &conflict->where));
    scope->items.count = before;
    return STATUS_OK;
}

/* ---- the statements ---- */

Status insert_analyze(Scope *scope, const AstInsert *ast, Query **query_out) {
    Query *query = query_new(scope->an, COMMAND_INSERT);
    InsertTarget into = {.columns = &ast->columns};
    ExprList row = {0};
    *query_out = scope->query = query;
    if (!reads_select(ast)) /* else its query has them */
        TRY(rule_scope_enter(scope));
    scope->is_insert = true;
    TRY(with_clause(scope, query, ast->with));
    query->overriding = ast->overriding;
    bool updates = ast->on_conflict != NULL && ast->on_conflict->update;
    TRY(set_target(scope, ast->relation, false, false, ACL_INSERT | (updates ? ACL_UPDATE : 0)));
    TRY(insert_columns(scope, &ast->columns, &into.attnos, &into.count));
    TRY(insert_source(scope, ast, &into, &row));
    insert_targets(scope, &into, &row, &query->targets);
    if (ast->on_conflict != NULL || ast->returning.count > 0) {
        scope->items = (ScopeItems){0};
        scope_see(scope, scope->target_item, true, true);
    }
    if (ast->on_conflict != NULL)
        TRY(conflict_analyze(scope, ast->on_conflict, &query->on_conflict));
    TRY(returning_analyze(scope, &ast->returning, &query->returning));
    query_finish(scope, query);
    return collate_query(scope, query);
}

static Status from_beside_target(Scope *scope, const AstList *from) {
    scope->target_item->lateral_only = true;
    scope->target_item->lateral_ok = false;
    TRY(from_analyze(scope, from));
    scope->target_item->lateral_only = false;
    scope->target_item->lateral_ok = true;
    return STATUS_OK;
}

Status update_analyze(Scope *scope, const AstUpdate *ast, Query **query_out) {
    Query *query = query_new(scope->an, COMMAND_UPDATE);
    *query_out = scope->query = query;
    TRY(rule_scope_enter(scope));
    TRY(with_clause(scope, query, ast->with));
    TRY(set_target(scope, ast->relation, ast->relation->inherit, true, ACL_UPDATE));
    TRY(from_beside_target(scope, &ast->from));
    TRY(expr_analyze_where(scope, ast->where, EXPR_KIND_WHERE, "WHERE", &query->from->condition));
    TRY(returning_analyze(scope, &ast->returning, &query->returning));
    TRY(set_analyze(scope, &ast->set, &query->targets));
    query_finish(scope, query);
    return collate_query(scope, query);
}

Status delete_analyze(Scope *scope, const AstDelete *ast, Query **query_out) {
    Query *query = query_new(scope->an, COMMAND_DELETE);
    *query_out = scope->query = query;
    TRY(rule_scope_enter(scope));
    TRY(with_clause(scope, query, ast->with));
    TRY(set_target(scope, ast->relation, ast->relation->inherit, true, ACL_DELETE));
    TRY(from_beside_target(scope, &ast->from));
    TRY(expr_analyze_where(scope, ast->where, EXPR_KIND_WHERE, "WHERE", &query->from->condition));
    TRY(returning_analyze(scope, &ast->returning, &query->returning));
    query_finish(scope, query);
    return collate_query(scope, query);
}

/* ---- MERGE ---- */

static Status merge_rights(const AstMerge *ast, uint32_t *rights_out) {
    static const uint32_t rights[] = {[AST_MERGE_NOTHING] = ACL_SELECT,
                                      [AST_MERGE_INSERT] = ACL_INSERT,
                                      [AST_MERGE_UPDATE] = ACL_UPDATE,
                                      [AST_MERGE_DELETE] = ACL_DELETE};
    bool terminal[2] = {false, false};
    *rights_out = 0;
    for (uint32_t i = 0; i < ast->whens.count; i++) {
        const AstMergeWhen *when = AST_AT(AstMergeWhen, ast->whens, i);
        *rights_out |= rights[when->action];
        if (terminal[when->matched])
            return error(ERR_SYNTAX_ERROR, "unreachable WHEN clause specified after unconditional "
                                           "WHEN clause");
        terminal[when->matched] |= when->condition == NULL;
    }
    return STATUS_OK;
}

static const char *relkind_detail(char kind) {
    switch (kind) {
    case 'v':
        return "This operation is not supported for views.";
    case 'm':
        return "This operation is not supported for materialized views.";
    case 'f':
        return "This operation is not supported for foreign tables.";
    case 'S':
        return "This operation is not supported for sequences.";
    case 't':
        return "This operation is not supported for TOAST tables.";
    default:
        return "This operation is not supported for this kind of relation.";
    }
}

static Status merge_when(Scope *scope, const AstMergeWhen *when, MergeAction *action) {
    static const CommandKind commands[] = {[AST_MERGE_NOTHING] = COMMAND_UTILITY,
                                           [AST_MERGE_INSERT] = COMMAND_INSERT,
                                           [AST_MERGE_UPDATE] = COMMAND_UPDATE,
                                           [AST_MERGE_DELETE] = COMMAND_DELETE};
    action->command = commands[when->action];
    action->matched = when->matched;
    action->overriding = when->overriding;
    scope->target_item->rel_visible = scope->target_item->cols_visible = when->matched;
    TRY(expr_analyze_where(scope, when->condition, EXPR_KIND_MERGE_WHEN, "WHEN",
                           &action->condition));
    if (when->action == AST_MERGE_UPDATE) {
        scope->is_insert = false;
        return set_analyze(scope, &when->set, &action->targets);
    }
    if (when->action != AST_MERGE_INSERT)
        return STATUS_OK;
    InsertTarget into = {.columns = &when->columns};
    ExprList row = {0};
    scope->is_insert = true;
    TRY(insert_columns(scope, &when->columns, &into.attnos, &into.count));
    if (when->values.count > 0) {
        TRY(exprs_analyze(scope, &when->values, EXPR_KIND_VALUES_SINGLE, true, &row));
        TRY(insert_row(scope, &into, false, &row));
    }
    insert_targets(scope, &into, &row, &action->targets);
    return STATUS_OK;
}

Status merge_analyze(Scope *scope, const AstMerge *ast, Query **query_out) {
    Arena *arena = scope->an->arena;
    Query *query = query_new(scope->an, COMMAND_MERGE);
    uint32_t rights;
    *query_out = scope->query = query;
    TRY(rule_scope_enter(scope));
    if (ast->with != NULL && ast->with->recursive)
        return error(ERR_SYNTAX_ERROR, "WITH RECURSIVE is not supported for MERGE statement");
    TRY(with_clause(scope, query, ast->with));
    TRY(merge_rights(ast, &rights));
    TRY(set_target(scope, ast->relation, ast->relation->inherit, false, rights));
    if (scope->target->kind != 'r' && scope->target->kind != 'p')
        return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                   "cannot execute MERGE on relation \"%s\"", scope->target->name),
                             "%s", relkind_detail(scope->target->kind));
    if (scope->target->rule_count > 0)
        return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                   "cannot execute MERGE on relation \"%s\"", scope->target->name),
                             "MERGE is not supported for relations with rules.");
    AstList from = {0};
    ast_list_add(arena, &from, ast->source);
    TRY(from_analyze(scope, &from));
    const ScopeItem *source = scope->items.items[scope->items.count - 1];
    if (strcmp(scope->target_item->alias, source->alias) == 0)
        return status_detail(error(ERR_DUPLICATE_ALIAS, "name \"%s\" specified more than once",
                                   scope->target_item->alias),
                             "The name is used both as MERGE target table and data source.");
    scope_see(scope, scope->target_item, true, true);
    TRY(expr_analyze(scope, ast->on, EXPR_KIND_JOIN_ON, &query->from->condition));
    TRY(coerce_to_boolean(scope->an, query->from->condition, "ON", &query->from->condition));
    query->merge_action_count = ast->whens.count;
    query->merge_actions = arena_array(arena, MergeAction *, ast->whens.count + 1);
    for (uint32_t i = 0; i < ast->whens.count; i++) {
        query->merge_actions[i] = arena_new(arena, MergeAction);
        TRY(merge_when(scope, AST_AT(AstMergeWhen, ast->whens, i), query->merge_actions[i]));
        query->merge_use_outer_join |= query->merge_actions[i]->command == COMMAND_INSERT;
    }
    query_finish(scope, query);
    return collate_query(scope, query);
}
