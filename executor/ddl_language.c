/*
 * ddl_language.c: what plugs into the server: languages, access methods, transforms, encoding
 * conversions, extensions, security labels.
 */
#include "executor/ddl_extension.h"
#include "executor/ddl_int.h"

#include "types/encoding.h"

#include <strings.h>

static Status returns(Ddl *ddl, Oid function, Oid type, const StrList *name,
                      const char *type_name) {
    const ProcDesc *proc;
    TRY(catalog_proc_require(ddl->catalog, function, &proc));
    return proc->result == type ? STATUS_OK
                                : error(ERR_WRONG_OBJECT_TYPE, "function %s must return type %s",
                                        str_list_join(ddl->arena, name), type_name);
}

/* ---- languages ---- */

static Status language_functions(Ddl *ddl, const AstCreateLanguage *statement, CatalogRow *row,
                                 AddressList *needs) {
    static const Oid inline_types[] = {OID_INTERNAL}, validator_types[] = {OID_OID};
    Oid handler, inline_handler = OID_INVALID, validator = OID_INVALID;
    TRY(ddl_function_by_name(ddl, &statement->handler, NULL, 0, &handler));
    TRY(returns(ddl, handler, OID_LANGUAGE_HANDLER, &statement->handler, "language_handler"));
    if (statement->inline_handler.count > 0)
        TRY(ddl_function_by_name(ddl, &statement->inline_handler, inline_types, 1,
                                 &inline_handler));
    if (statement->validator.count > 0)
        TRY(ddl_function_by_name(ddl, &statement->validator, validator_types, 1, &validator));
    row->values[PG_LANGUAGE_LANPLCALLFOID] = datum_oid(handler);
    row->values[PG_LANGUAGE_LANINLINE] = datum_oid(inline_handler);
    row->values[PG_LANGUAGE_LANVALIDATOR] = datum_oid(validator);
    vec_push(needs, ddl->arena, object_address(PG_PROC, handler, 0));
    if (inline_handler != OID_INVALID)
        vec_push(needs, ddl->arena, object_address(PG_PROC, inline_handler, 0));
    if (validator != OID_INVALID)
        vec_push(needs, ddl->arena, object_address(PG_PROC, validator, 0));
    return STATUS_OK;
}

