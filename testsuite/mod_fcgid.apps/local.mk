# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/apps.tcl \
	%D%/cgi-fast.exp \
	%D%/examples.exp \
	%D%/fast.fcgi \
	%D%/founding.exp \
	%D%/gitweb.exp \
	%D%/gitweb.tcl \
	%D%/http2.exp \
	%D%/modules.exp \
	%D%/php.exp \
	%D%/plack.exp \
	%D%/plack.fcgi \
	%D%/servers.exp \
	%D%/suexec.exp
