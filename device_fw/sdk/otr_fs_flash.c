/* SPDX-License-Identifier: Apache-2.0 */
/* File system layers in external flash; see otr_fs_flash.h. */
#include "otr_fs_flash.h"

static int read_flash(void *context, uint32_t offset, uint32_t length, void *buffer)
{
    const struct otr_fs_flash *flash = context;

    return mvExternalFlashReadBlocking(flash->handle, flash->address + offset, length, buffer) ==
                   MV_STATUS_OKAY
               ? 0
               : -1;
}

int otr_fs_flash_mount(struct otr_fs *fs, struct otr_fs_flash *flash, uint32_t address)
{
    struct MvExternalFlashInfo info = { .version = 1 };
    int result = OTR_FS_FAILED;

    flash->address = address;
    if (mvExternalFlashOpen(&flash->handle) != MV_STATUS_OKAY)
        return OTR_FS_FAILED;
    if (mvExternalFlashGetInfo(flash->handle, &info) == MV_STATUS_OKAY && address <= info.v1.size)
        result = otr_fs_mount(fs, read_flash, flash, info.v1.size - address);
    if (result != OTR_FS_OKAY)
        otr_fs_flash_unmount(flash);
    return result;
}

void otr_fs_flash_unmount(struct otr_fs_flash *flash)
{
    (void)mvExternalFlashClose(&flash->handle);
}
