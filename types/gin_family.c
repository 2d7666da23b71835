/* gin_family.c: which operator families have keys: built-in ones by oid, those of extensions by name. */
#include "types/gin_int.h"

#include "catalog/catalogs.h"
#include "catalog/depend.h"
#include "catalog/desc.h"
#include "catalog/row.h"

typedef struct FamilyKind {
    const char *extension, *family; /* NULL: any of it */
    GinKind kind;
} FamilyKind;

static const FamilyKind of_extensions[] = {
    {"pg_trgm", "gin_trgm_ops", GIN_KIND_TRIGRAM},
    {"pg_trgm", "gist_trgm_ops", GIN_KIND_TRIGRAM},
    {"hstore", "gin_hstore_ops", GIN_KIND_HSTORE},
    {"hstore", "gist_hstore_ops", GIN_KIND_HSTORE},
    {"intarray", "gin__int_ops", GIN_KIND_INT_ARRAY},
    {"intarray", "gist__int_ops", GIN_KIND_INT_ARRAY},
    {"intarray", "gist__intbig_ops", GIN_KIND_INT_ARRAY},
    {"cube", "gist_cube_ops", GIN_KIND_CUBE},
    {"ltree", "gist_ltree_ops", GIN_KIND_LTREE},
    {"btree_gin", NULL, GIN_KIND_SCALAR},
    {"btree_gist", NULL, GIN_KIND_SCALAR},
};

static GinKind builtin_kind(Oid family) {
    switch (family) {
    case 2745: /* array_ops */
        return GIN_KIND_ARRAY;
    case 4036:
        return GIN_KIND_JSONB;
    case 4037:
        return GIN_KIND_JSONB_PATH;
    case 3659: /* tsvector_ops of GIN, of GiST */
    case 3655:
        return GIN_KIND_TSVECTOR;
    case 3919: /* range_ops of GiST, of SP-GiST, multirange_ops */
    case 3474:
    case 6158:
        return GIN_KIND_RANGE;
    case 1029: /* point, box, polygon, circle of GiST */
    case 2593:
    case 2594:
    case 2595:
    case 4015: /* quad_point, kd_point, box, poly of SP-GiST */
    case 4016:
    case 5000:
    case 5008:
        return GIN_KIND_BOX;
    case OID_FAMILY_SPGIST_TEXT_OPS:
        return GIN_KIND_SCALAR;
    case 3550: /* network_ops */
    case 3794:
        return GIN_KIND_NETWORK;
    default:
        return GIN_KIND_NONE;
    }
}

static Status extension_name(CatalogSession *catalog, Oid family, Arena *arena, Str *name_out) {
    DependRow *rows;
    size_t count;
    CatalogRow row;
    bool found;
    *name_out = (Str){0};
    TRY(depend_list_of(catalog, object_address(PG_OPFAMILY, family, 0), arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        if (rows[i].type != DEPEND_EXTENSION)
            continue;
        TRY(catalog_find_oid(catalog, PG_EXTENSION_OID_INDEX, rows[i].referenced.object, arena,
                             &row, &found));
        if (found)
            *name_out = row.values[PG_EXTENSION_EXTNAME].str;
    }
    return STATUS_OK;
}

static Status kind_of(CatalogSession *catalog, Oid family, Arena *arena, GinKind *kind_out) {
    CatalogRow row;
    bool found;
    Str extension;
    TRY(catalog_find_oid(catalog, PG_OPFAMILY_OID_INDEX, family, arena, &row, &found));
    if (!found || row.values[PG_OPFAMILY_OPFMETHOD].u32 == OID_AM_BTREE ||
        row.values[PG_OPFAMILY_OPFMETHOD].u32 == OID_AM_HASH)
        return STATUS_OK;
    Str name = row.values[PG_OPFAMILY_OPFNAME].str;
    TRY(extension_name(catalog, family, arena, &extension));
    for (size_t i = 0; i < ARRAY_LEN(of_extensions) && extension.data != NULL; i++) {
        const FamilyKind *f = &of_extensions[i];
        if (str_equal(extension, str_from_cstr(f->extension)) &&
            (f->family == NULL || str_equal(name, str_from_cstr(f->family))))
            *kind_out = f->kind;
    }
    return STATUS_OK;
}

Status gin_kind(CatalogSession *catalog, Oid family, GinKind *kind_out) {
    *kind_out = builtin_kind(family);
    if (*kind_out != GIN_KIND_NONE || family < 16384)
        return STATUS_OK;
    Arena arena;
    arena_init(&arena, mem_root());
    Status s = kind_of(catalog, family, &arena, kind_out);
    arena_destroy(&arena);
    return s;
}

/* ---- whole indexes ---- */

static Status strategy_of(CatalogSession *catalog, Oid oper, Oid family, int16_t *strategy_out) {
    const OperatorFamilies *families;
    *strategy_out = 0;
    TRY(catalog_operator_families(catalog, oper, &families));
    for (uint32_t i = 0; families != NULL && i < families->count; i++)
        if (families->members[i].family == family && families->members[i].purpose == 's')
            *strategy_out = families->members[i].strategy;
    return STATUS_OK;
}

static Status exclusion_column(CatalogSession *catalog, const IndexDesc *index, GinIndex *out) {
    out->exclusion_at = index->key_count;
    for (uint16_t i = 0; i < index->key_count; i++) {
        const OperatorDesc *oper;
        int16_t strategy;
        Oid oid = index->exclusion_operators[i];
        TRY(catalog_operator_require(catalog, oid, &oper));
        out->equality[i] = oper->can_merge || oper->can_hash;
        TRY(strategy_of(catalog, oid, index->families[i], &strategy));
        if (out->exclusion_at < index->key_count || out->equality[i] ||
            !gin_answers(out->kinds[i], strategy))
            continue;
        out->exclusion_at = i;
        out->exclusion_strategy = strategy;
    }
    out->inverted = out->exclusion_at < index->key_count;
    return STATUS_OK;
}

Status gin_index(CatalogSession *catalog, const IndexDesc *index, GinIndex *out) {
    *out = (GinIndex){.exclusion_at = index->key_count};
    if (index->am == OID_AM_BTREE || index->am == OID_AM_HASH || index->am == OID_AM_BRIN ||
        index->key_count > GIN_COLUMNS_MAX)
        return STATUS_OK;
    const AmDesc *am;
    TRY(catalog_am(catalog, index->am, &am));
    if (am_is_bloom(am))
        return STATUS_OK;
    for (uint16_t i = 0; i < index->key_count; i++) {
        TRY(gin_kind(catalog, index->families[i], &out->kinds[i]));
        if (out->kinds[i] == GIN_KIND_NONE)
            return STATUS_OK;
    }
    out->inverted = true;
    return index->exclusion ? exclusion_column(catalog, index, out) : STATUS_OK;
}
