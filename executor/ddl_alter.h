/* ddl_alter.h: what the files of ALTER TABLE share. Layer: executor, private. */
#ifndef EXECUTOR_DDL_ALTER_H
#define EXECUTOR_DDL_ALTER_H

#include "executor/ddl_int.h"

/*
 * Order of the work, whatever order the commands were written in (as PostgreSQL's passes): what goes
 * away, type changes, new columns, attributes of columns; then tables that need it are rewritten; then
 * constraints, which check and index what is there now; then the rest.
 */
typedef enum AlterPass {
    ALTER_PASS_DROP,
    ALTER_PASS_TYPE,
    ALTER_PASS_ADD_COLUMN,
    ALTER_PASS_REWRITE,
    ALTER_PASS_COLUMN,
    ALTER_PASS_INDEX_CONSTRAINT,
    ALTER_PASS_CONSTRAINT,
    ALTER_PASS_FOREIGN_KEY,
    ALTER_PASS_MISC,
    ALTER_PASS_COUNT
} AlterPass;

/* A column's value in the rewritten table. */
typedef struct NewValue {
    int16_t attnum;
    Expr *expr; /* over the old row; generated: over the new one */
    bool generated;
} NewValue;

typedef struct AlteredTable {
    Oid oid;
    const RelationDesc *old; /* as rows lie in its store */
    bool rewrite;
    bool new_values; /* a column got values without a rewrite */
    VEC(NewValue) values;
    VEC(int16_t) not_null;     /* to be verified */
    VEC(Oid) foreign_keys;     /* to be verified after the rewrite */
    VEC(const char *) rebuild; /* statements that make dropped constraints and indexes again */
} AlteredTable;

typedef struct AddedConstraint {
    Oid relation;
    const AstConstraint *constraint;
} AddedConstraint;

/* What a type change makes of a column's values, over the old row. */
typedef struct Transform {
    Oid relation;
    const AstAlterTableCmd *command;
    Expr *expr;
    bool done; /* the type is changed: a table may be reached by several parents */
} Transform;

typedef struct Alter {
    Ddl *ddl;
    const AstAlterTable *statement;
    Oid relation;
    bool recurse; /* to children: not after ONLY */
    bool typed;   /* ALTER TYPE: now at a table of that type */
    VEC(AlteredTable *) tables;
    VEC(AddedConstraint) constraints; /* of added columns */
    VEC(Transform) transforms;        /* of column types: analysed before anything changes */
    Oid type_root;                    /* where the descent of a type change began */
    VEC(ObjectAddress) dropped;       /* columns of DROP COLUMN, children's before their parents' */
} Alter;

AlteredTable *alter_table_of(Alter *alter, Oid relation, Status *status);
/* Children of a relation, locked. */
Status alter_children(Alter *alter, Oid relation, const Oid **children_out, uint32_t *count_out);
/* 42703; 0A000 for system columns. */
Status alter_column(const RelationDesc *relation, const char *name, const ColumnDesc **column_out);

/* Does expr, what a type change makes of the column, give the bytes that are stored? */
Status alter_type_keeps(Alter *alter, const ColumnDesc *column, const Expr *expr, bool *keeps_out);

/* ---- ddl_alter_column.c ---- */
typedef Status (*AlterFn)(Alter *alter, Oid relation, const AstAlterTableCmd *command,
                          bool recursing);
Status alter_add_column(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_drop_column(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_default(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_set_not_null(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_drop_not_null(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_drop_expression(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_add_identity(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_set_identity(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_drop_identity(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_column_storage(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_column_options(Alter *, Oid, const AstAlterTableCmd *, bool);
/* ALTER TYPE .. CASCADE: the same for the tables of the type. */
Status alter_typed_tables(Alter *alter, const RelationDesc *type, const AstAlterTableCmd *command,
                          AlterFn fn);
Status alter_verify_not_null(Alter *alter, Oid relation, int16_t attnum);
/* How many of the relation's parents are among these. */
uint32_t alter_parents_among(const RelationDesc *relation, const Oid *all, size_t count);

/* ---- ddl_alter_type.c ---- */
Status alter_column_type(Alter *, Oid, const AstAlterTableCmd *, bool);
/* Analyses USING of the command, for the relation itself. */
Status alter_prepare_type(Alter *alter, const AstAlterTableCmd *command);

/* ---- ddl_rewrite.c ---- */
/* Rewrites and verifies all tables that asked for it. */
Status alter_rewrite_tables(Alter *alter);

/* ---- ddl_alter_constraint.c ---- */
Status alter_add_constraint(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_added_constraint(Alter *alter, Oid relation, const AstConstraint *constraint,
                              bool recursing);
Status alter_drop_constraint(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_validate_constraint(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_constraint(Alter *, Oid, const AstAlterTableCmd *, bool);

/* ---- ddl_partition_attach.c ---- */
Status alter_attach_partition(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_detach_partition(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_detach_finalize(Alter *, Oid, const AstAlterTableCmd *, bool);

/* ---- ddl_inherit.c ---- */
Status alter_inherit(Alter *, Oid, const AstAlterTableCmd *, bool);
Status alter_no_inherit(Alter *, Oid, const AstAlterTableCmd *, bool);

#endif
