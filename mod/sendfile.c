/* SPDX-License-Identifier: BSD-2-Clause */
#include "sendfile.h"
#include "apr_lib.h"
#include "apr_portable.h"
#include "apr_strings.h"
#include "http_core.h"
#include "http_protocol.h"
#include "http_request.h"
#include "log.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef O_PATH /* Linux: opens a directory that may only be searched */
#define O_PATH O_RDONLY
#endif

static const char sendfile_header[] = "X-Sendfile";
static const char accel_header[] = "X-Accel-Redirect";

/* Directives. */

static const char *
absolute_directory(cmd_parms *cmd, const char *path, const char **to)
{
    *to = ap_server_root_relative(cmd->pool, path);
    return *to != NULL ? NULL
                       : apr_psprintf(cmd->pool, "%s: '%s' is not a path",
                                      cmd->cmd->name, path);
}

const char *
fcgid_set_sendfile(cmd_parms *cmd, void *dir, const char *path)
{
    struct fcgid_dir_conf *conf = dir;
    const char *directory, *message;

    message = absolute_directory(cmd, path, &directory);
    if (message != NULL)
        return message;
    if (conf->sendfile_roots == NULL)
        conf->sendfile_roots = apr_array_make(cmd->pool, 2, sizeof(char *));
    APR_ARRAY_PUSH(conf->sendfile_roots, const char *) = directory;
    return NULL;
}

const char *
fcgid_set_accel(cmd_parms *cmd, void *dir, const char *prefix, const char *path)
{
    struct fcgid_dir_conf *conf = dir;
    struct fcgid_accel accel = {prefix, NULL};
    const char *message = absolute_directory(cmd, path, &accel.directory);

    if (message != NULL)
        return message;
    if (*prefix != '/')
        return apr_psprintf(cmd->pool, "%s: '%s' does not begin with a slash",
                            cmd->cmd->name, prefix);
    if (conf->accels == NULL)
        conf->accels = apr_array_make(cmd->pool, 2, sizeof accel);
    APR_ARRAY_PUSH(conf->accels, struct fcgid_accel) = accel;
    return NULL;
}

/* Finding. */

int
fcgid_sendfile_is_header(const struct fcgid_dir_conf *conf, const char *name,
                         apr_size_t name_size)
{
    return (conf->sendfile_roots != NULL &&
            name_size == sizeof sendfile_header - 1 &&
            strncasecmp(name, sendfile_header, name_size) == 0) ||
           (conf->accels != NULL && name_size == sizeof accel_header - 1 &&
            strncasecmp(name, accel_header, name_size) == 0);
}

static const char *
take_header(request_rec *r, const char *name)
{
    const char *value = apr_table_get(r->err_headers_out, name);

    if (value == NULL)
        value = apr_table_get(r->headers_out, name);
    apr_table_unset(r->err_headers_out, name);
    apr_table_unset(r->headers_out, name);
    return value;
}

/*
 * Opens what lies at a path without symbolic links below a directory: each
 * step refuses those that may have come in between.  -1 and errno, or the
 * descriptor of a regular file.
 */
static int
open_below(const char *root, char *path)
{
    int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), next, error;
    struct stat info;
    char *name, *slash;

    for (name = path; fd != -1; name = slash + 1) {
        slash = strchr(name, '/');
        if (slash != NULL)
            *slash = '\0';
        next = openat(fd, name,
                      slash != NULL
                          ? O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
                          : O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
        error = errno;
        close(fd);
        errno = error;
        fd = next;
        if (slash == NULL)
            break;
        *slash = '/';
    }
    if (fd != -1 && (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        errno = EACCES;
        return -1;
    }
    return fd;
}

/* The part of a real path below a real directory, or NULL. */
static char *
below(char *path, const char *root)
{
    apr_size_t size = strlen(root);

    if (size == 1)
        return path + 1; /* the root of all */
    return strncmp(path, root, size) == 0 && path[size] == '/' ? path + size + 1
                                                               : NULL;
}

/* Tries one directory.  EXDEV: the path is not below it. */
static int
open_in(const char *directory, const char *path)
{
    char *root = realpath(directory, NULL);
    char *real = root != NULL ? realpath(path, NULL) : NULL;
    char *rest;
    int fd = -1, error;

    if (real != NULL) {
        rest = below(real, root);
        if (rest != NULL)
            fd = open_below(root, rest);
        else
            errno = EXDEV;
    }
    error = errno;
    free(root);
    free(real);
    errno = error;
    return fd;
}

static int
open_by_path(const struct fcgid_dir_conf *conf, const char *path)
{
    int i, fd = -1, error = ENOENT;

    if (*path != '/') {
        errno = EINVAL;
        return -1;
    }
    for (i = 0; i < conf->sendfile_roots->nelts && fd == -1; i++) {
        fd =
            open_in(APR_ARRAY_IDX(conf->sendfile_roots, i, const char *), path);
        if (error != EXDEV || errno != ENOENT)
            error = errno;
    }
    errno = error;
    return fd;
}

static int
open_by_url(request_rec *r, const struct fcgid_dir_conf *conf, const char *url)
{
    char *path = apr_pstrmemdup(r->pool, url, strcspn(url, "?"));
    const struct fcgid_accel *accel;
    apr_size_t size;
    int i;

    errno = EINVAL;
    if (ap_unescape_url(path) != OK)
        return -1;
    errno = EXDEV;
    for (i = conf->accels->nelts; i-- > 0;) {
        accel = &APR_ARRAY_IDX(conf->accels, i, struct fcgid_accel);
        size = strlen(accel->prefix);
        if (accel->prefix[size - 1] == '/')
            size--;
        if (strncmp(path, accel->prefix, size) == 0 && path[size] == '/')
            return open_in(
                accel->directory,
                apr_pstrcat(r->pool, accel->directory, path + size, NULL));
    }
    return -1;
}

static int
refuse(request_rec *r, const char *header, const char *value)
{
    int error = errno;

    if (error == EXDEV)
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      "mod_fcgid: %s: %s is outside of what %s "
                      "allows" FCGID_ID(305),
                      header, value,
                      header == accel_header ? "FcgidXAccelRedirect"
                                             : "FcgidXSendfileRoot");
    else
        ap_log_rerror(APLOG_MARK, APLOG_ERR, error, r,
                      "mod_fcgid: %s: can't send %s" FCGID_ID(306), header,
                      value);
    return error == ENOENT || error == ENOTDIR || error == EINVAL
               ? HTTP_NOT_FOUND
               : HTTP_FORBIDDEN;
}

