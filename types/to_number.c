/*
 * to_number.c: numbers by template: to_char of integers, floats and numerics; to_number.
 *
 * A template's digit places before and behind the point are counted first; the number is rounded to
 * them and laid over the places from the right. Places before the first digit are blank (9) or zero (0).
 */
#include "types/numeric.h"

#include "types/float.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum NumItemKind {
    N_NINE,
    N_ZERO,
    N_POINT,
    N_GROUP,
    N_CURRENCY,
    N_MINUS,
    N_PLUS,
    N_SIGN,
    N_SG,
    N_PR,
    N_ROMAN,
    N_ROMAN_LOWER,
    N_TH,
    N_TH_LOWER,
    N_V,
    N_EEEE,
    N_TEXT
} NumItemKind;
typedef struct NumItem {
    NumItemKind kind;
    const char *text;
    size_t len;
} NumItem;
typedef struct NumFormat {
    VEC(NumItem) items;
    int pre, post, multi;
    int zero_start, zero_end; /* places; zero_start -1: no zeros */
    bool fm, point, minus, plus, bracket, roman, eeee, v;
    enum { SIGN_NONE, SIGN_PRE, SIGN_POST } sign;
    int sign_at; /* pre when S was met */
} NumFormat;

static Status bad_format(const char *text) { return error(ERR_SYNTAX_ERROR, "%s", text); }

/* S, MI, PL, SG and PR exclude each other in most pairs. */
static Status add_sign(NumFormat *f, NumItemKind kind) {
    switch (kind) {
    case N_SIGN:
        if (f->sign != SIGN_NONE)
            return bad_format("cannot use \"S\" twice");
        if (f->plus || f->minus || f->bracket)
            return bad_format("cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together");
        f->sign = f->point ? SIGN_POST : SIGN_PRE;
        f->sign_at = f->pre;
        break;
    case N_MINUS:
        if (f->sign != SIGN_NONE)
            return bad_format("cannot use \"S\" and \"MI\" together");
        f->minus = true;
        break;
    case N_PLUS:
        if (f->sign != SIGN_NONE)
            return bad_format("cannot use \"S\" and \"PL\" together");
        f->plus = true;
        break;
    case N_SG:
        if (f->sign != SIGN_NONE)
            return bad_format("cannot use \"S\" and \"SG\" together");
        f->minus = f->plus = true;
        break;
    case N_PR:
        if (f->sign != SIGN_NONE || f->plus || f->minus)
            return bad_format("cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together");
        f->bracket = true;
        break;
    default:
        break;
    }
    return STATUS_OK;
}

static Status add_item(NumFormat *f, NumItem item) {
    if (f->eeee && item.kind != N_TEXT)
        return bad_format("\"EEEE\" must be the last pattern used");
    switch (item.kind) {
    case N_NINE:
        if (f->bracket)
            return bad_format("\"9\" must be ahead of \"PR\"");
        if (f->v)
            f->multi++;
        else if (f->point)
            f->post++;
        else
            f->pre++;
        break;
    case N_ZERO:
        if (f->bracket)
            return bad_format("\"0\" must be ahead of \"PR\"");
        if (f->zero_start < 0 && !f->point)
            f->zero_start = f->pre;
        if (f->point)
            f->post++;
        else
            f->pre++;
        f->zero_end = f->pre + f->post;
        break;
    case N_POINT:
        if (f->point)
            return bad_format("multiple decimal points");
        if (f->v)
            return bad_format("cannot use \"V\" and decimal point together");
        f->point = true;
        break;
    case N_SIGN:
    case N_MINUS:
    case N_PLUS:
    case N_SG:
    case N_PR:
        return add_sign(f, item.kind);
    case N_ROMAN:
    case N_ROMAN_LOWER:
        f->roman = true;
        break;
    case N_V:
        if (f->point)
            return bad_format("cannot use \"V\" and decimal point together");
        f->v = true;
        break;
    case N_EEEE:
        if (f->fm || f->minus || f->plus || f->bracket || f->roman || f->v || f->sign)
            return status_detail(bad_format("\"EEEE\" is incompatible with other formats"),
                                 "\"EEEE\" may only be used together with digit and decimal point "
                                 "patterns.");
        f->eeee = true;
        break;
    default:
        break;
    }
    return STATUS_OK;
}

