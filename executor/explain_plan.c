/* explain_plan.c: a plan's nodes, top down. */
#include "executor/explain_int.h"

#include "catalog/name.h"
#include "runtime/fiber.h"

#include <string.h>

/* How a node is called: in text, in other formats, and what those add. */
typedef struct NodeName {
    const char *text;
    const char *node;
    const char *strategy;
    const char *partial;
    const char *operation;
} NodeName;

static const char *const plain_names[PLAN_TAG_COUNT] = {
    [PLAN_RESULT] = "Result",
    [PLAN_SEQ_SCAN] = "Seq Scan",
    [PLAN_TID_SCAN] = "Tid Scan",
    [PLAN_INDEX_SCAN] = "Index Scan",
    [PLAN_BITMAP_SCAN] = "Bitmap Heap Scan",
    [PLAN_FUNCTION_SCAN] = "Function Scan",
    [PLAN_TABLE_FUNC_SCAN] = "Table Function Scan",
    [PLAN_VALUES_SCAN] = "Values Scan",
    [PLAN_CTE_SCAN] = "CTE Scan",
    [PLAN_WORK_TABLE_SCAN] = "WorkTable Scan",
    [PLAN_TRANSITION_SCAN] = "Named Tuplestore Scan",
    [PLAN_POINT_GET] = "Index Scan",
    [PLAN_SUBQUERY_SCAN] = "Subquery Scan",
    [PLAN_WINDOW] = "WindowAgg",
    [PLAN_SORT] = "Sort",
    [PLAN_LIMIT] = "Limit",
    [PLAN_UNIQUE] = "Unique",
    [PLAN_MATERIALIZE] = "Materialize",
    [PLAN_MEMOIZE] = "Memoize",
    [PLAN_PROJECT_SET] = "ProjectSet",
    [PLAN_LOCK_ROWS] = "LockRows",
    [PLAN_GATHER] = "Gather",
    [PLAN_NESTED_LOOP] = "Nested Loop",
    [PLAN_HASH_JOIN] = "Hash Join",
    [PLAN_MERGE_JOIN] = "Merge Join",
    [PLAN_RECURSIVE_UNION] = "Recursive Union",
    [PLAN_APPEND] = "Append",
    [PLAN_MERGE_APPEND] = "Merge Append",
};

static NodeName aggregate_name(const PlanAggregate *agg) {
    static const NodeName names[] = {
        [AGG_PLAIN] = {"Aggregate", "Aggregate", "Plain", "Simple", NULL},
        [AGG_SORTED] = {"GroupAggregate", "Aggregate", "Sorted", "Simple", NULL},
        [AGG_HASHED] = {"HashAggregate", "Aggregate", "Hashed", "Simple", NULL},
        [AGG_MIXED] = {"MixedAggregate", "Aggregate", "Mixed", "Simple", NULL}};
    if (agg->strategy == AGG_SORTED && agg->agg_count == 0 && agg->set_count == 0)
        return (NodeName){.text = "Group", .node = "Group"};
    NodeName name = names[agg->strategy];
    if (agg->phase == AGG_WHOLE)
        return name;
    static const char *const texts[][2] = {
        [AGG_PLAIN] = {"Partial Aggregate", "Finalize Aggregate"},
        [AGG_HASHED] = {"Partial HashAggregate", "Finalize HashAggregate"}};
    bool final = agg->phase == AGG_FINALIZE;
    name.text = texts[agg->strategy][final];
    name.partial = final ? "Finalize" : "Partial";
    return name;
}

