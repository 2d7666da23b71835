/*
 * datetime_iso.c: the one spelling that programs write, "YYYY-MM-DD[ HH:MM:SS[.ffffff]][+HH[:MM]]",
 * read without tokens. Whatever looks different in any way is left to the general parser, which also
 * says what is wrong with it.
 */
#include "types/datetime_int.h"

/* Reads n digits; false where there are not as many. */
static bool take_digits(const char **p, const char *end, int n, int *value_out) {
    int value = 0;
    if (end - *p < n)
        return false;
    for (int i = 0; i < n; i++) {
        unsigned digit = (unsigned)(*p)[i] - '0';
        if (digit > 9)
            return false;
        value = value * 10 + (int)digit;
    }
    *p += n;
    *value_out = value;
    return true;
}

static bool take(const char **p, const char *end, char c) {
    if (*p == end || **p != c)
        return false;
    ++*p;
    return true;
}

static bool take_date(const char **p, const char *end, int32_t *days_out) {
    static const uint8_t month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year, month, day;
    if (!take_digits(p, end, 4, &year) || !take(p, end, '-') || !take_digits(p, end, 2, &month) ||
        !take(p, end, '-') || !take_digits(p, end, 2, &day))
        return false;
    if (year == 0 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap_day =
        month == 2 && day == 29 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > month_days[month - 1] && !leap_day)
        return false;
    *days_out = date_to_julian(year, month, day) - EPOCH_JDATE;
    return true;
}

/* Up to six digits behind the point. */
static bool take_fraction(const char **p, const char *end, int *micros_out) {
    static const int scale[] = {100000, 10000, 1000, 100, 10, 1};
    int micros = 0, digits = 0;
    for (; *p < end && (unsigned)**p - '0' <= 9; ++*p, digits++) {
        if (digits == 6)
            return false;
        micros += (**p - '0') * scale[digits];
    }
    *micros_out = micros;
    return digits > 0;
}

static bool take_time(const char **p, const char *end, int64_t *micros_out) {
    int hour, minute, second, micros = 0;
    if (!take_digits(p, end, 2, &hour) || !take(p, end, ':') || !take_digits(p, end, 2, &minute) ||
        !take(p, end, ':') || !take_digits(p, end, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    if (take(p, end, '.') && !take_fraction(p, end, &micros))
        return false;
    *micros_out = ((hour * 60 + minute) * 60 + second) * USECS_PER_SEC + micros;
    return true;
}

/* "+HH" or "+HH:MM". */
static bool take_offset(const char **p, const char *end, int *seconds_east_out) {
    if (*p == end || (**p != '+' && **p != '-'))
        return false;
    bool west = *(*p)++ == '-';
    int hours, minutes = 0;
    if (!take_digits(p, end, 2, &hours) || hours > 15)
        return false;
    if (take(p, end, ':') && (!take_digits(p, end, 2, &minutes) || minutes > 59))
        return false;
    int seconds = (hours * 60 + minutes) * 60;
    *seconds_east_out = west ? -seconds : seconds;
    return true;
}

bool datetime_iso_date(const char *text, size_t len, int32_t *days_out) {
    const char *p = text, *end = text + len;
    return take_date(&p, end, days_out) && p == end;
}

bool datetime_iso_timestamp(const EvalEnv *env, const char *text, size_t len, bool with_zone,
                            int64_t *micros_out) {
    const char *p = text, *end = text + len;
    int32_t days;
    int64_t time = 0;
    int east;
    if (!take_date(&p, end, &days))
        return false;
    if (p < end && ((*p != ' ' && *p != 'T') || (p++, !take_time(&p, end, &time))))
        return false;
    *micros_out = days * USECS_PER_DAY + time;
    if (!with_zone)
        return p == end;
    if (p == end)
        return status_ok(timestamp_to_utc(*micros_out, env_zone(env), micros_out));
    if (!take_offset(&p, end, &east) || p != end)
        return false;
    *micros_out -= east * USECS_PER_SEC;
    return true;
}
