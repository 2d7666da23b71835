/* acl.c: aclitem values, their text, granting and revoking. */
#include "catalog/catalog_int.h"

#include <strings.h>

static const char letters[ACL_PRIVILEGE_COUNT + 1] = "arwdDxtXUCTcsA";
static const char *const privilege_names[ACL_PRIVILEGE_COUNT] = {
    "INSERT",  "SELECT", "UPDATE", "DELETE",    "TRUNCATE", "REFERENCES", "TRIGGER",
    "EXECUTE", "USAGE",  "CREATE", "TEMPORARY", "CONNECT",  "SET",        "ALTER SYSTEM"};

uint32_t acl_all(AclKind kind) {
    switch (kind) {
    case ACL_KIND_COLUMN:
        return ACL_INSERT | ACL_SELECT | ACL_UPDATE | ACL_REFERENCES;
    case ACL_KIND_RELATION:
        return ACL_INSERT | ACL_SELECT | ACL_UPDATE | ACL_DELETE | ACL_TRUNCATE | ACL_REFERENCES |
               ACL_TRIGGER;
    case ACL_KIND_SEQUENCE:
        return ACL_USAGE | ACL_SELECT | ACL_UPDATE;
    case ACL_KIND_DATABASE:
        return ACL_CREATE | ACL_CREATE_TEMP | ACL_CONNECT;
    case ACL_KIND_FUNCTION:
        return ACL_EXECUTE;
    case ACL_KIND_LARGE_OBJECT:
        return ACL_SELECT | ACL_UPDATE;
    case ACL_KIND_SCHEMA:
        return ACL_USAGE | ACL_CREATE;
    case ACL_KIND_PARAMETER:
        return ACL_SET | ACL_ALTER_SYSTEM;
    case ACL_KIND_TABLESPACE:
        return ACL_CREATE;
    case ACL_KIND_LANGUAGE:
    case ACL_KIND_FDW:
    case ACL_KIND_SERVER:
    case ACL_KIND_TYPE:
        return ACL_USAGE;
    }
    return 0;
}

static uint32_t public_default(AclKind kind) {
    switch (kind) {
    case ACL_KIND_DATABASE:
        return ACL_CREATE_TEMP | ACL_CONNECT;
    case ACL_KIND_FUNCTION:
        return ACL_EXECUTE;
    case ACL_KIND_LANGUAGE:
    case ACL_KIND_TYPE:
        return ACL_USAGE;
    default:
        return 0;
    }
}

const Acl *acl_default(Arena *arena, AclKind kind, Oid owner) {
    Acl *acl = arena_zalloc(arena, sizeof(Acl) + 2 * sizeof(AclItem));
    if (kind == ACL_KIND_PARAMETER)
        owner = OID_ROLE_BOOTSTRAP;
    if (public_default(kind) != 0)
        acl->items[acl->count++] = (AclItem){ACL_PUBLIC, owner, public_default(kind)};
    if (kind != ACL_KIND_COLUMN)
        acl->items[acl->count++] = (AclItem){owner, owner, acl_all(kind)};
    return acl;
}

Datum acl_item_datum(Arena *arena, AclItem item) {
    char *bytes = arena_alloc(arena, 12);
    store_le32(bytes, item.grantee);
    store_le32(bytes + 4, item.grantor);
    store_le32(bytes + 8, item.privileges);
    return datum_str(bytes, 12);
}

AclItem acl_item_of(Datum item) {
    if (item.str.len != 12)
        return (AclItem){0};
    return (AclItem){load_le32(item.str.data), load_le32(item.str.data + 4),
                     load_le32(item.str.data + 8)};
}

Datum acl_datum(Arena *arena, const Acl *acl) {
    Datum *values = arena_array(arena, Datum, acl->count + 1u), array = {.i64 = 0};
    for (uint32_t i = 0; i < acl->count; i++)
        values[i] = acl_item_datum(arena, acl->items[i]);
    int32_t dims = (int32_t)acl->count, lower = 1; /* without items, too, it has a dimension */
    Status s = array_build(arena, OID_ACLITEM, PHYS_STR, 1, &dims, &lower, values, NULL, &array);
    check(status_ok(s));
    return array;
}

