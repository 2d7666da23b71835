/*
 * datetime_parse.c: what the tokens of a date and time mean.
 *
 * Numbers are taken by what is still missing, in the order that DateStyle sets; words are months, days of
 * the week, zones, AM/PM, BC and a few names of moments. No field may come twice.
 */
#include "types/datetime_int.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

typedef struct Decoder {
    const EvalEnv *env;
    ParsedTime *t;
    unsigned found; /* fields that the current token gave */
    bool two_digit_year, text_month, bc, dst_word;
    bool is_julian, time_only;
    int ampm;    /* -1 none, 0 AM, 1 PM */
    Unit prefix; /* UNIT_JULIAN, UNIT_SECOND (for "t"): how to read the next number */
    bool has_prefix;
} Decoder;

const TimeZone *env_zone(const EvalEnv *env) {
    return env != NULL && env->time_zone != NULL ? env->time_zone : tz_utc();
}

static ParseError whole(const char *s, int *out, char **end) {
    errno = 0;
    long v = strtol(s, end, 10);
    *out = (int)v;
    return errno == ERANGE || v > INT32_MAX || v < INT32_MIN ? PARSE_FIELD_OVERFLOW : PARSE_OK;
}
static ParseError fraction(const char *dot, int *micros) {
    double f;
    if (!datetime_fraction(dot, &f))
        return PARSE_BAD_FORMAT;
    *micros = (int)rint(f * 1000000);
    return PARSE_OK;
}

ParseError datetime_decode_offset(const char *text, int *seconds_east_out) {
    char *end;
    int hour, minute = 0, second = 0;
    if (*text != '+' && *text != '-')
        return PARSE_BAD_FORMAT;
    if (whole(text + 1, &hour, &end) != PARSE_OK)
        return PARSE_TZ_OVERFLOW;
    if (*end == ':') {
        if (whole(end + 1, &minute, &end) != PARSE_OK)
            return PARSE_TZ_OVERFLOW;
        if (*end == ':' && whole(end + 1, &second, &end) != PARSE_OK)
            return PARSE_TZ_OVERFLOW;
    } else if (*end == '\0' && strlen(text) > 3) {
        minute = hour % 100;
        hour /= 100;
    }
    if (hour < 0 || hour > 15 || minute < 0 || minute >= 60 || second < 0 || second >= 60)
        return PARSE_TZ_OVERFLOW;
    int seconds = (hour * 60 + minute) * 60 + second;
    *seconds_east_out = *text == '-' ? -seconds : seconds;
    return *end == '\0' ? PARSE_OK : PARSE_BAD_FORMAT;
}

ParseError datetime_decode_time(const char *text, int64_t *hour, int *minute, int *second,
                                int *micros) {
    char *end;
    errno = 0;
    *hour = strtoll(text, &end, 10);
    *second = *micros = 0;
    if (errno == ERANGE)
        return PARSE_FIELD_OVERFLOW;
    if (*end != ':')
        return PARSE_BAD_FORMAT;
    if (whole(end + 1, minute, &end) != PARSE_OK)
        return PARSE_FIELD_OVERFLOW;
    if (*end == ':') {
        if (whole(end + 1, second, &end) != PARSE_OK)
            return PARSE_FIELD_OVERFLOW;
        if (*end == '.')
            return fraction(end, micros);
        return *end == '\0' ? PARSE_OK : PARSE_BAD_FORMAT;
    }
    if (*end == '.') {
        /* mm:ss.fff */
        ParseError e = fraction(end, micros);
        *second = *minute;
        *minute = (int)*hour;
        *hour = 0;
        return e;
    }
    return *end == '\0' ? PARSE_OK : PARSE_BAD_FORMAT;
}

static ParseError decode_time(Decoder *d, const char *text) {
    int64_t hour;
    DateFields *f = &d->t->f;
    d->found = HAS_TIME;
    ParseError e = datetime_decode_time(text, &hour, &f->minute, &f->second, &f->micros);
    if (e != PARSE_OK)
        return e;
    if (hour < 0 || hour > 24 || f->minute < 0 || f->minute > 59 || f->second < 0 || f->second > 60)
        return PARSE_FIELD_OVERFLOW;
    f->hour = (int)hour;
    return PARSE_OK;
}

