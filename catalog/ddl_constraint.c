/* ddl_constraint.c: constraints, column defaults. */
#include "catalog/catalog_int.h"

static void set_int2s(CatalogRow *row, int column, const int16_t *values, unsigned count,
                      Arena *arena) {
    row_set_null(row, column);
    if (count == 0 || values == NULL)
        return;
    row->values[column] = row_int2_array(arena, values, count);
    row->nulls[column] = false;
}
static void set_oids(CatalogRow *row, int column, const Oid *values, unsigned count, Arena *arena) {
    row_set_null(row, column);
    if (count == 0 || values == NULL)
        return;
    row->values[column] = row_oid_array(arena, values, count);
    row->nulls[column] = false;
}

static void fill_constraint(CatalogRow *row, const ConstraintSpec *spec, Oid oid, Arena *arena) {
    row_set_oid(row, PG_CONSTRAINT_OID, oid);
    row_set_text(row, PG_CONSTRAINT_CONNAME, spec->name);
    row_set_oid(row, PG_CONSTRAINT_CONNAMESPACE, spec->nsp);
    row_set_char(row, PG_CONSTRAINT_CONTYPE, spec->type);
    row_set_bool(row, PG_CONSTRAINT_CONDEFERRABLE, spec->deferrable);
    row_set_bool(row, PG_CONSTRAINT_CONDEFERRED, spec->deferred);
    row_set_bool(row, PG_CONSTRAINT_CONVALIDATED, spec->validated);
    row_set_oid(row, PG_CONSTRAINT_CONRELID, spec->relation);
    row_set_oid(row, PG_CONSTRAINT_CONTYPID, spec->domain);
    row_set_oid(row, PG_CONSTRAINT_CONINDID, spec->index);
    row_set_oid(row, PG_CONSTRAINT_CONPARENTID, spec->parent);
    row_set_oid(row, PG_CONSTRAINT_CONFRELID, spec->referenced);
    row_set_char(row, PG_CONSTRAINT_CONFUPDTYPE, spec->type == 'f' ? spec->on_update : ' ');
    row_set_char(row, PG_CONSTRAINT_CONFDELTYPE, spec->type == 'f' ? spec->on_delete : ' ');
    row_set_char(row, PG_CONSTRAINT_CONFMATCHTYPE, spec->type == 'f' ? spec->match : ' ');
    row_set_bool(row, PG_CONSTRAINT_CONISLOCAL, spec->is_local);
    row_set_i32(row, PG_CONSTRAINT_CONINHCOUNT, spec->inherit_count);
    row_set_bool(row, PG_CONSTRAINT_CONNOINHERIT, spec->no_inherit);
    unsigned n = spec->column_count;
    set_int2s(row, PG_CONSTRAINT_CONKEY, spec->columns, n, arena);
    set_int2s(row, PG_CONSTRAINT_CONFKEY, spec->referenced_columns,
              spec->referenced_columns != NULL ? n : 0, arena);
    set_oids(row, PG_CONSTRAINT_CONPFEQOP, spec->pf_equal, n, arena);
    set_oids(row, PG_CONSTRAINT_CONPPEQOP, spec->pp_equal, n, arena);
    set_oids(row, PG_CONSTRAINT_CONFFEQOP, spec->ff_equal, n, arena);
    set_int2s(row, PG_CONSTRAINT_CONFDELSETCOLS, spec->delete_set_columns, spec->delete_set_count,
              arena);
    set_oids(row, PG_CONSTRAINT_CONEXCLOP, spec->exclusion_operators, n, arena);
    row_set_text(row, PG_CONSTRAINT_CONBIN, spec->expr);
}

