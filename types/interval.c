/*
 * interval.c: reading intervals and computing with them. An interval keeps months, days and
 * microseconds apart; only comparison and the spilling of fractions take a month as 30 days and a day
 * as 24 hours.
 */
#include "types/datetime_int.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#define DAYS_PER_MONTH 30
#define DAYS_PER_YEAR 365.25

Status interval_range_error(void) {
    return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "interval out of range");
}

/* ---- typmod: which fields (bits of PostgreSQL's date/time field numbers) and seconds' precision ---- */
#define F_MONTH (1 << 1)
#define F_YEAR (1 << 2)
#define F_DAY (1 << 3)
#define F_HOUR (1 << 10)
#define F_MINUTE (1 << 11)
#define F_SECOND (1 << 12)
#define FULL_RANGE 0x7fff
#define FULL_PRECISION 0xffff
static int typmod_range(int32_t typmod) {
    return typmod < 0 ? FULL_RANGE : (typmod >> 16) & 0x7fff;
}
static int typmod_precision(int32_t typmod) {
    return typmod < 0 ? FULL_PRECISION : typmod & 0xffff;
}

DECLARE_TYPMOD(interval);
Status interval_typmod_in(const int32_t *args, int count, int32_t *typmod_out) {
    int precision = count > 1 ? args[1] : FULL_PRECISION;
    if (count < 1 || count > 2)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid INTERVAL type modifier");
    if (count > 1 && precision < 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "INTERVAL(%d) precision must not be negative",
                     precision);
    if (count > 1 && precision > 6 && precision != FULL_PRECISION)
        precision = 6;
    if (args[0] == FULL_RANGE && count == 1)
        *typmod_out = -1;
    else
        *typmod_out =
            (int32_t)((uint32_t)(args[0] & 0x7fff) << 16 | (uint32_t)(precision & 0xffff));
    return STATUS_OK;
}
void interval_typmod_out(int32_t typmod, StrBuf *text) {
    if (typmod < 0)
        return;
    int precision = typmod_precision(typmod);
    switch (typmod_range(typmod)) {
#define RANGE_NAME(bits, name)                                                                     \
    case bits:                                                                                     \
        strbuf_puts(text, name);                                                                   \
        break;
        RANGE_NAME(F_YEAR, " year")
        RANGE_NAME(F_MONTH, " month")
        RANGE_NAME(F_DAY, " day")
        RANGE_NAME(F_HOUR, " hour")
        RANGE_NAME(F_MINUTE, " minute")
        RANGE_NAME(F_SECOND, " second")
        RANGE_NAME(F_YEAR | F_MONTH, " year to month")
        RANGE_NAME(F_DAY | F_HOUR, " day to hour")
        RANGE_NAME(F_DAY | F_HOUR | F_MINUTE, " day to minute")
        RANGE_NAME(F_DAY | F_HOUR | F_MINUTE | F_SECOND, " day to second")
        RANGE_NAME(F_HOUR | F_MINUTE, " hour to minute")
        RANGE_NAME(F_HOUR | F_MINUTE | F_SECOND, " hour to second")
        RANGE_NAME(F_MINUTE | F_SECOND, " minute to second")
    default:
        break;
#undef RANGE_NAME
    }
    if (precision != FULL_PRECISION)
        strbuf_printf(text, "(%d)", precision);
}

/* False for a typmod that no declaration makes. */
bool interval_typmod_is_known(int32_t typmod) {
    static const int ranges[] = {F_YEAR,
                                 F_MONTH,
                                 F_DAY,
                                 F_HOUR,
                                 F_MINUTE,
                                 F_SECOND,
                                 F_YEAR | F_MONTH,
                                 F_DAY | F_HOUR,
                                 F_DAY | F_HOUR | F_MINUTE,
                                 F_DAY | F_HOUR | F_MINUTE | F_SECOND,
                                 F_HOUR | F_MINUTE,
                                 F_HOUR | F_MINUTE | F_SECOND,
                                 F_MINUTE | F_SECOND,
                                 FULL_RANGE};
    for (size_t i = 0; i < ARRAY_LEN(ranges) && typmod >= 0; i++)
        if (typmod_range(typmod) == ranges[i])
            return true;
    return typmod < 0;
}

