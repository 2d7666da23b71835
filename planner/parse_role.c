/* parse_role.c: roles, privileges, databases, tablespaces. */
#include "planner/parse_int.h"

/* ---- roles ---- */

/* Role attributes that are no keywords. */
static const struct {
    const char *word;
    const char *option;
    bool value;
} role_words[] = {
    {"superuser", "superuser", true},
    {"nosuperuser", "superuser", false},
    {"createrole", "createrole", true},
    {"nocreaterole", "createrole", false},
    {"replication", "isreplication", true},
    {"noreplication", "isreplication", false},
    {"createdb", "createdb", true},
    {"nocreatedb", "createdb", false},
    {"login", "canlogin", true},
    {"nologin", "canlogin", false},
    {"bypassrls", "bypassrls", true},
    {"nobypassrls", "bypassrls", false},
    {"noinherit", "inherit", false},
};

static AstOption *read_role_word(Parser *p, int32_t location) {
    const char *word = parse_col_label(p);
    for (size_t i = 0; i < ARRAY_LEN(role_words); i++)
        if (strcmp(word, role_words[i].word) == 0)
            return parse_new_option(p, role_words[i].option,
                                    (Ast *)parse_bool_const(p, role_words[i].value, location),
                                    location);
    parse_fail(p, location, error(ERR_SYNTAX_ERROR, "unrecognized role option \"%s\"", word));
    return parse_new_option(p, word, NULL, location);
}

static Ast *string_value(Parser *p) {
    int32_t location = tok_location(p);
    return (Ast *)parse_string_const(p, parse_string(p), location);
}

static Ast *role_list_value(Parser *p) {
    AstExprList *list = NEW(p, AstExprList, AST_EXPR_LIST, tok_location(p));
    list->items = parse_roles(p);
    return (Ast *)list;
}

/* Options that only CREATE knows; NULL (nothing consumed) if none starts here. */
static AstOption *read_create_role_option(Parser *p, int32_t location) {
    switch (tok(p)) {
    case TOK_K_SYSID: {
        parse_advance(p);
        int32_t where = tok_location(p);
        Ast *value = (Ast *)parse_integer_const(p, parse_integer(p), where);
        return parse_new_option(p, "sysid", value, location);
    }
    case TOK_K_ADMIN:
        parse_advance(p);
        return parse_new_option(p, "adminmembers", role_list_value(p), location);
    case TOK_K_ROLE:
        parse_advance(p);
        return parse_new_option(p, "rolemembers", role_list_value(p), location);
    case TOK_K_IN:
        parse_advance(p);
        if (!parse_accept(p, TOK_K_ROLE))
            parse_expect(p, TOK_K_GROUP);
        return parse_new_option(p, "addroleto", role_list_value(p), location);
    default:
        return NULL;
    }
}

/* NULL (nothing consumed) if no option starts here. */
static AstOption *read_role_option(Parser *p, bool create) {
    int32_t location = tok_location(p);
    switch (tok(p)) {
    case TOK_K_PASSWORD:
        parse_advance(p);
        if (parse_accept(p, TOK_K_NULL))
            return parse_new_option(p, "password", NULL, location);
        return parse_new_option(p, "password", string_value(p), location);
    case TOK_K_ENCRYPTED:
        parse_expect2(p, TOK_K_ENCRYPTED, TOK_K_PASSWORD);
        return parse_new_option(p, "password", string_value(p), location);
    case TOK_K_UNENCRYPTED:
        parse_expect2(p, TOK_K_UNENCRYPTED, TOK_K_PASSWORD);
        parse_string(p);
        parse_fail(p, location,
                   status_hint(error(ERR_FEATURE_NOT_SUPPORTED,
                                     "UNENCRYPTED PASSWORD is no longer supported"),
                               "Remove UNENCRYPTED to store the password in encrypted form "
                               "instead."));
        return NULL;
    case TOK_K_INHERIT:
        parse_advance(p);
        return parse_new_option(p, "inherit", (Ast *)parse_bool_const(p, true, location), location);
    case TOK_K_CONNECTION: {
        parse_expect2(p, TOK_K_CONNECTION, TOK_K_LIMIT);
        int32_t where = tok_location(p);
        Ast *value = (Ast *)parse_integer_const(p, parse_signed_integer(p), where);
        return parse_new_option(p, "connectionlimit", value, location);
    }
    case TOK_K_VALID:
        parse_expect2(p, TOK_K_VALID, TOK_K_UNTIL);
        return parse_new_option(p, "validUntil", string_value(p), location);
    case TOK_K_USER:
        parse_advance(p);
        return parse_new_option(p, "rolemembers", role_list_value(p), location);
    case TOK_IDENT:
        return read_role_word(p, location);
    default:
        return create ? read_create_role_option(p, location) : NULL;
    }
}

