/*
 * analyze_scope.c: what names mean: the namespace of a query level, its range table, look-ups of
 * tables and columns through the levels, and the hints when there is nothing.
 *
 * Every range-table entry has a ScopeItem (scope_item_of). Those in scope->items are what names can
 * see at the moment; joins, LATERAL and aliases change that list while FROM is read.
 */
#include "planner/analyze_int.h"

Scope *scope_make(Analyzer *an, Scope *parent) {
    Scope *scope = arena_new(an->arena, Scope);
    scope->an = an;
    scope->parent = parent;
    scope->resolve_unknowns = true;
    if (parent != NULL)
        scope->lone = NULL;
    return scope;
}

Scope *scope_up(Scope *scope, uint32_t levels_up) {
    while (levels_up-- > 0 && scope != NULL)
        scope = scope->parent;
    return scope;
}

/* ---- items ---- */

static void item_fill_columns(ScopeItem *item, RangeEntry *entry, Arena *arena) {
    item->columns = arena_array(arena, ScopeColumn, entry->column_count + 1);
    item->column_count = entry->column_count;
    for (uint32_t i = 0; i < entry->column_count; i++) {
        ScopeColumn *column = &item->columns[i];
        if (entry->column_types[i] == 0)
            continue;
        *column = (ScopeColumn){.rt_index = item->rt_index,
                                .attno = (int16_t)(i + 1),
                                .type = entry->column_types[i],
                                .typmod = entry->column_typmods[i],
                                .collation = entry->column_collations[i],
                                .syntax_rt_index = item->rt_index,
                                .syntax_attno = (int16_t)(i + 1)};
    }
}

static ScopeItem *item_register(Scope *scope, RangeEntry *entry) {
    Arena *arena = scope->an->arena;
    ScopeItem *item = arena_new(arena, ScopeItem);
    query_add_rte(arena, scope->query, entry);
    item->entry = entry;
    item->rt_index = scope->query->range_count;
    item->alias = entry->name;
    item->names = entry->column_names;
    item->rel_visible = item->cols_visible = item->lateral_ok = true;
    if (item->rt_index > scope->by_index_capacity) {
        size_t capacity = MAX(item->rt_index, scope->by_index_capacity * 2 + 4);
        ScopeItem **grown = arena_array(arena, ScopeItem *, capacity);
        if (scope->by_index_capacity > 0)
            memcpy(grown, scope->by_index, scope->by_index_capacity * sizeof(*grown));
        scope->by_index = grown;
        scope->by_index_capacity = capacity;
    }
    scope->by_index[item->rt_index - 1] = item;
    item_fill_columns(item, entry, arena);
    return item;
}

ScopeItem *scope_add_entry(Scope *scope, RangeEntry *entry, const char **names,
                           uint32_t column_count) {
    (void)names;
    (void)column_count;
    return item_register(scope, entry);
}

ScopeItem *scope_item_of(Scope *scope, uint32_t rt_index) {
    if (rt_index <= scope->by_index_capacity && scope->by_index[rt_index - 1] != NULL)
        return scope->by_index[rt_index - 1];
    RangeEntry *entry = query_rte(scope->query, rt_index); /* of a query analysed earlier */
    ScopeItem *item = arena_new(scope->an->arena, ScopeItem);
    item->entry = entry;
    item->rt_index = rt_index;
    item->alias = entry->name;
    item->names = entry->column_names;
    item_fill_columns(item, entry, scope->an->arena);
    return item;
}

void scope_see(Scope *scope, ScopeItem *item, bool rel, bool cols) {
    item->rel_visible = rel;
    item->cols_visible = cols;
    item->lateral_only = false;
    item->lateral_ok = true;
    vec_push(&scope->items, scope->an->arena, item);
}

/* Gives the entry its name and column names: own ones with the alias's over them. what words the
 * error of too many aliases ("table", "VALUES lists", "join expression", "... function"). */
