/* sysfuncs_address.c: pg_get_object_address: objects by kind, names and arguments; and back. */
#include "executor/sysfuncs_int.h"

#include "executor/ddl_int.h"
#include "planner/parser.h"

/* Kinds beyond those that statements name. */
typedef enum SpecialKind {
    NOT_SPECIAL,
    SPECIAL_NONE, /* has a name, but is not found by it */
    SPECIAL_DEFAULT,
    SPECIAL_USER_MAPPING,
    SPECIAL_DEFAULT_ACL,
    SPECIAL_AMOP,
    SPECIAL_AMPROC,
    SPECIAL_PUBLICATION_SCHEMA,
    SPECIAL_PUBLICATION_TABLE,
    SPECIAL_PARAMETER
} SpecialKind;

typedef struct KindName {
    const char *name;
    AstObjectKind kind;
    SpecialKind special;
} KindName;
static const KindName kinds[] = {
    {"table", AST_OBJECT_TABLE, 0},
    {"index", AST_OBJECT_INDEX, 0},
    {"sequence", AST_OBJECT_SEQUENCE, 0},
    {"toast table", 0, SPECIAL_NONE},
    {"view", AST_OBJECT_VIEW, 0},
    {"materialized view", AST_OBJECT_MATVIEW, 0},
    {"composite type", 0, SPECIAL_NONE},
    {"foreign table", AST_OBJECT_FOREIGN_TABLE, 0},
    {"table column", AST_OBJECT_COLUMN, 0},
    {"index column", 0, SPECIAL_NONE},
    {"sequence column", 0, SPECIAL_NONE},
    {"toast table column", 0, SPECIAL_NONE},
    {"view column", 0, SPECIAL_NONE},
    {"materialized view column", 0, SPECIAL_NONE},
    {"composite type column", 0, SPECIAL_NONE},
    {"foreign table column", AST_OBJECT_COLUMN, 0},
    {"aggregate", AST_OBJECT_AGGREGATE, 0},
    {"function", AST_OBJECT_FUNCTION, 0},
    {"procedure", AST_OBJECT_PROCEDURE, 0},
    {"type", AST_OBJECT_TYPE, 0},
    {"cast", AST_OBJECT_CAST, 0},
    {"collation", AST_OBJECT_COLLATION, 0},
    {"table constraint", AST_OBJECT_TABLE_CONSTRAINT, 0},
    {"domain constraint", AST_OBJECT_DOMAIN_CONSTRAINT, 0},
    {"conversion", AST_OBJECT_CONVERSION, 0},
    {"default value", 0, SPECIAL_DEFAULT},
    {"language", AST_OBJECT_LANGUAGE, 0},
    {"large object", AST_OBJECT_LARGE_OBJECT, 0},
    {"operator", AST_OBJECT_OPERATOR, 0},
    {"operator class", AST_OBJECT_OP_CLASS, 0},
    {"operator family", AST_OBJECT_OP_FAMILY, 0},
    {"access method", AST_OBJECT_ACCESS_METHOD, 0},
    {"operator of access method", 0, SPECIAL_AMOP},
    {"function of access method", 0, SPECIAL_AMPROC},
    {"rule", AST_OBJECT_RULE, 0},
    {"trigger", AST_OBJECT_TRIGGER, 0},
    {"schema", AST_OBJECT_SCHEMA, 0},
    {"text search parser", AST_OBJECT_TS_PARSER, 0},
    {"text search dictionary", AST_OBJECT_TS_DICTIONARY, 0},
    {"text search template", AST_OBJECT_TS_TEMPLATE, 0},
    {"text search configuration", AST_OBJECT_TS_CONFIGURATION, 0},
    {"role", AST_OBJECT_ROLE, 0},
    {"database", AST_OBJECT_DATABASE, 0},
    {"tablespace", AST_OBJECT_TABLESPACE, 0},
    {"foreign-data wrapper", AST_OBJECT_FDW, 0},
    {"server", AST_OBJECT_FOREIGN_SERVER, 0},
    {"user mapping", 0, SPECIAL_USER_MAPPING},
    {"default acl", 0, SPECIAL_DEFAULT_ACL},
    {"extension", AST_OBJECT_EXTENSION, 0},
    {"event trigger", AST_OBJECT_EVENT_TRIGGER, 0},
    {"parameter ACL", 0, SPECIAL_PARAMETER},
    {"policy", AST_OBJECT_POLICY, 0},
    {"publication", AST_OBJECT_PUBLICATION, 0},
    {"publication namespace", 0, SPECIAL_PUBLICATION_SCHEMA},
    {"publication relation", 0, SPECIAL_PUBLICATION_TABLE},
    {"subscription", AST_OBJECT_SUBSCRIPTION, 0},
    {"transform", AST_OBJECT_TRANSFORM, 0},
    {"statistics object", AST_OBJECT_STATISTICS, 0},
};

