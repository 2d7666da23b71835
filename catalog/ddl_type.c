/* ddl_type.c: making and changing types. */
#include "catalog/catalog_int.h"

TypeSpec array_type_spec(const char *name, Oid nsp, Oid owner, Oid element, char element_align) {
    return (TypeSpec){.name = name,
                      .nsp = nsp,
                      .owner = owner,
                      .len = -1,
                      .kind = 'b',
                      .category = 'A',
                      .delimiter = ',',
                      .input = PROC_ARRAY_IN,
                      .output = PROC_ARRAY_OUT,
                      .receive = PROC_ARRAY_RECV,
                      .send = PROC_ARRAY_SEND,
                      .analyze = PROC_ARRAY_TYPANALYZE,
                      .subscript = PROC_ARRAY_SUBSCRIPT_HANDLER,
                      .element = element,
                      .is_implicit_array = true,
                      .align = element_align == 'd' ? 'd' : 'i',
                      .storage = 'x',
                      .typmod = -1};
}

Status type_find(CatalogSession *session, const char *name, Oid nsp, Oid *oid_out) {
    Datum keys[2] = {datum_cstr(name), datum_oid(nsp)};
    const Desc *desc;
    TRY(cache_get(session, CACHE_TYPE_NAME, keys, &desc));
    *oid_out = desc != NULL ? ((const NameDesc *)desc)->oid : 0;
    return STATUS_OK;
}

Status type_choose_array_name(CatalogSession *session, Arena *arena, const char *name, Oid nsp,
                              const char **name_out) {
    const char *longer = name;
    for (unsigned underscores = 1; underscores < NAME_BYTES - 1; underscores++) {
        Oid known;
        longer = arena_printf(arena, "_%s", longer);
        *name_out = name_make_object(arena, longer, NULL, NULL);
        TRY(type_find(session, *name_out, nsp, &known));
        if (known == 0)
            return STATUS_OK;
    }
    return error(ERR_DUPLICATE_OBJECT, "could not form array type name for type \"%s\"", name);
}

/* ---- rows ---- */

static void type_row_fill(CatalogRow *row, const TypeSpec *spec, Oid oid) {
    memset(row, 0, sizeof(*row));
    row_set_oid(row, PG_TYPE_OID, oid);
    row_set_text(row, PG_TYPE_TYPNAME, spec->name);
    row_set_oid(row, PG_TYPE_TYPNAMESPACE, spec->nsp);
    row_set_oid(row, PG_TYPE_TYPOWNER, spec->owner);
    row_set_i16(row, PG_TYPE_TYPLEN, spec->len);
    row_set_bool(row, PG_TYPE_TYPBYVAL, spec->by_value);
    row_set_char(row, PG_TYPE_TYPTYPE, spec->kind);
    row_set_char(row, PG_TYPE_TYPCATEGORY, spec->category);
    row_set_bool(row, PG_TYPE_TYPISPREFERRED, spec->preferred);
    row_set_bool(row, PG_TYPE_TYPISDEFINED, true);
    row_set_char(row, PG_TYPE_TYPDELIM, spec->delimiter);
    row_set_oid(row, PG_TYPE_TYPRELID, spec->relation);
    row_set_oid(row, PG_TYPE_TYPSUBSCRIPT, spec->subscript);
    row_set_oid(row, PG_TYPE_TYPELEM, spec->element);
    row_set_oid(row, PG_TYPE_TYPARRAY, spec->array);
    row_set_oid(row, PG_TYPE_TYPINPUT, spec->input);
    row_set_oid(row, PG_TYPE_TYPOUTPUT, spec->output);
    row_set_oid(row, PG_TYPE_TYPRECEIVE, spec->receive);
    row_set_oid(row, PG_TYPE_TYPSEND, spec->send);
    row_set_oid(row, PG_TYPE_TYPMODIN, spec->typmod_in);
    row_set_oid(row, PG_TYPE_TYPMODOUT, spec->typmod_out);
    row_set_oid(row, PG_TYPE_TYPANALYZE, spec->analyze);
    row_set_char(row, PG_TYPE_TYPALIGN, spec->align);
    row_set_char(row, PG_TYPE_TYPSTORAGE, spec->storage);
    row_set_bool(row, PG_TYPE_TYPNOTNULL, spec->not_null);
    row_set_oid(row, PG_TYPE_TYPBASETYPE, spec->base);
    row_set_i32(row, PG_TYPE_TYPTYPMOD, spec->typmod);
    row_set_i32(row, PG_TYPE_TYPNDIMS, spec->dims);
    row_set_oid(row, PG_TYPE_TYPCOLLATION, spec->collation);
    row_set_text(row, PG_TYPE_TYPDEFAULTBIN, spec->default_expr);
    row_set_text(row, PG_TYPE_TYPDEFAULT, spec->default_text);
    row_set_null(row, PG_TYPE_TYPACL);
}

