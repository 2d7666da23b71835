/*
 * boot.c: the catalogs of a new directory.
 *
 * Rows come from def/pg_*.def and, for what catalogs say about themselves (pg_class, pg_attribute,
 * pg_index, pg_constraint), from def/catalogs.def. Everything goes in by bulk inserts and bottom-up
 * index builds, in one transaction.
 */
#include "catalog/catalog_int.h"

#include <stdlib.h>

/* Each file is one string: a line of usual values, then a line a row. */
#define ROWS(name) static const char rows_##name[] =
ROWS(pg_aggregate)
#include "catalog/def/pg_aggregate.def"
    ;
ROWS(pg_am)
#include "catalog/def/pg_am.def"
    ;
ROWS(pg_amop)
#include "catalog/def/pg_amop.def"
    ;
ROWS(pg_amproc)
#include "catalog/def/pg_amproc.def"
    ;
ROWS(pg_auth_members)
#include "catalog/def/pg_auth_members.def"
    ;
ROWS(pg_authid)
#include "catalog/def/pg_authid.def"
    ;
ROWS(pg_cast)
#include "catalog/def/pg_cast.def"
    ;
ROWS(pg_collation)
#include "catalog/def/pg_collation.def"
    ;
ROWS(pg_conversion)
#include "catalog/def/pg_conversion.def"
    ;
ROWS(pg_description)
#include "catalog/def/pg_description.def"
    ;
ROWS(pg_depend)
#include "catalog/def/pg_depend.def"
    ;
ROWS(pg_extension)
#include "catalog/def/pg_extension.def"
    ;
ROWS(pg_language)
#include "catalog/def/pg_language.def"
    ;
ROWS(pg_namespace)
#include "catalog/def/pg_namespace.def"
    ;
ROWS(pg_opclass)
#include "catalog/def/pg_opclass.def"
    ;
ROWS(pg_operator)
#include "catalog/def/pg_operator.def"
    ;
ROWS(pg_opfamily)
#include "catalog/def/pg_opfamily.def"
    ;
ROWS(pg_proc)
#include "catalog/def/pg_proc.def"
    ;
ROWS(pg_range)
#include "catalog/def/pg_range.def"
    ;
ROWS(pg_shdescription)
#include "catalog/def/pg_shdescription.def"
    ;
ROWS(pg_tablespace)
#include "catalog/def/pg_tablespace.def"
    ;
ROWS(pg_ts_config)
#include "catalog/def/pg_ts_config.def"
    ;
ROWS(pg_ts_config_map)
#include "catalog/def/pg_ts_config_map.def"
    ;
ROWS(pg_ts_dict)
#include "catalog/def/pg_ts_dict.def"
    ;
ROWS(pg_ts_parser)
#include "catalog/def/pg_ts_parser.def"
    ;
ROWS(pg_ts_template)
#include "catalog/def/pg_ts_template.def"
    ;
ROWS(pg_type)
#include "catalog/def/pg_type.def"
    ;

static const struct {
    Oid catalog;
    const char *rows;
} row_files[] = {
    {PG_AGGREGATE, rows_pg_aggregate},
    {PG_AM, rows_pg_am},
    {PG_AMOP, rows_pg_amop},
    {PG_AMPROC, rows_pg_amproc},
    {PG_AUTH_MEMBERS, rows_pg_auth_members},
    {PG_AUTHID, rows_pg_authid},
    {PG_CAST, rows_pg_cast},
    {PG_COLLATION, rows_pg_collation},
    {PG_CONVERSION, rows_pg_conversion},
    {PG_DESCRIPTION, rows_pg_description},
    {PG_DEPEND, rows_pg_depend},
    {PG_EXTENSION, rows_pg_extension},
    {PG_LANGUAGE, rows_pg_language},
    {PG_NAMESPACE, rows_pg_namespace},
    {PG_OPCLASS, rows_pg_opclass},
    {PG_OPERATOR, rows_pg_operator},
    {PG_OPFAMILY, rows_pg_opfamily},
    {PG_PROC, rows_pg_proc},
    {PG_RANGE, rows_pg_range},
    {PG_SHDESCRIPTION, rows_pg_shdescription},
    {PG_TABLESPACE, rows_pg_tablespace},
    {PG_TS_CONFIG, rows_pg_ts_config},
    {PG_TS_CONFIG_MAP, rows_pg_ts_config_map},
    {PG_TS_DICT, rows_pg_ts_dict},
    {PG_TS_PARSER, rows_pg_ts_parser},
    {PG_TS_TEMPLATE, rows_pg_ts_template},
    {PG_TYPE, rows_pg_type},
};

