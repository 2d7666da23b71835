/* test_exec.c: expressions and operators over VALUES, without catalogs or storage. */
#include "executor/exec_int.h"
#include "executor/program.h"

#include <check.h>
#include <stdlib.h>

#define FN_INT4PL 177
#define FN_INT4DIV 154
#define FN_INT4EQ 65
#define FN_INT4LT 66
#define FN_INT8 481 /* int8(int4) */

static MemAccount account;
static Arena arena;
static Session session;

static void setup(void) {
    mem_account_init(&account, mem_root(), "test", SIZE_MAX);
    arena_init(&arena, &account);
    memset(&session, 0, sizeof(session));
    mem_account_init(&session.account, &account, "session", SIZE_MAX);
    arena_init(&session.arena, &session.account);
    session.settings.work_mem_bytes = 64u << 20;
    session.settings.hash_mem_multiplier = 2;
}

static void teardown(void) {
    arena_destroy(&session.arena);
    arena_destroy(&arena);
    ck_assert_uint_eq(atomic_load(&account.used_bytes), 0);
}

static void ok(Status s) {
    if (!status_ok(s))
        ck_abort_msg("%s", s.error->message);
}

/* ---- making expressions ---- */

static Expr *int4(int32_t v) {
    return (Expr *)expr_const(&arena, OID_INT4, -1, 0, PHYS_I32, datum_i32(v), false);
}
static Expr *null_int4(void) { return (Expr *)expr_null(&arena, OID_INT4, -1, 0, PHYS_I32); }
static Expr *text(const char *s) {
    return (Expr *)expr_const(&arena, OID_TEXT, -1, OID_COLLATION_DEFAULT, PHYS_STR, datum_cstr(s),
                              false);
}
static Expr *slot(SlotSide side, int32_t column, Oid type) {
    ExprSlot *s = EXPR_NEW(&arena, ExprSlot, EXPR_SLOT);
    s->side = side;
    s->column = column;
    s->type = type;
    return (Expr *)s;
}
static Expr *call2(Oid function, Oid result, Expr *a, Expr *b) {
    ExprFunc *f = EXPR_NEW(&arena, ExprFunc, EXPR_FUNC);
    f->function = function;
    f->type = result;
    expr_list_add(&arena, &f->args, a);
    if (b != NULL)
        expr_list_add(&arena, &f->args, b);
    return (Expr *)f;
}
static Expr *logic(BoolOp op, Expr *a, Expr *b) {
    ExprBool *e = EXPR_NEW(&arena, ExprBool, EXPR_BOOL);
    e->op = op;
    e->type = OID_BOOL;
    expr_list_add(&arena, &e->args, a);
    if (b != NULL)
        expr_list_add(&arena, &e->args, b);
    return (Expr *)e;
}

/* ---- making plans ---- */

static uint32_t next_id;

static void *plan_new(PlanTag tag, size_t bytes, Plan *left, Plan *right) {
    Plan *p = arena_zalloc(&arena, bytes);
    p->tag = tag;
    p->id = next_id++;
    p->left = left;
    p->right = right;
    p->identity = true;
    return p;
}

static void plan_targets(Plan *p, uint32_t count, Expr *const *exprs) {
    p->targets = arena_array(&arena, PlanTarget, count + 1);
    p->target_count = count;
    for (uint32_t i = 0; i < count; i++)
        p->targets[i] = (PlanTarget){.expr = exprs[i], .name = "c"};
}

static void plan_pass(Plan *p, const Plan *input) {
    Expr **exprs = arena_array(&arena, Expr *, input->target_count + 1);
    for (uint32_t i = 0; i < input->target_count; i++)
        exprs[i] = slot(SLOT_LEFT, (int32_t)i, input->targets[i].expr->type);
    plan_targets(p, input->target_count, exprs);
}

