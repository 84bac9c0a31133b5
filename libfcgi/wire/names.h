/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of the protocol as text, for logs and traces.  Never NULL; static
 * storage. */
#ifndef FCGI_NAMES_H
#define FCGI_NAMES_H

#include "wire.h"

const char *fcgi_type_name(unsigned type);     /* "STDOUT", "unknown type" */
const char *fcgi_role_name(unsigned role);     /* "RESPONDER", ... */
const char *fcgi_status_name(unsigned status); /* "REQUEST_COMPLETE", ... */
const char *fcgi_wire_strerror(int result); /* "record version is not 1" */

#endif