static Status parse_format(Arena *arena, Str format, NumFormat *f) {
    static const struct {
        const char *word;
        NumItemKind kind;
    } words[] = {{"EEEE", N_EEEE}, {"eeee", N_EEEE},   {"MI", N_MINUS},   {"mi", N_MINUS},
                 {"PL", N_PLUS},   {"pl", N_PLUS},     {"SG", N_SG},      {"sg", N_SG},
                 {"PR", N_PR},     {"pr", N_PR},       {"RN", N_ROMAN},   {"rn", N_ROMAN_LOWER},
                 {"TH", N_TH},     {"th", N_TH_LOWER}, {"9", N_NINE},     {"0", N_ZERO},
                 {".", N_POINT},   {"D", N_POINT},     {"d", N_POINT},    {",", N_GROUP},
                 {"G", N_GROUP},   {"g", N_GROUP},     {"L", N_CURRENCY}, {"l", N_CURRENCY},
                 {"S", N_SIGN},    {"s", N_SIGN},      {"V", N_V},        {"v", N_V}};
    const char *p = format.data, *end = p + format.len;
    *f = (NumFormat){.zero_start = -1};
    while (p < end) {
        NumItem item = {.kind = N_TEXT, .text = p, .len = utf8_char_bytes((uint8_t)*p)};
        if (end - p >= 2 && (memcmp(p, "FM", 2) == 0 || memcmp(p, "fm", 2) == 0)) {
            f->fm = true;
            p += 2;
            continue;
        }
        if (strchr("BbCc", *p) != NULL) { /* known, without an effect */
            p++;
            continue;
        }
        if (end - p >= 2 && (memcmp(p, "SP", 2) == 0 || memcmp(p, "sp", 2) == 0)) {
            p += 2;
            continue;
        }
        if (*p == '"') {
            StrBuf buf;
            strbuf_init(&buf, arena);
            for (p++; p < end && *p != '"'; p++) {
                if (*p == '\\' && p + 1 < end)
                    p++;
                strbuf_putc(&buf, *p);
            }
            p += p < end;
            item.text = strbuf_cstr(&buf);
            item.len = buf.len;
        } else {
            for (size_t i = 0; i < ARRAY_LEN(words); i++) {
                size_t n = strlen(words[i].word);
                if (n <= (size_t)(end - p) && memcmp(p, words[i].word, n) == 0) {
                    item.kind = words[i].kind;
                    item.len = n;
                    break;
                }
            }
            if (item.kind == N_TEXT && *p == '\\' && p + 1 < end && p[1] == '"')
                item.text = ++p;
            p += item.len;
        }
        TRY(add_item(f, item));
        vec_push(&f->items, arena, item);
    }
    return STATUS_OK;
}

static const char *ordinal(const char *digits) {
    size_t n = strlen(digits);
    char last = digits[n - 1];
    if (n > 1 && digits[n - 2] == '1')
        return "th";
    return last == '1' ? "st" : last == '2' ? "nd" : last == '3' ? "rd" : "th";
}

/* The state of laying digits over places. digits: "123.45", without sign. */
typedef struct Layout {
    const NumFormat *f;
    StrBuf *out;
    const char *digits, *at, *last_relevant;
    bool negative, sign_done, in_number;
    bool fm;
    int place, blanks, count, sign;
} Layout;

