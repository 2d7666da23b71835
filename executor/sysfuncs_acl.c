/*
 * sysfuncs_acl.c: has_*_privilege, pg_has_role, aclitem functions.
 *
 * Each has_x_privilege comes in six forms: (role by name or OID, or the current one) x (object by
 * name or OID). A form is told from the arguments' types at the call site.
 */
#include "executor/sysfuncs_int.h"

#include <strings.h>

/* ---- privileges as text: "SELECT, insert WITH GRANT OPTION" ---- */

static Status unrecognized_privilege(const char *text) {
    return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized privilege type: \"%s\"", text);
}

static const char *trim(char *text) {
    while (*text == ' ' || (*text >= '\t' && *text <= '\r'))
        text++;
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == ' ' || (text[len - 1] >= '\t' && text[len - 1] <= '\r')))
        text[--len] = '\0';
    return text;
}

static Status parse_privilege(char *word, uint32_t allowed, uint32_t *mask) {
    static const char with_grant[] = " WITH GRANT OPTION";
    const char *name = trim(word);
    size_t len = strlen(name), suffix = sizeof(with_grant) - 1;
    bool grant = len > suffix && strcasecmp(name + len - suffix, with_grant) == 0;
    if (grant)
        word[(size_t)(name - word) + len - suffix] = '\0';
    uint32_t bit = acl_privilege_by_name(name);
    if (allowed == acl_all(ACL_KIND_RELATION) && strcasecmp(name, "RULE") == 0)
        return STATUS_OK; /* tables had it once: nobody has it */
    if ((bit & allowed) == 0) {
        if (grant)
            word[(size_t)(name - word) + len - suffix] = ' ';
        return unrecognized_privilege(name);
    }
    *mask |= grant ? ACL_GRANT_OPTION(bit) : bit;
    return STATUS_OK;
}

static Status parse_privileges(FnCall *call, int arg, uint32_t allowed, uint32_t *mask) {
    char *text = arena_strdup(call->arena, arg_text(call, arg)), *next = text;
    *mask = 0;
    while (next != NULL) {
        char *word = next, *comma = strchr(word, ',');
        next = comma != NULL ? comma + 1 : NULL;
        if (comma != NULL)
            *comma = '\0';
        TRY(parse_privilege(word, allowed, mask));
    }
    return STATUS_OK;
}

/* ---- objects by name ---- */

typedef enum HasKind {
    HAS_TABLE,
    HAS_SEQUENCE,
    HAS_ANY_COLUMN,
    HAS_DATABASE,
    HAS_FUNCTION,
    HAS_LANGUAGE,
    HAS_SCHEMA,
    HAS_TABLESPACE,
    HAS_FDW,
    HAS_SERVER,
    HAS_TYPE
} HasKind;

static const struct {
    Oid class_id;
    AclKind acl;
} has_kinds[] = {
    [HAS_TABLE] = {PG_CLASS, ACL_KIND_RELATION},
    [HAS_SEQUENCE] = {PG_CLASS, ACL_KIND_SEQUENCE},
    [HAS_ANY_COLUMN] = {PG_CLASS, ACL_KIND_COLUMN},
    [HAS_DATABASE] = {PG_DATABASE, ACL_KIND_DATABASE},
    [HAS_FUNCTION] = {PG_PROC, ACL_KIND_FUNCTION},
    [HAS_LANGUAGE] = {PG_LANGUAGE, ACL_KIND_LANGUAGE},
    [HAS_SCHEMA] = {PG_NAMESPACE, ACL_KIND_SCHEMA},
    [HAS_TABLESPACE] = {PG_TABLESPACE, ACL_KIND_TABLESPACE},
    [HAS_FDW] = {PG_FOREIGN_DATA_WRAPPER, ACL_KIND_FDW},
    [HAS_SERVER] = {PG_FOREIGN_SERVER, ACL_KIND_SERVER},
    [HAS_TYPE] = {PG_TYPE, ACL_KIND_TYPE},
};

static Status relation_of_text(FnCall *call, int arg, Oid *oid_out) {
    const char *const *parts;
    uint32_t count;
    Str text = call->args[arg].str;
    TRY(name_parse(call->arena, text.data, text.len, &parts, &count));
    if (count > 3)
        return error(ERR_SYNTAX_ERROR, "improper relation name (too many dotted names): %s",
                     arg_text(call, arg));
    return relation_by_name(call_catalog(call), count == 3 ? parts[0] : NULL,
                            count >= 2 ? parts[count - 2] : NULL, parts[count - 1], false, oid_out);
}

