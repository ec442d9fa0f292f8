/* SPDX-License-Identifier: Apache-2.0 */
/* Housekeeping of the api role: blobs that no app names, and log lines that are too old or too many. */
#ifndef API_COLLECT_H
#define API_COLLECT_H

#include <stdint.h>

struct worker;

/* A blob is left alone for so long after it was put, whatever the rows say. */
#define COLLECT_GRACE_S 3600

/* Deletes blobs that no app refers to and that were put more than grace_s ago; returns how many. May take a while; each deletion
 * holds uploads up only for itself. */
uint32_t collect_blobs(struct worker *w, int64_t grace_s);

/* Trims log lines, a bounded step; returns how many were deleted. */
uint32_t collect_logs(struct worker *w);

#endif
