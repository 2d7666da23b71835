/*
 * startup.c: from the first byte to ReadyForQuery (manual: Start-up).
 *
 * A connection that has not authenticated holds no slot of max_connections and is closed after
 * authentication_timeout, so silent or slow clients cannot lock others out.
 */
#include "pgwire/client_int.h"

#include "planner/parser.h"
#include "runtime/log.h"
#include "runtime/os.h"
#include "types/collate.h"

#include <stdio.h>

#define PROTOCOL_MAJOR 3u
#define REQUEST_CANCEL 80877102u
#define REQUEST_SSL 80877103u
#define REQUEST_GSSENC 80877104u

static Status fatal(Status status) { return status_severity(status, SEV_FATAL); }

bool startup_complete(const ClientSession *client) { return wire_has_message(client); }

static char *keep(ClientSession *client, const char *text) {
    return arena_strdup(&client->exec.arena, text);
}

/* ---- requests before the start-up packet ---- */

static Status answer_byte(ClientSession *client, char byte) {
    TRY(wire_drain(client));
    conn_send(client->conn, &byte, 1);
    conn_flush(client->conn);
    return STATUS_OK;
}

/* No: and what came with the question was not meant to be read in the clear. */
static Status answer_no(ClientSession *client, const char *what) {
    TRY(answer_byte(client, 'N'));
    if (client->in_len == client->in_pos)
        return STATUS_OK;
    return fatal(status_detail(
        error(ERR_PROTOCOL_VIOLATION, "received unencrypted data after %s request", what),
        "This could be either a client-software bug or evidence of an "
        "attempted man-in-the-middle attack."));
}

static Status start_tls(ClientSession *client) {
    if (client->tls != NULL || conn_kind(client->conn) == CONN_UNIX)
        return answer_no(client, "SSL");
    if (client->server->tls_context != NULL && client->in_len != client->in_pos)
        return fatal(status_detail(
            error(ERR_PROTOCOL_VIOLATION, "received unencrypted data after SSL request"),
            "This could be either a client-software bug or evidence of an attempted "
            "man-in-the-middle attack."));
    latch_lock(&client->server->registry_latch);
    void *context = client->server->tls_context;
    if (context != NULL)
        tls_context_ref(context);
    latch_unlock(&client->server->registry_latch);
    if (context == NULL)
        return answer_no(client, "SSL");
    Status status = tls_make(context, &client->exec.account, &client->tls);
    tls_context_unref(context);
    TRY(status);
    client->phase = PHASE_TLS_HANDSHAKE;
    return answer_byte(client, 'S');
}

/* ---- the start-up packet ---- */

typedef struct StartupPacket {
    const char *user, *database, *options, *replication;
    bool physical_replication; /* a connection to no database */
    VEC(const char *) names;
    VEC(const char *) values;
    VEC(const char *) unknown_options; /* _pq_.* */
} StartupPacket;

static Status read_string(const char **p, const char *end, const char **text_out) {
    const char *nul = memchr(*p, '\0', (size_t)(end - *p));
    if (nul == NULL)
        return fatal(
            status_detail(error(ERR_PROTOCOL_VIOLATION, "invalid startup packet layout: "
                                                        "expected terminator as last byte"),
                          "A string has no end."));
    *text_out = *p;
    *p = nul + 1;
    return STATUS_OK;
}

static Status parse_packet(ClientSession *client, Str body, StartupPacket *packet) {
    *packet = (StartupPacket){0};
    Arena *arena = &client->message_arena;
    const char *p = body.data + 4, *end = body.data + body.len;
    while (p < end && *p != '\0') {
        const char *name, *value;
        TRY(read_string(&p, end, &name));
        TRY(read_string(&p, end, &value));
        if (strcmp(name, "user") == 0)
            packet->user = value;
        else if (strcmp(name, "database") == 0)
            packet->database = value;
        else if (strcmp(name, "options") == 0)
            packet->options = value;
        else if (strcmp(name, "replication") == 0)
            packet->replication = value;
        else if (strncmp(name, "_pq_.", 5) == 0)
            vec_push(&packet->unknown_options, arena, name);
        else {
            vec_push(&packet->names, arena, name);
            vec_push(&packet->values, arena, value);
        }
    }
    if (p + 1 != end)
        return fatal(error(ERR_PROTOCOL_VIOLATION,
                           "invalid startup packet layout: expected terminator as last byte"));
    if (packet->user == NULL || *packet->user == '\0')
        return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                           "no PostgreSQL user name specified in startup packet"));
    if (packet->database == NULL || *packet->database == '\0')
        packet->database = packet->user;
    return STATUS_OK;
}

