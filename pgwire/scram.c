/*
 * scram.c: SCRAM-SHA-256 (RFC 5802, RFC 7677), the server's side.
 *
 * A verifier is SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>, base64. The password itself
 * is never kept. For a role that does not exist, or has no verifier, the exchange goes the same way
 * with a salt derived from the name and a secret of the process, and fails at the end, so a client
 * cannot tell who exists.
 */
#include "pgwire/client_int.h"

#include "runtime/random.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>

#define KEY_BYTES 32
#define SALT_BYTES 16
#define NONCE_BYTES 18
#define ITERATIONS_DEFAULT 4096
#define BASE64_BYTES(n) (((n) + 2) / 3 * 4)

struct Scram {
    bool doomed; /* a mock exchange */
    int iterations;
    char salt[128]; /* base64 */
    uint8_t stored_key[KEY_BYTES], server_key[KEY_BYTES];
    char *client_first_bare, *server_first;
    char nonce[256]; /* client's and ours */
    char gs2_header[64];
    bool can_bind, bound; /* the channel has something to bind to; the client chose to */
    uint8_t channel[TLS_HASH_BYTES_MAX];
    uint32_t channel_bytes;
    Arena arena;
};

static void base64(const uint8_t *bytes, size_t len, char *out) {
    EVP_EncodeBlock((unsigned char *)out, bytes, (int)len);
}

/* Returns bytes decoded, -1 if malformed. out has room for 3/4 of len. */
static int unbase64(const char *text, size_t len, uint8_t *out) {
    int n =
        len % 4 != 0 || len == 0 ? -1 : EVP_DecodeBlock(out, (const unsigned char *)text, (int)len);
    for (size_t i = len; n > 0 && i > 0 && text[i - 1] == '=' && len - i < 2; i--)
        n--;
    return n;
}

static void hmac(const uint8_t key[KEY_BYTES], const char *data, size_t len,
                 uint8_t out[KEY_BYTES]) {
    unsigned n = KEY_BYTES;
    check(HMAC(EVP_sha256(), key, KEY_BYTES, (const unsigned char *)data, len, out, &n) != NULL);
}

static void sha256(const uint8_t *data, size_t len, uint8_t out[KEY_BYTES]) {
    unsigned n = KEY_BYTES;
    check(EVP_Digest(data, len, out, &n, EVP_sha256(), NULL) == 1);
}

Status scram_make_verifier(Arena *arena, const char *password, const char **verifier_out) {
    uint8_t salt[SALT_BYTES], salted[KEY_BYTES], key[KEY_BYTES], stored[KEY_BYTES],
        server[KEY_BYTES];
    random_bytes(salt, sizeof(salt));
    if (PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, sizeof(salt), ITERATIONS_DEFAULT,
                          EVP_sha256(), KEY_BYTES, salted) != 1)
        return error(ERR_INTERNAL_ERROR, "could not compute password hash");
    hmac(salted, "Client Key", 10, key);
    sha256(key, KEY_BYTES, stored);
    hmac(salted, "Server Key", 10, server);
    char salt64[BASE64_BYTES(SALT_BYTES) + 1], stored64[BASE64_BYTES(KEY_BYTES) + 1],
        server64[BASE64_BYTES(KEY_BYTES) + 1];
    base64(salt, SALT_BYTES, salt64);
    base64(stored, KEY_BYTES, stored64);
    base64(server, KEY_BYTES, server64);
    *verifier_out = arena_printf(arena, "SCRAM-SHA-256$%d:%s$%s:%s", ITERATIONS_DEFAULT, salt64,
                                 stored64, server64);
    OPENSSL_cleanse(salted, sizeof(salted));
    return STATUS_OK;
}

static bool parse_verifier(Scram *scram, const char *verifier) {
    static const char prefix[] = "SCRAM-SHA-256$";
    if (verifier == NULL || strncmp(verifier, prefix, sizeof(prefix) - 1) != 0)
        return false;
    char *end;
    long iterations = strtol(verifier + sizeof(prefix) - 1, &end, 10);
    if (*end != ':' || iterations < 1 || iterations > 10000000)
        return false;
    const char *salt = end + 1;
    const char *stored = strchr(salt, '$');
    const char *server = stored == NULL ? NULL : strchr(stored, ':');
    if (server == NULL || (size_t)(stored - salt) >= sizeof(scram->salt))
        return false;
    uint8_t keys[2][BASE64_BYTES(KEY_BYTES)];
    size_t stored_len = (size_t)(server - stored - 1), server_len = strlen(server + 1);
    if (stored_len != BASE64_BYTES(KEY_BYTES) || server_len != BASE64_BYTES(KEY_BYTES) ||
        unbase64(stored + 1, stored_len, keys[0]) != KEY_BYTES ||
        unbase64(server + 1, server_len, keys[1]) != KEY_BYTES)
        return false;
    memcpy(scram->stored_key, keys[0], KEY_BYTES);
    memcpy(scram->server_key, keys[1], KEY_BYTES);
    memcpy(scram->salt, salt, (size_t)(stored - salt));
    scram->iterations = (int)iterations;
    return true;
}

