/* SPDX-License-Identifier: Apache-2.0 */
/* Making and handing out the descriptors of the roles. All are close-on-exec until a role's own child process
 * clears that. */
#include "main/plumbing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"
#include "main/listen.h"

static int failed(const char *what)
{
    log_error(what, "error", strerror(errno));
    return ST_IO;
}

int plumbing_listen(struct plumbing *p, const struct conf *conf)
{
    int st = listen_open("api", &conf->api, 1, &p->listen_api, &p->api_port);

    p->gateways = conf->gateway_processes;
    if (st == ST_OK)
        st = listen_open("gateway", &conf->gateway, p->gateways, p->listen_gateway, &p->gateway_port);
    if (st == ST_OK)
        st = listen_open("relay", &conf->relay, 1, &p->listen_relay, &p->relay_port);
    return st;
}

static int pair_add(struct plumbing *p, const char *a, const char *b)
{
    struct plumbing_pair *pair = &p->pairs[p->pair_count];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair->fd) != 0)
        return failed("bus_not_made");
    (void)snprintf(pair->name[0], sizeof pair->name[0], "%s", a);
    (void)snprintf(pair->name[1], sizeof pair->name[1], "%s", b);
    p->pair_count++;
    return ST_OK;
}

static int pairs_make(struct plumbing *p)
{
    int st = pair_add(p, "api", "keeper");

    for (unsigned i = 0; i < p->gateways && st == ST_OK; i++) {
        char name[ROLE_NAME_BYTES], other[ROLE_NAME_BYTES];

        (void)snprintf(name, sizeof name, "gateway.%u", i);
        st = pair_add(p, name, "keeper");
        if (st == ST_OK)
            st = pair_add(p, "api", name);
        for (unsigned j = 0; j < i && st == ST_OK; j++) {
            (void)snprintf(other, sizeof other, "gateway.%u", j);
            st = pair_add(p, name, other);
        }
    }
    return st;
}

/* The roles read this copy, so that a file that is being edited never meets a role that is being restarted.
 */
static int conf_copy(struct plumbing *p, const struct conf *conf)
{
    struct conf chosen = *conf;
    FILE *out;

    chosen.api.port = p->api_port;
    chosen.gateway.port = p->gateway_port;
    chosen.relay.port = p->relay_port;
    p->conf_fd = memfd_create("outriggerd.conf", MFD_CLOEXEC);
    if (p->conf_fd < 0)
        return failed("configuration_not_copied");
    out = fdopen(fcntl(p->conf_fd, F_DUPFD_CLOEXEC, 0), "w");
    if (out == NULL)
        return failed("configuration_not_copied");
    conf_print(&chosen, out);
    return fclose(out) == 0 ? ST_OK : failed("configuration_not_copied");
}

int plumbing_connect(struct plumbing *p, const struct conf *conf)
{
    const int st = pairs_make(p);

    return st == ST_OK ? conf_copy(p, conf) : st;
}

static void fds_add(struct plumbing_role *out, const char *prefix, const char *name, int fd)
{
    const size_t len = strlen(out->text);

    (void)snprintf(out->text + len, sizeof out->text - len, "%s%s%s=%d", len == 0 ? "" : ",", prefix, name,
                   fd);
    out->fds[out->count++] = fd;
}

static void listen_add(const struct plumbing *p, const char *role, struct plumbing_role *out)
{
    unsigned index;

    if (strcmp(role, "api") == 0)
        fds_add(out, "listen.", "api", p->listen_api);
    else if (strcmp(role, "relay") == 0)
        fds_add(out, "listen.", "relay", p->listen_relay);
    else if (sscanf(role, "gateway.%u", &index) == 1)
        fds_add(out, "listen.", "gateway", p->listen_gateway[index]);
}

void plumbing_role_fds(const struct plumbing *p, const char *role, int control_fd, struct plumbing_role *out)
{
    out->count = 0;
    out->text[0] = '\0';
    fds_add(out, "", "conf", p->conf_fd);
    fds_add(out, "", "control", control_fd);
    listen_add(p, role, out);
    for (unsigned i = 0; i < p->pair_count; i++) {
        const struct plumbing_pair *pair = &p->pairs[i];

        if (strcmp(pair->name[0], role) == 0)
            fds_add(out, "bus.", pair->name[1], pair->fd[0]);
        else if (strcmp(pair->name[1], role) == 0)
            fds_add(out, "bus.", pair->name[0], pair->fd[1]);
    }
}
