/* route.c: see route.h. */
#include "executor/route.h"

#include "catalog/name.h"
#include "planner/deparse.h"
#include "planner/partition.h"

typedef struct RouteTable {
    const RelationDesc *desc;
    const PartitionTable *partitions;
    PartitionKey key;
    ProgNode **keys;            /* over SLOT_TARGET, the root's columns */
    ProgNode **hashes;          /* strategy 'h' */
    struct RouteTable **tables; /* by place */
    RouteLeaf **leaves;
} RouteTable;

struct Router {
    Executor *exec;
    RelState root;
    RouteTable *top;
    uint32_t leaf_count;
    uint32_t failed_row;
    LockMode lock;   /* of partitions */
    ProgNode *check; /* what the root's rows must meet, itself a partition; NULL: nothing */
    StrBuf key;
    Arena arena; /* of one batch */
};

int16_t *route_map(Arena *arena, const RelationDesc *from, const RelationDesc *to) {
    int16_t *map = arena_array(arena, int16_t, from->column_count + 1u);
    for (uint16_t i = 0; i < from->column_count; i++) {
        const char *name = from->columns[i].name;
        if (from->columns[i].dropped)
            continue;
        bool same = i < to->column_count && !to->columns[i].dropped &&
                    strcmp(to->columns[i].name, name) == 0;
        const ColumnDesc *column = same ? &to->columns[i] : relation_column(to, name);
        map[i] = column == NULL ? 0 : column->attnum;
    }
    return map;
}

/* ---- expressions over another layout ---- */

typedef struct Remap {
    Arena *arena;
    const RouteLeaf *leaf;
    const int16_t *map;
    Oid row_type;
    bool columns; /* EXPR_COLUMN of entry 1 become target slots */
} Remap;

static Expr *remap(Expr *expr, void *arg) {
    Remap *r = arg;
    const ExprSlot *slot = (const ExprSlot *)expr;
    if (r->columns && expr->tag == EXPR_COLUMN) {
        int16_t attno = ((const ExprColumn *)expr)->attno;
        if (attno == 0)
            return (Expr *)expr_slot(r->arena, SLOT_TARGET, SLOT_WHOLE_ROW, expr);
        return (Expr *)expr_slot(r->arena, SLOT_TARGET, r->map[attno - 1] - 1, expr);
    }
    if (expr->tag != EXPR_SLOT || slot->side != SLOT_TARGET)
        return expr_map(r->arena, expr, remap, arg);
    if (slot->column >= 0)
        return (Expr *)expr_slot(r->arena, SLOT_TARGET, r->map[slot->column] - 1, expr);
    if (slot->column != SLOT_WHOLE_ROW || r->row_type == expr->type)
        return expr;
    ExprSlot *own = expr_slot(r->arena, SLOT_TARGET, SLOT_WHOLE_ROW, expr);
    own->type = r->row_type;
    ExprRowCoerce *coerce = EXPR_NEW(r->arena, ExprRowCoerce, EXPR_ROW_COERCE);
    coerce->arg = (Expr *)own;
    coerce->type = expr->type;
    coerce->typmod = expr->typmod;
    coerce->form = CALL_IMPLICIT;
    coerce->location = -1;
    return (Expr *)coerce;
}

Expr *route_expr(Arena *arena, const RouteLeaf *leaf, const RelationDesc *root, Expr *expr) {
    Remap r = {arena, leaf, leaf->to_leaf, leaf->rel.desc->row_type, false};
    (void)root;
    return expr == NULL ? NULL : remap(expr, &r);
}

/* BEFORE triggers may leave a row that belongs elsewhere. */
static Status check_triggered(Router *router, const RouteLeaf *leaf, PlanResultRelation *out) {
    enum { ROW_BEFORE_INSERT = 1 | 2 | 4 };
    Session *session = router->exec->session;
    const RelationDesc *desc = leaf->rel.desc;
    bool fires = false;
    Expr *expr = NULL;
    for (uint16_t i = 0; i < desc->trigger_count; i++)
        fires |= (desc->triggers[i].type & ROW_BEFORE_INSERT) == ROW_BEFORE_INSERT;
    if (fires)
        TRY(partition_constraint(&session->env, &router->exec->arena, desc, true, &expr));
    if (expr == NULL)
        return STATUS_OK;
    return plan_expr(&session->env, &router->exec->arena, &session->planner, expr, SLOT_TARGET,
                     &out->partition_check);
}

