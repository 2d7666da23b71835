/*
 * parse_object.c: statements about any object: DROP, COMMENT, SECURITY LABEL, and what every ALTER
 * knows: RENAME, OWNER, SET SCHEMA, DEPENDS ON EXTENSION. ALTER itself is dispatched here.
 */
#include "planner/parse_int.h"

AstObject *parse_new_object(Parser *p, AstObjectKind kind, int32_t location) {
    AstObject *object = NEW(p, AstObject, AST_OBJECT, location);
    object->kind = kind;
    object->direct_args = -1;
    return object;
}

/* ---- kinds by their words ---- */

typedef struct KindWords {
    uint16_t words[3]; /* 0: no more */
    uint8_t kind;
} KindWords;

static bool match_kind(Parser *p, const KindWords *table, size_t count, AstObjectKind *kind_out) {
    for (size_t i = 0; i < count; i++) {
        const uint16_t *words = table[i].words;
        uint32_t n = 0;
        while (n < 3 && words[n] != 0 && tok_ahead(p, n) == words[n])
            n++;
        if (n < 3 && words[n] != 0)
            continue;
        while (n-- > 0)
            parse_advance(p);
        *kind_out = (AstObjectKind)table[i].kind;
        return true;
    }
    return false;
}

bool parse_any_name_kind(Parser *p, AstObjectKind *kind_out) {
    static const KindWords table[] = {
        {{TOK_K_TABLE}, AST_OBJECT_TABLE},
        {{TOK_K_SEQUENCE}, AST_OBJECT_SEQUENCE},
        {{TOK_K_VIEW}, AST_OBJECT_VIEW},
        {{TOK_K_MATERIALIZED, TOK_K_VIEW}, AST_OBJECT_MATVIEW},
        {{TOK_K_INDEX}, AST_OBJECT_INDEX},
        {{TOK_K_FOREIGN, TOK_K_TABLE}, AST_OBJECT_FOREIGN_TABLE},
        {{TOK_K_COLLATION}, AST_OBJECT_COLLATION},
        {{TOK_K_CONVERSION}, AST_OBJECT_CONVERSION},
        {{TOK_K_STATISTICS}, AST_OBJECT_STATISTICS},
        {{TOK_K_TEXT, TOK_K_SEARCH, TOK_K_PARSER}, AST_OBJECT_TS_PARSER},
        {{TOK_K_TEXT, TOK_K_SEARCH, TOK_K_DICTIONARY}, AST_OBJECT_TS_DICTIONARY},
        {{TOK_K_TEXT, TOK_K_SEARCH, TOK_K_TEMPLATE}, AST_OBJECT_TS_TEMPLATE},
        {{TOK_K_TEXT, TOK_K_SEARCH, TOK_K_CONFIGURATION}, AST_OBJECT_TS_CONFIGURATION},
    };
    return match_kind(p, table, ARRAY_LEN(table), kind_out);
}

bool parse_name_kind(Parser *p, bool all, AstObjectKind *kind_out) {
    static const KindWords table[] = {
        {{TOK_K_ACCESS, TOK_K_METHOD}, AST_OBJECT_ACCESS_METHOD},
        {{TOK_K_EVENT, TOK_K_TRIGGER}, AST_OBJECT_EVENT_TRIGGER},
        {{TOK_K_EXTENSION}, AST_OBJECT_EXTENSION},
        {{TOK_K_FOREIGN, TOK_K_DATA, TOK_K_WRAPPER}, AST_OBJECT_FDW},
        {{TOK_K_LANGUAGE}, AST_OBJECT_LANGUAGE},
        {{TOK_K_PROCEDURAL, TOK_K_LANGUAGE}, AST_OBJECT_LANGUAGE},
        {{TOK_K_PUBLICATION}, AST_OBJECT_PUBLICATION},
        {{TOK_K_SCHEMA}, AST_OBJECT_SCHEMA},
        {{TOK_K_SERVER}, AST_OBJECT_FOREIGN_SERVER},
        {{TOK_K_DATABASE}, AST_OBJECT_DATABASE},
        {{TOK_K_ROLE}, AST_OBJECT_ROLE},
        {{TOK_K_SUBSCRIPTION}, AST_OBJECT_SUBSCRIPTION},
        {{TOK_K_TABLESPACE}, AST_OBJECT_TABLESPACE},
    };
    return match_kind(p, table, all ? ARRAY_LEN(table) : ARRAY_LEN(table) - 4, kind_out);
}

