/*
 * ddl_alter_type.c: ALTER TABLE .. ALTER COLUMN .. TYPE.
 *
 * Indexes over plain columns get the new type's operator class in place and are built again by the
 * rewrite; foreign keys get new operators and are verified; checks and indexes with expressions are
 * printed, dropped and made again from their text.
 */
#include "executor/ddl_alter.h"
#include "executor/ddl_partition.h"
#include "executor/exec_int.h"

#include "planner/deparse.h"

typedef struct TypeChange {
    Alter *alter;
    const RelationDesc *relation;
    const ColumnDesc *column;
    Oid type;
    int32_t typmod;
    Oid collation;
    const TypeDesc *desc;
    AlteredTable *table;
} TypeChange;

static Status refuse_dependent(TypeChange *change, const char *what, ObjectAddress object) {
    const char *text;
    TRY(object_describe(change->alter->ddl->catalog, change->alter->ddl->arena, object, false,
                        &text));
    return status_detail(error(ERR_FEATURE_NOT_SUPPORTED, "%s", what),
                         "%s depends on column \"%s\"", text, change->column->name);
}

/* Its own default may change with it; what others are generated from may not. */
static Status refuse_generated(TypeChange *change, Oid attrdef) {
    CatalogRow row;
    bool found;
    Ddl *ddl = change->alter->ddl;
    TRY(catalog_find_oid(ddl->catalog, PG_ATTRDEF_OID_INDEX, attrdef, ddl->arena, &row, &found));
    int16_t attnum = found ? row.values[PG_ATTRDEF_ADNUM].i16 : 0;
    if (attnum <= 0 || attnum == change->column->attnum)
        return STATUS_OK;
    return status_detail(error(ERR_FEATURE_NOT_SUPPORTED,
                               "cannot alter type of a column used by a generated column"),
                         "Column \"%s\" is used by generated column \"%s\".", change->column->name,
                         change->relation->columns[attnum - 1].name);
}

static Status check_dependents(TypeChange *change) {
    Ddl *ddl = change->alter->ddl;
    DependRow *rows;
    size_t count;
    ObjectAddress self = object_address(PG_CLASS, change->relation->oid, change->column->attnum);
    TRY(depend_list_on(ddl->catalog, self, ddl->arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        ObjectAddress by = rows[i].depender;
        if (by.class_id == PG_REWRITE)
            return refuse_dependent(change, "cannot alter type of a column used by a view or rule",
                                    by);
        if (by.class_id == PG_TRIGGER)
            return refuse_dependent(
                change, "cannot alter type of a column used in a trigger definition", by);
        if (by.class_id == PG_POLICY)
            return refuse_dependent(
                change, "cannot alter type of a column used in a policy definition", by);
        if (by.class_id == PG_ATTRDEF)
            TRY(refuse_generated(change, by.object));
    }
    return STATUS_OK;
}

/* ---- the values ---- */

static Status cannot_cast(TypeChange *change, bool with_using) {
    Ddl *ddl = change->alter->ddl;
    const char *type, *full;
    TRY(format_type_brief(ddl->catalog, ddl->arena, change->type, &type));
    if (with_using)
        return status_hint(
            error(
                ERR_DATATYPE_MISMATCH,
                "result of USING clause for column \"%s\" cannot be cast automatically to type %s",
                change->column->name, type),
            "You might need to add an explicit cast.");
    TRY(format_type(ddl->catalog, ddl->arena, change->type, change->typmod, FORMAT_TYPE_TYPMOD,
                    &full));
    return status_hint(error(ERR_DATATYPE_MISMATCH,
                             "column \"%s\" cannot be cast automatically to type %s",
                             change->column->name, type),
                       "You might need to specify \"USING %s::%s\".",
                       quote_ident(ddl->catalog, ddl->arena, change->column->name), full);
}

static bool is_type_error(const Status *status) {
    return status->error->state == ERR_DATATYPE_MISMATCH ||
           status->error->state == ERR_CANNOT_COERCE;
}

static Status transform(TypeChange *change, const AstAlterTableCmd *command, Expr **expr_out) {
    Ddl *ddl = change->alter->ddl;
    AstColumnRef *ref = AST_NEW(ddl->arena, AstColumnRef, AST_COLUMN_REF, -1);
    str_list_add(ddl->arena, &ref->fields, change->column->name);
    const Ast *source = command->using_expr != NULL ? command->using_expr : (const Ast *)ref;
    ExprScope scope = {.relation = change->relation->oid};
    Expr *expr;
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, source, &scope,
                     EXPR_KIND_ALTER_COL_TRANSFORM, &expr));
    Status status =
        analyze_coerce_default(&ddl->session->env, ddl->arena, expr, change->column->name,
                               change->type, change->typmod, expr_out);
    if (status_ok(status) || !is_type_error(&status))
        return status;
    status_free(status);
    return cannot_cast(change, command->using_expr != NULL);
}

