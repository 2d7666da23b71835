/* array.c: see the header. */
#include "base/array.h"

#include "base/bits.h"

#define HEADER_BYTES 8u

static Status corrupted(void) { return error(ERR_DATA_CORRUPTED, "malformed array value"); }

Status array_view(Str bytes, ArrayView *view) {
    *view = (ArrayView){0};
    const uint8_t *p = (const uint8_t *)bytes.data;
    const uint8_t *end = p + bytes.len;
    if (bytes.len < HEADER_BYTES || p[4] > ARRAY_DIMS_MAX || p[5] >= PHYS_COUNT || p[6] > 1)
        return corrupted();
    view->elem_type = load_le32(p);
    view->dim_count = p[4];
    view->elem_phys = (PhysType)p[5];
    bool has_nulls = p[6];
    p += HEADER_BYTES;
    if ((size_t)(end - p) < (size_t)view->dim_count * 8)
        return corrupted();
    uint64_t count = view->dim_count > 0;
    for (int i = 0; i < view->dim_count; i++, p += 8) {
        view->dims[i] = (int32_t)load_le32(p);
        view->lower[i] = (int32_t)load_le32(p + 4);
        if (view->dims[i] < 0)
            return corrupted();
        count *= (uint64_t)view->dims[i];
        if (count > ARENA_ALLOC_MAX)
            return corrupted();
    }
    view->elem_count = (uint32_t)count;
    if (has_nulls) {
        view->null_bits = p;
        if ((size_t)(end - p) < (count + 7) / 8)
            return corrupted();
        p += (count + 7) / 8;
    }
    size_t left = (size_t)(end - p);
    if (view->elem_phys != PHYS_STR) {
        view->fixed = p;
        return left < count * phys_vector_bytes(view->elem_phys) ? corrupted() : STATUS_OK;
    }
    if (count == 0)
        return STATUS_OK;
    view->offsets = p;
    if (left < (count + 1) * 4)
        return corrupted();
    view->bytes = (const char *)p + (count + 1) * 4;
    return load_le32(p + count * 4) > left - (count + 1) * 4 ? corrupted() : STATUS_OK;
}

bool array_is_null(const ArrayView *view, uint32_t index) {
    return view->null_bits != NULL && (view->null_bits[index / 8] >> (index % 8) & 1);
}

Datum array_get(const ArrayView *view, uint32_t index) {
    check(index < view->elem_count);
    Datum d = {.i64 = 0};
    if (view->elem_phys != PHYS_STR) {
        unsigned width = phys_vector_bytes(view->elem_phys);
        memcpy(&d, view->fixed + (size_t)index * width, width);
        return d;
    }
    uint32_t start = load_le32(view->offsets + (size_t)index * 4);
    uint32_t end = load_le32(view->offsets + (size_t)index * 4 + 4);
    uint32_t total = load_le32(view->offsets + (size_t)view->elem_count * 4);
    if (start > end || end > total)
        return datum_str("", 0);
    return datum_str(view->bytes + start, end - start);
}

Status array_build(Arena *arena, Oid elem_type, PhysType elem_phys, int dim_count,
                   const int32_t *dims, const int32_t *lower, const Datum *values,
                   const bool *nulls, Datum *array_out) {
    *array_out = (Datum){.i64 = 0};
    check(dim_count >= 0 && dim_count <= ARRAY_DIMS_MAX);
    uint64_t count = dim_count > 0;
    for (int i = 0; i < dim_count; i++) {
        count *= (uint64_t)dims[i];
        if (count > ARENA_ALLOC_MAX / 4)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "array size exceeds the maximum allowed (%d)",
                         (int)(ARENA_ALLOC_MAX / 8));
    }
    bool has_nulls = false;
    uint64_t payload = 0;
    for (uint64_t i = 0; i < count; i++) {
        if (nulls != NULL && nulls[i])
            has_nulls = true;
        else if (elem_phys == PHYS_STR)
            payload += values[i].str.len;
    }
    unsigned width = phys_vector_bytes(elem_phys);
    size_t bytes = HEADER_BYTES + (size_t)dim_count * 8 + (has_nulls ? (count + 7) / 8 : 0) +
                   (elem_phys == PHYS_STR ? (count + 1) * 4 + payload : count * width);
    void *memory;
    TRY(arena_try_alloc(arena, bytes, &memory));
    uint8_t *p = memset(memory, 0, bytes);
    store_le32(p, elem_type);
    p[4] = (uint8_t)dim_count;
    p[5] = (uint8_t)elem_phys;
    p[6] = has_nulls;
    p += HEADER_BYTES;
    for (int i = 0; i < dim_count; i++, p += 8) {
        store_le32(p, (uint32_t)dims[i]);
        store_le32(p + 4, (uint32_t)lower[i]);
    }
    if (has_nulls) {
        for (uint64_t i = 0; i < count; i++)
            p[i / 8] |= (uint8_t)((nulls[i] ? 1u : 0u) << (i % 8));
        p += (count + 7) / 8;
    }
    uint8_t *payload_at = p + (count + 1) * 4;
    uint32_t used = 0;
    for (uint64_t i = 0; i < count; i++) {
        bool is_null = nulls != NULL && nulls[i];
        if (elem_phys != PHYS_STR) {
            if (!is_null)
                memcpy(p + i * width, &values[i], width);
            continue;
        }
        if (!is_null && values[i].str.len > 0) {
            memcpy(payload_at + used, values[i].str.data, values[i].str.len);
            used += values[i].str.len;
        }
        store_le32(p + (i + 1) * 4, used);
    }
    *array_out = datum_str(memory, bytes);
    return STATUS_OK;
}

Status array_build_1d(Arena *arena, Oid elem_type, PhysType elem_phys, const Datum *values,
                      const bool *nulls, uint32_t count, Datum *array_out) {
    int32_t dims = (int32_t)count, lower = 1;
    return array_build(arena, elem_type, elem_phys, count > 0, &dims, &lower, values, nulls,
                       array_out);
}
