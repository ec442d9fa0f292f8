/* SPDX-License-Identifier: Apache-2.0 */
/* The content key of the target, from the first moment that it is needed until nothing is under way (E6). */
#include "core/base/bytes.h"
#include "core/ota/ota_work.h"
#include "port/port_status.h"

otr_UpdateError ota_content_open(struct ota *ota)
{
    int status;

    if (ota->content_open || ota->target.content_key.decrypter_id == 0)
        return otr_UpdateError_UPDATE_OK;
    status = ota->owner->content_key(ota->context, &ota->target.content_key, ota->content_key);
    ota->content_open = status == 0;
    if (status == PORT_ENOENT)
        return otr_UpdateError_UPDATE_DECRYPTER_UNKNOWN;
    return status == 0 ? otr_UpdateError_UPDATE_OK : otr_UpdateError_UPDATE_CONTENT_KEY;
}

void ota_content_forget(struct ota *ota)
{
    bytes_wipe(ota->content_key, sizeof(ota->content_key));
    ota->content_open = false;
}
