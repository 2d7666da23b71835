/* sysfuncs_deparse.c: pg_get_expr and its kin: definitions of objects as SQL. */
#include "base/array.h"
#include "executor/executor.h"
#include "executor/sysfuncs_int.h"
#include "planner/deparse.h"
#include "planner/partition.h"
#include "types/array_ops.h"

#define PRETTY (DEPARSE_PAREN | DEPARSE_INDENT | DEPARSE_SCHEMA)
#define PLAIN DEPARSE_INDENT
#define WRAP_PRETTY 79

static unsigned flags_of(bool pretty) { return pretty ? PRETTY : PLAIN; }

/* ---- expressions ---- */

/* A stored tree is one expression, or a list of them in parentheses; or, after an equals sign, the
 * text of a built-in function's defaults. */
static Status expr_text(FnCall *call, unsigned flags) {
    Str stored = call->args[0].str;
    Oid relation = arg_oid(call, 1);
    if (stored.len == 0)
        return give_null(call);
    if (relation != OID_INVALID) {
        const RelationDesc *desc;
        TRY(catalog_relation(call_catalog(call), relation, &desc));
        if (desc == NULL)
            return give_null(call);
    }
    if (stored.data[0] == '=')
        return give_text(call, arena_strndup(call->arena, stored.data + 1, stored.len - 1));
    if (partition_is_bound(stored.data, stored.len)) {
        PartitionBound bound;
        const char *text;
        TRY(partition_bound_read(call->arena, arena_strndup(call->arena, stored.data, stored.len),
                                 &bound));
        TRY(partition_bound_text(call->site->env, call->arena, &bound, &text));
        return give_text(call, text);
    }
    ExprList list = {0};
    Expr *expr;
    if (stored.len > 6 &&
        (memcmp(stored.data, "{Query", 6) == 0 || memcmp(stored.data, "({Query", 7) == 0))
        return error(ERR_INVALID_PARAMETER_VALUE, "input is a query, not an expression");
    Status status = expr_from_string(call->arena, stored.data, stored.len, &expr);
    if (status_ok(status)) {
        expr_list_add(call->arena, &list, expr);
    } else {
        status_free(status);
        TRY(expr_list_from_string(call->arena, stored.data, stored.len, &list));
    }
    StrBuf text;
    strbuf_init(&text, call->arena);
    for (uint32_t i = 0; i < list.count; i++) {
        const char *one;
        TRY(deparse_expr(call->site->env, call->arena, list.items[i], relation, false, flags,
                         &one));
        strbuf_printf(&text, "%s%s", i > 0 ? ", " : "", one);
    }
    return give_text(call, strbuf_cstr(&text));
}

static Status fn_expr(FnCall *call) { return expr_text(call, PLAIN); }
static Status fn_expr_ext(FnCall *call) { return expr_text(call, flags_of(call->args[2].b)); }

/* ---- indexes, constraints, views ---- */

static Status fn_indexdef(FnCall *call) {
    const char *text;
    TRY(deparse_index(call->site->env, call->arena, arg_oid(call, 0), 0, PLAIN, &text));
    return give_text(call, text);
}

static Status fn_indexdef_ext(FnCall *call) {
    const char *text;
    TRY(deparse_index(call->site->env, call->arena, arg_oid(call, 0), call->args[1].i32,
                      flags_of(call->args[2].b), &text));
    return give_text(call, text);
}

static Status fn_constraintdef(FnCall *call) {
    const char *text;
    TRY(deparse_constraint(call->site->env, call->arena, arg_oid(call, 0), PLAIN, &text));
    return give_text(call, text);
}

static Status fn_constraintdef_ext(FnCall *call) {
    const char *text;
    TRY(deparse_constraint(call->site->env, call->arena, arg_oid(call, 0),
                           flags_of(call->args[1].b), &text));
    return give_text(call, text);
}

static Status fn_ruledef(FnCall *call) {
    const char *text;
    TRY(deparse_rule(call->site->env, call->arena, arg_oid(call, 0), PLAIN, &text));
    return give_text(call, text);
}

static Status fn_ruledef_ext(FnCall *call) {
    const char *text;
    TRY(deparse_rule(call->site->env, call->arena, arg_oid(call, 0), flags_of(call->args[1].b),
                     &text));
    return give_text(call, text);
}

static Status fn_triggerdef(FnCall *call) {
    const char *text;
    TRY(deparse_trigger(call->site->env, call->arena, arg_oid(call, 0), PLAIN, &text));
    return give_text(call, text);
}

