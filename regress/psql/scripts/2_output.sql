\set QUIET on
create table t (a int, b text, c numeric); insert into t values (1, 'one', 1.5), (2, E'two\nlines', null), (3, 'drei €äöü', -12345.678), (4, E'tab\there \\ back', 0);
table t;
\x on
table t;
\x auto
table t;
\x off
\pset null '(null)'
\pset border 2
table t order by 1;
\pset format csv
table t order by 1;
\pset format html
table t order by 1;
\pset format asciidoc
table t order by 1;
\pset format latex
table t order by 1;
\pset format troff-ms
table t order by 1;
\pset format wrapped
\pset columns 20
table t order by 1;
\pset format aligned
\pset border 1
\pset linestyle unicode
table t order by 1;
\pset linestyle ascii
\pset numericlocale on
select 1234567.891;
\pset numericlocale off
\pset tuples_only on
select 1, 'x';
\pset tuples_only off
\pset footer off
select 1 as one;
\pset footer on
\C title
select 1 as one;
\C
select a, b from t order by a \g (format=unaligned fieldsep='|')
select a, c, array[a], now() at time zone 'utc', row(1, 2), null, a::int2, b::varchar(7), c::numeric(7,2), interval '1 day' day to second, '{}'::jsonb, b::char(3)[] from t \gdesc
select nosuch from t \gdesc
create table u (x int) \gdesc
select 1 as var1, 'two' as var2, null as var3 \gset
\echo :var1 :'var2' :"var2" :{?var3} :{?var1}
select 5 as n, 'x y' as s \gset pre_
\echo :pre_n :'pre_s' :"pre_s"
select a from t \gset
select a from t where false \gset
select format('select %s * 10 as ten', a), 'select 1/0', null from t where a < 3 order by a \gexec
select a, b, a * 2 as d from t where a < 3 \crosstabview
select v, h, count(*) c from (values ('x', 1), ('y', 2), ('x', 2), ('x', 1)) w(v, h) group by 1, 2 order by 1, 2 \crosstabview v h c
select 1 as a \crosstabview
select 1 as a, 2 as b, 3 as c union all select 1, 2, 4 \crosstabview
select 1 as a \gx
\if :{?var1}
\echo yes
\elif false
\echo never
\else
\echo no
\endif
\if false
select 1/0;
\elif true
\echo elif
\endif
\if nonsense
\endif
select 1/0;
\errverbose
select * from nosuch;
\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE :ERROR :SQLSTATE :ROW_COUNT
select generate_series(1, 5);
\echo :ERROR :SQLSTATE :ROW_COUNT
\set VERBOSITY verbose
select nosuch(1);
insert into t (nosuch) values (1);
\set VERBOSITY terse
select nosuch(1);
\set VERBOSITY sqlstate
select nosuch(1);
\set VERBOSITY default
\set SHOW_CONTEXT always
select 'x'::int;
select 1 \; select 2 \; select 3;
select 1 \; select 1/0 \; select 3;
select 1 \; select 2;
begin \; insert into t values (9, 'nine') \; select count(*) from t \; rollback;
\encoding
\encoding LATIN1
select 'ä' = U&'\00e4', length('ä');
\encoding UTF8
\encoding nosuch
\timing on
select 1;
\timing off
\timing
\timing
\echo :ENCODING :DBNAME :USER
\conninfo
\copyright
\copy t to 'out.txt'
\! cat out.txt
create table t2 (like t); 
\copy t2 from 'out.txt'
\copy t2 (a, b) from stdin with (format csv, header)
a,b
7,"seven, quoted"
8,
\.
\copy t2 from program 'printf "11\televen\t\\N\n"'
\copy (select a, b from t2 where a > 3 order by a) to stdout csv header force quote b
\copy t2 to program 'wc -l' 
\copy t2 from 'nosuch.txt'
\copy nosuch from 'out.txt'
\copy t2 from stdin
1	x	notanumber
\.
\copy t2 from stdin
1	x
\.
\copy t2 to 'out.bin' (format binary)
truncate t2;
\copy t2 from 'out.bin' with binary
select count(*) from t2;
copy t2 from stdin;
20	twenty	2
\.
copy (select * from t2 where a = 20) to stdout;
copy t2 to stdout (format csv, delimiter ';', null 'NIL', force_quote *);
\q
