/* utility.c: the registry of utility commands. See utility.h. */
#include "executor/utility.h"

#include "executor/copy_int.h"
#include "executor/ddl_int.h"
#include "executor/event_trigger.h"
#include "executor/explain.h"
#include "executor/fk.h"
#include "executor/plpgsql.h"
#include "executor/sysfuncs.h"
#include "executor/trigger_call.h"

/* Filled at start-up, before the first worker runs; immutable afterwards. */
static const UtilityCommand *registered[AST_TAG_COUNT];

void utility_register(const UtilityCommand *commands, size_t count) {
    for (size_t i = 0; i < count; i++) {
        check((unsigned)commands[i].ast < AST_TAG_COUNT);
        registered[commands[i].ast] = &commands[i];
    }
}

const UtilityCommand *utility_find(AstTag ast) {
    return (unsigned)ast < AST_TAG_COUNT ? registered[ast] : NULL;
}

const char *utility_name(const Ast *statement) {
    static const char *const transactions[] = {
        [AST_TRANSACTION_BEGIN] = "BEGIN",
        [AST_TRANSACTION_START] = "START TRANSACTION",
        [AST_TRANSACTION_COMMIT] = "COMMIT",
        [AST_TRANSACTION_ROLLBACK] = "ROLLBACK",
        [AST_TRANSACTION_SAVEPOINT] = "SAVEPOINT",
        [AST_TRANSACTION_RELEASE] = "RELEASE",
        [AST_TRANSACTION_ROLLBACK_TO] = "ROLLBACK",
        [AST_TRANSACTION_PREPARE] = "PREPARE TRANSACTION",
        [AST_TRANSACTION_COMMIT_PREPARED] = "COMMIT PREPARED",
        [AST_TRANSACTION_ROLLBACK_PREPARED] = "ROLLBACK PREPARED"};
    if (statement->tag == AST_TRANSACTION)
        return transactions[((const AstTransaction *)statement)->kind];
    if (statement->tag == AST_VARIABLE_SET) {
        const AstVariableSet *set = (const AstVariableSet *)statement;
        return set->kind == AST_RESET || set->kind == AST_RESET_ALL ? "RESET" : "SET";
    }
    const UtilityCommand *command = utility_find(statement->tag);
    return command != NULL && command->tag != NULL ? command->tag : ast_tag_name(statement->tag);
}

static const char *command_name(const UtilityCommand *command, AstTag ast) {
    return command->tag != NULL ? command->tag : ast_tag_name(ast);
}

/* The statement in the words of its command tag. */
static const char *statement_words(const UtilityCall *call, const UtilityCommand *command) {
    const Ast *ast = (const Ast *)call->raw->statement;
    switch (ast->tag) {
    case AST_DROP:
        return arena_printf(call->arena, "DROP %s", ddl_kind_words(((const AstDrop *)ast)->kind));
    case AST_ALTER_TABLE:
        return arena_printf(call->arena, "ALTER %s",
                            ddl_kind_words(((const AstAlterTable *)ast)->kind));
    case AST_RENAME: {
        AstObjectKind kind = ((const AstRename *)ast)->kind;
        bool part = kind == AST_OBJECT_COLUMN || kind == AST_OBJECT_TABLE_CONSTRAINT;
        return arena_printf(call->arena, "ALTER %s",
                            ddl_kind_words(part ? AST_OBJECT_TABLE : kind));
    }
    case AST_ALTER_OWNER:
        return arena_printf(call->arena, "ALTER %s",
                            ddl_kind_words(((const AstAlterOwner *)ast)->object->kind));
    case AST_ALTER_OBJECT_SCHEMA:
        return arena_printf(call->arena, "ALTER %s",
                            ddl_kind_words(((const AstAlterObjectSchema *)ast)->object->kind));
    case AST_DEFINE:
        return arena_printf(call->arena, "CREATE %s",
                            ddl_kind_words(((const AstDefine *)ast)->kind));
    case AST_CREATE_FUNCTION:
        return ((const AstCreateFunction *)ast)->procedure ? "CREATE PROCEDURE" : "CREATE FUNCTION";
    case AST_ALTER_FUNCTION:
        return arena_printf(call->arena, "ALTER %s",
                            ddl_kind_words(((const AstAlterFunction *)ast)->function->kind));
    case AST_GRANT:
        return ((const AstGrant *)ast)->grant ? "GRANT" : "REVOKE";
    case AST_CREATE_TABLE_AS:
        return ((const AstCreateTableAs *)ast)->matview ? "CREATE MATERIALIZED VIEW"
                                                        : "CREATE TABLE AS";
    default:
        return command_name(command, ast->tag);
    }
}

static Status check_flags(const UtilityCall *call, const UtilityCommand *command) {
    Session *session = call->session;
    const char *name = statement_words(call, command);
    if ((command->flags & UTILITY_WRITES) && session->txn != NULL && txn_read_only(session->txn))
        return error(ERR_READ_ONLY_SQL_TRANSACTION, "cannot execute %s in a read-only transaction",
                     name);
    if (!(command->flags & UTILITY_NO_BLOCK) || session->ops == NULL ||
        session->ops->transaction_context == NULL)
        return STATUS_OK;
    TransactionContext context = session->ops->transaction_context(session);
    if (!call->top_level || context == TRANSACTION_FUNCTION)
        return error(ERR_ACTIVE_SQL_TRANSACTION, "%s cannot be executed from a function", name);
    if (context == TRANSACTION_BLOCK || context == TRANSACTION_IMPLICIT_BLOCK)
        return error(ERR_ACTIVE_SQL_TRANSACTION, "%s cannot run inside a transaction block", name);
    return STATUS_OK;
}

static Status not_supported(AstTag ast) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "command %s is not supported", ast_tag_name(ast));
}

Status utility_execute(UtilityCall *call) {
    AstTag ast = call->raw->statement->tag;
    const UtilityCommand *command = utility_find(ast);
    if (command == NULL)
        return not_supported(ast);
    call->tag = command->tag;
    TRY(check_flags(call, command));
    if (command->flags & UTILITY_WRITES) {
        const char *tag = statement_words(call, command);
        if (event_trigger_knows_tag(tag))
            return event_trigger_execute(call, command, tag);
    }
    return command->execute(call);
}

Status utility_describe(UtilityCall *call, ResultColumn **columns_out, uint32_t *count_out) {
    AstTag ast = call->raw->statement->tag;
    const UtilityCommand *command = utility_find(ast);
    *columns_out = NULL;
    *count_out = 0;
    if (command == NULL)
        return not_supported(ast);
    if (command->describe == NULL)
        return STATUS_OK;
    return command->describe(call, columns_out, count_out);
}

void executor_register(void) {
    copy_register();
    explain_register();
    fk_register();
    trigger_builtin_register();
    plpgsql_register();
    event_trigger_register();
    ddl_register();
    sysfuncs_register();
}