int64_t time_round(int64_t micros, int32_t typmod) {
    static const int64_t scales[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    if (typmod < 0 || typmod >= 6)
        return micros;
    int64_t unit = scales[typmod];
    return micros >= 0 ? (micros + unit / 2) / unit * unit : -((-micros + unit / 2) / unit * unit);
}

Status interval_apply_typmod(Interval *v, int32_t typmod) {
    int range = typmod_range(typmod), precision = typmod_precision(typmod);
    if (typmod < 0)
        return STATUS_OK;
    if (!interval_typmod_is_known(typmod))
        return error(ERR_INTERNAL_ERROR, "unrecognized interval typmod: %d", typmod);
    if (range != FULL_RANGE) {
        if (range == F_YEAR)
            v->months -= v->months % 12;
        if (!(range & (F_DAY | F_HOUR | F_MINUTE | F_SECOND)))
            v->days = 0;
        if (!(range & (F_HOUR | F_MINUTE | F_SECOND)))
            v->micros = 0;
        else if (!(range & (F_MINUTE | F_SECOND)))
            v->micros -= v->micros % USECS_PER_HOUR;
        else if (!(range & F_SECOND))
            v->micros -= v->micros % USECS_PER_MINUTE;
    }
    if (precision != FULL_PRECISION) {
        if (precision > 6)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "interval(%d) precision must be between %d and %d", precision, 0, 6);
        v->micros = time_round(v->micros, precision);
    }
    return STATUS_OK;
}

/* ---- reading ---- */

typedef struct Sum {
    int64_t micros;
    int32_t days, months, years;
} Sum;

static bool add_micros(Sum *s, double f, double unit) {
    double v = rint(f * unit);
    return v >= -9.2e18 && v <= 9.2e18 && add_i64(s->micros, (int64_t)v, &s->micros);
}
static bool add_whole_micros(Sum *s, int64_t v, int64_t unit, double f) {
    int64_t t;
    return mul_i64(v, unit, &t) && add_i64(s->micros, t, &s->micros) &&
           add_micros(s, f, (double)unit);
}
static bool add32(int32_t *to, int64_t v, int64_t unit) {
    int64_t t;
    return mul_i64(v, unit, &t) && t >= INT32_MIN && t <= INT32_MAX &&
           !__builtin_add_overflow(*to, (int32_t)t, to);
}
static bool add_fraction_days(Sum *s, double f, double unit) {
    double days = f * unit;
    int32_t whole_days = (int32_t)days;
    return !__builtin_add_overflow(s->days, whole_days, &s->days) &&
           add_micros(s, days - whole_days, (double)USECS_PER_DAY);
}
static bool add_unit(Sum *s, Unit unit, int64_t v, double f) {
    static const int years[] = {
        [UNIT_YEAR] = 1, [UNIT_DECADE] = 10, [UNIT_CENTURY] = 100, [UNIT_MILLENNIUM] = 1000};
    switch (unit) {
    case UNIT_MICROSECOND:
        return add_whole_micros(s, v, 1, f);
    case UNIT_MILLISECOND:
        return add_whole_micros(s, v, 1000, f);
    case UNIT_SECOND:
        return add_whole_micros(s, v, USECS_PER_SEC, f);
    case UNIT_MINUTE:
        return add_whole_micros(s, v, USECS_PER_MINUTE, f);
    case UNIT_HOUR:
        return add_whole_micros(s, v, USECS_PER_HOUR, f);
    case UNIT_DAY:
        return add32(&s->days, v, 1) && add_micros(s, f, (double)USECS_PER_DAY);
    case UNIT_WEEK:
        return add32(&s->days, v, 7) && add_fraction_days(s, f, 7);
    case UNIT_MONTH:
        return add32(&s->months, v, 1) && add_fraction_days(s, f, DAYS_PER_MONTH);
    case UNIT_YEAR:
    case UNIT_DECADE:
    case UNIT_CENTURY:
    case UNIT_MILLENNIUM:
        return add32(&s->years, v, years[unit]) &&
               add32(&s->months, (int64_t)rint(f * years[unit] * 12), 1);
    default:
        return false;
    }
}

