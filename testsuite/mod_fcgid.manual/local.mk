# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/manual.tcl \
	%D%/httpd.exp
