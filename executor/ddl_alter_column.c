/* ddl_alter_column.c: ALTER TABLE: columns come, go, get defaults, NOT NULL, identity. */
#include "executor/ddl_alter.h"
#include "executor/ddl_partition.h"

#include <strings.h>

/* ---- ADD COLUMN ---- */

/* What rows that are there get: a constant, or an expression that the rewrite computes. */
typedef struct AddPlan {
    ColumnPlan column;
    bool has_missing;
    Datum missing;
    Expr *fill; /* NULL: none */
} AddPlan;

static Status evaluate(Ddl *ddl, Expr *expr, Datum *value_out, bool *null_out) {
    Expr *planned;
    ExprEval *eval;
    TRY(plan_expr(&ddl->session->env, ddl->arena, &ddl->session->planner,
                  expr_copy(ddl->arena, expr), SLOT_LEFT, &planned));
    TRY(expr_eval_make(ddl->session, ddl->arena, &planned, 1, &eval));
    Status status = expr_eval_row(eval, 0, NULL, NULL, value_out, null_out);
    if (status_ok(status) && !*null_out) {
        const TypeDesc *type;
        status = catalog_type_require(ddl->catalog, expr->type, &type);
        if (status_ok(status) && type->phys == PHYS_STR) {
            char *copy = arena_memdup(ddl->arena, value_out->str.data, value_out->str.len);
            value_out->str = str_make(copy, value_out->str.len);
        }
    }
    expr_eval_free(eval);
    return status;
}

static Status domain_null(Ddl *ddl, const AddPlan *plan, Expr **expr_out) {
    *expr_out = NULL;
    const TypeDesc *type;
    TRY(catalog_type_require(ddl->catalog, plan->column.spec.type, &type));
    if (type->kind != 'd')
        return STATUS_OK;
    TRY(analyze_type_default(&ddl->session->env, ddl->arena, &ddl->session->planner,
                             plan->column.spec.type, plan->column.spec.typmod, expr_out));
    if (*expr_out != NULL)
        return STATUS_OK;
    Expr *null = (Expr *)expr_null(ddl->arena, OID_UNKNOWN, -1, OID_INVALID, PHYS_STR);
    return analyze_coerce_default(&ddl->session->env, ddl->arena, null, plan->column.spec.name,
                                  plan->column.spec.type, plan->column.spec.typmod, expr_out);
}

/* Values of a domain that asks for something are computed row by row, as their checks are. */
static Status is_constrained(Ddl *ddl, Oid type, bool *yes_out) {
    const TypeDesc *desc;
    *yes_out = false;
    TRY(catalog_type_require(ddl->catalog, type, &desc));
    while (desc->kind == 'd' && !*yes_out) {
        *yes_out = desc->not_null || desc->check_count > 0;
        TRY(catalog_type_require(ddl->catalog, desc->base, &desc));
    }
    return STATUS_OK;
}

static Status plan_default(Ddl *ddl, AddPlan *plan) {
    ColumnPlan *column = &plan->column;
    Expr *expr;
    if (column->serial || column->identity != NULL || column->spec.generated == 's')
        return STATUS_OK; /* known once it is stored */
    if (column->default_constraint == NULL) {
        TRY(domain_null(ddl, plan, &expr));
        if (expr == NULL)
            return STATUS_OK;
    } else {
        ExprScope scope = {0};
        TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner,
                         column->default_constraint->expr, &scope, EXPR_KIND_COLUMN_DEFAULT,
                         &expr));
        TRY(analyze_coerce_default(&ddl->session->env, ddl->arena, expr, column->spec.name,
                                   column->spec.type, column->spec.typmod, &expr));
    }
    bool changes, constrained;
    TRY(ddl_expr_is_volatile(ddl, expr, &changes));
    TRY(is_constrained(ddl, column->spec.type, &constrained));
    if (changes || constrained) {
        plan->fill = expr;
        return STATUS_OK;
    }
    bool null;
    TRY(evaluate(ddl, expr, &plan->missing, &null));
    plan->has_missing = !null;
    return STATUS_OK;
}