/* A syntax error behind as many words of a kind as are there: TEXT SEARCH fnord. Not every
 * statement knows every kind: without is a first word that this one does not. */
static void refuse_kind(Parser *p, unsigned without) {
    static const uint16_t kinds[][2] = {
        {TOK_K_MATERIALIZED},
        {TOK_K_FOREIGN, TOK_K_DATA},
        {TOK_K_TEXT, TOK_K_SEARCH},
        {TOK_K_ACCESS},
        {TOK_K_EVENT},
        {TOK_K_PROCEDURAL},
        {TOK_K_LARGE},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds) && !tok_is(p, without); i++)
        if (parse_accept(p, kinds[i][0])) {
            if (kinds[i][1] != 0)
                parse_accept(p, kinds[i][1]);
            break;
        }
    parse_syntax_error(p);
}

/* POLICY, RULE, TRIGGER: named on a relation. */
static bool match_on_name_kind(Parser *p, AstObjectKind *kind_out) {
    static const KindWords table[] = {{{TOK_K_POLICY}, AST_OBJECT_POLICY},
                                      {{TOK_K_RULE}, AST_OBJECT_RULE},
                                      {{TOK_K_TRIGGER}, AST_OBJECT_TRIGGER}};
    return match_kind(p, table, ARRAY_LEN(table), kind_out);
}

static bool match_function_kind(Parser *p, AstObjectKind *kind_out) {
    static const KindWords table[] = {{{TOK_K_FUNCTION}, AST_OBJECT_FUNCTION},
                                      {{TOK_K_PROCEDURE}, AST_OBJECT_PROCEDURE},
                                      {{TOK_K_ROUTINE}, AST_OBJECT_ROUTINE}};
    return match_kind(p, table, ARRAY_LEN(table), kind_out);
}

static bool match_type_kind(Parser *p, AstObjectKind *kind_out) {
    static const KindWords table[] = {{{TOK_K_TYPE}, AST_OBJECT_TYPE},
                                      {{TOK_K_DOMAIN}, AST_OBJECT_DOMAIN}};
    return match_kind(p, table, ARRAY_LEN(table), kind_out);
}

/* OPERATOR CLASS and FAMILY; the words may also be an operator's schema. */
static bool match_op_group(Parser *p, AstObjectKind *kind_out) {
    unsigned word = tok_ahead(p, 1);
    if (!tok_is(p, TOK_K_OPERATOR) || tok_ahead(p, 2) == '.' ||
        (word != TOK_K_CLASS && word != TOK_K_FAMILY))
        return false;
    parse_advance(p);
    parse_advance(p);
    *kind_out = word == TOK_K_CLASS ? AST_OBJECT_OP_CLASS : AST_OBJECT_OP_FAMILY;
    return true;
}

/* ---- objects ---- */

static AstObject *read_any_name(Parser *p, AstObjectKind kind) {
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    object->name = parse_any_name(p);
    return object;
}

static AstObject *read_name(Parser *p, AstObjectKind kind) {
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    add_str(p, &object->name, parse_col_id(p));
    return object;
}

static AstObject *read_type_object(Parser *p, AstObjectKind kind) {
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    object->type = parse_type(p);
    return object;
}

/* name USING access_method */
static AstObject *read_op_group(Parser *p, AstObjectKind kind) {
    AstObject *object = read_any_name(p, kind);
    parse_expect(p, TOK_K_USING);
    object->sub_name = parse_col_id(p);
    return object;
}

