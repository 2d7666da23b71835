/* sysfuncs_name.c: names, visibility, comments, the search path. */
#include "executor/sysfuncs_int.h"
#include "planner/parser.h"
#include "types/regtype.h"

static Status fn_format_type(FnCall *call) {
    const char *text;
    if (call->nulls[0])
        return give_null(call);
    bool typmod = !call->nulls[1];
    unsigned flags = FORMAT_TYPE_ALLOW_INVALID | (typmod ? FORMAT_TYPE_TYPMOD : 0);
    TRY(format_type(call_catalog(call), call->arena, arg_oid(call, 0),
                    typmod ? call->args[1].i32 : -1, flags, &text));
    return give_text(call, text);
}

/* Each type's name; '???' and '-' where there is none. */
static Status fn_oid_vector_types(FnCall *call) {
    ArrayView view;
    TRY(array_view(call->args[0].str, &view));
    StrBuf text;
    strbuf_init(&text, call->arena);
    for (uint32_t i = 0; i < view.elem_count; i++) {
        const char *name;
        TRY(format_type(call_catalog(call), call->arena, array_get(&view, i).u32, -1,
                        FORMAT_TYPE_ALLOW_INVALID, &name));
        if (i > 0)
            strbuf_puts(&text, ", ");
        strbuf_puts(&text, name);
    }
    return give_text(call, strbuf_cstr(&text));
}

static Status fn_user_by_id(FnCall *call) {
    const char *name;
    TRY(role_name(call_catalog(call), arg_oid(call, 0), &name));
    return give_text(call, name != NULL
                               ? name
                               : arena_printf(call->arena, "unknown (OID=%u)", arg_oid(call, 0)));
}

/* ---- visibility ---- */

static Status visible(FnCall *call, Oid class_id) {
    bool yes, found;
    TRY(object_is_visible(call_catalog(call), class_id, arg_oid(call, 0), &yes, &found));
    return found ? give_bool(call, yes) : give_null(call);
}

#define VISIBLE(name, class_id)                                                                    \
    static Status fn_##name(FnCall *call) { return visible(call, class_id); }
VISIBLE(table_visible, PG_CLASS)
VISIBLE(type_visible, PG_TYPE)
VISIBLE(function_visible, PG_PROC)
VISIBLE(operator_visible, PG_OPERATOR)
VISIBLE(opclass_visible, PG_OPCLASS)
VISIBLE(opfamily_visible, PG_OPFAMILY)
VISIBLE(collation_visible, PG_COLLATION)
VISIBLE(conversion_visible, PG_CONVERSION)
VISIBLE(statistics_visible, PG_STATISTIC_EXT)
VISIBLE(ts_parser_visible, PG_TS_PARSER)
VISIBLE(ts_dict_visible, PG_TS_DICT)
VISIBLE(ts_template_visible, PG_TS_TEMPLATE)
VISIBLE(ts_config_visible, PG_TS_CONFIG)

/* ---- comments ---- */

static Status comment(FnCall *call, Oid class_id, Oid object, int32_t sub) {
    const char *text;
    TRY(comment_get(call_catalog(call), object_address(class_id, object, sub), call->arena, &text));
    return give_text(call, text);
}

/* The catalog by its bare name; 0: none such. */
static Oid class_by_name(const char *name) {
    size_t count;
    const CatalogTable *tables = catalog_tables(&count);
    for (size_t i = 0; i < count; i++)
        if (strcmp(tables[i].name, name) == 0)
            return tables[i].oid;
    return 0;
}

static Status fn_obj_description(FnCall *call) {
    return comment(call, class_by_name(arg_text(call, 1)), arg_oid(call, 0), 0);
}
static Status fn_col_description(FnCall *call) {
    return comment(call, PG_CLASS, arg_oid(call, 0), call->args[1].i32);
}
/* Without its class: whichever comment the OID has. */
static Status fn_obj_description_any(FnCall *call) {
    Datum key = call->args[0];
    CatalogRow *rows;
    size_t count;
    TRY(catalog_find_all(call_catalog(call), PG_DESCRIPTION_O_C_O_INDEX, &key, 1, call->arena,
                         &rows, &count));
    for (size_t i = 0; i < count; i++)
        if (rows[i].values[PG_DESCRIPTION_OBJSUBID].i32 == 0)
            return give_text(call, row_name(&rows[i], PG_DESCRIPTION_DESCRIPTION, call->arena));
    return give_null(call);
}

