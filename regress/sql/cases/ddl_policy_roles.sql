create table pr(a int);
create role pr_one;
create policy p1 on pr to public, pr_one using (a > 1);
create policy p2 on pr to pr_one, public using (a > 2);
create policy p3 on pr to pr_one, current_user using (a > 3);
select polname, (select array_agg(case r when 0 then 'public' else r::regrole::text end) from unnest(polroles) r) from pg_policy where polrelid = 'pr'::regclass order by polname;
drop table pr;
drop role pr_one;
