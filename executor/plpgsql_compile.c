/* plpgsql_compile.c: PL/pgSQL functions as the session keeps them. See plpgsql.h. */
#include "executor/plpgsql_int.h"

#include "base/hash.h"
#include "base/strbuf.h"

/* ---- the session's part ---- */

PlSession *pl_session(Session *session) {
    if (session->plpgsql == NULL) {
        session->plpgsql = mem_alloc(&session->account, sizeof(PlSession));
        *session->plpgsql = (PlSession){0};
        u64map_init(&session->plpgsql->functions, &session->account);
    }
    return session->plpgsql;
}

void plpgsql_session_reset(Session *session) {
    PlSession *pl = session->plpgsql;
    size_t cursor = 0;
    uint64_t key;
    void *value;
    if (pl == NULL || pl->top != NULL)
        return;
    while (u64map_next(&pl->functions, &cursor, &key, &value))
        pl_function_free(value);
    u64map_destroy(&pl->functions);
    mem_free(&session->account, pl, sizeof(*pl));
    session->plpgsql = NULL;
}

Status pl_stamp(Session *session, uint64_t *stamp_out) {
    uint64_t path, changes = 0;
    TRY(session_search_path_hash(session->catalog, &path));
    if (session_has_own_changes(session->catalog))
        changes = session_change_count(session->catalog) + 1;
    *stamp_out = hash_combine(path, catalog_epoch(session_catalog(session->catalog)));
    *stamp_out = hash_combine(*stamp_out, changes) | 1;
    return STATUS_OK;
}

/* ---- settings ---- */

static const char *setting(Session *session, Arena *arena, const char *name) {
    const char *value = NULL;
    Status s = session->ops->setting_show(session, arena, name, true, &value);
    status_free(s);
    return value == NULL ? "" : value;
}

static bool is_on(const char *word) {
    return strcasecmp(word, "on") == 0 || strcasecmp(word, "true") == 0 ||
           strcasecmp(word, "yes") == 0 || strcmp(word, "1") == 0;
}

static PlConflict conflict_of(const char *word) {
    if (strcmp(word, "use_variable") == 0)
        return PL_CONFLICT_VARIABLE;
    return strcmp(word, "use_column") == 0 ? PL_CONFLICT_COLUMN : PL_CONFLICT_ERROR;
}

/* "shadowed_variables, too_many_rows", "all", "none". */
static unsigned checks_of(const char *list) {
    unsigned checks = 0;
    if (strcasecmp(list, "all") == 0)
        return PL_CHECK_SHADOWED | PL_CHECK_TOO_MANY_ROWS | PL_CHECK_MULTI_ASSIGNMENT;
    if (strcasestr(list, "shadowed_variables") != NULL)
        checks |= PL_CHECK_SHADOWED;
    if (strcasestr(list, "too_many_rows") != NULL)
        checks |= PL_CHECK_TOO_MANY_ROWS;
    if (strcasestr(list, "strict_multi_assignment") != NULL)
        checks |= PL_CHECK_MULTI_ASSIGNMENT;
    return checks;
}

/* ---- making ---- */

static PlFunction *function_new(Session *session) {
    PlFunction *fn = mem_alloc(&session->account, sizeof(*fn));
    *fn = (PlFunction){.session = session, .parent = &session->account, .volatility = 'v'};
    mem_account_init(&fn->account, &session->account, "plpgsql function", SIZE_MAX);
    arena_init(&fn->arena, &fn->account);
    return fn;
}

static void compiled_free(PlFunction *fn) {
    for (uint32_t i = 0; fn->exprs != NULL && i < fn->tree->expr_count; i++) {
        PlPlan *plan = fn->exprs[i].plan;
        if (plan == NULL)
            continue;
        plan->retired = true;
        plan->running++;
        pl_plan_done(plan);
    }
}

void pl_function_free(PlFunction *fn) {
    fn->retired = true;
    if (fn->running > 0)
        return;
    if (fn->spare != NULL)
        pl_frame_free(fn->spare);
    compiled_free(fn);
    if (fn->code != NULL) {
        fn->code->retired = true;
        if (fn->code->running == 0)
            pl_code_free(fn->code);
    }
    arena_destroy(&fn->arena);
    MemAccount *parent = fn->parent;
    mem_free(parent, fn, sizeof(*fn));
}

