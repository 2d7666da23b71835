/* parse_names.c: words, names, numbers, options: what every statement is made of. */
#include "planner/parse_int.h"

/* ---- words ---- */

static const char *word(Parser *p, uint8_t classes) {
    const Token *token = peek(p, 0);
    if (LIKELY((token_word_class[token->kind] & classes) != 0)) {
        const char *text = token->text;
        parse_advance(p);
        return text;
    }
    parse_syntax_error(p);
    return "";
}

const char *parse_col_id(Parser *p) { return word(p, WORD_COL_ID); }
const char *parse_col_label(Parser *p) { return word(p, WORD_LABEL); }
const char *parse_type_func_name(Parser *p) { return word(p, WORD_TYPE_FUNC); }
const char *parse_non_reserved(Parser *p) { return word(p, WORD_NON_RESERVED); }

const char *parse_string(Parser *p) {
    const Token *token = peek(p, 0);
    if (token->kind == TOK_STRING) {
        const char *text = token->text;
        parse_advance(p);
        return text;
    }
    parse_syntax_error(p);
    return "";
}

const char *parse_word_or_string(Parser *p) {
    return tok_is(p, TOK_STRING) ? parse_string(p) : parse_non_reserved(p);
}

/* ---- constants ---- */

AstConst *parse_string_const(Parser *p, const char *text, int32_t location) {
    AstConst *node = NEW(p, AstConst, AST_CONST, location);
    node->kind = AST_CONST_STRING;
    node->text = text;
    node->text_len = (uint32_t)strlen(text);
    return node;
}

AstConst *parse_integer_const(Parser *p, int32_t value, int32_t location) {
    AstConst *node = NEW(p, AstConst, AST_CONST, location);
    node->kind = AST_CONST_INTEGER;
    node->ival = value;
    return node;
}

AstConst *parse_bool_const(Parser *p, bool value, int32_t location) {
    AstConst *node = NEW(p, AstConst, AST_CONST, location);
    node->kind = AST_CONST_BOOL;
    node->bval = value;
    return node;
}

AstConst *parse_null_const(Parser *p, int32_t location) {
    AstConst *node = NEW(p, AstConst, AST_CONST, location);
    node->kind = AST_CONST_NULL;
    return node;
}

void parse_negate(Parser *p, AstConst *number) {
    if (number->kind == AST_CONST_INTEGER)
        number->ival = -number->ival;
    else if (number->text[0] == '-') {
        number->text++;
        number->text_len--;
    } else {
        number->text = arena_printf(p->arena, "-%s", number->text);
        number->text_len++;
    }
}

int32_t parse_integer(Parser *p) {
    const Token *token = peek(p, 0);
    if (token->kind == TOK_INTEGER) {
        int32_t value = token->ival;
        parse_advance(p);
        return value;
    }
    parse_syntax_error(p);
    return 0;
}

int32_t parse_signed_integer(Parser *p) {
    if (parse_accept(p, '-'))
        return -parse_integer(p);
    parse_accept(p, '+');
    return parse_integer(p);
}

AstConst *parse_number(Parser *p) {
    int32_t location = tok_location(p);
    bool negative = parse_accept(p, '-');
    if (!negative)
        parse_accept(p, '+');
    const Token *token = peek(p, 0);
    AstConst *node = parse_integer_const(p, token->ival, location);
    if (token->kind == TOK_FLOAT) {
        node->kind = AST_CONST_FLOAT;
        node->text = token->text;
        node->text_len = token->text_len;
    } else if (token->kind != TOK_INTEGER) {
        parse_syntax_error(p);
        return node;
    }
    parse_advance(p);
    if (negative)
        parse_negate(p, node);
    return node;
}

Ast *parse_boolean_or_string(Parser *p) {
    int32_t location = tok_location(p);
    const char *text;
    switch (tok(p)) {
    case TOK_K_TRUE:
    case TOK_K_FALSE:
    case TOK_K_ON:
        text = parse_col_label(p);
        break;
    default:
        text = parse_word_or_string(p);
    }
    return (Ast *)parse_string_const(p, text, location);
}

Ast *parse_optional_value(Parser *p) {
    switch (tok(p)) {
    case '+':
    case '-':
    case TOK_INTEGER:
    case TOK_FLOAT:
        return (Ast *)parse_number(p);
    case TOK_STRING:
    case TOK_K_TRUE:
    case TOK_K_FALSE:
    case TOK_K_ON:
        return parse_boolean_or_string(p);
    default:
        return tok_class(p, WORD_NON_RESERVED) ? parse_boolean_or_string(p) : NULL;
    }
}

/* ---- names ---- */

