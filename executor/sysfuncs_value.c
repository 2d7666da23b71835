/* sysfuncs_value.c: functions about values of any type: what type they are, how many are NULL, whether rows
 * are the same byte by byte. */
#include "executor/sysfuncs_int.h"

static Status fn_typeof(FnCall *call) { return give_oid(call, call->site->arg_types[0]); }

/* How many of the arguments, or of the elements of the VARIADIC array, are NULL; false: it is NULL. */
static Status count_nulls(FnCall *call, bool *known_out, int32_t *nulls_out, int32_t *total_out) {
    *known_out = true;
    *nulls_out = *total_out = 0;
    if (!call->site->variadic) {
        *total_out = call->site->arg_count;
        for (int i = 0; i < call->site->arg_count; i++)
            *nulls_out += call->nulls[i];
        return STATUS_OK;
    }
    *known_out = !call->nulls[0];
    if (!*known_out)
        return STATUS_OK;
    ArrayView view;
    TRY(array_view(call->args[0].str, &view));
    *total_out = (int32_t)view.elem_count;
    for (uint32_t i = 0; i < view.elem_count; i++)
        *nulls_out += array_is_null(&view, i);
    return STATUS_OK;
}

static Status fn_num_nulls(FnCall *call) {
    bool known;
    int32_t nulls, total;
    TRY(count_nulls(call, &known, &nulls, &total));
    call->result_null = !known;
    return known ? give_i32(call, nulls) : STATUS_OK;
}

static Status fn_num_nonnulls(FnCall *call) {
    bool known;
    int32_t nulls, total;
    TRY(count_nulls(call, &known, &nulls, &total));
    call->result_null = !known;
    return known ? give_i32(call, total - nulls) : STATUS_OK;
}

/* ---- rows by their bytes ---- */

static int compare_bytes(Str a, Str b) {
    int order = memcmp(a.data, b.data, MIN(a.len, b.len));
    return order != 0 ? (order > 0) - (order < 0) : (a.len > b.len) - (a.len < b.len);
}

/* As machine words, unsigned: what PostgreSQL compares. */
static int compare_word(PhysType phys, Datum a, Datum b) {
    uint64_t x, y;
    if (phys == PHYS_W16)
        return compare_bytes(str_make((const char *)&a, 16), str_make((const char *)&b, 16));
    switch (phys) {
    case PHYS_I16:
        x = (uint64_t)(int64_t)a.i16, y = (uint64_t)(int64_t)b.i16;
        break;
    case PHYS_I32:
        x = (uint64_t)(int64_t)a.i32, y = (uint64_t)(int64_t)b.i32;
        break;
    default:
        x = y = 0;
        memcpy(&x, &a, MIN(phys_vector_bytes(phys), sizeof(x)));
        memcpy(&y, &b, MIN(phys_vector_bytes(phys), sizeof(y)));
    }
    return (x > y) - (x < y);
}

static Status type_names(FnCall *call, Oid a, Oid b, uint32_t column) {
    const char *x, *y;
    TRY(format_type(call_catalog(call), call->arena, a, -1, 0, &x));
    TRY(format_type(call_catalog(call), call->arena, b, -1, 0, &y));
    return error(ERR_DATATYPE_MISMATCH,
                 "cannot compare dissimilar column types %s and %s at record column %u", x, y,
                 column);
}

static Status compare_images(FnCall *call, int *order_out) {
    RecordView a, b;
    TRY(record_view(call->args[0].str, &a));
    TRY(record_view(call->args[1].str, &b));
    *order_out = 0;
    for (uint32_t i = 0; i < a.column_count && i < b.column_count && *order_out == 0; i++) {
        if (record_column_type(&a, i) != record_column_type(&b, i))
            return type_names(call, record_column_type(&a, i), record_column_type(&b, i), i + 1);
        bool an = record_column_is_null(&a, i), bn = record_column_is_null(&b, i);
        if (an || bn)
            *order_out = (int)an - (int)bn;
        else if (record_column_phys(&a, i) == PHYS_STR)
            *order_out = compare_bytes(record_column(&a, i).str, record_column(&b, i).str);
        else
            *order_out =
                compare_word(record_column_phys(&a, i), record_column(&a, i), record_column(&b, i));
    }
    if (*order_out == 0 && a.column_count != b.column_count)
        return error(ERR_DATATYPE_MISMATCH,
                     "cannot compare record types with different numbers of columns");
    return STATUS_OK;
}

#define IMAGE_TEST(name, test)                                                                     \
    static Status fn_image_##name(FnCall *call) {                                                  \
        int order;                                                                                 \
        TRY(compare_images(call, &order));                                                         \
        return give_bool(call, test);                                                              \
    }
IMAGE_TEST(eq, order == 0)
IMAGE_TEST(ne, order != 0)
IMAGE_TEST(lt, order < 0)
IMAGE_TEST(gt, order > 0)
IMAGE_TEST(le, order <= 0)
IMAGE_TEST(ge, order >= 0)

static Status fn_image_cmp(FnCall *call) {
    int order;
    TRY(compare_images(call, &order));
    return give_i32(call, order);
}

static const FnEntry entries[] = {
    SYSFUNC_LAX(1619, "pg_typeof", fn_typeof),
    SYSFUNC_LAX(438, "pg_num_nulls", fn_num_nulls),
    SYSFUNC_LAX(440, "pg_num_nonnulls", fn_num_nonnulls),
    SYSFUNC(3181, "record_image_eq", fn_image_eq),
    SYSFUNC(3182, "record_image_ne", fn_image_ne),
    SYSFUNC(3183, "record_image_lt", fn_image_lt),
    SYSFUNC(3184, "record_image_gt", fn_image_gt),
    SYSFUNC(3185, "record_image_le", fn_image_le),
    SYSFUNC(3186, "record_image_ge", fn_image_ge),
    SYSFUNC(3187, "btrecordimagecmp", fn_image_cmp),
};

void sysfuncs_value_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
