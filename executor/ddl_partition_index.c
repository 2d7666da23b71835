/*
 * ddl_partition_index.c: indexes of partitioned tables. The parent's index holds nothing; each
 * partition has one of the same definition, tied to it by pg_inherits and dependencies, constraints
 * likewise.
 */
#include "executor/ddl_partition.h"

/* ---- UNIQUE needs the partition key ---- */

Status ddl_partition_check_unique(Ddl *ddl, const RelationDesc *table, const char *what,
                                  const int16_t *attnums, uint16_t count) {
    const PartitionKeyDesc *key = table->partition_key;
    for (uint16_t k = 0; key != NULL && k < key->key_count; k++) {
        bool found = false;
        if (key->attnums[k] == 0)
            return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                                       "unsupported %s constraint with partition key definition",
                                       what),
                                 "%s constraints cannot be used when partition keys include "
                                 "expressions.",
                                 what);
        for (uint16_t i = 0; i < count; i++)
            found |= attnums[i] == key->attnums[k];
        if (!found)
            return status_detail(
                error(
                    ERR_FEATURE_NOT_SUPPORTED,
                    "unique constraint on partitioned table must include all partitioning columns"),
                "%s constraint on table \"%s\" lacks column \"%s\" which is part of the partition "
                "key.",
                what, table->name, table->columns[key->attnums[k] - 1].name);
    }
    return STATUS_OK;
}

/* ---- definitions over another table ---- */

typedef struct MappedIndex {
    int16_t *attnums;
    const char *expressions;
    const char *predicate;
    AddressList referenced;
} MappedIndex;

static Status map_index(Ddl *ddl, const RelationDesc *parent, const IndexDesc *index,
                        const RelationDesc *child, MappedIndex *out) {
    *out = (MappedIndex){.attnums = arena_array(ddl->arena, int16_t, index->column_count + 1u)};
    for (uint16_t i = 0; i < index->column_count; i++) {
        if (index->attnums[i] <= 0)
            continue;
        const ColumnDesc *column =
            relation_column(child, parent->columns[index->attnums[i] - 1].name);
        if (column == NULL)
            return error(ERR_INTERNAL_ERROR, "attribute of index \"%s\" is not in \"%s\"",
                         index->name, child->name);
        out->attnums[i] = column->attnum;
    }
    if (index->expressions != NULL) {
        ExprList list, mapped = {0};
        TRY(expr_list_from_string(ddl->arena, index->expressions, strlen(index->expressions),
                                  &list));
        for (uint32_t i = 0; i < list.count; i++) {
            Expr *expr;
            TRY(partition_map_columns(ddl->arena, parent, child, list.items[i], &expr));
            expr_list_add(ddl->arena, &mapped, expr);
            ddl_expr_addresses(ddl, expr, child->oid, &out->referenced);
        }
        out->expressions = expr_list_to_string(ddl->arena, &mapped);
    }
    if (index->predicate != NULL) {
        Expr *expr;
        TRY(expr_from_string(ddl->arena, index->predicate, strlen(index->predicate), &expr));
        TRY(partition_map_columns(ddl->arena, parent, child, expr, &expr));
        ddl_expr_addresses(ddl, expr, child->oid, &out->referenced);
        out->predicate = expr_to_string(ddl->arena, expr);
    }
    return STATUS_OK;
}

static Status same_expressions(Arena *arena, const char *a, const char *b, bool list,
                               bool *same_out) {
    ExprList x = {0}, y = {0};
    Expr *one;
    *same_out = a == NULL && b == NULL;
    if (a == NULL || b == NULL)
        return STATUS_OK;
    if (list) {
        TRY(expr_list_from_string(arena, a, strlen(a), &x));
        TRY(expr_list_from_string(arena, b, strlen(b), &y));
    } else {
        TRY(expr_from_string(arena, a, strlen(a), &one));
        expr_list_add(arena, &x, one);
        TRY(expr_from_string(arena, b, strlen(b), &one));
        expr_list_add(arena, &y, one);
    }
    *same_out = x.count == y.count;
    for (uint32_t i = 0; i < x.count && *same_out; i++)
        *same_out = expr_equal(x.items[i], y.items[i]);
    return STATUS_OK;
}

