/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection as TLS over TCP gives it, in virtual time: bytes in order, cut anywhere, late, until it breaks; either end may learn of
 * the break much later than the other, or never. With noise, bytes are also lost, doubled and changed, which TLS would not let
 * through: the machines must survive it all the same.
 */
#ifndef SIM_PIPE_FAKE_H
#define SIM_PIPE_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_random {
    uint64_t state;
};

uint32_t sim_random(struct sim_random *r);
/* True once in n times. */
bool sim_once_in(struct sim_random *r, uint32_t n);

struct pipe_segment;

/* One direction. */
struct pipe_way {
    struct pipe_segment *first, **last;
    uint64_t last_due_us; /* order is kept */
    size_t bytes;
};

struct sim_pipe {
    struct pipe_way way[2]; /* 0: from the device, 1: from the gateway */
    uint64_t told_us[2];    /* when each end learns that it broke; UINT64_MAX: not by the network */
    bool broken;
};

enum { PIPE_FROM_DEVICE, PIPE_FROM_GATEWAY };

struct pipe_weather {
    uint32_t latency_us;   /* at most; each segment its own */
    uint32_t segment_max;  /* bytes */
    uint32_t noise_one_in; /* segments with a fault; 0: none */
};

void pipe_init(struct sim_pipe *p);
void pipe_clear(struct sim_pipe *p);

void pipe_write(struct sim_pipe *p, int from, const void *data, size_t len,
                const struct pipe_weather *weather, struct sim_random *random, uint64_t now_us);

/* Bytes that have arrived, at most cap; 0: none now. */
size_t pipe_read(struct sim_pipe *p, int from, void *buf, size_t cap, uint64_t now_us);

/* Both directions are cut: what is under way is lost. An end that hears learns of it within two seconds, else never. */
void pipe_break(struct sim_pipe *p, bool device_hears, bool gateway_hears, struct sim_random *random,
                uint64_t now_us);
/* One end closed in order: the other learns it after what was sent before. */
void pipe_close(struct sim_pipe *p, int by, uint64_t now_us);
bool pipe_is_over(const struct sim_pipe *p, int end, uint64_t now_us);

#endif
