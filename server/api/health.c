/* SPDX-License-Identifier: Apache-2.0 */
/* /healthz for load balancers and /metrics for collectors (Prometheus text format). */
#include <inttypes.h>
#include <stdio.h>

#include "api/handlers.h"
#include "api/health_check.h"
#include "api/request.h"
#include "api/service.h"
#include "base/clock.h"
#include "base/status.h"

void health_get(struct worker *w, struct request *q, struct reply *r)
{
    struct health h = health_check(w);
    bool good = h.reason[0] == '\0';
    struct json_out j = reply_json(r, good ? 200 : 503);
    (void)q;
    json_put_object(&j, NULL);
    json_put_text(&j, "status", good ? "ok" : "failing");
    json_put_text(&j, "store", status_name(h.store));
    json_put_text(&j, "keeper", status_name(h.keeper));
    json_put_text(&j, "disk", status_name(h.disk));
    json_put_text_or_null(&j, "reason", h.reason);
    json_put_object_end(&j);
}

void metrics_get(struct worker *w, struct request *q, struct reply *r)
{
    struct service *s = w->service;
    (void)q;
    reply_empty(r, 200);
    r->content_type = "text/plain; version=0.0.4; charset=utf-8";
    text_format(&r->body,
                "# HELP outrigger_api_uptime_seconds Time since the api role started.\n"
                "# TYPE outrigger_api_uptime_seconds gauge\noutrigger_api_uptime_seconds %" PRId64 "\n",
                (clock_mono_us() - s->started_us) / 1000000);
    text_format(&r->body,
                "# HELP outrigger_api_connections Open connections.\n"
                "# TYPE outrigger_api_connections gauge\noutrigger_api_connections %" PRIuFAST64 "\n",
                atomic_load(&s->connections));
    text_format(&r->body,
                "# HELP outrigger_api_uploads_total Apps created.\n"
                "# TYPE outrigger_api_uploads_total counter\noutrigger_api_uploads_total %" PRIuFAST64 "\n",
                atomic_load(&s->uploads));
    text_format(&r->body, "# HELP outrigger_api_requests_total Answered requests by class of status.\n"
                          "# TYPE outrigger_api_requests_total counter\n");
    for (unsigned i = 1; i < STATUS_CLASSES; i++) {
        text_format(&r->body, "outrigger_api_requests_total{status=\"%uxx\"} %" PRIuFAST64 "\n", i,
                    atomic_load(&s->requests[i]));
    }
}
