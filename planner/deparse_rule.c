/* deparse_rule.c: CREATE RULE as text, and the INSERT, UPDATE and DELETE that rules and WITH hold. */
#include "catalog/row.h"
#include "planner/analyze_int.h"
#include "planner/deparse_int.h"

/* ---- assignments ---- */

/* `.field` and `[i]` of the target column, as far as the value is wrapped in them; the value itself. */
static Status put_indirection(Deparse *d, const Expr *expr, const Expr **value_out) {
    for (;;) {
        const Expr *inner = expr;
        while (inner->tag == EXPR_COERCE_DOMAIN &&
               ((const ExprCoerceDomain *)inner)->form == CALL_IMPLICIT)
            inner = ((const ExprCoerceDomain *)inner)->arg;
        if (inner->tag == EXPR_FIELD_STORE) {
            const ExprFieldStore *store = (const ExprFieldStore *)inner;
            const TypeDesc *type;
            const RelationDesc *relation = NULL;
            TRY(catalog_type_require(d->catalog, store->type, &type));
            if (type->relation != OID_INVALID)
                TRY(catalog_relation(d->catalog, type->relation, &relation));
            if (relation == NULL || store->fields[0] > relation->column_count)
                return error(ERR_INTERNAL_ERROR, "field of a stored assignment not found");
            put(d, ".");
            put_ident(d, relation->columns[store->fields[0] - 1].name);
            expr = store->values.items[0];
        } else if (inner->tag == EXPR_SUBSCRIPT && ((const ExprSubscript *)inner)->value != NULL) {
            const ExprSubscript *s = (const ExprSubscript *)inner;
            for (uint32_t i = 0; i < s->upper.count; i++) {
                put(d, "[");
                if (s->slice) {
                    if (s->lower.items[i] != NULL)
                        TRY(put_expr(d, s->lower.items[i], false));
                    put(d, ":");
                }
                if (s->upper.items[i] != NULL)
                    TRY(put_expr(d, s->upper.items[i], false));
                put(d, "]");
            }
            expr = s->value;
        } else {
            break;
        }
    }
    *value_out = expr;
    return STATUS_OK;
}

static Status target_relation(Deparse *d, const Query *query, const RelationDesc **out) {
    return catalog_relation_require(d->catalog, query_rte(query, query->result_rt_index)->relation,
                                    out);
}

/* SET (a, b) = (SELECT ..): the sublink that parameter `number` belongs to. */
static const ExprSubLink *multi_link(const TargetList *targets, uint32_t number) {
    for (uint32_t i = 0; i < targets->count; i++) {
        const Expr *expr = targets->items[i]->expr;
        if (targets->items[i]->junk && expr->tag == EXPR_SUB_LINK &&
            ((const ExprSubLink *)expr)->id == number >> 16)
            return (const ExprSubLink *)expr;
    }
    return NULL;
}

static const ExprParam *multi_param(const Expr *expr) {
    while (expr->tag == EXPR_RELABEL || expr->tag == EXPR_COERCE_VIA_IO)
        expr = expr->tag == EXPR_RELABEL ? ((const ExprRelabel *)expr)->arg
                                         : ((const ExprCoerceViaIo *)expr)->arg;
    return expr->tag == EXPR_PARAM && ((const ExprParam *)expr)->kind == PARAM_MULTI
               ? (const ExprParam *)expr
               : NULL;
}

static Status put_set(Deparse *d, const Query *query, const TargetList *targets) {
    const RelationDesc *relation;
    TRY(target_relation(d, query, &relation));
    const ExprSubLink *open = NULL;
    uint32_t left = 0;
    const char *separator = "";
    for (uint32_t i = 0; i < targets->count; i++) {
        const Target *target = targets->items[i];
        const Expr *value;
        if (target->junk)
            continue;
        put(d, separator);
        separator = ", ";
        const ExprParam *param = multi_param(target->expr);
        if (param != NULL && open == NULL) {
            open = multi_link(targets, param->number);
            left = open == NULL ? 0 : open->query->targets.count;
            for (uint32_t k = 0; open != NULL && k < open->query->targets.count; k++)
                left -= open->query->targets.items[k]->junk;
            put(d, "(");
        }
        put_ident(d, relation->columns[target->resno - 1].name);
        TRY(put_indirection(d, target->expr, &value));
        if (open != NULL) {
            if (--left > 0)
                continue;
            put(d, ") = ");
            TRY(put_expr(d, (const Expr *)open, false));
            open = NULL;
            continue;
        }
        put(d, " = ");
        TRY(put_expr(d, value, false));
    }
    return STATUS_OK;
}