/* What the type needs; a dependent type (row type, automatic array) goes with its owner. */
static Status record_type(CatalogSession *session, const TypeSpec *spec, Oid type) {
    ObjectAddress self = object_address(PG_TYPE, type, 0);
    bool row_type = spec->relation != 0;
    if (!spec->is_implicit_array && (!row_type || spec->relation_kind == 'c')) {
        TRY(depend_record(session, self, object_address(PG_NAMESPACE, spec->nsp, 0),
                          DEPEND_NORMAL));
        TRY(shdepend_record_owner(session, PG_TYPE, type, spec->owner));
        TRY(depend_on_current_extension(session, self));
    }
    const Oid procs[] = {spec->input,     spec->output,     spec->receive, spec->send,
                         spec->typmod_in, spec->typmod_out, spec->analyze, spec->subscript};
    for (unsigned i = 0; i < ARRAY_LEN(procs); i++)
        TRY(depend_record(session, self, object_address(PG_PROC, procs[i], 0), DEPEND_NORMAL));
    if (row_type && spec->relation_kind != 'c')
        TRY(depend_record(session, self, object_address(PG_CLASS, spec->relation, 0),
                          DEPEND_INTERNAL));
    if (row_type && spec->relation_kind == 'c')
        TRY(depend_record(session, object_address(PG_CLASS, spec->relation, 0), self,
                          DEPEND_INTERNAL));
    TRY(depend_record(session, self, object_address(PG_TYPE, spec->element, 0),
                      spec->is_implicit_array ? DEPEND_INTERNAL : DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_TYPE, spec->base, 0), DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_COLLATION, spec->collation, 0),
                      DEPEND_NORMAL));
    return depend_record_many(session, self, spec->expr_referenced, spec->expr_referenced_count,
                              DEPEND_NORMAL);
}

static Status create_type(CatalogSession *session, const TypeSpec *spec, Oid *oid_out,
                          Arena *arena) {
    CatalogRow *row = row_new(arena), *old = row_new(arena);
    const Acl *acl = NULL;
    bool shell = false;
    Oid existing;
    TRY(type_find(session, spec->name, spec->nsp, &existing));
    if (existing != 0) {
        bool found;
        TRY(object_row(session, PG_TYPE, existing, arena, old, &found));
        shell = found && !old->values[PG_TYPE_TYPISDEFINED].b;
        if (!shell)
            return error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", spec->name);
    }
    *oid_out = existing != 0 ? existing : spec->oid;
    if (*oid_out == 0)
        TRY(catalog_new_oid(session, PG_TYPE, oid_out));
    type_row_fill(row, spec, *oid_out);
    if (!spec->is_implicit_array && spec->relation == 0)
        TRY(acl_for_new_object(session, arena, ACL_KIND_TYPE, spec->owner, spec->nsp, &acl));
    if (acl != NULL) {
        row->values[PG_TYPE_TYPACL] = acl_datum(arena, acl);
        row->nulls[PG_TYPE_TYPACL] = false;
    }
    if (shell) {
        row->rowid = old->rowid;
        row->version = old->version;
        TRY(catalog_update(session, PG_TYPE, row));
        TRY(depend_delete_of(session, object_address(PG_TYPE, *oid_out, 0), true, NULL));
        TRY(shdepend_delete_of(session, PG_TYPE, *oid_out, 0));
    } else {
        TRY(catalog_insert(session, PG_TYPE, row));
    }
    TRY(record_type(session, spec, *oid_out));
    return acl_record_roles(session, object_address(PG_TYPE, *oid_out, 0), spec->owner, NULL, acl,
                            arena);
}

