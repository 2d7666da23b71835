/*
 * parse_int.h: what the parse_*.c files share. Layer: planner, private to the parser.
 *
 * How errors travel: the first one is kept in the Parser and every token from then on is TOK_ERROR,
 * which no rule accepts, so each function on the way out runs to its end quickly and harmlessly.
 * Functions therefore return their node, not a Status. Two rules keep that safe:
 *   - a parse function never returns NULL unless its comment says so: after an error it returns an
 *     empty node of its type, and names are "";
 *   - every loop ends when the current token does not match, and never on TOK_END alone.
 */
#ifndef PLANNER_PARSE_INT_H
#define PLANNER_PARSE_INT_H

#include "planner/lexer.h"
#include "planner/parser.h"

#define LOOKAHEAD_MAX 4 /* how far tok_ahead may look */
#define TOKEN_WINDOW 40 /* tokens read at a time; the one before the current one stays */

/* Which CREATE TABLE may stand here. */
typedef enum TableForm {
    TABLE_FORM_ANY,
    TABLE_FORM_DEFINED, /* in CREATE SCHEMA: not AS */
    TABLE_FORM_QUERY    /* in EXPLAIN: only AS */
} TableForm;

typedef struct Parser {
    Arena *arena;
    Lexer lexer;
    Token *current;   /* in window; current[-1] is the token consumed last */
    Token *refill_at; /* from here on fewer than LOOKAHEAD_MAX tokens are left */
    uint32_t count;   /* tokens in window */
    uint32_t depth;
    uint32_t depth_max;
    TableForm table_form;
    bool failed;
    Status error;
    Token window[TOKEN_WINDOW + LOOKAHEAD_MAX];
} Parser;

/* ---- parse_main.c: tokens and errors ---- */

void parse_refill(Parser *p);

/* The current token is the 0th. */
static inline const Token *peek(const Parser *p, uint32_t ahead) { return p->current + ahead; }
static inline unsigned tok(const Parser *p) { return p->current->kind; }
static inline unsigned tok_ahead(const Parser *p, uint32_t ahead) { return p->current[ahead].kind; }
static inline bool tok_is(const Parser *p, unsigned kind) { return tok(p) == kind; }
static inline int32_t tok_location(const Parser *p) { return (int32_t)p->current->start; }
static inline bool tok_class(const Parser *p, uint8_t classes) {
    return (token_word_class[tok(p)] & classes) != 0;
}
/* Consumes the current token, unless it is TOK_END or TOK_ERROR. */
static inline void parse_advance(Parser *p) {
    if (UNLIKELY(p->current->kind == TOK_END || p->current->kind == TOK_ERROR))
        return;
    if (UNLIKELY(++p->current >= p->refill_at))
        parse_refill(p);
}
/* "syntax error at or near" the current token. */
void parse_syntax_error(Parser *p);
/* Consumes the current token if it is of that kind. */
static inline bool parse_accept(Parser *p, unsigned kind) {
    if (p->current->kind != kind)
        return false;
    parse_advance(p);
    return true;
}
/* The same for two tokens in a row, both or none. */
bool parse_accept2(Parser *p, unsigned first, unsigned second);
/* Consumes it or fails with a syntax error there. */
static inline bool parse_expect(Parser *p, unsigned kind) {
    if (LIKELY(parse_accept(p, kind)))
        return true;
    parse_syntax_error(p);
    return false;
}
void parse_expect2(Parser *p, unsigned first, unsigned second);
void parse_expect3(Parser *p, unsigned first, unsigned second, unsigned third);

/* "<message> at or near" the current token. */
void parse_error_near(Parser *p, const char *message);
/* "<message> at or near" the token consumed last. */
void parse_error_near_last(Parser *p, const char *message);
/* Records the error (its byte location set to location unless negative) if it is the first. */
void parse_fail(Parser *p, int32_t location, Status error);

/* Counts a level of nesting; false (and 42601) past the limit. Pairs with parse_leave either
 * way. */
bool parse_too_deep(Parser *p);
static inline bool parse_enter(Parser *p) {
    return LIKELY(++p->depth <= p->depth_max) ? !p->failed : parse_too_deep(p);
}
static inline void parse_leave(Parser *p) { p->depth--; }
/* For constructs whose levels take more places in PostgreSQL's parser than one. */
static inline void parse_enter_more(Parser *p, uint32_t places) { p->depth += places; }
static inline void parse_leave_more(Parser *p, uint32_t places) { p->depth -= places; }

