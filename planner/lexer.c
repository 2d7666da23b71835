/*
 * lexer.c: text to tokens.
 *
 * lexer_next reads any token. lexer_read, which the parser and the fingerprint use, looks at windows
 * of 64 bytes: one pass of vector comparisons gives the bits where words, numbers and other
 * characters begin, so that the processor can work on several tokens at once; what is not of the
 * common kinds is left to lexer_next. What a token holds (an identifier in lower case, a decoded
 * string) is copied into the arena at once; without an arena nothing is copied.
 *
 * The rules that are not obvious:
 * - Operators end before a comment, and give back trailing + and - unless they hold a character that
 *   no SQL operator has, so that =-1 is two tokens and @- is one.
 * - Adjacent strings join if a newline stands between them, comments allowed.
 * - A number directly followed by an identifier is an error, whatever follows.
 * - 1..10 is 1, .., 10.
 */
#include "planner/lexer.h"

#include "base/strbuf.h"
#include "base/utf8.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <immintrin.h>
#endif

const uint8_t token_word_class[TOK_KIND_COUNT] = {
    [TOK_IDENT] = WORD_COL_ID | WORD_TYPE_FUNC | WORD_NON_RESERVED | WORD_LABEL | WORD_BARE_LABEL,
#define CLASS_UNRESERVED (WORD_COL_ID | WORD_TYPE_FUNC | WORD_NON_RESERVED)
#define CLASS_COL_NAME (WORD_COL_ID | WORD_NON_RESERVED)
#define CLASS_TYPE_FUNC_NAME (WORD_TYPE_FUNC | WORD_NON_RESERVED)
#define CLASS_RESERVED WORD_RESERVED
#define KEYWORD(suffix, spelling, category, bare)                                                  \
    [TOK_K_##suffix] = CLASS_##category | WORD_LABEL | ((bare) ? WORD_BARE_LABEL : 0) |            \
                       (TOKEN_LOOKS_AHEAD(TOK_K_##suffix) ? WORD_LOOKS_AHEAD : 0),
#include "planner/keywords.def"
#undef KEYWORD
};

enum {
    CHAR_SPACE = 1 << 0, /* space, tab, newline, carriage return, form feed */
    CHAR_IDENT_START = 1 << 1,
    CHAR_IDENT = 1 << 2,
    CHAR_DIGIT = 1 << 3,
    CHAR_OP = 1 << 4,
    CHAR_SELF = 1 << 5,       /* a token by itself */
    CHAR_NOT_SQL_OP = 1 << 6, /* a character that lets an operator end in + or - */
    CHAR_HEX = 1 << 7
};

#define LETTER (CHAR_IDENT_START | CHAR_IDENT)
#define HEX_LETTER (LETTER | CHAR_HEX)
static const uint8_t char_class[256] = {
    [' '] = CHAR_SPACE,
    ['\t'] = CHAR_SPACE,
    ['\n'] = CHAR_SPACE,
    ['\r'] = CHAR_SPACE,
    ['\f'] = CHAR_SPACE,
    ['0' ... '9'] = CHAR_IDENT | CHAR_DIGIT | CHAR_HEX,
    ['A' ... 'F'] = HEX_LETTER,
    ['G' ... 'Z'] = LETTER,
    ['a' ... 'f'] = HEX_LETTER,
    ['g' ... 'z'] = LETTER,
    ['_'] = LETTER,
    [0x80 ... 0xff] = LETTER,
    ['$'] = CHAR_IDENT,
    ['~'] = CHAR_OP | CHAR_NOT_SQL_OP,
    ['!'] = CHAR_OP | CHAR_NOT_SQL_OP,
    ['@'] = CHAR_OP | CHAR_NOT_SQL_OP,
    ['#'] = CHAR_OP | CHAR_NOT_SQL_OP,
    ['^'] = CHAR_OP | CHAR_SELF | CHAR_NOT_SQL_OP,
    ['&'] = CHAR_OP | CHAR_NOT_SQL_OP,
    ['|'] = CHAR_OP | CHAR_NOT_SQL_OP,
    ['`'] = CHAR_OP | CHAR_NOT_SQL_OP,
    ['?'] = CHAR_OP | CHAR_NOT_SQL_OP,
    ['%'] = CHAR_OP | CHAR_SELF | CHAR_NOT_SQL_OP,
    ['+'] = CHAR_OP | CHAR_SELF,
    ['-'] = CHAR_OP | CHAR_SELF,
    ['*'] = CHAR_OP | CHAR_SELF,
    ['/'] = CHAR_OP | CHAR_SELF,
    ['<'] = CHAR_OP | CHAR_SELF,
    ['>'] = CHAR_OP | CHAR_SELF,
    ['='] = CHAR_OP | CHAR_SELF,
};

static inline bool is(unsigned char c, unsigned classes) { return (char_class[c] & classes) != 0; }

/* The byte at pos, 0 past the end (text holds no NUL). */
static inline unsigned char at(const Lexer *lexer, uint32_t pos) {
    return pos < lexer->len ? (unsigned char)lexer->input[pos] : 0;
}

void lexer_init(Lexer *lexer, Arena *arena, const char *input, uint32_t len, bool padded,
                const ParseOptions *options) {
    *lexer = (Lexer){.input = input,
                     .len = len,
                     .readable = padded ? len + LEXER_PADDING : len,
                     .arena = arena,
                     .options = options};
}

#define PADDED_TEXT_MAX 4096

void lexer_init_copy(Lexer *lexer, Arena *arena, const char *input, uint32_t len,
                     const ParseOptions *options) {
    bool copy = len <= PADDED_TEXT_MAX;
    if (copy) {
        char *padded = arena_alloc(arena, len + LEXER_PADDING);
        memcpy(padded, input, len);
        memset(padded + len, 0, LEXER_PADDING);
        input = padded;
    }
    lexer_init(lexer, arena, input, len, copy, options);
}

void lexer_done(Lexer *lexer) {
    status_free(lexer->error);
    lexer->error = STATUS_OK;
}

/* ---- errors and notices ---- */

static void fail(Lexer *lexer, Token *token, Status error) {
    check(status_ok(lexer->error));
    lexer->error = error;
    token->kind = TOK_ERROR;
}

/* "message at or near "..."" for the bytes start..end. */
static void fail_near(Lexer *lexer, Token *token, const char *message, uint32_t start,
                      uint32_t end) {
    Status s = start >= lexer->len ? error(ERR_SYNTAX_ERROR, "%s at end of input", message)
                                   : error(ERR_SYNTAX_ERROR, "%s at or near \"%.*s\"", message,
                                           (int)(end - start), lexer->input + start);
    fail(lexer, token, status_at(s, (int32_t)start));
}

static void notice(Lexer *lexer, bool warning, SqlState state, uint32_t location, char *message,
                   const char *hint) {
    ParseNotices *notices = lexer->options->notices;
    if (notices == NULL || lexer->arena == NULL)
        return;
    ParseNotice *n = arena_new(lexer->arena, ParseNotice);
    n->warning = warning;
    n->state = state;
    n->message = message;
    n->hint = hint;
    n->location = (int32_t)location;
    if (notices->last != NULL)
        notices->last->next = n;
    else
        notices->first = n;
    notices->last = n;
}

static void fail_encoding(Lexer *lexer, Token *token, const char *text, uint32_t len, size_t bad) {
    char hex[32] = "";
    unsigned bytes = utf8_claimed_bytes((unsigned char)text[bad]);
    for (unsigned i = 0, n = 0; i < bytes && bad + i < len; i++)
        n += (unsigned)snprintf(hex + n, sizeof(hex) - n, i ? " 0x%02x" : "0x%02x",
                                (unsigned char)text[bad + i]);
    fail(lexer, token,
         error(ERR_CHARACTER_NOT_IN_REPERTOIRE, "invalid byte sequence for encoding \"UTF8\": %s",
               hex));
}

/* ---- blanks ---- */

/* The end of the line from pos on, or of the text. */
static uint32_t line_end(const Lexer *lexer, uint32_t pos) {
    const char *s = lexer->input;
#ifdef __SSE2__
    for (; pos + 16 <= lexer->len; pos += 16) {
        __m128i c = _mm_loadu_si128((const __m128i *)(s + pos));
        __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('\n')),
                                    _mm_cmpeq_epi8(c, _mm_set1_epi8('\r')));
        if (_mm_movemask_epi8(ends) != 0)
            break;
    }
#endif
    while (pos < lexer->len && s[pos] != '\n' && s[pos] != '\r')
        pos++;
    return pos;
}

/* Skips blanks and comments. False: a comment has no end (token is then the error). */
static bool skip_blanks_slow(Lexer *lexer, Token *token) {
    const char *s = lexer->input;
    uint32_t pos = lexer->pos, len = lexer->len;
    for (;;) {
        while (pos < len && is((unsigned char)s[pos], CHAR_SPACE))
            pos++;
        if (pos + 1 >= len)
            break;
        if (s[pos] == '-' && s[pos + 1] == '-')
            pos = line_end(lexer, pos);
        else if (s[pos] == '/' && s[pos + 1] == '*') {
            uint32_t start = pos, depth = 1;
            for (pos += 2; depth > 0 && pos + 1 < len;) {
                if (s[pos] == '*' && s[pos + 1] == '/')
                    depth--, pos += 2;
                else if (s[pos] == '/' && s[pos + 1] == '*')
                    depth++, pos += 2;
                else
                    pos++;
            }
            if (depth > 0) {
                fail_near(lexer, token, "unterminated /* comment", start, len);
                return false;
            }
        } else
            break;
    }
    lexer->pos = pos;
    return true;
}

static inline bool skip_blanks(Lexer *lexer, Token *token) {
    uint32_t pos = lexer->pos;
    if (pos < lexer->len && lexer->input[pos] == ' ')
        pos++;
    if (pos < lexer->len && is((unsigned char)lexer->input[pos], LETTER | CHAR_DIGIT)) {
        lexer->pos = pos;
        return true;
    }
    return skip_blanks_slow(lexer, token);
}

/*
 * After a string's closing quote at pos - 1: the offset behind the opening quote of a continuation,
 * 0 if there is none. Blanks and comments may stand between, with at least one newline.
 */
static uint32_t continuation(const Lexer *lexer, uint32_t pos) {
    bool newline = false;
    for (;;) {
        unsigned char c = at(lexer, pos);
        if (is(c, CHAR_SPACE)) {
            newline |= c == '\n' || c == '\r';
            pos++;
        } else if (c == '-' && at(lexer, pos + 1) == '-') {
            pos = line_end(lexer, pos);
            if (pos >= lexer->len)
                return 0;
        } else
            return c == '\'' && newline ? pos + 1 : 0;
    }
}

/* ---- identifiers ---- */

/* Cuts a name at a character boundary, with a notice. Returns the new length. */
static uint32_t truncate_name(Lexer *lexer, char *name, uint32_t len, uint32_t location) {
    if (len <= IDENTIFIER_BYTES_MAX)
        return len;
    uint32_t cut = IDENTIFIER_BYTES_MAX;
    while (cut > 0 && ((unsigned char)name[cut] & 0xc0) == 0x80)
        cut--;
    if (lexer->options->notices != NULL)
        notice(lexer, false, ERR_NAME_TOO_LONG, location,
               arena_printf(lexer->arena, "identifier \"%s\" will be truncated to \"%.*s\"", name,
                            (int)cut, name),
               NULL);
    name[cut] = '\0';
    return cut;
}

#ifdef __SSE2__
/* All ones in the bytes that are first..last: these become the smallest of signed bytes. */
static inline __m128i in_range(__m128i c, char first, char last) {
    __m128i moved = _mm_sub_epi8(c, _mm_set1_epi8((char)(first + 128)));
    return _mm_cmplt_epi8(moved, _mm_set1_epi8((char)(last - first + 1 - 128)));
}

/* Bit i: byte i may stand in an identifier. */
static inline uint32_t identifier_mask(__m128i c) {
    __m128i yes = in_range(_mm_or_si128(c, _mm_set1_epi8(0x20)), 'a', 'z');
    yes = _mm_or_si128(yes, in_range(c, '0', '9'));
    yes = _mm_or_si128(yes, _mm_cmpeq_epi8(c, _mm_set1_epi8('_')));
    yes = _mm_or_si128(yes, _mm_cmpeq_epi8(c, _mm_set1_epi8('$')));
    return (uint32_t)_mm_movemask_epi8(_mm_or_si128(yes, c));
}

static inline __m128i fold_case(__m128i c) {
    return _mm_add_epi8(c, _mm_and_si128(in_range(c, 'A', 'Z'), _mm_set1_epi8(0x20)));
}

static const uint8_t keep_mask[32] = {255, 255, 255, 255, 255, 255, 255, 255,
                                      255, 255, 255, 255, 255, 255, 255, 255};
#endif

static inline char fold_char(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c; }

/* Length of the word at pos, 16 if it is that or more; its bytes, folded and zero-padded, into
 * first16. */
static NOINLINE uint32_t scan_word_bytewise(const Lexer *lexer, uint32_t pos, uint64_t first16[2]) {
    const char *s = lexer->input + pos;
    uint32_t left = lexer->len - pos, len = 0;
    char folded[16] = {0};
    for (; len < left && len < sizeof(folded) && is((unsigned char)s[len], CHAR_IDENT); len++)
        folded[len] = fold_char(s[len]);
    memcpy(first16, folded, sizeof(folded));
    return len;
}

static inline uint32_t scan_word(const Lexer *lexer, uint32_t pos, uint64_t first16[2]) {
#ifdef __SSE2__
    if (LIKELY(lexer->readable - pos >= 16)) {
        __m128i c = _mm_loadu_si128((const __m128i *)(lexer->input + pos));
        uint32_t len = (uint32_t)__builtin_ctz(~identifier_mask(c));
        __m128i keep = _mm_loadu_si128((const __m128i *)(keep_mask + 16 - len));
        c = _mm_and_si128(fold_case(c), keep);
        first16[0] = (uint64_t)_mm_cvtsi128_si64(c);
        first16[1] = (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(c, c));
        return len;
    }
#endif
    return scan_word_bytewise(lexer, pos, first16);
}

/* Length of the word at start, which is known to be at least known bytes. */
static uint32_t long_word_length(const Lexer *lexer, uint32_t start, uint32_t known) {
    uint32_t pos = start + known;
#ifdef __SSE2__
    while (lexer->readable - pos >= 16) {
        __m128i c = _mm_loadu_si128((const __m128i *)(lexer->input + pos));
        uint32_t len = (uint32_t)__builtin_ctz(~identifier_mask(c));
        pos += len;
        if (len < 16)
            return pos - start;
    }
#endif
    while (pos < lexer->len && is((unsigned char)lexer->input[pos], CHAR_IDENT))
        pos++;
    return pos - start;
}

/* Copies a word, folded. to has room for len rounded up to 16, plus 16. */
static void copy_folded(const Lexer *lexer, uint32_t start, uint32_t len, char *to) {
    const char *s = lexer->input + start;
    uint32_t i = 0;
#ifdef __SSE2__
    for (; i < len && lexer->readable - start - i >= 16; i += 16) {
        __m128i c = _mm_loadu_si128((const __m128i *)(s + i));
        _mm_storeu_si128((__m128i *)(to + i), fold_case(c));
    }
#endif
    for (; i < len; i++)
        to[i] = fold_char(s[i]);
    to[len] = '\0';
}

/* A word of more than fifteen bytes, which does not fit the smallest allocation. */
static NOINLINE uint32_t lex_long_word(Lexer *lexer, Token *token, uint32_t start) {
    uint32_t len = long_word_length(lexer, start, 16);
    token->end = start + len;
    token->text_len = len;
    if (lexer->arena == NULL && len > KEYWORD_LEN_MAX)
        return token->end;
    char folded[48], *name = folded;
    if (len > KEYWORD_LEN_MAX)
        name = arena_alloc(lexer->arena, ALIGN_UP(len, 16u) + 16);
    copy_folded(lexer, start, len, name);
    if (len <= KEYWORD_LEN_MAX) {
        uint64_t first16[2];
        memcpy(first16, folded, sizeof(first16));
        int32_t keyword = keyword_lookup(folded, len, first16);
        if (keyword >= 0) {
            token->kind = keyword_table[keyword].token;
            token->text = keyword_table[keyword].name;
            return token->end;
        }
        if (lexer->arena == NULL)
            return token->end;
        name = arena_strndup(lexer->arena, folded, len);
    }
    token->text_len = truncate_name(lexer, name, len, start);
    token->text = name;
    return token->end;
}

/* The word at start. Returns the offset behind it. */
static uint32_t lex_word_at(Lexer *lexer, uint32_t start, Token *token) {
    uint64_t first16[2];
    uint32_t len = scan_word(lexer, start, first16);
    *token = (Token){.kind = TOK_IDENT, .start = start, .end = start + len, .text_len = len};
    if (UNLIKELY(len > 15))
        return lex_long_word(lexer, token, start);
    const Keyword *keyword = keyword_candidate(first16);
    if (keyword_is(keyword, first16)) {
        token->kind = keyword->token;
        token->text = keyword->name;
        lexer->looks_ahead |= keyword->looks_ahead;
    } else if (LIKELY(lexer->arena != NULL)) {
        uint64_t *name = arena_alloc(lexer->arena, 16);
        name[0] = first16[0];
        name[1] = first16[1];
        token->text = (char *)name;
    }
    return start + len;
}

static void lex_word(Lexer *lexer, Token *token) {
    lexer->pos = lex_word_at(lexer, token->start, token);
}

/* Copies s[from..to), making each doubled quote one. Returns the length. */
static uint32_t copy_undoubled(char *to, const char *s, uint32_t from, uint32_t end, char quote) {
    uint32_t n = 0;
    for (uint32_t i = from; i < end; i++) {
        to[n++] = s[i];
        if (s[i] == quote)
            i++;
    }
    to[n] = '\0';
    return n;
}

/* ---- Unicode escapes of U&'..' and U&".." ---- */

/* Reads count hex digits. Returns -1 if they are not all there. */
static int64_t hex_digits(const char *s, uint32_t available, uint32_t count) {
    if (available < count)
        return -1;
    int64_t value = 0;
    for (uint32_t i = 0; i < count; i++) {
        unsigned char c = (unsigned char)s[i];
        if (!is(c, CHAR_HEX))
            return -1;
        value = value * 16 + (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    return value;
}

static bool is_surrogate_first(int64_t c) { return c >= 0xd800 && c <= 0xdbff; }
static bool is_surrogate_second(int64_t c) { return c >= 0xdc00 && c <= 0xdfff; }
static uint32_t join_surrogates(int64_t first, int64_t second) {
    return (uint32_t)(((first & 0x3ff) << 10) + 0x10000 + (second & 0x3ff));
}

static void fail_escape(Lexer *lexer, Token *token, uint32_t location, const char *message,
                        const char *hint) {
    Status s = error(ERR_SYNTAX_ERROR, "%s", message);
    if (hint != NULL)
        s = status_hint(s, "%s", hint);
    fail(lexer, token, status_at(s, (int32_t)location));
}

/* Replaces the escapes in token->text; token becomes the error where one is malformed. */
static void decode_unicode(Lexer *lexer, Token *token, char escape) {
    const char *in = token->text, *end = in + token->text_len;
    /* Positions count from the text's start; a character is never longer than its escape. */
    uint32_t base = token->start + 3;
    char *out = arena_alloc(lexer->arena, token->text_len + 1);
    char *write = out;
    int64_t first = 0;
    while (in < end) {
        uint32_t where = base + (uint32_t)(in - token->text);
        if (*in != escape || (in + 1 < end && in[1] == escape)) {
            if (first != 0) {
                fail_escape(lexer, token, where, "invalid Unicode surrogate pair", NULL);
                return;
            }
            in += *in == escape ? 2 : 1;
            *write++ = in[-1];
            continue;
        }
        uint32_t left = (uint32_t)(end - in);
        uint32_t bytes = 5;
        int64_t c = hex_digits(in + 1, left - 1, 4);
        if (c < 0 && left > 1 && in[1] == '+') {
            bytes = 8;
            c = hex_digits(in + 2, left - 2, 6);
        }
        if (c < 0) {
            fail_escape(lexer, token, where, "invalid Unicode escape",
                        "Unicode escapes must be \\XXXX or \\+XXXXXX.");
            return;
        }
        if (c == 0 || c > 0x10ffff) {
            fail_escape(lexer, token, where, "invalid Unicode escape value", NULL);
            return;
        }
        if ((first != 0) != is_surrogate_second(c)) {
            fail_escape(lexer, token, where, "invalid Unicode surrogate pair", NULL);
            return;
        }
        if (is_surrogate_first(c))
            first = c;
        else {
            write += utf8_encode(first != 0 ? join_surrogates(first, c) : (uint32_t)c, write);
            first = 0;
        }
        in += bytes;
    }
    if (first != 0) {
        fail_escape(lexer, token, base + token->text_len, "invalid Unicode surrogate pair", NULL);
        return;
    }
    *write = '\0';
    token->text = out;
    token->text_len = (uint32_t)(write - out);
}

/* After U&'..' or U&"..": takes a UESCAPE clause if one follows, then decodes. */
static void finish_unicode(Lexer *lexer, Token *token) {
    if (token->kind == TOK_ERROR || lexer->arena == NULL)
        return;
    uint32_t behind = lexer->pos;
    Token next;
    char escape = '\\';
    lexer_next(lexer, &next);
    if (next.kind == TOK_K_UESCAPE) {
        lexer_next(lexer, &next);
        if (next.kind == TOK_ERROR) {
            token->kind = TOK_ERROR;
            return;
        }
        if (next.kind != TOK_STRING) {
            fail_near(lexer, token, "UESCAPE must be followed by a simple string literal",
                      next.start, next.end);
            return;
        }
        unsigned char c = (unsigned char)next.text[0];
        if (next.text_len != 1 || is(c, CHAR_HEX | CHAR_SPACE) || c == '+' || c == '\'' ||
            c == '"') {
            fail_near(lexer, token, "invalid Unicode escape character", next.start, next.end);
            return;
        }
        escape = (char)c;
        token->end = next.end;
    } else {
        if (next.kind == TOK_ERROR)
            lexer_done(lexer);
        lexer->pos = behind;
    }
    decode_unicode(lexer, token, escape);
}

/* pos is behind the opening quote. */
static void lex_quoted_identifier(Lexer *lexer, Token *token, uint32_t pos, bool unicode) {
    const char *s = lexer->input;
    uint32_t body = pos, doubled = 0;
    for (;; pos++) {
        const char *quote = memchr(s + pos, '"', lexer->len - pos);
        if (quote == NULL) {
            fail_near(lexer, token, "unterminated quoted identifier", token->start, lexer->len);
            return;
        }
        pos = (uint32_t)(quote - s);
        if (at(lexer, pos + 1) != '"')
            break;
        doubled++;
        pos++;
    }
    lexer->pos = token->end = pos + 1;
    if (pos == body) {
        fail_near(lexer, token, "zero-length delimited identifier", token->start, token->end);
        return;
    }
    token->kind = TOK_IDENT;
    token->text_len = pos - body - doubled;
    if (lexer->arena == NULL)
        return;
    char *name = arena_alloc(lexer->arena, pos - body + 1);
    copy_undoubled(name, s, body, pos, '"');
    token->text = name;
    if (unicode) {
        finish_unicode(lexer, token);
        if (token->kind == TOK_ERROR)
            return;
    }
    token->text_len = truncate_name(lexer, (char *)token->text, token->text_len, token->start);
}

/* ---- strings ---- */

/* 'standard' and U&'..' strings: pos is behind the opening quote. */
static void lex_standard_string(Lexer *lexer, Token *token, uint32_t pos, bool unicode) {
    const char *s = lexer->input;
    uint32_t body = pos, end, pieces = 0;
    StrBuf buf;
    for (;;) {
        bool doubled = false;
        uint32_t piece = pos;
        for (;; pos++) {
            const char *quote = memchr(s + pos, '\'', lexer->len - pos);
            if (quote == NULL) {
                fail_near(lexer, token, "unterminated quoted string", token->start, lexer->len);
                return;
            }
            pos = (uint32_t)(quote - s);
            if (at(lexer, pos + 1) != '\'')
                break;
            doubled = true;
            pos++;
        }
        end = pos;
        uint32_t more = is(at(lexer, pos + 1), CHAR_SPACE) || at(lexer, pos + 1) == '-'
                            ? continuation(lexer, pos + 1)
                            : 0;
        if (more == 0 && pieces == 0) {
            token->plain = !doubled && !unicode;
            if (lexer->arena != NULL) {
                char *text = arena_alloc(lexer->arena, end - body + 1);
                token->text_len = end - body;
                if (doubled)
                    token->text_len = copy_undoubled(text, s, body, end, '\'');
                else {
                    memcpy(text, s + body, end - body);
                    text[end - body] = '\0';
                }
                token->text = text;
            }
            break;
        }
        if (lexer->arena != NULL) {
            if (pieces++ == 0)
                strbuf_init(&buf, lexer->arena);
            char *text = arena_alloc(lexer->arena, end - piece + 1);
            strbuf_append(&buf, text, copy_undoubled(text, s, piece, end, '\''));
            token->text = strbuf_cstr(&buf);
            token->text_len = (uint32_t)buf.len;
        }
        if (more == 0)
            break;
        pos = more;
    }
    lexer->pos = token->end = end + 1;
    token->kind = TOK_STRING;
    if (unicode)
        finish_unicode(lexer, token);
}

/* The state of reading an E'..' string. */
typedef struct Escaped {
    Lexer *lexer;
    Token *token;
    StrBuf buf;
    uint32_t pos;
    int64_t surrogate; /* a first half that waits for its second; else 0 */
    bool check_encoding;
    bool warn; /* a plain '..' string with standard_conforming_strings off */
} Escaped;

static void put(Escaped *e, char c) {
    if (e->lexer->arena != NULL)
        strbuf_putc(&e->buf, c);
}

static void warn_escape(Escaped *e, const char *message, const char *hint) {
    if (e->warn && e->lexer->options->escape_string_warning)
        notice(e->lexer, true, ERR_NONSTANDARD_USE_OF_ESCAPE_CHARACTER, e->token->start,
               (char *)message, hint);
    e->warn = false;
}

static void warn_plain_escape(Escaped *e) {
    warn_escape(e, "nonstandard use of escape in a string literal",
                "Use the escape string syntax for escapes, e.g., E'\\r\\n'.");
}

/* \uXXXX or \UXXXXXXXX at e->pos. False: error. */
static bool escape_unicode(Escaped *e) {
    Lexer *lexer = e->lexer;
    uint32_t digits = lexer->input[e->pos + 1] == 'u' ? 4 : 8;
    int64_t c = hex_digits(lexer->input + e->pos + 2, lexer->len - e->pos - 2, digits);
    uint32_t end = e->pos + 2 + digits;
    if (c < 0) {
        fail(lexer, e->token,
             status_at(status_hint(error(ERR_INVALID_ESCAPE_SEQUENCE, "invalid Unicode escape"),
                                   "Unicode escapes must be \\uXXXX or \\UXXXXXXXX."),
                       (int32_t)e->pos));
        return false;
    }
    if (e->surrogate == 0)
        warn_plain_escape(e);
    if (e->surrogate != 0 ? !is_surrogate_second(c) : is_surrogate_second(c)) {
        fail_near(lexer, e->token, "invalid Unicode surrogate pair", e->pos, end);
        return false;
    }
    if (is_surrogate_first(c)) {
        e->surrogate = c;
        e->pos = end;
        return true;
    }
    uint32_t code = e->surrogate != 0 ? join_surrogates(e->surrogate, c) : (uint32_t)c;
    e->surrogate = 0;
    if (code == 0 || code > 0x10ffff) {
        fail_near(lexer, e->token, "invalid Unicode escape value", e->pos, end);
        return false;
    }
    char utf8[4];
    unsigned bytes = utf8_encode(code, utf8);
    for (unsigned i = 0; i < bytes; i++)
        put(e, utf8[i]);
    e->pos = end;
    return true;
}

/* \ooo or \xhh at e->pos; c is the character behind the backslash. */
static void escape_byte(Escaped *e, unsigned char c) {
    uint32_t pos = e->pos + 1, value = 0;
    if (c == 'x') {
        pos++;
        for (int i = 0; i < 2 && is(at(e->lexer, pos), CHAR_HEX); i++, pos++)
            value = value * 16 + (uint32_t)hex_digits(e->lexer->input + pos, 1, 1);
    } else {
        for (int i = 0; i < 3 && at(e->lexer, pos) >= '0' && at(e->lexer, pos) <= '7'; i++, pos++)
            value = value * 8 + (uint32_t)(e->lexer->input[pos] - '0');
    }
    warn_plain_escape(e);
    value &= 0xff;
    e->check_encoding |= value == 0 || value >= 0x80;
    put(e, (char)value);
    e->pos = pos;
}

/* A backslash at e->pos. False: error. */
static bool escape_sequence(Escaped *e) {
    Lexer *lexer = e->lexer;
    unsigned char c = at(lexer, e->pos + 1);
    if (c == 'u' || c == 'U')
        return escape_unicode(e);
    if (e->surrogate != 0) {
        fail_near(lexer, e->token, "invalid Unicode surrogate pair", e->pos, e->pos + 1);
        return false;
    }
    if ((c >= '0' && c <= '7') || (c == 'x' && is(at(lexer, e->pos + 2), CHAR_HEX))) {
        escape_byte(e, c);
        return true;
    }
    if (c == '\'') {
        if (lexer->options->backslash_quote == BACKSLASH_QUOTE_OFF) {
            fail(lexer, e->token,
                 status_at(status_hint(error(ERR_NONSTANDARD_USE_OF_ESCAPE_CHARACTER,
                                             "unsafe use of \\' in a string literal"),
                                       "Use '' to write quotes in strings. \\' is insecure in "
                                       "client-only encodings."),
                           (int32_t)e->token->start));
            return false;
        }
        warn_escape(e, "nonstandard use of \\' in a string literal",
                    "Use '' to write quotes in strings, or use the escape string syntax "
                    "(E'...').");
    } else if (c == '\\')
        warn_escape(e, "nonstandard use of \\\\ in a string literal",
                    "Use the escape string syntax for backslashes, e.g., E'\\\\'.");
    else
        warn_plain_escape(e);
    static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
    const char *found = c != 0 ? strchr(from, c) : NULL;
    if (found != NULL)
        c = (unsigned char)to[found - from];
    e->check_encoding |= c >= 0x80;
    put(e, (char)c);
    e->pos += 2;
    return true;
}

/* E'..' strings, and '..' with standard_conforming_strings off. */
static void lex_escape_string(Lexer *lexer, Token *token, uint32_t pos, bool warn) {
    Escaped e = {.lexer = lexer, .token = token, .pos = pos, .warn = warn};
    if (lexer->arena != NULL)
        strbuf_init(&e.buf, lexer->arena);
    for (;;) {
        if (e.pos >= lexer->len) {
            if (e.surrogate != 0)
                fail_near(lexer, token, "invalid Unicode surrogate pair", e.pos, e.pos);
            else
                fail_near(lexer, token, "unterminated quoted string", token->start, lexer->len);
            return;
        }
        char c = lexer->input[e.pos];
        if (c == '\\' && e.pos + 1 < lexer->len) {
            if (!escape_sequence(&e))
                return;
            continue;
        }
        if (e.surrogate != 0) {
            fail_near(lexer, token, "invalid Unicode surrogate pair", e.pos,
                      e.pos + utf8_char_bytes((unsigned char)c));
            return;
        }
        if (c == '\'') {
            if (at(lexer, e.pos + 1) == '\'') {
                put(&e, c);
                e.pos += 2;
                continue;
            }
            uint32_t more = continuation(lexer, e.pos + 1);
            if (more == 0)
                break;
            e.pos = more;
            continue;
        }
        put(&e, c);
        e.pos++;
    }
    lexer->pos = token->end = e.pos + 1;
    token->kind = TOK_STRING;
    if (lexer->arena == NULL)
        return;
    token->text = strbuf_cstr(&e.buf);
    token->text_len = (uint32_t)e.buf.len;
    size_t bad;
    if (e.check_encoding && !utf8_valid(token->text, token->text_len, &bad))
        fail_encoding(lexer, token, token->text, token->text_len, bad);
}

/* B'..' and X'..': the digits are checked where the value is made. */
static void lex_bit_string(Lexer *lexer, Token *token, char kind) {
    uint32_t pos = lexer->pos + 2;
    StrBuf buf;
    if (lexer->arena != NULL) {
        strbuf_init(&buf, lexer->arena);
        strbuf_putc(&buf, kind);
    }
    for (;;) {
        const char *s = lexer->input + pos;
        const char *quote = memchr(s, '\'', lexer->len - pos);
        if (quote == NULL) {
            fail_near(lexer, token,
                      kind == 'b' ? "unterminated bit string literal"
                                  : "unterminated hexadecimal string literal",
                      token->start, lexer->len);
            return;
        }
        if (lexer->arena != NULL)
            strbuf_append(&buf, s, (size_t)(quote - s));
        pos += (uint32_t)(quote - s) + 1;
        uint32_t more = continuation(lexer, pos);
        if (more == 0)
            break;
        pos = more;
    }
    lexer->pos = token->end = pos;
    token->kind = TOK_BIT;
    if (lexer->arena != NULL) {
        token->text = strbuf_cstr(&buf);
        token->text_len = (uint32_t)buf.len;
    }
}

/* $tag$ .. $tag$, $n, or a lone $. */
static void lex_dollar(Lexer *lexer, Token *token) {
    const char *s = lexer->input;
    uint32_t start = lexer->pos, pos = start + 1;
    if (is(at(lexer, pos), CHAR_DIGIT)) {
        uint64_t value = 0;
        for (; is(at(lexer, pos), CHAR_DIGIT); pos++)
            value = value * 10 + (uint64_t)(s[pos] - '0');
        token->kind = TOK_PARAM;
        token->ival = (int32_t)(uint32_t)value;
        lexer->pos = token->end = pos;
        if (is(at(lexer, pos), CHAR_IDENT_START)) {
            while (is(at(lexer, pos), CHAR_IDENT))
                pos++;
            fail_near(lexer, token, "trailing junk after parameter", start, pos);
        }
        return;
    }
    while (is(at(lexer, pos), CHAR_IDENT) && s[pos] != '$')
        pos++;
    if (at(lexer, pos) != '$') {
        token->kind = '$';
        lexer->pos = token->end = start + 1;
        return;
    }
    uint32_t body = pos + 1, tag_len = body - start;
    const char *end = memmem(s + body, lexer->len - body, s + start, tag_len);
    if (end == NULL) {
        fail_near(lexer, token, "unterminated dollar-quoted string", start, lexer->len);
        return;
    }
    token->kind = TOK_STRING;
    token->text_len = (uint32_t)(end - (s + body));
    if (lexer->arena != NULL)
        token->text = arena_strndup(lexer->arena, s + body, token->text_len);
    lexer->pos = token->end = body + token->text_len + tag_len;
}

/* ---- numbers and operators ---- */

static uint32_t skip_digits(const Lexer *lexer, uint32_t pos) {
    while (is(at(lexer, pos), CHAR_DIGIT))
        pos++;
    return pos;
}

static void lex_number(Lexer *lexer, Token *token) {
    uint32_t start = lexer->pos, pos = skip_digits(lexer, start);
    bool integer = true, junk = false;
    if (at(lexer, pos) == '.' && !(pos > start && at(lexer, pos + 1) == '.')) {
        integer = false;
        pos = skip_digits(lexer, pos + 1);
    }
    unsigned char c = at(lexer, pos);
    if (is(c, CHAR_IDENT_START)) {
        uint32_t digits = pos + 1;
        if (c == 'e' || c == 'E') {
            bool sign = at(lexer, digits) == '+' || at(lexer, digits) == '-';
            uint32_t end = skip_digits(lexer, digits + sign);
            junk = end == digits + sign;
            if (!junk) {
                integer = false;
                pos = end;
            } else if (sign)
                pos = digits + 1;
        }
        if (is(at(lexer, pos), CHAR_IDENT_START) && !(junk && pos > digits)) {
            junk = true;
            while (is(at(lexer, pos), CHAR_IDENT))
                pos++;
        }
    }
    lexer->pos = token->end = pos;
    if (junk) {
        fail_near(lexer, token, "trailing junk after numeric literal", start, pos);
        return;
    }
    token->kind = TOK_FLOAT;
    token->text_len = pos - start;
    if (integer && pos - start <= 10) {
        int64_t value = 0;
        for (uint32_t i = start; i < pos; i++)
            value = value * 10 + (lexer->input[i] - '0');
        if (value <= INT32_MAX) {
            token->kind = TOK_INTEGER;
            token->ival = (int32_t)value;
            return;
        }
    } else if (integer) {
        /* Leading zeros can hide a small number. */
        uint32_t first = start;
        while (first + 1 < pos && lexer->input[first] == '0')
            first++;
        char digits[12];
        if (pos - first <= 10) {
            memcpy(digits, lexer->input + first, pos - first);
            digits[pos - first] = '\0';
            int64_t value = strtoll(digits, NULL, 10);
            if (value <= INT32_MAX) {
                token->kind = TOK_INTEGER;
                token->ival = (int32_t)value;
                return;
            }
        }
    }
    if (lexer->arena != NULL)
        token->text = arena_strndup(lexer->arena, lexer->input + start, token->text_len);
}

static uint16_t two_char_operator(char a, char b) {
    if (a == '<' && b == '=')
        return TOK_LESS_EQUALS;
    if (a == '>' && b == '=')
        return TOK_GREATER_EQUALS;
    if ((a == '<' && b == '>') || (a == '!' && b == '='))
        return TOK_NOT_EQUALS;
    if (a == '=' && b == '>')
        return TOK_EQUALS_GREATER;
    return TOK_OP;
}

static void lex_operator(Lexer *lexer, Token *token) {
    const char *s = lexer->input + lexer->pos;
    uint32_t available = lexer->len - lexer->pos, len = 1, run;
    if (UNLIKELY(lexer->pos >= lexer->signs_from && lexer->pos < lexer->signs_end)) {
        token->kind = (unsigned char)s[0];
        lexer->pos = token->end = token->start + 1;
        return;
    }
    bool special = is((unsigned char)s[0], CHAR_NOT_SQL_OP);
    for (; len < available && is((unsigned char)s[len], CHAR_OP); len++) {
        if ((s[len] == '-' || s[len] == '/') && len + 1 < available &&
            s[len + 1] == (s[len] == '-' ? '-' : '*'))
            break; /* a comment */
        special |= is((unsigned char)s[len], CHAR_NOT_SQL_OP);
    }
    /* A special last character cannot be + or -, so looking at the whole is looking before it. */
    run = len;
    if (!special)
        while (len > 1 && (s[len - 1] == '+' || s[len - 1] == '-'))
            len--;
    if (len < run) {
        lexer->signs_from = token->start + len;
        lexer->signs_end = token->start + run;
    }
    lexer->pos = token->end = token->start + len;
    if (len == 1 && is((unsigned char)s[0], CHAR_SELF)) {
        token->kind = (unsigned char)s[0];
        return;
    }
    token->kind = len == 2 ? two_char_operator(s[0], s[1]) : TOK_OP;
    if (token->kind != TOK_OP)
        return;
    if (len > IDENTIFIER_BYTES_MAX) {
        fail_near(lexer, token, "operator too long", token->start, token->end);
        return;
    }
    token->text_len = len;
    if (lexer->arena != NULL)
        token->text = arena_strndup(lexer->arena, s, len);
}

/* ---- dispatch ---- */

/* A letter that may open a string: b x n e u. True if it did. */
static bool lex_prefixed(Lexer *lexer, Token *token, unsigned char c) {
    unsigned char next = at(lexer, lexer->pos + 1);
    c |= 0x20;
    if (next == '\'') {
        if (c == 'e')
            lex_escape_string(lexer, token, lexer->pos + 2, false);
        else if (c == 'b' || c == 'x')
            lex_bit_string(lexer, token, (char)c);
        else if (c == 'n') {
            /* N'..' is NCHAR '..' */
            token->kind = TOK_K_NCHAR;
            token->text = "nchar";
            token->text_len = 5;
            token->end = ++lexer->pos;
        } else
            return false;
        return true;
    }
    if (c != 'u' || next != '&')
        return false;
    unsigned char quote = at(lexer, lexer->pos + 2);
    if (quote == '"')
        lex_quoted_identifier(lexer, token, lexer->pos + 3, true);
    else if (quote == '\'' && !lexer->options->standard_conforming_strings)
        fail(lexer, token,
             status_at(status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                           "unsafe use of string constant with Unicode escapes"),
                                     "String constants with Unicode escapes cannot be used when "
                                     "standard_conforming_strings is off."),
                       (int32_t)token->start));
    else if (quote == '\'')
        lex_standard_string(lexer, token, lexer->pos + 3, true);
    else
        return false;
    return true;
}

static void lex_punctuation(Lexer *lexer, Token *token, unsigned char c) {
    unsigned char next = at(lexer, lexer->pos + 1);
    uint32_t len = 2;
    if (c == ':' && next == ':')
        token->kind = TOK_TYPECAST;
    else if (c == ':' && next == '=')
        token->kind = TOK_COLON_EQUALS;
    else if (c == '.' && next == '.')
        token->kind = TOK_DOT_DOT;
    else {
        token->kind = c;
        len = 1;
    }
    lexer->pos = token->end = lexer->pos + len;
}

void lexer_next(Lexer *lexer, Token *token) {
    *token = (Token){.kind = TOK_ERROR, .start = lexer->pos, .end = lexer->pos};
    if (UNLIKELY(!status_ok(lexer->error)) || !skip_blanks(lexer, token))
        return;
    token->start = token->end = lexer->pos;
    if (lexer->pos >= lexer->len) {
        token->kind = TOK_END;
        return;
    }
    unsigned char c = (unsigned char)lexer->input[lexer->pos];
    if (is(c, CHAR_IDENT_START)) {
        unsigned char next = at(lexer, lexer->pos + 1);
        if ((next != '\'' && next != '&') || !lex_prefixed(lexer, token, c))
            lex_word(lexer, token);
    } else if (is(c, CHAR_DIGIT) || (c == '.' && is(at(lexer, lexer->pos + 1), CHAR_DIGIT)))
        lex_number(lexer, token);
    else if (is(c, CHAR_OP))
        lex_operator(lexer, token);
    else if (c == '\'') {
        if (LIKELY(lexer->options->standard_conforming_strings))
            lex_standard_string(lexer, token, lexer->pos + 1, false);
        else
            lex_escape_string(lexer, token, lexer->pos + 1, true);
    } else if (c == '"')
        lex_quoted_identifier(lexer, token, lexer->pos + 1, false);
    else if (c == '$')
        lex_dollar(lexer, token);
    else
        lex_punctuation(lexer, token, c);
}

/* ---- many tokens at a time ---- */

#define ALWAYS_INLINE __attribute__((always_inline))

#ifdef __SSE2__

/* The kinds of tokens that a first byte may open here, beside those that it is by itself. */
enum {
    FIRST_OTHER = 0,        /* left to lexer_next */
    FIRST_WORD = TOK_IDENT, /* what is smaller is a token by itself, whatever follows */
    FIRST_BLANK = TOK_KIND_COUNT,
    FIRST_DIGIT,
    FIRST_OPERATOR, /* a token by itself unless more of an operator follows */
    FIRST_DOT,
    FIRST_QUOTE
};

static const uint16_t first_kind[256] = {
    [' '] = FIRST_BLANK,
    ['\t'] = FIRST_BLANK,
    ['\n'] = FIRST_BLANK,
    ['\r'] = FIRST_BLANK,
    ['\f'] = FIRST_BLANK,
    ['0' ... '9'] = FIRST_DIGIT,
    ['A' ... 'Z'] = FIRST_WORD,
    ['a' ... 'z'] = FIRST_WORD,
    ['_'] = FIRST_WORD,
    [0x80 ... 0xff] = FIRST_WORD,
    [','] = ',',
    ['('] = '(',
    [')'] = ')',
    [';'] = ';',
    ['['] = '[',
    [']'] = ']',
    ['*'] = FIRST_OPERATOR,
    ['='] = FIRST_OPERATOR,
    ['+'] = FIRST_OPERATOR,
    ['-'] = FIRST_OPERATOR,
    ['/'] = FIRST_OPERATOR,
    ['<'] = FIRST_OPERATOR,
    ['>'] = FIRST_OPERATOR,
    ['%'] = FIRST_OPERATOR,
    ['^'] = FIRST_OPERATOR,
    ['.'] = FIRST_DOT,
    ['\''] = FIRST_QUOTE,
};

/* A text can be read this far behind a window's first byte. */
#define WINDOW_BYTES 64
#define WINDOW_STARTS 48 /* a word that begins in these ends in the window if it is short */
static_assert(WINDOW_STARTS + 16 <= WINDOW_BYTES && WINDOW_BYTES < LEXER_PADDING, "windows");

/* A piece of text; bit i speaks of its byte i. */
typedef struct Window {
    uint64_t word;  /* may stand in an identifier */
    uint64_t blank; /* stands between tokens */
} Window;

static inline ALWAYS_INLINE Window window_narrow(const char *s) {
    Window window = {0};
    for (unsigned i = 0; i < WINDOW_BYTES; i += 16) {
        __m128i c = _mm_loadu_si128((const __m128i *)(s + i));
        __m128i blank = in_range(c, '\t', '\r');
        blank = _mm_andnot_si128(_mm_cmpeq_epi8(c, _mm_set1_epi8('\v')), blank);
        blank = _mm_or_si128(blank, _mm_cmpeq_epi8(c, _mm_set1_epi8(' ')));
        window.word |= (uint64_t)identifier_mask(c) << i;
        window.blank |= (uint64_t)(uint32_t)_mm_movemask_epi8(blank) << i;
    }
    return window;
}

#define WIDE __attribute__((target("avx2,bmi")))

/* What window_wide compares with, in memory: to make them anew for each window takes longer than
 * the comparisons. Ranges as in_range has them: what to add, and what is then behind the last. */
typedef struct WideBytes {
    __m256i space, tab, tab_end, vertical_tab, lower, letter, letter_end, digit, digit_end,
        underscore, dollar;
} WideBytes;

#define EIGHT(byte) ((int64_t)(UINT64_C(0x0101010101010101) * (uint8_t)(byte)))
#define ALL(byte)                                                                                  \
    { EIGHT(byte), EIGHT(byte), EIGHT(byte), EIGHT(byte) }
static const WideBytes wide_bytes = {
    .space = ALL(' '),
    .tab = ALL(-128 - '\t'),
    .tab_end = ALL(-128 + '\r' - '\t' + 1),
    .vertical_tab = ALL('\v'),
    .lower = ALL(0x20),
    .letter = ALL(-128 - 'a'),
    .letter_end = ALL(-128 + 26),
    .digit = ALL(-128 - '0'),
    .digit_end = ALL(-128 + 10),
    .underscore = ALL('_'),
    .dollar = ALL('$'),
};
#undef ALL
#undef EIGHT

WIDE static inline Window window_wide(const char *s) {
    const WideBytes *k = &wide_bytes;
    Window window = {0};
    __asm__("" : "+r"(k));
    for (unsigned i = 0; i < WINDOW_BYTES; i += 32) {
        __m256i c = _mm256_loadu_si256((const __m256i *)(s + i));
        __m256i blank = _mm256_cmpgt_epi8(k->tab_end, _mm256_add_epi8(c, k->tab));
        blank = _mm256_andnot_si256(_mm256_cmpeq_epi8(c, k->vertical_tab), blank);
        blank = _mm256_or_si256(blank, _mm256_cmpeq_epi8(c, k->space));
        __m256i letter = _mm256_add_epi8(_mm256_or_si256(c, k->lower), k->letter);
        __m256i word = _mm256_cmpgt_epi8(k->letter_end, letter);
        word = _mm256_or_si256(word, _mm256_cmpgt_epi8(k->digit_end, _mm256_add_epi8(c, k->digit)));
        word = _mm256_or_si256(word, _mm256_cmpeq_epi8(c, k->underscore));
        word = _mm256_or_si256(word, _mm256_cmpeq_epi8(c, k->dollar));
        word = _mm256_or_si256(word, c);
        window.word |= (uint64_t)(uint32_t)_mm256_movemask_epi8(word) << i;
        window.blank |= (uint64_t)(uint32_t)_mm256_movemask_epi8(blank) << i;
    }
    return window;
}

/* An integer of at most eight digits at start. False (nothing done): it is something else. */
static inline bool lex_short_integer(const Lexer *lexer, uint32_t start, Token *token) {
    const char *s = lexer->input + start;
    __m128i c = _mm_loadl_epi64((const __m128i *)s);
    __m128i digit = _mm_sub_epi8(c, _mm_set1_epi8('0'));
    uint32_t digits =
        (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_min_epu8(digit, _mm_set1_epi8(9)), digit));
    uint32_t len = (uint32_t)__builtin_ctz(~(digits & 0xff));
    if (UNLIKELY(is((unsigned char)s[len], CHAR_IDENT) || s[len] == '.'))
        return false;
    /* The digits as the high bytes of a word, then pairs of digits, of pairs, of fours. */
    uint64_t v;
    memcpy(&v, s, sizeof(v));
    v = (v - UINT64_C(0x3030303030303030)) << (64 - 8 * len);
    v = v * 10 + (v >> 8);
    v = ((v & UINT64_C(0x000000ff000000ff)) * (100 + (UINT64_C(1000000) << 32)) +
         ((v >> 16) & UINT64_C(0x000000ff000000ff)) * (1 + (UINT64_C(10000) << 32))) >>
        32;
    *token = (Token){.kind = TOK_INTEGER,
                     .start = start,
                     .end = start + len,
                     .ival = (int32_t)v,
                     .text_len = len};
    return true;
}

