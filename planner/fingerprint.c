/*
 * fingerprint.c: one pass over the tokens.
 *
 * Each token appends its kind to the key, and what distinguishes it: a name's bytes, an operator's,
 * a parameter's number, a literal's kind. Literals that must stay are appended behind, with their
 * ordinal, as it may turn out late that they must (GROUP BY stands behind what it groups).
 *
 * Whether a literal stays is decided without a grammar, so on the safe side: a small state for each
 * open parenthesis says whether it is within a clause whose literals stay.
 */
#include "planner/fingerprint.h"

#include "base/hash.h"
#include "planner/lexer.h"

#define TOKENS_AT_ONCE 32
#define TEXT_MAX 12288
#define LITERALS_MAX 256
#define DEPTH_MAX 48

/* Whether a parenthesis that opens now holds a type's modifiers or column definitions. */
typedef enum TypeContext {
    TYPE_NONE,
    TYPE_ALIAS, /* behind AS and at most one word */
    TYPE_NAME   /* behind :: or CAST's AS, and nothing but words */
} TypeContext;

typedef struct Fingerprinter {
    Arena *arena;
    uint8_t *key; /* room for KEY_BYTES_PER_BYTE for each byte of text */
    uint32_t key_len;
    uint32_t depth;
    bool keep[DEPTH_MAX + 1]; /* by depth of parentheses: literals stay in the key */
    bool cast[DEPTH_MAX + 1]; /* it is CAST's parenthesis, or another that holds AS and a type */
    TypeContext type_context;
    bool keep_all;
    bool interval; /* behind INTERVAL: the string is one */
    uint32_t literal_count;
    uint32_t literal_capacity;
    Literal *literals;
    uint16_t before[2];    /* kinds of the last two tokens, [0] the nearer */
    uint32_t before_start; /* where the last one starts */
} Fingerprinter;

/* The most: a name of one letter is kind (2), length (1) and itself. */
#define KEY_BYTES_PER_BYTE 4

static void put(Fingerprinter *f, const void *bytes, uint32_t len) {
    memcpy(f->key + f->key_len, bytes, len);
    f->key_len += len;
}

static void put_u16(Fingerprinter *f, uint16_t value) { put(f, &value, sizeof(value)); }
static void put_u32(Fingerprinter *f, uint32_t value) { put(f, &value, sizeof(value)); }

static bool is_literal(unsigned kind) {
    return kind == TOK_INTEGER || kind == TOK_FLOAT || kind == TOK_STRING || kind == TOK_BIT;
}

static uint8_t literal_kind(const Token *token) {
    switch (token->kind) {
    case TOK_INTEGER:
        return LITERAL_INT4;
    case TOK_STRING:
        return LITERAL_STRING;
    case TOK_BIT:
        return LITERAL_BIT;
    default:
        break;
    }
    /* Digits alone: int8 if they fit, without leading zeros at most 19 of them. */
    const char *s = token->text;
    uint32_t len = token->text_len;
    for (uint32_t i = 0; i < len; i++)
        if (s[i] < '0' || s[i] > '9')
            return LITERAL_NUMERIC;
    while (len > 1 && *s == '0')
        s++, len--;
    bool fits = len < 19 || (len == 19 && memcmp(s, "9223372036854775807", 19) <= 0);
    return fits ? LITERAL_INT8 : LITERAL_NUMERIC;
}

/* False: too many. */
static bool add_literal(Fingerprinter *f, const Token *token) {
    if (f->literal_count == LITERALS_MAX)
        return false;
    if (f->literal_count == f->literal_capacity) {
        uint32_t capacity = MAX(f->literal_capacity * 2, 8u);
        f->literals = arena_grow(f->arena, f->literals, f->literal_count * sizeof(Literal),
                                 capacity * sizeof(Literal));
        f->literal_capacity = capacity;
    }
    bool minus = f->before[0] == '-';
    f->literals[f->literal_count++] =
        (Literal){.kind = literal_kind(token),
                  .in_key = f->keep[f->depth] || f->interval,
                  .location = (int32_t)token->start,
                  .minus_location = minus ? (int32_t)f->before_start : -1,
                  .ival = token->ival,
                  .text_len = token->text_len,
                  .text = token->text};
    put_u16(f, token->kind);
    put(f, &f->literals[f->literal_count - 1].kind, 1);
    return true;
}

