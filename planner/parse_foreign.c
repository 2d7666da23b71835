/*
 * parse_foreign.c: what reaches outside the database: foreign data wrappers, servers, user
 * mappings, extensions, publications, subscriptions.
 */
#include "planner/parse_int.h"

/* ---- foreign data wrappers ---- */

static AstObject *named_object(Parser *p, AstObjectKind kind) {
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    add_str(p, &object->name, parse_col_id(p));
    return object;
}

/* HANDLER h, NO HANDLER, VALIDATOR v, NO VALIDATOR, as many as follow */
static AstList read_fdw_functions(Parser *p) {
    AstList list = {0};
    for (;;) {
        int32_t location = tok_location(p);
        bool none = parse_accept(p, TOK_K_NO);
        bool handler = parse_accept(p, TOK_K_HANDLER);
        if (!handler && !parse_accept(p, TOK_K_VALIDATOR)) {
            if (none)
                parse_syntax_error(p);
            return list;
        }
        AstOption *option = parse_new_option(p, handler ? "handler" : "validator", NULL, location);
        int32_t name_location = tok_location(p);
        if (!none)
            option->value = (Ast *)parse_new_name_list(p, parse_handler_name(p), name_location);
        add(p, &list, option);
    }
}

/* Behind CREATE FOREIGN */
Ast *parse_create_fdw(Parser *p, int32_t location) {
    AstCreateFdw *fdw = NEW(p, AstCreateFdw, AST_CREATE_FDW, location);
    parse_expect2(p, TOK_K_DATA, TOK_K_WRAPPER);
    fdw->name = parse_col_id(p);
    fdw->functions = read_fdw_functions(p);
    fdw->options = parse_generic_options(p);
    return (Ast *)fdw;
}

/* The word FOREIGN is current. */
Ast *parse_alter_fdw(Parser *p, int32_t location) {
    parse_expect3(p, TOK_K_FOREIGN, TOK_K_DATA, TOK_K_WRAPPER);
    AstObject *object = named_object(p, AST_OBJECT_FDW);
    Ast *common = parse_alter_common(p, object, ALTER_RENAME | ALTER_OWNER, false, location);
    if (common != NULL)
        return common;
    AstAlterFdw *fdw = NEW(p, AstAlterFdw, AST_ALTER_FDW, location);
    fdw->name = str_list_last(&object->name);
    fdw->functions = read_fdw_functions(p);
    if (fdw->functions.count == 0 || tok_is(p, TOK_K_OPTIONS))
        fdw->options = parse_alter_generic_options(p);
    return (Ast *)fdw;
}

/* ---- servers and user mappings ---- */

/* VERSION 'v' or VERSION NULL; the word was read. */
static const char *read_version(Parser *p) {
    return parse_accept(p, TOK_K_NULL) ? NULL : parse_string(p);
}

Ast *parse_create_server(Parser *p, int32_t location) {
    AstCreateServer *server = NEW(p, AstCreateServer, AST_CREATE_SERVER, location);
    server->if_not_exists = parse_if_not_exists(p);
    server->name = parse_col_id(p);
    if (parse_accept(p, TOK_K_TYPE))
        server->type = parse_string(p);
    if (parse_accept(p, TOK_K_VERSION))
        server->version = read_version(p);
    parse_expect3(p, TOK_K_FOREIGN, TOK_K_DATA, TOK_K_WRAPPER);
    server->wrapper = parse_col_id(p);
    server->options = parse_generic_options(p);
    return (Ast *)server;
}

Ast *parse_alter_server(Parser *p, int32_t location) {
    AstObject *object = named_object(p, AST_OBJECT_FOREIGN_SERVER);
    Ast *common = parse_alter_common(p, object, ALTER_RENAME | ALTER_OWNER, false, location);
    if (common != NULL)
        return common;
    AstAlterServer *server = NEW(p, AstAlterServer, AST_ALTER_SERVER, location);
    server->name = str_list_last(&object->name);
    server->version_given = parse_accept(p, TOK_K_VERSION);
    if (server->version_given)
        server->version = read_version(p);
    if (!server->version_given || tok_is(p, TOK_K_OPTIONS))
        server->options = parse_alter_generic_options(p);
    return (Ast *)server;
}

