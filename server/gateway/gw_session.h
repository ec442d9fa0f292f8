/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The session of one device connection: what PROTOCOL.md says, as a machine without sockets, TLS, threads,
 * store or clock.
 *
 *             authenticated           Hello               row: ours            silent, lost, replaced,
 *  HANDSHAKE ---------------> HELLO ---------> LOOK_UP --------------> OPEN ---- revoked, shutdown ---+
 *      |                        |                 |                                                   |
 *      | late, garbage          | late,           | row: unknown, revoked; store down; late           |
 *      |                        | not a Hello     |                                                   v
 *      +------------------------+-----------------+----------------------------------------------> CLOSED
 *
 * Invariants
 *  S1 nothing of a device is acted on before its row said that it is ours, not revoked, and has this key;
 *  S2 Desired is sent exactly when the row's wish differs from what was sent last, less what the device has ruled
 *     out itself since, and in Welcome;
 *  S3 only blobs of the application and the microvisor that the device is to run are served (STREAM_FORBIDDEN else);
 *  S4 bytes on a stream never exceed the credit; at most one frame per stream is on its way from disk;
 *  S5 LogAck never covers a line that is not stored, except application lines that were not asked for;
 *  S6 a silence of 2.5 heartbeats, or no valid Hello HANDSHAKE_TIMEOUT_MS after accept, ends the session;
 *     while the session itself does not read (S7), silence does not count;
 *  S7 a device over its log budget, or with too many lines waiting for the store, is not read until that has
 *     passed; no line is dropped; it hears a repeated LogAck each heartbeat, so that it does not give us up;
 *  S8 after CLOSED no operation but blob_close is called; disk operations under way still report;
 *  S9 of two sessions of a device the newer Hello's stays, whichever row is read first;
 *  S10 no microvisor is wished that the device runs, that is for another board, or that its ratchet forbids;
 *  S11 CrashAck names a report that is stored;
 *  S12 at most one key update is on its way to a device, and only one that it has asked for.
 *
 * The owner calls one event function at a time and never from inside an operation. Times are microseconds:
 * now_us of a monotonic clock, wall_us since the Unix epoch.
 */
#ifndef GATEWAY_GW_SESSION_H
#define GATEWAY_GW_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/sid.h"
#include "gateway/gw_logflow.h"
#include "gateway/gw_stream.h"
#include "proto/frame/frame.h"
#include "store/store.h"
#include "wire.pb.h"

enum gw_session_state {
    GW_SESSION_HANDSHAKE,
    GW_SESSION_HELLO,
    GW_SESSION_LOOK_UP,
    GW_SESSION_OPEN,
    GW_SESSION_CLOSED
};

/* Why a session ended, for logs, counters and the device's connection line. */
enum gw_session_end {
    GW_END_NONE,
    GW_END_PEER,     /* the device closed, or the network failed */
    GW_END_SILENT,   /* no byte for 2.5 heartbeats */
    GW_END_LATE,     /* no Hello in time */
    GW_END_PROTOCOL, /* the device broke a rule */
    GW_END_REFUSED,  /* unknown, revoked, wrong key */
    GW_END_REPLACED, /* the device connected again */
    GW_END_BUSY,     /* store down or process full */
    GW_END_SHUTDOWN,
    GW_END_MEMORY
};

/* A line for the device's log. Borrowed for the call. */
struct gw_line {
    uint64_t boot_id;
    uint32_t seq;
    uint64_t device_us;
    const char *type; /* static */
    const char *text;
    size_t text_len;
    uint32_t dropped;
};

enum gw_open_result {
    GW_OPENED,    /* now the device's only session: registered, older ones dropped, the others told */
    GW_OPEN_FULL, /* no room for one more */
    GW_OPEN_STALE /* a session whose Hello is newer is open already */
};

struct gw_moment {
    int64_t now_us;
    int64_t wall_us;
};

/* What the session asks of its owner. None may block, fail visibly, or call back into the session before it
 * returned. */
struct gw_session_ops {
    void (*send)(void *owner, const otr_ServerMessage *m);
    void (*send_data)(void *owner, uint16_t stream_id, const void *data, uint32_t len);
    bool (*is_writable)(
        void *owner); /* the write queue has room for a data frame; else gw_session_writable later */
    void (*look_up)(void *owner);    /* read the device's row for s->board; answer with gw_session_row */
    uint64_t (*new_id)(void *owner); /* for a Hello that has just come: larger than all before, never 0 */
    enum gw_open_result (*open)(void *owner);
    void (*report)(void *owner, const struct store_report *report);
    void (*report_keys)(void *owner, const struct store_device_keys *keys);
    void (*fetch_keys)(void *owner, uint32_t sequence);          /* answer with gw_session_keys */
    void (*store_line)(void *owner, const struct gw_line *line); /* later gw_session_line_stored, in order */
    void (*store_crash)(void *owner, const struct store_crash *crash); /* later gw_session_crash_stored */
    bool (*has_store_room)(void *owner);
    void (*blob_open)(void *owner, unsigned slot, const unsigned char sha256[SHA256_BYTES]);
    void (*blob_read)(void *owner, unsigned slot, uint32_t offset, uint32_t len);
    void (*blob_close)(void *owner, unsigned slot); /* only while no operation of the slot is under way */
    void (*close)(void *owner, enum gw_session_end why,
                  const char *words); /* send what was queued, then close */
};

