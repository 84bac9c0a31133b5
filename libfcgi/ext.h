/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FCGI_EXT_H
#define FCGI_EXT_H

/* Sets what LIBFCGI_OPTIONS says.  Returns 0 or -EINVAL; then some of it may
 * be set. */
int fcgi_ext_init(void);

#endif
