CREATE OPERATOR CLASS @extschema@.gist_oid_ops DEFAULT FOR TYPE oid USING gist AS
    OPERATOR 1 pg_catalog.< (oid, oid),
    OPERATOR 2 pg_catalog.<= (oid, oid),
    OPERATOR 3 pg_catalog.= (oid, oid),
    OPERATOR 4 pg_catalog.>= (oid, oid),
    OPERATOR 5 pg_catalog.> (oid, oid),
    OPERATOR 6 pg_catalog.<> (oid, oid);
CREATE OPERATOR CLASS @extschema@.gist_int2_ops DEFAULT FOR TYPE int2 USING gist AS
    OPERATOR 1 pg_catalog.< (int2, int2),
    OPERATOR 2 pg_catalog.<= (int2, int2),
    OPERATOR 3 pg_catalog.= (int2, int2),
    OPERATOR 4 pg_catalog.>= (int2, int2),
    OPERATOR 5 pg_catalog.> (int2, int2),
    OPERATOR 6 pg_catalog.<> (int2, int2);
CREATE OPERATOR CLASS @extschema@.gist_int4_ops DEFAULT FOR TYPE int4 USING gist AS
    OPERATOR 1 pg_catalog.< (int4, int4),
    OPERATOR 2 pg_catalog.<= (int4, int4),
    OPERATOR 3 pg_catalog.= (int4, int4),
    OPERATOR 4 pg_catalog.>= (int4, int4),
    OPERATOR 5 pg_catalog.> (int4, int4),
    OPERATOR 6 pg_catalog.<> (int4, int4);
CREATE OPERATOR CLASS @extschema@.gist_int8_ops DEFAULT FOR TYPE int8 USING gist AS
    OPERATOR 1 pg_catalog.< (int8, int8),
    OPERATOR 2 pg_catalog.<= (int8, int8),
    OPERATOR 3 pg_catalog.= (int8, int8),
    OPERATOR 4 pg_catalog.>= (int8, int8),
    OPERATOR 5 pg_catalog.> (int8, int8),
    OPERATOR 6 pg_catalog.<> (int8, int8);
CREATE OPERATOR CLASS @extschema@.gist_float4_ops DEFAULT FOR TYPE float4 USING gist AS
    OPERATOR 1 pg_catalog.< (float4, float4),
    OPERATOR 2 pg_catalog.<= (float4, float4),
    OPERATOR 3 pg_catalog.= (float4, float4),
    OPERATOR 4 pg_catalog.>= (float4, float4),
    OPERATOR 5 pg_catalog.> (float4, float4),
    OPERATOR 6 pg_catalog.<> (float4, float4);
CREATE OPERATOR CLASS @extschema@.gist_float8_ops DEFAULT FOR TYPE float8 USING gist AS
    OPERATOR 1 pg_catalog.< (float8, float8),
    OPERATOR 2 pg_catalog.<= (float8, float8),
    OPERATOR 3 pg_catalog.= (float8, float8),
    OPERATOR 4 pg_catalog.>= (float8, float8),
    OPERATOR 5 pg_catalog.> (float8, float8),
    OPERATOR 6 pg_catalog.<> (float8, float8);
CREATE OPERATOR CLASS @extschema@.gist_timestamp_ops DEFAULT FOR TYPE timestamp USING gist AS
    OPERATOR 1 pg_catalog.< (timestamp, timestamp),
    OPERATOR 2 pg_catalog.<= (timestamp, timestamp),
    OPERATOR 3 pg_catalog.= (timestamp, timestamp),
    OPERATOR 4 pg_catalog.>= (timestamp, timestamp),
    OPERATOR 5 pg_catalog.> (timestamp, timestamp),
    OPERATOR 6 pg_catalog.<> (timestamp, timestamp);
CREATE OPERATOR CLASS @extschema@.gist_timestamptz_ops DEFAULT FOR TYPE timestamptz USING gist AS
    OPERATOR 1 pg_catalog.< (timestamptz, timestamptz),
    OPERATOR 2 pg_catalog.<= (timestamptz, timestamptz),
    OPERATOR 3 pg_catalog.= (timestamptz, timestamptz),
    OPERATOR 4 pg_catalog.>= (timestamptz, timestamptz),
    OPERATOR 5 pg_catalog.> (timestamptz, timestamptz),
    OPERATOR 6 pg_catalog.<> (timestamptz, timestamptz);
CREATE OPERATOR CLASS @extschema@.gist_time_ops DEFAULT FOR TYPE time USING gist AS
    OPERATOR 1 pg_catalog.< (time, time),
    OPERATOR 2 pg_catalog.<= (time, time),
    OPERATOR 3 pg_catalog.= (time, time),
    OPERATOR 4 pg_catalog.>= (time, time),
    OPERATOR 5 pg_catalog.> (time, time),
    OPERATOR 6 pg_catalog.<> (time, time);
