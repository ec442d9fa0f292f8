/* SPDX-License-Identifier: Apache-2.0 */
/* Reading parameters, with words about those that are not right. */
#include "api/parameter.h"

#include "base/status.h"
#include "model/name.h"
#include "model/number.h"

bool parameter_bool(const struct request *q, struct reply *r, const char *name, bool *given, bool *value)
{
    const char *text = form_field_value(&q->form, name);
    *given = text != NULL;
    *value = false;
    if (text != NULL && model_bool_parse(text, value) != ST_OK) {
        reply_bad_parameter(q, r, name, text, "true or false");
        return false;
    }
    return true;
}

bool parameter_unique_name(const struct request *q, struct reply *r, const char *prefix, const char **name)
{
    const char *why;
    *name = form_field_value(&q->form, "UniqueName");
    if (*name != NULL && (*name)[0] != '\0' && model_name_check(*name, prefix, &why) != ST_OK) {
        reply_bad_parameter(q, r, "UniqueName", *name, why);
        return false;
    }
    return true;
}
