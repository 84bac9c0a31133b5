# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/manual.tcl \
	%D%/detect.exp \
	%D%/examples.exp \
	%D%/guide.exp \
	%D%/html.exp \
	%D%/httpd.exp \
	%D%/texts.exp \
	%D%/trouble.exp