CREATE OPERATOR CLASS @extschema@.gist_timetz_ops DEFAULT FOR TYPE timetz USING gist AS
    OPERATOR 1 pg_catalog.< (timetz, timetz),
    OPERATOR 2 pg_catalog.<= (timetz, timetz),
    OPERATOR 3 pg_catalog.= (timetz, timetz),
    OPERATOR 4 pg_catalog.>= (timetz, timetz),
    OPERATOR 5 pg_catalog.> (timetz, timetz),
    OPERATOR 6 pg_catalog.<> (timetz, timetz);
CREATE OPERATOR CLASS @extschema@.gist_date_ops DEFAULT FOR TYPE date USING gist AS
    OPERATOR 1 pg_catalog.< (date, date),
    OPERATOR 2 pg_catalog.<= (date, date),
    OPERATOR 3 pg_catalog.= (date, date),
    OPERATOR 4 pg_catalog.>= (date, date),
    OPERATOR 5 pg_catalog.> (date, date),
    OPERATOR 6 pg_catalog.<> (date, date);
CREATE OPERATOR CLASS @extschema@.gist_interval_ops DEFAULT FOR TYPE interval USING gist AS
    OPERATOR 1 pg_catalog.< (interval, interval),
    OPERATOR 2 pg_catalog.<= (interval, interval),
    OPERATOR 3 pg_catalog.= (interval, interval),
    OPERATOR 4 pg_catalog.>= (interval, interval),
    OPERATOR 5 pg_catalog.> (interval, interval),
    OPERATOR 6 pg_catalog.<> (interval, interval);
CREATE OPERATOR CLASS @extschema@.gist_cash_ops DEFAULT FOR TYPE money USING gist AS
    OPERATOR 1 pg_catalog.< (money, money),
    OPERATOR 2 pg_catalog.<= (money, money),
    OPERATOR 3 pg_catalog.= (money, money),
    OPERATOR 4 pg_catalog.>= (money, money),
    OPERATOR 5 pg_catalog.> (money, money),
    OPERATOR 6 pg_catalog.<> (money, money);
CREATE OPERATOR CLASS @extschema@.gist_macaddr_ops DEFAULT FOR TYPE macaddr USING gist AS
    OPERATOR 1 pg_catalog.< (macaddr, macaddr),
    OPERATOR 2 pg_catalog.<= (macaddr, macaddr),
    OPERATOR 3 pg_catalog.= (macaddr, macaddr),
    OPERATOR 4 pg_catalog.>= (macaddr, macaddr),
    OPERATOR 5 pg_catalog.> (macaddr, macaddr),
    OPERATOR 6 pg_catalog.<> (macaddr, macaddr);
CREATE OPERATOR CLASS @extschema@.gist_macad8_ops DEFAULT FOR TYPE macaddr8 USING gist AS
    OPERATOR 1 pg_catalog.< (macaddr8, macaddr8),
    OPERATOR 2 pg_catalog.<= (macaddr8, macaddr8),
    OPERATOR 3 pg_catalog.= (macaddr8, macaddr8),
    OPERATOR 4 pg_catalog.>= (macaddr8, macaddr8),
    OPERATOR 5 pg_catalog.> (macaddr8, macaddr8),
    OPERATOR 6 pg_catalog.<> (macaddr8, macaddr8);
CREATE OPERATOR CLASS @extschema@.gist_text_ops DEFAULT FOR TYPE text USING gist AS
    OPERATOR 1 pg_catalog.< (text, text),
    OPERATOR 2 pg_catalog.<= (text, text),
    OPERATOR 3 pg_catalog.= (text, text),
    OPERATOR 4 pg_catalog.>= (text, text),
    OPERATOR 5 pg_catalog.> (text, text),
    OPERATOR 6 pg_catalog.<> (text, text);
CREATE OPERATOR CLASS @extschema@.gist_bpchar_ops DEFAULT FOR TYPE bpchar USING gist AS
    OPERATOR 1 pg_catalog.< (bpchar, bpchar),
    OPERATOR 2 pg_catalog.<= (bpchar, bpchar),
    OPERATOR 3 pg_catalog.= (bpchar, bpchar),
    OPERATOR 4 pg_catalog.>= (bpchar, bpchar),
    OPERATOR 5 pg_catalog.> (bpchar, bpchar),
    OPERATOR 6 pg_catalog.<> (bpchar, bpchar);