Status scope_apply_alias(Scope *scope, RangeEntry *entry, const AstAlias *alias,
                         const char *default_name, const char *what) {
    Arena *arena = scope->an->arena;
    entry->name = alias != NULL ? alias->name : default_name;
    if (alias == NULL)
        return STATUS_OK;
    entry->alias = alias->name;
    uint32_t given = alias->columns.count, used = 0, dropped = 0;
    const char **written = arena_array(arena, const char *, given + 1);
    const char **names = arena_array(arena, const char *, entry->column_count + 1);
    for (uint32_t i = 0; i < entry->column_count; i++) {
        names[i] = entry->column_names[i];
        if (entry->column_types[i] == 0) {
            dropped++;
            continue;
        }
        if (used < given) {
            written[used] = alias->columns.items[used];
            names[i] = alias->columns.items[used++];
        }
    }
    if (used < given)
        return error(ERR_INVALID_COLUMN_REFERENCE,
                     "%s \"%s\" has %u columns available but %u columns specified", what,
                     entry->name, entry->column_count - dropped, given);
    entry->alias_columns = written;
    entry->alias_column_count = given;
    entry->column_names = names;
    return STATUS_OK;
}

static void entry_alloc(Arena *arena, RangeEntry *entry, uint32_t count) {
    entry->column_count = count;
    entry->column_names = arena_array(arena, const char *, count + 1);
    entry->column_types = arena_array(arena, Oid, count + 1);
    entry->column_typmods = arena_array(arena, int32_t, count + 1);
    entry->column_collations = arena_array(arena, Oid, count + 1);
}

/* ---- relations ---- */

Status scope_open_relation(Scope *scope, const AstRangeVar *var, uint8_t lock_mode,
                           const RelationDesc **desc_out) {
    Analyzer *an = scope->an;
    Oid relation;
    *desc_out = NULL;
    TRY(AT(var->location, relation_by_name_lock(an->catalog, var->catalog, var->schema, var->name,
                                                (LockMode)lock_mode, LOCK_WAIT, true, &relation)));
    if (relation != 0)
        return catalog_relation_require(an->catalog, relation, desc_out);
    if (var->schema != NULL)
        return AT(var->location, error(ERR_UNDEFINED_TABLE, "relation \"%s.%s\" does not exist",
                                       var->schema, var->name));
    Status s =
        AT(var->location, error(ERR_UNDEFINED_TABLE, "relation \"%s\" does not exist", var->name));
    for (Scope *level = scope; level != NULL; level = level->parent)
        for (size_t i = 0; i < level->future_cte_count; i++)
            if (strcmp(level->future_ctes[i]->name, var->name) == 0)
                return status_hint(
                    status_detail(s,
                                  "There is a WITH item named \"%s\", but it cannot be referenced "
                                  "from this part of the query.",
                                  var->name),
                    "Use WITH RECURSIVE, or re-order the WITH items to remove forward "
                    "references.");
    return s;
}

Status scope_add_relation(Scope *scope, const RelationDesc *desc, uint8_t lock_mode,
                          const AstAlias *alias, bool inherit, bool in_from, ScopeItem **item_out) {
    Arena *arena = scope->an->arena;
    RangeEntry *entry = arena_new(arena, RangeEntry);
    entry->kind = RTE_RELATION;
    entry->relation = desc->oid;
    entry->relkind = desc->kind;
    entry->inherit = inherit;
    entry->in_from = in_from;
    entry->lock_mode = lock_mode;
    entry->required_rights = ACL_SELECT;
    entry->location = alias != NULL ? alias->location : -1;
    entry_alloc(arena, entry, desc->column_count);
    for (uint32_t i = 0; i < desc->column_count; i++) {
        const ColumnDesc *column = &desc->columns[i];
        entry->column_names[i] = column->dropped ? "" : arena_strdup(arena, column->name);
        entry->column_types[i] = column->dropped ? 0 : column->type;
        entry->column_typmods[i] = column->typmod;
        entry->column_collations[i] = column->collation;
    }
    TRY(scope_apply_alias(scope, entry, alias, arena_strdup(arena, desc->name), "table"));
    *item_out = item_register(scope, entry);
    return STATUS_OK;
}

