/* describe.c: what an object is called: pg_describe_object and pg_identify_object. */
#include "catalog/catalog_int.h"

typedef struct Say {
    CatalogSession *session;
    Arena *arena;
    StrBuf buf;
    CatalogRow *row; /* the object's */
} Say;

static const char *say_name(Say *say, int column) { return row_name(say->row, column, say->arena); }

/* Name, with its schema where it is not visible. */
static Status say_visible(Say *say, Oid class_id, Oid object, int name_column, int nsp_column) {
    bool visible, found;
    const char *schema = NULL;
    TRY(object_is_visible(say->session, class_id, object, &visible, &found));
    if (!visible)
        TRY(namespace_name(say->session, row_oid(say->row, nsp_column), &schema));
    strbuf_puts(&say->buf,
                quote_qualified(say->session, say->arena, schema, say_name(say, name_column)));
    return STATUS_OK;
}

static const char *relation_kind_word(char kind) {
    switch (kind) {
    case 'r':
    case 'p':
        return "table";
    case 'i':
    case 'I':
        return "index";
    case 'S':
        return "sequence";
    case 't':
        return "toast table";
    case 'v':
        return "view";
    case 'm':
        return "materialized view";
    case 'c':
        return "composite type";
    case 'f':
        return "foreign table";
    default:
        return "relation";
    }
}

static Status say_relation(Say *say, Oid relation) {
    const RelationDesc *rel;
    bool visible, found;
    TRY(catalog_relation(say->session, relation, &rel));
    if (rel == NULL) {
        strbuf_printf(&say->buf, "relation %u", relation);
        return STATUS_OK;
    }
    TRY(object_is_visible(say->session, PG_CLASS, relation, &visible, &found));
    strbuf_printf(
        &say->buf, "%s %s", relation_kind_word(rel->kind),
        quote_qualified(say->session, say->arena, visible ? NULL : rel->nsp_name, rel->name));
    return STATUS_OK;
}

static Status say_type(Say *say, Oid type) {
    const char *text;
    TRY(format_type_brief(say->session, say->arena, type, &text));
    strbuf_puts(&say->buf, text);
    return STATUS_OK;
}

static Status say_role(Say *say, Oid role) {
    const char *name;
    TRY(role_name(say->session, role, &name));
    strbuf_puts(&say->buf, name != NULL ? name : "?");
    return STATUS_OK;
}

static Status say_class(Say *say, ObjectAddress object) {
    if (object.sub == 0)
        return say_relation(say, object.object);
    const RelationDesc *rel;
    TRY(catalog_relation(say->session, object.object, &rel));
    const char *name = "?";
    if (rel != NULL && object.sub > 0 && object.sub <= rel->column_count)
        name = rel->columns[object.sub - 1].name;
    strbuf_printf(&say->buf, "column %s of ", name);
    return say_relation(say, object.object);
}

static Status say_family(Say *say, Oid family) {
    const OpfamilyDesc *desc;
    TRY(catalog_opfamily(say->session, family, &desc));
    if (desc == NULL)
        return STATUS_OK;
    const AmDesc *am;
    bool visible, found;
    const char *schema = NULL;
    TRY(catalog_am(say->session, desc->am, &am));
    TRY(object_is_visible(say->session, PG_OPFAMILY, family, &visible, &found));
    if (!visible)
        TRY(namespace_name(say->session, desc->nsp, &schema));
    strbuf_printf(&say->buf, "operator family %s for access method %s",
                  quote_qualified(say->session, say->arena, schema, desc->name),
                  am != NULL ? am->name : "?");
    return STATUS_OK;
}

static Status say_opclass(Say *say, Oid object) {
    const AmDesc *am;
    TRY(catalog_am(say->session, row_oid(say->row, PG_OPCLASS_OPCMETHOD), &am));
    strbuf_puts(&say->buf, "operator class ");
    TRY(say_visible(say, PG_OPCLASS, object, PG_OPCLASS_OPCNAME, PG_OPCLASS_OPCNAMESPACE));
    strbuf_printf(&say->buf, " for access method %s", am != NULL ? am->name : "?");
    return STATUS_OK;
}

