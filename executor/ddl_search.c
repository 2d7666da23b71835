/*
 * ddl_search.c: CREATE TEXT SEARCH PARSER, TEMPLATE, DICTIONARY, CONFIGURATION; ALTER of the latter two.
 */
#include "executor/ddl_int.h"

#include "types/ts_option.h"

static const StrList *names_of(Ddl *ddl, const AstOption *option) {
    const Ast *value = option->value;
    if (value != NULL && value->tag == AST_CONST && ((const AstConst *)value)->text != NULL) {
        StrList *names = arena_new(ddl->arena, StrList);
        names->items = arena_array(ddl->arena, const char *, 1);
        names->items[0] = ((const AstConst *)value)->text;
        names->count = 1;
        return names;
    }
    if (value != NULL && value->tag == AST_NAME_LIST)
        return &((const AstNameList *)value)->names;
    return value != NULL && value->tag == AST_TYPE_NAME ? &((const AstTypeName *)value)->names
                                                        : NULL;
}
static Status object_of_option(Ddl *ddl, const AstOption *option, Oid kind, Oid *oid_out) {
    const StrList *names = names_of(ddl, option);
    const char *schema, *name;
    if (names == NULL)
        return error(ERR_SYNTAX_ERROR, "argument of %s must be a name", option->name);
    TRY(ddl_qualified(ddl, names, &schema, &name));
    return text_search_by_name(ddl->catalog, kind, schema, name, false, oid_out);
}
static Status begin_object(Ddl *ddl, const StrList *names, Oid class_id, int name_column,
                           int nsp_column, CatalogRow *row) {
    const char *schema, *name;
    Oid nsp;
    CatalogRow existing = {0};
    bool exists;
    const ObjectClass *class = object_class(class_id);
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(namespace_for_creation(ddl->catalog, schema, &nsp));
    TRY(catalog_find_name(ddl->catalog, class->name_index, name, nsp, ddl->arena, &existing,
                          &exists));
    if (exists) {
        const char *index;
        const char *nsp_text = arena_printf(ddl->arena, "%u", nsp);
        TRY(relation_name(ddl->catalog, class->name_index, &index));
        const CatalogTable *table = catalog_table(class_id);
        Status status = error(ERR_UNIQUE_VIOLATION,
                              "duplicate key value violates unique constraint \"%s\"", index);
        status = status_detail(status, "Key (%s, %s)=(%s, %s) already exists.",
                               table->columns[name_column].name, table->columns[nsp_column].name,
                               name, nsp_text);
        return status_object(status, "pg_catalog", table->name, NULL, NULL, index);
    }
    row->values[name_column] = datum_cstr(name);
    row->values[nsp_column] = datum_oid(nsp);
    return STATUS_OK;
}

/* ---- parsers and templates: functions by role ---- */

typedef struct Method {
    const char *option;
    int column;
    uint32_t arg_count;
    Oid args[4];
    Oid result;
    bool required;
} Method;
static const Method parser_methods[] = {
    {"start", PG_TS_PARSER_PRSSTART, 2, {OID_INTERNAL, OID_INT4}, OID_INTERNAL, true},
    {"gettoken",
     PG_TS_PARSER_PRSTOKEN,
     3,
     {OID_INTERNAL, OID_INTERNAL, OID_INTERNAL},
     OID_INTERNAL,
     true},
    {"end", PG_TS_PARSER_PRSEND, 1, {OID_INTERNAL}, OID_VOID, true},
    {"headline",
     PG_TS_PARSER_PRSHEADLINE,
     3,
     {OID_INTERNAL, OID_INTERNAL, OID_TSQUERY},
     OID_INTERNAL,
     false},
    {"lextypes", PG_TS_PARSER_PRSLEXTYPE, 1, {OID_INTERNAL}, OID_INTERNAL, true},
};
static const Method template_methods[] = {
    {"init", PG_TS_TEMPLATE_TMPLINIT, 1, {OID_INTERNAL}, OID_INTERNAL, false},
    {"lexize",
     PG_TS_TEMPLATE_TMPLLEXIZE,
     4,
     {OID_INTERNAL, OID_INTERNAL, OID_INTERNAL, OID_INTERNAL},
     OID_INTERNAL,
     true},
};

