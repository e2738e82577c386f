#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# debian13.sh FOLDER [TARGET]...: `make check` in a Debian 13 tree, of all parts or of those named.
#
# FOLDER/root is made once, by debootstrap from the mirror that debian_mirror.sh prints, and kept. Each
# run copies the files of this checkout into it as they stand, committed or not, and has deps.sh install
# what they need. Mounts and processes are in namespaces of their own: both end with this script,
# whatever ends it, and `rm -rf FOLDER` reaches nothing of the machine.
set -eu
folder=$1
shift
root=$folder/root
# A path with a space, as a newcomer's may be.
checkout="/root/My Projects/symfeed"
keys=/usr/share/keyrings/debian-archive-keyring.gpg

fail() { # WHY
    echo "symfeed: no Debian 13 tree: $1" >&2
    exit 1
}
[ "$(id -u)" -eq 0 ] || fail "only root can make one; sudo make debian13"
git rev-parse --git-dir >/dev/null 2>&1 || fail "the sources have to be a git checkout"
apart() { # COMMAND...: in namespaces of its own, which end with this script
    setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child "$@"
}
inside() { # COMMAND...: in the tree
    # shellcheck disable=SC2016 # the inner shell replaces them
    apart sh -c 'set -e
        root=$1
        shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        exec chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 "$@"' \
        inside "$root" "$@"
}
apart true 2>/dev/null || fail "here root may not mount (in a container without privileges?)"

mirror=$(test/tools/debian_mirror.sh)
if ! [ -e "$root/etc/made-by-symfeed" ]; then
    test/tools/deps.sh debian13
    rm -rf "$root"
    mkdir -p "$root"
    echo "symfeed: debootstrap from $mirror, into $root"
    # A proxy that apt has is for debootstrap's downloads, too.
    proxy=$(apt-config dump | sed -n 's/^Acquire::http::Proxy "\(.*\)";/\1/p')
    [ -z "$proxy" ] || export http_proxy="$proxy"
    apart env PATH="$PATH:/usr/sbin" debootstrap --variant=minbase --keyring="$keys" trixie "$root" "$mirror" \
        >"$folder/debootstrap.log" 2>&1 || fail "$(tail -n 1 "$folder/debootstrap.log")"
    touch "$root/etc/made-by-symfeed"
fi
# As here: how apt reaches the mirror, and names of hosts. A tree that can be made again needs no fsync.
apt-config dump | grep -E '^Acquire::(http|https|ftp|Retries|Check-|Languages)' >"$root/etc/apt/apt.conf.d/50symfeed" || :
echo "deb $mirror trixie main" >"$root/etc/apt/sources.list"
echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/symfeed"
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
# And whom npm trusts, where a proxy of this network makes certificates of its own.
authorities=
if [ -n "${NODE_EXTRA_CA_CERTS-}" ]; then
    cp -L "$NODE_EXTRA_CA_CERTS" "$root/etc/node-authorities.pem"
    authorities=/etc/node-authorities.pem
fi

# All but what make has built there before goes, so that nothing is left of files that are gone here. Files
# are as new as their copy: one that was changed here during a run there would look older than its object.
mkdir -p "$root$checkout"
find "$root$checkout" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
git clone -q --bare --depth 1 "file://$PWD" "$root$checkout/.git"
git --git-dir="$root$checkout/.git" config core.bare false
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - --ignore-failed-read 2>/dev/null |
    tar -x --touch --no-same-owner -C "$root$checkout"

# shellcheck disable=SC2016 # the shell in the tree replaces them
inside DEBIAN_MIRROR="${DEBIAN_MIRROR-}" NODE_EXTRA_CA_CERTS="$authorities" SYMFEED_PATIENCE="${SYMFEED_PATIENCE-30}" sh -c 'set -e
    cd "$1"
    shift
    dpkg --configure -a >/dev/null # where an installation was interrupted
    test/tools/deps.sh build test check
    git reset -q
    if [ $# -eq 0 ]; then make check; else make check CHECKS="$*"; fi' inside "$checkout" "$@"
