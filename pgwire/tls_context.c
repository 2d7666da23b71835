/*
 * tls_context.c: what a server brings to a TLS handshake: its certificate and key, who may sign clients' certificates,
 * which of those are revoked, protocol versions, ciphers (manual: Secure TCP/IP Connections with SSL).
 *
 * A context is made anew from the files at each reload and replaces the old one whole, or not at all. Sessions hold
 * a reference. Names of files appear in messages as the settings spell them.
 */
#include "pgwire/client_int.h"

#include "runtime/os.h"

#include <errno.h>
#include <openssl/bio.h>
#include <openssl/dh.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <string.h>

const char *tls_reason(unsigned long code) {
    const char *reason = ERR_reason_error_string(code);
    return code == 0                ? "no SSL error reported"
           : reason != NULL         ? reason
           : ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code))
                                    : "unknown SSL error";
}

/* The first error of OpenSSL's queue, which is emptied. */
static const char *last_reason(void) {
    const char *reason = tls_reason(ERR_get_error());
    ERR_clear_error();
    return reason;
}

static Status bad_file(const char *what, const TlsFile *file) {
    return error(ERR_CONFIG_FILE_ERROR, "could not load %s file \"%s\": %s", what, file->name,
                 last_reason());
}

/* ---- the private key ---- */

static Status check_key_file(const TlsFile *key) {
    OsFileInfo info;
    if (!os_file_info(key->path, &info)) {
        int code = errno;
        return error(code == ENOENT ? ERR_UNDEFINED_FILE : ERR_INSUFFICIENT_PRIVILEGE,
                     "could not access private key file \"%s\": %s", key->name, strerror(code));
    }
    if (!info.is_regular)
        return error(ERR_CONFIG_FILE_ERROR, "private key file \"%s\" is not a regular file",
                     key->name);
    bool ours = info.owner == os_uid();
    if (!ours && info.owner != 0)
        return error(ERR_CONFIG_FILE_ERROR,
                     "private key file \"%s\" must be owned by the database user or root",
                     key->name);
    /* root's may be read by a group: that is how systems share certificates */
    if ((info.mode & (ours ? 077 : 037)) == 0)
        return STATUS_OK;
    return status_detail(error(ERR_CONFIG_FILE_ERROR,
                               "private key file \"%s\" has group or world access", key->name),
                         "File must have permissions u=rw (0600) or less if owned by the database "
                         "user, or permissions u=rw,g=r (0640) or less if owned by root.");
}

/* What the callback for the key's passphrase knows, and what it tells. */
typedef struct Passphrase {
    const char *command; /* NULL: there is no passphrase to be had */
    bool asked;
    Status status; /* of the command */
} Passphrase;

/* %p stands for a prompt, %% for a percent sign. */
static void expand_command(const char *command, StrBuf *out) {
    for (const char *p = command; *p != '\0'; p++) {
        if (p[0] == '%' && p[1] == 'p')
            strbuf_puts(out, "Enter PEM pass phrase:");
        else
            strbuf_append(out, p, 1);
        if (p[0] == '%' && (p[1] == 'p' || p[1] == '%'))
            p++;
    }
}

static int give_passphrase(char *out, int size, int for_writing, void *arg) {
    Passphrase *phrase = arg;
    (void)for_writing;
    phrase->asked = true;
    out[0] = '\0';
    if (phrase->command == NULL)
        return 0;
    Arena arena;
    arena_init(&arena, mem_root());
    StrBuf command;
    strbuf_init(&command, &arena);
    expand_command(phrase->command, &command);
    const char *text = strbuf_cstr(&command);
    int wait_status = 0, code = os_command_line(text, out, (size_t)size, &wait_status);
    if (code != 0)
        phrase->status =
            error(ERR_INTERNAL_ERROR, "could not execute command \"%s\": %s", text, strerror(code));
    else if (wait_status != 0)
        phrase->status = status_detail(error(ERR_INTERNAL_ERROR, "command \"%s\" failed", text),
                                       "%s", os_wait_status_text(&arena, wait_status));
    arena_destroy(&arena);
    if (!status_ok(phrase->status)) {
        OPENSSL_cleanse(out, (size_t)size);
        return 0;
    }
    return (int)strcspn(out, "\r\n");
}

