/* ddl_constraint.c: CHECK and FOREIGN KEY constraints; the rest goes to ddl_index.c. */
#include "executor/ddl_partition.h"

/* ---- CHECK ---- */

typedef struct CheckScan {
    ExprEval *eval;
    const RelationDesc *relation;
    const char *name;
} CheckScan;

static Status check_row(void *arg, RowId rowid, const Datum *values, const bool *nulls) {
    CheckScan *scan = arg;
    Datum value;
    bool null;
    TRY(expr_eval_row(scan->eval, 0, values, nulls, &value, &null));
    bool violated = !null && !value.b;
    expr_eval_reset(scan->eval);
    if (!violated)
        return STATUS_OK;
    return status_object(error(ERR_CHECK_VIOLATION,
                               "check constraint \"%s\" of relation \"%s\" is violated by some row",
                               scan->name, scan->relation->name),
                         scan->relation->nsp_name, scan->relation->name, NULL, NULL, scan->name);
}

typedef struct ColumnSet {
    int16_t *items; /* room for TUPLE_COLUMNS_MAX */
    uint16_t count;
} ColumnSet;

static bool collect_column(Expr *expr, void *arg) {
    ColumnSet *set = arg;
    if (expr == NULL || expr->tag != EXPR_COLUMN)
        return expr != NULL && expr_walk(expr, collect_column, arg);
    int16_t attno = ((ExprColumn *)expr)->attno;
    for (uint16_t i = 0; i < set->count; i++)
        if (set->items[i] == attno)
            return false;
    if (set->count < TUPLE_COLUMNS_MAX)
        set->items[set->count++] = attno;
    return false;
}

void ddl_expr_columns(Expr *expr, int16_t *numbers, uint16_t *count_out) {
    ColumnSet set = {numbers, 0};
    collect_column(expr, &set);
    *count_out = set.count;
}

static Status verify_check(Ddl *ddl, const RelationDesc *relation, Expr *expr, const char *name) {
    CheckScan scan = {.relation = relation, .name = name};
    Expr *planned;
    TRY(plan_expr(&ddl->session->env, ddl->arena, &ddl->session->planner,
                  expr_copy(ddl->arena, expr), SLOT_LEFT, &planned));
    TRY(expr_eval_make(ddl->session, ddl->arena, &planned, 1, &scan.eval));
    Status status = ddl_each_row(ddl, relation, check_row, &scan);
    expr_eval_free(scan.eval);
    return status;
}

Status ddl_verify_check(Ddl *ddl, const RelationDesc *relation, const CheckDesc *check) {
    Expr *expr;
    TRY(expr_from_string(ddl->arena, check->expr, strlen(check->expr), &expr));
    return verify_check(ddl, relation, expr, check->name);
}

static Status choose_name(Ddl *ddl, const RelationDesc *relation, const char *given,
                          const char *middle, const char *suffix, const char **name_out) {
    if (given == NULL)
        return name_choose_relation(ddl->catalog, ddl->arena, relation->name, middle, suffix,
                                    relation->nsp, true, name_out);
    *name_out = given;
    bool used;
    TRY(constraint_name_used(ddl->catalog, relation->oid, OID_INVALID, given, &used));
    if (used && !ddl->altering && strcmp(suffix, "check") == 0)
        return error(ERR_DUPLICATE_OBJECT, "check constraint \"%s\" already exists", given);
    return used
               ? error(ERR_DUPLICATE_OBJECT, "constraint \"%s\" for relation \"%s\" already exists",
                       given, relation->name)
               : STATUS_OK;
}

