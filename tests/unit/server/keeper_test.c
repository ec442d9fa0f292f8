/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper: files of its keys, who may ask what, manifests that verify, device certificates made from
 * requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/file.h"
#include "base/log.h"
#include "base/sid.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "keeper/admin.h"
#include "keeper/cert.h"
#include "keeper/key.h"
#include "keeper/pki.h"
#include "keeper/requests.h"
#include "proto/limits.h"
#include "store/store.h"
#include "unit/server/folder_fake.h"

static struct conf conf;
static struct keeper_pki pki;
static struct keeper_reply reply;

static int setup(void **state)
{
    (void)state;
    log_init("test", LOG_LEVEL_ERROR);
    conf_defaults(&conf);
    (void)snprintf(conf.data_dir, sizeof conf.data_dir, "%s", folder_make());
    return keeper_pki_open(&conf, &pki);
}

static int teardown(void **state)
{
    (void)state;
    keeper_pki_close(&pki);
    folder_remove();
    return 0;
}

static const char *path_of(const char *rest)
{
    static char path[1024];

    conf_path(&conf, rest, path);
    return path;
}

static int reopen(void)
{
    keeper_pki_close(&pki);
    return keeper_pki_open(&conf, &pki);
}

static void test_files_have_strict_modes(void **state)
{
    static const char *const secret[] = { PATH_FLEET_CA_KEY, PATH_SERVER_CA_KEY, PATH_GATEWAY_KEY,
                                          PATH_APP_SIGNER_KEY };
    struct stat st;

    (void)state;
    for (size_t i = 0; i < sizeof secret / sizeof secret[0]; i++) {
        assert_int_equal(stat(path_of(secret[i]), &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    assert_int_equal(stat(path_of("pki"), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
}

static void test_second_start_keeps_the_keys(void **state)
{
    const uint64_t signer = keeper_key_signer_id(pki.app_signer);
    char before[4096], after[4096];
    size_t before_len, after_len;

    (void)state;
    assert_int_equal(file_read(path_of(PATH_GATEWAY_CERT), before, sizeof before, &before_len), ST_OK);
    assert_int_equal(reopen(), ST_OK);
    assert_int_equal(keeper_key_signer_id(pki.app_signer), signer);
    assert_int_equal(file_read(path_of(PATH_GATEWAY_CERT), after, sizeof after, &after_len), ST_OK);
    assert_int_equal(before_len, after_len);
    assert_memory_equal(before, after, after_len);
}

static void test_crash_between_key_and_certificate(void **state)
{
    struct keeper_cert *cert = NULL;

    (void)state;
    assert_int_equal(unlink(path_of(PATH_FLEET_CA_CERT)), 0);
    assert_int_equal(reopen(), ST_OK);
    assert_int_equal(keeper_cert_load(path_of(PATH_FLEET_CA_CERT), &cert), ST_OK);
    assert_true(keeper_cert_has_key(cert, pki.fleet_ca_key));
    keeper_cert_free(cert);
}

static void test_damage_is_refused_not_repaired(void **state)
{
    char fleet_ca[4096];
    size_t len;

    (void)state;
    assert_int_equal(file_read(path_of(PATH_FLEET_CA_CERT), fleet_ca, sizeof fleet_ca, &len), ST_OK);
    assert_int_equal(chmod(path_of(PATH_FLEET_CA_KEY), 0640), 0);
    assert_int_equal(reopen(), ST_DENIED);
    assert_int_equal(chmod(path_of(PATH_FLEET_CA_KEY), 0600), 0);
    assert_int_equal(file_write(path_of(PATH_FLEET_CA_CERT), "not PEM", 7, 0644), ST_OK);
    assert_int_equal(reopen(), ST_INVALID);
    assert_int_equal(file_write(path_of(PATH_FLEET_CA_CERT), fleet_ca, len, 0644), ST_OK);
    assert_int_equal(reopen(), ST_OK);
    assert_int_equal(unlink(path_of(PATH_FLEET_CA_KEY)), 0);
    assert_int_equal(reopen(), ST_NOT_FOUND); /* devices trust that certificate: no new one */
    assert_int_equal(access(path_of(PATH_FLEET_CA_KEY), F_OK), -1);
}

static void test_key_of_another_certificate_is_refused(void **state)
{
    struct keeper_key *other = NULL;

    (void)state;
    assert_int_equal(keeper_key_generate(&other), ST_OK);
    assert_int_equal(keeper_key_save(other, path_of(PATH_SERVER_CA_KEY)), ST_OK);
    keeper_key_free(other);
    assert_int_equal(reopen(), ST_INVALID);
}

static void test_gateway_certificate_follows_its_name(void **state)
{
    struct keeper_cert *cert = NULL;
    bool renewed = true;

    (void)state;
    assert_int_equal(keeper_pki_renew_gateway(&conf, &renewed), ST_OK);
    assert_false(renewed);
    (void)snprintf(conf.gateway_server_name, sizeof conf.gateway_server_name, "192.0.2.7");
    assert_int_equal(keeper_pki_renew_gateway(&conf, &renewed), ST_OK);
    assert_true(renewed);
    assert_int_equal(keeper_cert_load(path_of(PATH_GATEWAY_CERT), &cert), ST_OK);
    assert_true(keeper_cert_names(cert, "192.0.2.7"));
    assert_false(keeper_cert_names(cert, "gateway.outrigger.internal"));
    assert_in_range(keeper_cert_days_left(cert), 729, 730);
    keeper_cert_free(cert);
}

static void test_gateway_certificate_is_renewed_in_time(void **state)
{
    struct keeper_key *ca_key = NULL, *key = NULL;
    struct keeper_cert *ca = NULL, *cert;
    bool renewed = false;

    (void)state;
    assert_int_equal(keeper_key_load(path_of(PATH_SERVER_CA_KEY), &ca_key), ST_OK);
    assert_int_equal(keeper_cert_load(path_of(PATH_SERVER_CA_CERT), &ca), ST_OK);
    assert_int_equal(keeper_key_load(path_of(PATH_GATEWAY_KEY), &key), ST_OK);
    for (int days = 29; days <= 31; days += 2) {
        cert = keeper_cert_server(key, conf.gateway_server_name, days, ca, ca_key);
        assert_non_null(cert);
        assert_int_equal(keeper_cert_save(cert, path_of(PATH_GATEWAY_CERT)), ST_OK);
        keeper_cert_free(cert);
        assert_int_equal(keeper_pki_renew_gateway(&conf, &renewed), ST_OK);
        assert_int_equal(renewed, days == 29);
    }
    keeper_key_free(key);
    keeper_key_free(ca_key);
    keeper_cert_free(ca);
}

static int ask(enum keeper_peer peer, unsigned type, const void *body, size_t len)
{
    const struct bus_message request = {
        .type = (uint16_t)type, .tag = 1, .len = (uint32_t)len, .body = body
    };
    int32_t status;
    const int st = keeper_request_answer(&pki, peer, &request, &reply);

    assert_true(reply.len >= sizeof status && reply.len <= BUS_MESSAGE_MAX_BYTES);
    memcpy(&status, reply.body, sizeof status);
    assert_int_equal(status, st);
    return st;
}

static void test_manifest_signature_verifies(void **state)
{
    unsigned char body[MANIFEST_BODY_MAX_BYTES + 1], point[P256_POINT_BYTES];
    uint64_t signer, app_signer;

    (void)state;
    memset(body, 0x5a, sizeof body);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SIGN_MANIFEST, body, MANIFEST_BODY_MAX_BYTES), ST_OK);
    assert_int_equal(reply.len, 4 + 8 + P256_SIG_BYTES);
    memcpy(&signer, reply.body + 4, sizeof signer);
    keeper_key_point(pki.app_signer, point);
    assert_true(crypto_p256_verify(point, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES, body,
                                   MANIFEST_BODY_MAX_BYTES, reply.body + 12));
    assert_false(crypto_p256_verify(point, "", 0, body, MANIFEST_BODY_MAX_BYTES, reply.body + 12));
    assert_int_equal(ask(KEEPER_PEER_GATEWAY, BUS_APP_SIGNER, NULL, 0), ST_OK);
    assert_int_equal(reply.len, 4 + 8 + P256_POINT_BYTES);
    memcpy(&app_signer, reply.body + 4, sizeof app_signer);
    assert_int_equal(app_signer, signer);
    assert_memory_equal(reply.body + 12, point, sizeof point);
    assert_int_equal(crypto_signer_id(point), signer);
}

/* By the same key, but over another text: neither can be taken for the other. */
static void test_new_keys_signature_is_no_manifest_signature(void **state)
{
    unsigned char body[NEW_KEYS_BODY_MAX_BYTES + 1], point[P256_POINT_BYTES];

    (void)state;
    memset(body, 0x5b, sizeof body);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SIGN_NEW_KEYS, body, NEW_KEYS_BODY_MAX_BYTES), ST_OK);
    keeper_key_point(pki.app_signer, point);
    assert_true(crypto_p256_verify(point, NEW_KEYS_SIGN_PREFIX, NEW_KEYS_SIGN_PREFIX_BYTES, body,
                                   NEW_KEYS_BODY_MAX_BYTES, reply.body + 12));
    assert_false(crypto_p256_verify(point, MANIFEST_SIGN_PREFIX, MANIFEST_SIGN_PREFIX_BYTES, body,
                                    NEW_KEYS_BODY_MAX_BYTES, reply.body + 12));
    assert_int_equal(ask(KEEPER_PEER_GATEWAY, BUS_SIGN_NEW_KEYS, body, 10), ST_DENIED);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SIGN_NEW_KEYS, body, NEW_KEYS_BODY_MAX_BYTES + 1), ST_INVALID);
}

