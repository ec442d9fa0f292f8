/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The microvisor's own update (PROTOCOL.md section 9): brings the slot that does not run to the microvisor that is wanted, has the
 * device restarted, and confirms itself when it is the new one.
 *
 * It binds the state machine (self_fsm.h), the record (self_record.h), verification (self_manifest.h, self_image.h) and the
 * trailers and ratchet that boot0 goes by (core/boot). One blob stream that the owner carries out; what arrives is programmed as
 * it comes.
 *
 * Invariants:
 *  S1 the slot that runs is never written, but for the marks CONFIRMED and REFUSED of its trailer;
 *  S2 nothing is erased for an update before its manifest is verified, and nothing at all while this microvisor is on trial;
 *  S3 the other slot is marked PENDING only when its whole image was found to be one that boot0 starts, and the mark is taken back
 *     before anything else is pursued;
 *  S4 CONFIRMED is set only after a Welcome, and the ratchet is raised only after CONFIRMED: at no instant of that is there a
 *     device whose only allowed microvisor is not a confirmed one;
 *  S5 a microvisor on trial gives up only if the other slot would start in its place;
 *  S6 a newer one that boot0 has set aside, because it was confirmed but fell at each start (E6 of boot_decision.h), is refused for good
 *     only by one that is confirmed and has just been welcomed.
 * Called from the microvisor's thread only.
 */
#ifndef CORE_SELF_H
#define CORE_SELF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/core_limits.h"
#include "core/self/self_fsm.h"
#include "core/self/self_manifest.h"
#include "port/port_flash.h"

/* What the engine asks of its owner. */
struct self_owner {
    /* Asks for length bytes of a blob; 0, or PORT_AGAIN: not now. */
    int (*fetch_open)(void *context, const uint8_t sha256[SHA256_BYTES], uint32_t offset, uint32_t length);
    /* Ends the fetch; no more bytes of it may be delivered afterwards. */
    void (*fetch_cancel)(void *context);
    /* The moment from which the device may be restarted; 0: now. Asked again whenever something has changed. */
    uint64_t (*restart_from)(void *context);
    /* Restart the device soon. Must not call back. */
    void (*restart)(void *context);
    /* The state has changed; for reports. Must not call back. */
    void (*changed)(void *context, enum self_state from, enum self_state to);
};

/* What is wanted, as in otr.Desired. */
struct self_want {
    uint8_t sha256[SHA256_BYTES];
    uint32_t manifest_bytes; /* 0: keep what runs */
    bool now;                /* do not wait for leave */
};

/* The blob stream, and the piece that is being collected from it. */
struct self_fetch {
    bool open;
    bool ended; /* nothing more will come */
    uint32_t filled;
    uint64_t heard_us;
};

struct self {
    struct self_fsm fsm;
    const struct self_owner *owner;
    void *context;
    enum port_flash_area slot, other; /* the one that runs; PORT_FLASH_AREA_COUNT: this device has none */
    bool link_up;
    bool confirmed;
    bool pending;                  /* boot0 would start the other slot on trial */
    uint32_t ratchet;              /* the device's floor */
    uint8_t running[SHA256_BYTES]; /* manifest of this microvisor; zeros: it came from the factory */

    bool want_known;
    struct self_want want;        /* the server's last word since this start */
    uint8_t target[SHA256_BYTES]; /* manifest that is pursued or refused */
    uint32_t target_bytes;
    struct self_manifest manifest; /* of the target, once verified */

    struct self_fetch fetch;
    bool prepared;       /* IMAGE: slot and record are ready to be written */
    uint32_t begun;      /* IMAGE: where this start of the work began */
    uint32_t offset;     /* IMAGE: bytes of the image that are in the slot */
    uint64_t due_us;     /* TRIAL: when it has failed */
    uint64_t confirm_us; /* TRIAL: when to try the mark again */
    uint64_t now_us;
    uint8_t buffer[MANIFEST_MAX_BYTES]; /* the manifest, then pieces of the image */
};

/* Looks at both slots: is this a trial, was one given up? Changes are reported to the owner. */
void self_mount(struct self *self, const struct self_owner *owner, void *context, uint64_t now_us);

/* Sets what is wanted; harmless when repeated. */
void self_want(struct self *self, const struct self_want *want, uint64_t now_us);

/* The server has welcomed this microvisor, or the connection is gone. Going down forgets the fetch. */
void self_link(struct self *self, bool up, uint64_t now_us);

/* What arrives for the fetch. */
void self_fetch_opened(struct self *self, uint32_t total_bytes);
void self_fetch_data(struct self *self, const uint8_t *data, uint32_t length);
void self_fetch_closed(struct self *self, otr_StreamStatus reason);

/* Is it fetching, or about to? */
bool self_fetching(const struct self *self);

/* Must the device be connected for it? */
bool self_needs_link(const struct self *self);

/* Does a piece of work; when to call again: now_us = at once, UINT64_MAX = only after something has happened. */
uint64_t self_step(struct self *self, uint64_t now_us);

/* For the server. */
void self_status(const struct self *self, otr_MicrovisorStatus *out);

#endif