static Status add_check(Ddl *ddl, const RelationDesc *relation, const AstConstraint *constraint,
                        bool check_rows) {
    ExprScope scope = {.relation = relation->oid};
    Expr *expr;
    Status status = analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner,
                                 constraint->expr, &scope, EXPR_KIND_CHECK_CONSTRAINT, &expr);
    if (status_ok(status))
        status = analyze_coerce_boolean(&ddl->session->env, ddl->arena, expr, "CHECK", &expr);
    if (!status_ok(status))
        return ddl->altering ? status_unplaced(status) : status;
    if (constraint->no_inherit && relation->kind == 'p')
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "cannot add NO INHERIT constraint to partitioned table \"%s\"",
                     relation->name);
    ColumnSet columns = {.items = arena_array(ddl->arena, int16_t, TUPLE_COLUMNS_MAX)};
    collect_column(expr, &columns);
    const char *middle =
        columns.count == 1 && columns.items[0] > 0   ? relation->columns[columns.items[0] - 1].name
        : columns.count == 1 && columns.items[0] < 0 ? "tableoid" /* checks may read no other */
                                                     : NULL;
    ConstraintSpec spec = {.nsp = relation->nsp,
                           .type = 'c',
                           .validated = !constraint->not_valid || !ddl->altering,
                           .is_local = true,
                           .no_inherit = constraint->no_inherit,
                           .relation = relation->oid,
                           .columns = columns.items,
                           .column_count = columns.count,
                           .key_count = columns.count};
    TRY(choose_name(ddl, relation, constraint->name, middle, "check", &spec.name));
    if (check_rows && !constraint->not_valid)
        TRY(verify_check(ddl, relation, expr, spec.name));
    AddressList addresses = {0};
    ddl_expr_addresses(ddl, expr, OID_INVALID, &addresses);
    spec.expr = expr_to_string(ddl->arena, expr);
    spec.expr_referenced = addresses.items;
    spec.expr_referenced_count = addresses.count;
    Oid oid;
    return constraint_create(ddl->catalog, &spec, &oid);
}

Status ddl_count_check_parent(Ddl *ddl, Oid constraint, int32_t delta, bool local) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, constraint, ddl->arena, &row,
                         &found));
    if (!found)
        return STATUS_OK;
    row.values[PG_CONSTRAINT_CONINHCOUNT].i32 += delta;
    if (local)
        row.values[PG_CONSTRAINT_CONISLOCAL] = datum_bool(true);
    return catalog_update(ddl->catalog, PG_CONSTRAINT, &row);
}

Status ddl_same_expression(Ddl *ddl, const RelationDesc *other, const char *from,
                           const RelationDesc *relation, const char *own, bool *same_out) {
    Expr *x, *y;
    TRY(expr_from_string(ddl->arena, from, strlen(from), &x));
    TRY(expr_from_string(ddl->arena, own, strlen(own), &y));
    Status s = partition_map_columns(ddl->arena, other, relation, x, &x);
    *same_out = status_ok(s) && expr_equal(x, y);
    if (status_ok(s) || s.error->state == ERR_OUT_OF_MEMORY)
        return s;
    status_free(s); /* it speaks of columns that only one has */
    return STATUS_OK;
}

/* One more definition of a check: the relation's own, or a parent's. */
static Status count_definition(Ddl *ddl, const RelationDesc *relation, const CheckDesc *own,
                               bool local, bool no_inherit) {
    CatalogRow row;
    bool found;
    TRY(catalog_find_oid(ddl->catalog, PG_CONSTRAINT_OID_INDEX, own->oid, ddl->arena, &row,
                         &found));
    if (!found)
        return STATUS_OK;
    if (relation->is_partition) {
        row.values[PG_CONSTRAINT_CONINHCOUNT] = datum_i32(1);
        row.values[PG_CONSTRAINT_CONISLOCAL] = datum_bool(false);
    } else if (local) {
        row.values[PG_CONSTRAINT_CONISLOCAL] = datum_bool(true);
    } else {
        row.values[PG_CONSTRAINT_CONINHCOUNT].i32++;
    }
    if (no_inherit)
        row.values[PG_CONSTRAINT_CONNOINHERIT] = datum_bool(true);
    return catalog_update(ddl->catalog, PG_CONSTRAINT, &row);
}

static const CheckDesc *check_named(const RelationDesc *relation, const char *name) {
    for (uint16_t i = 0; i < relation->check_count && name != NULL; i++)
        if (strcmp(relation->checks[i].name, name) == 0)
            return &relation->checks[i];
    return NULL;
}

