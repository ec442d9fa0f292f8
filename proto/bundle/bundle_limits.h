/* SPDX-License-Identifier: Apache-2.0 */
/* Bounds of policy values in manifests, each with its reason. */
#ifndef PROTO_BUNDLE_LIMITS_H
#define PROTO_BUNDLE_LIMITS_H

/* A device that does not try again for more than a day is lost to its operator. */
#define RESTART_MAX_MS 86400000u

/* Below 100 ms scheduling slices of the two worlds could starve an honest application; above an hour it
 * guards nothing. */
#define APP_WATCHDOG_MIN_MS 100u
#define APP_WATCHDOG_MAX_MS 3600000u

#endif
