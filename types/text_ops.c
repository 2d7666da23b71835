/* text_ops.c: comparison and conversion of text, bpchar, name and bytea. */
#include "types/hash_func.h"
#include "types/text.h"

#include "types/collate.h"

/* Errors: 42P22 where no collation came out of the arguments. */
static Status order_text(FnCall *call, Str a, Str b, int *order_out) {
    TRY(collation_require(call->site->collation, "string comparison"));
    *order_out = text_compare_collated(call->site->collation, a, b);
    return STATUS_OK;
}
/* What the support functions of btree tell: where bytes differ, by how much. */
static int byte_difference(Str a, Str b) {
    int order = memcmp(a.data, b.data, MIN(a.len, b.len));
    return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}
static int text_difference(Oid collation, Str a, Str b) {
    return collation <= COLLATION_UCS_BASIC_LAST ? byte_difference(a, b)
                                                 : collation_compare(collation, a, b);
}
static Status same_text(FnCall *call, Str a, Str b, bool wanted) {
    Oid collation = call->site->collation;
    TRY(collation_require(collation, "string comparison"));
    bool same = str_equal(a, b) ||
                (!collation_is_deterministic(collation) && collation_compare(collation, a, b) == 0);
    return ret_bool(call, same == wanted);
}
#define TEXT_COMPARISON(name, ea, eb, test)                                                        \
    SCALAR(name) {                                                                                 \
        int order;                                                                                 \
        TRY(order_text(call, ea, eb, &order));                                                     \
        return ret_bool(call, order test 0);                                                       \
    }
#define TEXT_TESTS(eq, ne, lt, le, gt, ge, ea, eb)                                                 \
    SCALAR(eq) { return same_text(call, ea, eb, true); }                                           \
    SCALAR(ne) { return same_text(call, ea, eb, false); }                                          \
    TEXT_COMPARISON(lt, ea, eb, <)                                                                 \
    TEXT_COMPARISON(le, ea, eb, <=)                                                                \
    TEXT_COMPARISON(gt, ea, eb, >)                                                                 \
    TEXT_COMPARISON(ge, ea, eb, >=)
#define TEXT_COMPARISONS(eq, ne, lt, le, gt, ge, cmp, ea, eb)                                      \
    TEXT_TESTS(eq, ne, lt, le, gt, ge, ea, eb)                                                     \
    SCALAR(cmp) {                                                                                  \
        TRY(collation_require(call->site->collation, "string comparison"));                        \
        return ret_i32(call, text_difference(call->site->collation, ea, eb));                      \
    }
