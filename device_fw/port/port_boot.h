/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the first stage did and what it accepts: the microvisor asks here about its own slot and about images that it
 * is to install.
 */
#ifndef PORT_BOOT_H
#define PORT_BOOT_H

#include <stdint.h>

#include "port/port_flash.h"

/* What the microvisor that runs was built as. */
struct port_boot_build {
    const char *version; /* printable ASCII, at most MICROVISOR_VERSION_MAX_CHARS */
    uint32_t number;     /* major * 10,000 + minor * 100 + patch, as in the image's header */
    uint32_t ratchet;    /* security ratchet, as in the image's header */
    uint32_t trial_ms;   /* on trial it gives up when it has not checked in for so long */
};

/* Linked into each image by the build (device_fw/version); ports hand it on. */
extern const struct port_boot_build microvisor_build;

const struct port_boot_build *port_boot_build(void);

/* Where a microvisor image may go and how large it may be, on this board. */
struct port_boot_limits {
    uint32_t load_address;
    uint32_t body_bytes_max;
    uint32_t ram_start;
    uint32_t ram_end;
};

const struct port_boot_limits *port_boot_limits(void);

/* The slot that this microvisor was started from: PORT_FLASH_MICROVISOR_A or _B; PORT_FLASH_AREA_COUNT when it came from
 * neither (a process without images in its flash). */
enum port_flash_area port_boot_area(void);

/* A server has welcomed this microvisor: the first stage forgets the resets by a crash or the watchdog before (E6 of boot_decision.h). */
void port_boot_settled(void);

/* Fused root keys, 65-byte X9.62 uncompressed P-256 points; NULL from the first unused index on. */
const uint8_t *port_boot_root_key(uint32_t index);

#endif