struct gw_session {
    const struct gw_session_ops *ops;
    void *owner;
    uint8_t state; /* enum gw_session_state */
    bool looking_up, look_up_again;
    bool fetching_keys;      /* S12 */
    bool paused;             /* S7 */
    bool wait_store;         /* paused until a line of ours is stored */
    uint8_t crashes_waiting; /* for the store */
    uint32_t heartbeat_ms;
    char sid[SID_BYTES];
    unsigned char key_sha256[SHA256_BYTES];
    uint64_t id;
    uint64_t boot_id;
    int64_t deadline_us; /* of the state, before OPEN */
    int64_t heard_us, refresh_us;
    int64_t acked_us;         /* last LogAck */
    int64_t logging_until_us; /* wall clock */
    struct frame_parser frames;
    struct gw_logflow logs;
    uint64_t status_hash;                 /* of the AppStatus last reported */
    char board[BOARD_NAME_MAX_CHARS + 1]; /* as the device said in Hello */
    struct {
        uint64_t status_hash; /* of the MicrovisorStatus last reported */
        uint32_t ratchet;
        uint32_t wish_ratchet; /* of the one in desired, if there is one */
        bool known;            /* the device has told of it */
        uint8_t phase;         /* otr_UpdatePhase */
        unsigned char running_sha256[SHA256_BYTES];
    } microvisor;
    uint64_t server_cas[SERVER_CAS_MAX];   /* that the device has; 0: none */
    uint64_t server_ca_in_use;             /* the one that vouches for this connection */
    otr_Desired desired;                   /* last sent */
    otr_Hello *hello;                      /* heap, only in LOOK_UP */
    unsigned char (*grants)[SHA256_BYTES]; /* heap: blobs that the device may fetch */
    uint32_t grant_count, app_grant_count; /* those of the application come first */
    struct gw_streams *streams;            /* heap, only while any is open */
};

/* From TCP accept on. */
void gw_session_init(struct gw_session *s, const struct gw_session_ops *ops, void *owner,
                     uint32_t heartbeat_ms, struct gw_moment at);
/* Frees what it holds; calls no operation except blob_close. */
void gw_session_clear(struct gw_session *s);

/* ---- events -------------------------------------------------------------------------------------- */

/* The TLS handshake is finished; who the certificate says it is. */
void gw_session_authenticated(struct gw_session *s, const char *sid,
                              const unsigned char key_sha256[SHA256_BYTES]);
/* Bytes of the device. May be cut anywhere. */
void gw_session_input(struct gw_session *s, const unsigned char *data, size_t len, struct gw_moment at);
/* Answer to look_up: status ST_OK with row, ST_NOT_FOUND, or a failure of the store. */
void gw_session_row(struct gw_session *s, int status, const struct store_session *row, struct gw_moment at);
/* The row may have changed. */
void gw_session_changed(struct gw_session *s);
/* A line given to store_line is committed. The acknowledgement is sent by gw_session_ack, once for a batch.
 */
void gw_session_line_stored(struct gw_session *s, uint32_t seq);
void gw_session_ack(struct gw_session *s, struct gw_moment at);
/* A report given to store_crash is committed. */
void gw_session_crash_stored(struct gw_session *s, uint64_t report_id);
/* Answers to blob_open and blob_read. status ST_OK, ST_NOT_FOUND, or a failure. */
void gw_session_blob_opened(struct gw_session *s, unsigned slot, int status, uint64_t total_bytes);
void gw_session_blob_read(struct gw_session *s, unsigned slot, int status, const void *data, uint32_t len);
/* Answer to fetch_keys. status ST_OK with the message, ST_NOT_FOUND, or a failure of the store. */
void gw_session_keys(struct gw_session *s, int status, uint32_t sequence, const unsigned char *message,
                     size_t len);
void gw_session_writable(struct gw_session *s);
/* This server CA's certificate is preferred from now on: a device that has the CA and saw another certificate shall connect again. */
void gw_session_authority(struct gw_session *s, uint64_t server_ca);
/* Time has passed; to be called at gw_session_deadline_us or later, as often as one likes. */
void gw_session_tick(struct gw_session *s, struct gw_moment at);
/* Ends. replaced: a newer session of the device exists. lost: the connection broke or was closed by the peer.
 */
void gw_session_replaced(struct gw_session *s);
void gw_session_revoked(struct gw_session *s);
void gw_session_shutdown(struct gw_session *s);
void gw_session_lost(struct gw_session *s, const char *words);

/* ---- questions ----------------------------------------------------------------------------------- */

bool gw_session_wants_input(const struct gw_session *s);
int64_t gw_session_deadline_us(const struct gw_session *s, struct gw_moment at);
const char *gw_session_end_name(enum gw_session_end why);

#endif
