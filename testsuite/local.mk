# SPDX-License-Identifier: BSD-2-Clause
include %D%/peer/local.mk
include %D%/mod_fcgid.conf/local.mk
