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
CPPFLAGS ?=
CFLAGS   ?= -Os -g
# With -flto, the ones that know what the compiler puts into objects for it.
binutil   = $(CROSS_COMPILE)$(if $(filter -flto%,$(CFLAGS)),$(if $(findstring clang,$(CC)),llvm-,gcc-))$(1)
ifeq ($(origin AR),default)
AR := $(call binutil,ar)
endif
LDFLAGS  ?=
LDLIBS   ?=
PREFIX   ?= /usr/local
DESTDIR  ?=
NM       ?= $(call binutil,nm)
# Only for `make install` where CFLAGS has -flto.
OBJCOPY  ?= $(shell $(CC) -print-prog-name=objcopy)
PYTHON   ?= python3
INSTALL  ?= install

# jsmn is one header. Empty: where the compiler finds it, else /usr/include.
JSMN_DIR ?=

# Mbed TLS 2.28, 3.6 or 4.x that is built already; or MBEDTLS_DIR, a source tree of 3.6 or 4.x, which
# is compiled with the configuration in port/tls. The process has no heap then, see port/README.md.
MBEDTLS_DIR    ?=
MBEDTLS_CFLAGS ?=
MBEDTLS_LIBS   ?= -lmbedtls -lmbedx509 $(MBEDTLS_CRYPTO)
# Only for `make mbedtls4`: a source tree of 4.x.
MBEDTLS4_DIR   ?=

ifneq ($(MBEDTLS_DIR),)
MBEDTLS_VERSION := $(shell sed -n 's/^.define MBEDTLS_VERSION_STRING  *"\(3\.6\.[0-9.]*\|4\.[0-9.]*\)"$$/\1/p' \
    '$(MBEDTLS_DIR)/include/mbedtls/build_info.h' 2>/dev/null)
ifeq ($(MBEDTLS_VERSION),)
$(error symfeed: MBEDTLS_DIR=$(MBEDTLS_DIR) is no source tree of Mbed TLS 3.6 or 4.x: it has no include/mbedtls/build_info.h that says so)
endif
# What a release brings and git does not: files that scripts of theirs write. In 4.x the cryptography is a
# tree of its own, TF-PSA-Crypto.
ifneq ($(filter 3.%,$(MBEDTLS_VERSION)),)
MBEDTLS_FOLDERS   := library
MBEDTLS_INCLUDES  := include
MBEDTLS_GENERATED := library/psa_crypto_driver_wrappers.h
MBEDTLS_GENERATE  := make generated_files
MBEDTLS_CFLAGS    :=
else
MBEDTLS_FOLDERS   := library $(addprefix tf-psa-crypto/,core dispatch drivers/builtin/src extras platform utilities)
MBEDTLS_INCLUDES  := include tf-psa-crypto/include tf-psa-crypto/drivers/builtin/include
MBEDTLS_GENERATED := library/mbedtls_config_check_user.h $(addprefix tf-psa-crypto/core/,psa_crypto_driver_wrappers.h tf_psa_crypto_config_check_user.h)
MBEDTLS_GENERATE  := framework/scripts/make_generated_files.py
MBEDTLS_CFLAGS    := -DTF_PSA_CRYPTO_CONFIG_FILE='<tls/crypto_config.h>'
ifeq ($(shell test -e '$(MBEDTLS_DIR)/tf-psa-crypto/core/psa_crypto.c' && echo there),)
$(error symfeed: MBEDTLS_DIR=$(MBEDTLS_DIR) lacks TF-PSA-Crypto: take a release, or run `git submodule update --init --recursive` there)
endif
endif
ifneq ($(shell cd '$(MBEDTLS_DIR)' && for file in $(MBEDTLS_GENERATED); do test -e $$file || echo lacks; done),)
$(error symfeed: MBEDTLS_DIR=$(MBEDTLS_DIR) lacks the files that a release brings: take a release, or run `$(MBEDTLS_GENERATE)` there)
endif
MBEDTLS_CFLAGS := $(foreach i,$(MBEDTLS_INCLUDES),-isystem '$(MBEDTLS_DIR)/$(i)') \
                  -DMBEDTLS_CONFIG_FILE='<tls/mbedtls_config.h>' $(MBEDTLS_CFLAGS) \
                  -DSYMFEED_MBEDTLS_SOURCE=$(firstword $(subst ., ,$(MBEDTLS_VERSION)))
MBEDTLS_BUILT  := $(O)/libsymfeed-mbedtls.a
MBEDTLS_LIBS   := $(MBEDTLS_BUILT)
else
MBEDTLS_BUILT  :=
endif

# Only for the tests.
CMOCKA_CFLAGS ?=
CMOCKA_LIBS   ?= -lcmocka
RUN           ?=

# Settings chosen with `make menuconfig`; without the file the headers' defaults hold. One that is
# named, such as port/configs/tiny_defconfig, has to be there.
KCONFIG_CONFIG ?= .config
ifneq ($(words $(KCONFIG_CONFIG))$(findstring =,$(KCONFIG_CONFIG)),1)
$(error symfeed: KCONFIG_CONFIG= must name one file, without spaces and '=')
endif
# What `make savedefconfig` writes.
DEFCONFIG ?= $(O)/defconfig

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
OWN_CPPFLAGS = -Icore -isystem $(O)/include $(TIME_CPPFLAGS)
OWN_CFLAGS   := -std=c99 -ffunction-sections -fdata-sections $(WARNINGS)
# Time in 64 bits, for 2038, where libc lets choose: glibc 2.34 or newer on 32-bit processors. mbedTLS has
# times in its structures, so that one which was built before has to be met as it is: by the compiler's
# default, or by CPPFLAGS.
TIME_64       = -D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64
TIME_CPPFLAGS = $(eval TIME_CPPFLAGS := $(if $(MBEDTLS_DIR),$(shell \
    wide() { echo 'typedef char wide[sizeof(time_t) == 8 ? 1 : -1];' | $(CC) "$$@" $(CPPFLAGS) \
        $(filter-out -fcallgraph-info%,$(CFLAGS)) -include time.h -fsyntax-only -x c - 2>/dev/null; }; \
    wide || ! wide $(TIME_64) || echo '$(TIME_64)')))$(TIME_CPPFLAGS)