/* The value as it was written, without the casts that fitted it to the old type. */
static Expr *without_implicit(Expr *expr) {
    for (;;) {
        if (expr->tag == EXPR_FUNC && ((ExprFunc *)expr)->form == CALL_IMPLICIT &&
            ((ExprFunc *)expr)->args.count > 0)
            expr = ((ExprFunc *)expr)->args.items[0];
        else if (expr->tag == EXPR_RELABEL && ((ExprRelabel *)expr)->form == CALL_IMPLICIT)
            expr = ((ExprRelabel *)expr)->arg;
        else if (expr->tag == EXPR_COERCE_VIA_IO &&
                 ((ExprCoerceViaIo *)expr)->form == CALL_IMPLICIT)
            expr = ((ExprCoerceViaIo *)expr)->arg;
        else if (expr->tag == EXPR_COERCE_DOMAIN &&
                 ((ExprCoerceDomain *)expr)->form == CALL_IMPLICIT)
            expr = ((ExprCoerceDomain *)expr)->arg;
        else
            return expr;
    }
}

/* The default follows the type. */
static Status convert_default(TypeChange *change) {
    Ddl *ddl = change->alter->ddl;
    const ColumnDesc *column = change->column;
    if (column->default_expr == NULL)
        return STATUS_OK;
    Expr *expr;
    TRY(expr_from_string(ddl->arena, column->default_expr, strlen(column->default_expr), &expr));
    expr = without_implicit(expr);
    Status status = analyze_coerce_default(&ddl->session->env, ddl->arena, expr, column->name,
                                           change->type, change->typmod, &expr);
    if (!status_ok(status)) {
        if (!is_type_error(&status))
            return status;
        status_free(status);
        const char *type;
        TRY(format_type_brief(ddl->catalog, ddl->arena, change->type, &type));
        return error(
            ERR_DATATYPE_MISMATCH,
            column->generated != 0
                ? "generation expression for column \"%s\" cannot be cast automatically to "
                  "type %s"
                : "default for column \"%s\" cannot be cast automatically to type %s",
            column->name, type);
    }
    AddressList addresses = {0};
    ddl_expr_addresses(ddl, expr, change->relation->oid, &addresses);
    Oid oid;
    return attrdef_store(ddl->catalog, change->relation->oid, column->attnum,
                         expr_to_string(ddl->arena, expr), column->generated != 0, addresses.items,
                         addresses.count, &oid);
}

/* The sequence of an identity column takes the new type, as by ALTER SEQUENCE .. AS. */
static Status convert_identity(TypeChange *change) {
    Ddl *ddl = change->alter->ddl;
    const Oid *sequences;
    size_t count;
    const RelationDesc *sequence;
    if (change->column->identity == 0)
        return STATUS_OK;
    TRY(depend_owned_sequences(ddl->catalog, change->relation->oid, change->column->attnum,
                               DEPEND_INTERNAL, ddl->arena, &sequences, &count));
    if (count == 0)
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, sequences[0], &sequence));
    SequenceDesc changed = *sequence->sequence;
    AstList options = {0};
    AstOption *as = AST_NEW(ddl->arena, AstOption, AST_OPTION, -1);
    AstTypeName *name = AST_NEW(ddl->arena, AstTypeName, AST_TYPE_NAME, -1);
    str_list_add(ddl->arena, &name->names, "pg_catalog");
    str_list_add(ddl->arena, &name->names, change->desc->name);
    as->name = "as";
    as->value = (Ast *)name;
    ast_list_add(ddl->arena, &options, as);
    int64_t restart;
    bool restart_given;
    const StrList *owned_by;
    TRY(ddl_sequence_options(ddl, &options, changed.type, false, &changed, &restart, &restart_given,
                             &owned_by));
    return sequence_change(ddl->catalog, sequences[0], &changed);
}

