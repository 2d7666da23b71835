/* ddl_relation.c: making relations and changing their rows. */
#include "catalog/catalog_int.h"

#define COLUMNS_MAX 1600u

static ObjectAddress relation_address(Oid relation) {
    return object_address(PG_CLASS, relation, 0);
}

Status relation_row(CatalogSession *session, Oid relation, Arena *arena, CatalogRow *row_out) {
    bool found;
    TRY(catalog_find_oid(session, PG_CLASS_OID_INDEX, relation, arena, row_out, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for relation %u", relation);
    return STATUS_OK;
}

Status column_row(CatalogSession *session, Oid relation, int16_t attnum, Arena *arena,
                  CatalogRow *row_out) {
    Datum keys[2] = {datum_oid(relation), {.i16 = attnum}};
    bool found;
    TRY(catalog_find(session, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, keys, 2, arena, row_out, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for attribute %d of relation %u",
                     attnum, relation);
    return STATUS_OK;
}

/* ---- checks ---- */

static bool is_system_column(const char *name) {
    for (unsigned i = 0; i < SYSTEM_COLUMN_COUNT; i++)
        if (strcmp(system_columns[i].name, name) == 0)
            return true;
    return false;
}

static Status check_column_type(CatalogSession *session, const ColumnSpec *spec, char kind) {
    const TypeDesc *type;
    TRY(catalog_type_require(session, spec->type, &type));
    /* Views may show record and the like where an expression gives them. */
    if (type->kind != 'p' || session->bootstrap ||
        (kind == 'v' && (spec->type == OID_RECORD || spec->type == OID_UNKNOWN)))
        return STATUS_OK;
    const char *text;
    TRY(format_type_brief(session, session_statement_arena(session), spec->type, &text));
    return error(ERR_INVALID_TABLE_DEFINITION, "column \"%s\" has pseudo-type %s", spec->name,
                 text);
}

static Status check_columns(CatalogSession *session, const RelationSpec *spec) {
    if (spec->column_count > COLUMNS_MAX)
        return error(ERR_TOO_MANY_COLUMNS, "tables can have at most %u columns", COLUMNS_MAX);
    bool system_names = spec->kind != 'v' && spec->kind != 'c';
    StrMap names;
    strmap_init(&names, &session->account);
    Status status = STATUS_OK;
    for (uint32_t i = 0; i < spec->column_count && status_ok(status); i++) {
        const ColumnSpec *column = &spec->columns[i];
        if (system_names && is_system_column(column->name))
            status = error(ERR_DUPLICATE_COLUMN,
                           "column name \"%s\" conflicts with a system column name", column->name);
        else if (strmap_put(&names, column->name, strlen(column->name), (void *)(uintptr_t)1))
            status =
                error(ERR_DUPLICATE_COLUMN, "column \"%s\" specified more than once", column->name);
        else
            status = check_column_type(session, column, spec->kind);
    }
    strmap_destroy(&names);
    return status;
}

static Status relation_exists(CatalogSession *session, const char *name, Oid nsp, bool *yes_out) {
    Datum keys[2] = {datum_cstr(name), datum_oid(nsp)};
    const Desc *desc;
    TRY(cache_get(session, CACHE_RELATION_NAME, keys, &desc));
    *yes_out = desc != NULL;
    return STATUS_OK;
}

static Status check_name_free(CatalogSession *session, const char *name, Oid nsp) {
    bool exists;
    TRY(relation_exists(session, name, nsp, &exists));
    return exists ? error(ERR_DUPLICATE_TABLE, "relation \"%s\" already exists", name) : STATUS_OK;
}

static bool has_row_type(char kind) { return strchr("rvmfpc", kind) != NULL; }
static bool has_store(char kind) { return strchr("rmSt", kind) != NULL; }

/* A type of the relation's name stands in the way, unless it is an array type that can step aside. */
static Status check_type_free(CatalogSession *session, const char *name, Oid nsp) {
    Oid old;
    bool moved;
    TRY(type_find(session, name, nsp, &old));
    if (old == 0)
        return STATUS_OK;
    TRY(type_move_array(session, old, name, nsp, &moved));
    if (moved)
        return STATUS_OK;
    return status_hint(error(ERR_DUPLICATE_OBJECT, "type \"%s\" already exists", name),
                       "A relation has an associated type of the same name, so you must use a name "
                       "that doesn't conflict with any existing type.");
}

/* ---- rows ---- */

void class_row_init(CatalogRow *row, Oid oid, const char *name, Oid nsp, Oid owner, char kind) {
    memset(row, 0, sizeof(*row));
    row_set_oid(row, PG_CLASS_OID, oid);
    row_set_text(row, PG_CLASS_RELNAME, name);
    row_set_oid(row, PG_CLASS_RELNAMESPACE, nsp);
    row_set_oid(row, PG_CLASS_RELOWNER, owner);
    row_set_char(row, PG_CLASS_RELKIND, kind);
    row_set_char(row, PG_CLASS_RELPERSISTENCE, 'p');
    row_set_f32(row, PG_CLASS_RELTUPLES, -1);
    row_set_bool(row, PG_CLASS_RELISPOPULATED, true);
    row_set_char(row, PG_CLASS_RELREPLIDENT, 'n');
    row_set_null(row, PG_CLASS_RELACL);
    row_set_null(row, PG_CLASS_RELOPTIONS);
    row_set_null(row, PG_CLASS_RELPARTBOUND);
}

static void class_row_fill(CatalogSession *session, CatalogRow *row, const RelationSpec *spec,
                           StoreId store, Oid row_type, const Acl *acl, Arena *arena) {
    row_set_oid(row, PG_CLASS_RELTYPE, row_type);
    row_set_oid(row, PG_CLASS_RELOFTYPE, spec->of_type);
    row_set_oid(row, PG_CLASS_RELAM,
                spec->am != 0                      ? spec->am
                : strchr("rm", spec->kind) != NULL ? OID_AM_HEAP
                                                   : 0);
    row_set_oid(row, PG_CLASS_RELFILENODE, store);
    row_set_oid(row, PG_CLASS_RELTABLESPACE, spec->tablespace);
    row_set_char(row, PG_CLASS_RELPERSISTENCE, spec->persistence);
    row_set_i16(row, PG_CLASS_RELNATTS, (int16_t)spec->column_count);
    row_set_bool(row, PG_CLASS_RELISPOPULATED, spec->kind != 'm');
    if (strchr("rmp", spec->kind) != NULL)
        row_set_char(row, PG_CLASS_RELREPLIDENT, spec->nsp == OID_NAMESPACE_CATALOG ? 'n' : 'd');
    row_set_bool(row, PG_CLASS_RELISPARTITION, spec->is_partition);
    if (has_store(spec->kind) && spec->kind != 'S') {
        row_set_oid(row, PG_CLASS_RELFROZENXID, 3);
        row_set_oid(row, PG_CLASS_RELMINMXID, 1);
    }
    if (spec->kind == 'S') {
        row_set_i32(row, PG_CLASS_RELPAGES, 1);
        row_set_f32(row, PG_CLASS_RELTUPLES, 1);
    }
    if (acl != NULL) {
        row->values[PG_CLASS_RELACL] = acl_datum(arena, acl);
        row->nulls[PG_CLASS_RELACL] = false;
    }
    if (spec->option_count > 0) {
        row->values[PG_CLASS_RELOPTIONS] = row_text_array(arena, spec->options, spec->option_count);
        row->nulls[PG_CLASS_RELOPTIONS] = false;
    }
    row_set_text(row, PG_CLASS_RELPARTBOUND, spec->partition_bound);
}

void attribute_row_init(CatalogRow *row, Oid relation, int16_t attnum, const char *name) {
    memset(row, 0, sizeof(*row));
    row_set_oid(row, PG_ATTRIBUTE_ATTRELID, relation);
    row_set_text(row, PG_ATTRIBUTE_ATTNAME, name);
    row_set_i16(row, PG_ATTRIBUTE_ATTNUM, attnum);
    row_set_i32(row, PG_ATTRIBUTE_ATTSTATTARGET, attnum > 0 ? -1 : 0);
    row_set_i32(row, PG_ATTRIBUTE_ATTCACHEOFF, -1);
    row_set_i32(row, PG_ATTRIBUTE_ATTTYPMOD, -1);
    row_set_bool(row, PG_ATTRIBUTE_ATTISLOCAL, true);
    row_set_null(row, PG_ATTRIBUTE_ATTACL);
    row_set_null(row, PG_ATTRIBUTE_ATTOPTIONS);
    row_set_null(row, PG_ATTRIBUTE_ATTFDWOPTIONS);
    row_set_null(row, PG_ATTRIBUTE_ATTMISSINGVAL);
}

void attribute_row_type(CatalogRow *row, const TypeDesc *type) {
    row_set_oid(row, PG_ATTRIBUTE_ATTTYPID, type->oid);
    row_set_i16(row, PG_ATTRIBUTE_ATTLEN, type->len);
    row_set_bool(row, PG_ATTRIBUTE_ATTBYVAL, type->by_value);
    row_set_char(row, PG_ATTRIBUTE_ATTALIGN, type->align);
    row_set_char(row, PG_ATTRIBUTE_ATTSTORAGE, type->storage);
    row_set_oid(row, PG_ATTRIBUTE_ATTCOLLATION, type->collation);
}

static Status insert_column(CatalogSession *session, Oid relation, const ColumnSpec *spec,
                            int16_t attnum, const Datum *missing, Arena *arena) {
    const TypeDesc *type;
    TRY(catalog_type_require(session, spec->type, &type));
    CatalogRow *row = row_new(arena);
    attribute_row_init(row, relation, attnum, spec->name);
    attribute_row_type(row, type);
    row_set_i32(row, PG_ATTRIBUTE_ATTTYPMOD, spec->typmod);
    row_set_i32(row, PG_ATTRIBUTE_ATTNDIMS, spec->dims);
    row_set_i32(row, PG_ATTRIBUTE_ATTSTATTARGET, spec->stats_target);
    row_set_bool(row, PG_ATTRIBUTE_ATTNOTNULL, spec->not_null);
    row_set_char(row, PG_ATTRIBUTE_ATTIDENTITY, spec->identity);
    row_set_char(row, PG_ATTRIBUTE_ATTGENERATED, spec->generated);
    row_set_char(row, PG_ATTRIBUTE_ATTCOMPRESSION, spec->compression);
    row_set_bool(row, PG_ATTRIBUTE_ATTISLOCAL, spec->is_local);
    row_set_i32(row, PG_ATTRIBUTE_ATTINHCOUNT, spec->inherit_count);
    if (spec->storage != 0)
        row_set_char(row, PG_ATTRIBUTE_ATTSTORAGE, spec->storage);
    if (spec->collation != 0)
        row_set_oid(row, PG_ATTRIBUTE_ATTCOLLATION, spec->collation);
    if (missing != NULL) {
        row_set_bool(row, PG_ATTRIBUTE_ATTHASMISSING, true);
        TRY(array_build_1d(arena, spec->type, type->phys, missing, NULL, 1,
                           &row->values[PG_ATTRIBUTE_ATTMISSINGVAL]));
        row->nulls[PG_ATTRIBUTE_ATTMISSINGVAL] = false;
    }
    TRY(catalog_insert(session, PG_ATTRIBUTE, row));
    ObjectAddress column = object_address(PG_CLASS, relation, attnum);
    TRY(depend_record(session, column, object_address(PG_TYPE, spec->type, 0), DEPEND_NORMAL));
    Oid collation = row_oid(row, PG_ATTRIBUTE_ATTCOLLATION);
    return depend_record(session, column, object_address(PG_COLLATION, collation, 0),
                         DEPEND_NORMAL);
}

static Status insert_system_columns(CatalogSession *session, Oid relation, Arena *arena) {
    CatalogRow *row = row_new(arena);
    for (unsigned i = 0; i < SYSTEM_COLUMN_COUNT; i++) {
        const SystemColumn *column = &system_columns[i];
        attribute_row_init(row, relation, column->attnum, column->name);
        row_set_oid(row, PG_ATTRIBUTE_ATTTYPID, column->type);
        row_set_i16(row, PG_ATTRIBUTE_ATTLEN, column->len);
        row_set_bool(row, PG_ATTRIBUTE_ATTBYVAL, column->by_value);
        row_set_char(row, PG_ATTRIBUTE_ATTALIGN, column->align);
        row_set_char(row, PG_ATTRIBUTE_ATTSTORAGE, 'p');
        row_set_bool(row, PG_ATTRIBUTE_ATTNOTNULL, true);
        TRY(catalog_insert(session, PG_ATTRIBUTE, row));
    }
    return STATUS_OK;
}

/* ---- creation ---- */

static size_t acl_roles(Arena *arena, const Acl *acl, const Oid **roles_out) {
    Oid *roles = arena_array(arena, Oid, (acl != NULL ? acl->count : 0) * 2u + 1);
    size_t n = 0;
    for (uint32_t i = 0; acl != NULL && i < acl->count; i++) {
        roles[n++] = acl->items[i].grantee;
        roles[n++] = acl->items[i].grantor;
    }
    *roles_out = roles;
    return n;
}

Status acl_record_roles(CatalogSession *session, ObjectAddress object, Oid owner, const Acl *old,
                        const Acl *now, Arena *arena) {
    const Oid *old_roles, *new_roles;
    size_t old_count = acl_roles(arena, old, &old_roles);
    size_t new_count = acl_roles(arena, now, &new_roles);
    return shdepend_update_acl(session, object.class_id, object.object, object.sub, owner,
                               old_roles, old_count, new_roles, new_count);
}

static Status create_row_types(CatalogSession *session, const RelationSpec *spec, Oid relation,
                               Oid *row_type_out, Arena *arena) {
    Oid array_oid, array_made;
    const char *array_name;
    *row_type_out = 0;
    if (!has_row_type(spec->kind))
        return STATUS_OK;
    TRY(check_type_free(session, spec->name, spec->nsp));
    TRY(catalog_new_oid(session, PG_TYPE, &array_oid));
    TypeSpec row = {.name = spec->name,
                    .nsp = spec->nsp,
                    .relation = relation,
                    .relation_kind = spec->kind,
                    .owner = spec->owner,
                    .len = -1,
                    .kind = 'c',
                    .category = 'C',
                    .delimiter = ',',
                    .input = PROC_RECORD_IN,
                    .output = PROC_RECORD_OUT,
                    .receive = PROC_RECORD_RECV,
                    .send = PROC_RECORD_SEND,
                    .array = array_oid,
                    .align = 'd',
                    .storage = 'x',
                    .typmod = -1};
    TRY(type_create(session, &row, row_type_out));
    TRY(type_choose_array_name(session, arena, spec->name, spec->nsp, &array_name));
    TypeSpec array = array_type_spec(array_name, spec->nsp, spec->owner, *row_type_out, 'd');
    array.oid = array_oid;
    return type_create(session, &array, &array_made);
}

static Status record_relation(CatalogSession *session, const RelationSpec *spec, Oid relation,
                              const Acl *acl, Arena *arena) {
    ObjectAddress self = relation_address(relation);
    if (spec->kind == 'c') /* its type is the member of schema and extension */
        return STATUS_OK;
    TRY(depend_on_current_extension(session, self));
    TRY(depend_record(session, self, object_address(PG_NAMESPACE, spec->nsp, 0), DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_TYPE, spec->of_type, 0), DEPEND_NORMAL));
    TRY(depend_record(session, self, object_address(PG_AM, spec->am, 0), DEPEND_NORMAL));
    TRY(shdepend_record_owner(session, PG_CLASS, relation, spec->owner));
    TRY(shdepend_record_tablespace(session, PG_CLASS, relation,
                                   has_store(spec->kind) ? 0 : spec->tablespace));
    return acl_record_roles(session, self, spec->owner, NULL, acl, arena);
}

static Status create(CatalogSession *session, const RelationSpec *spec, Oid *oid_out,
                     Arena *arena) {
    const Acl *acl = NULL;
    StoreId store = 0;
    Oid relation = spec->oid, row_type;
    TRY(check_columns(session, spec));
    TRY(check_name_free(session, spec->name, spec->nsp));
    if (relation == 0)
        TRY(catalog_new_oid(session, PG_CLASS, &relation));
    if (has_store(spec->kind))
        TRY(txn_store_create(session->txn, STORE_TABLE, &store));
    if (strchr("rvmfpS", spec->kind) != NULL)
        TRY(acl_for_new_object(session, arena,
                               spec->kind == 'S' ? ACL_KIND_SEQUENCE : ACL_KIND_RELATION,
                               spec->owner, spec->nsp, &acl));
    TRY(create_row_types(session, spec, relation, &row_type, arena));
    CatalogRow *row = row_new(arena);
    class_row_init(row, relation, spec->name, spec->nsp, spec->owner, spec->kind);
    class_row_fill(session, row, spec, store, row_type, acl, arena);
    TRY(catalog_insert(session, PG_CLASS, row));
    for (uint32_t i = 0; i < spec->column_count; i++)
        TRY(insert_column(session, relation, &spec->columns[i], (int16_t)(i + 1), NULL, arena));
    if (spec->kind != 'v' && spec->kind != 'c')
        TRY(insert_system_columns(session, relation, arena));
    TRY(record_relation(session, spec, relation, acl, arena));
    *oid_out = relation;
    return STATUS_OK;
}

Status relation_create(CatalogSession *session, const RelationSpec *spec, Oid *oid_out) {
    Arena arena;
    *oid_out = 0;
    if (spec->persistence == 't')
        TRY(session_check_unrestricted(session, "create temporary table"));
    arena_init(&arena, &session->account);
    Status status =
        spec->nsp == OID_NAMESPACE_CATALOG && !session_bootstrap(session)
            ? status_detail(error(ERR_INSUFFICIENT_PRIVILEGE,
                                  "permission denied to create \"pg_catalog.%s\"", spec->name),
                            "System catalog modifications are currently disallowed.")
            : create(session, spec, oid_out, &arena);
    arena_destroy(&arena);
    return status;
}

/* ---- changes: each reads a row, changes it, writes it back ---- */

/* Runs fn with an arena of its own. */
typedef Status (*WithArena)(CatalogSession *session, Arena *arena, void *arg);
static Status with_arena(CatalogSession *session, WithArena fn, void *arg) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = fn(session, &arena, arg);
    arena_destroy(&arena);
    return status;
}

typedef struct AddColumn {
    Oid relation;
    const ColumnSpec *spec;
    const Datum *missing;
    int16_t attnum;
} AddColumn;

static Status add_column(CatalogSession *session, Arena *arena, void *arg) {
    AddColumn *add = arg;
    const RelationDesc *rel;
    TRY(catalog_relation_require(session, add->relation, &rel));
    char kind = rel->kind;
    if ((kind != 'v' && kind != 'c' && is_system_column(add->spec->name)))
        return error(ERR_DUPLICATE_COLUMN, "column name \"%s\" conflicts with a system column name",
                     add->spec->name);
    if (relation_column(rel, add->spec->name) != NULL)
        return error(ERR_DUPLICATE_COLUMN, "column \"%s\" of relation \"%s\" already exists",
                     add->spec->name, rel->name);
    if (rel->column_count >= COLUMNS_MAX)
        return error(ERR_TOO_MANY_COLUMNS, "tables can have at most %u columns", COLUMNS_MAX);
    TRY(check_column_type(session, add->spec, kind));
    CatalogRow *row = row_new(arena);
    TRY(relation_row(session, add->relation, arena, row));
    add->attnum = (int16_t)(row->values[PG_CLASS_RELNATTS].i16 + 1);
    row_set_i16(row, PG_CLASS_RELNATTS, add->attnum);
    TRY(catalog_update(session, PG_CLASS, row));
    return insert_column(session, add->relation, add->spec, add->attnum, add->missing, arena);
}

Status relation_add_column(CatalogSession *session, Oid relation, const ColumnSpec *spec,
                           const Datum *missing, int16_t *attnum_out) {
    AddColumn add = {relation, spec, missing, 0};
    Status status = with_arena(session, add_column, &add);
    *attnum_out = add.attnum;
    return status;
}

typedef struct ColumnArg {
    Oid relation;
    int16_t attnum;
    const char *name;
} ColumnArg;

static Status drop_column(CatalogSession *session, Arena *arena, void *arg) {
    ColumnArg *a = arg;
    const RelationDesc *rel;
    TRY(catalog_relation_require(session, a->relation, &rel));
    if (a->attnum < 1 || a->attnum > rel->column_count)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for attribute %d of relation %u",
                     a->attnum, a->relation);
    PhysType phys = rel->columns[a->attnum - 1].phys;
    CatalogRow *row = row_new(arena);
    TRY(column_row(session, a->relation, a->attnum, arena, row));
    const char *name = arena_printf(arena, "........pg.dropped.%d........", a->attnum);
    row_set_text(row, PG_ATTRIBUTE_ATTNAME, name);
    row_set_oid(row, PG_ATTRIBUTE_ATTTYPID, 0);
    row_set_bool(row, PG_ATTRIBUTE_ATTISDROPPED, true);
    row_set_bool(row, PG_ATTRIBUTE_ATTNOTNULL, false);
    row_set_bool(row, PG_ATTRIBUTE_ATTHASMISSING, false);
    row_set_null(row, PG_ATTRIBUTE_ATTMISSINGVAL);
    row_set_null(row, PG_ATTRIBUTE_ATTACL);
    row_set_null(row, PG_ATTRIBUTE_ATTOPTIONS);
    row_set_i32(row, PG_ATTRIBUTE_ATTSTATTARGET, 0);
    row_set_char(row, PG_ATTRIBUTE_ATTGENERATED, 0);
    row_set_char(row, PG_ATTRIBUTE_ATTIDENTITY, 0);
    /* From now on the length alone says how the value lies in old rows. */
    if (phys == PHYS_STR) {
        row_set_i16(row, PG_ATTRIBUTE_ATTLEN, -1);
        row_set_bool(row, PG_ATTRIBUTE_ATTBYVAL, false);
    }
    TRY(catalog_update(session, PG_ATTRIBUTE, row));
    Datum keys[2] = {datum_oid(a->relation), {.i16 = a->attnum}};
    return catalog_delete_all(session, PG_STATISTIC_RELID_ATT_INH_INDEX, keys, 2);
}

