/* desc_proc.c: functions, aggregates, operators: by OID, and by name along the search path. */
#include "catalog/catalog_int.h"

static Status proc_fill(ProcDesc *proc, const CatalogRow *row, Arena *arena) {
    const Datum *v = row->values;
    uint32_t count;
    proc->oid = v[PG_PROC_OID].u32;
    proc->name = row_name(row, PG_PROC_PRONAME, arena);
    proc->nsp = v[PG_PROC_PRONAMESPACE].u32;
    proc->owner = v[PG_PROC_PROOWNER].u32;
    proc->language = v[PG_PROC_PROLANG].u32;
    proc->cost = v[PG_PROC_PROCOST].f32;
    proc->rows = v[PG_PROC_PROROWS].f32;
    proc->variadic = v[PG_PROC_PROVARIADIC].u32;
    proc->support = v[PG_PROC_PROSUPPORT].u32;
    proc->kind = (char)v[PG_PROC_PROKIND].byte;
    proc->security_definer = v[PG_PROC_PROSECDEF].b;
    proc->leakproof = v[PG_PROC_PROLEAKPROOF].b;
    proc->strict = v[PG_PROC_PROISSTRICT].b;
    proc->returns_set = v[PG_PROC_PRORETSET].b;
    proc->volatility = (char)v[PG_PROC_PROVOLATILE].byte;
    proc->parallel = (char)v[PG_PROC_PROPARALLEL].byte;
    proc->default_count = (uint16_t)v[PG_PROC_PRONARGDEFAULTS].i16;
    proc->result = v[PG_PROC_PRORETTYPE].u32;
    proc->arg_types = row_get_oids(arena, v[PG_PROC_PROARGTYPES], &count);
    proc->arg_count = (uint16_t)count;
    if (!row->nulls[PG_PROC_PROALLARGTYPES]) {
        proc->all_arg_types = row_get_oids(arena, v[PG_PROC_PROALLARGTYPES], &count);
        proc->all_arg_count = (uint16_t)count;
    }
    unsigned shown = proc->all_arg_count != 0 ? proc->all_arg_count : proc->arg_count;
    if (!row->nulls[PG_PROC_PROARGMODES]) {
        proc->arg_modes = row_get_chars(arena, v[PG_PROC_PROARGMODES], &count);
        if (count != shown)
            return error(ERR_DATA_CORRUPTED, "function %u has damaged argument modes", proc->oid);
    }
    if (!row->nulls[PG_PROC_PROARGNAMES]) {
        proc->arg_names = row_get_texts(arena, v[PG_PROC_PROARGNAMES], &count);
        if (count != shown)
            return error(ERR_DATA_CORRUPTED, "function %u has damaged argument names", proc->oid);
    }
    proc->default_exprs = row_name(row, PG_PROC_PROARGDEFAULTS, arena);
    proc->source = row_name(row, PG_PROC_PROSRC, arena);
    proc->binary = row_name(row, PG_PROC_PROBIN, arena);
    proc->sql_body = row_name(row, PG_PROC_PROSQLBODY, arena);
    if (!row->nulls[PG_PROC_PROCONFIG])
        proc->config = row_get_texts(arena, v[PG_PROC_PROCONFIG], &proc->config_count);
    return row_acl(row, PG_PROC_PROACL, arena, &proc->acl);
}

Status build_proc(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *row = row_new(&scratch);
    bool found;
    Status status = catalog_find(session, PG_PROC_OID_INDEX, keys, 1, &scratch, row, &found);
    if (status_ok(status) && found) {
        ProcDesc *proc = arena_new(arena, ProcDesc);
        status = proc_fill(proc, row, arena);
        *desc_out = &proc->desc;
    }
    arena_destroy(&scratch);
    return status;
}

/* Each candidate's own head is that of a valid descriptor that the list keeps alive. */
Status build_proc_list(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *rows;
    size_t count;
    Status status =
        catalog_find_all(session, PG_PROC_PRONAME_ARGS_NSP_INDEX, keys, 1, &scratch, &rows, &count);
    if (status_ok(status)) {
        ProcList *list = arena_new(arena, ProcList);
        ProcDesc *procs = arena_array(arena, ProcDesc, count + 1);
        list->procs = procs;
        list->count = (uint32_t)count;
        for (size_t i = 0; i < count && status_ok(status); i++)
            status = proc_fill(&procs[i], &rows[i], arena);
        *desc_out = &list->desc;
    }
    arena_destroy(&scratch);
    return status;
}

