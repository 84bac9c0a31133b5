/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Applications that decide on access (role AUTHORIZER, section 6.3).
 *
 * An application says yes with status 200; its headers Variable-NAME become
 * variables of the request, no other header goes anywhere.  Everything else
 * means no: the client gets the application's status, headers and content.
 * When no answer can be had, access is refused whatever Authoritative says.
 *
 * They are asked by the directives of mod_fcgid (auth.c), or as providers of
 * httpd's own (provider.c), where httpd makes the answer to the client.
 */
#ifndef FCGID_AUTH_H
#define FCGID_AUTH_H

#include "conf.h"

/* What an application is asked. */
struct fcgid_question {
    const struct fcgid_command *command;
    enum fcgid_phase phase;
    const char *user; /* AUTHN: who it is said to be, and the password */
    const char *password;
    const char *require; /* what stands behind the provider's name in a
                            Require directive, or NULL */
};

/* What it said. */
struct fcgid_verdict {
    int status;
    apr_table_t *headers;
    const char *text; /* content, NULL: none */
    apr_size_t text_size;
    const char *type; /* of the content; NULL: not said */
};

/* The variable that a header of a consent sets (Variable-NAME), or NULL. */
const char *fcgid_auth_variable(const char *header);

/*
 * Asks.  Returns OK if there is a verdict; with status 200 its variables are
 * set then.  Else a status, and the reason is logged.  May block as
 * fcgid_lane_acquire.
 */
int fcgid_auth_ask(request_rec *r, const struct fcgid_question *question,
                   struct fcgid_verdict *verdict);

void fcgid_auth_register(void);

/* FcgidAuthProvider */
const char *fcgid_set_provider(cmd_parms *cmd, void *dummy, const char *kind,
                               const char *name, const char *line);

#endif
