/*
 * tz.c: time zones from the machine's IANA database (TZif files, RFC 8536) and POSIX specifications.
 *
 * A zone is loaded at its first use and stays for the life of the process, in a list that only grows
 * at its head, so look-ups need no lock. Two threads may load one zone at once: both copies are
 * right, the later one is found first.
 */
#include "types/datetime.h"

#include "base/bits.h"
#include "runtime/os.h"
#include "types/types_int.h"

#include <stdatomic.h>
#include <stdio.h>

#define ZONE_DIR "/usr/share/zoneinfo"
#define ABBREVIATION_MAX 12

typedef struct ZoneType {
    int offset;
    bool is_dst;
    const char *abbreviation;
} ZoneType;

/* When daylight saving begins or ends within a year. */
typedef struct ZoneRule {
    char kind; /* 'M' month.week.day, 'J' 1..365 without February 29, 'D' 0..365 */
    int month, week, day, second;
} ZoneRule;

struct TimeZone {
    TimeZone *next;
    const char *name;
    int transition_count;
    int64_t *transitions; /* seconds since 1970 */
    uint8_t *after;       /* type in force from transitions[i] on */
    ZoneType *types;
    int type_count;
    /* After the last transition. */
    bool has_rule, rule_dst;
    ZoneType standard, daylight;
    ZoneRule dst_start, dst_end;
};

static _Atomic(TimeZone *) zones;

static const TimeZone utc = {
    .name = "UTC", .has_rule = true, .standard = {.offset = 0, .abbreviation = "UTC"}};

/* Zones live for ever; so does their memory. */
static void *zone_alloc(size_t bytes) {
    void *p = mem_alloc(mem_root(), bytes);
    return memset(p, 0, bytes);
}
static const char *zone_strdup(const char *s, size_t len) {
    char *p = zone_alloc(len + 1);
    memcpy(p, s, len);
    return p;
}

static void zone_free_text(const char *text) {
    if (text != NULL)
        mem_free(mem_root(), (void *)(uintptr_t)text, strlen(text) + 1);
}

/* One that was never published and has no table of its own. */
static void zone_free(TimeZone *zone) {
    zone_free_text(zone->name);
    zone_free_text(zone->standard.abbreviation);
    zone_free_text(zone->daylight.abbreviation);
    mem_free(mem_root(), zone, sizeof(*zone));
}

/* ---- POSIX specifications: std offset [dst [offset] [,start[/time],end[/time]]] ---- */

/* Whatever is no digit, sign or comma: what a name may be is left to who writes it. */
static bool posix_name(const char **p, const char *end, const char **name_out) {
    const char *start = *p;
    if (*p < end && **p == '<') {
        const char *close = memchr(*p, '>', (size_t)(end - *p));
        if (close == NULL)
            return false;
        *name_out = zone_strdup(start + 1, (size_t)(close - start - 1));
        *p = close + 1;
        return true;
    }
    while (*p < end && !is_digit(**p) && strchr(",-+", **p) == NULL)
        (*p)++;
    *name_out = zone_strdup(start, (size_t)(*p - start));
    return true;
}
static bool posix_number(const char **p, const char *end, int most, int *out) {
    *out = 0;
    const char *start = *p;
    for (; *p < end && is_digit(**p); (*p)++)
        if ((*out = *out * 10 + (**p - '0')) > most)
            return false;
    return *p > start;
}
static bool posix_time(const char **p, const char *end, int *out) {
    bool negative = *p < end && **p == '-';
    int h = 0, m = 0, s = 0;
    if (*p < end && (**p == '-' || **p == '+'))
        (*p)++;
    if (!posix_number(p, end, 167, &h))
        return false;
    if (*p < end && **p == ':') {
        (*p)++;
        if (!posix_number(p, end, 59, &m))
            return false;
        if (*p < end && **p == ':') {
            (*p)++;
            if (!posix_number(p, end, 60, &s))
                return false;
        }
    }
    *out = (negative ? -1 : 1) * (h * 3600 + m * 60 + s);
    return true;
}
static bool posix_rule(const char **p, const char *end, ZoneRule *rule) {
    rule->second = 7200;
    if (*p < end && **p == 'M') {
        rule->kind = 'M';
        (*p)++;
        if (!posix_number(p, end, 12, &rule->month) || *p >= end || *(*p)++ != '.' ||
            !posix_number(p, end, 5, &rule->week) || *p >= end || *(*p)++ != '.' ||
            !posix_number(p, end, 6, &rule->day))
            return false;
    } else {
        rule->kind = *p < end && **p == 'J' ? 'J' : 'D';
        *p += rule->kind == 'J';
        if (!posix_number(p, end, 365, &rule->day))
            return false;
    }
    if (*p < end && **p == '/') {
        (*p)++;
        return posix_time(p, end, &rule->second);
    }
    return true;
}
static bool posix_parse(const char *p, size_t len, TimeZone *zone) {
    const char *end = p + len;
    int offset;
    /* The name may be left out: "+02:00" is two hours west. */
    if (!posix_name(&p, end, &zone->standard.abbreviation))
        return false;
    if (!posix_time(&p, end, &offset))
        return false;
    zone->standard.offset = -offset;
    zone->has_rule = true;
    if (p == end)
        return true;
    if (!posix_name(&p, end, &zone->daylight.abbreviation) || *zone->daylight.abbreviation == '\0')
        return false;
    zone->rule_dst = true;
    zone->daylight.is_dst = true;
    zone->daylight.offset = zone->standard.offset + 3600;
    if (p < end && *p != ',') {
        if (!posix_time(&p, end, &offset))
            return false;
        zone->daylight.offset = -offset;
    }
    if (p == end) {
        /* Rules of the United States by default. */
        zone->dst_start = (ZoneRule){'M', 3, 2, 0, 7200};
        zone->dst_end = (ZoneRule){'M', 11, 1, 0, 7200};
        return true;
    }
    if (*p++ != ',' || !posix_rule(&p, end, &zone->dst_start) || p >= end || *p++ != ',')
        return false;
    return posix_rule(&p, end, &zone->dst_end) && p == end;
}

