/*
 * catalog_int.h: what the files of catalog/ share. Private to the module.
 */
#ifndef CATALOG_CATALOG_INT_H
#define CATALOG_CATALOG_INT_H

#include "base/array.h"
#include "base/bits.h"
#include "base/hash.h"
#include "base/list.h"
#include "base/map.h"
#include "base/strbuf.h"
#include "base/vec.h"
#include "catalog/acl.h"
#include "catalog/catalog.h"
#include "catalog/ddl.h"
#include "catalog/depend.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "catalog/row.h"
#include "catalog/sequence.h"
#include "mvcc/index.h"
#include "runtime/latch.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CATALOG_TABLE_COUNT 64u
#define CATALOG_INDEX_COUNT 122u
#define CATALOG_STORE_COUNT (CATALOG_TABLE_COUNT + CATALOG_INDEX_COUNT)
#define CATALOG_INDEX_MAX 5u /* of one catalog */

unsigned catalog_table_ordinal(const CatalogTable *table);
unsigned catalog_index_ordinal(const CatalogIndex *index);

/* Where a database's catalogs lie. Immutable but for the handles, which are opened when first used.
 * database 0: the shared catalogs. */
typedef struct StoreMap {
    Oid database;
    StoreId stores[CATALOG_STORE_COUNT];
    _Atomic(void *) handles[CATALOG_STORE_COUNT];
} StoreMap;

/* ---- caches ---- */

typedef enum CacheId {
    CACHE_RELATION,
    CACHE_RELATION_NAME,
    CACHE_TYPE,
    CACHE_TYPE_NAME,
    CACHE_ENUM,
    CACHE_RANGE,
    CACHE_MULTIRANGE,
    CACHE_PROC,
    CACHE_PROC_LIST,
    CACHE_AGGREGATE,
    CACHE_OPERATOR,
    CACHE_OPERATOR_LIST,
    CACHE_CAST,
    CACHE_OPCLASS,
    CACHE_AM_OPCLASSES,
    CACHE_OPFAMILY,
    CACHE_OPERATOR_FAMILIES,
    CACHE_NAMESPACE,
    CACHE_NAMESPACE_NAME,
    CACHE_ROLE,
    CACHE_ROLE_NAME,
    CACHE_DATABASE,
    CACHE_DATABASE_NAME,
    CACHE_COLLATION,
    CACHE_LANGUAGE,
    CACHE_AM,
    CACHE_TABLESPACE,
    CACHE_STATISTICS,
    CACHE_COUNT
} CacheId;

#define CACHE_KEYS_MAX 3
#define CACHE_KEY_BYTES_MAX (8 + 4 * CACHE_KEYS_MAX + 4 * NAME_BYTES)
#define CACHE_PARTITIONS 16u
#define INVALIDATION_SLOTS 4096u

typedef struct CacheEntry {
    ListNode clock;
    struct Catalog *catalog;
    Arena arena;
    Desc *desc;
    _Atomic(struct DescExtra *) extra;
    uint64_t hash;
    uint32_t key_len;
    bool negative;
    _Atomic bool referenced;
    size_t bytes;
    char key[];
} CacheEntry;

typedef struct CachePartition {
    RwLatch latch;
    StrMap entries;
    ListNode clock;
    size_t bytes;
} CachePartition;

struct Catalog {
    Mvcc *mvcc;
    MemAccount account;
    size_t cache_bytes_max;
    Table *root; /* {database, stores}: the way to everything else */
    RwLatch maps_latch;
    U64Map maps; /* StoreMap by database + 1 */
    CachePartition partitions[CACHE_PARTITIONS];
    _Atomic uint32_t slots[INVALIDATION_SLOTS]; /* counts invalidations of the keys of each */
    _Atomic uint64_t epoch;
    _Atomic uint64_t version;
    _Atomic uint64_t all_generation; /* counts cache_invalidate_all */
    RwLatch sequences_latch;
    U64Map sequences; /* SequenceState by store */
};

typedef struct DirtyKey {
    struct DirtyKey *next; /* of the same hash */
    uint32_t len;
    char key[];
} DirtyKey;

/* The keys that a transaction has changed. Lives until its end, whatever becomes of the session. */
typedef struct DirtySet {
    Catalog *catalog;
    CatalogSession *session; /* NULL once it has let go */
    Arena arena;
    U64Map hashes; /* DirtyKey by hash */
    bool everything;
    bool shared_everything;
    Oid database;
} DirtySet;

typedef struct SequenceValue {
    Oid relation;
    int64_t last;   /* given out last */
    int64_t cached; /* up to here without asking the shared state */
    bool valid;     /* currval is defined */
    StoreId store;  /* the cached values are of this one */
    struct SequenceValue *next;
} SequenceValue;

