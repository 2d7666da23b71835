/* session.c: one connection's view of the catalogs: transaction, role, search path, temporary schema. */
#include "catalog/catalog_int.h"

#include <stdlib.h>

CatalogSession *catalog_session_open(Catalog *catalog, const CatalogSessionConfig *config) {
    CatalogSession *session = mem_alloc(&catalog->account, sizeof(CatalogSession));
    memset(session, 0, sizeof(*session));
    session->catalog = catalog;
    mem_account_init(&session->account, &catalog->account, "catalog session", SIZE_MAX);
    arena_init_small(&session->arena, &session->account);
    arena_init(&session->statement_arena, &session->account);
    session->database = config->database;
    session->backend_id = config->backend_id;
    session->notice = config->notice;
    session->notice_arg = config->notice_arg;
    session->bootstrap = config->bootstrap;
    session->is_keyword = config->is_keyword;
    session->role = session->session_role = config->role;
    u64map_init(&session->private, &session->account);
    static const char *const usual_path[] = {"$user", "public"};
    session_set_search_path(session, usual_path, ARRAY_LEN(usual_path));
    return session;
}

CatalogSession *catalog_session_clone(const CatalogSession *session) {
    CatalogSessionConfig config = {.database = session->database,
                                   .role = session->session_role,
                                   .backend_id = session->backend_id,
                                   .is_keyword = session->is_keyword};
    CatalogSession *clone = catalog_session_open(session->catalog, &config);
    clone->role = session->role;
    clone->role_context = session->role_context;
    clone->authenticated_role = session->authenticated_role;
    clone->temp_namespace = session->temp_namespace;
    clone->quote_all = session->quote_all;
    session_set_search_path(clone, session->path_names, session->path_count);
    return clone;
}

static void path_free(CatalogSession *session, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++)
        mem_free(&session->account, (void *)(uintptr_t)names[i], strlen(names[i]) + 1);
    mem_free(&session->account, (void *)(uintptr_t)names, (count + 1) * sizeof(char *));
}

void catalog_session_close(CatalogSession *session) {
    Catalog *catalog = session->catalog;
    cache_session_close(session);
    catalog_session_trim(session);
    path_free(session, session->path_names, session->path_count);
    arena_destroy(&session->statement_arena);
    arena_destroy(&session->arena);
    mem_free(&catalog->account, session, sizeof(*session));
}

void **session_text_search(CatalogSession *session) { return &session->text_search; }
Catalog *session_catalog(const CatalogSession *session) { return session->catalog; }
Oid session_database(const CatalogSession *session) { return session->database; }

void catalog_session_begin(CatalogSession *session, Txn *txn) {
    /* A transaction that was prepared leaves its changes to the one that finishes it. */
    if (session->dirty != NULL) {
        session->dirty->session = NULL;
        session->dirty = NULL;
        cache_session_forget_private(session);
    }
    session->txn = txn;
    session->temp_used = false;
    session->new_labels.count = 0;
    session->dropped_functions.count = 0;
}

size_t session_dropped_functions(const CatalogSession *session, const Oid **items_out) {
    *items_out = session->dropped_functions.items;
    return session->dropped_functions.count;
}
Txn *session_txn(const CatalogSession *session) { return session->txn; }

bool session_has_own_changes(const CatalogSession *session) { return session->dirty != NULL; }

uint64_t session_change_count(const CatalogSession *session) { return session->dirty_count; }

void catalog_session_rolled_back_to(CatalogSession *session) {
    cache_session_forget_private(session);
}

void catalog_session_release(CatalogSession *session) {
    cache_session_release(session);
    arena_reset(&session->statement_arena);
}

Oid session_role(const CatalogSession *session) { return session->role; }
Oid session_user_oid(const CatalogSession *session) { return session->session_role; }

void session_set_role(CatalogSession *session, Oid role) {
    session->role = role;
    session->path_valid = false;
}
Oid session_authenticated_oid(const CatalogSession *session) { return session->authenticated_role; }
void session_set_session_role(CatalogSession *session, Oid role) {
    if (session->authenticated_role == OID_INVALID)
        session->authenticated_role = role;
    session->session_role = session->role = role;
    session->path_valid = false;
}
SavedRole session_push_role(CatalogSession *session, Oid role, RoleContext context) {
    SavedRole saved = {session->role, session->role_context};
    session_set_role(session, role);
    session->role_context |= (unsigned)context;
    return saved;
}
void session_pop_role(CatalogSession *session, SavedRole saved) {
    session_set_role(session, saved.role);
    session->role_context = saved.context;
}
bool session_role_is_local(const CatalogSession *session) {
    return (session->role_context & ROLE_LOCAL) != 0;
}
bool session_is_restricted(const CatalogSession *session) {
    return (session->role_context & ROLE_RESTRICTED) != 0;
}
Status session_check_unrestricted(const CatalogSession *session, const char *action) {
    return !session_is_restricted(session)
               ? STATUS_OK
               : error(ERR_INSUFFICIENT_PRIVILEGE, "cannot %s within security-restricted operation",
                       action);
}

