/* SPDX-License-Identifier: Apache-2.0 */
/* What the server answers to a device's request: the right answer, and every wrong one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base16.h"
#include "base/base64.h"
#include "base/status.h"
#include "crypto/sha256.h"
#include "json/doc.h"
#include "keys_fake.h"
#include "prov/certify.h"
#include "proto/codec/codec.h"

#define NOW_US 1700000000000000u

static struct keys *device, *fleet;
static unsigned char csr[1024];
static size_t csr_len;
static char sid[35], other_sid[] = "UV00112233445566778899aabbccddeeff";
static struct fail fail;
static struct certified certified;
static const struct certify_options as_told;

/* What stands in the answer; set_up makes the right one, tests spoil a part. */
static struct {
    const char *sid, *server_name, *host, *signer;
    char *certificate, *server_ca;
    long long port;
    size_t signers;
} parts;
static char signer_text[BASE64_CHARS(65) + 1];

static struct doc *make_answer(void)
{
    struct doc *answer = doc_new_object(), *p = doc_new_object(), *gateway = doc_new_object();
    struct doc *signers = doc_new_array(), *holder = doc_new_object();

    doc_set_text(holder, "text", parts.signer);
    for (size_t i = 0; i < parts.signers; i++)
        doc_add_borrowed(signers, doc_get(holder, "text"));
    doc_set_text(gateway, "host", parts.host);
    doc_set_int(gateway, "port", parts.port);
    doc_set_text(gateway, "server_name", parts.server_name);
    doc_set_text(p, "certificate", parts.certificate);
    doc_set_text(p, "server_ca", parts.server_ca);
    doc_set_text(p, "claim_code", "0123-4567-89AB-CDEF");
    doc_set_doc(p, "gateway", gateway);
    doc_set_doc(p, "app_signers", signers);
    doc_set_text(answer, "sid", parts.sid);
    doc_set_doc(answer, "provisioning", p);
    doc_free(holder);
    return answer;
}

static int answer_with(const struct certify_options *options)
{
    struct doc *answer = make_answer();
    int status = certify_answer(answer, csr, csr_len, options, NOW_US, &certified, &fail);

    doc_free(answer);
    return status;
}

static void assert_refused(const char *words)
{
    assert_int_equal(answer_with(&as_told), CLI_FORMAT);
    if (!strstr(fail.text, words))
        fail_msg("\"%s\" does not say \"%s\"", fail.text, words);
}

static void the_device_gets_what_it_needs(void **state)
{
    otr_Provision p;

    (void)state;
    assert_int_equal(answer_with(&as_told), CLI_OK);
    assert_string_equal(certified.sid, sid);
    assert_string_equal(certified.gateway, "gw.example:8883");
    assert_string_equal(certified.claim, "0123-4567-89AB-CDEF");
    assert_int_equal(codec_provision_decode(certified.provision, certified.provision_len, &p), CODEC_OK);
    assert_string_equal(p.device_sid, sid);
    assert_string_equal(p.gateway_host, "gw.example");
    assert_int_equal(p.gateway_port, 8883);
    assert_string_equal(p.server_name, "gateway.outrigger.internal");
    assert_int_equal(p.app_signers_count, 2);
    assert_int_equal(p.app_signers[1].size, 65);
    assert_int_equal(p.wall_time_us, NOW_US);
    assert_true(p.device_cert.size > 100 && p.server_ca.size > 100);
}

static void the_gateway_can_be_overridden_but_not_its_name(void **state)
{
    struct certify_options o = { .gateway_host = "10.0.2.2", .gateway_port = 9 };
    otr_Provision p;

    (void)state;
    assert_int_equal(answer_with(&o), CLI_OK);
    assert_int_equal(codec_provision_decode(certified.provision, certified.provision_len, &p), CODEC_OK);
    assert_string_equal(p.gateway_host, "10.0.2.2");
    assert_int_equal(p.gateway_port, 9);
    assert_string_equal(p.server_name, "gateway.outrigger.internal");
}

static void a_certificate_for_another_key_or_name_is_refused(void **state)
{
    struct keys *other = keys_new("P-256");
    char *right = parts.certificate;

    (void)state;
    parts.certificate = keys_certificate_pem(other, fleet, sid);
    assert_refused("another key");
    free(parts.certificate);
    parts.certificate = keys_certificate_pem(device, fleet, other_sid);
    assert_refused(other_sid);
    free(parts.certificate);
    parts.certificate = right;
    parts.sid = other_sid;
    assert_refused(other_sid);
    keys_free(other);
}

static void an_answer_with_a_part_missing_or_wrong_is_refused(void **state)
{
    static char no_pem[] = "no certificate", long_host[65];

    (void)state;
    memset(long_host, 'h', sizeof(long_host) - 1);
    char *certificate = parts.certificate, *ca = parts.server_ca;

    parts.certificate = no_pem;
    assert_refused("provisioning.certificate");
    parts.certificate = certificate;
    parts.server_ca = NULL;
    assert_refused("provisioning.server_ca");
    parts.server_ca = ca;
    parts.host = long_host;
    assert_refused("provisioning.gateway.host");
    parts.host = NULL;
    assert_refused("provisioning.gateway.host");
    parts.host = "h";
    parts.port = 65536;
    assert_refused("port");
    parts.port = 1;
    parts.server_name = "";
    assert_refused("server_name");
    parts.server_name = "n";
    parts.signers = 0;
    assert_refused("0 application signers");
    parts.signers = 5;
    assert_refused("5 application signers");
    parts.signers = 1;
    parts.signer = "Zm9v";
    assert_refused("signer 0");
    parts.sid = NULL;
    assert_refused("\"sid\"");
}

static void a_request_that_is_damaged_is_refused(void **state)
{
    (void)state;
    csr[csr_len - 3] ^= 1;
    assert_refused("signature");
    csr[csr_len - 3] ^= 1;
    csr_len--;
    assert_refused("PKCS#10");
    csr_len++;
}

static int set_up(void **state)
{
    unsigned char point[65], digest[32];

    (void)state;
    device = keys_new("P-256");
    fleet = keys_new("P-256");
    csr_len = keys_request(device, csr, sizeof(csr));
    keys_point(device, point);
    sha256_of(point, sizeof(point), digest);
    memcpy(sid, "UV", 3);
    base16_encode(digest, 16, sid + 2);
    base64_to_text(point, sizeof(point), signer_text);
    parts.sid = sid;
    parts.server_name = "gateway.outrigger.internal";
    parts.host = "gw.example";
    parts.port = 8883;
    parts.signer = signer_text;
    parts.signers = 2;
    parts.certificate = keys_certificate_pem(device, fleet, sid);
    parts.server_ca = keys_certificate_pem(fleet, fleet, "server CA");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(parts.certificate);
    free(parts.server_ca);
    keys_free(device);
    keys_free(fleet);
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_device_gets_what_it_needs),
        TEST(the_gateway_can_be_overridden_but_not_its_name),
        TEST(a_certificate_for_another_key_or_name_is_refused),
        TEST(an_answer_with_a_part_missing_or_wrong_is_refused),
        TEST(a_request_that_is_damaged_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