int32_t pl_place_in(const PlSourcePlace *place, const char *source, int32_t inside) {
    int32_t quotes = 0;
    if (place->at < 0 || inside < 0)
        return -1;
    for (int32_t i = 0; place->doubled && i < inside && source[i] != '\0'; i++)
        quotes += source[i] == '\'';
    return place->at + inside + quotes;
}

typedef struct Warner {
    Session *session;
    const char *source;
    PlSourcePlace place;
} Warner;

static void warn(void *arg, Status notice) {
    Warner *w = arg;
    notice.error->byte_location = pl_place_in(&w->place, w->source, notice.error->byte_location);
    w->session->ops->notice(w->session, NOTICE_WARNING, notice);
}

static bool any_user_type(const PlTree *tree) {
    for (uint32_t i = 0; i < tree->datum_count; i++)
        if (tree->datums[i]->type.oid >= OID_FIRST_NORMAL)
            return true;
    return false;
}

static Status read_tree(PlFunction *fn, PlOptions *options, const char *error_name,
                        const PlSourcePlace *place) {
    int32_t line = 0;
    Warner warner = {fn->session, fn->source, *place};
    Session *session = fn->session;
    EvalEnv env = session->env;
    env.catalog = session->catalog;
    env.txn = session->txn;
    env.session = session;
    env.statement_arena = &fn->arena;
    options->warn = warn;
    options->warn_arg = &warner;
    fn->extra_errors = options->extra_errors;
    fn->extra_warnings = options->extra_warnings;
    Status s = pl_parse(&env, &fn->arena, &session->planner, options, &fn->tree, &line);
    if (!status_ok(s) && s.error->byte_location < 0)
        return pl_compile_context(s, error_name, line);
    TRY(s);
    fn->exprs = arena_array(&fn->arena, PlCompiled, fn->tree->expr_count + 1);
    fn->has_user_types = options->trigger != PL_NO_TRIGGER || any_user_type(fn->tree);
    return STATUS_OK;
}

Status pl_compile_context(Status s, const char *name, int32_t line) {
    return status_context(s, "compilation of PL/pgSQL function \"%s\" near line %d", name, line);
}

static Status result_kind(PlFunction *fn, Oid result) {
    const TypeDesc *type;
    fn->result = result;
    TRY(catalog_type_require(fn->session->catalog, result, &type));
    fn->result_phys = type->phys;
    const TypeDesc *base = type;
    while (base->kind == 'd')
        TRY(catalog_type_require(fn->session->catalog, base->base, &base));
    fn->result_is_row = base->kind == 'c' || result == OID_RECORD;
    return STATUS_OK;
}

/* ---- from pg_proc ---- */

static uint64_t proc_hash(const ProcDesc *proc) {
    uint64_t h = hash_bytes(proc->source, strlen(proc->source));
    uint16_t n = proc->all_arg_count != 0 ? proc->all_arg_count : proc->arg_count;
    const Oid *types = proc->all_arg_count != 0 ? proc->all_arg_types : proc->arg_types;
    h = hash_combine(h, hash_bytes(types, n * sizeof(Oid)));
    h = hash_combine(h, hash_bytes(proc->name, strlen(proc->name)));
    for (uint16_t i = 0; proc->arg_names != NULL && i < n; i++)
        h = hash_combine(h, hash_bytes(proc->arg_names[i], strlen(proc->arg_names[i])));
    if (proc->arg_modes != NULL)
        h = hash_combine(h, hash_bytes(proc->arg_modes, n));
    h = hash_combine(h, (uint64_t)proc->result << 8 | (uint8_t)proc->volatility);
    return hash_combine(h, (uint64_t)proc->kind << 3 | (uint64_t)proc->returns_set << 2 |
                               (uint64_t)proc->strict << 1 | proc->security_definer);
}

