/*
 * inherit.c: a table and those that inherit from it, read as one.
 *
 * The query names the parent. Behind the query's own entries each table that has to be read gets an
 * entry and a Rel of its own, with the parent's conditions translated to its columns (children have
 * them at other places), its own paths and indexes. Above the scans everything speaks of the parent's
 * columns: node_resolve translates where it meets a child's scan. So the outputs of the members of an
 * Append are the same expressions, and orders and equivalences need no children.
 *
 * Members whose conditions cannot hold are left out; a single one needs no Append.
 */
#include "mvcc/table.h"
#include "planner/prune_int.h"
#include "planner/rels_int.h"

Status inherit_has_children(Planner *planner, const RangeEntry *entry, bool *yes_out) {
    const RelationDesc *desc;
    *yes_out = false;
    if (entry->kind != RTE_RELATION)
        return STATUS_OK;
    TRY(catalog_relation_require(planner->catalog, entry->relation, &desc));
    *yes_out = desc->kind == 'p' || (entry->inherit && desc->child_count > 0);
    return STATUS_OK;
}

/* A partitioned table below (or at) the one that the query names. */
typedef struct PartitionedRel {
    const RelationDesc *desc;
    const PartitionTable *table;
    PartitionKey key; /* over the named table's columns */
    Rel **members;    /* by place: leaves that are read; NULL */
    int32_t *tables;  /* by place: in Rel.partitioned; -1 */
} PartitionedRel;

/* ---- from one to the other ---- */

typedef struct Translate {
    Level *level;
    const Rel *child;
    bool missing;
} Translate;

static Expr *child_column(const ExprColumn *column, void *arg) {
    Translate *t = arg;
    Arena *arena = t->level->planner->arena;
    const Rel *child = t->child;
    if (column->attno > 0)
        return (Expr *)expr_column(arena, child->rt_index, child->from_parent[column->attno - 1],
                                   column->type, column->typmod, column->collation, 0);
    if (column->attno < 0)
        return (Expr *)expr_column(arena, child->rt_index, column->attno, column->type,
                                   column->typmod, column->collation, 0);
    Expr *row = base_column(t->level, child, 0);
    if (row->type == column->type)
        return row;
    ExprRowCoerce *coerce = EXPR_NEW(arena, ExprRowCoerce, EXPR_ROW_COERCE);
    coerce->arg = row;
    coerce->type = column->type;
    coerce->typmod = column->typmod;
    coerce->form = CALL_IMPLICIT;
    coerce->location = -1;
    return (Expr *)coerce;
}

Expr *inherit_to_child(Level *level, const Rel *child, Expr *expr) {
    Translate t = {level, child, false};
    return tree_replace_columns(level->planner->arena, expr, child->parent->rt_index, child_column,
                                &t);
}

static Expr *parent_column(const ExprColumn *column, void *arg) {
    Translate *t = arg;
    int16_t attno = column->attno;
    if (attno > 0)
        attno = t->child->to_parent[attno - 1];
    t->missing |= attno == 0;
    return (Expr *)expr_column(t->level->planner->arena, t->child->parent->rt_index, attno,
                               column->type, column->typmod, column->collation, 0);
}

Expr *inherit_to_parent(Level *level, const Rel *child, Expr *expr) {
    Translate t = {level, child, false};
    expr = tree_replace_columns(level->planner->arena, expr, child->rt_index, parent_column, &t);
    return t.missing ? NULL : expr;
}

