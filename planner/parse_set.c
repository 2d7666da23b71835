/* parse_set.c: settings (SET, RESET, SHOW, ALTER SYSTEM) and transactions. */
#include "planner/parse_int.h"

static AstVariableSet *new_set(Parser *p, AstVariableSetKind kind, const char *name,
                               int32_t location) {
    AstVariableSet *set = NEW(p, AstVariableSet, AST_VARIABLE_SET, location);
    set->kind = kind;
    set->name = name;
    return set;
}

/* a or a.b.c, as one string */
static const char *read_name(Parser *p) {
    const char *name = parse_col_id(p);
    while (parse_accept(p, '.'))
        name = arena_printf(p->arena, "%s.%s", name, parse_col_id(p));
    return name;
}

static AstList read_values(Parser *p) {
    AstList list = {0};
    do {
        Ast *value = parse_optional_value(p);
        if (value == NULL) {
            parse_syntax_error(p);
            return list;
        }
        add(p, &list, value);
    } while (parse_accept(p, ','));
    return list;
}

/* TO values | DEFAULT, behind the name */
static AstVariableSet *read_assignment(Parser *p, const char *name, int32_t location) {
    if (!parse_accept(p, TOK_K_TO))
        parse_expect(p, '=');
    if (parse_accept(p, TOK_K_DEFAULT))
        return new_set(p, AST_SET_DEFAULT, name, location);
    AstVariableSet *set = new_set(p, AST_SET_VALUE, name, location);
    set->args = read_values(p);
    return set;
}

AstVariableSet *parse_generic_set(Parser *p, int32_t location) {
    const char *name = read_name(p);
    return read_assignment(p, name, location);
}

/* ---- transaction modes ---- */

static const char *read_isolation_level(Parser *p) {
    if (parse_accept(p, TOK_K_SERIALIZABLE))
        return "serializable";
    if (parse_accept(p, TOK_K_REPEATABLE)) {
        parse_expect(p, TOK_K_READ);
        return "repeatable read";
    }
    parse_expect(p, TOK_K_READ);
    if (parse_accept(p, TOK_K_UNCOMMITTED))
        return "read uncommitted";
    parse_expect(p, TOK_K_COMMITTED);
    return "read committed";
}

static bool starts_mode(Parser *p) {
    return tok_is(p, TOK_K_ISOLATION) || tok_is(p, TOK_K_READ) || tok_is(p, TOK_K_DEFERRABLE) ||
           tok_is(p, TOK_K_NOT);
}

static AstOption *read_mode(Parser *p) {
    int32_t location = tok_location(p);
    AstOption *option = parse_new_option(p, "transaction_deferrable", NULL, location);
    bool value = true;
    if (parse_accept(p, TOK_K_ISOLATION)) {
        parse_expect(p, TOK_K_LEVEL);
        int32_t where = tok_location(p);
        option->name = "transaction_isolation";
        option->value = (Ast *)parse_string_const(p, read_isolation_level(p), where);
        return option;
    }
    if (parse_accept(p, TOK_K_READ)) {
        option->name = "transaction_read_only";
        value = parse_accept(p, TOK_K_ONLY);
        if (!value)
            parse_expect(p, TOK_K_WRITE);
    } else {
        value = !parse_accept(p, TOK_K_NOT);
        parse_expect(p, TOK_K_DEFERRABLE);
    }
    option->value = (Ast *)parse_integer_const(p, value, location);
    return option;
}

AstList parse_transaction_modes(Parser *p, bool required) {
    AstList list = {0};
    if (!required && !starts_mode(p))
        return list;
    bool comma;
    do {
        add(p, &list, read_mode(p));
        comma = parse_accept(p, ',');
    } while (comma || starts_mode(p));
    return list;
}

/* ---- the forms of SET that are words ---- */

