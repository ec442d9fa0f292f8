/* SPDX-License-Identifier: Apache-2.0 */
/* The object "update" of the Device resource. */
#include "api/update_json.h"

#include "model/update.h"

void update_json(struct json_out *j, const struct model_progress *p)
{
    json_put_object(j, "update");
    json_put_text(j, "phase", model_update_phase_name(p->phase));
    json_put_number(j, "percent", p->percent);
    json_put_number(j, "bytes_done", p->bytes_done);
    json_put_number(j, "bytes_total", p->bytes_total);
    json_put_text(j, "error", model_update_error_name(p->error_code));
    json_put_text(j, "error_text", model_update_error_text(p->error_code));
    json_put_object_end(j);
}