static int64_t days_from_civil(int year, int month, int day) {
    return (int64_t)date_to_julian(year, month, day) - UNIX_EPOCH_JDATE;
}
/* Local seconds since 1970 at which the rule strikes in a year. */
static int64_t rule_moment(const ZoneRule *rule, int year) {
    int64_t day;
    if (rule->kind == 'M') {
        int64_t first = days_from_civil(year, rule->month, 1);
        int weekday = (int)(((first + 4) % 7 + 7) % 7);
        day = first + (rule->day - weekday + 7) % 7 + (rule->week - 1) * 7;
        while (day >= first + days_in_month(year, rule->month))
            day -= 7;
    } else if (rule->kind == 'J') {
        day = days_from_civil(year, 1, 1) + rule->day - 1 + (rule->day >= 60 && is_leap_year(year));
    } else {
        day = days_from_civil(year, 1, 1) + rule->day;
    }
    return day * SECS_PER_DAY + rule->second;
}
static const ZoneType *rule_type(const TimeZone *zone, int64_t t) {
    int year, month, day;
    if (!zone->rule_dst)
        return &zone->standard;
    int64_t days = (t + zone->standard.offset) / SECS_PER_DAY;
    days -= (t + zone->standard.offset) % SECS_PER_DAY < 0;
    /* The calendar repeats after 400 years; far dates are brought near. */
    int64_t cycle = 146097, far = days / cycle;
    julian_to_date((int)(days - far * cycle + UNIX_EPOCH_JDATE), &year, &month, &day);
    t -= far * cycle * SECS_PER_DAY;
    int64_t start = rule_moment(&zone->dst_start, year) - zone->standard.offset;
    int64_t end = rule_moment(&zone->dst_end, year) - zone->daylight.offset;
    bool dst = start < end ? t >= start && t < end : t >= start || t < end;
    return dst ? &zone->daylight : &zone->standard;
}

/* ---- TZif ---- */

static bool tzif_parse(const uint8_t *p, size_t len, TimeZone *zone) {
    size_t at = 0;
    int width = 4;
    for (int pass = 0; pass < 2; pass++) {
        if (len - at < 44 || memcmp(p + at, "TZif", 4) != 0)
            return false;
        uint32_t isut = load_be32(p + at + 20), isstd = load_be32(p + at + 24),
                 leap = load_be32(p + at + 28), times = load_be32(p + at + 32),
                 types = load_be32(p + at + 36), chars = load_be32(p + at + 40);
        uint64_t body = (uint64_t)times * (uint64_t)(width + 1) + types * 6ull + chars +
                        leap * (uint64_t)(width + 4) + isstd + isut;
        if (body > len - at - 44 || types == 0 || types > 256)
            return false;
        if (pass == 0) {
            if (p[at + 4] < '2')
                return false;
            at += 44 + body;
            width = 8;
            continue;
        }
        const uint8_t *q = p + at + 44;
        zone->transition_count = (int)times;
        zone->type_count = (int)types;
        zone->transitions = zone_alloc(times * 8 + 8);
        zone->after = zone_alloc(times + 1);
        zone->types = zone_alloc(types * sizeof(ZoneType));
        for (uint32_t i = 0; i < times; i++, q += 8)
            zone->transitions[i] = (int64_t)load_be64(q);
        for (uint32_t i = 0; i < times; i++, q++)
            if ((zone->after[i] = *q) >= types)
                return false;
        const char *names = zone_strdup((const char *)q + 6 * types, chars);
        for (uint32_t i = 0; i < types; i++, q += 6) {
            if (q[5] >= chars)
                return false;
            zone->types[i] = (ZoneType){(int32_t)load_be32(q), q[4] != 0, names + q[5]};
        }
        at += 44 + body;
    }
    if (at < len && p[at] == '\n') {
        const uint8_t *end = memchr(p + at + 1, '\n', len - at - 1);
        if (end != NULL && end > p + at + 1 &&
            !posix_parse((const char *)p + at + 1, (size_t)(end - p) - at - 1, zone))
            return false;
    }
    return true;
}

