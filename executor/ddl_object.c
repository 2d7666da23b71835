/*
 * ddl_object.c: which object a statement means: AstObject to catalog and OID, for DROP, COMMENT, GRANT,
 * ALTER .. OWNER and their kin.
 */
#include "executor/ddl_int.h"

#include <stdlib.h>

static const struct {
    AstObjectKind kind;
    const char *words; /* as command tags have them */
} kind_words[] = {
    {AST_OBJECT_ACCESS_METHOD, "ACCESS METHOD"},
    {AST_OBJECT_AGGREGATE, "AGGREGATE"},
    {AST_OBJECT_ATTRIBUTE, "TYPE"},
    {AST_OBJECT_CAST, "CAST"},
    {AST_OBJECT_COLLATION, "COLLATION"},
    {AST_OBJECT_COLUMN, "TABLE"},
    {AST_OBJECT_CONVERSION, "CONVERSION"},
    {AST_OBJECT_DATABASE, "DATABASE"},
    {AST_OBJECT_DOMAIN, "DOMAIN"},
    {AST_OBJECT_DOMAIN_CONSTRAINT, "DOMAIN"},
    {AST_OBJECT_EVENT_TRIGGER, "EVENT TRIGGER"},
    {AST_OBJECT_EXTENSION, "EXTENSION"},
    {AST_OBJECT_FDW, "FOREIGN DATA WRAPPER"},
    {AST_OBJECT_FOREIGN_SERVER, "SERVER"},
    {AST_OBJECT_FOREIGN_TABLE, "FOREIGN TABLE"},
    {AST_OBJECT_FUNCTION, "FUNCTION"},
    {AST_OBJECT_INDEX, "INDEX"},
    {AST_OBJECT_LANGUAGE, "LANGUAGE"},
    {AST_OBJECT_LARGE_OBJECT, "LARGE OBJECT"},
    {AST_OBJECT_MATVIEW, "MATERIALIZED VIEW"},
    {AST_OBJECT_OP_CLASS, "OPERATOR CLASS"},
    {AST_OBJECT_OPERATOR, "OPERATOR"},
    {AST_OBJECT_OP_FAMILY, "OPERATOR FAMILY"},
    {AST_OBJECT_POLICY, "POLICY"},
    {AST_OBJECT_PROCEDURE, "PROCEDURE"},
    {AST_OBJECT_PUBLICATION, "PUBLICATION"},
    {AST_OBJECT_ROLE, "ROLE"},
    {AST_OBJECT_ROUTINE, "ROUTINE"},
    {AST_OBJECT_RULE, "RULE"},
    {AST_OBJECT_SCHEMA, "SCHEMA"},
    {AST_OBJECT_SEQUENCE, "SEQUENCE"},
    {AST_OBJECT_STATISTICS, "STATISTICS"},
    {AST_OBJECT_SUBSCRIPTION, "SUBSCRIPTION"},
    {AST_OBJECT_TABLE, "TABLE"},
    {AST_OBJECT_TABLE_CONSTRAINT, "TABLE"},
    {AST_OBJECT_TABLESPACE, "TABLESPACE"},
    {AST_OBJECT_TRANSFORM, "TRANSFORM"},
    {AST_OBJECT_TRIGGER, "TRIGGER"},
    {AST_OBJECT_TS_CONFIGURATION, "TEXT SEARCH CONFIGURATION"},
    {AST_OBJECT_TS_DICTIONARY, "TEXT SEARCH DICTIONARY"},
    {AST_OBJECT_TS_PARSER, "TEXT SEARCH PARSER"},
    {AST_OBJECT_TS_TEMPLATE, "TEXT SEARCH TEMPLATE"},
    {AST_OBJECT_TYPE, "TYPE"},
    {AST_OBJECT_VIEW, "VIEW"},
};

const char *ddl_kind_words(AstObjectKind kind) {
    for (size_t i = 0; i < ARRAY_LEN(kind_words); i++)
        if (kind_words[i].kind == kind)
            return kind_words[i].words;
    return "???";
}

AstRangeVar ddl_range_var(const StrList *name) {
    AstRangeVar var = {.tag = AST_RANGE_VAR,
                       .location = -1,
                       .name = str_list_last(name),
                       .inherit = true,
                       .persistence = AST_PERSISTENCE_PERMANENT};
    if (name->count > 1)
        var.schema = name->items[name->count - 2];
    if (name->count > 2)
        var.catalog = name->items[name->count - 3];
    return var;
}

