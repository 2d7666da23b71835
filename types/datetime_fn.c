/* datetime_fn.c: comparison, arithmetic and conversion of dates, times and time stamps. */
#include "types/datetime_int.h"

#include "runtime/clock.h"

#include <math.h>
#include <stdio.h>

/* ---- moments ---- */
SCALAR(now) { return ret_i64(call, call_env(call)->transaction_start_micros); }
SCALAR(statement_timestamp) { return ret_i64(call, call_env(call)->statement_start_micros); }
SCALAR(clock_timestamp) { return ret_i64(call, clock_timestamp_us()); }
SCALAR(timeofday) {
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    DateFields f;
    if (!timestamp_to_fields(clock_timestamp_us(), env_zone(call_env(call)), &f))
        return timestamp_range_error();
    char *s = arena_printf(call->arena, "%s %s %02d %02d:%02d:%02d.%06d %04d %s", days[f.weekday],
                           months[f.month - 1], f.day, f.hour, f.minute, f.second, f.micros, f.year,
                           f.abbreviation != NULL ? f.abbreviation : "");
    return ret_datum(call, datum_cstr(s));
}

/* ---- conversions; false-like results are errors ---- */
static Status date_to_timestamp(int32_t d, int64_t *out) {
    if (!date_is_finite(d)) {
        *out = d < 0 ? TIMESTAMP_NEGATIVE_INFINITY : TIMESTAMP_INFINITY;
        return STATUS_OK;
    }
    if (d >= TIMESTAMP_END / USECS_PER_DAY + 1 || d * USECS_PER_DAY >= TIMESTAMP_END)
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range for timestamp");
    *out = d * USECS_PER_DAY;
    return STATUS_OK;
}
static int64_t floor_day(int64_t t) { return t / USECS_PER_DAY - (t % USECS_PER_DAY < 0); }
static int64_t time_of_day(int64_t t) { return t - floor_day(t) * USECS_PER_DAY; }
static int32_t timestamp_to_date(int64_t t) {
    if (!timestamp_is_finite(t))
        return t < 0 ? DATE_NEGATIVE_INFINITY : DATE_INFINITY;
    return (int32_t)floor_day(t);
}
static const TimeZone *zone_of(FnCall *call) { return env_zone(call_env(call)); }

