/*
 * parse_select.c: SELECT, VALUES, TABLE, set operations and WITH.
 *
 * A query is a body (leaves joined by set operations; INTERSECT binds tighter) with clauses behind
 * it. Clauses behind a parenthesised query belong to that query, which may have its own already:
 * then they are refused as doubled.
 */
#include "planner/parse_int.h"

bool parse_starts_select(Parser *p) {
    switch (tok(p)) {
    case TOK_K_SELECT:
    case TOK_K_TABLE:
    case TOK_K_WITH:
    case TOK_WITH_LA:
        return true;
    case TOK_K_VALUES:
        return tok_ahead(p, 1) == '(';
    default:
        return false;
    }
}

bool parse_continues_select(Parser *p) {
    switch (tok(p)) {
    case TOK_K_UNION:
    case TOK_K_INTERSECT:
    case TOK_K_EXCEPT:
    case TOK_K_ORDER:
    case TOK_K_LIMIT:
    case TOK_K_OFFSET:
    case TOK_K_FETCH:
    case TOK_K_FOR:
        return true;
    default:
        return false;
    }
}

/* ---- WITH ---- */

static AstCteSearch *read_search(Parser *p) {
    AstCteSearch *search = NEW(p, AstCteSearch, AST_CTE_SEARCH, tok_location(p));
    parse_advance(p);
    search->breadth_first = parse_accept(p, TOK_K_BREADTH);
    if (!search->breadth_first)
        parse_expect(p, TOK_K_DEPTH);
    parse_expect2(p, TOK_K_FIRST, TOK_K_BY);
    search->columns = parse_name_list(p);
    parse_expect(p, TOK_K_SET);
    search->sequence_column = parse_col_id(p);
    return search;
}

static AstCteCycle *read_cycle(Parser *p) {
    AstCteCycle *cycle = NEW(p, AstCteCycle, AST_CTE_CYCLE, tok_location(p));
    parse_advance(p);
    cycle->columns = parse_name_list(p);
    parse_expect(p, TOK_K_SET);
    cycle->mark_column = parse_col_id(p);
    if (parse_accept(p, TOK_K_TO)) {
        cycle->mark_value = parse_const(p);
        parse_expect(p, TOK_K_DEFAULT);
        cycle->mark_default = parse_const(p);
    } else {
        cycle->mark_value = (Ast *)parse_bool_const(p, true, -1);
        cycle->mark_default = (Ast *)parse_bool_const(p, false, -1);
    }
    parse_expect(p, TOK_K_USING);
    cycle->path_column = parse_col_id(p);
    return cycle;
}

static AstCte *read_cte(Parser *p) {
    AstCte *cte = NEW(p, AstCte, AST_CTE, tok_location(p));
    cte->name = parse_col_id(p);
    cte->columns = parse_optional_paren_names(p);
    parse_expect(p, TOK_K_AS);
    if (parse_accept(p, TOK_K_MATERIALIZED))
        cte->materialized = AST_MATERIALIZED_ALWAYS;
    else if (parse_accept(p, TOK_K_NOT)) {
        parse_expect(p, TOK_K_MATERIALIZED);
        cte->materialized = AST_MATERIALIZED_NEVER;
    }
    parse_expect(p, '(');
    parse_enter_more(p, 5);
    cte->query = parse_preparable(p);
    parse_leave_more(p, 5);
    parse_expect(p, ')');
    if (tok_is(p, TOK_K_SEARCH))
        cte->search = read_search(p);
    if (tok_is(p, TOK_K_CYCLE))
        cte->cycle = read_cycle(p);
    return cte;
}

AstWith *parse_with(Parser *p) {
    int32_t location = tok_location(p);
    bool lookahead = tok_is(p, TOK_WITH_LA);
    if (!lookahead && !tok_is(p, TOK_K_WITH))
        return NULL;
    AstWith *with = NEW(p, AstWith, AST_WITH, location);
    parse_advance(p);
    /* RECURSIVE may also name the first table expression. */
    if (!lookahead && tok_is(p, TOK_K_RECURSIVE) &&
        (token_word_class[tok_ahead(p, 1)] & WORD_COL_ID))
        with->recursive = parse_accept(p, TOK_K_RECURSIVE);
    do {
        add(p, &with->ctes, read_cte(p));
    } while (parse_accept(p, ','));
    return with;
}

