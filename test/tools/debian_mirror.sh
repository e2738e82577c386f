#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Prints the address of the Debian mirror that the machine's own apt configuration names, or of DEBIAN_MIRROR.
#
# apt-get prints what it would fetch, whatever form its configuration has; nothing is fetched here. Of all
# addresses Debian's is the one with this release's section "main": other sources name theirs differently.
set -eu

mirror=${DEBIAN_MIRROR-}
if [ -z "$mirror" ] && command -v apt-get >/dev/null; then
    # shellcheck disable=SC1091 # not a file of the project
    codename=$(. /etc/os-release && [ "${ID-}" = debian ] && echo "${VERSION_CODENAME-}") || codename=
    uris=$(apt-get --print-uris update 2>/dev/null) || uris=
    for uri in "\(.*\)/dists/${codename:-none}/" '\(.*/debian\)/dists/[a-z]*/'; do
        [ -n "$mirror" ] || mirror=$(printf '%s\n' "$uris" | sed -n "s|^'${uri}main/binary-.*|\1|p" | head -n 1)
    done
    # A list of mirrors, as cloud images have it: the first.
    case $mirror in
    mirror+file:*) mirror=$(sed -n 's/^\([a-z]*:[^[:space:]]*\).*/\1/p' "${mirror#mirror+file:}" | head -n 1) ;;
    esac
fi
[ -n "$mirror" ] || {
    echo "symfeed: apt's configuration names no Debian mirror: set DEBIAN_MIRROR to the address of one" >&2
    exit 1
}
printf '%s\n' "${mirror%/}"
