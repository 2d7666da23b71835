/* ddl_trigger.h: triggers of partitioned tables and their partitions. Layer: executor, private. */
#ifndef EXECUTOR_DDL_TRIGGER_H
#define EXECUTOR_DDL_TRIGGER_H

#include "executor/ddl_int.h"

/* The parent's row triggers for a partition, one by one, with those of its own partitions. */
Status ddl_partition_triggers(Ddl *ddl, Oid parent, Oid partition);
/* A partition that leaves its parent leaves the parent's triggers. */
Status ddl_partition_detach_triggers(Ddl *ddl, Oid partition);
/* ALTER TRIGGER .. RENAME, partitions included. */
Status ddl_rename_trigger(Ddl *ddl, Oid relation, const char *name, const char *new_name);
/* ALTER TABLE .. ENABLE, DISABLE TRIGGER: of a name, or all, or all that are users'; recurse: clones on
 * partitions too. 42501 for those that constraints have, unless of a superuser. */
Status ddl_enable_triggers(Ddl *ddl, Oid relation, const char *name, bool all, bool user,
                           char state, bool recurse, bool *any_out);
/* 0A000 where the table has row triggers with transition tables, which children may not have. */
Status ddl_check_child_triggers(const RelationDesc *child, bool partition);

#endif
