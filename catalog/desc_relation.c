/*
 * desc_relation.c: relations with everything that belongs to them.
 *
 * Rows are read into a scratch arena, the descriptor is built on the entry's, so that a cached
 * descriptor holds nothing but itself.
 */
#include "catalog/catalog_int.h"

typedef struct Build {
    CatalogSession *session;
    Arena *arena; /* the descriptor's */
    Arena scratch;
    RelationDesc *rel;
    ColumnDesc *columns;
} Build;

static const char *keep(Build *b, const CatalogRow *row, int column) {
    return row_name(row, column, b->arena);
}

static const char *const *keep_texts(Build *b, const CatalogRow *row, int column,
                                     uint32_t *count_out) {
    *count_out = 0;
    return row->nulls[column] ? NULL : row_get_texts(b->arena, row->values[column], count_out);
}
static const Oid *keep_oids(Build *b, const CatalogRow *row, int column) {
    uint32_t count;
    return row->nulls[column] ? NULL : row_get_oids(b->arena, row->values[column], &count);
}
static const int16_t *keep_int2s(Build *b, const CatalogRow *row, int column, uint16_t *count_out) {
    uint32_t count = 0;
    const int16_t *values =
        row->nulls[column] ? NULL : row_get_int2s(b->arena, row->values[column], &count);
    if (count_out != NULL)
        *count_out = (uint16_t)count;
    return values;
}

static Status find_all(Build *b, Oid index, Oid key, CatalogRow **rows, size_t *count) {
    Datum datum = datum_oid(key);
    return catalog_find_all(b->session, index, &datum, 1, &b->scratch, rows, count);
}

/* ---- pg_class ---- */

/* Publications are few and rare: their making touches every table. */
static Status any_publication(Build *b, RelationDesc *rel) {
    CatalogScan *scan;
    CatalogRow *row = NULL;
    if (rel->kind != 'r' || rel->persistence != 'p' || rel->oid < OID_FIRST_NORMAL)
        return STATUS_OK;
    TRY(catalog_scan_open(b->session, PG_PUBLICATION, 0, NULL, 0, &b->scratch, &scan));
    Status s = catalog_scan_next(scan, &row);
    rel->maybe_published = status_ok(s) && row != NULL;
    catalog_scan_close(scan);
    return s;
}

static Status build_class(Build *b, const CatalogRow *row) {
    RelationDesc *rel = b->rel;
    uint32_t count;
    rel->oid = row_oid(row, PG_CLASS_OID);
    rel->name = keep(b, row, PG_CLASS_RELNAME);
    rel->nsp = row_oid(row, PG_CLASS_RELNAMESPACE);
    rel->row_type = row_oid(row, PG_CLASS_RELTYPE);
    rel->of_type = row_oid(row, PG_CLASS_RELOFTYPE);
    rel->owner = row_oid(row, PG_CLASS_RELOWNER);
    rel->am = row_oid(row, PG_CLASS_RELAM);
    rel->store = row_oid(row, PG_CLASS_RELFILENODE);
    rel->tablespace = row_oid(row, PG_CLASS_RELTABLESPACE);
    rel->pages = row->values[PG_CLASS_RELPAGES].i32;
    rel->tuples = row->values[PG_CLASS_RELTUPLES].f32;
    rel->toast = row_oid(row, PG_CLASS_RELTOASTRELID);
    rel->is_shared = row->values[PG_CLASS_RELISSHARED].b;
    rel->persistence = (char)row->values[PG_CLASS_RELPERSISTENCE].byte;
    rel->kind = (char)row->values[PG_CLASS_RELKIND].byte;
    rel->column_count = (uint16_t)row->values[PG_CLASS_RELNATTS].i16;
    rel->has_subclass = row->values[PG_CLASS_RELHASSUBCLASS].b;
    rel->row_security = row->values[PG_CLASS_RELROWSECURITY].b;
    rel->force_row_security = row->values[PG_CLASS_RELFORCEROWSECURITY].b;
    rel->is_populated = row->values[PG_CLASS_RELISPOPULATED].b;
    rel->replica_identity = (char)row->values[PG_CLASS_RELREPLIDENT].byte;
    rel->is_partition = row->values[PG_CLASS_RELISPARTITION].b;
    rel->options = keep_texts(b, row, PG_CLASS_RELOPTIONS, &count);
    rel->option_count = count;
    rel->partition_bound = keep(b, row, PG_CLASS_RELPARTBOUND);
    rel->primary = -1;
    TRY(any_publication(b, rel));
    TRY(row_acl(row, PG_CLASS_RELACL, b->arena, &rel->acl));
    if (rel->store == 0)
        TRY(session_catalog_store(b->session, rel->oid, &rel->store));
    const NamespaceDesc *nsp;
    TRY(catalog_namespace(b->session, rel->nsp, &nsp));
    rel->nsp_name = arena_strdup(b->arena, nsp != NULL ? nsp->name : "");
    return STATUS_OK;
}

