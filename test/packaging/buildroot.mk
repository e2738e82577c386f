# SPDX-License-Identifier: Apache-2.0
#
# As much of Buildroot as a package notices: the variables that it gives to generic packages, and what
# it does with theirs, in the same order. It fetches nothing: what would come over the network is in
# DL_DIR already. From outside come BASE, DL_DIR, COMPILER and BR2_EXTERNAL_SYMFEED_PATH, and the BR2_
# settings of a configuration. It leaves users, permissions and dependencies in BASE/target.*.

qstrip = $(strip $(subst ",,$(1)))
INSTALL := install

BUILD_DIR   := $(BASE)/build
STAGING_DIR := $(BASE)/staging
TARGET_DIR  := $(BASE)/target
MBEDTLS_DIR := $(BUILD_DIR)/mbedtls-3.6.0

TARGET_CC  := $(COMPILER)
TARGET_AR  := ar
TARGET_NM  := nm
TARGET_MAKE_ENV := PATH=$(PATH)
TARGET_CONFIGURE_OPTS = $(TARGET_MAKE_ENV) AR="$(TARGET_AR)" NM="$(TARGET_NM)" CC="$(TARGET_CC)" \
    CPPFLAGS="-D_FILE_OFFSET_BITS=64" CFLAGS="-D_FILE_OFFSET_BITS=64 -O2 -g0" LDFLAGS="" \
    STAGING_DIR="$(STAGING_DIR)"

.SHELLFLAGS := -ec
.ONESHELL:

check_hash = cd $(1); for file in $(2); do \
    grep "^sha256  [0-9a-f]*  $$file$$" $(SYMFEED_PKGDIR)/symfeed.hash | cut -c 9- | sha256sum -c --quiet -; done

export SYMFEED_USERS SYMFEED_PERMISSIONS
define generic-package
SYMFEED_PKGDIR := $$(dir $$(lastword $$(MAKEFILE_LIST)))

all: $$(BUILD_DIR)/symfeed-$$(SYMFEED_VERSION)/.stamp_installed

$$(BUILD_DIR)/symfeed-$$(SYMFEED_VERSION)/.stamp_extracted:
	mkdir -p $$(@D) $$(TARGET_DIR)
	case '$$(SYMFEED_SITE_METHOD)' in
	local) tar -C $$(SYMFEED_SITE) --exclude-vcs $$(subst ='/,='./,$$(subst =/,=./,$$(SYMFEED_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS))) -cf - . | tar -C $$(@D) -xf - ;;
	'') cmp $$(DL_DIR)/$$(SYMFEED_SOURCE) $$(patsubst file://%,%,$$(SYMFEED_SITE))/$$(SYMFEED_SOURCE)
	    tar -C $$(@D) --strip-components=1 -xzf $$(DL_DIR)/$$(SYMFEED_SOURCE) ;;
	esac
	$$(call check_hash,$$(@D),$$(SYMFEED_LICENSE_FILES))
	touch $$@

$$(BUILD_DIR)/symfeed-$$(SYMFEED_VERSION)/.stamp_built: $$(BUILD_DIR)/symfeed-$$(SYMFEED_VERSION)/.stamp_extracted
	$$(SYMFEED_BUILD_CMDS)
	touch $$@

$$(BUILD_DIR)/symfeed-$$(SYMFEED_VERSION)/.stamp_installed: $$(BUILD_DIR)/symfeed-$$(SYMFEED_VERSION)/.stamp_built
	$$(if $$(filter YES,$$(SYMFEED_INSTALL_STAGING)),$$(SYMFEED_INSTALL_STAGING_CMDS))
	$$(SYMFEED_INSTALL_TARGET_CMDS)
	$$(if $$(BR2_INIT_SYSTEMD),$$(SYMFEED_INSTALL_INIT_SYSTEMD),$$(SYMFEED_INSTALL_INIT_SYSV))
	printf '%s\n' "$$$$SYMFEED_USERS" >$$(BASE)/target.users
	printf '%s\n' "$$$$SYMFEED_PERMISSIONS" >$$(BASE)/target.permissions
	echo $$(SYMFEED_DEPENDENCIES) / $$(SYMFEED_PATCH_DEPENDENCIES) >$$(BASE)/target.dependencies
	touch $$@
endef

SYMFEED_SOURCE = symfeed-$(SYMFEED_VERSION).tar.gz
.DEFAULT_GOAL := all
include $(BR2_EXTERNAL_SYMFEED_PATH)/external.mk
