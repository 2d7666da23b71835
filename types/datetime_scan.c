/* datetime_scan.c: splits the text of a date, time or interval into tokens; the words it knows. */
#include "types/datetime_int.h"

#include <stdlib.h>

Status datetime_parse_error(ParseError e, const char *text, size_t len, const char *type_name) {
    switch (e) {
    case PARSE_FIELD_OVERFLOW:
        return error(ERR_DATETIME_FIELD_OVERFLOW, "date/time field value out of range: \"%.*s\"",
                     (int)len, text);
    case PARSE_MD_FIELD_OVERFLOW:
        return status_hint(error(ERR_DATETIME_FIELD_OVERFLOW,
                                 "date/time field value out of range: \"%.*s\"", (int)len, text),
                           "Perhaps you need a different \"datestyle\" setting.");
    case PARSE_INTERVAL_OVERFLOW:
        return error(ERR_INTERVAL_FIELD_OVERFLOW, "interval field value out of range: \"%.*s\"",
                     (int)len, text);
    case PARSE_TZ_OVERFLOW:
        return error(ERR_INVALID_TIME_ZONE_DISPLACEMENT_VALUE,
                     "time zone displacement out of range: \"%.*s\"", (int)len, text);
    default:
        return error(ERR_INVALID_DATETIME_FORMAT, "invalid input syntax for type %s: \"%.*s\"",
                     type_name, (int)len, text);
    }
}

typedef struct Word {
    const char *word;
    WordKind kind;
    int value;
} Word;

static const Word words[] = {
    {"-infinity", WORD_RESERVED, TIME_EARLY},
    {"ad", WORD_ADBC, 0},
    {"allballs", WORD_RESERVED, TIME_ZULU},
    {"am", WORD_AMPM, 0},
    {"apr", WORD_MONTH, 4},
    {"april", WORD_MONTH, 4},
    {"at", WORD_IGNORE, 0},
    {"aug", WORD_MONTH, 8},
    {"august", WORD_MONTH, 8},
    {"bc", WORD_ADBC, 1},
    {"d", WORD_UNIT, UNIT_DAY},
    {"dec", WORD_MONTH, 12},
    {"december", WORD_MONTH, 12},
    {"dow", WORD_UNIT, UNIT_DOW},
    {"doy", WORD_UNIT, UNIT_DOY},
    {"dst", WORD_DST, 3600},
    {"epoch", WORD_RESERVED, TIME_EPOCH},
    {"feb", WORD_MONTH, 2},
    {"february", WORD_MONTH, 2},
    {"fri", WORD_WEEKDAY, 5},
    {"friday", WORD_WEEKDAY, 5},
    {"h", WORD_UNIT, UNIT_HOUR},
    {"infinity", WORD_RESERVED, TIME_LATE},
    {"isodow", WORD_UNIT, UNIT_ISODOW},
    {"isoyear", WORD_UNIT, UNIT_ISOYEAR},
    {"j", WORD_UNIT, UNIT_JULIAN},
    {"jan", WORD_MONTH, 1},
    {"january", WORD_MONTH, 1},
    {"jd", WORD_UNIT, UNIT_JULIAN},
    {"jul", WORD_MONTH, 7},
    {"julian", WORD_UNIT, UNIT_JULIAN},
    {"july", WORD_MONTH, 7},
    {"jun", WORD_MONTH, 6},
    {"june", WORD_MONTH, 6},
    {"m", WORD_UNIT, UNIT_MONTH},
    {"mar", WORD_MONTH, 3},
    {"march", WORD_MONTH, 3},
    {"may", WORD_MONTH, 5},
    {"mm", WORD_UNIT, UNIT_MINUTE},
    {"mon", WORD_WEEKDAY, 1},
    {"monday", WORD_WEEKDAY, 1},
    {"nov", WORD_MONTH, 11},
    {"november", WORD_MONTH, 11},
    {"now", WORD_RESERVED, TIME_NOW},
    {"oct", WORD_MONTH, 10},
    {"october", WORD_MONTH, 10},
    {"on", WORD_IGNORE, 0},
    {"pm", WORD_AMPM, 1},
    {"s", WORD_UNIT, UNIT_SECOND},
    {"sat", WORD_WEEKDAY, 6},
    {"saturday", WORD_WEEKDAY, 6},
    {"sep", WORD_MONTH, 9},
    {"sept", WORD_MONTH, 9},
    {"september", WORD_MONTH, 9},
    {"sun", WORD_WEEKDAY, 0},
    {"sunday", WORD_WEEKDAY, 0},
    {"t", WORD_ISOTIME, 0},
    {"thu", WORD_WEEKDAY, 4},
    {"thur", WORD_WEEKDAY, 4},
    {"thurs", WORD_WEEKDAY, 4},
    {"thursday", WORD_WEEKDAY, 4},
    {"today", WORD_RESERVED, TIME_TODAY},
    {"tomorrow", WORD_RESERVED, TIME_TOMORROW},
    {"tue", WORD_WEEKDAY, 2},
    {"tues", WORD_WEEKDAY, 2},
    {"tuesday", WORD_WEEKDAY, 2},
    {"wed", WORD_WEEKDAY, 3},
    {"wednesday", WORD_WEEKDAY, 3},
    {"weds", WORD_WEEKDAY, 3},
    {"y", WORD_UNIT, UNIT_YEAR},
    {"yesterday", WORD_RESERVED, TIME_YESTERDAY},
};

