/* ext_spi.c: trigger functions of the extensions moddatetime, autoinc, insert_username, lo and tcn. */
#include "executor/ddl_extension.h"
#include "executor/sysfuncs_int.h"
#include "executor/trigger_call.h"

#include "executor/large_object.h"
#include "types/datetime.h"

/* BEFORE a row is inserted (where that is allowed) or updated. name "": messages have none. */
static Status check_call(const TriggerCall *call, const char *name, bool inserts) {
    const char *colon = *name == '\0' ? "" : ": ";
    if (!call->for_row)
        return error(ERR_INTERNAL_ERROR, "%s%smust be fired for row", name, colon);
    if (call->when != TRIGGER_WHEN_BEFORE)
        return error(ERR_INTERNAL_ERROR, "%s%smust be fired before event", name, colon);
    if (call->op == TRIGGER_OP_INSERT && !inserts)
        return error(ERR_INTERNAL_ERROR, "%s%scannot process INSERT events", name, colon);
    if (call->op == TRIGGER_OP_INSERT || call->op == TRIGGER_OP_UPDATE)
        return STATUS_OK;
    return error(ERR_INTERNAL_ERROR, "%s%scannot process DELETE events", name, colon);
}

static Status find_column(const TriggerCall *call, const char *name, const ColumnDesc **out) {
    *out = relation_column(call->relation, name);
    return *out != NULL ? STATUS_OK
                        : error(ERR_TRIGGERED_ACTION_EXCEPTION, "\"%s\" has no attribute \"%s\"",
                                call->relation->name, name);
}

/* A row of the caller's own to be changed. */
static void own_row(TriggerCall *call) {
    uint16_t n = call->relation->column_count;
    if (call->result_values != call->new_row->values)
        return;
    call->result_values =
        arena_memdup(call->arena, call->new_row->values, sizeof(Datum) * (n + 1u));
    call->result_nulls = arena_memdup(call->arena, call->new_row->nulls, n + 1u);
}
static void set_column(TriggerCall *call, const ColumnDesc *column, Datum value) {
    own_row(call);
    call->result_values[column->attnum - 1] = value;
    call->result_nulls[column->attnum - 1] = false;
}

static Status moddatetime(TriggerCall *call) {
    const ColumnDesc *column;
    TRY(check_call(call, "moddatetime", false));
    if (call->trigger->arg_count != 1)
        return error(ERR_INTERNAL_ERROR, "moddatetime (%s): A single argument was expected",
                     call->relation->name);
    TRY(find_column(call, call->trigger->args[0], &column));
    if (column->type != OID_TIMESTAMP && column->type != OID_TIMESTAMPTZ)
        return error(ERR_TRIGGERED_ACTION_EXCEPTION,
                     "attribute \"%s\" of \"%s\" must be type TIMESTAMP or TIMESTAMPTZ",
                     call->trigger->args[0], call->relation->name);
    Datum now;
    TRY(type_input_text(&call->session->env, call->arena, column->type, -1, str_from_cstr("now"),
                        &now));
    set_column(call, column, now);
    return STATUS_OK;
}

static Status insert_username(TriggerCall *call) {
    const ColumnDesc *column;
    const char *name;
    TRY(check_call(call, "insert_username", true));
    if (call->trigger->arg_count != 1)
        return error(ERR_INTERNAL_ERROR, "insert_username (%s): one argument was expected",
                     call->relation->name);
    TRY(find_column(call, call->trigger->args[0], &column));
    if (column->type != OID_TEXT)
        return error(ERR_TRIGGERED_ACTION_EXCEPTION,
                     "attribute \"%s\" of \"%s\" must be type TEXT", call->trigger->args[0],
                     call->relation->name);
    CatalogSession *catalog = call->session->catalog;
    TRY(role_name(catalog, session_role(catalog), &name));
    set_column(call, column, datum_cstr(arena_strdup(call->arena, name)));
    return STATUS_OK;
}

/* ---- autoinc ---- */

static Status next_value(TriggerCall *call, const char *sequence, int32_t *value_out) {
    EvalEnv *env = &call->session->env;
    const FnEntry *nextval = fn_by_prosrc("nextval_oid");
    const Oid types[1] = {OID_REGCLASS};
    Datum regclass;
    TRY(type_input_text(env, call->arena, OID_REGCLASS, -1, str_from_cstr(sequence), &regclass));
    FnSite site = {.function = nextval->oid,
                   .arg_count = 1,
                   .arg_types = types,
                   .result_type = OID_INT8,
                   .env = env,
                   .arena = call->arena};
    const bool nulls[1] = {false};
    FnCall fn = {.site = &site, .args = &regclass, .nulls = nulls, .arena = call->arena};
    TRY(nextval->scalar(&fn));
    *value_out = (int32_t)fn.result.i64;
    return STATUS_OK;
}

static Status autoinc(TriggerCall *call) {
    TRY(check_call(call, "", true));
    uint16_t count = call->trigger->arg_count;
    if (count == 0 || count % 2 != 0)
        return error(ERR_INTERNAL_ERROR,
                     "autoinc (%s): even number gt 0 of arguments was expected",
                     call->relation->name);
    for (uint16_t i = 0; i < count; i += 2) {
        const ColumnDesc *column;
        int32_t value;
        TRY(find_column(call, call->trigger->args[i], &column));
        if (column->type != OID_INT4)
            return error(ERR_TRIGGERED_ACTION_EXCEPTION,
                         "attribute \"%s\" of \"%s\" must be type INT4", call->trigger->args[i],
                         call->relation->name);
        int16_t at = column->attnum - 1;
        if (!call->new_row->nulls[at] && call->new_row->values[at].i32 != 0)
            continue;
        TRY(next_value(call, call->trigger->args[i + 1], &value));
        if (value == 0)
            TRY(next_value(call, call->trigger->args[i + 1], &value));
        set_column(call, column, datum_i32(value));
    }
    return STATUS_OK;
}

