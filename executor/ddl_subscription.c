/*
 * ddl_subscription.c: subscriptions as the catalog has them. Nothing connects to a publisher, so
 * whatever would have to says that it could not.
 */
#include "executor/ddl_int.h"

#include "types/type.h"

#include <ctype.h>
#include <stdio.h>

typedef enum SubscriptionOption {
    SUB_CONNECT = 1 << 0,
    SUB_ENABLED = 1 << 1,
    SUB_CREATE_SLOT = 1 << 2,
    SUB_SLOT_NAME = 1 << 3,
    SUB_COPY_DATA = 1 << 4,
    SUB_SYNCHRONOUS_COMMIT = 1 << 5,
    SUB_REFRESH = 1 << 6,
    SUB_BINARY = 1 << 7,
    SUB_STREAMING = 1 << 8,
    SUB_TWO_PHASE = 1 << 9,
    SUB_DISABLE_ON_ERROR = 1 << 10,
    SUB_LSN = 1 << 11
} SubscriptionOption;

static const struct {
    SubscriptionOption option;
    const char *name;
} option_names[] = {
    {SUB_CONNECT, "connect"},
    {SUB_ENABLED, "enabled"},
    {SUB_CREATE_SLOT, "create_slot"},
    {SUB_SLOT_NAME, "slot_name"},
    {SUB_COPY_DATA, "copy_data"},
    {SUB_SYNCHRONOUS_COMMIT, "synchronous_commit"},
    {SUB_REFRESH, "refresh"},
    {SUB_BINARY, "binary"},
    {SUB_STREAMING, "streaming"},
    {SUB_TWO_PHASE, "two_phase"},
    {SUB_DISABLE_ON_ERROR, "disable_on_error"},
    {SUB_LSN, "lsn"},
};

typedef struct SubscriptionOptions {
    unsigned given;                                        /* SubscriptionOption */
    unsigned on;                                           /* the boolean ones that are true */
    const char *slot_name, *synchronous_commit, *lsn_text; /* NULL: NONE */
    uint64_t lsn;
} SubscriptionOptions;

