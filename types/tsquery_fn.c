/* tsquery_fn.c: functions on queries: joining them, their operands, substitution. */
#include "types/ts_rewrite.h"

#include <stdlib.h>

SCALAR(tsquery_numnode) { return ret_i32(call, (int32_t)load_le32(ARG_STR(0).data)); }

/* An operator over one or two queries, the right one first. */
static Status join(FnCall *call, TsOperator op, int16_t distance) {
    bool two = op != TS_NOT;
    TsQuery left = ts_query(call->arena, ARG_STR(0));
    TsQuery right = two ? ts_query(call->arena, ARG_STR(1)) : (TsQuery){0};
    if (left.count == 0)
        return ret_datum(call, two ? call->args[1] : call->args[0]);
    if (two && right.count == 0)
        return ret_datum(call, call->args[0]);
    TsQuery q = {.count = 1 + left.count + right.count};
    q.nodes = arena_alloc(call->arena, q.count * sizeof(TsNode));
    q.nodes[0] = (TsNode){.kind = TS_OPERATOR, .op = (uint8_t)op, .distance = distance};
    if (two)
        memcpy(q.nodes + 1, right.nodes, right.count * sizeof(TsNode));
    memcpy(q.nodes + 1 + right.count, left.nodes, left.count * sizeof(TsNode));
    return ts_query_build(call->arena, &q, &call->result);
}
SCALAR(tsquery_and) { return join(call, TS_AND, 0); }
SCALAR(tsquery_or) { return join(call, TS_OR, 0); }
SCALAR(tsquery_not) { return join(call, TS_NOT, 0); }
SCALAR(tsquery_phrase) { return join(call, TS_PHRASE, 1); }
SCALAR(tsquery_phrase_distance) {
    int32_t distance = ARG_I32(2);
    if (distance < 0 || distance > TS_DISTANCE_MAX)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "distance in phrase operator must be an integer value between zero and %d "
                     "inclusive",
                     TS_DISTANCE_MAX);
    return join(call, TS_PHRASE, (int16_t)distance);
}
SCALAR(tsquerytree) {
    TsQuery q = ts_query(call->arena, ARG_STR(0));
    StrBuf text;
    strbuf_init(&text, call->arena);
    if (q.count > 0) {
        TsQuery positive = ts_query_positive(call->arena, &q);
        if (positive.count == 0)
            strbuf_putc(&text, 'T');
        ts_query_print(call->arena, &positive, &text);
    }
    return ret_buf(call, &text);
}

/* ---- containment: of operands ---- */

static int order_operands(const void *a, const void *b) {
    const TsNode *x = a, *y = b;
    return ts_compare(x->text, x->len, y->text, y->len, false);
}
static uint32_t sorted_operands(TsQuery *q) {
    uint32_t n = 0, kept = 0;
    for (uint32_t i = 0; i < q->count; i++)
        if (q->nodes[i].kind == TS_OPERAND)
            q->nodes[n++] = q->nodes[i];
    if (n > 1)
        qsort(q->nodes, n, sizeof(TsNode), order_operands);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || order_operands(&q->nodes[i], &q->nodes[kept - 1]) != 0)
            q->nodes[kept++] = q->nodes[i];
    return kept;
}
static Status contains(FnCall *call, int outer, int inner) {
    TsQuery a = ts_query(call->arena, ARG_STR(outer)), b = ts_query(call->arena, ARG_STR(inner));
    uint32_t n = sorted_operands(&a), m = sorted_operands(&b), i = 0, k = 0;
    while (i < n && k < m) {
        int order = order_operands(&a.nodes[i], &b.nodes[k]);
        if (order > 0)
            break;
        k += order == 0;
        i++;
    }
    return ret_bool(call, k == m);
}
SCALAR(tsq_mcontains) { return contains(call, 0, 1); }
SCALAR(tsq_mcontained) { return contains(call, 1, 0); }

/* ---- ts_rewrite ---- */

SCALAR(tsquery_rewrite) {
    TsRewrite *r;
    if (load_le32(ARG_STR(0).data) == 0 || load_le32(ARG_STR(1).data) == 0)
        return ret_str(call, ARG_STR(0)); /* not put in order either */
    TRY(ts_rewrite_open(call->arena, ARG_STR(0), &r));
    TRY(ts_rewrite_apply(r, ARG_STR(1), ARG_STR(2)));
    return ts_rewrite_close(r, &call->result);
}
