/*
 * depend.h: who depends on whom, DROP, descriptions and comments of objects. Layer: catalog.
 */
#ifndef CATALOG_DEPEND_H
#define CATALOG_DEPEND_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

typedef struct ObjectAddress {
    Oid class_id; /* the catalog it is a row of */
    Oid object;
    int32_t sub; /* a column's attnum; else 0 */
} ObjectAddress;

static inline ObjectAddress object_address(Oid class_id, Oid object, int32_t sub) {
    return (ObjectAddress){class_id, object, sub};
}

typedef enum DependType {
    DEPEND_NORMAL = 'n',
    DEPEND_AUTO = 'a',
    DEPEND_INTERNAL = 'i',
    DEPEND_PARTITION_PRI = 'P',
    DEPEND_PARTITION_SEC = 'S',
    DEPEND_EXTENSION = 'e',
    DEPEND_AUTO_EXTENSION = 'x'
} DependType;

/* depender needs referenced. Nothing is recorded where referenced is pinned (OID below 12000). */
Status depend_record(CatalogSession *session, ObjectAddress depender, ObjectAddress referenced,
                     DependType type);
/* Several at once; duplicates are recorded once. */
Status depend_record_many(CatalogSession *session, ObjectAddress depender,
                          const ObjectAddress *referenced, size_t count, DependType type);
/* Forgets what depender needs. keep_extension: membership in an extension stays. count_out may be
 * NULL. */
Status depend_delete_of(CatalogSession *session, ObjectAddress depender, bool keep_extension,
                        long *count_out);
Status depend_delete_of_class(CatalogSession *session, ObjectAddress depender, Oid ref_class,
                              DependType type, long *count_out);
/* Changes the one dependency on old into one on now; count_out: rows changed. */
Status depend_change(CatalogSession *session, Oid class_id, Oid object, Oid ref_class, Oid old,
                     Oid now, long *count_out);
/* Objects created by a statement inside CREATE EXTENSION belong to it. */
Status depend_on_current_extension(CatalogSession *session, ObjectAddress object);
Oid session_current_extension(const CatalogSession *session);
void session_set_current_extension(CatalogSession *session, Oid extension); /* 0: none */

/* Rows of pg_depend, by depender or by referenced. */
typedef struct DependRow {
    ObjectAddress depender, referenced;
    char type;
} DependRow;
Status depend_list_of(CatalogSession *session, ObjectAddress depender, Arena *arena,
                      DependRow **rows_out, size_t *count_out);
Status depend_list_on(CatalogSession *session, ObjectAddress referenced, Arena *arena,
                      DependRow **rows_out, size_t *count_out);
/* The table column that owns a sequence (type 'a' or 'i'); *found_out false: none. */
Status depend_sequence_owner(CatalogSession *session, Oid sequence, char type, Oid *relation_out,
                             int32_t *attnum_out, bool *found_out);
/* Sequences that a table (attnum 0: any column) owns. */
Status depend_owned_sequences(CatalogSession *session, Oid relation, int32_t attnum, char type,
                              Arena *arena, const Oid **sequences_out, size_t *count_out);

/* ---- shared dependencies ---- */

Status shdepend_record_owner(CatalogSession *session, Oid class_id, Oid object, Oid owner);
Status shdepend_change_owner(CatalogSession *session, Oid class_id, Oid object, Oid owner);
Status shdepend_record_tablespace(CatalogSession *session, Oid class_id, Oid object,
                                  Oid tablespace);
Status shdepend_change_tablespace(CatalogSession *session, Oid class_id, Oid object,
                                  Oid tablespace);
/* Roles that an ACL mentions: before and after. */
Status shdepend_update_acl(CatalogSession *session, Oid class_id, Oid object, int32_t sub,
                           Oid owner, const Oid *old_roles, size_t old_count, const Oid *new_roles,
                           size_t new_count);
Status shdepend_delete_of(CatalogSession *session, Oid class_id, Oid object, int32_t sub);
/* Does anything depend on the shared object? detail_out: PostgreSQL's lines; NULL: nothing does. */
Status shdepend_check(CatalogSession *session, Oid class_id, Oid object, Arena *arena,
                      const char **detail_out);
