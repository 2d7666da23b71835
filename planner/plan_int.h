/*
 * plan_int.h: what the files of the optimizer share. Private to planner/.
 *
 *   Planner   a statement; the finished parts collect in `out`
 *   Level     a query level: its relations, conditions, orders
 *   Rel       a table, subquery, .. or a join of some; has Paths
 *   Path      a way to produce a Rel's rows, with cost and order; becomes Plan nodes when chosen
 *   Node      a Plan under construction with the expressions that its output columns stand for
 */
#ifndef PLANNER_PLAN_INT_H
#define PLANNER_PLAN_INT_H

#include "planner/analyze_int.h"
#include "planner/tree.h"
#include "types/gin.h"

#include <math.h>

typedef struct Planner Planner;
typedef struct Level Level;
typedef struct Rel Rel;
typedef struct Path Path;
typedef struct Qual Qual;
typedef struct EquivClass EquivClass;

typedef VEC(Qual *) QualVec;
typedef VEC(Path *) PathVec;
typedef VEC(Rel *) RelVec;

struct Planner {
    Analyzer an; /* for the helpers of analysis */
    EvalEnv *env;
    CatalogSession *catalog;
    Arena *arena;
    const PlannerSettings *settings;
    const PlanOptions *options;
    PlannedStatement *out;
    VEC(RangeEntry *) range_table;
    VEC(Plan *) subplans;
    VEC(Oid) exec_params;
    BitSet *
        *param_sources; /* by exec param: what the init plan that sets it reads; while publishing */
    VEC(PlanRelation) relations;
    VEC(PlanPermission) permissions;
    VEC(Oid) functions;
    VEC(uint32_t) modifying;
    uint32_t inlined_sets;
    uint32_t init_count; /* numbers names like "InitPlan 1" */
    BitSet *init_params; /* exec params that init plans set */
    bool parallel_ok;    /* the statement may be run by several workers: parallel.c */
    bool has_volatile;
    bool no_ext_stats; /* estimates do without extended statistics */
};

/* A value of an outer level that a subquery needs: it gets it as an exec param. */
typedef struct OuterParam {
    Expr *expr; /* in terms of the level it belongs to */
    uint32_t param;
} OuterParam;

typedef struct PathKey {
    EquivClass *ec;
    Oid family; /* btree operator family */
    bool descending;
    bool nulls_first;
} PathKey;

typedef struct PathKeys {
    uint32_t count;
    const PathKey *keys;
} PathKeys;

typedef struct EquivMember {
    Expr *expr;
    BitSet *rels;
    BitSet *nullable_rels; /* below the outer join that its clause stands below */
    Oid type;
    bool is_const;
} EquivMember;

/* Expressions known to be equal in all rows that pass the WHERE. */
struct EquivClass {
    Oid family; /* btree family of the equalities */
    Oid collation;
    VEC(EquivMember *) members;
    BitSet *rels;
    VEC(Qual *) sources;
    bool has_const;
    bool has_volatile;
    bool below_outer_join;
    EquivClass *merged; /* into another */
    uint32_t sort_ref;  /* of a volatile expression's class: only this target */
};

/* A conjunct of WHERE or ON. */
struct Qual {
    Expr *clause;
    BitSet *rels;       /* it refers to */
    BitSet *required;   /* all must be joined before it can be tested */
    BitSet *outer_rels; /* of an outer join's own condition: the side that is kept; else NULL */
    BitSet *nullable;
    bool pushed_down;     /* WHERE's, or an inner join's: filters rows rather than matches them */
    bool delayed;         /* by an outer join below */
    bool pseudo_constant; /* no columns, nothing volatile: decides for all rows at once */
    bool volatile_;
    bool leakproof;    /* asked only where security > 0 */
    uint32_t security; /* tested after all conditions of the row's table with a smaller one */
    /* left op right with sides that share no relation */
    bool can_join;
    BitSet *left_rels;
    BitSet *right_rels;
    Oid merge_family; /* btree family in which op is equality; 0: none */
    bool hashable;
    EquivClass *left_ec;
    EquivClass *right_ec;
    EquivClass *parent_ec; /* derived from it */
    double selectivity;    /* -1: not yet estimated */
    double outer_selectivity;
    double cost_startup, cost_per_tuple;
    bool costed;
};

