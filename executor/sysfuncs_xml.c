/*
 * sysfuncs_xml.c: tables, queries, cursors, schemas and the database as XML, and the XML Schemas of these
 * documents (manual: Mapping Tables to XML; SQL/XML chapter 9).
 *
 * Elements are made while rows come in: what is kept is the document alone.
 */
#include "executor/sysfuncs_int.h"

#include "executor/exec_int.h"
#include "types/xml.h"

#define XSD "http://www.w3.org/2001/XMLSchema"

typedef struct XmlColumn {
    const char *name;
    Oid type;
} XmlColumn;
typedef struct XmlColumns {
    const XmlColumn *items;
    uint32_t count;
} XmlColumns;

/* What every mapping is told, and where it goes. */
typedef struct XmlMap {
    FnCall *call;
    CatalogSession *session;
    Arena *arena;
    bool nulls, forest;
    const char *target; /* namespace; "": none */
    StrBuf out;
} XmlMap;

/* Options stand from argument `first` on. */
static void map_init(XmlMap *map, FnCall *call, int first) {
    *map = (XmlMap){.call = call,
                    .session = call_catalog(call),
                    .arena = call->arena,
                    .nulls = call->args[first].b,
                    .forest = call->args[first + 1].b,
                    .target = arg_text(call, first + 2)};
    strbuf_init(&map->out, call->arena);
}
static Status map_give(XmlMap *map) {
    if (map->out.len > ARENA_ALLOC_MAX)
        return error(ERR_PROGRAM_LIMIT_EXCEEDED, "XML document is too long");
    map->call->result = datum_str(strbuf_cstr(&map->out), map->out.len);
    return STATUS_OK;
}

static const char *xml_name(XmlMap *map, const char *identifier) {
    StrBuf name;
    strbuf_init(&name, map->arena);
    xml_put_name(&name, identifier, true, false);
    return strbuf_cstr(&name);
}

/* Parts joined by periods; schema and name may be NULL. */
static Status full_name(XmlMap *map, const char *kind, const char *schema, const char *name,
                        const char **out) {
    const char *parts[4] = {kind, NULL, schema, name};
    StrBuf text;
    TRY(database_name(map->session, session_database(map->session), &parts[1]));
    strbuf_init(&text, map->arena);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (parts[i] == NULL)
            continue;
        if (i > 0)
            strbuf_putc(&text, '.');
        xml_put_name(&text, parts[i], true, true);
    }
    *out = strbuf_cstr(&text);
    return STATUS_OK;
}

/* ---- data ---- */

static void put_root(XmlMap *map, const char *element, const char *schema, bool top) {
    strbuf_printf(&map->out, "<%s", element);
    if (top)
        strbuf_puts(&map->out, " xmlns:xsi=\"" XSD "-instance\"");
    if (top && map->target[0] != '\0')
        strbuf_printf(&map->out, " xmlns=\"%s\"", map->target);
    if (schema != NULL && map->target[0] != '\0')
        strbuf_printf(&map->out, " xsi:schemaLocation=\"%s #\"", map->target);
    else if (schema != NULL)
        strbuf_puts(&map->out, " xsi:noNamespaceSchemaLocation=\"#\"");
    strbuf_puts(&map->out, ">\n");
}

/* Takes rows and writes an element for each. */
typedef struct XmlRows {
    RowSink sink;
    XmlMap *map;
    const char *const *names; /* of the columns, as XML */
    const Oid *types;
    const char *element; /* of a row, where rows stand on their own */
    bool top;
} XmlRows;

static Status put_row(XmlRows *rows, const Batch *batch, uint32_t row) {
    XmlMap *map = rows->map;
    if (map->forest)
        put_root(map, rows->element, NULL, rows->top);
    else
        strbuf_puts(&map->out, "<row>\n");
    for (uint32_t i = 0; i < batch->column_count; i++) {
        const char *name = rows->names[i];
        if (vector_is_null(&batch->columns[i], row)) {
            if (map->nulls)
                strbuf_printf(&map->out, "  <%s xsi:nil=\"true\"/>\n", name);
            continue;
        }
        strbuf_printf(&map->out, "  <%s>", name);
        TRY(xml_put_value(map->call->site->env, map->arena, rows->types[i],
                          vector_get(&batch->columns[i], row), true, &map->out));
        strbuf_printf(&map->out, "</%s>\n", name);
    }
    if (map->forest)
        strbuf_printf(&map->out, "</%s>\n\n", rows->element);
    else
        strbuf_puts(&map->out, "</row>\n\n");
    return arena_check(map->arena);
}
static Status take_rows(RowSink *sink, const Batch *batch) {
    XmlRows *rows = (XmlRows *)sink;
    for (uint32_t i = 0; i < batch->selection.count; i++) {
        uint32_t row = batch->selection.rows == NULL ? i : batch->selection.rows[i];
        TRY(put_row(rows, batch, row));
        if (rows->map->out.len > ARENA_ALLOC_MAX)
            return error(ERR_PROGRAM_LIMIT_EXCEEDED, "XML document is too long");
    }
    return STATUS_OK;
}

