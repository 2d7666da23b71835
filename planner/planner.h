/*
 * planner.h: from a parsed statement to a plan. Layer: planner.
 *
 *     analyze_statement   AST -> Query (names, types, overloads)
 *     rewrite_query       Query -> Query (views, row security, rules)
 *     plan_query          Query -> PlannedStatement
 *
 * All trees live in the arena given. Catalog look-ups go through the session's catalog
 * (EvalEnv.catalog) and may park; relation locks are taken by analysis, as PostgreSQL does.
 */
#ifndef PLANNER_PLANNER_H
#define PLANNER_PLANNER_H

#include "planner/plan.h"
#include "types/fn.h"

/* Planner settings, parsed. */
typedef struct PlannerSettings {
    double seq_page_cost;
    double random_page_cost;
    double cpu_tuple_cost;
    double cpu_index_tuple_cost;
    double cpu_operator_cost;
    double cursor_tuple_fraction;
    double effective_cache_pages;
    double work_mem_kb;
    double hash_mem_multiplier;
    int default_statistics_target;
    int from_collapse_limit;
    int join_collapse_limit;
    bool enable_seqscan;
    bool enable_indexscan;
    bool enable_indexonlyscan;
    bool enable_bitmapscan;
    bool enable_tidscan;
    bool enable_sort;
    bool enable_incremental_sort;
    bool enable_hashagg;
    bool enable_nestloop;
    bool enable_mergejoin;
    bool enable_hashjoin;
    bool enable_material;
    bool enable_memoize;
    bool enable_partition_pruning;
    bool enable_parallel_append;
    bool parallel_leader_participation;
    int max_parallel_workers_per_gather;
    int max_parallel_workers;
    double parallel_setup_cost;
    double parallel_tuple_cost;
    double min_parallel_table_scan_size; /* pages */
    bool constraint_exclusion;
    bool transform_null_equals;
    bool row_security;
    bool replication_role_replica; /* session_replication_role: which rules fire */
} PlannerSettings;

#define PLANNER_SETTINGS_DEFAULT                                                                   \
    ((PlannerSettings){.seq_page_cost = 1.0,                                                       \
                       .random_page_cost = 4.0,                                                    \
                       .cpu_tuple_cost = 0.01,                                                     \
                       .cpu_index_tuple_cost = 0.005,                                              \
                       .cpu_operator_cost = 0.0025,                                                \
                       .cursor_tuple_fraction = 0.1,                                               \
                       .effective_cache_pages = 524288,                                            \
                       .work_mem_kb = 4096,                                                        \
                       .hash_mem_multiplier = 2.0,                                                 \
                       .default_statistics_target = 100,                                           \
                       .from_collapse_limit = 8,                                                   \
                       .join_collapse_limit = 8,                                                   \
                       .enable_seqscan = true,                                                     \
                       .enable_indexscan = true,                                                   \
                       .enable_indexonlyscan = true,                                               \
                       .enable_bitmapscan = true,                                                  \
                       .enable_tidscan = true,                                                     \
                       .enable_sort = true,                                                        \
                       .enable_incremental_sort = true,                                            \
                       .enable_hashagg = true,                                                     \
                       .enable_nestloop = true,                                                    \
                       .enable_mergejoin = true,                                                   \
                       .enable_hashjoin = true,                                                    \
                       .enable_material = true,                                                    \
                       .enable_memoize = true,                                                     \
                       .enable_partition_pruning = true,                                           \
                       .enable_parallel_append = true,                                             \
                       .parallel_leader_participation = true,                                      \
                       .max_parallel_workers = 8,                                                  \
                       .parallel_setup_cost = 1000,                                                \
                       .parallel_tuple_cost = 0.1,                                                 \
                       .min_parallel_table_scan_size = 1024,                                       \
                       .row_security = true})

/*
 * Rows that a statement changed, by the name that a trigger's REFERENCING gives them. Queries within
 * the trigger's function read them like tables; the names hide tables of the same name that are not
 * qualified. EvalEnv.transitions.
 */
typedef struct TransitionTable {
    const struct TransitionTable *next;
    const char *name;
    Oid relation;   /* whose columns they have, those that are dropped left out */
    uint64_t count; /* of rows */
    void *rows;     /* the executor's */
} TransitionTable;

/* What a name is that a column has, too. */
typedef enum HookOrder { HOOK_COLUMN_WINS, HOOK_NAME_WINS, HOOK_AMBIGUOUS } HookOrder;

/* Column and variable names that a host language (SQL functions, PL) adds. */
typedef struct ParseHooks {
    void *arg;
    /* *expr_out NULL: not a name of yours. found: a column is called so; do not fail then. */
    Status (*column_ref)(void *arg, Arena *arena, const AstColumnRef *ref, bool found,
                         Expr **expr_out);
    Status (*param_ref)(void *arg, Arena *arena, const AstParamRef *ref, Expr **expr_out);
    HookOrder order;
} ParseHooks;

