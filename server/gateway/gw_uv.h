/* SPDX-License-Identifier: Apache-2.0 */
/* The only file of the gateway that includes libuv. Pure files of this room do not include this one. */
#ifndef GATEWAY_GW_UV_H
#define GATEWAY_GW_UV_H

#include <uv.h>

#endif
