/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a factory image with the core's functions and has it looked at by them; see factory_image.h. */
#include "factory/factory_image.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/boot/boot_image.h"
#include "core/boot/boot_ratchet.h"
#include "core/factory/factory.h"
#include "core/img/digest.h"
#include "core/img/manifest.h"
#include "core/kv/kv.h"
#include "core/ota/ota.h"
#include "core/ota/ota_preinstall.h"
#include "port/port_flash.h"
#include "port/port_status.h"
#include "ports/image/image.h"

/* Steps of the update engine for one installation: some blocks each, so this is far more than the largest slot needs. */
#define INSTALL_STEPS_MAX 100000u

struct maker {
    const struct factory_image *image;
    const struct image_board *board;
    uint8_t *flash;
    struct factory_image_facts *facts;
    struct manifest_signers signers;
    char *why;
    size_t why_bytes;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct maker *m, const char *format, ...)
{
    va_list words;

    va_start(words, format);
    (void)vsnprintf(m->why, m->why_bytes, format, words); /* cut words are still words */
    va_end(words);
    return false;
}

/* A header and vectors that boot0 accepts; whose key has signed is for boot0 to say. */
static bool check_microvisor(struct maker *m, struct boot_image_header *header)
{
    const struct port_boot_limits *limits = &m->board->microvisor_limits;
    enum boot_image_fault fault = BOOT_IMAGE_NOT_IMAGE;
    uint32_t vectors[2];

    if (m->image->microvisor_bytes >= BOOT_IMAGE_HEADER_BYTES + sizeof(vectors)) {
        memcpy(header, m->image->microvisor, sizeof(*header));
        memcpy(vectors, m->image->microvisor + sizeof(*header), sizeof(vectors));
        fault = boot_image_header_check(header, limits, 0);
        if (fault == BOOT_IMAGE_OK && m->image->microvisor_bytes != sizeof(*header) + header->body_bytes)
            fault = BOOT_IMAGE_BAD_SIZE;
        if (fault == BOOT_IMAGE_OK)
            fault = boot_image_vectors_check(header, vectors[0], vectors[1], limits);
    }
    if (fault != BOOT_IMAGE_OK)
        return refuse(m, "the microvisor is no signed image for board %s: %s", m->board->name,
                      boot_image_fault_text(fault));
    return true;
}

static bool write_microvisor(struct maker *m)
{
    struct boot_image_header header;
    uint32_t offset = m->board->areas[PORT_FLASH_MICROVISOR_A].offset;

    if (!check_microvisor(m, &header))
        return false;
    memset(m->flash, 0xff, m->board->flash_bytes);
    memcpy(m->flash + offset, m->image->microvisor, m->image->microvisor_bytes);
    m->facts->microvisor_number = header.number;
    m->facts->microvisor_ratchet = header.ratchet;
    image_open(m->board, m->flash, header.number);
    if (header.ratchet > 0 && boot_ratchet_raise(header.ratchet) != 0)
        return refuse(m, "the security ratchet of %u cannot be written", header.ratchet);
    return true;
}

static const char *refusal(otr_UpdateError error)
{
    switch (error) {
    case otr_UpdateError_UPDATE_SIGNER_UNKNOWN:
        return "is signed by none of the accepted signers";
    case otr_UpdateError_UPDATE_SIGNATURE:
        return "has a wrong signature";
    case otr_UpdateError_UPDATE_LAYER_REGION:
        return "does not fit the board's application flash";
    case otr_UpdateError_UPDATE_MICROVISOR_OLD:
        return "needs a newer microvisor than that of the image";
    default:
        return "has a manifest that the device does not accept";
    }
}

static bool preinstall(struct maker *m, const char *what, const struct factory_image_app *app, uint32_t index,
                       enum ota_preinstall_place place, uint8_t sha256[SHA256_BYTES])
{
    struct ota_preinstall_layer layers[APP_LAYERS_MAX];
    struct manifest manifest;
    const struct ota_preinstall record = {
        index, place, &manifest, app->manifest, app->manifest_bytes, layers
    };
    otr_UpdateError error;

    digest_bytes(app->manifest, app->manifest_bytes, sha256);
    error = manifest_verify(app->manifest, app->manifest_bytes, sha256, &m->signers, &manifest);
    if (error != otr_UpdateError_UPDATE_OK)
        return refuse(m, "the %s application %s", what, refusal(error));
    if (manifest.content_key.decrypter_id != 0)
        return refuse(
            m, "the %s application has an encrypted layer, which needs a key that devices do not have yet",
            what);
    if (app->layer_count != manifest.layer_count)
        return refuse(m, "the %s application has %u layers, its manifest %u", what, app->layer_count,
                      manifest.layer_count);
    for (uint32_t i = 0; i < manifest.layer_count; i++)
        layers[i] = (struct ota_preinstall_layer){ app->layers[i].bytes, app->layers[i].length };
    return ota_preinstall_write(&record) == 0 || refuse(m, "the %s application cannot be placed", what);
}

