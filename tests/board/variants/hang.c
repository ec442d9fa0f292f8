/* SPDX-License-Identifier: Apache-2.0 */
/* A microvisor that hangs at its start, before it has set up anything: in the place of ports/mps2_an505/board_main.c. */
void board_main(void);

void board_main(void)
{
    for (;;) {
        __asm volatile("wfi");
    }
}
