select ''::oidvector::regtype[], ''::oidvector::oid[], ''::oidvector::regtype[]::text[], ''::int2vector::int2[], ''::int2vector::int[]::text[];
select array_ndims(''::oidvector::regtype[]), array_ndims(''::oidvector::oid[]), array_ndims('{}'::int[]::text[]);
select '1 2'::oidvector::oid[]::text[], '3 4'::int2vector::int[];
select p.oid::regprocedure, coalesce(p.proallargtypes::regtype[], p.proargtypes::regtype[])::text[] from pg_proc p where p.oid in (1299, 177) order by p.oid;
