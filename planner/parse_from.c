/*
 * parse_from.c: FROM: tables, functions, subqueries and joins.
 *
 * Joins lean left; a join that still waits for its ON or USING takes the joins behind its right
 * side first: a JOIN b JOIN c ON x ON y is a JOIN (b JOIN c ON x) ON y. A parenthesis holds a query
 * or a join, told apart as in expressions: by reading it.
 */
#include "planner/parse_int.h"

/* ---- aliases and column definitions ---- */

static AstAlias *read_alias(Parser *p) {
    AstAlias *alias = NEW(p, AstAlias, AST_ALIAS, tok_location(p));
    alias->name = parse_col_id(p);
    return alias;
}

AstAlias *parse_optional_alias(Parser *p) {
    if (!parse_accept(p, TOK_K_AS) && !tok_class(p, WORD_COL_ID))
        return NULL;
    AstAlias *alias = read_alias(p);
    alias->columns = parse_optional_paren_names(p);
    return alias;
}

AstColumnDef *parse_column_definition(Parser *p) {
    AstColumnDef *column = NEW(p, AstColumnDef, AST_COLUMN_DEF, tok_location(p));
    column->name = parse_col_id(p);
    column->type = parse_type(p);
    if (tok_is(p, TOK_K_COLLATE)) {
        column->collate = NEW(p, AstCollate, AST_COLLATE, tok_location(p));
        parse_advance(p);
        column->collate->name = parse_any_name(p);
    }
    return column;
}

AstList parse_column_definitions(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, parse_column_definition(p));
    } while (parse_accept(p, ','));
    return list;
}

static AstList read_paren_definitions(Parser *p) {
    parse_expect(p, '(');
    AstList list = parse_column_definitions(p);
    parse_expect(p, ')');
    return list;
}

/* [AS] name [(columns)], where the columns may have types, or AS (definitions). */
static void read_func_alias(Parser *p, AstAlias **alias, AstList *definitions) {
    bool as = parse_accept(p, TOK_K_AS);
    if (as && tok_is(p, '(')) {
        *definitions = read_paren_definitions(p);
        return;
    }
    if (!as && !tok_class(p, WORD_COL_ID))
        return;
    *alias = read_alias(p);
    if (!tok_is(p, '('))
        return;
    unsigned behind = tok_ahead(p, 2);
    if (behind == ',' || behind == ')')
        (*alias)->columns = parse_paren_names(p);
    else {
        *definitions = read_paren_definitions(p);
    }
}

/* ---- functions and XMLTABLE ---- */

