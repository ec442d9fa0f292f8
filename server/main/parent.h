/* SPDX-License-Identifier: Apache-2.0 */
/* The parent process: opens what the roles need, starts them, watches them, stops them. Serves nobody itself.
 */
#ifndef MAIN_PARENT_H
#define MAIN_PARENT_H

struct conf;

/* Runs the server until SIGTERM or SIGINT. Exit status of the process: 0 after a clean stop, 1 when it could
 * not start (the reason was logged). config: path of the file, for the roles' command lines. */
int parent_run(const struct conf *conf, const char *config);

#endif
