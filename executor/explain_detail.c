/* explain_detail.c: the lines below a node: what it tests, sorts and groups by, and what that took. */
#include "executor/explain_int.h"

#include "catalog/catalogs.h"
#include "catalog/name.h"

#include <string.h>

/* ---- conditions ---- */

static Status condition(Explain *x, const ExplainAt *at, const char *label, const ExprList *list,
                        bool any, bool prefix) {
    if (list->count == 0)
        return STATUS_OK;
    Expr *expr = expr_and(x->arena, list);
    if (any && list->count > 1) {
        ExprBool * or = EXPR_NEW(x->arena, ExprBool, EXPR_BOOL);
        * or = *(ExprBool *)expr;
        or->op = BOOL_OR;
        expr = (Expr *) or ;
    }
    const char *text;
    TRY(explain_expr_text(x, at, expr, prefix, false, &text));
    explain_text(x, label, text);
    return STATUS_OK;
}

Status explain_scan_condition(Explain *x, const ExplainAt *at, const char *label,
                              const ExprList *list) {
    return condition(x, at, label, list, false, at->plan->tag == PLAN_SUBQUERY_SCAN || x->verbose);
}

static Status upper_condition(Explain *x, const ExplainAt *at, const char *label,
                              const ExprList *list) {
    return condition(x, at, label, list, false, explain_prefix(x));
}

static void removed(Explain *x, const char *label, double count, const PlanStats *stats) {
    if (x->format == EXPLAIN_TEXT && count <= 0)
        return;
    explain_float(x, label, NULL, stats->loops > 0 ? count / stats->loops : 0, 0);
}

static Status filter_lines(Explain *x, const ExplainAt *at, bool scan) {
    const PlanStats *stats = explain_stats(x, at->plan);
    const ExprList *filter = &at->plan->filter;
    TRY(scan ? explain_scan_condition(x, at, "Filter", filter)
             : upper_condition(x, at, "Filter", filter));
    if (filter->count > 0 && stats != NULL)
        removed(x, "Rows Removed by Filter", stats->filtered, stats);
    return STATUS_OK;
}

/* ---- output ---- */

Status explain_output(Explain *x, const ExplainAt *at, const Plan *plan) {
    if (plan->target_count == 0 || plan->tag == PLAN_APPEND || plan->tag == PLAN_MERGE_APPEND ||
        plan->tag == PLAN_RECURSIVE_UNION)
        return STATUS_OK;
    TextList texts = {0};
    for (uint32_t i = 0; i < plan->target_count; i++) {
        const char *text;
        TRY(explain_expr_text(x, at, plan->targets[i].expr, x->statement->range_count > 1, false,
                              &text));
        vec_push(&texts, x->arena, text);
    }
    explain_list(x, "Output", &texts);
    return STATUS_OK;
}

/* ---- keys ---- */

/* The operators that order a type by default; 0: none. */
static Status default_order(CatalogSession *catalog, Oid type, Oid *less_out, Oid *greater_out) {
    Oid class_oid;
    const OpclassDesc *class_desc;
    const OpfamilyDesc *family;
    *less_out = *greater_out = OID_INVALID;
    TRY(catalog_default_opclass(catalog, OID_AM_BTREE, type, &class_oid));
    if (class_oid == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_opclass(catalog, class_oid, &class_desc));
    Oid input = class_desc->input_type;
    TRY(catalog_opfamily(catalog, class_desc->family, &family));
    *less_out = opfamily_operator(family, input, input, BTREE_LESS);
    *greater_out = opfamily_operator(family, input, input, BTREE_GREATER);
    return STATUS_OK;
}

