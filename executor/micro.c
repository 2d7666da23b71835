/*
 * micro.c: statements of one row by its key, without operators.
 *
 * A MicroProgram belongs to one session's cached plan: keys, new values and targets are compiled
 * once, over a light executor that lives as long as the program. Running one takes the locks, a
 * snapshot, one probe of the index and one access of the table. Nothing is allocated but on the
 * statement's arena.
 *
 * An UPDATE that only changes fixed-width columns outside every index goes through
 * table_update_in_place: find, change, log in one descent, the new values computed under the leaf's
 * latch. Whatever is not as expected there (a NULL comes or goes, another writer, a lock) leaves the
 * statement to the general path, as does a row that somebody else changed.
 */
#include "executor/index_key.h"
#include "executor/program.h"
#include "executor/writer.h"

#include "base/bits.h"

typedef struct MicroState {
    Session *session;
    const PlannedStatement *statement;
    Executor *exec;
    MicroKind kind;
    uint64_t epoch; /* catalogs and role for which rights and versions were checked */
    Oid role;
    bool checked;
    /* the row */
    const PlanPointGet *get;
    RelState rel;
    IndexKey *key;
    IndexCheck check;
    ProgNode **keys;
    uint32_t key_count;
    bool *key_same_type;
    int32_t *
        key_params; /* the parameter a key column is, or -1; NULL: one is neither that nor constant */
    Register *registers; /* the scan's columns, one row */
    Batch row;
    ProgNode **filter;
    /* what comes out */
    ProgNode **targets;
    uint32_t target_count;
    /* changes */
    const PlanModify *modify;
    Writer *writer;
    ProgNode **sets; /* by update column, over the scan's row */
    bool in_place;
    Register *table_registers; /* a whole row of the table */
    Batch table_row;
    ProgNode **returning;
} MicroState;

struct MicroProgram {
    MicroState *state; /* of the owning session: run by it alone */
};

/* ---- what fits ---- */

/* Cheap, without side effects, needing nothing but its slots and parameters. */
static bool is_simple(Expr *expr, void *arg) {
    bool *simple = arg;
    switch (expr->tag) {
    case EXPR_CONST:
    case EXPR_SLOT:
    case EXPR_RELABEL:
    case EXPR_COLLATE:
    case EXPR_BOOL:
    case EXPR_NULL_TEST:
    case EXPR_FUNC:
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
    case EXPR_CASE:
    case EXPR_CASE_TEST:
    case EXPR_COALESCE:
    case EXPR_VALUE_FUNC:
    case EXPR_COERCE_VIA_IO:
    case EXPR_NEXT_VALUE:
    case EXPR_SCALAR_ARRAY_OP:
    case EXPR_MIN_MAX:
    case EXPR_BOOLEAN_TEST:
    case EXPR_ARRAY:
    case EXPR_COERCE_DOMAIN:
        break;
    case EXPR_PARAM:
        if (((ExprParam *)expr)->kind != PARAM_EXTERNAL)
            *simple = false;
        break;
    default:
        *simple = false;
        break;
    }
    if (expr->tag == EXPR_FUNC && ((ExprFunc *)expr)->returns_set)
        *simple = false;
    return !*simple || expr_walk(expr, is_simple, arg);
}

static bool all_simple(const ExprList *list) {
    bool simple = true;
    for (uint32_t i = 0; i < list->count && simple; i++)
        is_simple(list->items[i], &simple);
    return simple;
}

static bool targets_simple(const Plan *plan) {
    bool simple = true;
    for (uint32_t i = 0; i < plan->target_count && simple; i++)
        is_simple(plan->targets[i].expr, &simple);
    return simple;
}

static bool plain_plan(const Plan *plan) { return plan->init_count == 0 && plan->one_time == NULL; }