/* ---- clauses behind a query ---- */

AstSortDirection parse_sort_direction(Parser *p) {
    if (parse_accept(p, TOK_K_ASC))
        return AST_SORT_ASC;
    return parse_accept(p, TOK_K_DESC) ? AST_SORT_DESC : AST_SORT_DEFAULT;
}

AstSortNulls parse_sort_nulls(Parser *p) {
    if (!parse_accept(p, TOK_NULLS_LA))
        return AST_NULLS_DEFAULT;
    if (parse_accept(p, TOK_K_FIRST))
        return AST_NULLS_FIRST;
    parse_expect(p, TOK_K_LAST);
    return AST_NULLS_LAST;
}

AstList parse_order_by(Parser *p) {
    AstList list = {0};
    parse_expect2(p, TOK_K_ORDER, TOK_K_BY);
    do {
        AstSortBy *sort = NEW(p, AstSortBy, AST_SORT_BY, -1);
        sort->value = parse_a_expr(p);
        if (parse_accept(p, TOK_K_USING)) {
            sort->direction = AST_SORT_USING;
            sort->location = tok_location(p);
            sort->using_op = parse_qualified_operator(p);
        } else
            sort->direction = parse_sort_direction(p);
        sort->nulls = parse_sort_nulls(p);
        add(p, &list, sort);
    } while (parse_accept(p, ','));
    return list;
}

AstList parse_optional_order_by(Parser *p) {
    return tok_is(p, TOK_K_ORDER) ? parse_order_by(p) : (AstList){0};
}

/* LIMIT, OFFSET and FETCH as read, before they are put into a query. */
typedef struct Limits {
    Ast *limit;
    Ast *offset;
    AstLimitKind kind;
} Limits;

static bool starts_row_or_rows(Parser *p) { return tok_is(p, TOK_K_ROW) || tok_is(p, TOK_K_ROWS); }

/* The count of OFFSET n ROWS and FETCH n ROWS may only be an operand or a signed number. */
static Ast *read_signed_number(Parser *p) {
    int32_t location = tok_location(p);
    bool negative = tok_is(p, '-');
    AstConst *number = parse_number(p);
    if (negative)
        return (Ast *)number;
    return (Ast *)parse_new_op(p, AST_OP_PLAIN, "+", NULL, (Ast *)number, location);
}

static bool is_number(unsigned kind) { return kind == TOK_INTEGER || kind == TOK_FLOAT; }

static void read_offset(Parser *p, Limits *limits) {
    parse_advance(p);
    bool sign = tok_is(p, '+') || tok_is(p, '-');
    if (sign && is_number(tok_ahead(p, 1)) &&
        (tok_ahead(p, 2) == TOK_K_ROW || tok_ahead(p, 2) == TOK_K_ROWS)) {
        limits->offset = read_signed_number(p);
        parse_advance(p);
        return;
    }
    bool operand = !sign && !tok_is(p, TOK_OP) && !tok_is(p, TOK_K_NOT) &&
                   !tok_is(p, TOK_K_DEFAULT) && !tok_is(p, TOK_K_UNIQUE) &&
                   !tok_is(p, TOK_NOT_LA) && !(tok_is(p, TOK_K_OPERATOR) && tok_ahead(p, 1) == '(');
    if (!operand) {
        limits->offset = parse_a_expr(p);
        return;
    }
    limits->offset = parse_c_expr(p);
    if (starts_row_or_rows(p))
        parse_advance(p);
    else
        limits->offset = parse_expr_rest(p, limits->offset, 1, 0);
}