/* ---- the catalogs ---- */

static void set_type(TypeChange *change, CatalogRow *row) {
    row->values[PG_ATTRIBUTE_ATTTYPID] = datum_oid(change->type);
    row->values[PG_ATTRIBUTE_ATTTYPMOD] = datum_i32(change->typmod);
    row->values[PG_ATTRIBUTE_ATTLEN].i16 = change->desc->len;
    row->values[PG_ATTRIBUTE_ATTBYVAL] = datum_bool(change->desc->by_value);
    row->values[PG_ATTRIBUTE_ATTALIGN].byte = (uint8_t)change->desc->align;
    row->values[PG_ATTRIBUTE_ATTSTORAGE].byte = (uint8_t)change->desc->storage;
    row->values[PG_ATTRIBUTE_ATTCOLLATION] = datum_oid(change->collation);
}

/* Statistics of the column together with others are as if made anew: without what ANALYZE counted, and
 * with no target of their own. */
static Status forget_ext_statistics(Ddl *ddl, Oid relation, int16_t attnum) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, relation, &desc));
    for (uint32_t i = 0; i < desc->statistics_count; i++) {
        const StatisticsDesc *stat = &desc->statistics[i];
        Datum key = datum_oid(stat->oid);
        bool concerned = stat->expressions != NULL;
        for (uint32_t k = 0; k < stat->column_count; k++)
            concerned |= stat->columns[k] == attnum;
        if (!concerned)
            continue;
        CatalogRow *row = arena_new(ddl->arena, CatalogRow);
        bool found;
        TRY(catalog_delete_all(ddl->catalog, PG_STATISTIC_EXT_DATA_STXOID_INH_INDEX, &key, 1));
        TRY(catalog_find_oid(ddl->catalog, PG_STATISTIC_EXT_OID_INDEX, stat->oid, ddl->arena, row,
                             &found));
        row->values[PG_STATISTIC_EXT_STXSTATTARGET] = datum_i32(-1);
        if (found)
            TRY(catalog_update(ddl->catalog, PG_STATISTIC_EXT, row));
    }
    return STATUS_OK;
}

static Status store_column(TypeChange *change, int32_t dims) {
    Ddl *ddl = change->alter->ddl;
    Oid relation = change->relation->oid;
    int16_t attnum = change->column->attnum;
    ObjectAddress self = object_address(PG_CLASS, relation, attnum);
    CatalogRow row;
    TRY(column_row(ddl->catalog, relation, attnum, ddl->arena, &row));
    set_type(change, &row);
    row.values[PG_ATTRIBUTE_ATTNDIMS] = datum_i32(dims);
    row.values[PG_ATTRIBUTE_ATTHASMISSING] = datum_bool(false);
    row.nulls[PG_ATTRIBUTE_ATTMISSINGVAL] = true;
    TRY(catalog_update(ddl->catalog, PG_ATTRIBUTE, &row));
    TRY(depend_delete_of_class(ddl->catalog, self, PG_TYPE, DEPEND_NORMAL, NULL));
    TRY(depend_delete_of_class(ddl->catalog, self, PG_COLLATION, DEPEND_NORMAL, NULL));
    TRY(depend_record(ddl->catalog, self, object_address(PG_TYPE, change->type, 0), DEPEND_NORMAL));
    if (change->collation != OID_INVALID && change->collation != OID_COLLATION_DEFAULT)
        TRY(depend_record(ddl->catalog, self, object_address(PG_COLLATION, change->collation, 0),
                          DEPEND_NORMAL));
    Datum keys[2] = {datum_oid(relation), {.i16 = attnum}};
    TRY(forget_ext_statistics(ddl, relation, attnum));
    return catalog_delete_all(ddl->catalog, PG_STATISTIC_RELID_ATT_INH_INDEX, keys, 2);
}

