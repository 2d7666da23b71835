-- check options above a view whose INSTEAD OF triggers do the work
create table low (a int);
create view low_v as select a from low where a < 10;
create function low_f() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then insert into low values (new.a); else update low set a = new.a where a = old.a; end if;
  return new;
end $$;
create trigger low_t instead of insert or update on low_v for each row execute function low_f();
create view positive as select * from low_v where a > 0 with local check option;
insert into positive values (5);
insert into positive values (-5);
update positive set a = a - 10;
update positive set a = 3 returning *;
update low_v set a = a + 1 returning a;
insert into positive values (7) returning a;
insert into positive values (50);
select * from low order by a;
