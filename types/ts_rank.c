/* ts_rank.c: how well a document answers a query: ts_rank by frequency, ts_rank_cd by nearness. */
#include "types/ts.h"

#include <math.h>
#include <stdlib.h>

enum {
    NORM_LOG_LENGTH = 1,
    NORM_LENGTH = 2,
    NORM_EXTENT = 4,
    NORM_UNIQUE = 8,
    NORM_LOG_UNIQUE = 16,
    NORM_SELF = 32
};
static const float default_weights[4] = {0.1f, 0.2f, 0.4f, 1.0f};

static Status read_weights(Str array, float weights[4]) {
    ArrayView view;
    TRY(array_view(array, &view));
    if (view.dim_count != 1)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "array of weight must be one-dimensional");
    if (view.elem_count < 4)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "array of weight is too short");
    for (uint32_t i = 0; i < view.elem_count; i++)
        if (array_is_null(&view, i))
            return error(ERR_NULL_VALUE_NOT_ALLOWED, "array of weight must not contain nulls");
    for (uint32_t i = 0; i < 4; i++) {
        float w = array_get(&view, i).f32;
        weights[i] = w >= 0 ? w : default_weights[i];
        if (weights[i] > 1.0f)
            return error(ERR_INVALID_PARAMETER_VALUE, "weight out of range");
    }
    return STATUS_OK;
}
static uint32_t document_length(const TsVector *v) {
    uint32_t total = 0;
    for (uint32_t i = 0; i < v->count; i++) {
        uint32_t n = ts_vector_at(v, i).position_count;
        total += n == 0 ? 1 : n;
    }
    return total;
}

static int order_operands(const void *a, const void *b) {
    const TsNode *x = *(const TsNode *const *)a, *y = *(const TsNode *const *)b;
    return ts_compare(x->text, x->len, y->text, y->len, false);
}
/* The distinct operands in order. */
static const TsNode **operands_of(Arena *arena, const TsQuery *q, uint32_t *count_out) {
    const TsNode **all = arena_alloc(arena, (q->count + 1) * sizeof(*all));
    uint32_t n = 0, kept = 0;
    for (uint32_t i = 0; i < q->count; i++)
        if (q->nodes[i].kind == TS_OPERAND)
            all[n++] = &q->nodes[i];
    if (n > 1)
        qsort(all, n, sizeof(*all), order_operands);
    for (uint32_t i = 0; i < n; i++)
        if (i == 0 || order_operands(&all[i], &all[kept - 1]) != 0)
            all[kept++] = all[i];
    *count_out = kept;
    return all;
}

/* ---- ts_rank ---- */

static float nearness(int32_t distance) {
    if (distance > 100)
        return 1e-30f;
    return (float)(1.0 / (1.005 + 0.05 * exp((float)distance / 1.5 - 2)));
}
static float rank_any(const float *w, const TsVector *v, const TsQuery *q, Arena *arena) {
    uint32_t count;
    const TsNode **operands = operands_of(arena, q, &count);
    float rank = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first, n = ts_vector_range(v, operands[i], &first);
        for (uint32_t k = 0; k < n; k++) {
            TsLexeme l = ts_vector_at(v, first + k);
            uint32_t positions = l.position_count == 0 ? 1 : l.position_count, best = 0;
            float sum = 0, heaviest = -1;
            for (uint32_t j = 0; j < positions; j++) {
                float weight = w[l.position_count == 0 ? 0 : ts_weight(ts_lexeme_entry(&l, j))];
                sum = sum + weight / (float)((j + 1) * (j + 1));
                if (weight > heaviest) {
                    heaviest = weight;
                    best = j;
                }
            }
            /* the limit of the sum of 1 / i^2 */
            rank = (float)(rank + (heaviest + sum - heaviest / (float)((best + 1) * (best + 1))) /
                                      1.64493406685);
        }
    }
    return count > 0 ? rank / (float)count : rank;
}