typedef struct Wanted {
    Ddl ddl;
    const KindName *kind;
    StrList names, args;
    AstTypeName *type; /* where the one name is a type's */
} Wanted;

static Status invalid(const char *fmt, int n) { return error(ERR_INVALID_PARAMETER_VALUE, fmt, n); }

/* ---- reading the arguments ---- */

static Status read_texts(FnCall *call, int at, StrList *out) {
    ArrayView view;
    uint32_t count;
    TRY(array_view(call->args[at].str, &view));
    for (uint32_t i = 0; i < view.elem_count; i++)
        if (array_is_null(&view, i))
            return error(ERR_INVALID_PARAMETER_VALUE,
                         "name or argument lists may not contain nulls");
    const char *const *items = row_get_texts(call->arena, call->args[at], &count);
    for (uint32_t i = 0; i < count; i++)
        str_list_add(call->arena, out, items[i]);
    return STATUS_OK;
}

static bool named_by_type(const KindName *kind) {
    return !kind->special && (kind->kind == AST_OBJECT_TYPE || kind->kind == AST_OBJECT_DOMAIN ||
                              kind->kind == AST_OBJECT_CAST || kind->kind == AST_OBJECT_TRANSFORM ||
                              kind->kind == AST_OBJECT_DOMAIN_CONSTRAINT);
}

/* Names that are no list. */
static bool named_by_one(const KindName *kind) {
    static const AstObjectKind one[] = {
        AST_OBJECT_ACCESS_METHOD, AST_OBJECT_DATABASE,     AST_OBJECT_EVENT_TRIGGER,
        AST_OBJECT_EXTENSION,     AST_OBJECT_FDW,          AST_OBJECT_FOREIGN_SERVER,
        AST_OBJECT_LANGUAGE,      AST_OBJECT_PUBLICATION,  AST_OBJECT_ROLE,
        AST_OBJECT_SCHEMA,        AST_OBJECT_SUBSCRIPTION, AST_OBJECT_TABLESPACE,
        AST_OBJECT_LARGE_OBJECT};
    for (size_t i = 0; i < ARRAY_LEN(one) && !kind->special; i++)
        if (one[i] == kind->kind)
            return true;
    return kind->special == SPECIAL_PARAMETER;
}

static Status check_counts(const Wanted *w) {
    SpecialKind special = w->kind->special;
    AstObjectKind kind = w->kind->kind;
    uint32_t names = w->names.count, args = w->args.count;
    if (named_by_type(w->kind) && names != 1)
        return invalid("name list length must be exactly %d", 1);
    if (names < 1)
        return invalid("name list length must be at least %d", 1);
    if ((special == SPECIAL_PUBLICATION_SCHEMA || special == SPECIAL_USER_MAPPING) && names != 1)
        return invalid("name list length must be exactly %d", 1);
    bool one_arg = special == SPECIAL_PUBLICATION_SCHEMA || special == SPECIAL_USER_MAPPING ||
                   special == SPECIAL_PUBLICATION_TABLE || special == SPECIAL_DEFAULT_ACL ||
                   (named_by_type(w->kind) && kind != AST_OBJECT_TYPE && kind != AST_OBJECT_DOMAIN);
    if (one_arg && args != 1)
        return invalid("argument list length must be exactly %d", 1);
    if (!special && (kind == AST_OBJECT_OP_CLASS || kind == AST_OBJECT_OP_FAMILY) && names < 2)
        return invalid("name list length must be at least %d", 2);
    bool member = special == SPECIAL_AMOP || special == SPECIAL_AMPROC;
    if (member && names < 3)
        return invalid("name list length must be at least %d", 3);
    if ((member || (!special && kind == AST_OBJECT_OPERATOR)) && args != 2)
        return invalid("argument list length must be exactly %d", 2);
    return named_by_one(w->kind) && names != 1 ? invalid("name list length must be exactly %d", 1)
                                               : STATUS_OK;
}

