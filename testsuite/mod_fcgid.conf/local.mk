# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/check.tcl \
	%D%/merging.exp \
	%D%/names.exp \
	%D%/values.exp