/* A string without quotes inside or another behind it. False (nothing done): it is more. */
static inline bool lex_short_string(Lexer *lexer, uint32_t start, Token *token) {
    const char *s = lexer->input;
    uint32_t body = start + 1, pos = body;
    for (;; pos += 16) {
        if (UNLIKELY(pos + WINDOW_BYTES > lexer->readable))
            return false;
        __m128i c = _mm_loadu_si128((const __m128i *)(s + pos));
        uint32_t quotes = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(c, _mm_set1_epi8('\'')));
        if (quotes != 0) {
            pos += (uint32_t)__builtin_ctz(quotes);
            break;
        }
    }
    unsigned char next = (unsigned char)s[pos + 1];
    if (UNLIKELY(next == ' '))
        next = (unsigned char)s[pos + 2];
    if (UNLIKELY(next == '\'' || next == '-' || is(next, CHAR_SPACE)) ||
        UNLIKELY(pos >= lexer->len))
        return false;
    uint32_t len = pos - body;
    char *text = arena_alloc(lexer->arena, len + 1);
    for (uint32_t i = 0; i <= len; i += 16)
        _mm_storeu_si128((__m128i *)(text + i), _mm_loadu_si128((const __m128i *)(s + body + i)));
    text[len] = '\0';
    *token = (Token){.kind = TOK_STRING,
                     .plain = true,
                     .start = start,
                     .end = pos + 1,
                     .text_len = len,
                     .text = text};
    return true;
}

