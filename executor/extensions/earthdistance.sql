CREATE FUNCTION @extschema@.earth() RETURNS float8 AS $$SELECT '6378168'::float8$$ LANGUAGE SQL IMMUTABLE PARALLEL SAFE;
CREATE DOMAIN @extschema@.earth AS cube
    CONSTRAINT not_point CHECK (cube_is_point(VALUE))
    CONSTRAINT not_3d CHECK (cube_dim(VALUE) <= 3)
    CONSTRAINT on_surface CHECK (abs(cube_distance(VALUE, '(0)'::cube) / earth() - 1) < 1e-6);
CREATE FUNCTION @extschema@.sec_to_gc(float8) RETURNS float8 AS $$SELECT CASE WHEN $1 < 0 THEN 0::float8 WHEN $1/(2*earth()) > 1 THEN pi()*earth() ELSE 2*earth()*asin($1/(2*earth())) END$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.gc_to_sec(float8) RETURNS float8 AS $$SELECT CASE WHEN $1 < 0 THEN 0::float8 WHEN $1/earth() > pi() THEN 2*earth() ELSE 2*earth()*sin($1/(2*earth())) END$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.ll_to_earth(float8, float8) RETURNS @extschema@.earth AS $$SELECT cube(cube(cube(earth()*cos(radians($1))*cos(radians($2))),earth()*cos(radians($1))*sin(radians($2))),earth()*sin(radians($1)))::earth$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.latitude(@extschema@.earth) RETURNS float8 AS $$SELECT CASE WHEN cube_ll_coord($1, 3)/earth() < -1 THEN -90::float8 WHEN cube_ll_coord($1, 3)/earth() > 1 THEN 90::float8 ELSE degrees(asin(cube_ll_coord($1, 3)/earth())) END$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.longitude(@extschema@.earth) RETURNS float8 AS $$SELECT degrees(atan2(cube_ll_coord($1, 2), cube_ll_coord($1, 1)))$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.earth_distance(@extschema@.earth, @extschema@.earth) RETURNS float8 AS $$SELECT sec_to_gc(cube_distance($1, $2))$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.earth_box(@extschema@.earth, float8) RETURNS cube AS $$SELECT cube_enlarge($1, gc_to_sec($2), 3)$$ LANGUAGE SQL IMMUTABLE STRICT PARALLEL SAFE;
CREATE FUNCTION @extschema@.geo_distance(point, point) RETURNS float8 AS '$libdir/earthdistance', 'geo_distance' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
CREATE OPERATOR @extschema@.<@> (LEFTARG = point, RIGHTARG = point, PROCEDURE = @extschema@.geo_distance, COMMUTATOR = OPERATOR(@extschema@.<@>));
