# SPDX-License-Identifier: Apache-2.0
#
# `make` builds build/symfeed and build/libsymfeed.a; `make help` lists everything else.
#
# Needs GNU make 4.0 or newer and a POSIX shell; Python 3 for the tests and the measuring, which are in
# test/checks.mk, not for building. Every path is relative, so that a checkout in "My Documents" works:
# make splits lists at spaces. Variables may come from the environment or from the command line; the
# project's own flags live in variables of their own, so that CFLAGS given by a distribution drops none.

comma := ,
refuse = $(if $(1),$(error symfeed: $(2)))
$(call refuse,$(if $(filter 4.% 5.%,$(MAKE_VERSION)),,old),needs GNU make 4.0 or newer)
MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:

# --- variables for the person who builds ----------------------------------------------------------

# All that make writes goes into this folder.
O ?= build
$(call refuse,$(filter-out 1,$(words $(O))),O= must name one folder$(comma) without spaces)
$(call refuse,$(findstring =,$(O)),O= must name a folder without '=': make takes such a name for a variable)
$(call refuse,$(filter . ./ .. ../ %/.. %/../,$(O))$(wildcard $(O)/symfeed/.),O= must be a folder of its own$(comma) so that \
    `make clean` cannot reach a source)

ifeq ($(origin CC),default)
CC := $(if $(CROSS_COMPILE),$(CROSS_COMPILE)gcc,cc)
endif
CPPFLAGS ?=
CFLAGS   ?= -Os -g
# With -flto, the ones that know what the compiler puts into objects for it.
binutil   = $(CROSS_COMPILE)$(if $(WITH_LTO),$(if $(findstring clang,$(CC)),llvm-,gcc-))$(1)
ifeq ($(origin AR),default)
AR = $(call binutil,ar)
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

# Mbed TLS 2.28, 3.6 or 4.x that is built already; or MBEDTLS_DIR, a source tree of 3.6 or 4.x.
MBEDTLS_DIR    ?=
MBEDTLS_CFLAGS ?=
MBEDTLS_LIBS   ?= -lmbedtls -lmbedx509 $(MBEDTLS_CRYPTO)

# Settings chosen with `make menuconfig`; without the file the headers' defaults hold. One that is
# named, such as port/configs/tiny_defconfig, has to be there.
KCONFIG_CONFIG ?= .config
$(call refuse,$(filter-out 1,$(words $(KCONFIG_CONFIG))$(findstring =,$(KCONFIG_CONFIG))),KCONFIG_CONFIG= must name \
    one file$(comma) without spaces and '=')
# What `make savedefconfig` writes.
DEFCONFIG ?= $(O)/defconfig

# V=1 shows the commands as they run; make -s shows nothing.
V ?=
QUIET := $(if $(V),,@)
SAY   := $(if $(V)$(findstring s,$(firstword -$(MAKEFLAGS))),@:,@printf '  %-7s %s\n')

# --- flags of the project itself ------------------------------------------------------------------

# What the compiler can do is asked when it is needed, and once: such a variable replaces itself. It calls no
# function that calls $(shell): where make 4.4 expands exported variables for one, a second one is empty.
once  = $(eval $(1) := $(2))$($(1))
PROBE := port/make/probe.sh

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wcast-qual -Wvla -Wstrict-prototypes \
            -Wmissing-prototypes $(if $(WERROR),-Werror)

# A system folder for the headers that are not ours, so that their warnings do not count.
OWN_CPPFLAGS = -Icore -isystem $(O)/include $(TIME_CPPFLAGS)
OWN_CFLAGS   = -std=c99 -ffunction-sections -fdata-sections $(WARNINGS) $(FIXED_CFLAGS) $(LTO_CFLAGS)
ifneq ($(wildcard $(KCONFIG_CONFIG))$(filter-out file,$(origin KCONFIG_CONFIG)),)
AUTOCONF     := $(O)/include/symfeed_autoconf.h
OWN_CPPFLAGS += -DSYMFEED_CONFIG_FILE='"symfeed_autoconf.h"'
endif
# Only with Mbed TLS from source: it has times in its structures, so that one which was built before has to
# be met as it is, by the compiler's default or by CPPFLAGS.
TIME_CPPFLAGS = $(if $(MBEDTLS_DIR),$(call once,TIME_CPPFLAGS,$(shell $(PROBE) time $(CC) $(CPPFLAGS) $(filter-out -fcallgraph-info%,$(CFLAGS)))))
# A static program stays where it is linked to: code that could be moved is larger, and what would be
# constant has to be written to when it starts. Nor does anybody unwind its stack while it runs, for
# which most processors but 32-bit ARM get tables; debuggers have those of -g.
FIXED_CFLAGS := $(if $(filter -static,$(LDFLAGS)),-fno-pie -fno-unwind-tables -fno-asynchronous-unwind-tables)
# -flto in CFLAGS: the program is optimised as a whole when it is linked; in one piece, which is smallest
# and the same each time. Objects have machine code besides, for all who read them and for an installed
# library: what -flto adds to it is for the compiler alone that wrote it. The compiler's names for that
# are random; so they come from the source's name.
WITH_LTO    := $(filter -flto%,$(CFLAGS))
LTO_CFLAGS  := $(if $(WITH_LTO),$(if $(filter -fno-fat-lto-objects,$(CFLAGS)),,$(shell $(PROBE) flag $(CC) $(WITH_LTO) -ffat-lto-objects)))
LTO_LDFLAGS := $(if $(WITH_LTO),$(shell $(PROBE) flag $(CC) $(WITH_LTO) -flto-partition=one) -ffunction-sections \
                 -fdata-sections $(FIXED_CFLAGS))
