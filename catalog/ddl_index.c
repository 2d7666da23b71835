/* ddl_index.c: making indexes. */
#include "catalog/catalog_int.h"

/* What the index's column holds: the operator class may keep another type than the table. */
static Status stored_type(CatalogSession *session, const IndexSpec *spec, unsigned column,
                          Oid *type_out) {
    const OpclassDesc *opclass;
    *type_out = spec->column_types[column];
    /* exclusion constraints compare what GiST would keep in another form */
    if (column >= spec->key_count || spec->am == OID_AM_GIST || spec->am == OID_AM_SPGIST)
        return STATUS_OK;
    TRY(catalog_opclass(session, spec->opclasses[column], &opclass));
    if (opclass == NULL || opclass->key_type == 0)
        return STATUS_OK;
    if (opclass->key_type != OID_ANYELEMENT) {
        *type_out = opclass->key_type;
        return STATUS_OK;
    }
    Oid base, element;
    TRY(catalog_base_type(session, *type_out, &base, NULL));
    TRY(catalog_array_element(session, base, &element));
    if (element != OID_INVALID)
        *type_out = element;
    return STATUS_OK;
}

static Status insert_columns(CatalogSession *session, const IndexSpec *spec,
                             const RelationDesc *table, Oid index, Arena *arena) {
    CatalogRow *row = row_new(arena);
    for (unsigned i = 0; i < spec->column_count; i++) {
        const TypeDesc *type;
        Oid stored;
        TRY(stored_type(session, spec, i, &stored));
        TRY(catalog_type_require(session, stored, &type));
        attribute_row_init(row, index, (int16_t)(i + 1), spec->column_names[i]);
        attribute_row_type(row, type);
        if (spec->attnums[i] > 0 && stored == spec->column_types[i])
            row_set_char(row, PG_ATTRIBUTE_ATTSTORAGE,
                         table->columns[spec->attnums[i] - 1].storage);
        if (spec->column_typmods != NULL && stored == spec->column_types[i])
            row_set_i32(row, PG_ATTRIBUTE_ATTTYPMOD, spec->column_typmods[i]);
        row_set_oid(row, PG_ATTRIBUTE_ATTCOLLATION,
                    i < spec->key_count && spec->collations != NULL ? spec->collations[i] : 0);
        bool with_options = spec->class_options != NULL && spec->class_option_counts[i] > 0;
        row->nulls[PG_ATTRIBUTE_ATTOPTIONS] = !with_options;
        if (with_options)
            row->values[PG_ATTRIBUTE_ATTOPTIONS] =
                row_text_array(arena, spec->class_options[i], spec->class_option_counts[i]);
        TRY(catalog_insert(session, PG_ATTRIBUTE, row));
    }
    return STATUS_OK;
}

static Status insert_class(CatalogSession *session, const IndexSpec *spec,
                           const RelationDesc *table, Oid index, StoreId store, Arena *arena) {
    CatalogRow *row = row_new(arena);
    class_row_init(row, index, spec->name, spec->nsp, table->owner, spec->partitioned ? 'I' : 'i');
    row_set_oid(row, PG_CLASS_RELAM, spec->am);
    row_set_oid(row, PG_CLASS_RELFILENODE, store);
    row_set_oid(row, PG_CLASS_RELTABLESPACE, spec->tablespace);
    row_set_char(row, PG_CLASS_RELPERSISTENCE, table->persistence);
    row_set_i16(row, PG_CLASS_RELNATTS, (int16_t)spec->column_count);
    row_set_bool(row, PG_CLASS_RELISPARTITION, spec->parent_index != 0);
    row_set_f32(row, PG_CLASS_RELTUPLES, spec->partitioned ? -1 : 0);
    if (spec->option_count > 0) {
        row->values[PG_CLASS_RELOPTIONS] =
            row_text_array(arena, spec->options_list, spec->option_count);
        row->nulls[PG_CLASS_RELOPTIONS] = false;
    }
    return catalog_insert(session, PG_CLASS, row);
}