static NodeName node_name(const Plan *plan) {
    static const char *const changes[] = {[COMMAND_INSERT] = "Insert",
                                          [COMMAND_UPDATE] = "Update",
                                          [COMMAND_DELETE] = "Delete",
                                          [COMMAND_MERGE] = "Merge"};
    NodeName name = {.text = plain_names[plan->tag], .node = plain_names[plan->tag]};
    switch (plan->tag) {
    case PLAN_MODIFY:
        name.text = name.operation = changes[((const PlanModify *)plan)->command];
        name.node = "ModifyTable";
        break;
    case PLAN_AGGREGATE:
        return aggregate_name((const PlanAggregate *)plan);
    case PLAN_SET_OP: {
        bool hashed = ((const PlanSetOp *)plan)->hashed;
        return (NodeName){.text = hashed ? "HashSetOp" : "SetOp",
                          .node = "SetOp",
                          .strategy = hashed ? "Hashed" : "Sorted"};
    }
    case PLAN_INDEX_SCAN:
        if (((const PlanIndexScan *)plan)->index_only)
            name.text = name.node = "Index Only Scan";
        if (((const PlanIndexScan *)plan)->gin_count > 0)
            name.text = name.node = "Bitmap Heap Scan";
        break;
    case PLAN_SEQ_SCAN:
        if (((const PlanSeqScan *)plan)->sample != NULL)
            name.text = name.node = "Sample Scan";
        break;
    case PLAN_TID_SCAN: {
        const PlanTidScan *scan = (const PlanTidScan *)plan;
        if (scan->tids.count == 0 && scan->current_of == NULL)
            name.text = name.node = "Tid Range Scan";
        break;
    }
    case PLAN_SORT:
        if (((const PlanSort *)plan)->presorted > 0)
            name.text = name.node = "Incremental Sort";
        break;
    case PLAN_HASH_JOIN:
        name.text = "Hash"; /* "Join" follows the kind of join */
        break;
    case PLAN_MERGE_JOIN:
        name.text = "Merge";
        break;
    default:
        break;
    }
    return name;
}

/* ---- what the node is about ---- */

static Status target_object(const Plan *plan, const RangeEntry *entry, CatalogSession *catalog,
                            const char **name_out, Oid *nsp_out, const char **label_out) {
    const RelationDesc *relation;
    const ProcDesc *proc;
    *name_out = NULL;
    *nsp_out = OID_INVALID;
    *label_out = NULL;
    switch (plan->tag) {
    case PLAN_FUNCTION_SCAN: {
        const PlanFunctionScan *scan = (const PlanFunctionScan *)plan;
        *label_out = "Function Name";
        if (scan->function_count != 1 || scan->functions[0].call->tag != EXPR_FUNC)
            return STATUS_OK;
        TRY(catalog_proc(catalog, ((const ExprFunc *)scan->functions[0].call)->function, &proc));
        if (proc == NULL)
            return STATUS_OK;
        *name_out = proc->name;
        *nsp_out = proc->nsp;
        return STATUS_OK;
    }
    case PLAN_TABLE_FUNC_SCAN:
        *label_out = "Table Function Name";
        *name_out = "xmltable";
        return STATUS_OK;
    case PLAN_CTE_SCAN:
        *label_out = "CTE Name";
        *name_out = ((const PlanCteScan *)plan)->cte_name;
        return STATUS_OK;
    case PLAN_TRANSITION_SCAN:
        *label_out = "Tuplestore Name";
        *name_out = ((const PlanTransitionScan *)plan)->name;
        return STATUS_OK;
    case PLAN_WORK_TABLE_SCAN:
        *label_out = "CTE Name";
        *name_out = ((const PlanWorkTableScan *)plan)->cte_name;
        return STATUS_OK;
    case PLAN_VALUES_SCAN:
    case PLAN_SUBQUERY_SCAN:
        return STATUS_OK;
    default:
        *label_out = "Relation Name";
        TRY(catalog_relation_require(catalog, entry->relation, &relation));
        *name_out = relation->name;
        *nsp_out = relation->nsp;
        return STATUS_OK;
    }
}