/* ---- pg_attribute, pg_attrdef ---- */

static Status column_phys(Build *b, const CatalogRow *row, ColumnDesc *column) {
    if (column->dropped) { /* a dropped column's type may be gone: its length tells (see
                              relation_drop_column) */
        column->phys = catalog_phys(0, column->typlen, column->by_value, 'b');
        return STATUS_OK;
    }
    if (column->type < OID_FIRST_UNPINNED || column->typlen == -1) {
        column->phys = catalog_phys(column->type, column->typlen, column->by_value, 'b');
        return STATUS_OK;
    }
    const TypeDesc *type;
    TRY(catalog_type_require(b->session, column->type, &type));
    column->phys = type->phys;
    return STATUS_OK;
}

static Status column_missing(Build *b, const CatalogRow *row, ColumnDesc *column) {
    column->has_missing =
        row->values[PG_ATTRIBUTE_ATTHASMISSING].b && !row->nulls[PG_ATTRIBUTE_ATTMISSINGVAL];
    if (!column->has_missing)
        return STATUS_OK;
    ArrayView view;
    TRY(array_view(row->values[PG_ATTRIBUTE_ATTMISSINGVAL].str, &view));
    if (view.elem_count != 1 || view.elem_phys != column->phys)
        return error(ERR_DATA_CORRUPTED, "column %d of relation %u has a damaged missing value",
                     column->attnum, b->rel->oid);
    Datum value = array_get(&view, 0);
    if (column->phys == PHYS_STR)
        value = datum_str(arena_memdup(b->arena, value.str.data, value.str.len), value.str.len);
    column->missing = value;
    return STATUS_OK;
}

static Status build_column(Build *b, const CatalogRow *row) {
    int16_t attnum = row->values[PG_ATTRIBUTE_ATTNUM].i16;
    if (attnum <= 0)
        return STATUS_OK;
    if (attnum > b->rel->column_count)
        return error(ERR_DATA_CORRUPTED, "relation %u has an unexpected column %d", b->rel->oid,
                     attnum);
    ColumnDesc *c = &b->columns[attnum - 1];
    c->attnum = attnum;
    c->name = keep(b, row, PG_ATTRIBUTE_ATTNAME);
    c->type = row_oid(row, PG_ATTRIBUTE_ATTTYPID);
    c->typmod = row->values[PG_ATTRIBUTE_ATTTYPMOD].i32;
    c->typlen = row->values[PG_ATTRIBUTE_ATTLEN].i16;
    c->by_value = row->values[PG_ATTRIBUTE_ATTBYVAL].b;
    c->align = (char)row->values[PG_ATTRIBUTE_ATTALIGN].byte;
    c->dims = row->values[PG_ATTRIBUTE_ATTNDIMS].i32;
    c->collation = row_oid(row, PG_ATTRIBUTE_ATTCOLLATION);
    c->not_null = row->values[PG_ATTRIBUTE_ATTNOTNULL].b;
    c->has_default = row->values[PG_ATTRIBUTE_ATTHASDEF].b;
    c->identity = (char)row->values[PG_ATTRIBUTE_ATTIDENTITY].byte;
    c->generated = (char)row->values[PG_ATTRIBUTE_ATTGENERATED].byte;
    c->dropped = row->values[PG_ATTRIBUTE_ATTISDROPPED].b;
    c->is_local = row->values[PG_ATTRIBUTE_ATTISLOCAL].b;
    c->inherit_count = row->values[PG_ATTRIBUTE_ATTINHCOUNT].i32;
    c->storage = (char)row->values[PG_ATTRIBUTE_ATTSTORAGE].byte;
    c->compression = (char)row->values[PG_ATTRIBUTE_ATTCOMPRESSION].byte;
    c->stats_target = row->values[PG_ATTRIBUTE_ATTSTATTARGET].i32;
    c->options = keep_texts(b, row, PG_ATTRIBUTE_ATTOPTIONS, &c->option_count);
    TRY(row_acl(row, PG_ATTRIBUTE_ATTACL, b->arena, &c->acl));
    TRY(column_phys(b, row, c));
    return column_missing(b, row, c);
}

