/*
 * analyze_from.c: the FROM clause: tables, subqueries, functions, joins (manual 7.2.1).
 *
 * Each item yields a FromNode for the join tree and the ScopeItems that names may use afterwards.
 * While an item is read, those before it can be seen by LATERAL only.
 */
#include "planner/analyze_int.h"

static void items_lateral(ScopeItems *items, bool lateral_only, bool lateral_ok) {
    for (size_t i = 0; i < items->count; i++) {
        items->items[i]->lateral_only = lateral_only;
        items->items[i]->lateral_ok = lateral_ok;
    }
}

static void items_append(Scope *scope, ScopeItems *items, const ScopeItems *tail) {
    for (size_t i = 0; i < tail->count; i++)
        vec_push(items, scope->an->arena, tail->items[i]);
}

static FromNode *rte_node(Scope *scope, const ScopeItem *item) {
    FromNode *node = arena_new(scope->an->arena, FromNode);
    node->kind = FROM_RTE;
    node->rt_index = item->rt_index;
    return node;
}

Status from_analyze(Scope *scope, const AstList *from) {
    Arena *arena = scope->an->arena;
    FromNode *list = scope->query->from;
    for (uint32_t i = 0; i < from->count; i++) {
        ScopeItem *top;
        ScopeItems items = {0};
        FromNode *node;
        TRY(from_analyze_item(scope, from->items[i], &top, &items, &node));
        TRY(scope_check_conflicts(scope, &scope->items, &items));
        items_lateral(&items, true, true);
        from_add(arena, list, node);
        items_append(scope, &scope->items, &items);
    }
    items_lateral(&scope->items, false, true);
    return STATUS_OK;
}

/* ---- tables, subqueries ---- */

static bool locked_by_clause(Scope *scope, const char *name) {
    if (scope->locked_from_parent)
        return true;
    for (uint32_t i = 0; scope->locking != NULL && i < scope->locking->count; i++) {
        const AstLocking *locking = AST_AT(AstLocking, *scope->locking, i);
        if (locking->relations.count == 0)
            return true;
        for (uint32_t j = 0; j < locking->relations.count; j++)
            if (name != NULL && strcmp(AST_AT(AstRangeVar, locking->relations, j)->name, name) == 0)
                return true;
    }
    return false;
}

static Status range_var(Scope *scope, const AstRangeVar *var, ScopeItem **item_out) {
    if (var->schema == NULL) {
        uint32_t levels_up;
        Cte *cte = scope_find_cte(scope, var->name, &levels_up);
        if (cte != NULL)
            return scope_add_cte(scope, cte, levels_up, var, item_out);
        const TransitionTable *table = scope_find_transition(scope, var->name);
        if (table != NULL)
            return scope_add_transition(scope, table, var->alias, item_out);
    }
    const RelationDesc *desc;
    const char *name = var->alias != NULL ? var->alias->name : var->name;
    uint8_t lock = locked_by_clause(scope, name) ? LOCK_ROW_SHARE : LOCK_ACCESS_SHARE;
    TRY(scope_open_relation(scope, var, lock, &desc));
    if (desc->kind == 'i' || desc->kind == 'I')
        return AT(var->location,
                  error(ERR_WRONG_OBJECT_TYPE, "cannot open relation \"%s\"", desc->name));
    if (desc->kind == 'c')
        return AT(var->location, status_detail(error(ERR_WRONG_OBJECT_TYPE,
                                                     "cannot open relation \"%s\"", desc->name),
                                               "This operation is not supported for composite "
                                               "types."));
    return scope_add_relation(scope, desc, lock, var->alias, var->inherit, true, item_out);
}

static Status range_subselect(Scope *scope, const AstRangeSubselect *ast, ScopeItem **item_out) {
    Query *query;
    ExprKind kind = scope->kind;
    bool lateral = scope->lateral_active;
    scope->kind = EXPR_KIND_FROM_SUBSELECT;
    scope->lateral_active = ast->lateral;
    bool locked = ast->alias != NULL && locked_by_clause(scope, ast->alias->name);
    TRY(subquery_analyze(scope, (const Ast *)ast->query, NULL, locked, true, &query));
    scope->kind = kind;
    scope->lateral_active = lateral;
    TRY(scope_add_subquery(scope, query, ast->alias, ast->lateral, true, item_out));
    if (ast->alias == NULL)
        (*item_out)->rel_visible = false;
    return STATUS_OK;
}

/* ---- functions ---- */

typedef struct FunctionItem {
    const Ast *call;
    const AstList *columns;
    const char *name;
    Expr *expr;
} FunctionItem;

