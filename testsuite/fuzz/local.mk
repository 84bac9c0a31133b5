# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets.  `make check` replays their corpus, under the address and the
# undefined behaviour sanitizer where the compiler has them; `make check-fuzz`
# runs libFuzzer for FUZZ_SECONDS on each target of FUZZ_TARGETS.
FUZZ_TARGETS = parser pairs stream conn split address peers
FUZZ_SECONDS = 20

# The library's own objects, sanitized.
check_LTLIBRARIES += libfcgi-replay.la
libfcgi_replay_la_SOURCES = $(libfcgi_la_SOURCES) $(libfcgiwire_la_SOURCES)
libfcgi_replay_la_CFLAGS = $(AM_CFLAGS) $(REPLAY_CFLAGS)
libfcgi_replay_la_LIBADD =

fuzz_common = %D%/replay.c %D%/oracle.c %D%/oracle.h
fuzz_web = %D%/web.c %D%/web.h

check_PROGRAMS += %D%/replay-parser %D%/replay-pairs %D%/replay-stream \
	%D%/replay-conn %D%/replay-split %D%/replay-address %D%/replay-peers
%C%_replay_parser_SOURCES = %D%/fuzz-parser.c $(fuzz_common)
%C%_replay_parser_CFLAGS = $(AM_CFLAGS) $(REPLAY_CFLAGS)
%C%_replay_parser_LDADD = libfcgi-replay.la
%C%_replay_pairs_SOURCES = %D%/fuzz-pairs.c $(fuzz_common)
%C%_replay_pairs_CFLAGS = $(AM_CFLAGS) $(REPLAY_CFLAGS)
%C%_replay_pairs_LDADD = libfcgi-replay.la
%C%_replay_stream_SOURCES = %D%/fuzz-stream.c $(fuzz_common)
%C%_replay_stream_CFLAGS = $(AM_CFLAGS) $(REPLAY_CFLAGS)
%C%_replay_stream_LDADD = libfcgi-replay.la
%C%_replay_conn_SOURCES = %D%/fuzz-conn.c $(fuzz_common) $(fuzz_web)
%C%_replay_conn_CFLAGS = $(AM_CFLAGS) $(REPLAY_CFLAGS)
%C%_replay_conn_LDADD = libfcgi-replay.la
%C%_replay_split_SOURCES = %D%/fuzz-split.c $(fuzz_common) $(fuzz_web)
%C%_replay_split_CFLAGS = $(AM_CFLAGS) $(REPLAY_CFLAGS)
%C%_replay_split_LDADD = libfcgi-replay.la
%C%_replay_address_SOURCES = %D%/fuzz-address.c $(fuzz_common)
%C%_replay_address_CFLAGS = $(AM_CFLAGS) $(REPLAY_CFLAGS)
%C%_replay_address_LDADD = libfcgi-replay.la
%C%_replay_peers_SOURCES = %D%/fuzz-peers.c $(fuzz_common)
%C%_replay_peers_CFLAGS = $(AM_CFLAGS) $(REPLAY_CFLAGS)
%C%_replay_peers_LDADD = libfcgi-replay.la

EXTRA_DIST += %D%/corpus

FUZZ_CC = clang
FUZZ_DIR = %D%

phony_targets += check-fuzz
check-fuzz:
	@if ! $(FUZZ_CC) --version >/dev/null 2>&1; then \
		echo 'check-fuzz: no $(FUZZ_CC) here (set FUZZ_CC): nothing done'; \
		exit 0; \
	fi; \
	$(MKDIR_P) $(FUZZ_DIR)/objects && cd $(FUZZ_DIR)/objects && \
	src=$(abs_top_srcdir) && build=$(abs_top_builddir) && \
	flags="-g -O1 -fno-sanitize-recover=all -DHAVE_CONFIG_H \
		-I$$src/libfcgi -I$$build" && \
	$(FUZZ_CC) -c $$flags -fsanitize=fuzzer-no-link,address,undefined \
		$$src/libfcgi/*.c $$src/libfcgi/wire/*.c \
		$$src/$(FUZZ_DIR)/oracle.c $$src/$(FUZZ_DIR)/web.c || exit 1; \
	cd ..; \
	for target in $(FUZZ_TARGETS); do \
		$(MKDIR_P) found/$$target || exit 1; \
		$(FUZZ_CC) $$flags -fsanitize=fuzzer,address,undefined \
			-o fuzz-$$target $$src/$(FUZZ_DIR)/fuzz-$$target.c \
			objects/*.o $(LIBS) || exit 1; \
		echo "check-fuzz: $$target for $(FUZZ_SECONDS) s"; \
		./fuzz-$$target -max_total_time=$(FUZZ_SECONDS) \
			-max_len=4096 -timeout=10 -print_final_stats=1 \
			-artifact_prefix=found/ found/$$target \
			$$src/$(FUZZ_DIR)/corpus/$$target \
			>found/$$target.log 2>&1 || { \
			tail -n 40 found/$$target.log; exit 1; }; \
		grep number_of_executed_units found/$$target.log; \
	done

clean_hooks += clean-fuzz
phony_targets += clean-fuzz
clean-fuzz:
	-rm -rf $(FUZZ_DIR)/found $(FUZZ_DIR)/objects
	-for target in $(FUZZ_TARGETS); do \
		rm -f $(FUZZ_DIR)/fuzz-$$target; done