static Status record_constraint(CatalogSession *session, const ConstraintSpec *spec, Oid oid) {
    ObjectAddress self = object_address(PG_CONSTRAINT, oid, 0);
    unsigned depended = spec->key_count > 0 ? spec->key_count : spec->column_count;
    if (spec->relation != 0) {
        for (unsigned i = 0; i < depended; i++)
            TRY(depend_record(session, self, /* an expression: the whole table */
                              object_address(PG_CLASS, spec->relation, spec->columns[i]),
                              DEPEND_AUTO));
        if (depended == 0)
            TRY(depend_record(session, self, object_address(PG_CLASS, spec->relation, 0),
                              DEPEND_AUTO));
    }
    if (spec->domain != 0)
        TRY(depend_record(session, self, object_address(PG_TYPE, spec->domain, 0), DEPEND_AUTO));
    if (spec->referenced != 0) {
        for (unsigned i = 0; i < spec->column_count; i++)
            TRY(depend_record(
                session, self,
                object_address(PG_CLASS, spec->referenced, spec->referenced_columns[i]),
                DEPEND_NORMAL));
        TRY(depend_record(session, self, object_address(PG_CLASS, spec->index, 0), DEPEND_NORMAL));
    }
    const Oid *operators[] = {spec->pf_equal, spec->pp_equal, spec->ff_equal};
    for (unsigned k = 0; k < ARRAY_LEN(operators); k++)
        for (unsigned i = 0; operators[k] != NULL && i < spec->column_count; i++)
            TRY(depend_record(session, self, object_address(PG_OPERATOR, operators[k][i], 0),
                              DEPEND_NORMAL));
    for (size_t i = 0; i < spec->expr_referenced_count; i++) {
        ObjectAddress other = spec->expr_referenced[i];
        bool own = other.class_id == PG_CLASS && other.object == spec->relation;
        TRY(depend_record(session, self, other, own ? DEPEND_AUTO : DEPEND_NORMAL));
    }
    return STATUS_OK;
}

static Status change_check_count(CatalogSession *session, Oid relation, int by, Arena *arena) {
    CatalogRow *row = row_new(arena);
    TRY(relation_row(session, relation, arena, row));
    int16_t count = (int16_t)(row->values[PG_CLASS_RELCHECKS].i16 + by);
    row_set_i16(row, PG_CLASS_RELCHECKS, count < 0 ? 0 : count);
    return catalog_update(session, PG_CLASS, row);
}

static Status create_constraint(CatalogSession *session, const ConstraintSpec *spec, Oid *oid_out,
                                Arena *arena) {
    bool used;
    TRY(constraint_name_used(session, spec->relation, spec->domain, spec->name, &used));
    if (used) {
        const char *name;
        TRY(spec->relation != 0 ? relation_name(session, spec->relation, &name)
                                : type_name(session, spec->domain, &name));
        return error(ERR_DUPLICATE_OBJECT, "constraint \"%s\" for %s \"%s\" already exists",
                     spec->name, spec->relation != 0 ? "relation" : "domain",
                     name != NULL ? name : "");
    }
    TRY(catalog_new_oid(session, PG_CONSTRAINT, oid_out));
    CatalogRow *row = row_new(arena);
    fill_constraint(row, spec, *oid_out, arena);
    TRY(catalog_insert(session, PG_CONSTRAINT, row));
    TRY(record_constraint(session, spec, *oid_out));
    if (spec->type == 'c' && spec->relation != 0)
        TRY(change_check_count(session, spec->relation, 1, arena));
    if (spec->type != 'f' || spec->bare)
        return STATUS_OK;
    FkTriggers made, none = {{0}};
    TRY(foreign_key_triggers(session, spec, *oid_out, true, none, &made));
    return foreign_key_triggers(session, spec, *oid_out, false, none, &made);
}

Status constraint_create(CatalogSession *session, const ConstraintSpec *spec, Oid *oid_out) {
    Arena arena;
    arena_init(&arena, &session->account);
    *oid_out = 0;
    Status status = create_constraint(session, spec, oid_out, &arena);
    arena_destroy(&arena);
    return status;
}

