/*
 * ddl_foreign.c: foreign-data wrappers, servers, user mappings and what makes a table a foreign one.
 * Their rows are all that stands: no wrapper here has a handler that would fetch anything.
 */
#include "executor/ddl_int.h"

#define OID_FDW_HANDLER 3115
#define OID_TEXT_ARRAY 1009

/* ---- OPTIONS (..) ---- */

typedef struct GenericOptions {
    VEC(const char *) names;
    VEC(const char *) values;
} GenericOptions;

static int option_index(const GenericOptions *options, const char *name) {
    for (size_t i = 0; i < options->names.count; i++)
        if (strcmp(options->names.items[i], name) == 0)
            return (int)i;
    return -1;
}

static Status apply_option(Ddl *ddl, GenericOptions *options, const AstOption *option) {
    int at = option_index(options, option->name);
    const char *value = NULL;
    if (option->action == AST_OPTION_DROP || option->action == AST_OPTION_SET) {
        if (at < 0)
            return error(ERR_UNDEFINED_OBJECT, "option \"%s\" not found", option->name);
    } else if (at >= 0) {
        return error(ERR_DUPLICATE_OBJECT, "option \"%s\" provided more than once", option->name);
    }
    if (option->action == AST_OPTION_DROP) {
        for (size_t i = (size_t)at + 1; i < options->names.count; i++) {
            options->names.items[i - 1] = options->names.items[i];
            options->values.items[i - 1] = options->values.items[i];
        }
        options->names.count--;
        options->values.count--;
        return STATUS_OK;
    }
    TRY(ddl_option_text(ddl, option, &value));
    if (at >= 0) {
        options->values.items[at] = value;
        return STATUS_OK;
    }
    vec_push(&options->names, ddl->arena, option->name);
    vec_push(&options->values, ddl->arena, value);
    return STATUS_OK;
}

static void read_options(Ddl *ddl, Datum stored, bool null, GenericOptions *options) {
    uint32_t count = 0;
    const char *const *texts = null ? NULL : row_get_texts(ddl->arena, stored, &count);
    for (uint32_t i = 0; i < count; i++) {
        const char *equals = strchr(texts[i], '=');
        size_t len = equals == NULL ? strlen(texts[i]) : (size_t)(equals - texts[i]);
        vec_push(&options->names, ddl->arena, arena_strndup(ddl->arena, texts[i], len));
        vec_push(&options->values, ddl->arena, equals == NULL ? "" : equals + 1);
    }
}

/* The validator says no by raising an error. */
static Status validate_options(Ddl *ddl, Oid validator, Oid class_id, const char *const *texts,
                               uint32_t count) {
    if (validator == OID_INVALID)
        return STATUS_OK;
    Oid types[2] = {OID_TEXT_ARRAY, OID_OID};
    Datum values[2] = {row_text_array(ddl->arena, texts, count), datum_oid(class_id)};
    bool nulls[2] = {false, false}, null;
    Datum result;
    return ddl_call_function(ddl, validator, types, values, nulls, 2, &result, &null);
}

Status ddl_generic_options(Ddl *ddl, const AstList *changes, Oid validator, Oid class_id,
                           CatalogRow *row, int column) {
    GenericOptions options = {0};
    read_options(ddl, row->values[column], row->nulls[column], &options);
    AST_FOREACH(AstOption, option, *changes) {
        TRY(apply_option(ddl, &options, option));
    }
    uint32_t count = (uint32_t)options.names.count;
    const char **texts = arena_array(ddl->arena, const char *, count + 1);
    for (uint32_t i = 0; i < count; i++) {
        if (strchr(options.names.items[i], '=') != NULL)
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "invalid option name \"%s\": must not contain \"=\"",
                         options.names.items[i]);
        texts[i] =
            arena_printf(ddl->arena, "%s=%s", options.names.items[i], options.values.items[i]);
    }
    TRY(validate_options(ddl, validator, class_id, texts, count));
    row->nulls[column] = count == 0;
    if (count > 0)
        row->values[column] = row_text_array(ddl->arena, texts, count);
    return STATUS_OK;
}

