CREATE FUNCTION @extschema@.levenshtein(text, text) RETURNS int AS '$libdir/fuzzystrmatch', 'levenshtein' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.levenshtein(text, text, int, int, int) RETURNS int AS '$libdir/fuzzystrmatch', 'levenshtein_with_costs' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.levenshtein_less_equal(text, text, int) RETURNS int AS '$libdir/fuzzystrmatch', 'levenshtein_less_equal' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.levenshtein_less_equal(text, text, int, int, int, int) RETURNS int AS '$libdir/fuzzystrmatch', 'levenshtein_less_equal_with_costs' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.soundex(text) RETURNS text AS '$libdir/fuzzystrmatch', 'soundex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.text_soundex(text) RETURNS text AS '$libdir/fuzzystrmatch', 'soundex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.difference(text, text) RETURNS int AS '$libdir/fuzzystrmatch', 'difference' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
