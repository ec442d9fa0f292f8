/* SPDX-License-Identifier: Apache-2.0 */
/* Entry of the command line tool. */
#include <locale.h>

#include "base/stop.h"
#include "main/dispatch.h"

int main(int argc, char *argv[])
{
    (void)setlocale(LC_CTYPE, ""); /* without it the C locale is what there is */
    stop_install();
    return dispatch(argc, argv);
}
