/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's side in the simulation: real session machines, and a store, disk and registry that take their (virtual) time. */
#ifndef SIM_GATEWAY_END_FAKE_H
#define SIM_GATEWAY_END_FAKE_H

#include "gateway/gw_limits.h"
#include "gateway/gw_session.h"
#include "sim/pipe_fake.h"

#define SIM_SID        "UV00112233445566778899aabbccddeeff"
#define SIM_HEARTBEAT  2000u
#define SIM_BLOB_BYTES 50000u
#define SIM_BOOTS_MAX  64u
#define SIM_LINES_MAX  20000u

struct gateway_world;

struct gateway_conn {
    struct gateway_world *world;
    struct gateway_conn *next;
    struct gw_session session;
    struct sim_pipe *pipe;
    bool closed, opened;
    struct {
        bool opening, reading, has_file;
        uint64_t due_us;
        uint32_t offset, len;
        unsigned char tag;
    } disk[GW_STREAM_SLOTS];
    uint64_t look_up_due_us; /* 0: none */
    struct store_session row;
    uint32_t keys_sequence; /* asked for; 0: none */
    uint64_t keys_due_us;
    uint32_t lines[GW_LOG_WAITING_MAX * 2];
    uint32_t line_count;
    uint64_t lines_due_us;
    size_t out_bytes;
};

struct gateway_world {
    struct sim_random *random;
    const struct pipe_weather *weather;
    uint64_t now_us;
    struct gateway_conn *conns;
    struct gateway_conn *current; /* the device's session */
    uint64_t last_id;
    uint32_t opened, closed;
    struct store_session row;
    uint32_t store_delay_us; /* at most */
    uint8_t *stored; /* [boot * SIM_LINES_MAX + seq]: how often a line was committed, at most once counted */
    uint32_t commits;
};

void gateway_world_init(struct gateway_world *g, struct sim_random *random,
                        const struct pipe_weather *weather);
void gateway_world_clear(struct gateway_world *g);

/* A connection whose TLS handshake is done. The pipe is borrowed until it is over for both. */
void gateway_world_accept(struct gateway_world *g, struct sim_pipe *pipe);
/* The row changed: tells the session as the bus does, unless the message is lost. */
void gateway_world_changed(struct gateway_world *g, bool told);
/* Everything that is due. */
void gateway_world_step(struct gateway_world *g, uint64_t now_us);
/* The process is killed and starts again at once: no goodbye. */
void gateway_world_kill(struct gateway_world *g);

bool gateway_world_has_stored(const struct gateway_world *g, uint64_t boot_id, uint32_t seq);
unsigned char sim_blob_byte(unsigned char tag, uint32_t offset);

/* Bytes of the key update with this sequence. */
#define SIM_KEYS_BYTES 900u
unsigned char sim_keys_byte(uint32_t sequence, uint32_t offset);

#endif
