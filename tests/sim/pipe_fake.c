/* SPDX-License-Identifier: Apache-2.0 */
/* Virtual connection of the simulation. */
#include "sim/pipe_fake.h"

#include <stdlib.h>
#include <string.h>

struct pipe_segment {
    struct pipe_segment *next;
    uint64_t due_us;
    size_t len, at;
    unsigned char bytes[];
};

/* SplitMix64. */
uint32_t sim_random(struct sim_random *r)
{
    uint64_t z = (r->state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 16);
}

bool sim_once_in(struct sim_random *r, uint32_t n)
{
    return n > 0 && sim_random(r) % n == 0;
}

void pipe_init(struct sim_pipe *p)
{
    memset(p, 0, sizeof *p);
    for (int i = 0; i < 2; i++) {
        p->way[i].last = &p->way[i].first;
        p->told_us[i] = UINT64_MAX;
    }
}

static void way_drop(struct pipe_way *way)
{
    struct pipe_segment *next;

    for (struct pipe_segment *s = way->first; s != NULL; s = next) {
        next = s->next;
        free(s);
    }
    way->first = NULL;
    way->last = &way->first;
    way->bytes = 0;
}

void pipe_clear(struct sim_pipe *p)
{
    way_drop(&p->way[0]);
    way_drop(&p->way[1]);
}

static void append(struct pipe_way *way, const unsigned char *data, size_t len, uint64_t due_us)
{
    struct pipe_segment *s = malloc(sizeof *s + len);

    if (s == NULL)
        abort();
    s->next = NULL;
    s->due_us = due_us > way->last_due_us ? due_us : way->last_due_us;
    s->len = len;
    s->at = 0;
    memcpy(s->bytes, data, len);
    *way->last = s;
    way->last = &s->next;
    way->last_due_us = s->due_us;
    way->bytes += len;
}

static void append_with_noise(struct pipe_way *way, const unsigned char *data, size_t len, uint64_t due_us,
                              struct sim_random *random)
{
    switch (sim_random(random) % 4) {
    case 0: /* lost */
        break;
    case 1: /* doubled */
        append(way, data, len, due_us);
        append(way, data, len, due_us);
        break;
    case 2: /* cut short */
        append(way, data, sim_random(random) % len, due_us);
        break;
    default: /* changed */
        append(way, data, len, due_us);
        ((struct pipe_segment *)(void *)((char *)way->last - offsetof(struct pipe_segment, next)))
            ->bytes[sim_random(random) % len] ^= (unsigned char)(1u << sim_random(random) % 8);
        break;
    }
}

void pipe_write(struct sim_pipe *p, int from, const void *data, size_t len,
                const struct pipe_weather *weather, struct sim_random *random, uint64_t now_us)
{
    const unsigned char *at = data;

    while (len > 0 && !p->broken) {
        size_t n = 1 + sim_random(random) % weather->segment_max;
        const uint64_t due_us = now_us + sim_random(random) % (weather->latency_us + 1);

        n = n < len ? n : len;
        if (sim_once_in(random, weather->noise_one_in))
            append_with_noise(&p->way[from], at, n, due_us, random);
        else
            append(&p->way[from], at, n, due_us);
        at += n;
        len -= n;
    }
}

size_t pipe_read(struct sim_pipe *p, int from, void *buf, size_t cap, uint64_t now_us)
{
    struct pipe_way *way = &p->way[from];
    struct pipe_segment *s = way->first;
    size_t n;

    while (s != NULL && s->due_us <= now_us && s->at == s->len) {
        way->first = s->next;
        if (way->first == NULL)
            way->last = &way->first;
        free(s);
        s = way->first;
    }
    if (s == NULL || s->due_us > now_us)
        return 0;
    n = s->len - s->at < cap ? s->len - s->at : cap;
    memcpy(buf, s->bytes + s->at, n);
    s->at += n;
    way->bytes -= n;
    return n;
}

void pipe_break(struct sim_pipe *p, bool device_hears, bool gateway_hears, struct sim_random *random,
                uint64_t now_us)
{
    if (p->broken)
        return;
    p->broken = true;
    way_drop(&p->way[0]);
    way_drop(&p->way[1]);
    p->told_us[0] = device_hears ? now_us + sim_random(random) % 2000000 : UINT64_MAX;
    p->told_us[1] = gateway_hears ? now_us + sim_random(random) % 2000000 : UINT64_MAX;
}

void pipe_close(struct sim_pipe *p, int by, uint64_t now_us)
{
    const uint64_t last = p->way[by].last_due_us;

    if (!p->broken && p->told_us[1 - by] == UINT64_MAX)
        p->told_us[1 - by] = last > now_us ? last + 1 : now_us + 1;
    p->told_us[by] = now_us;
}

bool pipe_is_over(const struct sim_pipe *p, int end, uint64_t now_us)
{
    return now_us >= p->told_us[end];
}
