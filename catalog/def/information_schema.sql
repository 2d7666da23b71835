-- information_schema.sql: the SQL standard's information schema with PostgreSQL 15's columns and
-- meaning (manual: The Information Schema). Run once in template1, after views.sql.

CREATE SCHEMA information_schema;
GRANT USAGE ON SCHEMA information_schema TO PUBLIC;
SET search_path TO information_schema;

-- facts of types by (type, typmod)

CREATE FUNCTION _pg_expandarray(IN anyarray, OUT x anyelement, OUT n int) RETURNS SETOF record
    LANGUAGE sql STRICT IMMUTABLE PARALLEL SAFE ROWS 100
    AS $$ SELECT $1[s], s - array_lower($1, 1) + 1
          FROM generate_series(array_lower($1, 1), array_upper($1, 1), 1) AS g(s) $$;

CREATE FUNCTION _pg_index_position(oid, smallint) RETURNS int
    LANGUAGE sql STRICT STABLE
    AS $$ SELECT k.n FROM pg_index i, information_schema._pg_expandarray(i.indkey) k
          WHERE i.indexrelid = $1 AND k.x = $2 $$;

CREATE FUNCTION _pg_truetypid(pg_attribute, pg_type) RETURNS oid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE $2.typtype WHEN 'd' THEN $2.typbasetype ELSE $1.atttypid END $$;

CREATE FUNCTION _pg_truetypmod(pg_attribute, pg_type) RETURNS int4
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE $2.typtype WHEN 'd' THEN $2.typtypmod ELSE $1.atttypmod END $$;

CREATE FUNCTION _pg_char_max_length(typid oid, typmod int4) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE WHEN $2 = -1 THEN NULL WHEN $1 IN (1042, 1043) THEN $2 - 4
                      WHEN $1 IN (1560, 1562) THEN $2 END $$;

CREATE FUNCTION _pg_char_octet_length(typid oid, typmod int4) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE WHEN $1 NOT IN (25, 1042, 1043) THEN NULL
                      WHEN $2 = -1 THEN CAST(2 ^ 30 AS integer)
                      ELSE information_schema._pg_char_max_length($1, $2) *
                           pg_encoding_max_length((SELECT encoding FROM pg_database
                                                   WHERE datname = current_database())) END $$;

CREATE FUNCTION _pg_numeric_precision(typid oid, typmod int4) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE $1 WHEN 21 THEN 16 WHEN 23 THEN 32 WHEN 20 THEN 64 WHEN 700 THEN 24
                         WHEN 701 THEN 53
                         WHEN 1700 THEN CASE WHEN $2 <> -1 THEN (($2 - 4) >> 16) & 65535 END
                 END $$;

CREATE FUNCTION _pg_numeric_precision_radix(typid oid, typmod int4) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE WHEN $1 IN (20, 21, 23, 700, 701) THEN 2 WHEN $1 = 1700 THEN 10 END $$;

CREATE FUNCTION _pg_numeric_scale(typid oid, typmod int4) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE WHEN $1 IN (20, 21, 23) THEN 0
                      WHEN $1 = 1700 AND $2 <> -1 THEN ($2 - 4) & 65535 END $$;

CREATE FUNCTION _pg_datetime_precision(typid oid, typmod int4) RETURNS integer
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE WHEN $1 = 1082 THEN 0
                      WHEN $1 IN (1083, 1114, 1184, 1266) THEN CASE WHEN $2 < 0 THEN 6 ELSE $2 END
                      WHEN $1 = 1186 THEN CASE WHEN $2 < 0 OR $2 & 65535 = 65535 THEN 6
                                               ELSE $2 & 65535 END END $$;

CREATE FUNCTION _pg_interval_type(typid oid, mod int4) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    AS $$ SELECT CASE WHEN $1 = 1186
                      THEN upper(substring(format_type($1, $2) similar 'interval[()0-9]* #"%#"'
                                           escape '#')) END $$;

-- the schema's own types

CREATE DOMAIN cardinal_number AS integer
    CONSTRAINT cardinal_number_domain_check CHECK (value >= 0);
CREATE DOMAIN character_data AS character varying COLLATE "C";
CREATE DOMAIN sql_identifier AS name;
CREATE DOMAIN time_stamp AS timestamp(2) with time zone DEFAULT current_timestamp(2);
CREATE DOMAIN yes_or_no AS character varying(3) COLLATE "C"
    CONSTRAINT yes_or_no_check CHECK (value IN ('YES', 'NO'));

CREATE VIEW information_schema_catalog_name AS
SELECT current_database()::sql_identifier AS catalog_name;
GRANT SELECT ON information_schema_catalog_name TO PUBLIC;