static Status fn_triggerdef_ext(FnCall *call) {
    const char *text;
    TRY(deparse_trigger(call->site->env, call->arena, arg_oid(call, 0), flags_of(call->args[1].b),
                        &text));
    return give_text(call, text);
}

static Status view_text(FnCall *call, Oid view, unsigned flags, int wrap_column) {
    const char *text;
    TRY(deparse_view(call->site->env, call->arena, view, flags, wrap_column, &text));
    return give_text(call, text);
}

static Status fn_viewdef(FnCall *call) { return view_text(call, arg_oid(call, 0), PLAIN, 0); }
static Status fn_viewdef_ext(FnCall *call) {
    return view_text(call, arg_oid(call, 0), flags_of(call->args[1].b), 0);
}
static Status fn_viewdef_wrap(FnCall *call) {
    return view_text(call, arg_oid(call, 0), PRETTY, call->args[1].i32);
}

static Status view_by_name(FnCall *call, Oid *oid_out) {
    const char *const *parts;
    uint32_t count;
    TRY(name_parse(call->arena, call->args[0].str.data, call->args[0].str.len, &parts, &count));
    return relation_by_name(call_catalog(call), NULL, count > 1 ? parts[count - 2] : NULL,
                            parts[count - 1], false, oid_out);
}

static Status fn_viewdef_name(FnCall *call) {
    Oid view;
    TRY(view_by_name(call, &view));
    return view_text(call, view, PLAIN, 0);
}

static Status fn_viewdef_name_ext(FnCall *call) {
    Oid view;
    TRY(view_by_name(call, &view));
    return view_text(call, view, flags_of(call->args[1].b), 0);
}

/* ---- partitions ---- */

static const char *column_text(FnCall *call, const RelationDesc *rel, const PartitionColumn *column,
                               Status *status) {
    const char *text = NULL;
    *status =
        deparse_expr(call->site->env, call->arena, column->expr, rel->oid, false, PLAIN, &text);
    return text;
}

/* PARTITION BY's words: RANGE (a, lower(b) COLLATE "C" text_pattern_ops). */
static Status fn_partkeydef(FnCall *call) {
    const RelationDesc *rel;
    PartitionKey key;
    StrBuf out;
    Status s;
    TRY(catalog_relation(call_catalog(call), arg_oid(call, 0), &rel));
    if (rel == NULL || rel->partition_key == NULL)
        return give_null(call);
    TRY(partition_key_open(call->site->env, call->arena, rel, &key));
    strbuf_init(&out, call->arena);
    strbuf_puts(&out, key.strategy == 'l' ? "LIST (" : key.strategy == 'r' ? "RANGE (" : "HASH (");
    for (uint16_t i = 0; i < key.count; i++) {
        const PartitionColumn *column = &key.columns[i];
        const char *text = column_text(call, rel, column, &s);
        TRY(s);
        bool call_like = column->expr->tag == EXPR_COLUMN ||
                         (column->expr->tag == EXPR_FUNC && ((ExprFunc *)column->expr)->op == 0 &&
                          ((ExprFunc *)column->expr)->form == CALL_EXPLICIT);
        strbuf_printf(&out, call_like ? "%s%s" : "%s(%s)", i > 0 ? ", " : "", text);
        if (column->collation != 0 && column->collation != column->expr->collation) {
            const char *name;
            TRY(collation_name(call_catalog(call), column->collation, &name));
            strbuf_puts(&out, " COLLATE ");
            append_ident(call_catalog(call), &out, name);
        }
        Oid usual;
        TRY(catalog_default_opclass(call_catalog(call),
                                    key.strategy == 'h' ? OID_AM_HASH : OID_AM_BTREE, column->type,
                                    &usual));
        const OpclassDesc *opclass;
        TRY(catalog_opclass(call_catalog(call), column->opclass, &opclass));
        if (usual != column->opclass && opclass != NULL) {
            strbuf_putc(&out, ' ');
            append_ident(call_catalog(call), &out, opclass->name);
        }
    }
    strbuf_putc(&out, ')');
    return give_text(call, strbuf_cstr(&out));
}

