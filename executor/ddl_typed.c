/*
 * ddl_typed.c: tables of a composite type (CREATE TABLE .. OF), and what else hangs on a row type: the
 * tables that follow ALTER TYPE .. CASCADE, the columns that hold values of it.
 */
#include "executor/ddl_int.h"
#include "executor/exec_int.h"

Status ddl_check_of_type(Ddl *ddl, Oid of, const RelationDesc **relation_out) {
    const TypeDesc *type;
    *relation_out = NULL;
    TRY(catalog_type_require(ddl->catalog, of, &type));
    if (type->kind == 'c')
        TRY(catalog_relation_require(ddl->catalog, type->relation, relation_out));
    if (*relation_out != NULL && (*relation_out)->kind == 'c')
        return STATUS_OK;
    const char *text;
    TRY(format_type_brief(ddl->catalog, ddl->arena, of, &text));
    return error(ERR_WRONG_OBJECT_TYPE, "type %s is not a composite type", text);
}

Status ddl_typed_tables(Ddl *ddl, const RelationDesc *type, AstDropBehavior behavior,
                        const Oid **tables_out, size_t *count_out) {
    DependRow *rows;
    size_t count;
    VEC(Oid) tables = {0};
    *tables_out = NULL;
    *count_out = 0;
    if (type->kind != 'c')
        return STATUS_OK;
    TRY(depend_list_on(ddl->catalog, object_address(PG_TYPE, type->row_type, 0), ddl->arena, &rows,
                       &count));
    for (size_t i = 0; i < count; i++) {
        const RelationDesc *relation;
        ObjectAddress by = rows[i].depender;
        if (by.class_id != PG_CLASS || by.sub != 0)
            continue;
        TRY(catalog_relation(ddl->catalog, by.object, &relation));
        if (relation == NULL || relation->of_type != type->row_type)
            continue;
        if (behavior != AST_DROP_CASCADE)
            return status_hint(
                error(ERR_DEPENDENT_OBJECTS_STILL_EXIST,
                      "cannot alter type \"%s\" because it is the type of a typed table",
                      type->name),
                "Use ALTER ... CASCADE to alter the typed tables too.");
        TRY(relation_lock(ddl->catalog, by.object, LOCK_ACCESS_EXCLUSIVE, LOCK_WAIT, NULL));
        vec_push(&tables, ddl->arena, by.object);
    }
    *tables_out = tables.items;
    *count_out = tables.count;
    return STATUS_OK;
}

/* ---- columns that hold values of a row type ---- */

static Status used_by(const RelationDesc *origin, const char *origin_type,
                      const RelationDesc *relation, const ColumnDesc *column) {
    if (origin_type != NULL || origin->kind == 'c')
        return error(
            ERR_FEATURE_NOT_SUPPORTED, "cannot alter type \"%s\" because column \"%s.%s\" uses it",
            origin_type != NULL ? origin_type : origin->name, relation->name, column->name);
    return error(ERR_FEATURE_NOT_SUPPORTED,
                 "cannot alter %s \"%s\" because column \"%s.%s\" uses its row type",
                 origin->kind == 'f' ? "foreign table" : "table", origin->name, relation->name,
                 column->name);
}

/* The column that a dependency is about; of an index over an expression: the one of that type. */
static const ColumnDesc *dependent_column(const RelationDesc *relation, int32_t sub, Oid type) {
    if (sub > 0 && sub <= relation->column_count)
        return &relation->columns[sub - 1];
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (relation->columns[i].type == type && !relation->columns[i].dropped)
            return &relation->columns[i];
    return NULL;
}

static Status check_uses(Ddl *ddl, Oid type, const RelationDesc *origin, const char *origin_type) {
    DependRow *rows;
    size_t count;
    TRY(fiber_stack_check());
    TRY(depend_list_on(ddl->catalog, object_address(PG_TYPE, type, 0), ddl->arena, &rows, &count));
    for (size_t i = 0; i < count; i++) {
        ObjectAddress by = rows[i].depender;
        const RelationDesc *relation;
        if (by.class_id == PG_TYPE)
            TRY(check_uses(ddl, by.object, origin, origin_type));
        if (by.class_id != PG_CLASS)
            continue;
        TRY(catalog_relation(ddl->catalog, by.object, &relation));
        if (relation == NULL)
            continue;
        const ColumnDesc *column = dependent_column(relation, by.sub, type);
        if (column == NULL)
            continue;
        if (strchr("rmipI", relation->kind) != NULL)
            return used_by(origin, origin_type, relation, column);
        if (relation->row_type != OID_INVALID)
            TRY(check_uses(ddl, relation->row_type, origin, origin_type));
    }
    return STATUS_OK;
}

Status ddl_check_type_unused(Ddl *ddl, Oid type, const char *origin) {
    return check_uses(ddl, type, NULL, origin);
}

Status ddl_check_row_type_unused(Ddl *ddl, const RelationDesc *relation) {
    return relation->row_type == OID_INVALID ? STATUS_OK
                                             : check_uses(ddl, relation->row_type, relation, NULL);
}

/* ---- a row type in itself ---- */

static Status check_contains(Ddl *ddl, Oid type, Oid row_type) {
    const TypeDesc *desc;
    TRY(fiber_stack_check());
    if (type == row_type) {
        const char *text;
        TRY(format_type_brief(ddl->catalog, ddl->arena, row_type, &text));
        return error(ERR_INVALID_TABLE_DEFINITION,
                     "composite type %s cannot be made a member of itself", text);
    }
    TRY(catalog_type_require(ddl->catalog, type, &desc));
    if (desc->kind == 'd')
        return check_contains(ddl, desc->base, row_type);
    if (desc->kind == 'r' || desc->kind == 'm') {
        const RangeDesc *range;
        TRY(desc->kind == 'r' ? catalog_range(ddl->catalog, type, &range)
                              : catalog_range_by_multirange(ddl->catalog, type, &range));
        return range == NULL ? STATUS_OK : check_contains(ddl, range->subtype, row_type);
    }
    Oid element;
    TRY(catalog_array_element(ddl->catalog, type, &element));
    if (element != OID_INVALID)
        return check_contains(ddl, element, row_type);
    if (desc->kind != 'c')
        return STATUS_OK;
    const RelationDesc *relation;
    TRY(catalog_relation_require(ddl->catalog, desc->relation, &relation));
    for (uint16_t i = 0; i < relation->column_count; i++)
        if (!relation->columns[i].dropped)
            TRY(check_contains(ddl, relation->columns[i].type, row_type));
    return STATUS_OK;
}

Status ddl_check_not_in_itself(Ddl *ddl, Oid type, Oid row_type) {
    return row_type == OID_INVALID ? STATUS_OK : check_contains(ddl, type, row_type);
}