/* Words are compared by their first ten letters. */
#define WORD_LEN_MAX 10
static int compare_word(const void *key, const void *item) {
    return strncmp(key, *(const char *const *)item, WORD_LEN_MAX);
}

WordKind datetime_word(const char *word, int *value_out) {
    const Word *w = bsearch(word, words, ARRAY_LEN(words), sizeof(Word), compare_word);
    *value_out = w != NULL ? w->value : 0;
    return w != NULL ? w->kind : WORD_UNKNOWN;
}

typedef struct UnitWord {
    const char *word;
    Unit unit;
} UnitWord;
static const UnitWord units[] = {
    {"@", UNIT_IGNORE},
    {"ago", UNIT_AGO},
    {"c", UNIT_CENTURY},
    {"cent", UNIT_CENTURY},
    {"centuries", UNIT_CENTURY},
    {"century", UNIT_CENTURY},
    {"d", UNIT_DAY},
    {"day", UNIT_DAY},
    {"days", UNIT_DAY},
    {"dec", UNIT_DECADE},
    {"decade", UNIT_DECADE},
    {"decades", UNIT_DECADE},
    {"decs", UNIT_DECADE},
    {"h", UNIT_HOUR},
    {"hour", UNIT_HOUR},
    {"hours", UNIT_HOUR},
    {"hr", UNIT_HOUR},
    {"hrs", UNIT_HOUR},
    {"m", UNIT_MINUTE},
    {"microsecon", UNIT_MICROSECOND},
    {"mil", UNIT_MILLENNIUM},
    {"millennia", UNIT_MILLENNIUM},
    {"millennium", UNIT_MILLENNIUM},
    {"millisecon", UNIT_MILLISECOND},
    {"mils", UNIT_MILLENNIUM},
    {"min", UNIT_MINUTE},
    {"mins", UNIT_MINUTE},
    {"minute", UNIT_MINUTE},
    {"minutes", UNIT_MINUTE},
    {"mon", UNIT_MONTH},
    {"mons", UNIT_MONTH},
    {"month", UNIT_MONTH},
    {"months", UNIT_MONTH},
    {"ms", UNIT_MILLISECOND},
    {"msec", UNIT_MILLISECOND},
    {"msecond", UNIT_MILLISECOND},
    {"mseconds", UNIT_MILLISECOND},
    {"msecs", UNIT_MILLISECOND},
    {"qtr", UNIT_QUARTER},
    {"quarter", UNIT_QUARTER},
    {"s", UNIT_SECOND},
    {"sec", UNIT_SECOND},
    {"second", UNIT_SECOND},
    {"seconds", UNIT_SECOND},
    {"secs", UNIT_SECOND},
    {"timezone", UNIT_TZ},
    {"timezone_h", UNIT_TZ_HOUR},
    {"timezone_m", UNIT_TZ_MINUTE},
    {"us", UNIT_MICROSECOND},
    {"usec", UNIT_MICROSECOND},
    {"usecond", UNIT_MICROSECOND},
    {"useconds", UNIT_MICROSECOND},
    {"usecs", UNIT_MICROSECOND},
    {"w", UNIT_WEEK},
    {"week", UNIT_WEEK},
    {"weeks", UNIT_WEEK},
    {"y", UNIT_YEAR},
    {"year", UNIT_YEAR},
    {"years", UNIT_YEAR},
    {"yr", UNIT_YEAR},
    {"yrs", UNIT_YEAR},
};
Unit interval_unit(const char *word) {
    const UnitWord *w = bsearch(word, units, ARRAY_LEN(units), sizeof(UnitWord), compare_word);
    return w != NULL ? w->unit : UNIT_NONE;
}
Unit datetime_unit(const char *word, size_t len) {
    char lower[64];
    int value;
    if (len >= sizeof(lower))
        return UNIT_NONE;
    for (size_t i = 0; i < len; i++)
        lower[i] = to_lower(word[i]);
    lower[len] = '\0';
    Unit unit = interval_unit(lower);
    if (unit != UNIT_NONE && unit != UNIT_AGO && unit != UNIT_IGNORE)
        return unit;
    if (strcmp(lower, "epoch") == 0)
        return UNIT_EPOCH;
    return datetime_word(lower, &value) == WORD_UNIT ? (Unit)value : UNIT_NONE;
}