/* Rows of one catalog on their way in. */
typedef struct RowSet {
    const CatalogTable *table;
    Arena arena;
    VEC(Datum) values;
    VEC(bool) nulls;
    uint32_t count;
    Datum *row; /* the newest */
    bool *row_nulls;
} RowSet;

static void rowset_init(RowSet *set, CatalogSession *session, Oid catalog) {
    memset(set, 0, sizeof(*set));
    set->table = catalog_table(catalog);
    arena_init(&set->arena, &session->account);
}

/* A new row: all zero, not NULL. */
static void rowset_add(RowSet *set) {
    for (unsigned i = 0; i < set->table->column_count; i++) {
        vec_push(&set->values, &set->arena, ((Datum){.i64 = 0}));
        vec_push(&set->nulls, &set->arena, false);
        if (set->table->columns[i].phys == PHYS_STR) {
            set->values.items[set->values.count - 1] = datum_str("", 0);
            set->nulls.items[set->nulls.count - 1] = !set->table->columns[i].not_null;
        }
    }
    set->count++;
    set->row = set->values.items + set->values.count - set->table->column_count;
    set->row_nulls = set->nulls.items + set->nulls.count - set->table->column_count;
}

static Status rowset_store(RowSet *set, CatalogSession *session, const StoreMap *map) {
    Status status =
        bulk_load(session, map, set->table, set->values.items, set->nulls.items, set->count);
    arena_destroy(&set->arena);
    return status;
}

/* ---- text of a row file to values ---- */

static const char *unescape(Arena *arena, const char *text, size_t len) {
    char *out = arena_alloc(arena, len + 1), *p = out;
    for (size_t i = 0; i < len; i++) {
        if (text[i] == '\\' && i + 1 < len) {
            i++;
            *p++ = text[i] == 'n' ? '\n' : text[i] == 't' ? '\t' : text[i];
        } else {
            *p++ = text[i];
        }
    }
    *p = '\0';
    return out;
}

/* Elements of "{a,"b c",d}" or, with separator ' ', of "1 2 3". */
static const char *const *split(Arena *arena, const char *text, char separator, uint32_t *count) {
    VEC(const char *) items = {0};
    const char *p = text;
    if (separator == ',' && *p == '{')
        p++;
    while (*p != '\0' && *p != '}') {
        StrBuf item;
        strbuf_init(&item, arena);
        bool quoted = *p == '"';
        for (p += quoted; *p != '\0'; p++) {
            if (quoted ? *p == '"' : *p == separator || *p == '}')
                break;
            if (*p == '\\' && p[1] != '\0')
                p++;
            strbuf_putc(&item, *p);
        }
        p += quoted && *p == '"';
        vec_push(&items, arena, strbuf_cstr(&item));
        if (*p == separator)
            p++;
    }
    *count = (uint32_t)items.count;
    return items.items;
}

static uint32_t acl_letters(const char *letters) {
    uint32_t privileges = 0;
    for (; *letters != '\0'; letters++)
        for (unsigned i = 0; i < ACL_PRIVILEGE_COUNT; i++)
            if (acl_privilege_letter(1u << i) == *letters)
                privileges |= 1u << i;
    return privileges;
}

/* "grantee=letters/grantor,...", all by OID. */
static Datum parse_acl(Arena *arena, const char *text) {
    uint32_t count;
    const char *const *items = split(arena, text, ',', &count);
    Acl *acl = arena_zalloc(arena, sizeof(Acl) + count * sizeof(AclItem));
    for (uint32_t i = 0; i < count; i++) {
        char *rest;
        AclItem *item = &acl->items[acl->count++];
        item->grantee = (Oid)strtoul(items[i], &rest, 10);
        char *slash = strchr(rest, '/');
        item->grantor = (Oid)strtoul(slash + 1, NULL, 10);
        *slash = '\0';
        item->privileges = acl_letters(rest + 1);
    }
    return acl_datum(arena, acl);
}

