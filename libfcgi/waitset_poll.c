/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#ifndef HAVE_SYS_EPOLL_H

#include "waitset.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "io.h"

struct entry {
    int fd;
    bool once;
    bool armed;
};

/*
 * Each thread polls a copy of the armed entries.  When the entries change, a
 * byte in the pipe sends home all who wait with an older copy; the last of
 * them takes it out.
 */
struct fcgi_waitset {
    pthread_mutex_t lock;
    struct entry *entries;
    size_t count;
    size_t capacity;
    int wake[2];
    unsigned long generation;
    int waiting; /* threads that poll */
    int stale;   /* those of them that the byte is for */
};

struct fcgi_waitset *
fcgi_waitset_new(void)
{
    struct fcgi_waitset *set = calloc(1, sizeof(*set));
    int error;

    if (set == NULL)
        return NULL;
    error = fcgi_io_pipe(set->wake);
    if (error != 0) {
        free(set);
        errno = -error;
        return NULL;
    }
    pthread_mutex_init(&set->lock, NULL);
    return set;
}

void
fcgi_waitset_free(struct fcgi_waitset *set)
{
    if (set == NULL)
        return;
    close(set->wake[0]);
    close(set->wake[1]);
    pthread_mutex_destroy(&set->lock);
    free(set->entries);
    free(set);
}

static struct entry *
find(struct fcgi_waitset *set, int fd)
{
    size_t i;

    for (i = 0; i < set->count; i++)
        if (set->entries[i].fd == fd)
            return &set->entries[i];
    return NULL;
}

/* The entries have changed. */
static void
send_home(struct fcgi_waitset *set)
{
    set->generation++;
    if (set->waiting > 0 && set->stale == 0 && write(set->wake[1], "", 1) < 0)
        return;
    set->stale = set->waiting;
}

static int
add(struct fcgi_waitset *set, int fd, bool once)
{
    struct entry *entry = find(set, fd);

    if (entry != NULL && !once)
        return -EEXIST;
    if (entry == NULL && set->count == set->capacity) {
        size_t capacity = set->capacity == 0 ? 16 : set->capacity * 2;

        entry = realloc(set->entries, capacity * sizeof(*entry));
        if (entry == NULL)
            return -ENOMEM;
        set->entries = entry;
        set->capacity = capacity;
        entry = NULL;
    }
    if (entry == NULL)
        entry = &set->entries[set->count++];
    *entry = (struct entry){.fd = fd, .once = once, .armed = true};
    send_home(set);
    return 0;
}

int
fcgi_waitset_add(struct fcgi_waitset *set, int fd, bool once)
{
    int error;

    pthread_mutex_lock(&set->lock);
    error = add(set, fd, once);
    pthread_mutex_unlock(&set->lock);
    return error;
}

int
fcgi_waitset_arm(struct fcgi_waitset *set, int fd)
{
    return fcgi_waitset_add(set, fd, true);
}

void
fcgi_waitset_remove(struct fcgi_waitset *set, int fd)
{
    struct entry *entry;

    pthread_mutex_lock(&set->lock);
    entry = find(set, fd);
    if (entry != NULL)
        *entry = set->entries[--set->count];
    pthread_mutex_unlock(&set->lock);
}

/* Copies the armed entries; the pipe is the last one.  Returns their number,
 * or 0 without memory. */
static size_t
copy(const struct fcgi_waitset *set, struct pollfd **polls)
{
    size_t n = 0;
    size_t i;

    *polls = malloc((set->count + 1) * sizeof(**polls));
    if (*polls == NULL)
        return 0;
    for (i = 0; i < set->count; i++)
        if (set->entries[i].armed)
            (*polls)[n++] =
                (struct pollfd){.fd = set->entries[i].fd, .events = POLLIN};
    (*polls)[n++] = (struct pollfd){.fd = set->wake[0], .events = POLLIN};
    return n;
}

/* The first descriptor with an event that is still wanted, or -EAGAIN. */
static int
pick(struct fcgi_waitset *set, const struct pollfd *polls, size_t n)
{
    size_t i;

    for (i = 0; i + 1 < n; i++) {
        struct entry *entry = find(set, polls[i].fd);

        if (polls[i].revents == 0 || entry == NULL || !entry->armed)
            continue;
        entry->armed = !entry->once;
        return entry->fd;
    }
    return -EAGAIN;
}

int
fcgi_waitset_wait(struct fcgi_waitset *set, int timeout, const sigset_t *mask)
{
    struct pollfd *polls;
    unsigned long generation;
    size_t n;
    int result;
    char byte;

    pthread_mutex_lock(&set->lock);
    n = copy(set, &polls);
    generation = set->generation;
    if (n > 0)
        set->waiting++;
    pthread_mutex_unlock(&set->lock);
    if (n == 0)
        return -ENOMEM;
    result = fcgi_io_poll(polls, n, timeout, mask);
    pthread_mutex_lock(&set->lock);
    set->waiting--;
    if (generation != set->generation && set->stale > 0 && --set->stale == 0 &&
        read(set->wake[0], &byte, 1) < 0)
        result = -errno;
    if (result > 0)
        result = pick(set, polls, n);
    else if (result == 0)
        result = -EAGAIN;
    pthread_mutex_unlock(&set->lock);
    free(polls);
    return result;
}

int
fcgi_waitset_fd(const struct fcgi_waitset *set)
{
    (void)set;
    return -ENOTSUP;
}

#else
typedef int fcgi_waitset_poll_is_not_needed;
#endif