static bool modify_fits(const PlanModify *m) {
    return plain_plan((const Plan *)m) && m->relation_count == 1 && m->on_conflict == NULL &&
           m->merge_action_count == 0 && !m->relations[0].has_triggers &&
           m->relations[0].with_check_count == 0 && targets_simple((const Plan *)m);
}

/* The parts of the statement; false where it must take the general path. */
static bool statement_fits(const PlannedStatement *statement, const PlanPointGet **get,
                           const PlanModify **modify) {
    const Plan *plan = statement->plan;
    *get = NULL;
    *modify = NULL;
    if (statement->subplan_count > 0 || statement->exec_param_count > 0)
        return false;
    if (plan->tag == PLAN_MODIFY) {
        *modify = (const PlanModify *)plan;
        if (!modify_fits(*modify))
            return false;
        plan = plan->left;
    }
    if (!plain_plan(plan) || !all_simple(&plan->filter) || !targets_simple(plan))
        return false;
    if (plan->tag == PLAN_POINT_GET) {
        *get = (const PlanPointGet *)plan;
        return all_simple(&(*get)->keys);
    }
    return plan->tag == PLAN_RESULT && plan->left == NULL && plan->filter.count == 0 &&
           (*modify == NULL || (*modify)->command == COMMAND_INSERT);
}

/* ---- compiling ---- */

static Status compile_targets(MicroState *m, const Plan *plan, ProgNode ***out) {
    Executor *exec = m->exec;
    *out = arena_array(&exec->arena, ProgNode *, plan->target_count + 1);
    for (uint32_t i = 0; i < plan->target_count; i++)
        TRY(prog_compile(exec, plan->targets[i].expr, &(*out)[i]));
    return STATUS_OK;
}

/* Where keys are parameters and constants alone, those of later statements can be made ahead. */
static void note_key_params(MicroState *m) {
    const ExprList *keys = &m->get->keys;
    int32_t *params = arena_array(&m->exec->arena, int32_t, keys->count + 1);
    bool any = false;
    for (uint32_t i = 0; i < keys->count; i++) {
        Expr *key = keys->items[i];
        while (key->tag == EXPR_RELABEL)
            key = ((ExprRelabel *)key)->arg;
        if (!m->key_same_type[i] || (key->tag != EXPR_PARAM && key->tag != EXPR_CONST))
            return;
        params[i] = key->tag == EXPR_PARAM ? (int32_t)((ExprParam *)key)->number - 1 : -1;
        any |= params[i] >= 0;
    }
    m->key_params = any ? params : NULL;
}

static Status compile_get(MicroState *m) {
    Executor *exec = m->exec;
    const PlanPointGet *get = m->get;
    TRY(exec_open_relation(exec, get->relation, &m->rel));
    const IndexDesc *index = relation_index(m->rel.desc, get->index);
    if (index == NULL)
        return error(ERR_UNDEFINED_OBJECT, "could not open relation with OID %u", get->index);
    TRY(index_key_make(m->session, &exec->arena, m->rel.desc, index, &m->key));
    m->check = (IndexCheck){m->key, m->rel.desc, m->rel.table, NULL};
    m->key_count = get->keys.count;
    TRY(prog_compile_list(exec, &get->keys, &m->keys));
    m->key_same_type = arena_array(&exec->arena, bool, m->key_count + 1);
    for (uint32_t i = 0; i < m->key_count; i++) {
        const IndexColumn *c = index_key_column(m->key, i);
        m->key_same_type[i] = m->keys[i]->type == c->type->oid ||
                              (m->keys[i]->phys == PHYS_STR && c->type->phys == PHYS_STR);
    }
    note_key_params(m);
    m->registers = arena_array(&exec->arena, Register, get->column_count + 1);
    m->row = (Batch){.column_count = get->column_count,
                     .row_count = 1,
                     .selection = selection_all(1),
                     .columns = arena_array(&exec->arena, Vector, get->column_count + 1)};
    return prog_compile_list(exec, &get->filter, &m->filter);
}

