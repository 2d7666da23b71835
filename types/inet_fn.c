/* inet_fn.c: functions of inet and cidr. */
#include "types/inet.h"

DECLARE_TYPE_ORDER(inet);

static NetAddress arg(FnCall *call, int n) { return net_load(call->args[n]); }
static Status ret_net(FnCall *call, const NetAddress *a) {
    return ret_datum(call, net_store(call->arena, a));
}

static int order(FnCall *call) { return inet_compare(NULL, 0, call->args[0], call->args[1]); }
SCALAR(network_eq) { return ret_bool(call, order(call) == 0); }
SCALAR(network_ne) { return ret_bool(call, order(call) != 0); }
SCALAR(network_lt) { return ret_bool(call, order(call) < 0); }
SCALAR(network_le) { return ret_bool(call, order(call) <= 0); }
SCALAR(network_gt) { return ret_bool(call, order(call) > 0); }
SCALAR(network_ge) { return ret_bool(call, order(call) >= 0); }
SCALAR(network_cmp) { return ret_i32(call, order(call)); }
SCALAR(network_smaller) { return ret_datum(call, call->args[order(call) < 0 ? 0 : 1]); }
SCALAR(network_larger) { return ret_datum(call, call->args[order(call) > 0 ? 0 : 1]); }

/* Whether argument `inner` lies in the network of `outer`; slack 1: strictly. */
static bool is_within(FnCall *call, int inner, int outer, int slack) {
    NetAddress a = arg(call, inner), b = arg(call, outer);
    return a.family == b.family && a.bits >= b.bits + slack && net_same_bits(&a, &b, b.bits);
}
SCALAR(network_sub) { return ret_bool(call, is_within(call, 0, 1, 1)); }
SCALAR(network_subeq) { return ret_bool(call, is_within(call, 0, 1, 0)); }
SCALAR(network_sup) { return ret_bool(call, is_within(call, 1, 0, 1)); }
SCALAR(network_supeq) { return ret_bool(call, is_within(call, 1, 0, 0)); }
SCALAR(network_overlap) {
    return ret_bool(call, is_within(call, 0, 1, 0) || is_within(call, 1, 0, 0));
}
SCALAR(inet_same_family) { return ret_bool(call, arg(call, 0).family == arg(call, 1).family); }
SCALAR(network_family) { return ret_i32(call, arg(call, 0).family); }
SCALAR(network_masklen) { return ret_i32(call, arg(call, 0).bits); }

SCALAR(inet_merge) {
    NetAddress a = arg(call, 0), b = arg(call, 1);
    if (a.family != b.family)
        return error(ERR_INVALID_PARAMETER_VALUE, "cannot merge addresses from different families");
    int bits = MIN(a.bits, b.bits);
    while (bits > 0 && !net_same_bits(&a, &b, bits))
        bits--;
    a.bits = bits;
    a = net_masked(&a);
    return ret_net(call, &a);
}

static Status text_of(FnCall *call, bool mask) {
    NetAddress a = arg(call, 0);
    StrBuf buf;
    strbuf_init(&buf, call->arena);
    net_print_address(&a, &buf);
    if (mask)
        strbuf_printf(&buf, "/%d", a.bits);
    return ret_buf(call, &buf);
}
SCALAR(network_host) { return text_of(call, false); }
SCALAR(network_show) { return text_of(call, true); }
SCALAR(inet_abbrev) {
    NetAddress a = arg(call, 0);
    return text_of(call, a.bits != net_bits_max(&a));
}
/* The octets within the mask. */
SCALAR(cidr_abbrev) {
    NetAddress a = arg(call, 0);
    StrBuf buf;
    if (a.family == 6)
        return text_of(call, true);
    strbuf_init(&buf, call->arena);
    for (int i = 0; i < MAX((a.bits + 7) / 8, 1); i++)
        strbuf_printf(&buf, i == 0 ? "%d" : ".%d", a.bytes[i]);
    strbuf_printf(&buf, "/%d", a.bits);
    return ret_buf(call, &buf);
}