static void rows_init(XmlRows *rows, XmlMap *map, const PlannedStatement *plan,
                      const char *table_name, bool top) {
    const char **names = arena_array(map->arena, const char *, plan->column_count + 1);
    Oid *types = arena_array(map->arena, Oid, plan->column_count + 1);
    for (uint32_t i = 0; i < plan->column_count; i++) {
        names[i] = xml_name(map, plan->columns[i].name);
        types[i] = plan->columns[i].type;
    }
    *rows = (XmlRows){.sink = {take_rows},
                      .map = map,
                      .names = names,
                      .types = types,
                      .element = table_name != NULL ? xml_name(map, table_name) : "row",
                      .top = top};
}

static Status plan_query_text(XmlMap *map, const char *sql, PlannedStatement **plan_out) {
    AstList statements;
    Session *session = map->call->site->env->session;
    TRY(parse_sql(map->arena, sql, strlen(sql), NULL, &statements));
    if (statements.count != 1)
        return error(ERR_DATA_EXCEPTION, "invalid query");
    Status s =
        executor_plan(session, map->arena, AST_AT(AstRawStatement, statements, 0), NULL, plan_out);
    if (!status_ok(s))
        return status_internal(s, sql);
    if ((*plan_out)->command != COMMAND_SELECT)
        return error(ERR_DATA_EXCEPTION, "invalid query");
    return STATUS_OK;
}

/* table_name NULL: a query of no table. schema NULL: without one. */
static Status put_query(XmlMap *map, const char *sql, const char *table_name, const char *schema,
                        bool top) {
    PlannedStatement *plan;
    XmlRows rows;
    const Snapshot *snapshot;
    Session *session = map->call->site->env->session;
    const char *root = table_name == NULL ? "table" : xml_name(map, table_name);
    TRY(fiber_stack_check());
    TRY(plan_query_text(map, sql, &plan));
    if (!map->forest) {
        put_root(map, root, schema, top);
        strbuf_putc(&map->out, '\n');
    }
    if (schema != NULL)
        strbuf_printf(&map->out, "%s\n\n", schema);
    rows_init(&rows, map, plan, table_name, top);
    TRY(txn_snapshot_latest(session->txn, &snapshot));
    ExecOptions options = {.snapshot = snapshot, .flags = EXEC_READ_ONLY};
    Status s = executor_run(session, plan, &options, &rows.sink, NULL);
    txn_snapshot_release(session->txn, snapshot);
    TRY(s);
    if (!map->forest)
        strbuf_printf(&map->out, "</%s>\n", root);
    return STATUS_OK;
}

static Status put_table(XmlMap *map, Oid table, const char *schema, bool top) {
    const RelationDesc *rel;
    TRY(catalog_relation(map->session, table, &rel));
    if (rel == NULL)
        return error(ERR_UNDEFINED_TABLE, "relation with OID %u does not exist", table);
    const char *name = arena_strdup(map->arena, rel->name);
    const char *sql =
        arena_printf(map->arena, "SELECT * FROM %s",
                     quote_qualified(map->session, map->arena, rel->nsp_name, rel->name));
    return put_query(map, sql, name, schema, top);
}

/* ---- the names and definitions of types ---- */