StrList parse_attrs(Parser *p, const char *first) {
    StrList names = {0};
    add_str(p, &names, first);
    while (parse_accept(p, '.'))
        add_str(p, &names, parse_col_label(p));
    return names;
}

StrList parse_any_name(Parser *p) {
    const char *first = parse_col_id(p);
    return parse_attrs(p, first);
}

AstNameList *parse_new_name_list(Parser *p, StrList names, int32_t location) {
    AstNameList *node = NEW(p, AstNameList, AST_NAME_LIST, location);
    node->names = names;
    return node;
}

AstList parse_any_name_list(Parser *p) {
    AstList list = {0};
    do {
        int32_t location = tok_location(p);
        add(p, &list, parse_new_name_list(p, parse_any_name(p), location));
    } while (parse_accept(p, ','));
    return list;
}

StrList parse_name_list(Parser *p) {
    StrList names = {0};
    do {
        add_str(p, &names, parse_col_id(p));
    } while (parse_accept(p, ','));
    return names;
}

StrList parse_paren_names(Parser *p) {
    parse_expect(p, '(');
    StrList names = parse_name_list(p);
    parse_expect(p, ')');
    return names;
}

StrList parse_optional_paren_names(Parser *p) {
    return tok_is(p, '(') ? parse_paren_names(p) : (StrList){0};
}

AstList parse_indirection(Parser *p) {
    AstList steps = {0};
    for (;;) {
        int32_t location = tok_location(p);
        if (parse_accept(p, '.')) {
            if (parse_accept(p, '*')) {
                add(p, &steps, NEW(p, Ast, AST_STAR, location));
                continue;
            }
            AstField *field = NEW(p, AstField, AST_FIELD, tok_location(p));
            field->name = parse_col_label(p);
            add(p, &steps, field);
        } else if (parse_accept(p, '[')) {
            AstSubscript *subscript = NEW(p, AstSubscript, AST_SUBSCRIPT, location);
            if (!tok_is(p, ':'))
                subscript->upper = parse_a_expr(p);
            if (parse_accept(p, ':')) {
                subscript->slice = true;
                subscript->lower = subscript->upper;
                subscript->upper = tok_is(p, ']') ? NULL : parse_a_expr(p);
            }
            parse_expect(p, ']');
            add(p, &steps, subscript);
        } else
            return steps;
    }
}

/* Names behind a first one where only names make sense, though the grammar reads more. */
static StrList dotted_names(Parser *p, const char *first) {
    StrList names = {0};
    add_str(p, &names, first);
    while (tok_is(p, '.') && tok_ahead(p, 1) != '*') {
        parse_advance(p);
        add_str(p, &names, parse_col_label(p));
    }
    if (tok_is(p, '.') || tok_is(p, '[')) {
        parse_indirection(p);
        parse_syntax_error(p);
    }
    return names;
}

StrList parse_func_name(Parser *p) {
    bool simple = tok_class(p, WORD_TYPE_FUNC), qualified = tok_class(p, WORD_COL_ID);
    if (!simple && !qualified) {
        parse_syntax_error(p);
        return dotted_names(p, "");
    }
    const char *first = parse_col_label(p);
    if (qualified && (tok_is(p, '.') || tok_is(p, '[')))
        return dotted_names(p, first);
    if (!simple)
        parse_syntax_error(p);
    StrList names = {0};
    add_str(p, &names, first);
    return names;
}

AstRangeVar *parse_range_var_of_names(Parser *p, const StrList *names, int32_t location) {
    AstRangeVar *node = NEW(p, AstRangeVar, AST_RANGE_VAR, location);
    node->inherit = true;
    node->persistence = AST_PERSISTENCE_PERMANENT;
    node->name = str_list_last(names);
    if (names->count > 1)
        node->schema = names->items[names->count - 2];
    if (names->count > 2)
        node->catalog = names->items[names->count - 3];
    if (names->count > 3)
        parse_fail(p, location,
                   error(ERR_SYNTAX_ERROR, "improper qualified name (too many dotted names): %s",
                         str_list_join(p->arena, names)));
    return node;
}

AstRangeVar *parse_range_var(Parser *p, const char *name, int32_t location) {
    if (tok_is(p, '.') || tok_is(p, '[')) {
        StrList names = dotted_names(p, name);
        return parse_range_var_of_names(p, &names, location);
    }
    AstRangeVar *node = NEW(p, AstRangeVar, AST_RANGE_VAR, location);
    node->inherit = true;
    node->persistence = AST_PERSISTENCE_PERMANENT;
    node->name = name;
    return node;
}

AstRangeVar *parse_qualified_name(Parser *p) {
    int32_t location = tok_location(p);
    const char *name = parse_col_id(p);
    return parse_range_var(p, name, location);
}