static int digits_value(const char *s, int n) {
    int v = 0;
    for (int i = 0; i < n; i++)
        v = v * 10 + (is_digit(s[i]) ? s[i] - '0' : 0);
    return v;
}

/* Digits run together: yyyymmdd, yymmdd, hhmmss, hhmm. */
static ParseError decode_run(Decoder *d, char *text) {
    DateFields *f = &d->t->f;
    int len = (int)strlen(text);
    char *dot = strchr(text, '.');
    if (dot != NULL) {
        ParseError e = fraction(dot, &f->micros);
        if (e != PARSE_OK)
            return e;
        *dot = '\0';
        len = (int)strlen(text);
    } else if ((d->t->mask & HAS_DATE) != HAS_DATE && !d->time_only && len >= 6) {
        d->found = HAS_DATE;
        f->day = digits_value(text + len - 2, 2);
        f->month = digits_value(text + len - 4, 2);
        f->year = digits_value(text, MIN(len - 4, 9));
        d->two_digit_year = len - 4 == 2;
        return PARSE_OK;
    }
    if ((d->t->mask & HAS_TIME) == HAS_TIME || (len != 6 && len != 4))
        return PARSE_BAD_FORMAT;
    d->found = HAS_TIME;
    f->hour = digits_value(text, 2);
    f->minute = digits_value(text + 2, 2);
    f->second = len == 6 ? digits_value(text + 4, 2) : 0;
    return PARSE_OK;
}

/* One number: which field it is depends on those that are known. */
static ParseError decode_number(Decoder *d, char *text, unsigned mask) {
    DateFields *f = &d->t->f;
    char *end;
    int v, len = (int)strlen(text), order = d->env->date_order;
    d->found = 0;
    if (whole(text, &v, &end) != PARSE_OK)
        return PARSE_FIELD_OVERFLOW;
    if (end == text)
        return PARSE_BAD_FORMAT;
    if (*end == '.') {
        if (end - text > 2)
            return decode_run(d, text);
        ParseError e = fraction(end, &f->micros);
        if (e != PARSE_OK)
            return e;
    } else if (*end != '\0') {
        return PARSE_BAD_FORMAT;
    }
    if (len == 3 && (mask & HAS_DATE) == HAS_YEAR && v >= 1 && v <= 366) {
        d->found = HAS_DOY | HAS_MONTH | HAS_DAY;
        f->yearday = v;
        return PARSE_OK;
    }
    switch (mask & HAS_DATE) {
    case 0:
        d->found = len >= 3 || order == DATE_ORDER_YMD ? HAS_YEAR
                   : order == DATE_ORDER_DMY           ? HAS_DAY
                                                       : HAS_MONTH;
        break;
    case HAS_YEAR:
        d->found = HAS_MONTH;
        break;
    case HAS_MONTH:
        d->found = d->text_month && (len >= 3 || order == DATE_ORDER_YMD) ? HAS_YEAR : HAS_DAY;
        break;
    case HAS_YEAR | HAS_MONTH:
        if (d->text_month && len >= 3 && d->two_digit_year) {
            /* The first number was the day after all. */
            d->found = HAS_DAY;
            f->day = f->year;
            f->year = v;
            d->two_digit_year = false;
            return PARSE_OK;
        }
        d->found = HAS_DAY;
        break;
    case HAS_DAY:
    case HAS_YEAR | HAS_DAY:
        d->found = HAS_MONTH;
        break;
    case HAS_MONTH | HAS_DAY:
        d->found = HAS_YEAR;
        break;
    default:
        return decode_run(d, text);
    }
    if (d->found == HAS_YEAR) {
        f->year = v;
        d->two_digit_year = len <= 2;
    } else if (d->found == HAS_MONTH) {
        f->month = v;
    } else {
        f->day = v;
    }
    return PARSE_OK;
}

