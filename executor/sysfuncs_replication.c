/*
 * sysfuncs_replication.c: replication origins, which are rows of a catalog, and what replication slots and
 * logical decoding answer on a server that has none (manual: Replication Management Functions).
 */
#include "executor/sysfuncs_int.h"

/* ---- origins ---- */

static Status origin_find(FnCall *call, const char *name, CatalogRow *row_out, bool missing_ok,
                          bool *found_out) {
    Datum key = datum_cstr(name);
    TRY(catalog_find(call_catalog(call), PG_REPLICATION_ORIGIN_RONAME_INDEX, &key, 1, call->arena,
                     row_out, found_out));
    if (!*found_out && !missing_ok)
        return error(ERR_UNDEFINED_OBJECT, "replication origin \"%s\" does not exist", name);
    return STATUS_OK;
}

static Status fn_origin_create(FnCall *call) {
    const char *name = arg_text(call, 0);
    CatalogRow row;
    bool found;
    if (strncmp(name, "pg_", 3) == 0 || strcmp(name, "any") == 0 || strcmp(name, "none") == 0)
        return status_detail(
            error(ERR_RESERVED_NAME, "replication origin name \"%s\" is reserved", name),
            "Origin names starting with \"pg_\" are reserved.");
    TRY(origin_find(call, name, &row, true, &found));
    if (found)
        return status_detail(error(ERR_UNIQUE_VIOLATION,
                                   "duplicate key value violates unique constraint "
                                   "\"pg_replication_origin_roname_index\""),
                             "Key (roname)=(%s) already exists.", name);
    for (uint32_t id = 1; id < UINT16_MAX; id++) {
        TRY(catalog_find_oid(call_catalog(call), PG_REPLICATION_ORIGIN_ROIIDENT_INDEX, id,
                             call->arena, &row, &found));
        if (found)
            continue;
        memset(&row, 0, sizeof(row));
        row.values[0] = datum_oid(id);
        row.values[1] = datum_cstr(name);
        TRY(catalog_insert(call_catalog(call), PG_REPLICATION_ORIGIN, &row));
        return give_oid(call, id);
    }
    return error(ERR_PROGRAM_LIMIT_EXCEEDED, "could not find free replication origin ID");
}

static Status fn_origin_drop(FnCall *call) {
    CatalogRow row;
    bool found;
    TRY(origin_find(call, arg_text(call, 0), &row, false, &found));
    TRY(catalog_delete(call_catalog(call), PG_REPLICATION_ORIGIN, &row));
    return give_bool(call, false);
}

static Status fn_origin_oid(FnCall *call) {
    CatalogRow row;
    bool found;
    TRY(origin_find(call, arg_text(call, 0), &row, true, &found));
    return found ? give_oid(call, row_oid(&row, 0)) : give_null(call);
}

/* Nothing was ever replayed. */
static Status fn_origin_progress(FnCall *call) {
    CatalogRow row;
    bool found;
    TRY(origin_find(call, arg_text(call, 0), &row, false, &found));
    return give_null(call);
}

static Status fn_no_origin(FnCall *call) {
    return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE, "no replication origin is configured");
}
static Status fn_is_setup(FnCall *call) { return give_bool(call, false); }

/* ---- slots and decoding ---- */

static Status no_slot(FnCall *call) {
    return error(ERR_UNDEFINED_OBJECT, "replication slot \"%s\" does not exist", arg_text(call, 0));
}
static Status fn_no_slot(FnCall *call) { return no_slot(call); }
static Status no_slot_start(SetCall *set) { return no_slot(&set->call); }
static Status no_decoding(void) {
    return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                 "logical decoding requires wal_level >= logical");
}
static Status fn_no_decoding(FnCall *call) { return no_decoding(); }
static Status no_decoding_start(SetCall *set) { return no_decoding(); }
static Status nothing_next(SetCall *set, bool *row_out) {
    *row_out = false;
    return STATUS_OK;
}

#define DECODE(oid_, prosrc_)                                                                      \
    {                                                                                              \
        .oid = oid_, .prosrc = prosrc_, .kind = FN_SET, .set_start = no_decoding_start,            \
        .set_next = nothing_next                                                                   \
    }
static const FnEntry entries[] = {
    SYSFUNC(3780, "pg_drop_replication_slot", fn_no_slot),
    DECODE(3782, "pg_logical_slot_get_changes"),
    DECODE(3783, "pg_logical_slot_get_binary_changes"),
    DECODE(3784, "pg_logical_slot_peek_changes"),
    DECODE(3785, "pg_logical_slot_peek_binary_changes"),
    SYSFUNC(3786, "pg_create_logical_replication_slot", fn_no_decoding),
    SYSFUNC(3878, "pg_replication_slot_advance", fn_no_slot),
    SYSFUNC(4220, "pg_copy_physical_replication_slot_a", fn_no_slot),
    SYSFUNC(4221, "pg_copy_physical_replication_slot_b", fn_no_slot),
    SYSFUNC(4222, "pg_copy_logical_replication_slot_a", fn_no_decoding),
    SYSFUNC(4223, "pg_copy_logical_replication_slot_b", fn_no_decoding),
    SYSFUNC(4224, "pg_copy_logical_replication_slot_c", fn_no_decoding),
    SYSFUNC(6003, "pg_replication_origin_create", fn_origin_create),
    SYSFUNC(6004, "pg_replication_origin_drop", fn_origin_drop),
    SYSFUNC(6005, "pg_replication_origin_oid", fn_origin_oid),
    SYSFUNC(6007, "pg_replication_origin_session_reset", fn_no_origin),
    SYSFUNC(6008, "pg_replication_origin_session_is_setup", fn_is_setup),
    SYSFUNC(6009, "pg_replication_origin_session_progress", fn_no_origin),
    SYSFUNC(6010, "pg_replication_origin_xact_setup", fn_no_origin),
    SYSFUNC(6011, "pg_replication_origin_xact_reset", fn_no_origin),
    SYSFUNC(6013, "pg_replication_origin_progress", fn_origin_progress),
    SYSFUNC_SET(6272, "pg_ls_replslotdir", no_slot_start, nothing_next),
};

void sysfuncs_replication_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