/* Columns go together by name. */
static Status map_columns(Level *level, Rel *child, const RelationDesc *parent) {
    Arena *arena = level->planner->arena;
    const RelationDesc *desc = child->desc;
    child->from_parent = arena_array(arena, int16_t, parent->column_count + 1u);
    child->to_parent = arena_array(arena, int16_t, desc->column_count + 1u);
    for (uint16_t i = 0; i < parent->column_count; i++) {
        if (parent->columns[i].dropped)
            continue;
        const char *name = parent->columns[i].name;
        bool same_place = i < desc->column_count && !desc->columns[i].dropped &&
                          strcmp(desc->columns[i].name, name) == 0;
        const ColumnDesc *column = same_place ? &desc->columns[i] : relation_column(desc, name);
        if (column == NULL)
            return error(ERR_INTERNAL_ERROR, "attribute \"%s\" of relation \"%s\" does not exist",
                         name, desc->name);
        child->from_parent[i] = column->attnum;
        child->to_parent[column->attnum - 1] = (int16_t)(i + 1);
    }
    return STATUS_OK;
}

/* ---- the members ---- */

static void child_entry(Level *level, Rel *child, const RelationDesc *desc) {
    Arena *arena = level->planner->arena;
    const RangeEntry *of = child->parent->entry;
    RangeEntry *entry = arena_memdup(arena, of, sizeof(RangeEntry));
    uint32_t count = desc->column_count;
    entry->relation = desc->oid;
    entry->relkind = desc->kind;
    entry->inherit = false;
    entry->required_rights = 0;
    entry->column_count = count;
    entry->column_names = arena_array(arena, const char *, count + 1);
    entry->column_types = arena_array(arena, Oid, count + 1);
    entry->column_typmods = arena_array(arena, int32_t, count + 1);
    entry->column_collations = arena_array(arena, Oid, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const ColumnDesc *column = &desc->columns[i];
        int16_t above = child->to_parent[i];
        entry->column_names[i] = above > 0         ? of->column_names[above - 1]
                                 : column->dropped ? ""
                                                   : arena_strdup(arena, column->name);
        entry->column_types[i] = column->dropped ? 0 : column->type;
        entry->column_typmods[i] = column->typmod;
        entry->column_collations[i] = column->collation;
    }
    child->entry = entry;
}

static Status child_rel(Level *level, Rel *parent, Oid relation, Rel **child_out) {
    Planner *planner = level->planner;
    Arena *arena = planner->arena;
    Rel *child = arena_new(arena, Rel);
    child->parent = parent;
    TRY(catalog_relation_require(planner->catalog, relation, &child->desc));
    TRY(map_columns(level, child, parent->desc));
    child_entry(level, child, child->desc);
    vec_push(&planner->range_table, arena, child->entry);
    child->rt_index = (uint32_t)planner->range_table.count - level->rt_offset;
    child->relids = bitset_single(arena, (int)child->rt_index);
    child->attr_count = child->desc->column_count + ATTNO_OFFSET + 1u;
    child->attr_needed = arena_array(arena, BitSet *, child->attr_count);
    for (uint32_t a = 0; a < parent->attr_count; a++) {
        int attno = (int)a - ATTNO_OFFSET;
        if (attno > 0 && attno <= parent->desc->column_count)
            attno = child->from_parent[attno - 1];
        if (parent->attr_needed[a] != NULL)
            child->attr_needed[attno + ATTNO_OFFSET] = parent->attr_needed[a];
    }
    child->lateral = parent->lateral;
    vec_push(&level->others, arena, child);
    *child_out = child;
    return table_rel(level, child);
}

/* The parent's conditions, about the child. child->dummy: they cannot hold. */
static Status child_quals(Level *level, Rel *child) {
    Arena *arena = level->planner->arena;
    const QualVec *quals = &child->parent->restrict_;
    for (size_t i = 0; i < quals->count && !child->dummy; i++) {
        const Qual *above = quals->items[i];
        Expr *clause = inherit_to_child(level, child, above->clause);
        ExprList parts = {0};
        TRY(fold_expr(level->planner, clause, &clause));
        expr_conjuncts(arena, clause, &parts);
        for (uint32_t p = 0; p < parts.count; p++) {
            if (expr_is_true_const(parts.items[p]))
                continue;
            child->dummy |= expr_is_false_const(parts.items[p]);
            if (parts.items[p]->tag == EXPR_CURRENT_OF) {
                ExprCurrentOf *of = arena_memdup(arena, parts.items[p], sizeof(ExprCurrentOf));
                of->rt_index = child->rt_index;
                parts.items[p] = (Expr *)of;
            }
            Qual *qual = qual_make(level, parts.items[p], NULL, above->pushed_down);
            qual->security = above->security;
            qual->leakproof = above->leakproof;
            vec_push(&child->restrict_, arena, qual);
        }
    }
    return STATUS_OK;
}