/* ---- to_reg*: the type's own input, with "there is none" as NULL ---- */

/* The grammar's errors. */
static Status check_type_name(Arena *arena, const char *text, size_t len) {
    AstTypeName *name;
    return parse_type_name(arena, text, len, &name);
}

static Status to_reg(FnCall *call, Oid type) {
    TypeIo io = {
        .type = type_builtin(type), .typmod = -1, .env = call->site->env, .arena = call->arena};
    Str text = call->args[0].str;
    Datum value;
    /* Digits and "-" are input syntax, not names. */
    bool takes_types = type == OID_REGPROCEDURE || type == OID_REGOPERATOR;
    if (takes_types && memchr(text.data, '(', text.len) == NULL)
        return error(ERR_INVALID_TEXT_REPRESENTATION, "expected a left parenthesis");
    if (type == OID_REGTYPE)
        TRY(check_type_name(call->arena, text.data, text.len));
    bool digits = text.len > 0;
    for (uint32_t i = 0; i < text.len && digits; i++)
        digits = text.data[i] >= '0' && text.data[i] <= '9';
    bool minus = text.len == 1 && text.data[0] == '-' && type != OID_REGOPER;
    if (!takes_types && (digits || minus))
        return give_null(call);
    Status status = io.type->input(&io, text.data, text.len, &value);
    if (status_ok(status)) {
        call->result = value;
        return STATUS_OK;
    }
    switch (status.error->state) {
    case ERR_UNDEFINED_TABLE:
    case ERR_UNDEFINED_OBJECT:
    case ERR_UNDEFINED_FUNCTION:
    case ERR_UNDEFINED_SCHEMA:
    case ERR_AMBIGUOUS_FUNCTION:
        status_free(status);
        return give_null(call);
    default:
        return status;
    }
}

#define TO_REG(name, type)                                                                         \
    static Status fn_##name(FnCall *call) { return to_reg(call, type); }
TO_REG(to_regclass, OID_REGCLASS)
TO_REG(to_regtype, OID_REGTYPE)
TO_REG(to_regproc, OID_REGPROC)
TO_REG(to_regprocedure, OID_REGPROCEDURE)
TO_REG(to_regoper, OID_REGOPER)
TO_REG(to_regoperator, OID_REGOPERATOR)
TO_REG(to_regnamespace, OID_REGNAMESPACE)
TO_REG(to_regrole, OID_REGROLE)
TO_REG(to_regcollation, OID_REGCOLLATION)

/* ---- who and where ---- */

static Status fn_current_user(FnCall *call) {
    const char *name;
    TRY(role_name(call_catalog(call), session_role(call_catalog(call)), &name));
    return give_text(call, name);
}
static Status fn_session_user(FnCall *call) {
    const char *name;
    TRY(role_name(call_catalog(call), session_user_oid(call_catalog(call)), &name));
    return give_text(call, name);
}
static Status fn_current_database(FnCall *call) {
    const char *name;
    TRY(database_name(call_catalog(call), session_database(call_catalog(call)), &name));
    return give_text(call, name);
}

static Status fn_current_schema(FnCall *call) {
    const SearchPath *path;
    const char *name = NULL;
    TRY(session_creation_path(call_catalog(call), &path));
    for (uint32_t i = 0; i < path->count && name == NULL; i++) {
        Oid nsp = path->namespaces[i];
        if ((nsp == OID_NAMESPACE_CATALOG && path->catalog_implicit) ||
            (i == 0 && path->temp_implicit))
            continue;
        TRY(namespace_name(call_catalog(call), nsp, &name));
    }
    return give_text(call, name);
}

static Status fn_current_schemas(FnCall *call) {
    const SearchPath *path;
    TRY(session_creation_path(call_catalog(call), &path));
    Datum *names = arena_array(call->arena, Datum, path->count + 1u);
    uint32_t count = 0;
    for (uint32_t i = 0; i < path->count; i++) {
        Oid nsp = path->namespaces[i];
        const char *name;
        if (!call->args[0].b && ((nsp == OID_NAMESPACE_CATALOG && path->catalog_implicit) ||
                                 (i == 0 && path->temp_implicit)))
            continue;
        TRY(namespace_name(call_catalog(call), nsp, &name));
        if (name != NULL)
            names[count++] = datum_cstr(name);
    }
    return array_build_1d(call->arena, OID_NAME, PHYS_STR, names, NULL, count, &call->result);
}

