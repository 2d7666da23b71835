/* event_trigger.c: see event_trigger.h. */
#include "executor/event_trigger.h"

#include "base/vec.h"
#include "catalog/catalogs.h"
#include "catalog/depend.h"
#include "catalog/row.h"
#include "executor/ddl_int.h"
#include "executor/sysfuncs_int.h"
#include "executor/trigger_call.h"

typedef struct DroppedObject {
    ObjectAddress address;
    bool original, normal, temporary;
    const char *type;
    ObjectIdentity identity;
} DroppedObject;

typedef struct CommandObject {
    ObjectAddress address;
    const char *tag;
} CommandObject;

/* One command that fires event triggers; commands nest. */
typedef struct EventState {
    struct EventState *outer;
    Session *session;
    Arena arena;
    const char *tag;
    VEC(DroppedObject) dropped;
    VEC(CommandObject) objects;
    bool noting; /* the command itself is running */
    bool in_drop, in_rewrite;
    Oid rewritten;
    int reason;
} EventState;

/* ---- which fire ---- */

static bool tag_listed(const CatalogRow *row, Arena *arena, const char *tag) {
    uint32_t count = 0;
    if (row->nulls[PG_EVENT_TRIGGER_EVTTAGS])
        return true;
    const char *const *tags = row_get_texts(arena, row->values[PG_EVENT_TRIGGER_EVTTAGS], &count);
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(tags[i], tag) == 0)
            return true;
    return false;
}

static bool is_enabled(const Session *session, char enabled) {
    return enabled == 'A' || enabled == (session->settings.replication_role_replica ? 'R' : 'O');
}

/* Functions of the event's triggers by name. */
static Status find_triggers(Session *session, Arena *arena, const char *event, const char *tag,
                            Oid **functions_out, uint32_t *count_out) {
    CatalogScan *scan;
    CatalogRow *row;
    Status s;
    VEC(Oid) functions = {0};
    TRY(catalog_scan_open(session->catalog, PG_EVENT_TRIGGER, PG_EVENT_TRIGGER_EVTNAME_INDEX, NULL,
                          0, arena, &scan));
    while (status_ok(s = catalog_scan_next(scan, &row)) && row != NULL) {
        const char *own = row_name(row, PG_EVENT_TRIGGER_EVTEVENT, arena);
        if (strcmp(own, event) == 0 &&
            is_enabled(session, (char)row->values[PG_EVENT_TRIGGER_EVTENABLED].byte) &&
            tag_listed(row, arena, tag))
            vec_push(&functions, arena, row_oid(row, PG_EVENT_TRIGGER_EVTFOID));
    }
    catalog_scan_close(scan);
    *functions_out = functions.items;
    *count_out = (uint32_t)functions.count;
    return s;
}

static Status fire(Session *session, const char *event, const char *tag) {
    Arena arena;
    Oid *functions;
    uint32_t count;
    arena_init(&arena, &session->account);
    Status s = find_triggers(session, &arena, event, tag, &functions, &count);
    for (uint32_t i = 0; status_ok(s) && i < count; i++) {
        EventTriggerCall call = {.session = session, .arena = &arena, .event = event, .tag = tag};
        s = catalog_proc_require(session->catalog, functions[i], &call.function);
        if (status_ok(s))
            s = event_trigger_call(&call);
    }
    arena_destroy(&arena);
    return s;
}

/* ---- what the command does ---- */

static bool is_temporary(const char *schema) {
    return schema != NULL &&
           (strcmp(schema, "pg_temp") == 0 || strncmp(schema, "pg_temp_", strlen("pg_temp_")) == 0);
}

