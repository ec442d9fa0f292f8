/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the factory's test application. Its log goes to the console, which is slow: a call leaves the text in the buffer that
 * the application gave for it, and the thread takes it from there. Offsets are kept here, so all that the application can
 * spoil is its own text.
 */
#include <string.h>

#include "core/sys/sys_state.h"
#include "port/port_critical.h"
#include "port/port_ns.h"

#define CHUNK_BYTES 32u /* copied at once, over the stack of a system call */

uint32_t sys_testing_complete(const uint32_t args[4])
{
    if (!sys_state.test.enabled)
        return MV_UNAVAILABLE;
    if (!sys_state.test.complete) {
        sys_state.test.complete = true;
        sys_state.test.status = args[0];
    }
    port_wake();
    return MV_OKAY;
}

uint32_t sys_test_logging_init(const uint32_t args[4])
{
    struct sys_test *test = &sys_state.test;
    uint32_t status = sys_log_buffer_check(args[0], args[1]);

    if (!test->enabled)
        return MV_UNAVAILABLE;
    if (status != MV_OKAY)
        return status;
    test->buffer = args[0];
    test->size = args[1] < SYS_TEST_LOG_BYTES_MAX ? args[1] : SYS_TEST_LOG_BYTES_MAX;
    test->out = 0;
    test->used = 0;
    return MV_OKAY;
}

/* Bytes from this offset of the ring to its end, at most length and a chunk. */
static uint32_t piece(uint32_t offset, uint32_t length)
{
    uint32_t room = sys_state.test.size - offset;

    if (room > CHUNK_BYTES)
        room = CHUNK_BYTES;
    return length < room ? length : room;
}

/* The whole message is readable and fits, so nothing fails half way (Y1). */
static void append(uint32_t from, uint32_t length)
{
    struct sys_test *test = &sys_state.test;
    uint8_t chunk[CHUNK_BYTES];

    while (length > 0) {
        uint32_t in = (test->out + test->used) % test->size;
        uint32_t count = piece(in, length);

        (void)port_ns_read(from, chunk, count);
        (void)port_ns_write(test->buffer + in, chunk, count);
        test->used += count;
        from += count;
        length -= count;
    }
}

uint32_t sys_test_log(const uint32_t args[4])
{
    static const uint8_t end = '\n';
    struct sys_test *test = &sys_state.test;
    uint32_t length = args[1] & 0xffffu;

    if (test->size == 0)
        return MV_UNAVAILABLE;
    if (length > LOG_TEXT_MAX_BYTES)
        return MV_LOGMESSAGETOOLONG;
    if (!port_ns_readable(args[0], length))
        return MV_PARAMETERFAULT;
    if (length + 1 > test->size - test->used)
        return MV_INVALIDBUFFERSIZE;
    append(args[0], length);
    (void)port_ns_write(test->buffer + (test->out + test->used) % test->size, &end,
                        1); /* checked by the init call */
    test->used++;
    port_wake();
    return MV_OKAY;
}

void sys_test_starts(void)
{
    bool enabled = sys_state.test.enabled;

    memset(&sys_state.test, 0, sizeof(sys_state.test));
    sys_state.test.enabled = enabled;
}

void sys_test_enable(bool enabled)
{
    sys_state.test.enabled = enabled; /* one byte, and no application runs */
}

bool sys_test_result(uint32_t *status)
{
    bool complete;

    port_critical_enter();
    complete = sys_state.test.complete;
    *status = sys_state.test.status;
    port_critical_leave();
    return complete;
}

uint32_t sys_test_log_take(uint8_t *out, uint32_t room)
{
    struct sys_test *test = &sys_state.test;
    uint32_t count = 0;

    port_critical_enter();
    if (test->used > 0) {
        count = piece(test->out, test->used < room ? test->used : room);
        (void)port_ns_read(test->buffer + test->out, out, count); /* checked by the init call */
        test->out = (test->out + count) % test->size;
        test->used -= count;
    }
    port_critical_leave();
    return count;
}
