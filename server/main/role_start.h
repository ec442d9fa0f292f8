/* SPDX-License-Identifier: Apache-2.0 */
/* A role's side of its start: from the command line to the role's own entry point. */
#ifndef MAIN_ROLE_START_H
#define MAIN_ROLE_START_H

/* role: "keeper", "api", "relay" or "gateway.N". The configuration comes from the parent. Exit status of the
 * process. */
int role_start(const char *role);

#endif
