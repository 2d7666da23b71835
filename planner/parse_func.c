/*
 * parse_func.c: function calls, window specifications, and SQL's functions with a syntax of their
 * own, which become calls of the pg_catalog functions behind them.
 */
#include "planner/parse_int.h"

/* ---- calls ---- */

/* a_expr, or name => a_expr */
static Ast *read_arg(Parser *p) {
    unsigned next = tok_ahead(p, 1);
    if ((next != TOK_COLON_EQUALS && next != TOK_EQUALS_GREATER) || !tok_class(p, WORD_TYPE_FUNC))
        return parse_a_expr(p);
    AstNamedArg *arg = NEW(p, AstNamedArg, AST_NAMED_ARG, tok_location(p));
    arg->name = parse_type_func_name(p);
    parse_advance(p);
    arg->arg = parse_a_expr(p);
    return (Ast *)arg;
}

static AstFuncCall *read_application(Parser *p, StrList name, int32_t location,
                                     int32_t *order_by_location) {
    AstFuncCall *call = NEW(p, AstFuncCall, AST_FUNC_CALL, location);
    call->name = name;
    *order_by_location = -1;
    parse_expect(p, '(');
    if (parse_accept(p, ')'))
        return call;
    if (parse_accept(p, '*')) {
        call->star = true;
        parse_expect(p, ')');
        return call;
    }
    bool plain = !tok_is(p, TOK_K_ALL) && !tok_is(p, TOK_K_DISTINCT);
    call->distinct = parse_accept(p, TOK_K_DISTINCT);
    if (!call->distinct)
        parse_accept(p, TOK_K_ALL);
    do {
        call->variadic = plain && parse_accept(p, TOK_K_VARIADIC);
        add(p, &call->args, read_arg(p));
    } while (!call->variadic && parse_accept(p, ','));
    *order_by_location = tok_location(p);
    call->order_by = parse_optional_order_by(p);
    parse_expect(p, ')');
    return call;
}

AstFuncCall *parse_func_application(Parser *p, StrList name, int32_t location) {
    int32_t order_by_location;
    return read_application(p, name, location, &order_by_location);
}

static AstTypeName *type_of_name(Parser *p, StrList name, int32_t location) {
    AstTypeName *type = NEW(p, AstTypeName, AST_TYPE_NAME, location);
    type->names = name;
    return type;
}

/* name 'literal' and name(modifiers) 'literal'; the current token is the literal. */
static Ast *read_typed_literal(Parser *p, AstTypeName *type) {
    const Token *token = peek(p, 0);
    AstConst *literal = parse_string_const(p, "", (int32_t)token->start);
    literal->text = token->text;
    literal->text_len = token->text_len;
    parse_advance(p);
    return parse_new_cast(p, (Ast *)literal, type, -1);
}

static Ast *literal_of_call(Parser *p, AstFuncCall *call, int32_t order_by_location) {
    AstTypeName *type = type_of_name(p, call->name, call->location);
    type->typmods = call->args;
    if (call->args.count == 0 || call->star || call->distinct || call->variadic) {
        parse_syntax_error(p);
        return (Ast *)call;
    }
    Ast *node = read_typed_literal(p, type);
    for (uint32_t i = 0; i < call->args.count; i++)
        if (call->args.items[i]->tag == AST_NAMED_ARG)
            parse_fail(p, call->args.items[i]->location,
                       error(ERR_SYNTAX_ERROR, "type modifier cannot have parameter name"));
    if (call->order_by.count > 0)
        parse_fail(p, order_by_location,
                   error(ERR_SYNTAX_ERROR, "type modifier cannot have ORDER BY"));
    return node;
}

static void read_within_group(Parser *p, AstFuncCall *call) {
    int32_t location = tok_location(p);
    parse_expect3(p, TOK_K_WITHIN, TOK_K_GROUP, '(');
    AstList order_by = parse_order_by(p);
    parse_expect(p, ')');
    const char *problem = call->order_by.count > 0 ? "multiple ORDER BY clauses"
                          : call->distinct         ? "DISTINCT"
                          : call->variadic         ? "VARIADIC"
                                                   : NULL;
    if (problem != NULL)
        parse_fail(p, location,
                   error(ERR_SYNTAX_ERROR, "cannot use %s with WITHIN GROUP", problem));
    call->order_by = order_by;
    call->within_group = true;
}

