/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the session machine share with each other; nobody else includes this. */
#ifndef GATEWAY_GW_SESSION_PARTS_H
#define GATEWAY_GW_SESSION_PARTS_H

#include "gateway/gw_session.h"

/* The only place where the state changes, so that each change is logged. */
void gw_session_set_state(struct gw_session *s, enum gw_session_state state);
void gw_session_send(struct gw_session *s, const otr_ServerMessage *m);
/* Sends Bye and closes. */
void gw_session_refuse(struct gw_session *s, enum gw_session_end why, otr_ByeReason bye, const char *words,
                       uint32_t retry_after_ms);
/* The device broke a rule of the protocol. */
void gw_session_fault(struct gw_session *s, const char *words);

/* gw_session_log.c */
void gw_session_take_log(struct gw_session *s, const otr_Log *log, struct gw_moment at);
void gw_session_log_tick(struct gw_session *s, struct gw_moment at);
int64_t gw_session_log_deadline_us(const struct gw_session *s);
/* Something other than a log line that costs as much as so many: counts for the budget (S7). */
void gw_session_charge(struct gw_session *s, uint32_t lines, struct gw_moment at);

/* gw_session_stream.c */
void gw_session_take_open(struct gw_session *s, const otr_StreamOpen *open);
void gw_session_take_credit(struct gw_session *s, const otr_StreamCredit *credit);
void gw_session_take_close(struct gw_session *s, const otr_StreamClose *close);
void gw_session_drop_streams(struct gw_session *s);

/* gw_session_keys.c */
void gw_session_greet_keys(struct gw_session *s, const otr_Hello *hello, const struct store_session *row,
                           struct gw_moment at);
void gw_session_take_keys_status(struct gw_session *s, const otr_KeysStatus *status, struct gw_moment at);
void gw_session_take_keys_request(struct gw_session *s, const otr_KeysRequest *request);

/* gw_session_report.c */
void gw_session_take_status(struct gw_session *s, const otr_AppStatus *status, struct gw_moment at);
void gw_session_take_microvisor(struct gw_session *s, const otr_MicrovisorStatus *status,
                                struct gw_moment at);
/* Remembers what decides about the wish; true when it is something else than before. */
bool gw_session_learn_microvisor(struct gw_session *s, const otr_MicrovisorStatus *m);
/* row: what the device had said before. */
void gw_session_report_hello(struct gw_session *s, const struct store_device *row, struct gw_moment at);

/* gw_session_crash.c */
void gw_session_take_crash(struct gw_session *s, const otr_CrashReport *report, struct gw_moment at);

/* gw_session_row.c */
/* The device has another ratchet, or runs another microvisor. */
void gw_session_microvisor_changed(struct gw_session *s);
void gw_session_look_up(struct gw_session *s);
void gw_session_expire_logging(struct gw_session *s, struct gw_moment at);

#endif
