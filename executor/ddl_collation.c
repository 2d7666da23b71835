/* ddl_collation.c: CREATE COLLATION, ALTER COLLATION .. REFRESH VERSION, CREATE CONVERSION's kin. */
#include "executor/ddl_int.h"

#include "types/collate.h"

typedef struct CollationPlan {
    const AstOption *from, *locale, *collate, *ctype, *provider, *deterministic, *version;
    char kind; /* provider: c i d */
    bool is_deterministic;
    int32_t encoding;
    const char *collate_text, *ctype_text, *icu_text, *version_text; /* NULL: none */
} CollationPlan;

static Status read_attributes(const AstDefine *statement, CollationPlan *plan) {
    struct {
        const char *name;
        const AstOption **slot;
    } const known[] = {
        {"from", &plan->from},          {"locale", &plan->locale},
        {"lc_collate", &plan->collate}, {"lc_ctype", &plan->ctype},
        {"provider", &plan->provider},  {"deterministic", &plan->deterministic},
        {"version", &plan->version},
    };
    AST_FOREACH(AstOption, option, statement->options) {
        size_t i = 0;
        while (i < ARRAY_LEN(known) && strcmp(option->name, known[i].name) != 0)
            i++;
        if (i == ARRAY_LEN(known))
            return status_at(
                error(ERR_SYNTAX_ERROR, "collation attribute \"%s\" not recognized", option->name),
                option->location);
        if (*known[i].slot != NULL)
            return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                             option->location);
        *known[i].slot = option;
    }
    if (plan->locale != NULL && (plan->collate != NULL || plan->ctype != NULL))
        return status_detail(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                             "LOCALE cannot be specified together with LC_COLLATE or LC_CTYPE.");
    if (plan->from != NULL && statement->options.count != 1)
        return status_detail(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                             "FROM cannot be specified together with any other options.");
    return STATUS_OK;
}

static Status copy_collation(Ddl *ddl, CollationPlan *plan) {
    const Ast *value = plan->from->value;
    const StrList *names = value->tag == AST_NAME_LIST ? &((const AstNameList *)value)->names
                                                       : &((const AstTypeName *)value)->names;
    const char *schema, *name;
    const CollationDesc *other;
    Oid oid;
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(collation_by_name(ddl->catalog, schema, name, false, &oid));
    TRY(catalog_collation(ddl->catalog, oid, &other));
    if (other->provider == 'd')
        return error(ERR_INVALID_OBJECT_DEFINITION, "collation \"default\" cannot be copied");
    plan->kind = other->provider;
    plan->is_deterministic = other->deterministic;
    plan->encoding = other->encoding;
    plan->collate_text = other->collate;
    plan->ctype_text = other->ctype;
    plan->icu_text = other->icu_locale;
    plan->version_text = other->version;
    return STATUS_OK;
}

static Status check_libc(CollationPlan *plan) {
    const char *names[] = {plan->collate_text, plan->ctype_text};
    if (plan->collate_text == NULL)
        return error(ERR_INVALID_OBJECT_DEFINITION, "parameter \"lc_collate\" must be specified");
    if (plan->ctype_text == NULL)
        return error(ERR_INVALID_OBJECT_DEFINITION, "parameter \"lc_ctype\" must be specified");
    if (!plan->is_deterministic)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "nondeterministic collations not supported with this provider");
    bool plain = true;
    for (int i = 0; i < 2; i++) {
        bool c = strcmp(names[i], "C") == 0 || strcmp(names[i], "POSIX") == 0;
        if (!c && strcasecmp(names[i], "C.utf8") != 0 && strcasecmp(names[i], "C.UTF-8") != 0)
            return status_detail(
                error(ERR_INVALID_PARAMETER_VALUE,
                      "could not create locale \"%s\": No such file or directory", names[i]),
                "The operating system could not find any locale data for the locale name \"%s\".",
                names[i]);
        plain &= c;
    }
    plan->encoding = 6;
    return STATUS_OK;
}

static Status make_plan(Ddl *ddl, CollationPlan *plan) {
    const char *provider = NULL, *locale = NULL;
    plan->is_deterministic = true;
    plan->encoding = -1;
    plan->kind = 'c';
    if (plan->from != NULL)
        return copy_collation(ddl, plan);
    if (plan->provider != NULL)
        TRY(ddl_option_string(plan->provider, &provider));
    if (plan->deterministic != NULL)
        TRY(ddl_option_bool(plan->deterministic, &plan->is_deterministic));
    if (plan->version != NULL)
        TRY(ddl_option_string(plan->version, &plan->version_text));
    if (plan->locale != NULL)
        TRY(ddl_option_string(plan->locale, &locale));
    if (plan->collate != NULL)
        TRY(ddl_option_string(plan->collate, &plan->collate_text));
    if (plan->ctype != NULL)
        TRY(ddl_option_string(plan->ctype, &plan->ctype_text));
    if (provider != NULL && strcasecmp(provider, "icu") == 0)
        plan->kind = 'i';
    else if (provider != NULL && strcasecmp(provider, "libc") != 0)
        return error(ERR_INVALID_OBJECT_DEFINITION, "unrecognized collation provider: %s",
                     provider);
    if (plan->kind == 'i') {
        plan->icu_text = locale;
        plan->collate_text = plan->ctype_text = NULL;
        if (locale == NULL)
            return error(ERR_INVALID_OBJECT_DEFINITION, "parameter \"locale\" must be specified");
    } else {
        if (locale != NULL)
            plan->collate_text = plan->ctype_text = locale;
        TRY(check_libc(plan));
    }
    if (plan->version_text == NULL)
        plan->version_text =
            collation_version(ddl->arena, plan->kind, locale == NULL ? "" : locale);
    return STATUS_OK;
}