/* A constraint's index needs one of the same kind of constraint; an index without takes either. */
static bool same_columns(const IndexDesc *wanted, const MappedIndex *mapped, const IndexDesc *own) {
    if (wanted->am != own->am || wanted->unique != own->unique ||
        wanted->key_count != own->key_count || wanted->column_count != own->column_count ||
        wanted->nulls_not_distinct != own->nulls_not_distinct ||
        wanted->exclusion != own->exclusion ||
        (wanted->constraint != 0 && (own->constraint == 0 || wanted->primary != own->primary)))
        return false;
    for (uint16_t i = 0; i < own->column_count; i++)
        if (mapped->attnums[i] != own->attnums[i])
            return false;
    for (uint16_t i = 0; i < own->key_count; i++)
        if (wanted->families[i] != own->families[i] || wanted->collations[i] != own->collations[i])
            return false;
    return true;
}

static Status same_definition(Ddl *ddl, const IndexDesc *wanted, const MappedIndex *mapped,
                              const IndexDesc *own, bool *same_out) {
    *same_out = same_columns(wanted, mapped, own);
    if (*same_out)
        TRY(same_expressions(ddl->arena, mapped->expressions, own->expressions, true, same_out));
    if (*same_out)
        TRY(same_expressions(ddl->arena, mapped->predicate, own->predicate, false, same_out));
    return STATUS_OK;
}

/* ---- tied to the parent's ---- */

static Status is_tied(Ddl *ddl, Oid index, bool *yes_out) {
    Datum key = datum_oid(index);
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(ddl->catalog, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    *yes_out = count > 0;
    return STATUS_OK;
}

static Status set_is_partition(Ddl *ddl, Oid relation, bool yes) {
    CatalogRow row;
    TRY(relation_row(ddl->catalog, relation, ddl->arena, &row));
    row.values[PG_CLASS_RELISPARTITION] = datum_bool(yes);
    return catalog_update(ddl->catalog, PG_CLASS, &row);
}

Status ddl_tie_constraint(Ddl *ddl, Oid constraint, Oid parent, Oid table) {
    CatalogRow row;
    bool found;
    ObjectAddress self = object_address(PG_CONSTRAINT, constraint, 0);
    if (constraint == 0 || parent == 0)
        return STATUS_OK;
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, constraint, ddl->arena, &row,
                         &found));
    if (!found)
        return STATUS_OK;
    row.values[PG_CONSTRAINT_CONISLOCAL] = datum_bool(false);
    row.values[PG_CONSTRAINT_CONINHCOUNT].i32++;
    row.values[PG_CONSTRAINT_CONPARENTID] = datum_oid(parent);
    TRY(catalog_update(ddl->catalog, PG_CONSTRAINT, &row));
    TRY(depend_record(ddl->catalog, self, object_address(PG_CONSTRAINT, parent, 0),
                      DEPEND_PARTITION_PRI));
    return depend_record(ddl->catalog, self, object_address(PG_CLASS, table, 0),
                         DEPEND_PARTITION_SEC);
}

static Status tie_index(Ddl *ddl, const IndexDesc *index, const IndexDesc *parent, Oid table) {
    CatalogRow row = {0};
    ObjectAddress self = object_address(PG_CLASS, index->oid, 0);
    row.values[PG_INHERITS_INHRELID] = datum_oid(index->oid);
    row.values[PG_INHERITS_INHPARENT] = datum_oid(parent->oid);
    row.values[PG_INHERITS_INHSEQNO] = datum_i32(1);
    row.values[PG_INHERITS_INHDETACHPENDING] = datum_bool(false);
    TRY(catalog_insert(ddl->catalog, PG_INHERITS, &row));
    TRY(depend_record(ddl->catalog, self, object_address(PG_CLASS, parent->oid, 0),
                      DEPEND_PARTITION_PRI));
    TRY(depend_record(ddl->catalog, self, object_address(PG_CLASS, table, 0),
                      DEPEND_PARTITION_SEC));
    TRY(set_is_partition(ddl, index->oid, true));
    TRY(relation_set_flag(ddl->catalog, parent->oid, PG_CLASS_RELHASSUBCLASS));
    return ddl_tie_constraint(ddl, index->constraint, parent->constraint, table);
}

