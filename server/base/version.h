/* SPDX-License-Identifier: Apache-2.0 */
/* Version of the server, for people and logs. The wire has its own numbers (proto/limits.h). */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define SERVER_VERSION "0.1.0"

#endif
