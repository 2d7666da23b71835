/* hash_value.c: the hashes that SQL's hash functions give, made of lookup3 as PostgreSQL 15 makes them. */
#include "types/hash_value.h"

#include "catalog/acl.h"
#include "types/hash_func.h"
#include "types/json.h"
#include "types/numeric.h"
#include "types/record.h"

#include <math.h>

/* Both halves turned left by a bit. */
static uint64_t rotate_halves(uint64_t v) {
    return (v << 1 & UINT64_C(0xfffffffefffffffe)) | (v >> 31 & UINT64_C(0x100000001));
}

static uint64_t of_float(double v, uint64_t seed) {
    if (v == 0)
        return seed;
    if (isnan(v))
        v = NAN;
    return hash_func_bytes(&v, sizeof(v), seed);
}

/* Of the bytes that are sent, from `skip` on. */
static Status of_sent(FnCall *call, const TypeInfo *type, Datum value, StrBuf *bytes) {
    TypeIo io = {.type = type, .typmod = -1, .env = call_env(call), .arena = call->arena};
    strbuf_init(bytes, call->arena);
    return type->send(&io, value, bytes);
}

/* The digits to the base 10,000 without zeros at either end, and the weight of the first. */
static Status of_numeric(FnCall *call, Datum value, uint64_t seed, uint64_t *hash_out) {
    StrBuf sent;
    TRY(of_sent(call, type_builtin(1700), value, &sent));
    const uint8_t *p = (const uint8_t *)strbuf_cstr(&sent);
    int count = p[0] << 8 | p[1], start = 0;
    int16_t weight = (int16_t)(p[2] << 8 | p[3]);
    if ((p[4] & 0xc0) == 0xc0) { /* NaN, the infinities */
        *hash_out = seed;
        return STATUS_OK;
    }
    p += 8;
    for (; start < count && p[2 * start] == 0 && p[2 * start + 1] == 0; start++)
        weight--;
    while (count > start && p[2 * count - 2] == 0 && p[2 * count - 1] == 0)
        count--;
    if (count == start) {
        *hash_out = seed - 1;
        return STATUS_OK;
    }
    size_t bytes = 2 * (size_t)(count - start);
    char *digits;
    TRY(call_alloc(call, bytes, &digits));
    for (size_t i = 0; i < bytes; i++) /* as they lie in memory: the low byte first */
        digits[i] = (char)p[2 * (size_t)start + (i ^ 1)];
    *hash_out = hash_func_bytes(digits, bytes, seed) ^ (uint64_t)(int64_t)weight;
    return STATUS_OK;
}

static Status of_inet(FnCall *call, const TypeInfo *type, Datum value, uint64_t seed,
                      uint64_t *hash_out) {
    StrBuf sent; /* family, bits, is a cidr, bytes, address */
    TRY(of_sent(call, type, value, &sent));
    uint8_t bytes[18];
    const uint8_t *p = (const uint8_t *)strbuf_cstr(&sent);
    size_t len = sent.len - 4;
    check(len <= 16);
    memcpy(bytes, p, 2);
    memcpy(bytes + 2, p + 4, len);
    *hash_out = hash_func_bytes(bytes, len + 2, seed);
    return STATUS_OK;
}

static Status of_jsonb_scalar(FnCall *call, Str v, uint64_t seed, uint64_t *hash) {
    uint64_t one;
    switch (jsonb_kind(v)) {
    case JSON_STRING:
        one = hash_func_bytes(jsonb_scalar(v).data, jsonb_scalar(v).len, seed);
        break;
    case JSON_NUMBER:
        TRY(of_numeric(call, (Datum){.str = jsonb_scalar(v)}, seed, &one));
        break;
    case JSON_BOOL:
        one = seed != 0 ? hash_func_u32(jsonb_truth(v), seed) : jsonb_truth(v) ? 2 : 4;
        break;
    default:
        one = seed + 1;
        break;
    }
    *hash = rotate_halves(*hash) ^ one;
    return STATUS_OK;
}

