/*
 * deparse_names.c: what a query's entries and their columns are called when it is printed.
 *
 * Names are unique within the query and the queries around it: the second `t` is t_1. Tables without an
 * alias go by what they and their columns are called now, which may not be what they were called when
 * the query was stored. Columns that JOIN .. USING merges must have one name on both sides, so such a
 * name is settled first, from the outermost join inwards, and handed down; a table whose columns must
 * then be called otherwise gets column aliases. Joins are named last, from what they join.
 */
#include "planner/deparse_int.h"

#include <stdio.h>

#define IDENTIFIER_BYTES 63

/* ---- entries ---- */

static bool is_taken(const DeparseScope *scope, const char *const *names, uint32_t count,
                     const char *name) {
    for (uint32_t i = 0; i < count; i++)
        if (names[i] != NULL && strcmp(names[i], name) == 0)
            return true;
    for (scope = scope->outer; scope != NULL; scope = scope->outer)
        for (uint32_t i = 0; scope->names != NULL && i < scope->query->range_count; i++)
            if (scope->names[i] != NULL && strcmp(scope->names[i], name) == 0)
                return true;
    return false;
}

/* The name with _n behind it, cut where it would be too long. */
static const char *with_number(Arena *arena, const char *name, int n) {
    char suffix[16];
    int len = snprintf(suffix, sizeof(suffix), "_%d", n);
    int keep = (int)MIN(strlen(name), (size_t)(IDENTIFIER_BYTES - len));
    return arena_printf(arena, "%.*s%s", keep, name, suffix);
}

static const char *unique_name(Deparse *d, const DeparseScope *scope, const char *const *names,
                               uint32_t count, const char *name) {
    const char *tried = name;
    for (int n = 1; is_taken(scope, names, count, tried); n++)
        tried = with_number(d->arena, name, n);
    return tried;
}

static Status name_entries(Deparse *d, DeparseScope *scope) {
    const Query *query = scope->query;
    const char **names = arena_array(d->arena, const char *, query->range_count + 1);
    for (uint32_t i = 0; i < query->range_count; i++) {
        const RangeEntry *entry = query->range_table[i];
        const char *name = entry->name;
        const RelationDesc *desc = NULL;
        if (entry->kind == RTE_RELATION)
            TRY(catalog_relation(d->catalog, entry->relation, &desc));
        if (desc != NULL && entry->alias == NULL)
            name = desc->name;
        if ((entry->kind == RTE_JOIN && entry->alias == NULL) || name == NULL)
            continue;
        names[i] = unique_name(d, scope, names, i, arena_strdup(d->arena, name));
    }
    scope->names = names;
    return STATUS_OK;
}

/* ---- columns ---- */

typedef struct Naming {
    Deparse *d;
    const Query *query;
    DeparseColumns *columns; /* [range_count] */
    DeparseColumns *nobody;  /* of a child without an entry */
    const FromNode **joins;  /* [range_count] the node of a join's entry */
    StrList unique;          /* names of USING that nothing else may have */
    bool unique_using;
} Naming;

static bool list_has(const StrList *list, const char *name) {
    for (uint32_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], name) == 0)
            return true;
    return false;
}

static bool column_taken(const Naming *n, const DeparseColumns *c, const char *name) {
    for (uint32_t i = 0; i < c->count; i++)
        if (c->names[i] != NULL && strcmp(c->names[i], name) == 0)
            return true;
    for (uint32_t i = 0; i < c->new_count; i++)
        if (c->new_names[i] != NULL && strcmp(c->new_names[i], name) == 0)
            return true;
    return list_has(&n->unique, name) || list_has(&c->parent_using, name);
}

static const char *unique_column(const Naming *n, const DeparseColumns *c, const char *name) {
    const char *tried = name;
    for (int i = 1; column_taken(n, c, tried); i++)
        tried = with_number(n->d->arena, name, i);
    return tried;
}

