CREATE OPERATOR CLASS @extschema@.int2_ops DEFAULT FOR TYPE int2 USING gin AS
    OPERATOR 1 pg_catalog.< (int2, int2),
    OPERATOR 2 pg_catalog.<= (int2, int2),
    OPERATOR 3 pg_catalog.= (int2, int2),
    OPERATOR 4 pg_catalog.>= (int2, int2),
    OPERATOR 5 pg_catalog.> (int2, int2);
CREATE OPERATOR CLASS @extschema@.int4_ops DEFAULT FOR TYPE int4 USING gin AS
    OPERATOR 1 pg_catalog.< (int4, int4),
    OPERATOR 2 pg_catalog.<= (int4, int4),
    OPERATOR 3 pg_catalog.= (int4, int4),
    OPERATOR 4 pg_catalog.>= (int4, int4),
    OPERATOR 5 pg_catalog.> (int4, int4);
CREATE OPERATOR CLASS @extschema@.int8_ops DEFAULT FOR TYPE int8 USING gin AS
    OPERATOR 1 pg_catalog.< (int8, int8),
    OPERATOR 2 pg_catalog.<= (int8, int8),
    OPERATOR 3 pg_catalog.= (int8, int8),
    OPERATOR 4 pg_catalog.>= (int8, int8),
    OPERATOR 5 pg_catalog.> (int8, int8);
CREATE OPERATOR CLASS @extschema@.float4_ops DEFAULT FOR TYPE float4 USING gin AS
    OPERATOR 1 pg_catalog.< (float4, float4),
    OPERATOR 2 pg_catalog.<= (float4, float4),
    OPERATOR 3 pg_catalog.= (float4, float4),
    OPERATOR 4 pg_catalog.>= (float4, float4),
    OPERATOR 5 pg_catalog.> (float4, float4);
CREATE OPERATOR CLASS @extschema@.float8_ops DEFAULT FOR TYPE float8 USING gin AS
    OPERATOR 1 pg_catalog.< (float8, float8),
    OPERATOR 2 pg_catalog.<= (float8, float8),
    OPERATOR 3 pg_catalog.= (float8, float8),
    OPERATOR 4 pg_catalog.>= (float8, float8),
    OPERATOR 5 pg_catalog.> (float8, float8);
CREATE OPERATOR CLASS @extschema@.money_ops DEFAULT FOR TYPE money USING gin AS
    OPERATOR 1 pg_catalog.< (money, money),
    OPERATOR 2 pg_catalog.<= (money, money),
    OPERATOR 3 pg_catalog.= (money, money),
    OPERATOR 4 pg_catalog.>= (money, money),
    OPERATOR 5 pg_catalog.> (money, money);
CREATE OPERATOR CLASS @extschema@.oid_ops DEFAULT FOR TYPE oid USING gin AS
    OPERATOR 1 pg_catalog.< (oid, oid),
    OPERATOR 2 pg_catalog.<= (oid, oid),
    OPERATOR 3 pg_catalog.= (oid, oid),
    OPERATOR 4 pg_catalog.>= (oid, oid),
    OPERATOR 5 pg_catalog.> (oid, oid);
CREATE OPERATOR CLASS @extschema@.timestamp_ops DEFAULT FOR TYPE timestamp USING gin AS
    OPERATOR 1 pg_catalog.< (timestamp, timestamp),
    OPERATOR 2 pg_catalog.<= (timestamp, timestamp),
    OPERATOR 3 pg_catalog.= (timestamp, timestamp),
    OPERATOR 4 pg_catalog.>= (timestamp, timestamp),
    OPERATOR 5 pg_catalog.> (timestamp, timestamp);
CREATE OPERATOR CLASS @extschema@.timestamptz_ops DEFAULT FOR TYPE timestamptz USING gin AS
    OPERATOR 1 pg_catalog.< (timestamptz, timestamptz),
    OPERATOR 2 pg_catalog.<= (timestamptz, timestamptz),
    OPERATOR 3 pg_catalog.= (timestamptz, timestamptz),
    OPERATOR 4 pg_catalog.>= (timestamptz, timestamptz),
    OPERATOR 5 pg_catalog.> (timestamptz, timestamptz);
CREATE OPERATOR CLASS @extschema@.time_ops DEFAULT FOR TYPE time USING gin AS
    OPERATOR 1 pg_catalog.< (time, time),
    OPERATOR 2 pg_catalog.<= (time, time),
    OPERATOR 3 pg_catalog.= (time, time),
    OPERATOR 4 pg_catalog.>= (time, time),
    OPERATOR 5 pg_catalog.> (time, time);
