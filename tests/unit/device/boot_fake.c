/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated first stage; see boot_fake.h. */
#include "tests/unit/device/boot_fake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/boot/boot_decision.h"
#include "core/boot/boot_gate.h"
#include "core/boot/boot_ratchet.h"
#include "core/boot/boot_trailer.h"
#include "core/img/digest.h"
#include "port/port_crypto.h"
#include "port/port_power.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/crypto_fake.h"

#define STARTS_MAX 64u

static const struct port_boot_limits limits = {
    .load_address = KERNEL_FAKE_LOAD_ADDRESS,
    .body_bytes_max = 0x10000u,
    .ram_start = KERNEL_FAKE_RAM,
    .ram_end = KERNEL_FAKE_RAM + KERNEL_FAKE_RAM_BYTES,
};

static struct {
    uint32_t slot_bytes;
    enum port_flash_area area;
    enum kernel_fake_life life;
    char version[MICROVISOR_VERSION_MAX_CHARS + 1];
    struct port_boot_build build;
    uint32_t starts[STARTS_MAX]; /* numbers, in the order of starts */
    uint32_t start_count;
    uint32_t falls;
    jmp_buf *restart;
} boot;

/* What boot_fake_watch() asked for, and what was seen since. */
static struct {
    const struct kernel_fake *const *allowed;
    uint8_t running[0x10000]; /* the slot of the microvisor that was started last, without trailer */
    uint32_t ratchet;
    const char *broken;
} watch;

static struct kernel_fake factory;

void boot_fake_slots(uint32_t slot_bytes)
{
    boot.slot_bytes = slot_bytes;
    flash_fake_resize(PORT_FLASH_MICROVISOR_A, slot_bytes);
    flash_fake_resize(PORT_FLASH_MICROVISOR_B, slot_bytes);
    flash_fake_resize(PORT_FLASH_BOOT, slot_bytes > 0 ? 2 * PORT_FLASH_SECTOR_BYTES : 0);
    flash_fake_resize(PORT_FLASH_SELF, slot_bytes > 0 ? PORT_FLASH_SECTOR_BYTES : 0);
}

void boot_fake_factory(uint32_t ratchet)
{
    static uint8_t image[0x10000];

    boot.start_count = boot.falls = 0;
    if (boot.slot_bytes == 0)
        return;
    kernel_fake_make(&factory, BOOT_FAKE_NUMBER, ratchet, KERNEL_FAKE_GOOD,
                     BOOT_FAKE_IMAGE_BYTES_OF(boot.slot_bytes));
    memset(image, 0xff, sizeof(image));
    memcpy(image, factory.image.bytes, factory.image.length);
    if (port_flash_erase(PORT_FLASH_MICROVISOR_A, 0, boot.slot_bytes) != 0 ||
        port_flash_program(PORT_FLASH_MICROVISOR_A, 0, image, boot.slot_bytes - PORT_FLASH_SECTOR_BYTES) != 0)
        abort();
}

const struct kernel_fake *boot_fake_factory_kernel(void)
{
    return &factory;
}

static bool signature_good(enum port_flash_area slot, const struct boot_image_header *header)
{
    static uint8_t body[0x10000];
    const struct bundle_bytes pieces[] = { { header, BOOT_IMAGE_SIGNED_BYTES },
                                           { body, header->body_bytes } };
    uint8_t digest[SHA256_BYTES];

    if (port_flash_read(slot, BOOT_IMAGE_HEADER_BYTES, body, header->body_bytes) != 0)
        return false;
    digest_pieces(pieces, 2, digest);
    for (uint32_t i = 0; port_boot_root_key(i) != NULL; i++)
        if (port_p256_verify(port_boot_root_key(i), digest, header->signature))
            return true;
    return false;
}

static uint32_t judge(void *context, enum port_flash_area slot)
{
    struct boot_image_header header;
    uint32_t floor, vectors[2];

    (void)context;
    if (boot_ratchet_read(&floor) != 0 || port_flash_read(slot, 0, &header, sizeof(header)) != 0 ||
        boot_image_header_check(&header, &limits, floor) != BOOT_IMAGE_OK || !signature_good(slot, &header) ||
        port_flash_read(slot, BOOT_IMAGE_HEADER_BYTES, vectors, sizeof(vectors)) != 0 ||
        boot_image_vectors_check(&header, vectors[0], vectors[1], &limits) != BOOT_IMAGE_OK)
        return BOOT_NO(BOOT_STEP_SIGNATURE);
    return BOOT_YES(BOOT_STEP_SIGNATURE);
}

static void describe(uint32_t number, uint32_t ratchet)
{
    snprintf(boot.version, sizeof(boot.version), "%u.%u.%u", number / 10000, number / 100 % 100,
             number % 100);
    boot.build = (struct port_boot_build){ boot.version, number, ratchet, BOOT_FAKE_TRIAL_MS };
    if (boot.start_count < STARTS_MAX)
        boot.starts[boot.start_count++] = number;
}

static void broken(const char *what)
{
    if (watch.allowed != NULL && watch.broken == NULL)
        watch.broken = what;
}