bool datetime_fraction(const char *dot, double *out) {
    char *end;
    *out = 0;
    if (dot[1] == '\0')
        return true;
    *out = strtod(dot, &end);
    return *end == '\0';
}

typedef struct Scanner {
    const char *p, *end;
    char *out; /* where the token's next letter goes */
} Scanner;
static bool at(const Scanner *s, const char *set) {
    return s->p < s->end && *s->p != '\0' && strchr(set, *s->p) != NULL;
}
static void take(Scanner *s) { *s->out++ = to_lower(*s->p++); }
static bool digit_at(const Scanner *s) { return s->p < s->end && is_digit(*s->p); }
static bool alpha_at(const Scanner *s) {
    return s->p < s->end && (is_alpha(*s->p) || (unsigned char)*s->p >= 0x80);
}
static void take_digits(Scanner *s) {
    while (digit_at(s))
        take(s);
}

static TokenKind scan_number(Scanner *s) {
    take_digits(s);
    if (at(s, ":")) {
        take(s);
        while (digit_at(s) || at(s, ":."))
            take(s);
        return TOK_TIME;
    }
    if (!at(s, "-/."))
        return TOK_NUMBER;
    char delimiter = *s->p, set[2] = {delimiter, '\0'};
    take(s);
    if (digit_at(s)) {
        TokenKind kind = delimiter == '.' ? TOK_NUMBER : TOK_DATE;
        take_digits(s);
        if (at(s, set)) {
            kind = TOK_DATE;
            take(s);
            while (digit_at(s) || at(s, set))
                take(s);
        }
        return kind;
    }
    while (alpha_at(s) || digit_at(s) || at(s, set))
        take(s);
    return TOK_DATE;
}
static TokenKind scan_word(Scanner *s, char *start) {
    int value;
    while (alpha_at(s))
        take(s);
    bool date = at(s, "-/.");
    if (!date && (at(s, "+") || digit_at(s))) {
        *s->out = '\0';
        date = datetime_word(start, &value) == WORD_UNKNOWN;
    }
    if (!date)
        return TOK_STRING;
    while (at(s, "+-/_.:") || alpha_at(s) || digit_at(s))
        take(s);
    return TOK_DATE;
}

ParseError datetime_tokens(Arena *arena, const char *text, size_t len, Token *tokens, int *count) {
    Scanner s = {.p = text, .end = text + len, .out = arena_alloc(arena, 2 * len + 2)};
    *count = 0;
    while (s.p < s.end) {
        if (is_space(*s.p)) {
            s.p++;
            continue;
        }
        char *start = s.out;
        TokenKind kind;
        if (digit_at(&s)) {
            kind = scan_number(&s);
        } else if (*s.p == '.') {
            take(&s);
            take_digits(&s);
            kind = TOK_NUMBER;
        } else if (alpha_at(&s)) {
            kind = scan_word(&s, start);
        } else if (at(&s, "+-")) {
            take(&s);
            while (s.p < s.end && is_space(*s.p))
                s.p++;
            if (digit_at(&s)) {
                while (digit_at(&s) || at(&s, ":.-"))
                    take(&s);
                kind = TOK_TZ;
            } else if (alpha_at(&s)) {
                while (alpha_at(&s))
                    take(&s);
                kind = TOK_SPECIAL;
            } else {
                return PARSE_BAD_FORMAT;
            }
        } else if (*s.p > ' ' && *s.p < 0x7f) {
            s.p++;
            continue;
        } else {
            return PARSE_BAD_FORMAT;
        }
        *s.out++ = '\0';
        if (*count >= TOKENS_MAX)
            return PARSE_BAD_FORMAT;
        tokens[(*count)++] = (Token){kind, start};
    }
    return PARSE_OK;
}