static Status fn_partition_constraintdef(FnCall *call) {
    const RelationDesc *rel;
    Expr *expr;
    const char *text;
    TRY(catalog_relation(call_catalog(call), arg_oid(call, 0), &rel));
    if (rel == NULL)
        return give_null(call);
    TRY(partition_constraint(call->site->env, call->arena, rel, true, &expr));
    if (expr == NULL)
        return give_null(call);
    TRY(deparse_expr(call->site->env, call->arena, expr, rel->oid, false, PLAIN, &text));
    return give_text(call, text);
}

static Status hash_arguments(FnCall *call, const RelationDesc **rel_out) {
    CatalogSession *catalog = call_catalog(call);
    if (call->args[1].i32 <= 0)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "modulus for hash partition must be an integer value greater than zero");
    if (call->args[2].i32 < 0)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "remainder for hash partition must be an integer value greater than or equal "
                     "to zero");
    if (call->args[2].i32 >= call->args[1].i32)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "remainder for hash partition must be less than modulus");
    TRY(catalog_relation(catalog, arg_oid(call, 0), rel_out));
    if (*rel_out == NULL)
        return error(ERR_INTERNAL_ERROR, "could not open relation with OID %u", arg_oid(call, 0));
    if ((*rel_out)->partition_key == NULL || (*rel_out)->partition_key->strategy != 'h')
        return error(ERR_INVALID_PARAMETER_VALUE, "\"%s\" is not a hash partitioned table",
                     (*rel_out)->name);
    return STATUS_OK;
}

/* By folding, or by a call where the hash function is written in SQL. */
static Status hash_of(FnCall *call, const PartitionColumn *column, Datum value,
                      uint64_t *hash_out) {
    EvalEnv *env = call->site->env;
    Session *session = (Session *)env->session;
    Status s = partition_hash_value(env, call->arena, column, value, hash_out);
    if (status_ok(s) || s.error->state != ERR_INTERNAL_ERROR)
        return s;
    status_free(s);
    Expr *expr =
        partition_hash_expr(call->arena, column,
                            (Expr *)expr_const(call->arena, column->type, column->typmod,
                                               column->collation, column->phys, value, false));
    ExprEval *eval;
    Datum hash = {.i64 = 0};
    bool is_null = false;
    TRY(plan_expr(env, call->arena, &session->planner, expr, SLOT_LEFT, &expr));
    TRY(expr_eval_make(session, call->arena, &expr, 1, &eval));
    s = expr_eval_row(eval, 0, NULL, NULL, &hash, &is_null);
    expr_eval_free(eval);
    *hash_out = (uint64_t)hash.i64;
    return s;
}

/* The keys as one array. */
static Status satisfies_hash_array(FnCall *call, const PartitionKey *key) {
    ArrayView view = {0};
    Datum *values;
    bool *nulls;
    Oid element;
    uint64_t hash = 0, one;
    if (call->nulls[3])
        return give_bool(call, false);
    TRY(array_view(call->args[3].str, &view));
    TRY(array_deconstruct(call->arena, &view, &values, &nulls));
    TRY(catalog_array_element(call_catalog(call), call->site->arg_types[3], &element));
    if (view.elem_count != key->count)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "number of partitioning columns (%d) does not match number of partition keys "
                     "provided (%u)",
                     key->count, view.elem_count);
    for (uint16_t i = 0; i < key->count; i++) {
        if (element != key->columns[i].type) {
            const char *own, *given;
            TRY(format_type_brief(call_catalog(call), call->arena, key->columns[i].type, &own));
            TRY(format_type_brief(call_catalog(call), call->arena, element, &given));
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "column %d of the partition key has type \"%s\", but supplied value is of "
                         "type \"%s\"",
                         i + 1, own, given);
        }
        if (nulls[i])
            continue;
        TRY(hash_of(call, &key->columns[i], values[i], &one));
        hash = partition_hash_mix(hash, one);
    }
    return give_bool(call, hash % (uint64_t)call->args[1].i32 == (uint64_t)call->args[2].i32);
}