/* ---- wrappers ---- */

static Status wrapper_row(Ddl *ddl, const char *name, CatalogRow *row) {
    bool found;
    TRY(catalog_find_name(ddl->catalog, PG_FOREIGN_DATA_WRAPPER_NAME_INDEX, name, OID_INVALID,
                          ddl->arena, row, &found));
    return found ? STATUS_OK
                 : error(ERR_UNDEFINED_OBJECT, "foreign-data wrapper \"%s\" does not exist", name);
}

static Status wrapper_validator(Ddl *ddl, Oid wrapper, Oid *validator_out) {
    CatalogRow row;
    bool found;
    *validator_out = OID_INVALID;
    TRY(catalog_find_oid(ddl->catalog, PG_FOREIGN_DATA_WRAPPER_OID_INDEX, wrapper, ddl->arena, &row,
                         &found));
    if (found)
        *validator_out = row_oid(&row, PG_FOREIGN_DATA_WRAPPER_FDWVALIDATOR);
    return STATUS_OK;
}

static Status find_handler(Ddl *ddl, const AstOption *option, Oid *oid_out) {
    const StrList *names;
    const ProcDesc *proc;
    *oid_out = OID_INVALID;
    if (option->value == NULL)
        return STATUS_OK;
    names = &((const AstNameList *)option->value)->names;
    TRY(ddl_function_by_name(ddl, names, NULL, 0, oid_out));
    TRY(catalog_proc_require(ddl->catalog, *oid_out, &proc));
    return proc->result == OID_FDW_HANDLER
               ? STATUS_OK
               : error(ERR_WRONG_OBJECT_TYPE, "function %s must return type %s",
                       str_list_join(ddl->arena, names), "fdw_handler");
}

static Status find_validator(Ddl *ddl, const AstOption *option, Oid *oid_out) {
    static const Oid types[] = {OID_TEXT_ARRAY, OID_OID};
    *oid_out = OID_INVALID;
    return option->value == NULL
               ? STATUS_OK
               : ddl_function_by_name(ddl, &((const AstNameList *)option->value)->names, types, 2,
                                      oid_out);
}

/* Sets fdwhandler and fdwvalidator as far as given. */
static Status wrapper_functions(Ddl *ddl, const AstList *functions, CatalogRow *row,
                                bool *handler_out, bool *validator_out) {
    const AstOption *handler = NULL, *validator = NULL;
    Oid oid;
    AST_FOREACH(AstOption, option, *functions) {
        const AstOption **slot = strcmp(option->name, "handler") == 0 ? &handler : &validator;
        if (*slot != NULL)
            return status_at(error(ERR_SYNTAX_ERROR, "conflicting or redundant options"),
                             option->location);
        *slot = option;
    }
    *handler_out = handler != NULL;
    *validator_out = validator != NULL;
    if (handler != NULL) {
        TRY(find_handler(ddl, handler, &oid));
        row->values[PG_FOREIGN_DATA_WRAPPER_FDWHANDLER] = datum_oid(oid);
    }
    if (validator != NULL) {
        TRY(find_validator(ddl, validator, &oid));
        row->values[PG_FOREIGN_DATA_WRAPPER_FDWVALIDATOR] = datum_oid(oid);
    }
    return STATUS_OK;
}

static Status depend_on_functions(Ddl *ddl, Oid wrapper, const CatalogRow *row) {
    ObjectAddress self = object_address(PG_FOREIGN_DATA_WRAPPER, wrapper, 0), needs[2];
    size_t count = 0;
    Oid handler = row_oid(row, PG_FOREIGN_DATA_WRAPPER_FDWHANDLER);
    Oid validator = row_oid(row, PG_FOREIGN_DATA_WRAPPER_FDWVALIDATOR);
    if (handler != OID_INVALID)
        needs[count++] = object_address(PG_PROC, handler, 0);
    if (validator != OID_INVALID)
        needs[count++] = object_address(PG_PROC, validator, 0);
    return depend_record_many(ddl->catalog, self, needs, count, DEPEND_NORMAL);
}

