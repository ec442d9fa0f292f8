/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Result codes inside the command line tool and the exit codes that they become.
 *
 * A function returns 0 or one of these; the words go to the caller's struct fail. Only main turns a result
 * into an exit code, and only there are the words printed.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum cli_status {
    CLI_OK = 0,
    CLI_FAILED = -1,      /* anything without a code of its own */
    CLI_USAGE = -2,       /* the command line is wrong */
    CLI_PROVISIONED = -3, /* the device already has an identity */
    CLI_INTERRUPTED = -4, /* SIGINT, SIGTERM or SIGHUP */
    CLI_TIMEOUT = -5,
    CLI_UNREACHABLE = -6, /* no answer from the server; trying again may help */
    CLI_REFUSED = -7,     /* the server answered with an error */
    CLI_FORMAT = -8,      /* input breaks its format */
    CLI_IO = -9,
    CLI_PIPE_CLOSED = -10 /* whoever read our output went away */
};

/* What the shell sees; --help lists them. */
enum cli_exit {
    EXIT_CODE_OK = 0,
    EXIT_CODE_FAILURE = 1,
    EXIT_CODE_USAGE = 2,
    EXIT_CODE_PROVISIONED = 3,
    EXIT_CODE_INTERRUPTED = 130
};

/* Exit code of a result. */
int status_exit_code(int status);

#endif
