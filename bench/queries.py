#!/usr/bin/env python3
"""Queries over many rows side by side: Phantom and PostgreSQL 15 in one run; prints ratios, worst first.

usage: queries.py [--lines N] [--rounds R] [--only NAME,...] [--plans]

Tables like TPC-H's and a few narrow ones, made by the same SQL on both servers. Each query runs R rounds,
alternating between the servers, and its answer must be the same on both; medians are compared, once with
max_parallel_workers_per_gather = 0 on both and once with the default, without jit. Statements that write are rolled back.
--plans prints both plans of each query instead.
"""
import argparse
import os
import signal
import statistics
import sys
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, '..', 'regress'))
from server import Phantom, Postgres  # noqa: E402

# {n}: the number of line items. Values are spread by multiplication modulo primes, so both servers get the same.
TABLES = '''
create table customer (c_id int primary key, c_name text, c_nation int, c_segment text, c_balance numeric(12,2));
insert into customer select i, 'Customer#' || lpad(i::text, 9, '0'), i * 7919 % 25,
    (array['AUTOMOBILE','BUILDING','FURNITURE','MACHINERY','HOUSEHOLD'])[1 + i * 31 % 5], (i * 104729::bigint % 1099999 - 99999) / 100.0
    from generate_series(1, {n} / 40) i;
create table part (p_id int primary key, p_name text, p_brand text, p_size int, p_price numeric(12,2), p_info jsonb);
insert into part select i, md5(i::text), 'Brand#' || 10 + i * 17 % 45, 1 + i * 13 % 50, 900 + i % 1000 + i % 100 / 100.0,
    jsonb_build_object('colour', (array['red','green','blue','grey'])[1 + i % 4], 'weight', i * 37 % 1000, 'tags', jsonb_build_array(i % 7, i % 11))
    from generate_series(1, {n} / 30) i;
create table orders (o_id int primary key, o_customer int, o_status char(1), o_total numeric(12,2), o_date date, o_priority text, o_comment text);
insert into orders select i, 1 + (i * 7907::bigint % ({n} / 60))::int, substr('OFP', 1 + i % 3, 1), (i * 15485863::bigint % 50000000) / 100.0,
    date '1992-01-01' + (i * 6151::bigint % 2406)::int, (array['1-URGENT','2-HIGH','3-MEDIUM','4-NOT SPECIFIED','5-LOW'])[1 + i * 11 % 5],
    md5((i * 3)::text) || ' ' || md5((i * 5)::text) from generate_series(1, {n} / 4) i;
create table lineitem (l_order int, l_line int, l_part int, l_quantity int, l_price numeric(12,2), l_discount numeric(4,2),
    l_flag char(1), l_ship date, l_mode text);
insert into lineitem select 1 + i / 4, i % 4, 1 + (i * 7919::bigint % ({n} / 30))::int, 1 + i * 31::bigint % 50, (i * 32452843::bigint % 10000000) / 100.0,
    i % 11 / 100.0, substr('NRA', 1 + (i * 5::bigint % 3)::int, 1), date '1992-01-01' + (i * 15485863::bigint % 2520)::int,
    (array['AIR','RAIL','SHIP','TRUCK','MAIL','FOB','REG AIR'])[1 + (i * 13::bigint % 7)::int] from generate_series(0, {n} - 1) i;
create index on lineitem (l_order);
create index on lineitem (l_ship);
create index on orders (o_customer);
create index on orders (o_date, o_id);
create table narrow (a int, b int, t text);
insert into narrow select i, i * 7919::bigint % 1000003, md5(i::text) from generate_series(1, {n} / 3) i;
create table events (id int primary key, at timestamp, kind int, value float8);
insert into events select i, timestamp '2024-01-01' + i * interval '37 seconds', i * 7919::bigint % 10, i % 1000 / 8.0 from generate_series(1, {n} / 3) i;
create table node (id int primary key, parent int);
insert into node select i, case when i > 1 then i / 3 + 1 end from generate_series(1, 100000) i where i <> 2;
create index on node (parent);
create table edge (a int, b int);
insert into edge select i % 5000, i * 7919::bigint % 5000 from generate_series(1, 20000) i;
create index on edge (a);
create table tiny (k int primary key, name text);
insert into tiny select i, 'name ' || i from generate_series(1, 100) i;
create table sink (a int, b int, t text);
create function loop_sum(n int) returns bigint language plpgsql as $$
declare s bigint := 0; begin for i in 1..n loop if i % 3 = 0 then s := s + i; else s := s - 1; end if; end loop; return s; end $$;
create function loop_query(n int) returns bigint language plpgsql as $$
declare s bigint := 0; x int; begin for i in 1..n loop select b into x from narrow_key where a = i; s := s + x; end loop; return s; end $$;
create function loop_rows() returns bigint language plpgsql as $$
declare s bigint := 0; r record; begin for r in select a, b from narrow where a <= 200000 loop s := s + r.a - r.b; end loop; return s; end $$;
create table narrow_key (a int primary key, b int);
insert into narrow_key select a, b from narrow;
analyze;
'''

