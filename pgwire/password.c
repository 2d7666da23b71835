/*
 * password.c: the two kinds of verifiers that pg_authid.rolpassword has: SCRAM's (scram.c) and the old
 * md5 followed by 32 hexadecimal digits of md5(password + role).
 */
#include "pgwire/client_int.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#define MD5_BYTES 16
#define MD5_HEX (2 * MD5_BYTES)

static void md5_hex(const void *a, size_t a_len, const void *b, size_t b_len,
                    char out[MD5_HEX + 1]) {
    static const char digits[] = "0123456789abcdef";
    uint8_t hash[MD5_BYTES];
    unsigned n = sizeof(hash);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    check(context != NULL && EVP_DigestInit_ex(context, EVP_md5(), NULL) == 1);
    check(EVP_DigestUpdate(context, a, a_len) == 1 && EVP_DigestUpdate(context, b, b_len) == 1);
    check(EVP_DigestFinal_ex(context, hash, &n) == 1);
    EVP_MD_CTX_free(context);
    for (int i = 0; i < MD5_BYTES; i++) {
        out[2 * i] = digits[hash[i] >> 4];
        out[2 * i + 1] = digits[hash[i] & 15];
    }
    out[MD5_HEX] = '\0';
}

bool password_is_md5(const char *verifier) {
    return strncmp(verifier, "md5", 3) == 0 && strlen(verifier) == 3 + MD5_HEX &&
           strspn(verifier + 3, "0123456789abcdef") == MD5_HEX;
}

bool password_md5_matches(const char *verifier, const uint8_t salt[4], const char *response) {
    char expected[MD5_HEX + 1];
    if (verifier == NULL || !password_is_md5(verifier))
        return false;
    md5_hex(verifier + 3, MD5_HEX, salt, 4, expected);
    return strlen(response) == 3 + MD5_HEX && memcmp(response, "md5", 3) == 0 &&
           CRYPTO_memcmp(expected, response + 3, MD5_HEX) == 0;
}

bool password_matches(const char *verifier, const char *role, const char *password) {
    if (!password_is_md5(verifier))
        return scram_password_matches(verifier, password);
    char hex[MD5_HEX + 1];
    md5_hex(password, strlen(password), role, strlen(role), hex);
    return CRYPTO_memcmp(hex, verifier + 3, MD5_HEX) == 0;
}

Status password_verifier_make(Session *session, Arena *arena, const char *role,
                              const char *password, const char **verifier_out) {
    const ClientSession *client = client_of(session);
    *verifier_out = NULL;
    if (password[0] == '\0')
        return STATUS_OK;
    if (password_is_md5(password) || scram_is_verifier(password)) {
        if (!password_matches(password, role, ""))
            *verifier_out = password;
        return STATUS_OK;
    }
    if (strcmp(settings_get(client->settings, "password_encryption"), "md5") != 0)
        return scram_make_verifier(arena, password, verifier_out);
    char hex[MD5_HEX + 1];
    md5_hex(password, strlen(password), role, strlen(role), hex);
    *verifier_out = arena_printf(arena, "md5%s", hex);
    return STATUS_OK;
}