const char *ddl_relation_kind_name(char kind) {
    switch (kind) {
    case 'i':
    case 'I':
        return "index";
    case 'S':
        return "sequence";
    case 'v':
        return "view";
    case 'm':
        return "materialized view";
    case 'c':
        return "composite type";
    case 'f':
        return "foreign table";
    default:
        return "table";
    }
}

/* ---- relations ---- */

/* May the relation be meant by a statement that says KIND? */
const char *ddl_relation_kind_plural(char kind) {
    switch (kind) {
    case 'i':
        return "indexes";
    case 'I':
        return "partitioned indexes";
    case 'S':
        return "sequences";
    case 'v':
        return "views";
    case 'm':
        return "materialized views";
    case 'c':
        return "composite types";
    case 'f':
        return "foreign tables";
    case 'p':
        return "partitioned tables";
    case 't':
        return "TOAST tables";
    default:
        return "tables";
    }
}

bool ddl_relation_is_kind(char kind, AstObjectKind wanted) {
    switch (wanted) {
    case AST_OBJECT_TABLE:
        return kind == 'r' || kind == 'p';
    case AST_OBJECT_INDEX:
        return kind == 'i' || kind == 'I';
    case AST_OBJECT_SEQUENCE:
        return kind == 'S';
    case AST_OBJECT_VIEW:
        return kind == 'v';
    case AST_OBJECT_MATVIEW:
        return kind == 'm';
    case AST_OBJECT_FOREIGN_TABLE:
        return kind == 'f';
    default:
        return true;
    }
}

static Status wrong_kind(const char *name, AstObjectKind kind) {
    const char *what = kind == AST_OBJECT_INDEX           ? "an index"
                       : kind == AST_OBJECT_SEQUENCE      ? "a sequence"
                       : kind == AST_OBJECT_VIEW          ? "a view"
                       : kind == AST_OBJECT_MATVIEW       ? "a materialized view"
                       : kind == AST_OBJECT_FOREIGN_TABLE ? "a foreign table"
                                                          : "a table";
    return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not %s", name, what);
}

static Status find_relation(Ddl *ddl, AstObjectKind kind, const AstRangeVar *var, LockMode mode,
                            bool missing_ok, ObjectAddress *address) {
    const RelationDesc *relation;
    TRY(ddl_relation(ddl, var, mode, missing_ok, &relation));
    if (relation == NULL)
        return STATUS_OK;
    if (!ddl_relation_is_kind(relation->kind, kind))
        return wrong_kind(relation->name, kind);
    *address = object_address(PG_CLASS, relation->oid, 0);
    return STATUS_OK;
}

static Status find_column(Ddl *ddl, const AstObject *object, LockMode mode,
                          ObjectAddress *address) {
    if (object->name.count < 2)
        return error(ERR_SYNTAX_ERROR, "column name must be qualified");
    StrList holder = object->name;
    holder.count--;
    AstRangeVar var = ddl_range_var(&holder);
    const RelationDesc *relation;
    TRY(ddl_relation(ddl, &var, mode, false, &relation));
    const ColumnDesc *column = relation_column(relation, str_list_last(&object->name));
    if (column == NULL)
        return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist",
                     str_list_last(&object->name), str_list_join(ddl->arena, &holder));
    *address = object_address(PG_CLASS, relation->oid, column->attnum);
    return STATUS_OK;
}

/* ---- functions, operators ---- */

const char *ddl_type_name_text(Ddl *ddl, const AstTypeName *type) {
    const char *text = str_list_join(ddl->arena, &type->names);
    for (uint32_t i = 0; i < type->bound_count; i++)
        text = arena_printf(ddl->arena, "%s[]", text);
    return text;
}

Status ddl_type_schema(Ddl *ddl, const AstTypeName *name) {
    const char *schema, *type;
    Oid nsp;
    TRY(ddl_qualified(ddl, &name->names, &schema, &type));
    return schema == NULL ? STATUS_OK : namespace_by_name(ddl->catalog, schema, false, &nsp);
}

Status ddl_no_param_type(Ddl *ddl, const AstTypeName *name) {
    TRY(ddl_type_schema(ddl, name));
    return error(ERR_UNDEFINED_OBJECT, "type %s does not exist", ddl_type_name_text(ddl, name));
}

/* A type without a position in its error; *type_out 0 with missing_ok. */
Status ddl_type(Ddl *ddl, const AstTypeName *name, bool missing_ok, Oid *type_out) {
    int32_t typmod;
    AstTypeName placeless = *name; /* errors of commands point nowhere */
    placeless.location = -1;
    TRY(analyze_type_name_find(&ddl->session->env, ddl->arena, &placeless, type_out, &typmod));
    if (*type_out == OID_INVALID && !missing_ok)
        return error(ERR_UNDEFINED_OBJECT, "type \"%s\" does not exist",
                     ddl_type_name_text(ddl, name));
    return STATUS_OK;
}