/* ---- statements ---- */

static void put_indent(Deparse *d) {
    if ((d->flags & DEPARSE_INDENT) == 0)
        return;
    put(d, " ");
    d->indent += INDENT_STD;
}

static Status put_where(Deparse *d, const Expr *condition) {
    if (condition == NULL)
        return STATUS_OK;
    put_keyword(d, " WHERE ", -INDENT_STD, INDENT_STD, 1);
    return put_expr(d, condition, false);
}

static Status put_returning(Deparse *d, const Query *query) {
    if (query->returning.count == 0)
        return STATUS_OK;
    put_keyword(d, " RETURNING", -INDENT_STD, INDENT_STD, 1);
    return put_targets(d, &query->returning, NULL);
}

static Status put_conflict(Deparse *d, const Query *query) {
    const OnConflict *conflict = query->on_conflict;
    put(d, " ON CONFLICT");
    if (conflict->elem_count > 0) {
        put(d, "(");
        bool prefix = d->prefix;
        d->prefix = false;
        for (uint32_t i = 0; i < conflict->elem_count; i++) {
            const InferElem *elem = &conflict->elems[i];
            bool plain = elem->expr->tag == EXPR_COLUMN;
            put(d, i > 0 ? ", " : "");
            put(d, plain ? "" : "(");
            TRY(put_expr(d, elem->expr, false));
            put(d, plain ? "" : ")");
            if (elem->collation != OID_INVALID) {
                put(d, " COLLATE ");
                TRY(put_collation_name(d, elem->collation));
            }
            if (elem->op_class != OID_INVALID) {
                const OpclassDesc *op_class;
                TRY(catalog_opclass(d->catalog, elem->op_class, &op_class));
                put(d, " ");
                put_ident(d, op_class == NULL ? "?" : op_class->name);
            }
        }
        put(d, ")");
        if (conflict->where_infer != NULL)
            TRY(put_where(d, conflict->where_infer));
        d->prefix = prefix;
    } else if (conflict->constraint != OID_INVALID) {
        CatalogRow row;
        bool found;
        TRY(catalog_find_oid(d->catalog, PG_CONSTRAINT_OID_INDEX, conflict->constraint, d->arena,
                             &row, &found));
        put(d, " ON CONSTRAINT ");
        if (found)
            put_ident(d, row_name(&row, PG_CONSTRAINT_CONNAME, d->arena));
    }
    if (!conflict->update) {
        put(d, " DO NOTHING");
        return STATUS_OK;
    }
    put(d, " DO UPDATE SET ");
    TRY(put_set(d, query, &conflict->set));
    return put_where(d, conflict->where);
}

/* What INSERT reads; beside it FROM has at most a rule's OLD and NEW. */
static const RangeEntry *insert_source(const Query *query) {
    for (uint32_t i = 0; query->from != NULL && i < query->from->item_count; i++) {
        const FromNode *item = query->from->items[i];
        const RangeEntry *entry = item->kind == FROM_RTE ? query_rte(query, item->rt_index) : NULL;
        if (entry != NULL && (entry->kind == RTE_SUBQUERY || entry->kind == RTE_VALUES))
            return entry;
    }
    return NULL;
}