/* The value of SET TIME ZONE; NULL: DEFAULT or LOCAL */
static Ast *read_zone(Parser *p) {
    int32_t location = tok_location(p);
    switch (tok(p)) {
    case TOK_K_DEFAULT:
    case TOK_K_LOCAL:
        parse_advance(p);
        return NULL;
    case TOK_STRING:
    case TOK_IDENT: {
        const char *text = peek(p, 0)->text;
        parse_advance(p);
        return (Ast *)parse_string_const(p, text, location);
    }
    case TOK_K_INTERVAL: {
        if (tok_ahead(p, 1) != '(' && tok_ahead(p, 1) != TOK_STRING) {
            parse_advance(p);
            parse_syntax_error(p);
            return NULL;
        }
        AstTypeCast *value = (AstTypeCast *)parse_typed_const(p);
        AstList typmods = value->type->typmods;
        const int32_t allowed = AST_INTERVAL_HOUR | AST_INTERVAL_MINUTE;
        AstConst *mask = typmods.count > 0 ? AST_AT(AstConst, typmods, 0) : NULL;
        if (mask != NULL && mask->ival != AST_INTERVAL_FULL_RANGE && (mask->ival & ~allowed) != 0)
            parse_fail(
                p, mask->location,
                error(ERR_SYNTAX_ERROR, "time zone interval must be HOUR or HOUR TO MINUTE"));
        return (Ast *)value;
    }
    default:
        return (Ast *)parse_number(p);
    }
}

static AstVariableSet *set_with_string(Parser *p, const char *name, const char *value,
                                       int32_t value_location, int32_t location) {
    AstVariableSet *set = new_set(p, AST_SET_VALUE, name, location);
    add(p, &set->args, parse_string_const(p, value, value_location));
    return set;
}

static AstVariableSet *read_time_zone(Parser *p, int32_t location) {
    Ast *value = read_zone(p);
    AstVariableSet *set =
        new_set(p, value != NULL ? AST_SET_VALUE : AST_SET_DEFAULT, "timezone", location);
    if (value != NULL)
        add(p, &set->args, value);
    return set;
}

static AstVariableSet *read_names(Parser *p, int32_t location) {
    int32_t where = tok_location(p);
    if (tok_is(p, TOK_STRING))
        return set_with_string(p, "client_encoding", parse_string(p), where, location);
    parse_accept(p, TOK_K_DEFAULT);
    return new_set(p, AST_SET_DEFAULT, "client_encoding", location);
}

static AstVariableSet *read_session_authorization(Parser *p, int32_t location) {
    if (parse_accept(p, TOK_K_DEFAULT))
        return new_set(p, AST_SET_DEFAULT, "session_authorization", location);
    int32_t where = tok_location(p);
    return set_with_string(p, "session_authorization", parse_word_or_string(p), where, location);
}

static AstVariableSet *read_xml_option(Parser *p, int32_t location) {
    int32_t where = tok_location(p);
    bool document = parse_accept(p, TOK_K_DOCUMENT);
    if (!document)
        parse_expect(p, TOK_K_CONTENT);
    return set_with_string(p, "xmloption", document ? "DOCUMENT" : "CONTENT", where, location);
}

/* SET with a syntax of its own; NULL (nothing consumed) for name TO value. */
static AstVariableSet *read_special_set(Parser *p, int32_t location) {
    unsigned next = tok_ahead(p, 1);
    bool assigned = next == '=' || next == TOK_K_TO || next == '.' || next == TOK_K_FROM;
    if (assigned)
        return NULL;
    switch (tok(p)) {
    case TOK_K_TIME:
        parse_expect2(p, TOK_K_TIME, TOK_K_ZONE);
        return read_time_zone(p, location);
    case TOK_K_CATALOG: {
        parse_advance(p);
        int32_t where = tok_location(p);
        parse_string(p);
        parse_fail(p, where,
                   error(ERR_FEATURE_NOT_SUPPORTED, "current database cannot be changed"));
        return new_set(p, AST_SET_DEFAULT, "", location);
    }
    case TOK_K_SCHEMA: {
        parse_advance(p);
        int32_t where = tok_location(p);
        return set_with_string(p, "search_path", parse_string(p), where, location);
    }
    case TOK_K_NAMES:
        parse_advance(p);
        return read_names(p, location);
    case TOK_K_ROLE: {
        parse_advance(p);
        int32_t where = tok_location(p);
        return set_with_string(p, "role", parse_word_or_string(p), where, location);
    }
    case TOK_K_SESSION:
        parse_expect2(p, TOK_K_SESSION, TOK_K_AUTHORIZATION);
        return read_session_authorization(p, location);
    case TOK_K_XML:
        parse_expect2(p, TOK_K_XML, TOK_K_OPTION);
        return read_xml_option(p, location);
    case TOK_K_TRANSACTION: {
        parse_expect2(p, TOK_K_TRANSACTION, TOK_K_SNAPSHOT);
        int32_t where = tok_location(p);
        AstVariableSet *set =
            set_with_string(p, "TRANSACTION SNAPSHOT", parse_string(p), where, location);
        set->kind = AST_SET_MULTI;
        return set;
    }
    default:
        return NULL;
    }
}