/*
 * The word of len < 16 bytes at start. There is no branch between names and keywords, which come in
 * no order that could be foreseen. Where it is a name, it is put at the arena's cursor, where there
 * is room for 16 bytes.
 */
static inline ALWAYS_INLINE void lex_word_fast(const char *s, uint32_t start, uint32_t len,
                                               Arena *arena, unsigned *looks_ahead, Token *token) {
    __m128i c = fold_case(_mm_loadu_si128((const __m128i *)(s + start)));
    c = _mm_and_si128(c, _mm_loadu_si128((const __m128i *)(keep_mask + 16 - len)));
    uint64_t first16[2] = {(uint64_t)_mm_cvtsi128_si64(c),
                           (uint64_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(c, c))};
    const Keyword *keyword = keyword_candidate(first16);
    uintptr_t is_keyword = -(uintptr_t)keyword_is(keyword, first16);
    char *name = arena->cursor;
    _mm_storeu_si128((__m128i *)name, c);
    token->kind = (uint16_t)(TOK_IDENT + ((keyword->token - TOK_IDENT) & (unsigned)is_keyword));
    token->plain = false;
    token->start = start;
    token->end = start + len;
    token->ival = 0;
    token->text_len = len;
    token->text = name + ((keyword->name - name) & (intptr_t)is_keyword);
    *looks_ahead |= keyword->looks_ahead & (unsigned)is_keyword;
    arena->cursor = name + (16 & ~is_keyword);
}

