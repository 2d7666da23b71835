/*
 * like.c: LIKE, ILIKE, and the translation of SIMILAR TO patterns into regular expressions.
 *
 * % is matched by remembering the last one seen: on a mismatch the text behind it moves on by one
 * character. Since a later % makes all earlier ones settled, that takes O(text * pattern) at worst.
 */
#include "types/collate.h"
#include "types/text.h"

static size_t char_len(const char *p, bool bytes) {
    return bytes ? 1 : utf8_char_bytes((unsigned char)*p);
}

/* Error: 22025 where the pattern ends with its escape. */
static Status like_match(Str text, Str pattern, bool bytes, bool *match_out) {
    const char *t = text.data, *t_end = t + text.len;
    const char *p = pattern.data, *p_end = p + pattern.len;
    const char *star_p = NULL, *star_t = NULL;
    *match_out = false;
    while (t < t_end || p < p_end) {
        if (p < p_end && *p == '%') {
            star_p = ++p;
            star_t = t;
            if (p == p_end) {
                *match_out = true;
                return STATUS_OK;
            }
            continue;
        }
        if (p < p_end && t < t_end) {
            if (*p == '_') {
                p++;
                t += char_len(t, bytes);
                continue;
            }
            const char *literal = p;
            if (*p == '\\') {
                if (++literal == p_end)
                    return error(ERR_INVALID_ESCAPE_SEQUENCE,
                                 "LIKE pattern must not end with escape character");
            }
            size_t n = char_len(literal, bytes);
            if (n <= (size_t)(t_end - t) && n <= (size_t)(p_end - literal) &&
                memcmp(t, literal, n) == 0) {
                t += n;
                p = literal + n;
                continue;
            }
        }
        if (star_p == NULL || star_t >= t_end)
            return STATUS_OK;
        star_t += char_len(star_t, bytes);
        t = star_t;
        p = star_p;
    }
    *match_out = true;
    return STATUS_OK;
}

static Status match_text(FnCall *call, bool wanted) {
    bool match;
    TRY(collation_require_deterministic(call->site->collation, "LIKE", "LIKE"));
    TRY(like_match(ARG_STR(0), ARG_STR(1), false, &match));
    return ret_bool(call, match == wanted);
}
/* Both in lower case. */
static Status match_folded(FnCall *call, bool wanted) {
    bool match;
    Str text, pattern;
    Oid collation = call->site->collation;
    TRY(collation_require_deterministic(collation, "ILIKE", "ILIKE"));
    TRY(collation_case(collation, call->arena, ARG_STR(0), TEXT_LOWER, &text));
    TRY(collation_case(collation, call->arena, ARG_STR(1), TEXT_LOWER, &pattern));
    TRY(like_match(text, pattern, false, &match));
    return ret_bool(call, match == wanted);
}
static Status match_bytes(FnCall *call, bool wanted) {
    bool match;
    TRY(like_match(ARG_STR(0), ARG_STR(1), true, &match));
    return ret_bool(call, match == wanted);
}
SCALAR(textlike) { return match_text(call, true); }
SCALAR(textnlike) { return match_text(call, false); }
SCALAR(bytealike) { return match_bytes(call, true); }
SCALAR(byteanlike) { return match_bytes(call, false); }
SCALAR(texticlike) { return match_folded(call, true); }
SCALAR(texticnlike) { return match_folded(call, false); }
ALIAS(namelike, textlike)
ALIAS(namenlike, textnlike)
ALIAS(nameiclike, texticlike)
ALIAS(nameicnlike, texticnlike)