/* ---- NOT NULL of a primary key ---- */

typedef struct NullScan {
    const RelationDesc *relation;
    const int16_t *attnums;
    uint16_t count;
} NullScan;

static Status no_nulls(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    const NullScan *scan = arg;
    for (uint16_t i = 0; i < scan->count; i++)
        if (nulls[scan->attnums[i] - 1]) {
            const char *name = scan->relation->columns[scan->attnums[i] - 1].name;
            return status_object(error(ERR_NOT_NULL_VIOLATION,
                                       "column \"%s\" of relation \"%s\" contains null values",
                                       name, scan->relation->name),
                                 scan->relation->nsp_name, scan->relation->name, name, NULL, NULL);
        }
    return STATUS_OK;
}

static Status set_not_null(Ddl *ddl, const RelationDesc *child, const int16_t *attnums,
                           uint16_t count) {
    NullScan scan = {child, attnums, count};
    bool needed = false;
    for (uint16_t i = 0; i < count; i++)
        needed |= !child->columns[attnums[i] - 1].not_null;
    if (!needed)
        return STATUS_OK;
    if (child->store != 0)
        TRY(ddl_each_row(ddl, child, no_nulls, &scan));
    for (uint16_t i = 0; i < count; i++) {
        CatalogRow row;
        TRY(column_row(ddl->catalog, child->oid, attnums[i], ddl->arena, &row));
        row.values[PG_ATTRIBUTE_ATTNOTNULL] = datum_bool(true);
        TRY(catalog_update(ddl->catalog, PG_ATTRIBUTE, &row));
    }
    return STATUS_OK;
}

/* ---- one more index ---- */

static Status index_column_names(Ddl *ddl, const IndexDesc *index, const RelationDesc *child,
                                 const MappedIndex *mapped, const char ***names_out,
                                 const char **joined_out) {
    const RelationDesc *self;
    StrBuf joined;
    strbuf_init(&joined, ddl->arena);
    TRY(catalog_relation_require(ddl->catalog, index->oid, &self));
    *names_out = arena_array(ddl->arena, const char *, index->column_count + 1u);
    for (uint16_t i = 0; i < index->column_count; i++) {
        (*names_out)[i] = mapped->attnums[i] > 0   ? child->columns[mapped->attnums[i] - 1].name
                          : i < self->column_count ? self->columns[i].name
                                                   : "expr";
        strbuf_printf(&joined, "%s%s", i > 0 ? "_" : "", (*names_out)[i]);
    }
    *joined_out = strbuf_cstr(&joined);
    return STATUS_OK;
}

static Status create_like(Ddl *ddl, const IndexDesc *index, const RelationDesc *child,
                          const MappedIndex *mapped, Oid *index_out) {
    bool constraint = index->constraint != 0;
    const char **names, *joined;
    int32_t *typmods = arena_array(ddl->arena, int32_t, index->column_count + 1u);
    if (index->unique)
        TRY(ddl_partition_check_unique(ddl, child, index->primary ? "PRIMARY KEY" : "UNIQUE",
                                       mapped->attnums, index->key_count));
    TRY(index_column_names(ddl, index, child, mapped, &names, &joined));
    for (uint16_t i = 0; i < index->column_count; i++)
        typmods[i] = mapped->attnums[i] > 0 ? child->columns[mapped->attnums[i] - 1].typmod : -1;
    IndexSpec spec = {.nsp = child->nsp,
                      .relation = child->oid,
                      .am = index->am,
                      .unique = index->unique,
                      .nulls_not_distinct = index->nulls_not_distinct,
                      .primary = index->primary,
                      .deferrable = index->deferrable,
                      .deferred = index->deferred,
                      .partitioned = child->kind == 'p',
                      .column_count = index->column_count,
                      .key_count = index->key_count,
                      .attnums = mapped->attnums,
                      .column_names = names,
                      .column_types = index->column_types,
                      .column_typmods = typmods,
                      .opclasses = index->opclasses,
                      .collations = index->collations,
                      .options = index->options,
                      .expressions = mapped->expressions,
                      .predicate = mapped->predicate,
                      .referenced = mapped->referenced.items,
                      .referenced_count = mapped->referenced.count,
                      .constraint = constraint};
    TRY(name_choose_relation(ddl->catalog, ddl->arena, child->name,
                             constraint && index->primary ? NULL : joined,
                             constraint && index->primary ? "pkey"
                             : constraint                 ? "key"
                                                          : "idx",
                             child->nsp, constraint, &spec.name));
    if (constraint && index->primary)
        TRY(set_not_null(ddl, child, mapped->attnums, index->key_count));
    Oid made;
    TRY(index_create(ddl->catalog, &spec, index_out, &made));
    return child->kind == 'p' ? STATUS_OK : ddl_build_index(ddl, child->oid, *index_out);
}

