/*
 * ddl_extension.c: CREATE EXTENSION. The extensions there are come with the server: each is a script whose
 * objects become its members, and code that stands beside the server's own functions.
 */
#include "executor/ddl_extension.h"

#include "executor/ddl_int.h"
#include "executor/extension_scripts.h"
#include "executor/sysfuncs_int.h"
#include "planner/parser.h"
#include "types/citext.h"
#include "types/cube.h"
#include "types/extension_dict.h"
#include "types/hstore.h"
#include "types/int_array.h"
#include "types/ltree.h"

static const Extension extensions[] = {
#define EXTENSION(name, stem, version, comment) {name, version, comment, script_##stem},
#include "executor/extensions/extensions.def"
#undef EXTENSION
};

const Extension *extension_find(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(extensions); i++)
        if (strcmp(extensions[i].name, name) == 0)
            return &extensions[i];
    return NULL;
}

Status extension_missing(const char *name) {
    return status_hint(
        status_detail(error(ERR_FEATURE_NOT_SUPPORTED, "extension \"%s\" is not available", name),
                      "Could not open extension control file "
                      "\"/usr/share/postgresql/15/extension/%s.control\": No such file or "
                      "directory.",
                      name),
        "The extension must first be installed on the system where PostgreSQL is running.");
}

/* ---- the script ---- */

/* The script with the schema's name, quoted, in place of @extschema@. */
static const char *script_for(Ddl *ddl, const Extension *extension, const char *schema) {
    static const char mark[] = "@extschema@";
    StrBuf text;
    const char *quoted = quote_ident(ddl->catalog, ddl->arena, schema), *p = extension->script;
    strbuf_init(&text, ddl->arena);
    for (const char *at; (at = strstr(p, mark)) != NULL; p = at + strlen(mark)) {
        strbuf_append(&text, p, (size_t)(at - p));
        strbuf_puts(&text, quoted);
    }
    strbuf_puts(&text, p);
    return strbuf_cstr(&text);
}

static Status run_statements(UtilityCall *call, const char *text, const AstList *statements) {
    AST_FOREACH(AstRawStatement, raw, *statements) {
        Arena arena;
        arena_init(&arena, &call->session->account);
        UtilityCall one = {.session = call->session,
                           .raw = raw,
                           .text = text,
                           .text_len = strlen(text),
                           .arena = &arena};
        Status s = utility_execute(&one);
        arena_destroy(&arena);
        TRY(s);
    }
    return STATUS_OK;
}

/* What a script finds by name: its own schema, and that of the extension it needs; path: such a list. */
typedef struct ScriptSettings {
    const char *level, *path; /* what they were */
} ScriptSettings;

#define LEVEL_SETTING "client_min_messages"
#define PATH_SETTING "search_path"

/* Notices of scripts, on shell types and the like, are nobody's concern. */
static Status enter_script(Session *session, Ddl *ddl, const char *path, ScriptSettings *saved) {
    TRY(session->ops->setting_show(session, ddl->arena, LEVEL_SETTING, false, &saved->level));
    TRY(session->ops->setting_show(session, ddl->arena, PATH_SETTING, false, &saved->path));
    if (strcmp(saved->level, "error") != 0)
        TRY(session->ops->setting_set(session, LEVEL_SETTING, "warning", true));
    return session->ops->setting_set(session, PATH_SETTING, path, true);
}
static Status leave_script(Session *session, const ScriptSettings *saved) {
    TRY(session->ops->setting_set(session, PATH_SETTING, saved->path, true));
    return session->ops->setting_set(session, LEVEL_SETTING, saved->level, true);
}

