-- COPY: formats, options, errors
create table copy_t (a int, b text, c numeric(8,2) default 1.5);
copy copy_t from stdin;
1	one	1.25
2	\N	\N
3	tab\there	0
-4	back\\slash	99999.99
\.
copy copy_t to stdout;
copy copy_t to stdout csv header;
copy copy_t (b, a) to stdout with (format csv, header, force_quote *, delimiter ';', null 'nil');
copy copy_t (b) to stdout (format csv, force_quote (b));
copy copy_t to stdout (header);
copy copy_t to stdout with delimiter '|' null 'NULL';
copy copy_t to stdout using delimiters ',';
copy copy_t to stdout csv quote '''' escape '\' force quote b, c;
copy (select a, upper(b) as u from copy_t where a > 0 order by a) to stdout;
copy (values (1, 'a,b', null), (2, 'q"q', ''), (3, E'l1\nl2', E'\\.')) to stdout csv;
copy (values (E'\\.')) to stdout csv;
copy (values (''), (null)) to stdout csv;
copy (values (E'a\bb\fc\nd\re\tf\vg\\h')) to stdout;
copy (select) to stdout;
copy (select from generate_series(1,2)) to stdout csv;
copy (insert into copy_t values (10, 'ten') returning a, c) to stdout;
copy (update copy_t set b = 'TEN' where a = 10 returning *) to stdout csv;
copy (delete from copy_t where a = 10 returning b) to stdout;
copy (delete from copy_t where a = 10) to stdout;
copy (select 1 into x) to stdout;
copy (create table y ()) to stdout;
truncate copy_t;
copy copy_t from stdin csv;
1,plain,2
2,"quoted, comma",3
3,"a ""quote""",4
4,"two
lines",5
5,,
6,"",7
\.
select * from copy_t order by a;
truncate copy_t;
copy copy_t from stdin (format csv, header);
x,y,z
1,one,2
\.
copy copy_t (a, b) from stdin (format csv, header match);
a,b
7,seven
\.
copy copy_t (b, a) from stdin (header match);
b	a
eight	8
\.
select * from copy_t order by a;
copy copy_t from stdin (header match);
a	b
1	2
\.
copy copy_t from stdin (header match);
a	b	c	d
1	2
\.
copy copy_t from stdin (header match);
a	\N	c
1	2	3
\.
copy copy_t from stdin (header match);
a	B	c
1	2	3
\.
copy copy_t from stdin (format csv, header match);
a,,c
1,2,3
\.
copy copy_t from stdin (format csv, header match, null 'b');
a,b,c
1,2,3
\.
copy copy_t from stdin (format csv, header match);
c,b,a
1,2,3
\.
copy copy_t to stdout (header match);
copy copy_t from stdin;
x	y	z
\.
copy copy_t from stdin;
1	y	z
\.
copy copy_t from stdin;
1	y
\.
copy copy_t from stdin;
1	y	2	3
\.
copy copy_t from stdin;
1	y	1234567.5
\.
copy copy_t from stdin;
\.
copy copy_t from stdin;
1	ok	1
		
\.
copy copy_t from stdin csv;
1,"open
\.
copy copy_t from stdin csv;
1,a,2
2,b
\.
copy copy_t from stdin csv;
1,a,2,3
\.
copy copy_t from stdin csv;
99999999999,a,2
\.
copy copy_t from stdin (format csv, delimiter E'\t');
20	tabbed	3
\.
copy copy_t from stdin (format csv, quote '$', escape '#');
21,$a#$b##c$,4
\.
copy copy_t from stdin (format csv, null 'NULL', force_not_null (b));
22,NULL,NULL
\.
copy copy_t from stdin (format csv, null 'NULL', force_null (b));
23,"NULL",5
\.
copy copy_t from stdin (format csv, force_null (b, c), force_not_null (b));
24,,""
\.
copy copy_t from stdin (null '');
25		7
26	x	
\.
copy copy_t (a) from stdin;
27
\.
copy copy_t from stdin (delimiter ':');
28:co\:lon:1
\.
copy copy_t from stdin;
29	\x41\102\103\q\\	1
\.
select a, b, c from copy_t order by a, b;
truncate copy_t;
copy copy_t from stdin where a % 2 = 0;
1	a	1
2	b	2
3	c	3
4	d	4
\.
copy copy_t (a) from stdin where b is null and c = 1.5;
6
7
\.
select * from copy_t order by a;
copy copy_t from stdin where a;
\.
copy copy_t from stdin where z > 1;
\.
copy copy_t from stdin where max(a) > 1;
\.
copy copy_t from stdin where a in (select 1);
\.
copy copy_t from stdin where row_number() over () = 1;
\.
copy copy_t from stdin where generate_series(1, a) > 0;
\.
copy copy_t from stdin where 'x';
\.
copy copy_t to stdout where a > 1;
copy (select 1) from stdin;
\.
copy copy_t from stdin (format xml);
\.
copy copy_t from stdin (format);
\.
copy copy_t from stdin (format 1);
\.
copy copy_t from stdin (format text, format csv);
\.
copy copy_t from stdin (delimiter 'ab');
\.
copy copy_t from stdin (delimiter '');
\.
copy copy_t from stdin (delimiter 'é');
\.
copy copy_t from stdin (delimiter E'\n');
\.
copy copy_t from stdin (delimiter E'\r');
\.
copy copy_t from stdin (delimiter 'a');
\.
copy copy_t from stdin (delimiter '\');
\.
copy copy_t from stdin (delimiter '.');
\.
copy copy_t from stdin (delimiter '7');
\.
copy copy_t from stdin (null E'a\nb');
\.
copy copy_t from stdin (null 'a	b');
\.
copy copy_t from stdin (null 'x,y', format csv);
\.
copy copy_t from stdin (null '"', format csv);
\.
copy copy_t from stdin (format csv, quote 'ab');
\.
copy copy_t from stdin (format csv, quote '');
\.
copy copy_t from stdin (format csv, quote ',');
\.
copy copy_t from stdin (format csv, escape 'xy');
\.
copy copy_t from stdin (format csv, escape '');
\.
copy copy_t from stdin (quote '"');
\.
copy copy_t from stdin (escape '"');
\.
copy copy_t from stdin (force_not_null (b));
\.
copy copy_t from stdin (force_null (b));
\.
copy copy_t from stdin (force_quote (b));
\.
copy copy_t from stdin (format csv, force_quote (b));
\.
copy copy_t from stdin (format csv, force_not_null b);
\.
copy copy_t from stdin (format csv, force_not_null);
\.
copy copy_t from stdin (format csv, force_null *);
\.
copy copy_t from stdin (format csv, force_not_null (z));
\.
copy copy_t from stdin (format csv, force_null (z));
\.
copy copy_t from stdin (format binary, delimiter ',');
\.
copy copy_t from stdin (format binary, null 'x');
\.
copy copy_t from stdin (format binary, header);
\.
copy copy_t from stdin (format binary, header match);
\.
copy copy_t from stdin (header 2);
\.
copy copy_t from stdin (header 'maybe');
\.
copy copy_t from stdin (header true, header);
\.
copy copy_t from stdin (freeze maybe);
\.
copy copy_t from stdin (freeze 2);
\.
copy copy_t from stdin (encoding 'nope');
\.
copy copy_t from stdin (encoding);
\.
copy copy_t from stdin (encoding 'utf8', encoding 'utf8');
\.
copy copy_t from stdin (nonsense);
\.
copy copy_t from stdin (nonsense 1);
\.
copy copy_t from stdin (oids);
\.
copy copy_t from stdin (delimiter 1);
\.
copy copy_t from stdin (null 5);
\.
copy copy_t from stdin csv csv;
\.
copy copy_t from stdin csv binary;
\.
copy copy_t from stdin null 'a' null 'b';
\.
copy copy_t from stdin delimiter 'a' delimiter 'b';
\.
copy copy_t from stdin header header;
\.
copy copy_t from stdin force not null b;
\.
copy copy_t from stdin force null b;
\.
copy copy_t from stdin csv force quote *;
\.
copy copy_t from stdin csv force not null z;
\.
copy copy_t to stdout (format csv, force_quote (z));
copy copy_t to stdout (format csv, force_quote b);
copy copy_t to stdout (format csv, force_not_null (b));
copy copy_t to stdout (format csv, force_null (b));
copy copy_t to stdout (format csv, force_quote (b, b));
copy copy_t to stdout (freeze);
copy copy_t to stdout (header off);
copy copy_t to stdout (header 0, format csv);
copy copy_t to stdout (encoding 'LATIN1', delimiter '|');
copy copy_t to stdout (format 'TEXT');
copy copy_t to stdout binary csv;
copy copy_t to stdout csv force not null b;
copy copy_t to stdout (format csv, quote ',');
copy copy_t to stdout (format csv, delimiter '"');
copy copy_t (a) to stdout (format csv, force_quote (b));
copy copy_t (a) from stdin (format csv, force_not_null (b));
1
\.
copy copy_t (a) from stdin (format csv, force_null (b));
1
\.
copy copy_t (z) to stdout;
copy copy_t (z) from stdin;
\.
copy copy_t (a, a) to stdout;
copy copy_t (a, a) from stdin;
\.
copy copy_t (a, z) to stdout;
copy copy_t (a, z) from stdin;
\.
copy copy_t (ctid) to stdout;
copy copy_t (ctid) from stdin;
\.
copy nothing to stdout;
copy nothing from stdin;
\.
create view copy_v as select a from copy_t;
copy copy_v to stdout;
copy copy_v from stdin;
\.
create materialized view copy_m as select 1 as x;
copy copy_m to stdout;
copy copy_m from stdin;
\.
create materialized view copy_e as select 1 as x with no data;
copy copy_e to stdout;
create sequence copy_s;
copy copy_s to stdout;
copy copy_s from stdin;
\.
create index copy_i on copy_t (a);
copy copy_i to stdout;
copy copy_i from stdin;
\.
create table copy_p (k int, v text) partition by range (k);
create table copy_p1 partition of copy_p for values from (0) to (10);
create table copy_p2 (v text, k int);
alter table copy_p attach partition copy_p2 for values from (10) to (20);
copy copy_p from stdin;
1	one
11	eleven
2	two
\.
copy copy_p to stdout;
copy copy_p2 to stdout;
copy (select * from copy_p order by k) to stdout;
copy copy_p from stdin;
3	three
30	thirty
\.
copy copy_p1 from stdin;
15	fifteen
\.
copy copy_p from stdin (freeze);
4	four
\.
create table copy_g (a int, g int generated always as (a * 2) stored, i int generated always as identity, d int generated by default as identity);
copy copy_g (a) from stdin;
1
2
\.
copy copy_g (a, g) from stdin;
1	2
\.
copy copy_g (a, i) from stdin;
5	50
\.
copy copy_g from stdin;
6	60	61
\.
copy copy_g to stdout;
copy copy_g (g) to stdout;
select * from copy_g order by a;
create table copy_c (a int not null, b int check (b > 0), c int unique);
copy copy_c from stdin;
1	1	1
\N	1	2
\.
copy copy_c from stdin;
1	1	1
2	-1	2
\.
copy copy_c from stdin;
1	1	1
2	2	1
\.
select count(*) from copy_c;
create domain copy_d as int check (value < 10) not null;
create table copy_dt (d copy_d);
copy copy_dt from stdin;
5
50
\.
copy copy_dt from stdin;
\N
\.
create table copy_none ();
copy copy_none from stdin;


\.
select count(*) from copy_none;
copy copy_none to stdout;
copy copy_none from stdin;
x
\.
create table copy_w (t text);
copy copy_w from stdin;
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa	
\.
copy copy_w from stdin csv;
"\."
b
\.
copy copy_w to stdout csv;
copy copy_w to 'relative';
copy copy_w from '/nowhere/none';
copy copy_w to '/nowhere/none';
create role copy_user;
set role copy_user;
copy copy_t to stdout;
copy copy_t from stdin;
\.
copy copy_t to '/tmp/none';
copy copy_t from '/tmp/none';
copy copy_t to program 'cat';
copy copy_t from program 'cat';
reset role;
grant select (a), insert (a) on copy_t to copy_user;
set role copy_user;
copy copy_t (a) to stdout;
copy copy_t (a, b) to stdout;
copy copy_t (a) from stdin;
77
\.
copy copy_t (a, b) from stdin;
77	x
\.
reset role;
begin read only;
copy copy_t from stdin;
1	a	1
\.
rollback;
begin read only;
copy copy_t (a) to stdout;
commit;
revoke all on copy_t from copy_user;
drop role copy_user;
copy binary copy_t from stdin binary;
\.
copy copy_t;
copy copy_t from;
copy copy_t from 'x' stdin;
\.
copy from stdin;
\.
copy copy_t to stdout with;
copy copy_t to stdout with ();
copy copy_t to stdout (delimiter ',' null 'x');
copy copy_t () to stdout;
copy (select 1; select 2) to stdout;
copy delimiters to stdout;
-- MERGE is refused before the options are looked at
create table copy_merged (a int);
copy (merge into copy_merged m using (values (1)) s(a) on m.a = s.a
  when not matched then insert values (s.a)) to stdout;
copy (merge into copy_merged m using (values (1)) s(a) on m.a = s.a
  when not matched then insert values (s.a)) to stdout (format csv, format csv);
