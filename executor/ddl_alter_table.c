/* ddl_alter_table.c: ALTER TABLE and its kin: which command when, and those that change one flag. */
#include "executor/ddl_alter.h"
#include "executor/ddl_trigger.h"
#include "executor/fk.h"

AlteredTable *alter_table_of(Alter *alter, Oid relation, Status *status) {
    *status = STATUS_OK;
    for (size_t i = 0; i < alter->tables.count; i++)
        if (alter->tables.items[i]->oid == relation)
            return alter->tables.items[i];
    AlteredTable *table = arena_new(alter->ddl->arena, AlteredTable);
    table->oid = relation;
    *status = catalog_relation_require(alter->ddl->catalog, relation, &table->old);
    vec_push(&alter->tables, alter->ddl->arena, table);
    return table;
}

Status alter_children(Alter *alter, Oid relation, const Oid **children_out, uint32_t *count_out) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(alter->ddl->catalog, relation, &desc));
    *children_out = desc->children;
    *count_out = desc->child_count;
    for (uint32_t i = 0; i < *count_out; i++) {
        TRY(relation_lock(alter->ddl->catalog, (*children_out)[i], LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT,
                          NULL));
        TRY(catalog_relation_require(alter->ddl->catalog, (*children_out)[i], &desc));
        TRY(fk_check_idle(alter->ddl->session, desc, "ALTER TABLE"));
    }
    return STATUS_OK;
}

/* ---- options ---- */

static Status set_options(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    const RelationDesc *relation;
    const char *const *options;
    OptionHolder holder;
    uint32_t count;
    TRY(catalog_relation_require(alter->ddl->catalog, oid, &relation));
    TRY(ddl_option_holder(alter->ddl, relation, &holder));
    TRY(ddl_change_options(alter->ddl, holder, relation->options, relation->option_count,
                           &command->options,
                           command->kind == AST_AT_RESET_REL_OPTIONS ? OPTIONS_RESET : OPTIONS_SET,
                           &options, &count));
    return ddl_set_reloptions(alter->ddl, oid, options, count);
}

/* ---- one column of pg_class ---- */

static Status set_class(Alter *alter, Oid oid, int column, Datum value) {
    CatalogRow row;
    TRY(relation_row(alter->ddl->catalog, oid, alter->ddl->arena, &row));
    row.values[column] = value;
    return catalog_update(alter->ddl->catalog, PG_CLASS, &row);
}

static Status row_security(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    switch (command->kind) {
    case AST_AT_ENABLE_ROW_SECURITY:
        return set_class(alter, oid, PG_CLASS_RELROWSECURITY, datum_bool(true));
    case AST_AT_DISABLE_ROW_SECURITY:
        return set_class(alter, oid, PG_CLASS_RELROWSECURITY, datum_bool(false));
    case AST_AT_FORCE_ROW_SECURITY:
        return set_class(alter, oid, PG_CLASS_RELFORCEROWSECURITY, datum_bool(true));
    default:
        return set_class(alter, oid, PG_CLASS_RELFORCEROWSECURITY, datum_bool(false));
    }
}

/* A permanent table cannot refer to one that is not. */
static Status check_persistence(Alter *alter, const RelationDesc *relation, char wanted) {
    uint16_t count = wanted == 'p' ? relation->fk_count : relation->referencing_count;
    for (uint16_t i = 0; i < count; i++) {
        Oid oid = wanted == 'p' ? relation->fks[i].referenced : relation->referencing[i].relation;
        const RelationDesc *other;
        if (oid == relation->oid)
            continue;
        TRY(catalog_relation_require(alter->ddl->catalog, oid, &other));
        if ((wanted == 'p') == (other->persistence == 'p'))
            continue;
        const FkDesc *fk = wanted == 'p' ? &relation->fks[i] : &relation->referencing[i];
        return status_object(error(ERR_INVALID_TABLE_DEFINITION,
                                   "could not change table \"%s\" to %s because it references %s "
                                   "table \"%s\"",
                                   relation->name, wanted == 'p' ? "logged" : "unlogged",
                                   wanted == 'p' ? "unlogged" : "logged", other->name),
                             relation->nsp_name, relation->name, NULL, NULL, fk->name);
    }
    return STATUS_OK;
}

static Status set_owned_persistence(Alter *alter, Oid oid, char wanted) {
    const Oid *sequences;
    size_t count;
    TRY(depend_owned_sequences(alter->ddl->catalog, oid, 0, 0, alter->ddl->arena, &sequences,
                               &count));
    for (size_t i = 0; i < count; i++)
        TRY(set_class(alter, sequences[i], PG_CLASS_RELPERSISTENCE,
                      (Datum){.byte = (uint8_t)wanted}));
    return STATUS_OK;
}