Status type_create(CatalogSession *session, const TypeSpec *spec, Oid *oid_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    *oid_out = 0;
    Status status = create_type(session, spec, oid_out, &arena);
    arena_destroy(&arena);
    return status;
}

#define PROC_SHELL_IN 2398
#define PROC_SHELL_OUT 2399

Status type_create_shell(CatalogSession *session, const char *name, Oid nsp, Oid owner,
                         Oid *oid_out) {
    TypeSpec spec = {.name = name,
                     .nsp = nsp,
                     .owner = owner,
                     .len = 4,
                     .by_value = true,
                     .kind = 'p',
                     .category = 'P',
                     .delimiter = ',',
                     .input = PROC_SHELL_IN,
                     .output = PROC_SHELL_OUT,
                     .align = 'i',
                     .storage = 'p',
                     .typmod = -1};
    TRY(type_create(session, &spec, oid_out));
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    bool found;
    Status status = object_row(session, PG_TYPE, *oid_out, &arena, row, &found);
    if (status_ok(status) && found) {
        row_set_bool(row, PG_TYPE_TYPISDEFINED, false);
        status = catalog_update(session, PG_TYPE, row);
    }
    arena_destroy(&arena);
    return status;
}

/* The type and its array type. A name taken by an automatic array type is freed first. */
static Status create_with_array(CatalogSession *session, TypeSpec *spec, Oid *oid_out,
                                Arena *arena) {
    Oid existing, array_oid, array_made;
    bool moved;
    const char *array_name;
    TRY(type_find(session, spec->name, spec->nsp, &existing));
    if (existing != 0)
        TRY(type_move_array(session, existing, spec->name, spec->nsp, &moved));
    TRY(catalog_new_oid(session, PG_TYPE, &array_oid));
    spec->array = array_oid;
    TRY(type_create(session, spec, oid_out));
    TRY(type_choose_array_name(session, arena, spec->name, spec->nsp, &array_name));
    TypeSpec array = array_type_spec(array_name, spec->nsp, spec->owner, *oid_out, spec->align);
    array.oid = array_oid;
    array.collation = spec->collation;
    array.typmod_in = spec->typmod_in;
    array.typmod_out = spec->typmod_out;
    array.delimiter = spec->delimiter;
    return type_create(session, &array, &array_made);
}

Status type_create_base(CatalogSession *session, const TypeSpec *spec, Oid *oid_out) {
    TypeSpec own = *spec;
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = create_with_array(session, &own, oid_out, &arena);
    arena_destroy(&arena);
    return status;
}

/* ---- enums ---- */

/* Whether a label with that OID and place has the OIDs of the even ones in the labels' order. */
static bool keeps_order(const EnumDesc *desc, Oid oid, float order) {
    for (uint32_t i = 0; desc != NULL && i < desc->count; i++) {
        const EnumLabel *l = &desc->labels[i];
        if ((l->oid & 1) == 0 && (l->oid < oid) != (l->order < order))
            return false;
    }
    return true;
}
/*
 * desc: the labels that are there; NULL: the type is being made. Even OIDs are in the labels' order, so two
 * of them compare without a look-up; a label that breaks it gets an odd one.
 */
static Status insert_label(CatalogSession *session, Oid type, const EnumDesc *desc,
                           const char *label, float order) {
    CatalogRow row = {0};
    Oid oid;
    if (strlen(label) >= NAME_BYTES)
        return status_detail(error(ERR_INVALID_NAME, "invalid enum label \"%s\"", label),
                             "Labels must be %d bytes or less.", NAME_BYTES - 1);
    do {
        TRY(catalog_new_oid(session, PG_ENUM, &oid));
    } while (((oid & 1) == 0) != keeps_order(desc, oid, order));
    row_set_oid(&row, PG_ENUM_OID, oid);
    row_set_oid(&row, PG_ENUM_ENUMTYPID, type);
    row_set_f32(&row, PG_ENUM_ENUMSORTORDER, order);
    row_set_text(&row, PG_ENUM_ENUMLABEL, label);
    return catalog_insert(session, PG_ENUM, &row);
}