static Status reg_input(FnCall *call, int arg, Oid type, Oid *oid_out) {
    TypeIo io = {
        .type = type_builtin(type), .typmod = -1, .env = call->site->env, .arena = call->arena};
    Datum value;
    TRY(io.type->input(&io, call->args[arg].str.data, call->args[arg].str.len, &value));
    *oid_out = value.u32;
    return STATUS_OK;
}

static Status named_row(FnCall *call, Oid index, const char *what, const char *name, Oid *oid_out) {
    CatalogRow *row = arena_new(call->arena, CatalogRow);
    bool found;
    TRY(catalog_find_name(call_catalog(call), index, name, 0, call->arena, row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "%s \"%s\" does not exist", what, name);
    *oid_out = row_oid(row, 0);
    return STATUS_OK;
}

static Status object_of_text(FnCall *call, HasKind kind, int arg, Oid *oid_out) {
    CatalogSession *session = call_catalog(call);
    const char *name = arg_text(call, arg);
    switch (kind) {
    case HAS_TABLE:
    case HAS_SEQUENCE:
    case HAS_ANY_COLUMN:
        return relation_of_text(call, arg, oid_out);
    case HAS_DATABASE:
        return database_by_name(session, name, false, oid_out);
    case HAS_FUNCTION:
        return reg_input(call, arg, OID_REGPROCEDURE, oid_out);
    case HAS_LANGUAGE:
        return language_by_name(session, name, false, oid_out);
    case HAS_SCHEMA:
        return namespace_by_name(session, name, false, oid_out);
    case HAS_TABLESPACE:
        return tablespace_by_name(session, name, false, oid_out);
    case HAS_FDW:
        return named_row(call, PG_FOREIGN_DATA_WRAPPER_NAME_INDEX, "foreign-data wrapper", name,
                         oid_out);
    case HAS_SERVER:
        return named_row(call, PG_FOREIGN_SERVER_NAME_INDEX, "server", name, oid_out);
    case HAS_TYPE:
        return reg_input(call, arg, OID_REGTYPE, oid_out);
    }
    UNREACHABLE();
}

/* ---- the forms ---- */

typedef enum Form { NAME_NAME, NAME_ID, ID_NAME, ID_ID, NAME, ID } Form;

static Status role_of_arg(FnCall *call, bool by_name, Oid *role_out) {
    if (!by_name) {
        *role_out = arg_oid(call, 0);
        return STATUS_OK;
    }
    const char *name = arg_text(call, 0);
    *role_out = ACL_PUBLIC;
    if (strcmp(name, "public") == 0)
        return STATUS_OK;
    return role_by_name(call_catalog(call), name, false, role_out);
}

static Status form_role(FnCall *call, Form form, Oid *role_out, int *next_arg) {
    *next_arg = form >= NAME ? 0 : 1;
    if (form >= NAME) {
        *role_out = session_role(call_catalog(call));
        return STATUS_OK;
    }
    return role_of_arg(call, form <= NAME_ID, role_out);
}

static bool form_by_name(Form form) { return form == NAME_NAME || form == ID_NAME || form == NAME; }

static Status any_column(FnCall *call, const RelationDesc *rel, Oid role, uint32_t mask,
                         uint32_t *held) {
    for (unsigned i = 0; i < rel->column_count && *held == 0; i++)
        TRY(column_acl_mask(call_catalog(call), rel->oid, (int16_t)(i + 1), role, mask, held));
    return STATUS_OK;
}

static Status has_privilege(FnCall *call, HasKind kind, Form form) {
    CatalogSession *session = call_catalog(call);
    Oid role, object;
    int arg;
    uint32_t mask, held;
    bool missing;
    TRY(form_role(call, form, &role, &arg));
    if (kind == HAS_SEQUENCE) /* of two wrong arguments this one is named */
        TRY(parse_privileges(call, arg + 1, acl_all(has_kinds[kind].acl), &mask));
    if (form_by_name(form))
        TRY(object_of_text(call, kind, arg, &object));
    else
        object = arg_oid(call, arg);
    if (kind != HAS_SEQUENCE)
        TRY(parse_privileges(call, arg + 1, acl_all(has_kinds[kind].acl), &mask));
    const RelationDesc *rel = NULL;
    if (has_kinds[kind].class_id == PG_CLASS)
        TRY(catalog_relation(session, object, &rel));
    if (kind == HAS_SEQUENCE && rel != NULL && rel->kind != 'S')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a sequence", rel->name);
    TRY(object_acl_mask(session, has_kinds[kind].class_id, object, role, mask, &held, &missing));
    if (missing)
        return give_null(call);
    if (kind == HAS_ANY_COLUMN && held == 0)
        TRY(any_column(call, rel, role, mask, &held));
    return give_bool(call, held != 0);
}

#define HAS(name, kind)                                                                            \
    static Status fn_##name##_name_name(FnCall *call) {                                            \
        return has_privilege(call, kind, NAME_NAME);                                               \
    }                                                                                              \
    static Status fn_##name##_name_id(FnCall *call) { return has_privilege(call, kind, NAME_ID); } \
    static Status fn_##name##_id_name(FnCall *call) { return has_privilege(call, kind, ID_NAME); } \
    static Status fn_##name##_id_id(FnCall *call) { return has_privilege(call, kind, ID_ID); }     \
    static Status fn_##name##_name(FnCall *call) { return has_privilege(call, kind, NAME); }       \
    static Status fn_##name##_id(FnCall *call) { return has_privilege(call, kind, ID); }