/* What of the order is not the default for the type. */
static Status order_text(Explain *x, const ExplainAt *at, const SortKey *key, StrBuf *out) {
    CatalogSession *catalog = x->session->catalog;
    Oid type = explain_input_type(at, key->column), less, greater;
    const TypeDesc *type_desc;
    TRY(catalog_type_require(catalog, type, &type_desc));
    if (key->collation != OID_INVALID && key->collation != type_desc->collation) {
        const CollationDesc *collation;
        TRY(catalog_collation(catalog, key->collation, &collation));
        if (collation != NULL)
            strbuf_printf(out, " COLLATE %s", quote_ident(catalog, x->arena, collation->name));
    }
    TRY(default_order(catalog, type, &less, &greater));
    if (key->sort_op == OID_INVALID || less == OID_INVALID || key->sort_op == less ||
        key->sort_op == greater) {
        if (key->descending)
            strbuf_puts(out, " DESC");
    } else {
        const OperatorDesc *op;
        TRY(catalog_operator(catalog, key->sort_op, &op));
        if (op != NULL)
            strbuf_printf(out, " USING %s", op->name);
    }
    if (key->nulls_first && !key->descending)
        strbuf_puts(out, " NULLS FIRST");
    else if (!key->nulls_first && key->descending)
        strbuf_puts(out, " NULLS LAST");
    return STATUS_OK;
}

static Status sort_keys(Explain *x, const ExplainAt *at, const SortKey *keys, uint32_t count,
                        uint32_t presorted) {
    TextList texts = {0}, sorted = {0};
    for (uint32_t i = 0; i < count; i++) {
        const char *text;
        if (at->plan->tag == PLAN_AGGREGATE) { /* its own row is another */
            TRY(explain_input_text(x, at, keys[i].column, explain_prefix(x), &text));
        } else {
            Expr *like = (Expr *)expr_slot(x->arena, SLOT_LEFT, (int32_t)keys[i].column,
                                           at->plan->targets[0].expr);
            TRY(explain_expr_text(x, at, like, explain_prefix(x), true, &text));
        }
        StrBuf buf;
        strbuf_init(&buf, x->arena);
        strbuf_puts(&buf, text);
        TRY(order_text(x, at, &keys[i], &buf));
        vec_push(&texts, x->arena, strbuf_cstr(&buf));
        if (i < presorted)
            vec_push(&sorted, x->arena, text);
    }
    if (count > 0)
        explain_list(x, "Sort Key", &texts);
    if (presorted > 0)
        explain_list(x, "Presorted Key", &sorted);
    return STATUS_OK;
}

/* A grouping key as the input computes it. */
static Status group_key_text(Explain *x, const ExplainAt *at, Expr *key, const char **text_out) {
    if (key->tag == EXPR_SLOT)
        return explain_input_text(x, at, (uint32_t)((const ExprSlot *)key)->column,
                                  explain_prefix(x), text_out);
    ExplainAt input = *at;
    input.input = true;
    return explain_expr_text(x, &input, key, explain_prefix(x), true, text_out);
}

static Status grouping_set(Explain *x, const ExplainAt *at, const PlanAggregate *agg,
                           const PlanGroupingSet *set, const char *label) {
    TextList texts = {0};
    for (uint32_t i = 0; i < set->key_count; i++) {
        const char *text;
        TRY(group_key_text(x, at, agg->keys.items[set->keys[i]], &text));
        vec_push(&texts, x->arena, text);
    }
    if (texts.count == 0 && x->format == EXPLAIN_TEXT)
        explain_text(x, label, "()");
    else
        explain_list_nested(x, label, &texts);
    return STATUS_OK;
}

static Status grouping_rollup(Explain *x, const ExplainAt *at, const PlanAggregate *agg,
                              const PlanRollup *rollup, bool sorts, const PlanGroupingSet *sets) {
    explain_open(x, "Grouping Set", NULL, true);
    if (sorts) {
        TRY(sort_keys(x, at, rollup->sort_keys, rollup->sort_count, 0));
        x->indent += x->format == EXPLAIN_TEXT;
    }
    explain_open(x, "Group Keys", "Group Keys", false);
    for (uint32_t s = 0; s < rollup->set_count; s++)
        TRY(grouping_set(x, at, agg, &sets[s], "Group Key"));
    explain_close(x, "Group Keys", false);
    x->indent -= sorts && x->format == EXPLAIN_TEXT;
    explain_close(x, "Grouping Set", true);
    return STATUS_OK;
}

