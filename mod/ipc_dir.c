/* SPDX-License-Identifier: BSD-2-Clause */
#include "ipc_dir.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "apr_file_io.h"
#include "ipc.h"
#include "log.h"
#include "spawn.h"
#include "unixd.h"

/* Only User can tell what User may do: modes are not all there is to it. */
static int
try_as_user(const char *dir)
{
    int status;
    pid_t pid = fork();

    if (pid == -1)
        return errno;
    if (pid == 0) {
        if (fcgid_drop_identity() == -1)
            _exit(errno);
        _exit(access(dir, W_OK | X_OK) == 0 ? 0 : errno);
    }
    while (waitpid(pid, &status, 0) == -1)
        if (errno != EINTR)
            return errno;
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

#define PARENT_MODE                                                            \
    (APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_UEXECUTE |                 \
     APR_FPROT_GREAD | APR_FPROT_GEXECUTE | APR_FPROT_WREAD |                  \
     APR_FPROT_WEXECUTE)
#define MODE (APR_FPROT_UREAD | APR_FPROT_UWRITE | APR_FPROT_UEXECUTE)

/* User must get through the directories above it, if they are made, too. */
static apr_status_t
make(const char *dir, apr_pool_t *pool)
{
    const char *parent = ap_make_dirstr_parent(pool, dir);
    apr_finfo_t info;
    apr_status_t rv;

    if (strlen(dir) > FCGID_IPC_DIR_MAX)
        return ENAMETOOLONG;
    rv = apr_stat(&info, dir, APR_FINFO_TYPE, pool);
    if (rv == APR_SUCCESS)
        return info.filetype == APR_DIR ? APR_SUCCESS : ENOTDIR;
    rv = apr_dir_make_recursive(parent, PARENT_MODE, pool);
    if (rv == APR_SUCCESS)
        rv = apr_dir_make(dir, MODE, pool);
    if (rv == APR_SUCCESS && geteuid() == 0 &&
        chown(dir, ap_unixd_config.user_id, ap_unixd_config.group_id) == -1)
        rv = errno;
    return rv;
}

/* Whether others than root and User may put a socket of theirs in the place of
 * one of ours. */
static int
is_open_to_others(const char *dir)
{
    struct stat st;

    if (stat(dir, &st) == -1)
        return 0;
    return ((st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0) ||
           (st.st_uid != 0 && st.st_uid != geteuid() &&
            st.st_uid != ap_unixd_config.user_id);
}

apr_status_t
fcgid_prepare_ipc_dir(const char *dir, apr_pool_t *pool, server_rec *s)
{
    apr_status_t rv = make(dir, pool);

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     "mod_fcgid: Can't create unix socket dir %s (see "
                     "FcgidIPCDir)" FCGID_ID(542),
                     dir);
        return rv;
    }
    rv = try_as_user(dir);
    if (rv != APR_SUCCESS)
        ap_log_error(APLOG_MARK, APLOG_ERR, rv, s,
                     "mod_fcgid: user %s can't write to the unix socket dir %s "
                     "(see FcgidIPCDir)" FCGID_ID(547),
                     ap_unixd_config.user_name, dir);
    if (is_open_to_others(dir))
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "mod_fcgid: others than root and %s may replace the "
                     "sockets in %s (see FcgidIPCDir)" FCGID_ID(549),
                     ap_unixd_config.user_name, dir);
    return rv;
}
