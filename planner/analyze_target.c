/* analyze_target.c: target lists: what a query puts out, what INSERT and UPDATE store where. */
#include "planner/analyze_expr_int.h"

/* ---- names of output columns ---- */

static int figure_name(const Ast *ast, const char **name);

static int figure_select(const AstSelect *select, const char **name) {
    while (select->op != AST_SETOP_NONE)
        select = select->left;
    if (select->values.count > 0) {
        *name = "column1";
        return 2;
    }
    if (select->targets.count == 0)
        return 0;
    const AstTarget *target = AST_AT(AstTarget, select->targets, 0);
    if (target->name != NULL) {
        *name = target->name;
        return 2;
    }
    const char *inner = NULL;
    figure_name(target->value, &inner);
    *name = inner != NULL ? inner : "?column?";
    return 2;
}

static int figure_steps(const AstIndirection *ast, const char **name) {
    const char *last = NULL;
    for (uint32_t i = 0; i < ast->steps.count; i++)
        if (ast->steps.items[i]->tag == AST_FIELD)
            last = AST_AT(AstField, ast->steps, i)->name;
    if (last != NULL) {
        *name = last;
        return 2;
    }
    return figure_name(ast->arg, name);
}

static int figure_fixed(const char *text, const char **name) {
    *name = text;
    return 2;
}

static const char *value_func_name(AstValueFuncKind kind) {
    static const char *const names[] = {
        [AST_CURRENT_DATE] = "current_date",           [AST_CURRENT_TIME] = "current_time",
        [AST_CURRENT_TIMESTAMP] = "current_timestamp", [AST_LOCALTIME] = "localtime",
        [AST_LOCALTIMESTAMP] = "localtimestamp",       [AST_CURRENT_ROLE] = "current_role",
        [AST_CURRENT_USER] = "current_user",           [AST_USER] = "user",
        [AST_SESSION_USER] = "session_user",           [AST_CURRENT_CATALOG] = "current_catalog",
        [AST_CURRENT_SCHEMA] = "current_schema"};
    return names[kind];
}

static int figure_xml(const AstXmlExpr *ast, const char **name) {
    static const char *const names[] = {
        [AST_XML_CONCAT] = "xmlconcat", [AST_XML_ELEMENT] = "xmlelement",
        [AST_XML_FOREST] = "xmlforest", [AST_XML_PARSE] = "xmlparse",
        [AST_XML_PI] = "xmlpi",         [AST_XML_ROOT] = "xmlroot"};
    return ast->op == AST_XML_IS_DOCUMENT ? 0 : figure_fixed(names[ast->op], name);
}

/* 0: no idea, 1: a poor one (a type's name), 2: good. */
static int figure_name(const Ast *ast, const char **name) {
    if (ast == NULL)
        return 0;
    switch (ast->tag) {
    case AST_COLUMN_REF:
        if (((const AstColumnRef *)ast)->fields.count == 0)
            return 0;
        return figure_fixed(str_list_last(&((const AstColumnRef *)ast)->fields), name);
    case AST_INDIRECTION:
        return figure_steps((const AstIndirection *)ast, name);
    case AST_FUNC_CALL:
        return figure_fixed(str_list_last(&((const AstFuncCall *)ast)->name), name);
    case AST_OP:
        return ((const AstOp *)ast)->kind == AST_OP_NULLIF ? figure_fixed("nullif", name) : 0;
    case AST_TYPE_CAST: {
        const AstTypeCast *cast = (const AstTypeCast *)ast;
        int strength = figure_name(cast->arg, name);
        if (strength > 1)
            return strength;
        *name = str_list_last(&cast->type->names);
        return 1;
    }
    case AST_COLLATE:
        return figure_name(((const AstCollate *)ast)->arg, name);
    case AST_GROUPING_FUNC:
        return figure_fixed("grouping", name);
    case AST_SUB_LINK: {
        const AstSubLink *link = (const AstSubLink *)ast;
        if (link->kind == AST_SUBLINK_EXISTS)
            return figure_fixed("exists", name);
        if (link->kind == AST_SUBLINK_ARRAY)
            return figure_fixed("array", name);
        return link->kind == AST_SUBLINK_EXPR ? figure_select(link->query, name) : 0;
    }
    case AST_CASE: {
        int strength = figure_name(((const AstCase *)ast)->otherwise, name);
        if (strength > 1)
            return strength;
        *name = "case";
        return 1;
    }
    case AST_ARRAY:
        return figure_fixed("array", name);
    case AST_ROW:
        return figure_fixed("row", name);
    case AST_COALESCE:
        return figure_fixed("coalesce", name);
    case AST_MIN_MAX:
        return figure_fixed(((const AstMinMax *)ast)->greatest ? "greatest" : "least", name);
    case AST_VALUE_FUNC:
        return figure_fixed(value_func_name(((const AstValueFunc *)ast)->kind), name);
    case AST_XML_EXPR:
        return figure_xml((const AstXmlExpr *)ast, name);
    case AST_XML_SERIALIZE:
        return figure_fixed("xmlserialize", name);
    default:
        return 0;
    }
}