static unsigned unit_bit(Unit unit, bool with_fraction) {
    if (unit == UNIT_SECOND && with_fraction)
        return 1u << UNIT_SECOND | 1u << UNIT_MILLISECOND | 1u << UNIT_MICROSECOND;
    return 1u << unit;
}
#define TIME_BITS                                                                                  \
    (1u << UNIT_HOUR | 1u << UNIT_MINUTE | 1u << UNIT_SECOND | 1u << UNIT_MILLISECOND |            \
     1u << UNIT_MICROSECOND)

static ParseError clock_time(const char *text, int range, Sum *s) {
    int64_t hour;
    int minute, second, micros;
    bool minute_second = range == (F_MINUTE | F_SECOND) && strchr(text, ':') == strrchr(text, ':');
    ParseError e = datetime_decode_time(text, &hour, &minute, &second, &micros);
    if (e != PARSE_OK)
        return e;
    if (minute_second && strchr(text, '.') == NULL) {
        second = minute;
        minute = (int)hour;
        hour = 0;
    }
    if (hour < 0 || minute < 0 || minute > 59 || second < 0 || second > 60)
        return PARSE_FIELD_OVERFLOW;
    Sum t = {0};
    if (!add_whole_micros(&t, hour, USECS_PER_HOUR, 0) ||
        !add_whole_micros(&t, minute, USECS_PER_MINUTE, 0) ||
        !add_whole_micros(&t, second, USECS_PER_SEC, 0) || !add_whole_micros(&t, micros, 1, 0))
        return PARSE_FIELD_OVERFLOW;
    s->micros = t.micros;
    return PARSE_OK;
}

static Unit default_unit(int range) {
    if (range == F_YEAR)
        return UNIT_YEAR;
    if (range == F_MONTH || range == (F_YEAR | F_MONTH))
        return UNIT_MONTH;
    if (range == F_DAY)
        return UNIT_DAY;
    if (range == F_HOUR || range == (F_DAY | F_HOUR))
        return UNIT_HOUR;
    if (range == F_MINUTE || range == (F_HOUR | F_MINUTE) || range == (F_DAY | F_HOUR | F_MINUTE))
        return UNIT_MINUTE;
    return UNIT_SECOND;
}

/* "12", "-3.5", "1-2" (years and months). */
static ParseError number(const char *text, bool force_negative, Unit *unit, Sum *s,
                         unsigned *found) {
    char *end;
    double f = 0;
    errno = 0;
    int64_t v = strtoll(text, &end, 10);
    if (errno == ERANGE)
        return PARSE_FIELD_OVERFLOW;
    if (*end == '-') {
        long months = strtol(end + 1, &end, 10);
        if (months < 0 || months >= 12)
            return PARSE_FIELD_OVERFLOW;
        if (*end != '\0')
            return PARSE_BAD_FORMAT;
        *unit = UNIT_MONTH;
        if (!mul_i64(v, 12, &v) || !add_i64(v, *text == '-' ? -months : months, &v))
            return PARSE_FIELD_OVERFLOW;
    } else if (*end == '.') {
        if (!datetime_fraction(end, &f))
            return PARSE_BAD_FORMAT;
        f = *text == '-' ? -f : f;
    } else if (*end != '\0') {
        return PARSE_BAD_FORMAT;
    }
    if (force_negative) {
        v = v > 0 ? -v : v;
        f = f > 0 ? -f : f;
    }
    if (*unit > UNIT_MILLENNIUM || *unit == UNIT_QUARTER || *unit == UNIT_NONE)
        return PARSE_BAD_FORMAT;
    if (!add_unit(s, *unit, v, f))
        return PARSE_FIELD_OVERFLOW;
    *found = unit_bit(*unit, f != 0);
    if (*unit == UNIT_HOUR)
        *unit = UNIT_DAY;
    return PARSE_OK;
}

