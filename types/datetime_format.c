/* datetime_format.c: cuts templates of dates and times into items. */
#include "types/datetime_format.h"

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

Status datetime_template(Arena *arena, Str format, bool strict, Items *items) {
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
            for (p++; p < end && *p != '"'; p += item.len) {
                if (*p == '\\' && p + 1 < end)
                    p++;
                item.text = p;
                item.len = MIN(utf8_char_bytes((uint8_t)*p), (size_t)(end - p));
                vec_push(items, arena, item);
            }
            p += p < end;
            continue;
        }
        if (*p == '\\' && p + 1 < end && p[1] == '"' && !strict)
            p++;
        item.text = p;
        item.len = MIN(utf8_char_bytes((uint8_t)*p), (size_t)(end - p));
        item.field = *p == ' ' ? F_BLANK : is_separator(*p) ? F_SEPARATOR : F_LITERAL;
        if (strict && (*p == '\0' || strchr("-./,':; ", *p) == NULL))
            return error(ERR_INVALID_DATETIME_FORMAT, "invalid datetime format separator: \"%.*s\"",
                         (int)item.len, p);
        p += item.len;
        vec_push(items, arena, item);
    }
    return STATUS_OK;
}

const char *const month_words[12] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
const char *const day_words[7] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                  "Thursday", "Friday", "Saturday"};
