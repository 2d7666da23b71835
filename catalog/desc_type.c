/* desc_type.c: types, enum labels, ranges. */
#include "catalog/catalog_int.h"

/* Built-in types whose values lie otherwise than their length says: names, points, addresses are
 * byte strings. */
static bool fixed_is_bytes(Oid type) {
    switch (type) {
    case OID_NAME:
    case OID_POINT:
    case OID_LSEG:
    case OID_BOX:
    case OID_LINE:
    case OID_CIRCLE:
    case OID_MACADDR:
    case OID_MACADDR8:
    case OID_ACLITEM:
        return true;
    default:
        return false;
    }
}

PhysType catalog_phys(Oid type, int16_t len, bool by_value, char kind) {
    if (len < 0 || fixed_is_bytes(type) || kind == 'c')
        return PHYS_STR;
    if (type == OID_FLOAT4)
        return PHYS_F32;
    if (type == OID_FLOAT8)
        return PHYS_F64;
    switch (len) {
    case 1:
        return PHYS_BYTE;
    case 2:
        return PHYS_I16;
    case 4:
        return PHYS_I32;
    case 6: /* tid */
    case 8:
        return PHYS_I64;
    case 12:
    case 16:
        return PHYS_W16;
    default:
        return PHYS_STR;
    }
}

static Status type_checks(CatalogSession *session, TypeDesc *type, Arena *arena, Arena *scratch) {
    CatalogRow *rows;
    size_t count;
    Datum key = datum_oid(type->oid);
    TRY(catalog_find_all(session, PG_CONSTRAINT_CONTYPID_INDEX, &key, 1, scratch, &rows, &count));
    CheckDesc *checks = arena_array(arena, CheckDesc, count + 1);
    type->checks = checks;
    for (size_t i = 0; i < count; i++)
        if (rows[i].values[PG_CONSTRAINT_CONTYPE].byte == 'c')
            check_desc_fill(arena, &checks[type->check_count++], &rows[i]);
    return STATUS_OK;
}

static void type_fill(TypeDesc *type, const CatalogRow *row, Arena *arena) {
    const Datum *v = row->values;
    type->oid = v[PG_TYPE_OID].u32;
    type->name = row_name(row, PG_TYPE_TYPNAME, arena);
    type->nsp = v[PG_TYPE_TYPNAMESPACE].u32;
    type->owner = v[PG_TYPE_TYPOWNER].u32;
    type->len = v[PG_TYPE_TYPLEN].i16;
    type->by_value = v[PG_TYPE_TYPBYVAL].b;
    type->kind = (char)v[PG_TYPE_TYPTYPE].byte;
    type->category = (char)v[PG_TYPE_TYPCATEGORY].byte;
    type->preferred = v[PG_TYPE_TYPISPREFERRED].b;
    type->defined = v[PG_TYPE_TYPISDEFINED].b;
    type->delimiter = (char)v[PG_TYPE_TYPDELIM].byte;
    type->relation = v[PG_TYPE_TYPRELID].u32;
    type->subscript = v[PG_TYPE_TYPSUBSCRIPT].u32;
    type->element = v[PG_TYPE_TYPELEM].u32;
    type->array = v[PG_TYPE_TYPARRAY].u32;
    type->input = v[PG_TYPE_TYPINPUT].u32;
    type->output = v[PG_TYPE_TYPOUTPUT].u32;
    type->receive = v[PG_TYPE_TYPRECEIVE].u32;
    type->send = v[PG_TYPE_TYPSEND].u32;
    type->typmod_in = v[PG_TYPE_TYPMODIN].u32;
    type->typmod_out = v[PG_TYPE_TYPMODOUT].u32;
    type->analyze = v[PG_TYPE_TYPANALYZE].u32;
    type->align = (char)v[PG_TYPE_TYPALIGN].byte;
    type->storage = (char)v[PG_TYPE_TYPSTORAGE].byte;
    type->not_null = v[PG_TYPE_TYPNOTNULL].b;
    type->base = v[PG_TYPE_TYPBASETYPE].u32;
    type->typmod = v[PG_TYPE_TYPTYPMOD].i32;
    type->dims = v[PG_TYPE_TYPNDIMS].i32;
    type->collation = v[PG_TYPE_TYPCOLLATION].u32;
    type->default_expr = row_name(row, PG_TYPE_TYPDEFAULTBIN, arena);
    type->default_text = row_name(row, PG_TYPE_TYPDEFAULT, arena);
}

