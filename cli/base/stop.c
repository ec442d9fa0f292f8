/* SPDX-License-Identifier: Apache-2.0 */
/* Signal flag and interruptible waiting. The handler does nothing but set the flag. */
#include "base/stop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <time.h>

static volatile sig_atomic_t asked;

static void on_signal(int signal_number)
{
    (void)signal_number;
    asked = 1;
}

void stop_install(void)
{
    static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND };

    for (unsigned i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
        struct sigaction before;

        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN)
            continue;                               /* nohup and background jobs stay as they are */
        (void)sigaction(signals[i], &action, NULL); /* cannot fail for these signals */
    }
    (void)signal(SIGPIPE, SIG_IGN);
}

bool stop_asked(void)
{
    return asked != 0;
}

int64_t stop_now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail on Linux */
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool stop_wait_ms(int64_t ms)
{
    int64_t until_ms = stop_now_ms() + ms;

    while (!stop_asked()) {
        int64_t left_ms = until_ms - stop_now_ms();

        if (left_ms <= 0)
            return true;
        if (poll(NULL, 0, left_ms > 1000 ? 1000 : (int)left_ms) < 0 && errno != EINTR)
            return true;
    }
    return false;
}