static Status execute_language(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateLanguage *statement = (const AstCreateLanguage *)call->raw->statement;
    CatalogRow row = {0};
    AddressList needs = {0};
    bool super, found;
    Oid oid;
    TRY(catalog_find_name(ddl.catalog, PG_LANGUAGE_NAME_INDEX, statement->name, OID_INVALID,
                          ddl.arena, &row, &found));
    if (statement->handler.count == 0) {
        call->tag = "CREATE EXTENSION";
        if (!found)
            return extension_missing(statement->name);
        if (statement->replace)
            return STATUS_OK;
        return error(ERR_DUPLICATE_OBJECT, "extension \"%s\" already exists", statement->name);
    }
    TRY(ddl_is_superuser(&ddl, &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE,
                     "must be superuser to create custom procedural language");
    if (found && !statement->replace)
        return error(ERR_DUPLICATE_OBJECT, "language \"%s\" already exists", statement->name);
    if (!found)
        row = (CatalogRow){0};
    TRY(language_functions(&ddl, statement, &row, &needs));
    row.values[PG_LANGUAGE_LANISPL] = datum_bool(true);
    row.values[PG_LANGUAGE_LANPLTRUSTED] = datum_bool(statement->trusted);
    if (found) {
        oid = row_oid(&row, PG_LANGUAGE_OID);
        TRY(catalog_update(ddl.catalog, PG_LANGUAGE, &row));
        TRY(depend_delete_of(ddl.catalog, object_address(PG_LANGUAGE, oid, 0), true, NULL));
    } else {
        row.values[PG_LANGUAGE_LANNAME] = datum_cstr(statement->name);
        row.values[PG_LANGUAGE_LANOWNER] = datum_oid(session_role(ddl.catalog));
        row.nulls[PG_LANGUAGE_LANACL] = true;
        TRY(object_insert(ddl.catalog, PG_LANGUAGE, &row, &oid));
    }
    return depend_record_many(ddl.catalog, object_address(PG_LANGUAGE, oid, 0), needs.items,
                              needs.count, DEPEND_NORMAL);
}

/* ---- access methods ---- */

static Status execute_access_method(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateAccessMethod *statement = (const AstCreateAccessMethod *)call->raw->statement;
    static const Oid types[] = {OID_INTERNAL};
    bool index = statement->kind == 'i', super, found;
    CatalogRow row = {0};
    Oid handler, oid;
    const ProcDesc *proc;
    TRY(ddl_is_superuser(&ddl, &super));
    if (!super)
        return status_hint(error(ERR_INSUFFICIENT_PRIVILEGE,
                                 "permission denied to create access method \"%s\"",
                                 statement->name),
                           "Must be superuser to create an access method.");
    TRY(catalog_find_name(ddl.catalog, PG_AM_NAME_INDEX, statement->name, OID_INVALID, ddl.arena,
                          &row, &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "access method \"%s\" already exists", statement->name);
    TRY(ddl_function_by_name(&ddl, &statement->handler, types, 1, &handler));
    TRY(catalog_proc_require(ddl.catalog, handler, &proc));
    if (proc->result != (index ? OID_INDEX_AM_HANDLER : OID_TABLE_AM_HANDLER))
        return error(ERR_WRONG_OBJECT_TYPE, "function %s must return type %s", proc->name,
                     index ? "index_am_handler" : "table_am_handler");
    row = (CatalogRow){0};
    row.values[PG_AM_AMNAME] = datum_cstr(statement->name);
    row.values[PG_AM_AMHANDLER] = datum_oid(handler);
    row.values[PG_AM_AMTYPE].byte = (uint8_t)statement->kind;
    TRY(object_insert(ddl.catalog, PG_AM, &row, &oid));
    return depend_record(ddl.catalog, object_address(PG_AM, oid, 0),
                         object_address(PG_PROC, handler, 0), DEPEND_NORMAL);
}

/* ---- transforms ---- */

static Status bad(const char *message) {
    return error(ERR_INVALID_OBJECT_DEFINITION, "%s", message);
}

static Status transform_function(Ddl *ddl, const AstObject *ast, Oid result, const char *wrong,
                                 Oid *oid_out) {
    DdlObject object;
    const ProcDesc *proc;
    *oid_out = OID_INVALID;
    if (ast == NULL)
        return STATUS_OK;
    TRY(ddl_object(ddl, ast, LOCK_ACCESS_SHARE, false, &object));
    *oid_out = object.address.object;
    TRY(object_check_owner(ddl->catalog, PG_PROC, *oid_out));
    TRY(object_check_acl(ddl->catalog, PG_PROC, *oid_out, ACL_EXECUTE));
    TRY(catalog_proc_require(ddl->catalog, *oid_out, &proc));
    if (proc->result != result)
        return bad(wrong);
    if (proc->volatility == 'v')
        return bad("transform function must not be volatile");
    if (proc->kind != 'f')
        return bad("transform function must be a normal function");
    if (proc->returns_set)
        return bad("transform function must not return a set");
    if (proc->arg_count != 1)
        return bad("transform function must take one argument");
    return proc->arg_types[0] == OID_INTERNAL
               ? STATUS_OK
               : bad("first argument of transform function must be type internal");
}

static Status transform_type(Ddl *ddl, const AstTypeName *name, Oid *oid_out) {
    const TypeDesc *type;
    TRY(ddl_type(ddl, name, false, oid_out));
    TRY(catalog_type_require(ddl->catalog, *oid_out, &type));
    const char *text = ddl_type_name_text(ddl, name);
    if (type->kind == 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "data type %s is a pseudo-type", text);
    if (type->kind == 'd')
        return error(ERR_WRONG_OBJECT_TYPE, "data type %s is a domain", text);
    TRY(object_check_owner(ddl->catalog, PG_TYPE, *oid_out));
    return object_check_acl(ddl->catalog, PG_TYPE, *oid_out, ACL_USAGE);
}

static Status execute_transform(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateTransform *statement = (const AstCreateTransform *)call->raw->statement;
    Oid type, language, from, to, oid;
    CatalogRow row = {0};
    bool found;
    TRY(transform_type(&ddl, statement->type, &type));
    TRY(language_by_name(ddl.catalog, statement->language, false, &language));
    TRY(object_check_acl(ddl.catalog, PG_LANGUAGE, language, ACL_USAGE));
    TRY(transform_function(&ddl, statement->from_sql, OID_INTERNAL,
                           "return data type of FROM SQL function must be internal", &from));
    TRY(transform_function(&ddl, statement->to_sql, type,
                           "return data type of TO SQL function must be the transform data type",
                           &to));
    Datum keys[2] = {datum_oid(type), datum_oid(language)};
    TRY(catalog_find(ddl.catalog, PG_TRANSFORM_TYPE_LANG_INDEX, keys, 2, ddl.arena, &row, &found));
    if (found && !statement->replace) {
        const char *text;
        TRY(format_type_brief(ddl.catalog, ddl.arena, type, &text));
        return error(ERR_DUPLICATE_OBJECT, "transform for type %s language \"%s\" already exists",
                     text, statement->language);
    }
    if (!found)
        row = (CatalogRow){0};
    row.values[PG_TRANSFORM_TRFTYPE] = keys[0];
    row.values[PG_TRANSFORM_TRFLANG] = keys[1];
    row.values[PG_TRANSFORM_TRFFROMSQL] = datum_oid(from);
    row.values[PG_TRANSFORM_TRFTOSQL] = datum_oid(to);
    if (found) {
        oid = row_oid(&row, PG_TRANSFORM_OID);
        TRY(catalog_update(ddl.catalog, PG_TRANSFORM, &row));
        TRY(depend_delete_of(ddl.catalog, object_address(PG_TRANSFORM, oid, 0), true, NULL));
    } else {
        TRY(object_insert(ddl.catalog, PG_TRANSFORM, &row, &oid));
    }
    ObjectAddress needs[4];
    size_t count = 0;
    needs[count++] = object_address(PG_LANGUAGE, language, 0);
    needs[count++] = object_address(PG_TYPE, type, 0);
    if (from != OID_INVALID)
        needs[count++] = object_address(PG_PROC, from, 0);
    if (to != OID_INVALID)
        needs[count++] = object_address(PG_PROC, to, 0);
    return depend_record_many(ddl.catalog, object_address(PG_TRANSFORM, oid, 0), needs, count,
                              DEPEND_NORMAL);
}

/* ---- conversions ---- */

static Status check_conversion_free(Ddl *ddl, Oid nsp, const char *name, int from, int to,
                                    bool is_default) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_name(ddl->catalog, PG_CONVERSION_NAME_NSP_INDEX, name, nsp, ddl->arena, &row,
                          &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "conversion \"%s\" already exists", name);
    if (!is_default)
        return STATUS_OK;
    Datum keys[3] = {datum_oid(nsp), datum_i32(from), datum_i32(to)};
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(ddl->catalog, PG_CONVERSION_DEFAULT_INDEX, keys, 3, ddl->arena, &rows,
                         &count));
    for (size_t i = 0; i < count; i++)
        if (rows[i].values[PG_CONVERSION_CONDEFAULT].b)
            return error(ERR_DUPLICATE_OBJECT, "default conversion for %s to %s already exists",
                         encoding_name(from), encoding_name(to));
    return STATUS_OK;
}

