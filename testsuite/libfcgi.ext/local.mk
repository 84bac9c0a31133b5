# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/listen.exp %D%/manual.exp %D%/workers.exp %D%/workers.tcl
check_PROGRAMS += %D%/worker-app
%C%_worker_app_SOURCES = %D%/worker-app.c
%C%_worker_app_LDADD = libfcgi.la
