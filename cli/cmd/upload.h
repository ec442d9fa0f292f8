/* SPDX-License-Identifier: Apache-2.0 */
/* Uploads a bundle file, after a look at what it is. */
#ifndef CMD_UPLOAD_H
#define CMD_UPLOAD_H

struct cmd_env;
struct doc;

/* name: the unique name that the application gets, or NULL. On success the caller frees *app. CLI_IO: the file
 * cannot be read; CLI_FORMAT: it is a linked application that is no bundle yet. */
int upload_bundle(struct cmd_env *env, const char *path, const char *name, struct doc **app);

#endif