NAME_SEED    = $(if $(LTO_CFLAGS),-frandom-seed=$(1))
# Core's own compiler: that of `make coverage` counts core and not its tests.
CORE_CC ?= $(CC)
MBEDTLS_CRYPTO = $(call once,MBEDTLS_CRYPTO,$(shell $(PROBE) crypto $(CC) $(MBEDTLS_CFLAGS) $(CPPFLAGS)))

# The same sources give the same program in each folder, whatever O is: debug information names neither.
# PWD is what a compiler takes for the folder where a link leads into it.
export PWD := $(CURDIR)
PATHS_FLAG = $(call once,PATHS_FLAG,$(shell $(PROBE) paths $(CC)))
SAME_PATHS = $(if $(PATHS_FLAG),$(PATHS_FLAG)='$(CURDIR)=.' $(PATHS_FLAG)='$(O)/=build/' \
             $(if $(MBEDTLS_DIR),$(PATHS_FLAG)='$(MBEDTLS_DIR)=mbedtls'))
LINK_FLAGS = $(call once,LINK_FLAGS,$(shell $(PROBE) link $(CC) $(filter -static,$(LDFLAGS))))

COMPILE_CORE = $(CORE_CC) $(OWN_CPPFLAGS) $(OWN_CFLAGS) $(SAME_PATHS) $(CPPFLAGS) $(CFLAGS)
COMPILE      = $(CC) $(OWN_CPPFLAGS) -Iport $(OWN_CFLAGS) $(SAME_PATHS) $(MBEDTLS_CFLAGS) $(CMOCKA_CFLAGS) \
               $(CPPFLAGS) $(CFLAGS) $(EXTRA_CPPFLAGS)
DEPENDENCIES = -MMD -MP
LINK         = $(CC) $(CFLAGS) $(LTO_LDFLAGS) $(LDFLAGS) $(LINK_FLAGS)
# D, where it is known, keeps times and owners out.
ARCHIVE      = rm -f $@ && { $(AR) rcsD $@ $^ 2>/dev/null || $(AR) rcs $@ $^; }

# --- sources --------------------------------------------------------------------------------------