/* (parent, modulus, remainder, VARIADIC keys): is this the rows' partition? */
static Status fn_satisfies_hash(FnCall *call) {
    const RelationDesc *rel;
    PartitionKey key;
    uint64_t hash = 0, one;
    if (call->nulls[0] || call->nulls[1] || call->nulls[2])
        return give_bool(call, false);
    TRY(hash_arguments(call, &rel));
    TRY(partition_key_open(call->site->env, call->arena, rel, &key));
    if (call->site->variadic)
        return satisfies_hash_array(call, &key);
    int count = call->site->arg_count - 3;
    if (count != key.count)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "number of partitioning columns (%d) does not match number of partition keys "
                     "provided (%d)",
                     key.count, count);
    for (int i = 0; i < count; i++) {
        if (call->site->arg_types[i + 3] != key.columns[i].type) {
            const char *own, *given;
            TRY(format_type_brief(call_catalog(call), call->arena, key.columns[i].type, &own));
            TRY(format_type_brief(call_catalog(call), call->arena, call->site->arg_types[i + 3],
                                  &given));
            return error(
                ERR_INVALID_PARAMETER_VALUE,
                "column %d of the partition key has type %s, but supplied value is of type "
                "%s",
                i + 1, own, given);
        }
        if (call->nulls[i + 3])
            continue;
        TRY(hash_of(call, &key.columns[i], call->args[i + 3], &one));
        hash = partition_hash_mix(hash, one);
    }
    return give_bool(call, hash % (uint64_t)call->args[1].i32 == (uint64_t)call->args[2].i32);
}

/* ---- functions ---- */

/* The SQL of each default, in order: stored trees, or the text that built-in functions have. */
static Status default_texts(FnCall *call, const ProcDesc *proc, StrList *texts) {
    const char *stored = proc->default_exprs;
    if (stored == NULL)
        return STATUS_OK;
    if (stored[0] != '=') {
        ExprList exprs;
        TRY(expr_list_from_string(call->arena, stored, strlen(stored), &exprs));
        for (uint32_t i = 0; i < exprs.count; i++) {
            const char *sql;
            TRY(deparse_expr(call->site->env, call->arena, exprs.items[i], OID_INVALID, false, 0,
                             &sql));
            str_list_add(call->arena, texts, sql);
        }
        return STATUS_OK;
    }
    for (const char *p = stored + 1; *p != '\0';) {
        const char *end = strstr(p, ", ");
        size_t len = end == NULL ? strlen(p) : (size_t)(end - p);
        str_list_add(call->arena, texts, arena_strndup(call->arena, p, len));
        p += len + (end == NULL ? 0 : 2);
    }
    return STATUS_OK;
}

static Status append_argument(FnCall *call, const ProcDesc *proc, uint16_t i, bool defaults,
                              const StrList *default_exprs, uint16_t input_number, StrBuf *text) {
    char mode = proc->arg_modes == NULL ? 'i' : proc->arg_modes[i];
    const char *words = mode == 'o'         ? "OUT "
                        : mode == 'b'       ? "INOUT "
                        : mode == 'v'       ? "VARIADIC "
                        : proc->kind == 'p' ? "IN "
                                            : "";
    strbuf_puts(text, words);
    if (proc->arg_names != NULL && proc->arg_names[i] != NULL && proc->arg_names[i][0] != '\0') {
        append_ident(call_catalog(call), text, proc->arg_names[i]);
        strbuf_putc(text, ' ');
    }
    const char *type;
    Oid oid = proc->all_arg_types != NULL ? proc->all_arg_types[i] : proc->arg_types[i];
    TRY(format_type_brief(call_catalog(call), call->arena, oid, &type));
    strbuf_puts(text, type);
    int32_t place =
        (int32_t)input_number - ((int32_t)proc->arg_count - (int32_t)default_exprs->count);
    if (defaults && mode != 'o' && mode != 't' && place >= 0 &&
        place < (int32_t)default_exprs->count)
        strbuf_printf(text, " DEFAULT %s", default_exprs->items[place]);
    return STATUS_OK;
}

/* Where an ordered-set aggregate's ORDER BY stands among its parameters; -1: it has none. */
static Status order_by_place(FnCall *call, const ProcDesc *proc, int32_t *place_out) {
    const AggregateDesc *aggregate;
    *place_out = -1;
    if (proc->kind != 'a')
        return STATUS_OK;
    TRY(catalog_aggregate(call_catalog(call), proc->oid, &aggregate));
    if (aggregate != NULL && aggregate->kind != 'n')
        *place_out = aggregate->direct_arg_count;
    return STATUS_OK;
}

