/* desc_misc.c: casts, operator classes and families, schemas, roles, databases and the smaller kinds
 * of objects. */
#include "catalog/catalog_int.h"

/*
 * Most descriptors are one row found by one index: FIND_ONE opens a scratch arena, finds it and runs
 * the body with `row` where there is one.
 */
typedef Status (*RowBuild)(CatalogSession *session, const CatalogRow *row, Arena *arena,
                           Arena *scratch, Desc **desc_out);

static Status build_one(CatalogSession *session, Oid index, const Datum *keys, uint32_t key_count,
                        Arena *arena, RowBuild build, Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *row = row_new(&scratch);
    bool found;
    Status status = catalog_find(session, index, keys, key_count, &scratch, row, &found);
    if (status_ok(status) && found)
        status = build(session, row, arena, &scratch, desc_out);
    arena_destroy(&scratch);
    return status;
}

#define LOOKUP(function, Type, cache)                                                              \
    Status function(CatalogSession *session, Oid oid, const Type **desc_out) {                     \
        const Desc *desc;                                                                          \
        Status status = cache_get_oid(session, cache, oid, &desc);                                 \
        *desc_out = (const Type *)desc;                                                            \
        return status;                                                                             \
    }
#define LOOKUP_NAME(function, Type, cache)                                                         \
    Status function(CatalogSession *session, const char *name, const Type **desc_out) {            \
        Datum key = datum_cstr(name);                                                              \
        const Desc *desc;                                                                          \
        Status status = cache_get(session, cache, &key, &desc);                                    \
        *desc_out = (const Type *)desc;                                                            \
        return status;                                                                             \
    }

/* ---- casts ---- */

static Status cast_row(CatalogSession *session, const CatalogRow *row, Arena *arena, Arena *scratch,
                       Desc **desc_out) {
    CastDesc *desc = arena_new(arena, CastDesc);
    desc->oid = row_oid(row, PG_CAST_OID);
    desc->source = row_oid(row, PG_CAST_CASTSOURCE);
    desc->target = row_oid(row, PG_CAST_CASTTARGET);
    desc->proc = row_oid(row, PG_CAST_CASTFUNC);
    desc->context = (char)row->values[PG_CAST_CASTCONTEXT].byte;
    desc->method = (char)row->values[PG_CAST_CASTMETHOD].byte;
    *desc_out = &desc->desc;
    return STATUS_OK;
}
Status build_cast(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_CAST_SOURCE_TARGET_INDEX, keys, 2, arena, cast_row, desc_out);
}
Status catalog_cast(CatalogSession *session, Oid source, Oid target, const CastDesc **desc_out) {
    Datum keys[2] = {datum_oid(source), datum_oid(target)};
    const Desc *desc;
    Status status = cache_get(session, CACHE_CAST, keys, &desc);
    *desc_out = (const CastDesc *)desc;
    return status;
}

/* ---- operator classes and families ---- */

static void opclass_fill(OpclassDesc *desc, const CatalogRow *row, Arena *arena) {
    desc->oid = row_oid(row, PG_OPCLASS_OID);
    desc->name = row_name(row, PG_OPCLASS_OPCNAME, arena);
    desc->nsp = row_oid(row, PG_OPCLASS_OPCNAMESPACE);
    desc->owner = row_oid(row, PG_OPCLASS_OPCOWNER);
    desc->am = row_oid(row, PG_OPCLASS_OPCMETHOD);
    desc->family = row_oid(row, PG_OPCLASS_OPCFAMILY);
    desc->input_type = row_oid(row, PG_OPCLASS_OPCINTYPE);
    desc->is_default = row->values[PG_OPCLASS_OPCDEFAULT].b;
    desc->key_type = row_oid(row, PG_OPCLASS_OPCKEYTYPE);
}
static Status opclass_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                          Arena *scratch, Desc **desc_out) {
    OpclassDesc *desc = arena_new(arena, OpclassDesc);
    opclass_fill(desc, row, arena);
    *desc_out = &desc->desc;
    return STATUS_OK;
}
Status build_opclass(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_OPCLASS_OID_INDEX, keys, 1, arena, opclass_row, desc_out);
}
LOOKUP(catalog_opclass, OpclassDesc, CACHE_OPCLASS)

