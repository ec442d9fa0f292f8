/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway's bus ends (bus/bus.h): hears that devices changed, tells the other gateways which sessions
 * opened. */
#ifndef GATEWAY_GW_BUS_H
#define GATEWAY_GW_BUS_H

#include <stdint.h>

struct gw_hub;
struct gw_bus;

/* Listens on the ends that peers_fd knows. ST_OK or a failure. */
int gw_bus_open(struct gw_hub *hub, struct gw_bus **out);
/* Stops listening; memory is freed when the loop has seen it. NULL ok. */
void gw_bus_close(struct gw_bus *b);

/* Tells all other gateways; those whose queue is full learn it when the device is silent there. NULL ok. */
void gw_bus_session_opened(struct gw_bus *b, const char *device_sid, uint64_t session_id);

#endif
