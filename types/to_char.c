/* to_char.c: dates, times and intervals printed by template, item after item. */
#include "types/datetime_format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const romans[] = {"I",   "II",   "III", "IV", "V",  "VI",
                                     "VII", "VIII", "IX",  "X",  "XI", "XII"};

/* ---- printing ---- */
static void put_word(StrBuf *out, const Item *item, const char *word, size_t len, size_t width) {
    for (size_t i = 0; i < len; i++)
        strbuf_putc(out, item->style == STYLE_UPPER   ? to_upper(word[i])
                         : item->style == STYLE_LOWER ? to_lower(word[i])
                                                      : word[i]);
    for (size_t i = len; i < width && !item->fm; i++)
        strbuf_putc(out, ' ');
}
static void put_number(StrBuf *out, const Item *item, int64_t v, int width) {
    size_t start = out->len;
    bool plain = item->field == F_DD || item->field == F_DDD || item->field == F_WW;
    strbuf_printf(out, "%0*lld", item->fm ? 0 : v < 0 && !plain ? width + 1 : width, (long long)v);
    if (!item->th)
        return;
    const char *digits = strbuf_cstr(out);
    char last = digits[out->len - 1], before = out->len - start > 1 ? digits[out->len - 2] : ' ';
    const char *suffix = before == '1' ? "th"
                         : last == '1' ? "st"
                         : last == '2' ? "nd"
                         : last == '3' ? "rd"
                                       : "th";
    for (; *suffix != '\0'; suffix++)
        strbuf_putc(out, item->th_upper ? to_upper(*suffix) : *suffix);
}

/* Fields of a time stamp, or of an interval, whose hours may be any number. */
typedef struct Source {
    DateFields f;
    int64_t hour;
    bool is_interval, has_zone;
} Source;

