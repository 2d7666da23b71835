/* calendar.c: the proleptic Gregorian calendar, by Julian day numbers. */
#include "types/datetime.h"

/* Days from civil (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms"), shifted. */
int date_to_julian(int year, int month, int day) {
    if (month < 1 || month > 12) {
        int carry = (month - 1) / 12 - ((month - 1) % 12 < 0);
        year += carry;
        month -= 12 * carry;
    }
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int year_of_era = y - era * 400;
    int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (int)((int64_t)era * 146097 + day_of_era - 719468 + UNIX_EPOCH_JDATE);
}

void julian_to_date(int julian, int *year, int *month, int *day) {
    int64_t z = (int64_t)julian - UNIX_EPOCH_JDATE + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

bool is_leap_year(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int days_in_month(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap_year(year));
}

/* Julian day 0 is 4714-11-24 BC; the greatest is that of 5874898-06-03. */
bool julian_is_valid(int year, int month, int day) {
    if (year < -4713 || (year == -4713 && month < 11))
        return false;
    return year < 5874898 || (year == 5874898 && month < 6);
}

bool timestamp_to_fields(int64_t micros, const TimeZone *zone, DateFields *out) {
    *out = (DateFields){0};
    int64_t day = micros / USECS_PER_DAY, time = micros % USECS_PER_DAY;
    if (time < 0) {
        time += USECS_PER_DAY;
        day--;
    }
    if (day < INT32_MIN / 2 || day > INT32_MAX - EPOCH_JDATE)
        return false;
    if (zone != NULL) {
        int64_t seconds = day * SECS_PER_DAY + time / USECS_PER_SEC + UNIX_TO_EPOCH_SECS;
        out->offset = tz_offset_at(zone, seconds, &out->is_dst, &out->abbreviation);
        time += out->offset * USECS_PER_SEC;
        while (time < 0) {
            time += USECS_PER_DAY;
            day--;
        }
        while (time >= USECS_PER_DAY) {
            time -= USECS_PER_DAY;
            day++;
        }
    }
    int julian = (int)(day + EPOCH_JDATE);
    julian_to_date(julian, &out->year, &out->month, &out->day);
    out->hour = (int)(time / USECS_PER_HOUR);
    out->minute = (int)(time / USECS_PER_MINUTE % 60);
    out->second = (int)(time / USECS_PER_SEC % 60);
    out->micros = (int)(time % USECS_PER_SEC);
    out->weekday = (int)(((int64_t)julian + 1) % 7);
    if (out->weekday < 0)
        out->weekday += 7;
    out->yearday = julian - date_to_julian(out->year, 1, 1) + 1;
    return true;
}

bool fields_to_timestamp(const DateFields *f, int64_t *micros_out) {
    if (!julian_is_valid(f->year, f->month, f->day))
        return false;
    int64_t day = (int64_t)date_to_julian(f->year, f->month, f->day) - EPOCH_JDATE;
    int64_t time =
        ((f->hour * INT64_C(60) + f->minute) * 60 + f->second) * USECS_PER_SEC + f->micros;
    int64_t t;
    if (__builtin_mul_overflow(day, USECS_PER_DAY, &t) || __builtin_add_overflow(t, time, &t))
        return false;
    *micros_out = t;
    return true;
}