typedef struct AnalyzeOptions {
    const ParseHooks *hooks;
    /*
     * Types of $1.. : param_types[param_count]; 0: to be inferred. NULL and 0: parameters are errors
     * ("there is no parameter $1") unless infer_params.
     */
    const Oid *param_types;
    uint32_t param_count;
    bool infer_params; /* unknown and missing types are inferred and may be more than param_count */
} AnalyzeOptions;

typedef struct AnalyzedStatement {
    Query *query;
    Oid *param_types; /* resolved; 705 (unknown) never remains: 42P18 instead */
    uint32_t param_count;
} AnalyzedStatement;

/*
 * Resolves a statement. Utility statements come back with command COMMAND_UTILITY and the AST;
 * EXPLAIN, DECLARE CURSOR, CREATE TABLE AS, PREPARE and their kind likewise: whoever runs them
 * analyses the inner statement. source text is not needed: errors carry byte offsets.
 */
Status analyze_statement(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                         const AstRawStatement *raw, const AnalyzeOptions *options,
                         AnalyzedStatement *analyzed_out);

/* What PL/pgSQL assigns to: a variable as an expression, and subscripts and fields behind it. */
typedef struct PlStore {
    Expr *variable;
    const char *name;
    const AstList *steps;
} PlStore;
/*
 * The same for what PL/pgSQL has where SQL has expressions: a SELECT. With a store its one column
 * becomes the variable's new value, converted to its type in whatever way there is; composite values
 * are left as they are. Without one literals of unknown type are text. Errors: 42601 assignment source
 * returned %d columns.
 */
Status analyze_pl_expression(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                             const AstRawStatement *raw, const AnalyzeOptions *options,
                             const PlStore *store, AnalyzedStatement *analyzed_out);
/* As PL/pgSQL converts: as assignments do, else through text. */
Status analyze_coerce_any(EvalEnv *env, Arena *arena, Expr *expr, Oid type, int32_t typmod,
                          Expr **expr_out);

/* The name an unnamed output column with this expression would have; NULL: nothing suggests one. */
const char *analyze_figure_name(const Ast *ast);

/* A relation as the scope of an expression: defaults, checks, index expressions, policies. */
typedef struct ExprScope {
    Oid relation;      /* 0: no columns */
    const char *alias; /* NULL: the relation's name */
    /* or columns that are not in the catalog yet (CREATE TABLE): */
    uint32_t column_count;
    const char **column_names;
    Oid *column_types;
    int32_t *column_typmods;
    Oid *column_collations;
    bool domain_value; /* VALUE stands for a value of value_type (domain checks) */
    Oid value_type;
    int32_t value_typmod;
} ExprScope;

/* What the expression is for: decides what it may contain and how errors name it. */
typedef enum ExprKind {
    EXPR_KIND_NONE,
    EXPR_KIND_OTHER,
    EXPR_KIND_JOIN_ON,
    EXPR_KIND_JOIN_USING,
    EXPR_KIND_FROM_SUBSELECT,
    EXPR_KIND_FROM_FUNCTION,
    EXPR_KIND_WHERE,
    EXPR_KIND_HAVING,
    EXPR_KIND_FILTER,
    EXPR_KIND_WINDOW_PARTITION,
    EXPR_KIND_WINDOW_ORDER,
    EXPR_KIND_WINDOW_FRAME_RANGE,
    EXPR_KIND_WINDOW_FRAME_ROWS,
    EXPR_KIND_WINDOW_FRAME_GROUPS,
    EXPR_KIND_SELECT_TARGET,
    EXPR_KIND_INSERT_TARGET,
    EXPR_KIND_UPDATE_SOURCE,
    EXPR_KIND_UPDATE_TARGET,
    EXPR_KIND_MERGE_WHEN,
    EXPR_KIND_GROUP_BY,
    EXPR_KIND_ORDER_BY,
    EXPR_KIND_DISTINCT_ON,
    EXPR_KIND_LIMIT,
    EXPR_KIND_OFFSET,
    EXPR_KIND_RETURNING,
    EXPR_KIND_VALUES,
    EXPR_KIND_VALUES_SINGLE,
    EXPR_KIND_CHECK_CONSTRAINT,
    EXPR_KIND_DOMAIN_CHECK,
    EXPR_KIND_COLUMN_DEFAULT,
    EXPR_KIND_FUNCTION_DEFAULT,
    EXPR_KIND_INDEX_EXPRESSION,
    EXPR_KIND_INDEX_PREDICATE,
    EXPR_KIND_STATS_EXPRESSION,
    EXPR_KIND_ALTER_COL_TRANSFORM,
    EXPR_KIND_EXECUTE_PARAMETER,
    EXPR_KIND_TRIGGER_WHEN,
    EXPR_KIND_POLICY,
    EXPR_KIND_PARTITION_BOUND,
    EXPR_KIND_PARTITION_EXPRESSION,
    EXPR_KIND_CALL_ARGUMENT,
    EXPR_KIND_COPY_WHERE,
    EXPR_KIND_GENERATED_COLUMN,
    EXPR_KIND_CYCLE_MARK
} ExprKind;

