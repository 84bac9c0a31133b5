/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * std::streambuf over FCGX_Stream.
 *
 * The functions of the class are ABI: what std::streambuf has beyond them
 * (pbackfail, showmanyc) cannot be overridden.  To let a character be put
 * back all the same, the get area always holds what was read last.
 */
#include "fcgio.h"

#include <climits>
#include <cstring>

namespace
{
/* Characters of the buffer that are kept for being put back. */
const std::streamsize keep = 1;

/* What fits in one call of FCGX_GetStr or FCGX_PutStr. */
int
piece_size(std::streamsize left)
{
    return left > INT_MAX ? INT_MAX : static_cast<int>(left);
}

/* All n characters to the stream; returns how many got there. */
std::streamsize
put(FCGX_Stream *stream, const char *s, std::streamsize n)
{
    std::streamsize done = 0;

    while (done < n) {
        int piece = piece_size(n - done);

        if (FCGX_PutStr(s + done, piece, stream) != piece)
            break;
        done += piece;
    }
    return done;
}
} // namespace

fcgi_streambuf::fcgi_streambuf(FCGX_Stream *fs)
{
    init(fs, 0, 0);
}

fcgi_streambuf::fcgi_streambuf(FCGX_Stream *fs, char *b, int len)
{
    init(fs, b, len);
}

fcgi_streambuf::fcgi_streambuf(char_type *b, std::streamsize len)
{
    init(0, b, len);
}

fcgi_streambuf::~fcgi_streambuf(void)
{
    /* With nothing to write the stream may be gone already. */
    if (pptr() > pbase())
        fcgi_streambuf::overflow(traits_type::eof());
}

void
fcgi_streambuf::init(FCGX_Stream *fs, char_type *b, std::streamsize bs)
{
    fcgx = fs;
    buf = b;
    bufsize = b == 0 || bs < 0 ? 0 : bs;
    reset();
}

void
fcgi_streambuf::reset()
{
    setg(buf, buf, buf);
    setp(0, 0);
    if (bufsize > 0 && fcgx != 0 && !fcgx->isReader)
        setp(buf, buf + bufsize);
}

int
fcgi_streambuf::attach(FCGX_Stream *fs)
{
    fcgx = fs;
    reset();
    return 0;
}

std::streambuf *
fcgi_streambuf::setbuf(char_type *b, std::streamsize len)
{
    if (bufsize > 0 || gptr() != egptr() || len < 0)
        return 0;
    init(fcgx, b, len);
    return this;
}

/* Empties the put area into the stream, then adds c, if it is a character. */
int
fcgi_streambuf::overflow(int c)
{
    if (fcgx == 0 || fcgx->isReader)
        return traits_type::eof();
    if (pptr() > pbase()) {
        std::streamsize due = pptr() - pbase();
        std::streamsize done = put(fcgx, pbase(), due);

        reset();
        if (done != due)
            return traits_type::eof();
    }
    if (traits_type::eq_int_type(c, traits_type::eof()))
        return traits_type::not_eof(c);
    if (pptr() == epptr())
        return FCGX_PutChar(c & 0xff, fcgx);
    *pptr() = traits_type::to_char_type(c);
    pbump(1);
    return c & 0xff;
}

int
fcgi_streambuf::sync()
{
    if (fcgx == 0)
        return -1;
    if (fcgx->isReader)
        return 0;
    if (traits_type::eq_int_type(overflow(traits_type::eof()),
                                 traits_type::eof()))
        return -1;
    return FCGX_FFlush(fcgx);
}

std::streamsize
fcgi_streambuf::xsputn(const char_type *s, std::streamsize n)
{
    if (n <= 0 || fcgx == 0 || fcgx->isReader)
        return 0;
    if (n <= epptr() - pptr()) {
        std::memcpy(pptr(), s, static_cast<std::size_t>(n));
        pbump(static_cast<int>(n));
        return n;
    }
    if (traits_type::eq_int_type(overflow(traits_type::eof()),
                                 traits_type::eof()))
        return 0;
    return put(fcgx, s, n);
}

/* Without a buffer, nothing is taken from the stream here. */
int
fcgi_streambuf::underflow()
{
    std::streamsize kept;
    int count, c;

    if (gptr() < egptr())
        return traits_type::to_int_type(*gptr());
    if (fcgx == 0 || !fcgx->isReader)
        return traits_type::eof();
    if (bufsize <= keep) {
        c = FCGX_GetChar(fcgx);
        return c < 0 ? traits_type::eof() : FCGX_UnGetChar(c, fcgx);
    }
    kept = gptr() > eback() ? keep : 0;
    if (kept > 0)
        *buf = gptr()[-1];
    count = FCGX_GetStr(buf + kept, piece_size(bufsize - kept), fcgx);
    setg(buf, buf + kept, buf + kept + (count > 0 ? count : 0));
    return count > 0 ? traits_type::to_int_type(*gptr()) : traits_type::eof();
}

/* Without a buffer, the get area becomes the one character that is read, where
 * it lies in the stream's own buffer: used up, but there to be put back. */
int
fcgi_streambuf::uflow()
{
    char *read;
    int c;

    if (gptr() < egptr() || bufsize > keep) {
        c = underflow();
        if (!traits_type::eq_int_type(c, traits_type::eof()))
            gbump(1);
        return c;
    }
    if (fcgx == 0 || !fcgx->isReader)
        return traits_type::eof();
    c = FCGX_GetChar(fcgx);
    if (c < 0)
        return traits_type::eof();
    read = reinterpret_cast<char *>(fcgx->rdNext) - 1;
    setg(read, read + 1, read + 1);
    return c;
}

/* The last character goes through uflow(), which lets it be put back. */
std::streamsize
fcgi_streambuf::xsgetn(char_type *s, std::streamsize n)
{
    std::streamsize done = 0;
    int c;

    if (n <= 0 || fcgx == 0 || !fcgx->isReader)
        return 0;
    if (gptr() < egptr()) {
        done = egptr() - gptr() < n ? egptr() - gptr() : n;
        std::memcpy(s, gptr(), static_cast<std::size_t>(done));
        gbump(static_cast<int>(done));
    }
    if (done < n)
        setg(buf, buf, buf);
    while (done < n - 1) {
        int piece = piece_size(n - 1 - done);
        int count = FCGX_GetStr(s + done, piece, fcgx);

        if (count > 0)
            done += count;
        if (count != piece)
            return done;
    }
    if (done < n) {
        c = uflow();
        if (!traits_type::eq_int_type(c, traits_type::eof()))
            s[done++] = traits_type::to_char_type(c);
    }
    return done;
}

fcgi_istream::fcgi_istream(FCGX_Stream *fs) : std::istream(0), fcgi_strmbuf(fs)
{
    rdbuf(&fcgi_strmbuf);
}

void
fcgi_istream::attach(FCGX_Stream *fs)
{
    fcgi_strmbuf.attach(fs);
    clear();
}

fcgi_ostream::fcgi_ostream(FCGX_Stream *fs) : std::ostream(0), fcgi_strmbuf(fs)
{
    rdbuf(&fcgi_strmbuf);
}

void
fcgi_ostream::attach(FCGX_Stream *fs)
{
    fcgi_strmbuf.attach(fs);
    clear();
}