static ParseError decode(const EvalEnv *env, Token *tokens, int count, int range, Sum *s) {
    bool force_negative = false, ago = false;
    Unit unit = UNIT_NONE;
    unsigned mask = 0;
    *s = (Sum){0};
    if (env != NULL && env->interval_style == INTERVAL_STYLE_SQL_STANDARD && count > 0 &&
        tokens[0].text[0] == '-') {
        force_negative = true;
        for (int i = 1; i < count; i++)
            if (tokens[i].text[0] == '-' || tokens[i].text[0] == '+')
                force_negative = false;
    }
    /* From the end, so that a unit is known before its number. */
    for (int i = count - 1; i >= 0; i--) {
        char *text = tokens[i].text;
        unsigned found = 0;
        ParseError e = PARSE_OK;
        bool is_clock = tokens[i].kind == TOK_TIME;
        int64_t sign = 1;
        if (tokens[i].kind == TOK_TZ && strchr(text + 1, ':') != NULL) {
            sign = *text == '-' ? -1 : 1;
            text++;
            is_clock = true;
        }
        if (is_clock) {
            int64_t before = s->micros;
            e = clock_time(text, range, s);
            s->micros = sign * s->micros;
            if (force_negative && s->micros > 0)
                s->micros = -s->micros;
            if (e == PARSE_OK && (mask & TIME_BITS) != 0)
                e = PARSE_BAD_FORMAT;
            (void)before;
            found = TIME_BITS;
            unit = UNIT_DAY;
        } else if (tokens[i].kind == TOK_STRING || tokens[i].kind == TOK_SPECIAL) {
            Unit u = interval_unit(text);
            if (u == UNIT_IGNORE)
                continue;
            if (u == UNIT_NONE)
                return PARSE_BAD_FORMAT;
            if (u == UNIT_AGO)
                ago = true;
            else
                unit = u;
            continue;
        } else {
            if (unit == UNIT_NONE)
                unit = default_unit(range);
            e = number(text, force_negative, &unit, s, &found);
        }
        if (e != PARSE_OK)
            return e;
        if (found & mask)
            return PARSE_BAD_FORMAT;
        mask |= found;
    }
    if (mask == 0)
        return PARSE_BAD_FORMAT;
    if (ago) {
        if (s->micros == INT64_MIN || s->days == INT32_MIN || s->months == INT32_MIN ||
            s->years == INT32_MIN)
            return PARSE_FIELD_OVERFLOW;
        s->micros = -s->micros;
        s->days = -s->days;
        s->months = -s->months;
        s->years = -s->years;
    }
    return PARSE_OK;
}