/* The database's own spelling of a name; names are listed in tzdata.zi. */
static bool canonical_name(const char *name, size_t len, char *out, size_t capacity) {
    size_t size;
    char *list = os_read_system_file(ZONE_DIR "/tzdata.zi", &size);
    bool found = false;
    const char *p = list, *end = list + size;
    while (p != NULL && p < end && !found) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        if (line_end == NULL)
            line_end = end;
        if (*p == 'Z' || *p == 'L') {
            const char *word = memchr(p, ' ', (size_t)(line_end - p));
            if (*p == 'L' && word != NULL)
                word = memchr(word + 1, ' ', (size_t)(line_end - word - 1));
            if (word != NULL) {
                const char *stop = memchr(word + 1, ' ', (size_t)(line_end - word - 1));
                size_t n = (size_t)((stop != NULL ? stop : line_end) - word - 1);
                if (n == len && n < capacity && strncasecmp(word + 1, name, n) == 0) {
                    memcpy(out, word + 1, n);
                    out[n] = '\0';
                    found = true;
                }
            }
        }
        p = line_end + 1;
    }
    os_file_free(list);
    return found;
}
void tz_each_name(void (*each)(void *arg, const char *name), void *arg) {
    size_t size;
    char *list = os_read_system_file(ZONE_DIR "/tzdata.zi", &size), *save = NULL;
    if (list == NULL || size == 0)
        return;
    list[size - 1] = '\0';
    for (char *line = strtok_r(list, "\n", &save); line != NULL;
         line = strtok_r(NULL, "\n", &save)) {
        char a[64], b[64];
        if (*line == 'Z' && sscanf(line, "Z %63s", a) == 1)
            each(arg, a);
        else if (*line == 'L' && sscanf(line, "L %63s %63s", a, b) == 2)
            each(arg, b);
    }
    os_file_free(list);
}

static bool load_file(const char *name, TimeZone *zone) {
    char path[256];
    size_t len;
    snprintf(path, sizeof(path), ZONE_DIR "/%s", name);
    char *data = os_read_system_file(path, &len);
    bool ok = data != NULL && tzif_parse((const uint8_t *)data, len, zone);
    os_file_free(data);
    return ok;
}

static const TimeZone *publish(TimeZone *zone) {
    TimeZone *head = atomic_load(&zones);
    do
        zone->next = head;
    while (!atomic_compare_exchange_weak(&zones, &head, zone));
    return zone;
}

const TimeZone *tz_utc(void) { return &utc; }
const char *tz_name(const TimeZone *zone) { return zone->name; }

const TimeZone *tz_by_name(const char *name, size_t len) {
    char real[128];
    if (len == 0 || len >= sizeof(real))
        return NULL;
    for (const TimeZone *z = atomic_load(&zones); z != NULL; z = z->next)
        if (strlen(z->name) == len && strncasecmp(z->name, name, len) == 0)
            return z;
    if (memchr(name, '\0', len) != NULL)
        return NULL;
    if (text_is_word(name, len, "gmt")) {
        /* Known without the database. */
        memcpy(real, "GMT", 4);
    } else if (!canonical_name(name, len, real, sizeof(real))) {
        memcpy(real, name, len);
        real[len] = '\0';
    }
    TimeZone *zone = zone_alloc(sizeof(TimeZone));
    zone->name = zone_strdup(real, strlen(real));
    bool listed =
        strncasecmp(real, name, len) == 0 && canonical_name(name, len, real, sizeof(real));
    if (listed && load_file(real, zone))
        return publish(zone);
    *zone = (TimeZone){.name = zone->name};
    if (text_is_word(name, len, "utc") || text_is_word(name, len, "gmt")) {
        zone->has_rule = true;
        zone->standard.abbreviation = zone->name;
        return publish(zone);
    }
    if (posix_parse(name, len, zone))
        return publish(zone);
    zone_free(zone); /* whatever a client asks for must not stay */
    return NULL;
}

