/*
 * ddl_type_keeps.c: does ALTER COLUMN .. TYPE leave the stored values as they are?
 *
 * So it is where a value of the old type is one of the new type byte for byte, in rows and in keys of
 * indexes: text and varchar, wider limits, and timestamps with and without time zone while the
 * session's zone is UTC. Everything else is written anew.
 */
#include "executor/ddl_alter.h"

#define FUNCTION_VARCHAR 669
#define FUNCTION_VARBIT 1687
#define FUNCTION_NUMERIC 1703
#define FUNCTION_TIMESTAMP 1961
#define FUNCTION_TIMESTAMPTZ 1967
#define FUNCTION_TIME 1968
#define FUNCTION_TIMETZ 1969
#define FUNCTION_TO_TIMESTAMP 2027
#define FUNCTION_TO_TIMESTAMPTZ 2028
#define TYPMOD_HEADER 4
#define TIME_DIGITS_MAX 6

/* Does a limit hold every value that meets the other? */
static bool widens(Oid function, int32_t from, int32_t to) {
    if (to < 0 || from == to)
        return true;
    switch (function) {
    case FUNCTION_VARCHAR:
    case FUNCTION_VARBIT:
        return from >= 0 && from <= to;
    case FUNCTION_NUMERIC: {
        int32_t scale = (from - TYPMOD_HEADER) & 0xffff, precision = (from - TYPMOD_HEADER) >> 16;
        return from >= TYPMOD_HEADER && scale == ((to - TYPMOD_HEADER) & 0xffff) &&
               precision <= (to - TYPMOD_HEADER) >> 16;
    }
    case FUNCTION_TIMESTAMP:
    case FUNCTION_TIMESTAMPTZ:
    case FUNCTION_TIME:
    case FUNCTION_TIMETZ:
        return to >= TIME_DIGITS_MAX || (from >= 0 && from <= to);
    default:
        return false;
    }
}

static Status zone_is_utc(Ddl *ddl, bool *yes_out) {
    static const char *const names[] = {"UTC", "Etc/UTC", "GMT", "Etc/GMT"};
    const char *zone;
    *yes_out = false;
    TRY(ddl->session->ops->setting_show(ddl->session, ddl->arena, "TimeZone", false, &zone));
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        *yes_out |= strcmp(zone, names[i]) == 0;
    return STATUS_OK;
}

static bool same_bytes(Oid from, Oid to) {
    bool texts = (from == OID_TEXT || from == OID_VARCHAR) && (to == OID_TEXT || to == OID_VARCHAR);
    return from == to || texts;
}

static Status call_keeps(Ddl *ddl, const ExprFunc *call, bool *yes_out) {
    const Expr *arg = call->args.items[0];
    *yes_out = false;
    if (call->function == FUNCTION_TO_TIMESTAMP || call->function == FUNCTION_TO_TIMESTAMPTZ)
        return zone_is_utc(ddl, yes_out);
    if (call->args.count < 2 || call->args.items[1]->tag != EXPR_CONST)
        return STATUS_OK;
    const ExprConst *limit = (const ExprConst *)call->args.items[1];
    *yes_out = !limit->is_null && arg->type == call->type &&
               widens(call->function, arg->typmod, limit->value.i32);
    return STATUS_OK;
}

Status alter_type_keeps(Alter *alter, const ColumnDesc *column, const Expr *expr, bool *keeps_out) {
    *keeps_out = false;
    while (expr != NULL && expr->tag != EXPR_COLUMN) {
        if (expr->tag == EXPR_RELABEL) {
            const Expr *arg = ((const ExprRelabel *)expr)->arg;
            if (!same_bytes(arg->type, expr->type))
                return STATUS_OK;
            expr = arg;
        } else if (expr->tag == EXPR_FUNC && ((const ExprFunc *)expr)->args.count > 0) {
            bool keeps;
            TRY(call_keeps(alter->ddl, (const ExprFunc *)expr, &keeps));
            if (!keeps)
                return STATUS_OK;
            expr = ((const ExprFunc *)expr)->args.items[0];
        } else {
            return STATUS_OK;
        }
    }
    *keeps_out = expr != NULL && ((const ExprColumn *)expr)->attno == column->attnum &&
                 !column->has_missing;
    return STATUS_OK;
}
