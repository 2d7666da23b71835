/* datetime_part.c: extract, date_part, date_trunc, date_bin, age, weeks of ISO 8601. */
#include "types/datetime_int.h"
#include "types/numeric.h"

#include <math.h>

/* The Julian day of the Monday that begins an ISO year. */
static int iso_year_start(int year) {
    int fourth = date_to_julian(year, 1, 4);
    return fourth - fourth % 7;
}
int iso_week_monday(int year, int week) { return iso_year_start(year) + (week - 1) * 7; }
int iso_year(int year, int month, int day) {
    int julian = date_to_julian(year, month, day);
    if (julian < iso_year_start(year))
        return year - 1;
    return julian >= iso_year_start(year + 1) ? year + 1 : year;
}
int iso_week(int year, int month, int day) {
    int julian = date_to_julian(year, month, day);
    return (julian - iso_year_start(iso_year(year, month, day))) / 7 + 1;
}

/* A part: value * 10^-scale. */
typedef struct Part {
    int64_t value;
    int scale;
    bool is_julian; /* value: day; rest: microseconds of the day */
    int64_t rest;
    int infinite; /* -1, 1 */
} Part;

static Status unit_error(FnCall *call, const char *type_name, bool known) {
    Str unit = ARG_STR(0);
    char *lower = arena_strndup(call->arena, unit.data, unit.len);
    for (char *p = lower; *p != '\0'; p++)
        *p = to_lower(*p);
    if (known)
        return error(ERR_FEATURE_NOT_SUPPORTED, "unit \"%s\" not supported for type %s", lower,
                     type_name);
    return error(ERR_INVALID_PARAMETER_VALUE, "unit \"%s\" not recognized for type %s", lower,
                 type_name);
}
static Status ret_part(FnCall *call, Part p, bool numeric) {
    if (p.infinite != 0) {
        if (numeric)
            return ret_str(call, num_special(p.infinite < 0 ? NUM_NINF : NUM_PINF));
        return ret_f64(call, p.infinite < 0 ? -INFINITY : INFINITY);
    }
    if (p.is_julian) {
        if (!numeric)
            return ret_f64(call, (double)p.value + (double)p.rest / 1e6 / SECS_PER_DAY);
        Str rest = num_from_i64(call->arena, p.rest), day = num_from_i64(call->arena, p.value);
        TRY(numeric_divide(call->arena, rest, num_from_i64(call->arena, USECS_PER_DAY), &rest));
        return numeric_plus(call->arena, day, rest, &call->result.str);
    }
    if (numeric)
        return ret_str(call, num_make(call->arena, p.value, p.scale));
    return ret_f64(call, (double)p.value / (double)num_pow10[p.scale]);
}

static int64_t year_part(int year, int unit) {
    int64_t y = year;
    if (year > 0)
        return (y + unit - 1) / unit;
    return -((unit - 1 - (y - 1)) / unit);
}
/* Fields of a calendar day. False: not such a unit. */
static bool date_part(Unit unit, const DateFields *f, Part *p) {
    switch (unit) {
    case UNIT_DAY:
        p->value = f->day;
        return true;
    case UNIT_MONTH:
        p->value = f->month;
        return true;
    case UNIT_QUARTER:
        p->value = (f->month - 1) / 3 + 1;
        return true;
    case UNIT_WEEK:
        p->value = iso_week(f->year, f->month, f->day);
        return true;
    case UNIT_YEAR:
        p->value = f->year > 0 ? f->year : f->year - 1;
        return true;
    case UNIT_DECADE:
        p->value = f->year >= 0 ? f->year / 10 : -((8 - (f->year - 1)) / 10);
        return true;
    case UNIT_CENTURY:
        p->value = year_part(f->year, 100);
        return true;
    case UNIT_MILLENNIUM:
        p->value = year_part(f->year, 1000);
        return true;
    case UNIT_ISOYEAR:
        p->value = iso_year(f->year, f->month, f->day);
        p->value -= p->value <= 0;
        return true;
    case UNIT_DOW:
        p->value = f->weekday;
        return true;
    case UNIT_ISODOW:
        p->value = f->weekday == 0 ? 7 : f->weekday;
        return true;
    case UNIT_DOY:
        p->value = f->yearday;
        return true;
    default:
        return false;
    }
}
static bool clock_part(Unit unit, int64_t hour, int64_t minute, int64_t second_micros, Part *p) {
    p->scale = unit == UNIT_MILLISECOND ? 3 : unit == UNIT_SECOND ? 6 : 0;
    switch (unit) {
    case UNIT_MICROSECOND:
    case UNIT_MILLISECOND:
    case UNIT_SECOND:
        p->value = second_micros;
        return true;
    case UNIT_MINUTE:
        p->value = minute;
        return true;
    case UNIT_HOUR:
        p->value = hour;
        return true;
    default:
        return false;
    }
}
static bool zone_part(Unit unit, int offset, Part *p) {
    switch (unit) {
    case UNIT_TZ:
        p->value = offset;
        return true;
    case UNIT_TZ_MINUTE:
        p->value = offset / 60 % 60;
        return true;
    case UNIT_TZ_HOUR:
        p->value = offset / 3600;
        return true;
    default:
        return false;
    }
}
static bool is_monotonic(Unit unit) {
    return unit == UNIT_YEAR || unit == UNIT_DECADE || unit == UNIT_CENTURY ||
           unit == UNIT_MILLENNIUM || unit == UNIT_JULIAN || unit == UNIT_ISOYEAR ||
           unit == UNIT_EPOCH;
}