/* A default, trigger or policy is told with its table's schema. */
static Status schema_from_relation(EventState *state, ObjectAddress object,
                                   ObjectIdentity *identity) {
    const struct {
        Oid catalog, index;
        int column;
    } places[] = {{PG_ATTRDEF, PG_ATTRDEF_OID_INDEX, PG_ATTRDEF_ADRELID},
                  {PG_TRIGGER, PG_TRIGGER_OID_INDEX, PG_TRIGGER_TGRELID},
                  {PG_POLICY, PG_POLICY_OID_INDEX, PG_POLICY_POLRELID}};
    CatalogSession *catalog = state->session->catalog;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        CatalogRow row;
        bool found;
        const RelationDesc *relation;
        if (places[i].catalog != object.class_id)
            continue;
        TRY(catalog_find_oid(catalog, places[i].index, object.object, &state->arena, &row, &found));
        if (!found)
            return STATUS_OK;
        TRY(catalog_relation(catalog, row_oid(&row, places[i].column), &relation));
        identity->name = NULL;
        if (relation != NULL)
            identity->schema = arena_strdup(&state->arena, relation->nsp_name);
    }
    return STATUS_OK;
}

static void note_drop(void *arg, ObjectAddress object, bool original, bool normal) {
    EventState *state = ((Session *)arg)->event_state;
    DroppedObject d = {.address = object, .original = original, .normal = normal};
    if (state == NULL || !state->noting)
        return;
    CatalogSession *catalog = state->session->catalog;
    Status s = object_type_text(catalog, &state->arena, object, &d.type);
    if (status_ok(s))
        s = object_identity(catalog, &state->arena, object, &d.identity);
    if (!status_ok(s)) {
        status_free(s);
        return;
    }
    s = schema_from_relation(state, object, &d.identity);
    if (!status_ok(s))
        status_free(s);
    d.temporary = is_temporary(d.identity.schema);
    if (d.temporary)
        d.identity.schema = "pg_temp";
    vec_push(&state->dropped, &state->arena, d);
}

static const char *relation_tag(char kind) {
    switch (kind) {
    case 'r':
    case 'p':
        return "CREATE TABLE";
    case 'i':
    case 'I':
        return "CREATE INDEX";
    case 'S':
        return "CREATE SEQUENCE";
    case 'v':
        return "CREATE VIEW";
    case 'm':
        return "CREATE MATERIALIZED VIEW";
    case 'f':
        return "CREATE FOREIGN TABLE";
    default:
        return NULL;
    }
}

/* Types that come with tables and other types are no objects of the command. */
static bool is_own_type(const CatalogRow *row) {
    char kind = (char)row->values[PG_TYPE_TYPTYPE].byte;
    bool array = row_oid(row, PG_TYPE_TYPELEM) != 0 && row->values[PG_TYPE_TYPLEN].i16 == -1;
    return !array && (kind == 'e' || kind == 'd' || kind == 'r' || kind == 'b' || kind == 'p');
}

static void note_insert(void *arg, Oid catalog, const CatalogRow *row) {
    EventState *state = ((Session *)arg)->event_state;
    const ObjectClass *class = object_class(catalog);
    const char *tag;
    if (state == NULL || !state->noting || class == NULL)
        return;
    tag = state->tag;
    switch (catalog) {
    case PG_CLASS:
        tag = relation_tag((char)row->values[PG_CLASS_RELKIND].byte);
        if (tag != NULL && strcmp(tag, "CREATE TABLE") == 0 &&
            (strcmp(state->tag, "CREATE TABLE AS") == 0 || strcmp(state->tag, "SELECT INTO") == 0))
            tag = state->tag;
        break;
    case PG_TYPE:
        tag = is_own_type(row) ? state->tag : NULL;
        break;
    case PG_TRIGGER:
        tag = row->values[PG_TRIGGER_TGISINTERNAL].b ? NULL : "CREATE TRIGGER";
        break;
    case PG_REWRITE:
        tag = strcmp(state->tag, "CREATE RULE") == 0 ? state->tag : NULL;
        break;
    case PG_OPFAMILY:
        tag = "CREATE OPERATOR FAMILY";
        break;
    case PG_NAMESPACE:
        tag = strcmp(state->tag, "CREATE SCHEMA") == 0 ? state->tag : NULL;
        break;
    case PG_PROC:
        tag = strncmp(state->tag, "CREATE ", strlen("CREATE ")) == 0 ? state->tag : NULL;
        break;
    case PG_ATTRDEF:
    case PG_CONSTRAINT:
    case PG_AMOP:
    case PG_AMPROC:
    case PG_DEFAULT_ACL:
        return;
    default:
        break;
    }
    if (tag == NULL)
        return;
    CommandObject object = {object_address(catalog, row_oid(row, class->oid_column), 0), tag};
    for (size_t i = 0; catalog == PG_PROC && i < state->objects.count; i++)
        if (state->objects.items[i].address.class_id == PG_PROC &&
            state->objects.items[i].address.object == object.address.object)
            return;
    vec_push(&state->objects, &state->arena, object);
}

