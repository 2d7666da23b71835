/*
 * analyze_func.c: which function a call means (manual 10.3): candidates by name, with variadic,
 * defaulted and named arguments unfolded; then the best fit by types and type categories.
 */
#include "planner/analyze_int.h"

const char *func_signature(Analyzer *an, const StrList *name, const char **arg_names,
                           uint32_t named_count, uint32_t arg_count, const Oid *types) {
    StrBuf text;
    strbuf_init(&text, an->arena);
    strbuf_printf(&text, "%s(", str_list_join(an->arena, name));
    for (uint32_t i = 0; i < arg_count; i++) {
        if (i > 0)
            strbuf_puts(&text, ", ");
        if (i >= arg_count - named_count)
            strbuf_printf(&text, "%s => ", arg_names[i - (arg_count - named_count)]);
        strbuf_puts(&text, an_format_type(an, types[i]));
    }
    strbuf_putc(&text, ')');
    return strbuf_cstr(&text);
}

/* ---- the best of several ---- */

static Status category_of(Analyzer *an, Oid type, char *category_out, bool *preferred_out) {
    const TypeDesc *desc;
    *category_out = 'X';
    *preferred_out = false;
    if (type == OID_UNKNOWN || type == 0)
        return STATUS_OK;
    TRY(an_type(an, type, &desc));
    *category_out = desc->category;
    *preferred_out = desc->preferred;
    return STATUS_OK;
}

typedef struct Contest {
    Analyzer *an;
    uint32_t arg_count;
    FuncCandidate **candidates;
    uint32_t count;
    Oid inputs[FUNC_ARGS_MAX]; /* base types */
    char categories[FUNC_ARGS_MAX];
    bool preferred[FUNC_ARGS_MAX];
} Contest;

/* Keeps those with the most exact matches (with_preferred: or preferred types). */
static Status keep_most_matches(Contest *contest, bool with_preferred) {
    uint32_t best = 0, kept = 0;
    for (uint32_t c = 0; c < contest->count; c++) {
        FuncCandidate *candidate = contest->candidates[c];
        uint32_t matches = 0;
        for (uint32_t i = 0; i < contest->arg_count; i++) {
            if (contest->inputs[i] == OID_UNKNOWN)
                continue;
            bool hit = candidate->args[i] == contest->inputs[i];
            if (!hit && with_preferred) {
                char category;
                bool preferred;
                TRY(category_of(contest->an, candidate->args[i], &category, &preferred));
                hit = preferred && category == contest->categories[i];
            }
            matches += hit;
        }
        if (kept == 0 || matches > best) {
            best = matches;
            kept = 0;
        }
        if (matches == best)
            contest->candidates[kept++] = candidate;
    }
    contest->count = kept;
    return STATUS_OK;
}

