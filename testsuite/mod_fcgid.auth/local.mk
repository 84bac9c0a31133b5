# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/auth.tcl \
	%D%/cache.exp \
	%D%/phases.exp \
	%D%/providers.exp
