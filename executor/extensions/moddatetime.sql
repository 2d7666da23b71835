CREATE FUNCTION @extschema@.moddatetime() RETURNS trigger AS '$libdir/moddatetime', 'moddatetime' LANGUAGE C VOLATILE;
