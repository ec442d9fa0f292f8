/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a configuration against this machine: what a file can get right and the world can still get
 * wrong. Each problem is one line to err, "FILE:LINE: key: found X, expected Y", all of them. */
#ifndef MAIN_CHECK_H
#define MAIN_CHECK_H

#include <stdio.h>

struct conf;

/* The user exists, data_dir is or can become a folder of the server, the named files can be opened by the user that
 * will open them. Reads nothing: the parent holds no keys. ST_OK or ST_INVALID. */
int check_machine(const struct conf *conf, FILE *err);

/* The named files hold what they should, and certificates and keys belong together. For --check only: reads private
 * keys. After check_machine. ST_OK or ST_INVALID. */
int check_contents(const struct conf *conf, FILE *err);

#endif
