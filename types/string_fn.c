/* string_fn.c: functions that cut, search, fill and change text. Positions count characters from 1. */
#include "types/collate.h"
#include "types/text.h"

static Str cut(Str s, size_t from, size_t to) { return str_make(s.data + from, to - from); }
static bool is_ascii(Str s) {
    for (uint32_t i = 0; i < s.len; i++)
        if ((unsigned char)s.data[i] >= 0x80)
            return false;
    return true;
}

/* Characters start..start+length-1; has_length false: to the end. */
static Status substring(Str s, int32_t start, int32_t length, bool has_length, bool bytes,
                        Str *out) {
    int64_t first = start, end = INT64_MAX;
    if (has_length) {
        if (length < 0)
            return error(ERR_SUBSTRING_ERROR, "negative substring length not allowed");
        end = first + length;
    }
    first = MAX(first, 1);
    if (end <= first) {
        *out = cut(s, 0, 0);
        return STATUS_OK;
    }
    if (bytes || is_ascii(s)) {
        int64_t from = MIN(first - 1, (int64_t)s.len);
        int64_t to = has_length ? MIN(end - 1, (int64_t)s.len) : (int64_t)s.len;
        *out = cut(s, (size_t)from, (size_t)MAX(to, from));
        return STATUS_OK;
    }
    size_t from = utf8_offset(s.data, s.len, (size_t)(first - 1));
    size_t to =
        has_length ? from + utf8_offset(s.data + from, s.len - from, (size_t)(end - first)) : s.len;
    *out = cut(s, from, to);
    return STATUS_OK;
}
SCALAR(text_substr) {
    return substring(ARG_STR(0), ARG_I32(1), ARG_I32(2), true, false, &call->result.str);
}
SCALAR(text_substr_no_len) {
    return substring(ARG_STR(0), ARG_I32(1), 0, false, false, &call->result.str);
}
SCALAR(bytea_substr) {
    return substring(ARG_STR(0), ARG_I32(1), ARG_I32(2), true, true, &call->result.str);
}
SCALAR(bytea_substr_no_len) {
    return substring(ARG_STR(0), ARG_I32(1), 0, false, true, &call->result.str);
}

static Status overlay(FnCall *call, int32_t length, bool bytes) {
    Str s = ARG_STR(0), with = ARG_STR(1), head, tail;
    int32_t start = ARG_I32(2), end;
    if (start <= 0)
        return error(ERR_SUBSTRING_ERROR, "negative substring length not allowed");
    if (__builtin_add_overflow(start, length, &end))
        return int4_range_error();
    TRY(substring(s, 1, start - 1, true, bytes, &head));
    TRY(substring(s, end, 0, false, bytes, &tail));
    size_t len = (size_t)head.len + with.len + tail.len;
    char *p;
    TRY(call_alloc(call, len, &p));
    memcpy(p, head.data, head.len);
    memcpy(p + head.len, with.data, with.len);
    memcpy(p + head.len + with.len, tail.data, tail.len);
    return ret_bytes(call, p, len);
}
SCALAR(textoverlay) { return overlay(call, ARG_I32(3), false); }
SCALAR(textoverlay_no_len) {
    return overlay(call, (int32_t)utf8_length(ARG_STR(1).data, ARG_STR(1).len), false);
}
SCALAR(byteaoverlay) { return overlay(call, ARG_I32(3), true); }
SCALAR(byteaoverlay_no_len) { return overlay(call, (int32_t)ARG_STR(1).len, true); }

