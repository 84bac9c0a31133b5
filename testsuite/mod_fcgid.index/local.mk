# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/answers.facts \
	%D%/attacks.facts \
	%D%/complaints.facts \
	%D%/configuration.facts \
	%D%/index.exp \
	%D%/movabletype.facts \
	%D%/processes.facts \
	%D%/requests.facts