# A static program stays where it is linked to: code that could be moved is larger, and what would be
# constant has to be written to when it starts. Nor does anybody unwind its stack while it runs, for
# which most processors but 32-bit ARM get tables; debuggers have those of -g.
FIXED_CFLAGS := $(if $(filter -static,$(LDFLAGS)),-fno-pie -fno-unwind-tables -fno-asynchronous-unwind-tables)
OWN_CFLAGS   += $(FIXED_CFLAGS)
# -flto in CFLAGS: the program is optimised as a whole when it is linked; in one piece, which is smallest
# and the same each time. Objects have machine code besides, for all who read them and for an installed
# library: what -flto adds to it is for the compiler alone that wrote it.
accepted     = $(shell echo 'int i;' | $(CC) -Werror $(1) -c -x c - -o /dev/null 2>/dev/null && echo $(2))
WITH_LTO    := $(filter -flto%,$(CFLAGS))
LTO_CFLAGS  := $(if $(WITH_LTO),$(if $(filter -fno-fat-lto-objects,$(CFLAGS)),,$(call accepted,$(WITH_LTO) -ffat-lto-objects,-ffat-lto-objects)))
LTO_LDFLAGS := $(if $(WITH_LTO),$(call accepted,$(WITH_LTO) -flto-partition=one,-flto-partition=one) \
                 -ffunction-sections -fdata-sections $(FIXED_CFLAGS))
OWN_CFLAGS  += $(LTO_CFLAGS)
# The compiler's names for what it adds are random; so they come from the source's name.
NAME_SEED    = $(if $(LTO_CFLAGS),-frandom-seed=$(1))
# Core alone gets these: `make coverage` counts core and not its tests.
CORE_CFLAGS  ?=

ifneq ($(wildcard $(KCONFIG_CONFIG))$(filter-out file,$(origin KCONFIG_CONFIG)),)
AUTOCONF     := $(O)/include/symfeed_autoconf.h
OWN_CPPFLAGS += -DSYMFEED_CONFIG_FILE='"symfeed_autoconf.h"'
endif

# The cryptography of an installed Mbed TLS: the library of 4.x has another name.
MBEDTLS_CRYPTO = $(eval MBEDTLS_CRYPTO := $(shell echo '#include <tf-psa-crypto/version.h>' | \
    $(CC) $(MBEDTLS_CFLAGS) $(CPPFLAGS) -E -x c - >/dev/null 2>&1 && echo -ltfpsacrypto || echo -lmbedcrypto))$(MBEDTLS_CRYPTO)

# Unused functions leave the program where the linker can do that (ld.bfd, gold, lld, mold).
GC_SECTIONS = $(shell $(CC) -Wl,--help 2>/dev/null | grep -q -e --gc-sections && echo -Wl,--gc-sections)
# Functions of libraries are looked up before main(). Later, each first call would have the processor's
# registers saved on the stack, and with them pieces of tokens that were copied just before.
BIND_NOW = $(shell $(CC) -Wl,--help 2>/dev/null | grep -q -e '-z now' && echo -Wl,-z,now)
# A static program has no tables of addresses that are filled in when it starts and could be made constant
# then. The linker would all the same give what it calls so, some 100 bytes, a page of its own: 4 KB of RAM,
# and up to as much in the file.
NO_RELRO = $(if $(filter -static,$(LDFLAGS)),$(shell $(CC) -Wl,--help 2>/dev/null | grep -q -e '-z norelro' && echo -Wl,-z,norelro))

# The same sources give the same program in each folder, whatever O is: debug information names neither.
# PWD is what a compiler takes for the folder where a link leads into it.
export PWD := $(CURDIR)
SAME_PATHS = $(eval SAME_PATHS := $(shell for map in file debug; do \
    echo 'int i;' | $(CC) -Werror -f$$map-prefix-map=a=b -c -x c - -o /dev/null 2>/dev/null && { \
        printf "'-f%s-prefix-map=%s' " $$map '$(CURDIR)=.' $$map '$(O)/=build/' \
            $(if $(MBEDTLS_DIR),$$map '$(MBEDTLS_DIR)=mbedtls'); break; }; done))$(SAME_PATHS)

# Static data by its alignment: an arena for mbedTLS, which needs none, is then the last, and its end,
# which is seldom in use, no hole of untouched pages in the middle.
SORT_DATA = $(shell $(CC) -Wl,--help 2>/dev/null | grep -q -e '--sort-section name|alignment' && echo -Wl,--sort-section=alignment)

COMPILE_CORE = $(CC) $(OWN_CPPFLAGS) $(OWN_CFLAGS) $(SAME_PATHS) $(CPPFLAGS) $(CFLAGS) $(CORE_CFLAGS)
COMPILE      = $(CC) $(OWN_CPPFLAGS) -Iport $(OWN_CFLAGS) $(SAME_PATHS) $(MBEDTLS_CFLAGS) $(CMOCKA_CFLAGS) \
               $(CPPFLAGS) $(CFLAGS) $(EXTRA_CPPFLAGS)