#define RECENT_SLOTS 128u

typedef struct RecentEntry {
    uint64_t hash;
    CacheEntry *entry;
} RecentEntry;

struct CatalogSession {
    Catalog *catalog;
    MemAccount account;
    Arena arena;
    Arena statement_arena;
    Oid database;
    int32_t backend_id;
    NoticeFn notice;
    void *notice_arg;
    bool bootstrap;
    bool system_changes;
    bool quote_all; /* names in what is shown */
    bool (*is_keyword)(const char *word);
    Txn *txn;
    const StoreMap *map;
    const StoreMap *shared_map;
    Oid role;
    Oid session_role;
    unsigned role_context; /* RoleContext bits */
    Oid authenticated_role;
    Oid extension;
    ObjectDropHook drop_hook;
    void *drop_hook_arg;
    CatalogInsertHook insert_hook;
    void *insert_hook_arg;

    DirtySet *dirty;     /* NULL: the transaction has changed no catalog row */
    U64Map private;      /* CacheEntry by hash: descriptors of what is dirty */
    RecentEntry *recent; /* RECENT_SLOTS of what is pinned, by hash; NULL until something is */
    bool recent_used;
    struct {
        CacheEntry **items;
        size_t count;
        size_t capacity;
    } pins;                        /* capacity lives on the session's arena */
    const Snapshot *read_snapshot; /* inside a build: one for all its reads */

    const char *const *path_names;
    size_t path_count;
    SearchPath path;
    Oid path_namespaces[66];
    uint64_t path_epoch; /* of the caches when the path was resolved */
    uint64_t path_dirty; /* own changes then */
    bool path_valid;
    Oid temp_namespace;
    bool temp_used; /* by the current transaction */
    struct {        /* labels that this transaction added to enums */
        Oid *items;
        size_t count;
        size_t capacity;
    } new_labels;
    struct { /* functions that this transaction dropped; some may be back after a rollback to a savepoint */
        Oid *items;
        size_t count;
        size_t capacity;
    } dropped_functions;
    void *text_search;
    SequenceValue *sequences;
    SequenceValue *last_sequence;
    struct SequenceDebt *sequence_debt;
    uint64_t dirty_count; /* of the transaction's own changes, ever growing */
};

static inline Mvcc *session_mvcc(const CatalogSession *session) { return session->catalog->mvcc; }

/* ---- stores ---- */

Status store_map_load(Catalog *catalog, CatalogSession *session, Oid database,
                      const StoreMap **map_out);
/* Not kept: the caller's until freed with store_map_free. */
Status store_map_create(Catalog *catalog, Txn *txn, Oid database, StoreMap **map_out);
void store_map_free(Catalog *catalog, StoreMap *map);
Status store_map_insert(Catalog *catalog, Txn *txn, const StoreMap *map, bool complete);
Status session_table(CatalogSession *session, const CatalogTable *table, Table **handle_out);
Status session_index(CatalogSession *session, const CatalogTable *table, const CatalogIndex *index,
                     Index **handle_out);
Status map_table(Catalog *catalog, const StoreMap *map, const CatalogTable *table,
                 Table **handle_out);
Status map_index(Catalog *catalog, const StoreMap *map, const CatalogIndex *index,
                 Index **handle_out);
StoreId map_store(const StoreMap *map, unsigned ordinal);
void catalog_shape(const CatalogTable *table, Arena *arena, TupleShape *shape);
Status boot_fill(Catalog *catalog, CatalogSession *session, const char *superuser);
/* Fills a database's catalogs with sorted, bulk-built indexes. */
Status bulk_load(CatalogSession *session, const StoreMap *map, const CatalogTable *table,
                 const Datum *values, const bool *nulls, uint32_t row_count);
Status root_find(Catalog *catalog); /* root NULL: an empty directory */
Status root_is_complete(Catalog *catalog, Txn *txn, bool *complete_out);
/* Of a catalog or catalog index; 0 for any other relation. */
Status session_catalog_store(CatalogSession *session, Oid relation, StoreId *store_out);
Status root_mark_complete(Catalog *catalog, Txn *txn);
Status root_delete(Catalog *catalog, Txn *txn, Oid database);

/* tableoid .. ctid, which every table has. */
typedef struct SystemColumn {
    const char *name;
    int16_t attnum;
    Oid type;
    int16_t len;
    bool by_value;
    char align;
} SystemColumn;
#define SYSTEM_COLUMN_COUNT 6u
extern const SystemColumn system_columns[SYSTEM_COLUMN_COUNT];

/* ---- keys ---- */

void key_put_datum(StrBuf *key, const CatalogColumn *column, Datum value);
void key_of_row(StrBuf *key, const CatalogTable *table, const CatalogIndex *index,
                const Datum *values);
