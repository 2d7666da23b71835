/* analyze_int.h: what the files of analysis share. Private to planner/. */
#ifndef PLANNER_ANALYZE_INT_H
#define PLANNER_ANALYZE_INT_H

#include "base/strbuf.h"
#include "base/vec.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "planner/parser.h"
#include "planner/planner.h"
#include "runtime/fiber.h"
#include "types/type.h"

#define FUNC_ARGS_MAX 100
#define TARGETS_MAX 1664
#define COLUMNS_MAX 1600

/* One statement's analysis: what all its queries share. */
typedef struct Analyzer {
    EvalEnv *env;
    CatalogSession *catalog;
    Arena *arena;
    const PlannerSettings *settings;
    const ParseHooks *hooks;
    Oid *param_types;                 /* [param_count]; 0: seen, not yet known */
    uint32_t param_count, param_room; /* of inferred ones; room for more where they are */
    bool infer_params;
    uint32_t multi_assign_count;
} Analyzer;

/* A column that names may refer to. */
typedef struct ScopeColumn {
    uint32_t rt_index; /* where the value really is: of a join's column, its input's */
    int16_t attno;
    Oid type; /* 0: dropped */
    int32_t typmod;
    Oid collation;
    uint32_t syntax_rt_index; /* the entry it belongs to as written */
    int16_t syntax_attno;
    bool hidden; /* merged into a USING column: not in * */
} ScopeColumn;

/* An entry of the range table as names see it. */
typedef struct ScopeItem {
    RangeEntry *entry;
    uint32_t rt_index;
    const char *alias;
    const char **names;
    uint32_t column_count;
    ScopeColumn *columns;
    bool rel_visible;
    bool cols_visible;
    bool lateral_only;
    bool lateral_ok;
} ScopeItem;

typedef VEC(ScopeItem *) ScopeItems;

typedef struct CteVec {
    Cte **items;
    size_t count;
    size_t capacity;
} CteVec;

typedef struct Scope Scope;

#define RULE_OLD 1u
#define RULE_NEW 2u
typedef struct RuleScope {
    const RelationDesc *relation;
    bool sees_old, sees_new;
    bool sees_columns; /* without saying whose */
} RuleScope;
struct Scope {
    Analyzer *an;
    Scope *parent;
    Query *query;
    ScopeItems items;     /* namespace: what names can see now */
    ScopeItem **by_index; /* by rt_index - 1: every entry's item */
    size_t by_index_capacity;
    CteVec ctes;                      /* visible WITH queries of this level */
    const AstCte *const *future_ctes; /* named, not yet defined */
    size_t future_cte_count;
    Cte *parent_cte;
    ExprKind kind;
    const AstList *window_defs;        /* WINDOW clause */
    VEC(const AstWindowDef *) windows; /* all that WindowClause.ref may mean, 1.. */
    const AstList *locking;
    bool locked_from_parent;
    bool resolve_unknowns;
    bool lateral_active;
    bool is_insert;
    bool has_aggs;
    bool has_windows;
    bool has_target_srfs;
    bool has_sub_links;
    bool has_modifying_cte;
    const Expr *last_srf;
    ScopeItem *target_item; /* DML target */
    const RelationDesc *target;
    ScopeItem *excluded_item;
    const ExprScope *lone; /* analyze_expr's scope */
    RuleScope *rule;       /* the query is a rule's action: OLD and NEW are its entries 1 and 2 */
    Expr *domain_value;
    VEC(ExprSubLink *) multi_links; /* UPDATE SET (..) = (..): by id */
    uint32_t *deferred_locations;
};

typedef enum CoercionContext {
    COERCION_IMPLICIT,
    COERCION_ASSIGNMENT,
    COERCION_EXPLICIT
} CoercionContext;

/* Zeroed before. */
void analyzer_init(Analyzer *an, EvalEnv *env, Arena *arena, const PlannerSettings *settings);
Scope *scope_make(Analyzer *an, Scope *parent);

