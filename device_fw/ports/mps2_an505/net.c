/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lwIP on the LAN9118, in the microvisor's thread only; the interrupt just wakes it.
 *
 * Invariant: receiving is paused from the interrupt until the FIFO has been drained, so a flood of frames
 * costs one interrupt per poll; at most RX_BUDGET frames are taken per poll, so that the rest of the thread
 * keeps its turn.
 */
#include "ports/mps2_an505/net.h"

#include <lwip/dhcp.h>
#include <lwip/etharp.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

#include "port/port_clock.h"
#include "port/port_entropy.h"
#include "port/port_status.h"
#include "ports/mps2_an505/fault.h"
#include "ports/mps2_an505/lan9118.h"
#include "ports/mps2_an505/world.h"

#define RX_BUDGET         32u
#define RANDOM_POOL_WORDS 16u

_Static_assert(ETH_PAD_SIZE == LAN9118_PAD_BYTES, "the controller's offset is lwIP's padding");

static struct netif interface;
static volatile bool rx_waiting;
static uint32_t random_pool[RANDOM_POOL_WORDS];
static uint32_t random_left;

void net_isr(void)
{
    lan9118_rx_pause();
    rx_waiting = true;
    world_wake();
}

static err_t frame_send(struct netif *netif, struct pbuf *frame)
{
    (void)netif;
    pbuf_remove_header(frame, ETH_PAD_SIZE);
    bool room = lan9118_tx_begin(frame->tot_len);
    for (const struct pbuf *part = frame; room && part != NULL; part = part->next) {
        bool last = part->len == part->tot_len;
        lan9118_tx_part(part->payload, part->len, part == frame, last);
        if (last) {
            break;
        }
    }
    pbuf_add_header(frame, ETH_PAD_SIZE);
    return room ? ERR_OK : ERR_MEM;
}

static err_t interface_start(struct netif *netif)
{
    if (!lan9118_start(netif->hwaddr)) {
        return ERR_IF;
    }
    netif->hwaddr_len = ETH_HWADDR_LEN;
    netif->name[0] = 'e';
    netif->name[1] = 'n';
    netif->mtu = 1500;
    netif->hostname = "outrigger";
    netif->output = etharp_output;
    netif->linkoutput = frame_send;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
    return ERR_OK;
}

void net_start(void)
{
    lwip_init();
    if (netif_add_noaddr(&interface, NULL, interface_start, ethernet_input) == NULL) {
        return; /* no controller: the device goes on without a network */
    }
    netif_set_default(&interface);
    netif_set_up(&interface);
    (void)dhcp_start(&interface); /* a failure for want of memory is tried again by lwIP's coarse timer */
}

static void frame_take(uint32_t bytes)
{
    struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)(bytes + ETH_PAD_SIZE), PBUF_POOL);

    if (frame == NULL || frame->next != NULL) {
        lan9118_rx_drop(bytes);
        if (frame != NULL) {
            pbuf_free(frame);
        }
        return;
    }
    lan9118_rx_read(frame->payload, bytes);
    if (interface.input(frame, &interface) != ERR_OK) {
        pbuf_free(frame);
    }
}

static void frames_take(void)
{
    for (uint32_t taken = 0; taken < RX_BUDGET; taken++) {
        uint32_t bytes = lan9118_rx_next();
        if (bytes == 0) {
            rx_waiting = false;
            lan9118_rx_resume();
            return;
        }
        frame_take(bytes);
    }
}

void net_poll(void)
{
    if (rx_waiting) {
        frames_take();
    }
    sys_check_timeouts();
}

uint64_t net_due(void)
{
    uint32_t wait_ms = sys_timeouts_sleeptime();

    if (rx_waiting) {
        return 0;
    }
    return wait_ms == SYS_TIMEOUTS_SLEEPTIME_INFINITE ? UINT64_MAX
                                                      : port_clock_us() + (uint64_t)wait_ms * 1000u;
}

bool net_is_up(void)
{
    return dhcp_supplied_address(&interface) != 0;
}

uint32_t net_random(void)
{
    if (random_left == 0) {
        if (port_entropy_get(random_pool, sizeof(random_pool)) != PORT_OK) {
            return (uint32_t)port_clock_us() * 2654435761u; /* TLS above does not rest on these numbers */
        }
        random_left = RANDOM_POOL_WORDS;
    }
    return random_pool[--random_left];
}

void net_stack_failed(uint32_t line)
{
    fault_panic("net.assert", line);
}

u32_t sys_now(void)
{
    return (u32_t)(port_clock_us() / 1000u);
}
