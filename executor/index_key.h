/*
 * index_key.h: an index's key from a row of its table. Layer: executor.
 *
 * Everything that builds, keeps, checks or searches an index makes keys here, so they agree: key
 * columns in order, each by key_encode_column with its collation, direction and NULL placement.
 * Pattern operator classes order by bytes. B-tree and hash indexes hold a key for each row; GIN, GiST and
 * SP-GiST indexes any number of them where types/gin.h knows their operator classes. Other ones keep
 * nothing, unless there is an exclusion constraint on the index: then it has the columns whose operator
 * is an equality, so rows that may conflict lie together (exclusion.h).
 */
#ifndef EXECUTOR_INDEX_KEY_H
#define EXECUTOR_INDEX_KEY_H

#include "executor/executor.h"
#include "mvcc/index.h"
#include "types/gin.h"
#include "types/type.h"

typedef struct IndexKey IndexKey;

/* Makes keys of one index. Everything lives on `arena`; end with index_key_end. expressions and
 * predicate are read from the descriptor and planned. relation outlives it. */
Status index_key_make(Session *session, Arena *arena, const RelationDesc *relation,
                      const IndexDesc *index, IndexKey **key_out);
void index_key_end(IndexKey *key);
/* True where the executor keeps the index at all. Errors: those of reading the catalogs. */
Status index_is_keyed(CatalogSession *catalog, const IndexDesc *index, bool *keyed_out);
/* An inverted index: rows have any number of keys, by index_key_entries instead of index_key_encode. */
bool index_key_is_inverted(const IndexKey *key);
const GinColumn *index_key_gin_column(const IndexKey *key, uint32_t column);
/* The column of an inverted index whose keys answer its exclusion constraint; with keys of their own behind
 * those of the columns that are compared by equality, if there are any. */
uint32_t index_key_exclusion_column(const IndexKey *key);
int16_t index_key_exclusion_strategy(const IndexKey *key);
/* That column for the row that was evaluated last: with the prefix, on the arena. *null_out: a column is
 * NULL. */
Status index_key_exclusion_prefix(IndexKey *key, Arena *arena, GinColumn *column_out,
                                  bool *null_out);
/* index_key_values of a row, without a key. */
Status index_key_evaluate(IndexKey *key, const Datum *values, const bool *nulls);
/* A row's keys, in order, each once, on the arena. */
Status index_key_entries(IndexKey *key, const Datum *values, const bool *nulls, Arena *arena,
                         GinKeys *keys_out);

/* Is the row in the index (partial indexes)? values, nulls: the table's columns, attnum - 1. */
Status index_key_wanted(IndexKey *key, const Datum *values, const bool *nulls, bool *wanted_out);
/* Its key; the bytes live until the next call. */
Status index_key_encode(IndexKey *key, const Datum *values, const bool *nulls, Str *key_out,
                        bool *has_null_out);
/* The key columns' values of the last index_key_encode, for error messages. */
uint32_t index_key_columns(const IndexKey *key);
const Datum *index_key_values(const IndexKey *key, const bool **nulls_out);
const IndexDesc *index_key_desc(const IndexKey *key);
Index *index_key_index(const IndexKey *key);

/* How one key column is encoded. */
typedef struct IndexColumn {
    const TypeInfo *type;
    Oid collation;
    bool descending, nulls_first;
    bool keyed; /* it is part of the key: always, but for exclusion constraints */
} IndexColumn;
const IndexColumn *index_key_column(const IndexKey *key, uint32_t column);

/* A KeyMatches (mvcc/index.h): does this version of the row have this key? arg: IndexCheck. */
typedef struct IndexCheck {
    IndexKey *key;
    const RelationDesc *relation;
    Table *table;
    Arena *arena; /* scratch */
} IndexCheck;
Status index_row_matches(void *check, const RowView *row, Str key, bool *matches_out);

/* All columns of a row: values[column_count]; large values are read from outside. */
Status relation_decode(const RelationDesc *relation, Table *table, const RowView *row, Arena *arena,
                       Datum *values, bool *nulls);
/* Only one column (attnum from 1). */
Status relation_decode_column(const RelationDesc *relation, Table *table, const RowView *row,
                              int16_t attnum, Arena *arena, Datum *value_out, bool *null_out);

/* "Key (a, b)=(1, 2)" parts: "a, b" and "1, 2" on the arena. */
Status index_key_describe(Session *session, IndexKey *key, Arena *arena, const char **columns_out,
                          const char **values_out);
/* Do row security policies keep rows of the relation from the current role? Then messages do not tell
 * values. */
Status row_hidden_by_policy(Session *session, const RelationDesc *relation, bool *hidden_out);
/* May the current role not see these columns of every row, by row security or for want of rights? Then
 * messages do not tell values. */
Status row_values_hidden(Session *session, const RelationDesc *relation, const int16_t *attnums,
                         uint32_t count, bool *hidden_out);
/* 23505 "duplicate key value violates unique constraint \"%s\"" with detail and fields, from the
 * last encoded key. */
Status index_duplicate_error(Session *session, IndexKey *key, const RelationDesc *relation,
                             Arena *arena);

#endif