AstList parse_qualified_names(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, parse_qualified_name(p));
    } while (parse_accept(p, ','));
    return list;
}

AstRangeVar *parse_relation_expr(Parser *p) {
    AstRangeVar *node;
    if (parse_accept(p, TOK_K_ONLY)) {
        bool paren = parse_accept(p, '(');
        node = parse_qualified_name(p);
        if (paren)
            parse_expect(p, ')');
        node->inherit = false;
        return node;
    }
    node = parse_qualified_name(p);
    parse_accept(p, '*');
    return node;
}

AstList parse_relation_exprs(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, parse_relation_expr(p));
    } while (parse_accept(p, ','));
    return list;
}

/* ---- operators ---- */

bool parse_starts_operator(Parser *p) {
    switch (tok(p)) {
    case TOK_OP:
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
    case '^':
    case '<':
    case '>':
    case '=':
    case TOK_LESS_EQUALS:
    case TOK_GREATER_EQUALS:
    case TOK_NOT_EQUALS:
        return true;
    default:
        return false;
    }
}

/* The symbol of the current token, an operator. */
static const char *operator_symbol(Parser *p) {
    const Token *token = peek(p, 0);
    switch (token->kind) {
    case TOK_OP:
        return token->text;
    case TOK_LESS_EQUALS:
        return "<=";
    case TOK_GREATER_EQUALS:
        return ">=";
    case TOK_NOT_EQUALS:
        return "<>";
    default: {
        static const char symbols[128][2] = {
            ['+'] = "+", ['-'] = "-", ['*'] = "*", ['/'] = "/", ['%'] = "%",
            ['^'] = "^", ['<'] = "<", ['>'] = ">", ['='] = "="};
        return symbols[token->kind];
    }
    }
}

StrList parse_operator_name(Parser *p) {
    StrList names = {0};
    while (!parse_starts_operator(p)) {
        if (p->failed)
            break;
        add_str(p, &names, parse_col_id(p));
        parse_expect(p, '.');
    }
    add_str(p, &names, p->failed ? "" : operator_symbol(p));
    parse_advance(p);
    return names;
}

StrList parse_qualified_operator(Parser *p) {
    if (parse_accept(p, TOK_K_OPERATOR)) {
        parse_expect(p, '(');
        StrList names = parse_operator_name(p);
        parse_expect(p, ')');
        return names;
    }
    if (!parse_starts_operator(p))
        parse_syntax_error(p);
    return parse_operator_name(p);
}

/* ---- roles ---- */

AstRoleSpec *parse_role(Parser *p) {
    AstRoleSpec *role = NEW(p, AstRoleSpec, AST_ROLE_SPEC, tok_location(p));
    role->name = "";
    switch (tok(p)) {
    case TOK_K_CURRENT_ROLE:
        role->kind = AST_ROLE_CURRENT_ROLE;
        parse_advance(p);
        return role;
    case TOK_K_CURRENT_USER:
        role->kind = AST_ROLE_CURRENT_USER;
        parse_advance(p);
        return role;
    case TOK_K_SESSION_USER:
        role->kind = AST_ROLE_SESSION_USER;
        parse_advance(p);
        return role;
    default:
        break;
    }
    role->name = parse_non_reserved(p);
    if (strcmp(role->name, "public") == 0)
        role->kind = AST_ROLE_PUBLIC;
    else if (strcmp(role->name, "none") == 0)
        parse_fail(p, role->location,
                   error(ERR_RESERVED_NAME, "role name \"%s\" is reserved", role->name));
    return role;
}

AstList parse_roles(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, parse_role(p));
    } while (parse_accept(p, ','));
    return list;
}

const char *parse_role_id(Parser *p) {
    AstRoleSpec *role = parse_role(p);
    const char *special = NULL;
    switch (role->kind) {
    case AST_ROLE_NAMED:
        return role->name;
    case AST_ROLE_PUBLIC:
        parse_fail(p, role->location,
                   error(ERR_RESERVED_NAME, "role name \"%s\" is reserved", "public"));
        return "";
    case AST_ROLE_CURRENT_ROLE:
        special = "CURRENT_ROLE";
        break;
    case AST_ROLE_CURRENT_USER:
        special = "CURRENT_USER";
        break;
    case AST_ROLE_SESSION_USER:
        special = "SESSION_USER";
        break;
    }
    parse_fail(p, role->location,
               error(ERR_RESERVED_NAME, "%s cannot be used as a role name here", special));
    return "";
}

/* ---- small clauses ---- */

AstDropBehavior parse_drop_behavior(Parser *p) {
    if (parse_accept(p, TOK_K_CASCADE))
        return AST_DROP_CASCADE;
    parse_accept(p, TOK_K_RESTRICT);
    return AST_DROP_RESTRICT;
}