static Status check_slot_name(const char *name) {
    size_t len = strlen(name);
    if (len == 0)
        return error(ERR_INVALID_NAME, "replication slot name \"%s\" is too short", name);
    if (len >= 64)
        return error(ERR_NAME_TOO_LONG, "replication slot name \"%s\" is too long", name);
    if (strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") < len)
        return status_hint(error(ERR_INVALID_NAME,
                                 "replication slot name \"%s\" contains invalid character", name),
                           "Replication slot names may only contain lower case letters, numbers, "
                           "and the underscore character.");
    return STATUS_OK;
}

static Status read_lsn(Ddl *ddl, const char *text, uint64_t *lsn_out) {
    const TypeInfo *type;
    Datum value;
    *lsn_out = 0;
    if (strcmp(text, "none") == 0)
        return STATUS_OK;
    TRY(type_lookup(&ddl->session->env, OID_PG_LSN, &type));
    TypeIo io = {.type = type, .typmod = -1, .env = &ddl->session->env, .arena = ddl->arena};
    TRY(type->input(&io, text, strlen(text), &value));
    *lsn_out = (uint64_t)value.i64;
    return *lsn_out != 0
               ? STATUS_OK
               : error(ERR_INVALID_PARAMETER_VALUE, "invalid WAL location (LSN): %s", text);
}

static Status read_option(Ddl *ddl, const AstOption *ast, SubscriptionOption option,
                          SubscriptionOptions *out) {
    bool value;
    switch (option) {
    case SUB_SLOT_NAME:
        TRY(ddl_option_text(ddl, ast, &out->slot_name));
        if (strcmp(out->slot_name, "none") != 0)
            return check_slot_name(out->slot_name);
        out->slot_name = NULL;
        return STATUS_OK;
    case SUB_SYNCHRONOUS_COMMIT:
        TRY(ddl_option_text(ddl, ast, &out->synchronous_commit));
        return ddl->session->ops->setting_validate(ddl->session, "synchronous_commit",
                                                   out->synchronous_commit);
    case SUB_LSN:
        TRY(ddl_option_text(ddl, ast, &out->lsn_text));
        return read_lsn(ddl, out->lsn_text, &out->lsn);
    default:
        TRY(ddl_option_bool(ast, &value));
        out->on = value ? out->on | option : out->on & ~option;
        return STATUS_OK;
    }
}

static Status exclusive(const char *a, const char *b) {
    return error(ERR_SYNTAX_ERROR, "%s and %s are mutually exclusive options", a, b);
}
static Status must_set(const char *a, const char *b) {
    return error(ERR_SYNTAX_ERROR, "subscription with %s must also set %s", a, b);
}

static Status check_together(unsigned supported, SubscriptionOptions *o) {
    if ((supported & SUB_CONNECT) && !(o->on & SUB_CONNECT)) {
        if (o->given & o->on & SUB_ENABLED)
            return exclusive("connect = false", "enabled = true");
        if (o->given & o->on & SUB_CREATE_SLOT)
            return exclusive("connect = false", "create_slot = true");
        if (o->given & o->on & SUB_COPY_DATA)
            return exclusive("connect = false", "copy_data = true");
        o->on &= ~(unsigned)(SUB_ENABLED | SUB_CREATE_SLOT | SUB_COPY_DATA);
    }
    if (o->slot_name != NULL || !(o->given & SUB_SLOT_NAME))
        return STATUS_OK;
    if ((supported & SUB_ENABLED) && (o->on & SUB_ENABLED))
        return o->given & SUB_ENABLED ? exclusive("slot_name = NONE", "enabled = true")
                                      : must_set("slot_name = NONE", "enabled = false");
    if ((supported & SUB_CREATE_SLOT) && (o->on & SUB_CREATE_SLOT))
        return o->given & SUB_CREATE_SLOT ? exclusive("slot_name = NONE", "create_slot = true")
                                          : must_set("slot_name = NONE", "create_slot = false");
    return STATUS_OK;
}

static Status read_options(Ddl *ddl, const AstList *options, unsigned supported,
                           SubscriptionOptions *out) {
    *out = (SubscriptionOptions){.on = supported & (SUB_CONNECT | SUB_ENABLED | SUB_CREATE_SLOT |
                                                    SUB_COPY_DATA | SUB_REFRESH)};
    AST_FOREACH(AstOption, ast, *options) {
        unsigned option = 0;
        for (size_t i = 0; i < ARRAY_LEN(option_names); i++)
            if (strcmp(option_names[i].name, ast->name) == 0)
                option = option_names[i].option;
        if ((option & supported) == 0)
            return error(ERR_SYNTAX_ERROR, "unrecognized subscription parameter: \"%s\"",
                         ast->name);
        if (out->given & option)
            return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                             ast->location);
        out->given |= option;
        TRY(read_option(ddl, ast, (SubscriptionOption)option, out));
    }
    return check_together(supported, out);
}

static bool is_connection_option(const char *key, size_t len) {
    static const char *const names[] = {"service",
                                        "user",
                                        "password",
                                        "passfile",
                                        "channel_binding",
                                        "connect_timeout",
                                        "dbname",
                                        "host",
                                        "hostaddr",
                                        "port",
                                        "client_encoding",
                                        "tty",
                                        "options",
                                        "application_name",
                                        "fallback_application_name",
                                        "keepalives",
                                        "keepalives_idle",
                                        "keepalives_interval",
                                        "keepalives_count",
                                        "tcp_user_timeout",
                                        "sslmode",
                                        "sslcompression",
                                        "sslcert",
                                        "sslkey",
                                        "sslpassword",
                                        "sslrootcert",
                                        "sslcrl",
                                        "sslcrldir",
                                        "sslsni",
                                        "requirepeer",
                                        "ssl_min_protocol_version",
                                        "ssl_max_protocol_version",
                                        "gssencmode",
                                        "krbsrvname",
                                        "gsslib",
                                        "replication",
                                        "target_session_attrs"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i]) == len && memcmp(names[i], key, len) == 0)
            return true;
    return false;
}