/* ---- lo_manage ---- */

static Status lo_manage(TriggerCall *call) {
    const char *trigger = call->trigger->name;
    if (!call->for_row)
        return error(ERR_INTERNAL_ERROR, "%s: must be fired for row", trigger);
    if (call->trigger->arg_count == 0)
        return error(ERR_INTERNAL_ERROR, "%s: no column name provided in the trigger definition",
                     trigger);
    const ColumnDesc *column = relation_column(call->relation, call->trigger->args[0]);
    if (column == NULL)
        return error(ERR_INTERNAL_ERROR, "%s: column \"%s\" does not exist", trigger,
                     call->trigger->args[0]);
    int16_t at = column->attnum - 1;
    const TriggerRow *old = call->old_row, *new = call->new_row;
    if (old == NULL || old->nulls[at])
        return STATUS_OK;
    if (new != NULL) {
        bool set = call->updated == NULL || call->updated[at];
        if (!set || (!new->nulls[at] && new->values[at].u32 == old->values[at].u32))
            return STATUS_OK;
    }
    return large_object_drop(call->session, old->values[at].u32);
}

/* ---- triggered_change_notification ---- */

static void put_quoted(StrBuf *out, const char *text, char mark) {
    strbuf_putc(out, mark);
    for (; *text != '\0'; text++) {
        if (*text == mark)
            strbuf_putc(out, mark);
        strbuf_putc(out, *text);
    }
    strbuf_putc(out, mark);
}

static Status change_payload(TriggerCall *call, const IndexDesc *key, StrBuf *out) {
    const TriggerRow *row = call->old_row != NULL ? call->old_row : call->new_row;
    put_quoted(out, call->relation->name, '"');
    strbuf_printf(out, ",%c",
                  call->op == TRIGGER_OP_INSERT   ? 'I'
                  : call->op == TRIGGER_OP_UPDATE ? 'U'
                                                  : 'D');
    for (uint16_t i = 0; i < key->key_count; i++) {
        const ColumnDesc *column = &call->relation->columns[key->attnums[i] - 1];
        Str text;
        TRY(type_output_text(&call->session->env, call->arena, column->type,
                             row->values[column->attnum - 1], &text));
        strbuf_putc(out, ',');
        put_quoted(out, column->name, '"');
        strbuf_putc(out, '=');
        put_quoted(out, arena_strndup(call->arena, text.data, text.len), '\'');
    }
    return STATUS_OK;
}

static Status tcn_error(const char *what) {
    return error(ERR_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED, "triggered_change_notification: %s", what);
}
static Status change_notification(TriggerCall *call) {
    StrBuf payload;
    if (call->when != TRIGGER_WHEN_AFTER)
        return tcn_error("must be called after the change");
    if (!call->for_row)
        return tcn_error("must be called for each row");
    if (call->trigger->arg_count > 1)
        return tcn_error("must not be called with more than one parameter");
    if (call->relation->primary < 0)
        return tcn_error("must be called on a table with a primary key");
    strbuf_init(&payload, call->arena);
    TRY(change_payload(call, &call->relation->indexes[call->relation->primary], &payload));
    const char *channel = call->trigger->arg_count == 0 ? "tcn" : call->trigger->args[0];
    return call->session->ops->notify(call->session, channel, strbuf_cstr(&payload));
}

static const TriggerBuiltin triggers[] = {
    {"moddatetime", moddatetime},
    {"autoinc", autoinc},
    {"insert_username", insert_username},
    {"lo_manage", lo_manage},
    {"triggered_change_notification", change_notification},
};

/* ---- called by hand ---- */

static Status no_trigger(const char *name) {
    return error(ERR_INTERNAL_ERROR, "%snot fired by trigger manager", name);
}
static Status fn_moddatetime(FnCall *call) { return no_trigger("moddatetime: "); }
static Status fn_autoinc(FnCall *call) { return no_trigger(""); }
static Status fn_insert_username(FnCall *call) { return no_trigger("insert_username: "); }
static Status fn_lo_manage(FnCall *call) { return no_trigger("lo_manage: "); }
static Status fn_notification(FnCall *call) { return tcn_error("must be called as trigger"); }

static const FnEntry entries[] = {
    SYSFUNC_LAX(EXT_SPI_OID, "moddatetime", fn_moddatetime),
    SYSFUNC_LAX(EXT_SPI_OID + 1, "autoinc", fn_autoinc),
    SYSFUNC_LAX(EXT_SPI_OID + 2, "insert_username", fn_insert_username),
    SYSFUNC_LAX(EXT_SPI_OID + 3, "lo_manage", fn_lo_manage),
    SYSFUNC_LAX(EXT_SPI_OID + 4, "triggered_change_notification", fn_notification),
};

void ext_spi_register(void) {
    trigger_register_builtins(triggers, ARRAY_LEN(triggers));
    fn_register(entries, ARRAY_LEN(entries));
}