/* ---- windows ---- */

static AstFrameBound read_bound(Parser *p, Ast **offset_out) {
    unsigned next = tok_ahead(p, 1);
    *offset_out = NULL;
    if (tok_is(p, TOK_K_UNBOUNDED) && (next == TOK_K_PRECEDING || next == TOK_K_FOLLOWING)) {
        parse_advance(p);
        parse_advance(p);
        return next == TOK_K_PRECEDING ? AST_BOUND_UNBOUNDED_PRECEDING
                                       : AST_BOUND_UNBOUNDED_FOLLOWING;
    }
    if (parse_accept2(p, TOK_K_CURRENT, TOK_K_ROW))
        return AST_BOUND_CURRENT_ROW;
    *offset_out = parse_a_expr(p);
    if (parse_accept(p, TOK_K_FOLLOWING))
        return AST_BOUND_FOLLOWING;
    parse_expect(p, TOK_K_PRECEDING);
    return AST_BOUND_PRECEDING;
}

static void fail_frame(Parser *p, int32_t location, const char *message) {
    parse_fail(p, location, error(ERR_WINDOWING_ERROR, "%s", message));
}

/* BETWEEN may be a column: then an operator that cannot open an expression follows. */
static bool continues_column(unsigned kind) {
    switch (kind) {
    case TOK_TYPECAST:
    case TOK_LESS_EQUALS:
    case TOK_GREATER_EQUALS:
    case TOK_NOT_EQUALS:
    case '*':
    case '/':
    case '%':
    case '^':
    case '<':
    case '>':
    case '=':
    case '.':
    case '[':
    case TOK_K_IN:
    case TOK_K_IS:
    case TOK_K_ISNULL:
    case TOK_K_NOTNULL:
    case TOK_K_OR:
        return true;
    default:
        return false;
    }
}

/* The frame's bounds, behind RANGE, ROWS or GROUPS. */
static void read_extent(Parser *p, AstWindowDef *window) {
    window->frame_between = tok_is(p, TOK_K_BETWEEN) && !continues_column(tok_ahead(p, 1));
    if (window->frame_between) {
        parse_advance(p);
        /* A column, but not as the operand of its like. */
        if (tok_is(p, TOK_K_BETWEEN) || tok_is(p, TOK_K_LIKE) || tok_is(p, TOK_K_ILIKE) ||
            tok_is(p, TOK_K_SIMILAR))
            parse_syntax_error(p);
    }
    int32_t start_location = tok_location(p), end_location = start_location;
    window->frame_start = read_bound(p, &window->start_offset);
    if (window->frame_between) {
        parse_expect(p, TOK_K_AND);
        end_location = tok_location(p);
        window->frame_end = read_bound(p, &window->end_offset);
    }
    AstFrameBound start = window->frame_start, end = window->frame_end;
    if (start == AST_BOUND_UNBOUNDED_FOLLOWING)
        fail_frame(p, start_location, "frame start cannot be UNBOUNDED FOLLOWING");
    else if (!window->frame_between && start == AST_BOUND_FOLLOWING)
        fail_frame(p, start_location,
                   "frame starting from following row cannot end with current row");
    else if (end == AST_BOUND_UNBOUNDED_PRECEDING)
        fail_frame(p, end_location, "frame end cannot be UNBOUNDED PRECEDING");
    else if (start == AST_BOUND_CURRENT_ROW && end == AST_BOUND_PRECEDING)
        fail_frame(p, end_location, "frame starting from current row cannot have preceding rows");
    else if (start == AST_BOUND_FOLLOWING &&
             (end == AST_BOUND_PRECEDING || end == AST_BOUND_CURRENT_ROW))
        fail_frame(p, end_location, "frame starting from following row cannot have preceding rows");
}

