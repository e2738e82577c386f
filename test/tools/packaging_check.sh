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
unset SOURCE_DATE_EPOCH MAKEFLAGS MAKELEVEL MFLAGS MAKEOVERRIDES O CC AR CFLAGS CPPFLAGS LDFLAGS

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
# A make that compiles nothing: it writes down its arguments, and makes what is installed from there.
cat >"$bin/dry-make" <<'END'
#!/bin/sh
echo "$*" >>"$DRY_LOG"
[ "$1" != -C ] || cd "$2"
mkdir -p build/obj/examples/alarm && touch build/symfeed build/obj/examples/alarm/alarm
for word; do
    case $word in DESTDIR=*)
        to=${word#DESTDIR=}/usr
        mkdir -p "$to/bin" "$to/include" "$to/lib/pkgconfig"
        touch "$to/bin/symfeed" "$to/include/symfeed.h" "$to/lib/libsymfeed.a" "$to/lib/pkgconfig/symfeed.pc" ;;
    esac
done
END
chmod +x "$root"/host/* "$bin/target-cc" "$bin/dry-make"
DRY_LOG=$root/dry.log
export DRY_LOG
told() { # WHO WORD: what make was told
    grep -q -e "$2" "$DRY_LOG" || fail "$1: make was not told $2, but: $(cat "$DRY_LOG")"
    rm "$DRY_LOG"
}
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
    found=$(cd "$folder" && find . ! -type d ! -path '*/include/*' ! -path '*/bash-completion/*' | sed 's|^\./||' | LC_ALL=C sort | tr '\n' ' ')
    [ "$found" = "$* " ] || fail "$folder has: $found"
}

# --- Buildroot --------------------------------------------------------------------------------------

packaging=$root/tree/examples/packaging
br_make() { # SETTING...
    rm -rf "$root/buildroot/build" "$root/buildroot/target"
    "$make" -f "$root/tree/test/packaging/buildroot.mk" BASE="$root/buildroot" DL_DIR="$root/dl" \
        COMPILER=target-cc BR2_EXTERNAL_SYMFEED_PATH="$packaging/buildroot" "$@" >"$root/log" 2>&1 ||
        fail "Buildroot: $(tail -n 20 "$root/log")"
}
br() { # SETTING...
    br_make "$@"
    runs "$root/buildroot/target/usr/bin/symfeed"
    grep -q 'of the staging folder' "$root/buildroot/build/symfeed-$version/build/include/jsmn.h" ||
        fail "Buildroot: the jsmn of another folder was taken"
    grep -q -x 1700000000 "$root/buildroot/build/symfeed-$version/build/obj/epoch" ||
        fail "Buildroot: the program does not have the date of its sources"
}
echo 'CONFIG_SYMFEED_DEDUP=64' >"$root/small.config"
br BR2_PACKAGE_SYMFEED=y BR2_PACKAGE_SYMFEED_SITE="\"file://$root/tree/build\"" \
    BR2_PACKAGE_SYMFEED_CONFIG="\"$root/small.config\""
has "$root/buildroot/target" usr/bin/symfeed
"$root/buildroot/target/usr/bin/symfeed" version | grep -q '64 repeats' ||
    fail "Buildroot: the configuration was not heeded"
echo "stray" >"$root/tree/build/stray"
br BR2_PACKAGE_SYMFEED=y BR2_PACKAGE_SYMFEED_ALARM=y BR2_INIT_SYSTEMD=y
[ ! -e "$root/buildroot/build/symfeed-$version/build/stray" ] || fail "Buildroot: takes what was built here"
has "$root/buildroot/target" etc/symfeed/alarm.conf usr/bin/symfeed usr/bin/symfeed-alarm \
    usr/lib/systemd/system-preset/50-symfeed-alarm.preset usr/lib/systemd/system/symfeed-alarm.service
grep -q -x 'disable symfeed-alarm.service' "$root"/buildroot/target/usr/lib/systemd/system-preset/*.preset ||
    fail "Buildroot: the alarm starts before it is configured"
has "$root/buildroot/staging" usr/bin/symfeed usr/lib/libsymfeed.a usr/lib/pkgconfig/symfeed.pc \
    usr/share/man/man1/symfeed.1
[ -f "$root/buildroot/staging/usr/include/symfeed_posix.h" ] || fail "Buildroot: no headers"
grep -q -x 'name: SYMFEED' "$packaging/buildroot/external.desc" || fail "external.desc: no name"
for dependency in jsmn mbedtls; do
    grep -q "^.*\<$dependency\>.* /" "$root/buildroot/target.dependencies" ||
        fail "Buildroot: does not wait for $dependency"
done

br_make BR2_PACKAGE_SYMFEED=y BR2_PACKAGE_SYMFEED_ALARM=y BR2_PACKAGE_SYMFEED_NO_HEAP=y MAKE=dry-make
has "$root/buildroot/target" etc/init.d/S95symfeed-alarm etc/symfeed/alarm.conf usr/bin/symfeed usr/bin/symfeed-alarm
[ -x "$root/buildroot/target/etc/init.d/S95symfeed-alarm" ] || fail "Buildroot: the start script is not executable"
grep -q '/ mbedtls$' "$root/buildroot/target.dependencies" || fail "Buildroot: Mbed TLS may not be unpacked yet"
told Buildroot "MBEDTLS_DIR=$root/buildroot/build/mbedtls-"
user=$(sed -n 's/^DAEMON="\(.*\)"$/\1/p' "$root/buildroot/target/etc/init.d/S95symfeed-alarm")
grep -q "^[[:space:]]*$user -1 $user -1 " "$root/buildroot/target.users" || fail "Buildroot: nobody makes the user $user"
grep -q "/etc/symfeed/alarm.conf f 640 root $user " "$root/buildroot/target.permissions" ||
    fail "Buildroot: $user cannot read alarm.conf"

# Buildroot's style, as far as its utils/check-package looks at it.
awk -v mk="$packaging/buildroot/package/symfeed/symfeed.mk" '
function wrong(text) { print "packaging_check: " FILENAME ":" FNR ": " text; failed = 1 }
FILENAME == mk && (FNR == 1 || FNR == 5) && !/^#+$/ || FILENAME == mk && (FNR == 1 || FNR == 5) && length($0) != 80 { wrong("80 hashes") }
FILENAME == mk && (FNR == 2 || FNR == 4) && $0 != "#" { wrong("one hash") }
FILENAME == mk && FNR == 6 && $0 != "" { wrong("a blank line") }
/^SYMFEED_SOURCE *=/ { wrong("this is the default") }
FNR == 1 { help = 0 }
FILENAME != mk && /^\thelp$/ { help = 1; next }
help && /^[^\t]/ { help = 0 }
help && /^\t/ && (substr($0, 1, 3) != "\t  " || length($0) > 65) { wrong("help: a tab, two spaces, 62 characters") }
/[ \t]$/ { wrong("white space at the end") }
END { exit failed }' "$packaging"/buildroot/package/symfeed/symfeed.mk "$packaging"/buildroot/package/symfeed/Config.in \
    "$packaging"/buildroot/Config.in >&2

BR2_EXTERNAL_SYMFEED_PATH=$packaging/buildroot "$python" - "$root/Config.in" <<'END'
import sys
import kconfiglib
with open(sys.argv[1], "w", encoding="utf-8") as file:
    for name in ("CA_CERTIFICATES", "JSMN", "MBEDTLS"):
        file.write(f"config BR2_PACKAGE_{name}\n\tbool \"{name}\"\n")
    file.write("config BR2_USE_MMU\n\tdef_bool y\n")
    file.write('source "$BR2_EXTERNAL_SYMFEED_PATH/Config.in"\n')
menu = kconfiglib.Kconfig(sys.argv[1])
assert not menu.warnings, menu.warnings
menu.syms["BR2_PACKAGE_SYMFEED"].set_value("y")
for name in ("CA_CERTIFICATES", "JSMN", "MBEDTLS"):
    assert menu.syms[f"BR2_PACKAGE_{name}"].str_value == "y", f"symfeed does not select {name}"
for name in ("ALARM", "NO_HEAP"):
    assert menu.syms[f"BR2_PACKAGE_SYMFEED_{name}"].visibility, f"no {name} to choose"
for symbol in menu.unique_defined_syms:
    if "SYMFEED" in symbol.name:
        assert symbol.nodes[0].help, f"{symbol.name} has no help"
END

# --- OpenWrt ----------------------------------------------------------------------------------------

cp -R "$root/tree/test/packaging/openwrt" "$root/openwrt-top"
owrt() { # SETTING...
    rm -rf "$root/openwrt"
    "$make" -C "$packaging/openwrt/symfeed" TOPDIR="$root/openwrt-top" BASE="$root/openwrt" \
        DL_DIR="$root/dl" COMPILER=target-cc "$@" >"$root/log" 2>&1
}
alarm=$root/openwrt/packages/symfeed-alarm
owrt CONFIG_SYMFEED_CONFIG="\"$root/small.config\"" SYMFEED_SITE="file://$root/tree/build" \
    SYMFEED_HASH="$(cut -d ' ' -f 1 "$root/sum")" || fail "OpenWrt: $(tail -n 20 "$root/log")"
has "$root/openwrt/packages/symfeed" usr/bin/symfeed
has "$alarm" etc/config/symfeed etc/init.d/symfeed-alarm etc/symfeed/alarm.conf usr/bin/symfeed-alarm
has "$root/openwrt/staging" usr/lib/libsymfeed.a usr/lib/pkgconfig/symfeed.pc
[ -f "$root/openwrt/staging/usr/include/symfeed/tls/tls.h" ] || fail "OpenWrt: no headers"
runs "$root/openwrt/packages/symfeed/usr/bin/symfeed"
"$root/openwrt/packages/symfeed/usr/bin/symfeed" version | grep -q '64 repeats' ||
    fail "OpenWrt: the configuration was not heeded"
[ "$(stat -c %a "$alarm/etc/init.d/symfeed-alarm")" = 755 ] || fail "OpenWrt: the init script is not executable"
grep -q "option enabled '0'" "$alarm/etc/config/symfeed" || fail "OpenWrt: the alarm starts before it is configured"
for kept in /etc/config/symfeed /etc/symfeed/alarm.conf /etc/symfeed/; do
    grep -q -x "$kept" "$alarm.keep" || fail "OpenWrt: sysupgrade does not keep $kept"
done
# Key, authorities and state are where sysupgrade keeps them and no power cut takes them; outputs, which
# are for now, are in RAM, where the init script makes them.
sed -n 's/^#\{0,1\}\([a-z-]*\) = \(\/.*\)$/\1 \2/p' "$alarm/etc/symfeed/alarm.conf" >"$root/paths"
grep -q '^state ' "$root/paths" || fail "OpenWrt: alarm.conf names no state"
if grep -v -e '^file /var/run/symfeed-alarm/' -e ' /etc/symfeed/' "$root/paths"; then
    fail "OpenWrt: this does not survive there"
fi

# A checkout: by date and commit, so that another commit cannot be taken for it. Without a hash no
# tarball is taken; another one has another hash.
owrt SYMFEED_CHECKOUT="$root/tree" CONFIG_SYMFEED_NO_HEAP= MAKE=dry-make || fail "OpenWrt: $(tail -n 20 "$root/log")"
told OpenWrt "symfeed-2023\.11\.14~$(git rev-parse HEAD | cut -c 1-8) .*KCONFIG_CONFIG=port/configs/default_defconfig"
for hash in "" 0000000000000000000000000000000000000000000000000000000000000000; do
    if owrt SYMFEED_SITE="file://$root/tree/build" SYMFEED_HASH=$hash MAKE=dry-make; then
        fail "OpenWrt: takes a tarball of another hash"
    fi
done

mkdir -p "$root/openwrt-top/package/libs/mbedtls" "$root/mbedtls-3.6.9"
tar -C "$root" -cjf "$root/dl/mbedtls-3.6.9.tar.bz2" mbedtls-3.6.9
printf 'PKG_VERSION:=3.6.9\nPKG_HASH:=%s\n' "$(sha256sum "$root/dl/mbedtls-3.6.9.tar.bz2" | cut -d ' ' -f 1)" \
    >"$root/openwrt-top/package/libs/mbedtls/Makefile"
rm -f "$DRY_LOG"
owrt SYMFEED_CHECKOUT="$root/tree" CONFIG_SYMFEED_NO_HEAP=y MAKE=dry-make || fail "OpenWrt: $(tail -n 20 "$root/log")"
told OpenWrt "MBEDTLS_DIR=mbedtls-3.6.9"
[ -d "$(echo "$root"/openwrt/build_dir/symfeed-*)/mbedtls-3.6.9" ] || fail "OpenWrt: Mbed TLS is not unpacked"

# --- Yocto ------------------------------------------------------------------------------------------

recipe=$(echo "$packaging"/yocto/*/symfeed/symfeed_"$version".bb)
rm "$root/dl/jsmn.h"
"$python" test/packaging/yocto.py "$recipe" "$root/yocto" "$root/dl" target-cc >"$root/files"
cat >"$root/expected" <<END
symfeed /usr/bin/symfeed
symfeed-alarm /etc/init.d/symfeed-alarm
symfeed-alarm /etc/symfeed/alarm.conf
symfeed-alarm /usr/bin/symfeed-alarm
symfeed-alarm /usr/lib/systemd/system/symfeed-alarm.service
symfeed-dev /usr/lib/pkgconfig/symfeed.pc
symfeed-doc /usr/share/man/man1/symfeed.1
symfeed-ptest /usr/lib/symfeed/ptest/run-ptest
symfeed-staticdev /usr/lib/libsymfeed.a
END
grep -v -e /include/ -e /ptest/unit/ -e /bash-completion/ "$root/files" | LC_ALL=C sort | cmp - "$root/expected" ||
    fail "Yocto: $(cat "$root/files")"