static Status say_member(Say *say, bool oper) {
    int number = oper ? PG_AMOP_AMOPSTRATEGY : PG_AMPROC_AMPROCNUM;
    int left = oper ? PG_AMOP_AMOPLEFTTYPE : PG_AMPROC_AMPROCLEFTTYPE;
    strbuf_printf(&say->buf, "%s %d (", oper ? "operator" : "function",
                  say->row->values[number].i16);
    TRY(say_type(say, row_oid(say->row, left)));
    strbuf_puts(&say->buf, ", ");
    TRY(say_type(say, row_oid(say->row, left + 1)));
    strbuf_puts(&say->buf, ") of ");
    TRY(say_family(say, row_oid(say->row, oper ? PG_AMOP_AMOPFAMILY : PG_AMPROC_AMPROCFAMILY)));
    const char *text;
    if (oper)
        TRY(format_operator(say->session, say->arena, row_oid(say->row, PG_AMOP_AMOPOPR), true,
                            false, &text));
    else
        TRY(format_procedure(say->session, say->arena, row_oid(say->row, PG_AMPROC_AMPROC), true,
                             false, &text));
    strbuf_printf(&say->buf, ": %s", text);
    return STATUS_OK;
}

/* "<word> <name> on <relation>" */
static Status say_on(Say *say, const char *word, int name_column, int relation_column) {
    strbuf_printf(&say->buf, "%s %s on ", word, say_name(say, name_column));
    return say_relation(say, row_oid(say->row, relation_column));
}

static Status say_cast(Say *say) {
    strbuf_puts(&say->buf, "cast from ");
    TRY(say_type(say, row_oid(say->row, PG_CAST_CASTSOURCE)));
    strbuf_puts(&say->buf, " to ");
    return say_type(say, row_oid(say->row, PG_CAST_CASTTARGET));
}

static Status say_default_acl(Say *say) {
    static const struct {
        char type;
        const char *words;
    } kinds[] = {{'r', "on new relations "},
                 {'S', "on new sequences "},
                 {'f', "on new functions "},
                 {'T', "on new types "},
                 {'n', "on new schemas "}};
    const char *words = "";
    for (unsigned i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].type == (char)say->row->values[PG_DEFAULT_ACL_DEFACLOBJTYPE].byte)
            words = kinds[i].words;
    strbuf_printf(&say->buf, "default privileges %sbelonging to role ", words);
    TRY(say_role(say, row_oid(say->row, PG_DEFAULT_ACL_DEFACLROLE)));
    Oid nsp = row_oid(say->row, PG_DEFAULT_ACL_DEFACLNAMESPACE);
    if (nsp == 0)
        return STATUS_OK;
    const char *schema;
    TRY(namespace_name(say->session, nsp, &schema));
    strbuf_printf(&say->buf, " in schema %s", schema != NULL ? schema : "?");
    return STATUS_OK;
}

static Status say_user_mapping(Say *say) {
    Oid user = row_oid(say->row, PG_USER_MAPPING_UMUSER);
    CatalogRow *server = row_new(say->arena);
    bool found;
    strbuf_puts(&say->buf, "user mapping for ");
    if (user == 0)
        strbuf_puts(&say->buf, "public");
    else
        TRY(say_role(say, user));
    TRY(object_row(say->session, PG_FOREIGN_SERVER, row_oid(say->row, PG_USER_MAPPING_UMSERVER),
                   say->arena, server, &found));
    strbuf_printf(&say->buf, " on server %s",
                  found ? row_name(server, PG_FOREIGN_SERVER_SRVNAME, say->arena) : "?");
    return STATUS_OK;
}

