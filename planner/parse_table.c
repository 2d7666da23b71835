/*
 * parse_table.c: CREATE TABLE and what makes a table from a query: columns, constraints, LIKE,
 * partitions, CREATE TABLE AS, materialized views, views.
 */
#include "planner/parse_int.h"

/* ---- constraint attributes ---- */

static unsigned read_attribute(Parser *p) {
    unsigned next = tok_ahead(p, 1), attribute;
    switch (tok(p)) {
    case TOK_K_NOT:
        attribute = next == TOK_K_VALID ? ATTR_NOT_VALID : ATTR_NOT_DEFERRABLE;
        parse_advance(p);
        if (attribute == ATTR_NOT_VALID)
            parse_advance(p);
        else
            parse_expect(p, TOK_K_DEFERRABLE);
        return attribute;
    case TOK_K_DEFERRABLE:
        parse_advance(p);
        return ATTR_DEFERRABLE;
    case TOK_K_INITIALLY:
        parse_advance(p);
        if (parse_accept(p, TOK_K_IMMEDIATE))
            return ATTR_INITIALLY_IMMEDIATE;
        parse_expect(p, TOK_K_DEFERRED);
        return ATTR_INITIALLY_DEFERRED;
    case TOK_K_NO:
        parse_advance(p);
        parse_expect(p, TOK_K_INHERIT);
        return ATTR_NO_INHERIT;
    default:
        return 0;
    }
}

unsigned parse_constraint_attributes(Parser *p, int32_t *location_out) {
    const unsigned deferrable = ATTR_NOT_DEFERRABLE | ATTR_DEFERRABLE;
    const unsigned initially = ATTR_INITIALLY_IMMEDIATE | ATTR_INITIALLY_DEFERRED;
    const unsigned never = ATTR_NOT_DEFERRABLE | ATTR_INITIALLY_DEFERRED;
    unsigned all = 0;
    /* PostgreSQL gives errors about the whole list no position. */
    *location_out = -1;
    for (;;) {
        int32_t location = tok_location(p);
        unsigned attribute = read_attribute(p);
        if (attribute == 0)
            return all;
        all |= attribute;
        if ((all & never) == never)
            parse_fail(p, location,
                       error(ERR_SYNTAX_ERROR,
                             "constraint declared INITIALLY DEFERRED must be DEFERRABLE"));
        else if ((all & deferrable) == deferrable || (all & initially) == initially)
            parse_fail(p, location, error(ERR_SYNTAX_ERROR, "conflicting constraint properties"));
    }
}

void parse_apply_attributes(Parser *p, unsigned attributes, int32_t location, const char *what,
                            bool *deferrable, bool *deferred, bool *not_valid, bool *no_inherit) {
    const char *refused = NULL;
    if (attributes & (ATTR_DEFERRABLE | ATTR_INITIALLY_DEFERRED)) {
        if (deferrable != NULL) {
            *deferrable = true;
            *deferred = (attributes & ATTR_INITIALLY_DEFERRED) != 0;
        } else
            refused = "DEFERRABLE";
    }
    if (attributes & ATTR_NOT_VALID) {
        if (not_valid != NULL)
            *not_valid = true;
        else if (refused == NULL)
            refused = "NOT VALID";
    }
    if (attributes & ATTR_NO_INHERIT) {
        if (no_inherit != NULL)
            *no_inherit = true;
        else if (refused == NULL)
            refused = "NO INHERIT";
    }
    if (refused != NULL)
        parse_fail(
            p, location,
            error(ERR_FEATURE_NOT_SUPPORTED, "%s constraints cannot be marked %s", what, refused));
}

/* ---- parts of constraints ---- */

static bool read_nulls_not_distinct(Parser *p) {
    if (!parse_accept(p, TOK_K_NULLS))
        return false;
    bool negated = parse_accept(p, TOK_K_NOT);
    parse_expect(p, TOK_K_DISTINCT);
    return negated;
}

/* USING INDEX TABLESPACE name, or nothing */
static const char *read_index_tablespace(Parser *p) {
    if (!parse_accept(p, TOK_K_USING))
        return NULL;
    parse_expect2(p, TOK_K_INDEX, TOK_K_TABLESPACE);
    return parse_col_id(p);
}