/* Parts joined by delimiters: a month's name is found first. */
static ParseError decode_date(Decoder *d, char *text) {
    char *parts[25];
    bool done[25] = {false};
    int n = 0, value;
    unsigned mask = d->t->mask, all = 0;
    while (*text != '\0' && n < 25) {
        while (*text != '\0' && !is_digit(*text) && !is_alpha(*text))
            text++;
        if (*text == '\0')
            return PARSE_BAD_FORMAT;
        parts[n++] = text;
        if (is_digit(*text))
            while (is_digit(*text))
                text++;
        else
            while (is_alpha(*text))
                text++;
        if (*text != '\0')
            *text++ = '\0';
    }
    for (int i = 0; i < n; i++) {
        if (!is_alpha(*parts[i]))
            continue;
        WordKind kind = datetime_word(parts[i], &value);
        done[i] = true;
        if (kind == WORD_IGNORE)
            continue;
        if (kind != WORD_MONTH)
            return PARSE_BAD_FORMAT;
        if ((mask | all) & HAS_MONTH)
            return PARSE_BAD_FORMAT;
        d->t->f.month = value;
        d->text_month = true;
        all |= HAS_MONTH;
    }
    for (int i = 0; i < n; i++) {
        if (done[i])
            continue;
        if (strlen(parts[i]) == 0)
            return PARSE_BAD_FORMAT;
        ParseError e = decode_number(d, parts[i], mask | all);
        if (e != PARSE_OK)
            return e;
        if ((mask | all) & d->found)
            return PARSE_BAD_FORMAT;
        all |= d->found;
    }
    d->found = all;
    if (((mask | all) & ~(HAS_DOY | HAS_TZ)) != HAS_DATE && ((mask | all) & HAS_DATE) != HAS_DATE)
        return PARSE_BAD_FORMAT;
    return PARSE_OK;
}

