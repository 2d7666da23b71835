/* published.c: updates and deletions of published tables. See published.h. */
#include "executor/published.h"

#include "base/array.h"
#include "catalog/catalogs.h"
#include "catalog/row.h"

#include <string.h>

typedef struct Published {
    Session *session;
    Arena *arena;
    const RelationDesc *relation;
    const IndexDesc *identity; /* NULL: none, or the whole row */
    Oid *ancestors;            /* of a partition, the nearest first */
    uint32_t ancestor_count;
    bool published, bad_filter, bad_columns;
} Published;

static const IndexDesc *identity_index(const RelationDesc *relation) {
    if (relation->replica_identity == 'd' && relation->primary >= 0 &&
        relation->indexes[relation->primary].immediate)
        return &relation->indexes[relation->primary];
    for (uint16_t i = 0; i < relation->index_count && relation->replica_identity == 'i'; i++)
        if (relation->indexes[i].replica_identity)
            return &relation->indexes[i];
    return NULL;
}

static Status find_ancestors(Published *p) {
    const RelationDesc *at = p->relation;
    uint32_t room = 0;
    while (at->is_partition && at->parent_count > 0) {
        Oid parent = at->parents[0];
        if (p->ancestor_count == room) {
            room = room * 2 + 8;
            Oid *more = arena_array(p->arena, Oid, room);
            if (p->ancestor_count > 0)
                memcpy(more, p->ancestors, p->ancestor_count * sizeof(Oid));
            p->ancestors = more;
        }
        p->ancestors[p->ancestor_count++] = parent;
        TRY(catalog_relation_require(p->session->catalog, parent, &at));
    }
    return STATUS_OK;
}

/* Does the publication name the table or its schema? row: its entry, where it names the table. */
static Status names(Published *p, Oid publication, Oid table, CatalogRow *row, bool *by_table_out,
                    bool *named_out) {
    CatalogSession *catalog = p->session->catalog;
    const RelationDesc *desc;
    Datum keys[2] = {datum_oid(table), datum_oid(publication)};
    CatalogRow schema;
    TRY(catalog_find(catalog, PG_PUBLICATION_REL_PRRELID_PRPUBID_INDEX, keys, 2, p->arena, row,
                     by_table_out));
    *named_out = *by_table_out;
    if (*named_out)
        return STATUS_OK;
    TRY(catalog_relation_require(catalog, table, &desc));
    keys[0] = datum_oid(desc->nsp);
    return catalog_find(catalog, PG_PUBLICATION_NAMESPACE_PNNSPID_PNPUBID_INDEX, keys, 2, p->arena,
                        &schema, named_out);
}

static bool in_identity(const Published *p, int16_t attnum) {
    for (uint16_t i = 0; p->identity != NULL && i < p->identity->key_count; i++)
        if (p->identity->attnums[i] == attnum)
            return true;
    return false;
}

typedef struct FilterWalk {
    const Published *p;
    const RelationDesc *as; /* whose columns the filter speaks of */
    bool bad;
} FilterWalk;

static bool filter_visit(Expr *expr, void *arg) {
    FilterWalk *walk = arg;
    if (expr->tag != EXPR_COLUMN)
        return expr_walk(expr, filter_visit, arg);
    int16_t attno = ((ExprColumn *)expr)->attno;
    if (attno <= 0 || attno > walk->as->column_count)
        return false;
    const ColumnDesc *own = relation_column(walk->p->relation, walk->as->columns[attno - 1].name);
    walk->bad |= own == NULL || !in_identity(walk->p, own->attnum);
    return walk->bad;
}

static Status check_filter(Published *p, const RelationDesc *as, const CatalogRow *row) {
    FilterWalk walk = {.p = p, .as = as};
    Expr *expr;
    if (row->nulls[PG_PUBLICATION_REL_PRQUAL] || p->relation->replica_identity == 'f')
        return STATUS_OK;
    Str text = row->values[PG_PUBLICATION_REL_PRQUAL].str;
    TRY(expr_from_string(p->arena, text.data, text.len, &expr));
    (void)filter_visit(expr, &walk);
    p->bad_filter |= walk.bad;
    return STATUS_OK;
}

