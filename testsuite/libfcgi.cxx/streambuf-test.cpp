/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fcgi_streambuf over streams of our own: a reader that gets its input in
 * pieces, and the library's writer on a socket.
 */
#include <cstdlib>
#include <cstring>
#include <istream>
#include <ostream>
#include <string>

#include <sys/socket.h>
#include <unistd.h>

#include "fcgio.h"
#include "fastcgi.h"
#include "unit.h"

namespace
{
/* Input that comes in pieces of a given size. */
class source
{
  public:
    source(const std::string &all, std::size_t piece_size)
        : text(all), piece(piece_size), next(0)
    {
        std::memset(&stream, 0, sizeof stream);
        stream.isReader = 1;
        stream.fillBuffProc = fill;
        stream.data = this;
        stream.rdNext = stream.wrNext = stream.stop = stream.stopUnget =
            bytes();
    }

    FCGX_Stream stream;

  private:
    std::string text;
    std::size_t piece;
    std::size_t next;

    unsigned char *
    bytes()
    {
        return reinterpret_cast<unsigned char *>(&text[0]);
    }

    static void
    fill(FCGX_Stream *stream)
    {
        source *self = static_cast<source *>(stream->data);
        std::size_t size = self->text.size() - self->next;

        if (size > self->piece)
            size = self->piece;
        if (size == 0) {
            stream->isClosed = 1;
            return;
        }
        stream->rdNext = stream->stopUnget = self->bytes() + self->next;
        self->next += size;
        stream->stop = stream->wrNext = self->bytes() + self->next;
    }
};

/* Output: what has reached the other end of the writer's socket. */
class sink
{
  public:
    sink()
    {
        if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
            std::exit(2);
        stream = FCGX_CreateWriter(ends[0], 1, 4096, FCGI_STDOUT);
    }

    ~sink()
    {
        FCGX_FreeStream(&stream);
        close(ends[0]);
        close(ends[1]);
    }

    FCGX_Stream *stream;

    /* The contents of the records that are there. */
    std::string
    taken()
    {
        std::string content;
        unsigned char header[8];
        char body[65535 + 255];

        while (recv(ends[1], header, 8, MSG_DONTWAIT) == 8) {
            std::size_t size = header[4] * 256u + header[5];
            std::size_t whole = size + header[6];

            if (whole > 0 && recv(ends[1], body, whole, MSG_WAITALL) !=
                                 static_cast<ssize_t>(whole))
                std::exit(2);
            content.append(body, size);
        }
        return content;
    }

