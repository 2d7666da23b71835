-- Objects by address, by identity, and back
create schema ns;
create table ns.t (id serial primary key, v varchar(5) default 'x' check (v <> ''), d numeric);
create view ns.v as select id from ns.t;
create materialized view ns.m as select id from ns.t;
create index t_d on ns.t (d);
create type ns.comp as (a int, b text);
create type ns.en as enum ('a');
create domain ns.dom as int constraint positive check (value > 0);
create function ns.f(int, text) returns int language sql as 'select 1';
create procedure ns.p(int) language sql as 'select 1';
create aggregate ns.agg(int) (sfunc = int4pl, stype = int);
create operator ns.## (leftarg = int, rightarg = int, function = int4pl);
create rule r as on delete to ns.t do nothing;
create policy pol on ns.t;
create statistics ns.st on id, d from ns.t;
create role identity_role;
alter default privileges in schema ns grant select on tables to identity_role;
alter default privileges for role identity_role revoke execute on functions from public;
create foreign data wrapper identity_fdw;
create server identity_server foreign data wrapper identity_fdw;
create user mapping for public server identity_server;
create user mapping for identity_role server identity_server;
create publication identity_pub for table ns.t;
create publication identity_pub2 for tables in schema ns;
create text search configuration ns.cfg (copy = simple);
create cast (ns.comp as text) with inout;
create temp table "Temp Table" ("Col 1" int);
with a (type, names, args) as (values
  ('table', '{ns,t}'::text[], '{}'::text[]), ('index', '{ns,t_d}', '{}'), ('sequence', '{ns,t_id_seq}', '{}'), ('view', '{ns,v}', '{}'), ('materialized view', '{ns,m}', '{}'),
  ('table column', '{ns,t,v}', '{}'), ('default value', '{ns,t,v}', '{}'), ('table constraint', '{ns,t,t_v_check}', '{}'), ('table constraint', '{ns,t,t_pkey}', '{}'),
  ('domain constraint', '{ns.dom}', '{positive}'), ('type', '{ns.en}', '{}'), ('type', '{ns.comp}', '{}'), ('type', '{"character varying[]"}', '{}'), ('type', '{ns.dom}', '{}'),
  ('function', '{ns,f}', '{int,text}'), ('function', '{pg_catalog,lower}', '{text}'), ('procedure', '{ns,p}', '{int4}'), ('aggregate', '{ns,agg}', '{integer}'),
  ('operator', '{ns,##}', '{int,int}'), ('rule', '{ns,t,r}', '{}'), ('rule', '{ns,v,_RETURN}', '{}'), ('policy', '{ns,t,pol}', '{}'),
  ('statistics object', '{ns,st}', '{}'), ('schema', '{ns}', '{}'), ('role', '{identity_role}', '{}'), ('default acl', '{postgres,ns}', '{r}'), ('default acl', '{identity_role}', '{f}'),
  ('foreign-data wrapper', '{identity_fdw}', '{}'), ('server', '{identity_server}', '{}'), ('user mapping', '{public}', '{identity_server}'), ('user mapping', '{identity_role}', '{identity_server}'),
  ('publication', '{identity_pub}', '{}'), ('publication relation', '{ns,t}', '{identity_pub}'), ('publication namespace', '{ns}', '{identity_pub2}'),
  ('text search configuration', '{ns,cfg}', '{}'), ('text search dictionary', '{simple}', '{}'), ('text search parser', '{pg_catalog,default}', '{}'), ('text search template', '{ispell}', '{}'),
  ('cast', '{ns.comp}', '{text}'), ('cast', '{int8}', '{integer}'), ('collation', '{"C"}', '{}'), ('conversion', '{pg_catalog,koi8_r_to_mic}', '{}'), ('language', '{sql}', '{}'),
  ('operator class', '{btree,int4_ops}', '{}'), ('operator family', '{hash,pg_catalog,integer_ops}', '{}'), ('operator of access method', '{btree,integer_ops,1}', '{int4,int8}'),
  ('function of access method', '{btree,integer_ops,2}', '{int4,int4}'), ('access method', '{gin}', '{}'), ('database', '{template1}', '{}'), ('tablespace', '{pg_default}', '{}'))
