/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names of sockets, taken apart:
 *   unix:PATH, /path, other   Unix socket, up to 108 bytes
 *   unix:PATH?mode=0660&user=NAME&group=NAME
 *                             the same; its file has these rights and owners
 *                             (names or numbers) before it listens
 *   @name                     Linux abstract Unix socket
 *   (empty)                   Linux: an abstract name that the kernel chooses
 *   tcp:HOST:PORT, HOST:PORT  TCP.  HOST is a name, an IPv4 address, an IPv6
 *                             address in brackets, or empty or "*": listen on
 *                             all IPv4 addresses, connect to localhost
 * Without a prefix a name is TCP only if it has no '/' and a number follows
 * its first colon (or its ']'); a number out of 1 to 65535 is -EINVAL.
 */
#ifndef FCGI_ADDRESS_H
#define FCGI_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

enum { FCGI_ADDRESS_HOST = 255 }; /* bytes, at most */

struct fcgi_address {
    bool is_tcp;
    bool has_mode;
    mode_t mode; /* of a Unix socket's file */
    uid_t user;  /* its owner; -1: as ever */
    gid_t group;
    char host[FCGI_ADDRESS_HOST + 1]; /* TCP; empty: any, or localhost */
    char port[6];                     /* digits, 1 to 65535 */
    struct sockaddr_un local;
    socklen_t local_size;
};

/* Digits only: the number, most + 1 for all that are larger; else -1.  most is
 * below LLONG_MAX / 10. */
long long fcgi_address_number(const char *text, long long most);

/* Reads a name; looks up users and groups, no hosts.  Returns 0, -EINVAL or
 * -ENAMETOOLONG. */
int fcgi_address_parse(struct fcgi_address *address, const char *name);

#endif