static void child_joins(Level *level, Rel *child, const QualVec *movable) {
    Arena *arena = level->planner->arena;
    for (size_t i = 0; i < movable->count; i++) {
        Qual *above = movable->items[i];
        Qual *qual = qual_make(level, inherit_to_child(level, child, above->clause), NULL,
                               above->pushed_down);
        qual->security = above->security;
        qual->leakproof = above->leakproof;
        vec_push(&child->movable, arena, qual);
        vec_push(&child->parent_movable, arena, above);
    }
}

static Status add_child(Level *level, Rel *parent, Oid relation, const QualVec *movable) {
    Rel *child;
    TRY(child_rel(level, parent, relation, &child));
    TRY(child_quals(level, child));
    if (!child->dummy)
        child->dummy = inherit_excluded(level, child);
    if (child->dummy)
        return STATUS_OK;
    child_joins(level, child, movable);
    TRY(table_paths(level, child));
    paths_choose(child, level->planner->arena);
    vec_push(&parent->children, level->planner->arena, child);
    return STATUS_OK;
}

/* Other sessions' temporary tables are not read. */
static Status readable(Planner *planner, const RelationDesc *desc, bool *yes_out) {
    bool any, own;
    *yes_out = true;
    if (desc->persistence != 't')
        return STATUS_OK;
    TRY(catalog_is_temp_namespace(planner->catalog, desc->nsp, &any, &own));
    *yes_out = own;
    return STATUS_OK;
}

static Status lock_child(Level *level, Rel *rel, Oid relation, const RelationDesc **desc_out) {
    Planner *planner = level->planner;
    LockMode mode =
        (LockMode)(rel->entry->lock_mode != 0 ? rel->entry->lock_mode : LOCK_ACCESS_SHARE);
    if (relation != rel->entry->relation)
        TRY(relation_lock(planner->catalog, relation, mode, LOCK_WAIT, NULL));
    TRY(catalog_relation(planner->catalog, relation, desc_out));
    return *desc_out == NULL ? STATUS_OK /* dropped while we waited */
                             : note_relation(planner, *desc_out, rel->entry->lock_mode);
}

/* ---- partitions ---- */

typedef struct KeyColumns {
    Level *level;
    const Rel *rel;
    const RelationDesc *from;
    bool missing;
} KeyColumns;

/* A partitioned table's column as the named table's of that name. */
static Expr *key_column(const ExprColumn *column, void *arg) {
    KeyColumns *k = arg;
    const RelationDesc *root = k->rel->desc;
    const ColumnDesc *own = NULL;
    if (column->attno > 0)
        own = relation_column(root, k->from->columns[column->attno - 1].name);
    k->missing |= own == NULL && column->attno != 0;
    return (Expr *)expr_column(k->level->planner->arena, k->rel->rt_index,
                               own == NULL ? 0 : own->attnum, column->type, column->typmod,
                               column->collation, 0);
}

static Status open_partitioned(Level *level, Rel *rel, const RelationDesc *desc,
                               PartitionedRel **out) {
    Planner *planner = level->planner;
    PartitionedRel *p = arena_new(planner->arena, PartitionedRel);
    p->desc = desc;
    TRY(partition_table_open(planner->env, desc, &p->table));
    TRY(partition_key_open(planner->env, planner->arena, desc, &p->key));
    for (uint16_t i = 0; i < p->key.count; i++) {
        KeyColumns k = {level, rel, desc, false};
        Expr *expr;
        TRY(fold_expr(planner, p->key.columns[i].expr, &expr));
        p->key.columns[i].expr = tree_replace_columns(planner->arena, expr, 1, key_column, &k);
        if (k.missing)
            return error(ERR_INTERNAL_ERROR, "partition key of \"%s\" is not in \"%s\"", desc->name,
                         rel->desc->name);
    }
    p->members = arena_array(planner->arena, Rel *, p->table->count + 1);
    p->tables = arena_array(planner->arena, int32_t, p->table->count + 1);
    memset(p->tables, 0xff, sizeof(int32_t) * (p->table->count + 1));
    vec_push(&rel->partitioned, planner->arena, p);
    *out = p;
    return STATUS_OK;
}