AstRoleSpec *parse_auth_ident(Parser *p) {
    if (!tok_is(p, TOK_K_USER))
        return parse_role(p);
    AstRoleSpec *role = NEW(p, AstRoleSpec, AST_ROLE_SPEC, tok_location(p));
    role->kind = AST_ROLE_CURRENT_USER;
    parse_advance(p);
    return role;
}

/* FOR user SERVER name */
static AstRoleSpec *read_mapping(Parser *p, const char **server) {
    parse_expect(p, TOK_K_FOR);
    AstRoleSpec *user = parse_auth_ident(p);
    parse_expect(p, TOK_K_SERVER);
    *server = parse_col_id(p);
    return user;
}

Ast *parse_create_user_mapping(Parser *p, int32_t location) {
    AstCreateUserMapping *node = NEW(p, AstCreateUserMapping, AST_CREATE_USER_MAPPING, location);
    node->if_not_exists = tok_is(p, TOK_K_IF);
    if (node->if_not_exists)
        parse_expect3(p, TOK_K_IF, TOK_K_NOT, TOK_K_EXISTS);
    node->user = read_mapping(p, &node->server);
    node->options = parse_generic_options(p);
    return (Ast *)node;
}

Ast *parse_alter_user_mapping(Parser *p, int32_t location) {
    AstAlterUserMapping *node = NEW(p, AstAlterUserMapping, AST_ALTER_USER_MAPPING, location);
    node->user = read_mapping(p, &node->server);
    node->options = parse_alter_generic_options(p);
    return (Ast *)node;
}

Ast *parse_drop_user_mapping(Parser *p, int32_t location) {
    AstDropUserMapping *node = NEW(p, AstDropUserMapping, AST_DROP_USER_MAPPING, location);
    node->missing_ok = parse_accept(p, TOK_K_IF);
    if (node->missing_ok)
        parse_expect(p, TOK_K_EXISTS);
    node->user = read_mapping(p, &node->server);
    return (Ast *)node;
}

Ast *parse_import_foreign_schema(Parser *p, int32_t location) {
    AstImportForeignSchema *node =
        NEW(p, AstImportForeignSchema, AST_IMPORT_FOREIGN_SCHEMA, location);
    parse_expect2(p, TOK_K_FOREIGN, TOK_K_SCHEMA);
    node->remote_schema = parse_col_id(p);
    if (parse_accept(p, TOK_K_LIMIT)) {
        parse_expect(p, TOK_K_TO);
        node->kind = AST_IMPORT_LIMIT_TO;
    } else if (parse_accept(p, TOK_K_EXCEPT))
        node->kind = AST_IMPORT_EXCEPT;
    if (node->kind != AST_IMPORT_ALL) {
        parse_expect(p, '(');
        node->tables = parse_relation_exprs(p);
        parse_expect(p, ')');
    }
    parse_expect2(p, TOK_K_FROM, TOK_K_SERVER);
    node->server = parse_col_id(p);
    parse_expect(p, TOK_K_INTO);
    node->local_schema = parse_col_id(p);
    node->options = parse_generic_options(p);
    return (Ast *)node;
}

/* ---- extensions ---- */