void key_of_keys(StrBuf *key, const CatalogTable *table, const CatalogIndex *index,
                 const Datum *keys, uint32_t count);
Status row_decode(CatalogSession *session, const CatalogTable *table, Table *handle,
                  const RowView *view, Arena *arena, CatalogRow *row_out);

void sequence_states_free(Catalog *catalog);
/* pg_init_privs: what the objects of initialisation are granted. */
Status init_privileges(CatalogSession *session);

/* ---- snapshots ---- */

/* For reads: the build's, or a fresh one; give it back with session_snapshot_end. */
Status session_snapshot(CatalogSession *session, const Snapshot **snapshot_out, bool *owned_out);
void session_snapshot_end(CatalogSession *session, const Snapshot *snapshot, bool owned);

/* ---- caches ---- */

void cache_init(Catalog *catalog);
void cache_destroy(Catalog *catalog);
/* The descriptor, pinned for the statement; NULL where there is none. keys as CacheId's definition
 * has them: OIDs and names. */
Status cache_get(CatalogSession *session, CacheId cache, const Datum *keys, const Desc **desc_out);
static inline Status cache_get_oid(CatalogSession *session, CacheId cache, Oid oid,
                                   const Desc **desc_out) {
    Datum key = datum_oid(oid);
    return cache_get(session, cache, &key, desc_out);
}
/* Notes that a row changed: old or now may be NULL. */
Status cache_note_row(CatalogSession *session, const CatalogTable *table, const CatalogRow *old,
                      const CatalogRow *now);
void cache_note_key(CatalogSession *session, CacheId cache, const Datum *keys);
void cache_note_everything(CatalogSession *session, bool shared);
void cache_session_release(CatalogSession *session);
void cache_session_close(CatalogSession *session);
void cache_session_forget_private(CatalogSession *session);

typedef Status (*CacheBuild)(CatalogSession *session, const Datum *keys, Arena *arena,
                             Desc **desc_out);