typedef VEC(FunctionItem) FunctionItems;

/* unnest(a, b, ..) in FROM is one unnest for each argument. */
static bool expand_unnest(Scope *scope, const AstRangeFunctionItem *item, FunctionItems *items) {
    Arena *arena = scope->an->arena;
    if (item->call->tag != AST_FUNC_CALL)
        return false;
    const AstFuncCall *call = (const AstFuncCall *)item->call;
    if (call->name.count != 1 || strcmp(call->name.items[0], "unnest") != 0 ||
        call->args.count < 2 || call->order_by.count > 0 || call->filter != NULL ||
        call->over != NULL || call->star || call->distinct || call->variadic ||
        item->columns.count > 0)
        return false;
    for (uint32_t i = 0; i < call->args.count; i++) {
        AstFuncCall *one = AST_NEW(arena, AstFuncCall, AST_FUNC_CALL, call->location);
        str_list_add(arena, &one->name, "pg_catalog");
        str_list_add(arena, &one->name, "unnest");
        ast_list_add(arena, &one->args, call->args.items[i]);
        FunctionItem entry = {.call = (const Ast *)one, .columns = &item->columns};
        vec_push(items, arena, entry);
    }
    return true;
}

/* What a scalar function's one column is called. */
static Status scalar_column_name(Scope *scope, const FunctionItem *item, const AstAlias *alias,
                                 size_t function_count, const char **name_out) {
    *name_out = item->name;
    if (item->expr->tag == EXPR_FUNC) {
        const ProcDesc *proc;
        TRY(catalog_proc_require(scope->an->catalog, ((ExprFunc *)item->expr)->function, &proc));
        const char *only = NULL;
        uint32_t outs = 0;
        for (uint32_t i = 0; proc->arg_modes != NULL && i < proc->all_arg_count; i++)
            if (proc->arg_modes[i] == 'o' || proc->arg_modes[i] == 'b' ||
                proc->arg_modes[i] == 't') {
                outs++;
                only = proc->arg_names == NULL ? NULL : proc->arg_names[i];
            }
        if (outs == 1 && only != NULL && only[0] != '\0') {
            *name_out = arena_strdup(scope->an->arena, only);
            return STATUS_OK;
        }
    }
    if (function_count == 1 && alias != NULL)
        *name_out = alias->name;
    return STATUS_OK;
}

static Status definition_columns(Scope *scope, const AstList *definitions, RangeFunction *func) {
    Analyzer *an = scope->an;
    uint32_t count = definitions->count;
    func->column_count = count;
    func->column_names = arena_array(an->arena, const char *, count + 1);
    func->column_types = arena_array(an->arena, Oid, count + 1);
    func->column_typmods = arena_array(an->arena, int32_t, count + 1);
    func->column_collations = arena_array(an->arena, Oid, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const AstColumnDef *def = AST_AT(AstColumnDef, *definitions, i);
        if (def->type->setof)
            return AT(def->location, error(ERR_INVALID_TABLE_DEFINITION,
                                           "column \"%s\" cannot be declared SETOF", def->name));
        func->column_names[i] = def->name;
        TRY(analyze_type_name(an->env, an->arena, def->type, &func->column_types[i],
                              &func->column_typmods[i]));
        TRY(analyze_column_collation(an->env, def->collate, func->column_types[i],
                                     &func->column_collations[i]));
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(func->column_names[j], def->name) == 0)
                return error(ERR_DUPLICATE_COLUMN, "column name \"%s\" specified more than once",
                             def->name);
    }
    return STATUS_OK;
}

static void shape_single(Analyzer *an, RowShape *shape, const char *name, Oid type, int32_t typmod,
                         Oid collation) {
    shape->count = 1;
    shape->names = arena_array(an->arena, const char *, 1);
    shape->types = arena_array(an->arena, Oid, 1);
    shape->typmods = arena_array(an->arena, int32_t, 1);
    shape->collations = arena_array(an->arena, Oid, 1);
    shape->names[0] = name;
    shape->types[0] = type;
    shape->typmods[0] = typmod;
    shape->collations[0] = collation;
}

