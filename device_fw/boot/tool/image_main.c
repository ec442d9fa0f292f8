/* SPDX-License-Identifier: Apache-2.0 */
/* outrigger-image: root key, signed microvisor images and new flash files, from the command line. */
#include "boot/tool/image_tool.h"
#include "ports/mps2_an505/memory_map.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: outrigger-image COMMAND OPTIONS\n"
    "\n"
    "  key   --dir DIR                       make the root keys DIR/boot_root.pem and boot_root_2.pem "
    "unless\n"
    "                                        they exist, their public halves, and DIR/boot_root_key.h\n"
    "  sign  --key PEM --in BIN --out IMG --number N [--ratchet N] [--address N]\n"
    "                                        sign a microvisor for boot0\n"
    "  flash --image IMG --out FILE          make an erased 16 MiB flash file with the image in slot A;\n"
    "                                        an existing file is never replaced\n"
    "\n"
    "  --number N    version number of the microvisor, major * 10,000 + minor * 100 + patch\n"
    "  --ratchet N   security ratchet: a device never goes back to a lower one (default 0)\n"
    "  --address N   where it is linked to run (default 0x10010000, the emulated board)\n"
    "  --help        this text\n"
    "\n"
    "Exit status: 0 done, 1 failed (stderr says why), 2 wrong usage.\n";

enum {
    OPT_DIR,
    OPT_KEY,
    OPT_IN,
    OPT_OUT,
    OPT_IMAGE,
    OPT_NUMBER,
    OPT_RATCHET,
    OPT_ADDRESS,
    OPT_HELP,
    OPT_COUNT
};

static const struct option options[] = {
    { "dir", required_argument, NULL, OPT_DIR },
    { "key", required_argument, NULL, OPT_KEY },
    { "in", required_argument, NULL, OPT_IN },
    { "out", required_argument, NULL, OPT_OUT },
    { "image", required_argument, NULL, OPT_IMAGE },
    { "number", required_argument, NULL, OPT_NUMBER },
    { "ratchet", required_argument, NULL, OPT_RATCHET },
    { "address", required_argument, NULL, OPT_ADDRESS },
    { "help", no_argument, NULL, OPT_HELP },
    { NULL, 0, NULL, 0 },
};

static int usage_wrong(const char *why)
{
    fprintf(stderr, "outrigger-image: %s\n%s", why, usage);
    return 2;
}

static int number_parse(const char *text, uint32_t *out)
{
    char *end = NULL;

    errno = 0;
    int base = strncmp(text, "0x", 2) == 0 ? 16 : 10;
    unsigned long value = strtoul(text, &end, base);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || value > UINT32_MAX) {
        return -1;
    }
    *out = (uint32_t)value;
    return 0;
}

static int command_sign(const char *const values[OPT_COUNT])
{
    struct image_sign_request request = {
        .key_path = values[OPT_KEY],
        .body_path = values[OPT_IN],
        .image_path = values[OPT_OUT],
        .load_address = MAP_MICROVISOR_CODE,
    };

    if (request.key_path == NULL || request.body_path == NULL || request.image_path == NULL ||
        values[OPT_NUMBER] == NULL) {
        return usage_wrong("sign needs --key, --in, --out and --number");
    }
    if (number_parse(values[OPT_NUMBER], &request.number) != 0 ||
        (values[OPT_RATCHET] != NULL && number_parse(values[OPT_RATCHET], &request.ratchet) != 0) ||
        (values[OPT_ADDRESS] != NULL && number_parse(values[OPT_ADDRESS], &request.load_address) != 0)) {
        return usage_wrong("--number, --ratchet and --address are whole numbers from 0 to 4294967295");
    }
    return image_sign(&request) == 0 ? 0 : 1;
}

static int command_run(const char *command, const char *const values[OPT_COUNT])
{
    if (strcmp(command, "key") == 0) {
        return values[OPT_DIR] == NULL                ? usage_wrong("key needs --dir")
               : image_key_make(values[OPT_DIR]) == 0 ? 0
                                                      : 1;
    }
    if (strcmp(command, "sign") == 0) {
        return command_sign(values);
    }
    if (strcmp(command, "flash") == 0) {
        if (values[OPT_IMAGE] == NULL || values[OPT_OUT] == NULL) {
            return usage_wrong("flash needs --image and --out");
        }
        return image_flash_make(values[OPT_IMAGE], values[OPT_OUT]) == 0 ? 0 : 1;
    }
    return usage_wrong("unknown command");
}

int main(int argc, char **argv)
{
    const char *values[OPT_COUNT] = { NULL };
    int opt;

    while ((opt = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (opt == OPT_HELP) {
            fputs(usage, stdout);
            return 0;
        }
        if (opt == '?') {
            return usage_wrong("see above");
        }
        values[opt] = optarg;
    }
    if (argc - optind != 1) {
        return usage_wrong("exactly one command is needed");
    }
    return command_run(argv[optind], values);
}
