/* SPDX-License-Identifier: Apache-2.0 */
/* Lock and rights of the data folder. The lock is flock(2) on a file that is never removed: it ends with the
 * process, however that ends. */
#include "main/datadir.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/status.h"
#include "conf/conf.h"
#include "conf/paths.h"

/* The user to become, or NULL when this process keeps its own. */
static const struct passwd *target_user(const struct conf *conf)
{
    return conf->user[0] != '\0' && geteuid() == 0 ? getpwnam(conf->user) : NULL;
}

static int failed(const char *what, const char *path)
{
    log_error(what, "file", path, "error", strerror(errno));
    return ST_IO;
}

static int in_use(const struct conf *conf, int fd)
{
    char holder[24] = "";
    const ssize_t n = read(fd, holder, sizeof holder - 1);

    holder[n > 0 ? n : 0] = '\0';
    log_error("data_dir_in_use", "data_dir", conf->data_dir, "pid", holder, "expected",
              "one server per data_dir: stop that one first, or configure another folder");
    return ST_IN_USE;
}

static int lock_take(const struct conf *conf, const char *path, int fd)
{
    char pid[24];
    int len;

    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? in_use(conf, fd) : failed("lock_failed", path);
    len = snprintf(pid, sizeof pid, "%ld", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len)
        return failed("lock_not_written", path);
    return ST_OK;
}

int datadir_take(const struct conf *conf)
{
    const struct passwd *user = target_user(conf);
    char path[1024];
    int fd;

    if (file_make_folder(conf->data_dir, 0700) != ST_OK)
        return failed("data_dir_not_made", conf->data_dir);
    if (user != NULL && chown(conf->data_dir, user->pw_uid, user->pw_gid) != 0)
        return failed("data_dir_not_given", conf->data_dir);
    conf_path(conf, PATH_LOCK, path);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600); /* stays open: it is the lock */
    if (fd < 0)
        return failed("lock_not_opened", path);
    if (user != NULL && fchown(fd, user->pw_uid, user->pw_gid) != 0)
        return failed("lock_not_given", path);
    return lock_take(conf, path, fd);
}

int datadir_become_user(const struct conf *conf)
{
    const struct passwd *user = target_user(conf);

    if (geteuid() != 0)
        return ST_OK;
    if (conf->user[0] == '\0') {
        log_warn("running_as_root", "expected",
                 "server.user in the configuration, or a service manager that sets a user");
        return ST_OK;
    }
    if (user == NULL) {
        log_error("unknown_user", "user", conf->user, "expected", "a user of this machine in server.user");
        return ST_DENIED;
    }
    if (initgroups(conf->user, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) {
        log_error("user_not_taken", "user", conf->user, "error", strerror(errno));
        return ST_DENIED;
    }
    log_info("user_taken", "user", conf->user);
    return ST_OK;
}
