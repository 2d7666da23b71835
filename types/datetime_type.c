/* datetime_type.c: text and binary forms of date, time, timetz, timestamp, timestamptz, interval. */
#include "types/datetime_int.h"

DECLARE_TYPE_IO(date);
DECLARE_TYPE_IO(time);
DECLARE_TYPE_IO(timetz);
DECLARE_TYPE_IO(timestamp);
DECLARE_TYPE_IO(timestamptz);
DECLARE_TYPE_IO(interval);
DECLARE_TYPE_ORDER(timetz);
DECLARE_TYPMOD(time);
DECLARE_TYPMOD(timetz);
DECLARE_TYPMOD(timestamp);
DECLARE_TYPMOD(timestamptz);

Status timestamp_range_error(void) {
    return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp out of range");
}
Status date_range_error(void) {
    return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range");
}

static Status decode(EvalEnv *env, Arena *arena, const char *text, size_t len, bool time_only,
                     const char *type_name, ParsedTime *out) {
    static const EvalEnv plain;
    Token tokens[TOKENS_MAX];
    int count;
    ParseError e = datetime_tokens(arena, text, len, tokens, &count);
    if (e == PARSE_OK)
        e = datetime_decode(env != NULL ? env : &plain, tokens, count, time_only, out);
    if (e == PARSE_UNKNOWN_ZONE)
        return error(ERR_INVALID_PARAMETER_VALUE, "time zone \"%s\" not recognized",
                     out->unknown_zone);
    return e == PARSE_OK ? STATUS_OK : datetime_parse_error(e, text, len, type_name);
}

Status timestamp_to_utc(int64_t local, const TimeZone *zone, int64_t *utc_out) {
    *utc_out = local;
    if (!timestamp_is_finite(local))
        return STATUS_OK;
    int64_t seconds = local / USECS_PER_SEC - (local % USECS_PER_SEC < 0) + UNIX_TO_EPOCH_SECS;
    *utc_out = local - tz_offset_local(zone, seconds, NULL) * USECS_PER_SEC;
    return timestamp_in_range(*utc_out) ? STATUS_OK : timestamp_range_error();
}
Status timestamp_from_utc(int64_t utc, const TimeZone *zone, int64_t *local_out) {
    *local_out = utc;
    if (!timestamp_is_finite(utc))
        return STATUS_OK;
    int64_t seconds = utc / USECS_PER_SEC - (utc % USECS_PER_SEC < 0) + UNIX_TO_EPOCH_SECS;
    *local_out = utc + tz_offset_at(zone, seconds, NULL, NULL) * USECS_PER_SEC;
    return timestamp_in_range(*local_out) ? STATUS_OK : timestamp_range_error();
}

Status timestamp_parse(EvalEnv *env, Arena *arena, const char *text, size_t len, bool with_zone,
                       int64_t *micros_out) {
    ParsedTime t;
    if (datetime_iso_timestamp(env, text, len, with_zone, micros_out))
        return STATUS_OK;
    TRY(decode(env, arena, text, len, false, with_zone ? "timestamp with time zone" : "timestamp",
               &t));
    switch (t.reserved) {
    case TIME_EPOCH:
        *micros_out = -UNIX_TO_EPOCH_SECS * USECS_PER_SEC;
        return STATUS_OK;
    case TIME_LATE:
        *micros_out = TIMESTAMP_INFINITY;
        return STATUS_OK;
    case TIME_EARLY:
        *micros_out = TIMESTAMP_NEGATIVE_INFINITY;
        return STATUS_OK;
    default:
        break;
    }
    if (!fields_to_timestamp(&t.f, micros_out))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp out of range: \"%.*s\"", (int)len,
                     text);
    if (with_zone && t.has_zone && t.zone == NULL)
        *micros_out -= t.f.offset * USECS_PER_SEC;
    else if (with_zone) {
        const TimeZone *zone = t.zone != NULL ? t.zone : env_zone(env);
        int64_t seconds =
            *micros_out / USECS_PER_SEC - (*micros_out % USECS_PER_SEC < 0) + UNIX_TO_EPOCH_SECS;
        int offset = tz_offset_local(zone, seconds, NULL);
        if (t.abbreviation != NULL)
            datetime_zone_by_word(env, t.abbreviation, strlen(t.abbreviation), seconds, true,
                                  &offset, &zone);
        *micros_out -= offset * USECS_PER_SEC;
    }
    if (!timestamp_in_range(*micros_out))
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "timestamp out of range: \"%.*s\"", (int)len,
                     text);
    return STATUS_OK;
}

