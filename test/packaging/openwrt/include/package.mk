# SPDX-License-Identifier: Apache-2.0
#
# As much of OpenWrt's package.mk as a package notices: its defaults, and the order of its steps. It
# fetches nothing: what would come over the network is in DL_DIR already, and has to have the hash that
# the package says. A checkout is cloned and named by date and commit. What sysupgrade keeps of a package
# is in BASE/packages/NAME.keep.

ifeq ($(PKG_SOURCE_PROTO),git)
PKG_VERSION := $(subst -,.,$(PKG_SOURCE_DATE))~$(shell printf '%.8s' '$(PKG_SOURCE_VERSION)')
endif
PKG_BUILD_DIR   ?= $(BUILD_DIR)/$(PKG_NAME)-$(PKG_VERSION)
PKG_INSTALL_DIR ?= $(PKG_BUILD_DIR)/ipkg-install
PKG_JOBS         = -j1

.SHELLFLAGS := -ec
.ONESHELL:

MAKE_VARS  = CFLAGS="$(TARGET_CFLAGS) $(EXTRA_CFLAGS) $(TARGET_CPPFLAGS)" LDFLAGS="$(TARGET_LDFLAGS)"
MAKE_FLAGS = $(TARGET_CONFIGURE_OPTS) CROSS="" ARCH="$(ARCH)"

define Build/Prepare/Default
	$(if $(filter git,$(PKG_SOURCE_PROTO)),git -C $(PKG_SOURCE_URL:file://%=%) archive $(PKG_SOURCE_VERSION) | tar -C $(PKG_BUILD_DIR) -xf -,tar -C $(PKG_BUILD_DIR)/.. -xzf $(DL_DIR)/$(PKG_SOURCE))
endef
define Build/Compile/Default
	$(MAKE_VARS) $(MAKE) $(PKG_JOBS) -C $(PKG_BUILD_DIR) $(MAKE_FLAGS) $(1)
endef
define Build/Install/Default
	$(MAKE_VARS) $(MAKE) -C $(PKG_BUILD_DIR) $(MAKE_FLAGS) DESTDIR="$(PKG_INSTALL_DIR)" install
endef
Build/Prepare = $(Build/Prepare/Default)
Build/Compile = $(Build/Compile/Default)
Build/Install = $(if $(PKG_INSTALL),$(Build/Install/Default))

FILE :=
define Download
$(eval $(Download/$(1)))
fetched: fetched-$(1)
fetched-$(1):
	echo "$(strip $(HASH))  $(DL_DIR)/$(strip $(FILE))" | sha256sum -c --quiet -
endef

.PHONY: all fetched built
.DEFAULT_GOAL := all
fetched:
	test -n "$(PKG_MAINTAINER)"
ifneq ($(PKG_SOURCE_PROTO),git)
	test "$(PKG_HASH)" = skip || echo "$(PKG_HASH)  $(DL_DIR)/$(PKG_SOURCE)" | sha256sum -c --quiet -
	cmp $(DL_DIR)/$(PKG_SOURCE) $(patsubst file://%,%,$(PKG_SOURCE_URL))/$(PKG_SOURCE)
endif
built: fetched
	rm -rf $(PKG_BUILD_DIR)
	mkdir -p $(PKG_BUILD_DIR)
	$(Build/Prepare)
	for file in $(PKG_LICENSE_FILES); do test -s $(PKG_BUILD_DIR)/$$file; done
	$(Build/Compile)
	$(Build/Install)
	$(call Build/InstallDev,$(BASE)/staging)

define BuildPackage
$(eval URL :=)
$(eval $(Package/$(1)))
all: package-$(1)
package-$(1): built
	test -n "$(strip $(TITLE))" && test -n "$(strip $(CATEGORY))" && test -n "$(strip $(DEPENDS))" && test -n "$(strip $(URL))"
	mkdir -p $(BASE)/packages/$(1)
	$(call Package/$(1)/install,$(BASE)/packages/$(1))
	$(foreach file,$(Package/$(1)/conffiles),test -e $(BASE)/packages/$(1)/$(file) && echo $(file) >>$(BASE)/packages/$(1).keep;)
endef
