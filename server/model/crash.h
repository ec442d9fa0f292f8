/* SPDX-License-Identifier: Apache-2.0 */
/* Words about crashes of devices. Numbers are values of proto/wire.proto. */
#ifndef MODEL_CRASH_H
#define MODEL_CRASH_H

#include <stdint.h>

/* Names for programs, "unknown" for a value that this version does not know. Static memory. */
const char *model_crash_cause_name(uint32_t cause);
const char *model_crash_origin_name(uint32_t origin);

/* What a cause means, in words. Static memory. */
const char *model_crash_cause_text(uint32_t cause);

/* Names of the CRASH_REGISTER_WORDS registers of a report, in their order. Static memory. */
const char *model_crash_register_name(unsigned index);

#endif
