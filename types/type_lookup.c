/*
 * type_lookup.c: any type's TypeInfo. What the catalog defines (arrays, domains, enums, ranges,
 * composites) gets one from its pg_type row, on the statement's arena.
 */
#include "catalog/desc.h"
#include "catalog/name.h"
#include "types/base_type.h"
#include "types/record_int.h"

#include "types/types_int.h"

DECLARE_TYPE_IO(array);
DECLARE_TYPE_ORDER(array);
DECLARE_TYPE_IO(record);
DECLARE_TYPE_ORDER(record);
DECLARE_TYPE_IO(enum);
DECLARE_TYPE_ORDER(enum);
/* plain with the labels' order. */
Status enum_info(EvalEnv *env, const TypeInfo *plain, TypeInfo **info_out);
DECLARE_TYPE_IO(domain);
DECLARE_TYPE_IO(range);
DECLARE_TYPE_ORDER(range);
DECLARE_TYPE_IO(multirange);
DECLARE_TYPE_ORDER(multirange);

static Status no_such_type(Oid type) {
    return error(ERR_UNDEFINED_OBJECT, "type with OID %u does not exist", type);
}

static void use_order(TypeInfo *info, int (*compare)(const TypeInfo *, Oid, Datum, Datum),
                      uint64_t (*hash)(const TypeInfo *, Oid, Datum),
                      Status (*key_encode)(const TypeInfo *, Oid, Datum, StrBuf *)) {
    info->compare = compare;
    info->hash = hash;
    info->key_encode = key_encode;
    info->key_decode = NULL;
}
#define USE_IO(info, family)                                                                       \
    ((info)->input = family##_input, (info)->output = family##_output,                             \
     (info)->receive = family##_receive, (info)->send = family##_send)

/* element_type: the subtype with the range's collation. */
static Status range_info(EvalEnv *env, TypeInfo *info) {
    const RangeDesc *range;
    const TypeInfo *sub;
    TRY(catalog_range(env->catalog, info->oid, &range));
    if (range == NULL)
        return no_such_type(info->oid);
    TRY(type_lookup(env, range->subtype, &sub));
    if (range->collation != sub->collation) {
        TypeInfo *collated = arena_new(env->statement_arena, TypeInfo);
        *collated = *sub;
        collated->collation = range->collation;
        sub = collated;
    }
    info->element_type = sub;
    USE_IO(info, range);
    if (sub->compare != NULL)
        use_order(info, range_compare, sub->hash == NULL ? NULL : range_hash, range_key_encode);
    return STATUS_OK;
}
/* element_type: the range type. */
static Status multirange_info(EvalEnv *env, TypeInfo *info) {
    const RangeDesc *range;
    TRY(catalog_range_by_multirange(env->catalog, info->oid, &range));
    if (range == NULL)
        return no_such_type(info->oid);
    TRY(type_lookup(env, range->range, &info->element_type));
    USE_IO(info, multirange);
    if (info->element_type->compare != NULL)
        use_order(info, multirange_compare,
                  info->element_type->hash == NULL ? NULL : multirange_hash, multirange_key_encode);
    return STATUS_OK;
}

static int domain_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    const TypeInfo *base = type->element_type;
    return base->compare(base, collation, a, b);
}
static uint64_t domain_hash(const TypeInfo *type, Oid collation, Datum value) {
    const TypeInfo *base = type->element_type;
    return base->hash(base, collation, value);
}
static Status domain_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    const TypeInfo *base = type->element_type;
    return base->key_encode(base, collation, value, key);
}
static Status domain_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                                Datum *value_out, size_t *used_out) {
    const TypeInfo *base = type->element_type;
    return base->key_decode(base, key, len, arena, value_out, used_out);
}
/* element_type: what it is made of. Whose functions look at their type, as arrays do at its elements, get
 * that one. */
static Status domain_info(EvalEnv *env, Oid base_type, TypeInfo *info) {
    TRY(type_lookup(env, base_type, &info->element_type));
    const TypeInfo *base = info->element_type;
    info->element = base_type;
    USE_IO(info, domain);
    use_order(info, base->compare, base->hash, base->key_encode);
    info->key_decode = base->key_decode;
    if (base->kind == TYPE_BASE && base->element == 0 && base->model == NULL)
        return STATUS_OK;
    use_order(info, base->compare == NULL ? NULL : domain_compare,
              base->hash == NULL ? NULL : domain_hash,
              base->key_encode == NULL ? NULL : domain_key_encode);
    info->key_decode = base->key_decode == NULL ? NULL : domain_key_decode;
    return STATUS_OK;
}

