/*
 * parse_type.c: type names.
 *
 * SQL's own spellings become names in pg_catalog, with the modifiers they imply: CHAR is bpchar(1),
 * but CHAR 'literal' has no length; INTERVAL's fields become a mask.
 */
#include "planner/parse_int.h"

AstTypeName *parse_system_type(Parser *p, const char *name, int32_t location) {
    AstTypeName *type = NEW(p, AstTypeName, AST_TYPE_NAME, location);
    add_str(p, &type->names, "pg_catalog");
    add_str(p, &type->names, name);
    return type;
}

AstList parse_type_list(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, parse_type(p));
    } while (parse_accept(p, ','));
    return list;
}

/* (n) as the only modifier, if it is there. */
static bool length_modifier(Parser *p, AstTypeName *type) {
    if (!parse_accept(p, '('))
        return false;
    int32_t location = tok_location(p);
    add(p, &type->typmods, parse_integer_const(p, parse_integer(p), location));
    parse_expect(p, ')');
    return true;
}

static void expr_modifiers(Parser *p, AstTypeName *type) {
    if (tok_is(p, '('))
        type->typmods = parse_paren_exprs(p);
}

static AstTypeName *float_type(Parser *p, int32_t location) {
    const char *name = "float8";
    if (parse_accept(p, '(')) {
        int32_t where = tok_location(p);
        int32_t bits = parse_integer(p);
        parse_expect(p, ')');
        if (bits < 1)
            parse_fail(p, where,
                       error(ERR_INVALID_PARAMETER_VALUE,
                             "precision for type float must be at least 1 bit"));
        else if (bits > 53)
            parse_fail(p, where,
                       error(ERR_INVALID_PARAMETER_VALUE,
                             "precision for type float must be less than 54 bits"));
        else if (bits <= 24)
            name = "float4";
    }
    return parse_system_type(p, name, location);
}

static AstTypeName *bit_type(Parser *p, bool literal, int32_t location) {
    bool varying = parse_accept(p, TOK_K_VARYING);
    AstTypeName *type = parse_system_type(p, varying ? "varbit" : "bit", location);
    if (tok_is(p, '('))
        expr_modifiers(p, type);
    else if (!varying && !literal)
        add(p, &type->typmods, parse_integer_const(p, 1, -1));
    return type;
}

/* keyword is the word that was consumed. */
static AstTypeName *character_type(Parser *p, TokenKind keyword, bool literal, int32_t location) {
    if (keyword == TOK_K_NATIONAL && !parse_accept(p, TOK_K_CHARACTER))
        parse_expect(p, TOK_K_CHAR);
    bool varying = keyword == TOK_K_VARCHAR || parse_accept(p, TOK_K_VARYING);
    AstTypeName *type = parse_system_type(p, varying ? "varchar" : "bpchar", location);
    if (!length_modifier(p, type) && !varying && !literal)
        add(p, &type->typmods, parse_integer_const(p, 1, -1));
    return type;
}

static AstTypeName *datetime_type(Parser *p, bool timestamp, int32_t location) {
    AstTypeName *type = parse_system_type(p, timestamp ? "timestamp" : "time", location);
    length_modifier(p, type);
    if (parse_accept(p, TOK_WITH_LA)) {
        parse_expect2(p, TOK_K_TIME, TOK_K_ZONE);
        type->names.items[1] = timestamp ? "timestamptz" : "timetz";
    } else if (parse_accept(p, TOK_K_WITHOUT))
        parse_expect2(p, TOK_K_TIME, TOK_K_ZONE);
    return type;
}

/* Where a field stands among YEAR .. SECOND, -1 for another word. */
static int interval_field(Parser *p) {
    switch (tok(p)) {
    case TOK_K_YEAR:
        return 0;
    case TOK_K_MONTH:
        return 1;
    case TOK_K_DAY:
        return 2;
    case TOK_K_HOUR:
        return 3;
    case TOK_K_MINUTE:
        return 4;
    case TOK_K_SECOND:
        return 5;
    default:
        return -1;
    }
}

