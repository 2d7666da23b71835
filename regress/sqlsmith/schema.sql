-- schema.sql: what sqlsmith writes its statements about: tables of every type, with indexes, constraints,
-- generated columns, children, partitions; views of every kind; functions. Rows in all of them.

create type mood as enum ('sad', 'ok', 'happy', 'very happy');
create domain positive as int check (value > 0);
create domain short_text as varchar(12) default 'none' check (length(value) < 12);
create domain checked_array as int[] check (array_length(value, 1) < 10);
create type pair as (a int, b text);
create type nested as (p pair, moods mood[], d positive);
create type float_range as range (subtype = float8, subtype_diff = float8mi);
create sequence numbers start 100 increment 3;

create table scalars (
    id serial primary key,
    b bool, c "char", n name, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, num numeric, num2 numeric(10, 2),
    t text, v varchar(20), ch char(8), by bytea, d date, ti time, tz timetz, ts timestamp, tsz timestamptz,
    iv interval, u uuid, m money, bi bit(8), vb varbit, ip inet, net cidr, ma macaddr, ma8 macaddr8, o oid,
    x xid, x8 xid8, ci cid, lsn pg_lsn, j json, jb jsonb, jp jsonpath, xm xml, tv tsvector, tq tsquery, snap pg_snapshot,
    tsnap txid_snapshot, re regclass, rp regproc, rpe regprocedure, rt regtype, ro regoper, rn regnamespace,
    e mood, dp positive, dt short_text, ac aclitem, td tid
);
insert into scalars (b, c, n, i2, i4, i8, f4, f8, num, num2, t, v, ch, by, d, ti, tz, ts, tsz, iv, u, m, bi, vb, ip, net,
                     ma, ma8, o, x, x8, ci, lsn, j, jb, jp, xm, tv, tq, snap, tsnap, re, rp, rpe, rt, ro, rn, e, dp, dt,
                     ac, td)
select g % 2 = 0, chr(65 + g)::"char", 'name' || g, g, g * 1000, g::int8 * 10000000000, g / 3.0, sqrt(g), g / 7.0,
       g * 1.25, repeat('text ' || g || ' ', g % 5), 'v' || g, 'ch' || g % 3, decode(md5(g::text), 'hex'),
       date '2020-01-01' + g, time '00:00' + g * interval '17 min', timetz '12:00+02' + g * interval '3 min',
       timestamp '2020-01-01' + g * interval '11 hours', timestamptz '2020-01-01 00:00+00' + g * interval '7 hours',
       g * interval '1 day 2 hours' + interval '1 month', md5(g::text)::uuid, g * 3.5::money, g::bit(8), g::bit(5)::varbit,
       ('10.0.' || g || '.1/24')::inet, ('10.0.' || g || '.0/24')::cidr, '08:00:2b:01:02:03'::macaddr,
       '08:00:2b:01:02:03:04:05'::macaddr8, g + 1000, g::text::xid, g::text::xid8, g::text::cid, ('0/' || g)::pg_lsn,
       json_build_object('a', g, 'b', array[g, g + 1]), jsonb_build_object('k' || g, g, 'n', null, 'a', array['x', 'y']),
       '$.a[*] ? (@ > 1)', xmlelement(name row, g), to_tsvector('english', 'the quick brown fox ' || g),
       to_tsquery('english', 'fox & !dog' || g), '10:20:10,14,15', '10:20:10,14,15', 'pg_class', 'now', 'lower(text)', 'int4',
       '||/', 'public', (enum_range(null::mood))[1 + g % 4], g + 1, 'dt' || g, 'postgres=r/postgres', ('(' || g || ',1)')::tid
from generate_series(1, 30) g;
insert into scalars default values;
insert into scalars (f4, f8, num, d, ts, tsz) values
    ('NaN', 'NaN', 'NaN', 'infinity', 'infinity', '-infinity'),
    ('Infinity', '-Infinity', 'Infinity', '-infinity', '-infinity', 'infinity');
create index on scalars (i4);
create index on scalars (t, d desc nulls first);
create index on scalars using hash (u);
create index on scalars using gin (tv);
create index on scalars using gin (jb);
create index on scalars (lower(v)) where i4 > 5000;
create unique index on scalars (i8);

