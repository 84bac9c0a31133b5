# SPDX-License-Identifier: BSD-2-Clause
EXTRA_DIST += \
	%D%/abort.exp \
	%D%/answers.exp \
	%D%/bodies.exp \
	%D%/buffering.exp \
	%D%/directives.exp \
	%D%/every-byte.exp \
	%D%/failures.exp \
	%D%/fastcgi.exp \
	%D%/filter.exp \
	%D%/framing.exp \
	%D%/get.exp \
	%D%/handlers.exp \
	%D%/hostile.exp \
	%D%/htaccess.exp \
	%D%/interim.exp \
	%D%/large-bodies.exp \
	%D%/large-head.exp \
	%D%/length.exp \
	%D%/messages.exp \
	%D%/noise.exp \
	%D%/override.exp \
	%D%/pipelining.exp \
	%D%/protocol.exp \
	%D%/proxy-header.exp \
	%D%/requests.exp \
	%D%/scripts.exp \
	%D%/sendfile.exp \
	%D%/settings.exp \
	%D%/splitting.exp \
	%D%/stderr.exp \
	%D%/streaming.exp \
	%D%/truncated.exp \
	%D%/variables.exp
