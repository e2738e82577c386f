################################################################################
#
# symfeed
#
################################################################################

# SPDX-License-Identifier: Apache-2.0
SYMFEED_VERSION = 0.2.0
SYMFEED_LICENSE = Apache-2.0
SYMFEED_LICENSE_FILES = LICENSE
SYMFEED_DEPENDENCIES = jsmn
SYMFEED_INSTALL_STAGING = YES

# The date of the sources, before which a device's clock cannot be right: a release has it in its
# Makefile, a checkout in git, which is not copied.
ifeq ($(call qstrip,$(BR2_PACKAGE_SYMFEED_SITE)),)
SYMFEED_SITE = $(realpath $(BR2_EXTERNAL_SYMFEED_PATH)/../../..)
SYMFEED_SITE_METHOD = local
SYMFEED_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude='/build*' --exclude=/.config
SYMFEED_EPOCH = $(or $(SOURCE_DATE_EPOCH),$(shell git -C $(SYMFEED_SITE) log -1 --format=%ct 2>/dev/null))
else
SYMFEED_SITE = $(call qstrip,$(BR2_PACKAGE_SYMFEED_SITE))
SYMFEED_EPOCH = $(SOURCE_DATE_EPOCH)
endif

ifeq ($(BR2_PACKAGE_SYMFEED_NO_HEAP),y)
SYMFEED_PATCH_DEPENDENCIES += mbedtls
SYMFEED_MBEDTLS = MBEDTLS_DIR=$(MBEDTLS_DIR)
else
SYMFEED_DEPENDENCIES += mbedtls
endif

SYMFEED_MAKE = $(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) \
	$(addprefix SOURCE_DATE_EPOCH=,$(SYMFEED_EPOCH)) \
	$(MAKE) -C $(@D) \
	O=build \
	PREFIX=/usr \
	JSMN_DIR=$(STAGING_DIR)/usr/include \
	$(addprefix KCONFIG_CONFIG=,$(call qstrip,$(BR2_PACKAGE_SYMFEED_CONFIG))) \
	$(SYMFEED_MBEDTLS)

define SYMFEED_BUILD_CMDS
	$(SYMFEED_MAKE) all $(if $(BR2_PACKAGE_SYMFEED_ALARM),build/obj/examples/alarm/alarm)
endef

define SYMFEED_INSTALL_STAGING_CMDS
	$(SYMFEED_MAKE) DESTDIR=$(STAGING_DIR) install
endef

define SYMFEED_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/build/symfeed $(TARGET_DIR)/usr/bin/symfeed
	$(SYMFEED_INSTALL_TARGET_ALARM)
endef

ifeq ($(BR2_PACKAGE_SYMFEED_ALARM),y)
define SYMFEED_INSTALL_TARGET_ALARM
	$(INSTALL) -D -m 0755 $(@D)/build/obj/examples/alarm/alarm $(TARGET_DIR)/usr/bin/symfeed-alarm
	$(INSTALL) -D -m 0640 $(@D)/examples/alarm/alarm.conf $(TARGET_DIR)/etc/symfeed/alarm.conf
endef

define SYMFEED_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(@D)/examples/alarm/symfeed-alarm.service \
		$(TARGET_DIR)/usr/lib/systemd/system/symfeed-alarm.service
	$(INSTALL) -D -m 0644 $(@D)/examples/alarm/50-symfeed-alarm.preset \
		$(TARGET_DIR)/usr/lib/systemd/system-preset/50-symfeed-alarm.preset
endef

define SYMFEED_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(@D)/examples/alarm/S95symfeed-alarm \
		$(TARGET_DIR)/etc/init.d/S95symfeed-alarm
endef

define SYMFEED_USERS
	symfeed-alarm -1 symfeed-alarm -1 * - - - Alarm of symfeed
endef

define SYMFEED_PERMISSIONS
	/etc/symfeed d 750 root symfeed-alarm - - - - -
	/etc/symfeed/alarm.conf f 640 root symfeed-alarm - - - - -
endef
endif

$(eval $(generic-package))
