/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parent holds for its roles all its life: listening sockets, both ends of every socket pair, and
 * the configuration as it was read at the start. A role that is started again gets the very same ones.
 *
 * Topology of the bus: api - keeper, gateway.i - keeper, api - gateway.i, gateway.i - gateway.j.
 */
#ifndef MAIN_PLUMBING_H
#define MAIN_PLUMBING_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "conf/conf.h"

#define ROLE_NAME_BYTES 24u /* "gateway.7"; any number fits */
#define PAIRS_MAX       (1 + 2 * GATEWAYS_MAX + GATEWAYS_MAX * (GATEWAYS_MAX - 1) / 2)
#define FDS_TEXT_BYTES  1024u                  /* a role has at most 13 descriptors */
#define ROLE_FDS_MAX    (4 + 2 + GATEWAYS_MAX) /* conf, control, listen, spare; peers */

struct plumbing_pair {
    char name[2][ROLE_NAME_BYTES];
    int fd[2]; /* fd[0] is the end of name[0] */
};

struct plumbing {
    unsigned gateways;
    int listen_api, listen_relay, listen_gateway[GATEWAYS_MAX];
    uint16_t api_port, relay_port, gateway_port;
    struct plumbing_pair pairs[PAIRS_MAX];
    unsigned pair_count;
    int conf_fd; /* memory file with the effective configuration */
};

/* Descriptors of one role, to be inherited. */
struct plumbing_role {
    int fds[ROLE_FDS_MAX];
    unsigned count;
    char text[FDS_TEXT_BYTES]; /* value of OUTRIGGER_FDS */
};

int plumbing_listen(struct plumbing *p, const struct conf *conf); /* ST_OK, or ST_IO after logging */
int plumbing_connect(struct plumbing *p,
                     const struct conf *conf); /* socket pairs and configuration; the same */

/* Everything that the role has, and its end of the control socket. */
void plumbing_role_fds(const struct plumbing *p, const char *role, int control_fd, struct plumbing_role *out);

#endif
