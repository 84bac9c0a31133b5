# SPDX-License-Identifier: BSD-2-Clause
# FCGI_APXS
# ---------
# Finds apxs and what it tells of httpd: APXS, HTTPD (the server's binary),
# HTTPD_MODULES (where its own modules are), HTTPD_CPPFLAGS, apachelibexecdir, and the conditional HAVE_APACHE.
AC_DEFUN([FCGI_APXS], [
AC_ARG_VAR([APXS], [the apxs of the Apache httpd to build mod_fcgid.so for])
AC_ARG_WITH([apache],
  [AS_HELP_STRING([--without-apache], [do not build mod_fcgid.so])],
  [], [with_apache=check])
AC_ARG_WITH([apxs],
  [AS_HELP_STRING([--with-apxs=PATH],
    [the apxs that tells about httpd (default: APXS, else apxs of the path)])],
  [], [with_apxs=check])
AC_ARG_WITH([apache-libexecdir],
  [AS_HELP_STRING([--with-apache-libexecdir=DIR],
    [where to install mod_fcgid.so (default: what apxs -q LIBEXECDIR says)])],
  [], [with_apache_libexecdir=])
fcgi_apxs_hint="
  Debian, Ubuntu:  apt-get install apache2-dev apache2-bin
  RHEL, Fedora:    dnf install httpd-devel httpd
  SUSE:            zypper install apache2-devel apache2
  or say --without-apache to build the rest alone."
have_apache=no
AS_IF([test "x$with_apache" = xno || test "x$with_apxs" = xno], [APXS=],
  [FCGI_APXS_FIND
   AS_IF([test -n "$APXS"], [FCGI_APXS_ASK])])
AC_SUBST([HTTPD])
AC_SUBST([HTTPD_MODULES])
AC_SUBST([HTTPD_CPPFLAGS])
AC_SUBST([APR_LIBS])
AC_SUBST([apachelibexecdir])
AM_CONDITIONAL([HAVE_APACHE], [test "x$have_apache" = xyes])
])

# FCGI_APXS_FIND
# --------------
# Sets APXS; empty where none was asked for and none is there.
m4_define([FCGI_APXS_FIND], [
AS_CASE([$with_apxs], [check|yes],
  [AC_PATH_PROGS([APXS], [apxs apxs2], [],
    [$PATH:/usr/bin:/usr/sbin:/usr/local/apache2/bin:/opt/apache2/bin])],
  [APXS=$with_apxs])
AS_IF([test -n "$APXS"], [
    AS_CASE([$APXS], [[[\\/]]*], [], [APXS=`command -v "$APXS" || echo "$APXS"`])
    AS_IF([test ! -x "$APXS" || test -d "$APXS"],
      [AC_MSG_ERROR([no program apxs at $APXS$fcgi_apxs_hint])])],
  [test "x$with_apxs" = xyes || test "x$with_apache" = xyes],
    [AC_MSG_ERROR([no apxs found; say where it is by --with-apxs=PATH, or install it:$fcgi_apxs_hint])],
  [AC_MSG_WARN([no apxs found: mod_fcgid.so is left out. To build it, install$fcgi_apxs_hint])])
])

# FCGI_APXS_ASK
# -------------
# Asks APXS, checks the answers and that httpd's headers are there.
m4_define([FCGI_APXS_ASK], [
AC_MSG_CHECKING([what $APXS knows])
for fcgi_name in INCLUDEDIR LIBEXECDIR SBINDIR TARGET APR_CONFIG APU_CONFIG; do
  AS_IF([fcgi_value=`"$APXS" -q $fcgi_name 2>conftest.err` &&
         test -n "$fcgi_value"], [],
    [AC_MSG_RESULT([nothing useful])
     sed 's/^/  /' conftest.err >&2
     rm -f conftest.err
     AC_MSG_ERROR(['$APXS -q $fcgi_name' gives no answer: it is broken or not an apxs; try --with-apxs=PATH$fcgi_apxs_hint])])
  AS_VAR_SET([fcgi_apxs_$fcgi_name], [$fcgi_value])
done
rm -f conftest.err
HTTPD=$fcgi_apxs_SBINDIR/$fcgi_apxs_TARGET
HTTPD_MODULES=$fcgi_apxs_LIBEXECDIR
apachelibexecdir=${with_apache_libexecdir:-$fcgi_apxs_LIBEXECDIR}
AC_MSG_RESULT([$HTTPD, modules in $fcgi_apxs_LIBEXECDIR])
AS_CASE([$apachelibexecdir], [[[\\/]]*], [],
  [AC_MSG_ERROR([--with-apache-libexecdir wants an absolute directory, not $apachelibexecdir])])
# Others' headers must not bring their warnings: -isystem, not -I.
fcgi_includes="-I$fcgi_apxs_INCLUDEDIR `$fcgi_apxs_APR_CONFIG --includes` `$fcgi_apxs_APU_CONFIG --includes`"
HTTPD_CPPFLAGS="`"$APXS" -q EXTRA_CPPFLAGS` `$fcgi_apxs_APR_CONFIG --cppflags`"
# For the unit tests of the parts that use APR alone.
APR_LIBS="`$fcgi_apxs_APU_CONFIG --link-ld` `$fcgi_apxs_APR_CONFIG --link-ld --libs`"
for fcgi_include in $fcgi_includes; do
  AS_CASE([$fcgi_include], [-I/usr/include], [],
    [-I*], [HTTPD_CPPFLAGS="$HTTPD_CPPFLAGS -isystem `AS_ECHO(["$fcgi_include"]) | sed 's/^-I//'`"])
done
AC_MSG_CHECKING([for the headers of httpd 2.4])
fcgi_save_CPPFLAGS=$CPPFLAGS
CPPFLAGS="$CPPFLAGS $HTTPD_CPPFLAGS"
AC_PREPROC_IFELSE([AC_LANG_SOURCE([[
#include <ap_release.h>
#include <apr.h>
#include <apu.h>
#include <httpd.h>
#if AP_SERVER_MAJORVERSION_NUMBER * 1000 + AP_SERVER_MINORVERSION_NUMBER < 2004
#error httpd is older than 2.4
#endif]])], [AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no])
   AC_MSG_ERROR([the headers of Apache httpd 2.4 and APR are not where $APXS says
  ($HTTPD_CPPFLAGS; details in config.log)$fcgi_apxs_hint])])
CPPFLAGS=$fcgi_save_CPPFLAGS
AS_IF([test "x$enable_shared" = xno],
  [AC_MSG_ERROR([mod_fcgid.so is a shared object: leave out --disable-shared, or say --without-apache])])
have_apache=yes
])