Status relation_drop_column(CatalogSession *session, Oid relation, int16_t attnum) {
    ColumnArg arg = {relation, attnum, NULL};
    return with_arena(session, drop_column, &arg);
}

static Status rename_column(CatalogSession *session, Arena *arena, void *arg) {
    ColumnArg *a = arg;
    const RelationDesc *rel;
    TRY(catalog_relation_require(session, a->relation, &rel));
    if (rel->kind != 'v' && rel->kind != 'c' && is_system_column(a->name))
        return error(ERR_DUPLICATE_COLUMN, "column name \"%s\" conflicts with a system column name",
                     a->name);
    if (relation_column(rel, a->name) != NULL)
        return error(ERR_DUPLICATE_COLUMN, "column \"%s\" of relation \"%s\" already exists",
                     a->name, rel->name);
    CatalogRow *row = row_new(arena);
    TRY(column_row(session, a->relation, a->attnum, arena, row));
    row_set_text(row, PG_ATTRIBUTE_ATTNAME, a->name);
    return catalog_update(session, PG_ATTRIBUTE, row);
}

Status relation_rename_column(CatalogSession *session, Oid relation, int16_t attnum,
                              const char *name) {
    ColumnArg arg = {relation, attnum, name};
    return with_arena(session, rename_column, &arg);
}

