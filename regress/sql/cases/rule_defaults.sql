-- DEFAULT in VALUES of several rows, read by a rule's action
create table kept (a int primary key, x text default 'tx', y text);
create table noted (a int, x text, y text);
create view kept_v as select * from kept;
alter view kept_v alter x set default 'vx';
create rule note as on insert to kept_v do also insert into noted (a, x) select new.a, new.x;
insert into kept_v values (1, default, default);
insert into kept_v values (2, default, default), (3, 'given', default);
select * from kept order by a;
select * from noted order by a;
create rule note_all as on insert to kept do also insert into noted select new.a + 100, new.x, new.y;
insert into kept values (4, default, default), (5, 'given', default);
select * from noted where a > 100 order by a;
-- a row type that changes below a view over a function
create table shape (f1 text, f2 text, f3 text);
insert into shape values ('1', '2', '3');
create function shapes() returns setof shape language sql as 'select * from shape';
create view shape_v as select f1, f3 from shapes();
select * from shape_v;
delete from pg_depend where objid = (select oid from pg_rewrite where ev_class = 'shape_v'::regclass and rulename = '_RETURN') and refobjsubid = 3;
alter table shape alter f3 type int using f3::int;
select * from shape_v;