/* The occurrences that stand for an operand: of the last lexeme it found. */
typedef struct Occurrences {
    bool found, placeless;
    TsLexeme lexeme;
} Occurrences;
static uint32_t occurrence_count(const Occurrences *o) {
    return o->placeless ? 1 : o->lexeme.position_count;
}
static uint16_t occurrence(const Occurrences *o, uint32_t i) {
    return o->placeless ? TS_POSITION_MAX : ts_lexeme_entry(&o->lexeme, i);
}
static float rank_pair(const float *w, const Occurrences *a, const Occurrences *b, float rank) {
    for (uint32_t i = 0; i < occurrence_count(a); i++)
        for (uint32_t k = 0; k < occurrence_count(b); k++) {
            uint16_t x = occurrence(a, i), y = occurrence(b, k);
            int distance = abs((int)ts_position(x) - (int)ts_position(y));
            if (distance == 0 && !a->placeless && !b->placeless)
                continue;
            if (distance == 0)
                distance = TS_POSITION_MAX + 1;
            float one = (float)sqrt(w[ts_weight(x)] * w[ts_weight(y)] * nearness(distance));
            rank = rank < 0 ? one : (float)(1.0 - (1.0 - rank) * (1.0 - one));
        }
    return rank;
}
static float rank_all(const float *w, const TsVector *v, const TsQuery *q, Arena *arena) {
    uint32_t count;
    const TsNode **operands = operands_of(arena, q, &count);
    if (count < 2)
        return rank_any(w, v, q, arena);
    Occurrences *seen = arena_zalloc(arena, count * sizeof(Occurrences));
    float rank = -1;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t first, n = ts_vector_range(v, operands[i], &first);
        for (uint32_t k = 0; k < n; k++) {
            seen[i].found = true;
            seen[i].lexeme = ts_vector_at(v, first + k);
            seen[i].placeless = seen[i].lexeme.position_count == 0;
            for (uint32_t j = 0; j < i; j++)
                if (seen[j].found)
                    rank = rank_pair(w, &seen[i], &seen[j], rank);
        }
    }
    return rank;
}
static float rank_of(const float *w, const TsVector *v, const TsQuery *q, int method,
                     Arena *arena) {
    if (v->count == 0 || q->count == 0)
        return 0;
    const TsNode *root = q->nodes;
    bool all = root->kind == TS_OPERATOR && (root->op == TS_AND || root->op == TS_PHRASE);
    float rank = all ? rank_all(w, v, q, arena) : rank_any(w, v, q, arena);
    if (rank < 0)
        rank = 1e-20f;
    if (method & NORM_LOG_LENGTH)
        rank = (float)(rank / (log((double)(document_length(v) + 1)) / log(2.0)));
    if (method & NORM_LENGTH)
        rank /= (float)document_length(v);
    if (method & NORM_UNIQUE)
        rank /= (float)v->count;
    if (method & NORM_LOG_UNIQUE)
        rank = (float)(rank / (log((double)(v->count + 1)) / log(2.0)));
    if (method & NORM_SELF)
        rank /= rank + 1;
    return rank;
}
/* weights: its argument, -1 for none; likewise method. */
static Status rank(FnCall *call, int weights, int document, int method) {
    float w[4];
    memcpy(w, default_weights, sizeof(w));
    if (weights >= 0)
        TRY(read_weights(ARG_STR(weights), w));
    TsVector v = ts_vector(ARG_STR(document));
    TsQuery q = ts_query(call->arena, ARG_STR(document + 1));
    return ret_f32(call, rank_of(w, &v, &q, method < 0 ? 0 : ARG_I32(method), call->arena));
}
SCALAR(ts_rank_wttf) { return rank(call, 0, 1, 3); }
SCALAR(ts_rank_wtt) { return rank(call, 0, 1, -1); }
SCALAR(ts_rank_ttf) { return rank(call, -1, 0, 2); }
SCALAR(ts_rank_tt) { return rank(call, -1, 0, -1); }

/* ---- ts_rank_cd: the document as the places where operands stand ---- */