SCALAR(date_timestamp) { return date_to_timestamp(ARG_I32(0), &call->result.i64); }
SCALAR(date_timestamptz) {
    int64_t t;
    TRY(date_to_timestamp(ARG_I32(0), &t));
    Status s = timestamp_to_utc(t, zone_of(call), &call->result.i64);
    if (status_ok(s))
        return s;
    status_free(s);
    return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range for timestamp");
}
SCALAR(timestamp_date) { return ret_i32(call, timestamp_to_date(ARG_I64(0))); }
SCALAR(timestamptz_date) {
    int64_t t;
    TRY(timestamp_from_utc(ARG_I64(0), zone_of(call), &t));
    return ret_i32(call, timestamp_to_date(t));
}
SCALAR(timestamp_timestamptz) {
    return timestamp_to_utc(ARG_I64(0), zone_of(call), &call->result.i64);
}
SCALAR(timestamptz_timestamp) {
    return timestamp_from_utc(ARG_I64(0), zone_of(call), &call->result.i64);
}
SCALAR(timestamp_time) {
    if (!timestamp_is_finite(ARG_I64(0)))
        return ret_null(call);
    return ret_i64(call, time_of_day(ARG_I64(0)));
}
SCALAR(timestamptz_time) {
    int64_t t;
    if (!timestamp_is_finite(ARG_I64(0)))
        return ret_null(call);
    TRY(timestamp_from_utc(ARG_I64(0), zone_of(call), &t));
    return ret_i64(call, time_of_day(t));
}
SCALAR(timestamptz_timetz) {
    int64_t t;
    if (!timestamp_is_finite(ARG_I64(0)))
        return ret_null(call);
    TRY(timestamp_from_utc(ARG_I64(0), zone_of(call), &t));
    int64_t offset = (t - ARG_I64(0)) / USECS_PER_SEC;
    return ret_datum(call, (Datum){.timetz = {.micros = time_of_day(t), .zone = -(int32_t)offset}});
}
static int offset_now(FnCall *call) {
    int64_t now = call_env(call)->transaction_start_micros / USECS_PER_SEC + UNIX_TO_EPOCH_SECS;
    return tz_offset_at(zone_of(call), now, NULL, NULL);
}
SCALAR(time_timetz) {
    return ret_datum(call, (Datum){.timetz = {.micros = ARG_I64(0), .zone = -offset_now(call)}});
}
SCALAR(timetz_time) { return ret_i64(call, call->args[0].timetz.micros); }
static Status date_time(FnCall *call, int32_t date, int64_t micros) {
    int64_t t;
    TRY(date_to_timestamp(date, &t));
    if (timestamp_is_finite(t) && (__builtin_add_overflow(t, micros, &t) || !timestamp_in_range(t)))
        return timestamp_range_error();
    return ret_i64(call, t);
}
SCALAR(datetime_timestamp) { return date_time(call, ARG_I32(0), ARG_I64(1)); }
SCALAR(datetimetz_timestamptz) {
    TimeTz clock = call->args[1].timetz;
    int64_t t;
    TRY(date_to_timestamp(ARG_I32(0), &t));
    if (timestamp_is_finite(t) &&
        (__builtin_add_overflow(t, clock.micros + clock.zone * USECS_PER_SEC, &t) ||
         !timestamp_in_range(t)))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range for timestamp");
    return ret_i64(call, t);
}
static Status seconds_error(double v) {
    return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp out of range: \"%g\"", v);
}
SCALAR(float8_timestamptz) {
    double s = ARG_F64(0);
    if (isnan(s))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp cannot be NaN");
    if (isinf(s))
        return ret_i64(call, s < 0 ? TIMESTAMP_NEGATIVE_INFINITY : TIMESTAMP_INFINITY);
    if (s < -210866803200.0 || s >= 9224318016000.0)
        return seconds_error(s);
    s = rint((s - (double)UNIX_TO_EPOCH_SECS) * 1e6);
    int64_t t = (int64_t)s;
    return timestamp_in_range(t) ? ret_i64(call, t) : seconds_error(ARG_F64(0));
}
SCALAR(timestamp_scale) {
    int64_t t = ARG_I64(0);
    if (timestamp_is_finite(t) && ARG_I32(1) != -1 && (ARG_I32(1) < 0 || ARG_I32(1) > 6))
        return error(ERR_INVALID_PARAMETER_VALUE, "timestamp(%d) precision must be between 0 and 6",
                     ARG_I32(1));
    return ret_i64(call, timestamp_is_finite(t) ? time_round(t, ARG_I32(1)) : t);
}
ALIAS(timestamptz_scale, timestamp_scale)
SCALAR(time_scale) { return ret_i64(call, time_round(ARG_I64(0), ARG_I32(1))); }
SCALAR(timetz_scale) {
    TimeTz t = call->args[0].timetz;
    t.micros = time_round(t.micros, ARG_I32(1));
    return ret_datum(call, (Datum){.timetz = t});
}
SCALAR(date_finite) { return ret_bool(call, date_is_finite(ARG_I32(0))); }
SCALAR(timestamp_finite) { return ret_bool(call, timestamp_is_finite(ARG_I64(0))); }