bool session_bootstrap(const CatalogSession *session) { return session->bootstrap; }
void session_allow_system_changes(CatalogSession *session, bool allow) {
    session->system_changes = allow;
}

void session_notice_full(CatalogSession *session, const Notice *notice) {
    if (session->notice != NULL)
        session->notice(session->notice_arg, notice);
}

void session_notice(CatalogSession *session, const char *level, SqlState state, const char *fmt,
                    ...) {
    if (session->notice == NULL)
        return;
    Arena arena;
    arena_init(&arena, &session->account);
    va_list args;
    va_start(args, fmt);
    Notice notice = {level, state, arena_vprintf(&arena, fmt, args), NULL, NULL};
    va_end(args);
    session->notice(session->notice_arg, &notice);
    arena_destroy(&arena);
}

Arena *session_arena(CatalogSession *session) { return &session->arena; }
Arena *session_statement_arena(CatalogSession *session) { return &session->statement_arena; }

/* ---- the search path ---- */

static const char *const *path_copy(CatalogSession *session, const char *const *names,
                                    size_t count) {
    const char **copy = mem_alloc(&session->account, (count + 1) * sizeof(char *));
    for (size_t i = 0; i < count; i++) {
        size_t bytes = strlen(names[i]) + 1;
        copy[i] = memcpy(mem_alloc(&session->account, bytes), names[i], bytes);
    }
    return copy;
}

void session_set_quote_all(CatalogSession *session, bool on) { session->quote_all = on; }

void session_set_search_path(CatalogSession *session, const char *const *names, size_t count) {
    const char *const *copy = path_copy(session, names, count);
    if (session->path_names != NULL)
        path_free(session, session->path_names, session->path_count);
    session->path_names = copy;
    session->path_count = count;
    session->path_valid = false;
}

SearchPathSaved session_push_search_path(CatalogSession *session, const char *const *names,
                                         size_t count) {
    SearchPathSaved saved = {session->path_names, session->path_count};
    session->path_names = path_copy(session, names, count);
    session->path_count = count;
    session->path_valid = false;
    return saved;
}

void session_pop_search_path(CatalogSession *session, SearchPathSaved saved) {
    path_free(session, session->path_names, session->path_count);
    session->path_names = saved.names;
    session->path_count = saved.count;
    session->path_valid = false;
}

/* The schema that a name of the list stands for; 0 where there is none that may be used. */
static Status path_entry(CatalogSession *session, const char *name, Oid *nsp_out) {
    *nsp_out = 0;
    const char *schema = name;
    if (strcmp(name, "$user") == 0) {
        const RoleDesc *role;
        TRY(catalog_role(session, session->role, &role));
        if (role == NULL)
            return STATUS_OK;
        schema = role->name;
    } else if (strcmp(name, "pg_temp") == 0) {
        *nsp_out = session->temp_namespace;
        return STATUS_OK;
    }
    const NamespaceDesc *desc;
    TRY(catalog_namespace_by_name(session, schema, &desc));
    if (desc == NULL)
        return STATUS_OK;
    uint32_t held;
    TRY(acl_mask(session, desc->acl, ACL_KIND_SCHEMA, desc->owner, session->role, ACL_USAGE,
                 &held));
    if (held != 0)
        *nsp_out = desc->oid;
    return STATUS_OK;
}

static bool path_has(const Oid *list, uint32_t count, Oid nsp) {
    for (uint32_t i = 0; i < count; i++)
        if (list[i] == nsp)
            return true;
    return false;
}

/* A rolled back CREATE takes the temporary schema away again. */
static Status temp_check(CatalogSession *session) {
    if (session->temp_namespace == 0)
        return STATUS_OK;
    const NamespaceDesc *desc;
    TRY(catalog_namespace(session, session->temp_namespace, &desc));
    if (desc == NULL)
        session->temp_namespace = 0;
    return STATUS_OK;
}