/* A user's base type of fixed length has the values of the built-in type whose input function it uses. */
static Status model_phys(CatalogSession *session, TypeDesc *type) {
    static const struct {
        const char *input;
        PhysType phys;
    } models[] = {{"float4in", PHYS_F32},    {"float8in", PHYS_F64},  {"uuid_in", PHYS_W16},
                  {"interval_in", PHYS_W16}, {"timetz_in", PHYS_W16}, {"tidin", PHYS_I64}};
    const ProcDesc *input;
    TRY(catalog_proc(session, type->input, &input));
    if (!type->by_value)
        type->phys = PHYS_STR;
    for (size_t i = 0; input != NULL && i < ARRAY_LEN(models); i++)
        if (strcmp(models[i].input, input->source) == 0)
            type->phys = models[i].phys;
    return STATUS_OK;
}

static Status type_finish(CatalogSession *session, TypeDesc *type, const CatalogRow *row,
                          Arena *arena, Arena *scratch) {
    TRY(row_acl(row, PG_TYPE_TYPACL, arena, &type->acl));
    type->phys = catalog_phys(type->oid, type->len, type->by_value, type->kind);
    if (type->kind == 'b' && type->oid >= OID_FIRST_NORMAL && type->len > 0)
        TRY(model_phys(session, type));
    if (type->kind != 'd')
        return STATUS_OK;
    const TypeDesc *base;
    TRY(catalog_type_require(session, type->base, &base));
    type->phys = base->phys;
    return type_checks(session, type, arena, scratch);
}

Status build_type(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *row = row_new(&scratch);
    bool found;
    Status status = catalog_find(session, PG_TYPE_OID_INDEX, keys, 1, &scratch, row, &found);
    if (status_ok(status) && found) {
        TypeDesc *type = arena_new(arena, TypeDesc);
        type_fill(type, row, arena);
        status = type_finish(session, type, row, arena, &scratch);
        *desc_out = &type->desc;
    }
    arena_destroy(&scratch);
    return status;
}

Status build_type_name(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_name(session, PG_TYPE_TYPNAME_NSP_INDEX, PG_TYPE_OID, keys, arena, desc_out);
}

Status catalog_type(CatalogSession *session, Oid type, const TypeDesc **desc_out) {
    const Desc *desc;
    Status status = cache_get_oid(session, CACHE_TYPE, type, &desc);
    *desc_out = (const TypeDesc *)desc;
    return status;
}

