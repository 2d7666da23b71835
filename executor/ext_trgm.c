/* ext_trgm.c: the functions of the extension pg_trgm: similarity of texts by the trigrams they share. */
#include "executor/ddl_extension.h"
#include "executor/sysfuncs_int.h"

#include "types/trigram.h"

#include <math.h>
#include <stdlib.h>

static float share(double count, double a, double b) {
    return (float)count / (float)(a + b - count);
}

static Status similarity(FnCall *call, float *out) {
    TrigramVec a, b;
    size_t i = 0, k = 0, both = 0;
    TRY(trigrams_of(call->arena, call->args[0].str, &a));
    TRY(trigrams_of(call->arena, call->args[1].str, &b));
    trigrams_sort_unique(&a);
    trigrams_sort_unique(&b);
    *out = 0;
    if (a.count == 0 || b.count == 0)
        return STATUS_OK;
    while (i < a.count && k < b.count) {
        int order = trigram_compare(&a.items[i], &b.items[k]);
        both += order == 0;
        i += order <= 0;
        k += order >= 0;
    }
    *out = share((double)both, (double)a.count, (double)b.count);
    return STATUS_OK;
}

/* ---- the best part of a text ---- */

/* The place of a trigram in a sorted, unique list; -1: it is not there. */
static int64_t place_of(const TrigramVec *list, const Trigram *t) {
    const Trigram *at =
        list->count == 0 ? NULL : bsearch(t, list->items, list->count, sizeof(*t), trigram_by_bytes);
    return at == NULL ? -1 : at - list->items;
}

/* Windows over the text's trigrams: each end widens them, and the beginning moves to where it is best. */
typedef struct Window {
    const Trigram *text;
    const int64_t *place; /* of each in the union of both lists */
    const bool *wanted;   /* by that place: in the word looked for */
    int64_t *last;        /* by that place: where it was last met in the window; -1 */
    double wanted_count;
    bool strict;
} Window;

static float best_window(Window *w, size_t count) {
    float best = 0;
    double different = 0, both = 0;
    int64_t lower = w->strict ? 0 : -1;
    for (size_t i = 0; i < count; i++) {
        int64_t id = w->place[i];
        if (lower >= 0 || w->wanted[id]) {
            if (w->last[id] < 0) {
                different++;
                both += w->wanted[id];
            }
            w->last[id] = (int64_t)i;
        }
        if (w->strict ? !w->text[i].last : !w->wanted[id])
            continue;
        if (lower == -1) {
            lower = (int64_t)i;
            different = 1;
        }
        float now = share(both, w->wanted_count, different);
        double less_both = both, less_different = different;
        int64_t from = lower;
        for (int64_t k = lower; k <= (int64_t)i; k++) {
            float s = share(less_both, w->wanted_count, less_different);
            if ((!w->strict || w->text[k].first) && s > now) {
                now = s;
                different = less_different;
                both = less_both;
                lower = k;
            }
            if (w->last[w->place[k]] == k) {
                less_different--;
                less_both -= w->wanted[w->place[k]];
            }
        }
        best = fmaxf(best, now);
        for (int64_t k = from; k < lower; k++)
            if (w->last[w->place[k]] == k)
                w->last[w->place[k]] = -1;
    }
    return best;
}

static Status word_similarity(FnCall *call, Str word, Str text, bool strict, float *out) {
    TrigramVec a, b, all = {0};
    Arena *arena = call->arena;
    *out = 0;
    TRY(trigrams_of(call->arena, word, &a));
    TRY(trigrams_of(call->arena, text, &b));
    if (a.count == 0 || b.count == 0)
        return STATUS_OK;
    trigrams_sort_unique(&a);
    for (size_t i = 0; i < a.count; i++)
        vec_push(&all, arena, a.items[i]);
    for (size_t i = 0; i < b.count; i++)
        vec_push(&all, arena, b.items[i]);
    trigrams_sort_unique(&all);
    int64_t *place = arena_array(arena, int64_t, b.count),
            *last = arena_array(arena, int64_t, all.count);
    bool *wanted = arena_array(arena, bool, all.count);
    for (size_t i = 0; i < b.count; i++)
        place[i] = place_of(&all, &b.items[i]);
    for (size_t i = 0; i < all.count; i++)
        last[i] = -1;
    for (size_t i = 0; i < a.count; i++)
        wanted[place_of(&all, &a.items[i])] = true;
    Window w = {b.items, place, wanted, last, (double)a.count, strict};
    *out = best_window(&w, b.count);
    return STATUS_OK;
}

/* ---- functions ---- */

/* A setting pg_trgm.x, once it was set. */
static Status threshold(FnCall *call, const char *name, float standard, float *out) {
    Session *session = call->site->env->session;
    const char *text;
    *out = standard;
    TRY(session->ops->setting_show(session, call->arena, name, true, &text));
    if (text != NULL && *text != '\0')
        *out = strtof(text, NULL);
    return STATUS_OK;
}
static Status give_float(FnCall *call, float value) {
    call->result = (Datum){.i64 = 0};
    call->result.f32 = value;
    return STATUS_OK;
}