/* table_args: the columns of RETURNS TABLE instead of the parameters. */
static Status append_arguments(FnCall *call, const ProcDesc *proc, bool table_args, bool defaults,
                               StrBuf *text, uint32_t *count_out) {
    StrList default_exprs = {0};
    int32_t order_by;
    if (defaults)
        TRY(default_texts(call, proc, &default_exprs));
    TRY(order_by_place(call, proc, &order_by));
    uint16_t count = proc->all_arg_types != NULL ? proc->all_arg_count : proc->arg_count;
    uint16_t inputs = 0;
    *count_out = 0;
    for (uint16_t i = 0; i < count; i++) {
        char mode = proc->arg_modes == NULL ? 'i' : proc->arg_modes[i];
        bool is_input = mode == 'i' || mode == 'b' || mode == 'v';
        bool wanted = table_args ? mode == 't' : mode != 't';
        if (wanted) {
            bool ordered = (int32_t)*count_out == order_by;
            if ((*count_out)++ > 0)
                strbuf_puts(text, ordered ? " " : ", ");
            strbuf_puts(text, ordered ? "ORDER BY " : "");
            TRY(append_argument(call, proc, i, defaults, &default_exprs, inputs, text));
        }
        inputs += is_input;
    }
    if (order_by >= (int32_t)*count_out && count > 0) { /* the variadic one stands for both */
        strbuf_puts(text, " ORDER BY ");
        TRY(append_argument(call, proc, (uint16_t)(count - 1), defaults, &default_exprs, inputs,
                            text));
    }
    return STATUS_OK;
}

static Status find_proc(FnCall *call, const ProcDesc **proc_out) {
    return catalog_proc(call_catalog(call), arg_oid(call, 0), proc_out);
}

static Status fn_arguments(FnCall *call) {
    const ProcDesc *proc;
    TRY(find_proc(call, &proc));
    if (proc == NULL)
        return give_null(call);
    StrBuf text;
    uint32_t count;
    strbuf_init(&text, call->arena);
    TRY(append_arguments(call, proc, false, true, &text, &count));
    return give_text(call, strbuf_cstr(&text));
}

static Status fn_identity_arguments(FnCall *call) {
    const ProcDesc *proc;
    TRY(find_proc(call, &proc));
    if (proc == NULL)
        return give_null(call);
    StrBuf text;
    uint32_t count;
    strbuf_init(&text, call->arena);
    TRY(append_arguments(call, proc, false, false, &text, &count));
    return give_text(call, strbuf_cstr(&text));
}

static Status append_result(FnCall *call, const ProcDesc *proc, StrBuf *text) {
    StrBuf table;
    uint32_t count;
    strbuf_init(&table, call->arena);
    TRY(append_arguments(call, proc, true, false, &table, &count));
    if (proc->returns_set && count > 0) {
        strbuf_printf(text, "TABLE(%s)", strbuf_cstr(&table));
        return STATUS_OK;
    }
    const char *type;
    TRY(format_type_brief(call_catalog(call), call->arena, proc->result, &type));
    strbuf_printf(text, "%s%s", proc->returns_set ? "SETOF " : "", type);
    return STATUS_OK;
}

static Status fn_result(FnCall *call) {
    const ProcDesc *proc;
    TRY(find_proc(call, &proc));
    if (proc == NULL || proc->kind == 'p')
        return give_null(call);
    StrBuf text;
    strbuf_init(&text, call->arena);
    TRY(append_result(call, proc, &text));
    return give_text(call, strbuf_cstr(&text));
}

#define LANGUAGE_INTERNAL 12u
#define LANGUAGE_C 13u

static void append_attributes(const ProcDesc *proc, StrBuf *text) {
    size_t before = text->len;
    if (proc->kind == 'w')
        strbuf_puts(text, " WINDOW");
    if (proc->volatility != 'v')
        strbuf_puts(text, proc->volatility == 'i' ? " IMMUTABLE" : " STABLE");
    if (proc->parallel != 'u')
        strbuf_puts(text, proc->parallel == 's' ? " PARALLEL SAFE" : " PARALLEL RESTRICTED");
    if (proc->strict)
        strbuf_puts(text, " STRICT");
    if (proc->security_definer)
        strbuf_puts(text, " SECURITY DEFINER");
    if (proc->leakproof)
        strbuf_puts(text, " LEAKPROOF");
    bool native = proc->language == LANGUAGE_INTERNAL || proc->language == LANGUAGE_C;
    if (proc->cost != (native ? 1 : 100))
        strbuf_printf(text, " COST %g", (double)proc->cost);
    if (proc->rows > 0 && proc->rows != 1000)
        strbuf_printf(text, " ROWS %g", (double)proc->rows);
    if (text->len > before)
        strbuf_putc(text, '\n');
}