HAS(table, HAS_TABLE)
HAS(sequence, HAS_SEQUENCE)
HAS(any_column, HAS_ANY_COLUMN)
HAS(database, HAS_DATABASE)
HAS(function, HAS_FUNCTION)
HAS(language, HAS_LANGUAGE)
HAS(schema, HAS_SCHEMA)
HAS(tablespace, HAS_TABLESPACE)
HAS(foreign_data_wrapper, HAS_FDW)
HAS(server, HAS_SERVER)
HAS(type, HAS_TYPE)

/* ---- one column ---- */

/* 0: there is none (by number), an error by name. */
static Status column_of_arg(FnCall *call, const RelationDesc *rel, int arg, bool by_name,
                            int16_t *attnum_out) {
    *attnum_out = 0;
    if (!by_name) {
        int16_t n = call->args[arg].i16;
        if (n > 0 && n <= rel->column_count && !rel->columns[n - 1].dropped)
            *attnum_out = n;
        return STATUS_OK;
    }
    const char *name = arg_text(call, arg);
    const ColumnDesc *column = relation_column(rel, name);
    for (uint16_t i = 0; column == NULL && i < rel->column_count; i++)
        if (rel->columns[i].dropped && strcmp(rel->columns[i].name, name) == 0)
            return STATUS_OK;
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist", name,
                     rel->name);
    *attnum_out = column->attnum;
    return STATUS_OK;
}

static Status has_column(FnCall *call, Form form, bool column_by_name) {
    CatalogSession *session = call_catalog(call);
    Oid role, object;
    int arg;
    int16_t attnum;
    uint32_t mask, held;
    bool missing;
    const RelationDesc *rel;
    TRY(form_role(call, form, &role, &arg));
    if (form_by_name(form))
        TRY(relation_of_text(call, arg, &object));
    else
        object = arg_oid(call, arg);
    TRY(catalog_relation(session, object, &rel));
    attnum = 0;
    if (rel != NULL)
        TRY(column_of_arg(call, rel, arg + 1, column_by_name, &attnum));
    TRY(parse_privileges(call, arg + 2, acl_all(ACL_KIND_COLUMN), &mask));
    if (attnum == 0)
        return give_null(call);
    TRY(object_acl_mask(session, PG_CLASS, object, role, mask, &held, &missing));
    if (held == 0)
        TRY(column_acl_mask(session, object, attnum, role, mask, &held));
    return give_bool(call, held != 0);
}

#define HAS_COLUMN(name, form)                                                                     \
    static Status fn_column_##name##_name(FnCall *call) { return has_column(call, form, true); }   \
    static Status fn_column_##name##_attnum(FnCall *call) { return has_column(call, form, false); }
HAS_COLUMN(name_name, NAME_NAME)
HAS_COLUMN(name_id, NAME_ID)
HAS_COLUMN(id_name, ID_NAME)
HAS_COLUMN(id_id, ID_ID)
HAS_COLUMN(name, NAME)
HAS_COLUMN(id, ID)

/* ---- settings ---- */

