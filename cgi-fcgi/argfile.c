/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "argfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"

static const char blanks[] = " \t\r\n";

struct words {
    char **list;
    int count;
};

static void
add(struct words *words, char *word)
{
    size_t room = (size_t)words->count + 2;

    words->list = must_grow(words->list, room * sizeof(words->list[0]));
    words->list[words->count++] = word;
    words->list[words->count] = NULL;
}

static void
add_line(struct words *words, const char *line)
{
    for (;;) {
        size_t size;
        char *word;

        line += strspn(line, blanks);
        size = strcspn(line, blanks);
        if (size == 0)
            return;
        word = must_alloc(size + 1);
        memcpy(word, line, size);
        word[size] = '\0';
        add(words, word);
        line += size;
    }
}

char **
argfile_read(const char *path, char *first, int *count)
{
    struct words words = {NULL, 0};
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t room = 0;

    if (file == NULL)
        die("cannot open command file %s: %s", path, strerror(errno));
    add(&words, first);
    while (getline(&line, &room, file) > 0)
        if (line[0] != '#')
            add_line(&words, line);
    if (ferror(file))
        die("cannot read command file %s: %s", path, strerror(errno));
    free(line);
    fclose(file);
    *count = words.count;
    return words.list;
}

void
argfile_free(char **list)
{
    int i;

    if (list == NULL)
        return;
    for (i = 1; list[i] != NULL; i++)
        free(list[i]);
    free(list);
}