static AstList read_role_options(Parser *p, bool create) {
    AstList list = {0};
    AstOption *option;
    if (!parse_accept(p, TOK_K_WITH))
        parse_accept(p, TOK_WITH_LA);
    while ((option = read_role_option(p, create)) != NULL)
        add(p, &list, option);
    return list;
}

Ast *parse_create_role(Parser *p, AstRoleStatementKind kind, int32_t location) {
    AstCreateRole *node = NEW(p, AstCreateRole, AST_CREATE_ROLE, location);
    node->kind = kind;
    node->name = parse_role_id(p);
    node->options = read_role_options(p, true);
    return (Ast *)node;
}

static Ast *read_role_set(Parser *p, AstRoleSpec *role, int32_t location) {
    AstAlterRoleSet *node = NEW(p, AstAlterRoleSet, AST_ALTER_ROLE_SET, location);
    node->role = role;
    if (parse_accept(p, TOK_K_IN)) {
        parse_expect(p, TOK_K_DATABASE);
        node->database = parse_col_id(p);
    }
    node->set = parse_set_or_reset(p, false);
    return (Ast *)node;
}

static Ast *read_role_rename(Parser *p, const AstRoleSpec *role, int32_t location) {
    AstObject *object = parse_new_object(p, AST_OBJECT_ROLE, role->location);
    static const char *const special[] = {NULL, "CURRENT_ROLE", "CURRENT_USER", "SESSION_USER"};
    if (role->kind == AST_ROLE_PUBLIC)
        parse_fail(p, role->location,
                   error(ERR_RESERVED_NAME, "role name \"%s\" is reserved", "public"));
    else if (role->kind != AST_ROLE_NAMED)
        parse_fail(
            p, role->location,
            error(ERR_RESERVED_NAME, "%s cannot be used as a role name here", special[role->kind]));
    add_str(p, &object->name, role->name);
    if (!tok_is(p, TOK_K_RENAME))
        parse_syntax_error(p);
    Ast *node = parse_alter_common(p, object, ALTER_RENAME, false, location);
    return node != NULL ? node : parse_nothing(p);
}

Ast *parse_alter_role(Parser *p, bool group, int32_t location) {
    if (!group && parse_accept(p, TOK_K_ALL))
        return read_role_set(p, NULL, location);
    AstRoleSpec *role = parse_role(p);
    if (tok_is(p, TOK_K_RENAME) || (group && !tok_is(p, TOK_K_ADD) && !tok_is(p, TOK_K_DROP)))
        return read_role_rename(p, role, location);
    if (!group && (tok_is(p, TOK_K_IN) || tok_is(p, TOK_K_SET) || tok_is(p, TOK_K_RESET)))
        return read_role_set(p, role, location);
    AstAlterRole *node = NEW(p, AstAlterRole, AST_ALTER_ROLE, location);
    node->role = role;
    if (!group) {
        node->options = read_role_options(p, false);
        return (Ast *)node;
    }
    node->drop = parse_accept(p, TOK_K_DROP);
    if (!node->drop)
        parse_expect(p, TOK_K_ADD);
    int32_t where = tok_location(p);
    parse_expect(p, TOK_K_USER);
    add(p, &node->options, parse_new_option(p, "rolemembers", role_list_value(p), where));
    return (Ast *)node;
}

Ast *parse_drop_role(Parser *p, int32_t location) {
    AstDropRole *node = NEW(p, AstDropRole, AST_DROP_ROLE, location);
    node->missing_ok = parse_if_exists(p);
    node->roles = parse_roles(p);
    return (Ast *)node;
}

/* ---- privileges ---- */

static AstPrivilege *read_privilege(Parser *p) {
    AstPrivilege *privilege = NEW(p, AstPrivilege, AST_PRIVILEGE, tok_location(p));
    switch (tok(p)) {
    case TOK_K_SELECT:
    case TOK_K_REFERENCES:
    case TOK_K_CREATE:
        privilege->name = parse_col_label(p);
        break;
    case TOK_K_ALTER:
        if (parse_accept2(p, TOK_K_ALTER, TOK_K_SYSTEM)) {
            privilege->name = "alter system";
            return privilege;
        }
        /* fall through */
    default:
        privilege->name = parse_col_id(p);
    }
    privilege->columns = parse_optional_paren_names(p);
    return privilege;
}