/* The stored default of serial, identity and generated columns fills the rows that are there. */
static Status fill_from_stored(Alter *alter, Oid oid, AddPlan *plan, int16_t attnum) {
    Ddl *ddl = alter->ddl;
    if (plan->column.identity != NULL) {
        const Oid *sequences;
        size_t count;
        TRY(depend_owned_sequences(ddl->catalog, oid, attnum, DEPEND_INTERNAL, ddl->arena,
                                   &sequences, &count));
        ExprNextValue *next = EXPR_NEW(ddl->arena, ExprNextValue, EXPR_NEXT_VALUE);
        next->type = OID_INT8;
        next->sequence = count > 0 ? sequences[0] : OID_INVALID;
        return analyze_coerce_default(&ddl->session->env, ddl->arena, (Expr *)next,
                                      plan->column.spec.name, plan->column.spec.type, -1,
                                      &plan->fill);
    }
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    const char *text = relation->columns[attnum - 1].default_expr;
    return text == NULL ? STATUS_OK : expr_from_string(ddl->arena, text, strlen(text), &plan->fill);
}

static bool has_rows(const RelationDesc *relation) { return relation->store != 0; }

static Status note_values(Alter *alter, Oid oid, AddPlan *plan, int16_t attnum) {
    Status status;
    AlteredTable *table = alter_table_of(alter, oid, &status);
    TRY(status);
    if (!has_rows(table->old))
        return STATUS_OK;
    bool from_stored =
        plan->column.serial || plan->column.identity != NULL || plan->column.spec.generated == 's';
    if (from_stored)
        TRY(fill_from_stored(alter, oid, plan, attnum));
    if (plan->fill != NULL) {
        NewValue value = {attnum, plan->fill, plan->column.spec.generated == 's'};
        vec_push(&table->values, alter->ddl->arena, value);
        table->rewrite = true;
    }
    table->new_values |= plan->has_missing;
    if (plan->column.spec.not_null && !plan->has_missing)
        vec_push(&table->not_null, alter->ddl->arena, attnum);
    return STATUS_OK;
}

/* A child that has the column already: one more parent for it. */
static Status merge_column(Alter *alter, const RelationDesc *child, const ColumnDesc *column,
                           const ColumnSpec *spec) {
    Ddl *ddl = alter->ddl;
    if (column->type != spec->type || column->typmod != spec->typmod)
        return error(ERR_DATATYPE_MISMATCH,
                     "child table \"%s\" has different type for column \"%s\"", child->name,
                     column->name);
    CatalogRow row;
    TRY(column_row(ddl->catalog, child->oid, column->attnum, ddl->arena, &row));
    row.values[PG_ATTRIBUTE_ATTINHCOUNT].i32++;
    TRY(catalog_update(ddl->catalog, PG_ATTRIBUTE, &row));
    ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
               "merging definition of column \"%s\" for child \"%s\"", column->name, child->name);
    return STATUS_OK;
}

static Status add_to_children(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                              const AddPlan *plan) {
    const Oid *children;
    uint32_t count;
    TRY(alter_children(alter, oid, &children, &count));
    if (count == 0)
        return STATUS_OK;
    if (plan->column.identity != NULL)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "cannot recursively add identity column to table that has child tables");
    if (!alter->recurse)
        return error(ERR_INVALID_TABLE_DEFINITION, "column must be added to child tables too");
    for (uint32_t i = 0; i < count; i++)
        TRY(alter_add_column(alter, children[i], command, true));
    return STATUS_OK;
}

static Status plan_added(Alter *alter, const RelationDesc *relation, const AstColumnDef *def,
                         bool recursing, AddPlan *plan) {
    Ddl *ddl = alter->ddl;
    AstList constraints = {0};
    TRY(ddl_plan_column(ddl, relation->name, def, &plan->column, &constraints));
    plan->column.spec.is_local = !recursing;
    plan->column.spec.inherit_count = recursing ? 1 : 0;
    AST_FOREACH(AstConstraint, constraint, constraints) {
        AddedConstraint added = {relation->oid, constraint};
        if (constraint->kind == AST_CONSTRAINT_PRIMARY_KEY)
            plan->column.spec.not_null = true;
        if (!recursing)
            vec_push(&alter->constraints, ddl->arena, added);
    }
    return STATUS_OK;
}

