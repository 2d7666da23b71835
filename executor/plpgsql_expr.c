/*
 * plpgsql_expr.c: expressions and plans of a PL/pgSQL function.
 *
 * An expression is a SELECT of one column. Without FROM, subqueries and the like it is simple, and
 * compiled into a program over its parameters, the variables; recursion takes another instance of
 * the program, as registers hold what is half computed. Anything else is planned and run.
 */
#include "executor/plpgsql_int.h"

#include "base/strbuf.h"
#include "base/vec.h"

#include <stdio.h>

/* ---- code ---- */

#define CODE_BYTES_MAX ((size_t)32 << 20)

void pl_code_free(PlCode *code) {
    Session *session = code->session;
    exec_light_end(code->exec);
    arena_destroy(&code->arena);
    mem_free(&session->account, code, sizeof(*code));
}

static Status code_make(PlFunction *fn, uint64_t stamp) {
    Session *session = fn->session;
    PlCode *code = mem_alloc(&session->account, sizeof(*code));
    *code =
        (PlCode){.session = session, .stamp = stamp, .serial = ++pl_session(session)->code_serial};
    arena_init(&code->arena, &session->account);
    Status s = exec_light(session, &code->arena, NULL, &code->exec);
    if (!status_ok(s)) {
        arena_destroy(&code->arena);
        mem_free(&session->account, code, sizeof(*code));
        return s;
    }
    fn->code = code;
    return STATUS_OK;
}

static void code_retire(PlFunction *fn) {
    PlCode *code = fn->code;
    fn->code = NULL;
    if (code == NULL)
        return;
    for (uint32_t i = 0; fn->exprs != NULL && i < fn->tree->expr_count; i++)
        fn->exprs[i].code = NULL; /* other code may come to lie where this one did */
    code->retired = true;
    if (code->running == 0)
        pl_code_free(code);
}

static void code_leave(PlCode *code) {
    if (--code->running == 0 && code->retired)
        pl_code_free(code);
}

static bool too_large(const PlCode *code) {
    return code->exec->arena.reserved_bytes + code->arena.reserved_bytes > CODE_BYTES_MAX;
}

Status pl_refresh(PlFrame *frame) {
    PlFunction *fn = frame->fn;
    Session *session = frame->session;
    uint64_t stamp;
    TRY(pl_stamp(session, &stamp));
    if (fn->code != NULL && (fn->code->stamp != stamp || too_large(fn->code)))
        code_retire(fn);
    if (fn->code == NULL)
        TRY(code_make(fn, stamp));
    Executor *exec = fn->code->exec;
    exec->env = session->env;
    exec->env.statement_arena = &exec->arena;
    exec->env.catalog = session->catalog;
    exec->env.txn = session->txn;
    exec->env.session = session;
    exec->env.snapshot = frame->snapshot;
    return STATUS_OK;
}

/* ---- names in SQL ---- */

typedef struct Binder {
    PlFrame *frame;
    const PlExpr *expr;
    Arena *arena; /* of what is made */
    VEC(PlParamSource) params;
    PlDepend *depends;
} Binder;

static uint32_t binder_param(Binder *b, PlParamSource source) {
    for (size_t i = 0; i < b->params.count; i++) {
        const PlParamSource *p = &b->params.items[i];
        if (p->datum == source.datum && p->place == source.place &&
            (p->field == NULL) == (source.field == NULL) &&
            (p->field == NULL || strcmp(p->field, source.field) == 0))
            return (uint32_t)i + 1;
    }
    vec_push(&b->params, b->arena, source);
    return (uint32_t)b->params.count;
}

static Status make_param(Binder *b, Arena *arena, PlParamSource source, int32_t typmod,
                         Oid collation, int32_t location, Expr **expr_out) {
    ExprParam *param = EXPR_NEW(arena, ExprParam, EXPR_PARAM);
    const TypeDesc *type;
    param->kind = PARAM_EXTERNAL;
    param->number = binder_param(b, source);
    param->type = source.type;
    param->typmod = typmod;
    param->location = location;
    TRY(catalog_type_require(b->frame->session->catalog, source.type, &type));
    param->collation = type->collation == OID_INVALID ? OID_INVALID
                       : collation != OID_INVALID     ? collation
                                                      : type->collation;
    *expr_out = (Expr *)param;
    return STATUS_OK;
}

static Status field_param(Binder *b, Arena *arena, PlDatum *record, uint32_t place,
                          int32_t location, Expr **expr_out) {
    const PlShape *shape = b->frame->cells[record->number].r.shape;
    PlParamSource source = {.datum = record,
                            .field = arena_strdup(b->arena, shape->names[place]),
                            .type = shape->types[place],
                            .place = place,
                            .serial = shape->serial};
    return make_param(b, arena, source, shape->typmods[place], OID_INVALID, location, expr_out);
}