static Status map_type_name(XmlMap *map, Oid type, int32_t typmod, const char **out) {
    static const struct {
        Oid type;
        const char *name;
        char form; /* of the modifier: 0 none, l length, p precision, n numeric's */
    } known[] = {{OID_BPCHAR, "CHAR", 'l'},
                 {OID_VARCHAR, "VARCHAR", 'l'},
                 {OID_NUMERIC, "NUMERIC", 'n'},
                 {OID_INT4, "INTEGER", 0},
                 {OID_INT2, "SMALLINT", 0},
                 {OID_INT8, "BIGINT", 0},
                 {OID_FLOAT4, "REAL", 0},
                 {OID_FLOAT8, "DOUBLE", 0},
                 {OID_BOOL, "BOOLEAN", 0},
                 {OID_TIME, "TIME", 'p'},
                 {OID_TIMETZ, "TIME_WTZ", 'p'},
                 {OID_TIMESTAMP, "TIMESTAMP", 'p'},
                 {OID_TIMESTAMPTZ, "TIMESTAMP_WTZ", 'p'},
                 {OID_DATE, "DATE", 0},
                 {OID_XML, "XML", 0}};
    const TypeDesc *desc;
    const char *nsp;
    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i].type != type)
            continue;
        *out = known[i].name;
        if (typmod == -1 || known[i].form == 0)
            return STATUS_OK;
        if (known[i].form == 'n')
            *out = arena_printf(map->arena, "%s_%d_%d", known[i].name,
                                ((typmod - 4) >> 16) & 0xffff, (typmod - 4) & 0xffff);
        else
            *out = arena_printf(map->arena, "%s_%d", known[i].name,
                                known[i].form == 'l' ? typmod - 4 : typmod);
        return STATUS_OK;
    }
    TRY(catalog_type_require(map->session, type, &desc));
    TRY(namespace_name(map->session, desc->nsp, &nsp));
    return full_name(map, desc->kind == 'd' ? "Domain" : "UDT", nsp, desc->name, out);
}

#define ZONE "(\\+|-)\\p{Nd}{2}:\\p{Nd}{2}"
#define CLOCK "\\p{Nd}{2}:\\p{Nd}{2}:\\p{Nd}{2}(.\\p{Nd}+)?"
#define DAY "\\p{Nd}{4}-\\p{Nd}{2}-\\p{Nd}{2}"
#define PATTERN(base, pattern)                                                                     \
    "  <xsd:restriction base=\"xsd:" base "\">\n    <xsd:pattern value=\"" pattern                 \
    "\"/>\n  </xsd:restriction>\n"
#define LIMITS(base, max, min)                                                                     \
    "  <xsd:restriction base=\"xsd:" base "\">\n    <xsd:maxInclusive value=\"" max                \
    "\"/>\n    <xsd:minInclusive value=\"" min "\"/>\n  </xsd:restriction>\n"
#define PLAIN(base) "  <xsd:restriction base=\"xsd:" base "\">\n  </xsd:restriction>\n"
#define EMPTY(base) "  <xsd:restriction base=\"xsd:" base "\"></xsd:restriction>\n"

/* NULL: nothing is said of the type's values. */
static const char *restriction(const XmlMap *map, Oid type) {
    static const struct {
        Oid type;
        const char *text;
    } known[] = {{OID_BPCHAR, PLAIN("string")},
                 {OID_VARCHAR, PLAIN("string")},
                 {OID_TEXT, PLAIN("string")},
                 {OID_INT2, LIMITS("short", "32767", "-32768")},
                 {OID_INT4, LIMITS("int", "2147483647", "-2147483648")},
                 {OID_INT8, LIMITS("long", "9223372036854775807", "-9223372036854775808")},
                 {OID_FLOAT4, EMPTY("float")},
                 {OID_FLOAT8, EMPTY("double")},
                 {OID_BOOL, EMPTY("boolean")},
                 {OID_TIME, PATTERN("time", CLOCK)},
                 {OID_TIMETZ, PATTERN("time", CLOCK ZONE)},
                 {OID_TIMESTAMP, PATTERN("dateTime", DAY "T" CLOCK)},
                 {OID_TIMESTAMPTZ, PATTERN("dateTime", DAY "T" CLOCK ZONE)},
                 {OID_DATE, PATTERN("date", DAY)}};
    if (type == OID_BYTEA)
        return map->call->site->env->xml_binary == 1 ? PLAIN("hexBinary") : PLAIN("base64Binary");
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].type == type)
            return known[i].text;
    return NULL;
}