/* A VALUES list of int4 columns; INT32_MIN stands for NULL. */
static Plan *values(uint32_t columns, uint32_t rows, const int32_t *v) {
    PlanValuesScan *p = plan_new(PLAN_VALUES_SCAN, sizeof(*p), NULL, NULL);
    p->column_count = columns;
    p->value_count = rows;
    p->values = arena_array(&arena, ExprList, rows + 1);
    p->column_types = arena_array(&arena, Oid, columns + 1);
    Expr **exprs = arena_array(&arena, Expr *, columns + 1);
    for (uint32_t c = 0; c < columns; c++) {
        p->column_types[c] = OID_INT4;
        exprs[c] = slot(SLOT_LEFT, (int32_t)c, OID_INT4);
    }
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < columns; c++) {
            int32_t x = v[r * columns + c];
            expr_list_add(&arena, &p->values[r], x == INT32_MIN ? null_int4() : int4(x));
        }
    plan_targets((Plan *)p, columns, exprs);
    return (Plan *)p;
}

/* Runs a plan; collects "1,2;3,-;" with - for NULL, by the targets' types. */
static const char *run(Plan *plan) {
    PlannedStatement *s = arena_new(&arena, PlannedStatement);
    s->command = COMMAND_SELECT;
    s->plan = plan;
    s->node_count = next_id;
    s->read_only = true;
    s->column_count = plan->target_count;
    s->columns = arena_array(&arena, ResultColumn, plan->target_count + 1);
    for (uint32_t i = 0; i < plan->target_count; i++)
        s->columns[i].type = plan->targets[i].expr->type;
    static const Snapshot snapshot;
    ExecOptions options = {.snapshot = &snapshot, .flags = EXEC_SKIP_PERMISSIONS};
    RowCollector rows;
    StrBuf out;
    row_collector_init(&rows, &arena, 0);
    strbuf_init(&out, &arena);
    Status st = executor_run(&session, s, &options, &rows.sink, NULL);
    if (!status_ok(st)) {
        const char *message = arena_strdup(&arena, st.error->message);
        status_free(st);
        return message;
    }
    for (uint64_t r = 0; r < rows.row_count; r++) {
        for (uint32_t c = 0; c < rows.column_count; c++) {
            uint64_t at = r * rows.column_count + c;
            Oid type = plan->targets[c].expr->type;
            if (c > 0)
                strbuf_putc(&out, ',');
            if (rows.nulls[at])
                strbuf_putc(&out, '-');
            else if (type == OID_TEXT)
                strbuf_append(&out, rows.values[at].str.data, rows.values[at].str.len);
            else if (type == OID_BOOL)
                strbuf_putc(&out, rows.values[at].b ? 't' : 'f');
            else
                strbuf_put_i64(&out, type == OID_INT4 ? rows.values[at].i32 : rows.values[at].i64);
        }
        strbuf_putc(&out, ';');
    }
    return strbuf_cstr(&out);
}

static Plan *project(Plan *input, uint32_t count, Expr *const *exprs) {
    Plan *p = plan_new(PLAN_RESULT, sizeof(PlanResult), input, NULL);
    p->identity = false;
    plan_targets(p, count, exprs);
    return p;
}

/* ---- expressions ---- */

START_TEST(test_arithmetic) {
    int32_t v[] = {1, 2, 3, INT32_MIN, 5, 6};
    Expr *a = slot(SLOT_LEFT, 0, OID_INT4), *b = slot(SLOT_LEFT, 1, OID_INT4);
    Expr *e[] = {call2(FN_INT4PL, OID_INT4, a, b), call2(FN_INT4PL, OID_INT4, a, int4(10)),
                 call2(FN_INT4LT, OID_BOOL, a, b)};
    ck_assert_str_eq(run(project(values(2, 3, v), 3, e)), "3,11,t;-,13,-;11,15,t;");
    int32_t big[] = {INT32_MAX, 1};
    ck_assert_str_eq(run(project(values(2, 1, big), 1, e)), "integer out of range");
    int32_t zero[] = {1, 0};
    Expr *d[] = {call2(FN_INT4DIV, OID_INT4, a, b)};
    ck_assert_str_eq(run(project(values(2, 1, zero), 1, d)), "division by zero");
}
END_TEST

