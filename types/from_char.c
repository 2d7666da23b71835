/*
 * from_char.c: dates and times read by template: to_date, to_timestamp, jsonpath's datetime().
 *
 * Reading walks over the items. A digit field takes all digits there are where something else than a
 * digit field follows (or with FM), else as many characters as it has. Outside of FX and strict mode blanks
 * before and after fields are skipped, and a separator in the template matches one separator or blank in
 * the text or nothing. Afterwards the fields are put together: a 0 counts as not given.
 */
#include "types/datetime_format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define OID_DATE 1082
#define OID_TIME 1083
#define OID_TIMETZ 1266
#define OID_TIMESTAMP 1114
#define OID_TIMESTAMPTZ 1184
#define ZONE_HOURS_MAX 15

typedef enum Convention { CONVENTION_NONE, CONVENTION_GREGORIAN, CONVENTION_ISO_WEEK } Convention;

/* What was read. 0: not given. */
typedef struct Reading {
    Convention convention;
    int hour, pm, minute, second, day_seconds;
    int weekday, day, yearday, month, week, month_week, century, julian, year, bc;
    int millis, micros;
    int year_digits, fraction_digits;
    int zone_sign, zone_hours, zone_minutes;
    bool clock_12;
} Reading;

typedef struct Reader {
    Arena *arena;
    const char *at; /* the text, NUL-terminated */
    const Item *item, *end;
    bool fixed, strict;
    int skipped; /* characters skipped beyond what the template has */
    Reading r;
} Reader;

static Status format_error(const char *text) {
    return error(ERR_INVALID_DATETIME_FORMAT, "%s", text);
}
static Convention field_convention(Field field) {
    switch (field) {
    case F_IDDD:
    case F_ID:
    case F_IW:
    case F_IYYY:
    case F_IYY:
    case F_IY:
    case F_I:
        return CONVENTION_ISO_WEEK;
    case F_DDD:
    case F_DD:
    case F_D:
    case F_MM:
    case F_MONTH:
    case F_MON:
    case F_RM:
    case F_WW:
    case F_W:
    case F_Y_YYY:
    case F_YYYY:
    case F_YYY:
    case F_YY:
    case F_Y:
        return CONVENTION_GREGORIAN;
    default:
        return CONVENTION_NONE;
    }
}
static bool is_digit_field(Field field) {
    switch (field) {
    case F_LITERAL:
    case F_SEPARATOR:
    case F_BLANK:
    case F_AM:
    case F_A_M:
    case F_BC:
    case F_B_C:
    case F_MONTH:
    case F_MON:
    case F_DAY:
    case F_DY:
    case F_RM:
    case F_TZ:
    case F_OF:
    case F_TZH:
    case F_FX:
        return false;
    default:
        return true;
    }
}
/* Whether what follows the item in the template is no digit. */
static bool ends_digits(const Reader *d) {
    const Item *next = d->item + 1;
    if (d->item->th || next == d->end)
        return true;
    if (next->field > F_BLANK)
        return !is_digit_field(next->field);
    return !(next->len == 1 && is_digit(next->text[0]));
}
static Status set_int(const Reader *d, int *field, int value) {
    if (*field != 0 && *field != value)
        return status_detail(error(ERR_INVALID_DATETIME_FORMAT,
                                   "conflicting values for \"%.*s\" field in formatting string",
                                   (int)d->item->len, d->item->text),
                             "This value contradicts a previous setting for the same field type.");
    *field = value;
    return STATUS_OK;
}
static Status value_error(const Reader *d, const char *value, size_t len) {
    return error(ERR_INVALID_DATETIME_FORMAT, "invalid value \"%.*s\" for \"%.*s\"", (int)len,
                 value, (int)d->item->len, d->item->text);
}
#define FM_HINT "If your source string is not fixed-width, try using the \"FM\" modifier."