/* YEAR, DAY TO SECOND(3) and so on, or nothing. */
static void interval_fields(Parser *p, AstTypeName *type) {
    static const int32_t masks[] = {AST_INTERVAL_YEAR, AST_INTERVAL_MONTH,  AST_INTERVAL_DAY,
                                    AST_INTERVAL_HOUR, AST_INTERVAL_MINUTE, AST_INTERVAL_SECOND};
    int first = interval_field(p), last = first;
    if (first < 0)
        return;
    int32_t location = tok_location(p);
    parse_advance(p);
    if (first != 1 && first != 5 && parse_accept(p, TOK_K_TO)) {
        last = interval_field(p);
        /* YEAR TO MONTH only; the others down to SECOND. */
        if (first == 0 ? last != 1 : last <= first) {
            parse_syntax_error(p);
            return;
        }
        parse_advance(p);
    }
    int32_t mask = 0;
    for (int i = first; i <= last; i++)
        mask |= masks[i];
    add(p, &type->typmods, parse_integer_const(p, mask, location));
    if (last == 5)
        length_modifier(p, type);
}

static void interval_modifiers(Parser *p, AstTypeName *type) {
    if (tok_is(p, '(')) {
        add(p, &type->typmods, parse_integer_const(p, AST_INTERVAL_FULL_RANGE, -1));
        length_modifier(p, type);
    } else
        interval_fields(p, type);
}

/* A type by SQL's own words; NULL (nothing consumed) if none starts here. */
static AstTypeName *keyword_type(Parser *p, bool literal) {
    int32_t location = tok_location(p);
    TokenKind keyword = (TokenKind)tok(p);
    const char *simple = NULL;
    switch (keyword) {
    case TOK_K_INT:
    case TOK_K_INTEGER:
        simple = "int4";
        break;
    case TOK_K_SMALLINT:
        simple = "int2";
        break;
    case TOK_K_BIGINT:
        simple = "int8";
        break;
    case TOK_K_REAL:
        simple = "float4";
        break;
    case TOK_K_BOOLEAN:
        simple = "bool";
        break;
    case TOK_K_DOUBLE:
        if (tok_ahead(p, 1) != TOK_K_PRECISION)
            return NULL;
        parse_advance(p);
        simple = "float8";
        break;
    case TOK_K_DECIMAL:
    case TOK_K_DEC:
    case TOK_K_NUMERIC: {
        parse_advance(p);
        AstTypeName *type = parse_system_type(p, "numeric", location);
        expr_modifiers(p, type);
        return type;
    }
    case TOK_K_FLOAT:
    case TOK_K_BIT:
    case TOK_K_CHARACTER:
    case TOK_K_CHAR:
    case TOK_K_VARCHAR:
    case TOK_K_NATIONAL:
    case TOK_K_NCHAR:
    case TOK_K_TIMESTAMP:
    case TOK_K_TIME:
    case TOK_K_INTERVAL:
        break;
    default:
        return NULL;
    }
    parse_advance(p);
    if (simple != NULL)
        return parse_system_type(p, simple, location);
    switch ((int)keyword) {
    case TOK_K_FLOAT:
        return float_type(p, location);
    case TOK_K_BIT:
        return bit_type(p, literal, location);
    case TOK_K_TIMESTAMP:
    case TOK_K_TIME:
        return datetime_type(p, keyword == TOK_K_TIMESTAMP, location);
    case TOK_K_INTERVAL: {
        AstTypeName *type = parse_system_type(p, "interval", location);
        if (!literal)
            interval_modifiers(p, type);
        return type;
    }
    default:
        return character_type(p, keyword, literal, location);
    }
}

