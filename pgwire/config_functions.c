/* config_functions.c: SQL functions about the files of the configuration. */
#include "base/array.h"
#include "pgwire/client_int.h"
#include "pgwire/config.h"
#include "pgwire/functions.h"

#define TEXT_OID 25u

static Server *server_in(const FnCall *call) { return client_of(call->site->env->session)->server; }

static void put_text(SetCall *set, int column, const char *text) {
    set->column_nulls[column] = text == NULL;
    if (text != NULL)
        set->columns[column] = datum_cstr(text);
}

static void put_i32(SetCall *set, int column, int32_t value) {
    set->column_nulls[column] = false;
    set->columns[column] = datum_i32(value);
}

static void put_nulls(SetCall *set) {
    for (int i = 0; i < set->column_count; i++)
        set->column_nulls[i] = true;
}

static Status put_array(SetCall *set, int column, const Datum *values, size_t count) {
    set->column_nulls[column] = count == 0;
    return count == 0 ? STATUS_OK
                      : array_build_1d(set->call.arena, TEXT_OID, PHYS_STR, values, NULL,
                                       (uint32_t)count, &set->columns[column]);
}

/* ---- pg_show_all_file_settings ---- */

typedef struct FileCursor {
    ConfigLines settings;
    HbaLines hba;
    IdentLines ident;
    size_t next;
} FileCursor;

static Status settings_start(SetCall *set) {
    FileCursor *cursor = arena_new(set->scan_arena, FileCursor);
    set->state = cursor;
    config_preview(server_in(&set->call), set->scan_arena, &cursor->settings);
    return STATUS_OK;
}

static Status settings_next(SetCall *set, bool *row_out) {
    FileCursor *cursor = set->state;
    *row_out = cursor->next < cursor->settings.count;
    if (!*row_out)
        return STATUS_OK;
    const SettingLine *line = &cursor->settings.items[cursor->next++];
    put_text(set, 0, line->file);
    put_i32(set, 1, line->line);
    put_i32(set, 2, (int32_t)cursor->next);
    put_text(set, 3, line->name);
    put_text(set, 4, line->value);
    set->column_nulls[5] = false;
    set->columns[5] = datum_bool(line->applied);
    put_text(set, 6, line->error);
    return STATUS_OK;
}

/* ---- pg_hba_file_rules ---- */

static Status hba_start(SetCall *set) {
    FileCursor *cursor = arena_new(set->scan_arena, FileCursor);
    set->state = cursor;
    return config_preview_hba(server_in(&set->call), set->scan_arena, &cursor->hba);
}

static Status put_tokens(SetCall *set, int column, const AuthField *field) {
    VEC(Datum) values = {0};
    for (size_t i = 0; i < field->count; i++)
        vec_push(&values, set->call.arena, datum_cstr(field->items[i].text));
    return put_array(set, column, values.items, values.count);
}

static Status put_options(SetCall *set, int column, const HbaRule *rule) {
    static const char *const certs[] = {"", "verify-ca", "verify-full"};
    Arena *arena = set->call.arena;
    Datum options[2];
    size_t count = 0;
    if (rule->map != NULL)
        options[count++] = datum_cstr(arena_printf(arena, "map=%s", rule->map));
    if (rule->client_cert != HBA_CERT_OFF)
        options[count++] =
            datum_cstr(arena_printf(arena, "clientcert=%s", certs[rule->client_cert]));
    return put_array(set, column, options, count);
}

static Status hba_next(SetCall *set, bool *row_out) {
    static const char *const places[] = {"all", "samehost", "samenet"};
    FileCursor *cursor = set->state;
    *row_out = cursor->next < cursor->hba.count;
    if (!*row_out)
        return STATUS_OK;
    const HbaLine *line = &cursor->hba.items[cursor->next++];
    const HbaRule *rule = &line->rule;
    put_nulls(set);
    put_i32(set, 0, line->number);
    put_text(set, 8, line->error);
    if (!line->has_rule)
        return STATUS_OK;
    put_text(set, 1, hba_type_name(rule->type));
    TRY(put_tokens(set, 2, &rule->databases));
    TRY(put_tokens(set, 3, &rule->roles));
    if (rule->type != HBA_LOCAL) {
        if (rule->where < HBA_NETWORK)
            put_text(set, 4, places[rule->where]);
        else if (rule->where == HBA_NAME)
            put_text(set, 4, rule->host_name);
        else {
            put_text(set, 4, net_address_text(&rule->address, set->call.arena));
            put_text(set, 5, net_address_text(&rule->mask, set->call.arena));
        }
    }
    put_text(set, 6, hba_method_name(rule->method));
    return put_options(set, 7, rule);
}

/* ---- pg_ident_file_mappings ---- */

static Status ident_start(SetCall *set) {
    FileCursor *cursor = arena_new(set->scan_arena, FileCursor);
    set->state = cursor;
    return config_preview_ident(server_in(&set->call), set->scan_arena, &cursor->ident);
}

static Status ident_next(SetCall *set, bool *row_out) {
    FileCursor *cursor = set->state;
    *row_out = cursor->next < cursor->ident.count;
    if (!*row_out)
        return STATUS_OK;
    const IdentLine *line = &cursor->ident.items[cursor->next++];
    put_nulls(set);
    put_i32(set, 0, line->number);
    put_text(set, 4, line->error);
    if (line->has_rule) {
        put_text(set, 1, line->rule.map);
        put_text(set, 2, line->rule.system_name);
        put_text(set, 3, line->rule.role);
    }
    return STATUS_OK;
}

/* ---- the rest ---- */

static Status fn_reload_conf(FnCall *call) {
    config_reload(server_in(call));
    call->result = datum_bool(true);
    return STATUS_OK;
}

static Status fn_conf_load_time(FnCall *call) {
    call->result = datum_i64(atomic_load(&server_in(call)->conf_load_micros));
    return STATUS_OK;
}

#define SET(oid_, src, start, next)                                                                \
    {                                                                                              \
        .oid = oid_, .prosrc = src, .kind = FN_SET, .strict = true, .set_start = start,            \
        .set_next = next                                                                           \
    }
static const FnEntry entries[] = {
    SET(3329, "show_all_file_settings", settings_start, settings_next),
    SET(3401, "pg_hba_file_rules", hba_start, hba_next),
    SET(6250, "pg_ident_file_mappings", ident_start, ident_next),
    {.oid = 2621,
     .prosrc = "pg_reload_conf",
     .kind = FN_SCALAR,
     .strict = true,
     .scalar = fn_reload_conf},
    {.oid = 2034,
     .prosrc = "pg_conf_load_time",
     .kind = FN_SCALAR,
     .strict = true,
     .scalar = fn_conf_load_time},
};

void config_functions_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
