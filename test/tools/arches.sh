#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# arches.sh MAKE FOLDER ARCH-LIBC:WHAT...: for each of these, as in mips-musl:e2e, builds static programs
# for the architecture with that C library, and runs them under qemu-user. WHAT is `tests`: unit and
# simulation tests alone; `all`: the client as well, with Mbed TLS from its source, and once in the year
# 2040; or `e2e`: the end-to-end tests besides. One line for each says how large the client is, stripped, and how many tests
# have passed; what make said is shown when something failed, and lies in FOLDER/ARCH-LIBC.log.
#
# Emulation is slow: TEST_STRIDE (7) says of how many cases in the loops of the tests one is taken, and
# the end-to-end tests wait four times as long before they give something up.
set -eu
make=$1
folder=$2
shift 2
stride=${TEST_STRIDE:-7}
outer=${SYMFEED_TALLY-}
python=${PYTHON:-python3}
jobs=
case " ${MAKEFLAGS-} " in
*jobserver*) ;;
*) jobs=-j$(nproc 2>/dev/null || echo 2) ;;
esac

# For each: its compiler without -gcc, its qemu, and flags.
know() { # ARCH
    case $1 in
    armhf) set -- arm-linux-gnueabihf arm -mthumb ;;
    armel) set -- arm-linux-gnueabi arm ;;
    arm64) set -- aarch64-linux-gnu aarch64 ;;
    mips | mipsel | riscv64) set -- "$1-linux-gnu" "$1" ;;
    *)
        echo "arches: there is no architecture '$1': armhf armel arm64 mipsel mips riscv64" >&2
        exit 2
        ;;
    esac
    cross=$1-
    qemu=qemu-$2
    flags="-Os -g ${3-}"
    for tool in "${cross}gcc" "$qemu"; do
        command -v "$tool" >/dev/null || {
            echo "arches: no $tool: run 'test/tools/deps.sh arches'" >&2
            exit 1
        }
    done
}

# make for one of them: what differs between them and nothing else.
build() { # TARGET...
    if [ "$libc" = musl ]; then
        set -- "CC=${cross}gcc -specs $folder/musl/$arch/musl-gcc.specs" "$@"
    else
        set -- "CC=${cross}gcc" "$@"
    fi
    [ "$what" = tests ] || set -- "MBEDTLS_DIR=$folder/mbedtls-source" "$@"
    # cmocka of another architecture cannot be installed beside the machine's own.
    # shellcheck disable=SC2086 # $jobs is no word or one
    "$make" $jobs O="$folder/$arch-$libc" AR="${cross}ar" CFLAGS="$flags" LDFLAGS=-static WERROR=1 \
        CPPFLAGS="-DTEST_STRIDE=$stride" CMOCKA_CFLAGS='-isystem test/tools/cmocka' CMOCKA_LIBS= \
        RUN="$qemu" "$@"
}

# The end-to-end tests start programs of their own accord: to them these are scripts of the same name,
# in a folder like that of the build.
emulate() {
    rm -rf "$folder/$arch-$libc/emulated"
    (
        cd "$folder/$arch-$libc"
        for file in symfeed obj/examples/* obj/examples/*/* obj/test/e2e/*; do
            [ -f "$file" ] || continue
            mkdir -p "$(dirname "emulated/$file")"
            case $file in
            *.o) ;;
            *.d) cp "$file" "emulated/$file" ;;
            *)
                printf '#!/bin/sh\nexec %s "%s" "$@"\n' "$qemu" "$(pwd)/$file" >"emulated/$file"
                chmod +x "emulated/$file"
                ;;
            esac
        done
    )
}

# Clocks go on after January 2038: the log has the time of a clock that is told to be in 2040.
look_at_2040() {
    fake=$(find /usr/lib/*/faketime/libfaketime.so.1 2>/dev/null | head -n 1)
    [ -z "$fake" ] || LD_PRELOAD=$fake FAKETIME='@2040-01-01 00:00:00' \
        "$qemu" "$folder/$arch-$libc/symfeed" health --agent https://localhost:1 2>&1 |
        grep '^2040-01-01T00:00:' || {
        echo "arches: the clock of $arch-$libc ends before 2040" >&2
        return 1
    }
}

one() {
    [ "$libc" = glibc ] || test/tools/fetch_debian.sh "$folder" "musl-$arch"
    if [ "$what" != tests ]; then
        build all
        "$qemu" "$folder/$arch-$libc/symfeed" version
        look_at_2040
        "${cross}strip" -o "$folder/$arch-$libc/stripped" "$folder/$arch-$libc/symfeed"
    fi
    build unit simulation
    if [ "$what" = e2e ]; then
        build e2e-programs
        emulate
        program=$folder/$arch-$libc/emulated/symfeed
        SYMFEED=$program "$python" test/e2e/emulation.py
        SYMFEED_EMULATED=${qemu#qemu-} SYMFEED_PATIENCE=120 "$python" test/tools/run_tests.py \
            --symfeed "$program" test/e2e/test_*.py
    fi
}

mkdir -p "$folder"
for each in "$@"; do
    case $each in
    *-musl:tests | *-musl:all | *-musl:e2e | *-glibc:tests | *-glibc:all | *-glibc:e2e) know "${each%%-*}" ;;
    *)
        echo "arches: what is '$each'?" >&2
        exit 2
        ;;
    esac
done
case " $* " in
*:all\ * | *:e2e\ *)
    test/tools/fetch_debian.sh "$folder" mbedtls-source
    ;;
esac

status=0
for each in "$@"; do
    arch=${each%%-*}
    what=${each#*:}
    libc=${each#*-}
    libc=${libc%:*}
    know "$arch"
    log=$folder/$arch-$libc.log
    SYMFEED_TALLY=$folder/$arch-$libc.tally
    export SYMFEED_TALLY
    : >"$SYMFEED_TALLY"
    start=$(date +%s)
    set +e # not `||`: there nothing would end at a failure
    (set -e && one) >"$log" 2>&1
    ended=$?
    set -e
    # Of make's words those that no test has said on passing.
    [ $ended -eq 0 ] || grep -v -e '^  CC ' -e '^  LINK ' -e '^  AR ' -e '^ok ' "$log" >&2 || :
    [ -z "${V-}" ] || cat "$log"
    awk -v name="$arch, $libc" -v size="$([ "$what" = tests ] || stat -c %s "$folder/$arch-$libc/stripped")" \
        -v seconds="$(($(date +%s) - start))" -v ended=$ended '
        { good += $1; bad += $2 }
        END { printf "%-4s %-15s %s%d tests passed, %d failed, %d s\n", ended ? "FAIL" : "ok", name,
            size ? sprintf("symfeed of %d bytes, ", size) : "", good, bad, seconds }' "$SYMFEED_TALLY"
    [ -z "$outer" ] || {
        cat "$SYMFEED_TALLY"
        [ $ended -eq 0 ] || grep -q ' [1-9]' "$SYMFEED_TALLY" || echo 0 1
    } >>"$outer"
    [ $ended -eq 0 ] || status=1
done
exit $status
