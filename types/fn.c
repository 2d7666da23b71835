/* fn.c: the dispatch table of SQL functions. */
#include "types/types_int.h"

#define FN(oid_, prosrc_, code, strict_) Status fn_##code(FnCall *call);
#define FN_SRF(oid_, prosrc_, code, strict_)                                                       \
    Status set_##code##_start(SetCall *set);                                                       \
    Status set_##code##_next(SetCall *set, bool *row_out);
#define FN_AGG(oid_, prosrc_, code) extern const AggImpl agg_##code;
#include "types/def/functions.def"
#undef FN
#undef FN_SRF
#undef FN_AGG

/* Sorted by OID. */
static const FnEntry builtin_functions[] = {
#define FN(oid_, prosrc_, code, strict_)                                                           \
    {.oid = oid_, .prosrc = prosrc_, .kind = FN_SCALAR, .strict = strict_, .scalar = fn_##code},
#define FN_SRF(oid_, prosrc_, code, strict_)                                                       \
    {.oid = oid_,                                                                                  \
     .prosrc = prosrc_,                                                                            \
     .kind = FN_SET,                                                                               \
     .strict = strict_,                                                                            \
     .set_start = set_##code##_start,                                                              \
     .set_next = set_##code##_next},
#define FN_AGG(oid_, prosrc_, code)                                                                \
    {.oid = oid_, .prosrc = prosrc_, .kind = FN_AGGREGATE, .aggregate = &agg_##code},
#include "types/def/functions.def"
#undef FN
#undef FN_SRF
#undef FN_AGG
};

/*
 * What the layers above add at start-up, before the first worker runs; immutable afterwards. Sorted by
 * OID; an entry added later stands for one of the same OID added before, or built in.
 */
#define REGISTERED_MAX 2048
static const FnEntry *registered[REGISTERED_MAX];
static size_t registered_count;

/* The first place whose OID is not less. */
static size_t registered_at(Oid function) {
    size_t low = 0, high = registered_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (registered[middle]->oid < function)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void fn_register(const FnEntry *entries, size_t count) {
    for (size_t i = 0; i < count; i++) {
        size_t at = registered_at(entries[i].oid);
        if (at < registered_count && registered[at]->oid == entries[i].oid) {
            registered[at] = &entries[i];
            continue;
        }
        check(registered_count < REGISTERED_MAX);
        memmove(registered + at + 1, registered + at,
                (registered_count - at) * sizeof(*registered));
        registered[at] = &entries[i];
        registered_count++;
    }
}

bool fn_is_registered(Oid function) {
    size_t at = registered_at(function);
    return at < registered_count && registered[at]->oid == function;
}

const FnEntry *fn_by_oid(Oid function) {
    size_t at = registered_at(function);
    if (at < registered_count && registered[at]->oid == function)
        return registered[at];
    size_t low = 0, high = ARRAY_LEN(builtin_functions);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (builtin_functions[middle].oid < function)
            low = middle + 1;
        else
            high = middle;
    }
    if (low < ARRAY_LEN(builtin_functions) && builtin_functions[low].oid == function)
        return &builtin_functions[low];
    return NULL;
}

const FnEntry *fn_by_prosrc(const char *prosrc) {
    for (size_t i = 0; i < registered_count; i++)
        if (strcmp(registered[i]->prosrc, prosrc) == 0)
            return registered[i];
    for (size_t i = 0; i < ARRAY_LEN(builtin_functions); i++)
        if (strcmp(builtin_functions[i].prosrc, prosrc) == 0)
            return &builtin_functions[i];
    return NULL;
}
