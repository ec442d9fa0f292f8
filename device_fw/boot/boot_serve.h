/* SPDX-License-Identifier: Apache-2.0 */
/* Recovery over the serial port, when no slot can be started. */
#ifndef BOOT_SERVE_H
#define BOOT_SERVE_H

/* Ends in a reset: with an image installed, or after a long silence. */
_Noreturn void boot_serve(void);

#endif
