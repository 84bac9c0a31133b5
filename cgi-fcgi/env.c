/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "env.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/pairs.h"
#include "say.h"

enum {
    FIRST_ROOM = 64, /* entries; a power of two, as all rooms are */
    PLACES_PER_ENTRY = 2
};

void
env_free(struct env *env)
{
    size_t i;

    for (i = 0; i < env->count; i++)
        free(env->entries[i]);
    free(env->entries);
    free(env->places);
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

/* FNV-1a. */
static size_t
hash(const char *name, size_t size)
{
    uint32_t value = 2166136261u;
    size_t i;

    for (i = 0; i < size; i++)
        value = (value ^ (unsigned char)name[i]) * 16777619u;
    return value;
}

/* The place in the table that has the entry with this name, or where it would
 * go.  There must be room. */
static size_t *
find(const struct env *env, const char *name, size_t name_size)
{
    size_t mask = PLACES_PER_ENTRY * env->room - 1;
    size_t i = hash(name, name_size) & mask;

    for (; env->places[i] != 0; i = (i + 1) & mask) {
        const char *entry = env->entries[env->places[i] - 1];

        if (strncmp(entry, name, name_size) == 0 && entry[name_size] == '=')
            break;
    }
    return &env->places[i];
}

static void
grow(struct env *env)
{
    size_t size;
    size_t i;

    env->room = env->room > 0 ? 2 * env->room : FIRST_ROOM;
    env->entries = must_grow(env->entries, env->room * sizeof(env->entries[0]));
    size = PLACES_PER_ENTRY * env->room * sizeof(env->places[0]);
    env->places = must_grow(env->places, size);
    memset(env->places, 0, size);
    for (i = 0; i < env->count; i++)
        *find(env, env->entries[i], strcspn(env->entries[i], "=")) = i + 1;
}

/* Takes the entry over. */
static void
put_own(struct env *env, char *entry)
{
    size_t *place;

    if (env->count + 1 >= env->room)
        grow(env);
    place = find(env, entry, strcspn(entry, "="));
    if (*place != 0) {
        free(env->entries[*place - 1]);
        env->entries[*place - 1] = entry;
        return;
    }
    env->entries[env->count++] = entry;
    env->entries[env->count] = NULL;
    *place = env->count;
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
    size_t place;

    if (env->count == 0)
        return NULL;
    place = *find(env, name, name_size);
    return place != 0 ? env->entries[place - 1] + name_size + 1 : NULL;
}

char *const *
env_entries(const struct env *env)
{
    static char *const none[] = {NULL};

    return env->count > 0 ? env->entries : none;
}
