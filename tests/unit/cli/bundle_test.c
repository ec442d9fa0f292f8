/* SPDX-License-Identifier: Apache-2.0 */
/* Bundles: golden vectors of the original's bundler, signing, determinism, and every way to be wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base16.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack.h"
#include "bundle/pack_zip.h"
#include "crypto/p256.h"
#include "crypto/sha256.h"
#include "keys_fake.h"

#define ROM_BYTES 1024

static unsigned char rom[ROM_BYTES];
static char folder[] = "/tmp/outrigger-bundle-XXXXXX";
static char path[80], key_path[80];
static struct fail fail;
static struct pack pack;
static const struct pack_options plain; /* as the original's bundler without options */

static void make(const struct pack_options *options)
{
    pack_clear(&pack);
    assert_int_equal(pack_make(rom, sizeof(rom), options, &pack, &fail), CLI_OK);
}

static void the_golden_manifest_comes_out_byte_for_byte(void **state)
{
    static const char golden[] =
        "12520a4c0a060a04108080401a20785b0751fc2c53dc14a4ce3d800e69ef9ce1009eb327ccf458afe09c"
        "242c26c92220ea653225f12386792650c726075bbff6003a4730aa66fe543c9235303267dc6022002a00";
    char text[2 * MANIFEST_MAX_BYTES + 1];

    (void)state;
    make(&plain);
    base16_encode(pack.manifest_bytes, pack.manifest_len, text);
    assert_string_equal(text, golden);
    assert_int_equal(pack.file_count, 1);
    assert_string_equal(pack.files[0].name,
                        "785b0751fc2c53dc14a4ce3d800e69ef9ce1009eb327ccf458afe09c242c26c9");
    assert_int_equal(pack_check(&pack, &fail), CLI_OK);
    assert_false(pack_is_signed(&pack));
}

static void the_golden_key_id_comes_out(void **state)
{
    unsigned char point[P256_POINT_BYTES];

    (void)state;
    assert_true(base16_decode(
        "04cb12f5b8a41d6ce4790d6017dd6f02303b2f01c0e00f8c6f4091d1ff94419182ad76c493c271a1e6ecfde"
        "f47a42c0632e271a6988b50ab32f19bb78599f9c8d8",
        point, sizeof(point)));
    assert_int_equal(pack_signer_id(point), 0xfafe6c7e9e62f5bf);
}