#define NEW(p, type, tag, location) AST_NEW((p)->arena, type, tag, location)
static inline void add(Parser *p, AstList *list, void *node) { ast_list_add(p->arena, list, node); }
static inline void add_str(Parser *p, StrList *list, const char *s) {
    str_list_add(p->arena, list, s);
}
/* A node that stands for nothing, after an error. */
Ast *parse_nothing(Parser *p);

/* Statement of any kind at the current token; NULL if there is none (empty statement). */
Ast *parse_statement(Parser *p, bool top_level);

/* ---- parse_names.c: words, names, numbers, options ---- */

const char *parse_col_id(Parser *p);         /* a name */
const char *parse_col_label(Parser *p);      /* any word */
const char *parse_type_func_name(Parser *p); /* a type's or function's simple name */
const char *parse_non_reserved(Parser *p);   /* a word that is not reserved */
const char *parse_string(Parser *p);         /* Sconst */
const char *parse_word_or_string(Parser *p); /* NonReservedWord_or_Sconst */
int32_t parse_integer(Parser *p);            /* Iconst */
int32_t parse_signed_integer(Parser *p);     /* SignedIconst */
AstConst *parse_number(Parser *p);           /* NumericOnly */
Ast *parse_boolean_or_string(Parser *p);     /* opt_boolean_or_string */
/* opt_boolean_or_string or NumericOnly, NULL where neither starts here. */
Ast *parse_optional_value(Parser *p);
StrList parse_any_name(Parser *p);                 /* a.b.c */
StrList parse_attrs(Parser *p, const char *first); /* [.b.c] behind a first part already read */
AstList parse_any_name_list(Parser *p);            /* of AstNameList */
StrList parse_name_list(Parser *p);                /* a, b, c */
StrList parse_paren_names(Parser *p);              /* (a, b, c) */
StrList parse_optional_paren_names(Parser *p);
StrList parse_func_name(Parser *p);
AstRangeVar *parse_qualified_name(Parser *p);
AstList parse_qualified_names(Parser *p);    /* of AstRangeVar */
AstRangeVar *parse_relation_expr(Parser *p); /* t, t *, ONLY t, ONLY (t) */
AstList parse_relation_exprs(Parser *p);
/* The rest of ONLY's forms and of t *; current token is ONLY or a name already read. */
AstRangeVar *parse_range_var(Parser *p, const char *name, int32_t location);
AstRangeVar *parse_range_var_of_names(Parser *p, const StrList *names, int32_t location);
/* .field, .*, [subscript], [lower:upper], as many as follow. */
AstList parse_indirection(Parser *p);
StrList parse_operator_name(Parser *p);      /* any_operator */
bool parse_starts_operator(Parser *p);       /* all_Op */
StrList parse_qualified_operator(Parser *p); /* qual_all_Op: symbol or OPERATOR(..) */
AstRoleSpec *parse_role(Parser *p);
AstList parse_roles(Parser *p);
const char *parse_role_id(Parser *p); /* a role to be made: not a special word */
AstDropBehavior parse_drop_behavior(Parser *p);
bool parse_if_exists(Parser *p);
bool parse_if_not_exists(Parser *p);
AstOption *parse_new_option(Parser *p, const char *name, Ast *value, int32_t location);
AstConst *parse_string_const(Parser *p, const char *text, int32_t location);
AstConst *parse_integer_const(Parser *p, int32_t value, int32_t location);
AstConst *parse_bool_const(Parser *p, bool value, int32_t location);
AstConst *parse_null_const(Parser *p, int32_t location);
AstNameList *parse_new_name_list(Parser *p, StrList names, int32_t location);
/* Makes a number negative, textual ones by their sign. */
void parse_negate(Parser *p, AstConst *number);
AstList parse_definition(Parser *p); /* (name = value, ..) */
AstList parse_optional_with_definition(Parser *p);
AstList parse_reloptions(Parser *p); /* (a.b = value, ..) */
AstList parse_optional_with_reloptions(Parser *p);
Ast *parse_def_arg(Parser *p);
AstList parse_generic_options(Parser *p);       /* OPTIONS (name 'value', ..), may be absent */
AstList parse_alter_generic_options(Parser *p); /* OPTIONS (ADD | SET | DROP ..) */
AstList parse_utility_options(Parser *p);       /* (name [value], ..) */

/* ---- parse_type.c ---- */

AstTypeName *parse_type(Parser *p);        /* Typename */
AstTypeName *parse_simple_type(Parser *p); /* SimpleTypename */
AstTypeName *parse_func_type(Parser *p);   /* func_type: also SETOF a.b%TYPE */
/* True if the current token opens a type by SQL's own words that may stand before a literal,
 * such as INTERVAL '1 day'; identifiers are not meant. */
