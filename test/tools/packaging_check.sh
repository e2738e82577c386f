#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# packaging_check.sh MAKE O PYTHON: makes the tarball of `make dist` from what is here, committed or not, twice,
# and builds the packages of examples/packaging from it or from the checkout, each by a stand-in for its
# system (test/packaging), with a compiler by another name than the host's. What they install has to be
# what they promise, and to run.
set -eu
make=$1
python=$3
# Debian's module is for Debian's Python, which another one may stand before.
"$python" -c 'import kconfiglib' 2>/dev/null || python=/usr/bin/python3
version=$(sed -n 's/^#define SYMFEED_VERSION *"\(.*\)"/\1/p' core/symfeed.h)
fail() {
    echo "packaging_check: $1" >&2
    exit 1
}
command -v git >/dev/null || fail "no git: install it, or run 'make deps'"
unset MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES O CC AR CFLAGS CPPFLAGS LDFLAGS

# Not below the checkout: none of the three systems can be in a folder with a space in its name.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/tree" "$root/dl" "$root/bin" "$root/host"
bin=$root/bin

# --- the tarball ------------------------------------------------------------------------------------

# Of a checkout what git knows or will know; of an unpacked tarball all but what was built, as it was
# before it was packed.
if [ -e .git ]; then
    git ls-files -z --cached --others --exclude-standard | tar --null --ignore-failed-read -T - -cf - 2>/dev/null |
        tar -xf - -C "$root/tree"
else
    tar --exclude="./${2#./}" --exclude='./build*' -cf - . | tar -xf - -C "$root/tree"
    # shellcheck disable=SC2016 # git's own
    sed -i 's/^# archived: [0-9]*$/# archived: $Format:%ct$/' "$root/tree/Makefile"
fi
cd "$root/tree"
fixed_git() {
    GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_DATE='1700000000 +0000' GIT_COMMITTER_DATE='1700000000 +0000' \
        git -c user.name=check -c user.email=check@example.com -c init.defaultBranch=check "$@"
}
fixed_git init -q && fixed_git add -A && fixed_git commit -q -m check
git clone -q "$root/tree" "$root/clone"
"$make" dist >"$root/sum"
(cd "$root/clone" && TZ=Asia/Kolkata "$make" O=out dist) | cmp - "$root/sum" ||
    fail "make dist is not the same in two checkouts"
tarball=symfeed-$version.tar.gz
grep -q "  $tarball$" "$root/sum" || fail "make dist does not tell the sum of $tarball"
(cd build && sha256sum -c --quiet "$root/sum")
cp "build/$tarball" "$root/dl/"
tar -xzf "build/$tarball" -C "$root"
grep -q -x '# archived: 1700000000' "$root/symfeed-$version/Makefile" ||
    fail "the date of the sources is not in $tarball"

# --- a compiler -------------------------------------------------------------------------------------

# The names of the host's must not be called: what is built is for another machine.
real=$(command -v gcc)
for name in cc gcc clang; do
    printf '#!/bin/sh\necho "packaging_check: %s was called" >&2\nexit 1\n' $name >"$root/host/$name"
done
printf '#!/bin/sh\nexec %s "$@"\n' "$real" >"$bin/target-cc"
chmod +x "$root"/host/* "$bin/target-cc"
PATH=$root/host:$bin:$PATH
export PATH

# jsmn as a system has it: known by its last line, so that no other one is taken.
jsmn=/usr/include/jsmn.h
[ -f $jsmn ] || fail "no $jsmn"
mkdir -p "$root/buildroot/staging/usr/include"
{ cat $jsmn && echo '/* of the staging folder */'; } >"$root/buildroot/staging/usr/include/jsmn.h"
cp $jsmn "$root/dl/jsmn.h"
cp $jsmn "$root/dl/jsmn-1.1.0.h"

runs() { # PROGRAM
    "$1" version | grep -q -x "symfeed $version" || fail "$1 does not run"
    if grep -q -F "$root" "$1"; then fail "$1 names the folder that it was built in"; fi
}
has() { # FOLDER FILE...: these files, and no others but headers
    folder=$1
    shift
    found=$(cd "$folder" && find . ! -type d ! -path '*/include/*' | sed 's|^\./||' | LC_ALL=C sort | tr '\n' ' ')
    [ "$found" = "$* " ] || fail "$folder has: $found"
}

# --- Buildroot --------------------------------------------------------------------------------------

packaging=$root/tree/examples/packaging
br() { # SETTING...
    rm -rf "$root/buildroot/build" "$root/buildroot/target"
    "$make" -f "$root/tree/test/packaging/buildroot.mk" BASE="$root/buildroot" DL_DIR="$root/dl" \
        COMPILER=target-cc BR2_EXTERNAL_SYMFEED_PATH="$packaging/buildroot" "$@" >"$root/log" 2>&1 ||
        fail "Buildroot: $(tail -n 20 "$root/log")"
    runs "$root/buildroot/target/usr/bin/symfeed"
    grep -q 'of the staging folder' "$root/buildroot/build/symfeed-$version/build/include/jsmn.h" ||
        fail "Buildroot: the jsmn of another folder was taken"
}
echo 'CONFIG_SYMFEED_DEDUP=64' >"$root/small.config"
br BR2_PACKAGE_SYMFEED=y BR2_PACKAGE_SYMFEED_SITE="\"file://$root/tree/build\"" \
    BR2_PACKAGE_SYMFEED_CONFIG="\"$root/small.config\""