/* The columns that one function contributes. */
static Status function_shape(Scope *scope, const FunctionItem *item, const AstAlias *alias,
                             size_t function_count, RangeFunction *func, RowShape *shape) {
    Analyzer *an = scope->an;
    Expr *call = item->expr;
    bool has_columns;
    bool defs = item->columns->count > 0;
    int32_t defs_at = defs ? item->columns->items[0]->location : -1;
    func->call = call;
    TRY(an_expr_shape(scope, call, shape, &has_columns));
    bool is_record = call->type == OID_RECORD;
    if (defs && has_columns)
        return AT(defs_at,
                  is_record ? error(ERR_SYNTAX_ERROR, "a column definition list is redundant for a "
                                                      "function with OUT parameters")
                            : error(ERR_SYNTAX_ERROR, "a column definition list is redundant for a "
                                                      "function returning a named composite type"));
    if (defs && !is_record)
        return AT(defs_at, error(ERR_SYNTAX_ERROR, "a column definition list is only allowed for "
                                                   "functions returning \"record\""));
    if (!defs && is_record && !has_columns)
        return AT(expr_location(call),
                  error(ERR_SYNTAX_ERROR, "a column definition list is required for functions "
                                          "returning \"record\""));
    if (defs) {
        TRY(definition_columns(scope, item->columns, func));
        *shape = (RowShape){func->column_count, func->column_names, func->column_types,
                            func->column_typmods, func->column_collations};
    } else if (!has_columns) {
        const TypeDesc *desc;
        const char *name;
        TRY(an_type(an, call->type, &desc));
        if (desc->kind == 'p' && call->type != OID_VOID && call->type != OID_CSTRING &&
            call->type != OID_UNKNOWN)
            return AT(expr_location(call),
                      error(ERR_DATATYPE_MISMATCH,
                            "function \"%s\" in FROM has unsupported return type %s", item->name,
                            an_format_type(an, call->type)));
        TRY(scalar_column_name(scope, item, alias, function_count, &name));
        shape_single(an, shape, name, call->type, call->typmod, call->collation);
    }
    func->column_count = shape->count;
    return STATUS_OK;
}

static Status functions_entry(Scope *scope, const AstRangeFunction *ast, FunctionItems *items,
                              bool lateral, ScopeItem **item_out) {
    Arena *arena = scope->an->arena;
    RangeEntry *entry = arena_new(arena, RangeEntry);
    RowShape *shapes = arena_array(arena, RowShape, items->count + 1);
    uint32_t total = 0;
    entry->kind = RTE_FUNCTION;
    entry->functions = arena_array(arena, RangeFunction, items->count + 1);
    entry->function_count = (uint32_t)items->count;
    entry->ordinality = ast->ordinality;
    entry->lateral = lateral;
    entry->in_from = true;
    for (size_t i = 0; i < items->count; i++) {
        TRY(function_shape(scope, &items->items[i], ast->alias, items->count, &entry->functions[i],
                           &shapes[i]));
        total += shapes[i].count;
    }
    if (ast->ordinality)
        shape_single(scope->an, &shapes[items->count], "ordinality", OID_INT8, -1, 0);
    else
        shapes[items->count].count = 0;
    total += ast->ordinality;
    if (total > TARGETS_MAX)
        return error(ERR_TOO_MANY_COLUMNS, "functions in FROM can return at most %d columns",
                     TARGETS_MAX);
    entry->column_names = arena_array(arena, const char *, total + 1);
    entry->column_types = arena_array(arena, Oid, total + 1);
    entry->column_typmods = arena_array(arena, int32_t, total + 1);
    entry->column_collations = arena_array(arena, Oid, total + 1);
    for (size_t i = 0; i <= items->count; i++)
        for (uint32_t j = 0; j < shapes[i].count; j++) {
            uint32_t at = entry->column_count++;
            entry->column_names[at] = shapes[i].names[j];
            entry->column_types[at] = shapes[i].types[j];
            entry->column_typmods[at] = shapes[i].typmods[j];
            entry->column_collations[at] = shapes[i].collations[j];
        }
    TRY(scope_apply_alias(scope, entry, ast->alias, items->items[0].name, "table"));
    *item_out = scope_add_entry(scope, entry, NULL, 0);
    return STATUS_OK;
}