const TimeZone *tz_fixed(int seconds_east) {
    char name[32];
    int west = -seconds_east, m = (west < 0 ? -west : west);
    int n = snprintf(name, sizeof(name), "<%s%02d", seconds_east < 0 ? "-" : "+", m / 3600);
    if (m % 3600 != 0)
        n += snprintf(name + n, sizeof(name) - (size_t)n, ":%02d", m / 60 % 60);
    if (m % 60 != 0)
        n += snprintf(name + n, sizeof(name) - (size_t)n, ":%02d", m % 60);
    n += snprintf(name + n, sizeof(name) - (size_t)n, ">%s%02d", west < 0 ? "-" : "+", m / 3600);
    if (m % 3600 != 0)
        n += snprintf(name + n, sizeof(name) - (size_t)n, ":%02d", m / 60 % 60);
    if (m % 60 != 0)
        n += snprintf(name + n, sizeof(name) - (size_t)n, ":%02d", m % 60);
    return tz_by_name(name, (size_t)n);
}

static const ZoneType *type_at(const TimeZone *zone, int64_t t) {
    int n = zone->transition_count;
    if (n == 0 || (zone->has_rule && t >= zone->transitions[n - 1]))
        return zone->has_rule ? rule_type(zone, t) : &zone->types[0];
    if (t < zone->transitions[0]) {
        for (int i = 0; i < zone->type_count; i++)
            if (!zone->types[i].is_dst)
                return &zone->types[i];
        return &zone->types[0];
    }
    int low = 0, high = n;
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (zone->transitions[middle] <= t)
            low = middle;
        else
            high = middle;
    }
    return &zone->types[zone->after[low]];
}

int tz_offset_at(const TimeZone *zone, int64_t unix_seconds, bool *is_dst_out,
                 const char **abbreviation_out) {
    const ZoneType *type = type_at(zone, unix_seconds);
    if (is_dst_out != NULL)
        *is_dst_out = type->is_dst;
    if (abbreviation_out != NULL)
        *abbreviation_out = type->abbreviation;
    return type->offset;
}

int tz_offset_local(const TimeZone *zone, int64_t local, bool *is_dst_out) {
    const ZoneType *before = type_at(zone, local - SECS_PER_DAY);
    const ZoneType *after = type_at(zone, local + SECS_PER_DAY);
    const ZoneType *chosen = before;
    if (before->offset != after->offset || before->is_dst != after->is_dst) {
        int64_t low = local - SECS_PER_DAY, high = local + SECS_PER_DAY;
        while (high - low > 1) {
            int64_t middle = low + (high - low) / 2;
            const ZoneType *t = type_at(zone, middle);
            if (t->offset == before->offset && t->is_dst == before->is_dst)
                low = middle;
            else
                high = middle;
        }
        int64_t by_before = local - before->offset, by_after = local - after->offset;
        if (by_before < high && by_after < high)
            chosen = before;
        else if (by_before >= high && by_after >= high)
            chosen = after;
        else
            chosen = by_before > by_after ? before : after;
    }
    if (is_dst_out != NULL)
        *is_dst_out = chosen->is_dst;
    return chosen->offset;
}

bool tz_abbreviation(const TimeZone *zone, const char *abbreviation, int64_t unix_seconds,
                     int *offset_out, bool *is_dst_out) {
    const ZoneType *found = NULL;
    if (zone->has_rule && (zone->transition_count == 0 ||
                           unix_seconds >= zone->transitions[zone->transition_count - 1])) {
        if (strcasecmp(zone->standard.abbreviation, abbreviation) == 0)
            found = &zone->standard;
        else if (zone->rule_dst && strcasecmp(zone->daylight.abbreviation, abbreviation) == 0)
            found = &zone->daylight;
    }
    /* The latest use up to the moment, else the earliest behind it. */
    for (int i = 0;
         i < zone->transition_count && (found == NULL || zone->transitions[i] <= unix_seconds);
         i++) {
        const ZoneType *t = &zone->types[zone->after[i]];
        if (strcasecmp(t->abbreviation, abbreviation) == 0 &&
            !(found == &zone->standard || found == &zone->daylight))
            found = t;
    }
    for (int i = 0; i < zone->type_count && found == NULL; i++)
        if (strcasecmp(zone->types[i].abbreviation, abbreviation) == 0)
            found = &zone->types[i];
    if (found == NULL)
        return false;
    *offset_out = found->offset;
    *is_dst_out = found->is_dst;
    return true;
}
