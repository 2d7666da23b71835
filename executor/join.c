/* join.c: pairs of rows: see join.h. */
#include "executor/join.h"

typedef struct SlotUse {
    bool *left, *right;
    uint32_t left_count, right_count;
} SlotUse;

static bool use_slots(Expr *expr, void *arg) {
    SlotUse *use = arg;
    if (expr->tag == EXPR_SLOT) {
        const ExprSlot *slot = (const ExprSlot *)expr;
        if (slot->side == SLOT_LEFT && (uint32_t)slot->column < use->left_count)
            use->left[slot->column] = true;
        else if (slot->side == SLOT_RIGHT && (uint32_t)slot->column < use->right_count)
            use->right[slot->column] = true;
    }
    return expr_walk(expr, use_slots, arg);
}

/* Where each right column lies in a stored row: a plain key column is not kept twice. */
static Status stored_shape(JoinNode *join, const ExprList *keys) {
    Executor *exec = join->node.exec;
    const Plan *right = join->node.plan->right;
    uint32_t key_count = keys == NULL ? 0 : keys->count, n = key_count;
    PhysType *phys = arena_array(&exec->arena, PhysType, key_count + join->right_count + 1);
    join->right_map = arena_array(&exec->arena, uint32_t, join->right_count + 1);
    for (uint32_t c = 0; c < join->right_count; c++)
        join->right_map[c] = UINT32_MAX;
    for (uint32_t i = 0; i < key_count; i++) {
        const Expr *key = keys->items[i];
        const TypeInfo *info;
        TRY(exec_type(exec, key->type, &info));
        phys[i] = info->phys;
        if (key->tag == EXPR_SLOT && ((const ExprSlot *)key)->side == SLOT_RIGHT)
            join->right_map[((const ExprSlot *)key)->column] = i;
    }
    for (uint32_t c = 0; c < join->right_count; c++) {
        const TypeInfo *info;
        if (join->right_map[c] != UINT32_MAX)
            continue;
        TRY(exec_type(exec, right->targets[c].expr->type, &info));
        join->right_map[c] = n;
        phys[n++] = info->phys;
    }
    row_shape_init(&join->stored, &exec->arena, n, phys);
    join->null_row =
        (uint8_t *)arena_zalloc(&exec->arena, sizeof(RightLink) + join->stored.fixed_bytes) +
        sizeof(RightLink);
    *(uint32_t *)join->null_row = join->stored.fixed_bytes;
    memset(join->null_row + 8, 1, n);
    return STATUS_OK;
}

Status join_init(JoinNode *join, const ExprList *stored_keys) {
    Node *node = &join->node;
    Arena *arena = &node->exec->arena;
    const Plan *plan = node->plan;
    uint32_t l = join->left_count = plan->left->target_count;
    uint32_t r = join->right_count = plan->right->target_count;
    join->plan = (const PlanJoin *)plan;
    join->kind = join->plan->join_kind;
    join->mark_right = join->kind == JOIN_RIGHT || join->kind == JOIN_FULL;
    join->condition_count = join->plan->conditions.count;
    TRY(prog_compile_list(node->exec, &join->plan->conditions, &join->conditions));
    join->left_out = arena_array(arena, bool, l + 1);
    join->right_out = arena_array(arena, bool, r + 1);
    join->left_test = arena_array(arena, bool, l + 1);
    join->right_test = arena_array(arena, bool, r + 1);
    SlotUse out = {join->left_out, join->right_out, l, r};
    SlotUse test = {join->left_test, join->right_test, l, r};
    for (uint32_t i = 0; i < plan->target_count; i++)
        use_slots(plan->targets[i].expr, &out);
    for (uint32_t i = 0; i < plan->filter.count; i++)
        use_slots(plan->filter.items[i], &out);
    for (uint32_t i = 0; i < join->condition_count; i++)
        use_slots(join->plan->conditions.items[i], &test);
    TRY(stored_shape(join, stored_keys));
    join->matched = arena_zalloc(arena, BATCH_ROWS);
    join->pair_left = arena_alloc(arena, sizeof(uint16_t) * BATCH_ROWS * 2);
    join->pair_right = arena_alloc(arena, sizeof(uint8_t *) * BATCH_ROWS * 2);
    join->keep = arena_alloc(arena, sizeof(uint16_t) * BATCH_ROWS * 2);
    join->test_left = arena_alloc(arena, sizeof(uint16_t) * BATCH_ROWS * 2);
    join->test_right = arena_alloc(arena, sizeof(uint8_t *) * BATCH_ROWS * 2);
    join->left_regs = arena_array(arena, Register, l + 1);
    join->right_regs = arena_array(arena, Register, r + 1);
    join->left_test_regs = arena_array(arena, Register, l + 1);
    join->right_test_regs = arena_array(arena, Register, r + 1);
    node_row_shape(node, l);
    node->right_row.column_count = r;
    node->right_row.columns = arena_array(arena, Vector, r + 1);
    join->test_left_batch =
        (Batch){.column_count = l, .columns = arena_array(arena, Vector, l + 1)};
    join->test_right_batch =
        (Batch){.column_count = r, .columns = arena_array(arena, Vector, r + 1)};
    return STATUS_OK;
}

