/* deparse_expr.c: expressions as text. The layout of parentheses and casts is PostgreSQL's. */
#include "planner/deparse_int.h"

#include <ctype.h>

#define TYPE_BOOL 16u
#define TYPE_INT4 23u
#define TYPE_TEXT 25u
#define TYPE_NUMERIC 1700u
#define TYPE_UNKNOWN 705u
#define TYPE_RECORD 2249u

void put(Deparse *d, const char *text) { strbuf_puts(d->buf, text); }
void put_ident(Deparse *d, const char *name) { put(d, quote_ident(d->catalog, d->arena, name)); }

void put_keyword(Deparse *d, const char *text, int before, int after, int plus) {
    if ((d->flags & DEPARSE_INDENT) == 0) {
        put(d, text);
        return;
    }
    d->indent += before;
    while (d->buf->len > 0 && d->buf->data[d->buf->len - 1] == ' ')
        strbuf_truncate(d->buf, d->buf->len - 1);
    strbuf_putc(d->buf, '\n');
    int width = d->indent < INDENT_LIMIT
                    ? MAX(d->indent, 0) + plus
                    : INDENT_LIMIT + (d->indent - INDENT_LIMIT) / (INDENT_STD / 2) + plus;
    for (int i = 0; i < width; i++)
        strbuf_putc(d->buf, ' ');
    put(d, text);
    d->indent += after;
    if (d->indent < 0)
        d->indent = 0;
}

/* ---- names ---- */

Status put_type(Deparse *d, Oid type, int32_t typmod) {
    const char *text;
    TRY(format_type(d->catalog, d->arena, type, typmod, FORMAT_TYPE_TYPMOD, &text));
    put(d, text);
    return STATUS_OK;
}

static Status put_qualified(Deparse *d, Oid class_id, Oid object, Oid nsp, const char *name) {
    bool visible, found;
    TRY(object_is_visible(d->catalog, class_id, object, &visible, &found));
    if (visible) {
        put_ident(d, name);
        return STATUS_OK;
    }
    const char *schema;
    TRY(namespace_name(d->catalog, nsp, &schema));
    put(d, quote_qualified(d->catalog, d->arena, schema, name));
    return STATUS_OK;
}

Status put_function_name(Deparse *d, Oid function) {
    const ProcDesc *proc;
    TRY(catalog_proc(d->catalog, function, &proc));
    if (proc == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for function %u", function);
    return put_qualified(d, PG_PROC, function, proc->nsp, proc->name);
}

Status put_operator_name(Deparse *d, Oid op) {
    const OperatorDesc *desc;
    TRY(catalog_operator(d->catalog, op, &desc));
    if (desc == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for operator %u", op);
    bool visible, found;
    TRY(object_is_visible(d->catalog, PG_OPERATOR, op, &visible, &found));
    if (visible) {
        put(d, desc->name);
        return STATUS_OK;
    }
    const char *schema;
    TRY(namespace_name(d->catalog, desc->nsp, &schema));
    strbuf_printf(d->buf, "OPERATOR(%s.%s)", quote_ident(d->catalog, d->arena, schema), desc->name);
    return STATUS_OK;
}

Status put_relation_name(Deparse *d, Oid relation) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(d->catalog, relation, &desc));
    return put_qualified(d, PG_CLASS, relation, desc->nsp, desc->name);
}