static Status find_method(Ddl *ddl, const AstOption *option, const Method *m, Oid *oid_out) {
    const StrList *names = names_of(ddl, option);
    const char *schema, *name, *signature, *result;
    const ProcDesc *proc;
    if (names == NULL)
        return error(ERR_SYNTAX_ERROR, "argument of %s must be a name", option->name);
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(catalog_proc_exact(ddl->catalog, schema, name, m->args, m->arg_count, oid_out));
    TRY(format_signature(ddl->catalog, ddl->arena, str_list_join(ddl->arena, names), m->args,
                         m->arg_count, &signature));
    if (*oid_out == OID_INVALID)
        return error(ERR_UNDEFINED_FUNCTION, "function %s does not exist", signature);
    TRY(catalog_proc_require(ddl->catalog, *oid_out, &proc));
    if (proc->result == m->result)
        return STATUS_OK;
    TRY(format_type_brief(ddl->catalog, ddl->arena, m->result, &result));
    return error(ERR_INVALID_OBJECT_DEFINITION, "function %s should return type %s", signature,
                 result);
}
static Status create_of_methods(Ddl *ddl, const AstDefine *statement, bool parser) {
    const Method *methods = parser ? parser_methods : template_methods;
    size_t count = parser ? ARRAY_LEN(parser_methods) : ARRAY_LEN(template_methods);
    const char *what = parser ? "parser" : "template";
    Oid class_id = parser ? PG_TS_PARSER : PG_TS_TEMPLATE, oid;
    CatalogRow row = {0};
    AddressList needs = {0};
    bool super;
    TRY(role_is_superuser(ddl->catalog, session_role(ddl->catalog), &super));
    if (!super)
        return error(ERR_INSUFFICIENT_PRIVILEGE, "must be superuser to create text search %ss",
                     what);
    for (size_t i = 0; i < count; i++)
        row.values[methods[i].column] = datum_oid(OID_INVALID);
    AST_FOREACH(AstOption, option, statement->options) {
        size_t i = 0;
        while (i < count && strcmp(option->name, methods[i].option) != 0)
            i++;
        if (i == count)
            return error(ERR_SYNTAX_ERROR, "text search %s parameter \"%s\" not recognized", what,
                         option->name);
        TRY(find_method(ddl, option, &methods[i], &row.values[methods[i].column].u32));
        vec_push(&needs, ddl->arena, object_address(PG_PROC, row.values[methods[i].column].u32, 0));
    }
    for (size_t i = 0; i < count; i++)
        if (methods[i].required && row.values[methods[i].column].u32 == OID_INVALID)
            return error(ERR_INVALID_OBJECT_DEFINITION, "text search %s %s method is required",
                         what, methods[i].option);
    TRY(begin_object(ddl, &statement->name, class_id,
                     parser ? PG_TS_PARSER_PRSNAME : PG_TS_TEMPLATE_TMPLNAME,
                     parser ? PG_TS_PARSER_PRSNAMESPACE : PG_TS_TEMPLATE_TMPLNAMESPACE, &row));
    TRY(object_insert(ddl->catalog, class_id, &row, &oid));
    return depend_record_many(ddl->catalog, object_address(class_id, oid, 0), needs.items,
                              needs.count, DEPEND_NORMAL);
}

/* ---- dictionaries ---- */