void join_left_batch(JoinNode *join, const Batch *batch) {
    join->left_batch = batch;
    if (batch != NULL)
        memset(join->matched, 0, batch->row_count > BATCH_ROWS ? BATCH_ROWS : batch->row_count);
}

void join_end(JoinNode *join) {
    join->node.row.row_count = 0;
    join->node.row.selection = selection_all(0);
}

/* ---- columns of pairs ---- */

static void gather_left(JoinNode *join, const bool *used, const uint16_t *rows, uint32_t count,
                        bool any_none, Register *regs, Vector *columns) {
    Arena *arena = &join->node.exec->arena;
    if (any_none && join->left_batch == NULL) { /* right rows alone */
        for (uint32_t c = 0; c < join->left_count; c++) {
            const Plan *left = join->node.plan->left;
            const TypeInfo *info = NULL;
            if (!used[c])
                continue;
            Status s = exec_type(join->node.exec, left->targets[c].expr->type, &info);
            status_free(s);
            columns[c] = *register_constant(&regs[c], arena, info == NULL ? PHYS_I64 : info->phys,
                                            (Datum){.i64 = 0}, true);
        }
        return;
    }
    for (uint32_t c = 0; c < join->left_count; c++) {
        if (!used[c])
            continue;
        const Vector *from = &join->left_batch->columns[c];
        if (from->form == VEC_CONSTANT && !any_none) {
            columns[c] = *from;
            continue;
        }
        vector_gather(from, rows, count, &regs[c], arena);
        columns[c] = regs[c].v;
    }
}

/* Rows without a left side point at row 0 for gathering; their columns become NULL here. */
static void null_left(JoinNode *join, const bool *none, uint32_t count, Register *regs,
                      Vector *columns) {
    for (uint32_t c = 0; c < join->left_count; c++) {
        if (!join->left_out[c])
            continue;
        if (regs[c].v.nulls == NULL)
            register_nulls(&regs[c], count);
        for (uint32_t i = 0; i < count; i++)
            regs[c].v.nulls[i] |= none[i];
        columns[c] = regs[c].v;
    }
}

static void gather_right(JoinNode *join, const bool *used, const uint8_t *const *rows,
                         uint32_t count, Register *regs, Vector *columns) {
    for (uint32_t c = 0; c < join->right_count; c++) {
        if (!used[c])
            continue;
        uint32_t from = join->right_map[c];
        /* One column as a shape of its own; its NULL byte stays where it is. */
        rows_to_vector(&join->stored, rows, count, from, &regs[c], &join->node.exec->arena);
        columns[c] = regs[c].v;
    }
}

/* ---- deciding ---- */

