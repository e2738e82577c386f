# SPDX-License-Identifier: Apache-2.0
#
# `make` builds build/symfeed and build/libsymfeed.a; `make help` lists everything else.
#
# Needs GNU make 4.0 or newer and a POSIX shell; Python 3 for the tests and the measuring, not for
# building. Every path is relative, so that a checkout in "My Documents" works: make splits lists at
# spaces. Variables may come from the environment or from the command line; the project's own flags
# live in variables of their own, so that CFLAGS given by a distribution drops none of them.

ifeq ($(filter 4.% 5.%,$(MAKE_VERSION)),)
$(error symfeed: needs GNU make 4.0 or newer, this is $(MAKE_VERSION))
endif
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

# --- variables for the person who builds ----------------------------------------------------------

O ?= build
ifneq ($(words $(O)),1)
$(error symfeed: O= must name one folder, without spaces)
endif
ifneq ($(findstring =,$(O)),)
$(error symfeed: O= must name a folder without '=': make takes such a name for a variable)
endif
ifneq ($(filter . ./,$(O)),)
$(error symfeed: O= must be a folder of its own, so that `make clean` cannot reach a source)
endif

ifeq ($(origin CC),default)
CC := $(if $(CROSS_COMPILE),$(CROSS_COMPILE)gcc,cc)
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
CPPFLAGS ?=
CFLAGS   ?= -Os -g
LDFLAGS  ?=
LDLIBS   ?=
PREFIX   ?= /usr/local
DESTDIR  ?=
NM       ?= $(CROSS_COMPILE)nm
PYTHON   ?= python3
INSTALL  ?= install

# jsmn is one header. Empty: where the compiler finds it, else /usr/include.
JSMN_DIR ?=

# Mbed TLS 2.28 or 3.6 that is built already; or MBEDTLS_DIR, a source tree of 3.6, which is compiled
# with port/mbedtls_config.h. The process has no heap then, see port/README.md.
MBEDTLS_DIR    ?=
MBEDTLS_CFLAGS ?=
MBEDTLS_LIBS   ?= -lmbedtls -lmbedx509 -lmbedcrypto

ifneq ($(MBEDTLS_DIR),)
ifeq ($(wildcard $(subst $(eval) ,\ ,$(MBEDTLS_DIR))/include/mbedtls/build_info.h),)
$(error symfeed: MBEDTLS_DIR=$(MBEDTLS_DIR) is no source tree of Mbed TLS 3.6: it has no include/mbedtls/build_info.h)
endif
MBEDTLS_CFLAGS := -isystem '$(MBEDTLS_DIR)/include' -DMBEDTLS_CONFIG_FILE='<mbedtls_config.h>' \
                  -DSYMFEED_MBEDTLS_SOURCE=1
MBEDTLS_LIBS   := $(O)/libsymfeed-mbedtls.a
endif

# Only for the tests.
CMOCKA_CFLAGS ?=
CMOCKA_LIBS   ?= -lcmocka
RUN           ?=

# Sizes chosen with `make menuconfig`; without the file the header's defaults hold.
KCONFIG_CONFIG ?= .config

# The bounds of `make footprint` and the tools of its two targets.
LIMITS    ?= test/limits
CORTEX_M4 ?= arm-none-eabi-
ARMV7     ?= arm-linux-gnueabihf-

# V=1 shows the commands as they run.
V ?=
QUIET := $(if $(V),,@)
SAY   := $(if $(V),@:,@printf '  %-7s %s\n')

# --- flags of the project itself ------------------------------------------------------------------

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wcast-qual -Wvla -Wstrict-prototypes \
            -Wmissing-prototypes $(if $(WERROR),-Werror)

# A system folder for the headers that are not ours, so that their warnings do not count.
OWN_CPPFLAGS := -Icore -isystem $(O)/include
OWN_CFLAGS   := -std=c99 -ffunction-sections -fdata-sections $(WARNINGS)
# A static program stays where it is linked to: code that could be moved is larger, and what would be
# constant has to be written to when it starts.
FIXED_CFLAGS := $(if $(filter -static,$(LDFLAGS)),-fno-pie)
OWN_CFLAGS   += $(FIXED_CFLAGS)
# Core alone gets these: `make coverage` counts core and not its tests.
CORE_CFLAGS  ?=

