-- Errors of subqueries that run once, met by statements over several rows.
create table ut (a int, b int);
insert into ut values (1, 2), (3, 4), (5, 6);
update ut set (b, a) = (select a + 1, b from ut);
update ut set a = (select b from ut);
select a, (select b from ut) from ut;
select a from ut where a = (select 1 / (b - 2) from ut where b = 2);
select a from ut where a in (select 1 / (b - 4) from ut);
delete from ut where b > (select a from ut where a > 1);
insert into ut select a, (select b from ut) from ut;
select case when a > 1 then (select b from ut) else 0 end from ut order by a;
select a, array(select 1 / (b - 6) from ut) from ut;
select a, exists (select 1 from ut where 1 / (b - 6) > 0) from ut;
select a, (select max(1 / (b - 6)) from ut) from ut limit 1;
select * from ut order by a;
