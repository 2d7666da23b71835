/*
 * to_char.c: dates, times and intervals by template: to_char, to_date, to_timestamp.
 *
 * A template is cut into items: fields with modifiers (FM before, TH behind) and literal text. Printing
 * writes item after item. Reading takes as many digits as a field has, or all there are where no
 * digit field follows at once; separators in the template match any separators in the text.
 */
#include "types/datetime_int.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum Field {
    F_LITERAL,
    F_SEPARATOR,
    F_BLANK,
    F_HH12,
    F_HH24,
    F_MI,
    F_SS,
    F_MS,
    F_US,
    F_FF,
    F_SSSS,
    F_AM,
    F_A_M,
    F_Y_YYY,
    F_YYYY,
    F_YYY,
    F_YY,
    F_Y,
    F_IYYY,
    F_IYY,
    F_IY,
    F_I,
    F_BC,
    F_B_C,
    F_MONTH,
    F_MON,
    F_MM,
    F_DAY,
    F_DY,
    F_DDD,
    F_IDDD,
    F_DD,
    F_D,
    F_ID,
    F_W,
    F_WW,
    F_IW,
    F_CC,
    F_J,
    F_Q,
    F_RM,
    F_TZ,
    F_OF,
    F_TZH,
    F_TZM,
    F_FX
} Field;
static const struct {
    const char *word;
    Field field;
    int width; /* FFn: n */
} words[] = {
    {"Y,YYY", F_Y_YYY, 5}, {"MONTH", F_MONTH, 0}, {"SSSSS", F_SSSS, 5}, {"YYYY", F_YYYY, 4},
    {"IYYY", F_IYYY, 4},   {"IDDD", F_IDDD, 3},   {"HH24", F_HH24, 2},  {"HH12", F_HH12, 2},
    {"SSSS", F_SSSS, 5},   {"A.M.", F_A_M, 0},    {"P.M.", F_A_M, 0},   {"A.D.", F_B_C, 0},
    {"B.C.", F_B_C, 0},    {"YYY", F_YYY, 3},     {"IYY", F_IYY, 3},    {"MON", F_MON, 0},
    {"DAY", F_DAY, 0},     {"DDD", F_DDD, 3},     {"TZH", F_TZH, 3},    {"TZM", F_TZM, 2},
    {"FF1", F_FF, 1},      {"FF2", F_FF, 2},      {"FF3", F_FF, 3},     {"FF4", F_FF, 4},
    {"FF5", F_FF, 5},      {"FF6", F_FF, 6},      {"YY", F_YY, 2},      {"IY", F_IY, 2},
    {"HH", F_HH12, 2},     {"MI", F_MI, 2},       {"MM", F_MM, 2},      {"MS", F_MS, 3},
    {"SS", F_SS, 2},       {"US", F_US, 6},       {"AM", F_AM, 0},      {"PM", F_AM, 0},
    {"AD", F_BC, 0},       {"BC", F_BC, 0},       {"DY", F_DY, 0},      {"DD", F_DD, 2},
    {"ID", F_ID, 1},       {"IW", F_IW, 2},       {"WW", F_WW, 2},      {"CC", F_CC, 2},
    {"RM", F_RM, 4},       {"TZ", F_TZ, 0},       {"OF", F_OF, 0},      {"FX", F_FX, 0},
    {"Y", F_Y, 1},         {"I", F_I, 1},         {"D", F_D, 1},        {"W", F_W, 1},
    {"Q", F_Q, 1},         {"J", F_J, 0},
};
typedef struct Item {
    Field field;
    int width;
    bool fm, th, th_upper;
    enum { STYLE_UPPER, STYLE_CAPITAL, STYLE_LOWER } style;
    const char *text; /* as the template has it */
    size_t len;
} Item;
typedef VEC(Item) Items;

