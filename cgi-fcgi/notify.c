/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "notify.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

void
notify_send(const char *name, const char *format, ...)
{
    struct sockaddr_un peer = {.sun_family = AF_UNIX};
    size_t size = name != NULL ? strlen(name) : 0;
    char text[512];
    va_list args;
    int length;
    int fd;

    if (size < 2 || size >= sizeof(peer.sun_path) ||
        (name[0] != '/' && name[0] != '@'))
        return;
    va_start(args, format);
    length = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (length < 0 || (size_t)length >= sizeof(text))
        return;
    memcpy(peer.sun_path, name, size);
    if (name[0] == '@')
        peer.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    sendto(fd, text, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT,
           (const struct sockaddr *)&peer,
           (socklen_t)(offsetof(struct sockaddr_un, sun_path) + size));
    close(fd);
}