/* name ON relation */
static AstObject *read_on_name(Parser *p, AstObjectKind kind) {
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    object->sub_name = parse_col_id(p);
    parse_expect(p, TOK_K_ON);
    object->name = parse_any_name(p);
    return object;
}

/* (type AS type) */
static AstObject *read_cast(Parser *p) {
    AstObject *object = parse_new_object(p, AST_OBJECT_CAST, tok_location(p));
    parse_expect(p, '(');
    object->type = parse_type(p);
    parse_expect(p, TOK_K_AS);
    object->type2 = parse_type(p);
    parse_expect(p, ')');
    return object;
}

/* FOR type LANGUAGE name */
static AstObject *read_transform(Parser *p) {
    AstObject *object = parse_new_object(p, AST_OBJECT_TRANSFORM, tok_location(p));
    parse_expect(p, TOK_K_FOR);
    object->type = parse_type(p);
    parse_expect(p, TOK_K_LANGUAGE);
    object->sub_name = parse_col_id(p);
    return object;
}

/* name ON [DOMAIN] owner */
static AstObject *read_constraint(Parser *p) {
    AstObject *object = parse_new_object(p, AST_OBJECT_TABLE_CONSTRAINT, tok_location(p));
    object->sub_name = parse_col_id(p);
    parse_expect(p, TOK_K_ON);
    if (tok_is(p, TOK_K_DOMAIN) && (token_word_class[tok_ahead(p, 1)] & WORD_COL_ID)) {
        parse_advance(p);
        object->kind = AST_OBJECT_DOMAIN_CONSTRAINT;
    }
    object->name = parse_any_name(p);
    return object;
}

static AstObject *read_large_object(Parser *p) {
    AstObject *object = parse_new_object(p, AST_OBJECT_LARGE_OBJECT, tok_location(p));
    AstConst *number = parse_number(p);
    add_str(p, &object->name,
            number->kind == AST_CONST_INTEGER ? arena_printf(p->arena, "%d", number->ival)
                                              : number->text);
    return object;
}

enum {
    OBJECT_COLUMN = 1 << 0,
    OBJECT_ON_NAME = 1 << 1, /* policies, rules, triggers, constraints */
    OBJECT_OPERATOR = 1 << 2,
    OBJECT_CAST = 1 << 3, /* and transforms */
    OBJECT_LARGE = 1 << 4
};

/* An object with its kind in front; allowed says which of the rarer kinds are. */
static AstObject *read_object(Parser *p, unsigned allowed) {
    AstObjectKind kind;
    if (parse_any_name_kind(p, &kind))
        return read_any_name(p, kind);
    if (parse_name_kind(p, true, &kind))
        return read_name(p, kind);
    if (match_type_kind(p, &kind))
        return read_type_object(p, kind);
    if (match_function_kind(p, &kind))
        return parse_function_object(p, kind);
    if (parse_accept(p, TOK_K_AGGREGATE))
        return parse_aggregate_object(p);
    if ((allowed & OBJECT_COLUMN) && parse_accept(p, TOK_K_COLUMN))
        return read_any_name(p, AST_OBJECT_COLUMN);
    if ((allowed & OBJECT_ON_NAME) && match_on_name_kind(p, &kind))
        return read_on_name(p, kind);
    if ((allowed & OBJECT_ON_NAME) && parse_accept(p, TOK_K_CONSTRAINT))
        return read_constraint(p);
    if ((allowed & OBJECT_OPERATOR) && match_op_group(p, &kind))
        return read_op_group(p, kind);
    if ((allowed & OBJECT_OPERATOR) && parse_accept(p, TOK_K_OPERATOR))
        return parse_operator_object(p);
    if ((allowed & OBJECT_CAST) && parse_accept(p, TOK_K_CAST))
        return read_cast(p);
    if ((allowed & OBJECT_CAST) && parse_accept(p, TOK_K_TRANSFORM))
        return read_transform(p);
    if ((allowed & OBJECT_LARGE) && parse_accept(p, TOK_K_LARGE)) {
        parse_expect(p, TOK_K_OBJECT);
        return read_large_object(p);
    }
    refuse_kind(p, allowed & OBJECT_LARGE ? TOK_END : TOK_K_LARGE);
    return parse_new_object(p, AST_OBJECT_TABLE, -1);
}