static bool is_there(const char *file)
{
    return access(path_of(file), F_OK) == 0;
}

/* P6: what devices check. */
static void test_server_ca_rolls_over(void **state)
{
    unsigned char point[P256_POINT_BYTES];
    struct keeper_key *first = NULL, *now = NULL;
    unsigned char der[CERTIFICATE_MAX_BYTES];
    size_t len;

    (void)state;
    assert_int_equal(keeper_key_load(path_of(PATH_SERVER_CA_KEY), &first), ST_OK);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SERVER_CA_SWITCH, "", 0), ST_NOT_FOUND);
    assert_int_equal(ask(KEEPER_PEER_GATEWAY, BUS_SERVER_CA_ADD, "", 0), ST_DENIED);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(ask(KEEPER_PEER_API, BUS_SERVER_CA_ADD, "", 0), ST_OK);
        assert_true(reply.reload);
        keeper_key_point(first, point);
        len = reply.len - 4 - P256_SIG_BYTES;
        assert_true(len > 300 && len <= sizeof der);
        if (again)
            assert_memory_equal(der, reply.body + 4 + P256_SIG_BYTES, len); /* the same one */
        memcpy(der, reply.body + 4 + P256_SIG_BYTES, len);
        assert_true(crypto_p256_verify(point, SERVER_CA_SIGN_PREFIX, SERVER_CA_SIGN_PREFIX_BYTES, der, len,
                                       reply.body + 4));
    }
    assert_true(is_there(PATH_GATEWAY_OTHER_CERT)); /* P4 */
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SERVER_CA_DELETE, "", 0), ST_NOT_FOUND);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SERVER_CA_SWITCH, "", 0), ST_OK);
    assert_int_equal(keeper_key_load(path_of(PATH_SERVER_CA_KEY), &now), ST_OK);
    assert_true(keeper_key_signer_id(now) != keeper_key_signer_id(first));
    assert_true(is_there(PATH_SERVER_CA_OLD_KEY) && !is_there(PATH_SERVER_CA_NEXT_KEY));
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SERVER_CA_ADD, "", 0), ST_OK); /* for another account */
    assert_memory_equal(der, reply.body + 4 + P256_SIG_BYTES, len);
    assert_true(crypto_p256_verify(point, SERVER_CA_SIGN_PREFIX, SERVER_CA_SIGN_PREFIX_BYTES, der, len,
                                   reply.body + 4));
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SERVER_CA_DELETE, "", 0), ST_OK);
    assert_false(is_there(PATH_SERVER_CA_OLD_KEY) || is_there(PATH_SERVER_CA_OLD_CERT) ||
                 is_there(PATH_GATEWAY_OTHER_CERT));
    keeper_key_free(first);
    keeper_key_free(now);
}