/* Only fixed-width columns change, none in an index, and nothing depends on them. */
static bool updates_in_place(const MicroState *m) {
    const PlanResultRelation *r = &m->modify->relations[0];
    if (m->modify->command != COMMAND_UPDATE || m->modify->returning || r->check_count > 0 ||
        r->generated_count > 0 || m->writer->fks != NULL || m->get == NULL)
        return false;
    for (uint32_t i = 0; i < m->writer->index_count; i++)
        if (m->writer->indexes[i].touched)
            return false;
    for (uint32_t i = 0; i < m->modify->update_count; i++) {
        const ColumnDesc *column = &m->rel.desc->columns[m->modify->update_columns[i] - 1];
        if (column->phys == PHYS_STR)
            return false;
    }
    /* Expressions over the row must need fixed columns alone: they run under the latch. */
    for (uint32_t i = 0; i < m->get->column_count; i++) {
        int16_t attno = m->get->columns[i];
        if (attno == 0 || (attno > 0 && m->rel.desc->columns[attno - 1].phys == PHYS_STR))
            return false;
    }
    return true;
}

/* Kernels only: no catalog look-up, no allocation that could fail, under the latch. */
static bool latch_safe(const ProgNode *node) {
    if (node->is_volatile || node->phys == PHYS_STR)
        return false;
    for (uint32_t i = 0; i < node->arg_count; i++)
        if (!latch_safe(node->args[i]))
            return false;
    return true;
}

static bool latch_safe_expr(Expr *expr, void *arg) {
    bool *safe = arg;
    switch (expr->tag) {
    case EXPR_CONST:
    case EXPR_SLOT:
    case EXPR_PARAM:
    case EXPR_RELABEL:
        break;
    case EXPR_FUNC: {
        const FnEntry *entry = fn_by_oid(((ExprFunc *)expr)->function);
        if (entry == NULL || kernel_find(entry->prosrc) == NULL)
            *safe = false;
        break;
    }
    default:
        *safe = false;
        break;
    }
    return !*safe || expr_walk(expr, latch_safe_expr, arg);
}

static Status compile_modify(MicroState *m, const PlannedStatement *statement) {
    Executor *exec = m->exec;
    const PlanModify *p = m->modify;
    TRY(writer_make(exec, &p->relations[0], &m->writer));
    TRY(compile_targets(m, p->left, &m->sets));
    uint32_t n = m->writer->column_count;
    m->table_registers = arena_array(&exec->arena, Register, n + 1);
    m->table_row = (Batch){.column_count = n,
                           .row_count = 1,
                           .selection = selection_all(1),
                           .columns = arena_array(&exec->arena, Vector, n + 1)};
    if (p->returning)
        TRY(compile_targets(m, (const Plan *)p, &m->returning));
    m->in_place = updates_in_place(m);
    for (uint32_t i = 0; i < p->update_count && m->in_place; i++) {
        bool safe = true;
        latch_safe_expr(p->left->targets[i].expr, &safe);
        m->in_place = safe && latch_safe(m->sets[i]);
    }
    for (uint32_t i = 0; m->get != NULL && i < m->get->filter.count && m->in_place; i++)
        latch_safe_expr(m->get->filter.items[i], &m->in_place);
    return STATUS_OK;
}

static Status micro_setup(MicroState *m, const PlannedStatement *statement, Arena *arena) {
    TRY(exec_light(m->session, arena, NULL, &m->exec));
    if (m->get != NULL)
        TRY(compile_get(m));
    if (m->modify != NULL)
        return compile_modify(m, statement);
    m->target_count = statement->plan->target_count;
    return compile_targets(m, statement->plan, &m->targets);
}

static void micro_release(void *arg) {
    MicroState *m = arg;
    writer_free(m->writer);
    index_key_end(m->key);
    if (m->exec != NULL)
        exec_light_end(m->exec);
}

