/* sysfuncs_int.h: what the files of system functions share. Private to the executor. */
#ifndef EXECUTOR_SYSFUNCS_INT_H
#define EXECUTOR_SYSFUNCS_INT_H

#include "base/array.h"
#include "base/vec.h"
#include "catalog/acl.h"
#include "catalog/depend.h"
#include "catalog/desc.h"
#include "catalog/name.h"
#include "catalog/row.h"
#include "catalog/sequence.h"
#include "executor/session.h"
#include "executor/sysfuncs.h"
#include "types/record.h"
#include "types/type.h"

#include <string.h>

#define SYSFUNC(oid_, prosrc_, fn_)                                                                \
    { .oid = oid_, .prosrc = prosrc_, .kind = FN_SCALAR, .strict = true, .scalar = fn_ }
#define SYSFUNC_LAX(oid_, prosrc_, fn_)                                                            \
    { .oid = oid_, .prosrc = prosrc_, .kind = FN_SCALAR, .scalar = fn_ }
#define SYSFUNC_SET(oid_, prosrc_, start_, next_)                                                  \
    {                                                                                              \
        .oid = oid_, .prosrc = prosrc_, .kind = FN_SET, .strict = true, .set_start = start_,       \
        .set_next = next_                                                                          \
    }

void sysfuncs_name_register(void);
void domain_check_register(void); /* domain_check.c */
void sysfuncs_acl_register(void);
void sysfuncs_relation_register(void);
void sysfuncs_object_register(void);
void sysfuncs_address_register(void);
void sysfuncs_stat_register(void);
void function_stats_register(void); /* function_stats.c */
void sysfuncs_index_register(void);
void sysfuncs_search_register(void);
void sysfuncs_deparse_register(void);
void sysfuncs_value_register(void);
void sysfuncs_large_object_register(void);
void sysfuncs_admin_register(void);
void sysfuncs_replication_register(void);
void sysfuncs_xml_register(void);
void sysfuncs_statistics_register(void);

static inline CatalogSession *call_catalog(const FnCall *call) { return call->site->env->catalog; }
static inline Oid arg_oid(const FnCall *call, int i) { return call->args[i].u32; }
static inline const char *arg_text(const FnCall *call, int i) {
    return arena_strndup(call->arena, call->args[i].str.data, call->args[i].str.len);
}
static inline Status give_bool(FnCall *call, bool value) {
    call->result = datum_bool(value);
    return STATUS_OK;
}
static inline Status give_oid(FnCall *call, Oid value) {
    call->result = datum_oid(value);
    return STATUS_OK;
}
static inline Status give_i32(FnCall *call, int32_t value) {
    call->result = datum_i32(value);
    return STATUS_OK;
}
static inline Status give_i64(FnCall *call, int64_t value) {
    call->result = datum_i64(value);
    return STATUS_OK;
}
static inline Status give_null(FnCall *call) {
    call->result_null = true;
    return STATUS_OK;
}
/* NULL gives NULL. Copied. */
static inline Status give_text(FnCall *call, const char *text) {
    if (text == NULL)
        return give_null(call);
    call->result = datum_cstr(arena_strdup(call->arena, text));
    return STATUS_OK;
}
/* An OID that may be none: 0 gives NULL. */
static inline Status give_oid_or_null(FnCall *call, Oid value) {
    return value == 0 ? give_null(call) : give_oid(call, value);
}

static inline void set_text(SetCall *set, int column, const char *text) {
    set->column_nulls[column] = text == NULL;
    if (text != NULL)
        set->columns[column] = datum_cstr(text);
}
static inline void set_oid(SetCall *set, int column, Oid value) {
    set->column_nulls[column] = false;
    set->columns[column] = datum_oid(value);
}
static inline void set_bool(SetCall *set, int column, bool value) {
    set->column_nulls[column] = false;
    set->columns[column] = datum_bool(value);
}
static inline void set_i32(SetCall *set, int column, int32_t value) {
    set->column_nulls[column] = false;
    set->columns[column] = datum_i32(value);
}
static inline void set_null(SetCall *set, int column) { set->column_nulls[column] = true; }

#endif
