/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_stream over mbedTLS: one TLS 1.3 client stream with certificates on both sides, over port_tcp.
 *
 *   CLOSED --open--> CONNECTING --tcp up--> HANDSHAKING --finished--> UP
 *      ^                  |                      |                     |
 *      |                  +------- failure ------+------ failure ------+--> FAILED
 *      +---------------------------------- close -------------------------------+
 *
 * Invariants:
 *  S1 UP is entered only after the server's chain, name, validity, key usage and ALPN were checked;
 *  S2 a failure is final: status and words stay until close, every call answers with them;
 *  S3 a record that the transport took in part is finished before anything else is sent (pending_bytes), and
 * the caller learns exactly the number of its bytes that the record holds; S4 nothing of the library is
 * allocated while CLOSED.
 *
 * Must not: wait, print, know frames or messages.
 */
#include "port/port_stream.h"

#include <stdbool.h>
#include <string.h>

#include "port/port_status.h"
#include "port/port_tcp.h"
#include "ports/mbedtls/platform.h"
#include "ports/mbedtls/tls.h"
#include "proto/limits.h"

_Static_assert(MBEDTLS_SSL_IN_CONTENT_LEN >= TLS_RECORD_TO_DEVICE_MAX_BYTES, "server records would not fit");

enum stream_state { STREAM_CLOSED, STREAM_CONNECTING, STREAM_HANDSHAKING, STREAM_UP, STREAM_FAILED };

static struct {
    enum stream_state state;
    struct tls_failure failure;
    bool transport_dry;     /* the transport itself had nothing, not just the library */
    uint32_t pending_bytes; /* of the record that the transport took in part, 0 = none */
    struct port_stream_validity validity;
    psa_key_id_t key;
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config config;
    mbedtls_x509_crt server_cas;            /* a list */
    uint32_t ca_index[PORT_STREAM_CAS_MAX]; /* of each of the list, in the identity */
    const char *alpn[PORT_STREAM_CAS_MAX + 2];
    mbedtls_x509_crt device_cert;
    mbedtls_pk_context device_key;
} stream;

static const uint16_t groups[] = { MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1, MBEDTLS_SSL_IANA_TLS_GROUP_NONE };
static const uint16_t signatures[] = { MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256, MBEDTLS_TLS1_3_SIG_NONE };
static const int ciphers[] = { MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256, MBEDTLS_TLS1_3_AES_128_GCM_SHA256,
                               0 };

static int fail(int status, const char *words)
{
    stream.failure = (struct tls_failure){ status, words };
    stream.state = STREAM_FAILED;
    return status;
}

static int fail_tls(int error)
{
    struct tls_failure failure = tls_failure_explain(&stream.ssl, error);

    return fail(failure.status, failure.words);
}

static int transport_send(void *context, const unsigned char *buf, size_t len)
{
    int ret = port_tcp_write(buf, (uint32_t)len);

    (void)context;
    if (ret == PORT_AGAIN) {
        stream.transport_dry = true;
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    return ret > 0 ? ret : MBEDTLS_ERR_SSL_CONN_EOF;
}

static int transport_receive(void *context, unsigned char *buf, size_t len)
{
    int ret = port_tcp_read(buf, (uint32_t)len);

    (void)context;
    if (ret == PORT_AGAIN) {
        stream.transport_dry = true;
        return MBEDTLS_ERR_SSL_WANT_READ;
    }
    return ret > 0 ? ret : MBEDTLS_ERR_SSL_CONN_EOF;
}

static bool wants_transport(int error)
{
    return error == MBEDTLS_ERR_SSL_WANT_READ || error == MBEDTLS_ERR_SSL_WANT_WRITE;
}

/* The end of the chain is the library's own copy of one of the list. */
static void note_server_ca(const mbedtls_x509_crt *crt)
{
    uint32_t number = 0;

    for (const mbedtls_x509_crt *ca = &stream.server_cas; ca != NULL; ca = ca->next, number++) {
        if (ca == crt) {
            stream.validity.server_ca = stream.ca_index[number];
        }
    }
}

/*
 * Our rules on top of the library's. PROTOCOL.md asks for the name as subjectAltName; the library alone would fall back to
 * the common name. The time is only the earliest possible one, so a certificate may begin after it: a device that was
 * switched off while the server's certificate was renewed must get in.
 */
static int judge_certificate(void *context, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    (void)context;
    *flags &= ~(uint32_t)MBEDTLS_X509_BADCERT_FUTURE;
    if (depth != 0) {
        note_server_ca(crt);
        return 0;
    }
    if (!mbedtls_x509_crt_has_ext_type(crt, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME)) {
        *flags |= MBEDTLS_X509_BADCERT_CN_MISMATCH;
    }
    stream.validity.from_s = tls_unix_time(&crt->valid_from);
    stream.validity.until_s = tls_unix_time(&crt->valid_to);
    return 0;
}

static void library_init(void)
{
    mbedtls_ssl_init(&stream.ssl);
    mbedtls_ssl_config_init(&stream.config);
    mbedtls_x509_crt_init(&stream.server_cas);
    mbedtls_x509_crt_init(&stream.device_cert);
    mbedtls_pk_init(&stream.device_key);
    stream.key = PSA_KEY_ID_NULL;
}

static void library_free(void)
{
    mbedtls_ssl_free(&stream.ssl);
    mbedtls_ssl_config_free(&stream.config);
    mbedtls_pk_free(&stream.device_key);
    (void)psa_destroy_key(stream.key); /* volatile key: cannot fail, and null is allowed */
    mbedtls_x509_crt_free(&stream.device_cert);
    mbedtls_x509_crt_free(&stream.server_cas);
}

/* One that cannot be read must not keep the others from being used. */
static uint32_t load_server_cas(const struct port_stream_identity *id)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < PORT_STREAM_CAS_MAX; i++) {
        if (id->server_cas[i].len != 0 &&
            mbedtls_x509_crt_parse_der_nocopy(&stream.server_cas, id->server_cas[i].der,
                                              id->server_cas[i].len) == 0) {
            stream.ca_index[count++] = i;
        }
    }
    return count;
}