CREATE OPERATOR CLASS @extschema@.timetz_ops DEFAULT FOR TYPE timetz USING gin AS
    OPERATOR 1 pg_catalog.< (timetz, timetz),
    OPERATOR 2 pg_catalog.<= (timetz, timetz),
    OPERATOR 3 pg_catalog.= (timetz, timetz),
    OPERATOR 4 pg_catalog.>= (timetz, timetz),
    OPERATOR 5 pg_catalog.> (timetz, timetz);
CREATE OPERATOR CLASS @extschema@.date_ops DEFAULT FOR TYPE date USING gin AS
    OPERATOR 1 pg_catalog.< (date, date),
    OPERATOR 2 pg_catalog.<= (date, date),
    OPERATOR 3 pg_catalog.= (date, date),
    OPERATOR 4 pg_catalog.>= (date, date),
    OPERATOR 5 pg_catalog.> (date, date);
CREATE OPERATOR CLASS @extschema@.interval_ops DEFAULT FOR TYPE interval USING gin AS
    OPERATOR 1 pg_catalog.< (interval, interval),
    OPERATOR 2 pg_catalog.<= (interval, interval),
    OPERATOR 3 pg_catalog.= (interval, interval),
    OPERATOR 4 pg_catalog.>= (interval, interval),
    OPERATOR 5 pg_catalog.> (interval, interval);
CREATE OPERATOR CLASS @extschema@.macaddr_ops DEFAULT FOR TYPE macaddr USING gin AS
    OPERATOR 1 pg_catalog.< (macaddr, macaddr),
    OPERATOR 2 pg_catalog.<= (macaddr, macaddr),
    OPERATOR 3 pg_catalog.= (macaddr, macaddr),
    OPERATOR 4 pg_catalog.>= (macaddr, macaddr),
    OPERATOR 5 pg_catalog.> (macaddr, macaddr);
CREATE OPERATOR CLASS @extschema@.macaddr8_ops DEFAULT FOR TYPE macaddr8 USING gin AS
    OPERATOR 1 pg_catalog.< (macaddr8, macaddr8),
    OPERATOR 2 pg_catalog.<= (macaddr8, macaddr8),
    OPERATOR 3 pg_catalog.= (macaddr8, macaddr8),
    OPERATOR 4 pg_catalog.>= (macaddr8, macaddr8),
    OPERATOR 5 pg_catalog.> (macaddr8, macaddr8);
CREATE OPERATOR CLASS @extschema@.inet_ops DEFAULT FOR TYPE inet USING gin AS
    OPERATOR 1 pg_catalog.< (inet, inet),
    OPERATOR 2 pg_catalog.<= (inet, inet),
    OPERATOR 3 pg_catalog.= (inet, inet),
    OPERATOR 4 pg_catalog.>= (inet, inet),
    OPERATOR 5 pg_catalog.> (inet, inet);
CREATE OPERATOR CLASS @extschema@.cidr_ops DEFAULT FOR TYPE cidr USING gin AS
    OPERATOR 1 pg_catalog.< (inet, inet),
    OPERATOR 2 pg_catalog.<= (inet, inet),
    OPERATOR 3 pg_catalog.= (inet, inet),
    OPERATOR 4 pg_catalog.>= (inet, inet),
    OPERATOR 5 pg_catalog.> (inet, inet);
CREATE OPERATOR CLASS @extschema@.text_ops DEFAULT FOR TYPE text USING gin AS
    OPERATOR 1 pg_catalog.< (text, text),
    OPERATOR 2 pg_catalog.<= (text, text),
    OPERATOR 3 pg_catalog.= (text, text),
    OPERATOR 4 pg_catalog.>= (text, text),
    OPERATOR 5 pg_catalog.> (text, text);
CREATE OPERATOR CLASS @extschema@.varchar_ops DEFAULT FOR TYPE varchar USING gin AS
    OPERATOR 1 pg_catalog.< (text, text),
    OPERATOR 2 pg_catalog.<= (text, text),
    OPERATOR 3 pg_catalog.= (text, text),
    OPERATOR 4 pg_catalog.>= (text, text),
    OPERATOR 5 pg_catalog.> (text, text);