AstObject *parse_extension_member(Parser *p) {
    return read_object(p, OBJECT_OPERATOR | OBJECT_CAST);
}

/* ---- COMMENT, SECURITY LABEL ---- */

/* IS 'text' or IS NULL */
static const char *read_is_text(Parser *p) {
    parse_expect(p, TOK_K_IS);
    return parse_accept(p, TOK_K_NULL) ? NULL : parse_string(p);
}

Ast *parse_comment(Parser *p, int32_t location) {
    AstComment *node = NEW(p, AstComment, AST_COMMENT, location);
    parse_expect(p, TOK_K_ON);
    node->object = read_object(p, OBJECT_COLUMN | OBJECT_ON_NAME | OBJECT_OPERATOR | OBJECT_CAST |
                                      OBJECT_LARGE);
    node->text = read_is_text(p);
    return (Ast *)node;
}

Ast *parse_security_label(Parser *p, int32_t location) {
    AstSecurityLabel *node = NEW(p, AstSecurityLabel, AST_SECURITY_LABEL, location);
    parse_expect(p, TOK_K_LABEL);
    if (parse_accept(p, TOK_K_FOR))
        node->provider = parse_word_or_string(p);
    parse_expect(p, TOK_K_ON);
    node->object = read_object(p, OBJECT_COLUMN | OBJECT_LARGE);
    node->label = read_is_text(p);
    return (Ast *)node;
}

/* ---- DROP ---- */

static Ast *read_drop_subscription(Parser *p, int32_t location) {
    AstDropSubscription *node = NEW(p, AstDropSubscription, AST_DROP_SUBSCRIPTION, location);
    node->missing_ok = parse_if_exists(p);
    node->name = parse_col_id(p);
    node->behavior = parse_drop_behavior(p);
    return (Ast *)node;
}

static Ast *read_drop_tablespace(Parser *p, int32_t location) {
    AstDropTablespace *node = NEW(p, AstDropTablespace, AST_DROP_TABLESPACE, location);
    node->missing_ok = parse_if_exists(p);
    node->name = parse_col_id(p);
    return (Ast *)node;
}

static Ast *read_drop_owned(Parser *p, int32_t location) {
    AstDropOwned *node = NEW(p, AstDropOwned, AST_DROP_OWNED, location);
    parse_expect(p, TOK_K_BY);
    node->roles = parse_roles(p);
    node->behavior = parse_drop_behavior(p);
    return (Ast *)node;
}

/* DROP of what has a statement of its own; NULL (nothing consumed) if it is none of them. */
static Ast *read_special_drop(Parser *p, int32_t location) {
    unsigned next = tok_ahead(p, 1);
    switch (tok(p)) {
    case TOK_K_DATABASE:
        parse_advance(p);
        return parse_drop_database(p, location);
    case TOK_K_OWNED:
        parse_advance(p);
        return read_drop_owned(p, location);
    case TOK_K_USER:
        if (next == TOK_K_MAPPING &&
            (tok_ahead(p, 2) == TOK_K_FOR || tok_ahead(p, 2) == TOK_K_IF)) {
            parse_advance(p);
            parse_advance(p);
            return parse_drop_user_mapping(p, location);
        }
        /* fall through */
    case TOK_K_ROLE:
    case TOK_K_GROUP:
        parse_advance(p);
        return parse_drop_role(p, location);
    case TOK_K_SUBSCRIPTION:
        parse_advance(p);
        return read_drop_subscription(p, location);
    case TOK_K_TABLESPACE:
        parse_advance(p);
        return read_drop_tablespace(p, location);
    default:
        return NULL;
    }
}

