/* SPDX-License-Identifier: BSD-2-Clause */
/* What a load test has found, for people and for programs. */
#ifndef CGI_FCGI_LOAD_REPORT_H
#define CGI_FCGI_LOAD_REPORT_H

#include "load.h"

/* Print to standard output, which the caller flushes. */
void load_report_text(const struct load_setup *setup,
                      const struct load_result *result);
void load_report_json(const struct load_setup *setup,
                      const struct load_result *result);

/* A line on standard error that the next one overwrites; as a member of
 * load_setup. */
void load_report_progress(const struct load_setup *setup,
                          const struct load_result *result);

/* Removes that line. */
void load_report_clear(void);

#endif