static Status timestamp_part(FnCall *call, bool numeric, bool with_zone) {
    const char *name = with_zone ? "timestamp with time zone" : "timestamp without time zone";
    int64_t t = ARG_I64(1);
    Unit unit = datetime_unit(ARG_STR(0).data, ARG_STR(0).len);
    DateFields f;
    Part p = {0};
    bool is_zone_unit = unit == UNIT_TZ || unit == UNIT_TZ_HOUR || unit == UNIT_TZ_MINUTE;
    if (unit == UNIT_NONE)
        return unit_error(call, name, false);
    if (!timestamp_is_finite(t)) {
        if (!is_monotonic(unit))
            return ret_null(call);
        p.infinite = t < 0 ? -1 : 1;
        return ret_part(call, p, numeric);
    }
    if (is_zone_unit && !with_zone)
        return unit_error(call, name, true);
    if (unit == UNIT_EPOCH) {
        p.scale = 6;
        if (!add_i64(t, UNIX_TO_EPOCH_SECS * USECS_PER_SEC, &p.value)) {
            if (!numeric)
                return ret_f64(call, ((double)t + (double)UNIX_TO_EPOCH_SECS * 1e6) / 1e6);
            return ret_str(
                call, num_make(call->arena, (Int128)t + UNIX_TO_EPOCH_SECS * USECS_PER_SEC, 6));
        }
        return ret_part(call, p, numeric);
    }
    if (!timestamp_to_fields(t, with_zone ? env_zone(call_env(call)) : NULL, &f))
        return timestamp_range_error();
    if (unit == UNIT_JULIAN) {
        p.is_julian = true;
        p.value = date_to_julian(f.year, f.month, f.day);
        p.rest = ((f.hour * INT64_C(60) + f.minute) * 60 + f.second) * USECS_PER_SEC + f.micros;
        return ret_part(call, p, numeric);
    }
    if (!date_part(unit, &f, &p) &&
        !clock_part(unit, f.hour, f.minute, f.second * USECS_PER_SEC + f.micros, &p) &&
        !zone_part(unit, f.offset, &p))
        return unit_error(call, name, true);
    return ret_part(call, p, numeric);
}
SCALAR(timestamp_part) { return timestamp_part(call, false, false); }
SCALAR(extract_timestamp) { return timestamp_part(call, true, false); }
SCALAR(timestamptz_part) { return timestamp_part(call, false, true); }
SCALAR(extract_timestamptz) { return timestamp_part(call, true, true); }

