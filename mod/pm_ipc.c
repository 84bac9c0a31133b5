/* SPDX-License-Identifier: BSD-2-Clause */
#include "pm_ipc.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(sizeof(int))];
};

int
fcgid_msg_send(int fd, const struct fcgid_message *message,
               const void *payload, size_t size, int descriptor, int flags)
{
    struct iovec vec[2] = {
        {(void *)(uintptr_t)message, sizeof *message},
        {(void *)(uintptr_t)payload, payload != NULL ? size : 0}};
    union control control;
    struct msghdr header;
    struct cmsghdr *cmsg;
    ssize_t n;

    memset(&header, 0, sizeof header);
    header.msg_iov = vec;
    header.msg_iovlen = 2;
    if (descriptor != -1) {
        memset(&control, 0, sizeof control);
        header.msg_control = control.bytes;
        header.msg_controllen = sizeof control.bytes;
        cmsg = CMSG_FIRSTHDR(&header);
        cmsg->cmsg_level = SOL_SOCKET;
        cmsg->cmsg_type = SCM_RIGHTS;
        cmsg->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(cmsg), &descriptor, sizeof descriptor);
    }
    do
        n = sendmsg(fd, &header, flags | MSG_NOSIGNAL);
    while (n == -1 && errno == EINTR);
    return n == -1 ? errno : 0;
}

static void
take_descriptor(struct msghdr *header, int *descriptor)
{
    struct cmsghdr *cmsg;

    for (cmsg = CMSG_FIRSTHDR(header); cmsg != NULL;
         cmsg = CMSG_NXTHDR(header, cmsg))
        if (cmsg->cmsg_level == SOL_SOCKET && cmsg->cmsg_type == SCM_RIGHTS &&
            cmsg->cmsg_len == CMSG_LEN(sizeof(int)))
            memcpy(descriptor, CMSG_DATA(cmsg), sizeof *descriptor);
}

int
fcgid_msg_receive(int fd, struct fcgid_message *message, void *payload,
                  size_t *size, int *descriptor, int flags)
{
    struct iovec vec[2] = {{message, sizeof *message},
                           {payload, payload != NULL ? *size : 0}};
    union control control;
    struct msghdr header;
    ssize_t n;

    *descriptor = -1;
    memset(&header, 0, sizeof header);
    header.msg_iov = vec;
    header.msg_iovlen = 2;
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    do
        n = recvmsg(fd, &header, flags | MSG_CMSG_CLOEXEC);
    while (n == -1 && errno == EINTR);
    if (n == -1)
        return errno;
    take_descriptor(&header, descriptor);
    if (n >= (ssize_t)sizeof *message && !(header.msg_flags & MSG_TRUNC)) {
        *size = (size_t)n - sizeof *message;
        return 0;
    }
    if (*descriptor != -1)
        close(*descriptor);
    *descriptor = -1;
    return n == 0 ? EPIPE : EPROTO;
}
