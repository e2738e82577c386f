#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# reproducible_check.sh MAKE O EPOCH CC [VARIABLE=FOLDER...]: builds copies of the sources in two folders
# and installs them; what was installed has to be the same to the byte. Between the two differ the folder and its
# length, a space in it, a symbolic link that leads there, O, the time, the time zone, the language and
# the modes of files. Another EPOCH, at last, has to make another program.
set -eu
make=$1
root=$2/checks/reproducible
epoch=$3
cc=$4
shift 4

# Folders named on make's command line have to be found from elsewhere.
for pair in "$@"; do
    shift
    set -- "$@" "${pair%%=*}=$(cd "${pair#*=}" && pwd)"
done

rm -rf "$root"
mkdir -p "$root/one" "$root/another one/in a longer place"
root=$(cd "$root" && pwd)
two="$root/another one/in a longer place"
tar cf - core port examples Makefile Kconfig | tar xf - -C "$root/one"
(umask 077 && tar cf - core port examples Makefile Kconfig | tar xf - -C "$two")
find "$two" -name '*.c' -exec touch {} +
ln -s "$two" "$root/link"

# Nor has a file that the compiler is to read, by a path from here.
for word in $cc; do
    case $word in
    /*) ;;
    */*) if [ -e "$word" ]; then
        for copy in "$root/one" "$two"; do
            mkdir -p "$copy/${word%/*}"
            ln -s "$PWD/$word" "$copy/$word"
        done
    fi ;;
    esac
done

(cd "$root/one" && SOURCE_DATE_EPOCH=$epoch "$make" "$@" O=build DESTDIR=image \
    PREFIX=/usr install >/dev/null)
(cd "$root/link" && umask 077 && TZ=Asia/Kolkata LC_ALL=C.UTF-8 SOURCE_DATE_EPOCH=$epoch \
    "$make" "$@" O=out/of/it DESTDIR=image PREFIX=/usr install >/dev/null)

status=0
diff -r "$root/one/image" "$two/image" || status=1
if grep -q -r -F "$root" "$root/one/image"; then
    echo "reproducible_check: $root stands in what was built" >&2
    status=1
fi
[ $status -eq 0 ] || exit $status

(cd "$root/one" && SOURCE_DATE_EPOCH=$((epoch + 86400)) "$make" "$@" O=build all >/dev/null)
if cmp -s "$root/one/build/symfeed" "$two/out/of/it/symfeed"; then
    echo "reproducible_check: the date of the sources is not in the program" >&2
    exit 1
fi
sum=$(sha256sum "$two/out/of/it/symfeed")
rm -rf "$root"
echo "reproducible: two folders, one program, sha256 ${sum%% *}"
