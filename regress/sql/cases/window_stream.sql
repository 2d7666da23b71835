-- row numbers of a whole input come as its rows do: what stops early does not see errors of later rows
create table ws (a int, b text);
insert into ws select i, case when i % 3 > 0 then 'row ' || i end from generate_series(1, 6000) i;
select x, row_number() over () from (select 1 / (a - 5) x from ws offset 0) s limit 3;
select x, row_number() over () from (select 1 / (a - 5000) x from ws offset 0) s limit 3;
select x, row_number() over () from (select 1 / (a - 5000) x from ws offset 0) s where x = 0 limit 3;
select * from (select a, row_number() over () r from ws) q where r <= null;
-- all rows, some of a batch, several calls, NULLs
select count(*), sum(r), sum(a), count(b), count(distinct b) from (select a, b, row_number() over () r from ws) q;
select count(*), min(r), max(r), sum(r * a) from (select a, row_number() over (order by a desc) r from ws where a % 7 = 2) q;
select a, b, row_number() over w, row_number() over w from ws where a % 1500 = 0 window w as (order by a);
select a, row_number() over (order by a rows between 1 preceding and current row) from ws where a % 2000 = 0;
select a, row_number() over (order by a rows between -1 preceding and current row) from ws where a % 2000 = 0;
-- again for each outer row
select g, q.* from generate_series(1, 3) g, lateral (select a, row_number() over () r from ws where a > g * 1999 offset 0) q where r <= 2;
select g, (select max(r) from (select row_number() over () r from ws where a <= g * 1000) q) from generate_series(0, 4) g;
-- a cursor
begin;
declare c cursor for select a, row_number() over (order by a) from ws;
fetch 2 from c;
move 2500 in c;
fetch 2 from c;
commit;
drop table ws;
