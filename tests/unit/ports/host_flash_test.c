/* SPDX-License-Identifier: Apache-2.0 */
/* The host's flash file keeps the rules of NOR flash, survives the process and belongs to one process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "port/port_flash.h"
#include "port/port_status.h"
#include "ports/host/host.h"

static char folder[] = "/tmp/host_flash_test_XXXXXX";
static char path[64];

/* The room keeps one flash for the life of the process, so all tests share it and use areas of their own. */
static int open_flash(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/flash", folder);
    return host_flash_open(path);
}

static int remove_flash(void **state)
{
    (void)state;
    return unlink(path) != 0 || rmdir(folder) != 0;
}

static void new_flash_is_erased_and_costs_no_disk(void **state)
{
    uint8_t buf[64];
    struct stat file;

    (void)state;
    assert_int_equal(port_flash_read(PORT_FLASH_STAGING, 1000, buf, sizeof buf), PORT_OK);
    for (size_t i = 0; i < sizeof buf; i++) {
        assert_int_equal(buf[i], 0xff);
    }
    assert_int_equal(stat(path, &file), 0);
    assert_true(file.st_blocks * 512 < 64 * 1024);
}

static void areas_are_whole_sectors_and_end_where_they_say(void **state)
{
    uint8_t buf[PORT_FLASH_UNIT_BYTES] = { 0 };

    (void)state;
    for (unsigned area = 0; area < PORT_FLASH_AREA_COUNT; area++) {
        uint32_t bytes = port_flash_bytes(area);

        assert_int_equal(bytes % PORT_FLASH_SECTOR_BYTES, 0);
        assert_int_equal(port_flash_read(area, bytes, buf, 1), PORT_EINVAL);
        assert_int_equal(port_flash_program(area, bytes, buf, sizeof buf), PORT_EINVAL);
        assert_int_equal(port_flash_erase(area, bytes, PORT_FLASH_SECTOR_BYTES), PORT_EINVAL);
        assert_int_equal(port_flash_read(area, 0xfffffff0u, buf, 32), PORT_EINVAL);
    }
    assert_int_equal(port_flash_bytes(PORT_FLASH_APP), 1024 * 1024);
    assert_int_equal(port_flash_bytes(PORT_FLASH_AREA_COUNT), 0);
    assert_int_equal(port_flash_read(PORT_FLASH_AREA_COUNT, 0, buf, 1), PORT_EINVAL);
}

static void programming_only_clears_bits(void **state)
{
    uint8_t wanted[16];
    uint8_t found[16];

    (void)state;
    memset(wanted, 0xf0, sizeof wanted);
    assert_int_equal(port_flash_program(PORT_FLASH_KV, 4096, wanted, sizeof wanted), PORT_OK);
    memset(wanted, 0x30, sizeof wanted);
    assert_int_equal(port_flash_program(PORT_FLASH_KV, 4096, wanted, sizeof wanted), PORT_OK);
    wanted[15] = 0x31; /* one bit would have to go back to 1 */
    wanted[0] = 0;
    assert_int_equal(port_flash_program(PORT_FLASH_KV, 4096, wanted, sizeof wanted), PORT_EINVAL);
    assert_int_equal(port_flash_read(PORT_FLASH_KV, 4096, found, sizeof found), PORT_OK);
    memset(wanted, 0x30, sizeof wanted); /* and nothing changed, the first byte neither */
    assert_memory_equal(found, wanted, sizeof found);
}

static void a_refused_program_over_many_sectors_changes_nothing(void **state)
{
    static uint8_t data[3 * 4096];
    static uint8_t found[sizeof data];
    uint8_t zero[16] = { 0 };

    (void)state;
    assert_int_equal(port_flash_program(PORT_FLASH_OTA, sizeof data - 16, zero, 16), PORT_OK);
    memset(data, 0x55, sizeof data);
    assert_int_equal(port_flash_program(PORT_FLASH_OTA, 0, data, sizeof data), PORT_EINVAL);
    assert_int_equal(port_flash_read(PORT_FLASH_OTA, 0, found, sizeof found), PORT_OK);
    for (size_t i = 0; i < sizeof found - 16; i++) {
        assert_int_equal(found[i], 0xff);
    }
}

static void alignment_is_enforced(void **state)
{
    uint8_t buf[32] = { 0 };

    (void)state;
    assert_int_equal(port_flash_program(PORT_FLASH_KV, 8192 + 1, buf, 16), PORT_EINVAL);
    assert_int_equal(port_flash_program(PORT_FLASH_KV, 8192, buf, 17), PORT_EINVAL);
    assert_int_equal(port_flash_erase(PORT_FLASH_KV, 16, 4096), PORT_EINVAL);
    assert_int_equal(port_flash_erase(PORT_FLASH_KV, 0, 100), PORT_EINVAL);
}

static void erasing_touches_its_sectors_only(void **state)
{
    uint8_t data[16] = { 1, 2, 3 };
    uint8_t found[16];

    (void)state;
    for (uint32_t sector = 0; sector < 3; sector++) {
        assert_int_equal(port_flash_program(PORT_FLASH_APP, sector * 4096 + 4080, data, 16), PORT_OK);
    }
    assert_int_equal(port_flash_erase(PORT_FLASH_APP, 4096, 4096), PORT_OK);
    assert_int_equal(port_flash_read(PORT_FLASH_APP, 4080, found, 16), PORT_OK);
    assert_memory_equal(found, data, 16);
    assert_int_equal(port_flash_read(PORT_FLASH_APP, 4096 + 4080, found, 16), PORT_OK);
    assert_int_equal(found[0], 0xff);
    assert_int_equal(port_flash_read(PORT_FLASH_APP, 8192 + 4080, found, 16), PORT_OK);
    assert_memory_equal(found, data, 16);
}

/* In a child: what the parent wrote is in the file, and the file is locked. 0 when as expected. */
static int child_sees_a_locked_file(void)
{
    return host_flash_open(path) == -1 ? 0 : 1;
}

static void a_second_process_is_refused(void **state)
{
    pid_t child;
    int status;

    (void)state;
    fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(child_sees_a_locked_file());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void another_kind_of_file_is_refused(void **state)
{
    char other[80];
    FILE *file;

    (void)state;
    (void)snprintf(other, sizeof other, "%s/other", folder);
    file = fopen(other, "w");
    assert_non_null(file);
    fputs("a file that matters to somebody", file);
    fclose(file);
    assert_int_equal(host_flash_open(other), -1);
    assert_int_equal(host_flash_open("/nonexistent/flash"), -1);
    assert_int_equal(unlink(other), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_flash_is_erased_and_costs_no_disk),
        cmocka_unit_test(areas_are_whole_sectors_and_end_where_they_say),
        cmocka_unit_test(programming_only_clears_bits),
        cmocka_unit_test(a_refused_program_over_many_sectors_changes_nothing),
        cmocka_unit_test(alignment_is_enforced),
        cmocka_unit_test(erasing_touches_its_sectors_only),
        cmocka_unit_test(a_second_process_is_refused),
        cmocka_unit_test(another_kind_of_file_is_refused),
    };

    return cmocka_run_group_tests(tests, open_flash, remove_flash);
}