Status explain_target(Explain *x, const Plan *plan, uint32_t rt_index) {
    if (rt_index == 0 || rt_index > x->names.range_count)
        return error(ERR_INTERNAL_ERROR, "unknown relation in a plan");
    const RangeEntry *entry = query_rte(&x->names, rt_index);
    CatalogSession *catalog = x->session->catalog;
    const char *name, *label, *schema = NULL;
    Oid nsp;
    TRY(target_object(plan, entry, catalog, &name, &nsp, &label));
    if (name != NULL)
        name = arena_strdup(x->arena, name);
    if (x->verbose && nsp != OID_INVALID)
        TRY(namespace_name(catalog, nsp, &schema));
    const char *alias = entry->name != NULL ? entry->name : name != NULL ? name : "";
    if (x->format != EXPLAIN_TEXT) {
        if (name != NULL && label != NULL)
            explain_text(x, label, name);
        if (schema != NULL)
            explain_text(x, "Schema", schema);
        explain_text(x, "Alias", alias);
        return STATUS_OK;
    }
    strbuf_puts(&x->out, " on");
    if (schema != NULL)
        strbuf_printf(&x->out, " %s.%s", quote_ident(catalog, x->arena, schema),
                      quote_ident(catalog, x->arena, name));
    else if (name != NULL)
        strbuf_printf(&x->out, " %s", quote_ident(catalog, x->arena, name));
    if (name == NULL || strcmp(alias, name) != 0)
        strbuf_printf(&x->out, " %s", quote_ident(catalog, x->arena, alias));
    return STATUS_OK;
}

static Status index_used(Explain *x, Oid index, bool backward) {
    CatalogSession *catalog = x->session->catalog;
    const RelationDesc *desc;
    TRY(catalog_relation_require(catalog, index, &desc));
    if (x->format == EXPLAIN_TEXT) {
        strbuf_printf(&x->out, "%s using %s", backward ? " Backward" : "",
                      quote_ident(catalog, x->arena, desc->name));
        return STATUS_OK;
    }
    const char *name = arena_strdup(x->arena, desc->name);
    explain_text(x, "Scan Direction", backward ? "Backward" : "Forward");
    explain_text(x, "Index Name", name);
    return STATUS_OK;
}

static void join_kind(Explain *x, const PlanJoin *join) {
    static const char *const kinds[] = {
        [JOIN_INNER] = "Inner", [JOIN_LEFT] = "Left", [JOIN_FULL] = "Full",
        [JOIN_RIGHT] = "Right", [JOIN_SEMI] = "Semi", [JOIN_ANTI] = "Anti"};
    if (x->format != EXPLAIN_TEXT)
        explain_text(x, "Join Type", kinds[join->join_kind]);
    else if (join->join_kind != JOIN_INNER)
        strbuf_printf(&x->out, " %s Join", kinds[join->join_kind]);
    else if (join->tag != PLAN_NESTED_LOOP)
        strbuf_puts(&x->out, " Join");
}

static void set_op_kind(Explain *x, const PlanSetOp *op) {
    const char *kind = op->op == SETOP_INTERSECT ? op->all ? "Intersect All" : "Intersect"
                       : op->all                 ? "Except All"
                                                 : "Except";
    if (x->format == EXPLAIN_TEXT)
        strbuf_printf(&x->out, " %s", kind);
    else
        explain_text(x, "Command", kind);
}