static Status rename_relation(CatalogSession *session, Arena *arena, void *arg) {
    ColumnArg *a = arg;
    CatalogRow *row = row_new(arena);
    TRY(relation_row(session, a->relation, arena, row));
    TRY(check_name_free(session, a->name, row_oid(row, PG_CLASS_RELNAMESPACE)));
    char kind = (char)row->values[PG_CLASS_RELKIND].byte;
    Oid row_type = row_oid(row, PG_CLASS_RELTYPE);
    const IndexDesc *index = NULL;
    if (kind == 'i' || kind == 'I')
        TRY(catalog_index_desc(session, a->relation, &index, NULL));
    Oid constraint = index != NULL ? index->constraint : 0;
    row_set_text(row, PG_CLASS_RELNAME, a->name);
    TRY(catalog_update(session, PG_CLASS, row));
    if (row_type != 0)
        TRY(type_rename_row_type(session, row_type, a->name));
    return constraint != 0 ? constraint_rename(session, constraint, a->name) : STATUS_OK;
}

Status relation_rename(CatalogSession *session, Oid relation, const char *name) {
    ColumnArg arg = {relation, 0, name};
    return with_arena(session, rename_relation, &arg);
}

/* An ACL with the new owner in place of the old. */
const Acl *acl_change_owner(Arena *arena, const Acl *acl, Oid old, Oid now) {
    Acl *copy = arena_zalloc(arena, sizeof(Acl) + acl->count * sizeof(AclItem));
    for (uint32_t i = 0; i < acl->count; i++) {
        AclItem item = acl->items[i];
        item.grantee = item.grantee == old ? now : item.grantee;
        item.grantor = item.grantor == old ? now : item.grantor;
        uint32_t k = 0;
        while (k < copy->count &&
               (copy->items[k].grantee != item.grantee || copy->items[k].grantor != item.grantor))
            k++;
        if (k == copy->count)
            copy->items[copy->count++] = item;
        else
            copy->items[k].privileges |= item.privileges;
    }
    return copy;
}