/* ---- indexes ---- */

static Status opclass_for(TypeChange *change, const IndexDesc *index, Oid was, Oid *opclass_out) {
    Ddl *ddl = change->alter->ddl;
    Oid old_default;
    *opclass_out = was;
    TRY(catalog_default_opclass(ddl->catalog, index->am, change->column->type, &old_default));
    if (was != old_default)
        return STATUS_OK;
    TRY(catalog_default_opclass(ddl->catalog, index->am, change->type, opclass_out));
    if (*opclass_out != OID_INVALID)
        return STATUS_OK;
    const char *text;
    const AmDesc *am;
    TRY(format_type_brief(ddl->catalog, ddl->arena, change->type, &text));
    TRY(catalog_am(ddl->catalog, index->am, &am));
    return status_hint(error(ERR_UNDEFINED_OBJECT,
                             "data type %s has no default operator class for access method \"%s\"",
                             text, am == NULL ? "???" : am->name),
                       "You must specify an operator class for the index or define a default "
                       "operator class for the data type.");
}

static Status change_index(TypeChange *change, const IndexDesc *index) {
    Ddl *ddl = change->alter->ddl;
    CatalogRow row, column;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_INDEX_INDEXRELID_INDEX, index->oid, ddl->arena, &row,
                         &found));
    Oid *opclasses = arena_memdup(ddl->arena, index->opclasses, index->key_count * sizeof(Oid));
    Oid *collations = arena_memdup(ddl->arena, index->collations, index->key_count * sizeof(Oid));
    for (uint16_t i = 0; i < index->column_count; i++) {
        if (index->attnums[i] != change->column->attnum)
            continue;
        TRY(column_row(ddl->catalog, index->oid, (int16_t)(i + 1), ddl->arena, &column));
        set_type(change, &column);
        TRY(catalog_update(ddl->catalog, PG_ATTRIBUTE, &column));
        if (i >= index->key_count)
            continue;
        TRY(opclass_for(change, index, index->opclasses[i], &opclasses[i]));
        if (collations[i] == change->column->collation)
            collations[i] = change->collation;
    }
    row.values[PG_INDEX_INDCLASS] = row_oid_vector(ddl->arena, opclasses, index->key_count);
    row.values[PG_INDEX_INDCOLLATION] = row_oid_vector(ddl->arena, collations, index->key_count);
    return catalog_update(ddl->catalog, PG_INDEX, &row);
}

static bool uses_column(Expr *expr, void *arg) {
    const int16_t *attnum = arg;
    if (expr == NULL)
        return false;
    if (expr->tag == EXPR_COLUMN)
        return ((ExprColumn *)expr)->attno == *attnum || ((ExprColumn *)expr)->attno == 0;
    return expr_walk(expr, uses_column, arg);
}

static Status text_uses(TypeChange *change, const char *text, bool list, bool *yes_out) {
    Ddl *ddl = change->alter->ddl;
    int16_t attnum = change->column->attnum;
    *yes_out = false;
    if (text == NULL)
        return STATUS_OK;
    ExprList exprs = {0};
    Expr *expr;
    if (list) {
        TRY(expr_list_from_string(ddl->arena, text, strlen(text), &exprs));
    } else {
        TRY(expr_from_string(ddl->arena, text, strlen(text), &expr));
        expr_list_add(ddl->arena, &exprs, expr);
    }
    for (uint32_t i = 0; i < exprs.count && !*yes_out; i++)
        *yes_out = uses_column(exprs.items[i], &attnum);
    return STATUS_OK;
}

/* comment: the statement that sets its comment again, or NULL. */
static Status drop_and_remember(TypeChange *change, ObjectAddress object, const char *sql,
                                const char *comment) {
    vec_push(&change->table->rebuild, change->alter->ddl->arena, sql);
    if (comment != NULL)
        vec_push(&change->table->rebuild, change->alter->ddl->arena, comment);
    return object_drop(change->alter->ddl->catalog, &object, 1, DROP_RESTRICT, DROP_INTERNAL);
}

