# SPDX-License-Identifier: Apache-2.0

SUMMARY = "Client for Symphony datafeeds"
DESCRIPTION = "Follows a Symphony datafeed in fixed memory: a command line \
program, and a static library for programs of one's own."
HOMEPAGE = "https://www.example.com/symfeed"
SECTION = "net"
LICENSE = "Apache-2.0 & MIT"
LIC_FILES_CHKSUM = "file://LICENSE;md5=3b83ef96387f14655fc854ddc3c6bd57 \
                    file://jsmn/jsmn-1.1.0.h;endline=24;md5=4a2c088d64c8d171511262a1dcfcc326 \
                    "

DEPENDS = "mbedtls ${@bb.utils.contains('PTEST_ENABLED', '1', 'cmocka', '', d)}"

# The sources that this layer came with, once `make dist` has packed them. For a release: SYMFEED_SITE is
# where its tarball is, such as https://downloads.example.com/symfeed, and SYMFEED_SHA256 what `make dist`
# prints of it. jsmn is one header, and no recipe.
SYMFEED_SITE ?= "file://${THISDIR}/../../../../../build"
SRC_URI = "${SYMFEED_SITE}/symfeed-${PV}.tar.gz;name=symfeed \
           https://raw.githubusercontent.com/zserge/jsmn/v1.1.0/jsmn.h;name=jsmn;downloadfilename=jsmn-1.1.0.h;subdir=${BP}/jsmn \
           file://run-ptest \
           "
SRC_URI[symfeed.sha256sum] = "${SYMFEED_SHA256}"
SRC_URI[jsmn.sha256sum] = "1ed6154dedf009212a08a397e9c4ed50a0ce31d5a8301bb294e137ae3188c13b"

inherit bash-completion ptest systemd update-rc.d useradd

# Features that can be left out, by their names in symfeed's menuconfig.
PACKAGECONFIG ??= "key-sign-in certificate-sign-in datahose legacy one-shot reclaim retry-after proxy messages"
PACKAGECONFIG[key-sign-in] = "CONFIG_SYMFEED_KEY_SIGN_IN=y,CONFIG_SYMFEED_KEY_SIGN_IN=n"
PACKAGECONFIG[certificate-sign-in] = "CONFIG_SYMFEED_CERTIFICATE_SIGN_IN=y,CONFIG_SYMFEED_CERTIFICATE_SIGN_IN=n"
PACKAGECONFIG[datahose] = "CONFIG_SYMFEED_DATAHOSE=y,CONFIG_SYMFEED_DATAHOSE=n"
PACKAGECONFIG[legacy] = "CONFIG_SYMFEED_LEGACY=y,CONFIG_SYMFEED_LEGACY=n"
PACKAGECONFIG[one-shot] = "CONFIG_SYMFEED_ONE_SHOT=y,CONFIG_SYMFEED_ONE_SHOT=n"
PACKAGECONFIG[reclaim] = "CONFIG_SYMFEED_RECLAIM=y,CONFIG_SYMFEED_RECLAIM=n"
PACKAGECONFIG[retry-after] = "CONFIG_SYMFEED_RETRY_AFTER=y,CONFIG_SYMFEED_RETRY_AFTER=n"
PACKAGECONFIG[proxy] = "CONFIG_SYMFEED_PROXY=y,CONFIG_SYMFEED_PROXY=n"
PACKAGECONFIG[messages] = "CONFIG_SYMFEED_MESSAGES=y,CONFIG_SYMFEED_MESSAGES=n"
PACKAGECONFIG[getaddrinfo] = "CONFIG_SYMFEED_RESOLVER_GETADDRINFO=y,"
PACKAGECONFIG[tls-1-3] = "CONFIG_SYMFEED_TLS_RSA_PSS=y CONFIG_SYMFEED_TLS_1_3=y,"
# The source of the recipe mbedtls (3.6 or newer) is built in, and no process has a heap. tls-1-3 is for
# this one: a library that is built already has what its own recipe says.
PACKAGECONFIG[no-heap] = ","

# Sizes besides: one of symfeed's defconfigs, or a file that its own `make menuconfig` has written. The
# features above come after it.
SYMFEED_CONFIG ?= "port/configs/default_defconfig"

SYMFEED_MBEDTLS = "${@bb.utils.contains('PACKAGECONFIG', 'no-heap', '${STAGING_DATADIR}/mbedtls-source', '', d)}"
EXTRA_OEMAKE = "O=build JSMN_DIR=jsmn MBEDTLS_DIR=${SYMFEED_MBEDTLS} KCONFIG_CONFIG=build/config \
                PREFIX=${prefix} bindir=${bindir} libdir=${libdir} \
                includedir=${includedir} mandir=${mandir}"

do_configure() {
	mkdir -p build
	cp ${SYMFEED_CONFIG} build/config
	for setting in ${PACKAGECONFIG_CONFARGS}; do
		echo $setting >>build/config
	done
	cp jsmn/jsmn-1.1.0.h jsmn/jsmn.h
}

do_compile() {
	oe_runmake all build/obj/examples/alarm/alarm
}

do_compile_ptest() {
	oe_runmake $(find test/unit -name 'test_*.c' | sed 's|\(.*\)\.c$|build/obj/\1|')
}

do_install() {
	oe_runmake install DESTDIR=${D}
	install -m 0755 build/obj/examples/alarm/alarm ${D}${bindir}/symfeed-alarm
	install -d -m 0750 -g symfeed-alarm ${D}${sysconfdir}/symfeed
	install -m 0640 -g symfeed-alarm examples/alarm/alarm.conf ${D}${sysconfdir}/symfeed/alarm.conf
	install -D -m 0644 examples/alarm/symfeed-alarm.service \
		${D}${systemd_system_unitdir}/symfeed-alarm.service
	install -D -m 0755 examples/alarm/S95symfeed-alarm ${D}${sysconfdir}/init.d/symfeed-alarm
}

do_install_ptest() {
	for source in $(find test/unit -name 'test_*.c'); do
		program=${source%.c}
		install -D -m 0755 build/obj/$program ${D}${PTEST_PATH}/${program#test/}
	done
}

PACKAGE_BEFORE_PN = "${PN}-alarm"

FILES:${PN}-alarm = "${bindir}/symfeed-alarm ${sysconfdir} ${systemd_system_unitdir}/symfeed-alarm.service"
CONFFILES:${PN}-alarm = "${sysconfdir}/symfeed/alarm.conf"

USERADD_PACKAGES = "${PN}-alarm"
USERADD_PARAM:${PN}-alarm = "--system --user-group --no-create-home --home-dir / --shell /bin/false symfeed-alarm"

# The alarm has nothing to do before its configuration is there: systemd leaves it alone until it is
# enabled, and the start script says what is missing.
SYSTEMD_PACKAGES = "${PN}-alarm"
SYSTEMD_SERVICE:${PN}-alarm = "symfeed-alarm.service"
SYSTEMD_AUTO_ENABLE:${PN}-alarm = "disable"
INITSCRIPT_PACKAGES = "${PN}-alarm"
INITSCRIPT_NAME:${PN}-alarm = "symfeed-alarm"
INITSCRIPT_PARAMS:${PN}-alarm = "defaults 95 10"

RRECOMMENDS:${PN} = "ca-certificates"
RRECOMMENDS:${PN}-alarm = "ca-certificates"
