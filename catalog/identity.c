/*
 * identity.c: objects by names that hold in any session: every schema written out. Names and arguments
 * are the parts that an address is found by again.
 */
#include "catalog/catalog_int.h"

typedef struct Maker {
    CatalogSession *session;
    Arena *arena;
    CatalogRow *row;
    ObjectIdentity *out;
} Maker;

static void add_name(Maker *m, const char *name) {
    m->out->names[m->out->name_count++] = name != NULL ? name : "";
}
static void add_arg(Maker *m, const char *text) {
    m->out->args[m->out->arg_count++] = text != NULL ? text : "";
}
static const char *column(const Maker *m, int at) { return row_name(m->row, at, m->arena); }
static const char *quoted(const Maker *m, const char *name) {
    return quote_ident(m->session, m->arena, name != NULL ? name : "");
}

static Status schema_of(Maker *m, Oid nsp, const char **out) {
    Oid temp;
    TRY(session_temp_namespace(m->session, false, &temp));
    if (temp != 0 && nsp == temp) {
        *out = "pg_temp";
        return STATUS_OK;
    }
    return namespace_name(m->session, nsp, out);
}

static Status type_text(Maker *m, Oid type, const char **out) {
    return format_type(m->session, m->arena, type, -1,
                       FORMAT_TYPE_ALLOW_INVALID | FORMAT_TYPE_QUALIFY, out);
}

static Status relation_parts(Maker *m, Oid relation, const char **out) {
    const RelationDesc *rel;
    const char *schema;
    TRY(catalog_relation(m->session, relation, &rel));
    if (rel == NULL)
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for relation %u", relation);
    TRY(schema_of(m, rel->nsp, &schema));
    add_name(m, arena_strdup(m->arena, schema));
    add_name(m, arena_strdup(m->arena, rel->name));
    *out = quote_qualified(m->session, m->arena, schema, rel->name);
    return STATUS_OK;
}

static Status column_parts(Maker *m, Oid relation, int32_t attnum, const char **out) {
    const RelationDesc *rel;
    TRY(relation_parts(m, relation, out));
    TRY(catalog_relation(m->session, relation, &rel));
    if (rel == NULL || attnum <= 0 || attnum > rel->column_count)
        return STATUS_OK;
    const char *name = arena_strdup(m->arena, rel->columns[attnum - 1].name);
    *out = arena_printf(m->arena, "%s.%s", *out, quoted(m, name));
    add_name(m, name);
    return STATUS_OK;
}

static Status on_relation(Maker *m, int name_column, int relation_column, const char **out) {
    const char *table, *name = column(m, name_column);
    TRY(relation_parts(m, row_oid(m->row, relation_column), &table));
    *out = arena_printf(m->arena, "%s on %s", quoted(m, name), table);
    add_name(m, name);
    return STATUS_OK;
}

static Status constraint_parts(Maker *m, const char **out) {
    const char *type;
    if (row_oid(m->row, PG_CONSTRAINT_CONRELID) != 0)
        return on_relation(m, PG_CONSTRAINT_CONNAME, PG_CONSTRAINT_CONRELID, out);
    TRY(type_text(m, row_oid(m->row, PG_CONSTRAINT_CONTYPID), &type));
    add_name(m, type);
    add_arg(m, column(m, PG_CONSTRAINT_CONNAME));
    *out = arena_printf(m->arena, "%s on %s", quoted(m, m->out->args[0]), type);
    return STATUS_OK;
}

static Status proc_parts(Maker *m, Oid oid, const char **out) {
    const ProcDesc *proc;
    const char *schema, *type;
    TRY(format_procedure(m->session, m->arena, oid, true, true, out));
    TRY(catalog_proc_require(m->session, oid, &proc));
    TRY(schema_of(m, proc->nsp, &schema));
    add_name(m, arena_strdup(m->arena, schema));
    add_name(m, arena_strdup(m->arena, proc->name));
    m->out->args = arena_array(m->arena, const char *, proc->arg_count + 1u);
    for (uint16_t i = 0; i < proc->arg_count; i++) {
        TRY(type_text(m, proc->arg_types[i], &type));
        add_arg(m, type);
    }
    return STATUS_OK;
}