static void put_file(const char *from, const char *to, mode_t mode)
{
    char text[8192];
    size_t len;

    assert_int_equal(file_read(path_of(from), text, sizeof text, &len), ST_OK);
    assert_int_equal(file_write(path_of(to), text, len, mode), ST_OK);
}

/* P5: every state of files that a cut can leave between two steps of switch and delete. */
static void test_server_ca_steps_may_be_cut(void **state)
{
    bool renewed;

    (void)state;
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SERVER_CA_ADD, "", 0), ST_OK);
    put_file(PATH_SERVER_CA_KEY, PATH_SERVER_CA_OLD_KEY, 0600); /* before the commit: nothing has happened */
    assert_int_equal(keeper_pki_renew_gateway(&conf, &renewed), ST_OK);
    assert_true(is_there(PATH_SERVER_CA_NEXT_CERT) && !is_there(PATH_SERVER_CA_OLD_CERT));
    put_file(PATH_SERVER_CA_CERT, PATH_SERVER_CA_OLD_CERT, 0644); /* behind it: finished by the next start */
    put_file(PATH_SERVER_CA_NEXT_KEY, PATH_SERVER_CA_KEY, 0600);
    assert_int_equal(keeper_pki_renew_gateway(&conf, &renewed), ST_OK);
    assert_true(renewed && !is_there(PATH_SERVER_CA_NEXT_CERT) && !is_there(PATH_SERVER_CA_NEXT_KEY));
    assert_int_equal(unlink(path_of(PATH_SERVER_CA_OLD_KEY)), 0);
    assert_int_equal(keeper_pki_renew_gateway(&conf, &renewed), ST_OK);
    assert_false(is_there(PATH_SERVER_CA_OLD_CERT) || is_there(PATH_GATEWAY_OTHER_CERT));
}

