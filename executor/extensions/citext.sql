CREATE TYPE @extschema@.citext;
CREATE FUNCTION @extschema@.citextin(cstring) RETURNS @extschema@.citext AS '$libdir/citext', 'citextin' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citextout(@extschema@.citext) RETURNS cstring AS '$libdir/citext', 'citextout' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citextrecv(internal) RETURNS @extschema@.citext AS '$libdir/citext', 'citextrecv' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citextsend(@extschema@.citext) RETURNS bytea AS '$libdir/citext', 'citextsend' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.citext (INPUT = @extschema@.citextin, OUTPUT = @extschema@.citextout, RECEIVE = @extschema@.citextrecv, SEND = @extschema@.citextsend, INTERNALLENGTH = VARIABLE, STORAGE = extended, CATEGORY = 'S', PREFERRED = false, COLLATABLE = true);
CREATE FUNCTION @extschema@.citext(bpchar) RETURNS @extschema@.citext AS 'rtrim1' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext(boolean) RETURNS @extschema@.citext AS 'booltext' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext(inet) RETURNS @extschema@.citext AS 'network_show' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE CAST (@extschema@.citext AS text) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (@extschema@.citext AS varchar) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (@extschema@.citext AS bpchar) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (text AS @extschema@.citext) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (varchar AS @extschema@.citext) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (bpchar AS @extschema@.citext) WITH FUNCTION @extschema@.citext(bpchar) AS ASSIGNMENT;
CREATE CAST (boolean AS @extschema@.citext) WITH FUNCTION @extschema@.citext(boolean) AS ASSIGNMENT;
CREATE CAST (inet AS @extschema@.citext) WITH FUNCTION @extschema@.citext(inet) AS ASSIGNMENT;
CREATE FUNCTION @extschema@.citext_eq(@extschema@.citext, @extschema@.citext) RETURNS bool AS '$libdir/citext', 'citext_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext_ne(@extschema@.citext, @extschema@.citext) RETURNS bool AS '$libdir/citext', 'citext_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext_lt(@extschema@.citext, @extschema@.citext) RETURNS bool AS '$libdir/citext', 'citext_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext_le(@extschema@.citext, @extschema@.citext) RETURNS bool AS '$libdir/citext', 'citext_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext_ge(@extschema@.citext, @extschema@.citext) RETURNS bool AS '$libdir/citext', 'citext_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext_gt(@extschema@.citext, @extschema@.citext) RETURNS bool AS '$libdir/citext', 'citext_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.= (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.citext_eq, COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = eqsel, JOIN = eqjoinsel, HASHES, MERGES);
CREATE OPERATOR @extschema@.<> (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.citext_ne, COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=), RESTRICT = neqsel, JOIN = neqjoinsel);
CREATE OPERATOR @extschema@.< (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.citext_lt, COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=), RESTRICT = scalarltsel, JOIN = scalarltjoinsel);
CREATE OPERATOR @extschema@.<= (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.citext_le, COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>), RESTRICT = scalarlesel, JOIN = scalarlejoinsel);
CREATE OPERATOR @extschema@.>= (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.citext_ge, COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<), RESTRICT = scalargesel, JOIN = scalargejoinsel);
CREATE OPERATOR @extschema@.> (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.citext_gt, COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=), RESTRICT = scalargtsel, JOIN = scalargtjoinsel);
CREATE FUNCTION @extschema@.citext_cmp(@extschema@.citext, @extschema@.citext) RETURNS int4 AS '$libdir/citext', 'citext_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext_hash(@extschema@.citext) RETURNS int4 AS '$libdir/citext', 'citext_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext_hash_extended(@extschema@.citext, int8) RETURNS int8 AS '$libdir/citext', 'citext_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR CLASS @extschema@.citext_ops DEFAULT FOR TYPE @extschema@.citext USING btree AS
    OPERATOR 1 @extschema@.< (@extschema@.citext, @extschema@.citext),
    OPERATOR 2 @extschema@.<= (@extschema@.citext, @extschema@.citext),
    OPERATOR 3 @extschema@.= (@extschema@.citext, @extschema@.citext),
    OPERATOR 4 @extschema@.>= (@extschema@.citext, @extschema@.citext),
    OPERATOR 5 @extschema@.> (@extschema@.citext, @extschema@.citext),
    FUNCTION 1 @extschema@.citext_cmp(@extschema@.citext, @extschema@.citext);
CREATE OPERATOR CLASS @extschema@.citext_ops DEFAULT FOR TYPE @extschema@.citext USING hash AS
    OPERATOR 1 @extschema@.= (@extschema@.citext, @extschema@.citext),
    FUNCTION 1 @extschema@.citext_hash(@extschema@.citext),
    FUNCTION 2 @extschema@.citext_hash_extended(@extschema@.citext, int8);
