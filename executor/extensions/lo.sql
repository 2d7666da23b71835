CREATE DOMAIN @extschema@.lo AS oid;
CREATE FUNCTION @extschema@.lo_oid(@extschema@.lo) RETURNS oid AS $$SELECT $1::pg_catalog.oid$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lo_manage() RETURNS trigger AS '$libdir/lo', 'lo_manage' LANGUAGE C VOLATILE;
