/* SPDX-License-Identifier: Apache-2.0 */
/* Serial lines and whole provisioning sessions, against a device played by a thread over a socket pair's file
 * or a pty. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"
#include "base/stop.h"
#include "prov/session.h"
#include "prov/talk.h"
#include "serial/serial.h"

#define SID "UV00112233445566778899aabbccddeeff"

/* What the device does: after a line with `when`, it writes `then`. when NULL: it closes the line. */
struct rule {
    const char *when, *then;
};

struct device {
    int fd; /* listening socket, or the master of a pty */
    bool is_listening;
    const struct rule *rules;
};

static char folder[] = "/tmp/outrigger-serial-XXXXXX";
static char path[80], where[96];
static struct fail fail;
static struct talk talk;

static void play(FILE *in, int out, const struct rule *rule)
{
    char line[8192];

    while (rule->when && fgets(line, sizeof(line), in)) {
        if (!strstr(line, rule->when))
            continue;
        if (write(out, rule->then, strlen(rule->then)) < 0)
            return;
        rule++;
    }
}

static void *device_main(void *argument)
{
    struct device *device = argument;
    int fd = device->is_listening ? accept(device->fd, NULL, NULL) : dup(device->fd);
    FILE *in = fdopen(fd, "r");

    play(in, fd, device->rules);
    (void)fclose(in);
    return NULL;
}

static int listen_at(const char *at)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", at);
    (void)unlink(at);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 1), 0);
    return fd;
}

static int certify(void *context, struct talk *t, struct fail *words)
{
    if (context)
        return fail_set(words, CLI_REFUSED, "the server does not want it");
    assert_int_equal(t->csr_len, 3);
    talk_certified(t, SID, (const unsigned char *)"bar", 3);
    return CLI_OK;
}

static int run_session(const struct rule *rules, uint32_t timeout_ms, void *context)
{
    struct session_options options = { .timeout_ms = timeout_ms, .certify = certify, .context = context };
    struct device device = { .fd = listen_at(path), .is_listening = true, .rules = rules };
    struct serial *serial = NULL;
    pthread_t thread;
    int status;

    assert_int_equal(pthread_create(&thread, NULL, device_main, &device), 0);
    assert_int_equal(serial_open(where, SERIAL_DEFAULT_BAUD, &serial, &fail), CLI_OK);
    status = session_run(serial, &options, &talk, &fail);
    serial_close(serial);
    assert_int_equal(pthread_join(thread, NULL), 0);
    (void)close(device.fd);
    return status;
}

static void a_device_is_provisioned_over_a_socket(void **state)
{
    static const struct rule rules[] = {
        { "OTR1 HELLO", "boot noise\n\xff\xfe\nOTR1 STATE host 0.1.0 blank\r\n" },
        { "OTR1 KEYGEN", "key made\nOTR1 CSR Zm9v\n" },
        { "OTR1 SET YmFy", "OTR1 OK " SID "\n" },
        { NULL, NULL },
    };

    (void)state;
    assert_int_equal(run_session(rules, 20000, NULL), CLI_OK);
    assert_string_equal(talk.sid, SID);
}

/* The device loses power between SET and its answer; the reminder finds out what it has stored. */
static void a_device_that_restarts_is_asked_again(void **state)
{
    static const struct rule rules[] = {
        { "OTR1 HELLO", "OTR1 STATE host 0.1.0 blank\n" },
        { "OTR1 KEYGEN", "OTR1 CSR Zm9v\n" },
        { "OTR1 SET", "booting\n" },
        { "OTR1 HELLO", "OTR1 STATE host 0.1.0 blank\n" },
        { "OTR1 SET", "booting\n" },
        { "OTR1 HELLO", "OTR1 STATE host 0.1.0 provisioned " SID "\n" },
        { NULL, NULL },
    };

    (void)state;
    assert_int_equal(run_session(rules, 20000, NULL), CLI_OK);
}

static void a_provisioned_device_has_its_own_result(void **state)
{
    static const struct rule rules[] = { { "OTR1 HELLO", "OTR1 STATE host 0.1.0 provisioned " SID "\n" },
                                         { NULL, NULL } };

    (void)state;
    assert_int_equal(run_session(rules, 20000, NULL), CLI_PROVISIONED);
    assert_non_null(strstr(fail.text, SID));
}

static void silence_and_hanging_up_and_refusal_are_told_apart(void **state)
{
    static const struct rule silent[] = { { "never", "" }, { NULL, NULL } };
    static const struct rule gone[] = { { "OTR1 HELLO", "OTR1 STATE host 0.1.0 blank\n" }, { NULL, NULL } };
    static const struct rule willing[] = { { "OTR1 HELLO", "OTR1 STATE host 0.1.0 blank\n" },
                                           { "OTR1 KEYGEN", "OTR1 CSR Zm9v\n" },
                                           { NULL, NULL } };

    (void)state;
    assert_int_equal(run_session(silent, 300, NULL), CLI_TIMEOUT);
    assert_non_null(strstr(fail.text, "answer to HELLO"));
    assert_int_equal(run_session(gone, 20000, NULL), CLI_IO);
    assert_int_equal(run_session(willing, 20000, &talk), CLI_REFUSED);
    assert_non_null(strstr(fail.text, "does not want it"));
}

static void a_tty_is_raw_and_gets_its_settings_back(void **state)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    struct serial *serial;
    struct termios before, after;
    char name[128], data[16];
    size_t len;
    int slave;

    (void)state;
    assert_true(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    assert_int_equal(ptsname_r(master, name, sizeof(name)), 0);
    slave = open(name, O_RDWR | O_NOCTTY); /* keeps the pty's settings while nobody else has it */
    assert_true(slave >= 0 && tcgetattr(slave, &before) == 0);
    assert_int_equal(serial_open(name, 115200, &serial, &fail), CLI_OK);
    assert_int_equal(write(master, "a\rb\n", 4), 4);
    assert_int_equal(serial_read(serial, 5000, data, sizeof(data), &len, &fail), CLI_OK);
    assert_int_equal(len, 4);
    assert_memory_equal(data, "a\rb\n", 4); /* no character is translated */
    assert_int_equal(serial_write(serial, "c\n", 2, &fail), CLI_OK);
    assert_int_equal(read(master, data, sizeof(data)), 2);
    assert_memory_equal(data, "c\n", 2);
    serial_close(serial);
    assert_int_equal(tcgetattr(slave, &after), 0);
    assert_int_equal(after.c_lflag, before.c_lflag);
    assert_int_equal(after.c_iflag, before.c_iflag);
    (void)close(slave);
    (void)close(master);
}

static void what_cannot_be_opened_is_named(void **state)
{
    static const char *const wrong[] = { "/nowhere/at/all", "unix:/nowhere/at/all", "/dev/null",
                                         "/etc/passwd", "127.0.0.1:1" };
    struct serial *serial;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fail.text[0] = 0;
        assert_int_equal(serial_open(wrong[i], 115200, &serial, &fail), CLI_IO);
        assert_true(fail.text[0] != 0);
    }
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/line", folder);
    (void)snprintf(where, sizeof(where), "unix:%s", path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_is_provisioned_over_a_socket),
        cmocka_unit_test(a_device_that_restarts_is_asked_again),
        cmocka_unit_test(a_provisioned_device_has_its_own_result),
        cmocka_unit_test(silence_and_hanging_up_and_refusal_are_told_apart),
        cmocka_unit_test(a_tty_is_raw_and_gets_its_settings_back),
        cmocka_unit_test(what_cannot_be_opened_is_named),
    };

    stop_install(); /* as the tool does: writing to a line that was hung up is an error, not the end */
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