/* An outer or semijoin, as it limits the order of joins. */
typedef struct OuterJoin {
    JoinKind kind;                /* LEFT, FULL, SEMI, ANTI */
    BitSet *min_left, *min_right; /* relations that must be on that side */
    BitSet *syntax_left, *syntax_right;
    bool strict_left; /* its condition is false if the left side is all NULL */
    bool delay_upper;
    ExprList semi_left, semi_right; /* a semijoin's equalities */
    Oid semi_ops[8];
    Oid semi_collations[8];
    bool semi_can_hash;
} OuterJoin;

typedef struct IndexInfo {
    const IndexDesc *desc;
    ExprList columns; /* of all columns: ExprColumn of this rel, or the expression */
    ExprList predicate;
    bool predicate_ok;
    double pages;
    bool can_order;  /* btree */
    bool can_return; /* index-only scans can read its columns */
    PathKeys keys;   /* forward order */
    PathKeys back_keys;
    bool keys_made;
    const GinKind *gin_kinds; /* of an inverted index, by column; else NULL */
} IndexInfo;

typedef struct LoopBinding {
    Expr *expr;
    uint32_t param;
    BitSet *rels;
} LoopBinding;

struct Rel {
    BitSet *relids;
    bool is_join;
    double rows;
    double width;
    uint32_t rt_index; /* base relations */
    RangeEntry *entry;
    const RelationDesc *desc;
    double pages, tuples;
    bool one_page; /* of a table: it has no more now */
    IndexInfo *indexes;
    uint32_t index_count;
    BitSet **attr_needed; /* [attno + ATTNO_OFFSET]: relations whose join needs it; 0: the result */
    uint32_t attr_count;
    QualVec restrict_; /* conditions on this relation alone */
    QualVec joins;     /* conditions with others */
    bool in_ec;        /* some equivalence class has members of it */
    BitSet *lateral;   /* relations it needs values of */
    BitSet *lateral_referencers;
    VEC(LoopBinding) lateral_params; /* of a LATERAL subquery: what its plan reads */
    Level *sub;                      /* RTE_SUBQUERY: its level and plan */
    struct Node *sub_node;
    bool dummy;                 /* proven empty */
    struct ExtStats *ext_stats; /* once asked for; ext_stats.c */
    PathVec paths;
    VEC(struct PartitionedRel *) partitioned; /* itself first */
    /* a table with children, or a partitioned one: the tables read for it; of each of them: */
    bool inherits;
    RelVec children;
    Rel *parent;            /* whose columns the plan speaks of */
    int16_t *from_parent;   /* by the parent's attno - 1: own attno; 0: none */
    int16_t *to_parent;     /* by own attno - 1 */
    QualVec movable;        /* join conditions that a scan could test, in terms of the child */
    QualVec parent_movable; /* the same ones as the parent has them, place by place */
    Path *cheapest_startup, *cheapest_total;
    PathVec cheapest_params; /* best for each parameterisation */
    Path *partial;           /* the cheapest partial path; NULL: there is none */
    ExprList targets;        /* of joins: what they put out (columns) */
    Rel *unique;             /* what unique_rel made of it; of that: */
    bool whole_only;         /* lacks columns that conditions above the semijoin's could want */
    bool targets_made;
};

