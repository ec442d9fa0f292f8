/* SPDX-License-Identifier: Apache-2.0 */
/* Settings: precedence, file format, credentials. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/status.h"
#include "conf/settings.h"

static char folder[] = "/tmp/outrigger-settings-XXXXXX";
static char config[64], admin[64];
static struct fail fail;
static struct settings settings;

static void write_file(const char *path, const char *text)
{
    FILE *out = fopen(path, "w");

    assert_non_null(out);
    assert_true(fputs(text, out) >= 0);
    assert_int_equal(fclose(out), 0);
}

static int load(const struct settings_level *flags, const char *path)
{
    static const struct settings_level none;

    settings_clear(&settings);
    return settings_load(&settings, flags ? flags : &none, path, &fail);
}

static void clear_environment(void)
{
    static const char *const names[] = { "OUTRIGGER_URL", "OUTRIGGER_ACCOUNT", "OUTRIGGER_TOKEN",
                                         "OUTRIGGER_CACERT", "OUTRIGGER_CREDENTIALS" };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        assert_int_equal(unsetenv(names[i]), 0);
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(folder));
    (void)snprintf(config, sizeof(config), "%s/config", folder);
    (void)snprintf(admin, sizeof(admin), "%s/admin.json", folder);
    clear_environment();
    assert_int_equal(setenv("XDG_CONFIG_HOME", folder, 1), 0);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    settings_clear(&settings);
    (void)unlink(config);
    (void)unlink(admin);
    return rmdir(folder);
}

static void without_anything_there_are_defaults(void **state)
{
    (void)state;
    assert_int_equal(load(NULL, NULL), CLI_OK);
    assert_string_equal(settings.url, SETTINGS_DEFAULT_URL);
    assert_null(settings.account);
    assert_int_equal(settings_need_account(&settings, &fail), CLI_USAGE);
    assert_non_null(strstr(fail.text, "--account"));
}

static void flags_win_over_environment_over_file(void **state)
{
    struct settings_level flags = { .url = "http://flag:1" };

    (void)state;
    write_file(config, "# comment\n\n url = http://file:1/ \r\naccount=ACfile\ntoken = file token\n");
    assert_int_equal(load(NULL, config), CLI_OK);
    assert_string_equal(settings.url, "http://file:1"); /* without the slash */
    assert_string_equal(settings.token, "file token");
    assert_int_equal(setenv("OUTRIGGER_URL", "http://env:1", 1), 0);
    assert_int_equal(setenv("OUTRIGGER_ACCOUNT", "ACenv", 1), 0);
    assert_int_equal(load(&flags, config), CLI_OK);
    assert_string_equal(settings.url, "http://flag:1");
    assert_string_equal(settings.account, "ACenv");
    assert_string_equal(settings.token, "file token");
    assert_int_equal(settings_need_account(&settings, &fail), CLI_OK);
    clear_environment();
}

static void the_credentials_file_is_one_source_of_its_level(void **state)
{
    struct settings_level flags = { .credentials = admin, .token = "explicit" };

    (void)state;
    write_file(admin, "{\"account_sid\": \"ACadmin\", \"auth_token\": \"secret\", \"more\": 1}\n");
    assert_int_equal(setenv("OUTRIGGER_ACCOUNT", "ACenv", 1), 0);
    assert_int_equal(load(&flags, NULL), CLI_OK);
    assert_string_equal(settings.account, "ACadmin");
    assert_string_equal(settings.token, "explicit");
    clear_environment();
    write_file(admin, "{\"account_sid\": \"ACadmin\"}");
    assert_int_equal(load(&flags, NULL), CLI_FORMAT);
    assert_non_null(strstr(fail.text, "auth_token"));
    write_file(admin, "no json");
    assert_int_equal(load(&flags, NULL), CLI_FORMAT);
    assert_non_null(strstr(fail.text, admin));
}

static void a_factory_token_brings_its_account(void **state)
{
    struct settings_level flags = { .account = "ACflag",
                                    .token = "FT0123456789abcdef0123456789abcdef:se:cret" };

    (void)state;
    assert_int_equal(load(&flags, NULL), CLI_OK);
    assert_string_equal(settings.account, "FT0123456789abcdef0123456789abcdef");
    assert_string_equal(settings.token, "se:cret");
    flags.token = "SK0123456789abcdef0123456789abcdef:secret"; /* a token is any text but for these */
    assert_int_equal(load(&flags, NULL), CLI_OK);
    assert_string_equal(settings.account, "ACflag");
    assert_string_equal(settings.token, flags.token);
    flags.token = "FT0123:secret";
    assert_int_equal(load(&flags, NULL), CLI_OK);
    assert_string_equal(settings.token, flags.token);
}

static void a_wrong_file_is_named_with_its_line(void **state)
{
    static const struct {
        const char *text, *words;
    } cases[] = {
        { "url = http://a\nusr = b\n", ":2: unknown key \"usr\"" },
        { "\n\nurl\n", ":3: a line must be" },
        { "token =\n", ":1: \"token\" has no value" },
        { "token = a\ntoken = b\n", ":2: \"token\" stands there twice" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        write_file(config, cases[i].text);
        assert_int_equal(load(NULL, config), CLI_FORMAT);
        assert_non_null(strstr(fail.text, cases[i].words));
        assert_non_null(strstr(fail.text, config));
    }
    assert_int_equal(unlink(config), 0);
    assert_int_equal(load(NULL, config), CLI_IO); /* a file that was named must be there */
    assert_int_equal(load(NULL, NULL), CLI_OK);   /* the user's own need not */
}

static void an_address_that_is_none_is_refused(void **state)
{
    static const char *const wrong[] = {
        "127.0.0.1:8080", "ftp://a", "http://", "http://user:pass@host", "http://a b", "https://host?x", ""
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct settings_level flags = { .url = wrong[i] };

        assert_int_equal(load(&flags, NULL), CLI_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_anything_there_are_defaults),
        cmocka_unit_test(flags_win_over_environment_over_file),
        cmocka_unit_test(the_credentials_file_is_one_source_of_its_level),
        cmocka_unit_test(a_factory_token_brings_its_account),
        cmocka_unit_test(a_wrong_file_is_named_with_its_line),
        cmocka_unit_test(an_address_that_is_none_is_refused),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