static bool same_word(const char *p, size_t len, const char *word, int *style) {
    size_t n = strlen(word);
    if (n > len)
        return false;
    bool upper = true, lower = true, capital = true;
    for (size_t i = 0; i < n; i++) {
        if (to_upper(p[i]) != word[i])
            return false;
        if (!is_alpha(p[i]))
            continue;
        bool is_upper = p[i] < 'a';
        upper &= is_upper;
        lower &= !is_upper;
        capital &= i == 0 ? is_upper : !is_upper;
    }
    *style = upper ? STYLE_UPPER : lower ? STYLE_LOWER : STYLE_CAPITAL;
    return upper || lower ||
           (capital && (strcmp(word, "MONTH") == 0 || strcmp(word, "MON") == 0 ||
                        strcmp(word, "DAY") == 0 || strcmp(word, "DY") == 0));
}
static bool match_field(const char *p, size_t len, Item *item, size_t *used) {
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        int style;
        if (!same_word(p, len, words[i].word, &style))
            continue;
        item->field = words[i].field;
        item->width = words[i].width;
        item->style = (unsigned)style;
        item->text = p;
        item->len = strlen(words[i].word);
        *used = strlen(words[i].word);
        return true;
    }
    return false;
}
static bool is_separator(char c) { return c > 0x20 && c < 0x7f && !is_alpha(c) && !is_digit(c); }

static void parse_template(Arena *arena, Str format, Items *items) {
    const char *p = format.data, *end = p + format.len;
    while (p < end) {
        Item item = {0};
        size_t used;
        int style;
        for (;;) {
            if (same_word(p, (size_t)(end - p), "FM", &style)) {
                item.fm = true;
                p += 2;
            } else if (same_word(p, (size_t)(end - p), "TM", &style)) {
                p += 2;
            } else {
                break;
            }
        }
        if (p >= end)
            break;
        if (match_field(p, (size_t)(end - p), &item, &used)) {
            p += used;
            if (same_word(p, (size_t)(end - p), "TH", &style)) {
                item.th = true;
                item.th_upper = style == STYLE_UPPER;
                p += 2;
            } else if (same_word(p, (size_t)(end - p), "SP", &style)) {
                p += 2;
            }
            vec_push(items, arena, item);
            continue;
        }
        item.field = F_LITERAL;
        if (*p == '"') {
            StrBuf buf;
            strbuf_init(&buf, arena);
            for (p++; p < end && *p != '"'; p++) {
                if (*p == '\\' && p + 1 < end)
                    p++;
                strbuf_putc(&buf, *p);
            }
            p += p < end;
            item.text = strbuf_cstr(&buf);
            item.len = buf.len;
        } else {
            if (*p == '\\' && p + 1 < end && p[1] == '"')
                p++;
            item.field = *p == ' ' ? F_BLANK : is_separator(*p) ? F_SEPARATOR : F_LITERAL;
            item.text = p;
            item.len = utf8_char_bytes((uint8_t)*p);
            p += item.len;
        }
        vec_push(items, arena, item);
    }
}

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};
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
    int iso = 0;
    if (!s->is_interval && item->field >= F_IYYY && item->field <= F_I)
        iso = iso_year(f->year, f->month, f->day);
    int64_t year = shown_year(s, iso != 0 ? iso : f->year);
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
        if (f->month == 0)
            return true;
        {
            const char *r = romans[f->month > 0 ? f->month - 1 : -f->month - 1];
            put_word(out, item, r, strlen(r), 4);
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
            const char *m = months[f->month - 1];
            put_word(out, item, m, item->field == F_MON ? 3 : strlen(m),
                     item->field == F_MON ? 3 : 9);
        }
        break;
    case F_DAY:
        put_word(out, item, days[f->weekday], strlen(days[f->weekday]), 9);
        break;
    case F_DY:
        put_word(out, item, days[f->weekday], 3, 3);
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
    parse_template(call->arena, ARG_STR(1), &items);
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

/* ---- reading ---- */
typedef struct Reading {
    int64_t value[F_FX + 1];
    bool given[F_FX + 1];
    bool pm, has_ampm, bc, short_year;
    int tz_sign, tz_offset, year_digits;
    bool has_tz;
} Reading;