DEPENDENCIES = -MMD -MP
LINK         = $(CC) $(CFLAGS) $(LTO_LDFLAGS) $(LDFLAGS) $(GC_SECTIONS) $(BIND_NOW) $(NO_RELRO) $(SORT_DATA)

# --- sources --------------------------------------------------------------------------------------

CORE_SOURCES := $(sort $(wildcard core/*.c core/*/*.c))
PORT_SOURCES := $(sort $(wildcard port/*.c port/*/*.c))
# Programs of one file each; those of porting/ bring a port of their own, and nothing of port/ is for
# them. A folder of each of the two larger ones.
EXAMPLES     := $(sort $(wildcard examples/*.c))
PORTING      := $(sort $(wildcard examples/porting/*.c))
ALARM        := $(sort $(wildcard examples/alarm/*.c))
CLI_SOURCES  := $(sort $(wildcard examples/symfeed/*.c))

# test_*.c is a program; another file next to it is linked into each of them.
UNIT_TESTS       := $(sort $(wildcard test/unit/test_*.c test/unit/*/test_*.c))
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
MBEDTLS_OBJECTS := $(if $(MBEDTLS_DIR),$(addprefix $(O)/obj/mbedtls/,$(sort $(patsubst %.c,%.o,$(shell cd '$(MBEDTLS_DIR)' && \
    for folder in $(MBEDTLS_FOLDERS); do test ! -d $$folder || (cd $$folder && ls *.c); done)))))
UNIT_PROGRAMS       := $(call programs,$(UNIT_TESTS))
SIMULATION_PROGRAMS := $(call programs,$(SIMULATION_TESTS))
EXAMPLE_PROGRAMS    := $(call programs,$(EXAMPLES) examples/alarm/alarm.c)
PORTING_PROGRAMS    := $(call programs,$(PORTING))
BENCH_PROGRAMS      := $(call programs,$(BENCHES))
HANDSHAKE_PROGRAM   := $(call programs,$(HANDSHAKE_BENCH))
# What the end-to-end tests drive beside the client.
E2E_PROGRAMS        := $(call programs,test/e2e/arena.c test/e2e/lookup.c test/e2e/resolver.c test/e2e/roots.c \
                          test/e2e/same.c test/e2e/traffic.c)

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
	    echo "symfeed: no compiler '$(firstword $(CC))': install it, or run 'make deps'" >&2; exit 1; }
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
$(O)/obj/port/system/clock.o: $(O)/obj/epoch
$(O)/obj/port/system/clock.o: private EXTRA_CPPFLAGS = $(addprefix -DSYMFEED_BUILD_EPOCH=,$(BUILD_EPOCH))

# jsmn.h by itself in a folder of ours: a freestanding compiler must not see the rest of
# /usr/include.
$(O)/include/jsmn.h: $(O)/obj/flags
	@mkdir -p $(@D)
	@file=$(if $(JSMN_DIR),'$(JSMN_DIR)/jsmn.h','$(shell echo '#include <jsmn.h>' | \
	        $(CC) $(CPPFLAGS) -M -x c - 2>/dev/null | tr ' ' '\n' | grep '/jsmn\.h$$')'); \
	test -e "$${file:=/usr/include/jsmn.h}" || { echo "symfeed: no $$file: install libjsmn-dev," \
	    "run 'make deps', or say JSMN_DIR=folder" >&2; exit 1; }; \
	cp "$$file" $@

# Looked at each time: two files of settings may be older than what was made from either.
$(O)/include/symfeed_autoconf.h: FORCE
	@test -e $(KCONFIG_CONFIG) || { echo "symfeed: there is no $(KCONFIG_CONFIG): make menuconfig" \
	    "KCONFIG_CONFIG=$(KCONFIG_CONFIG) makes one" >&2; exit 1; }
	@mkdir -p $(@D) && awk -f port/configs/header.awk Kconfig $(KCONFIG_CONFIG) >$@.new && \
	    if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# Says in one line what to install, or which setting a header of ours has turned down: $(1) header,
# $(2) Debian package, $(3) flags.
define need
@mkdir -p $(@D); if echo '#include <$(1)>' | $(CC) $(3) $(CPPFLAGS) $(CFLAGS) -E -x c - >/dev/null 2>$@.log; \
then touch $@; else grep -m 1 -o 'symfeed: [^"]*' $@.log >&2 || \
    echo "symfeed: $(CC) finds no $(1): install $(2), or run 'make deps'" >&2; exit 1; fi
endef
$(O)/obj/have-mbedtls: $(O)/obj/flags $(AUTOCONF)
	$(call need,mbedtls/ssl.h,libmbedtls-dev,$(OWN_CPPFLAGS) -Iport $(MBEDTLS_CFLAGS))
	$(if $(MBEDTLS_DIR),@printf '  %-7s %s\n' SOURCE 'Mbed TLS $(MBEDTLS_VERSION) from $(MBEDTLS_DIR)')
$(O)/obj/have-cmocka: $(O)/obj/flags
	$(call need,cmocka.h,libcmocka-dev,$(CMOCKA_CFLAGS) -include stdarg.h -include stddef.h -include stdint.h -include setjmp.h)

# The headers that it is compiled with, of which it includes one or both.
MBEDTLS_CONFIGS := port/tls/mbedtls_config.h port/tls/crypto_config.h