static Status execute_conversion(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateConversion *statement = (const AstCreateConversion *)call->raw->statement;
    static const Oid types[] = {OID_INT4, OID_INT4, OID_CSTRING, OID_INTERNAL, OID_INT4, OID_BOOL};
    const char *schema, *name;
    Oid nsp, function, oid;
    const ProcDesc *proc;
    TRY(ddl_qualified(&ddl, &statement->name, &schema, &name));
    TRY(namespace_for_creation(ddl.catalog, schema, &nsp));
    int from = encoding_by_name(statement->from_encoding, strlen(statement->from_encoding));
    int to = encoding_by_name(statement->to_encoding, strlen(statement->to_encoding));
    if (from < 0)
        return error(ERR_UNDEFINED_OBJECT, "source encoding \"%s\" does not exist",
                     statement->from_encoding);
    if (to < 0)
        return error(ERR_UNDEFINED_OBJECT, "destination encoding \"%s\" does not exist",
                     statement->to_encoding);
    if (from == 0 || to == 0)
        return bad("encoding conversion to or from \"SQL_ASCII\" is not supported");
    TRY(ddl_function_by_name(&ddl, &statement->function, types, 6, &function));
    TRY(catalog_proc_require(ddl.catalog, function, &proc));
    if (proc->result != OID_INT4)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "encoding conversion function %s must return type %s",
                     str_list_join(ddl.arena, &statement->function), "integer");
    TRY(object_check_acl(ddl.catalog, PG_PROC, function, ACL_EXECUTE));
    TRY(check_conversion_free(&ddl, nsp, name, from, to, statement->is_default));
    CatalogRow row = {0};
    row.values[PG_CONVERSION_CONNAME] = datum_cstr(name);
    row.values[PG_CONVERSION_CONNAMESPACE] = datum_oid(nsp);
    row.values[PG_CONVERSION_CONOWNER] = datum_oid(session_role(ddl.catalog));
    row.values[PG_CONVERSION_CONFORENCODING] = datum_i32(from);
    row.values[PG_CONVERSION_CONTOENCODING] = datum_i32(to);
    row.values[PG_CONVERSION_CONPROC] = datum_oid(function);
    row.values[PG_CONVERSION_CONDEFAULT] = datum_bool(statement->is_default);
    TRY(object_insert(ddl.catalog, PG_CONVERSION, &row, &oid));
    return depend_record(ddl.catalog, object_address(PG_CONVERSION, oid, 0),
                         object_address(PG_PROC, function, 0), DEPEND_NORMAL);
}