/* Sets that are hashed have a table, and so a group of the output, each; a rollup's share one. */
static Status grouping_sets(Explain *x, const ExplainAt *at, const PlanAggregate *agg) {
    explain_open(x, "Grouping Sets", "Grouping Sets", false);
    for (uint32_t i = 0; i < agg->set_count && agg->rollup_count == 0; i++) {
        bool hash = agg->sets[i].key_count > 0;
        const char *labels = hash ? "Hash Keys" : "Group Keys";
        explain_open(x, "Grouping Set", NULL, true);
        explain_open(x, labels, labels, false);
        TRY(grouping_set(x, at, agg, &agg->sets[i], hash ? "Hash Key" : "Group Key"));
        explain_close(x, labels, false);
        explain_close(x, "Grouping Set", true);
    }
    for (uint32_t r = 0, set = 0; r < agg->rollup_count; set += agg->rollups[r++].set_count)
        TRY(grouping_rollup(x, at, agg, &agg->rollups[r], r > 0, &agg->sets[set]));
    explain_close(x, "Grouping Sets", false);
    return STATUS_OK;
}

static Status group_keys(Explain *x, const ExplainAt *at, const PlanAggregate *agg) {
    if (agg->set_count > 0)
        return grouping_sets(x, at, agg);
    TextList texts = {0};
    for (uint32_t i = 0; i < agg->keys.count; i++) {
        const char *text;
        TRY(group_key_text(x, at, agg->keys.items[i], &text));
        vec_push(&texts, x->arena, text);
    }
    if (texts.count > 0)
        explain_list(x, "Group Key", &texts);
    return STATUS_OK;
}

/* ---- memory ---- */

static void sort_info(Explain *x, const PlanStats *stats) {
    if (stats == NULL || stats->sort_method == NULL)
        return;
    bool disk = strncmp(stats->sort_method, "external", 8) == 0;
    int64_t used = (int64_t)(disk ? stats->disk_kb : stats->memory_kb);
    if (x->format == EXPLAIN_TEXT) {
        explain_indent(x);
        strbuf_printf(&x->out, "Sort Method: %s  %s: %lldkB\n", stats->sort_method,
                      disk ? "Disk" : "Memory", (long long)used);
        return;
    }
    explain_text(x, "Sort Method", stats->sort_method);
    explain_integer(x, "Sort Space Used", "kB", used);
    explain_text(x, "Sort Space Type", disk ? "Disk" : "Memory");
}

void explain_hash_info(Explain *x, const PlanStats *join) {
    if (join == NULL || join->hash_batches == 0)
        return;
    if (x->format == EXPLAIN_TEXT) {
        explain_indent(x);
        strbuf_printf(&x->out, "Buckets: %llu  Batches: %llu  Memory Usage: %llukB\n",
                      (unsigned long long)join->hash_buckets,
                      (unsigned long long)join->hash_batches, (unsigned long long)join->memory_kb);
        return;
    }
    explain_integer(x, "Hash Buckets", NULL, (int64_t)join->hash_buckets);
    explain_integer(x, "Original Hash Buckets", NULL, (int64_t)join->hash_buckets);
    explain_integer(x, "Hash Batches", NULL, (int64_t)join->hash_batches);
    explain_integer(x, "Original Hash Batches", NULL, (int64_t)join->hash_batches);
    explain_integer(x, "Peak Memory Usage", "kB", (int64_t)join->memory_kb);
}