static void read_limit(Parser *p, Limits *limits) {
    int32_t location = tok_location(p);
    parse_advance(p);
    limits->kind = AST_LIMIT_COUNT;
    int32_t all_location = tok_location(p);
    if (parse_accept(p, TOK_K_ALL))
        limits->limit = (Ast *)parse_null_const(p, all_location);
    else
        limits->limit = parse_a_expr(p);
    if (!parse_accept(p, ','))
        return;
    parse_a_expr(p);
    parse_fail(p, location,
               status_hint(error(ERR_SYNTAX_ERROR, "LIMIT #,# syntax is not supported"),
                           "Use separate LIMIT and OFFSET clauses."));
}

/* FETCH FIRST | NEXT [n] ROW | ROWS ONLY | WITH TIES */
static void read_fetch(Parser *p, Limits *limits) {
    parse_advance(p);
    if (!parse_accept(p, TOK_K_FIRST))
        parse_expect(p, TOK_K_NEXT);
    unsigned next = tok_ahead(p, 1);
    if (starts_row_or_rows(p) && (next == TOK_K_ONLY || next == TOK_K_WITH))
        limits->limit = (Ast *)parse_integer_const(p, 1, -1);
    else if (tok_is(p, '+') || tok_is(p, '-'))
        limits->limit = read_signed_number(p);
    else
        limits->limit = parse_c_expr(p);
    if (!parse_accept(p, TOK_K_ROW))
        parse_expect(p, TOK_K_ROWS);
    limits->kind = AST_LIMIT_COUNT;
    if (parse_accept(p, TOK_K_WITH)) {
        parse_expect(p, TOK_K_TIES);
        limits->kind = AST_LIMIT_WITH_TIES;
    } else
        parse_expect(p, TOK_K_ONLY);
}

/* LIMIT and OFFSET in either order, each at most once. */
static Limits read_limits(Parser *p) {
    Limits limits = {0};
    bool limit = false, offset = false;
    for (;;) {
        if (!limit && tok_is(p, TOK_K_LIMIT)) {
            read_limit(p, &limits);
            limit = true;
        } else if (!limit && tok_is(p, TOK_K_FETCH)) {
            read_fetch(p, &limits);
            limit = true;
        } else if (!offset && tok_is(p, TOK_K_OFFSET)) {
            read_offset(p, &limits);
            offset = true;
        } else
            return limits;
    }
}

/* FOR UPDATE and its kind, or FOR READ ONLY, which says nothing. */
static AstList read_locking(Parser *p) {
    AstList list = {0};
    if (tok_is(p, TOK_K_FOR) && tok_ahead(p, 1) == TOK_K_READ) {
        parse_expect3(p, TOK_K_FOR, TOK_K_READ, TOK_K_ONLY);
        return list;
    }
    while (tok_is(p, TOK_K_FOR)) {
        AstLocking *locking = NEW(p, AstLocking, AST_LOCKING, tok_location(p));
        parse_advance(p);
        if (parse_accept(p, TOK_K_UPDATE))
            locking->strength = AST_LOCK_UPDATE;
        else if (parse_accept(p, TOK_K_SHARE))
            locking->strength = AST_LOCK_SHARE;
        else if (parse_accept(p, TOK_K_NO)) {
            parse_expect2(p, TOK_K_KEY, TOK_K_UPDATE);
            locking->strength = AST_LOCK_NO_KEY_UPDATE;
        } else {
            parse_expect2(p, TOK_K_KEY, TOK_K_SHARE);
            locking->strength = AST_LOCK_KEY_SHARE;
        }
        if (parse_accept(p, TOK_K_OF))
            locking->relations = parse_qualified_names(p);
        if (parse_accept(p, TOK_K_NOWAIT))
            locking->wait = AST_WAIT_ERROR;
        else if (parse_accept(p, TOK_K_SKIP)) {
            parse_expect(p, TOK_K_LOCKED);
            locking->wait = AST_WAIT_SKIP;
        }
        add(p, &list, locking);
    }
    return list;
}

