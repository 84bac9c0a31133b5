# SPDX-License-Identifier: BSD-2-Clause
# FCGI_ADD_FLAGS(VARIABLE, FLAGS)
# -------------------------------
# Appends to VARIABLE those of FLAGS that the compiler of the current language
# takes without a word.
AC_DEFUN([FCGI_ADD_FLAGS], [
AC_MSG_CHECKING([what $_AC_CC takes of $2])
fcgi_taken=
fcgi_save_[]_AC_LANG_PREFIX[]FLAGS=$_AC_LANG_PREFIX[]FLAGS
for fcgi_flag in $2; do
  _AC_LANG_PREFIX[]FLAGS="$fcgi_save_[]_AC_LANG_PREFIX[]FLAGS -Werror $fcgi_flag"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM()],
    [AS_VAR_APPEND([fcgi_taken], [" $fcgi_flag"])])
done
_AC_LANG_PREFIX[]FLAGS=$fcgi_save_[]_AC_LANG_PREFIX[]FLAGS
AS_VAR_APPEND([$1], ["$fcgi_taken"])
AS_IF([test "x$fcgi_taken" = x" $2"], [AC_MSG_RESULT([all])],
  [AC_MSG_RESULT([${fcgi_taken:-none}])])
])

# FCGI_ADD_LINK_FLAGS(VARIABLE, FLAGS)
# ------------------------------------
# Appends FLAGS to VARIABLE if a program links with all of them.
AC_DEFUN([FCGI_ADD_LINK_FLAGS], [
AC_MSG_CHECKING([whether programs link with $2])
fcgi_save_LDFLAGS=$LDFLAGS
LDFLAGS="$LDFLAGS $2"
AC_LINK_IFELSE([AC_LANG_PROGRAM()],
  [AS_VAR_APPEND([$1], [" $2"])
   AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no])])
LDFLAGS=$fcgi_save_LDFLAGS
])

# FCGI_WARNINGS
# -------------
# Fills WARN_CFLAGS and WARN_CXXFLAGS; --enable-werror makes warnings errors.
AC_DEFUN([FCGI_WARNINGS], [
AC_ARG_ENABLE([werror],
  [AS_HELP_STRING([--enable-werror], [make the compilers' warnings errors])],
  [], [enable_werror=no])
WARN_CFLAGS= WARN_CXXFLAGS=
fcgi_common="-Wall -Wextra -Wshadow -Wpointer-arith -Wcast-qual -Wformat=2"
# A library that has printf's kin hands formats on.
fcgi_common="$fcgi_common -Wno-format-nonliteral -Wvla -Wundef -Wdate-time"
fcgi_c="-Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes"
fcgi_c="$fcgi_c -Wold-style-definition -Wlogical-op -Wduplicated-cond"
FCGI_ADD_FLAGS([WARN_CFLAGS], [$fcgi_common $fcgi_c])
AS_IF([test "x$have_cxx" = xyes], [
  AC_LANG_PUSH([C++])
  FCGI_ADD_FLAGS([WARN_CXXFLAGS], [$fcgi_common])
  AC_LANG_POP([C++])])
AS_IF([test "x$enable_werror" = xyes],
  [AS_VAR_APPEND([WARN_CFLAGS], [" -Werror"])
   AS_VAR_APPEND([WARN_CXXFLAGS], [" -Werror"])])
AC_SUBST([WARN_CFLAGS])
AC_SUBST([WARN_CXXFLAGS])
])

# FCGI_SANITIZERS
# ---------------
# --enable-sanitizers[=LIST] fills SAN_CFLAGS, for compiling and for linking;
# REPLAY_CFLAGS is for tests that are sanitized in any case.
AC_DEFUN([FCGI_SANITIZERS], [
AC_ARG_ENABLE([sanitizers],
  [AS_HELP_STRING([--enable-sanitizers@<:@=LIST@:>@],
    [build with -fsanitize=LIST (default list: address,undefined)])],
  [], [enable_sanitizers=no])
AS_IF([test "x$enable_sanitizers" = xyes],
  [enable_sanitizers=address,undefined])
SAN_CFLAGS=
AS_IF([test "x$enable_sanitizers" != xno], [
  FCGI_ADD_LINK_FLAGS([SAN_CFLAGS], [-fsanitize=$enable_sanitizers])
  AS_IF([test -z "$SAN_CFLAGS"],
    [AC_MSG_ERROR([$CC does not link with -fsanitize=$enable_sanitizers;
  the libraries are in the packages libasan, libubsan, libtsan of its version])])
  AS_VAR_APPEND([SAN_CFLAGS],
    [" -fno-omit-frame-pointer -fno-sanitize-recover=all"])
])
AC_SUBST([SAN_CFLAGS])
REPLAY_CFLAGS=
AS_IF([test "x$enable_sanitizers" = xno], [
  FCGI_ADD_LINK_FLAGS([REPLAY_CFLAGS], [-fsanitize=address,undefined])
  AS_IF([test -n "$REPLAY_CFLAGS"], [AS_VAR_APPEND([REPLAY_CFLAGS],
    [" -fno-omit-frame-pointer -fno-sanitize-recover=all -U_FORTIFY_SOURCE"])])
])
AC_SUBST([REPLAY_CFLAGS])
])

# FCGI_HARDENING
# --------------
# Fills HARDEN_CFLAGS (C and C++) and HARDEN_LDFLAGS with what the tools know.
# _FORTIFY_SOURCE is left alone where somebody has set it, does not optimize,
# or sanitizes.
AC_DEFUN([FCGI_HARDENING], [
AC_ARG_ENABLE([hardening],
  [AS_HELP_STRING([--disable-hardening],
    [no PIE, RELRO, BIND_NOW, stack protector, _FORTIFY_SOURCE])],
  [], [enable_hardening=yes])
HARDEN_CFLAGS= HARDEN_LDFLAGS=
AS_IF([test "x$enable_hardening" != xno], [
  FCGI_ADD_FLAGS([HARDEN_CFLAGS],
    [-fPIE -fstack-protector-strong -fstack-clash-protection])
  AS_CASE([$HARDEN_CFLAGS], [*-fPIE*],
    [FCGI_ADD_LINK_FLAGS([HARDEN_LDFLAGS], [-pie])])
  FCGI_ADD_LINK_FLAGS([HARDEN_LDFLAGS], [-Wl,-z,relro])
  FCGI_ADD_LINK_FLAGS([HARDEN_LDFLAGS], [-Wl,-z,now])
  AC_MSG_CHECKING([for _FORTIFY_SOURCE])
  AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifdef _FORTIFY_SOURCE
int already;
#else
#error not yet
#endif]])], [fcgi_fortify="set by CPPFLAGS, CFLAGS or the compiler"], [
    AS_IF([test "x$enable_sanitizers" != xno],
      [fcgi_fortify="not with sanitizers"],
      [AC_COMPILE_IFELSE([AC_LANG_SOURCE([[
#ifndef __OPTIMIZE__
#error no optimization
#endif
int optimizes;]])],
        [AS_VAR_APPEND([HARDEN_CFLAGS], [" -D_FORTIFY_SOURCE=2"])
         fcgi_fortify=2], [fcgi_fortify="not without optimization"])])])
  AC_MSG_RESULT([$fcgi_fortify])
])
AC_SUBST([HARDEN_CFLAGS])
AC_SUBST([HARDEN_LDFLAGS])
])