static Status timestamp_in(TypeIo *io, const char *text, size_t len, bool zone, Datum *value_out) {
    int64_t t;
    TRY(timestamp_parse(io->env, io->arena, text, len, zone, &t));
    *value_out = datum_i64(timestamp_is_finite(t) ? time_round(t, io->typmod) : t);
    return STATUS_OK;
}
static Status timestamp_out(TypeIo *io, int64_t t, bool zone, StrBuf *text) {
    DateFields f;
    if (!timestamp_is_finite(t)) {
        strbuf_puts(text, t < 0 ? "-infinity" : "infinity");
        return STATUS_OK;
    }
    if (!timestamp_to_fields(t, zone ? env_zone(io->env) : NULL, &f))
        return timestamp_range_error();
    timestamp_print(io->env, &f, zone, text);
    return STATUS_OK;
}
static Status timestamp_recv(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 8)
        return type_receive_error();
    int64_t t = (int64_t)load_be64(bytes);
    if (timestamp_is_finite(t) && !timestamp_in_range(t))
        return timestamp_range_error();
    *value_out = datum_i64(timestamp_is_finite(t) ? time_round(t, io->typmod) : t);
    return STATUS_OK;
}
static Status send_i64(Datum value, StrBuf *bytes) {
    strbuf_put_be64(bytes, value.u64);
    return STATUS_OK;
}

Status timestamp_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return timestamp_in(io, text, len, false, value_out);
}
Status timestamp_output(TypeIo *io, Datum value, StrBuf *text) {
    return timestamp_out(io, value.i64, false, text);
}
Status timestamp_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return timestamp_recv(io, bytes, len, value_out);
}
Status timestamp_send(TypeIo *io, Datum value, StrBuf *bytes) { return send_i64(value, bytes); }
Status timestamptz_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return timestamp_in(io, text, len, true, value_out);
}
Status timestamptz_output(TypeIo *io, Datum value, StrBuf *text) {
    return timestamp_out(io, value.i64, true, text);
}
Status timestamptz_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return timestamp_recv(io, bytes, len, value_out);
}
Status timestamptz_send(TypeIo *io, Datum value, StrBuf *bytes) { return send_i64(value, bytes); }

Status date_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    ParsedTime t;
    int32_t days;
    if (datetime_iso_date(text, len, &days)) {
        *value_out = datum_i32(days);
        return STATUS_OK;
    }
    TRY(decode(io->env, io->arena, text, len, false, "date", &t));
    if (t.reserved == TIME_EPOCH) {
        days = UNIX_EPOCH_JDATE - EPOCH_JDATE;
    } else if (t.reserved == TIME_LATE || t.reserved == TIME_EARLY) {
        days = t.reserved == TIME_LATE ? DATE_INFINITY : DATE_NEGATIVE_INFINITY;
    } else {
        if (!julian_is_valid(t.f.year, t.f.month, t.f.day))
            return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range: \"%.*s\"", (int)len,
                         text);
        days = date_to_julian(t.f.year, t.f.month, t.f.day) - EPOCH_JDATE;
        if (!date_in_range(days))
            return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "date out of range: \"%.*s\"", (int)len,
                         text);
    }
    *value_out = datum_i32(days);
    return STATUS_OK;
}
Status date_output(TypeIo *io, Datum value, StrBuf *text) {
    DateFields f = {0};
    if (!date_is_finite(value.i32)) {
        strbuf_puts(text, value.i32 < 0 ? "-infinity" : "infinity");
        return STATUS_OK;
    }
    julian_to_date(value.i32 + EPOCH_JDATE, &f.year, &f.month, &f.day);
    date_print(io->env, &f, text);
    return STATUS_OK;
}
Status date_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 4)
        return type_receive_error();
    int32_t d = (int32_t)load_be32(bytes);
    if (date_is_finite(d) && !date_in_range(d))
        return date_range_error();
    *value_out = datum_i32(d);
    return STATUS_OK;
}
Status date_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be32(bytes, value.u32);
    return STATUS_OK;
}

