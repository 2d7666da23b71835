/*
 * row_store.c: rows as self-contained blocks; heaps, spill files and stores of them.
 *
 * A RowStore keeps an array of row pointers over a RowHeap. Past its limit the rows go to a file with
 * an index of one offset per SPARSE rows, so that cursors can go backward: a read seeks to the
 * nearest known offset and walks.
 */
#include "executor/row_store.h"

#include "runtime/random.h"

#include <stdio.h>

#define BLOCK_BYTES_MIN (16u * 1024u)
#define BLOCK_BYTES_MAX (1024u * 1024u)
#define SPILL_BUFFER_BYTES (64u * 1024u)
#define SPARSE 64u

/* ---- rows ---- */

void row_shape_init(RowShape *shape, Arena *arena, uint32_t column_count, const PhysType *phys) {
    *shape = (RowShape){.column_count = column_count};
    shape->phys = arena_array(arena, PhysType, column_count + 1);
    shape->offsets = arena_array(arena, uint32_t, column_count + 1);
    uint32_t at = 8 + column_count;
    /* Widest first would pack better; column order keeps it simple and aligned. */
    for (uint32_t i = 0; i < column_count; i++) {
        unsigned width = phys_vector_bytes(phys[i]);
        at = ALIGN_UP(at, width > 8 ? 8u : width);
        shape->phys[i] = phys[i];
        shape->offsets[i] = at;
        at += width;
        shape->has_strings |= phys[i] == PHYS_STR;
    }
    shape->fixed_bytes = ALIGN_UP(at, 8u);
}

Status row_shape_of_targets(RowShape *shape, Executor *exec, const Plan *plan) {
    PhysType *phys = arena_array(&exec->arena, PhysType, plan->target_count + 1);
    for (uint32_t i = 0; i < plan->target_count; i++) {
        const TypeInfo *info;
        TRY(exec_type(exec, plan->targets[i].expr->type, &info));
        phys[i] = info->phys;
    }
    row_shape_init(shape, &exec->arena, plan->target_count, phys);
    return STATUS_OK;
}

size_t row_measure(const RowShape *shape, const Datum *values, const bool *nulls) {
    size_t bytes = shape->fixed_bytes;
    if (shape->has_strings)
        for (uint32_t i = 0; i < shape->column_count; i++)
            if (shape->phys[i] == PHYS_STR && !nulls[i])
                bytes += values[i].str.len;
    return ALIGN_UP(bytes, (size_t)8);
}

void row_put(const RowShape *shape, uint8_t *row, uint32_t column, Datum d, size_t *at) {
    uint8_t *p = row + shape->offsets[column];
    switch (shape->phys[column]) {
    case PHYS_BYTE:
        *p = d.byte;
        break;
    case PHYS_I16:
        *(int16_t *)p = d.i16;
        break;
    case PHYS_I32:
    case PHYS_F32:
        *(int32_t *)p = d.i32;
        break;
    case PHYS_I64:
    case PHYS_F64:
        *(int64_t *)p = d.i64;
        break;
    case PHYS_W16:
        memcpy(p, &d, 16);
        break;
    default:
        memcpy(row + *at, d.str.data, d.str.len);
        d.str.data = (const char *)*at;
        memcpy(p, &d, 16);
        *at += d.str.len;
        break;
    }
}

void row_write(const RowShape *shape, const Datum *values, const bool *nulls, size_t bytes,
               uint8_t *row) {
    size_t at = shape->fixed_bytes;
    *(uint32_t *)row = (uint32_t)bytes;
    *row_user(row) = 0;
    for (uint32_t i = 0; i < shape->column_count; i++) {
        row[8 + i] = nulls[i];
        if (!nulls[i])
            row_put(shape, row, i, values[i], &at);
    }
}

#define ROWS_TO_COLUMN(type)                                                                       \
    for (uint32_t i = 0; i < count; i++)                                                           \
    ((type *)v->values)[i] = *(const type *)(rows[i] + offset)

