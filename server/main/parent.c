/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parent's loop: one poll over a signalfd and the roles' control sockets.
 *
 * Order: the keeper first, since it makes the keys and brings the store up to date; the others once it is
 * ready; `ready` when all are. Until then, a role that ends by itself with an error ends the server (its
 * configuration or its data are wrong, and trying again would hide that); afterwards every role is started
 * again.
 *
 * Must not: touch the store, keys or connections. What it does not do cannot make it fall.
 */
#include "main/parent.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/version.h"
#include "conf/conf.h"
#include "main/check.h"
#include "main/children.h"
#include "main/datadir.h"
#include "main/notify.h"
#include "main/runfile.h"

/* A role that is killed this often before the server was ready once is not going to make it. */
#define START_FAILURES_MAX 5u

struct parent {
    struct children children;
    int signals;
    bool serving; /* all roles have been ready once */
    bool stopping;
    int exit_status;
};

static int signals_open(struct parent *p)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR)
        p->signals = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (p->signals >= 0)
        return ST_OK;
    log_error("signals_failed", "error", strerror(errno));
    return ST_IO;
}

/* All roles but the keeper, which the others need until their end. */
static void step_others(struct parent *p, enum child_event event)
{
    for (unsigned i = 1; i < p->children.count; i++)
        children_step(&p->children, &p->children.list[i], event);
}

static struct child *keeper_of(struct parent *p)
{
    return &p->children.list[0];
}

static void stop(struct parent *p, int exit_status, const char *why)
{
    if (p->stopping)
        return;
    p->stopping = true;
    p->exit_status = exit_status;
    log_info("stopping", "why", why);
    notify_send("STOPPING=1");
    step_others(p, CHILD_EV_STOP);
}

static void reload(struct parent *p)
{
    log_info("reload");
    children_signal(&p->children, SIGHUP, false);
}

static void reap(struct parent *p)
{
    const int early_status = children_reap(&p->children);

    if (p->serving) {
        runfile_write(&p->children);
        return;
    }
    if (early_status != 0)
        stop(p, 1, "a role could not start; its last lines say why");
    for (unsigned i = 0; i < p->children.count; i++)
        if (p->children.list[i].fsm.failures >= START_FAILURES_MAX)
            stop(p, 1, "a role died again and again before the server was ready");
}

static void signal_serve(struct parent *p, unsigned number)
{
    switch (number) {
    case SIGTERM:
        stop(p, 0, "SIGTERM");
        break;
    case SIGINT:
        stop(p, 0, "SIGINT");
        break;
    case SIGHUP:
        children_signal(&p->children, SIGHUP, true);
        break;
    default:
        reap(p);
        break;
    }
}

static void signals_serve(struct parent *p)
{
    struct signalfd_siginfo info;

    while (read(p->signals, &info, sizeof info) == (ssize_t)sizeof info)
        signal_serve(p, info.ssi_signo);
}

static void serving_begin(struct parent *p)
{
    struct runfile_addresses a;

    p->serving = true;
    runfile_write(&p->children); /* before the line that scripts wait for */
    runfile_addresses(&p->children, &a);
    log_info("ready", "api", a.api, "gateway", a.gateway, "relay", a.relay);
    notify_send("READY=1");
}

/* A role said something. */
static void child_serve(struct parent *p, struct child *child)
{
    const enum child_state before = child->fsm.state;

    if (children_listen(&p->children, child))
        reload(p);
    if (child->fsm.state != CHILD_READY || before == CHILD_READY)
        return;
    if (child == keeper_of(p))
        step_others(p, CHILD_EV_RELEASE); /* only roles that are held back take notice */
    if (p->serving)
        runfile_write(&p->children);
    else if (children_all(&p->children, 0, CHILD_READY))
        serving_begin(p);
}

static int wait_ms(const struct parent *p)
{
    const int64_t due_us = children_due_us(&p->children);
    const int64_t left_ms = due_us == INT64_MAX ? -1 : (due_us - clock_mono_us()) / 1000 + 1;

    if (due_us == INT64_MAX)
        return -1;
    return left_ms < 0 ? 0 : left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

static void loop_once(struct parent *p)
{
    struct pollfd polls[1 + CHILDREN_MAX] = { { .fd = p->signals, .events = POLLIN } };
    const unsigned count = p->children.count;

    for (unsigned i = 0; i < count; i++)
        polls[1 + i] = (struct pollfd){ .fd = p->children.list[i].control, .events = POLLIN };
    if (poll(polls, 1 + count, wait_ms(p)) < 0 && errno != EINTR)
        stop(p, 1, strerror(errno));
    for (unsigned i = 0; i < count; i++)
        if (polls[1 + i].revents != 0)
            child_serve(p, &p->children.list[i]);
    if (polls[0].revents != 0)
        signals_serve(p);
    children_step(&p->children, keeper_of(p), CHILD_EV_TICK);
    step_others(p, CHILD_EV_TICK);
    if (p->stopping && children_all(&p->children, 1, CHILD_GONE))
        children_step(&p->children, keeper_of(p), CHILD_EV_STOP);
}

/* Everything that can fail before the first role is started. */
static int prepare(struct parent *p, const struct conf *conf)
{
    int st = signals_open(p);

    if (st == ST_OK)
        st = check_machine(conf, stderr);
    if (st == ST_OK)
        st = datadir_take(conf);
    if (st == ST_OK)
        runfile_remove(conf); /* of a server that was killed */
    if (st == ST_OK)
        st = plumbing_listen(&p->children.plumbing, conf);
    if (st == ST_OK)
        st = datadir_become_user(conf);
    if (st == ST_OK)
        st = plumbing_connect(&p->children.plumbing, conf);
    return st;
}

int parent_run(const struct conf *conf, const char *config)
{
    struct parent p = { .signals = -1 };

    log_init("parent", conf_log_level(conf));
    log_info("starting", "version", SERVER_VERSION, "data_dir", conf->data_dir);
    notify_init();
    children_init(&p.children, conf, config);
    if (prepare(&p, conf) != ST_OK)
        return 1;
    children_step(&p.children, keeper_of(&p), CHILD_EV_RELEASE);
    while (!children_all(&p.children, 0, CHILD_GONE))
        loop_once(&p);
    runfile_remove(conf);
    log_info("stopped", "status", p.exit_status == 0 ? "ok" : "failed");
    return p.exit_status;
}
