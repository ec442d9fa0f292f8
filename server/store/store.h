/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store: one function per question, SQL in one place behind it. A handle belongs to one thread at a time;
 * each process and each worker thread opens its own. Every function may block on the disk (milliseconds):
 * never call it from an event loop.
 *
 * Invariants:
 *  S1 what a writing function returned ST_OK for survives kill -9 of any process;
 *     functions marked (batched) survive kill -9 too, but a power failure may lose the last instant;
 *  S2 unique names are unique per account and kind, and never look like a SID of that kind;
 *  S3 an app or a microvisor that a device targets, and a microvisor that is a default, cannot be deleted
 *     (ST_IN_USE).
 *
 * Times are microseconds since the Unix epoch; 0 means "never" (JSON null). Text is UTF-8, NUL-terminated,
 * borrowed by the store for the call only. Structs are plain values owned by the caller.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/sid.h"
#include "proto/limits.h"

struct store;

enum store_durability {
    STORE_FULL,   /* fsync at each commit: the api's acknowledged writes */
    STORE_BATCHED /* WAL synchronous=NORMAL: presence, reports, log lines */
};

/* Opens (and with migrate also creates or upgrades) the database file. Words about a failure go to err. */
int store_open(const char *path, enum store_durability durability, bool migrate, struct store **out,
               char *err, size_t err_cap);
void store_close(struct store *s); /* NULL ok */

/* ---- accounts and credentials ------------------------------------------------------------------- */

struct store_credential {
    char account_sid[SID_BYTES];
    char key_sid[SID_BYTES]; /* of an API key or a factory token; "" for the account's own token */
    unsigned char secret_sha256[32];
    bool revoked;
};

/* user: AC, SK or FT sid. ST_NOT_FOUND if there is none. Revoked and expired ones are returned with the flag set. */
int store_credential_get(struct store *s, const char *user, struct store_credential *out);
int store_account_create(struct store *s, const char *account_sid, const unsigned char token_sha256[32]);
int store_account_first(struct store *s, char account_sid[SID_BYTES]); /* ST_NOT_FOUND in an empty store */
int store_key_create(struct store *s, const struct store_credential *key, const char *name);

/* One cheap read, for health checks. */
int store_ping(struct store *s);

/* ---- apps ---------------------------------------------------------------------------------------- */

struct store_app {
    int64_t position; /* set by the store: grows with creation, cursor of lists */
    char sid[SID_BYTES];
    char account_sid[SID_BYTES];
    char unique_name[UNIQUE_NAME_MAX_BYTES + 1]; /* "" = none */
    unsigned char manifest_sha256[32];
    uint32_t manifest_bytes;
    int64_t created_us, updated_us;
};

struct store_layer {
    unsigned char fetch_sha256[32];
    unsigned char block_list_sha256[32]; /* all zero: the manifest has none */
    uint32_t bytes, block_list_bytes;
    bool external; /* external flash region */
    uint32_t start, size;
};

int store_app_create(struct store *s, const struct store_app *app, const void *manifest,
                     const struct store_layer *layers, uint32_t layer_count);
int store_app_get(struct store *s, const char *account_sid, const char *sid_or_name, struct store_app *out);
int store_app_manifest(struct store *s, const char *account_sid, const char *app_sid, void *buf, size_t cap,
                       size_t *len);
/* Layers of an app, in the manifest's order; out has APP_LAYERS_MAX entries. None when there is no such app. */
int store_layers_get(struct store *s, const char *app_sid, struct store_layer *out, uint32_t *count);
/* The next app behind a position (0: the first) that devices target which are not revoked, and how many do. ST_NOT_FOUND: no more. */
int store_app_targeted(struct store *s, const char *account_sid, int64_t position, struct store_app *out,
                       uint32_t *devices);
/* ST_IN_USE while devices target it; devices tells how many. */
int store_app_delete(struct store *s, const char *account_sid, const char *app_sid, uint32_t *devices);
/* A page of a list, newest first. */
struct store_page {
    int64_t position; /* of the row that the page follows; 0 = begin at the newest. The row may have been
                         deleted since. */
    bool backwards;   /* the page that ends just before that row instead */
    uint32_t skip;    /* rows to pass over first */
    uint32_t limit;
};
/* Fills out (page->limit entries) and their count. */
int store_app_list(struct store *s, const char *account_sid, const struct store_page *page,
                   struct store_app *out, uint32_t *n);
/* Whether any app or microvisor refers to the blob as manifest, layer, block list or image; for the
 * collector. */
int store_blob_is_used(struct store *s, const unsigned char sha256[32], bool *used);

/* ---- microvisors ----------------------------------------------------------------------------------- */

