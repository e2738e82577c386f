# SPDX-License-Identifier: Apache-2.0

SUMMARY = "Client for Symphony datafeeds"
DESCRIPTION = "Follows a Symphony datafeed in fixed memory: a command line \
program, and a static library for programs of one's own."
SECTION = "net"
LICENSE = "Apache-2.0 & MIT"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57 \
                    file://jsmn/jsmn.h;endline=24;md5=4a2c088d64c8d171511262a1dcfcc326 \
                    "

DEPENDS = "mbedtls"

# The sources that this layer came with, once `make dist` has packed them. For a release: SYMFEED_SITE is
# where its tarball is, such as https://downloads.example.com/symfeed, and SYMFEED_SHA256 what `make dist`
# prints of it. jsmn is one header, and no recipe.
SYMFEED_SITE ?= "file://${THISDIR}/../../../../../build"
SRC_URI = "${SYMFEED_SITE}/symfeed-${PV}.tar.gz;name=symfeed \
           https://raw.githubusercontent.com/zserge/jsmn/v1.1.0/jsmn.h;name=jsmn;subdir=${BP}/jsmn \
           "
SRC_URI[symfeed.sha256sum] = "${SYMFEED_SHA256}"
SRC_URI[jsmn.sha256sum] = "1ed6154dedf009212a08a397e9c4ed50a0ce31d5a8301bb294e137ae3188c13b"

inherit systemd

# Sizes and features: one of symfeed's defconfigs, or what its own `make menuconfig` has written.
SYMFEED_CONFIG ?= "port/configs/default_defconfig"

EXTRA_OEMAKE = "O=build JSMN_DIR=jsmn KCONFIG_CONFIG=${SYMFEED_CONFIG} \
                PREFIX=${prefix} bindir=${bindir} libdir=${libdir} \
                includedir=${includedir} mandir=${mandir}"

do_compile() {
	oe_runmake all build/obj/examples/alarm/alarm
}

do_install() {
	oe_runmake install DESTDIR=${D}
	install -m 0755 build/obj/examples/alarm/alarm ${D}${bindir}/symfeed-alarm
	install -D -m 0600 examples/alarm/alarm.conf ${D}${sysconfdir}/symfeed/alarm.conf
	install -D -m 0644 examples/alarm/symfeed-alarm.service \
		${D}${systemd_system_unitdir}/symfeed-alarm.service
}

PACKAGE_BEFORE_PN = "${PN}-alarm"

FILES:${PN}-alarm = "${bindir}/symfeed-alarm ${sysconfdir}/symfeed ${systemd_system_unitdir}/symfeed-alarm.service"
CONFFILES:${PN}-alarm = "${sysconfdir}/symfeed/alarm.conf"

# The alarm has nothing to do before its configuration is there.
SYSTEMD_PACKAGES = "${PN}-alarm"
SYSTEMD_SERVICE:${PN}-alarm = "symfeed-alarm.service"
SYSTEMD_AUTO_ENABLE = "disable"

RRECOMMENDS:${PN} = "ca-certificates"
RRECOMMENDS:${PN}-alarm = "ca-certificates"