Status ddl_check_type_usage(Ddl *ddl, Oid type) {
    return object_check_acl(ddl->catalog, PG_TYPE, type, ACL_USAGE);
}

typedef struct Signature {
    Oid *types;
    uint32_t count;
    bool unknown_type; /* missing_ok, and a type is */
} Signature;

static Status read_signature(Ddl *ddl, const AstObject *object, bool missing_ok, Signature *out) {
    *out = (Signature){.types = arena_array(ddl->arena, Oid, object->params.count + 1)};
    for (uint32_t i = 0; i < object->params.count; i++) {
        const Ast *item = object->params.items[i];
        const AstTypeName *type = (const AstTypeName *)item;
        if (item == NULL) {
            out->types[out->count++] = OID_INVALID;
            continue;
        }
        if (item->tag == AST_FUNC_PARAM) {
            const AstFuncParam *param = (const AstFuncParam *)item;
            if (param->mode == AST_PARAM_OUT || param->mode == AST_PARAM_TABLE)
                continue;
            type = param->type;
        }
        Oid oid;
        TRY(ddl_type(ddl, type, missing_ok, &oid));
        if (oid == OID_INVALID) {
            out->unknown_type = true;
            return STATUS_OK;
        }
        out->types[out->count++] = oid;
    }
    return STATUS_OK;
}

static bool proc_fits(char prokind, AstObjectKind kind) {
    switch (kind) {
    case AST_OBJECT_PROCEDURE:
        return prokind == 'p';
    case AST_OBJECT_AGGREGATE:
        return prokind == 'a';
    case AST_OBJECT_FUNCTION:
        return prokind != 'p';
    default:
        return true;
    }
}

static const char *proc_word(AstObjectKind kind) {
    return kind == AST_OBJECT_PROCEDURE   ? "procedure"
           : kind == AST_OBJECT_AGGREGATE ? "aggregate"
           : kind == AST_OBJECT_ROUTINE   ? "routine"
                                          : "function";
}

static Status only_function_named(Ddl *ddl, const AstObject *object, const char *schema,
                                  const char *name, bool missing_ok, Oid *oid_out) {
    ProcCandidates candidates;
    TRY(catalog_proc_candidates(ddl->catalog, schema, name, ddl->arena, &candidates));
    uint32_t found = 0;
    for (uint32_t i = 0; i < candidates.count; i++)
        if (proc_fits(candidates.procs[i]->kind, object->kind)) {
            *oid_out = candidates.procs[i]->oid;
            found++;
        }
    const char *full = str_list_join(ddl->arena, &object->name);
    const char *word = proc_word(object->kind);
    if (found > 1)
        return status_hint(
            error(ERR_AMBIGUOUS_FUNCTION, "%s name \"%s\" is not unique", word, full),
            "Specify the argument list to select the %s unambiguously.", word);
    if (found == 0 && !missing_ok)
        return error(ERR_UNDEFINED_FUNCTION,
                     object->kind == AST_OBJECT_FUNCTION || object->kind == AST_OBJECT_ROUTINE
                         ? "could not find a function named \"%s\""
                     : object->kind == AST_OBJECT_PROCEDURE
                         ? "could not find a procedure named \"%s\""
                         : "could not find an aggregate named \"%s\"",
                     full);
    return STATUS_OK;
}

static Status check_proc_kind(Ddl *ddl, AstObjectKind kind, Oid proc, const char *signature) {
    const ProcDesc *desc;
    TRY(catalog_proc_require(ddl->catalog, proc, &desc));
    if (proc_fits(desc->kind, kind))
        return STATUS_OK;
    if (kind == AST_OBJECT_AGGREGATE)
        return error(ERR_WRONG_OBJECT_TYPE, "function %s is not an aggregate", signature);
    return error(ERR_WRONG_OBJECT_TYPE, "%s is not a %s", signature, proc_word(kind));
}

/* By all parameters, as the SQL standard has it, where no mode is written: another procedure than the
 * one found by its input parameters makes the name ambiguous. */
