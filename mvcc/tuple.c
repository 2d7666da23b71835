/*
 * tuple.c: the row codec.
 *
 * Scans read one column of thousands of rows at a time, so tuple_get_column compares the two head
 * bytes of each row with what a row of this shape without NULLs has, and then only copies. Whatever
 * differs (NULLs, fewer columns, short bytes) takes the general path of that one row.
 */
#include "mvcc/tuple.h"

#include "base/bits.h"

#define HEAD_BYTES 2u
#define HEAD_COUNT 0x0fffu
#define HEAD_NULLS 0x8000u
#define SLOT_END 0x7fffu
#define SLOT_EXTERNAL 0x8000u

static unsigned slot_bytes(uint8_t phys) {
    static const uint8_t bytes[PHYS_COUNT] = {1, 2, 4, 8, 4, 8, 16, 2};
    return bytes[phys];
}

void tuple_shape_init(TupleShape *shape, Arena *arena, const uint8_t *phys, uint32_t column_count) {
    check(column_count <= TUPLE_COLUMNS_MAX);
    uint8_t *phys_copy = arena_memdup(arena, phys, column_count);
    uint16_t *offsets = arena_alloc(arena, (column_count + 1) * sizeof(uint16_t));
    int16_t *before = arena_alloc(arena, (column_count + 1) * sizeof(int16_t));
    uint32_t at = HEAD_BYTES;
    int16_t last_str = -1;
    for (uint32_t i = 0; i < column_count; i++) {
        check(phys[i] < PHYS_COUNT);
        offsets[i] = (uint16_t)at;
        before[i] = last_str;
        if (phys[i] == PHYS_STR)
            last_str = (int16_t)i;
        at += slot_bytes(phys[i]);
    }
    offsets[column_count] = (uint16_t)at;
    before[column_count] = last_str;
    *shape = (TupleShape){column_count, phys_copy, offsets, before};
}

static bool any_null(const bool *nulls, uint32_t count) {
    return nulls != NULL && memchr(nulls, 1, count) != NULL;
}

size_t tuple_size(const TupleShape *shape, const Datum *values, const bool *nulls) {
    uint32_t n = shape->column_count;
    size_t size = shape->offsets[n];
    if (any_null(nulls, n))
        size += (n + 7) / 8;
    for (int i = shape->str_before[n]; i >= 0; i = shape->str_before[i])
        if (nulls == NULL || !nulls[i])
            size += values[i].str.len;
    return size;
}

void tuple_encode(const TupleShape *shape, const Datum *values, const bool *nulls,
                  const bool *external, uint8_t *body_out) {
    uint32_t n = shape->column_count;
    bool with_nulls = any_null(nulls, n);
    store_le16(body_out, (uint16_t)(n | (with_nulls ? HEAD_NULLS : 0)));
    uint8_t *bitmap = body_out + shape->offsets[n];
    uint8_t *bytes = bitmap;
    if (with_nulls) {
        memset(bitmap, 0, (n + 7) / 8);
        bytes += (n + 7) / 8;
    }
    size_t end = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t *slot = body_out + shape->offsets[i];
        bool is_null = with_nulls && nulls[i];
        if (is_null)
            bitmap[i / 8] |= (uint8_t)(1u << (i % 8));
        if (shape->phys[i] != PHYS_STR) {
            if (is_null)
                memset(slot, 0, slot_bytes(shape->phys[i]));
            else
                memcpy(slot, &values[i], slot_bytes(shape->phys[i]));
            continue;
        }
        bool outside = false;
        if (!is_null) {
            outside = external != NULL && external[i];
            memcpy(bytes + end, values[i].str.data, values[i].str.len);
            end += values[i].str.len;
        }
        check(end <= SLOT_END);
        store_le16(slot, (uint16_t)(end | (outside ? SLOT_EXTERNAL : 0)));
    }
}

/* Where the variable area of a row starts; 0 where the bytes are no row of this shape. */
static size_t variable_start(const TupleShape *shape, const uint8_t *body, size_t len,
                             uint32_t *stored_out, const uint8_t **bitmap_out) {
    *stored_out = 0;
    *bitmap_out = NULL;
    if (len < HEAD_BYTES)
        return 0;
    uint16_t head = load_le16(body);
    uint32_t stored = head & HEAD_COUNT;
    if (stored > shape->column_count)
        return 0;
    size_t start = shape->offsets[stored];
    if (head & HEAD_NULLS) {
        *bitmap_out = body + start;
        start += (stored + 7) / 8;
    }
    if (start > len)
        return 0;
    *stored_out = stored;
    return start;
}

static TupleGet get_str(const TupleShape *shape, const uint8_t *body, size_t len, size_t start,
                        uint32_t column, Datum *value_out, bool *damaged_out) {
    int before = shape->str_before[column];
    size_t low = before < 0 ? 0 : load_le16(body + shape->offsets[before]) & SLOT_END;
    uint16_t slot = load_le16(body + shape->offsets[column]);
    size_t high = slot & SLOT_END;
    bool outside = (slot & SLOT_EXTERNAL) != 0;
    if (low > high || high > len - start || (outside && high - low != 16)) {
        *damaged_out = true;
        return TUPLE_NULL;
    }
    value_out->str = str_make((const char *)body + start + low, high - low);
    return outside ? TUPLE_EXTERNAL : TUPLE_VALUE;
}