Status micro_compile(Session *session, const PlannedStatement *statement, Arena *arena,
                     MicroProgram **program_out) {
    const PlanPointGet *get;
    const PlanModify *modify;
    *program_out = NULL;
    if (statement->micro == MICRO_NONE || !statement_fits(statement, &get, &modify))
        return STATUS_OK;
    MicroState *m = arena_new(arena, MicroState);
    m->session = session;
    m->statement = statement;
    m->kind = statement->micro;
    m->get = get;
    m->modify = modify;
    /* What it looks up lives with the program. */
    Arena *statement_arena = session->env.statement_arena;
    session->env.statement_arena = arena;
    Status s = micro_setup(m, statement, arena);
    session->env.statement_arena = statement_arena;
    bool waits = false; /* checks at the end of the statement need the general path */
    for (uint32_t i = 0; m->writer != NULL && i < m->writer->index_count; i++)
        waits |= m->writer->indexes[i].deferred || m->writer->indexes[i].exclusion != NULL;
    waits |= m->writer != NULL && (m->writer->fks != NULL || m->writer->rel.desc->maybe_published);
    if (!status_ok(s) || waits) {
        micro_release(m);
        return s;
    }
    MicroProgram *program = arena_new(arena, MicroProgram);
    program->state = m;
    *program_out = program;
    return STATUS_OK;
}

void micro_free(MicroProgram *program) {
    if (program != NULL)
        micro_release(program->state);
}

/* ---- the row ---- */

static Status micro_key(MicroState *m, ProgContext *ctx, Arena *arena, Str *key_out,
                        bool *none_out) {
    StrBuf buf;
    *none_out = false;
    strbuf_init(&buf, arena);
    for (uint32_t i = 0; i < m->key_count; i++) {
        const IndexColumn *c = index_key_column(m->key, i);
        Datum value;
        bool is_null;
        BoundFit fit = FIT_EXACT;
        TRY(prog_eval_single(m->keys[i], ctx, &value, &is_null));
        if (!is_null && !m->key_same_type[i])
            TRY(index_bound_convert(&m->exec->env, arena, c->type->oid, m->keys[i]->type, value,
                                    &value, &fit));
        if (is_null || fit != FIT_EXACT) {
            *none_out = true;
            return STATUS_OK;
        }
        TRY(key_encode_column(c->type, c->collation, c->descending, c->nulls_first, value, false,
                              &buf));
    }
    *key_out = str_make(strbuf_cstr(&buf), buf.len);
    return STATUS_OK;
}

bool micro_wants_ahead(const MicroProgram *program) { return program->state->key_params != NULL; }

bool micro_key_has_param(const MicroProgram *program, uint32_t param) {
    const MicroState *m = program->state;
    for (uint32_t i = 0; i < m->key_count; i++)
        if (m->key_params[i] == (int32_t)param)
            return true;
    return false;
}

/* The keys of statements to come. One that cannot be made is left out: its statement will say why. */
static void micro_look_ahead(MicroState *m, ProgContext *ctx, Arena *arena,
                             const MicroAhead *ahead) {
    Str keys[MICRO_AHEAD_MAX];
    uint32_t n = 0;
    const Datum *params = m->exec->params;
    const bool *param_nulls = m->exec->param_nulls;
    for (uint32_t i = 0; i < MIN(ahead->count, MICRO_AHEAD_MAX); i++) {
        bool none = true;
        m->exec->params = ahead->params[i];
        m->exec->param_nulls = ahead->param_nulls[i];
        Status s = micro_key(m, ctx, arena, &keys[n], &none);
        if (status_ok(s) && !none && keys[n].len <= INDEX_KEY_MAX)
            n++;
        status_free(s);
    }
    m->exec->params = params;
    m->exec->param_nulls = param_nulls;
    index_ahead(index_key_index(m->key), m->rel.table, keys, n);
}