/* The last value of a setting in the packet; NULL: none. */
static const char *packet_value(const StartupPacket *packet, const char *name) {
    const char *value = NULL;
    for (size_t i = 0; i < packet->names.count; i++)
        if (strcmp(packet->names.items[i], name) == 0)
            value = packet->values.items[i];
    return value;
}

/* replication=true|false|database */
static Status read_replication(StartupPacket *packet, bool *asked_out) {
    static const char *const yes[] = {"true", "on", "yes", "1"}, *const no[] = {"false", "off",
                                                                                "no", "0"};
    const char *value = packet->replication;
    *asked_out = value != NULL;
    if (value == NULL || strcmp(value, "database") == 0)
        return STATUS_OK;
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (strcasecmp(value, yes[i]) == 0) {
            packet->physical_replication = true;
            packet->database = "";
            return STATUS_OK;
        }
        if (strcasecmp(value, no[i]) == 0) {
            *asked_out = false;
            return STATUS_OK;
        }
    }
    return fatal(
        status_hint(error(ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": \"%s\"",
                          "replication", value),
                    "Valid values are: \"false\", 0, \"true\", 1, \"database\"."));
}

static void negotiate_version(ClientSession *client, const StartupPacket *packet) {
    size_t at = message_begin(client, 'v');
    strbuf_put_be32(&client->out, PROTOCOL_MAJOR << 16);
    strbuf_put_be32(&client->out, (uint32_t)packet->unknown_options.count);
    for (size_t i = 0; i < packet->unknown_options.count; i++)
        strbuf_append(&client->out, packet->unknown_options.items[i],
                      strlen(packet->unknown_options.items[i]) + 1);
    message_end(client, at);
}

/* "-c name=value --name=value", backslash escapes a space. */
static Status apply_options(ClientSession *client, const char *options, bool superuser) {
    Arena *arena = &client->message_arena;
    VEC(char *) words = {0};
    for (const char *p = options; *p != '\0';) {
        while (*p == ' ' || *p == '\t' || *p == '\n')
            p++;
        if (*p == '\0')
            break;
        StrBuf word;
        strbuf_init(&word, arena);
        strbuf_reserve(&word, 1);
        for (; *p != '\0' && *p != ' ' && *p != '\t' && *p != '\n'; p++) {
            if (*p == '\\' && p[1] != '\0')
                p++;
            strbuf_putc(&word, *p);
        }
        vec_push(&words, arena, word.data);
    }
    for (size_t i = 0; i < words.count; i++) {
        char *word = words.items[i];
        char *setting;
        const char *flag = word[1] == '-' ? "--" : "-c ";
        if (strcmp(word, "-c") == 0 && i + 1 < words.count)
            setting = words.items[++i];
        else if ((strncmp(word, "-c", 2) == 0 || strncmp(word, "--", 2) == 0) && word[2] != '\0')
            setting = word + 2;
        else
            return fatal(error(ERR_SYNTAX_ERROR,
                               "invalid command-line argument for server "
                               "process: %s",
                               word));
        char *equals = strchr(setting, '=');
        if (equals == NULL)
            return fatal(error(ERR_SYNTAX_ERROR, "%s%s requires a value", flag, setting));
        *equals = '\0';
        for (char *c = setting; *c != '\0'; c++)
            if (*c == '-')
                *c = '_';
        TRY(fatal(settings_set(client->settings, setting, equals + 1, SETTING_FROM_CLIENT, false,
                               superuser)));
    }
    return STATUS_OK;
}

static Status apply_parameters(ClientSession *client, const StartupPacket *packet, bool superuser) {
    if (packet->options != NULL)
        TRY(apply_options(client, packet->options, superuser));
    for (size_t i = 0; i < packet->names.count; i++)
        TRY(fatal(settings_set(client->settings, packet->names.items[i], packet->values.items[i],
                               SETTING_FROM_CLIENT, false, superuser)));
    return STATUS_OK;
}