Status put_collation_name(Deparse *d, Oid collation) {
    const CollationDesc *desc;
    TRY(catalog_collation(d->catalog, collation, &desc));
    if (desc == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for collation %u", collation);
    return put_qualified(d, PG_COLLATION, collation, desc->nsp, desc->name);
}

/* ---- constants ---- */

static void put_quoted(Deparse *d, const char *text, size_t len) {
    put(d, quote_standard_literal(d->arena, text, len));
}

static bool is_plain_number(const char *text) {
    return isdigit((unsigned char)text[0]) && strcspn(text, "eE.") != strlen(text);
}

/* show_type: 1 always, 0 where needed, -1 never. */
Status put_const(Deparse *d, const ExprConst *c, int show_type) {
    if (c->is_null) {
        put(d, "NULL");
        if (show_type < 0)
            return STATUS_OK;
        put(d, "::");
        return put_type(d, c->type, c->typmod);
    }
    TypeIo io = {.typmod = c->typmod, .env = d->env, .arena = d->arena};
    TRY(type_lookup(d->env, c->type, &io.type));
    StrBuf text;
    strbuf_init(&text, d->arena);
    if (c->type == TYPE_UNKNOWN)
        strbuf_append(&text, c->value.str.data, c->value.str.len);
    else
        TRY(io.type->output(&io, c->value, &text));
    const char *s = strbuf_cstr(&text);
    bool need_label = c->type != TYPE_BOOL && c->type != TYPE_UNKNOWN;
    if (c->type == TYPE_INT4) {
        need_label = s[0] == '-';
        if (need_label)
            put_quoted(d, s, text.len);
        else
            put(d, s);
    } else if (c->type == TYPE_NUMERIC && is_plain_number(s)) {
        put(d, s);
        need_label = c->typmod >= 0;
    } else if (c->type == TYPE_BOOL) {
        put(d, s[0] == 't' ? "true" : "false");
    } else {
        put_quoted(d, s, text.len);
    }
    if (show_type < 0 || !(need_label || show_type > 0))
        return STATUS_OK;
    put(d, "::");
    return put_type(d, c->type, c->typmod);
}

/* (arg)::type */
static Status put_coercion(Deparse *d, const Expr *arg, Oid type, int32_t typmod,
                           const Expr *parent) {
    const ExprConst *c = (const ExprConst *)arg;
    if (arg->tag == EXPR_CONST && c->type == type && c->typmod == -1) {
        TRY(put_const(d, c, -1));
    } else {
        bool pretty = (d->flags & DEPARSE_PAREN) != 0;
        if (!pretty)
            put(d, "(");
        TRY(put_expr_paren(d, arg, false, parent));
        if (!pretty)
            put(d, ")");
    }
    put(d, "::");
    return put_type(d, type, typmod);
}

/* ---- columns ---- */

static const DeparseScope *scope_up(const Deparse *d, uint32_t levels) {
    const DeparseScope *scope = d->scope;
    while (levels-- > 0 && scope != NULL)
        scope = scope->outer;
    return scope;
}

static Status put_lone_column(Deparse *d, Oid relation, const ExprColumn *column) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(d->catalog, relation, &desc));
    if (d->prefix || column->attno == 0) {
        put_ident(d, desc->name);
        put(d, ".");
    }
    if (column->attno == 0) {
        put(d, "*");
        return STATUS_OK;
    }
    static const char *const system[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    if (column->attno < 0)
        put(d, system[-column->attno - 1]);
    else
        put_ident(d, desc->columns[column->attno - 1].name);
    return STATUS_OK;
}

