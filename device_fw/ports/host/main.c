/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outrigger-device-host: the microvisor's core as a Linux process, with its flash in a file.
 *
 * One thread: a step of the microvisor, a turn of the application, then poll until something is due. SIGTERM
 * and SIGINT end the process as a power cut ends a device: nothing is saved, because nothing needs to be.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "port/port_boot.h"
#include "port/port_clock.h"
#include "port/port_critical.h"
#include "port/port_main.h"
#include "ports/host/host.h"

#define EXIT_USAGE 2

static volatile sig_atomic_t stop;

static const char usage[] =
    "usage: outrigger-device-host --flash FILE [--console PATH]\n"
    "\n"
    "Runs one device: the microvisor's core with its flash in FILE (made when it does not exist).\n"
    "\n"
    "  --flash FILE     identity, application and state live here; one process at a time\n"
    "  --console PATH   serial port as a unix socket, for `outrigger provision`; without it the\n"
    "                   serial port is standard input and output\n"
    "  --help           this text\n"
    "  --version        version of the microvisor\n"
    "\n"
    "The application is a script, not machine code: device_fw/ports/host/README.md.\n";

struct options {
    const char *flash;
    const char *console;
};

/* Fills *out; exits for --help, --version and mistakes. */
static void parse_options(int argc, char **argv, struct options *out)
{
    static const struct option names[] = {
        { "flash", required_argument, NULL, 'f' },
        { "console", required_argument, NULL, 'c' },
        { "help", no_argument, NULL, 'h' },
        { "version", no_argument, NULL, 'v' },
        { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "f:c:hv", names, NULL)) != -1) {
        switch (option) {
        case 'f':
            out->flash = optarg;
            break;
        case 'c':
            out->console = optarg;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(EXIT_SUCCESS);
        case 'v':
            printf("outrigger-device-host %s\n", port_boot_build()->version);
            exit(EXIT_SUCCESS);
        default:
            fputs("try --help\n", stderr);
            exit(EXIT_USAGE);
        }
    }
    if (optind < argc) {
        fprintf(stderr, "argument %s is not an option; try --help\n", argv[optind]);
        exit(EXIT_USAGE);
    }
    if (out->flash == NULL) {
        fputs("--flash FILE is missing: where the device keeps its identity and application\n", stderr);
        exit(EXIT_USAGE);
    }
}

static void on_signal(int number)
{
    (void)number;
    stop = 1;
    port_wake();
}

static void handle_signals(void)
{
    struct sigaction action = { .sa_handler = on_signal };

    (void)sigaction(SIGTERM, &action, NULL); /* valid numbers and an own handler: cannot fail */
    (void)sigaction(SIGINT, &action, NULL);
    (void)signal(SIGPIPE, SIG_IGN);
}

#define WAIT_MAX_US 3600000000u

static struct timespec wait_until(uint64_t due_us)
{
    uint64_t now_us = port_clock_us();
    uint64_t wait_us = due_us > now_us ? due_us - now_us : 0;

    if (wait_us > WAIT_MAX_US) {
        wait_us = WAIT_MAX_US;
    }
    return (struct timespec){ .tv_sec = (time_t)(wait_us / 1000000u),
                              .tv_nsec = (long)(wait_us % 1000000u) * 1000 };
}

static int wait_for_work(uint64_t due_us)
{
    struct pollfd fds[HOST_WAKE_FDS + HOST_CONSOLE_FDS + HOST_TCP_FDS];
    struct timespec wait = wait_until(due_us);
    int count = host_wake_fds(fds);

    count += host_console_fds(fds + count);
    count += host_tcp_fds(fds + count);
    if (ppoll(fds, (nfds_t)count, &wait, NULL) < 0 && errno != EINTR) {
        fprintf(stderr, "poll failed=%s\n", strerror(errno));
        return -1;
    }
    return 0;
}

static int run(void)
{
    microvisor_init();
    while (!stop) {
        uint64_t due_us = microvisor_step();
        uint64_t application_us = host_application_run();

        if (application_us < due_us) {
            due_us = application_us;
        }
        if (host_wake_take()) {
            due_us = port_clock_us();
        }
        if (wait_for_work(due_us) != 0) {
            return EXIT_FAILURE;
        }
    }
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct options options = { 0 };
    int result;

    parse_options(argc, argv, &options);
    host_power_keep_arguments(argv);
    if (host_wake_open() != 0 || host_flash_open(options.flash) != 0 ||
        host_console_open(options.console) != 0 || host_boot() != 0) {
        return EXIT_FAILURE;
    }
    handle_signals();
    result = run();
    host_console_close();
    return result;
}
