/* vector.c: registers, gathering, copying. */
#include "executor/vector.h"

static uint32_t register_rows(uint32_t rows) {
    if (rows <= 1)
        return 1;
    uint32_t capacity = 16;
    while (capacity < rows)
        capacity *= 4;
    return capacity < BATCH_ROWS ? capacity : rows > BATCH_ROWS ? rows : BATCH_ROWS;
}

static void register_grow(Register *reg, Arena *arena, PhysType phys, uint32_t rows) {
    unsigned width = MAX(phys_vector_bytes(phys), reg->width);
    reg->capacity = register_rows(MAX(rows, reg->capacity));
    reg->width = width;
    size_t bytes = (size_t)reg->capacity * width;
    /* 64-byte alignment lets kernels use whole cache lines; a lone value needs none. */
    char *p = arena_alloc(arena, reg->capacity == 1 ? 16 : bytes + 64);
    reg->values = reg->capacity == 1 ? p : (char *)ALIGN_UP((uintptr_t)p, 64);
    reg->nulls = arena_alloc(arena, reg->capacity);
}

Vector *register_flat(Register *reg, Arena *arena, PhysType phys, uint32_t rows) {
    if (UNLIKELY(reg->capacity < rows || reg->width < phys_vector_bytes(phys)))
        register_grow(reg, arena, phys, rows);
    reg->v = (Vector){.phys = phys, .form = VEC_FLAT, .values = reg->values};
    return &reg->v;
}

Vector *register_constant(Register *reg, Arena *arena, PhysType phys, Datum value, bool is_null) {
    register_flat(reg, arena, phys, 1);
    reg->v.form = VEC_CONSTANT;
    if (is_null) {
        reg->nulls[0] = 1;
        reg->v.nulls = reg->nulls;
    }
    vector_put(&reg->v, 0, value, is_null);
    return &reg->v;
}

uint8_t *register_nulls(Register *reg, uint32_t rows) {
    memset(reg->nulls, 0, rows);
    reg->v.nulls = reg->nulls;
    return reg->nulls;
}

#define SPREAD(type)                                                                               \
    do {                                                                                           \
        const type *from = v->values;                                                              \
        type *to = out->values;                                                                    \
        SELECTION_FOREACH(sel, row)                                                                \
            to[row] = from[vector_index(v, row)];                                                  \
    } while (0)

const Vector *vector_to_flat(const Vector *v, Register *reg, Arena *arena, Selection sel) {
    if (v->form == VEC_FLAT)
        return v;
    uint32_t extent = selection_extent(sel);
    Vector *out = register_flat(reg, arena, v->phys, extent == 0 ? 1 : extent);
    if (v->nulls != NULL) {
        register_nulls(reg, extent);
        SELECTION_FOREACH(sel, row)
            out->nulls[row] = v->nulls[vector_index(v, row)];
    }
    switch (phys_vector_bytes(v->phys)) {
    case 1:
        SPREAD(uint8_t);
        break;
    case 2:
        SPREAD(uint16_t);
        break;
    case 4:
        SPREAD(uint32_t);
        break;
    case 8:
        SPREAD(uint64_t);
        break;
    default:
        SPREAD(Datum);
        break;
    }
    return out;
}

const Vector *vector_flatten(const Vector *v, Register *reg, Arena *arena, Selection sel) {
    return v->form == VEC_DICTIONARY ? vector_to_flat(v, reg, arena, sel) : v;
}

#define GATHER(type)                                                                               \
    do {                                                                                           \
        const type *src = from->values;                                                            \
        type *dst = out->values;                                                                   \
        if (from->form == VEC_FLAT)                                                                \
            for (uint32_t i = 0; i < count; i++)                                                   \
                dst[i] = src[rows[i]];                                                             \
        else                                                                                       \
            for (uint32_t i = 0; i < count; i++)                                                   \
                dst[i] = src[vector_index(from, rows[i])];                                         \
    } while (0)

void vector_gather(const Vector *from, const uint16_t *rows, uint32_t count, Register *to,
                   Arena *arena) {
    Vector *out = register_flat(to, arena, from->phys, count == 0 ? 1 : count);
    if (from->nulls != NULL) {
        register_nulls(to, count);
        for (uint32_t i = 0; i < count; i++)
            out->nulls[i] = from->nulls[vector_index(from, rows[i])];
    }
    switch (phys_vector_bytes(from->phys)) {
    case 1:
        GATHER(uint8_t);
        break;
    case 2:
        GATHER(uint16_t);
        break;
    case 4:
        GATHER(uint32_t);
        break;
    case 8:
        GATHER(uint64_t);
        break;
    default:
        GATHER(Datum);
        break;
    }
}

Status datum_copy(Arena *arena, PhysType phys, Datum value, Datum *copy_out) {
    *copy_out = value;
    if (phys != PHYS_STR)
        return STATUS_OK;
    void *bytes;
    TRY(arena_try_alloc(arena, value.str.len + 1u, &bytes));
    memcpy(bytes, value.str.data, value.str.len);
    copy_out->str.data = bytes;
    return STATUS_OK;
}

uint32_t selection_filter(const Vector *condition, Selection sel, uint16_t *rows_out) {
    const uint8_t *truth = condition->values;
    const uint8_t *nulls = condition->nulls;
    uint32_t n = 0;
    if (condition->form != VEC_FLAT) {
        SELECTION_FOREACH(sel, row) {
            uint32_t i = vector_index(condition, row);
            rows_out[n] = (uint16_t)row;
            n += truth[i] && !(nulls != NULL && nulls[i]);
        }
    } else if (nulls == NULL) {
        SELECTION_FOREACH(sel, row) {
            rows_out[n] = (uint16_t)row;
            n += truth[row] != 0;
        }
    } else {
        SELECTION_FOREACH(sel, row) {
            rows_out[n] = (uint16_t)row;
            n += truth[row] && !nulls[row];
        }
    }
    return n;
}