Status alter_typed_tables(Alter *alter, const RelationDesc *type, const AstAlterTableCmd *command,
                          AlterFn fn) {
    const Oid *tables;
    size_t count;
    TRY(ddl_typed_tables(alter->ddl, type, command->behavior, &tables, &count));
    bool typed = alter->typed;
    alter->typed = true;
    for (size_t i = 0; i < count; i++)
        TRY(fn(alter, tables[i], command, false));
    alter->typed = typed;
    return STATUS_OK;
}

Status alter_add_column(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const AstColumnDef *def = (const AstColumnDef *)command->definition;
    const RelationDesc *relation;
    Status status;
    (void)alter_table_of(alter, oid, &status);
    TRY(status);
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->is_partition && !recursing)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot add column to a partition");
    if (relation->of_type != OID_INVALID && !alter->typed && !recursing)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot add column to typed table");
    TRY(alter_typed_tables(alter, relation, command, alter_add_column));
    AddPlan plan = {0};
    const ColumnDesc *existing = relation_column(relation, def->name);
    if (existing != NULL && command->missing_ok) {
        ddl_notice(ddl, ERR_DUPLICATE_COLUMN,
                   "column \"%s\" of relation \"%s\" already exists, skipping", def->name,
                   relation->name);
        return STATUS_OK;
    }
    TRY(plan_added(alter, relation, def, recursing, &plan));
    if (existing != NULL && recursing)
        return merge_column(alter, relation, existing, &plan.column.spec);
    TRY(ddl_check_not_in_itself(ddl, plan.column.spec.type, relation->row_type));
    TRY(plan_default(ddl, &plan));
    int16_t attnum;
    TRY(relation_add_column(ddl->catalog, oid, &plan.column.spec,
                            plan.has_missing && has_rows(relation) ? &plan.missing : NULL,
                            &attnum));
    TRY(ddl_store_default(ddl, oid, &plan.column, attnum));
    if (relation->kind == 'f' && def->fdw_options.count > 0)
        TRY(ddl_foreign_column_options(ddl, oid, attnum, &def->fdw_options));
    TRY(note_values(alter, oid, &plan, attnum));
    return add_to_children(alter, oid, command, &plan);
}

/* ---- DROP COLUMN ---- */

uint32_t alter_parents_among(const RelationDesc *relation, const Oid *all, size_t count) {
    uint32_t among = 0;
    for (uint32_t i = 0; i < relation->parent_count; i++)
        for (size_t k = 0; k < count; k++)
            among += relation->parents[i] == all[k];
    return among;
}

static Status drop_from_child(Alter *alter, Oid child, const AstAlterTableCmd *command) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, child, &relation));
    const ColumnDesc *column = relation_column(relation, command->name);
    if (column == NULL)
        return STATUS_OK;
    if (alter->recurse && column->inherit_count == 1 && !column->is_local)
        return alter_drop_column(alter, child, command, true);
    CatalogRow row;
    TRY(column_row(ddl->catalog, child, column->attnum, ddl->arena, &row));
    row.values[PG_ATTRIBUTE_ATTINHCOUNT].i32--;
    if (!alter->recurse)
        row.values[PG_ATTRIBUTE_ATTISLOCAL] = datum_bool(true);
    return catalog_update(ddl->catalog, PG_ATTRIBUTE, &row);
}

