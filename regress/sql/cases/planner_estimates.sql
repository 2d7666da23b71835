-- how many rows the planner expects, within a factor
create function expected(query text, low numeric, high numeric) returns boolean language plpgsql as $$
declare plan json;
begin
  execute 'explain (format json) ' || query into plan;
  return (plan->0->'Plan'->>'Plan Rows')::numeric between low and high;
end $$;
create table est (id int primary key, s smallint, b bigint, d date, ts timestamp, tz timestamptz, f real, g float8, n int, t text, v varchar);
insert into est select g, g % 1000, g * 10, date '2000-01-01' + g / 10, timestamp '2000-01-01' + g * interval '1 hour', timestamptz '2000-01-01 00:00+00' + g * interval '1 hour', g, g,
  case when g % 2 = 0 then g % 5 end, 't' || g % 10, 'v' || g % 10 from generate_series(1, 10000) g;
analyze est;
-- constants of another type than the column
select expected('select * from est where d >= date ''2001-01-01'' and d < timestamp ''2001-04-11 00:00''', 700, 1400);
select expected('select * from est where d < timestamp ''2000-04-10 12:00''', 700, 1400);
select expected('select * from est where d > timestamptz ''2002-06-15 00:00+00''', 600, 1600);
select expected('select * from est where ts < date ''2000-02-11''', 700, 1400);
select expected('select * from est where tz < date ''2000-02-11''', 700, 1400);
select expected('select * from est where tz < timestamp ''2000-02-11''', 700, 1400);
select expected('select * from est where ts between ''infinity''::date and ''infinity''::timestamp', 0, 10);
select expected('select * from est where ts > ''-infinity''::date', 9900, 10000);
select expected('select * from est where id < 500::bigint', 400, 600);
select expected('select * from est where id < 500::smallint', 400, 600);
select expected('select * from est where id < 5000000000', 9900, 10000);
select expected('select * from est where b < 500', 40, 60);
select expected('select * from est where s < 100::bigint', 900, 1100);
select expected('select * from est where s < 100000', 9900, 10000);
select expected('select * from est where n = 2::bigint', 900, 1100);
select expected('select * from est where f < 1000::float8', 900, 1100);
select expected('select * from est where g < 1000::real', 900, 1100);
select expected('select * from est where t = ''t1''::varchar', 900, 1100);
select expected('select * from est where v = ''v1''::text', 900, 1100);
-- joins: NULLs match nothing; of other values there is always one
select expected('select * from est a join est b on a.n = b.id', 4000, 6000);
select expected('select * from est a where exists (select from est b where b.id = a.id and b.s <> a.n)', 4000, 10000);
select expected('select * from est a where exists (select from est b where b.n = a.n)', 4000, 6000);
select expected('select * from est a where not exists (select from est b where b.n = a.n)', 4000, 6000);
select expected('select * from est a, est b where a.n <> b.n and a.id = 5', 5000, 10000);
drop table est;
drop function expected;
