/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648 section 4, with padding), encoding in pieces and decoding character by character. */
#ifndef CORE_BASE64_H
#define CORE_BASE64_H

#include <stdbool.h>
#include <stdint.h>

/* Writes 4 characters for each 3 bytes, padded at the end, and no NUL. Returns the number of characters. */
uint32_t base64_encode(const uint8_t *data, uint32_t length, char *out);

/* Decoder of one value. Invariant: never writes beyond room; after a mistake stays bad. */
struct base64_decoder {
    uint8_t *out; /* borrowed */
    uint32_t room;
    uint32_t length;
    uint32_t bits;
    uint8_t count; /* characters of the current group, padding included */
    uint8_t padding;
    bool bad;
};

void base64_decoder_start(struct base64_decoder *decoder, uint8_t *out, uint32_t room);
void base64_decoder_take(struct base64_decoder *decoder, char c);

/* Is the value complete and well formed? Then out has length bytes. */
bool base64_decoder_finish(const struct base64_decoder *decoder);

#endif
