/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * unload-test LIBRARY: loads it and unloads it again.  Signal handlers stay,
 * and what the end of a thread and fork(2) call.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

enum { TIMES = 20 };

static int fds[2];

static bool
use(const char *path)
{
    void *library = dlopen(path, RTLD_NOW);
    int (*init)(void);
    char *(*get_param)(const char *, char **);
    bool works = false;

    if (library == NULL)
        return false;
    *(void **)&init = dlsym(library, "FCGX_Init");
    *(void **)&get_param = dlsym(library, "FCGX_GetParam");
    works = init != NULL && get_param != NULL && init() == 0;
    return dlclose(library) == 0 && works;
}

static void *
use_in_thread(void *path)
{
    return use(path) ? path : NULL;
}

int
main(int argc, char **argv)
{
    pthread_t thread;
    void *result = NULL;
    int last, i, status;
    bool works = argc == 2;

    for (i = 0; works && i < TIMES; i++) {
        works = use(argv[1]);
        if (i == 0 && pipe(fds) != 0)
            return 2;
    }
    last = dup(fds[0]);
    UNIT_CHECK(works, "unload: the library is loaded %d times", TIMES);
    UNIT_CHECK(last == fds[1] + 1, "unload: no descriptor is lost");
    if (pthread_create(&thread, NULL, use_in_thread, argv[1]) == 0)
        pthread_join(thread, &result);
    UNIT_CHECK(result != NULL, "unload: a thread ends after it");
    raise(SIGPIPE);
    raise(SIGTERM);
    UNIT_CHECK(true, "unload: signals have their handlers");
    if (fork() == 0)
        _exit(0);
    UNIT_CHECK(wait(&status) > 0 && status == 0, "unload: so has fork");
    return unit_done();
}