typedef enum PathKind {
    PATH_SEQ,
    PATH_TID,
    PATH_BITMAP, /* what several indexes find: bitmap_paths.c */
    PATH_INDEX,
    PATH_POINT,
    PATH_SUBQUERY,
    PATH_FUNCTION,
    PATH_TABLE_FUNC,
    PATH_VALUES,
    PATH_CTE,
    PATH_WORK_TABLE,
    PATH_TRANSITION,
    PATH_RESULT,
    PATH_APPEND, /* children; with keys: they are merged, or come one after another in order */
    PATH_LOOP,
    PATH_HASH,
    PATH_MERGE,
    PATH_SORT,
    PATH_MATERIAL,
    PATH_MEMOIZE,
    PATH_UNIQUE, /* of a semijoin's right side: unique_path.c */
    PATH_GATHER  /* of a partial path: parallel.c */
} PathKind;

typedef struct IndexPath {
    IndexInfo *index;
    IndexBound *bounds;
    uint32_t bound_count;
    QualVec conditions; /* quals the bounds stand for */
    PlanGinClause *gin; /* of an inverted index, one for each condition: no bounds */
    uint32_t gin_count;
    bool gin_any; /* its clauses are the arms of an OR, the one condition */
    bool backward;
    bool index_only;
    bool ordered;   /* its order is used: by pathkeys */
    bool by_rowid;  /* rows are read in the table's order, which costs less than the index's */
    bool whole_key; /* equalities on all columns of a unique index */
    double index_selectivity;
} IndexPath;

/* The rows that an index finds, or all or any of the parts. */
typedef struct PathBitmap {
    BitmapKind kind;
    double cost, rows, selectivity;
    IndexPath *index; /* BITMAP_INDEX */
    VEC(struct PathBitmap *) parts;
    QualVec conditions; /* of the relation: what it answers */
} PathBitmap;

struct Path {
    PathKind kind;
    Rel *rel;
    double rows, startup, total;
    PathKeys keys;
    BitSet *outer;       /* relations whose values it needs (nested loop parameters) */
    QualVec param_quals; /* of parameterised scans: join conditions tested inside */
    /* scans */
    IndexPath *index;
    PathBitmap *bitmap;
    ExprList tids;
    QualVec tid_quals;
    ExprCurrentOf *current_of;
    /* joins */
    JoinKind join_kind;
    Path *left, *right;
    QualVec join_quals;             /* match conditions and pushed-down ones of this join */
    QualVec merge_quals;            /* or hash clauses */
    PathKeys left_sort, right_sort; /* merge: sorts to make; count 0: sorted */
    bool inner_unique;
    bool null_aware;
    /* sort, material, memoize, unique */
    Path *child;
    double limit;
    ExprList memo_keys;
    ExprList unique_keys; /* and by which operator each is equal to another row's */
    Oid *unique_ops;
    /* append */
    PathVec children;
    bool one_by_one; /* keys, and the children follow each other in that order */
    bool gathers;    /* a gather is in it: workers cannot run it */
    uint32_t
        workers; /* > 0: partial, all its runs together make the rows; for so many and the leader */
    bool shares; /* a partial append: who runs it takes members, not its part of each */
    uint32_t first_partial; /* of a partial append: children before it are not partial */
};

struct Level {
    Planner *planner;
    Level *parent;
    Query *query;
    uint32_t rt_offset; /* of this level's entries in the statement's range table */
    Rel **rels;         /* by rt_index; NULL: not in the join tree */
    uint32_t rel_count;
    bool has_ext_stats; /* some table has CREATE STATISTICS */
    RelVec others;      /* children of tables, by rt_index: behind all entries of the query */
    RelVec join_rels;
    BitSet *all_rels;
    BitSet *nullable_rels;
    VEC(OuterJoin *) outer_joins;
    VEC(EquivClass *) ecs;
    bool ecs_final;
    QualVec constant_quals;       /* without columns: tested once */
    VEC(OuterParam) outer_params; /* that its subqueries ask for, while one is planned */
    VEC(PlanInit) inits;
    uint32_t *cte_plans;     /* by CTE: its subplan, or UINT32_MAX */
    int32_t worktable_union; /* id of the recursive union being planned; -1 */
    const Cte *worktable_cte;
    double worktable_rows;
    BitSet *bind_rels; /* building: relations bound by enclosing nested loops */
    VEC(LoopBinding) bindings;
    uint32_t security; /* of its own conditions: behind row security's */
    double tuple_fraction;
    double limit_tuples; /* -1 unknown */
    bool has_outer_joins;
    bool has_lateral;
    PathKeys query_keys;          /* the order that later steps like best */
    VEC(uint32_t *) multi_params; /* exec params of SUBLINK_MULTI_EXPR by id */
    Query *written;               /* as it came, where min and max may be planned by an index */
};