static Status operator_parts(Maker *m, Oid oid, const char **out) {
    const char *schema, *type;
    const int sides[] = {PG_OPERATOR_OPRLEFT, PG_OPERATOR_OPRRIGHT};
    TRY(format_operator(m->session, m->arena, oid, true, true, out));
    TRY(schema_of(m, row_oid(m->row, PG_OPERATOR_OPRNAMESPACE), &schema));
    add_name(m, arena_strdup(m->arena, schema));
    add_name(m, column(m, PG_OPERATOR_OPRNAME));
    for (int i = 0; i < 2; i++) {
        if (row_oid(m->row, sides[i]) == 0)
            continue;
        TRY(type_text(m, row_oid(m->row, sides[i]), &type));
        add_arg(m, type);
    }
    return STATUS_OK;
}

static Status name_of(Maker *m, Oid class_id, Oid object, int name_column, const char **out) {
    CatalogRow *row = row_new(m->arena);
    bool found;
    TRY(object_row(m->session, class_id, object, m->arena, row, &found));
    *out = found ? row_name(row, name_column, m->arena) : "";
    return STATUS_OK;
}

/* Operator classes and families: "schema.name USING am". */
static Status family_parts(Maker *m, Oid am, Oid nsp, const char *name, const char **out) {
    const char *am_name, *schema;
    TRY(name_of(m, PG_AM, am, PG_AM_AMNAME, &am_name));
    TRY(schema_of(m, nsp, &schema));
    add_name(m, am_name);
    add_name(m, arena_strdup(m->arena, schema));
    add_name(m, name);
    *out = arena_printf(m->arena, "%s USING %s",
                        quote_qualified(m->session, m->arena, schema, name), quoted(m, am_name));
    return STATUS_OK;
}

static Status member_parts(Maker *m, const char *word, Oid family, int number, Oid left, Oid right,
                           const char **out) {
    CatalogRow *row = row_new(m->arena);
    const char *of = "", *a, *b;
    bool found;
    TRY(object_row(m->session, PG_OPFAMILY, family, m->arena, row, &found));
    if (found)
        TRY(family_parts(m, row_oid(row, PG_OPFAMILY_OPFMETHOD),
                         row_oid(row, PG_OPFAMILY_OPFNAMESPACE),
                         row_name(row, PG_OPFAMILY_OPFNAME, m->arena), &of));
    TRY(type_text(m, left, &a));
    TRY(type_text(m, right, &b));
    add_name(m, arena_printf(m->arena, "%d", number));
    add_arg(m, a);
    add_arg(m, b);
    *out = arena_printf(m->arena, "%s %d (%s, %s) of %s", word, number, a, b, of);
    return STATUS_OK;
}

static Status role_text(Maker *m, Oid role, const char **out) {
    *out = "public";
    return role == 0 ? STATUS_OK : name_of(m, PG_AUTHID, role, PG_AUTHID_ROLNAME, out);
}

