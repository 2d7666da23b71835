/* regex_fn.c: the operators ~ and ~*, and the functions regexp_... */
#include "types/collate.h"
#include "types/regex.h"

/* A compiled pattern is kept with its call site until another pattern comes. */
typedef struct RegexCache {
    Arena arena;
    char *pattern;
    size_t len;
    unsigned flags;
    Regex *regex;
} RegexCache;

static Status compiled(FnCall *call, Str pattern, unsigned flags, Regex **regex_out) {
    TRY(collation_require_deterministic(call->site->collation, "regular expression",
                                        "regular expressions"));
    RegexCache *cache = call->site->state;
    if (cache != NULL && cache->regex != NULL && cache->flags == flags &&
        cache->len == pattern.len && memcmp(cache->pattern, pattern.data, pattern.len) == 0) {
        *regex_out = cache->regex;
        return STATUS_OK;
    }
    /* Patterns that change from row to row are compiled on the batch's arena. */
    if (cache != NULL)
        return regex_compile(call->arena, pattern, flags, regex_out);
    cache = arena_new(call->site->arena, RegexCache);
    cache->pattern = arena_strndup(call->site->arena, pattern.data, pattern.len);
    cache->len = pattern.len;
    cache->flags = flags;
    Str own = str_make(cache->pattern, pattern.len);
    TRY(regex_compile(call->site->arena, own, flags, &cache->regex));
    call->site->state = cache;
    *regex_out = cache->regex;
    return STATUS_OK;
}

static Status matches_pattern(FnCall *call, Str text, Str pattern, unsigned flags, bool wanted) {
    Regex *regex;
    bool found;
    TRY(compiled(call, pattern, flags, &regex));
    TRY(regex_search(regex, call->arena, text, 0, NULL, 0, &found));
    return ret_bool(call, found == wanted);
}
SCALAR(textregexeq) { return matches_pattern(call, ARG_STR(0), ARG_STR(1), 0, true); }
SCALAR(textregexne) { return matches_pattern(call, ARG_STR(0), ARG_STR(1), 0, false); }
SCALAR(texticregexeq) { return matches_pattern(call, ARG_STR(0), ARG_STR(1), REGEX_NO_CASE, true); }
SCALAR(texticregexne) {
    return matches_pattern(call, ARG_STR(0), ARG_STR(1), REGEX_NO_CASE, false);
}
ALIAS(nameregexeq, textregexeq)
ALIAS(nameregexne, textregexne)
ALIAS(nameicregexeq, texticregexeq)
ALIAS(nameicregexne, texticregexne)

/* All matches of a text: found one after another; an empty match moves on by one character. */
typedef struct Finder {
    Regex *regex;
    Arena *arena;
    Str text;
    int32_t next;
    RegexMatch *matches;
    int count;
} Finder;
static Status finder_init(Finder *f, FnCall *call, Arena *arena, Str text, Str pattern,
                          unsigned flags, bool with_captures) {
    *f = (Finder){.arena = arena, .text = text};
    TRY(compiled(call, pattern, flags, &f->regex));
    f->count = with_captures ? f->regex->capture_count + 1 : 1;
    f->matches = arena_array(arena, RegexMatch, (size_t)f->count);
    return STATUS_OK;
}
static Status finder_next(Finder *f, bool *found_out) {
    *found_out = false;
    if (f->next > (int32_t)f->text.len)
        return STATUS_OK;
    TRY(regex_search(f->regex, f->arena, f->text, f->next, f->matches, f->count, found_out));
    if (!*found_out)
        return STATUS_OK;
    f->next = f->matches[0].end;
    if (f->matches[0].start == f->matches[0].end)
        f->next += f->next < (int32_t)f->text.len
                       ? (int32_t)utf8_char_bytes((uint8_t)f->text.data[f->next])
                       : 1;
    return STATUS_OK;
}
static Str piece(Str s, RegexMatch m) {
    return str_make(s.data + m.start, (size_t)(m.end - m.start));
}

/* The captures, or the whole where there are none, as an array. */
static Status captures_array(Arena *arena, const Finder *f, Datum *out) {
    int n = f->regex->capture_count;
    Datum values[64], *v = n < 64 ? values : arena_array(arena, Datum, (size_t)n);
    bool flags[64], *nulls = n < 64 ? flags : arena_array(arena, bool, (size_t)n);
    for (int i = 0; i < MAX(n, 1); i++) {
        RegexMatch m = f->matches[n == 0 ? 0 : i + 1];
        nulls[i] = m.start < 0;
        v[i] = nulls[i] ? datum_i64(0) : (Datum){.str = piece(f->text, m)};
    }
    return array_build_1d(arena, 25, PHYS_STR, v, nulls, (uint32_t)MAX(n, 1), out);
}

