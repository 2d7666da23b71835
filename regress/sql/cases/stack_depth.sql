-- Recursion as deep as max_stack_depth allows, and its end. No case looks at how deep that is.
show max_stack_depth;
set max_stack_depth = 8000;
set max_stack_depth = '99kB';
set max_stack_depth = '7680kB';
show max_stack_depth;
reset max_stack_depth;
create function down(n int) returns int language plpgsql as
  $$ begin if n = 0 then return 0; end if; return 1 + down(n - 1); end $$;
create function down_sql(n int) returns int language sql as
  $$ select case when n = 0 then 0 else 1 + down_sql(n - 1) end $$;
create function endless(n int) returns int language plpgsql as
  $$ begin return 1 + endless(n + 1); exception when statement_too_complex then return 0; end $$;
select down(500), down_sql(500);
do $$ begin perform down(1000000);
exception when statement_too_complex then raise notice '%', sqlerrm; end $$;
do $$ begin perform down_sql(1000000);
exception when statement_too_complex then raise notice '%', sqlerrm; end $$;
select endless(1) > 100;
select down(500);
set max_stack_depth = '100kB';
do $$ declare hint text; begin perform down(1000);
exception when statement_too_complex then
  get stacked diagnostics hint = pg_exception_hint; raise notice '% %', sqlerrm, hint; end $$;
reset max_stack_depth;
-- a trigger that fires itself, from before and from behind the row
create table t (a int);
create function again() returns trigger language plpgsql as
  $$ begin insert into t values (new.a + 1); return new; end $$;
create trigger again after insert on t for each row execute function again();
do $$ begin insert into t values (1);
exception when statement_too_complex then raise notice '%', sqlerrm; end $$;
drop trigger again on t;
create trigger again before insert on t for each row execute function again();
do $$ begin insert into t values (1);
exception when statement_too_complex then raise notice '%', sqlerrm; end $$;
select count(*) from t;
-- a cascade through a chain
create table chain (id int primary key, up int references chain on delete cascade);
insert into chain select i, nullif(i - 1, 0) from generate_series(1, 2000) i;
delete from chain where id = 1;
select count(*) from chain;
-- views on views, subqueries in subqueries
do $$ begin create view v0 as select 1 as x; for i in 1..150 loop
  execute format('create view v%s as select x from v%s', i, i - 1); end loop; end $$;
select * from v150;
select sum(x) from v150;
do $$ declare x int; begin
  execute 'select * from ' || repeat('(select * from ', 400) || '(values (42)) v(a)' || repeat(') s', 400) into x;
  raise notice '%', x; end $$;
-- long and deep expressions
create function run(query text) returns text language plpgsql as
  $$ declare r text; begin execute query into r; return r; exception when others then return sqlstate || ' ' || sqlerrm; end $$;
select run('select ' || repeat('(', 9000) || '1' || repeat(')', 9000));
select run('select ' || repeat('(', 20000) || '1' || repeat(')', 20000));
select run('select ' || repeat('(', 1000000));
select run('select ' || repeat('1 + ', 2000) || '1');
select run('select ' || repeat('1 + ', 50000) || '1');
select run('select ' || repeat('true and ', 50000) || 'true');
select run('select ' || repeat('not ', 5000) || 'true');
select run('select ' || repeat('abs(', 2000) || '1' || repeat(')', 2000));
select run('select ' || repeat('case when true then ', 1500) || '1' || repeat(' end', 1500));
select run('select ' || repeat('(select ', 2000) || '1' || repeat(')', 2000));
select run('select ' || repeat('array[', 500) || '1' || repeat(']', 500));
select run('select count(*) from (' || repeat('select 1 union all ', 3000) || 'select 1) s');
select run('do $d$ ' || repeat('begin ', 2000) || 'null; ' || repeat('end; ', 2000) || '$d$');
-- values that nest
select run('select (''' || repeat('[', 5000) || repeat(']', 5000) || '''::json) is null');
select run('select (''' || repeat('[', 5000) || repeat(']', 5000) || '''::jsonb) is null');
select run('select length((''' || repeat('[', 5000) || repeat(']', 5000) || '''::jsonb)::text)');
select run('select ''' || repeat('[', 1000000) || '''::json');
select run('select ''a'' ~ ''' || repeat('(', 4000) || 'a' || repeat(')', 4000) || '''');
select run('select (''' || repeat('(', 1500) || '1' || repeat(')', 1500) || '''::jsonpath) is null');
set client_min_messages = warning;
drop view v0 cascade;
drop table chain, t;
drop function again(), down(int), down_sql(int), endless(int), run(text);