static Status put_type(XmlMap *map, Oid type) {
    const char *name, *text = restriction(map, type);
    if (type == OID_XML) {
        strbuf_puts(&map->out,
                    "<xsd:complexType mixed=\"true\">\n  <xsd:sequence>\n"
                    "    <xsd:any name=\"element\" minOccurs=\"0\" maxOccurs=\"unbounded\" "
                    "processContents=\"skip\"/>\n  </xsd:sequence>\n</xsd:complexType>\n\n");
        return STATUS_OK;
    }
    TRY(map_type_name(map, type, -1, &name));
    strbuf_printf(&map->out, "<xsd:simpleType name=\"%s\">\n", name);
    Oid base;
    int32_t typmod;
    TRY(catalog_base_type(map->session, type, &base, &typmod));
    if (text != NULL) {
        strbuf_puts(&map->out, text);
    } else if (base != type) {
        TRY(map_type_name(map, base, typmod, &name));
        strbuf_printf(&map->out, "  <xsd:restriction base=\"%s\"/>\n", name);
    }
    strbuf_puts(&map->out, "</xsd:simpleType>\n\n");
    return STATUS_OK;
}

typedef struct TypeSet {
    VEC(Oid) oids;
} TypeSet;
static void types_add(TypeSet *types, Arena *arena, Oid type) {
    for (size_t i = 0; i < types->oids.count; i++)
        if (types->oids.items[i] == type)
            return;
    vec_push(&types->oids, arena, type);
}
static void types_of(TypeSet *types, Arena *arena, XmlColumns columns) {
    for (uint32_t i = 0; i < columns.count; i++)
        types_add(types, arena, columns.items[i].type);
}
static Status put_types(XmlMap *map, TypeSet *types) {
    for (size_t i = 0; i < types->oids.count; i++) {
        Oid base;
        TRY(catalog_base_type(map->session, types->oids.items[i], &base, NULL));
        types_add(types, map->arena, base);
    }
    for (size_t i = 0; i < types->oids.count; i++)
        TRY(put_type(map, types->oids.items[i]));
    return STATUS_OK;
}

/* ---- schemas ---- */

static void put_schema_start(XmlMap *map) {
    strbuf_puts(&map->out, "<xsd:schema\n    xmlns:xsd=\"" XSD "\"");
    if (map->target[0] != '\0')
        strbuf_printf(&map->out,
                      "\n    targetNamespace=\"%s\"\n    elementFormDefault=\"qualified\"",
                      map->target);
    strbuf_puts(&map->out, ">\n\n");
}

static Status columns_of(XmlMap *map, Oid table, XmlColumns *out, const RelationDesc **rel_out) {
    const RelationDesc *rel;
    TRY(catalog_relation(map->session, table, &rel));
    if (rel == NULL)
        return error(ERR_UNDEFINED_TABLE, "could not open relation with OID %u", table);
    XmlColumn *columns = arena_array(map->arena, XmlColumn, (size_t)rel->column_count + 1);
    uint32_t count = 0;
    for (uint16_t i = 0; i < rel->column_count; i++)
        if (!rel->columns[i].dropped)
            columns[count++] =
                (XmlColumn){arena_strdup(map->arena, rel->columns[i].name), rel->columns[i].type};
    *out = (XmlColumns){columns, count};
    *rel_out = rel;
    return STATUS_OK;
}

static Status put_row_type(XmlMap *map, XmlColumns columns, const char *name) {
    strbuf_printf(&map->out, "<xsd:complexType name=\"%s\">\n  <xsd:sequence>\n", name);
    for (uint32_t i = 0; i < columns.count; i++) {
        const char *type;
        TRY(map_type_name(map, columns.items[i].type, -1, &type));
        strbuf_printf(&map->out, "    <xsd:element name=\"%s\" type=\"%s\"%s></xsd:element>\n",
                      xml_name(map, columns.items[i].name), type,
                      map->nulls ? " nillable=\"true\"" : " minOccurs=\"0\"");
    }
    strbuf_puts(&map->out, "  </xsd:sequence>\n</xsd:complexType>\n\n");
    return STATUS_OK;
}