START_TEST(test_three_valued_logic) {
    /* 0, 1, NULL against each other */
    int32_t v[18];
    int n = 0;
    const int32_t x[] = {0, 1, INT32_MIN};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            v[n++] = x[i];
            v[n++] = x[j];
        }
    Expr *a = call2(FN_INT4EQ, OID_BOOL, slot(SLOT_LEFT, 0, OID_INT4), int4(1));
    Expr *b = call2(FN_INT4EQ, OID_BOOL, slot(SLOT_LEFT, 1, OID_INT4), int4(1));
    Expr *e[] = {logic(BOOL_AND, a, b), logic(BOOL_OR, a, b), logic(BOOL_NOT, a, NULL)};
    ck_assert_str_eq(run(project(values(2, 9, v), 3, e)),
                     "f,f,t;f,t,t;f,-,t;f,t,f;t,t,f;-,t,f;f,-,-;-,t,-;-,-,-;");
}
END_TEST

START_TEST(test_lazy_evaluation) {
    /* CASE WHEN b = 0 THEN -1 ELSE a / b END does not divide by zero. */
    int32_t v[] = {6, 2, 5, 0, 8, 4};
    Expr *a = slot(SLOT_LEFT, 0, OID_INT4), *b = slot(SLOT_LEFT, 1, OID_INT4);
    ExprCase *c = EXPR_NEW(&arena, ExprCase, EXPR_CASE);
    c->type = OID_INT4;
    expr_list_add(&arena, &c->conditions, call2(FN_INT4EQ, OID_BOOL, b, int4(0)));
    expr_list_add(&arena, &c->results, int4(-1));
    c->otherwise = call2(FN_INT4DIV, OID_INT4, a, b);
    Expr *guarded = logic(BOOL_OR, call2(FN_INT4EQ, OID_BOOL, b, int4(0)),
                          call2(FN_INT4LT, OID_BOOL, call2(FN_INT4DIV, OID_INT4, a, b), int4(3)));
    Expr *e[] = {(Expr *)c, guarded};
    ck_assert_str_eq(run(project(values(2, 3, v), 2, e)), "3,f;-1,t;2,t;");
}
END_TEST

START_TEST(test_coalesce_and_filter) {
    int32_t v[] = {1, INT32_MIN, 3};
    ExprCoalesce *c = EXPR_NEW(&arena, ExprCoalesce, EXPR_COALESCE);
    c->type = OID_INT4;
    expr_list_add(&arena, &c->args, slot(SLOT_LEFT, 0, OID_INT4));
    expr_list_add(&arena, &c->args, int4(9));
    Expr *e[] = {(Expr *)c, text("x")};
    Plan *p = project(values(1, 3, v), 2, e);
    ck_assert_str_eq(run(p), "1,x;9,x;3,x;");
    expr_list_add(&arena, &p->filter,
                  call2(FN_INT4LT, OID_BOOL, slot(SLOT_LEFT, 0, OID_INT4), int4(3)));
    ck_assert_str_eq(run(p), "1,x;");
}
END_TEST

/* ---- operators ---- */

static PlanSort *sort_plan(Plan *input, bool descending, bool nulls_first, double bound) {
    PlanSort *p = plan_new(PLAN_SORT, sizeof(*p), input, NULL);
    plan_pass((Plan *)p, input);
    p->keys = arena_array(&arena, SortKey, 1);
    p->keys[0] = (SortKey){.column = 0, .descending = descending, .nulls_first = nulls_first};
    p->key_count = 1;
    p->bound = bound;
    return p;
}