void rows_to_vector(const RowShape *shape, const uint8_t *const *rows, uint32_t count, uint32_t c,
                    Register *reg, Arena *arena) {
    Vector *v = register_flat(reg, arena, shape->phys[c], count == 0 ? 1 : count);
    uint32_t offset = shape->offsets[c];
    bool any_null = false;
    for (uint32_t i = 0; i < count; i++)
        any_null |= rows[i][8 + c] != 0;
    if (any_null) {
        register_nulls(reg, count);
        for (uint32_t i = 0; i < count; i++)
            v->nulls[i] = rows[i][8 + c];
    }
    switch (shape->phys[c]) {
    case PHYS_BYTE:
        ROWS_TO_COLUMN(uint8_t);
        break;
    case PHYS_I16:
        ROWS_TO_COLUMN(uint16_t);
        break;
    case PHYS_I32:
    case PHYS_F32:
        ROWS_TO_COLUMN(uint32_t);
        break;
    case PHYS_I64:
    case PHYS_F64:
        ROWS_TO_COLUMN(uint64_t);
        break;
    default:
        for (uint32_t i = 0; i < count; i++)
            ((Datum *)v->values)[i] = row_get(shape, rows[i], c);
        break;
    }
}

void rows_to_batch(const RowShape *shape, const uint8_t *const *rows, uint32_t count,
                   Register *registers, Arena *arena, Vector *columns) {
    for (uint32_t c = 0; c < shape->column_count; c++) {
        rows_to_vector(shape, rows, count, c, &registers[c], arena);
        columns[c] = registers[c].v;
    }
}

/* ---- heaps ---- */

void row_heap_init(RowHeap *heap, MemAccount *account) { *heap = (RowHeap){.account = account}; }

Status row_heap_alloc(RowHeap *heap, size_t bytes, uint8_t **out) {
    bytes = ALIGN_UP(bytes, (size_t)8);
    RowBlock *block = heap->last;
    if (UNLIKELY(block == NULL || block->capacity - block->used < bytes)) {
        size_t want = heap->bytes < BLOCK_BYTES_MIN   ? BLOCK_BYTES_MIN
                      : heap->bytes > BLOCK_BYTES_MAX ? BLOCK_BYTES_MAX
                                                      : heap->bytes;
        size_t capacity = MAX(want, bytes);
        block = mem_try_alloc(heap->account, sizeof(RowBlock) + capacity);
        if (block == NULL)
            return status_out_of_memory();
        block->next = NULL;
        block->capacity = capacity;
        block->used = 0;
        if (heap->last != NULL)
            heap->last->next = block;
        else
            heap->first = block;
        heap->last = block;
        heap->bytes += sizeof(RowBlock) + capacity;
    }
    *out = block->data + block->used;
    block->used += bytes;
    return STATUS_OK;
}

void row_heap_free(RowHeap *heap) {
    for (RowBlock *block = heap->first, *next; block != NULL; block = next) {
        next = block->next;
        mem_free(heap->account, block, sizeof(RowBlock) + block->capacity);
    }
    heap->first = heap->last = NULL;
    heap->bytes = 0;
}

Status row_heap_add(RowHeap *heap, const RowShape *shape, const Batch *batch, uint32_t row,
                    uint8_t **row_out) {
    return row_heap_add_behind(heap, 0, shape, batch, row, row_out);
}

Status row_heap_add_behind(RowHeap *heap, size_t lead, const RowShape *shape, const Batch *batch,
                           uint32_t row, uint8_t **row_out) {
    size_t bytes = shape->fixed_bytes;
    if (shape->has_strings)
        for (uint32_t i = 0; i < shape->column_count; i++)
            if (shape->phys[i] == PHYS_STR && !vector_is_null(&batch->columns[i], row))
                bytes +=
                    ((const Str *)batch->columns[i].values)[vector_index(&batch->columns[i], row)]
                        .len;
    bytes = ALIGN_UP(bytes, (size_t)8);
    if (UNLIKELY(bytes > UINT32_MAX))
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "row is too big");
    uint8_t *p;
    TRY(row_heap_alloc(heap, lead + bytes, &p));
    memset(p, 0, lead);
    p += lead;
    *(uint32_t *)p = (uint32_t)bytes;
    *row_user(p) = 0;
    size_t at = shape->fixed_bytes;
    for (uint32_t i = 0; i < shape->column_count; i++) {
        const Vector *v = &batch->columns[i];
        p[8 + i] = vector_is_null(v, row);
        if (!p[8 + i])
            row_put(shape, p, i, vector_at(v, row), &at);
    }
    *row_out = p;
    return STATUS_OK;
}

/* ---- spill files ---- */

struct SpillFile {
    Executor *exec;
    File *file;
    uint64_t id; /* in its name */
    uint8_t *buffer;
    size_t used;     /* writing: bytes in the buffer; reading: bytes read into it */
    size_t position; /* reading: next byte of the buffer */
    uint64_t file_bytes;
    uint64_t read_offset; /* of the file, behind the buffer */
    uint64_t row_count;
    bool reading;
    uint8_t *large; /* a row longer than the buffer */
    size_t large_capacity;
};

