/* ddl_event_trigger.c: event triggers as the catalog has them. */
#include "executor/ddl_int.h"
#include "executor/event_trigger.h"

#include <strings.h>

/* Command tags that event triggers know, and those that they are not for. */
static const char *const trigger_tags[] = {
    "ALTER ACCESS METHOD",
    "ALTER AGGREGATE",
    "ALTER CAST",
    "ALTER COLLATION",
    "ALTER CONSTRAINT",
    "ALTER CONVERSION",
    "ALTER DEFAULT PRIVILEGES",
    "ALTER DOMAIN",
    "ALTER EXTENSION",
    "ALTER FOREIGN DATA WRAPPER",
    "ALTER FOREIGN TABLE",
    "ALTER FUNCTION",
    "ALTER INDEX",
    "ALTER LANGUAGE",
    "ALTER LARGE OBJECT",
    "ALTER MATERIALIZED VIEW",
    "ALTER OPERATOR",
    "ALTER OPERATOR CLASS",
    "ALTER OPERATOR FAMILY",
    "ALTER POLICY",
    "ALTER PROCEDURE",
    "ALTER PUBLICATION",
    "ALTER ROUTINE",
    "ALTER RULE",
    "ALTER SCHEMA",
    "ALTER SEQUENCE",
    "ALTER SERVER",
    "ALTER STATISTICS",
    "ALTER SUBSCRIPTION",
    "ALTER TABLE",
    "ALTER TEXT SEARCH CONFIGURATION",
    "ALTER TEXT SEARCH DICTIONARY",
    "ALTER TEXT SEARCH PARSER",
    "ALTER TEXT SEARCH TEMPLATE",
    "ALTER TRANSFORM",
    "ALTER TRIGGER",
    "ALTER TYPE",
    "ALTER USER MAPPING",
    "ALTER VIEW",
    "COMMENT",
    "CREATE ACCESS METHOD",
    "CREATE AGGREGATE",
    "CREATE CAST",
    "CREATE COLLATION",
    "CREATE CONSTRAINT",
    "CREATE CONVERSION",
    "CREATE DOMAIN",
    "CREATE EXTENSION",
    "CREATE FOREIGN DATA WRAPPER",
    "CREATE FOREIGN TABLE",
    "CREATE FUNCTION",
    "CREATE INDEX",
    "CREATE LANGUAGE",
    "CREATE MATERIALIZED VIEW",
    "CREATE OPERATOR",
    "CREATE OPERATOR CLASS",
    "CREATE OPERATOR FAMILY",
    "CREATE POLICY",
    "CREATE PROCEDURE",
    "CREATE PUBLICATION",
    "CREATE ROUTINE",
    "CREATE RULE",
    "CREATE SCHEMA",
    "CREATE SEQUENCE",
    "CREATE SERVER",
    "CREATE STATISTICS",
    "CREATE SUBSCRIPTION",
    "CREATE TABLE",
    "CREATE TABLE AS",
    "CREATE TEXT SEARCH CONFIGURATION",
    "CREATE TEXT SEARCH DICTIONARY",
    "CREATE TEXT SEARCH PARSER",
    "CREATE TEXT SEARCH TEMPLATE",
    "CREATE TRANSFORM",
    "CREATE TRIGGER",
    "CREATE TYPE",
    "CREATE USER MAPPING",
    "CREATE VIEW",
    "DROP ACCESS METHOD",
    "DROP AGGREGATE",
    "DROP CAST",
    "DROP COLLATION",
    "DROP CONSTRAINT",
    "DROP CONVERSION",
    "DROP DOMAIN",
    "DROP EXTENSION",
    "DROP FOREIGN DATA WRAPPER",
    "DROP FOREIGN TABLE",
    "DROP FUNCTION",
    "DROP INDEX",
    "DROP LANGUAGE",
    "DROP MATERIALIZED VIEW",
    "DROP OPERATOR",
    "DROP OPERATOR CLASS",
    "DROP OPERATOR FAMILY",
    "DROP OWNED",
    "DROP POLICY",
    "DROP PROCEDURE",
    "DROP PUBLICATION",
    "DROP ROUTINE",
    "DROP RULE",
    "DROP SCHEMA",
    "DROP SEQUENCE",
    "DROP SERVER",
    "DROP STATISTICS",
    "DROP SUBSCRIPTION",
    "DROP TABLE",
    "DROP TEXT SEARCH CONFIGURATION",
    "DROP TEXT SEARCH DICTIONARY",
    "DROP TEXT SEARCH PARSER",
    "DROP TEXT SEARCH TEMPLATE",
    "DROP TRANSFORM",
    "DROP TRIGGER",
    "DROP TYPE",
    "DROP USER MAPPING",
    "DROP VIEW",
    "GRANT",
    "IMPORT FOREIGN SCHEMA",
    "REFRESH MATERIALIZED VIEW",
    "REVOKE",
    "SECURITY LABEL",
    "SELECT INTO",
};
static const char *const other_tags[] = {
    "???",
    "ALTER DATABASE",
    "ALTER EVENT TRIGGER",
    "ALTER ROLE",
    "ALTER SYSTEM",
    "ALTER TABLESPACE",
    "ANALYZE",
    "BEGIN",
    "CALL",
    "CHECKPOINT",
    "CLOSE",
    "CLOSE CURSOR",
    "CLOSE CURSOR ALL",
    "CLUSTER",
    "COMMIT",
    "COMMIT PREPARED",
    "COPY",
    "COPY FROM",
    "CREATE DATABASE",
    "CREATE EVENT TRIGGER",
    "CREATE ROLE",
    "CREATE TABLESPACE",
    "DEALLOCATE",
    "DEALLOCATE ALL",
    "DECLARE CURSOR",
    "DELETE",
    "DISCARD",
    "DISCARD ALL",
    "DISCARD PLANS",
    "DISCARD SEQUENCES",
    "DISCARD TEMP",
    "DO",
    "DROP DATABASE",
    "DROP EVENT TRIGGER",
    "DROP ROLE",
    "DROP TABLESPACE",
    "EXECUTE",
    "EXPLAIN",
    "FETCH",
    "GRANT ROLE",
    "INSERT",
    "LISTEN",
    "LOAD",
    "LOCK TABLE",
    "MERGE",
    "MOVE",
    "NOTIFY",
    "PREPARE",
    "PREPARE TRANSACTION",
    "REASSIGN OWNED",
    "REINDEX",
    "RELEASE",
    "RESET",
    "REVOKE ROLE",
    "ROLLBACK",
    "ROLLBACK PREPARED",
    "SAVEPOINT",
    "SELECT",
    "SELECT FOR KEY SHARE",
    "SELECT FOR NO KEY UPDATE",
    "SELECT FOR SHARE",
    "SELECT FOR UPDATE",
    "SET",
    "SET CONSTRAINTS",
    "SHOW",
    "START TRANSACTION",
    "TRUNCATE TABLE",
    "UNLISTEN",
    "UPDATE",
    "VACUUM",
};
static const char *const rewrite_tags[] = {"ALTER MATERIALIZED VIEW", "ALTER TABLE", "ALTER TYPE"};

