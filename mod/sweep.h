/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef FCGID_SWEEP_H
#define FCGID_SWEEP_H

/* Removes the sockets that servers which were killed have left in the
 * directory; how many. */
int fcgid_sweep_sockets(const char *dir);

#endif
