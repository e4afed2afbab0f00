#!/usr/bin/env bash
# Tries the tarball $1 in a bare Debian root that debootstrap makes: only the libraries that the README names are added, no
# toolchain. As root. Looks for paths of this machine in the command, too.
set -euo pipefail
tarball=${1:?usage: $0 TARBALL}
root=$(mktemp -d)
trap 'umount "$root/proc" "$root/dev" 2>/dev/null || true; rm -rf --one-file-system "$root"' EXIT
fail() { echo "test-release: $*" >&2; exit 1; }

debootstrap --variant=minbase --include=libunwind8,libdw1,libsqlite3-0,libfuse3-3,fuse3,ca-certificates bookworm "$root" \
  >"$root.log" 2>&1 || { tail -n 5 "$root.log" >&2; fail "debootstrap failed"; }
rm -f "$root.log"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev"
tar -C "$root/opt" -xzf "$tarball"
folder=/opt/$(basename "$tarball" .tar.gz)
inside() { chroot "$root" /usr/bin/env -i PATH="$folder/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root NO_COLOR=1 /bin/sh -c "$*"; }

if strings -a "$root$folder/bin/lrvm-torture" | grep -F -e "$PWD" -e "$HOME/"; then
  fail "the command has paths of the machine that built it"
fi
inside "command -v swift gcc" && fail "the root is not bare"
inside "lrvm-torture --version"
share=$folder/share/lrvm-torture
inside "cd /tmp && lrvm-torture run $share/scenarios/bank.yaml --runs 1 --quiet"
status=0
inside "cd /tmp && lrvm-torture run $share/scenarios/canary/log-sync-dropped.yaml --quiet --out broken" || status=$?
[ $status -eq 1 ] || fail "a canary exits with $status"
inside "cd /tmp && lrvm-torture replay broken/failures/*-1 | grep 'Engine.commit.* at Sources/LRVM'" || fail "no stacks"
echo "test-release: $(basename "$tarball") runs on a bare root"