static void write_text(const char *to, const char *text)
{
    FILE *out = fopen(to, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static void a_signature_verifies_with_its_key_only(void **state)
{
    struct keys *signer = keys_new("P-256"), *other = keys_new("P-256");
    char *pem = keys_private_pem(signer);
    unsigned char point[P256_POINT_BYTES], wrong[P256_POINT_BYTES];
    struct p256_key *key;
    size_t body_at;

    (void)state;
    keys_point(signer, point);
    keys_point(other, wrong);
    write_text(key_path, pem);
    make(&plain);
    assert_int_equal(p256_key_read(key_path, &key, &fail), CLI_OK);
    assert_int_equal(pack_sign(&pack, key, &fail), CLI_OK);
    assert_true(pack_is_signed_by(&pack, point));
    assert_false(pack_is_signed_by(&pack, wrong));
    assert_int_equal(pack_check(&pack, &fail), CLI_OK);
    /* 08 <varint signer> 12 52 <body> 1a 40 <signature> */
    assert_int_equal(pack.manifest_bytes[0], 0x08);
    body_at = pack.manifest_len - 66 - 82;
    assert_memory_equal(pack.manifest_bytes + body_at - 2, "\x12\x52", 2);
    assert_memory_equal(pack.manifest_bytes + pack.manifest_len - 66, "\x1a\x40", 2);
    pack.manifest.body.bytes[5] ^= 1;
    assert_false(pack_is_signed_by(&pack, point));
    p256_key_free(key);
    free(pem);
    keys_free(signer);
    keys_free(other);
}

static void options_reach_the_manifest(void **state)
{
    struct pack_options o = { .has_block_list = true,
                              .minimum_restart_ms = 100,
                              .maximum_restart_ms = 2000,
                              .watchdog_ms = 500,
                              .maximum_politeness_time_s = 60,
                              .minimum_microvisor_version = 7,
                              .connection_grace_time_s = 30,
                              .minimum_check_in_time_s = 3600,
                              .include_stack_bytes = 64 };
    struct pack again;

    (void)state;
    memset(o.debug_key, 4, sizeof(o.debug_key));
    memset(o.crash_key, 4, sizeof(o.crash_key));
    make(&o);
    memset(&again, 0, sizeof(again));
    assert_int_equal(pack_decode(&again, pack.manifest_bytes, pack.manifest_len, &fail), CLI_OK);
    assert_int_equal(again.body.debug.debug_auth_pubkey.size, P256_POINT_BYTES);
    assert_int_equal(again.body.crash.crash_report_pubkey.size, P256_POINT_BYTES);
    assert_int_equal(again.body.crash.include_stack_bytes, 64);
    assert_int_equal(again.body.crash.minimum_restart_ms, 100);
    assert_int_equal(again.body.crash.maximum_restart_ms, 2000);
    assert_int_equal(again.body.crash.watchdog_ms, 500);
    assert_int_equal(again.body.update.maximum_politeness_time_sec, 60);
    assert_int_equal(again.body.update.minimum_kernel_version, 7);
    assert_int_equal(again.body.connectivity.connection_grace_time_sec, 30);
    assert_int_equal(again.body.connectivity.minimum_check_in_time_sec, 3600);
    assert_int_equal(again.body.layers[0].block_list_hash.size, SHA256_BYTES);
    assert_int_equal(pack_check(&pack, &fail), CLI_OK);
}

/* The stack of a crash report needs no key: without one the server can read it. */
static void stack_is_reported_with_or_without_a_key(void **state)
{
    struct pack_options o = { .include_stack_bytes = 64 };
    struct pack again;

    (void)state;
    make(&o);
    memset(&again, 0, sizeof(again));
    assert_int_equal(pack_decode(&again, pack.manifest_bytes, pack.manifest_len, &fail), CLI_OK);
    assert_true(again.body.has_crash);
    assert_int_equal(again.body.crash.include_stack_bytes, 64);
    assert_int_equal(again.body.crash.crash_report_pubkey.size, 0);
}

static void options_that_break_a_rule_are_refused(void **state)
{
    struct pack_options inverted = { .minimum_restart_ms = 2000, .maximum_restart_ms = 100 };
    struct pack_options hasty = { .watchdog_ms = 1 };

    (void)state;
    pack_clear(&pack);
    assert_int_equal(pack_make(rom, sizeof(rom), &inverted, &pack, &fail), CLI_FORMAT);
    assert_int_equal(pack_make(rom, sizeof(rom), &hasty, &pack, &fail), CLI_FORMAT);
    assert_int_equal(pack_make(rom, 0, &plain, &pack, &fail), CLI_FORMAT);
    assert_int_equal(pack_make(rom, APP_FLASH_BYTES, &plain, &pack, &fail), CLI_FORMAT);
}

/* PROTOCOL.md section 6, computed the long way. */
static void the_block_list_hash_is_the_hash_of_padded_blocks(void **state)
{
    unsigned char data[BLOCK_BYTES + 100], padded[2 * BLOCK_BYTES], list[2 * SHA256_BYTES], want[32], got[32];

    (void)state;
    memset(data, 0x5a, sizeof(data));
    memset(padded, 0xff, sizeof(padded));
    memcpy(padded, data, sizeof(data));
    sha256_of(padded, BLOCK_BYTES, list);
    sha256_of(padded + BLOCK_BYTES, BLOCK_BYTES, list + 32);
    sha256_of(list, sizeof(list), want);
    pack_block_list_hash(data, sizeof(data), got);
    assert_memory_equal(got, want, 32);
}

static void reread(struct pack *out, int status)
{
    unsigned char *zip;
    size_t len;

    assert_int_equal(file_load(path, 1 << 20, &zip, &len, &fail), CLI_OK);
    assert_int_equal(pack_zip_read(zip, len, out, &fail), status);
    mem_free(zip);
}

static void a_zip_is_the_same_at_any_time_and_reads_back(void **state)
{
    struct pack_options o = { .has_block_list = true };
    unsigned char *first, *second;
    size_t first_len, second_len;
    struct pack again;

    (void)state;
    make(&o);
    assert_int_equal(setenv("TZ", "UTC-12", 1), 0);
    assert_int_equal(pack_zip_write(&pack, path, &fail), CLI_OK);
    assert_int_equal(file_load(path, 1 << 20, &first, &first_len, &fail), CLI_OK);
    assert_int_equal(setenv("TZ", "UTC+12", 1), 0);
    assert_int_equal(pack_zip_write(&pack, path, &fail), CLI_OK); /* replaces */
    assert_int_equal(file_load(path, 1 << 20, &second, &second_len, &fail), CLI_OK);
    assert_int_equal(first_len, second_len);
    assert_memory_equal(first, second, first_len);
    mem_free(first);
    mem_free(second);
    reread(&again, CLI_OK);
    assert_int_equal(again.manifest_len, pack.manifest_len);
    assert_memory_equal(again.manifest_bytes, pack.manifest_bytes, pack.manifest_len);
    assert_int_equal(pack_check(&again, &fail), CLI_OK);
    pack_clear(&again);
    assert_int_equal(pack_zip_write(&pack, "/nowhere/at/all.zip", &fail), CLI_IO);
}

static void a_zip_damaged_anywhere_never_passes_as_another(void **state)
{
    unsigned char *zip, *copy;
    size_t len, accepted = 0;

    (void)state;
    make(&plain);
    assert_int_equal(pack_zip_write(&pack, path, &fail), CLI_OK);
    assert_int_equal(file_load(path, 1 << 20, &zip, &len, &fail), CLI_OK);
    copy = malloc(len);
    for (size_t cut = 0; cut < len; cut++) {
        struct pack got;

        memcpy(copy, zip, cut);
        assert_int_equal(pack_zip_read(copy, cut, &got, &fail), CLI_FORMAT);
        pack_clear(&got);
    }
    for (size_t at = 0; at < len; at++) {
        struct pack got;

        memcpy(copy, zip, len);
        copy[at] ^= 0x55;
        if (pack_zip_read(copy, len, &got, &fail) == CLI_OK && pack_check(&got, &fail) == CLI_OK) {
            assert_memory_equal(got.manifest_bytes, pack.manifest_bytes,
                                pack.manifest_len); /* times, flags */
            accepted++;
        }
        pack_clear(&got);
    }
    assert_true(accepted < len / 4);
    free(copy);
    mem_free(zip);
}

static void a_bundle_that_contradicts_itself_is_named(void **state)
{
    struct pack_options o = { .has_block_list = true };

    (void)state;
    make(&o);
    pack.files[0].data[7] ^= 1;
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "hash"));
    make(&o);
    pack.body.layers[0].measurement_hash.bytes[0] ^= 1;
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "measurement"));
    make(&o);
    pack.body.layers[0].block_list_hash.bytes[0] ^= 1;
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "block list"));
    make(&o);
    pack.files[0].name[0] ^= 1;
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "not in the bundle"));
    make(&o);
    assert_int_equal(pack_add_file(&pack, "more", mem_new(1), 1, &fail), CLI_OK);
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "\"more\""));
    make(&o);
    pack.manifest.signer_id = 7;
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "not both"));
    make(&o);
    pack.body.layers[0].target.where.internal_flash.size = 2 * APP_FLASH_BYTES;
    assert_int_equal(pack_check(&pack, &fail), CLI_FORMAT);
}