CORE_SOURCES := $(sort $(wildcard core/*.c core/*/*.c))
PORT_SOURCES := $(sort $(wildcard port/*.c port/*/*.c))
CLI_SOURCES  := $(sort $(wildcard examples/symfeed/*.c examples/common/*.c))

objects  = $(patsubst %.c,$(O)/obj/%.o,$(1))
programs = $(patsubst %.c,$(O)/obj/%,$(1))

CORE_OBJECTS := $(call objects,$(CORE_SOURCES))
PORT_OBJECTS := $(call objects,$(PORT_SOURCES))
CLI_OBJECTS  := $(call objects,$(CLI_SOURCES))

# --- build ----------------------------------------------------------------------------------------

.PHONY: all core-objects FORCE
all: $(O)/symfeed $(O)/libsymfeed.a ## build/symfeed and build/libsymfeed.a (O=DIR puts them in DIR)
core-objects: $(CORE_OBJECTS)
FORCE:

# Replaces the target where that changes something; else it keeps its time.
keep = if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

# What is common to all compilations and changes without a file changing: objects depend on it.
COMMON := $(O)/obj/flags $(O)/include/jsmn.h $(AUTOCONF)
$(O)/obj/flags: export STAMP = $(COMPILE_CORE) $(COMPILE) $(LINK) $(MBEDTLS_LIBS) $(CMOCKA_LIBS) $(LDLIBS) $(JSMN_DIR)
$(O)/obj/flags: FORCE
	@command -v $(firstword $(CC)) >/dev/null || { \
	    echo "symfeed: no compiler '$(firstword $(CC))': install it, or run 'make deps'" >&2; exit 1; }
	@mkdir -p $(@D) && printf '%s\n' "$$STAMP" >$@.new && $(keep)

# The date of the sources, before which a device's clock cannot be right. Not __DATE__: the same
# sources give the same program. `make dist` has git write it down here; where it has not, and without
# git or SOURCE_DATE_EPOCH, the source has its own.
# archived: $Format:%ct$
BUILD_EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell { test -e .git && git log -1 --format=%ct || \
    sed -n 's/^. archived: \([0-9][0-9]*\)$$/\1/p' Makefile; } 2>/dev/null))
$(O)/obj/epoch: export STAMP = $(BUILD_EPOCH)
$(O)/obj/epoch: FORCE
	@mkdir -p $(@D) && printf '%s\n' "$$STAMP" >$@.new && $(keep)
$(O)/obj/port/system/clock.o: $(O)/obj/epoch
$(O)/obj/port/system/clock.o: private EXTRA_CPPFLAGS = $(addprefix -DSYMFEED_BUILD_EPOCH=,$(BUILD_EPOCH))

# jsmn.h by itself in a folder of ours: a freestanding compiler must not see the rest of /usr/include.
$(O)/include/jsmn.h: $(O)/obj/flags
	@port/make/jsmn.sh $@ '$(JSMN_DIR)' $(CC) $(CPPFLAGS)

# Looked at each time: two files of settings may be older than what was made from either.
$(O)/include/symfeed_autoconf.h: FORCE
	@test -e $(KCONFIG_CONFIG) || { echo "symfeed: there is no $(KCONFIG_CONFIG): make menuconfig" \
	    "KCONFIG_CONFIG=$(KCONFIG_CONFIG) makes one" >&2; exit 1; }
	@mkdir -p $(@D) && awk -f port/configs/header.awk Kconfig $(KCONFIG_CONFIG) >$@.new && $(keep)

MBEDTLS_BUILT :=
ifneq ($(MBEDTLS_DIR),)
include port/make/mbedtls.mk
endif

$(O)/obj/have-mbedtls: $(O)/obj/flags $(AUTOCONF)
	@port/make/need.sh mbedtls/ssl.h libmbedtls-dev $(CC) $(OWN_CPPFLAGS) -Iport $(MBEDTLS_CFLAGS) $(CPPFLAGS) $(CFLAGS)
	$(if $(MBEDTLS_DIR),@printf '  %-7s %s\n' SOURCE 'Mbed TLS $(MBEDTLS_VERSION) from $(MBEDTLS_DIR)')
	@touch $@
# All that includes symfeed_posix.h.
$(PORT_OBJECTS) $(CLI_OBJECTS): $(O)/obj/have-mbedtls

compile = $(QUIET)mkdir -p $(@D) && $(1) $(call NAME_SEED,$<) $(DEPENDENCIES) -c $< -o $@
$(O)/obj/core/%.o: core/%.c $(COMMON)
	$(SAY) CC '$<'
	$(call compile,$(COMPILE_CORE))
$(O)/obj/%.o: %.c $(COMMON)
	$(SAY) CC '$<'
	$(call compile,$(COMPILE))

$(O)/libsymfeed.a: $(CORE_OBJECTS) $(PORT_OBJECTS)
	$(SAY) AR '$@'
	$(QUIET)$(ARCHIVE)

$(O)/symfeed: $(CLI_OBJECTS) $(O)/libsymfeed.a $(MBEDTLS_BUILT)
	$(SAY) LINK '$@'
	$(QUIET)$(LINK) -o $@ $(CLI_OBJECTS) $(O)/libsymfeed.a $(MBEDTLS_LIBS) $(LDLIBS)

include examples/examples.mk
-include $(wildcard $(O)/obj/*/*.d $(O)/obj/*/*/*.d $(O)/obj/*/*/*/*.d)

# --- settings -------------------------------------------------------------------------------------

CONFIGS := $(notdir $(wildcard port/configs/*_defconfig))
.PHONY: menuconfig oldconfig olddefconfig savedefconfig defconfig $(CONFIGS)

kconfig = @KCONFIG_CONFIG='$(KCONFIG_CONFIG)' port/make/kconfig.sh '$(PYTHON)' $(1)

menuconfig:    ## (these with python3-kconfiglib) choose features and sizes, into .config
	$(call kconfig,menuconfig Kconfig)
oldconfig:     ## ask for the settings that .config lacks
	$(call kconfig,oldconfig Kconfig)
olddefconfig:  ## set what .config lacks to its default, and drop what Kconfig does not know
	$(call kconfig,olddefconfig Kconfig)
defconfig: default_defconfig ## write .config with all defaults; also full_defconfig, tiny_defconfig: port/configs
$(CONFIGS): %: port/configs/%
	$(call kconfig,defconfig --kconfig Kconfig $<)
savedefconfig: ## write the settings that are no defaults to build/defconfig (DEFCONFIG=FILE)
	@mkdir -p '$(dir $(DEFCONFIG))'
	$(call kconfig,savedefconfig --kconfig Kconfig --out '$(DEFCONFIG)')

# --- installation ---------------------------------------------------------------------------------

.PHONY: install uninstall dist clean help
bindir     ?= $(PREFIX)/bin
libdir     ?= $(PREFIX)/lib
includedir ?= $(PREFIX)/include
mandir     ?= $(PREFIX)/share/man
bashcompletiondir ?= $(PREFIX)/share/bash-completion/completions
pcdir       = $(libdir)/pkgconfig
VERSION    := $(shell sed -n 's/^.define SYMFEED_VERSION  *"\(.*\)"/\1/p' core/symfeed.h)
LIBRARIES   = $(O)/libsymfeed.a $(MBEDTLS_BUILT)

# A program that links libsymfeed.a needs the libraries below it, too, with `pkg-config --static` and
# without: there is no shared library that would bring its own. So all of them are in Libs.
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
# private: what is needed for it would have it as well, and make 4.4 expands it while it asks the compiler.
install: private export PC_FILE = $(PC)

install: all ## into DESTDIR and PREFIX (default /usr/local)
	$(INSTALL) -d '$(DESTDIR)$(bindir)' '$(DESTDIR)$(includedir)' '$(DESTDIR)$(pcdir)' '$(DESTDIR)$(mandir)/man1' \
	    '$(DESTDIR)$(bashcompletiondir)'
	$(INSTALL) -m 755 $(O)/symfeed '$(DESTDIR)$(bindir)/symfeed'
	$(INSTALL) -m 644 examples/symfeed/symfeed.1 '$(DESTDIR)$(mandir)/man1/symfeed.1'
	$(INSTALL) -m 644 examples/symfeed/symfeed.bash '$(DESTDIR)$(bashcompletiondir)/symfeed'
	$(INSTALL) -m 644 $(LIBRARIES) '$(DESTDIR)$(libdir)'
	$(if $(LTO_CFLAGS),for library in $(notdir $(LIBRARIES)); do \
	    $(OBJCOPY) --enable-deterministic-archives -R '.gnu.lto_*' -R '.gnu.debuglto_*' -N __gnu_lto_v1 \
	        '$(DESTDIR)$(libdir)'/$$library || exit 1; done)
	@port/make/install_headers.sh '$(DESTDIR)$(includedir)' '$(AUTOCONF)' '$(MBEDTLS_DIR)' '$(MBEDTLS_INCLUDES)' \
	    $(CC) $(MBEDTLS_CFLAGS) $(CPPFLAGS) $(CFLAGS)
	@printf '%s\n' "$$PC_FILE" >'$(DESTDIR)$(pcdir)/symfeed.pc' && chmod 644 '$(DESTDIR)$(pcdir)/symfeed.pc'

uninstall: ## remove what install has installed
	rm -f '$(DESTDIR)$(bindir)/symfeed' '$(DESTDIR)$(mandir)/man1/symfeed.1' '$(DESTDIR)$(pcdir)/symfeed.pc' \
	    '$(DESTDIR)$(bashcompletiondir)/symfeed' \
	    '$(DESTDIR)$(libdir)/libsymfeed.a' '$(DESTDIR)$(libdir)/libsymfeed-mbedtls.a' \
	    $(foreach h,$(notdir $(wildcard core/symfeed*.h port/symfeed*.h)) symfeed_autoconf.h,'$(DESTDIR)$(includedir)/$(h)')
	rm -rf '$(DESTDIR)$(includedir)/symfeed'

dist: ## O/symfeed-VERSION.tar.gz of what is committed; the same for each commit
	@mkdir -p $(O) && git archive --format=tar --prefix=symfeed-$(VERSION)/ HEAD >$(O)/symfeed-$(VERSION).tar
	@gzip -9 -n -f $(O)/symfeed-$(VERSION).tar
	@cd $(O) && sha256sum symfeed-$(VERSION).tar.gz

clean: ## remove what make has made in O
	rm -rf $(O)/obj $(O)/include $(O)/checks
	rm -f $(O)/symfeed $(O)/libsymfeed.a $(O)/libsymfeed-mbedtls.a $(O)/symfeed.[cho] $(O)/symfeed-*.tar.gz \
	    $(O)/symfeed.cdx.json
	@rmdir $(O) 2>/dev/null || :

help: ## this list
	@sed -n 's/^\([a-z][a-z0-9 _.-]*\):[^=#]*## \(.*\)/\1|\2/p' $(wildcard Makefile examples/examples.mk test/checks.mk) | \
	    while IFS='|' read -r name text; do printf '  %-18s %s\n' "$$name" "$$text"; done

# Tests and measuring. A package's tarball may be without them.
-include test/checks.mk
