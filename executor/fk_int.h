/* fk_int.h: what fk.c, fk_check.c and fk_action.c share. Layer: executor, private. */
#ifndef EXECUTOR_FK_INT_H
#define EXECUTOR_FK_INT_H

#include "executor/fk.h"
#include "executor/index_key.h"
#include "executor/route.h"
#include "executor/row_table.h"

typedef enum FkEventKind {
    FK_REFERS,
    FK_REFERRED_UPDATE,
    FK_REFERRED_DELETE,
    FK_UNIQUE,
    FK_EXCLUSION
} FkEventKind;

typedef struct FkEvent {
    struct FkEvent *next;
    uint64_t place; /* its turn: after so many of the triggers that wait */
    FkEventKind kind;
    Oid constraint;
    Oid relation; /* the table that was written */
    Oid index;    /* FK_UNIQUE, FK_EXCLUSION */
    RowId rowid;
    Datum *values;     /* key: FK_REFERS the new one, FK_REFERRED_* the old one */
    Datum *new_values; /* FK_REFERRED_UPDATE */
    bool *new_nulls;
    Str key;          /* FK_UNIQUE */
    FkTarget *target; /* FK_REFERS without a row: all keys that `side` of a live target has seen */
    struct FkSide *side;
} FkEvent;

typedef struct FkEvents {
    FkEvent *first, *last;
    FkTarget *targets; /* made for events, one a relation */
    struct FkDeferred *chunk; /* the transaction's share of them; NULL: none yet */
} FkEvents;

/* A table that a key may be found in. */
typedef struct FkPlace {
    struct FkPlace *next;
    const RelationDesc *desc;
    Table *table;
    const int16_t *from_root; /* by own attnum - 1: the referenced table's; NULL: the same */
    IndexKey *key;
    IndexCheck check;
} FkPlace;

/* One foreign key of a table being written. */
typedef struct FkSide {
    const FkDesc *fk;
    RowEqual equal; /* its own key columns */
    PhysType *phys;
    bool ready;
    /* FK_REFERS: keys met in this statement, each checked once */
    RowTable seen;
    bool has_seen;
    RowShape shape;
    Register *registers;
    const Vector **vectors;
    /* the referenced table: itself, or its partitions by the key */
    RelState referenced;
    FkPlace *place;
    Router *router;
    const char *sql[3]; /* FK_REFERRED_: what UPDATE and DELETE lead to; NO ACTION's */
} FkSide;

struct FkTarget {
    FkTarget *next; /* FkEvents.targets */
    Executor *exec;
    bool moving; /* rows deleted go on in another partition */
    const RelationDesc *desc;
    Table *table;
    FkSide *refers, *referred;
    uint32_t refers_count, referred_count;
    Arena arena;
};

uint32_t fk_null_count(const int16_t *columns, uint32_t count, const bool *nulls);

/* ---- fk_check.c ---- */

/* A row refers by the key: the row it refers to is there, and locked. Error: 23503. */
Status fk_check_refers(FkTarget *target, FkSide *side, const Datum *values);
/* The same for every distinct key that a statement stored. */
Status fk_check_seen(FkTarget *target, FkSide *side);
/* "a, b" and "1, 2" of a key. */
Status fk_describe_key(FkTarget *target, const RelationDesc *desc, const int16_t *columns,
                       uint32_t count, const Datum *values, const char **columns_out,
                       const char **values_out);
/* " WHERE column = $first .." for the columns of a key, by the constraint's operators. pairs: what
 * meets: the referenced column's value the referring column ('f'), or its own column ('p'), or the
 * referring column's value its own column ('c'). */
Status fk_put_condition(Executor *exec, StrBuf *sql, const FkDesc *fk, const RelationDesc *referenced,
                        const RelationDesc *refers, char pairs, uint32_t first);
Status fk_check_unique(const RelationDesc *desc, Table *table, Executor *exec, const FkEvent *e);
Status fk_check_exclusion(const RelationDesc *desc, Table *table, Executor *exec, const FkEvent *e);

/* ---- fk_action.c ---- */

/* The key of a row is gone: what the constraint asks for. */
Status fk_run_referred(FkTarget *target, FkSide *side, const FkEvent *e);

#endif
