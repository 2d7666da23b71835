create table price (id serial primary key, active boolean not null, price numeric);
create type price_input as (id integer, price numeric); create type price_key as (id integer);
create function price_key_from_table(price) returns price_key as $$ select $1.id $$ language sql;
create function price_key_from_input(price_input) returns price_key as $$ select $1.id $$ language sql;
insert into price values (1,false,42), (10,false,100), (11,true,17.99);
select price_key_from_table(price.*) from price; select price_key_from_input(i.*) from unnest(array[(10, 123.00), (11, 99.99)]::price_input[]) i;
select price_key_from_table(price.*) = price_key_from_input(i.*), price.id, i.* from price, unnest(array[(10, 123.00), (11, 99.99)]::price_input[]) i;
select * from unnest(array[null, (10, 123.00)]::price_input[], array[1,2,3]) u;