bool scram_is_verifier(const char *text) {
    Scram scram = {0};
    uint8_t salt[sizeof(scram.salt)];
    return parse_verifier(&scram, text) && unbase64(scram.salt, strlen(scram.salt), salt) >= 0;
}

bool scram_password_matches(const char *verifier, const char *password) {
    Scram scram = {0};
    uint8_t salt[sizeof(scram.salt)], salted[KEY_BYTES], key[KEY_BYTES];
    if (!parse_verifier(&scram, verifier))
        return false;
    int salt_len = unbase64(scram.salt, strlen(scram.salt), salt);
    if (salt_len < 0 || PKCS5_PBKDF2_HMAC(password, (int)strlen(password), salt, salt_len,
                                          scram.iterations, EVP_sha256(), KEY_BYTES, salted) != 1)
        return false;
    hmac(salted, "Server Key", 10, key);
    OPENSSL_cleanse(salted, sizeof(salted));
    return CRYPTO_memcmp(key, scram.server_key, KEY_BYTES) == 0;
}

/* The same salt for the same name as long as the process lives. */
static void mock_verifier(Scram *scram, const char *user_name) {
    static uint8_t secret[KEY_BYTES];
    static _Atomic int state; /* 0 none, 1 being made, 2 there */
    int expected = 0;
    if (atomic_compare_exchange_strong(&state, &expected, 1)) {
        random_bytes(secret, sizeof(secret));
        atomic_store(&state, 2);
    }
    while (atomic_load(&state) != 2) {
    }
    uint8_t salt[KEY_BYTES];
    hmac(secret, user_name, strlen(user_name), salt);
    base64(salt, SALT_BYTES, scram->salt);
    scram->iterations = ITERATIONS_DEFAULT;
    scram->doomed = true;
}

Scram *scram_begin(ClientSession *client, const char *verifier) {
    Scram *scram = mem_alloc(&client->exec.account, sizeof(*scram));
    *scram = (Scram){0};
    arena_init(&scram->arena, &client->exec.account);
    scram->can_bind = client->tls != NULL &&
                      tls_endpoint_hash(client->tls, scram->channel, &scram->channel_bytes);
    if (!parse_verifier(scram, verifier))
        mock_verifier(scram, client->user_name);
    return scram;
}

bool scram_can_bind(const Scram *scram) { return scram->can_bind; }
void scram_bind(Scram *scram) { scram->bound = true; }

void scram_free(ClientSession *client, Scram *scram) {
    arena_destroy(&scram->arena);
    OPENSSL_cleanse(scram, sizeof(*scram));
    mem_free(&client->exec.account, scram, sizeof(*scram));
}

static Status malformed(const char *detail) {
    return status_severity(
        status_detail(error(ERR_PROTOCOL_VIOLATION, "malformed SCRAM message"), "%s", detail),
        SEV_FATAL);
}

/* The value of attribute `name` at *p, up to the comma; moves *p behind it. */
static bool attribute(const char **p, char name, Str *value_out) {
    if ((*p)[0] != name || (*p)[1] != '=')
        return false;
    const char *start = *p + 2;
    size_t len = strcspn(start, ",");
    *value_out = str_make(start, len);
    *p = start + len + (start[len] == ',');
    return true;
}

/* The flag in front (RFC 5802): n, y, or p=type. Moves *p behind it. */
static Status channel_flag(const Scram *scram, const char **p) {
    static const char type[] = "p=tls-server-end-point";
    if (**p == 'p') {
        if (!scram->bound)
            return malformed(
                "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM "
                "message includes channel binding data.");
        size_t len = strcspn(*p, ",");
        if (len != sizeof(type) - 1 || memcmp(*p, type, len) != 0)
            return status_severity(error(ERR_PROTOCOL_VIOLATION,
                                         "unsupported SCRAM channel-binding type \"%.*s\"",
                                         len > 2 ? (int)len - 2 : 0, *p + 2),
                                   SEV_FATAL);
        *p += len;
        return STATUS_OK;
    }
    if (**p != 'n' && **p != 'y')
        return malformed("Unexpected channel-binding flag.");
    if (scram->bound)
        return malformed("The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not "
                         "include channel binding data.");
    if (**p == 'y' && scram->can_bind)
        return status_severity(
            status_detail(
                error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                      "SCRAM channel binding negotiation error"),
                "The client supports SCRAM channel binding but thinks the server does not.  "
                "However, this server does support channel binding."),
            SEV_FATAL);
    ++*p;
    return STATUS_OK;
}

