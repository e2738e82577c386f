#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing for the groups named: build, test, check, arches, compare, demo, states,
# debian13. When nothing is missing it asks nobody and ends at once, so that a second run works offline.
set -eu

missing=
need() { # PACKAGE COMMAND...: the package is missing when the command fails
    package=$1
    shift
    "$@" >/dev/null 2>&1 || case " $missing " in
    *" $package "*) ;;
    *) missing="$missing $package" ;;
    esac
}
has() { PATH=$PATH:/usr/sbin:/sbin command -v "$1"; }
# The host's compiler, not CC: what CC may want for another machine no package here brings.
header() { echo "#include <$1>" | cc ${2-} -E -x c -; }

for group in "$@"; do
    case $group in
    build)
        need gcc has cc
        need make has make
        need libc6-dev header stdio.h
        [ -n "${JSMN_DIR-}" ] || need libjsmn-dev header jsmn.h
        need libmbedtls-dev header mbedtls/ssl.h "${MBEDTLS_CFLAGS-}"
        ;;
    test)
        need libcmocka-dev header cmocka.h "-include stdarg.h -include stdint.h -include setjmp.h"
        need python3 python3 -c 'import ssl, unittest'
        need openssl has openssl
        ;;
    check)
        need python3-kconfiglib /usr/bin/python3 -c 'import kconfiglib'
        need clang has clang
        need clang-format has clang-format
        need clang-tidy has clang-tidy
        need cppcheck has cppcheck
        need valgrind has valgrind
        need gcc-arm-none-eabi has arm-none-eabi-gcc
        need gcc-arm-linux-gnueabihf has arm-linux-gnueabihf-gcc
        need libc6-dev-armhf-cross test -e /usr/arm-linux-gnueabihf/include/stdio.h
        need gcc-mips-linux-gnu has mips-linux-gnu-gcc
        need libc6-dev-mips-cross test -e /usr/mips-linux-gnu/include/stdio.h
        need qemu-user has qemu-arm
        need dpkg-dev has dpkg-source
        need strace has strace
        need libfaketime sh -c 'ls /usr/lib/*/faketime/libfaketime.so.1'
        need git has git
        need ca-certificates test -s /etc/ssl/certs/ca-certificates.crt
        need mandoc has mandoc
        need pkg-config has pkg-config
        need shellcheck has shellcheck
        need pyflakes3 has pyflakes3
        need nginx-light has nginx
        need haproxy has haproxy
        need tinyproxy has tinyproxy
        need unbound has unbound
        need nodejs has node
        need npm has npm
        need jq has jq
        need mosquitto-clients has mosquitto_pub
        need qemu-system-arm has qemu-system-arm
        need e2fsprogs has mke2fs
        ;;
    arches)
        for pair in arm-linux-gnueabi:armel aarch64-linux-gnu:arm64 mipsel-linux-gnu:mipsel \
            riscv64-linux-gnu:riscv64; do
            need "gcc-${pair%:*}" has "${pair%:*}-gcc"
            need "libc6-dev-${pair#*:}-cross" test -e "/usr/${pair%:*}/include/stdio.h"
        done
        ;;
    states)
        need graphviz has dot
        ;;
    debian13)
        need debootstrap has debootstrap
        need debian-archive-keyring test -e /usr/share/keyrings/debian-archive-keyring.gpg
        ;;
    compare)
        need python3 python3 -c 'import ssl'
        need binutils has strip
        need libcurl4-openssl-dev header curl/curl.h
        need libcjson-dev header cjson/cJSON.h
        need nodejs has node
        need curl has curl
        need jq has jq
        need valgrind has valgrind
        need openssl has openssl
        need dpkg-dev has dpkg-source
        need qemu-user has qemu-arm
        need gcc-arm-linux-gnueabihf has arm-linux-gnueabihf-gcc
        need libc6-dev-armhf-cross test -e /usr/arm-linux-gnueabihf/include/stdio.h
        ;;
    demo)
        need python3 python3 -c 'import ssl'
        ;;
    *)
        echo "deps.sh: no group '$group'" >&2
        exit 2
        ;;
    esac
done

[ -n "$missing" ] || exit 0

install="apt-get install -y --no-install-recommends$missing"
if ! command -v apt-get >/dev/null; then
    echo "symfeed: missing; install what Debian calls:$missing" >&2
    exit 1
fi
if [ "$(id -u)" -eq 0 ]; then
    sudo=
elif sudo -n true 2>/dev/null; then
    sudo="sudo -n"
else
    echo "symfeed: missing; run: sudo $install" >&2
    exit 1
fi

echo "symfeed: installing$missing"
log=$(mktemp)
# The tests start the servers that they need by themselves; as a service nobody asked for them.
policy=
if [ ! -e /usr/sbin/policy-rc.d ] && printf '#!/bin/sh\nexit 101\n' |
    $sudo tee /usr/sbin/policy-rc.d >/dev/null && $sudo chmod 755 /usr/sbin/policy-rc.d; then
    policy=/usr/sbin/policy-rc.d
fi
trap 'rm -f "$log"; [ -z "$policy" ] || $sudo rm -f "$policy"' EXIT
export DEBIAN_FRONTEND=noninteractive
# Package lists that are absent or too old show when the first try fails.
# shellcheck disable=SC2086 # $sudo and $install are lists of words
if ! $sudo $install >"$log" 2>&1; then
    $sudo apt-get update >>"$log" 2>&1 || :
    $sudo $install >>"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        echo "symfeed: apt-get could not install; fix that, then run: $install" >&2
        exit 1
    }
fi
