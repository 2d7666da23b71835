/*
 * ddl_int.h: what the DDL commands share. Layer: executor, private.
 *
 * A command resolves names and types, checks rights, and then does catalog deeds (catalog/ddl.h) in the
 * order that dependencies ask for. Everything happens in the client's transaction.
 */
#ifndef EXECUTOR_DDL_INT_H
#define EXECUTOR_DDL_INT_H

#include "base/vec.h"
#include "catalog/catalogs.h"
#include "catalog/ddl.h"
#include "catalog/depend.h"
#include "catalog/name.h"
#include "catalog/row.h"
#include "catalog/sequence.h"
#include "executor/utility.h"

typedef struct Ddl {
    Session *session;
    CatalogSession *catalog;
    Arena *arena;
    UtilityCall *call;
    bool altering; /* ALTER TABLE: PostgreSQL looks at constraints without their text at hand */
    bool only;     /* ALTER TABLE ONLY: indexes of constraints not for partitions */
} Ddl;

static inline Ddl ddl_of(UtilityCall *call) {
    return (Ddl){call->session, call->session->catalog, call->arena, call};
}

typedef VEC(ObjectAddress) AddressList;
typedef VEC(Oid) OidVec;

/* ---- ddl_common.c ---- */
Status ddl_role(Ddl *ddl, const AstRoleSpec *spec, Oid *oid_out);
/* Resolves and locks an existing relation. missing_ok: *relation_out NULL. */
Status ddl_relation(Ddl *ddl, const AstRangeVar *name, LockMode mode, bool missing_ok,
                    const RelationDesc **relation_out);
/* The schema a new relation goes to, with pg_temp for TEMPORARY; persistence_out 'p', 'u', 't'. */
Status ddl_creation_namespace(Ddl *ddl, const AstRangeVar *name, Oid *nsp_out,
                              char *persistence_out);
