/* aclitem.c: the forms of privileges granted: grantee=letters/grantor. */
#include "catalog/acl.h"

#include "types/hash_func.h"
#include "types/types_int.h"

DECLARE_TYPE_IO(aclitem);

Status aclitem_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    AclItem item;
    TRY(acl_item_parse(io->env->catalog, text, len, &item));
    *value_out = acl_item_datum(io->arena, item);
    return STATUS_OK;
}
Status aclitem_output(TypeIo *io, Datum value, StrBuf *text) {
    if (value.str.len != 12)
        return error(ERR_DATA_CORRUPTED, "aclitem has %u bytes", value.str.len);
    return acl_item_print(io->env->catalog, acl_item_of(value), text);
}
Status aclitem_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    return error(ERR_UNDEFINED_FUNCTION, "no binary input function available for type aclitem");
}
Status aclitem_send(TypeIo *io, Datum value, StrBuf *bytes) {
    return error(ERR_UNDEFINED_FUNCTION, "no binary output function available for type aclitem");
}

/* Its low half with seed 0 is hash_aclitem's. */
SCALAR(hash_aclitem_extended) {
    AclItem item = acl_item_of(call->args[0]);
    uint32_t sum = (uint32_t)(item.privileges + item.grantee + item.grantor);
    uint64_t seed = (uint64_t)ARG_I64(1);
    return ret_i64(call, seed == 0 ? sum : (int64_t)hash_func_u32(sum, seed));
}
