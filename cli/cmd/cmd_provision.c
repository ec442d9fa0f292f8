/* SPDX-License-Identifier: Apache-2.0 */
/* `outrigger provision`: gives the device on a serial line its identity in the fleet. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "cmd/commands.h"
#include "json/doc.h"
#include "label/label.h"
#include "output/fields.h"
#include "output/terminal.h"
#include "prov/certify.h"
#include "prov/session.h"
#include "prov/talk.h"
#include "serial/serial.h"

#define PROVISION_DEFAULT_TIMEOUT_S 30

struct provision_settings {
    const char *serial, *name, *gateway, *label, *prefix, *certificate;
    struct args_u32 baud, timeout;
    bool verbose;
};

struct provision {
    struct cmd_env *env;
    char gateway_host[256];
    struct certify_options options;
    struct certified certified;
};

#define AT(member) offsetof(struct provision_settings, member)

static const struct args_option options[] = {
    { .name = "serial",
      .kind = ARGS_TEXT,
      .offset = AT(serial),
      .value = "LINE",
      .help = "PATH of a tty or Unix socket, unix:PATH, or HOST:PORT (required)" },
    { .name = "baud",
      .kind = ARGS_U32,
      .offset = AT(baud),
      .value = "N",
      .least = 9600,
      .most = 1000000,
      .help = "speed of a tty (default 115200)" },
    { .name = "name",
      .kind = ARGS_TEXT,
      .offset = AT(name),
      .value = "NAME",
      .help = "unique name of the device" },
    { .name = "gateway",
      .kind = ARGS_TEXT,
      .offset = AT(gateway),
      .value = "HOST:PORT",
      .help = "where the device shall connect to, instead of what the server says" },
    { .name = "label",
      .kind = ARGS_TEXT,
      .offset = AT(label),
      .value = "FILE.svg",
      .help = "write the device's label; an existing file is not replaced" },
    { .name = "label-prefix",
      .kind = ARGS_TEXT,
      .offset = AT(prefix),
      .value = "TEXT",
      .help = "put in front of SID and claim code in the label's QR code" },
    { .name = "certificate",
      .kind = ARGS_TEXT,
      .offset = AT(certificate),
      .value = "CERT.pem",
      .help = "write the device's certificate: what `decrypters add` needs to seal a key to it" },
    { .name = "timeout",
      .kind = ARGS_U32,
      .offset = AT(timeout),
      .value = "S",
      .least = 1,
      .most = 3600,
      .help = "longest wait for each answer of the device (default 30)" },
    { .name = "verbose",
      .letter = 'v',
      .kind = ARGS_FLAG,
      .offset = AT(verbose),
      .help = "print the device's console output on stderr" },
    { .name = NULL },
};

static int take_gateway(struct provision *p, const char *gateway, struct fail *fail)
{
    const char *colon = gateway ? strrchr(gateway, ':') : NULL;
    char *end;
    unsigned long port;

    if (!gateway)
        return CLI_OK;
    port = colon ? strtoul(colon + 1, &end, 10) : 0;
    if (!colon || colon == gateway || (size_t)(colon - gateway) >= sizeof(p->gateway_host) || *end ||
        port < 1 || port > 65535)
        return fail_set(fail, CLI_USAGE, "--gateway is \"%s\", but must be HOST:PORT", gateway);
    memcpy(p->gateway_host, gateway, (size_t)(colon - gateway));
    p->options.gateway_host = p->gateway_host;
    p->options.gateway_port = (uint32_t)port;
    return CLI_OK;
}

static int certify(void *context, struct talk *talk, struct fail *fail)
{
    struct provision *p = context;
    int status = certify_request(p->env->rest, talk->csr, talk->csr_len, &p->options, &p->certified, fail);

    if (!status)
        talk_certified(talk, p->certified.sid, p->certified.provision, p->certified.provision_len);
    return status;
}

static void report(const struct provision *p, const struct talk *talk)
{
    struct doc *result;

    if (!p->env->globals.is_json) {
        fields_print(stdout, "sid", talk->sid);
        fields_print(stdout, "unique name", doc_text(p->certified.device, "unique_name", NULL));
        fields_print(stdout, "board", talk->board);
        fields_print(stdout, "microvisor", talk->version);
        fields_print(stdout, "gateway", p->certified.gateway);
        fields_print(stdout, "claim code", p->certified.claim);
        return;
    }
    result = doc_new_object();
    doc_set_text(result, "sid", talk->sid);
    doc_set_text(result, "unique_name", doc_text(p->certified.device, "unique_name", NULL));
    doc_set_text(result, "board", talk->board);
    doc_set_text(result, "microvisor_version", talk->version);
    doc_set_text(result, "gateway", p->certified.gateway);
    doc_set_text(result, "claim_code", p->certified.claim[0] ? p->certified.claim : NULL);
    doc_print(stdout, result, true);
    doc_free(result);
}

/* Scripts learn the SID of a device that is provisioned already, too. */
static void report_locked(const struct provision *p, const struct talk *talk)
{
    struct doc *result;

    if (!p->env->globals.is_json)
        return;
    result = doc_new_object();
    doc_set_text(result, "sid", talk->sid);
    doc_set_bool(result, "already_provisioned", true);
    doc_print(stdout, result, true);
    doc_free(result);
}

