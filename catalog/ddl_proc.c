/* ddl_proc.c: functions, rules. */
#include "catalog/catalog_int.h"

static void proc_row_fill(CatalogRow *row, const ProcSpec *spec, const Acl *acl, Arena *arena) {
    row_set_text(row, PG_PROC_PRONAME, spec->name);
    row_set_oid(row, PG_PROC_PRONAMESPACE, spec->nsp);
    row_set_oid(row, PG_PROC_PROOWNER, spec->owner);
    row_set_oid(row, PG_PROC_PROLANG, spec->language);
    row_set_f32(row, PG_PROC_PROCOST, spec->cost);
    row_set_f32(row, PG_PROC_PROROWS, spec->rows);
    row_set_oid(row, PG_PROC_PROSUPPORT, spec->support);
    row_set_char(row, PG_PROC_PROKIND, spec->kind);
    row_set_bool(row, PG_PROC_PROSECDEF, spec->security_definer);
    row_set_bool(row, PG_PROC_PROLEAKPROOF, spec->leakproof);
    row_set_bool(row, PG_PROC_PROISSTRICT, spec->strict);
    row_set_bool(row, PG_PROC_PRORETSET, spec->returns_set);
    row_set_char(row, PG_PROC_PROVOLATILE, spec->volatility);
    row_set_char(row, PG_PROC_PROPARALLEL, spec->parallel);
    row_set_i16(row, PG_PROC_PRONARGS, (int16_t)spec->arg_count);
    row_set_i16(row, PG_PROC_PRONARGDEFAULTS, (int16_t)spec->default_count);
    row_set_oid(row, PG_PROC_PRORETTYPE, spec->result);
    row->values[PG_PROC_PROARGTYPES] = row_oid_vector(arena, spec->arg_types, spec->arg_count);
    static const int nullable[] = {PG_PROC_PROALLARGTYPES, PG_PROC_PROARGMODES, PG_PROC_PROARGNAMES,
                                   PG_PROC_PROTRFTYPES,    PG_PROC_PROCONFIG,   PG_PROC_PROACL};
    for (unsigned i = 0; i < ARRAY_LEN(nullable); i++)
        row_set_null(row, nullable[i]);
    unsigned shown = spec->all_arg_types != NULL ? spec->all_arg_count : spec->arg_count;
    if (spec->all_arg_types != NULL) {
        row->values[PG_PROC_PROALLARGTYPES] =
            row_oid_array(arena, spec->all_arg_types, spec->all_arg_count);
        row->nulls[PG_PROC_PROALLARGTYPES] = false;
    }
    if (spec->arg_modes != NULL) {
        row->values[PG_PROC_PROARGMODES] = row_char_array(arena, spec->arg_modes, shown);
        row->nulls[PG_PROC_PROARGMODES] = false;
    }
    if (spec->arg_names != NULL) {
        row->values[PG_PROC_PROARGNAMES] = row_text_array(arena, spec->arg_names, shown);
        row->nulls[PG_PROC_PROARGNAMES] = false;
    }
    row_set_text(row, PG_PROC_PROARGDEFAULTS, spec->default_exprs);
    row_set_text(row, PG_PROC_PROSRC, spec->source != NULL ? spec->source : "");
    row_set_text(row, PG_PROC_PROBIN, spec->binary);
    row_set_text(row, PG_PROC_PROSQLBODY, spec->sql_body);
    if (spec->config_count > 0) {
        row->values[PG_PROC_PROCONFIG] = row_text_array(arena, spec->config, spec->config_count);
        row->nulls[PG_PROC_PROCONFIG] = false;
    }
    if (acl != NULL) {
        row->values[PG_PROC_PROACL] = acl_datum(arena, acl);
        row->nulls[PG_PROC_PROACL] = false;
    }
}