static void aggregate_info(Explain *x, const PlanAggregate *agg, const PlanStats *stats) {
    if (agg->strategy != AGG_HASHED && agg->strategy != AGG_MIXED)
        return;
    bool ran = stats != NULL && stats->memory_kb > 0;
    if (x->format != EXPLAIN_TEXT) {
        if (x->costs)
            explain_integer(x, "Planned Partitions", NULL, 0);
        if (!ran)
            return;
        explain_integer(x, "HashAgg Batches", NULL, (int64_t)stats->hash_batches);
        explain_integer(x, "Peak Memory Usage", "kB", (int64_t)stats->memory_kb);
        explain_integer(x, "Disk Usage", "kB", (int64_t)stats->disk_kb);
        return;
    }
    if (!ran)
        return;
    explain_indent(x);
    strbuf_printf(&x->out, "Batches: %llu  Memory Usage: %llukB",
                  (unsigned long long)stats->hash_batches, (unsigned long long)stats->memory_kb);
    if (stats->hash_batches > 1)
        strbuf_printf(&x->out, "  Disk Usage: %llukB", (unsigned long long)stats->disk_kb);
    strbuf_putc(&x->out, '\n');
}

static Status memoize_lines(Explain *x, const ExplainAt *at, const PlanMemoize *memoize) {
    StrBuf keys;
    strbuf_init(&keys, x->arena);
    for (uint32_t i = 0; i < memoize->keys.count; i++) {
        const char *text;
        TRY(explain_expr_text(x, at, memoize->keys.items[i], explain_prefix(x), false, &text));
        strbuf_printf(&keys, "%s%s", i > 0 ? ", " : "", text);
    }
    explain_text(x, "Cache Key", strbuf_cstr(&keys));
    explain_text(x, "Cache Mode", "logical");
    const PlanStats *stats = explain_stats(x, at->plan);
    if (stats == NULL || stats->cache_misses == 0)
        return STATUS_OK;
    if (x->format == EXPLAIN_TEXT) {
        explain_indent(x);
        strbuf_printf(
            &x->out,
            "Hits: %llu  Misses: %llu  Evictions: %llu  Overflows: %llu  Memory Usage: "
            "%llukB\n",
            (unsigned long long)stats->cache_hits, (unsigned long long)stats->cache_misses,
            (unsigned long long)stats->cache_evictions, (unsigned long long)stats->cache_overflows,
            (unsigned long long)stats->memory_kb);
        return STATUS_OK;
    }
    explain_integer(x, "Cache Hits", NULL, (int64_t)stats->cache_hits);
    explain_integer(x, "Cache Misses", NULL, (int64_t)stats->cache_misses);
    explain_integer(x, "Cache Evictions", NULL, (int64_t)stats->cache_evictions);
    explain_integer(x, "Cache Overflows", NULL, (int64_t)stats->cache_overflows);
    explain_integer(x, "Peak Memory Usage", "kB", (int64_t)stats->memory_kb);
    return STATUS_OK;
}

/* " hit=1 read=2" after its word; nothing where all are 0. */
static bool block_counts(Explain *x, const char *word, const char *const *names,
                         const uint64_t *counts, uint32_t count, bool after) {
    bool any = false;
    for (uint32_t i = 0; i < count; i++) {
        if (counts[i] == 0)
            continue;
        if (!any)
            strbuf_printf(&x->out, "%s %s", after ? "," : "", word);
        any = true;
        strbuf_printf(&x->out, " %s=%llu", names[i], (unsigned long long)counts[i]);
    }
    return any;
}

void explain_buffers(Explain *x, const PlanStats *stats, bool planning) {
    static const PlanStats none;
    if (stats == NULL)
        stats = &none;
    const uint64_t shared[] = {stats->blocks_hit, stats->blocks_read, stats->blocks_dirtied,
                               stats->blocks_written};
    const uint64_t temp[] = {stats->temp_read, stats->temp_written};
    if (x->format == EXPLAIN_TEXT) {
        static const char *const names[] = {"hit", "read", "dirtied", "written"};
        static const char *const temp_names[] = {"read", "written"};
        if ((shared[0] | shared[1] | shared[2] | shared[3] | temp[0] | temp[1]) == 0)
            return;
        if (planning) {
            explain_indent(x);
            strbuf_puts(&x->out, "Planning:\n");
            x->indent++;
        }
        explain_indent(x);
        strbuf_puts(&x->out, "Buffers:");
        bool any = block_counts(x, "shared", names, shared, 4, false);
        block_counts(x, "temp", temp_names, temp, 2, any);
        strbuf_putc(&x->out, '\n');
        x->indent -= planning;
        return;
    }
    static const char *const words[] = {"Hit", "Read", "Dirtied", "Written"};
    for (int i = 0; i < 4; i++)
        explain_integer(x, arena_printf(x->arena, "Shared %s Blocks", words[i]), NULL,
                        (int64_t)shared[i]);
    for (int i = 0; i < 4; i++)
        explain_integer(x, arena_printf(x->arena, "Local %s Blocks", words[i]), NULL, 0);
    explain_integer(x, "Temp Read Blocks", NULL, (int64_t)temp[0]);
    explain_integer(x, "Temp Written Blocks", NULL, (int64_t)temp[1]);
}