static const IndexDesc *index_of(Ddl *ddl, Oid table, Oid index, const RelationDesc **table_out,
                                 Status *status) {
    *status = catalog_relation_require(ddl->catalog, table, table_out);
    return status_ok(*status) ? relation_index(*table_out, index) : NULL;
}

Status ddl_check_foreign_partition(const RelationDesc *parent, const char *partition,
                                   bool created) {
    for (uint16_t i = 0; i < parent->index_count; i++) {
        if (!parent->indexes[i].unique)
            continue;
        if (created)
            return status_detail(
                error(ERR_WRONG_OBJECT_TYPE,
                      "cannot create foreign partition of partitioned table \"%s\"", parent->name),
                "Table \"%s\" contains indexes that are unique.", parent->name);
        return status_detail(error(ERR_WRONG_OBJECT_TYPE,
                                   "cannot attach foreign table \"%s\" as partition of partitioned "
                                   "table \"%s\"",
                                   partition, parent->name),
                             "Partitioned table \"%s\" contains unique indexes.", parent->name);
    }
    return STATUS_OK;
}

/* Foreign tables have no indexes: the parent's must be one that they can do without. */
static Status skip_foreign(const RelationDesc *parent, const IndexDesc *index,
                           const RelationDesc *child, bool attaching) {
    if (!index->unique || attaching)
        return STATUS_OK;
    return status_detail(error(ERR_WRONG_OBJECT_TYPE,
                               "cannot create unique index on partitioned table \"%s\"",
                               parent->name),
                         "Table \"%s\" contains partitions that are foreign tables.", parent->name);
}

/* A constraint made for a partition is the partitions' of it, too. */
static Status let_inherit(Ddl *ddl, Oid constraint) {
    CatalogRow row;
    bool found;
    if (constraint == 0)
        return STATUS_OK;
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, constraint, ddl->arena, &row,
                         &found));
    if (!found)
        return STATUS_OK;
    row.values[PG_CONSTRAINT_CONNOINHERIT] = datum_bool(false);
    return catalog_update(ddl->catalog, PG_CONSTRAINT, &row);
}

/* The partition gets what the parent's index asks for: one that it has, or a new one. attaching: the
 * partition is new, and an index of it that is not valid does not do; otherwise *valid_out tells. */