typedef struct OidArg {
    Oid relation;
    Oid oid;
    bool nested;
} OidArg;

static Status change_column_acls(CatalogSession *session, const RelationDesc *rel, Oid old, Oid now,
                                 Arena *arena) {
    for (unsigned i = 0; i < rel->column_count; i++) {
        const Acl *acl = rel->columns[i].acl;
        if (acl == NULL)
            continue;
        CatalogRow *row = row_new(arena);
        TRY(column_row(session, rel->oid, rel->columns[i].attnum, arena, row));
        row->values[PG_ATTRIBUTE_ATTACL] = acl_datum(arena, acl_change_owner(arena, acl, old, now));
        TRY(catalog_update(session, PG_ATTRIBUTE, row));
    }
    return STATUS_OK;
}

static Status change_owner(CatalogSession *session, Arena *arena, void *arg) {
    OidArg *a = arg;
    const RelationDesc *rel;
    TRY(catalog_relation_require(session, a->relation, &rel));
    Oid old = rel->owner;
    if (old == a->oid)
        return STATUS_OK;
    CatalogRow *row = row_new(arena);
    TRY(relation_row(session, a->relation, arena, row));
    row_set_oid(row, PG_CLASS_RELOWNER, a->oid);
    if (rel->acl != NULL)
        row->values[PG_CLASS_RELACL] =
            acl_datum(arena, acl_change_owner(arena, rel->acl, old, a->oid));
    TRY(catalog_update(session, PG_CLASS, row));
    TRY(change_column_acls(session, rel, old, a->oid, arena));
    if (rel->kind != 'c' && rel->kind != 'i' && rel->kind != 'I')
        TRY(shdepend_change_owner(session, PG_CLASS, a->relation, a->oid));
    if (rel->row_type != 0)
        TRY(type_set_owner(session, rel->row_type, a->oid, rel->kind == 'c'));
    if (rel->kind == 'i' || rel->kind == 'I')
        return STATUS_OK;
    for (unsigned i = 0; i < rel->index_count; i++)
        TRY(relation_change_owner(session, rel->indexes[i].oid, a->oid));
    const Oid *sequences;
    size_t count;
    TRY(depend_owned_sequences(session, a->relation, 0, 0, arena, &sequences, &count));
    for (size_t i = 0; i < count; i++)
        TRY(relation_change_owner(session, sequences[i], a->oid));
    return STATUS_OK;
}