static int64_t shown_year(const Source *s, int64_t year) {
    return s->is_interval || year > 0 ? year : -(year - 1);
}
/* Years. False: another field. */
static bool put_year_field(StrBuf *out, const Item *item, const Source *s) {
    const DateFields *f = &s->f;
    bool iso = item->field >= F_IYYY && item->field <= F_I;
    int64_t year = shown_year(s, iso ? iso_year(f->year, f->month, f->day) : f->year);
    switch (item->field) {
    case F_Y_YYY:
        strbuf_printf(out, "%lld,%03lld", (long long)(year / 1000), (long long)(year % 1000));
        return true;
    case F_YYYY:
    case F_IYYY:
        put_number(out, item, year, 4);
        return true;
    case F_YYY:
    case F_IYY:
        put_number(out, item, year % 1000, 3);
        return true;
    case F_YY:
    case F_IY:
        put_number(out, item, year % 100, 2);
        return true;
    case F_Y:
    case F_I:
        put_number(out, item, year % 10, 1);
        return true;
    default:
        return false;
    }
}
/* Fields that intervals have too. False: another field. */
static bool put_calendar_field(StrBuf *out, const Item *item, const Source *s) {
    const DateFields *f = &s->f;
    switch (item->field) {
    case F_CC:
        put_number(out, item,
                   s->is_interval ? f->year / 100
                   : f->year > 0  ? (f->year - 1) / 100 + 1
                                  : f->year / 100 - 1,
                   2);
        return true;
    case F_MM:
        put_number(out, item, f->month, 2);
        return true;
    case F_DD:
        put_number(out, item, f->day, 2);
        return true;
    case F_Q:
        if (f->month != 0)
            put_number(out, item, (f->month - 1) / 3 + 1, 0);
        return true;
    case F_W:
        put_number(out, item, (f->day - 1) / 7 + 1, 0);
        return true;
    case F_WW:
        put_number(out, item, (f->yearday - 1) / 7 + 1, 2);
        return true;
    case F_DDD:
        put_number(out, item, f->yearday, 3);
        return true;
    case F_J:
        put_number(out, item, date_to_julian(f->year, f->month, f->day), 0);
        return true;
    case F_RM:
        if (f->month != 0 || f->year != 0) {
            /* Of intervals: whole years are the last month, negative months count backwards. */
            int month = f->month > 0   ? f->month
                        : f->month < 0 ? 13 + f->month
                        : f->year >= 0 ? 12
                                       : 1;
            put_word(out, item, romans[month - 1], strlen(romans[month - 1]), 4);
        }
        return true;
    default:
        return false;
    }
}
static Status put_date_field(StrBuf *out, const Item *item, const Source *s) {
    const DateFields *f = &s->f;
    if (put_year_field(out, item, s) || put_calendar_field(out, item, s))
        return STATUS_OK;
    if (s->is_interval)
        return status_hint(error(ERR_INVALID_DATETIME_FORMAT,
                                 "invalid format specification for an interval value"),
                           "Intervals are not tied to specific calendar dates.");
    switch (item->field) {
    case F_MONTH:
    case F_MON:
        if (f->month > 0) {
            const char *m = month_words[f->month - 1];
            put_word(out, item, m, item->field == F_MON ? 3 : strlen(m),
                     item->field == F_MON ? 3 : 9);
        }
        break;
    case F_DAY:
        put_word(out, item, day_words[f->weekday], strlen(day_words[f->weekday]), 9);
        break;
    case F_DY:
        put_word(out, item, day_words[f->weekday], 3, 3);
        break;
    case F_D:
        put_number(out, item, f->weekday + 1, 0);
        break;
    case F_ID:
        put_number(out, item, f->weekday == 0 ? 7 : f->weekday, 0);
        break;
    case F_IW:
        put_number(out, item, iso_week(f->year, f->month, f->day), 2);
        break;
    case F_IDDD:
        put_number(out, item,
                   date_to_julian(f->year, f->month, f->day) -
                       iso_week_monday(iso_year(f->year, f->month, f->day), 1) + 1,
                   3);
        break;
    case F_BC:
    case F_B_C: {
        const char *w =
            item->field == F_BC ? (f->year <= 0 ? "BC" : "AD") : (f->year <= 0 ? "B.C." : "A.D.");
        put_word(out, item, w, strlen(w), 0);
        break;
    }
    case F_TZ:
        if (f->abbreviation != NULL && s->has_zone)
            put_word(out, item, f->abbreviation, strlen(f->abbreviation), 0);
        break;
    case F_OF:
    case F_TZH: {
        int o = f->offset < 0 ? -f->offset : f->offset;
        strbuf_printf(out, "%c%02d", f->offset < 0 ? '-' : '+', o / 3600);
        if (item->field == F_OF && o % 3600 != 0)
            strbuf_printf(out, ":%02d", o % 3600 / 60);
        break;
    }
    case F_TZM:
        strbuf_printf(out, "%02d", (f->offset < 0 ? -f->offset : f->offset) % 3600 / 60);
        break;
    default:
        break;
    }
    return STATUS_OK;
}
static Status put_field(StrBuf *out, const Item *item, const Source *s) {
    static const int units[] = {1000000, 100000, 10000, 1000, 100, 10, 1};
    const DateFields *f = &s->f;
    switch (item->field) {
    case F_LITERAL:
    case F_SEPARATOR:
    case F_BLANK:
        strbuf_append(out, item->text, item->len);
        break;
    case F_FX:
        break;
    case F_HH12:
        put_number(out, item, s->hour % 12 == 0 ? 12 : s->hour % 12, 2);
        break;
    case F_HH24:
        put_number(out, item, s->hour, 2);
        break;
    case F_MI:
        put_number(out, item, f->minute, 2);
        break;
    case F_SS:
        put_number(out, item, f->second, 2);
        break;
    case F_MS:
        put_number(out, item, f->micros / 1000, 3);
        break;
    case F_US:
        put_number(out, item, f->micros, 6);
        break;
    case F_FF: {
        Item plain = *item;
        plain.fm = false;
        put_number(out, &plain, f->micros / units[item->width], item->width);
        break;
    }
    case F_SSSS:
        put_number(out, item, s->hour * 3600 + f->minute * 60 + f->second, 0);
        break;
    case F_AM:
    case F_A_M: {
        bool pm = s->hour % 24 >= 12;
        const char *w = item->field == F_AM ? (pm ? "PM" : "AM") : (pm ? "P.M." : "A.M.");
        put_word(out, item, w, strlen(w), 0);
        break;
    }
    default:
        return put_date_field(out, item, s);
    }
    return STATUS_OK;
}
static Status print(FnCall *call, const Source *s) {
    Items items = {0};
    StrBuf out;
    if (ARG_STR(1).len == 0)
        return ret_null(call);
    TRY(datetime_template(call->arena, ARG_STR(1), false, &items));
    strbuf_init(&out, call->arena);
    for (size_t i = 0; i < items.count; i++)
        TRY(put_field(&out, &items.items[i], s));
    return ret_buf(call, &out);
}
static Status print_timestamp(FnCall *call, bool with_zone) {
    Source s = {.has_zone = with_zone};
    if (!timestamp_is_finite(ARG_I64(0)))
        return ret_null(call);
    if (!timestamp_to_fields(ARG_I64(0), with_zone ? env_zone(call_env(call)) : NULL, &s.f))
        return timestamp_range_error();
    s.hour = s.f.hour;
    return print(call, &s);
}
SCALAR(timestamp_to_char) { return print_timestamp(call, false); }
SCALAR(timestamptz_to_char) { return print_timestamp(call, true); }
SCALAR(interval_to_char) {
    Interval v = call->args[0].interval;
    Source s = {.is_interval = true, .hour = v.micros / USECS_PER_HOUR};
    s.f = (DateFields){.year = v.months / 12,
                       .month = v.months % 12,
                       .day = v.days,
                       .minute = (int)(v.micros / USECS_PER_MINUTE % 60),
                       .second = (int)(v.micros / USECS_PER_SEC % 60),
                       .micros = (int)(v.micros % USECS_PER_SEC)};
    s.f.yearday = v.months * 30 + v.days;
    return print(call, &s);
}