const char *analyze_figure_name(const Ast *ast) {
    const char *name = NULL;
    figure_name(ast, &name);
    return name;
}

const char *target_figure_name(Scope *scope, const Ast *ast) {
    const char *name = NULL;
    (void)scope;
    figure_name(ast, &name);
    return name != NULL ? name : "?column?";
}

/* ---- output columns ---- */

Status target_analyze(Scope *scope, const Ast *ast, Expr *expr, ExprKind kind, const char *name,
                      bool junk, Target **target_out) {
    if (expr == NULL) {
        if (kind == EXPR_KIND_UPDATE_SOURCE && ast->tag == AST_SET_TO_DEFAULT) {
            expr = EXPR_NEW(scope->an->arena, Expr, EXPR_SET_TO_DEFAULT);
            expr->location = ast->location;
        } else {
            TRY(expr_analyze(scope, ast, kind, &expr));
        }
    }
    if (name == NULL && !junk) {
        name = target_figure_name(scope, ast);
        if (ast->tag == AST_SUB_LINK && expr->tag == EXPR_SUB_LINK &&
            ((ExprSubLink *)expr)->kind == SUBLINK_EXPR)
            name = ((ExprSubLink *)expr)->query->targets.items[0]->name;
    }
    *target_out = target_make(scope->an->arena, expr, 0, name, junk);
    return STATUS_OK;
}

static void add_targets(Scope *scope, const ExprList *exprs, const char **names,
                        TargetList *targets) {
    for (uint32_t i = 0; i < exprs->count; i++)
        target_list_add(scope->an->arena, targets,
                        target_make(scope->an->arena, exprs->items[i], 0, names[i], false));
}

/* All visible columns: the items whose columns are not hidden by a join. */
static Status expand_all(Scope *scope, int32_t location, ExprList *exprs_out,
                         const char ***names_out) {
    Arena *arena = scope->an->arena;
    VEC(const char *) names = {0};
    bool any = false;
    *exprs_out = (ExprList){0};
    for (size_t i = 0; i < scope->items.count; i++) {
        ScopeItem *item = scope->items.items[i];
        ExprList exprs;
        const char **own;
        if (!item->cols_visible)
            continue;
        TRY(scope_expand_item(scope, item, 0, location, &exprs, &own));
        any = true;
        expr_list_concat(arena, exprs_out, &exprs);
        for (uint32_t j = 0; j < exprs.count; j++)
            vec_push(&names, arena, own[j]);
    }
    if (!any)
        return AT(location,
                  error(ERR_SYNTAX_ERROR, "SELECT * with no tables specified is not valid"));
    *names_out = names.items;
    return STATUS_OK;
}

