/* hba.c: see the header. */
#include "pgwire/hba.h"

#include "runtime/log.h"
#include "runtime/os.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {"local",     "host",       "hostssl",
                                         "hostnossl", "hostgssenc", "hostnogssenc"};
static const char *const method_names[] = {"implicit reject", "reject", "trust", "password", "md5",
                                           "scram-sha-256",   "cert",   "peer"};
static const char *const absent_methods[] = {"ident", "gss",  "sspi",  "pam",
                                             "bsd",   "ldap", "radius"};

const char *hba_type_name(HbaType type) { return type_names[type]; }
const char *hba_method_name(HbaMethod method) { return method_names[method]; }

/* ---- addresses ---- */

bool net_address_parse(const char *text, NetAddress *address_out) {
    *address_out = (NetAddress){0};
    if (inet_pton(AF_INET, text, address_out->bytes) == 1)
        address_out->length = 4;
    else if (inet_pton(AF_INET6, text, address_out->bytes) == 1)
        address_out->length = 16;
    return address_out->length > 0;
}

const char *net_address_text(const NetAddress *address, Arena *arena) {
    char text[INET6_ADDRSTRLEN];
    if (inet_ntop(address->length == 4 ? AF_INET : AF_INET6, address->bytes, text, sizeof(text)) ==
        NULL)
        return "";
    return arena_strdup(arena, text);
}

static bool mask_of_bits(const char *text, uint32_t length, NetAddress *mask_out) {
    char *end;
    long bits = strtol(text, &end, 10);
    *mask_out = (NetAddress){.length = length};
    if (*text == '\0' || *end != '\0' || bits < 0 || bits > (long)length * 8)
        return false;
    for (long i = 0; i < bits; i++)
        mask_out->bytes[i / 8] |= (uint8_t)(0x80 >> (i % 8));
    return true;
}

/* A rule for IPv4 meets addresses of it that IPv6 carries, too. */
static bool in_network(const NetAddress *address, const NetAddress *network,
                       const NetAddress *mask) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *bytes = address->bytes;
    if (network->length == 4 && address->length == 16 && memcmp(bytes, mapped, 12) == 0)
        bytes += 12;
    else if (network->length != address->length)
        return false;
    for (uint32_t i = 0; i < network->length; i++)
        if (((bytes[i] ^ network->bytes[i]) & mask->bytes[i]) != 0)
            return false;
    return true;
}

static bool is_loopback(const NetAddress *address) {
    static const uint8_t six[16] = {[15] = 1};
    return address->length == 4 ? address->bytes[0] == 127
                                : address->length == 16 && memcmp(address->bytes, six, 16) == 0;
}

/* ---- parsing pg_hba.conf ---- */

typedef struct LineParser {
    Arena *arena;
    const HbaEnvironment *environment;
    const AuthLine *source;
    size_t field; /* the next */
    HbaLine *line;
} LineParser;

static bool fail(LineParser *p, const char *message, const char *hint) {
    p->line->error = message;
    p->line->hint = hint;
    return false;
}

/* The next field, which has one token; what: for the message that it has several. */
static bool one_token(LineParser *p, const char *missing, const char *several, const char *hint,
                      const AuthToken **token_out) {
    if (p->field >= p->source->fields.count)
        return fail(p, missing, NULL);
    const AuthField *field = &p->source->fields.items[p->field++];
    if (field->count > 1)
        return fail(p, several, hint);
    *token_out = &field->items[0];
    return true;
}

static bool parse_type(LineParser *p) {
    const AuthToken *token;
    if (!one_token(p, "", "multiple values specified for connection type",
                   "Specify exactly one connection type per line.", &token))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(type_names); i++) {
        if (strcmp(token->text, type_names[i]) != 0)
            continue;
        p->line->rule.type = (HbaType)i;
        if (i == HBA_HOSTSSL && !p->environment->ssl)
            fail(p, "hostssl record cannot match because SSL is disabled",
                 "Set ssl = on in postgresql.conf.");
        if (i == HBA_HOSTGSSENC)
            fail(p, "hostgssenc record cannot match because GSSAPI is not supported by this build",
                 NULL);
        return true;
    }
    return fail(p, arena_printf(p->arena, "invalid connection type \"%s\"", token->text), NULL);
}

static bool parse_list(LineParser *p, const char *missing, AuthField *list_out) {
    if (p->field >= p->source->fields.count)
        return fail(p, missing, NULL);
    *list_out = p->source->fields.items[p->field++];
    return true;
}