/* A name stands for one collation of every encoding, or of ours. */
static Status check_free(Ddl *ddl, const AstDefine *statement, const char *name, Oid nsp,
                         int32_t encoding, bool *skip_out) {
    CatalogRow *rows;
    size_t count;
    Datum key = datum_cstr(name);
    *skip_out = false;
    TRY(catalog_find_all(ddl->catalog, PG_COLLATION_NAME_ENC_NSP_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    for (size_t i = 0; i < count; i++) {
        if (row_oid(&rows[i], PG_COLLATION_COLLNAMESPACE) != nsp)
            continue;
        bool all = encoding == -1;
        *skip_out = statement->if_not_exists;
        if (*skip_out && all)
            ddl_notice(ddl, ERR_DUPLICATE_OBJECT, "collation \"%s\" already exists, skipping",
                       name);
        else if (*skip_out)
            ddl_notice(ddl, ERR_DUPLICATE_OBJECT,
                       "collation \"%s\" for encoding \"%s\" already exists, skipping", name,
                       "UTF8");
        else if (all)
            return error(ERR_DUPLICATE_OBJECT, "collation \"%s\" already exists", name);
        else
            return error(ERR_DUPLICATE_OBJECT,
                         "collation \"%s\" for encoding \"%s\" already exists", name, "UTF8");
        return STATUS_OK;
    }
    return STATUS_OK;
}

static void set_text(CatalogRow *row, int column, const char *text) {
    row->nulls[column] = text == NULL;
    if (text != NULL)
        row->values[column] = datum_cstr(text);
}

Status ddl_create_collation(Ddl *ddl, const AstDefine *statement) {
    CollationPlan plan = {0};
    const char *schema, *name;
    Oid nsp, oid;
    bool skip;
    TRY(ddl_qualified(ddl, &statement->name, &schema, &name));
    TRY(namespace_for_creation(ddl->catalog, schema, &nsp));
    TRY(read_attributes(statement, &plan));
    TRY(make_plan(ddl, &plan));
    TRY(check_free(ddl, statement, name, nsp, plan.encoding, &skip));
    if (skip)
        return STATUS_OK;
    const char *locale = plan.kind == 'i' ? plan.icu_text : plan.ctype_text;
    TRY(collation_register(OID_INVALID, plan.kind, locale, plan.is_deterministic));
    CatalogRow row = {0};
    row.values[PG_COLLATION_COLLNAME] = datum_cstr(name);
    row.values[PG_COLLATION_COLLNAMESPACE] = datum_oid(nsp);
    row.values[PG_COLLATION_COLLOWNER] = datum_oid(session_role(ddl->catalog));
    row.values[PG_COLLATION_COLLPROVIDER].byte = (uint8_t)plan.kind;
    row.values[PG_COLLATION_COLLISDETERMINISTIC] = datum_bool(plan.is_deterministic);
    row.values[PG_COLLATION_COLLENCODING] = datum_i32(plan.encoding);
    set_text(&row, PG_COLLATION_COLLCOLLATE, plan.collate_text);
    set_text(&row, PG_COLLATION_COLLCTYPE, plan.ctype_text);
    set_text(&row, PG_COLLATION_COLLICULOCALE, plan.icu_text);
    set_text(&row, PG_COLLATION_COLLVERSION, plan.version_text);
    TRY(object_insert(ddl->catalog, PG_COLLATION, &row, &oid));
    return collation_register(oid, plan.kind, locale, plan.is_deterministic);
}

static Status execute_refresh(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterCollation *statement = (const AstAlterCollation *)call->raw->statement;
    const char *schema, *name;
    Oid oid;
    CatalogRow row = {0};
    bool found, owner;
    TRY(ddl_qualified(&ddl, &statement->name, &schema, &name));
    TRY(collation_by_name(ddl.catalog, schema, name, false, &oid));
    if (oid == OID_COLLATION_DEFAULT)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot refresh version of default collation");
    TRY(object_is_owner(ddl.catalog, PG_COLLATION, oid, session_role(ddl.catalog), &owner));
    if (!owner)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of collation %s", name);
    TRY(catalog_find_oid(ddl.catalog, PG_COLLATION_OID_INDEX, oid, ddl.arena, &row, &found));
    char provider = (char)row.values[PG_COLLATION_COLLPROVIDER].byte;
    const char *locale = row_name(&row, PG_COLLATION_COLLICULOCALE, ddl.arena);
    const char *now = collation_version(ddl.arena, provider, locale == NULL ? "" : locale);
    const char *old = row_name(&row, PG_COLLATION_COLLVERSION, ddl.arena);
    if ((now == NULL) != (old == NULL))
        return error(ERR_INTERNAL_ERROR, "invalid collation version change");
    if (now == NULL || strcmp(now, old) == 0) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "version has not changed");
        return STATUS_OK;
    }
    ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "changing version from %s to %s", old, now);
    set_text(&row, PG_COLLATION_COLLVERSION, now);
    return catalog_update(ddl.catalog, PG_COLLATION, &row);
}

static const UtilityCommand commands[] = {
    {AST_ALTER_COLLATION, "ALTER COLLATION", UTILITY_WRITES, execute_refresh, NULL},
};
void ddl_collation_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
