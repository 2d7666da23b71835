/*
 * ext_crypto.c: the functions of the extension pgcrypto: digests, HMAC, password hashes, raw encryption.
 * Digests and ciphers are OpenSSL's, password hashes those of the C library's crypt(3).
 */
#include "executor/ddl_extension.h"
#include "executor/sysfuncs_int.h"
#include "runtime/random.h"

#include <crypt.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

static Status give_bytes(FnCall *call, const void *data, size_t len) {
    call->result = datum_str(arena_memdup(call->arena, data, len), len);
    return STATUS_OK;
}
static const char *lower_text(FnCall *call, int arg) {
    char *name = arena_strndup(call->arena, call->args[arg].str.data, call->args[arg].str.len);
    for (char *p = name; *p != '\0'; p++)
        *p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    return name;
}
static Status cannot_use(const char *name, const char *why) {
    return error(ERR_INVALID_PARAMETER_VALUE, "Cannot use \"%s\": %s", name, why);
}

/* ---- digests ---- */

static Status digest_of(FnCall *call, int arg, const EVP_MD **kind_out) {
    const char *name = lower_text(call, arg);
    static const char *const names[] = {"md5", "sha1", "sha224", "sha256", "sha384", "sha512"};
    *kind_out = NULL;
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            *kind_out = EVP_get_digestbyname(name);
    return *kind_out != NULL ? STATUS_OK : cannot_use(name, "No such hash algorithm");
}
static Status fn_digest(FnCall *call) {
    const EVP_MD *kind;
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    TRY(digest_of(call, 1, &kind));
    if (EVP_Digest(call->args[0].str.data, call->args[0].str.len, out, &len, kind, NULL) != 1)
        return error(ERR_EXTERNAL_ROUTINE_EXCEPTION, "could not compute a digest");
    return give_bytes(call, out, len);
}
static Status fn_hmac(FnCall *call) {
    const EVP_MD *kind;
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    Str data = call->args[0].str, key = call->args[1].str;
    TRY(digest_of(call, 2, &kind));
    if (HMAC(kind, key.data, (int)key.len, (const unsigned char *)data.data, data.len, out, &len) ==
        NULL)
        return error(ERR_EXTERNAL_ROUTINE_EXCEPTION, "could not compute a digest");
    return give_bytes(call, out, len);
}

/* ---- passwords ---- */

static Status fn_crypt(FnCall *call) {
    const char *password = arg_text(call, 0), *salt = arg_text(call, 1);
    struct crypt_data *data;
    void *memory;
    TRY(arena_try_alloc(call->arena, sizeof(*data), &memory));
    data = memory;
    memset(data, 0, sizeof(*data));
    const char *hash = crypt_r(password, salt, data);
    if (hash == NULL || hash[0] == '*')
        return error(ERR_INVALID_PARAMETER_VALUE, "invalid salt");
    return give_text(call, hash);
}

static void radix64(StrBuf *out, const char *alphabet, uint32_t value, int digits) {
    for (int i = 0; i < digits; i++, value >>= 6)
        strbuf_putc(out, alphabet[value & 63]);
}
/* bcrypt's base 64 of 16 bytes: big-endian, 22 characters. */
static void bcrypt64(StrBuf *out, const uint8_t bytes[16]) {
    static const char alphabet[] =
        "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    uint32_t bits = 0;
    int held = 0;
    for (int i = 0; i < 16; i++) {
        bits = bits << 8 | bytes[i];
        for (held += 8; held >= 6; held -= 6)
            strbuf_putc(out, alphabet[bits >> (held - 6) & 63]);
    }
    strbuf_putc(out, alphabet[bits << (6 - held) & 63]);
}

static Status gen_salt(FnCall *call, int32_t rounds) {
    static const char alphabet[] =
        "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const struct {
        const char *name;
        int32_t standard, min, max;
    } kinds[] = {{"des", 25, 25, 25},
                 {"md5", 1000, 1000, 1000},
                 {"xdes", 725, 1, 0xffffff},
                 {"bf", 6, 4, 31}};
    const char *name = lower_text(call, 0);
    uint8_t bytes[16];
    StrBuf out;
    size_t k = 0;
    while (k < ARRAY_LEN(kinds) && strcmp(kinds[k].name, name) != 0)
        k++;
    if (k == ARRAY_LEN(kinds))
        return error(ERR_INVALID_PARAMETER_VALUE, "gen_salt: Unknown salt algorithm");
    if (rounds == 0)
        rounds = kinds[k].standard;
    if (rounds < kinds[k].min || rounds > kinds[k].max || (k == 2 && rounds % 2 == 0))
        return error(ERR_INVALID_PARAMETER_VALUE, "gen_salt: Incorrect number of rounds");
    random_bytes(bytes, sizeof(bytes));
    uint32_t word = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16;
    strbuf_init(&out, call->arena);
    if (k == 0) {
        radix64(&out, alphabet, word, 2);
    } else if (k == 1) {
        strbuf_puts(&out, "$1$");
        radix64(&out, alphabet, word, 4);
        word = (uint32_t)bytes[3] | (uint32_t)bytes[4] << 8 | (uint32_t)bytes[5] << 16;
        radix64(&out, alphabet, word, 4);
    } else if (k == 2) {
        strbuf_putc(&out, '_');
        radix64(&out, alphabet, (uint32_t)rounds, 4);
        radix64(&out, alphabet, word, 4);
    } else {
        strbuf_printf(&out, "$2a$%02d$", rounds);
        bcrypt64(&out, bytes);
    }
    return give_text(call, strbuf_cstr(&out));
}
static Status fn_gen_salt(FnCall *call) { return gen_salt(call, 0); }
static Status fn_gen_salt_rounds(FnCall *call) { return gen_salt(call, call->args[1].i32); }