/* Resolves one expression. Columns of the scope's relation are ExprColumn with rt_index 1. */
Status analyze_expr(EvalEnv *env, Arena *arena, const PlannerSettings *settings, const Ast *ast,
                    const ExprScope *scope, ExprKind kind, Expr **expr_out);
/*
 * Coerces an analysed expression to a column's type in assignment context and refuses what does not
 * fit: 42804 column "%s" is of type %s but %s expression is of type %s (default_ wording for
 * defaults). collations are assigned.
 */
Status analyze_coerce_default(EvalEnv *env, Arena *arena, Expr *expr, const char *column, Oid type,
                              int32_t typmod, Expr **expr_out);
enum { VIEW_UPDATE = 1 << 2, VIEW_INSERT = 1 << 3, VIEW_DELETE = 1 << 4 };
/* Commands that a relation takes (VIEW_ bits), of INSERT and UPDATE those that can set the column (0: any).
 * triggers: INSTEAD OF triggers count. A relation that does not exist takes none. */
Status view_events(EvalEnv *env, Arena *arena, Oid relation, int16_t column, bool triggers,
                   unsigned *events_out);

/*
 * A name that may mean a parameter of the function whose body is analysed: p, function.p, p.field,
 * function.p.field. find gives the parameter of a name, NULL: none. *expr_out NULL: it means none.
 */
typedef Status (*ParamFind)(void *arg, Arena *arena, const char *name, int32_t location,
                            Expr **expr_out);
Status analyze_param_name(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                          const char *function, const AstColumnRef *ref, ParamFind find, void *arg,
                          Expr **expr_out);

/* What a procedure gives back: OUT and INOUT parameters. */
typedef struct ProcOutput {
    const char *name;
    Oid type;
    int32_t argument; /* of the call, 0-based, that stands in its place; -1: none, a default does */
} ProcOutput;
typedef struct ProcOutputs {
    ProcOutput *items;
    uint32_t count;
} ProcOutputs;
/* CALL f(..): the procedure with its input arguments (where it has outputs, named and defaulted ones
 * in their places; else as in any call). Errors: 42883 procedure %s does not exist, 42809 %s is not a
 * procedure. */
Status analyze_call(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                    const AstFuncCall *ast, const AnalyzeOptions *options, ExprFunc **call_out,
                    ProcOutputs *outputs_out);
/*
 * CREATE RULE: its condition (NULL: none) and actions, in terms of entries 1 (OLD) and 2 (NEW), which
 * an INSERT ... SELECT has in its query. DO NOTHING is no action. Errors: 42P17, 0A000 for what rules
 * may not contain.
 */
Status analyze_rule(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                    const AstCreateRule *ast, const RelationDesc *relation, Expr **condition_out,
                    QueryList *actions_out);
/*
 * CREATE TRIGGER's condition (NULL: none): columns of OLD have rt_index 1, those of NEW 2. Errors:
 * 42P17, 0A000 for references that the trigger's events do not have.
 */
Status analyze_trigger_when(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                            const AstCreateTrigger *ast, const RelationDesc *relation,
                            Expr **when_out);
/* The stored condition to run: OLD is SLOT_EXCLUDED, NEW is SLOT_TARGET. */
Status plan_trigger_when(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Expr *when,
                         Expr **out);
/* What a column of the type gets by its domain's default, converted; NULL: no domain has one. */
Status analyze_type_default(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Oid type,
                            int32_t typmod, Expr **expr_out);
/* A function that takes these types without conversion at run time: what aggregates are made of.
 * variadic_any: it must be VARIADIC "any". The result is what polymorphic types make of it. Errors:
 * 42883, 42804. */
Status analyze_support_function(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                                const StrList *name, const Oid *types, uint32_t count,
                                bool variadic_any, Oid *function_out, Oid *result_out);
/* What a polymorphic result is for these actual arguments; itself where it is not polymorphic or they
 * are. */
Status analyze_polymorphic_result(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                                  const Oid *actual, const Oid *declared, uint32_t count,
                                  Oid result, Oid *result_out);
