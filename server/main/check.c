/* SPDX-License-Identifier: Apache-2.0 */
/* For --check and for the start of the server. Opens nothing for writing. */
#include "main/check.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/status.h"
#include "conf/conf.h"
#include "crypto/p256.h"
#include "crypto/pem_pair.h"

struct check {
    const struct conf *conf;
    FILE *err;
    unsigned problems;
};

/* A key and its value, as it is in the file. */
struct item {
    const char *section, *key;
    uint32_t index; /* of a list */
    const char *value;
};

static void problem(struct check *c, const struct item *item, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* format: what about the value, and what was expected. */
static void problem(struct check *c, const struct item *item, const char *format, ...)
{
    char origin[CONF_ORIGIN_BYTES];
    va_list args;

    conf_origin(c->conf, item->section, item->key, item->index, origin);
    (void)fprintf(c->err, "%s: %s.%s: found \"%s\"", origin, item->section, item->key, item->value);
    va_start(args, format);
    (void)vfprintf(c->err, format, args);
    va_end(args);
    (void)fputc('\n', c->err);
    c->problems++;
}

static const char *kind_of(const struct stat *st)
{
    if (S_ISDIR(st->st_mode))
        return "a folder";
    return S_ISREG(st->st_mode) ? "a file" : "a device, pipe or socket";
}

/* ---- the user that will open the files ----------------------------------------------------------- */

/* The user that the roles will be, NULL when they stay what this process is. */
static const struct passwd *user_check(struct check *c)
{
    const char *name = c->conf->user;
    const struct passwd *user = *name != '\0' ? getpwnam(name) : NULL;

    if (*name != '\0' && user == NULL)
        problem(c, &(struct item){ "server", "user", 0, name }, ", expected a user of this machine");
    return geteuid() == 0 ? user : NULL;
}

static bool user_borrow(const struct passwd *user)
{
    return user == NULL || (initgroups(user->pw_name, user->pw_gid) == 0 && setegid(user->pw_gid) == 0 &&
                            seteuid(user->pw_uid) == 0);
}

static bool user_return(const struct passwd *user)
{
    return user == NULL || (seteuid(0) == 0 && setegid(getgid()) == 0 && setgroups(0, NULL) == 0);
}

/* ---- data_dir ------------------------------------------------------------------------------------ */

/* The folder in which data_dir will be made. */
static void parent_check(struct check *c, const struct item *item)
{
    char path[sizeof c->conf->data_dir];
    const char *parent;
    struct stat st;

    (void)snprintf(path, sizeof path, "%s", item->value);
    parent = dirname(path);
    if (stat(parent, &st) != 0)
        problem(c, item, ", expected a folder to make it in: %s: %s", parent, strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        problem(c, item, ", expected a folder to make it in: %s is %s", parent, kind_of(&st));
    else if (access(parent, W_OK | X_OK) != 0)
        problem(c, item, ", expected a folder to make it in: %s: %s", parent, strerror(errno));
}

static void data_dir_check(struct check *c)
{
    const struct item item = { "server", "data_dir", 0, c->conf->data_dir };
    struct stat st;

    if (stat(item.value, &st) != 0 && errno == ENOENT)
        parent_check(c, &item);
    else if (stat(item.value, &st) != 0)
        problem(c, &item, ", expected a folder of the server's own: %s", strerror(errno));
    else if (!S_ISDIR(st.st_mode))
        problem(c, &item, ", %s, expected a folder of the server's own", kind_of(&st));
    else if (access(item.value, R_OK | W_OK | X_OK) != 0)
        problem(c, &item, ", expected a folder in which the server may write: %s", strerror(errno));
}

/* ---- files --------------------------------------------------------------------------------------- */

/* Opened, because nothing else says what opening says. O_NONBLOCK: a pipe must not hold us. */
static void file_check(struct check *c, const struct item *item, const char *expected)
{
    struct stat st;
    int fd;

    if (*item->value == '\0')
        return;
    fd = open(item->value, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        problem(c, item, ", expected %s that can be read%s%s: %s", expected,
                *c->conf->user != '\0' ? " by user " : "", c->conf->user, strerror(errno));
        return;
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        problem(c, item, ", %s, expected %s", kind_of(&st), expected);
    (void)close(fd); /* was only looked at */
}

static const char certificate_words[] = "a PEM file with a certificate and its chain";
static const char key_words[] = "a PEM file with the certificate's private key, without a passphrase";
static const char public_words[] = "a PEM file with a P-256 public key";

static void files_check(struct check *c)
{
    const struct conf *conf = c->conf;

    file_check(c, &(struct item){ "api", "certificate", 0, conf->api_certificate }, certificate_words);
    file_check(c, &(struct item){ "api", "private_key", 0, conf->api_private_key }, key_words);
    file_check(c, &(struct item){ "gateway", "certificate", 0, conf->gateway_certificate },
               certificate_words);
    file_check(c, &(struct item){ "gateway", "private_key", 0, conf->gateway_private_key }, key_words);
    for (uint32_t i = 0; i < conf->app_signers.count; i++)
        file_check(c, &(struct item){ "bundles", "app_signer", i, conf->app_signers.entry[i] }, public_words);
    for (uint32_t i = 0; i < conf->root_keys.count; i++)
        file_check(c, &(struct item){ "microvisors", "root_key", i, conf->root_keys.entry[i] }, public_words);
}

int check_machine(const struct conf *conf, FILE *err)
{
    struct check c = { .conf = conf, .err = err };
    const struct passwd *user = user_check(&c);

    data_dir_check(&c); /* as who makes it and gives it away */
    if (!user_borrow(user))
        problem(&c, &(struct item){ "server", "user", 0, conf->user }, ", expected a user to become: %s",
                strerror(errno));
    else
        files_check(&c);
    if (!user_return(user))
        problem(&c, &(struct item){ "server", "user", 0, conf->user }, ", expected a way back from it: %s",
                strerror(errno));
    return c.problems == 0 ? ST_OK : ST_INVALID;
}

/* ---- contents ------------------------------------------------------------------------------------ */

static void pair_check(struct check *c, const char *section, const char *certificate, const char *private_key)
{
    const struct item certificate_item = { section, "certificate", 0, certificate };
    const struct item key_item = { section, "private_key", 0, private_key };

    if (*certificate == '\0')
        return;
    switch (crypto_pair_check(certificate, private_key)) {
    case CRYPTO_PAIR_GOOD:
        break;
    case CRYPTO_PAIR_NO_CERTIFICATE:
        problem(c, &certificate_item, ", no certificate or a damaged one, expected %s", certificate_words);
        break;
    case CRYPTO_PAIR_NO_KEY:
        problem(c, &key_item, ", no private key that can be used, expected %s", key_words);
        break;
    case CRYPTO_PAIR_STRANGERS:
        problem(c, &key_item, ", another key, expected the private key of the certificate in %s",
                certificate);
        break;
    }
}

static void point_check(struct check *c, const struct item *item)
{
    unsigned char point[CRYPTO_POINT_BYTES];

    if (crypto_point_load(item->value, point) != ST_OK)
        problem(c, item, ", something else, expected %s", public_words);
}

int check_contents(const struct conf *conf, FILE *err)
{
    struct check c = { .conf = conf, .err = err };

    pair_check(&c, "api", conf->api_certificate, conf->api_private_key);
    pair_check(&c, "gateway", conf->gateway_certificate, conf->gateway_private_key);
    for (uint32_t i = 0; i < conf->app_signers.count; i++)
        point_check(&c, &(struct item){ "bundles", "app_signer", i, conf->app_signers.entry[i] });
    for (uint32_t i = 0; i < conf->root_keys.count; i++)
        point_check(&c, &(struct item){ "microvisors", "root_key", i, conf->root_keys.entry[i] });
    return c.problems == 0 ? ST_OK : ST_INVALID;
}