static Status read_type(Wanted *w, const char *text, AstTypeName **out) {
    return parse_type_name(w->ddl.arena, text, strlen(text), out);
}

/* ---- what statements can name, too ---- */

static Status find_plain(Wanted *w, ObjectAddress *out) {
    Arena *arena = w->ddl.arena;
    AstObject *object = AST_NEW(arena, AstObject, AST_OBJECT, -1);
    DdlObject found;
    object->kind = w->kind->kind;
    object->name = w->names;
    object->direct_args = -1;
    object->type = w->type;
    switch (object->kind) {
    case AST_OBJECT_CAST:
    case AST_OBJECT_FUNCTION:
    case AST_OBJECT_PROCEDURE:
    case AST_OBJECT_AGGREGATE:
    case AST_OBJECT_OPERATOR:
        object->params_given = true;
        for (uint32_t i = 0; i < w->args.count; i++) {
            AstTypeName *type;
            TRY(read_type(w, w->args.items[i], &type));
            ast_list_add(arena, &object->params, (Ast *)type);
            object->type2 = type;
        }
        break;
    case AST_OBJECT_DOMAIN_CONSTRAINT:
    case AST_OBJECT_TRANSFORM:
        object->sub_name = w->args.items[0];
        break;
    case AST_OBJECT_OP_CLASS:
    case AST_OBJECT_OP_FAMILY:
        object->sub_name = w->names.items[0];
        object->name = (StrList){0};
        for (uint32_t i = 1; i < w->names.count; i++)
            str_list_add(arena, &object->name, w->names.items[i]);
        break;
    case AST_OBJECT_RULE:
    case AST_OBJECT_TRIGGER:
    case AST_OBJECT_POLICY:
    case AST_OBJECT_TABLE_CONSTRAINT:
        if (w->names.count < 2)
            return error(ERR_SYNTAX_ERROR, "must specify relation and object name");
        object->sub_name = str_list_last(&w->names);
        object->name.count--;
        break;
    case AST_OBJECT_LARGE_OBJECT: {
        Datum oid;
        TRY(type_input_text(&w->ddl.session->env, arena, OID_OID, -1,
                            str_from_cstr(w->names.items[0]), &oid));
        break;
    }
    default:
        break;
    }
    TRY(ddl_object(&w->ddl, object, LOCK_ACCESS_SHARE, false, &found));
    *out = found.address;
    return STATUS_OK;
}

/* ---- the others ---- */

static Status missing(const char *text) { return error(ERR_UNDEFINED_OBJECT, "%s", text); }

static Status find_row(Wanted *w, Oid index, const Datum *keys, uint32_t count, int oid_column,
                       Oid *oid_out) {
    CatalogRow *row = arena_new(w->ddl.arena, CatalogRow);
    bool found;
    TRY(catalog_find(w->ddl.catalog, index, keys, count, w->ddl.arena, row, &found));
    *oid_out = found ? row_oid(row, oid_column) : OID_INVALID;
    return STATUS_OK;
}