START_TEST(test_sort) {
    int32_t v[] = {3, INT32_MIN, -1, 7, 0};
    ck_assert_str_eq(run((Plan *)sort_plan(values(1, 5, v), false, false, -1)), "-1;0;3;7;-;");
    ck_assert_str_eq(run((Plan *)sort_plan(values(1, 5, v), true, true, -1)), "-;7;3;0;-1;");
    ck_assert_str_eq(run((Plan *)sort_plan(values(1, 5, v), false, false, 2)), "-1;0;");
}
END_TEST

START_TEST(test_sort_many) {
    const uint32_t n = 20000;
    int32_t *v = arena_alloc(&arena, sizeof(int32_t) * n);
    uint32_t x = 12345;
    for (uint32_t i = 0; i < n; i++)
        v[i] = (int32_t)((x = x * 1103515245u + 12345u) >> 8);
    const char *p = run((Plan *)sort_plan(values(1, n, v), false, false, -1));
    long last = -1;
    uint32_t count = 0;
    for (char *end; *p != '\0'; p = end + 1, count++) {
        long k = strtol(p, &end, 10);
        ck_assert_int_le(last, k);
        last = k;
    }
    ck_assert_uint_eq(count, n);
    const char *top = run((Plan *)sort_plan(values(1, n, v), true, false, 3));
    ck_assert_int_eq(strtol(top, NULL, 10), last);
}
END_TEST

static Plan *limit_plan(Plan *input, int64_t limit, int64_t offset) {
    PlanLimit *p = plan_new(PLAN_LIMIT, sizeof(*p), input, NULL);
    plan_pass((Plan *)p, input);
    p->limit = (Expr *)expr_const(&arena, OID_INT8, -1, 0, PHYS_I64, datum_i64(limit), false);
    p->offset = (Expr *)expr_const(&arena, OID_INT8, -1, 0, PHYS_I64, datum_i64(offset), false);
    return (Plan *)p;
}

START_TEST(test_limit) {
    int32_t v[] = {1, 2, 3, 4};
    ck_assert_str_eq(run(limit_plan(values(1, 4, v), 2, 1)), "2;3;");
    ck_assert_str_eq(run(limit_plan(values(1, 4, v), 0, 0)), "");
    ck_assert_str_eq(run(limit_plan(values(1, 4, v), 9, 3)), "4;");
    ck_assert_str_eq(run(limit_plan(values(1, 4, v), -1, 0)), "LIMIT must not be negative");
}
END_TEST

static Plan *agg_plan(Plan *input, AggStrategy strategy, bool keyed) {
    PlanAggregate *p = plan_new(PLAN_AGGREGATE, sizeof(*p), input, NULL);
    p->strategy = strategy;
    uint32_t n = 0;
    Expr *targets[4];
    if (keyed) {
        expr_list_add(&arena, &p->keys, slot(SLOT_LEFT, 0, OID_INT4));
        p->key_ops = arena_array(&arena, Oid, 1);
        targets[n++] = slot(SLOT_LEFT, 0, OID_INT4);
    }
    p->agg_count = 3;
    p->aggs = arena_array(&arena, ExprAgg *, 3);
    const Oid functions[] = {2803, 2108, 2116}; /* count(*), sum(int4), max(int4) */
    const Oid types[] = {OID_INT8, OID_INT8, OID_INT4};
    for (uint32_t i = 0; i < 3; i++) {
        ExprAgg *a = p->aggs[i] = EXPR_NEW(&arena, ExprAgg, EXPR_AGG);
        a->function = functions[i];
        a->kind = AGG_KIND_NORMAL;
        a->type = types[i];
        if (i > 0) {
            expr_list_add(&arena, &a->args, slot(SLOT_LEFT, 1, OID_INT4));
            a->call_arg_count = 1;
        }
        targets[n] = slot(SLOT_LEFT, (int32_t)n, types[i]);
        n++;
    }
    plan_targets((Plan *)p, n, targets);
    return (Plan *)p;
}

