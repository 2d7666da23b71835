--
-- PostgreSQL database dump
--



SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: shop; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA shop;


ALTER SCHEMA shop OWNER TO postgres;

--
-- Name: SCHEMA shop; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON SCHEMA shop IS 'a shop''s things';


--
-- Name: german; Type: COLLATION; Schema: shop; Owner: postgres
--

CREATE COLLATION shop.german (provider = icu, locale = 'de-u-co-phonebk');


ALTER COLLATION shop.german OWNER TO postgres;

--
-- Name: address; Type: TYPE; Schema: shop; Owner: postgres
--

CREATE TYPE shop.address AS (
	street text,
	zip character varying(10),
	"Odd Name" numeric(6,2)
);


ALTER TYPE shop.address OWNER TO postgres;

--
-- Name: positive; Type: DOMAIN; Schema: shop; Owner: postgres
--

CREATE DOMAIN shop.positive AS integer DEFAULT 1
	CONSTRAINT above_zero CHECK ((VALUE > 0));


ALTER DOMAIN shop.positive OWNER TO postgres;

--
-- Name: DOMAIN positive; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON DOMAIN shop.positive IS 'counts';


--
-- Name: span; Type: TYPE; Schema: shop; Owner: postgres
--

CREATE TYPE shop.span AS RANGE (
    subtype = double precision,
    multirange_type_name = shop.span_multirange,
    subtype_diff = float8mi
);


ALTER TYPE shop.span OWNER TO postgres;

--
-- Name: state; Type: TYPE; Schema: shop; Owner: postgres
--

CREATE TYPE shop.state AS ENUM (
    'new',
    'paid',
    'it''s gone'
);


ALTER TYPE shop.state OWNER TO postgres;

--
-- Name: TYPE state; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON TYPE shop.state IS 'where an order stands';


--
-- Name: word; Type: DOMAIN; Schema: shop; Owner: postgres
--

CREATE DOMAIN shop.word AS text COLLATE pg_catalog."C" NOT NULL
	CONSTRAINT word_check CHECK ((VALUE ~ '^\w+$'::text));


ALTER DOMAIN shop.word OWNER TO postgres;

--
-- Name: CAST (shop.state AS integer); Type: CAST; Schema: -; Owner: -
--

CREATE CAST (shop.state AS integer) WITH INOUT;


--
-- Name: note(text); Type: PROCEDURE; Schema: shop; Owner: postgres
--

CREATE PROCEDURE shop.note(IN t text)
    LANGUAGE sql
    AS $$ SELECT t $$;


ALTER PROCEDURE shop.note(IN t text) OWNER TO postgres;

--
-- Name: pairs(text[]); Type: FUNCTION; Schema: shop; Owner: postgres
--

CREATE FUNCTION shop.pairs(VARIADIC v text[], OUT a text, OUT b bigint) RETURNS SETOF record
    LANGUAGE sql COST 7 ROWS 12
    SET search_path TO 'pg_catalog'
    AS $$ SELECT x, count(*) FROM unnest(v) x GROUP BY x $$;


ALTER FUNCTION shop.pairs(VARIADIC v text[], OUT a text, OUT b bigint) OWNER TO postgres;

--
-- Name: twice(integer, integer); Type: FUNCTION; Schema: shop; Owner: postgres
--

CREATE FUNCTION shop.twice(n integer, plus integer DEFAULT 1) RETURNS integer
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    AS $_$SELECT $1 * 2 + $2$_$;


ALTER FUNCTION shop.twice(n integer, plus integer) OWNER TO postgres;

--
-- Name: FUNCTION twice(n integer, plus integer); Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON FUNCTION shop.twice(n integer, plus integer) IS 'doubles';


--
-- Name: total(integer); Type: AGGREGATE; Schema: shop; Owner: postgres
--

CREATE AGGREGATE shop.total(integer) (
    SFUNC = int4pl,
    STYPE = integer,
    INITCOND = '0'
);


ALTER AGGREGATE shop.total(integer) OWNER TO postgres;

--
-- Name: ###; Type: OPERATOR; Schema: shop; Owner: postgres
--