/* ---- authentication ---- */

static Status check_role(ClientSession *client, const RoleDesc *role) {
    if (role == NULL)
        return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION, "role \"%s\" does not exist",
                           client->user_name));
    if (!role->can_login)
        return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                           "role \"%s\" is not permitted to log in", client->user_name));
    latch_lock(&client->server->registry_latch);
    client->role = role->oid;
    latch_unlock(&client->server->registry_latch);
    if (role->connection_limit >= 0 && !role->superuser &&
        server_session_count(client->server, role->oid, OID_INVALID) >
            (uint32_t)role->connection_limit)
        return fatal(error(ERR_TOO_MANY_CONNECTIONS, "too many connections for role \"%s\"",
                           client->user_name));
    if (!role->superuser && !server_has_free_slots(client->server))
        return fatal(error(ERR_TOO_MANY_CONNECTIONS,
                           "remaining connection slots are reserved for non-replication superuser "
                           "connections"));
    return STATUS_OK;
}

static Status may_connect(ClientSession *client, Oid role, Oid database, bool *allowed_out) {
    uint32_t held;
    bool missing;
    TRY(object_acl_mask(client->exec.catalog, PG_DATABASE, database, role, ACL_CONNECT, &held,
                        &missing));
    *allowed_out = (held & ACL_CONNECT) != 0;
    return STATUS_OK;
}

static Status check_database(ClientSession *client, const RoleDesc *role,
                             const DatabaseDesc *database) {
    if (database == NULL)
        return fatal(
            error(ERR_UNDEFINED_DATABASE, "database \"%s\" does not exist", client->database_name));
    if (!database->allow_connections)
        return fatal(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                           "database \"%s\" is not currently accepting connections",
                           database->name));
    if (database->connection_limit == DATABASE_INVALID_LIMIT)
        return fatal(status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                                       "cannot connect to invalid database \"%s\"", database->name),
                                 "Use DROP DATABASE to drop invalid databases."));
    bool allowed = role->superuser;
    if (!allowed)
        TRY(may_connect(client, role->oid, database->oid, &allowed));
    if (!allowed)
        return fatal(status_detail(error(ERR_INSUFFICIENT_PRIVILEGE,
                                         "permission denied for database \"%s\"", database->name),
                                   "User does not have CONNECT privilege."));
    latch_lock(&client->server->registry_latch);
    client->database = database->oid;
    latch_unlock(&client->server->registry_latch);
    if (database->connection_limit >= 0 && !role->superuser &&
        server_session_count(client->server, OID_INVALID, database->oid) >
            (uint32_t)database->connection_limit)
        return fatal(error(ERR_TOO_MANY_CONNECTIONS, "too many connections for database \"%s\"",
                           database->name));
    return STATUS_OK;
}

static bool word_needs_quotes(const char *word) {
    return identifier_needs_quotes(word, strlen(word));
}

/* What the catalogs have to say: DROP … CASCADE and the like. */
static void pass_notice(void *arg, const Notice *notice) {
    ClientSession *client = arg;
    static const struct {
        const char *name;
        NoticeLevel level;
    } levels[] = {{"WARNING", NOTICE_WARNING},
                  {"INFO", NOTICE_INFO},
                  {"LOG", NOTICE_LOG},
                  {"NOTICE", NOTICE_NOTICE}};
    NoticeLevel level = NOTICE_DEBUG;
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (strcmp(levels[i].name, notice->level) == 0)
            level = levels[i].level;
    Status status = error(notice->state, "%s", notice->message);
    if (notice->detail != NULL)
        status = status_detail(status, "%s", notice->detail);
    if (notice->hint != NULL)
        status = status_hint(status, "%s", notice->hint);
    client->exec.ops->notice(&client->exec, level, status);
}

/* Looks the role and database up through a session on template1 (they are shared catalogs), then
 * opens the real one. */
static Status open_catalog_session(ClientSession *client, Oid database, Oid role) {
    CatalogSessionConfig config = {.database = database,
                                   .role = role,
                                   .backend_id = (int32_t)client->registry_slot + 1,
                                   .notice = pass_notice,
                                   .notice_arg = client,
                                   .is_keyword = word_needs_quotes};
    client->exec.catalog = catalog_session_open(client->server->catalog, &config);
    client->exec.env.catalog = client->exec.catalog;
    return STATUS_OK;
}