static Status find_with_outputs(Ddl *ddl, const AstObject *object, const char *schema,
                                const char *name, const Signature *types, Oid *oid_io) {
    ProcCandidates candidates;
    for (uint32_t i = 0; i < object->params.count; i++) {
        const Ast *item = object->params.items[i];
        if (item == NULL || item->tag != AST_FUNC_PARAM ||
            ((const AstFuncParam *)item)->mode != AST_PARAM_DEFAULT)
            return STATUS_OK;
    }
    TRY(catalog_proc_candidates(ddl->catalog, schema, name, ddl->arena, &candidates));
    for (uint32_t i = 0; i < candidates.count; i++) {
        const ProcDesc *proc = candidates.procs[i];
        if (proc->kind != 'p' || proc->all_arg_count != types->count || types->count == 0 ||
            memcmp(proc->all_arg_types, types->types, types->count * sizeof(Oid)) != 0)
            continue;
        if (*oid_io != OID_INVALID && *oid_io != proc->oid)
            return error(ERR_AMBIGUOUS_FUNCTION, "%s name \"%s\" is not unique",
                         object->kind == AST_OBJECT_PROCEDURE ? "procedure" : "routine",
                         str_list_join(ddl->arena, &object->name));
        *oid_io = proc->oid;
        break;
    }
    return STATUS_OK;
}

static Status find_function(Ddl *ddl, const AstObject *object, bool missing_ok, Oid *oid_out) {
    const char *schema, *name, *signature;
    TRY(ddl_qualified(ddl, &object->name, &schema, &name));
    if (schema != NULL && missing_ok) {
        Oid nsp;
        TRY(namespace_by_name(ddl->catalog, schema, true, &nsp));
        if (nsp == OID_INVALID)
            return STATUS_OK;
    }
    if (!object->params_given && !object->aggregate_star)
        return only_function_named(ddl, object, schema, name, missing_ok, oid_out);
    Signature types;
    TRY(read_signature(ddl, object, missing_ok, &types));
    if (types.unknown_type)
        return STATUS_OK;
    TRY(catalog_proc_exact(ddl->catalog, schema, name, types.types, types.count, oid_out));
    if (object->kind == AST_OBJECT_PROCEDURE || object->kind == AST_OBJECT_ROUTINE)
        TRY(find_with_outputs(ddl, object, schema, name, &types, oid_out));
    const char *full = str_list_join(ddl->arena, &object->name);
    TRY(format_signature(ddl->catalog, ddl->arena, full, types.types, types.count, &signature));
    if (*oid_out != OID_INVALID)
        return check_proc_kind(ddl, object->kind, *oid_out, signature);
    if (missing_ok)
        return STATUS_OK;
    if (object->kind == AST_OBJECT_AGGREGATE && object->aggregate_star)
        return error(ERR_UNDEFINED_FUNCTION, "aggregate %s(*) does not exist", full);
    return error(ERR_UNDEFINED_FUNCTION, "%s %s does not exist",
                 object->kind == AST_OBJECT_ROUTINE ? "function" : proc_word(object->kind),
                 signature);
}

static Status find_operator(Ddl *ddl, const AstObject *object, bool missing_ok, Oid *oid_out) {
    const char *schema, *name;
    Signature types;
    TRY(ddl_qualified(ddl, &object->name, &schema, &name));
    TRY(read_signature(ddl, object, missing_ok, &types));
    if (types.unknown_type || types.count < 2)
        return STATUS_OK;
    if (types.types[1] == OID_INVALID)
        return error(ERR_SYNTAX_ERROR, "postfix operators are not supported");
    if (schema != NULL && missing_ok) {
        Oid nsp;
        TRY(namespace_by_name(ddl->catalog, schema, true, &nsp));
        if (nsp == OID_INVALID)
            return STATUS_OK;
    }
    TRY(catalog_operator_exact(ddl->catalog, schema, name, types.types[0], types.types[1],
                               oid_out));
    if (*oid_out != OID_INVALID || missing_ok)
        return STATUS_OK;
    const char *left = "", *right = "";
    if (types.types[0] != OID_INVALID)
        TRY(format_type_brief(ddl->catalog, ddl->arena, types.types[0], &left));
    if (types.types[1] != OID_INVALID)
        TRY(format_type_brief(ddl->catalog, ddl->arena, types.types[1], &right));
    return error(ERR_UNDEFINED_FUNCTION, "operator does not exist: %s%s%s %s", left,
                 *left != '\0' ? " " : "", str_list_join(ddl->arena, &object->name), right);
}