/* ISO 8601: P1Y2M3DT4H5M6S, P0001-02-03T04:05:06, P00010203T040506. */
static ParseError iso_number(const char **p, int64_t *v, double *f) {
    char *end;
    if (!is_digit(**p) && **p != '-' && **p != '.')
        return PARSE_BAD_FORMAT;
    errno = 0;
    double value = strtod(*p, &end);
    if (end == *p || errno != 0)
        return PARSE_BAD_FORMAT;
    if (!(value >= -1e15 && value <= 1e15))
        return PARSE_FIELD_OVERFLOW;
    *v = (int64_t)trunc(value);
    *f = value - (double)*v;
    *p = end;
    return PARSE_OK;
}
/* Digits that a number begins with. */
static size_t iso_width(const char *p) {
    p += *p == '-';
    return strspn(p, "0123456789");
}
/* yyyy-mm-dd or hh:mm:ss; the first number is read. *p ends behind it or on T. */
static ParseError iso_alternative(const char **p, int64_t v, double f, bool in_time, Sum *s) {
    static const Unit date_units[] = {UNIT_YEAR, UNIT_MONTH, UNIT_DAY};
    static const Unit time_units[] = {UNIT_HOUR, UNIT_MINUTE, UNIT_SECOND};
    for (int i = 0;; i++) {
        if (!add_unit(s, in_time ? time_units[i] : date_units[i], v, f))
            return PARSE_FIELD_OVERFLOW;
        if (**p == '\0' || (**p == 'T' && !in_time))
            return PARSE_OK;
        if (**p != (in_time ? ':' : '-') || i == 2)
            return PARSE_BAD_FORMAT;
        (*p)++;
        ParseError e = iso_number(p, &v, &f);
        if (e != PARSE_OK)
            return e;
    }
}
/* yyyymmdd, hhmmss */
static bool iso_packed(int64_t v, double f, bool in_time, Sum *s) {
    int64_t a = v / 10000, b = v / 100 % 100, c = v % 100;
    if (in_time)
        return add_unit(s, UNIT_HOUR, a, 0) && add_unit(s, UNIT_MINUTE, b, 0) &&
               add_unit(s, UNIT_SECOND, c, f);
    return add_unit(s, UNIT_YEAR, a, 0) && add_unit(s, UNIT_MONTH, b, 0) &&
           add_unit(s, UNIT_DAY, c, f);
}
static Unit iso_unit(char letter, bool in_time) {
    switch (letter) {
    case 'Y':
        return in_time ? UNIT_NONE : UNIT_YEAR;
    case 'M':
        return in_time ? UNIT_MINUTE : UNIT_MONTH;
    case 'W':
        return in_time ? UNIT_NONE : UNIT_WEEK;
    case 'D':
        return in_time ? UNIT_NONE : UNIT_DAY;
    case 'H':
        return in_time ? UNIT_HOUR : UNIT_NONE;
    case 'S':
        return in_time ? UNIT_SECOND : UNIT_NONE;
    default:
        return UNIT_NONE;
    }
}
static ParseError decode_iso(const char *p, Sum *s) {
    bool in_time = false, any = false;
    *s = (Sum){0};
    if (*p++ != 'P' || *p == '\0')
        return PARSE_BAD_FORMAT;
    while (*p != '\0') {
        int64_t v;
        double f;
        if (*p == 'T') {
            in_time = true;
            any = false;
            p++;
            continue;
        }
        const char *start = p;
        ParseError e = iso_number(&p, &v, &f);
        if (e != PARSE_OK)
            return e;
        bool ends = *p == '\0' || (*p == 'T' && !in_time);
        if (ends && !any && iso_width(start) == (in_time ? 6 : 8)) {
            if (!iso_packed(v, f, in_time, s))
                return PARSE_FIELD_OVERFLOW;
            continue;
        }
        if (ends || *p == (in_time ? ':' : '-')) {
            e = any ? PARSE_BAD_FORMAT : iso_alternative(&p, v, f, in_time, s);
            if (e != PARSE_OK)
                return e;
            continue;
        }
        Unit unit = iso_unit(*p++, in_time);
        if (unit == UNIT_NONE)
            return PARSE_BAD_FORMAT;
        if (!add_unit(s, unit, v, f))
            return PARSE_FIELD_OVERFLOW;
        any = true;
    }
    return PARSE_OK;
}

Status interval_parse(EvalEnv *env, Arena *arena, const char *text, size_t len, int32_t typmod,
                      Interval *out) {
    Token tokens[TOKENS_MAX];
    int count;
    Sum s;
    ParseError e = datetime_tokens(arena, text, len, tokens, &count);
    if (e == PARSE_OK)
        e = decode(env, tokens, count, typmod_range(typmod), &s);
    if (e == PARSE_BAD_FORMAT) {
        char *copy = arena_strndup(arena, text, len);
        e = decode_iso(copy, &s);
    }
    if (e != PARSE_OK)
        return datetime_parse_error(e == PARSE_FIELD_OVERFLOW ? PARSE_INTERVAL_OVERFLOW : e, text,
                                    len, "interval");
    int64_t months = (int64_t)s.years * 12 + s.months;
    if (months < INT32_MIN || months > INT32_MAX)
        return interval_range_error();
    *out = (Interval){.micros = s.micros, .days = s.days, .months = (int32_t)months};
    return interval_apply_typmod(out, typmod);
}

/* ---- order and arithmetic ---- */

static __int128 span(Interval v) {
    int64_t days = (int64_t)v.months * DAYS_PER_MONTH + v.days;
    return (__int128)days * USECS_PER_DAY + v.micros;
}
int interval_order(Interval a, Interval b) {
    __int128 x = span(a), y = span(b);
    return (x > y) - (x < y);
}
Interval interval_negate(Interval v) {
    return (Interval){.micros = -v.micros, .days = -v.days, .months = -v.months};
}

DECLARE_TYPE_ORDER(interval);
int interval_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    return interval_order(a.interval, b.interval);
}
uint64_t interval_hash(const TypeInfo *type, Oid collation, Datum value) {
    __int128 s = span(value.interval);
    return hash_combine((uint64_t)s, (uint64_t)(s >> 64));
}
/* Equal intervals of different parts share a key, so it cannot be read back. */
Status interval_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    __int128 s = span(value.interval);
    key_put_u64(key, (uint64_t)((int64_t)(s >> 64)) ^ (UINT64_C(1) << 63));
    key_put_u64(key, (uint64_t)s);
    return STATUS_OK;
}

