/* SPDX-License-Identifier: BSD-2-Clause */
#include "class.h"

#include <string.h>

#include "apr_md5.h"
#include "apr_strings.h"

/*
 * The flat form: a struct flat, then strings, each with its NUL: command,
 * directory, vhost, suexec_user, suexec_group, reload, argv...,
 * env...
 */
struct flat {
    apr_uint32_t size; /* of all */
    apr_uint32_t argc;
    apr_uint32_t envc;
    apr_int32_t use_suexec;
    apr_uint64_t device;
    apr_uint64_t inode;
    apr_int64_t uid;
    apr_int64_t gid;
    struct fcgid_rlimit cpu, mem, nproc;
    apr_int32_t nice;
    apr_int32_t umask;
    struct fcgid_limits limits;
};

enum { FIXED_STRINGS = 6 };

static const char *
text(const char *string)
{
    return string != NULL ? string : "";
}

static apr_uint32_t
count(const char *const *list)
{
    apr_uint32_t n = 0;

    while (list[n] != NULL)
        n++;
    return n;
}

static void
fixed_strings(const struct fcgid_class_def *def, const char **strings)
{
    strings[0] = text(def->command);
    strings[1] = text(def->directory);
    strings[2] = text(def->vhost);
    strings[3] = text(def->suexec_user);
    strings[4] = text(def->suexec_group);
    strings[5] = text(def->reload);
}

static void
digest_string(apr_md5_ctx_t *md5, const char *string)
{
    apr_md5_update(md5, string, strlen(string) + 1);
}

static void
digest_list(apr_md5_ctx_t *md5, const char *const *list)
{
    apr_uint32_t n = count(list), i;

    apr_md5_update(md5, &n, sizeof n);
    for (i = 0; i < n; i++)
        digest_string(md5, list[i]);
}

static void
digest_rlimit(apr_md5_ctx_t *md5, const struct fcgid_rlimit *limit)
{
    apr_uint64_t values[3];

    values[0] = limit->set != 0;
    values[1] = limit->set ? limit->soft : 0;
    values[2] = limit->set ? limit->hard : 0;
    apr_md5_update(md5, values, sizeof values);
}

void
fcgid_class_key(struct fcgid_key *key, const struct fcgid_class_def *def)
{
    const char *strings[FIXED_STRINGS];
    apr_uint64_t numbers[7];
    apr_md5_ctx_t md5;
    int i;

    apr_md5_init(&md5);
    fixed_strings(def, strings);
    for (i = 0; i < FIXED_STRINGS; i++)
        digest_string(&md5, strings[i]);
    digest_list(&md5, def->argv);
    digest_list(&md5, def->env);
    numbers[0] = *text(def->reload) == '\0' ? def->device : 0;
    numbers[1] = *text(def->reload) == '\0' ? def->inode : 0;
    numbers[2] = def->use_suexec != 0;
    numbers[3] = (apr_uint64_t)(apr_int64_t)def->uid;
    numbers[4] = (apr_uint64_t)(apr_int64_t)def->gid;
    numbers[5] = (apr_uint64_t)(apr_int64_t)def->nice;
    numbers[6] = (apr_uint64_t)(apr_int64_t)def->umask;
    apr_md5_update(&md5, numbers, sizeof numbers);
    digest_rlimit(&md5, &def->cpu);
    digest_rlimit(&md5, &def->mem);
    digest_rlimit(&md5, &def->nproc);
    apr_md5_final(key->bytes, &md5);
}

static char *
put_string(char *to, const char *string)
{
    apr_size_t size = strlen(string) + 1;

    memcpy(to, string, size);
    return to + size;
}

static apr_size_t
list_size(const char *const *list)
{
    apr_size_t size = 0;

    for (; *list != NULL; list++)
        size += strlen(*list) + 1;
    return size;
}

void *
fcgid_class_pack(apr_pool_t *pool, const struct fcgid_class_def *def,
                 apr_size_t *size)
{
    const char *strings[FIXED_STRINGS];
    struct flat *flat;
    char *to;
    apr_size_t total = sizeof *flat;
    apr_uint32_t i;

    fixed_strings(def, strings);
    for (i = 0; i < FIXED_STRINGS; i++)
        total += strlen(strings[i]) + 1;
    total += list_size(def->argv) + list_size(def->env);
    flat = apr_pcalloc(pool, total);
    flat->size = (apr_uint32_t)total;
    flat->argc = count(def->argv);
    flat->envc = count(def->env);
    flat->use_suexec = def->use_suexec;
    flat->device = def->device;
    flat->inode = def->inode;
    flat->uid = def->uid;
    flat->gid = def->gid;
    flat->cpu = def->cpu;
    flat->mem = def->mem;
    flat->nproc = def->nproc;
    flat->nice = def->nice;
    flat->umask = def->umask;
    flat->limits = def->limits;
    to = (char *)(flat + 1);
    for (i = 0; i < FIXED_STRINGS; i++)
        to = put_string(to, strings[i]);
    for (i = 0; i < flat->argc; i++)
        to = put_string(to, def->argv[i]);
    for (i = 0; i < flat->envc; i++)
        to = put_string(to, def->env[i]);
    *size = total;
    return flat;
}

/* The next string of the flat form; NULL: it is not whole. */
static const char *
get_string(const char **from, const char *end)
{
    const char *string = *from;
    const char *nul = memchr(string, '\0', (apr_size_t)(end - string));

    if (nul == NULL)
        return NULL;
    *from = nul + 1;
    return string;
}

static const char *const *
get_list(apr_pool_t *pool, apr_uint32_t n, const char **from, const char *end)
{
    const char **list;
    apr_uint32_t i;

    if (n > (apr_size_t)(end - *from))
        return NULL;
    list = apr_pcalloc(pool, (n + 1) * sizeof *list);
    for (i = 0; i < n; i++)
        if ((list[i] = get_string(from, end)) == NULL)
            return NULL;
    return list;
}

struct fcgid_class_def *
fcgid_class_unpack(apr_pool_t *pool, const void *data, apr_size_t size)
{
    const char *strings[FIXED_STRINGS], *from, *end;
    struct fcgid_class_def *def;
    struct flat flat;
    int i;

    if (size < sizeof flat)
        return NULL;
    memcpy(&flat, data, sizeof flat);
    if (flat.size != size || flat.argc == 0)
        return NULL;
    from = (const char *)data + sizeof flat;
    end = (const char *)data + size;
    for (i = 0; i < FIXED_STRINGS; i++)
        if ((strings[i] = get_string(&from, end)) == NULL)
            return NULL;
    def = apr_pcalloc(pool, sizeof *def);
    def->command = strings[0];
    def->directory = strings[1];
    def->vhost = strings[2];
    def->suexec_user = strings[3];
    def->suexec_group = strings[4];
    def->reload = strings[5];
    def->argv = get_list(pool, flat.argc, &from, end);
    def->env = def->argv != NULL ? get_list(pool, flat.envc, &from, end) : NULL;
    if (def->env == NULL)
        return NULL;
    def->use_suexec = flat.use_suexec;
    def->device = flat.device;
    def->inode = flat.inode;
    def->uid = (apr_uid_t)flat.uid;
    def->gid = (apr_gid_t)flat.gid;
    def->cpu = flat.cpu;
    def->mem = flat.mem;
    def->nproc = flat.nproc;
    def->nice = flat.nice;
    def->umask = flat.umask;
    def->limits = flat.limits;
    return def;
}
