/*
 * parse_create.c: CREATE, dispatched by its words, and the smaller objects it makes: schemas,
 * policies, languages, access methods, conversions, collations, operator classes, text search.
 */
#include "planner/parse_int.h"

/* ---- schemas ---- */

/* True if CREATE makes something that may stand inside CREATE SCHEMA. */
static bool starts_schema_element(Parser *p) {
    uint32_t n = 1;
    if (tok_ahead(p, 1) == TOK_K_OR)
        n = tok_ahead(p, 2) == TOK_K_REPLACE ? 3 : 2;
    switch (tok_ahead(p, n)) {
    case TOK_K_TABLE:
    case TOK_K_TEMP:
    case TOK_K_TEMPORARY:
    case TOK_K_LOCAL:
    case TOK_K_GLOBAL:
    case TOK_K_UNLOGGED:
    case TOK_K_INDEX:
    case TOK_K_UNIQUE:
    case TOK_K_SEQUENCE:
    case TOK_K_TRIGGER:
    case TOK_K_CONSTRAINT:
    case TOK_K_VIEW:
    case TOK_K_RECURSIVE:
        return true;
    default:
        while (n-- > 0)
            parse_advance(p);
        return false;
    }
}

Ast *parse_create_schema(Parser *p, int32_t location) {
    AstCreateSchema *schema = NEW(p, AstCreateSchema, AST_CREATE_SCHEMA, location);
    schema->if_not_exists = parse_if_not_exists(p);
    if (!tok_is(p, TOK_K_AUTHORIZATION))
        schema->name = parse_col_id(p);
    if (parse_accept(p, TOK_K_AUTHORIZATION))
        schema->owner = parse_role(p);
    int32_t elements_location = tok_location(p);
    while (tok_is(p, TOK_K_CREATE) || tok_is(p, TOK_K_GRANT)) {
        int32_t where = tok_location(p);
        p->table_form = TABLE_FORM_DEFINED;
        if (parse_accept(p, TOK_K_GRANT))
            add(p, &schema->elements, parse_grant(p, true, where));
        else if (starts_schema_element(p)) {
            parse_advance(p);
            add(p, &schema->elements, parse_create(p, where));
        } else
            parse_syntax_error(p);
        p->table_form = TABLE_FORM_ANY;
    }
    if (schema->if_not_exists && schema->elements.count > 0)
        parse_fail(p, elements_location,
                   error(ERR_FEATURE_NOT_SUPPORTED,
                         "CREATE SCHEMA IF NOT EXISTS cannot include schema elements"));
    return (Ast *)schema;
}

/* ---- policies ---- */

static Ast *read_using(Parser *p) {
    if (!parse_accept(p, TOK_K_USING))
        return NULL;
    parse_expect(p, '(');
    Ast *expr = parse_a_expr(p);
    parse_expect(p, ')');
    return expr;
}

static Ast *read_with_check(Parser *p) {
    if (!parse_accept(p, TOK_K_WITH))
        return NULL;
    parse_expect2(p, TOK_K_CHECK, '(');
    Ast *expr = parse_a_expr(p);
    parse_expect(p, ')');
    return expr;
}

static bool read_permissive(Parser *p) {
    if (!parse_accept(p, TOK_K_AS))
        return true;
    int32_t location = tok_location(p);
    if (!tok_is(p, TOK_IDENT)) {
        parse_syntax_error(p);
        return true;
    }
    const char *word = parse_col_label(p);
    if (strcmp(word, "permissive") == 0)
        return true;
    if (strcmp(word, "restrictive") != 0)
        parse_fail(
            p, location,
            status_hint(error(ERR_SYNTAX_ERROR, "unrecognized row security option \"%s\"", word),
                        "Only PERMISSIVE or RESTRICTIVE policies are supported "
                        "currently."));
    return false;
}

