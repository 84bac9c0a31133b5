# SPDX-License-Identifier: BSD-2-Clause
# FCGI_PROG_CC
# ------------
# AC_PROG_CC, with an error that says what to install.
AC_DEFUN([FCGI_PROG_CC], [
AC_CHECK_PROGS([fcgi_cc], [gcc cc clang], [none])
AS_IF([test -n "$CC"], [fcgi_cc=$CC])
AS_IF([test "x$fcgi_cc" = xnone], [AC_MSG_ERROR([no C compiler found
  Debian, Ubuntu:  apt-get install gcc libc6-dev make
  RHEL, Fedora:    dnf install gcc make
  SUSE:            zypper install gcc make])])
AS_ECHO(["#include <stdio.h>
int main(void) { return 0; }"]) >conftest.c
AS_IF([$fcgi_cc $CPPFLAGS $CFLAGS conftest.c -o conftest$EXEEXT $LDFLAGS \
         $LIBS >conftest.err 2>&1], [rm -f conftest*],
  [cat conftest.err >&AS_MESSAGE_LOG_FD
   sed 's/^/  /' conftest.err >&2
   rm -f conftest*
   AC_MSG_ERROR([$fcgi_cc cannot compile a C program (see above).
  If the C library's headers are missing:
  Debian, Ubuntu:  apt-get install libc6-dev
  RHEL, Fedora:    dnf install glibc-devel
  SUSE:            zypper install glibc-devel
  Else look at CC, CFLAGS, CPPFLAGS, LDFLAGS and LIBS.])])
AC_PROG_CC
])

# FCGI_PROG_CXX
# -------------
# AC_PROG_CXX and the conditional HAVE_CXX. Without a C++ compiler libfcgi++ is
# left out; --enable-cxx makes that an error.
AC_DEFUN([FCGI_PROG_CXX], [
AC_REQUIRE([AC_PROG_CXX])
AC_ARG_ENABLE([cxx],
  [AS_HELP_STRING([--disable-cxx], [do not build libfcgi++])],
  [], [enable_cxx=check])
have_cxx=no
AS_IF([test "x$enable_cxx" != xno], [
  AC_LANG_PUSH([C++])
  AC_CACHE_CHECK([whether $CXX makes C++11 programs], [fcgi_cv_cxx],
    [AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <iostream>]],
      [[const char *p = nullptr; std::cout << (p == nullptr);]])],
      [fcgi_cv_cxx=yes], [fcgi_cv_cxx=no])])
  AC_LANG_POP([C++])
  have_cxx=$fcgi_cv_cxx
])
fcgi_cxx_hint="
  Debian, Ubuntu:  apt-get install g++
  RHEL, Fedora:    dnf install gcc-c++
  SUSE:            zypper install gcc-c++"
AS_CASE([$enable_cxx/$have_cxx],
  [yes/no], [AC_MSG_ERROR([no working C++11 compiler for libfcgi++$fcgi_cxx_hint])],
  [check/no], [AC_MSG_WARN([no working C++11 compiler: libfcgi++ is left out$fcgi_cxx_hint])])
AM_CONDITIONAL([HAVE_CXX], [test "x$have_cxx" = xyes])
])