/* A RECORD as a whole is a row of its fields, so that their names and types are known. */
static Status whole_record(Binder *b, Arena *arena, PlDatum *record, int32_t location,
                           Expr **expr_out) {
    PlRecord *r = &b->frame->cells[record->number].r;
    PlDepend *depend = arena_new(b->arena, PlDepend);
    *depend = (PlDepend){b->depends, record, r->shape == NULL || r->is_null ? 0 : r->shape->serial};
    b->depends = depend;
    if (depend->serial == 0) {
        ExprConst *null = EXPR_NEW(arena, ExprConst, EXPR_CONST);
        null->type = OID_RECORD;
        null->is_null = true;
        null->phys = PHYS_STR;
        null->location = location;
        *expr_out = (Expr *)null;
        return STATUS_OK;
    }
    ExprRow *row = EXPR_NEW(arena, ExprRow, EXPR_ROW);
    row->type = OID_RECORD;
    row->location = location;
    row->is_record = true;
    row->names = arena_array(arena, const char *, r->shape->count + 1);
    for (uint32_t i = 0; i < r->shape->count; i++) {
        Expr *field;
        row->names[i] = arena_strdup(arena, r->shape->names[i]);
        TRY(field_param(b, arena, record, i, location, &field));
        expr_list_add(arena, &row->args, field);
    }
    *expr_out = (Expr *)row;
    return STATUS_OK;
}

static Status datum_expr(Binder *b, Arena *arena, PlDatum *datum, int32_t location,
                         Expr **expr_out) {
    if (datum->kind == PL_REC && datum->type.relation == OID_INVALID)
        return whole_record(b, arena, datum, location, expr_out);
    PlParamSource source = {.datum = datum, .type = datum->type.oid};
    return make_param(b, arena, source, datum->type.typmod, datum->type.collation, location,
                      expr_out);
}

static Status field_expr(Binder *b, Arena *arena, PlDatum *record, const char *name, bool found,
                         int32_t location, Expr **expr_out) {
    const PlShape *shape;
    if (found && b->frame->cells[record->number].r.shape == NULL &&
        record->type.relation == OID_INVALID)
        return STATUS_OK;
    TRY(pl_record_shape(b->frame, record, &shape));
    for (uint32_t i = 0; i < shape->count; i++)
        if (shape->types[i] != OID_INVALID && strcmp(shape->names[i], name) == 0)
            return field_param(b, arena, record, i, location, expr_out);
    if (found)
        return STATUS_OK;
    return error(ERR_UNDEFINED_COLUMN, "record \"%s\" has no field \"%s\"", record->name, name);
}

static Status column_hook(void *arg, Arena *arena, const AstColumnRef *ref, bool found,
                          Expr **expr_out) {
    Binder *b = arg;
    uint32_t used, count = ref->fields.count;
    const char *names[4];
    *expr_out = NULL;
    if (count == 0 || count > 3)
        return STATUS_OK;
    for (uint32_t i = 0; i < count; i++)
        names[i] = ref->fields.items[i];
    if (ref->star) /* the names are all a row's */
        names[count++] = "*";
    const PlName *n = pl_name_find(b->expr->names, false, names, count, &used);
    if (n == NULL)
        return STATUS_OK;
    if (ref->star)
        count--;
    if (used == count)
        return datum_expr(b, arena, n->datum, ref->location, expr_out);
    if (n->kind != PL_NAME_REC || used + 1 != count)
        return STATUS_OK;
    return field_expr(b, arena, n->datum, names[used], found, ref->location, expr_out);
}

static Status param_hook(void *arg, Arena *arena, const AstParamRef *ref, Expr **expr_out) {
    Binder *b = arg;
    uint32_t used;
    char name[16];
    snprintf(name, sizeof(name), "$%d", ref->number);
    const PlName *n = pl_name_find(b->expr->names, false, (const char *const[]){name}, 1, &used);
    *expr_out = NULL;
    return n == NULL ? STATUS_OK : datum_expr(b, arena, n->datum, ref->location, expr_out);
}

static ParseHooks hooks_of(Binder *b) {
    static const HookOrder orders[] = {[PL_CONFLICT_ERROR] = HOOK_AMBIGUOUS,
                                       [PL_CONFLICT_VARIABLE] = HOOK_NAME_WINS,
                                       [PL_CONFLICT_COLUMN] = HOOK_COLUMN_WINS};
    return (ParseHooks){.arg = b,
                        .column_ref = column_hook,
                        .param_ref = param_hook,
                        .order = orders[b->frame->fn->tree->conflict]};
}

/* ---- errors ---- */

/* An error's place in the text becomes the internal position; without one there is a line of context.*/
Status pl_sql_context(Status s, PlExprMode mode, const char *text) {
    if (status_ok(s))
        return s;
    if (s.error->byte_location >= 0)
        return status_internal(s, text);
    return status_context(s,
                          mode == PL_SQL_STATEMENT    ? "SQL statement \"%s\""
                          : mode == PL_SQL_EXPRESSION ? "SQL expression \"%s\""
                                                      : "PL/pgSQL assignment \"%s\"",
                          text);
}