/* One column of the scan into its register. False: a value that the fast path does not read. */
static Status micro_column(MicroState *m, uint32_t i, const RowView *view, Arena *arena) {
    int16_t attno = m->get->columns[i];
    Datum value = {.i64 = 0};
    bool is_null = false;
    PhysType phys = PHYS_I64;
    if (attno > 0) {
        phys = m->rel.desc->columns[attno - 1].phys;
        TRY(relation_decode_column(m->rel.desc, m->rel.table, view, attno, arena, &value,
                                   &is_null));
    } else if (attno == SYS_ROWID) {
        value.u64 = view->rowid;
    } else if (attno == SYS_CTID) {
        value.i64 = rowid_to_tid(view->rowid);
    } else {
        phys = PHYS_I32;
        value.u32 = attno == SYS_TABLEOID ? m->rel.desc->oid
                    : attno == SYS_XMIN   ? (uint32_t)view->xmin
                                          : 0;
    }
    m->row.columns[i] = *register_constant(&m->registers[i], &m->exec->arena, phys, value, is_null);
    return STATUS_OK;
}

static Status micro_passes(MicroState *m, ProgContext *ctx, bool *passes_out) {
    *passes_out = true;
    for (uint32_t i = 0; i < m->get->filter.count && *passes_out; i++) {
        Datum value;
        bool is_null;
        TRY(prog_eval_single(m->filter[i], ctx, &value, &is_null));
        *passes_out = !is_null && value.b;
    }
    return STATUS_OK;
}

/* The visible row of the key, its columns loaded, the filter passed. */
static Status micro_find(MicroState *m, ProgContext *ctx, Arena *arena, RowView *view,
                         bool *found_out) {
    Str key;
    bool none;
    RowId *rowids;
    uint32_t count;
    *found_out = false;
    TRY(micro_key(m, ctx, arena, &key, &none));
    if (none)
        return STATUS_OK;
    TRY(index_get(index_key_index(m->key), key, arena, &rowids, &count));
    m->check.arena = arena;
    for (uint32_t i = 0; i < count && !*found_out; i++) {
        TRY(table_fetch(m->exec->snapshot, m->rel.table, rowids[i], arena, view, found_out));
        if (*found_out)
            TRY(index_row_matches(&m->check, view, key, found_out));
    }
    if (!*found_out)
        return STATUS_OK;
    for (uint32_t i = 0; i < m->get->column_count; i++)
        TRY(micro_column(m, i, view, arena));
    return micro_passes(m, ctx, found_out);
}

static Status micro_emit(ProgNode *const *targets, const Plan *plan, ProgContext *ctx, Arena *arena,
                         MicroResult *result) {
    Datum *values = arena_alloc(arena, sizeof(Datum) * (plan->target_count + 1));
    bool *nulls = arena_alloc(arena, plan->target_count + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->target_count; i++) {
        if (plan->targets[i].junk)
            continue;
        TRY(prog_eval_single(targets[i], ctx, &values[n], &nulls[n]));
        n++;
    }
    result->has_row = true;
    result->column_count = n;
    result->values = values;
    result->nulls = nulls;
    return STATUS_OK;
}

/* ---- UPDATE in place ---- */

typedef struct InPlace {
    MicroState *m;
    ProgContext *ctx;
    Str key;
    RowView view;
    bool no_match; /* the row is not (or no longer) the one asked for */
    Status failed;
} InPlace;