START_TEST(test_aggregate) {
    int32_t v[] = {1, 10, 2, 20, 1, INT32_MIN, INT32_MIN, 5, 2, 7};
    ck_assert_str_eq(run(agg_plan(values(2, 5, v), AGG_PLAIN, false)), "5,42,20;");
    ck_assert_str_eq(run(agg_plan(values(2, 0, v), AGG_PLAIN, false)), "0,-,-;");
    Plan *hashed = agg_plan(values(2, 5, v), AGG_HASHED, true);
    ck_assert_str_eq(run((Plan *)sort_plan(hashed, false, false, -1)),
                     "1,2,10,10;2,2,27,20;-,1,5,5;");
    Plan *sorted = (Plan *)sort_plan(values(2, 5, v), false, false, -1);
    ck_assert_str_eq(run(agg_plan(sorted, AGG_SORTED, true)), "1,2,10,10;2,2,27,20;-,1,5,5;");
    ck_assert_str_eq(run(agg_plan(values(2, 0, v), AGG_HASHED, true)), "");
}
END_TEST

/* Joins on column 0 of both; targets: left 0, left 1, right 1. */
static Plan *join_targets(PlanJoin *p, JoinKind kind) {
    Expr *targets[] = {slot(SLOT_LEFT, 0, OID_INT4), slot(SLOT_LEFT, 1, OID_INT4),
                       slot(SLOT_RIGHT, 1, OID_INT4)};
    bool left_only = kind == JOIN_SEMI || kind == JOIN_ANTI;
    plan_targets((Plan *)p, left_only ? 2 : 3, targets);
    p->identity = false;
    p->join_kind = kind;
    return (Plan *)p;
}

static Plan *hash_join(JoinKind kind, Plan *left, Plan *right) {
    PlanHashJoin *p = plan_new(PLAN_HASH_JOIN, sizeof(*p), left, right);
    expr_list_add(&arena, &p->left_keys, slot(SLOT_LEFT, 0, OID_INT4));
    expr_list_add(&arena, &p->right_keys, slot(SLOT_RIGHT, 0, OID_INT4));
    p->ops = arena_array(&arena, Oid, 1);
    p->collations = arena_array(&arena, Oid, 1);
    return join_targets((PlanJoin *)p, kind);
}

static Plan *nested_loop(JoinKind kind, Plan *left, Plan *right) {
    PlanNestedLoop *p = plan_new(PLAN_NESTED_LOOP, sizeof(*p), left, right);
    expr_list_add(
        &arena, &p->conditions,
        call2(FN_INT4EQ, OID_BOOL, slot(SLOT_LEFT, 0, OID_INT4), slot(SLOT_RIGHT, 0, OID_INT4)));
    return join_targets((PlanJoin *)p, kind);
}

static Plan *merge_join(JoinKind kind, Plan *left, Plan *right) {
    PlanMergeJoin *p =
        plan_new(PLAN_MERGE_JOIN, sizeof(*p), (Plan *)sort_plan(left, false, false, -1),
                 (Plan *)sort_plan(right, false, false, -1));
    expr_list_add(&arena, &p->left_keys, slot(SLOT_LEFT, 0, OID_INT4));
    expr_list_add(&arena, &p->right_keys, slot(SLOT_RIGHT, 0, OID_INT4));
    p->ops = arena_array(&arena, Oid, 1);
    p->collations = arena_array(&arena, Oid, 1);
    p->descending = arena_array(&arena, bool, 1);
    p->nulls_first = arena_array(&arena, bool, 1);
    return join_targets((PlanJoin *)p, kind);
}

typedef Plan *(*JoinMaker)(JoinKind, Plan *, Plan *);
static const JoinMaker join_makers[] = {hash_join, nested_loop, merge_join};

