/* sort.c: see sort.h. */
#include "executor/sort.h"

#include "base/bits.h"

typedef struct SortEntry {
    uint64_t prefix; /* first eight key bytes, big-endian; short keys padded with zeros */
    uint8_t *row;
} SortEntry;

typedef struct SortRun {
    SpillFile *file;
    uint8_t *row; /* next of the run; NULL: exhausted */
    uint64_t prefix;
} SortRun;

struct Sorter {
    Executor *exec;
    RowShape shape; /* with the key */
    const RowOrder *order;
    uint64_t bound;
    RowHeap heap;
    SortEntry *entries;
    uint64_t count, capacity;
    SortRun *runs;
    uint32_t run_count, run_capacity;
    uint32_t *merge; /* heap of run numbers */
    uint32_t merge_count;
    StrBuf key;
    Register key_register;
    Vector *columns; /* input's and the key's, for row_heap_add */
    uint64_t position, emitted;
    bool have_limit; /* top-N: rows above it are not wanted */
    uint64_t limit_prefix;
    size_t memory_peak;
    uint64_t disk_bytes;
    bool top_n;
};

static inline uint64_t key_prefix(Str key) {
    uint8_t bytes[8] = {0};
    memcpy(bytes, key.data, MIN(key.len, 8u));
    return load_be64(bytes);
}

Str sorter_key(const Sorter *s, const uint8_t *row) {
    return row_get(&s->shape, row, s->shape.column_count - 1).str;
}

static inline int entry_compare(const Sorter *s, uint64_t a_prefix, const uint8_t *a,
                                uint64_t b_prefix, const uint8_t *b) {
    if (a_prefix != b_prefix)
        return a_prefix < b_prefix ? -1 : 1;
    Str x = sorter_key(s, a), y = sorter_key(s, b);
    uint32_t n = MIN(x.len, y.len);
    int order = n <= 8 ? 0 : memcmp(x.data + 8, y.data + 8, n - 8);
    return order != 0 ? order : (x.len > y.len) - (x.len < y.len);
}

Status sorter_make(Executor *exec, const RowShape *shape, const RowOrder *order, uint64_t bound,
                   Sorter **sorter_out) {
    Sorter *s = mem_alloc(&exec->account, sizeof(*s));
    memset(s, 0, sizeof(*s));
    *sorter_out = s;
    s->exec = exec;
    s->order = order;
    s->bound = bound;
    row_heap_init(&s->heap, &exec->account);
    strbuf_init(&s->key, &exec->arena);
    PhysType *phys = arena_array(&exec->arena, PhysType, shape->column_count + 1);
    for (uint32_t i = 0; i < shape->column_count; i++)
        phys[i] = shape->phys[i];
    phys[shape->column_count] = PHYS_STR;
    row_shape_init(&s->shape, &exec->arena, shape->column_count + 1, phys);
    s->columns = arena_array(&exec->arena, Vector, shape->column_count + 1);
    return STATUS_OK;
}

/* ---- merge sort of entries ---- */

static void insertion_sort(const Sorter *s, SortEntry *e, uint64_t n) {
    for (uint64_t i = 1; i < n; i++) {
        SortEntry x = e[i];
        uint64_t j = i;
        for (; j > 0 && entry_compare(s, x.prefix, x.row, e[j - 1].prefix, e[j - 1].row) < 0; j--)
            e[j] = e[j - 1];
        e[j] = x;
    }
}

static void merge_halves(const Sorter *s, const SortEntry *a, uint64_t a_count, const SortEntry *b,
                         uint64_t b_count, SortEntry *out) {
    const SortEntry *a_end = a + a_count, *b_end = b + b_count;
    while (a < a_end && b < b_end)
        *out++ = entry_compare(s, b->prefix, b->row, a->prefix, a->row) < 0 ? *b++ : *a++;
    while (a < a_end)
        *out++ = *a++;
    while (b < b_end)
        *out++ = *b++;
}

#define SORT_BLOCK 16u

/*
 * Small sorts: Bentley and McIlroy's quicksort (Engineering a Sort Function, 1993), with a look whether
 * the entries are in order already. Rows with equal keys leave it in the order in which PostgreSQL,
 * which sorts with the same method, shows them; statements without a complete ORDER BY are common, and
 * their results are compared.
 */
#define QUICKSORT_MAX 1024u