Status scope_add_subquery(Scope *scope, Query *query, const AstAlias *alias, bool lateral,
                          bool in_from, ScopeItem **item_out) {
    Arena *arena = scope->an->arena;
    RangeEntry *entry = arena_new(arena, RangeEntry);
    const TargetList *targets =
        query->command == COMMAND_SELECT ? &query->targets : &query->returning;
    uint32_t count = 0;
    entry->kind = RTE_SUBQUERY;
    entry->subquery = query;
    entry->lateral = lateral;
    entry->in_from = in_from;
    entry_alloc(arena, entry, targets->count);
    for (uint32_t i = 0; i < targets->count; i++) {
        const Target *target = targets->items[i];
        if (target->junk)
            continue;
        entry->column_names[count] = target->name;
        entry->column_types[count] = target->expr->type;
        entry->column_typmods[count] = target->expr->typmod;
        entry->column_collations[count] = target->expr->collation;
        count++;
    }
    entry->column_count = count;
    TRY(scope_apply_alias(scope, entry, alias, "unnamed_subquery", "table"));
    *item_out = item_register(scope, entry);
    return STATUS_OK;
}

Cte *scope_find_cte(Scope *scope, const char *name, uint32_t *levels_up_out) {
    *levels_up_out = 0;
    for (; scope != NULL; scope = scope->parent, (*levels_up_out)++)
        for (size_t i = scope->ctes.count; i-- > 0;)
            if (strcmp(scope->ctes.items[i]->name, name) == 0)
                return scope->ctes.items[i];
    return NULL;
}

const TransitionTable *scope_find_transition(const Scope *scope, const char *name) {
    const TransitionTable *t = scope->an->env->transitions;
    while (t != NULL && strcmp(t->name, name) != 0)
        t = t->next;
    return t;
}

Status scope_add_transition(Scope *scope, const TransitionTable *table, const AstAlias *alias,
                            ScopeItem **item_out) {
    Arena *arena = scope->an->arena;
    RangeEntry *entry = arena_new(arena, RangeEntry);
    const RelationDesc *desc;
    TRY(catalog_relation_require(scope->an->catalog, table->relation, &desc));
    entry->kind = RTE_TRANSITION;
    entry->relation = table->relation;
    entry->cte_name = arena_strdup(arena, table->name);
    entry->in_from = true;
    entry_alloc(arena, entry, desc->column_count);
    uint32_t n = 0;
    for (uint16_t i = 0; i < desc->column_count; i++) {
        const ColumnDesc *column = &desc->columns[i];
        if (column->dropped)
            continue;
        entry->column_names[n] = arena_strdup(arena, column->name);
        entry->column_types[n] = column->type;
        entry->column_typmods[n] = column->typmod;
        entry->column_collations[n++] = column->collation;
    }
    entry->column_count = n;
    TRY(scope_apply_alias(scope, entry, alias, entry->cte_name, "table"));
    *item_out = item_register(scope, entry);
    return STATUS_OK;
}