Status scram_client_first(Scram *scram, Arena *arena, Str message, const char **reply_out) {
    const char *p = arena_strndup(&scram->arena, message.data, message.len);
    const char *start = p;
    if (strlen(p) != message.len)
        return malformed("The message length does not match the input length.");
    TRY(channel_flag(scram, &p));
    if (*p != ',')
        return malformed("Comma expected.");
    p++;
    if (*p == 'a')
        return status_severity(error(ERR_FEATURE_NOT_SUPPORTED,
                                     "client uses authorization identity, but it is not supported"),
                               SEV_FATAL);
    if (*p != ',')
        return malformed("Unexpected attribute.");
    p++;
    if ((size_t)(p - start) >= sizeof(scram->gs2_header))
        return malformed("The header is too long.");
    memcpy(scram->gs2_header, start, (size_t)(p - start));
    scram->client_first_bare = arena_strdup(&scram->arena, p);
    Str user, nonce;
    if (*p == 'm')
        return status_severity(
            error(ERR_FEATURE_NOT_SUPPORTED, "client requires an unsupported SCRAM extension"),
            SEV_FATAL);
    if (!attribute(&p, 'n', &user) || !attribute(&p, 'r', &nonce) || nonce.len == 0 ||
        nonce.len > 128)
        return malformed("Attributes of the first message are missing.");
    for (uint32_t i = 0; i < nonce.len; i++)
        if (nonce.data[i] < 0x21 || nonce.data[i] > 0x7e)
            return malformed("Non-printable characters in SCRAM nonce.");
    uint8_t random[NONCE_BYTES];
    char random64[BASE64_BYTES(NONCE_BYTES) + 1];
    random_bytes(random, sizeof(random));
    base64(random, sizeof(random), random64);
    memcpy(scram->nonce, nonce.data, nonce.len);
    memcpy(scram->nonce + nonce.len, random64, sizeof(random64));
    scram->server_first =
        arena_printf(&scram->arena, "r=%s,s=%s,i=%d", scram->nonce, scram->salt, scram->iterations);
    *reply_out = arena_strdup(arena, scram->server_first);
    return STATUS_OK;
}

static bool proof_matches(const Scram *scram, const char *auth_message,
                          const uint8_t proof[KEY_BYTES]) {
    uint8_t signature[KEY_BYTES], client_key[KEY_BYTES], stored[KEY_BYTES];
    hmac(scram->stored_key, auth_message, strlen(auth_message), signature);
    for (int i = 0; i < KEY_BYTES; i++)
        client_key[i] = proof[i] ^ signature[i];
    sha256(client_key, KEY_BYTES, stored);
    return CRYPTO_memcmp(stored, scram->stored_key, KEY_BYTES) == 0 && !scram->doomed;
}

Status scram_client_final(Scram *scram, Arena *arena, Str message, const char **reply_out,
                          bool *accepted_out) {
    *accepted_out = false;
    const char *start = arena_strndup(&scram->arena, message.data, message.len), *p = start;
    Str binding, nonce, proof64;
    if (!attribute(&p, 'c', &binding) || !attribute(&p, 'r', &nonce))
        return malformed("Attributes of the final message are missing.");
    uint8_t bound[sizeof(scram->gs2_header) + TLS_HASH_BYTES_MAX];
    char expected[BASE64_BYTES(sizeof(bound)) + 1];
    size_t bound_len = strlen(scram->gs2_header);
    memcpy(bound, scram->gs2_header, bound_len);
    if (scram->bound) {
        memcpy(bound + bound_len, scram->channel, scram->channel_bytes);
        bound_len += scram->channel_bytes;
    }
    base64(bound, bound_len, expected);
    if (scram->bound &&
        (binding.len != strlen(expected) || memcmp(binding.data, expected, binding.len) != 0))
        return status_severity(
            error(ERR_INVALID_AUTHORIZATION_SPECIFICATION, "SCRAM channel binding check failed"),
            SEV_FATAL);
    if (binding.len != strlen(expected) || memcmp(binding.data, expected, binding.len) != 0)
        return status_severity(error(ERR_INVALID_AUTHORIZATION_SPECIFICATION,
                                     "unexpected SCRAM channel-binding attribute in "
                                     "client-final-message"),
                               SEV_FATAL);
    if (nonce.len != strlen(scram->nonce) || memcmp(nonce.data, scram->nonce, nonce.len) != 0)
        return malformed("Nonce does not match.");
    while (*p != '\0' && *p != 'p') /* extensions */
        p += strcspn(p, ",") + (p[strcspn(p, ",")] == ',');
    size_t without_proof = (size_t)(p - start);
    uint8_t proof[BASE64_BYTES(KEY_BYTES)];
    if (!attribute(&p, 'p', &proof64) || proof64.len != BASE64_BYTES(KEY_BYTES) ||
        unbase64(proof64.data, proof64.len, proof) != KEY_BYTES || *p != '\0')
        return malformed("Malformed proof in client-final-message.");
    char *auth_message = arena_printf(&scram->arena, "%s,%s,%.*s", scram->client_first_bare,
                                      scram->server_first, (int)(without_proof - 1), start);
    *accepted_out = proof_matches(scram, auth_message, proof);
    uint8_t signature[KEY_BYTES];
    char signature64[BASE64_BYTES(KEY_BYTES) + 1];
    hmac(scram->server_key, auth_message, strlen(auth_message), signature);
    base64(signature, KEY_BYTES, signature64);
    *reply_out = arena_printf(arena, "v=%s", signature64);
    return STATUS_OK;
}