static Status path_resolve(CatalogSession *session) {
    Oid named[60];
    uint32_t named_count = 0;
    bool temp_first = false;
    Oid creation = 0;
    TRY(temp_check(session));
    for (size_t i = 0; i < session->path_count && named_count < ARRAY_LEN(named); i++) {
        Oid nsp;
        TRY(path_entry(session, session->path_names[i], &nsp));
        if (i == 0 && strcmp(session->path_names[i], "pg_temp") == 0)
            temp_first = true;
        if (nsp != 0 && !path_has(named, named_count, nsp)) {
            named[named_count++] = nsp;
            if (creation == 0)
                creation = nsp;
        }
    }
    SearchPath *path = &session->path;
    Oid temp = session->temp_namespace;
    path->catalog_implicit = !path_has(named, named_count, OID_NAMESPACE_CATALOG);
    path->temp_implicit = temp != 0 && !path_has(named, named_count, temp);
    path->count = 0;
    if (path->temp_implicit)
        session->path_namespaces[path->count++] = temp;
    if (path->catalog_implicit)
        session->path_namespaces[path->count++] = OID_NAMESPACE_CATALOG;
    memcpy(session->path_namespaces + path->count, named, named_count * sizeof(Oid));
    path->count += named_count;
    path->namespaces = session->path_namespaces;
    path->creation = temp_first && temp != 0 ? temp : creation;
    return STATUS_OK;
}

Status session_search_path(CatalogSession *session, const SearchPath **path_out) {
    *path_out = &session->path;
    uint64_t epoch = catalog_epoch(session->catalog);
    if (session->path_valid && session->path_epoch == epoch &&
        session->path_dirty == session->dirty_count)
        return STATUS_OK;
    TRY(path_resolve(session));
    session->path_epoch = epoch;
    session->path_dirty = session->dirty_count;
    session->path_valid = true;
    return STATUS_OK;
}

Status session_creation_path(CatalogSession *session, const SearchPath **path_out) {
    Oid temp;
    if (session->path_count > 0 && strcmp(session->path_names[0], "pg_temp") == 0)
        TRY(session_temp_namespace(session, true, &temp));
    return session_search_path(session, path_out);
}

Status session_search_path_hash(CatalogSession *session, uint64_t *hash_out) {
    const SearchPath *path;
    TRY(session_search_path(session, &path));
    /* the role too: row security makes another plan for it */
    *hash_out =
        hash_combine(hash_bytes(path->namespaces, path->count * sizeof(Oid)), session->role);
    *hash_out =
        hash_combine(*hash_out, (uint64_t)path->creation << 2 |
                                    (uint64_t)path->catalog_implicit << 1 | path->temp_implicit);
    return STATUS_OK;
}

/* ---- the temporary schema ---- */

static Status temp_check_privilege(CatalogSession *session) {
    uint32_t held;
    bool missing;
    TRY(object_acl_mask(session, PG_DATABASE, session->database, session->role, ACL_CREATE_TEMP,
                        &held, &missing));
    if (held != 0)
        return STATUS_OK;
    const char *name;
    TRY(database_name(session, session->database, &name));
    return error(ERR_INSUFFICIENT_PRIVILEGE,
                 "permission denied to create temporary tables in database \"%s\"", name);
}

static Status drop_contents(CatalogSession *session, Oid nsp) {
    ObjectAddress object = object_address(PG_NAMESPACE, nsp, 0);
    return object_drop(session, &object, 1, DROP_CASCADE,
                       DROP_INTERNAL | DROP_QUIET | DROP_KEEP_ORIGINAL | DROP_SKIP_EXTENSIONS);
}

void session_note_temp(CatalogSession *session) { session->temp_used = true; }
bool session_used_temp(const CatalogSession *session) { return session->temp_used; }

Status session_temp_namespace(CatalogSession *session, bool create, Oid *namespace_out) {
    TRY(temp_check(session));
    session->temp_used |= create;
    *namespace_out = session->temp_namespace;
    if (session->temp_namespace != 0 || !create)
        return STATUS_OK;
    TRY(temp_check_privilege(session));
    char name[NAME_BYTES];
    snprintf(name, sizeof(name), "pg_temp_%d", session->backend_id);
    const NamespaceDesc *desc;
    TRY(catalog_namespace_by_name(session, name, &desc));
    Oid nsp;
    if (desc != NULL) { /* left by an earlier session of this number */
        nsp = desc->oid;
        TRY(drop_contents(session, nsp));
    } else {
        TRY(namespace_create(session, name, OID_ROLE_BOOTSTRAP, true, &nsp));
    }
    session->temp_namespace = nsp;
    session->path_valid = false;
    *namespace_out = nsp;
    return STATUS_OK;
}

Status session_drop_temp(CatalogSession *session) {
    TRY(temp_check(session));
    return session->temp_namespace == 0 ? STATUS_OK
                                        : drop_contents(session, session->temp_namespace);
}

Status catalog_is_temp_namespace(CatalogSession *session, Oid nsp, bool *any_out, bool *own_out) {
    *own_out = nsp != 0 && nsp == session->temp_namespace;
    *any_out = *own_out;
    if (*own_out)
        return STATUS_OK;
    const NamespaceDesc *desc;
    TRY(catalog_namespace(session, nsp, &desc));
    *any_out = desc != NULL && (strncmp(desc->name, "pg_temp_", 8) == 0 ||
                                strncmp(desc->name, "pg_toast_temp_", 14) == 0);
    return STATUS_OK;
}
