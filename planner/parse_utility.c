/*
 * parse_utility.c: any statement by its first word, and the statements about sessions and data:
 * COPY, EXPLAIN, cursors, prepared statements, LOCK, VACUUM, NOTIFY and the like.
 */
#include "planner/parse_int.h"

/* ---- COPY ---- */

static Ast *string_value(Parser *p) {
    int32_t location = tok_location(p);
    return (Ast *)parse_string_const(p, parse_string(p), location);
}

static Ast *columns_value(Parser *p) {
    int32_t location = tok_location(p);
    if (parse_accept(p, '*'))
        return NEW(p, Ast, AST_STAR, location);
    return (Ast *)parse_new_name_list(p, parse_name_list(p), location);
}

static AstOption *read_copy_force(Parser *p, int32_t location) {
    parse_expect(p, TOK_K_FORCE);
    if (parse_accept(p, TOK_K_QUOTE))
        return parse_new_option(p, "force_quote", columns_value(p), location);
    bool negated = parse_accept(p, TOK_K_NOT);
    parse_expect(p, TOK_K_NULL);
    int32_t where = tok_location(p);
    Ast *columns = (Ast *)parse_new_name_list(p, parse_name_list(p), where);
    return parse_new_option(p, negated ? "force_not_null" : "force_null", columns, location);
}

/* An option without parentheses; NULL (nothing consumed) if none starts here. */
static AstOption *read_old_copy_option(Parser *p) {
    int32_t location = tok_location(p);
    unsigned word = tok(p);
    switch (word) {
    case TOK_K_BINARY:
    case TOK_K_CSV:
        return parse_new_option(
            p, "format", (Ast *)parse_string_const(p, parse_col_label(p), location), location);
    case TOK_K_FREEZE:
    case TOK_K_HEADER: {
        const char *name = parse_col_label(p);
        return parse_new_option(p, name, (Ast *)parse_bool_const(p, true, location), location);
    }
    case TOK_K_DELIMITER:
    case TOK_K_NULL:
    case TOK_K_QUOTE:
    case TOK_K_ESCAPE: {
        const char *name = parse_col_label(p);
        parse_accept(p, TOK_K_AS);
        return parse_new_option(p, name, string_value(p), location);
    }
    case TOK_K_ENCODING:
        parse_advance(p);
        return parse_new_option(p, "encoding", string_value(p), location);
    case TOK_K_FORCE:
        return read_copy_force(p, location);
    default:
        return NULL;
    }
}

