/*
 * jsonpath_lex.c: jsonpath's tokens. Words, strings and variables share their escapes. An error names
 * the text that stands at the token's end: after a word that is the blank behind it or nothing.
 */
#include "types/jsonpath_lex.h"

static bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f';
}
static bool is_special(char c) {
    return c != '\0' && strchr("?%$.[]{}()|&!=<>@#,*:-+/", c) != NULL;
}
/* What words are made of. */
static bool is_other(char c) { return !is_special(c) && !is_blank(c) && c != '\\' && c != '"'; }
static int hex_value(char c) {
    if (is_digit(c))
        return c - '0';
    c = to_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static Status error_near(Str shown, const char *message) {
    if (shown.len == 0)
        return error(ERR_SYNTAX_ERROR, "%s at end of jsonpath input", message);
    return error(ERR_SYNTAX_ERROR, "%s at or near \"%.*s\" of jsonpath input", message,
                 (int)shown.len, shown.data);
}
Status path_lex_error(const PathLexer *l, const char *message) {
    return error_near(l->shown, message);
}
static Str span(const char *from, const char *to) { return str_make(from, (size_t)(to - from)); }

static const struct {
    const char *word;
    PathToken kind;
    bool exact; /* in lower case only */
} keywords[] = {
    {"is", PT_IS, false},
    {"to", PT_TO, false},
    {"abs", PT_ABS, false},
    {"lax", PT_LAX, false},
    {"flag", PT_FLAG, false},
    {"last", PT_LAST, false},
    {"null", PT_NULL, true},
    {"size", PT_SIZE, false},
    {"true", PT_TRUE, true},
    {"type", PT_TYPE, false},
    {"with", PT_WITH, false},
    {"false", PT_FALSE, true},
    {"floor", PT_FLOOR, false},
    {"double", PT_DOUBLE, false},
    {"exists", PT_EXISTS, false},
    {"starts", PT_STARTS, false},
    {"strict", PT_STRICT, false},
    {"ceiling", PT_CEILING, false},
    {"unknown", PT_UNKNOWN, false},
    {"datetime", PT_DATETIME, false},
    {"keyvalue", PT_KEYVALUE, false},
    {"like_regex", PT_LIKE_REGEX, false},
};
static PathToken keyword(Str word) {
    for (size_t i = 0; i < ARRAY_LEN(keywords); i++)
        if (strlen(keywords[i].word) == word.len &&
            text_is_word(word.data, word.len, keywords[i].word))
            return keywords[i].exact && memcmp(keywords[i].word, word.data, word.len) != 0
                       ? PT_IDENT
                       : keywords[i].kind;
    return PT_IDENT;
}

/* ---- escapes ---- */

static Status surrogate_error(const char *detail) {
    return status_detail(
        error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type %s", "jsonpath"),
        "%s", detail);
}
static Status put_code(StrBuf *out, uint32_t code) {
    char bytes[4];
    if (code == 0)
        return status_detail(
            error(ERR_UNTRANSLATABLE_CHARACTER, "unsupported Unicode escape sequence"),
            "\\u0000 cannot be converted to text.");
    if (code > 0x10ffff)
        return error(ERR_SYNTAX_ERROR, "invalid Unicode code point");
    strbuf_append(out, bytes, utf8_encode(code, bytes));
    return STATUS_OK;
}
/* One \uXXXX or \u{X...}: its length in bytes, 0 where it is malformed; *seen_out: what was looked at. */
static size_t unicode_escape(const char *p, const char *end, uint32_t *code_out, size_t *seen_out) {
    const char *s = p + 2;
    bool braced = s < end && *s == '{';
    int digits = 0, most = braced ? 6 : 4;
    *code_out = 0;
    s += braced;
    for (; s < end && digits < most && hex_value(*s) >= 0; s++, digits++)
        *code_out = *code_out << 4 | (uint32_t)hex_value(*s);
    *seen_out = (size_t)(s - p);
    if (braced)
        return digits > 0 && s < end && *s == '}' ? (size_t)(s + 1 - p) : 0;
    return digits == 4 ? (size_t)(s - p) : 0;
}
/* A run of \u escapes, in which surrogates pair up. */
static Status unicode_run(PathLexer *l, StrBuf *out) {
    const char *start = l->at;
    uint32_t high = 0, code;
    size_t n, seen;
    while (l->end - l->at >= 2 && l->at[0] == '\\' && l->at[1] == 'u') {
        n = unicode_escape(l->at, l->end, &code, &seen);
        if (n == 0)
            return error_near(span(start, l->at + seen), "invalid unicode sequence");
        l->at += n;
        bool is_high = code >= 0xd800 && code < 0xdc00, is_low = code >= 0xdc00 && code < 0xe000;
        if (is_high && high != 0)
            return surrogate_error("Unicode high surrogate must not follow a high surrogate.");
        if (is_low != (high != 0) && !is_high)
            return surrogate_error("Unicode low surrogate must follow a high surrogate.");
        if (is_high) {
            high = code;
            continue;
        }
        if (is_low)
            code = 0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00);
        high = 0;
        TRY(put_code(out, code));
    }
    if (high != 0)
        return surrogate_error("Unicode low surrogate must follow a high surrogate.");
    return STATUS_OK;
}
/* l->at stands on a backslash. */
static Status escape(PathLexer *l, StrBuf *out) {
    const char *p = l->at;
    if (l->end - p < 2 || p[1] == '\n')
        return error_near(span(p, p + 1), "unexpected end after backslash");
    if (p[1] == 'u')
        return unicode_run(l, out);
    if (p[1] == 'x') {
        int high = l->end - p > 2 ? hex_value(p[2]) : -1;
        int low = high >= 0 && l->end - p > 3 ? hex_value(p[3]) : -1;
        if (low < 0)
            return error_near(span(p, p + 2 + (high >= 0)), "invalid hex character sequence");
        l->at += 4;
        return put_code(out, (uint32_t)(high << 4 | low));
    }
    static const char plain[] = "b\bf\fn\nr\rt\tv\v";
    for (const char *e = plain; *e != '\0'; e += 2)
        if (*e == p[1]) {
            strbuf_putc(out, e[1]);
            l->at += 2;
            return STATUS_OK;
        }
    size_t n = MIN((size_t)utf8_char_bytes((uint8_t)p[1]), (size_t)(l->end - p - 1));
    strbuf_append(out, p + 1, n);
    l->at += 1 + n;
    return STATUS_OK;
}

