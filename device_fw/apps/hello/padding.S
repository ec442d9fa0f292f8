/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes that no two versions share, to make an image of a chosen size for benchmarks: APP_PADDING_BYTES of a linear
 * congruential sequence seeded by APP_VERSION. Linked only with -Wl,--undefined=app_padding.
 */
#ifdef APP_PADDING_BYTES
    .section .rodata.app_padding, "a"
    .global app_padding
app_padding:
    .set word, APP_VERSION
    .rept APP_PADDING_BYTES / 4
    .set word, (word * 1664525 + 1013904223) & 0xffffffff
    .long word
    .endr
#endif