static Status find_cast(Ddl *ddl, const AstObject *object, bool missing_ok, Oid *oid_out) {
    Oid source, target;
    const CastDesc *cast;
    TRY(ddl_type(ddl, object->type, missing_ok, &source));
    TRY(ddl_type(ddl, object->type2, missing_ok, &target));
    if (source == OID_INVALID || target == OID_INVALID)
        return STATUS_OK;
    TRY(catalog_cast(ddl->catalog, source, target, &cast));
    if (cast != NULL) {
        *oid_out = cast->oid;
        return STATUS_OK;
    }
    if (missing_ok)
        return STATUS_OK;
    const char *from, *to;
    TRY(format_type_brief(ddl->catalog, ddl->arena, source, &from));
    TRY(format_type_brief(ddl->catalog, ddl->arena, target, &to));
    return error(ERR_UNDEFINED_OBJECT, "cast from type %s to type %s does not exist", from, to);
}

static Status find_transform(Ddl *ddl, const AstObject *object, bool missing_ok, Oid *oid_out) {
    Oid type, language;
    TRY(ddl_type(ddl, object->type, missing_ok, &type));
    TRY(language_by_name(ddl->catalog, object->sub_name, missing_ok, &language));
    Datum keys[2] = {datum_oid(type), datum_oid(language)};
    CatalogRow row;
    bool found;
    TRY(catalog_find(ddl->catalog, PG_TRANSFORM_TYPE_LANG_INDEX, keys, 2, ddl->arena, &row,
                     &found));
    if (found)
        *oid_out = row_oid(&row, PG_TRANSFORM_OID);
    if (found || missing_ok)
        return STATUS_OK;
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, type, &text));
    return error(ERR_UNDEFINED_OBJECT, "transform for type %s language \"%s\" does not exist", text,
                 object->sub_name);
}

/* ---- types ---- */

static Status find_type(Ddl *ddl, const AstObject *object, bool missing_ok,
                        ObjectAddress *address) {
    AstTypeName by_name = {.tag = AST_TYPE_NAME, .location = -1, .names = object->name};
    const AstTypeName *name = object->type != NULL ? object->type : &by_name;
    Oid oid;
    TRY(ddl_type(ddl, name, missing_ok, &oid));
    if (oid == OID_INVALID)
        return STATUS_OK;
    if (object->kind == AST_OBJECT_DOMAIN || object->kind == AST_OBJECT_DOMAIN_CONSTRAINT) {
        const TypeDesc *desc;
        TRY(catalog_type_require(ddl->catalog, oid, &desc));
        if (desc->kind != 'd')
            return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a domain",
                         ddl_type_name_text(ddl, name));
    }
    *address = object_address(PG_TYPE, oid, 0);
    return STATUS_OK;
}

static Status find_domain_constraint(Ddl *ddl, const AstObject *object, bool missing_ok,
                                     ObjectAddress *address) {
    ObjectAddress domain = {0};
    TRY(find_type(ddl, object, missing_ok, &domain));
    if (domain.object == OID_INVALID)
        return STATUS_OK;
    const TypeDesc *desc;
    TRY(catalog_type_require(ddl->catalog, domain.object, &desc));
    for (uint16_t i = 0; i < desc->check_count; i++)
        if (strcmp(desc->checks[i].name, object->sub_name) == 0) {
            *address = object_address(PG_CONSTRAINT, desc->checks[i].oid, 0);
            return STATUS_OK;
        }
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, domain.object, &text));
    return missing_ok
               ? STATUS_OK
               : error(ERR_UNDEFINED_OBJECT, "constraint \"%s\" for domain %s does not exist",
                       object->sub_name, text);
}

/* ---- what lives on a relation ---- */

static Status find_on_relation(Ddl *ddl, const AstObject *object, LockMode mode, bool missing_ok,
                               ObjectAddress *address, Oid *relation_out) {
    AstRangeVar by_name;
    const AstRangeVar *var = object->relation;
    if (var == NULL) {
        by_name = ddl_range_var(&object->name);
        var = &by_name;
    }
    const RelationDesc *relation;
    TRY(ddl_relation(ddl, var, mode, missing_ok, &relation));
    if (relation == NULL)
        return STATUS_OK;
    *relation_out = relation->oid;
    if (object->kind == AST_OBJECT_TABLE_CONSTRAINT) {
        *address = object_address(PG_CONSTRAINT, OID_INVALID, 0);
        return constraint_by_name(ddl->catalog, relation->oid, object->sub_name, missing_ok,
                                  &address->object);
    }
    static const struct {
        AstObjectKind kind;
        Oid class_id, index;
        int oid_column;
        const char *missing;
    } kinds[] = {
        {AST_OBJECT_TRIGGER, PG_TRIGGER, PG_TRIGGER_TGRELID_TGNAME_INDEX, PG_TRIGGER_OID,
         "trigger \"%s\" for table \"%s\" does not exist"},
        {AST_OBJECT_RULE, PG_REWRITE, PG_REWRITE_REL_RULENAME_INDEX, PG_REWRITE_OID,
         "rule \"%s\" for relation \"%s\" does not exist"},
        {AST_OBJECT_POLICY, PG_POLICY, PG_POLICY_POLRELID_POLNAME_INDEX, PG_POLICY_OID,
         "policy \"%s\" for table \"%s\" does not exist"},
    };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].kind != object->kind)
            continue;
        CatalogRow row;
        bool found;
        TRY(catalog_find_name(ddl->catalog, kinds[i].index, object->sub_name, relation->oid,
                              ddl->arena, &row, &found));
        if (found)
            *address = object_address(kinds[i].class_id, row_oid(&row, kinds[i].oid_column), 0);
        else if (!missing_ok)
            return error(ERR_UNDEFINED_OBJECT, kinds[i].missing, object->sub_name, relation->name);
    }
    return STATUS_OK;
}

/* ---- by one name, by a qualified name ---- */

static Status find_by_index(Ddl *ddl, Oid index, int oid_column, const char *what, const char *name,
                            bool missing_ok, Oid *oid_out) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_name(ddl->catalog, index, name, OID_INVALID, ddl->arena, &row, &found));
    if (found)
        *oid_out = row_oid(&row, oid_column);
    else if (!missing_ok)
        return error(ERR_UNDEFINED_OBJECT, "%s \"%s\" does not exist", what, name);
    return STATUS_OK;
}

static Status find_subscription(Ddl *ddl, const char *name, bool missing_ok,
                                ObjectAddress *address) {
    Datum keys[2] = {datum_oid(session_database(ddl->catalog)), datum_cstr(name)};
    CatalogRow row;
    bool found;
    address->class_id = PG_SUBSCRIPTION;
    TRY(catalog_find(ddl->catalog, PG_SUBSCRIPTION_SUBNAME_INDEX, keys, 2, ddl->arena, &row,
                     &found));
    if (found)
        address->object = row_oid(&row, PG_SUBSCRIPTION_OID);
    return found || missing_ok
               ? STATUS_OK
               : error(ERR_UNDEFINED_OBJECT, "subscription \"%s\" does not exist", name);
}

static Status find_named(Ddl *ddl, const AstObject *object, bool missing_ok,
                         ObjectAddress *address) {
    const char *name = str_list_last(&object->name);
    Oid *oid = &address->object;
    switch (object->kind) {
    case AST_OBJECT_ACCESS_METHOD:
        address->class_id = PG_AM;
        return am_by_name(ddl->catalog, name, 0, missing_ok, oid);
    case AST_OBJECT_DATABASE:
        address->class_id = PG_DATABASE;
        return database_by_name(ddl->catalog, name, missing_ok, oid);
    case AST_OBJECT_EVENT_TRIGGER:
        address->class_id = PG_EVENT_TRIGGER;
        return find_by_index(ddl, PG_EVENT_TRIGGER_EVTNAME_INDEX, PG_EVENT_TRIGGER_OID,
                             "event trigger", name, missing_ok, oid);
    case AST_OBJECT_EXTENSION:
        address->class_id = PG_EXTENSION;
        return extension_by_name(ddl->catalog, name, missing_ok, oid);
    case AST_OBJECT_FDW:
        address->class_id = PG_FOREIGN_DATA_WRAPPER;
        return find_by_index(ddl, PG_FOREIGN_DATA_WRAPPER_NAME_INDEX, PG_FOREIGN_DATA_WRAPPER_OID,
                             "foreign-data wrapper", name, missing_ok, oid);
    case AST_OBJECT_FOREIGN_SERVER:
        address->class_id = PG_FOREIGN_SERVER;
        return find_by_index(ddl, PG_FOREIGN_SERVER_NAME_INDEX, PG_FOREIGN_SERVER_OID, "server",
                             name, missing_ok, oid);
    case AST_OBJECT_LANGUAGE:
        address->class_id = PG_LANGUAGE;
        return language_by_name(ddl->catalog, name, missing_ok, oid);
    case AST_OBJECT_PUBLICATION:
        address->class_id = PG_PUBLICATION;
        return find_by_index(ddl, PG_PUBLICATION_PUBNAME_INDEX, PG_PUBLICATION_OID, "publication",
                             name, missing_ok, oid);
    case AST_OBJECT_SUBSCRIPTION:
        return find_subscription(ddl, name, missing_ok, address);
    case AST_OBJECT_ROLE:
        address->class_id = PG_AUTHID;
        return role_by_name(ddl->catalog, name, missing_ok, oid);
    case AST_OBJECT_SCHEMA:
        address->class_id = PG_NAMESPACE;
        return namespace_by_name(ddl->catalog, name, missing_ok, oid);
    case AST_OBJECT_TABLESPACE:
        address->class_id = PG_TABLESPACE;
        return tablespace_by_name(ddl->catalog, name, missing_ok, oid);
    default:
        return error(ERR_FEATURE_NOT_SUPPORTED, "objects of type %s are not supported here",
                     ddl_kind_words(object->kind));
    }
}

