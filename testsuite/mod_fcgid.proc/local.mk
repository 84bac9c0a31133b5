# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/classes.exp \
	%D%/cleaner.exp \
	%D%/crowd.tcl \
	%D%/death.exp \
	%D%/life.exp \
	%D%/load.exp \
	%D%/preload.exp \
	%D%/prespawn.exp \
	%D%/queue.exp \
	%D%/recycle.exp \
	%D%/reload.exp \
	%D%/restart.exp \
	%D%/scale.exp \
	%D%/start.exp \
	%D%/upgrade.exp \
	%D%/variant.tcl