/* ---- tokens ---- */

static Status skip_comment(PathLexer *l) {
    for (l->at += 2; l->end - l->at >= 2; l->at++)
        if (l->at[0] == '*' && l->at[1] == '/') {
            l->at += 2;
            return STATUS_OK;
        }
    return error_near(str_make("", 0), "unexpected end of comment");
}
static bool at_comment(const PathLexer *l) {
    return l->end - l->at >= 2 && l->at[0] == '/' && l->at[1] == '*';
}
/* The opening quote is read. */
static Status quoted(PathLexer *l, PathToken kind) {
    StrBuf out;
    strbuf_init(&out, l->arena);
    while (l->at < l->end && *l->at != '"') {
        if (*l->at == '\\') {
            TRY(escape(l, &out));
            continue;
        }
        const char *run = l->at;
        while (l->at < l->end && *l->at != '"' && *l->at != '\\')
            l->at++;
        strbuf_append(&out, run, (size_t)(l->at - run));
    }
    if (l->at >= l->end)
        return error_near(str_make("", 0), "unexpected end of quoted string");
    l->shown = span(l->at, l->at + 1);
    l->at++;
    l->kind = kind;
    l->text = str_make(strbuf_cstr(&out), out.len);
    return STATUS_OK;
}
/* *lost_out: a comment right behind a word swallows the word. */
static Status word(PathLexer *l, bool *lost_out) {
    StrBuf out;
    strbuf_init(&out, l->arena);
    *lost_out = false;
    while (l->at < l->end && (is_other(*l->at) || *l->at == '\\')) {
        if (*l->at == '\\') {
            TRY(escape(l, &out));
            continue;
        }
        const char *run = l->at;
        while (l->at < l->end && is_other(*l->at))
            l->at++;
        strbuf_append(&out, run, (size_t)(l->at - run));
    }
    if (at_comment(l)) {
        *lost_out = true;
        return skip_comment(l);
    }
    const char *blank = l->at;
    while (l->at < l->end && is_blank(*l->at))
        l->at++;
    l->shown = span(blank, l->at);
    l->text = str_make(strbuf_cstr(&out), out.len);
    l->kind = keyword(l->text);
    return STATUS_OK;
}
static const char *skip_digits(const char *p, const char *end) {
    while (p < end && is_digit(*p))
        p++;
    return p;
}
/* A number, or what begins like one. *is_word_out: the longest match is a word. */
static Status number(PathLexer *l, bool *is_word_out) {
    const char *start = l->at, *p = start, *end = l->end;
    PathToken kind = PT_INTEGER;
    *is_word_out = false;
    if (*p == '0')
        p++;
    else
        p = skip_digits(p, end);
    if (p < end && *p == '.') {
        kind = PT_NUMERIC;
        p = skip_digits(p + 1, end);
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *e = p + 1;
        bool sign = e < end && (*e == '+' || *e == '-');
        e += sign;
        if (e < end && is_digit(*e)) {
            kind = PT_NUMERIC;
            p = skip_digits(e, end);
        } else if (sign) {
            return error_near(span(start, e), "invalid numeric literal");
        }
    }
    const char *run = start;
    while (run < end && is_other(*run))
        run++;
    bool junk = p < end && is_other(*p);
    if (run > p + junk) {
        *is_word_out = true;
        return STATUS_OK;
    }
    if (junk)
        return error_near(
            span(start, p + MIN((size_t)utf8_char_bytes((uint8_t)*p), (size_t)(end - p))),
            "trailing junk after numeric literal");
    l->at = p;
    l->kind = kind;
    l->text = l->shown = span(start, p);
    return STATUS_OK;
}
static bool operator_token(PathLexer *l) {
    static const struct {
        const char *text;
        PathToken kind;
    } operators[] = {
        {"&&", PT_AND},   {"||", PT_OR},        {"**", PT_ANY},       {"<=", PT_LESS_EQUAL},
        {"==", PT_EQUAL}, {"<>", PT_NOT_EQUAL}, {"!=", PT_NOT_EQUAL}, {">=", PT_GREATER_EQUAL},
        {"<", PT_LESS},   {">", PT_GREATER},    {"!", PT_NOT}};
    for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
        size_t n = strlen(operators[i].text);
        if ((size_t)(l->end - l->at) >= n && memcmp(l->at, operators[i].text, n) == 0) {
            l->kind = operators[i].kind;
            l->shown = str_make(l->at, n);
            l->at += n;
            return true;
        }
    }
    return false;
}
/* A variable's name or a lone $. */
static Status dollar(PathLexer *l) {
    const char *start = l->at++;
    if (l->at < l->end && *l->at == '"') {
        l->at++;
        return quoted(l, PT_VARIABLE);
    }
    while (l->at < l->end && is_other(*l->at))
        l->at++;
    l->shown = span(start, l->at);
    l->text = span(start + 1, l->at);
    l->kind = l->text.len > 0 ? PT_VARIABLE : PT_CHAR;
    l->mark = '$';
    return STATUS_OK;
}
Status path_lex_next(PathLexer *l) {
    bool again = true;
    while (again) {
        while (l->at < l->end && (is_blank(*l->at) || at_comment(l))) {
            if (is_blank(*l->at))
                l->at++;
            else
                TRY(skip_comment(l));
        }
        if (l->at >= l->end) {
            l->kind = PT_END;
            l->shown = str_make("", 0);
            return STATUS_OK;
        }
        char c = *l->at;
        if (c == '"') {
            l->at++;
            return quoted(l, PT_STRING);
        }
        if (c == '$')
            return dollar(l);
        bool is_word = is_other(c) || c == '\\';
        if (is_digit(c) || (c == '.' && l->end - l->at > 1 && is_digit(l->at[1])))
            TRY(number(l, &is_word));
        else if (!is_word && !operator_token(l)) {
            l->kind = PT_CHAR;
            l->mark = c;
            l->shown = span(l->at, l->at + 1);
            l->at++;
        }
        again = false;
        if (is_word)
            TRY(word(l, &again));
    }
    return STATUS_OK;
}
