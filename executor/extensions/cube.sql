CREATE TYPE @extschema@.cube;
CREATE FUNCTION @extschema@.cube_in(cstring) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_out(@extschema@.cube) RETURNS cstring AS '$libdir/cube', 'cube_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_recv(internal) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_send(@extschema@.cube) RETURNS bytea AS '$libdir/cube', 'cube_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.cube (INPUT = @extschema@.cube_in, OUTPUT = @extschema@.cube_out, RECEIVE = @extschema@.cube_recv, SEND = @extschema@.cube_send, INTERNALLENGTH = VARIABLE, ALIGNMENT = double, STORAGE = plain);
CREATE FUNCTION @extschema@.cube(float8[], float8[]) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_a_f8_f8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube(float8[]) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_a_f8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_eq(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_ne(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_lt(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_gt(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_le(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_ge(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_cmp(@extschema@.cube, @extschema@.cube) RETURNS int4 AS '$libdir/cube', 'cube_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_contains(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_contains' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_contained(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_contained' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_overlap(@extschema@.cube, @extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_overlap' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_union(@extschema@.cube, @extschema@.cube) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_union' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_inter(@extschema@.cube, @extschema@.cube) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_inter' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_size(@extschema@.cube) RETURNS float8 AS '$libdir/cube', 'cube_size' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_subset(@extschema@.cube, int4[]) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_subset' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_distance(@extschema@.cube, @extschema@.cube) RETURNS float8 AS '$libdir/cube', 'cube_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.distance_chebyshev(@extschema@.cube, @extschema@.cube) RETURNS float8 AS '$libdir/cube', 'distance_chebyshev' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.distance_taxicab(@extschema@.cube, @extschema@.cube) RETURNS float8 AS '$libdir/cube', 'distance_taxicab' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_dim(@extschema@.cube) RETURNS int4 AS '$libdir/cube', 'cube_dim' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_ll_coord(@extschema@.cube, int4) RETURNS float8 AS '$libdir/cube', 'cube_ll_coord' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_ur_coord(@extschema@.cube, int4) RETURNS float8 AS '$libdir/cube', 'cube_ur_coord' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_coord(@extschema@.cube, int4) RETURNS float8 AS '$libdir/cube', 'cube_coord' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_coord_llur(@extschema@.cube, int4) RETURNS float8 AS '$libdir/cube', 'cube_coord_llur' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube(float8) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_f8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube(float8, float8) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_f8_f8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube(@extschema@.cube, float8) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_c_f8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube(@extschema@.cube, float8, float8) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_c_f8_f8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_is_point(@extschema@.cube) RETURNS bool AS '$libdir/cube', 'cube_is_point' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.cube_enlarge(@extschema@.cube, float8, int4) RETURNS @extschema@.cube AS '$libdir/cube', 'cube_enlarge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.> (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_gt, COMMUTATOR = OPERATOR(@extschema@.<), NEGATOR = OPERATOR(@extschema@.<=), RESTRICT = pg_catalog.scalargtsel, JOIN = pg_catalog.scalargtjoinsel);
CREATE OPERATOR @extschema@.>= (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_ge, COMMUTATOR = OPERATOR(@extschema@.<=), NEGATOR = OPERATOR(@extschema@.<), RESTRICT = pg_catalog.scalargesel, JOIN = pg_catalog.scalargejoinsel);
CREATE OPERATOR @extschema@.< (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_lt, COMMUTATOR = OPERATOR(@extschema@.>), NEGATOR = OPERATOR(@extschema@.>=), RESTRICT = pg_catalog.scalarltsel, JOIN = pg_catalog.scalarltjoinsel);
CREATE OPERATOR @extschema@.<= (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_le, COMMUTATOR = OPERATOR(@extschema@.>=), NEGATOR = OPERATOR(@extschema@.>), RESTRICT = pg_catalog.scalarlesel, JOIN = pg_catalog.scalarlejoinsel);
CREATE OPERATOR @extschema@.&& (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_overlap, COMMUTATOR = OPERATOR(@extschema@.&&), RESTRICT = pg_catalog.areasel, JOIN = pg_catalog.areajoinsel);
CREATE OPERATOR @extschema@.<> (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_ne, COMMUTATOR = OPERATOR(@extschema@.<>), NEGATOR = OPERATOR(@extschema@.=), RESTRICT = pg_catalog.neqsel, JOIN = pg_catalog.neqjoinsel);
CREATE OPERATOR @extschema@.= (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_eq, COMMUTATOR = OPERATOR(@extschema@.=), NEGATOR = OPERATOR(@extschema@.<>), RESTRICT = pg_catalog.eqsel, JOIN = pg_catalog.eqjoinsel, MERGES);
CREATE OPERATOR @extschema@.<@ (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_contained, COMMUTATOR = OPERATOR(@extschema@.@>), RESTRICT = pg_catalog.contsel, JOIN = pg_catalog.contjoinsel);
CREATE OPERATOR @extschema@.@> (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_contains, COMMUTATOR = OPERATOR(@extschema@.<@), RESTRICT = pg_catalog.contsel, JOIN = pg_catalog.contjoinsel);
CREATE OPERATOR @extschema@.-> (LEFTARG = @extschema@.cube, RIGHTARG = int4, PROCEDURE = @extschema@.cube_coord);
CREATE OPERATOR @extschema@.~> (LEFTARG = @extschema@.cube, RIGHTARG = int4, PROCEDURE = @extschema@.cube_coord_llur);
CREATE OPERATOR @extschema@.<#> (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.distance_taxicab, COMMUTATOR = OPERATOR(@extschema@.<#>));
CREATE OPERATOR @extschema@.<-> (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.cube_distance, COMMUTATOR = OPERATOR(@extschema@.<->));
CREATE OPERATOR @extschema@.<=> (LEFTARG = @extschema@.cube, RIGHTARG = @extschema@.cube, PROCEDURE = @extschema@.distance_chebyshev, COMMUTATOR = OPERATOR(@extschema@.<=>));
CREATE OPERATOR CLASS @extschema@.cube_ops DEFAULT FOR TYPE @extschema@.cube USING btree AS
    OPERATOR 1 @extschema@.< (@extschema@.cube, @extschema@.cube),
    OPERATOR 2 @extschema@.<= (@extschema@.cube, @extschema@.cube),
    OPERATOR 3 @extschema@.= (@extschema@.cube, @extschema@.cube),
    OPERATOR 4 @extschema@.>= (@extschema@.cube, @extschema@.cube),
    OPERATOR 5 @extschema@.> (@extschema@.cube, @extschema@.cube),
    FUNCTION 1 @extschema@.cube_cmp(@extschema@.cube, @extschema@.cube);
CREATE OPERATOR CLASS @extschema@.gist_cube_ops DEFAULT FOR TYPE @extschema@.cube USING gist AS
    OPERATOR 3 @extschema@.&& (@extschema@.cube, @extschema@.cube),
    OPERATOR 6 @extschema@.= (@extschema@.cube, @extschema@.cube),
    OPERATOR 7 @extschema@.@> (@extschema@.cube, @extschema@.cube),
    OPERATOR 8 @extschema@.<@ (@extschema@.cube, @extschema@.cube),
    OPERATOR 15 @extschema@.~> (@extschema@.cube, int4) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 16 @extschema@.<#> (@extschema@.cube, @extschema@.cube) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 17 @extschema@.<-> (@extschema@.cube, @extschema@.cube) FOR ORDER BY pg_catalog.float_ops,
    OPERATOR 18 @extschema@.<=> (@extschema@.cube, @extschema@.cube) FOR ORDER BY pg_catalog.float_ops;