/* Settings whose value is a list of names, each quoted by itself. */
static bool is_list_setting(const char *name, size_t len) {
    static const char *const lists[] = {"search_path",
                                        "temp_tablespaces",
                                        "local_preload_libraries",
                                        "session_preload_libraries",
                                        "shared_preload_libraries",
                                        "unix_socket_directories"};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++)
        if (strlen(lists[i]) == len && strncmp(lists[i], name, len) == 0)
            return true;
    return false;
}

static void append_list(FnCall *call, StrBuf *text, const char *value) {
    const char *const *names;
    uint32_t count = 0;
    name_parse_list(call->arena, value, &names, &count);
    for (uint32_t i = 0; i < count; i++)
        strbuf_printf(text, "%s%s", i > 0 ? ", " : "",
                      quote_literal(call->arena, names[i], strlen(names[i])));
}

static void append_config(FnCall *call, const ProcDesc *proc, StrBuf *text) {
    for (uint32_t i = 0; i < proc->config_count; i++) {
        const char *value = strchr(proc->config[i], '=');
        if (value == NULL)
            continue;
        strbuf_puts(text, " SET ");
        append_ident(
            call_catalog(call), text,
            arena_strndup(call->arena, proc->config[i], (size_t)(value - proc->config[i])));
        strbuf_puts(text, " TO ");
        if (is_list_setting(proc->config[i], (size_t)(value - proc->config[i])))
            append_list(call, text, value + 1);
        else
            strbuf_puts(text, quote_literal(call->arena, value + 1, strlen(value + 1)));
        strbuf_putc(text, '\n');
    }
}

/* RETURN expression, or BEGIN ATOMIC .. END. */
static Status append_sql_body(FnCall *call, const ProcDesc *proc, StrBuf *text) {
    const DeparseParams params = {.function = proc->name,
                                  .names = proc->arg_names,
                                  .count = proc->all_arg_count > 0 ? proc->all_arg_count
                                                                   : proc->arg_count};
    const char *sql;
    if (proc->sql_body[0] != '(') {
        Query *query;
        TRY(query_from_string(call->arena, proc->sql_body, strlen(proc->sql_body), &query));
        TRY(deparse_body_query(call->site->env, call->arena, query, 0, 0, &params, &sql));
        strbuf_puts(text, sql);
        return STATUS_OK;
    }
    QueryList list;
    TRY(query_list_from_string(call->arena, proc->sql_body, strlen(proc->sql_body), &list));
    strbuf_puts(text, "BEGIN ATOMIC\n");
    for (uint32_t i = 0; i < list.count; i++) {
        TRY(deparse_body_query(call->site->env, call->arena, list.items[i], PLAIN, 1, &params,
                               &sql));
        strbuf_printf(text, "%s;\n", sql);
    }
    strbuf_puts(text, "END");
    return STATUS_OK;
}

/* Between dollar quotes that do not occur in it. */
static void append_source(FnCall *call, const ProcDesc *proc, StrBuf *text) {
    const char *source = proc->source == NULL ? "" : proc->source;
    StrBuf tag;
    strbuf_init(&tag, call->arena);
    strbuf_puts(&tag, proc->kind == 'p' ? "$procedure" : "$function");
    while (strstr(source, strbuf_cstr(&tag)) != NULL)
        strbuf_putc(&tag, 'x');
    strbuf_puts(text, "AS ");
    if (proc->binary != NULL)
        strbuf_printf(text, "%s, ", quote_literal(call->arena, proc->binary, strlen(proc->binary)));
    strbuf_printf(text, "%s$%s%s$", strbuf_cstr(&tag), source, strbuf_cstr(&tag));
}

/* (function, parameter number): the default of an input parameter; NULL where it has none. */
static Status fn_arg_default(FnCall *call) {
    const ProcDesc *proc;
    StrList texts = {0};
    TRY(find_proc(call, &proc));
    int32_t number = call->args[1].i32, count;
    if (proc == NULL)
        return give_null(call);
    count = proc->all_arg_types != NULL ? proc->all_arg_count : proc->arg_count;
    int32_t inputs = 0;
    char mode = 'o';
    for (int32_t i = 0; i < number && i < count; i++) {
        mode = proc->arg_modes == NULL ? 'i' : proc->arg_modes[i];
        inputs += mode == 'i' || mode == 'b' || mode == 'v';
    }
    if (number < 1 || number > count || (mode != 'i' && mode != 'b' && mode != 'v'))
        return give_null(call);
    TRY(default_texts(call, proc, &texts));
    int32_t place = inputs - 1 - ((int32_t)proc->arg_count - (int32_t)texts.count);
    return place < 0 || place >= (int32_t)texts.count ? give_null(call)
                                                      : give_text(call, texts.items[place]);
}

