/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Factory tokens, enrolments and their records. As everywhere in the store (store.h): one function per question, S1.
 *
 *  S4 a device, its claim code, the count of its token and the record of who enrolled it are written in one transaction, in which the
 *     rules of model/enrol.h were judged: two requests at once cannot pass a limit together;
 *  S5 records of enrolments are only ever added.
 */
#ifndef STORE_STORE_FACTORY_H
#define STORE_STORE_FACTORY_H

#include "model/enrol.h"
#include "store/store.h"

struct store_factory_token {
    int64_t position; /* set by the store: grows with creation, cursor of lists */
    char sid[SID_BYTES];
    char account_sid[SID_BYTES];
    char name[UNIQUE_NAME_MAX_BYTES + 1];
    unsigned char secret_sha256[32];
    uint32_t devices_max, devices, rate_per_hour;
    int64_t expires_us, revoked_us, created_us;
};

int store_factory_token_create(struct store *s, const struct store_factory_token *token);
int store_factory_token_get(struct store *s, const char *account_sid, const char *sid,
                            struct store_factory_token *out);
int store_factory_token_list(struct store *s, const char *account_sid, const struct store_page *page,
                             struct store_factory_token *out, uint32_t *n);
/* For good; revoking it again changes nothing. */
int store_factory_token_revoke(struct store *s, const char *account_sid, const char *sid, int64_t at_us,
                               struct store_factory_token *out);

/* Text of an IPv6 address with a zone. */
#define STORE_ADDRESS_BYTES 64

struct store_enrolment {
    int64_t position; /* set by the store */
    char account_sid[SID_BYTES];
    char by_sid[SID_BYTES];     /* AC, SK or FT: whose credentials were used */
    char device_sid[SID_BYTES]; /* set by the store from the device */
    bool again;                 /* set by the store: the device was there */
    char address[STORE_ADDRESS_BYTES];
    int64_t at_us;
};

struct store_enrolled {
    enum model_enrol judged; /* ENROL_NEW and ENROL_AGAIN: it is done */
    int64_t retry_us;        /* ENROL_TOO_FAST */
    struct store_device
        device; /* as it is now, or (with a refusal) the one that is in the way, if there is one */
};

/* Makes the device, or gives the one that is there a new claim code (and its new name, if device has one). ST_OK also when the
 * rules refuse it. ST_NOT_FOUND: no such account or token. */
int store_enrol(struct store *s, const struct store_enrolment *who, const struct store_device *device,
                const unsigned char claim_sha256[32], struct store_enrolled *out);

/* Would a token be refused whatever device it brings? Cheap, and before anything is signed: ENROL_TOKEN_DEAD, ENROL_TOO_FAST or
 * ENROL_AGAIN. */
int store_enrol_precheck(struct store *s, const struct store_enrolment *who, struct store_enrolled *out);

/* Of an account; by_sid "" = whoever did it. */
int store_enrolment_list(struct store *s, const char *account_sid, const char *by_sid,
                         const struct store_page *page, struct store_enrolment *out, uint32_t *n);

#endif
