/*
 * expr.h: expressions whose names, types and functions are resolved. Layer: planner.
 *
 * Analysis makes these from the AST; the optimizer rewrites them; the executor compiles them. Each
 * node starts with EXPR_HEAD: tag, byte offset in the text (-1: none) and what the value is: type,
 * typmod, collation (OID 0: the type has none). Structs and tags pair by name: EXPR_CASE is an
 * ExprCase; ExprFunc serves three tags.
 *
 * Columns appear as ExprColumn (range-table index, attribute number) until planning is over and as
 * ExprSlot (side, column of a batch) afterwards. These never reach the executor: EXPR_COLUMN,
 * EXPR_SUB_LINK, EXPR_NAMED_ARG, EXPR_PLACEHOLDER, EXPR_AGG and EXPR_WINDOW_CALL (outside the plan
 * node that computes them), EXPR_GROUPING, EXPR_SET_TO_DEFAULT.
 *
 * Trees are immutable once shared: rewriting copies the path it changes. All memory is an arena's.
 */
#ifndef PLANNER_EXPR_H
#define PLANNER_EXPR_H

#include "base/arena.h"
#include "base/datum.h"

/* clang-format off */
#define EXPR_TAGS(X)                                                                               \
    X(CONST) X(COLUMN) X(PARAM) X(SLOT) X(FUNC) X(DISTINCT) X(NULLIF) X(SCALAR_ARRAY_OP) X(BOOL)   \
    X(AGG) X(GROUPING) X(WINDOW_CALL) X(SUB_LINK) X(SUB_PLAN) X(FIELD_SELECT) X(FIELD_STORE)       \
    X(RELABEL) X(COERCE_VIA_IO) X(ARRAY_COERCE) X(ROW_COERCE) X(COERCE_DOMAIN) X(DOMAIN_VALUE)     \
    X(COLLATE) X(CASE) X(CASE_TEST) X(ARRAY) X(ROW) X(ROW_COMPARE) X(COALESCE) X(MIN_MAX)          \
    X(VALUE_FUNC) X(XML) X(NULL_TEST) X(BOOLEAN_TEST) X(SUBSCRIPT) X(SET_TO_DEFAULT)               \
    X(CURRENT_OF) X(NEXT_VALUE) X(NAMED_ARG) X(PLACEHOLDER)
/* clang-format on */

typedef enum ExprTag {
    EXPR_INVALID,
#define EXPR_TAG_ENUM(name) EXPR_##name,
    EXPR_TAGS(EXPR_TAG_ENUM)
#undef EXPR_TAG_ENUM
        EXPR_TAG_COUNT
} ExprTag;

#define EXPR_HEAD                                                                                  \
    ExprTag tag;                                                                                   \
    int32_t location;                                                                              \
    Oid type;                                                                                      \
    int32_t typmod;                                                                                \
    Oid collation

typedef struct Expr {
    EXPR_HEAD;
} Expr;

typedef struct ExprList {
    uint32_t count;
    uint32_t capacity;
    Expr **items; /* NULL only where a comment says so */
} ExprList;

