/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules that a FastCGI library keeps, each tried in a process of its own: one
 * that crashes or hangs breaks its own rule alone.
 *
 * Each rule says whether the devkit's library keeps it.  With --devkit, for
 * runs on that library (make check-devkit), those that it breaks must be
 * broken, so that a test that cannot fail is found out.
 */
#ifndef RULE_H
#define RULE_H

#include <stdbool.h>
#include <stddef.h>

#include "api.h"
#include "wire/wire.h"

enum devkit { KEEPS, BREAKS };

struct rule {
    const char *name; /* "A6: what must hold" */
    enum devkit devkit;
    bool (*holds)(void); /* called in a child that lives 8 seconds at most */
};

/* Tries them all; returns what main is to return. */
int try_rules(int argc, char **argv, const struct rule *rules, size_t count);

/* What most rules need; fresh in each child. */
extern struct web web;
extern struct bytes input;

/* Sends what is in input, and empties it. */
void send_input(void);
/* FCGX_Accept_r in a thread: for what is answered while nothing else comes. */
void accept_aside(void);
/* Waits until that has got a request; false if the connection is closed. */
bool is_served_aside(void);
/* Accepts a request; true if its URI is this one. */
bool accepts(const char *uri);
/* Opens web, sends input, accepts: true if a request of that URI came. */
bool serves(const char *uri);
/* The whole body is this text, and GetError says so. */
bool has_body(const char *text, int error);
/* Finishes the request; true if the answers are these (see web_trace). */
bool ends_as(const char *trace, int answers);

#endif