static Status find_qualified(Ddl *ddl, const AstObject *object, bool missing_ok,
                             ObjectAddress *address) {
    const char *schema, *name;
    TRY(ddl_qualified(ddl, &object->name, &schema, &name));
    if (schema != NULL) {
        Oid nsp;
        TRY(namespace_by_name(ddl->catalog, schema, missing_ok, &nsp));
        if (nsp == OID_INVALID)
            return STATUS_OK;
    }
    CatalogSession *catalog = ddl->catalog;
    Oid *oid = &address->object, am;
    switch (object->kind) {
    case AST_OBJECT_COLLATION:
        address->class_id = PG_COLLATION;
        return collation_by_name(catalog, schema, name, missing_ok, oid);
    case AST_OBJECT_CONVERSION:
        address->class_id = PG_CONVERSION;
        return conversion_by_name(catalog, schema, name, missing_ok, oid);
    case AST_OBJECT_STATISTICS:
        address->class_id = PG_STATISTIC_EXT;
        return statistics_by_name(catalog, schema, name, missing_ok, oid);
    case AST_OBJECT_OP_CLASS:
        address->class_id = PG_OPCLASS;
        TRY(am_by_name(catalog, object->sub_name, 'i', false, &am));
        return opclass_by_name(catalog, am, schema, name, missing_ok, oid);
    case AST_OBJECT_OP_FAMILY:
        address->class_id = PG_OPFAMILY;
        TRY(am_by_name(catalog, object->sub_name, 'i', false, &am));
        return opfamily_by_name(catalog, am, schema, name, missing_ok, oid);
    case AST_OBJECT_TS_CONFIGURATION:
        address->class_id = PG_TS_CONFIG;
        break;
    case AST_OBJECT_TS_DICTIONARY:
        address->class_id = PG_TS_DICT;
        break;
    case AST_OBJECT_TS_PARSER:
        address->class_id = PG_TS_PARSER;
        break;
    default:
        address->class_id = PG_TS_TEMPLATE;
        break;
    }
    return text_search_by_name(catalog, address->class_id, schema, name, missing_ok, oid);
}

static Status find_large_object(Ddl *ddl, const AstObject *object, ObjectAddress *address) {
    Oid oid = (Oid)strtoul(str_list_last(&object->name), NULL, 10);
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_LARGEOBJECT_METADATA_OID_INDEX, oid, ddl->arena, &row,
                         &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "large object %u does not exist", oid);
    *address = object_address(PG_LARGEOBJECT, oid, 0);
    return STATUS_OK;
}