/* "key = value ..", values perhaps in single quotes; or a URI. */
static Status check_connection(const char *text) {
    static const char invalid[] = "invalid connection string syntax: %s";
    if (strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0)
        return STATUS_OK;
    const char *at = text;
    for (;;) {
        while (isspace((unsigned char)*at))
            at++;
        if (*at == '\0')
            return STATUS_OK;
        const char *key = at;
        while (*at != '\0' && *at != '=' && !isspace((unsigned char)*at))
            at++;
        int key_len = (int)(at - key);
        while (isspace((unsigned char)*at))
            at++;
        if (*at != '=') {
            char message[160];
            snprintf(message, sizeof(message),
                     "missing \"=\" after \"%.*s\" in connection info string\n",
                     key_len < 64 ? key_len : 64, key);
            return error(ERR_SYNTAX_ERROR, invalid, message);
        }
        if (!is_connection_option(key, (size_t)key_len)) {
            char message[128];
            snprintf(message, sizeof(message), "invalid connection option \"%.*s\"\n",
                     key_len < 64 ? key_len : 64, key);
            return error(ERR_SYNTAX_ERROR, invalid, message);
        }
        at++;
        while (isspace((unsigned char)*at))
            at++;
        bool quoted = *at == '\'';
        at += quoted;
        while (*at != '\0' && (quoted ? *at != '\'' : !isspace((unsigned char)*at)))
            at += at[0] == '\\' && at[1] != '\0' ? 2 : 1;
        if (quoted && *at == '\0')
            return error(ERR_SYNTAX_ERROR, invalid,
                         "unterminated quoted string in connection info string\n");
        at += quoted;
    }
}

static Status no_twice(const StrList *names) {
    for (uint32_t i = 0; i < names->count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(names->items[i], names->items[k]) == 0)
                return error(ERR_DUPLICATE_OBJECT, "publication name \"%s\" used more than once",
                             names->items[i]);
    return STATUS_OK;
}

static Status cannot_connect(void) {
    return error(ERR_CONNECTION_FAILURE, "could not connect to the publisher: %s",
                 "logical replication is not supported");
}

/* What cannot be undone on the other side may not run in a block. */
static Status refuse_block(UtilityCall *call, const char *what) {
    TransactionContext context = call->session->ops->transaction_context(call->session);
    return context == TRANSACTION_IMPLICIT
               ? STATUS_OK
               : error(ERR_ACTIVE_SQL_TRANSACTION, "%s cannot run inside a transaction block",
                       what);
}

static Status find(Ddl *ddl, const char *name, CatalogRow *row, bool *found) {
    Datum keys[2] = {datum_oid(session_database(ddl->catalog)), datum_cstr(name)};
    return catalog_find(ddl->catalog, PG_SUBSCRIPTION_SUBNAME_INDEX, keys, 2, ddl->arena, row,
                        found);
}

static void set_slot(CatalogRow *row, const char *name) {
    row->nulls[PG_SUBSCRIPTION_SUBSLOTNAME] = name == NULL;
    if (name != NULL)
        row->values[PG_SUBSCRIPTION_SUBSLOTNAME] = datum_cstr(name);
}