/* ---- analyze_type.c: facts about types ---- */

Status an_type(Analyzer *an, Oid type, const TypeDesc **desc_out);
Status an_base_type(Analyzer *an, Oid type, Oid *base_out);
Status an_base_type_mod(Analyzer *an, Oid type, Oid *base_out, int32_t *typmod_io);
Status an_element(Analyzer *an, Oid type, Oid *element_out);      /* true arrays only */
Status an_base_element(Analyzer *an, Oid type, Oid *element_out); /* through domains */
Status an_array_of(Analyzer *an, Oid element, Oid *array_out);
Status an_type_relation(Analyzer *an, Oid type,
                        Oid *relation_out); /* composite, or domain over it */
Status an_is_complex(Analyzer *an, Oid type, bool *complex_out);
Status an_type_collation(Analyzer *an, Oid type, Oid *collation_out);
bool an_is_collatable(Analyzer *an, Oid type);
Status an_phys(Analyzer *an, Oid type, PhysType *phys_out);
bool is_polymorphic(Oid type);
bool is_polymorphic_simple(Oid type);
/* For messages: never fails. */
const char *an_format_type(Analyzer *an, Oid type);
const char *an_format_type_mod(Analyzer *an, Oid type, int32_t typmod);
/* A NULL of the type: typed, with its collation. */
Status an_null_const(Analyzer *an, Oid type, int32_t typmod, Oid collation, Expr **expr_out);
/* Reads a literal; errors are put at location. */
/* DEFAULT of a domain, or of a type that CREATE TYPE gave one; *expr_out NULL: none. */
Status an_type_default(Analyzer *an, Oid type, Expr **expr_out);
Status an_input(Analyzer *an, Oid type, int32_t typmod, Str text, int32_t location,
                Datum *value_out);

/* A row type's columns, dropped ones left out where asked. */
typedef struct RowShape {
    uint32_t count;
    const char **names; /* "" dropped */
    Oid *types;         /* 0 dropped */
    int32_t *typmods;
    Oid *collations;
} RowShape;
Status an_relation_shape(Analyzer *an, Oid relation, RowShape *shape_out);
/* Of an expression's composite value; *found_out false: columns unknown. */
Status an_expr_shape(Scope *scope, Expr *expr, RowShape *shape_out, bool *found_out);

/* ---- analyze_coerce.c ---- */

typedef enum CoercionPath {
    PATH_NONE,
    PATH_FUNC,
    PATH_RELABEL,
    PATH_ARRAY,
    PATH_VIA_IO
} CoercionPath;

Status coerce_find_path(Analyzer *an, Oid target, Oid source, CoercionContext context,
                        CoercionPath *path_out, Oid *func_out);
Status coerce_find_typmod_func(Analyzer *an, Oid type, CoercionPath *path_out, Oid *func_out);
Status coerce_can(Analyzer *an, uint32_t count, const Oid *inputs, const Oid *targets,
                  CoercionContext context, bool *can_out);
/* NULL where there is no way. */
Status coerce_to_target(Analyzer *an, Expr *expr, Oid expr_type, Oid type, int32_t typmod,
                        CoercionContext context, CallForm form, int32_t location, Expr **expr_out);
/* In assignment context, or through text where there is no cast. */
Status coerce_any(Analyzer *an, Expr *expr, Oid type, int32_t typmod, Expr **expr_out);
/* The caller knows that it can. */
Status coerce_type(Analyzer *an, Expr *expr, Oid input, Oid target, int32_t typmod,
                   CoercionContext context, CallForm form, int32_t location, Expr **expr_out);
Status coerce_to_boolean(Analyzer *an, Expr *expr, const char *construct, Expr **expr_out);
Status coerce_to_specific(Analyzer *an, Expr *expr, Oid type, const char *construct,
                          Expr **expr_out);