Status ddl_merge_check(Ddl *ddl, Oid oid, const AstConstraint *constraint, bool local,
                       bool recursing, bool *merged_out) {
    const RelationDesc *relation;
    ExprScope scope = {.relation = oid};
    Expr *expr, *other;
    *merged_out = false;
    TRY(catalog_relation_require(ddl->catalog, oid, &relation));
    const CheckDesc *own = check_named(relation, constraint->name);
    if (own == NULL || (!ddl->altering && own->inherit_count == 0))
        return STATUS_OK;
    TRY(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, constraint->expr,
                     &scope, EXPR_KIND_CHECK_CONSTRAINT, &expr));
    TRY(analyze_coerce_boolean(&ddl->session->env, ddl->arena, expr, "CHECK", &expr));
    TRY(expr_from_string(ddl->arena, own->expr, strlen(own->expr), &other));
    bool allowed =
        recursing || !ddl->altering || (local && !own->is_local && !relation->is_partition);
    if (!allowed || !expr_equal(expr, other))
        return error(ERR_DUPLICATE_OBJECT, "constraint \"%s\" for relation \"%s\" already exists",
                     own->name, relation->name);
    if (own->no_inherit)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "constraint \"%s\" conflicts with non-inherited constraint on relation \"%s\"",
                     own->name, relation->name);
    if (constraint->no_inherit && own->inherit_count > 0)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "constraint \"%s\" conflicts with inherited constraint on relation \"%s\"",
                     own->name, relation->name);
    if ((!constraint->not_valid || !ddl->altering) && !own->validated)
        return error(ERR_INVALID_OBJECT_DEFINITION,
                     "constraint \"%s\" conflicts with NOT VALID constraint on relation \"%s\"",
                     own->name, relation->name);
    ddl_notice(ddl, ERR_SUCCESSFUL_COMPLETION,
               "merging constraint \"%s\" with inherited definition", own->name);
    *merged_out = true;
    return count_definition(ddl, relation, own, local, constraint->no_inherit);
}

/* ---- FOREIGN KEY ---- */

static Status column_numbers(Ddl *ddl, const RelationDesc *relation, const StrList *names,
                             int16_t **numbers_out) {
    *numbers_out = arena_array(ddl->arena, int16_t, names->count);
    if (names->count > 32)
        return error(ERR_TOO_MANY_COLUMNS, "cannot have more than 32 keys in a foreign key");
    for (uint32_t i = 0; i < names->count; i++) {
        const ColumnDesc *column = relation_column(relation, names->items[i]);
        if (column == NULL && ddl_is_system_column(names->items[i]))
            return error(ERR_FEATURE_NOT_SUPPORTED,
                         "system columns cannot be used in foreign keys");
        if (column == NULL)
            return error(ERR_UNDEFINED_COLUMN,
                         "column \"%s\" referenced in foreign key constraint does not exist",
                         names->items[i]);
        (*numbers_out)[i] = column->attnum;
    }
    return STATUS_OK;
}

static Status primary_key_columns(Ddl *ddl, const RelationDesc *referenced, int16_t **numbers_out,
                                  uint16_t *count_out, const IndexDesc **index_out) {
    if (referenced->primary < 0)
        return error(ERR_UNDEFINED_OBJECT, "there is no primary key for referenced table \"%s\"",
                     referenced->name);
    const IndexDesc *index = &referenced->indexes[referenced->primary];
    if (!index->immediate)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "cannot use a deferrable primary key for referenced table \"%s\"",
                     referenced->name);
    *index_out = index;
    *count_out = index->key_count;
    *numbers_out = arena_memdup(ddl->arena, index->attnums, index->key_count * sizeof(int16_t));
    return STATUS_OK;
}

/* A unique index over exactly these columns, in any order. */
static const IndexDesc *matching_index(const RelationDesc *referenced, const int16_t *numbers,
                                       uint16_t count, bool immediate) {
    for (uint16_t i = 0; i < referenced->index_count; i++) {
        const IndexDesc *index = &referenced->indexes[i];
        if (!index->unique || !index->valid || index->key_count != count ||
            index->predicate != NULL || index->expressions != NULL || index->immediate != immediate)
            continue;
        uint16_t matched = 0;
        for (uint16_t k = 0; k < count; k++)
            for (uint16_t j = 0; j < count; j++)
                matched += index->attnums[k] == numbers[j];
        if (matched == count)
            return index;
    }
    return NULL;
}

/* The equality operators that compare the keys: pk = fk, pk = pk, fk = fk. */
static Status key_operators(Ddl *ddl, const RelationDesc *relation, const RelationDesc *referenced,
                            const IndexDesc *index, ConstraintSpec *spec) {
    Oid *pf = arena_array(ddl->arena, Oid, spec->column_count);
    Oid *pp = arena_array(ddl->arena, Oid, spec->column_count);
    Oid *ff = arena_array(ddl->arena, Oid, spec->column_count);
    for (uint16_t i = 0; i < spec->column_count; i++) {
        const ColumnDesc *fk = &relation->columns[spec->columns[i] - 1];
        const ColumnDesc *pk = &referenced->columns[spec->referenced_columns[i] - 1];
        uint16_t place = 0;
        while (index->attnums[place] != pk->attnum)
            place++;
        TRY(ddl_fk_operators(ddl, index->families[place], index->input_types[place], pk->type,
                             fk->type, &pp[i], &pf[i], &ff[i]));
        if (pf[i] == OID_INVALID || ff[i] == OID_INVALID) {
            const char *fk_type, *pk_type;
            TRY(format_type_brief(ddl->catalog, ddl->arena, fk->type, &fk_type));
            TRY(format_type_brief(ddl->catalog, ddl->arena, pk->type, &pk_type));
            return status_detail(
                error(ERR_DATATYPE_MISMATCH, "foreign key constraint \"%s\" cannot be implemented",
                      spec->name),
                "Key columns \"%s\" and \"%s\" are of incompatible types: %s and %s.", fk->name,
                pk->name, fk_type, pk_type);
        }
    }
    spec->pf_equal = pf;
    spec->pp_equal = pp;
    spec->ff_equal = ff;
    return STATUS_OK;
}

