/*
 * ext_stats.h: values of pg_ndistinct, pg_dependencies and pg_mcv_list: what ANALYZE counts for CREATE
 * STATISTICS. Layer: types.
 *
 * pg_ndistinct and pg_dependencies, little-endian:
 *   0   4   count of groups, then for each of them
 *   .   8   double: how many different values; the degree, 0..1
 *   .   4   count n of its columns
 *   .   2n  their numbers; -1, -2, ...: expressions. The last one of a dependency follows from the others
 *
 * pg_mcv_list:
 *   0   4   count d of columns
 *   4   4   count of items
 *   8   4d  types, then for each item
 *   .   16  doubles: frequency; what it would be were the columns independent
 *   .   .   for each column a byte, 1: NULL, else the value: its width, or a length of 4 bytes and bytes
 */
#ifndef TYPES_EXT_STATS_H
#define TYPES_EXT_STATS_H

#include "types/type.h"

#define EXT_STATS_COLUMNS_MAX 8

typedef struct ColumnGroup {
    double value;
    uint32_t count;
    int16_t columns[EXT_STATS_COLUMNS_MAX];
} ColumnGroup;
typedef struct ColumnGroups {
    uint32_t count;
    ColumnGroup *items;
} ColumnGroups;

typedef struct McvItem {
    double frequency, base_frequency;
    bool nulls[EXT_STATS_COLUMNS_MAX];
    Datum values[EXT_STATS_COLUMNS_MAX];
} McvItem;
typedef struct McvList {
    uint32_t column_count, count;
    Oid types[EXT_STATS_COLUMNS_MAX];
    McvItem *items;
} McvList;

/* Values point into bytes. Errors: XX001 if they are no such value; of types 42704. */
Status column_groups_read(Arena *arena, Str bytes, ColumnGroups *out);
Status mcv_list_read(EvalEnv *env, Arena *arena, Str bytes, McvList *out);
Datum column_groups_write(Arena *arena, const ColumnGroups *groups);
Status mcv_list_write(EvalEnv *env, Arena *arena, const McvList *list, Datum *out);

#endif
