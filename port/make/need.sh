#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# need.sh HEADER PACKAGE COMPILER [FLAG]...: whether the compiler finds the header. If not, one line says
# what to install; but which setting a header of ours has refused, or which flag the compiler has
# refused, where it is that.
set -u
header=$1
package=$2
shift 2

said=$(echo "#include <$header>" | LC_ALL=C "$@" -E -x c - 2>&1 >/dev/null) && exit 0
refused=$(printf '%s\n' "$said" | grep -m 1 -o 'symfeed: [^"]*')
if [ -n "$refused" ]; then
    echo "$refused" >&2
elif ! flags=$(echo | LC_ALL=C "$@" -E -x c - 2>&1 >/dev/null); then
    printf '%s\n' "$flags" >&2
    echo "symfeed: $1 refuses a flag of CPPFLAGS or CFLAGS, see above" >&2
else
    echo "symfeed: $1 finds no $header: install $package, or run 'make deps'" >&2
fi
exit 1
