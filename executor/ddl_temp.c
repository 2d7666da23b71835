/* ddl_temp.c: temporary tables that forget at commit. */
#include "executor/ddl_int.h"

Status ddl_on_commit(Ddl *ddl, Oid relation, AstOnCommit action) {
    if (action == AST_ON_COMMIT_NOOP || action == AST_ON_COMMIT_PRESERVE_ROWS)
        return STATUS_OK;
    return error(ERR_FEATURE_NOT_SUPPORTED, "ON COMMIT DELETE ROWS and DROP are not supported");
}