static Status run_script(UtilityCall *call, Ddl *ddl, const char *text, const char *path, Oid oid) {
    AstList statements;
    ScriptSettings saved;
    Session *session = call->session;
    TRY(parse_sql(ddl->arena, text, strlen(text), NULL, &statements));
    TRY(enter_script(session, ddl, path, &saved));
    session_set_current_extension(ddl->catalog, oid);
    Status s = run_statements(call, text, &statements);
    session_set_current_extension(ddl->catalog, OID_INVALID);
    if (!status_ok(s)) /* the transaction's end takes the settings back */
        return s;
    return leave_script(session, &saved);
}

/* ---- CREATE EXTENSION ---- */

typedef struct ExtensionPlan {
    const Extension *extension;
    const char *schema;
    const char *version;
    bool cascade;
} ExtensionPlan;

/* Extensions that need another one. */
static const struct {
    const char *name, *needs;
} requirements[] = {
    {"earthdistance", "cube"},
};
static const char *required_by(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(requirements); i++)
        if (strcmp(requirements[i].name, name) == 0)
            return requirements[i].needs;
    return NULL;
}

static Status read_options(Ddl *ddl, const AstCreateExtension *statement, ExtensionPlan *plan) {
    AST_FOREACH(AstOption, option, statement->options) {
        if (strcmp(option->name, "schema") == 0)
            TRY(ddl_option_text(ddl, option, &plan->schema));
        else if (strcmp(option->name, "new_version") == 0)
            TRY(ddl_option_text(ddl, option, &plan->version));
        else if (strcmp(option->name, "cascade") == 0)
            plan->cascade = true;
    }
    plan->extension = extension_find(statement->name);
    if (plan->extension == NULL)
        return extension_missing(statement->name);
    if (plan->version != NULL && strcmp(plan->version, plan->extension->version) != 0)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "extension \"%s\" has no installation script nor update path for version "
                     "\"%s\"",
                     statement->name, plan->version);
    return STATUS_OK;
}

static Status insert_extension(Ddl *ddl, const ExtensionPlan *plan, Oid nsp, Oid *oid_out) {
    CatalogRow row = {0};
    row.values[PG_EXTENSION_EXTNAME] = datum_cstr(plan->extension->name);
    row.values[PG_EXTENSION_EXTOWNER] = datum_oid(session_role(ddl->catalog));
    row.values[PG_EXTENSION_EXTNAMESPACE] = datum_oid(nsp);
    row.values[PG_EXTENSION_EXTRELOCATABLE] = datum_bool(true);
    row.values[PG_EXTENSION_EXTVERSION] = datum_cstr(plan->extension->version);
    row.nulls[PG_EXTENSION_EXTCONFIG] = row.nulls[PG_EXTENSION_EXTCONDITION] = true;
    TRY(object_insert(ddl->catalog, PG_EXTENSION, &row, oid_out));
    ObjectAddress self = object_address(PG_EXTENSION, *oid_out, 0);
    TRY(depend_record(ddl->catalog, self, object_address(PG_NAMESPACE, nsp, 0), DEPEND_NORMAL));
    return comment_set(ddl->catalog, self, plan->extension->comment);
}

static Status check_rights(Ddl *ddl, const char *name) {
    bool super, creates;
    TRY(ddl_is_superuser(ddl, &super));
    if (super)
        return STATUS_OK;
    uint32_t held;
    bool missing;
    TRY(object_acl_mask(ddl->catalog, PG_DATABASE, session_database(ddl->catalog),
                        session_role(ddl->catalog), ACL_CREATE, &held, &missing));
    creates = held != 0;
    return creates ? STATUS_OK
                   : status_hint(error(ERR_INSUFFICIENT_PRIVILEGE,
                                       "permission denied to create extension \"%s\"", name),
                                 "Must have CREATE privilege on current database to create this "
                                 "extension.");
}

static Status create_extension(UtilityCall *call, Ddl *ddl, const ExtensionPlan *plan);

