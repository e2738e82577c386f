#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# sbom.sh O VERSION: prints, in CycloneDX 1.5 (https://cyclonedx.org/docs/1.5/json), what O/symfeed and
# O/libsymfeed.a are made of. SBOM_COMPILE and SBOM_LINK of the environment are the commands that make
# uses, with all flags; SBOM_LIBS is what it links. Versions and licences are those of the headers that
# this compiler finds, hashes those of the files that this linker takes. Nothing in it changes from one
# run to the next; the time is there only where SOURCE_DATE_EPOCH tells it.
set -eu
o=$1
version=$2
scratch=$o/sbom
mkdir -p "$scratch"
trap 'rm -rf "$scratch"' EXIT
fail() {
    echo "symfeed: sbom: $1" >&2
    exit 1
}

sha256() { sha256sum <"$1" | cut -d ' ' -f 1; }
hashes() { printf '"hashes": [{"alg": "SHA-256", "content": "%s"}]' "$(sha256 "$1")"; }
licence() { # SPDX expression
    case $1 in
    *' '*) printf '"licenses": [{"expression": "%s"}]' "$1" ;;
    *) printf '"licenses": [{"license": {"id": "%s"}}]' "$1" ;;
    esac
}

# --- what there is ----------------------------------------------------------------------------------

printf '#include <mbedtls/version.h>\n:MBEDTLS_VERSION_STRING:\n' >"$scratch/mbedtls.c"
eval "$SBOM_COMPILE -E -P $scratch/mbedtls.c" >"$scratch/version" 2>/dev/null || fail "no mbedtls/version.h"
mbedtls=$(sed -n 's/^:"\([0-9.]*\)":$/\1/p' "$scratch/version")
[ -n "$mbedtls" ] || fail "mbedtls/version.h does not tell its version"
header=$(eval "$SBOM_COMPILE -H -E $scratch/mbedtls.c 2>&1 >/dev/null" |
    sed -n 's|^\.\.* \(.*/mbedtls/version\.h\)$|\1|p' | head -n 1)
mbedtls_licence=$(sed -n 's/.*SPDX-License-Identifier: *\([A-Za-z0-9. -]*[A-Za-z0-9]\).*/\1/p' "$header" | head -n 1)
[ -n "$mbedtls_licence" ] || fail "$header names no licence"

# In 4.x the cryptography is a project of its own, with a version of its own.
printf '#include <tf-psa-crypto/version.h>\n:TF_PSA_CRYPTO_VERSION_STRING:\n' >"$scratch/crypto.c"
crypto=
below=
last=
if eval "$SBOM_COMPILE -E -P $scratch/crypto.c" >"$scratch/version" 2>/dev/null; then
    crypto=$(sed -n 's/^:"\([0-9.]*\)":$/\1/p' "$scratch/version")
    [ -n "$crypto" ] || fail "tf-psa-crypto/version.h does not tell its version"
    below=', "dependsOn": ["tf-psa-crypto"]'
    last=',
    {"ref": "tf-psa-crypto"}'
fi

printf 'int main(void) { return 0; }\n' >"$scratch/main.c"
eval "$SBOM_LINK -Wl,--trace $scratch/main.c $SBOM_LIBS -o $scratch/main" >"$scratch/trace" 2>&1 ||
    fail "$(tail -n 1 "$scratch/trace")"
sed -n -e 's/^(\(.*\)).*/\1/' -e '/\/lib[^/]*mbed[^/]*$/p' -e '/\/libtfpsacrypto[^/]*$/p' "$scratch/trace" | LC_ALL=C sort -u >"$scratch/files"
[ -s "$scratch/files" ] || fail "the linker takes no library of mbedTLS"

# jsmn.h tells no version; the releases are known by their sums.
jsmn=$o/include/jsmn.h
case $(sha256 "$jsmn") in
1ed6154dedf009212a08a397e9c4ed50a0ce31d5a8301bb294e137ae3188c13b) jsmn_version=1.1.0 ;;
*) jsmn_version= ;;
esac
grep -q 'MIT License' "$jsmn" || fail "$jsmn is not under the MIT license"

# --- what is said of it -----------------------------------------------------------------------------

components() {
    cat <<END
    {
      "type": "library", "bom-ref": "libsymfeed", "name": "libsymfeed", "version": "$version",
      $(licence Apache-2.0),
      "purl": "pkg:generic/libsymfeed@$version",
      $(hashes "$o/libsymfeed.a")
    },
    {
      "type": "library", "bom-ref": "mbedtls", "name": "mbedtls", "version": "$mbedtls",
      $(licence "$mbedtls_licence"),
      "cpe": "cpe:2.3:a:arm:mbed_tls:$mbedtls:*:*:*:*:*:*:*",
      "purl": "pkg:github/mbed-tls/mbedtls@v$mbedtls",
END
    if [ "$(wc -l <"$scratch/files")" -eq 1 ]; then
        printf '      %s\n' "$(hashes "$(cat "$scratch/files")")"
    else
        printf '      "components": ['
        comma=
        while read -r file; do
            printf '%s\n        {"type": "file", "name": "%s", %s}' "$comma" \
                "$(basename "$(readlink -f "$file")")" "$(hashes "$file")"
            comma=,
        done <"$scratch/files"
        printf '\n      ]\n'
    fi
    # It is compiled into the one library, or has one of its own.
    [ -z "$crypto" ] || cat <<END
    },
    {
      "type": "library", "bom-ref": "tf-psa-crypto", "name": "tf-psa-crypto", "version": "$crypto",
      $(licence "$mbedtls_licence"),
      "purl": "pkg:github/mbed-tls/tf-psa-crypto@v$crypto",
      $(hashes "$(grep -m 1 -e tfpsacrypto "$scratch/files" || head -n 1 "$scratch/files")")
END
    cat <<END
    },
    {
      "type": "library", "bom-ref": "jsmn", "name": "jsmn",${jsmn_version:+ \"version\": \"$jsmn_version\",}
      $(licence MIT),
      "purl": "pkg:github/zserge/jsmn${jsmn_version:+@v$jsmn_version}",
      $(hashes "$jsmn")
    }
END
}
timestamp=
[ -z "${SOURCE_DATE_EPOCH-}" ] ||
    timestamp="\"timestamp\": \"$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)\","

body() { # SERIAL-NUMBER
    cat <<END
{
  "bomFormat": "CycloneDX",
  "specVersion": "1.5",
  "serialNumber": "urn:uuid:$1",
  "version": 1,
  "metadata": {
    $timestamp
    "lifecycles": [{"phase": "build"}],
    "component": {
      "type": "application", "bom-ref": "symfeed", "name": "symfeed", "version": "$version",
      $(licence Apache-2.0),
      "purl": "pkg:generic/symfeed@$version",
      $(hashes "$o/symfeed")
    }
  },
  "components": [
$(components)
  ],
  "dependencies": [
    {"ref": "symfeed", "dependsOn": ["libsymfeed"]},
    {"ref": "libsymfeed", "dependsOn": ["jsmn", "mbedtls"]},
    {"ref": "jsmn"},
    {"ref": "mbedtls"$below}$last
  ]
}
END
}
# Made from all the rest, as RFC 4122 (4.3) makes one from a name: another content, another number.
sum=$(body "" | sha1sum | cut -c 1-32)
serial=$(echo "$sum" | sed 's/^\(.\{8\}\)\(.\{4\}\).\(...\).\(...\)\(.*\)$/\1-\2-5\3-8\4-\5/')
body "$serial" | sed '/^ *$/d'