static Status has_parameter(FnCall *call, Form form) {
    CatalogSession *session = call_catalog(call);
    Oid role;
    int arg;
    uint32_t mask, held = 0;
    bool super, found;
    TRY(parse_privileges(call, form >= NAME ? 1 : 2, acl_all(ACL_KIND_PARAMETER), &mask));
    TRY(form_role(call, form, &role, &arg));
    TRY(role_is_superuser(session, role, &super));
    if (super)
        return give_bool(call, true);
    char *name = arena_strdup(call->arena, arg_text(call, arg));
    for (char *p = name; *p != '\0'; p++)
        if (*p >= 'A' && *p <= 'Z')
            *p = (char)(*p + 32);
    Datum key = datum_cstr(name);
    CatalogRow *row = arena_new(call->arena, CatalogRow);
    TRY(catalog_find(session, PG_PARAMETER_ACL_PARNAME_INDEX, &key, 1, call->arena, row, &found));
    if (found) {
        const Acl *acl;
        TRY(acl_of_datum(call->arena, row->values[PG_PARAMETER_ACL_PARACL], &acl));
        TRY(acl_mask(session, acl, ACL_KIND_PARAMETER, OID_ROLE_BOOTSTRAP, role, mask, &held));
    }
    return give_bool(call, held != 0);
}
static Status fn_parameter_name_name(FnCall *call) { return has_parameter(call, NAME_NAME); }
static Status fn_parameter_id_name(FnCall *call) { return has_parameter(call, ID_NAME); }
static Status fn_parameter_name(FnCall *call) { return has_parameter(call, NAME); }

/* ---- roles ---- */

static Status has_role_word(FnCall *call, Oid member, Oid role, const char *word, bool *yes_out) {
    CatalogSession *session = call_catalog(call);
    static const char *const admin[] = {"USAGE WITH GRANT OPTION", "USAGE WITH ADMIN OPTION",
                                        "MEMBER WITH GRANT OPTION", "MEMBER WITH ADMIN OPTION"};
    if (strcasecmp(word, "USAGE") == 0)
        return role_has_privileges_of(session, member, role, yes_out);
    if (strcasecmp(word, "MEMBER") == 0)
        return role_is_member_of(session, member, role, yes_out);
    for (unsigned i = 0; i < ARRAY_LEN(admin); i++)
        if (strcasecmp(word, admin[i]) == 0)
            return role_is_admin_of(session, member, role, yes_out);
    return unrecognized_privilege(word);
}

static Status has_role(FnCall *call, Form form) {
    Oid member, role;
    int arg;
    bool yes = false;
    if (form >= NAME) {
        arg = 0;
        member = session_role(call_catalog(call));
    } else {
        arg = 1;
        if (form <= NAME_ID)
            TRY(role_by_name(call_catalog(call), arg_text(call, 0), false, &member));
        else
            member = arg_oid(call, 0);
    }
    if (form_by_name(form))
        TRY(role_by_name(call_catalog(call), arg_text(call, arg), false, &role));
    else
        role = arg_oid(call, arg);
    char *next = arena_strdup(call->arena, arg_text(call, arg + 1));
    while (next != NULL) {
        char *word = next, *comma = strchr(word, ',');
        next = comma != NULL ? comma + 1 : NULL;
        if (comma != NULL)
            *comma = '\0';
        bool one;
        TRY(has_role_word(call, member, role, trim(word), &one));
        yes |= one;
    }
    return give_bool(call, yes);
}
#define HAS_ROLE(name, form)                                                                       \
    static Status fn_role_##name(FnCall *call) { return has_role(call, form); }
HAS_ROLE(name_name, NAME_NAME)
HAS_ROLE(name_id, NAME_ID)
HAS_ROLE(id_name, ID_NAME)
HAS_ROLE(id_id, ID_ID)
HAS_ROLE(name, NAME)
HAS_ROLE(id, ID)

/* ---- aclitem ---- */

typedef struct Explode {
    const Acl *acl;
    uint32_t item;
    unsigned bit;
} Explode;

static Status acl_of_arg(Arena *arena, Datum array, const Acl **acl_out) {
    ArrayView view;
    TRY(array_view(array.str, &view));
    if (view.dim_count != 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "ACL arrays must be one-dimensional");
    return acl_of_datum(arena, array, acl_out);
}

static Status explode_start(SetCall *set) {
    Explode *state = arena_new(set->scan_arena, Explode);
    set->state = state;
    return acl_of_arg(set->scan_arena, set->call.args[0], &state->acl);
}

