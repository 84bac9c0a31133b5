/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "request.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "say.h"

/* Prints a size as the environment wants it. */
static void
set_size(struct env *env, const char *name, uint64_t size)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)size);
    env_set(env, name, text);
}

/* Copies what cannot be measured to an unnamed file, from its begin. */
static int
spool(int from, const char *name)
{
    FILE *file = tmpfile();
    char *buffer = must_alloc(65536);
    ssize_t n;
    int fd;

    if (file == NULL)
        die("cannot make a temporary file: %s", strerror(errno));
    while ((n = read(from, buffer, 65536)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            die("%s: %s", name, strerror(errno));
        if (fwrite(buffer, 1, (size_t)n, file) != (size_t)n)
            die("temporary file: %s", strerror(errno));
    }
    if (fflush(file) != 0)
        die("temporary file: %s", strerror(errno));
    free(buffer);
    fd = fcntl(fileno(file), F_DUPFD_CLOEXEC, 3);
    if (fd < 0)
        die("temporary file: %s", strerror(errno));
    fclose(file);
    return fd;
}

/* Opens a file as an input of known size. */
static void
open_input(struct bridge_input *input, const char *name, struct stat *status)
{
    bool is_stdin = strcmp(name, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, status) != 0)
        die("%s: %s", name, strerror(errno));
    if (S_ISDIR(status->st_mode))
        die("%s: %s", name, strerror(EISDIR));
    /* Standard input may stand anywhere in its file. */
    if (is_stdin || !S_ISREG(status->st_mode)) {
        input->fd = spool(fd, name);
        if (!is_stdin)
            close(fd);
        if (fstat(input->fd, status) != 0)
            die("%s: %s", name, strerror(errno));
    } else {
        input->fd = fd;
    }
    input->kind = INPUT_FILE;
    input->left = (uint64_t)status->st_size;
}

/* The bytes that standard input has for us. */
static uint64_t
announced_size(const struct env *env)
{
    const char *length = env_get(env, "CONTENT_LENGTH");
    const char *coding = env_get(env, "HTTP_TRANSFER_ENCODING");
    unsigned long long size;
    char *end;

    if (length == NULL || *length == '\0')
        return coding != NULL && strcasecmp(coding, "chunked") == 0 ? UINT64_MAX
                                                                    : 0;
    while (isspace((unsigned char)*length))
        length++;
    if (!isdigit((unsigned char)*length))
        return 0;
    errno = 0;
    size = strtoull(length, &end, 10);
    while (isspace((unsigned char)*end))
        end++;
    if (*end != '\0')
        return 0;
    return errno == ERANGE ? UINT64_MAX : (uint64_t)size;
}

static void
init_body(struct request *request, const struct options *options)
{
    struct bridge_input *input = &request->input;
    struct stat status;

    if (options->data != NULL) {
        input->kind = INPUT_MEMORY;
        input->data = options->data;
        input->left = strlen(options->data);
    } else if (options->data_file != NULL) {
        open_input(input, options->data_file, &status);
    } else {
        input->kind = INPUT_STREAM;
        input->fd = STDIN_FILENO;
        input->left = announced_size(&request->env);
        return;
    }
    if (env_get(&options->sets, "CONTENT_LENGTH") == NULL)
        set_size(&request->env, "CONTENT_LENGTH", input->left);
    env_default(&request->env, "CONTENT_TYPE",
                "application/x-www-form-urlencoded");
}

static void
init_filter(struct request *request, const char *name)
{
    struct stat status;

    open_input(&request->filter, name, &status);
    set_size(&request->env, "FCGI_DATA_LENGTH", request->filter.left);
    set_size(&request->env, "FCGI_DATA_LAST_MOD", (uint64_t)status.st_mtime);
}

/* What every CGI request has, where nothing else is said. */
static void
complete(struct env *env, bool has_body)
{
    env_default(env, "GATEWAY_INTERFACE", "CGI/1.1");
    env_default(env, "SERVER_PROTOCOL", "HTTP/1.1");
    env_default(env, "SERVER_SOFTWARE", PACKAGE_NAME "/" PACKAGE_VERSION);
    env_default(env, "REQUEST_METHOD", has_body ? "POST" : "GET");
    env_default(env, "QUERY_STRING", "");
}

void
request_init(struct request *request, const struct options *options,
             char *const *environment)
{
    struct env *env = &request->env;
    const char *bad = NULL;

    memset(request, 0, sizeof(*request));
    if (!options->env_clear)
        bad = env_put_all(env, environment);
    if (bad != NULL)
        die("the environment's entry \"%.60s\" %s", bad, env_fault(bad));
    env_put_all(env, env_entries(&options->sets));
    init_body(request, options);
    if (options->filter_file != NULL)
        init_filter(request, options->filter_file);
    if (options->is_probe)
        complete(env, options->data != NULL || options->data_file != NULL);
}

void
request_free(struct request *request)
{
    if (request->input.kind == INPUT_FILE)
        close(request->input.fd);
    if (request->filter.kind == INPUT_FILE)
        close(request->filter.fd);
    env_free(&request->env);
}