static Datum parse_oids(Arena *arena, const char *text, bool vector) {
    uint32_t count;
    const char *const *items = split(arena, text, vector ? ' ' : ',', &count);
    Oid *oids = arena_array(arena, Oid, count + 1);
    for (uint32_t i = 0; i < count; i++)
        oids[i] = (Oid)strtoul(items[i], NULL, 10);
    return vector ? row_oid_vector(arena, oids, count) : row_oid_array(arena, oids, count);
}

static Datum parse_chars(Arena *arena, const char *text) {
    uint32_t count;
    const char *const *items = split(arena, text, ',', &count);
    char *chars = arena_alloc(arena, count + 1);
    for (uint32_t i = 0; i < count; i++)
        chars[i] = items[i][0];
    return row_char_array(arena, chars, count);
}

static Datum parse_value(Arena *arena, const CatalogColumn *column, const char *text) {
    uint32_t count;
    switch (column->type) {
    case OID_BOOL:
        return datum_bool(text[0] == 't');
    case OID_CHAR:
        return (Datum){.byte = (uint8_t)text[0]};
    case OID_INT2:
        return (Datum){.i16 = (int16_t)strtol(text, NULL, 10)};
    case OID_INT8:
        return datum_i64(strtoll(text, NULL, 10));
    case OID_FLOAT4:
        return (Datum){.f32 = strtof(text, NULL)};
    case OID_OIDVECTOR:
        return parse_oids(arena, text, true);
    case OID_OID_ARRAY:
        return parse_oids(arena, text, false);
    case OID_CHAR_ARRAY:
        return parse_chars(arena, text);
    case OID_ACLITEM_ARRAY:
        return parse_acl(arena, text);
    case OID_TEXT_ARRAY: {
        const char *const *items = split(arena, text, ',', &count);
        return row_text_array(arena, items, count);
    }
    default:
        if (column->phys == PHYS_I32)
            return datum_i32((int32_t)strtoll(text, NULL, 10));
        return datum_cstr(text);
    }
}

/* One line. usual: the fields of the file's first line, NULL while reading that. */
static void parse_row(RowSet *set, const char *line, size_t len, const Str *usual) {
    const char *end = line + len;
    rowset_add(set);
    for (unsigned c = 0; c < set->table->column_count; c++) {
        const char *tab = line < end ? memchr(line, '\t', (size_t)(end - line)) : NULL;
        const char *stop = tab != NULL ? tab : end;
        Str field = line < end ? str_make(line, (size_t)(stop - line)) : str_make("", 0);
        if (field.len == 0)
            field = usual[c];
        line = tab != NULL ? tab + 1 : end;
        if (field.len == 2 && memcmp(field.data, "\\N", 2) == 0) {
            set->row_nulls[c] = true;
            continue;
        }
        bool empty = field.len == 2 && memcmp(field.data, "\\e", 2) == 0;
        const char *text = empty ? "" : unescape(&set->arena, field.data, field.len);
        set->row[c] = parse_value(&set->arena, &set->table->columns[c], text);
        set->row_nulls[c] = false;
    }
}

static void parse_rows(RowSet *set, const char *text) {
    Str usual[CATALOG_COLUMNS_MAX];
    const char *end = strchr(text, '\n');
    const char *p = text;
    for (unsigned c = 0; c < set->table->column_count; c++) {
        const char *stop = memchr(p, '\t', (size_t)(end - p));
        if (stop == NULL)
            stop = end;
        usual[c] = str_make(p, (size_t)(stop - p));
        p = stop + 1;
    }
    for (text = end + 1; *text != '\0'; text = end + 1) {
        end = strchr(text, '\n');
        parse_row(set, text, (size_t)(end - text), usual);
    }
}

/* ---- what catalogs say about themselves ---- */

static bool is_mapped(const CatalogTable *table) {
    return table->shared || table->oid == PG_CLASS || table->oid == PG_ATTRIBUTE ||
           table->oid == PG_PROC || table->oid == PG_TYPE;
}

