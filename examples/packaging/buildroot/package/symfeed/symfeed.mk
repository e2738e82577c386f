# SPDX-License-Identifier: Apache-2.0
################################################################################
#
# symfeed
#
################################################################################

SYMFEED_VERSION = 0.2.0
SYMFEED_LICENSE = Apache-2.0
SYMFEED_LICENSE_FILES = LICENSE
SYMFEED_DEPENDENCIES = jsmn mbedtls
SYMFEED_INSTALL_STAGING = YES

ifeq ($(call qstrip,$(BR2_PACKAGE_SYMFEED_SITE)),)
SYMFEED_SITE = $(realpath $(BR2_EXTERNAL_SYMFEED_PATH)/../../..)
SYMFEED_SITE_METHOD = local
SYMFEED_OVERRIDE_SRCDIR_RSYNC_EXCLUSIONS = --exclude='/build*' --exclude=/.config
else
SYMFEED_SITE = $(call qstrip,$(BR2_PACKAGE_SYMFEED_SITE))
SYMFEED_SOURCE = symfeed-$(SYMFEED_VERSION).tar.gz
endif

SYMFEED_MAKE = $(TARGET_MAKE_ENV) $(TARGET_CONFIGURE_OPTS) $(MAKE) -C $(@D) \
	O=build \
	PREFIX=/usr \
	JSMN_DIR=$(STAGING_DIR)/usr/include \
	$(addprefix KCONFIG_CONFIG=,$(call qstrip,$(BR2_PACKAGE_SYMFEED_CONFIG)))

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
	$(INSTALL) -D -m 0600 $(@D)/examples/alarm/alarm.conf $(TARGET_DIR)/etc/symfeed/alarm.conf
endef

define SYMFEED_INSTALL_INIT_SYSTEMD
	$(INSTALL) -D -m 0644 $(@D)/examples/alarm/symfeed-alarm.service \
		$(TARGET_DIR)/usr/lib/systemd/system/symfeed-alarm.service
endef
endif

$(eval $(generic-package))
