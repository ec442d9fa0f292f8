/* SPDX-License-Identifier: Apache-2.0 */
/* From the command line to a command's exit code. */
#ifndef MAIN_DISPATCH_H
#define MAIN_DISPATCH_H

/* argv as main gets it. Prints what there is to say; returns the exit code. */
int dispatch(int argc, char *argv[]);

#endif