static Status delete_constraint(CatalogSession *session, Oid constraint, Arena *arena) {
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(catalog_find_oid(session, PG_CONSTRAINT_OID_INDEX, constraint, arena, row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for constraint %u", constraint);
    Oid relation = row_oid(row, PG_CONSTRAINT_CONRELID);
    TRY(catalog_delete(session, PG_CONSTRAINT, row));
    if (relation != 0 && row->values[PG_CONSTRAINT_CONTYPE].byte == 'c')
        return change_check_count(session, relation, -1, arena);
    return STATUS_OK;
}

Status constraint_delete(CatalogSession *session, Oid constraint) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = delete_constraint(session, constraint, &arena);
    arena_destroy(&arena);
    return status;
}

Status constraint_name_used(CatalogSession *session, Oid relation, Oid domain, const char *name,
                            bool *used_out) {
    Datum keys[3] = {datum_oid(relation), datum_oid(domain), datum_cstr(name)};
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    Status status = catalog_find(session, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, keys, 3,
                                 &arena, row, used_out);
    arena_destroy(&arena);
    return status;
}

static Status rename_constraint(CatalogSession *session, Oid constraint, const char *name,
                                Arena *arena) {
    CatalogRow *row = row_new(arena);
    bool found, used;
    TRY(catalog_find_oid(session, PG_CONSTRAINT_OID_INDEX, constraint, arena, row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for constraint %u", constraint);
    Oid relation = row_oid(row, PG_CONSTRAINT_CONRELID),
        domain = row_oid(row, PG_CONSTRAINT_CONTYPID);
    TRY(constraint_name_used(session, relation, domain, name, &used));
    if (used) {
        const char *owner;
        TRY(relation != 0 ? relation_name(session, relation, &owner)
                          : type_name(session, domain, &owner));
        return error(ERR_DUPLICATE_OBJECT, "constraint \"%s\" for %s %s already exists", name,
                     relation != 0 ? "relation" : "domain",
                     arena_printf(arena, "\"%s\"", owner != NULL ? owner : ""));
    }
    row_set_text(row, PG_CONSTRAINT_CONNAME, name);
    return catalog_update(session, PG_CONSTRAINT, row);
}

Status constraint_rename(CatalogSession *session, Oid constraint, const char *name) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = rename_constraint(session, constraint, name, &arena);
    arena_destroy(&arena);
    return status;
}

/* ---- column defaults ---- */

static Status find_default(CatalogSession *session, Oid relation, int16_t attnum, Arena *arena,
                           CatalogRow *row, bool *found_out) {
    Datum keys[2] = {datum_oid(relation), {.i16 = attnum}};
    return catalog_find(session, PG_ATTRDEF_ADRELID_ADNUM_INDEX, keys, 2, arena, row, found_out);
}

static Status remove_default(CatalogSession *session, Oid relation, int16_t attnum,
                             DropBehavior behavior, bool internal, Arena *arena) {
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(find_default(session, relation, attnum, arena, row, &found));
    if (!found)
        return STATUS_OK;
    ObjectAddress object = object_address(PG_ATTRDEF, row_oid(row, PG_ATTRDEF_OID), 0);
    if (internal) /* a generation expression is part of its column: cut the tie first */
        TRY(depend_delete_of(session, object, false, NULL));
    return object_drop(session, &object, 1, behavior, internal ? DROP_INTERNAL : 0);
}

Status attrdef_remove(CatalogSession *session, Oid relation, int16_t attnum, DropBehavior behavior,
                      bool internal) {
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = remove_default(session, relation, attnum, behavior, internal, &arena);
    arena_destroy(&arena);
    return status;
}

static Status store_default(CatalogSession *session, Oid relation, int16_t attnum, const char *expr,
                            bool generated, const ObjectAddress *referenced, size_t count,
                            Oid *oid_out, Arena *arena) {
    CatalogRow *row = row_new(arena), *column = row_new(arena);
    TRY(remove_default(session, relation, attnum, DROP_RESTRICT, true, arena));
    TRY(catalog_new_oid(session, PG_ATTRDEF, oid_out));
    row_set_oid(row, PG_ATTRDEF_OID, *oid_out);
    row_set_oid(row, PG_ATTRDEF_ADRELID, relation);
    row_set_i16(row, PG_ATTRDEF_ADNUM, attnum);
    row_set_text(row, PG_ATTRDEF_ADBIN, expr);
    TRY(catalog_insert(session, PG_ATTRDEF, row));
    TRY(column_row(session, relation, attnum, arena, column));
    row_set_bool(column, PG_ATTRIBUTE_ATTHASDEF, true);
    row_set_char(column, PG_ATTRIBUTE_ATTGENERATED, generated ? 's' : 0);
    TRY(catalog_update(session, PG_ATTRIBUTE, column));
    ObjectAddress self = object_address(PG_ATTRDEF, *oid_out, 0);
    ObjectAddress owner = object_address(PG_CLASS, relation, attnum);
    /* A generation expression cannot be dropped by itself; its column goes with what it is made of. */
    TRY(depend_record(session, self, owner, generated ? DEPEND_INTERNAL : DEPEND_AUTO));
    for (size_t i = 0; i < count; i++)
        TRY(depend_record(session, self, referenced[i], DEPEND_NORMAL));
    return STATUS_OK;
}

Status attrdef_store(CatalogSession *session, Oid relation, int16_t attnum, const char *expr,
                     bool generated, const ObjectAddress *referenced, size_t referenced_count,
                     Oid *oid_out) {
    Oid ignored;
    Arena arena;
    arena_init(&arena, &session->account);
    Status status = store_default(session, relation, attnum, expr, generated, referenced,
                                  referenced_count, oid_out != NULL ? oid_out : &ignored, &arena);
    arena_destroy(&arena);
    return status;
}
