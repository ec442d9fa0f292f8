/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May a device be enrolled, and as what? Enrolling is making a device of a certificate request: by the account itself, or with a
 * factory token, which is given to a factory that is not trusted with more.
 *
 * A token enrols new devices up to its number and its rate, and its own devices again (a label that was lost, an answer that was
 * lost). To devices that somebody else enrolled it can do nothing, and it renames none.
 */
#ifndef MODEL_ENROL_H
#define MODEL_ENROL_H

#include <stdbool.h>
#include <stdint.h>

/* Bounds of a token's limits: a factory of a million devices, a line that makes ten a second, ten years. */
#define ENROL_DEVICES_MAX    1000000u
#define ENROL_RATE_MAX       36000u
#define ENROL_TTL_MIN_S      60u
#define ENROL_TTL_MAX_S      315360000u
#define ENROL_RATE_DEFAULT   600u
#define ENROL_TTL_DEFAULT_S  2592000u /* 30 days: long enough for a batch, short enough to be forgotten */
#define ENROL_RATE_WINDOW_US (INT64_C(3600) * 1000000)

enum model_enrol {
    ENROL_NEW,
    ENROL_AGAIN,
    ENROL_TOKEN_DEAD,    /* revoked or expired */
    ENROL_TOKEN_USED_UP, /* it has enrolled all its devices */
    ENROL_TOO_FAST,      /* over its rate: try again later */
    ENROL_NOT_ITS_OWN,   /* somebody else has enrolled the device */
    ENROL_RENAMES,       /* a token may not give another name to a device that is there */
    ENROL_FOREIGN,       /* the device belongs to another account */
    ENROL_DEVICE_REVOKED,
    ENROL_NAME_TAKEN /* another device has the name */
};

/* What is known when the question comes up. Times are microseconds since the Unix epoch, 0 = never. */
struct model_enrol_facts {
    int64_t now_us;
    bool by_token;
    struct {
        int64_t expires_us, revoked_us;
        uint32_t devices_max, devices;
        int64_t window_us; /* when the enrolment was that is rate_per_hour back; 0: there are not so many */
    } token;               /* with by_token */
    bool name_taken;       /* by another device than this one */
    bool exists;
    struct {
        bool foreign, revoked, renamed;
        bool by_same; /* whoever asks has enrolled it before */
    } device;         /* when it exists */
};

/* *retry_us: with ENROL_TOO_FAST how long to wait. */
enum model_enrol model_enrol_judge(const struct model_enrol_facts *facts, int64_t *retry_us);

#endif
