/* SPDX-License-Identifier: Apache-2.0 */
/* Progress of an update on stderr: one line that changes on a terminal, a line per change elsewhere. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include <stdbool.h>

struct device;

struct progress {
    bool is_terminal;
    bool is_open;    /* a changing line stands on the terminal */
    char state[160]; /* the last state that was shown */
};

void progress_init(struct progress *progress);
void progress_step(struct progress *progress, const char *format, ...) __attribute__((format(printf, 2, 3)));
void progress_state(struct progress *progress, const char *state);
/* What the device is doing about its application's update, and about its microvisor's. */
void progress_device(struct progress *progress, const struct device *device);
void progress_microvisor(struct progress *progress, const struct device *device);
void progress_end(struct progress *progress); /* closes the changing line */

#endif
