/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The link state machine. Timers, all derived from the fields of struct link_fsm:
 *  - WAITING: deadline = moment of the next attempt;
 *  - OPENING: deadline = LINK_OPEN_TIMEOUT_MS after LINK_OPEN;
 *  - GREETING: deadline = LINK_WELCOME_TIMEOUT_MS after Hello;
 *  - RESTING: none;
 *  - UP: Ping one heartbeat (less an eighth) after the last byte sent or received, whichever is older, and
 *    not before the same time after the last Ping; dead 2.5 heartbeats after the last byte received.
 */
#include "core/link/link_fsm.h"

#include <string.h>

#include "core/base/core_limits.h"
#include "proto/limits.h"

static uint64_t later(uint64_t now_us, uint64_t wait_ms)
{
    return now_us + wait_ms * 1000u;
}

void link_fsm_init(struct link_fsm *link)
{
    memset(link, 0, sizeof(*link));
    link->state = LINK_OFF;
}

const char *link_state_name(enum link_state state)
{
    static const char *const names[] = { "off", "waiting", "opening", "greeting", "up", "resting" };

    return names[state];
}

static uint32_t backoff_ms(uint32_t attempts, uint32_t random)
{
    uint32_t ceiling = LINK_BACKOFF_MIN_MS;

    while (attempts-- > 0 && ceiling < LINK_BACKOFF_MAX_MS)
        ceiling *= 2;
    if (ceiling > LINK_BACKOFF_MAX_MS)
        ceiling = LINK_BACKOFF_MAX_MS;
    return (uint32_t)((uint64_t)ceiling * random >> 32);
}

static uint32_t enter_waiting(struct link_fsm *link, const struct link_input *input, uint32_t least_ms)
{
    uint32_t wait_ms = backoff_ms(link->attempts, input->random);

    if (link->attempts < UINT32_MAX)
        link->attempts++;
    link->state = LINK_WAITING;
    link->deadline_us = later(input->now_us, wait_ms > least_ms ? wait_ms : least_ms);
    return LINK_CLOSE;
}

static uint32_t bye_wait_ms(uint32_t asked_ms)
{
    return asked_ms < BYE_RETRY_MAX_MS ? asked_ms : BYE_RETRY_MAX_MS;
}

static uint32_t enter_opening(struct link_fsm *link, uint64_t now_us)
{
    link->state = LINK_OPENING;
    link->deadline_us = later(now_us, LINK_OPEN_TIMEOUT_MS);
    return LINK_OPEN;
}

static uint32_t enter_greeting(struct link_fsm *link, uint64_t now_us)
{
    link->state = LINK_GREETING;
    link->deadline_us = later(now_us, LINK_WELCOME_TIMEOUT_MS);
    return LINK_SEND_HELLO;
}

static uint32_t enter_up(struct link_fsm *link, const struct link_input *input)
{
    link->state = LINK_UP;
    link->attempts = 0;
    link->heartbeat_ms = input->value;
    link->last_rx_us = input->now_us;
    link->last_tx_us = input->now_us;
    link->last_ping_us = input->now_us;
    return 0;
}

static uint64_t dead_us(const struct link_fsm *link)
{
    return later(link->last_rx_us, (uint64_t)link->heartbeat_ms * DEAD_PEER_HEARTBEATS_X2 / 2);
}

static uint64_t ping_us(const struct link_fsm *link)
{
    uint64_t silence_us = link->last_rx_us < link->last_tx_us ? link->last_rx_us : link->last_tx_us;

    if (silence_us < link->last_ping_us)
        silence_us = link->last_ping_us;
    return later(silence_us, link->heartbeat_ms - link->heartbeat_ms / 8);
}

static uint32_t timer_in_up(struct link_fsm *link, const struct link_input *input)
{
    if (input->now_us >= dead_us(link))
        return enter_waiting(link, input, 0);
    if (input->now_us < ping_us(link))
        return 0;
    link->last_ping_us = input->now_us;
    link->nonce++;
    return LINK_SEND_PING;
}

static uint32_t timer(struct link_fsm *link, const struct link_input *input)
{
    switch (link->state) {
    case LINK_OFF:
    case LINK_RESTING:
        return 0;
    case LINK_WAITING:
        return input->now_us >= link->deadline_us ? enter_opening(link, input->now_us) : 0;
    case LINK_UP:
        return timer_in_up(link, input);
    default:
        return input->now_us >= link->deadline_us ? enter_waiting(link, input, 0) : 0;
    }
}

static bool has_stream(const struct link_fsm *link)
{
    return link->state == LINK_OPENING || link->state == LINK_GREETING || link->state == LINK_UP;
}

static uint32_t rest(struct link_fsm *link)
{
    if (link->state != LINK_UP)
        return 0;
    link->state = LINK_RESTING;
    return LINK_CLOSE;
}

static uint32_t disable(struct link_fsm *link)
{
    bool had_stream = has_stream(link);

    link_fsm_init(link);
    return had_stream ? LINK_CLOSE : 0;
}

uint32_t link_fsm_step(struct link_fsm *link, const struct link_input *input)
{
    switch (input->event) {
    case LINK_ENABLE:
        return link->state == LINK_OFF ? enter_opening(link, input->now_us) : 0;
    case LINK_DISABLE:
        return disable(link);
    case LINK_TIMER:
        return timer(link, input);
    case LINK_STREAM_UP:
        return link->state == LINK_OPENING ? enter_greeting(link, input->now_us) : 0;
    case LINK_STREAM_LOST:
        return has_stream(link) ? enter_waiting(link, input, 0) : 0;
    case LINK_HEARD:
        link->last_rx_us = input->now_us;
        return 0;
    case LINK_SENT:
        link->last_tx_us = input->now_us;
        return 0;
    case LINK_WELCOME: /* a second Welcome in one session breaks the protocol */
        return link->state == LINK_GREETING ? enter_up(link, input)
                                            : (has_stream(link) ? enter_waiting(link, input, 0) : 0);
    case LINK_REST:
        return rest(link);
    case LINK_RESUME:
        return link->state == LINK_RESTING ? enter_opening(link, input->now_us) : 0;
    case LINK_BYE:
        return has_stream(link) ? enter_waiting(link, input, bye_wait_ms(input->value)) : 0;
    }
    return 0;
}

uint64_t link_fsm_due_us(const struct link_fsm *link)
{
    uint64_t ping = 0;

    if (link->state == LINK_OFF || link->state == LINK_RESTING)
        return UINT64_MAX;
    if (link->state != LINK_UP)
        return link->deadline_us;
    ping = ping_us(link);
    return ping < dead_us(link) ? ping : dead_us(link);
}
