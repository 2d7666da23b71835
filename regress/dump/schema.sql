CREATE SCHEMA shop;
COMMENT ON SCHEMA shop IS 'a shop''s things';
CREATE TYPE shop.state AS ENUM ('new', 'paid', 'it''s gone');
CREATE TYPE shop.address AS (street text, zip varchar(10), "Odd Name" numeric(6,2));
CREATE DOMAIN shop.positive AS integer DEFAULT 1 CONSTRAINT above_zero CHECK (VALUE > 0);
CREATE DOMAIN shop.word AS text COLLATE "C" NOT NULL CHECK (VALUE ~ '^\w+$');
CREATE TYPE shop.span AS RANGE (subtype = float8, subtype_diff = float8mi);
COMMENT ON TYPE shop.state IS 'where an order stands';
COMMENT ON DOMAIN shop.positive IS 'counts';
CREATE COLLATION shop.german (provider = icu, locale = 'de-u-co-phonebk');
CREATE SEQUENCE shop.numbers AS integer START 10 INCREMENT 5 MINVALUE 10 MAXVALUE 100000 CACHE 3 CYCLE;
SELECT nextval('shop.numbers'), nextval('shop.numbers');
CREATE FUNCTION shop.twice(n integer, plus integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  AS 'SELECT $1 * 2 + $2';
CREATE FUNCTION shop.pairs(VARIADIC v text[], OUT a text, OUT b bigint) RETURNS SETOF record LANGUAGE sql COST 7 ROWS 12
  SET search_path TO 'pg_catalog' AS $$ SELECT x, count(*) FROM unnest(v) x GROUP BY x $$;
CREATE PROCEDURE shop.note(IN t text) LANGUAGE sql AS $$ SELECT t $$;
COMMENT ON FUNCTION shop.twice(integer, integer) IS 'doubles';
CREATE AGGREGATE shop.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
CREATE OPERATOR shop.### (LEFTARG = integer, RIGHTARG = integer, FUNCTION = int4pl, COMMUTATOR = OPERATOR(shop.###));
COMMENT ON OPERATOR shop.### (integer, integer) IS 'adds';
CREATE CAST (shop.state AS integer) WITH INOUT;
CREATE TABLE shop.customer (
  id bigint GENERATED ALWAYS AS IDENTITY (START WITH 100 INCREMENT BY 2) PRIMARY KEY,
  name text NOT NULL,
  "Nick ""x""" varchar(20) DEFAULT 'none'::varchar COLLATE "C",
  born date CHECK (born > '1900-01-01'),
  home shop.address,
  tags text[] DEFAULT '{}'::text[],
  balance numeric(10,2) DEFAULT 0.00 NOT NULL,
  upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
  data jsonb DEFAULT '{"a": [1, 2]}',
  CONSTRAINT customer_name_key UNIQUE (name),
  CONSTRAINT sane CHECK (balance >= 0 OR name = 'bank') NO INHERIT);
COMMENT ON TABLE shop.customer IS 'those who buy';
COMMENT ON COLUMN shop.customer."Nick ""x""" IS 'odd';
COMMENT ON CONSTRAINT sane ON shop.customer IS 'only the bank owes';
ALTER TABLE shop.customer ALTER COLUMN name SET STATISTICS 500, ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE TABLE shop.orders (
  id serial,
  customer_id bigint NOT NULL REFERENCES shop.customer ON UPDATE CASCADE ON DELETE SET NULL,
  state shop.state DEFAULT 'new' NOT NULL,
  amount shop.positive,
  during int4range,
  placed timestamptz DEFAULT now() NOT NULL,
  PRIMARY KEY (id) INCLUDE (state),
  CONSTRAINT later UNIQUE (customer_id, placed) DEFERRABLE INITIALLY DEFERRED,
  EXCLUDE USING gist (during WITH &&) WHERE (amount > 2)) WITH (fillfactor = 70);
ALTER TABLE shop.orders ADD CONSTRAINT big CHECK (amount < 1000) NOT VALID;
CREATE INDEX orders_state ON shop.orders (state, lower(amount::text) DESC NULLS LAST) WHERE placed > '2020-01-01 00:00:00+00';
CREATE UNIQUE INDEX customer_inc ON shop.customer (name text_pattern_ops) INCLUDE (balance) WITH (fillfactor = 50);
CREATE INDEX customer_data ON shop.customer USING gin (data jsonb_path_ops);
CREATE INDEX customer_hash ON shop.customer USING hash (born);
COMMENT ON INDEX shop.orders_state IS 'by state';
ALTER TABLE shop.customer CLUSTER ON customer_pkey;
ALTER TABLE shop.customer REPLICA IDENTITY USING INDEX customer_name_key;
CREATE STATISTICS shop.st (dependencies, ndistinct) ON name, balance FROM shop.customer;
CREATE TABLE shop.events (id integer, at date NOT NULL, kind text, UNIQUE (at, kind)) PARTITION BY RANGE (at);
CREATE TABLE shop.events_2020 PARTITION OF shop.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
CREATE TABLE shop.events_2021 PARTITION OF shop.events (kind DEFAULT 'x') FOR VALUES FROM ('2021-01-01') TO (MAXVALUE)
  PARTITION BY LIST (kind);
CREATE TABLE shop.events_2021_a PARTITION OF shop.events_2021 FOR VALUES IN ('a', NULL);
CREATE TABLE shop.events_rest PARTITION OF shop.events DEFAULT;
CREATE INDEX events_kind ON shop.events (kind);
CREATE TABLE shop.hashed (k integer, v text) PARTITION BY HASH (k);
CREATE TABLE shop.hashed_0 PARTITION OF shop.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE shop.hashed_1 PARTITION OF shop.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE shop.base (a integer CHECK (a > 0), b text DEFAULT 'b');
CREATE TABLE shop.derived (c integer) INHERITS (shop.base);
ALTER TABLE ONLY shop.derived ALTER COLUMN b SET DEFAULT 'other';
CREATE UNLOGGED TABLE shop.cache (k text PRIMARY KEY, v bytea);
CREATE VIEW shop.rich AS
  SELECT c.id, c.name, count(o.id) AS orders, COALESCE(sum(o.amount::integer), 0::bigint) AS total
  FROM shop.customer c LEFT JOIN shop.orders o ON o.customer_id = c.id
  WHERE c.balance > 10 GROUP BY c.id, c.name HAVING count(*) > 0 ORDER BY c.name;
CREATE VIEW shop.young WITH (security_barrier = true) AS
  SELECT id, name, born FROM shop.customer WHERE born > '2000-01-01'::date WITH LOCAL CHECK OPTION;
CREATE RECURSIVE VIEW shop.countdown (n) AS VALUES (10) UNION ALL SELECT n - 1 FROM countdown WHERE n > 0;
CREATE MATERIALIZED VIEW shop.totals AS SELECT state, count(*) AS n FROM shop.orders GROUP BY state;
CREATE UNIQUE INDEX totals_state ON shop.totals (state);
COMMENT ON VIEW shop.rich IS 'those with money';
COMMENT ON COLUMN shop.rich.total IS 'sum';
CREATE RULE no_delete AS ON DELETE TO shop.orders WHERE old.amount > 5 DO INSTEAD NOTHING;
CREATE RULE log_insert AS ON INSERT TO shop.rich DO INSTEAD INSERT INTO shop.customer (name, balance) VALUES (new.name, new.total);
ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.orders FOR SELECT TO PUBLIC USING (customer_id > 0);
CREATE POLICY ins ON shop.orders AS RESTRICTIVE FOR INSERT WITH CHECK (amount > 0);
COMMENT ON POLICY own ON shop.orders IS 'mine';
CREATE TEXT SEARCH DICTIONARY shop.simple_en (TEMPLATE = simple, stopwords = 'english');
CREATE TEXT SEARCH CONFIGURATION shop.search (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION shop.search ALTER MAPPING FOR word, asciiword WITH shop.simple_en, simple;
GRANT USAGE ON SCHEMA shop TO PUBLIC;
GRANT SELECT, INSERT ON shop.customer TO PUBLIC;
GRANT UPDATE (name), REFERENCES (id) ON shop.customer TO PUBLIC;
REVOKE ALL ON FUNCTION shop.twice(integer, integer) FROM PUBLIC;
GRANT USAGE ON SEQUENCE shop.numbers TO PUBLIC;
REVOKE USAGE ON TYPE shop.state FROM PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC;
INSERT INTO shop.customer (name, born, home, tags, balance, data)
  SELECT 'name ' || i, '1990-01-01'::date + i, ROW('street "' || i || '"', NULL, i)::shop.address, ARRAY['t' || i, NULL, 'a,b'], i * 1.5, NULL
  FROM generate_series(1, 20) i;
INSERT INTO shop.customer (name) VALUES (E'tab\there\nline\\back'), ('ünïcode €'), ('');
INSERT INTO shop.orders (customer_id, state, amount, during, placed)
  SELECT 100 + 2 * (i % 10), 'paid', i, int4range(i * 10, i * 10 + 3), '2021-01-01 00:00:00+00'::timestamptz + i * interval '1 hour'
  FROM generate_series(1, 30) i;
INSERT INTO shop.events SELECT i, '2020-01-01'::date + i * 40, CASE WHEN i > 9 THEN 'a' END FROM generate_series(1, 20) i;
INSERT INTO shop.hashed SELECT i, 'v' || i FROM generate_series(1, 20) i;
INSERT INTO shop.base VALUES (1, 'y'), (2, NULL);
INSERT INTO shop.derived VALUES (3, 'x', 4);
INSERT INTO shop.cache VALUES ('k', '\x00ff5c');
REFRESH MATERIALIZED VIEW shop.totals;
