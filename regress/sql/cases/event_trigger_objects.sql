create schema eto; create schema "eto Two";
create function eto.dropped() returns event_trigger language plpgsql as $$
declare r record;
begin
  for r in select * from pg_event_trigger_dropped_objects() loop
    raise notice 'dropped % schema=% name=% identity=% names=% args=% orig=% normal=% temp=%', r.object_type, r.schema_name, r.object_name, r.object_identity, r.address_names, r.address_args, r.original, r.normal, r.is_temporary;
  end loop;
end $$;
create function eto.made() returns event_trigger language plpgsql as $$
declare r record;
begin
  for r in select * from pg_event_trigger_ddl_commands() loop
    raise notice 'made % % schema=% identity=%', r.command_tag, r.object_type, r.schema_name, r.object_identity;
  end loop;
end $$;
create event trigger eto_d on sql_drop execute function eto.dropped();
create event trigger eto_m on ddl_command_end execute function eto.made();
create table eto.one (a int default 5, b text check (b <> ''), c int not null);
alter table eto.one alter a drop default;
alter table eto.one add constraint c_pos check (c > 0);
alter table eto.one drop constraint c_pos;
create table "eto Two"."odd ""name" ("Col" int default 1);
alter table "eto Two"."odd ""name" drop column "Col";
drop table "eto Two"."odd ""name";
create function eto.trg() returns trigger language plpgsql as 'begin return new; end';
create or replace function eto.trg() returns trigger language plpgsql as 'begin return null; end';
create trigger t before insert on eto.one for each row execute function eto.trg();
create policy p on eto.one;
create index one_i on eto.one (a);
drop trigger t on eto.one;
drop policy p on eto.one;
drop index eto.one_i;
create view eto.v as select a from eto.one;
create table eto.idt (a int generated always as identity, b int);
alter table eto.idt alter a drop identity;
create table eto.ser (a serial primary key, b bigserial unique);
create temp table eto_tmp (a int default 1);
drop table eto_tmp;
create type eto.ty as enum ('x');
drop type eto.ty;
create table eto.parted (a int primary key) partition by range (a);
create table eto.part1 partition of eto.parted for values from (1) to (10);
alter table eto.parted detach partition eto.part1;
drop table eto.part1;
alter table eto.one rename to uno;
alter table eto.uno add column d int;
create function eto.sql_trigger() returns event_trigger language sql as 'select 1';
create function eto.sql_trigger() returns trigger language sql as 'select 1';
drop event trigger eto_d;
drop event trigger eto_m;
drop schema eto cascade;
drop schema "eto Two";