/* Adds the partitions that constants leave. */
static Status partition_children(Level *level, Rel *rel, const RelationDesc *desc,
                                 const QualVec *movable) {
    Planner *planner = level->planner;
    PartitionedRel *p;
    BitSet *places;
    TRY(fiber_stack_check());
    TRY(open_partitioned(level, rel, desc, &p));
    PruneBuild build = {.level = level, .rel = rel, .key = &p->key};
    PruneContext context = {planner->env, planner->arena, p->table, &p->key, prune_constant, NULL};
    PruneStep *steps = planner->settings->enable_partition_pruning
                           ? prune_build(&build, &rel->restrict_, NULL)
                           : NULL;
    TRY(prune_evaluate(&context, steps, &places));
    for (int at = bitset_next(places, -1); at >= 0; at = bitset_next(places, at)) {
        const RelationDesc *child;
        size_t before = rel->children.count;
        TRY(lock_child(level, rel, p->table->partitions[at], &child));
        if (child == NULL)
            continue;
        if (child->kind == 'p') {
            p->tables[at] = (int32_t)rel->partitioned.count;
            TRY(partition_children(level, rel, child, movable));
            continue;
        }
        TRY(add_child(level, rel, child->oid, movable));
        if (rel->children.count > before)
            p->members[at] = rel->children.items[before];
    }
    return STATUS_OK;
}

static Status make_children(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    const Oid *tables;
    size_t count;
    QualVec movable = {0};
    if (!rel->entry->inherit) /* ONLY a partitioned table: it has no rows of its own */
        return STATUS_OK;
    movable_quals(level, rel, &movable);
    if (rel->desc->kind == 'p')
        return partition_children(level, rel, rel->desc, &movable);
    TRY(relation_descendants(planner->catalog, rel->entry->relation, planner->arena, &tables,
                             &count));
    for (size_t i = 0; i < count; i++) {
        const RelationDesc *desc;
        bool wanted;
        TRY(lock_child(level, rel, tables[i], &desc));
        if (desc == NULL)
            continue;
        TRY(readable(planner, desc, &wanted));
        if (wanted)
            TRY(add_child(level, rel, tables[i], &movable));
    }
    return STATUS_OK;
}

/* ---- paths ---- */

static void append_costs(Planner *planner, Path *path) {
    path->rows = path->startup = path->total = 0;
    for (size_t i = 0; i < path->children.count; i++) {
        const Path *child = path->children.items[i];
        path->rows += child->rows;
        if (i == 0 || child->startup < path->startup)
            path->startup = child->startup;
        path->total += child->total;
        path->gathers |= child->gathers;
    }
    path->total +=
        planner->settings->cpu_tuple_cost * 0.5 * path->rows * (path->children.count > 1);
}

static Path *append_path(Level *level, Rel *rel) {
    Path *path = arena_new(level->planner->arena, Path);
    path->kind = PATH_APPEND;
    path->rel = rel;
    path->outer = rel->lateral;
    return path;
}

static Path *sorted_path(Level *level, Rel *child, PathKeys keys) {
    Planner *planner = level->planner;
    Path *sort = arena_new(planner->arena, Path);
    sort->kind = PATH_SORT;
    sort->rel = child;
    sort->child = child->cheapest_total;
    sort->rows = sort->child->rows;
    sort->startup =
        sort->child->total + sort_cost(planner, sort->rows, child->width, -1, keys.count);
    if (!planner->settings->enable_sort)
        sort->startup += 1e10;
    sort->total = sort->startup + planner->settings->cpu_operator_cost * sort->rows;
    sort->keys = keys;
    return sort;
}