static Status put_insert(Deparse *d, const Query *query) {
    const RangeEntry *target = query_rte(query, query->result_rt_index);
    const RangeEntry *source = insert_source(query);
    const RelationDesc *relation;
    ExprList values = {0};
    TRY(target_relation(d, query, &relation));
    put_indent(d);
    put(d, "INSERT INTO ");
    TRY(put_relation_name(d, target->relation));
    put(d, " ");
    if (target->alias != NULL) {
        put(d, "AS ");
        put_ident(d, deparse_entry_name(d->scope, query->result_rt_index));
        put(d, " ");
    }
    for (uint32_t i = 0; i < query->targets.count; i++) {
        const Target *each = query->targets.items[i];
        const Expr *value;
        if (each->junk)
            continue;
        put(d, values.count == 0 ? "(" : ", ");
        put_ident(d, relation->columns[each->resno - 1].name);
        TRY(put_indirection(d, each->expr, &value));
        expr_list_add(d->arena, &values, (Expr *)(uintptr_t)value);
    }
    if (values.count > 0)
        put(d, ") ");
    if (query->overriding == AST_OVERRIDING_SYSTEM)
        put(d, "OVERRIDING SYSTEM VALUE ");
    else if (query->overriding == AST_OVERRIDING_USER)
        put(d, "OVERRIDING USER VALUE ");
    if (source != NULL && source->kind == RTE_SUBQUERY) {
        const DeparseScope *scope = d->scope;
        d->scope = scope->outer; /* the SELECT stands beside the INSERT, not in it */
        bool beside = d->beside;
        d->beside = true;
        Status s = put_hidden_query(d, source->subquery);
        d->beside = beside;
        d->scope = scope;
        TRY(s);
    } else if (source != NULL) {
        TRY(put_values_rows(d, source));
    } else if (values.count > 0) {
        put_keyword(d, "VALUES (", -INDENT_STD, INDENT_STD, 2);
        for (uint32_t i = 0; i < values.count; i++) {
            put(d, i > 0 ? ", " : "");
            TRY(put_expr(d, values.items[i], false));
        }
        put(d, ")");
    } else {
        put(d, "DEFAULT VALUES");
    }
    if (query->on_conflict != NULL)
        TRY(put_conflict(d, query));
    return put_returning(d, query);
}

static Status put_target(Deparse *d, const Query *query) {
    const RangeEntry *target = query_rte(query, query->result_rt_index);
    const RelationDesc *relation;
    TRY(target_relation(d, query, &relation));
    if (!target->inherit && relation->has_subclass)
        put(d, "ONLY ");
    TRY(put_relation_name(d, target->relation));
    if (target->alias != NULL) {
        put(d, " ");
        put_ident(d, deparse_entry_name(d->scope, query->result_rt_index));
    }
    return STATUS_OK;
}

static Status put_update(Deparse *d, const Query *query) {
    put_indent(d);
    put(d, "UPDATE ");
    TRY(put_target(d, query));
    put(d, " SET ");
    TRY(put_set(d, query, &query->targets));
    TRY(put_from(d, query, " FROM "));
    TRY(put_where(d, query->from->condition));
    return put_returning(d, query);
}

static Status put_delete(Deparse *d, const Query *query) {
    put_indent(d);
    put(d, "DELETE FROM ");
    TRY(put_target(d, query));
    TRY(put_from(d, query, " USING "));
    TRY(put_where(d, query->from->condition));
    return put_returning(d, query);
}

Status put_modification(Deparse *d, const Query *query) {
    TRY(put_ctes(d, query));
    switch (query->command) {
    case COMMAND_INSERT:
        return put_insert(d, query);
    case COMMAND_UPDATE:
        return put_update(d, query);
    case COMMAND_DELETE:
        return put_delete(d, query);
    default:
        return error(ERR_FEATURE_NOT_SUPPORTED, "MERGE cannot be printed");
    }
}

/* ---- CREATE RULE ---- */

