/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of the gateway by OpenSSL; who is trusted is judged by gw_trust. */
#include "gateway/gw_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "gateway/gw_limits.h"
#include "gateway/gw_offer.h"
#include "gateway/gw_provider.h"
#include "gateway/gw_trust.h"

struct gw_tls_context {
    struct gw_provider *provider; /* everything below lives in its context */
    SSL_CTX *ssl;
    BIO_METHOD *bio;
    unsigned references; /* of the process and of each connection */
    struct gw_trust *trust;
    X509 *other;           /* second certificate; NULL: none */
    struct gw_offer offer; /* by whom they are signed */
    EVP_MD *sha256; /* fetched once: each implicit fetch takes a lock and a walk through the providers */
};

/* ---- bytes in and out ---------------------------------------------------------------------------- */

static int bio_read(BIO *bio, char *buf, int cap)
{
    struct gw_tls *t = BIO_get_data(bio);
    const size_t n = cap > 0 ? t->io->take(t->owner, buf, (size_t)cap) : 0;

    BIO_clear_retry_flags(bio);
    if (n > 0)
        return (int)n;
    BIO_set_retry_read(bio);
    return -1;
}

static int bio_write(BIO *bio, const char *data, int len)
{
    struct gw_tls *t = BIO_get_data(bio);

    if (len > 0)
        t->io->put(t->owner, data, (size_t)len);
    return len;
}

static long bio_ctrl(BIO *bio, int cmd, long number, void *pointer)
{
    (void)bio;
    (void)number;
    (void)pointer;
    return cmd == BIO_CTRL_FLUSH;
}

static BIO_METHOD *bio_method_new(void)
{
    BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gateway connection");

    if (m != NULL && BIO_meth_set_read(m, bio_read) && BIO_meth_set_write(m, bio_write) &&
        BIO_meth_set_ctrl(m, bio_ctrl))
        return m;
    BIO_meth_free(m);
    return NULL;
}