/* ---- analysis ---- */

static EvalEnv *ready_env(Session *session) {
    EvalEnv *env = &session->env;
    env->catalog = session->catalog;
    env->txn = session->txn;
    env->session = session;
    return env;
}

/* Moves the place of an error in `SELECT value` to where it is in the text. */
static Status shift_error(Status s, int32_t by) {
    if (!status_ok(s) && s.error->byte_location >= 0)
        s.error->byte_location = MAX(s.error->byte_location + by, 0);
    return s;
}

static Status parse_one(const Session *session, Arena *arena, const char *text,
                        const AstRawStatement **raw_out) {
    AstList list;
    ParseOptions options = PARSE_DEFAULTS;
    options.standard_conforming_strings = session->env.standard_conforming_strings;
    TRY(parse_sql(arena, text, strlen(text), &options, &list));
    if (list.count != 1)
        return error(ERR_SYNTAX_ERROR, "query \"%s\" is not one statement", text);
    *raw_out = AST_AT(AstRawStatement, list, 0);
    return STATUS_OK;
}

/* How many of the target's names are its variable's and field's. */
static uint32_t target_names(const PlExpr *expr, const AstColumnRef *ref) {
    const char *words[3] = {0};
    uint32_t used, count = MIN(ref->fields.count, 3u);
    for (uint32_t i = 0; i < count; i++)
        words[i] = ref->fields.items[i];
    pl_name_find(expr->names, false, words, count, &used);
    return used + (expr->target->kind == PL_FIELD);
}

/* The subscripts and fields behind the names of an assignment's target. */
static Status target_steps(const Session *session, const PlExpr *expr, Arena *arena,
                           const AstList **steps_out) {
    const AstRawStatement *raw;
    int32_t end = expr->value_at;
    *steps_out = NULL;
    while (end > 0 && expr->text[end - 1] != '=')
        end--;
    end -= end > 1 && expr->text[end - 2] == ':' ? 2 : 1;
    TRY(shift_error(
        parse_one(session, arena, arena_printf(arena, "SELECT %.*s", (int)end, expr->text), &raw),
        -7));
    const AstSelect *select = (const AstSelect *)raw->statement;
    const Ast *base = AST_AT(AstTarget, select->targets, 0)->value;
    const AstIndirection *behind = NULL;
    AstList *steps = arena_new(arena, AstList);
    if (base->tag == AST_INDIRECTION) {
        behind = (const AstIndirection *)base;
        base = behind->arg;
    }
    uint32_t skip = base->tag == AST_PARAM_REF && expr->target->kind == PL_FIELD;
    if (base->tag == AST_COLUMN_REF) {
        const AstColumnRef *ref = (const AstColumnRef *)base;
        for (uint32_t i = target_names(expr, ref); i < ref->fields.count; i++) {
            AstField *field = AST_NEW(arena, AstField, AST_FIELD, ref->location);
            field->name = ref->fields.items[i];
            ast_list_add(arena, steps, (Ast *)field);
        }
    }
    for (uint32_t i = skip; behind != NULL && i < behind->steps.count; i++)
        ast_list_add(arena, steps, behind->steps.items[i]);
    *steps_out = steps;
    return STATUS_OK;
}

static Status store_of(Binder *b, Arena *arena, PlStore *store) {
    const PlExpr *expr = b->expr;
    PlDatum *target = expr->target;
    PlRecord *r;
    uint32_t place;
    store->name = target->kind == PL_FIELD ? target->field : target->name;
    TRY(target_steps(b->frame->session, expr, arena, &store->steps));
    if (target->kind == PL_FIELD) {
        TRY(pl_record_field(b->frame, target, &r, &place));
        return field_param(b, arena, target->parent, place, -1, &store->variable);
    }
    if (target->kind == PL_ROW) {
        store->variable = arena_zalloc(arena, sizeof(ExprConst));
        store->variable->tag = EXPR_CONST;
        store->variable->type = OID_RECORD;
        return STATUS_OK;
    }
    if (target->kind == PL_REC && target->type.relation == OID_INVALID && store->steps->count > 0) {
        const PlShape *shape;
        TRY(pl_record_shape(b->frame, target, &shape));
    }
    return datum_expr(b, arena, target, -1, &store->variable);
}