Status relation_change_owner(CatalogSession *session, Oid relation, Oid owner) {
    OidArg arg = {relation, owner, false};
    return with_arena(session, change_owner, &arg);
}

static Status move_constraints(CatalogSession *session, Oid relation, Oid nsp, Arena *arena) {
    Datum key = datum_oid(relation);
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(session, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, &key, 1, arena,
                         &rows, &count));
    for (size_t i = 0; i < count; i++) {
        row_set_oid(&rows[i], PG_CONSTRAINT_CONNAMESPACE, nsp);
        TRY(catalog_update(session, PG_CONSTRAINT, &rows[i]));
    }
    return STATUS_OK;
}

static Status change_namespace(CatalogSession *session, Arena *arena, void *arg) {
    OidArg *a = arg;
    const RelationDesc *rel;
    TRY(catalog_relation_require(session, a->relation, &rel));
    Oid old = rel->nsp;
    if (old == a->oid)
        return STATUS_OK;
    bool exists;
    TRY(relation_exists(session, rel->name, a->oid, &exists));
    if (exists) {
        const char *schema;
        TRY(namespace_name(session, a->oid, &schema));
        return error(ERR_DUPLICATE_TABLE, "relation \"%s\" already exists in schema \"%s\"",
                     rel->name, schema != NULL ? schema : "");
    }
    CatalogRow *row = row_new(arena);
    TRY(relation_row(session, a->relation, arena, row));
    row_set_oid(row, PG_CLASS_RELNAMESPACE, a->oid);
    TRY(catalog_update(session, PG_CLASS, row));
    if (rel->kind == 'i' || rel->kind == 'I')
        return STATUS_OK;
    if (rel->kind != 'c')
        TRY(depend_change(session, PG_CLASS, a->relation, PG_NAMESPACE, old, a->oid, NULL));
    if (rel->row_type != 0)
        TRY(type_set_namespace(session, rel->row_type, a->oid, rel->kind == 'c'));
    for (unsigned i = 0; i < rel->index_count; i++)
        TRY(relation_change_namespace(session, rel->indexes[i].oid, a->oid));
    TRY(move_constraints(session, a->relation, a->oid, arena));
    const Oid *sequences;
    size_t count;
    TRY(depend_owned_sequences(session, a->relation, 0, 0, arena, &sequences, &count));
    for (size_t i = 0; i < count; i++)
        TRY(relation_change_namespace(session, sequences[i], a->oid));
    return STATUS_OK;
}