static void manifests_that_cannot_be_decoded_are_refused(void **state)
{
    static const unsigned char garbage[] = { 0x12, 0x02, 0x0a, 0xff };
    static const unsigned char oversized[MANIFEST_MAX_BYTES + 1];
    struct pack got;

    (void)state;
    memset(&got, 0, sizeof(got));
    assert_int_equal(pack_decode(&got, garbage, sizeof(garbage), &fail), CLI_FORMAT);
    assert_int_equal(pack_decode(&got, oversized, sizeof(oversized), &fail), CLI_FORMAT);
}

static int set_up(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rom); i++)
        rom[i] = (unsigned char)i;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/bundle.zip", folder);
    (void)snprintf(key_path, sizeof(key_path), "%s/key.pem", folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    pack_clear(&pack);
    (void)unlink(path);
    (void)unlink(key_path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_manifest_comes_out_byte_for_byte),
        cmocka_unit_test(the_golden_key_id_comes_out),
        cmocka_unit_test(a_signature_verifies_with_its_key_only),
        cmocka_unit_test(options_reach_the_manifest),
        cmocka_unit_test(stack_is_reported_with_or_without_a_key),
        cmocka_unit_test(options_that_break_a_rule_are_refused),
        cmocka_unit_test(the_block_list_hash_is_the_hash_of_padded_blocks),
        cmocka_unit_test(a_zip_is_the_same_at_any_time_and_reads_back),
        cmocka_unit_test(a_zip_damaged_anywhere_never_passes_as_another),
        cmocka_unit_test(a_bundle_that_contradicts_itself_is_named),
        cmocka_unit_test(manifests_that_cannot_be_decoded_are_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
