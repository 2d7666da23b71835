/*
 * unicode.c: the normalization forms of Unicode 14 (UAX #15), with tables of its own: ICU's differ by
 * release, and answers have to be those of PostgreSQL 15.
 *
 * A text is decomposed character by character, combining marks are put into the order of their classes,
 * and for the composed forms a starter takes the marks that follow it unblocked. Hangul syllables go by
 * arithmetic.
 */
#include "types/types_int.h"

#include <stdlib.h>

typedef struct UnicodeChar {
    uint32_t code;
    uint8_t class;
    bool compat;
    uint8_t part_count;
    uint16_t part_at;
} UnicodeChar;
static const UnicodeChar chars[] = {
#define UNICODE_CHAR(code, class, compat, count, at) {code, class, compat, count, at},
#include "types/def/unicode_norm.def"
#undef UNICODE_CHAR
};
static const uint32_t parts[] = {
#define UNICODE_PART(code) code,
#include "types/def/unicode_norm.def"
#undef UNICODE_PART
};
typedef struct UnicodePair {
    uint32_t first, second, composed;
} UnicodePair;
static const UnicodePair pairs[] = {
#define UNICODE_PAIR(first, second, composed) {first, second, composed},
#include "types/def/unicode_norm.def"
#undef UNICODE_PAIR
};

#define HANGUL_BASE 0xac00u
#define HANGUL_COUNT 11172u
#define L_BASE 0x1100u
#define L_COUNT 19u
#define V_BASE 0x1161u
#define V_COUNT 21u
#define T_BASE 0x11a7u
#define T_COUNT 28u

typedef VEC(uint32_t) Codes;
typedef enum Form { FORM_NFC, FORM_NFD, FORM_NFKC, FORM_NFKD } Form;

static Status form_of(Str name, Form *form_out) {
    static const char *const names[] = {"nfc", "nfd", "nfkc", "nfkd"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strlen(names[i]) == name.len && text_is_word(name.data, name.len, names[i])) {
            *form_out = (Form)i;
            return STATUS_OK;
        }
    return error(ERR_INVALID_PARAMETER_VALUE, "invalid normalization form: %.*s", (int)name.len,
                 name.data);
}
static const UnicodeChar *find_char(uint32_t code) {
    size_t low = 0, high = ARRAY_LEN(chars);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (chars[middle].code == code)
            return &chars[middle];
        if (chars[middle].code < code)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
static uint8_t class_of(uint32_t code) {
    const UnicodeChar *c = code < 0x300 ? NULL : find_char(code);
    return c == NULL ? 0 : c->class;
}
static uint32_t compose(uint32_t first, uint32_t second) {
    if (first - L_BASE < L_COUNT && second - V_BASE < V_COUNT)
        return HANGUL_BASE + ((first - L_BASE) * V_COUNT + (second - V_BASE)) * T_COUNT;
    if (first - HANGUL_BASE < HANGUL_COUNT && (first - HANGUL_BASE) % T_COUNT == 0 &&
        second - T_BASE - 1 < T_COUNT - 1)
        return first + (second - T_BASE);
    size_t low = 0, high = ARRAY_LEN(pairs);
    while (low < high) {
        size_t middle = (low + high) / 2;
        const UnicodePair *p = &pairs[middle];
        if (p->first == first && p->second == second)
            return p->composed;
        if (p->first < first || (p->first == first && p->second < second))
            low = middle + 1;
        else
            high = middle;
    }
    return 0;
}
static void decompose(Arena *arena, Codes *out, uint32_t code, bool compat) {
    const UnicodeChar *c = code < 0xa0 ? NULL : find_char(code);
    if (code - HANGUL_BASE < HANGUL_COUNT) {
        uint32_t at = code - HANGUL_BASE, tail = at % T_COUNT;
        vec_push(out, arena, L_BASE + at / (V_COUNT * T_COUNT));
        vec_push(out, arena, V_BASE + at % (V_COUNT * T_COUNT) / T_COUNT);
        if (tail != 0)
            vec_push(out, arena, T_BASE + tail);
    } else if (c == NULL || c->part_count == 0 || (c->compat && !compat)) {
        vec_push(out, arena, code);
    } else {
        for (uint32_t i = 0; i < c->part_count; i++)
            decompose(arena, out, parts[c->part_at + i], compat);
    }
}
typedef struct Mark {
    uint32_t code, place;
    uint8_t class;
} Mark;
static int mark_order(const void *a, const void *b) {
    const Mark *x = a, *y = b;
    if (x->class != y->class)
        return x->class < y->class ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}
/* Every run of combining marks by class, stably. */
static void order_marks(Arena *arena, Codes *codes) {
    for (size_t i = 0; i < codes->count; i++) {
        size_t end = i;
        while (end < codes->count && class_of(codes->items[end]) != 0)
            end++;
        if (end - i > 1) {
            Mark *marks = arena_array(arena, Mark, end - i);
            for (size_t k = i; k < end; k++)
                marks[k - i] =
                    (Mark){codes->items[k], (uint32_t)(k - i), class_of(codes->items[k])};
            qsort(marks, end - i, sizeof(*marks), mark_order);
            for (size_t k = i; k < end; k++)
                codes->items[k] = marks[k - i].code;
        }
        i = end;
    }
}
static void compose_all(Codes *codes) {
    size_t out = 0, starter = SIZE_MAX;
    int last_class = -1;
    for (size_t i = 0; i < codes->count; i++) {
        uint32_t code = codes->items[i];
        int class = class_of(code);
        uint32_t composed =
            starter != SIZE_MAX && last_class < class ? compose(codes->items[starter], code) : 0;
        if (composed != 0) {
            codes->items[starter] = composed;
            continue;
        }
        if (class == 0) {
            starter = out;
            last_class = -1;
        } else {
            last_class = class;
        }
        codes->items[out++] = code;
    }
    codes->count = out;
}
static Str normalize(Arena *arena, Str text, Form form) {
    Codes codes = {0};
    StrBuf buf;
    const char *p = text.data, *end = p + text.len;
    while (p < end)
        decompose(arena, &codes, utf8_decode(&p), form == FORM_NFKC || form == FORM_NFKD);
    order_marks(arena, &codes);
    if (form == FORM_NFC || form == FORM_NFKC)
        compose_all(&codes);
    strbuf_init(&buf, arena);
    for (size_t i = 0; i < codes.count; i++) {
        char bytes[4];
        strbuf_append(&buf, bytes, utf8_encode(codes.items[i], bytes));
    }
    return str_make(strbuf_cstr(&buf), buf.len);
}
static bool is_ascii(Str text) {
    for (size_t i = 0; i < text.len; i++)
        if ((text.data[i] & 0x80) != 0)
            return false;
    return true;
}
SCALAR(unicode_normalize_func) {
    Form form;
    TRY(form_of(ARG_STR(1), &form));
    return ret_str(call,
                   is_ascii(ARG_STR(0)) ? ARG_STR(0) : normalize(call->arena, ARG_STR(0), form));
}
SCALAR(unicode_is_normalized) {
    Form form;
    TRY(form_of(ARG_STR(1), &form));
    return ret_bool(call, is_ascii(ARG_STR(0)) ||
                              str_equal(normalize(call->arena, ARG_STR(0), form), ARG_STR(0)));
}
