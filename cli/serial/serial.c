/* SPDX-License-Identifier: Apache-2.0 */
/* Chooses the kind of line by its name; reads and writes with deadlines. Knows nothing of what is said. */
#include "serial/serial.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/status.h"
#include "base/stop.h"
#include "serial/serial_impl.h"

#define SERIAL_WRITE_TIMEOUT_MS 10000
#define SERIAL_POLL_MS          200 /* how soon an interruption is noticed, should a signal come just before poll */

/* Splits "host:port" or "[host]:port"; false when it is neither. */
static bool split_host(const char *where, char host[256], const char **port)
{
    const char *colon = strrchr(where, ':'), *begin = where, *end = colon;

    if (!colon || colon == where || !colon[1] || strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return false;
    if (*begin == '[' && end[-1] == ']') {
        begin++;
        end--;
    }
    if (end <= begin || end - begin >= 256)
        return false;
    memcpy(host, begin, (size_t)(end - begin));
    host[end - begin] = 0;
    *port = colon + 1;
    return true;
}

static int open_path(const char *path, uint32_t baud, struct serial *s, struct fail *fail)
{
    struct stat info;

    if (stat(path, &info) != 0) {
        (void)fail_set(fail, CLI_IO, "cannot open %s: %s", path, strerror(errno));
        return -1;
    }
    if (S_ISSOCK(info.st_mode))
        return serial_unix_open(path, fail);
    if (S_ISCHR(info.st_mode))
        return serial_tty_open(path, baud, s, fail);
    (void)fail_set(fail, CLI_IO, "%s is neither a serial device nor a Unix socket", path);
    return -1;
}

static int open_any(const char *where, uint32_t baud, struct serial *s, struct fail *fail)
{
    char host[256];
    const char *port;

    if (strncmp(where, "unix:", 5) == 0)
        return serial_unix_open(where + 5, fail);
    if (!strchr(where, '/') && split_host(where, host, &port))
        return serial_tcp_open(host, port, fail);
    return open_path(where, baud, s, fail);
}

int serial_open(const char *where, uint32_t baud, struct serial **out, struct fail *fail)
{
    struct serial *s = mem_new(sizeof(*s));

    s->fd = open_any(where, baud, s, fail);
    if (s->fd < 0) {
        mem_free(s);
        return CLI_IO;
    }
    *out = s;
    return CLI_OK;
}

void serial_close(struct serial *s)
{
    if (!s)
        return;
    if (s->is_tty)
        (void)tcsetattr(s->fd, TCSADRAIN, &s->before); /* the line may be gone already */
    (void)close(s->fd);
    mem_free(s);
}

/* 1 when ready, 0 when the time is over, negative with words. */
static int wait_ready(const struct serial *s, short events, int64_t until_ms, struct fail *fail)
{
    while (!stop_asked()) {
        struct pollfd p = { .fd = s->fd, .events = events };
        int64_t left_ms = until_ms - stop_now_ms();
        int n = poll(&p, 1, left_ms < 0 ? 0 : left_ms < SERIAL_POLL_MS ? (int)left_ms : SERIAL_POLL_MS);

        if (n > 0)
            return 1;
        if (n < 0 && errno != EINTR)
            return fail_set(fail, CLI_IO, "cannot wait for the serial line: %s", strerror(errno));
        if (n == 0 && stop_now_ms() >= until_ms)
            return 0;
    }
    return fail_set(fail, CLI_INTERRUPTED, "interrupted");
}

int serial_write(struct serial *s, const char *text, size_t len, struct fail *fail)
{
    int64_t until_ms = stop_now_ms() + SERIAL_WRITE_TIMEOUT_MS;

    while (len) {
        int ready = wait_ready(s, POLLOUT, until_ms, fail);
        ssize_t n;

        if (ready < 0)
            return ready;
        if (ready == 0)
            return fail_set(fail, CLI_TIMEOUT,
                            "the serial line does not take what is sent: is a device connected?");
        n = write(s->fd, text, len);
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            return fail_set(fail, CLI_IO, "cannot write to the serial line: %s", strerror(errno));
        if (n > 0) {
            text += n;
            len -= (size_t)n;
        }
    }
    return CLI_OK;
}

int serial_read(struct serial *s, int64_t wait_ms, char *data, size_t cap, size_t *len, struct fail *fail)
{
    int ready = wait_ready(s, POLLIN, stop_now_ms() + wait_ms, fail);
    ssize_t n;

    *len = 0;
    if (ready <= 0)
        return ready;
    n = read(s->fd, data, cap);
    if (n == 0)
        return fail_set(fail, CLI_IO, "the serial line was closed by the other side");
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        return fail_set(fail, CLI_IO, "cannot read from the serial line: %s", strerror(errno));
    *len = n > 0 ? (size_t)n : 0;
    return CLI_OK;
}
