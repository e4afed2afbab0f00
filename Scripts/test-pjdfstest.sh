#!/usr/bin/env bash
# Runs pjdfstest, a test suite for POSIX file systems, on a mount of the command $1, as root. $2 is a checkout of it; without one it is
# cloned. Exits with 1 if other files of tests fail than those that are known to.
set -euo pipefail
command=$(realpath "${1:?usage: $0 COMMAND [FOLDER]}")
source=${2:-https://github.com/pjd/pjdfstest}
# The page docs/mount.md says why.
known="chmod/12.t rename/24.t"
folder=$(mktemp -d)
trap '"$command" unmount "$folder/disk" >/dev/null 2>&1 || true; rm -rf --one-file-system "$folder"' EXIT
fail() { echo "test-pjdfstest: $*" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || fail "this must run as root: the tests act as several users"

if [ -d "$source" ]; then cp -R "$source" "$folder/suite"; else git clone --quiet --depth 1 "$source" "$folder/suite"; fi
(cd "$folder/suite" && autoreconf --install --force && ./configure --quiet && make --silent) >"$folder/build.log" 2>&1 ||
  { tail -n 5 "$folder/build.log" >&2; fail "pjdfstest does not build"; }
mkdir "$folder/disk"
"$command" mount "$folder/disk" >"$folder/mount.log" 2>&1 &
until grep -q '^mounted' "$folder/mount.log"; do
  kill -0 $! 2>/dev/null || { cat "$folder/mount.log" >&2; fail "the mount failed"; }
  sleep 0.1
done

cd "$folder/disk"
prove --recurse --quiet --jobs 2 "$folder/suite/tests" >"$folder/results" 2>&1 || true
files=$(sed -n 's/^Files=\([0-9]*\), Tests=\([0-9]*\),.*/\1 files with \2 tests/p' "$folder/results")
[ -n "$files" ] || { tail -n 5 "$folder/results" >&2; fail "no tests ran"; }
failed=$(sed -n "s|^$folder/suite/tests/\(.*\.t\) .*(Wstat: [0-9]* .*Failed: [1-9][0-9]*).*|\1|p" "$folder/results" | sort)
echo "pjdfstest: $files; these files have tests that fail: ${failed:-none}" | tr '\n' ' '
echo
[ "$(echo $failed)" = "$known" ] || { grep -A 3 -F "(Wstat" "$folder/results" >&2; fail "expected: $known"; }
