create function bar1(out a int, out b numeric, out c text) language sql as 'select (null::int, null::int, null::text)';
create function bar2() returns record language sql as 'select 1, 2, 3.5';
select * from bar2() as c(d int, e int, f numeric);
select * from (select row(1,2,3.5) r) s, lateral coalesce(s.r) as c(d int, e int, f numeric);
select * from (select row(1,2,3.5) r offset 0) s, lateral coalesce(s.r) as c(d int, e int, f float);
select * from (select row(1,2) r offset 0) s, lateral coalesce(s.r) as c(d int, e int, f float);