Status coerce_to_common(Analyzer *an, Expr *expr, Oid type, const char *construct, Expr **expr_out);
/* construct NULL: *type_out 0 instead of an error. which_out may be NULL. */
Status coerce_common_type(Analyzer *an, const ExprList *exprs, const char *construct, Oid *type_out,
                          Expr **which_out);
Status coerce_verify_common(Analyzer *an, Oid type, const ExprList *exprs, bool *ok_out);
int32_t coerce_common_typmod(const ExprList *exprs, Oid type);
Status coerce_generic_matches(Analyzer *an, const Oid *actual, const Oid *declared, uint32_t count,
                              bool *ok_out);
Status coerce_enforce_generic(Analyzer *an, const Oid *actual, Oid *declared, uint32_t count,
                              Oid result, Oid *result_out);
Status coerce_binary_compatible(Analyzer *an, Oid source, Oid target, bool *ok_out);
bool expr_returns_set(const Expr *expr);

/* ---- analyze_oper.c, analyze_call.c ---- */

/* errors at location; *oper_out NULL only with missing_ok */
Status oper_find_binary(Analyzer *an, const StrList *name, Oid left, Oid right, bool missing_ok,
                        int32_t location, const OperatorDesc **oper_out);
Status oper_find_prefix(Analyzer *an, const StrList *name, Oid right, bool missing_ok,
                        int32_t location, const OperatorDesc **oper_out);
/* Only operators that need no coercion but a binary one. */
Status oper_find_compatible(Analyzer *an, const StrList *name, Oid left, Oid right,
                            int32_t location, Oid *oper_out);
Status oper_make(Scope *scope, const StrList *name, Expr *left, Expr *right, int32_t location,
                 Expr **expr_out);
Status oper_make_array(Scope *scope, const StrList *name, bool use_or, Expr *left, Expr *right,
                       int32_t location, Expr **expr_out);
/* <, =, > of a type's default order; 0 where it has none and need_ says so not. */
Status oper_sort_group(Analyzer *an, Oid type, bool need_lt, bool need_eq, bool need_gt,
                       Oid *lt_out, Oid *eq_out, Oid *gt_out, bool *hashable_out);
/* = that goes with an ordering operator; reverse: it is a >. 0: no ordering operator. */
Status oper_equality_for_ordering(Analyzer *an, Oid oper, Oid *eq_out, bool *reverse_out);
/* Can its equal values be found by hash? (for containers: their elements' too) */
bool oper_is_hashable(Analyzer *an, Oid op, Oid type);
bool str_list_is(const StrList *list, const char *s);
StrList str_list_one(Arena *arena, const char *s);

typedef enum CallMode { CALL_FUNCTION, CALL_COLUMN, CALL_PROCEDURE } CallMode;
/* fn NULL with CALL_COLUMN: f.name notation; *expr_out NULL where there is nothing. last_srf: the
 * scope's before the arguments were analysed. */
Status call_make(Scope *scope, const StrList *name, ExprList *args, const AstFuncCall *fn,
                 CallMode mode, const Expr *last_srf, int32_t location, Expr **expr_out);
/* analyze_procedure.c: the types of parameters among CALL's arguments. */
Status call_infer_params(Analyzer *an, const AstFuncCall *ast);
typedef struct FuncMatch {
    enum {
        FUNC_NOT_FOUND,
        FUNC_MULTIPLE,
        FUNC_NORMAL,
        FUNC_PROCEDURE,
        FUNC_AGGREGATE,
        FUNC_WINDOW,
        FUNC_COERCION
    } kind;
    Oid function;
    Oid result;
    bool returns_set;
    uint32_t variadic_count; /* arguments that go into the VARIADIC array */
    Oid variadic_type;
    Oid declared[FUNC_ARGS_MAX];
    uint32_t default_count; /* arguments not given */
    Oid default_types[FUNC_ARGS_MAX];
} FuncMatch;
Status func_find(Analyzer *an, const StrList *name, const ExprList *args, const char **arg_names,
                 uint32_t named_count, uint32_t arg_count, const Oid *arg_types,
                 bool expand_variadic, bool expand_defaults, bool procedures, FuncMatch *match_out);
