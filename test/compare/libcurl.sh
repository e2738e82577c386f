#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# libcurl.sh SOURCE FOLDER - builds a static libcurl with HTTPS alone, on Mbed TLS, as a product has it
# that counts its flash: FOLDER/lib/.libs/libcurl.a. What is there already is not built again.
set -eu
source=$(cd "$1" && pwd)
[ ! -s "$2/lib/.libs/libcurl.a" ] || exit 0
mkdir -p "$2"
cd "$2"
echo "compare: libcurl with Mbed TLS, which takes two minutes"
without=
for feature in ftp file ldap ldaps rtsp dict telnet tftp pop3 imap smb smtp gopher mqtt ipfs websockets manual docs \
    libcurl-option verbose cookies basic-auth bearer-auth digest-auth kerberos-auth negotiate-auth aws ntlm tls-srp \
    unix-sockets netrc alt-svc hsts doh mime form-api threaded-resolver progress-meter get-easy-options dateparse \
    socketpair headers-api ares; do
    without="$without --disable-$feature"
done
# shellcheck disable=SC2086  # a list of options
if ! { "$source/configure" --quiet --disable-shared --enable-static --with-mbedtls --without-zlib --without-brotli \
    --without-zstd --without-libpsl --without-nghttp2 --without-libidn2 --without-librtmp --without-libssh2 \
    --without-libgsasl $without CFLAGS="-O2 -g -ffunction-sections -fdata-sections" &&
    make -s -C lib libcurl.la; } >log 2>&1; then
    tail -n 20 log >&2
    exit 1
fi