Status type_create_enum(CatalogSession *session, const char *name, Oid nsp, Oid owner,
                        const char *const *labels, uint32_t label_count, Oid *oid_out) {
    TypeSpec spec = {.name = name,
                     .nsp = nsp,
                     .owner = owner,
                     .len = 4,
                     .by_value = true,
                     .kind = 'e',
                     .category = 'E',
                     .delimiter = ',',
                     .input = PROC_ENUM_IN,
                     .output = PROC_ENUM_OUT,
                     .receive = PROC_ENUM_RECV,
                     .send = PROC_ENUM_SEND,
                     .align = 'i',
                     .storage = 'p',
                     .typmod = -1};
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = create_with_array(session, &spec, oid_out, &arena);
    for (uint32_t i = 0; i < label_count && status_ok(status); i++) {
        for (uint32_t k = 0; k < i && status_ok(status); k++)
            if (strcmp(labels[i], labels[k]) == 0)
                status =
                    error(ERR_DUPLICATE_OBJECT, "enum label \"%s\" used more than once", labels[i]);
        if (status_ok(status))
            status = insert_label(session, *oid_out, NULL, labels[i], (float)(i + 1));
    }
    arena_destroy(&arena);
    return status;
}

/* Numbers the labels 1, 2, ... again, where no float lies between two neighbours. */
static Status renumber(CatalogSession *session, Oid type, Arena *arena) {
    Datum key = datum_oid(type);
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(session, PG_ENUM_TYPID_SORTORDER_INDEX, &key, 1, arena, &rows, &count));
    for (size_t i = count; i-- > 0;) {
        row_set_f32(&rows[i], PG_ENUM_ENUMSORTORDER, (float)(count + i + 1));
        TRY(catalog_update(session, PG_ENUM, &rows[i]));
    }
    TRY(catalog_find_all(session, PG_ENUM_TYPID_SORTORDER_INDEX, &key, 1, arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        row_set_f32(&rows[i], PG_ENUM_ENUMSORTORDER, (float)(i + 1));
        TRY(catalog_update(session, PG_ENUM, &rows[i]));
    }
    return STATUS_OK;
}

static bool oid_listed(const Oid *items, size_t count, Oid oid) {
    for (size_t i = 0; i < count; i++)
        if (items[i] == oid)
            return true;
    return false;
}

/* Where a label goes; *exact_out false if there is no float for it. */
static Status place_label(const EnumDesc *desc, const char *neighbour, bool after, float *order_out,
                          bool *exact_out) {
    *exact_out = true;
    if (neighbour == NULL) {
        *order_out = desc->count == 0 ? 1 : desc->labels[desc->count - 1].order + 1;
        return STATUS_OK;
    }
    uint32_t at = 0;
    while (at < desc->count && strcmp(desc->labels[at].label, neighbour) != 0)
        at++;
    if (at == desc->count)
        return error(ERR_INVALID_PARAMETER_VALUE, "\"%s\" is not an existing enum label",
                     neighbour);
    float here = desc->labels[at].order;
    if (after && at + 1 == desc->count)
        *order_out = here + 1;
    else if (!after && at == 0)
        *order_out = here - 1;
    else {
        float other = desc->labels[after ? at + 1 : at - 1].order;
        *order_out = (here + other) / 2;
        *exact_out = *order_out != here && *order_out != other;
    }
    return STATUS_OK;
}

Status enum_add_label(CatalogSession *session, Oid type, const char *label, const char *neighbour,
                      bool after, bool if_not_exists, bool *renumbered_out) {
    const EnumDesc *desc;
    float order;
    bool exact;
    *renumbered_out = false;
    if (strlen(label) >= NAME_BYTES)
        return status_detail(error(ERR_INVALID_NAME, "invalid enum label \"%s\"", label),
                             "Labels must be %d bytes or less.", NAME_BYTES - 1);
    TRY(object_lock(session, PG_TYPE, type, LOCK_EXCLUSIVE));
    TRY(catalog_enum(session, type, &desc));
    if (enum_label(desc, label, strlen(label)) != NULL) {
        if (!if_not_exists)
            return error(ERR_DUPLICATE_OBJECT, "enum label \"%s\" already exists", label);
        session_notice(session, "NOTICE", ERR_DUPLICATE_OBJECT,
                       "enum label \"%s\" already exists, skipping", label);
        return STATUS_OK;
    }
    TRY(place_label(desc, neighbour, after, &order, &exact));
    if (!exact) {
        Arena arena;
        *renumbered_out = true;
        arena_init(&arena, &session->account);
        Status status = renumber(session, type, &arena);
        arena_destroy(&arena);
        TRY(status);
        TRY(catalog_enum(session, type, &desc));
        TRY(place_label(desc, neighbour, after, &order, &exact));
    }
    TRY(insert_label(session, type, desc, label, order));
    TRY(catalog_enum(session, type, &desc));
    const EnumLabel *made = enum_label(desc, label, strlen(label));
    if (made != NULL)
        vec_push(&session->new_labels, &session->arena, made->oid);
    return STATUS_OK;
}