Ast *parse_create_extension(Parser *p, int32_t location) {
    AstCreateExtension *node = NEW(p, AstCreateExtension, AST_CREATE_EXTENSION, location);
    node->if_not_exists = parse_if_not_exists(p);
    node->name = parse_col_id(p);
    if (!parse_accept(p, TOK_K_WITH))
        parse_accept(p, TOK_WITH_LA);
    for (;;) {
        int32_t where = tok_location(p), value_location;
        AstOption *option = parse_new_option(p, NULL, NULL, where);
        if (parse_accept(p, TOK_K_SCHEMA)) {
            option->name = "schema";
            value_location = tok_location(p);
            option->value = (Ast *)parse_string_const(p, parse_col_id(p), value_location);
        } else if (parse_accept(p, TOK_K_VERSION)) {
            option->name = "new_version";
            value_location = tok_location(p);
            option->value = (Ast *)parse_string_const(p, parse_word_or_string(p), value_location);
        } else if (parse_accept(p, TOK_K_FROM)) {
            parse_word_or_string(p);
            parse_fail(p, where,
                       error(ERR_FEATURE_NOT_SUPPORTED,
                             "CREATE EXTENSION ... FROM is no longer supported"));
        } else if (parse_accept(p, TOK_K_CASCADE)) {
            option->name = "cascade";
            option->value = (Ast *)parse_bool_const(p, true, where);
        } else
            return (Ast *)node;
        add(p, &node->options, option);
    }
}

Ast *parse_alter_extension(Parser *p, int32_t location) {
    AstObject *object = named_object(p, AST_OBJECT_EXTENSION);
    const char *name = str_list_last(&object->name);
    Ast *common = parse_alter_common(p, object, ALTER_SCHEMA, false, location);
    if (common != NULL)
        return common;
    if (parse_accept(p, TOK_K_UPDATE)) {
        AstAlterExtension *node = NEW(p, AstAlterExtension, AST_ALTER_EXTENSION, location);
        node->name = name;
        int32_t where = tok_location(p);
        while (parse_accept(p, TOK_K_TO)) {
            int32_t value_location = tok_location(p);
            Ast *value = (Ast *)parse_string_const(p, parse_word_or_string(p), value_location);
            add(p, &node->options, parse_new_option(p, "new_version", value, where));
            where = tok_location(p);
        }
        return (Ast *)node;
    }
    AstAlterExtensionContents *node =
        NEW(p, AstAlterExtensionContents, AST_ALTER_EXTENSION_CONTENTS, location);
    node->name = name;
    if (parse_accept(p, TOK_K_SET))
        parse_expect(p, TOK_K_SCHEMA);
    node->drop = parse_accept(p, TOK_K_DROP);
    if (!node->drop)
        parse_expect(p, TOK_K_ADD);
    node->object = parse_extension_member(p);
    return (Ast *)node;
}

/* ---- publications ---- */

/* As read, before it is known whether a word continues a list of tables or of schemas. */
typedef struct PublicationItem {
    enum { ITEM_TABLE, ITEM_SCHEMA, ITEM_CURRENT_SCHEMA, ITEM_CONTINUED } kind;
    const char *name;      /* a lone word */
    AstRangeVar *relation; /* certainly a table, or with columns or WHERE */
} PublicationItem;

static void read_publication_table_parts(Parser *p, AstPublicationObject *object) {
    object->columns_given = tok_is(p, '(');
    object->columns = parse_optional_paren_names(p);
    if (parse_accept(p, TOK_K_WHERE)) {
        parse_expect(p, '(');
        object->where = parse_a_expr(p);
        parse_expect(p, ')');
    }
}

static PublicationItem read_publication_item(Parser *p, AstPublicationObject *object) {
    PublicationItem item = {ITEM_CONTINUED, NULL, NULL};
    int32_t location = tok_location(p);
    if (parse_accept(p, TOK_K_TABLE)) {
        item.kind = ITEM_TABLE;
        item.relation = parse_relation_expr(p);
        read_publication_table_parts(p, object);
        return item;
    }
    if (tok_is(p, TOK_K_TABLES) && tok_ahead(p, 1) == TOK_K_IN) {
        parse_expect3(p, TOK_K_TABLES, TOK_K_IN, TOK_K_SCHEMA);
        object->location = tok_location(p);
        item.kind = parse_accept(p, TOK_K_CURRENT_SCHEMA) ? ITEM_CURRENT_SCHEMA : ITEM_SCHEMA;
        if (item.kind == ITEM_SCHEMA)
            item.name = parse_col_id(p);
        return item;
    }
    object->location = location;
    if (parse_accept(p, TOK_K_CURRENT_SCHEMA))
        return item;
    if (tok_is(p, TOK_K_ONLY)) {
        object->location = 0;
        item.relation = parse_relation_expr(p);
        read_publication_table_parts(p, object);
        return item;
    }
    const char *name = parse_col_id(p);
    bool dotted = tok_is(p, '.') || tok_is(p, '[');
    AstRangeVar *relation = parse_range_var(p, name, location);
    bool star = parse_accept(p, '*');
    if (star)
        object->location = 0;
    read_publication_table_parts(p, object);
    if (dotted || star || object->columns_given || object->where != NULL)
        item.relation = relation;
    else
        item.name = name;
    return item;
}