/* Marks in pair order which real pairs meet the conditions. passes[i] for pair i. */
static Status test_pairs(JoinNode *join, uint8_t *passes) {
    uint32_t n = 0;
    uint16_t *place = join->keep; /* pair of each tested row */
    for (uint32_t i = 0; i < join->pair_count; i++) {
        passes[i] = 0;
        if (join->pair_right[i] == NULL || join->pair_left[i] == LEFT_NONE)
            continue;
        place[n] = (uint16_t)i;
        join->test_left[n] = join->pair_left[i];
        join->test_right[n++] = join->pair_right[i];
    }
    if (n == 0)
        return STATUS_OK;
    gather_left(join, join->left_test, join->test_left, n, false, join->left_test_regs,
                join->test_left_batch.columns);
    gather_right(join, join->right_test, join->test_right, n, join->right_test_regs,
                 join->test_right_batch.columns);
    join->test_left_batch.row_count = join->test_right_batch.row_count = n;
    ProgContext ctx = node_context(&join->node, &join->test_left_batch, &join->test_right_batch);
    Selection sel = selection_all(n);
    uint16_t *rows = arena_alloc(&join->node.batch_arena, sizeof(uint16_t) * n);
    TRY(prog_filter(join->conditions, join->condition_count, &ctx, &sel, rows));
    if (join->node.stats != NULL)
        join->node.stats->join_filtered += n - sel.count;
    SELECTION_FOREACH(sel, row)
        passes[place[row]] = 1;
    return STATUS_OK;
}

/* Does pair i become an output row? Updates the matches. */
static bool pair_survives(JoinNode *join, uint32_t i, bool passes) {
    uint16_t left = join->pair_left[i];
    if (left == LEFT_NONE)
        return true; /* an unmatched right row */
    if (join->pair_right[i] == NULL)
        return !join->matched[left];
    if (!passes)
        return false;
    bool first = !join->matched[left];
    join->matched[left] = 1;
    if (join->mark_right)
        right_link(join->pair_right[i])->matched = 1;
    if (join->kind == JOIN_ANTI)
        return false;
    return join->kind != JOIN_SEMI || first;
}

Status join_flush(JoinNode *join) {
    Node *node = &join->node;
    uint32_t count = 0;
    bool any_none = false;
    uint8_t *passes = NULL;
    bool *none = arena_alloc(&node->batch_arena, join->pair_count + 1u);
    if (join->condition_count > 0) {
        passes = arena_alloc(&node->batch_arena, join->pair_count + 1u);
        TRY(test_pairs(join, passes));
    }
    for (uint32_t i = 0; i < join->pair_count; i++) {
        if (!pair_survives(join, i, passes == NULL || passes[i]))
            continue;
        none[count] = join->pair_left[i] == LEFT_NONE;
        any_none |= none[count];
        join->pair_left[count] = none[count] ? 0 : join->pair_left[i];
        uint8_t *right = join->pair_right[i];
        join->pair_right[count++] = right == NULL ? join->null_row : right;
    }
    join->pair_count = 0;
    node->row.row_count = MAX(count, 1u);
    node->row.selection = selection_all(count);
    node->right_row.row_count = node->row.row_count;
    if (count == 0)
        return STATUS_OK;
    gather_left(join, join->left_out, join->pair_left, count, any_none, join->left_regs,
                node->row.columns);
    if (any_none && join->left_batch != NULL)
        null_left(join, none, count, join->left_regs, node->row.columns);
    gather_right(join, join->right_out, (const uint8_t *const *)join->pair_right, count,
                 join->right_regs, node->right_row.columns);
    return STATUS_OK;
}

void join_stored_columns(JoinNode *join, const Vector *const *keys, uint32_t key_count,
                         const Batch *right, const Vector **columns_out) {
    for (uint32_t i = 0; i < key_count; i++)
        columns_out[i] = keys[i];
    for (uint32_t c = 0; c < join->right_count; c++)
        if (join->right_map[c] >= key_count)
            columns_out[join->right_map[c]] = &right->columns[c];
}
