/* SPDX-License-Identifier: Apache-2.0 */
/*
 * port_ns of a process: the life of a scripted application that calls port_syscall as a real one does, with
 * addresses in the emulated windows.
 *
 * Invariants: N1 to N3 of port_ns.h hold because the script has no way to reach anything but port_syscall and
 * runs only in host_application_run; N4 because every start begins with an empty struct application.
 *
 * A turn executes at most TURN_LINES lines, so that a script that loops without sleeping cannot hold the
 * microvisor.
 */
#include "port/port_ns.h"

#include <stdio.h>
#include <string.h>

#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_status.h"
#include "port/port_syscall.h"
#include "ports/host/host.h"
#include "ports/host/memory.h"
#include "ports/host/script.h"

#define TURN_LINES   64u
#define TURN_US      1000u /* between two turns of a script that does not sleep */
#define IRQ_FIRST    64u
#define IRQ_LAST     71u
#define LOG_MAX      1024u
#define CRASH_USAGE  4u /* CRASH_USAGE_FAULT of wire.proto */
#define CRASH_BADIMG 9u /* CRASH_BAD_IMAGE */

/* Where the script keeps its buffers in the RAM window. */
#define RAM_LOG_BUFFER MEMORY_RAM_ADDRESS /* 512-aligned for mvServerLoggingInit */
#define LOG_BUFFER_LEN 4096u
#define RAM_MESSAGE    (MEMORY_RAM_ADDRESS + LOG_BUFFER_LEN)
#define RAM_DEVICE_ID  (RAM_MESSAGE + LOG_MAX)
#define RAM_TIME       (RAM_DEVICE_ID + 64u)

/* Slots of the system calls that the script's verbs use (syscalls of the SDK, mv_syscalls.S). */
enum slot {
    SLOT_GET_MICROSECONDS = 2,
    SLOT_GET_DEVICE_ID = 5,
    SLOT_SERVER_LOGGING_INIT = 36,
    SLOT_SERVER_LOG = 37,
    SLOT_RESTART = 64
};

static struct application {
    enum port_ns_state state;
    struct port_fault fault;
    uint32_t offset;     /* of the next line */
    uint32_t loop_start; /* where repeat goes */
    uint32_t repeats;    /* that were done of the current loop */
    uint32_t count;      /* log lines so far, %n */
    uint32_t status;     /* of the last system call, %s */
    uint32_t mark;       /* of the call that has to wait, 0: none */
    uint32_t irqs;       /* pended so far, %i */
    bool logging;        /* mvServerLoggingInit was called */
    bool idle;           /* spin, or the end of the script */
    uint64_t wake_us;    /* sleeps until then */
} app;

int port_ns_load(uint32_t offset, const void *data, uint32_t len)
{
    return app.state == PORT_NS_OFF ? memory_code_write(offset, data, len) : PORT_EINVAL;
}

int port_ns_load_finish(uint32_t offset)
{
    return app.state == PORT_NS_OFF ? memory_code_end(offset) : PORT_EINVAL;
}

int port_ns_start(void)
{
    uint32_t len;
    const uint8_t *image = memory_code(&len);

    if (app.state != PORT_NS_OFF || !script_valid(image, len) || memory_ram_wipe() != 0) {
        return PORT_EINVAL;
    }
    app = (struct application){ .state = PORT_NS_RUNNING, .loop_start = sizeof SCRIPT_MAGIC - 1 };
    app.offset = app.loop_start;
    return PORT_OK;
}

void port_ns_stop(bool wipe_ram)
{
    app = (struct application){ .state = PORT_NS_OFF };
    if (wipe_ram) {
        (void)memory_ram_wipe(); /* fails only before the first start, when there is nothing to wipe */
    }
}

enum port_ns_state port_ns_state(void)
{
    return app.state;
}

int port_ns_fault(struct port_fault *out)
{
    if (app.state != PORT_NS_FAULTED) {
        return PORT_ENOENT;
    }
    *out = app.fault;
    return PORT_OK;
}

/* The script is a page of calls, not machine code: between two calls it is nowhere. */
int port_ns_place(struct port_fault *out)
{
    (void)out;
    return PORT_ENOENT;
}

bool port_ns_irq_valid(uint32_t irq)
{
    return irq >= IRQ_FIRST && irq <= IRQ_LAST;
}

int port_ns_irq_pend(uint32_t irq)
{
    if (!port_ns_irq_valid(irq)) {
        return PORT_EINVAL;
    }
    app.irqs++;
    return PORT_OK;
}

/* A script has no registers; these are what it has instead (README.md). */
static void fault(uint32_t cause, uint32_t line_offset)
{
    app.fault = (struct port_fault){ .cause = cause,
                                     .r = { app.status, app.count, app.irqs },
                                     .sp = RAM_MESSAGE,
                                     .pc = MEMORY_CODE_ADDRESS + line_offset,
                                     .registers_known = true };
    app.state = PORT_NS_FAULTED;
    port_wake();
}

