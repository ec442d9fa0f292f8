/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Long bytes inside a message that are not copied: in a decoded message a view of the bytes that it was decoded from, and no longer
 * than those valid; in a message to be encoded a view of what the caller has. Spares the device a kilobyte. Generated headers
 * include this file (wire.options).
 */
#ifndef PROTO_CODEC_VIEW_H
#define PROTO_CODEC_VIEW_H

#include <stddef.h>
#include <stdint.h>

struct codec_view {
    const uint8_t *bytes;
    size_t size; /* 0: absent or empty */
};

#endif