/* width characters, read as a number. */
static Status exact_digits(Reader *d, int width, long *value_out) {
    char copy[16], *stop;
    int remain = (int)strnlen(d->at, (size_t)width);
    if (remain < width)
        return status_hint(
            status_detail(error(ERR_INVALID_DATETIME_FORMAT,
                                "source string too short for \"%.*s\" formatting field",
                                (int)d->item->len, d->item->text),
                          "Field requires %d characters, but only %d remain.", width, remain),
            FM_HINT);
    memcpy(copy, d->at, (size_t)width);
    copy[width] = '\0';
    *value_out = strtol(copy, &stop, 10);
    int used = (int)(stop - copy);
    if (used > 0 && used < width)
        return status_hint(
            status_detail(value_error(d, copy, (size_t)width),
                          "Field requires %d characters, but only %d could be parsed.", width,
                          used),
            FM_HINT);
    d->at += used;
    return STATUS_OK;
}
/* field may be NULL. len_out: characters taken, blanks before among them. */
static Status read_int(Reader *d, int *field, int width, int *len_out) {
    const char *start = d->at;
    long value;
    while (is_space(*d->at))
        d->at++;
    const char *first = d->at;
    errno = 0;
    if (d->item->fm || ends_digits(d)) {
        char *stop;
        value = strtol(start, &stop, 10);
        d->at = stop;
    } else {
        TRY(exact_digits(d, width, &value));
        if (d->at == first)
            d->at = start;
    }
    if (d->at == start)
        return status_detail(value_error(d, first, strnlen(first, (size_t)width)),
                             "Value must be an integer.");
    if (errno == ERANGE || value < INT32_MIN || value > INT32_MAX)
        return status_detail(error(ERR_DATETIME_VALUE_OUT_OF_RANGE,
                                   "value for \"%.*s\" in source string is out of range",
                                   (int)d->item->len, d->item->text),
                             "Value must be in the range %d to %d.", INT32_MIN, INT32_MAX);
    *len_out = (int)(d->at - start);
    return field == NULL ? STATUS_OK : set_int(d, field, (int)value);
}
/* The first of the words that the text begins with. width: of how many letters; 0: all. */
static Status read_word(Reader *d, const char *const *words, int count, size_t letters,
                        int *index_out) {
    for (int i = 0; i < count; i++) {
        size_t n = letters > 0 ? letters : strlen(words[i]), k = 0;
        while (k < n && to_lower(d->at[k]) == to_lower(words[i][k]))
            k++;
        if (k < n)
            continue;
        d->at += n;
        *index_out = i;
        return STATUS_OK;
    }
    size_t len = 0;
    while (d->at[len] != '\0' && !is_space(d->at[len]))
        len++;
    return status_detail(value_error(d, d->at, len),
                         "The given value did not match any of the allowed values for this field.");
}
static void skip_char(Reader *d) {
    size_t n = utf8_char_bytes((uint8_t)*d->at);
    d->at += strnlen(d->at, n);
}

/* ---- fields ---- */