/* The element type of the VARIADIC parameter. */
static Status variadic_element(CatalogSession *session, const ProcSpec *spec, Oid *element_out) {
    *element_out = 0;
    for (unsigned i = 0; spec->arg_modes != NULL && i < spec->all_arg_count; i++) {
        if (spec->arg_modes[i] != 'v')
            continue;
        Oid type = spec->all_arg_types != NULL ? spec->all_arg_types[i] : spec->arg_types[i];
        if (type == OID_ANY)
            *element_out = OID_ANY;
        else if (type == OID_ANYARRAY)
            *element_out = OID_ANYELEMENT;
        else if (type == OID_ANYCOMPATIBLEARRAY)
            *element_out = OID_ANYCOMPATIBLE;
        else
            TRY(catalog_array_element(session, type, element_out));
        if (*element_out == 0)
            return error(ERR_INTERNAL_ERROR, "variadic parameter must be an array");
    }
    return STATUS_OK;
}

static Status record_proc(CatalogSession *session, const ProcSpec *spec, Oid oid) {
    ObjectAddress self = object_address(PG_PROC, oid, 0);
    TRY(depend_record(session, self, object_address(PG_NAMESPACE, spec->nsp, 0), DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_LANGUAGE, spec->language, 0),
                      DEPEND_NORMAL));
    unsigned count = spec->all_arg_types != NULL ? spec->all_arg_count : spec->arg_count;
    const Oid *types = spec->all_arg_types != NULL ? spec->all_arg_types : spec->arg_types;
    Arena arena;
    arena_init(&arena, &session->account);
    ObjectAddress *needs = arena_array(&arena, ObjectAddress, count + 2u);
    needs[0] = object_address(PG_TYPE, spec->result, 0);
    needs[1] = object_address(PG_PROC, spec->support, 0);
    for (unsigned i = 0; i < count; i++)
        needs[i + 2] = object_address(PG_TYPE, types[i], 0);
    Status status = depend_record_many(session, self, needs, count + 2, DEPEND_NORMAL);
    if (status_ok(status))
        status = depend_record_many(session, self, spec->referenced, spec->referenced_count,
                                    DEPEND_NORMAL);
    arena_destroy(&arena);
    return status;
}

static const char *kind_word(char kind) {
    return kind == 'a'   ? "an aggregate function"
           : kind == 'p' ? "a procedure"
           : kind == 'w' ? "a window function"
                         : "a function";
}

/* Is the same list of output columns said? */
static bool same_outputs(const ProcDesc *old, const ProcSpec *spec) {
    unsigned a = 0, b = 0;
    for (;;) {
        while (a < old->all_arg_count &&
               (old->arg_modes == NULL || old->arg_modes[a] == 'i' || old->arg_modes[a] == 'v'))
            a++;
        while (b < spec->all_arg_count &&
               (spec->arg_modes == NULL || spec->arg_modes[b] == 'i' || spec->arg_modes[b] == 'v'))
            b++;
        bool more_a = a < old->all_arg_count, more_b = b < spec->all_arg_count;
        if (!more_a || !more_b)
            return more_a == more_b;
        if (old->all_arg_types[a] != spec->all_arg_types[b] ||
            strcmp(old->arg_names != NULL ? old->arg_names[a] : "",
                   spec->arg_names != NULL ? spec->arg_names[b] : "") != 0)
            return false;
        a++;
        b++;
    }
}

static Status drop_first_hint(CatalogSession *session, Status s, const ProcDesc *old,
                              Arena *arena) {
    const char *text;
    Status formatted = format_procedure(session, arena, old->oid, true, false, &text);
    if (!status_ok(formatted)) {
        status_free(s);
        return formatted;
    }
    return status_hint(s, "Use DROP %s %s first.",
                       old->kind == 'p'   ? "PROCEDURE"
                       : old->kind == 'a' ? "AGGREGATE"
                                          : "FUNCTION",
                       text);
}