static Status dict_option(Ddl *ddl, const AstOption *option, TsOption *out) {
    const AstConst *c = (const AstConst *)option->value;
    out->name = option->name;
    out->bare = option->value != NULL && c->tag == AST_CONST &&
                (c->kind == AST_CONST_INTEGER || c->kind == AST_CONST_FLOAT);
    if (option->value != NULL && option->value->tag == AST_TYPE_NAME) {
        out->value = str_list_join(ddl->arena, &((const AstTypeName *)option->value)->names);
        return STATUS_OK;
    }
    return ddl_option_text(ddl, option, &out->value);
}
static Status check_dict(Ddl *ddl, Oid template, const TsOptions *options) {
    CatalogRow row = {0};
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_TS_TEMPLATE_OID_INDEX, template, ddl->arena, &row,
                         &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for text search template %u",
                     template);
    Oid init = row_oid(&row, PG_TS_TEMPLATE_TMPLINIT);
    if (init == OID_INVALID)
        return options->count == 0
                   ? STATUS_OK
                   : error(ERR_SYNTAX_ERROR, "text search template \"%s\" does not accept options",
                           row_name(&row, PG_TS_TEMPLATE_TMPLNAME, ddl->arena));
    return ts_dict_check(&ddl->session->env, init, options);
}
static void set_options(Ddl *ddl, CatalogRow *row, const TsOptions *options) {
    StrBuf text;
    strbuf_init(&text, ddl->arena);
    ts_options_print(options, &text);
    row->nulls[PG_TS_DICT_DICTINITOPTION] = options->count == 0;
    row->values[PG_TS_DICT_DICTINITOPTION] = datum_str(strbuf_cstr(&text), text.len);
}
static Status create_dictionary(Ddl *ddl, const AstDefine *statement) {
    CatalogRow row = {0};
    Oid template = OID_INVALID, oid;
    VEC(TsOption) list = {0};
    TRY(begin_object(ddl, &statement->name, PG_TS_DICT, PG_TS_DICT_DICTNAME,
                     PG_TS_DICT_DICTNAMESPACE, &row));
    AST_FOREACH(AstOption, option, statement->options) {
        TsOption one;
        if (strcmp(option->name, "template") == 0) {
            TRY(object_of_option(ddl, option, PG_TS_TEMPLATE, &template));
            continue;
        }
        TRY(dict_option(ddl, option, &one));
        vec_push(&list, ddl->arena, one);
    }
    if (template == OID_INVALID)
        return error(ERR_INVALID_OBJECT_DEFINITION, "text search template is required");
    TsOptions options = {list.items, (uint32_t)list.count};
    TRY(check_dict(ddl, template, &options));
    row.values[PG_TS_DICT_DICTOWNER] = datum_oid(session_role(ddl->catalog));
    row.values[PG_TS_DICT_DICTTEMPLATE] = datum_oid(template);
    set_options(ddl, &row, &options);
    TRY(object_insert(ddl->catalog, PG_TS_DICT, &row, &oid));
    return depend_record(ddl->catalog, object_address(PG_TS_DICT, oid, 0),
                         object_address(PG_TS_TEMPLATE, template, 0), DEPEND_NORMAL);
}
/* What a statement changes, owned by the current role. */
static Status own_object(Ddl *ddl, const StrList *names, Oid kind, Oid *oid_out) {
    const char *schema, *name;
    bool owner;
    TRY(ddl_qualified(ddl, names, &schema, &name));
    TRY(text_search_by_name(ddl->catalog, kind, schema, name, false, oid_out));
    TRY(object_lock(ddl->catalog, kind, *oid_out, LOCK_ACCESS_EXCLUSIVE));
    TRY(object_is_owner(ddl->catalog, kind, *oid_out, session_role(ddl->catalog), &owner));
    return owner ? STATUS_OK
                 : error(ERR_INSUFFICIENT_PRIVILEGE, "must be owner of %s %s",
                         object_class(kind)->description, str_list_join(ddl->arena, names));
}
static Status execute_alter_dictionary(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterTsDictionary *statement = (const AstAlterTsDictionary *)call->raw->statement;
    CatalogRow row = {0};
    bool found;
    Oid oid;
    TsOptions old = {0};
    VEC(TsOption) list = {0};
    TRY(own_object(&ddl, &statement->name, PG_TS_DICT, &oid));
    TRY(catalog_find_oid(ddl.catalog, PG_TS_DICT_OID_INDEX, oid, ddl.arena, &row, &found));
    if (!found)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for text search dictionary %u", oid);
    if (!row.nulls[PG_TS_DICT_DICTINITOPTION])
        TRY(ts_options_parse(ddl.arena, row.values[PG_TS_DICT_DICTINITOPTION].str, &old));
    for (uint32_t i = 0; i < old.count; i++) {
        bool replaced = false;
        AST_FOREACH(AstOption, option, statement->options)
            replaced |= strcmp(option->name, old.items[i].name) == 0;
        if (!replaced)
            vec_push(&list, ddl.arena, old.items[i]);
    }
    AST_FOREACH(AstOption, option, statement->options) {
        TsOption one;
        if (option->value == NULL)
            continue;
        TRY(dict_option(&ddl, option, &one));
        vec_push(&list, ddl.arena, one);
    }
    TsOptions options = {list.items, (uint32_t)list.count};
    TRY(check_dict(&ddl, row_oid(&row, PG_TS_DICT_DICTTEMPLATE), &options));
    set_options(&ddl, &row, &options);
    return catalog_update(ddl.catalog, PG_TS_DICT, &row);
}

