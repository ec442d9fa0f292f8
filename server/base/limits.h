/* SPDX-License-Identifier: Apache-2.0 */
/* Caps of the server's queues and buffers, each with its reason. What device and server share is in proto/limits.h. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* Names are path segments of the REST API; the original gives no figure, clients cut at 64 columns. */
#define UNIQUE_NAME_MAX_BYTES 128u

/* Upload: the user flash is 1 MiB, external flash of real boards 8 MiB, and room for a zip's overhead. */
#define UPLOAD_MAX_BYTES 0x2000000u /* 32 MiB */

/* Form bodies of the REST API: Value of a config is at most 4,096 characters, percent-encoded thrice as long. */
#define FORM_BODY_MAX_BYTES 16384u

#define PAGE_SIZE_DEFAULT 50u
#define PAGE_SIZE_MAX     1000u /* the original's bound */

/* One message between roles: a manifest with its signature or a certificate fits; SOCK_SEQPACKET keeps bounds. */
#define BUS_MESSAGE_MAX_BYTES 8192u

#define GATEWAYS_MAX 8u /* more loops than this machine class has cores */

#endif