Status build_am_opclasses(CatalogSession *session, const Datum *keys, Arena *arena,
                          Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    CatalogRow *rows;
    size_t count;
    Status status =
        catalog_find_all(session, PG_OPCLASS_AM_NAME_NSP_INDEX, keys, 1, &scratch, &rows, &count);
    if (status_ok(status)) {
        AmOpclasses *desc = arena_new(arena, AmOpclasses);
        OpclassDesc *classes = arena_array(arena, OpclassDesc, count + 1);
        desc->classes = classes;
        desc->count = (uint32_t)count;
        for (size_t i = 0; i < count; i++)
            opclass_fill(&classes[i], &rows[i], arena);
        *desc_out = &desc->desc;
    }
    arena_destroy(&scratch);
    return status;
}

/* Can values of type be taken for the class's input type as they are? */
static Status binary_coercible(CatalogSession *session, const TypeDesc *type, Oid target,
                               bool *yes_out) {
    *yes_out = true;
    if (type->oid == target)
        return STATUS_OK;
    if (target == OID_ANYELEMENT || target == OID_ANY || target == OID_ANYCOMPATIBLE)
        return STATUS_OK;
    bool is_array = type->element != 0 && type->len == -1 &&
                    (type->category == 'A' || type->oid == OID_RECORD_ARRAY);
    if ((target == OID_ANYARRAY && is_array) || (target == OID_ANYENUM && type->kind == 'e') ||
        (target == OID_ANYRANGE && type->kind == 'r') ||
        (target == OID_ANYMULTIRANGE && type->kind == 'm') ||
        (target == OID_RECORD && type->kind == 'c') || (target == OID_RECORD_ARRAY && is_array))
        return STATUS_OK;
    const CastDesc *cast;
    TRY(catalog_cast(session, type->oid, target, &cast));
    *yes_out = cast != NULL && cast->method == 'b' && cast->context == 'i';
    return STATUS_OK;
}

Status catalog_default_opclass(CatalogSession *session, Oid am, Oid type, Oid *opclass_out) {
    *opclass_out = 0;
    Oid base;
    TRY(catalog_base_type(session, type, &base, NULL));
    const TypeDesc *desc;
    TRY(catalog_type_require(session, base, &desc));
    const Desc *list_desc;
    TRY(cache_get_oid(session, CACHE_AM_OPCLASSES, am, &list_desc));
    const AmOpclasses *list = (const AmOpclasses *)list_desc;
    Oid preferred = 0, compatible = 0;
    unsigned preferred_count = 0, compatible_count = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const OpclassDesc *class = &list->classes[i];
        if (!class->is_default)
            continue;
        if (class->input_type == base) {
            *opclass_out = class->oid;
            return STATUS_OK;
        }
        bool coercible;
        TRY(binary_coercible(session, desc, class->input_type, &coercible));
        if (!coercible)
            continue;
        const TypeDesc *input;
        TRY(catalog_type_require(session, class->input_type, &input));
        if (input->category == desc->category && input->preferred) {
            preferred = class->oid;
            preferred_count++;
        } else {
            compatible = class->oid;
            compatible_count++;
        }
    }
    if (preferred_count == 1)
        *opclass_out = preferred;
    else if (preferred_count == 0 && compatible_count == 1)
        *opclass_out = compatible;
    return STATUS_OK;
}

static void family_operator(FamilyOperator *op, const CatalogRow *row) {
    op->family = row_oid(row, PG_AMOP_AMOPFAMILY);
    op->left = row_oid(row, PG_AMOP_AMOPLEFTTYPE);
    op->right = row_oid(row, PG_AMOP_AMOPRIGHTTYPE);
    op->strategy = row->values[PG_AMOP_AMOPSTRATEGY].i16;
    op->purpose = (char)row->values[PG_AMOP_AMOPPURPOSE].byte;
    op->oper = row_oid(row, PG_AMOP_AMOPOPR);
    op->am = row_oid(row, PG_AMOP_AMOPMETHOD);
    op->sort_family = row_oid(row, PG_AMOP_AMOPSORTFAMILY);
}

static Status family_operators(CatalogSession *session, Oid index, const Datum *key, Arena *arena,
                               Arena *scratch, const FamilyOperator **out, uint32_t *count_out) {
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(session, index, key, 1, scratch, &rows, &count));
    FamilyOperator *list = arena_array(arena, FamilyOperator, count + 1);
    for (size_t i = 0; i < count; i++)
        family_operator(&list[i], &rows[i]);
    *out = list;
    *count_out = (uint32_t)count;
    return STATUS_OK;
}

