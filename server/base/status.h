/* SPDX-License-Identifier: Apache-2.0 */
/* Result codes of the server's rooms: 0 is success, failures are negative. */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

enum status {
    ST_OK = 0,
    ST_NOT_FOUND = -1,
    ST_EXISTS = -2,  /* unique name taken, or the row is already there */
    ST_INVALID = -3, /* argument or input breaks a rule; words went to the caller's error buffer */
    ST_DENIED = -4,  /* credentials, signature or permission */
    ST_IN_USE = -5,  /* cannot be deleted: something refers to it */
    ST_TOO_LARGE = -6,
    ST_IO = -7,    /* disk or socket failed */
    ST_STORE = -8, /* the store failed; logged where it happened */
    ST_TIMEOUT = -9,
    ST_NO_MEMORY = -10,
    ST_CLOSED = -11,
    ST_NO_SPACE = -12 /* the disk is full, or a quota is used up */
};

/* What a failed write to a file means: ST_NO_SPACE or ST_IO. */
int status_of_write(int error_number);

/* Short lower-case name for logs, e.g. "not_found"; "unknown" for anything else. Static memory. */
const char *status_name(int status);

#endif