static Status fn_functiondef(FnCall *call) {
    const ProcDesc *proc;
    const LanguageDesc *language;
    const char *schema;
    TRY(find_proc(call, &proc));
    if (proc == NULL)
        return give_null(call);
    if (proc->kind == 'a')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is an aggregate function", proc->name);
    TRY(namespace_name(call_catalog(call), proc->nsp, &schema));
    TRY(catalog_language(call_catalog(call), proc->language, &language));
    StrBuf text;
    uint32_t count;
    strbuf_init(&text, call->arena);
    strbuf_printf(&text, "CREATE OR REPLACE %s %s(", proc->kind == 'p' ? "PROCEDURE" : "FUNCTION",
                  quote_qualified(call_catalog(call), call->arena, schema, proc->name));
    TRY(append_arguments(call, proc, false, true, &text, &count));
    strbuf_puts(&text, ")\n");
    if (proc->kind != 'p') {
        strbuf_puts(&text, " RETURNS ");
        TRY(append_result(call, proc, &text));
        strbuf_putc(&text, '\n');
    }
    strbuf_puts(&text, " LANGUAGE ");
    append_ident(call_catalog(call), &text, language == NULL ? "?" : language->name);
    strbuf_putc(&text, '\n');
    append_attributes(proc, &text);
    append_config(call, proc, &text);
    if (proc->sql_body != NULL)
        TRY(append_sql_body(call, proc, &text));
    else
        append_source(call, proc, &text);
    strbuf_putc(&text, '\n');
    return give_text(call, strbuf_cstr(&text));
}

static Status fn_function_sqlbody(FnCall *call) {
    const ProcDesc *proc;
    TRY(find_proc(call, &proc));
    if (proc == NULL || proc->sql_body == NULL)
        return give_null(call);
    StrBuf text;
    strbuf_init(&text, call->arena);
    TRY(append_sql_body(call, proc, &text));
    return give_text(call, strbuf_cstr(&text));
}

/* ---- statistics objects ---- */

static bool like_function(const Expr *expr) {
    switch (expr->tag) {
    case EXPR_FUNC:
        return ((const ExprFunc *)expr)->op == OID_INVALID &&
               ((const ExprFunc *)expr)->form == CALL_EXPLICIT;
    case EXPR_COALESCE:
    case EXPR_MIN_MAX:
    case EXPR_NULLIF:
    case EXPR_VALUE_FUNC:
    case EXPR_XML:
        return true;
    default:
        return false;
    }
}

static Status put_statistics_columns(FnCall *call, const CatalogRow *row, StrBuf *out,
                                     uint32_t *count_out) {
    CatalogSession *catalog = call_catalog(call);
    const RelationDesc *relation;
    uint32_t count;
    ExprList exprs = {0};
    TRY(catalog_relation_require(catalog, row_oid(row, PG_STATISTIC_EXT_STXRELID), &relation));
    const int16_t *keys = row_get_int2s(call->arena, row->values[PG_STATISTIC_EXT_STXKEYS], &count);
    for (uint32_t i = 0; i < count; i++) {
        strbuf_puts(out, i > 0 ? ", " : "");
        append_ident(catalog, out, relation->columns[keys[i] - 1].name);
    }
    if (!row->nulls[PG_STATISTIC_EXT_STXEXPRS]) {
        Str text = row->values[PG_STATISTIC_EXT_STXEXPRS].str;
        TRY(expr_list_from_string(call->arena, text.data, text.len, &exprs));
    }
    for (uint32_t i = 0; i < exprs.count; i++) {
        const char *text;
        TRY(deparse_expr(call->site->env, call->arena, exprs.items[i], relation->oid, false,
                         DEPARSE_PAREN, &text));
        strbuf_printf(out, like_function(exprs.items[i]) ? "%s%s" : "%s(%s)",
                      i + count > 0 ? ", " : "", text);
    }
    *count_out = count + exprs.count;
    return STATUS_OK;
}

