/* SPDX-License-Identifier: Apache-2.0 */
/* Asks the terminal for its width. */
#include "output/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define TERMINAL_DEFAULT_COLUMNS 80

size_t terminal_width(void)
{
    struct winsize size = { 0 };

    if (!isatty(STDOUT_FILENO))
        return 0;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return TERMINAL_DEFAULT_COLUMNS;
    return size.ws_col;
}

bool terminal_is_stderr(void)
{
    return isatty(STDERR_FILENO);
}
