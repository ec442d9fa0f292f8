/* SPDX-License-Identifier: Apache-2.0 */
/* The update engine: mounting, deciding what to pursue, carrying out the state machine's actions. See ota.h.
 */
#include "core/ota/ota.h"

#include <string.h>

#include "core/img/digest.h"
#include "core/img/slot.h"
#include "core/ota/ota_work.h"
#include "port/port_status.h"

struct state_work {
    void (*enter)(struct ota *ota);
    uint64_t (*step)(struct ota *ota);
};

static const struct state_work works[] = {
    [OTA_MANIFEST] = { ota_manifest_enter, ota_manifest_step },
    [OTA_LISTS] = { ota_lists_enter, ota_lists_step },
    [OTA_WHOLE] = { ota_whole_enter, ota_whole_step },
    [OTA_PLAN] = { ota_plan_enter, ota_plan_step },
    [OTA_STAGE] = { ota_stage_enter, ota_stage_step },
    [OTA_READY] = { ota_ready_enter, ota_ready_step },
    [OTA_INSTALL] = { ota_install_enter, ota_install_step },
    [OTA_REPAIR] = { ota_repair_enter, ota_repair_step },
};

void ota_init(struct ota *ota, const struct ota_owner *owner, void *context, uint8_t (*blocks)[BLOCK_BYTES])
{
    memset(ota, 0, sizeof(*ota));
    ota_fsm_init(&ota->fsm);
    ota->owner = owner;
    ota->context = context;
    ota->blocks = blocks;
    ota->owner_index = OTA_RECORD_NONE;
    ota->target_index = OTA_RECORD_NONE;
}

void ota_emit(struct ota *ota, enum ota_event event, otr_UpdateError error)
{
    struct ota_input input = {
        .event = event,
        .error = error,
        .has_staging = ota_has_staging(),
        .polite = ota->owner->install_from(ota->context) > ota->now_us,
        .has_whole = ota_has_whole_layer(&ota->target),
        .usable = ota->target_usable,
        .now_us = ota->now_us,
    };
    enum ota_state from = ota->fsm.state;
    uint32_t actions = ota_fsm_step(&ota->fsm, &input);

    if (actions & OTA_DROP_FETCHES)
        ota_fetch_drop_all(ota);
    if (event != OTA_EV_GOT || ota->fsm.state == OTA_IDLE)
        ota_content_forget(ota); /* what follows may be another target */
    if (actions & OTA_STOP_APP)
        ota->owner->stop_app(ota->context);
    if (actions & OTA_ENTER)
        works[ota->fsm.state].enter(ota);
    if (actions != 0)
        ota->owner->changed(ota->context, from, ota->fsm.state);
}

void ota_pursue_record(struct ota *ota, uint32_t index, enum ota_event event)
{
    const struct ota_record *record = &ota->records[index];

    ota->target_index = index;
    ota->target_usable = true;
    memcpy(ota->active.app_sid, record->app_sid, sizeof(ota->active.app_sid));
    memcpy(ota->active.sha256, record->sha256, SHA256_BYTES);
    ota->active.manifest_bytes = record->manifest_bytes;
    ota_emit(ota, event, otr_UpdateError_UPDATE_OK);
}

static bool resume_record(struct ota *ota, uint32_t index)
{
    if (index == OTA_RECORD_NONE || ota->records[index].complete ||
        !ota_record_load(ota, index, &ota->target))
        return false;
    ota_pursue_record(ota, index, OTA_EV_RESUME);
    return true;
}

/* Continues with the newest record that is not finished, or else with a half written slot. */
static void resume_interrupted(struct ota *ota)
{
    if (!resume_record(ota, ota_record_newest(ota->records)))
        (void)resume_record(ota, ota->owner_index);
}

/* The record whose test must pass before another one is resumed (E5), or OTA_RECORD_NONE. By its header alone: a test whose
 * signer, slot or marks are no good has not passed. */
static uint32_t pending_test(const struct ota *ota, const struct factory_test *test)
{
    uint32_t owner = ota->owner_index;

    for (uint32_t i = 0; i < OTA_RECORDS; i++)
        if (ota->records[i].valid && (owner == i || owner == OTA_RECORD_NONE) &&
            factory_test_is(test, FACTORY_TEST_PENDING, ota->records[i].sha256))
            return i;
    return OTA_RECORD_NONE;
}

