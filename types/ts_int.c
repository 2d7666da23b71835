/* ts_int.c: the dictionary of the extension dict_int: numbers, of so many digits at most. */
#include "types/extension_dict.h"

#include "types/ts_dict.h"

#include <stdlib.h>

#define INT_DICT_OID 9340 /* of the functions: found by prosrc, pg_proc has none of these OIDs */

typedef struct IntDict {
    uint32_t length_max;
    bool rejects_long, absolute;
} IntDict;

static Status int_lexize(const TsDict *dict, Arena *arena, Str word, TsPhrase *phrase,
                         TsLexing *out) {
    const IntDict *d = dict->data;
    if (d->absolute && word.len > 0 && (*word.data == '+' || *word.data == '-'))
        word = str_make(word.data + 1, word.len - 1u);
    if (word.len > d->length_max && d->rejects_long) {
        *out = (TsLexing){.known = true};
        return STATUS_OK;
    }
    uint32_t len = MIN(word.len, d->length_max);
    while (len > 0 && len < word.len && ((uint8_t)word.data[len] & 0xc0) == 0x80)
        len--; /* characters stay whole */
    return ts_one_lexeme(arena, str_make(arena_strndup(arena, word.data, len), len), 0, out);
}

Status ts_int_init(EvalEnv *env, TsDict *dict, const TsOptions *options) {
    IntDict *d = arena_new(dict->arena, IntDict);
    d->length_max = 6;
    for (uint32_t i = 0; i < options->count; i++) {
        const TsOption *o = &options->items[i];
        if (strcmp(o->name, "maxlen") == 0) {
            long length = strtol(o->value, NULL, 10);
            if (length < 1)
                return error(ERR_INVALID_PARAMETER_VALUE, "maxlen value has to be >= 1");
            d->length_max = (uint32_t)MIN(length, INT32_MAX);
        } else if (strcmp(o->name, "rejectlong") == 0) {
            TRY(ts_option_bool(o, &d->rejects_long));
        } else if (strcmp(o->name, "absval") == 0) {
            TRY(ts_option_bool(o, &d->absolute));
        } else {
            return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized intdict parameter: \"%s\"",
                         o->name);
        }
    }
    dict->data = d;
    dict->lexize = int_lexize;
    return STATUS_OK;
}

static Status fn_internal(FnCall *call) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s", "internal");
}
static const FnEntry functions[] = {
    {.oid = INT_DICT_OID, .prosrc = "dintdict_init", .scalar = fn_internal},
    {.oid = INT_DICT_OID + 1, .prosrc = "dintdict_lexize", .scalar = fn_internal},
};
void int_dict_register(void) { fn_register(functions, ARRAY_LEN(functions)); }