Status enum_check_usable(CatalogSession *session, Arena *arena, const EnumLabel *label, Oid type) {
    const char *name;
    if (LIKELY(session->new_labels.count == 0) ||
        !oid_listed(session->new_labels.items, session->new_labels.count, label->oid))
        return STATUS_OK;
    TRY(format_type_brief(session, arena, type, &name));
    return status_hint(error(ERR_UNSAFE_NEW_ENUM_VALUE_USAGE,
                             "unsafe use of new value \"%s\" of enum type %s", label->label, name),
                       "New enum values must be committed before they can be used.");
}

Status enum_rename_label(CatalogSession *session, Oid type, const char *label, const char *name) {
    const EnumDesc *desc;
    TRY(object_lock(session, PG_TYPE, type, LOCK_EXCLUSIVE));
    TRY(catalog_enum(session, type, &desc));
    const EnumLabel *old = enum_label(desc, label, strlen(label));
    if (strlen(name) >= NAME_BYTES)
        return status_detail(error(ERR_INVALID_NAME, "invalid enum label \"%s\"", name),
                             "Labels must be %d bytes or less.", NAME_BYTES - 1);
    if (old == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "\"%s\" is not an existing enum label", label);
    if (enum_label(desc, name, strlen(name)) != NULL)
        return error(ERR_DUPLICATE_OBJECT, "enum label \"%s\" already exists", name);
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    bool found;
    Status status = catalog_find_oid(session, PG_ENUM_OID_INDEX, old->oid, &arena, row, &found);
    if (status_ok(status) && found) {
        row_set_text(row, PG_ENUM_ENUMLABEL, name);
        status = catalog_update(session, PG_ENUM, row);
    }
    arena_destroy(&arena);
    return status;
}

/* ---- domains, ranges ---- */

Status type_create_domain(CatalogSession *session, const DomainSpec *domain, Oid *oid_out) {
    const TypeDesc *base;
    TRY(catalog_type_require(session, domain->base, &base));
    TypeSpec spec = {.name = domain->name,
                     .nsp = domain->nsp,
                     .owner = domain->owner,
                     .len = base->len,
                     .by_value = base->by_value,
                     .kind = 'd',
                     .category = base->category,
                     .delimiter = base->delimiter,
                     .input = PROC_DOMAIN_IN,
                     .output = base->output,
                     .receive = PROC_DOMAIN_RECV,
                     .send = base->send,
                     .analyze = base->analyze,
                     .base = domain->base,
                     .default_text = domain->default_text,
                     .default_expr = domain->default_expr,
                     .align = base->align,
                     .storage = base->storage,
                     .typmod = domain->typmod,
                     .dims = domain->dims,
                     .not_null = domain->not_null,
                     .collation = domain->collation != 0 ? domain->collation : base->collation,
                     .expr_referenced = domain->expr_referenced,
                     .expr_referenced_count = domain->expr_referenced_count};
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = create_with_array(session, &spec, oid_out, &arena);
    arena_destroy(&arena);
    return status;
}

/* "xrange" gives "xmultirange", any other name gets "_multirange". */
static const char *multirange_name(Arena *arena, const char *range) {
    const char *at = strstr(range, "range");
    if (at == NULL)
        return name_make_object(arena, range, NULL, "multirange");
    return arena_printf(arena, "%.*smulti%s", (int)(at - range), range, at);
}