static Status set_persistence(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                              bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    char wanted = command->kind == AST_AT_SET_LOGGED ? 'p' : 'u';
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->persistence == 't')
        return status_object(
            error(ERR_INVALID_TABLE_DEFINITION,
                  "cannot change logged status of table \"%s\" because it is temporary",
                  relation->name),
            relation->nsp_name, relation->name, NULL, NULL, NULL);
    if (relation->persistence == wanted)
        return STATUS_OK;
    TRY(check_persistence(alter, relation, wanted));
    TRY(set_owned_persistence(alter, oid, wanted));
    for (uint16_t i = 0; i < relation->index_count; i++)
        TRY(set_class(alter, relation->indexes[i].oid, PG_CLASS_RELPERSISTENCE,
                      (Datum){.byte = (uint8_t)wanted}));
    return set_class(alter, oid, PG_CLASS_RELPERSISTENCE, (Datum){.byte = (uint8_t)wanted});
}

static Status set_owner(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Oid owner;
    TRY(ddl_role(alter->ddl, command->owner, &owner));
    return ddl_change_relation_owner(alter->ddl, oid, owner);
}

static Status set_tablespace(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                             bool recursing) {
    Oid tablespace;
    TRY(ddl_tablespace(alter->ddl, command->name, 'p', false, &tablespace));
    return set_class(alter, oid, PG_CLASS_RELTABLESPACE, datum_oid(tablespace));
}

static Status set_access_method(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                                bool recursing) {
    Oid am;
    ObjectAddress self = object_address(PG_CLASS, oid, 0);
    CatalogSession *catalog = alter->ddl->catalog;
    TRY(am_by_name(catalog, command->name, 't', false, &am));
    TRY(depend_delete_of_class(catalog, self, PG_AM, DEPEND_NORMAL, NULL));
    if (am != OID_AM_HEAP)
        TRY(depend_record(catalog, self, object_address(PG_AM, am, 0), DEPEND_NORMAL));
    return set_class(alter, oid, PG_CLASS_RELAM, datum_oid(am));
}

/* ---- indexes' flags ---- */

static Status index_of(const RelationDesc *relation, const char *name,
                       const IndexDesc **index_out) {
    for (uint16_t i = 0; i < relation->index_count; i++)
        if (strcmp(relation->indexes[i].name, name) == 0) {
            *index_out = &relation->indexes[i];
            return STATUS_OK;
        }
    return error(ERR_UNDEFINED_OBJECT, "index \"%s\" for table \"%s\" does not exist", name,
                 relation->name);
}

/* An index of another table is another mistake than none of that name. */
static Status replica_index_of(Ddl *ddl, const RelationDesc *relation, const char *name,
                               const IndexDesc **index_out) {
    CatalogRow row;
    bool exists;
    Status s = index_of(relation, name, index_out);
    if (status_ok(s))
        return s;
    status_free(s);
    TRY(catalog_find_name(ddl->catalog, PG_CLASS_RELNAME_NSP_INDEX, name, relation->nsp, ddl->arena,
                          &row, &exists));
    return exists ? error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not an index for table \"%s\"", name,
                          relation->name)
                  : error(ERR_UNDEFINED_OBJECT, "index \"%s\" for table \"%s\" does not exist",
                          name, relation->name);
}

/* Sets the flag for one index of the table, clears it for the others. */
static Status set_index_flag(Ddl *ddl, const RelationDesc *relation, int column, Oid chosen) {
    for (uint16_t i = 0; i < relation->index_count; i++) {
        CatalogRow row;
        bool found, wanted = relation->indexes[i].oid == chosen;
        TRY(catalog_find_oid(ddl->catalog, PG_INDEX_INDEXRELID_INDEX, relation->indexes[i].oid,
                             ddl->arena, &row, &found));
        if (!found || row.values[column].b == wanted)
            continue;
        row.values[column] = datum_bool(wanted);
        TRY(catalog_update(ddl->catalog, PG_INDEX, &row));
    }
    return STATUS_OK;
}

static Status cluster_on(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    const RelationDesc *relation;
    const IndexDesc *index = NULL;
    TRY(catalog_relation_require(alter->ddl->catalog, oid, &relation));
    if (command->kind == AST_AT_CLUSTER_ON)
        TRY(index_of(relation, command->name, &index));
    if (relation->kind == 'p')
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot mark index clustered in partitioned table");
    return set_index_flag(alter->ddl, relation, PG_INDEX_INDISCLUSTERED,
                          index == NULL ? OID_INVALID : index->oid);
}