START_TEST(test_joins) {
    int32_t l[] = {1, 10, 2, 20, 3, 30, INT32_MIN, 40, 2, 21};
    int32_t r[] = {2, 200, 3, 300, 2, 201, INT32_MIN, 900, 4, 400};
    const char *expected[] = {
        [JOIN_INNER] = "2,20,200;2,20,201;2,21,200;2,21,201;3,30,300;",
        [JOIN_LEFT] = "1,10,-;2,20,200;2,20,201;2,21,200;2,21,201;3,30,300;-,40,-;",
        [JOIN_SEMI] = "2,20;2,21;3,30;",
        [JOIN_ANTI] = "1,10;-,40;",
        [JOIN_RIGHT] = "2,20,200;2,20,201;2,21,200;2,21,201;3,30,300;-,-,400;-,-,900;",
        [JOIN_FULL] = "1,10,-;2,20,200;2,20,201;2,21,200;2,21,201;3,30,300;-,40,-;-,-,400;"
                      "-,-,900;",
    };
    for (size_t m = 0; m < ARRAY_LEN(join_makers); m++)
        for (JoinKind kind = JOIN_INNER; kind <= JOIN_ANTI; kind++) {
            if (join_makers[m] == nested_loop && (kind == JOIN_RIGHT || kind == JOIN_FULL))
                continue;
            Plan *join = join_makers[m](kind, values(2, 5, l), values(2, 5, r));
            PlanSort *sort = sort_plan(join, false, false, -1);
            sort->keys = arena_array(&arena, SortKey, 3);
            sort->key_count = join->target_count;
            for (uint32_t i = 0; i < join->target_count; i++)
                sort->keys[i] = (SortKey){.column = i};
            ck_assert_msg(strcmp(run((Plan *)sort), expected[kind]) == 0, "join %zu kind %d: %s", m,
                          (int)kind, run((Plan *)sort));
        }
}
END_TEST

START_TEST(test_join_many) {
    /* Each of 3,000 left rows meets three right rows: several batches of pairs. */
    const uint32_t n = 3000;
    int32_t *l = arena_alloc(&arena, sizeof(int32_t) * n * 2);
    int32_t *r = arena_alloc(&arena, sizeof(int32_t) * n * 6);
    for (uint32_t i = 0; i < n; i++) {
        l[i * 2] = l[i * 2 + 1] = (int32_t)i;
        for (uint32_t j = 0; j < 3; j++) {
            r[(i * 3 + j) * 2] = (int32_t)i;
            r[(i * 3 + j) * 2 + 1] = 1;
        }
    }
    for (size_t m = 0; m < ARRAY_LEN(join_makers); m++) {
        if (join_makers[m] == nested_loop)
            continue;
        Plan *join = join_makers[m](JOIN_INNER, values(2, n, l), values(2, n * 3, r));
        ck_assert_str_eq(run(agg_plan(join, AGG_PLAIN, false)), "9000,13495500,2999;");
    }
}
END_TEST