/* Rewrites a pattern with another escape character to one with a backslash. */
static Status like_escape(FnCall *call, bool bytes) {
    Str pattern = ARG_STR(0), escape = ARG_STR(1);
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    if (escape.len > 0 && escape.len != char_len(escape.data, bytes))
        return status_hint(error(ERR_INVALID_ESCAPE_SEQUENCE, "invalid escape string"),
                           "Escape string must be empty or one character.");
    if (escape.len == 1 && escape.data[0] == '\\')
        return ret_str(call, pattern);
    bool after_escape = false;
    for (size_t i = 0; i < pattern.len;) {
        size_t n = char_len(pattern.data + i, bytes);
        const char *c = pattern.data + i;
        i += n;
        if (escape.len > 0 && n == escape.len && memcmp(c, escape.data, n) == 0 && !after_escape) {
            strbuf_putc(&buf, '\\');
            after_escape = true;
            continue;
        }
        if (*c == '\\' && !after_escape)
            strbuf_putc(&buf, '\\');
        strbuf_append(&buf, c, n);
        after_escape = false;
    }
    return ret_buf(call, &buf);
}
SCALAR(like_escape) { return like_escape(call, false); }
SCALAR(like_escape_bytea) { return like_escape(call, true); }

/*
 * SIMILAR TO becomes ^(?:...)$ with % as .* and _ as ., brackets left alone. Escape-double-quote marks
 * the parts of SUBSTRING(... SIMILAR ... ESCAPE ...): the first part as short as can be, the second
 * captured.
 */
static Status similar(FnCall *call, Str pattern, Str escape, bool has_escape) {
    StrBuf buf;
    bool in_bracket = false, after_escape = false;
    int separators = 0;
    strbuf_init(&buf, call->arena);
    if (!has_escape)
        escape = str_make("\\", 1);
    else if (escape.len > 0 && escape.len != char_len(escape.data, false))
        return status_hint(error(ERR_INVALID_ESCAPE_SEQUENCE, "invalid escape string"),
                           "Escape string must be empty or one character.");
    strbuf_puts(&buf, "^(?:");
    for (size_t i = 0; i < pattern.len;) {
        const char *c = pattern.data + i;
        size_t n = char_len(c, false);
        i += n;
        if (after_escape) {
            if (*c == '"' && !in_bracket) {
                if (separators == 0)
                    strbuf_puts(&buf, "){1,1}?(");
                else if (separators == 1)
                    strbuf_puts(&buf, "){1,1}(?:");
                else
                    return error(ERR_INVALID_USE_OF_ESCAPE_CHARACTER,
                                 "SQL regular expression may not contain more than two "
                                 "escape-double-quote separators");
                separators++;
            } else {
                if (n == 1 || !in_bracket)
                    strbuf_putc(&buf, '\\');
                strbuf_append(&buf, c, n);
            }
            after_escape = false;
        } else if (escape.len > 0 && n == escape.len && memcmp(c, escape.data, n) == 0) {
            after_escape = true;
        } else if (in_bracket) {
            if (*c == '\\')
                strbuf_putc(&buf, '\\');
            strbuf_append(&buf, c, n);
            in_bracket = *c != ']';
        } else if (*c == '[') {
            strbuf_putc(&buf, '[');
            in_bracket = true;
        } else if (*c == '%') {
            strbuf_puts(&buf, ".*");
        } else if (*c == '_') {
            strbuf_putc(&buf, '.');
        } else if (*c == '(') {
            strbuf_puts(&buf, "(?:");
        } else {
            if (*c == '\\' || *c == '.' || *c == '^' || *c == '$')
                strbuf_putc(&buf, '\\');
            strbuf_append(&buf, c, n);
        }
    }
    strbuf_puts(&buf, ")$");
    return ret_buf(call, &buf);
}
SCALAR(similar_to_escape_1) { return similar(call, ARG_STR(0), str_make("", 0), false); }
SCALAR(similar_to_escape_2) { return similar(call, ARG_STR(0), ARG_STR(1), true); }
SCALAR(similar_escape) {
    if (call->nulls[0])
        return ret_null(call);
    return similar(call, ARG_STR(0), call->nulls[1] ? str_make("", 0) : ARG_STR(1),
                   !call->nulls[1]);
}