static bool hides_zero(const Layout *l) {
    return l->f->zero_start < 0 && l->at == l->digits && *l->digits == '0' && l->f->post != 0;
}
static void put_sign_before(Layout *l) {
    const NumFormat *f = l->f;
    bool zero_here = f->zero_start >= 0 && f->zero_start == l->place;
    bool stop_at_point = l->last_relevant != NULL && *l->last_relevant == '.';
    if (l->sign_done || !(l->place >= l->blanks || zero_here) || (hides_zero(l) && !stop_at_point))
        return;
    if (f->sign != SIGN_NONE) {
        if (l->sign == SIGN_PRE) {
            strbuf_putc(l->out, l->negative ? '-' : '+');
            l->sign_done = true;
        }
        return;
    }
    if (f->bracket)
        strbuf_putc(l->out, l->negative ? '<' : ' ');
    else if (l->negative)
        strbuf_putc(l->out, '-');
    else if (!l->fm)
        strbuf_putc(l->out, ' ');
    l->sign_done = true;
}
static void put_place(Layout *l, NumItemKind kind) {
    const NumFormat *f = l->f;
    put_sign_before(l);
    bool zeros = f->zero_start >= 0;
    if (l->place < l->blanks && (!zeros || f->zero_start > l->place)) {
        if (!l->fm)
            strbuf_putc(l->out, ' ');
    } else if (l->place < l->blanks) {
        strbuf_putc(l->out, '0');
        l->in_number = true;
    } else {
        bool stop_at_point = l->last_relevant != NULL && *l->last_relevant == '.';
        if (*l->at == '.') {
            if (!stop_at_point || l->fm)
                strbuf_putc(l->out, '.');
        } else if (l->last_relevant != NULL && l->at > l->last_relevant && kind != N_ZERO) {
            /* FM leaves trailing zeros out. */
        } else if (hides_zero(l)) {
            if (!l->fm)
                strbuf_putc(l->out, ' ');
            else if (stop_at_point)
                strbuf_putc(l->out, '0');
        } else if (*l->at != '\0') {
            strbuf_putc(l->out, *l->at);
            l->in_number = true;
        }
        if (*l->at != '\0')
            l->at++;
    }
    int end = l->count + (l->blanks > 0 ? 1 : 0) + (f->point ? 1 : 0);
    if (l->last_relevant != NULL && l->last_relevant == l->at)
        end = l->place;
    if (l->place + 1 == end) {
        if (l->sign_done && f->bracket)
            strbuf_putc(l->out, l->negative ? '>' : ' ');
        else if (f->sign != SIGN_NONE && l->sign == SIGN_POST)
            strbuf_putc(l->out, l->negative ? '-' : '+');
    }
    l->place++;
}

static const char *last_relevant_digit(const char *digits) {
    const char *dot = strchr(digits, '.');
    if (dot == NULL)
        return NULL;
    const char *last = dot;
    for (const char *p = dot + 1; *p != '\0'; p++)
        if (*p != '0')
            last = p;
    return last;
}

static void layout_init(Layout *l, const NumFormat *f) {
    if (f->plus || f->minus) {
        l->sign_done = !(f->plus && !f->minus);
    } else {
        l->sign_done = !l->negative && f->fm && f->sign == SIGN_NONE;
    }
    l->sign = f->sign == SIGN_PRE && f->pre == f->sign_at ? SIGN_POST : f->sign;
    l->count = f->post + f->pre - 1;
    if (f->fm && f->point) {
        l->last_relevant = last_relevant_digit(l->digits);
        if (l->last_relevant != NULL && f->zero_end > l->blanks) {
            int last = (int)strlen(l->digits) - 1;
            const char *zero = l->digits + MIN(last, f->zero_end - l->blanks);
            if (l->last_relevant < zero)
                l->last_relevant = zero;
        }
    }
    if (!l->sign_done && l->blanks == 0)
        l->count++;
}

