/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scenario of the crash store: a sequence of adds and acknowledgements that goes around the ring. Progress is the number of
 * operations that were carried out. Invariants C1 (what was kept waits), C2 (the add that was cut is seen wholly or not at all),
 * C3 (what was acknowledged does not come back), C4 (oldest first), C5 (flash rules; it can be written again), as
 * core/crash/crash_store.h numbers them.
 */
#include <string.h>

#include "campaigns/scenarios.h"
#include "core/crash/crash_record.h"
#include "core/crash/crash_store.h"
#include "proto/codec/codec.h"
#include "tests/unit/device/board_fake.h"
#include "tests/unit/device/flash_fake.h"

#define OPERATIONS 21u
#define SECTORS    3u
#define FIRST_ID   1000u
/* Of the newest reports: those that are never in the sector which is erased next, although two cuts have spoilt slots. */
#define SURE ((SECTORS - 1) * CRASH_SLOTS - 2)

/* Every third operation acknowledges what was added two before; the others add a report of their own number. */
static bool is_add(uint32_t operation)
{
    return operation % 3 != 2;
}

static const otr_CrashReport *numbered(uint32_t n)
{
    static otr_CrashReport report;

    memset(&report, 0, sizeof(report));
    report.report_id = FIRST_ID + n;
    report.has_crash = true;
    report.crash.pc = n;
    report.stack.size = (pb_size_t)(n % 4 * 12);
    memset(report.stack.bytes, (int)n, report.stack.size);
    return &report;
}

static bool is_whole(uint32_t slot, const struct crash_head *head)
{
    uint8_t bytes[CRASH_REPORT_MAX_BYTES];
    static otr_CrashReport found;
    const otr_CrashReport *wanted = numbered((uint32_t)(head->report_id - FIRST_ID));

    return crash_slot_report(slot, head, bytes) == 0 &&
           codec_crash_decode(bytes, head->length, &found) == CODEC_OK &&
           found.crash.pc == wanted->crash.pc && found.stack.size == wanted->stack.size &&
           memcmp(found.stack.bytes, wanted->stack.bytes, wanted->stack.size) == 0;
}

/* Which reports wait, as bits; false when one is not what was added. */
static bool find_waiting(uint32_t *waiting)
{
    struct crash_head head;
    uint32_t sequence;

    *waiting = 0;
    for (uint32_t slot = 0; slot < SECTORS * CRASH_SLOTS; slot++) {
        if (!crash_sector_read(slot / CRASH_SLOTS, &sequence) ||
            crash_slot_read(slot, &head) != CRASH_SLOT_WAITING)
            continue;
        if (head.report_id < FIRST_ID || head.report_id >= FIRST_ID + OPERATIONS || !is_whole(slot, &head))
            return false;
        *waiting |= 1u << (head.report_id - FIRST_ID);
    }
    return true;
}

static uint32_t adds_between(uint32_t first, uint32_t end)
{
    uint32_t count = 0;

    for (; first < end; first++)
        count += is_add(first);
    return count;
}

/* What must hold after the first done operations, the next one in doubt. */
static const char *check_one(uint32_t n, uint32_t done, bool waits)
{
    bool finished = is_add(n) && n % 3 == 0 && n + 2 < done,
         in_doubt = n == done || (n % 3 == 0 && n + 2 == done);
    bool is_sure = adds_between(n, done + 1) <= SURE;

    if (!is_add(n) || n > done)
        return waits ? "C2 a report that was never added" : NULL;
    if (in_doubt || !is_sure)
        return NULL;
    if (finished)
        return waits ? "C3 what was acknowledged came back" : NULL;
    return waits ? NULL : "C1 what was kept is gone";
}

static const char *check(uint32_t done)
{
    static otr_CrashReport oldest;
    uint32_t waiting;

    if (!find_waiting(&waiting))
        return "C2 a report is not what was added";
    for (uint32_t n = 0; n < OPERATIONS; n++) {
        const char *broken = check_one(n, done, (waiting >> n & 1u) != 0);

        if (broken != NULL)
            return broken;
    }
    if (crash_store_oldest(&oldest) != (waiting != 0) ||
        (waiting != 0 && oldest.report_id != FIRST_ID + (uint32_t)__builtin_ctz(waiting)))
        return "C4 not the oldest first";
    return flash_fake_violation();
}

static bool carry_out(uint32_t n)
{
    enum crash_kept kept;

    if (!is_add(n)) {
        crash_store_ack(FIRST_ID + n - 2);
        return true;
    }
    kept = crash_store_add(numbered(n), (n + 1) * CRASH_INTERVAL_MS * 1000ull);
    return kept == CRASH_KEPT || kept == CRASH_WAITS;
}

static const char *run(uint32_t progress)
{
    const char *broken;

    flash_fake_restart();
    crash_store_mount(1, progress * CRASH_INTERVAL_MS * 1000ull);
    broken = check(progress);
    if (broken != NULL)
        return broken;
    for (uint32_t n = progress; n < OPERATIONS; n++) {
        if (!carry_out(n))
            return "C5 the store cannot be written again";
        campaign_progress(n + 1);
    }
    crash_store_mount(1, 0);
    return check(OPERATIONS);
}

static void prepare(void)
{
    flash_fake_resize(PORT_FLASH_CRASH, SECTORS * PORT_FLASH_SECTOR_BYTES);
    board_fake_reset(1);
    flash_fake_reset(false);
}

const struct campaign_scenario scenario_crash_store = { "crash store", prepare, run, 2 };
