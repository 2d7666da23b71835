/*
 * query.h: a statement after analysis. Layer: planner.
 *
 * A Query is a tree whose names are all resolved: relations by OID in a range table, columns by
 * ExprColumn, types by OID. It says what is asked for, not how to get it. View definitions, rules and
 * SQL function bodies are stored in this form (query_to_string). Rewriting expands views and
 * policies; planning turns the result into a plan (plan.h).
 *
 * Indexes into the range table start at 1. Lists of pointers are {count, items}.
 */
#ifndef PLANNER_QUERY_H
#define PLANNER_QUERY_H

#include "catalog/acl.h"
#include "planner/ast.h"
#include "planner/bitset.h"
#include "planner/expr.h"

typedef struct Query Query;

typedef enum CommandKind {
    COMMAND_SELECT,
    COMMAND_INSERT,
    COMMAND_UPDATE,
    COMMAND_DELETE,
    COMMAND_MERGE,
    COMMAND_UTILITY
} CommandKind;

/* An output column, or a column of the row to be stored. */
typedef struct Target {
    Expr *expr;
    int16_t resno;     /* 1..; INSERT, UPDATE: the target column's attribute number */
    bool junk;         /* needed inside only (ORDER BY, GROUP BY) */
    const char *name;  /* NULL for most junk */
    uint32_t sort_ref; /* 0: no clause refers to it */
    Oid origin_table;  /* for RowDescription: the plain column it shows; 0: none */
    int16_t origin_column;
} Target;

typedef struct TargetList {
    uint32_t count;
    uint32_t capacity;
    Target **items;
} TargetList;

void target_list_add(Arena *arena, TargetList *list, Target *target);
Target *target_make(Arena *arena, Expr *expr, int16_t resno, const char *name, bool junk);
/* The target with that sort_ref, or NULL. */
Target *target_by_ref(const TargetList *list, uint32_t sort_ref);

/* ---- range table ---- */

typedef enum RteKind {
    RTE_RELATION,
    RTE_SUBQUERY,
    RTE_JOIN,
    RTE_FUNCTION,
    RTE_TABLE_FUNC, /* XMLTABLE */
    RTE_VALUES,
    RTE_CTE,
    RTE_TRANSITION, /* a trigger's transition table; name in cte_name, columns of relation */
    RTE_RESULT      /* one row without columns: an empty FROM */
} RteKind;

typedef enum JoinKind {
    JOIN_INNER,
    JOIN_LEFT,
    JOIN_FULL,
    JOIN_RIGHT,
    JOIN_SEMI,
    JOIN_ANTI
} JoinKind;

/* A function in FROM. */
typedef struct RangeFunction {
    Expr *call;
    uint32_t column_count;     /* columns it contributes */
    const char **column_names; /* column definition list, or NULL */
    Oid *column_types;         /* set where a column definition list was given */
    int32_t *column_typmods;
    Oid *column_collations;
} RangeFunction;

/* Columns of an XMLTABLE. */
typedef struct TableFunc {
    Expr *document;
    Expr *row;
    ExprList namespace_uris;
    const char **namespace_names; /* [namespace_uris.count]; NULL: default */
    uint32_t column_count;
    const char **names;
    Oid *types;
    int32_t *typmods;
    Oid *collations;
    Expr **paths;    /* NULL: the column's name */
    Expr **defaults; /* or NULL */
    bool *not_null;
    int32_t ordinality_column; /* -1: none */
} TableFunc;

/* What a join's merged column shows. */
typedef struct JoinColumn {
    Expr *expr;         /* a column of an input, or COALESCE of two for FULL ... USING */
    int16_t left_attno; /* column of the left input's row type, 0: none */
    int16_t right_attno;
} JoinColumn;

typedef struct TableSample {
    Oid handler;
    ExprList args;
    Expr *repeatable;
} TableSample;

/* Column sets of permissions hold attno + ATTNO_OFFSET, so the whole row and system columns fit. */
#define ATTNO_OFFSET 8