/* All members in the order of keys: by an index or sorted. */
static void merged_path(Level *level, Rel *rel, PathKeys keys) {
    Planner *planner = level->planner;
    Path *path = append_path(level, rel);
    for (size_t i = 0; i < rel->children.count; i++) {
        Rel *child = rel->children.items[i];
        Path *best = path_for_keys(child, keys, level->tuple_fraction > 0);
        vec_push(&path->children, planner->arena,
                 best != NULL ? best : sorted_path(level, child, keys));
    }
    append_costs(planner, path);
    double n = (double)path->children.count;
    path->startup = 0;
    for (size_t i = 0; i < path->children.count; i++)
        path->startup += path->children.items[i]->startup;
    if (n > 1) {
        double compare = 2 * planner->settings->cpu_operator_cost * log2(n);
        path->startup += compare * n;
        path->total += compare * (n + path->rows);
    }
    path->keys = keys;
    path_add(rel, path, planner->arena);
}

/* Do the partitions of a table follow one another in the order of its key, none within another? */
static bool follow_each_other(const PartitionedRel *p) {
    const PartitionTable *t = p->table;
    bool has_default =
        t->default_at >= 0 && (p->members[t->default_at] != NULL || p->tables[t->default_at] >= 0);
    if (has_default || t->strategy == 'h')
        return false;
    if (t->strategy == 'r')
        return true;
    int32_t last = -1;
    for (uint32_t i = 0; i < t->bound_count; i++) {
        if (t->slots[i] < last || (t->slots[i] == t->null_at && t->null_at >= 0))
            return false;
        last = t->slots[i];
    }
    return true;
}

/* Is reading the partitions one after another (or backwards) an order by keys? 1, -1; 0: no. */
static int partition_order(Level *level, const Rel *rel, PathKeys keys) {
    int direction = 0;
    if (rel->partitioned.count == 0)
        return 0;
    for (size_t i = 0; i < rel->partitioned.count; i++) {
        const PartitionedRel *p = rel->partitioned.items[i];
        if (!follow_each_other(p))
            return 0;
        for (uint32_t k = 0; k < keys.count && k < p->key.count; k++) {
            const PathKey *key = &keys.keys[k];
            const PartitionColumn *column = &p->key.columns[k];
            EquivClass *ec = NULL;
            status_free(ec_for_expr(level, column->expr, column->family, column->input_type,
                                    column->collation, 0, rel->relids, false, &ec));
            int own = key->descending ? -1 : 1;
            if (ec == NULL || ec_find(ec) != ec_find(key->ec) ||
                (direction != 0 && own != direction))
                return 0;
            bool nulls_last = key->nulls_first == key->descending;
            if (p->table->null_at >= 0 && !nulls_last)
                return 0;
            direction = own;
        }
    }
    return rel->partitioned.count > 1 ? 0 : direction;
}

/* The partitions one after another, each in the order of keys. */
static void ordered_append(Level *level, Rel *rel, PathKeys keys, int direction) {
    Planner *planner = level->planner;
    Path *path = append_path(level, rel);
    size_t count = rel->children.count;
    for (size_t i = 0; i < count; i++) {
        Rel *child = rel->children.items[direction > 0 ? i : count - 1 - i];
        Path *best = path_for_keys(child, keys, level->tuple_fraction > 0);
        vec_push(&path->children, planner->arena,
                 best != NULL ? best : sorted_path(level, child, keys));
    }
    append_costs(planner, path);
    path->startup = path->children.items[0]->startup;
    path->keys = keys;
    path->one_by_one = true;
    path_add(rel, path, planner->arena);
}

static bool same_keys(PathKeys a, PathKeys b) { return a.count == b.count && keys_contained(a, b); }