static void fail_publication(Parser *p, const AstPublicationObject *object, const char *message) {
    parse_fail(p, object->location, error(ERR_SYNTAX_ERROR, "%s", message));
}

/* Decides what the item is; kind is that of the item before, or of itself. */
static void resolve_publication_item(Parser *p, AstPublicationObject *object,
                                     const PublicationItem *item, int kind) {
    if (kind == ITEM_TABLE) {
        object->kind = AST_PUBLICATION_TABLE;
        object->relation = item->relation;
        if (item->relation == NULL && item->name == NULL)
            fail_publication(p, object, "invalid table name");
        else if (item->relation == NULL) {
            StrList names = {0};
            add_str(p, &names, item->name);
            object->relation = parse_range_var_of_names(p, &names, object->location);
        }
        return;
    }
    if (object->where != NULL)
        fail_publication(p, object, "WHERE clause not allowed for schema");
    else if (object->columns_given)
        fail_publication(p, object, "column specification not allowed for schema");
    else if (item->name != NULL) {
        object->kind = AST_PUBLICATION_SCHEMA;
        object->schema = item->name;
    } else if (item->relation == NULL)
        object->kind = AST_PUBLICATION_CURRENT_SCHEMA;
    else
        fail_publication(p, object, "invalid schema name");
}

/* The objects and, for CREATE, the options behind them, which are read before the objects are
 * judged. */
static AstList read_publication_objects(Parser *p, AstList *options) {
    AstList list = {0};
    uint32_t capacity = 0;
    PublicationItem *items = NULL;
    do {
        AstPublicationObject *object = NEW(p, AstPublicationObject, AST_PUBLICATION_OBJECT, 0);
        if (list.count == capacity) {
            uint32_t more = capacity == 0 ? 4 : capacity * 2;
            items = arena_grow(p->arena, items, capacity * sizeof(*items), more * sizeof(*items));
            capacity = more;
        }
        items[list.count] = read_publication_item(p, object);
        add(p, &list, object);
    } while (parse_accept(p, ','));
    if (options != NULL)
        *options = parse_optional_with_definition(p);
    if (tok_is(p, TOK_ERROR))
        parse_syntax_error(p);
    if (p->failed)
        return list;
    int kind = items[0].kind;
    if (kind == ITEM_CONTINUED)
        parse_fail(p, list.items[0]->location,
                   status_detail(error(ERR_SYNTAX_ERROR, "invalid publication object list"),
                                 "One of TABLE or TABLES IN SCHEMA must be specified before a "
                                 "standalone table or schema name."));
    for (uint32_t i = 0; i < list.count && !p->failed; i++) {
        if (items[i].kind != ITEM_CONTINUED)
            kind = items[i].kind;
        resolve_publication_item(p, (AstPublicationObject *)list.items[i], &items[i], kind);
    }
    return list;
}

Ast *parse_create_publication(Parser *p, int32_t location) {
    AstCreatePublication *node = NEW(p, AstCreatePublication, AST_CREATE_PUBLICATION, location);
    node->name = parse_col_id(p);
    if (parse_accept(p, TOK_K_FOR)) {
        node->all_tables = parse_accept(p, TOK_K_ALL);
        if (!node->all_tables) {
            node->objects = read_publication_objects(p, &node->options);
            return (Ast *)node;
        }
        parse_expect(p, TOK_K_TABLES);
    }
    node->options = parse_optional_with_definition(p);
    return (Ast *)node;
}