static Status range_function(Scope *scope, const AstRangeFunction *ast, ScopeItem **item_out) {
    Arena *arena = scope->an->arena;
    FunctionItems items = {0};
    bool lateral_before = scope->lateral_active;
    bool lateral = ast->lateral;
    scope->lateral_active = true;
    for (uint32_t i = 0; i < ast->functions.count; i++) {
        const AstRangeFunctionItem *item = AST_AT(AstRangeFunctionItem, ast->functions, i);
        if (expand_unnest(scope, item, &items))
            continue;
        FunctionItem entry = {.call = item->call,
                              .columns = item->columns.count > 0 ? &item->columns : &ast->columns};
        vec_push(&items, arena, entry);
    }
    for (size_t i = 0; i < items.count; i++) {
        FunctionItem *item = &items.items[i];
        const Expr *last_srf = scope->last_srf;
        TRY(expr_analyze(scope, item->call, EXPR_KIND_FROM_FUNCTION, &item->expr));
        if (scope->last_srf != last_srf && scope->last_srf != item->expr)
            return AT(expr_location(scope->last_srf),
                      error(ERR_FEATURE_NOT_SUPPORTED,
                            "set-returning functions must appear at top level of FROM"));
        ExprList one = expr_list_of(arena, 1, item->expr);
        TRY(collate_list(scope, &one));
        item->name = target_figure_name(scope, item->call);
        lateral |= contains_columns_of_level(item->expr, 0);
    }
    scope->lateral_active = lateral_before;
    if (ast->columns.count > 0 && ast->ordinality)
        return AT(ast->columns.items[0]->location,
                  status_hint(error(ERR_SYNTAX_ERROR,
                                    "WITH ORDINALITY cannot be used with a column definition list"),
                              "Put the column definition list inside ROWS FROM()."));
    if (ast->columns.count > 0 && items.count > 1)
        return AT(
            ast->columns.items[0]->location,
            status_hint(error(ERR_SYNTAX_ERROR,
                              ast->rows_from
                                  ? "ROWS FROM() with multiple functions cannot have a column "
                                    "definition list"
                                  : "UNNEST() with multiple arguments cannot have a column "
                                    "definition list"),
                        ast->rows_from
                            ? "Put a separate column definition list for each function inside ROWS "
                              "FROM()."
                            : "Use separate UNNEST() calls inside ROWS FROM(), and attach a column "
                              "definition list to each one."));
    return functions_entry(scope, ast, &items, lateral, item_out);
}

/* ---- TABLESAMPLE, XMLTABLE ---- */

static Status range_sample(Scope *scope, const AstRangeSample *ast, ScopeItem **item_out) {
    Analyzer *an = scope->an;
    ScopeItem *item;
    ScopeItems items = {0};
    FromNode *node;
    TRY(from_analyze_item(scope, ast->relation, &item, &items, &node));
    *item_out = item;
    if (item->entry->kind != RTE_RELATION ||
        (item->entry->relkind != 'r' && item->entry->relkind != 'm' && item->entry->relkind != 'p'))
        return AT(ast->relation->location,
                  error(ERR_FEATURE_NOT_SUPPORTED,
                        "TABLESAMPLE clause can only be applied to tables and materialized views"));
    TableSample *sample = arena_new(an->arena, TableSample);
    Oid internal = OID_INTERNAL;
    const char *schema = ast->method.count > 1 ? ast->method.items[ast->method.count - 2] : NULL;
    TRY(AT(ast->location, catalog_proc_exact(an->catalog, schema, str_list_last(&ast->method),
                                             &internal, 1, &sample->handler)));
    if (sample->handler == 0)
        return AT(ast->location, error(ERR_UNDEFINED_OBJECT, "tablesample method %s does not exist",
                                       str_list_join(an->arena, &ast->method)));
    if (ast->args.count != 1)
        return AT(ast->location,
                  error(ERR_INVALID_TABLESAMPLE_ARGUMENT,
                        "tablesample method %s requires %d argument%s, not %u",
                        str_list_join(an->arena, &ast->method), 1, "", ast->args.count));
    Expr *arg;
    TRY(expr_analyze(scope, ast->args.items[0], EXPR_KIND_FROM_FUNCTION, &arg));
    TRY(coerce_to_specific(an, arg, OID_FLOAT4, "TABLESAMPLE", &arg));
    TRY(collate_expr(scope, arg));
    expr_list_add(an->arena, &sample->args, arg);
    if (ast->repeatable != NULL) {
        TRY(expr_analyze(scope, ast->repeatable, EXPR_KIND_FROM_FUNCTION, &arg));
        TRY(coerce_to_specific(an, arg, OID_FLOAT8, "REPEATABLE", &arg));
        TRY(collate_expr(scope, arg));
        sample->repeatable = arg;
    }
    item->entry->sample = sample;
    return STATUS_OK;
}