static Status put_condition(Deparse *d, const char *stored, const QueryList *actions,
                            Oid relation) {
    Expr *condition;
    TRY(expr_from_string(d->arena, stored, strlen(stored), &condition));
    put(d, (d->flags & DEPARSE_INDENT) != 0 ? "\n   WHERE " : " WHERE ");
    Query lone = {.command = COMMAND_SELECT};
    const Query *query = &lone;
    if (actions->count > 0) {
        query = rule_inner_query(actions->items[0]);
    } else {
        const RelationDesc *desc;
        TRY(catalog_relation_require(d->catalog, relation, &desc));
        const char **names = arena_array(d->arena, const char *, desc->column_count + 1u);
        for (uint16_t i = 0; i < desc->column_count; i++)
            names[i] = desc->columns[i].name;
        for (int i = 0; i < 2; i++) {
            RangeEntry *entry = arena_new(d->arena, RangeEntry);
            entry->name = entry->alias = i == 0 ? "old" : "new";
            entry->relation = relation;
            entry->column_names = names;
            entry->column_count = desc->column_count;
            query_add_rte(d->arena, &lone, entry);
        }
    }
    DeparseScope scope = {.query = query};
    TRY(deparse_scope_init(d, &scope));
    d->scope = &scope;
    d->prefix = true;
    Status s = put_expr(d, condition, false);
    d->scope = NULL;
    return s;
}

static Status put_actions(Deparse *d, const QueryList *actions) {
    if (actions->count == 0) {
        put(d, "NOTHING;");
        return STATUS_OK;
    }
    if (actions->count > 1)
        put(d, "(");
    for (uint32_t i = 0; i < actions->count; i++) {
        d->indent = 0;
        d->scope = NULL;
        d->prefix = true;
        TRY(put_query(d, actions->items[i], NULL));
        if (actions->count > 1)
            put(d, (d->flags & DEPARSE_INDENT) != 0 ? ";\n" : "; ");
    }
    put(d, actions->count > 1 ? ");" : ";");
    return STATUS_OK;
}

static Status rule_actions(Arena *arena, char event, const char *text, QueryList *out) {
    *out = (QueryList){0};
    if (event != '1')
        return query_list_from_string(arena, text, strlen(text), out);
    Query *query;
    TRY(query_from_string(arena, text, strlen(text), &query));
    query_list_add(arena, out, query);
    return STATUS_OK;
}

Status deparse_rule(EvalEnv *env, Arena *arena, Oid rule, unsigned flags, const char **text_out) {
    static const char *const events[] = {"SELECT", "UPDATE", "INSERT", "DELETE"};
    CatalogRow row;
    bool found;
    *text_out = NULL;
    TRY(catalog_find_oid(env->catalog, PG_REWRITE_OID_INDEX, rule, arena, &row, &found));
    if (!found)
        return STATUS_OK;
    StrBuf buf;
    strbuf_init(&buf, arena);
    Deparse d = {.env = env, .catalog = env->catalog, .arena = arena, .buf = &buf, .flags = flags};
    bool lines = (flags & DEPARSE_INDENT) != 0;
    char event = (char)row.values[PG_REWRITE_EV_TYPE].byte;
    Oid relation = row_oid(&row, PG_REWRITE_EV_CLASS);
    const char *condition = row_name(&row, PG_REWRITE_EV_QUAL, arena);
    QueryList actions;
    TRY(rule_actions(arena, event, row_name(&row, PG_REWRITE_EV_ACTION, arena), &actions));
    if (event < '1' || event > '4')
        return error(ERR_DATA_CORRUPTED, "rule has an unknown event type");
    put(&d, "CREATE RULE ");
    put_ident(&d, row_name(&row, PG_REWRITE_RULENAME, arena));
    put(&d, lines ? " AS\n    ON " : " AS ON ");
    put(&d, events[event - '1']);
    put(&d, " TO ");
    if (flags & DEPARSE_SCHEMA) {
        TRY(put_relation_name(&d, relation));
    } else {
        const RelationDesc *desc;
        TRY(catalog_relation_require(env->catalog, relation, &desc));
        put(&d, quote_qualified(env->catalog, arena, desc->nsp_name, desc->name));
    }
    if (strcmp(condition, "<>") != 0)
        TRY(put_condition(&d, condition, &actions, relation));
    put(&d, row.values[PG_REWRITE_IS_INSTEAD].b ? " DO INSTEAD " : " DO ");
    TRY(put_actions(&d, &actions));
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}