static void read_exclusion(Parser *p, AstWindowDef *window) {
    if (!parse_accept(p, TOK_K_EXCLUDE))
        return;
    if (parse_accept(p, TOK_K_CURRENT)) {
        parse_expect(p, TOK_K_ROW);
        window->frame_exclude = AST_EXCLUDE_CURRENT_ROW;
    } else if (parse_accept(p, TOK_K_GROUP))
        window->frame_exclude = AST_EXCLUDE_GROUP;
    else if (parse_accept(p, TOK_K_TIES))
        window->frame_exclude = AST_EXCLUDE_TIES;
    else
        parse_expect2(p, TOK_K_NO, TOK_K_OTHERS);
}

static bool starts_frame(Parser *p) {
    return tok_is(p, TOK_K_RANGE) || tok_is(p, TOK_K_ROWS) || tok_is(p, TOK_K_GROUPS);
}

/* ([name] [PARTITION BY ..] [ORDER BY ..] [frame]) */
static AstWindowDef *read_window(Parser *p) {
    AstWindowDef *window = NEW(p, AstWindowDef, AST_WINDOW_DEF, tok_location(p));
    window->frame_start = AST_BOUND_UNBOUNDED_PRECEDING;
    window->frame_end = AST_BOUND_CURRENT_ROW;
    parse_expect(p, '(');
    /* The words that open the clauses cannot name a window here. */
    if (tok_class(p, WORD_COL_ID) && !tok_is(p, TOK_K_PARTITION) && !starts_frame(p))
        window->ref_name = parse_col_id(p);
    if (parse_accept(p, TOK_K_PARTITION)) {
        parse_expect(p, TOK_K_BY);
        window->partition_by = parse_expr_list(p);
    }
    window->order_by = parse_optional_order_by(p);
    if (starts_frame(p)) {
        window->frame_given = true;
        window->frame_mode = tok_is(p, TOK_K_RANGE)  ? AST_FRAME_RANGE
                             : tok_is(p, TOK_K_ROWS) ? AST_FRAME_ROWS
                                                     : AST_FRAME_GROUPS;
        parse_advance(p);
        read_extent(p, window);
        read_exclusion(p, window);
    }
    parse_expect(p, ')');
    return window;
}

AstList parse_windows(Parser *p) {
    AstList list = {0};
    if (!parse_accept(p, TOK_K_WINDOW))
        return list;
    do {
        const char *name = parse_col_id(p);
        parse_expect(p, TOK_K_AS);
        AstWindowDef *window = read_window(p);
        window->name = name;
        add(p, &list, window);
    } while (parse_accept(p, ','));
    return list;
}

/* What may follow the parenthesis of a call in an expression. */
static void read_call_clauses(Parser *p, AstFuncCall *call) {
    if (tok_is(p, TOK_K_WITHIN))
        read_within_group(p, call);
    if (parse_accept(p, TOK_K_FILTER)) {
        parse_expect2(p, '(', TOK_K_WHERE);
        call->filter = parse_a_expr(p);
        parse_expect(p, ')');
    }
    if (!parse_accept(p, TOK_K_OVER))
        return;
    if (tok_is(p, '(')) {
        call->over = read_window(p);
        return;
    }
    call->over = NEW(p, AstWindowDef, AST_WINDOW_DEF, tok_location(p));
    call->over->frame_end = AST_BOUND_CURRENT_ROW;
    call->over->reference = true;
    call->over->name = parse_col_id(p);
}

Ast *parse_func_or_typed_const(Parser *p, StrList name, int32_t location) {
    if (tok_is(p, TOK_STRING))
        return read_typed_literal(p, type_of_name(p, name, location));
    int32_t order_by_location;
    AstFuncCall *call = read_application(p, name, location, &order_by_location);
    if (tok_is(p, TOK_STRING))
        return literal_of_call(p, call, order_by_location);
    read_call_clauses(p, call);
    return (Ast *)call;
}

Ast *parse_func_windowless(Parser *p) {
    Ast *node = parse_common_func(p);
    if (node != NULL)
        return node;
    int32_t location = tok_location(p);
    StrList name = parse_func_name(p);
    return (Ast *)parse_func_application(p, name, location);
}

/* ---- functions without parentheses ---- */

