/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls: the microvisor's side of the application's ABI, and what the thread tells it.
 *
 * Invariants:
 *  Y1 nothing of the application's memory is used before it was copied in, and every pointer is checked
 *     before anything is changed: a call either does all or returns a status and does nothing;
 *  Y2 a call takes microseconds: no flash, no network, no crypto; longer work is left to the thread as a
 *     flag;
 *  Y3 what both sides touch is touched by the thread only inside critical sections;
 *  Y4 handles are never 0 and never used twice until 2^32 were given; all of them end with the application.
 * The functions below belong to the thread; port_syscall() (port/port_syscall.h) is the application's door.
 */
#ifndef CORE_SYS_H
#define CORE_SYS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sys/mv_abi.h"
#include "proto/limits.h"

/* At start. seed makes handles unpredictable. */
void sys_init(uint32_t seed);

/* The application is about to start: everything it had asked for is gone. wake_reason as for mvGetWakeReason.
 */
void sys_application_starts(uint32_t wake_reason, uint64_t now_us);

/* The factory's test (sys_test.c). Before the application starts: is it the one under test? Only then do the test calls work. */
void sys_test_enable(bool enabled);

/* Has the test application ended its test since it was started? Its word, 0 = passed; the first one counts. */
bool sys_test_result(uint32_t *status);

/* Takes the next bytes, at most room, of what it has logged, a LF behind each message: their number. They lay in the
 * application's memory and may be anything. */
uint32_t sys_test_log_take(uint8_t *out, uint32_t room);

/* What calls answer with. */
void sys_set_device_id(const char sid[SID_CHARS]);
void sys_set_wall_time(uint64_t unix_us, uint64_t now_us);
void sys_set_logging(bool enabled);
void sys_set_fetching_update(bool fetching);

/* An update is downloaded and waits for the application's leave, or does not any more. */
void sys_set_update_downloaded(bool downloaded, uint64_t now_us);

/* Has the application asked to be told of updates? Then it wants to be waited for. */
bool sys_listens_for_updates(void);

/* Tells the application that the network's status changed (if it did). */
void sys_set_network(enum mv_network_status status, uint64_t now_us);

/* Why the device is to be connected (mv_network_reason): what the thread knows, and the application's own reasons; 0: none. */
uint32_t sys_network_reasons(uint32_t reasons_here);

/* Has the application asked to be restarted since the last question? */
bool sys_take_restart(void);

/* Carries out what calls have left to the thread (LED). */
void sys_step(void);

/* What the application waits for in external flash; addresses are offsets in it. Read and write: buffer is an address of the
 * application, and all of the range was in its memory when it asked. */
enum sys_flash_kind { SYS_FLASH_READ, SYS_FLASH_WRITE, SYS_FLASH_ERASE };

struct sys_flash_work {
    enum sys_flash_kind kind;
    uint32_t address;
    uint32_t length; /* still to do */
    uint32_t buffer;
};

/* How much external flash the board has; once, at start. */
void sys_set_external_flash(uint32_t bytes);

/* Is there something to do? Then *out says what; the first bytes of it are done, or it has failed. All done: the call returns
 * MV_OKAY. Ignored when the application has meanwhile been started anew. */
bool sys_flash_next(struct sys_flash_work *out);
void sys_flash_done(uint32_t bytes);
void sys_flash_failed(enum mv_status status);

/* Time of the last system call, or of the application's start. */
uint64_t sys_last_call_us(void);

/* Wall time in microseconds since the Unix epoch; 0 when not known. */
uint64_t sys_wall_time_us(uint64_t now_us);

#endif
