CREATE TYPE @extschema@.query_int;
CREATE FUNCTION @extschema@.bqarr_in(cstring) RETURNS @extschema@.query_int AS '$libdir/_int', 'bqarr_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.bqarr_out(@extschema@.query_int) RETURNS cstring AS '$libdir/_int', 'bqarr_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.query_int (INPUT = @extschema@.bqarr_in, OUTPUT = @extschema@.bqarr_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = plain);
CREATE FUNCTION @extschema@.querytree(@extschema@.query_int) RETURNS text AS '$libdir/_int', 'querytree' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.boolop(int4[], @extschema@.query_int) RETURNS bool AS '$libdir/_int', 'boolop' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.rboolop(@extschema@.query_int, int4[]) RETURNS bool AS '$libdir/_int', 'rboolop' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.~~ (LEFTARG = @extschema@.query_int, RIGHTARG = int4[], PROCEDURE = @extschema@.rboolop, COMMUTATOR = OPERATOR(@extschema@.@@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.contjoinsel);
CREATE OPERATOR @extschema@.@@ (LEFTARG = int4[], RIGHTARG = @extschema@.query_int, PROCEDURE = @extschema@.boolop, COMMUTATOR = OPERATOR(@extschema@.~~), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.contjoinsel);
CREATE FUNCTION @extschema@._int_contains(int4[], int4[]) RETURNS bool AS '$libdir/_int', '_int_contains' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._int_contained(int4[], int4[]) RETURNS bool AS '$libdir/_int', '_int_contained' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._int_overlap(int4[], int4[]) RETURNS bool AS '$libdir/_int', '_int_overlap' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._int_same(int4[], int4[]) RETURNS bool AS '$libdir/_int', '_int_same' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._int_different(int4[], int4[]) RETURNS bool AS '$libdir/_int', '_int_different' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._int_union(int4[], int4[]) RETURNS int4[] AS '$libdir/_int', '_int_union' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._int_inter(int4[], int4[]) RETURNS int4[] AS '$libdir/_int', '_int_inter' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.&& (LEFTARG = int4[], RIGHTARG = int4[], PROCEDURE = @extschema@._int_overlap, COMMUTATOR = OPERATOR(@extschema@.&&), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.<@ (LEFTARG = int4[], RIGHTARG = int4[], PROCEDURE = @extschema@._int_contained, COMMUTATOR = OPERATOR(@extschema@.@>), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE OPERATOR @extschema@.@> (LEFTARG = int4[], RIGHTARG = int4[], PROCEDURE = @extschema@._int_contains, COMMUTATOR = OPERATOR(@extschema@.<@), RESTRICT = pg_catalog.matchingsel, JOIN = pg_catalog.matchingjoinsel);
CREATE FUNCTION @extschema@.intset(int4) RETURNS int4[] AS '$libdir/_int', 'intset' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.icount(int4[]) RETURNS int4 AS '$libdir/_int', 'icount' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.# (RIGHTARG = int4[], PROCEDURE = @extschema@.icount);
CREATE FUNCTION @extschema@.sort(int4[], text) RETURNS int4[] AS '$libdir/_int', 'sort' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.sort(int4[]) RETURNS int4[] AS '$libdir/_int', 'sort' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.sort_asc(int4[]) RETURNS int4[] AS '$libdir/_int', 'sort_asc' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.sort_desc(int4[]) RETURNS int4[] AS '$libdir/_int', 'sort_desc' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.uniq(int4[]) RETURNS int4[] AS '$libdir/_int', 'uniq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.idx(int4[], int4) RETURNS int4 AS '$libdir/_int', 'idx' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.# (LEFTARG = int4[], RIGHTARG = int4, PROCEDURE = @extschema@.idx);
CREATE FUNCTION @extschema@.subarray(int4[], int4, int4) RETURNS int4[] AS '$libdir/_int', 'subarray' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.subarray(int4[], int4) RETURNS int4[] AS '$libdir/_int', 'subarray' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.intarray_push_elem(int4[], int4) RETURNS int4[] AS '$libdir/_int', 'intarray_push_elem' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.+ (LEFTARG = int4[], RIGHTARG = int4, PROCEDURE = @extschema@.intarray_push_elem);
CREATE FUNCTION @extschema@.intarray_push_array(int4[], int4[]) RETURNS int4[] AS '$libdir/_int', 'intarray_push_array' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.+ (LEFTARG = int4[], RIGHTARG = int4[], PROCEDURE = @extschema@.intarray_push_array, COMMUTATOR = OPERATOR(@extschema@.+));
CREATE FUNCTION @extschema@.intarray_del_elem(int4[], int4) RETURNS int4[] AS '$libdir/_int', 'intarray_del_elem' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.- (LEFTARG = int4[], RIGHTARG = int4, PROCEDURE = @extschema@.intarray_del_elem);
CREATE FUNCTION @extschema@.intset_union_elem(int4[], int4) RETURNS int4[] AS '$libdir/_int', 'intset_union_elem' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.| (LEFTARG = int4[], RIGHTARG = int4, PROCEDURE = @extschema@.intset_union_elem);
CREATE OPERATOR @extschema@.| (LEFTARG = int4[], RIGHTARG = int4[], PROCEDURE = @extschema@._int_union, COMMUTATOR = OPERATOR(@extschema@.|));
CREATE FUNCTION @extschema@.intset_subtract(int4[], int4[]) RETURNS int4[] AS '$libdir/_int', 'intset_subtract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.- (LEFTARG = int4[], RIGHTARG = int4[], PROCEDURE = @extschema@.intset_subtract);
CREATE OPERATOR @extschema@.& (LEFTARG = int4[], RIGHTARG = int4[], PROCEDURE = @extschema@._int_inter, COMMUTATOR = OPERATOR(@extschema@.&));
CREATE TYPE @extschema@.intbig_gkey;
CREATE FUNCTION @extschema@._intbig_in(cstring) RETURNS @extschema@.intbig_gkey AS '$libdir/_int', '_intbig_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@._intbig_out(@extschema@.intbig_gkey) RETURNS cstring AS '$libdir/_int', '_intbig_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE TYPE @extschema@.intbig_gkey (INPUT = @extschema@._intbig_in, OUTPUT = @extschema@._intbig_out, INTERNALLENGTH = VARIABLE, ALIGNMENT = int4, STORAGE = plain);
CREATE OPERATOR CLASS @extschema@.gist__int_ops DEFAULT FOR TYPE int4[] USING gist AS
    OPERATOR 3 @extschema@.&& (int4[], int4[]),
    OPERATOR 7 @extschema@.@> (int4[], int4[]),
    OPERATOR 20 @extschema@.@@ (int4[], @extschema@.query_int);
CREATE OPERATOR CLASS @extschema@.gist__intbig_ops FOR TYPE int4[] USING gist AS
    OPERATOR 3 @extschema@.&& (int4[], int4[]),
    OPERATOR 7 @extschema@.@> (int4[], int4[]),
    OPERATOR 20 @extschema@.@@ (int4[], @extschema@.query_int);
CREATE OPERATOR CLASS @extschema@.gin__int_ops FOR TYPE int4[] USING gin AS
    OPERATOR 3 @extschema@.&& (int4[], int4[]),
    OPERATOR 7 @extschema@.@> (int4[], int4[]),
    OPERATOR 8 @extschema@.<@ (int4[], int4[]),
    OPERATOR 20 @extschema@.@@ (int4[], @extschema@.query_int),
    STORAGE int4;