CREATE OPERATOR shop.### (
    FUNCTION = int4pl,
    LEFTARG = integer,
    RIGHTARG = integer,
    COMMUTATOR = OPERATOR(shop.###)
);


ALTER OPERATOR shop.### (integer, integer) OWNER TO postgres;

--
-- Name: OPERATOR ### (integer, integer); Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON OPERATOR shop.### (integer, integer) IS 'adds';


--
-- Name: simple_en; Type: TEXT SEARCH DICTIONARY; Schema: shop; Owner: postgres
--

CREATE TEXT SEARCH DICTIONARY shop.simple_en (
    TEMPLATE = pg_catalog.simple,
    stopwords = 'english' );


ALTER TEXT SEARCH DICTIONARY shop.simple_en OWNER TO postgres;

--
-- Name: search; Type: TEXT SEARCH CONFIGURATION; Schema: shop; Owner: postgres
--

CREATE TEXT SEARCH CONFIGURATION shop.search (
    PARSER = pg_catalog."default" );

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR asciiword WITH shop.simple_en, simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR word WITH shop.simple_en, simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR numword WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR email WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR url WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR host WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR sfloat WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR version WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR hword_numpart WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR hword_part WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR hword_asciipart WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR numhword WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR asciihword WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR hword WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR url_path WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR file WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR "float" WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR "int" WITH simple;

ALTER TEXT SEARCH CONFIGURATION shop.search
    ADD MAPPING FOR uint WITH simple;


ALTER TEXT SEARCH CONFIGURATION shop.search OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: base; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.base (
    a integer,
    b text DEFAULT 'b'::text,
    CONSTRAINT base_a_check CHECK ((a > 0))
);


ALTER TABLE shop.base OWNER TO postgres;

--
-- Name: cache; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE UNLOGGED TABLE shop.cache (
    k text NOT NULL,
    v bytea
);


ALTER TABLE shop.cache OWNER TO postgres;

--
-- Name: countdown; Type: VIEW; Schema: shop; Owner: postgres
--

CREATE VIEW shop.countdown AS
 WITH RECURSIVE countdown(n) AS (
         VALUES (10)
        UNION ALL
         SELECT (countdown_1.n - 1)
           FROM countdown countdown_1
          WHERE (countdown_1.n > 0)
        )
 SELECT countdown.n
   FROM countdown;


ALTER TABLE shop.countdown OWNER TO postgres;

--
-- Name: customer; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.customer (
    id bigint NOT NULL,
    name text NOT NULL,
    "Nick ""x""" character varying(20) DEFAULT 'none'::character varying COLLATE pg_catalog."C",
    born date,
    home shop.address,
    tags text[] DEFAULT '{}'::text[],
    balance numeric(10,2) DEFAULT 0.00 NOT NULL,
    upper_name text GENERATED ALWAYS AS (upper(name)) STORED,
    data jsonb DEFAULT '{"a": [1, 2]}'::jsonb,
    CONSTRAINT customer_born_check CHECK ((born > '1900-01-01'::date)),
    CONSTRAINT sane CHECK (((balance >= (0)::numeric) OR (name = 'bank'::text))) NO INHERIT
);
ALTER TABLE ONLY shop.customer ALTER COLUMN name SET STATISTICS 500;
ALTER TABLE ONLY shop.customer ALTER COLUMN data SET STORAGE EXTERNAL;


ALTER TABLE shop.customer OWNER TO postgres;

--
-- Name: TABLE customer; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON TABLE shop.customer IS 'those who buy';


--
-- Name: COLUMN customer."Nick ""x"""; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON COLUMN shop.customer."Nick ""x""" IS 'odd';


--
-- Name: CONSTRAINT sane ON customer; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON CONSTRAINT sane ON shop.customer IS 'only the bank owes';


--
-- Name: customer_id_seq; Type: SEQUENCE; Schema: shop; Owner: postgres
--

ALTER TABLE shop.customer ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME shop.customer_id_seq
    START WITH 100
    INCREMENT BY 2
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: derived; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.derived (
    c integer
)
INHERITS (shop.base);


ALTER TABLE shop.derived OWNER TO postgres;

--
-- Name: events; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.events (
    id integer,
    at date NOT NULL,
    kind text
)
PARTITION BY RANGE (at);