/* Does the row still have the key? Only its own columns' bytes are looked at. */
static bool in_place_load(InPlace *c, const uint8_t *body, uint32_t len) {
    MicroState *m = c->m;
    const RelationDesc *desc = m->rel.desc;
    bool damaged = false;
    for (uint32_t i = 0; i < m->get->column_count; i++) {
        int16_t attno = m->get->columns[i];
        Datum value = {.i64 = 0};
        if (attno <= 0) {
            if (attno != SYS_ROWID && attno != SYS_TABLEOID)
                return false;
            value.u64 = attno == SYS_ROWID ? c->view.rowid : desc->oid;
            m->row.columns[i] =
                *register_constant(&m->registers[i], &m->exec->arena,
                                   attno == SYS_ROWID ? PHYS_I64 : PHYS_I32, value, false);
            continue;
        }
        TupleGet got = tuple_get(&desc->shape, body, len, (uint32_t)attno - 1, &value, &damaged);
        if (damaged || got == TUPLE_EXTERNAL || got == TUPLE_MISSING)
            return false;
        m->row.columns[i] =
            *register_constant(&m->registers[i], &m->exec->arena, desc->columns[attno - 1].phys,
                               value, got == TUPLE_NULL);
    }
    return true;
}

static bool in_place_put(const MicroState *m, int16_t attno, Datum value, uint8_t *body) {
    static const uint8_t widths[PHYS_COUNT] = {1, 2, 4, 8, 4, 8, 16, 0};
    const RelationDesc *desc = m->rel.desc;
    memcpy(body + desc->shape.offsets[attno - 1], &value, widths[desc->columns[attno - 1].phys]);
    return true;
}

/* RowChange: runs latched. */
static bool in_place_change(void *arg, const uint8_t *body, uint32_t len, uint8_t *body_out,
                            uint32_t *len_out) {
    InPlace *c = arg;
    MicroState *m = c->m;
    const RelationDesc *desc = m->rel.desc;
    bool passes, matches, damaged = false;
    c->view.body = body;
    c->view.len = len;
    c->failed = index_row_matches(&m->check, &c->view, c->key, &matches);
    if (!status_ok(c->failed) || !matches) {
        c->no_match = true;
        return false;
    }
    if (!in_place_load(c, body, len))
        return false;
    c->failed = micro_passes(m, c->ctx, &passes);
    if (!status_ok(c->failed) || !passes) {
        c->no_match = true;
        return false;
    }
    memcpy(body_out, body, len);
    *len_out = len;
    for (uint32_t i = 0; i < m->modify->update_count; i++) {
        int16_t attno = m->modify->update_columns[i];
        Datum value, old;
        bool is_null;
        c->failed = prog_eval_single(m->sets[i], c->ctx, &value, &is_null);
        if (!status_ok(c->failed))
            return false;
        TupleGet got = tuple_get(&desc->shape, body, len, (uint32_t)attno - 1, &old, &damaged);
        if (is_null || got != TUPLE_VALUE || damaged)
            return false; /* the NULL bitmap changes, or the column is newer than the row */
        in_place_put(m, attno, value, body_out);
    }
    return true;
}

static Status update_in_place(MicroState *m, ProgContext *ctx, Arena *arena, MicroResult *result,
                              bool *handled_out) {
    InPlace c = {.m = m, .ctx = ctx};
    bool none, applied = false;
    RowId *rowids;
    uint32_t count;
    TRY(micro_key(m, ctx, arena, &c.key, &none));
    if (none)
        return STATUS_OK;
    TRY(index_get(index_key_index(m->key), c.key, arena, &rowids, &count));
    m->check.arena = arena;
    for (uint32_t i = 0; i < count && !applied; i++) {
        c.view.rowid = rowids[i];
        c.no_match = false;
        TRY(table_update_in_place(m->session->txn, m->exec->snapshot, m->rel.table, rowids[i],
                                  in_place_change, &c, arena, &applied));
        TRY(c.failed);
        if (!applied && !c.no_match) {
            *handled_out = false;
            return STATUS_OK;
        }
    }
    result->processed = applied;
    return STATUS_OK;
}

/* ---- UPDATE, DELETE by the writer ---- */

/* The whole row as columns of one row, for checks, generated columns, RETURNING. */
static void table_row_load(MicroState *m, const Datum *values, const bool *nulls) {
    for (uint32_t i = 0; i < m->writer->column_count; i++)
        m->table_row.columns[i] =
            *register_constant(&m->table_registers[i], &m->exec->arena,
                               m->writer->rel.desc->columns[i].phys, values[i], nulls[i]);
}