#define SPILL_NAME "spill_%d_%016llx.tmp"

Status spill_open(Executor *exec, SpillFile **file_out) {
    *file_out = NULL;
    SpillFile *spill = mem_alloc(&exec->account, sizeof(*spill));
    memset(spill, 0, sizeof(*spill));
    spill->exec = exec;
    spill->buffer = mem_alloc(&exec->account, SPILL_BUFFER_BYTES);
    char path[512];
    spill->id = random_u64();
    snprintf(path, sizeof(path), "%s/" SPILL_NAME, exec->session->temp_directory,
             exec->session->process_id, (unsigned long long)spill->id);
    Status s = file_open(path, FILE_CREATE | FILE_EXCLUSIVE | FILE_TRUNCATE, &spill->file);
    /* Nameless from here on: nothing is left behind, however the process ends. */
    if (status_ok(s))
        s = file_unlink(path);
    if (!status_ok(s)) {
        spill_close(spill);
        return s;
    }
    *file_out = spill;
    return STATUS_OK;
}

static void log_end(const SpillFile *spill) {
    Session *session = spill->exec->session;
    int64_t least_kb = session->settings.log_temp_files_kb;
    if (LIKELY(least_kb < 0) || spill->file_bytes / 1024 < (uint64_t)least_kb)
        return;
    session->ops->notice(session, NOTICE_LOG,
                         error(ERR_SUCCESSFUL_COMPLETION,
                               "temporary file: path \"temp/" SPILL_NAME "\", size %llu",
                               session->process_id, (unsigned long long)spill->id,
                               (unsigned long long)spill->file_bytes));
}

void spill_close(SpillFile *spill) {
    if (spill == NULL)
        return;
    spill->exec->session->temp_file_bytes -= spill->file_bytes;
    if (spill->file != NULL) {
        file_close(spill->file);
        log_end(spill);
    }
    mem_free(&spill->exec->account, spill->buffer, SPILL_BUFFER_BYTES);
    if (spill->large != NULL)
        mem_free(&spill->exec->account, spill->large, spill->large_capacity);
    mem_free(&spill->exec->account, spill, sizeof(*spill));
}

static Status spill_append(SpillFile *spill, const uint8_t *data, size_t len) {
    Session *session = spill->exec->session;
    uint64_t limit = session->settings.temp_file_limit_bytes;
    if (session->temp_file_bytes + len > limit)
        return error(ERR_CONFIGURATION_LIMIT_EXCEEDED,
                     "temporary file size exceeds temp_file_limit (%llukB)",
                     (unsigned long long)(limit / 1024));
    TRY(file_write(spill->file, data, len, spill->file_bytes));
    spill->file_bytes += len;
    session->temp_file_bytes += len;
    return STATUS_OK;
}

static Status spill_flush(SpillFile *spill) {
    if (spill->used == 0)
        return STATUS_OK;
    TRY(spill_append(spill, spill->buffer, spill->used));
    spill->used = 0;
    return STATUS_OK;
}

Status spill_write_row(SpillFile *spill, const uint8_t *row) {
    uint32_t bytes = row_bytes(row);
    if (spill->used + bytes > SPILL_BUFFER_BYTES)
        TRY(spill_flush(spill));
    spill->row_count++;
    if (bytes > SPILL_BUFFER_BYTES)
        return spill_append(spill, row, bytes);
    memcpy(spill->buffer + spill->used, row, bytes);
    spill->used += bytes;
    return STATUS_OK;
}

static Status spill_seek(SpillFile *spill, uint64_t offset) {
    if (!spill->reading)
        TRY(spill_flush(spill));
    spill->reading = true;
    spill->used = spill->position = 0;
    spill->read_offset = offset;
    return STATUS_OK;
}

Status spill_rewind(SpillFile *spill) { return spill_seek(spill, 0); }

/* At least `bytes` in the buffer from position on, or the end. */
static Status spill_fill(SpillFile *spill) {
    size_t left = spill->used - spill->position;
    memmove(spill->buffer, spill->buffer + spill->position, left);
    size_t want = MIN(SPILL_BUFFER_BYTES - left, spill->file_bytes - spill->read_offset);
    if (want > 0)
        TRY(file_read(spill->file, spill->buffer + left, want, spill->read_offset));
    spill->read_offset += want;
    spill->position = 0;
    spill->used = left + want;
    return STATUS_OK;
}

