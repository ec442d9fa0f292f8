/* SPDX-License-Identifier: Apache-2.0 */
/* An owner for the gateway's session machine that records what it was asked and does nothing. */
#ifndef UNIT_GATEWAY_OWNER_FAKE_H
#define UNIT_GATEWAY_OWNER_FAKE_H

#include "gateway/gw_session.h"

#define OWNER_SENT_MAX  512
#define OWNER_LINES_MAX 4096

struct owner_fake {
    struct gw_session session;
    struct gw_moment at;
    otr_ServerMessage sent[OWNER_SENT_MAX];
    unsigned sent_count;
    unsigned look_ups, opens, reports, lines, crashes, blob_opens, blob_reads, blob_closes, closes;
    uint64_t session_id;        /* what new_id answers */
    enum gw_open_result opened; /* what open answers */
    bool no_room, not_writable;
    struct store_report report; /* last */
    struct store_crash crash;   /* last */
    unsigned keys_reports, keys_fetches;
    struct store_device_keys keys; /* last */
    uint32_t keys_sequence;        /* last that was asked for */
    uint32_t line_seq[OWNER_LINES_MAX];
    char line_text[LOG_TEXT_MAX_BYTES + 1]; /* last */
    char line_type[20];
    unsigned blob_slot;
    unsigned char blob_sha256[SHA256_BYTES];
    uint32_t read_offset, read_len;
    uint32_t data_bytes;
    uint16_t data_stream;
    enum gw_session_end why;
    char words[96];
    struct store_session row;
};

#define OWNER_SID     "UV00112233445566778899aabbccddeeff"
#define OWNER_APP_SID "KA00112233445566778899aabbccddeeff"

/* A session in state HELLO, and a row that admits it: a target with one layer, logging for an hour. */
void owner_fake_init(struct owner_fake *o);
/* Says Hello and answers the look-up with the row: OPEN unless the row refuses. */
void owner_fake_open(struct owner_fake *o);
void owner_fake_clear(struct owner_fake *o);

void owner_fake_input(struct owner_fake *o, const otr_DeviceMessage *m);
void owner_fake_advance_ms(struct owner_fake *o, int64_t ms); /* without a tick */
void owner_fake_tick(struct owner_fake *o);

otr_DeviceMessage owner_fake_hello(void);
otr_DeviceMessage owner_fake_log(uint32_t seq, otr_LogKind kind, const char *text);
otr_DeviceMessage owner_fake_stream_open(uint32_t id, uint32_t credit, const unsigned char *sha256,
                                         uint32_t offset, uint32_t length);

const otr_ServerMessage *owner_fake_last(const struct owner_fake *o);

#endif