static const char *read_policy_command(Parser *p) {
    if (!parse_accept(p, TOK_K_FOR))
        return "all";
    switch (tok(p)) {
    case TOK_K_ALL:
    case TOK_K_SELECT:
    case TOK_K_INSERT:
    case TOK_K_UPDATE:
    case TOK_K_DELETE:
        return parse_col_label(p);
    default:
        parse_syntax_error(p);
        return "";
    }
}

Ast *parse_create_policy(Parser *p, int32_t location) {
    AstCreatePolicy *policy = NEW(p, AstCreatePolicy, AST_CREATE_POLICY, location);
    policy->name = parse_col_id(p);
    parse_expect(p, TOK_K_ON);
    policy->table = parse_qualified_name(p);
    policy->permissive = read_permissive(p);
    policy->command = read_policy_command(p);
    if (parse_accept(p, TOK_K_TO))
        policy->roles = parse_roles(p);
    else {
        AstRoleSpec *everybody = NEW(p, AstRoleSpec, AST_ROLE_SPEC, -1);
        everybody->kind = AST_ROLE_PUBLIC;
        add(p, &policy->roles, everybody);
    }
    policy->using_expr = read_using(p);
    policy->check_expr = read_with_check(p);
    return (Ast *)policy;
}

Ast *parse_alter_policy(Parser *p, int32_t location) {
    AstAlterPolicy *policy = NEW(p, AstAlterPolicy, AST_ALTER_POLICY, location);
    int32_t name_location = tok_location(p);
    policy->name = parse_col_id(p);
    parse_expect(p, TOK_K_ON);
    policy->table = parse_qualified_name(p);
    if (tok_is(p, TOK_K_RENAME)) {
        AstObject *object = parse_new_object(p, AST_OBJECT_POLICY, name_location);
        object->sub_name = policy->name;
        object->relation = policy->table;
        return parse_alter_common(p, object, ALTER_RENAME, false, location);
    }
    if (parse_accept(p, TOK_K_TO))
        policy->roles = parse_roles(p);
    policy->using_expr = read_using(p);
    policy->check_expr = read_with_check(p);
    return (Ast *)policy;
}

/* ---- languages, access methods, conversions, assertions ---- */

static Ast *read_language(Parser *p, bool replace, int32_t location) {
    AstCreateLanguage *language = NEW(p, AstCreateLanguage, AST_CREATE_LANGUAGE, location);
    language->replace = replace;
    language->trusted = parse_accept(p, TOK_K_TRUSTED);
    parse_accept(p, TOK_K_PROCEDURAL);
    parse_expect(p, TOK_K_LANGUAGE);
    language->name = parse_col_id(p);
    if (!parse_accept(p, TOK_K_HANDLER))
        return (Ast *)language;
    language->handler = parse_handler_name(p);
    if (parse_accept(p, TOK_K_INLINE))
        language->inline_handler = parse_handler_name(p);
    if (parse_accept(p, TOK_K_VALIDATOR))
        language->validator = parse_handler_name(p);
    else if (parse_accept(p, TOK_K_NO))
        parse_expect(p, TOK_K_VALIDATOR);
    return (Ast *)language;
}

static Ast *read_access_method(Parser *p, int32_t location) {
    AstCreateAccessMethod *am = NEW(p, AstCreateAccessMethod, AST_CREATE_ACCESS_METHOD, location);
    parse_expect(p, TOK_K_METHOD);
    am->name = parse_col_id(p);
    parse_expect(p, TOK_K_TYPE);
    am->kind = 'i';
    if (!parse_accept(p, TOK_K_INDEX)) {
        parse_expect(p, TOK_K_TABLE);
        am->kind = 't';
    }
    parse_expect(p, TOK_K_HANDLER);
    am->handler = parse_handler_name(p);
    return (Ast *)am;
}

static Ast *read_conversion(Parser *p, int32_t location) {
    AstCreateConversion *conversion = NEW(p, AstCreateConversion, AST_CREATE_CONVERSION, location);
    conversion->is_default = parse_accept(p, TOK_K_DEFAULT);
    parse_expect(p, TOK_K_CONVERSION);
    conversion->name = parse_any_name(p);
    parse_expect(p, TOK_K_FOR);
    conversion->from_encoding = parse_string(p);
    parse_expect(p, TOK_K_TO);
    conversion->to_encoding = parse_string(p);
    parse_expect(p, TOK_K_FROM);
    conversion->function = parse_any_name(p);
    return (Ast *)conversion;
}

