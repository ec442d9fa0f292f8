/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of recovery: any text on the serial port; bytes are kept inside the image only, and nothing is stored unjudged. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/crc.h"
#include "core/boot/boot_recovery.h"
#include "port/port_status.h"

#define ROOM 2048u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct boot_recovery recovery;
static uint8_t image[ROOM];
static bool judged_good;
static uint32_t answers; /* line ends */

static void say(const char *text)
{
    for (; *text != '\0'; text++) {
        answers += *text == '\n';
    }
}

static void keep(uint32_t offset, const uint8_t *data, uint32_t length)
{
    if (offset != recovery.have || length > ROOM - offset || offset + length > recovery.total) {
        abort(); /* V2 */
    }
    memcpy(image + offset, data, length);
}

static enum boot_image_fault judge(uint32_t image_bytes, uint32_t *number)
{
    *number = image[0];
    judged_good = crc_update(0, image, image_bytes) % 2 == 0;
    return judged_good ? BOOT_IMAGE_OK : BOOT_IMAGE_BAD_SIGNATURE;
}

static int install(void)
{
    if (!judged_good) {
        abort(); /* V1 */
    }
    return PORT_OK;
}

/* A line with its last nine characters replaced by the right checksum: what noise cannot do, a hostile tool can. */
static uint32_t take_sealed(const uint8_t *line, size_t length)
{
    char checksum[16];
    size_t text = length < 9 ? length : length - 9;
    uint32_t marked = 0;

    (void)snprintf(checksum, sizeof(checksum), " %08x\n", crc_update(0, line, (uint32_t)text));
    for (size_t i = 0; i < text; i++) {
        marked += boot_recovery_take(&recovery, (char)line[i]);
    }
    for (const char *c = checksum; *c != '\0'; c++) {
        marked += boot_recovery_take(&recovery, *c);
    }
    return marked;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct boot_recovery_world world = { "fuzz", ROOM, say, keep, judge, install };
    bool seals = crc_update(0, data, (uint32_t)size) % 4 != 0;
    uint32_t marked = 0;

    answers = 0;
    judged_good = false;
    boot_recovery_start(&recovery, &world);
    for (size_t i = 0, start = 0; i < size && !recovery.installed; i++) {
        if (!seals) {
            marked += boot_recovery_take(&recovery, (char)data[i]);
        } else if (data[i] == '\n') {
            marked += take_sealed(data + start, i - start);
            start = i + 1;
        }
    }
    if (answers != marked || recovery.have > recovery.total || recovery.total > ROOM) {
        abort(); /* V4, V2 */
    }
    return 0;
}
