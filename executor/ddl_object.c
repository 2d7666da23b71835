/*
 * ddl_object.c: which object a statement means: AstObject to catalog and OID, for DROP, COMMENT, GRANT,
 * ALTER .. OWNER and their kin.
 */
#include "executor/ddl_int.h"

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

static Status find_column(Ddl *ddl, const AstObject *object, LockMode mode, ObjectAddress *address) {
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
                     str_list_last(&object->name), relation->name);
    *address = object_address(PG_CLASS, relation->oid, column->attnum);
    return STATUS_OK;
}

/* ---- functions, operators ---- */

static Status type_list(Ddl *ddl, const AstObject *object, bool missing_ok, VEC(Oid) * unused) {
    (void)ddl, (void)object, (void)missing_ok, (void)unused;
    return STATUS_OK;
}
