# SPDX-License-Identifier: BSD-2-Clause
# What mod_fcgid.so is made of, from the top of the tree: shared by the tree's
# build and configure.apxs, so plain variable lists only.
fcgid_sources = \
	mod/mod_fcgid.c \
	mod/aliases.c \
	mod/auth.c \
	mod/body.c \
	mod/cmdopts.c \
	mod/config.c \
	mod/dump.c \
	mod/exchange.c \
	mod/hosts.c \
	mod/params.c \
	mod/parse.c \
	mod/request.c \
	mod/response.c \
	mod/status.c \
	mod/target.c

fcgid_headers = \
	mod/aliases.h \
	mod/auth.h \
	mod/body.h \
	mod/class.h \
	mod/conf.h \
	mod/exchange.h \
	mod/ipc.h \
	mod/log.h \
	mod/params.h \
	mod/request.h \
	mod/response.h \
	mod/status.h \
	mod/target.h

# The record codec, built into each of the three parts.
fcgid_wire_sources = \
	libfcgi/wire/frame.c \
	libfcgi/wire/names.c \
	libfcgi/wire/pairs.c \
	libfcgi/wire/parser.c \
	libfcgi/wire/record.c