/* rel.* */
static Status expand_rel(Scope *scope, const AstColumnRef *ref, ExprList *exprs_out,
                         const char ***names_out) {
    ScopeItem *item;
    uint32_t levels_up, parts = ref->fields.count;
    if (parts > 3)
        return AT(ref->location,
                  error(ERR_SYNTAX_ERROR, "improper qualified name (too many dotted names): %s",
                        str_list_join(scope->an->arena, &ref->fields)));
    const char *rel = ref->fields.items[parts - 1];
    const char *schema = parts > 1 ? ref->fields.items[parts - 2] : NULL;
    if (parts == 3) {
        const char *database = NULL;
        TRY(database_name(scope->an->catalog, session_database(scope->an->catalog), &database));
        if (database == NULL || strcmp(database, ref->fields.items[0]) != 0)
            return AT(ref->location, error(ERR_FEATURE_NOT_SUPPORTED,
                                           "cross-database references are not implemented: %s",
                                           str_list_join(scope->an->arena, &ref->fields)));
    }
    TRY(scope_find_rel(scope, schema, rel, ref->location, &levels_up, &item));
    if (item == NULL && scope->an->hooks != NULL && scope->an->hooks->column_ref != NULL) {
        Expr *row = NULL; /* a host language's row variable */
        AstColumnRef *bare = AST_NEW(scope->an->arena, AstColumnRef, AST_COLUMN_REF, ref->location);
        bare->fields = ref->fields;
        TRY(scope->an->hooks->column_ref(scope->an->hooks->arg, scope->an->arena, bare, false,
                                         &row));
        if (row != NULL) {
            RowShape shape;
            bool found;
            TRY(an_expr_shape(scope, row, &shape, &found));
            const char **names = arena_array(scope->an->arena, const char *, shape.count + 1);
            for (uint32_t i = 0; i < shape.count; i++) {
                Expr *field;
                if (shape.types[i] == 0)
                    continue;
                TRY(complex_projection(scope, shape.names[i], row, ref->location, &field));
                names[exprs_out->count] = shape.names[i];
                expr_list_add(scope->an->arena, exprs_out, field);
            }
            *names_out = names;
            return STATUS_OK;
        }
    }
    if (item == NULL) {
        AstRangeVar *var = AST_NEW(scope->an->arena, AstRangeVar, AST_RANGE_VAR, ref->location);
        var->schema = schema;
        var->name = rel;
        return scope_missing_rel(scope, var, ref->location);
    }
    return scope_expand_item(scope, item, levels_up, ref->location, exprs_out, names_out);
}

/* (expr).* */
static Status expand_row(Scope *scope, Expr *row, int32_t location, ExprList *exprs_out,
                         const char ***names_out) {
    Arena *arena = scope->an->arena;
    RowShape shape;
    bool found;
    if (row->tag == EXPR_COLUMN && ((ExprColumn *)row)->attno == 0) {
        ExprColumn *column = (ExprColumn *)row;
        Scope *owner = scope_up(scope, column->levels_up);
        return scope_expand_item(scope, scope_item_of(owner, column->rt_index), column->levels_up,
                                 location, exprs_out, names_out);
    }
    TRY(an_expr_shape(scope, row, &shape, &found));
    if (!found) {
        if (row->type == OID_RECORD)
            return error(ERR_SYNTAX_ERROR, "record type has not been registered");
        return error(ERR_WRONG_OBJECT_TYPE, "type %s is not composite",
                     an_format_type(scope->an, row->type));
    }
    const char **names = arena_array(arena, const char *, shape.count + 1);
    *exprs_out = (ExprList){0};
    for (uint32_t i = 0; i < shape.count; i++) {
        if (shape.types[i] == 0)
            continue;
        ExprFieldSelect *select = EXPR_NEW(arena, ExprFieldSelect, EXPR_FIELD_SELECT);
        select->arg = row;
        select->field = (int16_t)(i + 1);
        select->type = shape.types[i];
        select->typmod = shape.typmods[i];
        select->collation = shape.collations[i];
        names[exprs_out->count] = shape.names[i];
        expr_list_add(arena, exprs_out, select);
    }
    *names_out = names;
    return STATUS_OK;
}

