#!/usr/bin/env python3
"""Takes the facts of the system catalogs from a running PostgreSQL 15.

    extract.py "host=... port=... user=postgres dbname=template1"

Writes, into this directory and its parent:
    ../catalogs.h   catalog and index OIDs, column numbers, OIDs of types
    catalogs.def    the shape of every catalog table and its indexes
    pg_*.def        the rows of every catalog that is not empty after initdb, those of views and of
                    information_schema apart

A row file is one C string literal a row: fields separated by tabs in the order of the columns; the
first literal holds each column's most frequent value, and an empty field stands for that; \\N is
NULL, \\e the empty string. Owner OIDs are the bootstrap superuser's (10).
"""
import collections
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CONNINFO = sys.argv[1]


def query(sql):
    out = subprocess.run(["psql", CONNINFO, "-XAtq", "-F", "\t", "-P", "null=\\N", "-c", sql],
                         capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in out.split("\n") if line]


def copy(sql):
    """Rows in COPY's text format."""
    out = subprocess.run(["psql", CONNINFO, "-Xq", "-c", f"COPY ({sql}) TO STDOUT"],
                         capture_output=True, text=True, check=True).stdout
    return [line.split("\t") for line in out.split("\n") if line]


ROLES = dict(query("select rolname, oid from pg_authid"))


def acl(text):
    """aclitem[] with OIDs for role names."""
    if text == "\\N":
        return text
    items = [i.replace("=", "/").split("/") for i in text.strip("{}").split(",")]
    return ",".join(f"{ROLES.get(i[0], 0)}={i[1]}/{ROLES[i[2]]}" for i in items)


CATALOGS = query("""select oid, relname, relisshared, reltype, relacl from pg_class
    where relkind = 'r' and relnamespace = 11 and oid < 10000 order by relname""")
COLUMNS = collections.defaultdict(list)
for r in query("""select attrelid, attname, atttypid, attlen, attbyval, attalign, attstorage,
        attnotnull, attndims, attcollation from pg_attribute where attnum > 0 and attrelid < 10000
        and attrelid in (select oid from pg_class where relkind = 'r') order by attrelid, attnum"""):
    COLUMNS[r[0]].append(r[1:])
INDEXES = collections.defaultdict(list)
for r in query("""select i.indrelid, i.indexrelid, c.relname, i.indisunique, i.indisprimary, i.indkey,
        i.indclass, i.indcollation, coalesce(k.oid, 0), coalesce(k.conname, '')
        from pg_index i join pg_class c on c.oid = i.indexrelid
        left join pg_constraint k on k.conindid = i.indexrelid
        where i.indrelid in (select oid from pg_class where relkind = 'r' and relnamespace = 11)
        order by i.indrelid, i.indexrelid"""):
    INDEXES[r[0]].append(r[1:])

BANNER = "/* %s: %s Written by def/extract.py. */\n"


def c_bool(text):
    return {"t": "true", "f": "false"}[text]


def write(name, text):
    with open(os.path.join(HERE, name), "w") as f:
        f.write(text)