typedef struct RangeEntry {
    RteKind kind;
    const char *alias;          /* as written, or NULL */
    const char **alias_columns; /* column aliases as written */
    uint32_t alias_column_count;
    const char *name;      /* how the statement refers to it: the alias or its own name */
    uint32_t column_count; /* visible columns, dropped ones included (name "") */
    const char **column_names;
    int32_t location;

    /* RTE_RELATION */
    Oid relation;
    char relkind;
    bool inherit;         /* children too */
    bool no_row_security; /* inside a security-definer view, already expanded */
    uint8_t lock_mode;    /* LockMode */
    TableSample *sample;

    /* RTE_SUBQUERY */
    Query *subquery;
    bool security_barrier;
    Oid view; /* expanded from this view; 0: written as a subquery */

    /* RTE_JOIN */
    JoinKind join_kind;
    uint32_t merged_count;    /* the first so many columns come from USING */
    JoinColumn *join_columns; /* [column_count] */
    const char *using_alias;

    /* RTE_FUNCTION */
    RangeFunction *functions;
    uint32_t function_count;
    bool ordinality;

    TableFunc *table_func;

    /* RTE_VALUES: each row an ExprList of column_count items */
    ExprList *rows;
    uint32_t row_count;

    /* RTE_CTE */
    const char *cte_name;
    uint32_t cte_levels_up;
    bool self_reference;

    /* column types of every kind but RTE_RELATION (and of that too once analysed) */
    Oid *column_types;
    int32_t *column_typmods;
    Oid *column_collations;

    bool lateral;
    bool in_from; /* written in FROM (or generated for it); false: a rule's OLD/NEW, DML target */

    uint32_t required_rights; /* ACL_SELECT ..: see catalog/acl.h */
    Oid check_as_user;        /* 0: the current role */
    BitSet *selected_columns;
    BitSet *inserted_columns;
    BitSet *updated_columns;
    ExprList security_quals; /* row security and barrier views: to be checked before others */
} RangeEntry;

/* ---- FROM ---- */

typedef enum FromKind { FROM_RTE, FROM_JOIN, FROM_LIST } FromKind;

typedef struct FromNode FromNode;
struct FromNode {
    FromKind kind;
    uint32_t rt_index; /* FROM_RTE; FROM_JOIN: its RTE_JOIN entry, 0 for joins the planner made */
    /* FROM_JOIN */
    JoinKind join_kind;
    bool natural;
    const char **using_columns; /* as written, for deparsing */
    uint32_t using_count;
    FromNode *left;
    FromNode *right;
    /* FROM_LIST */
    FromNode **items;
    uint32_t item_count;
    uint32_t item_capacity;
    /* ON, or WHERE of a FROM_LIST; NULL: true */
    Expr *condition;
};

/* ---- clauses ---- */

typedef enum GroupingSetKind {
    GROUPING_EMPTY,
    GROUPING_SIMPLE, /* refs */
    GROUPING_ROLLUP,
    GROUPING_CUBE,
    GROUPING_SETS
} GroupingSetKind;

typedef struct GroupingSet {
    GroupingSetKind kind;
    uint32_t ref_count;
    uint32_t *refs; /* sort refs, GROUPING_SIMPLE */
    uint32_t child_count;
    struct GroupingSet **children;
    int32_t location;
} GroupingSet;

typedef enum FrameMode { FRAME_RANGE, FRAME_ROWS, FRAME_GROUPS } FrameMode;
typedef enum FrameBound {
    BOUND_UNBOUNDED_PRECEDING,
    BOUND_PRECEDING,
    BOUND_CURRENT_ROW,
    BOUND_FOLLOWING,
    BOUND_UNBOUNDED_FOLLOWING
} FrameBound;
typedef enum FrameExclude {
    EXCLUDE_NONE,
    EXCLUDE_CURRENT_ROW,
    EXCLUDE_GROUP,
    EXCLUDE_TIES
} FrameExclude;

typedef struct WindowFrame {
    bool given;   /* written, not the default */
    bool between; /* written with BETWEEN */
    FrameMode mode;
    FrameBound start;
    FrameBound end;
    FrameExclude exclude;
    Expr *start_offset;
    Expr *end_offset;
    Oid start_in_range; /* in_range support function; 0: none needed */
    Oid end_in_range;
    Oid in_range_collation;
    bool in_range_descending;
    bool in_range_nulls_first;
} WindowFrame;

