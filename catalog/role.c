/* role.c: membership of roles. */
#include "catalog/catalog_int.h"

#define ROLE_DATABASE_OWNER OID_ROLE_DATABASE_OWNER

Status role_is_superuser(CatalogSession *session, Oid role, bool *yes_out) {
    const RoleDesc *desc;
    *yes_out = session->bootstrap;
    if (*yes_out)
        return STATUS_OK;
    TRY(catalog_role(session, role, &desc));
    *yes_out = desc != NULL && desc->superuser;
    return STATUS_OK;
}

typedef struct Closure {
    VEC(Oid) roles;
    Oid database_owner;
} Closure;

static void closure_add(Closure *closure, Arena *arena, Oid role) {
    for (size_t i = 0; i < closure->roles.count; i++)
        if (closure->roles.items[i] == role)
            return;
    vec_push(&closure->roles, arena, role);
}

/* Every role that member is in; inheriting: only through roles that inherit. target: stop when
 * found. */
static Status is_member(CatalogSession *session, Oid member, Oid target, bool inheriting,
                        bool admin, bool *yes_out) {
    Arena *arena = session_statement_arena(session);
    Closure closure = {0};
    const DatabaseDesc *database;
    *yes_out = false;
    TRY(catalog_database(session, session->database, &database));
    closure_add(&closure, arena, member);
    for (size_t at = 0; at < closure.roles.count; at++) {
        const RoleDesc *role;
        Oid oid = closure.roles.items[at];
        TRY(catalog_role(session, oid, &role));
        if (role == NULL || (inheriting && !role->inherit))
            continue;
        for (uint32_t i = 0; i < role->membership_count; i++) {
            if (role->memberships[i].role == target && (!admin || role->memberships[i].admin)) {
                *yes_out = true;
                return STATUS_OK;
            }
            closure_add(&closure, arena, role->memberships[i].role);
        }
        if (!admin && database != NULL && database->owner == oid) {
            if (target == ROLE_DATABASE_OWNER) {
                *yes_out = true;
                return STATUS_OK;
            }
            closure_add(&closure, arena, ROLE_DATABASE_OWNER);
        }
    }
    return STATUS_OK;
}

Status role_has_privileges_of(CatalogSession *session, Oid member, Oid role, bool *yes_out) {
    *yes_out = member == role;
    if (*yes_out)
        return STATUS_OK;
    TRY(role_is_superuser(session, member, yes_out));
    return *yes_out ? STATUS_OK : is_member(session, member, role, true, false, yes_out);
}

Status role_is_member_of_nosuper(CatalogSession *session, Oid member, Oid role, bool *yes_out) {
    *yes_out = member == role;
    return *yes_out ? STATUS_OK : is_member(session, member, role, false, false, yes_out);
}

Status role_is_member_of(CatalogSession *session, Oid member, Oid role, bool *yes_out) {
    *yes_out = member == role;
    if (*yes_out)
        return STATUS_OK;
    TRY(role_is_superuser(session, member, yes_out));
    return *yes_out ? STATUS_OK : is_member(session, member, role, false, false, yes_out);
}

Status role_is_admin_of(CatalogSession *session, Oid member, Oid role, bool *yes_out) {
    TRY(role_is_superuser(session, member, yes_out));
    if (*yes_out || member == role)
        return STATUS_OK;
    return is_member(session, member, role, false, true, yes_out);
}

Status role_check_member_of(CatalogSession *session, Oid member, Oid role) {
    bool yes;
    TRY(role_is_member_of(session, member, role, &yes));
    if (yes)
        return STATUS_OK;
    const char *name;
    TRY(role_name(session, role, &name));
    return error(ERR_INSUFFICIENT_PRIVILEGE, "must be member of role \"%s\"",
                 name != NULL ? name : "");
}
