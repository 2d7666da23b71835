CREATE TYPE @extschema@.hstore;
CREATE FUNCTION @extschema@.hstore_in(cstring) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_out(@extschema@.hstore) RETURNS cstring AS '$libdir/hstore', 'hstore_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_recv(internal) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_send(@extschema@.hstore) RETURNS bytea AS '$libdir/hstore', 'hstore_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_subscript_handler(internal) RETURNS internal AS '$libdir/hstore', 'hstore_subscript_handler' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.hstore (INPUT = @extschema@.hstore_in, OUTPUT = @extschema@.hstore_out, RECEIVE = @extschema@.hstore_recv, SEND = @extschema@.hstore_send, SUBSCRIPT = @extschema@.hstore_subscript_handler, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = extended);
CREATE FUNCTION @extschema@.hstore_version_diag(@extschema@.hstore) RETURNS int4 AS '$libdir/hstore', 'hstore_version_diag' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.fetchval(@extschema@.hstore, text) RETURNS text AS '$libdir/hstore', 'hstore_fetchval' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.-> (LEFTARG = @extschema@.hstore, RIGHTARG = text, PROCEDURE = @extschema@.fetchval);
CREATE FUNCTION @extschema@.slice_array(@extschema@.hstore, text[]) RETURNS text[] AS '$libdir/hstore', 'hstore_slice_to_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.-> (LEFTARG = @extschema@.hstore, RIGHTARG = text[], PROCEDURE = @extschema@.slice_array);
CREATE FUNCTION @extschema@.slice(@extschema@.hstore, text[]) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_slice_to_hstore' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.isexists(@extschema@.hstore, text) RETURNS bool AS '$libdir/hstore', 'hstore_exists' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.exist(@extschema@.hstore, text) RETURNS bool AS '$libdir/hstore', 'hstore_exists' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.? (LEFTARG = @extschema@.hstore, RIGHTARG = text, PROCEDURE = @extschema@.exist, RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE FUNCTION @extschema@.exists_any(@extschema@.hstore, text[]) RETURNS bool AS '$libdir/hstore', 'hstore_exists_any' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.?| (LEFTARG = @extschema@.hstore, RIGHTARG = text[], PROCEDURE = @extschema@.exists_any, RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE FUNCTION @extschema@.exists_all(@extschema@.hstore, text[]) RETURNS bool AS '$libdir/hstore', 'hstore_exists_all' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.?& (LEFTARG = @extschema@.hstore, RIGHTARG = text[], PROCEDURE = @extschema@.exists_all, RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE FUNCTION @extschema@.isdefined(@extschema@.hstore, text) RETURNS bool AS '$libdir/hstore', 'hstore_defined' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.defined(@extschema@.hstore, text) RETURNS bool AS '$libdir/hstore', 'hstore_defined' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.delete(@extschema@.hstore, text) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_delete' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.delete(@extschema@.hstore, text[]) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_delete_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.delete(@extschema@.hstore, @extschema@.hstore) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_delete_hstore' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.- (LEFTARG = @extschema@.hstore, RIGHTARG = text, PROCEDURE = @extschema@.delete);
CREATE OPERATOR @extschema@.- (LEFTARG = @extschema@.hstore, RIGHTARG = text[], PROCEDURE = @extschema@.delete);
CREATE OPERATOR @extschema@.- (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.delete);
CREATE FUNCTION @extschema@.hs_concat(@extschema@.hstore, @extschema@.hstore) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_concat' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.|| (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hs_concat);
CREATE FUNCTION @extschema@.hs_contains(@extschema@.hstore, @extschema@.hstore) RETURNS bool AS '$libdir/hstore', 'hstore_contains' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hs_contained(@extschema@.hstore, @extschema@.hstore) RETURNS bool AS '$libdir/hstore', 'hstore_contained' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.<@ (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hs_contained, COMMUTATOR = OPERATOR(@extschema@.@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.@> (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hs_contains, COMMUTATOR = OPERATOR(@extschema@.<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE FUNCTION @extschema@.tconvert(text, text) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_from_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore(text, text) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_from_text' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore(text[], text[]) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_from_arrays' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore(text[]) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_from_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE CAST (text[] AS @extschema@.hstore) WITH FUNCTION @extschema@.hstore(text[]);
CREATE FUNCTION @extschema@.hstore_to_json(@extschema@.hstore) RETURNS json AS '$libdir/hstore', 'hstore_to_json' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE CAST (@extschema@.hstore AS json) WITH FUNCTION @extschema@.hstore_to_json(@extschema@.hstore);
CREATE FUNCTION @extschema@.hstore_to_json_loose(@extschema@.hstore) RETURNS json AS '$libdir/hstore', 'hstore_to_json_loose' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_to_jsonb(@extschema@.hstore) RETURNS jsonb AS '$libdir/hstore', 'hstore_to_jsonb' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE CAST (@extschema@.hstore AS jsonb) WITH FUNCTION @extschema@.hstore_to_jsonb(@extschema@.hstore);
CREATE FUNCTION @extschema@.hstore_to_jsonb_loose(@extschema@.hstore) RETURNS jsonb AS '$libdir/hstore', 'hstore_to_jsonb_loose' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore(record) RETURNS @extschema@.hstore AS '$libdir/hstore', 'hstore_from_record' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_to_array(@extschema@.hstore) RETURNS text[] AS '$libdir/hstore', 'hstore_to_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.%% (RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hstore_to_array);
CREATE FUNCTION @extschema@.hstore_to_matrix(@extschema@.hstore) RETURNS text[] AS '$libdir/hstore', 'hstore_to_matrix' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.%# (RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hstore_to_matrix);
CREATE FUNCTION @extschema@.akeys(@extschema@.hstore) RETURNS text[] AS '$libdir/hstore', 'hstore_akeys' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.avals(@extschema@.hstore) RETURNS text[] AS '$libdir/hstore', 'hstore_avals' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.skeys(@extschema@.hstore) RETURNS SETOF text AS '$libdir/hstore', 'hstore_skeys' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.svals(@extschema@.hstore) RETURNS SETOF text AS '$libdir/hstore', 'hstore_svals' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.each(hs @extschema@.hstore, OUT key text, OUT value text) RETURNS SETOF record AS '$libdir/hstore', 'hstore_each' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.populate_record(anyelement, @extschema@.hstore) RETURNS anyelement AS '$libdir/hstore', 'hstore_populate_record' LANGUAGE C IMMUTABLE PARALLEL SAFE;
CREATE OPERATOR @extschema@.#= (LEFTARG = anyelement, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.populate_record);
CREATE FUNCTION @extschema@.hstore_eq(@extschema@.hstore, @extschema@.hstore) RETURNS bool AS '$libdir/hstore', 'hstore_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_ne(@extschema@.hstore, @extschema@.hstore) RETURNS bool AS '$libdir/hstore', 'hstore_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_gt(@extschema@.hstore, @extschema@.hstore) RETURNS bool AS '$libdir/hstore', 'hstore_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_ge(@extschema@.hstore, @extschema@.hstore) RETURNS bool AS '$libdir/hstore', 'hstore_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_lt(@extschema@.hstore, @extschema@.hstore) RETURNS bool AS '$libdir/hstore', 'hstore_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_le(@extschema@.hstore, @extschema@.hstore) RETURNS bool AS '$libdir/hstore', 'hstore_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.hstore_cmp(@extschema@.hstore, @extschema@.hstore) RETURNS int4 AS '$libdir/hstore', 'hstore_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.<> (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hstore_ne, COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=), RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel);
CREATE OPERATOR @extschema@.= (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hstore_eq, COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, HASHES, MERGES);
CREATE OPERATOR @extschema@.#># (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hstore_gt, COMMUTATOR = OPERATOR(@extschema@.#<#), NEGATOR = OPERATOR(@extschema@.#<=#), RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel);
CREATE OPERATOR @extschema@.#>=# (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hstore_ge, COMMUTATOR = OPERATOR(@extschema@.#<=#), NEGATOR = OPERATOR(@extschema@.#<#), RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel);
CREATE OPERATOR @extschema@.#<# (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hstore_lt, COMMUTATOR = OPERATOR(@extschema@.#>#), NEGATOR = OPERATOR(@extschema@.#>=#), RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel);
CREATE OPERATOR @extschema@.#<=# (LEFTARG = @extschema@.hstore, RIGHTARG = @extschema@.hstore, PROCEDURE = @extschema@.hstore_le, COMMUTATOR = OPERATOR(@extschema@.#>=#), NEGATOR = OPERATOR(@extschema@.#>#), RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel);
CREATE FUNCTION @extschema@.hstore_hash(@extschema@.hstore) RETURNS int4 AS '$libdir/hstore', 'hstore_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.ghstore;
CREATE FUNCTION @extschema@.ghstore_in(cstring) RETURNS @extschema@.ghstore AS '$libdir/hstore', 'ghstore_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ghstore_out(@extschema@.ghstore) RETURNS cstring AS '$libdir/hstore', 'ghstore_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.ghstore (INPUT = @extschema@.ghstore_in, OUTPUT = @extschema@.ghstore_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = plain);
CREATE FUNCTION @extschema@.hstore_hash_extended(@extschema@.hstore, int8) RETURNS int8 AS '$libdir/hstore', 'hstore_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR CLASS @extschema@.btree_hstore_ops DEFAULT FOR TYPE @extschema@.hstore USING btree AS
    OPERATOR 1 @extschema@.#<# (@extschema@.hstore, @extschema@.hstore),
    OPERATOR 2 @extschema@.#<=# (@extschema@.hstore, @extschema@.hstore),
    OPERATOR 3 @extschema@.= (@extschema@.hstore, @extschema@.hstore),
    OPERATOR 4 @extschema@.#>=# (@extschema@.hstore, @extschema@.hstore),
    OPERATOR 5 @extschema@.#># (@extschema@.hstore, @extschema@.hstore),
    FUNCTION 1 @extschema@.hstore_cmp(@extschema@.hstore, @extschema@.hstore);
CREATE OPERATOR CLASS @extschema@.hash_hstore_ops DEFAULT FOR TYPE @extschema@.hstore USING hash AS
    OPERATOR 1 @extschema@.= (@extschema@.hstore, @extschema@.hstore),
    FUNCTION 1 @extschema@.hstore_hash(@extschema@.hstore),
    FUNCTION 2 @extschema@.hstore_hash_extended(@extschema@.hstore, int8);
CREATE OPERATOR CLASS @extschema@.gist_hstore_ops DEFAULT FOR TYPE @extschema@.hstore USING gist AS
    OPERATOR 7 @extschema@.@> (@extschema@.hstore, @extschema@.hstore),
    OPERATOR 9 @extschema@.? (@extschema@.hstore, text),
    OPERATOR 10 @extschema@.?| (@extschema@.hstore, text[]),
    OPERATOR 11 @extschema@.?& (@extschema@.hstore, text[]);
CREATE OPERATOR CLASS @extschema@.gin_hstore_ops DEFAULT FOR TYPE @extschema@.hstore USING gin AS
    OPERATOR 7 @extschema@.@> (@extschema@.hstore, @extschema@.hstore),
    OPERATOR 9 @extschema@.? (@extschema@.hstore, text),
    OPERATOR 10 @extschema@.?| (@extschema@.hstore, text[]),
    OPERATOR 11 @extschema@.?& (@extschema@.hstore, text[]),
    STORAGE text;