static Status set_bits(FnCall *call, bool cidr) {
    NetAddress a = arg(call, 0);
    int bits = ARG_I32(1) == -1 ? net_bits_max(&a) : ARG_I32(1);
    if (bits < 0 || bits > net_bits_max(&a))
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid mask length: %d", bits);
    a.bits = bits;
    if (cidr)
        a = net_masked(&a);
    return ret_net(call, &a);
}
SCALAR(inet_set_masklen) { return set_bits(call, false); }
SCALAR(cidr_set_masklen) { return set_bits(call, true); }
SCALAR(network_network) {
    NetAddress a = arg(call, 0);
    a = net_masked(&a);
    return ret_net(call, &a);
}
ALIAS(inet_to_cidr, network_network)

static NetAddress mask_of(const NetAddress *a) {
    NetAddress ones = *a;
    memset(ones.bytes, 0xff, (size_t)net_bytes(a));
    return net_masked(&ones);
}
SCALAR(network_netmask) {
    NetAddress a = arg(call, 0), mask = mask_of(&a);
    mask.bits = net_bits_max(&a);
    return ret_net(call, &mask);
}
SCALAR(network_hostmask) {
    NetAddress a = arg(call, 0), mask = mask_of(&a);
    for (int i = 0; i < net_bytes(&a); i++)
        mask.bytes[i] = (uint8_t)~mask.bytes[i];
    mask.bits = net_bits_max(&a);
    return ret_net(call, &mask);
}
SCALAR(network_broadcast) {
    NetAddress a = arg(call, 0), mask = mask_of(&a);
    for (int i = 0; i < net_bytes(&a); i++)
        a.bytes[i] |= (uint8_t)~mask.bytes[i];
    return ret_net(call, &a);
}

SCALAR(inetnot) {
    NetAddress a = arg(call, 0);
    for (int i = 0; i < net_bytes(&a); i++)
        a.bytes[i] = (uint8_t)~a.bytes[i];
    return ret_net(call, &a);
}
static Status bitwise(FnCall *call, bool both) {
    NetAddress a = arg(call, 0), b = arg(call, 1);
    if (a.family != b.family)
        return error(ERR_INVALID_PARAMETER_VALUE, "cannot %s inet values of different sizes",
                     both ? "AND" : "OR");
    for (int i = 0; i < net_bytes(&a); i++)
        a.bytes[i] = (uint8_t)(both ? a.bytes[i] & b.bytes[i] : a.bytes[i] | b.bytes[i]);
    a.bits = MAX(a.bits, b.bits);
    return ret_net(call, &a);
}
SCALAR(inetand) { return bitwise(call, true); }
SCALAR(inetor) { return bitwise(call, false); }

static Status out_of_range(void) {
    return error(ERR_NUMERIC_VALUE_OUT_OF_RANGE, "result is out of range");
}
static Status add(FnCall *call, __int128 addend) {
    NetAddress a = arg(call, 0);
    __int128 carry = addend;
    for (int i = net_bytes(&a) - 1; i >= 0; i--) {
        carry += a.bytes[i];
        a.bytes[i] = (uint8_t)carry;
        carry >>= 8; /* of a signed number: keeps the sign */
    }
    return carry != 0 ? out_of_range() : ret_net(call, &a);
}
SCALAR(inetpl) { return add(call, ARG_I64(1)); }
/* The least number is its own negative. */
SCALAR(inetmi_int8) { return add(call, (int64_t)(0 - (uint64_t)ARG_I64(1))); }
SCALAR(inetmi) {
    NetAddress a = arg(call, 0), b = arg(call, 1);
    unsigned __int128 x = 0, y = 0;
    if (a.family != b.family)
        return error(ERR_INVALID_PARAMETER_VALUE, "cannot subtract inet values of different sizes");
    for (int i = 0; i < net_bytes(&a); i++) {
        x = x << 8 | a.bytes[i];
        y = y << 8 | b.bytes[i];
    }
    /* Modulo 2^128: addresses far apart may be near each other the other way round. */
    __int128 difference = (__int128)(x - y);
    if (difference != (int64_t)difference)
        return out_of_range();
    return ret_i64(call, (int64_t)difference);
}