static Status opfamily_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                           Arena *scratch, Desc **desc_out) {
    OpfamilyDesc *desc = arena_new(arena, OpfamilyDesc);
    desc->oid = row_oid(row, PG_OPFAMILY_OID);
    desc->am = row_oid(row, PG_OPFAMILY_OPFMETHOD);
    desc->name = row_name(row, PG_OPFAMILY_OPFNAME, arena);
    desc->nsp = row_oid(row, PG_OPFAMILY_OPFNAMESPACE);
    desc->owner = row_oid(row, PG_OPFAMILY_OPFOWNER);
    Datum key = datum_oid(desc->oid);
    TRY(family_operators(session, PG_AMOP_FAM_STRAT_INDEX, &key, arena, scratch, &desc->operators,
                         &desc->operator_count));
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(session, PG_AMPROC_FAM_PROC_INDEX, &key, 1, scratch, &rows, &count));
    FamilyProc *procs = arena_array(arena, FamilyProc, count + 1);
    for (size_t i = 0; i < count; i++) {
        procs[i].left = row_oid(&rows[i], PG_AMPROC_AMPROCLEFTTYPE);
        procs[i].right = row_oid(&rows[i], PG_AMPROC_AMPROCRIGHTTYPE);
        procs[i].number = rows[i].values[PG_AMPROC_AMPROCNUM].i16;
        procs[i].proc = row_oid(&rows[i], PG_AMPROC_AMPROC);
    }
    desc->procs = procs;
    desc->proc_count = (uint32_t)count;
    *desc_out = &desc->desc;
    return STATUS_OK;
}
Status build_opfamily(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_OPFAMILY_OID_INDEX, keys, 1, arena, opfamily_row, desc_out);
}
LOOKUP(catalog_opfamily, OpfamilyDesc, CACHE_OPFAMILY)

Oid opfamily_operator(const OpfamilyDesc *family, Oid left, Oid right, int16_t strategy) {
    for (uint32_t i = 0; i < family->operator_count; i++) {
        const FamilyOperator *op = &family->operators[i];
        if (op->left == left && op->right == right && op->strategy == strategy)
            return op->oper;
    }
    return 0;
}
Oid opfamily_proc(const OpfamilyDesc *family, Oid left, Oid right, int16_t number) {
    for (uint32_t i = 0; i < family->proc_count; i++) {
        const FamilyProc *proc = &family->procs[i];
        if (proc->left == left && proc->right == right && proc->number == number)
            return proc->proc;
    }
    return 0;
}

Status build_operator_families(CatalogSession *session, const Datum *keys, Arena *arena,
                               Desc **desc_out) {
    Arena scratch;
    arena_init(&scratch, &session->account);
    OperatorFamilies *desc = arena_new(arena, OperatorFamilies);
    Status status = family_operators(session, PG_AMOP_OPR_FAM_INDEX, keys, arena, &scratch,
                                     &desc->members, &desc->count);
    *desc_out = &desc->desc;
    arena_destroy(&scratch);
    return status;
}
LOOKUP(catalog_operator_families, OperatorFamilies, CACHE_OPERATOR_FAMILIES)

/* ---- schemas ---- */

static Status namespace_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                            Arena *scratch, Desc **desc_out) {
    NamespaceDesc *desc = arena_new(arena, NamespaceDesc);
    desc->oid = row_oid(row, PG_NAMESPACE_OID);
    desc->name = row_name(row, PG_NAMESPACE_NSPNAME, arena);
    desc->owner = row_oid(row, PG_NAMESPACE_NSPOWNER);
    *desc_out = &desc->desc;
    return row_acl(row, PG_NAMESPACE_NSPACL, arena, &desc->acl);
}
Status build_namespace(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_NAMESPACE_OID_INDEX, keys, 1, arena, namespace_row, desc_out);
}
Status build_namespace_name(CatalogSession *session, const Datum *keys, Arena *arena,
                            Desc **desc_out) {
    return build_one(session, PG_NAMESPACE_NSPNAME_INDEX, keys, 1, arena, namespace_row, desc_out);
}
LOOKUP(catalog_namespace, NamespaceDesc, CACHE_NAMESPACE)
LOOKUP_NAME(catalog_namespace_by_name, NamespaceDesc, CACHE_NAMESPACE_NAME)

