CREATE FUNCTION @extschema@.blhandler(internal) RETURNS index_am_handler AS '$libdir/bloom', 'blhandler' LANGUAGE C VOLATILE;
CREATE ACCESS METHOD bloom TYPE INDEX HANDLER @extschema@.blhandler;
COMMENT ON ACCESS METHOD bloom IS 'bloom index access method';
CREATE OPERATOR CLASS @extschema@.int4_ops DEFAULT FOR TYPE int4 USING bloom AS
    OPERATOR 1 pg_catalog.= (int4, int4),
    FUNCTION 1 pg_catalog.hashint4(int4);
CREATE OPERATOR CLASS @extschema@.text_ops DEFAULT FOR TYPE text USING bloom AS
    OPERATOR 1 pg_catalog.= (text, text),
    FUNCTION 1 pg_catalog.hashtext(text);