static Status constraint_statement(TypeChange *change, Oid constraint, const char *name,
                                   const char **sql_out) {
    Ddl *ddl = change->alter->ddl;
    const RelationDesc *relation = change->relation;
    const char *text;
    TRY(deparse_constraint(&ddl->session->env, ddl->arena, constraint, 0, &text));
    *sql_out =
        arena_printf(ddl->arena, "ALTER TABLE %s ADD CONSTRAINT %s %s",
                     quote_qualified(ddl->catalog, ddl->arena, relation->nsp_name, relation->name),
                     quote_ident(ddl->catalog, ddl->arena, name), text);
    return STATUS_OK;
}

static Status constraint_comment(TypeChange *change, ObjectAddress constraint, const char *name,
                                 const char **sql_out) {
    Ddl *ddl = change->alter->ddl;
    const RelationDesc *relation = change->relation;
    const char *text;
    *sql_out = NULL;
    TRY(comment_get(ddl->catalog, constraint, ddl->arena, &text));
    if (text != NULL)
        *sql_out = arena_printf(
            ddl->arena, "COMMENT ON CONSTRAINT %s ON %s IS %s",
            quote_ident(ddl->catalog, ddl->arena, name),
            quote_qualified(ddl->catalog, ddl->arena, relation->nsp_name, relation->name),
            quote_literal(ddl->arena, text, strlen(text)));
    return STATUS_OK;
}

static Status change_indexes(TypeChange *change) {
    Ddl *ddl = change->alter->ddl;
    for (uint16_t i = 0; i < change->relation->index_count; i++) {
        const IndexDesc *index = &change->relation->indexes[i];
        bool in_expressions, in_predicate, plain = false;
        TRY(text_uses(change, index->expressions, true, &in_expressions));
        TRY(text_uses(change, index->predicate, false, &in_predicate));
        for (uint16_t k = 0; k < index->column_count; k++)
            plain |= index->attnums[k] == change->column->attnum;
        if ((in_expressions || in_predicate) && index->constraint != OID_INVALID) {
            const char *text;
            const char *comment;
            ObjectAddress address = object_address(PG_CONSTRAINT, index->constraint, 0);
            TRY(constraint_statement(change, index->constraint, index->constraint_name, &text));
            TRY(constraint_comment(change, address, index->constraint_name, &comment));
            TRY(drop_and_remember(change, address, text, comment));
        } else if (in_expressions || in_predicate) {
            const char *text, *comment;
            ObjectAddress address = object_address(PG_CLASS, index->oid, 0);
            TRY(deparse_index(&ddl->session->env, ddl->arena, index->oid, 0, 0, &text));
            TRY(comment_get(ddl->catalog, address, ddl->arena, &comment));
            if (comment != NULL)
                comment = arena_printf(ddl->arena, "COMMENT ON INDEX %s IS %s",
                                       quote_qualified(ddl->catalog, ddl->arena,
                                                       change->relation->nsp_name, index->name),
                                       quote_literal(ddl->arena, comment, strlen(comment)));
            TRY(drop_and_remember(change, address, text, comment));
        } else if (plain) {
            TRY(change_index(change, index));
        }
    }
    return STATUS_OK;
}

/* ---- constraints ---- */

static Status remember_checks(TypeChange *change) {
    Ddl *ddl = change->alter->ddl;
    const RelationDesc *relation = change->relation;
    for (uint16_t i = 0; i < relation->check_count; i++) {
        const CheckDesc *check = &relation->checks[i];
        bool used;
        const char *text;
        TRY(text_uses(change, check->expr, false, &used));
        if (!used)
            continue;
        /* what came from a parent comes from it again */
        ObjectAddress address = object_address(PG_CONSTRAINT, check->oid, 0);
        if (check->inherit_count > 0 && !check->is_local) {
            TRY(object_drop(ddl->catalog, &address, 1, DROP_RESTRICT, DROP_INTERNAL));
            continue;
        }
        const char *comment;
        TRY(constraint_statement(change, check->oid, check->name, &text));
        TRY(constraint_comment(change, address, check->name, &comment));
        TRY(drop_and_remember(change, address, text, comment));
    }
    return STATUS_OK;
}