/* Byte offset of needle at or after from, -1 if there is none. */
static int64_t find(Str s, size_t from, Str needle) {
    if (needle.len == 0)
        return (int64_t)from;
    const char *hit = memmem(s.data + from, s.len - from, needle.data, needle.len);
    return hit == NULL ? -1 : hit - s.data;
}
/* What looks for bytes needs a collation under which only they are equal. */
static Status check_search(FnCall *call) {
    return collation_require_deterministic(call->site->collation, "string search",
                                           "substring searches");
}
SCALAR(textpos) {
    TRY(check_search(call));
    int64_t at = find(ARG_STR(0), 0, ARG_STR(1));
    return ret_i32(call, at < 0 ? 0 : (int32_t)utf8_length(ARG_STR(0).data, (size_t)at) + 1);
}
SCALAR(byteapos) { return ret_i32(call, (int32_t)find(ARG_STR(0), 0, ARG_STR(1)) + 1); }
SCALAR(text_starts_with) {
    Str s = ARG_STR(0), prefix = ARG_STR(1);
    return ret_bool(call, s.len >= prefix.len && memcmp(s.data, prefix.data, prefix.len) == 0);
}

SCALAR(replace_text) {
    TRY(check_search(call));
    Str s = ARG_STR(0), from = ARG_STR(1), to = ARG_STR(2);
    size_t at = 0;
    int64_t hit;
    StrBuf buf;
    if (from.len == 0 || (hit = find(s, 0, from)) < 0)
        return ret_str(call, s);
    strbuf_init(&buf, call->arena);
    for (; hit >= 0; hit = find(s, at, from)) {
        if (buf.len + (size_t)(hit - (int64_t)at) + to.len > ARENA_ALLOC_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "invalid memory alloc request size %zu",
                         buf.len + to.len);
        strbuf_append(&buf, s.data + at, (size_t)hit - at);
        strbuf_append(&buf, to.data, to.len);
        at = (size_t)hit + from.len;
    }
    strbuf_append(&buf, s.data + at, s.len - at);
    return ret_buf(call, &buf);
}

SCALAR(translate) {
    Str s = ARG_STR(0), from = ARG_STR(1), to = ARG_STR(2);
    const char *p = s.data, *end = s.data + s.len;
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    strbuf_reserve(&buf, s.len);
    while (p < end) {
        const char *start = p, *f = from.data, *t = to.data;
        uint32_t c = utf8_decode(&p);
        for (; f < from.data + from.len;
             t += t < to.data + to.len ? utf8_char_bytes((unsigned char)*t) : 0)
            if (utf8_decode(&f) == c)
                goto found;
        strbuf_append(&buf, start, (size_t)(p - start));
        continue;
    found:
        if (t < to.data + to.len)
            strbuf_append(&buf, t, utf8_char_bytes((unsigned char)*t));
    }
    return ret_buf(call, &buf);
}

/* The n-th field; from the end where n is negative. */
SCALAR(split_part) {
    Str s = ARG_STR(0), sep = ARG_STR(1);
    int32_t n = ARG_I32(2);
    if (n == 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "field position must not be zero");
    if (sep.len == 0)
        return ret_str(call, n == 1 || n == -1 ? s : cut(s, 0, 0));
    if (n < 0) {
        int64_t fields = 1;
        for (int64_t hit = find(s, 0, sep); hit >= 0; hit = find(s, (size_t)hit + sep.len, sep))
            fields++;
        if (fields + n < 0)
            return ret_str(call, cut(s, 0, 0));
        n = (int32_t)(fields + n + 1);
    }
    size_t at = 0;
    for (;; n--) {
        int64_t hit = find(s, at, sep);
        if (n == 1)
            return ret_str(call, cut(s, at, hit < 0 ? s.len : (size_t)hit));
        if (hit < 0)
            return ret_str(call, cut(s, 0, 0));
        at = (size_t)hit + sep.len;
    }
}

