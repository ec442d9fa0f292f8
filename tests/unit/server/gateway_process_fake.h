/* SPDX-License-Identifier: Apache-2.0 */
/* Real gateway processes (gateway_run in a child) on a real store and blob folder in the test's folder. */
#ifndef UNIT_GATEWAY_PROCESS_FAKE_H
#define UNIT_GATEWAY_PROCESS_FAKE_H

#include <stdint.h>
#include <sys/types.h>

#include "blob/blob.h"
#include "store/store.h"
#include "unit/server/gateway_pki_fake.h"

struct process_fake {
    struct store *store; /* the test's own handle: the api's side */
    struct blob_store *blobs;
    uint16_t port[2];
    pid_t pid[2];
    int api_bus[2];
    unsigned count;
};

struct process_fake_options {
    unsigned count; /* gateway processes, 1 or 2, each with its own port */
    uint32_t heartbeat_ms;
    uint32_t sessions_max;
};

/* Makes the folder, keys, store with one account, and starts; returns when all are ready. */
void process_fake_start(struct process_fake *p, const struct process_fake_options *options);
/* SIGTERM; each must exit with 0. Removes the folder. Prints the gateways' log when something is wrong. */
void process_fake_stop(struct process_fake *p);

/* Only the SIGTERM, to watch what follows; process_fake_stop is still to be called. */
void process_fake_terminate(struct process_fake *p);

void process_fake_reload(struct process_fake *p); /* SIGHUP */

/* Registers a device. */
void process_fake_enrol(struct process_fake *p, const struct pki_fake_device *d);
/* An app with one layer of bytes bytes (each byte is the low byte of its offset / 7); its blobs are in the
 * blob store. */
struct store_app process_fake_app(struct process_fake *p, uint32_t bytes, struct store_layer *layer);
/* The same of a microvisor's image: the default of the board. */
struct store_microvisor process_fake_microvisor(struct process_fake *p, const char *board, uint32_t bytes);
/* As the api does: change, commit, tell all gateways. */
void process_fake_update(struct process_fake *p, const char *sid, const struct store_device_change *change);
void process_fake_tell(struct process_fake *p, uint16_t type, const char *sid);

void process_fake_enable_logging(struct process_fake *p, const char *sid); /* for an hour */

/* Stored lines of a type. */
uint32_t process_fake_count_lines(struct process_fake *p, const char *sid, const char *type);

/* Waits until there are as many: presence is committed a moment before the lines of the same batch. */
void process_fake_await_lines(struct process_fake *p, const char *sid, const char *type, uint32_t count);

/* Does the gateways' log contain the text? */
int process_fake_has_logged(const char *text);
/* Waits for it, at most 10 s. */
void process_fake_await_log(const char *text);

/* Waits until the device is online or offline in the store. */
void process_fake_await_presence(struct process_fake *p, const char *sid, int online);

uint64_t process_fake_resident_kib(const struct process_fake *p, unsigned index);

#endif
