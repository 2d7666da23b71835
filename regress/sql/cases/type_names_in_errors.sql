-- Errors about types whose names need quotes or a schema; NULLs as elements of arrays of domains.
create schema "S x";
create type "Mo od" as enum ('a', 'b');
create type "S x".mood as enum ('a');
create type "No" as enum ();
create domain "Do" as int not null check (value > 0);
create domain "S x".dom as int not null;
create domain may as int check (value > 0);
create type "Co" as (a int, m "Mo od");
select 'z'::"Mo od";
select 'z'::"S x".mood;
select '{z}'::"Mo od"[];
select '(1,z)'::"Co";
select '(1,b)'::"Co";
set search_path to "S x", public;
select 'z'::mood;
select 'z'::"Mo od";
reset search_path;
select enum_first(null::"No");
select enum_last(null::"No");
select enum_range(null::"No");
begin;
alter type "Mo od" add value 'n';
select 'n'::"Mo od";
rollback;
begin;
alter type "Mo od" add value 'n';
select enum_last(null::"Mo od");
rollback;
begin;
alter type "S x".mood add value 'n';
select enum_range(null::"S x".mood);
rollback;
select '{null}'::"Do"[];
select '{1,null}'::"Do"[];
select '{0}'::"Do"[];
select '{1,2}'::"Do"[];
select '{null,1}'::may[];
select '{null}'::"S x".dom[];
select '{{1,null}}'::"Do"[];
select '(,a)'::"Co";
create table "T t" (d "Do", m "Mo od");
copy "T t" from stdin;
\N	a
\.
copy "T t" from stdin;
1	q
\.
copy "T t" from stdin;
0	a
\.
insert into "T t" values (null, 'a');
insert into "T t" values (1, 'q');
insert into "T t" values (1, 'a') returning *;
create table gg (a int generated always as ('a'::"Mo od") stored);
create table gg (a int default 'a'::"Mo od");
alter table "T t" alter d type text, alter m type int;
alter table "T t" alter m set default 5;
do $$ declare x "Mo od"; begin x := 'zz'; end $$;
select * from json_to_record('{"a": "z"}') as (a "Mo od");
create role type_names_nobody;
set role type_names_nobody;
alter domain "Do" drop not null;
comment on domain "Do" is 'x';
drop domain "Do";
alter domain "Do" rename to d2;
alter domain "Do" owner to type_names_nobody;
alter type "Mo od" add value 'c';
comment on type "Co" is 'x';
drop type "S x".mood;
reset role;
drop role type_names_nobody;
