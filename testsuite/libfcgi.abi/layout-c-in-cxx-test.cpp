/* SPDX-License-Identifier: BSD-2-Clause */
#include "layout-test.c"