/* ---- comparisons among date, timestamp, timestamptz ---- */
/* A date past a time stamp's range is above all finite ones. */
static int order_date(int32_t d, int64_t t, const TimeZone *zone) {
    int64_t as_timestamp;
    Status s = date_to_timestamp(d, &as_timestamp);
    if (status_ok(s) && zone != NULL)
        s = timestamp_to_utc(as_timestamp, zone, &as_timestamp);
    if (!status_ok(s)) {
        status_free(s);
        return t == TIMESTAMP_INFINITY ? -1 : d < 0 ? -1 : 1;
    }
    return (as_timestamp > t) - (as_timestamp < t);
}
static int order_timestamps(int64_t local, int64_t utc, const TimeZone *zone) {
    int64_t t;
    Status s = timestamp_to_utc(local, zone, &t);
    if (!status_ok(s)) {
        status_free(s);
        return local < 0 ? (utc == TIMESTAMP_NEGATIVE_INFINITY ? 1 : -1)
                         : (utc == TIMESTAMP_INFINITY ? -1 : 1);
    }
    return (t > utc) - (t < utc);
}
#define MIXED(prefix, suffix, order)                                                               \
    SCALAR(prefix##_eq_##suffix) { return ret_bool(call, (order) == 0); }                          \
    SCALAR(prefix##_ne_##suffix) { return ret_bool(call, (order) != 0); }                          \
    SCALAR(prefix##_lt_##suffix) { return ret_bool(call, (order) < 0); }                           \
    SCALAR(prefix##_le_##suffix) { return ret_bool(call, (order) <= 0); }                          \
    SCALAR(prefix##_gt_##suffix) { return ret_bool(call, (order) > 0); }                           \
    SCALAR(prefix##_ge_##suffix) { return ret_bool(call, (order) >= 0); }                          \
    SCALAR(prefix##_cmp_##suffix) { return ret_i32(call, order); }
MIXED(date, timestamp, order_date(ARG_I32(0), ARG_I64(1), NULL))
MIXED(date, timestamptz, order_date(ARG_I32(0), ARG_I64(1), zone_of(call)))
MIXED(timestamp, date, -order_date(ARG_I32(1), ARG_I64(0), NULL))
MIXED(timestamptz, date, -order_date(ARG_I32(1), ARG_I64(0), zone_of(call)))
MIXED(timestamp, timestamptz, order_timestamps(ARG_I64(0), ARG_I64(1), zone_of(call)))
MIXED(timestamptz, timestamp, -order_timestamps(ARG_I64(1), ARG_I64(0), zone_of(call)))

static int timetz_order(FnCall *call) {
    return type_builtin(1266)->compare(NULL, 0, call->args[0], call->args[1]);
}
SCALAR(timetz_eq) { return ret_bool(call, timetz_order(call) == 0); }
SCALAR(timetz_ne) { return ret_bool(call, timetz_order(call) != 0); }
SCALAR(timetz_lt) { return ret_bool(call, timetz_order(call) < 0); }
SCALAR(timetz_le) { return ret_bool(call, timetz_order(call) <= 0); }
SCALAR(timetz_gt) { return ret_bool(call, timetz_order(call) > 0); }
SCALAR(timetz_ge) { return ret_bool(call, timetz_order(call) >= 0); }
SCALAR(timetz_cmp) { return ret_i32(call, timetz_order(call)); }
SCALAR(timetz_larger) { return ret_datum(call, call->args[timetz_order(call) > 0 ? 0 : 1]); }
SCALAR(timetz_smaller) { return ret_datum(call, call->args[timetz_order(call) < 0 ? 0 : 1]); }

/* ---- arithmetic ---- */
static Status date_add(FnCall *call, int64_t days) {
    int64_t d = ARG_I32(0);
    if (!date_is_finite((int32_t)d))
        return ret_i32(call, (int32_t)d);
    d += days;
    if (d < DATE_MIN || d >= DATE_END)
        return date_range_error();
    return ret_i32(call, (int32_t)d);
}
SCALAR(date_pli) { return date_add(call, ARG_I32(1)); }
SCALAR(date_mii) { return date_add(call, -(int64_t)ARG_I32(1)); }
SCALAR(date_mi) {
    if (!date_is_finite(ARG_I32(0)) || !date_is_finite(ARG_I32(1)))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "cannot subtract infinite dates");
    return ret_i32(call, ARG_I32(0) - ARG_I32(1));
}

/* Months first (the day is cut to the month's length), then days in local time, then microseconds. */
Status timestamp_add_interval(int64_t t, Interval v, const TimeZone *zone, int64_t *out) {
    *out = t;
    if (!timestamp_is_finite(t))
        return STATUS_OK;
    if (v.months != 0 || v.days != 0) {
        int64_t local = t;
        if (zone != NULL)
            TRY(timestamp_from_utc(t, zone, &local));
        if (v.months != 0) {
            DateFields f;
            if (!timestamp_to_fields(local, NULL, &f))
                return timestamp_range_error();
            int64_t months = (int64_t)f.year * 12 + f.month - 1 + v.months;
            int64_t year = months / 12 - (months % 12 < 0);
            if (year < -4800 || year > 5874900)
                return timestamp_range_error();
            f.year = (int)year;
            f.month = (int)(months - year * 12) + 1;
            f.day = MIN(f.day, days_in_month(f.year, f.month));
            if (!fields_to_timestamp(&f, &local))
                return timestamp_range_error();
        }
        if (v.days != 0) {
            __int128 sum = (__int128)v.days * USECS_PER_DAY + local;
            if (sum < INT64_MIN || sum > INT64_MAX)
                return timestamp_range_error();
            local = (int64_t)sum;
        }
        t = local;
        if (zone != NULL)
            TRY(timestamp_to_utc(local, zone, &t));
    }
    if (!add_i64(t, v.micros, &t) || !timestamp_in_range(t))
        return timestamp_range_error();
    *out = t;
    return STATUS_OK;
}
SCALAR(timestamp_pl_interval) {
    return timestamp_add_interval(ARG_I64(0), call->args[1].interval, NULL, &call->result.i64);
}
SCALAR(timestamp_mi_interval) {
    return timestamp_add_interval(ARG_I64(0), interval_negate(call->args[1].interval), NULL,
                                  &call->result.i64);
}
SCALAR(timestamptz_pl_interval) {
    return timestamp_add_interval(ARG_I64(0), call->args[1].interval, zone_of(call),
                                  &call->result.i64);
}
SCALAR(timestamptz_mi_interval) {
    return timestamp_add_interval(ARG_I64(0), interval_negate(call->args[1].interval),
                                  zone_of(call), &call->result.i64);
}
SCALAR(date_pl_interval) {
    int64_t t;
    TRY(date_to_timestamp(ARG_I32(0), &t));
    return timestamp_add_interval(t, call->args[1].interval, NULL, &call->result.i64);
}
SCALAR(date_mi_interval) {
    int64_t t;
    TRY(date_to_timestamp(ARG_I32(0), &t));
    return timestamp_add_interval(t, interval_negate(call->args[1].interval), NULL,
                                  &call->result.i64);
}
SCALAR(timestamp_mi) {
    int64_t a = ARG_I64(0), b = ARG_I64(1), micros;
    if (!timestamp_is_finite(a) || !timestamp_is_finite(b))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "cannot subtract infinite timestamps");
    micros = (int64_t)((uint64_t)a - (uint64_t)b); /* as there, more than an interval holds wraps */
    int64_t days = micros / USECS_PER_DAY;
    return ret_interval(call,
                        (Interval){.micros = micros - days * USECS_PER_DAY, .days = (int32_t)days});
}
static int64_t wrap_day(int64_t t) {
    t %= USECS_PER_DAY;
    return t < 0 ? t + USECS_PER_DAY : t;
}
SCALAR(time_pl_interval) {
    return ret_i64(call, wrap_day(ARG_I64(0) + call->args[1].interval.micros % USECS_PER_DAY));
}
SCALAR(time_mi_interval) {
    return ret_i64(call, wrap_day(ARG_I64(0) - call->args[1].interval.micros % USECS_PER_DAY));
}
SCALAR(time_mi_time) { return ret_interval(call, (Interval){.micros = ARG_I64(0) - ARG_I64(1)}); }
SCALAR(timetz_pl_interval) {
    TimeTz t = call->args[0].timetz;
    t.micros = wrap_day(t.micros + call->args[1].interval.micros % USECS_PER_DAY);
    return ret_datum(call, (Datum){.timetz = t});
}
SCALAR(timetz_mi_interval) {
    TimeTz t = call->args[0].timetz;
    t.micros = wrap_day(t.micros - call->args[1].interval.micros % USECS_PER_DAY);
    return ret_datum(call, (Datum){.timetz = t});
}

/* ---- AT TIME ZONE ---- */
static Status zone_argument(FnCall *call, int arg, int64_t at_unix, bool local, int *offset_out,
                            const TimeZone **zone_out) {
    Str name = ARG_STR(arg);
    if (datetime_zone_by_word(call_env(call), name.data, name.len, at_unix, local, offset_out,
                              zone_out))
        return STATUS_OK;
    return error(ERR_INVALID_PARAMETER_VALUE, "time zone \"%.*s\" not recognized", (int)name.len,
                 name.data);
}
static int64_t unix_seconds(int64_t t) {
    return t / USECS_PER_SEC - (t % USECS_PER_SEC < 0) + UNIX_TO_EPOCH_SECS;
}
static Status shifted(FnCall *call, int64_t t, int64_t seconds) {
    if (!add_i64(t, seconds * USECS_PER_SEC, &t) || !timestamp_in_range(t))
        return timestamp_range_error();
    return ret_i64(call, t);
}
SCALAR(timestamp_zone) {
    int offset;
    const TimeZone *zone;
    int64_t t = ARG_I64(1);
    if (!timestamp_is_finite(t))
        return ret_i64(call, t);
    TRY(zone_argument(call, 0, unix_seconds(t), true, &offset, &zone));
    if (zone != NULL)
        return timestamp_to_utc(t, zone, &call->result.i64);
    return shifted(call, t, -offset);
}
SCALAR(timestamptz_zone) {
    int offset;
    const TimeZone *zone;
    int64_t t = ARG_I64(1);
    if (!timestamp_is_finite(t))
        return ret_i64(call, t);
    TRY(zone_argument(call, 0, unix_seconds(t), false, &offset, &zone));
    if (zone != NULL)
        return timestamp_from_utc(t, zone, &call->result.i64);
    return shifted(call, t, offset);
}
static Status interval_offset(FnCall *call, int64_t *seconds_out) {
    Interval v = call->args[0].interval;
    if (v.months != 0 || v.days != 0) {
        StrBuf text;
        strbuf_init(&text, call->arena);
        interval_print(v, INTERVAL_STYLE_POSTGRES, &text);
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "interval time zone \"%s\" must not include months or days",
                     strbuf_cstr(&text));
    }
    *seconds_out = v.micros / USECS_PER_SEC;
    return STATUS_OK;
}
SCALAR(timestamp_izone) {
    int64_t offset;
    if (!timestamp_is_finite(ARG_I64(1)))
        return ret_i64(call, ARG_I64(1));
    TRY(interval_offset(call, &offset));
    return shifted(call, ARG_I64(1), -offset);
}
SCALAR(timestamptz_izone) {
    int64_t offset;
    if (!timestamp_is_finite(ARG_I64(1)))
        return ret_i64(call, ARG_I64(1));
    TRY(interval_offset(call, &offset));
    return shifted(call, ARG_I64(1), offset);
}
static Status timetz_move(FnCall *call, int64_t offset) {
    TimeTz t = call->args[1].timetz;
    t.micros = wrap_day(t.micros + (t.zone + offset) * USECS_PER_SEC);
    t.zone = -(int32_t)offset;
    return ret_datum(call, (Datum){.timetz = t});
}
SCALAR(timetz_zone) {
    int offset;
    const TimeZone *zone;
    int64_t now = unix_seconds(call_env(call)->transaction_start_micros);
    TRY(zone_argument(call, 0, now, false, &offset, &zone));
    if (zone != NULL)
        offset = tz_offset_at(zone, now, NULL, NULL);
    return timetz_move(call, offset);
}
SCALAR(timetz_izone) {
    int64_t offset;
    TRY(interval_offset(call, &offset));
    return timetz_move(call, offset);
}

/* ---- construction ---- */
/* as_given: complaints show the year as given, else as counted. */
static Status make_date_days(int year, int month, int day, bool as_given, int32_t *out) {
    int given = year;
    if (year < 0 && year > INT32_MIN)
        year++;
    if (given == 0 || given == INT32_MIN || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month))
        return error(ERR_DATETIME_FIELD_OVERFLOW, "date field value out of range: %d-%02d-%02d",
                     as_given ? given : year, month, day);
    if (!julian_is_valid(year, month, day) ||
        !date_in_range(date_to_julian(year, month, day) - EPOCH_JDATE))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range: %d-%02d-%02d",
                     as_given ? given : year, month, day);
    *out = date_to_julian(year, month, day) - EPOCH_JDATE;
    return STATUS_OK;
}
SCALAR(make_date) {
    return make_date_days(ARG_I32(0), ARG_I32(1), ARG_I32(2), false, &call->result.i32);
}
static Status make_clock(int hour, int minute, double second, int64_t *out) {
    double micros = rint(second * 1e6);
    bool bad = hour < 0 || hour > 24 || minute < 0 || minute > 59 || isnan(second) || second < 0 ||
               second > 60 || (hour == 24 && (minute > 0 || second > 0));
    if (bad && isinf(second))
        return error(ERR_DATETIME_FIELD_OVERFLOW, "time field value out of range: %d:%02d:%s", hour,
                     minute, second < 0 ? "-Infinity" : "Infinity");
    if (bad && isnan(second))
        return error(ERR_DATETIME_FIELD_OVERFLOW, "time field value out of range: %d:%02d:NaN",
                     hour, minute);
    if (bad)
        return error(ERR_DATETIME_FIELD_OVERFLOW, "time field value out of range: %d:%02d:%02g",
                     hour, minute, second);
    *out = hour * USECS_PER_HOUR + minute * USECS_PER_MINUTE + (int64_t)micros;
    return STATUS_OK;
}
SCALAR(make_time) { return make_clock(ARG_I32(0), ARG_I32(1), ARG_F64(2), &call->result.i64); }
static Status make_local(FnCall *call, int64_t *out) {
    int32_t days;
    int64_t clock;
    TRY(make_date_days(ARG_I32(0), ARG_I32(1), ARG_I32(2), true, &days));
    TRY(make_clock(ARG_I32(3), ARG_I32(4), ARG_F64(5), &clock));
    if (!mul_i64(days, USECS_PER_DAY, out) || !add_i64(*out, clock, out) ||
        !timestamp_in_range(*out))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE,
                     "timestamp out of range: %d-%02d-%02d %d:%02d:%02g", ARG_I32(0), ARG_I32(1),
                     ARG_I32(2), ARG_I32(3), ARG_I32(4), ARG_F64(5));
    return STATUS_OK;
}
SCALAR(make_timestamp) { return make_local(call, &call->result.i64); }
SCALAR(make_timestamptz) {
    int64_t t;
    TRY(make_local(call, &t));
    return timestamp_to_utc(t, zone_of(call), &call->result.i64);
}
SCALAR(make_timestamptz_at_timezone) {
    int64_t t;
    int offset;
    const TimeZone *zone = NULL;
    TRY(make_local(call, &t));
    char *name = arena_strndup(call->arena, ARG_STR(6).data, ARG_STR(6).len);
    if (is_digit(name[0]))
        return status_hint(error(ERR_INVALID_PARAMETER_VALUE,
                                 "invalid input syntax for type %s: \"%s\"", "numeric time zone",
                                 name),
                           "Numeric time zones must have \"-\" or \"+\" as first character.");
    if (name[0] == '+' || name[0] == '-') {
        ParseError e = datetime_decode_offset(name, &offset);
        if (e != PARSE_OK)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         e == PARSE_TZ_OVERFLOW ? "numeric time zone \"%s\" out of range"
                                                : "time zone \"%s\" not recognized",
                         name);
    } else {
        TRY(zone_argument(call, 6, unix_seconds(t), true, &offset, &zone));
    }
    if (zone != NULL)
        return timestamp_to_utc(t, zone, &call->result.i64);
    return shifted(call, t, -offset);
}