/* Headers. */

/* By the name, as httpd would for the file itself. */
static void
guess_type(request_rec *r, const char *name)
{
    /* Beside the script, where the client may be: nobody looks whether it is
     * there. */
    request_rec *sub =
        ap_sub_req_lookup_file(apr_filepath_name_get(name), r, NULL);

    if (sub->content_type != NULL)
        ap_set_content_type(r, apr_pstrdup(r->pool, sub->content_type));
    ap_destroy_sub_req(sub);
}

static int
has_header(const request_rec *r, const char *name)
{
    return apr_table_get(r->headers_out, name) != NULL ||
           apr_table_get(r->err_headers_out, name) != NULL;
}

/* What the application did not say of the file is said by the file. */
static int
describe(request_rec *r, apr_file_t *file, const char *name)
{
    apr_finfo_t saved = r->finfo;
    int status;

    if (apr_file_info_get(&r->finfo, APR_FINFO_NORM, file) != APR_SUCCESS) {
        r->finfo = saved;
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    if (r->content_type == NULL)
        guess_type(r, name);
    if (!has_header(r, "Last-Modified")) {
        ap_update_mtime(r, r->finfo.mtime);
        ap_set_last_modified(r);
    }
    if (!has_header(r, "ETag"))
        ap_set_etag(r);
    ap_set_accept_ranges(r);
    ap_set_content_length(r, r->finfo.size);
    r->finfo = saved;
    if (r->status != HTTP_OK)
        return OK;
    status = ap_meets_conditions(r);
    if (status == HTTP_NOT_MODIFIED)
        r->status = status;
    return status == HTTP_NOT_MODIFIED ? OK : status;
}

static apr_status_t
close_file(void *file)
{
    return apr_file_close(file);
}

int
fcgid_sendfile_find(request_rec *r, apr_file_t **file)
{
    const struct fcgid_dir_conf *conf = fcgid_dir_conf(r);
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    const char *header = sendfile_header, *value = NULL;
    int fd;

    if (conf->sendfile_roots != NULL)
        value = take_header(r, sendfile_header);
    if (value == NULL && conf->accels != NULL)
        value = take_header(r, header = accel_header);
    if (value == NULL)
        return OK;
    fd = header == accel_header ? open_by_url(r, conf, value)
                                : open_by_path(conf, value);
    if (fd == -1)
        return refuse(r, header, value);
    apr_os_file_put(file, &fd,
                    APR_FOPEN_READ |
                        (core->enable_sendfile == ENABLE_SENDFILE_ON
                             ? APR_FOPEN_SENDFILE_ENABLED
                             : 0),
                    r->pool);
    apr_pool_cleanup_register(r->pool, *file, close_file,
                              apr_pool_cleanup_null);
    return describe(r, *file, value);
}

void
fcgid_sendfile_put(request_rec *r, apr_file_t *file, apr_bucket_brigade *bb)
{
    const core_dir_config *core = ap_get_core_module_config(r->per_dir_config);
    apr_bucket *bucket =
        apr_brigade_insert_file(bb, file, 0, r->clength, r->pool);

    if (core->enable_mmap == ENABLE_MMAP_OFF)
        apr_bucket_file_enable_mmap(bucket, 0);
}
