/* SPDX-License-Identifier: Apache-2.0 */
/* Devices as lines and as a table for people. */
#ifndef CMD_DEVICE_VIEW_H
#define CMD_DEVICE_VIEW_H

struct cmd_env;
struct doc;

/* Prints a Device as the server answered it: as JSON if that was asked for, else as lines. */
void device_view_show(const struct cmd_env *env, const struct doc *device);

/* An array of them, a row each. */
void device_view_table(const struct doc *devices);

#endif