create table containers (
    id int primary key, parent int references scalars,
    ia int[], ta text[], na numeric[], ba bool[], da date[], tsa timestamptz[], ja jsonb[], ea mood[], pa pair[], iaa int[][],
    p pair, ne nested, ck checked_array,
    r4 int4range, r8 int8range, nr numrange, dr daterange, tr tsrange, tzr tstzrange, fr float_range,
    m4 int4multirange, md datemultirange, nm nummultirange,
    pt point, li line, ls lseg, bx box, pl path, po polygon, cc circle, i2v int2vector, ov oidvector
);
insert into containers
select g, g, array[g, null, g + 1], array['a' || g, 'b', null], array[g / 3.0], array[true, false, null],
       array[date '2020-01-01' + g], array[now()], array[jsonb_build_array(g)], array['ok', 'happy']::mood[],
       array[row(g, 'x')::pair], array[array[g, 1], array[2, 3]], row(g, 'b' || g)::pair, row(row(g, null), null, g)::nested, array[g, g],
       int4range(g, g + 10), int8range(g, null), numrange(g, g + 0.5, '[]'), daterange('2020-01-01', date '2020-01-01' + g),
       tsrange(null, timestamp '2020-01-01' + g * interval '1 h'), 'empty', float_range(g, g + 1),
       int4multirange(int4range(g, g + 1), int4range(g + 5, g + 6)), '{}', nummultirange(numrange(g, null)),
       point(g, -g), line(point(0, 0), point(g, g + 1)), lseg(point(0, 0), point(g, g)), box(point(0, 0), point(g, g)),
       path(polygon(box(point(0, 0), point(g, g)))), polygon(box(point(0, 0), point(1, g))), circle(point(g, 0), g),
       '1 2 3', '4 5'
from generate_series(1, 20) g;
insert into containers (id) values (0), (21), (22);
create index on containers using gin (ia);
create index on containers (p);

create table orders (
    id bigint generated always as identity primary key, customer int not null, state mood not null default 'ok',
    total numeric(12, 2) check (total >= 0), placed timestamptz default now(), note text collate "C",
    double numeric generated always as (total * 2) stored, unique (customer, placed)
);
create table lines (
    order_id bigint references orders on delete cascade, line int, article text, quantity int default 1,
    price numeric(10, 2), primary key (order_id, line)
);
insert into orders (customer, state, total, placed, note)
select g % 10, (enum_range(null::mood))[1 + g % 4], g * 1.5, timestamptz '2021-01-01' + g * interval '5 hours',
       case when g % 3 = 0 then null else 'note ' || g end
from generate_series(1, 100) g;
insert into lines select o, l, 'article ' || (o * l) % 17, l, o + l from generate_series(1, 100) o, generate_series(1, 3) l;
create index on lines (article) include (quantity);

-- children and partitions
create table base (id int, v text, changed date default '2020-01-01');
create table child_a (extra int) inherits (base);
create table child_b (other numeric, check (id > 100)) inherits (base);
create table grandchild (more text) inherits (child_a, child_b);
insert into base select g, 'base' || g from generate_series(1, 10) g;
insert into child_a select g, 'a' || g, '2020-02-02', g from generate_series(1, 10) g;
insert into child_b select g, 'b' || g, '2020-03-03', g / 2.0 from generate_series(101, 110) g;
insert into grandchild select g, 'g' || g, null, g, g, 'more' from generate_series(201, 205) g;
create index on child_a (id);

create table parts (k int not null, v text, at date, primary key (k)) partition by range (k);
create table parts_low partition of parts for values from (minvalue) to (100);
create table parts_high (v text, k int not null, at date);
alter table parts attach partition parts_high for values from (100) to (200);
create table parts_rest partition of parts default;
insert into parts select g, 'p' || g, date '2020-01-01' + g from generate_series(-20, 300, 7) g;
create table listed (k text, n int) partition by list (k);
create table listed_ab partition of listed for values in ('a', 'b') partition by hash (n);
create table listed_ab0 partition of listed_ab for values with (modulus 2, remainder 0);
create table listed_ab1 partition of listed_ab for values with (modulus 2, remainder 1);
create table listed_null partition of listed for values in (null, 'z');
insert into listed select (array['a', 'b', 'z', null])[1 + g % 4], g from generate_series(1, 60) g;
create table logged (id int, what text, who name, at timestamptz);
create unlogged table no_log (a int, b text);
create table "odd Names" ("select" int, "two words" text, "ünïcode" int8);
insert into "odd Names" values (1, 'x', 2), (3, null, 4);
create table dropped (a int, b text, c int, d numeric);
alter table dropped drop column b, add column e text default 'added', add column f int[] default '{1,2}';
insert into dropped values (1, 2, 3), (4, null, null);
create table empty (a int, b text);
create table wide (k int, big text);
insert into wide select g, repeat(md5(g::text), 400) from generate_series(1, 6) g;
create table no_columns ();
insert into no_columns default values;
create table of_type of pair (a with options primary key);
insert into of_type values (1, 'one');