# mbedTLS's headers are the system's, and so is what they include: the compiler's lists leave it out.
COMMON := $(O)/obj/flags $(O)/include/jsmn.h $(AUTOCONF) \
          $(if $(MBEDTLS_DIR),$(MBEDTLS_CONFIGS) port/tls/platform_config.h port/symfeed_port_config.h)

$(call objects,$(UNIT_TESTS)): private EXTRA_CPPFLAGS = -Itest/unit

$(O)/obj/core/%.o: core/%.c $(COMMON)
	$(SAY) CC '$<'
	$(QUIET)mkdir -p $(@D) && $(COMPILE_CORE) $(call NAME_SEED,$<) $(DEPENDENCIES) -c $< -o $@

$(O)/obj/examples/porting/%.o: examples/porting/%.c $(COMMON)
	$(SAY) CC '$<'
	$(QUIET)mkdir -p $(@D) && $(COMPILE_CORE) $(call NAME_SEED,$<) $(DEPENDENCIES) -c $< -o $@

$(O)/obj/%.o: %.c $(COMMON)
	$(SAY) CC '$<'
	$(QUIET)mkdir -p $(@D) && $(COMPILE) $(call NAME_SEED,$<) $(DEPENDENCIES) -c $< -o $@

$(PORT_OBJECTS): $(O)/obj/have-mbedtls
$(call objects,$(UNIT_TESTS) $(wildcard test/simulation/*.c)): $(O)/obj/have-cmocka

# mbedTLS from source: its own warnings are its own. What the configuration leaves out compiles to nothing.
# No two of its files have the same name.
$(O)/obj/mbedtls/%.o: $(COMMON)
	$(SAY) CC '$(MBEDTLS_DIR): $*.c'
	$(QUIET)mkdir -p $(@D); for folder in $(MBEDTLS_FOLDERS); do test ! -e '$(MBEDTLS_DIR)'/$$folder/$*.c || break; done; \
	    $(CC) -w -ffunction-sections -fdata-sections $(FIXED_CFLAGS) $(LTO_CFLAGS) $(call NAME_SEED,$*) $(SAME_PATHS) \
	    $(OWN_CPPFLAGS) -Iport $(MBEDTLS_CFLAGS) $(MBEDTLS_FOLDERS:%=-I'$(MBEDTLS_DIR)/%') $(CPPFLAGS) $(CFLAGS) \
	    $(DEPENDENCIES) -c '$(MBEDTLS_DIR)'/$$folder/$*.c -o $@

# D, where it is known, keeps times and owners out.
archive = rm -f $@ && { $(AR) rcsD $@ $^ 2>/dev/null || $(AR) rcs $@ $^; }

$(O)/libsymfeed-mbedtls.a: $(MBEDTLS_OBJECTS)
	$(SAY) AR '$@'
	$(QUIET)$(archive)

$(O)/libsymfeed.a: $(CORE_OBJECTS) $(PORT_OBJECTS)
	$(SAY) AR '$@'
	$(QUIET)$(archive)

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

$(UNIT_PROGRAMS): %: %.o $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(LDLIBS)

$(SIMULATION_PROGRAMS): %: %.o $(call objects,$(SIMULATION_COMMON)) $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(CMOCKA_LIBS) $(LDLIBS)

$(BENCH_PROGRAMS): %: %.o $(CORE_OBJECTS)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $^ $(LDLIBS)

# All of core in two files, for a tree with another build system; needs Python.
.PHONY: amalgamation
amalgamation: $(O)/symfeed.c ## build/symfeed.c and build/symfeed.h: core in two files
$(O)/symfeed.c: test/tools/amalgamate.py test/tools/layers.py test/tools/c_source.py $(CORE_SOURCES) $(wildcard core/*.h core/*/*.h) $(COMMON)
	@$(PYTHON) test/tools/amalgamate.py --jsmn $(O)/include/jsmn.h $(AUTOCONF:%=--settings %) --out $(O)

$(O)/symfeed.o: $(O)/symfeed.c
	$(SAY) CC '$<'
	$(QUIET)$(subst $(OWN_CPPFLAGS),,$(COMPILE_CORE)) -c $< -o $@

-include $(wildcard $(O)/obj/*/*.d $(O)/obj/*/*/*.d $(O)/obj/*/*/*/*.d)

# --- tests ----------------------------------------------------------------------------------------

.PHONY: check deps strict core-freestanding amalgamation-check unit simulation variants defconfigs config-check e2e \
        e2e-programs tests sanitize qemu arches valgrind firmware firmware-tools mbedtls3 mbedtls4 source records resolver \
        fuzz soak selftest drift-check heap-check install-check

# In this order: what fails fastest comes first.
CHECKS := strict core-freestanding heap-check drift-check config-check lint unit simulation amalgamation-check \
          footprint variants defconfigs selftest qemu valgrind symbols-check sbom-check reproducible packaging-check \
          install-check firmware firmware-install sanitize resolver source mbedtls4 e2e

check: ## all tests; installs what they need first
	@test/tools/deps.sh build check
	+@MAKE='$(MAKE)' test/tools/check.sh $(O)/checks $(CHECKS)

deps: ## install what building, testing and the demonstration need (Debian)
	@test/tools/deps.sh build check demo states coverage

RUN_TESTS = $(PYTHON) test/tools/run_tests.py $(if $(V),--verbose) --wrap '$(RUN)' --symfeed $(O)/symfeed

unit: $(UNIT_PROGRAMS)             ## unit tests of core/
	@$(RUN_TESTS) $^
simulation: $(SIMULATION_PROGRAMS) ## core against an in-memory agent in virtual time
	@$(RUN_TESTS) $^
e2e-programs: all examples $(E2E_PROGRAMS)
e2e: e2e-programs                  ## build/symfeed against the agent simulator, over TLS
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

# Each feature that Kconfig lets leave out has to leave the rest whole: test/config/variants.py, which
# writes their settings, says what is tested of each.
IN_PARALLEL = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j2)
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
	    tls-%,$*),MBEDTLS_DIR='$(SOURCE_HERE)',MBEDTLS_DIR=) $(if $(filter core-%,$*),unit simulation) all)
	@echo "ok   $*"
$(O)/checks/configs/%.tested: port/configs/% FORCE
	@mkdir -p $(@D)
	$(call varied,$<,MBEDTLS_DIR='$(SOURCE_HERE)' all $(if $(filter tiny_%,$*),,examples) unit simulation)
	@$(basename $@)/symfeed version
	@echo "ok   $*"

SANITIZERS := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
sanitize: ## all tests under AddressSanitizer and UndefinedBehaviorSanitizer, of their masses of cases a few
	@$(MAKE) O=$(O)/checks/sanitize CFLAGS='$(SANITIZERS)' CPPFLAGS=-DTEST_STRIDE=7 $(EVERYTHING)
	@ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 \
	UBSAN_OPTIONS=print_stacktrace=1 \
	    $(MAKE) O=$(O)/checks/sanitize CFLAGS='$(SANITIZERS)' CPPFLAGS=-DTEST_STRIDE=7 tests

# Static programs of other architectures under qemu-user; ARCHES="mips riscv64" for these alone.
ARCHES     ?= armhf armel arm64 mipsel mips riscv64
E2E_ARCHES ?= armhf mips
qemu: ## unit and simulation tests on ARM and on big-endian MIPS, of their masses of cases a few
	+@TEST_STRIDE=31 test/tools/arches.sh '$(MAKE)' $(O)/checks armhf-musl:tests mips-glibc:tests
arches: ## build and tests on six architectures with two C libraries, end-to-end tests on two
	@test/tools/deps.sh build check arches
	+@test/tools/arches.sh '$(MAKE)' $(O)/checks $(foreach a,$(ARCHES),$(a)-glibc:all $(a)-musl:$(if \
	    $(filter $(a),$(E2E_ARCHES)),e2e,all))

valgrind: $(UNIT_PROGRAMS) ## unit tests under valgrind
	@$(RUN_TESTS) --wrap 'valgrind -q --leak-check=full --error-exitcode=99' $^

# symfeed as it goes into an image: one static ARM program of core, port, Mbed TLS from source and musl.
firmware-with = CC='$(ARMV7)gcc -specs $(O)/checks/musl/armhf/musl-gcc.specs' AR=$(ARMV7)ar CFLAGS='-Os -mthumb -flto' \
    LDFLAGS=-static MBEDTLS_DIR=$(O)/checks/mbedtls-source WERROR=1
firmware: firmware-tools ## the static ARM program, which holds no heap
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

core-freestanding: ## core/ builds for a bare Cortex-M4 and keeps its promises on symbols and data
	@$(MAKE) $(cortex-m4)
	@$(PYTHON) test/tools/core_rules.py $(CORTEX_M4) $(patsubst %.c,$(O)/checks/cortex-m4/obj/%.o,$(CORE_SOURCES))
	@$(PYTHON) test/tools/unused_check.py $(CORTEX_M4) $(O)/checks/cortex-m4/unused \
	    $(patsubst %.c,$(O)/checks/cortex-m4/obj/%.o,$(CORE_SOURCES))

# The two files of `make amalgamation`: as above, also with clang and with the least of core; and the
# simulation, whose programs need only public functions.
amalgamated = O=$(O)/checks/amalgamation/$(1) WERROR=1 CC='$(2)' CFLAGS="-Os -mcpu=cortex-m4 -mthumb \
    -ffreestanding -nostdinc -isystem $$($(2) -print-file-name=include)" $(O)/checks/amalgamation/$(1)/symfeed.o
with_tiny   = KCONFIG_CONFIG=port/configs/tiny_defconfig
on_host     = O=$(O)/checks/amalgamation/$(1) WERROR=1 CORE_OBJECTS=$(O)/checks/amalgamation/$(1)/symfeed.o simulation

amalgamation-check: ## core in two files builds for a bare Cortex-M4 and passes the simulation tests
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

# A corpus grows in $(O)/checks/fuzz and is used again the next time.
FUZZERS := batch http text feed url claims events dns hosts
FUZZ_SECONDS ?= 60
fuzz: $(O)/include/jsmn.h ## hostile bytes for the parsers and the whole client (FUZZ_SECONDS each)
	@mkdir -p $(O)/checks/fuzz && $(PYTHON) test/fuzz/seeds.py $(O)/checks/fuzz
	@set -e; for f in $(FUZZERS); do \
	    clang $(OWN_CPPFLAGS) -Iport $(OWN_CFLAGS) -Werror -O1 -g -fno-sanitize-recover=all \
	        -fsanitize=fuzzer,address,undefined test/fuzz/fuzz_$$f.c $(CORE_SOURCES) -o $(O)/checks/fuzz/fuzz_$$f; \
	    $(O)/checks/fuzz/fuzz_$$f -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -timeout=10 \
	        -artifact_prefix=$(O)/checks/fuzz/ $(O)/checks/fuzz/$$f 2>$(O)/checks/fuzz/log || { \
	        tail -n 40 $(O)/checks/fuzz/log >&2; exit 1; }; \
	    echo "fuzz_$$f: $$(sed -n 's/^Done //p' $(O)/checks/fuzz/log), nothing found"; \
	done

SOAK_SECONDS ?= 600
soak: all ## build/symfeed on an agent that misbehaves at random, for SOAK_SECONDS
	@SYMFEED=$(O)/symfeed $(PYTHON) test/soak/soak.py $(SOAK_SECONDS)

heap-check: $(CORE_OBJECTS) $(PORT_OBJECTS) $(CLI_OBJECTS) ## core, port and client ask for no heap
	@test/tools/heap_check.sh '$(NM)' --objects $^

config-check: ## Kconfig, headers and port/configs agree; the menus work
	@$(RUN_TESTS) $(sort $(wildcard test/config/test_*.py))

drift-check: ## what stands in two places is the same in both
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

lint: $(COMMON) $(O)/obj/have-mbedtls $(CORE_OBJECTS) $(PORT_OBJECTS) ## order of layers, clang-format, cppcheck, clang-tidy, shellcheck
	@test/tools/lint.sh '$(FORMATTED)' \
	    '$(CORE_SOURCES) $(PORT_SOURCES) $(CLI_SOURCES) $(EXAMPLES) $(ALARM) $(PORTING)' \
	    '$(PYTHON) test/tools/layers.py --nm $(NM) $(CORE_OBJECTS) $(PORT_OBJECTS)' \
	    -Icore -Iport -isystem $(O)/include $(MBEDTLS_CFLAGS) -std=c99

format: ## lay all C out as .clang-format says
	@clang-format -i $(FORMATTED)

codes: ## the man page's tables of codes, from the lists in core/symfeed_port.h and port/symfeed_cause.h
	@$(PYTHON) test/tools/codes.py

states: ## the pictures of states, drawn from the code with graphviz, beside the sources
	@$(PYTHON) test/tools/states.py

# For editors: one object for each source, with the very command that make would run.
define newline


endef
compile_commands.json: export COMMANDS = $(foreach s,$(CORE_SOURCES),$(s)|$(COMPILE_CORE) -c $(s)$(newline))$(foreach \
    s,$(PORT_SOURCES) $(CLI_SOURCES) $(ALARM) $(PORTING) $(EXAMPLES) $(wildcard test/*/*.c test/unit/*/*.c),$(s)|$(COMPILE) -Itest/unit -c $(s)$(newline))
compile_commands.json: $(COMMON) ## for editors and language servers
	@printf '%s' "$$COMMANDS" | awk -v folder="$$(pwd)" -f test/tools/compile_commands.awk >$@

# --- figures --------------------------------------------------------------------------------------

.PHONY: coverage footprint footprint-readme costs bench demo
coverage: ## line and branch coverage of core/ by its unit tests and simulation
	@$(MAKE) O=$(O)/checks/coverage CFLAGS='-O0 -g' CORE_CFLAGS=--coverage LDFLAGS=--coverage test-programs
	@find $(O)/checks/coverage -name '*.gcda' -delete
	@$(MAKE) O=$(O)/checks/coverage CFLAGS='-O0 -g' CORE_CFLAGS=--coverage LDFLAGS=--coverage unit
	@$(MAKE) O=$(O)/checks/coverage CFLAGS='-O0 -g' CORE_CFLAGS=--coverage LDFLAGS=--coverage simulation
	@gcovr --root . --filter core/ $(O)/checks/coverage --txt | sed '1,/^---/d;/^---/d'
	@gcovr --root . --filter core/ $(O)/checks/coverage --print-summary --branches | sed '1,/^---/d;/^---/d'

# Each configuration twice: core/ for a Cortex-M4, and the whole static program for ARM.
FOOTPRINT_CONFIGS := $(or $(filter $(patsubst port/configs/%_defconfig,%,$(wildcard port/configs/*)),full default tiny),default)
footprint_core    = $(subst O=$(O)/checks/cortex-m4 ,O=$(1)/cortex-m4 ,$(cortex-m4))
# By debug information each function and variable of a program that is optimised as a whole has its source.
footprint_program = O=$(1)/armhf $(subst -mthumb,-mthumb -g -fcallgraph-info=su,$(subst \
    LDFLAGS=-static,LDFLAGS='-static -Wl$(comma)-Map=$(1)/armhf/map',$(firmware-with))) all
footprint_objects = $(patsubst %,$(1)/obj/test/tools/footprint/%.o,$(2))
footprint_config  = KCONFIG_CONFIG=$(or $(wildcard port/configs/$(1)_defconfig),/dev/null)
comma := ,

# A jobserver of the caller's is used; without one two compilers at a time.
footprint:        ## flash, RAM and stack by part, held to test/limits and to README.md
footprint-readme: ## the same, written into README.md
footprint footprint-readme: firmware-tools
	+@set -e; case "$$MAKEFLAGS" in *jobserver*) jobs= ;; *) jobs=-j2 ;; esac; \
	$(foreach c,$(FOOTPRINT_CONFIGS),$(foreach f,$(O)/checks/footprint/$(c), \
	    $(MAKE) $$jobs $(call footprint_core,$(f)) $(call footprint_config,$(c)) \
	        $(call footprint_objects,$(f)/cortex-m4,feed least); \
	    $(MAKE) $$jobs $(call footprint_program,$(f)) $(call footprint_config,$(c)) \
	        $(call footprint_objects,$(f)/armhf,feed least client);))
	@$(PYTHON) test/tools/footprint --limits $(LIMITS) --cortex-m4 $(CORTEX_M4) --armhf $(ARMV7) \
	    --certificates $(O)/checks/footprint/certificates --mbedtls $(O)/checks/mbedtls-source --readme README.md \
	    $(if $(filter footprint-readme,$@),--write-readme) \
	    $(foreach c,$(FOOTPRINT_CONFIGS),--config $(c) $(O)/checks/footprint/$(c))

costs: firmware-tools ## what each feature costs in flash, held to the figures of Kconfig (WRITE=1: into it)
	@$(PYTHON) test/tools/costs.py $(if $(WRITE),--write) -- $(firmware-with)

bench: $(BENCH_PROGRAMS) $(HANDSHAKE_PROGRAM) all ## speed, instructions per event, handshakes, peak memory
	@$(PYTHON) test/tools/bench.py --symfeed $(O)/symfeed $(BENCH_PROGRAMS)
	@$(PYTHON) test/bench/handshake.py $(HANDSHAKE_PROGRAM)

demo: ## watch build/symfeed follow a simulated agent for half a minute
	@test/tools/deps.sh build demo
	@$(MAKE) all
	@$(PYTHON) test/tools/demo.py $(O)/symfeed

# --- settings -------------------------------------------------------------------------------------

CONFIGS := $(notdir $(wildcard port/configs/*_defconfig))
.PHONY: menuconfig oldconfig olddefconfig savedefconfig defconfig $(CONFIGS)

# Kconfiglib is a package of the system's Python, which PYTHON need not be.
define kconfig
@for python in '$(PYTHON)' /usr/bin/python3; do if $$python -c 'import kconfiglib' 2>/dev/null; then \
    KCONFIG_CONFIG='$(KCONFIG_CONFIG)' exec $$python -m $(1); fi; done; \
echo "symfeed: neither $(PYTHON) nor /usr/bin/python3 has kconfiglib: install python3-kconfiglib" >&2; exit 1
endef

menuconfig:    ## (these with python3-kconfiglib) choose features and sizes, into .config
	$(call kconfig,menuconfig Kconfig)
oldconfig:     ## ask for the settings that .config has not
	$(call kconfig,oldconfig Kconfig)
olddefconfig:  ## give them their defaults, and drop what Kconfig has no more
	$(call kconfig,olddefconfig Kconfig)
defconfig: default_defconfig ## .config with each default; so full_defconfig, tiny_defconfig: port/configs
$(CONFIGS): %: port/configs/%
	$(call kconfig,defconfig --kconfig Kconfig $<)
savedefconfig: ## what in .config is no default, into build/defconfig (DEFCONFIG=FILE)
	@mkdir -p '$(dir $(DEFCONFIG))'
	$(call kconfig,savedefconfig --kconfig Kconfig --out '$(DEFCONFIG)')

# --- installation ---------------------------------------------------------------------------------

.PHONY: install uninstall dist clean help
bindir     ?= $(PREFIX)/bin
libdir     ?= $(PREFIX)/lib
includedir ?= $(PREFIX)/include
mandir     ?= $(PREFIX)/share/man
pcdir       = $(libdir)/pkgconfig
VERSION    := $(shell sed -n 's/^.define SYMFEED_VERSION  *"\(.*\)"/\1/p' core/symfeed.h)

# Headers for applications. What symfeed_posix.h includes, and what that includes, has names too common
# for /usr/include, and so have the headers of an mbedTLS of our own.
HEADERS := $(sort $(wildcard core/symfeed*.h port/symfeed*.h))
INNER   := $(sort $(filter-out $(MBEDTLS_CONFIGS),$(wildcard port/*/*.h)))
INNERMOST = $(includedir)/symfeed/mbedtls
NAME_INNER = sed $(foreach f,$(sort $(patsubst port/%/,%,$(dir $(INNER)))),-e 's|^\(.include "\)$(f)/|\1symfeed/$(f)/|')