static Status replica_identity(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                               bool recursing) {
    const RelationDesc *relation;
    const IndexDesc *index = NULL;
    TRY(catalog_relation_require(alter->ddl->catalog, oid, &relation));
    if (command->text[0] == 'i') {
        TRY(replica_index_of(alter->ddl, relation, command->name, &index));
        if (!index->unique || !index->immediate || index->predicate != NULL ||
            index->expressions != NULL)
            return error(!index->unique ? ERR_WRONG_OBJECT_TYPE : ERR_FEATURE_NOT_SUPPORTED,
                         !index->unique ? "cannot use non-unique index \"%s\" as replica identity"
                         : !index->immediate
                             ? "cannot use non-immediate index \"%s\" as replica identity"
                         : index->expressions != NULL
                             ? "cannot use expression index \"%s\" as replica identity"
                             : "cannot use partial index \"%s\" as replica identity",
                         index->name);
        for (uint16_t i = 0; i < index->key_count; i++)
            if (!relation->columns[index->attnums[i] - 1].not_null)
                return error(
                    ERR_WRONG_OBJECT_TYPE,
                    "index \"%s\" cannot be used as replica identity because column \"%s\" "
                    "is nullable",
                    index->name, relation->columns[index->attnums[i] - 1].name);
    }
    TRY(set_class(alter, oid, PG_CLASS_RELREPLIDENT, (Datum){.byte = (uint8_t)command->text[0]}));
    return set_index_flag(alter->ddl, relation, PG_INDEX_INDISREPLIDENT,
                          index == NULL ? OID_INVALID : index->oid);
}

/* ---- triggers and rules: enabled or not ---- */

static Status enable_triggers(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                              bool recursing) {
    Ddl *ddl = alter->ddl;
    char state = command->kind == AST_AT_ENABLE_ALWAYS_TRIGGER    ? 'A'
                 : command->kind == AST_AT_ENABLE_REPLICA_TRIGGER ? 'R'
                 : command->kind == AST_AT_DISABLE_TRIGGER ||
                         command->kind == AST_AT_DISABLE_TRIGGER_ALL ||
                         command->kind == AST_AT_DISABLE_TRIGGER_USER
                     ? 'D'
                     : 'O';
    bool all =
        command->kind == AST_AT_ENABLE_TRIGGER_ALL || command->kind == AST_AT_DISABLE_TRIGGER_ALL;
    bool user =
        command->kind == AST_AT_ENABLE_TRIGGER_USER || command->kind == AST_AT_DISABLE_TRIGGER_USER;
    bool any = false;
    TRY(ddl_enable_triggers(ddl, oid, command->name, all, user, state, !ddl->only, &any));
    if (!any && !all && !user) {
        const RelationDesc *relation;
        TRY(catalog_relation_require(ddl->catalog, oid, &relation));
        return error(ERR_UNDEFINED_OBJECT, "trigger \"%s\" for table \"%s\" does not exist",
                     command->name, relation->name);
    }
    return STATUS_OK;
}