START_TEST(test_set_operations) {
    int32_t l[] = {1, 1, 2, INT32_MIN, 3}, r[] = {1, INT32_MIN, 4};
    const struct {
        SetOpKind op;
        bool all;
        const char *expected;
    } cases[] = {{SETOP_INTERSECT, false, "1;-;"},
                 {SETOP_INTERSECT, true, "1;-;"},
                 {SETOP_EXCEPT, false, "2;3;"},
                 {SETOP_EXCEPT, true, "1;2;3;"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        PlanSetOp *p = plan_new(PLAN_SET_OP, sizeof(*p), values(1, 5, l), values(1, 3, r));
        plan_pass((Plan *)p, p->left);
        p->op = cases[i].op;
        p->all = cases[i].all;
        p->column_count = 1;
        ck_assert_str_eq(run((Plan *)sort_plan((Plan *)p, false, false, -1)), cases[i].expected);
    }
}
END_TEST

static Expr *window_agg(Oid function, Oid type, uint32_t args) {
    ExprWindowCall *w = EXPR_NEW(&arena, ExprWindowCall, EXPR_WINDOW_CALL);
    w->function = function;
    w->type = type;
    w->is_agg = function < 3000;
    if (args > 0)
        expr_list_add(&arena, &w->args, slot(SLOT_LEFT, 1, OID_INT4));
    return (Expr *)w;
}

START_TEST(test_window) {
    /* partition by column 0; order by column 1 */
    int32_t v[] = {1, 10, 1, 20, 1, 20, 2, 5};
    PlanWindow *p = plan_new(PLAN_WINDOW, sizeof(*p), values(2, 4, v), NULL);
    uint32_t partition = 0;
    p->partition_columns = &partition;
    p->partition_ops = arena_array(&arena, Oid, 1);
    p->partition_count = 1;
    p->order_keys = arena_array(&arena, SortKey, 1);
    p->order_keys[0] = (SortKey){.column = 1};
    p->order_eq_ops = arena_array(&arena, Oid, 1);
    p->order_count = 1;
    p->frame = (WindowFrame){
        .mode = FRAME_RANGE, .start = BOUND_UNBOUNDED_PRECEDING, .end = BOUND_CURRENT_ROW};
    ExprWindowCall *calls[] = {(ExprWindowCall *)window_agg(3100, OID_INT8, 0),
                               (ExprWindowCall *)window_agg(3101, OID_INT8, 0),
                               (ExprWindowCall *)window_agg(2108, OID_INT8, 1),
                               (ExprWindowCall *)window_agg(3106, OID_INT4, 1)};
    p->calls = calls;
    p->call_count = 4;
    Expr *targets[] = {slot(SLOT_LEFT, 0, OID_INT4), slot(SLOT_LEFT, 1, OID_INT4),
                       slot(SLOT_LEFT, 2, OID_INT8), slot(SLOT_LEFT, 3, OID_INT8),
                       slot(SLOT_LEFT, 4, OID_INT8), slot(SLOT_LEFT, 5, OID_INT4)};
    plan_targets((Plan *)p, 6, targets);
    ck_assert_str_eq(run((Plan *)p), "1,10,1,1,10,-;1,20,2,2,50,10;1,20,3,2,50,20;2,5,1,1,5,-;");
    p->frame = (WindowFrame){
        .mode = FRAME_ROWS,
        .start = BOUND_PRECEDING,
        .end = BOUND_CURRENT_ROW,
        .start_offset = (Expr *)expr_const(&arena, OID_INT8, -1, 0, PHYS_I64, datum_i64(1), false)};
    ck_assert_str_eq(run((Plan *)p), "1,10,1,1,10,-;1,20,2,2,30,10;1,20,3,2,40,20;2,5,1,1,5,-;");
}
END_TEST

START_TEST(test_unique_and_append) {
    int32_t v[] = {1, 1, 2, INT32_MIN, INT32_MIN, 2};
    PlanUnique *p = plan_new(PLAN_UNIQUE, sizeof(*p), values(1, 6, v), NULL);
    plan_pass((Plan *)p, p->left);
    uint32_t column = 0;
    p->columns = &column;
    p->column_count = 1;
    ck_assert_str_eq(run((Plan *)p), "1;2;-;2;");
    PlanAppend *a = plan_new(PLAN_APPEND, sizeof(*a), NULL, NULL);
    Plan *children[] = {values(1, 2, v), values(1, 1, v)};
    a->children = children;
    a->child_count = 2;
    plan_pass((Plan *)a, children[0]);
    ck_assert_str_eq(run((Plan *)a), "1;1;1;");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("executor");
    TCase *tc = tcase_create("plans");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_arithmetic);
    tcase_add_test(tc, test_three_valued_logic);
    tcase_add_test(tc, test_lazy_evaluation);
    tcase_add_test(tc, test_coalesce_and_filter);
    tcase_add_test(tc, test_sort);
    tcase_add_test(tc, test_sort_many);
    tcase_add_test(tc, test_limit);
    tcase_add_test(tc, test_aggregate);
    tcase_add_test(tc, test_joins);
    tcase_add_test(tc, test_join_many);
    tcase_add_test(tc, test_set_operations);
    tcase_add_test(tc, test_window);
    tcase_add_test(tc, test_unique_and_append);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
