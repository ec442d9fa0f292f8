/* SPDX-License-Identifier: Apache-2.0 */
/* Doing what child_fsm answers, and logging it. */
#include "main/children.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "conf/conf.h"
#include "loop/role.h"
#include "main/spawn.h"

static void child_add(struct children *c, const char *role)
{
    struct child *child = &c->list[c->count++];

    (void)snprintf(child->role, sizeof child->role, "%s", role);
    child_fsm_init(&child->fsm);
    child->pid = 0;
    child->control = -1;
}

void children_init(struct children *c, const struct conf *conf, const char *config)
{
    memset(c, 0, sizeof *c);
    c->conf = conf;
    c->config = config;
    child_add(c, "keeper");
    for (unsigned i = 0; i < conf->gateway_processes; i++) {
        char role[ROLE_NAME_BYTES];

        (void)snprintf(role, sizeof role, "gateway.%u", i);
        child_add(c, role);
    }
    child_add(c, "api");
    child_add(c, "relay");
}

static void control_close(struct child *child)
{
    if (child->control >= 0)
        (void)close(child->control); /* holds nothing that could be lost */
    child->control = -1;
}

/* A new pair for each process, so that the word of an old one is never taken for that of a new one. */
static pid_t process_start(struct children *c, struct child *child)
{
    struct plumbing_role fds;
    int pair[2];
    pid_t pid;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    plumbing_role_fds(&c->plumbing, child->role, pair[1], &fds);
    pid = spawn_role(child->role, c->config, &fds);
    (void)close(pair[1]); /* the role has it now, or nobody */
    control_close(child);
    child->control = pair[0];
    return pid;
}

static void child_spawn(struct children *c, struct child *child)
{
    const pid_t pid = process_start(c, child);
    char text[24];

    child->born_us = clock_mono_us();
    if (pid > 0) {
        child->pid = pid;
        log_info("role_started", "role", child->role, "pid", log_i64(text, pid));
        return;
    }
    log_error("role_not_started", "role", child->role, "error", strerror(errno));
    control_close(child);
    (void)child_fsm_step(&child->fsm, CHILD_EV_EXITED, clock_mono_us()); /* always answers "nothing" */
}

static void child_kill(const struct child *child, int signal)
{
    char text[24];

    if (child->pid <= 0)
        return;
    if (signal == SIGKILL)
        log_warn("role_killed", "role", child->role, "pid", log_i64(text, child->pid), "state",
                 child_state_name(child->fsm.state));
    (void)kill(child->pid, signal); /* it is ours and not reaped yet, so it exists */
}

void children_step(struct children *c, struct child *child, enum child_event event)
{
    switch (child_fsm_step(&child->fsm, event, clock_mono_us())) {
    case CHILD_SPAWN:
        child_spawn(c, child);
        break;
    case CHILD_TERM:
        child_kill(child, SIGTERM);
        break;
    case CHILD_KILL:
        child_kill(child, SIGKILL);
        break;
    case CHILD_NOTHING:
        break;
    }
}

static void exit_log(const struct child *child, int status)
{
    const bool wanted = child->fsm.state == CHILD_STOPPING && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    char pid[24], number[24];

    log_event(wanted ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, "role_exited", "role", child->role, "pid",
              log_i64(pid, child->pid), WIFSIGNALED(status) ? "signal" : "status",
              log_i64(number, WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status)), NULL);
}

static struct child *child_by_pid(struct children *c, pid_t pid)
{
    for (unsigned i = 0; i < c->count; i++)
        if (c->list[i].pid == pid)
            return &c->list[i];
    return NULL;
}

int children_reap(struct children *c)
{
    int early_status = 0, status;
    pid_t pid;

    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct child *child = child_by_pid(c, pid);

        if (child == NULL)
            continue;
        exit_log(child, status);
        if (child->fsm.state == CHILD_STARTING && WIFEXITED(status) && WEXITSTATUS(status) != 0)
            early_status = WEXITSTATUS(status);
        child->pid = 0;
        control_close(child);
        children_step(c, child, CHILD_EV_EXITED);
    }
    return early_status;
}

static void child_is_ready(struct children *c, struct child *child)
{
    char pid[24], took[24];

    children_step(c, child, CHILD_EV_READY);
    log_info("role_ready", "role", child->role, "pid", log_i64(pid, child->pid), "ms",
             log_i64(took, (clock_mono_us() - child->born_us) / 1000));
}

bool children_listen(struct children *c, struct child *child)
{
    char what;
    const ssize_t n = recv(child->control, &what, 1, MSG_DONTWAIT);

    if (n == 0)
        control_close(child); /* SIGCHLD says the rest */
    if (n != 1)
        return false;
    if (what == ROLE_SAYS_READY)
        child_is_ready(c, child);
    return what == ROLE_SAYS_RELOAD;
}

bool children_all(const struct children *c, unsigned from, enum child_state state)
{
    for (unsigned i = from; i < c->count; i++)
        if (c->list[i].fsm.state != state)
            return false;
    return true;
}

int64_t children_due_us(const struct children *c)
{
    int64_t due_us = INT64_MAX;

    for (unsigned i = 0; i < c->count; i++)
        if (c->list[i].fsm.due_us < due_us)
            due_us = c->list[i].fsm.due_us;
    return due_us;
}

void children_signal(const struct children *c, int signal, bool keeper_too)
{
    for (unsigned i = keeper_too ? 0 : 1; i < c->count; i++)
        child_kill(&c->list[i], signal);
}