static Status partition_index(Ddl *ddl, Oid parent_oid, Oid parent_index, Oid child_oid,
                              bool attaching, bool *valid_out) {
    const RelationDesc *parent, *child;
    MappedIndex mapped;
    Status s;
    const IndexDesc *index = index_of(ddl, parent_oid, parent_index, &parent, &s);
    TRY(s);
    *valid_out = true;
    if (index == NULL)
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, child_oid, &child));
    if (child->kind == 'f')
        return skip_foreign(parent, index, child, attaching);
    TRY(map_index(ddl, parent, index, child, &mapped));
    for (uint16_t i = 0; i < child->index_count; i++) {
        bool tied, same;
        TRY(is_tied(ddl, child->indexes[i].oid, &tied));
        if (tied || (attaching && !child->indexes[i].valid))
            continue;
        TRY(same_definition(ddl, index, &mapped, &child->indexes[i], &same));
        *valid_out = child->indexes[i].valid;
        if (same)
            return tie_index(ddl, &child->indexes[i], index, child_oid);
    }
    *valid_out = true;
    if (index->primary && child->primary >= 0)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "multiple primary keys for table \"%s\" are not allowed", child->name);
    Oid made;
    TRY(create_like(ddl, index, child, &mapped, &made));
    const IndexDesc *own = index_of(ddl, child_oid, made, &child, &s);
    TRY(s);
    index = index_of(ddl, parent_oid, parent_index, &parent, &s);
    TRY(s);
    if (own != NULL && index != NULL) {
        TRY(tie_index(ddl, own, index, child_oid));
        TRY(let_inherit(ddl, own->constraint));
    }
    if (child->kind != 'p')
        return STATUS_OK;
    TRY(ddl_index_partitions(ddl, child_oid, made));
    own = index_of(ddl, child_oid, made, &child, &s);
    TRY(s);
    *valid_out = own == NULL || own->valid;
    return STATUS_OK;
}

Status ddl_index_partitions(Ddl *ddl, Oid parent, Oid index) {
    const RelationDesc *desc;
    bool all_valid = true;
    TRY(catalog_relation_require(ddl->catalog, parent, &desc));
    for (uint32_t i = 0; i < desc->child_count; i++) {
        bool valid;
        TRY(relation_lock(ddl->catalog, desc->children[i], LOCK_SHARE, LOCK_WAIT, NULL));
        TRY(partition_index(ddl, parent, index, desc->children[i], false, &valid));
        all_valid &= valid;
    }
    return all_valid ? STATUS_OK : index_set_state(ddl->catalog, index, true, false, true);
}

Status ddl_partition_indexes(Ddl *ddl, Oid parent, Oid partition) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, parent, &desc));
    bool valid;
    for (uint16_t i = 0; i < desc->index_count; i++)
        TRY(partition_index(ddl, parent, desc->indexes[i].oid, partition, true, &valid));
    return STATUS_OK;
}

/* ---- standing alone again ---- */

Status ddl_untie_constraint(Ddl *ddl, Oid constraint) {
    CatalogRow row;
    bool found;
    ObjectAddress self = object_address(PG_CONSTRAINT, constraint, 0);
    if (constraint == 0)
        return STATUS_OK;
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, constraint, ddl->arena, &row,
                         &found));
    if (!found)
        return STATUS_OK;
    row.values[PG_CONSTRAINT_CONISLOCAL] = datum_bool(true);
    row.values[PG_CONSTRAINT_CONINHCOUNT] = datum_i32(0);
    row.values[PG_CONSTRAINT_CONPARENTID] = datum_oid(0);
    TRY(catalog_update(ddl->catalog, PG_CONSTRAINT, &row));
    TRY(depend_delete_of_class(ddl->catalog, self, PG_CONSTRAINT, DEPEND_PARTITION_PRI, NULL));
    return depend_delete_of_class(ddl->catalog, self, PG_CLASS, DEPEND_PARTITION_SEC, NULL);
}

Status ddl_partition_detach_indexes(Ddl *ddl, const RelationDesc *parent,
                                    const RelationDesc *partition) {
    for (uint16_t i = 0; i < partition->index_count; i++) {
        const IndexDesc *index = &partition->indexes[i];
        Datum key = datum_oid(index->oid);
        CatalogRow *rows;
        size_t count;
        ObjectAddress self = object_address(PG_CLASS, index->oid, 0);
        TRY(catalog_find_all(ddl->catalog, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1, ddl->arena,
                             &rows, &count));
        if (count == 0)
            continue;
        for (size_t r = 0; r < count; r++)
            TRY(catalog_delete(ddl->catalog, PG_INHERITS, &rows[r]));
        TRY(depend_delete_of_class(ddl->catalog, self, PG_CLASS, DEPEND_PARTITION_PRI, NULL));
        TRY(depend_delete_of_class(ddl->catalog, self, PG_CLASS, DEPEND_PARTITION_SEC, NULL));
        TRY(set_is_partition(ddl, index->oid, false));
        TRY(ddl_untie_constraint(ddl, index->constraint));
    }
    catalog_touch_relation(ddl->catalog, parent->oid);
    return STATUS_OK;
}

