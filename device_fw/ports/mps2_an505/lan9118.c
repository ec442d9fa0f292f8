/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SMSC LAN9118, polled through its FIFOs; one interrupt: "a frame has been received".
 *
 * Source: SMSC LAN9118 datasheet, sections 3.12, 3.13 and 5.3. Its interrupt line is active low until IRQ_CFG
 * is written, so the line is opened only after that. The emulator's receive FIFO holds 10,560 bytes and drops
 * what does not fit: the TCP window is kept below that (lwipopts.h).
 */
#include "ports/mps2_an505/lan9118.h"

#include "ports/mps2_an505/board_irq.h"
#include "ports/mps2_an505/board_regs.h"

#define REG(offset) REG32(ETH_S + (offset))

#define RX_DATA   0x00u
#define TX_DATA   0x20u
#define RX_STATUS 0x40u
#define TX_STATUS 0x48u
#define IRQ_CFG   0x54u
#define INT_STS   0x58u
#define INT_EN    0x5Cu
#define BYTE_TEST 0x64u
#define FIFO_INT  0x68u
#define RX_CFG    0x6Cu
#define TX_CFG    0x70u
#define HW_CFG    0x74u
#define RX_FIFO   0x7Cu
#define TX_FIFO   0x80u
#define MAC_CMD   0xA4u
#define MAC_DATA  0xA8u
#define AFC_CFG   0xACu

#define BYTE_TEST_VALUE    0x87654321u
#define HW_CFG_RESET       1u
#define HW_CFG_TX_FIFO_5K  (5u << 16)
#define IRQ_CFG_VALUE      0x111u      /* enabled, active high, push-pull */
#define FIFO_INT_RX_LEVEL0 0x48000000u /* interrupt at the first receive status */
#define AFC_CFG_VALUE      0x006E3740u /* datasheet's recommendation */
#define TX_CFG_ON          2u
#define INT_RSFL           8u
#define RX_ERROR           0x8000u
#define CHECKSUM_BYTES     4u
#define TX_FIRST           0x2000u
#define TX_LAST            0x1000u
#define TX_SLACK_BYTES     64u /* command words and alignment of the parts */

#define MAC_CR      1u
#define MAC_ADDRH   2u
#define MAC_ADDRL   3u
#define MAC_CR_FDPX (1u << 20)
#define MAC_CR_TXEN 8u
#define MAC_CR_RXEN 4u
#define MAC_BUSY    0x80000000u
#define MAC_READ    0x40000000u
#define WAIT_POLLS  100000u

static uint32_t tx_tag;
static uint32_t tx_frame_bytes;

static bool mac_wait(void)
{
    for (uint32_t polls = 0; polls < WAIT_POLLS; polls++) {
        if ((REG(MAC_CMD) & MAC_BUSY) == 0) {
            return true;
        }
    }
    return false;
}

static uint32_t mac_read(uint32_t index)
{
    REG(MAC_CMD) = MAC_BUSY | MAC_READ | index;
    (void)mac_wait(); /* a dead MAC reads as zero and is noticed by its address */
    return REG(MAC_DATA);
}

static void mac_write(uint32_t index, uint32_t value)
{
    REG(MAC_DATA) = value;
    REG(MAC_CMD) = MAC_BUSY | index;
    (void)mac_wait();
}

static bool chip_reset(void)
{
    if (REG(BYTE_TEST) != BYTE_TEST_VALUE) {
        return false;
    }
    REG(HW_CFG) = HW_CFG_RESET;
    for (uint32_t polls = 0; (REG(HW_CFG) & HW_CFG_RESET) != 0; polls++) {
        if (polls == WAIT_POLLS) {
            return false;
        }
    }
    return true;
}

bool lan9118_start(uint8_t mac[6])
{
    if (!chip_reset()) {
        return false;
    }
    REG(HW_CFG) = HW_CFG_TX_FIFO_5K;
    REG(AFC_CFG) = AFC_CFG_VALUE;
    REG(INT_EN) = 0;
    REG(INT_STS) = UINT32_MAX;
    REG(IRQ_CFG) = IRQ_CFG_VALUE;
    REG(FIFO_INT) = FIFO_INT_RX_LEVEL0;
    REG(RX_CFG) = LAN9118_PAD_BYTES << 8;
    REG(TX_CFG) = TX_CFG_ON;
    uint32_t low = mac_read(MAC_ADDRL);
    uint32_t high = mac_read(MAC_ADDRH);
    for (uint32_t i = 0; i < 6; i++) {
        mac[i] = (uint8_t)((i < 4 ? low : high) >> (8 * (i % 4)));
    }
    mac_write(MAC_CR, MAC_CR_FDPX | MAC_CR_TXEN | MAC_CR_RXEN);
    irq_enable(IRQ_ETH);
    lan9118_rx_resume();
    return true;
}

void lan9118_rx_pause(void)
{
    REG(INT_EN) = 0;
}

void lan9118_rx_resume(void)
{
    REG(INT_STS) = INT_RSFL;
    REG(INT_EN) = INT_RSFL;
}

static uint32_t fifo_words(uint32_t frame_bytes)
{
    return (LAN9118_PAD_BYTES + frame_bytes + CHECKSUM_BYTES + 3u) / 4u;
}

static void fifo_skip(uint32_t words)
{
    while (words-- > 0) {
        (void)REG(RX_DATA);
    }
}

uint32_t lan9118_rx_next(void)
{
    while ((REG(RX_FIFO) >> 16 & 0xFFu) != 0) {
        uint32_t status = REG(RX_STATUS);
        uint32_t bytes = status >> 16 & 0x3FFFu;
        if ((status & RX_ERROR) == 0 && bytes > CHECKSUM_BYTES) {
            return bytes - CHECKSUM_BYTES;
        }
        fifo_skip((LAN9118_PAD_BYTES + bytes + 3u) / 4u);
    }
    return 0;
}

void lan9118_rx_read(void *to, uint32_t frame_bytes)
{
    uint32_t *word = to;
    uint32_t words = (LAN9118_PAD_BYTES + frame_bytes + 3u) / 4u;

    for (uint32_t i = 0; i < words; i++) {
        word[i] = REG(RX_DATA);
    }
    fifo_skip(fifo_words(frame_bytes) - words);
}

void lan9118_rx_drop(uint32_t frame_bytes)
{
    fifo_skip(fifo_words(frame_bytes));
}

bool lan9118_tx_begin(uint32_t frame_bytes)
{
    while ((REG(TX_FIFO) >> 16 & 0xFFu) != 0) {
        (void)REG(TX_STATUS); /* results of earlier frames; nobody waits for them */
    }
    tx_frame_bytes = frame_bytes;
    tx_tag++;
    return (REG(TX_FIFO) & 0xFFFFu) >= frame_bytes + TX_SLACK_BYTES;
}

void lan9118_tx_part(const void *data, uint32_t len, bool first, bool last)
{
    uint32_t skip = (uintptr_t)data % 4u; /* the controller skips leading bytes: no copy of unaligned parts */
    const uint32_t *word = (const uint32_t *)((uintptr_t)data - skip);

    REG(TX_DATA) = skip << 16 | (first ? TX_FIRST : 0) | (last ? TX_LAST : 0) | len;
    REG(TX_DATA) = tx_tag << 16 | tx_frame_bytes;
    for (uint32_t words = (len + skip + 3u) / 4u; words > 0; words--) {
        REG(TX_DATA) = *word++;
    }
}
