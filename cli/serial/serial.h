/* SPDX-License-Identifier: Apache-2.0 */
/* Serial lines: a tty, a Unix socket or a TCP port, as a stream of bytes with deadlines. */
#ifndef SERIAL_SERIAL_H
#define SERIAL_SERIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"

struct serial;

#define SERIAL_DEFAULT_BAUD 115200u

/* where: "unix:PATH", "HOST:PORT" ("[::1]:7000"), or the path of a tty or Unix socket. baud: of a tty, 8N1
 * without flow control. Blocks until connected; CLI_IO or CLI_USAGE with words. */
int serial_open(const char *where, uint32_t baud, struct serial **out, struct fail *fail);
void serial_close(struct serial *serial); /* NULL ok; a tty gets its settings back */

/* Writes everything within 10 s. */
int serial_write(struct serial *serial, const char *text, size_t len, struct fail *fail);

/* Reads what is there, at most cap bytes, waiting up to wait_ms for the first one. *len 0: nothing came in
 * time. CLI_IO when the other side is gone, CLI_INTERRUPTED. */
int serial_read(struct serial *serial, int64_t wait_ms, char *data, size_t cap, size_t *len,
                struct fail *fail);

#endif
