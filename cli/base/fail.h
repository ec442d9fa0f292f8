/* SPDX-License-Identifier: Apache-2.0 */
/* Words about a failure: written where it is known what was wrong, printed once by main. */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

/* A server's message, its code and the request that it answers fit. */
#define FAIL_TEXT_BYTES 768

struct fail {
    char text[FAIL_TEXT_BYTES];
};

/* Formats the words and returns status, so that a function can end with `return fail_set(...)`. Text that
 * came from elsewhere may hold anything: control characters are made visible. */
int fail_set(struct fail *fail, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Puts "words: " in front of what is there. */
void fail_prefix(struct fail *fail, const char *words);

/* Prints "outrigger: warning: ..." on stderr; the command goes on. */
void fail_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
