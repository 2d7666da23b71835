create table t (a int, b int, c text); insert into t values (1,2,'x'),(3,4,'y');
update t set (a,b) = (select a+1, b+1) where a = 1; select * from t order by c;
update t set (a,b) = (select t.b, t.a from generate_series(1,1)); select * from t order by c;
update t set (a,b) = (select 7, 8 from t u where u.c = 'nope') where c = 'x'; select * from t order by c;
-- unordered
update t o set (b,a) = (select a,b from t i where i.c = o.c) returning *;