AstVariableSet *parse_set_rest(Parser *p, int32_t location, bool allow_transaction) {
    unsigned next = tok_ahead(p, 1);
    if (allow_transaction && tok_is(p, TOK_K_TRANSACTION) &&
        (next == TOK_K_ISOLATION || next == TOK_K_READ || next == TOK_K_DEFERRABLE ||
         next == TOK_K_NOT)) {
        parse_advance(p);
        AstVariableSet *set = new_set(p, AST_SET_MULTI, "TRANSACTION", location);
        set->args = parse_transaction_modes(p, true);
        return set;
    }
    if (allow_transaction && tok_is(p, TOK_K_SESSION) && next == TOK_K_CHARACTERISTICS) {
        parse_advance(p);
        parse_expect3(p, TOK_K_CHARACTERISTICS, TOK_K_AS, TOK_K_TRANSACTION);
        AstVariableSet *set = new_set(p, AST_SET_MULTI, "SESSION CHARACTERISTICS", location);
        set->args = parse_transaction_modes(p, true);
        return set;
    }
    AstVariableSet *set = read_special_set(p, location);
    if (set != NULL)
        return set;
    const char *name = read_name(p);
    if (parse_accept(p, TOK_K_FROM)) {
        parse_expect(p, TOK_K_CURRENT);
        return new_set(p, AST_SET_CURRENT, name, location);
    }
    return read_assignment(p, name, location);
}

/* ---- SET CONSTRAINTS ---- */

static Ast *read_set_constraints(Parser *p, int32_t location) {
    AstConstraintsSet *node = NEW(p, AstConstraintsSet, AST_CONSTRAINTS_SET, location);
    parse_expect(p, TOK_K_CONSTRAINTS);
    if (!parse_accept(p, TOK_K_ALL))
        node->constraints = parse_qualified_names(p);
    node->deferred = parse_accept(p, TOK_K_DEFERRED);
    if (!node->deferred)
        parse_expect(p, TOK_K_IMMEDIATE);
    return (Ast *)node;
}

Ast *parse_set(Parser *p, int32_t location) {
    unsigned next = tok_ahead(p, 1);
    bool assigned = next == '=' || next == TOK_K_TO || next == '.' || next == TOK_K_FROM;
    if (tok_is(p, TOK_K_CONSTRAINTS) && !assigned)
        return read_set_constraints(p, location);
    bool local = tok_is(p, TOK_K_LOCAL) && !assigned;
    bool session = tok_is(p, TOK_K_SESSION) && !assigned && next != TOK_K_AUTHORIZATION &&
                   !(next == TOK_K_CHARACTERISTICS && tok_ahead(p, 2) == TOK_K_AS);
    if (local || session)
        parse_advance(p);
    AstVariableSet *set = parse_set_rest(p, location, true);
    set->local = local;
    return (Ast *)set;
}

/* ---- RESET and SHOW ---- */

/* A setting's name, perhaps by SQL's words; NULL: ALL */
static const char *read_reset_name(Parser *p) {
    if (parse_accept2(p, TOK_K_TIME, TOK_K_ZONE))
        return "timezone";
    if (tok_is(p, TOK_K_TRANSACTION) && tok_ahead(p, 1) == TOK_K_ISOLATION) {
        parse_expect3(p, TOK_K_TRANSACTION, TOK_K_ISOLATION, TOK_K_LEVEL);
        return "transaction_isolation";
    }
    if (parse_accept2(p, TOK_K_SESSION, TOK_K_AUTHORIZATION))
        return "session_authorization";
    return parse_accept(p, TOK_K_ALL) ? NULL : read_name(p);
}

AstVariableSet *parse_reset(Parser *p, int32_t location) {
    const char *name = read_reset_name(p);
    return new_set(p, name != NULL ? AST_RESET : AST_RESET_ALL, name, location);
}

AstVariableSet *parse_generic_reset(Parser *p, int32_t location) {
    if (parse_accept(p, TOK_K_ALL))
        return new_set(p, AST_RESET_ALL, NULL, location);
    return new_set(p, AST_RESET, read_name(p), location);
}