static Status execute_create_fdw(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateFdw *statement = (const AstCreateFdw *)call->raw->statement;
    CatalogRow row = {0};
    bool super, found, handler, validator;
    Oid oid;
    TRY(ddl_is_superuser(&ddl, &super));
    if (!super)
        return status_hint(error(ERR_INSUFFICIENT_PRIVILEGE,
                                 "permission denied to create foreign-data wrapper \"%s\"",
                                 statement->name),
                           "Must be superuser to create a foreign-data wrapper.");
    TRY(catalog_find_name(ddl.catalog, PG_FOREIGN_DATA_WRAPPER_NAME_INDEX, statement->name,
                          OID_INVALID, ddl.arena, &row, &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "foreign-data wrapper \"%s\" already exists",
                     statement->name);
    row = (CatalogRow){0};
    row.values[PG_FOREIGN_DATA_WRAPPER_FDWNAME] = datum_cstr(statement->name);
    row.values[PG_FOREIGN_DATA_WRAPPER_FDWOWNER] = datum_oid(session_role(ddl.catalog));
    row.values[PG_FOREIGN_DATA_WRAPPER_FDWHANDLER] = datum_oid(OID_INVALID);
    row.values[PG_FOREIGN_DATA_WRAPPER_FDWVALIDATOR] = datum_oid(OID_INVALID);
    row.nulls[PG_FOREIGN_DATA_WRAPPER_FDWACL] = true;
    row.nulls[PG_FOREIGN_DATA_WRAPPER_FDWOPTIONS] = true;
    TRY(wrapper_functions(&ddl, &statement->functions, &row, &handler, &validator));
    TRY(ddl_generic_options(&ddl, &statement->options,
                            row_oid(&row, PG_FOREIGN_DATA_WRAPPER_FDWVALIDATOR),
                            PG_FOREIGN_DATA_WRAPPER, &row, PG_FOREIGN_DATA_WRAPPER_FDWOPTIONS));
    TRY(object_insert(ddl.catalog, PG_FOREIGN_DATA_WRAPPER, &row, &oid));
    return depend_on_functions(&ddl, oid, &row);
}

static Status execute_alter_fdw(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterFdw *statement = (const AstAlterFdw *)call->raw->statement;
    CatalogRow row;
    bool super, handler, validator;
    TRY(ddl_is_superuser(&ddl, &super));
    if (!super)
        return status_hint(error(ERR_INSUFFICIENT_PRIVILEGE,
                                 "permission denied to alter foreign-data wrapper \"%s\"",
                                 statement->name),
                           "Must be superuser to alter a foreign-data wrapper.");
    TRY(wrapper_row(&ddl, statement->name, &row));
    TRY(wrapper_functions(&ddl, &statement->functions, &row, &handler, &validator));
    if (handler)
        ddl_warning(&ddl, ERR_WARNING,
                    "changing the foreign-data wrapper handler can change behavior of existing "
                    "foreign tables");
    if (validator && row_oid(&row, PG_FOREIGN_DATA_WRAPPER_FDWVALIDATOR) != OID_INVALID)
        ddl_warning(&ddl, ERR_WARNING,
                    "changing the foreign-data wrapper validator can cause the options for "
                    "dependent objects to become invalid");
    if (statement->options.count > 0)
        TRY(ddl_generic_options(&ddl, &statement->options,
                                row_oid(&row, PG_FOREIGN_DATA_WRAPPER_FDWVALIDATOR),
                                PG_FOREIGN_DATA_WRAPPER, &row, PG_FOREIGN_DATA_WRAPPER_FDWOPTIONS));
    TRY(catalog_update(ddl.catalog, PG_FOREIGN_DATA_WRAPPER, &row));
    if (!handler && !validator)
        return STATUS_OK;
    Oid oid = row_oid(&row, PG_FOREIGN_DATA_WRAPPER_OID);
    TRY(depend_delete_of_class(ddl.catalog, object_address(PG_FOREIGN_DATA_WRAPPER, oid, 0),
                               PG_PROC, DEPEND_NORMAL, NULL));
    return depend_on_functions(&ddl, oid, &row);
}

/* ---- servers ---- */

static Status server_row(Ddl *ddl, const char *name, CatalogRow *row) {
    bool found;
    TRY(catalog_find_name(ddl->catalog, PG_FOREIGN_SERVER_NAME_INDEX, name, OID_INVALID, ddl->arena,
                          row, &found));
    return found ? STATUS_OK : error(ERR_UNDEFINED_OBJECT, "server \"%s\" does not exist", name);
}

static void set_text(CatalogRow *row, int column, const char *text) {
    row->nulls[column] = text == NULL;
    if (text != NULL)
        row->values[column] = datum_cstr(text);
}

static Status execute_create_server(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateServer *statement = (const AstCreateServer *)call->raw->statement;
    CatalogRow row = {0}, wrapper;
    bool found;
    Oid oid;
    TRY(catalog_find_name(ddl.catalog, PG_FOREIGN_SERVER_NAME_INDEX, statement->name, OID_INVALID,
                          ddl.arena, &row, &found));
    if (found && statement->if_not_exists) {
        ddl_notice(&ddl, ERR_DUPLICATE_OBJECT, "server \"%s\" already exists, skipping",
                   statement->name);
        return STATUS_OK;
    }
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "server \"%s\" already exists", statement->name);
    TRY(wrapper_row(&ddl, statement->wrapper, &wrapper));
    Oid wrapper_oid = row_oid(&wrapper, PG_FOREIGN_DATA_WRAPPER_OID);
    TRY(object_check_acl(ddl.catalog, PG_FOREIGN_DATA_WRAPPER, wrapper_oid, ACL_USAGE));
    row = (CatalogRow){0};
    row.values[PG_FOREIGN_SERVER_SRVNAME] = datum_cstr(statement->name);
    row.values[PG_FOREIGN_SERVER_SRVOWNER] = datum_oid(session_role(ddl.catalog));
    row.values[PG_FOREIGN_SERVER_SRVFDW] = datum_oid(wrapper_oid);
    set_text(&row, PG_FOREIGN_SERVER_SRVTYPE, statement->type);
    set_text(&row, PG_FOREIGN_SERVER_SRVVERSION, statement->version);
    row.nulls[PG_FOREIGN_SERVER_SRVACL] = row.nulls[PG_FOREIGN_SERVER_SRVOPTIONS] = true;
    TRY(ddl_generic_options(&ddl, &statement->options,
                            row_oid(&wrapper, PG_FOREIGN_DATA_WRAPPER_FDWVALIDATOR),
                            PG_FOREIGN_SERVER, &row, PG_FOREIGN_SERVER_SRVOPTIONS));
    TRY(object_insert(ddl.catalog, PG_FOREIGN_SERVER, &row, &oid));
    return depend_record(ddl.catalog, object_address(PG_FOREIGN_SERVER, oid, 0),
                         object_address(PG_FOREIGN_DATA_WRAPPER, wrapper_oid, 0), DEPEND_NORMAL);
}

