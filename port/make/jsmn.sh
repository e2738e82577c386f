#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# jsmn.sh TARGET FOLDER COMPILER [FLAG]...: copies jsmn.h to TARGET: from FOLDER; where that is empty, from
# where the compiler finds it, else from /usr/include.
set -eu
target=$1
file=${2:+$2/jsmn.h}
shift 2
[ -n "$file" ] || file=$(echo '#include <jsmn.h>' | "$@" -M -x c - 2>/dev/null | tr ' ' '\n' | grep '/jsmn\.h$') ||
    file=/usr/include/jsmn.h
[ -e "$file" ] || {
    echo "symfeed: no $file: install libjsmn-dev, run 'make deps', or say JSMN_DIR=folder" >&2
    exit 1
}
mkdir -p "${target%/*}"
cp "$file" "$target"