CREATE VIEW applicable_roles AS
SELECT a.rolname::sql_identifier AS grantee, b.rolname::sql_identifier AS role_name,
       (CASE WHEN m.admin_option THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_grantable
FROM (SELECT member, roleid, admin_option FROM pg_auth_members
      UNION
      SELECT d.datdba, r.oid, false FROM pg_database d, pg_authid r
      WHERE d.datname = current_database() AND r.rolname = 'pg_database_owner') m
JOIN pg_authid a ON a.oid = m.member
JOIN pg_authid b ON b.oid = m.roleid
WHERE pg_has_role(a.oid, 'USAGE');
GRANT SELECT ON applicable_roles TO PUBLIC;

CREATE VIEW administrable_role_authorizations AS
SELECT * FROM applicable_roles WHERE is_grantable = 'YES';
GRANT SELECT ON administrable_role_authorizations TO PUBLIC;

CREATE VIEW attributes AS
SELECT current_database()::sql_identifier AS udt_catalog, nc.nspname::sql_identifier AS
           udt_schema, c.relname::sql_identifier AS udt_name,
       a.attname::sql_identifier AS attribute_name, a.attnum::cardinal_number AS ordinal_position,
       pg_get_expr(ad.adbin, ad.adrelid)::character_data AS attribute_default,
       (CASE WHEN NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)) THEN 'YES' ELSE 'NO'
           END)::yes_or_no AS is_nullable,
       (CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY' WHEN nt.nspname = 'pg_catalog'
           THEN format_type(a.atttypid, NULL) ELSE 'USER-DEFINED' END)::character_data AS
           data_type,
       _pg_char_max_length(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           character_maximum_length,
       _pg_char_octet_length(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           character_octet_length, NULL::sql_identifier AS character_set_catalog,
       NULL::sql_identifier AS character_set_schema, NULL::sql_identifier AS character_set_name,
       (CASE WHEN nco.nspname IS NOT NULL THEN current_database() END)::sql_identifier AS
           collation_catalog, nco.nspname::sql_identifier AS collation_schema,
       co.collname::sql_identifier AS collation_name,
       _pg_numeric_precision(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           numeric_precision,
       _pg_numeric_precision_radix(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           numeric_precision_radix,
       _pg_numeric_scale(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           numeric_scale,
       _pg_datetime_precision(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           datetime_precision,
       _pg_interval_type(_pg_truetypid(a, t), _pg_truetypmod(a, t))::character_data AS
           interval_type, NULL::cardinal_number AS interval_precision,
       current_database()::sql_identifier AS attribute_udt_catalog,
       nt.nspname::sql_identifier AS attribute_udt_schema,
       t.typname::sql_identifier AS attribute_udt_name, NULL::sql_identifier AS scope_catalog,
       NULL::sql_identifier AS scope_schema, NULL::sql_identifier AS scope_name,
       NULL::cardinal_number AS maximum_cardinality, a.attnum::sql_identifier AS dtd_identifier,
       'NO'::yes_or_no AS is_derived_reference_attribute
FROM pg_attribute a
LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace nc ON nc.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_namespace nt ON nt.oid = t.typnamespace
LEFT JOIN (pg_collation co JOIN pg_namespace nco ON nco.oid = co.collnamespace)
    ON a.attcollation = co.oid AND (nco.nspname <> 'pg_catalog' OR co.collname <> 'default')
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'c'
  AND (pg_has_role(c.relowner, 'USAGE') OR has_type_privilege(c.reltype, 'USAGE'));
GRANT SELECT ON attributes TO PUBLIC;

CREATE VIEW character_sets AS
SELECT NULL::sql_identifier AS character_set_catalog, NULL::sql_identifier AS
           character_set_schema, getdatabaseencoding()::sql_identifier AS character_set_name,
       (CASE WHEN getdatabaseencoding() = 'UTF8' THEN 'UCS' ELSE getdatabaseencoding()
           END)::sql_identifier AS character_repertoire,
       getdatabaseencoding()::sql_identifier AS form_of_use,
       current_database()::sql_identifier AS default_collate_catalog,
       nc.nspname::sql_identifier AS default_collate_schema,
       c.collname::sql_identifier AS default_collate_name
FROM pg_database d
LEFT JOIN (pg_collation c JOIN pg_namespace nc ON nc.oid = c.collnamespace)
    ON c.collcollate = d.datcollate AND c.collctype = d.datctype
WHERE d.datname = current_database()
ORDER BY char_length(c.collname) DESC, c.collname ASC
LIMIT 1;
GRANT SELECT ON character_sets TO PUBLIC;

CREATE VIEW check_constraint_routine_usage AS
SELECT DISTINCT current_database()::sql_identifier AS constraint_catalog,
       nc.nspname::sql_identifier AS constraint_schema,
       c.conname::sql_identifier AS constraint_name,
       current_database()::sql_identifier AS specific_catalog,
       np.nspname::sql_identifier AS specific_schema,
       nameconcatoid(p.proname, p.oid)::sql_identifier AS specific_name
FROM pg_constraint c
JOIN pg_namespace nc ON nc.oid = c.connamespace
JOIN pg_depend d ON d.classid = 'pg_catalog.pg_constraint'::regclass AND d.objid = c.oid
    AND d.refclassid = 'pg_catalog.pg_proc'::regclass
JOIN pg_proc p ON p.oid = d.refobjid
JOIN pg_namespace np ON np.oid = p.pronamespace
WHERE c.contype = 'c' AND pg_has_role(p.proowner, 'USAGE');
GRANT SELECT ON check_constraint_routine_usage TO PUBLIC;

CREATE VIEW check_constraints AS
SELECT current_database()::sql_identifier AS constraint_catalog,
       rs.nspname::sql_identifier AS constraint_schema,
       con.conname::sql_identifier AS constraint_name,
       ('(' || pg_get_expr(con.conbin, coalesce(c.oid, 0)) || ')')::character_data AS check_clause
FROM pg_constraint con
LEFT JOIN pg_namespace rs ON rs.oid = con.connamespace
LEFT JOIN pg_class c ON c.oid = con.conrelid
LEFT JOIN pg_type t ON t.oid = con.contypid
WHERE pg_has_role(coalesce(c.relowner, t.typowner), 'USAGE') AND con.contype = 'c'
UNION
-- NOT NULL is a check constraint with a name of its own making
SELECT current_database()::sql_identifier, n.nspname::sql_identifier,
       (n.oid::text || '_' || r.oid::text || '_' || a.attnum::text || '_not_null')::sql_identifier,
       (a.attname || ' IS NOT NULL')::character_data
FROM pg_namespace n, pg_class r, pg_attribute a
WHERE n.oid = r.relnamespace AND r.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
  AND a.attnotnull AND r.relkind IN ('r', 'p') AND pg_has_role(r.relowner, 'USAGE');
GRANT SELECT ON check_constraints TO PUBLIC;

CREATE VIEW collations AS
SELECT current_database()::sql_identifier AS collation_catalog,
       nc.nspname::sql_identifier AS collation_schema,
       c.collname::sql_identifier AS collation_name, 'NO PAD'::character_data AS pad_attribute
FROM pg_collation c
JOIN pg_namespace nc ON nc.oid = c.collnamespace
WHERE c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()));
GRANT SELECT ON collations TO PUBLIC;

CREATE VIEW collation_character_set_applicability AS
SELECT current_database()::sql_identifier AS collation_catalog,
       nc.nspname::sql_identifier AS collation_schema,
       c.collname::sql_identifier AS collation_name, NULL::sql_identifier AS
           character_set_catalog, NULL::sql_identifier AS character_set_schema,
       getdatabaseencoding()::sql_identifier AS character_set_name
FROM pg_collation c
JOIN pg_namespace nc ON nc.oid = c.collnamespace
WHERE c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()));
GRANT SELECT ON collation_character_set_applicability TO PUBLIC;

CREATE VIEW column_column_usage AS
SELECT DISTINCT current_database()::sql_identifier AS table_catalog,
       n.nspname::sql_identifier AS table_schema, c.relname::sql_identifier AS table_name,
       ac.attname::sql_identifier AS column_name, ad.attname::sql_identifier AS dependent_column
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute ad ON ad.attrelid = c.oid AND ad.attgenerated <> ''
JOIN pg_attrdef f ON f.adrelid = c.oid AND f.adnum = ad.attnum
JOIN pg_depend d ON d.classid = 'pg_catalog.pg_attrdef'::regclass AND d.objid = f.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = c.oid
JOIN pg_attribute ac ON ac.attrelid = c.oid AND ac.attnum = d.refobjsubid
    AND ac.attnum <> ad.attnum
WHERE pg_has_role(c.relowner, 'USAGE');
GRANT SELECT ON column_column_usage TO PUBLIC;

CREATE VIEW column_domain_usage AS
SELECT current_database()::sql_identifier AS domain_catalog,
       nt.nspname::sql_identifier AS domain_schema, t.typname::sql_identifier AS domain_name,
       current_database()::sql_identifier AS table_catalog,
       nc.nspname::sql_identifier AS table_schema, c.relname::sql_identifier AS table_name,
       a.attname::sql_identifier AS column_name
FROM pg_type t
JOIN pg_namespace nt ON nt.oid = t.typnamespace
JOIN pg_attribute a ON a.atttypid = t.oid
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace nc ON nc.oid = c.relnamespace
WHERE t.typtype = 'd' AND c.relkind IN ('r', 'v', 'f', 'p') AND a.attnum > 0
  AND NOT a.attisdropped AND pg_has_role(t.typowner, 'USAGE');
GRANT SELECT ON column_domain_usage TO PUBLIC;

CREATE VIEW column_privileges AS
SELECT u_grantor.rolname::sql_identifier AS grantor, grantee.rolname::sql_identifier AS grantee,
       current_database()::sql_identifier AS table_catalog, nc.nspname::sql_identifier AS table_schema,
       x.relname::sql_identifier AS table_name, x.attname::sql_identifier AS column_name,
       x.prtype::character_data AS privilege_type,
       (CASE WHEN pg_has_role(x.grantee, x.relowner, 'USAGE') OR x.grantable
             THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_grantable
FROM (SELECT r.grantor, r.grantee, a.attname, r.relname, r.relnamespace, r.prtype, r.grantable,
             r.relowner
      FROM (SELECT c.oid, c.relname, c.relnamespace, c.relowner, e.*
            FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))
                e (grantor, grantee, prtype, grantable)
            WHERE c.relkind IN ('r', 'v', 'f', 'p')) r, pg_attribute a
      WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
      UNION
      SELECT e.grantor, e.grantee, a.attname, c.relname, c.relnamespace, e.prtype, e.grantable,
             c.relowner
      FROM pg_class c, pg_attribute a,
           aclexplode(coalesce(a.attacl, acldefault('c', c.relowner)))
               e (grantor, grantee, prtype, grantable)
      WHERE a.attrelid = c.oid AND c.relkind IN ('r', 'v', 'f', 'p') AND a.attnum > 0
        AND NOT a.attisdropped) x,
     pg_namespace nc, pg_authid u_grantor,
     (SELECT oid, rolname FROM pg_authid
      UNION ALL SELECT 0::oid, 'PUBLIC') grantee (oid, rolname)
WHERE x.relnamespace = nc.oid AND x.grantee = grantee.oid AND x.grantor = u_grantor.oid
  AND x.prtype IN ('INSERT', 'SELECT', 'UPDATE', 'REFERENCES')
  AND (pg_has_role(u_grantor.oid, 'USAGE') OR pg_has_role(grantee.oid, 'USAGE')
       OR grantee.rolname = 'PUBLIC');
GRANT SELECT ON column_privileges TO PUBLIC;

CREATE VIEW column_udt_usage AS
SELECT current_database()::sql_identifier AS udt_catalog,
       coalesce(nbt.nspname, nt.nspname)::sql_identifier AS udt_schema,
       coalesce(bt.typname, t.typname)::sql_identifier AS udt_name,
       current_database()::sql_identifier AS table_catalog,
       nc.nspname::sql_identifier AS table_schema, c.relname::sql_identifier AS table_name,
       a.attname::sql_identifier AS column_name
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace nc ON nc.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_namespace nt ON nt.oid = t.typnamespace
LEFT JOIN (pg_type bt JOIN pg_namespace nbt ON nbt.oid = bt.typnamespace)
    ON t.typtype = 'd' AND bt.oid = t.typbasetype
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'v', 'f', 'p')
  AND pg_has_role(coalesce(bt.typowner, t.typowner), 'USAGE');
GRANT SELECT ON column_udt_usage TO PUBLIC;

