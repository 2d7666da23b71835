/* row_table.c: see row_table.h. */
#include "executor/row_table.h"

#define SLOT_POINTER UINT64_C(0x0000ffffffffffff)
#define SLOT_TAG UINT64_C(0xffff000000000000)
#define SLOTS_MIN 64u

Status row_table_init(RowTable *table, MemAccount *account, const RowShape *shape,
                      const RowEqual *equal, uint32_t extra) {
    *table = (RowTable){.shape = *shape,
                        .equal = equal,
                        .stored_equal = equal,
                        .extra = ALIGN_UP(extra, 16u),
                        .account = account,
                        .null_equal = true,
                        .mask = SLOTS_MIN - 1};
    row_heap_init(&table->heap, account);
    table->slots = mem_alloc(account, SLOTS_MIN * sizeof(uint64_t));
    memset(table->slots, 0, SLOTS_MIN * sizeof(uint64_t));
    return STATUS_OK;
}

void row_table_free(RowTable *table) {
    if (table->slots == NULL)
        return;
    row_heap_free(&table->heap);
    mem_free(table->account, table->slots, (table->mask + 1) * sizeof(uint64_t));
    table->slots = NULL;
    table->count = 0;
}

void row_table_clear(RowTable *table) {
    row_heap_free(&table->heap);
    memset(table->slots, 0, (table->mask + 1) * sizeof(uint64_t));
    table->count = 0;
}

size_t row_table_bytes(const RowTable *table) {
    return table->heap.bytes + (table->mask + 1) * sizeof(uint64_t);
}

static inline uint64_t slot_make(const uint8_t *row, uint64_t hash) {
    return (uint64_t)(uintptr_t)row | (hash & SLOT_TAG);
}
static inline uint8_t *slot_row(uint64_t slot) {
    return (uint8_t *)(uintptr_t)(slot & SLOT_POINTER);
}

/* The place comes from the low 32 bits, which the row remembers. */
static void table_place(RowTable *table, uint64_t slot, uint32_t hash) {
    uint64_t at = hash & table->mask;
    while (table->slots[at] != 0)
        at = (at + 1) & table->mask;
    table->slots[at] = slot;
}

static Status table_grow(RowTable *table) {
    uint64_t old_count = table->mask + 1, count = old_count * 4;
    uint64_t *old = table->slots;
    uint64_t *slots = mem_try_alloc(table->account, count * sizeof(uint64_t));
    if (slots == NULL)
        return status_out_of_memory();
    memset(slots, 0, count * sizeof(uint64_t));
    table->slots = slots;
    table->mask = count - 1;
    for (uint64_t i = 0; i < old_count; i++)
        if (old[i] != 0)
            table_place(table, old[i], *row_user(slot_row(old[i])));
    mem_free(table->account, old, old_count * sizeof(uint64_t));
    return STATUS_OK;
}

static inline bool int_equal(PhysType stored, const uint8_t *p, PhysType other, const Vector *v,
                             uint32_t row) {
    int64_t a, b;
    uint32_t i = vector_index(v, row);
    a = stored == PHYS_I64   ? *(const int64_t *)p
        : stored == PHYS_I32 ? *(const int32_t *)p
        : stored == PHYS_I16 ? *(const int16_t *)p
                             : *p;
    b = other == PHYS_I64   ? ((const int64_t *)v->values)[i]
        : other == PHYS_I32 ? ((const int32_t *)v->values)[i]
        : other == PHYS_I16 ? ((const int16_t *)v->values)[i]
                            : ((const uint8_t *)v->values)[i];
    return a == b;
}

/* Does a stored row's key equal vectors' row? */
static Status key_equal(const RowTable *table, const RowEqual *equal, Arena *arena,
                        const uint8_t *stored, const Vector *const *keys, uint32_t row,
                        bool *equal_out) {
    *equal_out = true;
    for (uint32_t i = 0; i < equal->count && *equal_out; i++) {
        const Vector *v = keys[i];
        bool a_null = stored[8 + i] != 0, b_null = vector_is_null(v, row);
        if (UNLIKELY(a_null || b_null)) {
            *equal_out = table->null_equal && a_null == b_null;
            continue;
        }
        if (equal->columns[i].kind == EQUAL_INT) {
            *equal_out =
                int_equal(table->shape.phys[i], stored + table->shape.offsets[i], v->phys, v, row);
            continue;
        }
        TRY(row_equal_pair(equal, arena, i, vector_at(v, row), row_get(&table->shape, stored, i),
                           equal_out));
    }
    return STATUS_OK;
}

