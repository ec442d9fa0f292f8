/* SPDX-License-Identifier: Apache-2.0 */
/* Adding to the account's chain of key updates: by the server's managed key, or by one of the caller's own. */
#ifndef CMD_KEY_CHANGE_H
#define CMD_KEY_CHANGE_H

#include <stdbool.h>
#include <stddef.h>

struct cmd_env;
struct new_keys;

struct key_change {
    const char *key; /* PEM file of an accepted signer */
    const char *out; /* the signed message goes into this file; NULL: to the server */
    bool force;
};

/* Signs what is wanted, whose place in the chain is asked of the server. */
int key_change_sign(struct cmd_env *env, const struct key_change *change, struct new_keys *wanted);

/* Sends a signed message, or a field that the server makes one of; the server is open. Prints what was added. */
int key_change_upload(struct cmd_env *env, bool force, const unsigned char *message, size_t len);
int key_change_post(struct cmd_env *env, bool force, const char *name, const char *value);

#endif
