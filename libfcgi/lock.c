/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "lock.h"

#include <errno.h>

void
fcgi_lock_init(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;

    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
    pthread_mutex_init(lock, &attributes);
    pthread_mutexattr_destroy(&attributes);
}

bool
fcgi_lock(pthread_mutex_t *lock)
{
    return pthread_mutex_lock(lock) != EDEADLK;
}

void
fcgi_unlock(pthread_mutex_t *lock)
{
    pthread_mutex_unlock(lock);
}

bool
fcgi_lock_is_lost(pthread_mutex_t *lock)
{
    if (pthread_mutex_trylock(lock) != 0)
        return true;
    pthread_mutex_unlock(lock);
    return false;
}
