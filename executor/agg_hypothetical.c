/*
 * agg_hypothetical.c: rank, percent_rank, cume_dist and dense_rank WITHIN GROUP: where a row of the
 * direct arguments would stand among a group's rows. Built-in aggregates and users' own are told by
 * their final function.
 */
#include "executor/agg.h"

typedef enum Hypothetical {
    RANK_FINAL = 3987,
    PERCENT_RANK_FINAL = 3989,
    CUME_DIST_FINAL = 3991,
    DENSE_RANK_FINAL = 3993
} Hypothetical;

bool agg_hypothetical_is(Oid final) {
    return final == RANK_FINAL || final == PERCENT_RANK_FINAL || final == CUME_DIST_FINAL ||
           final == DENSE_RANK_FINAL;
}

/* Sorted rows that come before the given one; or_equal: or are its peers. */
static uint64_t rows_before(const AggSpec *spec, uint8_t *const *rows, uint64_t count,
                            const uint8_t *row, bool or_equal) {
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int order = agg_compare_collected(spec, rows[middle], row);
        if (order < 0 || (or_equal && order == 0))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

Status agg_hypothetical_final(const AggSpec *spec, uint8_t *const *rows, uint64_t count,
                              const Datum *values, const bool *nulls, Arena *arena,
                              Datum *value_out) {
    size_t bytes = row_measure(&spec->collected, values, nulls);
    void *row;
    uint64_t different = 0;
    TRY(arena_try_alloc(arena, bytes, &row));
    row_write(&spec->collected, values, nulls, bytes, row);
    uint64_t before = rows_before(spec, rows, count, row, spec->hypothetical == CUME_DIST_FINAL);
    switch ((Hypothetical)spec->hypothetical) {
    case RANK_FINAL:
        *value_out = (Datum){.i64 = (int64_t)before + 1};
        break;
    case PERCENT_RANK_FINAL:
        *value_out = (Datum){.f64 = count == 0 ? 0 : (double)before / (double)count};
        break;
    case CUME_DIST_FINAL:
        *value_out = (Datum){.f64 = (double)(before + 1) / (double)(count + 1)};
        break;
    case DENSE_RANK_FINAL:
        for (uint64_t i = 0; i < before; i++)
            different += i == 0 || agg_compare_collected(spec, rows[i - 1], rows[i]) != 0;
        *value_out = (Datum){.i64 = (int64_t)different + 1};
        break;
    }
    return STATUS_OK;
}
