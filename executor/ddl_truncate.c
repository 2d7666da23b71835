/*
 * ddl_truncate.c: TRUNCATE.
 *
 * A table is emptied by giving it fresh stores: the old ones stay until commit, so ROLLBACK brings the
 * rows back. Older snapshots see an empty table afterwards, as the manual warns.
 */
#include "executor/ddl_int.h"
#include "executor/fk.h"
#include "executor/trigger.h"

typedef struct TruncatePlan {
    Ddl *ddl;
    const AstTruncate *statement;
    VEC(Oid) tables;
} TruncatePlan;

static bool planned(const TruncatePlan *plan, Oid table) {
    for (size_t i = 0; i < plan->tables.count; i++)
        if (plan->tables.items[i] == table)
            return true;
    return false;
}

static Status check_table(TruncatePlan *plan, const RelationDesc *relation, bool with_rights) {
    if (relation->kind != 'r' && relation->kind != 'p')
        return error(ERR_WRONG_OBJECT_TYPE,
                     relation->kind == 'f' ? "cannot truncate foreign table \"%s\""
                                           : "\"%s\" is not a table",
                     relation->name);
    if (relation->nsp == OID_NAMESPACE_CATALOG && relation->oid < OID_FIRST_NORMAL)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied: \"%s\" is a system catalog",
                     relation->name);
    if (with_rights)
        TRY(object_check_acl(plan->ddl->catalog, PG_CLASS, relation->oid, ACL_TRUNCATE));
    if (relation->persistence == 't') {
        bool any, own;
        TRY(catalog_is_temp_namespace(plan->ddl->catalog, relation->nsp, &any, &own));
        if (!own)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "cannot truncate temporary tables of other sessions");
    }
    return STATUS_OK;
}

static Status is_others_temp(const TruncatePlan *plan, Oid oid, bool *yes_out) {
    const RelationDesc *relation;
    bool any, own = true;
    TRY(catalog_relation_require(plan->ddl->catalog, oid, &relation));
    if (relation->persistence == 't')
        TRY(catalog_is_temp_namespace(plan->ddl->catalog, relation->nsp, &any, &own));
    *yes_out = !own;
    return STATUS_OK;
}

static Status add_table(TruncatePlan *plan, Oid oid, bool with_rights) {
    if (planned(plan, oid))
        return STATUS_OK;
    TRY(relation_lock(plan->ddl->catalog, oid, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
    const RelationDesc *relation;
    TRY(catalog_relation_require(plan->ddl->catalog, oid, &relation));
    TRY(check_table(plan, relation, with_rights));
    TRY(fk_check_idle(plan->ddl->session, relation, "TRUNCATE"));
    vec_push(&plan->tables, plan->ddl->arena, oid);
    return STATUS_OK;
}

static Status add_named(TruncatePlan *plan, const AstRangeVar *var) {
    Ddl *ddl = plan->ddl;
    const RelationDesc *relation;
    Oid oid;
    /* Who has no right to it waits for nobody, and nobody waits for them. */
    TRY(relation_by_name(ddl->catalog, var->catalog, var->schema, var->name, false, &oid));
    TRY(catalog_relation(ddl->catalog, oid, &relation));
    if (relation != NULL)
        TRY(check_table(plan, relation, true));
    TRY(ddl_relation(ddl, var, LOCK_ACCESS_EXCLUSIVE, false, &relation));
    if (!var->inherit) {
        if (relation->kind == 'p')
            return status_hint(
                error(ERR_WRONG_OBJECT_TYPE, "cannot truncate only a partitioned table"),
                "Do not specify the ONLY keyword, or use TRUNCATE ONLY on the partitions "
                "directly.");
        return add_table(plan, relation->oid, true);
    }
    const Oid *all;
    size_t count;
    TRY(relation_descendants(ddl->catalog, relation->oid, ddl->arena, &all, &count));
    for (size_t i = 0; i < count; i++) {
        bool not_ours = false;
        if (i > 0)
            TRY(is_others_temp(plan, all[i], &not_ours));
        if (!not_ours)
            TRY(add_table(plan, all[i], i == 0));
    }
    return STATUS_OK;
}

static void add_sorted(Arena *arena, OidVec *list, Oid table) {
    size_t at = 0;
    while (at < list->count && list->items[at] < table)
        at++;
    if (at < list->count && list->items[at] == table)
        return;
    vec_push(list, arena, table);
    memmove(&list->items[at + 1], &list->items[at], (list->count - 1 - at) * sizeof(Oid));
    list->items[at] = table;
}

/* Tables outside the plan that refer to one of its tables from `first` on, with their partitions, in the
 * order of their OIDs. */
static Status referring_tables(TruncatePlan *plan, size_t first, size_t end, OidVec *out) {
    Arena *arena = plan->ddl->arena;
    for (size_t i = first; i < end; i++) {
        const RelationDesc *relation;
        TRY(catalog_relation_require(plan->ddl->catalog, plan->tables.items[i], &relation));
        for (uint16_t k = 0; k < relation->referencing_count; k++) {
            const RelationDesc *other;
            const Oid *all = &relation->referencing[k].relation;
            size_t count = 1;
            TRY(catalog_relation_require(plan->ddl->catalog, *all, &other));
            if (other->kind == 'p')
                TRY(relation_descendants(plan->ddl->catalog, other->oid, arena, &all, &count));
            for (size_t c = 0; c < count; c++)
                if (!planned(plan, all[c]))
                    add_sorted(arena, out, all[c]);
        }
    }
    return STATUS_OK;
}

static Status refuse_referred(TruncatePlan *plan, Oid table, Oid referring) {
    const RelationDesc *relation, *other;
    TRY(catalog_relation_require(plan->ddl->catalog, table, &relation));
    TRY(catalog_relation_require(plan->ddl->catalog, referring, &other));
    return status_hint(
        status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                            "cannot truncate a table referenced in a foreign key constraint"),
                      "Table \"%s\" references \"%s\".", other->name, relation->name),
        "Truncate table \"%s\" at the same time, or use TRUNCATE ... CASCADE.", other->name);
}