static Status read_clock_field(Reader *d) {
    static const char *const ampm[] = {"am", "pm"}, *const ampm_dotted[] = {"a.m.", "p.m."};
    Reading *r = &d->r;
    int len, index;
    switch (d->item->field) {
    case F_AM:
    case F_A_M:
        TRY(read_word(d, d->item->field == F_AM ? ampm : ampm_dotted, 2, 0, &index));
        r->clock_12 = true;
        return set_int(d, &r->pm, index);
    case F_HH12:
        r->clock_12 = true;
        return read_int(d, &r->hour, 2, &len);
    case F_HH24:
        return read_int(d, &r->hour, 2, &len);
    case F_MI:
        return read_int(d, &r->minute, 2, &len);
    case F_SS:
        return read_int(d, &r->second, 2, &len);
    case F_SSSS:
        return read_int(d, &r->day_seconds, (int)d->item->len, &len);
    case F_MS:
        TRY(read_int(d, &r->millis, 3, &len));
        r->millis *= len == 1 ? 100 : len == 2 ? 10 : 1;
        return STATUS_OK;
    default: /* US and FFn: decimals */
        if (d->item->field == F_FF)
            r->fraction_digits = d->item->width;
        TRY(read_int(d, &r->micros, d->item->field == F_FF ? d->item->width : 6, &len));
        for (; len < 6; len++)
            r->micros *= 10;
        return STATUS_OK;
    }
}
static Status read_zone_field(Reader *d) {
    Reading *r = &d->r;
    int len;
    if (d->item->field == F_TZM) {
        if (r->zone_sign == 0)
            r->zone_sign = 1;
        return read_int(d, &r->zone_minutes, 2, &len);
    }
    /* A minus may have been skipped as a separator. */
    if (*d->at == '+' || *d->at == '-' || *d->at == ' ')
        r->zone_sign = *d->at++ == '-' ? -1 : 1;
    else
        r->zone_sign = d->skipped > 0 && d->at[-1] == '-' ? -1 : 1;
    return read_int(d, &r->zone_hours, 2, &len);
}
/* Short years are those nearest to 2020. */
static int full_year(int year) {
    return year < 70     ? year + 2000
           : year < 100  ? year + 1900
           : year < 520  ? year + 2000
           : year < 1000 ? year + 1000
                         : year;
}
static Status read_year_field(Reader *d) {
    Reading *r = &d->r;
    int len, thousands, rest;
    switch (d->item->field) {
    case F_Y_YYY:
        if (sscanf(d->at, "%9d,%03d%n", &thousands, &rest, &len) < 2)
            return format_error("invalid input string for \"Y,YYY\"");
        if (thousands > INT32_MAX / 1000 - 1 || thousands < INT32_MIN / 1000 + 1)
            return error(ERR_DATETIME_VALUE_OUT_OF_RANGE,
                         "value for \"%.*s\" in source string is out of range", (int)d->item->len,
                         d->item->text);
        TRY(set_int(d, &r->year, thousands * 1000 + rest));
        r->year_digits = 4;
        d->at += len;
        return STATUS_OK;
    case F_YYYY:
    case F_IYYY:
        r->year_digits = 4;
        return read_int(d, &r->year, 4, &len);
    default: {
        int width = d->item->width, before = r->year;
        TRY(read_int(d, &r->year, width, &len));
        if (len < 4 && (before == 0 || before == r->year))
            r->year = full_year(r->year);
        r->year_digits = width;
        return STATUS_OK;
    }
    }
}
static Status read_month_field(Reader *d) {
    static const char *const romans[] = {"xii", "xi", "x",  "ix",  "viii", "vii",
                                         "vi",  "v",  "iv", "iii", "ii",   "i"};
    Reading *r = &d->r;
    int len, index;
    switch (d->item->field) {
    case F_MM:
        return read_int(d, &r->month, 2, &len);
    case F_RM:
        TRY(read_word(d, romans, 12, 0, &index));
        return set_int(d, &r->month, 12 - index);
    default:
        TRY(read_word(d, month_words, 12, d->item->field == F_MON ? 3 : 0, &index));
        return set_int(d, &r->month, index + 1);
    }
}
static Status read_day_field(Reader *d) {
    static const char *const era[] = {"ad", "bc"}, *const era_dotted[] = {"a.d.", "b.c."};
    Reading *r = &d->r;
    int len, index;
    switch (d->item->field) {
    case F_BC:
    case F_B_C:
        TRY(read_word(d, d->item->field == F_BC ? era : era_dotted, 2, 0, &index));
        return set_int(d, &r->bc, index);
    case F_DAY:
    case F_DY:
        TRY(read_word(d, day_words, 7, d->item->field == F_DY ? 3 : 0, &index));
        TRY(set_int(d, &r->weekday, index));
        r->weekday++;
        return STATUS_OK;
    case F_DDD:
    case F_IDDD:
        return read_int(d, &r->yearday, 3, &len);
    case F_DD:
        return read_int(d, &r->day, 2, &len);
    case F_D:
        return read_int(d, &r->weekday, 1, &len);
    case F_ID:
        TRY(read_int(d, &r->weekday, 1, &len));
        if (++r->weekday > 7)
            r->weekday = 1;
        return STATUS_OK;
    case F_WW:
    case F_IW:
        return read_int(d, &r->week, 2, &len);
    case F_W:
        return read_int(d, &r->month_week, 1, &len);
    case F_CC:
        return read_int(d, &r->century, 2, &len);
    case F_J:
        return read_int(d, &r->julian, 1, &len);
    default: /* Q: a quarter is no date */
        return read_int(d, NULL, 1, &len);
    }
}
static Status read_field(Reader *d) {
    Field field = d->item->field;
    Convention convention = field_convention(field);
    if (convention != CONVENTION_NONE && d->r.convention != CONVENTION_NONE &&
        convention != d->r.convention)
        return status_hint(
            format_error("invalid combination of date conventions"),
            "Do not mix Gregorian and ISO week date conventions in a formatting template.");
    if (convention != CONVENTION_NONE)
        d->r.convention = convention;
    if (field == F_FX) {
        d->fixed = true;
        return STATUS_OK;
    }
    if (field == F_TZ || field == F_OF)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "formatting field \"%.*s\" is only supported in to_char", (int)d->item->len,
                     d->item->text);
    if (field >= F_HH12 && field <= F_A_M)
        TRY(read_clock_field(d));
    else if (field == F_TZH || field == F_TZM)
        TRY(read_zone_field(d));
    else if (field >= F_Y_YYY && field <= F_I)
        TRY(read_year_field(d));
    else if (field == F_MONTH || field == F_MON || field == F_MM || field == F_RM)
        TRY(read_month_field(d));
    else
        TRY(read_day_field(d));
    for (int i = 0; i < 2 && d->item->th && is_digit_field(field) && *d->at != '\0'; i++)
        skip_char(d);
    return STATUS_OK;
}