/* ---- context ------------------------------------------------------------------------------------- */

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len, const unsigned char *in,
                       unsigned in_len, void *context)
{
    static const char name[] = PROTO_ALPN;

    (void)ssl;
    (void)context;
    while (in_len > 0 && in[0] < in_len) {
        if (in[0] == sizeof name - 1 && memcmp(in + 1, name, sizeof name - 1) == 0) {
            *out = in + 1;
            *out_len = in[0];
            return SSL_TLSEXT_ERR_OK;
        }
        in_len -= in[0] + 1u;
        in += in[0] + 1u;
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* OpenSSL's own words for what failed last; clears its queue. */
static void words_of_error(char *out, size_t cap)
{
    const unsigned long e = ERR_get_error();
    const char *reason = ERR_reason_error_string(e);

    (void)snprintf(out, cap, "%s", reason != NULL ? reason : "unknown error");
    ERR_clear_error();
}

static int fail(char *err, size_t cap, const char *what, const char *path)
{
    char words[96];

    words_of_error(words, sizeof words);
    (void)snprintf(err, cap, "%s %s: %s", what, path, words);
    return ST_INVALID;
}

static int load_key(SSL_CTX *ssl, const char *certificate, const char *path, char *err, size_t cap)
{
    EVP_PKEY *key = gw_provider_private_key(path);
    bool belongs;

    if (key == NULL) {
        ERR_clear_error();
        (void)snprintf(err, cap,
                       "gateway private key %s: expected a readable PEM file with an EC key, no passphrase",
                       path);
        return ST_INVALID;
    }
    belongs = SSL_CTX_use_PrivateKey(ssl, key) == 1 && SSL_CTX_check_private_key(ssl) == 1;
    EVP_PKEY_free(key); /* the context has its own reference */
    return belongs ? ST_OK
                   : fail(err, cap, "gateway private key does not belong to certificate", certificate);
}

static int load_files(SSL_CTX *ssl, const char *certificate, const char *private_key, char *err, size_t cap)
{
    if (SSL_CTX_use_certificate_chain_file(ssl, certificate) != 1)
        return fail(err, cap, "gateway certificate", certificate);
    return load_key(ssl, certificate, private_key, err, cap);
}

/* In the place of OpenSSL's own verification: same results, by the one rule that we have (gw_trust.h). */
static int verify_peer(X509_STORE_CTX *verification, void *context)
{
    const struct gw_tls_context *c = context;
    const int result = gw_trust_check(c->trust, X509_STORE_CTX_get0_cert(verification), c->sha256);

    X509_STORE_CTX_set_error(verification, result);
    return result == X509_V_OK;
}

static int configure(SSL_CTX *ssl)
{
    static const unsigned char id_context[] = PROTO_ALPN;

    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_max_cert_list(ssl, GW_CERTIFICATE_LIST_MAX_BYTES);
    SSL_CTX_set_alpn_select_cb(ssl, select_alpn, NULL);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) == 1 && SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
                   SSL_CTX_set1_groups_list(ssl, "X25519:P-256") == 1 &&
                   SSL_CTX_set_session_id_context(ssl, id_context, sizeof id_context - 1) == 1 &&
                   SSL_CTX_set_max_send_fragment(ssl, TLS_RECORD_TO_DEVICE_MAX_BYTES) == 1
               ? ST_OK
               : ST_INVALID;
}

int gw_tls_context_new(const char *certificate, const char *private_key, const char *fleet_ca,
                       struct gw_tls_context **out, char *err, size_t err_cap)
{
    struct gw_tls_context *c = calloc(1, sizeof *c);
    int rc = ST_INVALID;

    (void)snprintf(err, err_cap, "no memory");
    if (c == NULL)
        return ST_NO_MEMORY;
    c->references = 1;
    c->offer.count = 1;
    c->provider = gw_provider_new();
    if (c->provider == NULL)
        goto out;
    c->ssl = SSL_CTX_new_ex(gw_provider_context(c->provider), NULL, TLS_server_method());
    c->bio = bio_method_new();
    c->sha256 = EVP_MD_fetch(gw_provider_context(c->provider), "SHA256", NULL);
    if (c->ssl == NULL || c->bio == NULL || c->sha256 == NULL)
        goto out;
    SSL_CTX_set_cert_verify_callback(c->ssl, verify_peer, c);
    rc = configure(c->ssl);
    if (rc != ST_OK) {
        (void)fail(err, err_cap, "TLS settings for", PROTO_ALPN);
        goto out;
    }
    rc = load_files(c->ssl, certificate, private_key, err, err_cap);
    if (rc == ST_OK)
        rc = gw_trust_new(fleet_ca, gw_provider_context(c->provider), &c->trust, err, err_cap);
out:
    if (rc != ST_OK) {
        gw_tls_context_release(c);
        return rc;
    }
    *out = c;
    return ST_OK;
}

/* ---- two certificates ---------------------------------------------------------------------------- */

/* Before OpenSSL looks at its certificate. */
static int choose_certificate(SSL *ssl, int *alert, void *context)
{
    const struct gw_tls_context *c = context;
    const unsigned char *alpn = NULL;
    size_t len = 0;

    (void)SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &alpn, &len);
    if (gw_offer_choose(&c->offer, alpn, len) == 0 || SSL_use_certificate(ssl, c->other) == 1)
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_INTERNAL_ERROR;
    return SSL_CLIENT_HELLO_ERROR;
}

/* NULL: there is none. */
static X509 *read_certificate(const char *path)
{
    FILE *f = fopen(path, "re");
    X509 *certificate = f != NULL ? PEM_read_X509(f, NULL, NULL, NULL) : NULL;

    if (f != NULL)
        (void)fclose(f); /* was only read */
    ERR_clear_error();
    return certificate;
}

static uint64_t authority_id(X509 *ca)
{
    unsigned char digest[SHA256_BYTES];
    uint64_t id = 0;

    if (X509_digest(ca, EVP_sha256(), digest, NULL) != 1)
        return 0;
    for (unsigned i = 0; i < 8; i++)
        id = id << 8 | digest[i];
    return id;
}