static Status find_default(Wanted *w, ObjectAddress *out) {
    const RelationDesc *relation;
    if (w->names.count < 2)
        return error(ERR_SYNTAX_ERROR, "column name must be qualified");
    StrList holder = w->names;
    holder.count--;
    AstRangeVar var = ddl_range_var(&holder);
    TRY(ddl_relation(&w->ddl, &var, LOCK_ACCESS_SHARE, false, &relation));
    const char *name = str_list_last(&w->names);
    const ColumnDesc *column = relation_column(relation, name);
    *out = object_address(PG_ATTRDEF, OID_INVALID, 0);
    if (column != NULL) {
        Datum keys[2] = {datum_oid(relation->oid), {.i16 = column->attnum}};
        TRY(find_row(w, PG_ATTRDEF_ADRELID_ADNUM_INDEX, keys, 2, PG_ATTRDEF_OID, &out->object));
    }
    return out->object != OID_INVALID
               ? STATUS_OK
               : error(ERR_UNDEFINED_COLUMN,
                       "default value for column \"%s\" of relation \"%s\" does not exist", name,
                       str_list_join(w->ddl.arena, &holder));
}

static Status server_by_name(Wanted *w, const char *name, Oid *oid_out) {
    CatalogRow row;
    bool found;
    Datum key = datum_cstr(name);
    TRY(catalog_find(w->ddl.catalog, PG_FOREIGN_SERVER_NAME_INDEX, &key, 1, w->ddl.arena, &row,
                     &found));
    *oid_out = found ? row_oid(&row, PG_FOREIGN_SERVER_OID) : OID_INVALID;
    return STATUS_OK;
}

static Status find_user_mapping(Wanted *w, ObjectAddress *out) {
    const char *user = w->names.items[0], *server = w->args.items[0];
    Oid role = OID_INVALID, server_oid;
    bool public = strcmp(user, "public") == 0;
    *out = object_address(PG_USER_MAPPING, OID_INVALID, 0);
    if (!public)
        TRY(role_by_name(w->ddl.catalog, user, true, &role));
    TRY(server_by_name(w, server, &server_oid));
    if (server_oid == OID_INVALID)
        return error(ERR_UNDEFINED_OBJECT, "server \"%s\" does not exist", server);
    Datum keys[2] = {datum_oid(role), datum_oid(server_oid)};
    if (public || role != OID_INVALID)
        TRY(find_row(w, PG_USER_MAPPING_USER_SERVER_INDEX, keys, 2, PG_USER_MAPPING_OID,
                     &out->object));
    return out->object != OID_INVALID
               ? STATUS_OK
               : error(ERR_UNDEFINED_OBJECT,
                       "user mapping for user \"%s\" on server \"%s\" does not exist", user,
                       server);
}

static Status find_default_acl(Wanted *w, ObjectAddress *out) {
    static const char letters[] = "rSfTn";
    static const char *const words[] = {"tables", "sequences", "functions", "types", "schemas"};
    char letter = w->args.items[0][0];
    const char *at = letter == '\0' ? NULL : strchr(letters, letter);
    const char *role = w->names.items[0];
    const char *schema = w->names.count > 1 ? w->names.items[1] : NULL;
    Oid role_oid = OID_INVALID, nsp = OID_INVALID;
    if (at == NULL)
        return status_hint(error(ERR_INVALID_PARAMETER_VALUE,
                                 "unrecognized default ACL object type \"%c\"", letter),
                           "Valid object types are \"r\", \"S\", \"f\", \"T\", \"n\".");
    *out = object_address(PG_DEFAULT_ACL, OID_INVALID, 0);
    TRY(role_by_name(w->ddl.catalog, role, true, &role_oid));
    if (schema != NULL)
        TRY(namespace_by_name(w->ddl.catalog, schema, true, &nsp));
    Datum keys[3] = {datum_oid(role_oid), datum_oid(nsp), {.byte = (uint8_t)letter}};
    if (role_oid != OID_INVALID && (schema == NULL || nsp != OID_INVALID))
        TRY(find_row(w, PG_DEFAULT_ACL_ROLE_NSP_OBJ_INDEX, keys, 3, PG_DEFAULT_ACL_OID,
                     &out->object));
    if (out->object != OID_INVALID)
        return STATUS_OK;
    const char *word = words[at - letters];
    return missing(schema != NULL
                       ? arena_printf(w->ddl.arena,
                                      "default ACL for user \"%s\" in schema \"%s\" on %s does not "
                                      "exist",
                                      role, schema, word)
                       : arena_printf(w->ddl.arena,
                                      "default ACL for user \"%s\" on %s does not exist", role,
                                      word));
}

