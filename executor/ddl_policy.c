/* ddl_policy.c: CREATE and ALTER POLICY. */
#include "executor/ddl_int.h"

static Status policy_roles(Ddl *ddl, const AstList *specs, Datum *array_out) {
    Oid *roles = arena_array(ddl->arena, Oid, specs->count + 1);
    uint32_t count = 0;
    AST_FOREACH(AstRoleSpec, spec, *specs) {
        if (spec->kind == AST_ROLE_PUBLIC) {
            if (specs->count > 1) {
                Status notice = status_hint(error(ERR_INVALID_PARAMETER_VALUE,
                                                  "ignoring specified roles other than PUBLIC"),
                                            "All roles are members of the PUBLIC role.");
                ddl->session->ops->notice(ddl->session, NOTICE_WARNING, notice);
            }
            count = 0;
            break;
        }
        TRY(ddl_role(ddl, spec, &roles[count++]));
    }
    if (count == 0)
        roles[count++] = OID_INVALID;
    *array_out = row_oid_array(ddl->arena, roles, count);
    return STATUS_OK;
}

static Status policy_expr(Ddl *ddl, Oid relation, const Ast *ast, CatalogRow *row, int column,
                          AddressList *addresses) {
    if (ast == NULL)
        return STATUS_OK;
    ExprScope scope = {.relation = relation};
    Expr *expr;
    TRY(ddl_unplaced(analyze_expr(&ddl->session->env, ddl->arena, &ddl->session->planner, ast,
                                  &scope, EXPR_KIND_POLICY, &expr)));
    TRY(ddl_unplaced(
        analyze_coerce_boolean(&ddl->session->env, ddl->arena, expr, "POLICY", &expr)));
    row->nulls[column] = false;
    row->values[column] = datum_cstr(expr_to_string(ddl->arena, expr));
    ddl_expr_addresses(ddl, expr, relation, addresses);
    return STATUS_OK;
}

static Status open_table(Ddl *ddl, const AstRangeVar *name, const RelationDesc **relation_out) {
    TRY(ddl_relation(ddl, name, LOCK_ACCESS_EXCLUSIVE, false, relation_out));
    TRY(object_check_owner(ddl->catalog, PG_CLASS, (*relation_out)->oid));
    if ((*relation_out)->kind != 'r' && (*relation_out)->kind != 'p')
        return error(ERR_WRONG_OBJECT_TYPE, "\"%s\" is not a table", (*relation_out)->name);
    return STATUS_OK;
}

static Status check_command(char command, bool has_using, bool has_check) {
    if ((command == 'r' || command == 'd') && has_check)
        return error(ERR_SYNTAX_ERROR, "WITH CHECK cannot be applied to SELECT or DELETE");
    if (command == 'a' && has_using)
        return error(ERR_SYNTAX_ERROR, "only WITH CHECK expression allowed for INSERT");
    return STATUS_OK;
}

static Status depend(Ddl *ddl, Oid policy, Oid relation, const AddressList *addresses) {
    ObjectAddress self = object_address(PG_POLICY, policy, 0);
    TRY(depend_record(ddl->catalog, self, object_address(PG_CLASS, relation, 0), DEPEND_AUTO));
    TRY(depend_record_many(ddl->catalog, self, addresses->items, addresses->count, DEPEND_NORMAL));
    catalog_touch_relation(ddl->catalog, relation);
    return STATUS_OK;
}

