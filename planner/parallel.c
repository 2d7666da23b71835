/*
 * parallel.c: rows that several workers make together (manual: Parallel Query).
 *
 * A partial path makes some of a relation's rows wherever it is run, and all its runs together make each
 * row once: a scan whose runs divide the table, an append whose runs divide the members, a join of a
 * partial left side with the whole of the right side. A gather on top runs it in several workers and is
 * a path like any other. Costs are PostgreSQL's: a run does its share of the processor's work; reading
 * pages is not shared.
 */
#include "planner/rels_int.h"

#include <stdlib.h>

/* ---- what may run in a worker ---- */

typedef struct Safety {
    Level *level;
    bool unsafe;
} Safety;

/* Workers have no users' code, and no session but its catalogs and settings: what reaches for more is
 * registered by the layers above types/. */
static bool function_is_safe(Planner *planner, Oid function) {
    const ProcDesc *proc = NULL;
    if (fn_is_registered(function))
        return false;
    status_free(catalog_proc(planner->catalog, function, &proc));
    return proc != NULL && proc->parallel == 's' && fn_by_oid(function) != NULL;
}

static bool param_is_init(const Level *level, uint32_t param) {
    return bitset_has(level->planner->init_params, (int)param);
}

static bool unsafe_visit(Expr *expr, void *arg) {
    Safety *safety = arg;
    Planner *planner = safety->level->planner;
    switch (expr->tag) {
    case EXPR_FUNC:
    case EXPR_DISTINCT:
    case EXPR_NULLIF:
        safety->unsafe |= !function_is_safe(planner, ((const ExprFunc *)expr)->function);
        break;
    case EXPR_SCALAR_ARRAY_OP:
        safety->unsafe |= !function_is_safe(planner, ((const ExprScalarArrayOp *)expr)->function);
        break;
    case EXPR_AGG:
        safety->unsafe |= !function_is_safe(planner, ((const ExprAgg *)expr)->function);
        break;
    case EXPR_ROW_COMPARE: {
        const ExprRowCompare *compare = (const ExprRowCompare *)expr;
        for (uint32_t i = 0; i < compare->left.count; i++)
            safety->unsafe |= !function_is_safe(planner, compare->functions[i]);
        break;
    }
    case EXPR_PARAM: {
        const ExprParam *param = (const ExprParam *)expr;
        safety->unsafe |=
            param->kind == PARAM_MULTI ||
            (param->kind == PARAM_EXEC && !param_is_init(safety->level, param->number));
        break;
    }
    case EXPR_SUB_LINK:
    case EXPR_SUB_PLAN:
    case EXPR_CURRENT_OF:
    case EXPR_NEXT_VALUE:
    case EXPR_COERCE_DOMAIN:
    case EXPR_DOMAIN_VALUE:
    case EXPR_XML:
        safety->unsafe = true;
        break;
    case EXPR_COLUMN:
        safety->unsafe |= ((const ExprColumn *)expr)->levels_up > 0;
        break;
    default:
        break;
    }
    return safety->unsafe || expr_walk(expr, unsafe_visit, arg);
}

bool parallel_expr_safe(Level *level, const Expr *expr) {
    Safety safety = {level, false};
    if (expr != NULL)
        unsafe_visit((Expr *)(uintptr_t)expr, &safety);
    return !safety.unsafe;
}

static bool quals_safe(Level *level, const QualVec *quals) {
    for (size_t i = 0; i < quals->count; i++)
        if (!parallel_expr_safe(level, quals->items[i]->clause))
            return false;
    return true;
}

bool parallel_wanted(const Level *level) {
    const Planner *planner = level->planner;
    return planner->parallel_ok && planner->settings->max_parallel_workers_per_gather > 0;
}

/* A table that everybody sees alike, and conditions that may be tested anywhere. */
static bool table_is_safe(Level *level, const Rel *rel) {
    const RelationDesc *desc = rel->desc;
    return parallel_wanted(level) && rel->entry->kind == RTE_RELATION && desc != NULL &&
           desc->oid >= OID_FIRST_NORMAL && desc->persistence != 't' &&
           (desc->kind == 'r' || desc->kind == 'm' || desc->kind == 'p') &&
           rel->entry->sample == NULL && bitset_empty(rel->lateral) &&
           quals_safe(level, &rel->restrict_);
}

