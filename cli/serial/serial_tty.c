/* SPDX-License-Identifier: Apache-2.0 */
/* Real serial ports: raw, 8N1, no flow control; settings are given back at the end. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/status.h"
#include "serial/serial_impl.h"

static bool find_speed(uint32_t baud, speed_t *speed)
{
    static const struct {
        uint32_t baud;
        speed_t speed;
    } speeds[] = { { 9600, B9600 },     { 19200, B19200 },   { 38400, B38400 },
                   { 57600, B57600 },   { 115200, B115200 }, { 230400, B230400 },
                   { 460800, B460800 }, { 921600, B921600 }, { 1000000, B1000000 } };

    for (unsigned i = 0; i < sizeof(speeds) / sizeof(speeds[0]); i++)
        if (speeds[i].baud == baud) {
            *speed = speeds[i].speed;
            return true;
        }
    return false;
}

static bool configure(int fd, speed_t speed, struct termios *before)
{
    struct termios raw;

    if (tcgetattr(fd, before) != 0)
        return false;
    raw = *before;
    cfmakeraw(&raw);
    raw.c_cflag |= CLOCAL | CREAD;
    raw.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB);
    raw.c_cc[VMIN] = 1; /* so that reading 0 bytes always means that the line is gone */
    raw.c_cc[VTIME] = 0;
    return cfsetispeed(&raw, speed) == 0 && cfsetospeed(&raw, speed) == 0 &&
           tcsetattr(fd, TCSANOW, &raw) == 0;
}

int serial_tty_open(const char *path, uint32_t baud, struct serial *s, struct fail *fail)
{
    speed_t speed;
    int fd;

    if (!find_speed(baud, &speed)) {
        (void)fail_set(fail, CLI_USAGE, "--baud %u is not a usual speed; 115200 is what devices use", baud);
        return -1;
    }
    fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        (void)fail_set(fail, CLI_IO, "cannot open %s: %s", path, strerror(errno));
        return -1;
    }
    if (!configure(fd, speed, &s->before)) {
        (void)fail_set(fail, CLI_IO, "%s is not a serial line: %s", path, strerror(errno));
        (void)close(fd);
        return -1;
    }
    (void)ioctl(fd, TIOCEXCL); /* nobody else shall read the answers; pseudo terminals may refuse */
    s->is_tty = true;
    return fd;
}
