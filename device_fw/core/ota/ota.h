/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The update engine: brings the application's slot and its layers in external flash to what is wanted, and knows
 * what may be started.
 *
 * It binds the state machine (ota_fsm.h), the journal (ota_record.h), the verification (core/img) and blob
 * fetches that its owner carries out. Work is done in small pieces by ota_step; bytes that arrive are
 * verified and programmed as they come.
 *
 * Invariants:
 *  E1 ota_installed() is not NULL only when the slot's owner is complete and its manifest verified (R3):
 *     only then may the application be started, and it is measured again at that moment;
 *  E2 nothing is erased for an update before its manifest and its block lists are verified;
 *  E3 every block is compared with the signed (or computed and signed-for) hash before it is written and
 *     after;
 *  E4 the running application is stopped (stop_app) before the first byte of the slot, or of a layer in external
 *     flash, changes; only blocks of external flash that a read has found damaged are written while it runs;
 *  E5 while the slot's owner is an application whose factory test is pending, no other record is resumed, and once it has
 *     passed that application counts as not installed (X2, X3 of core/factory). What the server wants is pursued all the same.
 *  E6 the content key of encrypted layers is in RAM only while an update or repair fetches them, and is wiped when that ends;
 *     what is written anywhere is plain and has been compared with its hash (E3).
 * What the board cannot stage (ota_staging.c) is written straight from the network while the application is stopped: with
 * only one copy of a block there is no third way, and the journal makes it as safe as the rest.
 * Called from the microvisor's thread only.
 */
#ifndef CORE_OTA_H
#define CORE_OTA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/core_limits.h"
#include "core/factory/factory.h"
#include "core/img/manifest.h"
#include "core/ota/ota_fsm.h"
#include "core/ota/ota_record.h"
#include "port/port_crypto.h"

/* What the engine asks of its owner. */
struct ota_owner {
    /* Asks for length bytes of a blob; 0, or PORT_AGAIN: not now. */
    int (*fetch_open)(void *context, uint32_t number, const uint8_t sha256[SHA256_BYTES], uint32_t offset,
                      uint32_t length);
    /* Ends a fetch; no more bytes of it may be delivered afterwards. */
    void (*fetch_cancel)(void *context, uint32_t number);
    /* Stops the application; not one of its instructions runs when this returns. */
    void (*stop_app)(void *context);
    /* The moment from which the running application may be stopped for an update that is ready: 0 = now. */
    uint64_t (*install_from)(void *context);
    /* Opens the content key of encrypted layers. 0; PORT_ENOENT: no such decrypter; else it cannot be opened. */
    int (*content_key)(void *context, const struct manifest_content_key *sealed,
                       uint8_t key[CONTENT_KEY_BYTES]);
    /* The state has changed; for reports. Must not call back. */
    void (*changed)(void *context, enum ota_state from, enum ota_state to);
};

/* What is wanted; hash and SID as in otr.Desired. */
struct ota_want {
    char app_sid[SID_CHARS + 1]; /* empty: keep what is installed */
    uint8_t sha256[SHA256_BYTES];
    uint32_t manifest_bytes;
};

enum ota_fetch_kind { OTA_FETCH_NONE, OTA_FETCH_MANIFEST, OTA_FETCH_LIST, OTA_FETCH_WHOLE, OTA_FETCH_RUN };

/* One blob stream and the block that is being collected from it. */
struct ota_fetch {
    enum ota_fetch_kind kind;
    bool ended;          /* nothing more will come */
    uint32_t layer;      /* index in the manifest */
    uint32_t next_block; /* LIST, WHOLE, RUN: where the next hash or block belongs */
    uint32_t end_block;  /* RUN, LIST, WHOLE: first block that is not wanted */
    uint32_t filled;     /* bytes in the block buffer */
    uint32_t total;      /* size of the blob, once known */
    uint64_t heard_us;
};

/* Digests of a layer without block list, as it passes by. */
struct ota_whole {
    struct port_sha256 fetch;
    struct port_sha256 measurement;
};

struct ota {
    struct ota_fsm fsm;
    const struct ota_owner *owner;
    void *context;
    struct manifest_signers signers;
    bool held;                      /* begins nothing new */
    uint8_t (*blocks)[BLOCK_BYTES]; /* one per fetch, borrowed */
    bool link_up;