static Status execute_create(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstCreatePolicy *statement = (const AstCreatePolicy *)call->raw->statement;
    char command = strcmp(statement->command, "select") == 0   ? 'r'
                   : strcmp(statement->command, "insert") == 0 ? 'a'
                   : strcmp(statement->command, "update") == 0 ? 'w'
                   : strcmp(statement->command, "delete") == 0 ? 'd'
                                                               : '*';
    const RelationDesc *relation;
    CatalogRow row = {0};
    bool found;
    Oid oid;
    AddressList addresses = {0};
    TRY(check_command(command, statement->using_expr != NULL, statement->check_expr != NULL));
    TRY(open_table(&ddl, statement->table, &relation));
    TRY(catalog_find_name(ddl.catalog, PG_POLICY_POLRELID_POLNAME_INDEX, statement->name,
                          relation->oid, ddl.arena, &row, &found));
    if (found)
        return error(ERR_DUPLICATE_OBJECT, "policy \"%s\" for table \"%s\" already exists",
                     statement->name, relation->name);
    row = (CatalogRow){0};
    TRY(catalog_new_oid(ddl.catalog, PG_POLICY, &oid));
    row.values[PG_POLICY_OID] = datum_oid(oid);
    row.values[PG_POLICY_POLNAME] = datum_cstr(statement->name);
    row.values[PG_POLICY_POLRELID] = datum_oid(relation->oid);
    row.values[PG_POLICY_POLCMD].byte = (uint8_t)command;
    row.values[PG_POLICY_POLPERMISSIVE] = datum_bool(statement->permissive);
    row.nulls[PG_POLICY_POLQUAL] = row.nulls[PG_POLICY_POLWITHCHECK] = true;
    TRY(policy_roles(&ddl, &statement->roles, &row.values[PG_POLICY_POLROLES]));
    TRY(policy_expr(&ddl, relation->oid, statement->using_expr, &row, PG_POLICY_POLQUAL,
                    &addresses));
    TRY(policy_expr(&ddl, relation->oid, statement->check_expr, &row, PG_POLICY_POLWITHCHECK,
                    &addresses));
    TRY(catalog_insert(ddl.catalog, PG_POLICY, &row));
    return depend(&ddl, oid, relation->oid, &addresses);
}

/* What the conditions as they stand in the row need. */
static Status stored_addresses(Ddl *ddl, Oid relation, const CatalogRow *row,
                               AddressList *addresses) {
    static const int columns[] = {PG_POLICY_POLQUAL, PG_POLICY_POLWITHCHECK};
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        Expr *expr;
        if (row->nulls[columns[i]])
            continue;
        Str text = row->values[columns[i]].str;
        TRY(expr_from_string(ddl->arena, text.data, text.len, &expr));
        ddl_expr_addresses(ddl, expr, relation, addresses);
    }
    return STATUS_OK;
}

static Status execute_alter(UtilityCall *call) {
    Ddl ddl = ddl_of(call);
    const AstAlterPolicy *statement = (const AstAlterPolicy *)call->raw->statement;
    const RelationDesc *relation;
    CatalogRow row;
    bool found;
    AddressList addresses = {0};
    TRY(open_table(&ddl, statement->table, &relation));
    TRY(catalog_find_name(ddl.catalog, PG_POLICY_POLRELID_POLNAME_INDEX, statement->name,
                          relation->oid, ddl.arena, &row, &found));
    if (!found)
        return error(ERR_UNDEFINED_OBJECT, "policy \"%s\" for table \"%s\" does not exist",
                     statement->name, relation->name);
    TRY(check_command((char)row.values[PG_POLICY_POLCMD].byte, statement->using_expr != NULL,
                      statement->check_expr != NULL));
    if (statement->roles.count > 0)
        TRY(policy_roles(&ddl, &statement->roles, &row.values[PG_POLICY_POLROLES]));
    TRY(policy_expr(&ddl, relation->oid, statement->using_expr, &row, PG_POLICY_POLQUAL,
                    &addresses));
    TRY(policy_expr(&ddl, relation->oid, statement->check_expr, &row, PG_POLICY_POLWITHCHECK,
                    &addresses));
    TRY(stored_addresses(&ddl, relation->oid, &row, &addresses));
    TRY(catalog_update(ddl.catalog, PG_POLICY, &row));
    TRY(depend_delete_of(ddl.catalog, object_address(PG_POLICY, row_oid(&row, PG_POLICY_OID), 0),
                         false, NULL));
    return depend(&ddl, row_oid(&row, PG_POLICY_OID), relation->oid, &addresses);
}

static const UtilityCommand commands[] = {
    {AST_CREATE_POLICY, "CREATE POLICY", UTILITY_WRITES, execute_create, NULL},
    {AST_ALTER_POLICY, "ALTER POLICY", UTILITY_WRITES, execute_alter, NULL},
};

void ddl_policy_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