/* A parameter that had a name keeps it, or nothing. */
static Status check_names(CatalogSession *session, const ProcDesc *old, const ProcSpec *spec,
                          Arena *arena) {
    unsigned old_at = 0, new_at = 0;
    for (unsigned i = 0; old->arg_names != NULL && i < old->arg_count; i++, old_at++, new_at++) {
        while (old->arg_modes != NULL &&
               (old->arg_modes[old_at] == 'o' || old->arg_modes[old_at] == 't'))
            old_at++;
        while (spec->arg_modes != NULL &&
               (spec->arg_modes[new_at] == 'o' || spec->arg_modes[new_at] == 't'))
            new_at++;
        const char *before = old->arg_names[old_at];
        const char *after = spec->arg_names != NULL ? spec->arg_names[new_at] : "";
        if (before[0] != '\0' && strcmp(before, after) != 0)
            return drop_first_hint(session,
                                   error(ERR_INVALID_FUNCTION_DEFINITION,
                                         "cannot change name of input parameter \"%s\"", before),
                                   old, arena);
    }
    return STATUS_OK;
}

static Status check_replace(CatalogSession *session, const ProcDesc *old, const ProcSpec *spec,
                            Arena *arena) {
    if (!spec->replace)
        return error(ERR_DUPLICATE_FUNCTION,
                     "function \"%s\" already exists with same argument types", spec->name);
    TRY(object_check_owner(session, PG_PROC, old->oid));
    if (old->kind != spec->kind)
        return status_detail(error(ERR_WRONG_OBJECT_TYPE, "cannot change routine kind"),
                             "\"%s\" is %s.", spec->name, kind_word(old->kind));
    if (old->result != spec->result || old->returns_set != spec->returns_set)
        return drop_first_hint(
            session,
            old->kind == 'p' ? error(ERR_INVALID_FUNCTION_DEFINITION,
                                     "cannot change whether a procedure has output parameters")
                             : error(ERR_INVALID_FUNCTION_DEFINITION,
                                     "cannot change return type of existing function"),
            old, arena);
    if (spec->result == OID_RECORD && !same_outputs(old, spec))
        return drop_first_hint(
            session,
            status_detail(error(ERR_INVALID_FUNCTION_DEFINITION,
                                "cannot change return type of existing function"),
                          "Row type defined by OUT parameters is different."),
            old, arena);
    TRY(check_names(session, old, spec, arena));
    if (spec->default_count < old->default_count)
        return drop_first_hint(session,
                               error(ERR_INVALID_FUNCTION_DEFINITION,
                                     "cannot remove parameter defaults from existing function"),
                               old, arena);
    return STATUS_OK;
}

static Status find_same(CatalogSession *session, const ProcSpec *spec, const ProcDesc **old_out) {
    Datum key = datum_cstr(spec->name);
    const Desc *desc;
    *old_out = NULL;
    TRY(cache_get(session, CACHE_PROC_LIST, &key, &desc));
    const ProcList *list = (const ProcList *)desc;
    for (uint32_t i = 0; i < list->count; i++)
        if (list->procs[i].nsp == spec->nsp && list->procs[i].arg_count == spec->arg_count &&
            memcmp(list->procs[i].arg_types, spec->arg_types, spec->arg_count * sizeof(Oid)) == 0)
            *old_out = &list->procs[i];
    return STATUS_OK;
}

/* ---- polymorphic results ---- */