/* Tokens other than words and lone characters. False (nothing done): they are lexer_next's. */
static inline ALWAYS_INLINE bool lex_common(Lexer *lexer, uint32_t start, unsigned kind,
                                            Token *token) {
    unsigned char c = (unsigned char)lexer->input[start];
    unsigned char next = (unsigned char)lexer->input[start + 1];
    switch (kind) {
    case FIRST_DIGIT:
        return lex_short_integer(lexer, start, token);
    case FIRST_QUOTE:
        return lexer->options->standard_conforming_strings && lex_short_string(lexer, start, token);
    case FIRST_OPERATOR:
        if (is(next, CHAR_OP))
            return false;
        break;
    case FIRST_DOT:
        if (next == '.' || is(next, CHAR_DIGIT))
            return false;
        break;
    case FIRST_WORD:
        return false;
    default:
        if (c == ':' && next == ':') {
            *token = (Token){.kind = TOK_TYPECAST, .start = start, .end = start + 2};
            return true;
        }
        if (start < lexer->len || c != 0)
            return false;
        *token = (Token){.kind = TOK_END, .start = start, .end = start};
        return true;
    }
    *token = (Token){.kind = c, .start = start, .end = start + 1};
    return true;
}

/* What is left of starts behind a token's end, which may lie beyond them; a word may begin there
 * though its character follows another of a word. */