SCALAR(extract_date) {
    int32_t d = ARG_I32(1);
    Unit unit = datetime_unit(ARG_STR(0).data, ARG_STR(0).len);
    Part p = {0};
    DateFields f = {0};
    if (unit == UNIT_NONE)
        return unit_error(call, "date", false);
    bool clock = unit >= UNIT_MICROSECOND && unit <= UNIT_HOUR;
    if (clock || unit == UNIT_TZ || unit == UNIT_TZ_HOUR || unit == UNIT_TZ_MINUTE)
        return unit_error(call, "date", true);
    if (!date_is_finite(d)) {
        if (!is_monotonic(unit))
            return ret_null(call);
        p.infinite = d < 0 ? -1 : 1;
        return ret_part(call, p, true);
    }
    int julian = d + EPOCH_JDATE;
    julian_to_date(julian, &f.year, &f.month, &f.day);
    f.weekday = (julian + 1) % 7;
    f.yearday = julian - date_to_julian(f.year, 1, 1) + 1;
    if (unit == UNIT_JULIAN)
        p.value = julian;
    else if (unit == UNIT_EPOCH)
        p.value = ((int64_t)d + EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
    else if (!date_part(unit, &f, &p))
        return unit_error(call, "date", true);
    return ret_part(call, p, true);
}

static Status time_part(FnCall *call, bool numeric, int64_t t, bool with_zone, int offset) {
    const char *name = with_zone ? "time with time zone" : "time without time zone";
    Unit unit = datetime_unit(ARG_STR(0).data, ARG_STR(0).len);
    Part p = {0};
    if (unit == UNIT_NONE)
        return unit_error(call, name, false);
    if (unit == UNIT_EPOCH) {
        p.value = t - offset * USECS_PER_SEC;
        p.scale = 6;
    } else if (!clock_part(unit, t / USECS_PER_HOUR, t / USECS_PER_MINUTE % 60,
                           t % USECS_PER_MINUTE, &p) &&
               !(with_zone && zone_part(unit, offset, &p))) {
        return unit_error(call, name, true);
    }
    return ret_part(call, p, numeric);
}
SCALAR(time_part) { return time_part(call, false, ARG_I64(1), false, 0); }
SCALAR(extract_time) { return time_part(call, true, ARG_I64(1), false, 0); }
SCALAR(timetz_part) {
    return time_part(call, false, call->args[1].timetz.micros, true, -call->args[1].timetz.zone);
}
SCALAR(extract_timetz) {
    return time_part(call, true, call->args[1].timetz.micros, true, -call->args[1].timetz.zone);
}

static Status interval_part(FnCall *call, bool numeric) {
    Interval v = call->args[1].interval;
    Unit unit = datetime_unit(ARG_STR(0).data, ARG_STR(0).len);
    Part p = {0};
    int years = v.months / 12, months = v.months % 12;
    switch (unit) {
    case UNIT_NONE:
        return unit_error(call, "interval", false);
    case UNIT_DAY:
        p.value = v.days;
        break;
    case UNIT_MONTH:
        p.value = months;
        break;
    case UNIT_QUARTER:
        p.value = months / 3 + 1;
        break;
    case UNIT_YEAR:
        p.value = years;
        break;
    case UNIT_DECADE:
        p.value = years / 10;
        break;
    case UNIT_CENTURY:
        p.value = years / 100;
        break;
    case UNIT_MILLENNIUM:
        p.value = years / 1000;
        break;
    case UNIT_EPOCH: {
        /* A year is 365.25 days, a month over whole years 30. */
        int64_t quarter_days = (int64_t)years * 1461 + (int64_t)months * 120 + (int64_t)v.days * 4;
        Int128 micros = (Int128)quarter_days * (USECS_PER_DAY / 4) + v.micros;
        if (numeric)
            return ret_str(call, num_make(call->arena, micros, 6));
        return ret_f64(call, (double)v.micros / 1e6 + 365.25 * SECS_PER_DAY * years +
                                 30.0 * SECS_PER_DAY * months + (double)SECS_PER_DAY * v.days);
    }
    default:
        if (!clock_part(unit, v.micros / USECS_PER_HOUR, v.micros / USECS_PER_MINUTE % 60,
                        v.micros % USECS_PER_MINUTE, &p))
            return unit_error(call, "interval", true);
    }
    return ret_part(call, p, numeric);
}
SCALAR(interval_part) { return interval_part(call, false); }
SCALAR(extract_interval) { return interval_part(call, true); }

/* ---- date_trunc ---- */
static int year_floor(int year, int unit) {
    /* Centuries and millennia begin with year 1. */
    return year > 0 ? (year + unit - 1) / unit * unit - unit + 1
                    : -((unit - 1 - (year - 1)) / unit) * unit + 1;
}
static bool truncate_fields(Unit unit, DateFields *f, bool *day_or_more) {
    *day_or_more = true;
    switch (unit) {
    case UNIT_WEEK: {
        int julian = date_to_julian(f->year, f->month, f->day);
        julian_to_date(julian - julian % 7, &f->year, &f->month, &f->day);
        break;
    }
    case UNIT_MILLENNIUM:
        f->year = year_floor(f->year, 1000);
        f->month = f->day = 1;
        break;
    case UNIT_CENTURY:
        f->year = year_floor(f->year, 100);
        f->month = f->day = 1;
        break;
    case UNIT_DECADE:
        f->year = f->year > 0 ? f->year / 10 * 10 : -((8 - (f->year - 1)) / 10) * 10;
        f->month = f->day = 1;
        break;
    case UNIT_YEAR:
        f->month = f->day = 1;
        break;
    case UNIT_QUARTER:
        f->month = (f->month - 1) / 3 * 3 + 1;
        f->day = 1;
        break;
    case UNIT_MONTH:
        f->day = 1;
        break;
    case UNIT_DAY:
        break;
    case UNIT_HOUR:
    case UNIT_MINUTE:
    case UNIT_SECOND:
    case UNIT_MILLISECOND:
    case UNIT_MICROSECOND:
        *day_or_more = false;
        break;
    default:
        return false;
    }
    if (unit >= UNIT_DAY)
        f->hour = 0;
    if (unit >= UNIT_HOUR)
        f->minute = 0;
    if (unit >= UNIT_MINUTE)
        f->second = 0;
    if (unit >= UNIT_SECOND)
        f->micros = 0;
    else if (unit == UNIT_MILLISECOND)
        f->micros -= f->micros % 1000;
    return true;
}
/* Units that one can cut at: those that intervals have. */
static Unit trunc_unit(FnCall *call) {
    Unit unit = datetime_unit(ARG_STR(0).data, ARG_STR(0).len);
    return unit > UNIT_MILLENNIUM && unit != UNIT_TZ && unit != UNIT_TZ_HOUR &&
                   unit != UNIT_TZ_MINUTE
               ? UNIT_NONE
               : unit;
}
static Status cut_timestamp(FnCall *call, const TimeZone *zone, const char *name) {
    int64_t t = ARG_I64(1);
    DateFields f;
    bool day_or_more;
    Unit unit = trunc_unit(call);
    if (!timestamp_is_finite(t))
        return ret_i64(call, t);
    if (unit == UNIT_NONE)
        return unit_error(call, name, false);
    if (!timestamp_to_fields(t, zone, &f))
        return timestamp_range_error();
    if (!truncate_fields(unit, &f, &day_or_more))
        return unit_error(call, name, true);
    if (!fields_to_timestamp(&f, &t))
        return timestamp_range_error();
    if (zone == NULL)
        return ret_i64(call, t);
    if (day_or_more)
        return timestamp_to_utc(t, zone, &call->result.i64);
    return ret_i64(call, t - f.offset * USECS_PER_SEC);
}
SCALAR(timestamp_trunc) { return cut_timestamp(call, NULL, "timestamp without time zone"); }
SCALAR(timestamptz_trunc) {
    return cut_timestamp(call, env_zone(call_env(call)), "timestamp with time zone");
}
SCALAR(timestamptz_trunc_zone) {
    int offset;
    const TimeZone *zone;
    Str name = ARG_STR(2);
    if (!timestamp_is_finite(ARG_I64(1)))
        return ret_i64(call, ARG_I64(1));
    if (!datetime_zone_by_word(call_env(call), name.data, name.len, 0, false, &offset, &zone))
        return error(ERR_INVALID_PARAMETER_VALUE, "time zone \"%.*s\" not recognized",
                     (int)name.len, name.data);
    return cut_timestamp(call, zone != NULL ? zone : tz_fixed(offset), "timestamp with time zone");
}
SCALAR(interval_trunc) {
    Interval v = call->args[1].interval;
    Unit unit = trunc_unit(call);
    int64_t micros = v.micros;
    if (unit == UNIT_NONE)
        return unit_error(call, "interval", false);
    switch (unit) {
    case UNIT_MILLENNIUM:
        v.months -= v.months % 12000;
        break;
    case UNIT_CENTURY:
        v.months -= v.months % 1200;
        break;
    case UNIT_DECADE:
        v.months -= v.months % 120;
        break;
    case UNIT_YEAR:
        v.months -= v.months % 12;
        break;
    case UNIT_QUARTER:
        v.months -= v.months % 12 % 3;
        break;
    case UNIT_MONTH:
    case UNIT_DAY:
        break;
    case UNIT_HOUR:
        micros -= micros % USECS_PER_HOUR;
        break;
    case UNIT_MINUTE:
        micros -= micros % USECS_PER_MINUTE;
        break;
    case UNIT_SECOND:
        micros -= micros % USECS_PER_SEC;
        break;
    case UNIT_MILLISECOND:
        micros -= micros % 1000;
        break;
    case UNIT_MICROSECOND:
        break;
    default: {
        Status s = unit_error(call, "interval", true);
        if (unit == UNIT_WEEK)
            s = status_detail(s, "Months usually have fractional weeks.");
        return s;
    }
    }
    if (unit >= UNIT_MONTH)
        v.days = 0;
    v.micros = unit >= UNIT_DAY ? 0 : micros;
    return ret_interval(call, v);
}

/* date_bin: the start of the stride that holds t, strides counted from origin. */
static Status bin(FnCall *call) {
    Interval stride = call->args[0].interval;
    int64_t t = ARG_I64(1), origin = ARG_I64(2), width, delta;
    if (!timestamp_is_finite(t))
        return ret_i64(call, t);
    if (!timestamp_is_finite(origin))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "origin out of range");
    if (stride.months != 0)
        return error(ERR_FEATURE_NOT_SUPPORTED, "timestamps cannot be binned into intervals "
                                                "containing months or years");
    if (!mul_i64(stride.days, USECS_PER_DAY, &width) || !add_i64(width, stride.micros, &width))
        return interval_range_error();
    if (width <= 0)
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "stride must be greater than zero");
    if (!sub_i64(t, origin, &delta))
        return interval_range_error();
    int64_t rest = delta % width;
    delta -= rest;
    if (rest < 0 && !sub_i64(delta, width, &delta))
        return timestamp_range_error();
    if (!add_i64(origin, delta, &t) || !timestamp_in_range(t))
        return timestamp_range_error();
    return ret_i64(call, t);
}
SCALAR(timestamp_bin) { return bin(call); }
SCALAR(timestamptz_bin) { return bin(call); }