Status alter_drop_column(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    const ColumnDesc *column;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    if (relation->of_type != OID_INVALID && !alter->typed && !recursing)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot drop column from typed table");
    TRY(alter_typed_tables(alter, relation, command, alter_drop_column));
    Status status = alter_column(relation, command->name, &column);
    if (!status_ok(status) && status.error->state == ERR_UNDEFINED_COLUMN && command->missing_ok) {
        status_free(status);
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
                   "column \"%s\" of relation \"%s\" does not exist, skipping", command->name,
                   relation->name);
        return STATUS_OK;
    }
    if (!status_ok(status) && status.error->state == ERR_FEATURE_NOT_SUPPORTED) {
        status_free(status);
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot drop system column \"%s\"", command->name);
    }
    TRY(status);
    if (column->inherit_count > 0 && !recursing)
        return error(ERR_INVALID_TABLE_DEFINITION, "cannot drop inherited column \"%s\"",
                     command->name);
    bool is_key;
    TRY(ddl_in_partition_key(ddl, relation, column->attnum, &is_key));
    if (is_key)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "cannot drop column \"%s\" because it is part of the partition key of "
                     "relation \"%s\"",
                     command->name, relation->name);
    const Oid *children;
    uint32_t count;
    ObjectAddress address = object_address(PG_CLASS, oid, column->attnum);
    TRY(alter_children(alter, oid, &children, &count));
    if (relation->kind == 'p' && count > 0 && !alter->recurse)
        return status_hint(error(ERR_INVALID_TABLE_DEFINITION,
                                 "cannot drop column from only the partitioned table when "
                                 "partitions exist"),
                           "Do not specify the ONLY keyword.");
    size_t first = alter->dropped.count;
    for (uint32_t i = 0; i < count; i++)
        TRY(drop_from_child(alter, children[i], command));
    vec_push(&alter->dropped, ddl->arena, address);
    if (recursing)
        return STATUS_OK;
    /* all at once: parts of indexes go together only */
    TRY(object_drop(ddl->catalog, alter->dropped.items + first, alter->dropped.count - first,
                    command->behavior == AST_DROP_CASCADE ? DROP_CASCADE : DROP_RESTRICT, 0));
    alter->dropped.count = first;
    return STATUS_OK;
}

/* ---- the column itself ---- */

Status alter_column(const RelationDesc *relation, const char *name, const ColumnDesc **column_out) {
    *column_out = relation_column(relation, name);
    if (*column_out != NULL)
        return STATUS_OK;
    if (ddl_is_system_column(name))
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot alter system column \"%s\"", name);
    return error(ERR_UNDEFINED_COLUMN, "column \"%s\" of relation \"%s\" does not exist", name,
                 relation->name);
}

static Status each_child(Alter *alter, Oid oid, const AstAlterTableCmd *command, AlterFn fn) {
    const Oid *children;
    uint32_t count;
    if (!alter->recurse)
        return STATUS_OK;
    TRY(alter_children(alter, oid, &children, &count));
    for (uint32_t i = 0; i < count; i++)
        TRY(fn(alter, children[i], command, true));
    return STATUS_OK;
}

/* Reads the column and its row. */
static Status open_column(Alter *alter, Oid oid, const char *name,
                          const RelationDesc **relation_out, const ColumnDesc **column_out,
                          CatalogRow *row_out) {
    TRY(catalog_relation_require(alter->ddl->catalog, oid, relation_out));
    TRY(alter_column(*relation_out, name, column_out));
    return column_row(alter->ddl->catalog, oid, (*column_out)->attnum, alter->ddl->arena, row_out);
}

static Status store_column(Alter *alter, CatalogRow *row) {
    return catalog_update(alter->ddl->catalog, PG_ATTRIBUTE, row);
}