bool parse_starts_const_type(Parser *p);
/* That type with its literal. */
Ast *parse_typed_const(Parser *p);
AstTypeName *parse_system_type(Parser *p, const char *name, int32_t location);
AstList parse_type_list(Parser *p);

/* ---- parse_expr.c ---- */

enum {
    EXPR_B = 1 << 0,        /* b_expr: without the operators that are words */
    EXPR_LABEL = 1 << 1,    /* an output column: a word operator without operand is its label */
    EXPR_SUBSTRING = 1 << 2 /* SIMILAR not followed by TO is the caller's */
};
Ast *parse_expr(Parser *p, int min_precedence, unsigned flags);
/* Goes on where left has been read. */
Ast *parse_expr_rest(Parser *p, Ast *left, int min_precedence, unsigned flags);
static inline Ast *parse_a_expr(Parser *p) { return parse_expr(p, 1, 0); }
static inline Ast *parse_b_expr(Parser *p) { return parse_expr(p, 1, EXPR_B); }
Ast *parse_c_expr(Parser *p);
AstList parse_expr_list(Parser *p);
AstList parse_paren_exprs(Parser *p); /* (a, b, ..), at least one */
/* Whether the current token can begin an expression. */
bool parse_starts_expr(Parser *p);
Ast *parse_const(Parser *p); /* AexprConst */
AstOp *parse_new_op(Parser *p, AstOpKind kind, const char *name, Ast *left, Ast *right,
                    int32_t location);
/* Both rows are there? Makes the OVERLAPS call. */
AstFuncCall *parse_system_call(Parser *p, const char *name, int32_t location);
Ast *parse_new_cast(Parser *p, Ast *arg, AstTypeName *type, int32_t location);
Ast *parse_column_ref(Parser *p, const char *name, int32_t location);

/* ---- parse_func.c: calls and what looks like calls ---- */

/* name(..) without what may follow the parenthesis. */
AstFuncCall *parse_func_application(Parser *p, StrList name, int32_t location);
/* func_expr_windowless */
Ast *parse_func_windowless(Parser *p);
/* COALESCE(..), CURRENT_DATE and so on; NULL (nothing consumed) if none starts here. */
Ast *parse_common_func(Parser *p);
/* func_expr behind its name: parentheses, then WITHIN GROUP, FILTER, OVER, or a literal. */
Ast *parse_func_or_typed_const(Parser *p, StrList name, int32_t location);
AstList parse_windows(Parser *p);  /* WINDOW .. */
Ast *parse_xml_passing(Parser *p); /* PASSING [BY ..] arg [BY ..] */

/* ---- parse_select.c, parse_from.c, parse_dml.c ---- */

bool parse_starts_select(Parser *p); /* not counting a parenthesis */
bool parse_continues_select(Parser *p);
AstSelect *parse_select(Parser *p); /* SelectStmt */
AstSelect *parse_select_no_parens(Parser *p);
AstSelect *parse_select_parens(Parser *p); /* (query) */
/* A query whose first operand, in parentheses, was read. */
AstSelect *parse_select_rest(Parser *p, AstSelect *first);
AstWith *parse_with(Parser *p); /* NULL if there is none */
AstList parse_targets(Parser *p);
AstList parse_optional_order_by(Parser *p);
AstList parse_order_by(Parser *p);
AstSortDirection parse_sort_direction(Parser *p);
AstSortNulls parse_sort_nulls(Parser *p);
AstList parse_from_list(Parser *p);
Ast *parse_table_ref(Parser *p);
Ast *parse_optional_where(Parser *p);        /* NULL if there is none */
AstAlias *parse_optional_alias(Parser *p);   /* NULL if there is none */
AstList parse_column_definitions(Parser *p); /* name type [COLLATE], .. */
AstColumnDef *parse_column_definition(Parser *p);
/* What opens a query or DML, WITH included; NULL and a syntax error otherwise. */
Ast *parse_preparable(Parser *p);
/* A query whose WITH has been read. */
AstSelect *parse_select_behind_with(Parser *p, AstWith *with);
Ast *parse_query_but_merge(Parser *p); /* as rules allow */
bool parse_starts_preparable(Parser *p);
AstRangeVar *parse_into_target(Parser *p);

/* ---- parse_table.c, parse_alter_table.c, parse_index.c ---- */