static bool has_tag(const char *const *tags, size_t count, const char *tag) {
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(tags[i], tag) == 0)
            return true;
    return false;
}

bool event_trigger_knows_tag(const char *tag) {
    return has_tag(trigger_tags, ARRAY_LEN(trigger_tags), tag);
}

static Status check_tags(const StrList *tags, bool rewrite) {
    for (uint32_t i = 0; i < tags->count; i++) {
        const char *tag = tags->items[i];
        bool known = has_tag(trigger_tags, ARRAY_LEN(trigger_tags), tag);
        if (rewrite ? has_tag(rewrite_tags, ARRAY_LEN(rewrite_tags), tag) : known)
            continue;
        if (rewrite || known || has_tag(other_tags, ARRAY_LEN(other_tags), tag))
            return error(ERR_FEATURE_NOT_SUPPORTED, "event triggers are not supported for %s", tag);
        return error(ERR_SYNTAX_ERROR,
                     "filter value \"%s\" not recognized for filter variable \"%s\"", tag, "tag");
    }
    return STATUS_OK;
}

static Status read_filter(const AstCreateEventTrigger *statement, const StrList **tags_out) {
    *tags_out = NULL;
    AST_FOREACH(AstOption, option, statement->when) {
        if (strcmp(option->name, "tag") != 0)
            return error(ERR_SYNTAX_ERROR, "unrecognized filter variable \"%s\"", option->name);
        if (*tags_out != NULL)
            return error(ERR_SYNTAX_ERROR, "filter variable \"%s\" specified more than once",
                         option->name);
        *tags_out = &((const AstNameList *)option->value)->names;
    }
    return STATUS_OK;
}