static AstFkMatch read_match(Parser *p) {
    int32_t location = tok_location(p);
    if (!parse_accept(p, TOK_K_MATCH))
        return AST_FK_MATCH_SIMPLE;
    if (parse_accept(p, TOK_K_FULL))
        return AST_FK_MATCH_FULL;
    if (parse_accept(p, TOK_K_PARTIAL)) {
        parse_fail(p, location,
                   error(ERR_FEATURE_NOT_SUPPORTED, "MATCH PARTIAL not yet implemented"));
        return AST_FK_MATCH_PARTIAL;
    }
    parse_expect(p, TOK_K_SIMPLE);
    return AST_FK_MATCH_SIMPLE;
}

static AstFkAction read_action(Parser *p, StrList *columns) {
    if (parse_accept(p, TOK_K_RESTRICT))
        return AST_FK_RESTRICT;
    if (parse_accept(p, TOK_K_CASCADE))
        return AST_FK_CASCADE;
    if (parse_accept(p, TOK_K_SET)) {
        AstFkAction action = AST_FK_SET_NULL;
        if (!parse_accept(p, TOK_K_NULL)) {
            parse_expect(p, TOK_K_DEFAULT);
            action = AST_FK_SET_DEFAULT;
        }
        *columns = parse_optional_paren_names(p);
        return action;
    }
    parse_expect2(p, TOK_K_NO, TOK_K_ACTION);
    return AST_FK_NO_ACTION;
}

/* REFERENCES table [(columns)] [MATCH ..] [ON UPDATE ..] [ON DELETE ..] */
static void read_references(Parser *p, AstConstraint *constraint) {
    bool update = false, delete = false;
    constraint->kind = AST_CONSTRAINT_FOREIGN_KEY;
    parse_expect(p, TOK_K_REFERENCES);
    constraint->references = parse_qualified_name(p);
    constraint->pk_columns = parse_optional_paren_names(p);
    constraint->fk_match = read_match(p);
    constraint->fk_update = constraint->fk_delete = AST_FK_NO_ACTION;
    while (tok_is(p, TOK_K_ON)) {
        int32_t location = tok_location(p);
        bool is_update = tok_ahead(p, 1) == TOK_K_UPDATE && !update;
        StrList columns = {0};
        parse_advance(p);
        if (!is_update && delete)
            parse_syntax_error(p);
        parse_expect(p, is_update ? TOK_K_UPDATE : TOK_K_DELETE);
        AstFkAction action = read_action(p, &columns);
        if (is_update) {
            update = true;
            constraint->fk_update = action;
            if (columns.count > 0)
                parse_fail(p, location,
                           error(ERR_FEATURE_NOT_SUPPORTED,
                                 "a column list with %s is only supported for ON DELETE actions",
                                 action == AST_FK_SET_NULL ? "SET NULL" : "SET DEFAULT"));
        } else {
            delete = true;
            constraint->fk_delete = action;
            constraint->fk_delete_columns = columns;
        }
        if (update && delete)
            return;
    }
}

bool parse_generated_always(Parser *p) {
    if (parse_accept(p, TOK_K_ALWAYS))
        return true;
    parse_expect2(p, TOK_K_BY, TOK_K_DEFAULT);
    return false;
}

static void read_generated(Parser *p, AstConstraint *constraint) {
    parse_expect(p, TOK_K_GENERATED);
    int32_t location = tok_location(p);
    constraint->always = parse_generated_always(p);
    parse_expect(p, TOK_K_AS);
    if (parse_accept(p, TOK_K_IDENTITY)) {
        constraint->kind = AST_CONSTRAINT_IDENTITY;
        constraint->options = parse_paren_sequence_options(p);
        return;
    }
    constraint->kind = AST_CONSTRAINT_GENERATED;
    parse_expect(p, '(');
    constraint->expr = parse_a_expr(p);
    parse_expect2(p, ')', TOK_K_STORED);
    if (!constraint->always)
        parse_fail(
            p, location,
            error(ERR_SYNTAX_ERROR, "for a generated column, GENERATED ALWAYS must be specified"));
}

/* ---- column constraints ---- */

static AstConstraint *new_constraint(Parser *p, AstConstraintKind kind) {
    AstConstraint *constraint = NEW(p, AstConstraint, AST_CONSTRAINT, tok_location(p));
    constraint->kind = kind;
    return constraint;
}

