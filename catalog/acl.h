/*
 * acl.h: access privileges: aclitem values, defaults, checks. Layer: catalog.
 *
 * An aclitem is a PHYS_STR of 12 bytes: grantee, grantor (uint32 OIDs; grantee 0: PUBLIC), privileges
 * (uint32: ACL_x bits, their grant options 16 bits higher), little-endian. aclitem[] is the usual
 * array of them. A NULL ACL stands for acl_default.
 */
#ifndef CATALOG_ACL_H
#define CATALOG_ACL_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

#define ACL_INSERT (1u << 0)        /* a */
#define ACL_SELECT (1u << 1)        /* r */
#define ACL_UPDATE (1u << 2)        /* w */
#define ACL_DELETE (1u << 3)        /* d */
#define ACL_TRUNCATE (1u << 4)      /* D */
#define ACL_REFERENCES (1u << 5)    /* x */
#define ACL_TRIGGER (1u << 6)       /* t */
#define ACL_EXECUTE (1u << 7)       /* X */
#define ACL_USAGE (1u << 8)         /* U */
#define ACL_CREATE (1u << 9)        /* C */
#define ACL_CREATE_TEMP (1u << 10)  /* T */
#define ACL_CONNECT (1u << 11)      /* c */
#define ACL_SET (1u << 12)          /* s */
#define ACL_ALTER_SYSTEM (1u << 13) /* A */
#define ACL_PRIVILEGE_COUNT 14
#define ACL_ALL 0x3fffu
#define ACL_GRANT_OPTION(privileges) ((privileges) << 16)
#define ACL_PUBLIC OID_INVALID

typedef struct AclItem {
    Oid grantee;
    Oid grantor;
    uint32_t privileges;
} AclItem;

typedef struct Acl {
    uint32_t count;
    AclItem items[];
} Acl;

/* What kind of object an ACL is of. The letters of acldefault() where it has one. */
typedef enum AclKind {
    ACL_KIND_COLUMN = 'c',
    ACL_KIND_RELATION = 'r',
    ACL_KIND_SEQUENCE = 's',
    ACL_KIND_DATABASE = 'd',
    ACL_KIND_FUNCTION = 'f',
    ACL_KIND_LANGUAGE = 'l',
    ACL_KIND_LARGE_OBJECT = 'L',
    ACL_KIND_SCHEMA = 'n',
    ACL_KIND_PARAMETER = 'p',
    ACL_KIND_TABLESPACE = 't',
    ACL_KIND_FDW = 'F',
    ACL_KIND_SERVER = 'S',
    ACL_KIND_TYPE = 'T'
} AclKind;

/* Every privilege that objects of the kind have. */
uint32_t acl_all(AclKind kind);
const Acl *acl_default(Arena *arena, AclKind kind, Oid owner);

Datum acl_item_datum(Arena *arena, AclItem item);
AclItem acl_item_of(Datum item);
Datum acl_datum(Arena *arena, const Acl *acl);
/* Error: XX001. */
Status acl_of_datum(Arena *arena, Datum array, const Acl **acl_out);

/* aclitem's text: grantee=arw/grantor (a star after a grantable letter), names quoted where needed. Errors of parsing: 22P02, 42704. */
Status acl_item_print(CatalogSession *session, AclItem item, StrBuf *text);
Status acl_item_parse(CatalogSession *session, const char *text, size_t len, AclItem *item_out);

typedef enum AclChange { ACL_GRANT, ACL_REVOKE } AclChange;
/* The ACL with privileges granted or revoked; revoking grant options cascades or fails (2BP01
 * "dependent privileges exist"). */
Status acl_change(CatalogSession *session, Arena *arena, const Acl *acl, AclChange change,
                  Oid grantee, Oid grantor, uint32_t privileges, bool grant_option, bool cascade,
                  Oid owner, const Acl **acl_out);
/* What the role has of mask, through PUBLIC, itself and the roles it inherits from. all: every bit
 * must be there to matter (else any). */
Status acl_mask(CatalogSession *session, const Acl *acl, AclKind kind, Oid owner, Oid role,
                uint32_t mask, uint32_t *held_out);
/* The role to record as grantor and the privileges it may grant (its own, a superuser's the owner's). */
Status acl_select_grantor(CatalogSession *session, const Acl *acl, AclKind kind, Oid owner,
                          Oid role, uint32_t privileges, Oid *grantor_out, uint32_t *grantable_out);

/* "SELECT", "CREATE TEMP" is "TEMPORARY"; NULL for more than one bit. Static. */
const char *acl_privilege_name(uint32_t privilege);
/* Case-blind; 0: there is none. "TEMP" and "TEMPORARY" alike. */
uint32_t acl_privilege_by_name(const char *name);
char acl_privilege_letter(uint32_t privilege);

/* ---- roles ---- */

Status role_is_superuser(CatalogSession *session, Oid role, bool *yes_out);
/* Has the privileges of: itself, superuser, or member through inheritance. */
Status role_has_privileges_of(CatalogSession *session, Oid member, Oid role, bool *yes_out);
/* Member, inheriting or not (SET ROLE); superusers are members of all. */
Status role_is_member_of(CatalogSession *session, Oid member, Oid role, bool *yes_out);
Status role_is_member_of_nosuper(CatalogSession *session, Oid member, Oid role, bool *yes_out);
Status role_is_admin_of(CatalogSession *session, Oid member, Oid role, bool *yes_out);
/* Error: 42501 "must be member of role \"%s\"". */
Status role_check_member_of(CatalogSession *session, Oid member, Oid role);

/* ---- checks of objects by catalog and OID; *has_out false also where the object is gone ---- */

/* Which of mask the role has on the object: classes pg_class, pg_database, pg_proc, pg_language,
 * pg_namespace, pg_tablespace, pg_type, pg_foreign_data_wrapper, pg_foreign_server. */
Status object_acl_mask(CatalogSession *session, Oid class_id, Oid object, Oid role, uint32_t mask,
                       uint32_t *held_out, bool *missing_out);
Status column_acl_mask(CatalogSession *session, Oid relation, int16_t attnum, Oid role,
                       uint32_t mask, uint32_t *held_out);
/* The current role must have all of mask: 42501 "permission denied for table %s" and its kin. */
Status object_check_acl(CatalogSession *session, Oid class_id, Oid object, uint32_t mask);
/* Owner or has the owner's privileges. */
Status object_is_owner(CatalogSession *session, Oid class_id, Oid object, Oid role, bool *yes_out);
/* 42501 "must be owner of table %s". */
Status object_check_owner(CatalogSession *session, Oid class_id, Oid object);
/* The two errors by themselves: "permission denied for %s %s", "must be owner of %s %s", kind worded
 * as PostgreSQL does ("table", "view", "schema", "function", ...). */
Status acl_error_denied(CatalogSession *session, Oid class_id, Oid object);
Status acl_error_owner(CatalogSession *session, Oid class_id, Oid object);

/* ALTER DEFAULT PRIVILEGES: the ACL that a new object of owner in the schema gets; NULL: none. */
Status acl_for_new_object(CatalogSession *session, Arena *arena, AclKind kind, Oid owner, Oid nsp,
                          const Acl **acl_out);

#endif
