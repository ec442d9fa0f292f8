/* SPDX-License-Identifier: Apache-2.0 */
/* Runs the provisioning conversation over a serial line. */
#ifndef PROV_SESSION_H
#define PROV_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "proto/limits.h"

struct serial;
struct talk;

struct session_options {
    uint32_t timeout_ms; /* longest silence of the device in each step */
    bool shows_console;  /* print the device's other lines on stderr */
    /* Called once with the device's request; must call talk_certified, or return a failure. May block. */
    int (*certify)(void *context, struct talk *talk, struct fail *fail);
    void *context;
};

/* CLI_OK: talk->state is TALK_DONE. CLI_PROVISIONED: the device has an identity, talk->sid. Else words. */
int session_run(struct serial *serial, const struct session_options *options, struct talk *talk,
                struct fail *fail);

#endif