# An application's headers have to be as the library's were: what make was told of sizes and features
# is written into them, so that no flag has to be repeated.
told     = -e 's/^\(.\)define \($(1)_[A-Z0-9_]*\) .*/\1ifndef \2\n&\n\1endif/p'
TOLD     = $(CC) $(MBEDTLS_CFLAGS) $(CPPFLAGS) $(CFLAGS) -dM -E -x c /dev/null | LC_ALL=C sort | sed -n \
    -e '/^.define MBEDTLS_CONFIG_FILE/d' -e 's/^\(.\)define SYMFEED_CONFIG_FILE/\1include/p' -e t \
    $(call told,SYMFEED) $(if $(MBEDTLS_DIR),$(call told,MBEDTLS))
ASK_TOLD = sed -e 's/^\(.\)ifdef SYMFEED_CONFIG_FILE/\1if 1/' \
    -e 's/^\(.include\) SYMFEED_CONFIG_FILE/\1 "symfeed_autoconf.h"/'

# Whoever links libsymfeed.a needs what is behind it, too, with `pkg-config --static` and without: there
# is no shared library that would bring its own. So all of it is in Libs.
below = $(patsubst $(PREFIX)/%,$${prefix}/%,$(1))
define PC
prefix=$(PREFIX)
includedir=$(call below,$(includedir))
libdir=$(call below,$(libdir))