static Status default_acl_parts(Maker *m, const char **out) {
    static const struct {
        char letter;
        const char *words;
    } kinds[] = {{'r', " on tables"},
                 {'S', " on sequences"},
                 {'f', " on functions"},
                 {'T', " on types"},
                 {'n', " on schemas"}};
    const char *role, *schema = NULL, *words = "";
    char letter = (char)m->row->values[PG_DEFAULT_ACL_DEFACLOBJTYPE].byte;
    Oid nsp = row_oid(m->row, PG_DEFAULT_ACL_DEFACLNAMESPACE);
    TRY(role_text(m, row_oid(m->row, PG_DEFAULT_ACL_DEFACLROLE), &role));
    add_name(m, role);
    if (nsp != 0) {
        TRY(schema_of(m, nsp, &schema));
        schema = arena_strdup(m->arena, schema);
        add_name(m, schema);
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (kinds[i].letter == letter)
            words = kinds[i].words;
    add_arg(m, arena_printf(m->arena, "%c", letter));
    *out = arena_printf(m->arena, "for role %s%s%s%s", quoted(m, role),
                        schema != NULL ? " in schema " : "",
                        schema != NULL ? quoted(m, schema) : "", words);
    return STATUS_OK;
}

static Status pair_parts(Maker *m, ObjectAddress object, const char **out) {
    const char *first, *second;
    switch (object.class_id) {
    case PG_CAST:
        TRY(type_text(m, row_oid(m->row, PG_CAST_CASTSOURCE), &first));
        TRY(type_text(m, row_oid(m->row, PG_CAST_CASTTARGET), &second));
        *out = arena_printf(m->arena, "(%s AS %s)", first, second);
        break;
    case PG_TRANSFORM:
        TRY(type_text(m, row_oid(m->row, PG_TRANSFORM_TRFTYPE), &first));
        TRY(name_of(m, PG_LANGUAGE, row_oid(m->row, PG_TRANSFORM_TRFLANG), PG_LANGUAGE_LANNAME,
                    &second));
        *out = arena_printf(m->arena, "for %s on language %s", first, second);
        break;
    case PG_USER_MAPPING:
        TRY(role_text(m, row_oid(m->row, PG_USER_MAPPING_UMUSER), &first));
        TRY(name_of(m, PG_FOREIGN_SERVER, row_oid(m->row, PG_USER_MAPPING_UMSERVER),
                    PG_FOREIGN_SERVER_SRVNAME, &second));
        *out = arena_printf(m->arena, "%s on server %s", quoted(m, first), second);
        break;
    case PG_PUBLICATION_NAMESPACE:
        TRY(schema_of(m, row_oid(m->row, PG_PUBLICATION_NAMESPACE_PNNSPID), &first));
        first = arena_strdup(m->arena, first);
        TRY(name_of(m, PG_PUBLICATION, row_oid(m->row, PG_PUBLICATION_NAMESPACE_PNPUBID),
                    PG_PUBLICATION_PUBNAME, &second));
        *out = arena_printf(m->arena, "%s in publication %s", first, second);
        break;
    default:
        TRY(relation_parts(m, row_oid(m->row, PG_PUBLICATION_REL_PRRELID), &first));
        TRY(name_of(m, PG_PUBLICATION, row_oid(m->row, PG_PUBLICATION_REL_PRPUBID),
                    PG_PUBLICATION_PUBNAME, &second));
        *out = arena_printf(m->arena, "%s in publication %s", first, second);
        add_arg(m, second);
        return STATUS_OK;
    }
    add_name(m, first);
    add_arg(m, second);
    return STATUS_OK;
}

static bool is_pair(Oid class_id) {
    return class_id == PG_CAST || class_id == PG_TRANSFORM || class_id == PG_USER_MAPPING ||
           class_id == PG_PUBLICATION_NAMESPACE || class_id == PG_PUBLICATION_REL;
}

static Status parts(Maker *m, const ObjectClass *class, ObjectAddress object, const char **out) {
    const CatalogRow *row = m->row;
    const char *schema;
    switch (object.class_id) {
    case PG_CLASS:
        return column_parts(m, object.object, object.sub, out);
    case PG_ATTRDEF:
        TRY(column_parts(m, row_oid(row, PG_ATTRDEF_ADRELID), row->values[PG_ATTRDEF_ADNUM].i16,
                         out));
        *out = arena_printf(m->arena, "for %s", *out);
        return STATUS_OK;
    case PG_PROC:
        return proc_parts(m, object.object, out);
    case PG_OPERATOR:
        return operator_parts(m, object.object, out);
    case PG_TYPE:
        TRY(type_text(m, object.object, out));
        add_name(m, *out);
        return STATUS_OK;
    case PG_CONSTRAINT:
        return constraint_parts(m, out);
    case PG_REWRITE:
        return on_relation(m, PG_REWRITE_RULENAME, PG_REWRITE_EV_CLASS, out);
    case PG_TRIGGER:
        return on_relation(m, PG_TRIGGER_TGNAME, PG_TRIGGER_TGRELID, out);
    case PG_POLICY:
        return on_relation(m, PG_POLICY_POLNAME, PG_POLICY_POLRELID, out);
    case PG_OPCLASS:
        return family_parts(m, row_oid(row, PG_OPCLASS_OPCMETHOD),
                            row_oid(row, PG_OPCLASS_OPCNAMESPACE), column(m, PG_OPCLASS_OPCNAME),
                            out);
    case PG_OPFAMILY:
        return family_parts(m, row_oid(row, PG_OPFAMILY_OPFMETHOD),
                            row_oid(row, PG_OPFAMILY_OPFNAMESPACE), column(m, PG_OPFAMILY_OPFNAME),
                            out);
    case PG_AMOP:
        return member_parts(
            m, "operator", row_oid(row, PG_AMOP_AMOPFAMILY), row->values[PG_AMOP_AMOPSTRATEGY].i16,
            row_oid(row, PG_AMOP_AMOPLEFTTYPE), row_oid(row, PG_AMOP_AMOPRIGHTTYPE), out);
    case PG_AMPROC:
        return member_parts(m, "function", row_oid(row, PG_AMPROC_AMPROCFAMILY),
                            row->values[PG_AMPROC_AMPROCNUM].i16,
                            row_oid(row, PG_AMPROC_AMPROCLEFTTYPE),
                            row_oid(row, PG_AMPROC_AMPROCRIGHTTYPE), out);
    case PG_DEFAULT_ACL:
        return default_acl_parts(m, out);
    case PG_LARGEOBJECT_METADATA:
    case PG_LARGEOBJECT:
        *out = arena_printf(m->arena, "%u", object.object);
        add_name(m, *out);
        return STATUS_OK;
    default:
        if (is_pair(object.class_id))
            return pair_parts(m, object, out);
    }
    const char *name = class->name_column < 0 ? "" : column(m, class->name_column);
    if (class->nsp_column >= 0) {
        TRY(schema_of(m, row_oid(row, class->nsp_column), &schema));
        add_name(m, arena_strdup(m->arena, schema));
        *out = quote_qualified(m->session, m->arena, schema, name);
    } else {
        *out = object.class_id == PG_PARAMETER_ACL ? name : quoted(m, name);
    }
    add_name(m, name);
    return STATUS_OK;
}

/* The schema and name that pg_identify_object tells: names only where they are unique by themselves. */
static Status own_name(Maker *m, const ObjectClass *class, ObjectAddress object) {
    const char *schema;
    if (class->nsp_column >= 0) {
        TRY(namespace_name(m->session, row_oid(m->row, class->nsp_column), &schema));
        m->out->schema = schema == NULL ? NULL : arena_strdup(m->arena, quoted(m, schema));
    }
    bool unique = class->name_index != 0 || object.class_id == PG_COLLATION ||
                  object.class_id == PG_OPCLASS || object.class_id == PG_OPFAMILY;
    if (class->name_column >= 0 && unique)
        m->out->name = quoted(m, column(m, class->name_column));
    return STATUS_OK;
}

Status object_identity(CatalogSession *session, Arena *arena, ObjectAddress object,
                       ObjectIdentity *identity_out) {
    const ObjectClass *class = object_class(object.class_id);
    CatalogRow *row = row_new(arena);
    Maker m = {session, arena, row, identity_out};
    bool found;
    *identity_out = (ObjectIdentity){.names = arena_array(arena, const char *, 4),
                                     .args = arena_array(arena, const char *, 4)};
    TRY(object_sub_check(object));
    if (class == NULL)
        return error(ERR_INTERNAL_ERROR, "unrecognized object class: %u", object.class_id);
    TRY(object_row(session, object.class_id, object.object, arena, row, &found));
    if (!found)
        return STATUS_OK;
    if (object.class_id == PG_CLASS && object.sub != 0) {
        TRY(relation_has_column(session, object, &found));
        if (!found)
            return STATUS_OK;
    }
    TRY(own_name(&m, class, object));
    return parts(&m, class, object, &identity_out->identity);
}