static Status put_column(Deparse *d, const ExprColumn *column) {
    const DeparseScope *scope = scope_up(d, column->levels_up);
    if (scope == NULL)
        return error(ERR_INTERNAL_ERROR, "bogus varlevelsup: %u", column->levels_up);
    if (scope->query == NULL)
        return put_lone_column(d, scope->relation, column);
    uint32_t rt_index = column->syntax_rt_index != 0 ? column->syntax_rt_index : column->rt_index;
    int16_t attno = column->syntax_rt_index != 0 ? column->syntax_attno : column->attno;
    const RangeEntry *entry = query_rte(scope->query, rt_index);
    bool unnamed_join = entry->kind == RTE_JOIN && entry->alias == NULL;
    if ((d->prefix || attno == 0) && !unnamed_join) {
        put_ident(d, deparse_entry_name(scope, rt_index));
        put(d, ".");
    }
    if (attno == 0) {
        put(d, "*");
        return STATUS_OK;
    }
    static const char *const system[] = {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"};
    if (attno < 0)
        put(d, system[-attno - 1]);
    else
        put_ident(d, deparse_column_name(scope, rt_index, attno));
    return STATUS_OK;
}

/* ---- calls ---- */

static Status put_list(Deparse *d, const ExprList *list, const char *separator) {
    for (uint32_t i = 0; i < list->count; i++) {
        if (i > 0)
            put(d, separator);
        TRY(put_expr(d, list->items[i], true));
    }
    return STATUS_OK;
}

static Status put_operator_call(Deparse *d, Oid op, const ExprList *args, const Expr *parent) {
    bool pretty = (d->flags & DEPARSE_PAREN) != 0;
    if (!pretty)
        put(d, "(");
    if (args->count == 2) {
        TRY(put_expr_paren(d, args->items[0], true, parent));
        put(d, " ");
        TRY(put_operator_name(d, op));
        put(d, " ");
        TRY(put_expr_paren(d, args->items[1], true, parent));
    } else {
        TRY(put_operator_name(d, op));
        put(d, " ");
        TRY(put_expr_paren(d, args->items[0], true, parent));
    }
    if (!pretty)
        put(d, ")");
    return STATUS_OK;
}

static Status put_func(Deparse *d, const ExprFunc *func, bool show_implicit) {
    if (func->op != OID_INVALID)
        return put_operator_call(d, func->op, &func->args, (const Expr *)func);
    if (func->form == CALL_IMPLICIT && !show_implicit && func->args.count > 0)
        return put_expr_paren(d, func->args.items[0], false, (const Expr *)func);
    if ((func->form == CALL_CAST || func->form == CALL_IMPLICIT) && func->args.count > 0) {
        int32_t typmod = -1; /* a length coercion carries its typmod as the second argument */
        if (func->args.count >= 2 && func->args.items[1]->tag == EXPR_CONST &&
            func->args.items[1]->type == TYPE_INT4)
            typmod = ((const ExprConst *)func->args.items[1])->value.i32;
        return put_coercion(d, func->args.items[0], func->type, typmod, (const Expr *)func);
    }
    bool done;
    TRY(put_sql_syntax(d, func, &done));
    if (done)
        return STATUS_OK;
    TRY(put_function_name(d, func->function));
    put(d, "(");
    for (uint32_t i = 0; i < func->args.count; i++) {
        if (i > 0)
            put(d, ", ");
        if (func->variadic && i + 1 == func->args.count)
            put(d, "VARIADIC ");
        TRY(put_expr(d, func->args.items[i], true));
    }
    put(d, ")");
    return STATUS_OK;
}

/* ORDER BY inside an aggregate: refs count args from 1. */
static Status put_agg(Deparse *d, const ExprAgg *agg) {
    TRY(put_function_name(d, agg->function));
    put(d, "(");
    if (agg->distinct.count > 0)
        put(d, "DISTINCT ");
    if (agg->kind != AGG_KIND_NORMAL) {
        TRY(put_list(d, &agg->direct_args, ", "));
        put(d, ") WITHIN GROUP (ORDER BY ");
        TRY(put_sort_list(d, &agg->order_by, NULL, &agg->args));
    } else if (agg->star) {
        put(d, "*");
    } else {
        for (uint32_t i = 0; i < agg->call_arg_count; i++) {
            if (i > 0)
                put(d, ", ");
            if (agg->variadic && i + 1 == agg->call_arg_count)
                put(d, "VARIADIC ");
            TRY(put_expr(d, agg->args.items[i], true));
        }
        if (agg->order_by.count > 0) {
            put(d, " ORDER BY ");
            TRY(put_sort_list(d, &agg->order_by, NULL, &agg->args));
        }
    }
    if (agg->filter != NULL) {
        put(d, ") FILTER (WHERE ");
        TRY(put_expr(d, agg->filter, false));
    }
    put(d, ")");
    return STATUS_OK;
}

static Status put_window_call(Deparse *d, const ExprWindowCall *call) {
    TRY(put_function_name(d, call->function));
    put(d, "(");
    if (call->star)
        put(d, "*");
    else
        TRY(put_list(d, &call->args, ", "));
    if (call->filter != NULL) {
        put(d, ") FILTER (WHERE ");
        TRY(put_expr(d, call->filter, false));
    }
    put(d, ") OVER ");
    const Query *query = d->scope->query;
    if (query != NULL && query->windows.count == 0) { /* of a plan: windows are gone */
        put(d, "(?)");
        return STATUS_OK;
    }
    for (uint32_t i = 0; query != NULL && i < query->windows.count; i++) {
        const WindowClause *window = query->windows.items[i];
        if (window->ref != call->window_ref)
            continue;
        if (window->name != NULL) {
            put_ident(d, window->name);
            return STATUS_OK;
        }
        return put_window_spec(d, window, &query->targets);
    }
    return error(ERR_INTERNAL_ERROR, "could not find window clause for winref %u",
                 call->window_ref);
}

/* ---- the rest ---- */

static Status put_bool(Deparse *d, const ExprBool *b) {
    bool pretty = (d->flags & DEPARSE_PAREN) != 0;
    if (!pretty)
        put(d, "(");
    if (b->op == BOOL_NOT) {
        put(d, "NOT ");
        TRY(put_expr_paren(d, b->args.items[0], false, (const Expr *)b));
    } else {
        for (uint32_t i = 0; i < b->args.count; i++) {
            if (i > 0)
                put(d, b->op == BOOL_AND ? " AND " : " OR ");
            TRY(put_expr_paren(d, b->args.items[i], false, (const Expr *)b));
        }
    }
    if (!pretty)
        put(d, ")");
    return STATUS_OK;
}

static Status put_sub_link(Deparse *d, const ExprSubLink *link) {
    bool need_paren = true;
    if (link->kind == SUBLINK_ARRAY)
        put(d, "ARRAY(");
    else
        put(d, "(");
    if (link->test != NULL) {
        const ExprFunc *test = (const ExprFunc *)link->test;
        if (link->test->tag == EXPR_FUNC) {
            TRY(put_expr(d, test->args.items[0], true));
            if (link->op_name == NULL) {
                put(d, " IN ");
            } else {
                put(d, " ");
                TRY(put_operator_name(d, test->op));
                put(d, link->kind == SUBLINK_ALL ? " ALL " : " ANY ");
            }
        } else {
            const ExprBool *all = (const ExprBool *)link->test;
            put(d, "(");
            for (uint32_t i = 0; link->test->tag == EXPR_BOOL && i < all->args.count; i++) {
                if (i > 0)
                    put(d, ", ");
                TRY(put_expr(d, ((const ExprFunc *)all->args.items[i])->args.items[0], true));
            }
            put(d, ")");
            strbuf_printf(d->buf, " %s ", link->op_name == NULL ? "IN" : link->op_name);
        }
    } else if (link->kind == SUBLINK_EXISTS) {
        put(d, "EXISTS ");
    } else {
        need_paren = false;
    }
    if (need_paren)
        put(d, "(");
    TRY(put_hidden_query(d, link->query));
    put(d, need_paren ? "))" : ")");
    return STATUS_OK;
}

static void put_case_word(Deparse *d, const char *word, int before) {
    if ((d->flags & DEPARSE_INDENT) == 0)
        put(d, " ");
    put_keyword(d, word, before, 0, 0);
}

static Status put_case(Deparse *d, const ExprCase *c) {
    put_keyword(d, "CASE", 0, INDENT_VAR, 0);
    if (c->arg != NULL) {
        put(d, " ");
        TRY(put_expr(d, c->arg, true));
    }
    for (uint32_t i = 0; i < c->conditions.count; i++) {
        const Expr *condition = c->conditions.items[i];
        if (c->arg != NULL && condition->tag == EXPR_FUNC &&
            ((const ExprFunc *)condition)->args.count == 2)
            condition = ((const ExprFunc *)condition)->args.items[1]; /* CaseTest = value */
        put_case_word(d, "WHEN ", 0);
        TRY(put_expr(d, condition, false));
        put(d, " THEN ");
        TRY(put_expr(d, c->results.items[i], true));
    }
    put_case_word(d, "ELSE ", 0);
    TRY(put_expr(d, c->otherwise, true));
    put_case_word(d, "END", -INDENT_VAR);
    return STATUS_OK;
}

static Status put_array_op(Deparse *d, const ExprScalarArrayOp *op) {
    bool pretty = (d->flags & DEPARSE_PAREN) != 0;
    if (!pretty)
        put(d, "(");
    TRY(put_expr_paren(d, op->args.items[0], true, (const Expr *)op));
    put(d, " ");
    TRY(put_operator_name(d, op->op));
    put(d, op->use_or ? " ANY (" : " ALL (");
    TRY(put_expr_paren(d, op->args.items[1], true, (const Expr *)op));
    if (op->args.items[1]->tag == EXPR_SUB_LINK) {
        put(d, "::");
        TRY(put_type(d, op->args.items[1]->type, op->args.items[1]->typmod));
    }
    put(d, ")");
    if (!pretty)
        put(d, ")");
    return STATUS_OK;
}

static Status put_wrapped(Deparse *d, const Expr *arg, const char *middle, const Expr *parent) {
    bool pretty = (d->flags & DEPARSE_PAREN) != 0;
    if (!pretty)
        put(d, "(");
    TRY(put_expr_paren(d, arg, true, parent));
    put(d, middle);
    if (!pretty)
        put(d, ")");
    return STATUS_OK;
}

static Status put_call_like(Deparse *d, const char *name, const ExprList *args) {
    put(d, name);
    put(d, "(");
    TRY(put_list(d, args, ", "));
    put(d, ")");
    return STATUS_OK;
}

static Status put_value_func(Deparse *d, const ExprValueFunc *f) {
    static const char *const names[] = {[VALUE_CURRENT_DATE] = "CURRENT_DATE",
                                        [VALUE_CURRENT_TIME] = "CURRENT_TIME",
                                        [VALUE_CURRENT_TIMESTAMP] = "CURRENT_TIMESTAMP",
                                        [VALUE_LOCALTIME] = "LOCALTIME",
                                        [VALUE_LOCALTIMESTAMP] = "LOCALTIMESTAMP",
                                        [VALUE_CURRENT_ROLE] = "CURRENT_ROLE",
                                        [VALUE_CURRENT_USER] = "CURRENT_USER",
                                        [VALUE_USER] = "USER",
                                        [VALUE_SESSION_USER] = "SESSION_USER",
                                        [VALUE_CURRENT_CATALOG] = "CURRENT_CATALOG",
                                        [VALUE_CURRENT_SCHEMA] = "CURRENT_SCHEMA"};
    put(d, names[f->kind]);
    if (f->typmod >= 0 && f->kind >= VALUE_CURRENT_TIME && f->kind <= VALUE_LOCALTIMESTAMP)
        strbuf_printf(d->buf, "(%d)", f->typmod);
    return STATUS_OK;
}

/* Where "t.*" would be read as all columns, a whole row says its type. */
Status put_whole(Deparse *d, const Expr *expr, bool show_implicit) {
    TRY(put_expr(d, expr, show_implicit));
    if (expr->tag != EXPR_COLUMN || ((const ExprColumn *)expr)->attno != 0)
        return STATUS_OK;
    put(d, "::");
    return put_type(d, expr->type, expr->typmod);
}

static Status put_row(Deparse *d, const ExprRow *row) {
    put(d, "ROW(");
    for (uint32_t i = 0; i < row->args.count; i++) {
        put(d, i > 0 ? ", " : "");
        TRY(put_whole(d, row->args.items[i], true));
    }
    put(d, ")");
    if (row->type == TYPE_RECORD || row->form != CALL_CAST)
        return STATUS_OK;
    put(d, "::");
    return put_type(d, row->type, -1);
}

static Status put_subscript(Deparse *d, const ExprSubscript *s) {
    bool need_parens = s->arg->tag != EXPR_COLUMN && s->arg->tag != EXPR_FIELD_SELECT;
    if (need_parens)
        put(d, "(");
    TRY(put_expr(d, s->arg, true));
    if (need_parens)
        put(d, ")");
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
    return STATUS_OK;
}

static Status put_field(Deparse *d, const ExprFieldSelect *f) {
    bool need_parens = f->arg->tag != EXPR_SUBSCRIPT && f->arg->tag != EXPR_FIELD_SELECT;
    if (need_parens)
        put(d, "(");
    TRY(put_expr(d, f->arg, true));
    if (need_parens)
        put(d, ")");
    put(d, ".");
    const TypeDesc *type;
    TRY(catalog_type_require(d->catalog, f->arg->type, &type));
    const RelationDesc *relation = NULL;
    if (type->relation != OID_INVALID)
        TRY(catalog_relation(d->catalog, type->relation, &relation));
    if (relation != NULL && f->field >= 1 && f->field <= relation->column_count)
        put_ident(d, relation->columns[f->field - 1].name);
    else
        strbuf_printf(d->buf, "f%d", f->field);
    return STATUS_OK;
}

static Status put_row_compare(Deparse *d, const ExprRowCompare *c) {
    put(d, "(ROW(");
    TRY(put_list(d, &c->left, ", "));
    put(d, ") ");
    TRY(put_operator_name(d, c->ops[0]));
    put(d, " ROW(");
    TRY(put_list(d, &c->right, ", "));
    put(d, "))");
    return STATUS_OK;
}

static Status put_cast(Deparse *d, const Expr *expr, const Expr *arg, CallForm form,
                       bool show_implicit) {
    if (form == CALL_IMPLICIT && !show_implicit)
        return put_expr_paren(d, arg, false, expr);
    return put_coercion(d, arg, expr->type, expr->typmod, expr);
}

/* What EXPLAIN wraps: parentheses around what a column's name stands for, forced prefixes. */
static Status put_wrapped_plan_expr(Deparse *d, const ExprPlaceholder *wrap) {
    bool prefix = d->prefix, paren = (wrap->id & DEPARSE_WRAP_PAREN) != 0;
    if (wrap->id & DEPARSE_WRAP_PREFIX)
        d->prefix = true;
    if (paren)
        put(d, "(");
    if (wrap->id & DEPARSE_WRAP_PARTIAL)
        put(d, "PARTIAL ");
    TRY(put_expr(d, wrap->arg, (wrap->id & DEPARSE_WRAP_PREFIX) == 0));
    if (paren)
        put(d, ")");
    d->prefix = prefix;
    return STATUS_OK;
}

/* A function's parameter by its name, with the function's where a column could be meant. */
static void put_param(Deparse *d, const ExprParam *param) {
    const DeparseParams *params = d->params;
    const char *name = params == NULL || params->names == NULL || param->kind != PARAM_EXTERNAL ||
                               param->number == 0 || param->number > params->count
                           ? ""
                           : params->names[param->number - 1];
    if (*name == '\0') {
        strbuf_printf(d->buf, "$%u", param->number);
        return;
    }
    bool qualify = d->beside;
    for (const DeparseScope *scope = d->scope; scope != NULL; scope = scope->outer)
        qualify |= scope->query != NULL && scope->query->range_count > 0;
    if (qualify) {
        put_ident(d, params->function);
        put(d, ".");
    }
    put_ident(d, name);
}

static const char *const boolean_tests[] = {" IS TRUE",      " IS NOT TRUE", " IS FALSE",
                                            " IS NOT FALSE", " IS UNKNOWN",  " IS NOT UNKNOWN"};

static Status put_unusual(Deparse *d, const Expr *expr) {
    switch (expr->tag) {
    case EXPR_PARAM:
        put_param(d, (const ExprParam *)expr);
        return STATUS_OK;
    case EXPR_GROUPING:
        return put_call_like(d, "GROUPING", &((const ExprGrouping *)expr)->args);
    case EXPR_DOMAIN_VALUE:
        put(d, "VALUE");
        return STATUS_OK;
    case EXPR_CASE_TEST:
        put(d, "CASE_TEST_EXPR");
        return STATUS_OK;
    case EXPR_SET_TO_DEFAULT:
        put(d, "DEFAULT");
        return STATUS_OK;
    case EXPR_NAMED_ARG:
        put_ident(d, ((const ExprNamedArg *)expr)->name);
        put(d, " => ");
        return put_expr(d, ((const ExprNamedArg *)expr)->arg, true);
    case EXPR_CURRENT_OF:
        put(d, "CURRENT OF ");
        put_ident(d, ((const ExprCurrentOf *)expr)->cursor);
        return STATUS_OK;
    case EXPR_NEXT_VALUE:
        put(d, "nextval('");
        TRY(put_relation_name(d, ((const ExprNextValue *)expr)->sequence));
        put(d, "'::regclass)");
        return STATUS_OK;
    case EXPR_FIELD_STORE:
        return put_expr(d, ((const ExprFieldStore *)expr)->values.items[0], true);
    case EXPR_SUB_PLAN:
        strbuf_printf(d->buf, "(%s)", ((const ExprSubPlan *)expr)->name);
        return STATUS_OK;
    case EXPR_PLACEHOLDER:
        return put_wrapped_plan_expr(d, (const ExprPlaceholder *)expr);
    default:
        return error(ERR_INTERNAL_ERROR, "unrecognized node type: %d", (int)expr->tag);
    }
}

static Status put_distinct(Deparse *d, const ExprFunc *f) {
    bool pretty = (d->flags & DEPARSE_PAREN) != 0;
    put(d, pretty ? "" : "(");
    TRY(put_expr_paren(d, f->args.items[0], true, (const Expr *)f));
    put(d, " IS DISTINCT FROM ");
    TRY(put_expr_paren(d, f->args.items[1], true, (const Expr *)f));
    put(d, pretty ? "" : ")");
    return STATUS_OK;
}

/* A row as a whole, not column by column, is tested in other words. */
static Status put_null_test(Deparse *d, const ExprNullTest *t) {
    const TypeDesc *type;
    TRY(catalog_type_require(d->catalog, t->arg->type, &type));
    bool whole = !t->arg_is_row && (type->kind == 'c' || t->arg->type == OID_RECORD);
    if (whole)
        return put_wrapped(d, t->arg,
                           t->is_not ? " IS DISTINCT FROM NULL" : " IS NOT DISTINCT FROM NULL",
                           (const Expr *)t);
    return put_wrapped(d, t->arg, t->is_not ? " IS NOT NULL" : " IS NULL", (const Expr *)t);
}

Status put_expr(Deparse *d, const Expr *expr, bool show_implicit) {
    TRY(fiber_stack_check());
    switch (expr->tag) {
    case EXPR_CONST:
        return put_const(d, (const ExprConst *)expr, 0);
    case EXPR_COLUMN:
        return put_column(d, (const ExprColumn *)expr);
    case EXPR_FUNC:
        return put_func(d, (const ExprFunc *)expr, show_implicit);
    case EXPR_DISTINCT:
        return put_distinct(d, (const ExprFunc *)expr);
    case EXPR_NULLIF:
        return put_call_like(d, "NULLIF", &((const ExprFunc *)expr)->args);
    case EXPR_SCALAR_ARRAY_OP:
        return put_array_op(d, (const ExprScalarArrayOp *)expr);
    case EXPR_BOOL:
        return put_bool(d, (const ExprBool *)expr);
    case EXPR_AGG:
        return put_agg(d, (const ExprAgg *)expr);
    case EXPR_WINDOW_CALL:
        return put_window_call(d, (const ExprWindowCall *)expr);
    case EXPR_SUB_LINK:
        return put_sub_link(d, (const ExprSubLink *)expr);
    case EXPR_FIELD_SELECT:
        return put_field(d, (const ExprFieldSelect *)expr);
    case EXPR_RELABEL:
        return put_cast(d, expr, ((const ExprRelabel *)expr)->arg,
                        ((const ExprRelabel *)expr)->form, show_implicit);
    case EXPR_COERCE_VIA_IO:
        return put_cast(d, expr, ((const ExprCoerceViaIo *)expr)->arg,
                        ((const ExprCoerceViaIo *)expr)->form, show_implicit);
    case EXPR_ARRAY_COERCE:
        return put_cast(d, expr, ((const ExprArrayCoerce *)expr)->arg,
                        ((const ExprArrayCoerce *)expr)->form, show_implicit);
    case EXPR_ROW_COERCE:
        return put_cast(d, expr, ((const ExprRowCoerce *)expr)->arg,
                        ((const ExprRowCoerce *)expr)->form, show_implicit);
    case EXPR_COERCE_DOMAIN:
        return put_cast(d, expr, ((const ExprCoerceDomain *)expr)->arg,
                        ((const ExprCoerceDomain *)expr)->form, show_implicit);
    case EXPR_COLLATE:
        put(d, "(");
        TRY(put_expr_paren(d, ((const ExprCollate *)expr)->arg, show_implicit, expr));
        put(d, " COLLATE ");
        TRY(put_collation_name(d, expr->collation));
        put(d, ")");
        return STATUS_OK;
    case EXPR_CASE:
        return put_case(d, (const ExprCase *)expr);
    case EXPR_ARRAY: {
        const ExprArray *a = (const ExprArray *)expr;
        put(d, "ARRAY[");
        TRY(put_list(d, &a->elements, ", "));
        put(d, "]");
        if (a->elements.count > 0)
            return STATUS_OK;
        put(d, "::");
        return put_type(d, expr->type, expr->typmod);
    }
    case EXPR_ROW:
        return put_row(d, (const ExprRow *)expr);
    case EXPR_ROW_COMPARE:
        return put_row_compare(d, (const ExprRowCompare *)expr);
    case EXPR_COALESCE:
        return put_call_like(d, "COALESCE", &((const ExprCoalesce *)expr)->args);
    case EXPR_MIN_MAX:
        return put_call_like(d, ((const ExprMinMax *)expr)->greatest ? "GREATEST" : "LEAST",
                             &((const ExprMinMax *)expr)->args);
    case EXPR_VALUE_FUNC:
        return put_value_func(d, (const ExprValueFunc *)expr);
    case EXPR_XML:
        return put_xml(d, (const ExprXml *)expr);
    case EXPR_NULL_TEST:
        return put_null_test(d, (const ExprNullTest *)expr);
    case EXPR_BOOLEAN_TEST: {
        const ExprBooleanTest *t = (const ExprBooleanTest *)expr;
        return put_wrapped(d, t->arg, boolean_tests[t->kind], expr);
    }
    case EXPR_SUBSCRIPT:
        return put_subscript(d, (const ExprSubscript *)expr);
    default:
        return put_unusual(d, expr);
    }
}

Status put_expr_paren(Deparse *d, const Expr *expr, bool show_implicit, const Expr *parent) {
    bool need = (d->flags & DEPARSE_PAREN) != 0 && !deparse_is_simple(d, expr, parent);
    if (need)
        put(d, "(");
    TRY(put_expr(d, expr, show_implicit));
    if (need)
        put(d, ")");
    return STATUS_OK;
}

Status deparse_expr(EvalEnv *env, Arena *arena, Expr *expr, Oid relation, bool prefix,
                    unsigned flags, const char **text_out) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    DeparseScope scope = {.relation = relation};
    Deparse d = {.env = env,
                 .catalog = env->catalog,
                 .arena = arena,
                 .buf = &buf,
                 .flags = flags,
                 .wrap_column = -1,
                 .prefix = prefix,
                 .scope = &scope};
    TRY(put_expr(&d, expr, false));
    const char *text = strbuf_cstr(&buf);
    while (*text == '\n' || *text == ' ') /* CASE begins a line */
        text++;
    *text_out = text;
    return STATUS_OK;
}

Status deparse_plan_expr(EvalEnv *env, Arena *arena, Expr *expr, const Query *names, bool prefix,
                         bool show_implicit, const char **text_out) {
    StrBuf buf;
    strbuf_init(&buf, arena);
    DeparseScope scope = {.query = names};
    Deparse d = {.env = env,
                 .catalog = env->catalog,
                 .arena = arena,
                 .buf = &buf,
                 .wrap_column = -1,
                 .prefix = prefix,
                 .scope = &scope};
    TRY(put_expr(&d, expr, show_implicit));
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}
