/*
 * json_parse.c: reads JSON text (RFC 8259) into nodes, by recursive descent over tokens.
 */
#include "types/json.h"

typedef enum TokenKind {
    TOKEN_END,
    TOKEN_STRING,
    TOKEN_NUMBER,
    TOKEN_TRUE,
    TOKEN_FALSE,
    TOKEN_NULL,
    TOKEN_MARK /* the character itself is in `mark` */
} TokenKind;

typedef struct Parser {
    Arena *arena;
    const char *input, *end;
    const char *token, *token_end; /* the current one */
    const char *line_start;
    int line;
    TokenKind kind;
    char mark;
    Str string;
    bool unescape;
    int depth;
} Parser;

JsonNode *json_node(Arena *arena, JsonKind kind) {
    JsonNode *node = arena_new(arena, JsonNode);
    node->kind = kind;
    return node;
}
JsonNode *json_node_string(Arena *arena, Str text) {
    JsonNode *node = json_node(arena, JSON_STRING);
    node->text = text;
    return node;
}
JsonNode *json_node_encoded(Arena *arena, Str jsonb) {
    JsonNode *node = json_node(arena, JSON_ENCODED);
    node->text = jsonb;
    return node;
}
void json_append(JsonNode *container, JsonNode *child) {
    if (container->last == NULL)
        container->first = child;
    else
        container->last->next = child;
    container->last = child;
    container->count++;
}
const JsonNode *json_find(const JsonNode *object, Str key) {
    const JsonNode *found = NULL;
    for (const JsonNode *n = object->first; n != NULL; n = n->next)
        if (str_equal(n->key, key))
            found = n;
    return found;
}
const JsonNode *json_at(const JsonNode *array, int64_t i) {
    const JsonNode *n = array->first;
    if (i < 0)
        i += array->count;
    if (i < 0 || i >= array->count)
        return NULL;
    while (i-- > 0)
        n = n->next;
    return n;
}
const char *json_kind_name(JsonKind kind) {
    static const char *const names[] = {"null", "string", "number", "boolean", "array", "object"};
    return names[kind];
}

/* ---- errors ---- */

/* The line up to the offending place, shortened to its last 50 bytes. */
static Status add_context(const Parser *p, Status s) {
    const char *start = p->line_start, *stop = p->token_end;
    while (stop - start >= 50)
        start += (*start & 0x80) != 0 ? utf8_char_bytes((unsigned char)*start) : 1;
    if (start - p->line_start <= 3)
        start = p->line_start;
    const char *prefix = start > p->line_start ? "..." : "";
    const char *suffix =
        p->kind != TOKEN_END && stop < p->end && *stop != '\n' && *stop != '\r' ? "..." : "";
    return status_context(s, "JSON data, line %d: %s%.*s%s", p->line, prefix, (int)(stop - start),
                          start, suffix);
}
static Status syntax_error(const Parser *p, const char *detail) {
    Status s = error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type json");
    return add_context(p, status_detail(s, "%s", detail));
}
/* format holds one %.*s for the token. */
static Status token_error(const Parser *p, const char *before, const char *after) {
    return syntax_error(p, arena_printf(p->arena, "%s\"%.*s\"%s", before,
                                        (int)(p->token_end - p->token), p->token, after));
}
static Status unexpected(const Parser *p, const char *wanted) {
    if (p->kind == TOKEN_END)
        return syntax_error(p, "The input string ended unexpectedly.");
    return token_error(p, arena_printf(p->arena, "Expected %s, but found ", wanted), ".");
}
static Status bad_token(Parser *p, const char *stop) {
    p->token_end = stop;
    p->kind = TOKEN_MARK;
    return token_error(p, "Token ", " is invalid.");
}

/* ---- tokens ---- */

static bool is_word_char(char c) {
    return is_alpha(c) || is_digit(c) || c == '_' || (c & 0x80) != 0;
}
static const char *char_end(const Parser *p, const char *s) {
    const char *e = s + utf8_char_bytes((unsigned char)*s);
    return e < p->end ? e : p->end;
}
static Status string_error(Parser *p, const char *stop, const char *detail) {
    p->token_end = stop;
    p->kind = TOKEN_MARK;
    return syntax_error(p, detail);
}
#define HIGH_AFTER_HIGH "Unicode high surrogate must not follow a high surrogate."
#define LOW_ALONE "Unicode low surrogate must follow a high surrogate."

