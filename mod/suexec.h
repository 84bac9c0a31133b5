/* SPDX-License-Identifier: BSD-2-Clause */
/* What suexec's refusals mean. */
#ifndef FCGID_SUEXEC_H
#define FCGID_SUEXEC_H

struct fcgid_class_def;

/*
 * The reason that suexec tells by its exit code, for logs, if a process of the
 * class ended with this wait status and suexec was to start it; else "".
 */
const char *fcgid_suexec_reason(const struct fcgid_class_def *def, int status);

#endif
