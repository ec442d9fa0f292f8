/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the header of a microvisor image; bundle_image.h says what it is for. */
#include "proto/bundle/bundle_image.h"

#include <string.h>

/* Offsets of the header's words. */
#define AT_MAGIC        0u
#define AT_FORMAT       4u
#define AT_HEADER_BYTES 8u
#define AT_BODY_BYTES   12u
#define AT_LOAD_ADDRESS 16u
#define AT_NUMBER       20u
#define AT_RATCHET      24u

#define MAGIC  0x4252544fu /* "OTRB" */
#define FORMAT 1u

static uint32_t word(const uint8_t *header, unsigned at)
{
    return (uint32_t)header[at] | (uint32_t)header[at + 1] << 8 | (uint32_t)header[at + 2] << 16 |
           (uint32_t)header[at + 3] << 24;
}

enum bundle_image_fault bundle_image_read(const uint8_t *header, uint32_t file_bytes,
                                          struct bundle_image *out)
{
    if (file_bytes < IMAGE_HEADER_BYTES || word(header, AT_MAGIC) != MAGIC)
        return IMAGE_NOT_IMAGE;
    if (word(header, AT_FORMAT) != FORMAT || word(header, AT_HEADER_BYTES) != IMAGE_HEADER_BYTES)
        return IMAGE_FORMAT;
    if (word(header, AT_BODY_BYTES) != file_bytes - IMAGE_HEADER_BYTES ||
        file_bytes < IMAGE_HEADER_BYTES + IMAGE_BODY_BYTES_MIN || file_bytes > MICROVISOR_IMAGE_MAX_BYTES)
        return IMAGE_SIZE;
    out->body_bytes = word(header, AT_BODY_BYTES);
    out->load_address = word(header, AT_LOAD_ADDRESS);
    out->number = word(header, AT_NUMBER);
    out->ratchet = word(header, AT_RATCHET);
    memcpy(out->signature, header + IMAGE_SIGNED_BYTES, P256_SIG_BYTES);
    return IMAGE_OK;
}

const char *bundle_image_fault_text(enum bundle_image_fault fault)
{
    static const char *const texts[] = {
        [IMAGE_OK] = "ok",
        [IMAGE_NOT_IMAGE] =
            "not a signed microvisor image: it does not begin with a header of 256 bytes with the magic OTRB",
        [IMAGE_FORMAT] = "a microvisor image of a format that is not known; known is format 1",
        [IMAGE_SIZE] =
            "the size in the image's header is not that of the file, or not within 320 and 520192 bytes",
    };
    unsigned index = (unsigned)fault;

    return index < sizeof(texts) / sizeof(texts[0]) ? texts[index] : "unknown fault";
}
