/* SPDX-License-Identifier: Apache-2.0 */
/* port_crypto against published vectors and against OpenSSL, with damaged inputs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "port/port_crypto.h"
#include "port/port_status.h"
#include "unit/ports/pki_fake.h"

#define DEVICE_NAME "UV00112233445566778899aabbccddeeff"

static void from_hex(const char *hex, uint8_t *out)
{
    for (size_t i = 0; hex[2 * i] != '\0'; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void sha256(const void *data, uint32_t len, uint8_t digest[32])
{
    struct port_sha256 ctx;

    port_sha256_start(&ctx);
    port_sha256_update(&ctx, data, len);
    port_sha256_finish(&ctx, digest);
}

/* FIPS 180-4 examples. */
static void sha256_gives_published_digests(void **state)
{
    static const struct {
        const char *message;
        const char *digest;
    } vectors[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
        uint8_t expected[32];
        uint8_t digest[32];

        from_hex(vectors[i].digest, expected);
        sha256(vectors[i].message, (uint32_t)strlen(vectors[i].message), digest);
        assert_memory_equal(digest, expected, 32);
    }
}

static void sha256_does_not_care_how_data_is_cut(void **state)
{
    uint8_t data[1000];
    uint8_t expected[32];

    (void)state;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7);
    }
    SHA256(data, sizeof data, expected);
    for (uint32_t cut = 0; cut <= sizeof data; cut += 13) {
        struct port_sha256 ctx;
        uint8_t digest[32];

        port_sha256_start(&ctx);
        port_sha256_update(&ctx, data, cut);
        port_sha256_update(&ctx, data + cut, (uint32_t)sizeof data - cut);
        port_sha256_finish(&ctx, digest);
        assert_memory_equal(digest, expected, 32);
    }
}

/* RFC 6979 appendix A.2.5, P-256 with SHA-256, message "sample". */
struct ecdsa_vector {
    uint8_t public_key[65];
    uint8_t digest[32];
    uint8_t sig[64];
};

static struct ecdsa_vector sample_vector(void)
{
    struct ecdsa_vector v;

    v.public_key[0] = 0x04;
    from_hex("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
             "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299",
             v.public_key + 1);
    from_hex("EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
             "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
             v.sig);
    sha256("sample", 6, v.digest);
    return v;
}

static void verify_accepts_the_published_signature(void **state)
{
    struct ecdsa_vector v = sample_vector();

    (void)state;
    assert_true(port_p256_verify(v.public_key, v.digest, v.sig));
}