/* *star_out: ast is something.* and expands to exprs_out. */
static Status expand_star(Scope *scope, const Ast *ast, ExprKind kind, bool top_level,
                          bool *star_out, ExprList *exprs_out, const char ***names_out) {
    *star_out = false;
    *exprs_out = (ExprList){0};
    if (ast->tag == AST_COLUMN_REF && ((const AstColumnRef *)ast)->star) {
        const AstColumnRef *ref = (const AstColumnRef *)ast;
        *star_out = true;
        if (ref->fields.count > 0)
            return expand_rel(scope, ref, exprs_out, names_out);
        if (!top_level)
            return AT(ref->location,
                      error(ERR_SYNTAX_ERROR, "row expansion via \"*\" is not supported here"));
        return expand_all(scope, ref->location, exprs_out, names_out);
    }
    if (ast->tag != AST_INDIRECTION)
        return STATUS_OK;
    const AstIndirection *ind = (const AstIndirection *)ast;
    if (ind->steps.count == 0 || ind->steps.items[ind->steps.count - 1]->tag != AST_STAR)
        return STATUS_OK;
    AstIndirection *inner =
        AST_NEW(scope->an->arena, AstIndirection, AST_INDIRECTION, ind->location);
    inner->arg = ind->arg;
    inner->steps = ind->steps;
    inner->steps.count--;
    Expr *row;
    TRY(expr_analyze(scope, inner->steps.count > 0 ? (Ast *)inner : ind->arg, kind, &row));
    *star_out = true;
    return expand_row(scope, row, ast_location(ast), exprs_out, names_out);
}

Status targets_analyze(Scope *scope, const AstList *list, ExprKind kind, TargetList *targets_out) {
    *targets_out = (TargetList){0};
    for (uint32_t i = 0; i < list->count; i++) {
        const AstTarget *ast = AST_AT(AstTarget, *list, i);
        if (kind != EXPR_KIND_UPDATE_SOURCE) {
            bool star;
            ExprList exprs;
            const char **names = NULL;
            TRY(expand_star(scope, ast->value, kind, true, &star, &exprs, &names));
            if (star) {
                add_targets(scope, &exprs, names, targets_out);
                continue;
            }
        }
        Target *target;
        TRY(target_analyze(scope, ast->value, NULL, kind, ast->name, false, &target));
        target_list_add(scope->an->arena, targets_out, target);
    }
    if (targets_out->count > TARGETS_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "target lists can have at most %d entries",
                     TARGETS_MAX);
    for (uint32_t i = 0; i < targets_out->count; i++)
        targets_out->items[i]->resno = (int16_t)(i + 1);
    return STATUS_OK;
}

Status exprs_analyze(Scope *scope, const AstList *list, ExprKind kind, bool allow_default,
                     ExprList *exprs_out) {
    Arena *arena = scope->an->arena;
    *exprs_out = (ExprList){0};
    for (uint32_t i = 0; i < list->count; i++) {
        const Ast *ast = list->items[i];
        bool star;
        ExprList exprs;
        const char **names;
        Expr *expr;
        TRY(expand_star(scope, ast, kind, true, &star, &exprs, &names));
        if (star) {
            expr_list_concat(arena, exprs_out, &exprs);
            continue;
        }
        if (allow_default && ast->tag == AST_SET_TO_DEFAULT) {
            expr = EXPR_NEW(arena, Expr, EXPR_SET_TO_DEFAULT);
            expr->location = ast->location;
        } else {
            TRY(expr_analyze(scope, ast, kind, &expr));
        }
        expr_list_add(arena, exprs_out, expr);
    }
    return STATUS_OK;
}

Status targets_resolve_unknowns(Scope *scope, TargetList *targets) {
    for (uint32_t i = 0; i < targets->count; i++) {
        Target *target = targets->items[i];
        if (target->expr->type == OID_UNKNOWN)
            TRY(coerce_type(scope->an, target->expr, OID_UNKNOWN, OID_TEXT, -1, COERCION_IMPLICIT,
                            CALL_IMPLICIT, -1, &target->expr));
    }
    return STATUS_OK;
}