static Status insert_index(CatalogSession *session, const IndexSpec *spec, Oid index,
                           Arena *arena) {
    CatalogRow *row = row_new(arena);
    int16_t *options = arena_array(arena, int16_t, spec->key_count + 1u);
    Oid *collations = arena_array(arena, Oid, spec->key_count + 1u);
    if (spec->options != NULL)
        memcpy(options, spec->options, spec->key_count * sizeof(int16_t));
    if (spec->collations != NULL)
        memcpy(collations, spec->collations, spec->key_count * sizeof(Oid));
    row_set_oid(row, PG_INDEX_INDEXRELID, index);
    row_set_oid(row, PG_INDEX_INDRELID, spec->relation);
    row_set_i16(row, PG_INDEX_INDNATTS, (int16_t)spec->column_count);
    row_set_i16(row, PG_INDEX_INDNKEYATTS, (int16_t)spec->key_count);
    row_set_bool(row, PG_INDEX_INDISUNIQUE, spec->unique);
    row_set_bool(row, PG_INDEX_INDNULLSNOTDISTINCT, spec->nulls_not_distinct);
    row_set_bool(row, PG_INDEX_INDISPRIMARY, spec->primary);
    row_set_bool(row, PG_INDEX_INDISEXCLUSION, spec->exclusion);
    row_set_bool(row, PG_INDEX_INDIMMEDIATE, !spec->deferrable);
    row_set_bool(row, PG_INDEX_INDISVALID, !spec->invalid);
    row_set_bool(row, PG_INDEX_INDISREADY, !spec->invalid);
    row_set_bool(row, PG_INDEX_INDISLIVE, true);
    row->values[PG_INDEX_INDKEY] = row_int2_vector(arena, spec->attnums, spec->column_count);
    row->values[PG_INDEX_INDCOLLATION] = row_oid_vector(arena, collations, spec->key_count);
    row->values[PG_INDEX_INDCLASS] = row_oid_vector(arena, spec->opclasses, spec->key_count);
    row->values[PG_INDEX_INDOPTION] = row_int2_vector(arena, options, spec->key_count);
    row_set_text(row, PG_INDEX_INDEXPRS, spec->expressions);
    row_set_text(row, PG_INDEX_INDPRED, spec->predicate);
    return catalog_insert(session, PG_INDEX, row);
}

static Status make_constraint(CatalogSession *session, const IndexSpec *spec, Oid index,
                              Oid *constraint_out, Arena *arena) {
    ConstraintSpec constraint = {.name = spec->name,
                                 .nsp = spec->nsp,
                                 .type = spec->primary     ? 'p'
                                         : spec->exclusion ? 'x'
                                                           : 'u',
                                 .deferrable = spec->deferrable,
                                 .deferred = spec->deferred,
                                 .validated = true,
                                 .is_local = spec->parent_index == 0,
                                 .inherit_count = spec->parent_index != 0,
                                 .no_inherit = spec->parent_index == 0,
                                 .relation = spec->relation,
                                 .index = index,
                                 .columns = spec->attnums,
                                 .column_count = spec->key_count,
                                 .key_count = spec->column_count,
                                 .exclusion_operators = spec->exclusion_operators,
                                 .internal = spec->constraint_internal};
    TRY(constraint_create(session, &constraint, constraint_out));
    return depend_record(session, object_address(PG_CLASS, index, 0),
                         object_address(PG_CONSTRAINT, *constraint_out, 0), DEPEND_INTERNAL);
}

/* The i-th referenced object is one of the index's columns, or came before. */
static bool is_recorded(const IndexSpec *spec, size_t i) {
    const ObjectAddress *object = &spec->referenced[i];
    bool own = object->class_id == PG_CLASS && object->object == spec->relation;
    for (unsigned k = 0; own && !spec->constraint && k < spec->column_count; k++)
        if (spec->attnums[k] == object->sub && object->sub != 0)
            return true;
    for (size_t k = 0; k < i; k++)
        if (memcmp(&spec->referenced[k], object, sizeof(*object)) == 0)
            return true;
    return false;
}