Status alter_default(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    const ColumnDesc *column;
    CatalogRow row;
    TRY(open_column(alter, oid, command->name, &relation, &column, &row));
    if (column->identity != 0) {
        Status status =
            error(ERR_SYNTAX_ERROR, "column \"%s\" of relation \"%s\" is an identity column",
                  column->name, relation->name);
        return command->definition != NULL
                   ? status
                   : status_hint(status,
                                 "Use ALTER TABLE ... ALTER COLUMN ... DROP IDENTITY instead.");
    }
    if (column->generated != 0) {
        Status status =
            error(ERR_SYNTAX_ERROR, "column \"%s\" of relation \"%s\" is a generated column",
                  column->name, relation->name);
        return command->definition != NULL
                   ? status
                   : status_hint(status,
                                 "Use ALTER TABLE ... ALTER COLUMN ... DROP EXPRESSION instead.");
    }
    int16_t attnum = column->attnum;
    ColumnPlan plan = {.spec = {.name = column->name,
                                .type = column->type,
                                .typmod = column->typmod,
                                .collation = column->collation}};
    TRY(attrdef_remove(ddl->catalog, oid, attnum, DROP_RESTRICT, command->definition != NULL));
    if (command->definition != NULL) {
        AstConstraint *constraint = AST_NEW(ddl->arena, AstConstraint, AST_CONSTRAINT, -1);
        constraint->kind = AST_CONSTRAINT_DEFAULT;
        constraint->expr = command->definition;
        plan.default_constraint = constraint;
        TRY(ddl_store_default(ddl, oid, &plan, attnum));
    }
    return each_child(alter, oid, command, alter_default);
}

/* ---- NOT NULL ---- */

typedef struct NullScan {
    const RelationDesc *relation;
    int16_t attnum;
} NullScan;

static Status no_null(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    NullScan *scan = arg;
    if (!nulls[scan->attnum - 1])
        return STATUS_OK;
    const ColumnDesc *column = &scan->relation->columns[scan->attnum - 1];
    return status_object(error(ERR_NOT_NULL_VIOLATION,
                               "column \"%s\" of relation \"%s\" contains null values",
                               column->name, scan->relation->name),
                         scan->relation->nsp_name, scan->relation->name, column->name, NULL, NULL);
}

Status alter_verify_not_null(Alter *alter, Oid oid, int16_t attnum) {
    NullScan scan = {.attnum = attnum};
    TRY(catalog_relation_require(alter->ddl->catalog, oid, &scan.relation));
    return ddl_each_row(alter->ddl, scan.relation, no_null, &scan);
}

Status alter_set_not_null(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    const RelationDesc *relation;
    const ColumnDesc *column;
    CatalogRow row;
    TRY(open_column(alter, oid, command->name, &relation, &column, &row));
    int16_t attnum = column->attnum;
    if (!column->not_null && relation->kind == 'p' && !alter->recurse)
        TRY(ddl_check_children_not_null(alter->ddl, relation, column->name));
    if (!column->not_null) {
        TRY(alter_verify_not_null(alter, oid, attnum));
        row.values[PG_ATTRIBUTE_ATTNOTNULL] = datum_bool(true);
        TRY(store_column(alter, &row));
    }
    return each_child(alter, oid, command, alter_set_not_null);
}

/* What the parent's rows must have, its partitions' must. */
static Status check_parent_nullable(Alter *alter, const RelationDesc *relation,
                                    const ColumnDesc *column) {
    const RelationDesc *parent;
    if (!relation->is_partition || relation->parent_count == 0)
        return STATUS_OK;
    TRY(catalog_relation_require(alter->ddl->catalog, relation->parents[0], &parent));
    const ColumnDesc *theirs = relation_column(parent, column->name);
    return theirs != NULL && theirs->not_null
               ? error(ERR_INVALID_TABLE_DEFINITION,
                       "column \"%s\" is marked NOT NULL in parent table", column->name)
               : STATUS_OK;
}

Status alter_drop_not_null(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    const RelationDesc *relation;
    const ColumnDesc *column;
    CatalogRow row;
    TRY(open_column(alter, oid, command->name, &relation, &column, &row));
    if (column->identity != 0)
        return error(ERR_SYNTAX_ERROR, "column \"%s\" of relation \"%s\" is an identity column",
                     column->name, relation->name);
    if (relation->kind == 'p' && relation->child_count > 0 && !alter->recurse)
        return status_hint(error(ERR_INVALID_TABLE_DEFINITION,
                                 "cannot remove constraint from only the partitioned table when "
                                 "partitions exist"),
                           "Do not specify the ONLY keyword.");
    for (uint16_t i = 0; i < relation->index_count; i++) {
        const IndexDesc *index = &relation->indexes[i];
        for (uint16_t k = 0; k < index->key_count; k++) {
            if (index->attnums[k] != column->attnum)
                continue;
            if (index->primary)
                return error(ERR_INVALID_TABLE_DEFINITION, "column \"%s\" is in a primary key",
                             column->name);
            if (index->replica_identity)
                return error(ERR_INVALID_TABLE_DEFINITION,
                             "column \"%s\" is in index used as replica identity", column->name);
        }
    }
    TRY(check_parent_nullable(alter, relation, column));
    if (column->not_null) {
        row.values[PG_ATTRIBUTE_ATTNOTNULL] = datum_bool(false);
        TRY(store_column(alter, &row));
    }
    return each_child(alter, oid, command, alter_drop_not_null);
}