/* ---- extensions ---- */

static Status execute_alter_extension(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterExtension *statement = (const AstAlterExtension *)call->raw->statement;
    const char *version = NULL;
    CatalogRow row;
    bool found;
    TRY(catalog_find_name(ddl.catalog, PG_EXTENSION_NAME_INDEX, statement->name, OID_INVALID,
                          ddl.arena, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "extension \"%s\" does not exist", statement->name);
    TRY(object_check_owner(ddl.catalog, PG_EXTENSION, row_oid(&row, PG_EXTENSION_OID)));
    const char *current = row_name(&row, PG_EXTENSION_EXTVERSION, ddl.arena);
    AST_FOREACH(AstOption, option, statement->options) {
        if (strcmp(option->name, "new_version") == 0)
            TRY(ddl_option_text(&ddl, option, &version));
    }
    if (version == NULL || strcmp(version, current) == 0) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION,
                   "version \"%s\" of extension \"%s\" is already installed", current,
                   statement->name);
        return STATUS_OK;
    }
    return error(ERR_INVALID_PARAMETER_VALUE,
                 "extension \"%s\" has no update path from version \"%s\" to version \"%s\"",
                 statement->name, current, version);
}

static Status execute_extension_contents(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterExtensionContents *statement =
        (const AstAlterExtensionContents *)call->raw->statement;
    Oid extension;
    DdlObject object;
    DependRow *rows;
    size_t count;
    const char *text;
    TRY(extension_by_name(ddl.catalog, statement->name, false, &extension));
    TRY(object_check_owner(ddl.catalog, PG_EXTENSION, extension));
    TRY(ddl_object(&ddl, statement->object, LOCK_SHARE_UPDATE_EXCLUSIVE, false, &object));
    TRY(ddl_object_check_owner(&ddl, statement->object, &object));
    TRY(depend_list_of(ddl.catalog, object.address, ddl.arena, &rows, &count));
    Oid member_of = OID_INVALID;
    for (size_t i = 0; i < count; i++)
        if (rows[i].type == DEPEND_EXTENSION)
            member_of = rows[i].referenced.object;
    TRY(object_describe(ddl.catalog, ddl.arena, object.address, false, &text));
    if (statement->drop) {
        if (member_of != extension)
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "%s is not a member of extension \"%s\"", text, statement->name);
        return depend_delete_of_class(ddl.catalog, object.address, PG_EXTENSION, DEPEND_EXTENSION,
                                      NULL);
    }
    if (member_of != OID_INVALID) {
        CatalogRow row;
        bool found;
        TRY(catalog_find_oid(ddl.catalog, PG_EXTENSION_OID_INDEX, member_of, ddl.arena, &row,
                             &found));
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "%s is already a member of extension \"%s\"", text,
                     found ? row_name(&row, PG_EXTENSION_EXTNAME, ddl.arena) : "");
    }
    return depend_record(ddl.catalog, object.address, object_address(PG_EXTENSION, extension, 0),
                         DEPEND_EXTENSION);
}