static inline int entry_order(const Sorter *s, const SortEntry *a, const SortEntry *b) {
    return entry_compare(s, a->prefix, a->row, b->prefix, b->row);
}

static SortEntry *entry_median(const Sorter *s, SortEntry *a, SortEntry *b, SortEntry *c) {
    if (entry_order(s, a, b) < 0)
        return entry_order(s, b, c) < 0 ? b : entry_order(s, a, c) < 0 ? c : a;
    return entry_order(s, b, c) > 0 ? b : entry_order(s, a, c) < 0 ? a : c;
}

static inline void entry_swap(SortEntry *a, SortEntry *b) {
    SortEntry x = *a;
    *a = *b;
    *b = x;
}

static void entry_swap_many(SortEntry *a, SortEntry *b, ptrdiff_t n) {
    for (ptrdiff_t i = 0; i < n; i++)
        entry_swap(a + i, b + i);
}

static bool entries_sorted(const Sorter *s, const SortEntry *e, ptrdiff_t n) {
    for (ptrdiff_t i = 1; i < n; i++)
        if (entry_order(s, &e[i - 1], &e[i]) > 0)
            return false;
    return true;
}

static SortEntry *quicksort_pivot(const Sorter *s, SortEntry *e, ptrdiff_t n) {
    SortEntry *low = e, *middle = e + n / 2, *high = e + n - 1;
    if (n <= 7)
        return middle;
    if (n > 40) {
        ptrdiff_t d = n / 8;
        low = entry_median(s, low, low + d, low + 2 * d);
        middle = entry_median(s, middle - d, middle, middle + d);
        high = entry_median(s, high - 2 * d, high - d, high);
    }
    return entry_median(s, low, middle, high);
}

/* Splits around a pivot; entries equal to it end between *less_out first and *more_out last ones. */
static void quicksort_split(const Sorter *s, SortEntry *e, ptrdiff_t n, ptrdiff_t *less_out,
                            ptrdiff_t *more_out) {
    entry_swap(e, quicksort_pivot(s, e, n));
    SortEntry *a = e + 1, *b = e + 1, *c = e + n - 1, *d = e + n - 1, *end = e + n;
    for (;;) {
        int order;
        while (b <= c && (order = entry_order(s, b, e)) <= 0) {
            if (order == 0)
                entry_swap(a++, b);
            b++;
        }
        while (b <= c && (order = entry_order(s, c, e)) >= 0) {
            if (order == 0)
                entry_swap(c, d--);
            c--;
        }
        if (b > c)
            break;
        entry_swap(b++, c--);
    }
    ptrdiff_t move = MIN(a - e, b - a);
    entry_swap_many(e, b - move, move);
    move = MIN(d - c, end - d - 1);
    entry_swap_many(b, end - move, move);
    *less_out = b - a;
    *more_out = d - c;
}

/* Recursion goes into the smaller part: no deeper than 10 for QUICKSORT_MAX entries. */
static void quicksort(const Sorter *s, SortEntry *e, ptrdiff_t n) {
    while (n >= 7) {
        ptrdiff_t less, more;
        if (entries_sorted(s, e, n))
            return;
        quicksort_split(s, e, n, &less, &more);
        if (less <= more) {
            quicksort(s, e, less);
            e += n - more;
            n = more;
        } else {
            quicksort(s, e + n - more, more);
            n = less;
        }
    }
    insertion_sort(s, e, (uint64_t)n);
}

static Status entries_sort(Sorter *s) {
    uint64_t n = s->count;
    if (n <= QUICKSORT_MAX) {
        quicksort(s, s->entries, (ptrdiff_t)n);
        return STATUS_OK;
    }
    for (uint64_t i = 0; i < n; i += SORT_BLOCK)
        insertion_sort(s, s->entries + i, MIN((uint64_t)SORT_BLOCK, n - i));
    SortEntry *other = mem_try_alloc(&s->exec->account, n * sizeof(SortEntry));
    if (other == NULL)
        return status_out_of_memory();
    SortEntry *from = s->entries, *to = other;
    Status status = STATUS_OK;
    for (uint64_t width = SORT_BLOCK; width < n && status_ok(status); width *= 2) {
        for (uint64_t i = 0; i < n; i += 2 * width) {
            uint64_t left = MIN(width, n - i), right = MIN(width, n - i - left);
            /* Runs that are in order already are copied whole. */
            if (right == 0 || entry_compare(s, from[i + left - 1].prefix, from[i + left - 1].row,
                                            from[i + left].prefix, from[i + left].row) <= 0)
                memcpy(to + i, from + i, (left + right) * sizeof(SortEntry));
            else
                merge_halves(s, from + i, left, from + i + left, right, to + i);
        }
        SortEntry *swap = from;
        from = to;
        to = swap;
        status = exec_pulse(s->exec);
    }
    if (from != s->entries)
        memcpy(s->entries, from, n * sizeof(SortEntry));
    mem_free(&s->exec->account, other, n * sizeof(SortEntry));
    return status;
}