static int load_identity(const struct port_stream_identity *id)
{
    int ret;

    if (load_server_cas(id) == 0) {
        return fail(PORT_EAUTH, "stored server CA cannot be read");
    }
    if (mbedtls_x509_crt_parse_der_nocopy(&stream.device_cert, id->device_cert, id->device_cert_len) != 0) {
        return fail(PORT_EAUTH, "stored device certificate cannot be read");
    }
    ret = mbed_key_import(id->private_key, &stream.key);
    if (ret == PORT_OK && mbedtls_pk_setup_opaque(&stream.device_key, stream.key) != 0) {
        ret = PORT_ENOSPC;
    }
    if (ret != PORT_OK) {
        return fail(ret == PORT_ENOSPC ? PORT_ENOSPC : PORT_EAUTH, "stored identity key cannot be used");
    }
    return PORT_OK;
}

static void list_alpn(const struct port_stream_identity *id)
{
    uint32_t count = 0;

    stream.alpn[count++] = PROTO_ALPN;
    for (uint32_t i = 0; i < PORT_STREAM_CAS_MAX && id->names[i] != NULL; i++) {
        stream.alpn[count++] = id->names[i];
    }
    stream.alpn[count] = NULL;
}

static int configure(const char *server_name)
{
    mbedtls_ssl_config *config = &stream.config;

    if (mbedtls_ssl_config_defaults(config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                    MBEDTLS_SSL_PRESET_DEFAULT) != 0) {
        return fail(PORT_ENOSPC, "TLS configuration failed");
    }
    mbedtls_ssl_conf_min_tls_version(config, MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_authmode(config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_verify(config, judge_certificate, NULL);
    mbedtls_ssl_conf_cert_profile(config, &mbedtls_x509_crt_profile_suiteb);
    mbedtls_ssl_conf_groups(config, groups);
    mbedtls_ssl_conf_sig_algs(config, signatures);
    mbedtls_ssl_conf_ciphersuites(config, ciphers);
    mbedtls_ssl_conf_ca_chain(config, &stream.server_cas, NULL);
    mbedtls_ssl_conf_rng(config, mbed_random, NULL);
    if (mbedtls_ssl_conf_own_cert(config, &stream.device_cert, &stream.device_key) != 0 ||
        mbedtls_ssl_conf_alpn_protocols(config, stream.alpn) != 0 ||
        mbedtls_ssl_setup(&stream.ssl, config) != 0 ||
        mbedtls_ssl_set_hostname(&stream.ssl, server_name) != 0) {
        return fail(PORT_ENOSPC, "TLS arena is full");
    }
    mbedtls_ssl_set_bio(&stream.ssl, NULL, transport_send, transport_receive, NULL);
    return PORT_OK;
}

int port_stream_open(const struct port_stream_identity *id, uint64_t now_unix_s)
{
    int ret;

    if (stream.state != STREAM_CLOSED) {
        return PORT_EINVAL;
    }
    stream.failure = (struct tls_failure){ PORT_OK, NULL };
    if (mbed_ready() != PORT_OK) {
        stream.failure = (struct tls_failure){ PORT_EIO, "no entropy" };
        return PORT_EIO;
    }
    mbed_time_set(now_unix_s);
    stream.pending_bytes = 0;
    library_init();
    ret = load_identity(id);
    if (ret == PORT_OK) {
        list_alpn(id);
        ret = configure(id->server_name);
    }
    if (ret == PORT_OK && port_tcp_open(id->host, id->port) != PORT_OK) {
        ret = fail(PORT_EIO, "connection cannot be started");
    }
    if (ret != PORT_OK) {
        library_free();
        stream.state = STREAM_CLOSED;
        return ret;
    }
    stream.state = STREAM_CONNECTING;
    return PORT_OK;
}

static int connect_step(void)
{
    int ret = port_tcp_poll();

    if (ret == PORT_AGAIN) {
        return PORT_AGAIN;
    }
    if (ret != PORT_OK) {
        return fail(PORT_EIO, "server cannot be reached");
    }
    stream.state = STREAM_HANDSHAKING;
    return PORT_OK;
}

static int handshake_step(void)
{
    const char *spoken;
    int ret;

    do {
        stream.transport_dry = false;
        ret = mbedtls_ssl_handshake(&stream.ssl);
    } while (wants_transport(ret) && !stream.transport_dry);
    if (wants_transport(ret)) {
        return PORT_AGAIN;
    }
    if (ret != 0) {
        return fail_tls(ret);
    }
    spoken = mbedtls_ssl_get_alpn_protocol(&stream.ssl);
    if (spoken == NULL || strcmp(spoken, PROTO_ALPN) != 0) {
        return fail(PORT_EIO, "server does not speak outrigger/1");
    }
    stream.state = STREAM_UP;
    return PORT_OK;
}

int port_stream_poll(void)
{
    int ret = PORT_OK;

    if (stream.state == STREAM_CONNECTING) {
        ret = connect_step();
    }
    if (stream.state == STREAM_HANDSHAKING) {
        ret = handshake_step();
    }
    if (stream.state == STREAM_CLOSED) {
        return PORT_CLOSED;
    }
    return stream.state == STREAM_FAILED ? stream.failure.status : ret;
}

/* What read and write answer when the stream is not up: they know no PORT_EAUTH, poll tells. */
static int down_status(void)
{
    if (stream.state == STREAM_CONNECTING || stream.state == STREAM_HANDSHAKING) {
        return PORT_AGAIN;
    }
    return stream.state == STREAM_CLOSED || stream.failure.status == PORT_CLOSED ? PORT_CLOSED : PORT_EIO;
}

int port_stream_read(void *buf, uint32_t len)
{
    int ret;

    if (stream.state != STREAM_UP) {
        return down_status();
    }
    do {
        stream.transport_dry = false;
        ret = mbedtls_ssl_read(&stream.ssl, buf, len);
    } while (wants_transport(ret) && !stream.transport_dry);
    if (wants_transport(ret)) {
        return PORT_AGAIN;
    }
    if (ret <= 0) {
        (void)fail_tls(ret == 0 ? MBEDTLS_ERR_SSL_CONN_EOF : ret); /* the words; the status follows */
        return down_status();
    }
    return ret;
}

int port_stream_write(const void *buf, uint32_t len)
{
    int ret;

    if (stream.state != STREAM_UP) {
        return stream.state == STREAM_CONNECTING || stream.state == STREAM_HANDSHAKING ? PORT_AGAIN
                                                                                       : PORT_EIO;
    }
    if (len > MBEDTLS_SSL_OUT_CONTENT_LEN) {
        len = MBEDTLS_SSL_OUT_CONTENT_LEN;
    }
    if (stream.pending_bytes != 0) {
        len = stream.pending_bytes;
    }
    ret = mbedtls_ssl_write(&stream.ssl, buf, len);
    if (wants_transport(ret)) {
        stream.pending_bytes = len;
        return PORT_AGAIN;
    }
    stream.pending_bytes = 0;
    if (ret < 0) {
        (void)fail_tls(ret); /* the words; the status follows */
        return PORT_EIO;
    }
    return ret;
}

void port_stream_close(void)
{
    if (stream.state == STREAM_CLOSED) {
        return;
    }
    if (stream.state == STREAM_UP && stream.pending_bytes == 0) {
        (void)mbedtls_ssl_close_notify(&stream.ssl); /* a courtesy: the transport may refuse it */
    }
    library_free();
    port_tcp_close();
    stream.state = STREAM_CLOSED;
}

void port_stream_validity(struct port_stream_validity *out)
{
    *out = stream.validity;
}

const char *port_stream_error(void)
{
    return stream.failure.words != NULL ? stream.failure.words : "";
}