/* age: the difference as a calendar counts it. */
static Status age(FnCall *call, const TimeZone *zone) {
    int64_t ta = ARG_I64(0), tb = ARG_I64(1);
    DateFields a, b;
    if (!timestamp_is_finite(ta) || !timestamp_is_finite(tb) ||
        !timestamp_to_fields(ta, zone, &a) || !timestamp_to_fields(tb, zone, &b))
        return timestamp_range_error();
    bool negative = ta < tb;
    const DateFields *late = negative ? &b : &a, *early = negative ? &a : &b;
    int64_t micros = (int64_t)late->micros - early->micros;
    int second = late->second - early->second, minute = late->minute - early->minute;
    int hour = late->hour - early->hour, day = late->day - early->day;
    int month = late->month - early->month, year = late->year - early->year;
    if (micros < 0)
        micros += USECS_PER_SEC, second--;
    if (second < 0)
        second += 60, minute--;
    if (minute < 0)
        minute += 60, hour--;
    if (hour < 0)
        hour += 24, day--;
    /* A borrowed month has the length of the earlier date's month. */
    while (day < 0) {
        day += days_in_month(early->year, early->month);
        month--;
    }
    while (month < 0)
        month += 12, year--;
    Interval v = {.micros = ((hour * INT64_C(60) + minute) * 60 + second) * USECS_PER_SEC + micros,
                  .days = day,
                  .months = year * 12 + month};
    return ret_interval(call, negative ? interval_negate(v) : v);
}
SCALAR(timestamp_age) { return age(call, NULL); }
SCALAR(timestamptz_age) { return age(call, env_zone(call_env(call))); }