static Status pad(FnCall *call, bool left) {
    Str s = ARG_STR(0), fill = ARG_STR(2);
    int64_t wanted = MAX(ARG_I32(1), 0), chars = (int64_t)utf8_length(s.data, s.len);
    if (chars >= wanted || fill.len == 0) {
        size_t end = utf8_offset(s.data, s.len, (size_t)wanted);
        return ret_str(call, cut(s, 0, end));
    }
    int64_t missing = wanted - chars, fill_chars = (int64_t)utf8_length(fill.data, fill.len);
    size_t rest = utf8_offset(fill.data, fill.len, (size_t)(missing % fill_chars));
    size_t fill_len = (size_t)(missing / fill_chars) * fill.len + rest;
    char *p;
    if (wanted * 4 > (int64_t)ARENA_ALLOC_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
    TRY(call_alloc(call, fill_len + s.len, &p));
    char *at = left ? p : p + s.len;
    memcpy(left ? p + fill_len : p, s.data, s.len);
    for (size_t i = 0; i < fill_len; i += fill.len)
        memcpy(at + i, fill.data, MIN(fill.len, fill_len - i));
    return ret_bytes(call, p, fill_len + s.len);
}
SCALAR(lpad) { return pad(call, true); }
SCALAR(rpad) { return pad(call, false); }

static bool in_set(const char *p, size_t len, Str set) {
    if (len == 1)
        return memchr(set.data, *p, set.len) != NULL;
    return memmem(set.data, set.len, p, len) != NULL;
}
static Str trim(Str s, Str set, bool left, bool right, bool bytes) {
    size_t from = 0, to = s.len;
    while (left && from < to) {
        size_t n = bytes ? 1 : utf8_char_bytes((unsigned char)s.data[from]);
        if (!in_set(s.data + from, n, set))
            break;
        from += n;
    }
    while (right && to > from) {
        size_t n = 1;
        while (!bytes && ((unsigned char)s.data[to - n] & 0xc0) == 0x80)
            n++;
        if (!in_set(s.data + to - n, n, set))
            break;
        to -= n;
    }
    return cut(s, from, to);
}
#define BLANK str_make(" ", 1)
SCALAR(btrim) { return ret_str(call, trim(ARG_STR(0), ARG_STR(1), true, true, false)); }
SCALAR(btrim1) { return ret_str(call, trim(ARG_STR(0), BLANK, true, true, false)); }
SCALAR(ltrim) { return ret_str(call, trim(ARG_STR(0), ARG_STR(1), true, false, false)); }
SCALAR(ltrim1) { return ret_str(call, trim(ARG_STR(0), BLANK, true, false, false)); }
SCALAR(rtrim) { return ret_str(call, trim(ARG_STR(0), ARG_STR(1), false, true, false)); }
SCALAR(rtrim1) { return ret_str(call, trim(ARG_STR(0), BLANK, false, true, false)); }
SCALAR(byteatrim) { return ret_str(call, trim(ARG_STR(0), ARG_STR(1), true, true, true)); }
SCALAR(bytealtrim) { return ret_str(call, trim(ARG_STR(0), ARG_STR(1), true, false, true)); }
SCALAR(byteartrim) { return ret_str(call, trim(ARG_STR(0), ARG_STR(1), false, true, true)); }

static Status change_case(FnCall *call, TextCase to, const char *function) {
    Str out;
    TRY(collation_require(call->site->collation, function));
    TRY(collation_case(call->site->collation, call->arena, ARG_STR(0), to, &out));
    return ret_str(call, out);
}
SCALAR(lower) { return change_case(call, TEXT_LOWER, "lower() function"); }
SCALAR(upper) { return change_case(call, TEXT_UPPER, "upper() function"); }
SCALAR(initcap) { return change_case(call, TEXT_INITCAP, "initcap() function"); }

SCALAR(ascii) {
    const char *p = ARG_STR(0).data;
    return ret_i32(call, ARG_STR(0).len == 0 ? 0 : (int32_t)utf8_decode(&p));
}
SCALAR(chr) {
    int32_t c = ARG_I32(0);
    char *p = arena_alloc(call->arena, 4);
    if (c < 0)
        return error(ERR_INVALID_PARAMETER_VALUE, "character number must be positive");
    if (c == 0)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "null character not permitted");
    if (c > 0x10ffff)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "requested character too large for encoding: %u",
                     (unsigned)c);
    unsigned n = utf8_encode((uint32_t)c, p);
    if (n == 0)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "requested character not valid for encoding: %u",
                     (unsigned)c);
    return ret_bytes(call, p, n);
}
SCALAR(repeat) {
    Str s = ARG_STR(0);
    int64_t n = MAX(ARG_I32(1), 0), total = n * s.len;
    char *p;
    if (total > (int64_t)ARENA_ALLOC_MAX - 8)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "requested length too large");
    TRY(call_alloc(call, (size_t)total, &p));
    if (s.len == 1)
        memset(p, s.data[0], (size_t)total);
    else
        for (int64_t i = 0; i < n && s.len > 0; i++)
            memcpy(p + i * s.len, s.data, s.len);
    return ret_bytes(call, p, (size_t)total);
}
SCALAR(text_reverse) {
    Str s = ARG_STR(0);
    char *p;
    TRY(call_alloc(call, s.len, &p));
    for (size_t i = 0; i < s.len;) {
        size_t n = utf8_char_bytes((unsigned char)s.data[i]);
        memcpy(p + s.len - i - n, s.data + i, n);
        i += n;
    }
    return ret_bytes(call, p, s.len);
}
static size_t chars_from_end(Str s, int64_t n) {
    int64_t chars = (int64_t)utf8_length(s.data, s.len);
    return utf8_offset(s.data, s.len, (size_t)MAX(chars - n, 0));
}
SCALAR(text_left) {
    Str s = ARG_STR(0);
    int64_t n = ARG_I32(1);
    size_t end = n >= 0 ? utf8_offset(s.data, s.len, (size_t)n) : chars_from_end(s, -n);
    return ret_str(call, cut(s, 0, end));
}
SCALAR(text_right) {
    Str s = ARG_STR(0);
    int64_t n = ARG_I32(1);
    size_t from = n >= 0 ? chars_from_end(s, n) : utf8_offset(s.data, s.len, (size_t)-n);
    return ret_str(call, cut(s, from, s.len));
}

