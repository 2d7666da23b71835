create function df1(a anyelement, b anyelement = null, flag bool = true) returns anyelement language sql as 'select case when $3 then $1 else $2 end';
select df1('a'::text, 'b'), df1(1,2), df1('a'::text, flag => false), df1(b => 'b'::text, a => 'a'), df1(a := 'a'::text, flag := true), df1(a =>-1), df1(5);
select df1('x'); select df1(null);
create function df2(x int = 1, y text = 'z', variadic z int[] = '{7}') returns text language sql as 'select $1 || $2 || $3::text'; select df2(), df2(3), df2(y => 'q'), df2(1,'a',5,6);
create table rs(f1 int, f2 int default 0); insert into rs values (1,2),(11,12);
create function dup2(anyelement) returns table(a anyelement, b anyarray) language sql as 'select $1, array[$1, $1]'; select dup2(1), (dup2('q'::text)).b; select * from dup2(2.5);
