/* ddl.c: registers the commands of DDL. */
#include "executor/ddl_int.h"

void ddl_register(void) {
    ddl_table_register();
    ddl_index_register();
    ddl_sequence_register();
    ddl_drop_register();
    ddl_truncate_register();
    ddl_rule_register();
    ddl_trigger_register();
    ddl_view_register();
    ddl_ctas_register();
    ddl_grant_register();
    ddl_alter_table_register();
    ddl_alter_object_register();
    ddl_role_register();
    ddl_database_register();
    ddl_schema_register();
    ddl_lock_register();
    ddl_reindex_register();
    ddl_tablespace_register();
    ddl_vacuum_register();
    ddl_type_register();
    ddl_function_register();
    ddl_policy_register();
    ddl_define_register();
    call_procedure_register();
    ddl_operator_register();
    ddl_base_type_register();
    ddl_collation_register();
    ddl_search_register();
    ddl_foreign_register();
    ddl_publication_register();
    ddl_subscription_register();
    ddl_statistics_register();
    ddl_event_trigger_register();
    ddl_language_register();
    ddl_extension_register();
    ddl_opclass_register();
}
