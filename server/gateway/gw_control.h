/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control messages of stream 0 between bytes and plain structs. Everything a device sends is range-checked
 * here, once; what comes out can be used without further checks.
 *
 * What is checked: sizes of hashes (0 or 32), SIDs and version strings (printable ASCII), enumerators,
 * boot_id and seq not 0, stream ids odd and at most 65,535. What is not: anything that needs the session's
 * state.
 */
#ifndef GATEWAY_GW_CONTROL_H
#define GATEWAY_GW_CONTROL_H

#include <stddef.h>

#include "proto/limits.h"
#include "wire.pb.h"

enum gw_control_result {
    GW_CONTROL_OK,
    GW_CONTROL_SKIP, /* a message this version does not know: ignore it */
    GW_CONTROL_BAD   /* *why names what is wrong; static text */
};

enum gw_control_result gw_control_decode(const unsigned char *data, size_t len, otr_DeviceMessage *out,
                                         const char **why);

/* A frame's header and payload, ready to be sent. */
#define GW_CONTROL_FRAME_MAX_BYTES (FRAME_HEADER_BYTES + CONTROL_MESSAGE_MAX_BYTES)

/* Encodes a message with its frame header into out. The length; never fails for messages that we build
 * ourselves. */
size_t gw_control_encode(const otr_ServerMessage *m, unsigned char out[GW_CONTROL_FRAME_MAX_BYTES]);

#endif