static Ast *read_assertion(Parser *p) {
    int32_t location;
    parse_any_name(p);
    parse_expect2(p, TOK_K_CHECK, '(');
    parse_a_expr(p);
    parse_expect(p, ')');
    parse_constraint_attributes(p, &location);
    parse_fail(p, -1, error(ERR_FEATURE_NOT_SUPPORTED, "CREATE ASSERTION is not yet implemented"));
    return parse_nothing(p);
}

static Ast *read_collation(Parser *p, int32_t location) {
    AstDefine *define = NEW(p, AstDefine, AST_DEFINE, location);
    define->kind = AST_OBJECT_COLLATION;
    define->if_not_exists = parse_if_not_exists(p);
    define->name = parse_any_name(p);
    int32_t from_location = tok_location(p);
    if (parse_accept(p, TOK_K_FROM)) {
        Ast *other = (Ast *)parse_new_name_list(p, parse_any_name(p), from_location);
        add(p, &define->options, parse_new_option(p, "from", other, from_location));
    } else
        define->options = parse_definition(p);
    return (Ast *)define;
}

/* ---- operator classes ---- */

/* FOR SEARCH, FOR ORDER BY family, and RECHECK, which is long gone */
static void read_op_purpose(Parser *p, AstOpClassItem *item) {
    if (parse_accept(p, TOK_K_FOR) && !parse_accept(p, TOK_K_SEARCH)) {
        parse_expect2(p, TOK_K_ORDER, TOK_K_BY);
        item->order_family = parse_any_name(p);
    }
    int32_t location = tok_location(p);
    if (parse_accept(p, TOK_K_RECHECK))
        parse_fail(p, location,
                   status_hint(error(ERR_FEATURE_NOT_SUPPORTED, "RECHECK is no longer required"),
                               "Update your data type."));
}

static AstOpClassItem *read_op_class_item(Parser *p) {
    AstOpClassItem *item = NEW(p, AstOpClassItem, AST_OP_CLASS_ITEM, tok_location(p));
    if (parse_accept(p, TOK_K_STORAGE)) {
        item->kind = AST_OP_CLASS_STORAGE;
        item->storage = parse_type(p);
    } else if (parse_accept(p, TOK_K_FUNCTION)) {
        item->kind = AST_OP_CLASS_FUNCTION;
        item->number = parse_integer(p);
        if (parse_accept(p, '(')) {
            item->arg_types = parse_type_list(p);
            parse_expect(p, ')');
        }
        item->object = parse_function_object(p, AST_OBJECT_FUNCTION);
    } else {
        parse_expect(p, TOK_K_OPERATOR);
        item->kind = AST_OP_CLASS_OPERATOR;
        item->number = parse_integer(p);
        item->object = parse_new_object(p, AST_OBJECT_OPERATOR, tok_location(p));
        item->object->name = parse_operator_name(p);
        if (tok_is(p, '('))
            parse_operator_types(p, item->object);
        read_op_purpose(p, item);
    }
    return item;
}

static AstList read_op_class_items(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, read_op_class_item(p));
    } while (parse_accept(p, ','));
    return list;
}

/* Behind OPERATOR CLASS */
Ast *parse_create_op_class(Parser *p, int32_t location) {
    AstCreateOpClass *node = NEW(p, AstCreateOpClass, AST_CREATE_OP_CLASS, location);
    node->name = parse_any_name(p);
    node->is_default = parse_accept(p, TOK_K_DEFAULT);
    parse_expect2(p, TOK_K_FOR, TOK_K_TYPE);
    node->type = parse_type(p);
    parse_expect(p, TOK_K_USING);
    node->access_method = parse_col_id(p);
    if (parse_accept(p, TOK_K_FAMILY))
        node->family = parse_any_name(p);
    parse_expect(p, TOK_K_AS);
    node->items = read_op_class_items(p);
    return (Ast *)node;
}