static Status regexp_match(FnCall *call, Str flags_text) {
    unsigned flags = 0;
    Finder f;
    bool found;
    TRY(regex_flags(flags_text, &flags, NULL, "regexp_match()"));
    TRY(finder_init(&f, call, call->arena, ARG_STR(0), ARG_STR(1), flags, true));
    TRY(finder_next(&f, &found));
    return found ? captures_array(call->arena, &f, &call->result) : ret_null(call);
}
SCALAR(regexp_match) { return regexp_match(call, ARG_STR(2)); }
SCALAR(regexp_match_no_flags) { return regexp_match(call, str_make("", 0)); }

typedef struct MatchesState {
    Finder finder;
    bool global, done;
} MatchesState;
SET_START(regexp_matches) {
    FnCall *call = &set->call;
    unsigned flags = 0;
    MatchesState *s = arena_new(set->scan_arena, MatchesState);
    set->state = s;
    if (call->site->arg_count > 2)
        TRY(regex_flags(ARG_STR(2), &flags, &s->global, "regexp_matches()"));
    return finder_init(&s->finder, call, set->scan_arena, ARG_STR(0), ARG_STR(1), flags, true);
}
SET_NEXT(regexp_matches) {
    MatchesState *s = set->state;
    *row_out = false;
    if (s->done)
        return STATUS_OK;
    TRY(finder_next(&s->finder, row_out));
    s->done = !s->global || !*row_out;
    return *row_out ? captures_array(set->call.arena, &s->finder, &set->columns[0]) : STATUS_OK;
}
SET_START(regexp_matches_no_flags) { return set_regexp_matches_start(set); }
SET_NEXT(regexp_matches_no_flags) { return set_regexp_matches_next(set, row_out); }

/* \1..\9 and \& in a replacement. */
static void put_replacement(StrBuf *buf, Str with, const Finder *f) {
    for (uint32_t i = 0; i < with.len; i++) {
        char c = with.data[i];
        if (c != '\\' || i + 1 >= with.len) {
            strbuf_putc(buf, c);
            continue;
        }
        char d = with.data[++i];
        if (d == '&' || (d >= '1' && d <= '9')) {
            int n = d == '&' ? 0 : d - '0';
            if (n < f->count && f->matches[n].start >= 0)
                strbuf_append(buf, f->text.data + f->matches[n].start,
                              (size_t)(f->matches[n].end - f->matches[n].start));
        } else if (d == '\\') {
            strbuf_putc(buf, '\\');
        } else {
            strbuf_putc(buf, '\\');
            i--;
        }
    }
}
/* Replaces the n-th match from a position on; n 0: all. */
static Status replace(FnCall *call, Str flags_text, int32_t start, int32_t n, bool n_given) {
    unsigned flags = 0;
    bool global = false, found;
    Str text = ARG_STR(0), with = ARG_STR(2);
    Finder f;
    StrBuf buf;
    size_t copied = 0;
    TRY(regex_flags(flags_text, &flags, &global, "regexp_replace()"));
    if (!n_given)
        n = global ? 0 : 1;
    TRY(finder_init(&f, call, call->arena, text, ARG_STR(1), flags,
                    memchr(with.data, '\\', with.len) != NULL));
    f.next = (int32_t)utf8_offset(text.data, text.len, (size_t)(start - 1));
    if (start > 1 && utf8_length(text.data, text.len) < (size_t)(start - 1))
        f.next = (int32_t)text.len + 1;
    strbuf_init(&buf, call->arena);
    for (int32_t i = 1;; i++) {
        TRY(finder_next(&f, &found));
        if (!found)
            break;
        if (n > 0 && i != n)
            continue;
        strbuf_append(&buf, text.data + copied, (size_t)f.matches[0].start - copied);
        put_replacement(&buf, with, &f);
        copied = (size_t)f.matches[0].end;
        if (n > 0)
            break;
    }
    strbuf_append(&buf, text.data + copied, text.len - copied);
    return ret_buf(call, &buf);
}
SCALAR(textregexreplace_noopt) { return replace(call, str_make("", 0), 1, 1, true); }
SCALAR(textregexreplace) {
    Str flags = ARG_STR(3);
    if (flags.len > 0 && is_digit(flags.data[0]))
        return status_hint(error(ERR_INVALID_PARAMETER_VALUE,
                                 "invalid regular expression option: \"%.*s\"", 1, flags.data),
                           "If you meant to use regexp_replace() with a start parameter, cast the "
                           "fourth argument to integer explicitly.");
    return replace(call, flags, 1, 1, false);
}
static Status parameter_error(const char *name, int value) {
    return error(ERR_INVALID_PARAMETER_VALUE, "invalid value for parameter \"%s\": %d", name,
                 value);
}
static Status replace_extended(FnCall *call, bool has_n, bool has_flags) {
    int32_t start = ARG_I32(3), n = has_n ? ARG_I32(4) : 1;
    if (start <= 0)
        return parameter_error("start", start);
    if (n < 0)
        return parameter_error("n", n);
    return replace(call, has_flags ? ARG_STR(5) : str_make("", 0), start, n, has_n);
}
SCALAR(textregexreplace_extended) { return replace_extended(call, true, true); }
SCALAR(textregexreplace_extended_no_flags) { return replace_extended(call, true, false); }
SCALAR(textregexreplace_extended_no_n) { return replace_extended(call, false, false); }