/* ---- roles ---- */

static Status role_row(CatalogSession *session, const CatalogRow *row, Arena *arena, Arena *scratch,
                       Desc **desc_out) {
    RoleDesc *desc = arena_new(arena, RoleDesc);
    const Datum *v = row->values;
    desc->oid = v[PG_AUTHID_OID].u32;
    desc->name = row_name(row, PG_AUTHID_ROLNAME, arena);
    desc->superuser = v[PG_AUTHID_ROLSUPER].b;
    desc->inherit = v[PG_AUTHID_ROLINHERIT].b;
    desc->create_role = v[PG_AUTHID_ROLCREATEROLE].b;
    desc->create_db = v[PG_AUTHID_ROLCREATEDB].b;
    desc->can_login = v[PG_AUTHID_ROLCANLOGIN].b;
    desc->replication = v[PG_AUTHID_ROLREPLICATION].b;
    desc->bypass_rls = v[PG_AUTHID_ROLBYPASSRLS].b;
    desc->connection_limit = v[PG_AUTHID_ROLCONNLIMIT].i32;
    desc->password = row_name(row, PG_AUTHID_ROLPASSWORD, arena);
    desc->has_valid_until = !row->nulls[PG_AUTHID_ROLVALIDUNTIL];
    desc->valid_until = v[PG_AUTHID_ROLVALIDUNTIL].i64;
    CatalogRow *rows;
    size_t count;
    Datum key = datum_oid(desc->oid);
    TRY(catalog_find_all(session, PG_AUTH_MEMBERS_MEMBER_ROLE_INDEX, &key, 1, scratch, &rows,
                         &count));
    RoleMembership *memberships = arena_array(arena, RoleMembership, count + 1);
    for (size_t i = 0; i < count; i++)
        memberships[i] = (RoleMembership){.role = row_oid(&rows[i], PG_AUTH_MEMBERS_ROLEID),
                                          .member = desc->oid,
                                          .grantor = row_oid(&rows[i], PG_AUTH_MEMBERS_GRANTOR),
                                          .admin = rows[i].values[PG_AUTH_MEMBERS_ADMIN_OPTION].b};
    desc->memberships = memberships;
    desc->membership_count = (uint32_t)count;
    *desc_out = &desc->desc;
    return STATUS_OK;
}
Status build_role(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_AUTHID_OID_INDEX, keys, 1, arena, role_row, desc_out);
}
/* By name only the OID, so that memberships have one place to be invalidated. */
static Status role_name_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                            Arena *scratch, Desc **desc_out) {
    NameDesc *desc = arena_new(arena, NameDesc);
    desc->oid = row_oid(row, PG_AUTHID_OID);
    *desc_out = &desc->desc;
    return STATUS_OK;
}
Status build_role_name(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_AUTHID_ROLNAME_INDEX, keys, 1, arena, role_name_row, desc_out);
}
LOOKUP(catalog_role, RoleDesc, CACHE_ROLE)
Status catalog_role_by_name(CatalogSession *session, const char *name, const RoleDesc **desc_out) {
    Datum key = datum_cstr(name);
    const Desc *desc;
    *desc_out = NULL;
    TRY(cache_get(session, CACHE_ROLE_NAME, &key, &desc));
    return desc == NULL ? STATUS_OK
                        : catalog_role(session, ((const NameDesc *)desc)->oid, desc_out);
}

/* ---- databases ---- */