/* Id of the authority that signed it, and its index; 0: none of them did. */
static uint64_t find_authority(X509 *certificate, const struct gw_tls_offers *offers, unsigned *index)
{
    uint64_t id = 0;

    for (unsigned i = 0; i < 3 && id == 0; i++) {
        X509 *ca = read_certificate(offers->authorities[i]);

        if (ca != NULL && X509_verify(certificate, X509_get0_pubkey(ca)) == 1) {
            id = authority_id(ca);
            *index = i;
        }
        X509_free(ca);
    }
    ERR_clear_error();
    return id;
}

int gw_tls_context_offer(struct gw_tls_context *c, const struct gw_tls_offers *offers, char *err,
                         size_t err_cap)
{
    unsigned first = 0, second = 0;

    c->offer.ids[0] = find_authority(SSL_CTX_get0_certificate(c->ssl), offers, &first);
    c->other = read_certificate(offers->certificate);
    if (c->other == NULL)
        return ST_OK;
    c->offer.ids[1] = find_authority(c->other, offers, &second);
    if (X509_check_private_key(c->other, SSL_CTX_get0_privatekey(c->ssl)) != 1 || c->offer.ids[1] == 0) {
        ERR_clear_error();
        (void)snprintf(err, err_cap, "gateway certificate %s: must be for the gateway's key, by a server CA",
                       offers->certificate);
        return ST_INVALID;
    }
    c->offer.count = 2;
    c->offer.oldest = second == 2; /* the present one is older than the next, and younger than the old one */
    SSL_CTX_set_client_hello_cb(c->ssl, choose_certificate, c);
    return ST_OK;
}

uint64_t gw_tls_context_authority(const struct gw_tls_context *c)
{
    return c->offer.ids[0];
}

void gw_tls_context_release(struct gw_tls_context *c)
{
    if (c == NULL || --c->references > 0)
        return;
    SSL_CTX_free(c->ssl);
    X509_free(c->other);
    BIO_meth_free(c->bio);
    EVP_MD_free(c->sha256);
    gw_trust_free(c->trust);
    gw_provider_free(c->provider);
    free(c);
}

/* ---- one connection ------------------------------------------------------------------------------ */

int gw_tls_init(struct gw_tls *t, struct gw_tls_context *c, const struct gw_tls_io *io, void *owner)
{
    BIO *bio = BIO_new(c->bio);

    t->io = io;
    t->owner = owner;
    t->context = c;
    c->references++;
    t->ssl = SSL_new(c->ssl);
    if (t->ssl == NULL || bio == NULL) {
        BIO_free(bio);
        gw_tls_clear(t);
        return ST_NO_MEMORY;
    }
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(t->ssl, bio, bio);
    SSL_set_accept_state(t->ssl);
    return ST_OK;
}

void gw_tls_clear(struct gw_tls *t)
{
    SSL_free(t->ssl);
    t->ssl = NULL;
    gw_tls_context_release(t->context);
    t->context = NULL;
}

/* ---- who is it ----------------------------------------------------------------------------------- */

static void read_common_name(X509 *cert, char sid[SID_BYTES])
{
    char name[SID_BYTES + 1] = "";

    if (X509_NAME_get_text_by_NID(X509_get_subject_name(cert), NID_commonName, name, sizeof name) ==
            SID_BYTES - 1 &&
        sid_is(name, "UV"))
        memcpy(sid, name, SID_BYTES);
}

/* The certificate carries the SID that follows from its key (PROTOCOL.md section 1). */
static const char *check_certificate(X509 *cert, const EVP_MD *sha256, struct gw_tls_peer *peer)
{
    const ASN1_BIT_STRING *key = X509_get0_pubkey_bitstr(cert);
    char derived[SID_BYTES];

    read_common_name(cert, peer->sid);
    if (peer->sid[0] == '\0')
        return "the certificate's common name is not a device SID";
    if (key == NULL || key->length != P256_POINT_BYTES)
        return "the certificate's key is not an uncompressed P-256 point";
    if (EVP_Digest(key->data, (size_t)key->length, peer->key_sha256, NULL, sha256, NULL) != 1)
        return "SHA-256 failed";
    sid_from_digest("UV", peer->key_sha256, derived);
    if (strcmp(derived, peer->sid) != 0)
        return "the certificate's common name does not belong to its key";
    if ((X509_get_extension_flags(cert) & EXFLAG_XKUSAGE) == 0 ||
        (X509_get_extended_key_usage(cert) & XKU_SSL_CLIENT) == 0)
        return "the certificate is not for TLS clients";
    return NULL;
}

