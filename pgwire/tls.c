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
    unsigned long code = ERR_get_error();
    ERR_clear_error();
    return error(ERR_PROTOCOL_VIOLATION, "%s: %s", what, tls_reason(code));
}

/* May the two sides have no version of the protocol in common? */
static bool is_about_version(unsigned long code) {
    switch (ERR_GET_REASON(code)) {
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_BAD_PROTOCOL_VERSION_NUMBER:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_UNKNOWN_SSL_VERSION:
    case SSL_R_UNSUPPORTED_SSL_VERSION:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_VERSION_TOO_LOW:
        return true;
    default:
        return false;
    }
}

static const char *version_name(long number, const char *any) {
    return number == TLS1_VERSION     ? "TLSv1"
           : number == TLS1_1_VERSION ? "TLSv1.1"
           : number == TLS1_2_VERSION ? "TLSv1.2"
           : number == TLS1_3_VERSION ? "TLSv1.3"
                                      : any;
}

static Status handshake_error(Tls *tls) {
    SSL_CTX *context = SSL_get_SSL_CTX(tls->ssl);
    bool hint = is_about_version(ERR_peek_error());
    Status status = tls_error("could not accept SSL connection");
    return !hint
               ? status
               : status_hint(status,
                             "This may indicate that the client does not support any SSL protocol "
                             "version between %s and %s.",
                             version_name(SSL_CTX_get_min_proto_version(context), "TLSv1"),
                             version_name(SSL_CTX_get_max_proto_version(context), "TLSv1.3"));
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

/* Does a call that failed only wait for more? */
static bool is_waiting(Tls *tls, int result) {
    int why = SSL_get_error(tls->ssl, result);
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ||
           why == SSL_ERROR_ZERO_RETURN;
}

Status tls_receive(Tls *tls, const char *data, size_t len,
                   void (*plain)(void *arg, const char *data, size_t len), void *arg) {
    ERR_clear_error();
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
            return is_waiting(tls, result) ? STATUS_OK : handshake_error(tls);
    }
    char buffer[4096];
    for (;;) {
        int n = SSL_read(tls->ssl, buffer, sizeof(buffer));
        if (n <= 0)
            return is_waiting(tls, n) ? STATUS_OK : tls_error("SSL error");
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

/* What of memory BIO `out` is a text; NULL: with a NUL in it, which would show another name than is
 * meant. */
static const char *text_of(BIO *out, Arena *arena) {
    char *bytes;
    long len = BIO_get_mem_data(out, &bytes);
    return len >= 0 && memchr(bytes, '\0', (size_t)len) == NULL
               ? arena_strndup(arena, bytes, (size_t)len)
               : NULL;
}

/* NULL in *name_out: there is none. */
static Status common_name(X509_NAME *subject, Arena *arena, const char **name_out) {
    *name_out = NULL;
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    unsigned char *utf8;
    int len = at < 0 ? -1
                     : ASN1_STRING_to_UTF8(
                           &utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
    if (len < 0)
        return STATUS_OK;
    bool whole = memchr(utf8, '\0', (size_t)len) == NULL;
    if (whole)
        *name_out = arena_strndup(arena, (const char *)utf8, (size_t)len);
    OPENSSL_free(utf8);
    return whole ? STATUS_OK
                 : error(ERR_PROTOCOL_VIOLATION,
                         "SSL certificate's common name contains embedded null");
}

static Status whole_name(X509_NAME *subject, Arena *arena, const char **name_out) {
    *name_out = NULL;
    BIO *out = BIO_new(BIO_s_mem());
    if (out == NULL)
        return tls_error("could not create BIO");
    if (X509_NAME_print_ex(out, subject, 0, XN_FLAG_RFC2253) != -1)
        *name_out = text_of(out, arena);
    BIO_free(out);
    return *name_out != NULL ? STATUS_OK
                             : error(ERR_PROTOCOL_VIOLATION, "SSL certificate's distinguished name "
                                                             "contains embedded null");
}

/* As pg_stat_ssl shows it: /CN=.../O=..., in the certificate's order. */
static const char *shown_name(X509_NAME *name, Arena *arena) {
    BIO *out = BIO_new(BIO_s_mem());
    if (out == NULL)
        return NULL;
    for (int i = 0; i < X509_NAME_entry_count(name); i++) {
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        char field[80];
        int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        if (nid == NID_undef)
            OBJ_obj2txt(field, sizeof(field), X509_NAME_ENTRY_get_object(entry), 1);
        BIO_printf(out, "/%s=", nid == NID_undef ? field : OBJ_nid2sn(nid));
        ASN1_STRING_print_ex(out, X509_NAME_ENTRY_get_data(entry),
                             (ASN1_STRFLGS_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) |
                                 ASN1_STRFLGS_UTF8_CONVERT);
    }
    const char *text = text_of(out, arena);
    BIO_free(out);
    return text;
}

static const char *serial_number(X509 *certificate, Arena *arena) {
    BIGNUM *number = ASN1_INTEGER_to_BN(X509_get_serialNumber(certificate), NULL);
    char *decimal = number == NULL ? NULL : BN_bn2dec(number);
    const char *copy = decimal == NULL ? NULL : arena_strdup(arena, decimal);
    OPENSSL_free(decimal);
    BN_free(number);
    return copy;
}

Status tls_describe(Tls *tls, Arena *arena, TlsInfo *info_out) {
    *info_out =
        (TlsInfo){.version = SSL_get_version(tls->ssl), .cipher = SSL_get_cipher_name(tls->ssl)};
    SSL_get_cipher_bits(tls->ssl, &info_out->bits);
    X509 *peer = SSL_get0_peer_certificate(tls->ssl);
    if (peer == NULL)
        return STATUS_OK;
    X509_NAME *subject = X509_get_subject_name(peer);
    info_out->peer_subject = shown_name(subject, arena);
    info_out->peer_issuer = shown_name(X509_get_issuer_name(peer), arena);
    info_out->peer_serial = serial_number(peer, arena);
    TRY(common_name(subject, arena, &info_out->peer_cn));
    return whole_name(subject, arena, &info_out->peer_dn);
}

bool tls_endpoint_hash(Tls *tls, uint8_t hash[TLS_HASH_BYTES_MAX], uint32_t *len_out) {
    X509 *certificate = SSL_get_certificate(tls->ssl);
    int digest = NID_undef;
    *len_out = 0;
    if (certificate == NULL || X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) == 0)
        return false;
    if (digest == NID_md5 || digest == NID_sha1) /* RFC 5929 */
        digest = NID_sha256;
    const EVP_MD *md = EVP_get_digestbynid(digest);
    return md != NULL && EVP_MD_get_size(md) <= (int)TLS_HASH_BYTES_MAX &&
           X509_digest(certificate, md, hash, len_out) == 1;
}
