/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals as events of a poll loop, by a pipe to oneself. */
#ifndef CGI_FCGI_SIGNALS_H
#define CGI_FCGI_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>

/* From now on these signals (below 32) are counted, none of them is blocked.
 * Returns false if there is no pipe (errno).  Once in a process. */
bool signals_catch(const int *numbers, size_t count);

/* Waits for a signal, at most timeout milliseconds; -1: without end. */
void signals_wait(int timeout);

/* How often the signal has come since this was asked last. */
unsigned signals_take(int number);

#endif