static Status execute_alter_server(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterServer *statement = (const AstAlterServer *)call->raw->statement;
    CatalogRow row;
    Oid validator;
    TRY(server_row(&ddl, statement->name, &row));
    TRY(object_check_owner(ddl.catalog, PG_FOREIGN_SERVER, row_oid(&row, PG_FOREIGN_SERVER_OID)));
    if (statement->version_given)
        set_text(&row, PG_FOREIGN_SERVER_SRVVERSION, statement->version);
    if (statement->options.count > 0) {
        TRY(wrapper_validator(&ddl, row_oid(&row, PG_FOREIGN_SERVER_SRVFDW), &validator));
        TRY(ddl_generic_options(&ddl, &statement->options, validator, PG_FOREIGN_SERVER, &row,
                                PG_FOREIGN_SERVER_SRVOPTIONS));
    }
    return catalog_update(ddl.catalog, PG_FOREIGN_SERVER, &row);
}

/* ---- user mappings ---- */

typedef struct Mapping {
    Oid user, server, validator;
    const char *user_name;
    CatalogRow row;
    bool found;
} Mapping;

static Status mapping_user(Ddl *ddl, const AstRoleSpec *spec, bool missing_ok, Mapping *mapping) {
    mapping->user = OID_INVALID;
    mapping->user_name = "public";
    if (spec->kind == AST_ROLE_PUBLIC)
        return STATUS_OK;
    if (spec->kind == AST_ROLE_NAMED && missing_ok)
        TRY(role_by_name(ddl->catalog, spec->name, true, &mapping->user));
    else
        TRY(ddl_role(ddl, spec, &mapping->user));
    return mapping->user == OID_INVALID
               ? STATUS_OK
               : role_name(ddl->catalog, mapping->user, &mapping->user_name);
}