/* The statement analysed with the function's names. Locations are those in expr->text. */
static Status analyze(Binder *b, Arena *arena, const AstRawStatement **raw_out,
                      AnalyzedStatement *analyzed) {
    const PlExpr *expr = b->expr;
    Session *session = b->frame->session;
    EvalEnv *env = ready_env(session);
    ParseHooks hooks = hooks_of(b);
    AnalyzeOptions options = {.hooks = &hooks};
    PlStore store = {0};
    if (expr->mode == PL_SQL_STATEMENT) {
        TRY(parse_one(session, arena, expr->text, raw_out));
        return analyze_statement(env, arena, &session->planner, *raw_out, &options, analyzed);
    }
    bool assign = expr->mode == PL_SQL_ASSIGNMENT;
    int32_t at = assign ? expr->value_at : 0;
    const char *text = arena_printf(arena, "SELECT %s", expr->text + at);
    TRY(shift_error(parse_one(session, arena, text, raw_out), at - 7));
    if (assign)
        TRY(store_of(b, arena, &store));
    return shift_error(analyze_pl_expression(env, arena, &session->planner, *raw_out, &options,
                                             assign ? &store : NULL, analyzed),
                       at - 7);
}

/* A SELECT that is no more than an expression. */
static bool is_simple(const Query *q) {
    return q->command == COMMAND_SELECT && q->range_count == 0 && q->targets.count == 1 &&
           !q->has_aggs && !q->has_windows && !q->has_target_srfs && !q->has_sub_links &&
           !q->has_group_by && q->having == NULL && q->order_by.count == 0 &&
           q->distinct.count == 0 && q->limit == NULL && q->offset == NULL && q->set_op == NULL &&
           q->ctes.count == 0 && q->row_mark_count == 0 &&
           (q->from == NULL || q->from->condition == NULL);
}

/* ---- preparing ---- */

static Status expr_phys(PlFrame *frame, Oid type, PhysType *phys_out) {
    const TypeDesc *desc;
    TRY(catalog_type_require(frame->session->catalog, type, &desc));
    *phys_out = desc->phys;
    return STATUS_OK;
}

static Status is_composite(PlFrame *frame, Oid type, bool *yes_out) {
    const TypeDesc *desc;
    TRY(catalog_type_require(frame->session->catalog, type, &desc));
    while (desc->kind == 'd')
        TRY(catalog_type_require(frame->session->catalog, desc->base, &desc));
    *yes_out = desc->kind == 'c' || desc->oid == OID_RECORD;
    return STATUS_OK;
}

/* Converts the expression to what is wanted, where that is a matter of one value. */
static Status convert(PlFrame *frame, Arena *arena, Expr **expr_io, Oid want, int32_t typmod,
                      bool *done_out) {
    Session *session = frame->session;
    bool row;
    *done_out = true;
    if (want == OID_INVALID ||
        ((*expr_io)->type == want && (typmod < 0 || (*expr_io)->typmod == typmod)))
        return STATUS_OK;
    TRY(is_composite(frame, want, &row));
    row |= (*expr_io)->tag == EXPR_CONST; /* a literal fails when it runs, not before */
    *done_out = !row;
    return row ? STATUS_OK
               : analyze_coerce_any(&session->env, arena, *expr_io, want, typmod, expr_io);
}

/* Is it an element of the variable itself that is set? */
static Status note_element(PlFrame *frame, PlCompiled *c, const PlExpr *expr) {
    const ExprSubscript *s = (const ExprSubscript *)c->expr;
    c->index = c->element = NULL;
    c->free_index = c->free_element = NULL;
    if (expr->mode != PL_SQL_ASSIGNMENT || expr->target->kind != PL_VAR ||
        c->expr->tag != EXPR_SUBSCRIPT || s->value == NULL || s->slice || s->upper.count != 1 ||
        s->arg->tag != EXPR_PARAM || s->type != expr->target->type.oid ||
        s->upper.items[0]->type != OID_INT4 || s->value->type != s->element_type ||
        c->params[((const ExprParam *)s->arg)->number - 1].datum != expr->target)
        return STATUS_OK;
    Oid element;
    TRY(catalog_array_element(frame->session->catalog, s->type, &element));
    TRY(expr_phys(frame, s->element_type, &c->element_phys));
    if (element != s->element_type || c->element_phys == PHYS_STR)
        return STATUS_OK;
    c->index = s->upper.items[0];
    c->element = s->value;
    return STATUS_OK;
}

static Status prepare_simple(PlFrame *frame, PlCompiled *c, Binder *b, Query *query, Oid want,
                             int32_t typmod) {
    PlCode *code = frame->fn->code;
    Session *session = frame->session;
    Expr *expr = query->targets.items[0]->expr;
    if (b->expr->mode == PL_SQL_EXPRESSION)
        TRY(convert(frame, &code->arena, &expr, want, typmod, &c->cast_done));
    else
        c->cast_done = true;
    TRY(plan_expr(&session->env, &code->arena, &session->planner, expr, SLOT_LEFT, &c->expr));
    c->type = c->expr->type;
    c->typmod = c->expr->typmod;
    TRY(expr_phys(frame, c->type, &c->phys));
    c->params = b->params.items;
    c->param_count = (uint32_t)b->params.count;
    c->depends = b->depends;
    c->free = NULL;
    c->code = code;
    c->code_serial = code->serial;
    return note_element(frame, c, b->expr);
}