static Status find_key(Ddl *ddl, const RelationDesc *referenced, const AstConstraint *constraint,
                       ConstraintSpec *spec, const IndexDesc **index_out) {
    int16_t *numbers;
    uint16_t count = (uint16_t)constraint->pk_columns.count;
    if (count == 0) {
        TRY(primary_key_columns(ddl, referenced, &numbers, &count, index_out));
    } else {
        TRY(column_numbers(ddl, referenced, &constraint->pk_columns, &numbers));
        *index_out = matching_index(referenced, numbers, count, true);
        if (*index_out == NULL && matching_index(referenced, numbers, count, false) != NULL)
            return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                         "cannot use a deferrable unique constraint for referenced table \"%s\"",
                         referenced->name);
        if (*index_out == NULL)
            return error(ERR_INVALID_FOREIGN_KEY,
                         "there is no unique constraint matching given keys for referenced table "
                         "\"%s\"",
                         referenced->name);
    }
    spec->referenced_columns = numbers;
    if (count != spec->column_count)
        return error(ERR_INVALID_FOREIGN_KEY, "number of referencing and referenced columns for "
                                              "foreign key disagree");
    spec->index = (*index_out)->oid;
    return STATUS_OK;
}

/* Keeps the first of each; returns how many are left. */
static uint16_t distinct_numbers(int16_t *numbers, uint16_t count) {
    uint16_t kept = 0;
    for (uint16_t i = 0; i < count; i++) {
        bool seen = false;
        for (uint16_t k = 0; k < kept; k++)
            seen |= numbers[k] == numbers[i];
        if (!seen)
            numbers[kept++] = numbers[i];
    }
    return kept;
}

/* ON DELETE SET NULL (columns): columns of the key. */
static Status check_delete_set(const AstConstraint *constraint) {
    for (uint32_t i = 0; i < constraint->fk_delete_columns.count; i++) {
        const char *name = constraint->fk_delete_columns.items[i];
        bool part = false;
        for (uint32_t k = 0; k < constraint->fk_columns.count; k++)
            part |= strcmp(name, constraint->fk_columns.items[k]) == 0;
        if (!part)
            return error(ERR_INVALID_COLUMN_REFERENCE,
                         "column \"%s\" referenced in ON DELETE SET action must be part of foreign "
                         "key",
                         name);
    }
    return STATUS_OK;
}

/* Actions that would write a generated column. */
static Status check_generated(const RelationDesc *relation, const AstConstraint *constraint,
                              const int16_t *numbers) {
    bool any = false;
    for (uint32_t i = 0; i < constraint->fk_columns.count; i++)
        any |= relation->columns[numbers[i] - 1].generated != 0;
    if (!any)
        return STATUS_OK;
    char update = (char)constraint->fk_update, remove = (char)constraint->fk_delete;
    const char *what = update == 'n' || update == 'd' || update == 'c' ? "ON UPDATE"
                       : remove == 'n' || remove == 'd'                ? "ON DELETE"
                                                                       : NULL;
    return what == NULL ? STATUS_OK
                        : error(ERR_SYNTAX_ERROR,
                                "invalid %s action for foreign key constraint containing generated "
                                "column",
                                what);
}

/* A partitioned table's foreign key is that of all its rows. */
static Status check_partitioned(Ddl *ddl, const RelationDesc *relation,
                                const RelationDesc *referenced, const AstConstraint *constraint) {
    if (relation->kind != 'p' || !ddl->altering)
        return STATUS_OK;
    if (ddl->only)
        return error(ERR_WRONG_OBJECT_TYPE,
                     "cannot use ONLY for foreign key on partitioned table \"%s\" referencing "
                     "relation \"%s\"",
                     relation->name, referenced->name);
    if (!constraint->not_valid)
        return STATUS_OK;
    return status_detail(error(ERR_WRONG_OBJECT_TYPE,
                               "cannot add NOT VALID foreign key on partitioned table \"%s\" "
                               "referencing relation \"%s\"",
                               relation->name, referenced->name),
                         "This feature is not yet supported on partitioned tables.");
}