/*
 * A plan node while it is made: outputs[i] is what plan->targets[i] computes, in terms of its
 * level's columns. How an expression over its input row is resolved depends on the shape:
 *   SCAN  columns of rel (and values bound by enclosing loops)
 *   JOIN  outputs of left and right
 *   ROW   the expressions in row: the internal row of aggregation, windows, ..
 *   PASS  its targets are its input's: it cannot compute
 */
typedef enum NodeShape { NODE_SCAN, NODE_JOIN, NODE_ROW, NODE_PASS } NodeShape;

typedef struct Node {
    NodeShape shape;
    Plan *plan;
    ExprList outputs;
    PathKeys keys;
    Rel *rel;
    struct Node *left, *right;
    ExprList row;
    struct Node **members; /* of an Append over children: what computes for it; NULL: none */
    uint32_t member_count;
    bool empty; /* a Result that never has a row */
    /* A join above which the side's rows may be NULL: only its columns stand for what is above. */
    bool left_nulled, right_nulled;
} Node;

/* ---- join_reduce.c ---- */

/* Takes idle left joins out of the level and makes semijoins with what matches at most once inner
 * joins. Once the conditions are distributed. */
void joins_reduce(Level *level, FromNode *joinlist);

/* ---- unique_path.c ---- */

/* A semijoin's right side with each combination of its join values once; NULL: that cannot be made. Rows
 * of it may be joined as by an inner join. whole: by one that tests all of the semijoin's conditions. */
Rel *unique_rel(Level *level, Rel *right, const OuterJoin *oj, bool whole);
Status build_unique(Level *level, Path *path, Node **node_out);

/* ---- parallel.c: partial paths and gathers ---- */

bool parallel_wanted(const Level *level);
bool parallel_expr_safe(Level *level, const Expr *expr);
/* By how much the work of a run is less than the whole. */
double parallel_divisor(const Planner *planner, uint32_t workers);
void parallel_scan_path(Level *level, Rel *rel);
void parallel_append_path(Level *level, Rel *rel);
/* May left's partial path be the left side of such a join? */
bool parallel_join_left(Level *level, const Rel *join, const Rel *left, JoinKind kind,
                        const QualVec *quals);
/* The cheapest of a relation's whole paths that each worker can run for itself; NULL: none. */
Path *parallel_whole_path(Level *level, const Rel *rel);
bool parallel_path_safe(Level *level, const Path *path);
void parallel_join_add(Rel *join, Path *path);
/* A path of rel that gathers its partial path's rows. */
void parallel_gather_path(Level *level, Rel *rel);
Node *parallel_gather_node(Level *level, Node *child, uint32_t workers, double startup,
                           double total, double rows);
Status parallel_build_gather(Level *level, Path *path, Node **node_out);

/* ---- or_clause.c ---- */

/* A folded condition (WHERE, ON, HAVING: NULL is as good as false) with what all arms of an OR have in
 * common taken out of it. */
Expr *or_factor(Arena *arena, Expr *condition);
/* Gives relations what OR conditions of joins say about each. Once the conditions are distributed. */
void or_extract(Level *level);

/* ---- fold.c ---- */

/* Folds an expression outside of any statement. */
Status fold_alone(EvalEnv *env, Arena *arena, Expr *expr, Expr **expr_out);