ALTER TABLE shop.events OWNER TO postgres;

--
-- Name: events_2020; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.events_2020 (
    id integer,
    at date NOT NULL,
    kind text
);


ALTER TABLE shop.events_2020 OWNER TO postgres;

--
-- Name: events_2021; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.events_2021 (
    id integer,
    at date NOT NULL,
    kind text DEFAULT 'x'::text
)
PARTITION BY LIST (kind);


ALTER TABLE shop.events_2021 OWNER TO postgres;

--
-- Name: events_2021_a; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.events_2021_a (
    id integer,
    at date NOT NULL,
    kind text DEFAULT 'x'::text
);


ALTER TABLE shop.events_2021_a OWNER TO postgres;

--
-- Name: events_rest; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.events_rest (
    id integer,
    at date NOT NULL,
    kind text
);


ALTER TABLE shop.events_rest OWNER TO postgres;

--
-- Name: hashed; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.hashed (
    k integer,
    v text
)
PARTITION BY HASH (k);


ALTER TABLE shop.hashed OWNER TO postgres;

--
-- Name: hashed_0; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.hashed_0 (
    k integer,
    v text
);


ALTER TABLE shop.hashed_0 OWNER TO postgres;

--
-- Name: hashed_1; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.hashed_1 (
    k integer,
    v text
);


ALTER TABLE shop.hashed_1 OWNER TO postgres;

--
-- Name: numbers; Type: SEQUENCE; Schema: shop; Owner: postgres
--

CREATE SEQUENCE shop.numbers
    AS integer
    START WITH 10
    INCREMENT BY 5
    MINVALUE 10
    MAXVALUE 100000
    CACHE 3
    CYCLE;


ALTER TABLE shop.numbers OWNER TO postgres;

--
-- Name: orders; Type: TABLE; Schema: shop; Owner: postgres
--

CREATE TABLE shop.orders (
    id integer NOT NULL,
    customer_id bigint NOT NULL,
    state shop.state DEFAULT 'new'::shop.state NOT NULL,
    amount shop.positive,
    during int4range,
    placed timestamp with time zone DEFAULT now() NOT NULL
)
WITH (fillfactor='70');


ALTER TABLE shop.orders OWNER TO postgres;

--
-- Name: orders_id_seq; Type: SEQUENCE; Schema: shop; Owner: postgres
--

CREATE SEQUENCE shop.orders_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER TABLE shop.orders_id_seq OWNER TO postgres;

--
-- Name: orders_id_seq; Type: SEQUENCE OWNED BY; Schema: shop; Owner: postgres
--

ALTER SEQUENCE shop.orders_id_seq OWNED BY shop.orders.id;


--
-- Name: rich; Type: VIEW; Schema: shop; Owner: postgres
--

CREATE VIEW shop.rich AS
 SELECT c.id,
    c.name,
    count(o.id) AS orders,
    COALESCE(sum((o.amount)::integer), (0)::bigint) AS total
   FROM (shop.customer c
     LEFT JOIN shop.orders o ON ((o.customer_id = c.id)))
  WHERE (c.balance > (10)::numeric)
  GROUP BY c.id, c.name
 HAVING (count(*) > 0)
  ORDER BY c.name;


ALTER TABLE shop.rich OWNER TO postgres;

--
-- Name: VIEW rich; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON VIEW shop.rich IS 'those with money';


--
-- Name: COLUMN rich.total; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON COLUMN shop.rich.total IS 'sum';


--
-- Name: totals; Type: MATERIALIZED VIEW; Schema: shop; Owner: postgres
--

CREATE MATERIALIZED VIEW shop.totals AS
 SELECT orders.state,
    count(*) AS n
   FROM shop.orders
  GROUP BY orders.state
  WITH NO DATA;


ALTER TABLE shop.totals OWNER TO postgres;

--
-- Name: young; Type: VIEW; Schema: shop; Owner: postgres
--

CREATE VIEW shop.young WITH (security_barrier='true') AS
 SELECT customer.id,
    customer.name,
    customer.born
   FROM shop.customer
  WHERE (customer.born > '2000-01-01'::date)
  WITH LOCAL CHECK OPTION;


ALTER TABLE shop.young OWNER TO postgres;

