#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# check.sh FOLDER TARGET...: makes the targets one after the other, goes on after a failure, and
# ends with `N passed, N failed`. A target that runs tests counts each of them (run_tests.py writes
# the numbers down); any other counts as one.
set -eu

folder=$1
shift
mkdir -p "$folder"
SYMFEED_TALLY=$folder/tally
export SYMFEED_TALLY

# Two compilers at a time find work on two cores; a -j of the caller's comes through the jobserver.
jobs=
case " ${MAKEFLAGS-} " in
*jobserver*) ;;
*) jobs=-j$(nproc 2>/dev/null || echo 2) ;;
esac

passed=0
failed=0
bad=
begin=$(date +%s)
for target in "$@"; do
    printf '\n== %s ==\n' "$target"
    : >"$SYMFEED_TALLY"
    start=$(date +%s)
    status=0
    "${MAKE:-make}" $jobs "$target" || status=$?
    good_here=0
    bad_here=0
    while read -r good wrong; do
        good_here=$((good_here + good))
        bad_here=$((bad_here + wrong))
    done <"$SYMFEED_TALLY"
    if [ "$status" -ne 0 ]; then
        [ "$bad_here" -gt 0 ] || bad_here=1
        bad="$bad $target"
    elif [ "$good_here" -eq 0 ]; then
        good_here=1
    fi
    passed=$((passed + good_here))
    failed=$((failed + bad_here))
    printf '== %s: %d passed, %d failed, %d s\n' "$target" "$good_here" "$bad_here" \
        "$(($(date +%s) - start))"
done

printf '\nsymfeed: checked in %d s\n' "$(($(date +%s) - begin))"
[ -z "$bad" ] || printf 'symfeed: failed:%s\n' "$bad"
printf '%d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
