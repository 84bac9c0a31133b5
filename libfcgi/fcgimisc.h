/* SPDX-License-Identifier: BSD-2-Clause */
/* Small macros that applications took from here.  The library uses none. */
#ifndef _FCGIMISC_H
#define _FCGIMISC_H

#ifndef FALSE
#define FALSE 0
#endif

#ifndef TRUE
#define TRUE 1
#endif

/* The arguments may be evaluated twice. */
#ifndef min
#define min(a, b) ((a) < (b) ? (a) : (b))
#endif

#ifndef max
#define max(a, b) ((a) > (b) ? (a) : (b))
#endif

/* Include <assert.h> before use. */
#ifndef ASSERT
#define ASSERT(assertion) (assert(assertion))
#endif

#endif /* _FCGIMISC_H */