Status scope_add_cte(Scope *scope, Cte *cte, uint32_t levels_up, const AstRangeVar *var,
                     ScopeItem **item_out) {
    Arena *arena = scope->an->arena;
    RangeEntry *entry = arena_new(arena, RangeEntry);
    entry->kind = RTE_CTE;
    entry->cte_name = cte->name;
    entry->cte_levels_up = levels_up;
    entry->in_from = true;
    /* A query not analysed yet refers to itself: legality is checked by the caller. */
    entry->self_reference = cte->query == NULL;
    if (!entry->self_reference)
        cte->ref_count++;
    if (cte->query != NULL && cte->query->command != COMMAND_SELECT &&
        cte->query->returning.count == 0)
        return AT(var->location,
                  error(ERR_FEATURE_NOT_SUPPORTED,
                        "WITH query \"%s\" does not have a RETURNING clause", cte->name));
    uint32_t extra = 0;
    if (cte->search != NULL)
        extra++;
    if (cte->cycle != NULL)
        extra += 2;
    entry_alloc(arena, entry, cte->column_count + extra);
    entry->column_count = cte->column_count;
    memcpy(entry->column_names, cte->column_names, cte->column_count * sizeof(char *));
    memcpy(entry->column_types, cte->column_types, cte->column_count * sizeof(Oid));
    memcpy(entry->column_typmods, cte->column_typmods, cte->column_count * sizeof(int32_t));
    memcpy(entry->column_collations, cte->column_collations, cte->column_count * sizeof(Oid));
    if (cte->search != NULL) {
        entry->column_names[entry->column_count] = cte->search->sequence_column;
        entry->column_types[entry->column_count] =
            cte->search->breadth_first ? OID_RECORD : OID_RECORD_ARRAY;
        entry->column_typmods[entry->column_count++] = -1;
    }
    if (cte->cycle != NULL) {
        entry->column_names[entry->column_count] = cte->cycle->mark_column;
        entry->column_types[entry->column_count] = cte->cycle->mark_type;
        entry->column_typmods[entry->column_count] = cte->cycle->mark_typmod;
        entry->column_collations[entry->column_count++] = cte->cycle->mark_collation;
        entry->column_names[entry->column_count] = cte->cycle->path_column;
        entry->column_types[entry->column_count] = OID_RECORD_ARRAY;
        entry->column_typmods[entry->column_count++] = -1;
    }
    TRY(scope_apply_alias(scope, entry, var->alias, cte->name, "table"));
    ScopeItem *item = *item_out = item_register(scope, entry);
    for (uint32_t i = cte->column_count; i < entry->column_count && entry->self_reference; i++)
        item->columns[i].hidden = true; /* by name only */
    return STATUS_OK;
}

/* ---- permissions ---- */

static bool mark_visit(Expr *expr, void *arg) {
    scope_mark_expr(arg, expr);
    return false;
}

void scope_mark_selected(Scope *scope, uint32_t rt_index, int16_t attno, uint32_t levels_up) {
    Scope *owner = scope_up(scope, levels_up);
    if (owner == NULL || rt_index > owner->query->range_count)
        return;
    RangeEntry *entry = query_rte(owner->query, rt_index);
    if (entry->kind == RTE_RELATION) {
        entry->required_rights |= ACL_SELECT;
        entry->selected_columns =
            bitset_add(scope->an->arena, entry->selected_columns, attno + ATTNO_OFFSET);
    } else if (entry->kind == RTE_JOIN) {
        for (uint32_t i = 0; i < entry->column_count; i++)
            if ((attno == 0 || attno == (int16_t)(i + 1)) && entry->join_columns[i].expr != NULL)
                mark_visit(entry->join_columns[i].expr, owner);
    }
}

void scope_mark_expr(Scope *scope, const Expr *expr) {
    if (expr->tag == EXPR_COLUMN) {
        const ExprColumn *column = (const ExprColumn *)expr;
        scope_mark_selected(scope, column->rt_index, column->attno, column->levels_up);
        return;
    }
    expr_walk((Expr *)expr, mark_visit, scope);
}

/* ---- columns ---- */

int sys_column_by_name(const char *name, Oid *type_out) {
    static const struct {
        const char *name;
        int attno;
        Oid type;
    } columns[] = {{"ctid", SYS_CTID, OID_TID}, {"xmin", SYS_XMIN, OID_XID},
                   {"cmin", SYS_CMIN, OID_CID}, {"xmax", SYS_XMAX, OID_XID},
                   {"cmax", SYS_CMAX, OID_CID}, {"tableoid", SYS_TABLEOID, OID_OID}};
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        if (strcmp(columns[i].name, name) == 0) {
            *type_out = columns[i].type;
            return columns[i].attno;
        }
    return 0;
}

Expr *scope_item_var(Scope *scope, ScopeItem *item, uint32_t column, uint32_t levels_up,
                     int32_t location) {
    const ScopeColumn *at = &item->columns[column];
    ExprColumn *node = expr_column(scope->an->arena, at->rt_index, at->attno, at->type, at->typmod,
                                   at->collation, levels_up);
    node->syntax_rt_index = at->syntax_rt_index;
    node->syntax_attno = at->syntax_attno;
    node->location = location;
    return (Expr *)node;
}

