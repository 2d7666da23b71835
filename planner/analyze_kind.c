/* analyze_kind.c: what an expression may contain depends on where it stands: one table. */
#include "planner/analyze_int.h"

typedef struct KindRow {
    const char *name;     /* as "argument of WHERE" and the like name the place */
    const char *forbids;  /* "aggregate functions are not allowed in <this>" */
    const char *window;   /* the same for window functions and sets where it differs */
    const char *sub_link; /* "cannot use subquery in <this>"; NULL: allowed */
    bool aggs;
    bool windows;
    bool sets;
} KindRow;

static const KindRow kind_rows[] = {
    [EXPR_KIND_NONE] = {"invalid expression context", .aggs = true, .windows = true, .sets = true},
    [EXPR_KIND_OTHER] = {"extension expression", .aggs = true, .windows = true, .sets = true},
    [EXPR_KIND_JOIN_ON] = {"JOIN/ON", "JOIN conditions"},
    [EXPR_KIND_JOIN_USING] = {"JOIN/USING", "JOIN conditions"},
    [EXPR_KIND_FROM_SUBSELECT] = {"sub-SELECT in FROM", "FROM clause of their own query level",
                                  "sub-SELECT in FROM"},
    [EXPR_KIND_FROM_FUNCTION] = {"function in FROM", "functions in FROM", .sets = true},
    [EXPR_KIND_WHERE] = {"WHERE", "WHERE"},
    [EXPR_KIND_HAVING] = {"HAVING", "HAVING", .aggs = true},
    [EXPR_KIND_FILTER] = {"FILTER", "FILTER"},
    [EXPR_KIND_WINDOW_PARTITION] = {"window PARTITION BY", "window PARTITION BY",
                                    "window definitions", .aggs = true, .sets = true},
    [EXPR_KIND_WINDOW_ORDER] = {"window ORDER BY", "window ORDER BY", "window definitions",
                                .aggs = true, .sets = true},
    [EXPR_KIND_WINDOW_FRAME_RANGE] = {"window RANGE", "window RANGE", "window definitions"},
    [EXPR_KIND_WINDOW_FRAME_ROWS] = {"window ROWS", "window ROWS", "window definitions"},
    [EXPR_KIND_WINDOW_FRAME_GROUPS] = {"window GROUPS", "window GROUPS", "window definitions"},
    [EXPR_KIND_SELECT_TARGET] = {"SELECT", "SELECT", .aggs = true, .windows = true, .sets = true},
    [EXPR_KIND_INSERT_TARGET] = {"INSERT", "INSERT", .aggs = true, .windows = true, .sets = true},
    [EXPR_KIND_UPDATE_SOURCE] = {"UPDATE", "UPDATE"},
    [EXPR_KIND_UPDATE_TARGET] = {"UPDATE", "UPDATE"},
    [EXPR_KIND_MERGE_WHEN] = {"MERGE WHEN", "MERGE WHEN conditions"},
    [EXPR_KIND_GROUP_BY] = {"GROUP BY", "GROUP BY", .sets = true},
    [EXPR_KIND_ORDER_BY] = {"ORDER BY", "ORDER BY", .aggs = true, .windows = true, .sets = true},
    [EXPR_KIND_DISTINCT_ON] = {"DISTINCT ON", "DISTINCT ON", .aggs = true, .windows = true,
                               .sets = true},
    [EXPR_KIND_LIMIT] = {"LIMIT", "LIMIT"},
    [EXPR_KIND_OFFSET] = {"OFFSET", "OFFSET"},
    [EXPR_KIND_RETURNING] = {"RETURNING", "RETURNING"},
    [EXPR_KIND_VALUES] = {"VALUES", "VALUES"},
    [EXPR_KIND_VALUES_SINGLE] = {"VALUES", "VALUES", .sets = true},
    [EXPR_KIND_CHECK_CONSTRAINT] = {"CHECK", "check constraints", .sub_link = "check constraint"},
    [EXPR_KIND_DOMAIN_CHECK] = {"CHECK", "check constraints", .sub_link = "check constraint"},
    [EXPR_KIND_COLUMN_DEFAULT] = {"DEFAULT", "DEFAULT expressions",
                                  .sub_link = "DEFAULT expression"},
    [EXPR_KIND_FUNCTION_DEFAULT] = {"DEFAULT", "DEFAULT expressions",
                                    .sub_link = "DEFAULT expression"},
    [EXPR_KIND_INDEX_EXPRESSION] = {"index expression", "index expressions",
                                    .sub_link = "index expression"},
    [EXPR_KIND_INDEX_PREDICATE] = {"index predicate", "index predicates",
                                   .sub_link = "index predicate"},
    [EXPR_KIND_STATS_EXPRESSION] = {"statistics expression", "statistics expressions",
                                    .sub_link = "statistics expression"},
    [EXPR_KIND_ALTER_COL_TRANSFORM] = {"USING", "transform expressions",
                                       .sub_link = "transform expression"},
    [EXPR_KIND_EXECUTE_PARAMETER] = {"EXECUTE", "EXECUTE parameters",
                                     .sub_link = "EXECUTE parameter"},
    [EXPR_KIND_TRIGGER_WHEN] = {"WHEN", "trigger WHEN conditions",
                                .sub_link = "trigger WHEN condition"},
    [EXPR_KIND_POLICY] = {"POLICY", "policy expressions"},
    [EXPR_KIND_PARTITION_BOUND] = {"partition bound", "partition bound",
                                   .sub_link = "partition bound"},
    [EXPR_KIND_PARTITION_EXPRESSION] = {"PARTITION BY", "partition key expressions",
                                        .sub_link = "partition key expression"},
    [EXPR_KIND_CALL_ARGUMENT] = {"CALL", "CALL arguments", .sub_link = "CALL argument"},
    [EXPR_KIND_COPY_WHERE] = {"WHERE", "COPY FROM WHERE conditions",
                              .sub_link = "COPY FROM WHERE condition"},
    [EXPR_KIND_GENERATED_COLUMN] = {"GENERATED AS", "column generation expressions",
                                    .sub_link = "column generation expression"},
    [EXPR_KIND_CYCLE_MARK] = {"CYCLE", "CYCLE"},
};

