create table ice (a text);
copy ice from stdin freeze;
x
\.
begin;
truncate ice;
copy ice from stdin (format csv, freeze);
1
2
\.
savepoint s1;
copy ice from stdin freeze;
3
\.
rollback to s1;
truncate ice;
copy ice from stdin freeze;
4
\.
release s1;
copy ice from stdin freeze;
5
\.
savepoint s2;
truncate ice;
rollback to s2;
copy ice from stdin freeze;
6
\.
rollback to s2;
commit;
select * from ice;
create function melt() returns void language plpgsql as $$
begin
  truncate ice;
exception when others then
  insert into ice values ('no');
end $$;
create function fail() returns void language plpgsql as $$
begin
  truncate ice;
  raise exception 'x';
exception when others then
  insert into ice values ('back');
end $$;
begin;
select melt();
copy ice from stdin freeze;
8
\.
select * from ice;
commit;
begin;
select fail();
copy ice from stdin freeze;
9
\.
commit;
begin;
create table new_ice (a int);
copy new_ice from stdin freeze;
1
\.
commit;
create table parts (a int) partition by list (a);
begin;
truncate parts;
copy parts from stdin freeze;
1
\.
rollback;
drop table ice, new_ice, parts;