static Status xml_arg(Scope *scope, const Ast *ast, Oid type, int32_t typmod, const char *construct,
                      Expr **expr_out) {
    Analyzer *an = scope->an;
    Expr *expr;
    *expr_out = NULL;
    if (ast == NULL)
        return STATUS_OK;
    TRY(expr_analyze(scope, ast, EXPR_KIND_FROM_FUNCTION, &expr));
    TRY(coerce_to_target(an, expr, expr->type, type, typmod, COERCION_ASSIGNMENT, CALL_IMPLICIT, -1,
                         expr_out));
    if (*expr_out == NULL)
        return AT(expr_location(expr),
                  error(ERR_DATATYPE_MISMATCH, "argument of %s must be type %s, not type %s",
                        construct, an_format_type(an, type), an_format_type(an, expr->type)));
    return collate_expr(scope, *expr_out);
}

static Status xml_column(Scope *scope, const AstXmlTableColumn *ast, TableFunc *func, uint32_t i) {
    Analyzer *an = scope->an;
    func->names[i] = ast->name;
    func->not_null[i] = ast->not_null;
    func->typmods[i] = -1;
    if (ast->ordinality) {
        if (func->ordinality_column >= 0)
            return AT(ast->location,
                      error(ERR_SYNTAX_ERROR, "only one FOR ORDINALITY column is allowed"));
        func->types[i] = OID_INT4;
        func->ordinality_column = (int32_t)i;
        return STATUS_OK;
    }
    if (ast->type->setof)
        return AT(ast->location, error(ERR_INVALID_TABLE_DEFINITION,
                                       "column \"%s\" cannot be declared SETOF", ast->name));
    TRY(analyze_type_name(an->env, an->arena, ast->type, &func->types[i], &func->typmods[i]));
    TRY(an_type_collation(an, func->types[i], &func->collations[i]));
    TRY(xml_arg(scope, ast->path, OID_TEXT, -1, "XMLTABLE", &func->paths[i]));
    TRY(xml_arg(scope, ast->default_value, func->types[i], func->typmods[i], "XMLTABLE",
                &func->defaults[i]));
    for (uint32_t j = 0; j < i; j++)
        if (strcmp(func->names[j], ast->name) == 0)
            return AT(ast->location,
                      error(ERR_SYNTAX_ERROR, "column name \"%s\" is not unique", ast->name));
    return STATUS_OK;
}

static Status range_xml_table(Scope *scope, const AstRangeXmlTable *ast, ScopeItem **item_out) {
    Arena *arena = scope->an->arena;
    bool lateral_before = scope->lateral_active;
    TableFunc *func = arena_new(arena, TableFunc);
    uint32_t count = ast->columns.count;
    scope->lateral_active = true;
    func->ordinality_column = -1;
    func->column_count = count;
    func->names = arena_array(arena, const char *, count + 1);
    func->types = arena_array(arena, Oid, count + 1);
    func->typmods = arena_array(arena, int32_t, count + 1);
    func->collations = arena_array(arena, Oid, count + 1);
    func->paths = arena_array(arena, Expr *, count + 1);
    func->defaults = arena_array(arena, Expr *, count + 1);
    func->not_null = arena_array(arena, bool, count + 1);
    TRY(xml_arg(scope, ast->row, OID_TEXT, -1, "XMLTABLE", &func->row));
    TRY(xml_arg(scope, ast->document, OID_XML, -1, "XMLTABLE", &func->document));
    for (uint32_t i = 0; i < count; i++)
        TRY(xml_column(scope, AST_AT(AstXmlTableColumn, ast->columns, i), func, i));
    func->namespace_names = arena_array(arena, const char *, ast->namespaces.count + 1);
    for (uint32_t i = 0; i < ast->namespaces.count; i++) {
        const AstTarget *target = AST_AT(AstTarget, ast->namespaces, i);
        Expr *uri;
        TRY(xml_arg(scope, target->value, OID_TEXT, -1, "XMLTABLE", &uri));
        func->namespace_names[i] = target->name;
        expr_list_add(arena, &func->namespace_uris, uri);
    }
    scope->lateral_active = lateral_before;
    RangeEntry *entry = arena_new(arena, RangeEntry);
    entry->kind = RTE_TABLE_FUNC;
    entry->table_func = func;
    entry->in_from = true;
    entry->lateral = ast->lateral || contains_columns_of_level(func->document, 0) ||
                     contains_columns_of_level(func->row, 0);
    for (uint32_t i = 0; i < count && !entry->lateral; i++)
        entry->lateral =
            (func->paths[i] != NULL && contains_columns_of_level(func->paths[i], 0)) ||
            (func->defaults[i] != NULL && contains_columns_of_level(func->defaults[i], 0));
    entry->column_count = count;
    entry->column_names = func->names;
    entry->column_types = func->types;
    entry->column_typmods = func->typmods;
    entry->column_collations = func->collations;
    TRY(scope_apply_alias(scope, entry, ast->alias, "xmltable", "XMLTABLE function"));
    *item_out = scope_add_entry(scope, entry, NULL, 0);
    return STATUS_OK;
}