--
-- Name: events_2020; Type: TABLE ATTACH; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events ATTACH PARTITION shop.events_2020 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');


--
-- Name: events_2021; Type: TABLE ATTACH; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events ATTACH PARTITION shop.events_2021 FOR VALUES FROM ('2021-01-01') TO (MAXVALUE);


--
-- Name: events_2021_a; Type: TABLE ATTACH; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events_2021 ATTACH PARTITION shop.events_2021_a FOR VALUES IN ('a', NULL);


--
-- Name: events_rest; Type: TABLE ATTACH; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events ATTACH PARTITION shop.events_rest DEFAULT;


--
-- Name: hashed_0; Type: TABLE ATTACH; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.hashed ATTACH PARTITION shop.hashed_0 FOR VALUES WITH (modulus 2, remainder 0);


--
-- Name: hashed_1; Type: TABLE ATTACH; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.hashed ATTACH PARTITION shop.hashed_1 FOR VALUES WITH (modulus 2, remainder 1);


--
-- Name: derived b; Type: DEFAULT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.derived ALTER COLUMN b SET DEFAULT 'other'::text;


--
-- Name: orders id; Type: DEFAULT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.orders ALTER COLUMN id SET DEFAULT nextval('shop.orders_id_seq'::regclass);


--
-- Data for Name: base; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.base (a, b) FROM stdin;
1	y
2	\N
\.


--
-- Data for Name: cache; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.cache (k, v) FROM stdin;
k	\\x00ff5c
\.


--
-- Data for Name: customer; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.customer (id, name, "Nick ""x""", born, home, tags, balance, data) FROM stdin;
100	name 1	none	1990-01-02	("street ""1""",,1.00)	{t1,NULL,"a,b"}	1.50	\N
102	name 2	none	1990-01-03	("street ""2""",,2.00)	{t2,NULL,"a,b"}	3.00	\N
104	name 3	none	1990-01-04	("street ""3""",,3.00)	{t3,NULL,"a,b"}	4.50	\N
106	name 4	none	1990-01-05	("street ""4""",,4.00)	{t4,NULL,"a,b"}	6.00	\N
108	name 5	none	1990-01-06	("street ""5""",,5.00)	{t5,NULL,"a,b"}	7.50	\N
110	name 6	none	1990-01-07	("street ""6""",,6.00)	{t6,NULL,"a,b"}	9.00	\N
112	name 7	none	1990-01-08	("street ""7""",,7.00)	{t7,NULL,"a,b"}	10.50	\N
114	name 8	none	1990-01-09	("street ""8""",,8.00)	{t8,NULL,"a,b"}	12.00	\N
116	name 9	none	1990-01-10	("street ""9""",,9.00)	{t9,NULL,"a,b"}	13.50	\N
118	name 10	none	1990-01-11	("street ""10""",,10.00)	{t10,NULL,"a,b"}	15.00	\N
120	name 11	none	1990-01-12	("street ""11""",,11.00)	{t11,NULL,"a,b"}	16.50	\N
122	name 12	none	1990-01-13	("street ""12""",,12.00)	{t12,NULL,"a,b"}	18.00	\N
124	name 13	none	1990-01-14	("street ""13""",,13.00)	{t13,NULL,"a,b"}	19.50	\N
126	name 14	none	1990-01-15	("street ""14""",,14.00)	{t14,NULL,"a,b"}	21.00	\N
128	name 15	none	1990-01-16	("street ""15""",,15.00)	{t15,NULL,"a,b"}	22.50	\N
130	name 16	none	1990-01-17	("street ""16""",,16.00)	{t16,NULL,"a,b"}	24.00	\N
132	name 17	none	1990-01-18	("street ""17""",,17.00)	{t17,NULL,"a,b"}	25.50	\N
134	name 18	none	1990-01-19	("street ""18""",,18.00)	{t18,NULL,"a,b"}	27.00	\N
136	name 19	none	1990-01-20	("street ""19""",,19.00)	{t19,NULL,"a,b"}	28.50	\N
138	name 20	none	1990-01-21	("street ""20""",,20.00)	{t20,NULL,"a,b"}	30.00	\N
140	tab\there\nline\\back	none	\N	\N	{}	0.00	{"a": [1, 2]}
142	ünïcode €	none	\N	\N	{}	0.00	{"a": [1, 2]}
144		none	\N	\N	{}	0.00	{"a": [1, 2]}
\.


