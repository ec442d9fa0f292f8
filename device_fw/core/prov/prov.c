/* SPDX-License-Identifier: Apache-2.0 */
/* The line parser and the commands of provisioning; prov.h states the invariants. */
#include "core/prov/prov.h"

#include <string.h>

#include "core/base/line.h"
#include "port/port_boot.h"
#include "port/port_console.h"
#include "port/port_crypto.h"
#include "port/port_power.h"

#define PREFIX      "OTR1 "
#define SET_COMMAND "OTR1 SET "

static void say(const char *text)
{
    port_console_write(text, (uint32_t)strlen(text));
}

static void say_error(const char *code, const char *words)
{
    say("OTR1 ERR ");
    say(code);
    say(" ");
    say(words);
    say("\n");
}

static void say_status(enum identity_status status)
{
    static const char *const texts[][2] = {
        [IDENTITY_OK] = { "", "" },
        [IDENTITY_FORMAT] = { "format", "value is not base64 of a valid Provision message" },
        [IDENTITY_LOCKED] = { "locked", "device is provisioned already" },
        [IDENTITY_KEY] = { "key", "no key yet (send KEYGEN), or the SID is not that of this device's key" },
        [IDENTITY_CERTIFICATE] = { "certificate", "device certificate or server CA cannot be used" },
        [IDENTITY_FLASH] = { "flash", "identity could not be stored" },
        [IDENTITY_ENTROPY] = { "entropy", "no random numbers to make a key from" },
    };

    say_error(texts[status][0], texts[status][1]);
}

void prov_announce(const struct prov *prov)
{
    say("OTR1 STATE ");
    say(port_board_name());
    say(" ");
    say(port_boot_build()->version);
    say(" ");
    if (prov->identity->provisioned) {
        say("provisioned ");
        say(prov->identity->sid);
        say("\n");
    } else {
        say("blank\n");
    }
}

void prov_announce_test(const struct prov *prov)
{
    static const char *const words[] = { "none", "pending", "passed" };
    struct line line;

    line_start(&line, "OTR1 TEST ");
    if (prov->test->state == FACTORY_TEST_PENDING && prov->test->failed_status != 0) {
        line_text(&line, "failed ");
        line_number(&line, prov->test->failed_status);
    } else {
        line_text(&line, words[prov->test->state]);
    }
    line_print(&line);
}

static void begin_line(struct prov *prov)
{
    prov->length = 0;
    prov->setting = false;
}

void prov_init(struct prov *prov, struct identity *identity, const struct factory_test *test,
               struct identity_work *work)
{
    memset(prov, 0, sizeof(*prov));
    prov->identity = identity;
    prov->test = test;
    prov->work = work;
    begin_line(prov);
}

static void say_base64(const uint8_t *data, uint32_t length)
{
    char text[64];

    while (length > 0) {
        uint32_t count = length < 48 ? length : 48;

        port_console_write(text, base64_encode(data, count, text));
        data += count;
        length -= count;
    }
}

static void keygen(struct prov *prov)
{
    enum identity_status status = IDENTITY_LOCKED;
    int length;

    if (!prov->identity->provisioned) /* afterwards the scratch memory is in other use */
        status = identity_keygen(prov->identity);
    if (status != IDENTITY_OK) {
        say_status(status);
        return;
    }
    length = port_p256_csr(prov->identity->private_key, prov->identity->public_key, prov->identity->sid,
                           prov->work->bytes, sizeof(prov->work->bytes));
    if (length < 0) {
        say_status(IDENTITY_KEY);
        return;
    }
    say("OTR1 CSR ");
    say_base64(prov->work->bytes, (uint32_t)length);
    say("\n");
}

static bool set(struct prov *prov)
{
    enum identity_status status = IDENTITY_FORMAT;

    if (prov->identity->provisioned)
        status = IDENTITY_LOCKED;
    else if (base64_decoder_finish(&prov->value))
        status = identity_set(prov->identity, prov->work, prov->value.length);
    if (status != IDENTITY_OK) {
        say_status(status);
        return false;
    }
    say("OTR1 OK ");
    say(prov->identity->sid);
    say("\n");
    return true;
}

/* A line is complete: true when it made the identity complete. */
static bool run(struct prov *prov)
{
    uint32_t head = prov->length < PROV_HEAD_CHARS ? prov->length : PROV_HEAD_CHARS;

    prov->head[head] = '\0';
    if (strncmp(prov->head, PREFIX, strlen(PREFIX)) != 0)
        return false;
    if (prov->length > PROV_LINE_MAX_CHARS)
        say_error("line-too-long", "a line has at most 4608 characters");
    else if (prov->setting)
        return set(prov);
    else if (strcmp(prov->head, "OTR1 HELLO") == 0)
        prov_announce(prov);
    else if (strcmp(prov->head, "OTR1 KEYGEN") == 0)
        keygen(prov);
    else if (strcmp(prov->head, "OTR1 TEST") == 0)
        prov_announce_test(prov);
    else
        say_error("unknown", "commands are HELLO, KEYGEN, SET and TEST");
    return false;
}

static void take_char(struct prov *prov, char c)
{
    if (prov->setting && !prov->identity->provisioned)
        base64_decoder_take(&prov->value, c);
    if (prov->length < PROV_HEAD_CHARS)
        prov->head[prov->length] = c;
    if (prov->length <= PROV_LINE_MAX_CHARS)
        prov->length++;
    if (prov->length == strlen(SET_COMMAND) && memcmp(prov->head, SET_COMMAND, strlen(SET_COMMAND)) == 0) {
        prov->setting = true;
        base64_decoder_start(&prov->value, prov->work->bytes, sizeof(prov->work->bytes));
    }
}

bool prov_take(struct prov *prov, const char *text, uint32_t length)
{
    bool completed = false;

    for (; length > 0; text++, length--) {
        if (*text == '\n') {
            completed = run(prov) || completed;
            begin_line(prov);
        } else if (*text != '\r') {
            take_char(prov, *text);
        }
    }
    return completed;
}
