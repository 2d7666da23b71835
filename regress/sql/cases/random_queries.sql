-- What random statements found: shapes of queries.
create table a (id int primary key, k int, t text, n numeric);
insert into a select i, i % 5, chr(97 + i % 7) || repeat('x', i % 3), i / 4.0 from generate_series(1, 30) i;
set enable_hashagg = off;
select k, string_agg(t, ',') from (values (1, 'x'), (2, null), (null, 'abc'), (3, 'zz')) v(k, t) group by k;
select k, string_agg(t, ',' order by t || '') from (values (1, 'x'), (2, null), (null, 'abc'), (3, 'zz')) v(k, t) group by k;
select k, string_agg(t, '-' order by id), max(t), min(t), max(n) from a group by k;
select k, string_agg(t::bytea, '\x00' order by id) from a group by k;
select k, t, string_agg(t, '') filter (where id > 9), array_agg(id order by id) from a group by k, t order by k, t;
select k, mode() within group (order by t), percentile_disc(0.5) within group (order by t) from a group by k;
select k, json_agg(t order by id), jsonb_object_agg(id, t) from a where id < 12 group by k;
reset enable_hashagg;
select distinct on (1) null::text, 1, t from a order by 1, 2, 3;
select distinct on (x) x, t from (select 7 as x, t from a) s order by x, t desc;
select distinct on (k, 3) k, t, 3 from a where k = 2 order by k, 3, t desc;