/* The schema of one table's document (rel NULL: of a query's). */
static Status put_table_schema(XmlMap *map, XmlColumns columns, const RelationDesc *rel) {
    const char *element = map->forest ? "row" : "table";
    const char *table_type = "TableType", *row_type = "RowType";
    TypeSet types = {0};
    if (rel != NULL) {
        element = xml_name(map, rel->name);
        TRY(full_name(map, "TableType", rel->nsp_name, rel->name, &table_type));
        TRY(full_name(map, "RowType", rel->nsp_name, rel->name, &row_type));
    }
    put_schema_start(map);
    types_of(&types, map->arena, columns);
    TRY(put_types(map, &types));
    TRY(put_row_type(map, columns, row_type));
    if (!map->forest)
        strbuf_printf(&map->out,
                      "<xsd:complexType name=\"%s\">\n  <xsd:sequence>\n    <xsd:element "
                      "name=\"row\" type=\"%s\" minOccurs=\"0\" maxOccurs=\"unbounded\"/>\n"
                      "  </xsd:sequence>\n</xsd:complexType>\n\n",
                      table_type, row_type);
    strbuf_printf(&map->out, "<xsd:element name=\"%s\" type=\"%s\"/>\n\n</xsd:schema>", element,
                  map->forest ? row_type : table_type);
    return STATUS_OK;
}

static Status put_plan_schema(XmlMap *map, const PlannedStatement *plan) {
    XmlColumn *columns = arena_array(map->arena, XmlColumn, plan->column_count + 1);
    for (uint32_t i = 0; i < plan->column_count; i++)
        columns[i] = (XmlColumn){plan->columns[i].name, plan->columns[i].type};
    return put_table_schema(map, (XmlColumns){columns, plan->column_count}, NULL);
}

/* What `put` wrote, taken out again: the schema that a document holds. */
static const char *taken(XmlMap *map) {
    const char *text = strbuf_cstr(&map->out);
    strbuf_init(&map->out, map->arena);
    return text;
}

/* ---- lists of tables and schemas ---- */

#define VISIBLE "relkind IN ('r','m','v') AND pg_catalog.has_table_privilege(oid, 'SELECT')"
#define SCHEMAS                                                                                    \
    "SELECT oid FROM pg_catalog.pg_namespace WHERE pg_catalog.has_schema_privilege(oid, 'USAGE') " \
    "AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY nspname"

static Status oid_list(XmlMap *map, const char *sql, Oid key, RowCollector *rows) {
    static const Oid types[] = {OID_OID};
    Datum param = datum_oid(key);
    bool null = false;
    NestedQuery query = {.sql = sql,
                         .param_count = key != 0,
                         .param_types = types,
                         .params = &param,
                         .param_nulls = &null};
    row_collector_init(rows, map->arena, 0);
    return executor_run_sql(map->call->site->env->session, &query, &rows->sink, NULL);
}
static Status tables_of(XmlMap *map, Oid nsp, RowCollector *rows) {
    return oid_list(map,
                    "SELECT oid FROM pg_catalog.pg_class WHERE relnamespace = $1 AND " VISIBLE
                    " ORDER BY relname",
                    nsp, rows);
}

static Status put_schema_data(XmlMap *map, Oid nsp, const char *schema, bool top) {
    const char *name;
    RowCollector tables;
    TRY(namespace_name(map->session, nsp, &name));
    name = xml_name(map, name);
    put_root(map, name, schema, top);
    strbuf_putc(&map->out, '\n');
    if (schema != NULL)
        strbuf_printf(&map->out, "%s\n\n", schema);
    TRY(tables_of(map, nsp, &tables));
    for (uint64_t i = 0; i < tables.row_count; i++) {
        TRY(put_table(map, tables.values[i].u32, NULL, false));
        strbuf_putc(&map->out, '\n');
    }
    strbuf_printf(&map->out, "</%s>\n", name);
    return STATUS_OK;
}

/* One schema's element and its type: what tables it holds. */
static Status put_schema_type(XmlMap *map, Oid nsp, const RowCollector *tables) {
    const char *name, *type, *list = map->forest ? "sequence" : "all";
    TRY(namespace_name(map->session, nsp, &name));
    TRY(full_name(map, "SchemaType", name, NULL, &type));
    strbuf_printf(&map->out, "<xsd:complexType name=\"%s\">\n  <xsd:%s>\n", type, list);
    for (uint64_t i = 0; i < tables->row_count; i++) {
        const RelationDesc *rel;
        const char *table_type;
        TRY(catalog_relation_require(map->session, tables->values[i].u32, &rel));
        TRY(full_name(map, map->forest ? "RowType" : "TableType", rel->nsp_name, rel->name,
                      &table_type));
        strbuf_printf(&map->out, "    <xsd:element name=\"%s\" type=\"%s\"%s/>\n",
                      xml_name(map, rel->name), table_type,
                      map->forest ? " minOccurs=\"0\" maxOccurs=\"unbounded\"" : "");
    }
    strbuf_printf(&map->out,
                  "  </xsd:%s>\n</xsd:complexType>\n\n<xsd:element name=\"%s\" type=\"%s\"/>\n\n",
                  list, xml_name(map, name), type);
    return STATUS_OK;
}

