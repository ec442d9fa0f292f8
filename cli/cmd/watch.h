/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at a device until something about it is decided, and shows its progress on stderr meanwhile. */
#ifndef CMD_WATCH_H
#define CMD_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct cmd_env;
struct device;
struct progress;
struct stream;

#define WATCH_DEFAULT_TIMEOUT_S 300

struct watch {
    struct cmd_env *env;
    const char *device_path; /* of its resource */
    struct progress *progress;
    struct stream *log; /* printed meanwhile; NULL: not */
    uint32_t timeout_s; /* 0 = never */
    int64_t begin_ms;   /* stop_now_ms() of what is waited for */
    /* Decides, or shows the progress: *done, or a failure with words in env->fail. */
    int (*judge)(void *arg, const struct device *device, bool *done);
    void *arg;
};

/* CLI_OK when judge said so; CLI_TIMEOUT, CLI_INTERRUPTED, or what judge or the server said. A server that is away for a moment does not
 * end it. */
int watch_run(const struct watch *w);

#endif
