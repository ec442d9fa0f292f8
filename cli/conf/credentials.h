/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials file: {"account_sid": "AC...", "auth_token": "..."} as the server writes it at its first start.
 */
#ifndef CONF_CREDENTIALS_H
#define CONF_CREDENTIALS_H

#include "base/fail.h"

struct credentials {
    char *account, *token;
};

int credentials_read(const char *path, struct credentials *out, struct fail *fail);
void credentials_clear(struct credentials *c); /* wipes the token */

#endif
