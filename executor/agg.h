/*
 * agg.h: aggregate functions at work: states, steps over vectors, results. Layer: executor, private.
 *
 * The aggregates that analytic queries live on (count, sum, avg, min, max over integers, floats,
 * dates) have loops of their own over whole vectors; every other one goes through AggImpl row by
 * row, and those that users make through their transition function.
 * DISTINCT and ORDER BY inside an aggregate collect the rows of a group first.
 */
#ifndef EXECUTOR_AGG_H
#define EXECUTOR_AGG_H

#include "executor/compare.h"
#include "executor/row_store.h"

typedef struct AggSpec AggSpec;

/* Vector loops of one fast aggregate. states: where each row's state is, states[row] + offset. */
typedef void (*AggVectorSingle)(void *state, const Vector *v, Selection sel);
typedef void (*AggVectorGrouped)(uint8_t *const *states, uint32_t offset, const Vector *v,
                                 Selection sel);
typedef struct FastAgg {
    AggVectorSingle single;
    AggVectorGrouped grouped;
    Status (*final)(AggSpec *spec, const void *state, Arena *arena, Datum *value_out,
                    bool *null_out);
    void (*combine)(void *state, const void *other);
} FastAgg;

struct AggSpec {
    Executor *exec;
    Oid function;
    const ExprAgg *expr; /* NULL: a window call */
    const FastAgg *fast;
    const AggImpl *impl;   /* or this one */
    FnCaller trans, final; /* or these: CREATE AGGREGATE */
    bool user, has_final, final_extra, trans_strict;
    uint32_t final_count; /* arguments behind the state: direct ones, then extra NULLs */
    Datum *step_args;     /* [call_count + 1]: a transition's arguments */
    bool *step_nulls;
    bool initial_null;
    Datum initial;
    Oid trans_function;
    const char *initial_text;
    bool keeps_state;      /* the final function leaves it as it is */
    bool shared;           /* an earlier one makes the state: this one only has a final function */
    bool combines;         /* its rows have addresses of states, which it merges */
    uint32_t state_column; /* of the input; then state_vector */
    const Vector *state_vector;
    const TypeInfo *trans_type;
    FnSite site;
    const TypeInfo *result_type;
    ProgNode **args;
    uint32_t arg_count; /* evaluated: call arguments, then those that only sort */
    bool large_args;    /* some argument may be a large value: rows are taken in slices */
    uint32_t slice;
    uint32_t call_count; /* passed to the function */
    ProgNode **direct;
    uint32_t direct_count;
    ProgNode *filter;
    bool collects;    /* DISTINCT, ORDER BY, ordered sets: rows first */
    Oid hypothetical; /* rank and its kin: their final function; 0: none of them */
    bool distinct;
    RowShape collected;
    RowOrder order;          /* over the collected columns */
    uint32_t distinct_count; /* leading columns of order that DISTINCT compares; 0: none */
    uint32_t state_bytes;    /* a multiple of 16 */
    uint32_t offset;         /* within a group's states */
    const Vector **vectors;
    Datum *values;
    bool *nulls;
    uint16_t *rows; /* of the filter */
};

/* Compiles one; offset is the caller's to set. direct: its direct arguments over the result row, or
 * NULL. */
Status agg_init(AggSpec *spec, Executor *exec, const ExprAgg *expr, const ExprList *direct);
/* One that merges the states that another node made by `expr`, whose addresses the input's column has. */
Status agg_init_combine(AggSpec *spec, Executor *exec, const ExprAgg *expr, uint32_t column);
/* The function alone, with given argument nodes: windows. */
Status agg_init_function(AggSpec *spec, Executor *exec, Oid function, const ExprList *args,
                         Oid result_type, Oid collation, const Expr *expr);

/* Whether the two make the same state of the same rows, so that one is enough. */
bool agg_same_state(const AggSpec *a, const AggSpec *b);
/* Zeroes a state. */
Status agg_begin(AggSpec *spec, void *state, Arena *arena);
/* Evaluates arguments and filter over a batch; *sel_out: the rows that count. */
Status agg_eval(AggSpec *spec, ProgContext *ctx, Selection sel, Selection *sel_out);
/* agg_eval and the step, for rows of a batch: into `state`, or (NULL) into states[row] + spec->offset. ctx->arena gets
 * the arguments' values, which it keeps for a slice of the rows at a time. */
Status agg_feed(AggSpec *spec, ProgContext *ctx, Selection sel, void *state, uint8_t *const *states,
                Arena *arena);
/* After agg_eval: rows into one state, or into states[row] + spec->offset. */
Status agg_step_single(AggSpec *spec, void *state, Selection sel, Arena *arena);
Status agg_step_grouped(AggSpec *spec, uint8_t *const *states, Selection sel, Arena *arena);
/* One row of explicit values. inverse: takes it out again (only where agg_can_invert). */
Status agg_step_values(AggSpec *spec, void *state, const Datum *values, const bool *nulls,
                       Arena *arena, bool inverse);
bool agg_can_invert(const AggSpec *spec);
/* Before agg_final: steps over the rows that were collected to be put in order or made unique. Errors
 * of any aggregate's steps come before those of results. */
Status agg_feed_collected(AggSpec *spec, void *state, Arena *arena);
/* The result; its bytes on result_arena. ctx: row `row` of its left side has the keys that direct
 * arguments see (NULL: there are none). */
Status agg_final(AggSpec *spec, void *state, ProgContext *ctx, uint32_t row, Arena *arena,
                 Arena *result_arena, Datum *value_out, bool *null_out);

/* Two rows that an aggregate collected, in its order: <0, 0, >0. */
int agg_compare_collected(const AggSpec *spec, const uint8_t *a, const uint8_t *b);

/* agg_hypothetical.c: is it the final function of a hypothetical-set aggregate? */
bool agg_hypothetical_is(Oid final);
/* Where a row of the direct arguments would stand among the sorted rows. */
Status agg_hypothetical_final(const AggSpec *spec, uint8_t *const *rows, uint64_t count,
                              const Datum *values, const bool *nulls, Arena *arena,
                              Datum *value_out);

/* agg_fast.c: NULL where there is none. */
const FastAgg *fast_agg_find(Oid function);
#define FAST_STATE_BYTES 32u

#endif