static Status enable_rule(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    CatalogRow row;
    bool found;
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    TRY(catalog_find_name(ddl->catalog, PG_REWRITE_REL_RULENAME_INDEX, command->name, oid,
                          ddl->arena, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "rule \"%s\" for relation \"%s\" does not exist",
                     command->name, relation->name);
    row.values[PG_REWRITE_EV_ENABLED].byte = command->kind == AST_AT_ENABLE_ALWAYS_RULE    ? 'A'
                                             : command->kind == AST_AT_ENABLE_REPLICA_RULE ? 'R'
                                             : command->kind == AST_AT_DISABLE_RULE        ? 'D'
                                                                                           : 'O';
    return catalog_update(ddl->catalog, PG_REWRITE, &row);
}

/* ---- typed tables ---- */

static Status set_of_type(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation, *row_relation;
    const TypeDesc *type;
    Oid of;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    ObjectAddress self = object_address(PG_CLASS, oid, 0);
    if (command->kind == AST_AT_NOT_OF) {
        if (relation->of_type == OID_INVALID)
            return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a typed table", relation->name);
        TRY(depend_delete_of_class(ddl->catalog, self, PG_TYPE, DEPEND_NORMAL, NULL));
        return set_class(alter, oid, PG_CLASS_RELOFTYPE, datum_oid(0));
    }
    TRY(ddl_type(ddl, (const AstTypeName *)command->definition, false, &of));
    TRY(catalog_type_require(ddl->catalog, of, &type));
    if (type->kind != 'c')
        return error(ERR_WRONG_OBJECT_TYPE, "type %s is not a composite type", type->name);
    TRY(catalog_relation_require(ddl->catalog, type->relation, &row_relation));
    if (relation->parent_count > 0)
        return error(ERR_WRONG_OBJECT_TYPE, "typed tables cannot inherit");
    uint16_t at = 0;
    for (uint16_t i = 0; i < row_relation->column_count; i++) {
        const ColumnDesc *theirs = &row_relation->columns[i];
        if (theirs->dropped)
            continue;
        while (at < relation->column_count && relation->columns[at].dropped)
            at++;
        if (at >= relation->column_count)
            return error(ERR_DATATYPE_MISMATCH, "table is missing column \"%s\"", theirs->name);
        const ColumnDesc *own = &relation->columns[at++];
        if (strcmp(own->name, theirs->name) != 0)
            return error(ERR_DATATYPE_MISMATCH,
                         "table has column \"%s\" where type requires \"%s\"", own->name,
                         theirs->name);
        if (own->type != theirs->type || own->typmod != theirs->typmod)
            return error(ERR_DATATYPE_MISMATCH, "table \"%s\" has different type for column \"%s\"",
                         relation->name, own->name);
    }
    for (; at < relation->column_count; at++)
        if (!relation->columns[at].dropped)
            return error(ERR_DATATYPE_MISMATCH, "table has extra column \"%s\"",
                         relation->columns[at].name);
    TRY(depend_record(ddl->catalog, self, object_address(PG_TYPE, of, 0), DEPEND_NORMAL));
    return set_class(alter, oid, PG_CLASS_RELOFTYPE, datum_oid(of));
}

static Status nothing(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    return STATUS_OK;
}

static Status attribute_type(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                             bool recursing) {
    return alter_column_type(alter, oid, command, recursing);
}

static Status foreign_options(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                              bool recursing) {
    const RelationDesc *relation;
    const ColumnDesc *column;
    TRY(catalog_relation_require(alter->ddl->catalog, oid, &relation));
    if (command->kind == AST_AT_FDW_OPTIONS)
        return ddl_foreign_table_options(alter->ddl, oid, &command->options);
    TRY(alter_column(relation, command->name, &column));
    return ddl_foreign_column_options(alter->ddl, oid, column->attnum, &command->options);
}

/* ---- the table of commands ---- */

static const struct {
    AstAlterTableKind kind;
    AlterPass pass;
    AlterFn run;
} kinds[] = {
    {AST_AT_ADD_COLUMN, ALTER_PASS_ADD_COLUMN, alter_add_column},
    {AST_AT_COLUMN_DEFAULT, ALTER_PASS_COLUMN, alter_default},
    {AST_AT_DROP_NOT_NULL, ALTER_PASS_DROP, alter_drop_not_null},
    {AST_AT_SET_NOT_NULL, ALTER_PASS_COLUMN, alter_set_not_null},
    {AST_AT_DROP_EXPRESSION, ALTER_PASS_DROP, alter_drop_expression},
    {AST_AT_SET_STATISTICS, ALTER_PASS_MISC, alter_column_storage},
    {AST_AT_SET_OPTIONS, ALTER_PASS_MISC, alter_column_options},
    {AST_AT_RESET_OPTIONS, ALTER_PASS_MISC, alter_column_options},
    {AST_AT_SET_STORAGE, ALTER_PASS_MISC, alter_column_storage},
    {AST_AT_SET_COMPRESSION, ALTER_PASS_MISC, alter_column_storage},
    {AST_AT_ADD_IDENTITY, ALTER_PASS_COLUMN, alter_add_identity},
    {AST_AT_SET_IDENTITY, ALTER_PASS_COLUMN, alter_set_identity},
    {AST_AT_DROP_IDENTITY, ALTER_PASS_DROP, alter_drop_identity},
    {AST_AT_DROP_COLUMN, ALTER_PASS_DROP, alter_drop_column},
    {AST_AT_COLUMN_TYPE, ALTER_PASS_TYPE, alter_column_type},
    {AST_AT_ADD_CONSTRAINT, ALTER_PASS_CONSTRAINT, alter_add_constraint},
    {AST_AT_ALTER_CONSTRAINT, ALTER_PASS_MISC, alter_constraint},
    {AST_AT_VALIDATE_CONSTRAINT, ALTER_PASS_MISC, alter_validate_constraint},
    {AST_AT_DROP_CONSTRAINT, ALTER_PASS_DROP, alter_drop_constraint},
    {AST_AT_DROP_OIDS, ALTER_PASS_MISC, nothing},
    {AST_AT_CLUSTER_ON, ALTER_PASS_MISC, cluster_on},
    {AST_AT_DROP_CLUSTER, ALTER_PASS_MISC, cluster_on},
    {AST_AT_SET_LOGGED, ALTER_PASS_MISC, set_persistence},
    {AST_AT_SET_UNLOGGED, ALTER_PASS_MISC, set_persistence},
    {AST_AT_ENABLE_TRIGGER, ALTER_PASS_MISC, enable_triggers},
    {AST_AT_ENABLE_ALWAYS_TRIGGER, ALTER_PASS_MISC, enable_triggers},
    {AST_AT_ENABLE_REPLICA_TRIGGER, ALTER_PASS_MISC, enable_triggers},
    {AST_AT_ENABLE_TRIGGER_ALL, ALTER_PASS_MISC, enable_triggers},
    {AST_AT_ENABLE_TRIGGER_USER, ALTER_PASS_MISC, enable_triggers},
    {AST_AT_DISABLE_TRIGGER, ALTER_PASS_MISC, enable_triggers},
    {AST_AT_DISABLE_TRIGGER_ALL, ALTER_PASS_MISC, enable_triggers},
    {AST_AT_DISABLE_TRIGGER_USER, ALTER_PASS_MISC, enable_triggers},
    {AST_AT_ENABLE_RULE, ALTER_PASS_MISC, enable_rule},
    {AST_AT_ENABLE_ALWAYS_RULE, ALTER_PASS_MISC, enable_rule},
    {AST_AT_ENABLE_REPLICA_RULE, ALTER_PASS_MISC, enable_rule},
    {AST_AT_DISABLE_RULE, ALTER_PASS_MISC, enable_rule},
    {AST_AT_INHERIT, ALTER_PASS_MISC, alter_inherit},
    {AST_AT_NO_INHERIT, ALTER_PASS_MISC, alter_no_inherit},
    {AST_AT_ATTACH_PARTITION, ALTER_PASS_MISC, alter_attach_partition},
    {AST_AT_DETACH_PARTITION, ALTER_PASS_MISC, alter_detach_partition},
    {AST_AT_DETACH_FINALIZE, ALTER_PASS_MISC, alter_detach_finalize},
    {AST_AT_OF, ALTER_PASS_MISC, set_of_type},
    {AST_AT_NOT_OF, ALTER_PASS_MISC, set_of_type},
    {AST_AT_OWNER, ALTER_PASS_MISC, set_owner},
    {AST_AT_SET_ACCESS_METHOD, ALTER_PASS_MISC, set_access_method},
    {AST_AT_SET_TABLESPACE, ALTER_PASS_MISC, set_tablespace},
    {AST_AT_SET_REL_OPTIONS, ALTER_PASS_MISC, set_options},
    {AST_AT_RESET_REL_OPTIONS, ALTER_PASS_MISC, set_options},
    {AST_AT_REPLICA_IDENTITY, ALTER_PASS_MISC, replica_identity},
    {AST_AT_ENABLE_ROW_SECURITY, ALTER_PASS_MISC, row_security},
    {AST_AT_DISABLE_ROW_SECURITY, ALTER_PASS_MISC, row_security},
    {AST_AT_FORCE_ROW_SECURITY, ALTER_PASS_MISC, row_security},
    {AST_AT_NO_FORCE_ROW_SECURITY, ALTER_PASS_MISC, row_security},
    {AST_AT_FDW_OPTIONS, ALTER_PASS_MISC, foreign_options},
    {AST_AT_COLUMN_FDW_OPTIONS, ALTER_PASS_MISC, foreign_options},
    {AST_AT_ADD_ATTRIBUTE, ALTER_PASS_ADD_COLUMN, alter_add_column},
    {AST_AT_DROP_ATTRIBUTE, ALTER_PASS_DROP, alter_drop_column},
    {AST_AT_ALTER_ATTRIBUTE, ALTER_PASS_TYPE, attribute_type},
};

static AlterPass constraint_pass(const AstConstraint *constraint) {
    return constraint->kind == AST_CONSTRAINT_FOREIGN_KEY ? ALTER_PASS_FOREIGN_KEY
           : constraint->kind == AST_CONSTRAINT_CHECK     ? ALTER_PASS_CONSTRAINT
                                                          : ALTER_PASS_INDEX_CONSTRAINT;
}

static Status run_pass(Alter *alter, AlterPass pass) {
    AST_FOREACH(AstAlterTableCmd, command, alter->statement->commands) {
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
            if (kinds[i].kind != command->kind)
                continue;
            AlterPass wanted = kinds[i].pass;
            if (command->kind == AST_AT_ADD_CONSTRAINT)
                wanted = constraint_pass((const AstConstraint *)command->definition);
            if (command->kind == AST_AT_COLUMN_DEFAULT && command->definition == NULL)
                wanted = ALTER_PASS_DROP;
            if (wanted == pass)
                TRY(kinds[i].run(alter, alter->relation, command, false));
        }
    }
    for (size_t i = 0; i < alter->constraints.count; i++) {
        AddedConstraint *added = &alter->constraints.items[i];
        if (constraint_pass(added->constraint) == pass)
            TRY(alter_added_constraint(alter, added->relation, added->constraint, false));
    }
    return STATUS_OK;
}