static Status say_publication_member(Say *say, bool schema) {
    CatalogRow *row = row_new(say->arena);
    bool found;
    if (schema) {
        const char *name;
        TRY(namespace_name(say->session, row_oid(say->row, PG_PUBLICATION_NAMESPACE_PNNSPID),
                           &name));
        strbuf_printf(&say->buf, "publication of schema %s", name != NULL ? name : "?");
    } else {
        strbuf_puts(&say->buf, "publication of ");
        TRY(say_relation(say, row_oid(say->row, PG_PUBLICATION_REL_PRRELID)));
    }
    TRY(object_row(
        say->session, PG_PUBLICATION,
        row_oid(say->row, schema ? PG_PUBLICATION_NAMESPACE_PNPUBID : PG_PUBLICATION_REL_PRPUBID),
        say->arena, row, &found));
    strbuf_printf(&say->buf, " in publication %s",
                  found ? row_name(row, PG_PUBLICATION_PUBNAME, say->arena) : "?");
    return STATUS_OK;
}

/* Kinds that say more than a word and a name; *done_out false for the others. */
static Status say_special(Say *say, ObjectAddress object, bool *done_out) {
    const char *text;
    *done_out = true;
    switch (object.class_id) {
    case PG_CLASS:
        return say_class(say, object);
    case PG_PROC:
        TRY(format_procedure(say->session, say->arena, object.object, true, false, &text));
        strbuf_printf(&say->buf, "function %s", text);
        return STATUS_OK;
    case PG_TYPE:
        strbuf_puts(&say->buf, "type ");
        return say_type(say, object.object);
    case PG_CAST:
        return say_cast(say);
    case PG_CONSTRAINT:
        if (row_oid(say->row, PG_CONSTRAINT_CONRELID) != 0)
            return say_on(say, "constraint", PG_CONSTRAINT_CONNAME, PG_CONSTRAINT_CONRELID);
        strbuf_printf(&say->buf, "constraint %s", say_name(say, PG_CONSTRAINT_CONNAME));
        return STATUS_OK;
    case PG_ATTRDEF:
        strbuf_puts(&say->buf, "default value for ");
        return say_class(say, object_address(PG_CLASS, row_oid(say->row, PG_ATTRDEF_ADRELID),
                                             say->row->values[PG_ATTRDEF_ADNUM].i16));
    case PG_LARGEOBJECT:
        strbuf_printf(&say->buf, "large object %u", object.object);
        return STATUS_OK;
    case PG_OPERATOR:
        TRY(format_operator(say->session, say->arena, object.object, true, false, &text));
        strbuf_printf(&say->buf, "operator %s", text);
        return STATUS_OK;
    case PG_OPCLASS:
        return say_opclass(say, object.object);
    case PG_OPFAMILY:
        return say_family(say, object.object);
    case PG_AMOP:
    case PG_AMPROC:
        return say_member(say, object.class_id == PG_AMOP);
    case PG_REWRITE:
        return say_on(say, "rule", PG_REWRITE_RULENAME, PG_REWRITE_EV_CLASS);
    case PG_TRIGGER:
        return say_on(say, "trigger", PG_TRIGGER_TGNAME, PG_TRIGGER_TGRELID);
    case PG_POLICY:
        return say_on(say, "policy", PG_POLICY_POLNAME, PG_POLICY_POLRELID);
    case PG_FOREIGN_SERVER:
        strbuf_printf(&say->buf, "server %s", say_name(say, PG_FOREIGN_SERVER_SRVNAME));
        return STATUS_OK;
    case PG_USER_MAPPING:
        return say_user_mapping(say);
    case PG_DEFAULT_ACL:
        return say_default_acl(say);
    case PG_PARAMETER_ACL:
        strbuf_printf(&say->buf, "parameter %s", say_name(say, PG_PARAMETER_ACL_PARNAME));
        return STATUS_OK;
    case PG_PUBLICATION_REL:
    case PG_PUBLICATION_NAMESPACE:
        return say_publication_member(say, object.class_id == PG_PUBLICATION_NAMESPACE);
    case PG_TRANSFORM: {
        const LanguageDesc *language;
        TRY(catalog_language(say->session, row_oid(say->row, PG_TRANSFORM_TRFLANG), &language));
        strbuf_puts(&say->buf, "transform for ");
        TRY(say_type(say, row_oid(say->row, PG_TRANSFORM_TRFTYPE)));
        strbuf_printf(&say->buf, " language %s", language != NULL ? language->name : "?");
        return STATUS_OK;
    }
    default:
        *done_out = false;
        return STATUS_OK;
    }
}