Ast *parse_create_table(Parser *p, AstPersistence persistence, int32_t location);
Ast *parse_create_foreign_table(Parser *p, int32_t location);
Ast *parse_create_table_as(Parser *p, AstPersistence persistence, bool if_not_exists,
                           AstRangeVar *relation, int32_t location);
Ast *parse_create_matview(Parser *p, AstPersistence persistence, int32_t location);
Ast *parse_create_view(Parser *p, AstPersistence persistence, bool replace, int32_t location);
Ast *parse_create_sequence(Parser *p, AstPersistence persistence, int32_t location);
Ast *parse_create_index(Parser *p, int32_t location);
Ast *parse_create_statistics(Parser *p, int32_t location);
AstConstraint *parse_table_constraint(Parser *p);
AstColumnDef *parse_table_column(Parser *p);
/* Constraints and COLLATE of a column or domain. */
void parse_column_constraints(Parser *p, AstList *constraints, AstCollate **collate);
AstPersistence parse_persistence(Parser *p); /* TEMP, UNLOGGED and so on; may be absent */
AstPartitionBound *parse_partition_bound(Parser *p);
const char *parse_compression(Parser *p);
const char *parse_optional_access_method(Parser *p);
bool parse_optional_with_data(Parser *p); /* false: WITH NO DATA */
enum {
    ATTR_NOT_DEFERRABLE = 1 << 0,
    ATTR_DEFERRABLE = 1 << 1,
    ATTR_INITIALLY_IMMEDIATE = 1 << 2,
    ATTR_INITIALLY_DEFERRED = 1 << 3,
    ATTR_NOT_VALID = 1 << 4,
    ATTR_NO_INHERIT = 1 << 5
};
unsigned parse_constraint_attributes(Parser *p, int32_t *location_out);
/* Sets what a constraint of that name supports; an attribute without a place to go is an error. */
void parse_apply_attributes(Parser *p, unsigned attributes, int32_t location, const char *what,
                            bool *deferrable, bool *deferred, bool *not_valid, bool *no_inherit);
AstIndexElem *parse_index_elem(Parser *p);
AstList parse_index_elems(Parser *p);
AstList parse_sequence_options(Parser *p);       /* as many as follow */
AstList parse_paren_sequence_options(Parser *p); /* (..), may be absent */
AstOption *parse_sequence_option(Parser *p);     /* NULL (nothing consumed) if none starts here */
bool parse_generated_always(Parser *p);          /* ALWAYS | BY DEFAULT */
Ast *parse_alter_table_rest(Parser *p, AstObjectKind kind, int32_t location);
AstAlterTableCmd *parse_alter_table_cmd(Parser *p, AstAlterTableKind kind, int32_t location);
Ast *parse_alter_type_attributes(Parser *p, StrList name, int32_t name_location);

/* ---- parse_function.c ---- */

Ast *parse_create_function(Parser *p, bool replace, int32_t location);
Ast *parse_create_aggregate(Parser *p, bool replace, int32_t location);
/* function_with_argtypes, aggregate_with_argtypes, operator_with_argtypes */
AstObject *parse_function_object(Parser *p, AstObjectKind kind);
AstObject *parse_aggregate_object(Parser *p);
AstObject *parse_operator_object(Parser *p);
/* Behind any_operator: (left, right) */
void parse_operator_types(Parser *p, AstObject *object);
Ast *parse_alter_function(Parser *p, AstObject *function, int32_t location);
Ast *parse_create_operator(Parser *p, int32_t location);
Ast *parse_alter_operator(Parser *p, int32_t location);
Ast *parse_create_cast(Parser *p, int32_t location);
Ast *parse_create_transform(Parser *p, bool replace, int32_t location);
StrList parse_handler_name(Parser *p);

/* ---- parse_object.c ---- */

/* One of object_type_any_name's words; false (nothing consumed) if none starts here. */
bool parse_any_name_kind(Parser *p, AstObjectKind *kind_out);
/* One of drop_type_name's; with all, of object_type_name's. */
bool parse_name_kind(Parser *p, bool all, AstObjectKind *kind_out);
AstObject *parse_new_object(Parser *p, AstObjectKind kind, int32_t location);
Ast *parse_drop(Parser *p, int32_t location);
Ast *parse_comment(Parser *p, int32_t location);
Ast *parse_security_label(Parser *p, int32_t location);
/* RENAME TO, OWNER TO, SET SCHEMA, [NO] DEPENDS ON EXTENSION behind an object. */
enum { ALTER_RENAME = 1 << 0, ALTER_OWNER = 1 << 1, ALTER_SCHEMA = 1 << 2, ALTER_DEPENDS = 1 << 3 };
/* NULL (nothing consumed) if none of the allowed ones starts here. */
Ast *parse_alter_common(Parser *p, AstObject *object, unsigned allowed, bool missing_ok,
                        int32_t location);