/* ---- OVERLAPS: three-valued where ends are missing ---- */
static Status overlaps(FnCall *call, Oid type_oid) {
    const TypeInfo *type = type_builtin(type_oid);
    const bool *n = call->nulls;
    Datum s1 = call->args[0], e1 = call->args[1], s2 = call->args[2], e2 = call->args[3];
    bool ns1 = n[0], ne1 = n[1], ns2 = n[2], ne2 = n[3];
#define ABOVE(a, b) (type->compare(type, 0, a, b) > 0)
    if (ns1 ? ne1 : false)
        return ret_null(call);
    if (ns1 || (!ne1 && ABOVE(s1, e1))) {
        Datum d = s1;
        bool nd = ns1;
        s1 = e1;
        ns1 = ne1;
        e1 = d;
        ne1 = nd;
    }
    if (ns2 && ne2)
        return ret_null(call);
    if (ns2 || (!ne2 && ABOVE(s2, e2))) {
        Datum d = s2;
        bool nd = ns2;
        s2 = e2;
        ns2 = ne2;
        e2 = d;
        ne2 = nd;
    }
    if (ABOVE(s1, s2)) {
        if (ne2)
            return ret_null(call);
        if (ABOVE(e2, s1))
            return ret_bool(call, true);
        return ne1 ? ret_null(call) : ret_bool(call, false);
    }
    if (ABOVE(s2, s1)) {
        if (ne1)
            return ret_null(call);
        if (ABOVE(e1, s2))
            return ret_bool(call, true);
        return ne2 ? ret_null(call) : ret_bool(call, false);
    }
    return ne1 || ne2 ? ret_null(call) : ret_bool(call, true);
#undef ABOVE
}
SCALAR(overlaps_time) { return overlaps(call, 1083); }
SCALAR(overlaps_timestamp) { return overlaps(call, 1114); }
SCALAR(overlaps_timetz) { return overlaps(call, 1266); }