#define EXPR_AT(type, list, i) ((type *)(list).items[i])
#define EXPR_FOREACH(var, list)                                                                    \
    for (uint32_t var##_index_ = 0, var##_once_ = 1;                                               \
         var##_index_ < (list).count && (var##_once_ = 1); var##_index_++)                         \
        for (Expr *var = (list).items[var##_index_]; var##_once_; var##_once_ = 0)

void expr_list_add(Arena *arena, ExprList *list, void *expr);
void expr_list_concat(Arena *arena, ExprList *list, const ExprList *tail);
ExprList expr_list_of(Arena *arena, uint32_t count, ...);

struct Query;

/* How a call was written, for deparsing and for deciding what may be dropped. */
typedef enum CallForm {
    CALL_EXPLICIT, /* f(x) */
    CALL_CAST,     /* x::t, CAST(x AS t) */
    CALL_IMPLICIT, /* added by analysis */
    CALL_SQL       /* EXTRACT(.. FROM ..) and the like */
} CallForm;

typedef struct ExprConst {
    EXPR_HEAD;
    bool is_null;
    PhysType phys; /* of value */
    Datum value;   /* bytes in the arena; an unknown literal (type 705) is a PHYS_STR */
} ExprConst;

/* Column of a range-table entry. */
typedef struct ExprColumn {
    EXPR_HEAD;
    uint32_t rt_index;        /* 1.. */
    int16_t attno;            /* 1..; 0: the whole row; negative: system column (SysColumn) */
    uint32_t levels_up;       /* 0: this query */
    uint32_t syntax_rt_index; /* as written, where that is a join's column; for deparsing */
    int16_t syntax_attno;
} ExprColumn;

/* System columns, numbered as PostgreSQL's. */
typedef enum SysColumn {
    SYS_CTID = -1,
    SYS_XMIN = -2,
    SYS_CMIN = -3,
    SYS_XMAX = -4,
    SYS_CMAX = -5,
    SYS_TABLEOID = -6,
    SYS_ROWID = -7 /* internal: the 64-bit rowid (type int8) that DML and locking carry */
} SysColumn;

typedef enum ParamKind {
    PARAM_EXTERNAL, /* $number, 1.. */
    PARAM_EXEC,     /* slot `number`, 0.., set by the executor: see plan.h */
    PARAM_SUB_LINK, /* before planning: output column `number`, 1.., of the SubLink it stands in */
    PARAM_MULTI     /* before planning: SUBLINK_MULTI_EXPR id << 16 | column */
} ParamKind;

typedef struct ExprParam {
    EXPR_HEAD;
    ParamKind kind;
    uint32_t number;
} ExprParam;

/*
 * Where a value comes from once a plan stands.
 *   SLOT_LEFT      the left or only input; of a scan: its column list; of aggregation and window
 *                  nodes: the internal row that plan.h describes
 *   SLOT_RIGHT     the right input of a join
 *   SLOT_TARGET    DML: the target table's row, column = attno - 1: the row after the change
 *                  (RETURNING, checks, index expressions) or the existing one (ON CONFLICT, MERGE)
 *   SLOT_EXCLUDED  ON CONFLICT: the row proposed for insertion, column = attno - 1
 */
typedef enum SlotSide { SLOT_LEFT, SLOT_RIGHT, SLOT_TARGET, SLOT_EXCLUDED } SlotSide;

typedef struct ExprSlot {
    EXPR_HEAD;
    SlotSide side;
    int32_t column; /* 0..; SLOT_TARGET, SLOT_EXCLUDED: negative values are SysColumn, -1000 the
                       whole row */
} ExprSlot;
#define SLOT_WHOLE_ROW (-1000)

/*
 * EXPR_FUNC: a function or operator call. EXPR_DISTINCT: args[0] IS DISTINCT FROM args[1], function
 * is the = one's (the result is its negation, NULL counting as a value). EXPR_NULLIF: likewise.
 */
typedef struct ExprFunc {
    EXPR_HEAD;
    Oid function;
    Oid op; /* the operator, if written as one; else 0 */
    CallForm form;
    bool variadic; /* the last argument is the VARIADIC array */
    bool returns_set;
    Oid input_collation;
    ExprList args;
} ExprFunc;

/* args[0] op ANY|ALL (args[1], an array). */
typedef struct ExprScalarArrayOp {
    EXPR_HEAD;
    Oid function;
    Oid op;
    bool use_or; /* ANY; else ALL */
    Oid input_collation;
    ExprList args;
} ExprScalarArrayOp;

typedef enum BoolOp { BOOL_AND, BOOL_OR, BOOL_NOT } BoolOp;

typedef struct ExprBool {
    EXPR_HEAD;
    BoolOp op;
    ExprList args; /* AND, OR: flat; NOT: one */
} ExprBool;

/* An item of ORDER BY, GROUP BY, DISTINCT, PARTITION BY: which target, by which operators. */
typedef struct SortClause {
    uint32_t ref; /* Target.sort_ref; within ExprAgg: 1-based index into args */
    Oid eq_op;
    Oid sort_op; /* < or >; 0: groups by hash only */
    bool descending;
    bool nulls_first;
    bool hashable;
} SortClause;

typedef struct SortList {
    uint32_t count;
    uint32_t capacity;
    SortClause *items;
} SortList;

void sort_list_add(Arena *arena, SortList *list, SortClause clause);

typedef enum AggKind {
    AGG_KIND_NORMAL = 'n',
    AGG_KIND_ORDERED_SET = 'o',
    AGG_KIND_HYPOTHETICAL = 'h'
} AggKind;

typedef struct ExprAgg {
    EXPR_HEAD;
    Oid function;
    AggKind kind;
    ExprList direct_args;
    ExprList args; /* the first call_arg_count are passed, the rest only sort the input */
    uint32_t call_arg_count;
    SortList order_by;
    SortList distinct; /* with order_by: starts with its items */
    Expr *filter;      /* or NULL */
    bool star;
    bool variadic;
    Oid input_collation;
    uint32_t levels_up;
} ExprAgg;

/* GROUPING(args). */
typedef struct ExprGrouping {
    EXPR_HEAD;
    ExprList args;
    uint32_t *refs; /* sort refs of args, [args.count] */
    uint32_t levels_up;
} ExprGrouping;

/* f(args) OVER window. */
typedef struct ExprWindowCall {
    EXPR_HEAD;
    Oid function;
    ExprList args;
    Expr *filter;
    Oid input_collation;
    uint32_t window_ref; /* WindowClause.ref */
    bool star;
    bool is_agg; /* an aggregate used as a window function */
} ExprWindowCall;

typedef enum SubLinkKind {
    SUBLINK_EXISTS,
    SUBLINK_ALL, /* test op ALL (query) */
    SUBLINK_ANY,
    SUBLINK_ROW_COMPARE, /* (a, b) op (query) */
    SUBLINK_EXPR,
    SUBLINK_MULTI_EXPR, /* UPDATE .. SET (a, b) = (query): columns are PARAM_MULTI */
    SUBLINK_ARRAY,
    SUBLINK_CTE /* planner only: fills a CTE's store */
} SubLinkKind;

/* A subquery in an expression, before planning. test (ANY, ALL, ROW_COMPARE) compares the left-hand
 * values with PARAM_SUB_LINK parameters that stand for the subquery's columns. */
typedef struct ExprSubLink {
    EXPR_HEAD;
    SubLinkKind kind;
    uint32_t id; /* MULTI_EXPR: 1.. within the statement */
    Expr *test;
    const char *op_name; /* as written, for deparsing; NULL: IN */
    struct Query *query;
} ExprSubLink;

/*
 * A subquery that runs as a plan of its own. Uncorrelated ones become init plans (see plan.h) and
 * leave only an ExprParam; this node is evaluated per row:
 *   set param_ids[i] = args[i], run PlannedStatement.subplans[plan] and combine its rows by kind.
 * test sees the current subquery row through ExprParam(PARAM_EXEC, column_params[..]).
 * use_hash: the plan has no parameters; hash its rows once and probe. test is then an AND of
 * hash_ops: left value = column.
 */
typedef struct ExprSubPlan {
    EXPR_HEAD;
    SubLinkKind kind;
    uint32_t plan;    /* index into PlannedStatement.subplans */
    const char *name; /* "SubPlan 1", for EXPLAIN */
    Expr *test;
    uint32_t column_param_count;
    uint32_t *column_params; /* exec params that stand for the subquery's columns in test */
    ExprList args;
    uint32_t *param_ids; /* [args.count] */
    bool use_hash;
    bool unknown_is_false;      /* NULL need not be told from false (top of WHERE) */
    uint32_t first_column_type; /* type OID of output column 0 */
    int32_t first_column_typmod;
    Oid first_column_collation;
    double startup_cost;
    double per_call_cost;
} ExprSubPlan;

/* (composite).field */
typedef struct ExprFieldSelect {
    EXPR_HEAD;
    Expr *arg;
    int16_t field; /* 1.. */
} ExprFieldSelect;

/* A copy of composite arg (NULL: all NULL) with fields[i] set to values[i]. */
typedef struct ExprFieldStore {
    EXPR_HEAD;
    Expr *arg;
    ExprList values;
    int16_t *fields;
} ExprFieldStore;

/* The same bits as another type: binary-coercible casts. */
typedef struct ExprRelabel {
    EXPR_HEAD;
    Expr *arg;
    CallForm form;
} ExprRelabel;

/* arg printed, then read as type. */
typedef struct ExprCoerceViaIo {
    EXPR_HEAD;
    Expr *arg;
    CallForm form;
} ExprCoerceViaIo;

/* Each element of array arg through element (which sees it as ExprCaseTest). */
typedef struct ExprArrayCoerce {
    EXPR_HEAD;
    Expr *arg;
    Expr *element;
    CallForm form;
} ExprArrayCoerce;

/* A row value as another composite type with matching columns (inheritance, whole-row). */
typedef struct ExprRowCoerce {
    EXPR_HEAD;
    Expr *arg;
    CallForm form;
} ExprRowCoerce;

/* arg checked against the constraints of domain `type`. */
typedef struct ExprCoerceDomain {
    EXPR_HEAD;
    Expr *arg;
    CallForm form;
} ExprCoerceDomain;

/* EXPR_DOMAIN_VALUE (VALUE in a domain's check), EXPR_CASE_TEST (the innermost CASE's argument or
 * array coercion's element), EXPR_SET_TO_DEFAULT are plain Expr. */

typedef struct ExprCollate {
    EXPR_HEAD;
    Expr *arg;
} ExprCollate;

typedef struct ExprCase {
    EXPR_HEAD;
    Expr *arg;           /* CASE arg WHEN: conditions compare ExprCaseTest; or NULL */
    ExprList conditions; /* boolean */
    ExprList results;    /* [conditions.count] */
    Expr *otherwise;     /* never NULL */
} ExprCase;

/* ARRAY[..]; multi: the elements are arrays that become one with one more dimension. */
typedef struct ExprArray {
    EXPR_HEAD;
    Oid element_type;
    bool multi;
    ExprList elements;
} ExprArray;

/* ROW(..). Type 2249 (record) or a named composite, whose dropped columns are NULL constants. */
typedef struct ExprRow {
    EXPR_HEAD;
    ExprList args;
    const char **names; /* [args.count] field names of an anonymous record */
    CallForm form;
    bool is_record; /* the value of a record of PL/pgSQL */
} ExprRow;

typedef enum RowCompareKind { ROW_LT = 1, ROW_LE, ROW_EQ, ROW_GE, ROW_GT, ROW_NE } RowCompareKind;

/* (left..) < (right..), by the btree families of ops; = and <> become AND/OR. */
typedef struct ExprRowCompare {
    EXPR_HEAD;
    RowCompareKind kind;
    Oid *ops;       /* [left.count] */
    Oid *functions; /* of ops */
    Oid *input_collations;
    ExprList left;
    ExprList right;
} ExprRowCompare;

typedef struct ExprCoalesce {
    EXPR_HEAD;
    ExprList args;
} ExprCoalesce;

typedef struct ExprMinMax {
    EXPR_HEAD;
    bool greatest;
    Oid input_collation;
    ExprList args;
} ExprMinMax;

typedef enum ValueFuncKind {
    VALUE_CURRENT_DATE,
    VALUE_CURRENT_TIME,
    VALUE_CURRENT_TIMESTAMP,
    VALUE_LOCALTIME,
    VALUE_LOCALTIMESTAMP,
    VALUE_CURRENT_ROLE,
    VALUE_CURRENT_USER,
    VALUE_USER,
    VALUE_SESSION_USER,
    VALUE_CURRENT_CATALOG,
    VALUE_CURRENT_SCHEMA
} ValueFuncKind;

/* CURRENT_TIMESTAMP(typmod) and the rest. */
typedef struct ExprValueFunc {
    EXPR_HEAD;
    ValueFuncKind kind;
} ExprValueFunc;

typedef enum XmlOp {
    XML_CONCAT,
    XML_ELEMENT,
    XML_FOREST,
    XML_PARSE,
    XML_PI,
    XML_ROOT,
    XML_SERIALIZE,
    XML_IS_DOCUMENT
} XmlOp;

typedef struct ExprXml {
    EXPR_HEAD;
    XmlOp op;
    const char *name;
    ExprList named_args;
    const char **arg_names; /* [named_args.count] */
    ExprList args;
    bool document;
} ExprXml;

typedef struct ExprNullTest {
    EXPR_HEAD;
    Expr *arg;
    bool is_not;
    bool arg_is_row; /* test each field, as SQL says */
} ExprNullTest;

typedef enum BooleanTestKind {
    TEST_TRUE,
    TEST_NOT_TRUE,
    TEST_FALSE,
    TEST_NOT_FALSE,
    TEST_UNKNOWN,
    TEST_NOT_UNKNOWN
} BooleanTestKind;

typedef struct ExprBooleanTest {
    EXPR_HEAD;
    Expr *arg;
    BooleanTestKind kind;
} ExprBooleanTest;

/*
 * Subscripts. Fetch (value NULL): arg[upper..] or, a slice, arg[lower:upper]. Store (value set): the
 * container with the value put there. Items of lower and upper may be NULL in a slice (open bound).
 */
typedef struct ExprSubscript {
    EXPR_HEAD;
    Oid container_type;
    Oid element_type;
    bool slice;
    Expr *arg;
    ExprList upper;
    ExprList lower; /* slice: as many as upper */
    Expr *value;
} ExprSubscript;

typedef struct ExprCurrentOf {
    EXPR_HEAD;
    uint32_t rt_index;
    const char *cursor; /* or NULL: refcursor parameter */
    uint32_t param;
} ExprCurrentOf;

/* nextval of an identity column's sequence. */
typedef struct ExprNextValue {
    EXPR_HEAD;
    Oid sequence;
} ExprNextValue;

/* name => arg, within a call being analysed. */
typedef struct ExprNamedArg {
    EXPR_HEAD;
    const char *name;
    Expr *arg;
    int32_t number; /* position it took, 0.. */
} ExprNamedArg;

/* An output of a subquery, or a key, that grouping sets may turn to NULL. Planner only. */
typedef struct ExprPlaceholder {
    EXPR_HEAD;
    Expr *arg;
    struct BitSet *rels; /* where arg is computed */
    uint32_t id;
    uint32_t levels_up;
} ExprPlaceholder;

/* ---- making nodes ---- */

#define EXPR_NEW(arena, type_, tag_) ((type_ *)expr_new((arena), sizeof(type_), (tag_)))
/* Zeroed, typmod and location -1. */
void *expr_new(Arena *arena, size_t bytes, ExprTag tag);
ExprConst *expr_const(Arena *arena, Oid type, int32_t typmod, Oid collation, PhysType phys,
                      Datum value, bool is_null);
ExprConst *expr_bool_const(Arena *arena, bool value, bool is_null);
ExprConst *expr_null(Arena *arena, Oid type, int32_t typmod, Oid collation, PhysType phys);
ExprSlot *expr_slot(Arena *arena, SlotSide side, int32_t column, const Expr *like);
ExprColumn *expr_column(Arena *arena, uint32_t rt_index, int16_t attno, Oid type, int32_t typmod,
                        Oid collation, uint32_t levels_up);
/* AND of a list: NULL where empty, the item itself where there is one. */
Expr *expr_and(Arena *arena, const ExprList *conjuncts);
Expr *expr_or(Arena *arena, const ExprList *arms); /* likewise */
Expr *expr_not(Arena *arena, Expr *arg);
/* Flattens nested ANDs; NULL adds nothing. */
void expr_conjuncts(Arena *arena, Expr *condition, ExprList *out);
const char *expr_tag_name(ExprTag tag);

/* ---- walking ---- */

/* Calls visit for each direct child expression (not into subqueries); stops at the first true, which
 * it returns. Covers ExprSubLink.test and ExprSubPlan.args. */
typedef bool (*ExprVisit)(Expr *expr, void *arg);
bool expr_walk(Expr *expr, ExprVisit visit, void *arg);
bool expr_list_walk(const ExprList *list, ExprVisit visit, void *arg);

/* A shallow copy whose children went through map; the node itself if none changed. */
typedef Expr *(*ExprMap)(Expr *expr, void *arg);
Expr *expr_map(Arena *arena, Expr *expr, ExprMap map, void *arg);
ExprList expr_list_map(Arena *arena, const ExprList *list, ExprMap map, void *arg);

/* Same value in every row: structure, without locations. */
bool expr_equal(const Expr *a, const Expr *b);
bool expr_list_equal(const ExprList *a, const ExprList *b);
/* Agrees with expr_equal. */
uint64_t expr_hash(const Expr *expr);
/* A deep copy onto an arena (for caches), subqueries included. */
Expr *expr_copy(Arena *arena, const Expr *expr);
/* Leftmost byte offset in the expression, as error positions want it. */
int32_t expr_location(const Expr *expr);

/* ---- stored trees (pg_node_tree) ---- */

/* A compact text form with OIDs: defaults, checks, index expressions, predicates. */
const char *expr_to_string(Arena *arena, const Expr *expr);
const char *expr_list_to_string(Arena *arena, const ExprList *list);
/* Errors: XX001 where the text is not one. */
Status expr_from_string(Arena *arena, const char *text, size_t len, Expr **expr_out);
Status expr_list_from_string(Arena *arena, const char *text, size_t len, ExprList *list_out);

#endif