static Status put_types_of_tables(XmlMap *map, const RowCollector *tables) {
    TypeSet types = {0};
    for (uint64_t i = 0; i < tables->row_count; i++) {
        XmlColumns columns;
        const RelationDesc *rel;
        TRY(columns_of(map, tables->values[i].u32, &columns, &rel));
        types_of(&types, map->arena, columns);
    }
    return put_types(map, &types);
}

static Status put_schema_schema(XmlMap *map, Oid nsp) {
    RowCollector tables;
    TRY(tables_of(map, nsp, &tables));
    put_schema_start(map);
    TRY(put_types_of_tables(map, &tables));
    TRY(put_schema_type(map, nsp, &tables));
    strbuf_puts(&map->out, "</xsd:schema>");
    return STATUS_OK;
}

static Status put_database_data(XmlMap *map, const char *schema) {
    const char *name;
    RowCollector schemas;
    TRY(database_name(map->session, session_database(map->session), &name));
    name = xml_name(map, name);
    put_root(map, name, schema, true);
    strbuf_putc(&map->out, '\n');
    if (schema != NULL)
        strbuf_printf(&map->out, "%s\n\n", schema);
    TRY(oid_list(map, SCHEMAS, 0, &schemas));
    for (uint64_t i = 0; i < schemas.row_count; i++) {
        TRY(put_schema_data(map, schemas.values[i].u32, NULL, false));
        strbuf_putc(&map->out, '\n');
    }
    strbuf_printf(&map->out, "</%s>\n", name);
    return STATUS_OK;
}

static Status put_database_schema(XmlMap *map) {
    const char *name, *type;
    RowCollector schemas, tables;
    TRY(oid_list(map, SCHEMAS, 0, &schemas));
    TRY(oid_list(map,
                 "SELECT oid FROM pg_catalog.pg_class WHERE " VISIBLE " AND relnamespace IN "
                 "(SELECT oid FROM pg_catalog.pg_namespace WHERE "
                 "pg_catalog.has_schema_privilege(oid, 'USAGE') AND nspname !~ '^pg_' AND "
                 "nspname <> 'information_schema')",
                 0, &tables));
    put_schema_start(map);
    TRY(put_types_of_tables(map, &tables));
    TRY(database_name(map->session, session_database(map->session), &name));
    TRY(full_name(map, "CatalogType", NULL, NULL, &type));
    strbuf_printf(&map->out, "<xsd:complexType name=\"%s\">\n  <xsd:all>\n", type);
    for (uint64_t i = 0; i < schemas.row_count; i++) {
        const char *nsp, *schema_type;
        TRY(namespace_name(map->session, schemas.values[i].u32, &nsp));
        TRY(full_name(map, "SchemaType", nsp, NULL, &schema_type));
        strbuf_printf(&map->out, "    <xsd:element name=\"%s\" type=\"%s\"/>\n", xml_name(map, nsp),
                      schema_type);
    }
    strbuf_printf(&map->out,
                  "  </xsd:all>\n</xsd:complexType>\n\n<xsd:element name=\"%s\" type=\"%s\"/>\n\n"
                  "</xsd:schema>",
                  xml_name(map, name), type);
    return STATUS_OK;
}

/* ---- the functions ---- */

typedef enum XmlWhat { XML_DATA = 1, XML_SCHEMA = 2, XML_BOTH = 3 } XmlWhat;