static Status statistics_text(FnCall *call, bool columns_only) {
    CatalogSession *catalog = call_catalog(call);
    CatalogRow row;
    bool found;
    uint32_t count, kind_count;
    StrBuf columns, out;
    const char *nsp, *relation;
    TRY(catalog_find_oid(catalog, PG_STATISTIC_EXT_OID_INDEX, arg_oid(call, 0), call->arena, &row,
                         &found));
    if (!found)
        return give_null(call);
    strbuf_init(&columns, call->arena);
    strbuf_init(&out, call->arena);
    TRY(put_statistics_columns(call, &row, &columns, &count));
    if (columns_only)
        return give_text(call, strbuf_cstr(&columns));
    TRY(namespace_name(catalog, row_oid(&row, PG_STATISTIC_EXT_STXNAMESPACE), &nsp));
    TRY(format_relation(catalog, call->arena, row_oid(&row, PG_STATISTIC_EXT_STXRELID), &relation));
    strbuf_printf(&out, "CREATE STATISTICS %s",
                  quote_qualified(catalog, call->arena, nsp,
                                  row_name(&row, PG_STATISTIC_EXT_STXNAME, call->arena)));
    const char *kinds =
        row_get_chars(call->arena, row.values[PG_STATISTIC_EXT_STXKIND], &kind_count);
    static const struct {
        char letter;
        const char *name;
    } names[] = {{'d', "ndistinct"}, {'f', "dependencies"}, {'m', "mcv"}};
    bool all = true, any = false;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        all &= strchr(kinds, names[i].letter) != NULL;
    for (size_t i = 0; i < ARRAY_LEN(names) && !all && count > 1; i++)
        if (strchr(kinds, names[i].letter) != NULL) {
            strbuf_printf(&out, "%s%s", any ? ", " : " (", names[i].name);
            any = true;
        }
    strbuf_printf(&out, "%s ON %s FROM %s", any ? ")" : "", strbuf_cstr(&columns), relation);
    return give_text(call, strbuf_cstr(&out));
}

static Status fn_statisticsobjdef(FnCall *call) { return statistics_text(call, false); }
static Status fn_statisticsobjdef_columns(FnCall *call) { return statistics_text(call, true); }

static const FnEntry entries[] = {
    SYSFUNC(3415, "pg_get_statisticsobjdef", fn_statisticsobjdef),
    SYSFUNC(6174, "pg_get_statisticsobjdef_columns", fn_statisticsobjdef_columns),
    SYSFUNC(1716, "pg_get_expr", fn_expr),
    SYSFUNC(2509, "pg_get_expr_ext", fn_expr_ext),
    SYSFUNC(1643, "pg_get_indexdef", fn_indexdef),
    SYSFUNC(2507, "pg_get_indexdef_ext", fn_indexdef_ext),
    SYSFUNC(1387, "pg_get_constraintdef", fn_constraintdef),
    SYSFUNC(2508, "pg_get_constraintdef_ext", fn_constraintdef_ext),
    SYSFUNC(1662, "pg_get_triggerdef", fn_triggerdef),
    SYSFUNC(2730, "pg_get_triggerdef_ext", fn_triggerdef_ext),
    SYSFUNC(1573, "pg_get_ruledef", fn_ruledef),
    SYSFUNC(2504, "pg_get_ruledef_ext", fn_ruledef_ext),
    SYSFUNC(1641, "pg_get_viewdef", fn_viewdef),
    SYSFUNC(2506, "pg_get_viewdef_ext", fn_viewdef_ext),
    SYSFUNC(3159, "pg_get_viewdef_wrap", fn_viewdef_wrap),
    SYSFUNC(1640, "pg_get_viewdef_name", fn_viewdef_name),
    SYSFUNC(2505, "pg_get_viewdef_name_ext", fn_viewdef_name_ext),
    SYSFUNC_LAX(5028, "satisfies_hash_partition", fn_satisfies_hash),
    SYSFUNC(3352, "pg_get_partkeydef", fn_partkeydef),
    SYSFUNC(3408, "pg_get_partition_constraintdef", fn_partition_constraintdef),
    SYSFUNC(2162, "pg_get_function_arguments", fn_arguments),
    SYSFUNC(2232, "pg_get_function_identity_arguments", fn_identity_arguments),
    SYSFUNC(2165, "pg_get_function_result", fn_result),
    SYSFUNC(3808, "pg_get_function_arg_default", fn_arg_default),
    SYSFUNC(2098, "pg_get_functiondef", fn_functiondef),
    SYSFUNC(6197, "pg_get_function_sqlbody", fn_function_sqlbody),
};

void sysfuncs_deparse_register(void) { fn_register(entries, sizeof(entries) / sizeof(entries[0])); }
