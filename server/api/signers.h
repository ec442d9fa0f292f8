/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign applications: what the account's key ring says. And who may sign microvisors. */
#ifndef API_SIGNERS_H
#define API_SIGNERS_H

#include <stddef.h>

#include "bundle/check.h"
#include "conf/conf.h"
#include "proto/limits.h"

#define SIGNERS_MAX APP_SIGNERS_MAX /* each device stores them all */

struct service;
struct worker;

/* The accepted signers of the account's key ring. ST_OK, or what key_ring_get says. May wait. */
int signers_get(struct worker *w, const char *account_sid, struct bundle_signer out[SIGNERS_MAX],
                size_t *count);

/* Those of accounts without key updates: the managed signer first, then the configuration's. ST_OK; what keeper_client_signer says
 * when the keeper is away; ST_INVALID or ST_IO after logging when a configured key cannot be read. May wait. */
int signers_begin(struct service *s, struct bundle_signer out[SIGNERS_MAX], size_t *count);

#define ROOTS_MAX CONF_LIST_MAX

/* The boot root keys of the configuration, maybe none. ST_OK; ST_INVALID or ST_IO, after logging, when the file *path
 * cannot be read. */
int roots_get(struct service *s, struct bundle_signer out[ROOTS_MAX], size_t *count, const char **path);

#endif
