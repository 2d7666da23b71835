/*
 * auth.c: proves that the client is the role it names, the way the rule of pg_hba.conf asks for
 * (manual: Client Authentication). A refusal says the same for roles that exist and that do not.
 */
#include "catalog/acl.h"
#include "pgwire/client_int.h"
#include "pgwire/config.h"

#include "runtime/log.h"
#include "runtime/os.h"
#include "runtime/random.h"

static Status fatal(Status status) { return status_severity(status, SEV_FATAL); }

void auth_send(ClientSession *client, uint32_t code, const void *data, size_t len) {
    size_t at = message_begin(client, 'R');
    strbuf_put_be32(&client->out, code);
    strbuf_append(&client->out, data, len);
    message_end(client, at);
}

/* ---- refusals ---- */

static Status failed(const ClientSession *client, const HbaRule *rule) {
    const char *user = client->user_name;
    log_write_session(LOG_LEVEL_LOG, client, "connection matched pg_hba.conf line %d: \"%s\"",
                      rule->line, rule->raw);
    switch (rule->method) {
    case HBA_PASSWORD:
    case HBA_MD5:
    case HBA_SCRAM:
        return fatal(
            error(ERR_INVALID_PASSWORD, "password authentication failed for user \"%s\"", user));
    case HBA_PEER:
        return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                           "Peer authentication failed for user \"%s\"", user));
    case HBA_CERT:
        return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                           "certificate authentication failed for user \"%s\"", user));
    case HBA_TRUST:
        return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                           "\"trust\" authentication failed for user \"%s\"", user));
    case HBA_REJECT:
    case HBA_IMPLICIT_REJECT:
        break;
    }
    UNREACHABLE();
}

/* No rule, or one that says reject. */
static Status refused(ClientSession *client, const HbaRequest *request, bool explicitly) {
    const char *host =
        request->local ? "[local]" : net_address_text(&request->address, &client->message_arena);
    const char *encryption = request->ssl ? "SSL encryption" : "no encryption";
    const char *user = client->user_name;
    if (request->replication)
        return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                           explicitly ? "pg_hba.conf rejects replication connection for host "
                                        "\"%s\", user \"%s\", %s"
                                      : "no pg_hba.conf entry for replication connection from host "
                                        "\"%s\", user \"%s\", %s",
                           host, user, encryption));
    return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                       explicitly ? "pg_hba.conf rejects connection for host \"%s\", user \"%s\", "
                                    "database \"%s\", %s"
                                  : "no pg_hba.conf entry for host \"%s\", user \"%s\", database "
                                    "\"%s\", %s",
                       host, user, client->database_name, encryption));
}

/* ---- passwords ---- */

static Status read_response(ClientSession *client, const char *what, Str *body_out) {
    char type;
    TRY(wire_flush(client));
    TRY(wire_wait_message(client, &type, body_out));
    if (type != 'p')
        return fatal(error(ERR_PROTOCOL_VIOLATION, "expected %s response, got message type %d",
                           what, (unsigned char)type));
    return STATUS_OK;
}

static Status read_password(ClientSession *client, Str *password_out) {
    TRY(read_response(client, "password", password_out));
    if (password_out->len == 0 || strlen(password_out->data) + 1 != password_out->len)
        return fatal(error(ERR_PROTOCOL_VIOLATION, "invalid password packet size"));
    password_out->len--;
    if (password_out->len == 0)
        return fatal(error(ERR_INVALID_PASSWORD, "empty password returned by client"));
    return STATUS_OK;
}

