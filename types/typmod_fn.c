/* typmod_fn.c: the functions that read and print type modifiers, called by name. */
#include "types/datetime_int.h"
#include "types/types_int.h"

#define MODIFIERS_MAX 16

/* The modifiers of an array of cstring. */
static Status modifiers(FnCall *call, int32_t *args, int *count_out) {
    ArrayView v;
    TRY(array_view(ARG_STR(0), &v));
    *count_out = 0;
    if (v.elem_type != 2275)
        return error(ERR_ARRAY_ELEMENT_ERROR, "typmod array must be type cstring[]");
    if (v.dim_count != 1)
        return error(ERR_ARRAY_SUBSCRIPT_ERROR, "typmod array must be one-dimensional");
    if (v.null_bits != NULL)
        return error(ERR_NULL_VALUE_NOT_ALLOWED, "typmod array must not contain nulls");
    for (uint32_t i = 0; i < v.elem_count; i++) {
        Datum value;
        TRY(type_input_text(call_env(call), call->arena, 23, -1, array_get(&v, i).str, &value));
        if (i < MODIFIERS_MAX)
            args[i] = value.i32;
    }
    *count_out = (int)MIN(v.elem_count, MODIFIERS_MAX);
    return STATUS_OK;
}

static Status modifier_text(FnCall *call, Oid type) {
    StrBuf text;
    strbuf_init(&text, call->arena);
    if (type == 1186 && !interval_typmod_is_known(ARG_I32(0)))
        return error(ERR_INTERNAL_ERROR, "invalid INTERVAL typmod: 0x%x", (unsigned)ARG_I32(0));
    type_builtin(type)->typmod_out(ARG_I32(0), &text);
    return ret_buf(call, &text);
}

#define TYPMOD_FUNCTIONS(in_name, out_name, type)                                                  \
    SCALAR(in_name) {                                                                              \
        int32_t args[MODIFIERS_MAX];                                                               \
        int count;                                                                                 \
        TRY(modifiers(call, args, &count));                                                        \
        return type_builtin(type)->typmod_in(args, count, &call->result.i32);                      \
    }                                                                                              \
    SCALAR(out_name) { return modifier_text(call, type); }
TYPMOD_FUNCTIONS(bpchartypmodin, bpchartypmodout, 1042)
TYPMOD_FUNCTIONS(varchartypmodin, varchartypmodout, 1043)
TYPMOD_FUNCTIONS(timetypmodin, timetypmodout, 1083)
TYPMOD_FUNCTIONS(timestamptypmodin, timestamptypmodout, 1114)
TYPMOD_FUNCTIONS(timestamptztypmodin, timestamptztypmodout, 1184)
TYPMOD_FUNCTIONS(intervaltypmodin, intervaltypmodout, 1186)
TYPMOD_FUNCTIONS(timetztypmodin, timetztypmodout, 1266)
TYPMOD_FUNCTIONS(bittypmodin, bittypmodout, 1560)
TYPMOD_FUNCTIONS(varbittypmodin, varbittypmodout, 1562)
TYPMOD_FUNCTIONS(numerictypmodin, numerictypmodout, 1700)

SCALAR(shell_in) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of a shell type");
}
SCALAR(shell_out) {
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot display a value of a shell type");
}
