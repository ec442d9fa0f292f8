/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a bundle's manifest. */
#ifndef CMD_MANIFEST_VIEW_H
#define CMD_MANIFEST_VIEW_H

#include <stdio.h>

struct doc;
struct pack;

/* For people. Layer files are mentioned when the pack has them. */
void manifest_view_print(FILE *out, const struct pack *pack);
void manifest_view_json(FILE *out, const struct pack *pack);
struct doc *manifest_view_doc(const struct pack *pack); /* the caller frees it */

#endif