static Status check_columns(Published *p, const RelationDesc *as, const CatalogRow *row) {
    if (row->nulls[PG_PUBLICATION_REL_PRATTRS])
        return STATUS_OK;
    if (p->relation->replica_identity == 'f') {
        p->bad_columns = true;
        return STATUS_OK;
    }
    ArrayView list;
    TRY(array_view(row->values[PG_PUBLICATION_REL_PRATTRS].str, &list));
    for (uint16_t i = 0; p->identity != NULL && i < p->identity->key_count; i++) {
        const char *name = p->relation->columns[p->identity->attnums[i] - 1].name;
        const ColumnDesc *theirs = relation_column(as, name);
        bool listed = false;
        for (uint32_t k = 0; k < list.elem_count && theirs != NULL; k++)
            listed |= array_get(&list, k).i16 == theirs->attnum;
        p->bad_columns |= !listed;
    }
    return STATUS_OK;
}

static Status check_publication(Published *p, const CatalogRow *publication, bool is_delete) {
    Oid oid = row_oid(publication, PG_PUBLICATION_OID), as = p->relation->oid;
    bool all = publication->values[PG_PUBLICATION_PUBALLTABLES].b, by_table, named;
    bool wanted =
        publication->values[is_delete ? PG_PUBLICATION_PUBDELETE : PG_PUBLICATION_PUBUPDATE].b;
    CatalogRow row, other;
    if (!wanted)
        return STATUS_OK;
    p->published |= all;
    if (all)
        return STATUS_OK;
    TRY(names(p, oid, as, &row, &by_table, &named));
    for (uint32_t i = 0; i < p->ancestor_count; i++) {
        bool other_by_table, other_named;
        TRY(names(p, oid, p->ancestors[i], &other, &other_by_table, &other_named));
        named |= other_named;
        if (other_named && publication->values[PG_PUBLICATION_PUBVIAROOT].b) {
            as = p->ancestors[i]; /* the topmost that it names */
            row = other;
            by_table = other_by_table;
        }
    }
    p->published |= named;
    if (!named || !by_table)
        return STATUS_OK;
    const RelationDesc *desc;
    TRY(catalog_relation_require(p->session->catalog, as, &desc));
    TRY(check_filter(p, desc, &row));
    return check_columns(p, desc, &row);
}

static Status refuse(const Published *p, bool is_delete) {
    const char *name = p->relation->name;
    if (p->bad_filter || p->bad_columns)
        return status_detail(
            error(ERR_INVALID_COLUMN_REFERENCE,
                  is_delete ? "cannot delete from table \"%s\"" : "cannot update table \"%s\"",
                  name),
            p->bad_filter
                ? "Column used in the publication WHERE expression is not part of the "
                  "replica identity."
                : "Column list used by the publication does not cover the replica identity.");
    if (p->relation->replica_identity == 'f' || p->identity != NULL || !p->published)
        return STATUS_OK;
    return status_hint(
        error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
              is_delete ? "cannot delete from table \"%s\" because it does not have a replica "
                          "identity and publishes deletes"
                        : "cannot update table \"%s\" because it does not have a replica identity "
                          "and publishes updates",
              name),
        is_delete ? "To enable deleting from the table, set REPLICA IDENTITY using ALTER TABLE."
                  : "To enable updating the table, set REPLICA IDENTITY using ALTER TABLE.");
}

Status published_check(Session *session, Arena *arena, const RelationDesc *relation,
                       bool is_delete) {
    Published p = {.session = session, .arena = arena, .relation = relation};
    CatalogScan *scan;
    CatalogRow *row;
    if (!relation->maybe_published)
        return STATUS_OK;
    p.identity = identity_index(relation);
    TRY(find_ancestors(&p));
    TRY(catalog_scan_open(session->catalog, PG_PUBLICATION, 0, NULL, 0, arena, &scan));
    Status s;
    while (status_ok(s = catalog_scan_next(scan, &row)) && row != NULL) {
        s = check_publication(&p, row, is_delete);
        if (!status_ok(s))
            break;
    }
    catalog_scan_close(scan);
    TRY(s);
    return refuse(&p, is_delete);
}