bool parallel_path_safe(Level *level, const Path *path) {
    switch (path->kind) {
    case PATH_SEQ:
    case PATH_INDEX:
    case PATH_BITMAP:
    case PATH_POINT:
        return path->workers == 0 && table_is_safe(level, path->rel) &&
               quals_safe(level, &path->param_quals);
    case PATH_APPEND:
        for (size_t i = 0; i < path->children.count; i++)
            if (!parallel_path_safe(level, path->children.items[i]))
                return false;
        return path->workers == 0;
    case PATH_LOOP:
    case PATH_HASH:
    case PATH_MERGE:
        return parallel_path_safe(level, path->left) && parallel_path_safe(level, path->right) &&
               quals_safe(level, &path->join_quals);
    case PATH_SORT:
    case PATH_MATERIAL:
    case PATH_MEMOIZE:
    case PATH_UNIQUE:
        return parallel_path_safe(level, path->child);
    default:
        return false;
    }
}

Path *parallel_whole_path(Level *level, const Rel *rel) {
    Path *best = NULL;
    for (size_t i = 0; i < rel->paths.count; i++) {
        Path *path = rel->paths.items[i];
        if (bitset_empty(path->outer) && (best == NULL || path->total < best->total) &&
            !path->gathers && parallel_path_safe(level, path))
            best = path;
    }
    return best;
}

/* ---- how many, and what it saves ---- */

double parallel_divisor(const Planner *planner, uint32_t workers) {
    double leader = 1.0 - 0.3 * workers;
    return workers + (planner->settings->parallel_leader_participation ? fmax(0, leader) : 0);
}

/* A worker for each tripling of the table's size. */
static uint32_t scan_workers(const Planner *planner, const Rel *rel) {
    const PlannerSettings *set = planner->settings;
    const char *given = relation_option(rel->desc, "parallel_workers");
    double max = set->max_parallel_workers_per_gather, workers = 1;
    if (given != NULL) {
        workers = strtod(given, NULL);
    } else {
        if (rel->parent == NULL && rel->pages < set->min_parallel_table_scan_size)
            return 0;
        for (double size = fmax(set->min_parallel_table_scan_size, 1); rel->pages >= size * 3;
             size *= 3)
            workers++;
    }
    return (uint32_t)fmin(workers, max);
}

static void partial_add(Rel *rel, Path *path) {
    if (rel->partial == NULL || path->total < rel->partial->total)
        rel->partial = path;
}

void parallel_scan_path(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    uint32_t workers = table_is_safe(level, rel) ? scan_workers(planner, rel) : 0;
    if (workers == 0)
        return;
    Path *path = seq_path(level, rel);
    double divisor = parallel_divisor(planner, workers);
    double pages = planner->settings->seq_page_cost * rel->pages;
    double off = planner->settings->enable_seqscan ? 0 : 1e10;
    double processor = path->total - off - (path->startup - off) - pages;
    path->workers = workers;
    path->total -= processor - processor / divisor;
    path->rows = clamp_rows(path->rows / divisor);
    partial_add(rel, path);
}

/* ---- tables with children ---- */

/* What members cost that are run by one worker each: the longest queue of them. */
static double single_members_cost(const Path *path) {
    double busy[64] = {0}, longest = 0;
    uint32_t workers = (uint32_t)fmin(path->workers, ARRAY_LEN(busy));
    for (uint32_t i = 0; i < path->first_partial; i++) {
        uint32_t least = 0;
        for (uint32_t w = 1; w < workers; w++)
            if (busy[w] < busy[least])
                least = w;
        busy[least] += path->children.items[i]->total;
        longest = fmax(longest, busy[least]);
    }
    return longest;
}