const char *expr_kind_name(ExprKind kind) { return kind_rows[kind].name; }

Status kind_check_agg(const Scope *scope, bool grouping, int32_t location) {
    const KindRow *row = &kind_rows[scope->kind];
    if (row->aggs)
        return STATUS_OK;
    return AT(location,
              error(ERR_GROUPING_ERROR, "%s are not allowed in %s",
                    grouping ? "grouping operations" : "aggregate functions", row->forbids));
}

Status kind_check_window(const Scope *scope, int32_t location) {
    const KindRow *row = &kind_rows[scope->kind];
    if (row->windows)
        return STATUS_OK;
    return AT(location, error(ERR_WINDOWING_ERROR, "window functions are not allowed in %s",
                              row->window != NULL ? row->window : row->forbids));
}

Status kind_check_sub_link(const Scope *scope, int32_t location) {
    const KindRow *row = &kind_rows[scope->kind];
    if (row->sub_link == NULL)
        return STATUS_OK;
    return AT(location,
              error(ERR_FEATURE_NOT_SUPPORTED, "cannot use subquery in %s", row->sub_link));
}

Status call_check_srf(Scope *scope, const Expr *last_srf, int32_t location) {
    const KindRow *row = &kind_rows[scope->kind];
    if (scope->kind == EXPR_KIND_FROM_FUNCTION) {
        if (scope->last_srf != last_srf)
            return AT(expr_location(scope->last_srf),
                      error(ERR_FEATURE_NOT_SUPPORTED,
                            "set-returning functions must appear at top level of FROM"));
        return STATUS_OK;
    }
    if (row->sets) {
        if (scope->kind != EXPR_KIND_OTHER && scope->kind != EXPR_KIND_NONE)
            scope->has_target_srfs = true;
        return STATUS_OK;
    }
    return AT(location,
              error(ERR_FEATURE_NOT_SUPPORTED, "set-returning functions are not allowed in %s",
                    row->window != NULL ? row->window : row->forbids));
}