static Status execute_depends(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterObjectDepends *statement = (const AstAlterObjectDepends *)call->raw->statement;
    call->tag = arena_printf(call->arena, "ALTER %s", ddl_kind_words(statement->object->kind));
    DdlObject object;
    Oid extension;
    DependRow *rows;
    size_t count;
    TRY(ddl_object(&ddl, statement->object, LOCK_ACCESS_EXCLUSIVE, false, &object));
    TRY(ddl_object_check_owner(&ddl, statement->object, &object));
    TRY(extension_by_name(ddl.catalog, statement->extension, false, &extension));
    if (statement->remove)
        return depend_delete_of_class(ddl.catalog, object.address, PG_EXTENSION,
                                      DEPEND_AUTO_EXTENSION, NULL);
    TRY(depend_list_of(ddl.catalog, object.address, ddl.arena, &rows, &count));
    for (size_t i = 0; i < count; i++)
        if (rows[i].type == DEPEND_AUTO_EXTENSION && rows[i].referenced.object == extension)
            return STATUS_OK;
    return depend_record(ddl.catalog, object.address, object_address(PG_EXTENSION, extension, 0),
                         DEPEND_AUTO_EXTENSION);
}

/* ---- security labels: nobody provides any ---- */

static Status execute_label(UtilityCall *call) {
    const AstSecurityLabel *statement = (const AstSecurityLabel *)call->raw->statement;
    return statement->provider == NULL
               ? error(ERR_INVALID_PARAMETER_VALUE, "no security label providers have been loaded")
               : error(ERR_INVALID_PARAMETER_VALUE, "security label provider \"%s\" is not loaded",
                       statement->provider);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_LANGUAGE, "CREATE LANGUAGE", UTILITY_WRITES, execute_language, NULL},
    {AST_CREATE_ACCESS_METHOD, "CREATE ACCESS METHOD", UTILITY_WRITES, execute_access_method, NULL},
    {AST_CREATE_TRANSFORM, "CREATE TRANSFORM", UTILITY_WRITES, execute_transform, NULL},
    {AST_CREATE_CONVERSION, "CREATE CONVERSION", UTILITY_WRITES, execute_conversion, NULL},
    {AST_ALTER_EXTENSION, "ALTER EXTENSION", UTILITY_WRITES, execute_alter_extension, NULL},
    {AST_ALTER_EXTENSION_CONTENTS, "ALTER EXTENSION", UTILITY_WRITES, execute_extension_contents,
     NULL},
    {AST_ALTER_OBJECT_DEPENDS, NULL, UTILITY_WRITES, execute_depends, NULL},
    {AST_SECURITY_LABEL, "SECURITY LABEL", UTILITY_WRITES, execute_label, NULL},
};

void ddl_language_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