/* ---- raw encryption: "aes-cbc/pad:pkcs" ---- */

typedef struct CipherChoice {
    const EVP_CIPHER *cipher;
    uint32_t key_bytes;
    bool pad;
} CipherChoice;

static Status choose_cipher(FnCall *call, int arg, uint32_t key_len, CipherChoice *out) {
    const char *spec = lower_text(call, arg);
    const char *end = spec + strcspn(spec, "-/");
    bool aes = (end - spec == 3 && strncmp(spec, "aes", 3) == 0) ||
               (end - spec == 8 && strncmp(spec, "rijndael", 8) == 0);
    bool des3 = end - spec == 4 && strncmp(spec, "3des", 4) == 0;
    bool ecb = strncmp(end, "-ecb", 4) == 0;
    if (!aes && !des3)
        return cannot_use(spec, "No such cipher algorithm");
    if (*end == '-' && !ecb && strncmp(end, "-cbc", 4) != 0)
        return cannot_use(spec, "No such cipher algorithm");
    const char *option = strchr(end, '/');
    out->pad = option == NULL || strcmp(option, "/pad:pkcs") == 0;
    if (!out->pad && strcmp(option, "/pad:none") != 0)
        return cannot_use(spec, "Bad option");
    if (des3) {
        out->cipher = ecb ? EVP_des_ede3_ecb() : EVP_des_ede3_cbc();
        out->key_bytes = 24;
    } else {
        out->key_bytes = key_len <= 16 ? 16 : key_len <= 24 ? 24 : 32;
        out->cipher = key_len <= 16   ? (ecb ? EVP_aes_128_ecb() : EVP_aes_128_cbc())
                      : key_len <= 24 ? (ecb ? EVP_aes_192_ecb() : EVP_aes_192_cbc())
                                      : (ecb ? EVP_aes_256_ecb() : EVP_aes_256_cbc());
    }
    if (key_len > out->key_bytes)
        return error(ERR_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION, "%s error: Key was too big",
                     "encrypt");
    return STATUS_OK;
}

static Status run_cipher(FnCall *call, bool encrypt, Str iv, int spec_arg) {
    CipherChoice choice;
    Str data = call->args[0].str, key = call->args[1].str;
    unsigned char key_bytes[32] = {0}, iv_bytes[16] = {0};
    void *memory;
    int first = 0, last = 0;
    TRY(choose_cipher(call, spec_arg, key.len, &choice));
    TRY(arena_try_alloc(call->arena, (size_t)data.len + 32, &memory));
    memcpy(key_bytes, key.data, key.len);
    memcpy(iv_bytes, iv.data, MIN(iv.len, sizeof(iv_bytes)));
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool good = ctx != NULL &&
                EVP_CipherInit_ex(ctx, choice.cipher, NULL, key_bytes, iv_bytes, encrypt) == 1 &&
                EVP_CIPHER_CTX_set_padding(ctx, choice.pad) == 1 &&
                EVP_CipherUpdate(ctx, memory, &first, (const unsigned char *)data.data,
                                 (int)data.len) == 1 &&
                EVP_CipherFinal_ex(ctx, (unsigned char *)memory + first, &last) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!good)
        return error(ERR_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION, "%s error: %s",
                     encrypt ? "encrypt" : "decrypt",
                     encrypt ? "Data not a multiple of block size" : "Decryption failed");
    call->result = datum_str(memory, (size_t)(first + last));
    return STATUS_OK;
}
static Status fn_encrypt(FnCall *call) { return run_cipher(call, true, str_make("", 0), 2); }
static Status fn_decrypt(FnCall *call) { return run_cipher(call, false, str_make("", 0), 2); }
static Status fn_encrypt_iv(FnCall *call) { return run_cipher(call, true, call->args[2].str, 3); }
static Status fn_decrypt_iv(FnCall *call) { return run_cipher(call, false, call->args[2].str, 3); }

static Status fn_random(FnCall *call) {
    int32_t len = call->args[0].i32;
    char bytes[1024];
    if (len < 1 || len > (int32_t)sizeof(bytes))
        return error(ERR_EXTERNAL_ROUTINE_INVOCATION_EXCEPTION, "Length not in range");
    random_bytes(bytes, (size_t)len);
    return give_bytes(call, bytes, (size_t)len);
}

static const FnEntry entries[] = {
    SYSFUNC(EXT_CRYPTO_OID, "pg_digest", fn_digest),
    SYSFUNC(EXT_CRYPTO_OID + 1, "pg_hmac", fn_hmac),
    SYSFUNC(EXT_CRYPTO_OID + 2, "pg_crypt", fn_crypt),
    SYSFUNC(EXT_CRYPTO_OID + 3, "pg_gen_salt", fn_gen_salt),
    SYSFUNC(EXT_CRYPTO_OID + 4, "pg_gen_salt_rounds", fn_gen_salt_rounds),
    SYSFUNC(EXT_CRYPTO_OID + 5, "pg_encrypt", fn_encrypt),
    SYSFUNC(EXT_CRYPTO_OID + 6, "pg_decrypt", fn_decrypt),
    SYSFUNC(EXT_CRYPTO_OID + 7, "pg_encrypt_iv", fn_encrypt_iv),
    SYSFUNC(EXT_CRYPTO_OID + 8, "pg_decrypt_iv", fn_decrypt_iv),
    SYSFUNC(EXT_CRYPTO_OID + 9, "pg_random_bytes", fn_random),
};
void ext_crypto_register(void) { fn_register(entries, ARRAY_LEN(entries)); }