CREATE FUNCTION @extschema@.citext_smaller(@extschema@.citext, @extschema@.citext) RETURNS @extschema@.citext AS '$libdir/citext', 'citext_smaller' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.citext_larger(@extschema@.citext, @extschema@.citext) RETURNS @extschema@.citext AS '$libdir/citext', 'citext_larger' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE AGGREGATE @extschema@.min(@extschema@.citext) (SFUNC = @extschema@.citext_smaller, STYPE = @extschema@.citext, SORTOP = OPERATOR(@extschema@.<), PARALLEL = SAFE, COMBINEFUNC = @extschema@.citext_smaller);
CREATE AGGREGATE @extschema@.max(@extschema@.citext) (SFUNC = @extschema@.citext_larger, STYPE = @extschema@.citext, SORTOP = OPERATOR(@extschema@.>), PARALLEL = SAFE, COMBINEFUNC = @extschema@.citext_larger);
CREATE FUNCTION @extschema@.texticlike(@extschema@.citext, @extschema@.citext) RETURNS bool AS 'texticlike' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.texticlike(@extschema@.citext, text) RETURNS bool AS 'texticlike' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.texticnlike(@extschema@.citext, @extschema@.citext) RETURNS bool AS 'texticnlike' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.texticnlike(@extschema@.citext, text) RETURNS bool AS 'texticnlike' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.texticregexeq(@extschema@.citext, @extschema@.citext) RETURNS bool AS 'texticregexeq' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.texticregexeq(@extschema@.citext, text) RETURNS bool AS 'texticregexeq' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.texticregexne(@extschema@.citext, @extschema@.citext) RETURNS bool AS 'texticregexne' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.texticregexne(@extschema@.citext, text) RETURNS bool AS 'texticregexne' LANGUAGE internal IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.~ (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.texticregexeq, NEGATOR = OPERATOR(@extschema@.!~), RESTRICT = icregexeqsel, JOIN = icregexeqjoinsel);
CREATE OPERATOR @extschema@.~ (LEFTARG = @extschema@.citext, RIGHTARG = text, PROCEDURE = @extschema@.texticregexeq, NEGATOR = OPERATOR(@extschema@.!~), RESTRICT = icregexeqsel, JOIN = icregexeqjoinsel);
CREATE OPERATOR @extschema@.~* (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.texticregexeq, NEGATOR = OPERATOR(@extschema@.!~*), RESTRICT = icregexeqsel, JOIN = icregexeqjoinsel);
CREATE OPERATOR @extschema@.~* (LEFTARG = @extschema@.citext, RIGHTARG = text, PROCEDURE = @extschema@.texticregexeq, NEGATOR = OPERATOR(@extschema@.!~*), RESTRICT = icregexeqsel, JOIN = icregexeqjoinsel);
CREATE OPERATOR @extschema@.!~ (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.texticregexne, NEGATOR = OPERATOR(@extschema@.~), RESTRICT = icregexnesel, JOIN = icregexnejoinsel);
CREATE OPERATOR @extschema@.!~ (LEFTARG = @extschema@.citext, RIGHTARG = text, PROCEDURE = @extschema@.texticregexne, NEGATOR = OPERATOR(@extschema@.~), RESTRICT = icregexnesel, JOIN = icregexnejoinsel);
CREATE OPERATOR @extschema@.!~* (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.texticregexne, NEGATOR = OPERATOR(@extschema@.~*), RESTRICT = icregexnesel, JOIN = icregexnejoinsel);
CREATE OPERATOR @extschema@.!~* (LEFTARG = @extschema@.citext, RIGHTARG = text, PROCEDURE = @extschema@.texticregexne, NEGATOR = OPERATOR(@extschema@.~*), RESTRICT = icregexnesel, JOIN = icregexnejoinsel);
CREATE OPERATOR @extschema@.~~ (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.texticlike, NEGATOR = OPERATOR(@extschema@.!~~), RESTRICT = iclikesel, JOIN = iclikejoinsel);
CREATE OPERATOR @extschema@.~~ (LEFTARG = @extschema@.citext, RIGHTARG = text, PROCEDURE = @extschema@.texticlike, NEGATOR = OPERATOR(@extschema@.!~~), RESTRICT = iclikesel, JOIN = iclikejoinsel);
CREATE OPERATOR @extschema@.~~* (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.texticlike, NEGATOR = OPERATOR(@extschema@.!~~*), RESTRICT = iclikesel, JOIN = iclikejoinsel);
CREATE OPERATOR @extschema@.~~* (LEFTARG = @extschema@.citext, RIGHTARG = text, PROCEDURE = @extschema@.texticlike, NEGATOR = OPERATOR(@extschema@.!~~*), RESTRICT = iclikesel, JOIN = iclikejoinsel);
CREATE OPERATOR @extschema@.!~~ (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.texticnlike, NEGATOR = OPERATOR(@extschema@.~~), RESTRICT = icnlikesel, JOIN = icnlikejoinsel);
CREATE OPERATOR @extschema@.!~~ (LEFTARG = @extschema@.citext, RIGHTARG = text, PROCEDURE = @extschema@.texticnlike, NEGATOR = OPERATOR(@extschema@.~~), RESTRICT = icnlikesel, JOIN = icnlikejoinsel);
CREATE OPERATOR @extschema@.!~~* (LEFTARG = @extschema@.citext, RIGHTARG = @extschema@.citext, PROCEDURE = @extschema@.texticnlike, NEGATOR = OPERATOR(@extschema@.~~*), RESTRICT = icnlikesel, JOIN = icnlikejoinsel);
CREATE OPERATOR @extschema@.!~~* (LEFTARG = @extschema@.citext, RIGHTARG = text, PROCEDURE = @extschema@.texticnlike, NEGATOR = OPERATOR(@extschema@.~~*), RESTRICT = icnlikesel, JOIN = icnlikejoinsel);
CREATE FUNCTION @extschema@.regexp_match(string @extschema@.citext, pattern @extschema@.citext) RETURNS text[] AS $$ SELECT pg_catalog.regexp_match($1::pg_catalog.text, $2::pg_catalog.text, 'i') $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.regexp_match(string @extschema@.citext, pattern @extschema@.citext, flags text) RETURNS text[] AS $$ SELECT pg_catalog.regexp_match($1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.strpos($3, 'c') = 0 THEN $3 || 'i' ELSE $3 END) $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.regexp_matches(string @extschema@.citext, pattern @extschema@.citext) RETURNS SETOF text[] AS $$ SELECT pg_catalog.regexp_matches($1::pg_catalog.text, $2::pg_catalog.text, 'i') $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE ROWS 1;
CREATE FUNCTION @extschema@.regexp_matches(string @extschema@.citext, pattern @extschema@.citext, flags text) RETURNS SETOF text[] AS $$ SELECT pg_catalog.regexp_matches($1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.strpos($3, 'c') = 0 THEN $3 || 'i' ELSE $3 END) $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE ROWS 10;
CREATE FUNCTION @extschema@.regexp_replace(string @extschema@.citext, pattern @extschema@.citext, replacement text) RETURNS text AS $$ SELECT pg_catalog.regexp_replace($1::pg_catalog.text, $2::pg_catalog.text, $3, 'i') $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.regexp_replace(string @extschema@.citext, pattern @extschema@.citext, replacement text, flags text) RETURNS text AS $$ SELECT pg_catalog.regexp_replace($1::pg_catalog.text, $2::pg_catalog.text, $3, CASE WHEN pg_catalog.strpos($4, 'c') = 0 THEN $4 || 'i' ELSE $4 END) $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.regexp_split_to_array(string @extschema@.citext, pattern @extschema@.citext) RETURNS text[] AS $$ SELECT pg_catalog.regexp_split_to_array($1::pg_catalog.text, $2::pg_catalog.text, 'i') $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.regexp_split_to_array(string @extschema@.citext, pattern @extschema@.citext, flags text) RETURNS text[] AS $$ SELECT pg_catalog.regexp_split_to_array($1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.strpos($3, 'c') = 0 THEN $3 || 'i' ELSE $3 END) $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.regexp_split_to_table(string @extschema@.citext, pattern @extschema@.citext) RETURNS SETOF text AS $$ SELECT pg_catalog.regexp_split_to_table($1::pg_catalog.text, $2::pg_catalog.text, 'i') $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.regexp_split_to_table(string @extschema@.citext, pattern @extschema@.citext, flags text) RETURNS SETOF text AS $$ SELECT pg_catalog.regexp_split_to_table($1::pg_catalog.text, $2::pg_catalog.text, CASE WHEN pg_catalog.strpos($3, 'c') = 0 THEN $3 || 'i' ELSE $3 END) $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.strpos(@extschema@.citext, @extschema@.citext) RETURNS int AS $$ SELECT pg_catalog.strpos(pg_catalog.lower($1::pg_catalog.text), pg_catalog.lower($2::pg_catalog.text)) $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.replace(@extschema@.citext, @extschema@.citext, @extschema@.citext) RETURNS text AS $$ SELECT pg_catalog.regexp_replace($1::pg_catalog.text, pg_catalog.regexp_replace($2::pg_catalog.text, '([^a-zA-Z_0-9])', E'\\\\\\1', 'g'), $3::pg_catalog.text, 'gi') $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.split_part(@extschema@.citext, @extschema@.citext, int) RETURNS text AS $$ SELECT (pg_catalog.regexp_split_to_array($1::pg_catalog.text, pg_catalog.regexp_replace($2::pg_catalog.text, '([^a-zA-Z_0-9])', E'\\\\\\1', 'g'), 'i'))[$3] $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.translate(@extschema@.citext, @extschema@.citext, text) RETURNS text AS $$ SELECT pg_catalog.translate(pg_catalog.translate($1::pg_catalog.text, pg_catalog.lower($2::pg_catalog.text), $3), pg_catalog.upper($2::pg_catalog.text), $3) $$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