/* Which table column a plain reference shows, through joins, subqueries and CTEs. */
static void mark_origin(Scope *scope, const Query *query, const Expr *expr, Target *target) {
    while (expr != NULL && expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        if (column->levels_up > 0 || column->rt_index == 0 || column->rt_index > query->range_count)
            return;
        const RangeEntry *entry = query_rte(query, column->rt_index);
        if (entry->kind == RTE_RELATION) {
            target->origin_table = entry->relation;
            target->origin_column = column->attno;
            return;
        }
        if (column->attno <= 0)
            return;
        if (entry->kind == RTE_JOIN) {
            expr = entry->join_columns[column->attno - 1].expr;
            continue;
        }
        const Query *inner = entry->kind == RTE_SUBQUERY ? entry->subquery : NULL;
        if (entry->kind == RTE_CTE && !entry->self_reference && entry->cte_levels_up == 0 &&
            scope != NULL)
            for (size_t i = 0; i < scope->ctes.count; i++)
                if (strcmp(scope->ctes.items[i]->name, entry->cte_name) == 0)
                    inner = scope->ctes.items[i]->query;
        if (inner == NULL || inner->command != COMMAND_SELECT)
            return;
        for (uint32_t i = 0; i < inner->targets.count; i++)
            if (inner->targets.items[i]->resno == column->attno) {
                target->origin_table = inner->targets.items[i]->origin_table;
                target->origin_column = inner->targets.items[i]->origin_column;
            }
        return;
    }
}

void targets_mark_origins(Scope *scope, TargetList *targets) {
    for (uint32_t i = 0; i < targets->count; i++)
        mark_origin(scope, scope->query, targets->items[i]->expr, targets->items[i]);
}

/* ---- storing into columns ---- */

typedef struct Assign {
    Scope *scope;
    const AstList *steps;
    int32_t location;
    Expr *value;
    bool any_cast; /* through text, too */
} Assign;

static Status assign_steps(Assign *assign, Expr *base, const char *name, bool subscripting,
                           Oid type, int32_t typmod, Oid collation, uint32_t at, Expr **expr_out);

static Status mismatch(Analyzer *an, const char *format_kind, const char *name, Oid wanted,
                       Oid given, int32_t location) {
    Status s;
    if (format_kind[0] == 's')
        s = error(ERR_DATATYPE_MISMATCH,
                  "subscripted assignment to \"%s\" requires type %s but expression is of type %s",
                  name, an_format_type(an, wanted), an_format_type(an, given));
    else
        s = error(ERR_DATATYPE_MISMATCH, "%s \"%s\" is of type %s but expression is of type %s",
                  format_kind[0] == 'f' ? "subfield" : "column", name, an_format_type(an, wanted),
                  an_format_type(an, given));
    return AT(location, status_hint(s, "You will need to rewrite or cast the expression."));
}

static Status wrap_domain(Analyzer *an, Expr *expr, Oid base, Oid type, int32_t location,
                          Expr **expr_out) {
    *expr_out = expr;
    if (base == type)
        return STATUS_OK;
    return coerce_type(an, expr, base, type, -1, COERCION_IMPLICIT, CALL_IMPLICIT, location,
                       expr_out);
}

static Status assign_subscripts(Assign *assign, Expr *base, const char *name, Oid type,
                                int32_t typmod, Oid collation, uint32_t first, uint32_t count,
                                Expr **expr_out) {
    Analyzer *an = assign->scope->an;
    Oid container, wanted;
    int32_t container_typmod = typmod;
    ExprSubscript *node;
    Oid element_collation;
    TRY(an_base_type_mod(an, type, &container, &container_typmod));
    TRY(subscripts_make(assign->scope, base, container, container_typmod, assign->steps, first,
                        count, true, &node));
    wanted = node->type;
    TRY(an_type_collation(an, wanted, &element_collation));
    TRY(assign_steps(assign, NULL, name, true, wanted, container_typmod,
                     node->slice ? collation : element_collation, first + count, &node->value));
    node->type = container;
    node->typmod = container_typmod;
    return wrap_domain(an, (Expr *)node, container, type, assign->location, expr_out);
}