enum { FAMILY_ANY = 1, FAMILY_COMPATIBLE, FAMILY_RANGE, FAMILY_COMPATIBLE_RANGE };
static const struct Polymorph {
    Oid type;
    const char *name;
    int family, needs; /* what it is, and what a result of it needs among the arguments */
} polymorphs[] = {
    {2283, "anyelement", FAMILY_ANY, FAMILY_ANY},
    {2277, "anyarray", FAMILY_ANY, FAMILY_ANY},
    {2776, "anynonarray", FAMILY_ANY, FAMILY_ANY},
    {3500, "anyenum", FAMILY_ANY, FAMILY_ANY},
    {3831, "anyrange", FAMILY_ANY, FAMILY_RANGE},
    {4537, "anymultirange", FAMILY_ANY, FAMILY_RANGE},
    {5077, "anycompatible", FAMILY_COMPATIBLE, FAMILY_COMPATIBLE},
    {5078, "anycompatiblearray", FAMILY_COMPATIBLE, FAMILY_COMPATIBLE},
    {5079, "anycompatiblenonarray", FAMILY_COMPATIBLE, FAMILY_COMPATIBLE},
    {5080, "anycompatiblerange", FAMILY_COMPATIBLE, FAMILY_COMPATIBLE_RANGE},
    {4538, "anycompatiblemultirange", FAMILY_COMPATIBLE, FAMILY_COMPATIBLE_RANGE},
};
static const struct Polymorph *polymorph(Oid type) {
    for (size_t i = 0; i < ARRAY_LEN(polymorphs); i++)
        if (polymorphs[i].type == type)
            return &polymorphs[i];
    return NULL;
}
static Status check_result(Oid result, const ProcSpec *spec) {
    static const char *const inputs[] = {
        [FAMILY_ANY] = "anyelement, anyarray, anynonarray, anyenum, anyrange, or anymultirange",
        [FAMILY_COMPATIBLE] = "anycompatible, anycompatiblearray, anycompatiblenonarray, "
                              "anycompatiblerange, or anycompatiblemultirange",
        [FAMILY_RANGE] = "anyrange or anymultirange",
        [FAMILY_COMPATIBLE_RANGE] = "anycompatiblerange or anycompatiblemultirange"};
    const struct Polymorph *wanted = polymorph(result);
    bool internal = result == OID_INTERNAL, found = false;
    for (unsigned i = 0; i < spec->arg_count && !found; i++) {
        const struct Polymorph *given = polymorph(spec->arg_types[i]);
        found = internal ? spec->arg_types[i] == OID_INTERNAL
                         : wanted != NULL && given != NULL &&
                               (given->family == wanted->needs || given->needs == wanted->needs);
    }
    if (found || (wanted == NULL && !internal))
        return STATUS_OK;
    if (internal)
        return status_detail(
            error(ERR_INVALID_FUNCTION_DEFINITION, "unsafe use of pseudo-type \"internal\""),
            "A result of type internal requires at least one input of type "
            "internal.");
    return status_detail(
        error(ERR_INVALID_FUNCTION_DEFINITION, "cannot determine result data type"),
        "A result of type %s requires at least one input of type %s.", wanted->name,
        inputs[wanted->needs]);
}
static Status check_results(const ProcSpec *spec) {
    TRY(check_result(spec->result, spec));
    for (unsigned i = 0; spec->all_arg_types != NULL && i < spec->all_arg_count; i++)
        if (spec->arg_modes != NULL && strchr("iv", spec->arg_modes[i]) == NULL)
            TRY(check_result(spec->all_arg_types[i], spec));
    return STATUS_OK;
}

