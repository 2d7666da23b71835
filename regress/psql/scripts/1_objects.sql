create role boss superuser createdb; create role seller login connection limit 3 valid until '2030-01-01'; create role staff nologin;
grant staff to seller; comment on role staff is 'all of them';
create schema store; comment on schema store is 'what is sold'; grant usage on schema store to staff;
set search_path = store, public;
create type mood as enum ('sad', 'ok', 'happy'); comment on type mood is 'how one feels';
create type pair as (a int, b text collate "C");
create domain positive as int default 1 not null check (value > 0);
create sequence numbers increment 5 minvalue 10 maxvalue 1000 start 20 cycle cache 3;
create table maker (id int generated always as identity primary key, name text not null unique, born date default current_date);
create table item (id bigserial primary key, maker int references maker on delete cascade on update set null,
  label varchar(20) not null default 'nothing' collate "C", price numeric(10,2) check (price >= 0), feel mood, twice numeric generated always as (price * 2) stored,
  tags text[], seen timestamptz(3), constraint sane check (length(label) > 1) , unique (maker, label) deferrable initially deferred);
create index item_price on item (price desc nulls last) where price > 10;
create index item_lower on item (lower(label), (id + 1)) include (price);
create index item_hash on item using hash (label);
alter table item cluster on item_pkey; alter table item replica identity using index item_pkey;
comment on table item is 'things'; comment on column item.label is 'what it says'; comment on index item_price is 'dear ones first';
create table cheap () inherits (item); create unlogged table quick (a int) with (fillfactor = 50);
create table events (at date not null, what text) partition by range (at);
create table events_1 partition of events for values from ('2020-01-01') to ('2021-01-01');
create table events_d partition of events default;
create table events_l partition of events for values from ('2022-01-01') to ('2023-01-01') partition by list (what);
create view dear as select id, label from item where price > 100 with local check option; comment on view dear is 'rich people';
create materialized view counts as select maker, count(*) from item group by 1; create unique index on counts (maker);
create function twice(x int, out y int, variadic more int[] default '{}') language sql immutable strict parallel safe cost 5 as $$ select x * 2 $$;
create procedure tidy(inout n int) language sql as $$ delete from item where id < n; select n $$;
create aggregate total (int) (sfunc = int4pl, stype = int, initcond = '0');
create rule no_quick as on delete to quick do instead nothing;
alter table item enable row level security; create policy mine on item for update to staff using (maker = 1) with check (true);
create statistics item_stat (ndistinct, mcv) on maker, label from item;
grant select, insert (label) on item to staff with grant option; grant select on item to public; revoke execute on function twice from public;
alter default privileges in schema store grant select on tables to staff;
\d
\d item
\d+ item
\d cheap
\d+ quick
\d events
\d+ events
\d events_1
\d+ events_1
\d events_l
\d numbers
\d item_id_seq
\d item_price
\d+ item_lower
\d dear
\d+ dear
\d+ counts
\d pair
\d maker
\d nosuch
\dt
\dv
\dm
\ds
\di
\dt store.*
\dt *.maker
\dt nosuch*
\dn
\dn+
\du
\du+
\dg staff
\dp
\z item
\df
\df+ twice
\df tot*
\dfa
\dfp
\da
\dT
\dT+
\dT mood
\dD
\dD+
\ddp
\dx
\dP
\dPt
\dPi+
\dX
\dd
\dC mood
\db
\dL
\dO
\dc utf8_to_koi8*
\des
\dew
\dRp
\dRs
\dy
\drds
\dA
\dA+
\dAc btree int*
\dAf hash uuid
\dAo btree oid_ops
\dAp hash text_ops
\do store.*
\do @>
\sf twice
\sf+ twice(int,int[])
\sf tidy
\sf nosuch
\sv dear
\sv+ dear
\sv item
\pset format unaligned
\l
\dFp
\dF english
\dFd+ simple
\dF+ simple
\dconfig work_mem
\dconfig+ enable_*merge*
\dt store.item.more.toomany
\dt nosuchdb.store.item
\df "Twi"ce
\dn pg_*
\dtS pg_am
\d pg_am
\diS+ pg_am*