/* ---- the statement ---- */

static Status check_kind(const RelationDesc *relation, AstObjectKind kind) {
    bool right = kind == AST_OBJECT_TYPE    ? relation->kind == 'c'
                 : kind == AST_OBJECT_TABLE ? true
                                            : ddl_relation_is_kind(relation->kind, kind);
    if (!right)
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not %s", relation->name,
                     kind == AST_OBJECT_INDEX           ? "an index"
                     : kind == AST_OBJECT_SEQUENCE      ? "a sequence"
                     : kind == AST_OBJECT_VIEW          ? "a view"
                     : kind == AST_OBJECT_MATVIEW       ? "a materialized view"
                     : kind == AST_OBJECT_FOREIGN_TABLE ? "a foreign table"
                                                        : "a composite type");
    if (relation->kind == 'c' && kind == AST_OBJECT_TABLE)
        return status_hint(
            error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is a composite type", relation->name),
            "Use ALTER TYPE instead.");
    return STATUS_OK;
}

static const struct {
    AstAlterTableKind kind;
    const char *words;
    const char *relkinds; /* on which it works */
} allowed[] = {
    {AST_AT_ADD_COLUMN, "ADD COLUMN", "rpfc"},
    {AST_AT_COLUMN_DEFAULT, "ALTER COLUMN ... SET DEFAULT", "rpfv"},
    {AST_AT_DROP_NOT_NULL, "ALTER COLUMN ... DROP NOT NULL", "rpf"},
    {AST_AT_SET_NOT_NULL, "ALTER COLUMN ... SET NOT NULL", "rpf"},
    {AST_AT_DROP_COLUMN, "DROP COLUMN", "rpfc"},
    {AST_AT_COLUMN_TYPE, "ALTER COLUMN ... SET DATA TYPE", "rpfc"},
    {AST_AT_ADD_CONSTRAINT, "ADD CONSTRAINT", "rpf"},
    {AST_AT_DROP_CONSTRAINT, "DROP CONSTRAINT", "rpf"},
    {AST_AT_VALIDATE_CONSTRAINT, "VALIDATE CONSTRAINT", "rpf"},
    {AST_AT_ALTER_CONSTRAINT, "ALTER CONSTRAINT", "rp"},
    {AST_AT_ADD_IDENTITY, "ALTER COLUMN ... ADD IDENTITY", "rpvf"},
    {AST_AT_FDW_OPTIONS, "OPTIONS", "f"},
    {AST_AT_COLUMN_FDW_OPTIONS, "ALTER COLUMN ... OPTIONS", "f"},
    {AST_AT_SET_LOGGED, "SET LOGGED", "rS"},
    {AST_AT_SET_UNLOGGED, "SET UNLOGGED", "rS"},
    {AST_AT_SET_OPTIONS, "ALTER COLUMN ... SET", "rmf"},
    {AST_AT_RESET_OPTIONS, "ALTER COLUMN ... RESET", "rmf"},
    {AST_AT_SET_STATISTICS, "ALTER COLUMN ... SET STATISTICS", "rpmiIf"},
    {AST_AT_SET_STORAGE, "ALTER COLUMN ... SET STORAGE", "rpmf"},
    {AST_AT_SET_COMPRESSION, "ALTER COLUMN ... SET COMPRESSION", "rpm"},
    {AST_AT_DROP_EXPRESSION, "ALTER COLUMN ... DROP EXPRESSION", "rpf"},
    {AST_AT_SET_IDENTITY, "ALTER COLUMN ... SET", "rpvf"},
    {AST_AT_DROP_IDENTITY, "ALTER COLUMN ... DROP IDENTITY", "rpvf"},
    {AST_AT_DROP_CLUSTER, "SET WITHOUT CLUSTER", "rm"},
    {AST_AT_DROP_OIDS, "SET WITHOUT OIDS", "rpf"},
    {AST_AT_SET_ACCESS_METHOD, "SET ACCESS METHOD", "rm"},
    {AST_AT_SET_TABLESPACE, "SET TABLESPACE", "rpmiI"},
    {AST_AT_SET_REL_OPTIONS, "SET", "rpvmi"},
    {AST_AT_RESET_REL_OPTIONS, "RESET", "rpvmi"},
    {AST_AT_ENABLE_TRIGGER, "ENABLE TRIGGER", "rpf"},
    {AST_AT_DISABLE_TRIGGER, "DISABLE TRIGGER", "rpf"},
    {AST_AT_OF, "OF", "rp"},
    {AST_AT_NOT_OF, "NOT OF", "rp"},
    {AST_AT_REPLICA_IDENTITY, "REPLICA IDENTITY", "rpm"},
    {AST_AT_FORCE_ROW_SECURITY, "FORCE ROW SECURITY", "rp"},
    {AST_AT_NO_FORCE_ROW_SECURITY, "NO FORCE ROW SECURITY", "rp"},
    {AST_AT_CLUSTER_ON, "CLUSTER ON", "rmp"},
    {AST_AT_INHERIT, "INHERIT", "rf"},
    {AST_AT_NO_INHERIT, "NO INHERIT", "rf"},
    {AST_AT_ATTACH_PARTITION, "ATTACH PARTITION", "pI"},
    {AST_AT_DETACH_PARTITION, "DETACH PARTITION", "p"},
    {AST_AT_DETACH_FINALIZE, "DETACH PARTITION ... FINALIZE", "p"},
    {AST_AT_ENABLE_ROW_SECURITY, "ENABLE ROW SECURITY", "rp"},
    {AST_AT_DISABLE_ROW_SECURITY, "DISABLE ROW SECURITY", "rp"},
};

