/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "env.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/pairs.h"
#include "say.h"

enum { FIRST_ROOM = 64 }; /* entries */

void
env_free(struct env *env)
{
    size_t i;

    for (i = 0; i < env->count; i++)
        free(env->entries[i]);
    free(env->entries);
    memset(env, 0, sizeof(*env));
}

const char *
env_fault(const char *entry)
{
    const char *equals = strchr(entry, '=');

    if (equals == NULL)
        return "has no '='";
    if (equals == entry)
        return "has no name";
    if (strlen(entry) > FCGI_PAIR_MAX_LENGTH)
        return "is too long";
    return NULL;
}

/* The place of the entry with this name, or env->count. */
static size_t
find(const struct env *env, const char *name, size_t name_size)
{
    size_t i;

    for (i = 0; i < env->count; i++)
        if (strncmp(env->entries[i], name, name_size) == 0 &&
            env->entries[i][name_size] == '=')
            break;
    return i;
}

/* Takes the entry over. */
static void
put_own(struct env *env, char *entry)
{
    size_t i = find(env, entry, strcspn(entry, "="));

    if (i < env->count) {
        free(env->entries[i]);
        env->entries[i] = entry;
        return;
    }
    if (env->count + 1 >= env->room) {
        env->room = env->room > 0 ? 2 * env->room : FIRST_ROOM;
        env->entries =
            must_grow(env->entries, env->room * sizeof(env->entries[0]));
    }
    env->entries[env->count++] = entry;
    env->entries[env->count] = NULL;
}

void
env_put(struct env *env, const char *entry)
{
    put_own(env, must_copy(entry));
}

void
env_set(struct env *env, const char *name, const char *value)
{
    size_t name_size = strlen(name);
    size_t value_size = strlen(value);
    char *entry = must_alloc(name_size + value_size + 2);

    memcpy(entry, name, name_size);
    entry[name_size] = '=';
    memcpy(entry + name_size + 1, value, value_size + 1);
    put_own(env, entry);
}

void
env_default(struct env *env, const char *name, const char *value)
{
    if (env_get(env, name) == NULL)
        env_set(env, name, value);
}

const char *
env_put_all(struct env *env, char *const *entries)
{
    for (; *entries != NULL; entries++) {
        if (env_fault(*entries) != NULL)
            return *entries;
        env_put(env, *entries);
    }
    return NULL;
}

void
env_put_file(struct env *env, const char *path)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;
    unsigned long number = 0;
    ssize_t size;

    if (file == NULL)
        die("%s: %s", path, strerror(errno));
    while ((size = getline(&line, &room, file)) > 0) {
        const char *fault;

        number++;
        if (line[size - 1] == '\n')
            line[--size] = '\0';
        if (size == 0 || line[0] == '#')
            continue;
        fault = strlen(line) < (size_t)size ? "holds a NUL" : env_fault(line);
        if (fault != NULL)
            die("%s:%lu: the entry %s", path, number, fault);
        env_put(env, line);
    }
    if (ferror(file))
        die("%s: %s", path, strerror(errno));
    free(line);
    fclose(file);
}

const char *
env_get(const struct env *env, const char *name)
{
    size_t name_size = strlen(name);
    size_t i = find(env, name, name_size);

    return i < env->count ? env->entries[i] + name_size + 1 : NULL;
}

char *const *
env_entries(const struct env *env)
{
    static char *const none[] = {NULL};

    return env->count > 0 ? env->entries : none;
}