Status relation_has_column(CatalogSession *session, ObjectAddress object, bool *yes_out) {
    const RelationDesc *rel;
    TRY(catalog_relation(session, object.object, &rel));
    *yes_out = rel != NULL && object.sub != 0 && object.sub <= rel->column_count &&
               (object.sub < 0 || !rel->columns[object.sub - 1].dropped);
    return STATUS_OK;
}

Status object_sub_check(ObjectAddress object) {
    if (object.class_id == PG_CLASS || object.sub == 0)
        return STATUS_OK;
    return error(ERR_INTERNAL_ERROR, "invalid non-zero objectSubId for object class %u",
                 object.class_id);
}

Status object_describe(CatalogSession *session, Arena *arena, ObjectAddress object, bool missing_ok,
                       const char **text_out) {
    const ObjectClass *class = object_class(object.class_id);
    bool found = false, done;
    *text_out = NULL;
    TRY(object_sub_check(object));
    if (class == NULL)
        return error(ERR_INTERNAL_ERROR, "unrecognized object class: %u", object.class_id);
    Say say = {.session = session, .arena = arena, .row = row_new(arena)};
    strbuf_init(&say.buf, arena);
    TRY(object_row(session, object.class_id, object.object, arena, say.row, &found));
    if (!found) {
        if (missing_ok)
            return STATUS_OK;
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for %s %u", class->description,
                     object.object);
    }
    if (object.class_id == PG_CLASS && object.sub != 0 && missing_ok) {
        TRY(relation_has_column(session, object, &found));
        if (!found)
            return STATUS_OK;
    }
    TRY(say_special(&say, object, &done));
    if (!done) {
        strbuf_printf(&say.buf, "%s ", class->description);
        if (class->nsp_column >= 0)
            TRY(say_visible(&say, object.class_id, object.object, class->name_column,
                            class->nsp_column));
        else
            strbuf_puts(&say.buf, say_name(&say, class->name_column));
    }
    *text_out = strbuf_cstr(&say.buf);
    return STATUS_OK;
}

Status object_type_text(CatalogSession *session, Arena *arena, ObjectAddress object,
                        const char **text_out) {
    const ObjectClass *class = object_class(object.class_id);
    *text_out = class != NULL ? class->description : NULL;
    CatalogRow *row = row_new(arena);
    bool found;
    TRY(object_sub_check(object));
    if (class == NULL)
        return error(ERR_INTERNAL_ERROR, "unrecognized object class: %u", object.class_id);
    TRY(object_row(session, object.class_id, object.object, arena, row, &found));
    if (!found && (object.class_id == PG_CLASS || object.class_id == PG_CONSTRAINT))
        *text_out = class->description;
    else if (!found && object.class_id == PG_PROC)
        *text_out = "routine";
    else if (object.class_id == PG_CLASS)
        *text_out = arena_printf(arena, "%s%s",
                                 relation_kind_word((char)row->values[PG_CLASS_RELKIND].byte),
                                 object.sub != 0 ? " column" : "");
    else if (object.class_id == PG_PROC)
        *text_out = row->values[PG_PROC_PROKIND].byte == 'a'   ? "aggregate"
                    : row->values[PG_PROC_PROKIND].byte == 'p' ? "procedure"
                                                               : "function";
    else if (object.class_id == PG_CONSTRAINT)
        *text_out =
            row_oid(row, PG_CONSTRAINT_CONRELID) != 0 ? "table constraint" : "domain constraint";
    else if (object.class_id == PG_FOREIGN_SERVER)
        *text_out = "server";
    else if (object.class_id == PG_DEFAULT_ACL)
        *text_out = "default acl";
    else if (object.class_id == PG_PUBLICATION_REL)
        *text_out = "publication relation";
    else if (object.class_id == PG_PUBLICATION_NAMESPACE)
        *text_out = "publication namespace";
    return STATUS_OK;
}
