/*
 * hba.h: who may connect from where, and how they prove who they are: pg_hba.conf and pg_ident.conf.
 * Layer: pgwire.
 *
 * Rules are immutable once loaded; the server holds the current ones, and a session that logs in takes
 * a reference, so a reload never pulls them away under it. The first rule that matches decides.
 */
#ifndef PGWIRE_HBA_H
#define PGWIRE_HBA_H

#include "base/status.h"
#include "pgwire/auth_file.h"

typedef enum HbaType {
    HBA_LOCAL,
    HBA_HOST,
    HBA_HOSTSSL,
    HBA_HOSTNOSSL,
    HBA_HOSTGSSENC,
    HBA_HOSTNOGSSENC
} HbaType;

typedef enum HbaMethod {
    HBA_IMPLICIT_REJECT, /* no rule matched */
    HBA_REJECT,
    HBA_TRUST,
    HBA_PASSWORD,
    HBA_MD5,
    HBA_SCRAM,
    HBA_CERT,
    HBA_PEER
} HbaMethod;

typedef enum HbaWhere { HBA_ANYWHERE, HBA_SAMEHOST, HBA_SAMENET, HBA_NETWORK, HBA_NAME } HbaWhere;
typedef enum HbaClientCert { HBA_CERT_OFF, HBA_CERT_VERIFY_CA, HBA_CERT_VERIFY_FULL } HbaClientCert;

typedef struct NetAddress {
    uint8_t bytes[16]; /* network order */
    uint32_t length;   /* 4 or 16; 0: none */
} NetAddress;

typedef struct HbaRule {
    int line;
    const char *raw;
    HbaType type;
    AuthField databases, roles;
    HbaWhere where;
    NetAddress address, mask;
    const char *host_name;
    HbaMethod method;
    const char *map; /* NULL: names must be the same */
    HbaClientCert client_cert;
    bool client_dn; /* the certificate's whole subject is the name, not its CN */
} HbaRule;

typedef struct IdentRule {
    int line;
    const char *map, *system_name, *role;
} IdentRule;

/* A line of either file: a rule, an error, or both (a rule that cannot match for now). */
typedef struct HbaLine {
    int number;
    bool has_rule;
    HbaRule rule;
    const char *error, *hint;
} HbaLine;
typedef struct IdentLine {
    int number;
    bool has_rule;
    IdentRule rule;
    const char *error;
} IdentLine;
typedef VEC(HbaLine) HbaLines;
typedef VEC(IdentLine) IdentLines;

/* What the files' checks need to know of the settings. */
typedef struct HbaEnvironment {
    const char *path; /* of the file */
    bool ssl;         /* is it on? */
} HbaEnvironment;

/* All on arena. */
void hba_parse(Arena *arena, const HbaEnvironment *environment, const char *text,
               HbaLines *lines_out);
void ident_parse(Arena *arena, const char *path, const char *text, IdentLines *lines_out);

/* The file as initialisation writes it: method for everybody on the socket and on loopback addresses
 * (peer: for the socket; scram-sha-256 for the others). */
const char *hba_default_text(Arena *arena, const char *method);
const char *ident_default_text(void);
/* May -A name it? */
bool hba_method_is_default(const char *method);

const char *hba_type_name(HbaType type);
const char *hba_method_name(HbaMethod method);
bool net_address_parse(const char *text, NetAddress *address_out);
const char *net_address_text(const NetAddress *address, Arena *arena);

/* Who asks. is_member: is the role that asks a member of the one named? */
typedef struct HbaRequest {
    bool local, ssl, replication; /* replication: physical, no database */
    NetAddress address;
    const char *role, *database;
    Status (*is_member)(void *arg, const char *role, bool *yes_out);
    void *arg;
} HbaRequest;
/* The first rule that matches; *rule_out NULL: none. Errors: is_member's. */
Status hba_match(const HbaRule *rules, size_t count, const HbaRequest *request,
                 const HbaRule **rule_out);

/* May somebody whom the system knows as system_name be role? map NULL: only if the names are the same.
 * Writes what is wrong to the log. */
bool ident_allows(const IdentRule *rules, size_t count, Arena *arena, const char *map,
                  const char *role, const char *system_name);

#endif