  private:
    int ends[2];
};

std::string
digits(std::size_t size)
{
    std::string text;

    while (text.size() < size)
        text += static_cast<char>('a' + text.size() % 23);
    return text;
}

void
test_read(std::streamsize bufsize, std::size_t piece)
{
    std::string text = digits(1000) + "\nline two\n42 rest\xff";
    source from(text, piece);
    char buffer[64];
    fcgi_streambuf streambuf(&from.stream, buffer, static_cast<int>(bufsize));
    std::istream in(&streambuf);
    std::string line;
    int number = 0;
    bool right;

    std::getline(in, line);
    right = line == text.substr(0, 1000);
    std::getline(in, line);
    in >> number;
    right = right && line == "line two" && number == 42 && in.get() == ' ';
    std::getline(in, line);
    UNIT_CHECK(right && line == "rest\xff" && in.eof(),
               "cxx: text is read through a buffer of %d, from pieces of %d",
               static_cast<int>(bufsize), static_cast<int>(piece));
}

/* All bytes, read in blocks of changing size. */
void
test_blocks(std::streamsize bufsize, std::size_t piece)
{
    std::string text = digits(20000), got;
    source from(text, piece);
    char buffer[64], block[512];
    fcgi_streambuf streambuf(&from.stream, buffer, static_cast<int>(bufsize));
    std::istream in(&streambuf);

    for (int i = 1; in; i = i % 500 + 7) {
        in.read(block, i);
        got.append(block, static_cast<std::size_t>(in.gcount()));
        if (in && in.peek() != std::char_traits<char>::eof() && i % 3 == 0)
            got += static_cast<char>(in.get());
    }
    UNIT_CHECK(got == text,
               "cxx: blocks are read through a buffer of %d, from pieces of %d",
               static_cast<int>(bufsize), static_cast<int>(piece));
}

/* After each way of reading, the last character can be put back. */
void
test_unget(std::streamsize bufsize, std::size_t piece)
{
    source from("abcdefghijklmnopqrstuvwxyz", piece);
    char buffer[8], block[16];
    fcgi_streambuf streambuf(&from.stream, buffer, static_cast<int>(bufsize));
    std::istream in(&streambuf);
    bool right = true;

    for (int i = 0; i < 10; i++) {
        int c = in.get();

        in.unget();
        right = right && c == 'a' + i && in.good() && in.get() == c;
    }
    UNIT_CHECK(right, "cxx: each character is put back, buffer %d, pieces %d",
               static_cast<int>(bufsize), static_cast<int>(piece));
    in.read(block, 12);
    in.unget();
    right = in.good() && in.get() == 'a' + 21;
    in.putback('v');
    right = right && in.good() && in.get() == 'v';
    UNIT_CHECK(right, "cxx: also after a block, buffer %d, pieces %d",
               static_cast<int>(bufsize), static_cast<int>(piece));
    in.read(block, 16);
    UNIT_CHECK(in.gcount() == 4 && std::memcmp(block, "wxyz", 4) == 0 &&
                   in.eof(),
               "cxx: what follows is unharmed, buffer %d, pieces %d",
               static_cast<int>(bufsize), static_cast<int>(piece));
}

void
test_write(std::streamsize bufsize)
{
    std::string large = digits(10000), wanted;
    char buffer[64];
    sink to;

    {
        fcgi_streambuf streambuf(to.stream, buffer, static_cast<int>(bufsize));
        std::ostream out(&streambuf);

        out << "n " << 42 << ' ' << 'c' << "\xff\n";
        out << large << "tail";
        out.put('!');
        UNIT_CHECK(out.good() && out.flush().good(),
                   "cxx: writing with a buffer of %d works",
                   static_cast<int>(bufsize));
        wanted = "n 42 c\xff\n" + large + "tail!";
        UNIT_CHECK(to.taken() == wanted,
                   "cxx: flush() sends all, in order, buffer %d",
                   static_cast<int>(bufsize));
        out << "last";
    }
    FCGX_FFlush(to.stream);
    UNIT_CHECK(to.taken() == "last",
               "cxx: the destructor passes on what is left, buffer %d",
               static_cast<int>(bufsize));
}

void
test_attach()
{
    source one("one", 9), two("two", 9);
    fcgi_streambuf none;
    fcgi_streambuf streambuf(&one.stream);
    std::istream in(&streambuf);
    std::string word;
    sink first, second;
    char buffer[16];

    UNIT_CHECK(none.sgetc() == EOF && none.sputc('x') == EOF &&
                   none.pubsync() == -1,
               "cxx: without a stream nothing works, harmlessly");
    in >> word;
    in.clear();
    UNIT_CHECK(word == "one" && streambuf.attach(&two.stream) == 0 &&
                   (in >> word) && word == "two",
               "cxx: attach() goes over to another reader");
    {
        fcgi_streambuf out(buffer, 16);

        out.attach(first.stream);
        out.sputn("1", 1);
        out.pubsync();
        out.sputn("dropped", 7);
        out.attach(second.stream);
        out.sputn("2", 1);
        out.pubsync();
    }
    UNIT_CHECK(first.taken() == "1" && second.taken() == "2",
               "cxx: attach() drops what was not flushed");
}

void
test_setbuf()
{
    char buffer[16];
    sink to;
    fcgi_streambuf streambuf(to.stream);

    UNIT_CHECK(streambuf.pubsetbuf(buffer, -1) == 0,
               "cxx: a buffer of negative size is refused");
    UNIT_CHECK(streambuf.pubsetbuf(buffer, 16) == &streambuf,
               "cxx: a buffer can be given later");
    streambuf.sputn("ab", 2);
    FCGX_FFlush(to.stream);
    UNIT_CHECK(to.taken().empty() && streambuf.pubsync() == 0 &&
                   to.taken() == "ab",
               "cxx: it is used");
    UNIT_CHECK(streambuf.pubsetbuf(buffer, 8) == 0,
               "cxx: a second buffer is refused");
}

void
test_directions()
{
    source from("x", 1);
    fcgi_streambuf reader(&from.stream);
    sink to;
    fcgi_streambuf writer(to.stream);

    UNIT_CHECK(reader.sputc('x') == EOF && reader.sputn("x", 1) == 0,
               "cxx: a reader is not written");
    UNIT_CHECK(writer.sgetc() == EOF && writer.sbumpc() == EOF,
               "cxx: a writer is not read");
}

/* Characters above 127 are not the end of input. */
void
test_binary()
{
    std::string text;
    bool right = true;

    for (int c = 0; c < 256; c++)
        text += static_cast<char>(c);
    source from(text, 100);
    fcgi_streambuf in(&from.stream);
    sink to;
    fcgi_streambuf out(to.stream);

    for (int c = 0; c < 256; c++) {
        right = right && in.sgetc() == c && in.sbumpc() == c;
        right = right && out.sputc(static_cast<char>(c)) == c;
    }
    out.pubsync();
    UNIT_CHECK(right && in.sbumpc() == EOF && to.taken() == text,
               "cxx: all 256 characters pass");
}

void
test_iostreams()
{
    source from("word 7", 2);
    std::string word;
    int number = 0;
    sink to;

    {
        fcgi_istream in(&from.stream);
        fcgi_ostream out(to.stream);
        fcgi_istream late;

        in >> word >> number;
        UNIT_CHECK(word == "word" && number == 7,
                   "cxx: fcgi_istream reads a stream");
        out << word << number << std::flush;
        UNIT_CHECK(to.taken() == "word7", "cxx: fcgi_ostream writes a stream");
        source more("more", 4);
        UNIT_CHECK(!(late >> word), "cxx: a stream without input fails");
        late.attach(&more.stream);
        UNIT_CHECK((late >> word) && word == "more",
                   "cxx: attach() makes it good");
    }
}

/* The web server is gone. */
void
test_failure()
{
    int ends[2];
    FCGX_Stream *stream;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        std::exit(2);
    stream = FCGX_CreateWriter(ends[0], 1, 4096, FCGI_STDOUT);
    close(ends[1]);
    {
        fcgi_streambuf streambuf(stream);
        std::ostream out(&streambuf);

        out << digits(100000) << std::flush;
        UNIT_CHECK(!out.good(), "cxx: a failed write makes the stream bad");
    }
    FCGX_FreeStream(&stream);
    close(ends[0]);
}
} // namespace

int
main()
{
    static const int bufsizes[] = {0, 1, 2, 7, 64};
    static const std::size_t pieces[] = {1, 3, 5000};

    for (int bufsize : bufsizes) {
        for (std::size_t piece : pieces) {
            test_read(bufsize, piece);
            test_blocks(bufsize, piece);
            if (bufsize <= 8)
                test_unget(bufsize, piece);
        }
        test_write(bufsize);
    }
    test_attach();
    test_setbuf();
    test_directions();
    test_binary();
    test_iostreams();
    test_failure();
    return unit_done();
}