static void plan_drop(PlCompiled *c) {
    PlPlan *plan = c->plan;
    c->plan = NULL;
    if (plan == NULL)
        return;
    plan->retired = true;
    plan->running++;
    pl_plan_done(plan);
}

void pl_plan_done(PlPlan *plan) {
    if (--plan->running > 0 || !plan->retired)
        return;
    Session *session = plan->session;
    arena_destroy(&plan->arena);
    mem_free(&session->account, plan, sizeof(*plan));
}

static Status plan_fill(PlFrame *frame, Binder *b, PlPlan *plan, AnalyzedStatement *analyzed) {
    Session *session = frame->session;
    uint32_t n = plan->param_count = (uint32_t)b->params.count;
    plan->params = b->params.items;
    plan->param_types = arena_array(b->arena, Oid, n + 1);
    for (uint32_t i = 0; i < n; i++)
        plan->param_types[i] = plan->params[i].type;
    plan->depends = b->depends;
    plan->stamp = frame->fn->code->stamp;
    analyzed->param_types = plan->param_types;
    analyzed->param_count = n;
    return plan_query(ready_env(session), b->arena, &session->planner, analyzed, NULL, &plan->plan);
}

Status pl_plan_fresh(PlFrame *frame, const PlExpr *expr, Arena *arena, PlPlan *plan) {
    Binder b = {.frame = frame, .expr = expr, .arena = arena};
    AnalyzedStatement analyzed;
    plan->text = arena_strdup(arena, expr->text);
    TRY(analyze(&b, arena, &plan->raw, &analyzed));
    return plan_fill(frame, &b, plan, &analyzed);
}

/* Makes the plan of what is not simple; or *simple_out, and the expression is compiled. */
static Status prepare(PlFrame *frame, PlExpr *expr, Oid want, int32_t typmod) {
    PlCompiled *c = &frame->fn->exprs[expr->number];
    Session *session = frame->session;
    bool statement = expr->mode == PL_SQL_STATEMENT;
    AnalyzedStatement analyzed;
    plan_drop(c);
    c->code = NULL;
    if (!statement) {
        Binder b = {.frame = frame, .expr = expr, .arena = &frame->fn->code->arena};
        const AstRawStatement *raw;
        TRY(analyze(&b, b.arena, &raw, &analyzed));
        if (is_simple(analyzed.query))
            return prepare_simple(frame, c, &b, analyzed.query, want, typmod);
    }
    PlPlan *plan = mem_alloc(&session->account, sizeof(*plan));
    *plan = (PlPlan){.session = session, .running = 1, .retired = true};
    arena_init(&plan->arena, &session->account);
    Status s = pl_plan_fresh(frame, expr, &plan->arena, plan);
    if (!status_ok(s)) {
        pl_plan_done(plan);
        return s;
    }
    plan->running = 0;
    plan->retired = false;
    c->plan = plan;
    c->cast_done = false;
    if (plan->plan->column_count > 0) {
        c->type = plan->plan->columns[0].type;
        c->typmod = plan->plan->columns[0].typmod;
    }
    return STATUS_OK;
}

static bool depends_hold(const PlFrame *frame, const PlDepend *d) {
    for (; d != NULL; d = d->next) {
        const PlRecord *r = &frame->cells[d->record->number].r;
        if ((r->shape == NULL || r->is_null ? 0 : r->shape->serial) != d->serial)
            return false;
    }
    return true;
}

static Status prepared(PlFrame *frame, PlExpr *expr, Oid want, int32_t typmod) {
    PlCompiled *c = &frame->fn->exprs[expr->number];
    const PlCode *code = frame->fn->code;
    if (LIKELY(c->code != NULL && c->code_serial == code->serial &&
               depends_hold(frame, c->depends)))
        return STATUS_OK;
    if (c->plan != NULL && c->plan->stamp == code->stamp && depends_hold(frame, c->plan->depends))
        return STATUS_OK;
    frame->sql = expr->text;
    frame->sql_mode = expr->mode;
    Status s = prepare(frame, expr, want, typmod);
    frame->sql = NULL;
    return pl_sql_context(s, expr->mode, expr->text);
}

/* ---- parameters ---- */

static Status type_changed(PlFrame *frame, const PlParamSource *p, Oid now, uint32_t number) {
    const char *is, *was;
    TRY(format_type(frame->session->catalog, &frame->eval, now, -1, 0, &is));
    TRY(format_type(frame->session->catalog, &frame->eval, p->type, -1, 0, &was));
    return error(ERR_DATATYPE_MISMATCH,
                 "type of parameter %u (%s) does not match that when preparing the plan (%s)",
                 number, is, was);
}

