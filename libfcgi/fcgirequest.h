/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C++11 and later: a FastCGI request as an object with streams.
 *
 *   fcgi::request request;
 *   while (request.accept())
 *       request.out() << "Content-Type: text/plain\r\n\r\n"
 *                     << "hello, " << request["QUERY_STRING"] << '\n';
 *
 * All of it is in this header; link with libfcgi++ and libfcgi.  A request
 * belongs to one thread at a time; give each thread one of its own.
 */
#ifndef FCGIREQUEST_H
#define FCGIREQUEST_H

#if !defined(__cplusplus) || __cplusplus < 201103L
#error "fcgirequest.h needs C++11"
#endif

#include <cerrno>
#include <ios>
#include <istream>
#include <ostream>
#include <string>
#include <system_error>

#include "fcgiext.h"
#include "fcgio.h"

namespace fcgi
{

/* The parameters of a request: for (const char *pair : request.params()).  Each
 * is "NAME=value"; they are valid until the request is finished. */
class params
{
  public:
    using iterator = const char *const *;

    explicit params(char **envp) noexcept : first(envp), last(envp)
    {
        while (last != nullptr && *last != nullptr)
            last++;
    }

    iterator
    begin() const noexcept
    {
        return first;
    }

    iterator
    end() const noexcept
    {
        return last;
    }

  private:
    iterator first;
    iterator last;
};

class request
{
  public:
    /*
     * For requests from a listening socket: 0, the one that the process was
     * started with, or one of FCGX_OpenSocket, which stays the caller's.
     * flags as FCGX_InitRequest.  Throws std::system_error if the library
     * cannot be initialised.
     */
    explicit request(int socket = 0, int flags = 0)
        : in_buffer(), out_buffer(), err_buffer(), in_stream(&in_buffer),
          out_stream(&out_buffer), err_stream(&err_buffer), object()
    {
        const int error = FCGX_Init();

        if (error != 0)
            fail(error, "FCGX_Init");
        FCGX_InitRequest(&object, socket, flags);
    }

    /* Finishes the request at hand and closes the connection. */
    ~request()
    {
        finish();
        FCGX_Free(&object, 1);
    }

    /* The streams of the library point to it. */
    request(const request &) = delete;
    request &operator=(const request &) = delete;

    /*
     * Finishes the request at hand and waits for the next.  Returns false when
     * it is time to leave, or, with FCGI_FAIL_ACCEPT_ON_INTR, after a signal;
     * throws std::system_error if there is no such listening socket.
     */
    bool
    accept()
    {
        finish();
        return take(FCGX_Accept_r(&object));
    }

    /* Sends what is written, and END_REQUEST.  The streams fail from then on.
     * May be repeated. */
    void
    finish() noexcept
    {
        in_buffer.attach(nullptr);
        out_buffer.attach(nullptr);
        err_buffer.attach(nullptr);
        FCGX_Finish_r(&object);
    }

    /* The body; reading ends by eof.  is_cut tells whether all of it came. */
    std::istream &
    in() noexcept
    {
        return in_stream;
    }

    /* The answer: headers, an empty line, a body.  badbit: the web server has
     * gone. */
    std::ostream &
    out() noexcept
    {
        return out_stream;
    }

    /* For the web server's error log. */
    std::ostream &
    err() noexcept
    {
        return err_stream;
    }

    /* A parameter, or nullptr; valid until the request is finished. */
    const char *
    param(const char *name) const noexcept
    {
        return FCGX_GetParam(name, object.envp);
    }

    /* The same as a string, or otherwise. */
    std::string
    param(const char *name, const std::string &otherwise) const
    {
        const char *value = param(name);

        return value == nullptr ? otherwise : std::string(value);
    }

    /* A parameter, or "". */
    const char *
    operator[](const char *name) const noexcept
    {
        const char *value = param(name);

        return value == nullptr ? "" : value;
    }

    fcgi::params
    params() const noexcept
    {
        return fcgi::params(object.envp);
    }

    /* FCGI_RESPONDER, FCGI_AUTHORIZER or FCGI_FILTER of fastcgi.h. */
    int
    role() const noexcept
    {
        return object.role;
    }

    /* In a Filter, when all of in() was read: goes on with the file. */
    bool
    start_data()
    {
        if (object.in == nullptr || FCGX_StartFilterData(object.in) != 0)
            return false;
        in_stream.clear();
        return true;
    }

    /* After reading: whether the body was cut, aborted or too large. */
    bool
    is_cut() const noexcept
    {
        return object.in != nullptr && FCGX_GetError(object.in) != 0;
    }

    /* Whether the answer is not wanted any more. */
    bool
    is_aborted() noexcept
    {
        return FCGX_IsAborted(&object) != 0;
    }

    /* What the web server is told as the application's status; 0 unless set. */
    void
    set_exit_status(int status) noexcept
    {
        if (object.out != nullptr)
            FCGX_SetExitStatus(status, object.out);
    }

    /* For all other calls.  What is written to its streams and to those here
     * arrives in that order. */
    FCGX_Request *
    native() noexcept
    {
        return &object;
    }

  private:
    fcgi_streambuf in_buffer;
    fcgi_streambuf out_buffer;
    fcgi_streambuf err_buffer;
    std::istream in_stream;
    std::ostream out_stream;
    std::ostream err_stream;
    FCGX_Request object;

    /* Where exceptions are switched off, accept returns false. */
    static void
    fail(int error, const char *what)
    {
#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
        throw std::system_error(error, std::generic_category(), what);
#else
        static_cast<void>(error);
        static_cast<void>(what);
#endif
    }

    bool
    take(int result)
    {
        if (result == 0) {
            renew(in_stream, in_buffer, object.in);
            renew(out_stream, out_buffer, object.out);
            renew(err_stream, err_buffer, object.err);
            return true;
        }
        if (result != -EINTR && result > -4096)
            fail(-result, "FCGX_Accept_r");
        return false;
    }

    /* State, flags and locale of one request are nothing to the next. */
    static void
    renew(std::ios &stream, fcgi_streambuf &buffer, FCGX_Stream *to)
    {
        buffer.attach(to);
        stream.exceptions(std::ios::goodbit);
        stream.clear();
        stream.copyfmt(std::ios(nullptr));
    }
};

} // namespace fcgi

#endif