/* One of the functions that make a range or multirange, named like the type. */
static Status range_constructor(CatalogSession *session, const TypeSpec *type, Oid result,
                                const Oid *args, unsigned count, const char *source, bool strict,
                                Oid *oid_out) {
    bool variadic = strcmp(source, "multirange_constructor2") == 0;
    ObjectAddress needs = object_address(PG_TYPE, result, 0);
    ProcSpec proc = {.name = type->name,
                     .nsp = type->nsp,
                     .owner = OID_ROLE_BOOTSTRAP,
                     .language = OID_LANGUAGE_INTERNAL,
                     .cost = 1,
                     .kind = 'f',
                     .strict = strict,
                     .volatility = 'i',
                     .parallel = 's',
                     .result = result,
                     .arg_types = args,
                     .arg_count = (uint16_t)count,
                     .all_arg_types = variadic ? args : NULL,
                     .all_arg_count = variadic ? 1 : 0,
                     .arg_modes = variadic ? "v" : NULL,
                     .source = source};
    TRY(proc_create(session, &proc, oid_out));
    /* The constructor goes with its type. */
    TRY(depend_delete_of_class(session, object_address(PG_PROC, *oid_out, 0), PG_TYPE,
                               DEPEND_NORMAL, NULL));
    return depend_record(session, object_address(PG_PROC, *oid_out, 0), needs, DEPEND_INTERNAL);
}

/* The explicit cast from a range to its multirange. */
static Status range_cast(CatalogSession *session, Oid range, Oid multirange, Oid function) {
    CatalogRow row = {0};
    Oid oid;
    TRY(catalog_new_oid(session, PG_CAST, &oid));
    row_set_oid(&row, PG_CAST_OID, oid);
    row_set_oid(&row, PG_CAST_CASTSOURCE, range);
    row_set_oid(&row, PG_CAST_CASTTARGET, multirange);
    row_set_oid(&row, PG_CAST_CASTFUNC, function);
    row_set_char(&row, PG_CAST_CASTCONTEXT, 'e');
    row_set_char(&row, PG_CAST_CASTMETHOD, 'f');
    TRY(catalog_insert(session, PG_CAST, &row));
    const ObjectAddress self = object_address(PG_CAST, oid, 0);
    TRY(depend_record(session, self, object_address(PG_TYPE, range, 0), DEPEND_INTERNAL));
    TRY(depend_record(session, self, object_address(PG_TYPE, multirange, 0), DEPEND_INTERNAL));
    return depend_record(session, self, object_address(PG_PROC, function, 0), DEPEND_INTERNAL);
}

static Status range_row(CatalogSession *session, const RangeSpec *spec, Oid range, Oid multirange) {
    CatalogRow row = {0};
    ObjectAddress self = object_address(PG_TYPE, range, 0);
    row_set_oid(&row, PG_RANGE_RNGTYPID, range);
    row_set_oid(&row, PG_RANGE_RNGSUBTYPE, spec->subtype);
    row_set_oid(&row, PG_RANGE_RNGMULTITYPID, multirange);
    row_set_oid(&row, PG_RANGE_RNGCOLLATION, spec->collation);
    row_set_oid(&row, PG_RANGE_RNGSUBOPC, spec->opclass);
    row_set_oid(&row, PG_RANGE_RNGCANONICAL, spec->canonical);
    row_set_oid(&row, PG_RANGE_RNGSUBDIFF, spec->subdiff);
    TRY(catalog_insert(session, PG_RANGE, &row));
    TRY(depend_record(session, self, object_address(PG_TYPE, spec->subtype, 0), DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_OPCLASS, spec->opclass, 0), DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_COLLATION, spec->collation, 0),
                      DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_PROC, spec->canonical, 0), DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_PROC, spec->subdiff, 0), DEPEND_NORMAL));
    return depend_record(session, object_address(PG_TYPE, multirange, 0), self, DEPEND_INTERNAL);
}

/* A name that was given may push an array type's name aside; a derived one may not. */
static Status multirange_name_free(CatalogSession *session, const RangeSpec *range,
                                   const TypeSpec *multi) {
    Oid existing;
    const TypeDesc *desc;
    bool moved;
    TRY(type_find(session, multi->name, multi->nsp, &existing));
    if (existing == 0)
        return STATUS_OK;
    if (range->multirange_name == NULL)
        return status_hint(
            status_detail(error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", multi->name),
                          "Failed while creating a multirange type for type \"%s\".", range->name),
            "You can manually specify a multirange type name using the \"multirange_type_name\" "
            "attribute.");
    TRY(catalog_type_require(session, existing, &desc));
    TRY(type_move_array(session, existing, multi->name, multi->nsp, &moved));
    return moved && desc->defined
               ? STATUS_OK
               : error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", multi->name);
}