static void put_limits(Parser *p, AstSelect *query, const Limits *limits) {
    if (limits->offset != NULL && query->offset != NULL)
        parse_fail(p, ast_location(limits->offset),
                   error(ERR_SYNTAX_ERROR, "multiple OFFSET clauses not allowed"));
    if (limits->limit != NULL && query->limit != NULL)
        parse_fail(p, ast_location(limits->limit),
                   error(ERR_SYNTAX_ERROR, "multiple LIMIT clauses not allowed"));
    if (limits->offset != NULL)
        query->offset = limits->offset;
    if (limits->limit != NULL)
        query->limit = limits->limit;
    if (limits->limit == NULL && limits->offset == NULL)
        return;
    if (query->limit_kind == AST_LIMIT_WITH_TIES)
        parse_fail(p, -1, error(ERR_SYNTAX_ERROR, "multiple limit options not allowed"));
    if (limits->kind != AST_LIMIT_DEFAULT)
        query->limit_kind = limits->kind;
    if (limits->kind != AST_LIMIT_WITH_TIES)
        return;
    if (query->order_by.count == 0)
        parse_fail(
            p, -1,
            error(ERR_SYNTAX_ERROR, "WITH TIES cannot be specified without ORDER BY clause"));
    AST_FOREACH(AstLocking, locking, query->locking) {
        if (locking->wait == AST_WAIT_SKIP)
            parse_fail(p, -1,
                       error(ERR_SYNTAX_ERROR, "%s and %s options cannot be used together",
                             "SKIP LOCKED", "WITH TIES"));
    }
}

/* Clauses behind a query: ORDER BY, then limits and locking in either order. */
static void read_query_clauses(Parser *p, AstSelect *query, AstWith *with) {
    AstList order_by = parse_optional_order_by(p), locking = {0};
    Limits limits = {0};
    if (tok_is(p, TOK_K_FOR)) {
        locking = read_locking(p);
        limits = read_limits(p);
    } else if (tok_is(p, TOK_K_LIMIT) || tok_is(p, TOK_K_OFFSET) || tok_is(p, TOK_K_FETCH)) {
        limits = read_limits(p);
        locking = read_locking(p);
    }
    if (order_by.count > 0) {
        if (query->order_by.count > 0)
            parse_fail(p, ast_list_location(&order_by),
                       error(ERR_SYNTAX_ERROR, "multiple ORDER BY clauses not allowed"));
        query->order_by = order_by;
    }
    if (locking.count > 0)
        ast_list_concat(p->arena, &query->locking, &locking);
    put_limits(p, query, &limits);
    if (with != NULL) {
        if (query->with != NULL)
            parse_fail(p, with->location,
                       error(ERR_SYNTAX_ERROR, "multiple WITH clauses not allowed"));
        query->with = with;
    }
}

/* ---- SELECT ---- */

AstList parse_targets(Parser *p) {
    AstList list = {0};
    do {
        AstTarget *target = NEW(p, AstTarget, AST_TARGET, tok_location(p));
        add(p, &list, target);
        if (tok_is(p, '*')) {
            AstColumnRef *star = NEW(p, AstColumnRef, AST_COLUMN_REF, tok_location(p));
            star->star = true;
            target->value = (Ast *)star;
            parse_advance(p);
            continue;
        }
        target->value = parse_expr(p, 1, EXPR_LABEL);
        if (parse_accept(p, TOK_K_AS) || tok_class(p, WORD_BARE_LABEL))
            target->name = parse_col_label(p);
    } while (parse_accept(p, ','));
    return list;
}

static bool starts_temporary(unsigned kind) {
    return kind == TOK_K_TEMPORARY || kind == TOK_K_TEMP;
}