Status alter_drop_expression(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                             bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    const ColumnDesc *column;
    CatalogRow row;
    TRY(open_column(alter, oid, command->name, &relation, &column, &row));
    if (column->generated == 0) {
        if (!command->missing_ok)
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "column \"%s\" of relation \"%s\" is not a stored generated column",
                         column->name, relation->name);
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
                   "column \"%s\" of relation \"%s\" is not a stored generated column, skipping",
                   column->name, relation->name);
        return STATUS_OK;
    }
    if (column->inherit_count > 0 && !recursing)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "cannot drop generation expression from inherited column");
    int16_t attnum = column->attnum;
    TRY(attrdef_remove(ddl->catalog, oid, attnum, DROP_RESTRICT, true));
    TRY(column_row(ddl->catalog, oid, attnum, ddl->arena, &row));
    row.values[PG_ATTRIBUTE_ATTGENERATED].byte = 0;
    row.values[PG_ATTRIBUTE_ATTHASDEF] = datum_bool(false);
    TRY(store_column(alter, &row));
    return each_child(alter, oid, command, alter_drop_expression);
}

/* ---- identity ---- */

Status alter_add_identity(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    const AstConstraint *constraint = (const AstConstraint *)command->definition;
    const RelationDesc *relation;
    const ColumnDesc *column;
    CatalogRow row;
    TRY(open_column(alter, oid, command->name, &relation, &column, &row));
    if (!ddl_is_sequence_type(column->type))
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "identity column type must be smallint, integer, or bigint");
    if (!column->not_null)
        return error(
            ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
            "column \"%s\" of relation \"%s\" must be declared NOT NULL before identity can "
            "be added",
            column->name, relation->name);
    if (column->identity != 0)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "column \"%s\" of relation \"%s\" is already an identity column", column->name,
                     relation->name);
    if (column->has_default)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "column \"%s\" of relation \"%s\" already has a default value", column->name,
                     relation->name);
    ColumnPlan plan = {.identity = constraint,
                       .spec = {.name = column->name, .type = column->type, .typmod = -1}};
    int16_t attnum = column->attnum;
    row.values[PG_ATTRIBUTE_ATTIDENTITY].byte = constraint->always ? 'a' : 'd';
    TRY(store_column(alter, &row));
    return ddl_store_default(alter->ddl, oid, &plan, attnum);
}

static Status identity_sequence(Ddl *ddl, Oid oid, int16_t attnum, Oid *sequence_out) {
    const Oid *sequences;
    size_t count;
    TRY(depend_owned_sequences(ddl->catalog, oid, attnum, DEPEND_INTERNAL, ddl->arena, &sequences,
                               &count));
    if (count != 1)
        return error(ERR_INTERNAL_ERROR, "no owned sequence found");
    *sequence_out = sequences[0];
    return STATUS_OK;
}

