/* parse_alter_table.c: ALTER TABLE and its kind: indexes, sequences, views, foreign tables,
 * types. */
#include "planner/parse_int.h"

AstAlterTableCmd *parse_alter_table_cmd(Parser *p, AstAlterTableKind kind, int32_t location) {
    AstAlterTableCmd *cmd = NEW(p, AstAlterTableCmd, AST_ALTER_TABLE_CMD, location);
    cmd->kind = kind;
    return cmd;
}

/* ---- ALTER COLUMN ---- */

/* One of RESTART, SET option, SET GENERATED; NULL (nothing consumed) if none starts here. */
static AstOption *read_identity_option(Parser *p) {
    int32_t location = tok_location(p);
    if (tok_is(p, TOK_K_RESTART))
        return parse_sequence_option(p);
    if (!parse_accept(p, TOK_K_SET))
        return NULL;
    int32_t option_location = tok_location(p);
    if (parse_accept(p, TOK_K_GENERATED)) {
        bool always = parse_generated_always(p);
        return parse_new_option(p, "generated", (Ast *)parse_bool_const(p, always, location),
                                location);
    }
    AstOption *option = parse_sequence_option(p);
    if (option == NULL) {
        parse_syntax_error(p);
        return NULL;
    }
    if (strcmp(option->name, "as") == 0 || strcmp(option->name, "restart") == 0 ||
        strcmp(option->name, "owned_by") == 0)
        parse_fail(
            p, option_location,
            error(ERR_SYNTAX_ERROR, "sequence option \"%s\" not supported here", option->name));
    return option;
}

static void read_column_type(Parser *p, AstAlterTableCmd *cmd) {
    AstColumnDef *column = NEW(p, AstColumnDef, AST_COLUMN_DEF, cmd->location);
    parse_expect(p, TOK_K_TYPE);
    column->name = cmd->name;
    column->type = parse_type(p);
    int32_t location = tok_location(p);
    if (parse_accept(p, TOK_K_COLLATE)) {
        column->collate = NEW(p, AstCollate, AST_COLLATE, location);
        column->collate->name = parse_any_name(p);
    }
    cmd->definition = (Ast *)column;
}

static void read_alter_type(Parser *p, AstAlterTableCmd *cmd) {
    cmd->kind = AST_AT_COLUMN_TYPE;
    read_column_type(p, cmd);
    if (parse_accept(p, TOK_K_USING))
        cmd->using_expr = parse_a_expr(p);
}

static void read_column_set(Parser *p, AstAlterTableCmd *cmd) {
    switch (tok_ahead(p, 1)) {
    case TOK_K_DEFAULT:
        parse_expect2(p, TOK_K_SET, TOK_K_DEFAULT);
        cmd->kind = AST_AT_COLUMN_DEFAULT;
        cmd->definition = parse_a_expr(p);
        return;
    case TOK_K_NOT:
        parse_expect3(p, TOK_K_SET, TOK_K_NOT, TOK_K_NULL);
        cmd->kind = AST_AT_SET_NOT_NULL;
        return;
    case TOK_K_STATISTICS:
        parse_expect2(p, TOK_K_SET, TOK_K_STATISTICS);
        cmd->kind = AST_AT_SET_STATISTICS;
        cmd->number = parse_signed_integer(p);
        return;
    case '(':
        parse_advance(p);
        cmd->kind = AST_AT_SET_OPTIONS;
        cmd->options = parse_reloptions(p);
        return;
    case TOK_K_STORAGE:
        parse_expect2(p, TOK_K_SET, TOK_K_STORAGE);
        cmd->kind = AST_AT_SET_STORAGE;
        cmd->text = parse_col_id(p);
        return;
    case TOK_K_COMPRESSION:
        parse_advance(p);
        cmd->kind = AST_AT_SET_COMPRESSION;
        cmd->text = parse_compression(p);
        return;
    case TOK_K_DATA:
        parse_expect2(p, TOK_K_SET, TOK_K_DATA);
        read_alter_type(p, cmd);
        return;
    default: {
        AstOption *option;
        cmd->kind = AST_AT_SET_IDENTITY;
        while ((option = read_identity_option(p)) != NULL)
            add(p, &cmd->options, option);
    }
    }
}

