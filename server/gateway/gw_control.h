/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control messages of stream 0 as the gateway takes and sends them: the shared codec with its rules (proto/codec), the enumerators that
 * end up in the store, and the frame around what is sent. What comes out of decode can be used without further checks; what
 * needs the session's state is not checked here.
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

/* Encodes a message with its frame header into out. The length; never fails for messages that we build ourselves. */
size_t gw_control_encode(const otr_ServerMessage *m, unsigned char out[GW_CONTROL_FRAME_MAX_BYTES]);

#endif
