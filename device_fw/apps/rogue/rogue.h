/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the misbehaving application. */
#ifndef ROGUE_H
#define ROGUE_H

#include <stdint.h>

struct line;

/* Sends a line, waiting for room. */
void rogue_log(const struct line *line);

/* Sleeps for so many ticks of a tenth of a second. */
void rogue_wait(uint32_t for_ticks);

/* Calls every slot of the gateway page with pointers that are not the application's and logs what they said.
 */
void rogue_call_everything(void);

#endif