def header():
    out = [BANNER % ("catalogs.h", "names for the OIDs and columns of the system catalogs.")]
    out.append("#ifndef CATALOG_CATALOGS_H\n#define CATALOG_CATALOGS_H\n")
    out.append("/* Catalogs: PG_CLASS is pg_class's OID, PG_CLASS_OID_INDEX an index's, and\n"
               " * PG_CLASS_RELNAME the place of a column in a row, from 0. */")
    for oid, name, shared, rowtype, relacl in CATALOGS:
        out.append(f"#define {name.upper()} {oid}")
        for i in INDEXES[oid]:
            out.append(f"#define {i[1].upper()} {i[0]}")
        out.append(f"enum {{")
        for c in COLUMNS[oid]:
            out.append(f"    {name.upper()}_{c[0].upper()},")
        out.append(f"    {name.upper()}_COLUMN_COUNT\n}};")
    out.append("\n/* Types by pg_type.typname; arrays end in _ARRAY. */")
    for oid, name in query("""select t.oid, case when e.oid is not null
            then e.typname || '_array' else t.typname end from pg_type t
            left join pg_type e on e.typarray = t.oid where t.oid < 10000
            and t.typnamespace = 11 and coalesce(e.typtype, t.typtype) <> 'c'
            and coalesce(e.typrelid, 0) = 0 order by t.oid"""):
        out.append(f"#define OID_{name.lstrip('_').upper()} {oid}")
    groups = [("Access methods", "OID_AM_", "select oid, amname from pg_am"),
              ("Languages", "OID_LANGUAGE_", "select oid, lanname from pg_language"),
              ("Namespaces", "OID_NAMESPACE_", "select oid, case when oid = 11 then 'catalog' else "
               "replace(nspname, 'pg_', '') end from pg_namespace where oid < 10000"),
              ("Collations", "OID_COLLATION_", "select oid, collname from pg_collation "
               "where oid < 10000"),
              ("Tablespaces", "OID_TABLESPACE_", "select oid, replace(spcname, 'pg_', '') from "
               "pg_tablespace"),
              ("Roles", "OID_ROLE_", "select oid, case oid when 10 then 'bootstrap' else "
               "replace(rolname, 'pg_', '') end from pg_authid where oid < 10000"),
              ("B-tree and hash operator families and classes", "OID_FAMILY_",
               "select f.oid, a.amname || '_' || f.opfname from pg_opfamily f join pg_am a on "
               "a.oid = opfmethod where amname in ('btree', 'hash') and f.oid < 10000"),
              (None, "OID_OPCLASS_", "select c.oid, a.amname || '_' || c.opcname from pg_opclass c "
               "join pg_am a on a.oid = opcmethod where amname in ('btree', 'hash') and "
               "c.oid < 10000")]
    for title, prefix, sql in groups:
        if title:
            out.append(f"\n/* {title}. */")
        for oid, name in query(sql + " order by 1"):
            out.append(f"#define {prefix}{name.upper().replace('-', '_')} {oid}")
    out.append("\n#endif")
    write("../catalogs.h", "\n".join(out) + "\n")


def shapes():
    out = [BANNER % ("catalogs.def", "the shape of each catalog.") +
           "/* CATALOG(oid, name, shared, row type, acl, first column, columns, first index, indexes)\n"
           " * COLUMN(name, type, len, by value, align, storage, not null, dims, collation, phys)\n"
           " * INDEX(oid, name, unique, primary, constraint oid, constraint name, columns from 0,\n"
           " *       opclasses, collations) */"]
    phys = {"16": "BYTE", "18": "BYTE", "21": "I16", "23": "I32", "24": "I32", "26": "I32",
            "28": "I32", "20": "I64", "3220": "I64", "1184": "I64", "700": "F32", "701": "F64"}
    first_column = first_index = 0
    for oid, name, shared, rowtype, relacl in CATALOGS:
        out.append(f"CATALOG({oid}, \"{name}\", {c_bool(shared)}, {rowtype}, \"{acl(relacl)}\", "
                   f"{first_column}, {len(COLUMNS[oid])}, {first_index}, {len(INDEXES[oid])})")
        first_column += len(COLUMNS[oid])
        first_index += len(INDEXES[oid])
        for c in COLUMNS[oid]:
            out.append(f"COLUMN(\"{c[0]}\", {c[1]}, {c[2]}, {c_bool(c[3])}, '{c[4]}', '{c[5]}', "
                       f"{c_bool(c[6])}, {c[7]}, {c[8]}, PHYS_{phys.get(c[1], 'STR')})")
        for i in INDEXES[oid]:
            out.append(f"INDEX({i[0]}, \"{i[1]}\", {c_bool(i[2])}, {c_bool(i[3])}, {i[7]}, "
                       f"\"{i[8]}\", LIST({', '.join(str(int(k) - 1) for k in i[4].split())}), "
                       f"LIST({i[5].replace(' ', ', ')}), LIST({i[6].replace(' ', ', ')}))")
    write("catalogs.def", "\n".join(out) + "\n")


