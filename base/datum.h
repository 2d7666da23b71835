/*
 * datum.h: one SQL value, a column of them, a batch of columns. Layer: base.
 *
 * A value's physical type says how its bits lie; what they mean is the business of types/. A Datum
 * never owns memory: a PHYS_STR points into an arena, a page copy or a batch that outlives it.
 * Whether a value is NULL is always kept beside the Datum, never in it.
 *
 *   phys        bytes  SQL types
 *   PHYS_BYTE   1      bool, "char"
 *   PHYS_I16    2      int2
 *   PHYS_I32    4      int4, date; oid, xid, cid, regclass and its kin (unsigned)
 *   PHYS_I64    8      int8, timestamp, timestamptz, time, money; pg_lsn, xid8 (unsigned), tid
 *                      (block << 16 | offset)
 *   PHYS_F32    4      float4
 *   PHYS_F64    8      float8
 *   PHYS_W16    16     interval, uuid, timetz
 *   PHYS_STR    var    everything else, name and "unknown" (cstring) included
 */
#ifndef BASE_DATUM_H
#define BASE_DATUM_H

#include "base/defs.h"

#include <string.h>

typedef uint32_t Oid;
#define OID_INVALID ((Oid)0)

typedef enum PhysType {
    PHYS_BYTE,
    PHYS_I16,
    PHYS_I32,
    PHYS_I64,
    PHYS_F32,
    PHYS_F64,
    PHYS_W16,
    PHYS_STR,
    PHYS_COUNT
} PhysType;

/* A byte string with its first four bytes at hand, so most comparisons stop at the prefix.
 * prefix is zero-padded where len < 4. data is not NUL-terminated. */
typedef struct Str {
    uint32_t len;
    uint32_t prefix; /* first four bytes, in memory order */
    const char *data;
} Str;

typedef struct Interval {
    int64_t micros;
    int32_t days;
    int32_t months;
} Interval;

typedef struct TimeTz {
    int64_t micros; /* since local midnight */
    int32_t zone;   /* seconds west of Greenwich, as PostgreSQL stores it */
} TimeTz;

typedef union Datum {
    bool b;
    uint8_t byte;
    int16_t i16;
    int32_t i32;
    uint32_t u32;
    int64_t i64;
    uint64_t u64;
    float f32;
    double f64;
    Str str;
    Interval interval;
    TimeTz timetz;
    uint8_t w16[16];
} Datum;
_Static_assert(sizeof(Datum) == 16, "a Datum travels in two registers");

/* The first four bytes, zeros behind the end. Through a register: a word stored byte by byte and read
 * at once stalls. */
static inline uint32_t str_prefix(const char *data, size_t len) {
    uint32_t prefix;
    if (LIKELY(len >= 4)) {
        memcpy(&prefix, data, 4);
        return prefix;
    }
    if (len == 0)
        return 0;
    const unsigned char *p = (const unsigned char *)data;
    prefix = p[0];
    prefix |= len > 1 ? (uint32_t)p[1] << 8 : 0;
    prefix |= len > 2 ? (uint32_t)p[2] << 16 : 0;
    return prefix;
}
static inline Str str_make(const char *data, size_t len) {
    return (Str){.len = (uint32_t)len, .prefix = str_prefix(data, len), .data = data};
}
static inline Str str_from_cstr(const char *s) { return str_make(s, strlen(s)); }
static inline bool str_equal(Str a, Str b) {
    return a.len == b.len && a.prefix == b.prefix && memcmp(a.data, b.data, a.len) == 0;
}
/* Byte order: collation "C". <0, 0, >0. */
static inline int str_compare(Str a, Str b) {
    if (a.prefix != b.prefix) {
        uint32_t x = __builtin_bswap32(a.prefix), y = __builtin_bswap32(b.prefix);
        return x < y ? -1 : 1;
    }
    int order = memcmp(a.data, b.data, a.len < b.len ? a.len : b.len);
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}
static inline Datum datum_str(const char *data, size_t len) {
    return (Datum){.str = str_make(data, len)};
}
static inline Datum datum_cstr(const char *s) { return datum_str(s, strlen(s)); }
static inline Datum datum_i32(int32_t v) { return (Datum){.i32 = v}; }
static inline Datum datum_i64(int64_t v) { return (Datum){.i64 = v}; }
static inline Datum datum_oid(Oid v) { return (Datum){.u32 = v}; }
static inline Datum datum_bool(bool v) { return (Datum){.b = v}; }

/* Width in a vector and in a row's fixed area; sizeof(Str) in a vector for PHYS_STR. */
static inline unsigned phys_vector_bytes(PhysType phys) {
    static const uint8_t bytes[PHYS_COUNT] = {1, 2, 4, 8, 4, 8, 16, 16};
    return bytes[phys];
}

#define BATCH_ROWS 2048u

/*
 * A column of up to BATCH_ROWS values of one physical type.
 *   VEC_FLAT        values[row]
 *   VEC_CONSTANT    values[0] stands for every row (nulls[0] likewise)
 *   VEC_DICTIONARY  values[codes[row]]; nulls[codes[row]]
 * nulls == NULL: no NULL among them. values is aligned to 64 bytes when the executor made it.
 */
typedef enum VectorForm { VEC_FLAT, VEC_CONSTANT, VEC_DICTIONARY } VectorForm;

typedef struct Vector {
    PhysType phys;
    VectorForm form;
    void *values;
    uint8_t *nulls;  /* 1: NULL. One byte a value */
    uint16_t *codes; /* VEC_DICTIONARY only */
} Vector;

/* Rows of a batch that are still wanted: rows[0..count) ascending; NULL rows = 0..count-1. */
typedef struct Selection {
    const uint16_t *rows;
    uint32_t count;
} Selection;

typedef struct Batch {
    uint32_t column_count;
    uint32_t row_count; /* rows that the vectors hold, selected or not */
    Selection selection;
    Vector *columns;
} Batch;

static inline uint32_t vector_index(const Vector *v, uint32_t row) {
    return v->form == VEC_FLAT ? row : v->form == VEC_CONSTANT ? 0 : v->codes[row];
}
static inline bool vector_is_null(const Vector *v, uint32_t row) {
    return v->nulls != NULL && v->nulls[vector_index(v, row)];
}
/* The value at a row; undefined where it is NULL. */
static inline Datum vector_get(const Vector *v, uint32_t row) {
    Datum d = {.i64 = 0};
    unsigned bytes = phys_vector_bytes(v->phys);
    memcpy(&d, (const char *)v->values + (size_t)vector_index(v, row) * bytes, bytes);
    return d;
}
/* Stores into a flat vector. */
static inline void vector_set(Vector *v, uint32_t row, Datum d) {
    unsigned bytes = phys_vector_bytes(v->phys);
    memcpy((char *)v->values + (size_t)row * bytes, &d, bytes);
}

#endif