#define LIMIT "pg_trgm.similarity_threshold"
static Status fn_show_limit(FnCall *call) {
    float limit;
    TRY(threshold(call, LIMIT, 0.3F, &limit));
    return give_float(call, limit);
}
static Status fn_set_limit(FnCall *call) {
    Session *session = call->site->env->session;
    float limit = call->args[0].f32;
    if (!(limit >= 0 && limit <= 1))
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "%g is outside the valid range for parameter \"" LIMIT "\" (0 .. 1)",
                     (double)limit);
    TRY(session->ops->setting_set(session, LIMIT, arena_printf(call->arena, "%.9g", (double)limit),
                                  false));
    return give_float(call, limit);
}
static Status fn_show_trgm(FnCall *call) {
    TrigramVec v;
    TRY(trigrams_of(call->arena, call->args[0].str, &v));
    trigrams_sort_unique(&v);
    Datum *texts = arena_array(call->arena, Datum, v.count + 1);
    for (size_t i = 0; i < v.count; i++) {
        const unsigned char *t = (const unsigned char *)v.items[i].bytes;
        bool plain = true;
        for (int k = 0; k < 3; k++)
            plain &= t[k] == ' ' || (t[k] < 0x80 && trigram_in_word(t[k]));
        texts[i] = plain
                       ? datum_str(arena_strndup(call->arena, (const char *)t, 3), 3)
                       : datum_cstr(arena_printf(call->arena, "0x%02x%02x%02x", t[0], t[1], t[2]));
    }
    return array_build_1d(call->arena, OID_TEXT, PHYS_STR, texts, NULL, (uint32_t)v.count,
                          &call->result);
}
static Status fn_similarity(FnCall *call) {
    float s;
    TRY(similarity(call, &s));
    return give_float(call, s);
}
static Status fn_similarity_dist(FnCall *call) {
    float s;
    TRY(similarity(call, &s));
    return give_float(call, 1.0F - s);
}
static Status fn_similarity_op(FnCall *call) {
    float s, limit;
    TRY(similarity(call, &s));
    TRY(threshold(call, LIMIT, 0.3F, &limit));
    return give_bool(call, s >= limit);
}

/* Of args[word] within the other one. */
static Status word_value(FnCall *call, int word, bool strict, float *out) {
    return word_similarity(call, call->args[word].str, call->args[1 - word].str, strict, out);
}
static Status word_op(FnCall *call, int word, bool strict) {
    float s, limit;
    TRY(word_value(call, word, strict, &s));
    TRY(threshold(call,
                  strict ? "pg_trgm.strict_word_similarity_threshold"
                         : "pg_trgm.word_similarity_threshold",
                  strict ? 0.5F : 0.6F, &limit));
    return give_bool(call, s >= limit);
}
static Status word_distance(FnCall *call, int word, bool strict, bool near) {
    float s;
    TRY(word_value(call, word, strict, &s));
    return give_float(call, near ? s : 1.0F - s);
}
static Status fn_word(FnCall *call) { return word_distance(call, 0, false, true); }
static Status fn_strict(FnCall *call) { return word_distance(call, 0, true, true); }
static Status fn_word_op(FnCall *call) { return word_op(call, 0, false); }
static Status fn_word_swapped_op(FnCall *call) { return word_op(call, 1, false); }
static Status fn_strict_op(FnCall *call) { return word_op(call, 0, true); }
static Status fn_strict_swapped_op(FnCall *call) { return word_op(call, 1, true); }
static Status fn_word_dist(FnCall *call) { return word_distance(call, 0, false, false); }
static Status fn_word_swapped_dist(FnCall *call) { return word_distance(call, 1, false, false); }
static Status fn_strict_dist(FnCall *call) { return word_distance(call, 0, true, false); }
static Status fn_strict_swapped_dist(FnCall *call) { return word_distance(call, 1, true, false); }

static const FnEntry entries[] = {
    SYSFUNC(EXT_TRGM_OID, "set_limit", fn_set_limit),
    SYSFUNC(EXT_TRGM_OID + 1, "show_limit", fn_show_limit),
    SYSFUNC(EXT_TRGM_OID + 2, "show_trgm", fn_show_trgm),
    SYSFUNC(EXT_TRGM_OID + 3, "similarity", fn_similarity),
    SYSFUNC(EXT_TRGM_OID + 4, "similarity_op", fn_similarity_op),
    SYSFUNC(EXT_TRGM_OID + 5, "similarity_dist", fn_similarity_dist),
    SYSFUNC(EXT_TRGM_OID + 6, "word_similarity", fn_word),
    SYSFUNC(EXT_TRGM_OID + 7, "word_similarity_op", fn_word_op),
    SYSFUNC(EXT_TRGM_OID + 8, "word_similarity_commutator_op", fn_word_swapped_op),
    SYSFUNC(EXT_TRGM_OID + 9, "word_similarity_dist_op", fn_word_dist),
    SYSFUNC(EXT_TRGM_OID + 10, "word_similarity_dist_commutator_op", fn_word_swapped_dist),
    SYSFUNC(EXT_TRGM_OID + 11, "strict_word_similarity", fn_strict),
    SYSFUNC(EXT_TRGM_OID + 12, "strict_word_similarity_op", fn_strict_op),
    SYSFUNC(EXT_TRGM_OID + 13, "strict_word_similarity_commutator_op", fn_strict_swapped_op),
    SYSFUNC(EXT_TRGM_OID + 14, "strict_word_similarity_dist_op", fn_strict_dist),
    SYSFUNC(EXT_TRGM_OID + 15, "strict_word_similarity_dist_commutator_op", fn_strict_swapped_dist),
};
void ext_trgm_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