static AstObject *read_drop_object(Parser *p, AstObjectKind kind) {
    switch (kind) {
    case AST_OBJECT_ACCESS_METHOD:
    case AST_OBJECT_EVENT_TRIGGER:
    case AST_OBJECT_EXTENSION:
    case AST_OBJECT_FDW:
    case AST_OBJECT_LANGUAGE:
    case AST_OBJECT_PUBLICATION:
    case AST_OBJECT_SCHEMA:
    case AST_OBJECT_FOREIGN_SERVER:
        return read_name(p, kind);
    case AST_OBJECT_TYPE:
    case AST_OBJECT_DOMAIN:
        return read_type_object(p, kind);
    case AST_OBJECT_FUNCTION:
    case AST_OBJECT_PROCEDURE:
    case AST_OBJECT_ROUTINE:
        return parse_function_object(p, kind);
    case AST_OBJECT_AGGREGATE:
        return parse_aggregate_object(p);
    case AST_OBJECT_OPERATOR:
        return parse_operator_object(p);
    case AST_OBJECT_OP_CLASS:
    case AST_OBJECT_OP_FAMILY:
        return read_op_group(p, kind);
    case AST_OBJECT_POLICY:
    case AST_OBJECT_RULE:
    case AST_OBJECT_TRIGGER:
        return read_on_name(p, kind);
    case AST_OBJECT_CAST:
        return read_cast(p);
    case AST_OBJECT_TRANSFORM:
        return read_transform(p);
    default:
        return read_any_name(p, kind);
    }
}

static bool read_drop_kind(Parser *p, AstObjectKind *kind) {
    if (parse_any_name_kind(p, kind) || parse_name_kind(p, false, kind) ||
        match_on_name_kind(p, kind) || match_type_kind(p, kind) || match_function_kind(p, kind) ||
        match_op_group(p, kind))
        return true;
    static const KindWords table[] = {{{TOK_K_AGGREGATE}, AST_OBJECT_AGGREGATE},
                                      {{TOK_K_OPERATOR}, AST_OBJECT_OPERATOR},
                                      {{TOK_K_CAST}, AST_OBJECT_CAST},
                                      {{TOK_K_TRANSFORM}, AST_OBJECT_TRANSFORM}};
    return match_kind(p, table, ARRAY_LEN(table), kind);
}

/* Kinds of which one statement drops only one. */
static bool drops_one(AstObjectKind kind) {
    return kind == AST_OBJECT_POLICY || kind == AST_OBJECT_RULE || kind == AST_OBJECT_TRIGGER ||
           kind == AST_OBJECT_CAST || kind == AST_OBJECT_TRANSFORM || kind == AST_OBJECT_OP_CLASS ||
           kind == AST_OBJECT_OP_FAMILY;
}

Ast *parse_drop(Parser *p, int32_t location) {
    Ast *special = read_special_drop(p, location);
    if (special != NULL)
        return special;
    AstDrop *drop = NEW(p, AstDrop, AST_DROP, location);
    AstObjectKind kind = AST_OBJECT_TABLE;
    if (!read_drop_kind(p, &kind)) {
        refuse_kind(p, TOK_K_LARGE);
        return (Ast *)drop;
    }
    drop->kind = kind;
    drop->concurrently = kind == AST_OBJECT_INDEX && parse_accept(p, TOK_K_CONCURRENTLY);
    if (kind == AST_OBJECT_CAST || kind == AST_OBJECT_TRANSFORM) {
        drop->missing_ok = parse_accept(p, TOK_K_IF);
        if (drop->missing_ok)
            parse_expect(p, TOK_K_EXISTS);
    } else
        drop->missing_ok = parse_if_exists(p);
    do {
        add(p, &drop->objects, read_drop_object(p, kind));
    } while (!drops_one(kind) && parse_accept(p, ','));
    drop->behavior = parse_drop_behavior(p);
    return (Ast *)drop;
}

