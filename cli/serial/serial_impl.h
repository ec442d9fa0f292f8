/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the room: how each kind of line is opened. Each returns a non-blocking descriptor, or -1 with
 * words. */
#ifndef SERIAL_SERIAL_IMPL_H
#define SERIAL_SERIAL_IMPL_H

#include <stdbool.h>
#include <stdint.h>
#include <termios.h>

#include "base/fail.h"

struct serial {
    int fd;
    bool is_tty;
    struct termios before; /* settings to give back, when is_tty */
};

int serial_unix_open(const char *path, struct fail *fail);
int serial_tcp_open(const char *host, const char *port, struct fail *fail);
int serial_tty_open(const char *path, uint32_t baud, struct serial *serial, struct fail *fail);

#endif
