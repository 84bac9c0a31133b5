# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/check.tcl \
	%D%/convert.exp \
	%D%/example.exp \
	%D%/merging.exp \
	%D%/names.exp \
	%D%/old-names.exp \
	%D%/values.exp