#define INTERVAL_COMPARISON(name, op)                                                              \
    SCALAR(name) {                                                                                 \
        return ret_bool(call,                                                                      \
                        interval_order(call->args[0].interval, call->args[1].interval) op 0);      \
    }
INTERVAL_COMPARISON(interval_eq, ==)
INTERVAL_COMPARISON(interval_ne, !=)
INTERVAL_COMPARISON(interval_lt, <)
INTERVAL_COMPARISON(interval_le, <=)
INTERVAL_COMPARISON(interval_gt, >)
INTERVAL_COMPARISON(interval_ge, >=)
SCALAR(interval_cmp) {
    return ret_i32(call, interval_order(call->args[0].interval, call->args[1].interval));
}
SCALAR(interval_larger) {
    int order = interval_order(call->args[0].interval, call->args[1].interval);
    return ret_datum(call, call->args[order > 0 ? 0 : 1]);
}
SCALAR(interval_smaller) {
    int order = interval_order(call->args[0].interval, call->args[1].interval);
    return ret_datum(call, call->args[order < 0 ? 0 : 1]);
}

static Status add(Interval a, Interval b, Interval *out) {
    if (__builtin_add_overflow(a.months, b.months, &out->months) ||
        __builtin_add_overflow(a.days, b.days, &out->days) ||
        __builtin_add_overflow(a.micros, b.micros, &out->micros))
        return interval_range_error();
    return STATUS_OK;
}
static Status subtract(Interval a, Interval b, Interval *out) {
    if (__builtin_sub_overflow(a.months, b.months, &out->months) ||
        __builtin_sub_overflow(a.days, b.days, &out->days) ||
        __builtin_sub_overflow(a.micros, b.micros, &out->micros))
        return interval_range_error();
    return STATUS_OK;
}
SCALAR(interval_pl) {
    return add(call->args[0].interval, call->args[1].interval, &call->result.interval);
}
SCALAR(interval_mi) {
    return subtract(call->args[0].interval, call->args[1].interval, &call->result.interval);
}
SCALAR(interval_um) {
    return subtract((Interval){0}, call->args[0].interval, &call->result.interval);
}

/* Fractions of months go to days, of days to microseconds; six decimals are kept on the way. */
static double round_six(double v) { return rint(v * 1e6) / 1e6; }
static bool fits32(double v) { return v >= -2147483648.0 && v < 2147483648.0; }
static Status scaled(Interval v, double factor, bool divide, Interval *out) {
#define SCALE(x) (divide ? (double)(x) / factor : (double)(x)*factor)
    double months = SCALE(v.months), days = SCALE(v.days);
    if (isnan(months) || !fits32(months) || isnan(days) || !fits32(days))
        return interval_range_error();
    out->months = (int32_t)months;
    out->days = (int32_t)days;
    double month_rest = round_six((SCALE(v.months) - out->months) * DAYS_PER_MONTH);
    double second_rest = (SCALE(v.days) - out->days + month_rest - (int)month_rest) * SECS_PER_DAY;
    second_rest = round_six(second_rest);
    if (fabs(second_rest) >= SECS_PER_DAY) {
        if (__builtin_add_overflow(out->days, (int)(second_rest / SECS_PER_DAY), &out->days))
            return interval_range_error();
        second_rest -= (int)(second_rest / SECS_PER_DAY) * (double)SECS_PER_DAY;
    }
    if (__builtin_add_overflow(out->days, (int32_t)month_rest, &out->days))
        return interval_range_error();
    double micros = rint(SCALE(v.micros) + second_rest * (double)USECS_PER_SEC);
    if (isnan(micros) || micros < -9223372036854775808.0 || micros >= 9223372036854775808.0)
        return interval_range_error();
    out->micros = (int64_t)micros;
    return STATUS_OK;
#undef SCALE
}
Status interval_scale(Interval v, double factor, Interval *out) {
    return scaled(v, factor, false, out);
}
SCALAR(interval_mul) {
    return scaled(call->args[0].interval, ARG_F64(1), false, &call->result.interval);
}
SCALAR(mul_d_interval) {
    return scaled(call->args[1].interval, ARG_F64(0), false, &call->result.interval);
}
SCALAR(interval_div) {
    if (ARG_F64(1) == 0)
        return division_by_zero_error();
    return scaled(call->args[0].interval, ARG_F64(1), true, &call->result.interval);
}