static Status database_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                           Arena *scratch, Desc **desc_out) {
    DatabaseDesc *desc = arena_new(arena, DatabaseDesc);
    const Datum *v = row->values;
    desc->oid = v[PG_DATABASE_OID].u32;
    desc->name = row_name(row, PG_DATABASE_DATNAME, arena);
    desc->owner = v[PG_DATABASE_DATDBA].u32;
    desc->encoding = v[PG_DATABASE_ENCODING].i32;
    desc->locale_provider = (char)v[PG_DATABASE_DATLOCPROVIDER].byte;
    desc->is_template = v[PG_DATABASE_DATISTEMPLATE].b;
    desc->allow_connections = v[PG_DATABASE_DATALLOWCONN].b;
    desc->connection_limit = v[PG_DATABASE_DATCONNLIMIT].i32;
    desc->tablespace = v[PG_DATABASE_DATTABLESPACE].u32;
    desc->collate = row_name(row, PG_DATABASE_DATCOLLATE, arena);
    desc->ctype = row_name(row, PG_DATABASE_DATCTYPE, arena);
    desc->icu_locale = row_name(row, PG_DATABASE_DATICULOCALE, arena);
    *desc_out = &desc->desc;
    return row_acl(row, PG_DATABASE_DATACL, arena, &desc->acl);
}
Status build_database(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_DATABASE_OID_INDEX, keys, 1, arena, database_row, desc_out);
}
Status build_database_name(CatalogSession *session, const Datum *keys, Arena *arena,
                           Desc **desc_out) {
    return build_one(session, PG_DATABASE_DATNAME_INDEX, keys, 1, arena, database_row, desc_out);
}
LOOKUP(catalog_database, DatabaseDesc, CACHE_DATABASE)
LOOKUP_NAME(catalog_database_by_name, DatabaseDesc, CACHE_DATABASE_NAME)

Status catalog_role_settings(CatalogSession *session, Oid database, Oid role, Arena *arena,
                             const char *const **settings_out, uint32_t *count_out) {
    *settings_out = NULL;
    *count_out = 0;
    Datum keys[2] = {datum_oid(database), datum_oid(role)};
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(catalog_find(session, PG_DB_ROLE_SETTING_DATABASEID_ROL_INDEX, keys, 2, arena, row,
                     &found));
    if (found && !row->nulls[PG_DB_ROLE_SETTING_SETCONFIG])
        *settings_out = row_get_texts(arena, row->values[PG_DB_ROLE_SETTING_SETCONFIG], count_out);
    return STATUS_OK;
}

/* ---- collations, languages, access methods, tablespaces ---- */

static Status collation_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                            Arena *scratch, Desc **desc_out) {
    CollationDesc *desc = arena_new(arena, CollationDesc);
    desc->oid = row_oid(row, PG_COLLATION_OID);
    desc->name = row_name(row, PG_COLLATION_COLLNAME, arena);
    desc->nsp = row_oid(row, PG_COLLATION_COLLNAMESPACE);
    desc->owner = row_oid(row, PG_COLLATION_COLLOWNER);
    desc->provider = (char)row->values[PG_COLLATION_COLLPROVIDER].byte;
    desc->deterministic = row->values[PG_COLLATION_COLLISDETERMINISTIC].b;
    desc->encoding = row->values[PG_COLLATION_COLLENCODING].i32;
    desc->collate = row_name(row, PG_COLLATION_COLLCOLLATE, arena);
    desc->ctype = row_name(row, PG_COLLATION_COLLCTYPE, arena);
    desc->icu_locale = row_name(row, PG_COLLATION_COLLICULOCALE, arena);
    desc->version = row_name(row, PG_COLLATION_COLLVERSION, arena);
    *desc_out = &desc->desc;
    return STATUS_OK;
}
Status build_collation(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_COLLATION_OID_INDEX, keys, 1, arena, collation_row, desc_out);
}
LOOKUP(catalog_collation, CollationDesc, CACHE_COLLATION)

static Status language_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                           Arena *scratch, Desc **desc_out) {
    LanguageDesc *desc = arena_new(arena, LanguageDesc);
    desc->oid = row_oid(row, PG_LANGUAGE_OID);
    desc->name = row_name(row, PG_LANGUAGE_LANNAME, arena);
    desc->owner = row_oid(row, PG_LANGUAGE_LANOWNER);
    desc->is_procedural = row->values[PG_LANGUAGE_LANISPL].b;
    desc->trusted = row->values[PG_LANGUAGE_LANPLTRUSTED].b;
    desc->call_handler = row_oid(row, PG_LANGUAGE_LANPLCALLFOID);
    desc->inline_handler = row_oid(row, PG_LANGUAGE_LANINLINE);
    desc->validator = row_oid(row, PG_LANGUAGE_LANVALIDATOR);
    *desc_out = &desc->desc;
    return row_acl(row, PG_LANGUAGE_LANACL, arena, &desc->acl);
}
Status build_language(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_LANGUAGE_OID_INDEX, keys, 1, arena, language_row, desc_out);
}
LOOKUP(catalog_language, LanguageDesc, CACHE_LANGUAGE)