static Status assign_field(Assign *assign, Expr *base, const char *name, Oid type, int32_t typmod,
                           uint32_t at, Expr **expr_out) {
    Analyzer *an = assign->scope->an;
    const char *field = AST_AT(AstField, *assign->steps, at)->name;
    Oid row, relation, system_type;
    int32_t row_typmod = typmod;
    RowShape shape;
    TRY(an_base_type_mod(an, type, &row, &row_typmod));
    TRY(an_type_relation(an, row, &relation));
    if (relation == 0)
        return AT(assign->location,
                  error(ERR_DATATYPE_MISMATCH,
                        "cannot assign to field \"%s\" of column \"%s\" because its type %s is not "
                        "a composite type",
                        field, name, an_format_type(an, type)));
    TRY(an_relation_shape(an, relation, &shape));
    for (uint32_t i = 0; i < shape.count; i++) {
        if (shape.types[i] == 0 || strcmp(shape.names[i], field) != 0)
            continue;
        Expr *value;
        TRY(assign_steps(assign, NULL, field, false, shape.types[i], shape.typmods[i],
                         shape.collations[i], at + 1, &value));
        ExprFieldStore *node = EXPR_NEW(an->arena, ExprFieldStore, EXPR_FIELD_STORE);
        node->arg = base;
        node->values = expr_list_of(an->arena, 1, value);
        node->fields = arena_array(an->arena, int16_t, 1);
        node->fields[0] = (int16_t)(i + 1);
        node->type = row;
        return wrap_domain(an, (Expr *)node, row, type, assign->location, expr_out);
    }
    if (sys_column_by_name(field, &system_type) != 0)
        return AT(assign->location,
                  error(ERR_UNDEFINED_COLUMN, "cannot assign to system column \"%s\"", field));
    return AT(assign->location,
              error(ERR_UNDEFINED_COLUMN,
                    "cannot assign to field \"%s\" of column \"%s\" because there is no such "
                    "column in data type %s",
                    field, name, an_format_type(an, type)));
}

static Status assign_steps(Assign *assign, Expr *base, const char *name, bool subscripting,
                           Oid type, int32_t typmod, Oid collation, uint32_t at, Expr **expr_out) {
    Analyzer *an = assign->scope->an;
    if (at == assign->steps->count) {
        if (assign->any_cast)
            return coerce_any(an, assign->value, type, typmod, expr_out);
        TRY(coerce_to_target(an, assign->value, assign->value->type, type, typmod,
                             COERCION_ASSIGNMENT, CALL_IMPLICIT, -1, expr_out));
        if (*expr_out == NULL)
            return mismatch(an, subscripting ? "s" : "f", name, type, assign->value->type,
                            assign->location);
        return STATUS_OK;
    }
    if (base == NULL) {
        base = EXPR_NEW(an->arena, Expr, EXPR_CASE_TEST);
        base->type = type;
        base->typmod = typmod;
        base->collation = collation;
    }
    const Ast *step = assign->steps->items[at];
    if (step->tag == AST_STAR)
        return AT(assign->location, error(ERR_FEATURE_NOT_SUPPORTED,
                                          "row expansion via \"*\" is not supported here"));
    if (step->tag == AST_FIELD)
        return assign_field(assign, base, name, type, typmod, at, expr_out);
    uint32_t count = 0;
    while (at + count < assign->steps->count &&
           assign->steps->items[at + count]->tag == AST_SUBSCRIPT)
        count++;
    return assign_subscripts(assign, base, name, type, typmod, collation, at, count, expr_out);
}

Status variable_assign(Scope *scope, const PlStore *store, Expr *value, Expr **expr_out) {
    const Expr *v = store->variable;
    Assign assign = {scope, store->steps, v->location, value, true};
    ExprKind saved = scope->kind;
    scope->kind = EXPR_KIND_UPDATE_TARGET;
    Status s = assign_steps(&assign, store->variable, store->name, false, v->type, v->typmod,
                            v->collation, 0, expr_out);
    scope->kind = saved;
    return s;
}