static Status check_event(Ddl *ddl, const AstCreateEventTrigger *statement) {
    static const char *const events[] = {"ddl_command_start", "ddl_command_end", "sql_drop",
                                         "table_rewrite"};
    bool super, known = false;
    TRY(ddl_is_superuser(ddl, &super));
    if (!super)
        return status_hint(error(ERR_INSUFFICIENT_PRIVILEGE,
                                 "permission denied to create event trigger \"%s\"",
                                 statement->name),
                           "Must be superuser to create an event trigger.");
    for (size_t i = 0; i < ARRAY_LEN(events); i++)
        known |= strcmp(events[i], statement->event) == 0;
    return known ? STATUS_OK
                 : error(ERR_SYNTAX_ERROR, "unrecognized event name \"%s\"", statement->event);
}

static Status find_function(Ddl *ddl, const StrList *name, Oid *oid_out) {
    const ProcDesc *proc;
    TRY(ddl_function_by_name(ddl, name, NULL, 0, oid_out));
    TRY(catalog_proc_require(ddl->catalog, *oid_out, &proc));
    return proc->result == OID_EVENT_TRIGGER
               ? STATUS_OK
               : error(ERR_INVALID_OBJECT_DEFINITION, "function %s must return type %s",
                       str_list_join(ddl->arena, name), "event_trigger");
}

/* Tags are kept in upper case. */
static Datum tag_array(Ddl *ddl, const StrList *tags) {
    const char **texts = arena_array(ddl->arena, const char *, tags->count + 1);
    for (uint32_t i = 0; i < tags->count; i++) {
        char *text = arena_strdup(ddl->arena, tags->items[i]);
        for (char *p = text; *p != '\0'; p++)
            *p = *p >= 'a' && *p <= 'z' ? (char)(*p - 'a' + 'A') : *p;
        texts[i] = text;
    }
    return row_text_array(ddl->arena, texts, tags->count);
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateEventTrigger *statement = (const AstCreateEventTrigger *)call->raw->statement;
    const StrList *tags;
    CatalogRow row = {0};
    bool found;
    Oid function, oid;
    TRY(check_event(&ddl, statement));
    TRY(read_filter(statement, &tags));
    if (tags != NULL)
        TRY(check_tags(tags, strcmp(statement->event, "table_rewrite") == 0));
    TRY(catalog_find_name(ddl.catalog, PG_EVENT_TRIGGER_EVTNAME_INDEX, statement->name, OID_INVALID,
                          ddl.arena, &row, &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "event trigger \"%s\" already exists", statement->name);
    TRY(find_function(&ddl, &statement->function, &function));
    row = (CatalogRow){0};
    row.values[PG_EVENT_TRIGGER_EVTNAME] = datum_cstr(statement->name);
    row.values[PG_EVENT_TRIGGER_EVTEVENT] = datum_cstr(statement->event);
    row.values[PG_EVENT_TRIGGER_EVTOWNER] = datum_oid(session_role(ddl.catalog));
    row.values[PG_EVENT_TRIGGER_EVTFOID] = datum_oid(function);
    row.values[PG_EVENT_TRIGGER_EVTENABLED].byte = 'O';
    row.nulls[PG_EVENT_TRIGGER_EVTTAGS] = tags == NULL;
    if (tags != NULL)
        row.values[PG_EVENT_TRIGGER_EVTTAGS] = tag_array(&ddl, tags);
    TRY(object_insert(ddl.catalog, PG_EVENT_TRIGGER, &row, &oid));
    return depend_record(ddl.catalog, object_address(PG_EVENT_TRIGGER, oid, 0),
                         object_address(PG_PROC, function, 0), DEPEND_NORMAL);
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterEventTrigger *statement = (const AstAlterEventTrigger *)call->raw->statement;
    CatalogRow row;
    bool found;
    TRY(catalog_find_name(ddl.catalog, PG_EVENT_TRIGGER_EVTNAME_INDEX, statement->name, OID_INVALID,
                          ddl.arena, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "event trigger \"%s\" does not exist", statement->name);
    TRY(object_check_owner(ddl.catalog, PG_EVENT_TRIGGER, row_oid(&row, PG_EVENT_TRIGGER_OID)));
    row.values[PG_EVENT_TRIGGER_EVTENABLED].byte = (uint8_t)statement->enabled;
    return catalog_update(ddl.catalog, PG_EVENT_TRIGGER, &row);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_EVENT_TRIGGER, "CREATE EVENT TRIGGER", UTILITY_WRITES, execute_create, NULL},
    {AST_ALTER_EVENT_TRIGGER, "ALTER EVENT TRIGGER", UTILITY_WRITES, execute_alter, NULL},
};

void ddl_event_trigger_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
