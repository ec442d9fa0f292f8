/* SPDX-License-Identifier: Apache-2.0 */
/* The fleet CA as judge: invariants V1 and V2 of gw_trust.h, with certificates made at run time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/status.h"
#include "gateway/gw_trust.h"
#include "unit/server/folder_fake.h"
#include "unit/server/gateway_pki_fake.h"

static struct gw_trust *trust;
static EVP_MD *sha256;

static int begin(void **state)
{
    char err[256];

    (void)state;
    (void)folder_make();
    pki_fake_make();
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    return sha256 != NULL &&
                   gw_trust_new(folder_path("pki/fleet_ca.pem"), NULL, &trust, err, sizeof err) == ST_OK
               ? 0
               : -1;
}

static int end(void **state)
{
    (void)state;
    gw_trust_free(trust);
    EVP_MD_free(sha256);
    pki_fake_free();
    folder_remove();
    return 0;
}

static int judge(enum pki_fake_fault fault)
{
    struct pki_fake_device d;
    int rc;

    pki_fake_device_make(&d, fault);
    rc = gw_trust_check(trust, d.certificate, sha256);
    pki_fake_device_free(&d);
    return rc;
}

static void test_accepts_what_the_fleet_ca_signed(void **state)
{
    (void)state;
    assert_int_equal(judge(PKI_GOOD), X509_V_OK);
}

static void test_refuses_another_ca(void **state)
{
    (void)state;
    assert_int_not_equal(judge(PKI_OTHER_CA), X509_V_OK);
    assert_int_equal(gw_trust_counts(trust).known, 0);
}

static void test_refuses_an_expired_certificate_every_time(void **state)
{
    struct pki_fake_device d;

    (void)state;
    pki_fake_device_make(&d, PKI_EXPIRED);
    assert_int_equal(gw_trust_check(trust, d.certificate, sha256), X509_V_ERR_CERT_HAS_EXPIRED);
    assert_int_equal(gw_trust_check(trust, d.certificate, sha256), X509_V_ERR_CERT_HAS_EXPIRED);
    pki_fake_device_free(&d);
}

static void test_verifies_a_returning_certificate_once(void **state)
{
    struct pki_fake_device d;

    (void)state;
    pki_fake_device_make(&d, PKI_GOOD);
    for (int i = 0; i < 3; i++)
        assert_int_equal(gw_trust_check(trust, d.certificate, sha256), X509_V_OK);
    assert_int_equal(gw_trust_counts(trust).verified, 1);
    assert_int_equal(gw_trust_counts(trust).known, 2);
    pki_fake_device_free(&d);
}

/* A certificate that differs in one bit anywhere is not the one that is known (V2). */
static void test_refuses_every_altered_copy_of_a_known_certificate(void **state)
{
    struct pki_fake_device d;
    unsigned char *der = NULL;
    unsigned parsed = 0;
    int len;

    (void)state;
    pki_fake_device_make(&d, PKI_GOOD);
    assert_int_equal(gw_trust_check(trust, d.certificate, sha256), X509_V_OK);
    len = i2d_X509(d.certificate, &der);
    assert_true(len > 0);
    for (int bit = 0; bit < len * 8; bit++) {
        const unsigned char *p = der;
        X509 *altered;

        der[bit / 8] ^= (unsigned char)(1 << bit % 8);
        altered = d2i_X509(NULL, &p, len);
        if (altered != NULL) {
            parsed++;
            assert_int_not_equal(gw_trust_check(trust, altered, sha256), X509_V_OK);
        }
        X509_free(altered);
        der[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    ERR_clear_error();
    assert_true(parsed > 1000); /* else nothing was tried */
    OPENSSL_free(der);
    pki_fake_device_free(&d);
}

static void test_names_a_useless_ca_file(void **state)
{
    struct gw_trust *none = NULL;
    char err[256] = "";

    (void)state;
    /* a certificate, but not of a CA */
    assert_int_equal(gw_trust_new(folder_path("pki/gateway.pem"), NULL, &none, err, sizeof err), ST_INVALID);
    assert_non_null(strstr(err, "gateway.pem"));
    assert_int_equal(gw_trust_new(folder_path("pki/nothing.pem"), NULL, &none, err, sizeof err), ST_INVALID);
    assert_null(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accepts_what_the_fleet_ca_signed, begin, end),
        cmocka_unit_test_setup_teardown(test_refuses_another_ca, begin, end),
        cmocka_unit_test_setup_teardown(test_refuses_an_expired_certificate_every_time, begin, end),
        cmocka_unit_test_setup_teardown(test_verifies_a_returning_certificate_once, begin, end),
        cmocka_unit_test_setup_teardown(test_refuses_every_altered_copy_of_a_known_certificate, begin, end),
        cmocka_unit_test_setup_teardown(test_names_a_useless_ca_file, begin, end),
    };

    return cmocka_run_group_tests_name("gateway_trust", tests, NULL, NULL);
}
