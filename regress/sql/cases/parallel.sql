-- Plans run by several workers: what they are, and that they give what others do.
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
set max_parallel_workers_per_gather = 2;
set enable_parallel_hash = off;
create table pa (id int, g int, t text, n numeric, f float8, d date);
insert into pa select i, i % 10, 'text ' || i % 100, i / 4.0, i, date '2020-01-01' + i % 30 from generate_series(1, 20000) i;
analyze pa;
create function plan_of(query text) returns setof text language plpgsql as $$
declare line text;
begin
    for line in execute 'explain (analyze, costs off, timing off, summary off) ' || query loop
        line := regexp_replace(line, 'Workers Launched: \d+', 'Workers Launched: N');
        line := regexp_replace(line, 'rows=\d+ loops=\d+', 'rows=N loops=N');
        continue when line ~ 'Rows Removed|Memory|Batches|Sort Method';
        return next line;
    end loop;
end $$;
-- scans
select plan_of('select count(*) from pa');
select count(*) from pa;
select plan_of('select * from pa where id in (7, 19999)');
select id, t from pa where id in (7, 19999) order by id;
select plan_of('select id from pa where id = (select 17)');
explain (costs off) select count(*) from pa where id > 100;
-- aggregates whose states are combined
select count(*), count(t), sum(id), sum(id::bigint), sum(id::smallint), avg(id), avg(n), sum(n), round(sum(f)::numeric, 2), min(id), max(id) from pa;
select min(t), max(t), min(n), max(n), min(d), max(d), min(f), max(f), min(d::timestamp), max(id::bigint) from pa;
select round(stddev(id), 6), round(variance(n), 6), round(stddev_pop(f)::numeric, 4), round(corr(id, f)::numeric, 6), round(regr_slope(f, id)::numeric, 6) from pa;
select bool_and(id > 0), bool_or(id > 19999), every(id < 0), bit_and(id), bit_or(id), bit_xor(id) from pa;
select count(*) filter (where g = 3), sum(id) filter (where t = 'text 5'), max(t) filter (where false) from pa;
select sum(make_interval(secs => id)), avg(make_interval(secs => id)), sum(id::text::money) from pa;
select count(*), sum(id), avg(n), min(t) from pa where false;
select count(*), sum(id), avg(n), min(t) from pa where id < 0;
select g, count(*), sum(n), min(t), max(d) from pa group by g order by g;
select g, count(*) from pa group by g having sum(id) > 20000000 order by 1;
select g + 1, t, count(*) from pa where t like '%7' group by 1, 2 order by 1, 2;
-- those that are not
select plan_of('select array_agg(id) from pa where id < 5');
select count(distinct g), string_agg(distinct g::text, ',' order by g::text) from pa;
-- distinct
select plan_of('select distinct g from pa');
select distinct g from pa order by g desc;
-- what keeps a plan from it
create function pf(int) returns int language plpgsql as 'begin return $1; end';
explain (costs off) select count(*) from pa where pf(g) = 1;
explain (costs off) select id from pa where id = 1 for update;
begin;
declare c cursor for select id from pa where id = 8;
fetch c;
rollback;
explain (costs off) with x as (delete from pa where id < 0 returning id) select count(*) from pa;
create temp table pt as select * from pa limit 10;
explain (costs off) select count(*) from pt;
-- errors
do $$ begin perform sum(1 / (id - 15000)) from pa; exception when division_by_zero then raise notice '%', sqlerrm; end $$;
-- rows of the own transaction
begin;
insert into pa select -i, 0, 'own', 0, 0, '2000-01-01' from generate_series(1, 1000) i;
select count(*), min(id) from pa;
savepoint s;
delete from pa where id > 100;
select count(*), max(id) from pa;
rollback to s;
select count(*), max(id) from pa;
create table made_here as select * from pa where id between 1 and 5000;
select count(*), sum(id) from made_here;
rollback;
-- prepared statements follow the settings
prepare p(int) as select count(*) from pa where id > $1;
execute p(10000);
set max_parallel_workers_per_gather = 0;
select count(*) from plan_of('execute p(10000)') l where l ~ 'Gather';
set max_parallel_workers_per_gather = 2;
select count(*) from plan_of('execute p(10000)') l where l ~ 'Gather';
execute p(10000);
-- tables with children
create table pp (a int, b int) partition by range (a);
create table pp1 partition of pp for values from (0) to (1000);
create table pp2 partition of pp for values from (1000) to (2000);
create table pp3 partition of pp for values from (2000) to (10000);
insert into pp select i, i % 7 from generate_series(0, 9999) i;
analyze pp;
select plan_of('select count(*), sum(b) from pp');
select count(*), sum(b), min(a), max(a) from pp;
select plan_of('select count(*) from pp where a < (select 1500)');
select count(*) from pp where a < (select 1500);
select b, count(*) from pp group by b order by b;
set enable_parallel_append = off;
select plan_of('select count(*), sum(b) from pp');
select count(*), sum(b), min(a), max(a) from pp;
reset enable_parallel_append;
-- joins: the right side is read by each worker
create table pd (g int primary key, label text);
insert into pd select i, 'label ' || i from generate_series(0, 9) i;
analyze pd;
select label, count(*), sum(id) from pa join pd using (g) group by label order by label;
select label, count(id) from pd left join pa on pa.g = pd.g and pa.id < 10 group by label order by label;
select count(*) from pa where exists (select from pd where pd.g = pa.id);
select count(*) from pa where not exists (select from pd where pd.g = pa.id);
select count(*) from pa x join pa y on x.id = y.id where x.g = 3;
set enable_hashjoin = off; set enable_mergejoin = off;
select count(*), sum(pd.g) from pa join pd on pd.g = pa.id % 10 where pa.id <= 5000;
reset enable_hashjoin; reset enable_mergejoin;
-- a gather that is run again and again
select d.g, (select count(*) from pa where pa.g = d.g) from pd d order by 1;
select d.g, x.n from pd d, lateral (select count(*) n from (select * from pa offset 0) y where y.g > d.g) x order by 1;
-- a part of the rows
select count(*) from (select id from pa limit 10) x;
select count(*) > 0 from (select id from pa where id > 100 limit 3) x;
-- without the leader
set parallel_leader_participation = off;
select count(*), sum(id) from pa;
reset parallel_leader_participation;
set max_parallel_workers = 0;
select count(*), sum(id) from pa;
drop table pa, pp, pd;
drop function plan_of, pf;