/* Constants folded, booleans simplified, defaults of calls filled in. */
Status fold_expr(Planner *planner, Expr *expr, Expr **expr_out);
Status fold_list(Planner *planner, const ExprList *list, ExprList *out);
/* The value a stable expression has now, for estimates: a constant or the expression itself. */
Status fold_estimate(Planner *planner, Expr *expr, Expr **expr_out);
bool expr_is_volatile(Planner *planner, const Expr *expr);
/* Does it show columns to LEAKPROOF functions only? */
bool expr_is_leakproof(Planner *planner, const Expr *expr);
bool expr_is_mutable(Planner *planner, const Expr *expr); /* not immutable */
bool expr_is_strict(Planner *planner, const Expr *expr);  /* NULL where any of its columns is */
bool expr_has_set(const Expr *expr);
bool expr_has_subplan(const Expr *expr);
bool expr_is_true_const(const Expr *expr);
bool expr_is_false_const(const Expr *expr); /* or NULL */
Expr *expr_strip_relabel(Expr *expr);
/* Relations (level 0) whose being NULL makes the conjuncts false or NULL. */
BitSet *nonnullable_rels(Planner *planner, const Expr *expr, bool top_level);
Status func_props(Planner *planner, Oid function, const ProcDesc **proc_out);

/* ---- ext_stats.c: estimates from extended statistics ---- */

/* Clauses joined by AND or OR over one relation; estimated: those already taken account of. */
typedef struct ExtClauses ExtClauses;
struct ExtClauses {
    Level *level;
    Rel *rel;
    Expr *const *clauses;
    uint32_t count;
    bool *estimated; /* in and out */
    bool is_or;
    /* what they would be without extended statistics, all of them true */
    double (*simple)(const ExtClauses *c, Expr *const *clauses, uint32_t count);
};
/* The share of rows for which the clauses that it marks are true (is_or: one of them). */
double ext_stats_selectivity(ExtClauses *c);
/* What ANALYZE found out about an expression; NULL: nothing. */
const ColumnStatistics *ext_stats_expression(Level *level, Rel *rel, const Expr *expr);
/* How many combinations some of the expressions have; these are taken out of the list. */
bool ext_stats_distinct(Level *level, Rel *rel, ExprList *exprs, double *distinct_out);

/* ---- cost.c: estimates ---- */

double clamp_rows(double rows);
double qual_selectivity(Level *level, Qual *qual, Rel *rel, JoinKind kind, const OuterJoin *oj);
double quals_selectivity(Level *level, const QualVec *quals, Rel *rel, JoinKind kind,
                         const OuterJoin *oj);
double expr_distinct(Level *level, const Expr *expr, double rows, bool *default_out);
/* The elements of an array that is known, or written out; NULL: it is not, *count_out is 0. */
Expr **array_elements(Level *level, Expr *array, uint32_t *count_out);
/* Buckets of a hash table for so many rows. */
double hash_buckets(double rows);
/* The share of rel's rows expected in the bucket that a value of the key `expr` meets, 1e-6..1. */
double hash_bucket_share(Level *level, const Expr *expr, const Rel *rel, double buckets);
double group_estimate(Level *level, const ExprList *exprs, double rows);
void expr_cost(Planner *planner, const Expr *expr, double *startup_out, double *per_tuple_out);
void quals_cost(Planner *planner, QualVec *quals, double *startup_out, double *per_tuple_out);
double type_width(Planner *planner, Oid type, int32_t typmod);
double column_width(Level *level, const Expr *expr);
double sort_cost(Planner *planner, double rows, double width, double limit, uint32_t keys);
double relation_pages_bytes(double rows, double width);
Rel *level_rel(Level *level, uint32_t rt_index);
/* A column of a base relation as an expression. */
Expr *base_column(Level *level, const Rel *rel, int16_t attno);

/* ---- inline.c: functions written in SQL in place of their calls ---- */