/* A dotted name's schema (or NULL) and last part. Error 42601 for more than two parts. */
Status ddl_qualified(Ddl *ddl, const StrList *name, const char **schema_out, const char **name_out);
/* What a stored expression depends on; its scope's columns belong to `relation`. */
void ddl_expr_addresses(Ddl *ddl, Expr *expr, Oid relation, AddressList *list);
void ddl_type_address(Ddl *ddl, Oid type, AddressList *list);
void ddl_query_addresses(Ddl *ddl, Query *query, AddressList *list);
void ddl_notice(Ddl *ddl, SqlState state, const char *fmt, ...) PRINTF_LIKE(3, 4);
void ddl_warning(Ddl *ddl, SqlState state, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Values of AstOption. */
Status ddl_option_string(const AstOption *option, const char **text_out);
/* Any value as text, integers too. */
Status ddl_option_text(Ddl *ddl, const AstOption *option, const char **text_out);
Status ddl_option_bool(const AstOption *option, bool *value_out);
Status ddl_option_int(const AstOption *option, int64_t *value_out);
/* For CREATE RULE "_RETURN" on a table: 55000 and its kin where it may not become a view. */
Status ddl_check_to_view(Ddl *ddl, const RelationDesc *relation);
/* Calls fn for every row of the relation, newest versions visible to a snapshot of now. */
typedef Status (*DdlRow)(void *arg, RowId rowid, const Datum *values, const bool *nulls);
Status ddl_each_row(Ddl *ddl, const RelationDesc *relation, DdlRow fn, void *arg);

/* ---- ddl_reloptions.c: storage parameters ---- */
typedef enum OptionHolder {
    OPTIONS_NONE = 0, /* takes none */
    OPTIONS_HEAP = 1 << 0,
    OPTIONS_TOAST = 1 << 1,
    OPTIONS_VIEW = 1 << 2,
    OPTIONS_BTREE = 1 << 3,
    OPTIONS_HASH = 1 << 4,
    OPTIONS_GIST = 1 << 5,
    OPTIONS_SPGIST = 1 << 6,
    OPTIONS_GIN = 1 << 7,
    OPTIONS_BRIN = 1 << 8,
    OPTIONS_COLUMN = 1 << 9,
    OPTIONS_TABLESPACE = 1 << 10,
    OPTIONS_BLOOM = 1 << 11,
    OPTIONS_TSVECTOR_CLASS = 1 << 12, /* operator classes of indexes */
    OPTIONS_BLOOM_CLASS = 1 << 13,
    OPTIONS_MINMAX_MULTI_CLASS = 1 << 14
} OptionHolder;
typedef enum OptionChange { OPTIONS_NEW, OPTIONS_SET, OPTIONS_RESET } OptionChange;
Status ddl_option_holder(Ddl *ddl, const RelationDesc *relation, OptionHolder *holder_out);
OptionHolder ddl_index_option_holder(const AmDesc *am);
/* "name=value" texts of a WITH list. Errors: 22023 for unknown names and bad values. */
Status ddl_new_options(Ddl *ddl, OptionHolder holder, const AstList *options,
                       const char *const **list_out, uint32_t *count_out);
/* Options as stored, with some set or reset. */
Status ddl_change_options(Ddl *ddl, OptionHolder holder, const char *const *options,
                          uint32_t option_count, const AstList *changes, OptionChange change,
                          const char *const **options_out, uint32_t *count_out);
Status ddl_set_reloptions(Ddl *ddl, Oid relation, const char *const *options, uint32_t count);

/* ---- ddl_object.c ---- */
typedef struct DdlObject {
    ObjectAddress address;
    Oid relation; /* that a trigger, rule, policy, constraint lives on; else 0 */
    bool found;
} DdlObject;
/* What a statement names. missing_ok: found false instead of 42704 and its kin, also where a type of
 * its signature is missing. mode: the lock taken on it, or on the relation it lives on. */
Status ddl_object(Ddl *ddl, const AstObject *object, LockMode mode, bool missing_ok,
                  DdlObject *object_out);
/* 42501 unless the current role owns it (or the relation that it lives on). */
Status ddl_object_check_owner(Ddl *ddl, const AstObject *ast, const DdlObject *object);
/* "MATERIALIZED VIEW": the words of a kind in command tags. Static. */
const char *ddl_kind_words(AstObjectKind kind);
const char *ddl_relation_kind_name(char kind);   /* "materialized view" for 'm' */
const char *ddl_relation_kind_plural(char kind); /* "materialized views" for 'm' */
bool ddl_relation_is_kind(char kind, AstObjectKind wanted);
AstRangeVar ddl_range_var(const StrList *name);
/* A type, without a position in the error; *type_out 0 with missing_ok. */
Status ddl_type(Ddl *ddl, const AstTypeName *name, bool missing_ok, Oid *type_out);
/* 3F000 where a type's name has a schema that is not there. */
Status ddl_check_type_usage(Ddl *ddl, Oid type); /* 42501 "permission denied for type %s" */
Status ddl_type_schema(Ddl *ddl, const AstTypeName *name);
/* What is said of a parameter's type that is not there: without quotes, without a position. */
Status ddl_no_param_type(Ddl *ddl, const AstTypeName *name);
const char *ddl_type_name_text(Ddl *ddl, const AstTypeName *type);

/* ---- ddl_call.c: functions that statements name ---- */
/* The function of exactly these argument types; 42883 where there is none. */
Status ddl_function_by_name(Ddl *ddl, const StrList *name, const Oid *types, uint32_t count,
                            Oid *oid_out);
/* Calls a function with constants. */
Status ddl_call_function(Ddl *ddl, Oid function, const Oid *types, const Datum *values,
                         const bool *nulls, uint32_t count, Datum *result_out, bool *null_out);
/* A function from arguments of these types to that result is what a type must coerce to by itself. */
Status ddl_binary_coercible(Ddl *ddl, Oid source, Oid target, bool *yes_out);
bool ddl_is_polymorphic(Oid type);
/* 42P13 with the message where nothing among the arguments tells what a polymorphic result is. */
Status ddl_check_polymorphic(Ddl *ddl, const Oid *types, uint32_t count, Oid type,
                             const char *message);
/* The same, telling no place in the statement: PostgreSQL does not for some. */
Status ddl_unplaced(Status status);
Status ddl_is_superuser(Ddl *ddl, bool *super_out);

/* ---- ddl_base_type.c ---- */
/* CREATE TYPE of a base type, or of a shell. */
Status ddl_create_base_type(Ddl *ddl, const AstDefine *statement);
/* Can values of one type be taken for the other's, bytes for bytes? Pseudo-types and shells tell nothing:
 * yes. */
Status ddl_same_values(Ddl *ddl, Oid declared, Oid taken, bool *yes_out);

/* ---- ddl_operator.c ---- */
Status ddl_create_operator(Ddl *ddl, const AstDefine *statement);

/* ---- ddl_aggregate.c ---- */
Status ddl_create_aggregate(Ddl *ddl, const AstDefine *statement);

/* ---- ddl_foreign.c ---- */
/* Applies OPTIONS (ADD, SET, DROP) to the text[] in a column of the row and has the validator (0:
 * none) look at the outcome. class_id: the catalog that the options are of. */
Status ddl_generic_options(Ddl *ddl, const AstList *changes, Oid validator, Oid class_id,
                           CatalogRow *row, int column);
/* 0A000 at its place for a constraint that foreign tables do not have. */
Status ddl_refuse_foreign_constraint(const AstConstraint *constraint);
/* ALTER FOREIGN TABLE .. OPTIONS, .. ALTER COLUMN .. OPTIONS. 42809 where it is no foreign table. */
Status ddl_foreign_table_options(Ddl *ddl, Oid relation, const AstList *options);
Status ddl_foreign_column_options(Ddl *ddl, Oid relation, int16_t attnum, const AstList *options);

/* ---- ddl_table.c ---- */
/* kind: 'r', or 'f' for a foreign table; a partitioned one becomes 'p' by itself. *oid_out 0 where
 * IF NOT EXISTS found it. */
Status ddl_create_table(Ddl *ddl, const AstCreateTable *statement, char kind, Oid *oid_out);

/* ---- ddl_column.c ---- */
/* A column's definition and what its constraints ask for. */
typedef struct ColumnPlan {
    const AstColumnDef *def;
    ColumnSpec spec;
    const AstConstraint *default_constraint; /* DEFAULT or GENERATED; NULL: none */
    const AstConstraint *identity;
    bool serial; /* smallserial, serial, bigserial */
} ColumnPlan;
/* Types, collation, NOT NULL, identity, serial; table constraints among the column's own are
 * appended to `constraints` as table constraints. table: for messages. */
Status ddl_plan_column(Ddl *ddl, const char *table, const AstColumnDef *def, ColumnPlan *plan_out,
                       AstList *constraints);
/* May a sequence feed it? */
bool ddl_is_sequence_type(Oid type);
/* attcompression of COMPRESSION method; NULL: none given. */
Status ddl_compression(Ddl *ddl, const char *method, Oid type, char *compression_out);
/* Stores DEFAULT, GENERATED, identity and serial defaults of a column that exists. */
Status ddl_store_default(Ddl *ddl, Oid relation, const ColumnPlan *plan, int16_t attnum);
/* The sequence behind serial and identity columns. */
Status ddl_column_sequence(Ddl *ddl, Oid relation, const ColumnPlan *plan, int16_t attnum,
                           Oid *sequence_out);

/* ---- ddl_constraint.c ---- */
/* check_rows: existing rows must satisfy it. */
Status ddl_add_constraint(Ddl *ddl, Oid relation, const AstConstraint *constraint, bool check_rows);

/* A CHECK that the relation has already, from a parent or (recursing: for a parent's sake) of its own.
 * local: the relation's own, else a parent's. *merged_out false: it is new. Errors: 42710, 42P17
 * where the two cannot be one. */
Status ddl_merge_check(Ddl *ddl, Oid relation, const AstConstraint *constraint, bool local,
                       bool recursing, bool *merged_out);
/* One parent more or less; merged: the statement wrote it too. */
Status ddl_count_check_parent(Ddl *ddl, Oid constraint, int32_t delta, bool local);
/* The columns that it reads; numbers has room for all of the relation's. */
void ddl_expr_columns(Expr *expr, int16_t *numbers, uint16_t *count_out);
/* 23514 for the first row that violates a check that stands. */
Status ddl_verify_check(Ddl *ddl, const RelationDesc *relation, const CheckDesc *check);
/* Are both the same condition? `from`, over another table, is mapped to the relation's columns by
 * name. */
Status ddl_same_expression(Ddl *ddl, const RelationDesc *other, const char *from,
                           const RelationDesc *relation, const char *own, bool *same_out);

/* ---- ddl_fk.c ---- */
/* The family's equality operators of a foreign key's column pair; 0 where there is none. */
Status ddl_fk_operators(Ddl *ddl, Oid family, Oid input_type, Oid pk_type, Oid fk_type, Oid *pp_out,
                        Oid *pf_out, Oid *ff_out);
/* Every row must have its referenced row: 23503 for the first that has not. */
Status ddl_verify_foreign_key(Ddl *ddl, Oid relation, Oid constraint);
/* No row of the relation may refer by the constraint: 23503, "removing partition .." */
Status ddl_verify_unreferenced(Ddl *ddl, Oid relation, Oid constraint);

/* ---- ddl_index.c ---- */
Status ddl_create_index(Ddl *ddl, const AstCreateIndex *statement, Oid *index_out);
/* Commits what was done and goes on in a transaction of its own. Locks are gone, and so are descriptors
 * that were not pinned. */
Status ddl_next_transaction(Ddl *ddl);
/* CREATE INDEX CONCURRENTLY, after the invalid index was made. */
Status ddl_concurrent_build(Ddl *ddl, Oid index);
/* Before it is dropped: until nobody uses it any more. */
Status ddl_concurrent_drop_index(Ddl *ddl, Oid index);
/* Fills an index's empty store from its table; it is valid then. */
Status ddl_build_index(Ddl *ddl, Oid relation, Oid index);
/* PRIMARY KEY and UNIQUE. */
Status ddl_unique_constraint(Ddl *ddl, const RelationDesc *relation,
                             const AstConstraint *constraint);
/* EXCLUDE. Errors: 42809, 0A000, 23P01 if rows already conflict. */
Status ddl_exclusion_constraint(Ddl *ddl, const RelationDesc *relation,
                                const AstConstraint *constraint);
/* Columns of a primary key become NOT NULL, in children too; existing rows must agree. */
Status ddl_key_not_null(Ddl *ddl, const RelationDesc *relation, const int16_t *attnums,
                        uint16_t count);
/* ONLY a partitioned table's column becomes NOT NULL: 42P16 unless that of each partition is. */
Status ddl_check_children_not_null(Ddl *ddl, const RelationDesc *relation, const char *column);

/* ---- ddl_using_index.c ---- */
/* PRIMARY KEY or UNIQUE from an index that is there. */
Status ddl_constraint_using_index(Ddl *ddl, const RelationDesc *relation,
                                  const AstConstraint *constraint);

/* ---- ddl_tablespace.c ---- */
/* pg_class.relam of a new table; name NULL: the settings decide. Errors: 42704, 55000. */
Status ddl_table_access_method(Ddl *ddl, const char *name, bool partitioned, Oid *oid_out);
/* pg_class.reltablespace of a new relation; name NULL: the settings decide. */
Status ddl_tablespace(Ddl *ddl, const char *name, char persistence, bool partitioned, Oid *oid_out);

/* ---- ddl_vacuum.c ---- */
/* 25001 inside a transaction block or function. */
Status ddl_not_in_block(UtilityCall *call, const char *what);
/* All relations of these kinds. */
Status ddl_all_relations(Ddl *ddl, const char *kinds, OidVec *list);

/* ---- ddl_typed.c ---- */
/* The composite type (not a table's row type) for CREATE TABLE .. OF; 42809. */
Status ddl_check_of_type(Ddl *ddl, Oid of, const RelationDesc **relation_out);
/* Tables of a composite type, locked. 2BP01 if there are any and behavior is not CASCADE. */
Status ddl_typed_tables(Ddl *ddl, const RelationDesc *type, AstDropBehavior behavior,
                        const Oid **tables_out, size_t *count_out);
/* 0A000 if some stored column holds values of the relation's row type. */
/* 0A000 where a column holds values of the type, or of one made of it; origin: what is altered. */
Status ddl_check_type_unused(Ddl *ddl, Oid type, const char *origin);
Status ddl_check_row_type_unused(Ddl *ddl, const RelationDesc *relation);
/* 42P16 if the type is, or is made of, row_type. */
Status ddl_check_not_in_itself(Ddl *ddl, Oid type, Oid row_type);

/* ---- ddl_sequence.c ---- */
/* 42601 where an option before this one has its name. */
Status ddl_option_unique(const AstList *options, const AstOption *option);
Status ddl_sequence_options(Ddl *ddl, const AstList *options, Oid type, bool is_new,
                            SequenceDesc *sequence, int64_t *restart_out, bool *restart_given_out,
                            const StrList **owned_by_out);

/* ---- ddl_like.c ---- */
/* An identity column's definition, with its sequence's options. */
Status ddl_like_identity(Ddl *ddl, const RelationDesc *other, const ColumnDesc *column,
                         const AstConstraint **constraint_out);
/* Checks, indexes, comments, as INCLUDING asks for. */
Status ddl_copy_like(Ddl *ddl, Oid table, const AstTableLike *like, Oid other);

/* ---- ddl_load.c: rows into a table that only this transaction sees ---- */
typedef struct DdlLoader DdlLoader;
/* Close it whatever happens. The arena keeps the loader; values handed in are copied. */
Status ddl_loader_open(Ddl *ddl, const RelationDesc *relation, DdlLoader **loader_out);
Status ddl_loader_add(DdlLoader *loader, const Datum *values, const bool *nulls);
RowSink *ddl_loader_sink(DdlLoader *loader);
/* Writes what is left if status is good, frees everything, returns the first error. */
Status ddl_loader_close(DdlLoader *loader, Status status, uint64_t *count_out);
/* Fills all indexes of a table whose stores are new. */
Status ddl_rebuild_indexes(Ddl *ddl, Oid relation);
/* As REINDEX TABLE; the caller has locked it against everybody. */
Status ddl_reindex_relation(Ddl *ddl, Oid relation);

/* ---- ddl_view.c ---- */
Status ddl_analyze_query(Ddl *ddl, const Ast *statement, const AnalyzeOptions *options,
                         AnalyzedStatement *analyzed_out);
/* The columns that a relation of the query's result has; the first ones renamed to `names`. */
Status ddl_query_columns(Ddl *ddl, const Query *query, const StrList *names, const char *what,
                         ColumnSpec **columns_out, uint32_t *count_out);
Status ddl_query_uses_temp(Ddl *ddl, const Query *query, bool *yes_out);
/* The rule _RETURN of a view. */
Status ddl_store_view_rule(Ddl *ddl, Oid view, Query *query, bool replace);

/* ---- ddl_alter_table.c, ddl_alter_column.c, ... ---- */
/* True if it calls a volatile function or takes a sequence's next value. */
Status ddl_expr_is_volatile(Ddl *ddl, Expr *expr, bool *yes_out);
/* True if it always gives the same result for the same columns. */
Status ddl_expr_is_immutable(Ddl *ddl, Expr *expr, bool *yes_out);
bool ddl_is_system_column(const char *name);

/* Checks that the current role may give it to owner, and does so. */
Status ddl_change_relation_owner(Ddl *ddl, Oid relation, Oid owner);

/* ---- ddl_database.c ---- */
/* The value of SET name = .., or FROM CURRENT, as text to store. Error: 42704 unknown setting. */
Status ddl_setting_value(Ddl *ddl, const AstVariableSet *set, const char **value_out);

/* ---- ddl_grant.c ---- */
/* Takes a role's privileges out of a row of pg_default_acl. */
Status ddl_strip_default_acl(Ddl *ddl, Oid oid, Oid role);

/* ---- ddl_role.c ---- */
Status ddl_rename_role(Ddl *ddl, Oid role, const char *name);

/* ---- ddl_inherit.c ---- */
/* The child's columns and checks must fit the parent's; then it is its child. */
Status ddl_attach_child(Ddl *ddl, const RelationDesc *child, const RelationDesc *parent,
                        bool partition);
Status ddl_detach_child(Ddl *ddl, const RelationDesc *child, const RelationDesc *parent);

/* ---- ddl_temp.c ---- */
/* ON COMMIT DELETE ROWS, DROP: remembers what is to be done with a new temporary table. */
Status ddl_on_commit(Ddl *ddl, Oid relation, AstOnCommit action);

/* ---- ddl_truncate.c ---- */
/* Gives a table and its indexes fresh, empty stores. */
Status ddl_empty_table(Ddl *ddl, Oid relation);

/* ---- ddl_collation.c, ddl_search.c ---- */
Status ddl_create_collation(Ddl *ddl, const AstDefine *statement);
/* TEXT SEARCH PARSER, TEMPLATE, DICTIONARY, CONFIGURATION. */
Status ddl_create_search(Ddl *ddl, const AstDefine *statement);

/* Each registers its commands. */
void ddl_collation_register(void);
void ddl_search_register(void);
void ddl_table_register(void);
void ddl_index_register(void);
void ddl_sequence_register(void);
void ddl_drop_register(void);
void ddl_truncate_register(void);
void ddl_rule_register(void);
void ddl_trigger_register(void);
void ddl_view_register(void);
void ddl_ctas_register(void);
void ddl_grant_register(void);
void ddl_alter_table_register(void);
void ddl_alter_object_register(void);
void ddl_role_register(void);
void ddl_database_register(void);
void ddl_schema_register(void);
void ddl_lock_register(void);
void ddl_reindex_register(void);
void ddl_tablespace_register(void);
void ddl_vacuum_register(void);
void ddl_type_register(void);
void ddl_function_register(void);
void ddl_policy_register(void);
void ddl_define_register(void);
void call_procedure_register(void);
void ddl_operator_register(void);
void ddl_base_type_register(void);
void ddl_foreign_register(void);
void ddl_publication_register(void);
void ddl_subscription_register(void);
void ddl_statistics_register(void);
void ddl_event_trigger_register(void);
void ddl_language_register(void);
void ddl_extension_register(void);
void ddl_opclass_register(void);
void ddl_register(void);

/* ---- ddl_ctas.c ---- */
/* Runs the query of a CREATE TABLE AS its own way: EXPLAIN ANALYZE. */
typedef Status (*CreateAsRun)(void *arg, const PlannedStatement *plan, RowSink *sink);
/* call->raw is an AstCreateTableAs. run NULL: as usual. */
Status ddl_create_as(UtilityCall *call, CreateAsRun run, void *run_arg);
/* Is there such a relation already? Errors: 42P07 without IF NOT EXISTS. */
Status ddl_create_as_exists(Ddl *ddl, const AstCreateTableAs *statement, bool *exists_out);

#endif
