-- Results remembered by what decides them, which may be expressions; conditions in EXPLAIN have the index's side first.
create table ek (id int, x numeric, t text);
insert into ek select d, round((d * 1.3)::numeric, 3), round((d * 1.3)::numeric, 3)::text from generate_series(1, 20) d;
insert into ek select id + 100, x * 1.00, t || '0' from ek;
insert into ek values (900, null, null), (901, 1.3, null), (902, null, '1.3');
create index ek_x on ek (x, t);
analyze ek;
set enable_hashjoin = off;
set enable_mergejoin = off;
select count(*), sum(t1.id), sum(t2.id) from ek t1 join ek t2 on t1.x = t2.t::numeric and t1.t::numeric = t2.x;
select count(*), sum(t1.id), sum(t2.id) from ek t1 join ek t2 on t1.x = t2.x;
select count(*), sum(t1.id), sum(t2.id) from ek t1 left join ek t2 on t1.x + 1.3 = t2.x;
select count(*), sum(t1.id), sum(t2.id) from ek t1 left join ek t2 on t1.t::numeric * 2 = t2.x and t1.x * 2 = t2.x;
select t1.id, (select count(*) from ek t2 join ek t3 on t2.x = t3.x and t3.id < t1.id * 5 where t2.id > t1.id) from ek t1
    where t1.id < 6 order by 1;
select t1.id, l.n from ek t1 cross join lateral (select count(*) n from ek t2 join ek t3 on t2.t::numeric = t3.x where t3.id > t1.id) l
    where t1.id between 15 and 20 order by 1;
prepare by_id (int) as select count(*), sum(t2.id) from ek t1 join ek t2 on t1.t::numeric = t2.x where t1.id > $1;
execute by_id (5);
execute by_id (110);
execute by_id (1000);
reset enable_hashjoin;
reset enable_mergejoin;
-- sides
create table big (a int primary key, b int);
insert into big select i, i % 100 from generate_series(1, 5000) i;
create index big_b on big (b);
analyze big;
explain (costs off) select * from big where 5 = a;
explain (costs off) select * from big where 4990 < a;
explain (costs off) select * from big where 10 >= a and 3 < a;
set enable_hashjoin = off;
set enable_mergejoin = off;
explain (costs off) select * from (values (1), (2)) v(x) join big on v.x = big.a;
explain (costs off) select * from (values (1), (2)) v(x) join big on big.a = v.x;
set enable_hashjoin = on;
set enable_nestloop = off;
explain (costs off) select * from (values (1), (2)) v(x) join big on v.x = big.b;
-- regular expressions too long for PostgreSQL
select 'x' ~ repeat('x*y*z*', 1000);
select 'x' ~ repeat('x*y*z*', 100);
select 'xy' ~ ('^' || repeat('x?', 1000) || 'y$');
