/* SPDX-License-Identifier: Apache-2.0 */
/* Adding to the account's chain of key updates. */
#include "cmd/key_change.h"

#include <stdio.h>

#include "base/base64.h"
#include "base/file.h"
#include "cmd/cmd.h"
#include "json/doc.h"
#include "keys/new_keys.h"
#include "rest/rest.h"

#define KEY_RING    "/v1/KeyRing"
#define KEY_UPDATES "/v1/KeyUpdates"

static int show_update(struct cmd_env *env, struct doc *update)
{
    if (env->globals.is_json)
        doc_print(stdout, update, true);
    else
        printf("Key update %lld was added, signed by %s. Devices take it when they are connected; `outrigger "
               "signers list` shows how many have it.\n",
               doc_int(update, "sequence", 0), doc_text(update, "signer_id", "?"));
    doc_free(update);
    return CLI_OK;
}

int key_change_post(struct cmd_env *env, bool force, const char *name, const char *value)
{
    const struct http_field fields[] = { { name, value }, { "Force", "true" } };
    struct doc *update = NULL;
    int status = rest_post(env->rest, KEY_UPDATES, fields, force ? 2 : 1, &update, &env->fail);

    return status ? status : show_update(env, update);
}

int key_change_upload(struct cmd_env *env, bool force, const unsigned char *message, size_t len)
{
    char text[BASE64_CHARS(NEW_KEYS_MAX_BYTES) + 1];

    base64_to_text(message, len, text);
    return key_change_post(env, force, "Message", text);
}

/* Signs here, with a key that the server does not have. What comes next in the chain is asked of the server. */
int key_change_sign(struct cmd_env *env, const struct key_change *change, struct new_keys *wanted)
{
    unsigned char message[NEW_KEYS_MAX_BYTES];
    struct p256_key *key = NULL;
    struct doc *ring = NULL;
    size_t len = 0;
    int status = p256_key_read(change->key, &key, &env->fail);

    if (!status)
        status = cmd_open_rest(env);
    if (!status)
        status = rest_get(env->rest, KEY_RING, &ring, &env->fail);
    if (!status) {
        wanted->account_sid = doc_text(ring, "account_sid", "");
        wanted->sequence = (uint32_t)doc_int(ring, "sequence", -1) + 1u;
        status = new_keys_sign(wanted, key, message, &len, &env->fail);
    }
    if (!status)
        status = change->out ? file_create(change->out, false, message, len, &env->fail)
                             : key_change_upload(env, change->force, message, len);
    doc_free(ring);
    p256_key_free(key);
    return status;
}