--
-- Data for Name: derived; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.derived (a, b, c) FROM stdin;
3	x	4
\.


--
-- Data for Name: events_2020; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.events_2020 (id, at, kind) FROM stdin;
1	2020-02-10	\N
2	2020-03-21	\N
3	2020-04-30	\N
4	2020-06-09	\N
5	2020-07-19	\N
6	2020-08-28	\N
7	2020-10-07	\N
8	2020-11-16	\N
9	2020-12-26	\N
\.


--
-- Data for Name: events_2021_a; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.events_2021_a (id, at, kind) FROM stdin;
10	2021-02-04	a
11	2021-03-16	a
12	2021-04-25	a
13	2021-06-04	a
14	2021-07-14	a
15	2021-08-23	a
16	2021-10-02	a
17	2021-11-11	a
18	2021-12-21	a
19	2022-01-30	a
20	2022-03-11	a
\.


--
-- Data for Name: events_rest; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.events_rest (id, at, kind) FROM stdin;
\.


--
-- Data for Name: hashed_0; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.hashed_0 (k, v) FROM stdin;
1	v1
2	v2
12	v12
13	v13
14	v14
16	v16
17	v17
18	v18
\.


--
-- Data for Name: hashed_1; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.hashed_1 (k, v) FROM stdin;
3	v3
4	v4
5	v5
6	v6
7	v7
8	v8
9	v9
10	v10
11	v11
15	v15
19	v19
20	v20
\.


--
-- Data for Name: orders; Type: TABLE DATA; Schema: shop; Owner: postgres
--

COPY shop.orders (id, customer_id, state, amount, during, placed) FROM stdin;
1	102	paid	1	[10,13)	2021-01-01 01:00:00+00
2	104	paid	2	[20,23)	2021-01-01 02:00:00+00
3	106	paid	3	[30,33)	2021-01-01 03:00:00+00
4	108	paid	4	[40,43)	2021-01-01 04:00:00+00
5	110	paid	5	[50,53)	2021-01-01 05:00:00+00
6	112	paid	6	[60,63)	2021-01-01 06:00:00+00
7	114	paid	7	[70,73)	2021-01-01 07:00:00+00
8	116	paid	8	[80,83)	2021-01-01 08:00:00+00
9	118	paid	9	[90,93)	2021-01-01 09:00:00+00
10	100	paid	10	[100,103)	2021-01-01 10:00:00+00
11	102	paid	11	[110,113)	2021-01-01 11:00:00+00
12	104	paid	12	[120,123)	2021-01-01 12:00:00+00
13	106	paid	13	[130,133)	2021-01-01 13:00:00+00
14	108	paid	14	[140,143)	2021-01-01 14:00:00+00
15	110	paid	15	[150,153)	2021-01-01 15:00:00+00
16	112	paid	16	[160,163)	2021-01-01 16:00:00+00
17	114	paid	17	[170,173)	2021-01-01 17:00:00+00
18	116	paid	18	[180,183)	2021-01-01 18:00:00+00
19	118	paid	19	[190,193)	2021-01-01 19:00:00+00
20	100	paid	20	[200,203)	2021-01-01 20:00:00+00
21	102	paid	21	[210,213)	2021-01-01 21:00:00+00
22	104	paid	22	[220,223)	2021-01-01 22:00:00+00
23	106	paid	23	[230,233)	2021-01-01 23:00:00+00
24	108	paid	24	[240,243)	2021-01-02 00:00:00+00
25	110	paid	25	[250,253)	2021-01-02 01:00:00+00
26	112	paid	26	[260,263)	2021-01-02 02:00:00+00
27	114	paid	27	[270,273)	2021-01-02 03:00:00+00
28	116	paid	28	[280,283)	2021-01-02 04:00:00+00
29	118	paid	29	[290,293)	2021-01-02 05:00:00+00
30	100	paid	30	[300,303)	2021-01-02 06:00:00+00
\.


--
-- Name: customer_id_seq; Type: SEQUENCE SET; Schema: shop; Owner: postgres
--

