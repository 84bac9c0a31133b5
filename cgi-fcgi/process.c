/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

char
process_state(pid_t pid)
{
    char text[512];
    const char *name_end;
    FILE *file;
    size_t size;

    snprintf(text, sizeof(text), "/proc/%ld/stat", (long)pid);
    file = fopen(text, "re");
    if (file == NULL)
        return 0;
    size = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[size] = '\0';
    /* The name, in parentheses, may hold some itself. */
    name_end = strrchr(text, ')');
    if (name_end == NULL || name_end[1] == '\0')
        return 0;
    return name_end[2];
}

void
process_leave(struct process *process, int64_t deadline)
{
    if (process->pid == 0 || process->is_leaving)
        return;
    process->is_leaving = true;
    process->deadline = deadline;
    if (!process->has_ended)
        kill(process->pid, SIGTERM);
}

void
process_kill(struct process *process)
{
    if (process->pid == 0 || process->was_killed)
        return;
    process->was_killed = true;
    kill(-process->pid, SIGKILL);
}

void
process_ended(struct process *process)
{
    process->has_ended = true;
    if (!process->was_killed)
        kill(-process->pid, SIGTERM);
}

bool
process_is_gone(struct process *process)
{
    if (process->pid == 0)
        return true;
    if (!process->has_ended ||
        (!process->was_killed &&
         (kill(-process->pid, 0) == 0 || errno != ESRCH)))
        return false;
    memset(process, 0, sizeof(*process));
    return true;
}