def literal(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t") + '\\n"'


def rows(name, where, override={}):
    oid = [c[0] for c in CATALOGS if c[1] == name][0]
    columns = [c[0] for c in COLUMNS[oid]]
    exprs = [override.get(c[0], f"t.{c[0]}::oid" if c[1] == "24" else f"t.{c[0]}")
             for c in COLUMNS[oid]]
    data = copy(f"select {', '.join(exprs)} from {name} t where {where} "
                f"order by {1 if columns[0] == 'oid' else ', '.join(str(i + 1) for i in range(3))}")
    if not data:
        return
    if name == "pg_proc":
        for r in data:
            r[columns.index("prosqlbody")] = "\\N"
            if int(r[0]) in SQL_BODIES:
                r[columns.index("prosrc")] = SQL_BODIES[int(r[0])]
            elif r[columns.index("prolang")] == "14":
                raise SystemExit(f"no body for function {r[0]} {r[1]}")
    for i, c in enumerate(COLUMNS[oid]):
        if c[1] == "1034":
            for r in data:
                r[i] = acl(r[i])
    common = [collections.Counter(r[i] for r in data).most_common(1)[0] for i in range(len(columns))]
    usual = [value if count > 1 else "\\N" for value, count in common]
    out = [BANNER % (name + ".def", "rows of " + name + "."), literal("\t".join(usual))]
    for r in data:
        fields = ["" if v == u else "\\e" if v == "" else v for v, u in zip(r, usual)]
        out.append(literal("\t".join(fields).rstrip("\t")))
    write(name + ".def", "\n".join(out) + "\n")


# Objects that the views and information_schema bring are not here.
REL = "(select oid from pg_class where relkind in ('v', 'm') or relnamespace >= 12000)"
SCHEMA = "< 12000"



# Bodies of built-in functions written in SQL: our own, by OID. The manual says what each does.
SWAPPED = "select $2 + $1"
SQL_BODIES = {
    1386: "select age(cast(current_date as timestamp with time zone), $1)",
    2059: "select age(cast(current_date as timestamp without time zone), $1)",
    1810: "select octet_length($1) * 8",
    1811: "select octet_length($1) * 8",
    1812: "select length($1)",
    1216: "select description from pg_catalog.pg_description where objoid = $1 and "
          "classoid = 'pg_catalog.pg_class'::regclass and objsubid = $2",
    1384: "select date_part($1, cast($2 as timestamp without time zone))",
    2631: SWAPPED, 2550: SWAPPED, 2546: SWAPPED, 1848: SWAPPED, 2548: SWAPPED, 2549: SWAPPED,
    2547: SWAPPED, 5023: SWAPPED, 1296: SWAPPED, 1298: SWAPPED,
    1741: "select log(10, $1)",
    1481: "select log(10, $1)",
    879: "select lpad($1, $2, ' ')",
    880: "select rpad($1, $2, ' ')",
    1215: "select description from pg_catalog.pg_description where objoid = $1 and objsubid = 0 and "
          "classoid = (select oid from pg_catalog.pg_class where relname = $2 and "
          "relnamespace = 'pg_catalog'::regnamespace)",
    1348: "select description from pg_catalog.pg_description where objoid = $1 and objsubid = 0",
    1993: "select description from pg_catalog.pg_shdescription where objoid = $1 and "
          "classoid = (select oid from pg_catalog.pg_class where relname = $2 and "
          "relnamespace = 'pg_catalog'::regnamespace)",
    1305: "select ($1, $1 + $2) overlaps ($3, $3 + $4)",
    1306: "select ($1, $2) overlaps ($3, $3 + $4)",
    1307: "select ($1, $1 + $2) overlaps ($3, $4)",
    1426: "select on_ppath($2, $1)",
    2325: "select pg_relation_size($1, 'main')",
    3935: "select pg_sleep(cast(extract(epoch from clock_timestamp() + $1) - "
          "extract(epoch from clock_timestamp()) as double precision))",
    3936: "select pg_sleep(cast(extract(epoch from $1) - extract(epoch from clock_timestamp()) "
          "as double precision))",
    1544: "select polygon(12, $1)",
    1708: "select round($1, 0)",
    2074: "select substring($1, similar_to_escape($2, $3))",
    1176: "select cast($1 + $2 as timestamp with time zone)",
    1710: "select trunc($1, 0)",
    6183: "select tt.alias, tt.description, p.token, array(select m.mapdict::regdictionary from "
          "pg_catalog.pg_ts_config_map m where m.mapcfg = $1 and m.maptokentype = p.tokid "
          "order by m.mapseqno) as dictionaries, (select m.mapdict::regdictionary from "
          "pg_catalog.pg_ts_config_map m where m.mapcfg = $1 and m.maptokentype = p.tokid order by "
          "ts_lexize(m.mapdict::regdictionary, p.token) is null, m.mapseqno limit 1) as dictionary, "
          "(select ts_lexize(m.mapdict::regdictionary, p.token) from pg_catalog.pg_ts_config_map m "
          "where m.mapcfg = $1 and m.maptokentype = p.tokid order by "
          "ts_lexize(m.mapdict::regdictionary, p.token) is null, m.mapseqno limit 1) as lexemes "
          "from ts_parse((select cfgparser from pg_catalog.pg_ts_config where oid = $1), $2) p "
          "join ts_token_type((select cfgparser from pg_catalog.pg_ts_config where oid = $1)) tt "
          "on tt.tokid = p.tokid",
    6184: "select * from ts_debug(get_current_ts_config(), $1)",
    2932: "select xpath($1, $2, '{}'::text[])",
    3050: "select xpath_exists($1, $2, '{}'::text[])",
    1285: "select quote_literal($1::text)",
    1290: "select quote_nullable($1::text)",
    2003: "select $1 || $2::text",
    2004: "select $1::text || $2",
}
for a, b in ((1309, 1305), (1310, 1306), (1311, 1307), (2042, 1305), (2043, 1306), (2044, 1307)):
    SQL_BODIES[a] = SQL_BODIES[b]

def contents():
    rows("pg_type", f"typnamespace {SCHEMA} and typrelid not in {REL} and "
         f"not exists (select from pg_type e where e.oid = t.typelem and e.typrelid in {REL})")
    rows("pg_proc", f"pronamespace {SCHEMA} and oid < 14000",
         {"proargdefaults": "'=' || pg_get_expr(t.proargdefaults, 0)"})
    rows("pg_operator", "true")
    rows("pg_cast", "true")
    rows("pg_aggregate", "true")
    rows("pg_am", "true")
    rows("pg_opfamily", "true")
    rows("pg_opclass", "true")
    rows("pg_amop", "true")
    rows("pg_amproc", "true")
    rows("pg_collation", "true")
    rows("pg_language", "true")
    rows("pg_extension", "extname = 'plpgsql'")
    rows("pg_depend", "refclassid = 3079 and refobjid = (select oid from pg_extension where "
         "extname = 'plpgsql')")
    rows("pg_namespace", f"oid {SCHEMA}")
    rows("pg_range", "true")
    rows("pg_conversion", "true")
    rows("pg_tablespace", "true")
    rows("pg_authid", "oid <> 10 and rolname like 'pg\\_%'")
    rows("pg_auth_members", "roleid < 12000 and member < 12000")
    rows("pg_ts_parser", "true")
    rows("pg_ts_template", "true")
    rows("pg_ts_dict", "true")
    rows("pg_ts_config", "true")
    rows("pg_ts_config_map", "true")
    rows("pg_description", "objoid < 12000 or classoid in (3600, 3601, 3602, 3764) or "
         "(objoid < 14000 and classoid in (2612, 3079))")
    rows("pg_shdescription", "objoid < 12000")


def standard():
    """Rows of information_schema's tables about the SQL standard."""
    out = ["-- standard.sql: what of the SQL standard PostgreSQL 15 has. Written by def/extract.py.", "",
           "SET search_path TO information_schema;"]
    for table in ("sql_features", "sql_implementation_info", "sql_parts", "sql_sizing"):
        out += ["", f"INSERT INTO {table} VALUES"]
        data = copy(f"select * from information_schema.{table} order by 1, 3")
        for i, r in enumerate(data):
            fields = ["NULL" if f == "\\N" else f if f.isdigit() and "sizing" in table
                      else "'" + f.replace("'", "''") + "'" for f in r]
            out.append("(" + ", ".join(fields) + (")," if i + 1 < len(data) else ");"))
    write("standard.sql", "\n".join(out) + "\n")


if __name__ == "__main__":
    standard()
    header()
    shapes()
    contents()