/* ---- CREATE ---- */

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateSubscription *statement = (const AstCreateSubscription *)call->raw->statement;
    SubscriptionOptions o;
    CatalogRow row = {0};
    bool super, found;
    Oid oid;
    TRY(read_options(&ddl, &statement->options,
                     SUB_CONNECT | SUB_ENABLED | SUB_CREATE_SLOT | SUB_SLOT_NAME | SUB_COPY_DATA |
                         SUB_SYNCHRONOUS_COMMIT | SUB_BINARY | SUB_STREAMING | SUB_TWO_PHASE |
                         SUB_DISABLE_ON_ERROR,
                     &o));
    if (o.on & SUB_CREATE_SLOT)
        TRY(refuse_block(call, "CREATE SUBSCRIPTION ... WITH (create_slot = true)"));
    TRY(ddl_is_superuser(&ddl, &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to create subscriptions");
    TRY(find(&ddl, statement->name, &row, &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "subscription \"%s\" already exists", statement->name);
    if (!(o.given & SUB_SLOT_NAME))
        o.slot_name = statement->name;
    TRY(check_connection(statement->connection));
    TRY(no_twice(&statement->publications));
    if (o.on & SUB_CONNECT)
        return cannot_connect();
    row = (CatalogRow){0};
    row.values[PG_SUBSCRIPTION_SUBDBID] = datum_oid(session_database(ddl.catalog));
    row.values[PG_SUBSCRIPTION_SUBSKIPLSN].i64 = 0;
    row.values[PG_SUBSCRIPTION_SUBNAME] = datum_cstr(statement->name);
    row.values[PG_SUBSCRIPTION_SUBOWNER] = datum_oid(session_role(ddl.catalog));
    row.values[PG_SUBSCRIPTION_SUBENABLED] = datum_bool((o.on & SUB_ENABLED) != 0);
    row.values[PG_SUBSCRIPTION_SUBBINARY] = datum_bool((o.on & SUB_BINARY) != 0);
    row.values[PG_SUBSCRIPTION_SUBSTREAM] = datum_bool((o.on & SUB_STREAMING) != 0);
    row.values[PG_SUBSCRIPTION_SUBTWOPHASESTATE].byte = o.on & SUB_TWO_PHASE ? 'p' : 'd';
    row.values[PG_SUBSCRIPTION_SUBDISABLEONERR] = datum_bool((o.on & SUB_DISABLE_ON_ERROR) != 0);
    row.values[PG_SUBSCRIPTION_SUBCONNINFO] = datum_cstr(statement->connection);
    set_slot(&row, o.slot_name);
    row.values[PG_SUBSCRIPTION_SUBSYNCCOMMIT] =
        datum_cstr(o.synchronous_commit != NULL ? o.synchronous_commit : "off");
    row.values[PG_SUBSCRIPTION_SUBPUBLICATIONS] =
        row_text_array(ddl.arena, statement->publications.items, statement->publications.count);
    TRY(object_insert(ddl.catalog, PG_SUBSCRIPTION, &row, &oid));
    ddl_warning(&ddl, ERR_WARNING,
                "tables were not subscribed, you will have to run %s to subscribe the tables",
                "ALTER SUBSCRIPTION ... REFRESH PUBLICATION");
    return STATUS_OK;
}

/* ---- ALTER ---- */

static Status alter_options(Ddl *ddl, const AstAlterSubscription *statement, CatalogRow *row) {
    SubscriptionOptions o;
    TRY(read_options(ddl, &statement->options,
                     SUB_SLOT_NAME | SUB_SYNCHRONOUS_COMMIT | SUB_BINARY | SUB_STREAMING |
                         SUB_DISABLE_ON_ERROR,
                     &o));
    if (o.given & SUB_SLOT_NAME) {
        if (row->values[PG_SUBSCRIPTION_SUBENABLED].b && o.slot_name == NULL)
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "cannot set %s for enabled subscription", "slot_name = NONE");
        set_slot(row, o.slot_name);
    }
    if (o.synchronous_commit != NULL)
        row->values[PG_SUBSCRIPTION_SUBSYNCCOMMIT] = datum_cstr(o.synchronous_commit);
    if (o.given & SUB_BINARY)
        row->values[PG_SUBSCRIPTION_SUBBINARY] = datum_bool((o.on & SUB_BINARY) != 0);
    if (o.given & SUB_STREAMING)
        row->values[PG_SUBSCRIPTION_SUBSTREAM] = datum_bool((o.on & SUB_STREAMING) != 0);
    if (o.given & SUB_DISABLE_ON_ERROR)
        row->values[PG_SUBSCRIPTION_SUBDISABLEONERR] =
            datum_bool((o.on & SUB_DISABLE_ON_ERROR) != 0);
    return STATUS_OK;
}

static bool in_list(const char *const *names, uint32_t count, const char *name) {
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static Status merge_publications(Ddl *ddl, const AstAlterSubscription *statement, CatalogRow *row,
                                 const char ***names_out, uint32_t *count_out) {
    uint32_t old_count, count = 0;
    const StrList *changed = &statement->publications;
    const char *const *old =
        row_get_texts(ddl->arena, row->values[PG_SUBSCRIPTION_SUBPUBLICATIONS], &old_count);
    const char **names = arena_array(ddl->arena, const char *, old_count + changed->count + 1);
    bool add = statement->kind == AST_SUBSCRIPTION_ADD_PUBLICATION;
    TRY(no_twice(changed));
    for (uint32_t i = 0; i < changed->count; i++) {
        bool there = in_list(old, old_count, changed->items[i]);
        if (add && there)
            return error(ERR_DUPLICATE_OBJECT,
                         "publication \"%s\" is already in subscription \"%s\"", changed->items[i],
                         statement->name);
        if (!add && !there)
            return error(ERR_INVALID_OBJECT_DEFINITION,
                         "publication \"%s\" is not in subscription \"%s\"", changed->items[i],
                         statement->name);
    }
    for (uint32_t i = 0; i < old_count; i++)
        if (add || !in_list(changed->items, changed->count, old[i]))
            names[count++] = old[i];
    for (uint32_t i = 0; add && i < changed->count; i++)
        names[count++] = changed->items[i];
    if (count == 0)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "cannot drop all the publications from a subscription");
    *names_out = names;
    *count_out = count;
    return STATUS_OK;
}

static Status alter_publications(UtilityCall *call, Ddl *ddl, const AstAlterSubscription *statement,
                                 CatalogRow *row) {
    SubscriptionOptions o;
    const char **names;
    uint32_t count = 0;
    bool set = statement->kind == AST_SUBSCRIPTION_SET_PUBLICATION;
    bool add = statement->kind == AST_SUBSCRIPTION_ADD_PUBLICATION;
    TRY(read_options(ddl, &statement->options, SUB_REFRESH | (set || add ? SUB_COPY_DATA : 0), &o));
    if (set) {
        TRY(no_twice(&statement->publications));
        names = (const char **)statement->publications.items;
        count = statement->publications.count;
    } else {
        TRY(merge_publications(ddl, statement, row, &names, &count));
    }
    row->values[PG_SUBSCRIPTION_SUBPUBLICATIONS] = row_text_array(ddl->arena, names, count);
    if (!(o.on & SUB_REFRESH))
        return STATUS_OK;
    if (!row->values[PG_SUBSCRIPTION_SUBENABLED].b) {
        Status status = error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                              "ALTER SUBSCRIPTION with refresh is not allowed for disabled "
                              "subscriptions");
        return status_hint(
            status, set   ? "Use ALTER SUBSCRIPTION ... SET PUBLICATION ... WITH (refresh = "
                            "false)."
                    : add ? "Use ALTER SUBSCRIPTION ... ADD PUBLICATION ... WITH (refresh = "
                            "false) instead."
                          : "Use ALTER SUBSCRIPTION ... DROP PUBLICATION ... WITH (refresh = "
                            "false) instead.");
    }
    TRY(refuse_block(call, "ALTER SUBSCRIPTION with refresh"));
    return cannot_connect();
}