/* The object that the statement names and changes: an address of class 0 where it names none. */
static Status named_object(UtilityCall *call, ObjectAddress *address_out) {
    Ddl ddl = ddl_of(call);
    const Ast *ast = (const Ast *)call->raw->statement;
    const AstObject *object = NULL;
    DdlObject found = {0};
    *address_out = (ObjectAddress){0};
    if (ast->tag == AST_ALTER_TABLE) {
        const RelationDesc *relation;
        TRY(ddl_relation(&ddl, ((const AstAlterTable *)ast)->relation, LOCK_ACCESS_SHARE, true,
                         &relation));
        if (relation != NULL)
            *address_out = object_address(PG_CLASS, relation->oid, 0);
        return STATUS_OK;
    }
    if (ast->tag == AST_RENAME)
        object = ((const AstRename *)ast)->object;
    else if (ast->tag == AST_ALTER_OWNER)
        object = ((const AstAlterOwner *)ast)->object;
    else if (ast->tag == AST_ALTER_OBJECT_SCHEMA)
        object = ((const AstAlterObjectSchema *)ast)->object;
    else if (ast->tag == AST_COMMENT)
        object = ((const AstComment *)ast)->object;
    if (object == NULL)
        return STATUS_OK;
    Status s = ddl_object(&ddl, object, LOCK_ACCESS_SHARE, true, &found);
    if (!status_ok(s)) {
        status_free(s); /* the command itself will say */
        return STATUS_OK;
    }
    if (found.found)
        *address_out = found.address;
    return STATUS_OK;
}

/* What CREATE TABLE made, from `first` on, as PostgreSQL tells it: the sequences of columns come before
 * the table, and are given to it when its indexes stand. Indexes that a partition has after its parent's
 * are not told. */
static void order_table(EventState *state, size_t first, const AstCreateTable *statement) {
    VEC(CommandObject) sequences = {0}, rest = {0};
    for (size_t i = first; i < state->objects.count; i++) {
        CommandObject object = state->objects.items[i];
        if (strcmp(object.tag, "CREATE SEQUENCE") == 0)
            vec_push(&sequences, &state->arena, object);
        else if (statement->bound == NULL || strcmp(object.tag, "CREATE INDEX") != 0)
            vec_push(&rest, &state->arena, object);
    }
    state->objects.count = first;
    for (size_t i = 0; i < sequences.count; i++)
        vec_push(&state->objects, &state->arena, sequences.items[i]);
    for (size_t i = 0; i < rest.count; i++)
        vec_push(&state->objects, &state->arena, rest.items[i]);
    for (size_t i = 0; i < sequences.count; i++) {
        sequences.items[i].tag = "ALTER SEQUENCE";
        vec_push(&state->objects, &state->arena, sequences.items[i]);
    }
}

/* Runs a command, or a part of one, whose objects are noted. */
static Status execute_noted(EventState *state, UtilityCall *call, const UtilityCommand *command) {
    size_t first = state->objects.count;
    const Ast *ast = call->raw->statement;
    TRY(command->execute(call));
    if (ast->tag == AST_CREATE_TABLE)
        order_table(state, first, (const AstCreateTable *)ast);
    return STATUS_OK;
}

/* ---- around the command ---- */

static Status run_noted(EventState *state, UtilityCall *call, const UtilityCommand *command) {
    ObjectAddress named;
    TRY(named_object(call, &named));
    session_set_drop_hook(call->session->catalog, note_drop, call->session);
    session_set_insert_hook(call->session->catalog, note_insert, call->session);
    state->noting = true;
    Status s = execute_noted(state, call, command);
    state->noting = false;
    if (call->tag != NULL)
        state->tag = arena_strdup(&state->arena, call->tag);
    if (status_ok(s) && named.class_id != 0)
        vec_push(&state->objects, &state->arena, ((CommandObject){named, state->tag}));
    return s;
}

