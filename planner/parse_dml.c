/* parse_dml.c: INSERT, UPDATE, DELETE, MERGE. */
#include "planner/parse_int.h"

bool parse_starts_preparable(Parser *p) {
    switch (tok(p)) {
    case '(':
    case TOK_K_INSERT:
    case TOK_K_UPDATE:
    case TOK_K_DELETE:
    case TOK_K_MERGE:
        return true;
    default:
        return parse_starts_select(p) || tok_is(p, TOK_K_VALUES);
    }
}

static AstList read_returning(Parser *p) {
    return parse_accept(p, TOK_K_RETURNING) ? parse_targets(p) : (AstList){0};
}

/* A column to write: name with fields and subscripts. */
static AstTarget *read_column(Parser *p) {
    AstTarget *target = NEW(p, AstTarget, AST_TARGET, tok_location(p));
    target->name = parse_col_id(p);
    target->indirection = parse_indirection(p);
    for (uint32_t i = 0; i + 1 < target->indirection.count; i++)
        if (target->indirection.items[i]->tag == AST_STAR)
            parse_error_near(p, "improper use of \"*\"");
    return target;
}

static AstList read_columns(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        add(p, &list, read_column(p));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

static AstList read_set_clauses(Parser *p) {
    AstList list = {0};
    parse_expect(p, TOK_K_SET);
    do {
        AstSetClause *set = NEW(p, AstSetClause, AST_SET_CLAUSE, tok_location(p));
        set->multiple = tok_is(p, '(');
        if (set->multiple)
            set->targets = read_columns(p);
        else
            add(p, &set->targets, read_column(p));
        parse_expect(p, '=');
        set->value = parse_a_expr(p);
        add(p, &list, set);
    } while (parse_accept(p, ','));
    return list;
}

/* OVERRIDING USER | SYSTEM VALUE, if it is there */
static AstOverriding read_overriding(Parser *p) {
    if (!parse_accept(p, TOK_K_OVERRIDING))
        return AST_OVERRIDING_NONE;
    AstOverriding kind = AST_OVERRIDING_USER;
    if (!parse_accept(p, TOK_K_USER)) {
        parse_expect(p, TOK_K_SYSTEM);
        kind = AST_OVERRIDING_SYSTEM;
    }
    parse_expect(p, TOK_K_VALUE);
    return kind;
}

static AstOnConflict *read_on_conflict(Parser *p) {
    AstOnConflict *node = NEW(p, AstOnConflict, AST_ON_CONFLICT, tok_location(p));
    parse_expect2(p, TOK_K_ON, TOK_K_CONFLICT);
    node->target_location = tok_location(p);
    if (parse_accept(p, '(')) {
        node->target_given = true;
        node->elements = parse_index_elems(p);
        parse_expect(p, ')');
        node->elements_where = parse_optional_where(p);
    } else if (parse_accept(p, TOK_K_ON)) {
        node->target_given = true;
        parse_expect(p, TOK_K_CONSTRAINT);
        node->constraint = parse_col_id(p);
    }
    parse_expect(p, TOK_K_DO);
    if (parse_accept(p, TOK_K_NOTHING))
        return node;
    parse_expect(p, TOK_K_UPDATE);
    node->update = true;
    node->set = read_set_clauses(p);
    node->where = parse_optional_where(p);
    return node;
}

/* The parenthesis behind the table opens a column list or a query. */
static bool paren_opens_query(Parser *p) {
    switch (tok_ahead(p, 1)) {
    case '(':
    case TOK_K_SELECT:
    case TOK_K_TABLE:
    case TOK_K_WITH:
    case TOK_WITH_LA:
        return true;
    case TOK_K_VALUES:
        return tok_ahead(p, 2) == '(';
    default:
        return false;
    }
}

static Ast *read_insert(Parser *p, AstWith *with) {
    AstInsert *insert = NEW(p, AstInsert, AST_INSERT, tok_location(p));
    insert->with = with;
    parse_expect2(p, TOK_K_INSERT, TOK_K_INTO);
    insert->relation = parse_qualified_name(p);
    if (parse_accept(p, TOK_K_AS)) {
        insert->relation->alias = NEW(p, AstAlias, AST_ALIAS, tok_location(p));
        insert->relation->alias->name = parse_col_id(p);
    }
    if (parse_accept(p, TOK_K_DEFAULT))
        parse_expect(p, TOK_K_VALUES);
    else {
        if (tok_is(p, '(') && !paren_opens_query(p))
            insert->columns = read_columns(p);
        insert->overriding = read_overriding(p);
        insert->source = parse_select(p);
    }
    if (tok_is(p, TOK_K_ON))
        insert->on_conflict = read_on_conflict(p);
    insert->returning = read_returning(p);
    return (Ast *)insert;
}

/* relation [[AS] alias]: SET cannot be the alias unless AS says so. */
static AstRangeVar *read_aliased_relation(Parser *p) {
    AstRangeVar *relation = parse_relation_expr(p);
    if (parse_accept(p, TOK_K_AS) || (tok_class(p, WORD_COL_ID) && !tok_is(p, TOK_K_SET))) {
        relation->alias = NEW(p, AstAlias, AST_ALIAS, tok_location(p));
        relation->alias->name = parse_col_id(p);
    }
    return relation;
}

static Ast *read_where_or_current(Parser *p) {
    if (!parse_accept(p, TOK_K_WHERE))
        return NULL;
    int32_t location = tok_location(p);
    if (!parse_accept2(p, TOK_K_CURRENT, TOK_K_OF))
        return parse_a_expr(p);
    AstCurrentOf *node = NEW(p, AstCurrentOf, AST_CURRENT_OF, location);
    node->cursor = parse_col_id(p);
    return (Ast *)node;
}

static Ast *read_update(Parser *p, AstWith *with) {
    AstUpdate *update = NEW(p, AstUpdate, AST_UPDATE, tok_location(p));
    update->with = with;
    parse_expect(p, TOK_K_UPDATE);
    update->relation = read_aliased_relation(p);
    update->set = read_set_clauses(p);
    if (parse_accept(p, TOK_K_FROM))
        update->from = parse_from_list(p);
    update->where = read_where_or_current(p);
    update->returning = read_returning(p);
    return (Ast *)update;
}

static Ast *read_delete(Parser *p, AstWith *with) {
    AstDelete *node = NEW(p, AstDelete, AST_DELETE, tok_location(p));
    node->with = with;
    parse_expect2(p, TOK_K_DELETE, TOK_K_FROM);
    node->relation = read_aliased_relation(p);
    if (parse_accept(p, TOK_K_USING))
        node->from = parse_from_list(p);
    node->where = read_where_or_current(p);
    node->returning = read_returning(p);
    return (Ast *)node;
}

static void read_merge_insert(Parser *p, AstMergeWhen *when) {
    when->action = AST_MERGE_INSERT;
    if (parse_accept(p, TOK_K_DEFAULT)) {
        parse_expect(p, TOK_K_VALUES);
        return;
    }
    if (tok_is(p, '('))
        when->columns = read_columns(p);
    when->overriding = read_overriding(p);
    parse_expect(p, TOK_K_VALUES);
    when->values = parse_paren_exprs(p);
}

static AstMergeWhen *read_merge_when(Parser *p) {
    AstMergeWhen *when = NEW(p, AstMergeWhen, AST_MERGE_WHEN, tok_location(p));
    parse_expect(p, TOK_K_WHEN);
    when->matched = !parse_accept(p, TOK_K_NOT);
    parse_expect(p, TOK_K_MATCHED);
    if (parse_accept(p, TOK_K_AND))
        when->condition = parse_a_expr(p);
    parse_expect(p, TOK_K_THEN);
    if (parse_accept(p, TOK_K_DO))
        parse_expect(p, TOK_K_NOTHING);
    else if (when->matched && parse_accept(p, TOK_K_UPDATE)) {
        when->action = AST_MERGE_UPDATE;
        when->set = read_set_clauses(p);
    } else if (when->matched && parse_accept(p, TOK_K_DELETE))
        when->action = AST_MERGE_DELETE;
    else if (!when->matched && parse_accept(p, TOK_K_INSERT))
        read_merge_insert(p, when);
    else
        parse_syntax_error(p);
    return when;
}

static Ast *read_merge(Parser *p, AstWith *with) {
    AstMerge *merge = NEW(p, AstMerge, AST_MERGE, tok_location(p));
    merge->with = with;
    parse_expect2(p, TOK_K_MERGE, TOK_K_INTO);
    merge->relation = read_aliased_relation(p);
    parse_expect(p, TOK_K_USING);
    merge->source = parse_table_ref(p);
    parse_expect(p, TOK_K_ON);
    merge->on = parse_a_expr(p);
    do {
        add(p, &merge->whens, read_merge_when(p));
    } while (tok_is(p, TOK_K_WHEN));
    return (Ast *)merge;
}

static Ast *read_dml(Parser *p, AstWith *with) {
    switch (tok(p)) {
    case TOK_K_INSERT:
        return read_insert(p, with);
    case TOK_K_UPDATE:
        return read_update(p, with);
    case TOK_K_DELETE:
        return read_delete(p, with);
    default:
        return read_merge(p, with);
    }
}

static bool starts_dml(Parser *p) {
    return tok_is(p, TOK_K_INSERT) || tok_is(p, TOK_K_UPDATE) || tok_is(p, TOK_K_DELETE) ||
           tok_is(p, TOK_K_MERGE);
}

static Ast *read_preparable(Parser *p, bool merge) {
    if (tok_is(p, TOK_K_MERGE) ? merge : starts_dml(p))
        return read_dml(p, NULL);
    if (!tok_is(p, TOK_K_WITH) && !tok_is(p, TOK_WITH_LA))
        return (Ast *)parse_select(p);
    Ast *node = NULL;
    if (parse_enter(p)) {
        AstWith *with = parse_with(p);
        if (tok_is(p, TOK_K_MERGE) ? merge : starts_dml(p))
            node = read_dml(p, with);
        else
            node = (Ast *)parse_select_behind_with(p, with);
    }
    parse_leave(p);
    return node != NULL ? node : parse_nothing(p);
}

Ast *parse_preparable(Parser *p) { return read_preparable(p, true); }
Ast *parse_query_but_merge(Parser *p) { return read_preparable(p, false); }