Name: symfeed
Description: follows a Symphony datafeed in fixed memory
Version: $(VERSION)
Cflags: -I$${includedir} $(if $(MBEDTLS_DIR),-I$${includedir}/symfeed/mbedtls,$(MBEDTLS_CFLAGS))$(if $(TIME_CPPFLAGS), $(TIME_CPPFLAGS))
Libs: -L$${libdir} -lsymfeed $(if $(MBEDTLS_DIR),-lsymfeed-mbedtls,$(MBEDTLS_LIBS)) $(LDLIBS)
endef
install: export PC_FILE = $(PC)

install: all ## into DESTDIR and PREFIX (default /usr/local)
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(includedir)/symfeed' '$(DESTDIR)$(pcdir)' '$(DESTDIR)$(mandir)/man1'
	$(INSTALL) -m 755 $(O)/symfeed '$(DESTDIR)$(bindir)/symfeed'
	$(INSTALL) -m 644 examples/symfeed/symfeed.1 '$(DESTDIR)$(mandir)/man1/symfeed.1'
	$(INSTALL) -m 644 $(O)/libsymfeed.a $(MBEDTLS_BUILT) '$(DESTDIR)$(libdir)'
ifneq ($(LTO_CFLAGS),)
	for library in $(notdir $(O)/libsymfeed.a $(MBEDTLS_BUILT)); do \
	    $(OBJCOPY) --enable-deterministic-archives -R '.gnu.lto_*' -R '.gnu.debuglto_*' -N __gnu_lto_v1 \
	        '$(DESTDIR)$(libdir)'/$$library || exit 1; done