static void read_column_drop(Parser *p, AstAlterTableCmd *cmd) {
    parse_expect(p, TOK_K_DROP);
    if (parse_accept(p, TOK_K_DEFAULT))
        cmd->kind = AST_AT_COLUMN_DEFAULT;
    else if (parse_accept(p, TOK_K_NOT)) {
        parse_expect(p, TOK_K_NULL);
        cmd->kind = AST_AT_DROP_NOT_NULL;
    } else {
        cmd->kind = AST_AT_DROP_EXPRESSION;
        if (!parse_accept(p, TOK_K_EXPRESSION)) {
            parse_expect(p, TOK_K_IDENTITY);
            cmd->kind = AST_AT_DROP_IDENTITY;
        }
        if (tok_is(p, TOK_K_IF)) {
            parse_expect2(p, TOK_K_IF, TOK_K_EXISTS);
            cmd->missing_ok = true;
        }
    }
}

static void read_add_identity(Parser *p, AstAlterTableCmd *cmd) {
    parse_expect(p, TOK_K_ADD);
    AstConstraint *constraint = NEW(p, AstConstraint, AST_CONSTRAINT, tok_location(p));
    parse_expect(p, TOK_K_GENERATED);
    constraint->kind = AST_CONSTRAINT_IDENTITY;
    constraint->always = parse_generated_always(p);
    parse_expect2(p, TOK_K_AS, TOK_K_IDENTITY);
    constraint->options = parse_paren_sequence_options(p);
    cmd->kind = AST_AT_ADD_IDENTITY;
    cmd->definition = (Ast *)constraint;
}

static void read_alter_constraint(Parser *p, AstAlterTableCmd *cmd) {
    int32_t location;
    AstConstraint *constraint = NEW(p, AstConstraint, AST_CONSTRAINT, -1);
    cmd->kind = AST_AT_ALTER_CONSTRAINT;
    cmd->definition = (Ast *)constraint;
    constraint->kind = AST_CONSTRAINT_FOREIGN_KEY;
    constraint->name = parse_col_id(p);
    unsigned attributes = parse_constraint_attributes(p, &location);
    parse_apply_attributes(p, attributes, location, "FOREIGN KEY", &constraint->deferrable,
                           &constraint->initially_deferred, NULL, NULL);
}

/* ALTER [COLUMN] name .., ALTER CONSTRAINT name ..; behind the word ALTER */
static void read_alter_column(Parser *p, AstAlterTableCmd *cmd) {
    if (parse_accept(p, TOK_K_CONSTRAINT)) {
        read_alter_constraint(p, cmd);
        return;
    }
    parse_accept(p, TOK_K_COLUMN);
    int32_t location = tok_location(p);
    if (tok_is(p, TOK_INTEGER)) {
        cmd->column_number = parse_integer(p);
        parse_expect2(p, TOK_K_SET, TOK_K_STATISTICS);
        cmd->kind = AST_AT_SET_STATISTICS;
        cmd->number = parse_signed_integer(p);
        if (cmd->column_number <= 0 || cmd->column_number > INT16_MAX)
            parse_fail(p, location,
                       error(ERR_INVALID_PARAMETER_VALUE,
                             "column number must be in range from 1 to %d", INT16_MAX));
        return;
    }
    cmd->name = parse_col_id(p);
    switch (tok(p)) {
    case TOK_K_SET:
        read_column_set(p, cmd);
        break;
    case TOK_K_DROP:
        read_column_drop(p, cmd);
        break;
    case TOK_K_RESET:
        parse_advance(p);
        cmd->kind = AST_AT_RESET_OPTIONS;
        cmd->options = parse_reloptions(p);
        break;
    case TOK_K_ADD:
        read_add_identity(p, cmd);
        break;
    case TOK_K_RESTART: {
        AstOption *option;
        cmd->kind = AST_AT_SET_IDENTITY;
        while ((option = read_identity_option(p)) != NULL)
            add(p, &cmd->options, option);
        break;
    }
    case TOK_K_TYPE:
        read_alter_type(p, cmd);
        break;
    case TOK_K_OPTIONS:
        cmd->kind = AST_AT_COLUMN_FDW_OPTIONS;
        cmd->options = parse_alter_generic_options(p);
        break;
    default:
        parse_syntax_error(p);
    }
}

/* ---- the other commands; each behind its first word ---- */

