/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "identity.h"

#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "say.h"

/* Returns false if the text is not a number that an id can be.  The highest
 * stands for "none" in the system's calls. */
static bool
get_id(const char *text, unsigned *id)
{
    char *end;
    unsigned long long number;

    errno = 0;
    number = strtoull(text, &end, 10);
    if (!isdigit((unsigned char)*text) || *end != '\0' || errno != 0 ||
        number >= (unsigned)-1)
        return false;
    *id = (unsigned)number;
    return true;
}

static void
set_user(struct identity *identity, const char *option, const char *name)
{
    const struct passwd *entry = getpwnam(name);
    unsigned id;

    if (entry == NULL && get_id(name, &id)) {
        identity->uid = id;
        entry = getpwuid(id);
    } else if (entry == NULL) {
        die("%s %s: there is no such user", option, name);
    } else {
        identity->uid = entry->pw_uid;
    }
    identity->has_user = true;
    identity->has_main_group = entry != NULL;
    identity->name[0] = '\0';
    if (entry == NULL)
        return;
    identity->main_gid = entry->pw_gid;
    if (strlen(entry->pw_name) >= sizeof(identity->name))
        die("%s %s: the name is too long", option, name);
    strncpy(identity->name, entry->pw_name, sizeof(identity->name));
}

void
identity_set_user(struct identity *identity, const char *option,
                  const char *value)
{
    char *user = must_copy(value);
    char *colon = strchr(user, ':');

    if (colon != NULL)
        *colon = '\0';
    set_user(identity, option, user);
    if (colon != NULL)
        identity_set_group(identity, option, colon + 1);
    free(user);
}

void
identity_set_group(struct identity *identity, const char *option,
                   const char *value)
{
    const struct group *entry = getgrnam(value);
    unsigned id;

    if (entry != NULL)
        identity->gid = entry->gr_gid;
    else if (get_id(value, &id))
        identity->gid = id;
    else
        die("%s %s: there is no such group", option, value);
    identity->has_group = true;
}

void
identity_check(const struct identity *identity, const char *option)
{
    if (identity->has_user && !identity->has_group && !identity->has_main_group)
        die("%s %lu: the user has no group: name one (%s USER:GROUP)", option,
            (unsigned long)identity->uid, option);
}

static bool
is_already(uid_t uid, gid_t gid)
{
    return geteuid() != 0 && uid == geteuid() && uid == getuid() &&
           gid == getegid() && gid == getgid();
}

static gid_t
get_gid(const struct identity *identity)
{
    if (identity->has_group)
        return identity->gid;
    return identity->has_user ? identity->main_gid : getegid();
}

int
identity_become(const struct identity *identity)
{
    uid_t uid = identity->has_user ? identity->uid : geteuid();
    gid_t gid = get_gid(identity);
    int failed;

    if (!identity->has_user && !identity->has_group)
        return 0;
    if (is_already(uid, gid))
        return 0;
    if (identity->has_user && identity->name[0] != '\0')
        failed = initgroups(identity->name, gid);
    else
        failed = setgroups(1, &gid);
    if (failed != 0 || setgid(gid) != 0)
        return errno;
    if (!identity->has_user)
        return 0;
    if (setuid(uid) != 0)
        return errno;
    /* A way back to root would be a hole. */
    return uid != 0 && setuid(0) == 0 ? EPERM : 0;
}
