/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where applications listen.
 *
 *   unix:PATH, /path, other   Unix socket, up to 108 bytes
 *   @NAME                     Linux abstract Unix socket
 *   tcp:HOST:PORT, HOST:PORT  TCP.  HOST is a name, an IPv4 address, an IPv6
 *                             address in brackets, or empty or "*": listen on
 *                             all IPv4 addresses, connect to localhost
 *
 * Without a prefix a name is TCP if it has no '/' and a digit follows its
 * first colon (or "]:").
 */
#ifndef CGI_FCGI_ADDRESS_H
#define CGI_FCGI_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/un.h>

struct address {
    const char *name; /* as given; the caller's */
    bool is_tcp;
    char host[256];          /* TCP; may be empty */
    char port[6];            /* TCP; 1 to 65535 */
    struct sockaddr_un path; /* Unix */
    socklen_t path_size;
};

/* Who may connect to a socket file. */
struct address_access {
    int mode;  /* permissions, up to 0777; -1: by the umask */
    uid_t uid; /* -1: as they come */
    gid_t gid;
};

enum { ADDRESS_NO_HOST = -1 }; /* the name of the host is not known */

/* Returns NULL, or what is wrong with the name.  The name is kept. */
const char *address_parse(struct address *address, const char *name);

/*
 * Connects, at the latest when the deadline (clock.h) has passed.  Returns 0
 * and a non-blocking, close-on-exec descriptor in *fd, or an errno value
 * (ETIMEDOUT for the deadline), or ADDRESS_NO_HOST.  Blocks; the look-up of a
 * host's name does not heed the deadline.
 */
int address_connect(const struct address *address, int64_t deadline, int *fd);

/* The file of a Unix socket, or NULL; room for it in path. */
#define ADDRESS_PATH_ROOM (sizeof(((struct sockaddr_un *)0)->sun_path) + 1)
const char *address_file(const struct address *address, char *path);

/*
 * Makes a listening socket, close-on-exec.  Returns as address_connect.  A
 * socket file that nobody listens on is replaced; anything else at the path
 * is left alone (EADDRINUSE).  A socket file has the access (which may be
 * NULL) before anybody can connect; if it cannot be had, nothing is left.
 */
int address_listen(const struct address *address, int backlog,
                   const struct address_access *access, int *fd);

/*
 * Locks the directory of a file among all who make sockets and process id
 * files there.  Returns a descriptor, to be closed, or -1: do without.
 */
int address_lock_directory(const char *path);

#endif