Status target_assign(Scope *scope, Expr *expr, ExprKind kind, const char *name, int16_t attno,
                     const AstList *indirection, int32_t location, Expr **expr_out) {
    Analyzer *an = scope->an;
    ExprKind saved = scope->kind;
    if (attno <= 0)
        return AT(location,
                  error(ERR_FEATURE_NOT_SUPPORTED, "cannot assign to system column \"%s\"", name));
    const ColumnDesc *column = &scope->target->columns[attno - 1];
    if (expr->tag == EXPR_SET_TO_DEFAULT) {
        expr->type = column->type;
        expr->typmod = column->typmod;
        expr->collation = column->collation;
        if (indirection != NULL && indirection->count > 0)
            return AT(
                location,
                indirection->items[0]->tag == AST_SUBSCRIPT
                    ? error(ERR_FEATURE_NOT_SUPPORTED, "cannot set an array element to DEFAULT")
                    : error(ERR_FEATURE_NOT_SUPPORTED, "cannot set a subfield to DEFAULT"));
    }
    if (indirection != NULL && indirection->count > 0) {
        Expr *base;
        if (scope->is_insert) {
            TRY(an_null_const(an, column->type, column->typmod, column->collation, &base));
        } else {
            base = (Expr *)expr_column(an->arena, scope->target_item->rt_index, attno, column->type,
                                       column->typmod, column->collation, 0);
            base->location = location;
        }
        Assign assign = {scope, indirection, location, expr, false};
        scope->kind = kind;
        TRY(assign_steps(&assign, base, name, false, column->type, column->typmod,
                         column->collation, 0, expr_out));
        scope->kind = saved;
        return STATUS_OK;
    }
    TRY(coerce_to_target(an, expr, expr->type, column->type, column->typmod, COERCION_ASSIGNMENT,
                         CALL_IMPLICIT, -1, expr_out));
    if (*expr_out == NULL)
        return mismatch(an, "column", name, column->type, expr->type, expr_location(expr));
    return STATUS_OK;
}

/* Which columns INSERT names; all of them where it names none. */
Status insert_columns(Scope *scope, const AstList *columns, int16_t **attnos_out,
                      uint32_t *count_out) {
    Arena *arena = scope->an->arena;
    const RelationDesc *target = scope->target;
    uint32_t capacity = columns->count > 0 ? columns->count : target->column_count;
    BitSet *whole = NULL, *partial = NULL;
    *attnos_out = arena_array(arena, int16_t, capacity + 1);
    *count_out = 0;
    for (uint32_t i = 0; columns->count == 0 && i < target->column_count; i++)
        if (!target->columns[i].dropped)
            (*attnos_out)[(*count_out)++] = target->columns[i].attnum;
    for (uint32_t i = 0; i < columns->count; i++) {
        const AstTarget *ast = AST_AT(AstTarget, *columns, i);
        const ColumnDesc *column = relation_column(target, ast->name);
        if (column == NULL) {
            Oid type;
            if (sys_column_by_name(ast->name, &type) != 0)
                return AT(ast->location, error(ERR_FEATURE_NOT_SUPPORTED,
                                               "cannot assign to system column \"%s\"", ast->name));
            return AT(ast->location,
                      error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                            ast->name, target->name));
        }
        if (bitset_has(whole, column->attnum) ||
            (ast->indirection.count == 0 && bitset_has(partial, column->attnum)))
            return AT(ast->location, error(ERR_DUPLICATE_COLUMN,
                                           "column \"%s\" specified more than once", ast->name));
        if (ast->indirection.count == 0)
            whole = bitset_add(arena, whole, column->attnum);
        else
            partial = bitset_add(arena, partial, column->attnum);
        (*attnos_out)[(*count_out)++] = column->attnum;
    }
    return STATUS_OK;
}
