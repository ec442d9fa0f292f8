/* SPDX-License-Identifier: Apache-2.0 */
/* The device's side in the simulation: the real link machine and channel, with a log and a fetcher as simple as possible. */
#ifndef SIM_DEVICE_END_FAKE_H
#define SIM_DEVICE_END_FAKE_H

#include "core/chan/chan.h"
#include "core/link/link_fsm.h"
#include "sim/gateway_end_fake.h"
#include "sim/pipe_fake.h"

struct device_world {
    struct sim_random *random;
    const struct pipe_weather *weather;
    struct gateway_world *gateway;
    uint64_t now_us;
    struct link_fsm link;
    struct chan chan;
    struct sim_pipe *pipe;  /* of the running attempt; NULL: none */
    uint64_t handshake_us;  /* when TLS is up */
    bool refuse_handshakes; /* the network is down */
    bool lost, bye;
    uint32_t bye_retry_ms;
    uint64_t boot_id;
    uint32_t written, sent, acked; /* log lines of this boot */
    uint32_t line_one_in;          /* steps per line, about */
    otr_Desired desired;
    uint32_t welcomes, desireds, pieces;
    struct {
        uint32_t offset, have;
        bool busy;
    } fetch[OTA_FETCHES];
    uint32_t next_offset;
    uint32_t keys_asked, keys_taken; /* sequence under way, 0: none; the last one taken */
    struct sim_pipe *pipes[4096];    /* all that were made, freed at the end */
    uint32_t pipe_count;
};

void device_world_init(struct device_world *d, struct sim_random *random, const struct pipe_weather *weather,
                       struct gateway_world *gateway);
void device_world_clear(struct device_world *d);
void device_world_step(struct device_world *d, uint64_t now_us);
/* Power cut: the connection is gone without a word, everything in memory is lost. */
void device_world_reboot(struct device_world *d);

#endif