static Status micro_returning(MicroState *m, ProgContext *ctx, const RowView *view, Arena *arena,
                              MicroResult *result) {
    if (m->returning == NULL)
        return STATUS_OK;
    TargetSystem system = {&view->rowid, &view->xmin, m->rel.desc->oid};
    ctx->side[SLOT_TARGET] = &m->table_row;
    ctx->target_system = &system;
    return micro_emit(m->returning, (const Plan *)m->modify, ctx, arena, result);
}

static Status change_row(MicroState *m, ProgContext *ctx, Arena *arena, MicroResult *result,
                         bool *handled_out) {
    Writer *w = m->writer;
    uint32_t n = w->column_count;
    RowView view, latest;
    RowWrite outcome;
    bool found;
    TRY(micro_find(m, ctx, arena, &view, &found));
    if (!found)
        return STATUS_OK;
    Datum *old_values = arena_alloc(arena, sizeof(Datum) * (n + 1));
    bool *old_nulls = arena_alloc(arena, n + 1);
    TRY(relation_decode(w->rel.desc, w->rel.table, &view, arena, old_values, old_nulls));
    table_row_load(m, old_values, old_nulls);
    if (m->modify->command == COMMAND_DELETE) {
        TRY(writer_delete_row(w, &view, old_values, old_nulls, arena, &latest, &outcome));
    } else {
        Datum *values = arena_memdup(arena, old_values, sizeof(Datum) * (n + 1));
        bool *nulls = arena_memdup(arena, old_nulls, n + 1);
        Status failed;
        Selection sel = selection_all(1);
        for (uint32_t i = 0; i < m->modify->update_count; i++) {
            uint32_t c = (uint32_t)m->modify->update_columns[i] - 1;
            TRY(prog_eval_single(m->sets[i], ctx, &values[c], &nulls[c]));
        }
        table_row_load(m, values, nulls);
        ProgContext target = *ctx;
        target.side[SLOT_TARGET] = &m->table_row;
        TRY(writer_prepare(w, &target, &m->table_row, &sel, &failed));
        TRY(failed);
        for (uint32_t i = 0; i < n; i++) {
            nulls[i] = vector_is_null(&m->table_row.columns[i], 0);
            values[i] = nulls[i] ? values[i] : vector_at(&m->table_row.columns[i], 0);
        }
        TRY(writer_update_row(w, &view, old_values, old_nulls, values, nulls, arena, &latest,
                              &outcome));
    }
    if (outcome != ROW_WRITTEN) { /* somebody was faster: the general path rechecks */
        *handled_out = false;
        return STATUS_OK;
    }
    result->processed = 1;
    return micro_returning(m, ctx, &view, arena, result);
}

/* ---- INSERT ---- */

static Status insert_row(MicroState *m, ProgContext *ctx, Arena *arena, MicroResult *result) {
    Writer *w = m->writer;
    const Plan *source = m->modify->left;
    RowView view = {0};
    uint32_t column = 0;
    for (uint32_t i = 0; i < source->target_count; i++) {
        const Vector *v;
        if (source->targets[i].junk || column == w->column_count)
            continue;
        TRY(prog_eval(m->sets[i], ctx, selection_all(1), &v));
        m->table_row.columns[column++] = *v;
    }
    for (; column < w->column_count; column++)
        m->table_row.columns[column] =
            *register_constant(&m->table_registers[column], &m->exec->arena,
                               w->rel.desc->columns[column].phys, (Datum){.i64 = 0}, true);
    m->table_row.row_count = 1;
    m->table_row.selection = selection_all(1);
    TRY(writer_insert(w, &m->table_row, &view.rowid));
    result->processed = 1;
    if (m->returning == NULL)
        return STATUS_OK;
    view.xmin = txn_xid(m->session->txn);
    TargetSystem system = {&view.rowid, &view.xmin, w->rel.desc->oid};
    ctx->side[SLOT_TARGET] = &m->table_row;
    ctx->target_system = &system;
    return micro_emit(m->returning, (const Plan *)m->modify, ctx, arena, result);
}

