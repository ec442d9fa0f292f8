/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A small server for tests of the core, and the port_stream between it and the device: two byte queues in memory. It keeps
 * PROTOCOL.md as the gateway does, and lies, cuts or refuses when told so.
 */
#ifndef SERVER_FAKE_H
#define SERVER_FAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/codec/codec.h"
#include "tests/unit/device/bundle_fake.h"
#include "tests/unit/device/keys_fake.h"
#include "tests/unit/device/kernel_fake.h"

#define SERVER_FAKE_LOGS_MAX     512u
#define SERVER_FAKE_REPORTS_MAX  64u
#define SERVER_FAKE_HEARTBEAT_MS 10000u

/* What the server does wrong; zero = nothing. */
struct server_fake_faults {
    bool unreachable;           /* streams do not open */
    bool mute;                  /* never sends anything */
    bool refuse_blobs;          /* STREAM_NOT_FOUND */
    bool hold_layers;           /* serves manifests and lists, but keeps the bytes of layers back */
    uint32_t flip_blob;         /* n > 0: the n-th blob that is served has a bit flipped */
    uint32_t cut_after;         /* n > 0: the connection breaks after n bytes to the device */
    uint32_t chunk;             /* n > 0: the device reads at most n bytes at once */
    bool swap_manifest;         /* serves the other bundle's manifest */
    uint32_t extra_list_hashes; /* appended to each list */
    uint64_t wall_time_us;      /* n > 0: what Welcome says, right or wrong */
};

struct server_fake_log {
    uint32_t seq;
    uint32_t dropped;
    otr_LogKind kind;
    char text[LOG_TEXT_MAX_BYTES + 1];
    bool has_crash;
    otr_Crash crash;
};

void server_fake_reset(void);

struct server_fake_faults *server_fake_faults(void);

/* What the device is to run (borrowed; NULL: nothing targeted); sent at once when it is connected. */
void server_fake_target(const struct bundle_fake *bundle);
void server_fake_logging(bool enabled);
void server_fake_restart_app(void);

/* The microvisor that the device is to run (borrowed; NULL: keep what runs); sent at once when it is connected. */
void server_fake_microvisor(const struct kernel_fake *kernel, bool now);

/* A bundle whose blobs are served although it is not the target, or whose manifest is swapped in. */
void server_fake_other(const struct bundle_fake *bundle);

/* The NewKeys messages of the account, borrowed: the first answers a request for sequence 1 and so on, whatever it holds. Announced at
 * once when the device is connected. */
void server_fake_keys(const struct keys_fake *messages, uint32_t count);

/* Takes what the device has sent and answers. True if anything moved. */
bool server_fake_step(void);

/* Breaks the connection, says Bye, sends raw bytes. */
void server_fake_disconnect(void);
void server_fake_bye(otr_ByeReason reason, uint32_t retry_after_ms);
void server_fake_send_raw(const void *bytes, uint32_t length);
void server_fake_send(const otr_ServerMessage *message);

/* What the device has said. */
bool server_fake_connected(void);   /* after Hello */
uint32_t server_fake_hellos(void);  /* since the reset */
uint32_t server_fake_streams(void); /* StreamOpen messages */
uint32_t server_fake_pings(void);
uint64_t server_fake_blob_bytes(void); /* sent on streams */
bool server_fake_broken(void);         /* the device broke the protocol */
const otr_Hello *server_fake_hello(void);
const otr_AppStatus *server_fake_status(void);
const otr_KeysStatus *server_fake_keys_status(void);
uint32_t server_fake_keys_requests(void); /* since the reset */
const otr_MicrovisorStatus *server_fake_microvisor_status(void);
uint32_t server_fake_log_count(void);
const struct server_fake_log *server_fake_log(uint32_t index);
uint32_t server_fake_report_count(void); /* CrashReport messages, repeated ones too */
const otr_CrashReport *server_fake_report(uint32_t index);
void server_fake_take_reports(bool take);                            /* false: none is acknowledged */
uint32_t server_fake_count_logs(otr_LogKind kind, const char *text); /* exact text */
void server_fake_acknowledge(bool acknowledge);

#endif
