/* SPDX-License-Identifier: Apache-2.0 */
/* What comes over the wire: the manifest into the buffer, the image through it into the slot that does not run. */
#include <string.h>

#include "core/boot/boot_trailer.h"
#include "core/self/self_image.h"
#include "core/self/self_record.h"
#include "core/self/self_work.h"
#include "proto/bundle/bundle.h"

/* Bytes of the image that are programmed at once. */
#define PIECE_BYTES 1024u

_Static_assert(BLOCK_BYTES % PIECE_BYTES == 0 && PIECE_BYTES % PORT_FLASH_UNIT_BYTES == 0,
               "pieces begin where blocks begin");
_Static_assert(PIECE_BYTES <= MANIFEST_MAX_BYTES, "a piece fits the buffer");

/* A block that was not finished is written again from its beginning. */
void self_fetch_drop(struct self *self)
{
    if (self->fetch.open && !self->fetch.ended)
        self->owner->fetch_cancel(self->context);
    memset(&self->fetch, 0, sizeof(self->fetch));
    if (self->fsm.state == SELF_IMAGE)
        self->offset -= self->offset % BLOCK_BYTES;
}

void self_fetch_opened(struct self *self, uint32_t total_bytes)
{
    uint32_t expected = self->fsm.state == SELF_IMAGE ? self->manifest.image_bytes : self->target_bytes;

    if (!self->fetch.open)
        return;
    self->fetch.heard_us = self->now_us;
    if (total_bytes != expected)
        self_fail(self, self->fsm.state == SELF_IMAGE ? otr_UpdateError_UPDATE_LAYER_HASH
                                                      : otr_UpdateError_UPDATE_MANIFEST_HASH);
}

static void piece_arrived(struct self *self)
{
    uint32_t length = self->fetch.filled;
    int status = self_image_write(self->other, self->offset, self->buffer, length);

    self->fetch.filled = 0;
    self->offset += length;
    if (status == 0 && (self->offset % BLOCK_BYTES == 0 || self->offset == self->manifest.image_bytes))
        status = self_record_mark_block((self->offset - 1) / BLOCK_BYTES);
    if (status != 0)
        self_fail(self, otr_UpdateError_UPDATE_FLASH);
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* How much the buffer takes before something must be done with it. */
static uint32_t piece_bytes(const struct self *self)
{
    if (self->fsm.state == SELF_MANIFEST)
        return smaller(self->target_bytes, sizeof(self->buffer));
    return smaller(PIECE_BYTES, self->manifest.image_bytes - self->offset);
}

void self_fetch_data(struct self *self, const uint8_t *data, uint32_t length)
{
    self->fetch.heard_us = self->now_us;
    while (length > 0 && self->fetch.open) {
        uint32_t count = smaller(length, piece_bytes(self) - self->fetch.filled);

        if (count == 0)
            return; /* more than was asked for: the channel does not let it happen */
        memcpy(self->buffer + self->fetch.filled, data, count);
        self->fetch.filled += count;
        data += count;
        length -= count;
        if (self->fsm.state == SELF_IMAGE && self->fetch.filled == piece_bytes(self))
            piece_arrived(self);
    }
}

void self_fetch_closed(struct self *self, otr_StreamStatus reason)
{
    if (!self->fetch.open)
        return;
    self->fetch.ended = true; /* before a failure: the stream needs no cancelling any more */
    if (reason != otr_StreamStatus_STREAM_OK)
        self_fail(self, otr_UpdateError_UPDATE_NOT_FOUND);
}

static uint64_t begin(struct self *self, const uint8_t sha256[SHA256_BYTES], uint32_t offset, uint32_t end)
{
    if (!self->link_up)
        return SELF_WAIT_EVENT;
    if (self->owner->fetch_open(self->context, sha256, offset, end - offset) != 0)
        return self->now_us + SELF_WAIT_CHANNEL_US;
    self->fetch = (struct self_fetch){ .open = true, .heard_us = self->now_us };
    return self->now_us + OTA_STALL_MS * 1000ull;
}

/* While the stream is open. */
static uint64_t wait_for_bytes(struct self *self)
{
    uint64_t end_us = self->fetch.heard_us + OTA_STALL_MS * 1000ull;

    if (self->now_us < end_us)
        return end_us;
    self_fail(self, otr_UpdateError_UPDATE_NOT_FOUND);
    return self->now_us;
}

uint64_t self_manifest_step(struct self *self)
{
    otr_UpdateError error;

    if (!self->fetch.open)
        return begin(self, self->target, 0, self->target_bytes);
    if (!self->fetch.ended)
        return wait_for_bytes(self);
    if (self_slots_read_ratchet(self) != 0) {
        self_fail(self, otr_UpdateError_UPDATE_FLASH);
        return self->now_us;
    }
    error = self_manifest_verify(self->buffer, self->fetch.filled, self->target, self_image_bytes_max(),
                                 self->ratchet, &self->manifest);
    if (error == otr_UpdateError_UPDATE_OK)
        self_emit(self, SELF_EV_GOT, error);
    else
        self_fail(self, error);
    return self->now_us;
}

static uint32_t blocks_done(const struct self *self)
{
    uint32_t blocks = bundle_blocks(self->manifest.image_bytes);
    uint32_t done = 0;

    while (done < blocks && self_record_block_done(done))
        done++;
    return done;
}

/* A new record, and an empty trailer before the first byte changes (T1). That takes the first block from an image that was never
 * confirmed. Port status. */
static int begin_anew(struct self *self)
{
    int status = self_record_begin(self->target);

    if (status == 0)
        status = boot_trailer_erase(self->other);
    return status == 0 ? self_record_mark_emptied() : status;
}

static bool can_go_on(const struct self *self)
{
    struct self_record record;

    self_record_read(&record);
    return self_record_is_of(&record, self->target) && record.emptied && !record.started;
}

/* Finds out where to go on. Port status. */
static int prepare(struct self *self)
{
    uint32_t blocks = bundle_blocks(self->manifest.image_bytes);
    int status = can_go_on(self) ? 0 : begin_anew(self);
    bool there = self_image_is_there(self->other, &self->manifest);

    if (status == 0 && !there && blocks_done(self) == blocks)
        status = begin_anew(self); /* the marks do not say the truth */
    self->offset = there ? self->manifest.image_bytes : blocks_done(self) * BLOCK_BYTES;
    self->begun = self->offset;
    return status;
}

uint64_t self_image_step(struct self *self)
{
    if (!self->prepared && prepare(self) != 0) {
        self_fail(self, otr_UpdateError_UPDATE_FLASH);
        return self->now_us;
    }
    self->prepared = true;
    if (self->fetch.open && !self->fetch.ended)
        return wait_for_bytes(self);
    if (self->offset == self->manifest.image_bytes)
        self_emit(self, SELF_EV_GOT, otr_UpdateError_UPDATE_OK);
    else if (self->fetch.open)
        self_fail(self, otr_UpdateError_UPDATE_NOT_FOUND);
    else
        return begin(self, self->manifest.image_sha256, self->offset, self->manifest.image_bytes);
    return self->now_us;
}
