/* SPDX-License-Identifier: Apache-2.0 */
/* Everything written here is a number, a numeric address or a role's name: nothing needs escaping. */
#include "main/runfile.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/paths.h"
#include "main/children.h"

#define RUNFILE_MAX_BYTES 2048u

static void address_write(const struct conf_listen *where, uint16_t port, char out[80])
{
    (void)snprintf(out, 80, strchr(where->host, ':') != NULL ? "[%s]:%u" : "%s:%u", where->host, port);
}

void runfile_addresses(const struct children *c, struct runfile_addresses *out)
{
    address_write(&c->conf->api, c->plumbing.api_port, out->api);
    address_write(&c->conf->gateway, c->plumbing.gateway_port, out->gateway);
    address_write(&c->conf->relay, c->plumbing.relay_port, out->relay);
}

static void roles_print(const struct children *c, FILE *out)
{
    for (unsigned i = 0; i < c->count; i++) {
        const struct child *child = &c->list[i];

        (void)fprintf(out, "%s\n    \"%s\": ", i == 0 ? "" : ",", child->role);
        if (child->pid > 0 && child->fsm.state == CHILD_READY)
            (void)fprintf(out, "%ld", (long)child->pid);
        else
            (void)fputs("null", out);
    }
}

void runfile_write(const struct children *c)
{
    char text[RUNFILE_MAX_BYTES], path[1024];
    struct runfile_addresses a;
    FILE *out = fmemopen(text, sizeof text, "w");
    size_t len;

    if (out == NULL)
        return;
    runfile_addresses(c, &a);
    (void)fprintf(out,
                  "{\n  \"pid\": %ld,\n  \"api\": \"%s\",\n  \"gateway\": \"%s\",\n  \"relay\": \"%s\",\n  "
                  "\"roles\": {",
                  (long)getpid(), a.api, a.gateway, a.relay);
    roles_print(c, out);
    (void)fputs("\n  }\n}\n", out);
    (void)fflush(out); /* into memory */
    len = (size_t)ftell(out);
    (void)fclose(out);
    conf_path(c->conf, PATH_RUN, path);
    if (file_write(path, text, len, 0644) != ST_OK)
        log_warn("run_file_not_written", "file", path, "error", strerror(errno));
}

void runfile_remove(const struct conf *conf)
{
    char path[1024];

    conf_path(conf, PATH_RUN, path);
    if (unlink(path) != 0 && errno != ENOENT)
        log_warn("run_file_not_removed", "file", path, "error", strerror(errno));
}
