/*
 * type.c: the registry of built-in types, made from types.def. Each base type brings its array type
 * along. Sorted lookup is by a small open hash built from the OIDs at compile time being dense:
 * below OID 6200 a direct index would waste memory, so it is a binary search over a sorted list.
 */
#include "types/types_int.h"

#include "catalog/desc.h"
#include "catalog/name.h"

/* A macro would get in the way of pasting the names of families. */
#undef bool
typedef _Bool bool;

#define NO_ORDER NULL, NULL, NULL, NULL
#define ORDER(name) name##_compare, name##_hash, name##_key_encode, name##_key_decode
#define ORDER_ONE_WAY(name) name##_compare, name##_hash, name##_key_encode, NULL
#define HASH_ONLY(name) NULL, name##_hash, NULL, NULL
#define NO_TYPMOD NULL, NULL
#define TYPMOD(name) name##_typmod_in, name##_typmod_out

#define TYPE(oid_, name_, kind_, phys_, typlen_, by_value_, category_, preferred_, element_,       \
             array_, collation_, io, order, typmod)                                                \
    DECLARE_TYPE_IO(io);
#define TYPE_ORDER(name) DECLARE_TYPE_ORDER(name);
#define TYPE_TYPMOD(name) DECLARE_TYPMOD(name);
#include "types/def/types.def"
#undef TYPE
#undef TYPE_ORDER
#undef TYPE_TYPMOD
DECLARE_TYPE_IO(array);
DECLARE_TYPE_ORDER(array);

#define TYPE_ORDER(name)
#define TYPE_TYPMOD(name)

/* The comma-bearing columns order and typmod expand to four and two initialisers. */
#define TYPE(oid_, name_, kind_, phys_, typlen_, by_value_, category_, preferred_, element_,       \
             array_, collation_, io, order, typmod)                                                \
    static const TypeInfo info_##name_ = {                                                         \
        oid_,       #name_,   TYPE_##kind_, PHYS_##phys_, typlen_,    by_value_,   category_,      \
        preferred_, element_, array_,       collation_,   io##_input, io##_output, io##_receive,   \
        io##_send,  order,    typmod,       NULL,         NULL};
#include "types/def/types.def"
#undef TYPE

/* An array has an order where its elements have one. */
#undef ORDER
#undef ORDER_ONE_WAY
#define ORDER(name) array_compare, array_hash, array_key_encode, NULL
#define ORDER_ONE_WAY(name) ORDER(name)
#define TYPE(oid_, name_, kind_, phys_, typlen_, by_value_, category_, preferred_, element_,       \
             array_, collation_, io, order, typmod)                                                \
    static const TypeInfo                                                                          \
        info__##name_ = {array_,     "_" #name_,  TYPE_BASE,     PHYS_STR,      -1,                \
                         false,      'A',         false,         oid_,          0,                 \
                         collation_, array_input, array_output,  array_receive, array_send,        \
                         order,      typmod,      &info_##name_, NULL};
#include "types/def/types.def"
#undef TYPE

static const TypeInfo *const all_types[] = {
#define TYPE(oid_, name_, kind_, phys_, typlen_, by_value_, category_, preferred_, element_,       \
             array_, collation_, io, order, typmod)                                                \
    &info_##name_, &info__##name_,
#include "types/def/types.def"
#undef TYPE
};

const TypeInfo *const *type_builtin_all(size_t *count_out) {
    *count_out = ARRAY_LEN(all_types);
    return all_types;
}

/* Perfect for the OIDs in use: a switch becomes a jump table or a comparison tree. */
const TypeInfo *type_builtin(Oid type) {
    switch (type) {
#define TYPE(oid_, name_, kind_, phys_, typlen_, by_value_, category_, preferred_, element_,       \
             array_, collation_, io, order, typmod)                                                \
    case oid_:                                                                                     \
        return &info_##name_;                                                                      \
        TYPE_ARRAY_CASE(array_, name_)
#define TYPE_ARRAY_CASE(array_, name_)                                                             \
    case (array_) + ((array_) == 0) * (0xff000000u + __COUNTER__):                                 \
        return &info__##name_;
#include "types/def/types.def"
#undef TYPE
    default:
        return NULL;
    }
}

Status type_input_error(const char *type_name, const char *text, size_t len) {
    return error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input syntax for type %s: \"%.*s\"",
                 type_name, (int)len, text);
}
Status type_receive_error(void) {
    return error(ERR_INVALID_BINARY_REPRESENTATION, "incorrect binary data format");
}
Status int2_range_error(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "smallint out of range");
}
Status int4_range_error(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "integer out of range");
}
Status int8_range_error(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "bigint out of range");
}
Status division_by_zero_error(void) { return error(ERR_DIVISION_BY_ZERO, "division by zero"); }