typedef struct WindowClause {
    uint32_t ref;         /* 1.. */
    const char *name;     /* from WINDOW; NULL: inline */
    const char *ref_name; /* the window it builds on */
    SortList partition_by;
    SortList order_by;
    WindowFrame frame;
    bool copied_order;
} WindowClause;

typedef struct WindowList {
    uint32_t count;
    uint32_t capacity;
    WindowClause **items;
} WindowList;

typedef enum RowLockStrength {
    ROW_LOCK_NONE,
    ROW_LOCK_KEY_SHARE,
    ROW_LOCK_SHARE,
    ROW_LOCK_NO_KEY_UPDATE,
    ROW_LOCK_UPDATE
} RowLockStrength;
typedef enum RowLockWait { ROW_WAIT_BLOCK, ROW_WAIT_SKIP, ROW_WAIT_ERROR } RowLockWait;

typedef struct RowMark {
    uint32_t rt_index;
    RowLockStrength strength;
    RowLockWait wait;
    bool pushed_down; /* from an outer query's clause */
} RowMark;

typedef enum SetOpKind { SETOP_UNION, SETOP_INTERSECT, SETOP_EXCEPT } SetOpKind;

/* A node of the tree of set operations; leaves are subquery entries of the range table. */
typedef struct SetOpNode {
    uint32_t rt_index; /* leaf; else 0 and the rest counts */
    SetOpKind op;
    bool all;
    struct SetOpNode *left;
    struct SetOpNode *right;
    uint32_t column_count;
    Oid *types;
    int32_t *typmods;
    Oid *collations;
    SortList group; /* one a column; ref = column number. Empty for UNION ALL */
} SetOpNode;

typedef struct CteSearch {
    bool breadth_first;
    const char **columns;
    uint32_t column_count;
    const char *sequence_column;
} CteSearch;

typedef struct CteCycle {
    const char **columns;
    uint32_t column_count;
    const char *mark_column;
    Expr *mark_value;
    Expr *mark_default;
    const char *path_column;
    Oid mark_type;
    int32_t mark_typmod;
    Oid mark_collation;
    Oid mark_neq_op;
} CteCycle;

typedef struct Cte {
    const char *name;
    const char **aliases; /* column names written */
    uint32_t alias_count;
    AstMaterialized materialized;
    Query *query;
    bool recursive; /* refers to itself */
    uint32_t ref_count;
    int32_t location;
    CteSearch *search;
    CteCycle *cycle;
    uint32_t column_count;
    const char **column_names;
    Oid *column_types;
    int32_t *column_typmods;
    Oid *column_collations;
} Cte;

typedef struct CteList {
    uint32_t count;
    uint32_t capacity;
    Cte **items;
} CteList;

typedef struct InferElem {
    Expr *expr;
    Oid collation; /* 0: any */
    Oid op_class;  /* 0: any */
} InferElem;

typedef struct OnConflict {
    bool update; /* else DO NOTHING */
    InferElem *elems;
    uint32_t elem_count;
    Expr *where_infer; /* index predicate */
    Oid constraint;
    TargetList set; /* resno: target column */
    Expr *where;
    uint32_t excluded_rt_index; /* entry that stands for the proposed row */
} OnConflict;

typedef struct MergeAction {
    bool matched;
    CommandKind command; /* COMMAND_UTILITY: DO NOTHING */
    AstOverriding overriding;
    Expr *condition;
    TargetList targets; /* INSERT: full row; UPDATE: the columns set */
} MergeAction;

typedef enum WithCheckKind {
    CHECK_VIEW_LOCAL,
    CHECK_RLS_INSERT,
    CHECK_RLS_UPDATE,
    CHECK_RLS_CONFLICT_UPDATE,
    CHECK_RLS_MERGE_UPDATE,
    CHECK_RLS_MERGE_DELETE,
    CHECK_VIEW_CONFLICT /* the row that ON CONFLICT DO UPDATE met: the view must show it */
} WithCheckKind;

/* A condition that stored rows must meet: WITH CHECK OPTION, row security. */
typedef struct WithCheck {
    WithCheckKind kind;
    const char *relation_name;
    const char *policy_name;
    Expr *condition;
    bool cascaded;
} WithCheck;