Ast *parse_alter_publication(Parser *p, int32_t location) {
    AstObject *object = named_object(p, AST_OBJECT_PUBLICATION);
    Ast *common = parse_alter_common(p, object, ALTER_RENAME | ALTER_OWNER, false, location);
    if (common != NULL)
        return common;
    AstAlterPublication *node = NEW(p, AstAlterPublication, AST_ALTER_PUBLICATION, location);
    node->name = str_list_last(&object->name);
    if (parse_accept(p, TOK_K_SET)) {
        if (tok_is(p, '(')) {
            node->options = parse_definition(p);
            return (Ast *)node;
        }
        node->kind = AST_PUBLICATION_SET;
    } else if (parse_accept(p, TOK_K_ADD))
        node->kind = AST_PUBLICATION_ADD;
    else {
        parse_expect(p, TOK_K_DROP);
        node->kind = AST_PUBLICATION_DROP;
    }
    node->objects = read_publication_objects(p, NULL);
    return (Ast *)node;
}

/* ---- subscriptions ---- */

Ast *parse_create_subscription(Parser *p, int32_t location) {
    AstCreateSubscription *node = NEW(p, AstCreateSubscription, AST_CREATE_SUBSCRIPTION, location);
    node->name = parse_col_id(p);
    parse_expect(p, TOK_K_CONNECTION);
    node->connection = parse_string(p);
    parse_expect(p, TOK_K_PUBLICATION);
    node->publications = parse_name_list(p);
    node->options = parse_optional_with_definition(p);
    return (Ast *)node;
}

/* PUBLICATION names [WITH (..)] */
static void read_subscription_publications(Parser *p, AstAlterSubscription *node,
                                           AstAlterSubscriptionKind kind) {
    node->kind = kind;
    parse_expect(p, TOK_K_PUBLICATION);
    node->publications = parse_name_list(p);
    node->options = parse_optional_with_definition(p);
}

Ast *parse_alter_subscription(Parser *p, int32_t location) {
    AstObject *object = named_object(p, AST_OBJECT_SUBSCRIPTION);
    Ast *common = parse_alter_common(p, object, ALTER_RENAME | ALTER_OWNER, false, location);
    if (common != NULL)
        return common;
    AstAlterSubscription *node = NEW(p, AstAlterSubscription, AST_ALTER_SUBSCRIPTION, location);
    node->name = str_list_last(&object->name);
    if (parse_accept(p, TOK_K_SET)) {
        if (tok_is(p, '('))
            node->options = parse_definition(p);
        else
            read_subscription_publications(p, node, AST_SUBSCRIPTION_SET_PUBLICATION);
    } else if (parse_accept(p, TOK_K_ADD))
        read_subscription_publications(p, node, AST_SUBSCRIPTION_ADD_PUBLICATION);
    else if (parse_accept(p, TOK_K_DROP))
        read_subscription_publications(p, node, AST_SUBSCRIPTION_DROP_PUBLICATION);
    else if (parse_accept(p, TOK_K_REFRESH)) {
        node->kind = AST_SUBSCRIPTION_REFRESH;
        parse_expect(p, TOK_K_PUBLICATION);
        node->options = parse_optional_with_definition(p);
    } else if (parse_accept(p, TOK_K_CONNECTION)) {
        node->kind = AST_SUBSCRIPTION_CONNECTION;
        node->connection = parse_string(p);
    } else if (parse_accept(p, TOK_K_SKIP)) {
        node->kind = AST_SUBSCRIPTION_SKIP;
        node->options = parse_definition(p);
    } else if (parse_accept(p, TOK_K_ENABLE))
        node->kind = AST_SUBSCRIPTION_ENABLE;
    else {
        parse_expect(p, TOK_K_DISABLE);
        node->kind = AST_SUBSCRIPTION_DISABLE;
    }
    return (Ast *)node;
}