struct store_microvisor {
    int64_t position; /* set by the store: grows with creation, cursor of lists; 0 = none */
    char sid[SID_BYTES];
    char account_sid[SID_BYTES];
    char unique_name[UNIQUE_NAME_MAX_BYTES + 1]; /* "" = none */
    unsigned char manifest_sha256[32], image_sha256[32];
    uint32_t manifest_bytes, image_bytes;
    char board[BOARD_NAME_MAX_CHARS + 1];
    char version[MICROVISOR_VERSION_MAX_CHARS + 1];
    uint32_t number, ratchet;
    bool is_default; /* of its board; set by the store */
    int64_t created_us, updated_us;
};

/* ST_EXISTS: the account has the unique name or the manifest already. */
int store_microvisor_create(struct store *s, const struct store_microvisor *m);
int store_microvisor_get(struct store *s, const char *account_sid, const char *sid_or_name,
                         struct store_microvisor *out);
/* By its manifest. */
int store_microvisor_find(struct store *s, const char *account_sid, const unsigned char manifest_sha256[32],
                          struct store_microvisor *out);
int store_microvisor_list(struct store *s, const char *account_sid, const struct store_page *page,
                          struct store_microvisor *out, uint32_t *n);
/* ST_IN_USE while it is a default (devices is 0 then) or devices target it; devices tells how many. */
int store_microvisor_delete(struct store *s, const char *account_sid, const char *sid, uint32_t *devices);

/* NULL or unset fields stay. */
struct store_microvisor_change {
    const char *unique_name; /* NULL = keep, "" = remove */
    bool set_default, is_default;
};
/* ST_EXISTS: the unique name is taken. A new default takes the old one's place. */
int store_microvisor_update(struct store *s, const char *account_sid, const char *sid,
                            const struct store_microvisor_change *change, struct store_microvisor *out);

/* The default of the account for a board; ST_NOT_FOUND. */
int store_microvisor_default(struct store *s, const char *account_sid, const char *board,
                             struct store_microvisor *out);

/* How many devices of that board without a target of their own have a ratchet above this one, and would refuse
 * such a microvisor; one of them. */
int store_ratchet_above(struct store *s, const char *account_sid, const char *board, uint32_t ratchet,
                        uint32_t *devices, char example_sid[SID_BYTES]);

/* What a device said about its microvisor: MicrovisorStatus of wire.proto. */
struct store_microvisor_status {
    uint32_t slot; /* values of wire.proto, as all numbers */
    bool confirmed;
    uint32_t ratchet, update_phase, update_error, bytes_done, bytes_total;
    unsigned char update_sha256[32];   /* manifest that phase and error speak of */
    unsigned char manifest_sha256[32]; /* of the one that runs; all zero = not known */
};

/* ---- devices ------------------------------------------------------------------------------------- */

struct store_device {
    int64_t position; /* set by the store: grows with creation, cursor of lists */
    char sid[SID_BYTES];
    char account_sid[SID_BYTES];
    char unique_name[UNIQUE_NAME_MAX_BYTES + 1];
    unsigned char key_sha256[32]; /* of the 65-byte public key */
    bool revoked;
    char target_sid[SID_BYTES];      /* "" = none */
    unsigned char target_sha256[32]; /* manifest hash of the target; set by the store */
    int64_t targeted_us;
    uint32_t restart_seq;
    int64_t logging_until_us;
    /* as reported by the device */
    char reported_sid[SID_BYTES];
    unsigned char reported_sha256[32]; /* manifest hash; all zero = none */
    int64_t reported_us;
    uint32_t app_state, update_phase, update_error, bytes_done, bytes_total,
        crash_count;                 /* values of wire.proto */
    unsigned char update_sha256[32]; /* manifest that phase and error speak of */
    char board[24], microvisor_version[32];
    uint32_t boot_count, reset_reason;
    bool online;
    int64_t last_seen_us;
    uint32_t keys_sequence, keys_error; /* of its key ring */
    int64_t keys_reported_us;           /* 0: it has not told yet */
    int64_t created_us, updated_us;
    /* its microvisor: what it is to run (position 0: what runs may stay) and what it said */
    struct store_microvisor wanted;
    bool wanted_is_own;             /* its own target, not the account's default */
    int64_t microvisor_targeted_us; /* 0 unless wanted_is_own */
    int64_t urgent_position;        /* of the microvisor that is to be installed at once; 0 = none */
    uint32_t microvisor_number;     /* 0: never said */
    int64_t microvisor_reported_us; /* 0: never, what follows is zero */
    char microvisor_sid[SID_BYTES]; /* of the one that runs, if the account has it; else "" */
    struct store_microvisor_status microvisor;
};

