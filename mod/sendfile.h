/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files that an application has httpd send in the place of its own content:
 * X-Sendfile names a path, X-Accel-Redirect a path of a URL.  Either header
 * means something only where a directory is allowed for it, and else goes to
 * the client as any other.
 */
#ifndef FCGID_SENDFILE_H
#define FCGID_SENDFILE_H

#include "conf.h"

/* A path of a URL and the directory that it stands for. */
struct fcgid_accel {
    const char *prefix;
    const char *directory;
};

/* Whether a header of this name would be looked at. */
int fcgid_sendfile_is_header(const struct fcgid_dir_conf *conf,
                             const char *name, apr_size_t name_size);

/*
 * Takes such a header out of r.  *file stays NULL if there is none; else the
 * file is open, in r->pool, and r has its headers, length and status, which
 * may be 304.  A file is never outside of the allowed directory, whatever
 * symbolic links there are.  Returns OK or the status to answer; logs why.
 */
int fcgid_sendfile_find(request_rec *r, apr_file_t **file);

/* Puts the content of the file, r->clength bytes, at the end of a brigade. */
void fcgid_sendfile_put(request_rec *r, apr_file_t *file,
                        apr_bucket_brigade *bb);

/* FcgidXSendfileRoot and FcgidXAccelRedirect. */
const char *fcgid_set_sendfile(cmd_parms *cmd, void *dir, const char *path);
const char *fcgid_set_accel(cmd_parms *cmd, void *dir, const char *prefix,
                            const char *path);

#endif
