"""What cannot or need not agree, by name, each with its reason."""

FUNCTIONS = {}


def exclude(reason, names):
    for name in names.split():
        FUNCTIONS[name] = reason


exclude('the clock', 'now statement_timestamp transaction_timestamp pg_conf_load_time pg_postmaster_start_time age')
exclude('the process, its sockets and its build', '''pg_backend_pid inet_client_addr inet_client_port inet_server_addr
    inet_server_port version pg_config pg_trigger_depth pg_current_logfile pg_show_all_settings pg_settings_get_flags''')
exclude('numbers of transactions', '''txid_current txid_current_if_assigned txid_current_snapshot pg_current_snapshot
    pg_current_xact_id pg_current_xact_id_if_assigned mxid_age pg_visible_in_snapshot txid_visible_in_snapshot''')
exclude('files on disk', '''pg_relation_filenode pg_relation_filepath pg_filenode_relation pg_tablespace_databases pg_tablespace_location
    pg_stat_file pg_ls_dir pg_read_file''')
exclude('what is installed beside the server', '''pg_available_extension_versions pg_available_extensions pg_timezone_names
    pg_timezone_abbrevs pg_extension_update_paths''')
exclude('the state of the server, not of the statement', '''pg_cursor pg_prepared_statement pg_listening_channels pg_my_temp_schema
    pg_get_replication_slots pg_event_trigger_ddl_commands pg_event_trigger_dropped_objects pg_event_trigger_table_rewrite_oid
    pg_event_trigger_table_rewrite_reason pg_get_publication_tables pg_lock_status pg_control_system''')
exclude('how a value is stored', 'pg_column_size pg_column_compression pg_get_expr')
exclude('PostgreSQL reads memory it should not when called by hand', '''pg_node_tree_recv pg_node_tree_send pg_ndistinct_recv pg_mcv_list_recv
    pg_dependencies_recv brin_bloom_summary_recv brin_minmax_multi_summary_recv pg_mcv_list_items gtsvectorin gtsvectorout
    anyarray_recv anycompatiblearray_recv pg_ndistinct_send pg_mcv_list_send pg_dependencies_send''')
exclude('sessions and the database by name', 'current_database pg_stat_get_activity current_schemas')
exclude('hashes of the other machine word or of a collation library', 'pg_collation_actual_version')
exclude('the rows of the catalogs', '''table_to_xml table_to_xmlschema table_to_xml_and_xmlschema query_to_xml schema_to_xml
    schema_to_xml_and_xmlschema schema_to_xmlschema database_to_xml database_to_xml_and_xmlschema database_to_xmlschema''')
exclude('the number of a type that a user made', 'hashenum hashenumextended anyarray_send')
exclude('not functions to be called', '''fmgr_c_validator fmgr_internal_validator fmgr_sql_validator
    postgresql_fdw_validator''')
exclude('sizes of the catalogs and oids in them', '''pg_get_catalog_foreign_keys pg_options_to_table pg_get_keywords pg_describe_object pg_identify_object
    pg_identify_object_as_address pg_get_object_address pg_relation_size pg_table_size pg_total_relation_size pg_indexes_size
    pg_get_functiondef''')
PREFIXES = {'pg_stat_get_': 'statistics of activity', 'binary_upgrade_': 'for pg_upgrade', 'pg_replication_': 'replication',
            'pg_logical_': 'replication', 'has_tablespace': 'tablespaces', 'brin_': 'support of an index method'}

# Grouping by a constant under grouping sets: PostgreSQL 15 takes the column for that constant in ORDER BY and EXCEPT, though it is
# NULL in the other sets. The generator groups by expressions over columns only.

# Whole results that are let pass, by the SQLSTATE that either side gave.
STATES = {'57014': 'a timeout: how fast each is', '53200': 'out of memory', '54000': 'limits of memory', '54001': 'depth of the stack'}


def reason(name):
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    for prefix, why in PREFIXES.items():
        if name.startswith(prefix):
            return why
    return None
