/* SPDX-License-Identifier: Apache-2.0 */
/* port_stream as two byte queues in memory, between the device and server_fake.c. */
#ifndef STREAM_FAKE_H
#define STREAM_FAKE_H

#include <stdbool.h>
#include <stdint.h>

/* Validity of the server's certificate unless a test says otherwise: 2020 to 2050. */
#define STREAM_FAKE_FROM_S  1577836800u
#define STREAM_FAKE_UNTIL_S 2524608000u

/* The first or the last server CA that the device has. */
#define STREAM_FAKE_CA_ANY    (-1)
#define STREAM_FAKE_CA_NEWEST (-2)

struct stream_fake_queue {
    uint8_t *bytes;
    uint32_t read, length, room;
};

struct stream_fake {
    bool open;
    bool refuse;         /* opening fails */
    bool gone;           /* the peer has closed: what is queued can still be read */
    uint32_t opens;      /* since the reset */
    uint32_t read_chunk; /* most bytes per read; 0: any */
    struct stream_fake_queue to_device, to_server;
    uint64_t unix_s;          /* of the last open */
    uint64_t from_s, until_s; /* validity of the server's certificate */
    int server_ca; /* number of the CA that vouches for the server (crypto_fake.h), or one of those below */
    uint32_t ca_index; /* which of the device's that is */
    char names[64];    /* what the device's ALPN list said behind the protocol */
};

extern struct stream_fake stream_fake;

void stream_fake_reset(void);
void stream_fake_push(struct stream_fake_queue *queue, const void *bytes, uint32_t length);
uint32_t stream_fake_pull(struct stream_fake_queue *queue, void *bytes, uint32_t length);

#endif