/* ---- nodes ---- */

static Status sample_lines(Explain *x, const ExplainAt *at, const TableSample *sample) {
    const ProcDesc *handler;
    TRY(catalog_proc(x->session->catalog, sample->handler, &handler));
    const char *method = handler == NULL ? "?" : arena_strdup(x->arena, handler->name);
    bool prefix = x->statement->range_count > 1;
    TextList texts = {0};
    const char *text, *repeatable = NULL;
    for (uint32_t i = 0; i < sample->args.count; i++) {
        TRY(explain_expr_text(x, at, sample->args.items[i], prefix, false, &text));
        vec_push(&texts, x->arena, text);
    }
    if (sample->repeatable != NULL)
        TRY(explain_expr_text(x, at, sample->repeatable, prefix, false, &repeatable));
    if (x->format != EXPLAIN_TEXT) {
        explain_text(x, "Sampling Method", method);
        explain_list(x, "Sampling Parameters", &texts);
        if (repeatable != NULL)
            explain_text(x, "Repeatable Seed", repeatable);
        return STATUS_OK;
    }
    explain_indent(x);
    strbuf_printf(&x->out, "Sampling: %s (", method);
    for (size_t i = 0; i < texts.count; i++)
        strbuf_printf(&x->out, "%s%s", i > 0 ? ", " : "", texts.items[i]);
    strbuf_puts(&x->out, ")");
    if (repeatable != NULL)
        strbuf_printf(&x->out, " REPEATABLE (%s)", repeatable);
    strbuf_putc(&x->out, '\n');
    return STATUS_OK;
}

/* The index's column comes first. */
static Status column_first(Explain *x, Expr *clause, const PlanGinClause *gin, Expr **out) {
    ExprFunc *op = (ExprFunc *)clause;
    const OperatorDesc *written;
    *out = clause;
    if (clause->tag != EXPR_FUNC || !expr_equal(op->args.items[0], gin->query))
        return STATUS_OK;
    TRY(catalog_operator_require(x->session->catalog, op->op, &written));
    op = (ExprFunc *)expr_copy(x->arena, clause);
    op->op = written->commutator;
    Expr *swap = op->args.items[0];
    op->args.items[0] = op->args.items[1];
    op->args.items[1] = swap;
    *out = (Expr *)op;
    return STATUS_OK;
}

Status explain_index_condition(Explain *x, const ExplainAt *at, int arm) {
    const PlanIndexScan *scan = (const PlanIndexScan *)at->plan;
    const ExprList *clauses = &scan->conditions;
    ExprList list = {0};
    if (arm >= 0)
        clauses = &((const ExprBool *)scan->conditions.items[0])->args;
    for (uint32_t i = arm < 0 ? 0 : (uint32_t)arm; i < clauses->count; i++) {
        Expr *clause;
        TRY(column_first(x, clauses->items[i], &scan->gin[i], &clause));
        expr_list_add(x->arena, &list, clause);
        if (arm >= 0)
            break;
    }
    return explain_scan_condition(x, at, "Index Cond", &list);
}