static void expand(const Naming *n, DeparseColumns *c, uint32_t count) {
    if (count <= c->count)
        return;
    const char **names = arena_array(n->d->arena, const char *, count + 1);
    if (c->count > 0)
        memcpy(names, c->names, c->count * sizeof(*names));
    c->names = names;
    c->count = count;
}

static void set_name(const Naming *n, DeparseColumns *c, int16_t attno, const char *name) {
    if (attno <= 0)
        return;
    expand(n, c, (uint32_t)attno);
    c->names[attno - 1] = name;
}

/* The alias written for column i (0-based); columns that were dropped by then took none. */
static const char *written_alias(const RangeEntry *entry, uint32_t i) {
    uint32_t at = 0;
    for (uint32_t k = 0; k < i; k++)
        at += k >= entry->column_count || entry->column_names[k][0] != '\0';
    return at < entry->alias_column_count ? entry->alias_columns[at] : NULL;
}

/* Joins that the planner made have children without an entry. */
static DeparseColumns *child_columns(const Naming *n, const FromNode *node) {
    return node == NULL || node->rt_index == 0 ? n->nobody : &n->columns[node->rt_index - 1];
}

/* A join's merged columns may be expressions, as of FULL JOIN: then no other column may be called so. */
static bool dangerous_using(const Query *query, const FromNode *node) {
    if (node == NULL || node->kind == FROM_RTE)
        return false;
    for (uint32_t i = 0; i < node->item_count; i++)
        if (dangerous_using(query, node->items[i]))
            return true;
    if (node->kind != FROM_JOIN)
        return false;
    const RangeEntry *entry = node->rt_index == 0 ? NULL : query_rte(query, node->rt_index);
    if (entry != NULL && entry->alias == NULL && node->using_count > 0)
        for (uint32_t i = 0; i < entry->merged_count; i++)
            if (entry->join_columns[i].expr->tag != EXPR_COLUMN)
                return true;
    return dangerous_using(query, node->left) || dangerous_using(query, node->right);
}

static void push_down(const Naming *n, const FromNode *node, const JoinColumn *column,
                      const char *name) {
    set_name(n, child_columns(n, node->left), column->left_attno, name);
    set_name(n, child_columns(n, node->right), column->right_attno, name);
}

static void name_using(Naming *n, const FromNode *node, const StrList *parents) {
    if (node == NULL || node->kind == FROM_RTE)
        return;
    for (uint32_t i = 0; i < node->item_count; i++)
        name_using(n, node->items[i], parents);
    if (node->kind != FROM_JOIN || node->rt_index == 0)
        return;
    const RangeEntry *entry = query_rte(n->query, node->rt_index);
    DeparseColumns *c = &n->columns[node->rt_index - 1];
    Arena *arena = n->d->arena;
    n->joins[node->rt_index - 1] = node;
    if (entry->alias == NULL)
        for (uint32_t i = 0; i < c->count && i < entry->column_count; i++)
            if (c->names[i] != NULL)
                push_down(n, node, &entry->join_columns[i], c->names[i]);
    StrList below = {0};
    for (uint32_t i = 0; i < parents->count; i++)
        str_list_add(arena, &below, parents->items[i]);
    expand(n, c, node->using_count);
    for (uint32_t i = 0; i < node->using_count && i < entry->column_count; i++) {
        const char *name = c->names[i];
        if (name == NULL) {
            const char *alias = entry->alias == NULL ? NULL : written_alias(entry, i);
            name = unique_column(n, c, alias != NULL ? alias : node->using_columns[i]);
            if (n->unique_using)
                str_list_add(arena, &n->unique, name);
            c->names[i] = name;
        }
        str_list_add(arena, &c->using_names, name);
        str_list_add(arena, &below, name);
        push_down(n, node, &entry->join_columns[i], name);
    }
    child_columns(n, node->left)->parent_using = below;
    child_columns(n, node->right)->parent_using = below;
    name_using(n, node->left, &below);
    name_using(n, node->right, &below);
}

