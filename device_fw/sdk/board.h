/* SPDX-License-Identifier: Apache-2.0 */
/* What the emulated board mps2_an505 leaves to the application, besides the processor's own peripherals. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Memory windows (app.ld). */
#define BOARD_CODE_ADDRESS 0x00200000u
#define BOARD_CODE_BYTES   0x00100000u
#define BOARD_RAM_ADDRESS  0x28200000u
#define BOARD_RAM_BYTES    0x00080000u

/* UART1, a CMSDK APB UART (DDI 0479): interrupts 34 receive, 35 transmit, 43 both. */
#define UART1_DATA          (*(volatile uint32_t *)0x40201000)
#define UART1_STATE         (*(volatile uint32_t *)0x40201004)
#define UART1_CONTROL       (*(volatile uint32_t *)0x40201008)
#define UART1_BAUDDIV       (*(volatile uint32_t *)0x40201010)
#define UART1_STATE_TX_FULL (1u << 0)
#define UART1_CONTROL_TX    (1u << 0)
#define UART1_CONTROL_RX    (1u << 1)
#define BOARD_IRQ_UART1_RX  34u
#define BOARD_IRQ_UART1_TX  35u
#define BOARD_IRQ_UART1     43u

/* Interrupts without hardware behind them, for notification centers: Notification0_Handler and so on. */
#define BOARD_IRQ_NOTIFICATION_FIRST 64u
#define BOARD_IRQ_NOTIFICATION_LAST  71u

#endif