/* Which of the candidates fit best by type category: sets keep[]; count of the best. */
typedef struct FuncCandidate {
    Oid oid;
    const ProcDesc *proc; /* NULL: an operator */
    uint32_t arg_count;
    uint32_t variadic_count;
    uint32_t default_count;
    uint16_t place;
    Oid *args;
    int *numbers; /* positions of named arguments, or NULL */
} FuncCandidate;
Status func_select(Analyzer *an, uint32_t arg_count, const Oid *input_types,
                   FuncCandidate **candidates, uint32_t *count_io);
const char *func_signature(Analyzer *an, const StrList *name, const char **arg_names,
                           uint32_t named_count, uint32_t arg_count, const Oid *types);
Status func_make_args(Analyzer *an, ExprList *args, const Oid *actual, const Oid *declared);
Status call_check_srf(Scope *scope, const Expr *last_srf, int32_t location);
/* The default expression of parameter (0..) of a function. */
Status func_defaults(Analyzer *an, const ProcDesc *proc, ExprList *defaults_out);
Status complex_projection(Scope *scope, const char *name, Expr *arg, int32_t location,
                          Expr **expr_out);

/* ---- analyze_kind.c: errors where the place does not allow it ---- */

Status kind_check_agg(const Scope *scope, bool grouping, int32_t location);
Status kind_check_window(const Scope *scope, int32_t location);
Status kind_check_sub_link(const Scope *scope, int32_t location);

/* ---- analyze_expr.c ---- */

Status expr_analyze(Scope *scope, const Ast *ast, ExprKind kind, Expr **expr_out);
Status expr_analyze_inner(Scope *scope, const Ast *ast, Expr **expr_out); /* keeps the kind */
const char *expr_kind_name(ExprKind kind);
Status expr_analyze_where(Scope *scope, const Ast *ast, ExprKind kind, const char *construct,
                          Expr **expr_out);
Status expr_make_row_op(Scope *scope, const StrList *name, const ExprList *left,
                        const ExprList *right, int32_t location, Expr **expr_out);

/* ---- analyze_scope.c ---- */

ScopeItem *scope_add_entry(Scope *scope, RangeEntry *entry, const char **names,
                           uint32_t column_count); /* makes the item; types from the entry */
ScopeItem *scope_item_of(Scope *scope, uint32_t rt_index);
void scope_see(Scope *scope, ScopeItem *item, bool rel, bool cols);
Status scope_open_relation(Scope *scope, const AstRangeVar *range_var, uint8_t lock_mode,
                           const RelationDesc **desc_out);
Status scope_add_relation(Scope *scope, const RelationDesc *desc, uint8_t lock_mode,
                          const AstAlias *alias, bool inherit, bool in_from, ScopeItem **item_out);
Status scope_add_subquery(Scope *scope, Query *query, const AstAlias *alias, bool lateral,
                          bool in_from, ScopeItem **item_out);
Status scope_add_cte(Scope *scope, Cte *cte, uint32_t levels_up, const AstRangeVar *range_var,
                     ScopeItem **item_out);
Cte *scope_find_cte(Scope *scope, const char *name, uint32_t *levels_up_out);
/* A transition table of the trigger that runs; NULL: none of that name. */
const TransitionTable *scope_find_transition(const Scope *scope, const char *name);
Status scope_add_transition(Scope *scope, const TransitionTable *table, const AstAlias *alias,
                            ScopeItem **item_out);
Status scope_apply_alias(Scope *scope, RangeEntry *entry, const AstAlias *alias,
                         const char *default_name, const char *what);
/* Looks a name up as a column. *expr_out NULL: none. */
Status scope_column(Scope *scope, const char *name, bool local_only, int32_t location,
                    Expr **expr_out);