/* Owners of the server may change all mappings, others with USAGE on it their own. */
static Status mapping_rights(Ddl *ddl, const Mapping *mapping) {
    bool owner;
    TRY(object_is_owner(ddl->catalog, PG_FOREIGN_SERVER, mapping->server,
                        session_role(ddl->catalog), &owner));
    if (owner)
        return STATUS_OK;
    return mapping->user == session_role(ddl->catalog)
               ? object_check_acl(ddl->catalog, PG_FOREIGN_SERVER, mapping->server, ACL_USAGE)
               : acl_error_owner(ddl->catalog, PG_FOREIGN_SERVER, mapping->server);
}

static Status mapping_find(Ddl *ddl, const CatalogRow *server, Mapping *mapping) {
    mapping->server = row_oid(server, PG_FOREIGN_SERVER_OID);
    TRY(wrapper_validator(ddl, row_oid(server, PG_FOREIGN_SERVER_SRVFDW), &mapping->validator));
    Datum keys[2] = {datum_oid(mapping->user), datum_oid(mapping->server)};
    return catalog_find(ddl->catalog, PG_USER_MAPPING_USER_SERVER_INDEX, keys, 2, ddl->arena,
                        &mapping->row, &mapping->found);
}

static Status execute_create_mapping(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateUserMapping *statement = (const AstCreateUserMapping *)call->raw->statement;
    Mapping *mapping = arena_new(ddl.arena, Mapping);
    CatalogRow server;
    Oid oid;
    TRY(mapping_user(&ddl, statement->user, false, mapping));
    TRY(server_row(&ddl, statement->server, &server));
    TRY(mapping_find(&ddl, &server, mapping));
    TRY(mapping_rights(&ddl, mapping));
    if (mapping->found && statement->if_not_exists) {
        ddl_notice(&ddl, ERR_DUPLICATE_OBJECT,
                   "user mapping for \"%s\" already exists for server \"%s\", skipping",
                   mapping->user_name, statement->server);
        return STATUS_OK;
    }
    if (mapping->found)
        return error(ERR_DUPLICATE_OBJECT,
                     "user mapping for \"%s\" already exists for server \"%s\"", mapping->user_name,
                     statement->server);
    CatalogRow row = {0};
    row.values[PG_USER_MAPPING_UMUSER] = datum_oid(mapping->user);
    row.values[PG_USER_MAPPING_UMSERVER] = datum_oid(mapping->server);
    row.nulls[PG_USER_MAPPING_UMOPTIONS] = true;
    TRY(ddl_generic_options(&ddl, &statement->options, mapping->validator, PG_USER_MAPPING, &row,
                            PG_USER_MAPPING_UMOPTIONS));
    TRY(object_insert(ddl.catalog, PG_USER_MAPPING, &row, &oid));
    if (mapping->user != OID_INVALID)
        TRY(shdepend_record_owner(ddl.catalog, PG_USER_MAPPING, oid, mapping->user));
    return depend_record(ddl.catalog, object_address(PG_USER_MAPPING, oid, 0),
                         object_address(PG_FOREIGN_SERVER, mapping->server, 0), DEPEND_NORMAL);
}