Status relation_change_namespace(CatalogSession *session, Oid relation, Oid nsp) {
    OidArg arg = {relation, nsp, false};
    return with_arena(session, change_namespace, &arg);
}

/* ---- stores ---- */

typedef struct StoreArg {
    Oid relation;
    StoreKind kind;
    StoreId store;
} StoreArg;

static Status replace_store(CatalogSession *session, Arena *arena, void *arg) {
    StoreArg *a = arg;
    CatalogRow *row = row_new(arena);
    TRY(relation_row(session, a->relation, arena, row));
    StoreId old = row_oid(row, PG_CLASS_RELFILENODE);
    TRY(txn_store_create(session->txn, a->kind, &a->store));
    row_set_oid(row, PG_CLASS_RELFILENODE, a->store);
    row_set_i32(row, PG_CLASS_RELPAGES, 0);
    row_set_f32(row, PG_CLASS_RELTUPLES, -1);
    TRY(catalog_update(session, PG_CLASS, row));
    return old != 0 ? txn_store_drop(session->txn, old) : STATUS_OK;
}

Status index_new_store(CatalogSession *session, Oid index, StoreId *store_out) {
    StoreArg arg = {index, STORE_INDEX, 0};
    Status status = with_arena(session, replace_store, &arg);
    *store_out = arg.store;
    return status;
}

