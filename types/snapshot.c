/* snapshot.c: pg_snapshot and txid_snapshot: forms and functions. */
#include "types/snapshot.h"

#include "types/types_int.h"

DECLARE_TYPE_IO(pg_snapshot);

#define XIDS_MAX ((ARENA_ALLOC_MAX - 16) / 8)

Status snapshot_store(Arena *arena, uint64_t xmin, uint64_t xmax, const uint64_t *xids,
                      size_t count, Datum *value_out) {
    void *p;
    TRY(arena_try_alloc(arena, 16 + 8 * count, &p));
    store_le64(p, xmin);
    store_le64((char *)p + 8, xmax);
    for (size_t i = 0; i < count; i++)
        store_le64((char *)p + 16 + 8 * i, xids[i]);
    *value_out = datum_str(p, 16 + 8 * count);
    return STATUS_OK;
}

static uint64_t word(Str s, size_t i) { return 8 * i + 8 <= s.len ? load_le64(s.data + 8 * i) : 0; }
static size_t xid_count(Str s) { return s.len < 16 ? 0 : (s.len - 16) / 8; }
static bool valid(uint64_t xid) { return xid > 0 && xid <= INT64_MAX; }

/* Digits up to c or the end; false: no number, or none that is a transaction's. */
static bool scan_xid(const char **p, const char *end, uint64_t *xid_out) {
    uint64_t v = 0;
    const char *start = *p;
    for (; *p < end && is_digit(**p); (*p)++)
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(**p - '0'), &v))
            return false;
    *xid_out = v;
    return *p > start && valid(v);
}
static bool scan_snapshot(TypeIo *io, const char *p, const char *end, Status *status_out,
                          Datum *value_out) {
    uint64_t xmin, xmax, xid, last = 0;
    VEC(uint64_t) xids = {0};
    *status_out = STATUS_OK;
    if (!scan_xid(&p, end, &xmin) || p >= end || *p++ != ':' || !scan_xid(&p, end, &xmax) ||
        p >= end || *p++ != ':' || xmax < xmin)
        return false;
    while (p < end) {
        if (!scan_xid(&p, end, &xid) || xid < xmin || xid >= xmax || xid < last)
            return false;
        if (xid != last)
            vec_push(&xids, io->arena, xid);
        last = xid;
        if (p < end && *p++ != ',')
            return false;
    }
    *status_out = snapshot_store(io->arena, xmin, xmax, xids.items, xids.count, value_out);
    return true;
}
Status pg_snapshot_input(TypeIo *io, const char *text, size_t len, Datum *value_out) {
    Status s;
    if (!scan_snapshot(io, text, text + len, &s, value_out))
        return type_input_error("pg_snapshot", text, len);
    return s;
}
Status pg_snapshot_output(TypeIo *io, Datum value, StrBuf *text) {
    Str s = value.str;
    strbuf_printf(text, "%llu:%llu:", (unsigned long long)word(s, 0),
                  (unsigned long long)word(s, 1));
    for (size_t i = 0; i < xid_count(s); i++)
        strbuf_printf(text, i == 0 ? "%llu" : ",%llu", (unsigned long long)word(s, 2 + i));
    return STATUS_OK;
}
static Status bad_binary(void) {
    return error(ERR_INVALID_BINARY_REPRESENTATION, "invalid external pg_snapshot data");
}
Status pg_snapshot_receive(TypeIo *io, const uint8_t *bytes, size_t len, Datum *value_out) {
    void *p;
    size_t kept = 0;
    if (len < 20)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    uint32_t count = load_be32(bytes);
    uint64_t xmin = load_be64(bytes + 4), xmax = load_be64(bytes + 12), last = 0;
    if (count > XIDS_MAX || !valid(xmin) || !valid(xmax) || xmin > xmax)
        return bad_binary();
    if ((len - 20) / 8 < count)
        return error(ERR_PROTOCOL_VIOLATION, "insufficient data left in message");
    if (len != 20 + 8 * (size_t)count)
        return type_receive_error();
    TRY(arena_try_alloc(io->arena, 8 * (size_t)count + 8, &p));
    uint64_t *xids = p;
    for (uint32_t i = 0; i < count; i++) {
        uint64_t xid = load_be64(bytes + 20 + 8 * (size_t)i);
        if (xid < last || xid < xmin || xid > xmax)
            return bad_binary();
        if (xid != last)
            xids[kept++] = xid;
        last = xid;
    }
    return snapshot_store(io->arena, xmin, xmax, xids, kept, value_out);
}
Status pg_snapshot_send(TypeIo *io, Datum value, StrBuf *bytes) {
    size_t count = xid_count(value.str);
    strbuf_put_be32(bytes, (uint32_t)count);
    for (size_t i = 0; i < count + 2; i++)
        strbuf_put_be64(bytes, word(value.str, i));
    return STATUS_OK;
}

SCALAR(pg_snapshot_xmin) { return ret_i64(call, (int64_t)word(ARG_STR(0), 0)); }
SCALAR(pg_snapshot_xmax) { return ret_i64(call, (int64_t)word(ARG_STR(0), 1)); }
SCALAR(pg_visible_in_snapshot) {
    uint64_t xid = call->args[0].u64;
    Str s = ARG_STR(1);
    if (xid < word(s, 0) || xid >= word(s, 1))
        return ret_bool(call, xid < word(s, 0));
    size_t low = 0, high = xid_count(s);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (word(s, 2 + middle) < xid)
            low = middle + 1;
        else
            high = middle;
    }
    return ret_bool(call, low == xid_count(s) || word(s, 2 + low) != xid);
}

typedef struct XidWalk {
    Str snapshot;
    size_t next;
} XidWalk;
SET_START(pg_snapshot_xip) {
    XidWalk *walk = arena_new(set->scan_arena, XidWalk);
    Str s = set->call.args[0].str;
    void *copy;
    TRY(arena_try_alloc(set->scan_arena, s.len + 1, &copy));
    memcpy(copy, s.data, s.len);
    walk->snapshot = str_make(copy, s.len);
    set->state = walk;
    return STATUS_OK;
}
SET_NEXT(pg_snapshot_xip) {
    XidWalk *walk = set->state;
    *row_out = walk->next < xid_count(walk->snapshot);
    if (*row_out) {
        set->columns[0] = datum_i64((int64_t)word(walk->snapshot, 2 + walk->next++));
        set->column_nulls[0] = false;
    }
    return STATUS_OK;
}
