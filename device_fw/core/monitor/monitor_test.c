/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The factory's test application (core/factory): its log on the console, its word about the device, and what follows from it.
 *
 *   PENDING: runs --mvTestingComplete(0)--> PASSED, durable --> stopped --> what the factory put beside it is installed
 *                 --mvTestingComplete(n)--> stopped; nothing runs until the microvisor starts again, and then the test
 */
#include <string.h>

#include "core/base/line.h"
#include "core/monitor/monitor_state.h"
#include "core/sys/sys.h"
#include "port/port_console.h"

void monitor_test_init(struct monitor *m)
{
    factory_test_load(&m->test);
}

bool monitor_test_applies(const struct monitor *m)
{
    const struct manifest *manifest = ota_installed(&m->ota);

    return manifest != NULL && factory_test_is(&m->test, FACTORY_TEST_PENDING, manifest->sha256);
}

/* The test is over without having passed, or nothing to speak of any more. If it cannot be stored the next start does it. */
static void forget(struct monitor *m)
{
    memset(&m->test, 0, sizeof(m->test));
    (void)factory_test_store(&m->test);
    prov_announce_test(&m->prov);
}

void monitor_test_settle(struct monitor *m)
{
    const struct manifest *manifest = ota_installed(&m->ota);

    if (m->test.state == FACTORY_TEST_PENDING && manifest != NULL && !monitor_test_applies(m))
        forget(m);
}

void monitor_test_wanted(struct monitor *m, const uint8_t manifest_sha256[SHA256_BYTES])
{
    if (factory_test_is(&m->test, FACTORY_TEST_PASSED, manifest_sha256))
        forget(m);
}

static void passed(struct monitor *m)
{
    struct line line;

    m->test.state = FACTORY_TEST_PASSED;
    if (factory_test_store(&m->test) != 0) {
        m->test.state = FACTORY_TEST_PENDING;
        line_start(&line, "test passed but that could not be stored area=kv");
        line_print(&line);
        return;
    }
    prov_announce_test(&m->prov);
    monitor_app_stop(m);
    ota_test_passed(&m->ota, m->now_us);
}

bool monitor_test_step(struct monitor *m)
{
    uint32_t status;

    if (!sys_test_result(&status) || !monitor_test_applies(m))
        return false;
    monitor_test_drain();
    if (status == 0)
        passed(m);
    if (m->test.state == FACTORY_TEST_PENDING) {
        m->test.failed_status = status;
        prov_announce_test(&m->prov);
        monitor_app_hold(m);
    }
    return true;
}

/* The text is the application's: nothing of it may end a line or speak for us (PROTOCOL.md section 8). */
static void write_escaped(uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    const char text[4] = { '\\', 'x', digits[byte >> 4], digits[byte & 15] };
    bool printable = byte >= 0x20 && byte < 0x7f;

    port_console_write(printable ? (const char *)&byte : text, printable ? 1 : 4);
}

void monitor_test_drain(void)
{
    uint8_t bytes[16];
    uint32_t count, left = SYS_TEST_LOG_BYTES_MAX;
    bool open = false;

    while (left >= sizeof(bytes) && (count = sys_test_log_take(bytes, sizeof(bytes))) > 0) {
        for (uint32_t i = 0; i < count; i++) {
            if (!open && bytes[i] != '\n')
                port_console_write("test: ", 6);
            if (bytes[i] != '\n')
                write_escaped(bytes[i]);
            else if (open)
                port_console_write("\n", 1);
            open = bytes[i] != '\n';
        }
        left -= count;
    }
    if (open)
        port_console_write("\n", 1);
}