static void read_check(Parser *p, AstConstraint *constraint) {
    constraint->kind = AST_CONSTRAINT_CHECK;
    parse_expect2(p, TOK_K_CHECK, '(');
    constraint->expr = parse_a_expr(p);
    parse_expect(p, ')');
}

/* ColConstraintElem. False: none starts here. */
static bool read_column_constraint(Parser *p, AstConstraint *constraint) {
    switch (tok(p)) {
    case TOK_K_NOT:
        parse_advance(p);
        parse_expect(p, TOK_K_NULL);
        constraint->kind = AST_CONSTRAINT_NOT_NULL;
        return true;
    case TOK_K_NULL:
        parse_advance(p);
        constraint->kind = AST_CONSTRAINT_NULL;
        return true;
    case TOK_K_UNIQUE:
    case TOK_K_PRIMARY:
        if (parse_accept(p, TOK_K_UNIQUE)) {
            constraint->kind = AST_CONSTRAINT_UNIQUE;
            constraint->nulls_not_distinct = read_nulls_not_distinct(p);
        } else {
            parse_expect2(p, TOK_K_PRIMARY, TOK_K_KEY);
            constraint->kind = AST_CONSTRAINT_PRIMARY_KEY;
        }
        constraint->options = parse_optional_with_definition(p);
        constraint->tablespace = read_index_tablespace(p);
        return true;
    case TOK_K_CHECK:
        read_check(p, constraint);
        if (parse_accept(p, TOK_K_NO)) {
            parse_expect(p, TOK_K_INHERIT);
            constraint->no_inherit = true;
        }
        return true;
    case TOK_K_DEFAULT:
        parse_advance(p);
        constraint->kind = AST_CONSTRAINT_DEFAULT;
        constraint->expr = parse_b_expr(p);
        return true;
    case TOK_K_GENERATED:
        read_generated(p, constraint);
        return true;
    case TOK_K_REFERENCES:
        read_references(p, constraint);
        return true;
    default:
        return false;
    }
}

/* DEFERRABLE and so on behind a column constraint; NULL if none starts here. */
static AstConstraint *read_column_attribute(Parser *p) {
    AstConstraint *constraint = NULL;
    unsigned next = tok_ahead(p, 1);
    if (tok_is(p, TOK_K_DEFERRABLE))
        constraint = new_constraint(p, AST_CONSTRAINT_ATTR_DEFERRABLE);
    else if (tok_is(p, TOK_K_NOT) && next == TOK_K_DEFERRABLE) {
        constraint = new_constraint(p, AST_CONSTRAINT_ATTR_NOT_DEFERRABLE);
        parse_advance(p);
    } else if (tok_is(p, TOK_K_INITIALLY)) {
        constraint = new_constraint(p, next == TOK_K_DEFERRED ? AST_CONSTRAINT_ATTR_DEFERRED
                                                              : AST_CONSTRAINT_ATTR_IMMEDIATE);
        parse_advance(p);
        if (next != TOK_K_DEFERRED && next != TOK_K_IMMEDIATE)
            parse_syntax_error(p);
    } else
        return NULL;
    parse_advance(p);
    return constraint;
}

void parse_column_constraints(Parser *p, AstList *constraints, AstCollate **collate) {
    AstCollate *second = NULL;
    *collate = NULL;
    for (;;) {
        int32_t location = tok_location(p);
        AstConstraint *constraint = read_column_attribute(p);
        if (constraint != NULL) {
            add(p, constraints, constraint);
            continue;
        }
        if (parse_accept(p, TOK_K_COLLATE)) {
            AstCollate *node = NEW(p, AstCollate, AST_COLLATE, location);
            node->name = parse_any_name(p);
            if (*collate == NULL)
                *collate = node;
            else if (second == NULL)
                second = node;
            continue;
        }
        constraint = new_constraint(p, AST_CONSTRAINT_NULL);
        bool named = parse_accept(p, TOK_K_CONSTRAINT);
        if (named)
            constraint->name = parse_col_id(p);
        if (!read_column_constraint(p, constraint)) {
            if (named)
                parse_syntax_error(p);
            break;
        }
        add(p, constraints, constraint);
    }
    if (second != NULL)
        parse_fail(p, second->location,
                   error(ERR_SYNTAX_ERROR, "multiple COLLATE clauses not allowed"));
}

const char *parse_compression(Parser *p) {
    parse_expect(p, TOK_K_COMPRESSION);
    return parse_accept(p, TOK_K_DEFAULT) ? "default" : parse_col_id(p);
}