static Status check_system_column(Scope *scope, int attno, const char *name, int32_t location) {
    if (attno >= 0 || attno == SYS_TABLEOID)
        return STATUS_OK;
    if (scope->kind == EXPR_KIND_CHECK_CONSTRAINT)
        return AT(location,
                  error(ERR_INVALID_COLUMN_REFERENCE,
                        "system column \"%s\" reference in check constraint is invalid", name));
    if (scope->kind == EXPR_KIND_GENERATED_COLUMN)
        return AT(location,
                  error(ERR_INVALID_COLUMN_REFERENCE,
                        "cannot use system column \"%s\" in column generation expression", name));
    if (scope->kind == EXPR_KIND_MERGE_WHEN)
        return AT(location, error(ERR_INVALID_COLUMN_REFERENCE,
                                  "cannot use system column \"%s\" in MERGE WHEN condition", name));
    return STATUS_OK;
}

static bool entry_has_system_columns(const RangeEntry *entry) {
    return entry->kind == RTE_RELATION &&
           (entry->relkind == 'r' || entry->relkind == 'm' || entry->relkind == 'p' ||
            entry->relkind == 't' || entry->relkind == 'S' || entry->relkind == 'f');
}

Status scope_item_column(Scope *scope, ScopeItem *item, uint32_t levels_up, const char *name,
                         int32_t location, Expr **expr_out) {
    int found = 0;
    Oid type = 0;
    *expr_out = NULL;
    for (uint32_t i = 0; i < item->column_count; i++) {
        const char *own = item->names[i];
        if (own == NULL || own[0] != name[0] || strcmp(own, name) != 0 || own[0] == '\0')
            continue;
        if (found != 0)
            return AT(location,
                      error(ERR_AMBIGUOUS_COLUMN, "column reference \"%s\" is ambiguous", name));
        found = (int)i + 1;
    }
    if (found == 0 && entry_has_system_columns(item->entry))
        found = sys_column_by_name(name, &type);
    if (found == 0)
        return STATUS_OK;
    TRY(check_system_column(scope, found, name, location));
    if (found > 0) {
        if (item->columns[found - 1].type == 0)
            return AT(location,
                      error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                            name, item->alias));
        *expr_out = scope_item_var(scope, item, (uint32_t)found - 1, levels_up, location);
    } else {
        *expr_out = (Expr *)expr_column(scope->an->arena, item->rt_index, (int16_t)found, type, -1,
                                        0, levels_up);
        (*expr_out)->location = location;
    }
    ExprColumn *column = (ExprColumn *)*expr_out;
    scope_mark_selected(scope, column->rt_index, column->attno, levels_up);
    return STATUS_OK;
}

static Status check_lateral(Scope *level, const ScopeItem *item, int32_t location) {
    if (!item->lateral_only || item->lateral_ok)
        return STATUS_OK;
    Status s =
        AT(location, error(ERR_INVALID_COLUMN_REFERENCE,
                           "invalid reference to FROM-clause entry for table \"%s\"", item->alias));
    if (level->target_item != NULL && level->target_item->entry == item->entry)
        return status_hint(s,
                           "There is an entry for table \"%s\", but it cannot be referenced from "
                           "this part of the query.",
                           item->alias);
    return status_detail(s,
                         "The combining JOIN type must be INNER or LEFT for a LATERAL reference.");
}

Status scope_column(Scope *scope, const char *name, bool local_only, int32_t location,
                    Expr **expr_out) {
    uint32_t levels_up = 0;
    *expr_out = NULL;
    for (Scope *level = scope; level != NULL; level = level->parent, levels_up++) {
        for (size_t i = 0; i < level->items.count; i++) {
            ScopeItem *item = level->items.items[i];
            Expr *found;
            if (!item->cols_visible || (item->lateral_only && !level->lateral_active))
                continue;
            TRY(scope_item_column(scope, item, levels_up, name, location, &found));
            if (found == NULL)
                continue;
            if (*expr_out != NULL)
                return AT(location, error(ERR_AMBIGUOUS_COLUMN,
                                          "column reference \"%s\" is ambiguous", name));
            TRY(check_lateral(level, item, location));
            *expr_out = found;
        }
        if (*expr_out != NULL || local_only)
            return STATUS_OK;
    }
    return STATUS_OK;
}

