-- what random statements found in plans: subqueries in RETURNING and MERGE, columns from further out, LATERAL
create table sm_ph (k int, v text);
create table sm_sr (a int, b int, c int);
insert into sm_ph values (1, 'a');
insert into sm_sr values (1, 2, 3), (4, 5, 6);
update sm_ph set v = 'b' returning (select grantor from information_schema.routine_privileges limit 1);
update sm_ph set v = 'c' from sm_sr where sm_sr.a = sm_ph.k
    returning (select sm_sr.c + count(*) from sm_sr s2 where s2.a >= sm_sr.b), sm_ph.v;
update sm_ph set v = (select max(x.b)::text || sm_sr.b from sm_sr x) from sm_sr where sm_sr.a = sm_ph.k
    returning v, (select array_agg(sm_sr.c + g order by g) from generate_series(sm_ph.k, sm_sr.b) g);
insert into sm_ph values (7, 'n') returning (select count(*) from sm_sr where a > sm_ph.k - 5), k;
delete from sm_ph using sm_sr where sm_sr.a = sm_ph.k
    returning (select array_agg(sm_sr.c + x) from generate_series(sm_ph.k, sm_sr.b) x), sm_ph.v;
delete from sm_ph returning (select min(a) from sm_sr), (select k from sm_sr limit 1);
create table sm_tgt (a int, b int, c int);
insert into sm_tgt values (1, 0, 0), (9, 9, 9);
insert into sm_ph values (3, 'three'), (9, 'nine');
merge into sm_tgt t using (select *, (select count(*) from sm_ph where sm_ph.k = s.a + s.b) cnt from sm_sr s) s on t.a = s.a
    when matched and s.cnt >= 0 then update set (b, c) = (select s.b, s.cnt)
    when not matched then insert values (s.a, (select s.cnt), (select max(x.c) + s.b from sm_sr x));
select * from sm_tgt order by a;
merge into sm_tgt t using sm_sr s on t.a = s.a
    when matched and exists (select 1 from sm_ph where k = s.a + s.b) then delete
    when matched then update set b = (select sum(k) from sm_ph where k > t.a + s.c);
select * from sm_tgt order by a;

-- a sample by another table's columns
create table sm_pr (a int, b int) partition by range (a);
create table sm_pr1 partition of sm_pr for values from (0) to (50);
create table sm_pr2 partition of sm_pr for values from (50) to (100);
insert into sm_pr select i, i % 7 from generate_series(0, 99) i;
select count(*) from sm_pr1 t1 join lateral (select * from sm_pr1 t2 tablesample bernoulli (100) repeatable (t1.b)) s
    on t1.a = s.a;
select count(*) from sm_pr t1 join lateral (select * from sm_pr t2 tablesample bernoulli (t1.b * 0) repeatable (t1.b)) s on true;
select sm_sr.a, count(*) from sm_sr, lateral (select * from sm_pr tablesample system ((sm_sr.a - 1) * 33 + 1 - sm_sr.a % 2) limit 1) s
    group by 1;
-- partitions and a condition that says nothing of them in one arm
select count(*) from sm_pr where a = nullif((select 3), 4) or b::text like '1%';
select count(*) from sm_pr where (a = (select 3) or b > 100) and (b = 3 or a < (select 50));

-- a cursor on a view whose rows a rule deletes
create view sm_cv as select sm_sr.a, sm_sr.b, sm_tgt.c from sm_sr, sm_tgt;
create rule sm_cvr as on delete to sm_cv do instead delete from sm_sr where a = old.a;
begin;
declare c1 cursor for select * from sm_cv;
fetch 0 from c1;
delete from sm_cv where current of c1;
rollback;

-- two levels out, from a subquery inside an EXISTS that becomes a join
create table sm_a (x int, y int);
create table sm_b (z int, w int);
create table sm_c (u int);
insert into sm_a values (1, 2), (3, 4);
insert into sm_b values (1, 2), (5, 6), (3, 9);
insert into sm_c values (2), (4);
select x from sm_a where (select count(*) from sm_b where exists (
    select 1 from sm_c, (select sm_a.y + c2.u as k from sm_c c2 limit 5) s where s.k > sm_c.u and sm_c.u < sm_b.w)) > 1;
select x, (select sum(z) from sm_b where exists (select 1 from (select sm_a.x + c2.u as k from sm_c c2 offset 0) s where s.k = sm_b.w))
    from sm_a order by x;
with q as (select x from sm_a), r as (select * from q)
    select (select count(*) from sm_b where exists (select 1 from q where q.x = sm_b.z)),
           (select max(z) from sm_b where exists (select 1 from r join q q2 using (x) where q2.x <> sm_b.z));
select (with q2 as (select u from sm_c) select array_agg(z) from sm_b where exists (
    with i as (select 1) select 1 from q2 where q2.u = sm_b.w)) from sm_a;
