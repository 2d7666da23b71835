/* deparse_trigger.c: CREATE TRIGGER as text. */
#include "catalog/row.h"
#include "planner/deparse_int.h"

/* Bits of pg_trigger.tgtype. */
enum { ROW = 1, BEFORE = 2, INSERT = 4, DELETE = 8, UPDATE = 16, TRUNCATE = 32, INSTEAD = 64 };

static Status put_relation(Deparse *d, Oid relation) {
    if (d->flags & DEPARSE_SCHEMA)
        return put_relation_name(d, relation);
    const RelationDesc *desc;
    TRY(catalog_relation_require(d->catalog, relation, &desc));
    put(d, quote_qualified(d->catalog, d->arena, desc->nsp_name, desc->name));
    return STATUS_OK;
}

static void put_events(Deparse *d, const TriggerDesc *t, const RelationDesc *relation) {
    static const struct {
        int bit;
        const char *word;
    } events[] = {
        {INSERT, "INSERT"}, {DELETE, "DELETE"}, {UPDATE, "UPDATE"}, {TRUNCATE, "TRUNCATE"}};
    const char *separator = " ";
    for (size_t i = 0; i < ARRAY_LEN(events); i++) {
        if (!(t->type & events[i].bit))
            continue;
        put(d, separator);
        put(d, events[i].word);
        separator = " OR ";
        for (uint16_t c = 0; events[i].bit == UPDATE && c < t->column_count; c++) {
            put(d, c == 0 ? " OF " : ", ");
            put_ident(d, relation->columns[t->columns[c] - 1].name);
        }
    }
}

static Status put_when(Deparse *d, const char *when, const RelationDesc *relation) {
    Expr *condition;
    Query lone = {.command = COMMAND_SELECT};
    TRY(expr_from_string(d->arena, when, strlen(when), &condition));
    const char **names = arena_array(d->arena, const char *, relation->column_count + 1u);
    for (uint16_t i = 0; i < relation->column_count; i++)
        names[i] = relation->columns[i].name;
    for (int i = 0; i < 2; i++) {
        RangeEntry *entry = arena_new(d->arena, RangeEntry);
        entry->name = entry->alias = i == 0 ? "old" : "new";
        entry->relation = relation->oid;
        entry->column_names = names;
        entry->column_count = relation->column_count;
        query_add_rte(d->arena, &lone, entry);
    }
    DeparseScope scope = {.query = &lone};
    TRY(deparse_scope_init(d, &scope));
    d->scope = &scope;
    d->prefix = true;
    put(d, "WHEN (");
    Status s = put_expr(d, condition, false);
    put(d, ") ");
    d->scope = NULL;
    return s;
}

static Status put_constraint(Deparse *d, const TriggerDesc *t) {
    if (t->constraint == OID_INVALID)
        return STATUS_OK;
    if (t->constraint_relation != OID_INVALID) {
        put(d, "FROM ");
        TRY(put_relation_name(d, t->constraint_relation));
        put(d, " ");
    }
    put(d, t->deferrable ? "DEFERRABLE INITIALLY " : "NOT DEFERRABLE INITIALLY ");
    put(d, t->deferred ? "DEFERRED " : "IMMEDIATE ");
    return STATUS_OK;
}

static void put_transitions(Deparse *d, const TriggerDesc *t) {
    if (t->old_table == NULL && t->new_table == NULL)
        return;
    put(d, "REFERENCING ");
    if (t->old_table != NULL) {
        put(d, "OLD TABLE AS ");
        put_ident(d, t->old_table);
        put(d, " ");
    }
    if (t->new_table != NULL) {
        put(d, "NEW TABLE AS ");
        put_ident(d, t->new_table);
        put(d, " ");
    }
}

static void put_literal(Deparse *d, const char *text) {
    bool plain = d->env->standard_conforming_strings;
    strbuf_putc(d->buf, '\'');
    for (; *text != '\0'; text++) {
        if (*text == '\'' || (*text == '\\' && !plain))
            strbuf_putc(d->buf, *text);
        strbuf_putc(d->buf, *text);
    }
    strbuf_putc(d->buf, '\'');
}

static Status put_trigger(Deparse *d, const TriggerDesc *t, const RelationDesc *relation) {
    put(d, t->constraint != OID_INVALID ? "CREATE CONSTRAINT TRIGGER " : "CREATE TRIGGER ");
    put_ident(d, t->name);
    put(d, t->type & BEFORE ? " BEFORE" : t->type & INSTEAD ? " INSTEAD OF" : " AFTER");
    put_events(d, t, relation);
    put(d, " ON ");
    TRY(put_relation(d, relation->oid));
    put(d, " ");
    TRY(put_constraint(d, t));
    put_transitions(d, t);
    put(d, t->type & ROW ? "FOR EACH ROW " : "FOR EACH STATEMENT ");
    if (t->when != NULL)
        TRY(put_when(d, t->when, relation));
    put(d, "EXECUTE FUNCTION ");
    TRY(put_function_name(d, t->function));
    put(d, "(");
    for (uint16_t i = 0; i < t->arg_count; i++) {
        put(d, i == 0 ? "" : ", ");
        put_literal(d, t->args[i]);
    }
    put(d, ")");
    return STATUS_OK;
}

Status deparse_trigger(EvalEnv *env, Arena *arena, Oid trigger, unsigned flags,
                       const char **text_out) {
    CatalogRow row;
    bool found;
    TriggerDesc desc;
    const RelationDesc *relation;
    *text_out = NULL;
    TRY(catalog_find_oid(env->catalog, PG_TRIGGER_OID_INDEX, trigger, arena, &row, &found));
    if (!found)
        return STATUS_OK;
    trigger_describe(arena, &row, &desc);
    TRY(catalog_relation_require(env->catalog, row_oid(&row, PG_TRIGGER_TGRELID), &relation));
    StrBuf buf;
    strbuf_init(&buf, arena);
    Deparse d = {.env = env, .catalog = env->catalog, .arena = arena, .buf = &buf, .flags = flags};
    TRY(put_trigger(&d, &desc, relation));
    *text_out = strbuf_cstr(&buf);
    return STATUS_OK;
}