#define LARGER_SMALLER(larger, smaller, cmp)                                                       \
    SCALAR(larger) {                                                                               \
        TRY(fn_##cmp(call));                                                                       \
        return ret_datum(call, call->args[call->result.i32 > 0 ? 0 : 1]);                          \
    }                                                                                              \
    SCALAR(smaller) {                                                                              \
        TRY(fn_##cmp(call));                                                                       \
        return ret_datum(call, call->args[call->result.i32 < 0 ? 0 : 1]);                          \
    }

TEXT_COMPARISONS(texteq, textne, text_lt, text_le, text_gt, text_ge, bttextcmp, ARG_STR(0),
                 ARG_STR(1))
TEXT_TESTS(nameeq, namene, namelt, namele, namegt, namege, ARG_STR(0), ARG_STR(1))
/* A name ends with a zero byte, which is compared, too. */
SCALAR(btnamecmp) {
    Str a = ARG_STR(0), b = ARG_STR(1);
    TRY(collation_require(call->site->collation, "string comparison"));
    if (call->site->collation > COLLATION_UCS_BASIC_LAST)
        return ret_i32(call, collation_compare(call->site->collation, a, b));
    uint32_t same = 0;
    while (same < a.len && same < b.len && a.data[same] == b.data[same])
        same++;
    return ret_i32(call, (same < a.len ? (uint8_t)a.data[same] : 0) -
                             (same < b.len ? (uint8_t)b.data[same] : 0));
}
TEXT_COMPARISONS(nameeqtext, namenetext, namelttext, nameletext, namegttext, namegetext,
                 btnametextcmp, ARG_STR(0), ARG_STR(1))
TEXT_COMPARISONS(texteqname, textnename, textltname, textlename, textgtname, textgename,
                 bttextnamecmp, ARG_STR(0), ARG_STR(1))

static int order_bytes(FnCall *call) { return str_compare(ARG_STR(0), ARG_STR(1)); }
SCALAR(byteaeq) { return ret_bool(call, str_equal(ARG_STR(0), ARG_STR(1))); }
SCALAR(byteane) { return ret_bool(call, !str_equal(ARG_STR(0), ARG_STR(1))); }
SCALAR(bytealt) { return ret_bool(call, order_bytes(call) < 0); }
SCALAR(byteale) { return ret_bool(call, order_bytes(call) <= 0); }
SCALAR(byteagt) { return ret_bool(call, order_bytes(call) > 0); }
SCALAR(byteage) { return ret_bool(call, order_bytes(call) >= 0); }
SCALAR(byteacmp) { return ret_i32(call, byte_difference(ARG_STR(0), ARG_STR(1))); }

static Str trimmed(Str s) { return str_make(s.data, bpchar_true_length(s)); }
TEXT_COMPARISONS(bpchareq, bpcharne, bpcharlt, bpcharle, bpchargt, bpcharge, bpcharcmp,
                 trimmed(ARG_STR(0)), trimmed(ARG_STR(1)))
LARGER_SMALLER(text_larger, text_smaller, bttextcmp)
/* Of equal ones with other blanks the first. */
SCALAR(bpchar_larger) {
    TRY(fn_bpcharcmp(call));
    return ret_datum(call, call->args[call->result.i32 >= 0 ? 0 : 1]);
}
SCALAR(bpchar_smaller) {
    TRY(fn_bpcharcmp(call));
    return ret_datum(call, call->args[call->result.i32 <= 0 ? 0 : 1]);
}

SCALAR(text_pattern_lt) { return ret_bool(call, str_compare(ARG_STR(0), ARG_STR(1)) < 0); }
SCALAR(text_pattern_le) { return ret_bool(call, str_compare(ARG_STR(0), ARG_STR(1)) <= 0); }
SCALAR(text_pattern_gt) { return ret_bool(call, str_compare(ARG_STR(0), ARG_STR(1)) > 0); }
SCALAR(text_pattern_ge) { return ret_bool(call, str_compare(ARG_STR(0), ARG_STR(1)) >= 0); }
SCALAR(bttext_pattern_cmp) { return ret_i32(call, byte_difference(ARG_STR(0), ARG_STR(1))); }
static int bpchar_pattern(FnCall *call) {
    return str_compare(trimmed(ARG_STR(0)), trimmed(ARG_STR(1)));
}
SCALAR(bpchar_pattern_lt) { return ret_bool(call, bpchar_pattern(call) < 0); }
SCALAR(bpchar_pattern_le) { return ret_bool(call, bpchar_pattern(call) <= 0); }
SCALAR(bpchar_pattern_gt) { return ret_bool(call, bpchar_pattern(call) > 0); }
SCALAR(bpchar_pattern_ge) { return ret_bool(call, bpchar_pattern(call) >= 0); }
SCALAR(btbpchar_pattern_cmp) {
    return ret_i32(call, byte_difference(trimmed(ARG_STR(0)), trimmed(ARG_STR(1))));
}

#define HASH_FN(name, ext, s)                                                                      \
    SCALAR(name) { return ret_i32(call, (int32_t)hash_func_bytes((s).data, (s).len, 0)); }         \
    SCALAR(ext) {                                                                                  \
        return ret_i64(call, (int64_t)hash_func_bytes((s).data, (s).len, (uint64_t)ARG_I64(1)));   \
    }
HASH_FN(hashtext, hashtextextended, ARG_STR(0))
HASH_FN(hashname, hashnameextended, ARG_STR(0))
HASH_FN(hashvarlena, hashvarlenaextended, ARG_STR(0))
HASH_FN(hashbpchar, hashbpcharextended, trimmed(ARG_STR(0)))

/* Conversions. */
SCALAR(text_name) { return ret_str(call, name_cut(ARG_STR(0))); }
SCALAR(bpchar_name) { return ret_str(call, trimmed(name_cut(ARG_STR(0)))); }
SCALAR(name_text) { return ret_str(call, ARG_STR(0)); }
SCALAR(name_bpchar) { return ret_str(call, ARG_STR(0)); }
SCALAR(char_text) {
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    char_print(call->args[0].byte, &buf);
    return ret_buf(call, &buf);
}
SCALAR(char_bpchar) {
    return ret_bytes(call, arena_strndup(call->arena, (const char *)&call->args[0].byte, 1),
                     call->args[0].byte != 0);
}
SCALAR(text_char) { return ret_byte(call, char_parse(ARG_STR(0).data, ARG_STR(0).len)); }
SCALAR(bpchar) {
    Str out;
    TRY(bpchar_coerce(call->arena, ARG_STR(0), ARG_I32(1), ARG_BOOL(2), &out));
    return ret_str(call, out);
}
SCALAR(varchar) {
    Str out;
    TRY(varchar_coerce(ARG_STR(0), ARG_I32(1), ARG_BOOL(2), &out));
    return ret_str(call, out);
}
SCALAR(bpcharlen) {
    return ret_i32(call, (int32_t)utf8_length(ARG_STR(0).data, bpchar_true_length(ARG_STR(0))));
}
SCALAR(bpcharoctetlen) { return ret_i32(call, (int32_t)ARG_STR(0).len); }

static Status concatenate(FnCall *call, Str a, Str b) {
    char *p;
    TRY(call_alloc(call, (size_t)a.len + b.len, &p));
    memcpy(p, a.data, a.len);
    memcpy(p + a.len, b.data, b.len);
    return ret_bytes(call, p, (size_t)a.len + b.len);
}
SCALAR(textcat) { return concatenate(call, ARG_STR(0), ARG_STR(1)); }
ALIAS(byteacat, textcat)
SCALAR(nameconcatoid) {
    char *suffix = arena_printf(call->arena, "_%u", ARG_U32(1));
    Str name = ARG_STR(0);
    size_t suffix_len = strlen(suffix);
    if (name.len + suffix_len > 63) {
        size_t n = 63 - suffix_len;
        while (n > 0 && ((unsigned char)name.data[n] & 0xc0) == 0x80)
            n--;
        name = str_make(name.data, n);
    }
    return concatenate(call, name, str_make(suffix, suffix_len));
}
SCALAR(textlen) { return ret_i32(call, (int32_t)utf8_length(ARG_STR(0).data, ARG_STR(0).len)); }
SCALAR(textoctetlen) { return ret_i32(call, (int32_t)ARG_STR(0).len); }
ALIAS(byteaoctetlen, textoctetlen)