static void ordered_paths(Level *level, Rel *rel) {
    PathKeys seen[32];
    uint32_t count = 0;
    for (size_t i = 0; i < rel->children.count; i++) {
        const Rel *child = rel->children.items[i];
        for (size_t p = 0; p < child->paths.count; p++) {
            const Path *path = child->paths.items[p];
            uint32_t k = 0;
            if (path->keys.count == 0 || !bitset_empty(path->outer))
                continue;
            while (k < count && !same_keys(seen[k], path->keys))
                k++;
            if (k < count || count == ARRAY_LEN(seen))
                continue;
            seen[count++] = path->keys;
            int direction = partition_order(level, rel, path->keys);
            if (direction != 0)
                ordered_append(level, rel, path->keys, direction);
            else
                merged_path(level, rel, path->keys);
        }
    }
}

/* A member's path that tests all the join conditions that `outer` allows. */
static Path *param_child(Level *level, Rel *child, const BitSet *outer) {
    Arena *arena = level->planner->arena;
    Path *best = NULL;
    for (size_t i = 0; i < child->paths.count; i++) {
        Path *path = child->paths.items[i];
        if (bitset_equal(path->outer, outer) && (best == NULL || path->total < best->total))
            best = path;
    }
    if (best != NULL)
        return best;
    best = seq_path(level, child);
    best->outer = bitset_copy(arena, outer);
    BitSet *reach = bitset_union(arena, outer, child->relids);
    for (size_t i = 0; i < child->movable.count; i++)
        if (bitset_subset(child->movable.items[i]->rels, reach))
            vec_push(&best->param_quals, arena, child->movable.items[i]);
    best->rows = clamp_rows(best->rows * 0.1);
    return best;
}

static void param_append(Level *level, Rel *rel, const BitSet *outer) {
    Arena *arena = level->planner->arena;
    Path *path = append_path(level, rel);
    const Rel *first = rel->children.items[0];
    for (size_t i = 0; i < rel->children.count; i++)
        vec_push(&path->children, arena, param_child(level, rel->children.items[i], outer));
    BitSet *reach = bitset_union(arena, outer, first->relids);
    for (size_t i = 0; i < first->movable.count; i++)
        if (bitset_subset(first->movable.items[i]->rels, reach))
            vec_push(&path->param_quals, arena, first->parent_movable.items[i]);
    path->outer = bitset_copy(arena, outer);
    append_costs(level->planner, path);
    path_add(rel, path, arena);
}

static void param_paths(Level *level, Rel *rel) {
    const BitSet *seen[16];
    uint32_t count = 0;
    for (size_t i = 0; i < rel->children.count; i++) {
        const Rel *child = rel->children.items[i];
        for (size_t p = 0; p < child->paths.count; p++) {
            const BitSet *outer = child->paths.items[p]->outer;
            uint32_t k = 0;
            if (bitset_empty(outer))
                continue;
            while (k < count && !bitset_equal(seen[k], outer))
                k++;
            if (k < count || count == ARRAY_LEN(seen))
                continue;
            seen[count++] = outer;
            param_append(level, rel, outer);
        }
    }
}

static void size_of_all(Rel *rel) {
    rel->rows = rel->tuples = rel->pages = rel->width = 0;
    for (size_t i = 0; i < rel->children.count; i++) {
        const Rel *child = rel->children.items[i];
        rel->rows += child->rows;
        rel->tuples += child->tuples;
        rel->pages += child->pages;
        rel->width = fmax(rel->width, child->width);
    }
    rel->rows = clamp_rows(rel->rows);
}

Status inherit_paths(Level *level, Rel *rel) {
    Planner *planner = level->planner;
    TRY(make_children(level, rel));
    size_of_all(rel);
    Path *all = append_path(level, rel);
    for (size_t i = 0; i < rel->children.count; i++)
        vec_push(&all->children, planner->arena, rel->children.items[i]->cheapest_total);
    append_costs(planner, all);
    path_add(rel, all, planner->arena);
    if (rel->children.count == 0)
        return STATUS_OK;
    ordered_paths(level, rel);
    param_paths(level, rel);
    parallel_append_path(level, rel);
    return STATUS_OK;
}

