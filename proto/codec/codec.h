/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control messages, manifests and provisioning data between their bytes and their generated structs.
 *
 * Invariants:
 *  C1 a struct that a decoder has accepted keeps every size and range rule of PROTOCOL.md; nobody checks
 *     again;
 *  C2 bytes that break a rule leave the caller with an error, never with half a message to act on;
 *  C3 an unknown field is ignored, a message with an unknown body is CODEC_UNKNOWN.
 * The only file that includes the nanopb encoder and decoder is codec.c. No allocation, no I/O.
 */
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bundle.pb.h"
#include "wire.pb.h"

enum codec_status {
    CODEC_OK = 0,
    CODEC_UNKNOWN = 1,  /* well formed, but of a kind that this version does not know: skip it */
    CODEC_EFORMAT = -1, /* not decodable */
    CODEC_ERANGE = -2,  /* decodable, but a value breaks a rule */
    CODEC_ENOSPC = -3   /* the encoded message does not fit */
};

/* Control messages. Decoders return CODEC_OK, CODEC_UNKNOWN or a negative status. */
int codec_device_decode(const uint8_t *bytes, size_t length, otr_DeviceMessage *out);
int codec_server_decode(const uint8_t *bytes, size_t length, otr_ServerMessage *out);

/* Encoders return the number of bytes written (possibly 0) or a negative status. */
int codec_device_encode(const otr_DeviceMessage *message, uint8_t *out, size_t room);
int codec_server_encode(const otr_ServerMessage *message, uint8_t *out, size_t room);

/* A crash report by itself, as devices keep it. */
int codec_crash_decode(const uint8_t *bytes, size_t length, otr_CrashReport *out);
int codec_crash_encode(const otr_CrashReport *report, uint8_t *out, size_t room);

/* Factory data; decoding checks SID, ports, certificate and key sizes, not certificates themselves. */
int codec_provision_decode(const uint8_t *bytes, size_t length, otr_Provision *out);
int codec_provision_encode(const otr_Provision *provision, uint8_t *out, size_t room);

/* Manifests: format only; bundle_body_check() in proto/bundle/ has the rules. signature may be absent (length
 * 0). */
int codec_manifest_decode(const uint8_t *bytes, size_t length, bundle_OpaqueManifest *out);
int codec_manifest_encode(const bundle_OpaqueManifest *manifest, uint8_t *out, size_t room);
int codec_body_decode(const uint8_t *bytes, size_t length, bundle_AppBody *out);
int codec_body_encode(const bundle_AppBody *body, uint8_t *out, size_t room);

/* Bodies of microvisor manifests: format only; bundle_kernel_check() has the rules. */
int codec_kernel_body_decode(const uint8_t *bytes, size_t length, bundle_KernelBody *out);
int codec_kernel_body_encode(const bundle_KernelBody *body, uint8_t *out, size_t room);

/* Bodies of NewKeys messages, whose envelope is an OpaqueManifest: format only; keys_apply() has the rules. */
int codec_new_keys_decode(const uint8_t *bytes, size_t length, bundle_NewKeysBody *out);
int codec_new_keys_encode(const bundle_NewKeysBody *body, uint8_t *out, size_t room);

/* Key rings, as devices and the store keep them, and what devices say of theirs, as the store keeps it. */
int codec_key_ring_decode(const uint8_t *bytes, size_t length, otr_KeyRing *out);
int codec_key_ring_encode(const otr_KeyRing *ring, uint8_t *out, size_t room);
int codec_keys_status_decode(const uint8_t *bytes, size_t length, otr_KeysStatus *out);
int codec_keys_status_encode(const otr_KeysStatus *status, uint8_t *out, size_t room);

/* Is it two upper-case letters and 32 lower-case hexadecimal digits? */
bool codec_sid_valid(const char *sid);

#endif
