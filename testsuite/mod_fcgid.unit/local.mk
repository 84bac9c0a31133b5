# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += %D%/unit.exp
if HAVE_APACHE
check_PROGRAMS += \
	%D%/policy-test \
	%D%/class-test \
	%D%/proctab-test \
	%D%/spawn-test \
	%D%/lanes-stress

mod_unit_cppflags = $(AM_CPPFLAGS) $(HTTPD_CPPFLAGS) -I$(top_srcdir) \
	-I$(top_srcdir)/mod

%C%_policy_test_SOURCES = %D%/policy-test.c mod/policy.c
%C%_policy_test_CPPFLAGS = $(mod_unit_cppflags)
%C%_class_test_SOURCES = %D%/class-test.c mod/class.c
%C%_class_test_CPPFLAGS = $(mod_unit_cppflags)
%C%_class_test_LDADD = $(APR_LIBS)
%C%_proctab_test_SOURCES = %D%/proctab-test.c mod/proctab.c mod/waiter.c
%C%_proctab_test_CPPFLAGS = $(mod_unit_cppflags)
%C%_spawn_test_SOURCES = %D%/spawn-test.c mod/spawn.c
%C%_spawn_test_CPPFLAGS = $(mod_unit_cppflags)
%C%_spawn_test_LDADD = $(APR_LIBS)
%C%_lanes_stress_SOURCES = %D%/lanes-stress.c mod/proctab.c mod/waiter.c
%C%_lanes_stress_CPPFLAGS = $(mod_unit_cppflags)
endif