static Status log_in(ClientSession *client, StartupPacket *packet) {
    const RoleDesc *role;
    TRY(open_catalog_session(client, OID_DATABASE_TEMPLATE1, OID_INVALID));
    TRY(client_txn_start(client));
    TRY(catalog_role_by_name(client->exec.catalog, client->user_name, &role));
    bool replication;
    TRY(read_replication(packet, &replication));
    TRY(auth_check(client, role, packet->physical_replication));
    auth_send(client, 0, "", 0);
    if (replication)
        return fatal(error(ERR_FEATURE_NOT_SUPPORTED, "replication connections are not supported"));
    session_log_authorized(client, packet_value(packet, "application_name"));
    TRY(check_role(client, role));
    const DatabaseDesc *database;
    TRY(catalog_database_by_name(client->exec.catalog, client->database_name, &database));
    TRY(check_database(client, role, database));
    Oid role_oid = role->oid, database_oid = database->oid;
    bool superuser = role->superuser;
    TRY(client_commit(client));
    catalog_session_close(client->exec.catalog);
    TRY(open_catalog_session(client, database_oid, role_oid));
    database_stats_join(client, database_oid);
    TRY(client_txn_start(client));
    TRY(collation_load(client->exec.catalog));
    TRY(settings_set(client->settings, "session_authorization", client->user_name,
                     SETTING_FROM_CLIENT, false, true));
    TRY(variables_apply_defaults(client));
    TRY(apply_parameters(client, packet, superuser));
    return client_commit(client);
}

static void send_key(ClientSession *client) {
    size_t at = message_begin(client, 'K');
    strbuf_put_be32(&client->out, (uint32_t)client->exec.process_id);
    strbuf_put_be32(&client->out, client->cancel_key);
    message_end(client, at);
}

static Status start_session(ClientSession *client, Str body, uint32_t version) {
    StartupPacket packet;
    client->phase = PHASE_AUTHENTICATING;
    TRY(parse_packet(client, body, &packet));
    if ((version & 0xffff) > 0 || packet.unknown_options.count > 0)
        negotiate_version(client, &packet);
    client->user_name = keep(client, packet.user);
    client->database_name = keep(client, packet.database);
    if (client->user_name[0] != '\0' && strlen(client->user_name) >= NAME_BYTES)
        client->user_name[NAME_BYTES - 1] = '\0';
    if (strlen(client->database_name) >= NAME_BYTES)
        client->database_name[NAME_BYTES - 1] = '\0';
    if (atomic_load(&client->server->shutdown) != SHUTDOWN_NONE)
        return fatal(error(ERR_CANNOT_CONNECT_NOW, "the database system is shutting down"));
    client->settings = variables_make(client);
    TRY(server_register(client->server, client));
    TRY(log_in(client, &packet));
    timer_stop(&client->login_timer);
    client->log.opened = true;
    variables_report_all(client);
    send_key(client);
    client->phase = PHASE_READY;
    client->report_dirty = 0;
    report_ready(client);
    return STATUS_OK;
}

Status startup_message(ClientSession *client) {
    char type;
    Str body;
    bool found;
    TRY(wire_next_message(client, &type, &body, &found));
    if (!found)
        return STATUS_OK;
    if (body.len < 4)
        return fatal(error(ERR_PROTOCOL_VIOLATION, "invalid length of startup packet"));
    uint32_t code = load_be32(body.data);
    if (code == REQUEST_SSL)
        return start_tls(client);
    if (code == REQUEST_GSSENC)
        return answer_no(client, "GSSAPI encryption");
    if (code == REQUEST_CANCEL) {
        if (body.len == 12)
            server_cancel(client->server, (int32_t)load_be32(body.data + 4),
                          load_be32(body.data + 8));
        client->phase = PHASE_CLOSING;
        return STATUS_OK;
    }
    if (code >> 16 != PROTOCOL_MAJOR)
        return fatal(error(ERR_FEATURE_NOT_SUPPORTED,
                           "unsupported frontend protocol %u.%u: server supports 3.0 to 3.0",
                           code >> 16, code & 0xffff));
    return start_session(client, body, code);
}