/* The privileges; *all_out: the word ALL, which no list of roles has. */
static AstList read_privileges(Parser *p, bool *all_out) {
    AstList list = {0};
    int32_t location = tok_location(p);
    *all_out = parse_accept(p, TOK_K_ALL);
    if (*all_out) {
        parse_accept(p, TOK_K_PRIVILEGES);
        if (tok_is(p, '(')) {
            AstPrivilege *privilege = NEW(p, AstPrivilege, AST_PRIVILEGE, location);
            privilege->columns = parse_paren_names(p);
            add(p, &list, privilege);
        }
        return list;
    }
    do {
        add(p, &list, read_privilege(p));
    } while (parse_accept(p, ','));
    return list;
}

static AstList read_grantees(Parser *p) {
    AstList list = {0};
    do {
        parse_accept(p, TOK_K_GROUP);
        add(p, &list, parse_role(p));
    } while (parse_accept(p, ','));
    return list;
}

static AstRoleSpec *read_granted_by(Parser *p) {
    if (!parse_accept(p, TOK_K_GRANTED))
        return NULL;
    parse_expect(p, TOK_K_BY);
    return parse_role(p);
}

/* What the names behind ON are. */
typedef enum TargetForm {
    TARGET_RELATIONS,
    TARGET_NAMES,
    TARGET_ANY_NAMES,
    TARGET_FUNCTIONS,
    TARGET_NUMBERS,
    TARGET_PARAMETERS
} TargetForm;

static AstObject *read_target_object(Parser *p, AstObjectKind kind, TargetForm form) {
    if (form == TARGET_FUNCTIONS)
        return parse_function_object(p, kind);
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    switch (form) {
    case TARGET_RELATIONS:
        object->relation = parse_qualified_name(p);
        add_str(p, &object->name, object->relation->name);
        break;
    case TARGET_NAMES:
        add_str(p, &object->name, parse_col_id(p));
        break;
    case TARGET_NUMBERS: {
        AstConst *number = parse_number(p);
        add_str(p, &object->name,
                number->kind == AST_CONST_INTEGER ? arena_printf(p->arena, "%d", number->ival)
                                                  : number->text);
        break;
    }
    case TARGET_PARAMETERS: {
        StrList parts = {0};
        do {
            add_str(p, &parts, parse_col_id(p));
        } while (parse_accept(p, '.'));
        add_str(p, &object->name, str_list_join(p->arena, &parts));
        break;
    }
    default:
        object->name = parse_any_name(p);
    }
    return object;
}

static void read_target_objects(Parser *p, AstGrant *grant, AstObjectKind kind, TargetForm form) {
    grant->kind = kind;
    do {
        add(p, &grant->objects, read_target_object(p, kind, form));
    } while (parse_accept(p, ','));
}

