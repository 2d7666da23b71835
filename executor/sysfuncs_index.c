/*
 * sysfuncs_index.c: upkeep of GIN and BRIN indexes, asked for by hand. Neither keeps anything back:
 * there are no pending lists and no unsummarised ranges, so the calls check and find nothing to do.
 */
#include "executor/sysfuncs_int.h"

static Status owned_index(FnCall *call, Oid oid, Oid am, const char *am_name) {
    const RelationDesc *rel;
    const IndexDesc *index = NULL;
    const RelationDesc *table;
    TRY(catalog_relation(call_catalog(call), oid, &rel));
    if (rel == NULL)
        return error(ERR_UNDEFINED_TABLE, "could not open relation with OID %u", oid);
    if (rel->kind == 'i')
        TRY(catalog_index_desc(call_catalog(call), oid, &index, &table));
    if (index == NULL)
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not an index", rel->name);
    if (index->am != am)
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a %s index", rel->name, am_name);
    return object_check_owner(call_catalog(call), PG_CLASS, oid);
}

static Status fn_gin_clean_pending_list(FnCall *call) {
    TRY(owned_index(call, arg_oid(call, 0), OID_AM_GIN, "GIN"));
    return give_i64(call, 0);
}

static Status fn_brin_summarize_new_values(FnCall *call) {
    TRY(owned_index(call, arg_oid(call, 0), OID_AM_BRIN, "BRIN"));
    return give_i32(call, 0);
}

static Status check_block(int64_t block, int64_t max) {
    return block >= 0 && block <= max ? STATUS_OK
                                      : error(ERR_NUMERIC_VALUE_OUT_OF_RANGE,
                                              "block number out of range: %lld", (long long)block);
}

static Status fn_brin_summarize_range(FnCall *call) {
    TRY(check_block(call->args[1].i64, UINT32_MAX));
    TRY(owned_index(call, arg_oid(call, 0), OID_AM_BRIN, "BRIN"));
    return give_i32(call, 0);
}

static Status fn_brin_desummarize_range(FnCall *call) {
    TRY(check_block(call->args[1].i64, (int64_t)UINT32_MAX - 1));
    return owned_index(call, arg_oid(call, 0), OID_AM_BRIN, "BRIN");
}

static const FnEntry entries[] = {
    SYSFUNC(3789, "gin_clean_pending_list", fn_gin_clean_pending_list),
    SYSFUNC(3952, "brin_summarize_new_values", fn_brin_summarize_new_values),
    SYSFUNC(3999, "brin_summarize_range", fn_brin_summarize_range),
    SYSFUNC(4014, "brin_desummarize_range", fn_brin_desummarize_range),
};

void sysfuncs_index_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
