/* parse_type_ddl.c: CREATE and ALTER of types, enums, ranges and domains. */
#include "planner/parse_int.h"

static Ast *read_enum(Parser *p, StrList name, int32_t location) {
    AstCreateEnum *node = NEW(p, AstCreateEnum, AST_CREATE_ENUM, location);
    node->name = name;
    parse_expect(p, '(');
    if (!tok_is(p, ')'))
        do {
            add_str(p, &node->labels, parse_string(p));
        } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return (Ast *)node;
}

Ast *parse_create_type(Parser *p, int32_t location) {
    int32_t name_location = tok_location(p);
    StrList name = parse_any_name(p);
    if (!parse_accept(p, TOK_K_AS)) {
        AstDefine *define = NEW(p, AstDefine, AST_DEFINE, location);
        define->kind = AST_OBJECT_TYPE;
        define->name = name;
        if (tok_is(p, '('))
            define->options = parse_definition(p);
        return (Ast *)define;
    }
    if (parse_accept(p, TOK_K_ENUM))
        return read_enum(p, name, location);
    if (parse_accept(p, TOK_K_RANGE)) {
        AstCreateRange *range = NEW(p, AstCreateRange, AST_CREATE_RANGE, location);
        range->name = name;
        range->options = parse_definition(p);
        return (Ast *)range;
    }
    AstCompositeType *type = NEW(p, AstCompositeType, AST_COMPOSITE_TYPE, location);
    parse_expect(p, '(');
    if (!tok_is(p, ')'))
        type->columns = parse_column_definitions(p);
    parse_expect(p, ')');
    type->name = parse_range_var_of_names(p, &name, name_location);
    return (Ast *)type;
}

/* ADD VALUE ..; the words were read. */
static Ast *read_add_value(Parser *p, StrList name, int32_t location) {
    AstAlterEnum *node = NEW(p, AstAlterEnum, AST_ALTER_ENUM, location);
    node->name = name;
    node->if_not_exists = tok_is(p, TOK_K_IF);
    if (node->if_not_exists)
        parse_expect3(p, TOK_K_IF, TOK_K_NOT, TOK_K_EXISTS);
    node->label = parse_string(p);
    if (parse_accept(p, TOK_K_BEFORE))
        node->neighbor = parse_string(p);
    else if (parse_accept(p, TOK_K_AFTER)) {
        node->neighbor = parse_string(p);
        node->after = true;
    }
    return (Ast *)node;
}

/* RENAME VALUE | ATTRIBUTE | TO */
static Ast *read_rename(Parser *p, AstObject *object, int32_t location) {
    unsigned next = tok_ahead(p, 1);
    if (next == TOK_K_VALUE) {
        AstAlterEnum *node = NEW(p, AstAlterEnum, AST_ALTER_ENUM, location);
        parse_expect2(p, TOK_K_RENAME, TOK_K_VALUE);
        node->name = object->name;
        node->old_label = parse_string(p);
        parse_expect(p, TOK_K_TO);
        node->label = parse_string(p);
        return (Ast *)node;
    }
    if (next != TOK_K_ATTRIBUTE)
        return parse_alter_common(p, object, ALTER_RENAME, false, location);
    AstRename *node = NEW(p, AstRename, AST_RENAME, location);
    parse_expect2(p, TOK_K_RENAME, TOK_K_ATTRIBUTE);
    node->kind = AST_OBJECT_ATTRIBUTE;
    node->object = object;
    node->sub_name = parse_col_id(p);
    parse_expect(p, TOK_K_TO);
    node->new_name = parse_col_id(p);
    node->behavior = parse_drop_behavior(p);
    object->relation = parse_range_var_of_names(p, &object->name, object->location);
    return (Ast *)node;
}

