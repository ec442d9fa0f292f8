/* SPDX-License-Identifier: Apache-2.0 */
/* Driver of the Ethernet controller: frames in and out of its FIFOs. Knows nothing of protocols. */
#ifndef MPS2_AN505_LAN9118_H
#define MPS2_AN505_LAN9118_H

#include <stdbool.h>
#include <stdint.h>

/* Bytes that the controller puts before each received frame, so that the IP header is aligned. */
#define LAN9118_PAD_BYTES 2u

/* Resets and starts it; false when it does not answer. mac: its address. */
bool lan9118_start(uint8_t mac[6]);

/* Interrupt handler: masks the receive interrupt until lan9118_rx_resume. */
void lan9118_rx_pause(void);
void lan9118_rx_resume(void);

/* Takes the next received frame's status: its length without checksum, 0 when there is none. Each frame with
 * a length must then be read or dropped. A damaged frame is dropped inside. */
uint32_t lan9118_rx_next(void);

/* Copies pad and frame to word-aligned memory with room for whole words. */
void lan9118_rx_read(void *to, uint32_t frame_bytes);
void lan9118_rx_drop(uint32_t frame_bytes);

/* Sends one frame in parts: begin (false: no room, nothing sent), then its parts in order. */
bool lan9118_tx_begin(uint32_t frame_bytes);
void lan9118_tx_part(const void *data, uint32_t len, bool first, bool last);

#endif