static inline uint64_t starts_behind(uint64_t starts, uint64_t word, uint32_t behind) {
    if (behind >= WINDOW_STARTS)
        return 0;
    return (starts & UINT64_MAX << behind) | (word & UINT64_C(1) << behind);
}

/*
 * As many tokens as there is text that can be read beyond their end. A window's tokens are found
 * all at once, so that none has to wait for the end of the one before it.
 */
static inline ALWAYS_INLINE uint32_t read_windows(Lexer *lexer, Token *tokens, uint32_t max,
                                                  Window (*window_at)(const char *)) {
    const char *s = lexer->input;
    Arena *arena = lexer->arena;
    Token *token = tokens, *end = tokens + max;
    unsigned looks_ahead = 0;
    while (token < end && lexer->pos + WINDOW_BYTES <= lexer->readable) {
        uint32_t base = lexer->pos;
        Window window = window_at(s + base);
        uint64_t starts = ~(window.blank | (window.word & window.word << 1));
        starts &= (UINT64_C(1) << WINDOW_STARTS) - 1;
        lexer->pos = base + WINDOW_STARTS;
        while (starts != 0) {
            uint32_t at = (uint32_t)__builtin_ctzll(starts), start = base + at;
            unsigned kind = first_kind[(unsigned char)s[start]];
            if (UNLIKELY(token == end)) {
                lexer->pos = start;
                break;
            }
            if (kind == FIRST_WORD) {
                uint32_t len = (uint32_t)__builtin_ctzll(~(window.word >> at));
                if (LIKELY(s[start + 1] != '\'' && s[start + 1] != '&' && len < 16 &&
                           (size_t)(arena->limit - arena->cursor) >= 16)) {
                    lex_word_fast(s, start, len, arena, &looks_ahead, token++);
                    starts &= starts - 1;
                    continue;
                }
            } else if (kind - 1 < FIRST_WORD) {
                *token++ = (Token){.kind = (uint16_t)kind, .start = start, .end = start + 1};
                starts &= starts - 1;
                continue;
            }
            if (!lex_common(lexer, start, kind, token)) {
                lexer->pos = start;
                lexer_next(lexer, token);
            }
            kind = token->kind;
            uint32_t behind = token++->end - base;
            if (kind == TOK_END || kind == TOK_ERROR)
                goto done;
            starts = starts_behind(starts, window.word, behind);
            lexer->pos = base + MAX(behind, WINDOW_STARTS);
        }
        if (token > tokens)
            lexer->pos = MAX(lexer->pos, token[-1].end);
    }
done:
    lexer->looks_ahead |= looks_ahead != 0;
    return (uint32_t)(token - tokens);
}

