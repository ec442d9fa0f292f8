/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger factory image`: the flash content with which devices leave the programmer. */
#include <stdio.h>
#include <string.h>

#include "base/base16.h"
#include "base/base64.h"
#include "base/mem.h"
#include "cmd/commands.h"
#include "crypto/sha256.h"
#include "factory/image.h"
#include "json/doc.h"
#include "output/fields.h"
#include "rest/rest.h"

#define DEFAULT_BOARD "mps2_an505"

struct image_settings {
    const char *out, *board, *boot0, *microvisor, *app, *test_app, *signers;
};

#define AT(member) offsetof(struct image_settings, member)

static const struct args_option options[] = {
    { .name = "out",
      .letter = 'o',
      .kind = ARGS_TEXT,
      .offset = AT(out),
      .value = "FILE",
      .help = "flash image to make; an existing file is not replaced (required)" },
    { .name = "microvisor",
      .kind = ARGS_TEXT,
      .offset = AT(microvisor),
      .value = "IMAGE",
      .help = "signed microvisor for slot A (required)" },
    { .name = "boot0",
      .kind = ARGS_TEXT,
      .offset = AT(boot0),
      .value = "FILE",
      .help = "check that this boot0 starts that microvisor, and put a copy beside the image" },
    { .name = "app",
      .kind = ARGS_TEXT,
      .offset = AT(app),
      .value = "BUNDLE",
      .help = "signed production application, runs before a device has met its server" },
    { .name = "test-app",
      .kind = ARGS_TEXT,
      .offset = AT(test_app),
      .value = "BUNDLE",
      .help = "signed test application, runs first, until it says that all is well" },
    { .name = "signers",
      .kind = ARGS_TEXT,
      .offset = AT(signers),
      .value = "PEM,...",
      .help = "public keys of accepted application signers (default: those of the server)" },
    { .name = "board",
      .kind = ARGS_TEXT,
      .offset = AT(board),
      .value = "NAME",
      .help = "what the image is for (default " DEFAULT_BOARD ")" },
    { .name = NULL },
};

static int take_signer(const struct doc *signer, struct image_signers *signers, struct fail *fail)
{
    size_t len, most = sizeof(signers->points) / sizeof(signers->points[0]);

    if (signers->count == most ||
        !base64_from_text(doc_text(signer, "public_key", ""), signers->points[signers->count],
                          P256_POINT_BYTES, &len) ||
        len != P256_POINT_BYTES)
        return fail_set(fail, CLI_FORMAT, "the server's signers are not 1 to %zu P-256 points in base64",
                        most);
    signers->count++;
    return CLI_OK;
}

static int ask_signers(struct cmd_env *env, struct image_signers *signers)
{
    struct doc *rows = NULL;
    int status = cmd_open_rest(env);

    if (!status)
        status = rest_list(env->rest, "/v1/Signers", "signers", &rows, &env->fail);
    if (status)
        fail_prefix(&env->fail,
                    "asking for the accepted signers (--signers FILE names them without a server)");
    for (size_t i = 0; !status && i < doc_len(rows, ""); i++)
        status = take_signer(doc_at(rows, "", i), signers, &env->fail);
    doc_free(rows);
    return status;
}

static bool is_set(const unsigned char sha256[SHA256_BYTES])
{
    static const unsigned char none[SHA256_BYTES];

    return memcmp(sha256, none, SHA256_BYTES) != 0;
}

static const char *hash_text(const unsigned char sha256[SHA256_BYTES], char text[SHA256_HEX_BYTES])
{
    base16_encode(sha256, SHA256_BYTES, text);
    return is_set(sha256) ? text : NULL;
}

static void report(const struct image_settings *s, const char *board, const struct image_signers *signers,
                   const struct image_result *r)
{
    char hash[SHA256_HEX_BYTES];

    fields_print(stdout, "image", s->out);
    fields_print_format(stdout, "bytes", "%zu", r->flash_bytes);
    fields_print(stdout, "sha256", r->sha256);
    fields_print(stdout, "board", board);
    fields_print(stdout, "boot0", r->boot0);
    fields_print_format(stdout, "microvisor", "number %u, security ratchet %u", r->facts.microvisor_number,
                        r->facts.microvisor_ratchet);
    fields_print(stdout, "production application", hash_text(r->facts.app_sha256, hash));
    fields_print(stdout, "test application", hash_text(r->facts.test_sha256, hash));
    fields_print_format(stdout, "accepted signers", "%u", signers->count);
}

static void report_json(const struct image_settings *s, const char *board,
                        const struct image_signers *signers, const struct image_result *r)
{
    struct doc *json = doc_new_object();
    char hash[SHA256_HEX_BYTES];

    doc_set_text(json, "image", s->out);
    doc_set_int(json, "bytes", (long long)r->flash_bytes);
    doc_set_text(json, "sha256", r->sha256);
    doc_set_text(json, "board", board);
    doc_set_text(json, "boot0", r->boot0);
    doc_set_int(json, "microvisor_number", r->facts.microvisor_number);
    doc_set_int(json, "microvisor_ratchet", r->facts.microvisor_ratchet);
    doc_set_text(json, "app_sha256", hash_text(r->facts.app_sha256, hash));
    doc_set_text(json, "test_app_sha256", hash_text(r->facts.test_sha256, hash));
    doc_set_int(json, "signers", signers->count);
    doc_print(stdout, json, true);
    doc_free(json);
}

static int check_settings(const struct image_settings *s, struct fail *fail)
{
    if (!s->out)
        return fail_set(fail, CLI_USAGE, "--out is missing: which file shall the image become?");
    if (!s->microvisor)
        return fail_set(fail, CLI_USAGE,
                        "--microvisor is missing: which signed microvisor goes into the image?");
    return CLI_OK;
}

static int take_signers(struct cmd_env *env, const struct image_settings *s, struct image_signers *signers)
{
    if (s->signers)
        return image_signers_read(s->signers, signers, &env->fail);
    return s->app || s->test_app ? ask_signers(env, signers) : CLI_OK;
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct image_settings *s = settings;
    const struct image_files files = { s->out, s->boot0, s->microvisor, s->app, s->test_app };
    const char *board = s->board ? s->board : DEFAULT_BOARD;
    struct image_signers signers = { .count = 0 };
    struct image_result result = { .boot0 = NULL };
    int status = check_settings(s, &env->fail);

    if (!status)
        status = take_signers(env, s, &signers);
    if (!status)
        status = image_files_make(board, &files, &signers, &result, &env->fail);
    if (!status && env->globals.is_json)
        report_json(s, board, &signers, &result);
    else if (!status)
        report(s, board, &signers, &result);
    mem_free(result.boot0);
    return status;
}

const struct command cmd_factory_image = {
    .name = "factory image",
    .summary = "make the flash image that a factory programs",
    .details = "Without --app and --test-app devices wait for their server. With both, the test application "
               "runs first, "
               "and when\n"
               "it has called mvTestingComplete(0) the production application is installed for good. The "
               "image is written "
               "and then\n"
               "looked at by the device's own code: one that a device would not run is not made.\n",
    .options = options,
    .settings_bytes = sizeof(struct image_settings),
    .run = run,
};
