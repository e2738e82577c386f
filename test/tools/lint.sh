#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# lint.sh "FORMATTED" "SOURCES" "LAYERS" FLAG...: the order of the layers by that command, clang-format,
# cppcheck, clang-tidy and shellcheck, all to the end.
#
# Each version of these has opinions that the one before had not, so the code is held to those of
# Debian 12. What another version finds is printed and fails nothing.
set -eu
formatted=$1
sources=$2
layers=$3
shift 3

for tool in clang-format cppcheck clang-tidy shellcheck; do
    command -v $tool >/dev/null || {
        echo "symfeed: no $tool: install it, or run 'make deps'" >&2
        exit 1
    }
done

status=0
judge() { # TOOL VERSION: the tool has found something
    have=$("$1" --version | grep -o '[0-9][0-9]*\.[0-9][0-9.]*' | head -n 1)
    case $have in
    "$2" | "$2".*) status=1 ;;
    *) echo "lint: $1 is $have, and the code is held to $2: take that as a hint" ;;
    esac
}

# shellcheck disable=SC2086 # lists of files
{
    $layers || status=1
    for file in $formatted; do
        clang-format "$file" | cmp -s - "$file" || echo "$file: make format would change it"
    done | grep . && judge clang-format 14
    cppcheck --quiet --std=c99 --enable=warning,performance,portability --inline-suppr \
        --suppress=missingIncludeSystem --suppress=preprocessorErrorDirective \
        --suppress=normalCheckLevelMaxBranches --suppress=toomanyconfigs --error-exitcode=1 \
        -USYMFEED_CONFIG_FILE -Icore -Iport $sources || judge cppcheck 2.10
    # Its standard error counts what it has held back in other people's headers.
    printf '%s\n' $sources | xargs -P "$(nproc 2>/dev/null || echo 2)" -I{} \
        clang-tidy --quiet --warnings-as-errors='*' {} -- "$@" 2>/dev/null || judge clang-tidy 14
    shellcheck --severity=warning port/make/*.sh test/compare/*.sh test/tools/*.sh .ci/run || judge shellcheck 0.9
}
[ $status -ne 0 ] || echo "lint: layers, clang-format, cppcheck, clang-tidy and shellcheck are content"
exit $status
