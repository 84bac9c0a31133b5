# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/detect.exp \
	%D%/leave.exp \
	%D%/mt.cgi \
	%D%/mt.tcl \
	%D%/pages.exp \
	%D%/signals.exp
