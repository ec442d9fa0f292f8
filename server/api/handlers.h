/* SPDX-License-Identifier: Apache-2.0 */
/* The functions of the routing table, one per operation of the API. Each fills the reply, always. */
#ifndef API_HANDLERS_H
#define API_HANDLERS_H

struct reply;
struct request;
struct worker;

void app_list(struct worker *w, struct request *q, struct reply *r);
void app_get(struct worker *w, struct request *q, struct reply *r);
void app_create(struct worker *w, struct request *q, struct reply *r);
void app_delete(struct worker *w, struct request *q, struct reply *r);
void app_manifest_get(struct worker *w, struct request *q, struct reply *r);

void microvisor_list(struct worker *w, struct request *q, struct reply *r);
void microvisor_get(struct worker *w, struct request *q, struct reply *r);
void microvisor_create(struct worker *w, struct request *q, struct reply *r);
void microvisor_update(struct worker *w, struct request *q, struct reply *r);
void microvisor_delete(struct worker *w, struct request *q, struct reply *r);

void device_list(struct worker *w, struct request *q, struct reply *r);
void device_get(struct worker *w, struct request *q, struct reply *r);
void device_update(struct worker *w, struct request *q, struct reply *r);
void device_provision(struct worker *w, struct request *q, struct reply *r);
void device_log_list(struct worker *w, struct request *q, struct reply *r);
void device_crash_list(struct worker *w, struct request *q, struct reply *r);
void device_crash_get(struct worker *w, struct request *q, struct reply *r);

void factory_token_create(struct worker *w, struct request *q, struct reply *r);
void factory_token_list(struct worker *w, struct request *q, struct reply *r);
void factory_token_get(struct worker *w, struct request *q, struct reply *r);
void factory_token_update(struct worker *w, struct request *q, struct reply *r);
void factory_token_enrolment_list(struct worker *w, struct request *q, struct reply *r);
void enrolment_list(struct worker *w, struct request *q, struct reply *r);
void signer_list(struct worker *w, struct request *q, struct reply *r);

void key_ring_show(struct worker *w, struct request *q, struct reply *r);
void key_update_list(struct worker *w, struct request *q, struct reply *r);
void key_update_get(struct worker *w, struct request *q, struct reply *r);
void key_update_create(struct worker *w, struct request *q, struct reply *r);

void server_ca_show(struct worker *w, struct request *q, struct reply *r);
void server_ca_step(struct worker *w, struct request *q, struct reply *r);

void health_get(struct worker *w, struct request *q, struct reply *r);
void metrics_get(struct worker *w, struct request *q, struct reply *r);
void openapi_get(struct worker *w, struct request *q, struct reply *r);
void error_page_get(struct worker *w, struct request *q, struct reply *r);

#endif