Status build_relation(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_relation_name(CatalogSession *session, const Datum *keys, Arena *arena,
                           Desc **desc_out);
Status build_type(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_type_name(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_enum(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_range(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_multirange(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_proc(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_proc_list(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_aggregate(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_operator(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_operator_list(CatalogSession *session, const Datum *keys, Arena *arena,
                           Desc **desc_out);
Status build_cast(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_opclass(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_am_opclasses(CatalogSession *session, const Datum *keys, Arena *arena,
                          Desc **desc_out);
Status build_opfamily(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_operator_families(CatalogSession *session, const Datum *keys, Arena *arena,
                               Desc **desc_out);
Status build_namespace(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_namespace_name(CatalogSession *session, const Datum *keys, Arena *arena,
                            Desc **desc_out);
Status build_role(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_role_name(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_database(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_database_name(CatalogSession *session, const Datum *keys, Arena *arena,
                           Desc **desc_out);
Status build_collation(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_language(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_am(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_tablespace(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);
Status build_statistics(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out);

/* By (name, namespace). */
Status build_name(CatalogSession *session, Oid index, int oid_column, const Datum *keys,
                  Arena *arena, Desc **desc_out);
void check_desc_fill(Arena *arena, CheckDesc *desc, const CatalogRow *row);
/* The built-in functions that foreign keys' triggers name. */
static inline bool fk_trigger_is_check(Oid function) {
    return function == 1644 || function == 1645; /* RI_FKey_check_ins, RI_FKey_check_upd */
}
static inline bool fk_trigger_is_any(Oid function) { return function >= 1644 && function <= 1655; }

/* A name that stands for an OID. */
typedef struct NameDesc {
    Desc desc;
    Oid oid;
} NameDesc;
typedef struct ProcList {
    Desc desc;
    uint32_t count;
    const ProcDesc *procs;
} ProcList;
typedef struct OperatorList {
    Desc desc;
    uint32_t count;
    const OperatorDesc *operators;
} OperatorList;
typedef struct AmOpclasses {
    Desc desc;
    uint32_t count;
    const OpclassDesc *classes;
} AmOpclasses;

/* ---- values of rows; a NULL gives NULL or 0 ---- */

static inline const char *row_text(const CatalogRow *row, int column, Arena *arena) {
    return row_name(row, column, arena);
}
static inline Datum name_datum(const char *name) { return datum_cstr(name); }
/* ---- rows that several kinds of DDL write ---- */

#define PROC_ARRAY_IN 750
#define PROC_ARRAY_OUT 751
#define PROC_ARRAY_RECV 2400
#define PROC_ARRAY_SEND 2401
#define PROC_ARRAY_TYPANALYZE 3816
#define PROC_RECORD_IN 2290
#define PROC_RECORD_OUT 2291
#define PROC_RECORD_RECV 2402
#define PROC_RECORD_SEND 2403
#define PROC_ENUM_IN 3506
#define PROC_ENUM_OUT 3507
#define PROC_ENUM_RECV 3532
#define PROC_ENUM_SEND 3533
#define PROC_DOMAIN_IN 2597
#define PROC_DOMAIN_RECV 2598
#define PROC_RANGE_IN 3834
#define PROC_RANGE_OUT 3835
#define PROC_RANGE_RECV 3836
#define PROC_RANGE_SEND 3837
#define PROC_RANGE_TYPANALYZE 3916
#define PROC_MULTIRANGE_IN 4231
#define PROC_MULTIRANGE_OUT 4232
#define PROC_MULTIRANGE_RECV 4233
#define PROC_MULTIRANGE_SEND 4234
#define PROC_MULTIRANGE_TYPANALYZE 4242

void class_row_init(CatalogRow *row, Oid oid, const char *name, Oid nsp, Oid owner, char kind);
void attribute_row_init(CatalogRow *row, Oid relation, int16_t attnum, const char *name);
void attribute_row_type(CatalogRow *row, const TypeDesc *type);
TypeSpec array_type_spec(const char *name, Oid nsp, Oid owner, Oid element, char element_align);
Status type_find(CatalogSession *session, const char *name, Oid nsp, Oid *oid_out);
/* If the type is an automatic array type: gives it another name and says so. */
Status type_move_array(CatalogSession *session, Oid type, const char *name, Oid nsp,
                       bool *moved_out);
Status type_rename_row_type(CatalogSession *session, Oid type, const char *name);
/* Owner or schema of a type and its array; depend: keep the dependency rows too. */
Status type_set_owner(CatalogSession *session, Oid type, Oid owner, bool depend);
Status type_set_namespace(CatalogSession *session, Oid type, Oid nsp, bool depend);
Status acl_record_roles(CatalogSession *session, ObjectAddress object, Oid owner, const Acl *old,
                        const Acl *now, Arena *arena);
const Acl *acl_change_owner(Arena *arena, const Acl *acl, Oid old, Oid now);

Status settings_delete_of_database(CatalogSession *session, Oid database);

bool object_is_pinned(ObjectAddress object);
/* pg_partitioned_table.partdefid of parent, if it is this partition. */
Status partition_default_forget(CatalogSession *session, Oid parent, Oid partition);
/* describe.c: whether a column's address leads to one. */
/* Only relations have parts. Errors: XX000 "invalid non-zero objectSubId for object class %u". */
Status object_sub_check(ObjectAddress object);
Status relation_has_column(CatalogSession *session, ObjectAddress object, bool *yes_out);
Status object_row(CatalogSession *session, Oid class_id, Oid object, Arena *arena, CatalogRow *row,
                  bool *found_out);
Status row_acl(const CatalogRow *row, int column, Arena *arena, const Acl **acl_out);
static inline void row_set_null(CatalogRow *row, int column) {
    row->values[column] = (Datum){.i64 = 0};
    row->nulls[column] = true;
}
static inline void row_set_text(CatalogRow *row, int column, const char *text) {
    row->nulls[column] = text == NULL;
    row->values[column] = text == NULL ? (Datum){.i64 = 0} : datum_cstr(text);
}
static inline void row_set_oid(CatalogRow *row, int column, Oid oid) {
    row->values[column] = datum_oid(oid);
    row->nulls[column] = false;
}
static inline void row_set_char(CatalogRow *row, int column, char c) {
    row->values[column] = (Datum){.byte = (uint8_t)c};
    row->nulls[column] = false;
}
static inline void row_set_bool(CatalogRow *row, int column, bool b) {
    row->values[column] = datum_bool(b);
    row->nulls[column] = false;
}
static inline void row_set_i16(CatalogRow *row, int column, int16_t v) {
    row->values[column] = (Datum){.i16 = v};
    row->nulls[column] = false;
}
static inline void row_set_i32(CatalogRow *row, int column, int32_t v) {
    row->values[column] = datum_i32(v);
    row->nulls[column] = false;
}
static inline void row_set_i64(CatalogRow *row, int column, int64_t v) {
    row->values[column] = datum_i64(v);
    row->nulls[column] = false;
}
static inline void row_set_f32(CatalogRow *row, int column, float v) {
    row->values[column] = (Datum){.f32 = v};
    row->nulls[column] = false;
}

/* A scratch row is 700 bytes: callers that hold several put them on an arena. */
static inline CatalogRow *row_new(Arena *arena) { return arena_new(arena, CatalogRow); }

#endif