/* ---- what every ALTER knows ---- */

Ast *parse_alter_common(Parser *p, AstObject *object, unsigned allowed, bool missing_ok,
                        int32_t location) {
    unsigned next = tok_ahead(p, 1);
    if ((allowed & ALTER_RENAME) && tok_is(p, TOK_K_RENAME)) {
        AstRename *node = NEW(p, AstRename, AST_RENAME, location);
        parse_expect2(p, TOK_K_RENAME, TOK_K_TO);
        node->kind = object->kind;
        node->object = object;
        node->missing_ok = missing_ok;
        node->new_name = object->kind == AST_OBJECT_ROLE ? parse_role_id(p) : parse_col_id(p);
        return (Ast *)node;
    }
    if ((allowed & ALTER_OWNER) && tok_is(p, TOK_K_OWNER)) {
        AstAlterOwner *node = NEW(p, AstAlterOwner, AST_ALTER_OWNER, location);
        parse_expect2(p, TOK_K_OWNER, TOK_K_TO);
        node->object = object;
        node->new_owner = parse_role(p);
        return (Ast *)node;
    }
    if ((allowed & ALTER_SCHEMA) && tok_is(p, TOK_K_SET) && next == TOK_K_SCHEMA) {
        AstAlterObjectSchema *node =
            NEW(p, AstAlterObjectSchema, AST_ALTER_OBJECT_SCHEMA, location);
        parse_expect2(p, TOK_K_SET, TOK_K_SCHEMA);
        node->object = object;
        node->missing_ok = missing_ok;
        node->new_schema = parse_col_id(p);
        return (Ast *)node;
    }
    if ((allowed & ALTER_DEPENDS) &&
        (tok_is(p, TOK_K_DEPENDS) || (tok_is(p, TOK_K_NO) && next == TOK_K_DEPENDS))) {
        AstAlterObjectDepends *node =
            NEW(p, AstAlterObjectDepends, AST_ALTER_OBJECT_DEPENDS, location);
        node->object = object;
        node->remove = parse_accept(p, TOK_K_NO);
        parse_expect3(p, TOK_K_DEPENDS, TOK_K_ON, TOK_K_EXTENSION);
        node->extension = parse_col_id(p);
        return (Ast *)node;
    }
    return NULL;
}

/* An object of which nothing else can be altered. */
static Ast *read_common_only(Parser *p, AstObject *object, unsigned allowed, int32_t location) {
    Ast *node = parse_alter_common(p, object, allowed, false, location);
    if (node != NULL)
        return node;
    /* The word that begins a form which this object does not have is shifted where SET or NO
     * fits. */
    if (((allowed & ALTER_SCHEMA) && tok_is(p, TOK_K_SET)) ||
        ((allowed & ALTER_DEPENDS) && tok_is(p, TOK_K_NO)))
        parse_advance(p);
    parse_syntax_error(p);
    return parse_nothing(p);
}

/* ---- ALTER ---- */

static Ast *read_alter_function(Parser *p, AstObjectKind kind, int32_t location) {
    AstObject *object = parse_function_object(p, kind);
    unsigned behind = tok_ahead(p, 2), allowed = ALTER_RENAME | ALTER_OWNER | ALTER_DEPENDS;
    /* SET SCHEMA may also be the setting of that name. */
    if (behind != '=' && behind != '.' && behind != TOK_K_TO && behind != TOK_K_FROM &&
        behind != TOK_STRING)
        allowed |= ALTER_SCHEMA;
    Ast *node = parse_alter_common(p, object, allowed, false, location);
    return node != NULL ? node : parse_alter_function(p, object, location);
}

