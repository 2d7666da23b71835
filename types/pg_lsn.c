/* pg_lsn.c: distances between log positions. */
#include "types/numeric.h"

static Status out_of_range(void) {
    return error(ERR_INVALID_PARAMETER_VALUE, "pg_lsn out of range");
}
/* Positions have 64 bits without a sign. */
static Str position(Arena *arena, uint64_t lsn) { return num_make(arena, (Int128)lsn, 0); }

static Status to_position(FnCall *call, Str number) {
    Int128 v;
    int scale;
    if (num_class(number) != NUM_FINITE)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot convert %s to pg_lsn",
                     num_class(number) == NUM_NAN ? "NaN" : "infinity");
    TRY(numeric_rescale(call->arena, number, 0, true, &number));
    if (!num_small(number, &v, &scale) || v < 0 || v > (Int128)UINT64_MAX)
        return out_of_range();
    call->result.u64 = (uint64_t)v;
    return STATUS_OK;
}
SCALAR(pg_lsn_mi) {
    Int128 d = (Int128)call->args[0].u64 - (Int128)call->args[1].u64;
    return ret_str(call, num_make(call->arena, d, 0));
}
SCALAR(pg_lsn_pli) {
    Str sum;
    if (num_class(ARG_STR(1)) == NUM_NAN)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot add NaN to pg_lsn");
    TRY(numeric_plus(call->arena, position(call->arena, call->args[0].u64), ARG_STR(1), &sum));
    return to_position(call, sum);
}
SCALAR(pg_lsn_mii) {
    Str difference;
    if (num_class(ARG_STR(1)) == NUM_NAN)
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot subtract NaN from pg_lsn");
    TRY(numeric_minus(call->arena, position(call->arena, call->args[0].u64), ARG_STR(1),
                      &difference));
    return to_position(call, difference);
}