Status catalog_proc(CatalogSession *session, Oid proc, const ProcDesc **desc_out) {
    const Desc *desc;
    Status status = cache_get_oid(session, CACHE_PROC, proc, &desc);
    *desc_out = (const ProcDesc *)desc;
    return status;
}

Status catalog_proc_require(CatalogSession *session, Oid proc, const ProcDesc **desc_out) {
    TRY(catalog_proc(session, proc, desc_out));
    if (*desc_out == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for function %u", proc);
    return STATUS_OK;
}

/* Places in the path, one a namespace: the search path without the temporary schema, which is never
 * searched for functions and operators, or the one schema. */
typedef struct Places {
    const Oid *namespaces;
    uint32_t count;
    Oid only[1];
    Oid skip;
} Places;

static Status places_find(CatalogSession *session, const char *schema, Places *places) {
    places->skip = 0;
    if (schema != NULL) {
        TRY(namespace_for_lookup(session, schema, false, &places->only[0]));
        places->namespaces = places->only;
        places->count = 1;
        return STATUS_OK;
    }
    const SearchPath *path;
    TRY(session_search_path(session, &path));
    places->namespaces = path->namespaces;
    places->count = path->count;
    places->skip = session->temp_namespace;
    return STATUS_OK;
}

static bool same_args(const ProcDesc *a, const ProcDesc *b) {
    return a->arg_count == b->arg_count &&
           memcmp(a->arg_types, b->arg_types, a->arg_count * sizeof(Oid)) == 0;
}

static Status proc_list(CatalogSession *session, const char *name, const ProcList **list_out) {
    Datum key = datum_cstr(name);
    const Desc *desc;
    Status status = cache_get(session, CACHE_PROC_LIST, &key, &desc);
    *list_out = (const ProcList *)desc;
    return status;
}

Status catalog_proc_candidates(CatalogSession *session, const char *schema, const char *name,
                               Arena *arena, ProcCandidates *out) {
    *out = (ProcCandidates){0};
    Places places;
    const ProcList *list;
    TRY(places_find(session, schema, &places));
    TRY(proc_list(session, name, &list));
    const ProcDesc **procs = arena_array(arena, const ProcDesc *, list->count + 1u);
    uint16_t *order = arena_array(arena, uint16_t, list->count + 1u);
    for (uint32_t p = 0; p < places.count; p++) {
        if (places.namespaces[p] == places.skip && schema == NULL)
            continue;
        for (uint32_t i = 0; i < list->count; i++) {
            const ProcDesc *proc = &list->procs[i];
            if (proc->nsp != places.namespaces[p])
                continue;
            uint32_t known = 0;
            while (known < out->count && !same_args(procs[known], proc))
                known++;
            if (known < out->count && order[known] != p)
                continue; /* hidden by an earlier schema's */
            procs[out->count] = proc;
            order[out->count++] = (uint16_t)p;
        }
    }
    out->procs = procs;
    out->path_places = order;
    return STATUS_OK;
}

Status catalog_proc_exact(CatalogSession *session, const char *schema, const char *name,
                          const Oid *arg_types, uint32_t arg_count, Oid *proc_out) {
    *proc_out = 0;
    Places places;
    const ProcList *list;
    TRY(places_find(session, schema, &places));
    TRY(proc_list(session, name, &list));
    for (uint32_t p = 0; p < places.count; p++)
        for (uint32_t i = 0; i < list->count; i++) {
            const ProcDesc *proc = &list->procs[i];
            if (proc->nsp == places.namespaces[p] && proc->arg_count == arg_count &&
                (arg_count == 0 ||
                 memcmp(proc->arg_types, arg_types, arg_count * sizeof(Oid)) == 0)) {
                *proc_out = proc->oid;
                return STATUS_OK;
            }
        }
    return STATUS_OK;
}

/* ---- aggregates ---- */

Status build_aggregate(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *row = row_new(&scratch);
    bool found;
    Status status = catalog_find(session, PG_AGGREGATE_FNOID_INDEX, keys, 1, &scratch, row, &found);
    if (status_ok(status) && found) {
        AggregateDesc *desc = arena_new(arena, AggregateDesc);
        const Datum *v = row->values;
        desc->proc = v[PG_AGGREGATE_AGGFNOID].u32;
        desc->kind = (char)v[PG_AGGREGATE_AGGKIND].byte;
        desc->direct_arg_count = v[PG_AGGREGATE_AGGNUMDIRECTARGS].i16;
        desc->trans = v[PG_AGGREGATE_AGGTRANSFN].u32;
        desc->final = v[PG_AGGREGATE_AGGFINALFN].u32;
        desc->combine = v[PG_AGGREGATE_AGGCOMBINEFN].u32;
        desc->serial = v[PG_AGGREGATE_AGGSERIALFN].u32;
        desc->deserial = v[PG_AGGREGATE_AGGDESERIALFN].u32;
        desc->mtrans = v[PG_AGGREGATE_AGGMTRANSFN].u32;
        desc->minvtrans = v[PG_AGGREGATE_AGGMINVTRANSFN].u32;
        desc->mfinal = v[PG_AGGREGATE_AGGMFINALFN].u32;
        desc->final_extra = v[PG_AGGREGATE_AGGFINALEXTRA].b;
        desc->mfinal_extra = v[PG_AGGREGATE_AGGMFINALEXTRA].b;
        desc->final_modify = (char)v[PG_AGGREGATE_AGGFINALMODIFY].byte;
        desc->mfinal_modify = (char)v[PG_AGGREGATE_AGGMFINALMODIFY].byte;
        desc->sort_operator = v[PG_AGGREGATE_AGGSORTOP].u32;
        desc->trans_type = v[PG_AGGREGATE_AGGTRANSTYPE].u32;
        desc->trans_space = v[PG_AGGREGATE_AGGTRANSSPACE].i32;
        desc->mtrans_type = v[PG_AGGREGATE_AGGMTRANSTYPE].u32;
        desc->mtrans_space = v[PG_AGGREGATE_AGGMTRANSSPACE].i32;
        desc->initial = row_name(row, PG_AGGREGATE_AGGINITVAL, arena);
        desc->minitial = row_name(row, PG_AGGREGATE_AGGMINITVAL, arena);
        *desc_out = &desc->desc;
    }
    arena_destroy(&scratch);
    return status;
}

Status catalog_aggregate(CatalogSession *session, Oid proc, const AggregateDesc **desc_out) {
    const Desc *desc;
    Status status = cache_get_oid(session, CACHE_AGGREGATE, proc, &desc);
    *desc_out = (const AggregateDesc *)desc;
    return status;
}

/* ---- operators ---- */

static void operator_fill(OperatorDesc *oper, const CatalogRow *row, Arena *arena) {
    const Datum *v = row->values;
    oper->oid = v[PG_OPERATOR_OID].u32;
    oper->name = row_name(row, PG_OPERATOR_OPRNAME, arena);
    oper->nsp = v[PG_OPERATOR_OPRNAMESPACE].u32;
    oper->owner = v[PG_OPERATOR_OPROWNER].u32;
    oper->kind = (char)v[PG_OPERATOR_OPRKIND].byte;
    oper->can_merge = v[PG_OPERATOR_OPRCANMERGE].b;
    oper->can_hash = v[PG_OPERATOR_OPRCANHASH].b;
    oper->left = v[PG_OPERATOR_OPRLEFT].u32;
    oper->right = v[PG_OPERATOR_OPRRIGHT].u32;
    oper->result = v[PG_OPERATOR_OPRRESULT].u32;
    oper->commutator = v[PG_OPERATOR_OPRCOM].u32;
    oper->negator = v[PG_OPERATOR_OPRNEGATE].u32;
    oper->code = v[PG_OPERATOR_OPRCODE].u32;
    oper->restrict_estimator = v[PG_OPERATOR_OPRREST].u32;
    oper->join_estimator = v[PG_OPERATOR_OPRJOIN].u32;
}

Status build_operator(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *row = row_new(&scratch);
    bool found;
    Status status = catalog_find(session, PG_OPERATOR_OID_INDEX, keys, 1, &scratch, row, &found);
    if (status_ok(status) && found) {
        OperatorDesc *oper = arena_new(arena, OperatorDesc);
        operator_fill(oper, row, arena);
        *desc_out = &oper->desc;
    }
    arena_destroy(&scratch);
    return status;
}

Status build_operator_list(CatalogSession *session, const Datum *keys, Arena *arena,
                           Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *rows;
    size_t count;
    Status status = catalog_find_all(session, PG_OPERATOR_OPRNAME_L_R_N_INDEX, keys, 1, &scratch,
                                     &rows, &count);
    if (status_ok(status)) {
        OperatorList *list = arena_new(arena, OperatorList);
        OperatorDesc *operators = arena_array(arena, OperatorDesc, count + 1);
        list->operators = operators;
        list->count = (uint32_t)count;
        for (size_t i = 0; i < count; i++)
            operator_fill(&operators[i], &rows[i], arena);
        *desc_out = &list->desc;
    }
    arena_destroy(&scratch);
    return status;
}

Status catalog_operator(CatalogSession *session, Oid oper, const OperatorDesc **desc_out) {
    const Desc *desc;
    Status status = cache_get_oid(session, CACHE_OPERATOR, oper, &desc);
    *desc_out = (const OperatorDesc *)desc;
    return status;
}

Status catalog_operator_require(CatalogSession *session, Oid oper, const OperatorDesc **desc_out) {
    TRY(catalog_operator(session, oper, desc_out));
    if (*desc_out == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for operator %u", oper);
    return STATUS_OK;
}

static Status operator_list(CatalogSession *session, const char *name,
                            const OperatorList **list_out) {
    Datum key = datum_cstr(name);
    const Desc *desc;
    Status status = cache_get(session, CACHE_OPERATOR_LIST, &key, &desc);
    *list_out = (const OperatorList *)desc;
    return status;
}

Status catalog_operator_candidates(CatalogSession *session, const char *schema, const char *name,
                                   char kind, Arena *arena, OperatorCandidates *out) {
    *out = (OperatorCandidates){0};
    Places places;
    const OperatorList *list;
    TRY(places_find(session, schema, &places));
    TRY(operator_list(session, name, &list));
    const OperatorDesc **operators = arena_array(arena, const OperatorDesc *, list->count + 1u);
    uint16_t *order = arena_array(arena, uint16_t, list->count + 1u);
    for (uint32_t p = 0; p < places.count; p++) {
        if (places.namespaces[p] == places.skip && schema == NULL)
            continue;
        for (uint32_t i = 0; i < list->count; i++) {
            const OperatorDesc *oper = &list->operators[i];
            if (oper->nsp != places.namespaces[p] || oper->kind != kind)
                continue;
            uint32_t known = 0;
            while (known < out->count &&
                   (operators[known]->left != oper->left || operators[known]->right != oper->right))
                known++;
            if (known < out->count)
                continue;
            operators[out->count] = oper;
            order[out->count++] = (uint16_t)p;
        }
    }
    out->operators = operators;
    out->path_places = order;
    return STATUS_OK;
}

Status catalog_operator_exact(CatalogSession *session, const char *schema, const char *name,
                              Oid left, Oid right, Oid *oper_out) {
    *oper_out = 0;
    Places places;
    const OperatorList *list;
    TRY(places_find(session, schema, &places));
    TRY(operator_list(session, name, &list));
    for (uint32_t p = 0; p < places.count; p++) {
        if (places.namespaces[p] == places.skip && schema == NULL)
            continue;
        for (uint32_t i = 0; i < list->count; i++) {
            const OperatorDesc *oper = &list->operators[i];
            if (oper->nsp == places.namespaces[p] && oper->left == left && oper->right == right) {
                *oper_out = oper->oid;
                return STATUS_OK;
            }
        }
    }
    return STATUS_OK;
}
