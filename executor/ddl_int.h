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
} Ddl;

static inline Ddl ddl_of(UtilityCall *call) {
    return (Ddl){call->session, call->session->catalog, call->arena, call};
}

typedef VEC(ObjectAddress) AddressList;

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
void ddl_query_addresses(Ddl *ddl, Query *query, AddressList *list);
void ddl_notice(Ddl *ddl, SqlState state, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* Values of AstOption. */
Status ddl_option_string(const AstOption *option, const char **text_out);
Status ddl_option_bool(const AstOption *option, bool *value_out);
Status ddl_option_int(const AstOption *option, int64_t *value_out);
/* "name=value" texts of a WITH list. */
Status ddl_reloptions(Ddl *ddl, const AstList *options, const char *const **list_out,
                      uint32_t *count_out);
/* Calls fn for every row of the relation, newest versions visible to a snapshot of now. */
typedef Status (*DdlRow)(void *arg, RowId rowid, const Datum *values, const bool *nulls);
Status ddl_each_row(Ddl *ddl, const RelationDesc *relation, DdlRow fn, void *arg);

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
/* Stores DEFAULT, GENERATED, identity and serial defaults of a column that exists. */
Status ddl_store_default(Ddl *ddl, Oid relation, const ColumnPlan *plan, int16_t attnum);
/* The sequence behind serial and identity columns. */
Status ddl_column_sequence(Ddl *ddl, Oid relation, const ColumnPlan *plan, int16_t attnum,
                           Oid *sequence_out);

/* ---- ddl_constraint.c ---- */
/* check_rows: existing rows must satisfy it. */
Status ddl_add_constraint(Ddl *ddl, Oid relation, const AstConstraint *constraint, bool check_rows);

/* ---- ddl_fk.c ---- */
/* The family's equality operators of a foreign key's column pair; 0 where there is none. */
Status ddl_fk_operators(Ddl *ddl, Oid family, Oid input_type, Oid pk_type, Oid fk_type, Oid *pp_out,
                        Oid *pf_out, Oid *ff_out);
/* Every row must have its referenced row: 23503 for the first that has not. */
Status ddl_verify_foreign_key(Ddl *ddl, Oid relation, Oid constraint);

/* ---- ddl_index.c ---- */
Status ddl_create_index(Ddl *ddl, const AstCreateIndex *statement, Oid *index_out);
/* Fills an index's empty store from its table. */
Status ddl_build_index(Ddl *ddl, Oid relation, Oid index);
/* PRIMARY KEY and UNIQUE. */
Status ddl_unique_constraint(Ddl *ddl, const RelationDesc *relation,
                             const AstConstraint *constraint);

/* ---- ddl_sequence.c ---- */
Status ddl_sequence_options(Ddl *ddl, const AstList *options, Oid type, bool is_new,
                            SequenceDesc *sequence, int64_t *restart_out, bool *restart_given_out,
                            const StrList **owned_by_out);

/* Each registers its commands. */
void ddl_table_register(void);
void ddl_index_register(void);
void ddl_sequence_register(void);
void ddl_drop_register(void);
void ddl_schema_register(void);
void ddl_register(void);

#endif