/* ---- the text ---- */

static bool is_separator(char c) { return c > 0x20 && c < 0x7f && !is_alpha(c) && !is_digit(c); }
static Status pass_separator(Reader *d) {
    if (d->strict) {
        if (*d->at != d->item->text[0])
            return error(ERR_INVALID_DATETIME_FORMAT, "unmatched format separator \"%c\"",
                         d->item->text[0]);
        d->at++;
    } else if (d->fixed) {
        skip_char(d);
    } else {
        d->skipped--;
        if (is_space(*d->at) || is_separator(*d->at)) {
            d->at++;
            d->skipped++;
        }
    }
    return STATUS_OK;
}
static Status pass_literal(Reader *d) {
    if (!d->fixed && d->skipped > 0) {
        d->skipped--;
        return STATUS_OK;
    }
    if (d->strict && strncmp(d->at, d->item->text, d->item->len) != 0)
        return error(ERR_INVALID_DATETIME_FORMAT, "unmatched format character \"%.*s\"",
                     (int)d->item->len, d->item->text);
    skip_char(d);
    return STATUS_OK;
}
static void skip_blanks(Reader *d) {
    for (; is_space(*d->at); d->at++)
        d->skipped++;
}
static Status read_all(Reader *d, const Items *items) {
    const Item *first = items->items;
    for (; d->item < d->end && *d->at != '\0'; d->item++) {
        Field field = d->item->field;
        if (!d->fixed && field != F_FX && (field > F_BLANK || d->item == first))
            skip_blanks(d);
        if (field == F_SEPARATOR || field == F_BLANK) {
            TRY(pass_separator(d));
        } else if (field == F_LITERAL) {
            TRY(pass_literal(d));
        } else {
            TRY(read_field(d));
            if (!d->fixed) {
                d->skipped = 0;
                skip_blanks(d);
            }
        }
    }
    if (!d->strict)
        return STATUS_OK;
    if (d->item < d->end)
        return format_error("input string is too short for datetime format");
    skip_blanks(d);
    if (*d->at != '\0')
        return format_error("trailing characters remain in input string after datetime format");
    return STATUS_OK;
}

/* ---- putting together ---- */