CREATE OPERATOR CLASS @extschema@.gist_bytea_ops DEFAULT FOR TYPE bytea USING gist AS
    OPERATOR 1 pg_catalog.< (bytea, bytea),
    OPERATOR 2 pg_catalog.<= (bytea, bytea),
    OPERATOR 3 pg_catalog.= (bytea, bytea),
    OPERATOR 4 pg_catalog.>= (bytea, bytea),
    OPERATOR 5 pg_catalog.> (bytea, bytea),
    OPERATOR 6 pg_catalog.<> (bytea, bytea);
CREATE OPERATOR CLASS @extschema@.gist_numeric_ops DEFAULT FOR TYPE numeric USING gist AS
    OPERATOR 1 pg_catalog.< (numeric, numeric),
    OPERATOR 2 pg_catalog.<= (numeric, numeric),
    OPERATOR 3 pg_catalog.= (numeric, numeric),
    OPERATOR 4 pg_catalog.>= (numeric, numeric),
    OPERATOR 5 pg_catalog.> (numeric, numeric),
    OPERATOR 6 pg_catalog.<> (numeric, numeric);
CREATE OPERATOR CLASS @extschema@.gist_bit_ops DEFAULT FOR TYPE bit USING gist AS
    OPERATOR 1 pg_catalog.< (bit, bit),
    OPERATOR 2 pg_catalog.<= (bit, bit),
    OPERATOR 3 pg_catalog.= (bit, bit),
    OPERATOR 4 pg_catalog.>= (bit, bit),
    OPERATOR 5 pg_catalog.> (bit, bit),
    OPERATOR 6 pg_catalog.<> (bit, bit);
CREATE OPERATOR CLASS @extschema@.gist_vbit_ops DEFAULT FOR TYPE varbit USING gist AS
    OPERATOR 1 pg_catalog.< (varbit, varbit),
    OPERATOR 2 pg_catalog.<= (varbit, varbit),
    OPERATOR 3 pg_catalog.= (varbit, varbit),
    OPERATOR 4 pg_catalog.>= (varbit, varbit),
    OPERATOR 5 pg_catalog.> (varbit, varbit),
    OPERATOR 6 pg_catalog.<> (varbit, varbit);
CREATE OPERATOR CLASS @extschema@.gist_inet_ops DEFAULT FOR TYPE inet USING gist AS
    OPERATOR 1 pg_catalog.< (inet, inet),
    OPERATOR 2 pg_catalog.<= (inet, inet),
    OPERATOR 3 pg_catalog.= (inet, inet),
    OPERATOR 4 pg_catalog.>= (inet, inet),
    OPERATOR 5 pg_catalog.> (inet, inet),
    OPERATOR 6 pg_catalog.<> (inet, inet);
CREATE OPERATOR CLASS @extschema@.gist_cidr_ops DEFAULT FOR TYPE cidr USING gist AS
    OPERATOR 1 pg_catalog.< (inet, inet),
    OPERATOR 2 pg_catalog.<= (inet, inet),
    OPERATOR 3 pg_catalog.= (inet, inet),
    OPERATOR 4 pg_catalog.>= (inet, inet),
    OPERATOR 5 pg_catalog.> (inet, inet),
    OPERATOR 6 pg_catalog.<> (inet, inet);
CREATE OPERATOR CLASS @extschema@.gist_uuid_ops DEFAULT FOR TYPE uuid USING gist AS
    OPERATOR 1 pg_catalog.< (uuid, uuid),
    OPERATOR 2 pg_catalog.<= (uuid, uuid),
    OPERATOR 3 pg_catalog.= (uuid, uuid),
    OPERATOR 4 pg_catalog.>= (uuid, uuid),
    OPERATOR 5 pg_catalog.> (uuid, uuid),
    OPERATOR 6 pg_catalog.<> (uuid, uuid);
CREATE OPERATOR CLASS @extschema@.gist_enum_ops DEFAULT FOR TYPE anyenum USING gist AS
    OPERATOR 1 pg_catalog.< (anyenum, anyenum),
    OPERATOR 2 pg_catalog.<= (anyenum, anyenum),
    OPERATOR 3 pg_catalog.= (anyenum, anyenum),
    OPERATOR 4 pg_catalog.>= (anyenum, anyenum),
    OPERATOR 5 pg_catalog.> (anyenum, anyenum),
    OPERATOR 6 pg_catalog.<> (anyenum, anyenum);
CREATE OPERATOR CLASS @extschema@.gist_bool_ops DEFAULT FOR TYPE bool USING gist AS
    OPERATOR 1 pg_catalog.< (bool, bool),
    OPERATOR 2 pg_catalog.<= (bool, bool),
    OPERATOR 3 pg_catalog.= (bool, bool),
    OPERATOR 4 pg_catalog.>= (bool, bool),
    OPERATOR 5 pg_catalog.> (bool, bool),
    OPERATOR 6 pg_catalog.<> (bool, bool);
