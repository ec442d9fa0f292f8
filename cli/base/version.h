/* SPDX-License-Identifier: Apache-2.0 */
/* Version of the command line tool. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define CLI_VERSION "0.1.0"

#endif