static Status by_scram(ClientSession *client, const char *verifier, bool *accepted_out) {
    static const char both[] = "SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0", plain[] = "SCRAM-SHA-256\0";
    *accepted_out = false;
    client->scram = scram_begin(client, verifier);
    bool can_bind = scram_can_bind(client->scram);
    auth_send(client, 10, can_bind ? both : plain, can_bind ? sizeof(both) : sizeof(plain));
    Str body;
    TRY(read_response(client, "SASL", &body));
    const char *p = body.data, *end = body.data + body.len;
    const char *nul = memchr(p, '\0', body.len);
    if (nul == NULL)
        return fatal(error(ERR_PROTOCOL_VIOLATION, "invalid string in message"));
    if (can_bind && strcmp(p, "SCRAM-SHA-256-PLUS") == 0)
        scram_bind(client->scram);
    else if (strcmp(p, "SCRAM-SHA-256") != 0)
        return fatal(error(ERR_PROTOCOL_VIOLATION,
                           "client selected an invalid SASL authentication mechanism"));
    p = nul + 1;
    if (end - p < 4)
        return fatal(error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message"));
    const char *reply = "";
    uint32_t length = load_be32(p);
    p += 4;
    if (length == UINT32_MAX &&
        p == end) { /* no initial response: the client waits for an empty one */
        auth_send(client, 11, "", 0);
        TRY(read_response(client, "SASL", &body));
        p = body.data;
        end = p + body.len;
    } else if (length > (uint32_t)(end - p)) {
        return fatal(error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message"));
    } else if (length < (uint32_t)(end - p)) {
        return fatal(error(ERR_PROTOCOL_VIOLATION, "invalid message format"));
    }
    TRY(scram_client_first(client->scram, &client->message_arena, str_make(p, (size_t)(end - p)),
                           &reply));
    auth_send(client, 11, reply, strlen(reply));
    TRY(read_response(client, "SASL", &body));
    TRY(scram_client_final(client->scram, &client->message_arena, body, &reply, accepted_out));
    if (*accepted_out)
        auth_send(client, 12, reply, strlen(reply));
    return STATUS_OK;
}

static Status by_md5(ClientSession *client, const char *verifier, bool *accepted_out) {
    uint8_t salt[4];
    random_bytes(salt, sizeof(salt));
    auth_send(client, 5, salt, sizeof(salt));
    Str password;
    TRY(read_password(client, &password));
    *accepted_out = password_md5_matches(verifier, salt, password.data);
    return STATUS_OK;
}

static Status by_password(ClientSession *client, const char *verifier, bool *accepted_out) {
    Str password;
    auth_send(client, 3, "", 0);
    TRY(read_password(client, &password));
    *accepted_out =
        verifier != NULL && password_matches(verifier, client->user_name, password.data);
    return STATUS_OK;
}

/* md5: whatever the role's verifier is good for; SCRAM where it has none, as for new ones. */
static Status by_secret(ClientSession *client, HbaMethod method, const char *verifier,
                        bool *accepted_out) {
    if (method == HBA_PASSWORD)
        return by_password(client, verifier, accepted_out);
    bool is_md5 = verifier != NULL
                      ? password_is_md5(verifier)
                      : strcmp(settings_get(client->settings, "password_encryption"), "md5") == 0;
    if (method == HBA_MD5 && is_md5)
        return by_md5(client, verifier, accepted_out);
    return by_scram(client, verifier, accepted_out);
}

/* ---- names that somebody else vouches for ---- */

static bool name_allowed(ClientSession *client, const char *map, const char *system_name) {
    AuthRules *rules = config_ident_rules(client->server);
    bool allowed = ident_allows(rules == NULL ? NULL : rules->ident.items,
                                rules == NULL ? 0 : rules->ident.count, &client->message_arena, map,
                                client->user_name, system_name);
    auth_rules_unref(rules);
    return allowed;
}

static bool by_peer(ClientSession *client, const HbaRule *rule) {
    uid_t uid;
    gid_t gid;
    pid_t pid;
    char name[256];
    if (!conn_peer_credentials(client->conn, &uid, &gid, &pid) ||
        !os_user_name(uid, name, sizeof(name)))
        return false;
    session_log_authenticated(client, name, rule);
    return name_allowed(client, rule->map, name);
}

static bool by_certificate(ClientSession *client, const HbaRule *rule) {
    bool is_method = rule->method == HBA_CERT;
    const char *name = rule->client_dn ? client->tls_info.peer_dn : client->tls_info.peer_cn;
    if (name == NULL || *name == '\0') {
        log_write_session(LOG_LEVEL_LOG, client,
                          "certificate authentication failed for user \"%s\": client certificate "
                          "contains no user name",
                          client->user_name);
        return false;
    }
    if (is_method) /* the whole name, whichever part the rule compares */
        session_log_authenticated(client, client->tls_info.peer_dn, rule);
    bool allowed = name_allowed(client, rule->map, name);
    if (!allowed && !is_method)
        log_write_session(LOG_LEVEL_LOG, client,
                          "certificate validation (clientcert=verify-full) failed for user \"%s\": "
                          "%s mismatch",
                          client->user_name, rule->client_dn ? "DN" : "CN");
    return allowed;
}

static Status check_certificate(ClientSession *client, const HbaRule *rule) {
    if (rule->client_cert == HBA_CERT_OFF)
        return STATUS_OK;
    if (!tls_checks_clients(client->tls))
        return fatal(error(ERR_CONFIG_FILE_ERROR, "client certificates can only be checked if a "
                                                  "root certificate store is available"));
    if (client->tls_info.peer_dn == NULL)
        return fatal(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                           "connection requires a valid client certificate"));
    return STATUS_OK;
}

/* ---- the rule ---- */

typedef struct Asker {
    ClientSession *client;
    Oid role; /* invalid: does not exist */
} Asker;

static Status is_member(void *arg, const char *name, bool *yes_out) {
    const Asker *asker = arg;
    const RoleDesc *group;
    *yes_out = false;
    if (asker->role == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_role_by_name(asker->client->exec.catalog, name, &group));
    return group == NULL ? STATUS_OK
                         : role_is_member_of_nosuper(asker->client->exec.catalog, asker->role,
                                                     group->oid, yes_out);
}

static Status authenticate_by(ClientSession *client, const HbaRule *rule, const char *verifier) {
    TRY(check_certificate(client, rule));
    bool accepted = false;
    switch (rule->method) {
    case HBA_TRUST:
    case HBA_CERT:
        accepted = true;
        break;
    case HBA_PEER:
        accepted = by_peer(client, rule);
        break;
    case HBA_PASSWORD:
    case HBA_MD5:
    case HBA_SCRAM:
        TRY(by_secret(client, rule->method, verifier, &accepted));
        if (accepted)
            session_log_authenticated(client, client->user_name, rule);
        break;
    case HBA_REJECT:
    case HBA_IMPLICIT_REJECT:
        UNREACHABLE();
    }
    if (accepted && rule->client_cert == HBA_CERT_VERIFY_FULL)
        accepted = by_certificate(client, rule);
    return accepted ? STATUS_OK : failed(client, rule);
}

Status auth_check(ClientSession *client, const RoleDesc *role, bool replication) {
    Asker asker = {client, role == NULL ? OID_INVALID : role->oid};
    HbaRequest request = {.local = conn_kind(client->conn) == CONN_UNIX,
                          .ssl = client->tls != NULL,
                          .replication = replication,
                          .role = client->user_name,
                          .database = client->database_name,
                          .is_member = is_member,
                          .arg = &asker};
    (void)net_address_parse(client->remote_address, &request.address);
    const char *verifier = role == NULL || role->password == NULL
                               ? NULL
                               : arena_strdup(&client->exec.arena, role->password);
    if (role != NULL && role->has_valid_until && role->valid_until < clock_timestamp_us())
        verifier = NULL;
    AuthRules *rules = config_hba_rules(client->server);
    const HbaRule *rule;
    Status status = hba_match(rules->hba.items, rules->hba.count, &request, &rule);
    if (status_ok(status))
        status = rule == NULL || rule->method == HBA_REJECT
                     ? refused(client, &request, rule != NULL)
                     : authenticate_by(client, rule, verifier);
    auth_rules_unref(rules);
    return status;
}