void text_trim(const char **text, size_t *len) {
    while (*len > 0 && is_space(**text)) {
        (*text)++;
        (*len)--;
    }
    while (*len > 0 && is_space((*text)[*len - 1]))
        (*len)--;
}

bool text_is_word(const char *text, size_t len, const char *word) {
    for (size_t i = 0; i < len; i++)
        if (word[i] == '\0' || to_lower(text[i]) != word[i])
            return false;
    return word[len] == '\0';
}

void key_put_u32(StrBuf *key, uint32_t v) { strbuf_put_be32(key, v); }
void key_put_u64(StrBuf *key, uint64_t v) { strbuf_put_be64(key, v); }

/* IEEE order with -0 = 0 and every NaN alike, above all. */
void key_put_f64(StrBuf *key, double v) {
    uint64_t bits;
    if (v == 0)
        v = 0;
    if (v != v)
        v = __builtin_nan("");
    memcpy(&bits, &v, sizeof(bits));
    strbuf_put_be64(key, bits >> 63 ? ~bits : bits | UINT64_C(1) << 63);
}

void key_put_bytes(StrBuf *key, const void *data, size_t len) {
    const char *p = data;
    strbuf_reserve(key, len + 2);
    while (len > 0) {
        const char *zero = memchr(p, 0, len);
        size_t run = zero == NULL ? len : (size_t)(zero - p);
        strbuf_append(key, p, run);
        if (zero == NULL)
            break;
        strbuf_append(key, "\x00\xff", 2);
        p += run + 1;
        len -= run + 1;
    }
    strbuf_append(key, "\x00\x00", 2);
}

bool key_get_bytes(const uint8_t *key, size_t len, Arena *arena, Str *str_out, size_t *used_out) {
    size_t end = 0, zeros = 0;
    for (;; end++) {
        if (end + 1 >= len)
            return false;
        if (key[end] != 0)
            continue;
        if (key[end + 1] == 0)
            break;
        if (key[end + 1] != 0xff)
            return false;
        zeros++;
        end++;
    }
    char *data = arena_alloc(arena, end - zeros + 1);
    size_t n = 0;
    for (size_t i = 0; i < end; i++) {
        data[n++] = (char)key[i];
        if (key[i] == 0)
            i++;
    }
    *str_out = str_make(data, n);
    *used_out = end + 2;
    return true;
}

Status key_encode_column(const TypeInfo *type, Oid collation, bool descending, bool nulls_first,
                         Datum value, bool is_null, StrBuf *key) {
    if (is_null) {
        strbuf_putc(key, nulls_first ? 0 : 2);
        return STATUS_OK;
    }
    strbuf_putc(key, 1);
    size_t start = key->len;
    TRY(type->key_encode(type, collation, value, key));
    if (descending)
        for (size_t i = start; i < key->len; i++)
            key->data[i] = (char)~key->data[i];
    return STATUS_OK;
}

Status type_output_text(EvalEnv *env, Arena *arena, Oid type, Datum value, Str *text_out) {
    TypeIo io = {.typmod = -1, .env = env, .arena = arena};
    TRY(type_lookup(env, type, &io.type));
    StrBuf buf;
    strbuf_init(&buf, arena);
    TRY(io.type->output(&io, value, &buf));
    *text_out = buf_datum(&buf).str;
    return STATUS_OK;
}

Status type_input_text(EvalEnv *env, Arena *arena, Oid type, int32_t typmod, Str text,
                       Datum *value_out) {
    TypeIo io = {.typmod = typmod, .env = env, .arena = arena};
    TRY(type_lookup(env, type, &io.type));
    return io.type->input(&io, text.data, text.len, value_out);
}

Status type_no_order(const TypeInfo *type) {
    const TypeInfo *lacks =
        type->category == 'A' && type->element_type != NULL ? type->element_type : type;
    return error(ERR_UNDEFINED_FUNCTION, "could not identify a comparison function for type %s",
                 lacks->name);
}

