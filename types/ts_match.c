/*
 * ts_match.c: does a document satisfy a query? The @@ operators.
 *
 * Above phrases only truth matters, with a third value for "perhaps" where a document has no positions.
 * At and below a phrase every part gives its places: the ends of its matches and their width. A negated
 * part matches everywhere but there.
 */
#include "types/ts.h"

#include <stdlib.h>

typedef VEC(const TsNode *) TsChain;

/* The operators along the left operands, outermost first; n is what they end at. */
static const TsNode *chain_of(Arena *arena, const TsNode *n, TsChain *chain) {
    for (; n->kind == TS_OPERATOR && n->op != TS_NOT; n += n->left)
        vec_push(chain, arena, n);
    return n;
}

/* ---- places ---- */

enum { ONLY_LEFT = 1, ONLY_RIGHT = 2, BOTH = 4 };

/* Merges two lists; those that `keep` names. */
static void merge_places(Arena *arena, TsPlaces *out, const TsPlaces *left, const TsPlaces *right,
                         int keep, int left_offset, int right_offset) {
    uint32_t i = 0, k = 0;
    out->count = 0;
    out->positions = arena_alloc(arena, 2 * ((size_t)left->count + right->count + 1));
    while (i < left->count || k < right->count) {
        int a = i < left->count ? ts_position(left->positions[i]) + left_offset : INT32_MAX;
        int b = k < right->count ? ts_position(right->positions[k]) + right_offset : INT32_MAX;
        int at = a < b ? a : b;
        int kind = a == b ? BOTH : a < b ? ONLY_LEFT : ONLY_RIGHT;
        if ((keep & kind) && at > 0)
            out->positions[out->count++] = (uint16_t)at;
        i += a <= b;
        k += b <= a;
    }
}
static TsMatch found(const TsPlaces *places) {
    return places->count > 0 || places->negate ? TS_YES : TS_NO;
}
static void and_places(Arena *arena, const TsNode *n, const TsPlaces *left, const TsPlaces *right,
                       TsPlaces *out) {
    int wider = left->width > right->width ? left->width : right->width;
    int left_offset = wider - left->width, right_offset = wider - right->width;
    out->width = wider;
    if (n->op == TS_PHRASE) {
        left_offset = n->distance + right->width;
        right_offset = 0;
        out->width = n->distance + left->width + right->width;
    }
    out->negate = left->negate && right->negate;
    int keep = out->negate     ? BOTH | ONLY_LEFT | ONLY_RIGHT
               : left->negate  ? ONLY_RIGHT
               : right->negate ? ONLY_LEFT
                               : BOTH;
    merge_places(arena, out, left, right, keep, left_offset, right_offset);
}
static void or_places(Arena *arena, const TsPlaces *left, const TsPlaces *right, TsPlaces *out) {
    int wider = left->width > right->width ? left->width : right->width;
    out->width = wider;
    out->negate = left->negate || right->negate;
    int keep = left->negate && right->negate ? BOTH
               : left->negate                ? ONLY_LEFT
               : right->negate               ? ONLY_RIGHT
                                             : BOTH | ONLY_LEFT | ONLY_RIGHT;
    merge_places(arena, out, left, right, keep, wider - left->width, wider - right->width);
}

static TsMatch phrase_match(TsRun *run, const TsNode *n, TsPlaces *places);

static TsMatch phrase_not(TsRun *run, const TsNode *n, TsPlaces *places) {
    TsMatch m = phrase_match(run, n + 1, places);
    if (m == TS_MAYBE)
        return m;
    if (m == TS_NO) {
        *places = (TsPlaces){.negate = true};
        return TS_YES;
    }
    places->negate = !places->negate;
    return found(places);
}
/* One operator over its left operand's answer. */
static TsMatch phrase_step(TsRun *run, const TsNode *n, TsMatch left_match, TsPlaces *left) {
    TsPlaces right = {0}, out = {0};
    if (n->op != TS_OR && left_match == TS_NO)
        return TS_NO;
    TsMatch right_match = phrase_match(run, n + 1, &right);
    if (n->op != TS_OR && right_match == TS_NO)
        return TS_NO;
    if (left_match == TS_NO && right_match == TS_NO)
        return TS_NO;
    if (left_match == TS_MAYBE || right_match == TS_MAYBE)
        return TS_MAYBE;
    if (left_match == TS_NO)
        *left = (TsPlaces){0};
    if (right_match == TS_NO)
        right = (TsPlaces){0};
    if (n->op == TS_OR)
        or_places(run->arena, left, &right, &out);
    else
        and_places(run->arena, n, left, &right, &out);
    *left = out;
    return found(&out);
}
static TsMatch phrase_match(TsRun *run, const TsNode *n, TsPlaces *places) {
    TsChain chain = {0};
    n = chain_of(run->arena, n, &chain);
    *places = (TsPlaces){0};
    TsMatch m = n->kind == TS_OPERAND ? run->find(run->arg, n, places) : phrase_not(run, n, places);
    for (size_t i = chain.count; i-- > 0;)
        m = phrase_step(run, chain.items[i], m, places);
    return m;
}