/* The application that owns the slot, unless its test has passed: then it has done its work. */
static bool load_owner(struct ota *ota, const struct factory_test *test)
{
    uint32_t owner = ota->owner_index;

    return owner != OTA_RECORD_NONE && ota->records[owner].complete &&
           !factory_test_is(test, FACTORY_TEST_PASSED, ota->records[owner].sha256) &&
           ota_record_load(ota, owner, &ota->installed);
}

static void forget_all(struct ota *ota)
{
    ota_fsm_init(&ota->fsm);
    ota_content_forget(ota);
    ota_fetch_drop_all(ota);
    ota->target_index = OTA_RECORD_NONE;
    ota->target_usable = false;
    ota->installed_valid = false;
    ota->whole_checked = false;
}

int ota_mount(struct ota *ota, const struct manifest_signers *signers, const struct factory_test *test,
              uint64_t now_us)
{
    uint32_t tested;
    int status = ota_record_fits() ? 0 : PORT_EIO;

    ota->now_us = now_us;
    ota->signers = *signers;
    forget_all(ota);
    for (uint32_t i = 0; i < OTA_RECORDS && status == 0; i++)
        status = ota_record_read(i, &ota->records[i]);
    if (status != 0)
        return status;
    ota->owner_index = ota_record_owner(ota->records);
    ota->installed_valid = load_owner(ota, test);
    tested = pending_test(ota, test);
    if (tested == OTA_RECORD_NONE)
        resume_interrupted(ota);
    else
        (void)resume_record(ota, tested);
    return 0;
}

void ota_test_passed(struct ota *ota, uint64_t now_us)
{
    ota->now_us = now_us;
    ota->installed_valid = false;
    if (ota->fsm.state == OTA_IDLE || ota->fsm.state == OTA_FAILED)
        resume_interrupted(ota); /* otherwise what the server wants is already on its way */
}

/* An abandoned record must not be resumed at the next start. */
static void discard_target(struct ota *ota)
{
    if (ota->target_index == OTA_RECORD_NONE || ota->target_index == ota->owner_index)
        return;
    if (ota->records[ota->target_index].valid)
        (void)ota_record_discard(
            ota->target_index); /* if it fails the server's word corrects it after the next start */
    ota->records[ota->target_index].valid = false;
    ota->target_usable = false;
}

static void cancel(struct ota *ota)
{
    if (ota->fsm.state == OTA_IDLE)
        return;
    discard_target(ota);
    if (ota->fsm.repair)
        ota->target_usable = false;
    ota_emit(ota, OTA_EV_CANCEL, otr_UpdateError_UPDATE_OK);
}

static bool pursuing(const struct ota *ota, const uint8_t sha256[SHA256_BYTES])
{
    return ota->fsm.state != OTA_IDLE && memcmp(ota->active.sha256, sha256, SHA256_BYTES) == 0;
}

static void pursue_new(struct ota *ota)
{
    if (ota->target_usable &&
        memcmp(ota->records[ota->target_index].sha256, ota->want.sha256, SHA256_BYTES) == 0) {
        ota_pursue_record(ota, ota->target_index, OTA_EV_RESUME);
        return;
    }
    if (ota->fsm.state != OTA_IDLE)
        discard_target(ota);
    ota->target_usable = false;
    ota->active = ota->want;
    ota_emit(ota, OTA_EV_WANT, otr_UpdateError_UPDATE_OK);
}

static void decide(struct ota *ota)
{
    if (ota->held || ota_installing_alone(ota) || pursuing(ota, ota->want.sha256))
        return;
    if (ota->want.app_sid[0] == '\0') {
        if (ota->installed_valid)
            cancel(ota);
        return;
    }
    if (ota->installed_valid && memcmp(ota->installed.sha256, ota->want.sha256, SHA256_BYTES) == 0)
        cancel(ota);
    else
        pursue_new(ota);
}

void ota_want(struct ota *ota, const struct ota_want *want, uint64_t now_us)
{
    ota->now_us = now_us;
    ota->want = *want;
    decide(ota);
}

void ota_hold(struct ota *ota, bool held, uint64_t now_us)
{
    bool released = ota->held && !held;

    ota->now_us = now_us;
    ota->held = held;
    if (released)
        decide(ota);
}

