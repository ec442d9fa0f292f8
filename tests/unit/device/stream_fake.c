/* SPDX-License-Identifier: Apache-2.0 */
/* The stream in memory; see stream_fake.h. */
#include "tests/unit/device/stream_fake.h"

#include <stdlib.h>
#include <string.h>

#include "port/port_status.h"
#include "port/port_stream.h"
#include "tests/unit/device/crypto_fake.h"

#define TO_SERVER_MAX 8192u /* the device must cope with a full stream */

struct stream_fake stream_fake;

static void clear(struct stream_fake_queue *queue)
{
    free(queue->bytes);
    memset(queue, 0, sizeof(*queue));
}

void stream_fake_reset(void)
{
    clear(&stream_fake.to_device);
    clear(&stream_fake.to_server);
    memset(&stream_fake, 0, sizeof(stream_fake));
    stream_fake.server_ca = STREAM_FAKE_CA_ANY;
    stream_fake.from_s = STREAM_FAKE_FROM_S;
    stream_fake.until_s = STREAM_FAKE_UNTIL_S;
}

void stream_fake_push(struct stream_fake_queue *queue, const void *bytes, uint32_t length)
{
    if (queue->length + length > queue->room) {
        queue->room = (queue->length + length) * 2;
        queue->bytes = realloc(queue->bytes, queue->room);
        if (queue->bytes == NULL)
            abort();
    }
    memcpy(queue->bytes + queue->length, bytes, length);
    queue->length += length;
}

uint32_t stream_fake_pull(struct stream_fake_queue *queue, void *bytes, uint32_t length)
{
    uint32_t left = queue->length - queue->read;
    uint32_t count = length < left ? length : left;

    if (count > 0)
        memcpy(bytes, queue->bytes + queue->read, count);
    queue->read += count;
    if (queue->read == queue->length)
        queue->read = queue->length = 0;
    return count;
}

static bool is_server_ca(const uint8_t *der, uint32_t len)
{
    uint8_t expected[2];

    if (stream_fake.server_ca < 0)
        return len > 0;
    return len == crypto_fake_ca((uint8_t)stream_fake.server_ca, expected) && memcmp(der, expected, len) == 0;
}

static void find_server_ca(const struct port_stream_identity *id)
{
    bool newest = stream_fake.server_ca == STREAM_FAKE_CA_NEWEST;

    stream_fake.ca_index = PORT_STREAM_CAS_MAX;
    for (uint32_t i = 0; i < PORT_STREAM_CAS_MAX; i++)
        if (is_server_ca(id->server_cas[i].der, id->server_cas[i].len) &&
            (newest || stream_fake.ca_index == PORT_STREAM_CAS_MAX))
            stream_fake.ca_index = i;
}

static void note_names(const struct port_stream_identity *id)
{
    stream_fake.names[0] = '\0';
    for (uint32_t i = 0; id->names[i] != NULL; i++) {
        strcat(stream_fake.names, id->names[i]);
        strcat(stream_fake.names, " ");
    }
}

int port_stream_open(const struct port_stream_identity *id, uint64_t now_unix_s)
{
    if (stream_fake.open || id->host[0] == '\0')
        return PORT_EINVAL;
    clear(&stream_fake.to_device);
    clear(&stream_fake.to_server);
    stream_fake.open = true;
    stream_fake.gone = false;
    stream_fake.opens++;
    stream_fake.unix_s = now_unix_s;
    find_server_ca(id);
    note_names(id);
    return 0;
}

int port_stream_poll(void)
{
    if (stream_fake.open && stream_fake.unix_s > stream_fake.until_s)
        return PORT_EAUTH; /* the certificate has ended */
    if (stream_fake.open && stream_fake.ca_index == PORT_STREAM_CAS_MAX)
        return PORT_EAUTH; /* signed by somebody whom the device does not know */
    if (!stream_fake.open || stream_fake.refuse)
        return PORT_EIO;
    return PORT_OK;
}

int port_stream_read(void *buf, uint32_t len)
{
    uint32_t most =
        stream_fake.read_chunk != 0 && stream_fake.read_chunk < len ? stream_fake.read_chunk : len;
    uint32_t count = stream_fake_pull(&stream_fake.to_device, buf, most);

    if (count > 0)
        return (int)count;
    return stream_fake.gone ? PORT_CLOSED : PORT_AGAIN;
}

int port_stream_write(const void *buf, uint32_t len)
{
    uint32_t room = TO_SERVER_MAX - stream_fake.to_server.length;

    if (stream_fake.gone)
        return PORT_EIO;
    if (room == 0)
        return PORT_AGAIN;
    if (len > room)
        len = room;
    stream_fake_push(&stream_fake.to_server, buf, len);
    return (int)len;
}

void port_stream_close(void)
{
    stream_fake.open = false;
    stream_fake.gone = true;
}

void port_stream_validity(struct port_stream_validity *out)
{
    out->from_s = stream_fake.from_s;
    out->until_s = stream_fake.until_s;
    out->server_ca = stream_fake.ca_index;
}

const char *port_stream_error(void)
{
    return "fake stream failed";
}
