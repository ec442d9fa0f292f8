/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of file system layers; see otr_fs.h. */
#include "otr_fs.h"

#include <stdbool.h>
#include <string.h>

#define HEADER_BYTES  64u
#define AT_BYTES      8u
#define AT_COUNT      12u
#define AT_NAMES      16u
#define AT_INDEX_CRC  20u
#define AT_ZEROS      24u
#define AT_HEADER_CRC 60u

#define ENTRY_BYTES   24u
#define AT_NAME       0u
#define AT_NAME_BYTES 4u
#define AT_OFFSET     8u
#define AT_LENGTH     12u
#define AT_CRC        16u

#define PIECE_BYTES 256u /* on the stack */

struct entry {
    uint32_t name, name_bytes;
    struct otr_fs_file file;
};

static uint32_t get_u32(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Four bits at a time: small, and fast enough beside the reading. */
static uint32_t crc_add(uint32_t crc, const uint8_t *bytes, uint32_t length)
{
    static const uint32_t table[16] = {
        0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
        0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
    };

    for (uint32_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    return crc;
}

/* Is the checksum of a range of the image (which lies inside it) the expected one? */
static int check_range(const struct otr_fs *fs, uint32_t offset, uint32_t length, uint32_t expected)
{
    uint8_t piece[PIECE_BYTES];
    uint32_t crc = 0xffffffffu;

    while (length > 0) {
        uint32_t here = length < sizeof(piece) ? length : (uint32_t)sizeof(piece);

        if (fs->read(fs->context, offset, here, piece) != 0)
            return OTR_FS_FAILED;
        crc = crc_add(crc, piece, here);
        offset += here;
        length -= here;
    }
    return ~crc == expected ? OTR_FS_OKAY : OTR_FS_DAMAGED;
}

static bool header_is_good(const uint8_t header[HEADER_BYTES])
{
    static const uint8_t magic[8] = { 'O', 'T', 'R', '-', 'F', 'S', '1', '\n' };

    if (memcmp(header, magic, sizeof(magic)) != 0 ||
        ~crc_add(0xffffffffu, header, AT_HEADER_CRC) != get_u32(header + AT_HEADER_CRC))
        return false;
    for (uint32_t i = AT_ZEROS; i < AT_HEADER_CRC; i++)
        if (header[i] != 0)
            return false;
    return true;
}

/* Bytes of the index if it fits the image, else 0: then it has none. */
static uint32_t index_bytes(const struct otr_fs *fs)
{
    uint32_t room = fs->bytes - HEADER_BYTES;

    if (fs->count > room / ENTRY_BYTES || fs->names_bytes > room - fs->count * ENTRY_BYTES)
        return 0;
    return fs->count * ENTRY_BYTES + fs->names_bytes;
}

static int check_image(struct otr_fs *fs, uint32_t bytes)
{
    uint8_t header[HEADER_BYTES];

    if (bytes < HEADER_BYTES)
        return OTR_FS_DAMAGED;
    if (fs->read(fs->context, 0, sizeof(header), header) != 0)
        return OTR_FS_FAILED;
    fs->bytes = get_u32(header + AT_BYTES);
    fs->count = get_u32(header + AT_COUNT);
    fs->names_bytes = get_u32(header + AT_NAMES);
    if (!header_is_good(header) || fs->bytes < HEADER_BYTES || fs->bytes > bytes || index_bytes(fs) == 0)
        return OTR_FS_DAMAGED;
    return check_range(fs, HEADER_BYTES, index_bytes(fs), get_u32(header + AT_INDEX_CRC));
}

int otr_fs_mount(struct otr_fs *fs, otr_fs_read_fn *read, void *context, uint32_t bytes)
{
    int result;

    memset(fs, 0, sizeof(*fs));
    fs->read = read;
    fs->context = context;
    result = check_image(fs, bytes);
    if (result != OTR_FS_OKAY)
        fs->count = 0; /* what is not good has no files */
    return result;
}

static int read_entry(const struct otr_fs *fs, uint32_t number, struct entry *out)
{
    uint8_t raw[ENTRY_BYTES];

    if (number >= fs->count)
        return OTR_FS_NOT_FOUND;
    if (fs->read(fs->context, HEADER_BYTES + number * ENTRY_BYTES, sizeof(raw), raw) != 0)
        return OTR_FS_FAILED;
    out->name = get_u32(raw + AT_NAME);
    out->name_bytes = get_u32(raw + AT_NAME_BYTES); /* with the two zero bytes behind */
    out->file.offset = get_u32(raw + AT_OFFSET);
    out->file.bytes = get_u32(raw + AT_LENGTH);
    out->file.crc = get_u32(raw + AT_CRC);
    if (out->name_bytes == 0 || out->name_bytes > OTR_FS_NAME_MAX_BYTES ||
        out->name_bytes > fs->names_bytes || out->name > fs->names_bytes - out->name_bytes ||
        out->file.bytes > fs->bytes || out->file.offset > fs->bytes - out->file.bytes)
        return OTR_FS_DAMAGED;
    return OTR_FS_OKAY;
}

static int read_name(const struct otr_fs *fs, const struct entry *entry, char *name)
{
    uint32_t names = HEADER_BYTES + fs->count * ENTRY_BYTES;

    name[entry->name_bytes] = '\0';
    if (fs->read(fs->context, names + entry->name, entry->name_bytes, name) != 0)
        return OTR_FS_FAILED;
    return strlen(name) == entry->name_bytes ? OTR_FS_OKAY : OTR_FS_DAMAGED; /* a NUL would cut it short */
}

/* Does the name of this entry come before the text? */
static int comes_before(const struct otr_fs *fs, uint32_t number, const char *text, bool *before)
{
    char name[OTR_FS_NAME_MAX_BYTES + 1];
    uint32_t length = (uint32_t)strlen(text);
    struct entry entry;
    int result = read_entry(fs, number, &entry);
    int order;

    if (result == OTR_FS_OKAY)
        result = read_name(fs, &entry, name);
    if (result != OTR_FS_OKAY)
        return result;
    order = memcmp(name, text, entry.name_bytes < length ? entry.name_bytes : length);
    *before = order < 0 || (order == 0 && entry.name_bytes < length);
    return OTR_FS_OKAY;
}

/* Number of the first file whose name does not come before the text; fs->count: none. */
static int bisect(const struct otr_fs *fs, const char *text, uint32_t *number)
{
    uint32_t low = 0, high = fs->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        bool before;
        int result = comes_before(fs, middle, text, &before);

        if (result != OTR_FS_OKAY)
            return result;
        if (before)
            low = middle + 1;
        else
            high = middle;
    }
    *number = low;
    return OTR_FS_OKAY;
}

int otr_fs_entry(const struct otr_fs *fs, uint32_t number, char *name, struct otr_fs_file *file)
{
    struct entry entry;
    int result = read_entry(fs, number, &entry);

    if (result == OTR_FS_OKAY && name != NULL)
        result = read_name(fs, &entry, name);
    if (result == OTR_FS_OKAY && file != NULL)
        *file = entry.file;
    return result;
}

int otr_fs_open(const struct otr_fs *fs, const char *path, struct otr_fs_file *file)
{
    char name[OTR_FS_NAME_MAX_BYTES + 1];
    uint32_t number;
    int result = bisect(fs, path, &number);

    if (result == OTR_FS_OKAY)
        result = otr_fs_entry(fs, number, name, file);
    if (result != OTR_FS_OKAY)
        return result;
    return strcmp(name, path) == 0 ? OTR_FS_OKAY : OTR_FS_NOT_FOUND;
}

int32_t otr_fs_first(const struct otr_fs *fs, const char *prefix)
{
    char name[OTR_FS_NAME_MAX_BYTES + 1];
    uint32_t number;
    int result = bisect(fs, prefix, &number);

    if (result == OTR_FS_OKAY)
        result = otr_fs_entry(fs, number, name, NULL);
    if (result != OTR_FS_OKAY)
        return result;
    return strncmp(name, prefix, strlen(prefix)) == 0 ? (int32_t)number : OTR_FS_NOT_FOUND;
}

int32_t otr_fs_read(const struct otr_fs *fs, const struct otr_fs_file *file, uint32_t offset, void *buffer,
                    uint32_t length)
{
    if (offset >= file->bytes)
        return 0;
    if (length > file->bytes - offset)
        length = file->bytes - offset;
    if (fs->read(fs->context, file->offset + offset, length, buffer) != 0)
        return OTR_FS_FAILED;
    return (int32_t)length;
}

int otr_fs_check(const struct otr_fs *fs, const struct otr_fs_file *file)
{
    return check_range(fs, file->offset, file->bytes, file->crc);
}
