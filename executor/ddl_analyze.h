/* ddl_analyze.h: statistics of a table. Layer: executor, private. */
#ifndef EXECUTOR_DDL_ANALYZE_H
#define EXECUTOR_DDL_ANALYZE_H

#include "executor/ddl_int.h"

/* Reads the table and stores its statistics; names: the columns, empty for all. The caller holds the
 * lock and has checked rights. Parks for long. */
Status ddl_analyze_table(Ddl *ddl, Oid relation, const StrList *names);

#endif
