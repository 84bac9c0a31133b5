/* SPDX-License-Identifier: BSD-2-Clause */
/* Feeds files, and the files of directories, to a fuzz target: how the corpus
 * is checked where there is no libFuzzer. */
#include "oracle.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "unit.h"

enum { INPUT_BYTES = 1 << 20 };

static void
replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    const char *base = strrchr(path, '/');
    uint8_t *data = malloc(INPUT_BYTES);
    size_t size;

    if (file == NULL || data == NULL) {
        UNIT_CHECK(false, "fuzz: %s: %s", path, strerror(errno));
        free(data);
        return;
    }
    size = fread(data, 1, INPUT_BYTES, file);
    fclose(file);
    /* A target that finds a fault does not return. */
    UNIT_CHECK(LLVMFuzzerTestOneInput(data, size) == 0,
               "fuzz: %s keeps what the target promises",
               base != NULL ? base + 1 : path);
    free(data);
}

static void
replay(const char *path)
{
    DIR *directory = opendir(path);
    struct dirent *entry;
    char name[4096];

    if (directory == NULL) {
        replay_file(path);
        return;
    }
    while ((entry = readdir(directory)) != NULL) {
        int size = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);

        if (entry->d_name[0] != '.' && size > 0 && (size_t)size < sizeof(name))
            replay_file(name);
    }
    closedir(directory);
}

int
main(int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++)
        replay(argv[i]);
    return unit_done();
}
