/* SPDX-License-Identifier: Apache-2.0 */
/* The role's side of its relation with the parent: one byte on the control socket, and a signalfd. */
#include "loop/role.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/status.h"

static int role_control_fd = -1;
static int role_signals = -1;

int role_begin(int control_fd)
{
    sigset_t set;

    role_control_fd = control_fd;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR || sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return ST_IO;
    role_signals = signalfd(role_signals, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return role_signals >= 0 ? ST_OK : ST_IO;
}

static void parent_tell(char what)
{
    if (role_control_fd < 0)
        return;
    if (write(role_control_fd, &what, 1) != 1)
        log_error("parent_not_told", "error", strerror(errno));
}

void role_ready(void)
{
    parent_tell(ROLE_SAYS_READY);
}

void role_ask_reload(void)
{
    parent_tell(ROLE_SAYS_RELOAD);
}

int role_signal_fd(void)
{
    return role_signals;
}

enum role_event role_next_event(void)
{
    struct signalfd_siginfo info;

    if (read(role_signals, &info, sizeof info) != (ssize_t)sizeof info)
        return ROLE_NOTHING;
    return info.ssi_signo == SIGHUP ? ROLE_RELOAD : ROLE_STOP;
}

enum role_event role_wait_event(int timeout_ms)
{
    struct pollfd wait = { .fd = role_signals, .events = POLLIN };

    if (poll(&wait, 1, timeout_ms) <= 0)
        return ROLE_NOTHING;
    return role_next_event();
}
