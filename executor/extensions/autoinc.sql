CREATE FUNCTION @extschema@.autoinc() RETURNS trigger AS '$libdir/autoinc', 'autoinc' LANGUAGE C VOLATILE;
