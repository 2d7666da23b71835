/* alter_system.c: ALTER SYSTEM, which changes postgresql.auto.conf and leaves the rest to a reload. */
#include "catalog/acl.h"
#include "pgwire/client_int.h"

#include "catalog/ddl.h"
#include "pgwire/config.h"

#include <strings.h>

static const char *const never[] = {"config_file",
                                    "data_directory",
                                    "is_superuser",
                                    "role",
                                    "seed",
                                    "session_authorization",
                                    "transaction_deferrable",
                                    "transaction_isolation",
                                    "transaction_read_only"};

static Status check_name(const char *name) {
    int index = setting_find(name);
    if (index < 0)
        return error(ERR_UNDEFINED_OBJECT, "unrecognized configuration parameter \"%s\"", name);
    bool refused = setting_info((size_t)index)->context == SETTING_INTERNAL;
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        refused |= strcasecmp(name, never[i]) == 0;
    return refused
               ? error(ERR_CANT_CHANGE_RUNTIME_PARAM, "parameter \"%s\" cannot be changed", name)
               : STATUS_OK;
}

static Status check_value(UtilityCall *call, const char *name, const char *value) {
    const char *canonical;
    TRY(settings_server_validate(name, value, variables_check, call->arena, &canonical));
    if (strchr(value, '\n') != NULL)
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "parameter value for ALTER SYSTEM must not contain a newline");
    return STATUS_OK;
}

static Status execute_alter_system(UtilityCall *call) {
    ClientSession *client = client_of(call->session);
    const AstVariableSet *set = ((const AstAlterSystem *)call->raw->statement)->set;
    const char *value = NULL;
    bool superuser;
    if (set->kind == AST_SET_VALUE)
        TRY(variables_argument_text(client, set, call->arena, &value));
    TRY(role_is_superuser(client->exec.catalog, session_role(client->exec.catalog), &superuser));
    uint32_t held = 0;
    if (!superuser && set->kind != AST_RESET_ALL)
        TRY(parameter_acl_mask(client->exec.catalog, set->name, session_role(client->exec.catalog),
                               ACL_ALTER_SYSTEM, &held));
    if (!superuser && held == 0)
        return set->kind == AST_RESET_ALL
                   ? error(ERR_INSUFFICIENT_PRIVILEGE,
                           "permission denied to perform ALTER SYSTEM RESET ALL")
                   : error(ERR_INSUFFICIENT_PRIVILEGE, "permission denied to set parameter \"%s\"",
                           set->name);
    if (set->kind == AST_RESET_ALL)
        return config_auto_change(client->server, NULL, NULL);
    TRY(check_name(set->name));
    if (value != NULL)
        TRY(check_value(call, set->name, value));
    return config_auto_change(client->server, set->name, value);
}

static const UtilityCommand commands[] = {{AST_ALTER_SYSTEM, "ALTER SYSTEM",
                                           UTILITY_NO_SNAPSHOT | UTILITY_NO_BLOCK,
                                           execute_alter_system, NULL}};

void alter_system_register(void) { utility_register(commands, ARRAY_LEN(commands)); }