/* The value of an option in parentheses; NULL if there is none. */
static Ast *read_copy_value(Parser *p) {
    int32_t location = tok_location(p);
    if (parse_accept(p, '*'))
        return NEW(p, Ast, AST_STAR, location);
    if (!parse_accept(p, '('))
        return parse_optional_value(p);
    StrList names = {0};
    do {
        AstConst *item = (AstConst *)parse_boolean_or_string(p);
        add_str(p, &names, item->text);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return (Ast *)parse_new_name_list(p, names, location);
}

static void read_copy_options(Parser *p, AstList *options) {
    AstOption *option;
    if (!parse_accept(p, TOK_K_WITH))
        parse_accept(p, TOK_WITH_LA);
    if (!parse_accept(p, '(')) {
        while ((option = read_old_copy_option(p)) != NULL)
            add(p, options, option);
        return;
    }
    do {
        int32_t location = tok_location(p);
        const char *name = parse_col_label(p);
        add(p, options, parse_new_option(p, name, read_copy_value(p), location));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
}

/* [PROGRAM] 'file' | STDIN | STDOUT */
static void read_copy_file(Parser *p, AstCopy *copy) {
    copy->program = parse_accept(p, TOK_K_PROGRAM);
    if (!parse_accept(p, TOK_K_STDIN) && !parse_accept(p, TOK_K_STDOUT))
        copy->file = parse_string(p);
}

static void fail_copy_program(Parser *p, int32_t location) {
    parse_fail(p, location, error(ERR_SYNTAX_ERROR, "STDIN/STDOUT not allowed with PROGRAM"));
}

static Ast *read_copy_query(Parser *p, AstCopy *copy) {
    parse_expect(p, '(');
    copy->query = parse_preparable(p);
    parse_expect(p, ')');
    int32_t location = tok_location(p);
    parse_expect(p, TOK_K_TO);
    read_copy_file(p, copy);
    read_copy_options(p, &copy->options);
    if (copy->program && copy->file == NULL)
        fail_copy_program(p, location);
    return (Ast *)copy;
}

Ast *parse_copy(Parser *p, int32_t location) {
    AstCopy *copy = NEW(p, AstCopy, AST_COPY, location);
    if (tok_is(p, '('))
        return read_copy_query(p, copy);
    int32_t where = tok_location(p);
    if (parse_accept(p, TOK_K_BINARY))
        add(p, &copy->options,
            parse_new_option(p, "format", (Ast *)parse_string_const(p, "binary", where), where));
    copy->relation = parse_qualified_name(p);
    copy->columns = parse_optional_paren_names(p);
    copy->from = parse_accept(p, TOK_K_FROM);
    if (!copy->from)
        parse_expect(p, TOK_K_TO);
    read_copy_file(p, copy);
    int32_t delimiter_location = -1;
    where = tok_location(p);
    bool using_word = parse_accept(p, TOK_K_USING);
    if (using_word || tok_is(p, TOK_K_DELIMITERS)) {
        delimiter_location = using_word ? where : tok_location(p);
        parse_expect(p, TOK_K_DELIMITERS);
        add(p, &copy->options, parse_new_option(p, "delimiter", string_value(p), where));
    }
    read_copy_options(p, &copy->options);
    int32_t where_location = tok_location(p);
    copy->where = parse_optional_where(p);
    if (copy->program && copy->file == NULL)
        fail_copy_program(p, delimiter_location);
    else if (!copy->from && copy->where != NULL)
        parse_fail(p, where_location,
                   error(ERR_SYNTAX_ERROR, "WHERE clause not allowed with COPY TO"));
    return (Ast *)copy;
}

/* ---- EXPLAIN, prepared statements ---- */

static Ast *read_explainable(Parser *p) {
    int32_t location = tok_location(p);
    Ast *node;
    switch (tok(p)) {
    case TOK_K_DECLARE:
        parse_advance(p);
        return parse_declare(p, location);
    case TOK_K_EXECUTE:
        parse_advance(p);
        return parse_execute(p, location);
    case TOK_K_REFRESH:
        parse_advance(p);
        return parse_refresh(p, location);
    case TOK_K_CREATE:
        parse_advance(p);
        switch (tok(p)) {
        case TOK_K_TABLE:
        case TOK_K_TEMP:
        case TOK_K_TEMPORARY:
        case TOK_K_LOCAL:
        case TOK_K_GLOBAL:
        case TOK_K_UNLOGGED:
        case TOK_K_MATERIALIZED:
            break;
        default:
            parse_syntax_error(p);
        }
        p->table_form = TABLE_FORM_QUERY;
        node = parse_create(p, location);
        p->table_form = TABLE_FORM_ANY;
        if (node->tag != AST_CREATE_TABLE_AS)
            parse_syntax_error(p);
        return node;
    default:
        return parse_preparable(p);
    }
}

/* True if the parenthesis at the current token holds options, not a query. */
static bool opens_options(Parser *p) {
    switch (tok_ahead(p, 1)) {
    case '(':
    case TOK_K_SELECT:
    case TOK_K_TABLE:
    case TOK_K_WITH:
    case TOK_WITH_LA:
        return false;
    case TOK_K_VALUES:
        return tok_ahead(p, 2) != '(';
    default:
        return true;
    }
}

Ast *parse_explain(Parser *p, int32_t location) {
    AstExplain *node = NEW(p, AstExplain, AST_EXPLAIN, location);
    int32_t where = tok_location(p);
    if (tok_is(p, '(') && opens_options(p))
        node->options = parse_utility_options(p);
    else {
        if (parse_accept(p, TOK_K_ANALYZE) || parse_accept(p, TOK_K_ANALYSE))
            add(p, &node->options, parse_new_option(p, "analyze", NULL, where));
        where = tok_location(p);
        if (parse_accept(p, TOK_K_VERBOSE))
            add(p, &node->options, parse_new_option(p, "verbose", NULL, where));
    }
    node->query = read_explainable(p);
    return (Ast *)node;
}

Ast *parse_prepare(Parser *p, int32_t location) {
    AstPrepare *node = NEW(p, AstPrepare, AST_PREPARE, location);
    node->name = parse_col_id(p);
    if (parse_accept(p, '(')) {
        node->arg_types = parse_type_list(p);
        parse_expect(p, ')');
    }
    parse_expect(p, TOK_K_AS);
    node->query = parse_preparable(p);
    return (Ast *)node;
}

Ast *parse_execute(Parser *p, int32_t location) {
    AstExecute *node = NEW(p, AstExecute, AST_EXECUTE, location);
    node->name = parse_col_id(p);
    if (tok_is(p, '('))
        node->args = parse_paren_exprs(p);
    return (Ast *)node;
}

static Ast *read_deallocate(Parser *p, int32_t location) {
    AstDeallocate *node = NEW(p, AstDeallocate, AST_DEALLOCATE, location);
    unsigned next = tok_ahead(p, 1);
    if (tok_is(p, TOK_K_PREPARE) && (next == TOK_K_ALL || (token_word_class[next] & WORD_COL_ID)))
        parse_advance(p);
    if (!parse_accept(p, TOK_K_ALL))
        node->name = parse_col_id(p);
    return (Ast *)node;
}

/* ---- cursors ---- */

Ast *parse_declare(Parser *p, int32_t location) {
    AstDeclareCursor *node = NEW(p, AstDeclareCursor, AST_DECLARE_CURSOR, location);
    node->name = parse_col_id(p);
    for (;;) {
        if (parse_accept(p, TOK_K_NO)) {
            parse_expect(p, TOK_K_SCROLL);
            node->options |= AST_CURSOR_NO_SCROLL;
        } else if (parse_accept(p, TOK_K_SCROLL))
            node->options |= AST_CURSOR_SCROLL;
        else if (parse_accept(p, TOK_K_BINARY))
            node->options |= AST_CURSOR_BINARY;
        else if (parse_accept(p, TOK_K_ASENSITIVE))
            node->options |= AST_CURSOR_ASENSITIVE;
        else if (parse_accept(p, TOK_K_INSENSITIVE))
            node->options |= AST_CURSOR_INSENSITIVE;
        else
            break;
    }
    parse_expect(p, TOK_K_CURSOR);
    if (parse_accept(p, TOK_K_WITH)) {
        parse_expect(p, TOK_K_HOLD);
        node->options |= AST_CURSOR_HOLD;
    } else if (parse_accept(p, TOK_K_WITHOUT))
        parse_expect(p, TOK_K_HOLD);
    parse_expect(p, TOK_K_FOR);
    node->query = parse_select(p);
    return (Ast *)node;
}

static bool starts_signed_integer(unsigned kind) {
    return kind == TOK_INTEGER || kind == '+' || kind == '-';
}

/* The direction of FETCH; its words may also name the cursor, if none follows. */
static void read_direction(Parser *p, AstFetch *node) {
    unsigned word = tok(p), next = tok_ahead(p, 1);
    bool before_name =
        next == TOK_K_FROM || next == TOK_K_IN || (token_word_class[next] & WORD_COL_ID) != 0;
    bool count = starts_signed_integer(next);
    node->count = 1;
    if (starts_signed_integer(word))
        node->count = parse_signed_integer(p);
    else if (word == TOK_K_ALL) {
        parse_advance(p);
        node->count = AST_FETCH_ALL;
    } else if ((word == TOK_K_NEXT || word == TOK_K_PRIOR || word == TOK_K_FIRST ||
                word == TOK_K_LAST) &&
               before_name) {
        parse_advance(p);
        if (word == TOK_K_PRIOR)
            node->direction = AST_FETCH_BACKWARD;
        else if (word != TOK_K_NEXT)
            node->direction = AST_FETCH_ABSOLUTE;
        if (word == TOK_K_LAST)
            node->count = -1;
    } else if ((word == TOK_K_ABSOLUTE || word == TOK_K_RELATIVE) && count) {
        parse_advance(p);
        node->direction = word == TOK_K_ABSOLUTE ? AST_FETCH_ABSOLUTE : AST_FETCH_RELATIVE;
        node->count = parse_signed_integer(p);
    } else if ((word == TOK_K_FORWARD || word == TOK_K_BACKWARD) &&
               (before_name || count || next == TOK_K_ALL)) {
        parse_advance(p);
        node->direction = word == TOK_K_FORWARD ? AST_FETCH_FORWARD : AST_FETCH_BACKWARD;
        if (count)
            node->count = parse_signed_integer(p);
        else if (parse_accept(p, TOK_K_ALL))
            node->count = AST_FETCH_ALL;
    }
}

Ast *parse_fetch(Parser *p, bool move, int32_t location) {
    AstFetch *node = NEW(p, AstFetch, AST_FETCH, location);
    node->move = move;
    read_direction(p, node);
    if (!parse_accept(p, TOK_K_FROM))
        parse_accept(p, TOK_K_IN);
    node->portal = parse_col_id(p);
    return (Ast *)node;
}

static Ast *read_close(Parser *p, int32_t location) {
    AstClosePortal *node = NEW(p, AstClosePortal, AST_CLOSE_PORTAL, location);
    if (!parse_accept(p, TOK_K_ALL))
        node->name = parse_col_id(p);
    return (Ast *)node;
}

/* ---- tables: LOCK, TRUNCATE, VACUUM, CLUSTER, REINDEX, REFRESH ---- */

static AstTableLock read_lock_mode(Parser *p) {
    if (parse_accept(p, TOK_K_ACCESS)) {
        if (parse_accept(p, TOK_K_SHARE))
            return AST_TABLE_LOCK_ACCESS_SHARE;
        parse_expect(p, TOK_K_EXCLUSIVE);
        return AST_TABLE_LOCK_ACCESS_EXCLUSIVE;
    }
    if (parse_accept(p, TOK_K_ROW)) {
        if (parse_accept(p, TOK_K_SHARE))
            return AST_TABLE_LOCK_ROW_SHARE;
        parse_expect(p, TOK_K_EXCLUSIVE);
        return AST_TABLE_LOCK_ROW_EXCLUSIVE;
    }
    if (parse_accept(p, TOK_K_SHARE)) {
        if (parse_accept(p, TOK_K_UPDATE)) {
            parse_expect(p, TOK_K_EXCLUSIVE);
            return AST_TABLE_LOCK_SHARE_UPDATE_EXCLUSIVE;
        }
        if (!parse_accept(p, TOK_K_ROW))
            return AST_TABLE_LOCK_SHARE;
        parse_expect(p, TOK_K_EXCLUSIVE);
        return AST_TABLE_LOCK_SHARE_ROW_EXCLUSIVE;
    }
    parse_expect(p, TOK_K_EXCLUSIVE);
    return AST_TABLE_LOCK_EXCLUSIVE;
}

static Ast *read_lock(Parser *p, int32_t location) {
    AstLock *node = NEW(p, AstLock, AST_LOCK, location);
    parse_accept(p, TOK_K_TABLE);
    node->relations = parse_relation_exprs(p);
    node->mode = AST_TABLE_LOCK_ACCESS_EXCLUSIVE;
    if (parse_accept(p, TOK_K_IN)) {
        node->mode = read_lock_mode(p);
        parse_expect(p, TOK_K_MODE);
    }
    node->nowait = parse_accept(p, TOK_K_NOWAIT);
    return (Ast *)node;
}

static Ast *read_truncate(Parser *p, int32_t location) {
    AstTruncate *node = NEW(p, AstTruncate, AST_TRUNCATE, location);
    parse_accept(p, TOK_K_TABLE);
    node->relations = parse_relation_exprs(p);
    node->restart_sequences = parse_accept(p, TOK_K_RESTART);
    if (node->restart_sequences || parse_accept(p, TOK_K_CONTINUE))
        parse_expect(p, TOK_K_IDENTITY);
    node->behavior = parse_drop_behavior(p);
    return (Ast *)node;
}

static AstList read_vacuum_relations(Parser *p) {
    AstList list = {0};
    if (!tok_class(p, WORD_COL_ID))
        return list;
    do {
        AstVacuumRelation *relation =
            NEW(p, AstVacuumRelation, AST_VACUUM_RELATION, tok_location(p));
        relation->relation = parse_qualified_name(p);
        relation->columns = parse_optional_paren_names(p);
        add(p, &list, relation);
    } while (parse_accept(p, ','));
    return list;
}

/* An option that is a word alone. */
static void read_word_option(Parser *p, AstList *options, unsigned word, const char *name) {
    int32_t location = tok_location(p);
    if (parse_accept(p, word))
        add(p, options, parse_new_option(p, name, NULL, location));
}

static Ast *read_vacuum(Parser *p, bool vacuum, int32_t location) {
    AstVacuum *node = NEW(p, AstVacuum, AST_VACUUM, location);
    node->vacuum = vacuum;
    if (tok_is(p, '('))
        node->options = parse_utility_options(p);
    else {
        if (vacuum) {
            read_word_option(p, &node->options, TOK_K_FULL, "full");
            read_word_option(p, &node->options, TOK_K_FREEZE, "freeze");
        }
        read_word_option(p, &node->options, TOK_K_VERBOSE, "verbose");
        if (vacuum) {
            bool analyse = tok_is(p, TOK_K_ANALYSE);
            read_word_option(p, &node->options, analyse ? TOK_K_ANALYSE : TOK_K_ANALYZE, "analyze");
        }
    }
    node->relations = read_vacuum_relations(p);
    return (Ast *)node;
}

static Ast *read_cluster(Parser *p, int32_t location) {
    AstCluster *node = NEW(p, AstCluster, AST_CLUSTER, location);
    bool options = tok_is(p, '(');
    if (options)
        node->options = parse_utility_options(p);
    else
        read_word_option(p, &node->options, TOK_K_VERBOSE, "verbose");
    if (!options && !tok_class(p, WORD_COL_ID))
        return (Ast *)node;
    bool simple = tok_ahead(p, 1) != '.' && tok_ahead(p, 1) != '[';
    node->relation = parse_qualified_name(p);
    if (!options && simple && parse_accept(p, TOK_K_ON)) {
        /* The old spelling: index ON table */
        node->index = node->relation->name;
        node->relation = parse_qualified_name(p);
    } else if (parse_accept(p, TOK_K_USING))
        node->index = parse_col_id(p);
    return (Ast *)node;
}

static Ast *read_reindex(Parser *p, int32_t location) {
    static const struct {
        uint16_t word;
        uint8_t kind;
    } kinds[] = {{TOK_K_INDEX, AST_REINDEX_INDEX},
                 {TOK_K_TABLE, AST_REINDEX_TABLE},
                 {TOK_K_SCHEMA, AST_REINDEX_SCHEMA},
                 {TOK_K_SYSTEM, AST_REINDEX_SYSTEM},
                 {TOK_K_DATABASE, AST_REINDEX_DATABASE}};
    AstReindex *node = NEW(p, AstReindex, AST_REINDEX, location);
    if (tok_is(p, '('))
        node->options = parse_utility_options(p);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (parse_accept(p, kinds[i].word)) {
            node->kind = (AstReindexKind)kinds[i].kind;
            read_word_option(p, &node->options, TOK_K_CONCURRENTLY, "concurrently");
            if (node->kind <= AST_REINDEX_TABLE)
                node->relation = parse_qualified_name(p);
            else
                node->name = parse_col_id(p);
            return (Ast *)node;
        }
    parse_syntax_error(p);
    return (Ast *)node;
}

Ast *parse_refresh(Parser *p, int32_t location) {
    AstRefreshMatview *node = NEW(p, AstRefreshMatview, AST_REFRESH_MATVIEW, location);
    parse_expect2(p, TOK_K_MATERIALIZED, TOK_K_VIEW);
    node->concurrently = parse_accept(p, TOK_K_CONCURRENTLY);
    node->relation = parse_qualified_name(p);
    node->skip_data = !parse_optional_with_data(p);
    return (Ast *)node;
}

/* ---- small statements ---- */

static Ast *read_call(Parser *p, int32_t location) {
    AstCall *node = NEW(p, AstCall, AST_CALL, location);
    int32_t where = tok_location(p);
    StrList name = parse_func_name(p);
    node->call = parse_func_application(p, name, where);
    return (Ast *)node;
}

static Ast *read_do(Parser *p, int32_t location) {
    AstDo *node = NEW(p, AstDo, AST_DO, location);
    do {
        int32_t where = tok_location(p);
        if (parse_accept(p, TOK_K_LANGUAGE)) {
            int32_t value_location = tok_location(p);
            Ast *value = (Ast *)parse_string_const(p, parse_word_or_string(p), value_location);
            add(p, &node->options, parse_new_option(p, "language", value, where));
        } else
            add(p, &node->options, parse_new_option(p, "as", string_value(p), where));
    } while (tok_is(p, TOK_STRING) || tok_is(p, TOK_K_LANGUAGE));
    return (Ast *)node;
}

static Ast *read_notify(Parser *p, int32_t location) {
    AstNotify *node = NEW(p, AstNotify, AST_NOTIFY, location);
    node->channel = parse_col_id(p);
    if (parse_accept(p, ','))
        node->payload = parse_string(p);
    return (Ast *)node;
}

static Ast *read_listen(Parser *p, int32_t location) {
    AstListen *node = NEW(p, AstListen, AST_LISTEN, location);
    node->channel = parse_col_id(p);
    return (Ast *)node;
}

static Ast *read_unlisten(Parser *p, int32_t location) {
    AstUnlisten *node = NEW(p, AstUnlisten, AST_UNLISTEN, location);
    if (!parse_accept(p, '*'))
        node->channel = parse_col_id(p);
    return (Ast *)node;
}

static Ast *read_load(Parser *p, int32_t location) {
    AstLoad *node = NEW(p, AstLoad, AST_LOAD, location);
    node->file = parse_string(p);
    return (Ast *)node;
}

static Ast *read_discard(Parser *p, int32_t location) {
    AstDiscard *node = NEW(p, AstDiscard, AST_DISCARD, location);
    if (parse_accept(p, TOK_K_ALL))
        node->target = AST_DISCARD_ALL;
    else if (parse_accept(p, TOK_K_PLANS))
        node->target = AST_DISCARD_PLANS;
    else if (parse_accept(p, TOK_K_SEQUENCES))
        node->target = AST_DISCARD_SEQUENCES;
    else {
        node->target = AST_DISCARD_TEMP;
        if (!parse_accept(p, TOK_K_TEMP))
            parse_expect(p, TOK_K_TEMPORARY);
    }
    return (Ast *)node;
}

static Ast *read_reassign(Parser *p, int32_t location) {
    AstReassignOwned *node = NEW(p, AstReassignOwned, AST_REASSIGN_OWNED, location);
    parse_expect2(p, TOK_K_OWNED, TOK_K_BY);
    node->roles = parse_roles(p);
    parse_expect(p, TOK_K_TO);
    node->new_role = parse_role(p);
    return (Ast *)node;
}

static Ast *read_checkpoint(Parser *p, int32_t location) {
    return NEW(p, Ast, AST_CHECKPOINT, location);
}

/* ---- dispatch ---- */

static Ast *read_vacuum_statement(Parser *p, int32_t location) {
    return read_vacuum(p, true, location);
}
static Ast *read_analyze_statement(Parser *p, int32_t location) {
    return read_vacuum(p, false, location);
}
static Ast *read_fetch_statement(Parser *p, int32_t location) {
    return parse_fetch(p, false, location);
}
static Ast *read_move_statement(Parser *p, int32_t location) {
    return parse_fetch(p, true, location);
}
static Ast *read_grant_statement(Parser *p, int32_t location) {
    return parse_grant(p, true, location);
}
static Ast *read_revoke_statement(Parser *p, int32_t location) {
    return parse_grant(p, false, location);
}
static Ast *read_reset_statement(Parser *p, int32_t location) {
    return (Ast *)parse_reset(p, location);
}

/* Statements by their first word, which the reader finds consumed. */
static Ast *read_by_first_word(Parser *p) {
    static Ast *(*const readers[TOK_KIND_COUNT - TOK_KEYWORD_FIRST])(Parser *, int32_t) = {
#define READER(word, function) [TOK_K_##word - TOK_KEYWORD_FIRST] = function
        READER(ALTER, parse_alter),
        READER(ANALYSE, read_analyze_statement),
        READER(ANALYZE, read_analyze_statement),
        READER(CALL, read_call),
        READER(CHECKPOINT, read_checkpoint),
        READER(CLOSE, read_close),
        READER(CLUSTER, read_cluster),
        READER(COMMENT, parse_comment),
        READER(COPY, parse_copy),
        READER(CREATE, parse_create),
        READER(DEALLOCATE, read_deallocate),
        READER(DECLARE, parse_declare),
        READER(DISCARD, read_discard),
        READER(DO, read_do),
        READER(DROP, parse_drop),
        READER(EXECUTE, parse_execute),
        READER(EXPLAIN, parse_explain),
        READER(FETCH, read_fetch_statement),
        READER(GRANT, read_grant_statement),
        READER(IMPORT, parse_import_foreign_schema),
        READER(LISTEN, read_listen),
        READER(LOAD, read_load),
        READER(LOCK, read_lock),
        READER(MOVE, read_move_statement),
        READER(NOTIFY, read_notify),
        READER(PREPARE, parse_prepare),
        READER(REASSIGN, read_reassign),
        READER(REFRESH, parse_refresh),
        READER(REINDEX, read_reindex),
        READER(RESET, read_reset_statement),
        READER(REVOKE, read_revoke_statement),
        READER(SECURITY, parse_security_label),
        READER(SET, parse_set),
        READER(SHOW, parse_show),
        READER(TRUNCATE, read_truncate),
        READER(UNLISTEN, read_unlisten),
        READER(VACUUM, read_vacuum_statement),
#undef READER
    };
    int32_t location = tok_location(p);
    unsigned kind = tok(p);
    if (kind < TOK_KEYWORD_FIRST || readers[kind - TOK_KEYWORD_FIRST] == NULL) {
        parse_syntax_error(p);
        return parse_nothing(p);
    }
    parse_advance(p);
    return readers[kind - TOK_KEYWORD_FIRST](p, location);
}

Ast *parse_statement(Parser *p, bool top_level) {
    int32_t location = tok_location(p);
    switch (tok(p)) {
    case TOK_END:
    case ';':
        return NULL;
    case '(':
    case TOK_K_SELECT:
    case TOK_K_VALUES:
    case TOK_K_TABLE:
    case TOK_K_WITH:
    case TOK_WITH_LA:
    case TOK_K_INSERT:
    case TOK_K_UPDATE:
    case TOK_K_DELETE:
    case TOK_K_MERGE:
        return parse_preparable(p);
    case TOK_K_BEGIN:
    case TOK_K_END:
        if (!top_level)
            break;
        /* fall through */
    case TOK_K_ABORT:
    case TOK_K_COMMIT:
    case TOK_K_RELEASE:
    case TOK_K_ROLLBACK:
    case TOK_K_SAVEPOINT:
    case TOK_K_START:
        return parse_transaction(p, location);
    case TOK_K_PREPARE:
        if (tok_ahead(p, 1) == TOK_K_TRANSACTION && tok_ahead(p, 2) == TOK_STRING)
            return parse_transaction(p, location);
        break;
    default:
        break;
    }
    return read_by_first_word(p);
}