ifneq ($(wildcard $(KCONFIG_CONFIG)),)
AUTOCONF     := $(O)/include/symfeed_autoconf.h
OWN_CPPFLAGS += -DSYMFEED_CONFIG_FILE='"symfeed_autoconf.h"'
endif

# Unused functions leave the program where the linker can do that (ld.bfd, gold, lld, mold).
GC_SECTIONS = $(shell $(CC) -Wl,--help 2>/dev/null | grep -q -e --gc-sections && echo -Wl,--gc-sections)
# Functions of libraries are looked up before main(). Later, each first call would have the processor's
# registers saved on the stack, and with them pieces of tokens that were copied just before.
BIND_NOW = $(shell $(CC) -Wl,--help 2>/dev/null | grep -q -e '-z now' && echo -Wl,-z,now)

# The same sources give the same program in each folder, whatever O is: debug information names neither.
# PWD is what a compiler takes for the folder where a link leads into it.
export PWD := $(CURDIR)
SAME_PATHS = $(eval SAME_PATHS := $(shell for map in file debug; do \
    echo 'int i;' | $(CC) -Werror -f$$map-prefix-map=a=b -c -x c - -o /dev/null 2>/dev/null && { \
        printf "'-f%s-prefix-map=%s' " $$map '$(CURDIR)=.' $$map '$(O)/=build/'; break; }; done))$(SAME_PATHS)

COMPILE_CORE = $(CC) $(OWN_CPPFLAGS) $(OWN_CFLAGS) $(SAME_PATHS) $(CPPFLAGS) $(CFLAGS) $(CORE_CFLAGS)
COMPILE      = $(CC) $(OWN_CPPFLAGS) -Iport $(OWN_CFLAGS) $(SAME_PATHS) $(MBEDTLS_CFLAGS) $(CMOCKA_CFLAGS) \
               $(CPPFLAGS) $(CFLAGS) $(EXTRA_CPPFLAGS)
DEPENDENCIES = -MMD -MP
LINK         = $(CC) $(CFLAGS) $(LDFLAGS) $(GC_SECTIONS) $(BIND_NOW)

# --- sources --------------------------------------------------------------------------------------

