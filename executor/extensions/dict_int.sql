CREATE FUNCTION @extschema@.dintdict_init(internal) RETURNS internal AS '$libdir/dict_int', 'dintdict_init' LANGUAGE C VOLATILE STRICT;
CREATE FUNCTION @extschema@.dintdict_lexize(internal, internal, internal, internal) RETURNS internal AS '$libdir/dict_int', 'dintdict_lexize' LANGUAGE C VOLATILE STRICT;
CREATE TEXT SEARCH TEMPLATE @extschema@.intdict_template (INIT = @extschema@.dintdict_init, LEXIZE = @extschema@.dintdict_lexize);
CREATE TEXT SEARCH DICTIONARY @extschema@.intdict (TEMPLATE = @extschema@.intdict_template);
COMMENT ON TEXT SEARCH DICTIONARY @extschema@.intdict IS 'dictionary for integers';
