/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every limit that server and device share, each with its reason. PROTOCOL.md section 7 cites this file.
 * Sizes are in bytes, times in the unit that the name says.
 */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

/* Protocol version spoken inside ALPN "outrigger/1": the major number is the ALPN, this is the minor one. */
#define PROTO_ALPN  "outrigger/1"
#define PROTO_MINOR 0u

/* Frame: 4-byte header and at most one flash block of payload, so that a block is one frame. */
#define FRAME_HEADER_BYTES      4u
#define FRAME_PAYLOAD_MAX_BYTES 4096u
#define FRAME_STREAM_CONTROL    0u

/* Largest control message in either direction: a log line of 1,024 bytes with its header fits. */
#define CONTROL_MESSAGE_MAX_BYTES 1280u

/* A device holds at most this many streams open; the server refuses more (STREAM_TOO_MANY). */
#define STREAMS_PER_DEVICE_MAX 4u

/* TLS records towards the device: its receive buffer is this large (mbedTLS IN_CONTENT_LEN). */
#define TLS_RECORD_TO_DEVICE_MAX_BYTES 4096u

/* Log line of an application; the original's demos stop at 1,024. */
#define LOG_TEXT_MAX_BYTES 1024u

/* Sessions: how often the device must be heard, and after how much silence each side gives the other up. */
#define HEARTBEAT_DEFAULT_MS    10000u
#define HEARTBEAT_MIN_MS        200u
#define HEARTBEAT_MAX_MS        3600000u
#define DEAD_PEER_HEARTBEATS_X2 5u /* dead after 2.5 heartbeats of silence */

/* Longest wait that a Bye may ask for: a server under repair is back within the hour, a slip must not cost weeks. */
#define BYE_RETRY_MAX_MS 3600000u

/* From TCP accept to a valid Hello; a slow-loris costs at most this long. */
#define HANDSHAKE_TIMEOUT_MS 10000u

/* Flash block of the block list: the erase unit of every supported flash. */
#define BLOCK_BYTES      4096u
#define SHA256_BYTES     32u
#define P256_POINT_BYTES 65u
#define P256_SIG_BYTES   64u

/* User flash of the original: 1 MiB, hence at most 256 blocks and an 8 KiB block list per layer. */
#define APP_FLASH_BYTES 0x100000u
#define APP_LAYERS_MAX  8u

/* External flash of the largest board, 8 MiB, hence at most 2,048 blocks and a 64 KiB block list per layer. */
#define EXTERNAL_FLASH_BYTES 0x800000u

/* Serialized OpaqueManifest: body of 1,536 bytes holds 8 layers with all hashes and both keys, or 7 encrypted ones. */
#define MANIFEST_BODY_MAX_BYTES 1536u
#define MANIFEST_MAX_BYTES      1664u

/* Text that is signed in front of a manifest's body, with its terminating NUL (bundle.md section 3). */
#define MANIFEST_SIGN_PREFIX       "twlo-mv-manifest-v1"
#define MANIFEST_SIGN_PREFIX_BYTES 20u

/* A signed microvisor image with its header: a 512 KiB flash slot less the trailer's sector. */
#define MICROVISOR_SLOT_BYTES      0x80000u
#define MICROVISOR_IMAGE_MAX_BYTES (MICROVISOR_SLOT_BYTES - BLOCK_BYTES)

/* Text that is signed in front of a microvisor manifest's body, with its terminating NUL: a signature over one kind of
 * manifest is never one over the other kind. */
#define MICROVISOR_SIGN_PREFIX       "outrigger-microvisor-v1"
#define MICROVISOR_SIGN_PREFIX_BYTES 24u
#define MICROVISOR_VERSION_MAX_CHARS 31u
#define BOARD_NAME_MAX_CHARS         23u

/* Recovery over the serial port: bytes of an image per line. A line is then about 280 characters, 25 ms at 115,200 baud, and
 * noise costs no more than one of them. */
#define RECOVERY_PIECE_MAX_BYTES 192u

/* Keys that devices accept: two teams, each with its present and its next key. The microvisor keeps them in RAM. */
#define APP_SIGNERS_MAX 4u

/* Server CAs that a device holds: the present and the next one of a roll-over. */
#define SERVER_CAS_MAX 2u

/* Keys for encrypted layers that a device holds: two teams, each with its present and its next one. */
#define LAYER_DECRYPTERS_MAX 4u

/* A certificate that a device keeps: ours have about 450 bytes, those of other authorities with P-256 keys fit, too. */
#define CERTIFICATE_MAX_BYTES 768u

/* Serialized NewKeysBody: the largest server CA, or four signers and two decrypters, with every id that can be deleted. The whole
 * message fits a control message. */
#define NEW_KEYS_BODY_MAX_BYTES 960u
#define NEW_KEYS_MAX_BYTES      1040u

/* Texts that are signed in front of a NewKeysBody and of a new server CA's certificate, with their terminating NUL. */
#define NEW_KEYS_SIGN_PREFIX        "outrigger-new-keys-v1"
#define NEW_KEYS_SIGN_PREFIX_BYTES  22u
#define SERVER_CA_SIGN_PREFIX       "outrigger-server-ca-v1"
#define SERVER_CA_SIGN_PREFIX_BYTES 23u

/* AES-128 keys of encrypted layers, and private keys of layer decrypters, as they are sealed (PROTOCOL.md section 15): with their tags. */
#define CONTENT_KEY_BYTES        16u
#define CONTENT_KEY_SEALED_BYTES (CONTENT_KEY_BYTES + 16u)
#define DECRYPTER_BYTES          32u
#define DECRYPTER_SEALED_BYTES   (DECRYPTER_BYTES + 16u)
/* What they are sealed for (HPKE info), without terminating NUL. */
#define CONTENT_KEY_INFO       "outrigger-layer-v1"
#define CONTENT_KEY_INFO_BYTES 18u
#define DECRYPTER_INFO         "outrigger-decrypter-v1"
#define DECRYPTER_INFO_BYTES   22u
/* Number of the first AES block of a block list; layers are counted from 0 and have at most 2^19. */
#define LAYER_LIST_AES_BLOCK 0x80000000u
/* Of a layer's measurement this much stands in front of the block number. */
#define LAYER_COUNTER_PREFIX_BYTES 12u

/* Stack slice of a crash report: with registers and header it fits a control message, and 128 words show the frames
 * that matter. A bundle may ask for more and gets this. */
#define CRASH_STACK_MAX_BYTES 512u
#define CRASH_REGISTER_WORDS  17u
/* A device keeps at least so many reports that wait for the server: half a day of the fastest crash loop that is recorded. */
#define CRASH_RECORDS 28u
/* What a report is sealed for (HPKE info), without terminating NUL. */
#define CRASH_SEAL_INFO       "outrigger-crash-v1"
#define CRASH_SEAL_INFO_BYTES 18u
/* RFC 9180 ciphertext: 65-byte key, registers, stack and 16-byte tag. */
#define CRASH_SEALED_MAX_BYTES (65u + 4u * CRASH_REGISTER_WORDS + CRASH_STACK_MAX_BYTES + 16u)

/* SID: two letters and 32 lower-case hexadecimal digits. */
#define SID_CHARS 34u

#endif
