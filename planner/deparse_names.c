/*
 * deparse_names.c: what a query's entries and their columns are called when it is printed.
 *
 * Names are unique within the query and the queries around it: the second `t` is t_1. Tables without an
 * alias go by what they and their columns are called now, which may not be what they were called when
 * the query was stored.
 */
#include "planner/deparse_int.h"

#include <stdio.h>

#define IDENTIFIER_BYTES 63

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

static const char *unique_name(Deparse *d, const DeparseScope *scope, const char *const *names,
                               uint32_t count, const char *name) {
    const char *tried = name;
    for (int n = 1; is_taken(scope, names, count, tried); n++) {
        char suffix[16];
        int len = snprintf(suffix, sizeof(suffix), "_%d", n);
        int keep = (int)MIN(strlen(name), (size_t)(IDENTIFIER_BYTES - len));
        tried = arena_printf(d->arena, "%.*s%s", keep, name, suffix);
    }
    return tried;
}

static Status relation_columns(Deparse *d, const RangeEntry *entry, const RelationDesc *desc,
                               const char ***columns_out) {
    const char **columns = arena_array(d->arena, const char *, desc->column_count + 1u);
    uint32_t given = 0;
    for (uint16_t i = 0; i < desc->column_count; i++) {
        columns[i] = desc->columns[i].dropped ? "" : desc->columns[i].name;
        if (!desc->columns[i].dropped && given < entry->alias_column_count)
            columns[i] = entry->alias_columns[given++];
    }
    *columns_out = columns;
    return STATUS_OK;
}

Status deparse_scope_init(Deparse *d, DeparseScope *scope) {
    const Query *query = scope->query;
    const char **names = arena_array(d->arena, const char *, query->range_count + 1);
    const char ***columns = arena_array(d->arena, const char **, query->range_count + 1);
    uint32_t *counts = arena_array(d->arena, uint32_t, query->range_count + 1);
    for (uint32_t i = 0; i < query->range_count; i++) {
        const RangeEntry *entry = query->range_table[i];
        const char *name = entry->name;
        const RelationDesc *desc = NULL;
        columns[i] = entry->column_names;
        counts[i] = entry->column_count;
        if (entry->kind == RTE_RELATION)
            TRY(catalog_relation(d->catalog, entry->relation, &desc));
        if (desc != NULL) {
            TRY(relation_columns(d, entry, desc, &columns[i]));
            counts[i] = desc->column_count;
            if (entry->alias == NULL)
                name = desc->name;
        }
        if ((entry->kind == RTE_JOIN && entry->alias == NULL) || name == NULL)
            continue;
        names[i] = unique_name(d, scope, names, i, arena_strdup(d->arena, name));
    }
    scope->names = names;
    scope->columns = (const char *const *const *)columns;
    scope->column_counts = counts;
    return STATUS_OK;
}

const char *deparse_entry_name(const DeparseScope *scope, uint32_t rt_index) {
    const char *name = scope->names == NULL ? NULL : scope->names[rt_index - 1];
    return name != NULL ? name : query_rte(scope->query, rt_index)->name;
}

const char *deparse_column_name(const DeparseScope *scope, uint32_t rt_index, int16_t attno) {
    const RangeEntry *entry = query_rte(scope->query, rt_index);
    uint32_t at = (uint32_t)attno - 1;
    if (scope->columns != NULL && at < scope->column_counts[rt_index - 1])
        return scope->columns[rt_index - 1][at];
    return at < entry->column_count ? entry->column_names[at] : "?column?";
}