/* substring(text from pattern): the first capture, or the whole. */
SCALAR(textregexsubstr) {
    Finder f;
    bool found;
    TRY(finder_init(&f, call, call->arena, ARG_STR(0), ARG_STR(1), 0, true));
    TRY(finder_next(&f, &found));
    RegexMatch m = found ? f.matches[f.count > 1 ? 1 : 0] : (RegexMatch){-1, -1};
    return m.start < 0 ? ret_null(call) : ret_str(call, piece(f.text, m));
}

/* ---- splitting: empty matches at the ends of pieces are left out ---- */
typedef struct SplitState {
    Finder finder;
    int32_t piece_start;
    bool done;
} SplitState;
static Status split_init(SplitState *s, FnCall *call, Arena *arena, const char *function) {
    unsigned flags = 0;
    if (call->site->arg_count > 2) {
        bool global;
        TRY(regex_flags(ARG_STR(2), &flags, &global, function));
        if (global)
            return error(ERR_INVALID_PARAMETER_VALUE, "%s does not support the \"global\" option",
                         function);
    }
    s->done = false;
    s->piece_start = 0;
    return finder_init(&s->finder, call, arena, ARG_STR(0), ARG_STR(1), flags, false);
}
static Status split_next(SplitState *s, Datum *out, bool *row_out) {
    Finder *f = &s->finder;
    bool found;
    *row_out = !s->done;
    if (s->done)
        return STATUS_OK;
    for (;;) {
        TRY(finder_next(f, &found));
        RegexMatch m = f->matches[0];
        if (found && m.start == m.end &&
            (m.start == s->piece_start || m.start == (int32_t)f->text.len))
            continue;
        int32_t end = found ? m.start : (int32_t)f->text.len;
        *out = (Datum){.str = piece(f->text, (RegexMatch){s->piece_start, end})};
        s->piece_start = found ? m.end : end;
        s->done = !found;
        return STATUS_OK;
    }
}
SCALAR(regexp_split_to_array) {
    SplitState s;
    Datum v;
    bool row;
    VEC(Datum) values = {0};
    TRY(split_init(&s, call, call->arena, "regexp_split_to_array()"));
    for (;;) {
        TRY(split_next(&s, &v, &row));
        if (!row)
            break;
        vec_push(&values, call->arena, v);
    }
    return array_build_1d(call->arena, 25, PHYS_STR, values.items, NULL, (uint32_t)values.count,
                          &call->result);
}
ALIAS(regexp_split_to_array_no_flags, regexp_split_to_array)
SET_START(regexp_split_to_table) {
    SplitState *s = arena_new(set->scan_arena, SplitState);
    set->state = s;
    return split_init(s, &set->call, set->scan_arena, "regexp_split_to_table()");
}
SET_NEXT(regexp_split_to_table) { return split_next(set->state, &set->columns[0], row_out); }
SET_START(regexp_split_to_table_no_flags) { return set_regexp_split_to_table_start(set); }
SET_NEXT(regexp_split_to_table_no_flags) { return set_regexp_split_to_table_next(set, row_out); }