/* Four hexadecimal digits; *s stands on the u, and on the last digit afterwards. */
static Status hex_digits(Parser *p, const char **s, uint32_t *code_out) {
    *code_out = 0;
    for (int i = 0; i < 4; i++) {
        if (++*s >= p->end)
            return bad_token(p, *s);
        char c = to_lower(**s);
        if (is_digit(c))
            *code_out = *code_out * 16 + (uint32_t)(c - '0');
        else if (c >= 'a' && c <= 'f')
            *code_out = *code_out * 16 + (uint32_t)(c - 'a' + 10);
        else
            return string_error(p, char_end(p, *s),
                                "\"\\u\" must be followed by four hexadecimal digits.");
    }
    return STATUS_OK;
}
/* \uXXXX in *s; *high: the first half of a pair that waits for the second, or 0. */
static Status unicode_escape(Parser *p, const char **s, uint32_t *high, StrBuf *buf) {
    uint32_t code;
    char bytes[4];
    TRY(hex_digits(p, s, &code));
    if (!p->unescape)
        return STATUS_OK;
    if (code >= 0xd800 && code <= 0xdbff) {
        if (*high != 0)
            return string_error(p, char_end(p, *s), HIGH_AFTER_HIGH);
        *high = code;
        return STATUS_OK;
    }
    bool low = code >= 0xdc00 && code <= 0xdfff;
    if (low != (*high != 0))
        return string_error(p, char_end(p, *s), LOW_ALONE);
    if (low)
        code = 0x10000 + ((*high & 0x3ff) << 10) + (code & 0x3ff);
    *high = 0;
    if (code == 0) {
        p->token_end = char_end(p, *s);
        p->kind = TOKEN_MARK;
        return add_context(p, status_detail(error(ERR_UNTRANSLATABLE_CHARACTER,
                                                  "unsupported Unicode escape sequence"),
                                            "\\u0000 cannot be converted to text."));
    }
    strbuf_append(buf, bytes, utf8_encode(code, bytes));
    return STATUS_OK;
}
static Status escape(Parser *p, const char **s, uint32_t *high, StrBuf *buf) {
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (++*s >= p->end)
        return bad_token(p, *s);
    if (**s == 'u')
        return unicode_escape(p, s, high, buf);
    if (p->unescape && *high != 0)
        return string_error(p, char_end(p, *s), LOW_ALONE);
    const char *at = **s == '\0' ? NULL : strchr(letters, **s);
    if (at == NULL) {
        p->token = *s;
        p->token_end = char_end(p, *s);
        p->kind = TOKEN_MARK;
        return syntax_error(p, arena_printf(p->arena, "Escape sequence \"\\%.*s\" is invalid.",
                                            (int)(p->token_end - p->token), p->token));
    }
    strbuf_putc(buf, meant[at - letters]);
    return STATUS_OK;
}
static Status scan_string(Parser *p) {
    const char *s = p->token + 1, *run = s;
    uint32_t high = 0;
    StrBuf buf;
    strbuf_init(&buf, p->arena);
    for (;; s++) {
        if (s >= p->end)
            return bad_token(p, s);
        if (*s == '"')
            break;
        if ((unsigned char)*s < 32)
            return string_error(p, s,
                                arena_printf(p->arena,
                                             "Character with value 0x%02x must be escaped.",
                                             (unsigned char)*s));
        if (*s == '\\') {
            strbuf_append(&buf, run, (size_t)(s - run));
            TRY(escape(p, &s, &high, &buf));
            run = s + 1;
        } else if (high != 0) {
            return string_error(p, char_end(p, s), LOW_ALONE);
        }
    }
    if (high != 0)
        return string_error(p, s + 1, LOW_ALONE);
    if (!p->unescape || buf.capacity == 0 || run == p->token + 1) {
        p->string = str_make(p->token + 1, (size_t)(s - p->token - 1));
    } else {
        strbuf_append(&buf, run, (size_t)(s - run));
        p->string = buf_datum(&buf).str;
    }
    p->token_end = s + 1;
    p->kind = TOKEN_STRING;
    return STATUS_OK;
}

static bool digits(const char **s, const char *end) {
    const char *start = *s;
    while (*s < end && is_digit(**s))
        (*s)++;
    return *s > start;
}
/* The end of the number at s; *good_out false where it is none. */
static const char *number_end(const char *s, const char *end, bool *good_out) {
    bool good;
    if (s < end && *s == '-')
        s++;
    if (s < end && *s == '0') {
        s++;
        good = true;
    } else {
        good = digits(&s, end);
    }
    if (s < end && *s == '.') {
        s++;
        good &= digits(&s, end);
    }
    if (s < end && (*s == 'e' || *s == 'E')) {
        s++;
        if (s < end && (*s == '+' || *s == '-'))
            s++;
        good &= digits(&s, end);
    }
    for (; s < end && is_word_char(*s); s++)
        good = false;
    *good_out = good;
    return s;
}
bool json_is_number(Str text) {
    bool good;
    const char *end = text.data + text.len;
    return text.len > 0 && number_end(text.data, end, &good) == end && good;
}

