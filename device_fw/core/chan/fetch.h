/* SPDX-License-Identifier: Apache-2.0 */
/* Blob streams of a channel, called by chan.c with what arrived. Each returns 0 or PORT_EIO for a breach of
 * protocol. */
#ifndef CORE_CHAN_FETCH_H
#define CORE_CHAN_FETCH_H

#include "core/chan/chan.h"

int fetch_opened(struct chan *chan, const otr_StreamOpened *opened);
int fetch_closed(struct chan *chan, const otr_StreamClose *close);
int fetch_data(struct chan *chan, uint16_t stream_id, const uint8_t *data, uint32_t length);

#endif
