# SPDX-License-Identifier: Apache-2.0
#
# All that tests and measures; included by the Makefile. `make help` lists the targets.

# --- variables ------------------------------------------------------------------------------------

CMOCKA_CFLAGS ?=
CMOCKA_LIBS   ?= -lcmocka
# In front of each program that the tests run, such as qemu-arm.
RUN           ?=
# Only for `make mbedtls4`: a source tree of Mbed TLS 4.x.
MBEDTLS4_DIR  ?=
# The bounds of `make footprint`, and the prefixes of the tools for its two targets.
LIMITS        ?= test/limits
CORTEX_M4     ?= arm-none-eabi-
ARMV7         ?= arm-linux-gnueabihf-

# The first thing that a target waits for where it needs such a command: it fails now, not after minutes.
need/%: FORCE
	@command -v '$*' >/dev/null || { echo "symfeed: no $*: install it, or run 'make deps'" >&2; exit 1; }

# --- programs -------------------------------------------------------------------------------------

# test_*.c is a program; another file next to it is linked into each of them.
UNIT_TESTS       := $(sort $(wildcard test/unit/test_*.c test/unit/*/test_*.c))
SIMULATION_TESTS := $(sort $(wildcard test/simulation/test_*.c))
SIMULATION_COMMON := $(filter-out $(SIMULATION_TESTS),$(sort $(wildcard test/simulation/*.c)))
E2E_TESTS        := $(sort $(wildcard test/e2e/test_*.py))
HANDSHAKE_BENCH  := test/bench/handshake.c
COMPARED         := $(sort $(wildcard test/compare/*.c))
BENCHES          := $(filter-out $(HANDSHAKE_BENCH),$(sort $(wildcard test/bench/*.c)))

UNIT_PROGRAMS       := $(call programs,$(UNIT_TESTS))
SIMULATION_PROGRAMS := $(call programs,$(SIMULATION_TESTS))
BENCH_PROGRAMS      := $(call programs,$(BENCHES))
FLEET_SOURCES       := $(sort $(wildcard test/fleet/*.c))
FLEET_PROGRAM       := $(call programs,test/fleet/fleet.c)
HANDSHAKE_PROGRAM   := $(call programs,$(HANDSHAKE_BENCH))
COMPARE_PROGRAMS    := $(call programs,$(COMPARED))
MEMORY_PROGRAM      := $(call programs,test/memory/out_of_memory.c)
# What the end-to-end tests drive beside the client.
E2E_PROGRAMS        := $(call programs,test/e2e/arena.c test/e2e/lookup.c test/e2e/resolver.c test/e2e/roots.c \
                          test/e2e/same.c test/e2e/traffic.c)

.PHONY: test-programs
test-programs: $(UNIT_PROGRAMS) $(SIMULATION_PROGRAMS) $(E2E_PROGRAMS)

$(O)/obj/have-cmocka: $(O)/obj/flags
	@port/make/need.sh cmocka.h libcmocka-dev $(CC) $(CMOCKA_CFLAGS) -include stdarg.h -include stddef.h \
	    -include stdint.h -include setjmp.h $(CPPFLAGS) $(CFLAGS)
	@touch $@
$(call objects,$(UNIT_TESTS) $(wildcard test/simulation/*.c)): $(O)/obj/have-cmocka
$(call objects,$(wildcard test/e2e/*.c test/memory/*.c)): $(O)/obj/have-mbedtls
$(call objects,$(UNIT_TESTS)): private EXTRA_CPPFLAGS = -Itest/unit

$(UNIT_PROGRAMS): %: %.o $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(LDLIBS)

$(SIMULATION_PROGRAMS): %: %.o $(call objects,$(SIMULATION_COMMON)) $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(LDLIBS)

$(FLEET_PROGRAM): $(call objects,$(FLEET_SOURCES)) $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(LDLIBS)

$(BENCH_PROGRAMS): %: %.o $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(LDLIBS)

# Each with libraries of its own: it is measured what a program needs.
$(call objects,$(COMPARED)): private EXTRA_CPPFLAGS = -Werror
$(call objects,test/compare/floor.c test/compare/follow.c): $(O)/obj/have-mbedtls
$(O)/obj/test/compare/floor: private COMPARE_LIBS = $(MBEDTLS_LIBS) $(O)/libsymfeed.a $(MBEDTLS_BUILT)
$(O)/obj/test/compare/follow: private COMPARE_LIBS = $(MBEDTLS_LIBS)
$(O)/obj/test/compare/curl_cjson: private COMPARE_LIBS = -lcurl -lcjson
# The same with a libcurl that has nothing but HTTPS, on the Mbed TLS that symfeed has.
$(O)/obj/test/compare/curl_mbedtls: test/compare/curl_cjson.c test/compare/libcurl.sh
	$(SAY) LINK '$@'
	$(QUIET)test/compare/libcurl.sh $(CURL_SOURCE) $(O)/libcurl
	$(QUIET)$(CC) -std=c99 -O2 -g -I$(CURL_SOURCE)/include $< -o $@ -Wl,--gc-sections $(O)/libcurl/lib/.libs/libcurl.a \
	    $(MBEDTLS_LIBS) -lcjson -pthread
# The floor takes of the archive what an Mbed TLS built here has for its heap.
$(O)/obj/test/compare/floor $(O)/obj/test/compare/follow: $(O)/libsymfeed.a $(MBEDTLS_BUILT)
$(COMPARE_PROGRAMS): %: %.o
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(COMPARE_LIBS) $(LDLIBS)

# Between Mbed TLS's allocator and arena.c.
$(MEMORY_PROGRAM): private WRAPPED = -Wl,--wrap=symfeed_arena_set
$(HANDSHAKE_PROGRAM) $(E2E_PROGRAMS) $(MEMORY_PROGRAM): %: %.o $(O)/libsymfeed.a $(MBEDTLS_BUILT)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) $(WRAPPED) -o $@ $< $(O)/libsymfeed.a $(MBEDTLS_LIBS) $(LDLIBS)

# All of core in two files, for a tree with another build system; needs Python.
.PHONY: amalgamation
amalgamation: $(O)/symfeed.c ## build/symfeed.c and build/symfeed.h: core in two files
$(O)/symfeed.c: test/tools/amalgamate.py test/tools/layers.py test/tools/c_source.py $(CORE_SOURCES) $(wildcard core/*.h core/*/*.h) $(COMMON)
	@$(PYTHON) test/tools/amalgamate.py --jsmn $(O)/include/jsmn.h $(AUTOCONF:%=--settings %) --out $(O)

$(O)/symfeed.o: $(O)/symfeed.c
	$(SAY) CC '$<'
	$(QUIET)$(subst $(OWN_CPPFLAGS),,$(COMPILE_CORE)) -c $< -o $@

# --- tests ----------------------------------------------------------------------------------------

.PHONY: test check debian13 deps e2e-main strict core-freestanding amalgamation-check unit simulation sequences variants defconfigs config-check e2e \
        e2e-programs tests sanitize node-client qemu arches valgrind firmware firmware-tools mbedtls3 mbedtls4 source records resolver \
        fuzz fuzz-build fuzz-corpus fuzz-replay fuzz-replay-plain mutants mutants-objects mutate prove prove-quick soak out-of-memory \
        out-of-memory-here selftest drift-check heap-check install-check firmware-install

# In this order: what fails fastest comes first.
CHECKS := strict core-freestanding heap-check drift-check config-check lint unit simulation fleet-short prove-quick \
          amalgamation-check compare-check footprint variants defconfigs selftest node-client qemu valgrind symbols-check sbom-check reproducible packaging-check \
          install-check firmware board-short firmware-install sanitize resolver source mbedtls4 e2e

# What a newcomer needs to believe: the end-to-end tests of what the program is for, with nothing beside
# the simulator.
E2E_MAIN := $(patsubst %,test/e2e/test_%.py,feeds answers connection framing datahose calls secrets output command_line)
test: ## the tests that matter most, in four minutes; installs what they need first
	@test/tools/deps.sh build test
	+@MAKE='$(MAKE)' test/tools/check.sh $(O)/checks unit simulation e2e-main

check: ## all tests; installs what they need first
	@test/tools/deps.sh build test check
	+@MAKE='$(MAKE)' test/tools/check.sh $(O)/checks $(CHECKS)

# In a tree of its own, for which `make debian13` has to be root: O/checks/debian13, kept for the next run.
DEBIAN13 ?=
debian13: ## `make check` in Debian 13, or DEBIAN13="lint footprint" alone; made by debootstrap, as root
	@test/tools/debian13.sh $(O)/checks/debian13 $(DEBIAN13)

deps: ## install what building, testing and the demonstration need (Debian)
	@test/tools/deps.sh build test check demo states

RUN_TESTS = $(PYTHON) test/tools/run_tests.py $(if $(V),--verbose) --wrap '$(RUN)' --symfeed $(O)/symfeed

unit: $(UNIT_PROGRAMS)             ## unit tests of core/
	@$(RUN_TESTS) $^
simulation: $(SIMULATION_PROGRAMS) ## core against an in-memory agent in virtual time
	@$(RUN_TESTS) $^
# On two cores 5 answers take 8 minutes, 6 two hours.
DEPTH     ?= 5
SEQUENCES := $(O)/obj/test/simulation/test_sequences
sequences: $(SEQUENCES)            ## every sequence of DEPTH=5 answers to each kind of client (4 in `make check`)
	@printf '%s\n' 0 1 | xargs -P 2 -I PART '$(SEQUENCES)' $(DEPTH) PART 2
# README.md's programs are compiled by its own lines, with what this build has besides.
e2e tests: export SYMFEED_CC = $(CC) $(AUTOCONF:%=-I$(O)/include -DSYMFEED_CONFIG_FILE='"symfeed_autoconf.h"') \
    $(TIME_CPPFLAGS) $(MBEDTLS_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
e2e tests: export SYMFEED_LIBS = $(MBEDTLS_BUILT) $(MBEDTLS_LIBS) $(LDLIBS)
e2e-programs: need/openssl all examples $(E2E_PROGRAMS)
e2e: e2e-programs                  ## build/symfeed against the agent simulator, over TLS
	@$(RUN_TESTS) $(E2E_TESTS)
e2e-main: e2e-programs
	@$(RUN_TESTS) $(E2E_MAIN)
tests: all examples test-programs
	@$(RUN_TESTS) $(UNIT_PROGRAMS) $(SIMULATION_PROGRAMS) $(E2E_TESTS)
selftest:                          ## tests of what tests: the agent simulator, run_tests.py, soak.py
	@$(RUN_TESTS) $(filter-out %_base.py,$(sort $(wildcard test/simulator/selftest*.py))) test/tools/test_run_tests.py test/soak/test_soak.py
node-client:                       ## an official client, symphony-api-client-node, follows the agent simulator
	@$(RUN_TESTS) test/simulator/test_node_client.py

# These build again with other flags, each in a folder of its own.
EVERYTHING := all examples test-programs
strict: need/clang ## gcc and clang without a warning
	@$(MAKE) O=$(O)/checks/gcc WERROR=1 $(EVERYTHING) fleet-program
	@$(MAKE) O=$(O)/checks/clang WERROR=1 CC=clang $(EVERYTHING) fleet-program

# Each feature that Kconfig lets leave out has to leave the rest whole: test/config/variants.py, which
# writes their settings, says what is tested of each.
IN_PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j2)
CORE_UNIT_TESTS = $(filter-out $(patsubst %,test/unit/%/%,net port system tls client),$(UNIT_TESTS))
variants: ## unit and simulation tests with each feature left out
	+@names=$$($(PYTHON) test/config/variants.py $(O)/checks/variants) && \
	    $(MAKE) -s $(IN_PARALLEL) O=$(O) $$(for n in $$names; do echo "$(O)/checks/variants/$$n.tested"; done)
defconfigs: ## the same with each file of port/configs, mbedTLS from source where it is there
	+@$(MAKE) -s $(IN_PARALLEL) O=$(O) $(CONFIGS:%=$(O)/checks/configs/%.tested)

# Where MBEDTLS_DIR names none, the source that `make firmware-tools` has fetched. Tests that go through
# each byte of an answer take one of 31 here.
SOURCE_HERE := $(or $(MBEDTLS_DIR),$(wildcard $(O)/checks/mbedtls-source))
varied = @$(MAKE) O=$(basename $@) KCONFIG_CONFIG=$(1) WERROR=1 CFLAGS='-O0 -g0' CPPFLAGS=-DTEST_STRIDE=31 $(2) >$(basename $@).log 2>&1 || { \
    tail -n 40 $(basename $@).log >&2; echo "symfeed: settings of $(1)" >&2; exit 1; }
$(O)/checks/variants/%.tested: FORCE
	$(call varied,$(basename $@).config,$(if $(filter \
	    tls-%,$*),MBEDTLS_DIR='$(SOURCE_HERE)',MBEDTLS_DIR=) $(if $(filter core-%,$*),unit simulation UNIT_TESTS='$(CORE_UNIT_TESTS)') all)
	@echo "ok   $*"
$(O)/checks/configs/%.tested: port/configs/% FORCE
	@mkdir -p $(@D)
	$(call varied,$<,MBEDTLS_DIR='$(SOURCE_HERE)' all examples unit simulation)
	@$(basename $@)/symfeed version
	@echo "ok   $*"

SANITIZE   := -fsanitize=address,undefined -fno-sanitize-recover=all
SANITIZERS := -O1 -g -fno-omit-frame-pointer $(SANITIZE)
sanitize: ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer, with a few of their many cases
	@$(MAKE) O=$(O)/checks/sanitize CFLAGS='$(SANITIZERS)' CPPFLAGS=-DTEST_STRIDE=31 $(EVERYTHING)
	@ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
	UBSAN_OPTIONS=print_stacktrace=1 \
	    $(MAKE) O=$(O)/checks/sanitize CFLAGS='$(SANITIZERS)' CPPFLAGS=-DTEST_STRIDE=31 tests fuzz-replay
	@$(MAKE) O=$(O)/checks/sanitize/plain CFLAGS='$(SANITIZERS)' CPPFLAGS='$(WITHOUT_JSON)' fuzz-replay-plain

# Static programs of other architectures under qemu-user; ARCHES="mips riscv64" for these alone.
ARCHES     ?= armhf armel arm64 mipsel mips riscv64
E2E_ARCHES ?= armhf mips
qemu: ## unit and simulation tests on ARM and on big-endian MIPS, with a few of their many cases
	+@TEST_STRIDE=31 test/tools/arches.sh '$(MAKE)' $(O)/checks armhf-musl:tests mips-glibc:tests
arches: ## build and tests on six architectures with two C libraries, end-to-end tests on two
	@test/tools/deps.sh build test check arches
	+@test/tools/arches.sh '$(MAKE)' $(O)/checks $(foreach a,$(ARCHES),$(a)-glibc:all $(a)-musl:$(if \
	    $(filter $(a),$(E2E_ARCHES)),e2e,all))

valgrind: need/valgrind ## unit tests under valgrind, with a few of their many cases
	@$(MAKE) O=$(O)/checks/valgrind CPPFLAGS=-DTEST_STRIDE=7 \
	    RUN='valgrind -q --leak-check=full --error-exitcode=99' unit

# symfeed as it goes into an image: one static ARM program of core, port, Mbed TLS from source and musl.
firmware-with = CC='$(ARMV7)gcc -specs $(O)/checks/musl/armhf/musl-gcc.specs' AR=$(ARMV7)ar CFLAGS='-Os -mthumb -flto' \
    LDFLAGS=-static MBEDTLS_DIR=$(O)/checks/mbedtls-source WERROR=1
firmware: need/$(ARMV7)gcc need/qemu-arm firmware-tools ## the static ARM program, which holds no heap
	@$(MAKE) O=$(O)/checks/firmware $(firmware-with) all examples
	@test/tools/heap_check.sh $(ARMV7)nm --program $(O)/checks/firmware/symfeed
	@qemu-arm $(O)/checks/firmware/symfeed version

firmware-install: firmware ## what goes out with a release, of the static ARM program
	@set -e; for check in symbols-check sbom-check reproducible install-check; do \
	    $(MAKE) O=$(O)/checks/firmware $(firmware-with) NM=$(ARMV7)nm RUN=qemu-arm $$check; done

firmware-tools: ## the source of Mbed TLS 3.6, and musl for ARM, fetched from Debian 13
	@test/tools/fetch_debian.sh $(O)/checks mbedtls-source musl-armhf

# The port's own is what `make e2e` has.
resolver: ## getaddrinfo() in place of the port's own resolver
	@$(MAKE) O=$(O)/checks/resolver WERROR=1 CPPFLAGS=-DSYMFEED_RESOLVER_GETADDRINFO=1 e2e \
	    E2E_TESTS='test/e2e/test_resolver.py test/e2e/test_network.py'

mbedtls3: ## build and end-to-end tests with Mbed TLS 3.6, fetched from Debian 13
	@test/tools/fetch_debian.sh $(O)/checks mbedtls3
	@$(MAKE) O=$(O)/checks/mbedtls3 WERROR=1 MBEDTLS_CFLAGS='-isystem $(O)/checks/mbedtls3/root/usr/include' \
	    MBEDTLS_LIBS="$$(cat $(O)/checks/mbedtls3/libs)" e2e

# The second time as `make firmware` links it, which must not take a wipe for superfluous; and with AES and
# curves of NIST alone.
source: ## end-to-end tests of trust and secrets with Mbed TLS from its source and link-time optimisation
	@test/tools/fetch_debian.sh $(O)/checks mbedtls-source
	@$(MAKE) O=$(O)/checks/source MBEDTLS_DIR=$(O)/checks/mbedtls-source WERROR=1 CFLAGS='-Os -flto' e2e \
	    E2E_TESTS='test/e2e/test_trust.py test/e2e/test_chains.py test/e2e/test_secrets.py'

# Debian has no 4.x: fetch a release, and name its folder in MBEDTLS4_DIR. Without one there is nothing to do.
mbedtls4: ## trust, chains, sign-in and memory with the source of Mbed TLS 4.x in MBEDTLS4_DIR
ifneq ($(MBEDTLS4_DIR),)
	@set -e; for tls_1_3 in 0 1; do \
	    $(MAKE) O=$(O)/checks/mbedtls4-$$tls_1_3 MBEDTLS_DIR='$(MBEDTLS4_DIR)' WERROR=1 \
	        CPPFLAGS=-DSYMFEED_TLS_1_3=$$tls_1_3 e2e E2E_TESTS='test/e2e/test_trust.py test/e2e/test_chains.py \
	        test/e2e/test_sign_in.py test/e2e/test_memory.py'; done
else
	@:
endif

records: ## TLS records of 4 KB, asked of servers and not, with Mbed TLS from its source
	@test/tools/fetch_debian.sh $(O)/checks mbedtls-source
	@set -e; for asked in 0 4096; do \
	    $(MAKE) O=$(O)/checks/records-$$asked MBEDTLS_DIR=$(O)/checks/mbedtls-source WERROR=1 \
	        CPPFLAGS="-DSYMFEED_TLS_RECORD_IN=4096 -DSYMFEED_TLS_MAX_FRAGMENT=$$asked" e2e \
	        E2E_TESTS=test/e2e/test_memory.py; done

# Core by itself on a bare Cortex-M4: of all headers only the compiler's own and jsmn's.
cortex-m4 = O=$(O)/checks/cortex-m4 CC=$(CORTEX_M4)gcc WERROR=1 core-objects CFLAGS="-Os -mcpu=cortex-m4 \
    -mthumb -ffreestanding -fcallgraph-info=su -nostdinc -isystem $$($(CORTEX_M4)gcc -print-file-name=include)"

core-freestanding: need/$(CORTEX_M4)gcc ## core/ builds for a bare Cortex-M4 and keeps its promises on symbols and data
	@$(MAKE) $(cortex-m4)
	@$(PYTHON) test/tools/core_rules.py $(CORTEX_M4) $(patsubst %.c,$(O)/checks/cortex-m4/obj/%.o,$(CORE_SOURCES))
	@$(PYTHON) test/tools/unused_check.py $(CORTEX_M4) $(O)/checks/cortex-m4/unused \
	    $(patsubst %.c,$(O)/checks/cortex-m4/obj/%.o,$(CORE_SOURCES))

# The two files of `make amalgamation`: as above, also with clang and with the least of core; and the
# simulation, whose programs need only public functions, with a few of its many cases.
amalgamated = O=$(O)/checks/amalgamation/$(1) WERROR=1 CC='$(2)' CFLAGS="-Os -mcpu=cortex-m4 -mthumb \
    -ffreestanding -nostdinc -isystem $$($(2) -print-file-name=include)" $(O)/checks/amalgamation/$(1)/symfeed.o
with_tiny   = KCONFIG_CONFIG=port/configs/tiny_defconfig
on_host     = O=$(O)/checks/amalgamation/$(1) WERROR=1 CPPFLAGS=-DTEST_STRIDE=31 CORE_OBJECTS=$(O)/checks/amalgamation/$(1)/symfeed.o simulation

amalgamation-check: need/$(CORTEX_M4)gcc need/clang ## core in two files builds for a bare Cortex-M4 and passes the simulation tests
	@$(MAKE) $(cortex-m4)
	@$(MAKE) $(call amalgamated,gcc,$(CORTEX_M4)gcc)
	@$(PYTHON) test/tools/amalgamation_check.py $(CORTEX_M4) $(O)/checks/amalgamation/gcc \
	    $(patsubst %.c,$(O)/checks/cortex-m4/obj/%.o,$(CORE_SOURCES))
	@$(MAKE) $(call amalgamated,gcc-tiny,$(CORTEX_M4)gcc) $(with_tiny)
	@$(MAKE) $(call amalgamated,clang,clang --target=arm-none-eabi)
	@$(MAKE) $(call amalgamated,clang-tiny,clang --target=arm-none-eabi) $(with_tiny)
	@$(PYTHON) test/tools/core_rules.py $(CORTEX_M4) $(O)/checks/amalgamation/gcc/symfeed.o
	@$(PYTHON) test/tools/core_rules.py $(CORTEX_M4) $(O)/checks/amalgamation/gcc-tiny/symfeed.o
	@echo '#include "symfeed.h"' | clang -x c++ -std=c++11 -Wall -Wextra -Werror -fsyntax-only -I$(O)/checks/amalgamation/clang -
	@$(MAKE) $(call on_host,host)
	@$(MAKE) $(call on_host,host-tiny) $(with_tiny)

# Each source a program. Without FUZZ_MAIN it has libFuzzer's main().
FUZZED        := $(sort $(wildcard test/fuzz/fuzz_*.c))
FUZZ_PROGRAMS := $(call programs,$(FUZZED))
FUZZ_MAIN     := $(call objects,test/fuzz/replay.c)
# Those that are built without SYMFEED_JSON as well, for corpora of their own.
FUZZED_PLAIN  := batch feed
WITHOUT_JSON  := -DSYMFEED_JSON=0 -DSYMFEED_DEDUP=0
# Those of the clients' files.
FUZZED_CLIENT := $(patsubst %,test/fuzz/fuzz_%.c,alarm options state)
$(call objects,$(FUZZED_CLIENT)): $(O)/obj/have-mbedtls
$(call programs,$(FUZZED_CLIENT)): $(call objects,$(patsubst %,examples/common/%.c,connection option proxy))
$(FUZZ_PROGRAMS): %: %.o $(CORE_OBJECTS) $(FUZZ_MAIN)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(LDLIBS)

# These compare every byte that is sent, and every byte of the feed's memory. To trace these comparisons would take
# most of fuzz_feed's time.
$(call objects,core/http/connection.c core/http/request.c): private CORE_CC += $(UNTRACED)
$(call objects,test/fuzz/fuzz_feed.c): private EXTRA_CPPFLAGS = $(UNTRACED)

# Corpora begin as they are in test/fuzz/corpus, and grow in $(O)/checks/fuzz/corpus.
FUZZ_SECONDS ?= 60
fuzz_programs = $(patsubst %,$(O)/checks/fuzz/$(1)obj/test/fuzz/fuzz_%,$(2))
fuzz_build    = $(MAKE) -s $(IN_PARALLEL) O=$(O)/checks/fuzz$(1) CC=clang WERROR=1 FUZZ_MAIN= LDFLAGS=-fsanitize=fuzzer CFLAGS='-O1 -g \
    -fno-sanitize-recover=all -fsanitize=fuzzer-no-link,address,undefined' UNTRACED=-fno-sanitize-coverage=trace-cmp CPPFLAGS='$(2)'
FUZZ_RUN      = $(PYTHON) test/fuzz/fuzz.py $(O)/checks/fuzz $(call fuzz_programs,,$(FUZZED:test/fuzz/fuzz_%.c=%)) \
    $(call fuzz_programs,plain/,$(FUZZED_PLAIN))
fuzz-build: need/clang
	+@$(call fuzz_build) $(call fuzz_programs,,$(FUZZED:test/fuzz/fuzz_%.c=%))
	+@$(call fuzz_build,/plain,$(WITHOUT_JSON)) $(call fuzz_programs,plain/,$(FUZZED_PLAIN))
fuzz: fuzz-build        ## hostile bytes for parsers, files and the whole client: ten minutes on two cores, FUZZ_SECONDS=60 each
	@$(FUZZ_RUN) --seconds $(FUZZ_SECONDS)
fuzz-corpus: fuzz-build ## the smallest test/fuzz/corpus that reaches what it and `make fuzz` have reached
	@$(FUZZ_RUN) --corpus

# What was found once, with the compiler and the flags of this build. In `make sanitize`.
fuzz_replay = @log=$(O)/obj/test/fuzz/replay$(2).log; for name in $(1); do \
    $(O)/obj/test/fuzz/fuzz_$$name test/fuzz/corpus/$$name$(2)/* >$$log 2>&1 || { tail -n 40 $$log >&2; exit 1; }; done; \
    echo "ok   $$(ls $(patsubst %,test/fuzz/corpus/%$(2)/*,$(1)) | wc -l) inputs of $(words $(1)) programs in test/fuzz"
fuzz-replay: $(FUZZ_PROGRAMS)
	$(call fuzz_replay,$(FUZZED:test/fuzz/fuzz_%.c=%))
fuzz-replay-plain: $(FUZZED_PLAIN:%=$(O)/obj/test/fuzz/fuzz_%)
	$(call fuzz_replay,$(FUZZED_PLAIN),_plain)

# Each proof with a mutant of the code that makes it fail; eight minutes on two cores; PROOFS="test/proofs/http_line.c" for one alone.
PROOFS ?= $(sort $(wildcard test/proofs/*.c))
prove: need/gcc $(O)/include/jsmn.h ## memory safety of parsers, proven by CBMC of Debian 13
	@test/tools/fetch_debian.sh $(O)/checks cbmc
	@$(PYTHON) test/proofs/prove.py --tools $(O)/checks/cbmc/bin --out $(O)/checks/prove \
	    --flags=-std=c99,-D_POSIX_C_SOURCE=200809L,-Itest/proofs,-Icore,-Iport,-isystem,$(O)/include $(PROOFS)

# Those of a second or two: 45 seconds in all, with their mutants.
QUICK_PROOFS := $(patsubst %,test/proofs/%.c,http_line http_body json_step json_run json_compact json_escape batch_copy batch_envelope \
                    base64 dns_answer hosts_block pem_bytes token dedup)
prove-quick:
	@$(MAKE) prove PROOFS='$(QUICK_PROOFS)'

# The tests run with a few of their many cases. MUTANTS_ONLY=FILE: only the mutants that FILE lists as
# test/tools/equivalent_mutants.txt does, such as that file, or the survivors that the last run has printed. With
# sanitizers the tests also notice a byte that is read or written outside of its place.
MUTANTS      ?= 1000
MUTANTS_ONLY ?=
MUTATED       = CFLAGS='-O1 -fPIC$(1)' CPPFLAGS=-DTEST_STRIDE=31
mutants: ## MUTANTS=1000 mistakes in core/, and which of them no unit or simulation test notices; six minutes on two cores
	@$(MAKE) O=$(O)/checks/mutants/sanitized $(call MUTATED, $(SANITIZE)) SIMULATION_TESTS= SIMULATION_COMMON= mutants-objects
	@$(MAKE) O=$(O)/checks/mutants $(call MUTATED) mutate
mutants-objects: $(CORE_OBJECTS) $(call objects,$(CORE_UNIT_TESTS) $(SIMULATION_TESTS) $(SIMULATION_COMMON))
mutate: private export MUTATE_COMPILE = $(COMPILE_CORE)
mutate: private export MUTATE_LINK = $(LINK)
mutate: private export MUTATE_LIBS = $(CMOCKA_LIBS) $(LDLIBS)
mutate: mutants-objects
	@$(PYTHON) test/tools/mutate.py --count $(MUTANTS) $(if $(MUTANTS_ONLY),--only '$(MUTANTS_ONLY)') \
	    --sanitizers='$(SANITIZE)' $(O) $(O)/sanitized $(CORE_UNIT_TESTS) $(SIMULATION_TESTS)

# EVENTS=20000 FAULTS=100 takes 20 s. With Mbed TLS in its arena: O=build/arena MBEDTLS_DIR=build/checks/mbedtls-source.
EVENTS ?= 1000000
FAULTS ?= 1000
SEED   ?=
soak: need/openssl all $(O)/obj/test/soak/held.so ## build/symfeed through EVENTS=1000000 and FAULTS=1000 (SEED), by TLS and a proxy: four minutes
	@SYMFEED=$(O)/symfeed $(PYTHON) test/soak/soak.py $(O)/obj/test/soak/held.so $(EVENTS) $(FAULTS) $(SEED)
$(O)/obj/test/soak/held.so: test/soak/held.c $(O)/obj/flags
	@mkdir -p $(@D) && $(CC) -O2 -shared -fPIC -fno-builtin $< -o $@

# The first allocation of each chain of calls fails; with TIMES=31 also the second, fourth, eighth and so on.
# The heap is that of the system's Mbed TLS, or of MBEDTLS_CFLAGS and MBEDTLS_LIBS.
TIMES ?= 1
out-of-memory: need/openssl ## the first allocation of each chain of calls in Mbed TLS fails, in its arena and on the heap: five minutes
	@test/tools/fetch_debian.sh $(O)/checks mbedtls-source
	@$(MAKE) O=$(O)/checks/out-of-memory MBEDTLS_DIR=$(O)/checks/mbedtls-source out-of-memory-here
	@$(MAKE) MBEDTLS_DIR= out-of-memory-here
out-of-memory-here: $(MEMORY_PROGRAM)
	@$(PYTHON) test/memory/out_of_memory.py --times $(TIMES) $<

heap-check: $(CORE_OBJECTS) $(PORT_OBJECTS) $(CLI_OBJECTS) ## core, port and client ask for no heap
	@test/tools/heap_check.sh '$(NM)' --objects $^

config-check: ## Kconfig, headers and port/configs agree; the menus work
	@$(RUN_TESTS) $(sort $(wildcard test/config/test_*.py))

drift-check: need/mandoc ## what stands in two places is the same in both
	@$(PYTHON) test/tools/drift_check.py
	@mandoc -Tlint -Wwarning examples/symfeed/symfeed.1

.PHONY: symbols-check reproducible packaging-check systemd-check sbom sbom-check
symbols-check: $(O)/libsymfeed.a ## names that the library exports begin with symfeed_
	@test/tools/symbols_check.sh '$(NM)' '$(CC)' $< $(OWN_CPPFLAGS)

reproducible: ## two builds in two folders are the same to the byte
	+@test/tools/reproducible_check.sh '$(MAKE)' $(O) '$(or $(BUILD_EPOCH),1735689600)' '$(CC)' \
	    $(foreach v,JSMN_DIR MBEDTLS_DIR,$(if $($(v)),'$(v)=$($(v))'))

packaging-check: ## the packages for Buildroot, OpenWrt and Yocto build and install
	@test/tools/packaging_check.sh '$(MAKE)' $(O) '$(PYTHON)'
systemd-check: $(O)/obj/examples/alarm/alarm ## as root: systemd runs the alarm as it is installed, in a tree by debootstrap
	@test/tools/systemd_check.sh $(O)

sbom: $(O)/symfeed.cdx.json ## build/symfeed.cdx.json: what the program is made of, in CycloneDX
$(O)/symfeed.cdx.json: private export SBOM_COMPILE = $(COMPILE)
$(O)/symfeed.cdx.json: private export SBOM_LINK = $(LINK)
$(O)/symfeed.cdx.json: private export SBOM_LIBS = $(MBEDTLS_LIBS) $(LDLIBS)
$(O)/symfeed.cdx.json: all FORCE
	@test/tools/sbom.sh $(O) '$(VERSION)' >$@.new && mv $@.new $@

sbom-check: sbom ## it is valid and true, and the same twice
	@$(PYTHON) test/tools/sbom_check.py $(O) $(RUN)
	@mkdir -p $(O)/checks && cp $(O)/symfeed.cdx.json $(O)/checks/symfeed.cdx.json && $(MAKE) sbom && \
	    cmp $(O)/symfeed.cdx.json $(O)/checks/symfeed.cdx.json

install-check: all ## what `make install` puts down is enough to build the first program
	@test/tools/install_check.sh '$(MAKE)' $(O) '$(CC)' '$(CPPFLAGS) $(CFLAGS) $(LDFLAGS)' '$(RUN)'

# --- style ----------------------------------------------------------------------------------------

.PHONY: lint format states codes compile_commands.json
FORMATTED = $(wildcard core/*.[ch] core/*/*.[ch] port/*.[ch] port/*/*.[ch] examples/*.[ch] examples/*/*.[ch] test/*/*.[ch] test/unit/*/*.[ch] test/tools/*/*.[ch])

lint: need/clang-format need/cppcheck need/clang-tidy need/shellcheck need/pyflakes3 $(COMMON) $(O)/obj/have-mbedtls $(CORE_OBJECTS) $(PORT_OBJECTS) ## order of layers, clang-format, cppcheck, clang-tidy, shellcheck, pyflakes
	@$(PYTHON) test/tools/invariants.py
	@test/tools/lint.sh '$(FORMATTED)' \
	    '$(CORE_SOURCES) $(PORT_SOURCES) $(CLI_SOURCES) $(EXAMPLES) $(ALARM) $(PORTING)' \
	    '$(PYTHON) test/tools/layers.py --nm $(NM) $(CORE_OBJECTS) $(PORT_OBJECTS)' \
	    -Icore -Iport -isystem $(O)/include $(MBEDTLS_CFLAGS) -std=c99

format: need/clang-format ## lay all C out as .clang-format says
	@clang-format -i $(FORMATTED)

codes: ## the man page's tables of codes and its options, and bash's completion, from the lists in C
	@$(PYTHON) test/tools/codes.py
	@$(PYTHON) test/tools/options.py

states: need/dot ## the pictures of states, drawn from the code with graphviz, beside the sources
	@$(PYTHON) test/tools/states.py

# For editors: one object for each source, with the very command that make would run.
define newline


endef
compile_commands.json: private export COMMANDS = $(foreach s,$(CORE_SOURCES),$(s)|$(COMPILE_CORE) -c $(s)$(newline))$(foreach \
    s,$(PORT_SOURCES) $(CLI_SOURCES) $(ALARM) $(PORTING) $(EXAMPLES) $(wildcard test/*/*.c test/unit/*/*.c),$(s)|$(COMPILE) -Itest/unit -c $(s)$(newline))
compile_commands.json: $(COMMON) ## for editors and language servers
	@printf '%s' "$$COMMANDS" | awk -v folder="$$(pwd)" -f test/tools/compile_commands.awk >$@

# --- figures --------------------------------------------------------------------------------------

.PHONY: coverage footprint footprint-page costs bench board board-short compare compare-check fleet fleet-short fleet-program results demo pictures
# Core in builds that have all of its code between them, but what SYMFEED_FAST has for 32-bit and big-endian words.
counted_full  =
counted_small = -DSYMFEED_SMALL -DSYMFEED_DEDUP=0
counted_least = -DSYMFEED_SMALL $(patsubst %,-DSYMFEED_%=0,JSON MESSAGES PROXY RETRY_AFTER)
COUNTED := full small least
GCC14    = $(O)/checks/gcc14
counting = $(MAKE) $(IN_PARALLEL) O=$(O)/checks/coverage/$(1) CORE_CC='$(GCC14)/bin/gcc-14 -B$(GCC14)/bin --coverage -fcondition-coverage' \
    CFLAGS=-O0 CPPFLAGS='-DTEST_STRIDE=31 $(counted_$(1))' LDLIBS=$(GCC14)/root/libgcov.a UNIT_TESTS='$(CORE_UNIT_TESTS)' unit simulation
coverage: need/objcopy ## lines, branches and conditions (MC/DC) of core/ that its tests reach, by gcc 14 of Debian 13; two minutes
	@test/tools/fetch_debian.sh $(O)/checks gcc14
	@mkdir -p $(O)/checks/coverage && find $(O)/checks/coverage -name '*.gcda' -delete
	+@set -e; $(foreach c,$(COUNTED),$(call counting,$(c));)
	@$(PYTHON) test/tools/coverage.py --gcov $(GCC14)/bin/gcov-14 --below core/ \
	    $(foreach c,$(COUNTED),$(CORE_SOURCES:%.c=$(O)/checks/coverage/$(c)/obj/%.gcno))

# Each configuration twice: core/ for a Cortex-M4, and the whole static program for ARM.
FOOTPRINT_CONFIGS := $(or $(filter $(patsubst port/configs/%_defconfig,%,$(wildcard port/configs/*)),full default tiny),default)
footprint_core    = $(subst O=$(O)/checks/cortex-m4 ,O=$(1)/cortex-m4 ,$(cortex-m4))
# By debug information each function and variable of a program that is optimised as a whole has its source.
footprint_program = O=$(1)/armhf $(subst -mthumb,-mthumb -g -fcallgraph-info=su,$(subst \
    LDFLAGS=-static,LDFLAGS='-static -Wl$(comma)-Map=$(1)/armhf/map',$(firmware-with))) all
footprint_objects = $(patsubst %,$(1)/obj/test/tools/footprint/%.o,$(2))
footprint_config  = KCONFIG_CONFIG=$(or $(wildcard port/configs/$(1)_defconfig),/dev/null)

# A jobserver of the caller's is used; without one two compilers at a time.
footprint:      ## flash, RAM and stack by part, held to test/limits, port/FOOTPRINT.md and README.md
footprint-page: ## the same, written into port/FOOTPRINT.md and README.md
footprint footprint-page: need/$(CORTEX_M4)gcc need/$(ARMV7)gcc need/qemu-arm need/openssl firmware-tools
	+@set -e; case "$$MAKEFLAGS" in *jobserver*) jobs= ;; *) jobs=-j2 ;; esac; \
	$(foreach c,$(FOOTPRINT_CONFIGS),$(foreach f,$(O)/checks/footprint/$(c), \
	    $(MAKE) $$jobs $(call footprint_core,$(f)) $(call footprint_config,$(c)) \
	        $(call footprint_objects,$(f)/cortex-m4,feed least); \
	    $(MAKE) $$jobs $(call footprint_program,$(f)) $(call footprint_config,$(c)) \
	        $(call footprint_objects,$(f)/armhf,feed least client);))
	@$(PYTHON) test/tools/footprint --limits $(LIMITS) --cortex-m4 $(CORTEX_M4) --armhf $(ARMV7) \
	    --certificates $(O)/checks/footprint/certificates --mbedtls $(O)/checks/mbedtls-source --page port/FOOTPRINT.md --summary README.md \
	    $(if $(filter footprint-page,$@),--write) \
	    $(foreach c,$(FOOTPRINT_CONFIGS),--config $(c) $(O)/checks/footprint/$(c))

costs: need/$(ARMV7)gcc firmware-tools ## what each feature costs in flash, held to the figures of Kconfig (WRITE=1: into it)
	@$(PYTHON) test/tools/costs.py $(if $(WRITE),--write) -- $(firmware-with)

bench: need/openssl $(BENCH_PROGRAMS) $(HANDSHAKE_PROGRAM) ## speed, instructions per event, handshakes
	@$(PYTHON) test/tools/bench.py $(BENCH_PROGRAMS)
	@$(PYTHON) test/bench/handshake.py $(HANDSHAKE_PROGRAM)

# On Debian's kernel for ARM in qemu, whose time goes as fast as qemu computes: BOARD_HOURS of it at rest.
BOARD_HOURS ?= 0.5
board:       ## the alarm on a board: power cuts, a dead link, a clock at 1970, ...; with figures, into test/board
board-short: ## the same as far as the first event and one power cut
board board-short: need/qemu-system-arm need/openssl firmware
	@test/tools/fetch_debian.sh $(O)/checks board
	@$(PYTHON) test/board/board.py $(O) $(if $(filter board,$@),--hours $(BOARD_HOURS) --page test/board/RESULTS.md,--short)

# Built as Debian builds the packages that it is compared with; for ARM as `make firmware` has it.
compared    = $(patsubst %,$(1)/obj/test/compare/%,floor follow measure $(2))
on_armhf    = $(patsubst %,$(O)/checks/curl-armhf/usr/lib/arm-linux-gnueabihf/%,libcurl.so.4 libcjson.so.1)
CURL_SOURCE = $(O)/checks/curl-source
compare: ## CPU, memory, size and survival beside others, into test/compare: ten minutes, more the first time
	@test/tools/deps.sh build compare
	@test/tools/fetch_debian.sh $(O)/checks curl-source curl-armhf mbedtls-source musl-armhf
	@$(MAKE) O=$(O)/checks/compare CFLAGS='-O2 -g' CURL_SOURCE=$(CURL_SOURCE) all \
	    $(call compared,$(O)/checks/compare,curl_cjson curl_mbedtls)
	@$(MAKE) O=$(O)/checks/compare-armhf $(firmware-with) all $(call compared,$(O)/checks/compare-armhf)
	@$(ARMV7)gcc -std=c99 -O2 $(addprefix -idirafter $(O)/checks/curl-armhf/usr/include,/ /arm-linux-gnueabihf) test/compare/curl_cjson.c \
	    -o $(O)/checks/compare-armhf/obj/test/compare/curl_cjson -Wl,--allow-shlib-undefined $(on_armhf)
	@cc -O2 -shared -fPIC test/compare/qemu/count.c -o $(O)/checks/compare-armhf/count.so
	@$(PYTHON) test/compare/compare.py $(O)/checks/compare --arm $(O)/checks/compare-armhf $(O)/checks/curl-armhf

compare-check: need/valgrind all $(call compared,$(O)) ## an event is held to its instructions, and a batch to the same memory, however long
	@$(PYTHON) test/compare/compare.py $(O) --check

fleet: $(FLEET_PROGRAM) ## what 10,000 devices do to a platform after a fault, into test/fleet; half a minute
	@$(PYTHON) test/fleet/fleet.py $<
fleet-short: $(FLEET_PROGRAM) ## the same with 1,000 devices at most, and no page
	@$< --most-devices 1000
fleet-program: $(FLEET_PROGRAM)

RESULTS ?= prove sequences coverage mutants fuzz soak out-of-memory
results: ## what is proven and measured, into test/RESULTS.md, or of RESULTS="prove soak" alone
	@$(PYTHON) test/tools/figures.py '$(MAKE)' $(RESULTS)

demo: ## watch build/symfeed follow a simulated agent for half a minute
	@test/tools/deps.sh build demo
	@$(MAKE) all
	@$(PYTHON) test/tools/demo.py $(O)/symfeed

pictures: all ## what `make demo` shows, drawn for README.md
	@test/tools/deps.sh demo
	@$(PYTHON) test/tools/pictures.py $(O)/symfeed test/tools/demo.svg
