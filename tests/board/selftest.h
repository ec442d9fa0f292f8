/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the board's self-test image. */
#ifndef BOARD_SELFTEST_H
#define BOARD_SELFTEST_H

#include <stdbool.h>
#include <stdint.h>

void selftest_text(const char *text);
void selftest_number(const char *name, uint32_t value); /* " name=value" */

/* Commands: true is answered with ok. */
bool selftest_flash(const char *const args[]);
bool selftest_tcp(const char *const args[]);
bool selftest_fuzz(const char *const args[]);

/* Goes on with the echo that `tcp HOST PORT BYTES` began; true while it can go on at once. */
bool selftest_tcp_step(void);

/* Goes on with the programs that `fuzz SEED COUNT` began; when it wants to be called again. */
uint64_t selftest_fuzz_step(void);

#endif
