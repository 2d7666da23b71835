/* citext.c: texts compared, hashed and keyed in lower case; printed as they are. */
#include "types/citext.h"

#include "types/collate.h"
#include "types/hash_value.h"

DECLARE_TYPE_IO(text);

#define DEFAULT_COLLATION 100
#define CITEXT_OID 9090 /* of the functions: found by prosrc, pg_proc has none of these OIDs */

/* The next character in lower case. */
static uint32_t next_lower(const char **p) {
    uint32_t c = (uint8_t) * *p;
    if (c < 0x80) {
        (*p)++;
        return (uint32_t)(uint8_t)to_lower((char)c);
    }
    return collation_lower_char(DEFAULT_COLLATION, utf8_decode(p));
}

static int citext_compare(const TypeInfo *type, Oid collation, Datum a, Datum b) {
    const char *p = a.str.data, *q = b.str.data;
    const char *p_end = p + a.str.len, *q_end = q + b.str.len;
    while (p < p_end && q < q_end) {
        uint32_t x = next_lower(&p), y = next_lower(&q);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (p < p_end) - (q < q_end);
}

/* In lower case, on a buffer of its own where it changes. */
static void put_lower(Str s, StrBuf *out) {
    for (const char *p = s.data, *end = p + s.len; p < end;) {
        char bytes[4];
        strbuf_append(out, bytes, utf8_encode(next_lower(&p), bytes));
    }
}

static uint64_t citext_hash_of(const TypeInfo *type, Oid collation, Datum value) {
    uint64_t hash = 0x9e3779b97f4a7c15;
    for (const char *p = value.str.data, *end = p + value.str.len; p < end;)
        hash = hash_combine(hash, next_lower(&p));
    return hash;
}

static Status citext_key(const TypeInfo *type, Oid collation, Datum value, StrBuf *key) {
    StrBuf lower;
    strbuf_init(&lower, key->arena);
    put_lower(value.str, &lower);
    key_put_bytes(key, strbuf_cstr(&lower), lower.len);
    return STATUS_OK;
}

const TypeInfo citext_model = {
    .oid = 25,
    .name = "citext",
    .kind = TYPE_BASE,
    .phys = PHYS_STR,
    .typlen = -1,
    .category = 'S',
    .collation = DEFAULT_COLLATION,
    .input = text_input,
    .output = text_output,
    .receive = text_receive,
    .send = text_send,
    .compare = citext_compare,
    .hash = citext_hash_of,
    .key_encode = citext_key,
};

static int order(const FnCall *call) {
    return citext_compare(NULL, 0, call->args[0], call->args[1]);
}
static Status fn_eq(FnCall *call) { return ret_bool(call, order(call) == 0); }
static Status fn_ne(FnCall *call) { return ret_bool(call, order(call) != 0); }
static Status fn_lt(FnCall *call) { return ret_bool(call, order(call) < 0); }
static Status fn_le(FnCall *call) { return ret_bool(call, order(call) <= 0); }
static Status fn_ge(FnCall *call) { return ret_bool(call, order(call) >= 0); }
static Status fn_gt(FnCall *call) { return ret_bool(call, order(call) > 0); }
static Status fn_cmp(FnCall *call) { return ret_i32(call, order(call)); }
static Status fn_smaller(FnCall *call) {
    return ret_datum(call, call->args[order(call) < 0 ? 0 : 1]);
}
static Status fn_larger(FnCall *call) {
    return ret_datum(call, call->args[order(call) > 0 ? 0 : 1]);
}
/* SQL's hash: that of the text in lower case. */
static Status lower_hash(FnCall *call, uint64_t seed, uint64_t *hash_out) {
    StrBuf lower;
    strbuf_init(&lower, call->arena);
    put_lower(ARG_STR(0), &lower);
    return hash_value(call, type_builtin(25), buf_datum(&lower), seed, hash_out);
}
static Status fn_hash(FnCall *call) {
    uint64_t hash;
    TRY(lower_hash(call, 0, &hash));
    return ret_i32(call, (int32_t)hash);
}
static Status fn_hash_extended(FnCall *call) {
    uint64_t hash;
    TRY(lower_hash(call, (uint64_t)ARG_I64(1), &hash));
    return ret_i64(call, (int64_t)hash);
}
static Status fn_same(FnCall *call) { return ret_datum(call, call->args[0]); }

#define ENTRY(n, src, fn)                                                                          \
    { .oid = CITEXT_OID + (n), .prosrc = src, .kind = FN_SCALAR, .strict = true, .scalar = fn }
static const FnEntry entries[] = {
    ENTRY(0, "citextin", fn_same),
    ENTRY(1, "citextout", fn_same),
    ENTRY(2, "citextrecv", fn_same),
    ENTRY(3, "citextsend", fn_same),
    ENTRY(4, "citext_eq", fn_eq),
    ENTRY(5, "citext_ne", fn_ne),
    ENTRY(6, "citext_lt", fn_lt),
    ENTRY(7, "citext_le", fn_le),
    ENTRY(8, "citext_ge", fn_ge),
    ENTRY(9, "citext_gt", fn_gt),
    ENTRY(10, "citext_cmp", fn_cmp),
    ENTRY(11, "citext_hash", fn_hash),
    ENTRY(12, "citext_hash_extended", fn_hash_extended),
    ENTRY(13, "citext_smaller", fn_smaller),
    ENTRY(14, "citext_larger", fn_larger),
};
void citext_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
