/* SPDX-License-Identifier: Apache-2.0 */
/* A file system layer in external flash. */
#ifndef OTR_FS_FLASH_H
#define OTR_FS_FLASH_H

#include "mv_syscalls.h"
#include "otr_fs.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The image that begins at this address of external flash. Must live as long as its fs. */
struct otr_fs_flash {
    MvExternalFlashHandle handle;
    uint32_t address;
};

/* Opens external flash and the image at address (where `outrigger bundle --fs` put it; 0 if it was not told). As otr_fs_mount; if
 * it fails nothing stays open, and it may be tried again. A block that is damaged makes reads fail until the microvisor has fetched it
 * again. */
int otr_fs_flash_mount(struct otr_fs *fs, struct otr_fs_flash *flash, uint32_t address);

/* Closes it; the fs and its files must not be used any more. */
void otr_fs_flash_unmount(struct otr_fs_flash *flash);

#ifdef __cplusplus
}
#endif

#endif
