/* view_updatable.c: which commands a relation takes, by itself, through rules, triggers or views below. */
#include "planner/rewrite_int.h"

#define ALL_EVENTS (VIEW_INSERT | VIEW_UPDATE | VIEW_DELETE)
#define DEPTH_MAX 32u

typedef struct Search {
    Rewriter *rw;
    bool triggers;
    Oid outer[DEPTH_MAX];
    uint32_t depth;
} Search;

static unsigned rule_events(const RelationDesc *relation) {
    unsigned events = 0;
    for (uint16_t i = 0; i < relation->rule_count; i++)
        if (relation->rules[i].instead && relation->rules[i].condition == NULL)
            events |= 1u << (relation->rules[i].event - '0');
    return events & ALL_EVENTS;
}

static unsigned trigger_events(const RelationDesc *relation) {
    enum { INSTEAD = 64, INSERT = 4, DELETE = 8, UPDATE = 16 };
    unsigned events = 0;
    for (unsigned i = 0; i < relation->trigger_count; i++) {
        int type = relation->triggers[i].type;
        if (!(type & INSTEAD))
            continue;
        events |= (type & INSERT ? VIEW_INSERT : 0) | (type & UPDATE ? VIEW_UPDATE : 0) |
                  (type & DELETE ? VIEW_DELETE : 0);
    }
    return events;
}

/* columns: of the relation, as attribute numbers; NULL: any. */
static Status find_events(Search *s, Oid oid, const BitSet *columns, unsigned *events_out) {
    const RelationDesc *relation;
    Query *query;
    *events_out = 0;
    TRY(catalog_relation(s->rw->an.catalog, oid, &relation));
    if (relation == NULL || s->depth == DEPTH_MAX)
        return STATUS_OK;
    for (uint32_t i = 0; i < s->depth; i++)
        if (s->outer[i] == oid)
            return STATUS_OK;
    if (relation->kind == 'r' || relation->kind == 'p') {
        *events_out = ALL_EVENTS;
        return STATUS_OK;
    }
    unsigned events = rule_events(relation) | (s->triggers ? trigger_events(relation) : 0);
    *events_out = events;
    if (events == ALL_EVENTS || relation->kind != 'v')
        return STATUS_OK;
    TRY(view_query(s->rw, relation, &query));
    if (view_not_updatable(query) != NULL)
        return STATUS_OK;
    uint32_t base_rt = query->from->items[0]->rt_index;
    const RangeEntry *base = query_rte(query, base_rt);
    BitSet *below = NULL;
    for (uint32_t i = 0; i < query->targets.count; i++) {
        const Target *target = query->targets.items[i];
        int16_t attno = view_base_column(target, base_rt);
        if (attno > 0 && (columns == NULL || bitset_has(columns, target->resno)))
            below = bitset_add(s->rw->an.arena, below, attno);
    }
    unsigned own = bitset_empty(below) ? VIEW_DELETE : ALL_EVENTS;
    if (base->relkind != 'r' && base->relkind != 'p') {
        unsigned under;
        s->outer[s->depth++] = oid;
        TRY(find_events(s, base->relation, below, &under));
        s->depth--;
        own &= under;
    }
    *events_out |= own;
    return STATUS_OK;
}

Status view_events(EvalEnv *env, Arena *arena, Oid relation, int16_t column, bool triggers,
                   unsigned *events_out) {
    Search search = {.rw = arena_new(arena, Rewriter), .triggers = triggers};
    search.rw->an = (Analyzer){.env = env, .catalog = env->catalog, .arena = arena};
    return find_events(&search, relation, column == 0 ? NULL : bitset_single(arena, column),
                       events_out);
}