    struct ota_want want;   /* the server's last word */
    struct ota_want active; /* what is being installed */
    struct ota_record records[OTA_RECORDS];
    uint32_t owner_index;  /* record that owns the slot, or OTA_RECORD_NONE */
    uint32_t target_index; /* record being built or installed */
    bool target_usable;    /* committed, verified, lists complete */
    struct manifest installed;
    bool installed_valid;
    bool whole_checked; /* layers without a signed list were measured since the microvisor started */
    struct manifest target;

    struct ota_fetch fetches[OTA_FETCHES];
    struct ota_whole whole;
    bool content_open; /* content_key is that of the target (E6) */
    uint8_t content_key[CONTENT_KEY_BYTES];
    uint32_t cursor;       /* LISTS, WHOLE: next layer; PLAN, INSTALL: next block */
    uint32_t fetch_cursor; /* STAGE, INSTALL: next block to ask for */
    uint32_t tries;        /* of the current block in INSTALL */
    bool journal;          /* INSTALL: block marks are written (not when repairing a complete slot) */
    uint8_t need[OTA_BITMAP_BYTES];   /* blocks that must be written */
    uint8_t staged[OTA_BITMAP_BYTES]; /* of those, the ones that need no download (any more) */
    uint32_t bytes_done;
    uint32_t bytes_total;
    uint64_t now_us;
};

/* Prepares the engine. blocks: OTA_FETCHES buffers, borrowed; used only while something is wanted. */
void ota_init(struct ota *ota, const struct ota_owner *owner, void *context, uint8_t (*blocks)[BLOCK_BYTES]);

/* Reads the journal, verifies the installed application's manifest and lists, resumes an interrupted update.
 * The signers are borrowed. Called again when they have changed: what was under way is resumed from the flash, as far as
 * the new ones accept it. Uses only the first of the block buffers. 0, or PORT_EIO when the flash cannot be read. */
int ota_mount(struct ota *ota, const struct manifest_signers *signers, const struct factory_test *test,
              uint64_t now_us);

/* The test of the installed application has passed (that is durable, and the application stopped): goes on with what the
 * factory put beside it. Uses only the first of the block buffers. */
void ota_test_passed(struct ota *ota, uint64_t now_us);

/* Sets what is wanted; harmless when repeated. */
void ota_want(struct ota *ota, const struct ota_want *want, uint64_t now_us);

/* While held, what is wanted is only remembered: what is under way goes on. */
void ota_hold(struct ota *ota, bool held, uint64_t now_us);

/* The link came up or went down; going down forgets all fetches. */
void ota_link(struct ota *ota, bool up, uint64_t now_us);

/* What arrives for a fetch. */
void ota_fetch_opened(struct ota *ota, uint32_t number, uint32_t total_bytes);
void ota_fetch_data(struct ota *ota, uint32_t number, const uint8_t *data, uint32_t length);
void ota_fetch_closed(struct ota *ota, uint32_t number, otr_StreamStatus reason);

/* Does a piece of work; when to call again: now_us = at once, UINT64_MAX = only after something has happened.
 */
uint64_t ota_step(struct ota *ota, uint64_t now_us);

/* The application that may be started, or NULL (E1). */
const struct manifest *ota_installed(const struct ota *ota);

/* What owns the slot, complete or being installed; NULL: nothing does. */
const struct manifest *ota_owning(const struct ota *ota);

/* SID under which it was installed; empty if none, or if the factory installed it. */
const char *ota_installed_sid(const struct ota *ota);

/* Measures the slot and loads the application's window. 0: start it. PORT_EAUTH: blocks are damaged, their
 * repair has been started. PORT_ENOENT, PORT_EIO. */
int ota_load_installed(struct ota *ota, uint64_t now_us);

/* A read of the application in external flash, within one block. give is called with what is read, offset counted from
 * address. */
struct ota_read {
    uint32_t address, length;
    void (*give)(void *context, uint32_t offset, const uint8_t *bytes, uint32_t length);
    void *context;
};

/* Reads and verifies. 0; PORT_EAUTH: the block is damaged, its repair has been started if nothing else is under way;
 * PORT_EIO. If it is not 0 what was given must be taken back. */
int ota_external_read(struct ota *ota, const struct ota_read *read);

/* Does no layer of the installed application, nor of the one that is being installed, lie in the range? */
bool ota_external_is_free(const struct ota *ota, uint32_t address, uint32_t length);

/* Is there a staging area that holds a whole slot? A smaller one is not used. */
bool ota_has_staging(void);

#endif