static Ast *read_op_family(Parser *p, int32_t location) {
    AstCreateOpFamily *node = NEW(p, AstCreateOpFamily, AST_CREATE_OP_FAMILY, location);
    node->name = parse_any_name(p);
    parse_expect(p, TOK_K_USING);
    node->access_method = parse_col_id(p);
    return (Ast *)node;
}

Ast *parse_alter_op_family(Parser *p, StrList name, const char *access_method, int32_t location) {
    AstAlterOpFamily *node = NEW(p, AstAlterOpFamily, AST_ALTER_OP_FAMILY, location);
    node->name = name;
    node->access_method = access_method;
    if (parse_accept(p, TOK_K_ADD)) {
        node->items = read_op_class_items(p);
        return (Ast *)node;
    }
    parse_expect(p, TOK_K_DROP);
    node->drop = true;
    do {
        AstOpClassItem *item = NEW(p, AstOpClassItem, AST_OP_CLASS_ITEM, tok_location(p));
        item->kind = AST_OP_CLASS_OPERATOR;
        if (!parse_accept(p, TOK_K_OPERATOR)) {
            parse_expect(p, TOK_K_FUNCTION);
            item->kind = AST_OP_CLASS_FUNCTION;
        }
        item->number = parse_integer(p);
        parse_expect(p, '(');
        item->arg_types = parse_type_list(p);
        parse_expect(p, ')');
        add(p, &node->items, item);
    } while (parse_accept(p, ','));
    return (Ast *)node;
}

/* CREATE OPERATOR, CLASS or FAMILY; the latter two may also be an operator's schema. */
static Ast *read_operator(Parser *p, int32_t location) {
    bool schema = tok_ahead(p, 1) == '.';
    if (!schema && parse_accept(p, TOK_K_CLASS))
        return parse_create_op_class(p, location);
    if (!schema && parse_accept(p, TOK_K_FAMILY))
        return read_op_family(p, location);
    return parse_create_operator(p, location);
}

/* ---- text search ---- */

static bool read_text_search_kind(Parser *p, AstObjectKind *kind) {
    if (tok_is(p, TOK_K_TEXT) && parse_any_name_kind(p, kind))
        return true;
    parse_expect2(p, TOK_K_TEXT, TOK_K_SEARCH);
    parse_syntax_error(p);
    return false;
}

Ast *parse_create_text_search(Parser *p, int32_t location) {
    AstDefine *define = NEW(p, AstDefine, AST_DEFINE, location);
    if (!read_text_search_kind(p, &define->kind))
        return (Ast *)define;
    define->name = parse_any_name(p);
    define->options = parse_definition(p);
    return (Ast *)define;
}

static void expect_any_with(Parser *p) {
    if (!parse_accept(p, TOK_WITH_LA))
        parse_expect(p, TOK_K_WITH);
}

static void read_replacement(Parser *p, AstAlterTsConfig *node) {
    int32_t location = tok_location(p);
    add(p, &node->dictionaries, parse_new_name_list(p, parse_any_name(p), location));
    expect_any_with(p);
    location = tok_location(p);
    add(p, &node->dictionaries, parse_new_name_list(p, parse_any_name(p), location));
}