static void class_row(RowSet *set, Oid oid, const char *name, const CatalogTable *table,
                      StoreId store, bool index, unsigned column_count) {
    rowset_add(set);
    Datum *row = set->row;
    row[PG_CLASS_OID] = datum_oid(oid);
    row[PG_CLASS_RELNAME] = datum_cstr(name);
    row[PG_CLASS_RELNAMESPACE] = datum_oid(OID_NAMESPACE_CATALOG);
    row[PG_CLASS_RELTYPE] = datum_oid(index ? 0 : table->row_type);
    row[PG_CLASS_RELOWNER] = datum_oid(OID_ROLE_BOOTSTRAP);
    row[PG_CLASS_RELAM] = datum_oid(index ? OID_AM_BTREE : OID_AM_HEAP);
    row[PG_CLASS_RELFILENODE] = datum_oid(is_mapped(table) ? 0 : store);
    row[PG_CLASS_RELTABLESPACE] = datum_oid(table->shared ? OID_TABLESPACE_GLOBAL : 0);
    row[PG_CLASS_RELTUPLES].f32 = -1;
    row[PG_CLASS_RELHASINDEX] = datum_bool(!index && table->index_count > 0);
    row[PG_CLASS_RELISSHARED] = datum_bool(table->shared);
    row[PG_CLASS_RELPERSISTENCE].byte = 'p';
    row[PG_CLASS_RELKIND].byte = index ? 'i' : 'r';
    row[PG_CLASS_RELNATTS].i16 = (int16_t)column_count;
    row[PG_CLASS_RELISPOPULATED] = datum_bool(true);
    row[PG_CLASS_RELREPLIDENT].byte = 'n';
    row[PG_CLASS_RELFROZENXID] = datum_oid(index ? 0 : 3);
    row[PG_CLASS_RELMINMXID] = datum_oid(index ? 0 : 1);
    set->row_nulls[PG_CLASS_RELACL] = index;
    if (!index)
        row[PG_CLASS_RELACL] = parse_acl(&set->arena, table->acl);
}

static void attribute_row(RowSet *set, Oid relation, int attnum, const char *name, Oid type,
                          int16_t len, bool by_value, char align, char storage, bool not_null,
                          int dims, Oid collation) {
    rowset_add(set);
    Datum *row = set->row;
    row[PG_ATTRIBUTE_ATTRELID] = datum_oid(relation);
    row[PG_ATTRIBUTE_ATTNAME] = datum_cstr(name);
    row[PG_ATTRIBUTE_ATTTYPID] = datum_oid(type);
    row[PG_ATTRIBUTE_ATTSTATTARGET] = datum_i32(attnum > 0 ? -1 : 0);
    row[PG_ATTRIBUTE_ATTLEN].i16 = len;
    row[PG_ATTRIBUTE_ATTNUM].i16 = (int16_t)attnum;
    row[PG_ATTRIBUTE_ATTNDIMS] = datum_i32(dims);
    row[PG_ATTRIBUTE_ATTCACHEOFF] = datum_i32(-1);
    row[PG_ATTRIBUTE_ATTTYPMOD] = datum_i32(-1);
    row[PG_ATTRIBUTE_ATTBYVAL] = datum_bool(by_value);
    row[PG_ATTRIBUTE_ATTALIGN].byte = (uint8_t)align;
    row[PG_ATTRIBUTE_ATTSTORAGE].byte = (uint8_t)storage;
    row[PG_ATTRIBUTE_ATTNOTNULL] = datum_bool(not_null);
    row[PG_ATTRIBUTE_ATTISLOCAL] = datum_bool(true);
    row[PG_ATTRIBUTE_ATTCOLLATION] = datum_oid(collation);
}

static void attribute_rows(RowSet *set, const CatalogTable *table) {
    for (unsigned i = 0; i < table->column_count; i++) {
        const CatalogColumn *c = &table->columns[i];
        attribute_row(set, table->oid, (int)i + 1, c->name, c->type, c->len, c->by_value, c->align,
                      c->storage, c->not_null, c->dims, c->collation);
    }
    for (unsigned i = 0; i < SYSTEM_COLUMN_COUNT; i++) {
        const SystemColumn *c = &system_columns[i];
        attribute_row(set, table->oid, c->attnum, c->name, c->type, c->len, c->by_value, c->align,
                      'p', true, 0, 0);
    }
    for (unsigned i = 0; i < table->index_count; i++) {
        const CatalogIndex *index = &table->indexes[i];
        for (unsigned k = 0; k < index->key_count; k++) {
            const CatalogColumn *c = &table->columns[index->columns[k]];
            bool name = c->type == OID_NAME;
            attribute_row(set, index->oid, (int)k + 1, c->name, name ? OID_CSTRING : c->type,
                          name ? -2 : c->len, c->by_value, c->align, c->storage, false, c->dims,
                          index->collations[k]);
        }
    }
}