static Status no_mapping(const Mapping *mapping, const char *server) {
    return error(ERR_UNDEFINED_OBJECT, "user mapping for \"%s\" does not exist for server \"%s\"",
                 mapping->user_name, server);
}

static Status execute_alter_mapping(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterUserMapping *statement = (const AstAlterUserMapping *)call->raw->statement;
    Mapping *mapping = arena_new(ddl.arena, Mapping);
    CatalogRow server;
    TRY(mapping_user(&ddl, statement->user, false, mapping));
    TRY(server_row(&ddl, statement->server, &server));
    TRY(mapping_find(&ddl, &server, mapping));
    if (!mapping->found)
        return no_mapping(mapping, statement->server);
    TRY(mapping_rights(&ddl, mapping));
    TRY(ddl_generic_options(&ddl, &statement->options, mapping->validator, PG_USER_MAPPING,
                            &mapping->row, PG_USER_MAPPING_UMOPTIONS));
    return catalog_update(ddl.catalog, PG_USER_MAPPING, &mapping->row);
}

static Status execute_drop_mapping(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstDropUserMapping *statement = (const AstDropUserMapping *)call->raw->statement;
    Mapping *mapping = arena_new(ddl.arena, Mapping);
    CatalogRow server;
    bool found;
    TRY(mapping_user(&ddl, statement->user, statement->missing_ok, mapping));
    if (statement->user->kind != AST_ROLE_PUBLIC && mapping->user == OID_INVALID) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "role \"%s\" does not exist, skipping",
                   statement->user->name);
        return STATUS_OK;
    }
    TRY(catalog_find_name(ddl.catalog, PG_FOREIGN_SERVER_NAME_INDEX, statement->server, OID_INVALID,
                          ddl.arena, &server, &found));
    if (!found && statement->missing_ok) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "server \"%s\" does not exist, skipping",
                   statement->server);
        return STATUS_OK;
    }
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "server \"%s\" does not exist", statement->server);
    TRY(mapping_find(&ddl, &server, mapping));
    if (!mapping->found && !statement->missing_ok)
        return no_mapping(mapping, statement->server);
    if (!mapping->found) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION,
                   "user mapping for \"%s\" does not exist for server \"%s\", skipping",
                   mapping->user_name, statement->server);
        return STATUS_OK;
    }
    TRY(mapping_rights(&ddl, mapping));
    ObjectAddress self =
        object_address(PG_USER_MAPPING, row_oid(&mapping->row, PG_USER_MAPPING_OID), 0);
    return object_drop(ddl.catalog, &self, 1, DROP_CASCADE, 0);
}

/* ---- foreign tables ---- */

static Status table_server_validator(Ddl *ddl, Oid server, Oid *validator_out) {
    CatalogRow row;
    bool found;
    *validator_out = OID_INVALID;
    TRY(catalog_find_oid(ddl->catalog, PG_FOREIGN_SERVER_OID_INDEX, server, ddl->arena, &row,
                         &found));
    return found ? wrapper_validator(ddl, row_oid(&row, PG_FOREIGN_SERVER_SRVFDW), validator_out)
                 : STATUS_OK;
}