typedef struct Abbreviation {
    const char *name;
    int offset;
    bool is_dst;
    const char *zone;
} Abbreviation;
static const Abbreviation abbreviations[] = {
#define ABBREVIATION(name, offset, dst, zone) {name, offset, dst, zone},
#include "types/def/abbreviations.def"
#undef ABBREVIATION
};
static const Abbreviation *find_abbreviation(const char *word) {
    size_t low = 0, high = ARRAY_LEN(abbreviations);
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strncmp(abbreviations[middle].name, word, 10);
        if (order == 0)
            return &abbreviations[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool datetime_zone_by_word(const EvalEnv *env, const char *word, size_t len, int64_t at_unix,
                           bool at_is_local, int *offset_out, const TimeZone **zone_out) {
    char lower[128];
    bool dst;
    *zone_out = NULL;
    if (len == 0 || len >= sizeof(lower))
        return false;
    for (size_t i = 0; i < len; i++)
        lower[i] = to_lower(word[i]);
    lower[len] = '\0';
    const Abbreviation *a = find_abbreviation(lower);
    if (a != NULL && a->zone == NULL) {
        *offset_out = a->offset;
        return true;
    }
    if (a != NULL) {
        const TimeZone *zone = tz_by_name(a->zone, strlen(a->zone));
        if (zone != NULL && at_is_local)
            at_unix -= tz_offset_local(zone, at_unix, NULL);
        if (zone != NULL && !tz_abbreviation(zone, lower, at_unix, offset_out, &dst))
            *offset_out = tz_offset_at(zone, at_unix, &dst, NULL);
        if (zone != NULL)
            return true;
    }
    *zone_out = tz_by_name(word, len);
    return *zone_out != NULL;
}

static ParseError set_zone_name(Decoder *d, const char *word) {
    int offset;
    const TimeZone *zone;
    d->found = HAS_TZ;
    const Abbreviation *a = find_abbreviation(word);
    if (a != NULL && a->zone != NULL) {
        d->t->has_zone = true;
        d->t->abbreviation = a->name;
        d->t->zone = tz_by_name(a->zone, strlen(a->zone));
        return d->t->zone != NULL ? PARSE_OK : PARSE_BAD_FORMAT;
    }
    if (!datetime_zone_by_word(d->env, word, strlen(word), 0, false, &offset, &zone))
        return PARSE_BAD_FORMAT;
    d->t->has_zone = true;
    d->t->zone = zone;
    if (zone == NULL)
        d->t->f.offset = offset;
    return PARSE_OK;
}

static ParseError decode_reserved(Decoder *d, ReservedTime what) {
    DateFields *f = &d->t->f, now;
    d->found = HAS_DATE | HAS_TIME | HAS_TZ;
    if (what == TIME_ZULU) {
        d->found = HAS_TIME | HAS_TZ;
        f->hour = f->minute = f->second = f->micros = 0;
        d->t->has_zone = true;
        f->offset = 0;
        return PARSE_OK;
    }
    if (what == TIME_EPOCH || what == TIME_LATE || what == TIME_EARLY) {
        d->found |= HAS_RESERVED;
        d->t->reserved = what;
        return PARSE_OK;
    }
    if (!timestamp_to_fields(d->env->transaction_start_micros, env_zone(d->env), &now))
        return PARSE_FIELD_OVERFLOW;
    if (what == TIME_NOW) {
        *f = now;
        d->t->has_zone = true;
        return PARSE_OK;
    }
    int julian = date_to_julian(now.year, now.month, now.day) + (what == TIME_TOMORROW) -
                 (what == TIME_YESTERDAY);
    d->found = HAS_DATE;
    julian_to_date(julian, &f->year, &f->month, &f->day);
    return PARSE_OK;
}

static ParseError decode_word(Decoder *d, char *word, const Token *next) {
    DateFields *f = &d->t->f;
    int value;
    d->found = 0;
    const Abbreviation *a = find_abbreviation(word);
    WordKind kind = a != NULL ? WORD_UNKNOWN : datetime_word(word, &value);
    switch (kind) {
    case WORD_IGNORE:
        return PARSE_OK;
    case WORD_RESERVED:
        return decode_reserved(d, (ReservedTime)value);
    case WORD_MONTH:
        if ((d->t->mask & HAS_MONTH) && !d->text_month && !(d->t->mask & HAS_DAY) &&
            f->month >= 1 && f->month <= 31) {
            f->day = f->month;
            d->found = HAS_DAY;
        } else {
            d->found = HAS_MONTH;
        }
        d->text_month = true;
        f->month = value;
        return PARSE_OK;
    case WORD_DST:
        d->found = HAS_DTZMOD;
        if (!(d->t->mask & HAS_TZ))
            return PARSE_BAD_FORMAT;
        f->offset += value;
        return PARSE_OK;
    case WORD_AMPM:
        d->found = HAS_AMPM;
        d->ampm = value;
        return PARSE_OK;
    case WORD_ADBC:
        d->found = HAS_ADBC;
        d->bc = value == 1;
        return PARSE_OK;
    case WORD_WEEKDAY:
        d->found = HAS_DOW;
        f->weekday = value;
        return PARSE_OK;
    case WORD_UNIT:
        d->has_prefix = true;
        d->prefix = (Unit)value;
        return PARSE_OK;
    case WORD_ISOTIME:
        if ((d->t->mask & HAS_DATE) == 0 && next == NULL)
            return PARSE_BAD_FORMAT;
        if (next == NULL ||
            (next->kind != TOK_NUMBER && next->kind != TOK_TIME && next->kind != TOK_DATE))
            return PARSE_BAD_FORMAT;
        d->has_prefix = true;
        d->prefix = UNIT_SECOND;
        return PARSE_OK;
    case WORD_UNKNOWN:
        return set_zone_name(d, word);
    }
    return PARSE_BAD_FORMAT;
}

/* "J2451187", "y2001m02d04", "T040506": the number after a unit's letter. */
static ParseError decode_prefixed(Decoder *d, char *text) {
    DateFields *f = &d->t->f;
    char *end;
    int v;
    Unit unit = d->prefix;
    d->has_prefix = false;
    if (whole(text, &v, &end) != PARSE_OK)
        return PARSE_FIELD_OVERFLOW;
    if (*end == '.' && unit != UNIT_JULIAN && unit != UNIT_SECOND)
        return PARSE_BAD_FORMAT;
    if (*end != '.' && *end != '\0' && unit != UNIT_SECOND)
        return PARSE_BAD_FORMAT;
    switch (unit) {
    case UNIT_JULIAN: {
        if (v < 0)
            return PARSE_FIELD_OVERFLOW;
        d->found = HAS_DATE;
        d->is_julian = true;
        julian_to_date(v, &f->year, &f->month, &f->day);
        double part = 0;
        if (*end == '.') {
            if (!datetime_fraction(end, &part))
                return PARSE_BAD_FORMAT;
            int64_t micros = (int64_t)(part * (double)USECS_PER_DAY);
            f->hour = (int)(micros / USECS_PER_HOUR);
            f->minute = (int)(micros / USECS_PER_MINUTE % 60);
            f->second = (int)(micros / USECS_PER_SEC % 60);
            f->micros = (int)(micros % USECS_PER_SEC);
            d->found |= HAS_TIME;
        }
        return PARSE_OK;
    }
    case UNIT_SECOND:
        /* After "t" a run of digits; after "s" seconds too, which no one writes. */
        if (strlen(text) < 4) {
            f->second = v;
            d->found = HAS_SECOND;
            return PARSE_OK;
        }
        return decode_run(d, text);
    case UNIT_YEAR:
        f->year = v;
        d->found = HAS_YEAR;
        return PARSE_OK;
    case UNIT_MONTH:
        if ((d->t->mask & HAS_MONTH) && (d->t->mask & HAS_HOUR)) {
            f->minute = v;
            d->found = HAS_MINUTE;
        } else {
            f->month = v;
            d->found = HAS_MONTH;
        }
        return PARSE_OK;
    case UNIT_DAY:
        f->day = v;
        d->found = HAS_DAY;
        return PARSE_OK;
    case UNIT_HOUR:
        f->hour = v;
        d->found = HAS_HOUR;
        return PARSE_OK;
    case UNIT_MINUTE:
        f->minute = v;
        d->found = HAS_MINUTE;
        return PARSE_OK;
    default:
        return PARSE_BAD_FORMAT;
    }
}

static ParseError decode_date_token(Decoder *d, char *text, bool may_be_date) {
    if (may_be_date && (d->t->mask & HAS_DATE) != HAS_DATE && !d->has_prefix) {
        /* A name like "America/New_York" before the date. */
        int value;
        char head[64];
        size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz");
        if (n > 0 && n < sizeof(head)) {
            memcpy(head, text, n);
            head[n] = '\0';
            if (datetime_word(head, &value) == WORD_UNKNOWN)
                return set_zone_name(d, text);
        }
        return decode_date(d, text);
    }
    if (!is_digit(*text) && !d->has_prefix) {
        d->t->unknown_zone = text;
        return set_zone_name(d, text) == PARSE_OK ? PARSE_OK : PARSE_UNKNOWN_ZONE;
    }
    if (d->has_prefix && d->prefix != UNIT_SECOND && d->prefix != UNIT_JULIAN)
        return PARSE_BAD_FORMAT;
    if (d->time_only && (d->t->mask & HAS_TIME) == HAS_TIME)
        return PARSE_BAD_FORMAT;
    Unit prefix = d->prefix;
    bool prefixed = d->has_prefix;
    d->has_prefix = false;
    char *minus = strchr(text, '-');
    if (d->t->mask & HAS_TZ || minus == NULL)
        return PARSE_BAD_FORMAT;
    int offset;
    ParseError e = datetime_decode_offset(minus, &offset);
    if (e != PARSE_OK)
        return e;
    d->t->f.offset = offset;
    d->t->has_zone = true;
    *minus = '\0';
    if (prefixed && prefix == UNIT_JULIAN) {
        d->has_prefix = true;
        e = decode_prefixed(d, text);
    } else {
        e = decode_run(d, text);
    }
    d->found |= HAS_TZ;
    return e;
}

static ParseError decode_plain_number(Decoder *d, char *text) {
    unsigned mask = d->t->mask;
    size_t len = strlen(text);
    char *dot = strchr(text, '.');
    if (d->time_only) /* as where the date is known */
        return len > 4 && (dot == NULL || dot - text > 2) ? decode_run(d, text)
                                                          : decode_number(d, text, mask | HAS_DATE);
    if (dot != NULL && !(mask & HAS_DATE))
        return decode_date(d, text);
    if (dot != NULL && dot - text > 2)
        return decode_run(d, text);
    if (len >= 6 && (!(mask & HAS_DATE) || !(mask & HAS_TIME)))
        return decode_run(d, text);
    return decode_number(d, text, mask);
}

static ParseError decode_tz_token(Decoder *d, char *text) {
    if (d->has_prefix && d->prefix == UNIT_SECOND)
        return PARSE_BAD_FORMAT;
    int offset;
    ParseError e = datetime_decode_offset(text, &offset);
    if (e != PARSE_OK)
        return e;
    /* "UTC+3" style words give a base that the number moves. */
    d->found = HAS_TZ;
    d->t->f.offset = offset;
    d->t->has_zone = true;
    d->t->zone = NULL;
    return PARSE_OK;
}

static ParseError validate(Decoder *d) {
    ParsedTime *t = d->t;
    DateFields *f = &t->f;
    if (t->mask & HAS_YEAR) {
        if (d->is_julian) {
            /* The calendar gave it. */
        } else if (d->bc) {
            if (f->year <= 0)
                return PARSE_FIELD_OVERFLOW;
            f->year = -(f->year - 1);
        } else if (d->two_digit_year) {
            if (f->year < 0)
                return PARSE_FIELD_OVERFLOW;
            f->year += f->year < 70 ? 2000 : f->year < 100 ? 1900 : 0;
        } else if (f->year <= 0) {
            return PARSE_FIELD_OVERFLOW;
        }
    }
    if (t->mask & HAS_DOY)
        julian_to_date(date_to_julian(f->year, 1, 1) + f->yearday - 1, &f->year, &f->month,
                       &f->day);
    if ((t->mask & HAS_MONTH) && (f->month < 1 || f->month > 12))
        return PARSE_MD_FIELD_OVERFLOW;
    if ((t->mask & HAS_DAY) && (f->day < 1 || f->day > 31))
        return PARSE_MD_FIELD_OVERFLOW;
    if ((t->mask & HAS_DATE) == HAS_DATE && f->day > days_in_month(f->year, f->month))
        return PARSE_FIELD_OVERFLOW;
    if (d->ampm >= 0) {
        if (f->hour > 12)
            return PARSE_FIELD_OVERFLOW;
        if (d->ampm == 0 && f->hour == 12)
            f->hour = 0;
        else if (d->ampm == 1 && f->hour != 12)
            f->hour += 12;
    }
    if (f->hour < 0 || f->minute < 0 || f->minute > 59 || f->second < 0 || f->second > 60 ||
        f->hour > 24 || (f->hour == 24 && (f->minute > 0 || f->second > 0 || f->micros > 0)))
        return PARSE_FIELD_OVERFLOW;
    if (d->time_only && f->hour == 23 && f->minute == 59 && f->second == 60 && f->micros > 0)
        return PARSE_FIELD_OVERFLOW;
    return PARSE_OK;
}

ParseError datetime_decode(const EvalEnv *env, Token *tokens, int count, bool time_only,
                           ParsedTime *out) {
    *out = (ParsedTime){0};
    Decoder d = {.env = env, .t = out, .ampm = -1, .time_only = time_only};
    for (int i = 0; i < count; i++) {
        char *text = tokens[i].text;
        const Token *next = i + 1 < count ? &tokens[i + 1] : NULL;
        ParseError e;
        d.found = 0;
        switch (tokens[i].kind) {
        case TOK_DATE:
            /* a time of day may only have one before it, and not where "T" follows */
            e = decode_date_token(
                &d, text,
                !time_only || (i == 0 && count >= 2 &&
                               (tokens[1].kind == TOK_TIME || tokens[count - 1].kind == TOK_DATE)));
            break;
        case TOK_TIME:
            if (d.has_prefix && d.prefix != UNIT_SECOND)
                return PARSE_BAD_FORMAT;
            d.has_prefix = false;
            e = decode_time(&d, text);
            break;
        case TOK_TZ:
            e = decode_tz_token(&d, text);
            break;
        case TOK_NUMBER:
            e = d.has_prefix ? decode_prefixed(&d, text) : decode_plain_number(&d, text);
            break;
        default:
            e = decode_word(&d, text, next);
            break;
        }
        if (e != PARSE_OK)
            return e;
        if (d.found & out->mask)
            return PARSE_BAD_FORMAT;
        out->mask |= d.found;
    }
    if (d.has_prefix)
        return PARSE_BAD_FORMAT;
    if (out->reserved != TIME_NONE)
        return PARSE_OK;
    ParseError e = validate(&d);
    if (e != PARSE_OK)
        return e;
    /* A part of a date says nothing. */
    if (time_only && (out->mask & HAS_DATE) != 0 && (out->mask & HAS_DATE) != HAS_DATE)
        return PARSE_BAD_FORMAT;
    if (time_only ? (out->mask & HAS_TIME) != HAS_TIME : (out->mask & HAS_DATE) != HAS_DATE)
        return PARSE_BAD_FORMAT;
    return PARSE_OK;
}