static Status build_defaults(Build *b) {
    bool any = false;
    for (unsigned i = 0; i < b->rel->column_count; i++)
        any |= b->columns[i].has_default;
    if (!any)
        return STATUS_OK;
    CatalogRow *rows;
    size_t count;
    TRY(find_all(b, PG_ATTRDEF_ADRELID_ADNUM_INDEX, b->rel->oid, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        int16_t attnum = rows[i].values[PG_ATTRDEF_ADNUM].i16;
        if (attnum < 1 || attnum > b->rel->column_count)
            continue;
        b->columns[attnum - 1].default_oid = row_oid(&rows[i], PG_ATTRDEF_OID);
        b->columns[attnum - 1].default_expr = keep(b, &rows[i], PG_ATTRDEF_ADBIN);
    }
    return STATUS_OK;
}

static Status build_columns(Build *b) {
    RelationDesc *rel = b->rel;
    b->columns = arena_array(b->arena, ColumnDesc, rel->column_count + 1u);
    rel->columns = b->columns;
    CatalogScan *scan;
    Datum key = datum_oid(rel->oid);
    TRY(catalog_scan_open(b->session, PG_ATTRIBUTE, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, &key, 1,
                          &b->scratch, &scan));
    Status status;
    for (;;) {
        CatalogRow *row;
        status = catalog_scan_next(scan, &row);
        if (!status_ok(status) || row == NULL)
            break;
        status = build_column(b, row);
        if (!status_ok(status))
            break;
    }
    catalog_scan_close(scan);
    TRY(status);
    uint8_t *phys = arena_alloc(b->arena, rel->column_count + 1u);
    for (unsigned i = 0; i < rel->column_count; i++) {
        if (b->columns[i].attnum == 0)
            return error(ERR_INTERNAL_ERROR,
                         "catalog is missing %d attribute(s) for relation OID %u", 1, rel->oid);
        phys[i] = (uint8_t)b->columns[i].phys;
    }
    tuple_shape_init(&rel->shape, b->arena, phys, rel->column_count);
    return build_defaults(b);
}

/* ---- pg_index ---- */

static Status index_columns(Build *b, IndexDesc *index, const CatalogRow *row) {
    index->attnums = keep_int2s(b, row, PG_INDEX_INDKEY, NULL);
    index->collations = keep_oids(b, row, PG_INDEX_INDCOLLATION);
    index->opclasses = keep_oids(b, row, PG_INDEX_INDCLASS);
    index->options = keep_int2s(b, row, PG_INDEX_INDOPTION, NULL);
    Oid *families = arena_array(b->arena, Oid, index->key_count + 1u);
    Oid *inputs = arena_array(b->arena, Oid, index->key_count + 1u);
    for (unsigned i = 0; i < index->key_count; i++) {
        const OpclassDesc *opclass;
        TRY(catalog_opclass(b->session, index->opclasses[i], &opclass));
        if (opclass != NULL) {
            families[i] = opclass->family;
            inputs[i] = opclass->input_type;
        }
    }
    index->families = families;
    index->input_types = inputs;
    CatalogRow *attributes;
    size_t count;
    TRY(find_all(b, PG_ATTRIBUTE_RELID_ATTNUM_INDEX, index->oid, &attributes, &count));
    Oid *types = arena_array(b->arena, Oid, index->column_count + 1u);
    for (size_t i = 0; i < count; i++) {
        int16_t attnum = attributes[i].values[PG_ATTRIBUTE_ATTNUM].i16;
        if (attnum < 1 || attnum > index->column_count)
            continue;
        Oid type = row_oid(&attributes[i], PG_ATTRIBUTE_ATTTYPID);
        types[attnum - 1] = type == OID_CSTRING ? OID_NAME : type;
    }
    index->column_types = types;
    return STATUS_OK;
}

static Status index_class(Build *b, IndexDesc *index) {
    CatalogRow *row = row_new(&b->scratch);
    bool found;
    TRY(catalog_find_oid(b->session, PG_CLASS_OID_INDEX, index->oid, &b->scratch, row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for relation %u", index->oid);
    index->name = keep(b, row, PG_CLASS_RELNAME);
    index->am = row_oid(row, PG_CLASS_RELAM);
    index->tuples = row->values[PG_CLASS_RELTUPLES].f32;
    index->store = row_oid(row, PG_CLASS_RELFILENODE);
    if (index->store == 0)
        TRY(session_catalog_store(b->session, index->oid, &index->store));
    return STATUS_OK;
}

static Status build_index(Build *b, IndexDesc *index, const CatalogRow *row) {
    const Datum *v = row->values;
    index->oid = v[PG_INDEX_INDEXRELID].u32;
    index->relation = v[PG_INDEX_INDRELID].u32;
    index->column_count = (uint16_t)v[PG_INDEX_INDNATTS].i16;
    index->key_count = (uint16_t)v[PG_INDEX_INDNKEYATTS].i16;
    index->unique = v[PG_INDEX_INDISUNIQUE].b;
    index->nulls_not_distinct = v[PG_INDEX_INDNULLSNOTDISTINCT].b;
    index->primary = v[PG_INDEX_INDISPRIMARY].b;
    index->exclusion = v[PG_INDEX_INDISEXCLUSION].b;
    index->immediate = v[PG_INDEX_INDIMMEDIATE].b;
    index->clustered = v[PG_INDEX_INDISCLUSTERED].b;
    index->valid = v[PG_INDEX_INDISVALID].b;
    index->ready = v[PG_INDEX_INDISREADY].b;
    index->live = v[PG_INDEX_INDISLIVE].b;
    index->replica_identity = v[PG_INDEX_INDISREPLIDENT].b;
    index->expressions = keep(b, row, PG_INDEX_INDEXPRS);
    index->predicate = keep(b, row, PG_INDEX_INDPRED);
    TRY(index_class(b, index));
    return index_columns(b, index, row);
}

static int compare_rows_by_oid(const void *a, const void *b) {
    Oid x = ((const CatalogRow *)a)->values[0].u32, y = ((const CatalogRow *)b)->values[0].u32;
    return (x > y) - (x < y);
}

static Status build_indexes(Build *b) {
    RelationDesc *rel = b->rel;
    CatalogRow *rows;
    size_t count;
    bool self = rel->kind == 'i' || rel->kind == 'I';
    if (!self && strchr("rmtp", rel->kind) == NULL)
        return STATUS_OK;
    TRY(find_all(b, self ? PG_INDEX_INDEXRELID_INDEX : PG_INDEX_INDRELID_INDEX, rel->oid, &rows,
                 &count));
    if (count > 0)
        qsort(rows, count, sizeof(CatalogRow), compare_rows_by_oid);
    IndexDesc *indexes = arena_array(b->arena, IndexDesc, count + 1);
    rel->indexes = indexes;
    for (size_t i = 0; i < count; i++) {
        TRY(build_index(b, &indexes[i], &rows[i]));
        if (indexes[i].primary && !self)
            rel->primary = (int16_t)i;
        rel->index_count++;
    }
    return STATUS_OK;
}

/* ---- pg_constraint ---- */

static void build_fk(Build *b, FkDesc *fk, const CatalogRow *row) {
    const Datum *v = row->values;
    fk->oid = v[PG_CONSTRAINT_OID].u32;
    fk->name = keep(b, row, PG_CONSTRAINT_CONNAME);
    fk->nsp = v[PG_CONSTRAINT_CONNAMESPACE].u32;
    fk->relation = v[PG_CONSTRAINT_CONRELID].u32;
    fk->referenced = v[PG_CONSTRAINT_CONFRELID].u32;
    fk->index = v[PG_CONSTRAINT_CONINDID].u32;
    fk->parent = v[PG_CONSTRAINT_CONPARENTID].u32;
    fk->columns = keep_int2s(b, row, PG_CONSTRAINT_CONKEY, &fk->column_count);
    fk->referenced_columns = keep_int2s(b, row, PG_CONSTRAINT_CONFKEY, NULL);
    fk->pf_equal = keep_oids(b, row, PG_CONSTRAINT_CONPFEQOP);
    fk->pp_equal = keep_oids(b, row, PG_CONSTRAINT_CONPPEQOP);
    fk->ff_equal = keep_oids(b, row, PG_CONSTRAINT_CONFFEQOP);
    fk->on_update = (char)v[PG_CONSTRAINT_CONFUPDTYPE].byte;
    fk->on_delete = (char)v[PG_CONSTRAINT_CONFDELTYPE].byte;
    fk->match = (char)v[PG_CONSTRAINT_CONFMATCHTYPE].byte;
    fk->deferrable = v[PG_CONSTRAINT_CONDEFERRABLE].b;
    fk->deferred = v[PG_CONSTRAINT_CONDEFERRED].b;
    fk->validated = v[PG_CONSTRAINT_CONVALIDATED].b;
    fk->delete_set_columns =
        keep_int2s(b, row, PG_CONSTRAINT_CONFDELSETCOLS, &fk->delete_set_count);
}

static void fill_check(Arena *arena, CheckDesc *desc, const CatalogRow *row) {
    const Datum *v = row->values;
    desc->oid = v[PG_CONSTRAINT_OID].u32;
    desc->name = row_name(row, PG_CONSTRAINT_CONNAME, arena);
    desc->expr = row_name(row, PG_CONSTRAINT_CONBIN, arena);
    desc->validated = v[PG_CONSTRAINT_CONVALIDATED].b;
    desc->no_inherit = v[PG_CONSTRAINT_CONNOINHERIT].b;
    desc->is_local = v[PG_CONSTRAINT_CONISLOCAL].b;
    desc->inherit_count = v[PG_CONSTRAINT_CONINHCOUNT].i32;
}

/* The constraint of an index, seen from its table. */
static void note_index_constraint(Build *b, const CatalogRow *row) {
    IndexDesc *indexes = (IndexDesc *)(uintptr_t)b->rel->indexes;
    for (unsigned i = 0; i < b->rel->index_count; i++) {
        IndexDesc *index = &indexes[i];
        if (index->oid != row_oid(row, PG_CONSTRAINT_CONINDID))
            continue;
        index->constraint = row_oid(row, PG_CONSTRAINT_OID);
        index->constraint_name = keep(b, row, PG_CONSTRAINT_CONNAME);
        index->deferrable = row->values[PG_CONSTRAINT_CONDEFERRABLE].b;
        index->deferred = row->values[PG_CONSTRAINT_CONDEFERRED].b;
        index->exclusion_operators = keep_oids(b, row, PG_CONSTRAINT_CONEXCLOP);
    }
}

static Status build_constraints(Build *b) {
    RelationDesc *rel = b->rel;
    CatalogRow *rows;
    size_t count;
    if (strchr("rpfiI", rel->kind) == NULL)
        return STATUS_OK;
    bool self = rel->kind == 'i' || rel->kind == 'I';
    Oid table = self && rel->index_count > 0 ? rel->indexes[0].relation : rel->oid;
    TRY(find_all(b, PG_CONSTRAINT_CONRELID_CONTYPID_CONNAME_INDEX, table, &rows, &count));
    CheckDesc *checks = arena_array(b->arena, CheckDesc, count + 1);
    FkDesc *fks = arena_array(b->arena, FkDesc, count + 1);
    rel->checks = checks;
    rel->fks = fks;
    for (size_t i = 0; i < count; i++) {
        char type = (char)rows[i].values[PG_CONSTRAINT_CONTYPE].byte;
        if (type == 'c' && !self)
            fill_check(b->arena, &checks[rel->check_count++], &rows[i]);
        else if (type == 'f' && !self)
            build_fk(b, &fks[rel->fk_count++], &rows[i]);
        else if (type == 'p' || type == 'u' || type == 'x')
            note_index_constraint(b, &rows[i]);
    }
    return STATUS_OK;
}

/* ---- pg_trigger: users' triggers, and the foreign keys that refer to the table ---- */

static const char *const *trigger_args(Arena *arena, const CatalogRow *row, uint16_t count) {
    const char **args = arena_array(arena, const char *, count + 1u);
    Str bytes = row->values[PG_TRIGGER_TGARGS].str;
    const char *p = bytes.data, *end = bytes.data + bytes.len;
    for (unsigned i = 0; i < count; i++) {
        size_t len = p < end ? strnlen(p, (size_t)(end - p)) : 0;
        args[i] = arena_strndup(arena, p, len);
        p += len < (size_t)(end - p) ? len + 1 : len;
    }
    return args;
}

void trigger_describe(Arena *arena, const CatalogRow *row, TriggerDesc *t) {
    const Datum *v = row->values;
    uint32_t count = 0;
    *t = (TriggerDesc){.oid = v[PG_TRIGGER_OID].u32};
    t->name = row_name(row, PG_TRIGGER_TGNAME, arena);
    t->function = v[PG_TRIGGER_TGFOID].u32;
    t->type = v[PG_TRIGGER_TGTYPE].i16;
    t->enabled = (char)v[PG_TRIGGER_TGENABLED].byte;
    t->internal = v[PG_TRIGGER_TGISINTERNAL].b;
    t->parent = v[PG_TRIGGER_TGPARENTID].u32;
    t->constraint = v[PG_TRIGGER_TGCONSTRAINT].u32;
    t->constraint_relation = v[PG_TRIGGER_TGCONSTRRELID].u32;
    t->constraint_index = v[PG_TRIGGER_TGCONSTRINDID].u32;
    t->deferrable = v[PG_TRIGGER_TGDEFERRABLE].b;
    t->deferred = v[PG_TRIGGER_TGINITDEFERRED].b;
    t->columns = row_get_int2s(arena, v[PG_TRIGGER_TGATTR], &count);
    t->column_count = (uint16_t)count;
    t->arg_count = (uint16_t)v[PG_TRIGGER_TGNARGS].i16;
    t->args = trigger_args(arena, row, t->arg_count);
    t->when = row_name(row, PG_TRIGGER_TGQUAL, arena);
    t->old_table = row_name(row, PG_TRIGGER_TGOLDTABLE, arena);
    t->new_table = row_name(row, PG_TRIGGER_TGNEWTABLE, arena);
}

/* A foreign key's trigger: on the referring table it carries the state of the check, on the
 * referenced one it tells that there is such a key. */
static Status note_fk_trigger(Build *b, const CatalogRow *row, FkDesc *referencing) {
    RelationDesc *rel = b->rel;
    Oid constraint = row_oid(row, PG_TRIGGER_TGCONSTRAINT);
    char enabled = (char)row->values[PG_TRIGGER_TGENABLED].byte;
    Oid function = row_oid(row, PG_TRIGGER_TGFOID);
    FkDesc *fks = (FkDesc *)(uintptr_t)rel->fks;
    if (fk_trigger_is_check(function)) {
        for (unsigned i = 0; i < rel->fk_count; i++)
            if (fks[i].oid == constraint)
                fks[i].check_enabled = enabled;
        return STATUS_OK;
    }
    for (unsigned i = 0; i < rel->referencing_count; i++)
        if (referencing[i].oid == constraint)
            return STATUS_OK;
    CatalogRow *fk = row_new(&b->scratch);
    bool found;
    TRY(catalog_find_oid(b->session, PG_CONSTRAINT_OID_INDEX, constraint, &b->scratch, fk, &found));
    if (found && row_oid(fk, PG_CONSTRAINT_CONFRELID) == rel->oid) {
        FkDesc *desc = &referencing[rel->referencing_count++];
        build_fk(b, desc, fk);
        desc->action_enabled = enabled;
        desc->action_cloned = row_oid(row, PG_TRIGGER_TGPARENTID) != 0;
    }
    return STATUS_OK;
}

static Status build_triggers(Build *b, bool has_triggers) {
    RelationDesc *rel = b->rel;
    if (!has_triggers)
        return STATUS_OK;
    CatalogRow *rows;
    size_t count;
    TRY(find_all(b, PG_TRIGGER_TGRELID_TGNAME_INDEX, rel->oid, &rows, &count));
    TriggerDesc *triggers = arena_array(b->arena, TriggerDesc, count + 1);
    FkDesc *referencing = arena_array(b->arena, FkDesc, count + 1);
    rel->triggers = triggers;
    rel->referencing = referencing;
    for (size_t i = 0; i < count; i++) {
        if (fk_trigger_is_any(row_oid(&rows[i], PG_TRIGGER_TGFOID)))
            TRY(note_fk_trigger(b, &rows[i], referencing));
        else
            trigger_describe(b->arena, &rows[i], &triggers[rel->trigger_count++]);
    }
    return STATUS_OK;
}

/* ---- rules, policies, sequences, partitions, inheritance, statistics ---- */

static Status build_rules(Build *b) {
    CatalogRow *rows;
    size_t count;
    TRY(find_all(b, PG_REWRITE_REL_RULENAME_INDEX, b->rel->oid, &rows, &count));
    RuleDesc *rules = arena_array(b->arena, RuleDesc, count + 1);
    b->rel->rules = rules;
    b->rel->rule_count = (uint16_t)count;
    for (size_t i = 0; i < count; i++) {
        const CatalogRow *row = &rows[i];
        rules[i].oid = row_oid(row, PG_REWRITE_OID);
        rules[i].name = keep(b, row, PG_REWRITE_RULENAME);
        rules[i].event = (char)row->values[PG_REWRITE_EV_TYPE].byte;
        rules[i].enabled = (char)row->values[PG_REWRITE_EV_ENABLED].byte;
        rules[i].instead = row->values[PG_REWRITE_IS_INSTEAD].b;
        rules[i].condition = keep(b, row, PG_REWRITE_EV_QUAL);
        if (strcmp(rules[i].condition, "<>") == 0)
            rules[i].condition = NULL;
        rules[i].actions = keep(b, row, PG_REWRITE_EV_ACTION);
    }
    return STATUS_OK;
}

static Status build_policies(Build *b) {
    CatalogRow *rows;
    size_t count;
    TRY(find_all(b, PG_POLICY_POLRELID_POLNAME_INDEX, b->rel->oid, &rows, &count));
    PolicyDesc *policies = arena_array(b->arena, PolicyDesc, count + 1);
    b->rel->policies = policies;
    b->rel->policy_count = (uint16_t)count;
    for (size_t i = 0; i < count; i++) {
        const CatalogRow *row = &rows[i];
        policies[i].oid = row_oid(row, PG_POLICY_OID);
        policies[i].name = keep(b, row, PG_POLICY_POLNAME);
        policies[i].command = (char)row->values[PG_POLICY_POLCMD].byte;
        policies[i].permissive = row->values[PG_POLICY_POLPERMISSIVE].b;
        policies[i].roles =
            row_get_oids(b->arena, row->values[PG_POLICY_POLROLES], &policies[i].role_count);
        policies[i].using_expr = keep(b, row, PG_POLICY_POLQUAL);
        policies[i].check_expr = keep(b, row, PG_POLICY_POLWITHCHECK);
    }
    return STATUS_OK;
}

static Status build_sequence(Build *b) {
    CatalogRow *row = row_new(&b->scratch);
    bool found;
    TRY(catalog_find_oid(b->session, PG_SEQUENCE_SEQRELID_INDEX, b->rel->oid, &b->scratch, row,
                         &found));
    if (!found)
        return STATUS_OK;
    SequenceDesc *sequence = arena_new(b->arena, SequenceDesc);
    sequence->type = row_oid(row, PG_SEQUENCE_SEQTYPID);
    sequence->start = row->values[PG_SEQUENCE_SEQSTART].i64;
    sequence->increment = row->values[PG_SEQUENCE_SEQINCREMENT].i64;
    sequence->max = row->values[PG_SEQUENCE_SEQMAX].i64;
    sequence->min = row->values[PG_SEQUENCE_SEQMIN].i64;
    sequence->cache = row->values[PG_SEQUENCE_SEQCACHE].i64;
    sequence->cycle = row->values[PG_SEQUENCE_SEQCYCLE].b;
    b->rel->sequence = sequence;
    return STATUS_OK;
}

static Status build_partition_key(Build *b) {
    CatalogRow *row = row_new(&b->scratch);
    bool found;
    TRY(catalog_find_oid(b->session, PG_PARTITIONED_TABLE_PARTRELID_INDEX, b->rel->oid, &b->scratch,
                         row, &found));
    if (!found)
        return STATUS_OK;
    PartitionKeyDesc *key = arena_new(b->arena, PartitionKeyDesc);
    key->strategy = (char)row->values[PG_PARTITIONED_TABLE_PARTSTRAT].byte;
    key->key_count = (uint16_t)row->values[PG_PARTITIONED_TABLE_PARTNATTS].i16;
    key->default_partition = row_oid(row, PG_PARTITIONED_TABLE_PARTDEFID);
    key->attnums = keep_int2s(b, row, PG_PARTITIONED_TABLE_PARTATTRS, NULL);
    key->opclasses = keep_oids(b, row, PG_PARTITIONED_TABLE_PARTCLASS);
    key->collations = keep_oids(b, row, PG_PARTITIONED_TABLE_PARTCOLLATION);
    key->expressions = keep(b, row, PG_PARTITIONED_TABLE_PARTEXPRS);
    b->rel->partition_key = key;
    return STATUS_OK;
}

static int compare_oids(const void *a, const void *b) {
    Oid x = *(const Oid *)a, y = *(const Oid *)b;
    return (x > y) - (x < y);
}

static Status build_inheritance(Build *b) {
    RelationDesc *rel = b->rel;
    CatalogRow *rows;
    size_t count;
    TRY(find_all(b, PG_INHERITS_RELID_SEQNO_INDEX, rel->oid, &rows, &count));
    Oid *parents = arena_array(b->arena, Oid, count + 1);
    for (size_t i = 0; i < count; i++)
        parents[i] = row_oid(&rows[i], PG_INHERITS_INHPARENT);
    rel->parents = parents;
    rel->parent_count = (uint32_t)count;
    if (!rel->has_subclass)
        return STATUS_OK;
    TRY(find_all(b, PG_INHERITS_PARENT_INDEX, rel->oid, &rows, &count));
    Oid *children = arena_array(b->arena, Oid, count + 1);
    for (size_t i = 0; i < count; i++) {
        Oid child = row_oid(&rows[i], PG_INHERITS_INHRELID);
        if (rows[i].values[PG_INHERITS_INHDETACHPENDING].b)
            rel->pending_child = child;
        else
            children[rel->child_count++] = child;
    }
    qsort(children, rel->child_count, sizeof(Oid), compare_oids);
    rel->children = children;
    return STATUS_OK;
}

static Status build_statistics_list(Build *b) {
    CatalogRow *rows;
    size_t count;
    TRY(find_all(b, PG_STATISTIC_EXT_RELID_INDEX, b->rel->oid, &rows, &count));
    StatisticsDesc *list = arena_array(b->arena, StatisticsDesc, count + 1);
    b->rel->statistics = list;
    b->rel->statistics_count = (uint32_t)count;
    for (size_t i = 0; i < count; i++) {
        uint32_t kinds;
        list[i].oid = row_oid(&rows[i], PG_STATISTIC_EXT_OID);
        list[i].kinds = row_get_chars(b->arena, rows[i].values[PG_STATISTIC_EXT_STXKIND], &kinds);
        list[i].columns = row_get_int2s(b->arena, rows[i].values[PG_STATISTIC_EXT_STXKEYS],
                                        &list[i].column_count);
        list[i].expressions = keep(b, &rows[i], PG_STATISTIC_EXT_STXEXPRS);
    }
    return STATUS_OK;
}

static Status build_parts(Build *b, const CatalogRow *row) {
    RelationDesc *rel = b->rel;
    TRY(build_class(b, row));
    TRY(build_columns(b));
    TRY(build_indexes(b));
    TRY(build_constraints(b));
    TRY(build_triggers(b, row->values[PG_CLASS_RELHASTRIGGERS].b));
    if (row->values[PG_CLASS_RELHASRULES].b)
        TRY(build_rules(b));
    if (rel->oid >= OID_FIRST_UNPINNED && strchr("rpfm", rel->kind) != NULL) {
        TRY(build_policies(b));
        TRY(build_statistics_list(b));
    }
    if (rel->kind == 'S')
        TRY(build_sequence(b));
    if (rel->kind == 'p')
        TRY(build_partition_key(b));
    if (rel->oid >= OID_FIRST_UNPINNED && strchr("rpfiI", rel->kind) != NULL)
        TRY(build_inheritance(b));
    return STATUS_OK;
}

Status build_relation(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    Build b = {.session = session, .arena = arena};
    arena_init(&b.scratch, &session->account);
    CatalogRow *row = row_new(&b.scratch);
    bool found;
    Status status =
        catalog_find_oid(session, PG_CLASS_OID_INDEX, keys[0].u32, &b.scratch, row, &found);
    if (status_ok(status) && found) {
        b.rel = arena_new(arena, RelationDesc);
        status = build_parts(&b, row);
        *desc_out = &b.rel->desc;
    }
    arena_destroy(&b.scratch);
    return status;
}

/* ---- look-ups ---- */

Status catalog_relation(CatalogSession *session, Oid relation, const RelationDesc **desc_out) {
    const Desc *desc;
    Status status = cache_get_oid(session, CACHE_RELATION, relation, &desc);
    *desc_out = (const RelationDesc *)desc;
    return status;
}

Status catalog_relation_require(CatalogSession *session, Oid relation,
                                const RelationDesc **desc_out) {
    TRY(catalog_relation(session, relation, desc_out));
    if (*desc_out == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for relation %u", relation);
    return STATUS_OK;
}

const ColumnDesc *relation_column(const RelationDesc *desc, const char *name) {
    for (unsigned i = 0; i < desc->column_count; i++)
        if (!desc->columns[i].dropped && strcmp(desc->columns[i].name, name) == 0)
            return &desc->columns[i];
    return NULL;
}

const IndexDesc *relation_index(const RelationDesc *desc, Oid index) {
    for (unsigned i = 0; i < desc->index_count; i++)
        if (desc->indexes[i].oid == index)
            return &desc->indexes[i];
    return NULL;
}

const char *relation_option(const RelationDesc *desc, const char *name) {
    size_t len = strlen(name);
    for (uint32_t i = 0; i < desc->option_count; i++)
        if (strncmp(desc->options[i], name, len) == 0 && desc->options[i][len] == '=')
            return desc->options[i] + len + 1;
    return NULL;
}

Status catalog_index_desc(CatalogSession *session, Oid index, const IndexDesc **desc_out,
                          const RelationDesc **relation_out) {
    *desc_out = NULL;
    const RelationDesc *self, *table;
    if (relation_out != NULL)
        *relation_out = NULL;
    TRY(catalog_relation(session, index, &self));
    if (self == NULL || (self->kind != 'i' && self->kind != 'I') || self->index_count == 0)
        return STATUS_OK;
    TRY(catalog_relation(session, self->indexes[0].relation, &table));
    if (table == NULL)
        return STATUS_OK;
    *desc_out = relation_index(table, index);
    if (relation_out != NULL)
        *relation_out = table;
    return STATUS_OK;
}

Status relation_descendants(CatalogSession *session, Oid relation, Arena *arena,
                            const Oid **relations_out, size_t *count_out) {
    VEC(Oid) found = {0};
    vec_push(&found, arena, relation);
    for (size_t at = 0; at < found.count; at++) {
        const RelationDesc *desc;
        TRY(catalog_relation(session, found.items[at], &desc));
        for (uint32_t i = 0; desc != NULL && i < desc->child_count; i++) {
            size_t known = 0;
            while (known < found.count && found.items[known] != desc->children[i])
                known++;
            if (known == found.count)
                vec_push(&found, arena, desc->children[i]);
        }
    }
    *relations_out = found.items;
    *count_out = found.count;
    return STATUS_OK;
}

/* ---- names ---- */

Status build_relation_name(CatalogSession *session, const Datum *keys, Arena *arena,
                           Desc **desc_out) {
    return build_name(session, PG_CLASS_RELNAME_NSP_INDEX, PG_CLASS_OID, keys, arena, desc_out);
}

Status build_name(CatalogSession *session, Oid index, int oid_column, const Datum *keys,
                  Arena *arena, Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *row = row_new(&scratch);
    bool found;
    Status status = catalog_find(session, index, keys, 2, &scratch, row, &found);
    if (status_ok(status) && found) {
        NameDesc *desc = arena_new(arena, NameDesc);
        desc->oid = row_oid(row, oid_column);
        *desc_out = &desc->desc;
    }
    arena_destroy(&scratch);
    return status;
}

void check_desc_fill(Arena *arena, CheckDesc *desc, const CatalogRow *row) {
    fill_check(arena, desc, row);
}