Status acl_of_datum(Arena *arena, Datum array, const Acl **acl_out) {
    ArrayView view;
    *acl_out = NULL;
    TRY(array_view(array.str, &view));
    if (view.elem_phys != PHYS_STR || view.null_bits != NULL)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "ACL arrays must not contain null values");
    Acl *acl = arena_zalloc(arena, sizeof(Acl) + view.elem_count * sizeof(AclItem));
    for (uint32_t i = 0; i < view.elem_count; i++)
        acl->items[acl->count++] = acl_item_of(array_get(&view, i));
    *acl_out = acl;
    return STATUS_OK;
}

Status row_acl(const CatalogRow *row, int column, Arena *arena, const Acl **acl_out) {
    *acl_out = NULL;
    return row->nulls[column] ? STATUS_OK : acl_of_datum(arena, row->values[column], acl_out);
}

/* ---- privileges by name ---- */

const char *acl_privilege_name(uint32_t privilege) {
    for (unsigned i = 0; i < ACL_PRIVILEGE_COUNT; i++)
        if (privilege == 1u << i)
            return privilege_names[i];
    return NULL;
}

uint32_t acl_privilege_by_name(const char *name) {
    if (strcasecmp(name, "TEMP") == 0)
        return ACL_CREATE_TEMP;
    for (unsigned i = 0; i < ACL_PRIVILEGE_COUNT; i++)
        if (strcasecmp(name, privilege_names[i]) == 0)
            return 1u << i;
    return 0;
}

char acl_privilege_letter(uint32_t privilege) {
    for (unsigned i = 0; i < ACL_PRIVILEGE_COUNT; i++)
        if (privilege == 1u << i)
            return letters[i];
    return '?';
}

/* ---- text ---- */

/* Names in ACLs are quoted unless they are letters, digits and underscores. */
static void put_name(StrBuf *text, const char *name) {
    bool safe = true;
    for (const unsigned char *p = (const unsigned char *)name; *p != '\0'; p++)
        if (*p < 0x80 && !((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                           (*p >= '0' && *p <= '9') || *p == '_'))
            safe = false;
    if (!safe)
        strbuf_putc(text, '"');
    for (; *name != '\0'; name++) {
        if (*name == '"')
            strbuf_putc(text, '"');
        strbuf_putc(text, *name);
    }
    if (!safe)
        strbuf_putc(text, '"');
}

static Status put_role(CatalogSession *session, Oid role, StrBuf *text) {
    const char *name;
    TRY(role_name(session, role, &name));
    if (name != NULL)
        put_name(text, name);
    else
        strbuf_printf(text, "%u", role);
    return STATUS_OK;
}

Status acl_item_print(CatalogSession *session, AclItem item, StrBuf *text) {
    if (item.grantee != ACL_PUBLIC)
        TRY(put_role(session, item.grantee, text));
    strbuf_putc(text, '=');
    for (unsigned i = 0; i < ACL_PRIVILEGE_COUNT; i++) {
        if (item.privileges & 1u << i)
            strbuf_putc(text, letters[i]);
        if (item.privileges & ACL_GRANT_OPTION(1u << i))
            strbuf_putc(text, '*');
    }
    strbuf_putc(text, '/');
    return put_role(session, item.grantor, text);
}

static bool in_plain_name(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (uint8_t)c >= 0x80;
}

/* A name, unquoted: up to what stands in none that needs no quotes. */
static Status get_name(const char **p, const char *end, char name[NAME_BYTES]) {
    size_t len = 0;
    bool quoted = false;
    while (*p < end && (quoted || **p == '"' || in_plain_name(**p))) {
        if (**p == '"') {
            if (!quoted || *p + 1 >= end || (*p)[1] != '"') {
                quoted = !quoted;
                (*p)++;
                continue;
            }
            (*p)++;
        }
        if (len >= NAME_BYTES - 1)
            return status_detail(error(ERR_NAME_TOO_LONG, "identifier too long"),
                                 "Identifier must be less than %d characters.", NAME_BYTES);
        name[len++] = *(*p)++;
    }
    name[len] = '\0';
    return STATUS_OK;
}

static Status parse_privileges(const char **p, const char *end, uint32_t *privileges) {
    uint32_t last = 0;
    *privileges = 0;
    for (; *p < end && **p != '/' && **p != ' '; (*p)++) {
        if (**p == '*') {
            *privileges |= ACL_GRANT_OPTION(last);
            continue;
        }
        const char *at = strchr(letters, **p);
        if (at == NULL)
            return error(ERR_INVALID_TEXT_REPRESENTATION,
                         "invalid mode character: must be one of \"%s\"", letters);
        last = 1u << (at - letters);
        *privileges |= last;
    }
    return STATUS_OK;
}

Status acl_item_parse(CatalogSession *session, const char *text, size_t len, AclItem *item_out) {
    const char *p = text, *end = text + len;
    char name[NAME_BYTES];
    *item_out = (AclItem){0};
    while (p < end && *p == ' ')
        p++;
    TRY(get_name(&p, end, name));
    if (p >= end || *p != '=') {
        if (strcmp(name, "group") != 0 && strcmp(name, "user") != 0)
            return status_hint(
                error(ERR_INVALID_TEXT_REPRESENTATION, "unrecognized key word: \"%s\"", name),
                "ACL key word must be \"group\" or \"user\".");
        while (p < end && *p == ' ')
            p++;
        TRY(get_name(&p, end, name));
        if (name[0] == '\0')
            return status_hint(error(ERR_INVALID_TEXT_REPRESENTATION, "missing name"),
                               "A name must follow the \"group\" or \"user\" key word.");
    }
    if (p >= end || *p != '=')
        return error(ERR_INVALID_TEXT_REPRESENTATION, "missing \"=\" sign");
    p++;
    TRY(parse_privileges(&p, end, &item_out->privileges));
    if (name[0] != '\0')
        TRY(role_by_name(session, name, false, &item_out->grantee));
    if (p < end && *p == '/') {
        p++;
        TRY(get_name(&p, end, name));
        if (name[0] == '\0')
            return error(ERR_INVALID_TEXT_REPRESENTATION, "a name must follow the \"/\" sign");
        TRY(role_by_name(session, name, false, &item_out->grantor));
    } else {
        item_out->grantor = OID_ROLE_BOOTSTRAP;
        session_notice(session, "WARNING", ERR_INVALID_GRANTOR, "defaulting grantor to user ID %u",
                       OID_ROLE_BOOTSTRAP);
    }
    while (p < end && *p == ' ')
        p++;
    if (p < end)
        return error(ERR_INVALID_TEXT_REPRESENTATION,
                     "extra garbage at the end of the ACL specification");
    return STATUS_OK;
}

/* ---- granting and revoking ---- */

static Acl *acl_copy(Arena *arena, const Acl *acl, uint32_t room) {
    Acl *copy = arena_zalloc(arena, sizeof(Acl) + (acl->count + room) * sizeof(AclItem));
    copy->count = acl->count;
    memcpy(copy->items, acl->items, acl->count * sizeof(AclItem));
    return copy;
}

static AclItem *acl_find(Acl *acl, Oid grantee, Oid grantor) {
    for (uint32_t i = 0; i < acl->count; i++)
        if (acl->items[i].grantee == grantee && acl->items[i].grantor == grantor)
            return &acl->items[i];
    return NULL;
}

static void acl_remove_empty(Acl *acl) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < acl->count; i++)
        if (acl->items[i].privileges != 0)
            acl->items[kept++] = acl->items[i];
    acl->count = kept;
}

