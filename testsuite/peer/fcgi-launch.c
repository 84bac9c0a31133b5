/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fcgi-launch DIR PROGRAM [ARGUMENT]...: runs a FastCGI application for a test.
 *
 * It listens at DIR/socket, which is there once it listens, and runs the
 * program with that socket at descriptor 0, output and errors going to
 * DIR/stdout and DIR/stderr.  DIR/pid holds the program's process id.  When
 * the program has ended, DIR/status tells how: "exit N" or "signal N".  SIGTERM
 * is passed on; the program does not outlive fcgi-launch.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t child;

static void __attribute__((noreturn)) die(const char *what)
{
    perror(what);
    exit(2);
}

static void
pass_on(int number)
{
    if (child > 0)
        kill(child, number);
}

/* Appears under its name when it is complete. */
static void
tell(const char *name, const char *word, int number)
{
    FILE *file = fopen("new", "w");

    if (file == NULL || fprintf(file, "%s%d\n", word, number) < 0 ||
        fclose(file) != 0 || rename("new", name) != 0)
        die(name);
}

static int
listen_here(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "bound"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, 64) != 0 || chmod("bound", 0777) != 0)
        die("socket");
    return fd;
}

static void
redirect(const char *path, int to)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);

    if (fd < 0 || dup2(fd, to) < 0)
        die(path);
    close(fd);
}

static void __attribute__((noreturn))
run(int listener, const char *home, const char *dir, char **argv)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (dup2(listener, STDIN_FILENO) < 0)
        die("dup2");
    close(listener);
    redirect("stdout", STDOUT_FILENO);
    redirect("stderr", STDERR_FILENO);
    if (chdir(home) != 0)
        die(home);
    execvp(argv[0], argv);
    die(dir);
}

int
main(int argc, char **argv)
{
    struct sigaction action = {.sa_handler = pass_on};
    char *home = getcwd(NULL, 0);
    int status, listener;
    pid_t pid;

    if (argc < 3 || home == NULL || chdir(argv[1]) != 0)
        die("usage: fcgi-launch DIR PROGRAM [ARGUMENT]...");
    listener = listen_here();
    pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0)
        run(listener, home, argv[1], argv + 2);
    child = pid;
    sigaction(SIGTERM, &action, NULL);
    close(listener);
    tell("pid", "", pid);
    if (rename("bound", "socket") != 0)
        die("socket");
    while (waitpid(pid, &status, 0) < 0) {
        if (errno != EINTR)
            die("waitpid");
    }
    if (WIFSIGNALED(status))
        tell("status", "signal ", WTERMSIG(status));
    else
        tell("status", "exit ", WEXITSTATUS(status));
    free(home);
    return 0;
}
