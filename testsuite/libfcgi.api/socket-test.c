/* SPDX-License-Identifier: BSD-2-Clause */
/* FCGX_OpenSocket's names, FCGX_IsCGI, FCGI_WEB_SERVER_ADDRS. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api.h"
#include "unit.h"
#include "peers.h"

static int
family_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t size = sizeof(a);

    return getsockname(fd, (struct sockaddr *)&a, &size) == 0 ? a.ss_family
                                                              : -1;
}

/* Runs one check in a process of its own; true if it says so. */
static bool
in_child(bool (*check)(void *arg), void *arg)
{
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(check(arg) ? 0 : 1);
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
           WEXITSTATUS(status) == 0;
}

static void
check_unix(void)
{
    char name[64];
    struct stat s;
    int fd = listen_local(name);
    int other;

    UNIT_CHECK(family_of(fd) == AF_UNIX && stat(name, &s) == 0 &&
                   S_ISSOCK(s.st_mode),
               "socket: a path makes a Unix socket");
    UNIT_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0,
               "socket: children that exec do not get it");
    other = FCGX_OpenSocket(name, 5);
    UNIT_CHECK(other == -1 && errno == EADDRINUSE,
               "socket: one that is served is not taken over");
    close(connect_to(name));
    close(fd);
    fd = FCGX_OpenSocket(name, 5);
    UNIT_CHECK(fd >= 0, "socket: one left over is replaced");
    close(fd);
    unlink(name);

    fd = open(name, O_CREAT | O_WRONLY, 0600);
    close(fd);
    UNIT_CHECK(FCGX_OpenSocket(name, 5) == -1 && errno == EADDRINUSE &&
                   stat(name, &s) == 0,
               "socket: a file stays");
    unlink(name);
    UNIT_CHECK(FCGX_OpenSocket("/nonexistent/dir/socket", 5) == -1 &&
                   errno == ENOENT,
               "socket: a directory that is not there");
    UNIT_CHECK(FCGX_OpenSocket("/", 5) == -1, "socket: a directory");
}

static void
check_unix_names(void)
{
    static const char *const names[] = {"./a:b", "host:http", "::1:80", "21024",
                                        "unix:./rel:90"};
    static const char *const files[] = {"./a:b", "host:http", "::1:80", "21024",
                                        "./rel:90"};
    char path[200];
    struct stat s;
    size_t i;
    int fd;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        unlink(files[i]);
        fd = FCGX_OpenSocket(names[i], 5);
        UNIT_CHECK(fd >= 0 && family_of(fd) == AF_UNIX &&
                       stat(files[i], &s) == 0,
                   "socket: %s is a Unix socket", names[i]);
        close(fd);
        unlink(files[i]);
    }
    memset(path, 'x', sizeof(path));
    path[108] = '\0';
    fd = FCGX_OpenSocket(path, 5);
    UNIT_CHECK(fd >= 0, "socket: a path of 108 bytes");
    close(fd);
    unlink(path);
    path[108] = 'x';
    path[109] = '\0';
    UNIT_CHECK(FCGX_OpenSocket(path, 5) == -1 && errno == ENAMETOOLONG,
               "socket: a path of 109 bytes is too long");
    snprintf(path, sizeof(path), "@fcgi-api-%ld", (long)getpid());
    fd = FCGX_OpenSocket(path, 5);
    UNIT_CHECK(fd >= 0 && family_of(fd) == AF_UNIX && stat(path, &s) != 0,
               "socket: @name is not in the file system");
    close(fd);
    fd = FCGX_OpenSocket("", 5);
    UNIT_CHECK(fd >= 0, "socket: an empty name is chosen by the kernel");
    close(fd);
}

/* Opens a name with a port that is free now. */
static int
open_port(const char *format)
{
    char name[64];
    const char *port;
    char spare[64];
    int fd = listen_tcp(spare);

    close(fd);
    port = strchr(spare, ':') + 1;
    snprintf(name, sizeof(name), "%s%s", format, port);
    return FCGX_OpenSocket(name, 5);
}