static Status am_row(CatalogSession *session, const CatalogRow *row, Arena *arena, Arena *scratch,
                     Desc **desc_out) {
    AmDesc *desc = arena_new(arena, AmDesc);
    desc->oid = row_oid(row, PG_AM_OID);
    desc->name = row_name(row, PG_AM_AMNAME, arena);
    desc->handler = row_oid(row, PG_AM_AMHANDLER);
    desc->type = (char)row->values[PG_AM_AMTYPE].byte;
    *desc_out = &desc->desc;
    return STATUS_OK;
}
Status build_am(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_AM_OID_INDEX, keys, 1, arena, am_row, desc_out);
}
LOOKUP(catalog_am, AmDesc, CACHE_AM)

static Status tablespace_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                             Arena *scratch, Desc **desc_out) {
    TablespaceDesc *desc = arena_new(arena, TablespaceDesc);
    desc->oid = row_oid(row, PG_TABLESPACE_OID);
    desc->name = row_name(row, PG_TABLESPACE_SPCNAME, arena);
    desc->owner = row_oid(row, PG_TABLESPACE_SPCOWNER);
    *desc_out = &desc->desc;
    return row_acl(row, PG_TABLESPACE_SPCACL, arena, &desc->acl);
}
Status build_tablespace(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_TABLESPACE_OID_INDEX, keys, 1, arena, tablespace_row, desc_out);
}
LOOKUP(catalog_tablespace, TablespaceDesc, CACHE_TABLESPACE)

/* ---- statistics of columns ---- */

static const float *float_array(Arena *arena, Datum array, uint32_t *count_out) {
    ArrayView view;
    *count_out = 0;
    Status s = array_view(array.str, &view);
    if (!status_ok(s) || view.elem_phys != PHYS_F32) {
        status_free(s);
        return NULL;
    }
    float *values = arena_array(arena, float, view.elem_count + 1);
    for (uint32_t i = 0; i < view.elem_count; i++)
        values[i] = array_get(&view, i).f32;
    *count_out = view.elem_count;
    return values;
}

ColumnStatistics *catalog_statistics_of_row(const CatalogRow *row, Arena *arena) {
    ColumnStatistics *desc = arena_new(arena, ColumnStatistics);
    const Datum *v = row->values;
    desc->relation = v[PG_STATISTIC_STARELID].u32;
    desc->attnum = v[PG_STATISTIC_STAATTNUM].i16;
    desc->null_fraction = v[PG_STATISTIC_STANULLFRAC].f32;
    desc->width = v[PG_STATISTIC_STAWIDTH].i32;
    desc->distinct = v[PG_STATISTIC_STADISTINCT].f32;
    for (unsigned i = 0; i < 5; i++) {
        StatisticSlot *slot = &desc->slots[i];
        slot->kind = v[PG_STATISTIC_STAKIND1 + i].i16;
        slot->oper = v[PG_STATISTIC_STAOP1 + i].u32;
        slot->collation = v[PG_STATISTIC_STACOLL1 + i].u32;
        if (!row->nulls[PG_STATISTIC_STANUMBERS1 + i])
            slot->numbers =
                float_array(arena, v[PG_STATISTIC_STANUMBERS1 + i], &slot->number_count);
        slot->has_values = !row->nulls[PG_STATISTIC_STAVALUES1 + i];
        Str s = v[PG_STATISTIC_STAVALUES1 + i].str;
        if (slot->has_values)
            slot->values = datum_str(arena_memdup(arena, s.data, s.len), s.len);
    }
    return desc;
}
static Status statistics_row(CatalogSession *session, const CatalogRow *row, Arena *arena,
                             Arena *scratch, Desc **desc_out) {
    *desc_out = &catalog_statistics_of_row(row, arena)->desc;
    return STATUS_OK;
}
Status build_statistics(CatalogSession *session, const Datum *keys, Arena *arena, Desc **desc_out) {
    return build_one(session, PG_STATISTIC_RELID_ATT_INH_INDEX, keys, 3, arena, statistics_row,
                     desc_out);
}
Status catalog_column_statistics(CatalogSession *session, Oid relation, int16_t attnum,
                                 bool inherit, const ColumnStatistics **desc_out) {
    Datum keys[3] = {datum_oid(relation), {.i16 = attnum}, datum_bool(inherit)};
    const Desc *desc;
    Status status = cache_get(session, CACHE_STATISTICS, keys, &desc);
    *desc_out = (const ColumnStatistics *)desc;
    return status;
}