/* Grant options that the role holds directly, from anyone. */
static uint32_t options_of(const Acl *acl, Oid role, Oid owner) {
    uint32_t options = role == owner ? ACL_ALL : 0;
    for (uint32_t i = 0; i < acl->count; i++)
        if (acl->items[i].grantee == role)
            options |= acl->items[i].privileges >> 16;
    return options;
}

/* What grantee passed on by options that it no longer has goes too. */
static Status revoke_recursively(Acl *acl, Oid grantee, uint32_t lost, bool cascade, Oid owner) {
    if (grantee == owner)
        return STATUS_OK;
    lost &= ~options_of(acl, grantee, owner);
    for (uint32_t i = 0; lost != 0 && i < acl->count; i++) {
        AclItem *item = &acl->items[i];
        if (item->grantor != grantee || (item->privileges & lost) == 0)
            continue;
        if (!cascade)
            return status_hint(
                error(ERR_DEPENDENT_OBJECTS_STILL_EXIST, "dependent privileges exist"),
                "Use CASCADE to revoke them too.");
        uint32_t options = item->privileges >> 16 & lost;
        item->privileges &= ~(lost | ACL_GRANT_OPTION(lost));
        if (options != 0)
            TRY(revoke_recursively(acl, item->grantee, options, cascade, owner));
    }
    return STATUS_OK;
}

/* Would granting options to grantee let it grant them back to its grantor? Then the chain from the
 * owner must not run through grantee. */
