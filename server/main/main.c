/* SPDX-License-Identifier: Apache-2.0 */
/* outriggerd: command line. The same program is the parent and, with --role, each of its roles. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/status.h"
#include "base/version.h"
#include "conf/conf.h"
#include "main/check.h"
#include "main/parent.h"
#include "main/role_start.h"

#define EXIT_USAGE 2

static const char usage[] =
    "usage: outriggerd --config FILE [--check]\n"
    "       outriggerd --version | --help\n"
    "\n"
    "  --config FILE   configuration; deploy/outriggerd.conf.example explains every key\n"
    "  --check         check it, print what is in effect, and exit\n"
    "  --version       print the version and exit\n"
    "  --help          print this and exit\n"
    "\n"
    "Signals: TERM and INT stop the server, HUP reads certificates again.\n"
    "Exit status: 0 stopped cleanly, 1 could not start, 2 wrong command line.\n";

struct options {
    const char *config;
    const char *role; /* set by the parent only */
    bool check;
};

/* -1: go on; else the exit status. */
static int options_parse(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {
        { "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
        { "role", required_argument, NULL, 'r' },   { "version", no_argument, NULL, 'v' },
        { "help", no_argument, NULL, 'h' },         { NULL, 0, NULL, 0 },
    };
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case 'c':
            out->config = optarg;
            break;
        case 'k':
            out->check = true;
            break;
        case 'r':
            out->role = optarg;
            break;
        case 'v':
            (void)printf("outriggerd %s\n", SERVER_VERSION);
            return EXIT_SUCCESS;
        case 'h':
            (void)fputs(usage, stdout);
            return EXIT_SUCCESS;
        default:
            (void)fputs(usage, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind == argc && (out->config != NULL || out->role != NULL))
        return -1;
    if (optind < argc)
        (void)fprintf(stderr, "outriggerd: found \"%s\", expected an option\n", argv[optind]);
    else
        (void)fputs("outriggerd: --config FILE is missing\n", stderr);
    (void)fputs(usage, stderr);
    return EXIT_USAGE;
}

static int check(const struct conf *conf)
{
    if (check_machine(conf, stderr) != ST_OK || check_contents(conf, stderr) != ST_OK)
        return EXIT_FAILURE;
    conf_print(conf, stdout);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static struct conf conf; /* lives as long as the process; large for a stack */
    struct options options = { NULL, NULL, false };
    const int exit_status = options_parse(argc, argv, &options);

    if (exit_status >= 0)
        return exit_status;
    if (options.role != NULL)
        return role_start(options.role);
    if (conf_load(&conf, options.config, stderr) != ST_OK)
        return EXIT_FAILURE;
    return options.check ? check(&conf) : parent_run(&conf, options.config);
}
