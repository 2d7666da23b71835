create table m (a int primary key, b text); insert into m select g, 'x' || g from generate_series(1, 25) g;
\set FETCH_COUNT 10
select a from m order by a;
select a, 10 / (15 - a) from m order by a;
select * from nosuch;
insert into m values (26, 'y') returning a, b;
select 1 \; select 2;
with d as (delete from m where a = 26 returning *) select * from d;
values (1), (2);
\set FETCH_COUNT 0
\set AUTOCOMMIT off
insert into m values (100, 'off');
select count(*) from m where a = 100;
rollback;
select count(*) from m where a = 100;
vacuum;
commit;
create database nosuch template nosuch;
rollback;
\set ON_ERROR_ROLLBACK on
insert into m values (101, 'kept');
insert into m values (101, 'again');
select * from nosuch;
insert into m values (102, 'kept too');
savepoint s;
insert into m values (103, 's');
rollback to s;
commit;
select a from m where a > 100 order by a;
commit;
\set AUTOCOMMIT on
begin;
select 1/0;
select 2;
release savepoint nosuch;
commit;
begin;
savepoint a;
select nosuch;
rollback to a;
commit;
\set ON_ERROR_ROLLBACK off
begin;
select 1/0;
select 2;
commit;
commit;
rollback;
begin;
begin;
end;
listen news;
notify news, 'hello';
notify news;
unlisten *;
prepare p (int) as select $1 + 1; execute p(1); deallocate p; execute p(1);
explain (costs off) select * from m where a = 3;
\set ECHO_HIDDEN on
\dt m
\set ECHO_HIDDEN off
\set SINGLELINE on
select 1
\set SINGLELINE off
do $$ begin raise notice 'hello %', 1; raise warning 'careful' using detail = 'some', hint = 'none'; end $$;
show all nosuch;
\lo_list
select lo_from_bytea(54321, 'abc');
\lo_export 54321 'lo.out'
\! cat lo.out
\lo_list
\lo_unlink 54321
\lo_unlink 54321
\help nosuchcommand
\nosuch
\d
select 'unterminated
';
\set name 'quo''te'
select :'name', :"name", ':name';
\unset name
select :name;
create function f(x int) returns int language plpgsql as $$
begin
  return x / 0;
end $$;
select f(1);
\sf+ f
\set ON_ERROR_STOP on
select 1 as before;
select bad syntax here;
select 1 as never;