static void put_roman(StrBuf *out, bool fm, bool lower, int64_t v) {
    static const struct {
        int value;
        const char *text;
    } parts[] = {{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"},
                 {90, "XC"},  {50, "L"},   {40, "XL"}, {10, "X"},   {9, "IX"},
                 {5, "V"},    {4, "IV"},   {1, "I"}};
    char text[32] = "###############";
    if (v >= 1 && v <= 3999) {
        size_t n = 0;
        for (size_t i = 0; i < ARRAY_LEN(parts); i++)
            for (; v >= parts[i].value; v -= parts[i].value)
                for (const char *c = parts[i].text; *c != '\0'; c++)
                    text[n++] = *c;
        text[n] = '\0';
    }
    for (char *p = text; lower && *p != '\0'; p++)
        *p = to_lower(*p);
    strbuf_printf(out, fm ? "%s" : "%15s", text);
}

static void lay_out(Layout *l, int64_t roman_value) {
    const NumFormat *f = l->f;
    for (size_t i = 0; i < f->items.count; i++) {
        const NumItem *item = &f->items.items[i];
        switch (item->kind) {
        case N_NINE:
        case N_ZERO:
        case N_POINT:
            if (!f->roman)
                put_place(l, item->kind);
            break;
        case N_GROUP:
            if (l->in_number)
                strbuf_putc(l->out, ',');
            else if (!l->fm)
                strbuf_putc(l->out, ' ');
            break;
        case N_CURRENCY:
            strbuf_putc(l->out, ' ');
            break;
        case N_MINUS:
            if (l->negative)
                strbuf_putc(l->out, '-');
            else if (!l->fm)
                strbuf_putc(l->out, ' ');
            break;
        case N_PLUS:
            if (!l->negative)
                strbuf_putc(l->out, '+');
            else if (!l->fm)
                strbuf_putc(l->out, ' ');
            break;
        case N_SG:
            strbuf_putc(l->out, l->negative ? '-' : '+');
            break;
        case N_ROMAN:
        case N_ROMAN_LOWER:
            put_roman(l->out, l->fm, item->kind == N_ROMAN_LOWER, roman_value);
            break;
        case N_TH:
        case N_TH_LOWER:
            if (!f->roman && *l->digits != '#' && !l->negative && !f->point)
                for (const char *t = ordinal(l->digits); *t != '\0'; t++)
                    strbuf_putc(l->out, item->kind == N_TH ? to_upper(*t) : *t);
            break;
        case N_TEXT:
            strbuf_append(l->out, item->text, item->len);
            break;
        default:
            break;
        }
    }
}

/* text: the number rounded to the format's places, "-12.50". */
static Status print_digits(FnCall *call, const NumFormat *f, const char *text, int64_t roman) {
    StrBuf out;
    strbuf_init(&out, call->arena);
    Layout l = {.f = f, .out = &out, .negative = *text == '-', .fm = f->fm};
    l.digits = text + (*text == '-' || *text == '+');
    const char *dot = strchr(l.digits, '.');
    int whole = dot != NULL ? (int)(dot - l.digits) : (int)strlen(l.digits);
    int pre = f->pre + f->multi;
    if (whole < pre) {
        l.blanks = pre - whole;
    } else if (whole > pre) {
        size_t places = (size_t)pre + (size_t)f->post + 1;
        char *fill = arena_alloc(call->arena, places + 1);
        memset(fill, '#', places);
        fill[places] = '\0';
        fill[pre] = '.';
        l.digits = fill;
    }
    l.at = l.digits;
    NumFormat adjusted = *f;
    adjusted.pre = pre;
    l.f = &adjusted;
    layout_init(&l, &adjusted);
    if (!l.negative && f->bracket && f->fm)
        adjusted.bracket = false;
    lay_out(&l, roman);
    return ret_buf(call, &out);
}

static Status print_scientific(FnCall *call, const NumFormat *f, Str s) {
    if (num_class(s) != NUM_FINITE) {
        size_t places = (size_t)f->pre + (size_t)f->post + 6;
        char *fill = arena_alloc(call->arena, places + 1);
        memset(fill, '#', places);
        fill[places] = '\0';
        fill[0] = ' ';
        fill[f->pre + 1] = '.';
        return ret_datum(call, datum_cstr(fill));
    }
    NumVar v = num_load(call->arena, s);
    int exponent = 0;
    if (v.ndigits > 0) {
        exponent = v.weight * 4 + (v.digits[0] >= 1000  ? 3
                                   : v.digits[0] >= 100 ? 2
                                                        : v.digits[0] >= 10);
        NumVar r = v;
        num_round(&r, f->post - exponent);
        int after = r.weight * 4 + (r.digits[0] >= 1000  ? 3
                                    : r.digits[0] >= 100 ? 2
                                                         : r.digits[0] >= 10);
        exponent = after;
    }
    /* Digits of value / 10^exponent. */
    StrBuf out;
    strbuf_init(&out, call->arena);
    NumVar ten = num_var_i64(call->arena, 10), scale = num_var_i64(call->arena, 1);
    for (int i = 0; i < abs(exponent); i++)
        scale = num_mul(call->arena, &scale, &ten, 0);
    v = num_load(call->arena, s);
    NumVar m = exponent >= 0 ? num_div(call->arena, &v, &scale, f->post, true)
                             : num_mul(call->arena, &v, &scale, f->post);
    m.dscale = f->post;
    Str text;
    TRY(num_store(call->arena, &m, &text));
    if (!m.negative)
        strbuf_putc(&out, ' ');
    numeric_print(text, &out);
    strbuf_printf(&out, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
    return ret_buf(call, &out);
}

/* A float shows no more decimals than its digits, counted from the first before the point, have. */
static Status limit_decimals(Arena *arena, Str s, int digits, NumFormat *f) {
    int whole = num_class(s) == NUM_NAN ? 3 : 8; /* NaN, Infinity */
    if (num_class(s) == NUM_FINITE) {
        StrBuf text;
        TRY(numeric_rescale(arena, s, 0, true, &s));
        strbuf_init(&text, arena);
        numeric_print(s, &text);
        whole = (int)text.len - (text.len > 0 && strbuf_cstr(&text)[0] == '-');
    }
    f->post = whole >= digits ? 0 : MIN(f->post, digits - whole);
    return STATUS_OK;
}

/* TH asks for the last digit: of a number that has no place in front of the point only that is left. */
static Status check_ordinal(const NumFormat *f, Str s, const char *text) {
    bool th = false;
    for (size_t i = 0; i < f->items.count; i++)
        th |= f->items.items[i].kind == N_TH || f->items.items[i].kind == N_TH_LOWER;
    if (!th || f->roman || f->point || *text == '-' || (f->pre > 0 && num_class(s) == NUM_FINITE))
        return STATUS_OK;
    return error(ERR_INVALID_TEXT_REPRESENTATION, "\"%s\" is not a number",
                 f->pre == 0 ? "." : text);
}

/* digits: how many a float has; 0: the number is exact. */
static Status numeric_by_format(FnCall *call, Str s, int digits) {
    NumFormat f;
    StrBuf text;
    Arena *arena = call->arena;
    TRY(parse_format(arena, ARG_STR(1), &f));
    if (ARG_STR(1).len == 0)
        return ret_bytes(call, "", 0);
    if (f.eeee)
        return print_scientific(call, &f, s);
    if (f.multi > 0) {
        NumVar ten = num_var_i64(arena, 10), scale = num_var_i64(arena, 1);
        Str by;
        for (int i = 0; i < f.multi; i++)
            scale = num_mul(arena, &scale, &ten, 0);
        TRY(num_store(arena, &scale, &by));
        TRY(numeric_times(arena, s, by, &s));
    }
    int64_t roman = 0;
    if (f.roman) {
        if (num_class(s) != NUM_FINITE)
            return error(ERR_FEATURE_NOT_SUPPORTED, "cannot convert %s to integer",
                         num_class(s) == NUM_NAN ? "NaN" : "infinity");
        NumVar v = num_load(arena, s);
        num_to_i64(arena, &v, &roman);
    }
    if (digits > 0 && !f.roman)
        TRY(limit_decimals(arena, s, digits, &f));
    TRY(numeric_rescale(arena, s, f.post, true, &s));
    strbuf_init(&text, arena);
    numeric_print(s, &text);
    TRY(check_ordinal(&f, s, strbuf_cstr(&text)));
    return print_digits(call, &f, strbuf_cstr(&text), roman);
}
SCALAR(numeric_to_char) { return numeric_by_format(call, ARG_STR(0), 0); }
SCALAR(int4_to_char) { return numeric_by_format(call, num_from_i64(call->arena, ARG_I32(0)), 0); }
SCALAR(int8_to_char) { return numeric_by_format(call, num_from_i64(call->arena, ARG_I64(0)), 0); }
static Status float_to_char(FnCall *call, double v, int digits) {
    Str s;
    TRY(numeric_from_double(call->arena, v, 17, &s)); /* all it has */
    return numeric_by_format(call, s, digits);
}
SCALAR(float8_to_char) { return float_to_char(call, ARG_F64(0), 15); }
SCALAR(float4_to_char) { return float_to_char(call, (double)ARG_F32(0), 6); }

/*
 * to_number: every place of the template takes one character of the text, a digit or the point;
 * what is neither is passed over. The digits read behind the point are the result's scale.
 */
typedef struct NumRead {
    const char *p, *end;
    StrBuf out; /* a blank for the sign, then digits and point */
    bool negative, point;
    int post;
} NumRead;

static void read_place(NumRead *r, const NumFormat *f) {
    const char *end = r->end;
    if (r->out.len == 1) {
        while (r->p < end && is_space(*r->p))
            r->p++;
        if (r->p < end && (*r->p == '-' || *r->p == '+' || (f->bracket && *r->p == '<')))
            r->negative |= *r->p++ != '+';
    }
    if (r->p >= end)
        return;
    if (is_digit(*r->p)) {
        strbuf_putc(&r->out, *r->p);
        r->post += r->point;
        if (r->p + 1 < end && r->p[1] == '-' && f->sign != SIGN_NONE) {
            r->negative = true;
            r->p++;
        }
    } else if (*r->p == '.' && f->point && !r->point) {
        strbuf_putc(&r->out, '.');
        r->point = true;
    } else if (*r->p == '-' && (f->sign != SIGN_NONE || f->minus || f->plus)) {
        r->negative = true; /* the sign stands behind the last digit there is */
    }
    r->p++;
}

/* What stands behind V is so many places. */
static Status divide_by_places(FnCall *call, int places) {
    Str part;
    TRY(numeric_raise(call->arena, num_from_i64(call->arena, 10),
                      num_from_i64(call->arena, -places), &part));
    return numeric_times(call->arena, call->result.str, part, &call->result.str);
}

SCALAR(numeric_to_number) {
    NumFormat f;
    NumRead r = {.p = ARG_STR(0).data, .end = ARG_STR(0).data + ARG_STR(0).len};
    TRY(parse_format(call->arena, ARG_STR(1), &f));
    if (ARG_STR(1).len == 0)
        return ret_null(call);
    if (f.roman)
        return error(ERR_FEATURE_NOT_SUPPORTED, "\"RN\" not supported for input");
    if (f.eeee)
        return error(ERR_FEATURE_NOT_SUPPORTED, "\"EEEE\" not supported for input");
    strbuf_init(&r.out, call->arena);
    strbuf_putc(&r.out, ' ');
    for (size_t i = 0; i < f.items.count && r.p < r.end; i++) {
        const NumItem *item = &f.items.items[i];
        switch (item->kind) {
        case N_NINE:
        case N_ZERO:
        case N_POINT:
            read_place(&r, &f);
            break;
        case N_GROUP:
            r.p += *r.p == ',';
            break;
        case N_MINUS:
        case N_PLUS:
        case N_SG:
        case N_SIGN:
            if (*r.p == '-' || *r.p == '+')
                r.negative |= *r.p++ == '-';
            break;
        case N_PR:
            break;
        case N_V:
            break;
        case N_TH:
        case N_TH_LOWER:
            for (int k = 0; k < 2 && r.p < r.end && strchr("0123456789.,+-", *r.p) == NULL; k++)
                r.p += utf8_char_bytes((uint8_t)*r.p);
            break;
        case N_CURRENCY:
            r.p += !is_digit(*r.p) && *r.p != '-';
            break;
        case N_TEXT:
            for (size_t at = 0; at < item->len && r.p < r.end;) {
                at += utf8_char_bytes((uint8_t)item->text[at]);
                r.p += utf8_char_bytes((uint8_t)*r.p);
            }
            break;
        default:
            r.p += utf8_char_bytes((uint8_t)*r.p);
            break;
        }
    }
    if (r.p < r.end && *r.p == '-' && (f.sign != SIGN_NONE || f.minus))
        r.negative = true;
    if (r.negative)
        r.out.data[0] = '-';
    Str s;
    TRY(numeric_parse(call->arena, strbuf_cstr(&r.out), r.out.len, &s));
    int32_t typmod = (int32_t)((uint32_t)(f.pre + f.multi + r.post) << 16 | (uint32_t)r.post) + 4;
    TRY(numeric_apply_typmod(call->arena, s, typmod, &call->result.str));
    return f.v ? divide_by_places(call, f.multi) : STATUS_OK;
}