/* ALL TABLES IN SCHEMA ..; behind ALL */
static void read_all_in_schema(Parser *p, AstGrant *grant) {
    static const struct {
        uint16_t word;
        uint8_t kind;
    } kinds[] = {{TOK_K_TABLES, AST_OBJECT_TABLE},
                 {TOK_K_SEQUENCES, AST_OBJECT_SEQUENCE},
                 {TOK_K_FUNCTIONS, AST_OBJECT_FUNCTION},
                 {TOK_K_PROCEDURES, AST_OBJECT_PROCEDURE},
                 {TOK_K_ROUTINES, AST_OBJECT_ROUTINE}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (parse_accept(p, kinds[i].word)) {
            parse_expect2(p, TOK_K_IN, TOK_K_SCHEMA);
            read_target_objects(p, grant, AST_OBJECT_SCHEMA, TARGET_NAMES);
            grant->target = AST_GRANT_ALL_IN_SCHEMA;
            grant->kind = (AstObjectKind)kinds[i].kind;
            return;
        }
    parse_syntax_error(p);
}

static void read_target(Parser *p, AstGrant *grant) {
    static const struct {
        uint16_t word;
        uint8_t kind;
        uint8_t form;
    } kinds[] = {
        {TOK_K_SEQUENCE, AST_OBJECT_SEQUENCE, TARGET_RELATIONS},
        {TOK_K_FUNCTION, AST_OBJECT_FUNCTION, TARGET_FUNCTIONS},
        {TOK_K_PROCEDURE, AST_OBJECT_PROCEDURE, TARGET_FUNCTIONS},
        {TOK_K_ROUTINE, AST_OBJECT_ROUTINE, TARGET_FUNCTIONS},
        {TOK_K_DATABASE, AST_OBJECT_DATABASE, TARGET_NAMES},
        {TOK_K_DOMAIN, AST_OBJECT_DOMAIN, TARGET_ANY_NAMES},
        {TOK_K_LANGUAGE, AST_OBJECT_LANGUAGE, TARGET_NAMES},
        {TOK_K_PARAMETER, AST_OBJECT_PARAMETER, TARGET_PARAMETERS},
        {TOK_K_SCHEMA, AST_OBJECT_SCHEMA, TARGET_NAMES},
        {TOK_K_TABLESPACE, AST_OBJECT_TABLESPACE, TARGET_NAMES},
        {TOK_K_TYPE, AST_OBJECT_TYPE, TARGET_ANY_NAMES},
    };
    if (parse_accept(p, TOK_K_ALL)) {
        read_all_in_schema(p, grant);
        return;
    }
    if (parse_accept(p, TOK_K_TABLE)) {
        read_target_objects(p, grant, AST_OBJECT_TABLE, TARGET_RELATIONS);
        return;
    }
    if (parse_accept(p, TOK_K_FOREIGN)) {
        bool server = parse_accept(p, TOK_K_SERVER);
        if (!server)
            parse_expect2(p, TOK_K_DATA, TOK_K_WRAPPER);
        read_target_objects(p, grant, server ? AST_OBJECT_FOREIGN_SERVER : AST_OBJECT_FDW,
                            TARGET_NAMES);
        return;
    }
    if (parse_accept2(p, TOK_K_LARGE, TOK_K_OBJECT)) {
        read_target_objects(p, grant, AST_OBJECT_LARGE_OBJECT, TARGET_NUMBERS);
        return;
    }
    /* These words may also be a table's name, if no name follows. */
    if (token_word_class[tok_ahead(p, 1)] & (WORD_COL_ID | WORD_TYPE_FUNC))
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            if (parse_accept(p, kinds[i].word)) {
                read_target_objects(p, grant, (AstObjectKind)kinds[i].kind,
                                    (TargetForm)kinds[i].form);
                return;
            }
    read_target_objects(p, grant, AST_OBJECT_TABLE, TARGET_RELATIONS);
}

static void read_grant_end(Parser *p, AstGrant *node) {
    parse_expect(p, node->grant ? TOK_K_TO : TOK_K_FROM);
    node->grantees = read_grantees(p);
    if (node->grant && parse_accept(p, TOK_K_WITH)) {
        parse_expect2(p, TOK_K_GRANT, TOK_K_OPTION);
        node->grant_option = true;
    }
    if (node->target != AST_GRANT_DEFAULTS)
        node->grantor = read_granted_by(p);
    if (!node->grant)
        node->behavior = parse_drop_behavior(p);
}

static Ast *read_grant_role(Parser *p, AstList roles, bool grant, bool admin, int32_t location) {
    AstGrantRole *node = NEW(p, AstGrantRole, AST_GRANT_ROLE, location);
    node->grant = grant;
    node->roles = roles;
    node->admin_option = admin;
    parse_expect(p, grant ? TOK_K_TO : TOK_K_FROM);
    node->grantees = parse_roles(p);
    if (grant && parse_accept(p, TOK_K_WITH)) {
        parse_expect2(p, TOK_K_ADMIN, TOK_K_OPTION);
        node->admin_option = true;
    }
    node->grantor = read_granted_by(p);
    if (!grant)
        node->behavior = parse_drop_behavior(p);
    return (Ast *)node;
}

/* GRANT OPTION FOR, if it is there */
static bool read_grant_option_for(Parser *p) {
    if (!parse_accept(p, TOK_K_GRANT))
        return false;
    parse_expect2(p, TOK_K_OPTION, TOK_K_FOR);
    return true;
}

Ast *parse_grant(Parser *p, bool grant, int32_t location) {
    bool all, grant_option = !grant && read_grant_option_for(p);
    bool admin = !grant && !grant_option && parse_accept2(p, TOK_K_ADMIN, TOK_K_OPTION);
    if (admin)
        parse_expect(p, TOK_K_FOR);
    if (admin && tok_is(p, TOK_K_ALL))
        parse_syntax_error(p);
    AstList privileges = read_privileges(p, &all);
    if (p->table_form == TABLE_FORM_DEFINED && !tok_is(p, TOK_K_ON))
        parse_syntax_error(p); /* CREATE SCHEMA has no role to grant */
    if (admin || (!all && !grant_option && !tok_is(p, TOK_K_ON)))
        return read_grant_role(p, privileges, grant, admin, location);
    AstGrant *node = NEW(p, AstGrant, AST_GRANT, location);
    node->grant = grant;
    node->privileges = privileges;
    node->grant_option = grant_option;
    parse_expect(p, TOK_K_ON);
    read_target(p, node);
    read_grant_end(p, node);
    return (Ast *)node;
}

static void read_defaults_target(Parser *p, AstGrant *node) {
    static const struct {
        uint16_t word;
        uint8_t kind;
    } kinds[] = {{TOK_K_TABLES, AST_OBJECT_TABLE},      {TOK_K_FUNCTIONS, AST_OBJECT_FUNCTION},
                 {TOK_K_ROUTINES, AST_OBJECT_FUNCTION}, {TOK_K_SEQUENCES, AST_OBJECT_SEQUENCE},
                 {TOK_K_TYPES, AST_OBJECT_TYPE},        {TOK_K_SCHEMAS, AST_OBJECT_SCHEMA}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (parse_accept(p, kinds[i].word)) {
            node->kind = (AstObjectKind)kinds[i].kind;
            return;
        }
    parse_syntax_error(p);
}

Ast *parse_alter_default_privileges(Parser *p, int32_t location) {
    AstAlterDefaultPrivileges *node =
        NEW(p, AstAlterDefaultPrivileges, AST_ALTER_DEFAULT_PRIVILEGES, location);
    bool all;
    parse_expect(p, TOK_K_PRIVILEGES);
    for (;;) {
        int32_t where = tok_location(p);
        if (parse_accept(p, TOK_K_IN)) {
            parse_expect(p, TOK_K_SCHEMA);
            Ast *names = (Ast *)parse_new_name_list(p, parse_name_list(p), where);
            add(p, &node->options, parse_new_option(p, "schemas", names, where));
        } else if (parse_accept(p, TOK_K_FOR)) {
            if (!parse_accept(p, TOK_K_ROLE))
                parse_expect(p, TOK_K_USER);
            add(p, &node->options, parse_new_option(p, "roles", role_list_value(p), where));
        } else
            break;
    }
    AstGrant *grant = node->action = NEW(p, AstGrant, AST_GRANT, tok_location(p));
    grant->target = AST_GRANT_DEFAULTS;
    grant->grant = parse_accept(p, TOK_K_GRANT);
    if (!grant->grant) {
        parse_expect(p, TOK_K_REVOKE);
        grant->grant_option = read_grant_option_for(p);
    }
    grant->privileges = read_privileges(p, &all);
    parse_expect(p, TOK_K_ON);
    read_defaults_target(p, grant);
    read_grant_end(p, grant);
    return (Ast *)node;
}

/* ---- databases ---- */

/* The name of an option of CREATE DATABASE; NULL (nothing consumed) if none starts here. */
static const char *read_database_option_name(Parser *p) {
    switch (tok(p)) {
    case TOK_K_CONNECTION:
        parse_expect2(p, TOK_K_CONNECTION, TOK_K_LIMIT);
        return "connection_limit";
    case TOK_IDENT:
    case TOK_K_ENCODING:
    case TOK_K_LOCATION:
    case TOK_K_OWNER:
    case TOK_K_TABLESPACE:
    case TOK_K_TEMPLATE:
        return parse_col_label(p);
    default:
        return NULL;
    }
}

static AstList read_database_options(Parser *p) {
    AstList list = {0};
    for (;;) {
        int32_t location = tok_location(p);
        const char *name = read_database_option_name(p);
        if (name == NULL)
            return list;
        parse_accept(p, '=');
        Ast *value = NULL;
        if (!parse_accept(p, TOK_K_DEFAULT)) {
            value = parse_optional_value(p);
            if (value == NULL)
                parse_syntax_error(p);
        }
        add(p, &list, parse_new_option(p, name, value, location));
    }
}

Ast *parse_create_database(Parser *p, int32_t location) {
    AstCreateDatabase *node = NEW(p, AstCreateDatabase, AST_CREATE_DATABASE, location);
    node->name = parse_col_id(p);
    if (!parse_accept(p, TOK_K_WITH))
        parse_accept(p, TOK_WITH_LA);
    node->options = read_database_options(p);
    return (Ast *)node;
}

static Ast *read_database_set(Parser *p, const char *name, int32_t location) {
    unsigned behind = tok_ahead(p, 2);
    if (tok_is(p, TOK_K_SET) && tok_ahead(p, 1) == TOK_K_TABLESPACE && behind != '=' &&
        behind != TOK_K_TO && behind != '.' && behind != TOK_K_FROM) {
        AstAlterDatabase *node = NEW(p, AstAlterDatabase, AST_ALTER_DATABASE, location);
        node->name = name;
        parse_advance(p);
        parse_advance(p);
        int32_t where = tok_location(p);
        Ast *value = (Ast *)parse_string_const(p, parse_col_id(p), where);
        add(p, &node->options, parse_new_option(p, "tablespace", value, where));
        return (Ast *)node;
    }
    AstAlterDatabaseSet *node = NEW(p, AstAlterDatabaseSet, AST_ALTER_DATABASE_SET, location);
    node->name = name;
    node->set = parse_set_or_reset(p, false);
    return (Ast *)node;
}

Ast *parse_alter_database(Parser *p, int32_t location) {
    AstObject *object = parse_new_object(p, AST_OBJECT_DATABASE, tok_location(p));
    const char *name = parse_col_id(p);
    add_str(p, &object->name, name);
    if (tok_is(p, TOK_K_RENAME) || (tok_is(p, TOK_K_OWNER) && tok_ahead(p, 1) == TOK_K_TO))
        return parse_alter_common(p, object, ALTER_RENAME | ALTER_OWNER, false, location);
    if (tok_is(p, TOK_K_SET) || tok_is(p, TOK_K_RESET))
        return read_database_set(p, name, location);
    AstAlterDatabase *node = NEW(p, AstAlterDatabase, AST_ALTER_DATABASE, location);
    node->name = name;
    if (parse_accept(p, TOK_K_REFRESH)) {
        parse_expect2(p, TOK_K_COLLATION, TOK_K_VERSION);
        node->refresh_collation = true;
        return (Ast *)node;
    }
    parse_accept(p, TOK_K_WITH);
    node->options = read_database_options(p);
    return (Ast *)node;
}

Ast *parse_drop_database(Parser *p, int32_t location) {
    AstDropDatabase *node = NEW(p, AstDropDatabase, AST_DROP_DATABASE, location);
    node->missing_ok = parse_if_exists(p);
    node->name = parse_col_id(p);
    bool with = parse_accept(p, TOK_K_WITH) || parse_accept(p, TOK_WITH_LA);
    if (!with && !tok_is(p, '('))
        return (Ast *)node;
    parse_expect(p, '(');
    do {
        int32_t where = tok_location(p);
        parse_expect(p, TOK_K_FORCE);
        add(p, &node->options, parse_new_option(p, "force", NULL, where));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return (Ast *)node;
}

/* ---- tablespaces ---- */

Ast *parse_create_tablespace(Parser *p, int32_t location) {
    AstCreateTablespace *node = NEW(p, AstCreateTablespace, AST_CREATE_TABLESPACE, location);
    node->name = parse_col_id(p);
    if (parse_accept(p, TOK_K_OWNER))
        node->owner = parse_role(p);
    parse_expect(p, TOK_K_LOCATION);
    node->directory = parse_string(p);
    node->options = parse_optional_with_reloptions(p);
    return (Ast *)node;
}

Ast *parse_alter_tablespace(Parser *p, int32_t location) {
    AstObject *object = parse_new_object(p, AST_OBJECT_TABLESPACE, tok_location(p));
    const char *name = parse_col_id(p);
    add_str(p, &object->name, name);
    Ast *common = parse_alter_common(p, object, ALTER_RENAME | ALTER_OWNER, false, location);
    if (common != NULL)
        return common;
    AstAlterTablespace *node = NEW(p, AstAlterTablespace, AST_ALTER_TABLESPACE, location);
    node->name = name;
    node->reset = parse_accept(p, TOK_K_RESET);
    if (!node->reset)
        parse_expect(p, TOK_K_SET);
    node->options = parse_reloptions(p);
    return (Ast *)node;
}
