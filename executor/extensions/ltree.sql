CREATE TYPE @extschema@.ltree;
CREATE FUNCTION @extschema@.ltree_in(cstring) RETURNS @extschema@.ltree AS '$libdir/ltree', 'ltree_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_out(@extschema@.ltree) RETURNS cstring AS '$libdir/ltree', 'ltree_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_recv(internal) RETURNS @extschema@.ltree AS '$libdir/ltree', 'ltree_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_send(@extschema@.ltree) RETURNS bytea AS '$libdir/ltree', 'ltree_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.ltree (INPUT = @extschema@.ltree_in, OUTPUT = @extschema@.ltree_out, RECEIVE = @extschema@.ltree_recv, SEND = @extschema@.ltree_send, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended);
CREATE FUNCTION @extschema@.ltree_cmp(@extschema@.ltree, @extschema@.ltree) RETURNS int4 AS '$libdir/ltree', 'ltree_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_lt(@extschema@.ltree, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltree_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_le(@extschema@.ltree, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltree_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_eq(@extschema@.ltree, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltree_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_ge(@extschema@.ltree, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltree_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_gt(@extschema@.ltree, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltree_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_ne(@extschema@.ltree, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltree_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.> (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_gt, COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=), RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel);
CREATE OPERATOR @extschema@.>= (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_ge, COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<), RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel);
CREATE OPERATOR @extschema@.< (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_lt, COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=), RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel);
CREATE OPERATOR @extschema@.<= (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_le, COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>), RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel);
CREATE OPERATOR @extschema@.<> (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_ne, COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=), RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel);
CREATE OPERATOR @extschema@.= (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_eq, COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, MERGES);
CREATE FUNCTION @extschema@.subltree(@extschema@.ltree, int4, int4) RETURNS @extschema@.ltree AS '$libdir/ltree', 'subltree' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.subpath(@extschema@.ltree, int4, int4) RETURNS @extschema@.ltree AS '$libdir/ltree', 'subpath' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.subpath(@extschema@.ltree, int4) RETURNS @extschema@.ltree AS '$libdir/ltree', 'subpath' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.index(@extschema@.ltree, @extschema@.ltree) RETURNS int4 AS '$libdir/ltree', 'ltree_index' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.index(@extschema@.ltree, @extschema@.ltree, int4) RETURNS int4 AS '$libdir/ltree', 'ltree_index' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.nlevel(@extschema@.ltree) RETURNS int4 AS '$libdir/ltree', 'nlevel' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree2text(@extschema@.ltree) RETURNS text AS '$libdir/ltree', 'ltree2text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.text2ltree(text) RETURNS @extschema@.ltree AS '$libdir/ltree', 'text2ltree' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree[]) RETURNS @extschema@.ltree AS '$libdir/ltree', '_lca' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'lca' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'lca' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'lca' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'lca' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'lca' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'lca' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lca(@extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'lca' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_isparent(@extschema@.ltree, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltree_isparent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_risparent(@extschema@.ltree, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltree_risparent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_addltree(@extschema@.ltree, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'ltree_addltree' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_addtext(@extschema@.ltree, text) RETURNS @extschema@.ltree AS '$libdir/ltree', 'ltree_addtext' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_textadd(text, @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', 'ltree_textadd' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.<@ (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_risparent, COMMUTATOR = OPERATOR(@extschema@.@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.@> (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_isparent, COMMUTATOR = OPERATOR(@extschema@.<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^<@ (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_risparent, COMMUTATOR = OPERATOR(@extschema@.^@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^@> (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_isparent, COMMUTATOR = OPERATOR(@extschema@.^<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.|| (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_addltree);
CREATE OPERATOR @extschema@.|| (LEFTARG = @extschema@.ltree, RIGHTARG = text, PROCEDURE = @extschema@.ltree_addtext);
CREATE OPERATOR @extschema@.|| (LEFTARG = text, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltree_textadd);
CREATE TYPE @extschema@.lquery;
CREATE FUNCTION @extschema@.lquery_in(cstring) RETURNS @extschema@.lquery AS '$libdir/ltree', 'lquery_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lquery_out(@extschema@.lquery) RETURNS cstring AS '$libdir/ltree', 'lquery_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lquery_recv(internal) RETURNS @extschema@.lquery AS '$libdir/ltree', 'lquery_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lquery_send(@extschema@.lquery) RETURNS bytea AS '$libdir/ltree', 'lquery_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.lquery (INPUT = @extschema@.lquery_in, OUTPUT = @extschema@.lquery_out, RECEIVE = @extschema@.lquery_recv, SEND = @extschema@.lquery_send, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended);
CREATE FUNCTION @extschema@.ltq_regex(@extschema@.ltree, @extschema@.lquery) RETURNS bool AS '$libdir/ltree', 'ltq_regex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltq_rregex(@extschema@.lquery, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltq_rregex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.~ (LEFTARG = @extschema@.lquery, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltq_rregex, COMMUTATOR = OPERATOR(@extschema@.~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.~ (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.lquery, PROCEDURE = @extschema@.ltq_regex, COMMUTATOR = OPERATOR(@extschema@.~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^~ (LEFTARG = @extschema@.lquery, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltq_rregex, COMMUTATOR = OPERATOR(@extschema@.^~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^~ (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.lquery, PROCEDURE = @extschema@.ltq_regex, COMMUTATOR = OPERATOR(@extschema@.^~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE FUNCTION @extschema@.lt_q_regex(@extschema@.ltree, @extschema@.lquery[]) RETURNS bool AS '$libdir/ltree', 'lt_q_regex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.lt_q_rregex(@extschema@.lquery[], @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'lt_q_rregex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.? (LEFTARG = @extschema@.lquery[], RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.lt_q_rregex, COMMUTATOR = OPERATOR(@extschema@.?), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.? (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.lquery[], PROCEDURE = @extschema@.lt_q_regex, COMMUTATOR = OPERATOR(@extschema@.?), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^? (LEFTARG = @extschema@.lquery[], RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.lt_q_rregex, COMMUTATOR = OPERATOR(@extschema@.^?), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^? (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.lquery[], PROCEDURE = @extschema@.lt_q_regex, COMMUTATOR = OPERATOR(@extschema@.^?), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE TYPE @extschema@.ltxtquery;
CREATE FUNCTION @extschema@.ltxtq_in(cstring) RETURNS @extschema@.ltxtquery AS '$libdir/ltree', 'ltxtq_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltxtq_out(@extschema@.ltxtquery) RETURNS cstring AS '$libdir/ltree', 'ltxtq_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltxtq_recv(internal) RETURNS @extschema@.ltxtquery AS '$libdir/ltree', 'ltxtq_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltxtq_send(@extschema@.ltxtquery) RETURNS bytea AS '$libdir/ltree', 'ltxtq_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.ltxtquery (INPUT = @extschema@.ltxtq_in, OUTPUT = @extschema@.ltxtq_out, RECEIVE = @extschema@.ltxtq_recv, SEND = @extschema@.ltxtq_send, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended);
CREATE FUNCTION @extschema@.ltxtq_exec(@extschema@.ltree, @extschema@.ltxtquery) RETURNS bool AS '$libdir/ltree', 'ltxtq_exec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltxtq_rexec(@extschema@.ltxtquery, @extschema@.ltree) RETURNS bool AS '$libdir/ltree', 'ltxtq_rexec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.@ (LEFTARG = @extschema@.ltxtquery, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltxtq_rexec, COMMUTATOR = OPERATOR(@extschema@.@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.@ (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltxtquery, PROCEDURE = @extschema@.ltxtq_exec, COMMUTATOR = OPERATOR(@extschema@.@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^@ (LEFTARG = @extschema@.ltxtquery, RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@.ltxtq_rexec, COMMUTATOR = OPERATOR(@extschema@.^@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^@ (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltxtquery, PROCEDURE = @extschema@.ltxtq_exec, COMMUTATOR = OPERATOR(@extschema@.^@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE TYPE @extschema@.ltree_gist;
CREATE FUNCTION @extschema@.ltree_gist_in(cstring) RETURNS @extschema@.ltree_gist AS '$libdir/ltree', 'ltree_gist_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ltree_gist_out(@extschema@.ltree_gist) RETURNS cstring AS '$libdir/ltree', 'ltree_gist_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.ltree_gist (INPUT = @extschema@.ltree_gist_in, OUTPUT = @extschema@.ltree_gist_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = plain);
CREATE FUNCTION @extschema@._ltree_isparent(@extschema@.ltree[], @extschema@.ltree) RETURNS bool AS '$libdir/ltree', '_ltree_isparent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._ltree_r_isparent(@extschema@.ltree, @extschema@.ltree[]) RETURNS bool AS '$libdir/ltree', '_ltree_r_isparent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._ltree_risparent(@extschema@.ltree[], @extschema@.ltree) RETURNS bool AS '$libdir/ltree', '_ltree_risparent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._ltree_r_risparent(@extschema@.ltree, @extschema@.ltree[]) RETURNS bool AS '$libdir/ltree', '_ltree_r_risparent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._ltq_regex(@extschema@.ltree[], @extschema@.lquery) RETURNS bool AS '$libdir/ltree', '_ltq_regex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._ltq_rregex(@extschema@.lquery, @extschema@.ltree[]) RETURNS bool AS '$libdir/ltree', '_ltq_rregex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._lt_q_regex(@extschema@.ltree[], @extschema@.lquery[]) RETURNS bool AS '$libdir/ltree', '_lt_q_regex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._lt_q_rregex(@extschema@.lquery[], @extschema@.ltree[]) RETURNS bool AS '$libdir/ltree', '_lt_q_rregex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._ltxtq_exec(@extschema@.ltree[], @extschema@.ltxtquery) RETURNS bool AS '$libdir/ltree', '_ltxtq_exec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._ltxtq_rexec(@extschema@.ltxtquery, @extschema@.ltree[]) RETURNS bool AS '$libdir/ltree', '_ltxtq_rexec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.<@ (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._ltree_r_isparent, COMMUTATOR = OPERATOR(@extschema@.@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.@> (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@._ltree_isparent, COMMUTATOR = OPERATOR(@extschema@.<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.@> (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._ltree_r_risparent, COMMUTATOR = OPERATOR(@extschema@.<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.<@ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@._ltree_risparent, COMMUTATOR = OPERATOR(@extschema@.@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.~ (LEFTARG = @extschema@.lquery, RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._ltq_rregex, COMMUTATOR = OPERATOR(@extschema@.~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.~ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.lquery, PROCEDURE = @extschema@._ltq_regex, COMMUTATOR = OPERATOR(@extschema@.~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.? (LEFTARG = @extschema@.lquery[], RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._lt_q_rregex, COMMUTATOR = OPERATOR(@extschema@.?), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.? (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.lquery[], PROCEDURE = @extschema@._lt_q_regex, COMMUTATOR = OPERATOR(@extschema@.?), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.@ (LEFTARG = @extschema@.ltxtquery, RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._ltxtq_rexec, COMMUTATOR = OPERATOR(@extschema@.@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.@ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltxtquery, PROCEDURE = @extschema@._ltxtq_exec, COMMUTATOR = OPERATOR(@extschema@.@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^<@ (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._ltree_r_isparent, COMMUTATOR = OPERATOR(@extschema@.^@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^@> (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@._ltree_isparent, COMMUTATOR = OPERATOR(@extschema@.^<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^@> (LEFTARG = @extschema@.ltree, RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._ltree_r_risparent, COMMUTATOR = OPERATOR(@extschema@.^<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^<@ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@._ltree_risparent, COMMUTATOR = OPERATOR(@extschema@.^@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^~ (LEFTARG = @extschema@.lquery, RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._ltq_rregex, COMMUTATOR = OPERATOR(@extschema@.^~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^~ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.lquery, PROCEDURE = @extschema@._ltq_regex, COMMUTATOR = OPERATOR(@extschema@.^~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^? (LEFTARG = @extschema@.lquery[], RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._lt_q_rregex, COMMUTATOR = OPERATOR(@extschema@.^?), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^? (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.lquery[], PROCEDURE = @extschema@._lt_q_regex, COMMUTATOR = OPERATOR(@extschema@.^?), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^@ (LEFTARG = @extschema@.ltxtquery, RIGHTARG = @extschema@.ltree[], PROCEDURE = @extschema@._ltxtq_rexec, COMMUTATOR = OPERATOR(@extschema@.^@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.^@ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltxtquery, PROCEDURE = @extschema@._ltxtq_exec, COMMUTATOR = OPERATOR(@extschema@.^@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE FUNCTION @extschema@._ltree_extract_isparent(@extschema@.ltree[], @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', '_ltree_extract_isparent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.?@> (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@._ltree_extract_isparent);
CREATE FUNCTION @extschema@._ltree_extract_risparent(@extschema@.ltree[], @extschema@.ltree) RETURNS @extschema@.ltree AS '$libdir/ltree', '_ltree_extract_risparent' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.?<@ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltree, PROCEDURE = @extschema@._ltree_extract_risparent);
CREATE FUNCTION @extschema@._ltq_extract_regex(@extschema@.ltree[], @extschema@.lquery) RETURNS @extschema@.ltree AS '$libdir/ltree', '_ltq_extract_regex' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.?~ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.lquery, PROCEDURE = @extschema@._ltq_extract_regex);
CREATE FUNCTION @extschema@._ltxtq_extract_exec(@extschema@.ltree[], @extschema@.ltxtquery) RETURNS @extschema@.ltree AS '$libdir/ltree', '_ltxtq_extract_exec' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.?@ (LEFTARG = @extschema@.ltree[], RIGHTARG = @extschema@.ltxtquery, PROCEDURE = @extschema@._ltxtq_extract_exec);
CREATE OPERATOR CLASS @extschema@.ltree_ops DEFAULT FOR TYPE @extschema@.ltree USING btree AS
    OPERATOR 1 @extschema@.< (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 2 @extschema@.<= (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 3 @extschema@.= (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 4 @extschema@.>= (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 5 @extschema@.> (@extschema@.ltree, @extschema@.ltree),
    FUNCTION 1 @extschema@.ltree_cmp(@extschema@.ltree, @extschema@.ltree);
CREATE OPERATOR CLASS @extschema@.gist_ltree_ops DEFAULT FOR TYPE @extschema@.ltree USING gist AS
    OPERATOR 1 @extschema@.< (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 2 @extschema@.<= (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 3 @extschema@.= (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 4 @extschema@.>= (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 5 @extschema@.> (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 10 @extschema@.@> (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 11 @extschema@.<@ (@extschema@.ltree, @extschema@.ltree),
    OPERATOR 12 @extschema@.~ (@extschema@.ltree, @extschema@.lquery),
    OPERATOR 14 @extschema@.@ (@extschema@.ltree, @extschema@.ltxtquery),
    OPERATOR 16 @extschema@.? (@extschema@.ltree, @extschema@.lquery[]);
CREATE OPERATOR CLASS @extschema@.gist__ltree_ops DEFAULT FOR TYPE @extschema@.ltree[] USING gist AS
    OPERATOR 10 @extschema@.<@ (@extschema@.ltree[], @extschema@.ltree),
    OPERATOR 12 @extschema@.~ (@extschema@.ltree[], @extschema@.lquery),
    OPERATOR 14 @extschema@.@ (@extschema@.ltree[], @extschema@.ltxtquery),
    OPERATOR 16 @extschema@.? (@extschema@.ltree[], @extschema@.lquery[]);