static bool starts_constraint(Parser *p) {
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

static void read_add(Parser *p, AstAlterTableCmd *cmd) {
    if (starts_constraint(p)) {
        cmd->kind = AST_AT_ADD_CONSTRAINT;
        cmd->definition = (Ast *)parse_table_constraint(p);
        return;
    }
    parse_accept(p, TOK_K_COLUMN);
    cmd->kind = AST_AT_ADD_COLUMN;
    cmd->missing_ok = parse_if_not_exists(p);
    cmd->definition = (Ast *)parse_table_column(p);
}

static void read_drop(Parser *p, AstAlterTableCmd *cmd) {
    cmd->kind = AST_AT_DROP_COLUMN;
    if (parse_accept(p, TOK_K_CONSTRAINT))
        cmd->kind = AST_AT_DROP_CONSTRAINT;
    else
        parse_accept(p, TOK_K_COLUMN);
    cmd->missing_ok = parse_if_exists(p);
    cmd->name = parse_col_id(p);
    cmd->behavior = parse_drop_behavior(p);
}

static void read_set(Parser *p, AstAlterTableCmd *cmd) {
    if (tok_is(p, '(')) {
        cmd->kind = AST_AT_SET_REL_OPTIONS;
        cmd->options = parse_reloptions(p);
    } else if (parse_accept(p, TOK_K_WITHOUT)) {
        cmd->kind = AST_AT_DROP_OIDS;
        if (!parse_accept(p, TOK_K_OIDS)) {
            parse_expect(p, TOK_K_CLUSTER);
            cmd->kind = AST_AT_DROP_CLUSTER;
        }
    } else if (parse_accept(p, TOK_K_LOGGED))
        cmd->kind = AST_AT_SET_LOGGED;
    else if (parse_accept(p, TOK_K_UNLOGGED))
        cmd->kind = AST_AT_SET_UNLOGGED;
    else if (parse_accept(p, TOK_K_ACCESS)) {
        parse_expect(p, TOK_K_METHOD);
        cmd->kind = AST_AT_SET_ACCESS_METHOD;
        cmd->name = parse_col_id(p);
    } else {
        parse_expect(p, TOK_K_TABLESPACE);
        cmd->kind = AST_AT_SET_TABLESPACE;
        cmd->name = parse_col_id(p);
    }
}

/* Behind TRIGGER: a name, ALL or USER; of the three kinds that belong together. */
static void read_trigger(Parser *p, AstAlterTableCmd *cmd, AstAlterTableKind named,
                         AstAlterTableKind all, AstAlterTableKind user) {
    if (parse_accept(p, TOK_K_ALL))
        cmd->kind = all;
    else if (parse_accept(p, TOK_K_USER))
        cmd->kind = user;
    else {
        cmd->kind = named;
        cmd->name = parse_col_id(p);
    }
}

static void read_enable(Parser *p, AstAlterTableCmd *cmd) {
    bool always = parse_accept(p, TOK_K_ALWAYS);
    bool replica = !always && parse_accept(p, TOK_K_REPLICA);
    if (always || replica) {
        cmd->kind = always ? AST_AT_ENABLE_ALWAYS_TRIGGER : AST_AT_ENABLE_REPLICA_TRIGGER;
        if (!parse_accept(p, TOK_K_TRIGGER)) {
            parse_expect(p, TOK_K_RULE);
            cmd->kind = always ? AST_AT_ENABLE_ALWAYS_RULE : AST_AT_ENABLE_REPLICA_RULE;
        }
        cmd->name = parse_col_id(p);
    } else if (parse_accept(p, TOK_K_TRIGGER))
        read_trigger(p, cmd, AST_AT_ENABLE_TRIGGER, AST_AT_ENABLE_TRIGGER_ALL,
                     AST_AT_ENABLE_TRIGGER_USER);
    else if (parse_accept(p, TOK_K_RULE)) {
        cmd->kind = AST_AT_ENABLE_RULE;
        cmd->name = parse_col_id(p);
    } else {
        parse_expect3(p, TOK_K_ROW, TOK_K_LEVEL, TOK_K_SECURITY);
        cmd->kind = AST_AT_ENABLE_ROW_SECURITY;
    }
}

static void read_disable(Parser *p, AstAlterTableCmd *cmd) {
    if (parse_accept(p, TOK_K_TRIGGER))
        read_trigger(p, cmd, AST_AT_DISABLE_TRIGGER, AST_AT_DISABLE_TRIGGER_ALL,
                     AST_AT_DISABLE_TRIGGER_USER);
    else if (parse_accept(p, TOK_K_RULE)) {
        cmd->kind = AST_AT_DISABLE_RULE;
        cmd->name = parse_col_id(p);
    } else {
        parse_expect3(p, TOK_K_ROW, TOK_K_LEVEL, TOK_K_SECURITY);
        cmd->kind = AST_AT_DISABLE_ROW_SECURITY;
    }
}

static void read_no(Parser *p, AstAlterTableCmd *cmd) {
    if (parse_accept(p, TOK_K_INHERIT)) {
        cmd->kind = AST_AT_NO_INHERIT;
        cmd->relation = parse_qualified_name(p);
        return;
    }
    parse_expect(p, TOK_K_FORCE);
    parse_expect3(p, TOK_K_ROW, TOK_K_LEVEL, TOK_K_SECURITY);
    cmd->kind = AST_AT_NO_FORCE_ROW_SECURITY;
}

static void read_replica_identity(Parser *p, AstAlterTableCmd *cmd) {
    cmd->kind = AST_AT_REPLICA_IDENTITY;
    parse_expect(p, TOK_K_IDENTITY);
    if (parse_accept(p, TOK_K_NOTHING))
        cmd->text = "n";
    else if (parse_accept(p, TOK_K_FULL))
        cmd->text = "f";
    else if (parse_accept(p, TOK_K_DEFAULT))
        cmd->text = "d";
    else {
        parse_expect2(p, TOK_K_USING, TOK_K_INDEX);
        cmd->text = "i";
        cmd->name = parse_col_id(p);
    }
}

static void read_of(Parser *p, AstAlterTableCmd *cmd) {
    AstTypeName *type = NEW(p, AstTypeName, AST_TYPE_NAME, tok_location(p));
    type->names = parse_any_name(p);
    cmd->kind = AST_AT_OF;
    cmd->definition = (Ast *)type;
}

static AstAlterTableCmd *read_cmd(Parser *p) {
    AstAlterTableCmd *cmd = parse_alter_table_cmd(p, AST_AT_ADD_COLUMN, tok_location(p));
    if (parse_accept(p, TOK_K_ADD))
        read_add(p, cmd);
    else if (parse_accept(p, TOK_K_ALTER))
        read_alter_column(p, cmd);
    else if (parse_accept(p, TOK_K_DROP))
        read_drop(p, cmd);
    else if (parse_accept(p, TOK_K_SET))
        read_set(p, cmd);
    else if (parse_accept(p, TOK_K_ENABLE))
        read_enable(p, cmd);
    else if (parse_accept(p, TOK_K_DISABLE))
        read_disable(p, cmd);
    else if (parse_accept(p, TOK_K_NO))
        read_no(p, cmd);
    else if (parse_accept(p, TOK_K_REPLICA))
        read_replica_identity(p, cmd);
    else if (parse_accept(p, TOK_K_OF))
        read_of(p, cmd);
    else if (parse_accept(p, TOK_K_VALIDATE)) {
        parse_expect(p, TOK_K_CONSTRAINT);
        cmd->kind = AST_AT_VALIDATE_CONSTRAINT;
        cmd->name = parse_col_id(p);
    } else if (parse_accept(p, TOK_K_CLUSTER)) {
        parse_expect(p, TOK_K_ON);
        cmd->kind = AST_AT_CLUSTER_ON;
        cmd->name = parse_col_id(p);
    } else if (parse_accept(p, TOK_K_INHERIT)) {
        cmd->kind = AST_AT_INHERIT;
        cmd->relation = parse_qualified_name(p);
    } else if (parse_accept(p, TOK_K_NOT)) {
        parse_expect(p, TOK_K_OF);
        cmd->kind = AST_AT_NOT_OF;
    } else if (parse_accept(p, TOK_K_OWNER)) {
        parse_expect(p, TOK_K_TO);
        cmd->kind = AST_AT_OWNER;
        cmd->owner = parse_role(p);
    } else if (parse_accept(p, TOK_K_RESET)) {
        cmd->kind = AST_AT_RESET_REL_OPTIONS;
        cmd->options = parse_reloptions(p);
    } else if (parse_accept(p, TOK_K_FORCE)) {
        parse_expect3(p, TOK_K_ROW, TOK_K_LEVEL, TOK_K_SECURITY);
        cmd->kind = AST_AT_FORCE_ROW_SECURITY;
    } else if (tok_is(p, TOK_K_OPTIONS)) {
        cmd->kind = AST_AT_FDW_OPTIONS;
        cmd->options = parse_alter_generic_options(p);
    } else
        parse_syntax_error(p);
    return cmd;
}

/* ATTACH and DETACH PARTITION, which stand alone. */
static AstAlterTableCmd *read_partition_cmd(Parser *p, bool index) {
    int32_t location = tok_location(p);
    AstAlterTableCmd *cmd = parse_alter_table_cmd(p, AST_AT_ATTACH_PARTITION, location);
    bool attach = parse_accept(p, TOK_K_ATTACH);
    if (!attach)
        parse_expect(p, TOK_K_DETACH);
    parse_expect(p, TOK_K_PARTITION);
    cmd->relation = parse_qualified_name(p);
    if (attach) {
        if (!index)
            cmd->definition = (Ast *)parse_partition_bound(p);
    } else if (parse_accept(p, TOK_K_FINALIZE))
        cmd->kind = AST_AT_DETACH_FINALIZE;
    else {
        cmd->kind = AST_AT_DETACH_PARTITION;
        cmd->concurrently = parse_accept(p, TOK_K_CONCURRENTLY);
    }
    return cmd;
}

/* ---- statements ---- */

/* ALL IN TABLESPACE .., behind the kind of object */
static Ast *read_move_all(Parser *p, AstObjectKind kind, int32_t location) {
    AstAlterTableMoveAll *node = NEW(p, AstAlterTableMoveAll, AST_ALTER_TABLE_MOVE_ALL, location);
    node->kind = kind;
    parse_expect3(p, TOK_K_ALL, TOK_K_IN, TOK_K_TABLESPACE);
    node->from_tablespace = parse_col_id(p);
    if (parse_accept(p, TOK_K_OWNED)) {
        parse_expect(p, TOK_K_BY);
        node->roles = parse_roles(p);
    }
    parse_expect2(p, TOK_K_SET, TOK_K_TABLESPACE);
    node->to_tablespace = parse_col_id(p);
    node->nowait = parse_accept(p, TOK_K_NOWAIT);
    return (Ast *)node;
}

/* RENAME [COLUMN] a TO b, RENAME CONSTRAINT a TO b; the word RENAME is current. */
static Ast *read_rename_part(Parser *p, AstObject *object, bool missing_ok, int32_t location) {
    AstRename *node = NEW(p, AstRename, AST_RENAME, location);
    node->object = object;
    node->missing_ok = missing_ok;
    node->kind = AST_OBJECT_COLUMN;
    parse_expect(p, TOK_K_RENAME);
    if (object->kind == AST_OBJECT_TABLE && parse_accept(p, TOK_K_CONSTRAINT))
        node->kind = AST_OBJECT_TABLE_CONSTRAINT;
    else
        parse_accept(p, TOK_K_COLUMN);
    node->sub_name = parse_col_id(p);
    parse_expect(p, TOK_K_TO);
    node->new_name = parse_col_id(p);
    return (Ast *)node;
}

static Ast *read_alter_sequence(Parser *p, AstRangeVar *relation, bool missing_ok,
                                int32_t location) {
    AstAlterSequence *node = NEW(p, AstAlterSequence, AST_ALTER_SEQUENCE, location);
    node->sequence = relation;
    node->missing_ok = missing_ok;
    node->options = parse_sequence_options(p);
    return (Ast *)node;
}

static bool starts_sequence_option(Parser *p) {
    switch (tok(p)) {
    case TOK_K_AS:
    case TOK_K_CACHE:
    case TOK_K_CYCLE:
    case TOK_K_INCREMENT:
    case TOK_K_LOGGED:
    case TOK_K_MAXVALUE:
    case TOK_K_MINVALUE:
    case TOK_K_OWNED:
    case TOK_K_RESTART:
    case TOK_K_SEQUENCE:
    case TOK_K_START:
    case TOK_K_UNLOGGED:
        return true;
    case TOK_K_NO:
        return tok_ahead(p, 1) != TOK_K_INHERIT && tok_ahead(p, 1) != TOK_K_FORCE;
    default:
        return false;
    }
}

Ast *parse_alter_table_rest(Parser *p, AstObjectKind kind, int32_t location) {
    bool table = kind == AST_OBJECT_TABLE, index = kind == AST_OBJECT_INDEX;
    bool matview = kind == AST_OBJECT_MATVIEW, foreign = kind == AST_OBJECT_FOREIGN_TABLE;
    if ((table || index || matview) && tok_is(p, TOK_K_ALL))
        return read_move_all(p, kind, location);
    bool missing_ok = parse_if_exists(p);
    int32_t name_location = tok_location(p);
    AstRangeVar *relation = table || foreign ? parse_relation_expr(p) : parse_qualified_name(p);
    unsigned next = tok_ahead(p, 1);
    if (tok_is(p, TOK_K_RENAME) || (tok_is(p, TOK_K_SET) && next == TOK_K_SCHEMA) ||
        tok_is(p, TOK_K_DEPENDS) || (tok_is(p, TOK_K_NO) && next == TOK_K_DEPENDS)) {
        AstObject *object = parse_new_object(p, kind, name_location);
        object->relation = relation;
        if (tok_is(p, TOK_K_RENAME) && next != TOK_K_TO && !index && kind != AST_OBJECT_SEQUENCE)
            return read_rename_part(p, object, missing_ok, location);
        unsigned allowed = ALTER_RENAME;
        if (!index)
            allowed |= ALTER_SCHEMA;
        if ((index || matview) && !missing_ok)
            allowed |= ALTER_DEPENDS;
        Ast *node = parse_alter_common(p, object, allowed, missing_ok, location);
        if (node != NULL)
            return node;
    }
    if (kind == AST_OBJECT_SEQUENCE && starts_sequence_option(p))
        return read_alter_sequence(p, relation, missing_ok, location);
    AstAlterTable *node = NEW(p, AstAlterTable, AST_ALTER_TABLE, location);
    node->kind = kind;
    node->relation = relation;
    node->missing_ok = missing_ok;
    if ((table && (tok_is(p, TOK_K_ATTACH) || tok_is(p, TOK_K_DETACH))) ||
        (index && !missing_ok && tok_is(p, TOK_K_ATTACH))) {
        add(p, &node->commands, read_partition_cmd(p, index));
        return (Ast *)node;
    }
    do {
        add(p, &node->commands, read_cmd(p));
    } while (parse_accept(p, ','));
    return (Ast *)node;
}

/* ---- the attributes of a composite type ---- */

static AstAlterTableCmd *read_attribute_cmd(Parser *p) {
    AstAlterTableCmd *cmd = parse_alter_table_cmd(p, AST_AT_ADD_ATTRIBUTE, tok_location(p));
    if (parse_accept(p, TOK_K_ADD)) {
        parse_expect(p, TOK_K_ATTRIBUTE);
        cmd->definition = (Ast *)parse_column_definition(p);
    } else if (parse_accept(p, TOK_K_DROP)) {
        parse_expect(p, TOK_K_ATTRIBUTE);
        cmd->kind = AST_AT_DROP_ATTRIBUTE;
        cmd->missing_ok = parse_if_exists(p);
        cmd->name = parse_col_id(p);
    } else {
        parse_expect2(p, TOK_K_ALTER, TOK_K_ATTRIBUTE);
        cmd->kind = AST_AT_ALTER_ATTRIBUTE;
        cmd->name = parse_col_id(p);
        if (parse_accept(p, TOK_K_SET))
            parse_expect(p, TOK_K_DATA);
        read_column_type(p, cmd);
    }
    cmd->behavior = parse_drop_behavior(p);
    return cmd;
}

Ast *parse_alter_type_attributes(Parser *p, StrList name, int32_t name_location) {
    AstAlterTable *node = NEW(p, AstAlterTable, AST_ALTER_TABLE, name_location);
    node->kind = AST_OBJECT_TYPE;
    node->relation = parse_range_var_of_names(p, &name, name_location);
    do {
        add(p, &node->commands, read_attribute_cmd(p));
    } while (parse_accept(p, ','));
    return (Ast *)node;
}