static Status bad_value(const char *p, const char *end, const Item *item, const char *detail) {
    return status_detail(error(ERR_INVALID_DATETIME_FORMAT, "invalid value \"%.*s\" for \"%.*s\"",
                               (int)(end - p), p, (int)item->len, item->text),
                         "%s", detail);
}
static const char *field_name(Field field) {
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (words[i].field == field)
            return words[i].word;
    return "";
}
static bool takes_digits(const Item *item) {
    return item->field >= F_HH12 && item->field != F_AM && item->field != F_A_M &&
           item->field != F_BC && item->field != F_B_C && item->field != F_MONTH &&
           item->field != F_MON && item->field != F_DAY && item->field != F_DY &&
           item->field != F_RM && item->field != F_TZ && item->field != F_OF;
}
/* fixed: no more characters than the field has, a sign among them. */
static Status read_number(const char **p, const char *end, const Item *item, bool fixed,
                          int64_t *out, int *digits_out) {
    while (*p < end && is_space(**p))
        (*p)++;
    const char *start = *p;
    const char *stop = fixed && item->width > 0 ? MIN(end, start + item->width) : end;
    bool negative = *p < stop && **p == '-';
    if (*p < stop && (**p == '-' || **p == '+'))
        (*p)++;
    const char *first = *p;
    int64_t v = 0;
    while (*p < stop && is_digit(**p) && *p - first < 18)
        v = v * 10 + (*(*p)++ - '0');
    if (*p == first)
        return bad_value(start, MIN(end, start + MAX(item->width, 1)), item,
                         "Value must be an integer.");
    if (fixed && item->width > 0 && *p - start < item->width)
        return status_detail(bad_value(start, MIN(end, start + item->width), item, ""),
                             "Field requires %d characters, but only %d could be parsed.",
                             item->width, (int)(*p - start));
    *digits_out = (int)(*p - first);
    *out = negative ? -v : v;
    if (v > INT32_MAX)
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE,
                     "value for \"%.*s\" in source string is out of range", (int)item->len,
                     item->text);
    return STATUS_OK;
}
static Status read_name(const char **p, const char *end, const Item *item, const char *const *names,
                        int count, size_t shortest, int64_t *out) {
    size_t best = 0;
    for (int i = 0; i < count; i++) {
        size_t n = shortest > 0 ? shortest : strlen(names[i]);
        bool same = n <= (size_t)(end - *p);
        for (size_t k = 0; same && k < n; k++)
            same = to_lower((*p)[k]) == to_lower(names[i][k]);
        if (same && n > best) {
            best = n;
            *out = i;
        }
    }
    const char *word_end = *p;
    while (word_end < end && !is_space(*word_end))
        word_end++;
    if (best == 0)
        return bad_value(*p, word_end, item,
                         "The given value did not match any of the allowed values for this field.");
    *p += best;
    return STATUS_OK;
}
static Status read_word_field(const char **p, const char *end, const Item *item, Reading *r) {
    static const char *const ampm[] = {"am", "pm", "a.m.", "p.m."};
    static const char *const era[] = {"ad", "bc", "a.d.", "b.c."};
    int64_t v = 0;
    switch (item->field) {
    case F_AM:
    case F_A_M:
        TRY(read_name(p, end, item, ampm, 4, 0, &v));
        r->pm = v % 2 == 1;
        r->has_ampm = true;
        break;
    case F_BC:
    case F_B_C:
        TRY(read_name(p, end, item, era, 4, 0, &v));
        r->bc = v % 2 == 1;
        break;
    case F_MONTH:
    case F_MON:
        TRY(read_name(p, end, item, months, 12, item->field == F_MON ? 3 : 0, &v));
        r->value[F_MM] = v + 1;
        r->given[F_MM] = true;
        break;
    case F_RM:
        TRY(read_name(p, end, item, romans, 12, 0, &v));
        r->value[F_MM] = v + 1;
        r->given[F_MM] = true;
        break;
    case F_DAY:
    case F_DY:
        TRY(read_name(p, end, item, days, 7, item->field == F_DY ? 3 : 0, &v));
        r->value[F_D] = v + 1;
        r->given[F_D] = true;
        break;
    default:
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "formatting field \"%s\" is only supported in to_char",
                     field_name(item->field));
    }
    return STATUS_OK;
}
/* "1,999" */
static Status read_comma_year(const char **p, const char *end, const Item *item, Reading *r) {
    char copy[24];
    int thousands, year, used = 0;
    size_t n = MIN((size_t)(end - *p), sizeof(copy) - 1);
    memcpy(copy, *p, n);
    copy[n] = '\0';
    if (sscanf(copy, "%9d,%03d%n", &thousands, &year, &used) < 2)
        return bad_value(*p, end, item, "Value must be an integer.");
    r->value[F_YYYY] = (int64_t)thousands * 1000 + year;
    r->given[F_YYYY] = true;
    *p += used;
    return STATUS_OK;
}
static Status read_zone_hours(const char **p, const char *end, const Item *item, bool fixed,
                              Reading *r) {
    int64_t v;
    int digits;
    Item hours = *item;
    r->tz_sign = *p < end && **p == '-' ? -1 : 1;
    if (*p < end && (**p == '-' || **p == '+' || **p == ' '))
        (*p)++;
    hours.width = 2;
    TRY(read_number(p, end, &hours, fixed, &v, &digits));
    r->tz_offset += (int)v * 3600;
    r->has_tz = true;
    return STATUS_OK;
}
static Status read_digit_field(const char **p, const char *end, const Item *item, bool fixed,
                               Reading *r) {
    int64_t v;
    int digits;
    if (item->field == F_Y_YYY)
        return read_comma_year(p, end, item, r);
    if (item->field == F_TZH)
        return read_zone_hours(p, end, item, fixed, r);
    TRY(read_number(p, end, item, fixed, &v, &digits));
    Field field = item->field;
    if (field == F_TZM) {
        r->tz_offset += (int)v * 60;
        r->has_tz = true;
        return STATUS_OK;
    }
    if (field == F_MS || field == F_US || field == F_FF) {
        /* Decimals: "5" of MS is half a second. */
        int places = field == F_MS ? 3 : field == F_US ? 6 : item->width;
        for (int i = digits; i < places; i++)
            v *= 10;
        for (int i = places; i < 6; i++)
            v *= 10;
        r->value[F_US] += v;
        return STATUS_OK;
    }
    if (field >= F_YYY && field <= F_Y) {
        /* Short years are those nearest to 2020. */
        if (v < 70 && digits <= 2)
            v += 2000;
        else if (v < 100)
            v += 1900;
        else if (v < 520)
            v += 2000;
        else if (v < 1000)
            v += 1000;
        field = F_YYYY;
        r->year_digits = 4;
    } else if (field >= F_IYY && field <= F_I) {
        v += v < 70 ? 2000 : v < 100 ? 1900 : v < 520 ? 2000 : v < 1000 ? 1000 : 0;
        field = F_IYYY;
    } else if (field == F_YYYY) {
        if (v < 0) {
            v = -v;
            r->bc = true;
        }
    }
    if (r->given[field] && r->value[field] != v)
        return status_detail(error(ERR_INVALID_DATETIME_FORMAT,
                                   "conflicting values for \"%s\" field in formatting string",
                                   field_name(field)),
                             "This value contradicts a previous setting for the same field type.");
    r->value[field] = v;
    r->given[field] = true;
    return STATUS_OK;
}
static void skip_ordinal(const char **p, const char *end, const Item *item) {
    if (item->th && end - *p >= 2 && is_alpha((*p)[0]))
        *p += 2;
}
static Status read_all(const Items *items, Str text, Reading *r) {
    const char *p = text.data, *end = p + text.len;
    bool exact = items->count > 0 && items->items[0].field == F_FX;
    for (size_t i = 0; i < items->count; i++) {
        const Item *item = &items->items[i];
        if (!exact && item->field > F_BLANK)
            while (p < end && is_space(*p))
                p++;
        if (item->field == F_FX)
            continue;
        if (item->field == F_BLANK || item->field == F_SEPARATOR) {
            if (p >= end)
                continue;
            if (exact) {
                p++;
                continue;
            }
            bool sign_next = i + 1 < items->count && items->items[i + 1].field == F_TZH;
            while (p < end && is_space(*p))
                p++;
            if (p < end && is_separator(*p) && !(sign_next && (*p == '-' || *p == '+')))
                p++;
            continue;
        }
        if (item->field == F_LITERAL) {
            for (size_t k = 0; k < item->len && p < end; k++)
                p++;
            continue;
        }
        if (p >= end)
            break;
        bool fixed = !item->fm && i + 1 < items->count && takes_digits(&items->items[i + 1]);
        if (takes_digits(item))
            TRY(read_digit_field(&p, end, item, fixed, r));
        else
            TRY(read_word_field(&p, end, item, r));
        skip_ordinal(&p, end, item);
    }
    return STATUS_OK;
}

