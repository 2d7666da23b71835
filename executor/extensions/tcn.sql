CREATE FUNCTION @extschema@.triggered_change_notification() RETURNS trigger AS '$libdir/tcn', 'triggered_change_notification' LANGUAGE C VOLATILE;