/* name within item; NULL expr: none. */
Status scope_item_column(Scope *scope, ScopeItem *item, uint32_t levels_up, const char *name,
                         int32_t location, Expr **expr_out);
Status scope_find_rel(Scope *scope, const char *schema, const char *name, int32_t location,
                      uint32_t *levels_up_out, ScopeItem **item_out);
Status scope_whole_row(Scope *scope, ScopeItem *item, uint32_t levels_up, int32_t location,
                       Expr **expr_out);
Status scope_missing_rel(Scope *scope, const AstRangeVar *var, int32_t location);
Status scope_missing_column(Scope *scope, const char *rel, const char *name, int32_t location);
Expr *scope_item_var(Scope *scope, ScopeItem *item, uint32_t column, uint32_t levels_up,
                     int32_t location);
void scope_mark_selected(Scope *scope, uint32_t rt_index, int16_t attno, uint32_t levels_up);
void scope_mark_expr(Scope *scope, const Expr *expr);
/* Columns of item that * shows, as expressions and names. */
Status scope_expand_item(Scope *scope, ScopeItem *item, uint32_t levels_up, int32_t location,
                         ExprList *exprs_out, const char ***names_out);
Status scope_check_conflicts(Scope *scope, const ScopeItems *left, const ScopeItems *right);
int sys_column_by_name(const char *name, Oid *type_out); /* 0: none */
Query *scope_rte_query(Scope *scope, uint32_t levels_up);
Scope *scope_up(Scope *scope, uint32_t levels_up);

/* ---- analyze_from.c ---- */

Status from_analyze(Scope *scope, const AstList *from);
Status from_analyze_item(Scope *scope, const Ast *ast, ScopeItem **top_out, ScopeItems *items_out,
                         FromNode **node_out);

/* ---- analyze_target.c ---- */

Status targets_analyze(Scope *scope, const AstList *list, ExprKind kind, TargetList *targets_out);
Status exprs_analyze(Scope *scope, const AstList *list, ExprKind kind, bool allow_default,
                     ExprList *exprs_out);
Status target_analyze(Scope *scope, const Ast *ast, Expr *expr, ExprKind kind, const char *name,
                      bool junk, Target **target_out);
Status targets_resolve_unknowns(Scope *scope, TargetList *targets);
const char *target_figure_name(Scope *scope, const Ast *ast);
void targets_mark_origins(Scope *scope, TargetList *targets);
/* A value for a column of the DML target, with indirection (col.field, col[i]). */
/* PL/pgSQL's target: what its variable becomes. */
Status variable_assign(Scope *scope, const PlStore *store, Expr *value, Expr **expr_out);
Status target_assign(Scope *scope, Expr *expr, ExprKind kind, const char *name, int16_t attno,
                     const AstList *indirection, int32_t location, Expr **expr_out);
Status insert_columns(Scope *scope, const AstList *columns, int16_t **attnos_out,
                      uint32_t *count_out);
Status subscripts_make(Scope *scope, Expr *container, Oid container_type, int32_t typmod,
                       const AstList *steps, uint32_t first, uint32_t count, bool is_assignment,
                       ExprSubscript **out);

/* ---- analyze_clause.c ---- */

Status order_by_analyze(Scope *scope, const AstList *order, TargetList *targets, ExprKind kind,
                        bool sql99, SortList *sort_out);
Status group_by_analyze(Scope *scope, const AstList *list, TargetList *targets,
                        const SortList *order_by, Query *query);
Status distinct_analyze(Scope *scope, TargetList *targets, const SortList *order_by, bool is_agg,
                        SortList *distinct_out);
Status distinct_on_analyze(Scope *scope, const AstList *exprs, TargetList *targets,
                           const SortList *order_by, SortList *distinct_out);
