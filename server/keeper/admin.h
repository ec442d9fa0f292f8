/* SPDX-License-Identifier: Apache-2.0 */
/* The first account, made in an empty store. */
#ifndef KEEPER_ADMIN_H
#define KEEPER_ADMIN_H

struct conf;

/* Creates or upgrades the store, and on the first start the account, whose credentials go once to stdout and
 * to data_dir/admin.json (mode 0600). ST_OK, or a status after logging. Blocks on the disk. */
int keeper_admin_prepare(const struct conf *conf);

#endif