/* The table of SELECT INTO. TEMP and the like may also be its name, if nothing follows them. */
AstRangeVar *parse_into_target(Parser *p) {
    AstPersistence persistence = AST_PERSISTENCE_PERMANENT;
    unsigned next = tok_ahead(p, 1);
    bool named = next == TOK_K_TABLE || (token_word_class[next] & WORD_COL_ID);
    if (starts_temporary(tok(p)) && named) {
        parse_advance(p);
        persistence = AST_PERSISTENCE_TEMPORARY;
    } else if ((tok_is(p, TOK_K_LOCAL) || tok_is(p, TOK_K_GLOBAL)) && starts_temporary(next)) {
        parse_advance(p);
        parse_advance(p);
        persistence = AST_PERSISTENCE_TEMPORARY;
    } else if (tok_is(p, TOK_K_UNLOGGED) && named) {
        parse_advance(p);
        persistence = AST_PERSISTENCE_UNLOGGED;
    }
    parse_accept(p, TOK_K_TABLE);
    AstRangeVar *relation = parse_qualified_name(p);
    relation->persistence = persistence;
    return relation;
}

static AstInto *read_into(Parser *p) {
    AstInto *into = NEW(p, AstInto, AST_INTO, tok_location(p));
    parse_advance(p);
    into->relation = parse_into_target(p);
    return into;
}

static Ast *read_group_item(Parser *p) {
    int32_t location = tok_location(p);
    unsigned next = tok_ahead(p, 1);
    AstGroupingSetKind kind;
    if (tok_is(p, '(') && next == ')')
        kind = AST_GROUPING_EMPTY;
    else if (tok_is(p, TOK_K_ROLLUP) && next == '(')
        kind = AST_GROUPING_ROLLUP;
    else if (tok_is(p, TOK_K_CUBE) && next == '(')
        kind = AST_GROUPING_CUBE;
    else if (tok_is(p, TOK_K_GROUPING) && next == TOK_K_SETS)
        kind = AST_GROUPING_SETS;
    else
        return parse_a_expr(p);
    AstGroupingSet *set = NEW(p, AstGroupingSet, AST_GROUPING_SET, location);
    set->kind = kind;
    parse_advance(p);
    if (kind == AST_GROUPING_EMPTY)
        parse_advance(p);
    else if (kind != AST_GROUPING_SETS)
        set->content = parse_paren_exprs(p);
    else if (parse_enter(p)) {
        parse_expect2(p, TOK_K_SETS, '(');
        do {
            add(p, &set->content, read_group_item(p));
        } while (parse_accept(p, ','));
        parse_expect(p, ')');
        parse_leave(p);
    } else
        parse_leave(p);
    return (Ast *)set;
}

static void read_group_by(Parser *p, AstSelect *query) {
    parse_expect2(p, TOK_K_GROUP, TOK_K_BY);
    query->group_by_given = true;
    query->group_distinct = parse_accept(p, TOK_K_DISTINCT);
    if (!query->group_distinct)
        parse_accept(p, TOK_K_ALL);
    do {
        add(p, &query->group_by, read_group_item(p));
    } while (parse_accept(p, ','));
}

Ast *parse_optional_where(Parser *p) {
    return parse_accept(p, TOK_K_WHERE) ? parse_a_expr(p) : NULL;
}

static AstSelect *read_select(Parser *p) {
    AstSelect *query = NEW(p, AstSelect, AST_SELECT, tok_location(p));
    parse_advance(p);
    query->distinct = parse_accept(p, TOK_K_DISTINCT);
    if (query->distinct) {
        if (parse_accept(p, TOK_K_ON))
            query->distinct_on = parse_paren_exprs(p);
    } else
        parse_accept(p, TOK_K_ALL);
    if (query->distinct || tok_is(p, '*') || parse_starts_expr(p))
        query->targets = parse_targets(p);
    if (tok_is(p, TOK_K_INTO))
        query->into = read_into(p);
    if (parse_accept(p, TOK_K_FROM))
        query->from = parse_from_list(p);
    query->where = parse_optional_where(p);
    if (tok_is(p, TOK_K_GROUP))
        read_group_by(p, query);
    if (parse_accept(p, TOK_K_HAVING))
        query->having = parse_a_expr(p);
    query->windows = parse_windows(p);
    return query;
}

