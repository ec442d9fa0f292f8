/* SPDX-License-Identifier: Apache-2.0 */
/* Who may sign applications: the keeper's managed key and those of the configuration. */
#ifndef API_SIGNERS_H
#define API_SIGNERS_H

#include <stddef.h>

#include "bundle/check.h"

#define SIGNERS_MAX 4u /* otr.Provision.app_signers; each device stores them all */

struct service;

/* The managed signer first. ST_OK; what keeper_client_signer says when the keeper is away; ST_INVALID or ST_IO after logging when a
 * configured key cannot be read. May wait. */
int signers_get(struct service *s, struct bundle_signer out[SIGNERS_MAX], size_t *count);

#endif