Status relation_new_store(CatalogSession *session, Oid relation, StoreId *store_out) {
    StoreArg arg = {relation, STORE_TABLE, 0};
    const RelationDesc *rel;
    *store_out = 0;
    TRY(catalog_relation_require(session, relation, &rel));
    TRY(with_arena(session, replace_store, &arg));
    *store_out = arg.store;
    for (unsigned i = 0; i < rel->index_count; i++) {
        StoreId ignored;
        TRY(index_new_store(session, rel->indexes[i].oid, &ignored));
    }
    return STATUS_OK;
}

static Status delete_system_columns(CatalogSession *session, Oid relation, Arena *arena) {
    Datum key = datum_oid(relation);
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(session, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, &key, 1, arena, &rows, &count));
    for (size_t i = 0; i < count; i++)
        if (rows[i].values[PG_ATTRIBUTE_ATTNUM].i16 < 0)
            TRY(catalog_delete(session, PG_ATTRIBUTE, &rows[i]));
    return STATUS_OK;
}

static Status into_view(CatalogSession *session, Arena *arena, void *arg) {
    StoreArg *a = arg;
    CatalogRow *row = row_new(arena);
    TRY(delete_system_columns(session, a->relation, arena));
    TRY(relation_row(session, a->relation, arena, row));
    StoreId old = row_oid(row, PG_CLASS_RELFILENODE);
    row_set_char(row, PG_CLASS_RELKIND, 'v');
    row_set_char(row, PG_CLASS_RELREPLIDENT, 'n');
    row_set_oid(row, PG_CLASS_RELAM, 0);
    row_set_oid(row, PG_CLASS_RELFILENODE, 0);
    row_set_oid(row, PG_CLASS_RELTABLESPACE, 0);
    row_set_oid(row, PG_CLASS_RELTOASTRELID, 0);
    row_set_oid(row, PG_CLASS_RELFROZENXID, 0);
    row_set_oid(row, PG_CLASS_RELMINMXID, 0);
    row_set_i32(row, PG_CLASS_RELPAGES, 0);
    row_set_f32(row, PG_CLASS_RELTUPLES, -1);
    TRY(catalog_update(session, PG_CLASS, row));
    return old != 0 ? txn_store_drop(session->txn, old) : STATUS_OK;
}

Status relation_into_view(CatalogSession *session, Oid relation) {
    StoreArg arg = {.relation = relation};
    return with_arena(session, into_view, &arg);
}

typedef struct StatsArg {
    Oid relation;
    int32_t pages;
    float tuples;
} StatsArg;

static Status set_stats(CatalogSession *session, Arena *arena, void *arg) {
    StatsArg *a = arg;
    CatalogRow *row = row_new(arena);
    TRY(relation_row(session, a->relation, arena, row));
    if (row->values[PG_CLASS_RELPAGES].i32 == a->pages &&
        row->values[PG_CLASS_RELTUPLES].f32 == a->tuples)
        return STATUS_OK;
    row_set_i32(row, PG_CLASS_RELPAGES, a->pages);
    row_set_f32(row, PG_CLASS_RELTUPLES, a->tuples);
    return catalog_update(session, PG_CLASS, row);
}

Status relation_set_stats(CatalogSession *session, Oid relation, int32_t pages, float tuples) {
    StatsArg arg = {relation, pages, tuples};
    return with_arena(session, set_stats, &arg);
}

/* ---- inheritance and partitions ---- */

typedef struct FlagArg {
    Oid relation;
    int column;
    bool value;
} FlagArg;

static Status set_flag(CatalogSession *session, Arena *arena, void *arg) {
    FlagArg *a = arg;
    CatalogRow *row = row_new(arena);
    for (bool written = false; !written;) {
        TRY(relation_row(session, a->relation, arena, row));
        if (row->values[a->column].b == a->value) {
            catalog_touch_relation(session, a->relation);
            return STATUS_OK;
        }
        row_set_bool(row, a->column, a->value);
        TRY(catalog_try_update(session, PG_CLASS, row, &written));
    }
    return STATUS_OK;
}

/* Sets a boolean of pg_class, such as relhasrules, if it is not set yet. Two may do so at once: the
 * share lock of CREATE INDEX does not keep out another. */
Status relation_set_flag(CatalogSession *session, Oid relation, int column) {
    FlagArg arg = {relation, column, true};
    return with_arena(session, set_flag, &arg);
}

Status relation_clear_flag(CatalogSession *session, Oid relation, int column) {
    FlagArg arg = {relation, column, false};
    return with_arena(session, set_flag, &arg);
}