static Status run_and_fire(EventState *state, UtilityCall *call, const UtilityCommand *command) {
    Session *session = call->session;
    TRY(fire(session, "ddl_command_start", state->tag));
    TRY(run_noted(state, call, command));
    if (state->dropped.count > 0) {
        state->in_drop = true;
        Status s = fire(session, "sql_drop", state->tag);
        state->in_drop = false;
        TRY(s);
    }
    return fire(session, "ddl_command_end", state->tag);
}

/* Comments on what all databases share, and on event triggers themselves, fire nothing. */
static bool is_global(const Ast *ast) {
    if (ast->tag != AST_COMMENT)
        return false;
    AstObjectKind kind = ((const AstComment *)ast)->object->kind;
    return kind == AST_OBJECT_EVENT_TRIGGER || kind == AST_OBJECT_DATABASE ||
           kind == AST_OBJECT_ROLE || kind == AST_OBJECT_TABLESPACE;
}

static Status any_triggers(Session *session, bool *any_out) {
    Arena arena;
    CatalogScan *scan;
    CatalogRow *row = NULL;
    arena_init(&arena, &session->account);
    Status s = catalog_scan_open(session->catalog, PG_EVENT_TRIGGER, 0, NULL, 0, &arena, &scan);
    if (status_ok(s)) {
        s = catalog_scan_next(scan, &row);
        catalog_scan_close(scan);
    }
    *any_out = status_ok(s) && row != NULL;
    arena_destroy(&arena);
    return s;
}

Status event_trigger_execute(UtilityCall *call, const UtilityCommand *command, const char *tag) {
    Session *session = call->session;
    if (session->event_state != NULL && session->event_state->noting)
        return execute_noted(session->event_state, call, command);
    bool any = !is_global(call->raw->statement);
    if (any)
        TRY(any_triggers(session, &any));
    if (!any)
        return command->execute(call);
    EventState state = {.outer = session->event_state, .session = session, .tag = tag};
    arena_init(&state.arena, &session->account);
    session->event_state = &state;
    Status s = run_and_fire(&state, call, command);
    session->event_state = state.outer;
    if (state.outer == NULL) {
        session_set_drop_hook(session->catalog, NULL, NULL);
        session_set_insert_hook(session->catalog, NULL, NULL);
    }
    arena_destroy(&state.arena);
    return s;
}

Status event_trigger_table_rewrite(Session *session, Oid relation, int reason) {
    EventState *state = session->event_state;
    if (state == NULL)
        return STATUS_OK;
    bool noting = state->noting;
    state->noting = false;
    state->in_rewrite = true;
    state->rewritten = relation;
    state->reason = reason;
    Status s = fire(session, "table_rewrite", state->tag);
    state->in_rewrite = false;
    state->noting = noting;
    return s;
}

/* ---- what the triggers' functions may ask ---- */

static EventState *current(const SetCall *set) { return set->call.site->env->session->event_state; }

static Status protocol_error(const char *function, const char *where) {
    return error(ERR_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED, "%s can only be called in %s",
                 function, where);
}

static void set_string(SetCall *set, int column, const char *text) {
    set->column_nulls[column] = text == NULL;
    if (text != NULL)
        set->columns[column] = datum_cstr(text);
}

static void set_address(SetCall *set, ObjectAddress address) {
    set->columns[0] = datum_oid(address.class_id);
    set->columns[1] = datum_oid(address.object);
    set->columns[2] = datum_i32(address.sub);
    set->column_nulls[0] = set->column_nulls[1] = set->column_nulls[2] = false;
}

static Status set_place(SetCall *set) {
    set->state = arena_new(set->scan_arena, size_t);
    return STATUS_OK;
}

static Status dropped_start(SetCall *set) {
    EventState *state = current(set);
    if (state == NULL || !state->in_drop)
        return protocol_error("pg_event_trigger_dropped_objects()",
                              "a sql_drop event trigger function");
    return set_place(set);
}

/* Names stand by themselves here: without the quotes that they would have in a statement. */
static const char *unquoted(Arena *arena, const char *name) {
    if (name == NULL || name[0] != '"')
        return name;
    size_t len = strlen(name), n = 0;
    char *plain = arena_alloc(arena, len + 1);
    for (size_t i = 1; i + 1 < len; i++) {
        plain[n++] = name[i];
        i += name[i] == '"';
    }
    plain[n] = '\0';
    return plain;
}

