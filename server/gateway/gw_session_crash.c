/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crash reports of a session (PROTOCOL.md section 10): stored, then acknowledged (S11). A report that comes again, because the
 * acknowledgement was lost, goes the same way: the store has each once. A device sends the next one when the last was
 * acknowledged; of one that does not wait, or while the store is behind, reports are passed over: they come again in the next
 * session.
 */
#include "gateway/gw_session_parts.h"

#include <assert.h>
#include <string.h>

#include "base/log.h"
#include "gateway/gw_limits.h"
#include "model/crash.h"

static void fill_crash(struct store_crash *c, const struct gw_session *s, const otr_CrashReport *r,
                       struct gw_moment at)
{
    memset(c, 0, sizeof *c);
    memcpy(c->device_sid, s->sid, SID_BYTES);
    c->report_id = r->report_id;
    c->received_us = at.wall_us;
    c->origin = r->origin;
    c->boot_id = r->boot_id;
    c->device_us = r->device_us;
    memcpy(c->app_sid, r->app_sid, SID_BYTES);
    c->microvisor_number = r->microvisor_number;
    c->cause = r->crash.cause; /* all zero when the report has no crash */
    c->pc = r->crash.pc;
    c->lr = r->crash.lr;
    c->xpsr = r->crash.xpsr;
    c->address = r->crash.address;
    c->address_known = r->crash.address_known;
    c->fault_status = r->crash.fault_status;
    c->secure_fault_status = r->crash.secure_fault_status;
    c->restart_in_ms = r->crash.restart_in_ms;
    c->count = r->crash.count;
    c->registers_len = r->registers.size;
    memcpy(c->registers, r->registers.bytes, r->registers.size);
    c->stack_len = r->stack.size;
    memcpy(c->stack, r->stack.bytes, r->stack.size);
    c->sealed_len = r->sealed.size;
    memcpy(c->sealed, r->sealed.bytes, r->sealed.size);
}

void gw_session_take_crash(struct gw_session *s, const otr_CrashReport *report, struct gw_moment at)
{
    struct store_crash c;
    char id[24];

    gw_session_charge(s, GW_CRASH_LINES, at);
    if (s->crashes_waiting == GW_CRASHES_WAITING_MAX || !s->ops->has_store_room(s->owner))
        return;
    s->crashes_waiting++;
    fill_crash(&c, s, report, at);
    log_info("crash_report", "device", s->sid, "report", log_u64(id, c.report_id), "of",
             model_crash_origin_name(c.origin), "cause", model_crash_cause_name(c.cause), "app",
             c.app_sid[0] != '\0' ? c.app_sid : NULL, "sealed", c.sealed_len > 0 ? "yes" : NULL);
    s->ops->store_crash(s->owner, &c);
}

void gw_session_crash_stored(struct gw_session *s, uint64_t report_id)
{
    otr_ServerMessage m = { .which_body = otr_ServerMessage_crash_ack_tag };

    assert(s->crashes_waiting > 0);
    s->crashes_waiting--;
    if (s->state != GW_SESSION_OPEN)
        return; /* it will be sent again in the next session */
    m.body.crash_ack.report_id = report_id;
    gw_session_send(s, &m);
}