static Ast *read_alter_collation(Parser *p, int32_t location) {
    AstObject *object = read_any_name(p, AST_OBJECT_COLLATION);
    if (!parse_accept(p, TOK_K_REFRESH))
        return read_common_only(p, object, ALTER_RENAME | ALTER_OWNER | ALTER_SCHEMA, location);
    AstAlterCollation *node = NEW(p, AstAlterCollation, AST_ALTER_COLLATION, location);
    node->name = object->name;
    parse_expect(p, TOK_K_VERSION);
    return (Ast *)node;
}

static Ast *read_alter_statistics(Parser *p, int32_t location) {
    bool missing_ok = parse_if_exists(p);
    AstObject *object = read_any_name(p, AST_OBJECT_STATISTICS);
    Ast *common = missing_ok
                      ? NULL
                      : parse_alter_common(p, object, ALTER_RENAME | ALTER_OWNER | ALTER_SCHEMA,
                                           false, location);
    if (common != NULL)
        return common;
    AstAlterStatistics *node = NEW(p, AstAlterStatistics, AST_ALTER_STATISTICS, location);
    node->name = object->name;
    node->missing_ok = missing_ok;
    parse_expect2(p, TOK_K_SET, TOK_K_STATISTICS);
    node->target = parse_signed_integer(p);
    return (Ast *)node;
}

static Ast *read_alter_operator(Parser *p, int32_t location) {
    AstObjectKind kind;
    if (match_op_group(p, &kind)) {
        AstObject *object = read_op_group(p, kind);
        if (kind == AST_OBJECT_OP_FAMILY && (tok_is(p, TOK_K_ADD) || tok_is(p, TOK_K_DROP)))
            return parse_alter_op_family(p, object->name, object->sub_name, location);
        return read_common_only(p, object, ALTER_RENAME | ALTER_OWNER | ALTER_SCHEMA, location);
    }
    parse_expect(p, TOK_K_OPERATOR);
    AstObject *object = parse_operator_object(p);
    Ast *common = parse_alter_common(p, object, ALTER_OWNER | ALTER_SCHEMA, false, location);
    if (common != NULL)
        return common;
    AstAlterOperator *node = NEW(p, AstAlterOperator, AST_ALTER_OPERATOR, location);
    node->op = object;
    parse_expect(p, TOK_K_SET);
    node->options = parse_operator_definition(p);
    return (Ast *)node;
}

