/*
 * ddl_load.c: rows into a table that only this transaction sees yet: CREATE TABLE AS, REFRESH, rewrites
 * of ALTER TABLE. Rows are collected and written in groups; indexes are built afterwards.
 */
#include "executor/ddl_int.h"

#define GROUP_ROWS 512u
#define GROUP_BYTES (256u * 1024u)

struct DdlLoader {
    RowSink sink;
    Ddl *ddl;
    const RelationDesc *relation;
    Table *table;
    Arena arena; /* bytes of the rows collected */
    Datum *values;
    bool *nulls;
    uint32_t row_count;
    size_t bytes;
    uint64_t total;
};

static Status flush(DdlLoader *loader) {
    if (loader->row_count == 0)
        return STATUS_OK;
    RowId first;
    TRY(table_insert_many(loader->ddl->session->txn, loader->table, &loader->relation->shape,
                          loader->values, loader->nulls, loader->row_count, &first));
    loader->total += loader->row_count;
    loader->row_count = 0;
    loader->bytes = 0;
    arena_reset(&loader->arena);
    return STATUS_OK;
}

Status ddl_loader_add(DdlLoader *loader, const Datum *values, const bool *nulls) {
    uint32_t width = loader->relation->column_count;
    size_t at = (size_t)loader->row_count * width;
    for (uint32_t i = 0; i < width; i++) {
        const ColumnDesc *column = &loader->relation->columns[i];
        loader->nulls[at + i] = nulls[i] || column->dropped;
        loader->values[at + i] = values[i];
        if (loader->nulls[at + i] || column->phys != PHYS_STR)
            continue;
        void *copy;
        TRY(arena_try_alloc(&loader->arena, values[i].str.len + 1, &copy));
        memcpy(copy, values[i].str.data, values[i].str.len);
        loader->values[at + i].str = str_make(copy, values[i].str.len);
        loader->bytes += values[i].str.len;
    }
    if (++loader->row_count == GROUP_ROWS || loader->bytes > GROUP_BYTES)
        return flush(loader);
    return STATUS_OK;
}

/* Result column i becomes table column i. */
static Status take_batch(RowSink *sink, const Batch *batch) {
    DdlLoader *loader = CONTAINER_OF(sink, DdlLoader, sink);
    uint32_t width = loader->relation->column_count;
    Datum *values = arena_array(loader->ddl->arena, Datum, width);
    bool *nulls = arena_array(loader->ddl->arena, bool, width);
    for (uint32_t i = 0; i < batch->selection.count; i++) {
        uint32_t row = batch->selection.rows == NULL ? i : batch->selection.rows[i];
        for (uint32_t c = 0; c < width; c++) {
            nulls[c] = c >= batch->column_count || vector_is_null(&batch->columns[c], row);
            if (!nulls[c])
                values[c] = vector_get(&batch->columns[c], row);
        }
        TRY(ddl_loader_add(loader, values, nulls));
    }
    return STATUS_OK;
}

Status ddl_loader_open(Ddl *ddl, const RelationDesc *relation, DdlLoader **loader_out) {
    DdlLoader *loader = arena_new(ddl->arena, DdlLoader);
    *loader_out = loader;
    loader->sink.rows = take_batch;
    loader->ddl = ddl;
    loader->relation = relation;
    arena_init(&loader->arena, &ddl->session->account);
    loader->values =
        arena_array(ddl->arena, Datum, (size_t)GROUP_ROWS * relation->column_count + 1);
    loader->nulls = arena_array(ddl->arena, bool, (size_t)GROUP_ROWS * relation->column_count + 1);
    return table_open(ddl->session->mvcc, relation->store, &loader->table);
}

RowSink *ddl_loader_sink(DdlLoader *loader) { return &loader->sink; }

Status ddl_loader_close(DdlLoader *loader, Status status, uint64_t *count_out) {
    if (status_ok(status))
        status = flush(loader);
    *count_out = loader->total;
    arena_destroy(&loader->arena);
    return status;
}

Status ddl_rebuild_indexes(Ddl *ddl, Oid relation_oid) {
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, relation_oid, &relation));
    for (uint16_t i = 0; i < relation->index_count; i++)
        TRY(ddl_build_index(ddl, relation_oid, relation->indexes[i].oid));
    return STATUS_OK;
}