typedef enum QuerySource {
    SOURCE_WRITTEN,
    SOURCE_RULE,             /* an action of DO ALSO */
    SOURCE_INSTEAD,          /* of DO INSTEAD */
    SOURCE_QUALIFIED_INSTEAD /* of DO INSTEAD with a condition */
} QuerySource;

struct Query {
    CommandKind command;
    QuerySource source;
    bool can_set_tag;
    int32_t location; /* bytes of the statement within the text */
    int32_t length;
    Ast *utility; /* COMMAND_UTILITY: the statement itself */
    /* Of a rule's action that is NOTIFY (COMMAND_UTILITY): it is stored with the rule. */
    const char *notify_channel; /* NULL: none */
    const char *notify_payload; /* NULL: none given */

    RangeEntry **range_table; /* range_table[i - 1] is entry i */
    uint32_t range_count;
    uint32_t range_capacity;
    uint32_t result_rt_index; /* DML target; 0: none */
    FromNode *from;           /* FROM_LIST with WHERE as its condition */
    TargetList targets;
    AstOverriding overriding;
    OnConflict *on_conflict;
    TargetList returning;
    MergeAction **merge_actions;
    uint32_t merge_action_count;
    bool merge_use_outer_join;

    bool has_group_by;
    SortList group_by;
    bool group_distinct;
    GroupingSet **grouping_sets;
    uint32_t grouping_set_count;
    Expr *having;
    WindowList windows;
    bool has_distinct_on;
    SortList distinct;
    SortList order_by;
    Expr *limit;  /* int8 */
    Expr *offset; /* int8 */
    bool with_ties;
    RowMark *row_marks;
    uint32_t row_mark_count;
    SetOpNode *set_op;
    CteList ctes;
    bool recursive_with;

    WithCheck *with_checks;
    uint32_t with_check_count;
    bool has_aggs;
    bool has_windows;
    bool has_target_srfs;
    bool has_sub_links;
    bool has_modifying_cte;
    bool has_for_update;
    bool has_row_security;
    bool is_return;      /* an SQL function's RETURN */
    bool instead;        /* INSTEAD OF triggers take the rows: the target is a view */
    bool targets_filled; /* defaults stand in the target list; not stored */

    /* Primary keys that make ungrouped columns allowed: a view needs them. Not stored with it. */
    uint32_t key_count;
    Oid *keys; /* pg_constraint */
};

RangeEntry *query_add_rte(Arena *arena, Query *query, RangeEntry *entry); /* index = range_count */
static inline RangeEntry *query_rte(const Query *query, uint32_t rt_index) {
    return query->range_table[rt_index - 1];
}
void from_add(Arena *arena, FromNode *list, FromNode *item);

/*
 * Calls visit for every top-level expression of the query: targets, conditions, limits, functions and
 * VALUES in FROM. With level, those of subqueries in FROM and CTEs too, *level being one more
 * while they are visited; NULL: not into subqueries. Stops at the first true, which it returns.
 */
bool query_walk(Query *query, uint32_t *level, ExprVisit visit, void *arg);
/* expr_walk that goes into the queries of sublinks in the same way. */
bool expr_walk_levels(Expr *expr, uint32_t *level, ExprVisit visit, void *arg);
/* Replaces each top-level expression by map's answer. The query is changed in place. */
void query_map(Arena *arena, Query *query, uint32_t *level, ExprMap map, void *arg);
/* expr_map that maps the queries of sublinks too (copies of them). */
Expr *expr_map_levels(Arena *arena, Expr *expr, uint32_t *level, ExprMap map, void *arg);
Query *query_copy(Arena *arena, const Query *query);
bool query_equal(const Query *a, const Query *b);

typedef struct QueryList {
    uint32_t count;
    uint32_t capacity;
    Query **items;
} QueryList;
void query_list_add(Arena *arena, QueryList *list, Query *query);

/* Stored form (pg_rewrite.ev_action, prosqlbody). Errors of reading: XX001. */
const char *query_to_string(Arena *arena, const Query *query);
Status query_from_string(Arena *arena, const char *text, size_t len, Query **query_out);

/* Several queries: the actions of a rule. */
const char *query_list_to_string(Arena *arena, const QueryList *list);
Status query_list_from_string(Arena *arena, const char *text, size_t len, QueryList *list_out);

#endif
