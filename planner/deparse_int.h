/* deparse_int.h: what the files of deparsing share. Private to planner/. */
#ifndef PLANNER_DEPARSE_INT_H
#define PLANNER_DEPARSE_INT_H

#include "catalog/catalogs.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "planner/deparse.h"
#include "runtime/fiber.h"
#include "types/type.h"

#define INDENT_STD 8
#define INDENT_JOIN 4
#define INDENT_VAR 4
#define INDENT_LIMIT 40

/* What the columns of an entry are called. */
typedef struct DeparseColumns {
    const char **names; /* [count] by attribute number; NULL: dropped */
    uint32_t count;
    const char **new_names; /* [new_count] those that are there now, in order */
    bool *is_new;           /* came after the query was stored */
    uint32_t new_count;
    bool print_aliases;   /* they must be said in FROM */
    StrList using_names;  /* of a join: its merged columns */
    StrList parent_using; /* of the joins above it */
} DeparseColumns;

/* The queries around an expression, innermost first. */
typedef struct DeparseScope {
    const struct DeparseScope *outer;
    const Query *query; /* NULL: a lone expression over `relation` */
    Oid relation;
    const char *const *names;      /* of the query's entries; NULL: their own, of the unnamed */
    const DeparseColumns *columns; /* of each entry */
} DeparseScope;

typedef struct Deparse {
    EvalEnv *env;
    CatalogSession *catalog;
    Arena *arena;
    StrBuf *buf;
    unsigned flags;
    int wrap_column;
    int indent;
    bool prefix;
    bool hide_names; /* nobody sees the column names of the query being printed */
    const DeparseScope *scope;
    const SortList *window_partition; /* unused outside window specs */
    const Expr *special;              /* CASE's own argument: stands for CaseTest */
    bool beside;                      /* scope is empty, but other tables are near */
    const DeparseParams *params;      /* NULL: they are printed by number */
} Deparse;

void put(Deparse *d, const char *text);
void put_ident(Deparse *d, const char *name);
/* A line break where indenting is asked for, then the keyword. */
void put_keyword(Deparse *d, const char *text, int before, int after, int plus);
Status put_expr(Deparse *d, const Expr *expr, bool show_implicit);
Status put_expr_paren(Deparse *d, const Expr *expr, bool show_implicit, const Expr *parent);
Status put_whole(Deparse *d, const Expr *expr, bool show_implicit);
/* deparse_syntax.c */
Status put_sql_syntax(Deparse *d, const ExprFunc *func, bool *done_out);
/* Does it need no parentheses within its parent, where only needed ones are printed? */
bool deparse_is_simple(Deparse *d, const Expr *expr, const Expr *parent);
Status put_xml(Deparse *d, const ExprXml *x);
Status put_table_func(Deparse *d, const TableFunc *func);
Status put_const(Deparse *d, const ExprConst *c, int show_type);
Status put_type(Deparse *d, Oid type, int32_t typmod);
Status put_query(Deparse *d, const Query *query, const char *const *result_names);
/* One whose column names nobody sees: of a sublink, of INSERT. */
Status put_hidden_query(Deparse *d, const Query *query);
Status put_function_name(Deparse *d, Oid function);
Status put_operator_name(Deparse *d, Oid op);
Status put_relation_name(Deparse *d, Oid relation);
Status put_collation_name(Deparse *d, Oid collation);
Status put_sort_list(Deparse *d, const SortList *list, const TargetList *targets,
                     const ExprList *args);
/* deparse_names.c: gives the entries of scope->query their names. */
Status deparse_scope_init(Deparse *d, DeparseScope *scope);
const char *deparse_entry_name(const DeparseScope *scope, uint32_t rt_index);
const char *deparse_column_name(const DeparseScope *scope, uint32_t rt_index, int16_t attno);
Status put_values_rows(Deparse *d, const RangeEntry *entry);
Status put_targets(Deparse *d, const TargetList *targets, const char *const *result_names);
Status put_ctes(Deparse *d, const Query *query);
Status put_from(Deparse *d, const Query *query, const char *word);
/* INSERT, UPDATE, DELETE. */
Status put_modification(Deparse *d, const Query *query);
Status put_window_spec(Deparse *d, const WindowClause *window, const TargetList *targets);

#endif
