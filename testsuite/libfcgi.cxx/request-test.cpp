/* SPDX-License-Identifier: BSD-2-Clause */
/* fcgi::request, on connections that the test makes itself. */
#include "fcgirequest.h"

#include <cstring>
#include <iomanip>
#include <sstream>
#include <vector>

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "unit.h"

namespace
{

void
put(std::string &to, int type, const std::string &content)
{
    const char header[8] = {1,
                            static_cast<char>(type),
                            0,
                            1,
                            static_cast<char>(content.size() >> 8),
                            static_cast<char>(content.size()),
                            0,
                            0};

    to.append(header, sizeof(header));
    to += content;
}

/* A request of that role, on a kept connection. */
std::string
make_request(char role, const std::string &query, const std::string &body)
{
    const std::string name = "QUERY_STRING";
    std::string pair;
    std::string bytes;

    pair += static_cast<char>(name.size());
    pair += static_cast<char>(query.size());
    put(bytes, 1, std::string({0, role, 1, 0, 0, 0, 0, 0}));
    put(bytes, 4, pair + name + query);
    put(bytes, 4, "");
    if (!body.empty())
        put(bytes, 5, body);
    put(bytes, 5, "");
    if (role == 3) {
        put(bytes, 8, "data");
        put(bytes, 8, "");
    }
    return bytes;
}

/* The web server's end of a connection. */
class web
{
  public:
    explicit web(fcgi::request &request)
    {
        int ends[2] = {-1, -1};

        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            std::abort();
        fd = ends[0];
        request.native()->ipcFd = ends[1];
        request.native()->keepConnection = 1;
    }

    ~web()
    {
        close(fd);
    }

    web(const web &) = delete;
    web &operator=(const web &) = delete;

    void
    send(const std::string &bytes)
    {
        if (::send(fd, bytes.data(), bytes.size(), 0) !=
            static_cast<ssize_t>(bytes.size()))
            std::abort();
    }

    /* Content of the stream of that type so far; -1 for END_REQUEST. */
    std::string
    take(int wanted)
    {
        std::string found;
        std::size_t pos = 0;
        char piece[4096];
        ssize_t n;

        while ((n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT)) > 0)
            all.append(piece, static_cast<std::size_t>(n));
        while (pos + 8 <= all.size()) {
            const std::size_t size = byte(pos + 4) * 256 + byte(pos + 5);

            if (byte(pos + 1) == static_cast<unsigned>(wanted))
                found += all.substr(pos + 8, size);
            pos += 8 + size + byte(pos + 6);
        }
        return found;
    }

    void
    forget()
    {
        take(0);
        all.clear();
    }

  private:
    int fd = -1;
    std::string all;

    unsigned
    byte(std::size_t pos) const
    {
        return static_cast<unsigned char>(all[pos]);
    }
};

void
check_answer()
{
    fcgi::request request(-1);
    web server(request);
    std::string word;
    std::string rest;
    int number = 0;

    server.send(make_request(1, "a=b", "17 words"));
    UNIT_CHECK(request.accept(), "request: it is accepted");
    request.in() >> number >> word >> rest;
    UNIT_CHECK(number == 17 && word == "words" && request.in().eof() &&
                   !request.is_cut(),
               "request: the body is a std::istream");
    UNIT_CHECK(std::strcmp(request["QUERY_STRING"], "a=b") == 0 &&
                   std::strcmp(request["NONE"], "") == 0 &&
                   request.param("NONE") == nullptr &&
                   request.param("NONE", "otherwise") == "otherwise" &&
                   request.param("QUERY_STRING", "") == "a=b",
               "request: parameters by name");
    std::vector<std::string> all;
    for (const char *pair : request.params())
        all.push_back(pair);
    UNIT_CHECK(all.size() == 2 && all[0] == "FCGI_ROLE=RESPONDER" &&
                   all[1] == "QUERY_STRING=a=b",
               "request: all parameters");
    request.out() << "x" << std::hex << std::showbase << 255 << std::setw(4);
    request.err() << "e" << 1;
    request.set_exit_status(3);
    UNIT_CHECK(!request.is_aborted(), "request: it is not aborted");
    request.finish();
    UNIT_CHECK(server.take(6) == "x0xff" && server.take(7) == "e1",
               "request: what is written arrives");
    UNIT_CHECK(server.take(3) == std::string("\0\0\0\3\0\0\0\0", 8),
               "request: so does the status");
    UNIT_CHECK(!(request.out() << "more") && !(request.in() >> word) &&
                   request.param("QUERY_STRING") == nullptr &&
                   request.params().begin() == request.params().end(),
               "request: nothing is left of it when it is finished");
}

void
check_next()
{
    fcgi::request request(-1);
    web server(request);

    server.send(make_request(1, "1", "x"));
    request.accept();
    request.out() << std::hex << std::setfill('*');
    request.out().exceptions(std::ios::badbit);
    request.out().setstate(std::ios::failbit);
    server.send(make_request(1, "2", "body"));
    UNIT_CHECK(request.accept() && request.out().good() &&
                   request.in().good() &&
                   request.out().exceptions() == std::ios::goodbit,
               "request: the next one starts afresh");
    server.forget();
    request.out() << 255 << std::setw(3) << 1;
    request.finish();
    UNIT_CHECK(server.take(6) == "255  1", "request: with plain formats");
}

void
check_filter()
{
    fcgi::request request(-1);
    web server(request);
    std::string body;
    std::string data;

    server.send(make_request(3, "", "body"));
    UNIT_CHECK(request.accept() && request.role() == 3,
               "request: the role is told");
    request.in() >> body;
    UNIT_CHECK(request.start_data() && request.in() >> data && body == "body" &&
                   data == "data",
               "request: a Filter reads its file");
}

void
check_cut()
{
    fcgi::request request(-1);
    std::string word;

    {
        web server(request);
        server.send(make_request(1, "", "body").substr(0, 56));
        request.accept();
    }
    UNIT_CHECK(!(request.in() >> word >> word) && request.is_cut(),
               "request: a body that was cut is told");
    UNIT_CHECK(request.is_aborted(), "request: as is a web server that left");
}

void
check_errors()
{
    fcgi::request request(-1);
    int error = 0;

    try {
        request.accept();
    } catch (const std::system_error &e) {
        error = e.code().value();
    }
    UNIT_CHECK(error == EBADF, "request: no listening socket is an exception");
    FCGX_ShutdownPending();
    fcgi::request other(FCGX_OpenSocket("./cxx.sock", 5));
    unlink("./cxx.sock");
    UNIT_CHECK(!other.accept() && !other.accept(),
               "request: accept is false when it is time to leave");
    close(other.native()->listen_sock);
}

} // namespace

int
main()
{
    check_answer();
    check_next();
    check_filter();
    check_cut();
    check_errors();
    return unit_done();
}