/* ---- joins ---- */

typedef struct Join {
    Scope *scope;
    const AstJoin *ast;
    JoinKind kind;
    ScopeItem *left, *right;
    ScopeItems inside; /* what its ON clause sees */
    FromNode *node;
    StrList using_columns;
    uint32_t count; /* output columns so far */
    const char **names;
    JoinColumn *columns;
    ScopeColumn *scope_columns;
    bool *left_used, *right_used;
} Join;

static void natural_columns(Join *join) {
    Arena *arena = join->scope->an->arena;
    for (uint32_t i = 0; i < join->left->column_count; i++) {
        const char *name = join->left->names[i];
        if (name[0] == '\0')
            continue;
        for (uint32_t j = 0; j < join->right->column_count; j++)
            if (strcmp(join->right->names[j], name) == 0) {
                str_list_add(arena, &join->using_columns, name);
                break;
            }
    }
}

static Status using_column_in(const ScopeItem *item, const char *name, const char *side,
                              uint32_t *index_out) {
    bool found = false;
    for (uint32_t i = 0; i < item->column_count; i++) {
        if (strcmp(item->names[i], name) != 0)
            continue;
        if (found)
            return error(ERR_AMBIGUOUS_COLUMN,
                         "common column name \"%s\" appears more than once in %s table", name,
                         side);
        found = true;
        *index_out = i;
    }
    if (!found)
        return error(ERR_UNDEFINED_COLUMN,
                     "column \"%s\" specified in USING clause does not exist in %s table", name,
                     side);
    return STATUS_OK;
}

static Status merged_side(Scope *scope, Expr *var, Oid type, int32_t typmod, Expr **out) {
    Analyzer *an = scope->an;
    *out = var;
    if (var->type != type)
        return coerce_type(an, var, var->type, type, typmod, COERCION_IMPLICIT, CALL_IMPLICIT, -1,
                           out);
    if (var->typmod != typmod) {
        ExprRelabel *relabel = EXPR_NEW(an->arena, ExprRelabel, EXPR_RELABEL);
        relabel->arg = var;
        relabel->type = type;
        relabel->typmod = typmod;
        relabel->form = CALL_IMPLICIT;
        *out = (Expr *)relabel;
    }
    return STATUS_OK;
}

/* What the merged column of USING shows. */
static Status merged_column(Join *join, Expr *left, Expr *right, Expr **out) {
    Scope *scope = join->scope;
    Analyzer *an = scope->an;
    Expr *l, *r;
    ExprList pair = expr_list_of(an->arena, 2, left, right);
    Oid type = left->type;
    if (left->type != right->type)
        TRY(coerce_common_type(an, &pair, "JOIN/USING", &type, NULL));
    int32_t typmod = coerce_common_typmod(&pair, type);
    TRY(merged_side(scope, left, type, typmod, &l));
    TRY(merged_side(scope, right, type, typmod, &r));
    if (join->kind == JOIN_FULL) {
        ExprCoalesce *coalesce = EXPR_NEW(an->arena, ExprCoalesce, EXPR_COALESCE);
        coalesce->args = expr_list_of(an->arena, 2, l, r);
        coalesce->type = type;
        coalesce->typmod = typmod;
        *out = (Expr *)coalesce;
    } else if (join->kind == JOIN_RIGHT) {
        *out = r;
    } else if (join->kind == JOIN_LEFT) {
        *out = l;
    } else {
        *out = l == left || r != right ? l : r;
    }
    return collate_expr(scope, *out);
}

