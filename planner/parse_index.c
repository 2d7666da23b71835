/* parse_index.c: CREATE INDEX, CREATE STATISTICS, sequences and their options. */
#include "planner/parse_int.h"

/* A column, a function call or (expression): what an index or statistics object is over. */
static Ast *read_element(Parser *p, const char **name_out) {
    unsigned next = tok_ahead(p, 1);
    *name_out = NULL;
    if (parse_accept(p, '(')) {
        Ast *expr = parse_a_expr(p);
        parse_expect(p, ')');
        return expr;
    }
    if (tok_class(p, WORD_COL_ID) && next != '(' && next != '.' && next != '[') {
        *name_out = parse_col_id(p);
        return NULL;
    }
    return parse_func_windowless(p);
}

AstIndexElem *parse_index_elem(Parser *p) {
    AstIndexElem *elem = NEW(p, AstIndexElem, AST_INDEX_ELEM, tok_location(p));
    elem->expr = read_element(p, &elem->name);
    if (parse_accept(p, TOK_K_COLLATE))
        elem->collation = parse_any_name(p);
    if (tok_class(p, WORD_COL_ID)) {
        elem->op_class = parse_any_name(p);
        if (tok_is(p, '('))
            elem->op_class_options = parse_reloptions(p);
    }
    elem->direction = parse_sort_direction(p);
    elem->nulls = parse_sort_nulls(p);
    return elem;
}

AstList parse_index_elems(Parser *p) {
    AstList list = {0};
    do {
        add(p, &list, parse_index_elem(p));
    } while (parse_accept(p, ','));
    return list;
}

static AstList read_paren_elems(Parser *p) {
    parse_expect(p, '(');
    AstList list = parse_index_elems(p);
    parse_expect(p, ')');
    return list;
}

Ast *parse_create_index(Parser *p, int32_t location) {
    AstCreateIndex *index = NEW(p, AstCreateIndex, AST_CREATE_INDEX, location);
    index->unique = parse_accept(p, TOK_K_UNIQUE);
    parse_expect(p, TOK_K_INDEX);
    index->concurrently = parse_accept(p, TOK_K_CONCURRENTLY);
    index->if_not_exists = parse_if_not_exists(p);
    if (index->if_not_exists || !tok_is(p, TOK_K_ON))
        index->name = parse_col_id(p);
    parse_expect(p, TOK_K_ON);
    index->relation = parse_relation_expr(p);
    index->access_method = parse_optional_access_method(p);
    index->elements = read_paren_elems(p);
    if (parse_accept(p, TOK_K_INCLUDE))
        index->including = read_paren_elems(p);
    if (parse_accept(p, TOK_K_NULLS)) {
        index->nulls_not_distinct = parse_accept(p, TOK_K_NOT);
        parse_expect(p, TOK_K_DISTINCT);
    }
    index->options = parse_optional_with_reloptions(p);
    if (parse_accept(p, TOK_K_TABLESPACE))
        index->tablespace = parse_col_id(p);
    index->where = parse_optional_where(p);
    return (Ast *)index;
}

Ast *parse_create_statistics(Parser *p, int32_t location) {
    AstCreateStatistics *node = NEW(p, AstCreateStatistics, AST_CREATE_STATISTICS, location);
    node->if_not_exists = parse_if_not_exists(p);
    node->name = parse_any_name(p);
    node->kinds = parse_optional_paren_names(p);
    parse_expect(p, TOK_K_ON);
    do {
        AstStatsElem *elem = NEW(p, AstStatsElem, AST_STATS_ELEM, tok_location(p));
        elem->expr = read_element(p, &elem->name);
        add(p, &node->elements, elem);
    } while (parse_accept(p, ','));
    parse_expect(p, TOK_K_FROM);
    node->from = parse_from_list(p);
    return (Ast *)node;
}

/* ---- sequences ---- */