/* ADD | ALTER | DROP MAPPING ..; NULL (nothing consumed) if it is none of them. */
static Ast *read_mapping(Parser *p, StrList name, int32_t location) {
    unsigned word = tok(p);
    if (word != TOK_K_ADD && word != TOK_K_ALTER && word != TOK_K_DROP)
        return NULL;
    AstAlterTsConfig *node = NEW(p, AstAlterTsConfig, AST_ALTER_TS_CONFIG, location);
    node->name = name;
    parse_advance(p);
    parse_expect(p, TOK_K_MAPPING);
    if (word == TOK_K_ALTER && parse_accept(p, TOK_K_REPLACE)) {
        node->kind = AST_TS_REPLACE_DICT;
        read_replacement(p, node);
        return (Ast *)node;
    }
    if (word == TOK_K_DROP && parse_accept(p, TOK_K_IF)) {
        parse_expect(p, TOK_K_EXISTS);
        node->missing_ok = true;
    }
    parse_expect(p, TOK_K_FOR);
    node->token_types = parse_name_list(p);
    if (word == TOK_K_DROP) {
        node->kind = AST_TS_DROP_MAPPING;
        return (Ast *)node;
    }
    if (word == TOK_K_ALTER && parse_accept(p, TOK_K_REPLACE)) {
        node->kind = AST_TS_REPLACE_DICT_FOR_TOKEN;
        read_replacement(p, node);
        return (Ast *)node;
    }
    node->kind = word == TOK_K_ADD ? AST_TS_ADD_MAPPING : AST_TS_ALTER_MAPPING;
    expect_any_with(p);
    node->dictionaries = parse_any_name_list(p);
    return (Ast *)node;
}

Ast *parse_alter_text_search(Parser *p, int32_t location) {
    AstObjectKind kind;
    if (!read_text_search_kind(p, &kind))
        return parse_nothing(p);
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    object->name = parse_any_name(p);
    unsigned allowed = ALTER_RENAME | ALTER_SCHEMA;
    if (kind == AST_OBJECT_TS_DICTIONARY || kind == AST_OBJECT_TS_CONFIGURATION)
        allowed |= ALTER_OWNER;
    Ast *node = parse_alter_common(p, object, allowed, false, location);
    if (node == NULL && kind == AST_OBJECT_TS_CONFIGURATION)
        node = read_mapping(p, object->name, location);
    if (node != NULL)
        return node;
    if (kind == AST_OBJECT_TS_DICTIONARY && tok_is(p, '(')) {
        AstAlterTsDictionary *dictionary =
            NEW(p, AstAlterTsDictionary, AST_ALTER_TS_DICTIONARY, location);
        dictionary->name = object->name;
        dictionary->options = parse_definition(p);
        return (Ast *)dictionary;
    }
    if (parse_accept(p, TOK_K_SET))
        parse_expect(p, TOK_K_SCHEMA);
    parse_syntax_error(p);
    return parse_nothing(p);
}

/* ---- CREATE ---- */

/* CREATE OR REPLACE may make these; NULL (nothing consumed) for anything else. */
static Ast *read_replaceable(Parser *p, bool replace, int32_t location) {
    switch (tok(p)) {
    case TOK_K_AGGREGATE:
        return parse_create_aggregate(p, replace, location);
    case TOK_K_FUNCTION:
    case TOK_K_PROCEDURE:
        return parse_create_function(p, replace, location);
    case TOK_K_LANGUAGE:
    case TOK_K_PROCEDURAL:
    case TOK_K_TRUSTED:
        return read_language(p, replace, location);
    case TOK_K_RULE:
        parse_advance(p);
        return parse_create_rule(p, replace, location);
    case TOK_K_TRANSFORM:
        return parse_create_transform(p, replace, location);
    case TOK_K_TRIGGER:
        parse_advance(p);
        return parse_create_trigger(p, replace, false, location);
    case TOK_K_CONSTRAINT:
        parse_expect2(p, TOK_K_CONSTRAINT, TOK_K_TRIGGER);
        return parse_create_trigger(p, replace, true, location);
    default:
        return NULL;
    }
}