static Status fn_my_temp_schema(FnCall *call) {
    Oid nsp;
    TRY(session_temp_namespace(call_catalog(call), false, &nsp));
    return give_oid(call, nsp);
}
static Status fn_is_other_temp_schema(FnCall *call) {
    bool any, own;
    TRY(catalog_is_temp_namespace(call_catalog(call), arg_oid(call, 0), &any, &own));
    return give_bool(call, any && !own);
}

static Status fn_typeof(FnCall *call) { return give_oid(call, call->site->arg_types[0]); }

static const FnEntry entries[] = {
    SYSFUNC_LAX(1619, "pg_typeof", fn_typeof),
    SYSFUNC_LAX(1081, "format_type", fn_format_type),
    SYSFUNC(1642, "pg_get_userbyid", fn_user_by_id),
    SYSFUNC(2079, "pg_table_is_visible", fn_table_visible),
    SYSFUNC(2080, "pg_type_is_visible", fn_type_visible),
    SYSFUNC(2081, "pg_function_is_visible", fn_function_visible),
    SYSFUNC(2082, "pg_operator_is_visible", fn_operator_visible),
    SYSFUNC(2083, "pg_opclass_is_visible", fn_opclass_visible),
    SYSFUNC(3829, "pg_opfamily_is_visible", fn_opfamily_visible),
    SYSFUNC(1349, "oidvectortypes", fn_oid_vector_types),
    SYSFUNC(3815, "pg_collation_is_visible", fn_collation_visible),
    SYSFUNC(2093, "pg_conversion_is_visible", fn_conversion_visible),
    SYSFUNC(3403, "pg_statistics_obj_is_visible", fn_statistics_visible),
    SYSFUNC(3756, "pg_ts_parser_is_visible", fn_ts_parser_visible),
    SYSFUNC(3757, "pg_ts_dict_is_visible", fn_ts_dict_visible),
    SYSFUNC(3768, "pg_ts_template_is_visible", fn_ts_template_visible),
    SYSFUNC(3758, "pg_ts_config_is_visible", fn_ts_config_visible),
    SYSFUNC(1215, "obj_description", fn_obj_description),
    SYSFUNC(1993, "shobj_description", fn_obj_description),
    SYSFUNC(1348, "obj_description_any", fn_obj_description_any),
    SYSFUNC(1216, "col_description", fn_col_description),
    SYSFUNC(3495, "to_regclass", fn_to_regclass),
    SYSFUNC(3493, "to_regtype", fn_to_regtype),
    SYSFUNC(3494, "to_regproc", fn_to_regproc),
    SYSFUNC(3479, "to_regprocedure", fn_to_regprocedure),
    SYSFUNC(3492, "to_regoper", fn_to_regoper),
    SYSFUNC(3476, "to_regoperator", fn_to_regoperator),
    SYSFUNC(4086, "to_regnamespace", fn_to_regnamespace),
    SYSFUNC(4093, "to_regrole", fn_to_regrole),
    SYSFUNC(4195, "to_regcollation", fn_to_regcollation),
    SYSFUNC(710, "current_user", fn_current_user),
    SYSFUNC(745, "current_user", fn_current_user),
    SYSFUNC(746, "session_user", fn_session_user),
    SYSFUNC(861, "current_database", fn_current_database),
    SYSFUNC(1402, "current_schema", fn_current_schema),
    SYSFUNC(1403, "current_schemas", fn_current_schemas),
    SYSFUNC(2854, "pg_my_temp_schema", fn_my_temp_schema),
    SYSFUNC(2855, "pg_is_other_temp_schema", fn_is_other_temp_schema),
};

void sysfuncs_name_register(void) {
    fn_register(entries, ARRAY_LEN(entries));
    type_name_set_check(check_type_name);
}

void sysfuncs_register(void) {
    sysfuncs_name_register();
    domain_check_register();
    sysfuncs_acl_register();
    sysfuncs_relation_register();
    sysfuncs_object_register();
    sysfuncs_address_register();
    sysfuncs_stat_register();
    function_stats_register();
    sysfuncs_index_register();
    sysfuncs_search_register();
    sysfuncs_deparse_register();
    sysfuncs_value_register();
    sysfuncs_large_object_register();
    sysfuncs_admin_register();
    sysfuncs_replication_register();
    sysfuncs_xml_register();
    sysfuncs_statistics_register();
}