/* The filter has the conditions that the index answered, too: those are what is checked again. */
static Status bitmap_lines(Explain *x, const ExplainAt *at, const ExprList *conditions) {
    const Plan *scan = at->plan;
    const PlanStats *stats = explain_stats(x, at->plan);
    ExprList others = {0};
    for (uint32_t i = 0; i < scan->filter.count; i++) {
        bool answered = false;
        for (uint32_t k = 0; k < conditions->count; k++)
            answered |= expr_equal(scan->filter.items[i], conditions->items[k]);
        if (!answered)
            expr_list_add(x->arena, &others, scan->filter.items[i]);
    }
    TRY(explain_scan_condition(x, at, "Recheck Cond", conditions));
    TRY(explain_scan_condition(x, at, "Filter", &others));
    if (stats != NULL)
        removed(x, others.count > 0 ? "Rows Removed by Filter" : "Rows Removed by Index Recheck",
                stats->filtered, stats);
    return STATUS_OK;
}

static Status index_lines(Explain *x, const ExplainAt *at) {
    const PlanIndexScan *scan = (const PlanIndexScan *)at->plan;
    const PlanStats *stats = explain_stats(x, at->plan);
    if (scan->gin_count > 0)
        return bitmap_lines(x, at, &scan->conditions);
    TRY(explain_scan_condition(x, at, "Index Cond", &scan->conditions));
    if (scan->conditions.count > 0 && stats != NULL && x->format != EXPLAIN_TEXT)
        explain_float(x, "Rows Removed by Index Recheck", NULL, 0, 0);
    TRY(filter_lines(x, at, true));
    if (scan->index_only && stats != NULL)
        explain_float(x, "Heap Fetches", NULL, stats->heap_fetches, 0);
    return STATUS_OK;
}

static Status point_lines(Explain *x, const ExplainAt *at) {
    const PlanPointGet *get = (const PlanPointGet *)at->plan;
    TRY(explain_scan_condition(x, at, "Index Cond", &get->conditions));
    if (get->conditions.count > 0 && explain_stats(x, at->plan) != NULL &&
        x->format != EXPLAIN_TEXT)
        explain_float(x, "Rows Removed by Index Recheck", NULL, 0, 0);
    return filter_lines(x, at, true);
}

static Status tid_lines(Explain *x, const ExplainAt *at) {
    const PlanTidScan *scan = (const PlanTidScan *)at->plan;
    ExprList conditions = scan->conditions;
    if (conditions.count == 0 && scan->current_of != NULL)
        conditions = expr_list_of(x->arena, 1, scan->current_of);
    TRY(condition(x, at, "TID Cond", &conditions, scan->tids.count > 0, x->verbose));
    return filter_lines(x, at, true);
}

static Status function_lines(Explain *x, const ExplainAt *at) {
    const PlanFunctionScan *scan = (const PlanFunctionScan *)at->plan;
    if (x->verbose) {
        StrBuf calls;
        strbuf_init(&calls, x->arena);
        for (uint32_t i = 0; i < scan->function_count; i++) {
            const char *text;
            TRY(explain_expr_text(x, at, scan->functions[i].call, x->verbose, false, &text));
            strbuf_printf(&calls, "%s%s", i > 0 ? ", " : "", text);
        }
        explain_text(x, "Function Call", strbuf_cstr(&calls));
    }
    return filter_lines(x, at, true);
}

static Status join_lines(Explain *x, const ExplainAt *at) {
    const PlanJoin *join = (const PlanJoin *)at->plan;
    const PlanStats *stats = explain_stats(x, at->plan);
    if (join->tag == PLAN_HASH_JOIN)
        TRY(upper_condition(x, at, "Hash Cond", &((const PlanHashJoin *)join)->key_conditions));
    if (join->tag == PLAN_MERGE_JOIN)
        TRY(upper_condition(x, at, "Merge Cond", &((const PlanMergeJoin *)join)->key_conditions));
    TRY(upper_condition(x, at, "Join Filter", &join->conditions));
    if (join->conditions.count > 0 && stats != NULL)
        removed(x, "Rows Removed by Join Filter", stats->join_filtered, stats);
    return filter_lines(x, at, false);
}