AstVariableSet *parse_set_or_reset(Parser *p, bool function) {
    int32_t location = tok_location(p);
    if (parse_accept(p, TOK_K_RESET))
        return parse_reset(p, location);
    parse_expect(p, TOK_K_SET);
    return parse_set_rest(p, location, !function);
}

Ast *parse_show(Parser *p, int32_t location) {
    AstVariableShow *node = NEW(p, AstVariableShow, AST_VARIABLE_SHOW, location);
    const char *name = read_reset_name(p);
    node->name = name != NULL ? name : "all";
    return (Ast *)node;
}

Ast *parse_alter_system(Parser *p, int32_t location) {
    AstAlterSystem *node = NEW(p, AstAlterSystem, AST_ALTER_SYSTEM, location);
    int32_t where = tok_location(p);
    if (parse_accept(p, TOK_K_RESET))
        node->set = parse_generic_reset(p, where);
    else {
        parse_expect(p, TOK_K_SET);
        node->set = parse_generic_set(p, where);
    }
    return (Ast *)node;
}

/* ---- transactions ---- */

static void skip_transaction_word(Parser *p) {
    if (!parse_accept(p, TOK_K_WORK))
        parse_accept(p, TOK_K_TRANSACTION);
}

/* AND [NO] CHAIN */
static bool read_chain(Parser *p) {
    if (!parse_accept(p, TOK_K_AND))
        return false;
    bool chain = !parse_accept(p, TOK_K_NO);
    parse_expect(p, TOK_K_CHAIN);
    return chain;
}

/* [SAVEPOINT] name; the word may itself be the name. */
static const char *read_savepoint(Parser *p) {
    if (tok_is(p, TOK_K_SAVEPOINT) && (token_word_class[tok_ahead(p, 1)] & WORD_COL_ID))
        parse_advance(p);
    return parse_col_id(p);
}

static void read_rollback(Parser *p, AstTransaction *node) {
    node->kind = AST_TRANSACTION_ROLLBACK;
    if (parse_accept(p, TOK_K_PREPARED)) {
        node->kind = AST_TRANSACTION_ROLLBACK_PREPARED;
        node->gid = parse_string(p);
        return;
    }
    skip_transaction_word(p);
    if (parse_accept(p, TOK_K_TO)) {
        node->kind = AST_TRANSACTION_ROLLBACK_TO;
        node->name = read_savepoint(p);
    } else
        node->chain = read_chain(p);
}

static void read_commit(Parser *p, AstTransaction *node) {
    node->kind = AST_TRANSACTION_COMMIT;
    if (parse_accept(p, TOK_K_PREPARED)) {
        node->kind = AST_TRANSACTION_COMMIT_PREPARED;
        node->gid = parse_string(p);
        return;
    }
    skip_transaction_word(p);
    node->chain = read_chain(p);
}

Ast *parse_transaction(Parser *p, int32_t location) {
    AstTransaction *node = NEW(p, AstTransaction, AST_TRANSACTION, location);
    unsigned word = tok(p);
    parse_advance(p);
    switch (word) {
    case TOK_K_BEGIN:
        node->kind = AST_TRANSACTION_BEGIN;
        skip_transaction_word(p);
        node->options = parse_transaction_modes(p, false);
        break;
    case TOK_K_START:
        node->kind = AST_TRANSACTION_START;
        parse_expect(p, TOK_K_TRANSACTION);
        node->options = parse_transaction_modes(p, false);
        break;
    case TOK_K_COMMIT:
        read_commit(p, node);
        break;
    case TOK_K_ROLLBACK:
        read_rollback(p, node);
        break;
    case TOK_K_END:
    case TOK_K_ABORT:
        node->kind = word == TOK_K_END ? AST_TRANSACTION_COMMIT : AST_TRANSACTION_ROLLBACK;
        skip_transaction_word(p);
        node->chain = read_chain(p);
        break;
    case TOK_K_SAVEPOINT:
        node->kind = AST_TRANSACTION_SAVEPOINT;
        node->name = parse_col_id(p);
        break;
    case TOK_K_RELEASE:
        node->kind = AST_TRANSACTION_RELEASE;
        node->name = read_savepoint(p);
        break;
    default:
        /* PREPARE TRANSACTION */
        node->kind = AST_TRANSACTION_PREPARE;
        parse_expect(p, TOK_K_TRANSACTION);
        node->gid = parse_string(p);
    }
    return (Ast *)node;
}