static Status alter_refresh(UtilityCall *call, Ddl *ddl, const AstAlterSubscription *statement,
                            const CatalogRow *row) {
    SubscriptionOptions o;
    if (!row->values[PG_SUBSCRIPTION_SUBENABLED].b)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "ALTER SUBSCRIPTION ... REFRESH is not allowed for disabled subscriptions");
    TRY(read_options(ddl, &statement->options, SUB_COPY_DATA, &o));
    TRY(refuse_block(call, "ALTER SUBSCRIPTION ... REFRESH"));
    return cannot_connect();
}

static Status alter_skip(Ddl *ddl, const AstAlterSubscription *statement, CatalogRow *row) {
    SubscriptionOptions o;
    bool super;
    TRY(read_options(ddl, &statement->options, SUB_LSN, &o));
    TRY(ddl_is_superuser(ddl, &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to skip transaction");
    row->values[PG_SUBSCRIPTION_SUBSKIPLSN].i64 = (int64_t)o.lsn;
    return STATUS_OK;
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterSubscription *statement = (const AstAlterSubscription *)call->raw->statement;
    CatalogRow row;
    bool found, enable = statement->kind == AST_SUBSCRIPTION_ENABLE;
    TRY(find(&ddl, statement->name, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "subscription \"%s\" does not exist", statement->name);
    TRY(object_check_owner(ddl.catalog, PG_SUBSCRIPTION, row_oid(&row, PG_SUBSCRIPTION_OID)));
    switch (statement->kind) {
    case AST_SUBSCRIPTION_SET_OPTIONS:
        TRY(alter_options(&ddl, statement, &row));
        break;
    case AST_SUBSCRIPTION_CONNECTION:
        TRY(check_connection(statement->connection));
        row.values[PG_SUBSCRIPTION_SUBCONNINFO] = datum_cstr(statement->connection);
        break;
    case AST_SUBSCRIPTION_REFRESH:
        return alter_refresh(call, &ddl, statement, &row);
    case AST_SUBSCRIPTION_ENABLE:
    case AST_SUBSCRIPTION_DISABLE:
        if (enable && row.nulls[PG_SUBSCRIPTION_SUBSLOTNAME])
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "cannot enable subscription that does not have a slot name");
        row.values[PG_SUBSCRIPTION_SUBENABLED] = datum_bool(enable);
        break;
    case AST_SUBSCRIPTION_SKIP:
        TRY(alter_skip(&ddl, statement, &row));
        break;
    default:
        TRY(alter_publications(call, &ddl, statement, &row));
        break;
    }
    return catalog_update(ddl.catalog, PG_SUBSCRIPTION, &row);
}

/* ---- DROP ---- */

static Status execute_drop(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDropSubscription *statement = (const AstDropSubscription *)call->raw->statement;
    CatalogRow row;
    bool found;
    TRY(find(&ddl, statement->name, &row, &found));
    if (!found && statement->missing_ok) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "subscription \"%s\" does not exist, skipping",
                   statement->name);
        return STATUS_OK;
    }
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "subscription \"%s\" does not exist", statement->name);
    ObjectAddress self = object_address(PG_SUBSCRIPTION, row_oid(&row, PG_SUBSCRIPTION_OID), 0);
    TRY(object_check_owner(ddl.catalog, PG_SUBSCRIPTION, self.object));
    if (!row.nulls[PG_SUBSCRIPTION_SUBSLOTNAME]) {
        TRY(refuse_block(call, "DROP SUBSCRIPTION"));
        return status_hint(
            error(ERR_CONNECTION_FAILURE,
                  "could not connect to publisher when attempting to drop replication slot \"%s\": "
                  "%s",
                  row_name(&row, PG_SUBSCRIPTION_SUBSLOTNAME, ddl.arena),
                  "logical replication is not supported"),
            "Use %s to disable the subscription, and then use %s to disassociate it from the slot.",
            "ALTER SUBSCRIPTION ... DISABLE", "ALTER SUBSCRIPTION ... SET (slot_name = NONE)");
    }
    return object_drop(ddl.catalog, &self, 1, DROP_RESTRICT, 0);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_SUBSCRIPTION, "CREATE SUBSCRIPTION", UTILITY_WRITES, execute_create, NULL},
    {AST_ALTER_SUBSCRIPTION, "ALTER SUBSCRIPTION", UTILITY_WRITES, execute_alter, NULL},
    {AST_DROP_SUBSCRIPTION, "DROP SUBSCRIPTION", UTILITY_WRITES, execute_drop, NULL},
};

void ddl_subscription_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