static Status aggregate_lines(Explain *x, const ExplainAt *at) {
    const PlanAggregate *agg = (const PlanAggregate *)at->plan;
    const PlanStats *stats = explain_stats(x, at->plan);
    TRY(group_keys(x, at, agg));
    TRY(upper_condition(x, at, "Filter", &agg->filter));
    aggregate_info(x, agg, stats);
    if (agg->filter.count > 0 && stats != NULL)
        removed(x, "Rows Removed by Filter", stats->filtered, stats);
    return STATUS_OK;
}

static Status conflict_lines(Explain *x, const ExplainAt *at, const PlanModify *modify) {
    const PlanOnConflict *conflict = modify->on_conflict;
    TextList arbiters = {0};
    explain_text(x, "Conflict Resolution", conflict->update ? "UPDATE" : "NOTHING");
    for (uint32_t i = 0; i < conflict->arbiter_count; i++) {
        const RelationDesc *index;
        TRY(catalog_relation_require(x->session->catalog, conflict->arbiters[i], &index));
        const char *name = arena_strdup(x->arena, index->name);
        vec_push(&arbiters, x->arena, name);
    }
    if (arbiters.count > 0)
        explain_list(x, "Conflict Arbiter Indexes", &arbiters);
    const PlanStats *stats = explain_stats(x, at->plan);
    TRY(upper_condition(x, at, "Conflict Filter", &conflict->where));
    if (conflict->where.count > 0 && stats != NULL)
        removed(x, "Rows Removed by Conflict Filter", stats->filtered, stats);
    if (stats == NULL)
        return STATUS_OK;
    const PlanStats *input = explain_stats(x, modify->left);
    explain_float(x, "Tuples Inserted", NULL, input->rows - stats->conflicts, 0);
    explain_float(x, "Conflicting Tuples", NULL, stats->conflicts, 0);
    return STATUS_OK;
}

static void merge_lines(Explain *x, const PlanModify *modify) {
    const PlanStats *stats = explain_stats(x, (const Plan *)modify);
    if (stats == NULL)
        return;
    static const char *const labels[] = {"Tuples Inserted", "Tuples Updated", "Tuples Deleted",
                                         "Tuples Skipped"};
    static const char *const words[] = {"inserted", "updated", "deleted", "skipped"};
    double total = explain_stats(x, modify->left)->rows;
    double counts[] = {stats->inserted, stats->updated, stats->deleted, 0};
    counts[3] = MAX(total - counts[0] - counts[1] - counts[2], 0.0);
    if (x->format != EXPLAIN_TEXT) {
        for (int i = 0; i < 4; i++)
            explain_float(x, labels[i], NULL, counts[i], 0);
        return;
    }
    if (total <= 0)
        return;
    explain_indent(x);
    strbuf_puts(&x->out, "Tuples:");
    for (int i = 0; i < 4; i++)
        if (counts[i] > 0)
            strbuf_printf(&x->out, " %s=%.0f", words[i], counts[i]);
    strbuf_putc(&x->out, '\n');
}

static Status modify_lines(Explain *x, const ExplainAt *at) {
    const PlanModify *modify = (const PlanModify *)at->plan;
    static const char *const words[] = {[COMMAND_INSERT] = "Insert",
                                        [COMMAND_UPDATE] = "Update",
                                        [COMMAND_DELETE] = "Delete",
                                        [COMMAND_MERGE] = "Merge"};
    bool several =
        modify->relation_count > 1 || (modify->relation_count == 1 && modify->root != 0 &&
                                       modify->relations[0].rt_index != modify->rt_index);
    if (several)
        explain_open(x, "Target Tables", "Target Tables", false);
    for (uint32_t i = 0; several && i < modify->relation_count; i++) {
        explain_open(x, "Target Table", NULL, true);
        if (x->format == EXPLAIN_TEXT) {
            explain_indent(x);
            strbuf_puts(&x->out, words[modify->command]);
        }
        TRY(explain_target(x, at->plan, modify->relations[i].rt_index));
        if (x->format == EXPLAIN_TEXT)
            strbuf_putc(&x->out, '\n');
        explain_close(x, "Target Table", true);
    }
    if (modify->on_conflict != NULL)
        TRY(conflict_lines(x, at, modify));
    else if (modify->command == COMMAND_MERGE)
        merge_lines(x, modify);
    if (several)
        explain_close(x, "Target Tables", false);
    return STATUS_OK;
}

