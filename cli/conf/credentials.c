/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the credentials file. */
#include "conf/credentials.h"

#include <string.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/status.h"
#include "json/doc.h"

int credentials_read(const char *path, struct credentials *out, struct fail *fail)
{
    unsigned char *text;
    size_t len;
    struct doc *doc = NULL;
    int status = file_load(path, CONF_FILE_MAX_BYTES, &text, &len, fail);

    *out = (struct credentials){ 0 };
    if (status)
        return status;
    status = doc_parse((const char *)text, len, &doc, fail);
    explicit_bzero(text, len);
    mem_free(text);
    if (status) {
        fail_prefix(fail, path);
        return status;
    }
    out->account = mem_text(doc_text(doc, "account_sid", NULL));
    out->token = mem_text(doc_text(doc, "auth_token", NULL));
    doc_free(doc);
    if (out->account && out->token)
        return CLI_OK;
    credentials_clear(out);
    return fail_set(fail, CLI_FORMAT, "%s must hold the texts account_sid and auth_token", path);
}

void credentials_clear(struct credentials *c)
{
    mem_free(c->account);
    mem_free_secret(c->token);
    *c = (struct credentials){ 0 };
}