static int64_t clock_micros(const DateFields *f) {
    return ((f->hour * INT64_C(60) + f->minute) * 60 + f->second) * USECS_PER_SEC + f->micros;
}
static DateFields clock_fields(int64_t t) {
    return (DateFields){.hour = (int)(t / USECS_PER_HOUR),
                        .minute = (int)(t / USECS_PER_MINUTE % 60),
                        .second = (int)(t / USECS_PER_SEC % 60),
                        .micros = (int)(t % USECS_PER_SEC)};
}
/* A zone whose offset changes says nothing without a date. */
static bool needs_date(const ParsedTime *t) {
    return t->zone != NULL && t->abbreviation == NULL && (t->mask & HAS_DATE) != HAS_DATE &&
           tz_offset_at(t->zone, 1704067200, NULL, NULL) !=
               tz_offset_at(t->zone, 1719792000, NULL, NULL);
}
Status time_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    ParsedTime t;
    TRY(decode(io->env, io->arena, text, len, true, "time", &t));
    if (t.reserved != TIME_NONE || needs_date(&t))
        return datetime_parse_error(PARSE_BAD_FORMAT, text, len, "time");
    *value_out = datum_i64(time_round(clock_micros(&t.f), io->typmod));
    return STATUS_OK;
}
Status time_output(TypeIo *io, Datum value, StrBuf *text) {
    DateFields f = clock_fields(value.i64);
    time_print(&f, false, text);
    return STATUS_OK;
}
Status time_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 8)
        return type_receive_error();
    int64_t t = (int64_t)load_be64(bytes);
    if (t < 0 || t > USECS_PER_DAY)
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "time out of range");
    *value_out = datum_i64(time_round(t, io->typmod));
    return STATUS_OK;
}
Status time_send(TypeIo *io, Datum value, StrBuf *bytes) { return send_i64(value, bytes); }

Status timetz_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    ParsedTime t;
    TRY(decode(io->env, io->arena, text, len, true, "time with time zone", &t));
    if (t.reserved != TIME_NONE)
        return datetime_parse_error(PARSE_BAD_FORMAT, text, len, "time with time zone");
    int64_t clock = clock_micros(&t.f);
    int offset = t.f.offset;
    bool has_date = (t.mask & HAS_DATE) == HAS_DATE;
    if (!t.has_zone || t.zone != NULL) {
        const TimeZone *zone = t.zone != NULL ? t.zone : env_zone(io->env);
        DateFields f = t.f;
        int64_t local;
        if (needs_date(&t))
            return datetime_parse_error(PARSE_BAD_FORMAT, text, len, "time with time zone");
        if (!has_date) {
            DateFields now;
            timestamp_to_fields(io->env != NULL ? io->env->transaction_start_micros : 0, zone,
                                &now);
            f.year = now.year;
            f.month = now.month;
            f.day = now.day;
        }
        if (!fields_to_timestamp(&f, &local))
            return timestamp_range_error();
        int64_t seconds = local / USECS_PER_SEC + UNIX_TO_EPOCH_SECS;
        offset = tz_offset_local(zone, seconds, NULL);
        if (t.abbreviation != NULL)
            datetime_zone_by_word(io->env, t.abbreviation, strlen(t.abbreviation), seconds, true,
                                  &offset, &zone);
    }
    *value_out = (Datum){.timetz = {.micros = time_round(clock, io->typmod), .zone = -offset}};
    return STATUS_OK;
}
Status timetz_output(TypeIo *io, Datum value, StrBuf *text) {
    DateFields f = clock_fields(value.timetz.micros);
    f.offset = -value.timetz.zone;
    time_print(&f, true, text);
    return STATUS_OK;
}
Status timetz_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 12)
        return type_receive_error();
    int64_t t = (int64_t)load_be64(bytes);
    int32_t zone = (int32_t)load_be32(bytes + 8);
    if (t < 0 || t > USECS_PER_DAY)
        return error(ERR_DATETIME_VALUE_OUT_OF_RANGE, "time out of range");
    if (zone <= -16 * 3600 || zone >= 16 * 3600)
        return error(ERR_INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                     "time zone displacement out of range");
    *value_out = (Datum){.timetz = {.micros = time_round(t, io->typmod), .zone = zone}};
    return STATUS_OK;
}
Status timetz_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be64(bytes, (uint64_t)value.timetz.micros);
    strbuf_put_be32(bytes, (uint32_t)value.timetz.zone);
    return STATUS_OK;
}
int timetz_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    int64_t x = a.timetz.micros + a.timetz.zone * USECS_PER_SEC;
    int64_t y = b.timetz.micros + b.timetz.zone * USECS_PER_SEC;
    if (x != y)
        return x < y ? -1 : 1;
    return (a.timetz.zone > b.timetz.zone) - (a.timetz.zone < b.timetz.zone);
}
uint64_t timetz_hash(const TypeInfo *type, Oid collation, Datum value) {
    return hash_combine((uint64_t)value.timetz.micros, (uint64_t)value.timetz.zone);
}
Status timetz_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    int64_t utc = value.timetz.micros + value.timetz.zone * USECS_PER_SEC;
    key_put_u64(key, (uint64_t)utc ^ UINT64_C(1) << 63);
    key_put_u32(key, (uint32_t)value.timetz.zone ^ 0x80000000u);
    return STATUS_OK;
}
Status timetz_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,
                         Datum *value_out, size_t *used_out) {
    if (len < 12)
        return error(ERR_INDEX_CORRUPTED, "index key is too short");
    int32_t zone = (int32_t)(load_be32(key + 8) ^ 0x80000000u);
    int64_t utc = (int64_t)(load_be64(key) ^ UINT64_C(1) << 63);
    *value_out = (Datum){.timetz = {.micros = utc - zone * USECS_PER_SEC, .zone = zone}};
    *used_out = 12;
    return STATUS_OK;
}