static Status record_index(CatalogSession *session, const IndexSpec *spec, Oid index) {
    ObjectAddress self = object_address(PG_CLASS, index, 0);
    bool any_column = false;
    for (unsigned i = 0; i < spec->column_count && !spec->constraint; i++) {
        if (spec->attnums[i] == 0)
            continue;
        any_column = true;
        TRY(depend_record(session, self, object_address(PG_CLASS, spec->relation, spec->attnums[i]),
                          DEPEND_AUTO));
    }
    if (!any_column && !spec->constraint)
        TRY(depend_record(session, self, object_address(PG_CLASS, spec->relation, 0), DEPEND_AUTO));
    for (unsigned i = 0; i < spec->key_count; i++) {
        if (spec->collations != NULL)
            TRY(depend_record(session, self, object_address(PG_COLLATION, spec->collations[i], 0),
                              DEPEND_NORMAL));
        TRY(depend_record(session, self, object_address(PG_OPCLASS, spec->opclasses[i], 0),
                          DEPEND_NORMAL));
    }
    for (size_t i = 0; i < spec->referenced_count; i++) {
        bool own = spec->referenced[i].class_id == PG_CLASS &&
                   spec->referenced[i].object == spec->relation;
        if (is_recorded(spec, i))
            continue;
        TRY(depend_record(session, self, spec->referenced[i], own ? DEPEND_AUTO : DEPEND_NORMAL));
    }
    if (spec->parent_index == 0)
        return STATUS_OK;
    TRY(depend_record(session, self, object_address(PG_CLASS, spec->parent_index, 0),
                      DEPEND_PARTITION_PRI));
    TRY(depend_record(session, self, object_address(PG_CLASS, spec->relation, 0),
                      DEPEND_PARTITION_SEC));
    CatalogRow row = {0};
    row_set_oid(&row, PG_INHERITS_INHRELID, index);
    row_set_oid(&row, PG_INHERITS_INHPARENT, spec->parent_index);
    row_set_i32(&row, PG_INHERITS_INHSEQNO, 1);
    TRY(catalog_insert(session, PG_INHERITS, &row));
    return relation_set_flag(session, spec->parent_index, PG_CLASS_RELHASSUBCLASS);
}

static Status create_index(CatalogSession *session, const IndexSpec *spec, Oid *index_out,
                           Oid *constraint_out, Arena *arena) {
    const RelationDesc *table;
    StoreId store = 0;
    Datum keys[2] = {datum_cstr(spec->name), datum_oid(spec->nsp)};
    const Desc *existing;
    TRY(cache_get(session, CACHE_RELATION_NAME, keys, &existing));
    if (existing != NULL)
        return error(ERR_DUPLICATE_TABLE, "relation \"%s\" already exists", spec->name);
    bool used = false;
    if (spec->constraint)
        TRY(constraint_name_used(session, spec->relation, 0, spec->name, &used));
    TRY(catalog_relation_require(session, spec->relation, &table));
    if (used)
        return error(ERR_DUPLICATE_OBJECT, "constraint \"%s\" for relation \"%s\" already exists",
                     spec->name, table->name);
    TRY(catalog_new_oid(session, PG_CLASS, index_out));
    if (!spec->partitioned)
        TRY(txn_store_create(session->txn, STORE_INDEX, &store));
    TRY(insert_class(session, spec, table, *index_out, store, arena));
    TRY(insert_columns(session, spec, table, *index_out, arena));
    TRY(insert_index(session, spec, *index_out, arena));
    if (spec->constraint)
        TRY(make_constraint(session, spec, *index_out, constraint_out, arena));
    TRY(record_index(session, spec, *index_out));
    return relation_set_flag(session, spec->relation, PG_CLASS_RELHASINDEX);
}

Status index_create(CatalogSession *session, const IndexSpec *spec, Oid *index_out,
                    Oid *constraint_out) {
    Oid ignored;
    Arena arena;
    arena_init(&arena, &session->account);
    if (constraint_out == NULL)
        constraint_out = &ignored;
    *index_out = *constraint_out = 0;
    Status status = create_index(session, spec, index_out, constraint_out, &arena);
    arena_destroy(&arena);
    return status;
}

Status index_set_state(CatalogSession *session, Oid index, bool ready, bool valid, bool live) {
    Arena arena;
    arena_init(&arena, &session->account);
    CatalogRow *row = row_new(&arena);
    bool found;
    Status status =
        catalog_find_oid(session, PG_INDEX_INDEXRELID_INDEX, index, &arena, row, &found);
    if (status_ok(status) && found) {
        row_set_bool(row, PG_INDEX_INDISREADY, ready);
        row_set_bool(row, PG_INDEX_INDISVALID, valid);
        row_set_bool(row, PG_INDEX_INDISLIVE, live);
        status = catalog_update(session, PG_INDEX, row);
    }
    arena_destroy(&arena);
    return status;
}