/* ---- ALTER INDEX .. ATTACH PARTITION ---- */

static Status cannot_attach(const RelationDesc *child, const RelationDesc *parent) {
    return error(ERR_INVALID_OBJECT_DEFINITION,
                 "cannot attach index \"%s\" as a partition of index \"%s\"", child->name,
                 parent->name);
}

/* A partitioned index is valid once every partition has its part. */
static Status validate_partitioned(Ddl *ddl, Oid table, Oid index) {
    const RelationDesc *desc;
    Datum key = datum_oid(index);
    CatalogRow *rows;
    size_t count;
    Status s;
    const IndexDesc *own = index_of(ddl, table, index, &desc, &s);
    TRY(s);
    TRY(catalog_find_all(ddl->catalog, PG_INHERITS_PARENT_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    if (own == NULL || own->valid || count < desc->child_count)
        return STATUS_OK;
    for (size_t i = 0; i < count; i++) {
        const IndexDesc *part;
        TRY(catalog_index_desc(ddl->catalog, row_oid(&rows[i], PG_INHERITS_INHRELID), &part, NULL));
        if (part == NULL || !part->valid)
            return STATUS_OK;
    }
    TRY(index_set_state(ddl->catalog, index, true, true, true));
    TRY(catalog_find_all(ddl->catalog, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    if (count == 0 || desc->parent_count == 0)
        return STATUS_OK;
    return validate_partitioned(ddl, desc->parents[0], row_oid(&rows[0], PG_INHERITS_INHPARENT));
}

Status ddl_attach_index(Ddl *ddl, Oid index_oid, const AstRangeVar *name) {
    const RelationDesc *self, *other, *table, *child;
    const IndexDesc *index, *own;
    MappedIndex mapped;
    TRY(catalog_relation_require(ddl->catalog, index_oid, &self));
    TRY(ddl_relation(ddl, name, LOCK_ACCESS_EXCLUSIVE, false, &other));
    if (other->kind != 'i' && other->kind != 'I')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not an index", other->name);
    TRY(catalog_index_desc(ddl->catalog, index_oid, &index, &table));
    TRY(catalog_index_desc(ddl->catalog, other->oid, &own, &child));
    Datum key = datum_oid(own->oid);
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(ddl->catalog, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    if (count > 0 && row_oid(&rows[0], PG_INHERITS_INHPARENT) == index_oid)
        return STATUS_OK;
    if (count > 0)
        return status_detail(cannot_attach(other, self),
                             "Index \"%s\" is already attached to another index.", other->name);
    bool is_child = false;
    for (uint32_t i = 0; i < table->child_count; i++)
        is_child |= table->children[i] == child->oid;
    if (!is_child)
        return status_detail(cannot_attach(other, self),
                             "Index \"%s\" is not an index on any partition of table \"%s\".",
                             other->name, table->name);
    TRY(map_index(ddl, table, index, child, &mapped));
    if (index->constraint != 0 && own->constraint == 0)
        return status_detail(cannot_attach(other, self),
                             "The index \"%s\" belongs to a constraint in table \"%s\" but no "
                             "constraint exists for index \"%s\".",
                             self->name, table->name, other->name);
    bool same;
    TRY(same_definition(ddl, index, &mapped, own, &same));
    if (!same)
        return status_detail(cannot_attach(other, self), "The index definitions do not match.");
    for (uint16_t i = 0; i < child->index_count; i++) {
        key = datum_oid(child->indexes[i].oid);
        TRY(catalog_find_all(ddl->catalog, PG_INHERITS_RELID_SEQNO_INDEX, &key, 1, ddl->arena,
                             &rows, &count));
        if (count > 0 && row_oid(&rows[0], PG_INHERITS_INHPARENT) == index_oid)
            return status_detail(cannot_attach(other, self),
                                 "Another index is already attached for partition \"%s\".",
                                 child->name);
    }
    Oid table_oid = table->oid;
    TRY(tie_index(ddl, own, index, child->oid));
    return validate_partitioned(ddl, table_oid, index_oid);
}