Status interval_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    return interval_parse(io->env, io->arena, text, len, io->typmod, &value_out->interval);
}
Status interval_output(TypeIo *io, Datum value, StrBuf *text) {
    interval_print(value.interval,
                   io->env != NULL ? io->env->interval_style : INTERVAL_STYLE_POSTGRES, text);
    return STATUS_OK;
}
Status interval_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    if (len != 16)
        return type_receive_error();
    *value_out = (Datum){.interval = {.micros = (int64_t)load_be64(bytes),
                                      .days = (int32_t)load_be32(bytes + 8),
                                      .months = (int32_t)load_be32(bytes + 12)}};
    return interval_apply_typmod(&value_out->interval, io->typmod);
}
Status interval_send(TypeIo *io, Datum value, StrBuf *bytes) {
    strbuf_put_be64(bytes, (uint64_t)value.interval.micros);
    strbuf_put_be32(bytes, (uint32_t)value.interval.days);
    strbuf_put_be32(bytes, (uint32_t)value.interval.months);
    return STATUS_OK;
}

static Status precision_in(const char *name, bool zone, const int32_t *args, int count,
                           int32_t *out) {
    if (count != 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid type modifier");
    if (args[0] < 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "%s(%d)%s precision must not be negative", name,
                     args[0], zone ? " WITH TIME ZONE" : "");
    *out = MIN(args[0], 6);
    return STATUS_OK;
}
#define PRECISION_TYPMOD(family, sql_name, zone, suffix)                                           \
    Status family##_typmod_in(const int32_t *args, int count, int32_t *typmod_out) {               \
        return precision_in(sql_name, zone, args, count, typmod_out);                              \
    }                                                                                              \
    void family##_typmod_out(int32_t typmod, StrBuf *text) {                                       \
        if (typmod >= 0)                                                                           \
            strbuf_printf(text, "(%d)", typmod);                                                   \
        strbuf_puts(text, suffix);                                                                 \
    }
PRECISION_TYPMOD(time, "TIME", false, " without time zone")
PRECISION_TYPMOD(timetz, "TIME", true, " with time zone")
PRECISION_TYPMOD(timestamp, "TIMESTAMP", false, " without time zone")
PRECISION_TYPMOD(timestamptz, "TIMESTAMP", true, " with time zone")
