/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be seen of the processes: a part of mod_status's page, and the
 * handler fcgid-status (a page, JSON with ?json, OpenMetrics with
 * ?openmetrics).
 */
#ifndef FCGID_STATUS_H
#define FCGID_STATUS_H

#include "httpd.h"

void fcgid_status_register(void);

/* metrics.c: writes the answer for ?openmetrics. */
int fcgid_metrics(request_rec *r);

#endif