/* Behind the persistence: a table, sequence or view. */
static Ast *read_relation(Parser *p, AstPersistence persistence, bool replace, int32_t location) {
    switch (tok(p)) {
    case TOK_K_VIEW:
    case TOK_K_RECURSIVE:
        if (p->table_form == TABLE_FORM_QUERY)
            break;
        return parse_create_view(p, persistence, replace, location);
    case TOK_K_TABLE:
        if (replace)
            break;
        parse_advance(p);
        return parse_create_table(p, persistence, location);
    case TOK_K_SEQUENCE:
        if (replace || p->table_form == TABLE_FORM_QUERY)
            break;
        parse_advance(p);
        return parse_create_sequence(p, persistence, location);
    case TOK_K_MATERIALIZED:
        if (replace || p->table_form == TABLE_FORM_DEFINED ||
            persistence == AST_PERSISTENCE_TEMPORARY)
            break;
        parse_expect2(p, TOK_K_MATERIALIZED, TOK_K_VIEW);
        return parse_create_matview(p, persistence, location);
    default:
        break;
    }
    parse_syntax_error(p);
    return parse_nothing(p);
}

/* Objects whose readers start behind one word. */
static Ast *read_by_word(Parser *p, int32_t location) {
    static const struct {
        uint16_t word;
        Ast *(*read)(Parser *, int32_t);
    } readers[] = {
        {TOK_K_ACCESS, read_access_method},
        {TOK_K_COLLATION, read_collation},
        {TOK_K_DATABASE, parse_create_database},
        {TOK_K_DOMAIN, parse_create_domain},
        {TOK_K_EVENT, parse_create_event_trigger},
        {TOK_K_EXTENSION, parse_create_extension},
        {TOK_K_OPERATOR, read_operator},
        {TOK_K_POLICY, parse_create_policy},
        {TOK_K_PUBLICATION, parse_create_publication},
        {TOK_K_SCHEMA, parse_create_schema},
        {TOK_K_SERVER, parse_create_server},
        {TOK_K_STATISTICS, parse_create_statistics},
        {TOK_K_SUBSCRIPTION, parse_create_subscription},
        {TOK_K_TABLESPACE, parse_create_tablespace},
        {TOK_K_TYPE, parse_create_type},
    };
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        if (parse_accept(p, readers[i].word))
            return readers[i].read(p, location);
    return NULL;
}

static Ast *read_user_or_role(Parser *p, unsigned word, int32_t location) {
    unsigned behind = tok_ahead(p, 2);
    if (word == TOK_K_USER && tok_ahead(p, 1) == TOK_K_MAPPING &&
        (behind == TOK_K_FOR || behind == TOK_K_IF)) {
        parse_advance(p);
        parse_advance(p);
        return parse_create_user_mapping(p, location);
    }
    parse_advance(p);
    AstRoleStatementKind kind = word == TOK_K_ROLE   ? AST_ROLE_ROLE
                                : word == TOK_K_USER ? AST_ROLE_USER
                                                     : AST_ROLE_GROUP;
    return parse_create_role(p, kind, location);
}

Ast *parse_create(Parser *p, int32_t location) {
    bool replace = parse_accept(p, TOK_K_OR);
    if (replace)
        parse_expect(p, TOK_K_REPLACE);
    Ast *node = read_replaceable(p, replace, location);
    if (node != NULL)
        return node;
    unsigned word = tok(p);
    if (!replace)
        switch (word) {
        case TOK_K_UNIQUE:
        case TOK_K_INDEX:
            return parse_create_index(p, location);
        case TOK_K_DEFAULT:
        case TOK_K_CONVERSION:
            return read_conversion(p, location);
        case TOK_K_CAST:
            return parse_create_cast(p, location);
        case TOK_K_TEXT:
            return parse_create_text_search(p, location);
        case TOK_K_ROLE:
        case TOK_K_USER:
        case TOK_K_GROUP:
            return read_user_or_role(p, word, location);
        case TOK_K_FOREIGN:
            parse_advance(p);
            if (parse_accept(p, TOK_K_TABLE))
                return parse_create_foreign_table(p, location);
            return parse_create_fdw(p, location);
        case TOK_K_ASSERTION:
            parse_advance(p);
            return read_assertion(p);
        default:
            node = read_by_word(p, location);
            if (node != NULL)
                return node;
        }
    AstPersistence persistence = parse_persistence(p);
    return read_relation(p, persistence, replace, location);
}
