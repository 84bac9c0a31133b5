/* SPDX-License-Identifier: BSD-2-Clause */
#include "suexec.h"
#include "class.h"

#include <sys/wait.h>

static const struct {
    int code;
    const char *reason;
} reasons[] = {
    {101, "too few arguments"},
    {102, "its caller is not a user of the system"},
    {103, "it was built for another User than httpd's"},
    {104, "the program's name is no plain file name"},
    {105, "the target user is not known"},
    {106, "the target group is not known"},
    {107, "the target user's number is too small (AP_UID_MIN)"},
    {108, "the target group's number is too small (AP_GID_MIN)"},
    {109, "the group cannot be set"},
    {110, "the user cannot be set"},
    {111, "the directory cannot be found"},
    {112, "the user's directory cannot be found"},
    {113, "its document root cannot be found (AP_DOC_ROOT)"},
    {114, "the program is outside of its document root (AP_DOC_ROOT)"},
    {115, "the directory cannot be looked at"},
    {116, "the directory may be written by others"},
    {117, "the program cannot be looked at"},
    {118, "the program may be written by others"},
    {119, "the program has setuid or setgid"},
    {120, "the program or its directory does not belong to its user and group"},
    {121, "the program is not executable"},
    {255, "the program cannot be executed; suexec's log says why"},
};

const char *
fcgid_suexec_reason(const struct fcgid_class_def *def, int status)
{
    size_t i;

    if (!def->use_suexec || status == -1 || !WIFEXITED(status))
        return "";
    for (i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
        if (reasons[i].code == WEXITSTATUS(status))
            return reasons[i].reason;
    return "";
}
