/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a configuration against this machine: what a file can get right and the world can still get
 * wrong. */
#ifndef MAIN_CHECK_H
#define MAIN_CHECK_H

#include <stdio.h>

struct conf;

/* The user exists and the named files can be read. One line per problem to err, all of them. ST_OK or
 * ST_INVALID. */
int check_machine(const struct conf *conf, FILE *err);

#endif