static Status spill_read_large(SpillFile *spill, uint32_t bytes, uint8_t **row_out) {
    uint64_t start = spill->read_offset - (spill->used - spill->position);
    if (spill->large_capacity < bytes) {
        void *p =
            mem_try_realloc(&spill->exec->account, spill->large, spill->large_capacity, bytes);
        if (p == NULL)
            return status_out_of_memory();
        spill->large = p;
        spill->large_capacity = bytes;
    }
    TRY(file_read(spill->file, spill->large, bytes, start));
    TRY(spill_seek(spill, start + bytes));
    *row_out = spill->large;
    return STATUS_OK;
}

Status spill_read_row(SpillFile *spill, uint8_t **row_out) {
    *row_out = NULL;
    if (spill->used - spill->position < 8)
        TRY(spill_fill(spill));
    if (spill->used - spill->position < 8)
        return STATUS_OK;
    uint32_t bytes = row_bytes(spill->buffer + spill->position);
    if (UNLIKELY(bytes > SPILL_BUFFER_BYTES))
        return spill_read_large(spill, bytes, row_out);
    if (spill->used - spill->position < bytes)
        TRY(spill_fill(spill));
    if (UNLIKELY(spill->used - spill->position < bytes))
        return error(ERR_DATA_CORRUPTED, "temporary file ends within a row");
    *row_out = spill->buffer + spill->position;
    spill->position += bytes;
    return STATUS_OK;
}

uint64_t spill_row_count(const SpillFile *spill) { return spill->row_count; }
uint64_t spill_bytes(const SpillFile *spill) {
    return spill->file_bytes + (spill->reading ? 0 : spill->used);
}

/* ---- stores ---- */

struct RowStore {
    Executor *exec;
    RowShape shape;
    RowHeap heap;
    size_t limit;
    uint64_t count;
    uint8_t **rows; /* in memory */
    uint64_t capacity;
    SpillFile *spill;  /* all rows, once the limit was passed */
    uint64_t *offsets; /* of every SPARSE-th row in the file */
    uint64_t offset_capacity;
    uint64_t next_index; /* row that spill_read_row gives next; UINT64_MAX: writing */
};

Status row_store_make(Executor *exec, const RowShape *shape, size_t memory_limit,
                      RowStore **store_out) {
    RowStore *store = mem_alloc(&exec->account, sizeof(*store));
    memset(store, 0, sizeof(*store));
    store->exec = exec;
    store->shape = *shape;
    store->limit = memory_limit;
    store->next_index = UINT64_MAX;
    row_heap_init(&store->heap, &exec->account);
    *store_out = store;
    return STATUS_OK;
}

static Status store_offset(RowStore *store, uint64_t index) {
    if (index % SPARSE != 0)
        return STATUS_OK;
    uint64_t slot = index / SPARSE;
    if (slot == store->offset_capacity) {
        uint64_t capacity = MAX(store->offset_capacity * 2, (uint64_t)1024);
        void *p =
            mem_try_realloc(&store->exec->account, store->offsets,
                            store->offset_capacity * sizeof(uint64_t), capacity * sizeof(uint64_t));
        if (p == NULL)
            return status_out_of_memory();
        store->offsets = p;
        store->offset_capacity = capacity;
    }
    store->offsets[slot] = spill_bytes(store->spill);
    return STATUS_OK;
}

static Status store_spill(RowStore *store) {
    TRY(spill_open(store->exec, &store->spill));
    for (uint64_t i = 0; i < store->count; i++) {
        TRY(store_offset(store, i));
        TRY(spill_write_row(store->spill, store->rows[i]));
    }
    row_heap_free(&store->heap);
    mem_free(&store->exec->account, store->rows, store->capacity * sizeof(uint8_t *));
    store->rows = NULL;
    store->capacity = 0;
    return STATUS_OK;
}

static Status store_push(RowStore *store, uint8_t *row) {
    if (store->spill != NULL) {
        /* Written rows follow the old ones: leave reading mode. */
        if (store->next_index != UINT64_MAX) {
            store->spill->reading = false;
            store->spill->used = store->spill->position = 0;
            store->next_index = UINT64_MAX;
        }
        TRY(store_offset(store, store->count));
        TRY(spill_write_row(store->spill, row));
        store->count++;
        return STATUS_OK;
    }
    if (store->count == store->capacity) {
        uint64_t capacity = MAX(store->capacity * 2, (uint64_t)64);
        void *p =
            mem_try_realloc(&store->exec->account, store->rows, store->capacity * sizeof(uint8_t *),
                            capacity * sizeof(uint8_t *));
        if (p == NULL)
            return status_out_of_memory();
        store->rows = p;
        store->capacity = capacity;
    }
    store->rows[store->count++] = row;
    if (store->heap.bytes + store->capacity * sizeof(uint8_t *) > store->limit)
        return store_spill(store);
    return STATUS_OK;
}