static void index_row(RowSet *set, const CatalogTable *table, const CatalogIndex *index) {
    rowset_add(set);
    Datum *row = set->row;
    int16_t columns[8], options[8] = {0};
    for (unsigned k = 0; k < index->key_count; k++)
        columns[k] = (int16_t)(index->columns[k] + 1);
    row[PG_INDEX_INDEXRELID] = datum_oid(index->oid);
    row[PG_INDEX_INDRELID] = datum_oid(table->oid);
    row[PG_INDEX_INDNATTS].i16 = index->key_count;
    row[PG_INDEX_INDNKEYATTS].i16 = index->key_count;
    row[PG_INDEX_INDISUNIQUE] = datum_bool(index->unique);
    row[PG_INDEX_INDISPRIMARY] = datum_bool(index->primary);
    row[PG_INDEX_INDIMMEDIATE] = datum_bool(true);
    row[PG_INDEX_INDISVALID] = datum_bool(true);
    row[PG_INDEX_INDISREADY] = datum_bool(true);
    row[PG_INDEX_INDISLIVE] = datum_bool(true);
    row[PG_INDEX_INDKEY] = row_int2_vector(&set->arena, columns, index->key_count);
    row[PG_INDEX_INDCOLLATION] = row_oid_vector(&set->arena, index->collations, index->key_count);
    row[PG_INDEX_INDCLASS] = row_oid_vector(&set->arena, index->opclasses, index->key_count);
    row[PG_INDEX_INDOPTION] = row_int2_vector(&set->arena, options, index->key_count);
}

static void constraint_row(RowSet *set, const CatalogTable *table, const CatalogIndex *index) {
    if (index->constraint == 0)
        return;
    rowset_add(set);
    Datum *row = set->row;
    int16_t columns[8];
    for (unsigned k = 0; k < index->key_count; k++)
        columns[k] = (int16_t)(index->columns[k] + 1);
    row[PG_CONSTRAINT_OID] = datum_oid(index->constraint);
    row[PG_CONSTRAINT_CONNAME] = datum_cstr(index->constraint_name);
    row[PG_CONSTRAINT_CONNAMESPACE] = datum_oid(OID_NAMESPACE_CATALOG);
    row[PG_CONSTRAINT_CONTYPE].byte = index->primary ? 'p' : 'u';
    row[PG_CONSTRAINT_CONVALIDATED] = datum_bool(true);
    row[PG_CONSTRAINT_CONRELID] = datum_oid(table->oid);
    row[PG_CONSTRAINT_CONINDID] = datum_oid(index->oid);
    row[PG_CONSTRAINT_CONFUPDTYPE].byte = ' ';
    row[PG_CONSTRAINT_CONFDELTYPE].byte = ' ';
    row[PG_CONSTRAINT_CONFMATCHTYPE].byte = ' ';
    row[PG_CONSTRAINT_CONISLOCAL] = datum_bool(true);
    row[PG_CONSTRAINT_CONNOINHERIT] = datum_bool(true);
    set->row_nulls[PG_CONSTRAINT_CONKEY] = false;
    row[PG_CONSTRAINT_CONKEY] = row_int2_array(&set->arena, columns, index->key_count);
}