static Status load_key(SSL_CTX *context, const TlsConfig *config) {
    TRY(check_key_file(&config->key));
    bool may_run = config->starting || config->passphrase_on_reload;
    const char *command =
        config->passphrase_command[0] != '\0' && may_run ? config->passphrase_command : NULL;
    Passphrase phrase = {.command = command, .status = STATUS_OK};
    /* without a command, OpenSSL asks on the terminal, but only while the server starts */
    if (command != NULL || !config->starting) {
        SSL_CTX_set_default_passwd_cb(context, give_passphrase);
        SSL_CTX_set_default_passwd_cb_userdata(context, &phrase);
    }
    bool loaded = SSL_CTX_use_PrivateKey_file(context, config->key.path, SSL_FILETYPE_PEM) == 1;
    SSL_CTX_set_default_passwd_cb(context, NULL);
    SSL_CTX_set_default_passwd_cb_userdata(context, NULL);
    if (!status_ok(phrase.status)) {
        ERR_clear_error();
        return phrase.status;
    }
    if (!loaded && phrase.asked && command == NULL) {
        ERR_clear_error();
        return error(ERR_CONFIG_FILE_ERROR,
                     "private key file \"%s\" cannot be reloaded because it requires a passphrase",
                     config->key.name);
    }
    if (!loaded)
        return bad_file("private key", &config->key);
    return SSL_CTX_check_private_key(context) == 1
               ? STATUS_OK
               : error(ERR_CONFIG_FILE_ERROR, "check of private key failed: %s", last_reason());
}

/* ---- what is negotiated ---- */

/* 0: any. */
static int version_number(const char *name) {
    static const struct {
        const char *name;
        int number;
    } versions[] = {{"TLSv1", TLS1_VERSION},
                    {"TLSv1.1", TLS1_1_VERSION},
                    {"TLSv1.2", TLS1_2_VERSION},
                    {"TLSv1.3", TLS1_3_VERSION}};
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        if (strcmp(name, versions[i].name) == 0)
            return versions[i].number;
    return 0;
}

static Status set_versions(SSL_CTX *context, const TlsConfig *config) {
    int min = version_number(config->min_version), max = version_number(config->max_version);
    if (SSL_CTX_set_min_proto_version(context, min) != 1)
        return error(ERR_INTERNAL_ERROR, "could not set minimum SSL protocol version");
    if (SSL_CTX_set_max_proto_version(context, max) != 1)
        return error(ERR_INTERNAL_ERROR, "could not set maximum SSL protocol version");
    if (max != 0 && min > max)
        return status_detail(error(ERR_INTERNAL_ERROR, "could not set SSL protocol version range"),
                             "\"%s\" cannot be higher than \"%s\"", "ssl_min_protocol_version",
                             "ssl_max_protocol_version");
    return STATUS_OK;
}

/* Those of a file; without one, groups of OpenSSL's that suit the key. */
static Status set_dh(SSL_CTX *context, const TlsFile *file) {
    if (file->path == NULL) {
        SSL_CTX_set_dh_auto(context, 1);
        return STATUS_OK;
    }
    BIO *in = BIO_new_file(file->path, "r");
    if (in == NULL) {
        int code = errno;
        ERR_clear_error();
        return error(code == ENOENT ? ERR_UNDEFINED_FILE : ERR_INSUFFICIENT_PRIVILEGE,
                     "could not open DH parameters file \"%s\": %s", file->name, strerror(code));
    }
    EVP_PKEY *parameters = PEM_read_bio_Parameters(in, NULL);
    BIO_free(in);
    if (parameters == NULL || EVP_PKEY_get_base_id(parameters) != EVP_PKEY_DH) {
        EVP_PKEY_free(parameters);
        return error(ERR_CONFIG_FILE_ERROR, "could not load DH parameters file: %s", last_reason());
    }
    EVP_PKEY_CTX *check = EVP_PKEY_CTX_new(parameters, NULL);
    bool good = check != NULL && EVP_PKEY_param_check(check) == 1;
    EVP_PKEY_CTX_free(check);
    if (!good) {
        EVP_PKEY_free(parameters);
        return error(ERR_CONFIG_FILE_ERROR, "invalid DH parameters: %s", last_reason());
    }
    if (SSL_CTX_set0_tmp_dh_pkey(context, parameters) == 1)
        return STATUS_OK;
    EVP_PKEY_free(parameters);
    return error(ERR_CONFIG_FILE_ERROR, "DH: could not set DH parameters: %s", last_reason());
}