/* What the columns are called without aliases, now; NULL: dropped. */
static Status real_names(Naming *n, const RangeEntry *entry, const char ***names_out,
                         uint32_t *count_out) {
    CatalogSession *catalog = n->d->catalog;
    Arena *arena = n->d->arena;
    const RelationDesc *desc = NULL;
    const char **names;
    if (entry->kind == RTE_RELATION)
        TRY(catalog_relation(catalog, entry->relation, &desc));
    *count_out = desc != NULL ? desc->column_count : entry->column_count;
    *names_out = names = arena_array(arena, const char *, *count_out + 1);
    if (desc != NULL) {
        for (uint16_t i = 0; i < desc->column_count; i++)
            names[i] = desc->columns[i].dropped ? NULL : arena_strdup(arena, desc->columns[i].name);
        return STATUS_OK;
    }
    for (uint32_t i = 0; i < entry->column_count; i++)
        names[i] = entry->column_names[i][0] == '\0' ? NULL : entry->column_names[i];
    uint32_t at = 0;
    for (uint32_t f = 0; entry->kind == RTE_FUNCTION && f < entry->function_count; f++) {
        const RangeFunction *function = &entry->functions[f];
        const TypeDesc *type = NULL;
        if (function->call != NULL && function->column_types == NULL)
            TRY(catalog_type(catalog, function->call->type, &type));
        if (type != NULL && type->kind == 'c')
            TRY(catalog_relation(catalog, type->relation, &desc));
        for (uint32_t i = 0; i < function->column_count && at < *count_out; i++, at++)
            if (type != NULL && type->kind == 'c' && desc != NULL)
                names[at] = i >= desc->column_count || desc->columns[i].dropped
                                ? NULL
                                : arena_strdup(arena, desc->columns[i].name);
    }
    return STATUS_OK;
}

static Status name_columns(Naming *n, const RangeEntry *entry, DeparseColumns *c) {
    const char **real;
    uint32_t count;
    bool changed = false;
    TRY(real_names(n, entry, &real, &count));
    expand(n, c, count);
    c->new_names = arena_array(n->d->arena, const char *, count + 1);
    c->is_new = arena_array(n->d->arena, bool, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (real[i] == NULL) {
            c->names[i] = NULL;
            continue;
        }
        if (c->names[i] == NULL) {
            const char *alias = written_alias(entry, i);
            c->names[i] = unique_column(n, c, alias != NULL ? alias : real[i]);
        }
        c->is_new[c->new_count] = i >= entry->column_count;
        c->new_names[c->new_count++] = c->names[i];
        changed |= strcmp(c->names[i], real[i]) != 0;
    }
    c->print_aliases = entry->kind == RTE_RELATION     ? changed
                       : entry->kind == RTE_FUNCTION   ? true
                       : entry->kind == RTE_TABLE_FUNC ? false
                                                       : changed || entry->alias_column_count > 0;
    return STATUS_OK;
}

static const char *child_name(const Naming *n, const FromNode *child, int16_t attno) {
    const DeparseColumns *c = child_columns(n, child);
    return attno > 0 && (uint32_t)attno <= c->count ? c->names[attno - 1] : NULL;
}

/* The join's columns, one by one, from the children's. */
static bool name_join_outputs(Naming *n, const RangeEntry *entry, const FromNode *node,
                              DeparseColumns *c) {
    bool changed = false;
    expand(n, c, entry->column_count);
    for (uint32_t i = c->using_names.count; i < entry->column_count; i++) {
        const JoinColumn *column = &entry->join_columns[i];
        const char *real = column->left_attno > 0 ? child_name(n, node->left, column->left_attno)
                           : column->right_attno > 0
                               ? child_name(n, node->right, column->right_attno)
                               : entry->column_names[i];
        if (real == NULL || entry->alias == NULL) {
            c->names[i] = real;
            continue;
        }
        if (c->names[i] == NULL) {
            const char *alias = written_alias(entry, i);
            c->names[i] = unique_column(n, c, alias != NULL ? alias : real);
        }
        changed |= strcmp(c->names[i], real) != 0;
    }
    return changed;
}