#define JSONB_ARRAY UINT64_C(0x40000000)
#define JSONB_OBJECT UINT64_C(0x20000000)

static Status of_jsonb(FnCall *call, Str v, uint64_t seed, int level, uint64_t *hash) {
    JsonKind kind = jsonb_kind(v);
    if (level > JSON_DEPTH_MAX + 1)
        return fiber_stack_error();
    if (kind != JSON_ARRAY && kind != JSON_OBJECT) {
        if (level == 0) /* alone it stands in an array of its own */
            *hash ^= JSONB_ARRAY << 32 | JSONB_ARRAY;
        return of_jsonb_scalar(call, v, seed, hash);
    }
    uint64_t mark = kind == JSON_ARRAY ? JSONB_ARRAY : JSONB_OBJECT;
    *hash ^= mark << 32 | mark;
    for (uint32_t i = 0; i < jsonb_count(v); i++) {
        if (kind == JSON_OBJECT) {
            Str key = jsonb_key(v, i);
            *hash = rotate_halves(*hash) ^ hash_func_bytes(key.data, key.len, seed);
        }
        TRY(of_jsonb(call, jsonb_child(v, i), seed, level + 1, hash));
    }
    return STATUS_OK;
}

static bool jsonb_is_empty(Str v) {
    JsonKind kind = jsonb_kind(v);
    return (kind == JSON_ARRAY || kind == JSON_OBJECT) && jsonb_count(v) == 0;
}

Status hash_range_value(FnCall *call, const TypeInfo *sub, const Range *r, uint64_t seed,
                        uint64_t *hash_out) {
    uint64_t lower = 0, upper = 0;
    if (!r->empty && !r->lower.infinite)
        TRY(hash_value(call, sub, r->lower.value, seed, &lower));
    if (!r->empty && !r->upper.infinite)
        TRY(hash_value(call, sub, r->upper.value, seed, &upper));
    unsigned flags = r->empty ? 1
                              : (unsigned)(r->lower.inclusive << 1 | r->upper.inclusive << 2 |
                                           r->lower.infinite << 3 | r->upper.infinite << 4);
    *hash_out = rotate_halves(hash_func_u32(flags, seed) ^ lower) ^ upper;
    return STATUS_OK;
}

Status hash_multirange_value(FnCall *call, const TypeInfo *sub, Str bytes, uint64_t seed,
                             uint64_t *hash_out) {
    Multirange m = multirange_load(bytes);
    uint64_t h = 1;
    for (uint32_t i = 0; i < m.count; i++) {
        Range r = multirange_at(sub, &m, i);
        uint64_t one;
        TRY(hash_range_value(call, sub, &r, seed, &one));
        h = h * 31 + one;
    }
    *hash_out = h;
    return STATUS_OK;
}

Status hash_array_value(FnCall *call, const TypeInfo *element, Str bytes, uint64_t seed,
                        uint64_t *hash_out) {
    ArrayView view;
    TRY(array_view(bytes, &view));
    uint64_t h = 1;
    for (uint32_t i = 0; i < view.elem_count; i++) {
        uint64_t one = 0;
        if (!array_is_null(&view, i))
            TRY(hash_value(call, element, array_get(&view, i), seed, &one));
        h = h * 31 + one;
    }
    *hash_out = h;
    return STATUS_OK;
}

Status hash_record_value(FnCall *call, Str bytes, uint64_t seed, uint64_t *hash_out) {
    RecordView view;
    TRY(record_view(bytes, &view));
    uint64_t h = 0;
    for (uint32_t i = 0; i < view.column_count; i++) {
        uint64_t one = 0;
        const TypeInfo *type;
        TRY(type_lookup(call_env(call), record_column_type(&view, i), &type));
        TRY(type_require_hash(call, type, seed != 0 || call->site->arg_count > 1));
        if (!record_column_is_null(&view, i))
            TRY(hash_value(call, type, record_column(&view, i), seed, &one));
        h = h * 31 + one;
    }
    *hash_out = h;
    return STATUS_OK;
}

