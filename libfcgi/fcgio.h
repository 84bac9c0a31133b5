/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * C++: a stream buffer over an FCGX_Stream, so that std::istream and
 * std::ostream read and write a request.
 *
 *   fcgi_streambuf out(request.out);
 *   std::cout.rdbuf(&out);
 *
 * A stream buffer belongs to one thread at a time.  Destroy it, or flush it,
 * before the request is finished: the FCGX_Stream goes with the request.
 */
#ifndef FCGIO_H
#define FCGIO_H

#include <iostream>

#include "fcgiapp.h"

#ifndef DLLAPI
#define DLLAPI
#endif

#ifndef HAVE_STREAMBUF_CHAR_TYPE
typedef char char_type;
#endif

/*
 * Without a buffer (the default) each call goes to the FCGX_Stream, which has
 * a buffer of its own; it may then be used directly as well.  With a buffer,
 * what is in it has not reached the FCGX_Stream, or is read from it already.
 * A character that was read can be put back.
 */
class DLLAPI fcgi_streambuf : public std::streambuf
{
  public:
    /* Unbuffered; fs may be NULL until attach(). */
    fcgi_streambuf(FCGX_Stream *fs = 0);

    /* With a buffer of len characters at b, which stays the caller's.  b NULL
     * or len <= 0: unbuffered. */
    fcgi_streambuf(FCGX_Stream *fs, char *b, int len);
    fcgi_streambuf(char_type *b, std::streamsize len);

    /* Writes what is in the buffer to the FCGX_Stream. */
    ~fcgi_streambuf(void);

    /*
     * Goes over to fs.  What is in the buffer is dropped, as the stream it
     * belongs to may be gone: flush before.  Returns 0.
     */
    int attach(FCGX_Stream *fs);

  protected:
    virtual int overflow(int c);
    virtual int sync();
    virtual int uflow();
    virtual int underflow();

    /* pubsetbuf(): buffer as above, once and before any input or output;
     * returns NULL if that is too late. */
    virtual std::streambuf *setbuf(char_type *b, std::streamsize len);
    virtual std::streamsize xsgetn(char_type *s, std::streamsize n);
    virtual std::streamsize xsputn(const char_type *s, std::streamsize n);

  private:
    FCGX_Stream *fcgx;

    /* The buffer serves reading or writing, as the FCGX_Stream does.  Size
     * and order of the members are part of the ABI. */
    char_type *buf;
    std::streamsize bufsize;

    void init(FCGX_Stream *fs, char_type *b, std::streamsize bs);
    void reset();

    fcgi_streambuf(const fcgi_streambuf &);
    fcgi_streambuf &operator=(const fcgi_streambuf &);
};

/* Streams that hold their stream buffer.  Deprecated: use fcgi_streambuf with
 * std::istream and std::ostream. */
class DLLAPI fcgi_istream : public std::istream
{
  public:
    fcgi_istream(FCGX_Stream *fs = 0);
    virtual ~fcgi_istream(void)
    {
    }

    virtual void attach(FCGX_Stream *fs);

  private:
    fcgi_streambuf fcgi_strmbuf;
};

class DLLAPI fcgi_ostream : public std::ostream
{
  public:
    fcgi_ostream(FCGX_Stream *fs = 0);
    virtual ~fcgi_ostream(void)
    {
    }

    virtual void attach(FCGX_Stream *fs);

  private:
    fcgi_streambuf fcgi_strmbuf;
};

#endif /* FCGIO_H */
