/* SPDX-License-Identifier: Apache-2.0 */
/* The test application's image inside the self-test image. */
    .section .rodata.test_app, "a"
    .balign 4
    .global test_app_start, test_app_end
test_app_start:
    .incbin TEST_APP_BIN
test_app_end:
