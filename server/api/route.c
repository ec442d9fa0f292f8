/* SPDX-License-Identifier: Apache-2.0 */
/* The routing table. A new operation of the API is a line here, a function in handlers.h and an entry in openapi.json. */
#include "api/route.h"

#include <stdio.h>
#include <string.h>

#include "api/handlers.h"

#define PAGING "PageSize", "Page", "PageToken"

static const struct route routes[] = {
    { METHOD_GET, "/v1/Devices/*", device_get, .open = false },
    { METHOD_GET, "/v1/Devices", device_list, .query = { PAGING } },
    { METHOD_POST, "/v1/Devices/*", device_update, .slow = true,
      .form = { "UniqueName", "TargetApp", "AppSid", "LoggingEnabled", "RestartApp", "Revoked",
                "TargetMicrovisor", "MicrovisorNow" } },
    { METHOD_POST, "/v1/Devices", device_provision, .slow = true, .enrols = true,
      .form = { "Csr", "UniqueName" } },
    { METHOD_GET, "/v1/Devices/*/Logs", device_log_list, .query = { PAGING, "After", "Order", "Type" } },
    { METHOD_GET, "/v1/Devices/*/Crashes", device_crash_list, .query = { PAGING } },
    { METHOD_GET, "/v1/Devices/*/Crashes/*", device_crash_get, .open = false },
    { METHOD_GET, "/v1/Apps/*", app_get, .open = false },
    { METHOD_GET, "/v1/Apps", app_list, .query = { PAGING } },
    { METHOD_POST, "/v1/Apps", app_create, .slow = true, .upload = true },
    { METHOD_DELETE, "/v1/Apps/*", app_delete, .open = false },
    { METHOD_GET, "/v1/Apps/*/Manifest", app_manifest_get, .open = false },
    { METHOD_GET, "/v1/FactoryTokens/*", factory_token_get, .open = false },
    { METHOD_GET, "/v1/FactoryTokens", factory_token_list, .query = { PAGING } },
    { METHOD_POST, "/v1/FactoryTokens/*", factory_token_update, .form = { "Revoked" } },
    { METHOD_POST, "/v1/FactoryTokens", factory_token_create,
      .form = { "Name", "MaxDevices", "RatePerHour", "Ttl" } },
    { METHOD_GET, "/v1/FactoryTokens/*/Enrolments", factory_token_enrolment_list, .query = { PAGING } },
    { METHOD_GET, "/v1/Enrolments", enrolment_list, .query = { PAGING } },
    { METHOD_GET, "/v1/Signers", signer_list, .slow = true, .query = { PAGING } },
    { METHOD_GET, "/v1/Microvisors/*", microvisor_get, .open = false },
    { METHOD_GET, "/v1/Microvisors", microvisor_list, .query = { PAGING } },
    { METHOD_POST, "/v1/Microvisors", microvisor_create, .slow = true, .upload = true },
    { METHOD_POST, "/v1/Microvisors/*", microvisor_update, .form = { "UniqueName", "Default" } },
    { METHOD_DELETE, "/v1/Microvisors/*", microvisor_delete, .open = false },
    { METHOD_GET, "/v1/KeyRing", key_ring_show, .open = false, .slow = true },
    { METHOD_GET, "/v1/KeyUpdates/*", key_update_get, .open = false },
    { METHOD_GET, "/v1/KeyUpdates", key_update_list, .query = { PAGING } },
    { METHOD_POST, "/v1/KeyUpdates", key_update_create, .slow = true,
      .form = { "Message", "AddSigner", "DeleteSigner", "Force", "Sequence" } },
    { METHOD_GET, "/v1/ServerCa", server_ca_show, .open = false },
    { METHOD_POST, "/v1/ServerCa", server_ca_step, .slow = true, .form = { "Step", "Force" } },
    { METHOD_GET, "/healthz", health_get, .open = true, .slow = true },
    { METHOD_GET, "/metrics", metrics_get, .open = false },
    { METHOD_GET, "/openapi.json", openapi_get, .open = true },
    { METHOD_GET, "/docs/errors/*", error_page_get, .open = true },
};
#define ROUTES_COUNT (sizeof(routes) / sizeof(routes[0]))

static bool path_matches(const char *pattern, const struct form_path *path)
{
    size_t i = 0;
    for (; *pattern == '/' && i < path->count; i++) {
        size_t len = strcspn(++pattern, "/");
        const char *segment = path->segment[i];
        bool any = len == 1 && *pattern == '*' && segment[0] != '\0';
        if (!any && (strlen(segment) != len || memcmp(segment, pattern, len) != 0)) {
            return false;
        }
        pattern += len;
    }
    return *pattern == '\0' && i == path->count;
}

/* Allow headers of the sets of methods that paths have: bit 1 GET, 2 POST, 4 DELETE. */
static const char *allow_text(unsigned methods)
{
    static const char *const texts[8] = { NULL,
                                          "GET, HEAD, OPTIONS",
                                          "POST, OPTIONS",
                                          "GET, HEAD, POST, OPTIONS",
                                          "DELETE, OPTIONS",
                                          "GET, HEAD, DELETE, OPTIONS",
                                          "POST, DELETE, OPTIONS",
                                          "GET, HEAD, POST, DELETE, OPTIONS" };
    return texts[methods];
}

const struct route *route_find(enum request_method method, const struct form_path *path, const char **allow)
{
    static const unsigned bits[] = { [METHOD_GET] = 1, [METHOD_POST] = 2, [METHOD_DELETE] = 4 };
    unsigned methods = 0;
    for (size_t i = 0; i < ROUTES_COUNT; i++) {
        if (!path_matches(routes[i].path, path)) {
            continue;
        }
        if (routes[i].method == method) {
            return &routes[i];
        }
        methods |= bits[routes[i].method];
    }
    *allow = allow_text(methods);
    return NULL;
}

static bool is_known(const char *const *known, const char *name)
{
    for (size_t i = 0; i < ROUTE_PARAMETERS_MAX && known[i] != NULL; i++) {
        if (strcmp(known[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static void unknown_refuse(const struct request *q, struct reply *r, const char *name,
                           const char *const *known)
{
    char list[200] = "none";
    size_t n = 0;
    for (size_t i = 0; i < ROUTE_PARAMETERS_MAX && known[i] != NULL; i++) {
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", known[i]);
    }
    reply_error(q, r, 400, 20001, "Parameter %.80s is not known here; known are: %s", name, list);
}

static bool fields_check(const struct request *q, struct reply *r, const struct form_fields *fields,
                         const char *const *known)
{
    for (size_t i = 0; i < fields->count; i++) {
        const char *name = fields->field[i].name;
        if (!is_known(known, name)) {
            unknown_refuse(q, r, name, known);
            return false;
        }
        if (form_field_value(fields, name) != fields->field[i].value) {
            reply_error(q, r, 400, 20001, "Parameter %s is given twice; give it once", name);
            return false;
        }
    }
    return true;
}

bool route_parameters_check(const struct request *q, struct reply *r)
{
    return fields_check(q, r, &q->query, q->route->query) && fields_check(q, r, &q->form, q->route->form);
}

void route_each(void (*fn)(const struct route *route, void *arg), void *arg)
{
    for (size_t i = 0; i < ROUTES_COUNT; i++) {
        fn(&routes[i], arg);
    }
}
