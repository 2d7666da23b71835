/*
 * types_int.h: what the files of types/ share. Private to the module.
 *
 * SQL functions are defined with the markers below, named by their prosrc. types/def/make_functions.py
 * preprocesses the sources with FN_SCAN defined, collects the markers, joins them with the facts of
 * pg_proc and writes types/def/functions.def. So a function is registered by being defined.
 */
#ifndef TYPES_TYPES_INT_H
#define TYPES_TYPES_INT_H

#include "base/array.h"
#include "base/bits.h"
#include "base/hash.h"
#include "base/utf8.h"
#include "base/vec.h"
#include "runtime/fiber.h"
#include "types/type.h"

/* clang-format off */
#ifdef FN_SCAN
#define SCALAR(name) @@SCALAR name@@
#define ALIAS(prosrc, name) @@ALIAS prosrc name@@
#define SET_START(name) @@SET name@@
#define SET_NEXT(name) @@NEXT name@@
#define AGGREGATE(name, signatures, ...) @@AGG name signatures@@
/* clang-format on */
#else
/* SCALAR(int4pl) { body using call } */
#define SCALAR(name)                                                                               \
    Status fn_##name(FnCall *call);                                                                \
    Status fn_##name(FnCall *call)
/* A second prosrc for the same code: ALIAS(int4abs, int4_abs). */
#define ALIAS(prosrc, name)
#define SET_START(name)                                                                            \
    Status set_##name##_start(SetCall *set);                                                       \
    Status set_##name##_start(SetCall *set)
#define SET_NEXT(name)                                                                             \
    Status set_##name##_next(SetCall *set, bool *row_out);                                         \
    Status set_##name##_next(SetCall *set, bool *row_out)
/* AGGREGATE(sum_int4, "sum(integer)", .state_bytes = ..., .step = ...); several signatures are
 * separated by semicolons. */
#define AGGREGATE(name, signatures, ...)                                                           \
    extern const AggImpl agg_##name;                                                               \
    const AggImpl agg_##name = {__VA_ARGS__}
#endif

#define ARG_BOOL(n) (call->args[n].b)
#define ARG_I16(n) (call->args[n].i16)
#define ARG_I32(n) (call->args[n].i32)
#define ARG_U32(n) (call->args[n].u32)
#define ARG_I64(n) (call->args[n].i64)
#define ARG_F32(n) (call->args[n].f32)
#define ARG_F64(n) (call->args[n].f64)
#define ARG_STR(n) (call->args[n].str)

#define RET_INLINE(suffix, ctype, member)                                                          \
    static inline Status ret_##suffix(FnCall *call, ctype v) {                                     \
        call->result.member = v;                                                                   \
        return STATUS_OK;                                                                          \
    }
RET_INLINE(bool, bool, b)
RET_INLINE(byte, uint8_t, byte)
RET_INLINE(i16, int16_t, i16)
RET_INLINE(i32, int32_t, i32)
RET_INLINE(oid, Oid, u32)
RET_INLINE(i64, int64_t, i64)
RET_INLINE(f32, float, f32)
RET_INLINE(f64, double, f64)
RET_INLINE(str, Str, str)
RET_INLINE(interval, Interval, interval)
#undef RET_INLINE
static inline Status ret_datum(FnCall *call, Datum v) {
    call->result = v;
    return STATUS_OK;
}
static inline Status ret_bytes(FnCall *call, const void *data, size_t len) {
    call->result = datum_str((const char *)data, len);
    return STATUS_OK;
}
static inline Status ret_buf(FnCall *call, const StrBuf *buf) {
    return ret_bytes(call, strbuf_cstr(buf), buf->len);
}
static inline Status ret_null(FnCall *call) {
    call->result_null = true;
    return STATUS_OK;
}

static inline EvalEnv *call_env(const FnCall *call) { return call->site->env; }

/* A buffer of user-chosen size for a string result. Errors: 54000, 53200. */
static inline Status call_alloc(FnCall *call, size_t bytes, char **ptr_out) {
    void *p = NULL;
    Status s = arena_try_alloc(call->arena, bytes == 0 ? 1 : bytes, &p);
    *ptr_out = p;
    return s;
}

static inline Datum buf_datum(const StrBuf *buf) { return datum_str(strbuf_cstr(buf), buf->len); }

/* Prototypes of a type's functions, for types.def. */
#define DECLARE_TYPE_IO(name)                                                                      \
    Status name##_input(TypeIo *io, const char *text, size_t len, Datum *value_out);               \
    Status name##_output(TypeIo *io, Datum value, StrBuf *text);                                   \
    Status name##_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out);         \
    Status name##_send(TypeIo *io, Datum value, StrBuf *bytes)
#define DECLARE_TYPE_ORDER(name)                                                                   \
    int name##_compare(const TypeInfo *type, Oid collation, Datum a, Datum b);                     \
    uint64_t name##_hash(const TypeInfo *type, Oid collation, Datum value);                        \
    Status name##_key_encode(const TypeInfo *type, Oid collation, Datum value, StrBuf *key);       \
    Status name##_key_decode(const TypeInfo *type, const uint8_t *key, size_t len, Arena *arena,   \
                             Datum *value_out, size_t *used_out)
#define DECLARE_TYPMOD(name)                                                                       \
    Status name##_typmod_in(const int32_t *args, int count, int32_t *typmod_out);                  \
    void name##_typmod_out(int32_t typmod, StrBuf *text)

/* Errors that many types raise. */
Status type_input_error(const char *type_name, const char *text, size_t len); /* 22P02 */
Status type_receive_error(void);                                              /* 22P03 */
Status int2_range_error(void); /* 22003 "smallint out of range" */
Status int4_range_error(void);
Status int8_range_error(void);
Status division_by_zero_error(void); /* 22012 */

static inline bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
static inline bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static inline char to_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }
static inline char to_upper(char c) { return c >= 'a' && c <= 'z' ? (char)(c - 32) : c; }
/* Narrows [*text, *text + *len) by white space at both ends. */
void text_trim(const char **text, size_t *len);
/* Case-blind comparison of [text, text+len) with a word. */
bool text_is_word(const char *text, size_t len, const char *word);

/* Key pieces: order-preserving, self-delimiting bytes. */
void key_put_u32(StrBuf *key, uint32_t v);
void key_put_u64(StrBuf *key, uint64_t v);
void key_put_f64(StrBuf *key, double v);
void key_put_bytes(StrBuf *key, const void *data,
                   size_t len); /* 0x00 escaped as 00 FF, ends 00 00 */
/* Reads what key_put_bytes wrote; false if malformed. */
bool key_get_bytes(const uint8_t *key, size_t len, Arena *arena, Str *str_out, size_t *used_out);

/* The type with a comparison; 42883 "could not identify a comparison function for type %s". */
Status type_require_compare(EvalEnv *env, Oid type, const TypeInfo **type_out);
Status type_require_equality(EvalEnv *env, Oid type, const TypeInfo **type_out);
/* xid, cid, aclitem: equal where their bytes are, and not in any order. */
bool type_has_only_equality(Oid type);
/* Has SQL a hash function for it? 42883 "could not identify a[n extended] hash function for type %s". */
Status type_require_hash(FnCall *call, const TypeInfo *type, bool extended);

#endif