static AstSelect *read_values(Parser *p) {
    AstSelect *query = NEW(p, AstSelect, AST_SELECT, tok_location(p));
    parse_advance(p);
    do {
        AstExprList *row = NEW(p, AstExprList, AST_EXPR_LIST, tok_location(p));
        row->items = parse_paren_exprs(p);
        add(p, &query->values, row);
    } while (parse_accept(p, ','));
    return query;
}

/* TABLE t is SELECT * FROM t. */
static AstSelect *read_table(Parser *p) {
    AstSelect *query = NEW(p, AstSelect, AST_SELECT, tok_location(p));
    parse_advance(p);
    AstTarget *target = NEW(p, AstTarget, AST_TARGET, -1);
    AstColumnRef *star = NEW(p, AstColumnRef, AST_COLUMN_REF, -1);
    star->star = true;
    target->value = (Ast *)star;
    add(p, &query->targets, target);
    add(p, &query->from, parse_relation_expr(p));
    return query;
}

/* An operand of set operations. */
static AstSelect *read_leaf(Parser *p) {
    switch (tok(p)) {
    case TOK_K_SELECT:
        return read_select(p);
    case TOK_K_VALUES:
        return read_values(p);
    case TOK_K_TABLE:
        return read_table(p);
    case '(':
        return parse_select_parens(p);
    default:
        parse_syntax_error(p);
        return NEW(p, AstSelect, AST_SELECT, -1);
    }
}

enum { SETOP_UNION = 1, SETOP_INTERSECT };

static int setop_level(unsigned kind) {
    if (kind == TOK_K_UNION || kind == TOK_K_EXCEPT)
        return SETOP_UNION;
    return kind == TOK_K_INTERSECT ? SETOP_INTERSECT : 0;
}

static AstSelect *read_setops(Parser *p, AstSelect *left, int min_level) {
    for (;;) {
        unsigned kind = tok(p);
        int level = setop_level(kind);
        if (level == 0 || level < min_level)
            return left;
        AstSelect *node = NEW(p, AstSelect, AST_SELECT, left->location);
        node->op = kind == TOK_K_UNION       ? AST_SETOP_UNION
                   : kind == TOK_K_INTERSECT ? AST_SETOP_INTERSECT
                                             : AST_SETOP_EXCEPT;
        parse_advance(p);
        node->all = parse_accept(p, TOK_K_ALL);
        if (!node->all)
            parse_accept(p, TOK_K_DISTINCT);
        node->left = left;
        node->right = read_setops(p, read_leaf(p), level + 1);
        left = node;
    }
}

/* A query from its first operand on. */
static AstSelect *read_query(Parser *p, AstSelect *first, AstWith *with) {
    AstSelect *query = read_setops(p, first, SETOP_UNION);
    if (with != NULL || parse_continues_select(p))
        read_query_clauses(p, query, with);
    return query;
}

AstSelect *parse_select_rest(Parser *p, AstSelect *first) { return read_query(p, first, NULL); }

AstSelect *parse_select_no_parens(Parser *p) {
    if (!parse_enter(p)) {
        parse_leave(p);
        return NEW(p, AstSelect, AST_SELECT, -1);
    }
    AstWith *with = parse_with(p);
    AstSelect *query = read_query(p, read_leaf(p), with);
    parse_leave(p);
    return query;
}

AstSelect *parse_select_behind_with(Parser *p, AstWith *with) {
    return read_query(p, read_leaf(p), with);
}

/* With or without parentheses: a leading one belongs to the first operand. */
AstSelect *parse_select(Parser *p) { return parse_select_no_parens(p); }

AstSelect *parse_select_parens(Parser *p) {
    if (!parse_enter(p)) {
        parse_leave(p);
        return NEW(p, AstSelect, AST_SELECT, -1);
    }
    parse_expect(p, '(');
    AstSelect *query = parse_select_no_parens(p);
    query->parenthesized = true;
    parse_expect(p, ')');
    parse_leave(p);
    return query;
}