select (with q2 as (select u from sm_c) select array_agg(z) from sm_b where exists (
    select 1 from (select u + sm_a.x - 1 as m from q2) q3 where q3.m = sm_b.w)) from sm_a order by sm_a.x;
select 1 from (select x, case when null then y end as c13 from sm_a limit 94) as s where exists (
    select 1 from sm_b join sm_c on exists (select 1 from sm_ph where exists (
        select 43 from sm_a a3, (select sm_b.z as c0, s.c13 as c1) as t where s.x > 1 or sm_c.u > 0
            and exists (select t.c0 as c1, sm_ph.k as c3))));

-- several joins of what reads rows outside, in lists that are not merged
set from_collapse_limit = 1;
set join_collapse_limit = 1;
select * from sm_a, lateral (select z, k, m from sm_b, (select sm_a.x as k offset 0) s1, (select sm_a.y as m offset 0) s2) s3
    order by 1, 2, 3;
select count(*) from sm_a, lateral (
    select z, k, m from sm_b left join sm_c on sm_b.w = sm_c.u, lateral (select sm_a.x + sm_b.w as k offset 0) s1,
        lateral (select sm_a.y as m offset 0) s2) s3 join (sm_c c2 join sm_b b2 on c2.u = b2.w) on true;
reset from_collapse_limit;
reset join_collapse_limit;

-- domains over arrays, ranges, rows
create domain sm_ints as int[] check (array_length(value, 1) < 10);
create domain sm_ranges as int4range;
create type sm_pair as (p int, q text);
create domain sm_pairs as sm_pair;
create domain sm_ints2 as sm_ints;
create table sm_d (i sm_ints2, r sm_ranges, p sm_pairs, n int);
insert into sm_d select array[g % 3, g], int4range(g % 4, 9), row(g % 2, 'x' || g)::sm_pair, g from generate_series(1, 12) g;
insert into sm_d values (null, null, null, 13), ('{}', 'empty', row(null, null), 14);
analyze sm_d;
create index on sm_d (i);
create index on sm_d (r, p);
select * from sm_d order by i, r desc, p;
select i, count(*) from sm_d group by i having count(*) > 1;
select distinct r from sm_d order by r desc nulls last;
select min(i), max(i) from sm_d;
select n from sm_d where i = array[1, 4] or p = row(0, 'x6')::sm_pair or r = 'empty' order by n;
select count(*) from sm_d a join sm_d b using (i) where a.r is not null;
select count(*) from sm_d a join sm_d b using (r);
select n, rank() over (order by p) from sm_d order by n;

-- descriptions of what is not there
select pg_describe_object(0, 0, 5);
select pg_describe_object(1255, 1299, 5);
select pg_describe_object(7, 0, 0);
select pg_sequence_parameters(0);
select pg_sequence_parameters('pg_class'::regclass);
select * from pg_identify_object(7, 1, 0);
select * from pg_identify_object(1255, 1299, 3);
drop table sm_ph, sm_sr, sm_tgt, sm_pr, sm_a, sm_b, sm_c, sm_d cascade;

-- A sort above a join takes a column that the join still has.
create table sk_a(x int primary key, y int);
create table sk_b(x int, y int);
create table sk_c(x int, y int);
create table sk_d(x int, y int);
insert into sk_a select g, g % 3 from generate_series(1, 20000) g;
insert into sk_b select g, g from generate_series(1, 3) g;
insert into sk_c select g, g from generate_series(1, 5) g;
insert into sk_d select g, g from generate_series(3, 7) g;
analyze sk_a; analyze sk_b; analyze sk_c; analyze sk_d;
set enable_hashjoin = off;
select count(sk_b.y), sum(sk_b.y), count(sk_d.x) from sk_d full join (sk_a join (sk_b join sk_c on true) on sk_a.x = sk_c.x) on sk_d.x = sk_c.x;
select count(sk_b.y), sum(sk_b.y), count(sk_d.x) from sk_d full join (sk_a join (sk_b join sk_c on true) on sk_a.x = sk_c.x) on sk_d.x = sk_a.x;
select count(sk_b.y), sum(sk_a.y), count(sk_d.x) from sk_d full join (sk_a join (sk_b join sk_c on true) on sk_a.x = sk_c.x and sk_c.y = sk_a.x) on sk_d.x = sk_c.y;
select count(b.x), sum(d.y) from sk_d d full join (select distinct on (sk_c.x) sk_c.x, sk_b.y from sk_a join (sk_b cross join sk_c) on sk_a.x = sk_c.x order by sk_c.x, sk_b.y) b on d.x = b.x;
reset enable_hashjoin;
-- A unique right side is still read to its middle for each left row.
explain (costs off) select * from sk_a a join sk_a b on a.x = b.x;
explain (costs off) select * from sk_a a where not exists (select from sk_a b where a.y = b.y);
select count(*) from sk_a a where exists (select from sk_a b where b.y = a.y);
select count(*), sum(b.y) from sk_a a left join sk_a b on b.x = a.x + 10;
drop table sk_a, sk_b, sk_c, sk_d;
