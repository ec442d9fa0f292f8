/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words for TLS failures: why we refused the server, why the server refused us, what broke.
 *
 * Tables are searched from the top: the first flag that is set names the failure, so the more telling ones
 * stand first.
 */
#include "ports/mbedtls/tls.h"

#include <stddef.h>

#include "port/port_status.h"

struct flag_words {
    uint32_t flag;
    const char *words;
};

/* Results of certificate verification (x509.h); several may be set at once. */
static const struct flag_words verify_flags[] = {
    { MBEDTLS_X509_BADCERT_NOT_TRUSTED, "server certificate is not signed by the provisioned server CA" },
    { MBEDTLS_X509_BADCERT_EXPIRED, "server certificate expired" },
    { MBEDTLS_X509_BADCERT_CN_MISMATCH, "server certificate does not carry the provisioned server name" },
    { MBEDTLS_X509_BADCERT_EXT_KEY_USAGE, "server certificate is not for servers" },
    { MBEDTLS_X509_BADCERT_KEY_USAGE, "server certificate is not for signing" },
    { MBEDTLS_X509_BADCERT_MISSING, "server sent no certificate" },
};

struct alert_words {
    uint8_t alert;
    int status;
    const char *words;
};

/* Alerts from the server (RFC 8446 section 6.2). */
static const struct alert_words alerts[] = {
    { MBEDTLS_SSL_ALERT_MSG_CERT_EXPIRED, PORT_EAUTH, "server refused our certificate: expired" },
    { MBEDTLS_SSL_ALERT_MSG_CERT_REVOKED, PORT_EAUTH, "server refused our certificate: revoked" },
    { MBEDTLS_SSL_ALERT_MSG_UNKNOWN_CA, PORT_EAUTH, "server refused our certificate: unknown CA" },
    { MBEDTLS_SSL_ALERT_MSG_BAD_CERT, PORT_EAUTH, "server refused our certificate: bad certificate" },
    { MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT, PORT_EAUTH, "server refused our certificate: unsupported" },
    { MBEDTLS_SSL_ALERT_MSG_CERT_UNKNOWN, PORT_EAUTH, "server refused our certificate" },
    { MBEDTLS_SSL_ALERT_MSG_ACCESS_DENIED, PORT_EAUTH, "server refused our certificate: access denied" },
    { 116 /* certificate_required */, PORT_EAUTH, "server missed our certificate" },
    { MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION, PORT_EIO, "server does not speak TLS 1.3" },
    { MBEDTLS_SSL_ALERT_MSG_NO_APPLICATION_PROTOCOL, PORT_EIO, "server does not speak outrigger/1" },
    { MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE, PORT_EIO, "server shares no cipher or group with us" },
    { MBEDTLS_SSL_ALERT_MSG_UNRECOGNIZED_NAME, PORT_EIO, "server does not know the provisioned server name" },
    { MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC, PORT_EIO, "server could not decrypt our record" },
    { MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR, PORT_EIO, "server reported an internal error" },
};

struct error_words {
    int error;
    int status;
    const char *words;
};

static const struct error_words errors[] = {
    { MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, PORT_CLOSED, "server closed the session" },
    { MBEDTLS_ERR_SSL_CONN_EOF, PORT_EIO, "connection lost" },
    { MBEDTLS_ERR_SSL_ALLOC_FAILED, PORT_ENOSPC, "TLS arena is full" },
    { MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, PORT_EIO, "server does not speak TLS 1.3" },
    { MBEDTLS_ERR_SSL_BAD_CERTIFICATE, PORT_EAUTH, "server certificate cannot be read" },
    { MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE, PORT_EAUTH, "server sent no certificate" },
    { MBEDTLS_ERR_SSL_INVALID_MAC, PORT_EIO, "record from the server was altered on the way" },
    { MBEDTLS_ERR_SSL_INVALID_RECORD, PORT_EIO, "record from the server is malformed or too long" },
    { MBEDTLS_ERR_SSL_BAD_INPUT_DATA, PORT_EIO, "record from the server is malformed or too long" },
    { MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL, PORT_EIO, "record from the server is malformed or too long" },
    { MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, PORT_EIO, "server sent an unexpected TLS message" },
    { MBEDTLS_ERR_SSL_DECODE_ERROR, PORT_EIO, "server sent a malformed TLS message" },
    { MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, PORT_EIO, "server sent a TLS extension that was not asked for" },
    { MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, PORT_EIO, "server sent an illegal TLS parameter" },
    { MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, PORT_EIO, "TLS handshake failed" },
};

#define NOT_VERIFIED 0xffffffffu /* verify result before there was a certificate */

#define ENTRIES(table) (sizeof(table) / sizeof(table)[0])

static struct tls_failure explain_refusal(uint32_t flags)
{
    for (size_t i = 0; i < ENTRIES(verify_flags); i++) {
        if ((flags & verify_flags[i].flag) != 0) {
            return (struct tls_failure){ PORT_EAUTH, verify_flags[i].words };
        }
    }
    return (struct tls_failure){ PORT_EAUTH, "server certificate refused" };
}

static struct tls_failure explain_alert(const mbedtls_ssl_context *ssl)
{
    /* The library has no accessor for the alert that it has just read; it is the last message: level,
     * description. */
    const unsigned char *message = ssl->MBEDTLS_PRIVATE(in_msg);

    for (size_t i = 0; message != NULL && i < ENTRIES(alerts); i++) {
        if (alerts[i].alert == message[1]) {
            return (struct tls_failure){ alerts[i].status, alerts[i].words };
        }
    }
    return (struct tls_failure){ PORT_EIO, "server sent a fatal TLS alert" };
}

struct tls_failure tls_failure_explain(const mbedtls_ssl_context *ssl, int error)
{
    uint32_t flags = mbedtls_ssl_get_verify_result(ssl);

    if (error == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        return explain_alert(ssl);
    }
    /* A certificate for another usage is a bad certificate with flags; one that cannot be parsed has none. */
    if (error == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ||
        (error == MBEDTLS_ERR_SSL_BAD_CERTIFICATE && flags != 0 && flags != NOT_VERIFIED)) {
        return explain_refusal(flags);
    }
    for (size_t i = 0; i < ENTRIES(errors); i++) {
        if (errors[i].error == error) {
            return (struct tls_failure){ errors[i].status, errors[i].words };
        }
    }
    return (struct tls_failure){ PORT_EIO, "TLS failed" };
}
