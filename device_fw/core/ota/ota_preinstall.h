/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts an application into erased flash without a network, as the update engine would have left it: for factory images. Runs on
 * the machine that makes the image, over its bytes as flash; never called on a device.
 *
 * Keeps R1 to R3 of ota_record.h. What the device makes of the result is ota_mount's to say; the maker of an image asks it.
 */
#ifndef CORE_OTA_PREINSTALL_H
#define CORE_OTA_PREINSTALL_H

#include "core/img/manifest.h"
#include "core/ota/ota_record.h"

/* INSTALLED: in the slot, complete, started at the first boot. STAGED: its blocks wait in the staging area, and it is
 * installed as soon as nothing holds it back (E5 of ota.h). */
enum ota_preinstall_place { OTA_PREINSTALL_INSTALLED, OTA_PREINSTALL_STAGED };

struct ota_preinstall_layer {
    const uint8_t *bytes;
    uint32_t length;
};

struct ota_preinstall {
    uint32_t index; /* of the record, which is erased */
    enum ota_preinstall_place place;
    const struct manifest *manifest; /* accepted by manifest_verify */
    const uint8_t *manifest_bytes;
    uint32_t manifest_length;
    const struct ota_preinstall_layer
        *layers; /* one for each of the manifest, in its order, of the signed hashes */
};

/* Writes the record and its blocks; a staged record is newer than an installed one. Port status; PORT_EINVAL: a layer is
 * empty or larger than its region, or the board has no staging area, or not enough of it. */
int ota_preinstall_write(const struct ota_preinstall *app);

#endif