static AstList read_rows_from(Parser *p) {
    AstList list = {0};
    parse_expect3(p, TOK_K_ROWS, TOK_K_FROM, '(');
    do {
        AstRangeFunctionItem *item =
            NEW(p, AstRangeFunctionItem, AST_RANGE_FUNCTION_ITEM, tok_location(p));
        item->call = parse_func_windowless(p);
        if (parse_accept(p, TOK_K_AS))
            item->columns = read_paren_definitions(p);
        add(p, &list, item);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

/* WITH ORDINALITY and the alias, behind the function. */
static Ast *finish_function(Parser *p, AstRangeFunction *range) {
    if (parse_accept(p, TOK_WITH_LA)) {
        parse_expect(p, TOK_K_ORDINALITY);
        range->ordinality = true;
    }
    read_func_alias(p, &range->alias, &range->columns);
    return (Ast *)range;
}

static AstRangeFunction *new_function(Parser *p, bool lateral, Ast *call, int32_t location) {
    AstRangeFunction *range = NEW(p, AstRangeFunction, AST_RANGE_FUNCTION, location);
    range->lateral = lateral;
    if (call != NULL) {
        AstRangeFunctionItem *item =
            NEW(p, AstRangeFunctionItem, AST_RANGE_FUNCTION_ITEM, location);
        item->call = call;
        add(p, &range->functions, item);
    } else {
        range->rows_from = true;
        range->functions = read_rows_from(p);
    }
    return range;
}

/* name expression of a column: only PATH is known. Returns what is wrong with it. */
static Status read_xml_option(Parser *p, AstXmlTableColumn *column) {
    const char *option = parse_col_label(p);
    Ast *value = parse_b_expr(p);
    if (strcmp(option, "__pg__is_not_null") == 0)
        return error(ERR_SYNTAX_ERROR, "option name \"%s\" cannot be used in XMLTABLE", option);
    if (strcmp(option, "path") != 0)
        return error(ERR_SYNTAX_ERROR, "unrecognized column option \"%s\"", option);
    if (column->path != NULL)
        return error(ERR_SYNTAX_ERROR, "only one PATH value per column is allowed");
    column->path = value;
    return STATUS_OK;
}

static AstXmlTableColumn *read_xml_column(Parser *p) {
    AstXmlTableColumn *column = NEW(p, AstXmlTableColumn, AST_XML_TABLE_COLUMN, tok_location(p));
    column->name = parse_col_id(p);
    if (parse_accept(p, TOK_K_FOR)) {
        parse_expect(p, TOK_K_ORDINALITY);
        column->ordinality = true;
        return column;
    }
    column->type = parse_type(p);
    bool nullability_seen = false;
    Status wrong = STATUS_OK; /* the first thing, told when all options are read */
    for (;;) {
        int32_t location = tok_location(p);
        Status status = STATUS_OK;
        if (tok_is(p, TOK_IDENT))
            status = read_xml_option(p, column);
        else if (parse_accept(p, TOK_K_DEFAULT)) {
            if (column->default_value != NULL)
                status = error(ERR_SYNTAX_ERROR, "only one DEFAULT value is allowed");
            column->default_value = parse_b_expr(p);
        } else if (tok_is(p, TOK_K_NOT) || tok_is(p, TOK_K_NULL)) {
            column->not_null = parse_accept(p, TOK_K_NOT);
            parse_expect(p, TOK_K_NULL);
            if (nullability_seen)
                status = error(ERR_SYNTAX_ERROR,
                               "conflicting or redundant NULL / NOT NULL declarations for column "
                               "\"%s\"",
                               column->name);
            nullability_seen = true;
        } else
            break;
        if (status_ok(wrong))
            wrong = status_at(status, location);
        else
            status_free(status);
    }
    if (tok_is(p, TOK_ERROR))
        parse_syntax_error(p);
    if (!status_ok(wrong))
        parse_fail(p, -1, wrong);
    return column;
}

static AstList read_xml_namespaces(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        AstTarget *target = NEW(p, AstTarget, AST_TARGET, tok_location(p));
        if (parse_accept(p, TOK_K_DEFAULT))
            target->value = parse_b_expr(p);
        else {
            target->value = parse_b_expr(p);
            parse_expect(p, TOK_K_AS);
            target->name = parse_col_label(p);
        }
        add(p, &list, target);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

static Ast *read_xml_table(Parser *p, bool lateral) {
    AstRangeXmlTable *table = NEW(p, AstRangeXmlTable, AST_RANGE_XML_TABLE, tok_location(p));
    table->lateral = lateral;
    parse_expect2(p, TOK_K_XMLTABLE, '(');
    if (tok_is(p, TOK_K_XMLNAMESPACES) && tok_ahead(p, 1) == '(') {
        parse_advance(p);
        table->namespaces = read_xml_namespaces(p);
        parse_expect(p, ',');
    }
    table->row = parse_c_expr(p);
    table->document = parse_xml_passing(p);
    parse_expect(p, TOK_K_COLUMNS);
    do {
        add(p, &table->columns, read_xml_column(p));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    table->alias = parse_optional_alias(p);
    return (Ast *)table;
}

/* ---- tables ---- */

static Ast *read_sample(Parser *p, Ast *relation) {
    AstRangeSample *sample = NEW(p, AstRangeSample, AST_RANGE_SAMPLE, -1);
    parse_expect(p, TOK_K_TABLESAMPLE);
    sample->location = tok_location(p);
    sample->relation = relation;
    sample->method = parse_func_name(p);
    sample->args = parse_paren_exprs(p);
    if (parse_accept(p, TOK_K_REPEATABLE)) {
        parse_expect(p, '(');
        sample->repeatable = parse_a_expr(p);
        parse_expect(p, ')');
    }
    return (Ast *)sample;
}

static Ast *finish_relation(Parser *p, AstRangeVar *relation) {
    relation->alias = parse_optional_alias(p);
    if (tok_is(p, TOK_K_TABLESAMPLE))
        return read_sample(p, (Ast *)relation);
    return (Ast *)relation;
}

/* A derived table behind its query: every version before 16 wants an alias. */
static Ast *finish_subselect(Parser *p, AstSelect *query, bool lateral, int32_t location) {
    AstRangeSubselect *range = NEW(p, AstRangeSubselect, AST_RANGE_SUBSELECT, location);
    range->lateral = lateral;
    range->query = query;
    range->alias = parse_optional_alias(p);
    if (range->alias != NULL)
        return (Ast *)range;
    if (tok_is(p, TOK_ERROR))
        parse_syntax_error(p);
    bool values = query->values.count > 0;
    Status error = values ? error(ERR_SYNTAX_ERROR, "VALUES in FROM must have an alias")
                          : error(ERR_SYNTAX_ERROR, "subquery in FROM must have an alias");
    error = values ? status_hint(error, "For example, FROM (VALUES ...) [AS] foo.")
                   : status_hint(error, "For example, FROM (SELECT ...) [AS] foo.");
    parse_fail(p, location, error);
    return (Ast *)range;
}

/* A table or function by name, or a function-like keyword. */
static Ast *read_named(Parser *p, bool lateral) {
    int32_t location = tok_location(p);
    if (tok_is(p, TOK_K_XMLTABLE) && tok_ahead(p, 1) == '(')
        return read_xml_table(p, lateral);
    if (tok_is(p, TOK_K_ROWS) && tok_ahead(p, 1) == TOK_K_FROM)
        return finish_function(p, new_function(p, lateral, NULL, location));
    Ast *call = parse_common_func(p);
    if (call != NULL)
        return finish_function(p, new_function(p, lateral, call, location));
    bool relation = tok_class(p, WORD_COL_ID), function = tok_class(p, WORD_TYPE_FUNC);
    if (!relation && !function) {
        parse_syntax_error(p);
        return parse_nothing(p);
    }
    const char *first = parse_col_label(p);
    if (!tok_is(p, '(') && relation) {
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
        if (!tok_is(p, '(')) {
            if (lateral)
                parse_syntax_error(p);
            AstRangeVar *range = parse_range_var_of_names(p, &names, location);
            parse_accept(p, '*');
            return finish_relation(p, range);
        }
        call = (Ast *)parse_func_application(p, names, location);
        return finish_function(p, new_function(p, lateral, call, location));
    }
    if (!function)
        parse_syntax_error(p);
    StrList name = {0};
    add_str(p, &name, first);
    call = (Ast *)parse_func_application(p, name, location);
    return finish_function(p, new_function(p, lateral, call, location));
}

/* ---- joins and parentheses ---- */

typedef enum RangeKind {
    RANGE_QUERY,  /* node is an AstSelect: (query) */
    RANGE_JOINED, /* a join, with or without parentheses, without alias */
    RANGE_OTHER
} RangeKind;

static Ast *read_joins(Parser *p, Ast *left, RangeKind *kind);
static Ast *read_paren(Parser *p, RangeKind *kind_out);

/* What a parenthesis held, as an item of FROM. */
static Ast *finish_paren(Parser *p, Ast *node, RangeKind *kind, int32_t location) {
    if (*kind == RANGE_QUERY) {
        *kind = RANGE_OTHER;
        return finish_subselect(p, (AstSelect *)node, false, location);
    }
    AstAlias *alias = parse_optional_alias(p);
    if (alias != NULL && node->tag == AST_JOIN) {
        ((AstJoin *)node)->alias = alias;
        *kind = RANGE_OTHER;
    }
    return node;
}

static Ast *read_item(Parser *p, RangeKind *kind_out) {
    int32_t location = tok_location(p);
    *kind_out = RANGE_OTHER;
    switch (tok(p)) {
    case '(': {
        Ast *node = read_paren(p, kind_out);
        return finish_paren(p, node, kind_out, location);
    }
    case TOK_K_ONLY:
        return finish_relation(p, parse_relation_expr(p));
    case TOK_K_LATERAL:
        parse_advance(p);
        if (tok_is(p, '(')) {
            int32_t where = tok_location(p);
            return finish_subselect(p, parse_select_parens(p), true, where);
        }
        return read_named(p, true);
    default:
        return read_named(p, false);
    }
}

static bool starts_join(Parser *p) {
    switch (tok(p)) {
    case TOK_K_CROSS:
    case TOK_K_NATURAL:
    case TOK_K_LEFT:
    case TOK_K_RIGHT:
    case TOK_K_FULL:
    case TOK_K_INNER:
    case TOK_K_JOIN:
        return true;
    default:
        return false;
    }
}

/* Reads ( .. ): a query, or a join. */
static Ast *read_paren(Parser *p, RangeKind *kind_out) {
    Ast *node = NULL;
    *kind_out = RANGE_QUERY;
    if (!parse_enter(p)) {
        parse_leave(p);
        *kind_out = RANGE_JOINED;
        return parse_nothing(p);
    }
    parse_expect(p, '(');
    if (parse_starts_select(p)) {
        parse_enter_more(p, 3);
        node = (Ast *)parse_select_no_parens(p);
        parse_leave_more(p, 3);
    } else if (tok_is(p, '(')) {
        int32_t location = tok_location(p);
        node = read_paren(p, kind_out);
        if (*kind_out == RANGE_QUERY && !tok_is(p, ')')) {
            if (parse_continues_select(p))
                node = (Ast *)parse_select_rest(p, (AstSelect *)node);
            else if (starts_join(p) || tok_is(p, TOK_K_AS) || tok_class(p, WORD_COL_ID))
                node = finish_paren(p, node, kind_out, location);
            else
                parse_syntax_error(p);
        } else if (*kind_out != RANGE_QUERY)
            node = finish_paren(p, node, kind_out, location);
    } else
        node = read_item(p, kind_out);
    if (*kind_out != RANGE_QUERY) {
        node = read_joins(p, node, kind_out);
        if (*kind_out != RANGE_JOINED)
            parse_syntax_error(p);
    }
    parse_expect(p, ')');
    parse_leave(p);
    return node;
}

/* The words in front of JOIN. */
static AstJoinKind read_join_kind(Parser *p) {
    AstJoinKind kind;
    switch (tok(p)) {
    case TOK_K_LEFT:
        kind = AST_JOIN_LEFT;
        break;
    case TOK_K_RIGHT:
        kind = AST_JOIN_RIGHT;
        break;
    case TOK_K_FULL:
        kind = AST_JOIN_FULL;
        break;
    case TOK_K_INNER:
        parse_advance(p);
        /* fall through */
    default:
        return AST_JOIN_INNER;
    }
    parse_advance(p);
    parse_accept(p, TOK_K_OUTER);
    return kind;
}

static void read_join_condition(Parser *p, AstJoin *join) {
    if (parse_accept(p, TOK_K_ON)) {
        join->on = parse_a_expr(p);
        return;
    }
    parse_expect(p, TOK_K_USING);
    join->using_columns = parse_paren_names(p);
    if (parse_accept(p, TOK_K_AS))
        join->using_alias = read_alias(p);
}

/* The joins behind left. */
static Ast *read_joins(Parser *p, Ast *left, RangeKind *kind) {
    while (starts_join(p)) {
        AstJoin *join = NEW(p, AstJoin, AST_JOIN, -1);
        RangeKind ignored;
        join->left = left;
        if (parse_accept(p, TOK_K_CROSS)) {
            parse_expect(p, TOK_K_JOIN);
            join->right = read_item(p, &ignored);
        } else if (parse_accept(p, TOK_K_NATURAL)) {
            join->natural = true;
            join->kind = read_join_kind(p);
            parse_expect(p, TOK_K_JOIN);
            join->right = read_item(p, &ignored);
        } else {
            join->kind = read_join_kind(p);
            parse_expect(p, TOK_K_JOIN);
            join->right = parse_table_ref(p);
            read_join_condition(p, join);
        }
        left = (Ast *)join;
        *kind = RANGE_JOINED;
    }
    return left;
}

Ast *parse_table_ref(Parser *p) {
    RangeKind kind;
    if (!parse_enter(p)) {
        parse_leave(p);
        return parse_nothing(p);
    }
    Ast *left = read_item(p, &kind);
    left = read_joins(p, left, &kind);
    parse_leave(p);
    return left;
}

AstList parse_from_list(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, parse_table_ref(p));
    } while (parse_accept(p, ','));
    return list;
}