endif
	$(INSTALL) -m 644 $(HEADERS) '$(DESTDIR)$(includedir)'
	@for h in $(INNER:port/%=%); do $(INSTALL) -d '$(DESTDIR)$(includedir)/symfeed'/$${h%/*} && \
	    $(NAME_INNER) port/$$h >'$(DESTDIR)$(includedir)/symfeed'/$$h && \
	    chmod 644 '$(DESTDIR)$(includedir)/symfeed'/$$h || exit 1; done
	$(NAME_INNER) port/symfeed_posix.h >'$(DESTDIR)$(includedir)/symfeed_posix.h'
	$(ASK_TOLD) core/symfeed_config.h >'$(DESTDIR)$(includedir)/symfeed_config.h'
	$(ASK_TOLD) port/symfeed_port_config.h >'$(DESTDIR)$(includedir)/symfeed_port_config.h'
	{ echo '/* What libsymfeed.a was built with. */' && { $(TOLD); } $(if $(AUTOCONF),&& cat $(AUTOCONF)); } \
	    >'$(DESTDIR)$(includedir)/symfeed_autoconf.h'
ifneq ($(MBEDTLS_DIR),)
	@for from in $(MBEDTLS_INCLUDES); do (cd '$(MBEDTLS_DIR)'/$$from && find * -name '*.h' -print) | while read -r h; do \
	    $(INSTALL) -d '$(DESTDIR)$(INNERMOST)'/$${h%/*} && \
	    $(INSTALL) -m 644 '$(MBEDTLS_DIR)'/$$from/$$h '$(DESTDIR)$(INNERMOST)'/$$h || exit 1; done || exit 1; done
	$(NAME_INNER) port/tls/mbedtls_config.h >'$(DESTDIR)$(INNERMOST)/mbedtls/mbedtls_config.h'
	$(if $(filter 4.%,$(MBEDTLS_VERSION)),$(NAME_INNER) port/tls/crypto_config.h >'$(DESTDIR)$(INNERMOST)/psa/crypto_config.h')
endif
	printf '%s\n' "$$PC_FILE" >'$(DESTDIR)$(pcdir)/symfeed.pc'
	chmod 644 '$(DESTDIR)$(includedir)/symfeed_autoconf.h' '$(DESTDIR)$(pcdir)/symfeed.pc'

uninstall: ## take it away again
	rm -f '$(DESTDIR)$(bindir)/symfeed' '$(DESTDIR)$(libdir)/libsymfeed.a' '$(DESTDIR)$(libdir)/libsymfeed-mbedtls.a' \
	    '$(DESTDIR)$(pcdir)/symfeed.pc' '$(DESTDIR)$(mandir)/man1/symfeed.1' \
	    $(foreach h,$(notdir $(HEADERS)) symfeed_autoconf.h $(INNER:port/%=symfeed/%),'$(DESTDIR)$(includedir)/$(h)')
	rm -rf '$(DESTDIR)$(INNERMOST)'
	@for folder in $(addprefix symfeed/,$(sort $(patsubst port/%/,%,$(dir $(INNER))))) symfeed; do \
	    rmdir '$(DESTDIR)$(includedir)'/$$folder 2>/dev/null || :; done

dist: ## O/symfeed-VERSION.tar.gz of what is committed; the same for each commit
	@mkdir -p $(O) && git archive --format=tar --prefix=symfeed-$(VERSION)/ HEAD >$(O)/symfeed-$(VERSION).tar
	@gzip -9 -n -f $(O)/symfeed-$(VERSION).tar
	@cd $(O) && sha256sum symfeed-$(VERSION).tar.gz

clean: ## remove what make has made in O
	rm -rf $(O)/obj $(O)/include $(O)/checks $(O)/symfeed $(O)/libsymfeed.a $(O)/libsymfeed-mbedtls.a \
	    $(O)/symfeed.[cho] $(O)/symfeed-*.tar.gz $(O)/symfeed.cdx.json
	@rmdir $(O) 2>/dev/null || :

help: ## this list
	@sed -n 's/^\([a-z][a-z0-9 _.-]*\):[^=#]*## \(.*\)/\1|\2/p' Makefile | \
	    while IFS='|' read -r name text; do printf '  %-18s %s\n' "$$name" "$$text"; done