static const char *check_peer(struct gw_tls *t, struct gw_tls_peer *peer)
{
    X509 *cert = SSL_get0_peer_certificate(t->ssl);
    const unsigned char *alpn;
    unsigned alpn_len;

    if (cert == NULL)
        return "no client certificate";
    SSL_get0_alpn_selected(t->ssl, &alpn, &alpn_len);
    if (alpn_len == 0)
        return "the client does not offer ALPN " PROTO_ALPN;
    return check_certificate(cert, t->context->sha256, peer);
}

/* A failed handshake, in words; the verification's own when it was that. */
static int refuse(struct gw_tls *t, struct gw_tls_peer *peer, char why[128])
{
    const long verified = SSL_get_verify_result(t->ssl);
    X509 *cert = SSL_get0_peer_certificate(t->ssl);

    if (cert != NULL)
        read_common_name(cert, peer->sid);
    words_of_error(why, 128);
    if (verified == X509_V_OK)
        return ST_INVALID;
    (void)snprintf(why, 128, "client certificate: %s", X509_verify_cert_error_string(verified));
    return ST_DENIED;
}

int gw_tls_handshake(struct gw_tls *t, struct gw_tls_peer *peer, char why[128])
{
    const char *words;
    int rc;

    memset(peer, 0, sizeof *peer);
    ERR_clear_error();
    rc = SSL_do_handshake(t->ssl);
    if (rc != 1)
        return SSL_get_error(t->ssl, rc) == SSL_ERROR_WANT_READ ? ST_TIMEOUT : refuse(t, peer, why);
    words = check_peer(t, peer);
    if (words != NULL) {
        (void)snprintf(why, 128, "%s", words);
        return ST_DENIED;
    }
    return ST_OK;
}

/* OpenSSL 3.0 cannot let go of a peer's certificate. Its key can be replaced by one of an algorithm that nobody knows, which is
 * never decoded. */
void gw_tls_forget_peer(struct gw_tls *t)
{
    static const unsigned char nothing[] = {
        0x30, 0x09, 0x30, 0x04, 0x06, 0x02, 0x2a, 0x03, 0x03, 0x01, 0x00
    };
    X509 *certificate = SSL_get0_peer_certificate(t->ssl);
    X509_PUBKEY *key = certificate != NULL ? X509_get_X509_PUBKEY(certificate) : NULL;
    const unsigned char *at = nothing;

    if (key != NULL)
        (void)d2i_X509_PUBKEY(&key, &at, sizeof nothing); /* without it the session only stays larger */
    ERR_clear_error();
}

/* ---- data ---------------------------------------------------------------------------------------- */

int gw_tls_read(struct gw_tls *t, void *buf, size_t cap)
{
    size_t n = 0;
    int rc;

    ERR_clear_error();
    rc = SSL_read_ex(t->ssl, buf, cap, &n);
    if (rc == 1)
        return (int)n;
    switch (SSL_get_error(t->ssl, rc)) {
    case SSL_ERROR_WANT_READ:
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return ST_CLOSED;
    default:
        ERR_clear_error();
        return ST_INVALID;
    }
}

int gw_tls_write(struct gw_tls *t, const void *data, size_t len)
{
    size_t n;

    ERR_clear_error();
    if (SSL_write_ex(t->ssl, data, len, &n) == 1)
        return ST_OK;
    ERR_clear_error();
    return ST_INVALID;
}

void gw_tls_end(struct gw_tls *t)
{
    if (t->ssl != NULL && SSL_is_init_finished(t->ssl))
        (void)SSL_shutdown(t->ssl); /* nobody waits for the peer's answer */
    ERR_clear_error();
}