/* Words whose parenthesis holds a precision or a length. */
static bool takes_modifier(unsigned kind) {
    switch (kind) {
    case TOK_K_BIT:
    case TOK_K_CHAR:
    case TOK_K_CHARACTER:
    case TOK_K_CURRENT_TIME:
    case TOK_K_CURRENT_TIMESTAMP:
    case TOK_K_DEC:
    case TOK_K_DECIMAL:
    case TOK_K_FLOAT:
    case TOK_K_INTERVAL:
    case TOK_K_LOCALTIME:
    case TOK_K_LOCALTIMESTAMP:
    case TOK_K_NCHAR:
    case TOK_K_NUMERIC:
    case TOK_K_SECOND:
    case TOK_K_TIME:
    case TOK_K_TIMESTAMP:
    case TOK_K_VARCHAR:
    case TOK_K_VARYING:
        return true;
    default:
        return false;
    }
}

/* INTERVAL: what is made one may have fields, which reading the string needs to know. */
static void see_interval(Fingerprinter *f) {
    unsigned before = f->before[0];
    if ((before == TOK_TYPECAST || before == TOK_K_AS) && is_literal(f->before[1]))
        f->literals[f->literal_count - 1].in_key = true;
    f->interval = before != TOK_TYPECAST && before != TOK_K_AS;
}

/* Keywords that open and close the clauses whose literals stay. */
static void see_keyword(Fingerprinter *f, unsigned kind) {
    bool *keep = &f->keep[f->depth];
    unsigned before = f->before[0];
    switch (kind) {
    case TOK_K_BY:
        if (before == TOK_K_GROUP)
            f->keep_all = true;
        *keep |= before == TOK_K_ORDER || before == TOK_K_PARTITION;
        break;
    case TOK_K_DISTINCT:
        /* IS DISTINCT FROM is another word. */
        if (before != TOK_K_IS && before != TOK_K_NOT)
            f->keep_all = true;
        break;
    case TOK_K_LIMIT:
    case TOK_K_OFFSET:
    case TOK_K_FETCH:
    case TOK_K_CONFLICT:
        *keep = true;
        break;
    case TOK_K_DELETE:
    case TOK_K_DO:
    case TOK_K_EXCEPT:
    case TOK_K_FOR:
    case TOK_K_FROM:
    case TOK_K_HAVING:
    case TOK_K_INSERT:
    case TOK_K_INTERSECT:
    case TOK_K_MERGE:
    case TOK_K_RETURNING:
    case TOK_K_SELECT:
    case TOK_K_UNION:
    case TOK_K_UPDATE:
    case TOK_K_VALUES:
    case TOK_K_WINDOW:
    case TOK_K_WITH:
        *keep = f->depth > 0 && f->keep[f->depth - 1];
        break;
    case TOK_K_INTERVAL:
        see_interval(f);
        break;
    default:
        break;
    }
}

/* False: nested too deep, or more closed than opened. */
static bool see_parenthesis(Fingerprinter *f, bool open) {
    if (!open)
        return f->depth-- > 0;
    if (f->depth == DEPTH_MAX)
        return false;
    unsigned before = f->before[0];
    bool keep = f->keep[f->depth] || f->type_context != TYPE_NONE || takes_modifier(before);
    f->depth++;
    f->keep[f->depth] = keep;
    f->cast[f->depth] =
        before == TOK_K_CAST || before == TOK_K_TREAT || before == TOK_K_XMLSERIALIZE;
    return true;
}

static TypeContext next_type_context(const Fingerprinter *f, unsigned kind) {
    if (kind == TOK_TYPECAST)
        return TYPE_NAME;
    if (kind == TOK_K_AS)
        return f->cast[f->depth] ? TYPE_NAME : TYPE_ALIAS;
    bool word = (token_word_class[kind] & WORD_LABEL) && !(token_word_class[kind] & WORD_RESERVED);
    if (f->type_context == TYPE_NAME)
        return word || kind == '.' ? TYPE_NAME : TYPE_NONE;
    return f->type_context == TYPE_ALIAS && word && f->before[0] == TOK_K_AS ? TYPE_ALIAS
                                                                             : TYPE_NONE;
}

