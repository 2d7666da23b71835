/* ext_uuid.c: the functions of the extension uuid-ossp (RFC 4122). */
#include "executor/ddl_extension.h"
#include "executor/sysfuncs_int.h"
#include "runtime/clock.h"
#include "runtime/random.h"

#include <openssl/evp.h>

static Status give_uuid(FnCall *call, const uint8_t bytes[16]) {
    memcpy(call->result.w16, bytes, 16);
    return STATUS_OK;
}

/* Version and variant into their places. */
static void brand(uint8_t bytes[16], int version) {
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | version << 4);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
}

static Status fn_nil(FnCall *call) { return give_uuid(call, (const uint8_t[16]){0}); }

static Status give_namespace(FnCall *call, uint8_t which) {
    uint8_t bytes[16] = {0x6b, 0xa7, 0xb8, which, 0x9d, 0xad, 0x11, 0xd1,
                         0x80, 0xb4, 0x00, 0xc0,  0x4f, 0xd4, 0x30, 0xc8};
    return give_uuid(call, bytes);
}
static Status fn_dns(FnCall *call) { return give_namespace(call, 0x10); }
static Status fn_url(FnCall *call) { return give_namespace(call, 0x11); }
static Status fn_oid(FnCall *call) { return give_namespace(call, 0x12); }
static Status fn_x500(FnCall *call) { return give_namespace(call, 0x14); }

/* Hundreds of nanoseconds since 1582-10-15, a random clock sequence and a random node, whose multicast bit
 * tells that it is no hardware address. */
static Status fn_v1(FnCall *call) {
    uint8_t bytes[16];
    uint64_t ticks = (uint64_t)clock_wall_us() * 10 + UINT64_C(0x01b21dd213814000);
    random_bytes(bytes, sizeof(bytes));
    for (int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(ticks >> (24 - 8 * i));
    bytes[4] = (uint8_t)(ticks >> 40);
    bytes[5] = (uint8_t)(ticks >> 32);
    bytes[6] = (uint8_t)(ticks >> 56);
    bytes[7] = (uint8_t)(ticks >> 48);
    bytes[10] |= 1;
    brand(bytes, 1);
    return give_uuid(call, bytes);
}
static Status fn_v4(FnCall *call) {
    uint8_t bytes[16];
    random_bytes(bytes, sizeof(bytes));
    brand(bytes, 4);
    return give_uuid(call, bytes);
}

static Status hashed(FnCall *call, const EVP_MD *kind, int version) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    Str name = call->args[1].str;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good = ctx != NULL && EVP_DigestInit_ex(ctx, kind, NULL) == 1 &&
                EVP_DigestUpdate(ctx, call->args[0].w16, 16) == 1 &&
                EVP_DigestUpdate(ctx, name.data, name.len) == 1 &&
                EVP_DigestFinal_ex(ctx, digest, NULL) == 1;
    EVP_MD_CTX_free(ctx);
    if (!good)
        return error(ERR_EXTERNAL_ROUTINE_EXCEPTION, "could not compute a digest");
    brand(digest, version);
    return give_uuid(call, digest);
}
static Status fn_v3(FnCall *call) { return hashed(call, EVP_md5(), 3); }
static Status fn_v5(FnCall *call) { return hashed(call, EVP_sha1(), 5); }

static const FnEntry entries[] = {
    SYSFUNC(EXT_UUID_OID, "uuid_nil", fn_nil),
    SYSFUNC(EXT_UUID_OID + 1, "uuid_ns_dns", fn_dns),
    SYSFUNC(EXT_UUID_OID + 2, "uuid_ns_url", fn_url),
    SYSFUNC(EXT_UUID_OID + 3, "uuid_ns_oid", fn_oid),
    SYSFUNC(EXT_UUID_OID + 4, "uuid_ns_x500", fn_x500),
    SYSFUNC(EXT_UUID_OID + 5, "uuid_generate_v1", fn_v1),
    SYSFUNC(EXT_UUID_OID + 6, "uuid_generate_v1mc", fn_v1),
    SYSFUNC(EXT_UUID_OID + 7, "uuid_generate_v3", fn_v3),
    SYSFUNC(EXT_UUID_OID + 8, "uuid_generate_v4", fn_v4),
    SYSFUNC(EXT_UUID_OID + 9, "uuid_generate_v5", fn_v5),
};
void ext_uuid_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