Ast *parse_alter_type(Parser *p, int32_t location) {
    AstObject *object = parse_new_object(p, AST_OBJECT_TYPE, tok_location(p));
    object->name = parse_any_name(p);
    if (tok_is(p, TOK_K_RENAME))
        return read_rename(p, object, location);
    Ast *common = parse_alter_common(p, object, ALTER_OWNER | ALTER_SCHEMA, false, location);
    if (common != NULL)
        return common;
    if (parse_accept2(p, TOK_K_ADD, TOK_K_VALUE))
        return read_add_value(p, object->name, location);
    if (!parse_accept(p, TOK_K_SET))
        return parse_alter_type_attributes(p, object->name, object->location);
    AstAlterType *node = NEW(p, AstAlterType, AST_ALTER_TYPE, location);
    node->name = object->name;
    node->options = parse_operator_definition(p);
    return (Ast *)node;
}

Ast *parse_create_domain(Parser *p, int32_t location) {
    AstCreateDomain *domain = NEW(p, AstCreateDomain, AST_CREATE_DOMAIN, location);
    domain->name = parse_any_name(p);
    parse_accept(p, TOK_K_AS);
    domain->type = parse_type(p);
    parse_column_constraints(p, &domain->constraints, &domain->collate);
    return (Ast *)domain;
}

static void read_domain_drop(Parser *p, AstAlterDomain *node) {
    if (parse_accept(p, TOK_K_DEFAULT))
        node->kind = AST_DOMAIN_DEFAULT;
    else if (parse_accept(p, TOK_K_NOT)) {
        parse_expect(p, TOK_K_NULL);
        node->kind = AST_DOMAIN_DROP_NOT_NULL;
    } else {
        parse_expect(p, TOK_K_CONSTRAINT);
        node->kind = AST_DOMAIN_DROP_CONSTRAINT;
        node->missing_ok = parse_if_exists(p);
        node->constraint = parse_col_id(p);
        node->behavior = parse_drop_behavior(p);
    }
}

static Ast *read_domain_rename(Parser *p, AstObject *object, int32_t location) {
    if (tok_ahead(p, 1) != TOK_K_CONSTRAINT)
        return parse_alter_common(p, object, ALTER_RENAME, false, location);
    AstRename *node = NEW(p, AstRename, AST_RENAME, location);
    parse_expect2(p, TOK_K_RENAME, TOK_K_CONSTRAINT);
    node->kind = AST_OBJECT_DOMAIN_CONSTRAINT;
    node->object = object;
    node->sub_name = parse_col_id(p);
    parse_expect(p, TOK_K_TO);
    node->new_name = parse_col_id(p);
    return (Ast *)node;
}

Ast *parse_alter_domain(Parser *p, int32_t location) {
    AstObject *object = parse_new_object(p, AST_OBJECT_DOMAIN, tok_location(p));
    object->name = parse_any_name(p);
    if (tok_is(p, TOK_K_RENAME))
        return read_domain_rename(p, object, location);
    Ast *common = parse_alter_common(p, object, ALTER_OWNER | ALTER_SCHEMA, false, location);
    if (common != NULL)
        return common;
    AstAlterDomain *node = NEW(p, AstAlterDomain, AST_ALTER_DOMAIN, location);
    node->name = object->name;
    if (parse_accept(p, TOK_K_SET)) {
        if (parse_accept(p, TOK_K_NOT)) {
            parse_expect(p, TOK_K_NULL);
            node->kind = AST_DOMAIN_SET_NOT_NULL;
        } else {
            parse_expect(p, TOK_K_DEFAULT);
            node->definition = parse_a_expr(p);
        }
    } else if (parse_accept(p, TOK_K_DROP))
        read_domain_drop(p, node);
    else if (parse_accept(p, TOK_K_ADD)) {
        node->kind = AST_DOMAIN_ADD_CONSTRAINT;
        node->definition = (Ast *)parse_table_constraint(p);
    } else {
        parse_expect2(p, TOK_K_VALIDATE, TOK_K_CONSTRAINT);
        node->kind = AST_DOMAIN_VALIDATE_CONSTRAINT;
        node->constraint = parse_col_id(p);
    }
    return (Ast *)node;
}