static Oid column_type_now(const TypeChange *change, Oid relation, const ColumnDesc *column) {
    return relation == change->relation->oid && column->attnum == change->column->attnum
               ? change->type
               : column->type;
}

static Status change_fk(TypeChange *change, const FkDesc *fk) {
    Ddl *ddl = change->alter->ddl;
    const RelationDesc *relation, *referenced, *holder;
    const IndexDesc *index;
    TRY(catalog_relation_require(ddl->catalog, fk->relation, &relation));
    TRY(catalog_relation_require(ddl->catalog, fk->referenced, &referenced));
    TRY(catalog_index_desc(ddl->catalog, fk->index, &index, &holder));
    if (index == NULL)
        return STATUS_OK;
    Oid *pf = arena_array(ddl->arena, Oid, fk->column_count);
    Oid *pp = arena_array(ddl->arena, Oid, fk->column_count);
    Oid *ff = arena_array(ddl->arena, Oid, fk->column_count);
    for (uint16_t i = 0; i < fk->column_count; i++) {
        const ColumnDesc *from = &relation->columns[fk->columns[i] - 1];
        const ColumnDesc *to = &referenced->columns[fk->referenced_columns[i] - 1];
        uint16_t place = 0;
        while (place + 1 < index->key_count && index->attnums[place] != to->attnum)
            place++;
        Oid pk_type = column_type_now(change, fk->referenced, to);
        Oid fk_type = column_type_now(change, fk->relation, from);
        TRY(ddl_fk_operators(ddl, index->families[place], index->input_types[place], pk_type,
                             fk_type, &pp[i], &pf[i], &ff[i]));
        if (pf[i] != OID_INVALID && ff[i] != OID_INVALID)
            continue;
        const char *fk_text, *pk_text;
        TRY(format_type_brief(ddl->catalog, ddl->arena, fk_type, &fk_text));
        TRY(format_type_brief(ddl->catalog, ddl->arena, pk_type, &pk_text));
        return status_detail(error(ERR_DATATYPE_MISMATCH,
                                   "foreign key constraint \"%s\" cannot be implemented", fk->name),
                             "Key columns \"%s\" and \"%s\" are of incompatible types: %s and %s.",
                             from->name, to->name, fk_text, pk_text);
    }
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, fk->oid, ddl->arena, &row, &found));
    row.values[PG_CONSTRAINT_CONPFEQOP] = row_oid_array(ddl->arena, pf, fk->column_count);
    row.values[PG_CONSTRAINT_CONPPEQOP] = row_oid_array(ddl->arena, pp, fk->column_count);
    row.values[PG_CONSTRAINT_CONFFEQOP] = row_oid_array(ddl->arena, ff, fk->column_count);
    TRY(catalog_update(ddl->catalog, PG_CONSTRAINT, &row));
    Status status;
    AlteredTable *table = alter_table_of(change->alter, fk->relation, &status);
    TRY(status);
    vec_push(&table->foreign_keys, ddl->arena, fk->oid);
    return STATUS_OK;
}

/* Those that partitions of the referring table have of it. */
static Status change_parts(TypeChange *change, Oid constraint) {
    Ddl *ddl = change->alter->ddl;
    CatalogRow *rows;
    size_t count;
    Datum key = datum_oid(constraint);
    TRY(fiber_stack_check());
    TRY(catalog_find_all(ddl->catalog, PG_CONSTRAINT_CONPARENTID_INDEX, &key, 1, ddl->arena, &rows,
                         &count));
    for (size_t r = 0; r < count; r++) {
        const RelationDesc *refers;
        Oid oid = row_oid(&rows[r], PG_CONSTRAINT_OID);
        if (row_oid(&rows[r], PG_CONSTRAINT_CONFRELID) != change->relation->oid)
            continue;
        TRY(catalog_relation_require(ddl->catalog, row_oid(&rows[r], PG_CONSTRAINT_CONRELID),
                                     &refers));
        for (uint16_t i = 0; i < refers->fk_count; i++)
            if (refers->fks[i].oid == oid)
                TRY(change_fk(change, &refers->fks[i]));
        TRY(change_parts(change, oid));
    }
    return STATUS_OK;
}