/* ---- configurations ---- */

static Status map_rows(Ddl *ddl, Oid config, CatalogRow **rows_out, size_t *count_out) {
    Datum key = datum_oid(config);
    return catalog_find_all(ddl->catalog, PG_TS_CONFIG_MAP_INDEX, &key, 1, ddl->arena, rows_out,
                            count_out);
}
/* What the configuration needs: its schema, parser and dictionaries. */
static Status record_needs(Ddl *ddl, Oid config) {
    CatalogRow row = {0}, *rows;
    bool found;
    size_t count;
    AddressList needs = {0};
    ObjectAddress self = object_address(PG_TS_CONFIG, config, 0);
    TRY(depend_delete_of(ddl->catalog, self, true, NULL));
    TRY(catalog_find_oid(ddl->catalog, PG_TS_CONFIG_OID_INDEX, config, ddl->arena, &row, &found));
    TRY(map_rows(ddl, config, &rows, &count));
    vec_push(&needs, ddl->arena,
             object_address(PG_NAMESPACE, row_oid(&row, PG_TS_CONFIG_CFGNAMESPACE), 0));
    vec_push(&needs, ddl->arena,
             object_address(PG_TS_PARSER, row_oid(&row, PG_TS_CONFIG_CFGPARSER), 0));
    for (size_t i = 0; i < count; i++)
        vec_push(&needs, ddl->arena,
                 object_address(PG_TS_DICT, row_oid(&rows[i], PG_TS_CONFIG_MAP_MAPDICT), 0));
    return depend_record_many(ddl->catalog, self, needs.items, needs.count, DEPEND_NORMAL);
}
static Status add_mapping(Ddl *ddl, Oid config, int32_t type, int32_t number, Oid dict) {
    CatalogRow row = {0};
    row.values[PG_TS_CONFIG_MAP_MAPCFG] = datum_oid(config);
    row.values[PG_TS_CONFIG_MAP_MAPTOKENTYPE] = datum_i32(type);
    row.values[PG_TS_CONFIG_MAP_MAPSEQNO] = datum_i32(number);
    row.values[PG_TS_CONFIG_MAP_MAPDICT] = datum_oid(dict);
    return catalog_insert(ddl->catalog, PG_TS_CONFIG_MAP, &row);
}
static Status copy_mappings(Ddl *ddl, Oid from, Oid to) {
    CatalogRow *rows;
    size_t count;
    TRY(map_rows(ddl, from, &rows, &count));
    for (size_t i = 0; i < count; i++)
        TRY(add_mapping(ddl, to, rows[i].values[PG_TS_CONFIG_MAP_MAPTOKENTYPE].i32,
                        rows[i].values[PG_TS_CONFIG_MAP_MAPSEQNO].i32,
                        row_oid(&rows[i], PG_TS_CONFIG_MAP_MAPDICT)));
    return STATUS_OK;
}
static Status create_configuration(Ddl *ddl, const AstDefine *statement) {
    CatalogRow row = {0}, source = {0};
    Oid parser = OID_INVALID, copy = OID_INVALID, oid;
    bool found;
    TRY(begin_object(ddl, &statement->name, PG_TS_CONFIG, PG_TS_CONFIG_CFGNAME,
                     PG_TS_CONFIG_CFGNAMESPACE, &row));
    AST_FOREACH(AstOption, option, statement->options) {
        if (strcmp(option->name, "parser") == 0)
            TRY(object_of_option(ddl, option, PG_TS_PARSER, &parser));
        else if (strcmp(option->name, "copy") == 0)
            TRY(object_of_option(ddl, option, PG_TS_CONFIG, &copy));
        else
            return error(ERR_SYNTAX_ERROR,
                         "text search configuration parameter \"%s\" not recognized", option->name);
    }
    if (parser != OID_INVALID && copy != OID_INVALID)
        return error(ERR_SYNTAX_ERROR, "cannot specify both PARSER and COPY options");
    if (copy != OID_INVALID) {
        TRY(catalog_find_oid(ddl->catalog, PG_TS_CONFIG_OID_INDEX, copy, ddl->arena, &source,
                             &found));
        parser = row_oid(&source, PG_TS_CONFIG_CFGPARSER);
    }
    if (parser == OID_INVALID)
        return error(ERR_INVALID_OBJECT_DEFINITION, "text search parser is required");
    row.values[PG_TS_CONFIG_CFGOWNER] = datum_oid(session_role(ddl->catalog));
    row.values[PG_TS_CONFIG_CFGPARSER] = datum_oid(parser);
    TRY(object_insert(ddl->catalog, PG_TS_CONFIG, &row, &oid));
    if (copy != OID_INVALID)
        TRY(copy_mappings(ddl, copy, oid));
    return record_needs(ddl, oid);
}

