#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fetch_mbedtls3.sh FOLDER: puts the headers and static libraries of Debian 13's libmbedtls-dev
# (Mbed TLS 3.6) into FOLDER/root and writes the libraries' names to FOLDER/libs. apt-get gets a
# configuration of its own, so that the system's package lists and packages stay as they are, and
# checks Debian's signature as always.
set -eu
folder=$1
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
[ ! -s "$folder/libs" ] || exit 0

fail() {
    echo "symfeed: cannot fetch Mbed TLS 3.6 from $mirror: $1" >&2
    exit 1
}
command -v apt-get >/dev/null || fail "there is no apt-get"
keys=/usr/share/keyrings/debian-archive-keyring.gpg
[ -e $keys ] || fail "no $keys: install debian-archive-keyring"

rm -rf "$folder/apt" "$folder/root"
mkdir -p "$folder/apt/lists/partial" "$folder/apt/cache/archives/partial" "$folder/root"
apt=$(cd "$folder/apt" && pwd)
echo "deb [signed-by=$keys] $mirror trixie main" >"$apt/sources.list"
cat >"$apt/apt.conf" <<END
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
APT::Update::Error-Mode "any";
APT::Sandbox::User "$(id -un)";
END
export APT_CONFIG="$apt/apt.conf"
timeout 300 apt-get -qq update >"$apt/log" 2>&1 || fail "$(tail -n 1 "$apt/log")"
(cd "$apt" && timeout 300 apt-get -qq download libmbedtls-dev >>log 2>&1) ||
    fail "$(tail -n 1 "$apt/log")"
dpkg -x "$apt"/libmbedtls-dev_*.deb "$folder/root"

libraries=$(find "$folder/root" -name libmbedtls.a -printf '%h')
[ -n "$libraries" ] || fail "its package has no static library"
echo "$libraries/libmbedtls.a $libraries/libmbedx509.a $libraries/libmbedcrypto.a" >"$folder/libs"
# The package lists are tens of megabytes and have done their work.
rm -rf "$apt"
