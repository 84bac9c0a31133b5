/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A list of "NAME=VALUE" texts: the environment that goes to the application
 * as PARAMS, or that a started application gets.  The list owns its texts.
 */
#ifndef CGI_FCGI_ENV_H
#define CGI_FCGI_ENV_H

#include <stdbool.h>
#include <stddef.h>

struct env {
    char **entries; /* NULL-terminated once an entry was added */
    size_t count;
    size_t room;
    size_t *places; /* hash table: place of an entry plus 1, or 0; it has
                       PLACES_PER_ENTRY times room of them */
};

/* An empty list is all zeros. */
void env_free(struct env *env);

/* Why an entry cannot be sent ("has no '='"), or NULL. */
const char *env_fault(const char *entry);

/* Adds a copy of the entry, in place of one of the same name.  The entry must
 * have no fault. */
void env_put(struct env *env, const char *entry);
void env_set(struct env *env, const char *name, const char *value);

/* As env_set, unless the name is there already. */
void env_default(struct env *env, const char *name, const char *value);

/* Adds all entries of a NULL-terminated list.  Returns the first that has a
 * fault, or NULL. */
const char *env_put_all(struct env *env, char *const *entries);

/* Adds the lines of a file; empty lines and those that start with '#' are
 * left out.  Ends the program if it cannot be read or a line has a fault. */
void env_put_file(struct env *env, const char *path);

/* The value of the name, inside the list; NULL if there is none. */
const char *env_get(const struct env *env, const char *name);

/* The list for execve and the encoder; never NULL. */
char *const *env_entries(const struct env *env);

#endif