static Status of_oidvector(Str bytes, uint64_t seed, uint64_t *hash_out) {
    ArrayView view;
    TRY(array_view(bytes, &view));
    HashState s = hash_func_begin(view.elem_count * 4, seed);
    uint32_t i = 0;
    for (; view.elem_count - i >= 3; i += 3) {
        s.a += array_get(&view, i).u32;
        s.b += array_get(&view, i + 1).u32;
        s.c += array_get(&view, i + 2).u32;
        hash_func_mix(&s);
    }
    if (i < view.elem_count)
        s.a += array_get(&view, i).u32;
    if (i + 1 < view.elem_count)
        s.b += array_get(&view, i + 1).u32;
    hash_func_final(&s);
    *hash_out = hash_func_value(&s);
    return STATUS_OK;
}

static Status of_tid(FnCall *call, const TypeInfo *type, Datum value, uint64_t seed,
                     uint64_t *hash_out) {
    StrBuf sent; /* the block, the item, their high bytes first */
    TRY(of_sent(call, type, value, &sent));
    const uint8_t *p = (const uint8_t *)strbuf_cstr(&sent);
    uint8_t bytes[6] = {p[1], p[0], p[3], p[2], p[5], p[4]};
    *hash_out = hash_func_bytes(bytes, sizeof(bytes), seed);
    return STATUS_OK;
}

/* Trailing blanks of bpchar do not count. */
static size_t without_blanks(Str s) {
    size_t len = s.len;
    while (len > 0 && s.data[len - 1] == ' ')
        len--;
    return len;
}

static Status of_builtin(FnCall *call, const TypeInfo *type, Datum value, uint64_t seed,
                         uint64_t *hash_out) {
    switch (type->oid) {
    case 27: /* tid */
        return of_tid(call, type, value, seed, hash_out);
    case 30: /* oidvector */
        return of_oidvector(value.str, seed, hash_out);
    case 650: /* cidr, inet */
    case 869:
        return of_inet(call, type, value, seed, hash_out);
    case 700:
        *hash_out = of_float((double)value.f32, seed);
        return STATUS_OK;
    case 701:
        *hash_out = of_float(value.f64, seed);
        return STATUS_OK;
    case 1042: /* bpchar */
        *hash_out = hash_func_bytes(value.str.data, without_blanks(value.str), seed);
        return STATUS_OK;
    case 1186: /* interval: its length, the low 64 bits */
        *hash_out = hash_func_i64(
            (int64_t)((uint64_t)value.interval.micros +
                      UINT64_C(86400000000) *
                          (uint64_t)((int64_t)value.interval.months * 30 + value.interval.days)),
            seed);
        return STATUS_OK;
    case 1266: /* timetz */
        *hash_out = hash_func_i64(value.timetz.micros, seed) ^
                    hash_func_u32((uint32_t)value.timetz.zone, seed);
        return STATUS_OK;
    case 1700:
        return of_numeric(call, value, seed, hash_out);
    case 3802:
        *hash_out = 0;
        if (jsonb_is_empty(value.str)) {
            *hash_out = seed;
            return STATUS_OK;
        }
        return of_jsonb(call, value.str, seed, 0, hash_out);
    case 829: /* macaddr, macaddr8, uuid */
    case 774:
    case 2950: {
        StrBuf sent;
        TRY(of_sent(call, type, value, &sent));
        *hash_out = hash_func_bytes(strbuf_cstr(&sent), sent.len, seed);
        return STATUS_OK;
    }
    }
    switch (type->phys) {
    case PHYS_BYTE:
        *hash_out = hash_func_u32((uint32_t)(int32_t)(int8_t)value.byte, seed);
        break;
    case PHYS_I16:
        *hash_out = hash_func_u32((uint32_t)(int32_t)value.i16, seed);
        break;
    case PHYS_I32:
        *hash_out = hash_func_u32(value.u32, seed);
        break;
    case PHYS_I64:
        *hash_out = hash_func_i64(value.i64, seed);
        break;
    default:
        *hash_out = hash_func_bytes(value.str.data, value.str.len, seed);
        break;
    }
    return STATUS_OK;
}

