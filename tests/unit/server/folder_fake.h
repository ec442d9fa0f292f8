/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary folder of a test, removed with everything in it at the end; and a store in it with one account.
 */
#ifndef TESTS_UNIT_SERVER_FOLDER_FAKE_H
#define TESTS_UNIT_SERVER_FOLDER_FAKE_H

struct store;

#define TEST_ACCOUNT "AC00000000000000000000000000000001"

/* Makes the folder and returns its path (static memory). */
const char *folder_make(void);
void folder_remove(void);

/* Path of a file in the folder, in one of a few static buffers. */
const char *folder_path(const char *name);

/* A migrated store in the folder; fails the test if it cannot be opened. */
struct store *folder_store(void);

#endif
