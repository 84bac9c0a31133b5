# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/app.pl \
	%D%/fast.exp \
	%D%/fork.exp \
	%D%/hello.pl \
	%D%/perl.tcl \
	%D%/preload.exp \
	%D%/preload.pl \
	%D%/programs.exp \
	%D%/requests.exp \
	%D%/signals.exp