Status ddl_foreign_column_options(Ddl *ddl, Oid relation, int16_t attnum, const AstList *options) {
    CatalogRow table, row;
    bool found;
    Oid validator = OID_INVALID;
    TRY(catalog_find_oid(ddl->catalog, PG_FOREIGN_TABLE_RELID_INDEX, relation, ddl->arena, &table,
                         &found));
    if (!found) {
        const char *name;
        TRY(relation_name(ddl->catalog, relation, &name));
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a foreign table", name);
    }
    TRY(table_server_validator(ddl, row_oid(&table, PG_FOREIGN_TABLE_FTSERVER), &validator));
    TRY(column_row(ddl->catalog, relation, attnum, ddl->arena, &row));
    TRY(ddl_generic_options(ddl, options, validator, PG_ATTRIBUTE, &row,
                            PG_ATTRIBUTE_ATTFDWOPTIONS));
    return catalog_update(ddl->catalog, PG_ATTRIBUTE, &row);
}

Status ddl_foreign_table_options(Ddl *ddl, Oid relation, const AstList *options) {
    CatalogRow row;
    bool found;
    Oid validator;
    TRY(catalog_find_oid(ddl->catalog, PG_FOREIGN_TABLE_RELID_INDEX, relation, ddl->arena, &row,
                         &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "foreign table with OID %u does not exist", relation);
    TRY(table_server_validator(ddl, row_oid(&row, PG_FOREIGN_TABLE_FTSERVER), &validator));
    TRY(ddl_generic_options(ddl, options, validator, PG_FOREIGN_TABLE, &row,
                            PG_FOREIGN_TABLE_FTOPTIONS));
    TRY(catalog_update(ddl->catalog, PG_FOREIGN_TABLE, &row));
    catalog_touch_relation(ddl->catalog, relation);
    return STATUS_OK;
}

Status ddl_refuse_foreign_constraint(const AstConstraint *constraint) {
    const char *what = constraint->kind == AST_CONSTRAINT_PRIMARY_KEY   ? "primary key"
                       : constraint->kind == AST_CONSTRAINT_UNIQUE      ? "unique"
                       : constraint->kind == AST_CONSTRAINT_EXCLUSION   ? "exclusion"
                       : constraint->kind == AST_CONSTRAINT_FOREIGN_KEY ? "foreign key"
                                                                        : NULL;
    return what == NULL
               ? STATUS_OK
               : status_at(error(ERR_FEATURE_NOT_SUPPORTED,
                                 "%s constraints are not supported on foreign tables", what),
                           constraint->location);
}

static Status check_elements(const AstCreateTable *table) {
    AST_FOREACH(Ast, element, table->elements) {
        if (element->tag == AST_CONSTRAINT)
            TRY(ddl_refuse_foreign_constraint((const AstConstraint *)element));
        if (element->tag == AST_TABLE_LIKE)
            return status_at(error(ERR_FEATURE_NOT_SUPPORTED,
                                   "LIKE is not supported for creating foreign tables"),
                             element->location);
        if (element->tag != AST_COLUMN_DEF)
            continue;
        const AstColumnDef *column = (const AstColumnDef *)element;
        AST_FOREACH(AstConstraint, constraint, column->constraints) {
            TRY(ddl_refuse_foreign_constraint(constraint));
        }
    }
    return STATUS_OK;
}

static Status execute_create_table(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreateForeignTable *statement = (const AstCreateForeignTable *)call->raw->statement;
    Oid oid, validator;
    CatalogRow server, row = {0};
    TRY(check_elements(statement->table));
    TRY(ddl_create_table(&ddl, statement->table, 'f', &oid));
    if (oid == OID_INVALID)
        return STATUS_OK;
    TRY(server_row(&ddl, statement->server, &server));
    Oid server_oid = row_oid(&server, PG_FOREIGN_SERVER_OID);
    TRY(object_check_acl(ddl.catalog, PG_FOREIGN_SERVER, server_oid, ACL_USAGE));
    TRY(wrapper_validator(&ddl, row_oid(&server, PG_FOREIGN_SERVER_SRVFDW), &validator));
    row.values[PG_FOREIGN_TABLE_FTRELID] = datum_oid(oid);
    row.values[PG_FOREIGN_TABLE_FTSERVER] = datum_oid(server_oid);
    row.nulls[PG_FOREIGN_TABLE_FTOPTIONS] = true;
    TRY(ddl_generic_options(&ddl, &statement->options, validator, PG_FOREIGN_TABLE, &row,
                            PG_FOREIGN_TABLE_FTOPTIONS));
    TRY(catalog_insert(ddl.catalog, PG_FOREIGN_TABLE, &row));
    TRY(depend_record(ddl.catalog, object_address(PG_CLASS, oid, 0),
                      object_address(PG_FOREIGN_SERVER, server_oid, 0), DEPEND_NORMAL));
    AST_FOREACH(Ast, element, statement->table->elements) {
        const AstColumnDef *column = (const AstColumnDef *)element;
        const RelationDesc *relation;
        if (element->tag != AST_COLUMN_DEF || column->fdw_options.count == 0)
            continue;
        TRY(catalog_relation_require(ddl.catalog, oid, &relation));
        for (uint16_t i = 0; i < relation->column_count; i++)
            if (strcmp(relation->columns[i].name, column->name) == 0)
                TRY(ddl_foreign_column_options(&ddl, oid, (int16_t)(i + 1), &column->fdw_options));
    }
    return STATUS_OK;
}

static Status execute_import(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstImportForeignSchema *statement = (const AstImportForeignSchema *)call->raw->statement;
    CatalogRow server, wrapper;
    bool found;
    Oid nsp;
    TRY(server_row(&ddl, statement->server, &server));
    TRY(object_check_acl(ddl.catalog, PG_FOREIGN_SERVER, row_oid(&server, PG_FOREIGN_SERVER_OID),
                         ACL_USAGE));
    TRY(namespace_for_creation(ddl.catalog, statement->local_schema, &nsp));
    TRY(catalog_find_oid(ddl.catalog, PG_FOREIGN_DATA_WRAPPER_OID_INDEX,
                         row_oid(&server, PG_FOREIGN_SERVER_SRVFDW), ddl.arena, &wrapper, &found));
    const char *name = found ? row_name(&wrapper, PG_FOREIGN_DATA_WRAPPER_FDWNAME, ddl.arena) : "";
    if (!found || row_oid(&wrapper, PG_FOREIGN_DATA_WRAPPER_FDWHANDLER) == OID_INVALID)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "foreign-data wrapper \"%s\" has no handler", name);
    return error(ERR_FDW_NO_SCHEMAS,
                 "foreign-data wrapper \"%s\" does not support IMPORT FOREIGN SCHEMA", name);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_FDW, "CREATE FOREIGN DATA WRAPPER", UTILITY_WRITES, execute_create_fdw, NULL},
    {AST_ALTER_FDW, "ALTER FOREIGN DATA WRAPPER", UTILITY_WRITES, execute_alter_fdw, NULL},
    {AST_CREATE_SERVER, "CREATE SERVER", UTILITY_WRITES, execute_create_server, NULL},
    {AST_ALTER_SERVER, "ALTER SERVER", UTILITY_WRITES, execute_alter_server, NULL},
    {AST_CREATE_USER_MAPPING, "CREATE USER MAPPING", UTILITY_WRITES, execute_create_mapping, NULL},
    {AST_ALTER_USER_MAPPING, "ALTER USER MAPPING", UTILITY_WRITES, execute_alter_mapping, NULL},
    {AST_DROP_USER_MAPPING, "DROP USER MAPPING", UTILITY_WRITES, execute_drop_mapping, NULL},
    {AST_CREATE_FOREIGN_TABLE, "CREATE FOREIGN TABLE", UTILITY_WRITES, execute_create_table, NULL},
    {AST_IMPORT_FOREIGN_SCHEMA, "IMPORT FOREIGN SCHEMA", UTILITY_WRITES, execute_import, NULL},
};

void ddl_foreign_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