static void
check_tcp(void)
{
    static const char *const bad[] = {":0", ":65536", ":99999",
                                      ":99999999999999999999", "tcp:nohost"};
    static const char *const good[] = {
        ":", "*:", "127.0.0.1:", "localhost:", "tcp::"};
    char name[64];
    size_t i;
    int fd;
    int probe;

    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        fd = open_port(good[i]);
        UNIT_CHECK(fd >= 0 && (family_of(fd) == AF_INET ||
                               strcmp(good[i], "localhost:") == 0),
                   "socket: %sPORT is TCP", good[i]);
        close(fd);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        UNIT_CHECK(FCGX_OpenSocket(bad[i], 5) == -1 && errno == EINVAL,
                   "socket: %s is no port", bad[i]);
    UNIT_CHECK(FCGX_OpenSocket("host.invalid:80", 5) == -1,
               "socket: an unknown host");
    fd = listen_tcp(name);
    UNIT_CHECK(FCGX_OpenSocket(name, 5) == -1 && errno == EADDRINUSE,
               "socket: a port in use");
    close(fd);
    probe = socket(AF_INET6, SOCK_STREAM, 0);
    if (probe >= 0)
        close(probe);
    fd = open_port("[::1]:");
    if (probe >= 0 && (fd >= 0 || errno != EADDRNOTAVAIL))
        UNIT_CHECK(fd >= 0 && family_of(fd) == AF_INET6,
                   "socket: [ADDRESS]:PORT is IPv6");
    else
        puts("UNSUPPORTED: socket: [ADDRESS]:PORT is IPv6");
    close(fd);
}

static void
check_rights(void)
{
    static const char *const bad[] = {
        "unix:./r?mode=999",         "unix:./r?mode=",
        "unix:./r?color=red",        "unix:./r?group=nobody.at.all",
        "unix:?mode=0600",           "unix:@r?mode=0600",
        "unix:./r?user=4294967295",  "unix:./r?user=4294967296",
        "unix:./r?group=4294967296", "unix:./r?user=-1",
    };
    char name[64];
    struct stat s;
    size_t i;
    int fd;

    snprintf(name, sizeof(name), "unix:./r?mode=0620&user=%ld&group=%ld",
             (long)getuid(), (long)getgid());
    fd = FCGX_OpenSocket(name, 5);
    UNIT_CHECK(fd >= 0 && lstat("./r", &s) == 0 && S_ISSOCK(s.st_mode) &&
                   (s.st_mode & 0777) == 0620 && s.st_gid == getgid(),
               "socket: unix:PATH?mode=...&user=...&group=...");
    close(fd);
    unlink("./r");
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        UNIT_CHECK(FCGX_OpenSocket(bad[i], 5) == -1 && errno == EINVAL &&
                       lstat("./r", &s) != 0,
                   "socket: %s is refused", bad[i]);
    fd = FCGX_OpenSocket("./r?mode=0600", 5);
    UNIT_CHECK(fd >= 0 && lstat("./r?mode=0600", &s) == 0,
               "socket: without a prefix a question mark is one of the path");
    close(fd);
    unlink("./r?mode=0600");
}

/* FCGX_IsCGI with arg on descriptor 0. */
static bool
is_fastcgi(void *arg)
{
    dup2(*(const int *)arg, 0);
    return FCGX_IsCGI() == 0;
}

static bool
is_cgi_until_opened(void *arg)
{
    (void)arg;
    close(0);
    return FCGX_IsCGI() == 1 && open_port(":") == 0 && FCGX_IsCGI() == 0;
}