Status alter_set_identity(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation, *sequence;
    const ColumnDesc *column;
    CatalogRow row;
    TRY(open_column(alter, oid, command->name, &relation, &column, &row));
    if (column->identity == 0)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "column \"%s\" of relation \"%s\" is not an identity column", column->name,
                     relation->name);
    AstList options = {0};
    AST_FOREACH(AstOption, option, command->options) {
        if (strcmp(option->name, "generated") != 0) {
            ast_list_add(ddl->arena, &options, option);
            continue;
        }
        const AstConst *value = (const AstConst *)option->value;
        bool always = value->kind == AST_CONST_BOOL && value->bval;
        row.values[PG_ATTRIBUTE_ATTIDENTITY].byte = always ? 'a' : 'd';
        TRY(store_column(alter, &row));
    }
    if (options.count == 0)
        return STATUS_OK;
    Oid oid_sequence;
    TRY(identity_sequence(ddl, oid, column->attnum, &oid_sequence));
    TRY(catalog_relation_require(ddl->catalog, oid_sequence, &sequence));
    SequenceDesc changed = *sequence->sequence;
    int64_t restart;
    bool restart_given;
    const StrList *owned_by;
    TRY(ddl_sequence_options(ddl, &options, changed.type, false, &changed, &restart, &restart_given,
                             &owned_by));
    TRY(sequence_change(ddl->catalog, oid_sequence, &changed));
    return restart_given ? sequence_restart(ddl->catalog, oid_sequence, restart, false) : STATUS_OK;
}

Status alter_drop_identity(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const RelationDesc *relation;
    const ColumnDesc *column;
    CatalogRow row;
    TRY(open_column(alter, oid, command->name, &relation, &column, &row));
    if (column->identity == 0) {
        if (!command->missing_ok)
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "column \"%s\" of relation \"%s\" is not an identity column", column->name,
                         relation->name);
        ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
                   "column \"%s\" of relation \"%s\" is not an identity column, skipping",
                   column->name, relation->name);
        return STATUS_OK;
    }
    Oid sequence;
    TRY(identity_sequence(ddl, oid, column->attnum, &sequence));
    row.values[PG_ATTRIBUTE_ATTIDENTITY].byte = 0;
    TRY(store_column(alter, &row));
    ObjectAddress address = object_address(PG_CLASS, sequence, 0);
    TRY(depend_delete_of_class(ddl->catalog, address, PG_CLASS, DEPEND_INTERNAL, NULL));
    return object_drop(ddl->catalog, &address, 1, DROP_RESTRICT, DROP_INTERNAL);
}

/* ---- statistics, storage, compression, options ---- */

static Status set_statistics(Alter *alter, const AstAlterTableCmd *command, CatalogRow *row) {
    int32_t target = command->number;
    if (target < -1)
        return error(ERR_INVALID_PARAMETER_VALUE, "statistics target %d is too low", target);
    if (target > 10000) {
        target = 10000;
        ddl_warning(alter->ddl, ERR_INVALID_PARAMETER_VALUE, "lowering statistics target to %d",
                    target);
    }
    row->values[PG_ATTRIBUTE_ATTSTATTARGET] = datum_i32(target);
    return store_column(alter, row);
}

/* Indexes over the column keep its values the same way. */
static Status set_index_columns(Alter *alter, const RelationDesc *relation, int16_t attnum,
                                int column, char value) {
    for (uint16_t i = 0; i < relation->index_count; i++) {
        const IndexDesc *index = &relation->indexes[i];
        for (uint16_t k = 0; k < index->column_count; k++) {
            CatalogRow row;
            if (index->attnums[k] != attnum)
                continue;
            TRY(column_row(alter->ddl->catalog, index->oid, (int16_t)(k + 1), alter->ddl->arena,
                           &row));
            row.values[column].byte = (uint8_t)value;
            TRY(catalog_update(alter->ddl->catalog, PG_ATTRIBUTE, &row));
        }
    }
    return STATUS_OK;
}