static void verify_refuses_every_flipped_bit(void **state)
{
    struct ecdsa_vector v = sample_vector();

    (void)state;
    for (size_t i = 0; i < sizeof v.sig * 8; i += 3) {
        v.sig[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_false(port_p256_verify(v.public_key, v.digest, v.sig));
        v.sig[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t i = 0; i < sizeof v.digest * 8; i += 3) {
        v.digest[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_false(port_p256_verify(v.public_key, v.digest, v.sig));
        v.digest[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    for (size_t i = 0; i < sizeof v.public_key * 8; i += 7) {
        v.public_key[i / 8] ^= (uint8_t)(1u << i % 8);
        assert_false(port_p256_verify(v.public_key, v.digest, v.sig));
        v.public_key[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    assert_true(port_p256_verify(v.public_key, v.digest, v.sig));
}

static void verify_refuses_degenerate_signatures(void **state)
{
    static const char order[] = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
    struct ecdsa_vector v = sample_vector();
    uint8_t sig[64];

    (void)state;
    memset(sig, 0, sizeof sig);
    assert_false(port_p256_verify(v.public_key, v.digest, sig));
    memcpy(sig, v.sig, sizeof sig);
    memset(sig, 0, 32); /* r = 0 */
    assert_false(port_p256_verify(v.public_key, v.digest, sig));
    memcpy(sig, v.sig, sizeof sig);
    from_hex(order, sig + 32); /* s = n */
    assert_false(port_p256_verify(v.public_key, v.digest, sig));
}

static void generated_keys_are_different_and_fit_their_points(void **state)
{
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint8_t other_private[32];
    uint8_t other_public[65];
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *scalar;
    uint8_t expected[65];

    (void)state;
    assert_int_equal(port_p256_generate(private_key, public_key), PORT_OK);
    assert_int_equal(port_p256_generate(other_private, other_public), PORT_OK);
    assert_memory_not_equal(private_key, other_private, 32);
    scalar = BN_bin2bn(private_key, 32, NULL);
    assert_int_equal(EC_POINT_mul(group, point, scalar, NULL, NULL, NULL), 1);
    assert_int_equal(EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, expected, 65, NULL), 65);
    assert_memory_equal(public_key, expected, 65);
    BN_free(scalar);
    EC_POINT_free(point);
    EC_GROUP_free(group);
}

static void points_belong_to_their_scalars(void **state)
{
    static const uint8_t zero[32];
    uint8_t private_key[32], public_key[65], again[65], order[32];

    (void)state;
    assert_int_equal(port_p256_generate(private_key, public_key), PORT_OK);
    assert_int_equal(port_p256_public(private_key, again), PORT_OK);
    assert_memory_equal(public_key, again, 65);
    assert_int_equal(port_p256_public(zero, again), PORT_EINVAL);
    from_hex("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", order);
    assert_int_equal(port_p256_public(order, again), PORT_EINVAL);
}

/* NIST SP 800-38A, F.5.1. */
static void counter_mode_gives_published_text(void **state)
{
    uint8_t key[16], counter[16], text[64], expected[64], piece[21];

    (void)state;
    from_hex("2b7e151628aed2a6abf7158809cf4f3c", key);
    from_hex("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff", counter);
    from_hex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
             "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710",
             text);
    from_hex("874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
             "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee",
             expected);
    port_aes_ctr(key, counter, 0xfcfdfeff, text, sizeof text);
    assert_memory_equal(text, expected, sizeof text);
    memcpy(piece, expected + 32, sizeof piece); /* from the third block on, to the middle of one */
    port_aes_ctr(key, counter, 0xfcfdfeff + 2, text + 32, sizeof piece);
    port_aes_ctr(key, counter, 0xfcfdfeff + 2, piece, sizeof piece);
    assert_memory_equal(text + 32, piece, sizeof piece);
}

/* What OpenSSL makes of a request: its signature, its name, its key. */
static void check_request(const uint8_t *der, int len, const uint8_t public_key[65], const char *common_name)
{
    const unsigned char *at = der;
    X509_REQ *request = d2i_X509_REQ(NULL, &at, len);
    unsigned char *spki = NULL;
    char name[100];

    assert_non_null(request);
    assert_ptr_equal(at, der + len);
    assert_int_equal(X509_REQ_get_version(request), 0);
    assert_int_equal(X509_REQ_verify(request, X509_REQ_get0_pubkey(request)), 1);
    assert_int_equal(X509_NAME_entry_count(X509_REQ_get_subject_name(request)), 1);
    assert_int_equal(
        X509_NAME_get_text_by_NID(X509_REQ_get_subject_name(request), NID_commonName, name, sizeof name),
        (int)strlen(common_name));
    assert_string_equal(name, common_name);
    assert_int_equal(i2d_PUBKEY(X509_REQ_get0_pubkey(request), &spki), 91);
    assert_memory_equal(spki + 26, public_key, 65);
    OPENSSL_free(spki);
    X509_REQ_free(request);
}

static void openssl_accepts_our_requests(void **state)
{
    (void)state;
    /* Signatures differ in length: with enough keys every form of their integers occurs. */
    for (unsigned i = 0; i < 64; i++) {
        uint8_t private_key[32];
        uint8_t public_key[65];
        uint8_t der[512];
        int len;

        assert_int_equal(port_p256_generate(private_key, public_key), PORT_OK);
        len = port_p256_csr(private_key, public_key, DEVICE_NAME, der, sizeof der);
        assert_true(len > 0);
        check_request(der, len, public_key, DEVICE_NAME);
    }
}

static void request_fits_or_says_so(void **state)
{
    static const char long_name[] = "0123456789012345678901234567890123456789012345678901234567890123";
    uint8_t private_key[32];
    uint8_t public_key[65];

    (void)state;
    assert_int_equal(port_p256_generate(private_key, public_key), PORT_OK);
    for (uint32_t cap = 0; cap < 320; cap++) {
        uint8_t *der = malloc(cap + 1); /* exact size: the sanitizer sees a byte too many */
        uint8_t *exact = realloc(der, cap > 0 ? cap : 1);
        int len = port_p256_csr(private_key, public_key, long_name, exact, cap);

        assert_true(len == PORT_ENOSPC || len > 0);
        if (len > 0) {
            assert_true((uint32_t)len <= cap);
            check_request(exact, len, public_key, long_name);
        }
        free(exact);
    }
}

static void request_refuses_names_that_are_none(void **state)
{
    char too_long[66];
    uint8_t private_key[32];
    uint8_t public_key[65];
    uint8_t der[512];

    (void)state;
    memset(too_long, 'x', 65);
    too_long[65] = '\0';
    assert_int_equal(port_p256_generate(private_key, public_key), PORT_OK);
    assert_int_equal(port_p256_csr(private_key, public_key, "", der, sizeof der), PORT_EINVAL);
    assert_int_equal(port_p256_csr(private_key, public_key, too_long, der, sizeof der), PORT_EINVAL);
    memset(private_key, 0, sizeof private_key);
    assert_int_equal(port_p256_csr(private_key, public_key, "x", der, sizeof der), PORT_EINVAL);
}

static void certificate_matches_its_own_key_and_name_only(void **state)
{
    struct pki_entity ca, device, other;

    (void)state;
    pki_issue(&ca, NULL, &(struct pki_wish){ .common_name = "CA", .ca = true });
    pki_issue(&device, &ca, &(struct pki_wish){ .common_name = DEVICE_NAME });
    pki_issue(&other, &ca, &(struct pki_wish){ .common_name = DEVICE_NAME });
    assert_int_equal(port_cert_matches(device.der, device.der_len, device.point, DEVICE_NAME), PORT_OK);
    assert_int_equal(port_cert_matches(device.der, device.der_len, other.point, DEVICE_NAME), PORT_EAUTH);
    assert_int_equal(port_cert_matches(device.der, device.der_len, device.point, "UV00"), PORT_EAUTH);
    assert_int_equal(port_cert_matches(device.der, device.der_len, device.point, DEVICE_NAME "0"),
                     PORT_EAUTH);
    assert_int_equal(port_cert_matches(device.der, device.der_len - 1, device.point, DEVICE_NAME),
                     PORT_EAUTH);
    assert_int_equal(port_cert_matches(device.der, device.der_len + 1, device.point, DEVICE_NAME),
                     PORT_EAUTH);
    assert_int_equal(port_cert_matches(device.der, 0, device.point, DEVICE_NAME), PORT_EAUTH);
    pki_clear(&ca);
    pki_clear(&device);
    pki_clear(&other);
}

static void only_a_ca_certificate_is_a_ca(void **state)
{
    struct pki_entity ca, leaf, old, other_curve;
    uint8_t point[65];

    (void)state;
    pki_issue(&ca, NULL, &(struct pki_wish){ .common_name = "CA", .ca = true });
    pki_issue(&leaf, &ca, &(struct pki_wish){ .common_name = "leaf" });
    pki_issue(&old, NULL, &(struct pki_wish){ .common_name = "old", .no_extensions = true });
    pki_issue(&other_curve, NULL, &(struct pki_wish){ .common_name = "P-384", .ca = true, .curve = "P-384" });
    assert_int_equal(port_cert_is_ca(ca.der, ca.der_len, point), PORT_OK);
    assert_memory_equal(point, ca.point, sizeof point);
    assert_int_equal(port_cert_is_ca(leaf.der, leaf.der_len, NULL), PORT_EAUTH);
    assert_int_equal(port_cert_is_ca(old.der, old.der_len, NULL), PORT_EAUTH);
    assert_int_equal(port_cert_is_ca(other_curve.der, other_curve.der_len, NULL), PORT_EAUTH);
    assert_int_equal(port_cert_is_ca(ca.der, ca.der_len + 1, NULL), PORT_EAUTH);
    pki_clear(&ca);
    pki_clear(&leaf);
    pki_clear(&old);
    pki_clear(&other_curve);
}

/* Untrusted DER: cut short anywhere, or with any byte changed, it may be refused or not, but nothing else. */
static void damaged_certificates_do_no_harm(void **state)
{
    struct pki_entity ca;
    unsigned refused = 0;

    (void)state;
    pki_issue(&ca, NULL, &(struct pki_wish){ .common_name = DEVICE_NAME, .ca = true });
    for (uint32_t len = 0; len < ca.der_len; len++) {
        uint8_t *copy = malloc(len > 0 ? len : 1);

        memcpy(copy, ca.der, len);
        assert_int_equal(port_cert_is_ca(copy, len, NULL), PORT_EAUTH);
        assert_int_equal(port_cert_matches(copy, len, ca.point, DEVICE_NAME), PORT_EAUTH);
        free(copy);
    }
    for (uint32_t i = 0; i < ca.der_len; i++) {
        static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

        for (size_t v = 0; v < sizeof values; v++) {
            uint8_t *copy = malloc(ca.der_len);

            memcpy(copy, ca.der, ca.der_len);
            copy[i] = values[v];
            refused += port_cert_is_ca(copy, ca.der_len, NULL) != PORT_OK;
            refused += port_cert_matches(copy, ca.der_len, ca.point, DEVICE_NAME) != PORT_OK;
            free(copy);
        }
    }
    assert_true(refused > 1000);
    assert_int_equal(port_cert_is_ca(ca.der, ca.der_len, NULL), PORT_OK); /* the arena has not leaked */
    pki_clear(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_gives_published_digests),
        cmocka_unit_test(sha256_does_not_care_how_data_is_cut),
        cmocka_unit_test(verify_accepts_the_published_signature),
        cmocka_unit_test(verify_refuses_every_flipped_bit),
        cmocka_unit_test(verify_refuses_degenerate_signatures),
        cmocka_unit_test(generated_keys_are_different_and_fit_their_points),
        cmocka_unit_test(points_belong_to_their_scalars),
        cmocka_unit_test(counter_mode_gives_published_text),
        cmocka_unit_test(openssl_accepts_our_requests),
        cmocka_unit_test(request_fits_or_says_so),
        cmocka_unit_test(request_refuses_names_that_are_none),
        cmocka_unit_test(certificate_matches_its_own_key_and_name_only),
        cmocka_unit_test(only_a_ca_certificate_is_a_ca),
        cmocka_unit_test(damaged_certificates_do_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