/* The columns that the join has when it is read again: merged ones, then each child's others. */
static bool add_child_columns(Naming *n, const RangeEntry *entry, const DeparseColumns *child,
                              bool left, uint32_t *at_io, DeparseColumns *c) {
    uint32_t old = 0;
    bool changed = false;
    for (uint32_t k = 0; k < child->new_count; k++) {
        const char *name = child->new_names[k];
        if (child->is_new[k]) {
            const char *own = entry->alias == NULL ? name : unique_column(n, c, name);
            changed |= strcmp(own, name) != 0;
            c->is_new[c->new_count] = true;
            c->new_names[c->new_count++] = own;
            continue;
        }
        while (old < child->count && child->names[old] == NULL)
            old++;
        old++;
        bool merged = false;
        for (uint32_t m = 0; m < c->using_names.count && m < entry->column_count; m++)
            merged |= (left ? entry->join_columns[m].left_attno
                            : entry->join_columns[m].right_attno) == (int16_t)old;
        if (merged)
            continue;
        while (*at_io < c->count && c->names[*at_io] == NULL)
            (*at_io)++;
        c->is_new[c->new_count] = false;
        c->new_names[c->new_count++] = *at_io < c->count ? c->names[*at_io] : name;
        (*at_io)++;
    }
    return changed;
}

static void name_join(Naming *n, const RangeEntry *entry, const FromNode *node, DeparseColumns *c) {
    const DeparseColumns *left = child_columns(n, node->left);
    const DeparseColumns *right = child_columns(n, node->right);
    bool changed = name_join_outputs(n, entry, node, c);
    uint32_t room = left->new_count + right->new_count + c->using_names.count + 1;
    uint32_t at = 0;
    c->new_names = arena_array(n->d->arena, const char *, room);
    c->is_new = arena_array(n->d->arena, bool, room);
    for (; at < c->using_names.count && at < c->count; at++)
        c->new_names[c->new_count++] = c->names[at];
    changed |= add_child_columns(n, entry, left, true, &at, c);
    changed |= add_child_columns(n, entry, right, false, &at, c);
    c->print_aliases = entry->alias != NULL && changed;
}

/* Joins after what they join: children come before them in the range table of what was analysed. */
static Status name_all_columns(Naming *n) {
    for (uint32_t i = 0; i < n->query->range_count; i++) {
        const RangeEntry *entry = n->query->range_table[i];
        if (entry->kind != RTE_JOIN)
            TRY(name_columns(n, entry, &n->columns[i]));
        else if (n->joins[i] != NULL)
            name_join(n, entry, n->joins[i], &n->columns[i]);
    }
    return STATUS_OK;
}

Status deparse_scope_init(Deparse *d, DeparseScope *scope) {
    const Query *query = scope->query;
    Naming n = {.d = d, .query = query};
    StrList none = {0};
    TRY(name_entries(d, scope));
    n.columns = arena_array(d->arena, DeparseColumns, query->range_count + 1);
    n.nobody = arena_new(d->arena, DeparseColumns);
    n.joins = arena_array(d->arena, const FromNode *, query->range_count + 1);
    n.unique_using = dangerous_using(query, query->from);
    name_using(&n, query->from, &none);
    TRY(name_all_columns(&n));
    scope->columns = n.columns;
    return STATUS_OK;
}

const char *deparse_entry_name(const DeparseScope *scope, uint32_t rt_index) {
    const char *name = scope->names == NULL ? NULL : scope->names[rt_index - 1];
    return name != NULL ? name : query_rte(scope->query, rt_index)->name;
}

const char *deparse_column_name(const DeparseScope *scope, uint32_t rt_index, int16_t attno) {
    const RangeEntry *entry = query_rte(scope->query, rt_index);
    uint32_t at = (uint32_t)attno - 1;
    if (scope->columns != NULL && at < scope->columns[rt_index - 1].count) {
        const char *name = scope->columns[rt_index - 1].names[at];
        return name != NULL ? name : "?dropped?column?";
    }
    return at < entry->column_count ? entry->column_names[at] : "?column?";
}