has "$root/buildroot/target" usr/bin/symfeed
"$root/buildroot/target/usr/bin/symfeed" version | grep -q '64 repeats' ||
    fail "Buildroot: the configuration was not heeded"
echo "stray" >"$root/tree/build/stray"
br BR2_PACKAGE_SYMFEED=y BR2_PACKAGE_SYMFEED_ALARM=y
[ ! -e "$root/buildroot/build/symfeed-$version/build/stray" ] || fail "Buildroot: takes what was built here"
has "$root/buildroot/target" etc/symfeed/alarm.conf usr/bin/symfeed usr/bin/symfeed-alarm \
    usr/lib/systemd/system/symfeed-alarm.service
has "$root/buildroot/staging" usr/bin/symfeed usr/lib/libsymfeed.a usr/lib/pkgconfig/symfeed.pc \
    usr/share/man/man1/symfeed.1
[ -f "$root/buildroot/staging/usr/include/symfeed_posix.h" ] || fail "Buildroot: no headers"
grep -q -x 'name: SYMFEED' "$packaging/buildroot/external.desc" || fail "external.desc: no name"

BR2_EXTERNAL_SYMFEED_PATH=$packaging/buildroot "$python" - "$root/Config.in" <<'END'
import sys
import kconfiglib
with open(sys.argv[1], "w", encoding="utf-8") as file:
    for name in ("JSMN", "MBEDTLS"):
        file.write(f"config BR2_PACKAGE_{name}\n\tbool \"{name}\"\n")
    file.write('source "$BR2_EXTERNAL_SYMFEED_PATH/Config.in"\n')
menu = kconfiglib.Kconfig(sys.argv[1])
assert not menu.warnings, menu.warnings
menu.syms["BR2_PACKAGE_SYMFEED"].set_value("y")
for name in ("JSMN", "MBEDTLS"):
    assert menu.syms[f"BR2_PACKAGE_{name}"].str_value == "y", f"symfeed does not select {name}"
assert menu.syms["BR2_PACKAGE_SYMFEED_ALARM"].visibility, "no alarm to choose"
for symbol in menu.unique_defined_syms:
    if "SYMFEED" in symbol.name:
        assert symbol.nodes[0].help, f"{symbol.name} has no help"
END

# --- OpenWrt ----------------------------------------------------------------------------------------

"$make" -C "$packaging/openwrt/symfeed" TOPDIR="$root/tree/test/packaging/openwrt" BASE="$root/openwrt" \
    DL_DIR="$root/dl" COMPILER=target-cc SYMFEED_CONFIG="$root/small.config" SYMFEED_HASH="$(cut -d ' ' -f 1 "$root/sum")" >"$root/log" 2>&1 ||
    fail "OpenWrt: $(tail -n 20 "$root/log")"
has "$root/openwrt/packages/symfeed" usr/bin/symfeed
has "$root/openwrt/packages/symfeed-alarm" etc/init.d/symfeed-alarm etc/symfeed/alarm.conf usr/bin/symfeed-alarm
has "$root/openwrt/staging" usr/lib/libsymfeed.a usr/lib/pkgconfig/symfeed.pc
[ -f "$root/openwrt/staging/usr/include/symfeed/tls/tls.h" ] || fail "OpenWrt: no headers"
runs "$root/openwrt/packages/symfeed/usr/bin/symfeed"
"$root/openwrt/packages/symfeed/usr/bin/symfeed" version | grep -q '64 repeats' ||
    fail "OpenWrt: the configuration was not heeded"
[ "$(stat -c %a "$root/openwrt/packages/symfeed-alarm/etc/init.d/symfeed-alarm")" = 755 ] ||
    fail "OpenWrt: the init script is not executable"

# --- Yocto ------------------------------------------------------------------------------------------

"$python" test/packaging/yocto.py "$packaging"/yocto/*/symfeed/symfeed_"$version".bb "$root/yocto" "$root/dl" \
    target-cc >"$root/files"
cat >"$root/expected" <<END
symfeed /usr/bin/symfeed
symfeed-alarm /etc/symfeed/alarm.conf
symfeed-alarm /usr/bin/symfeed-alarm
symfeed-alarm /usr/lib/systemd/system/symfeed-alarm.service
symfeed-dev /usr/lib/pkgconfig/symfeed.pc
symfeed-doc /usr/share/man/man1/symfeed.1
symfeed-staticdev /usr/lib/libsymfeed.a
END
grep -v /include/ "$root/files" | LC_ALL=C sort | cmp - "$root/expected" || fail "Yocto: $(cat "$root/files")"
runs "$root/yocto/image/usr/bin/symfeed"

cd / && rm -rf "$root"
echo "packaging: the tarball is the same twice; Buildroot, OpenWrt and Yocto build and install from it"
