/* SPDX-License-Identifier: BSD-2-Clause */
/* Users and groups by name or number: who an application runs as, who owns a
 * socket. */
#ifndef CGI_FCGI_IDENTITY_H
#define CGI_FCGI_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

struct identity {
    bool has_user;
    bool has_group;
    uid_t uid;
    gid_t gid;
    bool has_main_group; /* main_gid is the user's in the system's list */
    gid_t main_gid;
    char name[256]; /* the user's; empty if the number has none */
};

/* Both end the program, naming the option and the value, if there is no such
 * user or group.  A user may be given as "USER:GROUP". */
void identity_set_user(struct identity *identity, const char *option,
                       const char *value);
void identity_set_group(struct identity *identity, const char *option,
                        const char *value);

/* Ends the program if the user's group is not known. */
void identity_check(const struct identity *identity, const char *option);

/*
 * Makes the process run as that user and group for good, with the user's
 * supplementary groups (the group alone where there is no user's name).  What
 * is so already is left alone.  Returns 0 or an errno value.
 */
int identity_become(const struct identity *identity);

#endif
