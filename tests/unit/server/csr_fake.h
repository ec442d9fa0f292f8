/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate requests of devices, made at run time. */
#ifndef TESTS_UNIT_SERVER_CSR_FAKE_H
#define TESTS_UNIT_SERVER_CSR_FAKE_H

#include <stddef.h>

/* A request of a new P-256 key as the value of a form's field: base64 of DER, percent-encoded. Room for 1,024 bytes. */
void csr_fake_form(char *out);

#endif
