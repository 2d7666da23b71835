/*
 * enum.c: enumerated types. A value is the OID of its pg_enum row. Rows made with the type have even
 * OIDs in the order of the labels; a label put between others later has an odd one, and comparing it
 * needs the labels' order, of which a type keeps a copy. Keys of indexes begin with the order.
 */
#include "catalog/desc.h"
#include "catalog/name.h"

#include "types/types_int.h"

#include <stdlib.h>

DECLARE_TYPE_IO(enum);
DECLARE_TYPE_ORDER(enum);
Status enum_info(EvalEnv *env, const TypeInfo *plain, TypeInfo **info_out);

static Status enum_desc(EvalEnv *env, Oid type, const EnumDesc **desc_out) {
    TRY(catalog_enum(env->catalog, type, desc_out));
    if (*desc_out == NULL)
        return error(ERR_UNDEFINED_OBJECT, "type with OID %u does not exist", type);
    return STATUS_OK;
}
Status enum_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    const EnumDesc *desc;
    const char *name;
    TRY(enum_desc(io->env, io->type->oid, &desc));
    const EnumLabel *label = enum_label(desc, text, len);
    if (label == NULL) {
        TRY(format_type_brief(io->env->catalog, io->arena, io->type->oid, &name));
        return error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input value for enum %s: \"%.*s\"",
                     name, (int)len, text);
    }
    *value_out = datum_oid(label->oid);
    return enum_check_usable(io->env->catalog, io->arena, label, io->type->oid);
}
Status enum_output(TypeIo *io, Datum value, StrBuf *text) {
    const EnumDesc *desc;
    TRY(enum_desc(io->env, io->type->oid, &desc));
    const EnumLabel *label = enum_label_by_oid(desc, value.u32);
    if (label == NULL)
        return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid internal value for enum: %u",
                     value.u32);
    strbuf_puts(text, label->label);
    return STATUS_OK;
}
Status enum_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return enum_input(io, (const char *)bytes, len, value_out);
}
Status enum_send(TypeIo *io, Datum value, StrBuf *bytes) { return enum_output(io, value, bytes); }

typedef struct EnumPlace {
    Oid label;
    float order;
} EnumPlace;
/* What type_lookup gives for an enum. */
typedef struct EnumInfo {
    TypeInfo info;
    uint32_t count;
    EnumPlace *places; /* by OID */
} EnumInfo;

static int place_order(const void *a, const void *b) {
    const EnumPlace *x = a, *y = b;
    return (x->label > y->label) - (x->label < y->label);
}
Status enum_info(EvalEnv *env, const TypeInfo *plain, TypeInfo **info_out) {
    const EnumDesc *desc;
    EnumInfo *e = arena_new(env->statement_arena, EnumInfo);
    e->info = *plain;
    *info_out = &e->info;
    TRY(enum_desc(env, plain->oid, &desc));
    e->places = arena_array(env->statement_arena, EnumPlace, desc->count + 1);
    for (; e->count < desc->count; e->count++)
        e->places[e->count] = (EnumPlace){desc->labels[e->count].oid, desc->labels[e->count].order};
    qsort(e->places, e->count, sizeof(*e->places), place_order);
    return STATUS_OK;
}
static double label_order(const TypeInfo *type, Oid label) {
    while (type->kind == TYPE_DOMAIN)
        type = type->element_type;
    const EnumInfo *e = (const EnumInfo *)type;
    EnumPlace wanted = {.label = label};
    const EnumPlace *found = bsearch(&wanted, e->places, e->count, sizeof(*e->places), place_order);
    return found == NULL ? label : found->order;
}
int enum_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    if (a.u32 == b.u32 || ((a.u32 | b.u32) & 1) == 0)
        return (a.u32 > b.u32) - (a.u32 < b.u32);
    double x = label_order(type, a.u32), y = label_order(type, b.u32);
    return (x > y) - (x < y);
}
uint64_t enum_hash(const TypeInfo *type, Oid collation, Datum value) { return hash_u64(value.u32); }
Status enum_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    key_put_f64(key, label_order(type, value.u32));
    key_put_u32(key, value.u32);
    return STATUS_OK;
}

/* With the catalog at hand: the true order. */
static Status order(FnCall *call, int *order_out) {
    Oid a = ARG_U32(0), b = ARG_U32(1);
    *order_out = (a > b) - (a < b);
    if (a == b || ((a & 1) == 0 && (b & 1) == 0))
        return STATUS_OK;
    const EnumDesc *desc;
    TRY(enum_desc(call_env(call), call->site->arg_types[0], &desc));
    const EnumLabel *x = enum_label_by_oid(desc, a), *y = enum_label_by_oid(desc, b);
    if (x != NULL && y != NULL)
        *order_out = (x->order > y->order) - (x->order < y->order);
    return STATUS_OK;
}
SCALAR(enum_eq) { return ret_bool(call, ARG_U32(0) == ARG_U32(1)); }
SCALAR(enum_ne) { return ret_bool(call, ARG_U32(0) != ARG_U32(1)); }
#define ENUM_COMPARISON(name, op)                                                                  \
    SCALAR(name) {                                                                                 \
        int o;                                                                                     \
        TRY(order(call, &o));                                                                      \
        return ret_bool(call, o op 0);                                                             \
    }
ENUM_COMPARISON(enum_lt, <)
ENUM_COMPARISON(enum_le, <=)
ENUM_COMPARISON(enum_gt, >)
ENUM_COMPARISON(enum_ge, >=)
SCALAR(enum_cmp) { return order(call, &call->result.i32); }
SCALAR(enum_larger) {
    int o;
    TRY(order(call, &o));
    return ret_datum(call, call->args[o > 0 ? 0 : 1]);
}
SCALAR(enum_smaller) {
    int o;
    TRY(order(call, &o));
    return ret_datum(call, call->args[o < 0 ? 0 : 1]);
}

static Status site_desc(FnCall *call, const EnumDesc **desc_out) {
    const char *name;
    TRY(enum_desc(call_env(call), call->site->arg_types[0], desc_out));
    if ((*desc_out)->count > 0)
        return STATUS_OK;
    TRY(format_type_brief(call_env(call)->catalog, call->arena, (*desc_out)->type, &name));
    return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "enum %s contains no values", name);
}
static Status check_usable(FnCall *call, const EnumDesc *desc, uint32_t at) {
    return enum_check_usable(call_env(call)->catalog, call->arena, &desc->labels[at], desc->type);
}
SCALAR(enum_first) {
    const EnumDesc *desc;
    TRY(site_desc(call, &desc));
    TRY(check_usable(call, desc, 0));
    return ret_oid(call, desc->labels[0].oid);
}
SCALAR(enum_last) {
    const EnumDesc *desc;
    TRY(site_desc(call, &desc));
    TRY(check_usable(call, desc, desc->count - 1));
    return ret_oid(call, desc->labels[desc->count - 1].oid);
}
static Status range(FnCall *call, bool has_bounds) {
    const EnumDesc *desc;
    TRY(enum_desc(call_env(call), call->site->arg_types[0], &desc));
    Datum *values = arena_array(call->arena, Datum, desc->count + 1);
    uint32_t n = 0;
    bool inside = !has_bounds || call->nulls[0];
    for (uint32_t i = 0; i < desc->count; i++) {
        inside = inside || (has_bounds && desc->labels[i].oid == ARG_U32(0));
        if (inside) {
            TRY(check_usable(call, desc, i));
            values[n++] = datum_oid(desc->labels[i].oid);
        }
        if (has_bounds && !call->nulls[1] && desc->labels[i].oid == ARG_U32(1))
            break;
    }
    return array_build_1d(call->arena, desc->type, PHYS_I32, values, NULL, n, &call->result);
}
SCALAR(enum_range_bounds) { return range(call, true); }
SCALAR(enum_range_all) { return range(call, false); }