static Status create_proc(CatalogSession *session, const ProcSpec *spec, Oid *oid_out,
                          Arena *arena) {
    const ProcDesc *old;
    const Acl *acl = NULL;
    Oid variadic;
    TRY(check_results(spec));
    TRY(find_same(session, spec, &old));
    TRY(variadic_element(session, spec, &variadic));
    CatalogRow *row = row_new(arena);
    if (old != NULL) {
        bool found;
        TRY(check_replace(session, old, spec, arena));
        *oid_out = old->oid;
        Oid owner = old->owner;
        acl = old->acl;
        TRY(object_row(session, PG_PROC, old->oid, arena, row, &found));
        proc_row_fill(row, spec, acl, arena);
        row_set_oid(row, PG_PROC_PROOWNER, owner);
        row_set_oid(row, PG_PROC_PROVARIADIC, variadic);
        TRY(catalog_update(session, PG_PROC, row));
        TRY(depend_delete_of(session, object_address(PG_PROC, *oid_out, 0), true, NULL));
        return record_proc(session, spec, *oid_out);
    }
    TRY(acl_for_new_object(session, arena, ACL_KIND_FUNCTION, spec->owner, spec->nsp, &acl));
    TRY(catalog_new_oid(session, PG_PROC, oid_out));
    row_set_oid(row, PG_PROC_OID, *oid_out);
    proc_row_fill(row, spec, acl, arena);
    row_set_oid(row, PG_PROC_PROVARIADIC, variadic);
    TRY(catalog_insert(session, PG_PROC, row));
    TRY(record_proc(session, spec, *oid_out));
    ObjectAddress self = object_address(PG_PROC, *oid_out, 0);
    TRY(shdepend_record_owner(session, PG_PROC, *oid_out, spec->owner));
    TRY(acl_record_roles(session, self, spec->owner, NULL, acl, arena));
    return depend_on_current_extension(session, self);
}

Status proc_create(CatalogSession *session, const ProcSpec *spec, Oid *oid_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    *oid_out = 0;
    Status status = create_proc(session, spec, oid_out, &arena);
    arena_destroy(&arena);
    return status;
}

/* ---- rules ---- */

static Status store_rule(CatalogSession *session, const RuleSpec *spec, Oid *oid_out,
                         Arena *arena) {
    Datum keys[2] = {datum_oid(spec->relation), datum_cstr(spec->name)};
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(catalog_find(session, PG_REWRITE_REL_RULENAME_INDEX, keys, 2, arena, row, &found));
    if (found && !spec->replace) {
        const char *name;
        TRY(relation_name(session, spec->relation, &name));
        return error(ERR_DUPLICATE_OBJECT, "rule \"%s\" for relation \"%s\" already exists",
                     spec->name, name != NULL ? name : "");
    }
    row_set_char(row, PG_REWRITE_EV_TYPE, spec->event);
    row_set_bool(row, PG_REWRITE_IS_INSTEAD, spec->instead);
    row_set_text(row, PG_REWRITE_EV_QUAL, spec->condition != NULL ? spec->condition : "<>");
    row_set_text(row, PG_REWRITE_EV_ACTION, spec->actions != NULL ? spec->actions : "<>");
    if (found) {
        *oid_out = row_oid(row, PG_REWRITE_OID);
        TRY(catalog_update(session, PG_REWRITE, row));
        TRY(depend_delete_of(session, object_address(PG_REWRITE, *oid_out, 0), true, NULL));
    } else {
        TRY(catalog_new_oid(session, PG_REWRITE, oid_out));
        row_set_oid(row, PG_REWRITE_OID, *oid_out);
        row_set_text(row, PG_REWRITE_RULENAME, spec->name);
        row_set_oid(row, PG_REWRITE_EV_CLASS, spec->relation);
        row_set_char(row, PG_REWRITE_EV_ENABLED, spec->enabled != 0 ? spec->enabled : 'O');
        TRY(catalog_insert(session, PG_REWRITE, row));
    }
    ObjectAddress self = object_address(PG_REWRITE, *oid_out, 0);
    TRY(depend_record(session, self, object_address(PG_CLASS, spec->relation, 0),
                      spec->event == '1' && spec->instead ? DEPEND_INTERNAL : DEPEND_AUTO));
    TRY(depend_record_many(session, self, spec->referenced, spec->referenced_count, DEPEND_NORMAL));
    return relation_set_flag(session, spec->relation, PG_CLASS_RELHASRULES);
}

Status rule_store(CatalogSession *session, const RuleSpec *spec, Oid *oid_out) {
    Oid ignored;
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = store_rule(session, spec, oid_out != NULL ? oid_out : &ignored, &arena);
    arena_destroy(&arena);
    return status;
}