static Status dropped_next(SetCall *set, bool *row_out) {
    EventState *state = current(set);
    size_t *next = set->state;
    *row_out = state != NULL && *next < state->dropped.count;
    if (!*row_out)
        return STATUS_OK;
    /* Last come, first told. */
    const DroppedObject *d = &state->dropped.items[state->dropped.count - 1 - (*next)++];
    bool flags[3] = {d->original, d->normal, d->temporary};
    set_address(set, d->address);
    for (int i = 0; i < 3; i++) {
        set->columns[3 + i] = datum_bool(flags[i]);
        set->column_nulls[3 + i] = false;
    }
    set_string(set, 6, d->type);
    set_string(set, 7, unquoted(set->call.arena, d->identity.schema));
    set_string(set, 8,
               d->address.sub != 0 ? NULL : unquoted(set->call.arena, d->identity.name));
    set_string(set, 9, d->identity.identity);
    set->column_nulls[10] = set->column_nulls[11] = false;
    set->columns[10] = row_text_array(set->call.arena, d->identity.names, d->identity.name_count);
    set->columns[11] = row_text_array(set->call.arena, d->identity.args, d->identity.arg_count);
    return STATUS_OK;
}

static Status commands_start(SetCall *set) {
    if (current(set) == NULL)
        return protocol_error("pg_event_trigger_ddl_commands()", "an event trigger function");
    return set_place(set);
}

static Status commands_next(SetCall *set, bool *row_out) {
    EventState *state = current(set);
    size_t *next = set->state;
    Session *session = set->call.site->env->session;
    const char *type;
    ObjectIdentity identity = {0};
    CommandObject *o = NULL;
    *row_out = false;
    while (state != NULL && *next < state->objects.count && identity.identity == NULL) {
        o = &state->objects.items[(*next)++]; /* some are gone again */
        TRY(object_identity(session->catalog, set->call.arena, o->address, &identity));
    }
    if (identity.identity == NULL)
        return STATUS_OK;
    TRY(object_type_text(session->catalog, set->call.arena, o->address, &type));
    *row_out = true;
    set_address(set, o->address);
    set_string(set, 3, o->tag);
    set_string(set, 4, type);
    set_string(set, 5,
               is_temporary(identity.schema) ? "pg_temp"
                                             : unquoted(set->call.arena, identity.schema));
    set_string(set, 6, identity.identity);
    set->columns[7] = datum_bool(false);
    set->column_nulls[7] = false;
    set->column_nulls[8] = true;
    return STATUS_OK;
}

static Status rewrite_state(FnCall *call, const char *function, EventState **out) {
    *out = call->site->env->session->event_state;
    return *out != NULL && (*out)->in_rewrite
               ? STATUS_OK
               : protocol_error(function, "a table_rewrite event trigger function");
}

static Status fn_rewrite_oid(FnCall *call) {
    EventState *state;
    TRY(rewrite_state(call, "pg_event_trigger_table_rewrite_oid()", &state));
    call->result = datum_oid(state->rewritten);
    return STATUS_OK;
}

static Status fn_rewrite_reason(FnCall *call) {
    EventState *state;
    TRY(rewrite_state(call, "pg_event_trigger_table_rewrite_reason()", &state));
    return give_i32(call, state->reason);
}

static Status fn_trigger_depth(FnCall *call) {
    return give_i32(call, (int32_t)call->site->env->session->trigger_depth);
}

static const FnEntry entries[] = {
    SYSFUNC(3163, "pg_trigger_depth", fn_trigger_depth),
    SYSFUNC_SET(3566, "pg_event_trigger_dropped_objects", dropped_start, dropped_next),
    SYSFUNC(4566, "pg_event_trigger_table_rewrite_oid", fn_rewrite_oid),
    SYSFUNC(4567, "pg_event_trigger_table_rewrite_reason", fn_rewrite_reason),
    SYSFUNC_SET(4568, "pg_event_trigger_ddl_commands", commands_start, commands_next),
};

void event_trigger_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
