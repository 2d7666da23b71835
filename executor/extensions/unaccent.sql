CREATE FUNCTION @extschema@.unaccent(regdictionary, text) RETURNS text AS '$libdir/unaccent', 'unaccent_dict' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.unaccent(text) RETURNS text AS '$libdir/unaccent', 'unaccent_dict' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.unaccent_init(internal) RETURNS internal AS '$libdir/unaccent', 'unaccent_init' LANGUAGE C VOLATILE PARALLEL SAFE;
CREATE FUNCTION @extschema@.unaccent_lexize(internal, internal, internal, internal) RETURNS internal AS '$libdir/unaccent', 'unaccent_lexize' LANGUAGE C VOLATILE PARALLEL SAFE;
CREATE TEXT SEARCH TEMPLATE @extschema@.unaccent (INIT = @extschema@.unaccent_init, LEXIZE = @extschema@.unaccent_lexize);
CREATE TEXT SEARCH DICTIONARY @extschema@.unaccent (TEMPLATE = @extschema@.unaccent, RULES = 'unaccent');
