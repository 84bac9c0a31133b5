# SPDX-License-Identifier: BSD-2-Clause
# What mod_fcgid.so is made of, from the top of the tree: shared by the tree's
# build and configure.apxs, so plain variable lists only.
fcgid_sources = \
	mod/mod_fcgid.c \
	mod/acquire.c \
	mod/aliases.c \
	mod/auth.c \
	mod/authcache.c \
	mod/body.c \
	mod/class.c \
	mod/cmdopts.c \
	mod/config.c \
	mod/dirconf.c \
	mod/dump.c \
	mod/exchange.c \
	mod/external.c \
	mod/fastcgi.c \
	mod/filter.c \
	mod/headers.c \
	mod/hosts.c \
	mod/ipc.c \
	mod/ipc_dir.c \
	mod/metrics.c \
	mod/params.c \
	mod/parse.c \
	mod/pm.c \
	mod/pm_adopt.c \
	mod/pm_ask.c \
	mod/pm_child.c \
	mod/pm_client.c \
	mod/pm_fork.c \
	mod/pm_ipc.c \
	mod/pm_lane.c \
	mod/pm_lanes.c \
	mod/pm_need.c \
	mod/pm_preload.c \
	mod/pm_recycle.c \
	mod/pm_reload.c \
	mod/pm_scan.c \
	mod/pm_start.c \
	mod/policy.c \
	mod/process.c \
	mod/prespawn.c \
	mod/proctab.c \
	mod/provider.c \
	mod/refusal.c \
	mod/request.c \
	mod/response.c \
	mod/sendfile.c \
	mod/snapshot.c \
	mod/spawn.c \
	mod/status.c \
	mod/stderr.c \
	mod/suexec.c \
	mod/sweep.c \
	mod/target.c \
	mod/waiter.c

fcgid_headers = \
	mod/aliases.h \
	mod/auth.h \
	mod/authcache.h \
	mod/body.h \
	mod/class.h \
	mod/conf.h \
	mod/exchange.h \
	mod/external.h \
	mod/filter.h \
	mod/headers.h \
	mod/ipc.h \
	mod/ipc_dir.h \
	mod/lane.h \
	mod/log.h \
	mod/params.h \
	mod/pm.h \
	mod/pm_client.h \
	mod/pm_ipc.h \
	mod/pm_preload.h \
	mod/pm_start.h \
	mod/policy.h \
	mod/prespawn.h \
	mod/proctab.h \
	mod/refusal.h \
	mod/request.h \
	mod/response.h \
	mod/sendfile.h \
	mod/spawn.h \
	mod/status.h \
	mod/stderr.h \
	mod/suexec.h \
	mod/sweep.h \
	mod/target.h \
	mod/waiter.h

# The record codec, built into each of the three parts.
fcgid_wire_sources = \
	libfcgi/wire/frame.c \
	libfcgi/wire/names.c \
	libfcgi/wire/pairs.c \
	libfcgi/wire/parser.c \
	libfcgi/wire/record.c