static Status set_negotiation(SSL_CTX *context, const TlsConfig *config) {
    TRY(set_versions(context, config));
    SSL_CTX_set_options(context,
                        SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_num_tickets(context, 0);
    TRY(set_dh(context, &config->dh));
    int curve = OBJ_sn2nid(config->curve);
    if (curve == NID_undef)
        return error(ERR_CONFIG_FILE_ERROR, "ECDH: unrecognized curve name: %s", config->curve);
    if (SSL_CTX_set1_groups(context, &curve, 1) != 1) {
        ERR_clear_error();
        return error(ERR_CONFIG_FILE_ERROR, "ECDH: could not create key");
    }
    if (SSL_CTX_set_cipher_list(context, config->ciphers) != 1) {
        ERR_clear_error();
        return error(ERR_CONFIG_FILE_ERROR,
                     "could not set the cipher list (no valid ciphers available)");
    }
    if (config->server_prefers)
        SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
    return STATUS_OK;
}

/* ---- clients' certificates ---- */

/* Asked for, not demanded: rules demand them. One that does not verify ends the handshake. */
static Status load_authorities(SSL_CTX *context, const TlsFile *ca) {
    STACK_OF(X509_NAME) *names = NULL;
    if (SSL_CTX_load_verify_locations(context, ca->path, NULL) != 1 ||
        (names = SSL_load_client_CA_file(ca->path)) == NULL)
        return bad_file("root certificate", ca);
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, NULL);
    return STATUS_OK;
}

static Status load_revoked(SSL_CTX *context, const TlsFile *file, const TlsFile *directory) {
    if (file->path == NULL && directory->path == NULL)
        return STATUS_OK;
    X509_STORE *store = SSL_CTX_get_cert_store(context);
    if (X509_STORE_load_locations(store, file->path, directory->path) == 1) {
        X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
        return STATUS_OK;
    }
    const char *what = "could not load SSL certificate revocation list", *why = last_reason();
    if (directory->path == NULL)
        return error(ERR_CONFIG_FILE_ERROR, "%s file \"%s\": %s", what, file->name, why);
    if (file->path == NULL)
        return error(ERR_CONFIG_FILE_ERROR, "%s directory \"%s\": %s", what, directory->name, why);
    return error(ERR_CONFIG_FILE_ERROR, "%s file \"%s\" or directory \"%s\": %s", what, file->name,
                 directory->name, why);
}

/* ---- the whole ---- */

static Status fill(SSL_CTX *context, const TlsConfig *config) {
    if (SSL_CTX_use_certificate_chain_file(context, config->cert.path) != 1)
        return bad_file("server certificate", &config->cert);
    TRY(load_key(context, config));
    TRY(set_negotiation(context, config));
    if (config->ca.path != NULL)
        TRY(load_authorities(context, &config->ca));
    return load_revoked(context, &config->crl, &config->crl_directory);
}

Status tls_server_context(const TlsConfig *config, void **context_out) {
    *context_out = NULL;
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL)
        return status_severity(
            error(ERR_INTERNAL_ERROR, "could not create SSL context: %s", last_reason()),
            SEV_FATAL);
    Status status = fill(context, config);
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
