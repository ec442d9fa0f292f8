/* SPDX-License-Identifier: Apache-2.0 */
/* Maps results to exit codes. */
#include "base/status.h"

int status_exit_code(int status)
{
    switch (status) {
    case CLI_OK:
        return EXIT_CODE_OK;
    case CLI_USAGE:
        return EXIT_CODE_USAGE;
    case CLI_PROVISIONED:
        return EXIT_CODE_PROVISIONED;
    case CLI_INTERRUPTED:
        return EXIT_CODE_INTERRUPTED;
    default:
        return EXIT_CODE_FAILURE;
    }
}