static Status change_fks(TypeChange *change) {
    const RelationDesc *relation = change->relation;
    for (uint16_t i = 0; i < relation->fk_count; i++)
        for (uint16_t k = 0; k < relation->fks[i].column_count; k++)
            if (relation->fks[i].columns[k] == change->column->attnum)
                TRY(change_fk(change, &relation->fks[i]));
    for (uint16_t i = 0; i < relation->referencing_count; i++)
        for (uint16_t k = 0; k < relation->referencing[i].column_count; k++)
            if (relation->referencing[i].referenced_columns[k] == change->column->attnum) {
                TRY(change_fk(change, &relation->referencing[i]));
                TRY(change_parts(change, relation->referencing[i].oid));
            }
    return STATUS_OK;
}

/* ---- the command ---- */

/* No definition of the column comes from a parent that keeps its type. */
static Status check_parents(TypeChange *change) {
    Ddl *ddl = change->alter->ddl;
    const Oid *all;
    size_t count;
    TRY(relation_descendants(ddl->catalog, change->alter->type_root, ddl->arena, &all, &count));
    uint32_t parents = alter_parents_among(change->relation, all, count);
    return change->column->inherit_count > (int32_t)parents
               ? error(ERR_INVALID_TABLE_DEFINITION,
                       "cannot alter inherited column \"%s\" of relation \"%s\"",
                       change->column->name, change->relation->name)
               : STATUS_OK;
}

static Status check_allowed(TypeChange *change, const AstAlterTableCmd *command, bool recursing) {
    const RelationDesc *relation = change->relation;
    const ColumnDesc *column = change->column;
    if (column->generated != 0 && command->using_expr != NULL)
        return status_detail(error(ERR_INVALID_COLUMN_DEFINITION,
                                   "cannot specify USING when altering type of generated column"),
                             "Column \"%s\" is a generated column.", column->name);
    if (command->using_expr != NULL && relation->kind != 'r' && relation->kind != 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table", relation->name);
    if (column->inherit_count > 0 && !recursing)
        return error(ERR_INVALID_TABLE_DEFINITION, "cannot alter inherited column \"%s\"",
                     column->name);
    bool is_key;
    TRY(ddl_in_partition_key(change->alter->ddl, relation, column->attnum, &is_key));
    if (is_key)
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "cannot alter column \"%s\" because it is part of the partition key of "
                     "relation \"%s\"",
                     column->name, relation->name);
    if (recursing)
        TRY(check_parents(change));
    if (change->desc->kind == 'p')
        return error(ERR_INVALID_TABLE_DEFINITION, "column \"%s\" has pseudo-type %s", column->name,
                     change->desc->name);
    if (column->identity != 0 && !ddl_is_sequence_type(change->type))
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "identity column type must be smallint, integer, or bigint");
    return check_dependents(change);
}

static Status open_change(TypeChange *change, Oid oid, const AstAlterTableCmd *command) {
    Ddl *ddl = change->alter->ddl;
    const AstColumnDef *def = (const AstColumnDef *)command->definition;
    TRY(catalog_relation_require(ddl->catalog, oid, &change->relation));
    TRY(alter_column(change->relation, command->name, &change->column));
    TRY(analyze_type_name(&ddl->session->env, ddl->arena, def->type, &change->type,
                          &change->typmod));
    TRY(ddl_check_type_usage(ddl, change->type));
    TRY(analyze_column_collation(&ddl->session->env, def->collate, change->type,
                                 &change->collation));
    return catalog_type_require(ddl->catalog, change->type, &change->desc);
}

