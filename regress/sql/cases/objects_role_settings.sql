-- custom parameters kept for roles and functions
create role obs1; create role obs2;
alter role obs1 set zz.yy = 1; alter role obs1 set zz.yy to 'a b'; alter role obs1 set zz = 1; alter role obs1 set "zz.1y" = 1; alter role obs1 set work_mem = 'zz'; alter role obs1 set work_mem = '3MB'; alter role obs1 set shared_buffers = '1GB'; alter role obs1 set search_path = a, "B c"; alter role obs1 set enable_seqscan from current;
select setconfig from pg_db_role_setting where setrole = 'obs1'::regrole;
alter role obs1 reset zz.yy; alter role obs1 reset zz.qq; alter role obs1 reset work_mem;
select setconfig from pg_db_role_setting where setrole = 'obs1'::regrole;
alter role obs1 reset all; select count(*) from pg_db_role_setting where setrole = 'obs1'::regrole;
create function obf() returns text language sql set zz.yy = 'in' as $$ select current_setting('zz.yy') $$;
select obf(); alter function obf() set zz.ww = 2; select proconfig from pg_proc where proname = 'obf'; alter function obf() reset zz.yy; alter function obf() set zz = 1; alter function obf() reset all; select proconfig from pg_proc where proname = 'obf';
set role obs1; alter role obs1 set zz.yy = 3; alter role obs1 set session_preload_libraries = 'x'; alter role obs1 set log_statement = 'all'; alter role obs2 set work_mem = '1MB'; alter role obs1 reset zz.yy; reset role;
create sequence obq; alter sequence if exists obzz restart; alter sequence if exists obzz owned by none; alter sequence obq owned by pg_class.oid; drop sequence obq;
drop function obf(); drop role obs1, obs2;