/* The extension it needs is there, or is made. *schema_out: where; NULL: it needs none. */
static Status find_required(UtilityCall *call, Ddl *ddl, const ExtensionPlan *plan, Oid *oid_out,
                            const char **schema_out) {
    const char *needs = required_by(plan->extension->name);
    CatalogRow row;
    bool found;
    *oid_out = OID_INVALID;
    *schema_out = NULL;
    if (needs == NULL)
        return STATUS_OK;
    TRY(extension_by_name(ddl->catalog, needs, true, oid_out));
    if (*oid_out == OID_INVALID && !plan->cascade)
        return status_hint(
            error(ERR_UNDEFINED_OBJECT, "required extension \"%s\" is not installed", needs),
            "Use CREATE EXTENSION ... CASCADE to install required extensions too.");
    if (*oid_out == OID_INVALID) {
        ExtensionPlan other = {extension_find(needs), plan->schema, NULL, true};
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION, "installing required extension \"%s\"", needs);
        TRY(create_extension(call, ddl, &other));
        TRY(extension_by_name(ddl->catalog, needs, false, oid_out));
    }
    TRY(catalog_find_oid(ddl->catalog, PG_EXTENSION_OID_INDEX, *oid_out, ddl->arena, &row, &found));
    check(found);
    TRY(namespace_name(ddl->catalog, row.values[PG_EXTENSION_EXTNAMESPACE].u32, schema_out));
    *schema_out = arena_strdup(ddl->arena, *schema_out);
    return STATUS_OK;
}

static Status create_extension(UtilityCall *call, Ddl *ddl, const ExtensionPlan *plan) {
    Oid oid, nsp, required;
    const char *schema, *required_schema;
    TRY(check_rights(ddl, plan->extension->name));
    if (plan->schema != NULL)
        TRY(namespace_by_name(ddl->catalog, plan->schema, false, &nsp));
    else
        TRY(namespace_for_creation(ddl->catalog, NULL, &nsp));
    TRY(find_required(call, ddl, plan, &required, &required_schema));
    TRY(namespace_name(ddl->catalog, nsp, &schema));
    schema = arena_strdup(ddl->arena, schema);
    TRY(insert_extension(ddl, plan, nsp, &oid));
    const char *path = quote_ident(ddl->catalog, ddl->arena, schema);
    if (required != OID_INVALID) {
        TRY(depend_record(ddl->catalog, object_address(PG_EXTENSION, oid, 0),
                          object_address(PG_EXTENSION, required, 0), DEPEND_NORMAL));
        path = arena_printf(ddl->arena, "%s, %s", path,
                            quote_ident(ddl->catalog, ddl->arena, required_schema));
    }
    /* What a role that may create it gets is made in the name of the bootstrap superuser. */
    SavedRole saved = session_push_role(ddl->catalog, OID_ROLE_BOOTSTRAP, ROLE_LOCAL);
    Status s = run_script(call, ddl, script_for(ddl, plan->extension, schema),
                          arena_printf(ddl->arena, "%s, pg_temp", path), oid);
    session_pop_role(ddl->catalog, saved);
    return s;
}

static Status execute_extension(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateExtension *statement = (const AstCreateExtension *)call->raw->statement;
    ExtensionPlan plan = {0};
    Oid oid;
    TRY(extension_by_name(ddl.catalog, statement->name, true, &oid));
    if (oid != OID_INVALID && statement->if_not_exists) {
        ddl_notice(&ddl, ERR_DUPLICATE_OBJECT, "extension \"%s\" already exists, skipping",
                   statement->name);
        return STATUS_OK;
    }
    if (oid != OID_INVALID)
        return error(ERR_DUPLICATE_OBJECT, "extension \"%s\" already exists", statement->name);
    TRY(read_options(&ddl, statement, &plan));
    return create_extension(call, &ddl, &plan);
}

/* ---- SET SCHEMA ---- */