/* ---- the plan ---- */

/* No row: what an Append without members is. */
static Status build_empty(Level *level, Path *path, Node **node_out) {
    Planner *planner = level->planner;
    Node *node = arena_new(planner->arena, Node), *inputs = arena_new(planner->arena, Node);
    PlanResult *plan = PLAN_NEW(planner, PlanResult, PLAN_RESULT);
    node->shape = NODE_PASS;
    node->plan = inputs->plan = (Plan *)plan;
    node->rel = path->rel;
    node->empty = true;
    inputs->outputs = path->rel->targets;
    node->left = inputs;
    plan->one_time =
        (Expr *)expr_const(planner->arena, OID_BOOL, -1, 0, PHYS_BYTE, (Datum){.b = false}, false);
    *node_out = node;
    TRY(node_project(level, node_out, &path->rel->targets, NULL, NULL));
    plan_costs((Plan *)plan, 0, 0, 0, path->rel->width);
    return STATUS_OK;
}

static Status build_member(Level *level, Rel *parent, Path *path, Node **node_out) {
    Rel *child = path->rel;
    child->targets = parent->targets;
    child->targets_made = true;
    if (path->kind != PATH_SORT)
        return path_build(level, path, node_out);
    TRY(path_build(level, path->child, node_out));
    return node_sort_keys(level, node_out, path->keys);
}

/* Sort keys of merged members: columns of their outputs. */
static Status merge_keys(Level *level, Path *path, Node **members, PlanMergeAppend *plan) {
    Arena *arena = level->planner->arena;
    PathKeys keys = path->keys;
    const Rel *parent = path->rel;
    plan->keys = arena_array(arena, SortKey, keys.count + 1);
    for (uint32_t k = 0; k < keys.count; k++) {
        EquivClass *ec = ec_find(keys.keys[k].ec);
        for (size_t m = 0; m < ec->members.count; m++) {
            EquivMember *member = ec->members.items[m];
            uint32_t column = 0;
            if (member->is_const || !bitset_subset(member->rels, parent->relids))
                continue;
            for (size_t i = 0; i < path->children.count; i++) {
                uint32_t at;
                TRY(node_need(level, &members[i], member->expr, &at));
                if (i > 0 && at != column)
                    return error(ERR_INTERNAL_ERROR, "members of an append differ");
                column = at;
            }
            plan->keys[plan->key_count++] =
                (SortKey){column,
                          family_less(level->planner, keys.keys[k].family, member->type,
                                      keys.keys[k].descending),
                          ec->collation, keys.keys[k].descending, keys.keys[k].nulls_first};
            break;
        }
    }
    return STATUS_OK;
}

/* ---- what parameters will leave out ---- */

typedef struct PruneValues {
    Level *level;
    Node *node; /* in whose place values are computed */
    PlanPrune *plan;
    Status failed;
} PruneValues;

static void number_values(PruneValues *v, PruneStep *step) {
    for (uint32_t i = 0; i < step->count; i++)
        number_values(v, step->steps[i]);
    if (step->kind != PRUNE_OP || step->value->tag == EXPR_CONST || !status_ok(v->failed))
        return;
    step->number = v->plan->values.count;
    v->failed = node_resolve(v->level, v->node, step->value, &step->value);
    expr_list_add(v->level->planner->arena, &v->plan->values, step->value);
}

static bool changes(Expr *expr, void *arg) {
    if (expr->tag == EXPR_PARAM && ((ExprParam *)expr)->kind == PARAM_EXEC)
        return true;
    return expr_walk(expr, changes, arg);
}

static int32_t child_place(const Path *path, const Rel *member) {
    for (size_t i = 0; member != NULL && i < path->children.count; i++)
        if (path->children.items[i]->rel == member)
            return (int32_t)i;
    return -1;
}