/* what the flash says now against what was seen at the last start. */
static void look(void)
{
    uint32_t image_bytes = boot.slot_bytes - PORT_FLASH_SECTOR_BYTES;
    uint32_t ratchet;

    if (boot.slot_bytes == 0 || watch.allowed == NULL)
        return;
    if (boot.area != PORT_FLASH_AREA_COUNT &&
        memcmp(watch.running, flash_fake_bytes(boot.area), image_bytes) != 0)
        broken("X-4 the image that runs was written");
    for (uint32_t slot = PORT_FLASH_MICROVISOR_A; slot <= PORT_FLASH_MICROVISOR_B; slot++) {
        const uint8_t *body = flash_fake_bytes((enum port_flash_area)slot) + BOOT_IMAGE_HEADER_BYTES;
        struct boot_trailer trailer;

        if (boot_trailer_read((enum port_flash_area)slot, &trailer) == 0 && trailer.confirmed &&
            !trailer.refused && /* its image may be about to be erased */
            kernel_fake_life_of(body) != KERNEL_FAKE_GOOD && kernel_fake_life_of(body) != KERNEL_FAKE_DECAYS)
            broken("X-7 one that never met the server is confirmed");
    }
    if (boot_ratchet_read(&ratchet) != 0 || ratchet < watch.ratchet)
        broken("X-8 the ratchet fell");
    watch.ratchet = ratchet;
}

void boot_fake_on_write(enum port_flash_area area)
{
    struct boot_trailer trailer;

    if (area == PORT_FLASH_BOOT && boot.area != PORT_FLASH_AREA_COUNT &&
        (boot_trailer_read(boot.area, &trailer) != 0 ||
         boot_decision_role(boot.area, &trailer) != BOOT_ROLE_CONFIRMED))
        broken("X-8 one that is not confirmed raises the ratchet");
}

static bool is_allowed(void)
{
    for (const struct kernel_fake *const *kernel = watch.allowed; *kernel != NULL; kernel++)
        if (memcmp(flash_fake_bytes(boot.area), (*kernel)->image.bytes, (*kernel)->image.length) == 0)
            return true;
    return false;
}

/* A new microvisor is about to run. */
static void watch_start(void)
{
    if (watch.allowed == NULL)
        return;
    if (!is_allowed())
        broken("X-3 another microvisor than those that are allowed was started");
    memcpy(watch.running, flash_fake_bytes(boot.area), boot.slot_bytes - PORT_FLASH_SECTOR_BYTES);
}

void boot_fake_watch(const struct kernel_fake *const *allowed)
{
    boot.area = PORT_FLASH_AREA_COUNT;
    boot.falls = 0;
    memset(&watch, 0, sizeof(watch));
    watch.allowed = allowed;
}

const char *boot_fake_broken(void)
{
    look();
    return watch.broken;
}

static bool start_slot(void)
{
    struct boot_decision decision = boot_decision_make(judge, NULL, boot.falls);
    struct boot_image_header header;
    uint8_t body[64];

    if (decision.role == BOOT_ROLE_NONE)
        return false;
    boot.area = decision.slot;
    if (port_flash_read(boot.area, 0, &header, sizeof(header)) != 0 ||
        port_flash_read(boot.area, BOOT_IMAGE_HEADER_BYTES, body, sizeof(body)) != 0)
        return false;
    boot.life = kernel_fake_life_of(body);
    if (boot.life == KERNEL_FAKE_DECAYS)
        boot.life = decision.role == BOOT_ROLE_CONFIRMED ? KERNEL_FAKE_CRASH : KERNEL_FAKE_GOOD;
    describe(header.number, header.ratchet);
    watch_start();
    return true;
}

static bool power_on(void)
{
    boot.area = PORT_FLASH_AREA_COUNT;
    boot.life = KERNEL_FAKE_GOOD;
    if (boot.slot_bytes == 0) {
        describe(BOOT_FAKE_NUMBER, 0);
        return true;
    }
    for (uint32_t i = 0; i <= BOOT_TRIES_MAX + 2 * BOOT_FALLS_MAX; i++) {
        uint32_t floor;

        if (boot_ratchet_read(&floor) == 0)
            (void)boot_ratchet_raise(floor); /* makes a raise firm that was cut */
        if (!start_slot())
            return false;
        if (boot.life != KERNEL_FAKE_CRASH)
            return true;
        boot.falls++;
    }
    return false;
}

void port_boot_settled(void)
{
    boot.falls = 0;
}

bool boot_fake_power_on(void)
{
    look();
    if (power_on())
        return true;
    broken("X-1 no microvisor can be started");
    return false;
}

uint32_t boot_fake_number(void)
{
    return boot.build.number;
}

enum kernel_fake_life boot_fake_life(void)
{
    return boot.life;
}

uint32_t boot_fake_starts(uint32_t number)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < boot.start_count; i++)
        count += boot.starts[i] == number;
    return count;
}

void boot_fake_catch_restart(jmp_buf *target)
{
    boot.restart = target;
}

void port_restart(uint32_t reason)
{
    board_fake_set_reset_reason(reason);
    if (boot.restart == NULL)
        abort();
    longjmp(*boot.restart, 1);
}

const struct port_boot_build *port_boot_build(void)
{
    if (boot.build.version == NULL)
        describe(BOOT_FAKE_NUMBER, 0);
    return &boot.build;
}

const struct port_boot_limits *port_boot_limits(void)
{
    return &limits;
}

enum port_flash_area port_boot_area(void)
{
    return boot.area;
}

const uint8_t *port_boot_root_key(uint32_t index)
{
    static uint8_t points[2][P256_POINT_BYTES];

    crypto_fake_point(KERNEL_FAKE_ROOT, points[0]);
    crypto_fake_point(KERNEL_FAKE_ROOT_2, points[1]);
    return index < 2 ? points[index] : NULL;
}