static void test_table_refuses(void **state)
{
    unsigned char body[4096] = { 0 };

    (void)state;
    assert_int_equal(ask(KEEPER_PEER_GATEWAY, BUS_SIGN_MANIFEST, body, 10), ST_DENIED);
    assert_int_equal(ask(KEEPER_PEER_GATEWAY, BUS_ISSUE_DEVICE_CERT, body, 10), ST_DENIED);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SIGN_MANIFEST, body, 0), ST_INVALID);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_SIGN_MANIFEST, body, MANIFEST_BODY_MAX_BYTES + 1), ST_INVALID);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_ISSUE_DEVICE_CERT, body, 2049), ST_INVALID);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_APP_SIGNER, body, 1), ST_INVALID);
    assert_int_equal(ask(KEEPER_PEER_API, BUS_REPLY, body, 1), ST_INVALID);
    assert_int_equal(ask(KEEPER_PEER_API, 0xffff, NULL, 0), ST_INVALID);
    assert_string_equal(keeper_request_name(BUS_SIGN_MANIFEST), "sign_manifest");
    assert_string_equal(keeper_request_name(999), "unknown");
}

/* A request in DER, signed by signer; it claims a subject and an extension that must not matter. */
static size_t request_make(EVP_PKEY *subject, EVP_PKEY *signer, const EVP_MD *md, unsigned char der[4096])
{
    X509_REQ *request = X509_REQ_new();
    X509_NAME *name = X509_NAME_new();
    unsigned char *p = der;
    int len;

    assert_true(request != NULL && name != NULL);
    assert_int_equal(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"admin", -1, -1, 0), 1);
    assert_int_equal(X509_REQ_set_subject_name(request, name), 1);
    assert_int_equal(X509_REQ_set_pubkey(request, subject), 1);
    assert_true(X509_REQ_sign(request, signer, md) > 0);
    len = i2d_X509_REQ(request, &p);
    assert_true(len > 0 && len < 4096);
    X509_NAME_free(name);
    X509_REQ_free(request);
    return (size_t)len;
}

