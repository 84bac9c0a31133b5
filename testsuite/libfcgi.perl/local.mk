# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/app.pl \
	%D%/fast.exp \
	%D%/fork.exp \
	%D%/hello.pl \
	%D%/managers.exp \
	%D%/perl.tcl \
	%D%/preload.exp \
	%D%/preload.pl \
	%D%/requests.exp \
	%D%/signals.exp