/* Is the wanted microvisor to be installed without the application's leave? */
static inline bool store_device_is_urgent(const struct store_device *dev)
{
    return dev->wanted.position != 0 && dev->wanted.position == dev->urgent_position;
}

/* ST_EXISTS fills existing with the row that is there: one of the same sid (provisioning again is harmless),
 * else the one that has the unique name. */
int store_device_create(struct store *s, const struct store_device *dev, struct store_device *existing);
int store_device_get(struct store *s, const char *account_sid, const char *sid_or_name,
                     struct store_device *out);
int store_device_list(struct store *s, const char *account_sid, const struct store_page *page,
                      struct store_device *out, uint32_t *n);

/* One REST update in one transaction; NULL or unset fields stay. */
struct store_device_change {
    const char *unique_name; /* NULL = keep, "" = remove */
    const char *target_sid;  /* an existing app of the account, "" = none; NULL = keep */
    bool set_logging;
    int64_t logging_until_us; /* 0 = off */
    bool restart;             /* restart_seq + 1 */
    bool set_revoked, revoked;
    const char *microvisor_sid; /* an existing one of the account, "" = the account's default; NULL = keep */
    bool set_urgent, urgent; /* of the wanted one after this change; a new target is not urgent by itself */
};
/* ST_EXISTS: the unique name is taken. ST_NOT_FOUND: no such device. ST_INVALID: the account has no such app or
 * microvisor. */
int store_device_update(struct store *s, const char *account_sid, const char *device_sid,
                        const struct store_device_change *change, struct store_device *out);

/* ---- keys: PROTOCOL.md section 12 ----------------------------------------------------------------- */

/* Serialized otr.KeyRing and otr.KeysStatus. */
#define STORE_KEY_RING_MAX_BYTES    512u
#define STORE_KEYS_STATUS_MAX_BYTES 128u

struct store_key_update {
    int64_t position; /* set by the store: grows with creation, cursor of lists */
    uint32_t sequence;
    unsigned char message[NEW_KEYS_MAX_BYTES]; /* empty with sequence 0 */
    size_t message_len;
    unsigned char ring[STORE_KEY_RING_MAX_BYTES]; /* of the account's devices once they have applied it */
    size_t ring_len;
    int64_t created_us;
};

/* ST_NOT_FOUND: there is none. */
int store_keys_latest(struct store *s, const char *account_sid, struct store_key_update *out);
int store_keys_get(struct store *s, const char *account_sid, uint32_t sequence, struct store_key_update *out);
/* By device, for whoever does not know its account. */
int store_keys_of_device(struct store *s, const char *device_sid, uint32_t sequence,
                         struct store_key_update *out);
/* Adds one to the account's chain, and before it base (sequence 0) if there is none yet. ST_EXISTS: the sequence is taken. */
int store_keys_add(struct store *s, const char *account_sid, const struct store_key_update *base,
                   const struct store_key_update *update);
/* Without sequence 0, newest first. */
int store_keys_list(struct store *s, const char *account_sid, const struct store_page *page,
                    struct store_key_update *out, uint32_t *n);

/* How many devices of the account, revoked ones aside, have applied the update, and how many have refused one before it. */
struct store_keys_progress {
    uint32_t devices, current, refused;
};
int store_keys_progress(struct store *s, const char *account_sid, uint32_t sequence,
                        struct store_keys_progress *out);

/* How many devices of the server, whoever they belong to, revoked ones aside, have a server CA, and how many of them connect by it. */
struct store_server_ca_progress {
    uint32_t devices, have, use;
};
int store_server_ca_progress(struct store *s, uint64_t server_ca, struct store_server_ca_progress *out);

/* What a device says of its key ring. */
struct store_device_keys {
    char device_sid[SID_BYTES];
    uint32_t sequence, error; /* values of wire.proto */
    unsigned char status[STORE_KEYS_STATUS_MAX_BYTES];
    size_t status_len;
    uint64_t server_cas[SERVER_CAS_MAX], server_ca_in_use; /* 0: none */
    int64_t reported_us;
};
int store_device_keys_put(struct store *s, const struct store_device_keys *rows,
                          uint32_t n); /* (batched) one transaction */

/* ---- what the gateway asks ------------------------------------------------------------------------ */

/* Everything a session needs, in one look: is it ours, may it connect, what shall it run. */
struct store_session {
    struct store_device device;
    bool has_target;
    struct store_app target;                   /* when has_target */
    struct store_layer layers[APP_LAYERS_MAX]; /* of the target: what the device may fetch */
    uint32_t layer_count;
    uint32_t keys_sequence;                                 /* of the account's newest key update; 0: none */
    unsigned char keys_status[STORE_KEYS_STATUS_MAX_BYTES]; /* as in struct store_device_keys */
    size_t keys_status_len;                                 /* 0: the device has not told yet */
};
/* board: what the device says in this session, which decides about the default microvisor; "" = what it said
 * last. ST_NOT_FOUND: unknown device. */