static Status explode_next(SetCall *set, bool *row_out) {
    Explode *state = set->state;
    for (; state->item < state->acl->count; state->item++, state->bit = 0) {
        const AclItem *item = &state->acl->items[state->item];
        while (state->bit < ACL_PRIVILEGE_COUNT) {
            uint32_t privilege = 1u << state->bit++;
            if ((item->privileges & privilege) == 0)
                continue;
            set_oid(set, 0, item->grantor);
            set_oid(set, 1, item->grantee);
            set_text(set, 2, acl_privilege_name(privilege));
            set_bool(set, 3, (item->privileges & ACL_GRANT_OPTION(privilege)) != 0);
            *row_out = true;
            return STATUS_OK;
        }
    }
    *row_out = false;
    return STATUS_OK;
}

static Status fn_acldefault(FnCall *call) {
    char kind = (char)call->args[0].byte;
    if (kind == '\0' || strchr("crsdflLnptFST", kind) == NULL)
        return error(ERR_INTERNAL_ERROR, "unrecognized objtype abbreviation: %c", kind);
    call->result =
        acl_datum(call->arena, acl_default(call->arena, (AclKind)kind, arg_oid(call, 1)));
    return STATUS_OK;
}

/* RULE was a privilege once. */
static Status give_acl_nothing(FnCall *call) {
    AclItem item = {arg_oid(call, 0), arg_oid(call, 1), 0};
    call->result = acl_item_datum(call->arena, item);
    return STATUS_OK;
}

static Status fn_makeaclitem(FnCall *call) {
    uint32_t mask = acl_privilege_by_name(arg_text(call, 2));
    if ((mask & ACL_ALL) == 0)
        return strcasecmp(arg_text(call, 2), "RULE") == 0
                   ? give_acl_nothing(call)
                   : unrecognized_privilege(arg_text(call, 2));
    AclItem item = {arg_oid(call, 0), arg_oid(call, 1),
                    mask | (call->args[3].b ? ACL_GRANT_OPTION(mask) : 0)};
    call->result = acl_item_datum(call->arena, item);
    return STATUS_OK;
}

static Status fn_aclcontains(FnCall *call) {
    const Acl *acl;
    AclItem item = acl_item_of(call->args[1]);
    TRY(acl_of_arg(call->arena, call->args[0], &acl));
    for (uint32_t i = 0; i < acl->count; i++)
        if (acl->items[i].grantee == item.grantee && acl->items[i].grantor == item.grantor &&
            (item.privileges & ~acl->items[i].privileges) == 0)
            return give_bool(call, true);
    return give_bool(call, false);
}

static Status fn_aclitem_eq(FnCall *call) {
    return give_bool(call, str_equal(call->args[0].str, call->args[1].str));
}
static Status fn_hash_aclitem(FnCall *call) {
    AclItem item = acl_item_of(call->args[0]);
    return give_i32(call, (int32_t)(item.privileges + item.grantee + item.grantor));
}
static Status fn_aclinsert(FnCall *call) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "aclinsert is no longer supported");
}
static Status fn_aclremove(FnCall *call) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "aclremove is no longer supported");
}

/* ---- row security ---- */

static Status row_security_active(FnCall *call, Oid relation) {
    CatalogSession *session = call_catalog(call);
    const RelationDesc *rel;
    const RoleDesc *role;
    bool super, owner;
    TRY(catalog_relation(session, relation, &rel));
    if (rel == NULL || !rel->row_security || relation < OID_FIRST_NORMAL)
        return give_bool(call, false);
    TRY(role_is_superuser(session, session_role(session), &super));
    TRY(catalog_role(session, session_role(session), &role));
    if (super || (role != NULL && role->bypass_rls))
        return give_bool(call, false);
    TRY(role_has_privileges_of(session, session_role(session), rel->owner, &owner));
    return give_bool(call, !owner || rel->force_row_security);
}
static Status fn_row_security_active(FnCall *call) {
    return row_security_active(call, arg_oid(call, 0));
}
static Status fn_row_security_active_name(FnCall *call) {
    Oid relation;
    TRY(relation_of_text(call, 0, &relation));
    return row_security_active(call, relation);
}