select a.type, i.type as found, i.schema, i.name, i.identity, n.object_names, n.object_args, g = pg_get_object_address(n.type, n.object_names, n.object_args) as back
from a, pg_get_object_address(a.type, a.names, a.args) g, pg_identify_object(g.classid, g.objid, g.objsubid) i, pg_identify_object_as_address(g.classid, g.objid, g.objsubid) n order by a.type, a.names::text;
select c::regclass, (pg_identify_object(c, 999999, 0)).*, (pg_identify_object_as_address(c, 999999, 0)).*, pg_describe_object(c, 999999, 0) from unnest('{pg_class,pg_proc,pg_type,pg_cast,pg_collation,pg_constraint,pg_conversion,pg_attrdef,pg_language,pg_largeobject,pg_operator,pg_opclass,pg_opfamily,pg_am,pg_amop,pg_amproc,pg_rewrite,pg_trigger,pg_namespace,pg_statistic_ext,pg_ts_config,pg_authid,pg_database,pg_tablespace,pg_foreign_server,pg_user_mapping,pg_default_acl,pg_extension,pg_event_trigger,pg_policy,pg_publication,pg_publication_rel,pg_subscription,pg_transform}'::regclass[]) c;
select * from pg_identify_object('pg_class'::regclass, 'ns.t'::regclass, 99);
select pg_describe_object('pg_class'::regclass, 'ns.t'::regclass, 99);
select identity, pg_describe_object('pg_class'::regclass, '"Temp Table"'::regclass, 1) from pg_identify_object('pg_class'::regclass, '"Temp Table"'::regclass, 1);
select * from pg_identify_object_as_address('pg_class'::regclass, '"Temp Table"'::regclass, 1);
select * from pg_identify_object(1, 1, 0);
select pg_get_object_address('stone', '{}', '{}');
select pg_get_object_address('toast table', '{a}', '{}');
select pg_get_object_address('table', '{}', '{}');
select pg_get_object_address('table', '{null}', '{}');
select pg_get_object_address('table', '{nowhere}', '{}');
select pg_get_object_address('view', '{ns,t}', '{}');
select pg_get_object_address('table column', '{t}', '{}');
select pg_get_object_address('table column', '{ns,t,nope}', '{}');
select pg_get_object_address('default value', '{ns,t,d}', '{}');
select pg_get_object_address('function', '{ns,f}', '{int}');
select pg_get_object_address('function', '{ns,f}', '{nosuchtype}');
select pg_get_object_address('operator', '{ns,##}', '{int}');
select pg_get_object_address('cast', '{int4,int8}', '{text}');
select pg_get_object_address('cast', '{int4}', '{}');
select pg_get_object_address('cast', '{int4}', '{point}');
select pg_get_object_address('type', '{a,b}', '{}');
select pg_get_object_address('schema', '{a,b}', '{}');
select pg_get_object_address('schema', '{a}', '{}');
select pg_get_object_address('operator class', '{btree}', '{}');
select pg_get_object_address('operator of access method', '{btree,integer_ops,1}', '{int4,bool}');
select pg_get_object_address('function of access method', '{btree,integer_ops,99}', '{int4,int4}');
select pg_get_object_address('user mapping', '{nobody}', '{identity_server}');
select pg_get_object_address('user mapping', '{public}', '{nowhere}');
select pg_get_object_address('default acl', '{identity_role}', '{x}');
select pg_get_object_address('default acl', '{identity_role,ns}', '{r}');
select pg_get_object_address('default acl', '{identity_role}', '{r}');
select pg_get_object_address('publication relation', '{ns,t}', '{identity_pub2}');
select pg_get_object_address('publication namespace', '{public}', '{identity_pub2}');
select pg_get_object_address('policy', '{t}', '{}');
select pg_get_object_address('rule', '{ns,t,nope}', '{}');
select pg_get_object_address('large object', '{123}', '{}');
select pg_get_object_address('large object', '{x}', '{}');
select pg_get_object_address('parameter ACL', '{work_mem}', '{}');
drop owned by identity_role;
drop user mapping for identity_role server identity_server;
drop foreign data wrapper identity_fdw cascade;
drop publication identity_pub, identity_pub2;
alter default privileges in schema ns revoke select on tables from identity_role;
drop role identity_role;