/* *out: the value of the call, whose normal arguments are given, simplified no further; NULL: it stays a
 * call. Errors: those of the body, "during" the phase. */
Status inline_call(Planner *planner, const ProcDesc *proc, const ExprFunc *call,
                   const ExprList *args, const char *phase, Expr **out);
/* Makes a function in FROM a subquery where it can be one. */
Status inline_set(Planner *planner, RangeEntry *entry);

/* ---- prep.c: the query made simpler before relations are looked at ---- */

Status prep_query(Level *level);

/* ---- quals.c: conditions put where they belong; equivalence classes, orders ---- */

Status quals_deconstruct(Level *level, FromNode **joinlist_out);
EquivClass *ec_find(EquivClass *ec);
Status ec_for_expr(Level *level, Expr *expr, Oid family, Oid type, Oid collation, uint32_t sort_ref,
                   const BitSet *rel, bool create, EquivClass **ec_out);
void ec_generate_base(Level *level);
void ec_join_quals(Level *level, const BitSet *join, const BitSet *left, Rel *right, QualVec *out);
/* The equality of one class between a member of left and one of right, if there is. */
void ec_join_quals_one(Level *level, EquivClass *ec, const BitSet *left, const BitSet *right,
                       QualVec *out);
/* Are some of rels on the inner side of a semijoin that is part of join? Their columns end there. */
bool ec_hidden(const Level *level, const BitSet *join, const BitSet *rels);
bool ec_relevant(Level *level, const BitSet *a, const BitSet *b);
Status keys_for_sort(Level *level, const SortList *sort, const TargetList *targets,
                     PathKeys *keys_out);
PathKeys keys_of_ecs(Level *level, const PathKey *keys, uint32_t count);
bool keys_contained(PathKeys wanted, PathKeys given);
uint32_t keys_common(PathKeys wanted, PathKeys given);
Status keys_for_index(Level *level, Rel *rel, IndexInfo *index, bool backward, PathKeys *keys_out);
Qual *qual_make(Level *level, Expr *clause, BitSet *required, bool pushed_down);
bool qual_clause_joins(const Qual *qual, const BitSet *left, const BitSet *right,
                       bool *left_first_out);
Expr *qual_commuted(Level *level, const Qual *qual);
Status operator_equality_family(Planner *planner, Oid op, Oid left, Oid right, Oid *family_out);
void need_columns(Level *level, const Expr *expr, const BitSet *where);

/* ---- scan_paths.c, join_paths.c ---- */

Status rels_build(Level *level);
Status base_paths(Level *level, Rel *rel);
void path_add(Rel *rel, Path *path, Arena *arena);
void paths_choose(Rel *rel, Arena *arena);
Path *path_for_keys(Rel *rel, PathKeys keys, bool startup);
Status join_search(Level *level, const FromNode *joinlist, Rel **rel_out);
bool rel_is_unique_for(Level *level, Rel *inner, const QualVec *quals, const BitSet *outer);
void rel_targets(Level *level, Rel *rel);

/* ---- build.c: paths become plans ---- */

Status path_build(Level *level, Path *path, Node **node_out);

/* ---- node.c: plan nodes under construction ---- */

void *plan_new(Planner *planner, size_t bytes, PlanTag tag);
#define PLAN_NEW(planner, type, tag) ((type *)plan_new((planner), sizeof(type), (tag)))
/* expr as the node's targets and filter may say it. Error: XX000 where it needs what is not there. */
Status node_resolve(Level *level, Node *node, Expr *expr, Expr **out);
Status node_resolve_list(Level *level, Node *node, const ExprList *list, ExprList *out);
/* expr as a node above says it. */
Status node_above(Level *level, const Node *node, Expr *expr, Expr **out);
/* The node's outputs become exprs; a Result is put on top where it cannot compute them itself. */
Status node_project(Level *level, Node **node, const ExprList *exprs, const char **names,
                    const bool *junk);
