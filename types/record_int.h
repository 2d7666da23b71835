/* record_int.h: a composite type's columns. Private to types/. */
#ifndef TYPES_RECORD_INT_H
#define TYPES_RECORD_INT_H

#include "types/record.h"
#include "types/types_int.h"

#define OID_RECORD 2249

/* The columns of a composite type; a dropped one has the type 0. Lives as long as the catalog session's
 * statement. */
typedef struct RecordShape {
    uint32_t count;
    Oid *types;
    int32_t *typmods;
    PhysType *phys;
    const char **names;
} RecordShape;
/* Errors: 42704 where the type is gone. */
Status record_shape(EvalEnv *env, Arena *arena, Oid type, RecordShape *shape_out);

/* The columns' names; NULL for a dropped one. */
Status record_column_names(EvalEnv *env, Arena *arena, const RecordView *view,
                           const char ***names_out);

#endif
