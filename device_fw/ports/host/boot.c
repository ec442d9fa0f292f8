/* SPDX-License-Identifier: Apache-2.0 */
/* What the first stage (device_fw/boot/host) and the build say about the microvisor that this process plays. */
#include "port/port_boot.h"

#include <stddef.h>
#include <stdio.h>

#include "boot_root_key.h" /* made by outrigger-image, never committed */
#include "ports/host/host.h"

/* As on the emulated board, but for the address: an image of the one is none of the other. */
#define LOAD_ADDRESS   0x48010000u
#define BODY_BYTES_MAX 0x28000u
#define RAM_START      0x38000000u
#define RAM_BYTES      0x20000u
#define VERSION_CHARS  31u

static struct host_boot_choice chosen = { .area = PORT_FLASH_AREA_COUNT };
static char version[VERSION_CHARS + 1];
static struct port_boot_build build;

void host_boot_chosen(const struct host_boot_choice *choice)
{
    chosen = *choice;
    build = (struct port_boot_build){ version, choice->number, choice->ratchet, choice->trial_ms };
    snprintf(version, sizeof version, "%u.%u.%u", choice->number / 10000, choice->number / 100 % 100,
             choice->number % 100);
}

bool host_boot_is_mute(void)
{
    return chosen.mute;
}

const struct port_boot_build *port_boot_build(void)
{
    return chosen.area == PORT_FLASH_AREA_COUNT ? &microvisor_build : &build;
}

const struct port_boot_limits *port_boot_limits(void)
{
    static const struct port_boot_limits limits = {
        .load_address = LOAD_ADDRESS,
        .body_bytes_max = BODY_BYTES_MAX,
        .ram_start = RAM_START,
        .ram_end = RAM_START + RAM_BYTES,
    };

    return &limits;
}

enum port_flash_area port_boot_area(void)
{
    return chosen.area;
}

const uint8_t *port_boot_root_key(uint32_t index)
{
    static const uint8_t keys[][65] = BOOT_ROOT_KEYS;

    return index < sizeof keys / sizeof keys[0] ? keys[index] : NULL;
}