static Status justify_hours(Interval *v) {
    int64_t days = v->micros / USECS_PER_DAY;
    v->micros -= days * USECS_PER_DAY;
    if (__builtin_add_overflow(v->days, (int32_t)days, &v->days))
        return interval_range_error();
    if (v->days > 0 && v->micros < 0) {
        v->micros += USECS_PER_DAY;
        v->days--;
    } else if (v->days < 0 && v->micros > 0) {
        v->micros -= USECS_PER_DAY;
        v->days++;
    }
    return STATUS_OK;
}
static Status justify_days(Interval *v) {
    int32_t months = v->days / DAYS_PER_MONTH;
    v->days -= months * DAYS_PER_MONTH;
    if (__builtin_add_overflow(v->months, months, &v->months))
        return interval_range_error();
    if (v->months > 0 && v->days < 0) {
        v->days += DAYS_PER_MONTH;
        v->months--;
    } else if (v->months < 0 && v->days > 0) {
        v->days -= DAYS_PER_MONTH;
        v->months++;
    }
    return STATUS_OK;
}
SCALAR(interval_justify_hours) {
    call->result.interval = call->args[0].interval;
    return justify_hours(&call->result.interval);
}
SCALAR(interval_justify_days) {
    call->result.interval = call->args[0].interval;
    return justify_days(&call->result.interval);
}
SCALAR(interval_justify_interval) {
    Interval v = call->args[0].interval;
    /* Whole months first where the hours could make the days overflow. */
    if ((v.days > 0 && v.micros > 0) || (v.days < 0 && v.micros < 0)) {
        if (__builtin_add_overflow(v.months, v.days / DAYS_PER_MONTH, &v.months))
            return interval_range_error();
        v.days %= DAYS_PER_MONTH;
    }
    int64_t days = v.micros / USECS_PER_DAY;
    v.micros -= days * USECS_PER_DAY;
    if (__builtin_add_overflow(v.days, (int32_t)days, &v.days))
        return interval_range_error();
    int32_t months = v.days / DAYS_PER_MONTH;
    v.days -= months * DAYS_PER_MONTH;
    if (__builtin_add_overflow(v.months, months, &v.months))
        return interval_range_error();
    if (v.months > 0 && (v.days < 0 || (v.days == 0 && v.micros < 0))) {
        v.days += DAYS_PER_MONTH;
        v.months--;
    } else if (v.months < 0 && (v.days > 0 || (v.days == 0 && v.micros > 0))) {
        v.days -= DAYS_PER_MONTH;
        v.months++;
    }
    if (v.days > 0 && v.micros < 0) {
        v.micros += USECS_PER_DAY;
        v.days--;
    } else if (v.days < 0 && v.micros > 0) {
        v.micros -= USECS_PER_DAY;
        v.days++;
    }
    return ret_interval(call, v);
}
SCALAR(interval_finite) { return ret_bool(call, true); }
/* interval(interval, typmod) */
SCALAR(interval_scale) {
    call->result.interval = call->args[0].interval;
    return interval_apply_typmod(&call->result.interval, ARG_I32(1));
}
SCALAR(interval_time) {
    int64_t t = call->args[0].interval.micros % USECS_PER_DAY;
    return ret_i64(call, t < 0 ? t + USECS_PER_DAY : t);
}
SCALAR(time_interval) { return ret_interval(call, (Interval){.micros = ARG_I64(0)}); }
/* Years and weeks too many wrap around, as they do there. */
SCALAR(make_interval) {
    double seconds = ARG_F64(6);
    int64_t months = (int64_t)ARG_I32(0) * 12 + ARG_I32(1), micros = 0;
    int64_t days = (int64_t)ARG_I32(2) * 7 + ARG_I32(3);
    if (isinf(seconds) || isnan(seconds))
        return interval_range_error();
    seconds = rint(seconds * 1e6);
    micros = ARG_I32(4) * USECS_PER_HOUR + ARG_I32(5) * USECS_PER_MINUTE;
    /* As in PostgreSQL 15 nothing here is out of range: what is too long wraps around. */
    bool fits = seconds >= -0x1p63 && seconds < 0x1p63;
    micros = (int64_t)((uint64_t)micros + (uint64_t)(fits ? (int64_t)seconds : INT64_MIN));
    return ret_interval(
        call, (Interval){.micros = micros, .days = (int32_t)days, .months = (int32_t)months});
}