/* Tables that refer to the planned ones join them, or are an error. */
static Status follow_foreign_keys(TruncatePlan *plan) {
    bool cascade = plan->statement->behavior == AST_DROP_CASCADE;
    for (size_t i = 0; i < plan->tables.count && !cascade; i++) {
        OidVec list = {0};
        TRY(referring_tables(plan, i, i + 1, &list));
        if (list.count > 0)
            return refuse_referred(plan, plan->tables.items[i], list.items[0]);
    }
    for (size_t done = 0; done < plan->tables.count;) {
        OidVec list = {0};
        size_t end = plan->tables.count;
        TRY(referring_tables(plan, done, end, &list));
        done = end;
        for (size_t i = 0; i < list.count; i++) {
            const RelationDesc *desc;
            TRY(catalog_relation_require(plan->ddl->catalog, list.items[i], &desc));
            ddl_notice(plan->ddl, ERR_SUCCESSFUL_COMPLETION, "truncate cascades to table \"%s\"",
                       desc->name);
            TRY(add_table(plan, list.items[i], true));
        }
    }
    return STATUS_OK;
}

static Status restart_sequences(Ddl *ddl, Oid table) {
    for (int pass = 0; pass < 2; pass++) {
        const Oid *sequences;
        size_t count;
        TRY(depend_owned_sequences(ddl->catalog, table, 0,
                                   pass == 0 ? DEPEND_AUTO : DEPEND_INTERNAL, ddl->arena,
                                   &sequences, &count));
        for (size_t i = 0; i < count; i++) {
            const RelationDesc *sequence;
            TRY(object_check_owner(ddl->catalog, PG_CLASS, sequences[i]));
            TRY(catalog_relation_require(ddl->catalog, sequences[i], &sequence));
            if (sequence->sequence != NULL)
                TRY(sequence_restart(ddl->catalog, sequences[i], sequence->sequence->start, false));
        }
    }
    return STATUS_OK;
}

Status ddl_empty_table(Ddl *ddl, Oid oid) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->kind == 'p')
        return STATUS_OK;
    StoreId store;
    TRY(relation_new_store(ddl->catalog, oid, &store));
    catalog_touch_relation(ddl->catalog, oid);
    return STATUS_OK;
}

/* Statement triggers of the tables, in their order. */
static Status make_triggers(TruncatePlan *plan, Executor *exec, TriggerSet **sets) {
    for (size_t i = 0; i < plan->tables.count; i++) {
        const RelationDesc *relation;
        TRY(catalog_relation_require(plan->ddl->catalog, plan->tables.items[i], &relation));
        exec_pin(exec, &relation->desc);
        TRY(trigger_set_make(exec, relation, NULL, NULL, &sets[i]));
    }
    for (size_t i = 0; i < plan->tables.count; i++)
        TRY(trigger_before_statement(sets[i], TRIGGER_OP_TRUNCATE));
    return STATUS_OK;
}

static Status truncate_all(TruncatePlan *plan) {
    for (size_t i = 0; i < plan->tables.count; i++) {
        if (plan->statement->restart_sequences)
            TRY(restart_sequences(plan->ddl, plan->tables.items[i]));
        TRY(ddl_empty_table(plan->ddl, plan->tables.items[i]));
    }
    return STATUS_OK;
}

static Status truncate_fired(TruncatePlan *plan) {
    Executor *exec;
    TRY(exec_light(plan->ddl->session, plan->ddl->arena, NULL, &exec));
    TriggerSet **sets = arena_array(&exec->arena, TriggerSet *, plan->tables.count + 1);
    Status s = make_triggers(plan, exec, sets);
    if (status_ok(s))
        s = truncate_all(plan);
    for (size_t i = 0; i < plan->tables.count && status_ok(s); i++)
        s = trigger_after_statement(sets[i], TRIGGER_OP_TRUNCATE);
    if (status_ok(s))
        s = trigger_statement_end(exec);
    for (size_t i = 0; i < plan->tables.count; i++)
        trigger_set_free(sets[i]);
    exec_light_end(exec);
    return s;
}

static Status execute_truncate(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    TruncatePlan plan = {.ddl = &ddl, .statement = (const AstTruncate *)call->raw->statement};
    AST_FOREACH(AstRangeVar, var, plan.statement->relations) {
        TRY(add_named(&plan, var));
    }
    TRY(follow_foreign_keys(&plan));
    return truncate_fired(&plan);
}

static const UtilityCommand commands[] = {
    {AST_TRUNCATE, "TRUNCATE TABLE", UTILITY_WRITES, execute_truncate, NULL},
};

void ddl_truncate_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