/* ---- truth ---- */

static TsMatch truth(TsRun *run, const TsNode *n) {
    TsChain chain = {0};
    TsPlaces places;
    while (n->kind == TS_OPERATOR && (n->op == TS_AND || n->op == TS_OR)) {
        vec_push(&chain, run->arena, n);
        n += n->left;
    }
    TsMatch m;
    if (n->kind == TS_OPERAND) {
        m = run->find(run->arg, n, NULL);
    } else if (n->op == TS_NOT) {
        m = truth(run, n + 1);
        m = m == TS_MAYBE ? m : m == TS_YES ? TS_NO : TS_YES;
    } else {
        m = phrase_match(run, n, &places) == TS_YES ? TS_YES : TS_NO;
    }
    for (size_t i = chain.count; i-- > 0;) {
        bool and = chain.items[i]->op == TS_AND;
        if (m == (and? TS_NO : TS_YES))
            continue;
        TsMatch right = truth(run, chain.items[i] + 1);
        if (right == (and? TS_NO : TS_YES) || right == TS_MAYBE)
            m = right;
    }
    return m;
}
bool ts_query_match(TsRun *run, const TsNode *root) {
    ArenaMark mark = arena_mark(run->arena);
    TsMatch m = truth(run, root);
    arena_release(run->arena, mark);
    return m != TS_NO;
}

/* ---- documents ---- */

typedef struct Document {
    Arena *arena;
    const TsVector *vector;
} Document;

/* One lexeme that an operand finds: does its weight fit; its positions behind those of others. */
static TsMatch check_lexeme(const TsLexeme *l, const TsNode *operand, TsPlaces *places) {
    if (l->position_count == 0)
        return places != NULL ? TS_MAYBE : TS_YES;
    TsMatch m = TS_NO;
    for (uint32_t i = 0; i < l->position_count; i++) {
        uint16_t entry = ts_lexeme_entry(l, i);
        if (operand->weights != 0 && !(operand->weights >> ts_weight(entry) & 1))
            continue;
        m = TS_YES;
        if (places == NULL)
            break;
        places->positions[places->count++] = ts_position(entry);
    }
    return m;
}
static int order_positions(const void *a, const void *b) {
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}
static void tidy_places(TsPlaces *places) {
    uint32_t kept = 0;
    qsort(places->positions, places->count, sizeof(uint16_t), order_positions);
    for (uint32_t i = 0; i < places->count; i++)
        if (i == 0 || places->positions[i] != places->positions[kept - 1])
            places->positions[kept++] = places->positions[i];
    places->count = kept;
}
static TsMatch check_document(void *arg, const TsNode *operand, TsPlaces *places) {
    Document *d = arg;
    uint32_t first, count = ts_vector_range(d->vector, operand, &first);
    TsMatch m = TS_NO;
    if (places != NULL) {
        size_t total = 0;
        for (uint32_t i = 0; i < count; i++)
            total += ts_vector_at(d->vector, first + i).position_count;
        places->positions = arena_alloc(d->arena, 2 * total + 2);
    }
    for (uint32_t i = 0; i < count; i++) {
        TsLexeme l = ts_vector_at(d->vector, first + i);
        TsMatch one = check_lexeme(&l, operand, places);
        if (one == TS_NO)
            continue;
        m = one;
        if (places == NULL || one == TS_MAYBE)
            break;
    }
    if (places != NULL && m == TS_MAYBE)
        places->count = 0;
    else if (places != NULL && count > 1)
        tidy_places(places);
    return m;
}
bool ts_match(Arena *arena, const TsVector *document, const TsQuery *query) {
    Document d = {arena, document};
    TsRun run = {.arena = arena, .find = check_document, .arg = &d};
    return query->count > 0 && ts_query_match(&run, query->nodes);
}

static Status match(FnCall *call, int document, int query) {
    TsVector v = ts_vector(ARG_STR(document));
    TsQuery q = ts_query(call->arena, ARG_STR(query));
    return ret_bool(call, ts_match(call->arena, &v, &q));
}
SCALAR(ts_match_vq) { return match(call, 0, 1); }
SCALAR(ts_match_qv) { return match(call, 1, 0); }