#define WINDOW_NARROW window_narrow
#define WINDOW_WIDE window_wide

#else

#define WIDE
#define WINDOW_NARROW NULL
#define WINDOW_WIDE NULL
typedef struct Window Window;
static uint32_t read_windows(Lexer *lexer, Token *tokens, uint32_t max,
                             Window (*window_at)(const char *)) {
    return 0;
}

#endif

static inline ALWAYS_INLINE uint32_t read_tokens(Lexer *lexer, Token *tokens, uint32_t max,
                                                 Window (*window_at)(const char *)) {
    uint32_t count = 0;
    if (lexer->arena != NULL)
        count = read_windows(lexer, tokens, max, window_at);
    /* The end of a text without padding is left. */
    while (count < max && (count == 0 || (tokens[count - 1].kind != TOK_END &&
                                          tokens[count - 1].kind != TOK_ERROR)))
        lexer_next(lexer, &tokens[count++]);
    return count;
}

WIDE static uint32_t read_tokens_wide(Lexer *lexer, Token *tokens, uint32_t max) {
    return read_tokens(lexer, tokens, max, WINDOW_WIDE);
}

uint32_t lexer_read(Lexer *lexer, Token *tokens, uint32_t max) {
#ifdef __x86_64__
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
        return read_tokens_wide(lexer, tokens, max);
#endif
    return read_tokens(lexer, tokens, max, WINDOW_NARROW);
}
