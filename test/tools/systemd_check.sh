#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# systemd_check.sh O: boots systemd in a Debian tree (debootstrap, in O/checks/systemd), in namespaces of its
# own, and runs the alarm's unit there with the files and modes that packages install: it is not started
# before it is configured, says what is missing once, and runs as a user that is not root.
# Depends on: root, debootstrap, and the mirror that debian_mirror.sh prints.
set -eu
root=$(pwd)/$1/checks/systemd
alarm=$1/obj/examples/alarm/alarm
fail() {
    echo "systemd_check: $1" >&2
    exit 1
}
[ "$(id -u)" = 0 ] || fail "only root can boot a tree"
mirror=$(test/tools/debian_mirror.sh)
. /etc/os-release

libraries=$(ldd "$alarm" | sed -n 's/^\t\(libmbed[^ ]*\) => \([^ ]*\) .*/\2/p')
if [ ! -e "$root/whole" ]; then
    test/tools/deps.sh debian13
    rm -rf "$root"
    debootstrap --variant=minbase --include=systemd-sysv,dbus,ca-certificates \
        "$VERSION_CODENAME" "$root" "$mirror" >"$root.log" 2>&1 || fail "$(tail -n 3 "$root.log")"
    touch "$root/whole"
fi
# shellcheck disable=SC2086 # a list of files
cp -L $libraries "$root/usr/lib/$(uname -m)-linux-gnu/"
rm -rf "$root/etc/symfeed" "$root/var/lib/private/symfeed-alarm" "$root/var/log/journal"
install -D -m 755 "$alarm" "$root/usr/bin/symfeed-alarm"
install -D -m 644 examples/alarm/symfeed-alarm.service "$root/usr/lib/systemd/system/symfeed-alarm.service"
install -D -m 644 examples/alarm/50-symfeed-alarm.preset "$root/usr/lib/systemd/system-preset/50-symfeed-alarm.preset"

# --- boot -------------------------------------------------------------------------------------------

cgroup=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)/symfeed-check
mkdir -p "$cgroup"
# shellcheck disable=SC2016 # for the other shell
setsid sh -c 'echo $$ >"$1/cgroup.procs"; exec unshare --mount --uts --ipc --pid --cgroup --fork --kill-child sh -ec '"'"'
    mount --make-rprivate /
    mount --bind "$0" "$0"
    cd "$0"
    mount -t proc proc proc
    mount -t sysfs -o ro sysfs sys
    mount -t cgroup2 cgroup2 sys/fs/cgroup
    for folder in run tmp dev; do mount -t tmpfs -o mode=755 tmpfs $folder; done
    for device in null zero full random urandom tty; do : >dev/$device; mount --bind /dev/$device dev/$device; done
    pivot_root . mnt
    exec env -i container=check PATH=/usr/sbin:/usr/bin:/sbin:/bin chroot . sh -c "umount -l /mnt; \
        mount --make-rshared /; exec /lib/systemd/systemd --log-target=journal"
'"'"' "$2"' sh "$cgroup" "$root" </dev/null >"$root.log" 2>&1 &
outer=$!
# shellcheck disable=SC2317 # the trap calls it
end() {
    kill -KILL $outer 2>/dev/null || : # and its children with it
    wait $outer 2>/dev/null || :
    find "$cgroup" -depth -type d -exec rmdir {} + 2>/dev/null || :
}
trap end EXIT
inside() {
    nsenter -t "$(pgrep -P $outer)" -m -u -i -p -C -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_PAGER= "$@"
}
tries=60
until inside systemctl is-system-running 2>/dev/null | grep -q -e running -e degraded; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "systemd does not come up: $(tail -n 3 "$root.log")"
    sleep 1
done

# --- the unit ---------------------------------------------------------------------------------------

lines() { inside journalctl -b -o cat -t symfeed-alarm; }
shows() { # NAME VALUE
    shown=$(inside systemctl show -P "$1" symfeed-alarm)
    [ "$shown" = "$2" ] || fail "$1 is $shown, not $2: $(lines)"
}
inside systemctl preset symfeed-alarm 2>/dev/null
[ "$(inside systemctl is-enabled symfeed-alarm)" = disabled ] || fail "the preset enables it"
if inside systemctl start symfeed-alarm 2>/dev/null; then fail "it starts without a configuration"; fi

install -D -m 600 examples/alarm/alarm.conf "$root/etc/symfeed/alarm.conf"
if inside systemctl start symfeed-alarm 2>/dev/null; then fail "it starts without a key"; fi
sleep 7
shows ActiveState failed
shows NRestarts 0
[ "$(lines | grep -c -v ' is off$')" = 1 ] || fail "not one line: $(lines)"
lines | grep -q '/etc/symfeed/rsa-key\.pem' || fail "the key is not named: $(lines)"

# What is on without a key is set off at its time, although systemd does not wait that long for READY=1.
install -d -m 700 "$root/var/lib/private/symfeed-alarm"
echo 'siren 0 12' >"$root/var/lib/private/symfeed-alarm/state"
install -d "$root/etc/systemd/system/symfeed-alarm.service.d"
printf '[Service]\nTimeoutStartSec=2\n' >"$root/etc/systemd/system/symfeed-alarm.service.d/wait.conf"
inside systemctl daemon-reload
inside systemctl start --no-block symfeed-alarm
siren() { inside cat /run/symfeed-alarm/siren; }
sleep 4
[ "$(siren)" = 1 ] || fail "the siren is not on: $(lines)"
tries=30
until inside systemctl is-failed symfeed-alarm | grep -q -x failed; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || fail "it does not end: $(lines)"
    sleep 1
done
[ "$(siren)" = 0 ] || fail "the siren is not off: $(lines)"
[ "$(inside systemctl show -P NRestarts symfeed-alarm)" -gt 0 ] || fail "systemd did not start it again: $(lines)"
rm -r "$root/etc/systemd/system/symfeed-alarm.service.d"
inside systemctl daemon-reload

openssl genrsa -out "$root/etc/symfeed/rsa-key.pem" 2048 2>/dev/null
chmod 600 "$root/etc/symfeed/rsa-key.pem"
inside systemctl start symfeed-alarm || fail "it does not start: $(lines)"
shows ActiveState active
case $(inside stat -c %u "/proc/$(inside systemctl show -P MainPID symfeed-alarm)") in
0) fail "it runs as root" ;;
esac
sleep 1
for output in siren lamp; do
    [ "$(inside cat /run/symfeed-alarm/$output)" = 0 ] || fail "$output is not off: $(lines)"
done
if lines | grep -e chmod -e cannot; then fail "this is wrong with the files as they are installed"; fi
inside systemctl stop symfeed-alarm
shows Result success
echo "systemd: $(inside systemctl --version | head -n 1) runs the alarm as it is installed"