AstList parse_operator_definition(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        int32_t location = tok_location(p);
        const char *name = parse_col_label(p);
        parse_expect(p, '=');
        Ast *value = parse_accept(p, TOK_K_NONE) ? NULL : parse_def_arg(p);
        add(p, &list, parse_new_option(p, name, value, location));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

static Ast *read_alter_on_name(Parser *p, AstObjectKind kind, unsigned allowed, bool missing_ok,
                               int32_t location) {
    AstObject *object = parse_new_object(p, kind, tok_location(p));
    object->sub_name = parse_col_id(p);
    parse_expect(p, TOK_K_ON);
    object->relation = parse_qualified_name(p);
    Ast *node = parse_alter_common(p, object, allowed, missing_ok, location);
    return node != NULL ? node : read_common_only(p, object, allowed, location);
}

static Ast *read_alter_large_object(Parser *p, int32_t location) {
    parse_expect(p, TOK_K_OBJECT);
    return read_common_only(p, read_large_object(p), ALTER_OWNER, location);
}

/* ALTER of a table-like object: kind's words were read. */
static bool is_table_like(AstObjectKind kind) {
    return kind == AST_OBJECT_TABLE || kind == AST_OBJECT_INDEX || kind == AST_OBJECT_SEQUENCE ||
           kind == AST_OBJECT_VIEW || kind == AST_OBJECT_MATVIEW ||
           kind == AST_OBJECT_FOREIGN_TABLE;
}

static Ast *read_alter_policy(Parser *p, int32_t location) {
    if (!parse_if_exists(p))
        return parse_alter_policy(p, location);
    return read_alter_on_name(p, AST_OBJECT_POLICY, ALTER_RENAME, true, location);
}

/* Objects whose first word decides; NULL (nothing consumed) for the others. */
static Ast *read_alter_by_word(Parser *p, int32_t location) {
    unsigned word = tok(p), next = tok_ahead(p, 1);
    AstObjectKind kind;
    if (match_function_kind(p, &kind))
        return read_alter_function(p, kind, location);
    switch (word) {
    case TOK_K_OPERATOR:
        return read_alter_operator(p, location);
    case TOK_K_TEXT:
        return parse_alter_text_search(p, location);
    case TOK_K_USER:
        if (next == TOK_K_MAPPING && tok_ahead(p, 2) == TOK_K_FOR) {
            parse_advance(p);
            parse_advance(p);
            return parse_alter_user_mapping(p, location);
        }
        break;
    case TOK_K_EVENT:
        return parse_alter_event_trigger(p, location);
    default:
        break;
    }
    static const struct {
        uint16_t word;
        Ast *(*read)(Parser *, int32_t);
    } readers[] = {
        {TOK_K_DATABASE, parse_alter_database},
        {TOK_K_DEFAULT, parse_alter_default_privileges},
        {TOK_K_DOMAIN, parse_alter_domain},
        {TOK_K_EXTENSION, parse_alter_extension},
        {TOK_K_LARGE, read_alter_large_object},
        {TOK_K_POLICY, read_alter_policy},
        {TOK_K_PUBLICATION, parse_alter_publication},
        {TOK_K_SERVER, parse_alter_server},
        {TOK_K_SUBSCRIPTION, parse_alter_subscription},
        {TOK_K_TABLESPACE, parse_alter_tablespace},
        {TOK_K_TYPE, parse_alter_type},
        {TOK_K_COLLATION, read_alter_collation},
        {TOK_K_STATISTICS, read_alter_statistics},
        {TOK_K_SYSTEM, parse_alter_system},
    };
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        if (parse_accept(p, readers[i].word))
            return readers[i].read(p, location);
    if (word == TOK_K_ROLE || word == TOK_K_USER || word == TOK_K_GROUP) {
        parse_advance(p);
        return parse_alter_role(p, word == TOK_K_GROUP, location);
    }
    return NULL;
}

Ast *parse_alter(Parser *p, int32_t location) {
    Ast *node = read_alter_by_word(p, location);
    AstObjectKind kind;
    if (node != NULL)
        return node;
    if (parse_accept(p, TOK_K_AGGREGATE))
        return read_common_only(p, parse_aggregate_object(p),
                                ALTER_RENAME | ALTER_OWNER | ALTER_SCHEMA, location);
    if (parse_accept(p, TOK_K_RULE))
        return read_alter_on_name(p, AST_OBJECT_RULE, ALTER_RENAME, false, location);
    if (parse_accept(p, TOK_K_TRIGGER))
        return read_alter_on_name(p, AST_OBJECT_TRIGGER, ALTER_RENAME | ALTER_DEPENDS, false,
                                  location);
    if (parse_any_name_kind(p, &kind)) {
        if (is_table_like(kind))
            return parse_alter_table_rest(p, kind, location);
        return read_common_only(p, read_any_name(p, kind),
                                ALTER_RENAME | ALTER_OWNER | ALTER_SCHEMA, location);
    }
    if (tok_is(p, TOK_K_FOREIGN) && tok_ahead(p, 1) == TOK_K_DATA)
        return parse_alter_fdw(p, location);
    if (parse_accept(p, TOK_K_SCHEMA))
        return read_common_only(p, read_name(p, AST_OBJECT_SCHEMA), ALTER_RENAME | ALTER_OWNER,
                                location);
    if (parse_accept(p, TOK_K_LANGUAGE) || parse_accept2(p, TOK_K_PROCEDURAL, TOK_K_LANGUAGE))
        return read_common_only(p, read_name(p, AST_OBJECT_LANGUAGE), ALTER_RENAME | ALTER_OWNER,
                                location);
    refuse_kind(p, TOK_K_ACCESS);
    return parse_nothing(p);
}
