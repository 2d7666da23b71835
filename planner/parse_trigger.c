/* parse_trigger.c: triggers, event triggers and rules. */
#include "planner/parse_int.h"

/* ---- triggers ---- */

static AstTriggerTiming read_timing(Parser *p) {
    if (parse_accept(p, TOK_K_BEFORE))
        return AST_TRIGGER_BEFORE;
    if (parse_accept(p, TOK_K_AFTER))
        return AST_TRIGGER_AFTER;
    parse_expect2(p, TOK_K_INSTEAD, TOK_K_OF);
    return AST_TRIGGER_INSTEAD;
}

/* event OR event .. */
static void read_events(Parser *p, AstCreateTrigger *trigger) {
    do {
        uint32_t event = 0;
        if (parse_accept(p, TOK_K_INSERT))
            event = AST_TRIGGER_INSERT;
        else if (parse_accept(p, TOK_K_DELETE))
            event = AST_TRIGGER_DELETE;
        else if (parse_accept(p, TOK_K_TRUNCATE))
            event = AST_TRIGGER_TRUNCATE;
        else if (parse_accept(p, TOK_K_UPDATE)) {
            event = AST_TRIGGER_UPDATE;
            if (parse_accept(p, TOK_K_OF)) {
                StrList columns = parse_name_list(p);
                for (uint32_t i = 0; i < columns.count; i++)
                    add_str(p, &trigger->columns, columns.items[i]);
            }
        } else
            parse_syntax_error(p);
        if (trigger->events & event) {
            /* Where PostgreSQL's parser stands: it looks behind UPDATE for OF. */
            if (event == AST_TRIGGER_UPDATE)
                parse_error_near(p, "duplicate trigger events specified");
            else
                parse_error_near_last(p, "duplicate trigger events specified");
        }
        trigger->events |= event;
    } while (parse_accept(p, TOK_K_OR));
}

static void read_referencing(Parser *p, AstCreateTrigger *trigger) {
    if (!parse_accept(p, TOK_K_REFERENCING))
        return;
    do {
        AstTriggerTransition *transition =
            NEW(p, AstTriggerTransition, AST_TRIGGER_TRANSITION, tok_location(p));
        transition->is_new = parse_accept(p, TOK_K_NEW);
        if (!transition->is_new)
            parse_expect(p, TOK_K_OLD);
        transition->is_table = parse_accept(p, TOK_K_TABLE);
        if (!transition->is_table)
            parse_expect(p, TOK_K_ROW);
        parse_accept(p, TOK_K_AS);
        transition->name = parse_col_id(p);
        add(p, &trigger->transitions, transition);
    } while (tok_is(p, TOK_K_NEW) || tok_is(p, TOK_K_OLD));
}

static Ast *read_when(Parser *p) {
    if (!parse_accept(p, TOK_K_WHEN))
        return NULL;
    parse_expect(p, '(');
    Ast *expr = parse_a_expr(p);
    parse_expect(p, ')');
    return expr;
}

static const char *read_trigger_arg(Parser *p) {
    const Token *token = peek(p, 0);
    switch (token->kind) {
    case TOK_INTEGER:
        return arena_printf(p->arena, "%d", parse_integer(p));
    case TOK_FLOAT: {
        const char *text = token->text;
        parse_advance(p);
        return text;
    }
    case TOK_STRING:
        return parse_string(p);
    default:
        return parse_col_label(p);
    }
}

/* EXECUTE FUNCTION | PROCEDURE name( */
static StrList read_execute(Parser *p) {
    parse_expect(p, TOK_K_EXECUTE);
    if (!parse_accept(p, TOK_K_FUNCTION))
        parse_expect(p, TOK_K_PROCEDURE);
    StrList name = parse_func_name(p);
    parse_expect(p, '(');
    return name;
}

static void read_constraint_trigger(Parser *p, AstCreateTrigger *trigger) {
    int32_t location;
    trigger->row = true;
    if (parse_accept(p, TOK_K_FROM))
        trigger->constraint_table = parse_qualified_name(p);
    unsigned attributes = parse_constraint_attributes(p, &location);
    parse_apply_attributes(p, attributes, location, "TRIGGER", &trigger->deferrable,
                           &trigger->initially_deferred, NULL, NULL);
    parse_expect3(p, TOK_K_FOR, TOK_K_EACH, TOK_K_ROW);
}

Ast *parse_create_trigger(Parser *p, bool replace, bool constraint, int32_t location) {
    AstCreateTrigger *trigger = NEW(p, AstCreateTrigger, AST_CREATE_TRIGGER, location);
    trigger->replace = replace;
    trigger->constraint = constraint;
    trigger->name = parse_col_id(p);
    if (constraint) {
        parse_expect(p, TOK_K_AFTER);
        trigger->timing = AST_TRIGGER_AFTER;
    } else
        trigger->timing = read_timing(p);
    read_events(p, trigger);
    parse_expect(p, TOK_K_ON);
    trigger->relation = parse_qualified_name(p);
    if (constraint)
        read_constraint_trigger(p, trigger);
    else {
        read_referencing(p, trigger);
        if (parse_accept(p, TOK_K_FOR)) {
            parse_accept(p, TOK_K_EACH);
            trigger->row = parse_accept(p, TOK_K_ROW);
            if (!trigger->row)
                parse_expect(p, TOK_K_STATEMENT);
        }
    }
    trigger->when = read_when(p);
    trigger->function = read_execute(p);
    if (!tok_is(p, ')')) {
        /* The list may also begin with a comma: its first element may be missing. */
        if (!tok_is(p, ','))
            add_str(p, &trigger->args, read_trigger_arg(p));
        while (parse_accept(p, ','))
            add_str(p, &trigger->args, read_trigger_arg(p));
    }
    parse_expect(p, ')');
    if (replace && constraint)
        parse_fail(p, -1,
                   error(ERR_FEATURE_NOT_SUPPORTED,
                         "CREATE OR REPLACE CONSTRAINT TRIGGER is not supported"));
    return (Ast *)trigger;
}

