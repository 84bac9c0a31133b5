# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/layout.tcl \
	%D%/apxs.exp \
	%D%/bench.exp \
	%D%/bootstrap.exp \
	%D%/configure.exp \
	%D%/demo.exp \
	%D%/dist.exp \
	%D%/enable.exp \
	%D%/house.exp \
	%D%/install.exp \
	%D%/runner.exp
