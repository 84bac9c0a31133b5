# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/check.tcl \
	%D%/example.exp \
	%D%/merging.exp \
	%D%/names.exp \
	%D%/values.exp
