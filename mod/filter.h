/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applications of the role FILTER (section 6.4) as an output filter of httpd:
 *
 *     FcgidFilter COMMAND
 *     SetOutputFilter FCGID_FILTER
 *
 * The content is stored until its end, as the application is told its length
 * first; it goes out as DATA.  The application's answer takes its place.
 */
#ifndef FCGID_FILTER_H
#define FCGID_FILTER_H

#define FCGID_FILTER "FCGID_FILTER"

void fcgid_filter_register(void);

#endif
