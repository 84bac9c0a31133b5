/* SPDX-License-Identifier: BSD-2-Clause */
/* What the client gets when an application refuses it access. */
#ifndef FCGID_REFUSAL_H
#define FCGID_REFUSAL_H

#include "auth.h"

/* Makes the verdict, which is no consent, the answer to r.  Returns the status
 * that a hook is to return. */
int fcgid_refusal_put(request_rec *r, const struct fcgid_verdict *verdict);

/* The request comes in all the same (Satisfy Any): nothing is left of it. */
void fcgid_refusal_withdraw(request_rec *r);

void fcgid_refusal_register(void);

#endif