/* What category the unknown arguments should be of; *resolved_out false: no telling. */
static Status unknown_categories(Contest *contest, bool *resolved_out) {
    *resolved_out = false;
    for (uint32_t i = 0; i < contest->arg_count; i++) {
        if (contest->inputs[i] != OID_UNKNOWN)
            continue;
        bool conflict = false;
        *resolved_out = true;
        contest->categories[i] = '\0';
        for (uint32_t c = 0; c < contest->count; c++) {
            char category;
            bool preferred;
            TRY(category_of(contest->an, contest->candidates[c]->args[i], &category, &preferred));
            if (contest->categories[i] == '\0' ||
                (category != contest->categories[i] && category == 'S')) {
                contest->categories[i] = category;
                contest->preferred[i] = preferred;
            } else if (category == contest->categories[i]) {
                contest->preferred[i] |= preferred;
            } else {
                conflict = true;
            }
        }
        if (conflict && contest->categories[i] != 'S') {
            *resolved_out = false;
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

static Status keep_of_categories(Contest *contest) {
    FuncCandidate **kept = arena_array(contest->an->arena, FuncCandidate *, contest->count);
    uint32_t count = 0;
    for (uint32_t c = 0; c < contest->count; c++) {
        bool keep = true;
        for (uint32_t i = 0; i < contest->arg_count && keep; i++) {
            char category;
            bool preferred;
            if (contest->inputs[i] != OID_UNKNOWN)
                continue;
            TRY(category_of(contest->an, contest->candidates[c]->args[i], &category, &preferred));
            keep = category == contest->categories[i] && (preferred || !contest->preferred[i]);
        }
        if (keep)
            kept[count++] = contest->candidates[c];
    }
    if (count == 0)
        return STATUS_OK;
    memcpy(contest->candidates, kept, count * sizeof(*kept));
    contest->count = count;
    return STATUS_OK;
}

/* If the known arguments are all of one type, the unknown ones are taken to be of it, too. */
static Status keep_by_known_type(Contest *contest) {
    Oid known = OID_UNKNOWN;
    Oid inputs[FUNC_ARGS_MAX];
    FuncCandidate *only = NULL;
    for (uint32_t i = 0; i < contest->arg_count; i++) {
        if (contest->inputs[i] == OID_UNKNOWN)
            continue;
        if (known != OID_UNKNOWN && known != contest->inputs[i])
            return STATUS_OK;
        known = contest->inputs[i];
    }
    if (known == OID_UNKNOWN)
        return STATUS_OK;
    for (uint32_t i = 0; i < contest->arg_count; i++)
        inputs[i] = known;
    for (uint32_t c = 0; c < contest->count; c++) {
        bool can;
        TRY(coerce_can(contest->an, contest->arg_count, inputs, contest->candidates[c]->args,
                       COERCION_IMPLICIT, &can));
        if (can && only != NULL)
            return STATUS_OK;
        if (can)
            only = contest->candidates[c];
    }
    if (only != NULL) {
        contest->candidates[0] = only;
        contest->count = 1;
    }
    return STATUS_OK;
}

Status func_select(Analyzer *an, uint32_t arg_count, const Oid *input_types,
                   FuncCandidate **candidates, uint32_t *count_io) {
    Contest *contest = arena_new(an->arena, Contest);
    uint32_t unknowns = 0;
    bool resolved = false, preferred;
    contest->an = an;
    contest->arg_count = arg_count;
    contest->candidates = candidates;
    contest->count = *count_io;
    for (uint32_t i = 0; i < arg_count; i++) {
        TRY(an_base_type(an, input_types[i], &contest->inputs[i]));
        TRY(category_of(an, contest->inputs[i], &contest->categories[i], &preferred));
        unknowns += contest->inputs[i] == OID_UNKNOWN;
    }
    TRY(keep_most_matches(contest, false));
    if (contest->count > 1)
        TRY(keep_most_matches(contest, true));
    if (contest->count > 1 && unknowns > 0) {
        TRY(unknown_categories(contest, &resolved));
        if (resolved)
            TRY(keep_of_categories(contest));
        if (contest->count > 1 && unknowns < arg_count)
            TRY(keep_by_known_type(contest));
    }
    *count_io = contest->count;
    return STATUS_OK;
}

/* ---- candidates ---- */

/* Where each given argument goes; false where names do not match. numbers[i]: parameter of argument
 * i, then those that take defaults. */
static bool match_names(const ProcDesc *proc, const char **names, uint32_t named_count,
                        uint32_t arg_count, bool expand_defaults, int *numbers) {
    bool taken[FUNC_ARGS_MAX] = {false};
    uint32_t positional = arg_count - named_count;
    if (proc->arg_names == NULL || arg_count > proc->arg_count)
        return false;
    for (uint32_t i = 0; i < positional; i++) {
        numbers[i] = (int)i;
        taken[i] = true;
    }
    for (uint32_t n = 0; n < named_count; n++) {
        uint32_t count = proc->all_arg_count > 0 ? proc->all_arg_count : proc->arg_count;
        int input = 0, found = -1;
        for (uint32_t i = 0; i < count && found < 0; i++) {
            char mode = proc->arg_modes == NULL ? 'i' : proc->arg_modes[i];
            if (mode != 'i' && mode != 'b' && mode != 'v')
                continue;
            if (strcmp(proc->arg_names[i], names[n]) == 0)
                found = input;
            input++;
        }
        if (found < 0 || taken[found])
            return false;
        taken[found] = true;
        numbers[positional + n] = found;
    }
    uint32_t next = arg_count;
    for (uint32_t i = positional; i < proc->arg_count; i++) {
        if (taken[i])
            continue;
        if (!expand_defaults || i < (uint32_t)(proc->arg_count - proc->default_count))
            return false;
        numbers[next++] = (int)i;
    }
    return true;
}

typedef struct CandidateList {
    FuncCandidate **items;
    uint32_t count;
} CandidateList;

/* Adds unless an equal signature is better: earlier in the path, or not variadic. Equally good ones
 * leave one without an OID: ambiguous. */
static void candidate_add(CandidateList *list, FuncCandidate *candidate) {
    uint32_t given = candidate->arg_count - candidate->default_count;
    for (uint32_t i = 0; i < list->count; i++) {
        FuncCandidate *other = list->items[i];
        if (other->arg_count - other->default_count != given ||
            memcmp(other->args, candidate->args, given * sizeof(Oid)) != 0)
            continue;
        int preference = (int)candidate->place - (int)other->place;
        if (preference == 0)
            preference = (candidate->variadic_count > 0) - (other->variadic_count > 0);
        if (preference < 0)
            list->items[i] = candidate;
        else if (preference == 0)
            other->oid = 0;
        return;
    }
    list->items[list->count++] = candidate;
}

static FuncCandidate *candidate_make(Analyzer *an, const ProcDesc *proc, uint16_t place,
                                     const char **names, uint32_t named_count, uint32_t arg_count,
                                     bool expand_variadic, bool expand_defaults) {
    bool variadic = false, defaults = proc->arg_count > arg_count && expand_defaults &&
                                      arg_count + proc->default_count >= proc->arg_count;
    int *numbers = NULL;
    if (named_count > 0) {
        if ((proc->variadic != 0 && expand_variadic) || (proc->arg_count != arg_count && !defaults))
            return NULL;
        numbers = arena_array(an->arena, int, FUNC_ARGS_MAX);
        if (!match_names(proc, names, named_count, arg_count, expand_defaults, numbers))
            return NULL;
    } else {
        variadic = proc->variadic != 0 && expand_variadic && proc->arg_count <= arg_count;
        if (proc->arg_count != arg_count && !variadic && !defaults)
            return NULL;
    }
    FuncCandidate *candidate = arena_new(an->arena, FuncCandidate);
    uint32_t total = MAX(proc->arg_count, arg_count);
    candidate->oid = proc->oid;
    candidate->proc = proc;
    candidate->place = place;
    candidate->arg_count = total;
    candidate->numbers = numbers;
    candidate->args = arena_array(an->arena, Oid, total + 1);
    for (uint32_t i = 0; i < proc->arg_count; i++)
        candidate->args[i] = proc->arg_types[numbers == NULL ? (int)i : numbers[i]];
    if (variadic) {
        candidate->variadic_count = total - proc->arg_count + 1;
        for (uint32_t i = proc->arg_count - 1u; i < total; i++)
            candidate->args[i] = proc->variadic;
    }
    if (defaults)
        candidate->default_count = proc->arg_count - arg_count;
    return candidate;
}

/* f(x) may be a cast written as a function: type f, one argument. */
static Status call_as_cast(Analyzer *an, const StrList *name, Oid arg_type, FuncMatch *match) {
    Oid target;
    const TypeDesc *desc;
    CoercionPath path;
    Oid func;
    TRY(type_by_name(an->catalog, name->count > 1 ? name->items[name->count - 2] : NULL,
                     str_list_last(name), &target));
    if (target == 0)
        return STATUS_OK;
    TRY(an_type(an, target, &desc));
    if (!desc->defined || desc->relation != 0)
        return STATUS_OK;
    /* As functions, temporary types are only found by their schema. */
    if (name->count == 1) {
        bool any, temporary;
        TRY(catalog_is_temp_namespace(an->catalog, desc->nsp, &any, &temporary));
        if (temporary)
            return STATUS_OK;
    }
    bool yes = false;
    if (arg_type == OID_UNKNOWN) {
        yes = true;
    } else {
        TRY(coerce_find_path(an, target, arg_type, COERCION_EXPLICIT, &path, &func));
        if (path == PATH_RELABEL) {
            yes = true;
        } else if (path == PATH_VIA_IO) {
            bool complex;
            TRY(an_is_complex(an, arg_type, &complex));
            yes = !((arg_type == OID_RECORD || complex) && desc->category == 'S');
        }
    }
    if (yes) {
        match->kind = FUNC_COERCION;
        match->result = target;
        match->declared[0] = arg_type;
    }
    return STATUS_OK;
}

static Status default_types(Analyzer *an, const FuncCandidate *candidate, FuncMatch *match) {
    ExprList defaults;
    const ProcDesc *proc = candidate->proc;
    TRY(func_defaults(an, proc, &defaults));
    uint32_t given = candidate->arg_count - candidate->default_count;
    for (uint32_t i = 0; i < candidate->default_count; i++) {
        int parameter =
            candidate->numbers != NULL ? candidate->numbers[given + i] : (int)(given + i);
        int place = parameter - (proc->arg_count - proc->default_count);
        if (place < 0 || (uint32_t)place >= defaults.count)
            return error(ERR_INTERNAL_ERROR, "not enough default arguments");
        match->default_types[i] = defaults.items[place]->type;
    }
    match->default_count = candidate->default_count;
    return STATUS_OK;
}

static Status match_finish(Analyzer *an, const ExprList *args, uint32_t named_count,
                           uint32_t arg_count, bool expand_variadic, FuncCandidate *best,
                           FuncMatch *match) {
    if (best->oid == 0) {
        match->kind = FUNC_MULTIPLE;
        return STATUS_OK;
    }
    if (named_count > 0 && !expand_variadic && arg_count > 0 &&
        best->numbers[arg_count - 1] != (int)arg_count - 1)
        return STATUS_OK;
    const ProcDesc *proc = best->proc;
    match->function = best->oid;
    match->result = proc->result;
    match->returns_set = proc->returns_set;
    match->variadic_count = best->variadic_count;
    match->variadic_type = proc->variadic;
    memcpy(match->declared, best->args, best->arg_count * sizeof(Oid));
    if (best->numbers != NULL)
        for (uint32_t i = 0; i < args->count; i++)
            if (args->items[i]->tag == EXPR_NAMED_ARG)
                ((ExprNamedArg *)args->items[i])->number = best->numbers[i];
    if (best->default_count > 0)
        TRY(default_types(an, best, match));
    match->kind = proc->kind == 'a'   ? FUNC_AGGREGATE
                  : proc->kind == 'p' ? FUNC_PROCEDURE
                  : proc->kind == 'w' ? FUNC_WINDOW
                                      : FUNC_NORMAL;
    return STATUS_OK;
}

/* A procedure as CALL sees it: output parameters are arguments, too. */
static const ProcDesc *with_outputs(Analyzer *an, const ProcDesc *proc) {
    if (proc->kind != 'p' || proc->arg_modes == NULL ||
        memchr(proc->arg_modes, 'o', proc->all_arg_count) == NULL)
        return proc;
    ProcDesc *view = arena_memdup(an->arena, proc, sizeof(*proc));
    char *modes = arena_memdup(an->arena, proc->arg_modes, proc->all_arg_count);
    for (uint32_t i = 0; i < proc->all_arg_count; i++)
        if (modes[i] == 'o')
            modes[i] = 'i';
    view->arg_modes = modes;
    view->arg_types = proc->all_arg_types;
    view->arg_count = proc->all_arg_count;
    return view;
}

Status func_find(Analyzer *an, const StrList *name, const ExprList *args, const char **arg_names,
                 uint32_t named_count, uint32_t arg_count, const Oid *arg_types,
                 bool expand_variadic, bool expand_defaults, bool procedures,
                 FuncMatch *match_out) {
    ProcCandidates found;
    CandidateList list = {0};
    FuncCandidate *best = NULL;
    *match_out = (FuncMatch){.kind = FUNC_NOT_FOUND};
    TRY(catalog_proc_candidates(an->catalog, name->count > 1 ? name->items[name->count - 2] : NULL,
                                str_list_last(name), an->arena, &found));
    list.items = arena_array(an->arena, FuncCandidate *, found.count + 1);
    for (uint32_t i = 0; i < found.count; i++) {
        const ProcDesc *proc = procedures ? with_outputs(an, found.procs[i]) : found.procs[i];
        if (proc->arg_count > FUNC_ARGS_MAX)
            continue;
        FuncCandidate *candidate =
            candidate_make(an, proc, found.path_places[i], arg_names, named_count, arg_count,
                           expand_variadic, expand_defaults);
        if (candidate != NULL)
            candidate_add(&list, candidate);
    }
    for (uint32_t i = 0; i < list.count && best == NULL; i++)
        if (arg_count == 0 || memcmp(list.items[i]->args, arg_types, arg_count * sizeof(Oid)) == 0)
            best = list.items[i];
    if (best == NULL && arg_count == 1 && args != NULL && named_count == 0) {
        TRY(call_as_cast(an, name, arg_types[0], match_out));
        if (match_out->kind == FUNC_COERCION)
            return STATUS_OK;
    }
    if (best == NULL) {
        uint32_t usable = 0;
        for (uint32_t i = 0; i < list.count; i++) {
            bool can;
            TRY(coerce_can(an, arg_count, arg_types, list.items[i]->args, COERCION_IMPLICIT, &can));
            if (can)
                list.items[usable++] = list.items[i];
        }
        if (usable > 1)
            TRY(func_select(an, arg_count, arg_types, list.items, &usable));
        if (usable > 1)
            match_out->kind = FUNC_MULTIPLE;
        if (usable != 1)
            return STATUS_OK;
        best = list.items[0];
    }
    return match_finish(an, args, named_count, arg_count, expand_variadic, best, match_out);
}

Status func_make_args(Analyzer *an, ExprList *args, const Oid *actual, const Oid *declared) {
    for (uint32_t i = 0; i < args->count; i++) {
        if (actual[i] == declared[i])
            continue;
        Expr *arg = args->items[i];
        Expr *coerced;
        if (arg->tag == EXPR_NAMED_ARG) {
            ExprNamedArg *named = (ExprNamedArg *)arg;
            TRY(coerce_type(an, named->arg, actual[i], declared[i], -1, COERCION_IMPLICIT,
                            CALL_IMPLICIT, -1, &coerced));
            named->arg = coerced;
            named->type = coerced->type;
            named->typmod = coerced->typmod;
            continue;
        }
        TRY(coerce_type(an, arg, actual[i], declared[i], -1, COERCION_IMPLICIT, CALL_IMPLICIT, -1,
                        &args->items[i]));
    }
    return STATUS_OK;
}

/* ---- defaults ---- */

/* Built-in functions state their defaults in SQL: "=expr, expr". */
static Status defaults_from_sql(Analyzer *an, const ProcDesc *proc, ExprList *out) {
    const char *text = proc->default_exprs + 1;
    Ast *ast;
    StrBuf call;
    strbuf_init(&call, an->arena);
    strbuf_printf(&call, "f(%s)", text);
    TRY(parse_expression(an->arena, strbuf_cstr(&call), call.len, NULL, &ast));
    if (ast->tag != AST_FUNC_CALL)
        return error(ERR_DATA_CORRUPTED, "malformed default arguments of function %u", proc->oid);
    const AstList *args = &((AstFuncCall *)ast)->args;
    for (uint32_t i = 0; i < args->count; i++) {
        Expr *expr;
        Oid type = proc->arg_types[proc->arg_count - args->count + i];
        TRY(analyze_expr(an->env, an->arena, an->settings, args->items[i], NULL,
                         EXPR_KIND_FUNCTION_DEFAULT, &expr));
        Expr *coerced;
        TRY(coerce_to_target(an, expr, expr->type, type, -1, COERCION_EXPLICIT, CALL_CAST, -1,
                             &coerced));
        expr_list_add(an->arena, out, coerced == NULL ? expr : coerced);
    }
    return STATUS_OK;
}

Status func_defaults(Analyzer *an, const ProcDesc *proc, ExprList *defaults_out) {
    *defaults_out = (ExprList){0};
    if (proc->default_exprs == NULL)
        return STATUS_OK;
    if (proc->default_exprs[0] == '=')
        return defaults_from_sql(an, proc, defaults_out);
    return expr_list_from_string(an->arena, proc->default_exprs, strlen(proc->default_exprs),
                                 defaults_out);
}