static uint32_t call(uint32_t slot, uint32_t r0, uint32_t r1, uint32_t r2, uint32_t r3)
{
    const uint32_t args[4] = { r0, r1, r2, r3 };

    app.status = port_syscall(slot, args, false);
    if (app.status != PORT_SYSCALL_AGAIN) {
        app.mark = 0;
    }
    return app.status;
}

uint32_t port_syscall_mark(void)
{
    return app.mark;
}

void port_syscall_mark_set(uint32_t mark)
{
    app.mark = mark;
}

static uint32_t append(char *out, uint32_t at, const char *text, uint32_t len)
{
    uint32_t room = LOG_MAX - at;

    len = len < room ? len : room;
    memcpy(out + at, text, len);
    return at + len;
}

/* Appends the value of %d device id, %n count, %s status, %i interrupts, %u microseconds. */
static uint32_t append_value(char *out, uint32_t at, char what)
{
    char text[40] = "";
    uint64_t now = 0;

    switch (what) {
    case 'd':
        (void)call(SLOT_GET_DEVICE_ID, RAM_DEVICE_ID, 34, 0, 0); /* stays zeros when refused */
        (void)port_ns_read(RAM_DEVICE_ID, text, 34);             /* inside the window */
        break;
    case 'n':
        (void)snprintf(text, sizeof text, "%u", app.count);
        break;
    case 's':
        (void)snprintf(text, sizeof text, "%u", app.status);
        break;
    case 'i':
        (void)snprintf(text, sizeof text, "%u", app.irqs);
        break;
    case 'u':
        (void)call(SLOT_GET_MICROSECONDS, RAM_TIME, 0, 0, 0);
        (void)port_ns_read(RAM_TIME, &now, sizeof now); /* inside the window */
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)now);
        break;
    default:
        text[0] = what;
        break;
    }
    return append(out, at, text, (uint32_t)strlen(text));
}

static uint32_t expand(char out[LOG_MAX], const struct script_line *line)
{
    uint32_t at = 0;

    for (uint32_t i = 0; i < line->text_len; i++) {
        if (line->text[i] == '%' && i + 1 < line->text_len) {
            at = append_value(out, at, line->text[++i]);
        } else {
            at = append(out, at, &line->text[i], 1);
        }
    }
    return at;
}

static void run_log(const struct script_line *line)
{
    char message[LOG_MAX];
    uint32_t len;

    if (!app.logging) {
        (void)call(SLOT_SERVER_LOGGING_INIT, RAM_LOG_BUFFER, LOG_BUFFER_LEN, 0, 0); /* mvServerLog tells */
        app.logging = true;
    }
    app.count++;
    len = expand(message, line);
    if (port_ns_write(RAM_MESSAGE, message, len) == PORT_OK) {
        (void)call(SLOT_SERVER_LOG, RAM_MESSAGE, len, 0, 0); /* best effort, as applications do */
    }
}

static void run_repeat(uint32_t times)
{
    if (times == 0 || app.repeats < times) {
        app.repeats++;
        app.offset = app.loop_start;
    }
}

static void run_line(const struct script_line *line, uint32_t line_offset)
{
    switch (line->verb) {
    case SCRIPT_LOG:
        run_log(line);
        break;
    case SCRIPT_SLEEP:
        app.wake_us = port_clock_us() + (uint64_t)line->number[0] * 1000u;
        break;
    case SCRIPT_LOOP:
        app.loop_start = app.offset;
        app.repeats = 0;
        break;
    case SCRIPT_REPEAT:
        run_repeat(line->number[0]);
        break;
    case SCRIPT_CRASH:
        fault(line->number[0] != 0 ? line->number[0] : CRASH_USAGE, line_offset);
        break;
    case SCRIPT_RESTART:
        (void)call(SLOT_RESTART, 0, 0, 0, 0); /* when refused the script goes on */
        break;
    case SCRIPT_CALL:
        if (call(line->number[0], line->number[1], line->number[2], line->number[3], line->number[4]) ==
            PORT_SYSCALL_AGAIN) {
            app.offset = line_offset; /* the line is executed again */
        }
        break;
    case SCRIPT_SPIN:
    case SCRIPT_END:
        app.idle = true;
        break;
    case SCRIPT_BAD:
        fault(CRASH_BADIMG, line_offset);
        break;
    }
}

uint64_t host_application_run(void)
{
    uint32_t len;
    const uint8_t *image = memory_code(&len);

    for (unsigned i = 0; i < TURN_LINES; i++) {
        uint32_t line_offset = app.offset;
        struct script_line line;

        if (app.state != PORT_NS_RUNNING || app.idle) {
            return UINT64_MAX;
        }
        if (app.wake_us > port_clock_us()) {
            return app.wake_us;
        }
        line = script_next(image, len, &app.offset);
        run_line(&line, line_offset);
        if (line.verb == SCRIPT_RESTART) {
            break; /* the microvisor acts before the next line, as it would preempt real code */
        }
        if (line.verb == SCRIPT_CALL && app.status == PORT_SYSCALL_AGAIN) {
            return port_clock_us(); /* the microvisor has its turn, and then the script at once */
        }
    }
    return port_clock_us() + TURN_US;
}
