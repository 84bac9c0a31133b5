# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/packages.tcl \
	%D%/deb.exp \
	%D%/deb-install.sh \
	%D%/rpm.exp \
	%D%/source.exp
