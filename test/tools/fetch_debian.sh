#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# fetch_debian.sh FOLDER THING...: puts what tests need of Debian 13 into FOLDER:
#
#   mbedtls3        mbedtls3/root has the headers and static libraries of libmbedtls-dev (Mbed TLS
#                   3.6), mbedtls3/libs the libraries' names
#   mbedtls-source  the source of Mbed TLS 3.6 with Debian's patches
#   curl-source     the source of curl 8, as it was published
#   curl-armhf      libcurl with OpenSSL and cJSON for ARM, and all that they need
#   musl-ARCH       musl/ARCH/musl-gcc.specs, with which `gcc -specs` takes headers and libraries of
#                   musl: those of the package musl-dev, for mips, mipsel and riscv64 built from its
#                   source
#   board           board/ has the kernel linux-image-armmp, its modules, and busybox-static, for armhf
#   cbmc            cbmc/bin has cbmc, goto-cc and goto-instrument, which start the programs of the
#                   packages below cbmc/root with Debian 13's libraries
#   gcc14           gcc14/bin likewise has gcc-14, gcov-14, and cc1 for the option -B; the host's
#                   programs assemble, and link with gcc14/root/libgcov.a
#
# The mirror is the one that debian_mirror.sh prints. apt-get gets a configuration of its own, so that the
# system's package lists and packages stay as they are, and checks Debian's signature as always. What is
# there already is not fetched again.
set -eu
folder=$1
shift
keys=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { # WHY
    echo "symfeed: cannot fetch $thing from $mirror: $1" >&2
    exit 1
}

is_there() { # THING
    case $1 in
    mbedtls3) [ -s "$folder/mbedtls3/libs" ] ;;
    mbedtls-source | curl-source | curl-armhf | board) [ -d "$folder/$1" ] ;;
    cbmc | gcc14) [ -d "$folder/$1/bin" ] ;;
    *) [ -d "$folder/musl/${1#musl-}/usr" ] ;;
    esac
}

# The specs name absolute paths, and the folder may have been moved since. In specs a backslash takes
# the meaning away from the character after it, so that a path may have spaces.
write_specs() { # ARCH
    path=$(cd "$folder/musl/$1" && pwd | LC_ALL=C sed 's/[^A-Za-z0-9_./-]/\\&/g')
    path=$(printf '%s\n' "$path" | sed 's/[\\&|]/\\&/g')
    sed "s|/usr/|$path/usr/|g" "$folder/musl/$1"/usr/lib/*/musl-gcc.specs >"$folder/musl/$1/specs.$$"
    mv "$folder/musl/$1/specs.$$" "$folder/musl/$1/musl-gcc.specs"
}

finish() { # THING...
    for thing in "$@"; do
        case $thing in
        musl-*) write_specs "${thing#musl-}" ;;
        esac
    done
    exit 0
}

sources=
missing=
for thing in "$@"; do
    case $thing in
    mbedtls3 | cbmc | gcc14) line="deb [arch=$(dpkg --print-architecture)" ;;
    mbedtls-source | curl-source | musl-mips | musl-mipsel | musl-riscv64) line="deb-src [arch=$(dpkg --print-architecture)" ;;
    musl-armhf | musl-armel | musl-arm64) line="deb [arch=${thing#musl-}" ;;
    board | curl-armhf) line="deb [arch=armhf" ;;
    *)
        echo "fetch_debian.sh: nothing is called '$thing'" >&2
        exit 2
        ;;
    esac
    ! is_there "$thing" || continue
    missing="$missing $thing"
    case $sources in
    *"$line "*) ;;
    *) sources="$sources$line signed-by=$keys] MIRROR trixie main
" ;;
    esac
done
[ -n "$missing" ] || finish "$@"

# One at a time fetches into a folder, such as of `make -j2 firmware source`: the other one finds it there.
if [ -z "${SYMFEED_FETCHES-}" ] && command -v flock >/dev/null; then
    export SYMFEED_FETCHES=1
    mkdir -p "$folder"
    exec flock -o "$folder/fetch.lock" "$0" "$folder" "$@"
fi

thing=${missing# }
mirror=$("$(dirname "$0")/debian_mirror.sh")
command -v apt-get >/dev/null || fail "there is no apt-get"
[ -e $keys ] || fail "no $keys: install debian-archive-keyring"

# A folder without a space in its name: musl does not build in another one.
work=$(mktemp -d)
half=$work
trap 'rm -rf "$work" "$half"' EXIT
trap 'exit 1' INT TERM HUP
log=$work/log
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
printf '%s' "$sources" | sed "s|MIRROR|$mirror|" >"$work/sources.list"
cat >"$work/apt.conf" <<END
APT::Architectures { "$(dpkg --print-architecture)"; "armhf"; "armel"; "arm64"; };
Dir::Etc::SourceList "$work/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$work/lists";
Dir::Cache "$work/cache";
Acquire::Languages "none";
Acquire::Retries "2";
Acquire::http::Timeout "20";
APT::Update::Error-Mode "any";
APT::Sandbox::User "$(id -un)";
END
export APT_CONFIG="$work/apt.conf"

run() { # COMMAND...: in the folder "work"; the last line of what it says is why it failed
    (cd "$work" && timeout 900 "$@") >"$log" 2>&1 || fail "$(tail -n 1 "$log")"
}
unpack_package() { # NAME, into root
    run apt-get -qq download "$1"
    run dpkg -x "$work"/*.deb root
    rm "$work"/*.deb
}
unpack_all() { # PACKAGE..., with all that they need, into root
    : >"$work/status"
    run apt-get -qq -y -o Dir::State::Status="$work/status" -o Debug::NoLocking=1 --no-install-recommends \
        --download-only install "$@"
    for package in "$work"/cache/archives/*.deb; do
        run dpkg -x "$package" root
    done
    rm "$work"/cache/archives/*.deb
}
unpack_source() { # NAME, into a folder of this name; apt-get has checked the bytes
    command -v dpkg-source >/dev/null || fail "no dpkg-source: install dpkg-dev, or run 'make deps'"
    run apt-get -qq source --download-only "$1"
    run dpkg-source --no-check -x "$work/$1"_*.dsc "$1"
}
# Static, for nothing else is made with it. Of both kinds of MIPS Debian 13 has the compilers alone;
# at its package for riscv64 the linker of Debian 12 crashes.
build_musl() { # ARCH, into root
    command -v "$1-linux-gnu-gcc" >/dev/null ||
        fail "no $1-linux-gnu-gcc: install gcc-$1-linux-gnu, or run 'make deps'"
    [ -d "$work/musl" ] || unpack_source musl
    rm -rf "$work/build"
    mkdir "$work/build"
    set -- "$1" "/usr/include/$1-linux-musl" "/usr/lib/$1-linux-musl"
    run env -C build ../musl/configure --target="$1" --prefix=/usr --includedir="$2" --libdir="$3" \
        --disable-shared --disable-wrapper CC="$1-linux-gnu-gcc" CROSS_COMPILE="$1-linux-gnu-"
    run env -u MAKEFLAGS make -C build -j"$(nproc)" DESTDIR="$work/root" install-headers install-libs
    sh "$work/musl/tools/musl-gcc.specs.sh" "$2" "$3" "/lib/ld-musl-$1.so.1" >"$work/root$3/musl-gcc.specs"
}
# The programs know themselves by the name they are called with, which is the path given to the loader.
move_with_starters() { # THING PROGRAM...: root into the thing's folder, with bin beside it
    name=$1
    shift
    mkdir -p "$work/$name/bin"
    for program in "$@"; do
        cat >"$work/$name/bin/$program" <<'END'
#!/bin/sh
root=$(dirname "$0")/../root
for loader in "$root"/usr/lib/*/ld-linux*.so.*; do
    exec "$loader" --library-path "$(dirname "$loader"):$root/usr/lib" "$root/usr/bin/$(basename "$0")" "$@"
done
END
        chmod 755 "$work/$name/bin/$program"
    done
    mv "$work/root" "$work/$name/root"
    rm -rf "${folder:?}/$name"
    move "$name" "$folder/$name"
}
# The thing gets its name by one rename, so that it is there as a whole or not at all.
move() { # FROM TO
    half=$2.$$
    mkdir -p "$(dirname "$2")"
    mv "$work/$1" "$half"
    mv -T "$half" "$2"
}