/* ---- event triggers ---- */

/* variable IN ('value', ..) */
static AstOption *read_event_condition(Parser *p) {
    int32_t location = tok_location(p);
    const char *name = parse_col_id(p);
    StrList values = {0};
    parse_expect2(p, TOK_K_IN, '(');
    do {
        add_str(p, &values, parse_string(p));
    } while (parse_accept(p, ','));
    parse_expect(p, ')');
    return parse_new_option(p, name, (Ast *)parse_new_name_list(p, values, location), location);
}

Ast *parse_create_event_trigger(Parser *p, int32_t location) {
    AstCreateEventTrigger *trigger =
        NEW(p, AstCreateEventTrigger, AST_CREATE_EVENT_TRIGGER, location);
    parse_expect(p, TOK_K_TRIGGER);
    trigger->name = parse_col_id(p);
    parse_expect(p, TOK_K_ON);
    trigger->event = parse_col_label(p);
    if (parse_accept(p, TOK_K_WHEN))
        do {
            add(p, &trigger->when, read_event_condition(p));
        } while (parse_accept(p, TOK_K_AND));
    trigger->function = read_execute(p);
    parse_expect(p, ')');
    return (Ast *)trigger;
}

Ast *parse_alter_event_trigger(Parser *p, int32_t location) {
    parse_expect2(p, TOK_K_EVENT, TOK_K_TRIGGER);
    AstObject *object = parse_new_object(p, AST_OBJECT_EVENT_TRIGGER, tok_location(p));
    const char *name = parse_col_id(p);
    add_str(p, &object->name, name);
    Ast *common = parse_alter_common(p, object, ALTER_RENAME | ALTER_OWNER, false, location);
    if (common != NULL)
        return common;
    AstAlterEventTrigger *node = NEW(p, AstAlterEventTrigger, AST_ALTER_EVENT_TRIGGER, location);
    node->name = name;
    node->enabled = 'D';
    if (parse_accept(p, TOK_K_DISABLE))
        return (Ast *)node;
    parse_expect(p, TOK_K_ENABLE);
    node->enabled = parse_accept(p, TOK_K_REPLICA)  ? 'R'
                    : parse_accept(p, TOK_K_ALWAYS) ? 'A'
                                                    : 'O';
    return (Ast *)node;
}

/* ---- rules ---- */

static Ast *read_rule_action(Parser *p) {
    int32_t location = tok_location(p);
    if (!parse_accept(p, TOK_K_NOTIFY))
        return parse_query_but_merge(p);
    AstNotify *notify = NEW(p, AstNotify, AST_NOTIFY, location);
    notify->channel = parse_col_id(p);
    if (parse_accept(p, ','))
        notify->payload = parse_string(p);
    return (Ast *)notify;
}

/* (action; action; ..), or a query that begins with a parenthesis */
static void read_paren_actions(Parser *p, AstList *actions) {
    parse_expect(p, '(');
    for (;;) {
        if (!tok_is(p, ';') && !tok_is(p, ')'))
            add(p, actions, read_rule_action(p));
        if (p->failed || !tok_is(p, ';'))
            break;
        parse_advance(p);
        if (tok_is(p, ')')) {
            parse_advance(p);
            return;
        }
    }
    parse_expect(p, ')');
    if (actions->count == 1 && actions->items[0]->tag == AST_SELECT && parse_continues_select(p))
        actions->items[0] = (Ast *)parse_select_rest(p, (AstSelect *)actions->items[0]);
}

Ast *parse_create_rule(Parser *p, bool replace, int32_t location) {
    AstCreateRule *rule = NEW(p, AstCreateRule, AST_CREATE_RULE, location);
    rule->replace = replace;
    rule->name = parse_col_id(p);
    parse_expect2(p, TOK_K_AS, TOK_K_ON);
    if (parse_accept(p, TOK_K_SELECT))
        rule->event = AST_SELECT;
    else if (parse_accept(p, TOK_K_INSERT))
        rule->event = AST_INSERT;
    else if (parse_accept(p, TOK_K_UPDATE))
        rule->event = AST_UPDATE;
    else {
        parse_expect(p, TOK_K_DELETE);
        rule->event = AST_DELETE;
    }
    parse_expect(p, TOK_K_TO);
    rule->relation = parse_qualified_name(p);
    rule->where = parse_optional_where(p);
    parse_expect(p, TOK_K_DO);
    rule->instead = parse_accept(p, TOK_K_INSTEAD);
    if (!rule->instead)
        parse_accept(p, TOK_K_ALSO);
    if (parse_accept(p, TOK_K_NOTHING))
        return (Ast *)rule;
    if (tok_is(p, '('))
        read_paren_actions(p, &rule->actions);
    else
        add(p, &rule->actions, read_rule_action(p));
    return (Ast *)rule;
}
