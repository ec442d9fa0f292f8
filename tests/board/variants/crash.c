/* SPDX-License-Identifier: Apache-2.0 */
/* A microvisor that faults at its start: in the place of ports/mps2_an505/board_main.c. */
void board_main(void);

void board_main(void)
{
    __asm volatile("udf #0");
}
