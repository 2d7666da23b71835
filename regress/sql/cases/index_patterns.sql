-- Conditions that an index can answer by what follows from them: prefixes of texts, networks.
create table words (id int, t text, v varchar(40), n name, b char(12));
insert into words select i, w, w, w, w from (select i, translate(md5(i::text), '0123456789', 'ghijklmnop') w
    from generate_series(1, 3000) i) q;
insert into words values (3001, '', '', '', ''), (3002, 'a%b', 'a%b', 'a%b', 'a%b'), (3003, 'a_b', 'a_b', 'a_b', 'a_b'),
    (3004, 'a\b', 'a\b', 'a\b', 'a\b'), (3005, null, null, null, null), (3006, 'zz', 'zz', 'zz', 'zz'),
    (3007, 'zé', 'zé', 'zé', 'zé'), (3008, 'zé€', 'zé€', 'zé€', 'zé€'), (3009, 'z𝄞a', 'z𝄞a', 'z𝄞a', 'z𝄞a'),
    (3010, 'abc', 'abc', 'abc', 'abc'), (3011, 'abcd', 'abcd', 'abcd', 'abcd'), (3012, 'abd', 'abd', 'abd', 'abd'),
    (3013, 'ABC', 'ABC', 'ABC', 'ABC'), (3014, E'z\x7f', E'z\x7f', E'z\x7f', E'z\x7f'), (3015, 'z' || chr(55295), 'z', 'z', 'z'),
    (3016, 'z' || chr(57344), 'z', 'z', 'z'), (3017, chr(1114111) || 'q', 'z', 'z', 'z');
create index words_t on words (t text_pattern_ops);
create index words_v on words (v collate "C");
create index words_n on words (n);
create index words_b on words (b bpchar_pattern_ops);
analyze words;
set enable_seqscan = off;
set enable_bitmapscan = off;
select id, t from words where t like 'abc%' order by id;
select id, t from words where t like 'abc' order by id;
select id, t from words where t like 'ab_' order by id;
select id, t from words where t like '' order by id;
select id, t from words where t like 'a\%%' order by id;
select id, t from words where t like 'a\_b' order by id;
select id, t from words where t like 'a\\b' order by id;
select id, t from words where t like 'ab%' and t like '%d' order by id;
select id, t from words where t like 'zz%' order by id;
select id, t from words where t like 'zé%' order by id;
select id, t from words where t like 'z𝄞%' order by id;
select id from words where t like E'z\x7f%' order by id;
select id from words where t like 'z' || chr(55295) || '%' order by id;
select id from words where t like chr(1114111) || '%' order by id;
select count(*) from words where t like '%';
select count(*) from words where t like 'p%';
select count(*) from words where t not like 'p%';
select count(*) from words where t like null;
select id, t from words where t ilike 'abc%' order by id;
select id, v from words where v like 'abc%' order by id;
select id, v from words where v like 'ab%' collate "C" order by id;
select id, v from words where v ~~ 'abc' order by id;
select id, n from words where n like 'abc%' order by id;
select id, n from words where n like 'abc' order by id;
select id, b from words where b like 'abc%' order by id;
select id, b from words where b like 'abc' order by id;
select id, b from words where b like 'abc         ' order by id;
select id, t from words where t ~ '^abc' order by id;
select id, t from words where t ~ '^abc$' order by id;
select id, t from words where t ~ '^abcd?' order by id;
select id, t from words where t ~ '^abc*$' order by id;
select id, t from words where t ~ '^ab{0}c' order by id;
select id, t from words where t ~ '^abc|^zz' order by id;
select id, t from words where t ~ '^(abc|abd)' order by id;
select id, t from words where t ~ '^a[%_]b' order by id;
select id, t from words where t ~ '^zé+' order by id;
select id, t from words where t ~ 'bcd$' order by id;
select id, t from words where t ~* '^abc' order by id;
select id, t from words where t !~ '^[a-p]' order by id;
select id, t from words where t ^@ 'abc' order by id;
select count(*) from words where t ^@ '';
select id, n from words where n ~ '^abc' order by id;
select id, b from words where b ~ '^abc$' order by id;
select id, b from words where b ~ '^abc' order by id;
select id from words where t like 'abc%' or t like 'zz%' order by id;
select id from words where t like 'abc%' and id > 3010 order by id;
select a.id, b.id from words a join words b on a.t = b.t where a.t like 'abc%' order by 1;
prepare likes (text) as select id from words where t like $1 order by id;
execute likes ('abc%');
execute likes ('zz%');
explain (costs off) select * from words where t like 'abc%';
explain (costs off) select * from words where t like 'abc';
explain (costs off) select * from words where t ~ '^abc';
explain (costs off) select * from words where t ^@ 'abc';
explain (costs off) select * from words where v like 'abc%';
explain (costs off) select * from words where v collate "C" like 'abz%';
explain (costs off) select * from words where n like 'abc%';
explain (costs off) select * from words where b like 'abc%';
update words set t = t || '!' where t like 'abc%' returning id, t;
delete from words where t like 'abc%!' returning id, t;
create unique index words_u on words (t);
select id, t from words where t like 'zz' order by id;
delete from words where t like 'abd' returning id;
-- networks
create table nets (id int, a inet, c cidr);
insert into nets values (1, '10.1.2.3', '10.1.2.0/24'), (2, '10.1.0.0/16', '10.1.0.0/16'), (3, '10.2.0.1/8', '10.0.0.0/8'),
    (4, '10.1.255.255', '10.1.255.255'), (5, '10.0.255.255', '10.0.255.0/24'), (6, '::1', '::/0'), (7, 'fe80::1/64', 'fe80::/64'),
    (8, 'fe80::ff', 'fe80::ff'), (9, null, null), (10, '10.1.7.0/24', '10.1.7.0/24'), (11, '10.1.2.3/24', '10.1.2.0/24');
create index nets_a on nets (a);
create index nets_c on nets (c);
select id, a from nets where a << '10.1.0.0/16';
select id, a from nets where a <<= '10.1.0.0/16';
select id, a from nets where '10.1.0.0/16'::inet >> a;
select id, a from nets where '10.1.0.0/16'::cidr >>= a;
select id, a from nets where a << '10.1.2.3/24';
select id, a from nets where a <<= '10.1.2.3';
select id, a from nets where a << '10.1.2.3';
select id, a from nets where a <<= '0.0.0.0/0';
select id, a from nets where a << '::/0';
select id, a from nets where a <<= 'fe80::/10';
select id, a from nets where a >>= '10.1.2.3' order by id;
select id, a from nets where a && '10.1.0.0/16' order by id;
select id, c from nets where c <<= '10.0.0.0/8';
select id, c from nets where c << '10.0.0.0/8' order by c desc, id;
select id from nets where a << null;
explain (costs off) select * from nets where a << '10.1.0.0/16';
explain (costs off) select * from nets where '10.1.0.0/16'::cidr >>= a;
select relname, reltuples, relpages > 0 from pg_class where relname in ('nets_a', 'nets_c') order by 1;