static Status bind_field(PlFrame *frame, PlParamSource *p, Datum *value, bool *is_null) {
    const PlShape *shape;
    TRY(pl_record_shape(frame, p->datum, &shape));
    if (shape->serial != p->serial) {
        uint32_t i = 0;
        while (i < shape->count &&
               (shape->types[i] == OID_INVALID || strcmp(shape->names[i], p->field) != 0))
            i++;
        if (i == shape->count)
            return error(ERR_UNDEFINED_COLUMN, "record \"%s\" has no field \"%s\"", p->datum->name,
                         p->field);
        if (shape->types[i] != p->type)
            return type_changed(frame, p, shape->types[i], p->datum->number + 2);
        p->place = i;
        p->serial = shape->serial;
    }
    const PlValue *cell = &frame->cells[p->datum->number].r.fields[p->place];
    *value = cell->value;
    *is_null = cell->is_null;
    return STATUS_OK;
}

Status pl_bind(PlFrame *frame, const PlParamSource *params, uint32_t count, Datum *values,
               bool *nulls) {
    for (uint32_t i = 0; i < count; i++) {
        PlParamSource *p = (PlParamSource *)&params[i];
        if (LIKELY(p->datum->kind == PL_VAR)) {
            values[i] = frame->cells[p->datum->number].v.value;
            nulls[i] = frame->cells[p->datum->number].v.is_null;
        } else if (p->field != NULL) {
            TRY(bind_field(frame, p, &values[i], &nulls[i]));
        } else {
            Oid type;
            int32_t typmod;
            TRY(pl_read(frame, p->datum, &values[i], &nulls[i], &type, &typmod));
        }
    }
    return STATUS_OK;
}

/* ---- programs ---- */

static Status program_make(PlCode *code, const Expr *expr, uint32_t param_count,
                           PlProgram **program_out) {
    Executor *exec = code->exec;
    PlProgram *p = arena_new(&exec->arena, PlProgram);
    p->params = arena_array(&exec->arena, Datum, param_count + 1);
    p->nulls = arena_array(&exec->arena, bool, param_count + 1);
    TRY(prog_compile(exec, expr, &p->node));
    *program_out = p;
    return STATUS_OK;
}

static Status program_run(PlFrame *frame, PlCode *code, PlProgram *p, Datum *value_out,
                          bool *null_out) {
    Executor *exec = code->exec;
    const Datum *params = exec->params;
    const bool *nulls = exec->param_nulls;
    ProgContext ctx = {.exec = exec, .row_count = 1, .arena = &frame->eval};
    exec->params = p->params;
    exec->param_nulls = p->nulls;
    exec->env.snapshot = frame->snapshot;
    code->running++;
    Status s = prog_eval_single(p->node, &ctx, value_out, null_out);
    exec->params = params;
    exec->param_nulls = nulls;
    return s;
}

static Status eval_simple(PlFrame *frame, PlExpr *expr, Datum *value_out, bool *null_out) {
    PlCompiled *c = &frame->fn->exprs[expr->number];
    PlCode *code = c->code;
    PlProgram *p = c->free;
    if (p == NULL)
        TRY(program_make(code, c->expr, c->param_count, &p));
    c->free = p->next;
    Status s = pl_bind(frame, c->params, c->param_count, p->params, p->nulls);
    if (status_ok(s))
        s = program_run(frame, code, p, value_out, null_out);
    else
        code->running++;
    if (status_ok(s) && !*null_out && c->phys == PHYS_STR) /* registers may be used again */
        s = datum_copy(&frame->eval, PHYS_STR, *value_out, value_out);
    if (!code->retired && c->code_serial == code->serial && c->code != NULL) {
        p->next = c->free;
        c->free = p;
    }
    code_leave(code);
    return s;
}

/* ---- queries as expressions ---- */

static Status more_than_one(const PlExpr *expr) {
    return status_context(error(ERR_CARDINALITY_VIOLATION, "query returned more than one row"),
                          "query: %s", expr->text);
}

static Status wrong_columns(const PlExpr *expr, uint32_t count) {
    return status_context(
        error(ERR_SYNTAX_ERROR, "query returned %u column%s", count, count == 1 ? "" : "s"),
        "query: %s", expr->text);
}

static Status run_locked(PlFrame *frame, const PlPlan *plan, RowSink *sink) {
    Datum *values = arena_array(&frame->eval, Datum, plan->param_count + 1);
    bool *nulls = arena_array(&frame->eval, bool, plan->param_count + 1);
    TRY(pl_bind(frame, plan->params, plan->param_count, values, nulls));
    ExecOptions options = {.params = values,
                           .param_nulls = nulls,
                           .snapshot = frame->snapshot,
                           .flags = frame->read_only ? EXEC_READ_ONLY : 0};
    return executor_run(frame->session, plan->plan, &options, sink, NULL);
}

