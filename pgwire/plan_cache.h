/*
 * plan_cache.h: plans that all sessions share. Layer: pgwire.
 *
 * A SharedPlan is a statement's tree and plan, made once and never changed afterwards, so sessions on
 * different workers may run it at the same time. What depends on the session, micro-programs, it keeps
 * for itself. The cache finds plans by key: whatever parsing, analysis and planning look at besides the
 * catalogs has to be in it (plan_key); the catalogs' state is the plan's epoch.
 */
#ifndef PGWIRE_PLAN_CACHE_H
#define PGWIRE_PLAN_CACHE_H

#include "base/arena.h"
#include "base/list.h"
#include "planner/plan.h"

typedef struct PlanCache PlanCache;

typedef struct SharedPlan {
    _Atomic uint32_t references;
    MemAccount account;
    Arena arena;                /* everything below */
    const AstRawStatement *raw; /* NULL: an empty query */
    PlannedStatement *plan;     /* NULL: not planned */
    uint64_t epoch, path_hash;  /* catalogs and search path that it was made under */
    uint64_t settings_hash;     /* variables_hash() then */
    /* of a statement whose literals became parameters: which literal of the text is which, and did the
     * parser fold a minus sign into it */
    uint32_t literal_count;
    uint32_t *literals;
    bool *negated;
    /* the cache's */
    Str key;
    ListNode clock;
    bool cached;
    _Atomic bool touched;
} SharedPlan;

/* Lives as long as the process. */
PlanCache *plan_cache_make(MemAccount *account);

/* An empty plan to fill; one reference, the caller's. */
SharedPlan *shared_plan_make(PlanCache *cache);
SharedPlan *shared_plan_ref(SharedPlan *plan);
/* NULL: nothing happens. From any worker. */
void shared_plan_unref(PlanCache *cache, SharedPlan *plan);

/* The plan of key if it is of this epoch, with a reference for the caller; NULL: there is none. One that
 * is out of date goes. */
SharedPlan *plan_cache_find(PlanCache *cache, Str key, uint64_t epoch);
/* Lets others find plan, which must be complete. Does nothing where there is one by that key. */
void plan_cache_add(PlanCache *cache, SharedPlan *plan, Str key);

#endif
