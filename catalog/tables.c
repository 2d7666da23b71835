/* tables.c: the shapes of the catalogs, from def/catalogs.def. */
#include "catalog/catalog_int.h"

#define CATALOG(...)
#define INDEX(...)
#define COLUMN(name_, type_, len_, by_value_, align_, storage_, not_null_, dims_, collation_,      \
               phys_)                                                                              \
    {name_, type_, len_, by_value_, align_, storage_, not_null_, dims_, collation_, phys_},
static const CatalogColumn all_columns[] = {
#include "catalog/def/catalogs.def"
};
#undef COLUMN
#undef INDEX

#define LIST(...)                                                                                  \
    { __VA_ARGS__ }
#define COUNT_LIST(...) (sizeof((int[])__VA_ARGS__) / sizeof(int))
#define COLUMN(...)
#define INDEX(oid_, name_, unique_, primary_, constraint_, constraint_name_, columns_, opclasses_, \
              collations_)                                                                         \
    {.oid = oid_,                                                                                  \
     .name = name_,                                                                                \
     .unique = unique_,                                                                            \
     .primary = primary_,                                                                          \
     .constraint = constraint_,                                                                    \
     .constraint_name = constraint_name_,                                                          \
     .key_count = COUNT_LIST(columns_),                                                            \
     .columns = columns_,                                                                          \
     .opclasses = opclasses_,                                                                      \
     .collations = collations_},
static const CatalogIndex all_indexes[] = {
#include "catalog/def/catalogs.def"
};
#undef INDEX
#undef CATALOG

#define INDEX(...)
#define CATALOG(oid_, name_, shared_, row_type_, acl_, first_column, columns_, first_index,        \
                indexes_)                                                                          \
    {.oid = oid_,                                                                                  \
     .name = name_,                                                                                \
     .shared = shared_,                                                                            \
     .row_type = row_type_,                                                                        \
     .column_count = columns_,                                                                     \
     .index_count = indexes_,                                                                      \
     .acl = acl_,                                                                                  \
     .columns = all_columns + first_column,                                                        \
     .indexes = all_indexes + first_index},
static const CatalogTable all_tables[] = {
#include "catalog/def/catalogs.def"
};

_Static_assert(ARRAY_LEN(all_tables) == CATALOG_TABLE_COUNT, "one per catalog");
_Static_assert(ARRAY_LEN(all_indexes) == CATALOG_INDEX_COUNT, "one per catalog index");

const CatalogTable *catalog_tables(size_t *count_out) {
    *count_out = ARRAY_LEN(all_tables);
    return all_tables;
}

const CatalogTable *catalog_table(Oid catalog) {
    if (catalog >= OID_FIRST_NORMAL)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(all_tables); i++)
        if (all_tables[i].oid == catalog)
            return &all_tables[i];
    return NULL;
}

const CatalogIndex *catalog_index(Oid index, const CatalogTable **table_out) {
    if (index >= OID_FIRST_NORMAL)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(all_indexes); i++) {
        if (all_indexes[i].oid != index)
            continue;
        if (table_out != NULL)
            for (size_t t = 0; t < ARRAY_LEN(all_tables); t++)
                if (&all_indexes[i] >= all_tables[t].indexes &&
                    &all_indexes[i] < all_tables[t].indexes + all_tables[t].index_count)
                    *table_out = &all_tables[t];
        return &all_indexes[i];
    }
    return NULL;
}

unsigned catalog_table_ordinal(const CatalogTable *table) { return (unsigned)(table - all_tables); }
unsigned catalog_index_ordinal(const CatalogIndex *index) {
    return CATALOG_TABLE_COUNT + (unsigned)(index - all_indexes);
}

const SystemColumn system_columns[SYSTEM_COLUMN_COUNT] = {
    {"ctid", -1, OID_TID, 6, false, 's'}, {"xmin", -2, OID_XID, 4, true, 'i'},
    {"cmin", -3, OID_CID, 4, true, 'i'},  {"xmax", -4, OID_XID, 4, true, 'i'},
    {"cmax", -5, OID_CID, 4, true, 'i'},  {"tableoid", -6, OID_OID, 4, true, 'i'},
};