static bool parse_mask(LineParser *p) {
    const AuthToken *token;
    HbaRule *rule = &p->line->rule;
    if (!one_token(p, "end-of-line before netmask specification",
                   "multiple values specified for netmask", NULL, &token)) {
        if (p->field >= p->source->fields.count && p->line->hint == NULL &&
            strstr(p->line->error, "end-of-line") != NULL)
            p->line->hint =
                "Specify an address range in CIDR notation, or provide a separate netmask.";
        return false;
    }
    if (!net_address_parse(token->text, &rule->mask))
        return fail(p,
                    arena_printf(p->arena, "invalid IP mask \"%s\": Name or service not known",
                                 token->text),
                    NULL);
    if (rule->mask.length != rule->address.length)
        return fail(p, "IP address and mask do not match", NULL);
    return true;
}

static bool parse_address(LineParser *p) {
    const AuthToken *token;
    HbaRule *rule = &p->line->rule;
    if (!one_token(p, "end-of-line before IP address specification",
                   "multiple values specified for host address",
                   "Specify one address range per line.", &token))
        return false;
    static const char *const keywords[] = {"all", "samehost", "samenet"};
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++) {
        if (!token->quoted && strcmp(token->text, keywords[i]) == 0) {
            rule->where = (HbaWhere)i;
            return true;
        }
    }
    const char *slash = strchr(token->text, '/');
    const char *address = slash == NULL
                              ? token->text
                              : arena_strndup(p->arena, token->text, (size_t)(slash - token->text));
    rule->where = HBA_NETWORK;
    if (!net_address_parse(address, &rule->address)) {
        rule->where = HBA_NAME;
        rule->host_name = address;
        return slash == NULL ||
               fail(p,
                    arena_printf(p->arena,
                                 "specifying both host name and CIDR mask is invalid: \"%s\"",
                                 token->text),
                    NULL);
    }
    if (slash == NULL)
        return parse_mask(p);
    return mask_of_bits(slash + 1, rule->address.length, &rule->mask) ||
           fail(p, arena_printf(p->arena, "invalid CIDR mask in address \"%s\"", token->text),
                NULL);
}

static bool parse_method(LineParser *p) {
    const AuthToken *token;
    HbaRule *rule = &p->line->rule;
    if (!one_token(p, "end-of-line before authentication method",
                   "multiple values specified for authentication type",
                   "Specify exactly one authentication type per line.", &token))
        return false;
    const char *name = token->text;
    if (rule->type == HBA_LOCAL && strcmp(name, "ident") == 0)
        name = "peer";
    for (size_t i = 0; i < ARRAY_LEN(absent_methods); i++)
        if (strcmp(name, absent_methods[i]) == 0)
            return fail(p,
                        arena_printf(p->arena,
                                     "invalid authentication method \"%s\": not supported by this "
                                     "build",
                                     name),
                        NULL);
    size_t method = HBA_REJECT;
    while (method < ARRAY_LEN(method_names) && strcmp(name, method_names[method]) != 0)
        method++;
    if (method == ARRAY_LEN(method_names))
        return fail(p, arena_printf(p->arena, "invalid authentication method \"%s\"", name), NULL);
    rule->method = (HbaMethod)method;
    if (rule->type != HBA_LOCAL && rule->method == HBA_PEER)
        return fail(p, "peer authentication is only supported on local sockets", NULL);
    if (rule->type != HBA_HOSTSSL && rule->method == HBA_CERT)
        return fail(p, "cert authentication is only supported on hostssl connections", NULL);
    return true;
}

/* ---- options ---- */

static bool parse_client_cert(LineParser *p, const char *value) {
    HbaRule *rule = &p->line->rule;
    if (rule->type != HBA_HOSTSSL)
        return fail(p, "clientcert can only be configured for \"hostssl\" rows", NULL);
    if (strcmp(value, "verify-full") == 0) {
        rule->client_cert = HBA_CERT_VERIFY_FULL;
        return true;
    }
    if (strcmp(value, "verify-ca") != 0)
        return fail(p, arena_printf(p->arena, "invalid value for clientcert: \"%s\"", value), NULL);
    if (rule->method == HBA_CERT)
        return fail(p,
                    "clientcert can only be set to \"verify-full\" when using \"cert\" "
                    "authentication",
                    NULL);
    rule->client_cert = HBA_CERT_VERIFY_CA;
    return true;
}

static bool parse_client_name(LineParser *p, const char *value) {
    HbaRule *rule = &p->line->rule;
    if (rule->type != HBA_HOSTSSL)
        return fail(p, "clientname can only be configured for \"hostssl\" rows", NULL);
    rule->client_dn = strcmp(value, "DN") == 0;
    return rule->client_dn || strcmp(value, "CN") == 0 ||
           fail(p, arena_printf(p->arena, "invalid value for clientname: \"%s\"", value), NULL);
}