Ast *parse_alter(Parser *p, int32_t location);
AstObject *parse_extension_member(Parser *p);
AstList parse_operator_definition(Parser *p); /* (name = value, ..), where NONE is no value */
Ast *parse_alter_system(Parser *p, int32_t location);

/* ---- parse_create.c, parse_role.c, parse_utility.c and others ---- */

Ast *parse_create(Parser *p, int32_t location);
Ast *parse_create_type(Parser *p, int32_t location);
Ast *parse_alter_type(Parser *p, int32_t location);
Ast *parse_create_domain(Parser *p, int32_t location);
Ast *parse_alter_domain(Parser *p, int32_t location);
Ast *parse_create_trigger(Parser *p, bool replace, bool constraint, int32_t location);
Ast *parse_create_event_trigger(Parser *p, int32_t location);
Ast *parse_alter_event_trigger(Parser *p, int32_t location);
Ast *parse_create_rule(Parser *p, bool replace, int32_t location);
Ast *parse_create_policy(Parser *p, int32_t location);
Ast *parse_alter_policy(Parser *p, int32_t location);
Ast *parse_create_schema(Parser *p, int32_t location);
Ast *parse_create_text_search(Parser *p, int32_t location);
Ast *parse_alter_text_search(Parser *p, int32_t location);
Ast *parse_create_op_class(Parser *p, int32_t location);
Ast *parse_alter_op_family(Parser *p, StrList name, const char *access_method, int32_t location);
Ast *parse_create_fdw(Parser *p, int32_t location);
Ast *parse_alter_fdw(Parser *p, int32_t location);
Ast *parse_create_server(Parser *p, int32_t location);
Ast *parse_alter_server(Parser *p, int32_t location);
Ast *parse_create_user_mapping(Parser *p, int32_t location);
Ast *parse_alter_user_mapping(Parser *p, int32_t location);
Ast *parse_drop_user_mapping(Parser *p, int32_t location);
Ast *parse_import_foreign_schema(Parser *p, int32_t location);
Ast *parse_create_extension(Parser *p, int32_t location);
Ast *parse_alter_extension(Parser *p, int32_t location);
Ast *parse_create_publication(Parser *p, int32_t location);
Ast *parse_alter_publication(Parser *p, int32_t location);
Ast *parse_create_subscription(Parser *p, int32_t location);
Ast *parse_alter_subscription(Parser *p, int32_t location);
Ast *parse_create_role(Parser *p, AstRoleStatementKind kind, int32_t location);
Ast *parse_alter_role(Parser *p, bool group, int32_t location);
Ast *parse_drop_role(Parser *p, int32_t location);
Ast *parse_grant(Parser *p, bool grant, int32_t location);
Ast *parse_alter_default_privileges(Parser *p, int32_t location);
Ast *parse_create_database(Parser *p, int32_t location);
Ast *parse_alter_database(Parser *p, int32_t location);
Ast *parse_drop_database(Parser *p, int32_t location);
Ast *parse_create_tablespace(Parser *p, int32_t location);
Ast *parse_alter_tablespace(Parser *p, int32_t location);
AstRoleSpec *parse_auth_ident(Parser *p);

Ast *parse_set(Parser *p, int32_t location);
/* SET and RESET inside ALTER ROLE, DATABASE, SYSTEM, FUNCTION; behind the word SET. */
AstVariableSet *parse_set_rest(Parser *p, int32_t location, bool allow_transaction);
AstVariableSet *parse_generic_set(Parser *p, int32_t location);
AstVariableSet *parse_reset(Parser *p, int32_t location);
AstVariableSet *parse_generic_reset(Parser *p, int32_t location);
/* SET .. or RESET .. with their word. */
AstVariableSet *parse_set_or_reset(Parser *p, bool function);
Ast *parse_show(Parser *p, int32_t location);
AstList parse_transaction_modes(Parser *p, bool required);
Ast *parse_transaction(Parser *p, int32_t location);
Ast *parse_copy(Parser *p, int32_t location);
Ast *parse_explain(Parser *p, int32_t location);
Ast *parse_declare(Parser *p, int32_t location);
Ast *parse_fetch(Parser *p, bool move, int32_t location);
Ast *parse_prepare(Parser *p, int32_t location);
Ast *parse_execute(Parser *p, int32_t location);
Ast *parse_refresh(Parser *p, int32_t location);

#endif