/* ---- filling ---- */

/* Keeps the best `bound` rows, moved together. */
static Status sorter_trim(Sorter *s) {
    TRY(entries_sort(s));
    s->top_n = true;
    s->count = MIN(s->count, s->bound);
    RowHeap kept;
    row_heap_init(&kept, &s->exec->account);
    for (uint64_t i = 0; i < s->count; i++) {
        uint8_t *copy;
        Status status = row_heap_alloc(&kept, row_bytes(s->entries[i].row), &copy);
        if (!status_ok(status)) {
            row_heap_free(&kept);
            return status;
        }
        memcpy(copy, s->entries[i].row, row_bytes(s->entries[i].row));
        s->entries[i].row = copy;
    }
    row_heap_free(&s->heap);
    s->heap = kept;
    if (s->count == s->bound && s->count > 0) {
        s->have_limit = true;
        s->limit_prefix = s->entries[s->count - 1].prefix;
    }
    return STATUS_OK;
}

static Status sorter_spill(Sorter *s) {
    TRY(entries_sort(s));
    if (s->run_count == s->run_capacity) {
        uint32_t capacity = MAX(s->run_capacity * 2, 16u);
        s->runs = arena_grow(&s->exec->arena, s->runs, s->run_capacity * sizeof(SortRun),
                             capacity * sizeof(SortRun));
        s->run_capacity = capacity;
    }
    SortRun *run = &s->runs[s->run_count];
    *run = (SortRun){0};
    TRY(spill_open(s->exec, &run->file));
    s->run_count++;
    for (uint64_t i = 0; i < s->count; i++)
        TRY(spill_write_row(run->file, s->entries[i].row));
    s->disk_bytes += spill_bytes(run->file);
    s->count = 0;
    row_heap_free(&s->heap);
    return STATUS_OK;
}

static Status sorter_room(Sorter *s) {
    if (s->count < s->capacity)
        return STATUS_OK;
    uint64_t capacity = MAX(s->capacity * 2, (uint64_t)64);
    void *p = mem_try_realloc(&s->exec->account, s->entries, s->capacity * sizeof(SortEntry),
                              capacity * sizeof(SortEntry));
    if (p == NULL)
        return status_out_of_memory();
    s->entries = p;
    s->capacity = capacity;
    return STATUS_OK;
}

static Status sorter_full(Sorter *s) {
    size_t used = s->heap.bytes + s->count * 2 * sizeof(SortEntry);
    s->memory_peak = MAX(s->memory_peak, used);
    if (s->bound != UINT64_MAX && s->bound < UINT64_MAX / 2 &&
        s->count >= MAX(s->bound * 2, (uint64_t)1024) && s->run_count == 0)
        return sorter_trim(s);
    if (used > s->exec->work_mem && s->count > SORT_BLOCK)
        return sorter_spill(s);
    return STATUS_OK;
}

Status sorter_add(Sorter *s, const Batch *batch) {
    uint32_t n = s->shape.column_count - 1;
    for (uint32_t i = 0; i < n; i++)
        s->columns[i] = batch->columns[i];
    Batch with_key = {.column_count = n + 1, .row_count = batch->row_count, .columns = s->columns};
    SELECTION_FOREACH(batch->selection, row) {
        strbuf_truncate(&s->key, 0);
        TRY(row_order_encode(s->order, batch, row, &s->key));
        Datum key = datum_str(strbuf_cstr(&s->key), s->key.len);
        uint64_t prefix = key_prefix(key.str);
        if (s->have_limit && prefix > s->limit_prefix)
            continue;
        TRY(sorter_room(s));
        s->columns[n] = *register_constant(&s->key_register, &s->exec->arena, PHYS_STR, key, false);
        SortEntry *e = &s->entries[s->count];
        TRY(row_heap_add(&s->heap, &s->shape, &with_key, row, &e->row));
        e->prefix = prefix;
        s->count++;
        if ((s->count & 63) == 0)
            TRY(sorter_full(s));
    }
    return STATUS_OK;
}