static void expected_sid(const EVP_PKEY *pkey, char sid[SID_BYTES])
{
    unsigned char point[P256_POINT_BYTES], digest[32];

    assert_int_equal(keeper_point_of(pkey, point), ST_OK);
    crypto_sha256(point, sizeof point, digest);
    sid_from_digest("UV", digest, sid);
}

/* What a gateway would check, and the promises of the keeper. */
static void check_device_cert(X509 *cert, EVP_PKEY *key, const char *sid)
{
    const X509_NAME *subject = X509_get_subject_name(cert);
    char name[64];
    int days, seconds;

    assert_int_equal(EVP_PKEY_eq(X509_get0_pubkey(cert), key), 1);
    assert_int_equal(X509_NAME_entry_count(subject), 1);
    assert_true(
        X509_NAME_get_text_by_NID((X509_NAME *)(uintptr_t)subject, NID_commonName, name, sizeof name) > 0);
    assert_string_equal(name, sid);
    assert_int_equal(X509_verify(cert, keeper_key_pkey(pki.fleet_ca_key)), 1);
    assert_int_equal(X509_check_purpose(cert, X509_PURPOSE_SSL_CLIENT, 0), 1);
    assert_int_equal(X509_check_purpose(cert, X509_PURPOSE_SSL_SERVER, 0), 0);
    assert_int_equal(X509_check_ca(cert), 0);
    assert_int_equal(ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(cert)), 1);
    assert_in_range(days, 20 * 365 - 1, 20 * 365);
    assert_true(ASN1_STRING_length(X509_get0_serialNumber(cert)) >= 8);
}

static void test_device_certificate(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char der[4096];
    const unsigned char *p = reply.body + 4 + SID_CHARS;
    char sid[SID_BYTES];
    X509 *cert;

    (void)state;
    assert_non_null(key);
    expected_sid(key, sid);
    assert_int_equal(
        ask(KEEPER_PEER_API, BUS_ISSUE_DEVICE_CERT, der, request_make(key, key, EVP_sha256(), der)), ST_OK);
    assert_memory_equal(reply.body + 4, sid, SID_CHARS);
    cert = d2i_X509(NULL, &p, (long)(reply.len - 4 - SID_CHARS));
    assert_non_null(cert);
    assert_ptr_equal(p, reply.body + reply.len);
    check_device_cert(cert, key, sid);
    X509_free(cert);
    EVP_PKEY_free(key);
}

static void expect_refused(EVP_PKEY *subject, EVP_PKEY *signer, const EVP_MD *md)
{
    unsigned char der[4096];

    assert_int_equal(ask(KEEPER_PEER_API, BUS_ISSUE_DEVICE_CERT, der, request_make(subject, signer, md, der)),
                     ST_INVALID);
    assert_true(reply.len > 4 + 10); /* words */
}

