# SPDX-License-Identifier: BSD-2-Clause
# FCGI_APXS
# ---------
# Finds apxs and what it tells of httpd: APXS, HTTPD_CPPFLAGS, apachelibexecdir,
# and the conditional HAVE_APACHE.
AC_DEFUN([FCGI_APXS], [
AC_ARG_WITH([apache],
  [AS_HELP_STRING([--without-apache], [do not build mod_fcgid.so])],
  [], [with_apache=check])
AC_ARG_WITH([apxs],
  [AS_HELP_STRING([--with-apxs=PATH], [the apxs to ask about httpd])],
  [], [with_apxs=check])
AC_ARG_WITH([apache-libexecdir],
  [AS_HELP_STRING([--with-apache-libexecdir=DIR],
    [where to install mod_fcgid.so (default: what apxs -q LIBEXECDIR says)])],
  [], [with_apache_libexecdir=])
AS_IF([test "x$with_apxs" = xcheck || test "x$with_apxs" = xyes],
  [AC_PATH_PROGS([APXS], [apxs apxs2], [], [$PATH:/usr/sbin:/usr/local/apache2/bin])],
  [test "x$with_apxs" = xno], [APXS=; with_apache=no],
  [APXS=$with_apxs])
AC_SUBST([APXS])
AS_IF([test "x$with_apache" != xno && test -n "$APXS"], [
  HTTPD_CPPFLAGS="-I`$APXS -q INCLUDEDIR` `$APXS -q EXTRA_CPPFLAGS` `\`$APXS -q APR_CONFIG\` --includes --cppflags` `\`$APXS -q APU_CONFIG\` --includes`"
  apachelibexecdir=${with_apache_libexecdir:-`$APXS -q LIBEXECDIR`}
  have_apache=yes], [have_apache=no])
AC_SUBST([HTTPD_CPPFLAGS])
AC_SUBST([apachelibexecdir])
AM_CONDITIONAL([HAVE_APACHE], [test "x$have_apache" = xyes])
])