/* ---- merging runs ---- */

static bool run_less(const Sorter *s, uint32_t a, uint32_t b) {
    int order =
        entry_compare(s, s->runs[a].prefix, s->runs[a].row, s->runs[b].prefix, s->runs[b].row);
    return order != 0 ? order < 0 : a < b;
}

static void merge_sift(Sorter *s, uint32_t at) {
    for (;;) {
        uint32_t child = at * 2 + 1;
        if (child >= s->merge_count)
            return;
        if (child + 1 < s->merge_count && run_less(s, s->merge[child + 1], s->merge[child]))
            child++;
        if (!run_less(s, s->merge[child], s->merge[at]))
            return;
        uint32_t swap = s->merge[at];
        s->merge[at] = s->merge[child];
        s->merge[child] = swap;
        at = child;
    }
}

static Status run_advance(Sorter *s, SortRun *run) {
    TRY(spill_read_row(run->file, &run->row));
    if (run->row != NULL)
        run->prefix = key_prefix(sorter_key(s, run->row));
    return STATUS_OK;
}

static Status merge_start(Sorter *s) {
    s->merge_count = 0;
    for (uint32_t i = 0; i < s->run_count; i++) {
        TRY(spill_rewind(s->runs[i].file));
        TRY(run_advance(s, &s->runs[i]));
        if (s->runs[i].row != NULL)
            s->merge[s->merge_count++] = i;
    }
    for (uint32_t i = s->merge_count / 2; i-- > 0;)
        merge_sift(s, i);
    return STATUS_OK;
}

Status sorter_finish(Sorter *s) {
    TRY(sorter_full(s));
    s->position = s->emitted = 0;
    if (s->run_count == 0)
        return entries_sort(s);
    if (s->count > 0)
        TRY(sorter_spill(s));
    s->merge = arena_array(&s->exec->arena, uint32_t, s->run_count + 1);
    return merge_start(s);
}

Status sorter_rewind(Sorter *s) {
    s->position = s->emitted = 0;
    return s->run_count == 0 ? STATUS_OK : merge_start(s);
}

Status sorter_next(Sorter *s, uint32_t capacity, Arena *copy_arena, const uint8_t **rows_out,
                   uint32_t *count_out) {
    uint32_t count = 0;
    capacity = (uint32_t)MIN((uint64_t)capacity, s->bound - MIN(s->bound, s->emitted));
    if (s->run_count == 0) {
        while (count < capacity && s->position < s->count)
            rows_out[count++] = s->entries[s->position++].row;
    }
    while (count < capacity && s->merge_count > 0) {
        SortRun *run = &s->runs[s->merge[0]];
        void *copy;
        TRY(arena_try_alloc(copy_arena, row_bytes(run->row), &copy));
        memcpy(copy, run->row, row_bytes(run->row));
        rows_out[count++] = copy;
        TRY(run_advance(s, run));
        if (run->row == NULL)
            s->merge[0] = s->merge[--s->merge_count];
        merge_sift(s, 0);
    }
    s->emitted += count;
    *count_out = count;
    return STATUS_OK;
}

const RowShape *sorter_shape(const Sorter *s) { return &s->shape; }

void sorter_stats(const Sorter *s, PlanStats *stats) {
    stats->sort_method = s->run_count > 0                     ? "external merge"
                         : s->bound != UINT64_MAX && s->top_n ? "top-N heapsort"
                                                              : "quicksort";
    stats->memory_kb = (MAX(s->memory_peak, s->heap.bytes) + 1023) / 1024;
    stats->disk_kb = (s->disk_bytes + 1023) / 1024;
}

static void sorter_clear(Sorter *s) {
    row_heap_free(&s->heap);
    for (uint32_t i = 0; i < s->run_count; i++)
        spill_close(s->runs[i].file);
    s->run_count = s->merge_count = 0;
    s->count = 0;
}

void sorter_reset(Sorter *s, uint64_t bound) {
    sorter_clear(s);
    s->bound = bound;
    s->have_limit = s->top_n = false;
}

void sorter_free(Sorter *s) {
    if (s == NULL)
        return;
    sorter_clear(s);
    if (s->entries != NULL)
        mem_free(&s->exec->account, s->entries, s->capacity * sizeof(SortEntry));
    mem_free(&s->exec->account, s, sizeof(*s));
}