QUERIES = '''
scan_filter: select count(*), sum(l_price) from lineitem where l_ship between '1994-01-01' and '1994-12-31' and l_discount between 0.05 and 0.07 and l_quantity < 24
scan_all: select count(*), min(l_ship), max(l_price) from lineitem
scan_in_list: select count(*) from lineitem where l_mode in ('AIR', 'RAIL', 'FOB') and l_quantity in (1, 5, 9, 13)
scan_case: select sum(case when l_mode = 'AIR' then l_quantity else 0 end), sum(case when l_discount > 0.05 then 1 end) from lineitem
like_suffix: select count(*) from orders where o_comment like '%abc'
like_middle: select count(*) from orders where o_comment like '%ab%cd%'
ilike: select count(*) from orders where o_comment ilike '%ABC%'
regex: select count(*) from orders where o_comment ~ 'a[0-9]+b.*f{2}'
group_few: select l_flag, count(*), sum(l_quantity), sum(l_price), avg(l_discount), sum(l_price * (1 - l_discount)) from lineitem group by 1 order by 1
group_many_int: select count(*), max(n) from (select l_part, count(*) n from lineitem group by 1) s
group_many_rows: select count(*), max(n) from (select l_order, sum(l_price) n from lineitem group by 1) s
group_text: select count(*), max(n) from (select t, count(*) n from narrow group by 1) s
group_two: select count(*), sum(n) from (select l_mode, l_ship, count(*) n from lineitem group by 1, 2) s
group_sets: select count(*), sum(n) from (select l_mode, l_flag, l_quantity, count(*) n from lineitem group by rollup (1, 2, 3)) s
group_having: select count(*) from (select l_order from lineitem group by 1 having sum(l_quantity) > 150) s
count_distinct_int: select count(distinct l_part) from lineitem
count_distinct_text: select count(distinct t) from narrow
count_distinct_group: select l_flag, count(distinct l_part) from lineitem group by 1 order by 1
min_max_text: select min(t), max(t), max(length(t)) from narrow
numeric_aggregates: select sum(l_price), avg(l_price), round(stddev(l_price), 4) from lineitem
string_agg: select length(string_agg(t, ',')) from narrow
string_agg_order: select md5(string_agg(t, ',' order by t)) from narrow where a <= 200000
percentile: select percentile_cont(0.5) within group (order by b) from narrow
distinct_few: select count(*) from (select distinct l_mode, l_flag from lineitem) s
distinct_many: select count(*) from (select distinct b from narrow) s
distinct_on: select count(*), sum(l_line) from (select distinct on (l_order) l_order, l_line from lineitem order by l_order, l_price) s
hash_join: select count(*), sum(o_total) from orders join lineitem on o_id = l_order
hash_join_part: select p_brand, sum(l_quantity) from lineitem join part on p_id = l_part group by 1 order by 1 limit 5
join_three: select c_nation, sum(l_price) from customer join orders on o_customer = c_id join lineitem on l_order = o_id where c_segment = 'BUILDING' group by 1 order by 1
merge_join_end: select count(*) from tiny join narrow_key on k = a
join_sorted: select n.a, k.b from narrow n join narrow_key k on n.a = k.a order by n.a offset 490000
nested_index: select count(*), sum(l_price) from orders join lineitem on l_order = o_id where o_date between '1994-03-01' and '1994-03-07'
nested_inequality: select count(*) from tiny t1 join (select * from narrow where a <= 10000) n on n.b < t1.k * 1000
left_join: select count(*), count(o_id) from customer left join orders on o_customer = c_id and o_status = 'P'
full_join: select count(*), count(n.a), count(k.a) from narrow n full join narrow_key k on n.b = k.a
semi_exists: select count(*) from orders where exists (select from lineitem where l_order = o_id and l_quantity > 48)
semi_small_left: select count(*) from tiny where exists (select from lineitem where l_quantity = k)
semi_in_many: select count(*) from customer where c_id in (select o_customer from orders where o_total > 100000)
anti_exists: select count(*) from customer where not exists (select from orders where o_customer = c_id)
anti_not_in: select count(*) from customer where c_id not in (select o_customer from orders where o_id <= 30000)
in_group: select sum(o_total) from orders where o_id in (select l_order from lineitem group by 1 having sum(l_quantity) > 160)
correlated_scalar: select sum((select count(*) from orders where o_customer = c_id)) from customer where c_id <= 20000
correlated_avg: select sum(l_price) from lineitem l join part p on p_id = l_part where p_size < 5 and p_brand = 'Brand#23' and l_quantity < (select avg(l_quantity) from lineitem i where i.l_order = l.l_order)
order_int: select b from narrow order by b offset 499990
order_text: select t from narrow order by t offset 499990
order_multi: select l_mode, l_price, l_order from lineitem order by l_mode, l_price desc, l_order, l_line offset 1490000 limit 3
order_limit: select l_order, l_line, l_price from lineitem order by l_price desc, l_order, l_line limit 10
order_text_limit: select t from narrow order by t limit 10
order_index_limit: select o_id, o_date from orders order by o_date, o_id limit 100
row_number: select count(*), max(r) from (select row_number() over (partition by o_customer order by o_date, o_id) r from orders) s
row_number_limit: select a, row_number() over (order by a) r from narrow_key limit 10
row_number_top: select * from (select a, row_number() over (order by a) r from narrow_key) s where r <= 10
rank_top: select count(*) from (select rank() over (partition by l_flag order by l_price) r from lineitem) s where r <= 3
rank_all: select sum(r) from (select rank() over (order by b) r from narrow) s
window_sum: select max(x) from (select sum(b) over (order by a) x from narrow) s
window_sum_partition: select max(x) from (select sum(o_total) over (partition by o_customer) x from orders) s
window_lag: select sum(d) from (select b - lag(b) over (order by a) d from narrow) s
window_frame: select sum(x) from (select sum(b) over (order by a rows between 10 preceding and current row) x from narrow) s
window_frame_max: select sum(x) from (select max(b) over (order by a rows between 10 preceding and 10 following) x from narrow where a <= 100000) s
window_ntile: select sum(x) from (select ntile(100) over (order by b) x from narrow) s
recursive_counter: with recursive c(n) as (values (1) union all select n + 1 from c where n < 100000) select count(*), sum(n) from c
recursive_tree: with recursive w(id, depth) as (select id, 0 from node where parent is null union all select n.id, depth + 1 from w join node n on n.parent = w.id) select count(*), max(depth) from w
recursive_up: select sum((with recursive u(id) as (values (n.id) union all select node.parent from u join node using (id) where node.parent is not null) select count(*) from u)) from node n where n.id > 98000
recursive_graph: with recursive g(v) as (values (1) union select b from g join edge on a = v) select count(*) from g
union_all: select count(*), sum(x) from (select a x from narrow union all select o_id from orders) s
union_distinct: select count(*), sum(x) from (select b x from narrow union select o_id from orders) s
intersect: select count(*) from (select b from narrow intersect select o_id from orders) s
except: select count(*) from (select b from narrow except select o_id from orders) s
date_trunc: select date_trunc('month', at), count(*), sum(kind) from events group by 1 order by 1 limit 3
extract: select extract(hour from at), count(*) from events group by 1 order by 1
date_format: select to_char(at, 'YYYY-MM'), count(*) from events group by 1 order by 1 limit 3
jsonb_field: select p_info->>'colour', count(*), sum((p_info->>'weight')::int) from part group by 1 order by 1
jsonb_contains: select count(*) from part where p_info @> '{"colour": "red"}'
jsonb_elements: select count(*), sum(x::int) from part, jsonb_array_elements_text(p_info->'tags') x
jsonb_build: select sum(length(jsonb_build_object('id', a, 't', t)::text)) from narrow where a <= 100000
generate_series: select count(*), sum(i) from generate_series(1, 2000000) i
generate_series_time: select count(*) from generate_series(timestamp '2000-01-01', '2030-01-01', '1 hour') i
array_agg: select sum(array_length(x, 1)) from (select array_agg(l_part) x from lineitem group by l_order) s
unnest: select count(*), sum(u) from (select array_agg(a) x from narrow group by a / 10) s, unnest(x) u
lateral_top: select count(*), sum(o_total) from customer, lateral (select o_total from orders where o_customer = c_id order by o_date desc, o_id limit 2) o where c_id <= 20000
string_functions: select sum(length(upper(substr(t, 3, 10)) || replace(t, 'a', 'bc'))) from narrow
split_part: select sum(length(split_part(o_comment, ' ', 2))) from orders
md5: select max(md5(t)) from narrow
regexp_replace: select sum(length(regexp_replace(t, '[0-9]+', '#', 'g'))) from narrow where a <= 100000
plpgsql_loop: select loop_sum(1000000)
plpgsql_query: select loop_query(50000)
plpgsql_rows: select loop_rows()
index_only_range: select count(*) from narrow_key where a between 100000 and 400000
index_range: select sum(o_total) from orders where o_date between '1995-01-01' and '1995-03-01'
bitmap_or: select count(*) from lineitem where l_ship = '1995-01-01' or l_ship = '1996-01-01' or l_order < 1000
insert_select: insert into sink select * from narrow where a <= 200000
insert_series: insert into sink select i, i, 'text' from generate_series(1, 200000) i
insert_returning: with i as (insert into sink select * from narrow where a <= 100000 returning a) select sum(a) from i
update_many: update narrow set b = b + 1 where a <= 100000
update_key: update narrow_key set a = a + 1000000 where a <= 100000
update_join: update orders set o_total = o_total + 1 from customer where o_customer = c_id and c_segment = 'BUILDING' and c_id <= 10000
delete_many: delete from narrow_key where a <= 100000
on_conflict: insert into narrow_key select i, 1 from generate_series(1, 50000) i on conflict (a) do update set b = excluded.b
create_index_int: create index on narrow (b)
create_index_text: create index on narrow (t)
create_table_as: create table made as select * from narrow
'''

