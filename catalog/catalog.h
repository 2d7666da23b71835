/*
 * catalog.h: the system catalogs as a service: opening, sessions, search path. Layer: catalog.
 *
 * The catalogs are ordinary transactional tables with PostgreSQL 15's names, columns and OIDs
 * (catalogs.h). What is in the other headers:
 *
 *   desc.h      descriptors: relations, types, functions, ... parsed from the rows, cached
 *   row.h       any catalog's rows by index: read, insert, update, delete
 *   name.h      names: quoting, resolution, visibility, format_type
 *   acl.h       access privileges
 *   depend.h    pg_depend, DROP, comments, descriptions of objects
 *   ddl.h       making, changing relations, types, functions, constraints, databases
 *   sequence.h  nextval and its kin
 *
 * A Catalog is the server-wide part (one over an Mvcc), shared by all workers. A CatalogSession is one
 * connection's view: its database, role, search path and transaction; used by one fibre at a time.
 * All look-ups may park. They read the newest committed state and the session's own uncommitted
 * changes, whatever the isolation level, as PostgreSQL's catalog snapshots do.
 */
#ifndef CATALOG_CATALOG_H
#define CATALOG_CATALOG_H

#include "base/arena.h"
#include "base/datum.h"
#include "catalog/catalogs.h"
#include "mvcc/lock.h"
#include "mvcc/txn.h"

typedef struct Catalog Catalog;
typedef struct CatalogSession CatalogSession;

#define NAME_BYTES 64 /* NAMEDATALEN: names are at most 63 bytes */
#define OID_FIRST_UNPINNED                                                                         \
    12000u                      /* objects below it are never dropped and need no pg_depend rows */
#define OID_FIRST_NORMAL 16384u /* first OID that users' objects get */

#define OID_DATABASE_TEMPLATE1 1u
#define OID_DATABASE_TEMPLATE0 4u
#define OID_DATABASE_POSTGRES 5u

/* ---- server-wide ---- */

typedef struct CatalogConfig {
    Mvcc *mvcc;
    MemAccount *account;
    size_t cache_bytes_max;     /* of cached descriptors; 0: 64 MB */
    const char *superuser_name; /* for an empty directory; NULL: postgres */
} CatalogConfig;

/*
 * Opens the catalogs. On an empty directory, fills them with the built-in rows and the database
 * template1, in one transaction, and sets *initialise_out: the caller then runs every statement of
 * catalog_init_script in template1 (session with bootstrap = true), and calls catalog_init_finish.
 * Error: 55000 if an earlier initialisation was not finished.
 */
Status catalog_open(const CatalogConfig *config, Catalog **catalog_out, bool *initialise_out);
/* SQL that makes the system views, information_schema and what else is easier said in SQL: scripts
 * of many statements each, in order. Static. */
typedef struct CatalogScript {
    const char *name;
    const char *sql;
} CatalogScript;
const CatalogScript *catalog_init_scripts(size_t *count_out);
/* Makes template0 and postgres from template1 and marks the directory as complete. */
Status catalog_init_finish(Catalog *catalog);
/* No session may be open. */
void catalog_close(Catalog *catalog);
Mvcc *catalog_mvcc(Catalog *catalog);
/* Counts commits that changed any catalog row (of any database): while it stands still, every shared
 * descriptor that was valid still is. */
uint64_t catalog_epoch(const Catalog *catalog);
/* Forgets every cached descriptor: after COMMIT PREPARED, whose changes were noted by a session that
 * may be gone. */
void catalog_flush(Catalog *catalog);

/* ---- sessions ---- */

/* What a session tells its client out of the way of the result. level: "NOTICE", "WARNING", "INFO",
 * "LOG", "DEBUG1". */
typedef struct Notice {
    const char *level;
    SqlState state;
    const char *message;
    const char *detail; /* NULL: none */
    const char *hint;
} Notice;
typedef void (*NoticeFn)(void *arg, const Notice *notice);

typedef struct CatalogSessionConfig {
    Oid database;
    Oid role;           /* session and current user */
    int32_t backend_id; /* 1..: names its temporary schema pg_temp_N; unique among sessions */
    NoticeFn notice;    /* NULL: dropped */
    void *notice_arg;
    bool bootstrap; /* initdb: OIDs from below 16384, catalogs may be changed */
    bool (*is_keyword)(const char *word); /* would it need quotes? for quote_ident; may be NULL */
} CatalogSessionConfig;

/* Heap objects: open at connection, close at its end. Opening does no look-ups. */
CatalogSession *catalog_session_open(Catalog *catalog, const CatalogSessionConfig *config);
void catalog_session_close(CatalogSession *session);
/* Another with the same database, role and search path, without notices: a worker's of its statement. */
CatalogSession *catalog_session_clone(const CatalogSession *session);
/* Between transactions: gives back memory that only work needs. */
void catalog_session_trim(CatalogSession *session);

Catalog *session_catalog(const CatalogSession *session);
Oid session_database(const CatalogSession *session);