/* A function in SQL whose text is analysed: what its hooks need (their arg). */
typedef struct SqlBody {
    EvalEnv *env;
    const PlannerSettings *settings;
    const ProcDesc *proc;
    const Oid *arg_types; /* polymorphic ones as they are in the call */
    uint32_t arg_count;
    Oid collation; /* of the call's inputs; 0: the types' own */
} SqlBody;
/* Parameter $number; NULL: there is none. */
Status sql_body_param(const SqlBody *body, Arena *arena, int32_t number, int32_t location,
                      Expr **expr_out);
Status sql_body_column_ref(void *body, Arena *arena, const AstColumnRef *ref, bool found,
                           Expr **expr_out);
Status sql_body_param_ref(void *body, Arena *arena, const AstParamRef *ref, Expr **expr_out);
/* What a function in SQL is to return. */
typedef struct FunctionResult {
    Oid type;
    bool is_procedure;
    bool has_columns; /* of a row type: what they are is known */
    uint32_t column_count;
    const Oid *types;       /* 0: a dropped column, which gets NULL */
    const int32_t *typmods; /* NULL: none */
} FunctionResult;
/*
 * Casts what the function's last statement (NULL: there is none) gives to what is wanted; *query_io may
 * get a query around it. *row_out: its columns are those of the row type, not one whole value of it.
 * Error: 42P13 return type mismatch in function declared to return %s.
 */
Status analyze_function_result(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                               const FunctionResult *want, Query **query_io, bool *row_out);
/* To boolean; construct as errors name it ("WHERE", "CHECK"). */
Status analyze_coerce_boolean(EvalEnv *env, Arena *arena, Expr *expr, const char *construct,
                              Expr **expr_out);
/* EXECUTE's argument to parameter $number's type, in assignment context. Error: 42804 parameter $%d of
 * type %s cannot be coerced to the expected type %s. */
Status analyze_coerce_parameter(EvalEnv *env, Arena *arena, Expr *expr, uint32_t number, Oid type,
                                Expr **expr_out);

/* The OID and typmod that a type name means. Errors: 42704 type "%s" does not exist, with position. */
Status analyze_type_name(EvalEnv *env, Arena *arena, const AstTypeName *name, Oid *type_out,
                         int32_t *typmod_out);
/* Likewise; *type_out 0 where there is none. */
Status analyze_type_name_find(EvalEnv *env, Arena *arena, const AstTypeName *name, Oid *type_out,
                              int32_t *typmod_out);
/* The collation a column has: written, or its type's. Errors: 42704, 42804. */
Status analyze_column_collation(EvalEnv *env, const AstCollate *collate, Oid type,
                                Oid *collation_out);

/*
 * Applies rules; expands views, row security; fills in INSERT and UPDATE target lists with defaults and
 * generated columns. The query is changed in place. products_out: the queries to run one after the
 * other, mostly just this one; none where a rule says DO INSTEAD NOTHING. At most one has can_set_tag.
 */
Status rewrite_query(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Query *query,
                     QueryList *products_out);

typedef struct PlanOptions {
    double tuple_fraction; /* 0: all rows will be read; (0,1): that part; >= 1: so many rows */
    bool scrollable;
    /* Values of external parameters, for custom plans; NULL: a generic plan. */
    const Datum *param_values;
    const bool *param_nulls;
    uint32_t param_value_count;
} PlanOptions;

/*
 * Plans an analysed (not yet rewritten) query; consumes it. Utility statements come back with only
 * command and utility set. options may be NULL. *plan_out is NULL at an error, but of planning
 * itself: then it has parameters and columns and no plan.
 */
Status plan_query(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                  const AnalyzedStatement *analyzed, const PlanOptions *options,
                  PlannedStatement **plan_out);

/* 'i', 's' or 'v': the least stable of what a lone expression calls, once constants are folded. */
Status plan_expr_volatility(EvalEnv *env, Arena *arena, const PlannerSettings *settings,
                            const Expr *expr, char *volatility_out);

/*
 * Prepares a lone expression for execution: folds constants, expands defaults of functions, turns
 * columns into slots of `side` (column = attno - 1 of any range-table entry). Sub-selects are refused.
 */
Status plan_expr(EvalEnv *env, Arena *arena, const PlannerSettings *settings, Expr *expr,
                 SlotSide side, Expr **expr_out);

/*
 * How an index bound's value of another type of the family reads in the column's type.
 *   FIT_EXACT    *value_out is equal to it
 *   FIT_BETWEEN  *value_out is the greatest value below it (a float8 no float4 can show, ...)
 *   FIT_BELOW    it lies below every value of the type; FIT_ABOVE: above; *value_out is unset
 */
typedef enum BoundFit { FIT_EXACT, FIT_BETWEEN, FIT_BELOW, FIT_ABOVE } BoundFit;
Status index_bound_convert(EvalEnv *env, Arena *arena, Oid column_type, Oid value_type, Datum value,
                           Datum *value_out, BoundFit *fit_out);

#endif
