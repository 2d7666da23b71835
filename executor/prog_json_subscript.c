/* prog_json_subscript.c: j['a'][0] of jsonb and h['a'] of hstore, and assignment to them. */
#include "executor/program.h"

#include "types/hstore.h"
#include "types/jsonb_subscript.h"

typedef struct JsonSubscriptNode {
    ProgNode node; /* args: the value, the steps, what is assigned */
    uint32_t step_count;
    bool store;
    bool hstore; /* one step, a text */
    bool *step_is_int; /* [step_count] */
} JsonSubscriptNode;

/* False where a step is NULL. */
static bool read_path(const JsonSubscriptNode *s, Arena *arena, const Vector **v, uint32_t row,
                      Str *path) {
    for (uint32_t i = 0; i < s->step_count; i++) {
        if (vector_is_null(v[i + 1], row))
            return false;
        Datum step = vector_at(v[i + 1], row);
        path[i] = s->step_is_int[i] ? str_from_cstr(arena_printf(arena, "%d", step.i32)) : step.str;
    }
    return true;
}

static Status hstore_row(const JsonSubscriptNode *s, Arena *arena, const Str *value, Str key,
                         const Vector *source, uint32_t row, Datum *out, bool *null_out) {
    if (!s->store) {
        *null_out = !hstore_find(*value, key, &out->str) || out->str.data == NULL;
        return STATUS_OK;
    }
    HstorePair pair = {.key = key};
    Datum added;
    if (!vector_is_null(source, row))
        pair.value = vector_at(source, row).str;
    TRY(hstore_build(arena, &pair, 1, &added));
    if (value == NULL) {
        *out = added;
        return STATUS_OK;
    }
    return hstore_concat(arena, *value, added.str, out);
}

static Status json_row(const JsonSubscriptNode *s, Arena *arena, const Vector **v, uint32_t row,
                       Str *path, Datum *out, bool *null_out) {
    bool is_null = vector_is_null(v[0], row);
    Str value = is_null ? (Str){0} : vector_at(v[0], row).str;
    *null_out = is_null && !s->store;
    if (*null_out)
        return STATUS_OK;
    if (!read_path(s, arena, v, row, path)) {
        *null_out = true;
        return !s->store ? STATUS_OK
                         : error(ERR_NULL_VALUE_NOT_ALLOWED,
                                 "%s subscript in assignment must not be null",
                                 s->hstore ? "hstore" : "jsonb");
    }
    if (s->hstore)
        return hstore_row(s, arena, is_null ? NULL : &value, path[0], s->store ? v[2] : NULL, row,
                          out, null_out);
    if (!s->store) {
        jsonb_fetch(value, path, s->step_count, &out->str, null_out);
        return STATUS_OK;
    }
    const Vector *source = v[s->step_count + 1];
    Str new_value = vector_is_null(source, row) ? (Str){0} : vector_at(source, row).str;
    return jsonb_assign(arena, value, s->step_is_int[0], path, s->step_count, new_value, out);
}

static Status eval_json_subscript(ProgNode *node, ProgContext *ctx, Selection sel,
                                  const Vector **out) {
    const JsonSubscriptNode *s = (const JsonSubscriptNode *)node;
    const Vector **v = arena_array(ctx->arena, const Vector *, node->arg_count);
    Str *path = arena_array(ctx->arena, Str, s->step_count + 1);
    for (uint32_t i = 0; i < node->arg_count; i++)
        TRY(prog_eval(node->args[i], ctx, sel, &v[i]));
    uint32_t extent = selection_extent(sel);
    Vector *result = register_flat(&node->reg, node->arena, node->phys, extent == 0 ? 1 : extent);
    SELECTION_FOREACH(sel, row) {
        Datum value = {.i64 = 0};
        bool is_null;
        TRY(json_row(s, ctx->arena, v, row, path, &value, &is_null));
        if (is_null && result->nulls == NULL)
            register_nulls(&node->reg, node->reg.capacity);
        vector_put(result, row, value, is_null);
    }
    *out = result;
    return STATUS_OK;
}

Status prog_compile_json_subscript(Executor *exec, const ExprSubscript *expr, ProgNode **out) {
    JsonSubscriptNode *node;
    ExprList all = {0};
    TRY(prog_node(exec, sizeof(*node), eval_json_subscript, (const Expr *)expr, &node));
    node->step_count = expr->upper.count;
    node->store = expr->value != NULL;
    node->hstore = expr->container_type != OID_JSONB;
    node->step_is_int = arena_array(&exec->arena, bool, node->step_count + 1);
    expr_list_add(&exec->arena, &all, expr->arg);
    for (uint32_t i = 0; i < node->step_count; i++) {
        node->step_is_int[i] = expr->upper.items[i]->type == OID_INT4;
        expr_list_add(&exec->arena, &all, expr->upper.items[i]);
    }
    if (node->store)
        expr_list_add(&exec->arena, &all, expr->value);
    TRY(prog_compile_args(exec, &node->node, &all));
    *out = &node->node;
    return STATUS_OK;
}
