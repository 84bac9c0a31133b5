# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/bodies.exp %D%/failures.exp %D%/framing.exp %D%/get.exp
