/*
 * partition.h: partitioned tables: keys, bounds, which partition a row belongs to. Layer: planner.
 *
 * A PartitionTable is what the catalogs say of one partitioned table and its partitions, sorted for
 * binary search. It hangs on the table's descriptor, so it is made once. Bounds are kept as index keys
 * (key_encode): comparing them is comparing bytes.
 *
 * A key part in a bound: 01 and the value's key; 00 MINVALUE, ff MAXVALUE.
 */
#ifndef PLANNER_PARTITION_H
#define PLANNER_PARTITION_H

#include "catalog/desc.h"
#include "planner/bitset.h"
#include "planner/planner.h"
#include "types/type.h"

#define PARTITION_KEYS_MAX 32
#define PARTITION_HASH_SEED UINT64_C(0x7A5B22367996DCFD)

/* A partition's bound as pg_class.relpartbound has it. */
typedef struct PartitionBound {
    char strategy; /* 'l', 'r', 'h' */
    bool is_default;
    int32_t modulus, remainder;
    ExprList values;         /* list: constants of the key's type */
    const char *lower_kinds; /* range, a letter a key: v a value, m MINVALUE, M MAXVALUE */
    const char *upper_kinds;
    ExprList lower, upper; /* constants, NULL ones where there is no value */
} PartitionBound;

const char *partition_bound_write(Arena *arena, const PartitionBound *bound);
/* Error: XX001. */
Status partition_bound_read(Arena *arena, const char *text, PartitionBound *bound_out);
/* "FOR VALUES IN (1, 2)", "DEFAULT". */
Status partition_bound_text(EvalEnv *env, Arena *arena, const PartitionBound *bound,
                            const char **text_out);
/* Is the stored text a bound (and no expression)? */
bool partition_is_bound(const char *text, size_t len);

typedef struct PartitionColumn {
    Expr *expr; /* the key over the table: entry 1 */
    Oid type, collation, opclass, family, input_type;
    int32_t typmod;
    PhysType phys;
    const TypeInfo *info;
    Oid hash_function; /* strategy 'h' */
} PartitionColumn;

typedef struct PartitionKey {
    char strategy;
    uint16_t count;
    PartitionColumn *columns;
} PartitionKey;

/* A partitioned table's key; valid as long as the statement. */
Status partition_key_open(EvalEnv *env, Arena *arena, const RelationDesc *table,
                          PartitionKey *key_out);

typedef struct PartitionTable {
    DescExtra head;
    Arena arena;
    char strategy;
    uint16_t key_count;
    uint32_t count;
    Oid *partitions;    /* in the order of their bounds; the default one last */
    int32_t default_at; /* place in partitions; -1: none */
    int32_t null_at;    /* list: who takes NULL; -1 */
    uint32_t bound_count;
    Str *bounds;    /* ascending; list: values; range: where partitions begin and end */
    int32_t *slots; /* list: by bound; range: [bound_count + 1], the partition before bound i; hash:
                       [modulus]; -1: nobody's */
    uint32_t modulus; /* hash: the greatest */
} PartitionTable;

/* The table's descriptor must stay pinned. Parks. */
Status partition_table_open(EvalEnv *env, const RelationDesc *table,
                            const PartitionTable **partitions_out);

/* Appends a key part. */
Status partition_encode(const PartitionColumn *column, Datum value, StrBuf *key);
/* A bound's key: range bounds with kinds, list values without. */
Status partition_bound_key(const PartitionKey *key, const char *kinds, const ExprList *values,
                           StrBuf *out);
/* Bounds <= key (or < key). */
uint32_t partition_search(const PartitionTable *table, Str key, bool or_equal);
/* Place of the partition that takes the key (list, range; not NULL); -1: none. */
int32_t partition_find(const PartitionTable *table, Str key);
int32_t partition_find_hash(const PartitionTable *table, uint64_t hash);
static inline uint64_t partition_hash_mix(uint64_t a, uint64_t b) {
    return a ^ (b + UINT64_C(0x49a0f4dd15e5a8e3) + (a << 54) + (a >> 7));
}
/* hash_function(expr, seed), to be evaluated where the value is not NULL. */
Expr *partition_hash_expr(Arena *arena, const PartitionColumn *column, Expr *value);

/* The hash of one value that is not NULL. */
Status partition_hash_value(EvalEnv *env, Arena *arena, const PartitionColumn *column, Datum value,
                            uint64_t *hash_out);

/*
 * What a table's rows meet because it is a partition, over its own columns (entry 1): of all its
 * ancestors, or of its parent alone. NULL: nothing.
 */
Status partition_constraint(EvalEnv *env, Arena *arena, const RelationDesc *partition,
                            bool ancestors, Expr **expr_out);
/* What rows of a bound meet over the parent's columns. */
Status partition_bound_constraint(EvalEnv *env, Arena *arena, const RelationDesc *parent,
                                  const PartitionBound *bound, Expr **expr_out);
/* Columns of `parent` (entry 1) become those of the same name in `child`. */
Status partition_map_columns(Arena *arena, const RelationDesc *parent, const RelationDesc *child,
                             Expr *expr, Expr **expr_out);

#endif