int store_session_get(struct store *s, const char *device_sid, const char *board, struct store_session *out);

/* What a device reported (batched). Fields as in struct store_device; app_sid is looked up from the
 * manifest's hash, so a device cannot claim an app that is not its account's. */
struct store_report {
    char device_sid[SID_BYTES];
    int64_t at_us;
    bool hello; /* board, microvisor_version, microvisor_number, boot_count and reset_reason are set */
    char board[24], microvisor_version[32];
    uint32_t microvisor_number, boot_count, reset_reason;
    bool has_app; /* always with hello */
    unsigned char manifest_sha256[32], update_sha256[32];
    uint32_t app_state, update_phase, update_error, bytes_done, bytes_total, crash_count;
    bool has_microvisor;
    struct store_microvisor_status microvisor;
};
int store_report_put(struct store *s, const struct store_report *reports,
                     uint32_t n); /* (batched) one transaction */

struct store_presence {
    char device_sid[SID_BYTES];
    bool online;
    uint32_t gateway; /* index of the gateway process; an offline row of another gateway than the last online
                         one is ignored */
    int64_t last_seen_us;
};
int store_presence_put(struct store *s, const struct store_presence *rows,
                       uint32_t n); /* (batched) one transaction */

/* Marks every device of this gateway process offline: at its start, since it holds no session yet. gateway:
 * index. */
int store_presence_reset(struct store *s, uint32_t gateway);

/* ---- logs ----------------------------------------------------------------------------------------- */

struct store_log {
    int64_t id; /* set by the store, grows */
    char device_sid[SID_BYTES];
    uint64_t boot_id; /* 0 for lines that the server itself wrote (type "connection") */
    uint32_t seq;
    uint64_t device_us; /* since the microvisor started */
    int64_t received_us;
    char type[20];                     /* app_logging, ota_update, app_crash, microvisor, connection */
    char text[LOG_TEXT_MAX_BYTES + 1]; /* UTF-8: invalid bytes were replaced by the gateway */
    uint32_t dropped;
};

/* Stores lines, at most once per (device, boot_id, seq); repeated ones are ignored. (batched) one
 * transaction. */
int store_log_put(struct store *s, const struct store_log *lines, uint32_t n);

/* Lines of a device with id > after_id in ascending order (or, with newest_first, id < after_id descending;
 * after_id 0 = from the newest). Only types named in type when not "". */
int store_log_list(struct store *s, const char *device_sid, int64_t after_id, bool newest_first,
                   const char *type, uint32_t limit, struct store_log *out, uint32_t *n);

/* Deletes lines older than before_us, and the oldest of devices with more than per_device lines; at most
 * limit rows per call. deleted tells how many. Each call looks at the next few devices, in turn. */
int store_log_trim(struct store *s, int64_t before_us, uint32_t per_device, uint32_t limit,
                   uint32_t *deleted);

/* ---- crash reports ---------------------------------------------------------------------------------- */

struct store_crash {
    int64_t position;    /* set by the store: grows, cursor of lists */
    char sid[SID_BYTES]; /* set by the store */
    char device_sid[SID_BYTES];
    uint64_t report_id; /* the device's, never 0 */
    int64_t received_us;
    uint32_t origin, cause;      /* values of wire.proto */
    uint64_t boot_id, device_us; /* start of the microvisor during which it happened, and when */
    char app_sid[SID_BYTES];     /* as the device says, "" = none or another account's */
    uint32_t microvisor_number;
    uint32_t pc, lr, xpsr, address, fault_status, secure_fault_status, restart_in_ms, count;
    bool address_known;
    uint32_t registers_len, stack_len, sealed_len; /* sealed: instead of the others */
    unsigned char registers[4 * CRASH_REGISTER_WORDS], stack[CRASH_STACK_MAX_BYTES],
        sealed[CRASH_SEALED_MAX_BYTES];
};

/* Stores a report unless the device's report_id is there, and forgets all but the newest keep of the device; unknown devices are
 * skipped. (batched) */
int store_crash_put(struct store *s, const struct store_crash *crash, uint32_t keep);

int store_crash_get(struct store *s, const char *device_sid, const char *crash_sid, struct store_crash *out);
/* Newest first. */
int store_crash_list(struct store *s, const char *device_sid, const struct store_page *page,
                     struct store_crash *out, uint32_t *n);

#endif
