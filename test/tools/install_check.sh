#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install_check.sh MAKE O CC FLAGS: installs into a folder of O, builds examples/first.c and compiles
# the C of README.md from what is there alone, uninstalls, and looks whether anything was left. A
# program that was compiled with another size than the library has to be refused.
set -eu
root=$2/checks/install
rm -rf "$root"
"$1" O="$2" DESTDIR="$root" PREFIX=/usr install >/dev/null

pc=$root/usr/lib/pkgconfig/symfeed.pc
value() { sed -n "s/^$1: //p" "$pc" | sed "s|/usr/|$root/usr/|g"; }
# shellcheck disable=SC2046,SC2086 # lists of words
$3 -std=c99 $4 $(value Cflags) examples/first.c $(value Libs) -o "$root/first"
"$root/usr/bin/symfeed" version >/dev/null
rm "$root/first"

# shellcheck disable=SC2046,SC2086 # lists of words
$3 -std=c99 $4 -DSYMFEED_ACK_ID_SIZE=640 $(value Cflags) examples/first.c $(value Libs) -o "$root/other"
if "$root/other" https://localhost /dev/null 2>"$root/said"; then
    echo "install_check: a program with another size than the library was not refused" >&2
    exit 1
fi
grep -q 'header and library differ: build both' "$root/said"
rm "$root/other" "$root/said"

# The second C block of README.md; the first one is examples/first.c.
awk '/^```$/ { inside = 0 } inside && block == 2 { print } /^```c$/ { inside = 1; block++ }' \
    README.md >"$root/readme.c"
grep -q symfeed_events.h "$root/readme.c"
# shellcheck disable=SC2046,SC2086 # lists of words
$3 -std=c99 -Wall -Wextra -Werror $4 $(value Cflags) -c "$root/readme.c" -o "$root/readme.o"
rm "$root/readme.c" "$root/readme.o"

"$1" O="$2" DESTDIR="$root" PREFIX=/usr uninstall >/dev/null
left=$(find "$root" ! -type d)
if [ -n "$left" ]; then
    echo "install_check: make uninstall left:" $left >&2
    exit 1
fi
echo "install: examples/first.c and README.md build from the installed files, and with other sizes" \
    "are refused; uninstall leaves none"