/* Values of a row type compare where those of all its columns do. */
static Status type_can_compare(EvalEnv *env, const TypeInfo *type, int depth, bool *yes_out) {
    const TypeInfo *inner = type;
    const TypeDesc *desc;
    const RelationDesc *relation = NULL;
    while ((inner->category == 'A' || inner->kind == TYPE_DOMAIN) && inner->element_type != NULL)
        inner = inner->element_type;
    *yes_out = type->compare != NULL;
    if (inner->kind != TYPE_COMPOSITE || !*yes_out || depth > 100 || env->catalog == NULL)
        return STATUS_OK;
    TRY(catalog_type(env->catalog, inner->oid, &desc));
    if (desc != NULL && desc->relation != 0)
        TRY(catalog_relation(env->catalog, desc->relation, &relation));
    for (uint16_t i = 0; relation != NULL && i < relation->column_count && *yes_out; i++) {
        const TypeInfo *column;
        if (relation->columns[i].dropped)
            continue;
        TRY(type_lookup(env, relation->columns[i].type, &column));
        TRY(type_can_compare(env, column, depth + 1, yes_out));
    }
    return STATUS_OK;
}

Status type_require_compare(EvalEnv *env, Oid type, const TypeInfo **type_out) {
    bool can;
    const char *name;
    TRY(type_lookup(env, type, type_out));
    TRY(type_can_compare(env, *type_out, 0, &can));
    if (can)
        return STATUS_OK;
    if ((*type_out)->kind != TYPE_COMPOSITE)
        return type_no_order(*type_out);
    TRY(format_type_brief(env->catalog, env->statement_arena, type, &name));
    return error(ERR_UNDEFINED_FUNCTION, "could not identify a comparison function for type %s",
                 name);
}

bool type_has_only_equality(Oid type) {
    return type == OID_XID || type == OID_CID || type == OID_ACLITEM;
}

Status type_require_equality(EvalEnv *env, Oid type, const TypeInfo **type_out) {
    bool can;
    TRY(type_lookup(env, type, type_out));
    const char *name = (*type_out)->name;
    TRY(type_can_compare(env, *type_out, 0, &can));
    if (can)
        return STATUS_OK;
    if ((*type_out)->kind == TYPE_COMPOSITE)
        TRY(format_type_brief(env->catalog, env->statement_arena, type, &name));
    return error(ERR_UNDEFINED_FUNCTION, "could not identify an equality operator for type %s",
                 name);
}

Status type_require_hash(FnCall *call, const TypeInfo *type, bool extended) {
    static const Oid without[] = {790, 1560, 1562, 3614,
                                  3615};             /* money, bit, tsvector: ordered only */
    static const Oid hashed_only[] = {28, 29, 1033}; /* xid, cid, aclitem */
    const TypeInfo *inner = type;
    while ((inner->category == 'A' || inner->kind == TYPE_DOMAIN) && inner->element_type != NULL)
        inner = inner->element_type;
    bool has = inner->hash != NULL;
    for (size_t i = 0; i < ARRAY_LEN(without); i++)
        has &= inner->oid != without[i];
    for (size_t i = 0; i < ARRAY_LEN(hashed_only); i++)
        has |= inner->oid == hashed_only[i];
    if (has)
        return STATUS_OK;
    const char *name = type->name;
    if (call_env(call)->catalog != NULL)
        TRY(format_type_brief(call_env(call)->catalog, call->arena, type->oid, &name));
    return error(ERR_UNDEFINED_FUNCTION, "could not identify %s function for type %s",
                 extended ? "an extended hash" : "a hash", name);
}

/* The SQL-callable in, out, recv and send functions of every type. */
static TypeIo call_type_io(FnCall *call, Oid type, Status *status_out) {
    TypeIo io = {.typmod = -1, .env = call->site->env, .arena = call->arena};
    if (call->site->arg_count >= 3 && !call->nulls[2])
        io.typmod = ARG_I32(2);
    *status_out = type_lookup(io.env, type, &io.type);
    return io;
}

/* What array_in, enum_in and their kin read: the type that the second argument names. */
static Status given_input_type(FnCall *call, Oid general, Oid *type_out) {
    Oid given = ARG_U32(1);
    const TypeInfo *info;
    const char *name = "";
    Status s = type_lookup(call_env(call), given, &info);
    if (!status_ok(s) && (general == 2277 || general == 3500)) {
        status_free(s);
        return error(ERR_INTERNAL_ERROR, "cache lookup failed for type %u", given);
    }
    TRY(s);
    if (call_env(call)->catalog != NULL)
        TRY(format_type_brief(call_env(call)->catalog, call->arena, given, &name));
    *type_out = general == 2277 ? info->array : given;
    if (general == 3500 && info->kind != TYPE_ENUM)
        return error(ERR_INVALID_TEXT_REPRESENTATION, "invalid input value for enum %s: \"%.*s\"",
                     name, (int)ARG_STR(0).len, ARG_STR(0).data);
    if (general == 3831 && info->kind != TYPE_RANGE)
        return error(ERR_INTERNAL_ERROR, "type %u is not a range type", given);
    if (general == 4537 && info->kind != TYPE_MULTIRANGE)
        return error(ERR_INTERNAL_ERROR, "type %u is not a multirange type", given);
    if (general == 2276 && info->kind != TYPE_DOMAIN)
        return error(ERR_DATATYPE_MISMATCH, "type %s is not a domain", name);
    if (general == 2249 && given != 2249 && info->kind != TYPE_COMPOSITE)
        return error(ERR_WRONG_OBJECT_TYPE, "type %s is not composite", name);
    return STATUS_OK;
}

