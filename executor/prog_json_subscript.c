/* prog_json_subscript.c: j['a'][0] of jsonb, and assignment to it. */
#include "executor/program.h"

#include "types/jsonb_subscript.h"

typedef struct JsonSubscriptNode {
    ProgNode node; /* args: the value, the steps, what is assigned */
    uint32_t step_count;
    bool store;
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
                                 "jsonb subscript in assignment must not be null");
    }
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
