/* SPDX-License-Identifier: BSD-2-Clause */
#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "wire/names.h"

void
die(int code, const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(code);
}

static void
reserve(struct text *text, size_t size)
{
    size_t capacity;

    if (size < text->capacity - text->size)
        return;
    capacity = 2 * text->capacity + size + 64;
    text->data = realloc(text->data, capacity);
    if (text->data == NULL)
        die(EXIT_SYSTEM, "no memory for %zu bytes", capacity);
    text->capacity = capacity;
}

void
text_add(struct text *text, const void *data, size_t size)
{
    reserve(text, size);
    if (size > 0)
        memcpy(text->data + text->size, data, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void
text_add_string(struct text *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void
text_add_byte(struct text *text, unsigned byte)
{
    char c = (char)byte;

    text_add(text, &c, 1);
}

void
text_add_format(struct text *text, const char *format, ...)
{
    char buffer[512];
    va_list args;
    int size;

    va_start(args, format);
    size = vsnprintf(buffer, sizeof(buffer), format, args);
    va_end(args);
    if (size < 0 || (size_t)size >= sizeof(buffer))
        die(EXIT_SYSTEM, "text_add_format: too long");
    text_add(text, buffer, (size_t)size);
}

unsigned
fill_byte(size_t offset)
{
    if (offset % 64 == 63)
        return '\n';
    return 'a' + (unsigned)((offset / 64 + offset) % 26);
}

void
text_add_fill(struct text *text, size_t size)
{
    size_t i;

    reserve(text, size);
    for (i = 0; i < size; i++)
        text->data[text->size++] = (char)fill_byte(i);
    text->data[text->size] = '\0';
}

static int
hex_value(char c)
{
    if (!isxdigit((unsigned char)c))
        return -1;
    return isdigit((unsigned char)c) ? c - '0'
                                     : tolower((unsigned char)c) - 'a' + 10;
}

void
text_add_hex(struct text *text, const char *digits)
{
    const char *p = digits;

    while (*p != '\0') {
        if (isspace((unsigned char)*p)) {
            p++;
            continue;
        }
        if (hex_value(p[0]) < 0 || hex_value(p[1]) < 0)
            die(EXIT_USAGE, "not pairs of hex digits: %s", digits);
        text_add_byte(text, (unsigned)(hex_value(p[0]) * 16 + hex_value(p[1])));
        p += 2;
    }
}

void
text_add_file(struct text *text, const char *path)
{
    FILE *file = fopen(path, "rb");
    char buffer[65536];
    size_t n;

    if (file == NULL)
        die(EXIT_SYSTEM, "%s: %s", path, strerror(errno));
    while ((n = fread(buffer, 1, sizeof(buffer), file)) > 0)
        text_add(text, buffer, n);
    if (ferror(file))
        die(EXIT_SYSTEM, "%s: cannot read", path);
    fclose(file);
}

void
text_drop(struct text *text, size_t size)
{
    if (size == 0)
        return;
    memmove(text->data, text->data + size, text->size - size + 1);
    text->size -= size;
}

void
text_clear(struct text *text)
{
    text->size = 0;
    if (text->data != NULL)
        text->data[0] = '\0';
}

void
text_free(struct text *text)
{
    free(text->data);
    memset(text, 0, sizeof(*text));
}

void
print_escaped(FILE *out, const void *data, size_t size)
{
    static const char special[] = "\n\r\t\\\"";
    static const char letters[] = "nrt\\\"";
    const unsigned char *p = data;
    const char *at;
    size_t i;

    for (i = 0; i < size; i++) {
        at = p[i] == '\0' ? NULL : strchr(special, p[i]);
        if (at != NULL)
            fprintf(out, "\\%c", letters[at - special]);
        else if (p[i] < 0x20 || p[i] >= 0x7f)
            fprintf(out, "\\x%02x", p[i]);
        else
            fputc(p[i], out);
    }
}

size_t
number(const char *word, size_t max)
{
    unsigned long long value;
    char *end;

    errno = 0;
    value = strtoull(word, &end, 0);
    if (end != word && *end != '\0' && end[1] == '\0') {
        int shift = *end == 'k' ? 10 : *end == 'm' ? 20 : *end == 'g' ? 30 : 0;

        if (shift > 0 && value <= (max >> shift)) {
            value <<= shift;
            end++;
        }
    }
    if (errno != 0 || end == word || *end != '\0' || *word == '-' ||
        value > max)
        die(EXIT_USAGE, "not a number from 0 to %zu: %s", max, word);
    return (size_t)value;
}

static unsigned
by_name(const char *word, const char *(*name)(unsigned), unsigned last)
{
    unsigned i;

    for (i = 0; i <= last; i++)
        if (strcasecmp(word, name(i)) == 0)
            return i;
    return (unsigned)number(word, 65535);
}

unsigned
type_number(const char *word)
{
    return by_name(word, fcgi_type_name, FCGI_TYPE_UNKNOWN_TYPE);
}

unsigned
role_number(const char *word)
{
    return by_name(word, fcgi_role_name, FCGI_ROLE_FILTER);
}

unsigned
status_number(const char *word)
{
    return by_name(word, fcgi_status_name, FCGI_STATUS_UNKNOWN_ROLE);
}

int
signal_number(const char *word)
{
    static const struct {
        const char *name;
        int number;
    } signals[] = {
        {"TERM", SIGTERM}, {"KILL", SIGKILL}, {"SEGV", SIGSEGV},
        {"ABRT", SIGABRT}, {"INT", SIGINT},   {"HUP", SIGHUP},
        {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"PIPE", SIGPIPE},
        {"STOP", SIGSTOP}, {"QUIT", SIGQUIT}, {"BUS", SIGBUS},
    };
    size_t i;

    for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
        if (strcasecmp(word, signals[i].name) == 0)
            return signals[i].number;
    return (int)number(word, 64);
}

uint64_t
now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void
sleep_ms(unsigned ms)
{
    struct timespec left = {ms / 1000, (long)(ms % 1000) * 1000000};

    while (nanosleep(&left, &left) != 0 && errno == EINTR)
        continue;
}