CREATE OPERATOR CLASS @extschema@.char_ops DEFAULT FOR TYPE "char" USING gin AS
    OPERATOR 1 pg_catalog.< ("char", "char"),
    OPERATOR 2 pg_catalog.<= ("char", "char"),
    OPERATOR 3 pg_catalog.= ("char", "char"),
    OPERATOR 4 pg_catalog.>= ("char", "char"),
    OPERATOR 5 pg_catalog.> ("char", "char");
CREATE OPERATOR CLASS @extschema@.bytea_ops DEFAULT FOR TYPE bytea USING gin AS
    OPERATOR 1 pg_catalog.< (bytea, bytea),
    OPERATOR 2 pg_catalog.<= (bytea, bytea),
    OPERATOR 3 pg_catalog.= (bytea, bytea),
    OPERATOR 4 pg_catalog.>= (bytea, bytea),
    OPERATOR 5 pg_catalog.> (bytea, bytea);
CREATE OPERATOR CLASS @extschema@.bit_ops DEFAULT FOR TYPE bit USING gin AS
    OPERATOR 1 pg_catalog.< (bit, bit),
    OPERATOR 2 pg_catalog.<= (bit, bit),
    OPERATOR 3 pg_catalog.= (bit, bit),
    OPERATOR 4 pg_catalog.>= (bit, bit),
    OPERATOR 5 pg_catalog.> (bit, bit);
CREATE OPERATOR CLASS @extschema@.varbit_ops DEFAULT FOR TYPE varbit USING gin AS
    OPERATOR 1 pg_catalog.< (varbit, varbit),
    OPERATOR 2 pg_catalog.<= (varbit, varbit),
    OPERATOR 3 pg_catalog.= (varbit, varbit),
    OPERATOR 4 pg_catalog.>= (varbit, varbit),
    OPERATOR 5 pg_catalog.> (varbit, varbit);
CREATE OPERATOR CLASS @extschema@.numeric_ops DEFAULT FOR TYPE numeric USING gin AS
    OPERATOR 1 pg_catalog.< (numeric, numeric),
    OPERATOR 2 pg_catalog.<= (numeric, numeric),
    OPERATOR 3 pg_catalog.= (numeric, numeric),
    OPERATOR 4 pg_catalog.>= (numeric, numeric),
    OPERATOR 5 pg_catalog.> (numeric, numeric);
CREATE OPERATOR CLASS @extschema@.enum_ops DEFAULT FOR TYPE anyenum USING gin AS
    OPERATOR 1 pg_catalog.< (anyenum, anyenum),
    OPERATOR 2 pg_catalog.<= (anyenum, anyenum),
    OPERATOR 3 pg_catalog.= (anyenum, anyenum),
    OPERATOR 4 pg_catalog.>= (anyenum, anyenum),
    OPERATOR 5 pg_catalog.> (anyenum, anyenum);
CREATE OPERATOR CLASS @extschema@.uuid_ops DEFAULT FOR TYPE uuid USING gin AS
    OPERATOR 1 pg_catalog.< (uuid, uuid),
    OPERATOR 2 pg_catalog.<= (uuid, uuid),
    OPERATOR 3 pg_catalog.= (uuid, uuid),
    OPERATOR 4 pg_catalog.>= (uuid, uuid),
    OPERATOR 5 pg_catalog.> (uuid, uuid);
CREATE OPERATOR CLASS @extschema@.name_ops DEFAULT FOR TYPE name USING gin AS
    OPERATOR 1 pg_catalog.< (name, name),
    OPERATOR 2 pg_catalog.<= (name, name),
    OPERATOR 3 pg_catalog.= (name, name),
    OPERATOR 4 pg_catalog.>= (name, name),
    OPERATOR 5 pg_catalog.> (name, name);
CREATE OPERATOR CLASS @extschema@.bool_ops DEFAULT FOR TYPE bool USING gin AS
    OPERATOR 1 pg_catalog.< (bool, bool),
    OPERATOR 2 pg_catalog.<= (bool, bool),
    OPERATOR 3 pg_catalog.= (bool, bool),
    OPERATOR 4 pg_catalog.>= (bool, bool),
    OPERATOR 5 pg_catalog.> (bool, bool);
CREATE OPERATOR CLASS @extschema@.bpchar_ops DEFAULT FOR TYPE bpchar USING gin AS
    OPERATOR 1 pg_catalog.< (bpchar, bpchar),
    OPERATOR 2 pg_catalog.<= (bpchar, bpchar),
    OPERATOR 3 pg_catalog.= (bpchar, bpchar),
    OPERATOR 4 pg_catalog.>= (bpchar, bpchar),
    OPERATOR 5 pg_catalog.> (bpchar, bpchar);