typedef struct Place {
    uint16_t entry;
    uint32_t lexeme;
    uint32_t operand; /* a node's index; with others of one place the first */
    uint32_t operands, operand_count;
} Place;
/* What is seen of each operand between two places: while growing either way. */
typedef struct Seen {
    uint32_t first, count; /* of its positions in `positions`, from a common pool */
    uint32_t pool, pool_size;
} Seen;
typedef struct Covers {
    const TsQuery *query;
    Place *places;
    uint32_t count;
    const uint32_t *operand_list;
    Seen *seen;
    uint16_t *pool;
    bool backwards;
    TsRun run;
} Covers;

static int order_places(const void *a, const void *b) {
    const Place *x = a, *y = b;
    if (ts_position(x->entry) != ts_position(y->entry))
        return ts_position(x->entry) > ts_position(y->entry) ? 1 : -1;
    if (ts_weight(x->entry) != ts_weight(y->entry))
        return ts_weight(x->entry) > ts_weight(y->entry) ? 1 : -1;
    if (x->lexeme != y->lexeme)
        return x->lexeme > y->lexeme ? 1 : -1;
    return (x->operand > y->operand) - (x->operand < y->operand);
}
static void collect_places(Covers *c, const TsVector *v, Arena *arena) {
    VEC(Place) all = {0};
    for (uint32_t i = 0; i < c->query->count; i++) {
        const TsNode *n = &c->query->nodes[i];
        uint32_t first, found = n->kind == TS_OPERAND ? ts_vector_range(v, n, &first) : 0;
        uint32_t before = (uint32_t)all.count;
        for (uint32_t k = 0; k < found; k++) {
            TsLexeme l = ts_vector_at(v, first + k);
            for (uint32_t j = 0; j < l.position_count; j++) {
                uint16_t entry = ts_lexeme_entry(&l, j);
                Place p = {.entry = entry, .lexeme = first + k, .operand = i};
                if (n->weights == 0 || n->weights >> ts_weight(entry) & 1)
                    vec_push(&all, arena, p);
            }
        }
        c->seen[i].pool_size = (uint32_t)all.count - before;
        c->seen[i].pool = before;
    }
    c->pool = arena_alloc(arena, 2 * (all.count + 1));
    if (all.count > 1)
        qsort(all.items, all.count, sizeof(Place), order_places);
    uint32_t *operands = arena_alloc(arena, (all.count + 1) * sizeof(uint32_t));
    for (uint32_t i = 0; i < all.count; i++) {
        Place *p = &all.items[i], *last = c->count > 0 ? &all.items[c->count - 1] : NULL;
        operands[i] = p->operand;
        if (last != NULL && last->entry == p->entry && last->lexeme == p->lexeme) {
            last->operand_count++;
            continue;
        }
        p->operands = i;
        p->operand_count = 1;
        all.items[c->count++] = *p;
    }
    c->operand_list = operands;
    c->places = all.items;
}
static TsMatch check_seen(void *arg, const TsNode *operand, TsPlaces *places) {
    Covers *c = arg;
    const Seen *s = &c->seen[operand - c->query->nodes];
    if (s->count == 0)
        return TS_NO;
    if (places != NULL) {
        places->count = s->count;
        places->positions = c->pool + s->pool + s->first;
    }
    return TS_YES;
}
static void forget(Covers *c, bool backwards) {
    c->backwards = backwards;
    for (uint32_t i = 0; i < c->query->count; i++) {
        c->seen[i].first = backwards ? c->seen[i].pool_size : 0;
        c->seen[i].count = 0;
    }
}
static void see(Covers *c, const Place *p) {
    for (uint32_t i = 0; i < p->operand_count; i++) {
        Seen *s = &c->seen[c->operand_list[p->operands + i]];
        uint16_t *own = c->pool + s->pool;
        uint32_t last = c->backwards ? s->first : s->first + s->count - 1;
        if (s->count > 0 && ts_position(own[last]) == ts_position(p->entry))
            continue;
        if (c->backwards)
            own[--s->first] = p->entry;
        else
            own[s->first + s->count] = p->entry;
        s->count++;
    }
}
/* The next shortest stretch that satisfies the query, from place *from on. */
static bool next_cover(Covers *c, uint32_t *from, uint32_t *begin_out, uint32_t *end_out) {
    for (; *from < c->count; ++*from) {
        uint32_t end = *from;
        forget(c, false);
        for (; end < c->count; end++) {
            see(c, &c->places[end]);
            if (ts_query_match(&c->run, c->query->nodes))
                break;
        }
        if (end == c->count || ts_position(c->places[end].entry) == 0)
            return false;
        forget(c, true);
        for (uint32_t begin = end + 1; begin-- > *from;) {
            see(c, &c->places[begin]);
            if (ts_query_match(&c->run, c->query->nodes)) {
                *begin_out = begin;
                *end_out = end;
                *from = begin + 1;
                return true;
            }
        }
    }
    return false;
}
static float rank_covers(const float *w, const TsVector *v, const TsQuery *q, int method,
                         Arena *arena) {
    Covers c = {.query = q};
    double inverse[4], rank = 0, distances = 0, last_middle = 0;
    uint32_t from = 0, begin, end, covers = 0;
    for (int i = 0; i < 4; i++)
        inverse[i] = 1.0 / (double)w[i];
    c.seen = arena_zalloc(arena, (q->count + 1) * sizeof(Seen));
    c.run = (TsRun){.arena = arena, .find = check_seen, .arg = &c};
    collect_places(&c, v, arena);
    if (c.count == 0)
        return 0;
    while (next_cover(&c, &from, &begin, &end)) {
        double weight = 0;
        for (uint32_t i = begin; i <= end; i++)
            weight += inverse[ts_weight(c.places[i].entry)];
        int p = ts_position(c.places[begin].entry), last = ts_position(c.places[end].entry);
        int noise = last - p - (int)(end - begin);
        if (noise < 0)
            noise = (int)(end - begin) / 2;
        rank += (double)(end - begin + 1) / weight / (double)(1 + noise);
        double middle = (double)(last + p) / 2.0;
        if (covers > 0 && middle > last_middle)
            distances += 1.0 / (middle - last_middle);
        last_middle = middle;
        covers++;
    }
    if ((method & NORM_LOG_LENGTH) && v->count > 0)
        rank /= log((double)(document_length(v) + 1));
    if ((method & NORM_LENGTH) && v->count > 0)
        rank /= (double)document_length(v);
    if ((method & NORM_EXTENT) && covers > 0 && distances > 0)
        rank /= (double)covers / distances;
    if ((method & NORM_UNIQUE) && v->count > 0)
        rank /= (double)v->count;
    if ((method & NORM_LOG_UNIQUE) && v->count > 0)
        rank /= log((double)(v->count + 1)) / log(2.0);
    if (method & NORM_SELF)
        rank /= rank + 1;
    return (float)rank;
}
static Status rank_cd(FnCall *call, int weights, int document, int method) {
    float w[4];
    memcpy(w, default_weights, sizeof(w));
    if (weights >= 0)
        TRY(read_weights(ARG_STR(weights), w));
    TsVector v = ts_vector(ARG_STR(document));
    TsQuery q = ts_query(call->arena, ARG_STR(document + 1));
    if (q.count == 0)
        return ret_f32(call, 0);
    return ret_f32(call, rank_covers(w, &v, &q, method < 0 ? 0 : ARG_I32(method), call->arena));
}
SCALAR(ts_rankcd_wttf) { return rank_cd(call, 0, 1, 3); }
SCALAR(ts_rankcd_wtt) { return rank_cd(call, 0, 1, -1); }
SCALAR(ts_rankcd_ttf) { return rank_cd(call, -1, 0, 2); }
SCALAR(ts_rankcd_tt) { return rank_cd(call, -1, 0, -1); }