static bool is_polymorphic(Oid type) {
    switch (type) {
    case OID_ANYELEMENT:
    case OID_ANYARRAY:
    case OID_ANYNONARRAY:
    case OID_ANYENUM:
    case OID_ANYRANGE:
    case OID_ANYMULTIRANGE:
    case OID_ANYCOMPATIBLE:
    case OID_ANYCOMPATIBLEARRAY:
    case OID_ANYCOMPATIBLENONARRAY:
    case OID_ANYCOMPATIBLERANGE:
    case OID_ANYCOMPATIBLEMULTIRANGE:
        return true;
    default:
        return false;
    }
}

/* What a check at creation takes polymorphic types for. */
static Oid assumed_type(Oid type) {
    switch (type) {
    case OID_ANYARRAY:
    case OID_ANYCOMPATIBLEARRAY:
        return OID_INT4_ARRAY;
    case OID_ANYRANGE:
    case OID_ANYCOMPATIBLERANGE:
        return OID_INT4RANGE;
    case OID_ANYMULTIRANGE:
    case OID_ANYCOMPATIBLEMULTIRANGE:
        return OID_INT4MULTIRANGE;
    default:
        return OID_INT4;
    }
}

static Status actual_type(Session *session, Arena *arena, const ProcDesc *proc,
                          const PlCallInfo *info, Oid declared, Oid *type_out) {
    *type_out = declared;
    if (!is_polymorphic(declared))
        return STATUS_OK;
    if (info->validate) {
        *type_out = assumed_type(declared);
        return STATUS_OK;
    }
    TRY(analyze_polymorphic_result(&session->env, arena, &session->planner, info->arg_types,
                                   proc->arg_types, MIN(proc->arg_count, info->arg_count), declared,
                                   type_out));
    return STATUS_OK;
}

static Status parameters(PlFunction *fn, const ProcDesc *proc, const PlCallInfo *info,
                         PlOptions *options) {
    uint32_t n = proc->all_arg_count != 0 ? proc->all_arg_count : proc->arg_count, input = 0;
    const Oid *types = proc->all_arg_count != 0 ? proc->all_arg_types : proc->arg_types;
    PlParam *params = arena_array(&fn->arena, PlParam, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        params[i].name =
            proc->arg_names == NULL ? "" : arena_strdup(&fn->arena, proc->arg_names[i]);
        params[i].mode = proc->arg_modes == NULL ? 'i' : proc->arg_modes[i];
        bool in = params[i].mode != 'o' && params[i].mode != 't';
        if (in && is_polymorphic(types[i]) && !info->validate && input < info->arg_count)
            params[i].type = info->arg_types[input];
        else
            TRY(actual_type(fn->session, &fn->arena, proc, info, types[i], &params[i].type));
        input += in;
    }
    options->params = params;
    options->param_count = n;
    return STATUS_OK;
}

static Status describe(PlFunction *fn, const ProcDesc *proc, const PlCallInfo *info,
                       PlOptions *options) {
    Session *session = fn->session;
    options->name = fn->name;
    options->source = fn->source;
    options->returns_set = fn->returns_set = proc->returns_set;
    options->is_procedure = fn->is_procedure = proc->kind == 'p';
    options->trigger = fn->trigger = info->trigger;
    options->polymorphic_result = is_polymorphic(proc->result);
    if (info->trigger != PL_NO_TRIGGER) {
        options->result = fn->result = info->trigger == PL_EVENT_TRIGGER ? OID_VOID : OID_RECORD;
        fn->result_is_row = true;
        if (proc->arg_count > 0)
            return parameters(fn, proc, info, options);
        return STATUS_OK;
    }
    TRY(parameters(fn, proc, info, options));
    if (is_polymorphic(proc->result) && info->result_type != OID_INVALID && !info->validate)
        options->result = info->result_type;
    else
        TRY(actual_type(session, &fn->arena, proc, info, proc->result, &options->result));
    return result_kind(fn, options->result);
}

static Status signature_of(PlFunction *fn, const ProcDesc *proc) {
    return format_procedure(fn->session->catalog, &fn->arena, proc->oid, true, false,
                            &fn->signature);
}