static Status eval_query(PlFrame *frame, PlExpr *expr, Datum *value_out, bool *null_out) {
    PlPlan *plan;
    RowCollector rows;
    TRY(pl_plan(frame, expr, &plan));
    row_collector_init(&rows, &frame->eval, 2);
    Status s = STATUS_OK;
    if (plan->plan->column_count != 1)
        s = wrong_columns(expr, plan->plan->column_count);
    frame->sql = expr->text;
    frame->sql_mode = expr->mode;
    if (status_ok(s))
        s = pl_sql_context(run_locked(frame, plan, &rows.sink), expr->mode, expr->text);
    frame->sql = NULL;
    pl_plan_done(plan);
    TRY(s);
    if (rows.row_count > 1)
        return more_than_one(expr);
    *null_out = rows.row_count == 0 || rows.nulls[0];
    if (!*null_out)
        *value_out = rows.values[0];
    return STATUS_OK;
}

Status pl_plan(PlFrame *frame, PlExpr *expr, PlPlan **plan_out) {
    PlCompiled *c = &frame->fn->exprs[expr->number];
    for (bool valid = false; !valid;) {
        TRY(prepared(frame, expr, OID_INVALID, -1));
        check(c->plan != NULL);
        *plan_out = c->plan;
        c->plan->running++;
        if (c->plan->plan->command == COMMAND_UTILITY)
            return STATUS_OK;
        Status s = executor_lock(frame->session, c->plan->plan, &valid);
        if (status_ok(s) && valid)
            return STATUS_OK;
        PlPlan *plan = c->plan;
        c->plan = NULL;
        plan->retired = true;
        pl_plan_done(plan);
        TRY(s);
        TRY(pl_refresh(frame));
    }
    return STATUS_OK;
}

Status pl_plan_text(PlFrame *frame, const AstRawStatement *raw, const char *text,
                    const Oid *param_types, uint32_t param_count, Arena *arena,
                    PlannedStatement **plan_out) {
    (void)text;
    AnalyzeOptions options = {.param_types = param_types, .param_count = param_count};
    return executor_plan(frame->session, arena, raw, &options, plan_out);
}

Status pl_call_analyze(PlFrame *frame, const PlExpr *expr, Arena *arena, PlPlan *plan,
                       ExprFunc **call_out, ProcOutputs *outputs_out) {
    Binder b = {.frame = frame, .expr = expr, .arena = arena};
    Session *session = frame->session;
    ParseHooks hooks = hooks_of(&b);
    AnalyzeOptions options = {.hooks = &hooks};
    TRY(parse_one(session, arena, expr->text, &plan->raw));
    TRY(analyze_call(ready_env(session), arena, &session->planner,
                     ((const AstCall *)plan->raw->statement)->call, &options, call_out,
                     outputs_out));
    plan->params = b.params.items;
    plan->param_count = (uint32_t)b.params.count;
    return STATUS_OK;
}

/* ---- evaluating ---- */

Oid pl_eval_type(const PlFrame *frame, const PlExpr *expr, int32_t *typmod_out) {
    const PlCompiled *c = &frame->fn->exprs[expr->number];
    *typmod_out = c->typmod;
    return c->type;
}

Status pl_eval(PlFrame *frame, PlExpr *expr, Oid want, int32_t want_typmod, Datum *value_out,
               bool *null_out) {
    PlCompiled *c = &frame->fn->exprs[expr->number];
    TRY(prepared(frame, expr, want, want_typmod));
    if (LIKELY(c->code != NULL))
        TRY(eval_simple(frame, expr, value_out, null_out));
    else
        TRY(eval_query(frame, expr, value_out, null_out));
    if (LIKELY(c->cast_done) || want == OID_INVALID)
        return STATUS_OK;
    return pl_cast(frame, *value_out, *null_out, c->type, c->typmod, want, want_typmod, value_out,
                   null_out);
}

Status pl_eval_bool(PlFrame *frame, PlExpr *expr, bool *value_out, bool *null_out) {
    Datum value = {.i64 = 0};
    TRY(pl_eval(frame, expr, OID_BOOL, -1, &value, null_out));
    *value_out = !*null_out && value.b;
    return STATUS_OK;
}

Status pl_eval_text(PlFrame *frame, PlExpr *expr, const char **text_out) {
    Datum value = {.i64 = 0};
    bool is_null;
    int32_t typmod;
    Str text;
    *text_out = NULL;
    TRY(pl_eval(frame, expr, OID_INVALID, -1, &value, &is_null));
    if (is_null)
        return STATUS_OK;
    TRY(type_output_text(&frame->fn->code->exec->env, &frame->eval,
                         pl_eval_type(frame, expr, &typmod), value, &text));
    *text_out = arena_strndup(&frame->eval, text.data, text.len);
    return STATUS_OK;
}

/* Evaluates a part of an assignment. *stable_out false: it was not, as it gives another value each
 * time. */
static Status eval_part(PlFrame *frame, PlCompiled *c, const Expr *part, PlProgram **free_list,
                        Datum *value_out, bool *null_out, bool *stable_out) {
    PlCode *code = c->code;
    PlProgram *p = *free_list;
    uint64_t serial = code->serial;
    if (p == NULL)
        TRY(program_make(code, part, c->param_count, &p));
    *free_list = p->next;
    *stable_out = !p->node->is_volatile;
    Status s = pl_bind(frame, c->params, c->param_count, p->params, p->nulls);
    code->running++;
    if (status_ok(s) && *stable_out) {
        s = program_run(frame, code, p, value_out, null_out);
        code->running--;
    }
    if (!code->retired && c->code != NULL && c->code_serial == serial) {
        p->next = *free_list;
        *free_list = p;
    }
    code_leave(code);
    return s;
}