/* ---- tables ---- */

Status scope_find_rel(Scope *scope, const char *schema, const char *name, int32_t location,
                      uint32_t *levels_up_out, ScopeItem **item_out) {
    Oid relation = 0;
    *item_out = NULL;
    *levels_up_out = 0;
    if (schema != NULL) {
        Oid nsp;
        TRY(namespace_for_lookup(scope->an->catalog, schema, true, &nsp));
        if (nsp == 0)
            return STATUS_OK;
        TRY(relation_by_name(scope->an->catalog, NULL, schema, name, true, &relation));
        if (relation == 0)
            return STATUS_OK;
    }
    for (Scope *level = scope; level != NULL; level = level->parent, (*levels_up_out)++) {
        for (size_t i = 0; i < level->items.count; i++) {
            ScopeItem *item = level->items.items[i];
            if (!item->rel_visible || (item->lateral_only && !level->lateral_active))
                continue;
            bool match = schema == NULL
                             ? strcmp(item->alias, name) == 0
                             : item->entry->kind == RTE_RELATION &&
                                   item->entry->relation == relation && item->entry->alias == NULL;
            if (!match)
                continue;
            if (*item_out != NULL)
                return AT(location,
                          error(ERR_AMBIGUOUS_ALIAS, "table reference \"%s\" is ambiguous", name));
            TRY(check_lateral(level, item, location));
            *item_out = item;
        }
        if (*item_out != NULL)
            return STATUS_OK;
    }
    return STATUS_OK;
}

Status scope_whole_row(Scope *scope, ScopeItem *item, uint32_t levels_up, int32_t location,
                       Expr **expr_out) {
    Analyzer *an = scope->an;
    RangeEntry *entry = item->entry;
    /* A USING alias shows only the merged columns: a row of them. */
    if (entry->kind == RTE_JOIN && item->column_count != entry->column_count) {
        ExprRow *row = EXPR_NEW(an->arena, ExprRow, EXPR_ROW);
        row->names = item->names;
        row->type = OID_RECORD;
        row->form = CALL_IMPLICIT;
        row->location = location;
        for (uint32_t i = 0; i < item->column_count; i++)
            expr_list_add(an->arena, &row->args,
                          scope_item_var(scope, item, i, levels_up, location));
        *expr_out = (Expr *)row;
        return STATUS_OK;
    }
    Oid type = OID_RECORD;
    int16_t attno = 0;
    int32_t typmod = -1;
    Oid collation = 0;
    if (entry->kind == RTE_RELATION) {
        const RelationDesc *desc;
        TRY(catalog_relation_require(an->catalog, entry->relation, &desc));
        if (desc->row_type != 0)
            type = desc->row_type;
    } else if (entry->kind == RTE_SUBQUERY && entry->view != 0) {
        const RelationDesc *desc;
        TRY(catalog_relation_require(an->catalog, entry->view, &desc));
        type = desc->row_type;
    } else if (entry->kind == RTE_FUNCTION && entry->function_count == 1 && !entry->ordinality) {
        /* A scalar function's alias means its value; a composite one's, its row. */
        Expr *call = entry->functions[0].call;
        bool complex;
        TRY(an_is_complex(an, call->type, &complex));
        if (complex) {
            type = call->type;
        } else if (call->type != OID_RECORD && entry->functions[0].column_types == NULL &&
                   entry->column_count == 1) {
            type = call->type;
            attno = 1;
            typmod = call->typmod;
            collation = entry->column_collations[0];
        }
    }
    ExprColumn *column =
        expr_column(an->arena, item->rt_index, attno, type, typmod, collation, levels_up);
    column->location = location;
    scope_mark_selected(scope, item->rt_index, attno, levels_up);
    *expr_out = (Expr *)column;
    return STATUS_OK;
}

