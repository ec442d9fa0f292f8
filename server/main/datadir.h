/* SPDX-License-Identifier: Apache-2.0 */
/* The data folder: made, owned by the right user, and held by one server at a time. */
#ifndef MAIN_DATADIR_H
#define MAIN_DATADIR_H

struct conf;

/* Makes data_dir if it is missing and locks it until this process ends. As root with a user configured,
 * folder and lock file are given to that user. ST_OK; ST_IN_USE or ST_IO after logging. */
int datadir_take(const struct conf *conf);

/* Becomes conf->user for good, when that is set and this process is root. ST_OK, or ST_DENIED after logging.
 */
int datadir_become_user(const struct conf *conf);

#endif
