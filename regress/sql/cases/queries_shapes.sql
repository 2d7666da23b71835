-- Ties, grouping sets, hypothetical sets, windows, what is computed when.
create table staff (dept text, no int primary key, pay int, since date);
insert into staff values ('dev', 10, 520, '2007-08-01'), ('sales', 1, 500, '2006-10-01'), ('hr', 5, 350, '2007-12-10'),
  ('sales', 4, 480, '2007-08-08'), ('hr', 2, 390, '2006-12-23'), ('dev', 7, 420, '2008-01-01'), ('dev', 9, 450, '2008-01-01'),
  ('sales', 3, 480, '2007-08-01'), ('dev', 8, 600, '2006-10-01'), ('dev', 11, 520, '2007-08-15');
select dept, no, pay from staff order by dept, pay;
select dept, no, pay from staff order by pay desc;
select dept, no, rank() over (partition by dept order by pay), row_number() over (order by since) from staff;
select dept, no, sum(pay) over w, first_value(no) over w from staff window w as (partition by dept);
select dept, sum(sum(pay)) over (order by dept desc), row_number() over (order by dept), sum(sum(pay)) over (order by dept desc) from staff group by dept;
select no, lead(no) over (order by since desc, dept), lag(no) over (order by since) from staff;
select no, min(no) over (order by pay), max(no) over (order by pay desc nulls first) from staff where no < 9;
select i % 3 as k, i from generate_series(1, 30) i order by i % 3;
select i % 2 as k, i from generate_series(1, 60) i order by 1 desc, i / 10;
-- grouping sets: constants and equal keys
select a, x from (select no as a, 'foo'::text as x from staff) t group by grouping sets (a, x) having x = 'foo';
select dept, x || 'x' from (select dept, 'foo'::text as x from staff) t group by grouping sets (dept, x) order by dept, 2;
select (x + y) * 1, sum(z) from (select 1 as x, 2 as y, 3 as z) s group by grouping sets (x + y, x);
select x, not x as not_x, dept from (select *, pay = 480 as x from staff) t group by grouping sets (x, dept) order by x, dept;
select * from (select 1 as x, dept, sum(pay) from staff group by grouping sets (1, 2)) ss where x = 1 and dept = 'hr';
select 1 as x, dept, sum(pay) from staff group by grouping sets (1, 2) order by 2;
select x, dept, count(*), grouping(x, dept) from (select 1 + 0 as x, dept from staff) s group by cube (x, dept) order by 1, 2, 4;
select g as a1, g as a2 from generate_series(1, 3) g group by a1, rollup (a2) order by 1, 2;
select null::int as n, dept from staff group by rollup (1, 2) order by 1, 2;
select upper(u), count(*) from (select dept || '!' as u from staff) s group by rollup (u) order by 1;
select coalesce(u, 'all'), max(pay) from (select lower(dept) as u, pay from staff) s group by grouping sets ((u), ()) order by 1;
select array_agg(pay order by pay) from staff group by grouping sets ((no, since), (no)) having count(*) > 1;
create table keys (h xid, s bit varying(4), v int);
insert into keys values ('1', b'01', 1), ('2', b'11', 2);
select count(*) from keys group by rollup (h, s);
select array_agg(v order by v) from keys group by grouping sets ((h), (s)) ;
select count(*) from keys group by grouping sets ((h), (s)) order by 1;
-- hypothetical sets
select rank(3) within group (order by x), dense_rank(3) within group (order by x), percent_rank(3) within group (order by x), cume_dist(3) within group (order by x) from (values (1), (1), (2), (2), (3), (3), (4)) v(x);
select rank(3) within group (order by x desc), cume_dist(9) within group (order by x), percent_rank(0) within group (order by x) from generate_series(1, 4) x;
select percent_rank(0) within group (order by x), cume_dist(0) within group (order by x), rank(0) within group (order by x) from generate_series(1, 0) x;
select rank(null) within group (order by x), rank(null) within group (order by x nulls first), dense_rank(null) within group (order by x desc) from (values (1), (null), (2)) v(x);
select rank(1, 'b') within group (order by x, y desc) from (values (1, 'a'), (1, 'b'), (1, 'c'), (0, 'z')) v(x, y);
select dept, rank(500) within group (order by pay), dense_rank(500) within group (order by pay desc) from staff group by dept order by dept;
select dept, rank(480) within group (order by pay) filter (where no < 9) from staff group by rollup (dept) order by dept;
select rank(dept) within group (order by since) from staff group by dept;
select rank('3') within group (order by x) from generate_series(1, 5) x;
select rank(3.5) within group (order by x) from generate_series(1, 5) x;
select rank('x') within group (order by x) from generate_series(1, 5) x;
select rank(1) within group (order by x, y) from (values (1, 'a')) v(x, y);
select rank(1, 2) within group (order by x) from generate_series(1, 5) x;
select rank(x) within group (order by x) from generate_series(1, 5) x;
select rank('adam'::text collate "C") within group (order by x collate "POSIX") from (values ('fred'), ('jim')) v(x);
select rank('adam'::varchar) within group (order by x collate "C") from (values ('fred'), ('jim')) v(x);
create aggregate my_rank(variadic "any" order by variadic "any") (stype = internal, sfunc = ordered_set_transition_multi, finalfunc = rank_final, finalfunc_extra, hypothetical);
select my_rank(3) within group (order by x), my_rank(2, 'b') within group (order by x, y) from (values (1, 'a'), (2, 'a'), (2, 'b'), (3, 'c')) v(x, y);
-- window functions of users
create function nth_or_first(val anyelement, n integer = 1) returns anyelement language internal window immutable strict as 'window_nth_value';
select nth_or_first(n := 2, val := no) over (partition by dept order by no), no from staff order by dept, no;
select nth_or_first(no) over (partition by dept order by no), no from staff order by dept, no;
select nth_or_first(no, 0) over (order by no) from staff;
create function before_it(anyelement) returns anyelement language internal window as 'window_lag';
select no, before_it(no) over (order by no) from staff order by no limit 3;
select before_it(1);
-- volatile and set-returning targets come after sorting
create sequence numbers;
select no, nextval('numbers') from staff order by no limit 3;
select currval('numbers');
select no, nextval('numbers') from staff order by no desc offset 8;
select currval('numbers');
select dept, no, generate_series(1, 2) from staff order by no limit 3;
select no, generate_series(1, 3) as g from staff order by no, g desc limit 4;
select distinct on (dept) dept, no, generate_series(1, 2) g from staff order by dept, no desc;
select distinct dept, generate_series(1, 2) from staff order by 1, 2;
select no, nextval('numbers') > 0 as ok from staff order by ok, no limit 2;
select currval('numbers');
insert into keys select '3', null, nextval('numbers') from staff order by no desc limit 2;
select (select n from (values (1)) x, (select n from generate_series(1, 10) n order by n limit 1 offset s - 1) y) as z from generate_series(1, 5) s;
select s, (select array_agg(n) from (select n from generate_series(1, 10) n order by n desc limit s) y) from generate_series(0, 4) s;
select s, (select n from generate_series(1, 10) n order by -n limit 1 offset s) from generate_series(8, 11) s;
-- no columns, unread columns
select union select;
select from generate_series(1, 5) union select from generate_series(1, 3);
select count(*) from (select from generate_series(1, 5) union all select from generate_series(1, 3)) s;
select no from (with c as (select * from staff) select no, (select pay from c where c.dept = s.dept) as many from staff s) ss order by no limit 2;
select count(*) from (select 1 / (no - 10) from staff) s;
select dept from (select dept, (select pay from staff) from staff where no < 3) s order by 1;
select n from (select no as n, 1 / 0 as never from staff where no = 1) s;
with recursive t(n) as (values (1::bit varying) union select n || b'1' from t where length(n) < 3) select * from t;
with recursive t(n) as (values (1::money) union select n + 1::money from t where n < 100::money) select sum(n) from t;
-- outer joins and expressions over their inner side
create table wide (q1 int8, q2 int8);
insert into wide values (123, 456), (123, 4567890123), (4567890123, 123), (4567890123, 4567890123), (4567890123, -4567890123);
select a.q2, b.q1 from wide a left join wide b on a.q2 = coalesce(b.q1, 1) where coalesce(b.q1, 1) > 0 order by 1, 2;
select a.q2, coalesce(b.q1, 1) from wide a left join wide b on a.q2 = coalesce(b.q1, 1) order by 1, 2;
select coalesce(a.q1, 0), coalesce(b.q1, 0) from wide a full join (select * from wide where q1 = 123) b on coalesce(a.q1, 0) = coalesce(b.q1, 0) and a.q2 = b.q2 order by 1, 2;
select b.q1 is null as gone, count(*) from wide a left join wide b on a.q2 = b.q1 + 0 where (b.q1 + 0) is null group by 1;
-- sublinks within what IN compares
create table seven as select 7 y;
create table two as select 2 z;
select z from two where (case when z in (select y from seven) then 1 else 2 end) in (select z from two);
select (z in (select y from seven)) in (select z = 2 from two), (z in (select z from two)) = any (select z = 2 from two) from two;
select z from two where (z not in (select y from seven)) not in (select z = 3 from two);
select z from two where ((select y from seven) + z) in (select y + 2 from seven);
