/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the recovery conversation over a serial line. */
#ifndef RECOVER_RESCUE_SESSION_H
#define RECOVER_RESCUE_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"

struct rescue;
struct serial;

struct rescue_options {
    uint32_t timeout_ms; /* longest time without progress */
    bool shows_console;  /* print the device's other lines on stderr */
    void (*progress)(void *context, const struct rescue *rescue); /* after each step; may be NULL */
    void *context;
};

/* Begins at rescue_init(). CLI_OK: the image is stored and the device starts it. Else words. */
int rescue_run(struct serial *serial, const struct rescue_options *options, struct rescue *rescue,
               struct fail *fail);

#endif
