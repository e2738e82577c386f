#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install_headers.sh FOLDER AUTOCONF MBEDTLS_DIR INCLUDES COMPILER [FLAG]...: puts into FOLDER what
# applications include: the public headers; in FOLDER/symfeed what those include, whose names are too
# common for /usr/include; in FOLDER/symfeed/mbedtls the headers of an Mbed TLS that was built from
# MBEDTLS_DIR, of which INCLUDES are its folders of headers.
#
# An application's headers have to be as the library's were: the settings that make was told (-D, and
# AUTOCONF, which Kconfig has made) are written into symfeed_autoconf.h, so that no flag has to be
# repeated. AUTOCONF and MBEDTLS_DIR may be empty.
set -eu
folder=$1
autoconf=$2
mbedtls=$3
includes=$4
shift 4
umask 022

put() { # FILE, from standard input; below FOLDER
    mkdir -p "$folder/${1%/*}"
    cat >"$folder/$1.new"
    mv "$folder/$1.new" "$folder/$1"
}
# Includes name the folders of port/ ("net/socket.h"), which lie in symfeed/ now.
in_symfeed() { # FILE
    sed -e 's,^\(#include "\)\(net\|system\|tls\)/,\1symfeed/\2/,' "$1"
}
# They include symfeed_autoconf.h, whatever an application defines.
with_settings() { # FILE
    sed -e 's/^#ifdef SYMFEED_CONFIG_FILE/#if 1/' \
        -e 's/^#include SYMFEED_CONFIG_FILE/#include "symfeed_autoconf.h"/' "$1"
}

for header in core/symfeed*.h port/symfeed*.h; do
    case $header in
    */symfeed_config.h | */symfeed_port_config.h) with_settings "$header" ;;
    *) in_symfeed "$header" ;;
    esac | put "./${header#*/}"
done
for header in port/*/*.h; do
    case $header in
    */mbedtls_config.h | */crypto_config.h) ;;
    *) in_symfeed "$header" | put "symfeed/${header#port/}" ;;
    esac
done

settings() { # PREFIX: of macros
    sed -n "s/^#define \\($1_[A-Z0-9_]*\\) .*/#ifndef \\1\\n&\\n#endif/p"
}
{
    echo '/* What libsymfeed.a was built with. */'
    macros=$("$@" -dM -E -x c /dev/null | LC_ALL=C sort)
    printf '%s\n' "$macros" | sed -n 's/^#define SYMFEED_CONFIG_FILE/#include/p'
    printf '%s\n' "$macros" | grep -v ' SYMFEED_CONFIG_FILE ' | settings SYMFEED
    [ -z "$mbedtls" ] || printf '%s\n' "$macros" | grep -v ' MBEDTLS_CONFIG_FILE ' | settings MBEDTLS
    [ -z "$autoconf" ] || cat "$autoconf"
} | put ./symfeed_autoconf.h

[ -n "$mbedtls" ] || exit 0
for from in $includes; do
    (cd "$mbedtls/$from" && find . -name '*.h') | while read -r header; do
        put "symfeed/mbedtls/${header#./}" <"$mbedtls/$from/$header"
    done
done
in_symfeed port/tls/mbedtls_config.h | put symfeed/mbedtls/mbedtls/mbedtls_config.h
case $includes in
*tf-psa-crypto*) in_symfeed port/tls/crypto_config.h | put symfeed/mbedtls/psa/crypto_config.h ;;
esac
