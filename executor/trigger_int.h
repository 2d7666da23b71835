/* trigger_int.h: what trigger.c and trigger_queue.c share. Layer: executor, private. */
#ifndef EXECUTOR_TRIGGER_INT_H
#define EXECUTOR_TRIGGER_INT_H

#include "catalog/catalogs.h"
#include "executor/program.h"
#include "executor/route.h"
#include "executor/row_store.h"
#include "executor/trigger.h"
#include "planner/partition.h"

/* Bits of pg_trigger.tgtype. */
enum {
    TG_ROW = 1,
    TG_BEFORE = 2,
    TG_INSERT = 4,
    TG_DELETE = 8,
    TG_UPDATE = 16,
    TG_TRUNCATE = 32,
    TG_INSTEAD = 64
};

typedef struct ChangedRows ChangedRows;

#define TRIGGER_WORDS_MAX 4u /* 64 triggers of a table each */

typedef struct TriggerState {
    const TriggerDesc *desc;
    ProgNode *when; /* OLD: SLOT_EXCLUDED, NEW: SLOT_TARGET; NULL: always */
} TriggerState;

struct TriggerSet {
    TriggerSet *next_owned; /* TriggerQueue.sets */
    Executor *exec;
    const RelationDesc *desc;
    TriggerState *states; /* enabled ones by name */
    uint32_t count;
    uint32_t types; /* all their bits */
    bool keeps;     /* some have transition tables */
    bool moving;
    TriggerSet *named; /* whose transition tables take the rows; NULL: none */
    int16_t *map;      /* by named's attnum - 1: own; NULL: the same */
    bool *updated;     /* by attnum - 1 */
    Batch old_row, new_row;
    Register *old_regs, *new_regs;
    ProgNode *partition_check;
    Arena arena; /* of one condition */
};

/* Does the trigger fire: event, columns set, WHEN? Rows NULL: a statement trigger. */
Status trigger_applies(TriggerSet *set, const TriggerState *state, TriggerWhen when, TriggerOp op,
                       const TriggerRow *old_row, const TriggerRow *new_row, bool *yes_out);
/* changed: the statement's transition tables; NULL: none. */
Status trigger_fire_statement(TriggerSet *set, TriggerWhen when, TriggerOp op,
                              ChangedRows *changed);
/* trigger_call with them in sight. */
Status trigger_call_with_tables(TriggerSet *set, ChangedRows *changed, TriggerCall *call);

#endif
