/* datetime_print.c: dates, times and intervals as text in every DateStyle and IntervalStyle. */
#include "types/datetime_int.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const month_names[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
static const char *const day_names[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

/* At least two digits. */
static void put2(StrBuf *text, int v) {
    if (v < 100) {
        strbuf_putc(text, (char)('0' + v / 10));
        strbuf_putc(text, (char)('0' + v % 10));
    } else {
        strbuf_put_i64(text, v);
    }
}
static void put_year(StrBuf *text, int year) {
    int y = year > 0 ? year : -(year - 1);
    if (y < 10000) {
        put2(text, y / 100);
        put2(text, y % 100);
    } else {
        strbuf_put_i64(text, y);
    }
}
static void put_bc(StrBuf *text, int year) {
    if (year <= 0)
        strbuf_puts(text, " BC");
}
/* Up to six decimals without trailing zeros. */
static void put_fraction(StrBuf *text, int micros) {
    char digits[8];
    if (micros == 0)
        return;
    int n = snprintf(digits, sizeof(digits), ".%06d", micros);
    while (digits[n - 1] == '0')
        n--;
    strbuf_append(text, digits, (size_t)n);
}
static void put_offset(StrBuf *text, int offset, bool minutes_always) {
    int s = offset < 0 ? -offset : offset;
    strbuf_putc(text, offset < 0 ? '-' : '+');
    put2(text, s / 3600);
    if (s % 60 != 0) {
        strbuf_putc(text, ':');
        put2(text, s / 60 % 60);
        strbuf_putc(text, ':');
        put2(text, s % 60);
    } else if (s % 3600 != 0 || minutes_always) {
        strbuf_putc(text, ':');
        put2(text, s / 60 % 60);
    }
}
static void put_clock(StrBuf *text, const DateFields *f) {
    put2(text, f->hour);
    strbuf_putc(text, ':');
    put2(text, f->minute);
    strbuf_putc(text, ':');
    put2(text, f->second);
    put_fraction(text, f->micros);
}
static void put_day_month(StrBuf *text, const EvalEnv *env, const DateFields *f, char delimiter) {
    bool day_first = env->date_order == DATE_ORDER_DMY;
    put2(text, day_first ? f->day : f->month);
    strbuf_putc(text, delimiter);
    put2(text, day_first ? f->month : f->day);
}

static const EvalEnv plain_env = {.date_style = DATE_STYLE_ISO, .date_order = DATE_ORDER_MDY};

void date_print(const EvalEnv *env, const DateFields *f, StrBuf *text) {
    if (env == NULL)
        env = &plain_env;
    switch (env->date_style) {
    case DATE_STYLE_ISO:
        put_year(text, f->year);
        strbuf_putc(text, '-');
        put2(text, f->month);
        strbuf_putc(text, '-');
        put2(text, f->day);
        break;
    case DATE_STYLE_SQL:
        put_day_month(text, env, f, '/');
        strbuf_putc(text, '/');
        put_year(text, f->year);
        break;
    case DATE_STYLE_GERMAN:
        put2(text, f->day);
        strbuf_putc(text, '.');
        put2(text, f->month);
        strbuf_putc(text, '.');
        put_year(text, f->year);
        break;
    default:
        if (env->date_order == DATE_ORDER_YMD) {
            put_year(text, f->year);
            strbuf_putc(text, '-');
            put2(text, f->month);
            strbuf_putc(text, '-');
            put2(text, f->day);
        } else {
            put_day_month(text, env, f, '-');
            strbuf_putc(text, '-');
            put_year(text, f->year);
        }
        break;
    }
    put_bc(text, f->year);
}

static void put_zone_word(StrBuf *text, const DateFields *f) {
    if (f->abbreviation != NULL && is_alpha(f->abbreviation[0])) {
        strbuf_putc(text, ' ');
        strbuf_puts(text, f->abbreviation);
    } else {
        put_offset(text, f->offset, false);
    }
}

void timestamp_print(const EvalEnv *env, const DateFields *f, bool print_zone, StrBuf *text) {
    if (env == NULL)
        env = &plain_env;
    switch (env->date_style) {
    case DATE_STYLE_ISO:
        put_year(text, f->year);
        strbuf_putc(text, '-');
        put2(text, f->month);
        strbuf_putc(text, '-');
        put2(text, f->day);
        strbuf_putc(text, ' ');
        put_clock(text, f);
        if (print_zone)
            put_offset(text, f->offset, false);
        break;
    case DATE_STYLE_SQL:
        put_day_month(text, env, f, '/');
        strbuf_putc(text, '/');
        put_year(text, f->year);
        strbuf_putc(text, ' ');
        put_clock(text, f);
        if (print_zone)
            put_zone_word(text, f);
        break;
    case DATE_STYLE_GERMAN:
        put2(text, f->day);
        strbuf_putc(text, '.');
        put2(text, f->month);
        strbuf_putc(text, '.');
        put_year(text, f->year);
        strbuf_putc(text, ' ');
        put_clock(text, f);
        if (print_zone)
            put_zone_word(text, f);
        break;
    default:
        strbuf_puts(text, day_names[f->weekday]);
        strbuf_putc(text, ' ');
        if (env->date_order == DATE_ORDER_DMY) {
            put2(text, f->day);
            strbuf_printf(text, " %s ", month_names[f->month - 1]);
        } else {
            strbuf_printf(text, "%s ", month_names[f->month - 1]);
            put2(text, f->day);
            strbuf_putc(text, ' ');
        }
        put_clock(text, f);
        strbuf_putc(text, ' ');
        put_year(text, f->year);
        if (print_zone) {
            if (f->abbreviation != NULL && is_alpha(f->abbreviation[0])) {
                strbuf_putc(text, ' ');
                strbuf_puts(text, f->abbreviation);
            } else {
                strbuf_putc(text, ' ');
                put_offset(text, f->offset, false);
            }
        }
        break;
    }
    put_bc(text, f->year);
}

void time_print(const DateFields *f, bool print_zone, StrBuf *text) {
    put_clock(text, f);
    if (print_zone)
        put_offset(text, f->offset, false);
}

typedef struct IntervalParts {
    int64_t year, month, day, hour, minute, second, micros;
} IntervalParts;
static IntervalParts split(Interval v) {
    IntervalParts p = {.year = v.months / 12, .month = v.months % 12, .day = v.days};
    p.hour = v.micros / USECS_PER_HOUR;
    p.minute = v.micros / USECS_PER_MINUTE % 60;
    p.second = v.micros / USECS_PER_SEC % 60;
    p.micros = v.micros % USECS_PER_SEC;
    return p;
}
static int64_t positive(int64_t v) { return v < 0 ? -v : v; }
static void put_seconds(StrBuf *text, int64_t second, int64_t micros, bool two_digits) {
    if (two_digits)
        put2(text, (int)positive(second));
    else
        strbuf_put_i64(text, positive(second));
    put_fraction(text, (int)positive(micros));
}

/* "1 year 2 mons -3 days 04:05:06": a sign is spelled out where it differs from the one before. */
static void put_part(StrBuf *text, int64_t v, const char *unit, bool *before, bool *negative) {
    if (v == 0)
        return;
    strbuf_printf(text, "%s%s%lld %s%s", *before ? " " : "", *negative && v > 0 ? "+" : "",
                  (long long)v, unit, v != 1 ? "s" : "");
    *negative = v < 0;
    *before = true;
}
static void print_postgres(IntervalParts p, StrBuf *text) {
    bool before = false, negative = false;
    put_part(text, p.year, "year", &before, &negative);
    put_part(text, p.month, "mon", &before, &negative);
    put_part(text, p.day, "day", &before, &negative);
    if (before && p.hour == 0 && p.minute == 0 && p.second == 0 && p.micros == 0)
        return;
    bool minus = p.hour < 0 || p.minute < 0 || p.second < 0 || p.micros < 0;
    strbuf_puts(text, before ? " " : "");
    strbuf_puts(text, minus ? "-" : negative ? "+" : "");
    if (positive(p.hour) > INT32_MAX)
        strbuf_put_i64(text, positive(p.hour));
    else
        put2(text, (int)positive(p.hour));
    strbuf_putc(text, ':');
    put2(text, (int)positive(p.minute));
    strbuf_putc(text, ':');
    put_seconds(text, p.second, p.micros, true);
}

static void put_verbose(StrBuf *text, int64_t v, const char *unit, bool *zero, bool *ago) {
    if (v == 0)
        return;
    if (*zero) {
        *ago = v < 0;
        v = positive(v);
    } else if (*ago) {
        v = -v;
    }
    strbuf_printf(text, " %lld %s%s", (long long)v, unit, v != 1 ? "s" : "");
    *zero = false;
}
static void print_verbose(IntervalParts p, StrBuf *text) {
    bool zero = true, ago = false;
    strbuf_putc(text, '@');
    put_verbose(text, p.year, "year", &zero, &ago);
    put_verbose(text, p.month, "mon", &zero, &ago);
    put_verbose(text, p.day, "day", &zero, &ago);
    put_verbose(text, p.hour, "hour", &zero, &ago);
    put_verbose(text, p.minute, "min", &zero, &ago);
    if (p.second != 0 || p.micros != 0) {
        bool minus = p.second < 0 || p.micros < 0;
        if (zero)
            ago = minus;
        strbuf_puts(text, " ");
        if (!zero && minus != ago)
            strbuf_putc(text, '-');
        put_seconds(text, p.second, p.micros, false);
        strbuf_printf(text, " sec%s", positive(p.second) != 1 || p.micros != 0 ? "s" : "");
        zero = false;
    }
    if (zero)
        strbuf_puts(text, " 0");
    if (ago)
        strbuf_puts(text, " ago");
}

static void print_sql(IntervalParts p, StrBuf *text) {
    bool has_negative = p.year < 0 || p.month < 0 || p.day < 0 || p.hour < 0 || p.minute < 0 ||
                        p.second < 0 || p.micros < 0;
    bool has_positive = p.year > 0 || p.month > 0 || p.day > 0 || p.hour > 0 || p.minute > 0 ||
                        p.second > 0 || p.micros > 0;
    bool has_months = p.year != 0 || p.month != 0;
    bool has_time = p.hour != 0 || p.minute != 0 || p.second != 0 || p.micros != 0;
    bool standard = !(has_negative && has_positive) && !(has_months && (p.day != 0 || has_time));
    if (!has_negative && !has_positive) {
        strbuf_putc(text, '0');
        return;
    }
    if (!standard) {
        bool minus = p.hour < 0 || p.minute < 0 || p.second < 0 || p.micros < 0;
        strbuf_printf(text, "%c%lld-%lld %c%lld %c%lld:", p.year < 0 || p.month < 0 ? '-' : '+',
                      (long long)positive(p.year), (long long)positive(p.month),
                      p.day < 0 ? '-' : '+', (long long)positive(p.day), minus ? '-' : '+',
                      (long long)positive(p.hour));
        put2(text, (int)positive(p.minute));
        strbuf_putc(text, ':');
        put_seconds(text, p.second, p.micros, true);
        return;
    }
    if (has_negative)
        strbuf_putc(text, '-');
    if (has_months) {
        strbuf_printf(text, "%lld-%lld", (long long)positive(p.year), (long long)positive(p.month));
        return;
    }
    if (p.day != 0)
        strbuf_printf(text, "%lld ", (long long)positive(p.day));
    strbuf_printf(text, "%lld:", (long long)positive(p.hour));
    put2(text, (int)positive(p.minute));
    strbuf_putc(text, ':');
    put_seconds(text, p.second, p.micros, true);
}

static void put_iso(StrBuf *text, int64_t v, char unit) {
    if (v != 0)
        strbuf_printf(text, "%lld%c", (long long)v, unit);
}
static void print_iso(IntervalParts p, StrBuf *text) {
    bool has_time = p.hour != 0 || p.minute != 0 || p.second != 0 || p.micros != 0;
    if (p.year == 0 && p.month == 0 && p.day == 0 && !has_time) {
        strbuf_puts(text, "PT0S");
        return;
    }
    strbuf_putc(text, 'P');
    put_iso(text, p.year, 'Y');
    put_iso(text, p.month, 'M');
    put_iso(text, p.day, 'D');
    if (has_time)
        strbuf_putc(text, 'T');
    put_iso(text, p.hour, 'H');
    put_iso(text, p.minute, 'M');
    if (p.second != 0 || p.micros != 0) {
        if (p.second < 0 || p.micros < 0)
            strbuf_putc(text, '-');
        put_seconds(text, p.second, p.micros, false);
        strbuf_putc(text, 'S');
    }
}

void interval_print(Interval v, int style, StrBuf *text) {
    IntervalParts p = split(v);
    switch (style) {
    case INTERVAL_STYLE_POSTGRES_VERBOSE:
        print_verbose(p, text);
        break;
    case INTERVAL_STYLE_SQL_STANDARD:
        print_sql(p, text);
        break;
    case INTERVAL_STYLE_ISO_8601:
        print_iso(p, text);
        break;
    default:
        print_postgres(p, text);
        break;
    }
}
