CREATE FUNCTION @extschema@.insert_username() RETURNS trigger AS '$libdir/insert_username', 'insert_username' LANGUAGE C VOLATILE;