Status relation_add_parent(CatalogSession *session, Oid relation, Oid parent, int32_t sequence_no,
                           bool partition) {
    CatalogRow row = {0};
    row_set_oid(&row, PG_INHERITS_INHRELID, relation);
    row_set_oid(&row, PG_INHERITS_INHPARENT, parent);
    row_set_i32(&row, PG_INHERITS_INHSEQNO, sequence_no);
    TRY(catalog_insert(session, PG_INHERITS, &row));
    TRY(depend_record(session, relation_address(relation), relation_address(parent),
                      partition ? DEPEND_AUTO : DEPEND_NORMAL));
    return relation_set_flag(session, parent, PG_CLASS_RELHASSUBCLASS);
}

static Status remove_parent(CatalogSession *session, Arena *arena, void *arg) {
    OidArg *a = arg;
    Datum key = datum_oid(a->relation);
    CatalogRow *rows;
    DependRow *depends;
    size_t count;
    TRY(catalog_find_all(session, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1, arena, &rows, &count));
    for (size_t i = 0; i < count; i++)
        if (row_oid(&rows[i], PG_INHERITS_INHPARENT) == a->oid)
            TRY(catalog_delete(session, PG_INHERITS, &rows[i]));
    TRY(depend_list_of(session, relation_address(a->relation), arena, &depends, &count));
    for (size_t i = 0; i < count; i++) {
        if (depends[i].referenced.class_id != PG_CLASS || depends[i].referenced.object != a->oid ||
            depends[i].referenced.sub != 0 || depends[i].depender.sub != 0)
            continue;
        return depend_delete_of_class(session, relation_address(a->relation), PG_CLASS,
                                      (DependType)depends[i].type, NULL);
    }
    return STATUS_OK;
}

Status relation_remove_parent(CatalogSession *session, Oid relation, Oid parent) {
    OidArg arg = {relation, parent, false};
    return with_arena(session, remove_parent, &arg);
}

static Status default_forget(CatalogSession *session, Arena *arena, void *arg) {
    OidArg *a = arg;
    CatalogRow *row = row_new(arena);
    bool found;
    catalog_touch_relation(session, a->relation);
    TRY(catalog_find_oid(session, PG_PARTITIONED_TABLE_PARTRELID_INDEX, a->relation, arena, row,
                         &found));
    if (!found || row_oid(row, PG_PARTITIONED_TABLE_PARTDEFID) != a->oid)
        return STATUS_OK;
    row_set_oid(row, PG_PARTITIONED_TABLE_PARTDEFID, 0);
    return catalog_update(session, PG_PARTITIONED_TABLE, row);
}

Status partition_default_forget(CatalogSession *session, Oid parent, Oid partition) {
    OidArg arg = {parent, partition, false};
    return with_arena(session, default_forget, &arg);
}

typedef struct PartitionArg {
    Oid relation;
    const PartitionKeySpec *spec;
    const ObjectAddress *referenced;
    size_t referenced_count;
} PartitionArg;

static Status store_key(CatalogSession *session, Arena *arena, void *arg) {
    PartitionArg *a = arg;
    const PartitionKeySpec *spec = a->spec;
    ObjectAddress self = relation_address(a->relation);
    CatalogRow *row = row_new(arena);
    row_set_oid(row, PG_PARTITIONED_TABLE_PARTRELID, a->relation);
    row_set_char(row, PG_PARTITIONED_TABLE_PARTSTRAT, spec->strategy);
    row_set_i16(row, PG_PARTITIONED_TABLE_PARTNATTS, (int16_t)spec->key_count);
    row->values[PG_PARTITIONED_TABLE_PARTATTRS] =
        row_int2_vector(arena, spec->attnums, spec->key_count);
    row->values[PG_PARTITIONED_TABLE_PARTCLASS] =
        row_oid_vector(arena, spec->opclasses, spec->key_count);
    row->values[PG_PARTITIONED_TABLE_PARTCOLLATION] =
        row_oid_vector(arena, spec->collations, spec->key_count);
    row_set_text(row, PG_PARTITIONED_TABLE_PARTEXPRS, spec->expressions);
    TRY(catalog_insert(session, PG_PARTITIONED_TABLE, row));
    for (unsigned i = 0; i < spec->key_count; i++) {
        TRY(depend_record(session, self, object_address(PG_OPCLASS, spec->opclasses[i], 0),
                          DEPEND_NORMAL));
        TRY(depend_record(session, self, object_address(PG_COLLATION, spec->collations[i], 0),
                          DEPEND_NORMAL));
        /* The key's columns cannot be dropped without the table. */
        if (spec->attnums[i] != 0)
            TRY(depend_record(session, object_address(PG_CLASS, a->relation, spec->attnums[i]),
                              self, DEPEND_INTERNAL));
    }
    for (size_t i = 0; i < a->referenced_count; i++) {
        bool own = a->referenced[i].class_id == PG_CLASS && a->referenced[i].object == a->relation;
        TRY(own ? depend_record(session, a->referenced[i], self, DEPEND_INTERNAL)
                : depend_record(session, self, a->referenced[i], DEPEND_NORMAL));
    }
    catalog_touch_relation(session, a->relation);
    return STATUS_OK;
}

Status partition_key_store(CatalogSession *session, Oid relation, const PartitionKeySpec *spec,
                           const ObjectAddress *referenced, size_t referenced_count) {
    PartitionArg arg = {relation, spec, referenced, referenced_count};
    return with_arena(session, store_key, &arg);
}
