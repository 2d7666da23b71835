-- set functions with several output columns, as values
select (json_each('{"a":1}')).*;
select json_each('{"a":1,"b":[2]}');
select to_jsonb(json_each('{"a":1}'));
select count(*) from (select pg_stat_get_activity(pg_backend_pid())) s;
select (pg_stat_get_activity(pg_backend_pid())).pid = pg_backend_pid();
select (jsonb_each_text('{"a":null}')).value is null;
select row(aclexplode(acldefault('r', 10))) is not null limit 1;
-- keywords
select * from pg_get_keywords() where word in ('abort', 'between', 'select', 'left', 'as', 'window') order by 1;
select catcode, barelabel, count(*) from pg_get_keywords() group by 1, 2 order by 1, 2;
-- recovery is not going on
select pg_wal_replay_pause();
select pg_wal_replay_resume();
select pg_is_wal_replay_paused();
select pg_get_wal_replay_pause_state();
select pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn(), pg_last_xact_replay_timestamp();
select pg_promote();
-- the log
select pg_current_wal_lsn() > '0/0';
select pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0') > 0;
select wal_records > 0, wal_bytes > 0, wal_fpi >= 0 from pg_stat_wal;
select archived_count, last_archived_wal, last_archived_time, failed_count, last_failed_wal from pg_stat_archiver;
select pg_last_committed_xact();
-- control data
select pg_control_version, catalog_version_no from pg_control_system();
select max_data_alignment, database_block_size, max_identifier_length, max_index_columns, float8_pass_by_value from pg_control_init();
select * from pg_control_recovery();
select timeline_id, prev_timeline_id, full_page_writes from pg_control_checkpoint();
-- sessions
select current_query();
listen beta;
listen alpha;
select * from pg_listening_channels() order by 1;
unlisten alpha;
select pg_listening_channels();
unlisten *;
select count(*) from pg_listening_channels();
select count(*) >= 1 from pg_stat_get_backend_idset() i;
select pg_rotate_logfile();
select pg_current_logfile(), pg_current_logfile('stderr');
select pg_jit_available() in (true, false);
select name, level, parent from pg_backend_memory_contexts where name = 'TopMemoryContext';
-- directories
select pg_ls_dir('no_such_directory');
select pg_ls_dir('no_such_directory', true, false);
select count(*) > 0 from pg_ls_dir('.');
select count(*) from pg_ls_dir('.', false, true) d where d in ('.', '..');
select int4_sum(null, null), int4_sum(5, null), int4_sum(null, 3), int4_sum(5, 3), int2_sum(1, 2::int2);
-- names of log files, differences
select pg_walfile_name('1/ABCDEF01'), pg_walfile_name_offset('1/ABCDEF01'), pg_walfile_name('0/2000000');
select pg_wal_lsn_diff('1/0', '0/5'), pg_wal_lsn_diff('0/5', '1/0'), pg_wal_lsn_diff('0/5', '0/5');
select pg_create_restore_point(repeat('x', 64));
select pg_create_restore_point('here') > '0/0';
-- ages
select age('2'::xid), age(pg_current_xact_id()::xid) >= 0, mxid_age('1'), mxid_age('0');
select count(*) from pg_database where age(datfrozenxid) < 0;
select pg_xact_commit_timestamp('3');
-- counters
select pg_stat_reset_shared('nothing');
select pg_stat_reset_single_table_counters(0);
-- files
create table scratch (a int);
select pg_read_file('no_such_file');
select pg_read_file('no_such_file', 0, 10, true);
select pg_read_binary_file('no_such_file');
select pg_read_file('postmaster.pid', 0, -1);
select pg_read_file('postmaster.pid', -1, 0);
select length(pg_read_file('postmaster.pid', 0, 3)), length(pg_read_binary_file('postmaster.pid', 0, 2));
select split_part(pg_read_file('postmaster.pid'), E'\n', 4) = current_setting('port');
select (pg_stat_file('postmaster.pid')).isdir, (pg_stat_file('postmaster.pid')).size > 0;
select isdir, modification > '2020-01-01', creation from pg_stat_file('.');
select pg_stat_file('no_such_file');
select pg_stat_file('no_such_file', true) is null;
select count(*) > 0, bool_and(size > 0) from pg_ls_waldir() where name ~ '^[0-9A-F]{12}';
create role nobody_special;
select has_function_privilege('nobody_special', 'pg_read_file(text)', 'execute'), has_function_privilege('nobody_special', 'pg_ls_dir(text)', 'execute');
grant execute on function pg_read_file(text), pg_ls_dir(text) to nobody_special;
set role nobody_special;
select pg_read_file('/etc/hostname');
select pg_read_file('../hostname');
select length(pg_read_file('postmaster.pid')) > 0;
select pg_ls_dir('/etc');
reset role;
revoke execute on function pg_read_file(text), pg_ls_dir(text) from nobody_special;
drop role nobody_special;
-- sessions by number
select count(*) from (select pg_stat_get_backend_pid(i) pid from pg_stat_get_backend_idset() i) s where pid = pg_backend_pid();
select pg_stat_get_backend_pid(100000), pg_stat_get_backend_activity(-1);
select count(*) from pg_stat_get_backend_idset() i where pg_stat_get_backend_pid(i) = pg_backend_pid() and pg_stat_get_backend_dbid(i) = (select oid from pg_database where datname = current_database()) and pg_stat_get_backend_start(i) < now();
select name, category, short_desc, extra_desc from pg_settings where name in ('work_mem', 'wal_level', 'TimeZone', 'data_directory_mode') order by 1;
select count(*) from pg_settings where short_desc = '';