static Status move_row(Ddl *ddl, Oid extension, Oid nsp) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_EXTENSION_OID_INDEX, extension, ddl->arena, &row,
                         &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "extension with OID %u does not exist", extension);
    Oid old = row.values[PG_EXTENSION_EXTNAMESPACE].u32;
    row.values[PG_EXTENSION_EXTNAMESPACE] = datum_oid(nsp);
    TRY(catalog_update(ddl->catalog, PG_EXTENSION, &row));
    return depend_change(ddl->catalog, PG_EXTENSION, extension, PG_NAMESPACE, old, nsp, NULL);
}

Status extension_set_schema(Ddl *ddl, Oid extension, Oid nsp) {
    DependRow *rows;
    size_t count;
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_EXTENSION_OID_INDEX, extension, ddl->arena, &row,
                         &found));
    if (found && row_oid(&row, PG_EXTENSION_EXTNAMESPACE) == nsp)
        return STATUS_OK;
    if (found && !row.values[PG_EXTENSION_EXTRELOCATABLE].b)
        return error(ERR_FEATURE_NOT_SUPPORTED, "extension \"%s\" does not support SET SCHEMA",
                     row_name(&row, PG_EXTENSION_EXTNAME, ddl->arena));
    TRY(depend_list_on(ddl->catalog, object_address(PG_EXTENSION, extension, 0), ddl->arena, &rows,
                       &count));
    for (size_t i = 0; i < count; i++) {
        ObjectAddress member = rows[i].depender;
        Oid from;
        if (rows[i].type != DEPEND_EXTENSION)
            continue;
        TRY(object_namespace(ddl->catalog, member.class_id, member.object, &from));
        if (from != OID_INVALID)
            TRY(object_change_namespace(ddl->catalog, member.class_id, member.object, nsp));
    }
    return move_row(ddl, extension, nsp);
}

/* ---- what there is ---- */

static Status list_start(SetCall *set) {
    set->state = arena_new(set->scan_arena, uint32_t);
    return STATUS_OK;
}

/* plpgsql, which every database has, first. */
static bool list_row(SetCall *set, const Extension *out) {
    static const Extension plpgsql = {"plpgsql", "1.0", "PL/pgSQL procedural language", NULL};
    uint32_t at = (*(uint32_t *)set->state)++;
    if (at > ARRAY_LEN(extensions))
        return false;
    *(Extension *)(uintptr_t)out = at == 0 ? plpgsql : extensions[at - 1];
    return true;
}
static Status available_next(SetCall *set, bool *row_out) {
    Extension e;
    *row_out = list_row(set, &e);
    if (*row_out) {
        set_text(set, 0, e.name);
        set_text(set, 1, e.version);
        set_text(set, 2, e.comment);
    }
    return STATUS_OK;
}
static Status versions_next(SetCall *set, bool *row_out) {
    Extension e;
    *row_out = list_row(set, &e);
    if (*row_out) {
        set_text(set, 0, e.name);
        set_text(set, 1, e.version);
        set_bool(set, 2, true);
        set_bool(set, 3, true);
        set_bool(set, 4, e.script != NULL);
        set_text(set, 5, e.script == NULL ? "pg_catalog" : NULL);
        set_null(set, 6);
        set_text(set, 7, e.comment);
    }
    return STATUS_OK;
}

static const FnEntry entries[] = {
    SYSFUNC_SET(3082, "pg_available_extensions", list_start, available_next),
    SYSFUNC_SET(3083, "pg_available_extension_versions", list_start, versions_next),
};
static const UtilityCommand commands[] = {
    {AST_CREATE_EXTENSION, "CREATE EXTENSION", UTILITY_WRITES, execute_extension, NULL},
};

void ddl_extension_register(void) {
    fn_register(entries, ARRAY_LEN(entries));
    utility_register(commands, ARRAY_LEN(commands));
    citext_register();
    cube_register();
    hstore_register();
    unaccent_register();
    int_dict_register();
    int_array_register();
    ltree_register();
    ext_amcheck_register();
    ext_spi_register();
    ext_tablefunc_register();
    ext_uuid_register();
    ext_crypto_register();
    ext_fuzzy_register();
    ext_trgm_register();
}
