/*
 * row.h: any catalog's rows. Layer: catalog.
 *
 * A row is an array of Datums in the order of the catalog's columns, indexed by the enumerators of
 * catalogs.h (PG_CLASS_RELNAME). Writers keep every index of the catalog, check its unique ones
 * (23505 as for any table) and note which cached descriptors the change affects; these change for
 * this session at once and for the others at commit. No dependency, lock or privilege is looked
 * after here.
 *
 * name, text, "char" ...: as base/datum.h says. int2vector, oidvector, arrays: base/array.h.
 * aclitem: acl.h. pg_node_tree: text that the analyser writes and reads.
 */
#ifndef CATALOG_ROW_H
#define CATALOG_ROW_H

#include "catalog/catalog.h"
#include "mvcc/table.h"

#define CATALOG_COLUMNS_MAX 40

/* Zero it, set values; nulls[i] = true where NULL. */
typedef struct CatalogRow {
    RowId rowid; /* where it was read from */
    Lsn version;
    Xid xmin;
    Datum values[CATALOG_COLUMNS_MAX];
    bool nulls[CATALOG_COLUMNS_MAX];
} CatalogRow;

static inline Oid row_oid(const CatalogRow *row, int column) { return row->values[column].u32; }
static inline const char *row_name(const CatalogRow *row, int column, Arena *arena) {
    return row->nulls[column]
               ? NULL
               : arena_strndup(arena, row->values[column].str.data, row->values[column].str.len);
}

/* index: an index of a catalog; keys: its leading columns. Rows on the arena. */
Status catalog_find(CatalogSession *session, Oid index, const Datum *keys, uint32_t key_count,
                    Arena *arena, CatalogRow *row_out, bool *found_out);
Status catalog_find_all(CatalogSession *session, Oid index, const Datum *keys, uint32_t key_count,
                        Arena *arena, CatalogRow **rows_out, size_t *count_out);
/* For the many catalogs whose key is one OID: PG_x_OID_INDEX. */
Status catalog_find_oid(CatalogSession *session, Oid index, Oid oid, Arena *arena,
                        CatalogRow *row_out, bool *found_out);
/* First row by one name, or by (name, namespace) and the like: builds the keys. */
Status catalog_find_name(CatalogSession *session, Oid index, const char *name, Oid second,
                         Arena *arena, CatalogRow *row_out, bool *found_out);

/* Row by row; index 0: the whole catalog. The row lives until the next call. */
typedef struct CatalogScan CatalogScan;
Status catalog_scan_open(CatalogSession *session, Oid catalog, Oid index, const Datum *keys,
                         uint32_t key_count, Arena *arena, CatalogScan **scan_out);
/* Between two whole keys, both included, from either end. */
Status catalog_scan_open_between(CatalogSession *session, Oid index, const Datum *low,
                                 const Datum *high, bool backward, Arena *arena,
                                 CatalogScan **scan_out);
Status catalog_scan_next(CatalogScan *scan, CatalogRow **row_out); /* NULL at the end */
void catalog_scan_close(CatalogScan *scan);

/* Errors: 23505; XX000 "tuple concurrently updated". */
Status catalog_insert(CatalogSession *session, Oid catalog, CatalogRow *row);
/* row: as read, with some values changed. */
Status catalog_update(CatalogSession *session, Oid catalog, CatalogRow *row);
/* As catalog_update, after waiting for whoever is changing the row. *written_out false: it has changed
 * since it was read; read it again. */
Status catalog_try_update(CatalogSession *session, Oid catalog, CatalogRow *row, bool *written_out);
Status catalog_delete(CatalogSession *session, Oid catalog, const CatalogRow *row);
/* All rows with these keys. */
Status catalog_delete_all(CatalogSession *session, Oid index, const Datum *keys,
                          uint32_t key_count);

/* Announces a change that no row shows (a sequence's definition, statistics): descriptors of the
 * relation are read anew, cached plans over it made anew. */
void catalog_touch_relation(CatalogSession *session, Oid relation);

/* ---- the shape of catalogs ---- */

typedef struct CatalogColumn {
    const char *name;
    Oid type;
    int16_t len;
    bool by_value;
    char align;
    char storage;
    bool not_null;
    int8_t dims;
    Oid collation;
    PhysType phys;
} CatalogColumn;
typedef struct CatalogIndex {
    Oid oid;
    const char *name;
    bool unique;
    bool primary;
    Oid constraint; /* 0: none */
    const char *constraint_name;
    uint8_t key_count;
    uint8_t columns[5]; /* from 0 */
    Oid opclasses[5];
    Oid collations[5];
} CatalogIndex;
typedef struct CatalogTable {
    Oid oid;
    const char *name;
    bool shared; /* one for all databases */
    Oid row_type;
    uint8_t column_count;
    uint8_t index_count;
    const char *acl; /* "grantee=letters/grantor,...", by OID */
    const CatalogColumn *columns;
    const CatalogIndex *indexes;
} CatalogTable;
const CatalogTable *catalog_tables(size_t *count_out);
const CatalogTable *catalog_table(Oid catalog); /* NULL: no catalog */
const CatalogIndex *catalog_index(Oid index, const CatalogTable **table_out);

/* ---- helpers for values ---- */

Datum row_oid_vector(Arena *arena, const Oid *oids, uint32_t count);
Datum row_int2_vector(Arena *arena, const int16_t *values, uint32_t count);
Datum row_oid_array(Arena *arena, const Oid *oids, uint32_t count);
Datum row_int2_array(Arena *arena, const int16_t *values, uint32_t count);
Datum row_text_array(Arena *arena, const char *const *texts, uint32_t count);
Datum row_char_array(Arena *arena, const char *chars, uint32_t count);
/* Of vectors and one-dimensional arrays without NULLs; an empty or damaged array gives count 0. */
const Oid *row_get_oids(Arena *arena, Datum array, uint32_t *count_out);
const int16_t *row_get_int2s(Arena *arena, Datum array, uint32_t *count_out);
const char *const *row_get_texts(Arena *arena, Datum array, uint32_t *count_out);
const char *row_get_chars(Arena *arena, Datum array, uint32_t *count_out); /* NUL-terminated */

#endif