/* ---- generate_series ---- */
typedef struct TimeSeries {
    int64_t next, last;
    Interval step;
    int sign;
    const TimeZone *zone;
} TimeSeries;
static Status series_start(SetCall *set, const TimeZone *zone) {
    FnCall *call = &set->call;
    TimeSeries *s = arena_new(set->scan_arena, TimeSeries);
    *s = (TimeSeries){
        .next = ARG_I64(0), .last = ARG_I64(1), .step = call->args[2].interval, .zone = zone};
    s->sign = interval_order(s->step, (Interval){0});
    if (s->sign == 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "step size cannot equal zero");
    set->state = s;
    return STATUS_OK;
}
SET_START(generate_series_timestamp) { return series_start(set, NULL); }
SET_NEXT(generate_series_timestamp) {
    TimeSeries *s = set->state;
    *row_out = s->sign > 0 ? s->next <= s->last : s->next >= s->last;
    if (!*row_out)
        return STATUS_OK;
    set->columns[0] = datum_i64(s->next);
    return timestamp_add_interval(s->next, s->step, s->zone, &s->next);
}
SET_START(generate_series_timestamptz) { return series_start(set, zone_of(&set->call)); }
SET_NEXT(generate_series_timestamptz) { return set_generate_series_timestamp_next(set, row_out); }

/* in_range support. */
static Status in_range(FnCall *call, int64_t v, int64_t base, const TimeZone *zone) {
    Interval offset = call->args[2].interval;
    bool sub = ARG_BOOL(3), less = ARG_BOOL(4);
    int64_t edge;
    if (interval_order(offset, (Interval){0}) < 0)
        return error(ERR_INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                     "invalid preceding or following size in window function");
    TRY(timestamp_add_interval(base, sub ? interval_negate(offset) : offset, zone, &edge));
    return ret_bool(call, less ? v <= edge : v >= edge);
}
SCALAR(in_range_timestamp_interval) { return in_range(call, ARG_I64(0), ARG_I64(1), NULL); }
SCALAR(in_range_timestamptz_interval) {
    return in_range(call, ARG_I64(0), ARG_I64(1), zone_of(call));
}
SCALAR(in_range_date_interval) {
    int64_t a, b;
    TRY(date_to_timestamp(ARG_I32(0), &a));
    TRY(date_to_timestamp(ARG_I32(1), &b));
    return in_range(call, a, b, NULL);
}