/* Look-ups need a transaction. Set at its begin; the catalog registers what it must do at the end
 * (invalidation at commit, dropping its private descriptors at rollback) by itself, and forgets the
 * transaction then. */
void catalog_session_begin(CatalogSession *session, Txn *txn);
/* Functions dropped by the transaction, and perhaps there again after a rollback to a savepoint. */
size_t session_dropped_functions(const CatalogSession *session, const Oid **items_out);
Txn *session_txn(const CatalogSession *session);
/* True once the transaction has changed a catalog row: cached plans may not be used then. */
bool session_has_own_changes(const CatalogSession *session);
/* Grows with every such change, over the whole session. */
uint64_t session_change_count(const CatalogSession *session);
/* After txn_rollback_to: forgets what was read since. */
void catalog_session_rolled_back_to(CatalogSession *session);
/* End of a statement: unpins the descriptors that look-ups returned since the last call. */
void catalog_session_release(CatalogSession *session);

Oid session_role(const CatalogSession *session);     /* current_user */
Oid session_user_oid(const CatalogSession *session); /* session_user */
/* Who logged in: the first session role. Decides about SET SESSION AUTHORIZATION. */
Oid session_authenticated_oid(const CatalogSession *session);
void session_set_role(CatalogSession *session, Oid role);
void session_set_session_role(CatalogSession *session, Oid role);
/* Inside SECURITY DEFINER functions and maintenance: push returns what pop restores. Users' code that
 * maintenance runs is restricted: nothing of it may outlive the operation and run with other rights. */
typedef enum RoleContext { ROLE_LOCAL = 1, ROLE_RESTRICTED = 2 } RoleContext;
typedef struct SavedRole {
    Oid role;
    unsigned context;
} SavedRole;
SavedRole session_push_role(CatalogSession *session, Oid role, RoleContext context);
void session_pop_role(CatalogSession *session, SavedRole saved);
bool session_role_is_local(const CatalogSession *session);
bool session_is_restricted(const CatalogSession *session);
/* 42501 "cannot %s within security-restricted operation". */
Status session_check_unrestricted(const CatalogSession *session, const char *action);
bool session_bootstrap(const CatalogSession *session);
/* allow_system_table_mods */
void session_allow_system_changes(CatalogSession *session, bool allow);
void session_notice(CatalogSession *session, const char *level, SqlState state, const char *fmt,
                    ...) PRINTF_LIKE(4, 5);
void session_notice_full(CatalogSession *session, const Notice *notice);
/* Memory that lives as long as the session. */
Arena *session_arena(CatalogSession *session);
/* A slot for what text search keeps for the session, on its arena; NULL at first. */
void **session_text_search(CatalogSession *session);
/* Memory until catalog_session_release. */
Arena *session_statement_arena(CatalogSession *session);

/* ---- the search path ---- */

/* The setting, as a list of names ("$user" included); copied. Resolved when next needed, again after
 * changes of schemas or role. */
void session_set_search_path(CatalogSession *session, const char *const *names, size_t count);
/* quote_all_identifiers: quote_ident quotes every name. */
void session_set_quote_all(CatalogSession *session, bool on);

typedef struct SearchPath {
    const Oid *namespaces; /* in order of search, pg_temp and pg_catalog included */
    uint32_t count;
    bool catalog_implicit; /* pg_catalog stands there without having been named */
    bool temp_implicit;
    Oid creation; /* where unqualified new objects go; 0: nowhere */
} SearchPath;
/* Valid until the next call or statement. */
Status session_search_path(CatalogSession *session, const SearchPath **path_out);
/* The same; pg_temp, where it stands first, is made before. */
Status session_creation_path(CatalogSession *session, const SearchPath **path_out);
/* Changes whenever the resolved path does: part of plan cache keys. */
Status session_search_path_hash(CatalogSession *session, uint64_t *hash_out);
/* For functions with SET search_path and for maintenance: saves and replaces. */
typedef struct SearchPathSaved {
    const char *const *names;
    size_t count;
} SearchPathSaved;
SearchPathSaved session_push_search_path(CatalogSession *session, const char *const *names,
                                         size_t count);
void session_pop_search_path(CatalogSession *session, SearchPathSaved saved);

/* The transaction has made, dropped or read something temporary: it cannot be prepared then. */
void session_note_temp(CatalogSession *session);
bool session_used_temp(const CatalogSession *session);
/* The session's temporary schema. 0 if it has none yet; make it with create. Errors: 42501 without
 * TEMPORARY on the database. */
Status session_temp_namespace(CatalogSession *session, bool create, Oid *namespace_out);
/* Drops all temporary objects: DISCARD TEMP, end of the session. Needs a transaction. */
Status session_drop_temp(CatalogSession *session);
/* True for pg_temp_N and pg_toast_temp_N of any session / of this session. */
Status catalog_is_temp_namespace(CatalogSession *session, Oid nsp, bool *any_out, bool *own_out);

/* ---- OIDs ---- */

/* One that no row of the catalog has. */
Status catalog_new_oid(CatalogSession *session, Oid catalog, Oid *oid_out);

#endif
