/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The listening sockets that the process was started with: descriptor 0
 * (section 2.2), and those of LISTEN_FDS and LISTEN_PID, from descriptor 3 on,
 * as systemd hands them over.
 */
#ifndef FCGI_LISTEN_H
#define FCGI_LISTEN_H

/*
 * The one that requests come from unless the application says otherwise: 0
 * if it listens or nothing does, else the first one that does.
 */
int fcgi_listen_default(void);

#endif