static Status check_circularity(Arena *arena, const Acl *acl, Oid grantee, Oid grantor,
                                uint32_t options, Oid owner) {
    if (grantor == owner)
        return STATUS_OK;
    Acl *without = acl_copy(arena, acl, 0);
    for (uint32_t i = 0; i < without->count; i++) {
        AclItem *item = &without->items[i];
        if (item->grantee != grantee || (item->privileges & ACL_GRANT_OPTION(options)) == 0)
            continue;
        item->privileges &= ~ACL_GRANT_OPTION(options);
        TRY(revoke_recursively(without, grantee, options, true, owner));
    }
    if (options & ~options_of(without, grantor, owner))
        return error(ERR_INVALID_GRANT_OPERATION,
                     "grant options cannot be granted back to your own grantor");
    return STATUS_OK;
}

Status acl_change(CatalogSession *session, Arena *arena, const Acl *acl, AclChange change,
                  Oid grantee, Oid grantor, uint32_t privileges, bool grant_option, bool cascade,
                  Oid owner, const Acl **acl_out) {
    if (change == ACL_GRANT && grant_option && grantee == ACL_PUBLIC)
        return error(ERR_INVALID_GRANT_OPERATION, "grant options can only be granted to roles");
    if (change == ACL_GRANT && grant_option && grantee != owner)
        TRY(check_circularity(arena, acl, grantee, grantor, privileges, owner));
    Acl *copy = acl_copy(arena, acl, 1);
    AclItem *item = acl_find(copy, grantee, grantor);
    if (item == NULL) {
        item = &copy->items[copy->count++];
        *item = (AclItem){grantee, grantor, 0};
    }
    uint32_t before = item->privileges >> 16;
    if (change == ACL_GRANT)
        item->privileges |= privileges | (grant_option ? ACL_GRANT_OPTION(privileges) : 0);
    else
        item->privileges &= ~(ACL_GRANT_OPTION(privileges) | (grant_option ? 0 : privileges));
    uint32_t lost = before & ~(item->privileges >> 16);
    if (lost != 0)
        TRY(revoke_recursively(copy, grantee, lost, cascade, owner));
    acl_remove_empty(copy);
    *acl_out = copy;
    return STATUS_OK;
}

Status acl_mask(CatalogSession *session, const Acl *acl, AclKind kind, Oid owner, Oid role,
                uint32_t mask, uint32_t *held_out) {
    Arena *arena = session_statement_arena(session);
    uint32_t held = 0;
    bool has;
    *held_out = 0;
    if (acl == NULL)
        acl = acl_default(arena, kind, owner);
    if (mask >> 16 != 0) { /* the owner always has every grant option */
        TRY(role_has_privileges_of(session, role, owner, &has));
        if (has)
            held |= mask & ACL_GRANT_OPTION(ACL_ALL);
    }
    for (uint32_t i = 0; i < acl->count; i++)
        if (acl->items[i].grantee == ACL_PUBLIC || acl->items[i].grantee == role)
            held |= acl->items[i].privileges & mask;
    for (uint32_t i = 0; held != mask && i < acl->count; i++) {
        const AclItem *item = &acl->items[i];
        if (item->grantee == ACL_PUBLIC || item->grantee == role ||
            (item->privileges & mask & ~held) == 0)
            continue;
        TRY(role_has_privileges_of(session, role, item->grantee, &has));
        if (has)
            held |= item->privileges & mask;
    }
    *held_out = held;
    return STATUS_OK;
}

Status acl_select_grantor(CatalogSession *session, const Acl *acl, AclKind kind, Oid owner,
                          Oid role, uint32_t privileges, Oid *grantor_out,
                          uint32_t *grantable_out) {
    bool as_owner;
    *grantor_out = owner;
    *grantable_out = privileges;
    TRY(role_has_privileges_of(session, role, owner, &as_owner));
    if (as_owner)
        return STATUS_OK;
    if (acl == NULL)
        acl = acl_default(session_statement_arena(session), kind, owner);
    *grantor_out = role;
    *grantable_out = 0;
    int best = 0;
    for (uint32_t i = 0; i < acl->count; i++) {
        Oid candidate = acl->items[i].grantee;
        if (candidate == ACL_PUBLIC)
            continue;
        bool member;
        TRY(role_has_privileges_of(session, role, candidate, &member));
        if (!member)
            continue;
        uint32_t options = options_of(acl, candidate, owner) & privileges;
        int count = __builtin_popcount(options);
        if (count > best || (count == best && count > 0 && candidate == role)) {
            best = count;
            *grantor_out = candidate;
            *grantable_out = options;
        }
    }
    return STATUS_OK;
}