WRITES = ('insert', 'update', 'delete', 'create', 'on_conflict')


def clock(client, name, sql):
    """(seconds, answer); what it wrote is rolled back."""
    writes = name.startswith(WRITES)
    if writes:
        client.query('begin')
    begin = time.monotonic()
    result = client.query(sql)
    seconds = time.monotonic() - begin
    if writes:
        client.query('rollback')
    if result.error:
        raise RuntimeError(f'{name}: {result.error}')
    return seconds, (result.rows, result.tags)


def prepare(server, lines):
    client = server.connect(timeout=600)
    client.query('set jit = off')
    begin = time.monotonic()
    result = client.query(TABLES.replace('{n}', str(lines)))
    if result.error:
        raise RuntimeError(f'tables: {result.error}')
    return client, time.monotonic() - begin


def compare(clients, name, sql, rounds):
    """Medians in milliseconds: {(server, 'alone' or 'workers'): ms}."""
    samples = {}
    for _ in range(rounds):
        for workers in ('alone', 'workers'):
            answers = []
            for label, client in clients.items():
                client.query('set max_parallel_workers_per_gather = 0' if workers == 'alone'
                             else 'reset max_parallel_workers_per_gather')
                seconds, answer = clock(client, name, sql)
                samples.setdefault((label, workers), []).append(seconds * 1e3)
                answers.append(answer)
            if answers[0] != answers[1]:
                raise RuntimeError(f'{name}: answers differ: {answers[0]} {answers[1]}'[:1000])
    return {key: statistics.median(values) for key, values in samples.items()}