static Status one_time_line(Explain *x, const ExplainAt *at) {
    if (at->plan->one_time == NULL)
        return STATUS_OK;
    ExprList list = expr_list_of(x->arena, 1, at->plan->one_time);
    return upper_condition(x, at, "One-Time Filter", &list);
}

static void gather_lines(Explain *x, const PlanGather *gather) {
    const PlanStats *stats = explain_stats(x, (const Plan *)gather);
    explain_integer(x, "Workers Planned", NULL, gather->workers);
    if (gather->evaluated_count > 0) {
        TextList params = {0};
        for (uint32_t i = 0; i < gather->evaluated_count; i++)
            vec_push(&params, x->arena, arena_printf(x->arena, "$%u", gather->evaluated[i]));
        explain_list(x, "Params Evaluated", &params);
    }
    if (stats != NULL)
        explain_integer(x, "Workers Launched", NULL, stats->workers_launched);
    if (x->format != EXPLAIN_TEXT)
        explain_bool(x, "Single Copy", false);
}

Status explain_details(Explain *x, const ExplainAt *at) {
    const Plan *plan = at->plan;
    TRY(one_time_line(x, at));
    switch (plan->tag) {
    case PLAN_INDEX_SCAN:
        return index_lines(x, at);
    case PLAN_BITMAP_SCAN:
        return bitmap_lines(x, at, &((const PlanBitmapScan *)plan)->conditions);
    case PLAN_POINT_GET:
        return point_lines(x, at);
    case PLAN_TID_SCAN:
        return tid_lines(x, at);
    case PLAN_FUNCTION_SCAN:
        return function_lines(x, at);
    case PLAN_SEQ_SCAN:
        if (((const PlanSeqScan *)plan)->sample != NULL)
            TRY(sample_lines(x, at, ((const PlanSeqScan *)plan)->sample));
        return filter_lines(x, at, true);
    case PLAN_TABLE_FUNC_SCAN:
    case PLAN_VALUES_SCAN:
    case PLAN_CTE_SCAN:
    case PLAN_WORK_TABLE_SCAN:
    case PLAN_TRANSITION_SCAN:
    case PLAN_SUBQUERY_SCAN:
        return filter_lines(x, at, true);
    case PLAN_NESTED_LOOP:
    case PLAN_HASH_JOIN:
    case PLAN_MERGE_JOIN:
        return join_lines(x, at);
    case PLAN_AGGREGATE:
        return aggregate_lines(x, at);
    case PLAN_WINDOW:
        TRY(filter_lines(x, at, false));
        return upper_condition(x, at, "Run Condition", &((const PlanWindow *)plan)->run_condition);
    case PLAN_SORT: {
        const PlanSort *sort = (const PlanSort *)plan;
        TRY(sort_keys(x, at, sort->keys, sort->key_count, sort->presorted));
        sort_info(x, explain_stats(x, plan));
        return STATUS_OK;
    }
    case PLAN_MERGE_APPEND:
        return sort_keys(x, at, ((const PlanMergeAppend *)plan)->keys,
                         ((const PlanMergeAppend *)plan)->key_count, 0);
    case PLAN_GATHER:
        gather_lines(x, (const PlanGather *)plan);
        return STATUS_OK;
    case PLAN_MEMOIZE:
        return memoize_lines(x, at, (const PlanMemoize *)plan);
    case PLAN_MODIFY:
        return modify_lines(x, at);
    default:
        return filter_lines(x, at, false);
    }
}