typedef struct Mapping {
    Ddl *ddl;
    const AstAlterTsConfig *statement;
    Oid config;
    int32_t *types;
    uint32_t type_count;
    Oid *dicts;
} Mapping;

static Status read_types(Mapping *m) {
    const StrList *names = &m->statement->token_types;
    m->types = arena_array(m->ddl->arena, int32_t, names->count + 1);
    for (uint32_t i = 0; i < names->count; i++) {
        int type = ts_token_type_of(names->items[i]);
        bool seen = false;
        if (type == 0)
            return error(ERR_INVALID_PARAMETER_VALUE, "token type \"%s\" does not exist",
                         names->items[i]);
        for (uint32_t k = 0; k < m->type_count; k++)
            seen |= m->types[k] == type;
        if (!seen)
            m->types[m->type_count++] = type;
    }
    return STATUS_OK;
}
static Status read_dicts(Mapping *m) {
    const AstList *list = &m->statement->dictionaries;
    m->dicts = arena_array(m->ddl->arena, Oid, list->count + 1);
    for (uint32_t i = 0; i < list->count; i++) {
        const char *schema, *name;
        TRY(ddl_qualified(m->ddl, &AST_AT(AstNameList, *list, i)->names, &schema, &name));
        TRY(text_search_by_name(m->ddl->catalog, PG_TS_DICT, schema, name, false, &m->dicts[i]));
    }
    return STATUS_OK;
}
static bool wants_type(const Mapping *m, int32_t type) {
    for (uint32_t i = 0; i < m->type_count; i++)
        if (m->types[i] == type)
            return true;
    return m->type_count == 0;
}
static Status drop_type(Mapping *m, int32_t type, bool *found_out) {
    CatalogRow *rows;
    size_t count;
    Datum keys[2] = {datum_oid(m->config), datum_i32(type)};
    TRY(catalog_find_all(m->ddl->catalog, PG_TS_CONFIG_MAP_INDEX, keys, 2, m->ddl->arena, &rows,
                         &count));
    *found_out = count > 0;
    for (size_t i = 0; i < count; i++)
        TRY(catalog_delete(m->ddl->catalog, PG_TS_CONFIG_MAP, &rows[i]));
    return STATUS_OK;
}
static Status drop_mappings(Mapping *m) {
    for (uint32_t i = 0; i < m->type_count; i++) {
        bool found;
        const char *name = ts_token_type_alias(m->types[i]);
        TRY(drop_type(m, m->types[i], &found));
        if (!found && !m->statement->missing_ok)
            return error(ERR_UNDEFINED_OBJECT, "mapping for token type \"%s\" does not exist",
                         name);
        if (!found)
            ddl_notice(m->ddl, ERR_SUCCESSFUL_COMPLETION,
                       "mapping for token type \"%s\" does not exist, skipping", name);
    }
    return STATUS_OK;
}
static Status replace_dict(Mapping *m) {
    CatalogRow *rows;
    size_t count;
    TRY(map_rows(m->ddl, m->config, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        if (!wants_type(m, rows[i].values[PG_TS_CONFIG_MAP_MAPTOKENTYPE].i32) ||
            row_oid(&rows[i], PG_TS_CONFIG_MAP_MAPDICT) != m->dicts[0])
            continue;
        rows[i].values[PG_TS_CONFIG_MAP_MAPDICT] = datum_oid(m->dicts[1]);
        TRY(catalog_update(m->ddl->catalog, PG_TS_CONFIG_MAP, &rows[i]));
    }
    return STATUS_OK;
}
static Status put_mappings(Mapping *m) {
    uint32_t count = m->statement->dictionaries.count;
    for (uint32_t i = 0; i < m->type_count; i++) {
        bool found;
        if (m->statement->kind == AST_TS_ALTER_MAPPING)
            TRY(drop_type(m, m->types[i], &found));
        for (uint32_t k = 0; k < count; k++)
            TRY(add_mapping(m->ddl, m->config, m->types[i], (int32_t)k + 1, m->dicts[k]));
    }
    return STATUS_OK;
}
static Status execute_alter_configuration(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    Mapping m = {.ddl = &ddl, .statement = (const AstAlterTsConfig *)call->raw->statement};
    TRY(own_object(&ddl, &m.statement->name, PG_TS_CONFIG, &m.config));
    TRY(read_types(&m));
    TRY(read_dicts(&m));
    switch (m.statement->kind) {
    case AST_TS_DROP_MAPPING:
        TRY(drop_mappings(&m));
        break;
    case AST_TS_REPLACE_DICT:
    case AST_TS_REPLACE_DICT_FOR_TOKEN:
        TRY(replace_dict(&m));
        break;
    default:
        TRY(put_mappings(&m));
        break;
    }
    return record_needs(&ddl, m.config);
}

Status ddl_create_search(Ddl *ddl, const AstDefine *statement) {
    switch (statement->kind) {
    case AST_OBJECT_TS_PARSER:
        return create_of_methods(ddl, statement, true);
    case AST_OBJECT_TS_TEMPLATE:
        return create_of_methods(ddl, statement, false);
    case AST_OBJECT_TS_DICTIONARY:
        return create_dictionary(ddl, statement);
    default:
        return create_configuration(ddl, statement);
    }
}

static const UtilityCommand commands[] = {
    {AST_ALTER_TS_DICTIONARY, "ALTER TEXT SEARCH DICTIONARY", UTILITY_WRITES,
     execute_alter_dictionary, NULL},
    {AST_ALTER_TS_CONFIG, "ALTER TEXT SEARCH CONFIGURATION", UTILITY_WRITES,
     execute_alter_configuration, NULL},
};
void ddl_search_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
