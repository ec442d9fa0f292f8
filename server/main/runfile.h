/* SPDX-License-Identifier: Apache-2.0 */
/* data_dir/run.json: ports and pids of the running server, for scripts. */
#ifndef MAIN_RUNFILE_H
#define MAIN_RUNFILE_H

struct children;
struct conf;

/* Addresses with the chosen ports, as in run.json and in the line `ready`. */
struct runfile_addresses {
    char api[80], gateway[80], relay[80];
};

void runfile_addresses(const struct children *c, struct runfile_addresses *out);

/* Writes {"pid", "api", "gateway", "relay", "roles": {"keeper": pid or null, ...}}. Failures are logged and
 * harmless. */
void runfile_write(const struct children *c);

/* Removes it: the server has stopped. */
void runfile_remove(const struct conf *conf);

#endif