bool parse_if_exists(Parser *p) { return parse_accept2(p, TOK_K_IF, TOK_K_EXISTS); }

bool parse_if_not_exists(Parser *p) {
    if (!tok_is(p, TOK_K_IF) || tok_ahead(p, 1) != TOK_K_NOT)
        return false;
    parse_expect3(p, TOK_K_IF, TOK_K_NOT, TOK_K_EXISTS);
    return true;
}

/* ---- options ---- */

AstOption *parse_new_option(Parser *p, const char *name, Ast *value, int32_t location) {
    AstOption *option = NEW(p, AstOption, AST_OPTION, location);
    option->name = name;
    option->value = value;
    return option;
}

Ast *parse_def_arg(Parser *p) {
    int32_t location = tok_location(p);
    unsigned next = tok_ahead(p, 1);
    switch (tok(p)) {
    case TOK_K_NONE:
        return (Ast *)parse_string_const(p, parse_col_label(p), location);
    case TOK_STRING:
        return (Ast *)parse_string_const(p, parse_string(p), location);
    case TOK_INTEGER:
    case TOK_FLOAT:
        return (Ast *)parse_number(p);
    case '+':
    case '-':
        if (next == TOK_INTEGER || next == TOK_FLOAT)
            return (Ast *)parse_number(p);
        break;
    case TOK_K_OPERATOR:
        if (next != '(')
            return (Ast *)parse_func_type(p);
        return (Ast *)parse_new_name_list(p, parse_qualified_operator(p), location);
    default:
        break;
    }
    if (parse_starts_operator(p))
        return (Ast *)parse_new_name_list(p, parse_qualified_operator(p), location);
    if (tok_class(p, WORD_RESERVED))
        return (Ast *)parse_string_const(p, parse_col_label(p), location);
    return (Ast *)parse_func_type(p);
}

AstList parse_definition(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        int32_t location = tok_location(p);
        const char *name = parse_col_label(p);
        Ast *value = parse_accept(p, '=') ? parse_def_arg(p) : NULL;
        add(p, &list, parse_new_option(p, name, value, location));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

AstList parse_optional_with_definition(Parser *p) {
    return parse_accept(p, TOK_K_WITH) ? parse_definition(p) : (AstList){0};
}

AstList parse_reloptions(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        AstOption *option = parse_new_option(p, NULL, NULL, tok_location(p));
        option->name = parse_col_label(p);
        if (parse_accept(p, '.')) {
            option->space = option->name;
            option->name = parse_col_label(p);
        }
        if (parse_accept(p, '='))
            option->value = parse_def_arg(p);
        add(p, &list, option);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

AstList parse_optional_with_reloptions(Parser *p) {
    return parse_accept(p, TOK_K_WITH) ? parse_reloptions(p) : (AstList){0};
}

static AstOption *generic_option(Parser *p) {
    int32_t location = tok_location(p);
    const char *name = parse_col_label(p);
    int32_t value_location = tok_location(p);
    Ast *value = (Ast *)parse_string_const(p, parse_string(p), value_location);
    return parse_new_option(p, name, value, location);
}

AstList parse_generic_options(Parser *p) {
    AstList list = {0};
    if (!parse_accept(p, TOK_K_OPTIONS))
        return list;
    parse_expect(p, '(');
    do {
        add(p, &list, generic_option(p));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

AstList parse_alter_generic_options(Parser *p) {
    AstList list = {0};
    parse_expect2(p, TOK_K_OPTIONS, '(');
    do {
        /* SET, ADD and DROP may also be an option's name: then its string follows at once. */
        bool action = tok_ahead(p, 1) != TOK_STRING;
        if (action && parse_accept(p, TOK_K_DROP)) {
            int32_t location = tok_location(p);
            AstOption *option = parse_new_option(p, parse_col_label(p), NULL, location);
            option->action = AST_OPTION_DROP;
            add(p, &list, option);
            continue;
        }
        AstOptionAction kind = AST_OPTION_PLAIN;
        if (action && parse_accept(p, TOK_K_SET))
            kind = AST_OPTION_SET;
        else if (action && parse_accept(p, TOK_K_ADD))
            kind = AST_OPTION_ADD;
        AstOption *option = generic_option(p);
        option->action = kind;
        add(p, &list, option);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

AstList parse_utility_options(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        int32_t location = tok_location(p);
        const char *name;
        if (parse_accept(p, TOK_K_ANALYZE) || parse_accept(p, TOK_K_ANALYSE))
            name = "analyze";
        else
            name = parse_non_reserved(p);
        add(p, &list, parse_new_option(p, name, parse_optional_value(p), location));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}