static Status next_token(Parser *p) {
    const char *s = p->token_end;
    for (; s < p->end && (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r'); s++)
        if (*s == '\n') {
            p->line++;
            p->line_start = s + 1;
        }
    p->token = p->token_end = s;
    if (s >= p->end) {
        p->kind = TOKEN_END;
        return STATUS_OK;
    }
    if (*s == '"')
        return scan_string(p);
    if (strchr("{}[],:", *s) != NULL && *s != '\0') {
        p->kind = TOKEN_MARK;
        p->mark = *s;
        p->token_end = s + 1;
        return STATUS_OK;
    }
    if (*s == '-' || is_digit(*s)) {
        bool good;
        p->token_end = number_end(s, p->end, &good);
        p->kind = TOKEN_NUMBER;
        return good ? STATUS_OK : bad_token(p, p->token_end);
    }
    const char *stop = s;
    while (stop < p->end && is_word_char(*stop))
        stop++;
    if (stop == s)
        return bad_token(p, s + 1);
    p->token_end = stop;
    size_t len = (size_t)(stop - s);
    if (len == 4 && memcmp(s, "true", 4) == 0)
        p->kind = TOKEN_TRUE;
    else if (len == 4 && memcmp(s, "null", 4) == 0)
        p->kind = TOKEN_NULL;
    else if (len == 5 && memcmp(s, "false", 5) == 0)
        p->kind = TOKEN_FALSE;
    else
        return bad_token(p, stop);
    return STATUS_OK;
}
static bool at_mark(const Parser *p, char mark) { return p->kind == TOKEN_MARK && p->mark == mark; }

/* ---- values ---- */

static Status parse_value(Parser *p, const char *wanted, JsonNode **node_out);

static Status parse_array(Parser *p, JsonNode *array) {
    TRY(next_token(p));
    if (at_mark(p, ']'))
        return STATUS_OK;
    for (const char *wanted = "array element or \"]\"";; wanted = "JSON value") {
        JsonNode *child;
        TRY(parse_value(p, wanted, &child));
        json_append(array, child);
        TRY(next_token(p));
        if (at_mark(p, ']'))
            return STATUS_OK;
        if (!at_mark(p, ','))
            return unexpected(p, "\",\" or \"]\"");
        TRY(next_token(p));
    }
}
static Status parse_object(Parser *p, JsonNode *object) {
    TRY(next_token(p));
    if (at_mark(p, '}'))
        return STATUS_OK;
    for (const char *wanted = "string or \"}\"";; wanted = "string") {
        JsonNode *child;
        if (p->kind != TOKEN_STRING)
            return unexpected(p, wanted);
        Str key = p->string;
        TRY(next_token(p));
        if (!at_mark(p, ':'))
            return unexpected(p, "\":\"");
        TRY(next_token(p));
        TRY(parse_value(p, "JSON value", &child));
        child->key = key;
        json_append(object, child);
        TRY(next_token(p));
        if (at_mark(p, '}'))
            return STATUS_OK;
        if (!at_mark(p, ','))
            return unexpected(p, "\",\" or \"}\"");
        TRY(next_token(p));
    }
}
static Status parse_value(Parser *p, const char *wanted, JsonNode **node_out) {
    JsonNode *node = *node_out = arena_new(p->arena, JsonNode);
    const char *start = p->token;
    switch (p->kind) {
    case TOKEN_NULL:
        node->kind = JSON_NULL;
        break;
    case TOKEN_TRUE:
    case TOKEN_FALSE:
        node->kind = JSON_BOOL;
        node->truth = p->kind == TOKEN_TRUE;
        break;
    case TOKEN_STRING:
        node->kind = JSON_STRING;
        node->text = p->string;
        break;
    case TOKEN_NUMBER:
        node->kind = JSON_NUMBER;
        node->text = str_make(start, (size_t)(p->token_end - start));
        break;
    default:
        if (!at_mark(p, '[') && !at_mark(p, '{'))
            return unexpected(p, wanted);
        TRY(fiber_stack_check());
        if (p->depth >= JSON_DEPTH_MAX)
            return fiber_stack_error();
        node->kind = p->mark == '[' ? JSON_ARRAY : JSON_OBJECT;
        p->depth++;
        TRY(node->kind == JSON_ARRAY ? parse_array(p, node) : parse_object(p, node));
        p->depth--;
    }
    node->source = str_make(start, (size_t)(p->token_end - start));
    return STATUS_OK;
}
Status json_parse(Arena *arena, Str text, bool unescape, JsonNode **node_out) {
    Parser p = {.arena = arena,
                .input = text.data,
                .end = text.data + text.len,
                .token_end = text.data,
                .line_start = text.data,
                .line = 1,
                .unescape = unescape};
    TRY(next_token(&p));
    TRY(parse_value(&p, "JSON value", node_out));
    TRY(next_token(&p));
    return p.kind == TOKEN_END ? STATUS_OK : unexpected(&p, "end of input");
}

void json_put_string(StrBuf *buf, Str text) {
    const char *end = text.data + text.len, *run = text.data;
    strbuf_putc(buf, '"');
    for (const char *s = text.data; s < end; s++) {
        unsigned char c = (unsigned char)*s;
        if (c >= ' ' && c != '"' && c != '\\')
            continue;
        strbuf_append(buf, run, (size_t)(s - run));
        run = s + 1;
        const char *at = c == '\0' ? NULL : strchr("\bb\ff\nn\rr\tt\"\"\\\\", c);
        if (at == NULL)
            strbuf_printf(buf, "\\u%04x", c);
        else {
            strbuf_putc(buf, '\\');
            strbuf_putc(buf, at[1]);
        }
    }
    strbuf_append(buf, run, (size_t)(end - run));
    strbuf_putc(buf, '"');
}
