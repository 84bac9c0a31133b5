/* SPDX-License-Identifier: BSD-2-Clause */
/* Identity of a process class, and its way to the manager. */
#include <stdlib.h>

#include "apr_general.h"
#include "mod/class.h"
#include "unit.h"

static const char *const argv_one[] = {"/srv/mt/mt.fcgi", NULL};
static const char *const argv_two[] = {"/srv/mt/mt.fcgi", "-x", NULL};
static const char *const env_one[] = {"PATH=/bin", "A=b c", "EMPTY=", NULL};
static const char *const env_two[] = {"PATH=/bin", "A=b", NULL};

static struct fcgid_class_def
make_def(void)
{
    struct fcgid_class_def def;

    memset(&def, 0, sizeof def);
    def.command = "/srv/mt/mt.fcgi";
    def.argv = argv_one;
    def.directory = "/srv/mt";
    def.env = env_one;
    def.vhost = "a.example:80";
    def.device = 7;
    def.inode = 1234567890123;
    def.uid = (apr_uid_t)-1;
    def.gid = (apr_gid_t)-1;
    def.limits.max_processes = 2;
    def.limits.io_timeout = 40;
    return def;
}

static int
same_key(const struct fcgid_class_def *a, const struct fcgid_class_def *b)
{
    struct fcgid_key one, two;

    fcgid_class_key(&one, a);
    fcgid_class_key(&two, b);
    return memcmp(&one, &two, sizeof one) == 0;
}

static void
test_key(void)
{
    struct fcgid_class_def def = make_def(), other = make_def();

    other.limits.max_processes = 9;
    UNIT_CHECK(same_key(&def, &other), "key: limits are no part of it");
#define DIFFERS(change, name)                                                  \
    other = make_def();                                                        \
    other.change;                                                              \
    UNIT_CHECK(!same_key(&def, &other), "key: " name " is part of it")
    DIFFERS(argv = argv_two, "the command line");
    DIFFERS(env = env_two, "the environment");
    DIFFERS(vhost = "b.example:80", "the virtual host");
    DIFFERS(directory = "/srv", "the directory");
    DIFFERS(inode = 8, "the file");
    DIFFERS(uid = 1000, "the user");
    DIFFERS(use_suexec = 1, "suexec");
    DIFFERS(cpu.set = 1, "a resource limit");
    DIFFERS(nice = 5, "FcgidNice");
    DIFFERS(umask = 027, "FcgidUmask");
    DIFFERS(reload = "/srv/mt/reload", "FcgidReload");
    def.reload = other.reload;
    other.inode = 8;
    UNIT_CHECK(same_key(&def, &other),
               "key: with FcgidReload the file may be another");
#undef DIFFERS
}

static int
same_list(const char *const *a, const char *const *b)
{
    for (; *a != NULL && *b != NULL; a++, b++)
        if (strcmp(*a, *b) != 0)
            return 0;
    return *a == *b;
}

static void
test_pack(apr_pool_t *pool)
{
    struct fcgid_class_def def = make_def(), *copy;
    apr_size_t size, cut;
    char *flat = fcgid_class_pack(pool, &def, &size), *part;
    int refused = 1;

    copy = fcgid_class_unpack(pool, flat, size);
    if (!UNIT_CHECK(copy != NULL, "pack: what was packed can be unpacked"))
        return;
    UNIT_CHECK(same_key(&def, copy), "pack: the copy has the same key");
    UNIT_CHECK(same_list(def.argv, copy->argv) &&
                   same_list(def.env, copy->env) &&
                   strcmp(def.command, copy->command) == 0 &&
                   strcmp(def.directory, copy->directory) == 0,
               "pack: the strings are the same");
    UNIT_CHECK(memcmp(&def.limits, &copy->limits, sizeof def.limits) == 0,
               "pack: the limits are the same");
    for (cut = 0; cut < size; cut++) {
        part = malloc(cut > 0 ? cut : 1);
        memcpy(part, flat, cut);
        refused = refused && fcgid_class_unpack(pool, part, cut) == NULL;
        free(part);
    }
    UNIT_CHECK(refused, "pack: nothing shorter is taken for a definition");
}

int
main(void)
{
    apr_pool_t *pool;

    apr_initialize();
    apr_pool_create(&pool, NULL);
    test_key();
    test_pack(pool);
    apr_terminate();
    return unit_done();
}