/* Bits and bytes of a bytea, counted from 0. */
static Status index_error(int64_t index, int64_t count) {
    return error(ERR_ARRAY_SUBSCRIPT_ERROR, "index %lld out of valid range, 0..%lld",
                 (long long)index, (long long)count - 1);
}
SCALAR(byteaGetByte) {
    if (ARG_I32(1) < 0 || (uint32_t)ARG_I32(1) >= ARG_STR(0).len)
        return index_error(ARG_I32(1), ARG_STR(0).len);
    return ret_i32(call, (uint8_t)ARG_STR(0).data[ARG_I32(1)]);
}
SCALAR(byteaGetBit) {
    int64_t n = ARG_I64(1), bits = (int64_t)ARG_STR(0).len * 8;
    if (n < 0 || n >= bits)
        return index_error(n, bits);
    return ret_i32(call, (uint8_t)ARG_STR(0).data[n / 8] >> (n % 8) & 1);
}
SCALAR(byteaSetByte) {
    Str s = ARG_STR(0);
    if (ARG_I32(1) < 0 || (uint32_t)ARG_I32(1) >= s.len)
        return index_error(ARG_I32(1), s.len);
    char *p = arena_memdup(call->arena, s.data, s.len);
    p[ARG_I32(1)] = (char)ARG_I32(2);
    return ret_bytes(call, p, s.len);
}
SCALAR(byteaSetBit) {
    Str s = ARG_STR(0);
    int64_t n = ARG_I64(1), bits = (int64_t)s.len * 8;
    if (n < 0 || n >= bits)
        return index_error(n, bits);
    if (ARG_I32(2) != 0 && ARG_I32(2) != 1)
        return error(ERR_INVALID_PARAMETER_VALUE, "new bit must be 0 or 1");
    char *p = arena_memdup(call->arena, s.data, s.len);
    p[n / 8] = (char)((p[n / 8] & ~(1 << (n % 8))) | ARG_I32(2) << (n % 8));
    return ret_bytes(call, p, s.len);
}
SCALAR(bytea_bit_count) {
    int64_t n = 0;
    for (uint32_t i = 0; i < ARG_STR(0).len; i++)
        n += __builtin_popcount((uint8_t)ARG_STR(0).data[i]);
    return ret_i64(call, n);
}