/* Production alone is installed; behind a test it waits in the staging area. */
static bool write_apps(struct maker *m)
{
    const struct factory_image *image = m->image;
    struct factory_test test = { .state = FACTORY_TEST_PENDING };

    if (image->test_app != NULL && image->app != NULL && !ota_has_staging())
        return refuse(m, "board %s has no room for an application beside its test", m->board->name);
    if (image->test_app != NULL &&
        !preinstall(m, "test", image->test_app, 0, OTA_PREINSTALL_INSTALLED, m->facts->test_sha256))
        return false;
    if (image->app != NULL &&
        !preinstall(m, "production", image->app, image->test_app != NULL,
                    image->test_app != NULL ? OTA_PREINSTALL_STAGED : OTA_PREINSTALL_INSTALLED,
                    m->facts->app_sha256))
        return false;
    if (memcmp(m->facts->app_sha256, m->facts->test_sha256, SHA256_BYTES) == 0)
        return refuse(m, "test and production application are the same: it would never run after its test");
    memcpy(test.manifest_sha256, m->facts->test_sha256, SHA256_BYTES);
    return image->test_app == NULL || factory_test_store(&test) == 0 ||
           refuse(m, "the test's state cannot be written");
}

static int no_fetch(void *context, uint32_t number, const uint8_t sha256[SHA256_BYTES], uint32_t offset,
                    uint32_t length)
{
    (void)context;
    (void)number;
    (void)sha256;
    (void)offset;
    (void)length;
    return PORT_AGAIN;
}

static void no_cancel(void *context, uint32_t number)
{
    (void)context;
    (void)number;
}

static void no_app_to_stop(void *context)
{
    (void)context;
}

static uint64_t no_app_to_ask(void *context)
{
    (void)context;
    return 0;
}

static void no_report(void *context, enum ota_state from, enum ota_state to)
{
    (void)context;
    (void)from;
    (void)to;
}

static bool runs(struct ota *ota, const uint8_t sha256[SHA256_BYTES])
{
    const struct manifest *installed = ota_installed(ota);

    return installed != NULL && memcmp(installed->sha256, sha256, SHA256_BYTES) == 0 &&
           ota_load_installed(ota, 0) == 0;
}

/* The first boot of a device with this flash, and what its test leads to: without a network, as in the factory. */
static bool play_through(const struct maker *m, struct ota *ota)
{
    static const struct ota_owner owner = { .fetch_open = no_fetch,
                                            .fetch_cancel = no_cancel,
                                            .stop_app = no_app_to_stop,
                                            .install_from = no_app_to_ask,
                                            .changed = no_report };
    static uint8_t blocks[OTA_FETCHES][BLOCK_BYTES];
    static uint8_t points[FACTORY_SIGNERS_MAX][P256_POINT_BYTES];
    struct manifest_signers signers = { (const uint8_t(*)[P256_POINT_BYTES])points, 0, 0, NULL };
    struct factory_test test;

    ota_init(ota, &owner, NULL, blocks);
    if (kv_mount() != 0)
        return false;
    signers.count = factory_signers_load(points);
    factory_test_load(&test);
    if (ota_mount(ota, &signers, &test, 0) != 0)
        return false;
    if (m->image->test_app == NULL)
        return runs(ota, m->facts->app_sha256);
    if (test.state != FACTORY_TEST_PENDING || !runs(ota, m->facts->test_sha256))
        return false;
    ota_test_passed(ota, 0);
    for (uint32_t steps = 0; ota->fsm.state != OTA_IDLE && steps < INSTALL_STEPS_MAX; steps++)
        (void)ota_step(ota, 0);
    return m->image->app == NULL ? ota_installed(ota) == NULL : runs(ota, m->facts->app_sha256);
}

static bool prove(struct maker *m)
{
    uint8_t *copy = malloc(m->board->flash_bytes);
    struct ota *ota = calloc(1, sizeof(*ota));
    bool good = false;

    if (copy != NULL && ota != NULL) {
        memcpy(copy, m->flash, m->board->flash_bytes);
        image_open(m->board, copy, m->facts->microvisor_number);
        good = play_through(m, ota);
    }
    free(ota);
    free(copy);
    return good || refuse(m, "a device would not run what this image holds");
}

const char *factory_image_board(size_t number)
{
    const struct image_board *board = image_board_at(number);

    return board != NULL ? board->name : NULL;
}

size_t factory_image_bytes(const char *name)
{
    const struct image_board *board = image_board_find(name);

    return board != NULL ? board->flash_bytes : 0;
}

bool factory_image_make(const struct factory_image *image, uint8_t *flash, struct factory_image_facts *facts,
                        char *why, size_t why_bytes)
{
    struct maker m = { .image = image,
                       .board = image_board_find(image->board),
                       .flash = flash,
                       .facts = facts,
                       .why = why,
                       .why_bytes = why_bytes };

    memset(facts, 0, sizeof(*facts));
    if (m.board == NULL)
        return refuse(&m, "there is no board %s", image->board);
    m.signers = (struct manifest_signers){ image->signers, image->signer_count, 0, NULL };
    if (!write_microvisor(&m))
        return false;
    if (image->app == NULL && image->test_app == NULL && image->signer_count == 0)
        return true;
    if (kv_mount() != 0 || factory_signers_store(image->signers, image->signer_count) != 0)
        return refuse(&m, "a device takes 1 to %u signers, each a P-256 point", FACTORY_SIGNERS_MAX);
    if (image->app == NULL && image->test_app == NULL)
        return true;
    return write_apps(&m) && prove(&m);
}