AstColumnDef *parse_table_column(Parser *p) {
    AstColumnDef *column = NEW(p, AstColumnDef, AST_COLUMN_DEF, tok_location(p));
    column->name = parse_col_id(p);
    column->type = parse_type(p);
    if (tok_is(p, TOK_K_COMPRESSION))
        column->compression = parse_compression(p);
    column->fdw_options = parse_generic_options(p);
    parse_column_constraints(p, &column->constraints, &column->collate);
    return column;
}

/* ---- table constraints ---- */

static AstList read_exclusions(Parser *p) {
    AstList list = {0};
    parse_expect(p, '(');
    do {
        AstExclusion *exclusion = NEW(p, AstExclusion, AST_EXCLUSION, tok_location(p));
        exclusion->element = parse_index_elem(p);
        parse_expect(p, TOK_K_WITH);
        if (parse_accept2(p, TOK_K_OPERATOR, '(')) {
            exclusion->op = parse_operator_name(p);
            parse_expect(p, ')');
        } else
            exclusion->op = parse_operator_name(p);
        add(p, &list, exclusion);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

/* What UNIQUE, PRIMARY KEY and EXCLUDE have behind their columns. */
static void read_index_parts(Parser *p, AstConstraint *constraint) {
    if (parse_accept(p, TOK_K_INCLUDE))
        constraint->including = parse_paren_names(p);
    constraint->options = parse_optional_with_definition(p);
    constraint->tablespace = read_index_tablespace(p);
}

static void read_key(Parser *p, AstConstraint *constraint, const char *what) {
    int32_t location;
    if (parse_accept(p, TOK_K_USING)) {
        parse_expect(p, TOK_K_INDEX);
        constraint->index = parse_col_id(p);
    } else {
        constraint->keys = parse_paren_names(p);
        read_index_parts(p, constraint);
    }
    unsigned attributes = parse_constraint_attributes(p, &location);
    parse_apply_attributes(p, attributes, location, what, &constraint->deferrable,
                           &constraint->initially_deferred, NULL, NULL);
}

static void read_exclude(Parser *p, AstConstraint *constraint) {
    int32_t location;
    parse_advance(p);
    constraint->kind = AST_CONSTRAINT_EXCLUSION;
    if (parse_accept(p, TOK_K_USING))
        constraint->access_method = parse_col_id(p);
    constraint->exclusions = read_exclusions(p);
    read_index_parts(p, constraint);
    if (parse_accept(p, TOK_K_WHERE)) {
        parse_expect(p, '(');
        constraint->where = parse_a_expr(p);
        parse_expect(p, ')');
    }
    unsigned attributes = parse_constraint_attributes(p, &location);
    parse_apply_attributes(p, attributes, location, "EXCLUDE", &constraint->deferrable,
                           &constraint->initially_deferred, NULL, NULL);
}

static bool starts_table_constraint(Parser *p) {
    switch (tok(p)) {
    case TOK_K_CONSTRAINT:
    case TOK_K_CHECK:
    case TOK_K_UNIQUE:
    case TOK_K_PRIMARY:
    case TOK_K_FOREIGN:
        return true;
    case TOK_K_EXCLUDE:
        return tok_ahead(p, 1) == '(' || tok_ahead(p, 1) == TOK_K_USING;
    default:
        return false;
    }
}

AstConstraint *parse_table_constraint(Parser *p) {
    int32_t location;
    unsigned attributes;
    AstConstraint *constraint = new_constraint(p, AST_CONSTRAINT_CHECK);
    if (parse_accept(p, TOK_K_CONSTRAINT))
        constraint->name = parse_col_id(p);
    switch (tok(p)) {
    case TOK_K_CHECK:
        read_check(p, constraint);
        attributes = parse_constraint_attributes(p, &location);
        parse_apply_attributes(p, attributes, location, "CHECK", NULL, NULL, &constraint->not_valid,
                               &constraint->no_inherit);
        break;
    case TOK_K_UNIQUE:
        parse_advance(p);
        constraint->kind = AST_CONSTRAINT_UNIQUE;
        if (!tok_is(p, TOK_K_USING))
            constraint->nulls_not_distinct = read_nulls_not_distinct(p);
        read_key(p, constraint, "UNIQUE");
        break;
    case TOK_K_PRIMARY:
        parse_expect2(p, TOK_K_PRIMARY, TOK_K_KEY);
        constraint->kind = AST_CONSTRAINT_PRIMARY_KEY;
        read_key(p, constraint, "PRIMARY KEY");
        break;
    case TOK_K_EXCLUDE:
        read_exclude(p, constraint);
        break;
    case TOK_K_FOREIGN:
        parse_expect2(p, TOK_K_FOREIGN, TOK_K_KEY);
        constraint->fk_columns = parse_paren_names(p);
        read_references(p, constraint);
        attributes = parse_constraint_attributes(p, &location);
        parse_apply_attributes(p, attributes, location, "FOREIGN KEY", &constraint->deferrable,
                               &constraint->initially_deferred, &constraint->not_valid, NULL);
        break;
    default:
        parse_syntax_error(p);
    }
    return constraint;
}

/* ---- the elements of a table ---- */

static AstTableLike *read_like(Parser *p) {
    static const struct {
        uint16_t word;
        uint16_t option;
    } options[] = {
        {TOK_K_COMMENTS, AST_LIKE_COMMENTS},       {TOK_K_COMPRESSION, AST_LIKE_COMPRESSION},
        {TOK_K_CONSTRAINTS, AST_LIKE_CONSTRAINTS}, {TOK_K_DEFAULTS, AST_LIKE_DEFAULTS},
        {TOK_K_IDENTITY, AST_LIKE_IDENTITY},       {TOK_K_GENERATED, AST_LIKE_GENERATED},
        {TOK_K_INDEXES, AST_LIKE_INDEXES},         {TOK_K_STATISTICS, AST_LIKE_STATISTICS},
        {TOK_K_STORAGE, AST_LIKE_STORAGE},         {TOK_K_ALL, AST_LIKE_ALL},
    };
    AstTableLike *like = NEW(p, AstTableLike, AST_TABLE_LIKE, tok_location(p));
    parse_advance(p);
    like->relation = parse_qualified_name(p);
    while (tok_is(p, TOK_K_INCLUDING) || tok_is(p, TOK_K_EXCLUDING)) {
        bool including = tok_is(p, TOK_K_INCLUDING);
        parse_advance(p);
        uint32_t bits = 0;
        for (size_t i = 0; bits == 0 && i < ARRAY_LEN(options); i++)
            if (parse_accept(p, options[i].word))
                bits = options[i].option;
        if (bits == 0)
            parse_syntax_error(p);
        like->options = including ? like->options | bits : like->options & ~bits;
    }
    return like;
}

/* (columns, constraints, LIKE ..); the parenthesis was read. */
static AstList read_elements(Parser *p) {
    AstList list = {0};
    if (parse_accept(p, ')'))
        return list;
    do {
        if (tok_is(p, TOK_K_LIKE))
            add(p, &list, read_like(p));
        else if (starts_table_constraint(p))
            add(p, &list, parse_table_constraint(p));
        else
            add(p, &list, parse_table_column(p));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

/* The elements of a typed table or partition, which may be absent. */
static AstList read_typed_elements(Parser *p) {
    AstList list = {0};
    if (!parse_accept(p, '('))
        return list;
    do {
        if (starts_table_constraint(p)) {
            add(p, &list, parse_table_constraint(p));
            continue;
        }
        AstColumnDef *column = NEW(p, AstColumnDef, AST_COLUMN_DEF, tok_location(p));
        column->name = parse_col_id(p);
        if (parse_accept(p, TOK_K_WITH))
            parse_expect(p, TOK_K_OPTIONS);
        parse_column_constraints(p, &column->constraints, &column->collate);
        add(p, &list, column);
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return list;
}

/* ---- partitions ---- */

static AstPartitionElem *read_partition_elem(Parser *p) {
    AstPartitionElem *elem = NEW(p, AstPartitionElem, AST_PARTITION_ELEM, tok_location(p));
    unsigned next = tok_ahead(p, 1);
    if (parse_accept(p, '(')) {
        elem->expr = parse_a_expr(p);
        parse_expect(p, ')');
    } else if (tok_class(p, WORD_COL_ID) && next != '(' && next != '.' && next != '[')
        elem->name = parse_col_id(p);
    else
        elem->expr = parse_func_windowless(p);
    if (parse_accept(p, TOK_K_COLLATE))
        elem->collation = parse_any_name(p);
    if (tok_class(p, WORD_COL_ID))
        elem->op_class = parse_any_name(p);
    return elem;
}

static AstPartitionSpec *read_partition_spec(Parser *p) {
    if (!tok_is(p, TOK_K_PARTITION))
        return NULL;
    AstPartitionSpec *spec = NEW(p, AstPartitionSpec, AST_PARTITION_SPEC, tok_location(p));
    parse_expect2(p, TOK_K_PARTITION, TOK_K_BY);
    spec->strategy = parse_col_id(p);
    parse_expect(p, '(');
    do {
        add(p, &spec->elements, read_partition_elem(p));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return spec;
}

static void read_hash_bound(Parser *p, AstPartitionBound *bound) {
    bound->kind = AST_PARTITION_HASH;
    bound->modulus = bound->remainder = -1;
    parse_expect(p, '(');
    AstList options = {0};
    do {
        int32_t location = tok_location(p);
        const char *name = parse_non_reserved(p);
        Ast *value = (Ast *)parse_integer_const(p, parse_integer(p), location);
        add(p, &options, parse_new_option(p, name, value, location));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    AST_FOREACH(AstOption, option, options) {
        bool modulus = strcmp(option->name, "modulus") == 0;
        if (!modulus && strcmp(option->name, "remainder") != 0) {
            parse_fail(p, option->location,
                       error(ERR_SYNTAX_ERROR,
                             "unrecognized hash partition bound specification \"%s\"",
                             option->name));
            return;
        }
        int32_t *field = modulus ? &bound->modulus : &bound->remainder;
        if (*field != -1)
            parse_fail(p, option->location,
                       error(ERR_DUPLICATE_OBJECT, "%s for hash partition provided more than once",
                             option->name));
        *field = ((AstConst *)option->value)->ival;
    }
    if (bound->modulus == -1 || bound->remainder == -1)
        parse_fail(p, -1,
                   error(ERR_SYNTAX_ERROR, "%s for hash partition must be specified",
                         bound->modulus == -1 ? "modulus" : "remainder"));
}

AstPartitionBound *parse_partition_bound(Parser *p) {
    AstPartitionBound *bound = NEW(p, AstPartitionBound, AST_PARTITION_BOUND, tok_location(p));
    if (parse_accept(p, TOK_K_DEFAULT)) {
        bound->kind = AST_PARTITION_DEFAULT;
        return bound;
    }
    parse_expect2(p, TOK_K_FOR, TOK_K_VALUES);
    bound->location = tok_location(p);
    if (parse_accept(p, TOK_K_WITH))
        read_hash_bound(p, bound);
    else if (parse_accept(p, TOK_K_IN)) {
        bound->kind = AST_PARTITION_LIST;
        bound->values = parse_paren_exprs(p);
    } else {
        bound->kind = AST_PARTITION_RANGE;
        parse_expect(p, TOK_K_FROM);
        bound->lower = parse_paren_exprs(p);
        parse_expect(p, TOK_K_TO);
        bound->upper = parse_paren_exprs(p);
    }
    return bound;
}

/* ---- options behind a table ---- */

AstPersistence parse_persistence(Parser *p) {
    unsigned next = tok_ahead(p, 1);
    switch (tok(p)) {
    case TOK_K_LOCAL:
    case TOK_K_GLOBAL:
        if (next != TOK_K_TEMP && next != TOK_K_TEMPORARY) {
            parse_advance(p);
            parse_syntax_error(p);
            return AST_PERSISTENCE_TEMPORARY;
        }
        parse_advance(p);
        /* fall through */
    case TOK_K_TEMP:
    case TOK_K_TEMPORARY:
        parse_advance(p);
        return AST_PERSISTENCE_TEMPORARY;
    case TOK_K_UNLOGGED:
        parse_advance(p);
        return AST_PERSISTENCE_UNLOGGED;
    default:
        return AST_PERSISTENCE_PERMANENT;
    }
}

const char *parse_optional_access_method(Parser *p) {
    return parse_accept(p, TOK_K_USING) ? parse_col_id(p) : NULL;
}

/* WITH (..) or WITHOUT OIDS */
static AstList read_storage_options(Parser *p) {
    if (parse_accept(p, TOK_K_WITHOUT)) {
        parse_expect(p, TOK_K_OIDS);
        return (AstList){0};
    }
    return parse_optional_with_reloptions(p);
}

static AstOnCommit read_on_commit(Parser *p) {
    if (!parse_accept(p, TOK_K_ON))
        return AST_ON_COMMIT_NOOP;
    parse_expect(p, TOK_K_COMMIT);
    if (parse_accept(p, TOK_K_DROP))
        return AST_ON_COMMIT_DROP;
    AstOnCommit action = AST_ON_COMMIT_DELETE_ROWS;
    if (!parse_accept(p, TOK_K_DELETE)) {
        parse_expect(p, TOK_K_PRESERVE);
        action = AST_ON_COMMIT_PRESERVE_ROWS;
    }
    parse_expect(p, TOK_K_ROWS);
    return action;
}

static const char *read_tablespace(Parser *p) {
    return parse_accept(p, TOK_K_TABLESPACE) ? parse_col_id(p) : NULL;
}

static void read_table_options(Parser *p, AstCreateTable *table) {
    table->partition_by = read_partition_spec(p);
    table->access_method = parse_optional_access_method(p);
    table->options = read_storage_options(p);
    table->on_commit = read_on_commit(p);
    table->tablespace = read_tablespace(p);
}

/* ---- CREATE TABLE ---- */

/* PARTITION OF parent [(elements)] bound */
static void read_partition_of(Parser *p, AstCreateTable *table) {
    parse_expect2(p, TOK_K_PARTITION, TOK_K_OF);
    add(p, &table->inherits, parse_qualified_name(p));
    table->elements = read_typed_elements(p);
    table->bound = parse_partition_bound(p);
}

static void read_inherits(Parser *p, AstCreateTable *table) {
    if (!parse_accept(p, TOK_K_INHERITS))
        return;
    parse_expect(p, '(');
    table->inherits = parse_qualified_names(p);
    parse_expect(p, ')');
}

/* A list of mere names in parentheses can only be the columns of CREATE TABLE AS. */
static bool opens_column_names(Parser *p) {
    unsigned behind = tok_ahead(p, 2);
    return (token_word_class[tok_ahead(p, 1)] & WORD_COL_ID) && (behind == ',' || behind == ')');
}

Ast *parse_create_table(Parser *p, AstPersistence persistence, int32_t location) {
    bool if_not_exists = parse_if_not_exists(p);
    AstRangeVar *relation = parse_qualified_name(p);
    bool paren = tok_is(p, '('), of = tok_is(p, TOK_K_OF);
    bool partition = tok_is(p, TOK_K_PARTITION);
    relation->persistence = persistence;
    bool as = (!paren && !of && !partition) || (paren && opens_column_names(p));
    if (p->table_form == TABLE_FORM_QUERY || (as && p->table_form == TABLE_FORM_ANY))
        return parse_create_table_as(p, persistence, if_not_exists, relation, location);
    AstCreateTable *table = NEW(p, AstCreateTable, AST_CREATE_TABLE, location);
    table->relation = relation;
    table->if_not_exists = if_not_exists;
    if (partition)
        read_partition_of(p, table);
    else if (of) {
        parse_advance(p);
        table->of_type = NEW(p, AstTypeName, AST_TYPE_NAME, tok_location(p));
        table->of_type->names = parse_any_name(p);
        table->elements = read_typed_elements(p);
    } else {
        parse_expect(p, '(');
        table->elements = read_elements(p);
        read_inherits(p, table);
    }
    read_table_options(p, table);
    return (Ast *)table;
}

Ast *parse_create_foreign_table(Parser *p, int32_t location) {
    AstCreateForeignTable *node = NEW(p, AstCreateForeignTable, AST_CREATE_FOREIGN_TABLE, location);
    AstCreateTable *table = node->table = NEW(p, AstCreateTable, AST_CREATE_TABLE, location);
    table->if_not_exists = parse_if_not_exists(p);
    table->relation = parse_qualified_name(p);
    if (tok_is(p, TOK_K_PARTITION))
        read_partition_of(p, table);
    else {
        parse_expect(p, '(');
        table->elements = read_elements(p);
        read_inherits(p, table);
    }
    parse_expect(p, TOK_K_SERVER);
    node->server = parse_col_id(p);
    node->options = parse_generic_options(p);
    return (Ast *)node;
}

/* ---- tables and views of queries ---- */

bool parse_optional_with_data(Parser *p) {
    if (!parse_accept(p, TOK_K_WITH))
        return true;
    bool data = !parse_accept(p, TOK_K_NO);
    parse_expect(p, TOK_K_DATA);
    return data;
}

Ast *parse_create_table_as(Parser *p, AstPersistence persistence, bool if_not_exists,
                           AstRangeVar *relation, int32_t location) {
    AstCreateTableAs *node = NEW(p, AstCreateTableAs, AST_CREATE_TABLE_AS, location);
    AstInto *into = node->into = NEW(p, AstInto, AST_INTO, relation->location);
    node->if_not_exists = if_not_exists;
    into->relation = relation;
    into->columns = parse_optional_paren_names(p);
    into->access_method = parse_optional_access_method(p);
    into->options = read_storage_options(p);
    into->on_commit = read_on_commit(p);
    into->tablespace = read_tablespace(p);
    parse_expect(p, TOK_K_AS);
    int32_t query_location = tok_location(p);
    if (parse_accept(p, TOK_K_EXECUTE))
        node->query = parse_execute(p, query_location);
    else
        node->query = (Ast *)parse_select(p);
    into->skip_data = !parse_optional_with_data(p);
    return (Ast *)node;
}

Ast *parse_create_matview(Parser *p, AstPersistence persistence, int32_t location) {
    AstCreateTableAs *node = NEW(p, AstCreateTableAs, AST_CREATE_TABLE_AS, location);
    node->matview = true;
    node->if_not_exists = parse_if_not_exists(p);
    AstInto *into = node->into = NEW(p, AstInto, AST_INTO, tok_location(p));
    into->relation = parse_qualified_name(p);
    into->relation->persistence = persistence;
    into->columns = parse_optional_paren_names(p);
    into->access_method = parse_optional_access_method(p);
    into->options = parse_optional_with_reloptions(p);
    into->tablespace = read_tablespace(p);
    parse_expect(p, TOK_K_AS);
    node->query = (Ast *)parse_select(p);
    into->skip_data = !parse_optional_with_data(p);
    return (Ast *)node;
}

/* WITH RECURSIVE name (columns) AS (query) SELECT columns FROM name */
static AstSelect *recursive_query(Parser *p, const AstCreateView *view) {
    AstSelect *query = NEW(p, AstSelect, AST_SELECT, -1);
    AstCte *cte = NEW(p, AstCte, AST_CTE, -1);
    cte->name = view->view->name;
    cte->columns = view->columns;
    cte->query = (Ast *)view->query;
    query->with = NEW(p, AstWith, AST_WITH, -1);
    query->with->recursive = true;
    add(p, &query->with->ctes, cte);
    for (uint32_t i = 0; i < view->columns.count; i++) {
        AstTarget *target = NEW(p, AstTarget, AST_TARGET, -1);
        target->value = parse_column_ref(p, view->columns.items[i], -1);
        add(p, &query->targets, target);
    }
    StrList name = {0};
    add_str(p, &name, view->view->name);
    add(p, &query->from, parse_range_var_of_names(p, &name, -1));
    return query;
}

Ast *parse_create_view(Parser *p, AstPersistence persistence, bool replace, int32_t location) {
    AstCreateView *view = NEW(p, AstCreateView, AST_CREATE_VIEW, location);
    bool recursive = parse_accept(p, TOK_K_RECURSIVE);
    parse_expect(p, TOK_K_VIEW);
    view->replace = replace;
    view->view = parse_qualified_name(p);
    view->view->persistence = persistence;
    view->columns = recursive ? parse_paren_names(p) : parse_optional_paren_names(p);
    view->options = parse_optional_with_reloptions(p);
    parse_expect(p, TOK_K_AS);
    view->query = parse_select(p);
    int32_t check_location = tok_location(p);
    if (parse_accept(p, TOK_K_WITH)) {
        view->check_option = AST_CHECK_CASCADED;
        if (parse_accept(p, TOK_K_LOCAL))
            view->check_option = AST_CHECK_LOCAL;
        else
            parse_accept(p, TOK_K_CASCADED);
        parse_expect2(p, TOK_K_CHECK, TOK_K_OPTION);
        if (recursive)
            parse_fail(p, check_location,
                       error(ERR_FEATURE_NOT_SUPPORTED,
                             "WITH CHECK OPTION not supported on recursive views"));
    }
    if (recursive)
        view->query = recursive_query(p, view);
    return (Ast *)view;
}