static Status set_storage(Alter *alter, const AstAlterTableCmd *command,
                          const RelationDesc *relation, const ColumnDesc *column, CatalogRow *row) {
    char kind = strcasecmp(command->text, "plain") == 0      ? 'p'
                : strcasecmp(command->text, "external") == 0 ? 'e'
                : strcasecmp(command->text, "extended") == 0 ? 'x'
                : strcasecmp(command->text, "main") == 0     ? 'm'
                                                             : '\0';
    if (kind == '\0')
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid storage type \"%s\"", command->text);
    const TypeDesc *type;
    TRY(catalog_type_require(alter->ddl->catalog, column->type, &type));
    if (kind != 'p' && type->storage == 'p') {
        const char *text;
        TRY(format_type_brief(alter->ddl->catalog, alter->ddl->arena, column->type, &text));
        return error(ERR_FEATURE_NOT_SUPPORTED, "column data type %s can only have storage PLAIN",
                     text);
    }
    row->values[PG_ATTRIBUTE_ATTSTORAGE].byte = (uint8_t)kind;
    TRY(store_column(alter, row));
    return set_index_columns(alter, relation, column->attnum, PG_ATTRIBUTE_ATTSTORAGE, kind);
}

static Status set_compression(Alter *alter, const AstAlterTableCmd *command,
                              const ColumnDesc *column, CatalogRow *row) {
    char kind;
    TRY(ddl_compression(alter->ddl, command->text, column->type, &kind));
    row->values[PG_ATTRIBUTE_ATTCOMPRESSION].byte = (uint8_t)kind;
    return store_column(alter, row);
}

/* Of an index, only columns that are expressions have statistics of their own. */
static Status check_index_statistics(const RelationDesc *relation, const ColumnDesc *column) {
    if (relation->kind != 'i' && relation->kind != 'I')
        return STATUS_OK;
    const IndexDesc *index = relation_index(relation, relation->oid);
    if (index == NULL)
        return STATUS_OK;
    if (column->attnum > index->key_count)
        return error(ERR_FEATURE_NOT_SUPPORTED,
                     "cannot alter statistics on included column \"%s\" of index \"%s\"",
                     column->name, relation->name);
    if (index->attnums[column->attnum - 1] != 0)
        return status_hint(error(ERR_FEATURE_NOT_SUPPORTED,
                                 "cannot alter statistics on non-expression column \"%s\" of index "
                                 "\"%s\"",
                                 column->name, relation->name),
                           "Alter statistics on table column instead.");
    return STATUS_OK;
}

Status alter_column_storage(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                            bool recursing) {
    const RelationDesc *relation;
    const ColumnDesc *column;
    CatalogRow row;
    AstAlterTableCmd named = *command;
    TRY(catalog_relation_require(alter->ddl->catalog, oid, &relation));
    if (command->column_number > 0) {
        if (command->column_number > relation->column_count ||
            relation->columns[command->column_number - 1].dropped)
            return error(ERR_UNDEFINED_COLUMN, "column number %d of relation \"%s\" does not exist",
                         command->column_number, relation->name);
        named.name = relation->columns[command->column_number - 1].name;
    }
    TRY(open_column(alter, oid, named.name, &relation, &column, &row));
    if (command->kind == AST_AT_SET_COMPRESSION) /* never for children */
        return set_compression(alter, command, column, &row);
    if (command->kind == AST_AT_SET_STATISTICS) {
        TRY(check_index_statistics(relation, column));
        TRY(set_statistics(alter, command, &row));
    } else {
        TRY(set_storage(alter, command, relation, column, &row));
    }
    bool table = relation->kind != 'i' && relation->kind != 'I';
    return table ? each_child(alter, oid, command, alter_column_storage) : STATUS_OK;
}

Status alter_column_options(Alter *alter, Oid oid, const AstAlterTableCmd *command,
                            bool recursing) {
    const RelationDesc *relation;
    const ColumnDesc *column;
    CatalogRow row;
    TRY(open_column(alter, oid, command->name, &relation, &column, &row));
    const char *const *options;
    uint32_t count;
    TRY(ddl_change_options(
        alter->ddl, OPTIONS_COLUMN, column->options, column->option_count, &command->options,
        command->kind == AST_AT_RESET_OPTIONS ? OPTIONS_RESET : OPTIONS_SET, &options, &count));
    row.nulls[PG_ATTRIBUTE_ATTOPTIONS] = count == 0;
    if (count > 0)
        row.values[PG_ATTRIBUTE_ATTOPTIONS] = row_text_array(alter->ddl->arena, options, count);
    return store_column(alter, &row);
}
