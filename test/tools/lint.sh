#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# lint.sh "FORMATTED" "SOURCES" "LAYERS" FLAG...: the order of the layers by that command, clang-format,
# cppcheck, clang-tidy, shellcheck and pyflakes, all to the end.
#
# Each version of these has opinions that the one before had not, so the code is held to those of
# Debian 12. What another version finds is printed as hints and fails nothing.
set -eu
formatted=$1
sources=$2
layers=$3
shift 3

status=0
judge() { # TOOL VERSION FOUND: the version is the one whose findings are faults
    [ -n "$3" ] || return 0
    have=$("$1" --version | grep -o '[0-9][0-9]*\.[0-9][0-9.]*' | head -n 1)
    case $have in
    "$2" | "$2".*)
        printf '%s\n' "$3"
        status=1
        ;;
    *)
        echo "lint: hints of $1 $have; the code is held to $2"
        printf '%s\n' "$3" | sed 's/ \(error\|warning\): / /; s/,-warnings-as-errors\]/]/; s/^/hint: /'
        ;;
    esac
}
unformatted() {
    for file in $formatted; do
        clang-format "$file" | cmp -s - "$file" || echo "$file: make format would change it"
    done
}
ran() { # COMMAND...: its output, which is not empty where it fails
    found=$("$@" 2>&1) || found=${found:-$1 failed}
    printf '%s' "$found"
}

# shellcheck disable=SC2086 # lists of files
{
    $layers || status=1
    judge clang-format 14 "$(unformatted)"
    judge cppcheck 2.10 "$(ran cppcheck --quiet --std=c99 --enable=warning,performance,portability \
        --inline-suppr --suppress=missingIncludeSystem --suppress=preprocessorErrorDirective \
        --suppress=normalCheckLevelMaxBranches --suppress=toomanyconfigs --error-exitcode=1 \
        -USYMFEED_CONFIG_FILE -Icore -Iport $sources)"
    # clang-tidy's standard error counts what it has held back in other people's headers.
    judge clang-tidy 14 "$(printf '%s\n' $sources | ran xargs -P "$(nproc 2>/dev/null || echo 2)" -I{} \
        sh -c 'clang-tidy --quiet --warnings-as-errors="*" "$@" 2>/dev/null' clang-tidy {} -- "$@")"
    judge shellcheck 0.9 "$(ran shellcheck --severity=warning port/make/*.sh test/compare/*.sh test/tools/*.sh .ci/run \
        test/board/root/etc/shell test/board/root/etc/udhcpc test/board/root/etc/init.d/* \
        examples/alarm/S95symfeed-alarm examples/packaging/yocto/*/*/files/run-ptest)"
    judge pyflakes3 2.5 "$(ran pyflakes3 test)"
    # What rc.common reads, and the shell there has.
    judge shellcheck 0.9 "$(ran shellcheck --severity=warning --shell=dash --exclude=SC2034 examples/alarm/symfeed-alarm.init)"
}
[ $status -ne 0 ] || echo "lint: layers, clang-format, cppcheck, clang-tidy, shellcheck and pyflakes are content"
exit $status
