/* SPDX-License-Identifier: Apache-2.0 */
/* Between fork and exec only calls that are safe there are made; the parent has one thread, so that is no
 * hard constraint. */
#include "main/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/log.h"
#include "main/plumbing.h"

#define EXIT_NO_EXEC 127

/* TERM, INT and HUP stay blocked, so that one which comes before role_begin waits for it. */
static void signals_reset(void)
{
    sigset_t set;

    (void)signal(SIGPIPE, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    (void)sigprocmask(SIG_SETMASK, &set, NULL); /* fails only for a bad first argument */
}

static int descriptors_pass(const struct plumbing_role *fds)
{
    const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

    if (null < 0 || dup2(null, STDIN_FILENO) < 0)
        return -1;
    for (unsigned i = 0; i < fds->count; i++)
        if (fcntl(fds->fds[i], F_SETFD, 0) != 0)
            return -1;
    return setenv("OUTRIGGER_FDS", fds->text, 1);
}

/* The running program, even when its file was replaced. By descriptor, so that tools which run programs inside themselves (valgrind)
 * start the program and not themselves. Returns only on failure. */
static void self_exec(const char *role, const char *config)
{
    char *const argv[] = { strdup("outriggerd"), strdup("--role"), strdup(role),
                           strdup("--config"),   strdup(config),   NULL };
    const int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

    if (self >= 0)
        (void)fexecve(self, argv, environ);
}

static _Noreturn void child(const char *role, const char *config, const struct plumbing_role *fds,
                            pid_t parent)
{
    /* A group of its own: Ctrl-C is for the parent, which stops its roles in order. */
    if (setpgid(0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
        _exit(EXIT_NO_EXEC);
    if (getppid() != parent)
        _exit(EXIT_NO_EXEC); /* it ended before it could take us along */
    signals_reset();
    if (descriptors_pass(fds) == 0)
        self_exec(role, config);
    log_error("exec_failed", "role", role, "error", strerror(errno));
    _exit(EXIT_NO_EXEC);
}

pid_t spawn_role(const char *role, const char *config, const struct plumbing_role *fds)
{
    const pid_t parent = getpid();
    const pid_t pid = fork();

    if (pid == 0)
        child(role, config, fds, parent);
    return pid;
}