static Status find(Ddl *ddl, const AstObject *object, LockMode mode, bool missing_ok,
                   ObjectAddress *address, Oid *relation_out) {
    switch (object->kind) {
    case AST_OBJECT_TABLE:
    case AST_OBJECT_INDEX:
    case AST_OBJECT_SEQUENCE:
    case AST_OBJECT_VIEW:
    case AST_OBJECT_MATVIEW:
    case AST_OBJECT_FOREIGN_TABLE: {
        AstRangeVar by_name;
        const AstRangeVar *var = object->relation;
        if (var == NULL) {
            by_name = ddl_range_var(&object->name);
            var = &by_name;
        }
        return find_relation(ddl, object->kind, var, mode, missing_ok, address);
    }
    case AST_OBJECT_COLUMN:
        return find_column(ddl, object, mode, address);
    case AST_OBJECT_TYPE:
    case AST_OBJECT_DOMAIN:
        return find_type(ddl, object, missing_ok, address);
    case AST_OBJECT_DOMAIN_CONSTRAINT:
        return find_domain_constraint(ddl, object, missing_ok, address);
    case AST_OBJECT_TABLE_CONSTRAINT:
    case AST_OBJECT_TRIGGER:
    case AST_OBJECT_RULE:
    case AST_OBJECT_POLICY:
        return find_on_relation(ddl, object, mode, missing_ok, address, relation_out);
    case AST_OBJECT_FUNCTION:
    case AST_OBJECT_PROCEDURE:
    case AST_OBJECT_ROUTINE:
    case AST_OBJECT_AGGREGATE:
        address->class_id = PG_PROC;
        return find_function(ddl, object, missing_ok, &address->object);
    case AST_OBJECT_OPERATOR:
        address->class_id = PG_OPERATOR;
        return find_operator(ddl, object, missing_ok, &address->object);
    case AST_OBJECT_CAST:
        address->class_id = PG_CAST;
        return find_cast(ddl, object, missing_ok, &address->object);
    case AST_OBJECT_TRANSFORM:
        address->class_id = PG_TRANSFORM;
        return find_transform(ddl, object, missing_ok, &address->object);
    case AST_OBJECT_LARGE_OBJECT:
        return find_large_object(ddl, object, address);
    case AST_OBJECT_COLLATION:
    case AST_OBJECT_CONVERSION:
    case AST_OBJECT_STATISTICS:
    case AST_OBJECT_OP_CLASS:
    case AST_OBJECT_OP_FAMILY:
    case AST_OBJECT_TS_CONFIGURATION:
    case AST_OBJECT_TS_DICTIONARY:
    case AST_OBJECT_TS_PARSER:
    case AST_OBJECT_TS_TEMPLATE:
        return find_qualified(ddl, object, missing_ok, address);
    default:
        return find_named(ddl, object, missing_ok, address);
    }
}

Status ddl_object(Ddl *ddl, const AstObject *object, LockMode mode, bool missing_ok,
                  DdlObject *object_out) {
    *object_out = (DdlObject){0};
    TRY(find(ddl, object, mode, missing_ok, &object_out->address, &object_out->relation));
    object_out->found = object_out->address.object != OID_INVALID;
    if (object_out->found) {
        Oid nsp, temp;
        TRY(session_temp_namespace(ddl->catalog, false, &temp));
        TRY(object_namespace(ddl->catalog, object_out->address.class_id, object_out->address.object,
                             &nsp));
        if (temp != OID_INVALID && nsp == temp)
            session_note_temp(ddl->catalog);
    }
    if (object_out->found && mode > LOCK_ACCESS_SHARE && object_out->address.class_id != PG_CLASS)
        TRY(object_lock(ddl->catalog, object_out->address.class_id, object_out->address.object,
                        mode));
    return STATUS_OK;
}

/* Whose rights decide: the relation of what lives on one, else the object itself. */
Status ddl_object_check_owner(Ddl *ddl, const AstObject *ast, const DdlObject *object) {
    if (object->relation != OID_INVALID) {
        bool owner;
        const char *name;
        TRY(object_is_owner(ddl->catalog, PG_CLASS, object->relation, session_role(ddl->catalog),
                            &owner));
        TRY(relation_name(ddl->catalog, object->relation, &name));
        return owner ? STATUS_OK
                     : error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of relation %s", name);
    }
    switch (ast->kind) {
    case AST_OBJECT_DOMAIN_CONSTRAINT: {
        ObjectAddress domain = {0};
        bool is_owner;
        const TypeDesc *type;
        TRY(find_type(ddl, ast, false, &domain));
        TRY(object_is_owner(ddl->catalog, PG_TYPE, domain.object, session_role(ddl->catalog),
                            &is_owner));
        TRY(catalog_type_require(ddl->catalog, domain.object, &type));
        return is_owner ? STATUS_OK
                        : error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of type %s", type->name);
    }
    case AST_OBJECT_CAST: {
        Oid source, target;
        bool is_owner;
        TRY(ddl_type(ddl, ast->type, false, &source));
        TRY(ddl_type(ddl, ast->type2, false, &target));
        TRY(object_is_owner(ddl->catalog, PG_TYPE, source, session_role(ddl->catalog), &is_owner));
        return is_owner ? STATUS_OK : object_check_owner(ddl->catalog, PG_TYPE, target);
    }
    case AST_OBJECT_TRANSFORM: {
        Oid type;
        TRY(ddl_type(ddl, ast->type, false, &type));
        return object_check_owner(ddl->catalog, PG_TYPE, type);
    }
    case AST_OBJECT_TS_PARSER:
    case AST_OBJECT_TS_TEMPLATE:
    case AST_OBJECT_ACCESS_METHOD: {
        bool super;
        TRY(role_is_superuser(ddl->catalog, session_role(ddl->catalog), &super));
        return super ? STATUS_OK : error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser");
    }
    default:
        return object_check_owner(ddl->catalog, object->address.class_id, object->address.object);
    }
}
