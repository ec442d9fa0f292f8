/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control messages: decoding in both directions, and the device's channel with two open fetches taking the same bytes as
 * frames. First byte: bit 0 = the bytes are one message, otherwise a stream of frames for the channel.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/chan/chan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint32_t wanted[OTA_FETCHES];
static int open_fetches[OTA_FETCHES];

static void on_message(void *context, const otr_ServerMessage *message)
{
    (void)context;
    if (message->which_body == otr_ServerMessage_welcome_tag &&
        message->body.welcome.heartbeat_ms < HEARTBEAT_MIN_MS)
        abort(); /* C1 */
}

static void on_opened(void *context, uint32_t number, uint32_t total_bytes)
{
    (void)context;
    (void)total_bytes;
    if (!open_fetches[number])
        abort();
}

static void on_data(void *context, uint32_t number, const uint8_t *data, uint32_t length)
{
    (void)context;
    (void)data;
    if (!open_fetches[number] || length > wanted[number])
        abort(); /* H3 */
    wanted[number] -= length;
}

static void on_closed(void *context, uint32_t number, otr_StreamStatus reason)
{
    (void)context;
    (void)reason;
    if (!open_fetches[number])
        abort(); /* H4 */
    open_fetches[number] = 0;
}

static void feed_channel(const uint8_t *data, size_t size)
{
    static const struct chan_fetch_sink sink = { on_opened, on_data, on_closed };
    static const uint8_t hash[SHA256_BYTES];
    static struct chan chan;

    chan_init(&chan, on_message, &sink, NULL);
    for (uint32_t i = 0; i < OTA_FETCHES; i++) {
        wanted[i] = 50000;
        open_fetches[i] = 1;
        if (chan_fetch_open(&chan, i, hash, 0, wanted[i]) != 0)
            abort();
    }
    while (size > 0) {
        size_t piece = size < 37 ? size : 37;

        if (chan_receive(&chan, data, (uint32_t)piece) != 0)
            return;
        chan_fetch_grant(&chan);
        data += piece;
        size -= piece;
    }
}

/* What was accepted must be encodable, and decode to the same again. */
static void decode(const uint8_t *data, size_t size)
{
    static otr_ServerMessage server;
    static otr_DeviceMessage device;
    static uint8_t again[4096];
    int length;

    if (codec_server_decode(data, size, &server) == CODEC_OK) {
        length = codec_server_encode(&server, again, sizeof(again));
        if (length < 0 || codec_server_decode(again, (size_t)length, &server) != CODEC_OK)
            abort();
    }
    if (codec_device_decode(data, size, &device) == CODEC_OK) {
        length = codec_device_encode(&device, again, sizeof(again));
        if (length < 0 || codec_device_decode(again, (size_t)length, &device) != CODEC_OK)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] & 1)
        decode(data + 1, size - 1);
    else
        feed_channel(data + 1, size - 1);
    return 0;
}
