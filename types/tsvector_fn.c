/* tsvector_fn.c: functions on documents: weights, deletion, arrays, concatenation. */
#include "types/array_ops.h"
#include "types/record_int.h"
#include "types/ts.h"

static TsLexeme *open_all(Arena *arena, const TsVector *v) {
    TsLexeme *all = arena_alloc(arena, (v->count + 1) * sizeof(TsLexeme));
    for (uint32_t i = 0; i < v->count; i++)
        all[i] = ts_vector_at(v, i);
    return all;
}
static Status ret_lexemes(FnCall *call, const TsLexeme *lexemes, uint32_t count) {
    return ts_vector_build(call->arena, lexemes, count, &call->result);
}
/* The elements of an array argument; nulls marked. */
static Status open_array(FnCall *call, int arg, uint32_t *count_out, Datum **values_out,
                         bool **nulls_out) {
    ArrayView view;
    TRY(array_view(ARG_STR(arg), &view));
    *count_out = view.elem_count;
    return array_deconstruct(call->arena, &view, values_out, nulls_out);
}

SCALAR(tsvector_length) { return ret_i32(call, (int32_t)ts_vector(ARG_STR(0)).count); }
SCALAR(tsvector_strip) {
    TsVector v = ts_vector(ARG_STR(0));
    TsLexeme *all = open_all(call->arena, &v);
    for (uint32_t i = 0; i < v.count; i++)
        all[i].position_count = 0;
    return ret_lexemes(call, all, v.count);
}

/* ---- weights ---- */

static Status weight_error(uint8_t letter) {
    return error(ERR_INVALID_PARAMETER_VALUE,
                 letter == 0 || letter & 0x80 ? "unrecognized weight: \"\\%03o\""
                                              : "unrecognized weight: \"%c\"",
                 letter);
}

static void set_weight(Arena *arena, TsLexeme *l, unsigned weight) {
    uint16_t *p = arena_alloc(arena, 2 * (size_t)l->position_count + 2);
    for (uint32_t i = 0; i < l->position_count; i++)
        p[i] = ts_entry(ts_position(ts_lexeme_entry(l, i)), weight);
    l->positions = p;
}
SCALAR(tsvector_setweight) {
    TsVector v = ts_vector(ARG_STR(0));
    int weight = ts_weight_of_letter((char)call->args[1].byte);
    if (weight < 0)
        return weight_error(call->args[1].byte);
    TsLexeme *all = open_all(call->arena, &v);
    for (uint32_t i = 0; i < v.count; i++)
        set_weight(call->arena, &all[i], (unsigned)weight);
    return ret_lexemes(call, all, v.count);
}
SCALAR(tsvector_setweight_by_filter) {
    TsVector v = ts_vector(ARG_STR(0));
    int weight = ts_weight_of_letter((char)call->args[1].byte);
    uint32_t count, at;
    Datum *words;
    bool *nulls;
    if (weight < 0)
        return weight_error(call->args[1].byte);
    TRY(open_array(call, 2, &count, &words, &nulls));
    TsLexeme *all = open_all(call->arena, &v);
    for (uint32_t i = 0; i < count; i++)
        if (!nulls[i] && ts_vector_find(&v, words[i].str.data, words[i].str.len, &at))
            set_weight(call->arena, &all[at], (unsigned)weight);
    return ret_lexemes(call, all, v.count);
}
SCALAR(tsvector_filter) {
    TsVector v = ts_vector(ARG_STR(0));
    uint32_t count, kept = 0;
    Datum *letters;
    bool *nulls;
    unsigned mask = 0;
    TRY(open_array(call, 1, &count, &letters, &nulls));
    for (uint32_t i = 0; i < count; i++) {
        if (nulls[i])
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "weight array may not contain nulls");
        int weight = ts_weight_of_letter((char)letters[i].byte);
        if (weight < 0)
            return weight_error(letters[i].byte);
        mask |= 1u << weight;
    }
    TsLexeme *all = open_all(call->arena, &v);
    for (uint32_t i = 0; i < v.count; i++) {
        TsLexeme l = all[i];
        uint16_t *p = arena_alloc(call->arena, 2 * (size_t)l.position_count + 2);
        uint32_t n = 0;
        for (uint32_t k = 0; k < l.position_count; k++) {
            uint16_t entry = ts_lexeme_entry(&l, k);
            if (mask & 1u << ts_weight(entry))
                p[n++] = entry;
        }
        if (n > 0)
            all[kept++] = (TsLexeme){l.text, l.len, n, p};
    }
    return ret_lexemes(call, all, kept);
}

/* ---- deletion ---- */

static Status ret_without(FnCall *call, const TsVector *v, const Datum *words, const bool *nulls,
                          uint32_t count) {
    bool *gone = arena_zalloc(call->arena, v->count + 1);
    TsLexeme *all = open_all(call->arena, v);
    uint32_t kept = 0, at;
    for (uint32_t i = 0; i < count; i++)
        if ((nulls == NULL || !nulls[i]) &&
            ts_vector_find(v, words[i].str.data, words[i].str.len, &at))
            gone[at] = true;
    for (uint32_t i = 0; i < v->count; i++)
        if (!gone[i])
            all[kept++] = all[i];
    return ret_lexemes(call, all, kept);
}
SCALAR(tsvector_delete_str) {
    TsVector v = ts_vector(ARG_STR(0));
    return ret_without(call, &v, &call->args[1], NULL, 1);
}
SCALAR(tsvector_delete_arr) {
    TsVector v = ts_vector(ARG_STR(0));
    uint32_t count;
    Datum *words;
    bool *nulls;
    TRY(open_array(call, 1, &count, &words, &nulls));
    return ret_without(call, &v, words, nulls, count);
}

