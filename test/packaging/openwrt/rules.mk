# SPDX-License-Identifier: Apache-2.0
#
# As much of OpenWrt's rules.mk as a package notices. From outside come TOPDIR, BASE, DL_DIR and
# COMPILER.

INCLUDE_DIR := $(TOPDIR)/include
BUILD_DIR   := $(BASE)/build_dir

qstrip = $(strip $(subst ",,$(1)))
TAR          := tar
INSTALL_DIR  := install -d -m0755
INSTALL_BIN  := install -m0755
INSTALL_DATA := install -m0644
INSTALL_CONF := install -m0600
CP           := cp -fpR

TARGET_CC       := $(COMPILER)
TARGET_CFLAGS   := -Os -pipe
TARGET_CPPFLAGS := -I$(BASE)/staging/usr/include
TARGET_LDFLAGS  := -L$(BASE)/staging/usr/lib
TARGET_CONFIGURE_OPTS = AR=ar NM=nm CC="$(TARGET_CC)" RANLIB=ranlib STRIP=strip