/* Operators and functions of a family: am, the family's name, a number; two types. */
static Status find_member(Wanted *w, bool oper, ObjectAddress *out) {
    Oid am, family, types[2];
    AstTypeName *type;
    StrList name = {0};
    const char *schema, *last, *family_text;
    Datum number;
    for (uint32_t i = 1; i + 1 < w->names.count; i++)
        str_list_add(w->ddl.arena, &name, w->names.items[i]);
    TRY(am_by_name(w->ddl.catalog, w->names.items[0], 'i', false, &am));
    TRY(ddl_qualified(&w->ddl, &name, &schema, &last));
    TRY(opfamily_by_name(w->ddl.catalog, am, schema, last, false, &family));
    TRY(type_input_text(&w->ddl.session->env, w->ddl.arena, OID_INT4, -1,
                        str_from_cstr(str_list_last(&w->names)), &number));
    for (int i = 0; i < 2; i++) {
        TRY(read_type(w, w->args.items[i], &type));
        TRY(ddl_type(&w->ddl, type, false, &types[i]));
    }
    Datum keys[4] = {
        datum_oid(family), datum_oid(types[0]), datum_oid(types[1]), {.i16 = (int16_t)number.i32}};
    *out = object_address(oper ? PG_AMOP : PG_AMPROC, OID_INVALID, 0);
    TRY(find_row(w, oper ? PG_AMOP_FAM_STRAT_INDEX : PG_AMPROC_FAM_PROC_INDEX, keys, 4,
                 oper ? PG_AMOP_OID : PG_AMPROC_OID, &out->object));
    if (out->object != OID_INVALID)
        return STATUS_OK;
    TRY(object_describe(w->ddl.catalog, w->ddl.arena, object_address(PG_OPFAMILY, family, 0), false,
                        &family_text));
    return error(ERR_UNDEFINED_OBJECT, "%s %d (%s, %s) of %s does not exist",
                 oper ? "operator" : "function", number.i32, w->args.items[0], w->args.items[1],
                 family_text);
}

static Status find_published(Wanted *w, bool schema, ObjectAddress *out) {
    const char *publication = w->args.items[0], *name = str_list_last(&w->names);
    const RelationDesc *relation = NULL;
    Oid member, pub;
    if (schema) {
        TRY(namespace_by_name(w->ddl.catalog, name, false, &member));
    } else {
        AstRangeVar var = ddl_range_var(&w->names);
        TRY(ddl_relation(&w->ddl, &var, LOCK_ACCESS_SHARE, false, &relation));
        member = relation->oid;
    }
    Datum key = datum_cstr(publication);
    TRY(find_row(w, PG_PUBLICATION_PUBNAME_INDEX, &key, 1, PG_PUBLICATION_OID, &pub));
    if (pub == OID_INVALID)
        return error(ERR_UNDEFINED_OBJECT, "publication \"%s\" does not exist", publication);
    Datum keys[2] = {datum_oid(member), datum_oid(pub)};
    *out = object_address(schema ? PG_PUBLICATION_NAMESPACE : PG_PUBLICATION_REL, OID_INVALID, 0);
    TRY(find_row(w,
                 schema ? PG_PUBLICATION_NAMESPACE_PNNSPID_PNPUBID_INDEX
                        : PG_PUBLICATION_REL_PRRELID_PRPUBID_INDEX,
                 keys, 2, schema ? PG_PUBLICATION_NAMESPACE_OID : PG_PUBLICATION_REL_OID,
                 &out->object));
    return out->object != OID_INVALID
               ? STATUS_OK
               : error(ERR_UNDEFINED_OBJECT,
                       "publication %s \"%s\" in publication \"%s\" does not exist",
                       schema ? "schema" : "relation", schema ? name : relation->name, publication);
}

