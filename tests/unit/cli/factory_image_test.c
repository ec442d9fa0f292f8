/* SPDX-License-Identifier: Apache-2.0 */
/* Factory images: what goes in, what a device would make of it, and every way to be refused. */
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

#include "base/file.h"
#include "base/mem.h"
#include "base/status.h"
#include "bundle/pack.h"
#include "bundle/pack_zip.h"
#include "core/boot/boot_image.h"
#include "core/boot/boot_ratchet.h"
#include "crypto/p256.h"
#include "device_fw/ports/image/image.h"
#include "factory/image.h"
#include "keys_fake.h"

#define BOARD      "mps2_an505"
#define BODY_BYTES 1000u
#define ROM_BYTES  (2u * BLOCK_BYTES + 77)

static char folder[] = "/tmp/outrigger-factory-XXXXXX";
static char key_path[80], other_key_path[80], out_path[80], microvisor_path[80], app_path[80], test_path[80],
    boot0_path[80];
static struct fail fail;
static struct image_signers signers;
static struct image_result result;
static struct image_files files;

static void write_file(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(path, "wb");

    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void make_key(const char *path)
{
    struct keys *keys = keys_new("P-256");
    char *pem = keys_private_pem(keys);

    write_file(path, pem, strlen(pem));
    free(pem);
    keys_free(keys);
}

/* A microvisor whose header the board's boot0 would take, signed with key_path; the change is made before. */
static void make_microvisor(void (*change)(struct boot_image_header *header))
{
    struct boot_image_header header = { BOOT_IMAGE_MAGIC,
                                        BOOT_IMAGE_FORMAT,
                                        BOOT_IMAGE_HEADER_BYTES,
                                        BODY_BYTES,
                                        MAP_MICROVISOR_CODE,
                                        203,
                                        3,
                                        { 0 },
                                        { 0 } };
    const uint32_t vectors[2] = { MAP_MICROVISOR_RAM + 0x400, MAP_MICROVISOR_CODE + 0x101 };
    unsigned char image[sizeof(header) + BODY_BYTES], text[BOOT_IMAGE_SIGNED_BYTES + BODY_BYTES];
    struct p256_key *key;

    memset(image, 0x5a, sizeof(image));
    memcpy(image + sizeof(header), vectors, sizeof(vectors));
    if (change)
        change(&header);
    memcpy(text, &header, BOOT_IMAGE_SIGNED_BYTES);
    memcpy(text + BOOT_IMAGE_SIGNED_BYTES, image + sizeof(header), BODY_BYTES);
    assert_int_equal(p256_key_read(key_path, &key, &fail), CLI_OK);
    assert_int_equal(p256_sign(key, text, sizeof(text), header.signature, &fail), CLI_OK);
    p256_key_free(key);
    memcpy(image, &header, sizeof(header));
    write_file(microvisor_path, image, sizeof(image));
}

/* seed tells applications apart; key NULL leaves the bundle unsigned. */
static void make_bundle(const char *path, unsigned char seed, const char *key, bool has_block_list)
{
    const struct pack_options options = { .has_block_list = has_block_list };
    unsigned char rom[ROM_BYTES];
    struct p256_key *signer;
    struct pack *pack = mem_new(sizeof(*pack));

    for (size_t i = 0; i < sizeof(rom); i++)
        rom[i] = (unsigned char)(i * 7 + i / 256 + seed);
    assert_int_equal(pack_make(rom, sizeof(rom), &options, pack, &fail), CLI_OK);
    if (key) {
        assert_int_equal(p256_key_read(key, &signer, &fail), CLI_OK);
        assert_int_equal(pack_sign(pack, signer, &fail), CLI_OK);
        p256_key_free(signer);
    }
    assert_int_equal(pack_zip_write(pack, path, &fail), CLI_OK);
    pack_clear(pack);
    mem_free(pack);
}

/* boot0: some code, and the public half of the key somewhere in it. */
static void make_boot0(const char *key)
{
    unsigned char boot0[600], point[P256_POINT_BYTES];

    memset(boot0, 0xc3, sizeof(boot0));
    assert_int_equal(p256_public_read(key, point, &fail), CLI_OK);
    memcpy(boot0 + 301, point + 1, P256_POINT_BYTES - 1);
    write_file(boot0_path, boot0, sizeof(boot0));
}

static int make(void)
{
    mem_free(result.boot0);
    return image_files_make(BOARD, &files, &signers, &result, &fail);
}

static void assert_refused(const char *words)
{
    struct stat info;

    assert_int_not_equal(make(), CLI_OK);
    if (!strstr(fail.text, words))
        fail_msg("\"%s\" is not in \"%s\"", words, fail.text);
    assert_int_not_equal(stat(out_path, &info), 0); /* nothing was written */
}

static int fresh(void **state)
{
    (void)state;
    (void)unlink(out_path);
    make_microvisor(NULL);
    make_bundle(app_path, 1, key_path, true);
    make_bundle(test_path, 2, key_path, true);
    make_boot0(key_path);
    memset(&signers, 0, sizeof(signers));
    assert_int_equal(image_signers_read(key_path, &signers, &fail), CLI_OK);
    files = (struct image_files){ out_path, NULL, microvisor_path, app_path, test_path };
    return 0;
}

static unsigned char *load_flash(void)
{
    unsigned char *flash;
    size_t len;

    assert_int_equal(file_load(out_path, MAP_FLASH_BYTES, &flash, &len, &fail), CLI_OK);
    assert_int_equal(len, MAP_FLASH_BYTES);
    return flash;
}

static void an_image_holds_what_was_asked_for(void **state)
{
    unsigned char *flash;
    uint32_t ratchet;
    char copy_path[96];

    (void)state;
    files.boot0 = boot0_path;
    assert_int_equal(make(), CLI_OK);
    assert_int_equal(result.facts.microvisor_number, 203);
    assert_int_equal(result.facts.microvisor_ratchet, 3);
    flash = load_flash();
    assert_int_equal(flash[MAP_SLOT_A_OFFSET], BOOT_IMAGE_MAGIC & 0xff);
    assert_int_equal(flash[MAP_SLOT_A_OFFSET + MAP_SLOT_BYTES - BLOCK_BYTES],
                     0xff); /* no trailer: confirmed */
    assert_int_equal(flash[MAP_SLOT_B_OFFSET], 0xff);
    assert_int_equal(flash[MAP_APP_SLOT_OFFSET], 2); /* the test is installed */
    assert_int_equal(flash[MAP_STAGING_OFFSET], 1);  /* production waits beside it */
    image_open(image_board_find(BOARD), flash, 0);
    assert_int_equal(boot_ratchet_read(&ratchet), 0);
    assert_int_equal(ratchet, 3);
    mem_free(flash);
    (void)snprintf(copy_path, sizeof(copy_path), "%s.boot0", out_path);
    assert_string_equal(result.boot0, copy_path);
    assert_int_equal(unlink(copy_path), 0);
}

static void the_same_input_gives_the_same_image(void **state)
{
    char first[65];

    (void)state;
    assert_int_equal(make(), CLI_OK);
    memcpy(first, result.sha256, sizeof(first));
    assert_int_equal(unlink(out_path), 0);
    assert_int_equal(make(), CLI_OK);
    assert_string_equal(result.sha256, first);
}

static void every_combination_of_applications_can_be_made(void **state)
{
    unsigned char *flash;

    (void)state;
    files.test_app = NULL;
    assert_int_equal(make(), CLI_OK);
    flash = load_flash();
    assert_int_equal(flash[MAP_APP_SLOT_OFFSET], 1); /* production alone is installed */
    assert_int_equal(flash[MAP_STAGING_OFFSET], 0xff);
    mem_free(flash);
    assert_int_equal(unlink(out_path), 0);
    files.app = NULL;
    assert_int_equal(make(), CLI_OK);
    assert_int_equal(unlink(out_path), 0);
    files.test_app = test_path;
    assert_int_equal(make(), CLI_OK);
    assert_int_equal(unlink(out_path), 0);
    files.app = app_path;
    make_bundle(app_path, 1, key_path, false);
    make_bundle(test_path, 2, key_path, false);
    assert_int_equal(make(), CLI_OK);
}

static void nothing_is_replaced(void **state)
{
    struct stat info;
    char copy_path[96];

    (void)state;
    assert_int_equal(make(), CLI_OK);
    assert_int_equal(stat(out_path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    files.boot0 = boot0_path;
    assert_int_equal(make(), CLI_IO);
    assert_non_null(strstr(fail.text, "is not replaced"));
    (void)snprintf(copy_path, sizeof(copy_path), "%s.boot0", out_path);
    assert_int_not_equal(stat(copy_path, &info), 0);
}

static void bundles_that_a_device_would_not_run_are_refused(void **state)
{
    (void)state;
    make_bundle(app_path, 1, NULL, true);
    assert_refused("is not signed");
    make_bundle(app_path, 1, other_key_path, true);
    assert_refused("the production application is signed by none of the accepted signers");
    make_bundle(app_path, 1, key_path, true);
    files.test_app = app_path;
    assert_refused("are the same");
    files.test_app = test_path;
    make_bundle(test_path, 2, other_key_path, true);
    assert_refused("the test application is signed by none");
    write_file(test_path, "no zip", 6);
    assert_refused("not a zip file");
    files.test_app = "/nowhere/at/all";
    assert_refused("cannot open /nowhere");
}

/* The device's own code judges: a bundle whose files were exchanged after the check cannot get through it. */
static void what_the_manifest_does_not_sign_is_refused(void **state)
{
    struct pack *pack = mem_new(sizeof(*pack));
    unsigned char *flash = mem_new(factory_image_bytes(BOARD)), *microvisor;
    struct factory_image_app app = { .layer_count = 1 };
    struct factory_image image = { .board = BOARD, .signer_count = 1, .app = &app };
    struct factory_image_facts facts;
    char why[200];
    size_t len;

    (void)state;
    assert_int_equal(pack_zip_load(app_path, pack, &fail), CLI_OK);
    assert_int_equal(file_load(microvisor_path, 100000, &microvisor, &len, &fail), CLI_OK);
    image.microvisor = microvisor;
    image.microvisor_bytes = (uint32_t)len;
    image.signers = (const unsigned char(*)[P256_POINT_BYTES])signers.points;
    app.manifest = pack->manifest_bytes;
    app.manifest_bytes = (uint32_t)pack->manifest_len;
    app.layers[0].bytes = pack->files[0].data;
    app.layers[0].length = (uint32_t)pack->files[0].len;
    assert_true(factory_image_make(&image, flash, &facts, why, sizeof(why)));
    pack->files[0].data[ROM_BYTES - 1] ^= 1;
    assert_false(factory_image_make(&image, flash, &facts, why, sizeof(why)));
    assert_string_equal(why, "a device would not run what this image holds");
    pack->files[0].data[ROM_BYTES - 1] ^= 1;
    app.layers[0].length--;
    assert_false(factory_image_make(&image, flash, &facts, why, sizeof(why)));
    app.layers[0].length++;
    app.layer_count = 2;
    assert_false(factory_image_make(&image, flash, &facts, why, sizeof(why)));
    app.layer_count = 1;
    for (size_t i = 0; i < pack->manifest_len; i += 5) {
        pack->manifest_bytes[i] ^= 0x10;
        assert_false(factory_image_make(&image, flash, &facts, why, sizeof(why)));
        pack->manifest_bytes[i] ^= 0x10;
    }
    image.board = "none";
    assert_false(factory_image_make(&image, flash, &facts, why, sizeof(why)));
    mem_free(microvisor);
    mem_free(flash);
    pack_clear(pack);
    mem_free(pack);
}

static void change_address(struct boot_image_header *header)
{
    header->load_address += 4;
}

static void change_length(struct boot_image_header *header)
{
    header->body_bytes--;
}

static void microvisors_that_boot0_would_not_start_are_refused(void **state)
{
    (void)state;
    make_microvisor(change_address);
    assert_refused("linked for another address");
    make_microvisor(change_length);
    assert_refused("body size out of range");
    write_file(microvisor_path, "OTRB", 4);
    assert_refused("no signed image for board " BOARD);
}

static void a_boot0_of_another_root_key_is_refused(void **state)
{
    (void)state;
    files.boot0 = boot0_path;
    make_boot0(other_key_path);
    assert_refused("with a root key that has signed that microvisor");
    write_file(boot0_path, "x", 1);
    assert_refused("with a root key");
    write_file(boot0_path, "\177ELF", 4);
    assert_refused(boot0_path);
}

static void signers_are_one_to_four_keys(void **state)
{
    char list[512];

    (void)state;
    memset(&signers, 0, sizeof(signers));
    (void)snprintf(list, sizeof(list), "%s,%s", key_path, other_key_path);
    assert_int_equal(image_signers_read(list, &signers, &fail), CLI_OK);
    assert_int_equal(signers.count, 2);
    assert_int_equal(image_signers_read(list, &signers, &fail), CLI_OK);
    assert_int_equal(image_signers_read(key_path, &signers, &fail), CLI_USAGE);
    signers.count = 0;
    assert_int_equal(image_signers_read("", &signers, &fail), CLI_IO);
    signers.count = 0;
    assert_refused("a device takes 1 to 4 signers");
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(key_path, sizeof(key_path), "%s/key.pem", folder);
    (void)snprintf(other_key_path, sizeof(other_key_path), "%s/other.pem", folder);
    (void)snprintf(out_path, sizeof(out_path), "%s/flash", folder);
    (void)snprintf(microvisor_path, sizeof(microvisor_path), "%s/microvisor.img", folder);
    (void)snprintf(app_path, sizeof(app_path), "%s/app.zip", folder);
    (void)snprintf(test_path, sizeof(test_path), "%s/test.zip", folder);
    (void)snprintf(boot0_path, sizeof(boot0_path), "%s/boot0", folder);
    make_key(key_path);
    make_key(other_key_path);
    return 0;
}

static int tear_down(void **state)
{
    const char *const made[] = { key_path, other_key_path, out_path,  microvisor_path,
                                 app_path, test_path,      boot0_path };

    (void)state;
    mem_free(result.boot0);
    for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
        (void)unlink(made[i]);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_image_holds_what_was_asked_for, fresh),
        cmocka_unit_test_setup(the_same_input_gives_the_same_image, fresh),
        cmocka_unit_test_setup(every_combination_of_applications_can_be_made, fresh),
        cmocka_unit_test_setup(nothing_is_replaced, fresh),
        cmocka_unit_test_setup(bundles_that_a_device_would_not_run_are_refused, fresh),
        cmocka_unit_test_setup(what_the_manifest_does_not_sign_is_refused, fresh),
        cmocka_unit_test_setup(microvisors_that_boot0_would_not_start_are_refused, fresh),
        cmocka_unit_test_setup(a_boot0_of_another_root_key_is_refused, fresh),
        cmocka_unit_test_setup(signers_are_one_to_four_keys, fresh),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