Status scope_expand_item(Scope *scope, ScopeItem *item, uint32_t levels_up, int32_t location,
                         ExprList *exprs_out, const char ***names_out) {
    Arena *arena = scope->an->arena;
    const char **names = arena_array(arena, const char *, item->column_count + 1);
    uint32_t count = 0;
    *exprs_out = (ExprList){0};
    for (uint32_t i = 0; i < item->column_count; i++) {
        if (item->columns[i].type == 0 || item->columns[i].hidden)
            continue;
        Expr *var = scope_item_var(scope, item, i, levels_up, location);
        expr_list_add(arena, exprs_out, var);
        names[count++] = item->names[i];
        ExprColumn *column = (ExprColumn *)var;
        scope_mark_selected(scope, column->rt_index, column->attno, levels_up);
    }
    *names_out = names;
    return STATUS_OK;
}

Status scope_check_conflicts(Scope *scope, const ScopeItems *left, const ScopeItems *right) {
    (void)scope;
    for (size_t i = 0; i < left->count; i++) {
        const ScopeItem *a = left->items[i];
        for (size_t j = 0; a->rel_visible && j < right->count; j++) {
            const ScopeItem *b = right->items[j];
            if (!b->rel_visible || strcmp(a->alias, b->alias) != 0)
                continue;
            /* Two unaliased tables of one name from different schemas are both fine. */
            if (a->entry->kind == RTE_RELATION && a->entry->alias == NULL &&
                b->entry->kind == RTE_RELATION && b->entry->alias == NULL &&
                a->entry->relation != b->entry->relation)
                continue;
            return error(ERR_DUPLICATE_ALIAS, "table name \"%s\" specified more than once",
                         a->alias);
        }
    }
    return STATUS_OK;
}

/* ---- what was meant ---- */

static RangeEntry *search_rel(Scope *scope, const AstRangeVar *var) {
    Oid relation = 0;
    uint32_t cte_levels = 0;
    Cte *cte = var->schema == NULL ? scope_find_cte(scope, var->name, &cte_levels) : NULL;
    if (cte == NULL)
        status_free(
            relation_by_name(scope->an->catalog, NULL, var->schema, var->name, true, &relation));
    uint32_t levels_up = 0;
    for (Scope *level = scope; level != NULL; level = level->parent, levels_up++)
        for (uint32_t i = 0; level->query != NULL && i < level->query->range_count; i++) {
            RangeEntry *entry = level->query->range_table[i];
            if (entry->kind == RTE_RELATION && relation != 0 && entry->relation == relation)
                return entry;
            if (entry->kind == RTE_CTE && cte != NULL &&
                entry->cte_levels_up + levels_up == cte_levels &&
                strcmp(entry->cte_name, var->name) == 0)
                return entry;
            if (entry->name != NULL && strcmp(entry->name, var->name) == 0)
                return entry;
        }
    return NULL;
}

Status scope_missing_rel(Scope *scope, const AstRangeVar *var, int32_t location) {
    RangeEntry *entry = search_rel(scope, var);
    if (entry == NULL)
        return AT(location, error(ERR_UNDEFINED_TABLE, "missing FROM-clause entry for table \"%s\"",
                                  var->name));
    Status s =
        AT(location, error(ERR_UNDEFINED_TABLE,
                           "invalid reference to FROM-clause entry for table \"%s\"", var->name));
    if (entry->alias != NULL && strcmp(entry->name, var->name) != 0) {
        ScopeItem *item = NULL;
        uint32_t levels_up;
        status_free(scope_find_rel(scope, NULL, entry->name, location, &levels_up, &item));
        if (item != NULL && item->entry == entry)
            return status_hint(s, "Perhaps you meant to reference the table alias \"%s\".",
                               entry->name);
    }
    return status_hint(s,
                       "There is an entry for table \"%s\", but it cannot be referenced from this "
                       "part of the query.",
                       entry->name);
}

#define FUZZY_MAX 3

