/* json_args.h: what functions of json and jsonb read their arguments with. Private to types/. */
#ifndef TYPES_JSON_ARGS_H
#define TYPES_JSON_ARGS_H

#include "types/json.h"

/* Arguments of VARIADIC "any", spread from the array where one was given. */
typedef struct JsonArgs {
    int count;
    bool is_null; /* VARIADIC NULL */
    Datum *values;
    bool *nulls;
    Oid *types;
} JsonArgs;
Status json_args(FnCall *call, JsonArgs *args_out);

/* Pairs of json_object() and jsonb_object(): an array of keys and values in turn, n rows of two, or two
 * arrays. Errors: 2202E, 22004. A NULL value has value.data NULL. */
typedef struct JsonPairs {
    uint32_t count;
    Str *keys;
    Str *values;
} JsonPairs;
Status json_pairs(FnCall *call, JsonPairs *pairs_out);

/* A text[] argument: a path or a list of keys. NULL elements have data NULL. */
typedef struct JsonPath {
    uint32_t count;
    int dim_count;
    Str *steps;
} JsonPath;
Status json_path_arg(FnCall *call, int arg, JsonPath *path_out);
/* A step that is a whole number. */
bool json_step_index(Str step, int64_t *index_out);

Status json_argument_error(const char *format, const char *function); /* 22023; one %s */

#endif
