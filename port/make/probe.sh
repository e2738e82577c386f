#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# probe.sh WHAT COMPILER [FLAG]...: prints what this compiler or its linker can do, as flags; nothing
# where it cannot. The Makefile asks once for each WHAT.
set -u
what=$1
shift

compiles() { # COMPILER [FLAG]...: a source on standard input
    "$@" -c -x c - -o /dev/null 2>/dev/null
}
accepted() { # COMPILER FLAG...
    echo 'int i;' | compiles "$@" -Werror
}
linker_has() { # OPTION, as the linker's help has it
    printf '%s\n' "$help" | grep -q -e "$1"
}

case $what in
flag) # the last flag
    for flag in "$@"; do :; done
    ! accepted "$@" || echo "$flag"
    ;;
time) # what makes time_t 64 bits, for 2038, where the C library lets choose: glibc 2.34 or newer
    wide='typedef char wide[sizeof(time_t) == 8 ? 1 : -1];'
    flags='-D_TIME_BITS=64 -D_FILE_OFFSET_BITS=64'
    # shellcheck disable=SC2086 # two flags
    if ! echo "$wide" | compiles "$@" -include time.h &&
        echo "$wide" | compiles "$@" $flags -include time.h; then
        echo "$flags"
    fi
    ;;
paths) # the option that replaces paths of the build in the program: all of them, or in debug information
    for option in -ffile-prefix-map -fdebug-prefix-map; do
        ! accepted "$@" "$option=a=b" || {
            echo "$option"
            break
        }
    done
    ;;
crypto) # the name of Mbed TLS's library for cryptography: 4.x has another one
    if echo '#include <tf-psa-crypto/version.h>' | "$@" -E -x c - >/dev/null 2>&1; then
        echo -ltfpsacrypto
    else
        echo -lmbedcrypto
    fi
    ;;
link) # with -static among the flags: for a static program
    help=$("$@" -Wl,--help 2>/dev/null)
    # Unused functions leave the program (ld.bfd, gold, lld, mold).
    ! linker_has --gc-sections || echo -Wl,--gc-sections
    # Functions of libraries are looked up before main(). Later, each first call would save the processor's
    # registers on the stack, and with them pieces of tokens that were copied just before.
    ! linker_has '-z now' || echo -Wl,-z,now
    # A static program has no table of addresses that is filled in when it starts and could be made
    # constant then. The linker would still give what it calls so, some 100 bytes, a page of its own:
    # 4 KB of RAM, and up to as much in the file.
    case " $* " in
    *' -static '*)
        ! linker_has '-z norelro' || echo -Wl,-z,norelro
        # Where it saves a page of variables, the linker would begin them at a page of their own, and fill the
        # file up to there. The last page is the arena's, which is seldom in use: nothing is saved.
        ! linker_has '-z common-page-size' || echo -Wl,-z,common-page-size=64
        ;;
    esac
    # Static data by its alignment: an arena for Mbed TLS, which needs none, is then the last, and its end,
    # which is seldom in use, no hole of untouched pages in the middle.
    ! linker_has '--sort-section name|alignment' || echo -Wl,--sort-section=alignment
    ;;
*)
    echo "probe.sh: there is no '$what'" >&2
    exit 2
    ;;
esac