static Status using_clause(Join *join, ExprList *conditions) {
    Scope *scope = join->scope;
    Analyzer *an = scope->an;
    StrList equals = str_list_one(an->arena, "=");
    for (uint32_t u = 0; u < join->using_columns.count; u++) {
        const char *name = join->using_columns.items[u];
        uint32_t l = 0, r = 0;
        for (uint32_t i = 0; i < join->count; i++)
            if (strcmp(join->names[i], name) == 0)
                return error(ERR_DUPLICATE_COLUMN,
                             "column name \"%s\" appears more than once in USING clause", name);
        TRY(using_column_in(join->left, name, "left", &l));
        TRY(using_column_in(join->right, name, "right", &r));
        join->left_used[l] = join->right_used[r] = true;
        Expr *left = scope_item_var(scope, join->left, l, 0, -1);
        Expr *right = scope_item_var(scope, join->right, r, 0, -1);
        Expr *merged, *condition;
        TRY(merged_column(join, left, right, &merged));
        scope_mark_expr(scope, left);
        scope_mark_expr(scope, right);
        TRY(oper_make(scope, &equals, left, right, -1, &condition));
        TRY(coerce_to_boolean(an, condition, "JOIN/USING", &condition));
        expr_list_add(an->arena, conditions, condition);
        uint32_t at = join->count++;
        join->names[at] = name;
        join->columns[at] = (JoinColumn){merged, (int16_t)(l + 1), (int16_t)(r + 1)};
        if (merged == left)
            join->scope_columns[at] = join->left->columns[l];
        else if (merged == right)
            join->scope_columns[at] = join->right->columns[r];
        else
            join->scope_columns[at] = (ScopeColumn){.attno = (int16_t)(at + 1),
                                                    .type = merged->type,
                                                    .typmod = merged->typmod,
                                                    .collation = merged->collation,
                                                    .syntax_attno = (int16_t)(at + 1)};
    }
    return STATUS_OK;
}

static void remaining_columns(Join *join, ScopeItem *item, const bool *used, bool is_left) {
    for (uint32_t i = 0; i < item->column_count; i++) {
        if (used[i] || item->names[i][0] == '\0' || item->columns[i].type == 0)
            continue;
        uint32_t at = join->count++;
        join->names[at] = item->names[i];
        join->columns[at].expr = scope_item_var(join->scope, item, i, 0, -1);
        join->columns[at].left_attno = is_left ? (int16_t)(i + 1) : 0;
        join->columns[at].right_attno = is_left ? 0 : (int16_t)(i + 1);
        join->scope_columns[at] = item->columns[i];
    }
}

static Status join_entry(Join *join, ScopeItem **item_out) {
    Arena *arena = join->scope->an->arena;
    RangeEntry *entry = arena_new(arena, RangeEntry);
    entry->kind = RTE_JOIN;
    entry->join_kind = join->kind;
    entry->merged_count = join->using_columns.count;
    entry->join_columns = join->columns;
    entry->column_count = join->count;
    entry->column_names = join->names;
    entry->column_types = arena_array(arena, Oid, join->count + 1);
    entry->column_typmods = arena_array(arena, int32_t, join->count + 1);
    entry->column_collations = arena_array(arena, Oid, join->count + 1);
    entry->in_from = true;
    if (join->count > COLUMNS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "joins can have at most %d columns", COLUMNS_MAX);
    if (join->ast->using_alias != NULL)
        entry->using_alias = join->ast->using_alias->name;
    for (uint32_t i = 0; i < join->count; i++) {
        entry->column_types[i] = join->columns[i].expr->type;
        entry->column_typmods[i] = join->columns[i].expr->typmod;
        entry->column_collations[i] = join->columns[i].expr->collation;
    }
    TRY(scope_apply_alias(join->scope, entry, join->ast->alias, "unnamed_join", "join expression"));
    ScopeItem *item = scope_add_entry(join->scope, entry, NULL, 0);
    item->columns = join->scope_columns;
    for (uint32_t i = 0; i < join->count; i++) {
        ScopeColumn *column = &item->columns[i];
        if (column->rt_index == 0)
            column->rt_index = item->rt_index;
        if (column->syntax_rt_index == 0 || join->ast->alias != NULL) {
            column->syntax_rt_index = item->rt_index;
            column->syntax_attno = (int16_t)(i + 1);
        }
    }
    join->node->rt_index = item->rt_index;
    *item_out = item;
    return STATUS_OK;
}

static Status join_condition(Join *join) {
    Scope *scope = join->scope;
    ScopeItems saved = scope->items;
    ScopeItems mine = {0};
    items_append(scope, &mine, &join->inside);
    items_lateral(&mine, false, true);
    scope->items = mine;
    TRY(expr_analyze_where(scope, join->ast->on, EXPR_KIND_JOIN_ON, "JOIN/ON",
                           &join->node->condition));
    scope->items = saved;
    return STATUS_OK;
}