static Status field_overflow(Str text) {
    return error(ERR_DATETIME_FIELD_OVERFLOW, "date/time field value out of range: \"%.*s\"",
                 (int)text.len, text.data);
}
static Status combine_clock(Str text, const Reading *r, DateFields *f) {
    if (r->day_seconds != 0) {
        f->hour = r->day_seconds / 3600;
        f->minute = r->day_seconds / 60 % 60;
        f->second = r->day_seconds % 60;
    }
    if (r->second != 0)
        f->second = r->second;
    if (r->minute != 0)
        f->minute = r->minute;
    if (r->hour != 0)
        f->hour = r->hour;
    if (r->clock_12) {
        if (f->hour < 1 || f->hour > 12)
            return status_hint(error(ERR_INVALID_DATETIME_FORMAT,
                                     "hour \"%d\" is invalid for the 12-hour clock", f->hour),
                               "Use the 24-hour clock, or give an hour between 1 and 12.");
        f->hour = f->hour % 12 + (r->pm ? 12 : 0);
    }
    int64_t micros = (int64_t)r->millis * 1000 + r->micros;
    if (f->hour < 0 || f->hour > 23 || f->minute < 0 || f->minute > 59 || f->second < 0 ||
        f->second > 59 || micros < 0 || micros >= USECS_PER_SEC)
        return field_overflow(text);
    f->micros = (int)micros;
    return STATUS_OK;
}
/* Of the given year and century. False: neither was given. */
static bool combine_year(const Reading *r, DateFields *f) {
    int century = r->bc ? -r->century : r->century;
    if (r->year == 0 && century == 0)
        return false;
    if (r->year == 0) {
        f->year = century > 0 ? (century - 1) * 100 + 1 : century * 100 + 1;
    } else if (r->century != 0 && r->year_digits <= 2) {
        int year = r->year % 100;
        if (year != 0)
            f->year = century >= 0 ? year + (century - 1) * 100 : (century + 1) * 100 - year + 1;
        else
            f->year = century * 100 + (century >= 0 ? 0 : 1);
    } else {
        f->year = r->bc ? -r->year : r->year;
        if (f->year < 0)
            f->year++;
    }
    return true;
}
static Status apply_yearday(const Reading *r, int yearday, DateFields *f, unsigned *mask) {
    if (f->year == 0 && !r->bc)
        return format_error("cannot calculate day of year without year information");
    if (r->convention == CONVENTION_ISO_WEEK) {
        julian_to_date(iso_week_monday(f->year, 1) - 1 + yearday, &f->year, &f->month, &f->day);
        *mask |= HAS_DATE;
        return STATUS_OK;
    }
    int month = 1, before = 0;
    while (month <= 12 && yearday > before + days_in_month(f->year, month))
        before += days_in_month(f->year, month++);
    if (f->month <= 1)
        f->month = month;
    if (f->day <= 1)
        f->day = yearday - before;
    *mask |= HAS_MONTH | HAS_DAY;
    return STATUS_OK;
}
static Status combine_date(Str text, const Reading *r, DateFields *f) {
    unsigned mask = 0;
    int yearday = r->yearday, day = r->day;
    f->month = f->day = 1;
    if (combine_year(r, f))
        mask |= HAS_YEAR;
    if (r->julian != 0) {
        julian_to_date(r->julian, &f->year, &f->month, &f->day);
        mask |= HAS_DATE;
    }
    if (r->week != 0 && r->convention == CONVENTION_ISO_WEEK) {
        int julian = iso_week_monday(f->year, r->week);
        if (r->weekday != 0)
            julian += r->weekday > 1 ? r->weekday - 2 : 6;
        julian_to_date(julian, &f->year, &f->month, &f->day);
        mask |= HAS_DATE;
    } else if (r->week != 0) {
        yearday = (r->week - 1) * 7 + 1;
    }
    if (r->month_week != 0)
        day = (r->month_week - 1) * 7 + 1;
    if (day != 0) {
        f->day = day;
        mask |= HAS_DAY;
    }
    if (r->month != 0) {
        f->month = r->month;
        mask |= HAS_MONTH;
    }
    if (yearday != 0 && (f->month <= 1 || f->day <= 1))
        TRY(apply_yearday(r, yearday, f, &mask));
    if (((mask & HAS_MONTH) && (f->month < 1 || f->month > 12)) ||
        ((mask & HAS_DAY) && (f->day < 1 || f->day > 31)) ||
        ((mask & HAS_DATE) == HAS_DATE && f->day > days_in_month(f->year, f->month)))
        return field_overflow(text);
    return STATUS_OK;
}
/* has_zone_out: the text gave one; it is in f->offset. */
static Status read_template(Arena *arena, Str text, const Items *items, bool strict, DateFields *f,
                            bool *has_zone_out, int *fraction_digits_out) {
    Reader d = {.arena = arena,
                .at = arena_strndup(arena, text.data, text.len),
                .item = items->items,
                .end = items->items + items->count,
                .fixed = strict,
                .strict = strict};
    *f = (DateFields){0};
    if (items->count > 0)
        TRY(read_all(&d, items));
    Reading *r = &d.r;
    TRY(combine_date(text, r, f));
    TRY(combine_clock(text, r, f));
    *has_zone_out = r->zone_sign != 0;
    *fraction_digits_out = r->fraction_digits;
    if (*has_zone_out && (r->zone_hours < 0 || r->zone_hours > ZONE_HOURS_MAX ||
                          r->zone_minutes < 0 || r->zone_minutes > 59))
        return error(ERR_INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                     "time zone displacement out of range: \"%.*s\"", (int)text.len, text.data);
    f->offset = r->zone_sign * (r->zone_hours * 3600 + r->zone_minutes * 60);
    return STATUS_OK;
}
static Status to_days(Str text, const DateFields *f, int32_t *days_out) {
    if (julian_is_valid(f->year, f->month, f->day)) {
        *days_out = date_to_julian(f->year, f->month, f->day) - EPOCH_JDATE;
        if (date_in_range(*days_out))
            return STATUS_OK;
    }
    return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range: \"%.*s\"", (int)text.len,
                 text.data);
}