static int converse(struct provision *p, const struct provision_settings *s, struct talk *talk)
{
    struct session_options session = {
        .timeout_ms = (s->timeout.set ? s->timeout.value : PROVISION_DEFAULT_TIMEOUT_S) * 1000u,
        .shows_console = s->verbose,
        .certify = certify,
        .context = p,
    };
    struct serial *serial;
    int status =
        serial_open(s->serial, s->baud.set ? s->baud.value : SERIAL_DEFAULT_BAUD, &serial, &p->env->fail);

    if (status)
        return status;
    status = session_run(serial, &session, talk, &p->env->fail);
    serial_close(serial);
    return status;
}

/* The device has its identity: what fails here is told, and the label can be made later by `factory label`. */
static int make_label(const struct provision *p, const struct provision_settings *s, const struct talk *talk,
                      struct fail *fail)
{
    bool is_shown = !p->env->globals.is_json && terminal_width() > 0;
    struct label label;
    int status = CLI_OK;

    if (!p->certified.claim[0] || (!s->label && !is_shown))
        return CLI_OK;
    status = label_make(talk->sid, p->certified.claim, s->prefix, &label, fail);
    if (!status && is_shown)
        label_print_terminal(stdout, &label);
    if (!status && s->label)
        status = label_write_svg(&label, s->label, fail);
    label_clear(&label);
    return status;
}

/* The server's answer was checked against the device's request (prov/certify.c). */
static int write_certificate(const struct provision *p, const char *path, struct fail *fail)
{
    const char *pem = doc_text(p->certified.device, "provisioning.certificate", "");

    return path ? file_create(path, false, pem, strlen(pem), fail) : CLI_OK;
}

static int run(struct cmd_env *env, const void *settings)
{
    const struct provision_settings *s = settings;
    struct provision p = { .env = env, .options = { .unique_name = s->name } };
    struct talk *talk = mem_new(sizeof(*talk));
    int status = take_gateway(&p, s->gateway, &env->fail);

    if (!status && s->label && access(s->label, F_OK) == 0)
        status = fail_set(&env->fail, CLI_IO, "%s is there already: a label is not replaced", s->label);
    if (!status && s->certificate && access(s->certificate, F_OK) == 0)
        status = fail_set(&env->fail, CLI_IO, "%s is there already and is not replaced", s->certificate);
    if (!status && !s->serial)
        status = fail_set(&env->fail, CLI_USAGE, "--serial is missing: which line is the device on?");
    if (!status)
        status = cmd_open_rest(env);
    if (!status)
        status = converse(&p, s, talk);
    if (status == CLI_OK) {
        report(&p, talk);
        status = write_certificate(&p, s->certificate, &env->fail);
        if (!status)
            status = make_label(&p, s, talk, &env->fail);
    } else if (status == CLI_PROVISIONED) {
        report_locked(&p, talk);
    }
    doc_free(p.certified.device);
    mem_free(talk);
    return status;
}

const struct command cmd_provision = {
    .name = "provision",
    .summary = "give the device on a serial line its identity",
    .details = "The device makes its key itself; only its certificate request leaves it. A device that has "
               "an identity\n"
               "keeps it: exit code 3. A factory needs no account: --token takes a factory token. The claim "
               "code is shown "
               "once.\n",
    .options = options,
    .settings_bytes = sizeof(struct provision_settings),
    .run = run,
};