void ota_link(struct ota *ota, bool up, uint64_t now_us)
{
    ota->now_us = now_us;
    ota->link_up = up;
    if (up)
        return;
    for (uint32_t i = 0; i < OTA_FETCHES; i++)
        ota->fetches[i].kind = OTA_FETCH_NONE;
    if (ota->fsm.state == OTA_LISTS ||
        ota->fsm.state == OTA_WHOLE) /* half written hashes cannot be written again */
        ota_emit(ota, OTA_EV_WANT, otr_UpdateError_UPDATE_OK);
}

static bool stalled(const struct ota *ota)
{
    for (uint32_t i = 0; i < OTA_FETCHES; i++) {
        const struct ota_fetch *fetch = &ota->fetches[i];

        if (fetch->kind != OTA_FETCH_NONE && !fetch->ended &&
            ota->now_us - fetch->heard_us > OTA_STALL_MS * 1000ull)
            return true;
    }
    return false;
}

uint64_t ota_step(struct ota *ota, uint64_t now_us)
{
    enum ota_state before = ota->fsm.state;
    uint64_t due_us;

    ota->now_us = now_us;
    if (before == OTA_IDLE)
        return OTA_WAIT_EVENT;
    if (before == OTA_FAILED) {
        if (now_us < ota->fsm.retry_us)
            return ota->fsm.retry_us;
        ota_emit(ota, OTA_EV_RETRY, otr_UpdateError_UPDATE_OK);
        return now_us;
    }
    if (stalled(ota)) {
        ota_fail(ota, otr_UpdateError_UPDATE_NOT_FOUND);
        return now_us;
    }
    due_us = works[before].step(ota);
    if (ota->fsm.state == before)
        return ota_fetch_busy(ota) && due_us > now_us + OTA_STALL_MS * 1000ull
                   ? now_us + OTA_STALL_MS * 1000ull
                   : due_us;
    if (ota->fsm.state == OTA_IDLE)
        decide(ota); /* something else may have become wanted meanwhile */
    return now_us;
}

const struct manifest *ota_installed(const struct ota *ota)
{
    bool writing = ota->fsm.state == OTA_INSTALL || (ota->fsm.state == OTA_WHOLE && !ota_has_staging());

    return ota->installed_valid && !writing ? &ota->installed : NULL;
}

const struct manifest *ota_owning(const struct ota *ota)
{
    bool owned = ota->owner_index != OTA_RECORD_NONE;

    if (owned && ota->fsm.state != OTA_IDLE && ota->target_index == ota->owner_index)
        return &ota->target;
    return ota->installed_valid ? &ota->installed : NULL;
}

const char *ota_installed_sid(const struct ota *ota)
{
    bool same = memcmp(ota->want.sha256, ota->installed.sha256, SHA256_BYTES) == 0;

    if (!ota->installed_valid)
        return "";
    return same && ota->want.app_sid[0] != '\0' ? ota->want.app_sid : ota->records[ota->owner_index].app_sid;
}

static int expected_of(const void *context, uint32_t block, struct block_expected *out)
{
    const struct ota *ota = context;

    return ota_record_read_hash(ota->owner_index, block, out);
}

/* Layers without a signed list: the whole region must have the signed measurement. */
static bool whole_layers_match(const struct ota *ota)
{
    for (uint32_t i = 0; i < ota->installed.layer_count; i++) {
        const struct manifest_layer *layer = &ota->installed.layers[i];

        if (!layer->has_list && !digest_flash_equals(PORT_FLASH_APP, layer->first * BLOCK_BYTES,
                                                     layer->blocks * BLOCK_BYTES, layer->measurement_hash))
            return false;
    }
    return true;
}

static void start_repair(struct ota *ota)
{
    if (ota->fsm.state != OTA_IDLE && ota->fsm.state != OTA_FAILED && ota->fsm.state != OTA_REPAIR)
        return; /* an update under way will write the slot anyway */
    ota->target = ota->installed;
    ota->installed_valid = false;
    ota_pursue_record(ota, ota->owner_index, OTA_EV_RESUME);
}

int ota_load_installed(struct ota *ota, uint64_t now_us)
{
    int wrong;

    ota->now_us = now_us;
    if (!ota->installed_valid)
        return PORT_ENOENT;
    wrong = slot_load(expected_of, ota);
    if (wrong < 0)
        return wrong;
    if (wrong > 0) {
        start_repair(ota);
        return PORT_EAUTH;
    }
    if (!ota->whole_checked && !whole_layers_match(ota)) {
        ota->installed_valid = false; /* its computed lists are not to be trusted: install it anew */
        return PORT_ENOENT;
    }
    ota->whole_checked = true;
    return 0;
}