Status limit_analyze(Scope *scope, const Ast *ast, ExprKind kind, const char *construct,
                     AstLimitKind limit_kind, Expr **expr_out);
Status windows_analyze(Scope *scope, Query *query, TargetList *targets);
uint32_t target_sort_ref(Target *target, const TargetList *targets);
Status sort_clause_add(Scope *scope, Target *target, SortList *list, TargetList *targets,
                       const AstSortBy *by);
Status find_target_sql99(Scope *scope, const Ast *ast, TargetList *targets, ExprKind kind,
                         Target **target_out);

/* ---- analyze_agg.c ---- */

Status agg_finish(Scope *scope, ExprAgg *agg, ExprList *args, const AstList *order_by,
                  bool distinct);
Status window_call_finish(Scope *scope, ExprWindowCall *call, const AstWindowDef *over);
Status grouping_make(Scope *scope, const AstGroupingFunc *ast, Expr **expr_out);
Status agg_check(Scope *scope, Query *query);
bool contains_agg(const Expr *expr, int32_t *location_out);
bool contains_window(const Expr *expr, int32_t *location_out);
bool contains_sub_link(const Expr *expr);
bool contains_columns_of_level(const Expr *expr, uint32_t level);
bool query_contains_columns_of_level(const Query *query, uint32_t level);
int32_t location_of_column(const Expr *expr, uint32_t level);
/* The grouping sets spelled out: sets of sort refs. Error: 54001 too many. */
typedef struct RefSets {
    BitSet **items;
    uint32_t count;
} RefSets;
Status grouping_expand(Arena *arena, const Query *query, uint32_t limit, RefSets *sets_out);

/* ---- analyze_collate.c ---- */

Status collate_query(Scope *scope, Query *query);
Status collate_expr(Scope *scope, Expr *expr);
Status collate_list(Scope *scope, const ExprList *list);
Status collate_select_common(Scope *scope, const ExprList *list, bool none_ok, Oid *collation_out);

/* ---- analyze_query.c, analyze_dml.c, analyze_cte.c ---- */

/* The scope of an expression that stands alone; scope_in NULL: no columns. */
Status lone_scope(Scope *scope, const ExprScope *lone);
Status query_analyze(Scope *scope, const Ast *statement, Query **query_out);
Status subquery_analyze(Scope *parent, const Ast *ast, Cte *parent_cte, bool locked_from_parent,
                        bool resolve_unknowns, Query **query_out);
Status select_analyze(Scope *scope, const AstSelect *select, Query **query_out);
Status insert_analyze(Scope *scope, const AstInsert *insert, Query **query_out);
Status update_analyze(Scope *scope, const AstUpdate *update, Query **query_out);
Status delete_analyze(Scope *scope, const AstDelete *statement, Query **query_out);
Status merge_analyze(Scope *scope, const AstMerge *merge, Query **query_out);
Status with_analyze(Scope *scope, const AstWith *with);
Status cte_analyze_targets(Scope *scope, Cte *cte, const TargetList *targets);
void query_finish(Scope *scope, Query *query);
bool values_is_plain(const AstSelect *select);
Status returning_analyze(Scope *scope, const AstList *list, TargetList *out);
Status row_marks_analyze(Scope *scope, Query *query, const AstLocking *locking, bool pushed_down);
Query *query_new(Analyzer *an, CommandKind command);

/* ---- parameters ---- */

Status param_make(Scope *scope, const AstParamRef *ref, Expr **expr_out);
Status param_coerce(Analyzer *an, ExprParam *param, Oid type, int32_t location, Expr **expr_out);

#define AT(location_, status_) status_at((status_), (location_))

/* ---- analyze_rule.c ---- */

/* The query of a rule's action that has OLD and NEW: of INSERT ... SELECT the latter, else itself. */
Query *rule_inner_query(Query *action);
/* A new query's first entries: OLD and NEW, where it is a rule's action. */
Status rule_scope_enter(Scope *scope);

#endif