static Ast *read_optional_with_number(Parser *p, bool required) {
    bool with = parse_accept(p, TOK_K_WITH) || parse_accept(p, TOK_WITH_LA);
    bool number =
        tok_is(p, TOK_INTEGER) || tok_is(p, TOK_FLOAT) || tok_is(p, '+') || tok_is(p, '-');
    return required || with || number ? (Ast *)parse_number(p) : NULL;
}

static AstNameList *read_name_value(Parser *p) {
    int32_t location = tok_location(p);
    return parse_new_name_list(p, parse_any_name(p), location);
}

/* NO CYCLE, NO MAXVALUE, NO MINVALUE: the option with a false or without a value */
static void read_negative_option(Parser *p, AstOption *option) {
    if (parse_accept(p, TOK_K_CYCLE)) {
        option->name = "cycle";
        option->value = (Ast *)parse_bool_const(p, false, option->location);
    } else if (parse_accept(p, TOK_K_MAXVALUE))
        option->name = "maxvalue";
    else {
        parse_expect(p, TOK_K_MINVALUE);
        option->name = "minvalue";
    }
}

AstOption *parse_sequence_option(Parser *p) {
    AstOption *option = parse_new_option(p, peek(p, 0)->text, NULL, tok_location(p));
    unsigned word = tok(p);
    switch (word) {
    case TOK_K_AS:
    case TOK_K_CACHE:
    case TOK_K_CYCLE:
    case TOK_K_INCREMENT:
    case TOK_K_LOGGED:
    case TOK_K_MAXVALUE:
    case TOK_K_MINVALUE:
    case TOK_K_NO:
    case TOK_K_OWNED:
    case TOK_K_RESTART:
    case TOK_K_SEQUENCE:
    case TOK_K_START:
    case TOK_K_UNLOGGED:
        parse_advance(p);
        break;
    default:
        return NULL;
    }
    switch (word) {
    case TOK_K_AS:
        option->value = (Ast *)parse_simple_type(p);
        break;
    case TOK_K_INCREMENT:
        parse_accept(p, TOK_K_BY);
        /* fall through */
    case TOK_K_CACHE:
    case TOK_K_MAXVALUE:
    case TOK_K_MINVALUE:
        option->value = (Ast *)parse_number(p);
        break;
    case TOK_K_CYCLE:
        option->value = (Ast *)parse_bool_const(p, true, option->location);
        break;
    case TOK_K_NO:
        read_negative_option(p, option);
        break;
    case TOK_K_OWNED:
        parse_expect(p, TOK_K_BY);
        option->name = "owned_by";
        option->value = (Ast *)read_name_value(p);
        break;
    case TOK_K_SEQUENCE:
        parse_expect(p, TOK_K_NAME);
        option->name = "sequence_name";
        option->value = (Ast *)read_name_value(p);
        break;
    case TOK_K_RESTART:
    case TOK_K_START:
        option->value = read_optional_with_number(p, word == TOK_K_START);
        break;
    default:
        break;
    }
    return option;
}

AstList parse_sequence_options(Parser *p) {
    AstList list = {0};
    AstOption *option;
    while ((option = parse_sequence_option(p)) != NULL)
        add(p, &list, option);
    return list;
}

AstList parse_paren_sequence_options(Parser *p) {
    if (!parse_accept(p, '('))
        return (AstList){0};
    AstList list = parse_sequence_options(p);
    if (list.count == 0)
        parse_syntax_error(p);
    parse_expect(p, ')');
    return list;
}

Ast *parse_create_sequence(Parser *p, AstPersistence persistence, int32_t location) {
    AstCreateSequence *node = NEW(p, AstCreateSequence, AST_CREATE_SEQUENCE, location);
    node->if_not_exists = parse_if_not_exists(p);
    node->sequence = parse_qualified_name(p);
    node->sequence->persistence = persistence;
    node->options = parse_sequence_options(p);
    return (Ast *)node;
}
