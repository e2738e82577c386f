#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# symbols_check.sh NM CC LIBRARY FLAG...: all that the library shows to a linker, and all that its public
# headers define for the preprocessor, bears the project's name, so that it meets nothing of the
# application's or of another library's.
set -eu
nm=$1
cc=$2
library=$3
shift 3

names=$($nm -g --defined-only "$library" | awk 'NF == 3 { print $3 }' | sort -u)
count=$(echo "$names" | grep -c '^symfeed_') || :
if [ "$count" -lt 50 ]; then
    echo "symbols_check: $nm finds $count names in $library" >&2
    exit 1
fi
if echo "$names" | grep -v '^symfeed_' >&2; then
    echo "symbols_check: $library exports these, without symfeed_ before them" >&2
    exit 1
fi

# What the standard headers define by themselves does not count.
macros() { $cc "$@" -std=c99 -dM -E -x c - | awk '{ sub(/\(.*/, "", $2); print $2 }' | sort; }
before=$(mktemp)
after=$(mktemp)
trap 'rm -f "$before" "$after"' EXIT
printf '#include <%s>\n' stdbool.h stddef.h stdint.h | macros "$@" >"$before"
printf '#include "%s"\n' symfeed.h symfeed_events.h symfeed_port.h | macros "$@" >"$after"
if comm -13 "$before" "$after" | grep -v -i '^symfeed_' >&2; then
    echo "symbols_check: core's public headers define these, without SYMFEED_ before them" >&2
    exit 1
fi
echo "symbols: $count in $(basename "$library"), each symfeed_; macros of core's headers are SYMFEED_"