/* *done_out false: nothing happened, take the general way. */
static Status assign_element(PlFrame *frame, PlExpr *expr, PlCompiled *c, bool *done_out) {
    PlValue *cell = &frame->cells[expr->target->number].v;
    Datum index = {.i64 = 0}, value = {.i64 = 0};
    bool index_null, value_null, stable;
    *done_out = false;
    if (cell->is_null)
        return STATUS_OK;
    TRY(eval_part(frame, c, c->index, &c->free_index, &index, &index_null, &stable));
    const PlCode *now = frame->fn->code;
    if (!stable || index_null || now == NULL || now->serial != c->code_serial)
        return STATUS_OK;
    TRY(eval_part(frame, c, c->element, &c->free_element, &value, &value_null, &stable));
    if (!stable || value_null)
        return STATUS_OK;
    return pl_store_element(frame, cell, index.i32, value, c->element_phys, done_out);
}

Status pl_run_assign(PlFrame *frame, PlExpr *expr) {
    PlCompiled *c = &frame->fn->exprs[expr->number];
    PlDatum *target = expr->target;
    Datum value = {.i64 = 0};
    bool is_null;
    TRY(prepared(frame, expr, OID_INVALID, -1));
    if (c->code != NULL && c->index != NULL) {
        bool done;
        TRY(assign_element(frame, expr, c, &done));
        if (done)
            return STATUS_OK;
        TRY(prepared(frame, expr, OID_INVALID, -1));
    }
    if (LIKELY(c->code != NULL))
        TRY(eval_simple(frame, expr, &value, &is_null));
    else
        TRY(eval_query(frame, expr, &value, &is_null));
    if (LIKELY(target->kind == PL_VAR && c->type == target->type.oid))
        return pl_assign_exact(frame, target, value, is_null);
    return pl_assign(frame, target, value, is_null, c->type, c->typmod);
}

/* ---- conversions ---- */

static Status cast_make(PlFrame *frame, const PlCast *want, PlCast **cast_out) {
    PlCode *code = frame->fn->code;
    Session *session = frame->session;
    PlCast *cast = arena_new(&code->arena, PlCast);
    const TypeDesc *type;
    Oid from = want->from == OID_UNKNOWN ? OID_TEXT : want->from;
    *cast = *want;
    TRY(catalog_type_require(session->catalog, from, &type));
    ExprParam *param = EXPR_NEW(&code->arena, ExprParam, EXPR_PARAM);
    param->kind = PARAM_EXTERNAL;
    param->number = 1;
    param->type = from;
    param->typmod = want->from_typmod;
    param->collation = type->collation;
    Expr *expr;
    TRY(analyze_coerce_any(ready_env(session), &code->arena, (Expr *)param, want->to,
                           want->to_typmod, &expr));
    if (expr->tag != EXPR_PARAM)
        TRY(plan_expr(&session->env, &code->arena, &session->planner, expr, SLOT_LEFT,
                      &cast->expr));
    TRY(expr_phys(frame, want->to, &cast->phys));
    cast->next = code->casts;
    code->casts = cast;
    *cast_out = cast;
    return STATUS_OK;
}

Status pl_cast(PlFrame *frame, Datum value, bool is_null, Oid from, int32_t from_typmod, Oid to,
               int32_t to_typmod, Datum *value_out, bool *null_out) {
    PlCode *code = frame->fn->code;
    PlCast *cast = code->casts;
    *value_out = value;
    *null_out = is_null;
    if (from == to && (to_typmod < 0 || from_typmod == to_typmod))
        return STATUS_OK;
    while (cast != NULL && (cast->from != from || cast->to != to ||
                            cast->from_typmod != from_typmod || cast->to_typmod != to_typmod))
        cast = cast->next;
    if (cast == NULL)
        TRY(cast_make(
            frame,
            &(PlCast){.from = from, .to = to, .from_typmod = from_typmod, .to_typmod = to_typmod},
            &cast));
    if (cast->expr == NULL)
        return STATUS_OK;
    PlProgram *p = cast->free;
    if (p == NULL)
        TRY(program_make(code, cast->expr, 1, &p));
    cast->free = p->next;
    p->params[0] = value;
    p->nulls[0] = is_null;
    Status s = program_run(frame, code, p, value_out, null_out);
    if (status_ok(s) && !*null_out && cast->phys == PHYS_STR)
        s = datum_copy(&frame->eval, PHYS_STR, *value_out, value_out);
    if (!code->retired) {
        p->next = cast->free;
        cast->free = p;
    }
    code_leave(code);
    return s;
}