/* ---- arrays ---- */

SCALAR(tsvector_to_array) {
    TsVector v = ts_vector(ARG_STR(0));
    Datum *words = arena_alloc(call->arena, (v.count + 1) * sizeof(Datum));
    for (uint32_t i = 0; i < v.count; i++) {
        TsLexeme l = ts_vector_at(&v, i);
        words[i] = datum_str(l.text, l.len);
    }
    return array_build_1d(call->arena, 25, PHYS_STR, words, NULL, v.count, &call->result);
}
SCALAR(array_to_tsvector) {
    uint32_t count;
    Datum *words;
    bool *nulls;
    TRY(open_array(call, 0, &count, &words, &nulls));
    TsLexeme *all = arena_alloc(call->arena, (count + 1) * sizeof(TsLexeme));
    for (uint32_t i = 0; i < count; i++) {
        if (nulls[i])
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "lexeme array may not contain nulls");
        if (words[i].str.len == 0)
            return error(ERR_ZERO_LENGTH_CHARACTER_STRING,
                         "lexeme array may not contain empty strings");
        if (words[i].str.len > TS_LEXEME_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "word is too long (%ld bytes, max %ld bytes)",
                         (long)words[i].str.len, (long)TS_LEXEME_MAX);
        all[i] = (TsLexeme){.text = words[i].str.data, .len = words[i].str.len};
    }
    return ts_vector_gather(call->arena, all, count, &call->result);
}
SET_START(tsvector_unnest) {
    set->state = arena_new(set->scan_arena, uint32_t);
    return STATUS_OK;
}
SET_NEXT(tsvector_unnest) {
    static const Oid types[] = {25, 1005, 1009};
    uint32_t *next = set->state;
    FnCall *call = &set->call;
    TsVector v = ts_vector(ARG_STR(0));
    *row_out = *next < v.count;
    if (!*row_out)
        return STATUS_OK;
    TsLexeme l = ts_vector_at(&v, (*next)++);
    Datum *positions = arena_alloc(call->arena, (l.position_count + 1) * sizeof(Datum));
    Datum *weights = arena_alloc(call->arena, (l.position_count + 1) * sizeof(Datum));
    static const char letters[] = "DCBA";
    for (uint32_t i = 0; i < l.position_count; i++) {
        uint16_t entry = ts_lexeme_entry(&l, i);
        positions[i] = (Datum){.i16 = (int16_t)ts_position(entry)};
        weights[i] = datum_str(&letters[ts_weight(entry)], 1);
    }
    Datum values[3] = {datum_str(l.text, l.len)};
    bool nulls[3] = {false, l.position_count == 0, l.position_count == 0};
    TRY(array_build_1d(call->arena, 21, PHYS_I16, positions, NULL, l.position_count, &values[1]));
    TRY(array_build_1d(call->arena, 25, PHYS_STR, weights, NULL, l.position_count, &values[2]));
    return record_set_row(set, types, values, nulls, 3);
}

/* ---- concatenation ---- */

/* b's positions behind a's, moved by offset; no more than a lexeme may have. */
static TsLexeme append_positions(Arena *arena, const TsLexeme *a, const TsLexeme *b,
                                 uint32_t offset) {
    TsLexeme out = *b;
    uint32_t n = a == NULL ? 0 : a->position_count;
    uint16_t *p = arena_alloc(arena, 2 * ((size_t)n + b->position_count + 1));
    for (uint32_t i = 0; i < n; i++)
        p[i] = ts_lexeme_entry(a, i);
    for (uint32_t i = 0; i < b->position_count && n <= TS_POSITIONS_MAX &&
                         (n == 0 || ts_position(p[n - 1]) != TS_POSITION_MAX);
         i++) {
        uint16_t entry = ts_lexeme_entry(b, i);
        p[n++] = ts_entry(ts_position(entry) + offset, ts_weight(entry));
    }
    out.positions = p;
    out.position_count = n;
    return out;
}
SCALAR(tsvector_concat) {
    TsVector a = ts_vector(ARG_STR(0)), b = ts_vector(ARG_STR(1));
    TsLexeme *x = open_all(call->arena, &a), *y = open_all(call->arena, &b);
    TsLexeme *out = arena_alloc(call->arena, ((size_t)a.count + b.count + 1) * sizeof(TsLexeme));
    uint32_t i = 0, k = 0, n = 0, offset = 0;
    for (uint32_t j = 0; j < a.count; j++)
        if (x[j].position_count > 0) {
            uint32_t last = ts_position(ts_lexeme_entry(&x[j], x[j].position_count - 1));
            offset = last > offset ? last : offset;
        }
    while (i < a.count || k < b.count) {
        int order = i == a.count   ? 1
                    : k == b.count ? -1
                                   : ts_compare(x[i].text, x[i].len, y[k].text, y[k].len, false);
        if (order < 0)
            out[n++] = x[i++];
        else
            out[n++] = append_positions(call->arena, order == 0 ? &x[i++] : NULL, &y[k], offset);
        k += order >= 0;
    }
    return ret_lexemes(call, out, n);
}