Status type_lookup(EvalEnv *env, Oid type, const TypeInfo **type_out) {
    const TypeDesc *desc;
    *type_out = type_builtin(type);
    if (*type_out != NULL)
        return STATUS_OK;
    if (env == NULL || env->catalog == NULL)
        return no_such_type(type);
    TRY(catalog_type(env->catalog, type, &desc));
    if (desc == NULL)
        return no_such_type(type);
    TypeInfo *info = arena_new(env->statement_arena, TypeInfo);
    *info = (TypeInfo){.oid = type,
                       .name = arena_strdup(env->statement_arena, desc->name),
                       .kind = (TypeKind)desc->kind,
                       .phys = desc->phys,
                       .typlen = desc->len,
                       .by_value = desc->by_value,
                       .category = desc->category,
                       .preferred = desc->preferred,
                       .element = desc->element,
                       .array = desc->array,
                       .collation = desc->collation};
    switch (info->kind) {
    case TYPE_ENUM:
        USE_IO(info, enum);
        use_order(info, enum_compare, enum_hash, enum_key_encode);
        TRY(enum_info(env, info, &info));
        break;
    case TYPE_COMPOSITE:
        USE_IO(info, record);
        use_order(info, record_compare, record_hash, record_key_encode);
        break;
    case TYPE_DOMAIN:
        TRY(domain_info(env, desc->base, info));
        break;
    case TYPE_RANGE:
        TRY(range_info(env, info));
        break;
    case TYPE_MULTIRANGE:
        TRY(multirange_info(env, info));
        break;
    default:
        if (desc->subscript != PROC_ARRAY_SUBSCRIPT_HANDLER) {
            TRY(base_type_info(env, desc, info));
            break;
        }
        TRY(type_lookup(env, desc->element, &info->element_type));
        USE_IO(info, array);
        if (info->element_type->compare != NULL)
            use_order(info, array_compare, array_hash, array_key_encode);
        break;
    }
    *type_out = info;
    return STATUS_OK;
}

Status record_shape(EvalEnv *env, Arena *arena, Oid type, RecordShape *shape_out) {
    const TypeDesc *desc = NULL;
    const RelationDesc *relation = NULL;
    *shape_out = (RecordShape){0};
    if (env != NULL && env->catalog != NULL)
        TRY(catalog_type(env->catalog, type, &desc));
    if (desc != NULL && desc->relation != 0)
        TRY(catalog_relation(env->catalog, desc->relation, &relation));
    if (relation == NULL)
        return no_such_type(type);
    uint32_t n = relation->column_count;
    shape_out->types = arena_array(arena, Oid, n + 1);
    shape_out->typmods = arena_array(arena, int32_t, n + 1);
    shape_out->phys = arena_array(arena, PhysType, n + 1);
    shape_out->names = arena_array(arena, const char *, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const ColumnDesc *c = &relation->columns[i];
        uint32_t k = shape_out->count++;
        shape_out->types[k] = c->dropped ? 0 : c->type;
        shape_out->typmods[k] = c->typmod;
        shape_out->phys[k] = c->phys;
        shape_out->names[k] = c->name;
    }
    return STATUS_OK;
}

/* ---- domains: the base type's forms, and their constraints ---- */

static Status (*domain_checker)(EvalEnv *env, Oid domain, Datum value, bool is_null);

void type_set_domain_check(Status (*checker)(EvalEnv *env, Oid domain, Datum value, bool is_null)) {
    domain_checker = checker;
}
Status type_check_domain(EvalEnv *env, const TypeInfo *type, Datum value, bool is_null) {
    if (type->kind != TYPE_DOMAIN || domain_checker == NULL)
        return STATUS_OK;
    return domain_checker(env, type->oid, value, is_null);
}
/* The type under all domains, with their typmod. */
static TypeIo base_io(TypeIo *io, Status *status_out) {
    TypeIo base = *io;
    *status_out = STATUS_OK;
    while (base.type->kind == TYPE_DOMAIN && status_ok(*status_out)) {
        const TypeDesc *desc;
        *status_out = catalog_type_require(io->env->catalog, base.type->oid, &desc);
        if (status_ok(*status_out))
            base.typmod = desc->typmod;
        base.type = base.type->element_type;
    }
    return base;
}
Status domain_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    Status s;
    TypeIo base = base_io(io, &s);
    TRY(s);
    TRY(base.type->input(&base, text, len, value_out));
    return type_check_domain(io->env, io->type, *value_out, false);
}
Status domain_output(TypeIo *io, Datum value, StrBuf *text) {
    TypeIo base = *io;
    base.type = io->type->element_type;
    return base.type->output(&base, value, text);
}
Status domain_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    Status s;
    TypeIo base = base_io(io, &s);
    TRY(s);
    TRY(base.type->receive(&base, bytes, len, value_out));
    return type_check_domain(io->env, io->type, *value_out, false);
}
Status domain_send(TypeIo *io, Datum value, StrBuf *bytes) {
    TypeIo base = *io;
    base.type = io->type->element_type;
    return base.type->send(&base, value, bytes);
}