/* int2vector is an array that no element type is known of. */
static const TypeInfo *array_element_of(const TypeInfo *type) {
    return type->element_type == NULL ? type_builtin(21) : type->element_type;
}

Status hash_value(FnCall *call, const TypeInfo *type, Datum value, uint64_t seed,
                  uint64_t *hash_out) {
    *hash_out = 0;
    if (type->oid == 28 || type->oid == 29) { /* xid, cid: equality and a hash, no order */
        *hash_out = hash_func_u32(value.u32, seed);
        return STATUS_OK;
    }
    if (type->oid == 1033) { /* aclitem: the same */
        AclItem item = acl_item_of(value);
        uint32_t sum = (uint32_t)(item.privileges + item.grantee + item.grantor);
        *hash_out = seed == 0 ? sum : hash_func_u32(sum, seed);
        return STATUS_OK;
    }
    if (type->hash == NULL && !(type->category == 'A' && type->kind != TYPE_DOMAIN))
        return error(ERR_UNDEFINED_FUNCTION, "could not identify %s function for type %s",
                     call->site->arg_count > 1 ? "an extended hash" : "a hash", type->name);
    switch (type->kind) {
    case TYPE_DOMAIN:
        return hash_value(call, type->element_type, value, seed, hash_out);
    case TYPE_COMPOSITE:
        return hash_record_value(call, value.str, seed, hash_out);
    case TYPE_RANGE:
    case TYPE_MULTIRANGE: {
        RangeType range = {0};
        TRY(range_type(type, &range));
        if (type->kind == TYPE_MULTIRANGE)
            return hash_multirange_value(call, range.sub, value.str, seed, hash_out);
        Range r = range_load(range.sub, value.str);
        return hash_range_value(call, range.sub, &r, seed, hash_out);
    }
    default:
        if (type->category == 'A' && type->oid != 30)
            return hash_array_value(call, array_element_of(type), value.str, seed, hash_out);
        return type->oid == 2249 ? hash_record_value(call, value.str, seed, hash_out)
                                 : of_builtin(call, type, value, seed, hash_out);
    }
}

/* ---- the functions ---- */

static Status plain(FnCall *call, const TypeInfo *type) {
    uint64_t h;
    TRY(hash_value(call, type, call->args[0], 0, &h));
    return ret_i32(call, (int32_t)h);
}
static Status extended(FnCall *call, const TypeInfo *type) {
    uint64_t h;
    TRY(hash_value(call, type, call->args[0], (uint64_t)ARG_I64(1), &h));
    return ret_i64(call, (int64_t)h);
}
#define HASH_FN(name, extended_name, oid)                                                          \
    SCALAR(name) { return plain(call, type_builtin(oid)); }                                        \
    SCALAR(extended_name) { return extended(call, type_builtin(oid)); }
HASH_FN(hashfloat4, hashfloat4extended, 700)
HASH_FN(hashfloat8, hashfloat8extended, 701)
HASH_FN(hashtid, hashtidextended, 27)
HASH_FN(hashoidvector, hashoidvectorextended, 30)
HASH_FN(hashinet, hashinetextended, 869)
HASH_FN(hash_numeric, hash_numeric_extended, 1700)
HASH_FN(interval_hash, interval_hash_extended, 1186)
HASH_FN(timetz_hash, timetz_hash_extended, 1266)
HASH_FN(hashmacaddr, hashmacaddrextended, 829)
HASH_FN(hashmacaddr8, hashmacaddr8extended, 774)
HASH_FN(uuid_hash, uuid_hash_extended, 2950)
HASH_FN(jsonb_hash, jsonb_hash_extended, 3802)
SCALAR(hashenum) { return ret_i32(call, (int32_t)hash_func_u32(ARG_U32(0), 0)); }
SCALAR(hashenumextended) {
    return ret_i64(call, (int64_t)hash_func_u32(ARG_U32(0), (uint64_t)ARG_I64(1)));
}
