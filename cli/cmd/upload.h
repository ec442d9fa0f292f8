/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads a bundle file, after a look at what it is. */
#ifndef CMD_UPLOAD_H
#define CMD_UPLOAD_H

struct cmd_env;
struct doc;

/* list: where it goes, e.g. "/v1/Apps". name: the unique name that it gets, or NULL. On success the caller frees *created. CLI_IO: the
 * file cannot be read; CLI_FORMAT: it is something of which a bundle has yet to be made. */
int upload_bundle(struct cmd_env *env, const char *list, const char *path, const char *name,
                  struct doc **created);

#endif
