/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a role: fork and exec of this same program. */
#ifndef MAIN_SPAWN_H
#define MAIN_SPAWN_H

#include <sys/types.h>

struct plumbing_role;

/* Starts `outriggerd --role role --config config`, which inherits the descriptors in fds and nothing else,
 * begins with TERM, INT and HUP blocked, and is killed when this process ends. Its pid, or -1 with errno set.
 */
pid_t spawn_role(const char *role, const char *config, const struct plumbing_role *fds);

#endif