runs "$root/yocto/image/usr/bin/symfeed"
grep -q "^SYSTEMD_AUTO_ENABLE.*disable" "$recipe" || fail "Yocto: the alarm starts before it is configured"

# All features that can be chosen are settings of Kconfig, and those that are not chosen are left out.
features=$(sed -n 's/^PACKAGECONFIG\[\(.*\)\].*/\1/p' "$recipe" | tr '\n' ' ')
for chosen in "$features" "proxy "; do
    "$python" test/packaging/yocto.py "$recipe" "$root/yocto-features" "$root/dl" target-cc "$chosen" >"$root/said"
    (cd "$root/yocto-features/symfeed-$version" && awk -f port/configs/header.awk Kconfig build/config) >/dev/null ||
        fail "Yocto: $chosen are no settings"
done
for setting in PROXY=y DATAHOSE=n LEGACY=n KEY_SIGN_IN=n; do
    grep -q -x "CONFIG_SYMFEED_$setting" "$root/said" || fail "Yocto: PACKAGECONFIG does not give $setting"
done
"$python" test/packaging/yocto.py "$recipe" "$root/yocto-features" "$root/dl" target-cc no-heap >"$root/said"
grep -q 'MBEDTLS_DIR=/sysroot/usr/share/mbedtls-source ' "$root/said" || fail "Yocto: no-heap does not take the source"

cd / && rm -rf "$root"
echo "packaging: the tarball is the same twice; Buildroot, OpenWrt and Yocto build and install from it"