static void append_costs(Planner *planner, Path *path) {
    double divisor = parallel_divisor(planner, path->workers), rows = 0;
    path->total = single_members_cost(path);
    for (size_t i = 0; i < path->children.count; i++) {
        const Path *child = path->children.items[i];
        if (i == 0 || (i < path->workers && child->startup < path->startup))
            path->startup = child->startup;
        rows += i < path->first_partial
                    ? child->rows / divisor
                    : child->rows * (parallel_divisor(planner, child->workers) / divisor);
        if (i >= path->first_partial)
            path->total += child->total;
    }
    path->rows = clamp_rows(rows);
    path->total += planner->settings->cpu_tuple_cost * 0.5 * path->rows;
}

/* Dearest first; among equals as they come. */
static void add_member(Path *path, Path *member, size_t from, Arena *arena) {
    vec_push(&path->children, arena, member);
    size_t at = path->children.count - 1;
    for (; path->shares && at > from && path->children.items[at - 1]->total < member->total; at--)
        path->children.items[at] = path->children.items[at - 1];
    path->children.items[at] = member;
}

void parallel_append_path(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    const PlannerSettings *set = planner->settings;
    Path *path = arena_new(planner->arena, Path);
    uint32_t count = (uint32_t)rel->children.count;
    if (!parallel_wanted(level) || count == 0 || !bitset_empty(rel->lateral))
        return;
    path->shares = set->enable_parallel_append && count > 1;
    path->kind = PATH_APPEND;
    path->rel = rel;
    for (int partial = 0; partial < 2; partial++) {
        for (uint32_t i = 0; i < count; i++) {
            Rel *child = rel->children.items[i];
            Path *whole = path->shares ? parallel_whole_path(level, child) : NULL;
            if (child->partial == NULL && whole == NULL)
                return;
            bool use_partial =
                child->partial != NULL && (whole == NULL || child->partial->total < whole->total);
            if (use_partial != (partial == 1))
                continue;
            add_member(path, use_partial ? child->partial : whole, path->first_partial,
                       planner->arena);
            if (use_partial && child->partial->workers > path->workers)
                path->workers = child->partial->workers;
        }
        if (partial == 0)
            path->first_partial = (uint32_t)path->children.count;
    }
    if (path->shares) {
        path->workers = (uint32_t)fmax(path->workers, floor(log2(count)) + 1);
        path->workers = (uint32_t)fmin(path->workers, set->max_parallel_workers_per_gather);
    }
    append_costs(planner, path);
    if (path->workers > 0)
        partial_add(rel, path);
}

/* ---- joins ---- */

bool parallel_join_left(Level *level, const Rel *join, const Rel *left, JoinKind kind,
                        const QualVec *quals) {
    return left->partial != NULL && bitset_empty(join->lateral) &&
           (kind == JOIN_INNER || kind == JOIN_LEFT || kind == JOIN_SEMI || kind == JOIN_ANTI) &&
           quals_safe(level, quals);
}

void parallel_join_add(Rel *join, Path *path) {
    path->keys = (PathKeys){0};
    partial_add(join, path);
}

/* ---- gathers ---- */

void parallel_gather_path(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    const PlannerSettings *set = planner->settings;
    const Path *partial = rel->partial;
    if (partial == NULL)
        return;
    Path *path = arena_new(planner->arena, Path);
    path->kind = PATH_GATHER;
    path->gathers = true;
    path->rel = rel;
    path->child = rel->partial;
    path->rows = rel->rows;
    path->startup = partial->startup + set->parallel_setup_cost;
    path->total = partial->total + set->parallel_setup_cost + set->parallel_tuple_cost * path->rows;
    path_add(rel, path, planner->arena);
}

Node *parallel_gather_node(Level *level, Node *child, uint32_t workers, double startup,
                           double total, double rows) {
    PlanGather *plan = PLAN_NEW(level->planner, PlanGather, PLAN_GATHER);
    Node *node = node_over(level->planner, (Plan *)plan, child);
    node->rel = child->rel;
    plan->workers = workers;
    plan_costs((Plan *)plan, startup, total, rows, child->plan->width);
    return node;
}

Status parallel_build_gather(Level *level, Path *path, Node **node_out) {
    Node *child;
    TRY(path_build(level, path->child, &child));
    *node_out = parallel_gather_node(level, child, path->child->workers, path->startup, path->total,
                                     path->rows);
    return STATUS_OK;
}
