#!/usr/bin/env bash
# Tries the tarball $1 in a bare Debian root that debootstrap makes: only the libraries that the README names are added, no
# toolchain. As root. Looks for paths of this machine in the command, too.
set -euo pipefail
tarball=${1:?usage: $0 TARBALL}
root=$(mktemp -d)
# What is mounted below the root's /dev goes first: nothing of this machine may be removed with the root.
trap 'umount -R "$root/dev" 2>/dev/null; umount "$root/proc" 2>/dev/null; rm -rf --one-file-system "$root" "$root.log"' EXIT
fail() { echo "test-release: $*" >&2; exit 1; }

debootstrap --variant=minbase --include=libunwind8,libdw1,libsqlite3-0,libfuse3-3,fuse3,ca-certificates bookworm "$root" \
  >"$root.log" 2>&1 || { tail -n 5 "$root.log" >&2; fail "debootstrap failed"; }
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev" && mount --make-rslave "$root/dev"
tar -C "$root/opt" -xzf "$tarball"
name=$(basename "$tarball" .tar.gz)
folder=/opt/$name
inside() { chroot "$root" /usr/bin/env -i PATH="$folder/bin:/usr/sbin:/usr/bin:/sbin:/bin" HOME=/root NO_COLOR=1 /bin/sh -c "$*"; }
# Runs $2 inside, which has to exit with $1.
expect() {
  local status=0
  inside "$2" || status=$?
  [ "$status" -eq "$1" ] || fail "'$2' exits with $status, not $1"
}

toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
if strings -a "$root$folder/bin/lrvm-torture" | grep -F -e "$PWD" -e "$HOME/" -e "$toolchain/"; then
  fail "the command has paths of the machine that built it"
fi
inside "command -v swift gcc make" && fail "the root is not bare"
commit=${name%-linux-*}
inside "lrvm-torture --version" | grep -F "(commit ${commit#lrvm-torture-*-})" || fail "the version has no commit"
for file in man/man1/lrvm-torture.1 man/man1/lrvm-torture.run.1 bash-completion/completions/lrvm-torture \
  zsh/site-functions/_lrvm-torture fish/vendor_completions.d/lrvm-torture.fish lrvm-torture/scenario.schema.json \
  doc/lrvm-torture/README.md doc/lrvm-torture/LICENSE; do
  [ -s "$root$folder/share/$file" ] || fail "no $file"
done

# As a new user does, beside the scenarios.
mkdir "$root/tmp/try" && cp -R "$root$folder/share/lrvm-torture/scenarios" "$root/tmp/try"
cd_try="cd /tmp/try &&"
expect 0 "lrvm-torture --help >/dev/null && lrvm-torture run --help >/dev/null"
expect 0 "$cd_try lrvm-torture list | grep -q '^bank'"
expect 0 "$cd_try lrvm-torture run scenarios/bank.yaml --runs 1 --quiet"
expect 64 "$cd_try lrvm-torture run missing.yaml"
expect 64 "$cd_try printf 'name: x\nbananas: 3\n' >bad.yaml; lrvm-torture run bad.yaml"
expect 1 "$cd_try lrvm-torture run scenarios/canary/log-sync-dropped.yaml --runs 1 --quiet --out broken"
reproducer=$(cd "$root/tmp/try" && ls broken/failures/*/reproducer.shrunk.json | head -n 1)
expect 1 "$cd_try lrvm-torture replay $reproducer >story"
grep -q 'Engine.commit.* at Sources/LRVM' "$root/tmp/try/story" || fail "no stacks"
expect 1 "$cd_try lrvm-torture explain $reproducer | grep . ; lrvm-torture explain $reproducer >/dev/null"
expect 0 "$cd_try lrvm-torture new counter && test -s counter/counter.yaml"
expect 0 "$cd_try lrvm-torture exhaust scenarios/exhaust/small-log.yaml --bound 2 --quiet --out exhaust"
echo "test-release: $(basename "$tarball") runs on a bare root"
