/* SPDX-License-Identifier: Apache-2.0 */
/* For --check and for the start of the server. Opens nothing for writing. */
#include "main/check.h"

#include <errno.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

#include "base/status.h"
#include "conf/conf.h"

static int file_check(const char *key, const char *path, FILE *err)
{
    if (path[0] == '\0' || access(path, R_OK) == 0)
        return 0;
    (void)fprintf(err, "%s: found \"%s\", expected a file that can be read: %s\n", key, path,
                  strerror(errno));
    return 1;
}

int check_machine(const struct conf *conf, FILE *err)
{
    int problems = 0;

    if (conf->user[0] != '\0' && getpwnam(conf->user) == NULL) {
        (void)fprintf(err, "server.user: found \"%s\", expected a user of this machine\n", conf->user);
        problems++;
    }
    problems += file_check("api.certificate", conf->api_certificate, err);
    problems += file_check("api.private_key", conf->api_private_key, err);
    problems += file_check("gateway.certificate", conf->gateway_certificate, err);
    problems += file_check("gateway.private_key", conf->gateway_private_key, err);
    for (uint32_t i = 0; i < conf->app_signers_count; i++)
        problems += file_check("bundles.app_signer", conf->app_signers[i], err);
    return problems == 0 ? ST_OK : ST_INVALID;
}