/* ---- running ---- */

/* Locks, then, where the catalogs or the role moved since the last run, versions and rights. */
static Status micro_admit(MicroState *m, bool *valid_out) {
    Session *session = m->session;
    const PlannedStatement *statement = m->statement;
    *valid_out = true;
    for (uint32_t i = 0; i < statement->relation_count; i++) {
        const PlanRelation *r = &statement->relations[i];
        if (r->lock_mode != 0)
            TRY(relation_lock(session->catalog, r->relation, (LockMode)r->lock_mode, LOCK_WAIT,
                              NULL));
    }
    uint64_t epoch = catalog_epoch(session_catalog(session->catalog));
    Oid role = session_role(session->catalog);
    if (!m->checked || epoch != m->epoch || role != m->role) {
        TRY(exec_lock_relations(session, statement, valid_out));
        if (!*valid_out)
            return STATUS_OK;
        TRY(exec_check_permissions(session, statement));
        m->checked = true;
        m->epoch = epoch;
        m->role = role;
    }
    return statement->read_only ? STATUS_OK : exec_check_read_only(session, statement, 0);
}

static Status micro_run(MicroState *m, const MicroAhead *ahead, Arena *arena, MicroResult *result,
                        bool *handled_out) {
    ProgContext ctx = {.exec = m->exec,
                       .side = {m->get != NULL ? &m->row : NULL, NULL, NULL, NULL},
                       .row_count = 1,
                       .arena = arena};
    if (ahead != NULL && m->key_params != NULL)
        micro_look_ahead(m, &ctx, arena, ahead);
    if (m->modify != NULL) {
        writer_reset(m->writer);
        if (m->modify->command == COMMAND_INSERT)
            return insert_row(m, &ctx, arena, result);
        return m->in_place ? update_in_place(m, &ctx, arena, result, handled_out)
                           : change_row(m, &ctx, arena, result, handled_out);
    }
    if (m->get != NULL) {
        RowView view;
        bool found;
        TRY(micro_find(m, &ctx, arena, &view, &found));
        if (!found)
            return STATUS_OK;
    }
    result->processed = 1;
    return micro_emit(m->targets, m->statement->plan, &ctx, arena, result);
}

Status micro_execute(const MicroProgram *program, Session *session, const Datum *params,
                     const bool *param_nulls, const MicroAhead *ahead, Arena *arena,
                     MicroResult *result_out, bool *handled_out) {
    MicroState *m = program->state;
    Executor *exec = m->exec;
    *result_out = (MicroResult){0};
    *handled_out = false;
    check(session == m->session);
    if (UNLIKELY(txn_isolation(session->txn) == ISOLATION_SERIALIZABLE))
        return STATUS_OK; /* it does not note what it reads */
    bool valid;
    TRY(micro_admit(m, &valid));
    if (!valid)
        return STATUS_OK;
    exec->env = session->env;
    exec->env.statement_arena = arena;
    exec->env.catalog = session->catalog;
    exec->env.txn = session->txn;
    exec->env.session = session;
    exec->params = params;
    exec->param_nulls = param_nulls;
    bool needs_snapshot = m->get != NULL || m->modify != NULL;
    if (needs_snapshot)
        TRY(txn_snapshot(session->txn, &exec->snapshot));
    *handled_out = true;
    Status s = micro_run(m, ahead, arena, result_out, handled_out);
    if (needs_snapshot)
        txn_snapshot_release(session->txn, exec->snapshot);
    exec->snapshot = NULL;
    return s;
}