static Status join_inputs(Join *join) {
    Scope *scope = join->scope;
    Arena *arena = scope->an->arena;
    ScopeItems left_items = {0}, right_items = {0};
    size_t outer_count = scope->items.count;
    TRY(from_analyze_item(scope, join->ast->left, &join->left, &left_items, &join->node->left));
    items_lateral(&left_items, true, join->kind == JOIN_INNER || join->kind == JOIN_LEFT);
    items_append(scope, &scope->items, &left_items);
    TRY(from_analyze_item(scope, join->ast->right, &join->right, &right_items, &join->node->right));
    scope->items.count = outer_count;
    TRY(scope_check_conflicts(scope, &left_items, &right_items));
    items_append(scope, &join->inside, &left_items);
    items_append(scope, &join->inside, &right_items);
    uint32_t widest = join->left->column_count + join->right->column_count + 1;
    join->names = arena_array(arena, const char *, widest);
    join->columns = arena_array(arena, JoinColumn, widest);
    join->scope_columns = arena_array(arena, ScopeColumn, widest);
    join->left_used = arena_array(arena, bool, widest);
    join->right_used = arena_array(arena, bool, widest);
    return STATUS_OK;
}

static Status range_join(Scope *scope, const AstJoin *ast, ScopeItem **item_out,
                         ScopeItems *items_out, FromNode **node_out) {
    static const JoinKind kinds[] = {[AST_JOIN_INNER] = JOIN_INNER,
                                     [AST_JOIN_LEFT] = JOIN_LEFT,
                                     [AST_JOIN_FULL] = JOIN_FULL,
                                     [AST_JOIN_RIGHT] = JOIN_RIGHT};
    Arena *arena = scope->an->arena;
    Join *join = arena_new(arena, Join);
    ExprList conditions = {0};
    join->scope = scope;
    join->ast = ast;
    join->kind = kinds[ast->kind];
    join->node = arena_new(arena, FromNode);
    join->node->kind = FROM_JOIN;
    join->node->join_kind = join->kind;
    join->node->natural = ast->natural;
    TRY(join_inputs(join));
    join->using_columns = ast->using_columns;
    if (ast->natural)
        natural_columns(join);
    if (join->using_columns.count > 0) {
        TRY(using_clause(join, &conditions));
        join->node->condition = expr_and(arena, &conditions);
    } else if (ast->on != NULL) {
        TRY(join_condition(join));
    }
    join->node->using_columns = join->using_columns.items;
    join->node->using_count = join->using_columns.count;
    remaining_columns(join, join->left, join->left_used, true);
    remaining_columns(join, join->right, join->right_used, false);
    ScopeItem *item;
    TRY(join_entry(join, &item));
    if (ast->using_alias != NULL) {
        ScopeItem *merged = arena_new(arena, ScopeItem);
        *merged = *item;
        merged->alias = ast->using_alias->name;
        merged->column_count = join->using_columns.count;
        ScopeItems one = {0};
        vec_push(&one, arena, merged);
        merged->rel_visible = merged->cols_visible = true;
        TRY(scope_check_conflicts(scope, &one, &join->inside));
        vec_push(&join->inside, arena, merged);
    }
    if (ast->alias == NULL)
        for (size_t i = 0; i < join->inside.count; i++) {
            join->inside.items[i]->cols_visible = false;
            vec_push(items_out, arena, join->inside.items[i]);
        }
    item->rel_visible = ast->alias != NULL;
    item->cols_visible = true;
    vec_push(items_out, arena, item);
    *item_out = item;
    *node_out = join->node;
    return STATUS_OK;
}

Status from_analyze_item(Scope *scope, const Ast *ast, ScopeItem **top_out, ScopeItems *items_out,
                         FromNode **node_out) {
    Analyzer *an = scope->an;
    Status s = STATUS_OK;
    TRY(fiber_stack_check());
    switch (ast->tag) {
    case AST_RANGE_VAR:
        s = range_var(scope, (const AstRangeVar *)ast, top_out);
        break;
    case AST_RANGE_SUBSELECT:
        s = range_subselect(scope, (const AstRangeSubselect *)ast, top_out);
        break;
    case AST_RANGE_FUNCTION:
        s = range_function(scope, (const AstRangeFunction *)ast, top_out);
        break;
    case AST_RANGE_SAMPLE:
        s = range_sample(scope, (const AstRangeSample *)ast, top_out);
        break;
    case AST_RANGE_XML_TABLE:
        s = range_xml_table(scope, (const AstRangeXmlTable *)ast, top_out);
        break;
    case AST_JOIN:
        return range_join(scope, (const AstJoin *)ast, top_out, items_out, node_out);
    default:
        s = error(ERR_INTERNAL_ERROR, "unrecognized node type in FROM: %s", ast_tag_name(ast->tag));
    }
    TRY(s);
    vec_push(items_out, an->arena, *top_out);
    *node_out = rte_node(scope, *top_out);
    return STATUS_OK;
}