static Status call_input_type(FnCall *call, Oid *type_out) {
    Oid type = *type_out = call->site->result_type;
    if (call->site->arg_count < 2 || call->nulls[1] || type_builtin(type) == NULL ||
        type_builtin(type)->kind != TYPE_PSEUDO)
        return STATUS_OK;
    return given_input_type(call, type, type_out);
}

SCALAR(type_input) {
    Status s;
    Oid type;
    if (call->site->arg_count >= 2 && call->nulls[1])
        return ret_null(call);
    TRY(call_input_type(call, &type));
    if (call->nulls[0])
        return ret_null(call);
    TypeIo io = call_type_io(call, type, &s);
    TRY(s);
    return io.type->input(&io, ARG_STR(0).data, ARG_STR(0).len, &call->result);
}
SCALAR(type_receive) {
    Status s;
    Oid type;
    if (call->nulls[0])
        return ret_null(call);
    TRY(call_input_type(call, &type));
    TypeIo io = call_type_io(call, type, &s);
    TRY(s);
    return io.type->receive(&io, (const uint8_t *)ARG_STR(0).data, ARG_STR(0).len, &call->result);
}
SCALAR(type_output) {
    Str text;
    TRY(type_output_text(call->site->env, call->arena, call->site->arg_types[0], call->args[0],
                         &text));
    return ret_str(call, text);
}
SCALAR(type_send) {
    TypeIo io = {.typmod = -1, .env = call->site->env, .arena = call->arena};
    TRY(type_lookup(io.env, call->site->arg_types[0], &io.type));
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    TRY(io.type->send(&io, call->args[0], &buf));
    return ret_buf(call, &buf);
}
ALIAS(enum_in, type_input)
ALIAS(enum_out, type_output)
ALIAS(enum_send, type_send)
ALIAS(domain_in, type_input)
ALIAS(domain_recv, type_receive)

/* Input of types without values, by name of their functions. */
SCALAR(pseudo_in) {
    const TypeInfo *type = type_builtin(call->site->result_type);
    return error(ERR_FEATURE_NOT_SUPPORTED, "cannot accept a value of type %s",
                 type == NULL ? "?" : type->name);
}
ALIAS(any_in, pseudo_in)
ALIAS(anyarray_in, pseudo_in)
ALIAS(anycompatible_in, pseudo_in)
ALIAS(anycompatiblearray_in, pseudo_in)
ALIAS(anycompatiblemultirange_in, pseudo_in)
ALIAS(anycompatiblenonarray_in, pseudo_in)
ALIAS(anycompatiblerange_in, pseudo_in)
ALIAS(anyelement_in, pseudo_in)
ALIAS(anyenum_in, pseudo_in)
ALIAS(anymultirange_in, pseudo_in)
ALIAS(anynonarray_in, pseudo_in)
ALIAS(anyrange_in, pseudo_in)
ALIAS(pg_node_tree_in, pseudo_in)
ALIAS(tsm_handler_in, pseudo_in)
ALIAS(table_am_handler_in, pseudo_in)
ALIAS(index_am_handler_in, pseudo_in)
ALIAS(fdw_handler_in, pseudo_in)
ALIAS(language_handler_in, pseudo_in)
ALIAS(trigger_in, pseudo_in)
ALIAS(event_trigger_in, pseudo_in)
ALIAS(internal_in, pseudo_in)
ALIAS(pg_ddl_command_in, pseudo_in)
#define PSEUDO_OUT(prosrc, name)                                                                   \
    SCALAR(prosrc) {                                                                               \
        return error(ERR_FEATURE_NOT_SUPPORTED, "cannot display a value of type %s", name);        \
    }
PSEUDO_OUT(any_out, "any")
PSEUDO_OUT(anyelement_out, "anyelement")
PSEUDO_OUT(anynonarray_out, "anynonarray")
PSEUDO_OUT(anycompatible_out, "anycompatible")
PSEUDO_OUT(anycompatiblenonarray_out, "anycompatiblenonarray")