static Status create_range(CatalogSession *session, const RangeSpec *range, Oid *oid_out,
                           Arena *arena) {
    const TypeDesc *subtype;
    Oid multirange, array;
    TRY(catalog_type_require(session, range->subtype, &subtype));
    char align = subtype->align == 'd' ? 'd' : 'i';
    const char *multi = range->multirange_name != NULL ? range->multirange_name
                                                       : multirange_name(arena, range->name);
    TypeSpec spec = {.name = range->name,
                     .nsp = range->nsp,
                     .owner = range->owner,
                     .len = -1,
                     .kind = 'r',
                     .category = 'R',
                     .delimiter = ',',
                     .input = PROC_RANGE_IN,
                     .output = PROC_RANGE_OUT,
                     .receive = PROC_RANGE_RECV,
                     .send = PROC_RANGE_SEND,
                     .analyze = PROC_RANGE_TYPANALYZE,
                     .align = align,
                     .storage = 'x',
                     .typmod = -1};
    TypeSpec multi_spec = spec;
    multi_spec.name = multi;
    multi_spec.nsp = range->multirange_name != NULL ? range->multirange_nsp : range->nsp;
    multi_spec.kind = 'm';
    multi_spec.input = PROC_MULTIRANGE_IN;
    multi_spec.output = PROC_MULTIRANGE_OUT;
    multi_spec.receive = PROC_MULTIRANGE_RECV;
    multi_spec.send = PROC_MULTIRANGE_SEND;
    multi_spec.analyze = PROC_MULTIRANGE_TYPANALYZE;
    TRY(create_with_array(session, &spec, oid_out, arena));
    TRY(multirange_name_free(session, range, &multi_spec));
    TRY(create_with_array(session, &multi_spec, &multirange, arena));
    TRY(range_row(session, range, *oid_out, multirange));
    Oid args[3] = {range->subtype, range->subtype, OID_TEXT};
    Oid r = *oid_out, made, cast;
    TRY(catalog_array_type(session, r, &array));
    TRY(range_constructor(session, &spec, r, args, 2, "range_constructor2", false, &made));
    TRY(range_constructor(session, &spec, r, args, 3, "range_constructor3", false, &made));
    TRY(range_constructor(session, &multi_spec, multirange, args, 0, "multirange_constructor0",
                          true, &made));
    TRY(range_constructor(session, &multi_spec, multirange, &r, 1, "multirange_constructor1", true,
                          &cast));
    TRY(range_constructor(session, &multi_spec, multirange, &array, 1, "multirange_constructor2",
                          true, &made));
    return range_cast(session, r, multirange, cast);
}

Status type_create_range(CatalogSession *session, const RangeSpec *spec, Oid *oid_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = create_range(session, spec, oid_out, &arena);
    arena_destroy(&arena);
    return status;
}

/* ---- changes ---- */