/* Column of the output that shows expr; added (as junk) where there is none. */
Status node_need(Level *level, Node **node, Expr *expr, uint32_t *column_out);
int32_t node_find(const Node *node, const Expr *expr);
void node_set_identity(Node *node);
/* Notes for EXPLAIN what an Append's outputs are to the query. */
void node_show_append(Level *level, Node *node);
/* A PASS node over child: same columns; links the plans. Costs are the caller's. */
Node *node_over(Planner *planner, Plan *plan, Node *child);
/* A node with an internal row over child (child may be NULL). */
Node *node_row(Planner *planner, Plan *plan, Node *child, const ExprList *row);
Status node_sort(Level *level, Node **node, const ExprList *exprs, const SortList *sort,
                 double limit, uint32_t presorted);
/* The columns of the node (added where there are none) that such a sort compares. */
Status node_sort_columns(Level *level, Node **node, const ExprList *exprs, const SortList *sort,
                         SortKey **keys_out, uint32_t *count_out);
/* The operator < or > of a btree family over a type. */
Oid family_less(Planner *planner, Oid family, Oid type, bool descending);
Status node_sort_keys(Level *level, Node **node, PathKeys keys);
void plan_costs(Plan *plan, double startup, double total, double rows, double width);
/* Columns of other relations inside enclosing loops become parameters. */
Status node_scan_expr(Level *level, Rel *rel, int16_t **columns, uint32_t *count, Expr *expr,
                      Expr **out);

/* ---- upper.c: grouping, windows, DISTINCT, ORDER BY, LIMIT, set operations ---- */

Status level_plan(Level *level, double tuple_fraction, Node **node_out);
Level *level_make(Planner *planner, Level *parent, Query *query);
Status set_op_plan(Level *level, double tuple_fraction, Node **node_out);
/* One side of a set operation, its columns of the operation's types. */
Status set_op_side_plan(Level *level, const SetOpNode *side, const SetOpNode *parent,
                        Node **node_out);
/* SEARCH and CYCLE spelled out as columns of the recursive query. */
/* The level's init plans go to its top node. */
Status attach_inits(Level *level, Node *node);
Status group_plan(Level *level, Rel *rel, Node **node_out);
Status window_plan(Level *level, Node *node, Node **node_out);
double limit_estimate(Level *level, double tuple_fraction, double *offset_out, double *count_out);

/* ---- subquery.c: sublinks, CTEs, parameters of outer levels ---- */

Status sublinks_replace(Level *level, Expr *expr, bool is_qual, Expr **out);
Status outer_refs_replace(Level *level, Expr *expr, Expr **out);
Status ctes_plan(Level *level);
uint32_t exec_param_new(Planner *planner, Oid type);
Status level_subplan(Level *level, Query *query, double tuple_fraction, Level **sub_out,
                     Node **node_out);
uint32_t subplan_add(Planner *planner, Plan *plan);
void plan_set_params(Planner *planner, Plan *plan);
Expr *exec_param_expr(Planner *planner, uint32_t param, const Expr *like);

/* ---- modify.c ---- */

Status modify_plan(Level *level, Node *node, Node **node_out);
Status modify_prepare(Level *level);
/* What RETURNING and MERGE's actions read of other tables comes up from the join. Called before
 * subqueries are pulled up and after: then they read what the subqueries' columns stood for. */
void modify_keep_columns(Level *level);
Status relation_expr(Planner *planner, const char *text, Expr **out);

/* ---- finish.c ---- */

Status plan_finish(Planner *planner, Level *top, Node *node, const Query *query);
/* The functions that an expression or query calls, which was not there when the statement's were noted:
 * their rights are checked. */
void planner_note_expr(Planner *planner, Expr *expr);
void planner_note_query(Planner *planner, Query *query);
Status note_relation(Planner *planner, const RelationDesc *desc, uint8_t lock_mode);

#endif