static Status subject(Explain *x, const Plan *plan) {
    switch (plan->tag) {
    case PLAN_INDEX_SCAN: {
        const PlanIndexScan *scan = (const PlanIndexScan *)plan;
        if (scan->gin_count == 0)
            TRY(index_used(x, scan->index, scan->backward));
        return explain_target(x, plan, scan->rt_index);
    }
    case PLAN_POINT_GET:
        TRY(index_used(x, ((const PlanPointGet *)plan)->index, false));
        return explain_target(x, plan, ((const PlanPointGet *)plan)->rt_index);
    case PLAN_SEQ_SCAN:
    case PLAN_TID_SCAN:
    case PLAN_BITMAP_SCAN:
        return explain_target(x, plan, ((const PlanScan *)plan)->rt_index);
    case PLAN_FUNCTION_SCAN:
        return explain_target(x, plan, ((const PlanFunctionScan *)plan)->rt_index);
    case PLAN_TABLE_FUNC_SCAN:
        return explain_target(x, plan, ((const PlanTableFuncScan *)plan)->rt_index);
    case PLAN_VALUES_SCAN:
        return explain_target(x, plan, ((const PlanValuesScan *)plan)->rt_index);
    case PLAN_CTE_SCAN:
        return explain_target(x, plan, ((const PlanCteScan *)plan)->rt_index);
    case PLAN_WORK_TABLE_SCAN:
        return explain_target(x, plan, ((const PlanWorkTableScan *)plan)->rt_index);
    case PLAN_TRANSITION_SCAN:
        return explain_target(x, plan, ((const PlanTransitionScan *)plan)->rt_index);
    case PLAN_SUBQUERY_SCAN:
        return explain_target(x, plan, ((const PlanSubqueryScan *)plan)->rt_index);
    case PLAN_MODIFY:
        return explain_target(x, plan, ((const PlanModify *)plan)->rt_index);
    case PLAN_NESTED_LOOP:
    case PLAN_HASH_JOIN:
    case PLAN_MERGE_JOIN:
        join_kind(x, (const PlanJoin *)plan);
        return STATUS_OK;
    case PLAN_SET_OP:
        set_op_kind(x, (const PlanSetOp *)plan);
        return STATUS_OK;
    default:
        return STATUS_OK;
    }
}

/* ---- the node's first line ---- */

const PlanStats *explain_stats(const Explain *x, const Plan *plan) {
    return x->stats == NULL ? NULL : &x->stats[plan->id];
}

static void head(Explain *x, const NodeName *name, bool aware, const char *relationship,
                 const char *plan_name) {
    explain_open(x, "Plan", relationship == NULL ? "Plan" : NULL, true);
    if (x->format != EXPLAIN_TEXT) {
        explain_text(x, "Node Type", name->node);
        if (name->strategy != NULL)
            explain_text(x, "Strategy", name->strategy);
        if (name->partial != NULL)
            explain_text(x, "Partial Mode", name->partial);
        if (name->operation != NULL)
            explain_text(x, "Operation", name->operation);
        if (relationship != NULL)
            explain_text(x, "Parent Relationship", relationship);
        if (plan_name != NULL)
            explain_text(x, "Subplan Name", plan_name);
        explain_bool(x, "Parallel Aware", aware);
        explain_bool(x, "Async Capable", false);
        return;
    }
    if (plan_name != NULL) {
        explain_indent(x);
        strbuf_printf(&x->out, "%s\n", plan_name);
        x->indent++;
    }
    if (x->indent > 0) {
        explain_indent(x);
        strbuf_puts(&x->out, "->  ");
        x->indent += 2;
    }
    if (aware)
        strbuf_puts(&x->out, "Parallel ");
    strbuf_puts(&x->out, name->text);
    x->indent++;
}

static void costs(Explain *x, const Plan *plan, double startup) {
    if (!x->costs)
        return;
    if (x->format == EXPLAIN_TEXT) {
        strbuf_printf(&x->out, "  (cost=%.2f..%.2f rows=%.0f width=%u)", startup, plan->total_cost,
                      plan->rows, plan->width);
        return;
    }
    explain_float(x, "Startup Cost", NULL, startup, 2);
    explain_float(x, "Total Cost", NULL, plan->total_cost, 2);
    explain_float(x, "Plan Rows", NULL, plan->rows, 0);
    explain_integer(x, "Plan Width", NULL, plan->width);
}

static void actual(Explain *x, const PlanStats *stats, bool startup_is_total) {
    if (stats == NULL)
        return;
    bool ran = stats->executed && stats->loops > 0;
    double loops = ran ? stats->loops : 0, by = ran ? loops : 1;
    double total = ran ? stats->total_micros / 1000 / by : 0;
    double startup = !ran ? 0 : startup_is_total ? total : stats->startup_micros / 1000 / by;
    double rows = ran ? stats->rows / by : 0;
    if (x->format == EXPLAIN_TEXT) {
        if (!ran)
            strbuf_puts(&x->out, " (never executed)");
        else if (x->timing)
            strbuf_printf(&x->out, " (actual time=%.3f..%.3f rows=%.0f loops=%.0f)", startup, total,
                          rows, loops);
        else
            strbuf_printf(&x->out, " (actual rows=%.0f loops=%.0f)", rows, loops);
        return;
    }
    if (x->timing) {
        explain_float(x, "Actual Startup Time", "ms", startup, 3);
        explain_float(x, "Actual Total Time", "ms", total, 3);
    }
    explain_float(x, "Actual Rows", NULL, rows, 0);
    explain_float(x, "Actual Loops", NULL, loops, 0);
}

