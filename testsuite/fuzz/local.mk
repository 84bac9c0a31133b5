# SPDX-License-Identifier: BSD-2-Clause
# Fuzz targets of the codec and of the streams.  `make check` replays the corpus; `make
# check-fuzz` runs libFuzzer for FUZZ_SECONDS on each target.
check_PROGRAMS += %D%/replay-parser %D%/replay-pairs %D%/replay-stream

fuzz_common = %D%/oracle.c %D%/oracle.h

%C%_replay_parser_SOURCES = %D%/replay.c %D%/fuzz-parser.c $(fuzz_common)
%C%_replay_parser_LDADD = libfcgiwire.la
%C%_replay_pairs_SOURCES = %D%/replay.c %D%/fuzz-pairs.c $(fuzz_common)
%C%_replay_pairs_LDADD = libfcgiwire.la

%C%_replay_stream_SOURCES = %D%/replay.c %D%/fuzz-stream.c $(fuzz_common)
%C%_replay_stream_LDADD = libfcgi.la

EXTRA_DIST += %D%/corpus

FUZZ_CC = clang
FUZZ_SECONDS = 20
FUZZ_OPTIONS = -g -O1 -fsanitize=fuzzer,address,undefined \
	-fno-sanitize-recover=all -I$(top_srcdir)/libfcgi \
	-DHAVE_CONFIG_H -I$(top_builddir)
FUZZ_DIR = %D%

phony_targets += check-fuzz
check-fuzz:
	@if ! $(FUZZ_CC) --version >/dev/null 2>&1; then \
		echo 'check-fuzz: no $(FUZZ_CC) here (set FUZZ_CC): nothing done'; \
		exit 0; \
	fi; \
	for target in parser pairs stream; do \
		$(MKDIR_P) $(FUZZ_DIR)/found/$$target || exit 1; \
		$(FUZZ_CC) $(FUZZ_OPTIONS) -o $(FUZZ_DIR)/fuzz-$$target \
			$(top_srcdir)/$(FUZZ_DIR)/fuzz-$$target.c \
			$(top_srcdir)/$(FUZZ_DIR)/oracle.c \
			$(top_srcdir)/libfcgi/wire/*.c \
			$$([ $$target != stream ] || \
				echo $(top_srcdir)/libfcgi/*.c) || exit 1; \
		echo "check-fuzz: $$target for $(FUZZ_SECONDS) s"; \
		$(FUZZ_DIR)/fuzz-$$target -max_total_time=$(FUZZ_SECONDS) \
			-max_len=4096 -timeout=5 -print_final_stats=1 \
			-artifact_prefix=$(FUZZ_DIR)/found/ \
			$(FUZZ_DIR)/found/$$target \
			$(top_srcdir)/$(FUZZ_DIR)/corpus/$$target \
			>$(FUZZ_DIR)/found/$$target.log 2>&1 || { \
			tail -n 40 $(FUZZ_DIR)/found/$$target.log; exit 1; }; \
		grep number_of_executed_units $(FUZZ_DIR)/found/$$target.log; \
	done

clean_hooks += clean-fuzz
phony_targets += clean-fuzz
clean-fuzz:
	-rm -rf $(FUZZ_DIR)/found $(FUZZ_DIR)/fuzz-parser \
		$(FUZZ_DIR)/fuzz-pairs $(FUZZ_DIR)/fuzz-stream