/* Edit distance between two names, or limit + 1 where it is more. */
static int name_distance(const char *a, const char *b, int limit) {
    size_t n = strlen(a), m = strlen(b);
    int row[NAME_BYTES + 1];
    if (n > NAME_BYTES - 1 || m > NAME_BYTES - 1)
        return limit + 1;
    for (size_t j = 0; j <= m; j++)
        row[j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int diagonal = row[0];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int above = row[j];
            int best = MIN(above, row[j - 1]) + 1;
            row[j] = MIN(best, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[m] > limit ? limit + 1 : row[m];
}

typedef struct Fuzzy {
    int distance;
    RangeEntry *first, *second;
    const char *first_name, *second_name;
} Fuzzy;

static void fuzzy_add(Fuzzy *fuzzy, int penalty, RangeEntry *entry, const char *actual,
                      const char *wanted) {
    if (penalty > fuzzy->distance || actual == NULL || actual[0] == '\0')
        return;
    int distance = name_distance(actual, wanted, fuzzy->distance + 1 - penalty);
    if (distance > (int)strlen(wanted) / 2)
        return;
    distance += penalty;
    if (distance < fuzzy->distance) {
        *fuzzy = (Fuzzy){distance, entry, NULL, actual, NULL};
    } else if (distance == fuzzy->distance) {
        if (fuzzy->second != NULL) {
            *fuzzy = (Fuzzy){distance - 1, NULL, NULL, NULL, NULL};
        } else if (fuzzy->first != NULL) {
            fuzzy->second = entry;
            fuzzy->second_name = actual;
        } else if (fuzzy->distance <= FUZZY_MAX) {
            fuzzy->first = entry;
            fuzzy->first_name = actual;
        }
    }
}

/* True: an exact match, in fuzzy->first. */
static bool fuzzy_entry(Fuzzy *fuzzy, RangeEntry *entry, const char *rel, const char *name) {
    int penalty = rel == NULL ? 0 : name_distance(rel, entry->name, FUZZY_MAX + 1);
    bool exact = false;
    for (uint32_t i = 0; i < entry->column_count; i++) {
        const char *own = entry->column_names[i];
        if (own != NULL && strcmp(own, name) == 0)
            exact = true;
        fuzzy_add(fuzzy, penalty, entry, own, name);
    }
    Oid type;
    if (!exact && entry_has_system_columns(entry))
        exact = sys_column_by_name(name, &type) != 0;
    if (exact && penalty == 0)
        *fuzzy = (Fuzzy){0, entry, NULL, NULL, NULL};
    return exact && penalty == 0;
}

Status scope_missing_column(Scope *scope, const char *rel, const char *name, int32_t location) {
    Fuzzy fuzzy = {.distance = FUZZY_MAX + 1};
    bool exact = false;
    for (Scope *level = scope; level != NULL && !exact; level = level->parent)
        for (uint32_t i = 0; level->query != NULL && i < level->query->range_count && !exact; i++)
            if (level->query->range_table[i]->kind != RTE_JOIN)
                exact = fuzzy_entry(&fuzzy, level->query->range_table[i], rel, name);
    Status s =
        AT(location, rel != NULL
                         ? error(ERR_UNDEFINED_COLUMN, "column %s.%s does not exist", rel, name)
                         : error(ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist", name));
    if (fuzzy.second != NULL)
        return status_hint(s,
                           "Perhaps you meant to reference the column \"%s.%s\" or the column "
                           "\"%s.%s\".",
                           fuzzy.first->name, fuzzy.first_name, fuzzy.second->name,
                           fuzzy.second_name);
    if (fuzzy.first != NULL && fuzzy.first_name != NULL)
        return status_hint(s, "Perhaps you meant to reference the column \"%s.%s\".",
                           fuzzy.first->name, fuzzy.first_name);
    if (fuzzy.first != NULL)
        return status_hint(s,
                           "There is a column named \"%s\" in table \"%s\", but it cannot be "
                           "referenced from this part of the query.",
                           name, fuzzy.first->name);
    return s;
}