static void end_head(Explain *x) {
    if (x->format == EXPLAIN_TEXT)
        strbuf_putc(&x->out, '\n');
}

/* ---- children ---- */

static bool is_join(const Plan *plan) {
    return plan->tag == PLAN_NESTED_LOOP || plan->tag == PLAN_HASH_JOIN ||
           plan->tag == PLAN_MERGE_JOIN;
}

/* The table that a hash join makes of its right side shows as a node of its own. */
static Status hash_node(Explain *x, const ExplainAt *up, const Plan *join) {
    static const NodeName name = {.text = "Hash", .node = "Hash"};
    const Plan *input = join->right;
    Plan hash = *input;
    hash.tag = PLAN_MATERIALIZE;
    hash.left = (Plan *)input;
    hash.filter = (ExprList){0};
    hash.targets = arena_array(x->arena, PlanTarget, input->target_count + 1);
    for (uint32_t i = 0; i < input->target_count; i++)
        hash.targets[i].expr =
            (Expr *)expr_slot(x->arena, SLOT_LEFT, (int32_t)i, input->targets[i].expr);
    ExplainAt at = {.plan = &hash, .up = up};
    int indent = x->indent;
    head(x, &name, false, "Inner", NULL);
    costs(x, input, input->total_cost);
    actual(x, explain_stats(x, input), true);
    end_head(x);
    if (x->verbose)
        TRY(explain_output(x, &at, &hash));
    explain_hash_info(x, explain_stats(x, join));
    if (x->buffers)
        explain_buffers(x, explain_stats(x, input), false);
    explain_open(x, "Plans", "Plans", false);
    TRY(explain_node(x, &at, input, "Outer", NULL));
    explain_close(x, "Plans", false);
    if (x->format == EXPLAIN_TEXT)
        x->indent = indent;
    explain_close(x, "Plan", true);
    return STATUS_OK;
}

static bool is_bitmap(const Plan *plan) {
    return plan->tag == PLAN_BITMAP_SCAN ||
           (plan->tag == PLAN_INDEX_SCAN && ((const PlanIndexScan *)plan)->gin_count > 0);
}

/* What finds the rows shows as nodes of their own, below what fetches them. Returns the indent before. */
static int bitmap_open(Explain *x, const ExplainAt *up, const char *text, const char *relationship,
                       const char *index, double cost, double rows) {
    NodeName name = {.text = text, .node = text};
    Plan own = *up->plan;
    int indent = x->indent;
    own.total_cost = cost;
    own.rows = rows;
    own.width = 0;
    head(x, &name, false, relationship, NULL);
    if (index != NULL && x->format == EXPLAIN_TEXT)
        strbuf_printf(&x->out, " on %s", quote_ident(x->session->catalog, x->arena, index));
    else if (index != NULL)
        explain_text(x, "Index Name", index);
    costs(x, &own, 0);
    actual(x, explain_stats(x, up->plan), true);
    end_head(x);
    return indent;
}

static void bitmap_close(Explain *x, int indent) {
    if (x->format == EXPLAIN_TEXT)
        x->indent = indent;
    explain_close(x, "Plan", true);
}

static Status index_named(Explain *x, Oid index, const char **out) {
    *out = NULL;
    TRY(relation_name(x->session->catalog, index, out));
    *out = *out == NULL ? "???" : *out;
    return STATUS_OK;
}