/* What PostgreSQL says of some kinds of table in words of its own. */
static Status check_partitioned(const RelationDesc *relation, AstAlterTableKind kind) {
    bool partitioned = relation->kind == 'p';
    switch (kind) {
    case AST_AT_ATTACH_PARTITION:
    case AST_AT_DETACH_PARTITION:
    case AST_AT_DETACH_FINALIZE:
        return relation->kind == 'r' ? error(ERR_INVALID_OBJECT_DEFINITION,
                                             "table \"%s\" is not partitioned", relation->name)
                                     : STATUS_OK;
    case AST_AT_INHERIT:
    case AST_AT_NO_INHERIT:
        return partitioned
                   ? error(ERR_WRONG_OBJECT_TYPE, "cannot change inheritance of partitioned table")
                   : STATUS_OK;
    case AST_AT_DROP_CLUSTER:
        return partitioned ? error(ERR_FEATURE_NOT_SUPPORTED,
                                   "cannot mark index clustered in partitioned table")
                           : STATUS_OK;
    case AST_AT_SET_ACCESS_METHOD:
        return partitioned ? error(ERR_WRONG_OBJECT_TYPE,
                                   "cannot change access method of a partitioned table")
                           : STATUS_OK;
    default:
        return STATUS_OK;
    }
}