SCALAR(to_date) {
    Items items = {0};
    DateFields f;
    bool has_zone;
    int digits;
    TRY(datetime_template(call->arena, ARG_STR(1), false, &items));
    TRY(read_template(call->arena, ARG_STR(0), &items, false, &f, &has_zone, &digits));
    return to_days(ARG_STR(0), &f, &call->result.i32);
}
SCALAR(to_timestamp) {
    Items items = {0};
    DateFields f;
    bool has_zone;
    int digits;
    int64_t t;
    TRY(datetime_template(call->arena, ARG_STR(1), false, &items));
    TRY(read_template(call->arena, ARG_STR(0), &items, false, &f, &has_zone, &digits));
    if (!fields_to_timestamp(&f, &t))
        return timestamp_range_error();
    if (has_zone)
        t -= f.offset * USECS_PER_SEC;
    else
        TRY(timestamp_to_utc(t, env_zone(call_env(call)), &t));
    if (!timestamp_in_range(t))
        return timestamp_range_error();
    return ret_i64(call, digits > 0 ? time_round(t, digits) : t);
}

/* ---- jsonpath ---- */

static Status template_type(const Items *items, Oid *type_out) {
    bool dated = false, timed = false, zoned = false;
    for (size_t i = 0; i < items->count; i++) {
        Field field = items->items[i].field;
        if (field == F_TZH || field == F_TZM)
            zoned = true;
        else if (field >= F_HH12 && field <= F_A_M)
            timed = true;
        else if (field > F_BLANK && field != F_FX)
            dated = true;
    }
    if (dated && zoned && !timed)
        return format_error("datetime format is zoned but not timed");
    if (!dated && !timed)
        return format_error("datetime format is not dated and not timed");
    *type_out = dated ? (!timed  ? OID_DATE
                         : zoned ? OID_TIMESTAMPTZ
                                 : OID_TIMESTAMP)
                      : (zoned ? OID_TIMETZ : OID_TIME);
    return STATUS_OK;
}
Status datetime_by_template(Arena *arena, Str text, const Items *items, TemplateTime *out) {
    DateFields f;
    bool has_zone;
    int digits;
    int64_t t = 0;
    *out = (TemplateTime){0};
    TRY(read_template(arena, text, items, true, &f, &has_zone, &digits));
    TRY(template_type(items, &out->type));
    out->offset = f.offset;
    if (out->type == OID_DATE)
        return to_days(text, &f, &out->value.i32);
    bool is_time = out->type == OID_TIME || out->type == OID_TIMETZ;
    if (is_time)
        t = ((f.hour * 60 + f.minute) * 60 + f.second) * USECS_PER_SEC + f.micros;
    else if (!fields_to_timestamp(&f, &t))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "%s out of range",
                     out->type == OID_TIMESTAMP ? "timestamp" : "timestamptz");
    if (digits > 0)
        t = time_round(t, digits);
    if (out->type == OID_TIMETZ)
        out->value = (Datum){.timetz = {.micros = t, .zone = -f.offset}};
    else
        out->value = datum_i64(out->type == OID_TIMESTAMPTZ ? t - f.offset * USECS_PER_SEC : t);
    return STATUS_OK;
}
