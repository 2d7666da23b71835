/* type_lookup.c: any type's TypeInfo, and its name as SQL spells it. */
#include "types/types_int.h"

Status type_lookup(EvalEnv *env, Oid type, const TypeInfo **type_out) {
    *type_out = type_builtin(type);
    if (*type_out != NULL)
        return STATUS_OK;
    return error(ERR_UNDEFINED_OBJECT, "type with OID %u does not exist", type);
}