static Status table_xml(FnCall *call, XmlWhat what) {
    XmlMap map;
    XmlColumns columns;
    const RelationDesc *rel;
    map_init(&map, call, 1);
    if (what & XML_SCHEMA) {
        TRY(relation_lock(map.session, arg_oid(call, 0), LOCK_ACCESS_SHARE, LOCK_WAIT, NULL));
        TRY(columns_of(&map, arg_oid(call, 0), &columns, &rel));
        TRY(put_table_schema(&map, columns, rel));
    }
    if (what != XML_SCHEMA)
        TRY(put_table(&map, arg_oid(call, 0), what == XML_BOTH ? taken(&map) : NULL, true));
    return map_give(&map);
}
static Status query_xml(FnCall *call, XmlWhat what) {
    XmlMap map;
    PlannedStatement *plan;
    map_init(&map, call, 1);
    if (what & XML_SCHEMA) {
        TRY(plan_query_text(&map, arg_text(call, 0), &plan));
        TRY(put_plan_schema(&map, plan));
    }
    if (what != XML_SCHEMA)
        TRY(put_query(&map, arg_text(call, 0), NULL, what == XML_BOTH ? taken(&map) : NULL, true));
    return map_give(&map);
}
static Status schema_xml(FnCall *call, XmlWhat what) {
    XmlMap map;
    Oid nsp;
    map_init(&map, call, 1);
    TRY(namespace_by_name(map.session, arg_text(call, 0), false, &nsp));
    if (what & XML_SCHEMA)
        TRY(put_schema_schema(&map, nsp));
    if (what != XML_SCHEMA)
        TRY(put_schema_data(&map, nsp, what == XML_BOTH ? taken(&map) : NULL, true));
    return map_give(&map);
}
static Status database_xml(FnCall *call, XmlWhat what) {
    XmlMap map;
    map_init(&map, call, 0);
    if (what & XML_SCHEMA)
        TRY(put_database_schema(&map));
    if (what != XML_SCHEMA)
        TRY(put_database_data(&map, what == XML_BOTH ? taken(&map) : NULL));
    return map_give(&map);
}

static Status fn_cursor_to_xml(FnCall *call) {
    XmlMap map;
    XmlRows rows;
    ExecCursor *cursor;
    const PlannedStatement *plan;
    Session *session = call->site->env->session;
    map_init(&map, call, 2);
    TRY(session->ops->cursor_find(session, arg_text(call, 0), &cursor, &plan));
    rows_init(&rows, &map, plan, NULL, true);
    if (!map.forest) {
        put_root(&map, "table", NULL, true);
        strbuf_putc(&map.out, '\n');
    }
    uint64_t got;
    TRY(cursor_fetch(cursor, AST_FETCH_FORWARD, call->args[1].i32, &rows.sink, &got));
    if (!map.forest)
        strbuf_puts(&map.out, "</table>\n");
    return map_give(&map);
}
static Status fn_cursor_to_xmlschema(FnCall *call) {
    XmlMap map;
    ExecCursor *cursor;
    const PlannedStatement *plan;
    Session *session = call->site->env->session;
    map_init(&map, call, 1);
    TRY(session->ops->cursor_find(session, arg_text(call, 0), &cursor, &plan));
    TRY(put_plan_schema(&map, plan));
    return map_give(&map);
}

#define MAPPING(kind)                                                                              \
    static Status fn_##kind##_data(FnCall *call) { return kind##_xml(call, XML_DATA); }            \
    static Status fn_##kind##_schema(FnCall *call) { return kind##_xml(call, XML_SCHEMA); }        \
    static Status fn_##kind##_both(FnCall *call) { return kind##_xml(call, XML_BOTH); }
MAPPING(table)
MAPPING(query)
MAPPING(schema)
MAPPING(database)

static const FnEntry entries[] = {
    SYSFUNC(2923, "table_to_xml", fn_table_data),
    SYSFUNC(2924, "query_to_xml", fn_query_data),
    SYSFUNC(2925, "cursor_to_xml", fn_cursor_to_xml),
    SYSFUNC(2926, "table_to_xmlschema", fn_table_schema),
    SYSFUNC(2927, "query_to_xmlschema", fn_query_schema),
    SYSFUNC(2928, "cursor_to_xmlschema", fn_cursor_to_xmlschema),
    SYSFUNC(2929, "table_to_xml_and_xmlschema", fn_table_both),
    SYSFUNC(2930, "query_to_xml_and_xmlschema", fn_query_both),
    SYSFUNC(2933, "schema_to_xml", fn_schema_data),
    SYSFUNC(2934, "schema_to_xmlschema", fn_schema_schema),
    SYSFUNC(2935, "schema_to_xml_and_xmlschema", fn_schema_both),
    SYSFUNC(2936, "database_to_xml", fn_database_data),
    SYSFUNC(2937, "database_to_xmlschema", fn_database_schema),
    SYSFUNC(2938, "database_to_xml_and_xmlschema", fn_database_both),
};

void sysfuncs_xml_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