/* arm: of an OR; else -1. */
static Status gin_search(Explain *x, const ExplainAt *up, int arm) {
    const PlanIndexScan *scan = (const PlanIndexScan *)up->plan;
    const char *index;
    TRY(index_named(x, scan->index, &index));
    int indent = bitmap_open(x, up, "Bitmap Index Scan", arm < 0 ? "Outer" : "Member", index,
                             scan->startup_cost, scan->rows);
    TRY(explain_index_condition(x, up, arm));
    bitmap_close(x, indent);
    return STATUS_OK;
}

static Status gin_node(Explain *x, const ExplainAt *up) {
    const PlanIndexScan *scan = (const PlanIndexScan *)up->plan;
    if (!scan->gin_any)
        return gin_search(x, up, -1);
    int indent = bitmap_open(x, up, "BitmapOr", "Outer", NULL, scan->startup_cost, scan->rows);
    explain_open(x, "Plans", "Plans", false);
    for (uint32_t i = 0; i < scan->gin_count; i++)
        TRY(gin_search(x, up, (int)i));
    explain_close(x, "Plans", false);
    bitmap_close(x, indent);
    return STATUS_OK;
}

static Status bitmap_node(Explain *x, const ExplainAt *up, const PlanBitmap *bitmap,
                          const char *relationship) {
    static const char *const names[] = {"Bitmap Index Scan", "BitmapAnd", "BitmapOr"};
    const char *index = NULL;
    TRY(fiber_stack_check());
    if (bitmap->kind == BITMAP_INDEX)
        TRY(index_named(x, bitmap->index, &index));
    int indent = bitmap_open(x, up, names[bitmap->kind], relationship, index, bitmap->total_cost,
                             bitmap->rows);
    if (bitmap->kind == BITMAP_INDEX)
        TRY(explain_scan_condition(x, up, "Index Cond", &bitmap->conditions));
    if (bitmap->part_count > 0)
        explain_open(x, "Plans", "Plans", false);
    for (uint32_t i = 0; i < bitmap->part_count; i++)
        TRY(bitmap_node(x, up, bitmap->parts[i], "Member"));
    if (bitmap->part_count > 0)
        explain_close(x, "Plans", false);
    bitmap_close(x, indent);
    return STATUS_OK;
}

static Status bitmap_nodes(Explain *x, const ExplainAt *at) {
    if (at->plan->tag == PLAN_BITMAP_SCAN)
        return bitmap_node(x, at, ((const PlanBitmapScan *)at->plan)->bitmap, "Outer");
    return gin_node(x, at);
}

static Status init_plans(Explain *x, const ExplainAt *at) {
    const Plan *plan = at->plan;
    for (uint32_t i = 0; i < plan->init_count; i++) {
        const PlanInit *init = &plan->inits[i];
        if (x->printed_subplans[init->plan])
            continue;
        x->printed_subplans[init->plan] = true;
        TRY(explain_node(x, at, x->statement->subplans[init->plan], "InitPlan", init->name));
    }
    return STATUS_OK;
}

static Status subplan_node(Explain *x, const ExplainAt *at, const ExprSubPlan *subplan) {
    if (x->printed_subplans[subplan->plan])
        return STATUS_OK;
    x->printed_subplans[subplan->plan] = true;
    static const char hashed[] = "hashed ";
    const char *name = subplan->name;
    if (strncmp(name, hashed, sizeof(hashed) - 1) == 0)
        name += sizeof(hashed) - 1;
    ExplainAt between = {.subplan = subplan, .up = at};
    return explain_node(x, &between, x->statement->subplans[subplan->plan], "SubPlan", name);
}

static const PlanPrune *prune_of(const Plan *plan) {
    return plan->tag == PLAN_APPEND         ? ((const PlanAppend *)plan)->prune
           : plan->tag == PLAN_MERGE_APPEND ? ((const PlanMergeAppend *)plan)->prune
                                            : NULL;
}

bool explain_was_pruned(Explain *x, const Plan *append, const Plan *child) {
    const PlanPrune *prune = prune_of(append);
    const PlanStats *own = explain_stats(x, append), *stats = explain_stats(x, child);
    return prune != NULL && prune->once && own != NULL && own->executed && stats != NULL &&
           !stats->executed;
}