SELECT pg_catalog.setval('shop.customer_id_seq', 144, true);


--
-- Name: numbers; Type: SEQUENCE SET; Schema: shop; Owner: postgres
--

SELECT pg_catalog.setval('shop.numbers', 20, true);


--
-- Name: orders_id_seq; Type: SEQUENCE SET; Schema: shop; Owner: postgres
--

SELECT pg_catalog.setval('shop.orders_id_seq', 30, true);


--
-- Name: orders big; Type: CHECK CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE shop.orders
    ADD CONSTRAINT big CHECK (((amount)::integer < 1000)) NOT VALID;


--
-- Name: cache cache_pkey; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.cache
    ADD CONSTRAINT cache_pkey PRIMARY KEY (k);


--
-- Name: customer customer_name_key; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.customer
    ADD CONSTRAINT customer_name_key UNIQUE (name);

ALTER TABLE ONLY shop.customer REPLICA IDENTITY USING INDEX customer_name_key;


--
-- Name: customer customer_pkey; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.customer
    ADD CONSTRAINT customer_pkey PRIMARY KEY (id);

ALTER TABLE shop.customer CLUSTER ON customer_pkey;


--
-- Name: events events_at_kind_key; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events
    ADD CONSTRAINT events_at_kind_key UNIQUE (at, kind);


--
-- Name: events_2020 events_2020_at_kind_key; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events_2020
    ADD CONSTRAINT events_2020_at_kind_key UNIQUE (at, kind);


--
-- Name: events_2021 events_2021_at_kind_key; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events_2021
    ADD CONSTRAINT events_2021_at_kind_key UNIQUE (at, kind);


--
-- Name: events_2021_a events_2021_a_at_kind_key; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events_2021_a
    ADD CONSTRAINT events_2021_a_at_kind_key UNIQUE (at, kind);


--
-- Name: events_rest events_rest_at_kind_key; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.events_rest
    ADD CONSTRAINT events_rest_at_kind_key UNIQUE (at, kind);


--
-- Name: orders later; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT later UNIQUE (customer_id, placed) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: orders orders_during_excl; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT orders_during_excl EXCLUDE USING gist (during WITH &&) WHERE (((amount)::integer > 2));


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id) INCLUDE (state);


--
-- Name: customer_data; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX customer_data ON shop.customer USING gin (data jsonb_path_ops);


--
-- Name: customer_hash; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX customer_hash ON shop.customer USING hash (born);


--
-- Name: customer_inc; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE UNIQUE INDEX customer_inc ON shop.customer USING btree (name text_pattern_ops) INCLUDE (balance) WITH (fillfactor='50');


--
-- Name: events_kind; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX events_kind ON ONLY shop.events USING btree (kind);


--
-- Name: events_2020_kind_idx; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX events_2020_kind_idx ON shop.events_2020 USING btree (kind);


--
-- Name: events_2021_kind_idx; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX events_2021_kind_idx ON ONLY shop.events_2021 USING btree (kind);


--
-- Name: events_2021_a_kind_idx; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX events_2021_a_kind_idx ON shop.events_2021_a USING btree (kind);


--
-- Name: events_rest_kind_idx; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX events_rest_kind_idx ON shop.events_rest USING btree (kind);


--
-- Name: orders_state; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE INDEX orders_state ON shop.orders USING btree (state, lower((amount)::text) DESC NULLS LAST) WHERE (placed > '2020-01-01 00:00:00+00'::timestamp with time zone);


--
-- Name: INDEX orders_state; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON INDEX shop.orders_state IS 'by state';


--
-- Name: totals_state; Type: INDEX; Schema: shop; Owner: postgres
--

CREATE UNIQUE INDEX totals_state ON shop.totals USING btree (state);


--
-- Name: events_2020_at_kind_key; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.events_at_kind_key ATTACH PARTITION shop.events_2020_at_kind_key;


--
-- Name: events_2020_kind_idx; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.events_kind ATTACH PARTITION shop.events_2020_kind_idx;


--
-- Name: events_2021_a_at_kind_key; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.events_2021_at_kind_key ATTACH PARTITION shop.events_2021_a_at_kind_key;


