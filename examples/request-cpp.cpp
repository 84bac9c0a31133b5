/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * request-cpp: the same as echo-x by the request class, whose streams end with
 * the request.
 */
#include <cstdlib>
#include <exception>
#include <iostream>
#include <vector>

#include <unistd.h>

#include "fcgirequest.h"

static void
answer(fcgi::request &request, unsigned count)
{
    const long wanted =
        std::strtol(request.param("CONTENT_LENGTH", "0").c_str(), nullptr, 10);
    std::vector<char> chunk(16384);
    long got = 0;

    request.out() << "Content-Type: text/plain; charset=utf-8\r\n\r\n"
                  << "Request " << count << " of process " << getpid()
                  << "\n\n";
    for (const char *pair : request.params())
        request.out() << pair << '\n';
    request.out() << '\n';
    do {
        request.in().read(chunk.data(),
                          static_cast<std::streamsize>(chunk.size()));
        request.out().write(chunk.data(), request.in().gcount());
        got += request.in().gcount();
    } while (request.in() && request.out());
    if (got < wanted) {
        request.err() << "request-cpp: " << got << " of " << wanted
                      << " bytes came\n";
        request.set_exit_status(EXIT_FAILURE);
    }
}

int
main()
{
    try {
        fcgi::request request;
        unsigned count = 0;

        while (request.accept())
            answer(request, ++count);
    } catch (const std::exception &error) {
        std::cerr << "request-cpp: " << error.what() << '\n';
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