static Ast *read_value_func(Parser *p, AstValueFuncKind kind) {
    AstValueFunc *node = NEW(p, AstValueFunc, AST_VALUE_FUNC, tok_location(p));
    node->kind = kind;
    node->precision = -1;
    parse_advance(p);
    bool timed = kind >= AST_CURRENT_TIME && kind <= AST_LOCALTIMESTAMP;
    if (timed && parse_accept(p, '(')) {
        node->precision = parse_integer(p);
        parse_expect(p, ')');
    }
    return (Ast *)node;
}

/* ---- functions with words among their arguments; each starts behind its parenthesis ---- */

static void read_extract(Parser *p, AstFuncCall *call) {
    int32_t location = tok_location(p);
    const char *field = "";
    switch (tok(p)) {
    case TOK_STRING:
        field = parse_string(p);
        break;
    case TOK_IDENT:
    case TOK_K_YEAR:
    case TOK_K_MONTH:
    case TOK_K_DAY:
    case TOK_K_HOUR:
    case TOK_K_MINUTE:
    case TOK_K_SECOND:
        field = parse_col_label(p);
        break;
    default:
        parse_syntax_error(p);
    }
    add(p, &call->args, parse_string_const(p, field, location));
    parse_expect(p, TOK_K_FROM);
    add(p, &call->args, parse_a_expr(p));
}

static void read_normalize(Parser *p, AstFuncCall *call) {
    add(p, &call->args, parse_a_expr(p));
    if (!parse_accept(p, ','))
        return;
    static const char *const forms[] = {"NFC", "NFD", "NFKC", "NFKD"};
    static const uint16_t words[] = {TOK_K_NFC, TOK_K_NFD, TOK_K_NFKC, TOK_K_NFKD};
    int32_t location = tok_location(p);
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (parse_accept(p, words[i])) {
            add(p, &call->args, parse_string_const(p, forms[i], location));
            return;
        }
    parse_syntax_error(p);
}

/* The rest of an ordinary argument list whose first argument was read. */
static void read_plain_args(Parser *p, AstFuncCall *call, const char *name) {
    call->form = AST_FUNC_EXPLICIT;
    call->name = (StrList){0};
    add_str(p, &call->name, name);
    while (call->args.count > 0 && parse_accept(p, ','))
        add(p, &call->args, read_arg(p));
}

static void read_overlay(Parser *p, AstFuncCall *call) {
    if (!tok_is(p, ')'))
        add(p, &call->args, read_arg(p));
    if (call->args.count == 0 || call->args.items[0]->tag == AST_NAMED_ARG ||
        !parse_accept(p, TOK_K_PLACING)) {
        read_plain_args(p, call, "overlay");
        return;
    }
    add(p, &call->args, parse_a_expr(p));
    parse_expect(p, TOK_K_FROM);
    add(p, &call->args, parse_a_expr(p));
    if (parse_accept(p, TOK_K_FOR))
        add(p, &call->args, parse_a_expr(p));
}

static void read_substring(Parser *p, AstFuncCall *call) {
    unsigned next = tok_ahead(p, 1);
    bool named = next == TOK_COLON_EQUALS || next == TOK_EQUALS_GREATER;
    if (!tok_is(p, ')'))
        add(p, &call->args, named ? read_arg(p) : parse_expr(p, 1, EXPR_SUBSTRING));
    if (call->args.count == 0 || named) {
        read_plain_args(p, call, "substring");
    } else if (parse_accept(p, TOK_K_FROM)) {
        add(p, &call->args, parse_a_expr(p));
        if (parse_accept(p, TOK_K_FOR))
            add(p, &call->args, parse_a_expr(p));
    } else if (parse_accept(p, TOK_K_FOR)) {
        Ast *length = parse_a_expr(p);
        if (parse_accept(p, TOK_K_FROM))
            add(p, &call->args, parse_a_expr(p));
        else {
            /* Without FROM only a number makes sense, which the cast says. */
            add(p, &call->args, parse_integer_const(p, 1, -1));
            length = parse_new_cast(p, length, parse_system_type(p, "int4", -1), -1);
        }
        add(p, &call->args, length);
    } else if (parse_accept(p, TOK_K_SIMILAR)) {
        add(p, &call->args, parse_a_expr(p));
        parse_expect(p, TOK_K_ESCAPE);
        add(p, &call->args, parse_a_expr(p));
    } else
        read_plain_args(p, call, "substring");
}