--
-- Name: events_2021_a_kind_idx; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.events_2021_kind_idx ATTACH PARTITION shop.events_2021_a_kind_idx;


--
-- Name: events_2021_at_kind_key; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.events_at_kind_key ATTACH PARTITION shop.events_2021_at_kind_key;


--
-- Name: events_2021_kind_idx; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.events_kind ATTACH PARTITION shop.events_2021_kind_idx;


--
-- Name: events_rest_at_kind_key; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.events_at_kind_key ATTACH PARTITION shop.events_rest_at_kind_key;


--
-- Name: events_rest_kind_idx; Type: INDEX ATTACH; Schema: shop; Owner: postgres
--

ALTER INDEX shop.events_kind ATTACH PARTITION shop.events_rest_kind_idx;


--
-- Name: st; Type: STATISTICS; Schema: shop; Owner: postgres
--

CREATE STATISTICS shop.st (ndistinct, dependencies) ON name, balance FROM shop.customer;


ALTER STATISTICS shop.st OWNER TO postgres;

--
-- Name: rich log_insert; Type: RULE; Schema: shop; Owner: postgres
--

CREATE RULE log_insert AS
    ON INSERT TO shop.rich DO INSTEAD  INSERT INTO shop.customer (name, balance)
  VALUES (new.name, new.total);


--
-- Name: orders no_delete; Type: RULE; Schema: shop; Owner: postgres
--

CREATE RULE no_delete AS
    ON DELETE TO shop.orders
   WHERE ((old.amount)::integer > 5) DO INSTEAD NOTHING;


--
-- Name: orders orders_customer_id_fkey; Type: FK CONSTRAINT; Schema: shop; Owner: postgres
--

ALTER TABLE ONLY shop.orders
    ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES shop.customer(id) ON UPDATE CASCADE ON DELETE SET NULL;


--
-- Name: orders ins; Type: POLICY; Schema: shop; Owner: postgres
--

CREATE POLICY ins ON shop.orders AS RESTRICTIVE FOR INSERT WITH CHECK (((amount)::integer > 0));


--
-- Name: orders; Type: ROW SECURITY; Schema: shop; Owner: postgres
--

ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY;

--
-- Name: orders own; Type: POLICY; Schema: shop; Owner: postgres
--

CREATE POLICY own ON shop.orders FOR SELECT USING ((customer_id > 0));


--
-- Name: POLICY own ON orders; Type: COMMENT; Schema: shop; Owner: postgres
--

COMMENT ON POLICY own ON shop.orders IS 'mine';


--
-- Name: SCHEMA shop; Type: ACL; Schema: -; Owner: postgres
--

GRANT USAGE ON SCHEMA shop TO PUBLIC;


--
-- Name: TYPE state; Type: ACL; Schema: shop; Owner: postgres
--

REVOKE ALL ON TYPE shop.state FROM PUBLIC;


--
-- Name: FUNCTION twice(n integer, plus integer); Type: ACL; Schema: shop; Owner: postgres
--

REVOKE ALL ON FUNCTION shop.twice(n integer, plus integer) FROM PUBLIC;


--
-- Name: TABLE customer; Type: ACL; Schema: shop; Owner: postgres
--

GRANT SELECT,INSERT ON TABLE shop.customer TO PUBLIC;


--
-- Name: COLUMN customer.id; Type: ACL; Schema: shop; Owner: postgres
--

GRANT REFERENCES(id) ON TABLE shop.customer TO PUBLIC;


--
-- Name: COLUMN customer.name; Type: ACL; Schema: shop; Owner: postgres
--

GRANT UPDATE(name) ON TABLE shop.customer TO PUBLIC;


--
-- Name: SEQUENCE numbers; Type: ACL; Schema: shop; Owner: postgres
--

GRANT USAGE ON SEQUENCE shop.numbers TO PUBLIC;


--
-- Name: DEFAULT PRIVILEGES FOR TABLES; Type: DEFAULT ACL; Schema: shop; Owner: postgres
--

ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA shop GRANT SELECT ON TABLES  TO PUBLIC;


--
-- Name: totals; Type: MATERIALIZED VIEW DATA; Schema: shop; Owner: postgres
--

REFRESH MATERIALIZED VIEW shop.totals;


--
-- PostgreSQL database dump complete
--


