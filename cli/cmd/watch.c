/* SPDX-License-Identifier: Apache-2.0 */
/* Watching a device. What is decided is the caller's; when to look again and when to give up is ours. */
#include "cmd/watch.h"

#include "base/stop.h"
#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "device/device.h"
#include "json/doc.h"
#include "logs/stream.h"
#include "rest/rest.h"

#define WATCH_FAST_MS       50 /* an update takes a second: look often at first */
#define WATCH_FAST_PHASE_MS 10000
#define WATCH_SLOW_MS       500

/* A server that is away for a moment does not end the watching: the update goes on without us. */
static int look(const struct watch *w, bool *done)
{
    struct doc *answer = NULL;
    struct device device;
    int status = rest_get(w->env->rest, w->device_path, &answer, &w->env->fail);

    if (status == CLI_UNREACHABLE || (status == CLI_REFUSED && rest_status(w->env->rest) >= 500)) {
        progress_state(w->progress, "the server does not answer, trying again");
        return CLI_OK;
    }
    if (status)
        return status;
    device_read(answer, &device);
    status = w->judge(w->arg, &device, done);
    doc_free(answer);
    return status;
}

/* Before the next look: ends by time-out or interruption. */
static int pause_watching(const struct watch *w)
{
    int64_t waited_ms = stop_now_ms() - w->begin_ms;

    if (w->timeout_s && waited_ms > (int64_t)w->timeout_s * 1000)
        return fail_set(&w->env->fail, CLI_TIMEOUT, "the device has not finished yet; last seen: %s",
                        w->progress->state);
    return stop_wait_ms(waited_ms < WATCH_FAST_PHASE_MS ? WATCH_FAST_MS : WATCH_SLOW_MS) ? CLI_OK
                                                                                         : CLI_INTERRUPTED;
}

int watch_run(const struct watch *w)
{
    bool done = false;
    int status = look(w, &done);

    while (!status && !done) {
        if (w->log)
            status = stream_poll(w->log, &w->env->fail);
        if (!status)
            status = pause_watching(w);
        if (!status)
            status = look(w, &done);
    }
    return status;
}