static void test_bad_requests_are_refused(void **state)
{
    EVP_PKEY *p256 = EVP_EC_gen("P-256"), *other = EVP_EC_gen("P-256"), *p384 = EVP_EC_gen("P-384");
    EVP_PKEY *rsa = EVP_RSA_gen(1024), *ed = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    unsigned char der[4096];
    size_t len;

    (void)state;
    assert_true(p256 != NULL && other != NULL && p384 != NULL && rsa != NULL && ed != NULL);
    expect_refused(p256, other, EVP_sha256()); /* not the owner of the key */
    expect_refused(p256, p256, EVP_sha1());
    expect_refused(p384, p384, EVP_sha256());
    expect_refused(rsa, rsa, EVP_sha256());
    expect_refused(ed, ed, NULL);
    len = request_make(p256, p256, EVP_sha256(), der);
    der[len] = 0;
    assert_int_equal(ask(KEEPER_PEER_API, BUS_ISSUE_DEVICE_CERT, der, len + 1),
                     ST_INVALID); /* something behind it */
    assert_int_equal(ask(KEEPER_PEER_API, BUS_ISSUE_DEVICE_CERT, der, len - 1), ST_INVALID);
    EVP_PKEY_free(p256);
    EVP_PKEY_free(other);
    EVP_PKEY_free(p384);
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(ed);
}

static void test_mutated_requests_never_crash(void **state)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char good[4096], bad[4096];
    const size_t len = request_make(key, key, EVP_sha256(), good);

    (void)state;
    srand(20260131);
    for (int i = 0; i < 3000; i++) {
        memcpy(bad, good, len);
        for (int flips = 1 + rand() % 3; flips > 0; flips--)
            bad[(size_t)rand() % len] ^= (unsigned char)(1 << rand() % 8);
        if (memcmp(bad, good, len) != 0)
            assert_int_equal(ask(KEEPER_PEER_API, BUS_ISSUE_DEVICE_CERT, bad, len - (size_t)(rand() % 2)),
                             ST_INVALID);
    }
    EVP_PKEY_free(key);
}

static void test_first_account(void **state)
{
    struct store_credential credential;
    char json[1024], sid[SID_BYTES], token[65], again[1024];
    unsigned char digest[32];
    struct store *store;
    struct stat st;
    size_t len, again_len;

    (void)state;
    assert_int_equal(keeper_admin_prepare(&conf), ST_OK);
    assert_int_equal(stat(path_of(PATH_ADMIN), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(file_read(path_of(PATH_ADMIN), json, sizeof json - 1, &len), ST_OK);
    json[len] = '\0';
    assert_int_equal(
        sscanf(json, "{ \"account_sid\": \"%34[^\"]\", \"auth_token\": \"%64[^\"]\"", sid, token), 2);
    assert_true(sid_is(sid, "AC"));
    assert_int_equal(strlen(token), 64);
    assert_int_equal(store_open(path_of(PATH_STORE), STORE_FULL, false, &store, again, sizeof again), ST_OK);
    assert_int_equal(store_credential_get(store, sid, &credential), ST_OK);
    crypto_sha256(token, strlen(token), digest);
    assert_memory_equal(credential.secret_sha256, digest, sizeof digest);
    store_close(store);
    assert_int_equal(keeper_admin_prepare(&conf), ST_OK); /* the second start changes nothing */
    assert_int_equal(file_read(path_of(PATH_ADMIN), again, sizeof again, &again_len), ST_OK);
    assert_int_equal(len, again_len);
    assert_memory_equal(json, again, len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files_have_strict_modes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_second_start_keeps_the_keys, setup, teardown),
        cmocka_unit_test_setup_teardown(test_crash_between_key_and_certificate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_damage_is_refused_not_repaired, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_of_another_certificate_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gateway_certificate_follows_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gateway_certificate_is_renewed_in_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_manifest_signature_verifies, setup, teardown),
        cmocka_unit_test_setup_teardown(test_new_keys_signature_is_no_manifest_signature, setup, teardown),
        cmocka_unit_test_setup_teardown(test_server_ca_rolls_over, setup, teardown),
        cmocka_unit_test_setup_teardown(test_server_ca_steps_may_be_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_table_refuses, setup, teardown),
        cmocka_unit_test_setup_teardown(test_device_certificate, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bad_requests_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mutated_requests_never_crash, setup, teardown),
        cmocka_unit_test_setup_teardown(test_first_account, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