static Status check_commands(const RelationDesc *relation, const AstAlterTable *statement) {
    bool has_am = false;
    AST_FOREACH(AstAlterTableCmd, command, statement->commands) {
        TRY(check_partitioned(relation, command->kind));
        if (command->kind == AST_AT_SET_ACCESS_METHOD && has_am)
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "cannot have multiple SET ACCESS METHOD subcommands");
        has_am |= command->kind == AST_AT_SET_ACCESS_METHOD;
        for (size_t i = 0; i < ARRAY_LEN(allowed); i++)
            if (allowed[i].kind == command->kind &&
                strchr(allowed[i].relkinds, relation->kind) == NULL)
                return status_detail(
                    error(ERR_WRONG_OBJECT_TYPE,
                          "ALTER action %s cannot be performed on relation \"%s\"",
                          command->kind == AST_AT_COLUMN_DEFAULT && command->definition == NULL
                              ? "ALTER COLUMN ... DROP DEFAULT"
                              : allowed[i].words,
                          relation->name),
                    "This operation is not supported for %s.",
                    ddl_relation_kind_plural(relation->kind));
        bool known = false;
        for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
            known |= kinds[i].kind == command->kind;
        if (!known)
            return error(ERR_FEATURE_NOT_SUPPORTED, "this form of ALTER %s is not supported",
                         ddl_kind_words(statement->kind));
    }
    return STATUS_OK;
}

/* Options that plans depend on. */
static bool changes_queries(const AstAlterTableCmd *command) {
    static const char *const names[] = {"security_barrier", "security_invoker", "check_option",
                                        "user_catalog_table"};
    AST_FOREACH(AstOption, option, command->options) {
        for (size_t i = 0; i < ARRAY_LEN(names); i++)
            if (strcmp(option->name, names[i]) == 0)
                return true;
    }
    return false;
}