/* Appends a token. False: the text is not for the cache. */
static bool see_token(Fingerprinter *f, const Token *token) {
    unsigned kind = token->kind;
    if (is_literal(kind)) {
        /* A string behind a call is a literal of a type with modifiers, which were taken for
         * arguments. */
        if (kind == TOK_STRING && f->before[0] == ')')
            return false;
        if (!add_literal(f, token))
            return false;
    } else {
        put_u16(f, (uint16_t)kind);
        if (kind == TOK_IDENT || kind == TOK_OP) {
            uint8_t len = (uint8_t)token->text_len;
            put(f, &len, 1);
            put(f, token->text, len);
        } else if (kind == TOK_PARAM)
            put_u32(f, (uint32_t)token->ival);
        else if (kind >= TOK_KEYWORD_FIRST)
            see_keyword(f, kind);
        else if (kind == '(' || kind == ')') {
            if (!see_parenthesis(f, kind == '('))
                return false;
        } else if (kind == '[' && f->type_context != TYPE_NONE)
            f->keep[f->depth] = true; /* array bounds; a bit too long, which does no harm */
    }
    f->type_context = next_type_context(f, kind);
    /* INTERVAL's string follows it at once, or its precision in parentheses. */
    if (kind != TOK_K_INTERVAL && kind != '(' && kind != ')' && kind != TOK_INTEGER)
        f->interval = false;
    f->before[1] = f->before[0];
    f->before[0] = (uint16_t)kind;
    f->before_start = token->start;
    return true;
}

static bool starts_cachable(unsigned kind) {
    switch (kind) {
    case '(':
    case TOK_K_SELECT:
    case TOK_K_VALUES:
    case TOK_K_TABLE:
    case TOK_K_WITH:
    case TOK_K_INSERT:
    case TOK_K_UPDATE:
    case TOK_K_DELETE:
    case TOK_K_MERGE:
        return true;
    default:
        return false;
    }
}

/* All tokens; a semicolon may only be the last. */
static bool see_text(Fingerprinter *f, Lexer *lexer) {
    Token tokens[TOKENS_AT_ONCE];
    bool first = true, semicolon = false;
    for (;;) {
        uint32_t count = lexer_read(lexer, tokens, TOKENS_AT_ONCE);
        for (uint32_t i = 0; i < count; i++) {
            unsigned kind = tokens[i].kind;
            if (first && !starts_cachable(kind))
                return false;
            first = false;
            if (kind == TOK_END)
                return f->depth == 0;
            if (kind == TOK_ERROR || semicolon)
                return false;
            if (kind == ';')
                semicolon = true;
            else if (!see_token(f, &tokens[i]))
                return false;
        }
    }
}

/* Behind the tokens: the literals that stay. */
static void put_kept_literals(Fingerprinter *f) {
    uint32_t bytes = f->key_len;
    for (uint32_t i = 0; i < f->literal_count; i++)
        bytes += 10 + f->literals[i].text_len;
    f->key = arena_grow(f->arena, f->key, f->key_len, bytes);
    for (uint32_t i = 0; i < f->literal_count; i++) {
        Literal *literal = &f->literals[i];
        literal->in_key |= f->keep_all;
        if (!literal->in_key)
            continue;
        put_u16(f, TOK_END);
        put_u16(f, (uint16_t)i);
        if (literal->kind == LITERAL_INT4) {
            put_u32(f, (uint32_t)literal->ival);
            continue;
        }
        put_u32(f, literal->text_len);
        put(f, literal->text, literal->text_len);
    }
}

bool fingerprint_compute(Arena *arena, const char *text, size_t len, const ParseOptions *options,
                         Fingerprint *out) {
    static const ParseOptions defaults = {.standard_conforming_strings = true,
                                          .escape_string_warning = true};
    *out = (Fingerprint){0};
    if (len > TEXT_MAX)
        return false;
    /* Warnings about escapes are the parser's to give: whoever wants them gets no short cut. */
    ParseOptions quiet = options != NULL ? *options : defaults;
    quiet.notices = NULL;
    if (!quiet.standard_conforming_strings)
        return false;
    Fingerprinter f = {.arena = arena};
    Lexer lexer;
    lexer_init_copy(&lexer, arena, text, (uint32_t)len, &quiet);
    f.key = arena_alloc(arena, len * KEY_BYTES_PER_BYTE + 16);
    bool ok = see_text(&f, &lexer);
    lexer_done(&lexer);
    if (!ok)
        return false;
    put_kept_literals(&f);
    out->hash = hash_bytes(f.key, f.key_len);
    out->key = f.key;
    out->key_len = f.key_len;
    out->literal_count = f.literal_count;
    out->literals = f.literals;
    return true;
}