static Status update_name(CatalogSession *session, Oid type, const char *name, Arena *arena) {
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(object_row(session, PG_TYPE, type, arena, row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for type %u", type);
    row_set_text(row, PG_TYPE_TYPNAME, name);
    return catalog_update(session, PG_TYPE, row);
}

static Status rename_type(CatalogSession *session, Oid type, const char *name, Arena *arena) {
    const TypeDesc *desc;
    Oid existing;
    bool moved = false;
    TRY(catalog_type_require(session, type, &desc));
    Oid array = desc->array, nsp = desc->nsp;
    TRY(type_find(session, name, nsp, &existing));
    if (existing != 0)
        TRY(type_move_array(session, existing, name, nsp, &moved));
    if (existing != 0 && !moved)
        return error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", name);
    TRY(update_name(session, type, name, arena));
    if (array == 0 || array == existing)
        return STATUS_OK;
    const char *array_name;
    TRY(type_choose_array_name(session, arena, name, nsp, &array_name));
    return update_name(session, array, array_name, arena);
}

Status type_rename_row_type(CatalogSession *session, Oid type, const char *name) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = rename_type(session, type, name, &arena);
    arena_destroy(&arena);
    return status;
}

Status type_rename(CatalogSession *session, Oid type, const char *name) {
    const TypeDesc *desc;
    TRY(catalog_type_require(session, type, &desc));
    return desc->kind == 'c' ? relation_rename(session, desc->relation, name)
                             : type_rename_row_type(session, type, name);
}

Status type_move_array(CatalogSession *session, Oid type, const char *name, Oid nsp,
                       bool *moved_out) {
    const TypeDesc *desc, *element;
    *moved_out = false;
    TRY(catalog_type_require(session, type, &desc));
    if (!desc->defined) { /* a shell: to be completed */
        *moved_out = true;
        return STATUS_OK;
    }
    if (desc->element == 0)
        return STATUS_OK;
    TRY(catalog_type(session, desc->element, &element));
    if (element == NULL || element->array != type)
        return STATUS_OK;
    Arena arena;
    arena_init(&arena, &session->account);
    const char *other;
    Status status = type_choose_array_name(session, &arena, name, nsp, &other);
    if (status_ok(status))
        status = update_name(session, type, other, &arena);
    *moved_out = status_ok(status);
    arena_destroy(&arena);
    return status;
}

static Status set_owner_row(CatalogSession *session, Oid type, Oid owner, Arena *arena) {
    CatalogRow *row = row_new(arena);
    const Acl *acl;
    bool found;
    TRY(object_row(session, PG_TYPE, type, arena, row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for type %u", type);
    TRY(row_acl(row, PG_TYPE_TYPACL, arena, &acl));
    if (acl != NULL)
        row->values[PG_TYPE_TYPACL] =
            acl_datum(arena, acl_change_owner(arena, acl, row_oid(row, PG_TYPE_TYPOWNER), owner));
    row_set_oid(row, PG_TYPE_TYPOWNER, owner);
    return catalog_update(session, PG_TYPE, row);
}

Status type_set_owner(CatalogSession *session, Oid type, Oid owner, bool depend) {
    const TypeDesc *desc;
    TRY(catalog_type_require(session, type, &desc));
    Oid array = desc->array;
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = set_owner_row(session, type, owner, &arena);
    if (status_ok(status) && array != 0)
        status = set_owner_row(session, array, owner, &arena);
    if (status_ok(status) && depend)
        status = shdepend_change_owner(session, PG_TYPE, type, owner);
    arena_destroy(&arena);
    return status;
}

Status type_change_owner(CatalogSession *session, Oid type, Oid owner) {
    const TypeDesc *desc;
    TRY(catalog_type_require(session, type, &desc));
    if (desc->kind == 'c')
        return relation_change_owner(session, desc->relation, owner);
    TRY(type_set_owner(session, type, owner, true));
    if (desc->kind != 'r')
        return STATUS_OK;
    const RangeDesc *range;
    TRY(catalog_range(session, type, &range));
    return range != NULL ? type_set_owner(session, range->multirange, owner, true) : STATUS_OK;
}

static Status set_namespace_row(CatalogSession *session, Oid type, Oid nsp, Arena *arena) {
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(object_row(session, PG_TYPE, type, arena, row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for type %u", type);
    row_set_oid(row, PG_TYPE_TYPNAMESPACE, nsp);
    return catalog_update(session, PG_TYPE, row);
}

Status type_set_namespace(CatalogSession *session, Oid type, Oid nsp, bool depend) {
    const TypeDesc *desc;
    Oid existing;
    TRY(catalog_type_require(session, type, &desc));
    Oid array = desc->array, old = desc->nsp;
    TRY(type_find(session, desc->name, nsp, &existing));
    if (existing != 0) {
        const char *schema;
        TRY(namespace_name(session, nsp, &schema));
        return error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists in schema \"%s\"",
                     desc->name, schema != NULL ? schema : "");
    }
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = set_namespace_row(session, type, nsp, &arena);
    if (status_ok(status) && array != 0)
        status = set_namespace_row(session, array, nsp, &arena);
    arena_destroy(&arena);
    if (status_ok(status) && depend)
        status = depend_change(session, PG_TYPE, type, PG_NAMESPACE, old, nsp, NULL);
    return status;
}

Status type_change_namespace(CatalogSession *session, Oid type, Oid nsp) {
    const TypeDesc *desc;
    TRY(catalog_type_require(session, type, &desc));
    if (desc->nsp == nsp)
        return STATUS_OK;
    return desc->kind == 'c' ? relation_change_namespace(session, desc->relation, nsp)
                             : type_set_namespace(session, type, nsp, true);
}