-- views
create view v_simple as select id, customer, total from orders where total > 10 with check option;
create view v_join as select o.*, l.line, l.article from orders o left join lines l on l.order_id = o.id;
create view v_group as select customer, count(*) as n, sum(total) as total, array_agg(note order by id) as notes
    from orders group by customer having count(*) > 1;
create view v_window as select id, rank() over (partition by customer order by total desc) as r,
    lag(note) over w, sum(total) over w as running from orders window w as (order by placed rows 3 preceding);
create view v_sets as select customer, state, count(*) from orders group by grouping sets ((customer), (state), ());
create view v_union as select id, v from base union select k, v from parts except select a, b from of_type;
create view v_recursive as with recursive r (n, t) as (values (1, 'x') union all select n + 1, t || 'x' from r where n < 8)
    select * from r;
create view v_lateral as select s.id, x.k, x.value from scalars s, lateral jsonb_each(s.jb) x (k, value);
create view v_barrier with (security_barrier) as select * from scalars where i4 % 2 = 0;
create view v_distinct as select distinct on (customer) customer, id, note from orders order by customer, placed desc;
create view v_values (a, b) as values (1, 'one'), (2, 'two'), (null, null);
create view v_subquery as select id, (select count(*) from lines where order_id = orders.id) as n,
    exists (select 1 from base where base.id = orders.id) as found from orders;
create view v_rule as select id, v from base;
create rule v_rule_insert as on insert to v_rule do instead insert into base values (new.id, new.v) returning id, v;
create rule v_rule_delete as on delete to v_rule do also insert into logged values (old.id, 'gone', current_user, now());
create rule v_rule_delete2 as on delete to v_rule do instead delete from base where id = old.id;
create view v_trigger as select a, e from dropped;
create materialized view v_stored as select customer, avg(total) as a from orders group by customer;
create index on v_stored (customer);

-- functions
create function f_sql(int, int) returns int language sql immutable as 'select $1 + $2 * 2';
create function f_sql_text(a text, b text default 'dflt') returns text language sql stable as $$select coalesce(a, '') || b$$;
create function f_rows(n int) returns setof int language sql as $$select generate_series(1, least(n, 50))$$;
create function f_table(n int) returns table (a int, b text) language sql stable as
    $$select g, 't' || g from generate_series(1, least(n, 20)) g$$;
create function f_orders(c int) returns setof orders language sql stable as $$select * from orders where customer = c$$;
create function f_one(c int) returns orders language sql stable as $$select * from orders where id = c$$;
create function f_poly(a anyelement, b anyarray) returns anyarray language sql immutable as $$select a || b$$;
create function f_out(i int, out a int, out b text) language sql as $$select i, 'out'::text$$;
create function f_plpgsql(n int) returns int language plpgsql as $$
declare s int := 0;
begin
    for i in 1..least(n, 100) loop s := s + i; end loop;
    return s;
exception when others then return -1;
end $$;
create function f_plpgsql_rows(n int) returns setof base language plpgsql as $$
begin
    return query select * from base where id <= n;
    if found then return next row(n, 'x', null); end if;
end $$;
create function f_strict(text) returns int language sql strict immutable as 'select length($1)';
create function f_mood(mood) returns mood language sql immutable as $$select case when $1 > 'ok' then 'sad'::mood else $1 end$$;
create function f_range(int4range) returns int language sql immutable as 'select upper($1) - lower($1)';
create function f_record(pair) returns text language sql immutable as 'select ($1).b';
create function f_volatile() returns bigint language sql volatile as $$select nextval('numbers')$$;
create function f_trigger() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then return old; end if;
    insert into logged values (new.a, tg_op, current_user, now());
    return new;
end $$;
create trigger t_rows before insert or update or delete on dropped for each row execute function f_trigger();
create trigger t_view instead of insert or update or delete on v_trigger for each row execute function f_trigger();
create aggregate a_sum(int) (sfunc = int4pl, stype = int, initcond = '0');
create aggregate a_join(text, text) (sfunc = string_agg_transfn, stype = internal, finalfunc = string_agg_finalfn);
create operator @+@ (leftarg = int, rightarg = int, function = f_sql);
create policy p on logged using (id > 0);
analyze;