run apt-get -qq update
for thing in $missing; do
    case $thing in
    mbedtls3)
        unpack_package libmbedtls-dev
        libraries=$(cd "$work/root" && find . -name libmbedtls.a -printf '%h')
        [ -n "$libraries" ] || fail "its package has no static library"
        rm -rf "$folder/mbedtls3/root"
        move root "$folder/mbedtls3/root"
        for name in tls x509 crypto; do
            printf '%s ' "$folder/mbedtls3/root/${libraries#./}/libmbed$name.a"
        done >"$folder/mbedtls3/libs"
        ;;
    mbedtls-source)
        unpack_source mbedtls
        move mbedtls "$folder/mbedtls-source"
        ;;
    board)
        unpack_package busybox-static:armhf
        # The package of that name has nothing but the one it depends on.
        kernel=$(apt-cache depends linux-image-armmp:armhf | sed -n 's/.*Depends: \(linux-image-[^ ]*\)$/\1/p')
        [ -n "$kernel" ] || fail "linux-image-armmp names no kernel"
        unpack_package "$kernel"
        move root "$folder/board"
        ;;
    curl-armhf)
        unpack_all libcurl4-openssl-dev:armhf libcjson-dev:armhf
        run ln -sfn usr/lib root/lib
        move root "$folder/curl-armhf"
        ;;
    curl-source)
        run apt-get -qq source --download-only --tar-only curl
        run tar -xf "$work"/curl_*.orig.tar.*z
        move "$(cd "$work" && echo curl-*)" "$folder/curl-source"
        ;;
    cbmc)
        for package in cbmc minisat libc6 libstdc++6 libgcc-s1 zlib1g; do
            unpack_package "$package"
        done
        move_with_starters cbmc cbmc goto-cc goto-instrument
        ;;
    gcc14)
        unpack_all gcc-14
        (cd "$work/root/usr/bin" && ln -s ../libexec/gcc/*/14/cc1 .)
        # A name that the C library of Debian 12 has not.
        objcopy --redefine-sym __isoc23_strtol=strtol "$work"/root/usr/lib/gcc/*/14/libgcov.a "$work/root/libgcov.a"
        move_with_starters gcc14 gcc-14 gcov-14 cc1
        ;;
    musl-mips | musl-mipsel | musl-riscv64)
        build_musl "${thing#musl-}"
        move root/usr "$folder/musl/${thing#musl-}/usr"
        ;;
    musl-*)
        unpack_package "musl-dev:${thing#musl-}"
        move root/usr "$folder/musl/${thing#musl-}/usr"
        ;;
    esac
    rm -rf "$work/root"
done
finish "$@"