Status interval_between(Interval low, Interval high, double share, Interval *out) {
    TRY(subtract(high, low, out));
    TRY(scaled(*out, share, false, out));
    return add(*out, low, out);
}

/* ---- sum and avg ---- */

typedef struct IntervalSum {
    Interval sum;
    int64_t count;
} IntervalSum;
static Status sum_step(AggCall *call, void *state) {
    IntervalSum *s = state;
    s->count++;
    return add(s->sum, call->args[0].interval, &s->sum);
}
static Status sum_inverse(AggCall *call, void *state) {
    IntervalSum *s = state;
    s->count--;
    return subtract(s->sum, call->args[0].interval, &s->sum);
}
static Status sum_combine(AggCall *call, void *state, const void *other) {
    IntervalSum *s = state;
    const IntervalSum *o = other;
    s->count += o->count;
    return add(s->sum, o->sum, &s->sum);
}
static Status sum_final(AggCall *call, void *state) {
    IntervalSum *s = state;
    call->result_null = s->count == 0;
    call->result.interval = s->sum;
    return STATUS_OK;
}
static Status avg_final(AggCall *call, void *state) {
    IntervalSum *s = state;
    call->result_null = s->count == 0;
    if (s->count == 0)
        return STATUS_OK;
    return scaled(s->sum, (double)s->count, true, &call->result.interval);
}
AGGREGATE(sum_interval, "sum(interval)", .state_bytes = sizeof(IntervalSum), .strict = true,
          .step = sum_step, .combine = sum_combine, .inverse = sum_inverse, .final = sum_final);
AGGREGATE(avg_interval, "avg(interval)", .state_bytes = sizeof(IntervalSum), .strict = true,
          .step = sum_step, .combine = sum_combine, .inverse = sum_inverse, .final = avg_final);

/* The transition functions called as such: their state is an array of the sum and, as microseconds of a
 * second interval, the count. */
static Status sum_state(FnCall *call, int arg, Interval *sum_out, Interval *count_out) {
    ArrayView v;
    TRY(array_view(ARG_STR(arg), &v));
    if (v.null_bits != NULL)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "null array element not allowed in this context");
    if (v.elem_count != 2)
        return error(ERR_INTERNAL_ERROR, "expected 2-element interval array");
    *sum_out = array_get(&v, 0).interval;
    *count_out = array_get(&v, 1).interval;
    return STATUS_OK;
}
static Status sum_give(FnCall *call, Interval sum, Interval count, int64_t more) {
    count.micros = (int64_t)((uint64_t)count.micros + (uint64_t)more);
    const Datum values[] = {{.interval = sum}, {.interval = count}};
    return array_build_1d(call->arena, 1186, PHYS_W16, values, NULL, 2, &call->result);
}
SCALAR(interval_accum) {
    Interval sum, count;
    TRY(sum_state(call, 0, &sum, &count));
    TRY(add(sum, call->args[1].interval, &sum));
    return sum_give(call, sum, count, 1);
}
SCALAR(interval_accum_inv) {
    Interval sum, count;
    TRY(sum_state(call, 0, &sum, &count));
    TRY(subtract(sum, call->args[1].interval, &sum));
    return sum_give(call, sum, count, -1);
}
SCALAR(interval_combine) {
    Interval a, b, a_count, b_count;
    TRY(sum_state(call, 0, &a, &a_count));
    TRY(sum_state(call, 1, &b, &b_count));
    TRY(add(a, b, &a));
    return sum_give(call, a, a_count, b_count.micros);
}
SCALAR(interval_avg) {
    Interval sum, count;
    TRY(sum_state(call, 0, &sum, &count));
    if (count.micros == 0)
        return ret_null(call);
    return scaled(sum, (double)count.micros, true, &call->result.interval);
}