static Status find_parameter(Wanted *w, ObjectAddress *out) {
    Datum key = datum_cstr(w->names.items[0]);
    *out = object_address(PG_PARAMETER_ACL, OID_INVALID, 0);
    TRY(find_row(w, PG_PARAMETER_ACL_PARNAME_INDEX, &key, 1, PG_PARAMETER_ACL_OID, &out->object));
    return out->object != OID_INVALID
               ? STATUS_OK
               : error(ERR_UNDEFINED_OBJECT, "parameter ACL \"%s\" does not exist",
                       w->names.items[0]);
}

static Status find(Wanted *w, ObjectAddress *out) {
    switch (w->kind->special) {
    case SPECIAL_DEFAULT:
        return find_default(w, out);
    case SPECIAL_USER_MAPPING:
        return find_user_mapping(w, out);
    case SPECIAL_DEFAULT_ACL:
        return find_default_acl(w, out);
    case SPECIAL_AMOP:
    case SPECIAL_AMPROC:
        return find_member(w, w->kind->special == SPECIAL_AMOP, out);
    case SPECIAL_PUBLICATION_SCHEMA:
    case SPECIAL_PUBLICATION_TABLE:
        return find_published(w, w->kind->special == SPECIAL_PUBLICATION_SCHEMA, out);
    case SPECIAL_PARAMETER:
        return find_parameter(w, out);
    default:
        return find_plain(w, out);
    }
}

static Status fn_object_address(FnCall *call) {
    Session *session = call->site->env->session;
    Wanted w = {.ddl = {.session = session, .catalog = session->catalog, .arena = call->arena}};
    const char *name = arg_text(call, 0);
    ObjectAddress address;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            w.kind = &kinds[i];
    if (w.kind == NULL)
        return error(ERR_INVALID_PARAMETER_VALUE, "unrecognized object type \"%s\"", name);
    if (w.kind->special == SPECIAL_NONE)
        return error(ERR_INVALID_PARAMETER_VALUE, "unsupported object type \"%s\"", name);
    TRY(read_texts(call, 1, &w.names));
    TRY(read_texts(call, 2, &w.args));
    TRY(check_counts(&w));
    if (named_by_type(w.kind))
        TRY(read_type(&w, w.names.items[0], &w.type));
    TRY(find(&w, &address));
    static const Oid types[] = {OID_OID, OID_OID, OID_INT4};
    static const PhysType phys[] = {PHYS_I32, PHYS_I32, PHYS_I32};
    Datum values[] = {datum_oid(address.class_id), datum_oid(address.object),
                      datum_i32(address.sub)};
    return record_build(call->arena, OID_RECORD, -1, 3, types, phys, values, NULL, &call->result);
}

static Status fn_identify_as_address(FnCall *call) {
    static const Oid types[] = {OID_TEXT, OID_TEXT_ARRAY, OID_TEXT_ARRAY};
    static const PhysType phys[] = {PHYS_STR, PHYS_STR, PHYS_STR};
    ObjectAddress object = object_address(arg_oid(call, 0), arg_oid(call, 1), call->args[2].i32);
    ObjectIdentity identity;
    const char *type;
    TRY(object_identity(call_catalog(call), call->arena, object, &identity));
    TRY(object_type_text(call_catalog(call), call->arena, object, &type));
    bool nulls[3] = {type == NULL, identity.identity == NULL, identity.identity == NULL};
    Datum values[3] = {{.i64 = 0}};
    if (type != NULL)
        values[0] = datum_cstr(type);
    if (identity.identity != NULL) {
        values[1] = row_text_array(call->arena, identity.names, identity.name_count);
        values[2] = row_text_array(call->arena, identity.args, identity.arg_count);
    }
    return record_build(call->arena, OID_RECORD, -1, 3, types, phys, values, nulls, &call->result);
}

static const FnEntry entries[] = {
    SYSFUNC(3954, "pg_get_object_address", fn_object_address),
    SYSFUNC(3382, "pg_identify_object_as_address", fn_identify_as_address),
};

void sysfuncs_address_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
