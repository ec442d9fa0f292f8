/* SPDX-License-Identifier: Apache-2.0 */
/* The parent's roles: their processes, their control sockets, and run.json that tells others about them. */
#ifndef MAIN_CHILDREN_H
#define MAIN_CHILDREN_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "main/child_fsm.h"
#include "main/plumbing.h"

#define CHILDREN_MAX (3 + GATEWAYS_MAX) /* keeper, api, relay and the gateways */

struct child {
    char role[ROLE_NAME_BYTES];
    struct child_fsm fsm;
    pid_t pid;       /* 0: none */
    int control;     /* our end; -1: none */
    int64_t born_us; /* monotonic */
};

struct children {
    const struct conf *conf;
    const char *config; /* path as given, for the command line that people see */
    struct plumbing plumbing;
    struct child list[CHILDREN_MAX]; /* [0] is the keeper */
    unsigned count;
};

/* Fills the list; nothing runs yet. */
void children_init(struct children *c, const struct conf *conf, const char *config);

/* Feeds an event to one role and does what follows. */
void children_step(struct children *c, struct child *child, enum child_event event);

/* Reaps every process that ended. Returns the exit status of one that ended by itself before it ever served,
 * else 0. */
int children_reap(struct children *c);

/* Reads what a role says: true when it asks for a reload of the others. */
bool children_listen(struct children *c, struct child *child);

/* Are all roles from number from on in this state? */
bool children_all(const struct children *c, unsigned from, enum child_state state);
int64_t children_due_us(const struct children *c); /* INT64_MAX: nothing is due */
void children_signal(const struct children *c, int signal, bool keeper_too);

#endif