static void read_trim(Parser *p, AstFuncCall *call) {
    if (parse_accept(p, TOK_K_LEADING))
        call->name.items[1] = "ltrim";
    else if (parse_accept(p, TOK_K_TRAILING))
        call->name.items[1] = "rtrim";
    else
        parse_accept(p, TOK_K_BOTH);
    if (parse_accept(p, TOK_K_FROM)) {
        call->args = parse_expr_list(p);
        return;
    }
    Ast *first = parse_a_expr(p);
    if (parse_accept(p, TOK_K_FROM)) {
        call->args = parse_expr_list(p);
        add(p, &call->args, first);
        return;
    }
    add(p, &call->args, first);
    while (parse_accept(p, ','))
        add(p, &call->args, parse_a_expr(p));
}

static void read_passing_mechanism(Parser *p) {
    if (parse_accept(p, TOK_K_BY) && !parse_accept(p, TOK_K_REF))
        parse_expect(p, TOK_K_VALUE);
}

Ast *parse_xml_passing(Parser *p) {
    parse_expect(p, TOK_K_PASSING);
    /* BY may also be the argument, a column. */
    if (tok_ahead(p, 1) == TOK_K_REF || tok_ahead(p, 1) == TOK_K_VALUE)
        read_passing_mechanism(p);
    Ast *arg = parse_c_expr(p);
    read_passing_mechanism(p);
    return arg;
}

static Ast *read_position(Parser *p, AstFuncCall *call) {
    Ast *needle = parse_b_expr(p);
    parse_expect(p, TOK_K_IN);
    add(p, &call->args, parse_b_expr(p));
    add(p, &call->args, needle);
    return (Ast *)call;
}

/* ---- XML ---- */