/* Options of methods that are not there: which would take them. */
static const struct {
    const char *name, *methods;
} foreign_options[] = {{"pamservice", "pam"},
                       {"pam_use_hostname", "pam"},
                       {"ldapurl", "ldap"},
                       {"ldaptls", "ldap"},
                       {"ldapscheme", "ldap"},
                       {"ldapserver", "ldap"},
                       {"ldapport", "ldap"},
                       {"ldapbinddn", "ldap"},
                       {"ldapbindpasswd", "ldap"},
                       {"ldapsearchattribute", "ldap"},
                       {"ldapsearchfilter", "ldap"},
                       {"ldapbasedn", "ldap"},
                       {"ldapprefix", "ldap"},
                       {"ldapsuffix", "ldap"},
                       {"krb_realm", "gssapi and sspi"},
                       {"include_realm", "gssapi and sspi"},
                       {"compat_realm", "sspi"},
                       {"upn_username", "sspi"},
                       {"radiusservers", "radius"},
                       {"radiusports", "radius"},
                       {"radiussecrets", "radius"},
                       {"radiusidentifiers", "radius"}};

static bool wrong_method(LineParser *p, const char *name, const char *methods) {
    return fail(
        p,
        arena_printf(p->arena,
                     "authentication option \"%s\" is only valid for authentication methods "
                     "%s",
                     name, methods),
        NULL);
}

static bool parse_option(LineParser *p, const char *text) {
    HbaRule *rule = &p->line->rule;
    const char *equals = strchr(text, '=');
    if (equals == NULL)
        return fail(
            p, arena_printf(p->arena, "authentication option not in name=value format: %s", text),
            NULL);
    const char *name = arena_strndup(p->arena, text, (size_t)(equals - text)), *value = equals + 1;
    if (strcmp(name, "map") == 0) {
        if (rule->method != HBA_PEER && rule->method != HBA_CERT)
            return wrong_method(p, name, "ident, peer, gssapi, sspi, and cert");
        rule->map = value;
        return true;
    }
    if (strcmp(name, "clientcert") == 0)
        return parse_client_cert(p, value);
    if (strcmp(name, "clientname") == 0)
        return parse_client_name(p, value);
    for (size_t i = 0; i < ARRAY_LEN(foreign_options); i++)
        if (strcmp(name, foreign_options[i].name) == 0)
            return wrong_method(p, name, foreign_options[i].methods);
    return fail(p, arena_printf(p->arena, "unrecognized authentication option name: \"%s\"", name),
                NULL);
}

static bool parse_rule(LineParser *p) {
    HbaRule *rule = &p->line->rule;
    if (!parse_type(p) ||
        !parse_list(p, "end-of-line before database specification", &rule->databases) ||
        !parse_list(p, "end-of-line before role specification", &rule->roles) ||
        (rule->type != HBA_LOCAL && !parse_address(p)) || !parse_method(p))
        return false;
    for (; p->field < p->source->fields.count; p->field++) {
        const AuthField *field = &p->source->fields.items[p->field];
        for (size_t i = 0; i < field->count; i++)
            if (!parse_option(p, field->items[i].text))
                return false;
    }
    if (rule->method == HBA_CERT)
        rule->client_cert = HBA_CERT_VERIFY_FULL;
    return true;
}

void hba_parse(Arena *arena, const HbaEnvironment *environment, const char *text,
               HbaLines *lines_out) {
    AuthLines lines;
    *lines_out = (HbaLines){0};
    auth_file_split(arena, environment->path, text, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        const AuthLine *source = &lines.items[i];
        HbaLine line = {.number = source->number, .error = source->error};
        line.rule = (HbaRule){.line = source->number, .raw = source->raw};
        LineParser parser = {
            .arena = arena, .environment = environment, .source = source, .line = &line};
        if (line.error == NULL)
            line.has_rule = parse_rule(&parser);
        vec_push(lines_out, arena, line);
    }
}

/* ---- what initialisation writes ---- */

static const char *const default_methods[] = {"trust", "reject",   "scram-sha-256",
                                              "md5",   "password", "peer"};

bool hba_method_is_default(const char *method) {
    for (size_t i = 0; i < ARRAY_LEN(default_methods); i++)
        if (strcmp(method, default_methods[i]) == 0)
            return true;
    return false;
}