static LockMode lock_for(const AstAlterTable *statement) {
    LockMode mode = LOCK_SHARE_UPDATE_EXCLUSIVE;
    AST_FOREACH(AstAlterTableCmd, command, statement->commands) {
        switch (command->kind) {
        case AST_AT_SET_STATISTICS:
        case AST_AT_SET_OPTIONS:
        case AST_AT_RESET_OPTIONS:
        case AST_AT_VALIDATE_CONSTRAINT:
        case AST_AT_CLUSTER_ON:
        case AST_AT_DROP_CLUSTER:
        case AST_AT_DETACH_FINALIZE:
            break;
        case AST_AT_DETACH_PARTITION:
            if (command->concurrently)
                break;
            return LOCK_ACCESS_EXCLUSIVE;
        case AST_AT_ENABLE_TRIGGER:
        case AST_AT_ENABLE_ALWAYS_TRIGGER:
        case AST_AT_ENABLE_REPLICA_TRIGGER:
        case AST_AT_ENABLE_TRIGGER_ALL:
        case AST_AT_ENABLE_TRIGGER_USER:
        case AST_AT_DISABLE_TRIGGER:
        case AST_AT_DISABLE_TRIGGER_ALL:
        case AST_AT_DISABLE_TRIGGER_USER:
            mode = LOCK_SHARE_ROW_EXCLUSIVE;
            break;
        case AST_AT_SET_REL_OPTIONS:
        case AST_AT_RESET_REL_OPTIONS:
            if (changes_queries(command))
                return LOCK_ACCESS_EXCLUSIVE;
            break;
        case AST_AT_ADD_CONSTRAINT:
            if (((const AstConstraint *)command->definition)->kind == AST_CONSTRAINT_FOREIGN_KEY) {
                mode = LOCK_SHARE_ROW_EXCLUSIVE;
                break;
            }
            return LOCK_ACCESS_EXCLUSIVE;
        default:
            return LOCK_ACCESS_EXCLUSIVE;
        }
    }
    return mode;
}

/* A partition whose detach did not come to its end stays as it is until then. */
static Status check_no_detach(Ddl *ddl, const RelationDesc *relation) {
    const RelationDesc *parent = NULL;
    if (relation->is_partition && relation->parent_count > 0)
        TRY(catalog_relation(ddl->catalog, relation->parents[0], &parent));
    if (parent == NULL || parent->pending_child != relation->oid)
        return STATUS_OK;
    return status_hint(error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                             "cannot alter partition \"%s\" with an incomplete detach",
                             relation->name),
                       "Use ALTER TABLE ... DETACH PARTITION ... FINALIZE to complete the pending "
                       "detach operation.");
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    ddl.altering = true;
    Alter alter = {.ddl = &ddl, .statement = (const AstAlterTable *)call->raw->statement};
    const AstAlterTable *statement = alter.statement;
    const RelationDesc *relation;
    call->tag = arena_printf(call->arena, "ALTER %s", ddl_kind_words(statement->kind));
    TRY(ddl_relation(&ddl, statement->relation, lock_for(statement), statement->missing_ok,
                     &relation));
    if (relation == NULL) {
        ddl_notice(&ddl, ERR_SUCCESSFUL_COMPLETION, "relation \"%s\" does not exist, skipping",
                   statement->relation->name);
        return STATUS_OK;
    }
    TRY(object_check_owner(ddl.catalog, PG_CLASS, relation->oid));
    if (relation->nsp == OID_NAMESPACE_CATALOG && relation->oid < OID_FIRST_NORMAL &&
        !session_bootstrap(ddl.catalog))
        return error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied: \"%s\" is a system catalog",
                     relation->name);
    TRY(check_kind(relation, statement->kind));
    TRY(check_commands(relation, statement));
    TRY(check_no_detach(&ddl, relation));
    TRY(fk_check_idle(ddl.session, relation, "ALTER TABLE"));
    alter.relation = relation->oid;
    alter.recurse = statement->relation->inherit;
    ddl.only = !alter.recurse;
    AST_FOREACH(AstAlterTableCmd, command, statement->commands) {
        if (command->kind == AST_AT_COLUMN_TYPE)
            TRY(alter_prepare_type(&alter, command));
    }
    for (int pass = 0; pass < ALTER_PASS_COUNT; pass++)
        TRY(pass == ALTER_PASS_REWRITE ? alter_rewrite_tables(&alter)
                                       : run_pass(&alter, (AlterPass)pass));
    return STATUS_OK;
}

static const UtilityCommand commands[] = {
    {AST_ALTER_TABLE, NULL, UTILITY_WRITES, execute_alter, NULL},
};

void ddl_alter_table_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
