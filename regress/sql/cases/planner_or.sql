create table oa (id int primary key, v int, t text);
create table ob (id int, a_id int, w int, u text);
insert into oa select g, g % 7, 'a' || g % 5 from generate_series(1, 500) g;
insert into ob select g, g * 3 % 500 + 1, g % 11, 'b' || g % 3 from generate_series(1, 700) g;
insert into ob values (701, null, 1, null), (702, 3, null, 'b1');
analyze oa;
analyze ob;
-- what all arms share becomes the join's key
explain (costs off) select count(*) from oa, ob where (oa.id = ob.a_id and oa.v = 1) or (oa.id = ob.a_id and ob.w = 2);
select count(*) from oa, ob where (oa.id = ob.a_id and oa.v = 1) or (oa.id = ob.a_id and ob.w = 2);
select count(*) from oa, ob where (oa.v = 1 and ob.w = 2 and oa.id = ob.a_id) or (oa.id = ob.a_id and oa.v = 3 and ob.u = 'b1') or (oa.t = 'a1' and oa.id = ob.a_id);
-- an arm that is nothing else makes the others idle
explain (costs off) select * from oa where v = 1 or (v = 1 and id > 5);
select count(*) from oa where v = 1 or (v = 1 and id > 5);
explain (costs off) select * from oa where (v = 1 and id > 5) or (v = 1 and id > 5);
explain (costs off) select * from oa where (v = 1 and id > 5) or (v = 1 and t = 'a1') or (v = 1 and t = 'a2' and id < 9);
explain (costs off) select * from oa where (v = 1 and (t = 'a1' or id = 3)) or (v = 1 and (t = 'a1' or id = 3) and id < 100);
explain (costs off) select * from oa where (v = 1 and v = 1 and id > 2) or (v = 1 and id < 2);
explain (costs off) select * from oa where not ((v = 1 and id > 5) or (v = 1 and t = 'a1'));
explain (costs off) select v = 1 and id > 5 or v = 1 and t = 'a1' from oa;
-- NULL among the arms
explain (costs off) select * from oa where (v = 1 and id > 5) or null;
explain (costs off) select * from oa where (v = 1 and null) or id = 4;
select count(*) from oa where (v = 1 and null) or id = 4;
select count(*) from oa where v = 1 or null or (v = 2 and null::bool);
select v, count(*) from oa group by v having (v = 1 and count(*) > 3) or (v = 1 and max(id) > 7);
-- what an OR across tables says of each
explain (costs off) select count(*) from oa join ob on oa.id = ob.a_id where (oa.v = 1 and ob.u = 'b1') or (oa.v = 2 and ob.u = 'b2');
select count(*) from oa join ob on oa.id = ob.a_id where (oa.v = 1 and ob.u = 'b1') or (oa.v = 2 and ob.u = 'b2');
select count(*) from oa join ob on oa.id = ob.a_id where (oa.v = 1 and ob.u = 'b1') or (oa.v = 2 and (ob.u = 'b2' or ob.w = 3));
select count(*) from oa left join ob on oa.id = ob.a_id and ((oa.v = 1 and ob.u = 'b1') or (oa.v = 2 and ob.u = 'b2'));
select count(*) from oa left join ob on oa.id = ob.a_id where (oa.v = 1 and ob.u = 'b1') or (oa.v = 2 and ob.u is null);
select count(*) from oa full join ob on oa.id = ob.a_id where (oa.v = 1 and ob.u = 'b1') or (oa.v is null and ob.u is null);
select count(*) from oa where exists (select from ob where (ob.a_id = oa.id and ob.w = 1) or (ob.a_id = oa.id and ob.u = 'b2'));
select count(*) from oa where not exists (select from ob where (ob.a_id = oa.id and ob.w = 1) or (ob.a_id = oa.id and ob.u = 'b2'));
select sum(c) from (select (select count(*) from ob where (ob.a_id = oa.id and ob.w = oa.v) or (ob.a_id = oa.id and ob.u = 'b2')) c from oa) s;
select count(*) from oa, ob where (oa.id = ob.a_id and random() >= 0) or (oa.id = ob.a_id and random() < 0);
update oa set t = 'x' from ob where (oa.id = ob.a_id and ob.w = 1 and oa.v = 1) or (oa.id = ob.a_id and ob.w = 2 and oa.v = 2);
delete from ob using oa where (oa.id = ob.a_id and oa.t = 'x' and ob.w = 1) or (oa.id = ob.a_id and oa.t = 'a1' and ob.w = 5);
drop table oa, ob;
