# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/check.tcl \
	%D%/names.exp \
	%D%/values.exp
