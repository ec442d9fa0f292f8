/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every role process shares with its parent: it says once that it is ready, and it learns by signals
 * that it shall stop or read its certificates again. main() calls role_begin before the role's own entry
 * point; roles use the rest.
 *
 * How a role looks:    ... open everything ...;  role_ready();
 *                      poll(role_signal_fd(), ...);  switch (role_next_event()) { case ROLE_STOP: ...; return
 * 0; }
 */
#ifndef LOOP_ROLE_H
#define LOOP_ROLE_H

/* What a role tells its parent: one of these bytes per packet on the control socket. */
#define ROLE_SAYS_READY  'r'
#define ROLE_SAYS_RELOAD 'h'

enum role_event {
    ROLE_NOTHING,
    ROLE_STOP,  /* SIGTERM or SIGINT: finish within 5 s and return 0 from the entry point */
    ROLE_RELOAD /* SIGHUP: read certificates again */
};

/* Blocks TERM, INT and HUP for this thread and all later ones, ignores PIPE, and takes control_fd (-1 in
 * tests: nobody to tell). Call before the first thread is started. ST_OK or ST_IO. */
int role_begin(int control_fd);

/* Tells the parent that this role serves now. */
void role_ready(void);

/* Asks the parent to send ROLE_RELOAD to the other roles: files that they have read were renewed. */
void role_ask_reload(void);

/* Readable while a signal waits: for poll(2), epoll(7) or uv_poll_t. -1 before role_begin. Owned by this
 * file. */
int role_signal_fd(void);

/* Takes the next waiting signal; never blocks. Call until ROLE_NOTHING. */
enum role_event role_next_event(void);

/* Waits for the next signal, at most timeout_ms (-1: for ever). For roles without an event loop. */
enum role_event role_wait_event(int timeout_ms);

#endif