static Status find_by(RowTable *table, const RowEqual *by, Arena *arena, const Vector *const *keys,
                      uint32_t row, uint64_t hash, uint8_t **row_out) {
    uint64_t at = (uint32_t)hash & table->mask;
    *row_out = NULL;
    for (uint64_t slot; (slot = table->slots[at]) != 0; at = (at + 1) & table->mask) {
        bool equal;
        if ((slot & SLOT_TAG) != (hash & SLOT_TAG))
            continue;
        TRY(key_equal(table, by, arena, slot_row(slot), keys, row, &equal));
        if (equal) {
            *row_out = slot_row(slot);
            return STATUS_OK;
        }
    }
    return STATUS_OK;
}

Status row_table_find(RowTable *table, Arena *arena, const Vector *const *keys, uint32_t row,
                      uint64_t hash, uint8_t **row_out) {
    return find_by(table, table->equal, arena, keys, row, hash, row_out);
}

Status row_table_find_stored(RowTable *table, Arena *arena, const Vector *const *keys, uint32_t row,
                             uint64_t hash, uint8_t **row_out) {
    return find_by(table, table->stored_equal, arena, keys, row, hash, row_out);
}

void row_table_replace(RowTable *table, uint64_t hash, const uint8_t *old, uint8_t *row) {
    uint64_t at = (uint32_t)hash & table->mask;
    while (slot_row(table->slots[at]) != old) {
        check(table->slots[at] != 0);
        at = (at + 1) & table->mask;
    }
    table->slots[at] = slot_make(row, hash);
}

Status row_table_write(RowTable *table, const Vector *const *columns, uint32_t row, uint64_t hash,
                       uint8_t **row_out) {
    const RowShape *shape = &table->shape;
    size_t bytes = shape->fixed_bytes;
    for (uint32_t i = 0; shape->has_strings && i < shape->column_count; i++)
        if (shape->phys[i] == PHYS_STR && !vector_is_null(columns[i], row))
            bytes += ((const Str *)columns[i]->values)[vector_index(columns[i], row)].len;
    bytes = ALIGN_UP(bytes, (size_t)16);
    if (UNLIKELY(bytes > UINT32_MAX))
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "row is too big");
    uint8_t *p;
    TRY(row_heap_alloc(&table->heap, table->extra + bytes, &p));
    memset(p, 0, table->extra);
    p += table->extra;
    size_t at = shape->fixed_bytes;
    *(uint32_t *)p = (uint32_t)bytes;
    *row_user(p) = (uint32_t)hash;
    for (uint32_t i = 0; i < shape->column_count; i++) {
        p[8 + i] = vector_is_null(columns[i], row);
        if (!p[8 + i])
            row_put(shape, p, i, vector_at(columns[i], row), &at);
    }
    *row_out = p;
    return STATUS_OK;
}

Status row_table_store(RowTable *table, const Vector *const *columns, uint32_t row, uint64_t hash,
                       uint8_t **row_out) {
    if (UNLIKELY(table->count * 2 > table->mask))
        TRY(table_grow(table));
    TRY(row_table_write(table, columns, row, hash, row_out));
    table_place(table, slot_make(*row_out, hash), (uint32_t)hash);
    table->count++;
    return STATUS_OK;
}

Status row_table_put(RowTable *table, Arena *arena, const Vector *const *columns, uint32_t row,
                     uint64_t hash, uint8_t **row_out, bool *new_out) {
    TRY(row_table_find_stored(table, arena, columns, row, hash, row_out));
    *new_out = *row_out == NULL;
    return *new_out ? row_table_store(table, columns, row, hash, row_out) : STATUS_OK;
}

uint8_t *row_table_next(const RowTable *table, RowTableCursor *cursor) {
    if (!cursor->started) {
        cursor->started = true;
        cursor->block = table->heap.first;
        cursor->at = 0;
    }
    while (cursor->block != NULL && cursor->at >= cursor->block->used) {
        cursor->block = cursor->block->next;
        cursor->at = 0;
    }
    if (cursor->block == NULL)
        return NULL;
    uint8_t *row = cursor->block->data + cursor->at + table->extra;
    cursor->at += table->extra + row_bytes(row);
    return row;
}