CORE_SOURCES := $(sort $(wildcard core/*.c))
PORT_SOURCES := $(sort $(wildcard port/*.c))
# Programs of one file each; those of porting/ bring a port of their own, and nothing of port/ is for
# them. A folder of each of the two larger ones.
EXAMPLES     := $(sort $(wildcard examples/*.c))
PORTING      := $(sort $(wildcard examples/porting/*.c))
ALARM        := $(sort $(wildcard examples/alarm/*.c))
CLI_SOURCES  := $(sort $(wildcard examples/symfeed/*.c))

# test_*.c is a program; another file next to it is linked into each of them.
UNIT_TESTS       := $(sort $(wildcard test/unit/test_*.c))
UNIT_COMMON      := $(filter-out $(UNIT_TESTS),$(sort $(wildcard test/unit/*.c)))
SIMULATION_TESTS := $(sort $(wildcard test/simulation/test_*.c))
SIMULATION_COMMON := $(filter-out $(SIMULATION_TESTS),$(sort $(wildcard test/simulation/*.c)))
E2E_TESTS        := $(sort $(wildcard test/e2e/test_*.py))
HANDSHAKE_BENCH  := test/bench/handshake.c
BENCHES          := $(filter-out $(HANDSHAKE_BENCH),$(sort $(wildcard test/bench/*.c)))

objects  = $(patsubst %.c,$(O)/obj/%.o,$(1))
programs = $(patsubst %.c,$(O)/obj/%,$(1))

CORE_OBJECTS := $(call objects,$(CORE_SOURCES))
PORT_OBJECTS := $(call objects,$(PORT_SOURCES))
CLI_OBJECTS  := $(call objects,$(CLI_SOURCES))
MBEDTLS_OBJECTS := $(if $(MBEDTLS_DIR),$(addprefix $(O)/obj/mbedtls/,$(sort $(patsubst %.c,%.o,$(shell cd '$(MBEDTLS_DIR)/library' && ls *.c)))))
UNIT_PROGRAMS       := $(call programs,$(UNIT_TESTS))
SIMULATION_PROGRAMS := $(call programs,$(SIMULATION_TESTS))
EXAMPLE_PROGRAMS    := $(call programs,$(EXAMPLES) examples/alarm/alarm.c)
PORTING_PROGRAMS    := $(call programs,$(PORTING))
BENCH_PROGRAMS      := $(call programs,$(BENCHES))
HANDSHAKE_PROGRAM   := $(call programs,$(HANDSHAKE_BENCH))
# What the end-to-end tests drive beside the client.
E2E_PROGRAMS        := $(call programs,test/e2e/resolver.c test/e2e/same.c)

# --- build ----------------------------------------------------------------------------------------

.PHONY: all core-objects examples test-programs FORCE
all: $(O)/symfeed $(O)/libsymfeed.a ## build/symfeed and build/libsymfeed.a (O=DIR puts them in DIR)
core-objects: $(CORE_OBJECTS)
examples: $(EXAMPLE_PROGRAMS) $(PORTING_PROGRAMS) ## the small example programs
test-programs: $(UNIT_PROGRAMS) $(SIMULATION_PROGRAMS) $(E2E_PROGRAMS)
FORCE:

# Writes $STAMP to the target, which keeps its time where that changes nothing.
keep = @mkdir -p $(@D) && printf '%s\n' "$$STAMP" >$@.new && \
    if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# What is common to all compilations and changes without a file changing: objects depend on it.
$(O)/obj/flags: export STAMP = $(COMPILE_CORE) $(COMPILE) $(LINK) $(MBEDTLS_LIBS) $(CMOCKA_LIBS) $(LDLIBS) $(JSMN_DIR)
$(O)/obj/flags: FORCE
	@command -v $(firstword $(CC)) >/dev/null || { \
	    echo "symfeed: no compiler '$(firstword $(CC))': install gcc, or run 'make deps'" >&2; exit 1; }
	$(keep)

# The date of the sources, before which a device's clock cannot be right. Not __DATE__: the same
# sources give the same program. `make dist` has git write it down here; where it has not, and without
# git or SOURCE_DATE_EPOCH, the source has its own.
# archived: $Format:%ct$
BUILD_EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell { test -e .git && git log -1 --format=%ct || \
    sed -n 's/^. archived: \([0-9][0-9]*\)$$/\1/p' Makefile; } 2>/dev/null))
$(O)/obj/epoch: export STAMP = $(BUILD_EPOCH)
$(O)/obj/epoch: FORCE
	$(keep)
$(O)/obj/port/clock.o: $(O)/obj/epoch
$(O)/obj/port/clock.o: private EXTRA_CPPFLAGS = $(addprefix -DSYMFEED_BUILD_EPOCH=,$(BUILD_EPOCH))

# jsmn.h by itself in a folder of ours: a freestanding compiler must not see the rest of
# /usr/include.
$(O)/include/jsmn.h: $(O)/obj/flags
	@mkdir -p $(@D)
	@file=$(if $(JSMN_DIR),'$(JSMN_DIR)/jsmn.h','$(shell echo '#include <jsmn.h>' | \
	        $(CC) $(CPPFLAGS) -M -x c - 2>/dev/null | tr ' ' '\n' | grep '/jsmn\.h$$')'); \
	test -e "$${file:=/usr/include/jsmn.h}" || { echo "symfeed: no $$file: install libjsmn-dev," \
	    "run 'make deps', or say JSMN_DIR=folder" >&2; exit 1; }; \
	cp "$$file" $@

# CONFIG_SYMFEED_X=1 becomes a macro, y and n become 1 and 0; -D on the command line comes before it.
$(O)/include/symfeed_autoconf.h: $(KCONFIG_CONFIG)
	@mkdir -p $(@D)
	@echo '/* Made from $(notdir $<) by make. */' >$@
	@sed -n -e 's/^# \(CONFIG_SYMFEED_[A-Z0-9_]*\) is not set$$/\1=0/' -e 's/=y$$/=1/' -e \
	    's/^CONFIG_\(SYMFEED_[A-Z0-9_]*\)=\(.*\)$$/#ifndef \1\n#define \1 \2\n#endif/p' $< >>$@

# Says in one line what to install: $(1) header, $(2) Debian package, $(3) flags.
define need
@mkdir -p $(@D); if echo '#include <$(1)>' | $(CC) $(3) $(CPPFLAGS) $(CFLAGS) -E -x c - >/dev/null 2>$@.log; \
then touch $@; else echo "symfeed: $(CC) finds no $(1): install $(2), or run 'make deps'" >&2; exit 1; fi
endef
$(O)/obj/have-mbedtls: $(O)/obj/flags $(AUTOCONF)
	$(call need,mbedtls/ssl.h,libmbedtls-dev,$(OWN_CPPFLAGS) -Iport $(MBEDTLS_CFLAGS))
$(O)/obj/have-cmocka: $(O)/obj/flags
	$(call need,cmocka.h,libcmocka-dev,$(CMOCKA_CFLAGS) -include stdarg.h -include stddef.h -include stdint.h -include setjmp.h)

COMMON := $(O)/obj/flags $(O)/include/jsmn.h $(AUTOCONF)

$(O)/obj/core/%.o: core/%.c $(COMMON)
	$(SAY) CC '$<'
	$(QUIET)mkdir -p $(@D) && $(COMPILE_CORE) $(DEPENDENCIES) -c $< -o $@

$(O)/obj/examples/porting/%.o: examples/porting/%.c $(COMMON)
	$(SAY) CC '$<'
	$(QUIET)mkdir -p $(@D) && $(COMPILE_CORE) $(DEPENDENCIES) -c $< -o $@

$(O)/obj/%.o: %.c $(COMMON)
	$(SAY) CC '$<'
	$(QUIET)mkdir -p $(@D) && $(COMPILE) $(DEPENDENCIES) -c $< -o $@

$(PORT_OBJECTS): $(O)/obj/have-mbedtls
MBEDTLS_BUILT := $(if $(MBEDTLS_DIR),$(MBEDTLS_LIBS))
$(call objects,$(wildcard test/unit/*.c test/simulation/*.c)): $(O)/obj/have-cmocka

# mbedTLS from source: its own warnings are its own. What the configuration leaves out compiles to nothing.
$(O)/obj/mbedtls/%.o: $(COMMON)
	$(SAY) CC '$(MBEDTLS_DIR)/library/$*.c'
	$(QUIET)mkdir -p $(@D) && $(CC) -w -ffunction-sections -fdata-sections $(FIXED_CFLAGS) $(OWN_CPPFLAGS) -Iport \
	    $(MBEDTLS_CFLAGS) $(CPPFLAGS) $(CFLAGS) $(DEPENDENCIES) -c '$(MBEDTLS_DIR)/library/$*.c' -o $@

$(O)/libsymfeed-mbedtls.a: $(MBEDTLS_OBJECTS)
	$(SAY) AR '$@'
	$(QUIET)rm -f $@ && $(AR) rcs $@ $^

$(O)/libsymfeed.a: $(CORE_OBJECTS) $(PORT_OBJECTS)
	$(SAY) AR '$@'
	$(QUIET)rm -f $@ && { $(AR) rcsD $@ $^ 2>/dev/null || $(AR) rcs $@ $^; }

$(O)/symfeed: $(CLI_OBJECTS) $(O)/libsymfeed.a $(MBEDTLS_BUILT)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $(CLI_OBJECTS) $(O)/libsymfeed.a $(MBEDTLS_LIBS) $(LDLIBS)

$(EXAMPLE_PROGRAMS) $(HANDSHAKE_PROGRAM) $(E2E_PROGRAMS): %: %.o $(O)/libsymfeed.a $(MBEDTLS_BUILT)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $(sort $(filter %.o,$^)) $(O)/libsymfeed.a $(MBEDTLS_LIBS) $(LDLIBS)
$(O)/obj/examples/alarm/alarm: $(call objects,$(ALARM))

$(PORTING_PROGRAMS): %: %.o $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(LDLIBS)

$(UNIT_PROGRAMS): %: %.o $(call objects,$(UNIT_COMMON)) $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(LDLIBS)

$(SIMULATION_PROGRAMS): %: %.o $(call objects,$(SIMULATION_COMMON)) $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(LDLIBS)

$(BENCH_PROGRAMS): %: %.o $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(LDLIBS)

-include $(wildcard $(O)/obj/*/*.d $(O)/obj/*/*/*.d)

# --- tests ----------------------------------------------------------------------------------------

.PHONY: check deps strict core-freestanding unit simulation variants e2e tests sanitize qemu valgrind \
        firmware firmware-tools mbedtls3 fuzz soak selftest drift-check install-check

# In this order: what fails fastest comes first.
CHECKS := strict core-freestanding drift-check lint unit simulation variants selftest qemu valgrind \
          symbols-check reproducible install-check sanitize e2e

check: ## all tests; installs what they need first
	@test/tools/deps.sh build check
	+@MAKE='$(MAKE)' test/tools/check.sh $(O)/checks $(CHECKS)

deps: ## install what building, testing and the demonstration need (Debian)
	@test/tools/deps.sh build check demo coverage

RUN_TESTS = $(PYTHON) test/tools/run_tests.py $(if $(V),--verbose) --wrap '$(RUN)' --symfeed $(O)/symfeed

unit: $(UNIT_PROGRAMS)             ## unit tests of core/
	@$(RUN_TESTS) $^
simulation: $(SIMULATION_PROGRAMS) ## core against an in-memory agent in virtual time
	@$(RUN_TESTS) $^
e2e: all examples $(E2E_PROGRAMS)  ## build/symfeed against the agent simulator, over TLS
	@$(RUN_TESTS) $(E2E_TESTS)
tests: all examples test-programs
	@$(RUN_TESTS) $(UNIT_PROGRAMS) $(SIMULATION_PROGRAMS) $(E2E_TESTS)
selftest:                          ## the agent simulator's own tests
	@$(RUN_TESTS) test/simulator/selftest.py

# These build again with other flags, each in a folder of its own.
EVERYTHING := all examples test-programs
strict: ## gcc and clang without a warning
	@$(MAKE) O=$(O)/checks/gcc WERROR=1 $(EVERYTHING)
	@$(MAKE) O=$(O)/checks/clang WERROR=1 CC=clang $(EVERYTHING)

# Each feature that can be left out has to leave the rest whole.
VARIANTS := SIGN_IN KEY_SIGN_IN CERTIFICATE_SIGN_IN PROXY DATAHOSE LEGACY CALLS MESSAGES LOG_LEVEL TEXT \
            TYPED_EVENTS REPEATS VALUES RETRY_AFTER RECLAIM
# Without all of them but the texts: what remains follows one v5 feed.
FEED_ALONE := $(foreach n,SIGN_IN PROXY DATAHOSE LEGACY CALLS,-DSYMFEED_$(n)=0)
variants: ## unit and simulation tests with a feature left out
	@set -e; for v in $(VARIANTS); do \
	    $(MAKE) O=$(O)/checks/without-$$v WERROR=1 CPPFLAGS=-DSYMFEED_$$v=0 all unit simulation; done
	@$(MAKE) O=$(O)/checks/feed-alone WERROR=1 CPPFLAGS='$(FEED_ALONE)' all unit simulation

SANITIZERS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize: ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) O=$(O)/checks/sanitize CFLAGS='$(SANITIZERS)' $(EVERYTHING)
	@ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
	UBSAN_OPTIONS=print_stacktrace=1 \
	    $(MAKE) O=$(O)/checks/sanitize CFLAGS='$(SANITIZERS)' tests

# cmocka for ARM cannot be installed next to the host's without a foreign architecture: a stand-in
# of one header takes its place.
qemu: ## unit tests as 32-bit ARM programs under qemu-user
	@$(MAKE) O=$(O)/checks/qemu CC=$(ARMV7)gcc AR=$(ARMV7)ar CFLAGS='-Os -g -mthumb' LDFLAGS=-static \
	    CMOCKA_CFLAGS='-isystem test/tools/cmocka' CMOCKA_LIBS= RUN=qemu-arm unit

valgrind: $(UNIT_PROGRAMS) ## unit tests under valgrind
	@$(RUN_TESTS) --wrap 'valgrind -q --leak-check=full --error-exitcode=99' $^

# symfeed as it goes into an image: one static ARM program of core, port, Mbed TLS from source and musl.
firmware-with = CC='$(ARMV7)gcc -specs $(O)/checks/musl/armhf/musl-gcc.specs' AR=$(ARMV7)ar CFLAGS='-Os -mthumb' \
    LDFLAGS=-static MBEDTLS_DIR=$(O)/checks/mbedtls-source WERROR=1
firmware: firmware-tools ## the static ARM program, which holds no heap
	@$(MAKE) O=$(O)/checks/firmware $(firmware-with) all examples
	@qemu-arm $(O)/checks/firmware/symfeed version

firmware-tools: ## the source of Mbed TLS 3.6, and musl for ARM, fetched from Debian 13
	@test/tools/fetch_debian.sh $(O)/checks mbedtls-source musl-armhf

mbedtls3: ## build and end-to-end tests with Mbed TLS 3.6, fetched from Debian 13
	@test/tools/fetch_debian.sh $(O)/checks mbedtls3
	@$(MAKE) O=$(O)/checks/mbedtls3 WERROR=1 MBEDTLS_CFLAGS='-isystem $(O)/checks/mbedtls3/root/usr/include' \
	    MBEDTLS_LIBS="$$(cat $(O)/checks/mbedtls3/libs)" e2e

# Core by itself on a bare Cortex-M4: of all headers only the compiler's own and jsmn's.
cortex-m4 = O=$(O)/checks/cortex-m4 CC=$(CORTEX_M4)gcc WERROR=1 core-objects CFLAGS="-Os -mcpu=cortex-m4 \
    -mthumb -ffreestanding -fcallgraph-info=su -nostdinc -isystem $$($(CORTEX_M4)gcc -print-file-name=include)"
# Not position-independent: firmware is not, and tables of pointers would count as data.
armv7 = O=$(O)/checks/armv7 CC=$(ARMV7)gcc WERROR=1 core-objects \
    CFLAGS='-Os -mthumb -fno-pie -fcallgraph-info=su'

core-freestanding: ## core/ builds for a bare Cortex-M4 and keeps its promises on symbols and data
	@$(MAKE) $(cortex-m4)
	@$(MAKE) $(subst /cortex-m4,/cortex-m4-silent,$(cortex-m4)) CPPFLAGS=-DSYMFEED_MESSAGES=0
	@$(PYTHON) test/tools/core_rules.py $(CORTEX_M4) $(patsubst %.c,$(O)/checks/cortex-m4/obj/%.o,$(CORE_SOURCES)) \
	    --silent $(patsubst %.c,$(O)/checks/cortex-m4-silent/obj/%.o,$(CORE_SOURCES))
	@$(PYTHON) test/tools/unused_check.py $(CORTEX_M4) $(O)/checks/cortex-m4/unused \
	    $(patsubst %.c,$(O)/checks/cortex-m4/obj/%.o,$(CORE_SOURCES))

# A corpus grows in $(O)/checks/fuzz and is used again the next time.
FUZZERS := batch http text feed url claims events
FUZZ_SECONDS ?= 60
fuzz: $(O)/include/jsmn.h ## hostile bytes for the parsers and the whole client (FUZZ_SECONDS each)
	@mkdir -p $(O)/checks/fuzz && $(PYTHON) test/fuzz/seeds.py $(O)/checks/fuzz
	@set -e; for f in $(FUZZERS); do \
	    clang $(OWN_CPPFLAGS) $(OWN_CFLAGS) -Werror -O1 -g -fno-sanitize-recover=all \
	        -fsanitize=fuzzer,address,undefined test/fuzz/fuzz_$$f.c $(CORE_SOURCES) -o $(O)/checks/fuzz/fuzz_$$f; \
	    $(O)/checks/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=10 \
	        -artifact_prefix=$(O)/checks/fuzz/ $(O)/checks/fuzz/$$f 2>$(O)/checks/fuzz/log || { \
	        tail -n 40 $(O)/checks/fuzz/log >&2; exit 1; }; \
	    echo "fuzz_$$f: $$(sed -n 's/^Done //p' $(O)/checks/fuzz/log), nothing found"; \
	done

SOAK_SECONDS ?= 600
soak: all ## build/symfeed on an agent that misbehaves at random, for SOAK_SECONDS
	@SYMFEED=$(O)/symfeed $(PYTHON) test/soak/soak.py $(SOAK_SECONDS)

drift-check: ## what stands in two places is the same in both
	@$(PYTHON) test/tools/drift_check.py

.PHONY: symbols-check reproducible
symbols-check: $(O)/libsymfeed.a ## names that the library exports begin with symfeed_
	@test/tools/symbols_check.sh '$(NM)' '$(CC)' $< $(OWN_CPPFLAGS)

reproducible: ## two builds in two folders are the same to the byte
	+@test/tools/reproducible_check.sh '$(MAKE)' $(O) '$(or $(BUILD_EPOCH),1735689600)' \
	    $(foreach v,JSMN_DIR MBEDTLS_DIR,$(if $($(v)),'$(v)=$($(v))'))

install-check: all ## what `make install` puts down is enough to build the first program
	@test/tools/install_check.sh '$(MAKE)' $(O) '$(CC)' '$(CPPFLAGS) $(CFLAGS) $(LDFLAGS)'

# --- style ----------------------------------------------------------------------------------------

.PHONY: lint format compile_commands.json
FORMATTED = $(wildcard core/*.[ch] port/*.[ch] examples/*.[ch] examples/*/*.[ch] test/*/*.[ch] test/tools/*/*.[ch])

lint: $(COMMON) $(O)/obj/have-mbedtls ## clang-format, cppcheck and clang-tidy
	@test/tools/lint.sh '$(FORMATTED)' \
	    '$(CORE_SOURCES) $(PORT_SOURCES) $(CLI_SOURCES) $(EXAMPLES) $(ALARM) $(PORTING)' \
	    -Icore -Iport -isystem $(O)/include $(MBEDTLS_CFLAGS) -std=c99

format: ## lay all C out as .clang-format says
	@clang-format -i $(FORMATTED)

# For editors: one object for each source, with the very command that make would run.
define newline


endef
compile_commands.json: export COMMANDS = $(foreach s,$(CORE_SOURCES),$(s)|$(COMPILE_CORE) -c $(s)$(newline))$(foreach \
    s,$(PORT_SOURCES) $(CLI_SOURCES) $(ALARM) $(PORTING) $(EXAMPLES) $(wildcard test/*/*.c),$(s)|$(COMPILE) -c $(s)$(newline))
compile_commands.json: $(COMMON) ## for editors and language servers
	@printf '%s' "$$COMMANDS" | awk -v folder="$$(pwd)" -f test/tools/compile_commands.awk >$@

# --- figures --------------------------------------------------------------------------------------

.PHONY: coverage footprint bench demo
coverage: ## line and branch coverage of core/ by its unit tests and simulation
	@$(MAKE) O=$(O)/checks/coverage CFLAGS='-O0 -g' CORE_CFLAGS=--coverage LDFLAGS=--coverage test-programs
	@find $(O)/checks/coverage -name '*.gcda' -delete
	@$(MAKE) O=$(O)/checks/coverage CFLAGS='-O0 -g' CORE_CFLAGS=--coverage LDFLAGS=--coverage unit
	@$(MAKE) O=$(O)/checks/coverage CFLAGS='-O0 -g' CORE_CFLAGS=--coverage LDFLAGS=--coverage simulation
	@gcovr --root . --filter core/ $(O)/checks/coverage --txt | sed '1,/^---/d;/^---/d'
	@gcovr --root . --filter core/ $(O)/checks/coverage --print-summary --branches | sed '1,/^---/d;/^---/d'

footprint: ## flash, RAM and stack of core/ for two ARM targets, held to test/limits
	@$(MAKE) $(cortex-m4)
	@$(MAKE) $(armv7)
	@$(MAKE) $(subst /cortex-m4,/cortex-m4-feed,$(cortex-m4)) CPPFLAGS='$(FEED_ALONE)'
	@$(MAKE) $(subst /cortex-m4,/cortex-m4-bare,$(cortex-m4)) CPPFLAGS='$(FEED_ALONE) -DSYMFEED_MESSAGES=0'
	@$(PYTHON) test/tools/footprint.py --limits $(LIMITS) $(foreach n,cortex-m4 armv7,\
	    --target $(n) $(if $(filter armv7,$(n)),$(ARMV7),$(CORTEX_M4)) $(O)/checks/$(n)) \
	    --build 'cortex-m4, everything' $(CORTEX_M4) $(O)/checks/cortex-m4 '' \
	    --build 'cortex-m4, v5 feed alone' $(CORTEX_M4) $(O)/checks/cortex-m4-feed '$(FEED_ALONE)' \
	    --build 'cortex-m4, v5 feed alone, no messages' $(CORTEX_M4) $(O)/checks/cortex-m4-bare \
	        '$(FEED_ALONE) -DSYMFEED_MESSAGES=0'

bench: $(BENCH_PROGRAMS) $(HANDSHAKE_PROGRAM) all ## speed, instructions per event, handshakes, peak memory
	@$(PYTHON) test/tools/bench.py --symfeed $(O)/symfeed $(BENCH_PROGRAMS)
	@$(PYTHON) test/bench/handshake.py $(HANDSHAKE_PROGRAM)

demo: ## watch build/symfeed follow a simulated agent for half a minute
	@test/tools/deps.sh build demo
	@$(MAKE) all
	@$(PYTHON) test/tools/demo.py $(O)/symfeed

# --- sizes ----------------------------------------------------------------------------------------

.PHONY: menuconfig olddefconfig savedefconfig defconfig
menuconfig olddefconfig savedefconfig defconfig: ## (with python3-kconfiglib) choose the sizes
	@$(PYTHON) -c 'import kconfiglib' 2>/dev/null || { \
	    echo "symfeed: $(PYTHON) has no kconfiglib: install python3-kconfiglib" >&2; exit 1; }
	@KCONFIG_CONFIG='$(KCONFIG_CONFIG)' $(PYTHON) -m $(if $(filter defconfig,$@),alldefconfig,$@) $(if \
	    $(filter savedefconfig,$@),--out defconfig)

# --- installation ---------------------------------------------------------------------------------

.PHONY: install uninstall clean help
bindir     = $(PREFIX)/bin
libdir     = $(PREFIX)/lib
includedir = $(PREFIX)/include
HEADERS   := core/symfeed.h core/symfeed_events.h core/symfeed_port.h port/symfeed_posix.h $(AUTOCONF)
# What symfeed_posix.h includes, and what that includes, has names too common for /usr/include.
INNER     := $(filter-out port/symfeed_posix.h,$(sort $(wildcard port/*.h)))

install: all ## into DESTDIR and PREFIX (default /usr/local)
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(includedir)/symfeed' '$(DESTDIR)$(libdir)/pkgconfig'
	$(INSTALL) -m 755 $(O)/symfeed '$(DESTDIR)$(bindir)/symfeed'
	$(INSTALL) -m 644 $(O)/libsymfeed.a '$(DESTDIR)$(libdir)/libsymfeed.a'
	$(INSTALL) -m 644 $(HEADERS) core/symfeed_config.h '$(DESTDIR)$(includedir)'
	$(INSTALL) -m 644 $(INNER) '$(DESTDIR)$(includedir)/symfeed'
	sed $(foreach h,$(notdir $(INNER)),-e 's|"$(h)"|"symfeed/$(h)"|') port/symfeed_posix.h \
	    >'$(DESTDIR)$(includedir)/symfeed_posix.h'
	sed -e '$(if $(AUTOCONF),s/^#ifdef SYMFEED_CONFIG_FILE/#if 1/;s/^#include SYMFEED_CONFIG_FILE/#include "symfeed_autoconf.h"/)' \
	    core/symfeed_config.h >'$(DESTDIR)$(includedir)/symfeed_config.h'
	printf '%s\n' 'Name: symfeed' 'Description: follows a Symphony datafeed in fixed memory' \
	    'Version: '"$$(sed -n 's/^#define SYMFEED_VERSION "\(.*\)"/\1/p' core/symfeed.h)" \
	    'Cflags: -I$(includedir) $(MBEDTLS_CFLAGS) $(filter -DSYMFEED_%,$(CPPFLAGS) $(CFLAGS))' \
	    'Libs: -L$(libdir) -lsymfeed $(MBEDTLS_LIBS) $(LDLIBS)' >'$(DESTDIR)$(libdir)/pkgconfig/symfeed.pc'

uninstall: ## take it away again
	rm -f '$(DESTDIR)$(bindir)/symfeed' '$(DESTDIR)$(libdir)/libsymfeed.a' '$(DESTDIR)$(libdir)/pkgconfig/symfeed.pc' \
	    $(foreach h,$(notdir $(HEADERS)) symfeed_config.h symfeed_autoconf.h $(INNER:port/%=symfeed/%),'$(DESTDIR)$(includedir)/$(h)')
	@rmdir '$(DESTDIR)$(includedir)/symfeed' 2>/dev/null || :

clean: ## remove what make has made in O
	rm -rf $(O)/obj $(O)/include $(O)/checks $(O)/symfeed $(O)/libsymfeed.a
	@rmdir $(O) 2>/dev/null || :

help: ## this list
	@sed -n 's/^\([a-z][a-z0-9 _.-]*\):[^=#]*## \(.*\)/\1|\2/p' Makefile | \
	    while IFS='|' read -r name text; do printf '  %-18s %s\n' "$$name" "$$text"; done