def print_plans(clients, name, sql):
    print(f'== {name}: {sql}')
    for label, client in clients.items():
        client.query('set max_parallel_workers_per_gather = 0')
        print(f'-- {label}')
        for row in client.query('explain ' + sql).rows:
            print('  ', row[0].decode())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--lines', type=int, default=1500000)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--only', default='')
    parser.add_argument('--plans', action='store_true')
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the servers are removed then, too
    only = [n for n in options.only.split(',') if n]
    servers = {'phantom': Phantom(options=['-c', 'shared_buffers=1GB', '-c', 'max_wal_size=4GB']),
               'postgres': Postgres()}
    servers['phantom'].start()
    try:
        clients = {}
        for label, server in servers.items():
            clients[label], seconds = prepare(server, options.lines)
            print(f'{label}: tables made in {seconds:.1f} s', flush=True)
        rows = []
        for line in QUERIES.strip().split('\n'):
            name, sql = line.split(': ', 1)
            if only and not any(o in name for o in only):
                continue
            if options.plans:
                print_plans(clients, name, sql)
                continue
            ms = compare(clients, name, sql, options.rounds)
            ratios = [ms['phantom', w] / ms['postgres', w] for w in ('alone', 'workers')]
            rows.append((max(ratios), name, ms, ratios))
        print(f'{"milliseconds":22s} {"phantom":>9s} {"postgres":>9s} {"of it":>6s}   '
              f'{"workers":>9s} {"postgres":>9s} {"of it":>6s}')
        for _, name, ms, ratios in sorted(rows, reverse=True, key=lambda r: r[0]):
            print(f'{name:22s} {ms["phantom", "alone"]:9.1f} {ms["postgres", "alone"]:9.1f} {ratios[0]:6.2f}   '
                  f'{ms["phantom", "workers"]:9.1f} {ms["postgres", "workers"]:9.1f} {ratios[1]:6.2f}')
    finally:
        for server in servers.values():
            server.remove()


if __name__ == '__main__':
    main()
