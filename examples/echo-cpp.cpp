/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * echo-cpp: the same as echo-x in C++, by streams.  Their buffers live as
 * long as the request: what is written reaches the web server when they are
 * destroyed, at the end of answer().
 */
#include <cstdlib>
#include <istream>
#include <ostream>
#include <vector>

#include <unistd.h>

#include "fcgio.h"

static void
answer(FCGX_Request &request, unsigned count)
{
    fcgi_streambuf in_buffer(request.in);
    fcgi_streambuf out_buffer(request.out);
    fcgi_streambuf err_buffer(request.err);
    std::istream in(&in_buffer);
    std::ostream out(&out_buffer);
    std::ostream err(&err_buffer);
    std::vector<char> chunk(16384);
    const char *length = FCGX_GetParam("CONTENT_LENGTH", request.envp);
    long wanted = length == 0 ? 0 : std::strtol(length, 0, 10);
    long got = 0;

    out << "Content-Type: text/plain; charset=utf-8\r\n\r\n"
        << "Request " << count << " of process " << getpid() << "\n\n";
    for (char **entry = request.envp; *entry != 0; entry++)
        out << *entry << '\n';
    out << '\n';
    do {
        in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
        out.write(chunk.data(), in.gcount());
        got += in.gcount();
    } while (in && out);
    if (got < wanted) {
        err << "echo-cpp: " << got << " of " << wanted << " bytes came\n";
        FCGX_SetExitStatus(EXIT_FAILURE, request.out);
    }
}

int
main()
{
    FCGX_Request request;
    unsigned count = 0;

    if (FCGX_Init() != 0)
        return EXIT_FAILURE;
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) == 0) {
        answer(request, ++count);
        FCGX_Finish_r(&request);
    }
    return EXIT_SUCCESS;
}