Status route_plan(Router *router, RouteLeaf *leaf, const PlanResultRelation *root,
                  PlanResultRelation *out) {
    Arena *arena = &router->exec->arena;
    TRY(writer_plan(router->exec->session, arena, leaf->rel.desc, out));
    TRY(check_triggered(router, leaf, out));
    if (root == NULL)
        return STATUS_OK;
    out->rt_index = root->rt_index;
    out->with_check_count = root->with_check_count;
    out->with_check_kinds = root->with_check_kinds;
    out->with_check_policies = root->with_check_policies;
    out->with_checks = arena_array(arena, PlanCheck, root->with_check_count + 1);
    for (uint32_t i = 0; i < root->with_check_count; i++) {
        out->with_checks[i].name = root->with_checks[i].name;
        out->with_checks[i].condition =
            route_expr(arena, leaf, router->root.desc, root->with_checks[i].condition);
    }
    return STATUS_OK;
}

/* ---- tables ---- */

static Status table_open_key(Router *router, RouteTable *t) {
    Executor *exec = router->exec;
    EvalEnv *env = &exec->session->env;
    Arena *arena = &exec->arena;
    Remap r = {arena, NULL, route_map(arena, t->desc, router->root.desc), 0, true};
    TRY(partition_key_open(env, arena, t->desc, &t->key));
    t->keys = arena_array(arena, ProgNode *, t->key.count + 1u);
    t->hashes = arena_array(arena, ProgNode *, t->key.count + 1u);
    for (uint16_t i = 0; i < t->key.count; i++) {
        Expr *expr = remap(t->key.columns[i].expr, &r), *hash;
        TRY(plan_expr(env, arena, &exec->session->planner, expr, SLOT_TARGET, &expr));
        TRY(prog_compile(exec, expr, &t->keys[i]));
        if (t->key.strategy != 'h')
            continue;
        TRY(plan_expr(env, arena, &exec->session->planner,
                      partition_hash_expr(arena, &t->key.columns[i], expr), SLOT_TARGET, &hash));
        TRY(prog_compile(exec, hash, &t->hashes[i]));
    }
    return STATUS_OK;
}

static Status open_table(Router *router, Oid relation, RouteTable **out) {
    Executor *exec = router->exec;
    RouteTable *t = arena_new(&exec->arena, RouteTable);
    RelState state = {0};
    TRY(exec_open_relation(exec, relation, &state));
    t->desc = state.desc;
    TRY(partition_table_open(&exec->session->env, t->desc, &t->partitions));
    t->tables = arena_array(&exec->arena, RouteTable *, t->partitions->count + 1);
    t->leaves = arena_array(&exec->arena, RouteLeaf *, t->partitions->count + 1);
    *out = t;
    return table_open_key(router, t);
}

static Status root_check(Router *router) {
    Executor *exec = router->exec;
    EvalEnv *env = &exec->session->env;
    Expr *expr;
    if (!router->root.desc->is_partition)
        return STATUS_OK;
    TRY(partition_constraint(env, &exec->arena, router->root.desc, true, &expr));
    if (expr == NULL)
        return STATUS_OK;
    TRY(plan_expr(env, &exec->arena, &exec->session->planner, expr, SLOT_TARGET, &expr));
    return prog_compile(exec, expr, &router->check);
}

Status router_make(Executor *exec, Oid root, Router **out) {
    Router *router = arena_new(&exec->arena, Router);
    router->exec = exec;
    router->lock = LOCK_ROW_EXCLUSIVE;
    TRY(exec_open_relation(exec, root, &router->root));
    arena_init(&router->arena, &exec->account);
    strbuf_init(&router->key, &exec->arena);
    *out = router;
    TRY(root_check(router));
    return open_table(router, root, &router->top);
}

void router_set_lock(Router *router, LockMode mode) { router->lock = mode; }

void router_free(Router *router) {
    if (router != NULL)
        arena_destroy(&router->arena);
}

uint32_t router_failed_row(const Router *router) { return router->failed_row; }

const RelationDesc *router_root(const Router *router) { return router->root.desc; }

