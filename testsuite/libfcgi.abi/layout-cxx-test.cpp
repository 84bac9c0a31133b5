/* SPDX-License-Identifier: BSD-2-Clause */
/* The layout of the C++ classes (64-bit systems, Itanium ABI). */
#include <cstring>

#include "fcgio.h"
#include "unit.h"

#if defined(__LP64__)
static_assert(sizeof(fcgi_streambuf) == 88, "fcgi_streambuf");
static_assert(sizeof(fcgi_istream) == 368, "fcgi_istream");
static_assert(sizeof(fcgi_ostream) == 360, "fcgi_ostream");
#endif
static_assert(sizeof(char_type) == 1, "fcgio.h defines char_type");

namespace
{
/* A class derived from ours, as programs have them: its vtable is made here,
 * the slots that it does not override are the library's. */
class counted : public fcgi_streambuf
{
  public:
    counted() : fcgi_streambuf(static_cast<FCGX_Stream *>(0)), count(0)
    {
    }

    int count;

  protected:
    virtual int
    overflow(int c)
    {
        count++;
        return fcgi_streambuf::overflow(c);
    }
};

template <typename T>
const void *
word(const T &object, std::size_t offset)
{
    const void *value;

    std::memcpy(&value, reinterpret_cast<const char *>(&object) + offset,
                sizeof value);
    return value;
}
} // namespace

int
main()
{
    FCGX_Stream stream;
    char buffer[8];

    std::memset(&stream, 0, sizeof stream);
    {
        counted derived;

        UNIT_CHECK(derived.sputc('x') == EOF && derived.count == 1,
                   "abi: a derived class overrides overflow()");
    }
    fcgi_streambuf streambuf(&stream, buffer, 8);
    UNIT_CHECK(word(streambuf, 64) == &stream &&
                   word(streambuf, 72) == buffer &&
                   word(streambuf, 80) == reinterpret_cast<void *>(8),
               "abi: the members of fcgi_streambuf are in their places");
    fcgi_istream in(&stream);
    fcgi_ostream out(&stream);
    UNIT_CHECK(word(in, 16 + 64) == &stream && word(out, 8 + 64) == &stream,
               "abi: the streams hold their buffer in its place");
    return unit_done();
}