static AstList read_xml_attributes(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        AstTarget *target = NEW(p, AstTarget, AST_TARGET, tok_location(p));
        target->value = parse_a_expr(p);
        if (parse_accept(p, TOK_K_AS))
            target->name = parse_col_label(p);
        add(p, &list, target);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

static bool read_document_or_content(Parser *p) {
    if (parse_accept(p, TOK_K_DOCUMENT))
        return true;
    parse_expect(p, TOK_K_CONTENT);
    return false;
}

static void read_xml_element(Parser *p, AstXmlExpr *xml) {
    parse_expect(p, TOK_K_NAME);
    xml->name = parse_col_label(p);
    if (!parse_accept(p, ','))
        return;
    if (tok_is(p, TOK_K_XMLATTRIBUTES) && tok_ahead(p, 1) == '(') {
        parse_advance(p);
        xml->attributes = read_xml_attributes(p);
        if (!parse_accept(p, ','))
            return;
    }
    xml->args = parse_expr_list(p);
}

static void read_xml_parse(Parser *p, AstXmlExpr *xml) {
    xml->document = read_document_or_content(p);
    add(p, &xml->args, parse_a_expr(p));
    bool preserve = parse_accept(p, TOK_K_PRESERVE);
    if (preserve || parse_accept(p, TOK_K_STRIP))
        parse_expect(p, TOK_K_WHITESPACE);
    add(p, &xml->args, parse_bool_const(p, preserve, -1));
}

static void read_xml_pi(Parser *p, AstXmlExpr *xml) {
    parse_expect(p, TOK_K_NAME);
    xml->name = parse_col_label(p);
    if (parse_accept(p, ','))
        add(p, &xml->args, parse_a_expr(p));
}

static void read_xml_root(Parser *p, AstXmlExpr *xml) {
    add(p, &xml->args, parse_a_expr(p));
    parse_expect2(p, ',', TOK_K_VERSION);
    if (parse_accept2(p, TOK_K_NO, TOK_K_VALUE))
        add(p, &xml->args, parse_null_const(p, -1));
    else
        add(p, &xml->args, parse_a_expr(p));
    AstXmlStandalone standalone = AST_XML_STANDALONE_OMITTED;
    if (parse_accept(p, ',')) {
        parse_expect(p, TOK_K_STANDALONE);
        standalone = AST_XML_STANDALONE_YES;
        if (!parse_accept(p, TOK_K_YES)) {
            parse_expect(p, TOK_K_NO);
            standalone =
                parse_accept(p, TOK_K_VALUE) ? AST_XML_STANDALONE_NO_VALUE : AST_XML_STANDALONE_NO;
        }
    }
    add(p, &xml->args, parse_integer_const(p, (int32_t)standalone, -1));
}

static Ast *read_xml_serialize(Parser *p, int32_t location) {
    AstXmlSerialize *node = NEW(p, AstXmlSerialize, AST_XML_SERIALIZE, location);
    node->document = read_document_or_content(p);
    node->arg = parse_a_expr(p);
    parse_expect(p, TOK_K_AS);
    node->type = parse_simple_type(p);
    return (Ast *)node;
}

static Ast *read_xml(Parser *p, unsigned keyword, int32_t location) {
    if (keyword == TOK_K_XMLSERIALIZE)
        return read_xml_serialize(p, location);
    if (keyword == TOK_K_XMLEXISTS) {
        AstFuncCall *call = parse_system_call(p, "xmlexists", location);
        add(p, &call->args, parse_c_expr(p));
        add(p, &call->args, parse_xml_passing(p));
        return (Ast *)call;
    }
    AstXmlExpr *xml = NEW(p, AstXmlExpr, AST_XML_EXPR, location);
    switch (keyword) {
    case TOK_K_XMLCONCAT:
        xml->op = AST_XML_CONCAT;
        xml->args = parse_expr_list(p);
        break;
    case TOK_K_XMLELEMENT:
        xml->op = AST_XML_ELEMENT;
        read_xml_element(p, xml);
        break;
    case TOK_K_XMLPARSE:
        xml->op = AST_XML_PARSE;
        read_xml_parse(p, xml);
        break;
    case TOK_K_XMLPI:
        xml->op = AST_XML_PI;
        read_xml_pi(p, xml);
        break;
    default:
        xml->op = AST_XML_ROOT;
        read_xml_root(p, xml);
    }
    return (Ast *)xml;
}

/* ---- dispatch ---- */

static Ast *read_treat(Parser *p, int32_t location) {
    Ast *arg = parse_a_expr(p);
    parse_expect(p, TOK_K_AS);
    AstTypeName *type = parse_type(p);
    AstFuncCall *call = parse_system_call(p, str_list_last(&type->names), location);
    call->form = AST_FUNC_EXPLICIT;
    add(p, &call->args, arg);
    return (Ast *)call;
}

static Ast *read_cast(Parser *p, int32_t location) {
    Ast *arg = parse_a_expr(p);
    parse_expect(p, TOK_K_AS);
    return parse_new_cast(p, arg, parse_type(p), location);
}

static Ast *read_nullif(Parser *p, int32_t location) {
    Ast *left = parse_a_expr(p);
    parse_expect(p, ',');
    Ast *right = parse_a_expr(p);
    return (Ast *)parse_new_op(p, AST_OP_NULLIF, "=", left, right, location);
}

static Ast *read_min_max(Parser *p, bool greatest, int32_t location) {
    AstMinMax *node = NEW(p, AstMinMax, AST_MIN_MAX, location);
    node->greatest = greatest;
    node->args = parse_expr_list(p);
    return (Ast *)node;
}

static Ast *read_coalesce(Parser *p, int32_t location) {
    AstCoalesce *node = NEW(p, AstCoalesce, AST_COALESCE, location);
    node->args = parse_expr_list(p);
    return (Ast *)node;
}

/* The functions of the form KEYWORD(..), behind the parenthesis. */
static Ast *read_keyword_func(Parser *p, unsigned keyword, int32_t location) {
    static const struct {
        uint16_t keyword;
        const char *name;
        void (*read)(Parser *, AstFuncCall *);
    } functions[] = {
        {TOK_K_EXTRACT, "extract", read_extract}, {TOK_K_NORMALIZE, "normalize", read_normalize},
        {TOK_K_OVERLAY, "overlay", read_overlay}, {TOK_K_SUBSTRING, "substring", read_substring},
        {TOK_K_TRIM, "btrim", read_trim},
    };
    for (size_t i = 0; i < ARRAY_LEN(functions); i++)
        if (functions[i].keyword == keyword) {
            AstFuncCall *call = parse_system_call(p, functions[i].name, location);
            functions[i].read(p, call);
            return (Ast *)call;
        }
    switch (keyword) {
    case TOK_K_CAST:
        return read_cast(p, location);
    case TOK_K_POSITION:
        return read_position(p, parse_system_call(p, "position", location));
    case TOK_K_TREAT:
        return read_treat(p, location);
    case TOK_K_NULLIF:
        return read_nullif(p, location);
    case TOK_K_COALESCE:
        return read_coalesce(p, location);
    case TOK_K_GREATEST:
    case TOK_K_LEAST:
        return read_min_max(p, keyword == TOK_K_GREATEST, location);
    default:
        return read_xml(p, keyword, location);
    }
}

static Ast *read_collation_for(Parser *p) {
    AstFuncCall *call = parse_system_call(p, "pg_collation_for", tok_location(p));
    parse_expect3(p, TOK_K_COLLATION, TOK_K_FOR, '(');
    add(p, &call->args, parse_a_expr(p));
    parse_expect(p, ')');
    return (Ast *)call;
}

static Ast *read_xml_forest(Parser *p) {
    AstXmlExpr *xml = NEW(p, AstXmlExpr, AST_XML_EXPR, tok_location(p));
    parse_advance(p);
    xml->op = AST_XML_FOREST;
    xml->attributes = read_xml_attributes(p);
    return (Ast *)xml;
}

Ast *parse_common_func(Parser *p) {
    unsigned keyword = tok(p);
    switch (keyword) {
    case TOK_K_CURRENT_DATE:
        return read_value_func(p, AST_CURRENT_DATE);
    case TOK_K_CURRENT_TIME:
        return read_value_func(p, AST_CURRENT_TIME);
    case TOK_K_CURRENT_TIMESTAMP:
        return read_value_func(p, AST_CURRENT_TIMESTAMP);
    case TOK_K_LOCALTIME:
        return read_value_func(p, AST_LOCALTIME);
    case TOK_K_LOCALTIMESTAMP:
        return read_value_func(p, AST_LOCALTIMESTAMP);
    case TOK_K_CURRENT_ROLE:
        return read_value_func(p, AST_CURRENT_ROLE);
    case TOK_K_CURRENT_USER:
        return read_value_func(p, AST_CURRENT_USER);
    case TOK_K_SESSION_USER:
        return read_value_func(p, AST_SESSION_USER);
    case TOK_K_USER:
        return read_value_func(p, AST_USER);
    case TOK_K_CURRENT_CATALOG:
        return read_value_func(p, AST_CURRENT_CATALOG);
    case TOK_K_CURRENT_SCHEMA:
        if (tok_ahead(p, 1) == '(' || tok_ahead(p, 1) == TOK_STRING)
            return NULL;
        return read_value_func(p, AST_CURRENT_SCHEMA);
    case TOK_K_COLLATION:
        return tok_ahead(p, 1) == TOK_K_FOR ? read_collation_for(p) : NULL;
    case TOK_K_XMLFOREST:
        return tok_ahead(p, 1) == '(' ? read_xml_forest(p) : NULL;
    case TOK_K_CAST:
    case TOK_K_COALESCE:
    case TOK_K_EXTRACT:
    case TOK_K_GREATEST:
    case TOK_K_LEAST:
    case TOK_K_NORMALIZE:
    case TOK_K_NULLIF:
    case TOK_K_OVERLAY:
    case TOK_K_POSITION:
    case TOK_K_SUBSTRING:
    case TOK_K_TREAT:
    case TOK_K_TRIM:
    case TOK_K_XMLCONCAT:
    case TOK_K_XMLELEMENT:
    case TOK_K_XMLEXISTS:
    case TOK_K_XMLPARSE:
    case TOK_K_XMLPI:
    case TOK_K_XMLROOT:
    case TOK_K_XMLSERIALIZE:
        break;
    default:
        return NULL;
    }
    if (tok_ahead(p, 1) != '(' && keyword != TOK_K_CAST)
        return NULL;
    int32_t location = tok_location(p);
    parse_advance(p);
    parse_expect(p, '(');
    Ast *node = read_keyword_func(p, keyword, location);
    parse_expect(p, ')');
    return node;
}