static Status open_partition(Router *router, RouteTable *t, int32_t place) {
    Executor *exec = router->exec;
    Oid oid = t->partitions->partitions[place];
    RouteLeaf *leaf = arena_new(&exec->arena, RouteLeaf);
    TRY(relation_lock(exec->session->catalog, oid, router->lock, LOCK_WAIT, NULL));
    TRY(exec_open_relation(exec, oid, &leaf->rel));
    if (leaf->rel.desc->kind == 'p')
        return open_table(router, oid, &t->tables[place]);
    const RelationDesc *root = router->root.desc, *desc = leaf->rel.desc;
    leaf->to_leaf = route_map(&exec->arena, root, desc);
    leaf->from_root = route_map(&exec->arena, desc, root);
    leaf->missing = arena_array(&exec->arena, Register, desc->column_count + 1u);
    leaf->same = root->column_count == desc->column_count;
    for (uint16_t i = 0; i < desc->column_count && leaf->same; i++)
        leaf->same =
            leaf->from_root[i] == i + 1 || (desc->columns[i].dropped && root->columns[i].dropped &&
                                            desc->columns[i].phys == root->columns[i].phys);
    leaf->number = router->leaf_count++;
    t->leaves[place] = leaf;
    return STATUS_OK;
}

/* ---- rows ---- */

static Status no_partition(Router *router, RouteTable *t, const Vector *const *keys, uint32_t row) {
    Session *session = router->exec->session;
    const RelationDesc *desc = t->desc;
    StrBuf names, values;
    bool hidden;
    int16_t attnums[PARTITION_KEYS_MAX];
    Status s = status_object(
        error(ERR_CHECK_VIOLATION, "no partition of relation \"%s\" found for row", desc->name),
        desc->nsp_name, desc->name, NULL, NULL, NULL);
    for (uint16_t i = 0; i < t->key.count; i++)
        attnums[i] = desc->partition_key->attnums[i];
    Status rights = row_values_hidden(session, desc, attnums, t->key.count, &hidden);
    if (!status_ok(rights)) {
        status_free(s);
        return rights;
    }
    if (hidden)
        return s;
    strbuf_init(&names, &router->arena);
    strbuf_init(&values, &router->arena);
    for (uint16_t i = 0; i < t->key.count; i++) {
        const char *name;
        TRY(deparse_expr(&session->env, &router->arena, t->key.columns[i].expr, desc->oid, false, 0,
                         &name));
        const ExprColumn *column = (const ExprColumn *)t->key.columns[i].expr;
        bool whole = column->tag == EXPR_COLUMN && column->attno == 0;
        strbuf_printf(&names, whole ? "%s(%s)" : "%s%s", i > 0 ? ", " : "", name);
        Str text = str_make("null", 4);
        if (!vector_is_null(keys[i], row))
            TRY(type_output_text(&session->env, &router->arena, t->key.columns[i].type,
                                 vector_at(keys[i], row), &text));
        strbuf_printf(&values, "%s%.*s", i > 0 ? ", " : "", (int)MIN(text.len, 64u), text.data);
    }
    return status_detail(s, "Partition key of the failing row contains (%s) = (%s).",
                         strbuf_cstr(&names), strbuf_cstr(&values));
}

static Status find_place(Router *router, RouteTable *t, const Vector *const *keys,
                         const Vector *const *hashes, uint32_t row, int32_t *place_out) {
    const PartitionTable *p = t->partitions;
    if (t->key.strategy == 'h') {
        uint64_t hash = 0;
        for (uint16_t i = 0; i < t->key.count; i++)
            if (!vector_is_null(hashes[i], row))
                hash = partition_hash_mix(hash, (uint64_t)vector_at(hashes[i], row).i64);
        *place_out = partition_find_hash(p, hash);
        return STATUS_OK;
    }
    router->key.len = 0;
    for (uint16_t i = 0; i < t->key.count; i++) {
        if (vector_is_null(keys[i], row)) {
            *place_out = t->key.strategy == 'l' && p->null_at >= 0 ? p->null_at : p->default_at;
            return STATUS_OK;
        }
        TRY(partition_encode(&t->key.columns[i], vector_at(keys[i], row), &router->key));
    }
    *place_out = partition_find(p, str_make(strbuf_cstr(&router->key), router->key.len));
    return STATUS_OK;
}

static Status route_level(Router *router, RouteTable *t, const Batch *rows, Selection sel,
                          RouteLeaf **leaves);