/* What others cannot see, or loses its rows in a crash, is nothing to rely on. */
static Status check_persistence(char from, char to) {
    if (from == 'p' && to != 'p')
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "constraints on permanent tables may reference only permanent tables");
    if (from == 'u' && to == 't')
        return error(ERR_INVALID_TABLE_DEFINITION, "constraints on unlogged tables may reference "
                                                   "only permanent or unlogged tables");
    if (from == 't' && to != 't')
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "constraints on temporary tables may reference only temporary tables");
    return STATUS_OK;
}

static Status add_foreign_key(Ddl *ddl, const RelationDesc *relation,
                              const AstConstraint *constraint, bool check_rows) {
    const RelationDesc *referenced;
    TRY(ddl_relation(ddl, constraint->references, LOCK_SHARE_ROW_EXCLUSIVE, false, &referenced));
    TRY(check_partitioned(ddl, relation, referenced, constraint));
    if (referenced->kind != 'r' && referenced->kind != 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "referenced relation \"%s\" is not a table",
                     referenced->name);
    TRY(object_check_acl(ddl->catalog, PG_CLASS, referenced->oid, ACL_REFERENCES));
    TRY(check_persistence(relation->persistence, referenced->persistence));
    ConstraintSpec spec = {.nsp = relation->nsp,
                           .type = 'f',
                           .deferrable = constraint->deferrable,
                           .deferred = constraint->initially_deferred,
                           .validated = !constraint->not_valid || !ddl->altering,
                           .is_local = true,
                           .no_inherit = relation->kind != 'p',
                           .bare = true,
                           .relation = relation->oid,
                           .column_count = (uint16_t)constraint->fk_columns.count,
                           .key_count = (uint16_t)constraint->fk_columns.count,
                           .referenced = referenced->oid,
                           .on_update = (char)constraint->fk_update,
                           .on_delete = (char)constraint->fk_delete,
                           .match = (char)constraint->fk_match};
    int16_t *numbers, *delete_set;
    TRY(column_numbers(ddl, relation, &constraint->fk_columns, &numbers));
    TRY(column_numbers(ddl, relation, &constraint->fk_delete_columns, &delete_set));
    spec.columns = numbers;
    TRY(check_delete_set(constraint));
    TRY(check_generated(relation, constraint, numbers));
    spec.delete_set_columns = delete_set;
    spec.delete_set_count =
        distinct_numbers(delete_set, (uint16_t)constraint->fk_delete_columns.count);
    StrBuf middle;
    strbuf_init(&middle, ddl->arena);
    for (uint32_t i = 0; i < constraint->fk_columns.count; i++)
        strbuf_printf(&middle, "%s%s", i > 0 ? "_" : "", constraint->fk_columns.items[i]);
    TRY(choose_name(ddl, relation, constraint->name, strbuf_cstr(&middle), "fkey", &spec.name));
    const IndexDesc *index;
    TRY(find_key(ddl, referenced, constraint, &spec, &index));
    TRY(key_operators(ddl, relation, referenced, index, &spec));
    Oid oid;
    FkTriggers none = {{0}};
    TRY(constraint_create(ddl->catalog, &spec, &oid));
    TRY(ddl_foreign_key_referenced(ddl, &spec, oid, none));
    return ddl_foreign_key_referring(ddl, &spec, oid, none, check_rows && !constraint->not_valid);
}

Status ddl_add_constraint(Ddl *ddl, Oid relation, const AstConstraint *constraint,
                          bool check_rows) {
    const RelationDesc *desc;
    TRY(catalog_relation_require(ddl->catalog, relation, &desc));
    if (desc->kind == 'f')
        TRY(ddl_refuse_foreign_constraint(constraint));
    switch (constraint->kind) {
    case AST_CONSTRAINT_CHECK:
        return add_check(ddl, desc, constraint, check_rows);
    case AST_CONSTRAINT_FOREIGN_KEY:
        return add_foreign_key(ddl, desc, constraint, check_rows);
    case AST_CONSTRAINT_PRIMARY_KEY:
    case AST_CONSTRAINT_UNIQUE:
        return ddl_unique_constraint(ddl, desc, constraint);
    case AST_CONSTRAINT_EXCLUSION:
        return ddl_exclusion_constraint(ddl, desc, constraint);
    default:
        return error(ERR_INTERNAL_ERROR, "unexpected constraint kind %d", (int)constraint->kind);
    }
}
