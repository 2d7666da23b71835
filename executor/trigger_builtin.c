/* trigger_builtin.c: trigger functions that come with the server. */
#include "executor/trigger_call.h"

#include "executor/exec_int.h"
#include "types/ts_text.h"

/* ---- suppress_redundant_updates_trigger ---- */

static bool same_bytes(PhysType phys, Datum a, Datum b) {
    switch (phys) {
    case PHYS_BYTE:
        return a.byte == b.byte;
    case PHYS_I16:
        return a.i16 == b.i16;
    case PHYS_I32:
    case PHYS_F32:
        return a.i32 == b.i32;
    case PHYS_I64:
    case PHYS_F64:
        return a.i64 == b.i64;
    case PHYS_W16:
        return memcmp(&a, &b, sizeof(a)) == 0;
    default:
        return str_equal(a.str, b.str);
    }
}

static Status suppress_redundant_updates(TriggerCall *call) {
    const char *name = "suppress_redundant_updates_trigger";
    if (call->op != TRIGGER_OP_UPDATE)
        return error(ERR_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "%s: must be called on update", name);
    if (call->when != TRIGGER_WHEN_BEFORE)
        return error(ERR_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "%s: must be called before update",
                     name);
    if (!call->for_row)
        return error(ERR_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "%s: must be called for each row",
                     name);
    const TriggerRow *old = call->old_row, *new = call->new_row;
    for (uint16_t i = 0; i < call->relation->column_count; i++) {
        const ColumnDesc *column = &call->relation->columns[i];
        if (column->dropped || column->generated != 0)
            continue;
        if (old->nulls[i] != new->nulls[i] ||
            (!old->nulls[i] && !same_bytes(column->phys, old->values[i], new->values[i])))
            return STATUS_OK;
    }
    call->skip = true;
    return STATUS_OK;
}

/* ---- tsvector_update_trigger ---- */

typedef struct TsUpdate {
    TriggerCall *call;
    const TriggerRow *row;
    bool needed;
    int16_t target;
    Oid config;
    TsWords words;
} TsUpdate;

static const ColumnDesc *find_column(TsUpdate *u, uint16_t arg) {
    return relation_column(u->call->relation, u->call->trigger->args[arg]);
}

static bool is_updated(const TsUpdate *u, const ColumnDesc *column) {
    return u->call->updated == NULL || u->call->updated[column->attnum - 1];
}

static Status ts_target(TsUpdate *u) {
    const char *name = u->call->trigger->args[0];
    const ColumnDesc *column = find_column(u, 0);
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "tsvector column \"%s\" does not exist", name);
    if (column->type != OID_TSVECTOR)
        return error(ERR_DATATYPE_MISMATCH, "column \"%s\" is not of tsvector type", name);
    u->target = column->attnum;
    return STATUS_OK;
}

static Status ts_config_column(TsUpdate *u) {
    const char *name = u->call->trigger->args[1];
    const ColumnDesc *column = find_column(u, 1);
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "configuration column \"%s\" does not exist", name);
    if (column->type != OID_REGCONFIG)
        return error(ERR_DATATYPE_MISMATCH, "column \"%s\" is not of regconfig type", name);
    if (u->row->nulls[column->attnum - 1])
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "configuration column \"%s\" must not be null",
                     name);
    u->config = u->row->values[column->attnum - 1].u32;
    return STATUS_OK;
}

static Status ts_config_name(TsUpdate *u) {
    Session *session = u->call->session;
    const char *name = u->call->trigger->args[1];
    const TypeInfo *info;
    Datum value;
    if (strchr(name, '.') == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "text search configuration name \"%s\" must be schema-qualified", name);
    TRY(type_lookup(&session->env, OID_REGCONFIG, &info));
    TypeIo io = {.type = info, .typmod = -1, .env = &session->env, .arena = u->call->arena};
    TRY(info->input(&io, name, strlen(name), &value));
    u->config = value.u32;
    return STATUS_OK;
}

static Status ts_text(TsUpdate *u, uint16_t arg) {
    TriggerCall *call = u->call;
    const ColumnDesc *column = find_column(u, arg);
    Oid base;
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" does not exist",
                     call->trigger->args[arg]);
    TRY(catalog_base_type(call->session->catalog, column->type, &base, NULL));
    if (base != OID_TEXT && base != OID_VARCHAR && base != OID_BPCHAR)
        return error(ERR_DATATYPE_MISMATCH, "column \"%s\" is not of a character type",
                     call->trigger->args[arg]);
    u->needed |= is_updated(u, column);
    if (u->row->nulls[column->attnum - 1])
        return STATUS_OK;
    return ts_words(&call->session->env, call->arena, u->config,
                    u->row->values[column->attnum - 1].str, &u->words);
}

static Status update_tsvector(TriggerCall *call, bool config_column) {
    TsUpdate u = {.call = call, .row = call->new_row};
    uint16_t columns = call->relation->column_count;
    if (!call->for_row)
        return error(ERR_INTERNAL_ERROR, "tsvector_update_trigger: must be fired for row");
    if (call->when != TRIGGER_WHEN_BEFORE)
        return error(ERR_INTERNAL_ERROR, "tsvector_update_trigger: must be fired BEFORE event");
    if (call->op != TRIGGER_OP_INSERT && call->op != TRIGGER_OP_UPDATE)
        return error(ERR_INTERNAL_ERROR,
                     "tsvector_update_trigger: must be fired for INSERT or UPDATE");
    if (call->trigger->arg_count < 3)
        return error(ERR_INTERNAL_ERROR, "tsvector_update_trigger: arguments must be "
                                         "tsvector_field, ts_config, text_field1, ...)");
    u.needed = call->op == TRIGGER_OP_INSERT;
    TRY(ts_target(&u));
    TRY(config_column ? ts_config_column(&u) : ts_config_name(&u));
    if (config_column)
        u.needed |= is_updated(&u, find_column(&u, 1));
    for (uint16_t i = 2; i < call->trigger->arg_count; i++)
        TRY(ts_text(&u, i));
    if (!u.needed)
        return STATUS_OK;
    call->result_values = arena_memdup(call->arena, u.row->values, sizeof(Datum) * (columns + 1u));
    call->result_nulls = arena_memdup(call->arena, u.row->nulls, columns + 1u);
    call->result_nulls[u.target - 1] = false;
    return ts_make_vector(call->arena, &u.words, &call->result_values[u.target - 1]);
}

static Status update_tsvector_by_name(TriggerCall *call) { return update_tsvector(call, false); }
static Status update_tsvector_by_column(TriggerCall *call) { return update_tsvector(call, true); }

static const TriggerBuiltin entries[] = {
    {"suppress_redundant_updates_trigger", suppress_redundant_updates},
    {"tsvector_update_trigger_byid", update_tsvector_by_name},
    {"tsvector_update_trigger_bycolumn", update_tsvector_by_column},
};

void trigger_builtin_register(void) { trigger_register_builtins(entries, ARRAY_LEN(entries)); }