static Status prune_plan(Level *level, Path *path, Node *first, PlanPrune **out) {
    Planner *planner = level->planner;
    const Rel *rel = path->rel;
    bool open = false;
    *out = NULL;
    if (rel->partitioned.count == 0 || !planner->settings->enable_partition_pruning)
        return STATUS_OK;
    PlanPrune *plan = arena_new(planner->arena, PlanPrune);
    PruneValues values = {level, first, plan, STATUS_OK};
    plan->table_count = (uint32_t)rel->partitioned.count;
    plan->tables = arena_array(planner->arena, PlanPruneTable, plan->table_count + 1);
    for (uint32_t i = 0; i < plan->table_count; i++) {
        PartitionedRel *p = rel->partitioned.items[i];
        PlanPruneTable *t = &plan->tables[i];
        PruneBuild build = {.level = level, .rel = rel, .key = &p->key, .with_columns = true};
        t->relation = p->desc->oid;
        t->count = p->table->count;
        t->tables = p->tables;
        t->children = arena_array(planner->arena, int32_t, t->count + 1);
        for (uint32_t c = 0; c < t->count; c++)
            t->children[c] = child_place(path, p->members[c]);
        t->steps = prune_build(&build, &rel->restrict_, &path->param_quals);
        if (!build.open)
            t->steps = NULL; /* decided */
        if (t->steps != NULL)
            number_values(&values, t->steps);
        open |= t->steps != NULL;
    }
    TRY(values.failed);
    plan->once = true;
    for (uint32_t i = 0; i < plan->values.count; i++)
        plan->once &= !changes(plan->values.items[i], NULL);
    *out = open ? plan : NULL;
    return STATUS_OK;
}

Status append_build_path(Level *level, Path *path, Node **node_out) {
    Planner *planner = level->planner;
    uint32_t count = (uint32_t)path->children.count;
    bool merge = path->keys.count > 0 && !path->one_by_one;
    Rel *rel = path->rel;
    rel_targets(level, rel);
    if (count == 0)
        return build_empty(level, path, node_out);
    Node **members = arena_array(planner->arena, Node *, count + 1);
    for (uint32_t i = 0; i < count; i++)
        TRY(build_member(level, rel, path->children.items[i], &members[i]));
    *node_out = members[0];
    (*node_out)->keys = path->keys;
    if (count == 1)
        return STATUS_OK;
    Plan *plan = merge ? plan_new(planner, sizeof(PlanMergeAppend), PLAN_MERGE_APPEND)
                       : plan_new(planner, sizeof(PlanAppend), PLAN_APPEND);
    if (merge)
        TRY(merge_keys(level, path, members, (PlanMergeAppend *)plan));
    PlanPrune *prune;
    TRY(prune_plan(level, path, members[0], &prune));
    Plan **children = arena_array(planner->arena, Plan *, count + 1);
    Node *node = node_over(planner, plan, members[0]);
    for (uint32_t i = 0; i < count; i++)
        children[i] = members[i]->plan;
    plan->left = NULL;
    if (merge) {
        ((PlanMergeAppend *)plan)->prune = prune;
        ((PlanMergeAppend *)plan)->children = children;
        ((PlanMergeAppend *)plan)->child_count = count;
        ((PlanMergeAppend *)plan)->rt_index = level->rt_offset + rel->rt_index;
    } else {
        ((PlanAppend *)plan)->prune = prune;
        ((PlanAppend *)plan)->children = children;
        ((PlanAppend *)plan)->child_count = count;
        ((PlanAppend *)plan)->rt_index = level->rt_offset + rel->rt_index;
        plan->parallel_aware = path->shares;
        ((PlanAppend *)plan)->first_partial = path->first_partial;
        if (rel->desc->kind == 'p') {
            node->members = members;
            node->member_count = count;
        }
    }
    node->rel = rel;
    node->keys = path->keys;
    node_show_append(level, node);
    plan_costs(plan, path->startup, path->total, path->rows, members[0]->plan->width);
    *node_out = node;
    return STATUS_OK;
}