static Status fill_self(CatalogSession *session, const StoreMap *map, const StoreMap *shared) {
    RowSet class, attribute, index, constraint;
    rowset_init(&class, session, PG_CLASS);
    rowset_init(&attribute, session, PG_ATTRIBUTE);
    rowset_init(&index, session, PG_INDEX);
    rowset_init(&constraint, session, PG_CONSTRAINT);
    size_t count;
    const CatalogTable *tables = catalog_tables(&count);
    for (size_t t = 0; t < count; t++) {
        const CatalogTable *table = &tables[t];
        const StoreMap *stores = table->shared ? shared : map;
        class_row(&class, table->oid, table->name, table, stores->stores[t], false,
                  table->column_count);
        attribute_rows(&attribute, table);
        for (unsigned i = 0; i < table->index_count; i++) {
            const CatalogIndex *def = &table->indexes[i];
            class_row(&class, def->oid, def->name, table,
                      stores->stores[catalog_index_ordinal(def)], true, def->key_count);
            index_row(&index, table, def);
            constraint_row(&constraint, table, def);
        }
    }
    Status status = rowset_store(&class, session, map);
    RowSet *rest[] = {&attribute, &index, &constraint};
    for (unsigned i = 0; i < ARRAY_LEN(rest); i++) {
        if (status_ok(status))
            status = rowset_store(rest[i], session, map);
        else
            arena_destroy(&rest[i]->arena);
    }
    return status;
}

static void superuser_row(RowSet *set, const char *name) {
    rowset_add(set);
    set->row[PG_AUTHID_OID] = datum_oid(OID_ROLE_BOOTSTRAP);
    set->row[PG_AUTHID_ROLNAME] = datum_cstr(name);
    for (unsigned c = PG_AUTHID_ROLSUPER; c <= PG_AUTHID_ROLBYPASSRLS; c++)
        set->row[c] = datum_bool(true);
    set->row[PG_AUTHID_ROLCONNLIMIT] = datum_i32(-1);
    set->row_nulls[PG_AUTHID_ROLVALIDUNTIL] = true;
}

static Status fill_template1(CatalogSession *session, const StoreMap *shared) {
    RowSet set;
    rowset_init(&set, session, PG_DATABASE);
    rowset_add(&set);
    set.row[PG_DATABASE_OID] = datum_oid(OID_DATABASE_TEMPLATE1);
    set.row[PG_DATABASE_DATNAME] = datum_cstr("template1");
    set.row[PG_DATABASE_DATDBA] = datum_oid(OID_ROLE_BOOTSTRAP);
    set.row[PG_DATABASE_ENCODING] = datum_i32(6);
    set.row[PG_DATABASE_DATLOCPROVIDER].byte = 'c';
    set.row[PG_DATABASE_DATISTEMPLATE] = datum_bool(true);
    set.row[PG_DATABASE_DATALLOWCONN] = datum_bool(true);
    set.row[PG_DATABASE_DATCONNLIMIT] = datum_i32(-1);
    set.row[PG_DATABASE_DATFROZENXID] = datum_oid(3);
    set.row[PG_DATABASE_DATMINMXID] = datum_oid(1);
    set.row[PG_DATABASE_DATTABLESPACE] = datum_oid(OID_TABLESPACE_DEFAULT);
    set.row[PG_DATABASE_DATCOLLATE] = datum_cstr("C");
    set.row[PG_DATABASE_DATCTYPE] = datum_cstr("C");
    set.row[PG_DATABASE_DATACL] = parse_acl(&set.arena, "0=c/10,10=CTc/10");
    set.row_nulls[PG_DATABASE_DATACL] = false;
    return rowset_store(&set, session, shared);
}

Status boot_fill(Catalog *catalog, CatalogSession *session, const char *superuser) {
    StoreMap *shared, *map;
    TRY(store_map_create(catalog, session->txn, 0, &shared));
    u64map_put(&catalog->maps, 1, shared);
    TRY(store_map_create(catalog, session->txn, OID_DATABASE_TEMPLATE1, &map));
    u64map_put(&catalog->maps, (uint64_t)OID_DATABASE_TEMPLATE1 + 1, map);
    TRY(store_map_insert(catalog, session->txn, shared, false));
    TRY(store_map_insert(catalog, session->txn, map, true));
    for (size_t i = 0; i < ARRAY_LEN(row_files); i++) {
        RowSet set;
        rowset_init(&set, session, row_files[i].catalog);
        parse_rows(&set, row_files[i].rows);
        if (row_files[i].catalog == PG_AUTHID)
            superuser_row(&set, superuser);
        TRY(rowset_store(&set, session, set.table->shared ? shared : map));
    }
    TRY(fill_template1(session, shared));
    return fill_self(session, map, shared);
}