const char *hba_default_text(Arena *arena, const char *method) {
    const char *host = strcmp(method, "peer") == 0 ? "scram-sha-256" : method;
    return arena_printf(
        arena,
        "# Who may connect: the first line that matches decides; if none does, nobody gets in.\n"
        "# Read at start, on SIGHUP and by pg_reload_conf().\n"
        "#\n"
        "#   local          DATABASE  USER           METHOD  [OPTIONS]\n"
        "#   host|hostssl|hostnossl   DATABASE  USER  ADDRESS  METHOD  [OPTIONS]\n"
        "#\n"
        "# DATABASE  all, sameuser, samerole, replication, names with commas between, or @file\n"
        "# USER      all, names, +group, or @file\n"
        "# ADDRESS   address/bits, address and mask, all, samehost, samenet, localhost\n"
        "# METHOD    trust, reject, scram-sha-256, md5, password, peer (local), cert (hostssl)\n"
        "# OPTIONS   map=NAME (peer, cert), clientcert=verify-ca|verify-full, clientname=CN|DN\n"
        "\n"
        "# TYPE  DATABASE        USER            ADDRESS                 METHOD\n"
        "\n"
        "# Unix sockets\n"
        "local   all             all                                     %s\n"
        "# IPv4 on this machine\n"
        "host    all             all             127.0.0.1/32            %s\n"
        "# IPv6 on this machine\n"
        "host    all             all             ::1/128                 %s\n"
        "# replication\n"
        "local   replication     all                                     %s\n"
        "host    replication     all             127.0.0.1/32            %s\n"
        "host    replication     all             ::1/128                 %s\n",
        method, host, host, method, host, host);
}

/* ---- matching ---- */

static bool is_keyword(const AuthToken *token, const char *word) {
    return !token->quoted && strcmp(token->text, word) == 0;
}

static Status database_matches(const HbaRule *rule, const HbaRequest *request, bool *yes_out) {
    *yes_out = false;
    for (size_t i = 0; i < rule->databases.count && !*yes_out; i++) {
        const AuthToken *token = &rule->databases.items[i];
        if (request->replication || is_keyword(token, "replication"))
            *yes_out = request->replication && is_keyword(token, "replication");
        else if (is_keyword(token, "all"))
            *yes_out = true;
        else if (is_keyword(token, "sameuser"))
            *yes_out = strcmp(request->database, request->role) == 0;
        else if (is_keyword(token, "samerole") || is_keyword(token, "samegroup"))
            TRY(request->is_member(request->arg, request->database, yes_out));
        else
            *yes_out = strcmp(token->text, request->database) == 0;
    }
    return STATUS_OK;
}

static Status role_matches(const HbaRule *rule, const HbaRequest *request, bool *yes_out) {
    *yes_out = false;
    for (size_t i = 0; i < rule->roles.count && !*yes_out; i++) {
        const AuthToken *token = &rule->roles.items[i];
        if (token->text[0] == '+' && !token->quoted)
            TRY(request->is_member(request->arg, token->text + 1, yes_out));
        else
            *yes_out = is_keyword(token, "all") || strcmp(token->text, request->role) == 0;
    }
    return STATUS_OK;
}

/* Only loopback addresses are served, so the one name that can be theirs is known. */
static bool name_matches(const HbaRule *rule, const NetAddress *address) {
    return strcasecmp(rule->host_name, "localhost") == 0 && is_loopback(address);
}

static bool connection_matches(const HbaRule *rule, const HbaRequest *request) {
    if (rule->type == HBA_LOCAL || request->local)
        return rule->type == HBA_LOCAL && request->local;
    if ((rule->type == HBA_HOSTSSL && !request->ssl) ||
        (rule->type == HBA_HOSTNOSSL && request->ssl) || rule->type == HBA_HOSTGSSENC)
        return false;
    const NetAddress *address = &request->address;
    switch (rule->where) {
    case HBA_ANYWHERE:
        return true;
    case HBA_SAMEHOST:
    case HBA_SAMENET:
        return os_interface_has(address->bytes, address->length, rule->where == HBA_SAMENET);
    case HBA_NETWORK:
        return in_network(address, &rule->address, &rule->mask);
    case HBA_NAME:
        return name_matches(rule, address);
    }
    UNREACHABLE();
}

Status hba_match(const HbaRule *rules, size_t count, const HbaRequest *request,
                 const HbaRule **rule_out) {
    *rule_out = NULL;
    for (size_t i = 0; i < count; i++) {
        bool database, role;
        if (!connection_matches(&rules[i], request))
            continue;
        TRY(database_matches(&rules[i], request, &database));
        if (!database)
            continue;
        TRY(role_matches(&rules[i], request, &role));
        if (!role)
            continue;
        *rule_out = &rules[i];
        return STATUS_OK;
    }
    return STATUS_OK;
}