static Status field_range(FnCall *call) {
    return error(ERR_DATETIME_FIELD_OVERFLOW, "date/time field value out of range: \"%.*s\"",
                 (int)ARG_STR(0).len, ARG_STR(0).data);
}
static Status combine_clock(FnCall *call, Reading *r, DateFields *f) {
    if (r->given[F_SSSS]) {
        int64_t s = r->value[F_SSSS];
        if (s > SECS_PER_DAY)
            return field_range(call);
        f->hour = (int)(s / 3600), f->minute = (int)(s / 60 % 60), f->second = (int)(s % 60);
    }
    if (r->given[F_HH24])
        f->hour = (int)r->value[F_HH24];
    if (r->given[F_HH12]) {
        int h = (int)r->value[F_HH12];
        if (h < 1 || h > 12)
            return status_hint(error(ERR_INVALID_DATETIME_FORMAT,
                                     "hour \"%d\" is invalid for the 12-hour clock", h),
                               "Use the 24-hour clock, or give an hour between 1 and 12.");
        f->hour = r->pm ? (h % 12) + 12 : h % 12;
        if (!r->has_ampm)
            f->hour = h == 12 ? 0 : h;
    }
    if (r->given[F_MI])
        f->minute = (int)r->value[F_MI];
    if (r->given[F_SS])
        f->second = (int)r->value[F_SS];
    f->micros = (int)r->value[F_US];
    if (f->hour > 23 || f->minute > 59 || f->second > 59)
        return field_range(call);
    return STATUS_OK;
}
static Status combine_date(FnCall *call, Reading *r, DateFields *f) {
    bool has_year = r->given[F_YYYY];
    f->year = has_year ? (int)r->value[F_YYYY] : 0;
    f->month = r->given[F_MM] ? (int)r->value[F_MM] : 1;
    f->day = r->given[F_DD] ? (int)r->value[F_DD] : 1;
    if (r->given[F_CC] && !has_year) {
        f->year = (int)(r->value[F_CC] - 1) * 100 + 1;
        has_year = true;
    }
    if (r->bc && has_year)
        f->year = -(f->year - 1);
    if (r->given[F_J]) {
        julian_to_date((int)r->value[F_J], &f->year, &f->month, &f->day);
        return STATUS_OK;
    }
    if (r->given[F_IYYY]) {
        int year = (int)r->value[F_IYYY];
        if (!r->given[F_IW] && !r->given[F_IDDD]) {
            f->year = year;
            return STATUS_OK;
        }
        int julian = iso_week_monday(year, r->given[F_IW] ? (int)r->value[F_IW] : 1);
        julian += r->given[F_ID] ? (int)r->value[F_ID] - 1 : 0;
        if (r->given[F_IDDD])
            julian = iso_week_monday(year, 1) + (int)r->value[F_IDDD] - 1;
        julian_to_date(julian, &f->year, &f->month, &f->day);
        return STATUS_OK;
    }
    if (r->given[F_DDD] || r->given[F_WW]) {
        int yearday = r->given[F_DDD] ? (int)r->value[F_DDD] : (int)(r->value[F_WW] - 1) * 7 + 1;
        if (yearday < 1 || yearday > 366)
            return field_range(call);
        if (!r->given[F_MM] || !r->given[F_DD])
            julian_to_date(date_to_julian(f->year, 1, 1) + yearday - 1, &f->year, &f->month,
                           &f->day);
    } else if (r->given[F_W] && !r->given[F_DD]) {
        f->day = (int)(r->value[F_W] - 1) * 7 + 1;
    }
    if (f->month < 1 || f->month > 12 || f->day < 1 || f->day > days_in_month(f->year, f->month))
        return field_range(call);
    return STATUS_OK;
}
static Status from_char(FnCall *call, DateFields *f, Reading *r) {
    Items items = {0};
    *r = (Reading){.tz_sign = 1};
    *f = (DateFields){0};
    parse_template(call->arena, ARG_STR(1), &items);
    TRY(read_all(&items, ARG_STR(0), r));
    TRY(combine_clock(call, r, f));
    return combine_date(call, r, f);
}
SCALAR(to_date) {
    DateFields f;
    Reading r;
    TRY(from_char(call, &f, &r));
    int date = date_to_julian(f.year, f.month, f.day) - EPOCH_JDATE;
    if (!julian_is_valid(f.year, f.month, f.day) || !date_in_range(date))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range: \"%.*s\"",
                     (int)ARG_STR(0).len, ARG_STR(0).data);
    return ret_i32(call, date);
}
SCALAR(to_timestamp) {
    DateFields f;
    Reading r;
    int64_t t;
    TRY(from_char(call, &f, &r));
    if (!fields_to_timestamp(&f, &t))
        return timestamp_range_error();
    if (r.has_tz)
        return ret_i64(call, t - (int64_t)r.tz_sign * r.tz_offset * USECS_PER_SEC);
    return timestamp_to_utc(t, env_zone(call_env(call)), &call->result.i64);
}