TupleGet tuple_get(const TupleShape *shape, const uint8_t *body, size_t len, uint32_t column,
                   Datum *value_out, bool *damaged_out) {
    check(column < shape->column_count);
    *value_out = (Datum){.i64 = 0};
    uint32_t stored;
    const uint8_t *bitmap;
    size_t start = variable_start(shape, body, len, &stored, &bitmap);
    if (UNLIKELY(start == 0)) {
        *damaged_out = true;
        return TUPLE_NULL;
    }
    if (UNLIKELY(column >= stored))
        return TUPLE_MISSING;
    if (bitmap != NULL && (bitmap[column / 8] >> (column % 8) & 1))
        return TUPLE_NULL;
    if (shape->phys[column] == PHYS_STR)
        return get_str(shape, body, len, start, column, value_out, damaged_out);
    memcpy(value_out, body + shape->offsets[column], slot_bytes(shape->phys[column]));
    return TUPLE_VALUE;
}

/* One row of a column by the general path. */
static void get_one(const TupleShape *shape, const uint8_t *body, uint32_t len, uint32_t row,
                    uint32_t column, Vector *out, uint8_t *codes_out, bool *damaged_out) {
    Datum value;
    TupleGet code = tuple_get(shape, body, len, column, &value, damaged_out);
    codes_out[row] = (uint8_t)code;
    out->nulls[row] = code == TUPLE_NULL;
    vector_set(out, row, value);
}

#define FIXED_LOOP(width_bytes)                                                                    \
    for (uint32_t i = 0; i < row_count; i++) {                                                     \
        const uint8_t *body = bodies[i];                                                           \
        if (LIKELY(lens[i] >= fixed_end && load_le16(body) == plain_head)) {                       \
            memcpy(values + (size_t)i * (width_bytes), body + offset, (width_bytes));              \
            nulls[i] = 0;                                                                          \
            codes_out[i] = TUPLE_VALUE;                                                            \
        } else {                                                                                   \
            get_one(shape, body, lens[i], i, column, out, codes_out, damaged_out);                 \
        }                                                                                          \
    }

static void get_fixed_column(const TupleShape *shape, const uint8_t *const *bodies,
                             const uint32_t *lens, uint32_t row_count, uint32_t column, Vector *out,
                             uint8_t *codes_out, bool *damaged_out) {
    const uint32_t fixed_end = shape->offsets[shape->column_count];
    const uint16_t plain_head = (uint16_t)shape->column_count;
    const uint32_t offset = shape->offsets[column];
    uint8_t *values = out->values;
    uint8_t *nulls = out->nulls;
    switch (slot_bytes(shape->phys[column])) {
    case 1:
        FIXED_LOOP(1)
        break;
    case 2:
        FIXED_LOOP(2)
        break;
    case 4:
        FIXED_LOOP(4)
        break;
    case 8:
        FIXED_LOOP(8)
        break;
    default:
        FIXED_LOOP(16)
        break;
    }
}

static void get_str_column(const TupleShape *shape, const uint8_t *const *bodies,
                           const uint32_t *lens, uint32_t row_count, uint32_t column, Vector *out,
                           uint8_t *codes_out, bool *damaged_out) {
    const uint32_t fixed_end = shape->offsets[shape->column_count];
    const uint16_t plain_head = (uint16_t)shape->column_count;
    const uint32_t offset = shape->offsets[column];
    const int before = shape->str_before[column];
    const uint32_t before_offset = before < 0 ? 0 : shape->offsets[before];
    Str *values = out->values;
    for (uint32_t i = 0; i < row_count; i++) {
        const uint8_t *body = bodies[i];
        if (LIKELY(lens[i] >= fixed_end && load_le16(body) == plain_head)) {
            uint32_t low = before < 0 ? 0 : load_le16(body + before_offset) & SLOT_END;
            uint32_t high = load_le16(body + offset); /* with the external bit it is too high */
            if (LIKELY(low <= high && high <= lens[i] - fixed_end)) {
                values[i] = str_make((const char *)body + fixed_end + low, high - low);
                out->nulls[i] = 0;
                codes_out[i] = TUPLE_VALUE;
                continue;
            }
        }
        get_one(shape, body, lens[i], i, column, out, codes_out, damaged_out);
    }
}

void tuple_get_column(const TupleShape *shape, const uint8_t *const *bodies, const uint32_t *lens,
                      uint32_t row_count, uint32_t column, Vector *out, uint8_t *codes_out,
                      bool *damaged_out) {
    check(column < shape->column_count);
    check(out->form == VEC_FLAT && out->nulls != NULL);
    if (shape->phys[column] == PHYS_STR)
        get_str_column(shape, bodies, lens, row_count, column, out, codes_out, damaged_out);
    else
        get_fixed_column(shape, bodies, lens, row_count, column, out, codes_out, damaged_out);
}
