/* tz_list.c: pg_timezone_names, pg_timezone_abbrevs; window frames measured in times. */
#include "types/datetime_int.h"
#include "types/record_int.h"

DECLARE_TYPE_ORDER(timetz);

static Interval offset_interval(int seconds_east) {
    return (Interval){.micros = seconds_east * USECS_PER_SEC};
}

/* ---- names ---- */

typedef struct ZoneNames {
    Arena *arena;
    VEC(const char *) names;
    size_t next;
} ZoneNames;

static void add_name(void *arg, const char *name) {
    ZoneNames *z = arg;
    vec_push(&z->names, z->arena, arena_strdup(z->arena, name));
}
SET_START(pg_timezone_names) {
    ZoneNames *z = arena_new(set->scan_arena, ZoneNames);
    z->arena = set->scan_arena;
    tz_each_name(add_name, z);
    set->state = z;
    return STATUS_OK;
}
SET_NEXT(pg_timezone_names) {
    static const Oid types[] = {25, 25, 1186, 16};
    ZoneNames *z = set->state;
    int64_t now =
        set->call.site->env->transaction_start_micros / USECS_PER_SEC + UNIX_TO_EPOCH_SECS;
    while (z->next < z->names.count) {
        const char *name = z->names.items[z->next++], *abbreviation = NULL;
        const TimeZone *zone = tz_by_name(name, strlen(name));
        bool is_dst, nulls[4] = {false};
        if (zone == NULL)
            continue;
        int offset = tz_offset_at(zone, now, &is_dst, &abbreviation);
        Datum values[4] = {datum_cstr(name),
                           datum_cstr(abbreviation == NULL ? "" : abbreviation),
                           {.interval = offset_interval(offset)},
                           datum_bool(is_dst)};
        *row_out = true;
        return record_set_row(set, types, values, nulls, 4);
    }
    *row_out = false;
    return STATUS_OK;
}

typedef struct Abbreviation {
    const char *name;
    int offset;
    bool is_dst;
    const char *zone; /* whose usage decides */
} Abbreviation;
static const Abbreviation abbreviations[] = {
#define ABBREVIATION(name_, offset_, dst_, zone_) {name_, offset_, dst_, zone_},
#include "types/def/abbreviations.def"
#undef ABBREVIATION
};
SET_START(pg_timezone_abbrevs) {
    set->state = arena_new(set->scan_arena, size_t);
    return STATUS_OK;
}
SET_NEXT(pg_timezone_abbrevs) {
    static const Oid types[] = {25, 1186, 16};
    size_t *next = set->state;
    *row_out = *next < ARRAY_LEN(abbreviations);
    if (!*row_out)
        return STATUS_OK;
    const Abbreviation *a = &abbreviations[(*next)++];
    int offset = a->offset;
    bool is_dst = a->is_dst, nulls[3] = {false};
    char *name = arena_strdup(set->call.arena, a->name);
    for (char *c = name; *c != '\0'; c++)
        *c = to_upper(*c);
    const TimeZone *zone = a->zone == NULL ? NULL : tz_by_name(a->zone, strlen(a->zone));
    int64_t now =
        set->call.site->env->transaction_start_micros / USECS_PER_SEC + UNIX_TO_EPOCH_SECS;
    if (zone != NULL)
        tz_abbreviation(zone, name, now, &offset, &is_dst);
    Datum values[3] = {datum_cstr(name), {.interval = offset_interval(offset)}, datum_bool(is_dst)};
    return record_set_row(set, types, values, nulls, 3);
}

/* ---- RANGE frames ---- */

static Status frame_size_error(void) {
    return error(ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                 "invalid preceding or following size in window function");
}
static Status ret_side(FnCall *call, int order) {
    return ret_bool(call, ARG_BOOL(4) ? order <= 0 : order >= 0);
}
SCALAR(in_range_interval_interval) {
    Interval value = call->args[0].interval, base = call->args[1].interval;
    Interval by = call->args[2].interval;
    if (interval_order(by, (Interval){0}) < 0)
        return frame_size_error();
    if (ARG_BOOL(3))
        by = interval_negate(by);
    if (__builtin_add_overflow(base.micros, by.micros, &base.micros) ||
        __builtin_add_overflow(base.days, by.days, &base.days) ||
        __builtin_add_overflow(base.months, by.months, &base.months))
        return interval_range_error();
    return ret_side(call, interval_order(value, base));
}
SCALAR(in_range_time_interval) {
    int64_t by = call->args[2].interval.micros, limit;
    if (by < 0)
        return frame_size_error();
    if (ARG_BOOL(3))
        limit = ARG_I64(1) - by;
    else if (!add_i64(ARG_I64(1), by, &limit))
        return ret_bool(call, ARG_BOOL(4));
    return ret_side(call, (ARG_I64(0) > limit) - (ARG_I64(0) < limit));
}
SCALAR(in_range_timetz_interval) {
    int64_t by = call->args[2].interval.micros;
    Datum limit = call->args[1];
    if (by < 0)
        return frame_size_error();
    if (ARG_BOOL(3))
        limit.timetz.micros -= by;
    else if (!add_i64(limit.timetz.micros, by, &limit.timetz.micros))
        return ret_bool(call, ARG_BOOL(4));
    return ret_side(call, timetz_compare(NULL, 0, call->args[0], limit));
}