static Status function_fill(PlFunction *fn, const ProcDesc *proc, const PlCallInfo *info) {
    Session *session = fn->session;
    PlOptions options = {0};
    fn->oid = proc->oid;
    fn->name = arena_strdup(&fn->arena, proc->name);
    fn->source = arena_strdup(&fn->arena, proc->source);
    fn->strict = proc->strict;
    fn->volatility = proc->volatility;
    fn->security_definer = proc->security_definer;
    fn->row_hash = proc_hash(proc);
    TRY(signature_of(fn, proc));
    options.conflict = conflict_of(setting(session, &fn->arena, "plpgsql.variable_conflict"));
    options.print_strict_params =
        is_on(setting(session, &fn->arena, "plpgsql.print_strict_params"));
    options.check_syntax = info->validate;
    if (info->validate) {
        options.extra_errors = checks_of(setting(session, &fn->arena, "plpgsql.extra_errors"));
        options.extra_warnings = checks_of(setting(session, &fn->arena, "plpgsql.extra_warnings"));
    }
    Status s = describe(fn, proc, info, &options);
    if (!status_ok(s))
        return pl_compile_context(s, fn->name, 0);
    return read_tree(fn, &options, fn->name, &info->place);
}

static uint64_t key_of(const ProcDesc *proc, const PlCallInfo *info) {
    bool polymorphic = is_polymorphic(proc->result);
    uint64_t h = hash_combine(info->function, (uint64_t)info->relation << 1 | info->per_statement);
    for (uint16_t i = 0; i < proc->arg_count && i < info->arg_count; i++) {
        if (!is_polymorphic(proc->arg_types[i]))
            continue;
        h = hash_combine(h, info->arg_types[i]);
        polymorphic = true;
    }
    return polymorphic ? hash_combine(h, info->result_type) : h;
}

static bool still_right(PlFunction *fn, const ProcDesc *proc, uint64_t stamp) {
    if (fn->stamp == stamp)
        return true;
    if (fn->has_user_types || fn->row_hash != proc_hash(proc))
        return false;
    fn->stamp = stamp;
    return true;
}

Status pl_function_get(Session *session, const PlCallInfo *info, PlFunction **fn_out) {
    PlSession *pl = pl_session(session);
    const ProcDesc *proc;
    uint64_t stamp;
    TRY(catalog_proc_require(session->catalog, info->function, &proc));
    TRY(pl_stamp(session, &stamp));
    uint64_t key = key_of(proc, info);
    PlFunction *fn = info->validate ? NULL : u64map_get(&pl->functions, key);
    if (fn != NULL && still_right(fn, proc, stamp)) {
        *fn_out = fn;
        return STATUS_OK;
    }
    if (fn != NULL) {
        u64map_remove(&pl->functions, key);
        pl_function_free(fn);
    }
    fn = function_new(session);
    fn->key = key;
    fn->stamp = stamp;
    Status s = function_fill(fn, proc, info);
    if (!status_ok(s)) {
        pl_function_free(fn);
        return s;
    }
    if (info->validate)
        fn->retired = true;
    else
        u64map_put(&pl->functions, key, fn);
    *fn_out = fn;
    return STATUS_OK;
}

Status pl_function_inline(Session *session, const char *source, const PlSourcePlace *place,
                          PlFunction **fn_out) {
    PlFunction *fn = function_new(session);
    PlOptions options = {.result = OID_VOID, .check_syntax = true};
    fn->name = "inline_code_block";
    fn->signature = fn->name;
    fn->source = arena_strdup(&fn->arena, source);
    fn->result = OID_VOID;
    fn->retired = true;
    options.source = fn->source;
    options.check_syntax = session->settings.check_function_bodies;
    options.conflict = conflict_of(setting(session, &fn->arena, "plpgsql.variable_conflict"));
    options.print_strict_params =
        is_on(setting(session, &fn->arena, "plpgsql.print_strict_params"));
    options.extra_errors = checks_of(setting(session, &fn->arena, "plpgsql.extra_errors"));
    options.extra_warnings = checks_of(setting(session, &fn->arena, "plpgsql.extra_warnings"));
    Status s = read_tree(fn, &options, fn->name, place);
    if (!status_ok(s)) {
        pl_function_free(fn);
        return s;
    }
    *fn_out = fn;
    return STATUS_OK;
}
