/* SPDX-License-Identifier: Apache-2.0 */
/* The one place that knows all roles. */
#include "main/role_start.h"

#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "api/api.h"
#include "base/log.h"
#include "base/status.h"
#include "bus/peers.h"
#include "conf/conf.h"
#include "gateway/gateway.h"
#include "keeper/keeper.h"
#include "loop/role.h"
#include "main/plumbing.h"
#include "relay/relay.h"

static const struct role_row {
    const char *name;
    int (*run)(const struct conf *conf);
} rows[] = {
    { "keeper", keeper_run },
    { "api", api_run },
    { "relay", relay_run },
};

static int dispatch(const char *role, const struct conf *conf)
{
    unsigned index;
    char canonical[ROLE_NAME_BYTES];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].name, role) == 0)
            return rows[i].run(conf);
    if (sscanf(role, "gateway.%u", &index) == 1 && index < conf->gateway_processes) {
        (void)snprintf(canonical, sizeof canonical, "gateway.%u", index);
        if (strcmp(canonical, role) == 0)
            return gateway_run(conf, index);
    }
    log_error("unknown_role", "expected", "keeper, api, relay or gateway.N with N below gateway.processes");
    return 1;
}

int role_start(const char *role)
{
    static struct conf conf; /* lives as long as the process; large for a stack */
    const int conf_fd = peers_fd("conf");
    char path[64];

    log_init(role, LOG_LEVEL_INFO);
    (void)prctl(PR_SET_NAME, role); /* for ps and top only */
    if (conf_fd < 0) {
        log_error("no_parent", "expected", "roles are started by outriggerd itself, not by hand");
        return 1;
    }
    (void)snprintf(path, sizeof path, "/proc/self/fd/%d", conf_fd);
    if (conf_load(&conf, path, stderr) != ST_OK)
        return 1;
    log_init(role, conf_log_level(&conf));
    if (role_begin(peers_fd("control")) != ST_OK) {
        log_error("signals_failed");
        return 1;
    }
    return dispatch(role, &conf);
}