/* Rows that go to tables which are partitioned again, table by table. */
static Status route_below(Router *router, RouteTable *t, const Batch *rows, Selection sel,
                          const int32_t *places, RouteLeaf **leaves) {
    uint16_t *own = arena_alloc(&router->arena, sizeof(uint16_t) * (sel.count + 1u));
    for (uint32_t place = 0; place < t->partitions->count; place++) {
        uint32_t count = 0;
        if (t->tables[place] == NULL)
            continue;
        SELECTION_FOREACH(sel, row) {
            if (places[row] == (int32_t)place)
                own[count++] = (uint16_t)row;
        }
        if (count > 0)
            TRY(route_level(router, t->tables[place], rows, (Selection){own, count}, leaves));
    }
    return STATUS_OK;
}

static Status route_level(Router *router, RouteTable *t, const Batch *rows, Selection sel,
                          RouteLeaf **leaves) {
    const Vector *keys[PARTITION_KEYS_MAX], *hashes[PARTITION_KEYS_MAX];
    int32_t *places = arena_alloc(&router->arena, sizeof(int32_t) * (rows->row_count + 1u));
    bool below = false;
    ProgContext ctx = {.exec = router->exec,
                       .side = {NULL, NULL, rows, NULL},
                       .row_count = rows->row_count,
                       .arena = &router->arena};
    TRY(fiber_stack_check());
    for (uint16_t i = 0; i < t->key.count; i++) {
        TRY(prog_eval(t->keys[i], &ctx, sel, &keys[i]));
        if (t->key.strategy == 'h')
            TRY(prog_eval(t->hashes[i], &ctx, sel, &hashes[i]));
    }
    SELECTION_FOREACH(sel, row) {
        int32_t place;
        TRY(find_place(router, t, keys, hashes, row, &place));
        router->failed_row = row;
        if (place < 0)
            return no_partition(router, t, keys, row);
        if (t->leaves[place] == NULL && t->tables[place] == NULL)
            TRY(open_partition(router, t, place));
        places[row] = place;
        leaves[row] = t->leaves[place];
        below |= t->tables[place] != NULL;
    }
    return below ? route_below(router, t, rows, sel, places, leaves) : STATUS_OK;
}

static Status root_error(Router *router, const Batch *rows, uint32_t row) {
    const RelationDesc *desc = router->root.desc;
    Datum *values = arena_array(&router->arena, Datum, desc->column_count + 1u);
    bool *nulls = arena_array(&router->arena, bool, desc->column_count + 1u);
    const char *text;
    for (uint16_t i = 0; i < desc->column_count; i++) {
        nulls[i] = vector_is_null(&rows->columns[i], row);
        values[i] = nulls[i] ? (Datum){.i64 = 0} : vector_at(&rows->columns[i], row);
    }
    router->failed_row = row;
    TRY(row_describe(router->exec, desc, values, nulls, &router->arena, &text));
    Status s = status_object(error(ERR_CHECK_VIOLATION,
                                   "new row for relation \"%s\" violates partition constraint",
                                   desc->name),
                             desc->nsp_name, desc->name, NULL, NULL, NULL);
    return text == NULL ? s : status_detail(s, "Failing row contains %s.", text);
}

static Status check_root(Router *router, const Batch *rows, Selection sel) {
    const Vector *v;
    ProgContext ctx = {.exec = router->exec,
                       .side = {NULL, NULL, rows, NULL},
                       .row_count = rows->row_count,
                       .arena = &router->arena};
    TRY(prog_eval(router->check, &ctx, sel, &v));
    SELECTION_FOREACH(sel, row) {
        if (!vector_is_null(v, row) && !vector_at(v, row).b)
            return root_error(router, rows, row);
    }
    return STATUS_OK;
}

Status router_route(Router *router, const Batch *rows, Selection sel, RouteLeaf **leaves) {
    arena_reset(&router->arena);
    if (router->check != NULL && sel.count > 0)
        TRY(check_root(router, rows, sel));
    return sel.count == 0 ? STATUS_OK : route_level(router, router->top, rows, sel, leaves);
}

void router_convert(Router *router, RouteLeaf *leaf, const Batch *rows, Batch *out) {
    const RelationDesc *desc = leaf->rel.desc;
    out->row_count = rows->row_count;
    out->column_count = desc->column_count;
    for (uint16_t i = 0; i < desc->column_count; i++)
        out->columns[i] = leaf->same ? rows->columns[i]
                          : leaf->from_root[i] > 0
                              ? rows->columns[leaf->from_root[i] - 1]
                              : *register_constant(&leaf->missing[i], &router->exec->arena,
                                                   desc->columns[i].phys, (Datum){.i64 = 0}, true);
}