static int64_t pruned_count(Explain *x, const Plan *append) {
    Plan **children = append->tag == PLAN_APPEND ? ((const PlanAppend *)append)->children
                                                 : ((const PlanMergeAppend *)append)->children;
    uint32_t count = append->tag == PLAN_APPEND ? ((const PlanAppend *)append)->child_count
                                                : ((const PlanMergeAppend *)append)->child_count;
    int64_t pruned = 0;
    for (uint32_t i = 0; i < count; i++)
        pruned += explain_was_pruned(x, append, children[i]);
    return pruned;
}

static Status members(Explain *x, const ExplainAt *at, Plan **children, uint32_t count) {
    for (uint32_t i = 0; i < count; i++)
        if (!explain_was_pruned(x, at->plan, children[i]))
            TRY(explain_node(x, at, children[i], "Member", NULL));
    return STATUS_OK;
}

static Status children(Explain *x, const ExplainAt *at) {
    const Plan *plan = at->plan;
    TRY(init_plans(x, at));
    if (is_bitmap(plan))
        TRY(bitmap_nodes(x, at));
    if (plan->left != NULL)
        TRY(explain_node(x, at, plan->left, plan->tag == PLAN_SUBQUERY_SCAN ? "Subquery" : "Outer",
                         NULL));
    if (plan->tag == PLAN_HASH_JOIN)
        TRY(hash_node(x, at, plan));
    else if (plan->right != NULL)
        TRY(explain_node(x, at, plan->right, "Inner", NULL));
    if (plan->tag == PLAN_APPEND)
        TRY(members(x, at, ((const PlanAppend *)plan)->children,
                    ((const PlanAppend *)plan)->child_count));
    if (plan->tag == PLAN_MERGE_APPEND)
        TRY(members(x, at, ((const PlanMergeAppend *)plan)->children,
                    ((const PlanMergeAppend *)plan)->child_count));
    return explain_each_subplan(x, at, subplan_node);
}

static Status body(Explain *x, const ExplainAt *at) {
    const Plan *plan = at->plan;
    if (x->verbose)
        TRY(explain_output(x, at, plan));
    if (is_join(plan)) {
        bool unique = ((const PlanJoin *)plan)->inner_unique;
        if (x->format != EXPLAIN_TEXT || (x->verbose && unique))
            explain_bool(x, "Inner Unique", unique);
    }
    TRY(explain_details(x, at));
    if (x->buffers && x->stats != NULL)
        explain_buffers(x, explain_stats(x, plan), false);
    bool append = plan->tag == PLAN_APPEND || plan->tag == PLAN_MERGE_APPEND;
    int64_t pruned = append ? pruned_count(x, plan) : 0;
    if (append && (x->format != EXPLAIN_TEXT || pruned > 0))
        explain_integer(x, "Subplans Removed", NULL, pruned);
    bool has_children = append || is_bitmap(plan) || plan->left != NULL || plan->right != NULL ||
                        plan->init_count > 0 || explain_has_subplan(x, at);
    if (!has_children)
        return STATUS_OK;
    explain_open(x, "Plans", "Plans", false);
    TRY(children(x, at));
    explain_close(x, "Plans", false);
    return STATUS_OK;
}

Status explain_node(Explain *x, const ExplainAt *up, const Plan *plan, const char *relationship,
                    const char *plan_name) {
    TRY(fiber_stack_check());
    int indent = x->indent;
    ExplainAt at = {.plan = plan, .up = up};
    NodeName name = node_name(plan);
    head(x, &name, plan->parallel_aware, relationship, plan_name);
    TRY(subject(x, plan));
    costs(x, plan, plan->startup_cost);
    actual(x, explain_stats(x, plan), false);
    end_head(x);
    TRY(body(x, &at));
    if (x->format == EXPLAIN_TEXT)
        x->indent = indent;
    explain_close(x, "Plan", true);
    return STATUS_OK;
}
