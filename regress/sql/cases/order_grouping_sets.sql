-- Grouping sets by sorting: rows come out rollup by rollup, groups as they end.
create table s (id int, region text, city text, year int, amount numeric);
insert into s values
    (1, 'north', 'oslo', 2020, 10), (2, 'north', 'oslo', 2021, 20), (3, 'north', 'bergen', 2020, 5),
    (4, 'south', 'rome', 2020, 7.5), (5, 'south', 'rome', 2021, null), (6, 'south', 'bari', 2021, 3),
    (7, null, 'nowhere', 2020, 1), (8, null, null, 2021, 2), (9, 'south', 'rome', 2020, 8);
set enable_hashagg = off;
select region, city, sum(amount), count(*) from s group by rollup (region, city);
select region, city, sum(amount), grouping(region, city) from s group by cube (region, city);
select region, city, year, count(*) from s group by cube (region, city, year);
select region, year, max(amount) from s group by grouping sets ((region), (year));
select region, year, max(amount) from s group by grouping sets ((year), (region), ());
select region, year, max(amount) from s group by grouping sets ((), (), (region, year), (region), (region));
select year, region, city, count(*), grouping(year), grouping(region, city) from s
    group by grouping sets ((year, region), rollup (city, region));
select region, city, year, count(*) from s group by rollup (region, city), grouping sets ((year), ());
select region, city, year, count(*) from s group by rollup (region), cube (city, year);
select distinct region, count(*) from s group by rollup (region, city) order by 1 nulls first, 2;
select region, city, count(*) from s group by rollup (region, city) order by city, region;
select region, city, count(*) from s group by rollup (region, city) order by region desc, city desc;
select region, city, count(*) from s group by grouping sets ((region, city), (city)) order by city, region;
select region, city, count(*) from s group by rollup (region, city) having count(*) > 1;
select region, city, count(*) from s group by rollup (region, city) having grouping(city) = 1;
select region, city, count(*) from s group by rollup (region, city) limit 3;
select region, array_agg(id order by id desc) from s group by rollup (region);
select region, count(distinct year), string_agg(distinct city, ',' order by city) from s group by rollup (region);
select region, year, count(*) filter (where amount > 5), sum(amount) filter (where city <> 'rome')
    from s group by cube (region, year);
select year % 2, region, count(*) from s group by rollup (year % 2, region);
select upper(region), city || '!', count(*) from s group by grouping sets ((upper(region), city || '!'), (upper(region)), ());
-- no rows: only sets without keys have a group
select region, sum(amount), count(*), grouping(region) from s where false group by rollup (region);
select region, sum(amount), count(*) from s where false group by grouping sets ((region), (), ());
select region, sum(amount) from s where false group by grouping sets ((region), (city));
select count(*) from s group by grouping sets ((), ());
select count(*) from s where false group by grouping sets (());
-- constants and repeated keys
select 1 as one, region, count(*) from s group by rollup (1, 2);
select region, region, count(*) from s group by rollup (1, 2);
select region, count(*) from s group by region, rollup (region, city);
select city, count(*) from s group by distinct rollup (city), rollup (city);
-- functions that return sets among the keys
select region, generate_series(1, 2) g, count(*) from s where id < 4 group by cube (region, g);
select region, generate_series(1, 2) g, count(*) from s where id < 4 group by rollup (region);
-- inside others
select x.r, x.n from (select region r, count(*) n from s group by rollup (region)) x where x.n > 2 order by x.n, x.r;
select t.id, (select string_agg(coalesce(r, '-') || n, ' ') from
    (select region r, count(*) n from s where s.id <= t.id group by rollup (region)) q) from s t where t.id < 5 order by 1;
select region, city, count(*), rank() over (partition by grouping(city) order by count(*) desc, region, city)
    from s group by rollup (region, city) order by grouping(city), 4, region, city;
with g as (select year y, region r, sum(amount) a from s group by cube (year, region))
    select count(*), sum(a) from g;
select a, b, sum(c) from (values (1, 1, 10), (1, 2, 20), (2, 1, 30)) v(a, b, c) group by cube (a, b) order by 1, 2;
explain (costs off) select region, city, year, count(*) from s group by cube (region, city, year);
explain (costs off) select region, year, count(*) from s group by grouping sets ((region), (year), ());
explain (costs off) select region, city, count(*) from s group by rollup (region, city);
explain (costs off) select region, city, count(*) from s group by grouping sets ((region, city), (city)) order by city, region;
-- more rows than a batch, more groups than a batch
create table big as select i % 3 a, i % 2100 b, i % 7 c, i from generate_series(1, 9000) i;
select count(*), sum(n), count(a), count(b), count(c) from
    (select a, b, c, count(*) n from big group by cube (a, b, c)) q;
select * from (select a, b, count(*) n, sum(i) from big group by rollup (a, b)) q where b is null or b in (17, 2050);
select a, c, count(*), sum(i), min(b) from big group by cube (a, c);
create table wide as select i, repeat(md5(i::text), 3) t from generate_series(1, 3000) i;
select count(*), min(t), max(t), sum(n) from (select t, i % 5, count(*) n from wide group by cube (t, i % 5)) q;
reset enable_hashagg;
-- sorted input for aggregates that collect their rows
select region, count(distinct year) from s group by region;
select region, string_agg(city, ',' order by city, id) from s group by region;
select city, mode() within group (order by year) from s group by city;
select year, region, array_agg(distinct id) from s group by year, region;
select region, count(distinct city) from s group by region having count(distinct city) > 1;
-- hashed sets: those without keys come first
select v, count(*) from (values (1)) t(v) group by rollup (v);
select v, grouping(v), count(*) from (values (1)) t(v) group by grouping sets ((), (v), ());
-- an order that constants and rollups seem to give already
set enable_hashagg = off;
select region, count(*) from s where region = 'north' group by rollup (region) order by region nulls first;
select region, city, count(*) from s group by rollup (region, city) order by region nulls first, city nulls first;
select region, city, count(*) from s where city = 'rome' group by rollup (region, city) order by region, city nulls first;