/* A type named by an identifier; with percent, a.b%TYPE too. */
static AstTypeName *generic_type(Parser *p, bool percent) {
    AstTypeName *type = NEW(p, AstTypeName, AST_TYPE_NAME, tok_location(p));
    const char *first = parse_type_func_name(p);
    type->names = parse_attrs(p, first);
    if (percent && type->names.count > 1 && parse_accept(p, '%')) {
        parse_expect(p, TOK_K_TYPE);
        type->percent_type = true;
        return type;
    }
    expr_modifiers(p, type);
    return type;
}

AstTypeName *parse_simple_type(Parser *p) {
    AstTypeName *type = keyword_type(p, false);
    return type != NULL ? type : generic_type(p, false);
}

/* [], [n], ARRAY, ARRAY[n] */
static void array_bounds(Parser *p, AstTypeName *type) {
    uint32_t capacity = 0;
    if (parse_accept(p, TOK_K_ARRAY)) {
        type->bounds = arena_array(p->arena, int32_t, 1);
        type->bound_count = 1;
        type->bounds[0] = -1;
        if (parse_accept(p, '[')) {
            type->bounds[0] = parse_integer(p);
            parse_expect(p, ']');
        }
        return;
    }
    while (parse_accept(p, '[')) {
        int32_t bound = tok_is(p, ']') ? -1 : parse_integer(p);
        parse_expect(p, ']');
        if (type->bound_count == capacity) {
            uint32_t more = capacity == 0 ? 4 : capacity * 2;
            type->bounds = arena_grow(p->arena, type->bounds, capacity * sizeof(int32_t),
                                      more * sizeof(int32_t));
            capacity = more;
        }
        type->bounds[type->bound_count++] = bound;
    }
}

static AstTypeName *full_type(Parser *p, bool percent) {
    bool setof = parse_accept(p, TOK_K_SETOF);
    AstTypeName *type = keyword_type(p, false);
    if (type == NULL)
        type = generic_type(p, percent);
    type->setof = setof;
    if (!type->percent_type)
        array_bounds(p, type);
    return type;
}

AstTypeName *parse_type(Parser *p) { return full_type(p, false); }
AstTypeName *parse_func_type(Parser *p) { return full_type(p, true); }

bool parse_starts_const_type(Parser *p) {
    unsigned next = tok_ahead(p, 1);
    switch (tok(p)) {
    case TOK_K_INT:
    case TOK_K_INTEGER:
    case TOK_K_SMALLINT:
    case TOK_K_BIGINT:
    case TOK_K_REAL:
    case TOK_K_BOOLEAN:
        return next == TOK_STRING;
    case TOK_K_DOUBLE:
        return next == TOK_K_PRECISION;
    case TOK_K_DECIMAL:
    case TOK_K_DEC:
    case TOK_K_NUMERIC:
    case TOK_K_FLOAT:
    case TOK_K_INTERVAL:
        return next == TOK_STRING || next == '(';
    case TOK_K_BIT:
    case TOK_K_CHARACTER:
    case TOK_K_CHAR:
    case TOK_K_VARCHAR:
    case TOK_K_NCHAR:
        return next == TOK_STRING || next == '(' || next == TOK_K_VARYING;
    case TOK_K_NATIONAL:
        return next == TOK_K_CHARACTER || next == TOK_K_CHAR;
    case TOK_K_TIMESTAMP:
    case TOK_K_TIME:
        return next == TOK_STRING || next == '(' || next == TOK_WITH_LA || next == TOK_K_WITHOUT;
    default:
        return false;
    }
}

Ast *parse_typed_const(Parser *p) {
    bool interval = tok_is(p, TOK_K_INTERVAL);
    AstTypeName *type = keyword_type(p, true);
    if (interval && tok_is(p, '(')) {
        interval_modifiers(p, type);
        interval = false;
    }
    int32_t location = tok_location(p);
    const Token *token = peek(p, 0);
    AstConst *literal = parse_string_const(p, "", location);
    if (token->kind == TOK_STRING) {
        literal->text = token->text;
        literal->text_len = token->text_len;
    }
    parse_expect(p, TOK_STRING);
    if (interval)
        interval_fields(p, type);
    return parse_new_cast(p, (Ast *)literal, type, -1);
}