Status catalog_type_require(CatalogSession *session, Oid type, const TypeDesc **desc_out) {
    TRY(catalog_type(session, type, desc_out));
    if (*desc_out == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for type %u", type);
    return STATUS_OK;
}

Status catalog_array_element(CatalogSession *session, Oid type, Oid *element_out) {
    const TypeDesc *desc;
    *element_out = 0;
    TRY(catalog_type(session, type, &desc));
    if (desc != NULL && desc->subscript == PROC_ARRAY_SUBSCRIPT_HANDLER)
        *element_out = desc->element;
    return STATUS_OK;
}

Status catalog_array_type(CatalogSession *session, Oid element, Oid *array_out) {
    const TypeDesc *desc;
    TRY(catalog_type(session, element, &desc));
    *array_out = desc != NULL ? desc->array : 0;
    return STATUS_OK;
}

Status catalog_base_type(CatalogSession *session, Oid type, Oid *base_out, int32_t *typmod_out) {
    int32_t typmod = -1;
    for (;;) {
        const TypeDesc *desc;
        *base_out = type;
        TRY(catalog_type_require(session, type, &desc));
        if (desc->kind != 'd')
            break;
        if (typmod == -1)
            typmod = desc->typmod;
        type = desc->base;
    }
    if (typmod_out != NULL)
        *typmod_out = typmod;
    return STATUS_OK;
}

/* ---- enums ---- */

static int compare_labels(const void *a, const void *b) {
    float x = ((const EnumLabel *)a)->order, y = ((const EnumLabel *)b)->order;
    return (x > y) - (x < y);
}

Status build_enum(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *rows;
    size_t count;
    Status status =
        catalog_find_all(session, PG_ENUM_TYPID_SORTORDER_INDEX, keys, 1, &scratch, &rows, &count);
    if (status_ok(status)) {
        EnumDesc *desc = arena_new(arena, EnumDesc);
        EnumLabel *labels = arena_array(arena, EnumLabel, count + 1);
        desc->type = keys[0].u32;
        desc->count = (uint32_t)count;
        for (size_t i = 0; i < count; i++) {
            labels[i].oid = row_oid(&rows[i], PG_ENUM_OID);
            labels[i].order = rows[i].values[PG_ENUM_ENUMSORTORDER].f32;
            labels[i].label = row_name(&rows[i], PG_ENUM_ENUMLABEL, arena);
        }
        qsort(labels, count, sizeof(EnumLabel), compare_labels);
        desc->labels = labels;
        *desc_out = &desc->desc;
    }
    arena_destroy(&scratch);
    return status;
}

Status catalog_enum(CatalogSession *session, Oid type, const EnumDesc **desc_out) {
    const Desc *desc;
    Status status = cache_get_oid(session, CACHE_ENUM, type, &desc);
    *desc_out = (const EnumDesc *)desc;
    return status;
}

const EnumLabel *enum_label(const EnumDesc *desc, const char *label, size_t len) {
    for (uint32_t i = 0; i < desc->count; i++)
        if (strlen(desc->labels[i].label) == len && memcmp(desc->labels[i].label, label, len) == 0)
            return &desc->labels[i];
    return NULL;
}

const EnumLabel *enum_label_by_oid(const EnumDesc *desc, Oid oid) {
    for (uint32_t i = 0; i < desc->count; i++)
        if (desc->labels[i].oid == oid)
            return &desc->labels[i];
    return NULL;
}

/* ---- ranges ---- */

static Status range_build(CatalogSession *session, Oid index, const Datum *keys, Arena *arena,
                          Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *row = row_new(&scratch);
    bool found;
    Status status = catalog_find(session, index, keys, 1, &scratch, row, &found);
    if (status_ok(status) && found) {
        RangeDesc *desc = arena_new(arena, RangeDesc);
        desc->range = row_oid(row, PG_RANGE_RNGTYPID);
        desc->subtype = row_oid(row, PG_RANGE_RNGSUBTYPE);
        desc->multirange = row_oid(row, PG_RANGE_RNGMULTITYPID);
        desc->collation = row_oid(row, PG_RANGE_RNGCOLLATION);
        desc->opclass = row_oid(row, PG_RANGE_RNGSUBOPC);
        desc->canonical = row_oid(row, PG_RANGE_RNGCANONICAL);
        desc->subdiff = row_oid(row, PG_RANGE_RNGSUBDIFF);
        *desc_out = &desc->desc;
    }
    arena_destroy(&scratch);
    return status;
}

Status build_range(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return range_build(session, PG_RANGE_RNGTYPID_INDEX, keys, arena, desc_out);
}
Status build_multirange(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return range_build(session, PG_RANGE_RNGMULTITYPID_INDEX, keys, arena, desc_out);
}

Status catalog_range(CatalogSession *session, Oid range, const RangeDesc **desc_out) {
    const Desc *desc;
    Status status = cache_get_oid(session, CACHE_RANGE, range, &desc);
    *desc_out = (const RangeDesc *)desc;
    return status;
}
Status catalog_range_by_multirange(CatalogSession *session, Oid multirange,
                                   const RangeDesc **desc_out) {
    const Desc *desc;
    Status status = cache_get_oid(session, CACHE_MULTIRANGE, multirange, &desc);
    *desc_out = (const RangeDesc *)desc;
    return status;
}
