/*
 * datetime.h: dates, times, time stamps, intervals and time zones. Layer: types.
 *
 * date: days since 2000-01-01. timestamp, timestamptz: microseconds since 2000-01-01 (UTC for
 * timestamptz). The least and greatest integers stand for -infinity and infinity. Calendar:
 * proleptic Gregorian; year 0 is 1 BC.
 */
#ifndef TYPES_DATETIME_H
#define TYPES_DATETIME_H

#include "base/arena.h"
#include "base/datum.h"
#include "base/strbuf.h"

typedef enum DateStyle {
    DATE_STYLE_ISO,
    DATE_STYLE_POSTGRES,
    DATE_STYLE_SQL,
    DATE_STYLE_GERMAN
} DateStyle;
typedef enum DateOrder { DATE_ORDER_MDY, DATE_ORDER_DMY, DATE_ORDER_YMD } DateOrder;
typedef enum IntervalStyle {
    INTERVAL_STYLE_POSTGRES,
    INTERVAL_STYLE_POSTGRES_VERBOSE,
    INTERVAL_STYLE_SQL_STANDARD,
    INTERVAL_STYLE_ISO_8601
} IntervalStyle;

#define SECS_PER_DAY 86400
#define USECS_PER_SEC INT64_C(1000000)
#define USECS_PER_MINUTE INT64_C(60000000)
#define USECS_PER_HOUR INT64_C(3600000000)
#define USECS_PER_DAY INT64_C(86400000000)
#define UNIX_EPOCH_JDATE 2440588
#define EPOCH_JDATE 2451545 /* Julian day of 2000-01-01 */
#define UNIX_TO_EPOCH_SECS INT64_C(946684800)

#define DATE_NEGATIVE_INFINITY INT32_MIN
#define DATE_INFINITY INT32_MAX
#define TIMESTAMP_NEGATIVE_INFINITY INT64_MIN
#define TIMESTAMP_INFINITY INT64_MAX
#define TIMESTAMP_MIN INT64_C(-211813488000000000)
#define TIMESTAMP_END INT64_C(9223371331200000000)
#define DATE_MIN (-EPOCH_JDATE)
#define DATE_END (2147483494 - EPOCH_JDATE)

static inline bool timestamp_is_finite(int64_t t) {
    return t != TIMESTAMP_NEGATIVE_INFINITY && t != TIMESTAMP_INFINITY;
}
static inline bool date_is_finite(int32_t d) {
    return d != DATE_NEGATIVE_INFINITY && d != DATE_INFINITY;
}
static inline bool timestamp_in_range(int64_t t) { return t >= TIMESTAMP_MIN && t < TIMESTAMP_END; }
static inline bool date_in_range(int32_t d) { return d >= DATE_MIN && d < DATE_END; }

typedef struct TimeZone TimeZone;

/* Time broken into fields. */
typedef struct DateFields {
    int year; /* 0: 1 BC */
    int month, day;
    int hour, minute, second;
    int micros;
    int weekday, yearday; /* 0-based Sunday; 1-based */
    int offset;           /* seconds east of Greenwich */
    bool is_dst;
    const char *abbreviation; /* NULL: none */
} DateFields;

/* Julian day numbers. month 1..12 (others are carried into the year). */
int date_to_julian(int year, int month, int day);
void julian_to_date(int julian, int *year, int *month, int *day);
bool is_leap_year(int year);
int days_in_month(int year, int month);
/* Whether a date's Julian day fits. */
bool julian_is_valid(int year, int month, int day);

/* zone NULL: no conversion. False where out of range. */
bool timestamp_to_fields(int64_t micros, const TimeZone *zone, DateFields *out);
/* Fields (offset and zone ignored) to microseconds; false on overflow. */
bool fields_to_timestamp(const DateFields *f, int64_t *micros_out);

/* Time zones. Found ones stay in memory for the life of the process. */
/* IANA names (case-blind), POSIX specifications, fixed offsets. NULL: unknown. */
const TimeZone *tz_by_name(const char *name, size_t len);
const TimeZone *tz_utc(void);
/* The zone that is always this many seconds east of Greenwich. */
const TimeZone *tz_fixed(int seconds_east);
const char *tz_name(const TimeZone *zone);
/* Seconds east of Greenwich at an instant (seconds since 1970). */
int tz_offset_at(const TimeZone *zone, int64_t unix_seconds, bool *is_dst_out,
                 const char **abbreviation_out);
/* Seconds east for a local time (seconds since 1970 as if UTC): in a gap the offset before it, in an
 * overlap the standard one. */
int tz_offset_local(const TimeZone *zone, int64_t local_seconds, bool *is_dst_out);
/* What an abbreviation means in that zone nowadays or at the given instant. False: unknown to it. */
bool tz_abbreviation(const TimeZone *zone, const char *abbreviation, int64_t unix_seconds,
                     int *offset_out, bool *is_dst_out);
/* Names of all zones, for pg_timezone_names: calls each with the argument. */
void tz_each_name(void (*each)(void *arg, const char *name), void *arg);

/* False for a typmod of interval that no declaration makes. */
bool interval_typmod_is_known(int32_t typmod);

#endif
