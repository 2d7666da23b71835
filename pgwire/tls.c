/*
 * tls.c: TLS through OpenSSL's memory BIOs: no socket calls, no fibre.
 *
 * The handshake runs in on_data on the worker's own stack, where OpenSSL has the stack it wants.
 */
#include "pgwire/client_int.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct Tls {
    MemAccount *account;
    SSL *ssl;
    BIO *from_peer, *to_peer;
};

static Status tls_error(const char *what) {
    char text[256];
    unsigned long code = ERR_get_error();
    ERR_error_string_n(code, text, sizeof(text));
    ERR_clear_error();
    return error(ERR_PROTOCOL_VIOLATION, "%s: %s", what, code == 0 ? "connection lost" : text);
}

/* Certificates of clients: asked for, not demanded; one that does not verify ends the handshake. */
static Status load_authorities(SSL_CTX *context, const char *ca_path) {
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(ca_path);
    if (names == NULL || SSL_CTX_load_verify_locations(context, ca_path, NULL) != 1)
        return tls_error("could not load root certificate file");
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, NULL);
    return STATUS_OK;
}

Status tls_server_context(const char *cert_path, const char *key_path, const char *ca_path,
                          void **context_out) {
    *context_out = NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL)
        return tls_error("could not create SSL context");
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                     SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM");
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    Status status = STATUS_OK;
    if (SSL_CTX_use_certificate_chain_file(context, cert_path) != 1)
        status = tls_error("could not load server certificate file");
    else if (SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) != 1)
        status = tls_error("could not load private key file");
    else if (SSL_CTX_check_private_key(context) != 1)
        status = tls_error("check of private key failed");
    else if (ca_path != NULL && *ca_path != '\0')
        status = load_authorities(context, ca_path);
    if (!status_ok(status)) {
        SSL_CTX_free(context);
        return status_severity(status, SEV_FATAL);
    }
    *context_out = context;
    return STATUS_OK;
}

void tls_context_ref(void *context) { SSL_CTX_up_ref(context); }

void tls_context_unref(void *context) {
    if (context != NULL)
        SSL_CTX_free(context);
}

bool tls_checks_clients(const Tls *tls) {
    return (SSL_CTX_get_verify_mode(SSL_get_SSL_CTX(tls->ssl)) & SSL_VERIFY_PEER) != 0;
}

Status tls_make(void *context, MemAccount *account, Tls **tls_out) {
    *tls_out = NULL;
    Tls *tls = mem_alloc(account, sizeof(*tls));
    *tls = (Tls){.account = account, .ssl = SSL_new(context)};
    tls->from_peer = BIO_new(BIO_s_mem());
    tls->to_peer = BIO_new(BIO_s_mem());
    if (tls->ssl == NULL || tls->from_peer == NULL || tls->to_peer == NULL) {
        tls_free(tls);
        return tls_error("could not initialize SSL connection");
    }
    SSL_set_bio(tls->ssl, tls->from_peer, tls->to_peer);
    SSL_set_accept_state(tls->ssl);
    *tls_out = tls;
    return STATUS_OK;
}

void tls_free(Tls *tls) {
    if (tls->ssl != NULL)
        SSL_free(tls->ssl); /* with its BIOs */
    mem_free(tls->account, tls, sizeof(*tls));
}

bool tls_established(const Tls *tls) { return SSL_is_init_finished(tls->ssl) == 1; }

/* What a failed call means: nothing yet, or an error. */
static Status classify(Tls *tls, int result, const char *what) {
    int why = SSL_get_error(tls->ssl, result);
    if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_ZERO_RETURN) {
        ERR_clear_error();
        return STATUS_OK;
    }
    return tls_error(what);
}

Status tls_receive(Tls *tls, const char *data, size_t len,
                   void (*plain)(void *arg, const char *data, size_t len), void *arg) {
    while (len > 0) {
        int taken = BIO_write(tls->from_peer, data, (int)MIN(len, (size_t)1 << 20));
        if (taken <= 0)
            return tls_error("SSL error");
        data += taken;
        len -= (size_t)taken;
    }
    if (!tls_established(tls)) {
        int result = SSL_do_handshake(tls->ssl);
        if (result != 1)
            return classify(tls, result, "could not accept SSL connection");
    }
    char buffer[4096];
    for (;;) {
        int n = SSL_read(tls->ssl, buffer, sizeof(buffer));
        if (n <= 0)
            return classify(tls, n, "SSL error");
        plain(arg, buffer, (size_t)n);
    }
}

Status tls_send(Tls *tls, const void *data, size_t len) {
    const char *p = data;
    while (len > 0) {
        int n = SSL_write(tls->ssl, p, (int)MIN(len, (size_t)1 << 16));
        if (n <= 0)
            return tls_error("SSL error");
        p += n;
        len -= (size_t)n;
    }
    return STATUS_OK;
}

void tls_flush_to(Tls *tls, Conn *conn) {
    char *bytes;
    long len = BIO_get_mem_data(tls->to_peer, &bytes);
    if (len > 0) {
        conn_send(conn, bytes, (size_t)len);
        (void)BIO_reset(tls->to_peer);
    }
}

/* NULL: malformed, or with a NUL in it, which would show another name than is meant. */
static const char *common_name(X509_NAME *subject, Arena *arena) {
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0)
        return NULL;
    const ASN1_STRING *name = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    unsigned char *utf8;
    int len = ASN1_STRING_to_UTF8(&utf8, name);
    if (len < 0)
        return NULL;
    const char *copy = memchr(utf8, '\0', (size_t)len) == NULL
                           ? arena_strndup(arena, (const char *)utf8, (size_t)len)
                           : NULL;
    OPENSSL_free(utf8);
    return copy;
}

static const char *whole_name(X509_NAME *subject, Arena *arena) {
    BIO *out = BIO_new(BIO_s_mem());
    if (out == NULL)
        return NULL;
    char *bytes;
    X509_NAME_print_ex(out, subject, 0, XN_FLAG_RFC2253);
    long len = BIO_get_mem_data(out, &bytes);
    const char *copy = len >= 0 && memchr(bytes, '\0', (size_t)len) == NULL
                           ? arena_strndup(arena, bytes, (size_t)len)
                           : NULL;
    BIO_free(out);
    return copy;
}

void tls_describe(Tls *tls, Arena *arena, TlsInfo *info_out) {
    *info_out =
        (TlsInfo){.version = SSL_get_version(tls->ssl), .cipher = SSL_get_cipher_name(tls->ssl)};
    SSL_get_cipher_bits(tls->ssl, &info_out->bits);
    X509 *peer = SSL_get1_peer_certificate(tls->ssl);
    if (peer == NULL)
        return;
    info_out->peer_cn = common_name(X509_get_subject_name(peer), arena);
    info_out->peer_dn = whole_name(X509_get_subject_name(peer), arena);
    X509_free(peer);
}

bool tls_endpoint_hash(Tls *tls, uint8_t hash[TLS_HASH_BYTES_MAX], uint32_t *len_out) {
    X509 *certificate = SSL_get_certificate(tls->ssl);
    int digest = NID_undef;
    *len_out = 0;
    if (certificate == NULL ||
        OBJ_find_sigid_algs(X509_get_signature_nid(certificate), &digest, NULL) == 0)
        return false;
    if (digest == NID_md5 || digest == NID_sha1) /* RFC 5929 */
        digest = NID_sha256;
    const EVP_MD *md = EVP_get_digestbynid(digest);
    return md != NULL && EVP_MD_get_size(md) <= (int)TLS_HASH_BYTES_MAX &&
           X509_digest(certificate, md, hash, len_out) == 1;
}