static void
check_is_cgi(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    char name[64];
    int ends[2];
    int fd = listen_local(name);

    UNIT_CHECK(in_child(is_fastcgi, &fd), "socket: Unix on 0 is FastCGI");
    close(fd);
    unlink(name);
    fd = listen_tcp(name);
    UNIT_CHECK(in_child(is_fastcgi, &fd), "socket: TCP on 0 is FastCGI");
    close(fd);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    bind(fd, (struct sockaddr *)&a, sizeof(a));
    UNIT_CHECK(!in_child(is_fastcgi, &fd),
               "socket: a socket that does not listen is not");
    close(fd);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    UNIT_CHECK(!in_child(is_fastcgi, &fd), "socket: nor is a datagram socket");
    close(fd);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0)
        UNIT_CHECK(!in_child(is_fastcgi, &ends[0]), "socket: nor a connection");
    if (pipe(ends) == 0)
        UNIT_CHECK(!in_child(is_fastcgi, &ends[0]), "socket: nor a pipe");
    fd = open("/dev/null", O_RDONLY);
    UNIT_CHECK(!in_child(is_fastcgi, &fd), "socket: nor a file");
    UNIT_CHECK(in_child(is_cgi_until_opened, NULL),
               "socket: opening one on 0 makes it FastCGI");
}

/* True if a peer of address may connect when the list is text. */
static bool
allows(const char *text, const char *address)
{
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    struct sockaddr *peer = (struct sockaddr *)&un;
    struct fcgi_peers peers;
    bool result;

    if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
        peer = (struct sockaddr *)&in;
    else if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1)
        peer = (struct sockaddr *)&in6;
    fcgi_peers_init(&peers, text);
    result = fcgi_peers_allow(&peers, peer);
    fcgi_peers_fini(&peers);
    return result;
}

static void
check_peers(void)
{
    static const struct {
        const char *list, *peer;
        bool is_allowed;
    } cases[] = {
        {NULL, "192.0.2.1", true},
        {"", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"10.0.0.1,192.0.2.1", "192.0.2.1", true},
        {"10.0.0.1, 192.0.2.1 ", "192.0.2.1", true},
        {" 10.0.0.1\t192.0.2.1", "192.0.2.1", true},
        {"192.0.2.0/24", "192.0.2.255", true},
        {"192.0.2.0/24", "192.0.3.0", false},
        {"192.0.2.128/25", "192.0.2.127", false},
        {"192.0.2.128/25", "192.0.2.129", true},
        {"0.0.0.0/0", "203.0.113.9", true},
        {"0.0.0.0/0", "2001:db8::1", false},
        {"192.0.2.1/33", "192.0.2.1", false},
        {"192.0.2.1/", "192.0.2.1", false},
        {"192.0.2", "192.0.2.0", false},
        {"192.0.2.1", "::ffff:192.0.2.1", true},
        {"2001:db8::1", "2001:db8::1", true},
        {"2001:db8::/33", "2001:db8:7fff::1", true},
        {"2001:db8::/33", "2001:db8:8000::1", false},
        {"localhost", "127.0.0.1", false},
        {"127.0.0.1", "unix", false},
        {"127.0.0.1,unix", "unix", true},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        UNIT_CHECK(allows(cases[i].list, cases[i].peer) == cases[i].is_allowed,
                   "socket: addresses \"%s\": %s is %s",
                   cases[i].list == NULL ? "" : cases[i].list, cases[i].peer,
                   cases[i].is_allowed ? "let in" : "refused");
}

/* The whole way: a refused peer is closed, the next is served. */
static bool
serves(void *arg)
{
    struct bytes input = {0};
    struct web web = {.request.ipcFd = -1};
    FCGX_Request request;
    char name[64];
    int listener = listen_tcp(name);

    setenv("FCGI_WEB_SERVER_ADDRS", arg, 1);
    FCGX_Init();
    FCGX_InitRequest(&request, listener, 0);
    web.fd = connect_to(name);
    put_get(&input, 1, 0, "/");
    web_send(&web, &input);
    alarm(1); /* dies here if nobody is let in */
    return FCGX_Accept_r(&request) == 0;
}

int
main(void)
{
    char ours[] = "10.9.8.7, 127.0.0.1";
    char others[] = "10.9.8.7";

    check_unix();
    check_unix_names();
    check_rights();
    check_tcp();
    check_is_cgi();
    check_peers();
    UNIT_CHECK(in_child(serves, ours), "socket: a listed web server is served");
    UNIT_CHECK(!in_child(serves, others), "socket: another one is not");
    return unit_done();
}
