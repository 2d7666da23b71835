/* datetime_int.h: parts of reading and printing times. Private to types/. */
#ifndef TYPES_DATETIME_INT_H
#define TYPES_DATETIME_INT_H

#include "types/datetime.h"
#include "types/types_int.h"

/* The pieces that a date, time or interval text falls into. */
typedef enum TokenKind {
    TOK_NUMBER,
    TOK_STRING,
    TOK_DATE,   /* digits or words joined by - / . */
    TOK_TIME,   /* digits with colons */
    TOK_TZ,     /* a signed number */
    TOK_SPECIAL /* a signed word */
} TokenKind;
#define TOKENS_MAX 25
typedef struct Token {
    TokenKind kind;
    char *text; /* lower case */
} Token;

typedef enum ParseError {
    PARSE_OK,
    PARSE_BAD_FORMAT,
    PARSE_FIELD_OVERFLOW,
    PARSE_MD_FIELD_OVERFLOW, /* month or day: perhaps the wrong DateStyle */
    PARSE_INTERVAL_OVERFLOW,
    PARSE_TZ_OVERFLOW,
    PARSE_UNKNOWN_ZONE
} ParseError;
Status datetime_parse_error(ParseError e, const char *text, size_t len, const char *type_name);

ParseError datetime_tokens(Arena *arena, const char *text, size_t len, Token *tokens, int *count);

/* What words in dates mean. */
typedef enum WordKind {
    WORD_UNKNOWN,
    WORD_MONTH,
    WORD_WEEKDAY,
    WORD_AMPM,
    WORD_ADBC,
    WORD_RESERVED,
    WORD_IGNORE,
    WORD_UNIT,
    WORD_ISOTIME,
    WORD_DST
} WordKind;
WordKind datetime_word(const char *word, int *value_out);

/* Units of intervals, EXTRACT, date_trunc. */
typedef enum Unit {
    UNIT_NONE,
    UNIT_MICROSECOND,
    UNIT_MILLISECOND,
    UNIT_SECOND,
    UNIT_MINUTE,
    UNIT_HOUR,
    UNIT_DAY,
    UNIT_WEEK,
    UNIT_MONTH,
    UNIT_QUARTER,
    UNIT_YEAR,
    UNIT_DECADE,
    UNIT_CENTURY,
    UNIT_MILLENNIUM,
    UNIT_DOW,
    UNIT_ISODOW,
    UNIT_DOY,
    UNIT_ISOYEAR,
    UNIT_EPOCH,
    UNIT_JULIAN,
    UNIT_TZ,
    UNIT_TZ_HOUR,
    UNIT_TZ_MINUTE,
    UNIT_AGO,
    UNIT_IGNORE
} Unit;
Unit interval_unit(const char *word);
/* Units that date_part knows beside those of intervals: dow, epoch ... */
Unit datetime_unit(const char *word, size_t len);

typedef enum ReservedTime {
    TIME_NONE,
    TIME_NOW,
    TIME_TODAY,
    TIME_TOMORROW,
    TIME_YESTERDAY,
    TIME_ZULU,
    TIME_EPOCH,
    TIME_LATE,
    TIME_EARLY
} ReservedTime;

#define HAS_YEAR 1u
#define HAS_MONTH 2u
#define HAS_DAY 4u
#define HAS_DOY 8u
#define HAS_HOUR 16u
#define HAS_MINUTE 32u
#define HAS_SECOND 64u
#define HAS_TZ 128u
#define HAS_DTZMOD 256u
#define HAS_AMPM 512u
#define HAS_ADBC 1024u
#define HAS_DOW 2048u
#define HAS_RESERVED 4096u
#define HAS_DATE (HAS_YEAR | HAS_MONTH | HAS_DAY)
#define HAS_TIME (HAS_HOUR | HAS_MINUTE | HAS_SECOND)

typedef struct ParsedTime {
    DateFields f; /* offset: east, where has_zone */
    unsigned mask;
    ReservedTime reserved; /* TIME_EPOCH, TIME_LATE, TIME_EARLY; others are in f already */
    bool has_zone;
    const TimeZone *zone;     /* named: its offset depends on the date */
    const char *abbreviation; /* one that meant different offsets in `zone`; NULL: none */
    const char *unknown_zone; /* after PARSE_UNKNOWN_ZONE: what is none */
} ParsedTime;

/* A date and time. time_only: a date is not needed. */
ParseError datetime_decode(const EvalEnv *env, Token *tokens, int count, bool time_only,
                           ParsedTime *out);
/* "+hh[:mm[:ss]]" or "+hhmm". */
ParseError datetime_decode_offset(const char *text, int *seconds_east_out);
/* A zone's name or abbreviation, for AT TIME ZONE: fixed offset or zone. */
bool datetime_zone_by_word(const EvalEnv *env, const char *word, size_t len, int64_t at_unix,
                           bool at_is_local, int *offset_out, const TimeZone **zone_out);
/* "hh:mm[:ss[.f]]" within an interval too. */
ParseError datetime_decode_time(const char *text, int64_t *hour, int *minute, int *second,
                                int *micros);
bool datetime_fraction(const char *dot, double *out);

/* The plainest ISO forms; false: not one of them, or not a valid date, ask the general parser. */
bool datetime_iso_date(const char *text, size_t len, int32_t *days_out);
bool datetime_iso_timestamp(const EvalEnv *env, const char *text, size_t len, bool with_zone,
                            int64_t *micros_out);
Status timestamp_parse(EvalEnv *env, Arena *arena, const char *text, size_t len, bool with_zone,
                       int64_t *micros_out);
Status interval_parse(EvalEnv *env, Arena *arena, const char *text, size_t len, int32_t typmod,
                      Interval *out);

void timestamp_print(const EvalEnv *env, const DateFields *f, bool print_zone, StrBuf *text);
void date_print(const EvalEnv *env, const DateFields *f, StrBuf *text);
void time_print(const DateFields *f, bool print_zone, StrBuf *text);
void interval_print(Interval v, int style, StrBuf *text);

/* Rounds to typmod decimals of a second. */
int64_t time_round(int64_t micros, int32_t typmod);
/* low + (high - low) * share, with the rounding of these operators. */
Status interval_between(Interval low, Interval high, double share, Interval *out);
Status interval_apply_typmod(Interval *v, int32_t typmod);
Status timestamp_range_error(void);
Status interval_range_error(void);
Status date_range_error(void);
/* Local time stamp to UTC and back. */
Status timestamp_to_utc(int64_t local, const TimeZone *zone, int64_t *utc_out);
Status timestamp_from_utc(int64_t utc, const TimeZone *zone, int64_t *local_out);
Status timestamp_add_interval(int64_t t, Interval v, const TimeZone *zone, int64_t *out);
Interval interval_negate(Interval v);
int interval_order(Interval a, Interval b);
Status interval_scale(Interval v, double factor, Interval *out);
int iso_week(int year, int month, int day);
int iso_year(int year, int month, int day);
int iso_week_monday(int year, int week); /* Julian day */
const TimeZone *env_zone(const EvalEnv *env);

#endif