static const FnEntry entries[] = {
    SYSFUNC(1922, "has_table_privilege_name_name", fn_table_name_name),
    SYSFUNC(1923, "has_table_privilege_name_id", fn_table_name_id),
    SYSFUNC(1924, "has_table_privilege_id_name", fn_table_id_name),
    SYSFUNC(1925, "has_table_privilege_id_id", fn_table_id_id),
    SYSFUNC(1926, "has_table_privilege_name", fn_table_name),
    SYSFUNC(1927, "has_table_privilege_id", fn_table_id),
    SYSFUNC(2181, "has_sequence_privilege_name_name", fn_sequence_name_name),
    SYSFUNC(2182, "has_sequence_privilege_name_id", fn_sequence_name_id),
    SYSFUNC(2183, "has_sequence_privilege_id_name", fn_sequence_id_name),
    SYSFUNC(2184, "has_sequence_privilege_id_id", fn_sequence_id_id),
    SYSFUNC(2185, "has_sequence_privilege_name", fn_sequence_name),
    SYSFUNC(2186, "has_sequence_privilege_id", fn_sequence_id),
    SYSFUNC(3024, "has_any_column_privilege_name_name", fn_any_column_name_name),
    SYSFUNC(3025, "has_any_column_privilege_name_id", fn_any_column_name_id),
    SYSFUNC(3026, "has_any_column_privilege_id_name", fn_any_column_id_name),
    SYSFUNC(3027, "has_any_column_privilege_id_id", fn_any_column_id_id),
    SYSFUNC(3028, "has_any_column_privilege_name", fn_any_column_name),
    SYSFUNC(3029, "has_any_column_privilege_id", fn_any_column_id),
    SYSFUNC(2250, "has_database_privilege_name_name", fn_database_name_name),
    SYSFUNC(2251, "has_database_privilege_name_id", fn_database_name_id),
    SYSFUNC(2252, "has_database_privilege_id_name", fn_database_id_name),
    SYSFUNC(2253, "has_database_privilege_id_id", fn_database_id_id),
    SYSFUNC(2254, "has_database_privilege_name", fn_database_name),
    SYSFUNC(2255, "has_database_privilege_id", fn_database_id),
    SYSFUNC(2256, "has_function_privilege_name_name", fn_function_name_name),
    SYSFUNC(2257, "has_function_privilege_name_id", fn_function_name_id),
    SYSFUNC(2258, "has_function_privilege_id_name", fn_function_id_name),
    SYSFUNC(2259, "has_function_privilege_id_id", fn_function_id_id),
    SYSFUNC(2260, "has_function_privilege_name", fn_function_name),
    SYSFUNC(2261, "has_function_privilege_id", fn_function_id),
    SYSFUNC(2262, "has_language_privilege_name_name", fn_language_name_name),
    SYSFUNC(2263, "has_language_privilege_name_id", fn_language_name_id),
    SYSFUNC(2264, "has_language_privilege_id_name", fn_language_id_name),
    SYSFUNC(2265, "has_language_privilege_id_id", fn_language_id_id),
    SYSFUNC(2266, "has_language_privilege_name", fn_language_name),
    SYSFUNC(2267, "has_language_privilege_id", fn_language_id),
    SYSFUNC(2268, "has_schema_privilege_name_name", fn_schema_name_name),
    SYSFUNC(2269, "has_schema_privilege_name_id", fn_schema_name_id),
    SYSFUNC(2270, "has_schema_privilege_id_name", fn_schema_id_name),
    SYSFUNC(2271, "has_schema_privilege_id_id", fn_schema_id_id),
    SYSFUNC(2272, "has_schema_privilege_name", fn_schema_name),
    SYSFUNC(2273, "has_schema_privilege_id", fn_schema_id),
    SYSFUNC(2390, "has_tablespace_privilege_name_name", fn_tablespace_name_name),
    SYSFUNC(2391, "has_tablespace_privilege_name_id", fn_tablespace_name_id),
    SYSFUNC(2392, "has_tablespace_privilege_id_name", fn_tablespace_id_name),
    SYSFUNC(2393, "has_tablespace_privilege_id_id", fn_tablespace_id_id),
    SYSFUNC(2394, "has_tablespace_privilege_name", fn_tablespace_name),
    SYSFUNC(2395, "has_tablespace_privilege_id", fn_tablespace_id),
    SYSFUNC(3000, "has_foreign_data_wrapper_privilege_name_name",
            fn_foreign_data_wrapper_name_name),
    SYSFUNC(3001, "has_foreign_data_wrapper_privilege_name_id", fn_foreign_data_wrapper_name_id),
    SYSFUNC(3002, "has_foreign_data_wrapper_privilege_id_name", fn_foreign_data_wrapper_id_name),
    SYSFUNC(3003, "has_foreign_data_wrapper_privilege_id_id", fn_foreign_data_wrapper_id_id),
    SYSFUNC(3004, "has_foreign_data_wrapper_privilege_name", fn_foreign_data_wrapper_name),
    SYSFUNC(3005, "has_foreign_data_wrapper_privilege_id", fn_foreign_data_wrapper_id),
    SYSFUNC(3006, "has_server_privilege_name_name", fn_server_name_name),
    SYSFUNC(3007, "has_server_privilege_name_id", fn_server_name_id),
    SYSFUNC(3008, "has_server_privilege_id_name", fn_server_id_name),
    SYSFUNC(3009, "has_server_privilege_id_id", fn_server_id_id),
    SYSFUNC(3010, "has_server_privilege_name", fn_server_name),
    SYSFUNC(3011, "has_server_privilege_id", fn_server_id),
    SYSFUNC(3138, "has_type_privilege_name_name", fn_type_name_name),
    SYSFUNC(3139, "has_type_privilege_name_id", fn_type_name_id),
    SYSFUNC(3140, "has_type_privilege_id_name", fn_type_id_name),
    SYSFUNC(3141, "has_type_privilege_id_id", fn_type_id_id),
    SYSFUNC(3142, "has_type_privilege_name", fn_type_name),
    SYSFUNC(3143, "has_type_privilege_id", fn_type_id),
    SYSFUNC(3012, "has_column_privilege_name_name_name", fn_column_name_name_name),
    SYSFUNC(3013, "has_column_privilege_name_name_attnum", fn_column_name_name_attnum),
    SYSFUNC(3014, "has_column_privilege_name_id_name", fn_column_name_id_name),
    SYSFUNC(3015, "has_column_privilege_name_id_attnum", fn_column_name_id_attnum),
    SYSFUNC(3016, "has_column_privilege_id_name_name", fn_column_id_name_name),
    SYSFUNC(3017, "has_column_privilege_id_name_attnum", fn_column_id_name_attnum),
    SYSFUNC(3018, "has_column_privilege_id_id_name", fn_column_id_id_name),
    SYSFUNC(3019, "has_column_privilege_id_id_attnum", fn_column_id_id_attnum),
    SYSFUNC(3020, "has_column_privilege_name_name", fn_column_name_name),
    SYSFUNC(3021, "has_column_privilege_name_attnum", fn_column_name_attnum),
    SYSFUNC(3022, "has_column_privilege_id_name", fn_column_id_name),
    SYSFUNC(3023, "has_column_privilege_id_attnum", fn_column_id_attnum),
    SYSFUNC(6205, "has_parameter_privilege_name_name", fn_parameter_name_name),
    SYSFUNC(6206, "has_parameter_privilege_id_name", fn_parameter_id_name),
    SYSFUNC(6207, "has_parameter_privilege_name", fn_parameter_name),
    SYSFUNC(2705, "pg_has_role_name_name", fn_role_name_name),
    SYSFUNC(2706, "pg_has_role_name_id", fn_role_name_id),
    SYSFUNC(2707, "pg_has_role_id_name", fn_role_id_name),
    SYSFUNC(2708, "pg_has_role_id_id", fn_role_id_id),
    SYSFUNC(2709, "pg_has_role_name", fn_role_name),
    SYSFUNC(2710, "pg_has_role_id", fn_role_id),
    SYSFUNC_SET(1689, "aclexplode", explode_start, explode_next),
    SYSFUNC(3943, "acldefault_sql", fn_acldefault),
    SYSFUNC(1365, "makeaclitem", fn_makeaclitem),
    SYSFUNC(1037, "aclcontains", fn_aclcontains),
    SYSFUNC(1062, "aclitem_eq", fn_aclitem_eq),
    SYSFUNC(329, "hash_aclitem", fn_hash_aclitem),
    SYSFUNC(1035, "aclinsert", fn_aclinsert),
    SYSFUNC(1036, "aclremove", fn_aclremove),
    SYSFUNC(3298, "row_security_active", fn_row_security_active),
    SYSFUNC(3299, "row_security_active_name", fn_row_security_active_name),
};

void sysfuncs_acl_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