CREATE VIEW columns AS
SELECT current_database()::sql_identifier AS table_catalog,
       nc.nspname::sql_identifier AS table_schema, c.relname::sql_identifier AS table_name,
       a.attname::sql_identifier AS column_name, a.attnum::cardinal_number AS ordinal_position,
       (CASE WHEN a.attgenerated = '' THEN pg_get_expr(ad.adbin, ad.adrelid) END)::character_data
           AS column_default,
       (CASE WHEN NOT (a.attnotnull OR (t.typtype = 'd' AND t.typnotnull)) THEN 'YES' ELSE 'NO'
           END)::yes_or_no AS is_nullable,
       (CASE WHEN t.typtype = 'd' THEN CASE WHEN bt.typelem <> 0 AND bt.typlen = -1 THEN 'ARRAY'
           WHEN nbt.nspname = 'pg_catalog' THEN format_type(t.typbasetype, NULL) ELSE
           'USER-DEFINED' END ELSE CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY' WHEN
           nt.nspname = 'pg_catalog' THEN format_type(a.atttypid, NULL) ELSE 'USER-DEFINED' END
           END)::character_data AS data_type,
       _pg_char_max_length(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           character_maximum_length,
       _pg_char_octet_length(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           character_octet_length,
       _pg_numeric_precision(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           numeric_precision,
       _pg_numeric_precision_radix(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           numeric_precision_radix,
       _pg_numeric_scale(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           numeric_scale,
       _pg_datetime_precision(_pg_truetypid(a, t), _pg_truetypmod(a, t))::cardinal_number AS
           datetime_precision,
       _pg_interval_type(_pg_truetypid(a, t), _pg_truetypmod(a, t))::character_data AS
           interval_type, NULL::cardinal_number AS interval_precision,
       NULL::sql_identifier AS character_set_catalog, NULL::sql_identifier AS
           character_set_schema, NULL::sql_identifier AS character_set_name,
       (CASE WHEN nco.nspname IS NOT NULL THEN current_database() END)::sql_identifier AS
           collation_catalog, nco.nspname::sql_identifier AS collation_schema,
       co.collname::sql_identifier AS collation_name,
       (CASE WHEN t.typtype = 'd' THEN current_database() END)::sql_identifier AS domain_catalog,
       (CASE WHEN t.typtype = 'd' THEN nt.nspname END)::sql_identifier AS domain_schema,
       (CASE WHEN t.typtype = 'd' THEN t.typname END)::sql_identifier AS domain_name,
       current_database()::sql_identifier AS udt_catalog,
       coalesce(nbt.nspname, nt.nspname)::sql_identifier AS udt_schema,
       coalesce(bt.typname, t.typname)::sql_identifier AS udt_name,
       NULL::sql_identifier AS scope_catalog, NULL::sql_identifier AS scope_schema,
       NULL::sql_identifier AS scope_name, NULL::cardinal_number AS maximum_cardinality,
       a.attnum::sql_identifier AS dtd_identifier, 'NO'::yes_or_no AS is_self_referencing,
       (CASE WHEN a.attidentity IN ('a', 'd') THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_identity,
       (CASE a.attidentity WHEN 'a' THEN 'ALWAYS' WHEN 'd' THEN 'BY DEFAULT' END)::character_data
           AS identity_generation, seq.seqstart::character_data AS identity_start,
       seq.seqincrement::character_data AS identity_increment,
       seq.seqmax::character_data AS identity_maximum,
       seq.seqmin::character_data AS identity_minimum,
       (CASE WHEN seq.seqcycle THEN 'YES' ELSE 'NO' END)::yes_or_no AS identity_cycle,
       (CASE WHEN a.attgenerated <> '' THEN 'ALWAYS' ELSE 'NEVER' END)::character_data AS
           is_generated,
       (CASE WHEN a.attgenerated <> '' THEN pg_get_expr(ad.adbin, ad.adrelid) END)::character_data
           AS generation_expression,
       (CASE WHEN c.relkind IN ('r', 'p') OR (c.relkind IN ('v', 'f') AND
           pg_column_is_updatable(c.oid, a.attnum, false)) THEN 'YES' ELSE 'NO' END)::yes_or_no AS
           is_updatable
FROM pg_attribute a
LEFT JOIN pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace nc ON nc.oid = c.relnamespace
JOIN pg_type t ON t.oid = a.atttypid
JOIN pg_namespace nt ON nt.oid = t.typnamespace
LEFT JOIN (pg_type bt JOIN pg_namespace nbt ON nbt.oid = bt.typnamespace)
    ON t.typtype = 'd' AND bt.oid = t.typbasetype
LEFT JOIN (pg_collation co JOIN pg_namespace nco ON nco.oid = co.collnamespace)
    ON a.attcollation = co.oid AND (nco.nspname <> 'pg_catalog' OR co.collname <> 'default')
LEFT JOIN (pg_depend dep JOIN pg_sequence seq
               ON dep.classid = 'pg_class'::regclass AND dep.objid = seq.seqrelid
               AND dep.deptype = 'i')
    ON dep.refclassid = 'pg_class'::regclass AND dep.refobjid = c.oid
    AND dep.refobjsubid = a.attnum
WHERE NOT pg_is_other_temp_schema(nc.oid) AND a.attnum > 0 AND NOT a.attisdropped
  AND c.relkind IN ('r', 'v', 'f', 'p')
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'));
GRANT SELECT ON columns TO PUBLIC;

CREATE VIEW constraint_column_usage AS
SELECT current_database()::sql_identifier AS table_catalog,
       x.tblschema::sql_identifier AS table_schema, x.tblname::sql_identifier AS table_name,
       x.colname::sql_identifier AS column_name,
       current_database()::sql_identifier AS constraint_catalog,
       x.cstrschema::sql_identifier AS constraint_schema,
       x.cstrname::sql_identifier AS constraint_name
FROM (-- check constraints: the columns they depend on
      SELECT DISTINCT nr.nspname, r.relname, r.relowner, a.attname, nc.nspname, c.conname
      FROM pg_namespace nr, pg_class r, pg_attribute a, pg_depend d, pg_namespace nc,
           pg_constraint c
      WHERE nr.oid = r.relnamespace AND r.oid = a.attrelid
        AND d.refclassid = 'pg_catalog.pg_class'::regclass AND d.refobjid = r.oid
        AND d.refobjsubid = a.attnum AND d.classid = 'pg_catalog.pg_constraint'::regclass
        AND d.objid = c.oid AND c.connamespace = nc.oid AND c.contype = 'c'
        AND r.relkind IN ('r', 'p') AND NOT a.attisdropped
      UNION ALL
      -- keys: the table's columns, of a foreign key those it refers to
      SELECT nr.nspname, r.relname, r.relowner, a.attname, nc.nspname, c.conname
      FROM pg_namespace nr, pg_class r, pg_attribute a, pg_namespace nc, pg_constraint c
      WHERE nr.oid = r.relnamespace AND r.oid = a.attrelid AND nc.oid = c.connamespace
        AND r.oid = CASE c.contype WHEN 'f' THEN c.confrelid ELSE c.conrelid END
        AND a.attnum = ANY (CASE c.contype WHEN 'f' THEN c.confkey ELSE c.conkey END)
        AND NOT a.attisdropped AND c.contype IN ('p', 'u', 'f') AND r.relkind IN ('r', 'p')
     ) x (tblschema, tblname, tblowner, colname, cstrschema, cstrname)
WHERE pg_has_role(x.tblowner, 'USAGE');
GRANT SELECT ON constraint_column_usage TO PUBLIC;

CREATE VIEW constraint_table_usage AS
SELECT current_database()::sql_identifier AS table_catalog,
       nr.nspname::sql_identifier AS table_schema, r.relname::sql_identifier AS table_name,
       current_database()::sql_identifier AS constraint_catalog,
       nc.nspname::sql_identifier AS constraint_schema,
       c.conname::sql_identifier AS constraint_name
FROM pg_constraint c
JOIN pg_namespace nc ON nc.oid = c.connamespace
JOIN pg_class r ON r.oid = CASE c.contype WHEN 'f' THEN c.confrelid ELSE c.conrelid END
JOIN pg_namespace nr ON nr.oid = r.relnamespace
WHERE c.contype IN ('f', 'p', 'u') AND r.relkind IN ('r', 'p')
  AND pg_has_role(r.relowner, 'USAGE');
GRANT SELECT ON constraint_table_usage TO PUBLIC;

CREATE VIEW domain_constraints AS
SELECT current_database()::sql_identifier AS constraint_catalog,
       rs.nspname::sql_identifier AS constraint_schema,
       con.conname::sql_identifier AS constraint_name,
       current_database()::sql_identifier AS domain_catalog,
       n.nspname::sql_identifier AS domain_schema, t.typname::sql_identifier AS domain_name,
       (CASE WHEN con.condeferrable THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_deferrable,
       (CASE WHEN con.condeferred THEN 'YES' ELSE 'NO' END)::yes_or_no AS initially_deferred
FROM pg_constraint con
JOIN pg_namespace rs ON rs.oid = con.connamespace
JOIN pg_type t ON t.oid = con.contypid
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE pg_has_role(t.typowner, 'USAGE') OR has_type_privilege(t.oid, 'USAGE');
GRANT SELECT ON domain_constraints TO PUBLIC;

CREATE VIEW domain_udt_usage AS
SELECT current_database()::sql_identifier AS udt_catalog,
       nbt.nspname::sql_identifier AS udt_schema, bt.typname::sql_identifier AS udt_name,
       current_database()::sql_identifier AS domain_catalog,
       nt.nspname::sql_identifier AS domain_schema, t.typname::sql_identifier AS domain_name
FROM pg_type t
JOIN pg_namespace nt ON nt.oid = t.typnamespace
JOIN pg_type bt ON bt.oid = t.typbasetype
JOIN pg_namespace nbt ON nbt.oid = bt.typnamespace
WHERE t.typtype = 'd' AND pg_has_role(bt.typowner, 'USAGE');
GRANT SELECT ON domain_udt_usage TO PUBLIC;

CREATE VIEW domains AS
SELECT current_database()::sql_identifier AS domain_catalog,
       nt.nspname::sql_identifier AS domain_schema, t.typname::sql_identifier AS domain_name,
       (CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY' WHEN nbt.nspname = 'pg_catalog'
           THEN format_type(t.typbasetype, NULL) ELSE 'USER-DEFINED' END)::character_data AS
           data_type,
       _pg_char_max_length(t.typbasetype, t.typtypmod)::cardinal_number AS
           character_maximum_length,
       _pg_char_octet_length(t.typbasetype, t.typtypmod)::cardinal_number AS
           character_octet_length, NULL::sql_identifier AS character_set_catalog,
       NULL::sql_identifier AS character_set_schema, NULL::sql_identifier AS character_set_name,
       (CASE WHEN nco.nspname IS NOT NULL THEN current_database() END)::sql_identifier AS
           collation_catalog, nco.nspname::sql_identifier AS collation_schema,
       co.collname::sql_identifier AS collation_name,
       _pg_numeric_precision(t.typbasetype, t.typtypmod)::cardinal_number AS numeric_precision,
       _pg_numeric_precision_radix(t.typbasetype, t.typtypmod)::cardinal_number AS
           numeric_precision_radix,
       _pg_numeric_scale(t.typbasetype, t.typtypmod)::cardinal_number AS numeric_scale,
       _pg_datetime_precision(t.typbasetype, t.typtypmod)::cardinal_number AS datetime_precision,
       _pg_interval_type(t.typbasetype, t.typtypmod)::character_data AS interval_type,
       NULL::cardinal_number AS interval_precision, t.typdefault::character_data AS
           domain_default, current_database()::sql_identifier AS udt_catalog,
       nbt.nspname::sql_identifier AS udt_schema, bt.typname::sql_identifier AS udt_name,
       NULL::sql_identifier AS scope_catalog, NULL::sql_identifier AS scope_schema,
       NULL::sql_identifier AS scope_name, NULL::cardinal_number AS maximum_cardinality,
       1::sql_identifier AS dtd_identifier
FROM pg_type t
JOIN pg_namespace nt ON nt.oid = t.typnamespace
JOIN pg_type bt ON bt.oid = t.typbasetype AND t.typtype = 'd'
JOIN pg_namespace nbt ON nbt.oid = bt.typnamespace
LEFT JOIN (pg_collation co JOIN pg_namespace nco ON nco.oid = co.collnamespace)
    ON t.typcollation = co.oid AND (nco.nspname <> 'pg_catalog' OR co.collname <> 'default')
WHERE pg_has_role(t.typowner, 'USAGE') OR has_type_privilege(t.oid, 'USAGE');
GRANT SELECT ON domains TO PUBLIC;

CREATE VIEW enabled_roles AS
SELECT a.rolname::sql_identifier AS role_name
FROM pg_authid a
WHERE pg_has_role(a.oid, 'USAGE');
GRANT SELECT ON enabled_roles TO PUBLIC;

CREATE VIEW key_column_usage AS
SELECT current_database()::sql_identifier AS constraint_catalog,
       ss.nc_nspname::sql_identifier AS constraint_schema,
       ss.conname::sql_identifier AS constraint_name,
       current_database()::sql_identifier AS table_catalog,
       ss.nr_nspname::sql_identifier AS table_schema, ss.relname::sql_identifier AS table_name,
       a.attname::sql_identifier AS column_name, (ss.x).n::cardinal_number AS ordinal_position,
       (CASE WHEN ss.contype = 'f' THEN _pg_index_position(ss.conindid, ss.confkey[(ss.x).n])
           END)::cardinal_number AS position_in_unique_constraint
FROM pg_attribute a,
     (SELECT r.oid AS roid, r.relname, r.relowner, nc.nspname AS nc_nspname,
             nr.nspname AS nr_nspname, c.oid AS coid, c.conname, c.contype, c.conindid, c.confkey,
             _pg_expandarray(c.conkey) AS x
      FROM pg_namespace nr, pg_class r, pg_namespace nc, pg_constraint c
      WHERE nr.oid = r.relnamespace AND r.oid = c.conrelid AND nc.oid = c.connamespace
        AND c.contype IN ('p', 'u', 'f') AND r.relkind IN ('r', 'p')
        AND NOT pg_is_other_temp_schema(nr.oid)) ss
WHERE ss.roid = a.attrelid AND a.attnum = (ss.x).x AND NOT a.attisdropped
  AND (pg_has_role(ss.relowner, 'USAGE')
       OR has_column_privilege(ss.roid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'));
GRANT SELECT ON key_column_usage TO PUBLIC;

CREATE VIEW parameters AS
SELECT current_database()::sql_identifier AS specific_catalog,
       ss.n_nspname::sql_identifier AS specific_schema,
       nameconcatoid(ss.proname, ss.p_oid)::sql_identifier AS specific_name,
       (ss.x).n::cardinal_number AS ordinal_position,
       (CASE WHEN ss.proargmodes IS NULL THEN 'IN' ELSE CASE ss.proargmodes[(ss.x).n] WHEN 'i'
           THEN 'IN' WHEN 'o' THEN 'OUT' WHEN 'b' THEN 'INOUT' WHEN 'v' THEN 'IN' WHEN 't' THEN
           'OUT' END END)::character_data AS parameter_mode, 'NO'::yes_or_no AS is_result,
       'NO'::yes_or_no AS as_locator,
       nullif(ss.proargnames[(ss.x).n], '')::sql_identifier AS parameter_name,
       (CASE WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY' WHEN nt.nspname = 'pg_catalog'
           THEN format_type(t.oid, NULL) ELSE 'USER-DEFINED' END)::character_data AS data_type,
       NULL::cardinal_number AS character_maximum_length,
       NULL::cardinal_number AS character_octet_length,
       NULL::sql_identifier AS character_set_catalog, NULL::sql_identifier AS
           character_set_schema, NULL::sql_identifier AS character_set_name,
       NULL::sql_identifier AS collation_catalog, NULL::sql_identifier AS collation_schema,
       NULL::sql_identifier AS collation_name, NULL::cardinal_number AS numeric_precision,
       NULL::cardinal_number AS numeric_precision_radix, NULL::cardinal_number AS numeric_scale,
       NULL::cardinal_number AS datetime_precision, NULL::character_data AS interval_type,
       NULL::cardinal_number AS interval_precision,
       current_database()::sql_identifier AS udt_catalog, nt.nspname::sql_identifier AS
           udt_schema, t.typname::sql_identifier AS udt_name,
       NULL::sql_identifier AS scope_catalog, NULL::sql_identifier AS scope_schema,
       NULL::sql_identifier AS scope_name, NULL::cardinal_number AS maximum_cardinality,
       (ss.x).n::sql_identifier AS dtd_identifier,
       (CASE WHEN pg_has_role(ss.proowner, 'USAGE') THEN pg_get_function_arg_default(ss.p_oid,
           (ss.x).n) END)::character_data AS parameter_default
FROM pg_type t, pg_namespace nt,
     (SELECT n.nspname AS n_nspname, p.proname, p.oid AS p_oid, p.proowner, p.proargnames,
             p.proargmodes, _pg_expandarray(coalesce(p.proallargtypes, p.proargtypes::oid[])) AS x
      FROM pg_namespace n, pg_proc p
      WHERE n.oid = p.pronamespace
        AND (pg_has_role(p.proowner, 'USAGE') OR has_function_privilege(p.oid, 'EXECUTE'))) ss
WHERE t.oid = (ss.x).x AND t.typnamespace = nt.oid;
GRANT SELECT ON parameters TO PUBLIC;

CREATE VIEW referential_constraints AS
SELECT current_database()::sql_identifier AS constraint_catalog,
       ncon.nspname::sql_identifier AS constraint_schema,
       con.conname::sql_identifier AS constraint_name,
       (CASE WHEN npkc.nspname IS NOT NULL THEN current_database() END)::sql_identifier AS
           unique_constraint_catalog, npkc.nspname::sql_identifier AS unique_constraint_schema,
       pkc.conname::sql_identifier AS unique_constraint_name,
       (CASE con.confmatchtype WHEN 'f' THEN 'FULL' WHEN 'p' THEN 'PARTIAL' WHEN 's' THEN 'NONE'
           END)::character_data AS match_option,
       (CASE con.confupdtype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN
           'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END)::character_data
           AS update_rule,
       (CASE con.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' WHEN 'd' THEN
           'SET DEFAULT' WHEN 'r' THEN 'RESTRICT' WHEN 'a' THEN 'NO ACTION' END)::character_data
           AS delete_rule
FROM pg_constraint con
JOIN pg_namespace ncon ON ncon.oid = con.connamespace
JOIN pg_class c ON c.oid = con.conrelid AND con.contype = 'f'
LEFT JOIN pg_depend d1 ON d1.objid = con.oid AND d1.classid = 'pg_constraint'::regclass
    AND d1.refclassid = 'pg_class'::regclass AND d1.refobjsubid = 0
LEFT JOIN pg_depend d2 ON d2.refclassid = 'pg_constraint'::regclass
    AND d2.classid = 'pg_class'::regclass AND d2.objid = d1.refobjid AND d2.objsubid = 0
    AND d2.deptype = 'i'
LEFT JOIN pg_constraint pkc ON pkc.oid = d2.refobjid AND pkc.contype IN ('p', 'u')
    AND pkc.conrelid = con.confrelid
LEFT JOIN pg_namespace npkc ON npkc.oid = pkc.connamespace
WHERE pg_has_role(c.relowner, 'USAGE')
   OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
   OR has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES');
GRANT SELECT ON referential_constraints TO PUBLIC;

CREATE VIEW role_column_grants AS
SELECT grantor, grantee, table_catalog, table_schema, table_name, column_name, privilege_type,
       is_grantable
FROM column_privileges
WHERE grantor IN (SELECT role_name FROM enabled_roles)
   OR grantee IN (SELECT role_name FROM enabled_roles);
GRANT SELECT ON role_column_grants TO PUBLIC;

CREATE VIEW routine_privileges AS
SELECT u_grantor.rolname::sql_identifier AS grantor, grantee.rolname::sql_identifier AS grantee,
       current_database()::sql_identifier AS specific_catalog,
       n.nspname::sql_identifier AS specific_schema,
       nameconcatoid(x.name, x.oid)::sql_identifier AS specific_name,
       current_database()::sql_identifier AS routine_catalog,
       n.nspname::sql_identifier AS routine_schema, x.name::sql_identifier AS routine_name,
       x.prtype::character_data AS privilege_type,
       (CASE WHEN pg_has_role(x.grantee, x.owner, 'USAGE') OR x.grantable THEN 'YES' ELSE 'NO'
           END)::yes_or_no AS is_grantable
FROM (SELECT p.oid, p.proname AS name, p.pronamespace AS nsp, p.proowner AS owner, e.*
      FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner)))
          e (grantor, grantee, prtype, grantable)) x,
     pg_namespace n, pg_authid u_grantor,
     (SELECT oid, rolname FROM pg_authid
      UNION ALL SELECT 0::oid, 'PUBLIC') grantee (oid, rolname)
WHERE n.oid = x.nsp AND grantee.oid = x.grantee AND u_grantor.oid = x.grantor
  AND x.prtype = 'EXECUTE'
  AND (pg_has_role(u_grantor.oid, 'USAGE') OR pg_has_role(grantee.oid, 'USAGE')
       OR grantee.rolname = 'PUBLIC');
GRANT SELECT ON routine_privileges TO PUBLIC;

CREATE VIEW role_routine_grants AS
SELECT grantor, grantee, specific_catalog, specific_schema, specific_name, routine_catalog,
       routine_schema, routine_name, privilege_type, is_grantable
FROM routine_privileges
WHERE grantor IN (SELECT role_name FROM enabled_roles)
   OR grantee IN (SELECT role_name FROM enabled_roles);
GRANT SELECT ON role_routine_grants TO PUBLIC;

CREATE VIEW routine_column_usage AS
SELECT DISTINCT current_database()::sql_identifier AS specific_catalog,
       np.nspname::sql_identifier AS specific_schema,
       nameconcatoid(p.proname, p.oid)::sql_identifier AS specific_name,
       current_database()::sql_identifier AS routine_catalog,
       np.nspname::sql_identifier AS routine_schema, p.proname::sql_identifier AS routine_name,
       current_database()::sql_identifier AS table_catalog,
       nt.nspname::sql_identifier AS table_schema, t.relname::sql_identifier AS table_name,
       a.attname::sql_identifier AS column_name
FROM pg_namespace np
JOIN pg_proc p ON p.pronamespace = np.oid
JOIN pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_namespace nt ON nt.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
WHERE t.relkind IN ('r', 'v', 'f', 'p') AND pg_has_role(t.relowner, 'USAGE');
GRANT SELECT ON routine_column_usage TO PUBLIC;

CREATE VIEW routine_routine_usage AS
SELECT DISTINCT current_database()::sql_identifier AS specific_catalog,
       np.nspname::sql_identifier AS specific_schema,
       nameconcatoid(p.proname, p.oid)::sql_identifier AS specific_name,
       current_database()::sql_identifier AS routine_catalog,
       np1.nspname::sql_identifier AS routine_schema,
       nameconcatoid(p1.proname, p1.oid)::sql_identifier AS routine_name
FROM pg_proc p
JOIN pg_namespace np ON np.oid = p.pronamespace
JOIN pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
    AND d.refclassid = 'pg_catalog.pg_proc'::regclass
JOIN pg_proc p1 ON p1.oid = d.refobjid
JOIN pg_namespace np1 ON np1.oid = p1.pronamespace
WHERE p.prokind IN ('f', 'p') AND p1.prokind IN ('f', 'p') AND pg_has_role(p1.proowner, 'USAGE');
GRANT SELECT ON routine_routine_usage TO PUBLIC;

CREATE VIEW routine_sequence_usage AS
SELECT DISTINCT current_database()::sql_identifier AS specific_catalog,
       np.nspname::sql_identifier AS specific_schema,
       nameconcatoid(p.proname, p.oid)::sql_identifier AS specific_name,
       current_database()::sql_identifier AS routine_catalog,
       np.nspname::sql_identifier AS routine_schema, p.proname::sql_identifier AS routine_name,
       current_database()::sql_identifier AS sequence_catalog,
       nt.nspname::sql_identifier AS sequence_schema, t.relname::sql_identifier AS sequence_name
FROM pg_namespace np
JOIN pg_proc p ON p.pronamespace = np.oid
JOIN pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_namespace nt ON nt.oid = t.relnamespace
WHERE t.relkind = 'S' AND pg_has_role(t.relowner, 'USAGE');
GRANT SELECT ON routine_sequence_usage TO PUBLIC;

CREATE VIEW routine_table_usage AS
SELECT DISTINCT current_database()::sql_identifier AS specific_catalog,
       np.nspname::sql_identifier AS specific_schema,
       nameconcatoid(p.proname, p.oid)::sql_identifier AS specific_name,
       current_database()::sql_identifier AS routine_catalog,
       np.nspname::sql_identifier AS routine_schema, p.proname::sql_identifier AS routine_name,
       current_database()::sql_identifier AS table_catalog,
       nt.nspname::sql_identifier AS table_schema, t.relname::sql_identifier AS table_name
FROM pg_namespace np
JOIN pg_proc p ON p.pronamespace = np.oid
JOIN pg_depend d ON d.classid = 'pg_catalog.pg_proc'::regclass AND d.objid = p.oid
    AND d.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_class t ON t.oid = d.refobjid
JOIN pg_namespace nt ON nt.oid = t.relnamespace
WHERE t.relkind IN ('r', 'v', 'f', 'p') AND pg_has_role(t.relowner, 'USAGE');
GRANT SELECT ON routine_table_usage TO PUBLIC;

CREATE VIEW routines AS
SELECT current_database()::sql_identifier AS specific_catalog,
       n.nspname::sql_identifier AS specific_schema,
       nameconcatoid(p.proname, p.oid)::sql_identifier AS specific_name,
       current_database()::sql_identifier AS routine_catalog,
       n.nspname::sql_identifier AS routine_schema, p.proname::sql_identifier AS routine_name,
       (CASE p.prokind WHEN 'f' THEN 'FUNCTION' WHEN 'p' THEN 'PROCEDURE' END)::character_data AS
           routine_type, NULL::sql_identifier AS module_catalog,
       NULL::sql_identifier AS module_schema, NULL::sql_identifier AS module_name,
       NULL::sql_identifier AS udt_catalog, NULL::sql_identifier AS udt_schema,
       NULL::sql_identifier AS udt_name,
       (CASE WHEN p.prokind = 'p' THEN NULL WHEN t.typelem <> 0 AND t.typlen = -1 THEN 'ARRAY'
           WHEN nt.nspname = 'pg_catalog' THEN format_type(t.oid, NULL) ELSE 'USER-DEFINED'
           END)::character_data AS data_type, NULL::cardinal_number AS character_maximum_length,
       NULL::cardinal_number AS character_octet_length,
       NULL::sql_identifier AS character_set_catalog, NULL::sql_identifier AS
           character_set_schema, NULL::sql_identifier AS character_set_name,
       NULL::sql_identifier AS collation_catalog, NULL::sql_identifier AS collation_schema,
       NULL::sql_identifier AS collation_name, NULL::cardinal_number AS numeric_precision,
       NULL::cardinal_number AS numeric_precision_radix, NULL::cardinal_number AS numeric_scale,
       NULL::cardinal_number AS datetime_precision, NULL::character_data AS interval_type,
       NULL::cardinal_number AS interval_precision,
       (CASE WHEN nt.nspname IS NOT NULL THEN current_database() END)::sql_identifier AS
           type_udt_catalog, nt.nspname::sql_identifier AS type_udt_schema,
       t.typname::sql_identifier AS type_udt_name, NULL::sql_identifier AS scope_catalog,
       NULL::sql_identifier AS scope_schema, NULL::sql_identifier AS scope_name,
       NULL::cardinal_number AS maximum_cardinality,
       (CASE WHEN p.prokind <> 'p' THEN 0 END)::sql_identifier AS dtd_identifier,
       (CASE WHEN l.lanname = 'sql' THEN 'SQL' ELSE 'EXTERNAL' END)::character_data AS
           routine_body,
       (CASE WHEN pg_has_role(p.proowner, 'USAGE') THEN p.prosrc END)::character_data AS
           routine_definition,
       (CASE WHEN l.lanname = 'c' THEN p.prosrc END)::character_data AS external_name,
       upper(l.lanname)::character_data AS external_language,
       'GENERAL'::character_data AS parameter_style,
       (CASE WHEN p.provolatile = 'i' THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_deterministic,
       'MODIFIES'::character_data AS sql_data_access,
       (CASE WHEN p.prokind <> 'p' THEN CASE WHEN p.proisstrict THEN 'YES' ELSE 'NO' END
           END)::yes_or_no AS is_null_call, NULL::character_data AS sql_path,
       'YES'::yes_or_no AS schema_level_routine, 0::cardinal_number AS max_dynamic_result_sets,
       NULL::yes_or_no AS is_user_defined_cast, NULL::yes_or_no AS is_implicitly_invocable,
       (CASE WHEN p.prosecdef THEN 'DEFINER' ELSE 'INVOKER' END)::character_data AS security_type,
       NULL::sql_identifier AS to_sql_specific_catalog,
       NULL::sql_identifier AS to_sql_specific_schema,
       NULL::sql_identifier AS to_sql_specific_name, 'NO'::yes_or_no AS as_locator,
       NULL::time_stamp AS created, NULL::time_stamp AS last_altered,
       NULL::yes_or_no AS new_savepoint_level, 'NO'::yes_or_no AS is_udt_dependent,
       NULL::character_data AS result_cast_from_data_type,
       NULL::yes_or_no AS result_cast_as_locator,
       NULL::cardinal_number AS result_cast_char_max_length,
       NULL::cardinal_number AS result_cast_char_octet_length,
       NULL::sql_identifier AS result_cast_char_set_catalog,
       NULL::sql_identifier AS result_cast_char_set_schema,
       NULL::sql_identifier AS result_cast_char_set_name,
       NULL::sql_identifier AS result_cast_collation_catalog,
       NULL::sql_identifier AS result_cast_collation_schema,
       NULL::sql_identifier AS result_cast_collation_name,
       NULL::cardinal_number AS result_cast_numeric_precision,
       NULL::cardinal_number AS result_cast_numeric_precision_radix,
       NULL::cardinal_number AS result_cast_numeric_scale,
       NULL::cardinal_number AS result_cast_datetime_precision,
       NULL::character_data AS result_cast_interval_type,
       NULL::cardinal_number AS result_cast_interval_precision,
       NULL::sql_identifier AS result_cast_type_udt_catalog,
       NULL::sql_identifier AS result_cast_type_udt_schema,
       NULL::sql_identifier AS result_cast_type_udt_name,
       NULL::sql_identifier AS result_cast_scope_catalog,
       NULL::sql_identifier AS result_cast_scope_schema,
       NULL::sql_identifier AS result_cast_scope_name,
       NULL::cardinal_number AS result_cast_maximum_cardinality,
       NULL::sql_identifier AS result_cast_dtd_identifier
FROM pg_proc p
JOIN pg_namespace n ON n.oid = p.pronamespace
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN (pg_type t JOIN pg_namespace nt ON nt.oid = t.typnamespace)
    ON t.oid = p.prorettype AND p.prokind <> 'p'
WHERE pg_has_role(p.proowner, 'USAGE') OR has_function_privilege(p.oid, 'EXECUTE');
GRANT SELECT ON routines TO PUBLIC;

CREATE VIEW schemata AS
SELECT current_database()::sql_identifier AS catalog_name,
       n.nspname::sql_identifier AS schema_name, u.rolname::sql_identifier AS schema_owner,
       NULL::sql_identifier AS default_character_set_catalog,
       NULL::sql_identifier AS default_character_set_schema,
       NULL::sql_identifier AS default_character_set_name, NULL::character_data AS sql_path
FROM pg_namespace n, pg_authid u
WHERE n.nspowner = u.oid
  AND (pg_has_role(n.nspowner, 'USAGE') OR has_schema_privilege(n.oid, 'CREATE, USAGE'));
GRANT SELECT ON schemata TO PUBLIC;

CREATE VIEW sequences AS
SELECT current_database()::sql_identifier AS sequence_catalog,
       nc.nspname::sql_identifier AS sequence_schema, c.relname::sql_identifier AS sequence_name,
       format_type(s.seqtypid, NULL)::character_data AS data_type,
       _pg_numeric_precision(s.seqtypid, -1)::cardinal_number AS numeric_precision,
       2::cardinal_number AS numeric_precision_radix, 0::cardinal_number AS numeric_scale,
       s.seqstart::character_data AS start_value, s.seqmin::character_data AS minimum_value,
       s.seqmax::character_data AS maximum_value, s.seqincrement::character_data AS increment,
       (CASE WHEN s.seqcycle THEN 'YES' ELSE 'NO' END)::yes_or_no AS cycle_option
FROM pg_namespace nc, pg_class c, pg_sequence s
WHERE c.relnamespace = nc.oid AND c.relkind = 'S'
  AND NOT EXISTS (SELECT 1 FROM pg_depend
                  WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'i')
  AND NOT pg_is_other_temp_schema(nc.oid) AND c.oid = s.seqrelid
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_sequence_privilege(c.oid, 'SELECT, UPDATE, USAGE'));
GRANT SELECT ON sequences TO PUBLIC;

-- what of the standard is there: rows in standard.sql

CREATE TABLE sql_features (
    feature_id character_data, feature_name character_data, sub_feature_id character_data,
    sub_feature_name character_data, is_supported yes_or_no, is_verified_by character_data,
    comments character_data);
GRANT SELECT ON sql_features TO PUBLIC;
CREATE TABLE sql_implementation_info (
    implementation_info_id character_data, implementation_info_name character_data,
    integer_value cardinal_number, character_value character_data, comments character_data);
GRANT SELECT ON sql_implementation_info TO PUBLIC;
CREATE TABLE sql_parts (
    feature_id character_data, feature_name character_data, is_supported yes_or_no,
    is_verified_by character_data, comments character_data);
CREATE TABLE sql_sizing (
    sizing_id cardinal_number, sizing_name character_data, supported_value cardinal_number,
    comments character_data);
GRANT SELECT ON sql_sizing TO PUBLIC;

CREATE VIEW table_constraints AS
SELECT current_database()::sql_identifier AS constraint_catalog,
       nc.nspname::sql_identifier AS constraint_schema,
       c.conname::sql_identifier AS constraint_name,
       current_database()::sql_identifier AS table_catalog,
       nr.nspname::sql_identifier AS table_schema, r.relname::sql_identifier AS table_name,
       (CASE c.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'p' THEN
           'PRIMARY KEY' WHEN 'u' THEN 'UNIQUE' END)::character_data AS constraint_type,
       (CASE WHEN c.condeferrable THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_deferrable,
       (CASE WHEN c.condeferred THEN 'YES' ELSE 'NO' END)::yes_or_no AS initially_deferred,
       'YES'::yes_or_no AS enforced,
       (CASE WHEN c.contype = 'u' THEN CASE WHEN (SELECT NOT indnullsnotdistinct FROM pg_index
           WHERE indexrelid = c.conindid) THEN 'YES' ELSE 'NO' END END)::yes_or_no AS
           nulls_distinct
FROM pg_namespace nc, pg_namespace nr, pg_constraint c, pg_class r
WHERE nc.oid = c.connamespace AND nr.oid = r.relnamespace AND c.conrelid = r.oid
  AND c.contype NOT IN ('t', 'x') AND r.relkind IN ('r', 'p')
  AND NOT pg_is_other_temp_schema(nr.oid)
  AND (pg_has_role(r.relowner, 'USAGE')
       OR has_table_privilege(r.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(r.oid, 'INSERT, UPDATE, REFERENCES'))
UNION ALL
-- NOT NULL
SELECT current_database()::sql_identifier, nr.nspname::sql_identifier,
       (nr.oid::text || '_' || r.oid::text || '_' || a.attnum::text || '_not_null')::sql_identifier,
       current_database()::sql_identifier, nr.nspname::sql_identifier, r.relname::sql_identifier,
       'CHECK'::character_data, 'NO'::yes_or_no, 'NO'::yes_or_no, 'YES'::yes_or_no,
       NULL::yes_or_no
FROM pg_namespace nr, pg_class r, pg_attribute a
WHERE nr.oid = r.relnamespace AND r.oid = a.attrelid AND a.attnotnull AND a.attnum > 0
  AND NOT a.attisdropped AND r.relkind IN ('r', 'p') AND NOT pg_is_other_temp_schema(nr.oid)
  AND (pg_has_role(r.relowner, 'USAGE')
       OR has_table_privilege(r.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(r.oid, 'INSERT, UPDATE, REFERENCES'));
GRANT SELECT ON table_constraints TO PUBLIC;

CREATE VIEW table_privileges AS
SELECT u_grantor.rolname::sql_identifier AS grantor, grantee.rolname::sql_identifier AS grantee,
       current_database()::sql_identifier AS table_catalog,
       n.nspname::sql_identifier AS table_schema, x.name::sql_identifier AS table_name,
       x.prtype::character_data AS privilege_type,
       (CASE WHEN pg_has_role(x.grantee, x.owner, 'USAGE') OR x.grantable THEN 'YES' ELSE 'NO'
           END)::yes_or_no AS is_grantable,
       (CASE WHEN x.prtype = 'SELECT' THEN 'YES' ELSE 'NO' END)::yes_or_no AS with_hierarchy
FROM (SELECT c.relname AS name, c.relnamespace AS nsp, c.relowner AS owner, e.*
      FROM pg_class c, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))
          e (grantor, grantee, prtype, grantable)
      WHERE c.relkind IN ('r', 'v', 'f', 'p')) x,
     pg_namespace n, pg_authid u_grantor,
     (SELECT oid, rolname FROM pg_authid
      UNION ALL SELECT 0::oid, 'PUBLIC') grantee (oid, rolname)
WHERE n.oid = x.nsp AND grantee.oid = x.grantee AND u_grantor.oid = x.grantor
  AND x.prtype IN ('INSERT', 'SELECT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER')
  AND (pg_has_role(u_grantor.oid, 'USAGE') OR pg_has_role(grantee.oid, 'USAGE')
       OR grantee.rolname = 'PUBLIC');
GRANT SELECT ON table_privileges TO PUBLIC;

CREATE VIEW role_table_grants AS
SELECT grantor, grantee, table_catalog, table_schema, table_name, privilege_type, is_grantable,
       with_hierarchy
FROM table_privileges
WHERE grantor IN (SELECT role_name FROM enabled_roles)
   OR grantee IN (SELECT role_name FROM enabled_roles);
GRANT SELECT ON role_table_grants TO PUBLIC;

CREATE VIEW tables AS
SELECT current_database()::sql_identifier AS table_catalog,
       nc.nspname::sql_identifier AS table_schema, c.relname::sql_identifier AS table_name,
       (CASE WHEN nc.oid = pg_my_temp_schema() THEN 'LOCAL TEMPORARY' WHEN c.relkind IN ('r', 'p')
           THEN 'BASE TABLE' WHEN c.relkind = 'v' THEN 'VIEW' WHEN c.relkind = 'f' THEN 'FOREIGN'
           END)::character_data AS table_type,
       NULL::sql_identifier AS self_referencing_column_name,
       NULL::character_data AS reference_generation,
       (CASE WHEN t.typname IS NOT NULL THEN current_database() END)::sql_identifier AS
           user_defined_type_catalog, nt.nspname::sql_identifier AS user_defined_type_schema,
       t.typname::sql_identifier AS user_defined_type_name,
       (CASE WHEN c.relkind IN ('r', 'p') OR (c.relkind IN ('v', 'f') AND
           pg_relation_is_updatable(c.oid, false) & 8 = 8) THEN 'YES' ELSE 'NO' END)::yes_or_no AS
           is_insertable_into,
       (CASE WHEN t.typname IS NOT NULL THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_typed,
       NULL::character_data AS commit_action
FROM pg_namespace nc
JOIN pg_class c ON c.relnamespace = nc.oid
LEFT JOIN (pg_type t JOIN pg_namespace nt ON nt.oid = t.typnamespace) ON t.oid = c.reloftype
WHERE c.relkind IN ('r', 'v', 'f', 'p') AND NOT pg_is_other_temp_schema(nc.oid)
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'));
GRANT SELECT ON tables TO PUBLIC;

CREATE VIEW transforms AS
SELECT current_database()::sql_identifier AS udt_catalog, nt.nspname::sql_identifier AS
           udt_schema, t.typname::sql_identifier AS udt_name,
       current_database()::sql_identifier AS specific_catalog,
       np.nspname::sql_identifier AS specific_schema,
       nameconcatoid(p.proname, p.oid)::sql_identifier AS specific_name,
       l.lanname::sql_identifier AS group_name, x.kind::character_data AS transform_type
FROM pg_transform f
JOIN LATERAL (VALUES (f.trffromsql, 'FROM SQL'), (f.trftosql, 'TO SQL')) x (proc, kind) ON true
JOIN pg_type t ON t.oid = f.trftype
JOIN pg_namespace nt ON nt.oid = t.typnamespace
JOIN pg_language l ON l.oid = f.trflang
JOIN pg_proc p ON p.oid = x.proc
JOIN pg_namespace np ON np.oid = p.pronamespace
WHERE pg_has_role(t.typowner, 'USAGE') OR has_type_privilege(t.oid, 'USAGE');

CREATE VIEW triggered_update_columns AS
SELECT current_database()::sql_identifier AS trigger_catalog,
       n.nspname::sql_identifier AS trigger_schema, t.tgname::sql_identifier AS trigger_name,
       current_database()::sql_identifier AS event_object_catalog,
       n.nspname::sql_identifier AS event_object_schema,
       c.relname::sql_identifier AS event_object_table,
       a.attname::sql_identifier AS event_object_column
FROM pg_namespace n, pg_class c, pg_trigger t, pg_attribute a
WHERE n.oid = c.relnamespace AND c.oid = t.tgrelid AND a.attrelid = t.tgrelid
  AND a.attnum = ANY (t.tgattr) AND NOT t.tgisinternal AND NOT pg_is_other_temp_schema(n.oid)
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_column_privilege(c.oid, a.attnum, 'INSERT, UPDATE, REFERENCES'));
GRANT SELECT ON triggered_update_columns TO PUBLIC;

CREATE VIEW triggers AS
SELECT current_database()::sql_identifier AS trigger_catalog,
       n.nspname::sql_identifier AS trigger_schema, t.tgname::sql_identifier AS trigger_name,
       em.text::character_data AS event_manipulation,
       current_database()::sql_identifier AS event_object_catalog,
       n.nspname::sql_identifier AS event_object_schema,
       c.relname::sql_identifier AS event_object_table,
       rank() OVER (PARTITION BY n.nspname::sql_identifier, c.relname::sql_identifier, em.num,
           t.tgtype & 1, t.tgtype & 66 ORDER BY t.tgname)::cardinal_number AS action_order,
       (CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN (regexp_match(pg_get_triggerdef(t.oid),
           '.{35,} WHEN \((.+)\) EXECUTE FUNCTION'))[1] END)::character_data AS action_condition,
       substring(pg_get_triggerdef(t.oid) from position('EXECUTE FUNCTION' in
           substring(pg_get_triggerdef(t.oid) from 48)) + 47)::character_data AS action_statement,
       (CASE WHEN t.tgtype & 1 = 1 THEN 'ROW' ELSE 'STATEMENT' END)::character_data AS
           action_orientation,
       (CASE t.tgtype & 66 WHEN 2 THEN 'BEFORE' WHEN 64 THEN 'INSTEAD OF' ELSE 'AFTER'
           END)::character_data AS action_timing,
       t.tgoldtable::sql_identifier AS action_reference_old_table,
       t.tgnewtable::sql_identifier AS action_reference_new_table,
       NULL::sql_identifier AS action_reference_old_row,
       NULL::sql_identifier AS action_reference_new_row, NULL::time_stamp AS created
FROM pg_namespace n, pg_class c, pg_trigger t,
     (VALUES (4, 'INSERT'), (8, 'DELETE'), (16, 'UPDATE')) em (num, text)
WHERE n.oid = c.relnamespace AND c.oid = t.tgrelid AND t.tgtype & em.num <> 0
  AND NOT t.tgisinternal AND NOT pg_is_other_temp_schema(n.oid)
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(c.oid, 'INSERT, UPDATE, REFERENCES'));
GRANT SELECT ON triggers TO PUBLIC;

CREATE VIEW udt_privileges AS
SELECT u_grantor.rolname::sql_identifier AS grantor, grantee.rolname::sql_identifier AS grantee,
       current_database()::sql_identifier AS udt_catalog, n.nspname::sql_identifier AS udt_schema,
       x.name::sql_identifier AS udt_name, x.prtype::character_data AS privilege_type,
       (CASE WHEN pg_has_role(x.grantee, x.owner, 'USAGE') OR x.grantable THEN 'YES' ELSE 'NO'
           END)::yes_or_no AS is_grantable
FROM (SELECT t.typname AS name, t.typnamespace AS nsp, t.typowner AS owner, e.grantor, e.grantee,
             'TYPE USAGE' AS prtype, e.grantable
      FROM pg_type t, aclexplode(coalesce(t.typacl, acldefault('T', t.typowner)))
          e (grantor, grantee, prtype, grantable)
      WHERE t.typtype = 'c' AND e.prtype = 'USAGE') x,
     pg_namespace n, pg_authid u_grantor,
     (SELECT oid, rolname FROM pg_authid
      UNION ALL SELECT 0::oid, 'PUBLIC') grantee (oid, rolname)
WHERE n.oid = x.nsp AND grantee.oid = x.grantee AND u_grantor.oid = x.grantor
  AND (pg_has_role(u_grantor.oid, 'USAGE') OR pg_has_role(grantee.oid, 'USAGE')
       OR grantee.rolname = 'PUBLIC');
GRANT SELECT ON udt_privileges TO PUBLIC;

CREATE VIEW role_udt_grants AS
SELECT grantor, grantee, udt_catalog, udt_schema, udt_name, privilege_type, is_grantable
FROM udt_privileges
WHERE grantor IN (SELECT role_name FROM enabled_roles)
   OR grantee IN (SELECT role_name FROM enabled_roles);
GRANT SELECT ON role_udt_grants TO PUBLIC;

CREATE VIEW usage_privileges AS
-- collations have no ACL: everybody may use them
SELECT u.rolname::sql_identifier AS grantor, 'PUBLIC'::sql_identifier AS grantee,
       current_database()::sql_identifier AS object_catalog,
       n.nspname::sql_identifier AS object_schema, c.collname::sql_identifier AS object_name,
       'COLLATION'::character_data AS object_type, 'USAGE'::character_data AS privilege_type,
       'NO'::yes_or_no AS is_grantable
FROM pg_authid u, pg_namespace n, pg_collation c
WHERE u.oid = c.collowner AND c.collnamespace = n.oid
  AND c.collencoding IN (-1, (SELECT encoding FROM pg_database
                              WHERE datname = current_database()))
UNION ALL
SELECT u_grantor.rolname::sql_identifier, grantee.rolname::sql_identifier,
       current_database()::sql_identifier, x.schema::sql_identifier, x.name::sql_identifier,
       x.kind::character_data, 'USAGE'::character_data,
       (CASE WHEN pg_has_role(x.grantee, x.owner, 'USAGE') OR x.grantable
             THEN 'YES' ELSE 'NO' END)::yes_or_no
FROM (SELECT t.typname AS name, n.nspname AS schema, 'DOMAIN' AS kind, t.typowner AS owner, e.*
      FROM pg_type t, pg_namespace n, aclexplode(coalesce(t.typacl, acldefault('T', t.typowner)))
          e (grantor, grantee, prtype, grantable)
      WHERE t.typnamespace = n.oid AND t.typtype = 'd'
      UNION ALL
      SELECT f.fdwname, '', 'FOREIGN DATA WRAPPER', f.fdwowner, e.*
      FROM pg_foreign_data_wrapper f, aclexplode(coalesce(f.fdwacl, acldefault('F', f.fdwowner)))
          e (grantor, grantee, prtype, grantable)
      UNION ALL
      SELECT s.srvname, '', 'FOREIGN SERVER', s.srvowner, e.*
      FROM pg_foreign_server s, aclexplode(coalesce(s.srvacl, acldefault('S', s.srvowner)))
          e (grantor, grantee, prtype, grantable)
      UNION ALL
      SELECT c.relname, n.nspname, 'SEQUENCE', c.relowner, e.*
      FROM pg_class c, pg_namespace n, aclexplode(coalesce(c.relacl, acldefault('r', c.relowner)))
          e (grantor, grantee, prtype, grantable)
      WHERE c.relnamespace = n.oid AND c.relkind = 'S') x,
     pg_authid u_grantor,
     (SELECT oid, rolname FROM pg_authid
      UNION ALL SELECT 0::oid, 'PUBLIC') grantee (oid, rolname)
WHERE grantee.oid = x.grantee AND u_grantor.oid = x.grantor AND x.prtype = 'USAGE'
  AND (pg_has_role(u_grantor.oid, 'USAGE') OR pg_has_role(grantee.oid, 'USAGE')
       OR grantee.rolname = 'PUBLIC');
GRANT SELECT ON usage_privileges TO PUBLIC;

CREATE VIEW role_usage_grants AS
SELECT grantor, grantee, object_catalog, object_schema, object_name, object_type, privilege_type,
       is_grantable
FROM usage_privileges
WHERE grantor IN (SELECT role_name FROM enabled_roles)
   OR grantee IN (SELECT role_name FROM enabled_roles);
GRANT SELECT ON role_usage_grants TO PUBLIC;

CREATE VIEW user_defined_types AS
SELECT current_database()::sql_identifier AS user_defined_type_catalog,
       n.nspname::sql_identifier AS user_defined_type_schema,
       c.relname::sql_identifier AS user_defined_type_name,
       'STRUCTURED'::character_data AS user_defined_type_category,
       'YES'::yes_or_no AS is_instantiable, NULL::yes_or_no AS is_final,
       NULL::character_data AS ordering_form, NULL::character_data AS ordering_category,
       NULL::sql_identifier AS ordering_routine_catalog,
       NULL::sql_identifier AS ordering_routine_schema,
       NULL::sql_identifier AS ordering_routine_name, NULL::character_data AS reference_type,
       NULL::character_data AS data_type, NULL::cardinal_number AS character_maximum_length,
       NULL::cardinal_number AS character_octet_length,
       NULL::sql_identifier AS character_set_catalog, NULL::sql_identifier AS
           character_set_schema, NULL::sql_identifier AS character_set_name,
       NULL::sql_identifier AS collation_catalog, NULL::sql_identifier AS collation_schema,
       NULL::sql_identifier AS collation_name, NULL::cardinal_number AS numeric_precision,
       NULL::cardinal_number AS numeric_precision_radix, NULL::cardinal_number AS numeric_scale,
       NULL::cardinal_number AS datetime_precision, NULL::character_data AS interval_type,
       NULL::cardinal_number AS interval_precision, NULL::sql_identifier AS source_dtd_identifier,
       NULL::sql_identifier AS ref_dtd_identifier
FROM pg_namespace n, pg_class c, pg_type t
WHERE n.oid = c.relnamespace AND t.typrelid = c.oid AND c.relkind = 'c'
  AND (pg_has_role(t.typowner, 'USAGE') OR has_type_privilege(t.oid, 'USAGE'));
GRANT SELECT ON user_defined_types TO PUBLIC;

CREATE VIEW view_column_usage AS
SELECT DISTINCT current_database()::sql_identifier AS view_catalog,
       nv.nspname::sql_identifier AS view_schema, v.relname::sql_identifier AS view_name,
       current_database()::sql_identifier AS table_catalog,
       nt.nspname::sql_identifier AS table_schema, t.relname::sql_identifier AS table_name,
       a.attname::sql_identifier AS column_name
FROM pg_class v
JOIN pg_namespace nv ON nv.oid = v.relnamespace
JOIN pg_depend dv ON dv.refclassid = 'pg_catalog.pg_class'::regclass AND dv.refobjid = v.oid
    AND dv.classid = 'pg_catalog.pg_rewrite'::regclass AND dv.deptype = 'i'
JOIN pg_depend dt ON dt.classid = 'pg_catalog.pg_rewrite'::regclass AND dt.objid = dv.objid
    AND dt.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_class t ON t.oid = dt.refobjid AND t.oid <> v.oid
JOIN pg_namespace nt ON nt.oid = t.relnamespace
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = dt.refobjsubid
WHERE v.relkind = 'v' AND t.relkind IN ('r', 'v', 'f', 'p') AND pg_has_role(t.relowner, 'USAGE');
GRANT SELECT ON view_column_usage TO PUBLIC;

CREATE VIEW view_routine_usage AS
SELECT DISTINCT current_database()::sql_identifier AS table_catalog,
       nv.nspname::sql_identifier AS table_schema, v.relname::sql_identifier AS table_name,
       current_database()::sql_identifier AS specific_catalog,
       np.nspname::sql_identifier AS specific_schema,
       nameconcatoid(p.proname, p.oid)::sql_identifier AS specific_name
FROM pg_class v
JOIN pg_namespace nv ON nv.oid = v.relnamespace
JOIN pg_depend dv ON dv.refclassid = 'pg_catalog.pg_class'::regclass AND dv.refobjid = v.oid
    AND dv.classid = 'pg_catalog.pg_rewrite'::regclass AND dv.deptype = 'i'
JOIN pg_depend dt ON dt.classid = 'pg_catalog.pg_rewrite'::regclass AND dt.objid = dv.objid
    AND dt.refclassid = 'pg_catalog.pg_proc'::regclass
JOIN pg_proc p ON p.oid = dt.refobjid
JOIN pg_namespace np ON np.oid = p.pronamespace
WHERE v.relkind = 'v' AND pg_has_role(p.proowner, 'USAGE');
GRANT SELECT ON view_routine_usage TO PUBLIC;

CREATE VIEW view_table_usage AS
SELECT DISTINCT current_database()::sql_identifier AS view_catalog,
       nv.nspname::sql_identifier AS view_schema, v.relname::sql_identifier AS view_name,
       current_database()::sql_identifier AS table_catalog,
       nt.nspname::sql_identifier AS table_schema, t.relname::sql_identifier AS table_name
FROM pg_class v
JOIN pg_namespace nv ON nv.oid = v.relnamespace
JOIN pg_depend dv ON dv.refclassid = 'pg_catalog.pg_class'::regclass AND dv.refobjid = v.oid
    AND dv.classid = 'pg_catalog.pg_rewrite'::regclass AND dv.deptype = 'i'
JOIN pg_depend dt ON dt.classid = 'pg_catalog.pg_rewrite'::regclass AND dt.objid = dv.objid
    AND dt.refclassid = 'pg_catalog.pg_class'::regclass
JOIN pg_class t ON t.oid = dt.refobjid AND t.oid <> v.oid
JOIN pg_namespace nt ON nt.oid = t.relnamespace
WHERE v.relkind = 'v' AND t.relkind IN ('r', 'v', 'f', 'p') AND pg_has_role(t.relowner, 'USAGE');
GRANT SELECT ON view_table_usage TO PUBLIC;

CREATE VIEW views AS
SELECT current_database()::sql_identifier AS table_catalog,
       nc.nspname::sql_identifier AS table_schema, c.relname::sql_identifier AS table_name,
       (CASE WHEN pg_has_role(c.relowner, 'USAGE') THEN pg_get_viewdef(c.oid) END)::character_data
           AS view_definition,
       (CASE WHEN 'check_option=cascaded' = ANY (c.reloptions) THEN 'CASCADED' WHEN
           'check_option=local' = ANY (c.reloptions) THEN 'LOCAL' ELSE 'NONE' END)::character_data
           AS check_option,
       (CASE WHEN pg_relation_is_updatable(c.oid, false) & 20 = 20 THEN 'YES' ELSE 'NO'
           END)::yes_or_no AS is_updatable,
       (CASE WHEN pg_relation_is_updatable(c.oid, false) & 8 = 8 THEN 'YES' ELSE 'NO'
           END)::yes_or_no AS is_insertable_into,
       (CASE WHEN EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND tgtype & 81 = 81)
           THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_trigger_updatable,
       (CASE WHEN EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND tgtype & 73 = 73)
           THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_trigger_deletable,
       (CASE WHEN EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND tgtype & 69 = 69)
           THEN 'YES' ELSE 'NO' END)::yes_or_no AS is_trigger_insertable_into
FROM pg_namespace nc, pg_class c
WHERE c.relnamespace = nc.oid AND c.relkind = 'v' AND NOT pg_is_other_temp_schema(nc.oid)
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'));
GRANT SELECT ON views TO PUBLIC;

-- what has a data type, and the element types of arrays among it

CREATE VIEW data_type_privileges AS
SELECT current_database()::sql_identifier AS object_catalog, x.objschema AS object_schema,
       x.objname AS object_name, x.objtype::character_data AS object_type,
       x.objdtdid AS dtd_identifier
FROM (SELECT udt_schema, udt_name, 'USER-DEFINED TYPE'::text, dtd_identifier FROM attributes
      UNION ALL
      SELECT table_schema, table_name, 'TABLE'::text, dtd_identifier FROM columns
      UNION ALL
      SELECT domain_schema, domain_name, 'DOMAIN'::text, dtd_identifier FROM domains
      UNION ALL
      SELECT specific_schema, specific_name, 'ROUTINE'::text, dtd_identifier FROM parameters
      UNION ALL
      SELECT specific_schema, specific_name, 'ROUTINE'::text, dtd_identifier FROM routines
     ) x (objschema, objname, objtype, objdtdid);
GRANT SELECT ON data_type_privileges TO PUBLIC;

CREATE VIEW element_types AS
SELECT current_database()::sql_identifier AS object_catalog,
       n.nspname::sql_identifier AS object_schema, x.objname AS object_name,
       x.objtype::character_data AS object_type,
       x.objdtdid::sql_identifier AS collection_type_identifier,
       (CASE WHEN nbt.nspname = 'pg_catalog' THEN format_type(bt.oid, NULL) ELSE 'USER-DEFINED'
           END)::character_data AS data_type, NULL::cardinal_number AS character_maximum_length,
       NULL::cardinal_number AS character_octet_length,
       NULL::sql_identifier AS character_set_catalog, NULL::sql_identifier AS
           character_set_schema, NULL::sql_identifier AS character_set_name,
       (CASE WHEN nco.nspname IS NOT NULL THEN current_database() END)::sql_identifier AS
           collation_catalog, nco.nspname::sql_identifier AS collation_schema,
       co.collname::sql_identifier AS collation_name, NULL::cardinal_number AS numeric_precision,
       NULL::cardinal_number AS numeric_precision_radix, NULL::cardinal_number AS numeric_scale,
       NULL::cardinal_number AS datetime_precision, NULL::character_data AS interval_type,
       NULL::cardinal_number AS interval_precision, NULL::character_data AS domain_default,
       current_database()::sql_identifier AS udt_catalog,
       nbt.nspname::sql_identifier AS udt_schema, bt.typname::sql_identifier AS udt_name,
       NULL::sql_identifier AS scope_catalog, NULL::sql_identifier AS scope_schema,
       NULL::sql_identifier AS scope_name, NULL::cardinal_number AS maximum_cardinality,
       ('a' || x.objdtdid::text)::sql_identifier AS dtd_identifier
FROM pg_namespace n, pg_type at, pg_namespace nbt, pg_type bt,
     (SELECT c.relnamespace, c.relname::sql_identifier,
             CASE WHEN c.relkind = 'c' THEN 'USER-DEFINED TYPE'::text ELSE 'TABLE'::text END,
             a.attnum, a.atttypid, a.attcollation
      FROM pg_class c, pg_attribute a
      WHERE c.oid = a.attrelid AND c.relkind IN ('r', 'v', 'f', 'c', 'p') AND a.attnum > 0
        AND NOT a.attisdropped
      UNION ALL
      SELECT t.typnamespace, t.typname::sql_identifier, 'DOMAIN'::text, 1, t.typbasetype,
             t.typcollation
      FROM pg_type t WHERE t.typtype = 'd'
      UNION ALL
      SELECT p.pronamespace, nameconcatoid(p.proname, p.oid)::sql_identifier, 'ROUTINE'::text,
             (p.x).n, (p.x).x, 0
      FROM (SELECT q.pronamespace, q.proname, q.oid,
                   _pg_expandarray(coalesce(q.proallargtypes, q.proargtypes::oid[])) AS x
            FROM pg_proc q) p
      UNION ALL
      SELECT p.pronamespace, nameconcatoid(p.proname, p.oid)::sql_identifier, 'ROUTINE'::text, 0,
             p.prorettype, 0
      FROM pg_proc p
     ) x (objschema, objname, objtype, objdtdid, objtypeid, objcollation)
LEFT JOIN (pg_collation co JOIN pg_namespace nco ON nco.oid = co.collnamespace)
    ON x.objcollation = co.oid AND (nco.nspname <> 'pg_catalog' OR co.collname <> 'default')
WHERE n.oid = x.objschema AND at.oid = x.objtypeid AND at.typelem <> 0 AND at.typlen = -1
  AND at.typelem = bt.oid AND nbt.oid = bt.typnamespace
  AND (n.nspname, x.objname, x.objtype, x.objdtdid::sql_identifier) IN
      (SELECT object_schema, object_name, object_type, dtd_identifier
       FROM data_type_privileges);
GRANT SELECT ON element_types TO PUBLIC;

-- foreign data: the underscored views hold what the others show

CREATE VIEW _pg_foreign_table_columns AS
SELECT n.nspname, c.relname, a.attname, a.attfdwoptions
FROM pg_foreign_table t, pg_authid u, pg_namespace n, pg_class c, pg_attribute a
WHERE u.oid = c.relowner
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_column_privilege(c.oid, a.attnum, 'SELECT, INSERT, UPDATE, REFERENCES'))
  AND n.oid = c.relnamespace AND c.oid = t.ftrelid AND c.relkind = 'f' AND a.attrelid = c.oid
  AND a.attnum > 0;

CREATE VIEW column_options AS
SELECT current_database()::sql_identifier AS table_catalog, c.nspname::sql_identifier AS table_schema,
       c.relname::sql_identifier AS table_name, c.attname::sql_identifier AS column_name,
       o.option_name::sql_identifier AS option_name, o.option_value::character_data AS option_value
FROM _pg_foreign_table_columns c, pg_options_to_table(c.attfdwoptions) o;
GRANT SELECT ON column_options TO PUBLIC;

CREATE VIEW _pg_foreign_data_wrappers AS
SELECT w.oid, w.fdwowner, w.fdwoptions,
       current_database()::sql_identifier AS foreign_data_wrapper_catalog,
       w.fdwname::sql_identifier AS foreign_data_wrapper_name,
       u.rolname::sql_identifier AS authorization_identifier,
       'c'::character_data AS foreign_data_wrapper_language
FROM pg_foreign_data_wrapper w, pg_authid u
WHERE u.oid = w.fdwowner
  AND (pg_has_role(w.fdwowner, 'USAGE') OR has_foreign_data_wrapper_privilege(w.oid, 'USAGE'));

CREATE VIEW foreign_data_wrapper_options AS
SELECT foreign_data_wrapper_catalog, foreign_data_wrapper_name,
       o.option_name::sql_identifier AS option_name, o.option_value::character_data AS option_value
FROM _pg_foreign_data_wrappers, pg_options_to_table(fdwoptions) o;
GRANT SELECT ON foreign_data_wrapper_options TO PUBLIC;

CREATE VIEW foreign_data_wrappers AS
SELECT foreign_data_wrapper_catalog, foreign_data_wrapper_name, authorization_identifier,
       NULL::character_data AS library_name, foreign_data_wrapper_language
FROM _pg_foreign_data_wrappers;
GRANT SELECT ON foreign_data_wrappers TO PUBLIC;

CREATE VIEW _pg_foreign_servers AS
SELECT s.oid, s.srvoptions, current_database()::sql_identifier AS foreign_server_catalog,
       s.srvname::sql_identifier AS foreign_server_name,
       current_database()::sql_identifier AS foreign_data_wrapper_catalog,
       w.fdwname::sql_identifier AS foreign_data_wrapper_name,
       s.srvtype::character_data AS foreign_server_type,
       s.srvversion::character_data AS foreign_server_version,
       u.rolname::sql_identifier AS authorization_identifier
FROM pg_foreign_server s, pg_foreign_data_wrapper w, pg_authid u
WHERE w.oid = s.srvfdw AND u.oid = s.srvowner
  AND (pg_has_role(s.srvowner, 'USAGE') OR has_server_privilege(s.oid, 'USAGE'));

CREATE VIEW foreign_server_options AS
SELECT foreign_server_catalog, foreign_server_name,
       o.option_name::sql_identifier AS option_name, o.option_value::character_data AS option_value
FROM _pg_foreign_servers, pg_options_to_table(srvoptions) o;
GRANT SELECT ON foreign_server_options TO PUBLIC;

CREATE VIEW foreign_servers AS
SELECT foreign_server_catalog, foreign_server_name, foreign_data_wrapper_catalog,
       foreign_data_wrapper_name, foreign_server_type, foreign_server_version,
       authorization_identifier
FROM _pg_foreign_servers;
GRANT SELECT ON foreign_servers TO PUBLIC;

CREATE VIEW _pg_foreign_tables AS
SELECT current_database()::sql_identifier AS foreign_table_catalog,
       n.nspname::sql_identifier AS foreign_table_schema,
       c.relname::sql_identifier AS foreign_table_name, t.ftoptions,
       current_database()::sql_identifier AS foreign_server_catalog,
       s.srvname::sql_identifier AS foreign_server_name,
       u.rolname::sql_identifier AS authorization_identifier
FROM pg_foreign_table t, pg_foreign_server s, pg_foreign_data_wrapper w, pg_authid u,
     pg_namespace n, pg_class c
WHERE w.oid = s.srvfdw AND u.oid = c.relowner
  AND (pg_has_role(c.relowner, 'USAGE')
       OR has_table_privilege(c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
       OR has_any_column_privilege(c.oid, 'SELECT, INSERT, UPDATE, REFERENCES'))
  AND n.oid = c.relnamespace AND c.oid = t.ftrelid AND c.relkind = 'f' AND s.oid = t.ftserver;

CREATE VIEW foreign_table_options AS
SELECT foreign_table_catalog, foreign_table_schema, foreign_table_name,
       o.option_name::sql_identifier AS option_name, o.option_value::character_data AS option_value
FROM _pg_foreign_tables, pg_options_to_table(ftoptions) o;
GRANT SELECT ON foreign_table_options TO PUBLIC;

CREATE VIEW foreign_tables AS
SELECT foreign_table_catalog, foreign_table_schema, foreign_table_name, foreign_server_catalog,
       foreign_server_name
FROM _pg_foreign_tables;
GRANT SELECT ON foreign_tables TO PUBLIC;

CREATE VIEW _pg_user_mappings AS
SELECT um.oid, um.umoptions, um.umuser,
       coalesce(u.rolname, 'PUBLIC')::sql_identifier AS authorization_identifier,
       s.foreign_server_catalog, s.foreign_server_name, s.authorization_identifier AS srvowner
FROM pg_user_mapping um
LEFT JOIN pg_authid u ON u.oid = um.umuser
JOIN _pg_foreign_servers s ON s.oid = um.umserver;

CREATE VIEW user_mapping_options AS
SELECT um.authorization_identifier, um.foreign_server_catalog, um.foreign_server_name,
       o.option_name::sql_identifier AS option_name,
       (CASE WHEN (um.umuser <> 0 AND um.authorization_identifier = current_user)
              OR (um.umuser = 0 AND pg_has_role(um.srvowner::name, 'USAGE'))
              OR (SELECT rolsuper FROM pg_authid WHERE rolname = current_user)
             THEN o.option_value END)::character_data AS option_value
FROM _pg_user_mappings um, pg_options_to_table(um.umoptions) o;
GRANT SELECT ON user_mapping_options TO PUBLIC;

CREATE VIEW user_mappings AS
SELECT authorization_identifier, foreign_server_catalog, foreign_server_name
FROM _pg_user_mappings;
GRANT SELECT ON user_mappings TO PUBLIC;