/* A column that is added by the same statement has no values yet to be changed. */
Status alter_prepare_type(Alter *alter, const AstAlterTableCmd *command) {
    TypeChange change = {.alter = alter};
    Transform prepared = {.relation = alter->relation, .command = command};
    TRY(catalog_relation_require(alter->ddl->catalog, alter->relation, &change.relation));
    if (relation_column(change.relation, command->name) == NULL ||
        (change.relation->store == 0 && change.relation->kind != 'p'))
        return STATUS_OK;
    TRY(open_change(&change, alter->relation, command));
    if (change.desc->kind == 'p')
        return STATUS_OK;
    TRY(ddl_check_not_in_itself(alter->ddl, change.type, change.relation->row_type));
    TRY(transform(&change, command, &prepared.expr));
    vec_push(&alter->transforms, alter->ddl->arena, prepared);
    return STATUS_OK;
}

static Status find_transform(TypeChange *change, const AstAlterTableCmd *command, Expr **expr_out) {
    for (size_t i = 0; i < change->alter->transforms.count; i++) {
        const Transform *prepared = &change->alter->transforms.items[i];
        if (prepared->relation == change->relation->oid && prepared->command == command) {
            *expr_out = prepared->expr;
            return STATUS_OK;
        }
    }
    return transform(change, command, expr_out);
}

static bool is_done(const Alter *alter, Oid oid, const AstAlterTableCmd *command) {
    for (size_t i = 0; i < alter->transforms.count; i++) {
        const Transform *prepared = &alter->transforms.items[i];
        if (prepared->done && prepared->relation == oid && prepared->command == command)
            return true;
    }
    return false;
}

Status alter_column_type(Alter *alter, Oid oid, const AstAlterTableCmd *command, bool recursing) {
    Ddl *ddl = alter->ddl;
    const AstColumnDef *def = (const AstColumnDef *)command->definition;
    TypeChange change = {.alter = alter};
    Status status;
    change.table = alter_table_of(alter, oid, &status);
    TRY(status);
    if (recursing && is_done(alter, oid, command))
        return STATUS_OK;
    TRY(catalog_relation_require(ddl->catalog, oid, &change.relation));
    if (change.relation->of_type != OID_INVALID && !alter->typed && !recursing)
        return error(ERR_WRONG_OBJECT_TYPE, "cannot alter column type of typed table");
    TRY(alter_column(change.relation, command->name, &change.column));
    TRY(alter_typed_tables(alter, change.relation, command, alter_column_type));
    if (change.relation->kind != 'r' && change.relation->kind != 'm')
        TRY(ddl_check_row_type_unused(ddl, change.relation));
    TRY(open_change(&change, oid, command));
    TRY(ddl_check_not_in_itself(ddl, change.type, change.relation->row_type));
    if (!recursing)
        alter->type_root = oid;
    TRY(check_allowed(&change, command, recursing));
    Expr *expr = NULL;
    if (change.relation->store != 0 || change.relation->kind == 'p')
        TRY(find_transform(&change, command, &expr));
    if (alter->recurse) {
        const Oid *children;
        uint32_t count;
        TRY(alter_children(alter, oid, &children, &count));
        for (uint32_t i = 0; i < count; i++)
            TRY(alter_column_type(alter, children[i], command, true));
    } else if (!recursing && change.relation->child_count > 0) {
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "type of inherited column \"%s\" must be changed in child tables too",
                     command->name);
    }
    bool keeps;
    TRY(alter_type_keeps(alter, change.column, expr, &keeps));
    keeps &= change.collation == change.column->collation;
    TRY(remember_checks(&change));
    TRY(change_indexes(&change));
    TRY(change_fks(&change));
    TRY(store_column(&change, (int32_t)def->type->bound_count));
    TRY(convert_default(&change));
    TRY(convert_identity(&change));
    Transform done = {.relation = oid, .command = command, .expr = expr, .done = true};
    vec_push(&alter->transforms, ddl->arena, done);
    if (change.relation->store != 0) {
        NewValue value = {change.column->attnum, expr, false};
        vec_push(&change.table->values, ddl->arena, value);
        change.table->rewrite |= !keeps;
    }
    return STATUS_OK;
}
