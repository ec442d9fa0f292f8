/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Result codes of every port call: 0 is success, failures are negative.
 * The core maps them to wire errors or system-call statuses; it never invents others.
 */
#ifndef PORT_STATUS_H
#define PORT_STATUS_H

enum port_status {
    PORT_OK = 0,
    PORT_AGAIN = -1,   /* would block: ask again after the next wake-up */
    PORT_CLOSED = -2,  /* the peer closed in order */
    PORT_EIO = -3,     /* the hardware or the peer failed */
    PORT_EINVAL = -4,  /* argument out of range or misaligned: a bug of the caller */
    PORT_EAUTH = -5,   /* certificate, signature or key refused */
    PORT_ENOENT = -6,  /* nothing there (no identity, no such key) */
    PORT_ENOSPC = -7,  /* a fixed pool is full */
    PORT_ETIMEOUT = -8 /* the peer did not answer in time */
};

#endif