typedef struct ShDependRow {
    Oid database;
    ObjectAddress object;
    char type; /* o a p r t */
} ShDependRow;
/* What depends on a role or tablespace, in the current database and shared. */
Status shdepend_list_on(CatalogSession *session, Oid class_id, Oid object, Arena *arena,
                        ShDependRow **rows_out, size_t *count_out);

/* ---- dropping ---- */

typedef enum DropBehavior { DROP_RESTRICT, DROP_CASCADE } DropBehavior;

#define DROP_INTERNAL 1u      /* not asked for by a user: messages at DEBUG2 */
#define DROP_QUIET 2u         /* no NOTICEs */
#define DROP_KEEP_ORIGINAL 4u /* only what depends on the objects */
#define DROP_SKIP_EXTENSIONS 8u
/*
 * Drops the objects and, with CASCADE, all that depends on them; locks each first, in dependency
 * order. Errors: 2BP01 "cannot drop %s because other objects depend on it" with DETAIL lines and
 * HINT; "cannot drop %s because %s requires it"; "cannot drop desired object(s) because other
 * objects depend on them"; "cannot drop %s because it is required by the database system".
 * NOTICE "drop cascades to %s" / "drop cascades to %d other objects".
 */
Status object_drop(CatalogSession *session, const ObjectAddress *objects, size_t count,
                   DropBehavior behavior, unsigned flags);
/* Called for each object that object_drop deletes, before any goes (original: the user named it; normal:
 * something normally depended on another): event triggers, and whoever
 * keeps state by OID. One hook a session. */
typedef void (*ObjectDropHook)(void *arg, ObjectAddress object, bool original, bool normal);
void session_set_drop_hook(CatalogSession *session, ObjectDropHook hook, void *arg);
/* Called for each row that the session has inserted into a catalog, and updated in pg_proc (CREATE OR
 * REPLACE makes a function anew). */
struct CatalogRow;
typedef void (*CatalogInsertHook)(void *arg, Oid catalog, const struct CatalogRow *row);
void session_set_insert_hook(CatalogSession *session, CatalogInsertHook hook, void *arg);

/* ---- what an object is called ---- */

/* pg_describe_object: "table t", "column a of table t", "function f(integer)", "constraint c on
 * table t". NULL in *text_out with missing_ok where it is gone. */
Status object_describe(CatalogSession *session, Arena *arena, ObjectAddress object, bool missing_ok,
                       const char **text_out);
/* pg_identify_object's type: "table", "table column", "index", "function". */
Status object_type_text(CatalogSession *session, Arena *arena, ObjectAddress object,
                        const char **text_out);
/* What an object is called in any session. Everything quoted where it must be but the parts. */
typedef struct ObjectIdentity {
    const char *schema, *name;  /* NULL: has none; the name where it is unique by itself */
    const char *identity;       /* NULL: there is no such object */
    const char **names, **args; /* the parts that it is found by */
    uint32_t name_count, arg_count;
} ObjectIdentity;
/* On the arena. */
Status object_identity(CatalogSession *session, Arena *arena, ObjectAddress object,
                       ObjectIdentity *identity_out);

/* What is generic about the rows of a catalog of objects. NULL: not a class of objects. */
typedef struct ObjectClass {
    Oid catalog;
    Oid oid_index;
    int oid_column;
    int name_column;         /* -1: none */
    int nsp_column;          /* -1 */
    int owner_column;        /* -1 */
    int acl_column;          /* -1 */
    char acl_kind;           /* an AclKind; 0: none */
    Oid name_index;          /* by name (and namespace); 0: none */
    const char *description; /* "table", "schema", "text search parser" */
} ObjectClass;
const ObjectClass *object_class(Oid class_id);
Status object_owner(CatalogSession *session, Oid class_id, Oid object, Oid *owner_out,
                    bool *found_out);
Status object_namespace(CatalogSession *session, Oid class_id, Oid object, Oid *nsp_out);

/* ---- comments ---- */

/* NULL or "" deletes. Shared objects (databases, roles, tablespaces) go to pg_shdescription. */
Status comment_set(CatalogSession *session, ObjectAddress object, const char *comment);
/* NULL: none. On the arena. */
Status comment_get(CatalogSession *session, ObjectAddress object, Arena *arena,
                   const char **comment_out);
Status comment_delete_all(CatalogSession *session, ObjectAddress object);

#endif
