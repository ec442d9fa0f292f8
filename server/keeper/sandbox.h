/* SPDX-License-Identifier: Apache-2.0 */
/* Giving up what the keeper does not need. */
#ifndef KEEPER_SANDBOX_H
#define KEEPER_SANDBOX_H

/* From here on this process makes no sockets, starts no programs, and no other process of the same user can
 * look into its memory. For good. ST_OK, or ST_IO after logging. A kernel without seccomp filters is logged
 * and tolerated. */
int keeper_sandbox_enter(void);

#endif
