/* ddl_partition.h: partition keys and bounds of DDL statements. Layer: executor, private. */
#ifndef EXECUTOR_DDL_PARTITION_H
#define EXECUTOR_DDL_PARTITION_H

#include "executor/ddl_int.h"
#include "planner/partition.h"

/* 'l', 'r', 'h' of a strategy's name. Errors: 22023; 42P17 for a list of several columns. */
Status ddl_partition_strategy(const AstPartitionSpec *spec, char *strategy_out);
/* Is the column part of the table's partition key, or of an expression of it? */
Status ddl_in_partition_key(Ddl *ddl, const RelationDesc *relation, int16_t attnum, bool *yes_out);
/* PARTITION BY of a table that stands, its columns included: stored. */
Status ddl_partition_key(Ddl *ddl, Oid relation, const AstPartitionSpec *spec);
/* FOR VALUES .. against the parent's key: constants of its types. Errors: 42P16, 42804, .. */
Status ddl_partition_bound(Ddl *ddl, const RelationDesc *parent, const AstPartitionBound *ast,
                           PartitionBound *bound_out);
/* The bound must not meet those that are there. name: the new partition's. */
Status ddl_partition_check_bound(Ddl *ddl, const RelationDesc *parent, const char *name,
                                 const AstPartitionBound *ast, const PartitionBound *bound);
/* No row of the default partition may belong to the new bound. */
Status ddl_partition_check_default(Ddl *ddl, const RelationDesc *parent,
                                   const PartitionBound *bound);
/* Every row of the table (and its partitions) must meet the bound's constraint. is_default: words. */
Status ddl_partition_verify(Ddl *ddl, const RelationDesc *parent, const RelationDesc *table,
                            Expr *constraint, bool is_default);
/* relpartbound; NULL: it is no partition any more. */
Status ddl_partition_set_bound(Ddl *ddl, Oid relation, const char *bound);
/* Notes in pg_partitioned_table who is the default partition. */
Status ddl_partition_set_default(Ddl *ddl, Oid parent, Oid partition);

/* ---- ddl_partition_index.c ---- */

/* The parent's indexes and their constraints for a new partition: existing ones that fit are taken. */
Status ddl_partition_indexes(Ddl *ddl, Oid parent, Oid partition);
/* Foreign tables cannot keep a unique index. created: the partition is a new table. Error: 42809. */
Status ddl_check_foreign_partition(const RelationDesc *parent, const char *partition, bool created);
/* A new index of a partitioned table for all partitions. */
Status ddl_index_partitions(Ddl *ddl, Oid parent, Oid index);
/* PRIMARY KEY and UNIQUE must have the partition key's columns. what: "PRIMARY KEY", "UNIQUE". */
Status ddl_partition_check_unique(Ddl *ddl, const RelationDesc *table, const char *what,
                                  const int16_t *attnums, uint16_t count);
/* ALTER INDEX .. ATTACH PARTITION. */
Status ddl_attach_index(Ddl *ddl, Oid index, const AstRangeVar *name);
/* A partition's indexes stand on their own again. */
Status ddl_partition_detach_indexes(Ddl *ddl, const RelationDesc *parent,
                                    const RelationDesc *partition);

/* The constraint becomes part of the parent's: conparentid, dependencies. */
Status ddl_tie_constraint(Ddl *ddl, Oid constraint, Oid parent, Oid table);
/* It stands on its own again. */
Status ddl_untie_constraint(Ddl *ddl, Oid constraint);

/* ---- ddl_partition_fk.c ---- */

/* The action triggers of a foreign key on its referenced table, as clones of `parents` (0: of none);
 * where that is partitioned: constraints and triggers for each partition. */
Status ddl_foreign_key_referenced(Ddl *ddl, const ConstraintSpec *key, Oid constraint,
                                  FkTriggers parents);
/* The check triggers of a foreign key on its table, and constraints and triggers of its partitions:
 * those that fit are taken. check_rows: every row must obey. */
Status ddl_foreign_key_referring(Ddl *ddl, const ConstraintSpec *key, Oid constraint,
                                 FkTriggers parents, bool check_rows);
/* The foreign keys from and to the parent for a new partition. */
Status ddl_partition_foreign_keys(Ddl *ddl, Oid parent, Oid partition);
/* 23503 where rows refer to rows of the partition by a key of a table above it. */
Status ddl_check_unreferenced(Ddl *ddl, const RelationDesc *partition);
/* A partition leaves: its foreign keys stand alone, those to tables above it do not reach it. */
Status ddl_partition_detach_foreign_keys(Ddl *ddl, Oid partition);

#endif