/* ---- regexp_like, _count, _instr, _substr: positions count characters ---- */
static Status search_from(FnCall *call, int start_arg, int flags_arg, const char *function,
                          bool captures, Finder *f) {
    unsigned flags = 0;
    int32_t start = 1;
    if (start_arg > 0 && call->site->arg_count > start_arg)
        start = ARG_I32(start_arg);
    if (start <= 0)
        return parameter_error("start", start);
    if (call->site->arg_count > flags_arg) {
        bool global;
        TRY(regex_flags(ARG_STR(flags_arg), &flags, &global, function));
        if (global)
            return error(ERR_INVALID_PARAMETER_VALUE, "%s does not support the \"global\" option",
                         function);
    }
    Str text = ARG_STR(0);
    TRY(finder_init(f, call, call->arena, text, ARG_STR(1), flags, captures));
    f->next = (int32_t)utf8_offset(text.data, text.len, (size_t)(start - 1));
    if (utf8_length(text.data, text.len) < (size_t)(start - 1))
        f->next = (int32_t)text.len + 1;
    return STATUS_OK;
}
SCALAR(regexp_like) {
    Finder f;
    bool found;
    TRY(search_from(call, 0, 2, "regexp_like()", false, &f));
    TRY(finder_next(&f, &found));
    return ret_bool(call, found);
}
ALIAS(regexp_like_no_flags, regexp_like)
SCALAR(regexp_count) {
    Finder f;
    bool found;
    int32_t n = 0;
    TRY(search_from(call, 2, 3, "regexp_count()", false, &f));
    for (;; n++) {
        TRY(finder_next(&f, &found));
        if (!found)
            return ret_i32(call, n);
    }
}
ALIAS(regexp_count_no_start, regexp_count)
ALIAS(regexp_count_no_flags, regexp_count)

/* Of regexp_instr and regexp_substr: the arguments are judged in their order, the flags last. */
static Status check_positions(FnCall *call, int end_arg, int sub_arg) {
    static const char *const names[] = {"start", "n", "endoption", "subexpr"};
    const int places[] = {2, 3, end_arg, sub_arg};
    for (int i = 0; i < 4; i++) {
        if (places[i] == 0 || call->site->arg_count <= places[i])
            continue;
        int32_t v = ARG_I32(places[i]);
        if (i < 2 ? v <= 0 : v < 0 || (i == 2 && v > 1))
            return parameter_error(names[i], v);
    }
    return STATUS_OK;
}
static Status nth_match(FnCall *call, Finder *f, int n_arg, bool *found_out) {
    int32_t n = call->site->arg_count > n_arg ? ARG_I32(n_arg) : 1;
    *found_out = true;
    for (int32_t i = 0; i < n && *found_out; i++)
        TRY(finder_next(f, found_out));
    return STATUS_OK;
}
SCALAR(regexp_instr) {
    Finder f;
    bool found;
    int32_t end_option = call->site->arg_count > 4 ? ARG_I32(4) : 0;
    int32_t sub = call->site->arg_count > 6 ? ARG_I32(6) : 0;
    TRY(check_positions(call, 4, 6));
    TRY(search_from(call, 2, 5, "regexp_instr()", true, &f));
    TRY(nth_match(call, &f, 3, &found));
    if (sub == 1 && f.count == 1)
        sub = 0; /* without parentheses the whole is the only part */
    if (!found || sub >= f.count || f.matches[sub].start < 0)
        return ret_i32(call, 0);
    int32_t at = end_option == 1 ? f.matches[sub].end : f.matches[sub].start;
    return ret_i32(call, (int32_t)utf8_length(f.text.data, (size_t)at) + 1);
}
ALIAS(regexp_instr_no_start, regexp_instr)
ALIAS(regexp_instr_no_n, regexp_instr)
ALIAS(regexp_instr_no_endoption, regexp_instr)
ALIAS(regexp_instr_no_flags, regexp_instr)
ALIAS(regexp_instr_no_subexpr, regexp_instr)
SCALAR(regexp_substr) {
    Finder f;
    bool found;
    int32_t sub = call->site->arg_count > 5 ? ARG_I32(5) : 0;
    TRY(check_positions(call, 0, 5));
    TRY(search_from(call, 2, 4, "regexp_substr()", true, &f));
    TRY(nth_match(call, &f, 3, &found));
    if (sub == 1 && f.count == 1)
        sub = 0; /* without parentheses the whole is the only part */
    if (!found || sub >= f.count || f.matches[sub].start < 0)
        return ret_null(call);
    return ret_str(call, piece(f.text, f.matches[sub]));
}
ALIAS(regexp_substr_no_start, regexp_substr)
ALIAS(regexp_substr_no_n, regexp_substr)
ALIAS(regexp_substr_no_flags, regexp_substr)
ALIAS(regexp_substr_no_subexpr, regexp_substr)