/* Once rows go to the file, the heap is only a place to build one. */
static void store_reuse_heap(RowStore *store) {
    if (store->heap.first != store->heap.last)
        row_heap_free(&store->heap);
    else if (store->heap.first != NULL)
        store->heap.first->used = 0;
}

Status row_store_add(RowStore *store, const Batch *batch) {
    SELECTION_FOREACH(batch->selection, row) {
        uint8_t *p;
        bool to_file = store->spill != NULL;
        TRY(row_heap_add(&store->heap, &store->shape, batch, row, &p));
        TRY(store_push(store, p));
        if (to_file)
            store_reuse_heap(store);
    }
    return STATUS_OK;
}

Status row_store_add_row(RowStore *store, const Datum *values, const bool *nulls) {
    size_t bytes = row_measure(&store->shape, values, nulls);
    uint8_t *p;
    bool to_file = store->spill != NULL;
    TRY(row_heap_alloc(&store->heap, bytes, &p));
    row_write(&store->shape, values, nulls, bytes, p);
    TRY(store_push(store, p));
    if (to_file)
        store_reuse_heap(store);
    return STATUS_OK;
}

uint64_t row_store_count(const RowStore *store) { return store->count; }
size_t row_store_memory(const RowStore *store) { return store->heap.bytes; }
uint64_t row_store_disk(const RowStore *store) {
    return store->spill == NULL ? 0 : spill_bytes(store->spill);
}
const RowShape *row_store_shape(const RowStore *store) { return &store->shape; }

Status row_store_get(RowStore *store, uint64_t index, const uint8_t **row_out) {
    check(index < store->count);
    if (store->spill == NULL) {
        *row_out = store->rows[index];
        return STATUS_OK;
    }
    bool near = store->next_index != UINT64_MAX && index >= store->next_index &&
                index - store->next_index < SPARSE;
    if (!near) {
        TRY(spill_seek(store->spill, store->offsets[index / SPARSE]));
        store->next_index = index / SPARSE * SPARSE;
    }
    uint8_t *row = NULL;
    while (store->next_index <= index) {
        TRY(spill_read_row(store->spill, &row));
        if (row == NULL)
            return error(ERR_DATA_CORRUPTED, "temporary file ends too early");
        store->next_index++;
    }
    *row_out = row;
    return STATUS_OK;
}

void row_store_clear(RowStore *store) {
    row_heap_free(&store->heap);
    spill_close(store->spill);
    store->spill = NULL;
    store->count = 0;
    store->next_index = UINT64_MAX;
}

void row_store_free(RowStore *store) {
    if (store == NULL)
        return;
    MemAccount *account = &store->exec->account;
    row_store_clear(store);
    if (store->rows != NULL)
        mem_free(account, store->rows, store->capacity * sizeof(uint8_t *));
    if (store->offsets != NULL)
        mem_free(account, store->offsets, store->offset_capacity * sizeof(uint64_t));
    mem_free(account, store, sizeof(*store));
}

Status row_store_read(RowStore *store, uint64_t *position, uint32_t capacity, Register *registers,
                      Arena *arena, Arena *copy_arena, Vector *columns, uint32_t *count_out) {
    uint64_t left = store->count - MIN(*position, store->count);
    uint32_t count = (uint32_t)MIN((uint64_t)MIN(capacity, BATCH_ROWS), left);
    *count_out = count;
    if (store->spill == NULL) {
        rows_to_batch(&store->shape, (const uint8_t *const *)store->rows + *position, count,
                      registers, arena, columns);
        *position += count;
        return STATUS_OK;
    }
    const uint8_t **rows = arena_array(copy_arena, const uint8_t *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *row;
        void *copy;
        TRY(row_store_get(store, *position + i, &row));
        TRY(arena_try_alloc(copy_arena, row_bytes(row), &copy));
        memcpy(copy, row, row_bytes(row));
        rows[i] = copy;
    }
    rows_to_batch(&store->shape, rows, count, registers, arena, columns);
    *position += count;
    return STATUS_OK;
}
