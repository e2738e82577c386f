#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# install_check.sh MAKE O CC FLAGS RUN: installs into a folder of O, builds examples/first.c from what is
# there alone, by pkg-config and, static too, by `pkg-config --static`, and by the line in README.md; runs
# what was built; moves every folder somewhere else; uninstalls, and looks whether anything was left.
# A program that was compiled with another size than the library has to be refused.
# FLAGS are those that the library was compiled with. None of its -D is handed on: the installed headers
# have to know.
set -eu
make=$1
root=$2/checks/install
cc=$3
run=$5
flags=
for word in $4; do
    case $word in
    -DSYMFEED_*) ;;
    *) flags="$flags $word" ;;
    esac
done
fail() {
    echo "install_check: $1" >&2
    exit 1
}

rm -rf "$root"
"$make" O="$2" DESTDIR="$root" PREFIX=/usr install >/dev/null

# pkg-config knows nothing of the system here: with it, what is missing in symfeed.pc might be found.
modules() {
    PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$root/usr/lib/pkgconfig" pkg-config "$@" symfeed
}
# shellcheck disable=SC2046,SC2086 # lists of words
build() { # FLAG...
    $cc -std=c99 $flags "$@" $(modules --cflags) examples/first.c \
        $(modules $(case " $* " in *" -static "*) echo --static ;; esac) --libs) -o "$root/first" 2>"$root/said" || fail "$(cat "$root/said")"
    echo token >"$root/token"
    if $run "$root/first" https://localhost "$root/token" "$root/no-such.pem" 2>"$root/said"; then
        fail "first begins without authorities"
    fi
    said=$(cat "$root/said")
    rm "$root/first" "$root/token" "$root/said"
}
# As far as the authorities it goes only where the library has found that the headers are its own.
for static in "" -static; do
    # shellcheck disable=SC2086 # a flag or none
    build $static
    case $said in
    *no-such.pem*) ;;
    *) fail "first${static}: $said" ;;
    esac
done
build -DSYMFEED_ACK_ID_SIZE=640
case $said in
*'header and library differ: build both'*) ;;
*) fail "with another size than the library's: $said" ;;
esac

version=$(modules --modversion)
$run "$root/usr/bin/symfeed" version | grep -q -x "symfeed $version" || fail "symfeed.pc is of $version"
grep -q '^\.Nm symfeed$' "$root/usr/share/man/man1/symfeed.1" || fail "no man page"
# shellcheck disable=SC2016 # of the other shell
bash -c '. "$1" && complete -p symfeed' completion "$root/usr/share/bash-completion/completions/symfeed" >/dev/null ||
    fail "no completion for bash"

# README.md's line, with the compiler, its flags and the folders of here.
line=$(sed -n 's|^    cc examples/first\.c \(.*pkg-config --cflags --libs symfeed.*\) -o build/first$|\1|p' README.md)
[ -n "$line" ] || fail "README.md has no line with pkg-config"
compile() {
    # shellcheck disable=SC2086 # lists of words
    $cc -std=c99 $flags "$@"
}
(
    export PKG_CONFIG_SYSROOT_DIR="$root" PKG_CONFIG_LIBDIR="$root/usr/lib/pkgconfig"
    eval "compile examples/first.c $line -o \"\$root/first\""
) || fail "README.md's line does not build the first program"
if $run "$root/first" 2>"$root/said"; then
    fail "first begins without arguments"
fi
grep -q '^first: give AGENT-URL' "$root/said" || fail "by README.md's line: $(cat "$root/said")"
rm "$root/first" "$root/said"
# The header that the first program does not include.
# shellcheck disable=SC2046 # a list of words
echo '#include "symfeed_events.h"' | compile -Wall -Wextra -Werror $(modules --cflags) -x c -c - -o "$root/events.o"
rm "$root/events.o"

"$make" O="$2" DESTDIR="$root" PREFIX=/usr uninstall >/dev/null
left=$(find "$root" ! -type d)
[ -z "$left" ] || fail "make uninstall left: $left"
[ ! -e "$root/usr/include/symfeed" ] || fail "make uninstall left usr/include/symfeed"

# Each folder by itself, a space in the folder of the image, and a careful user.
image="$root/an image"
set -- O="$2" DESTDIR="$image" PREFIX=/opt bindir=/opt/sbin libdir=/lib/somewhere \
    includedir=/opt/include/some mandir=/man
(umask 077 && "$make" "$@" install >/dev/null)
closed=$(find "$image" -type f ! -perm -044)
[ -z "$closed" ] || fail "nobody else may read $closed"
for file in opt/sbin/symfeed lib/somewhere/libsymfeed.a lib/somewhere/pkgconfig/symfeed.pc \
    opt/include/some/symfeed.h opt/include/some/symfeed/tls/tls.h man/man1/symfeed.1 \
    opt/share/bash-completion/completions/symfeed; do
    [ -f "$image/$file" ] || fail "no $file"
done
grep -q -x 'libdir=/lib/somewhere' "$image/lib/somewhere/pkgconfig/symfeed.pc" || fail "libdir of symfeed.pc"
# shellcheck disable=SC2016 # it stands there as it is
grep -q -x 'includedir=${prefix}/include/some' "$image/lib/somewhere/pkgconfig/symfeed.pc" ||
    fail "includedir of symfeed.pc"
"$make" "$@" uninstall >/dev/null
left=$(find "$image" ! -type d)
[ -z "$left" ] || fail "make uninstall left: $left"
rm -rf "$root"
echo "install: examples/first.c builds from the installed files, by README.md's line too, and with other" \
    "sizes is refused; uninstall leaves none"
