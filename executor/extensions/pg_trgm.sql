CREATE FUNCTION @extschema@.set_limit(float4) RETURNS float4 AS '$libdir/pg_trgm', 'set_limit' LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED;
CREATE FUNCTION @extschema@.show_limit() RETURNS float4 AS '$libdir/pg_trgm', 'show_limit' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.show_trgm(text) RETURNS text[] AS '$libdir/pg_trgm', 'show_trgm' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.similarity(text, text) RETURNS float4 AS '$libdir/pg_trgm', 'similarity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.similarity_op(text, text) RETURNS bool AS '$libdir/pg_trgm', 'similarity_op' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.word_similarity(text, text) RETURNS float4 AS '$libdir/pg_trgm', 'word_similarity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.word_similarity_op(text, text) RETURNS bool AS '$libdir/pg_trgm', 'word_similarity_op' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.word_similarity_commutator_op(text, text) RETURNS bool AS '$libdir/pg_trgm', 'word_similarity_commutator_op' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.similarity_dist(text, text) RETURNS float4 AS '$libdir/pg_trgm', 'similarity_dist' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.word_similarity_dist_op(text, text) RETURNS float4 AS '$libdir/pg_trgm', 'word_similarity_dist_op' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.word_similarity_dist_commutator_op(text, text) RETURNS float4 AS '$libdir/pg_trgm', 'word_similarity_dist_commutator_op' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.strict_word_similarity(text, text) RETURNS float4 AS '$libdir/pg_trgm', 'strict_word_similarity' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.strict_word_similarity_op(text, text) RETURNS bool AS '$libdir/pg_trgm', 'strict_word_similarity_op' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.strict_word_similarity_commutator_op(text, text) RETURNS bool AS '$libdir/pg_trgm', 'strict_word_similarity_commutator_op' LANGUAGE C STABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.strict_word_similarity_dist_op(text, text) RETURNS float4 AS '$libdir/pg_trgm', 'strict_word_similarity_dist_op' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.strict_word_similarity_dist_commutator_op(text, text) RETURNS float4 AS '$libdir/pg_trgm', 'strict_word_similarity_dist_commutator_op' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.% (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.similarity_op, COMMUTATOR = OPERATOR(@extschema@.%), RESTRICT = matchingsel, JOIN = matchingjoinsel);
CREATE OPERATOR @extschema@.<% (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.word_similarity_op, COMMUTATOR = OPERATOR(@extschema@.%>), RESTRICT = matchingsel, JOIN = matchingjoinsel);
CREATE OPERATOR @extschema@.%> (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.word_similarity_commutator_op, COMMUTATOR = OPERATOR(@extschema@.<%), RESTRICT = matchingsel, JOIN = matchingjoinsel);
CREATE OPERATOR @extschema@.<<% (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.strict_word_similarity_op, COMMUTATOR = OPERATOR(@extschema@.%>>), RESTRICT = matchingsel, JOIN = matchingjoinsel);
CREATE OPERATOR @extschema@.%>> (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.strict_word_similarity_commutator_op, COMMUTATOR = OPERATOR(@extschema@.<<%), RESTRICT = matchingsel, JOIN = matchingjoinsel);
CREATE OPERATOR @extschema@.<-> (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.similarity_dist, COMMUTATOR = OPERATOR(@extschema@.<->));
CREATE OPERATOR @extschema@.<<-> (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.word_similarity_dist_op, COMMUTATOR = OPERATOR(@extschema@.<->>));
CREATE OPERATOR @extschema@.<->> (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.word_similarity_dist_commutator_op, COMMUTATOR = OPERATOR(@extschema@.<<->));
CREATE OPERATOR @extschema@.<<<-> (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.strict_word_similarity_dist_op, COMMUTATOR = OPERATOR(@extschema@.<->>>));
CREATE OPERATOR @extschema@.<->>> (LEFTARG = text, RIGHTARG = text, PROCEDURE = @extschema@.strict_word_similarity_dist_commutator_op, COMMUTATOR = OPERATOR(@extschema@.<<<->));
CREATE OPERATOR CLASS @extschema@.gist_trgm_ops FOR TYPE text USING gist AS
    OPERATOR 1 @extschema@.% (text, text),
    OPERATOR 2 @extschema@.<-> (text, text) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 3 pg_catalog.~~ (text, text),
    OPERATOR 4 pg_catalog.~~* (text, text),
    OPERATOR 5 pg_catalog.~ (text, text),
    OPERATOR 6 pg_catalog.~* (text, text),
    OPERATOR 7 @extschema@.%> (text, text),
    OPERATOR 8 @extschema@.<->> (text, text) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 9 @extschema@.%>> (text, text),
    OPERATOR 10 @extschema@.<->>> (text, text) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 11 pg_catalog.= (text, text);
CREATE OPERATOR CLASS @extschema@.gin_trgm_ops FOR TYPE text USING gin AS
    OPERATOR 1 @extschema@.% (text, text),
    OPERATOR 3 pg_catalog.~~ (text, text),
    OPERATOR 4 pg_catalog.~~* (text, text),
    OPERATOR 5 pg_catalog.~ (text, text),
    OPERATOR 6 pg_catalog.~* (text, text),
    OPERATOR 7 @extschema@.%> (text, text),
    OPERATOR 9 @extschema@.%>> (text, text),
    OPERATOR 11 pg_catalog.= (text, text);
