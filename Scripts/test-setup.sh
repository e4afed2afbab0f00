#!/bin/sh
# Tests setup.sh on machines that do not exist: a directory of stand-ins for the commands that it runs is all that its
# PATH holds. A stand-in for apt-get writes what it was asked to a journal, and "installs" by adding to a list.
set -eu

setup=$(cd "$(dirname "$0")" && pwd)/setup.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failures=0
tests=0

# A machine with Swift $1 ("" for none), the packages $2, the user id $3, and the commands $4.
machine() {
  rm -rf "$work/bin" "$work/state"
  mkdir "$work/bin" "$work/state"
  : >"$work/state/journal"
  printf '%s\n' $2 >"$work/state/installed"
  [ -z "$1" ] || stand_in swift "echo 'Swift version $1'"
  stand_in id "echo $3"
  for command in $4; do
    case $command in
      dpkg-query)
        stand_in dpkg-query '
          for package; do :; done
          while read -r installed; do
            if [ "$installed" = "$package" ]; then printf installed; exit 0; fi
          done <"$state/installed"
          exit 1'
        ;;
      sudo) stand_in sudo '[ "$1" != -n ] || shift; echo "sudo $*" >>"$state/journal"; "$@"' ;;
      apt-get)
        stand_in apt-get '
          echo "apt-get $*" >>"$state/journal"
          if [ "$1" = update ]; then : >"$state/lists"; exit 0; fi
          [ -e "$state/lists" ] || exit 100
          for word; do case $word in lib* | fuse3) echo "$word" >>"$state/installed" ;; esac; done'
        ;;
    esac
  done
}

stand_in() {
  printf '#!/bin/sh\nstate=%s\n%s\n' "$work/state" "$2" >"$work/bin/$1"
  chmod +x "$work/bin/$1"
}

# Runs setup.sh with the arguments on the machine; its output and status go to $output and $status.
run() {
  status=0
  output=$(PATH="$work/bin" /bin/sh "$setup" "$@" 2>&1 </dev/null) || status=$?
}

# Expects the status $2, the output $3 and the journal $4 in the test $1.
expect() {
  tests=$((tests + 1))
  journal=$(cat "$work/state/journal")
  for pair in "status|$2|$status" "output|$3|$output" "journal|$4|$journal"; do
    what=${pair%%|*}
    pair=${pair#*|}
    expected=${pair%%|*}
    actual=${pair#*|}
    [ "$expected" != "$actual" ] || continue
    failures=$((failures + 1))
    printf '%s: %s\n  expected: %s\n  actual:   %s\n' "$1" "$what" "$expected" "$actual"
  done
}

all="libunwind-dev libdw-dev libxxhash-dev libsqlite3-dev libfuse3-dev fuse3"
apt="dpkg-query apt-get"
needed="Swift 6.3 or later is needed; see https://www.swift.org/install/linux/"
install="apt-get install -y --no-install-recommends"

machine "6.3.1 (swift-6.3.1-RELEASE)" "$all" 1000 "$apt"
run
expect "a machine that has everything is left alone" 0 "" ""

for version in 6.3 6.3-dev 6.4.0 6.10 7.0 10.1; do
  machine "$version (swift)" "$all" 0 "$apt"
  run
  expect "Swift $version is new enough" 0 "" ""
done

machine "" "" 0 "$apt"
run
expect "no toolchain" 1 "setup: no Swift toolchain: there is no 'swift' on the PATH. $needed" ""

for version in 5.10.1 6.2.4 6.0 6.2-dev; do
  machine "$version (swift)" "" 0 "$apt"
  run
  expect "Swift $version is too old" 1 \
    "setup: the toolchain is Swift ${version%-dev}, which is too old. $needed" ""
done

machine "6.3" "" 0 "$apt"
stand_in swift "exit 1"
run
expect "a toolchain that does not run" 1 "setup: 'swift --version' fails. $needed" ""

for answer in "" "Swift" "Swift version unknown" "Swift version 6" "Swift version ..."; do
  machine "6.3" "" 0 "$apt"
  stand_in swift "echo '$answer'"
  run
  expect "an answer '$answer'" 1 "setup: cannot tell the version from 'swift --version'. $needed" ""
done

machine "6.3.1" "libdw-dev" 0 "$apt"
: >"$work/state/lists"
run
expect "root installs what is missing, and only that" 0 "setup: installing libunwind-dev libxxhash-dev libsqlite3-dev libfuse3-dev fuse3" \
  "$install libunwind-dev libxxhash-dev libsqlite3-dev libfuse3-dev fuse3"
run
expect "the second run does nothing again" 0 "" "$install libunwind-dev libxxhash-dev libsqlite3-dev libfuse3-dev fuse3"

machine "6.3.1" "$all libxml2-utils" 0 "$apt"
: >"$work/state/lists"
run libxml2-utils libmore
expect "packages that are asked for are installed too" 0 "setup: installing libmore" "$install libmore"

machine "6.3.1" "" 0 "$apt"
run
expect "the package lists are fetched where the installation fails without" 0 "setup: installing $all" \
  "$install $all
apt-get update
$install $all"

machine "6.3.1" "" 1000 "$apt sudo"
: >"$work/state/lists"
run
expect "a user with sudo" 0 "setup: installing $all" "sudo $install $all
$install $all"

machine "6.3.1" "libdw-dev" 1000 "$apt"
run
expect "a user without sudo learns what to install" 1 \
  "setup: missing packages: libunwind-dev libxxhash-dev libsqlite3-dev libfuse3-dev fuse3. Neither root nor sudo here: \
run 'apt-get install libunwind-dev libxxhash-dev libsqlite3-dev libfuse3-dev fuse3' as root, then try again." ""

machine "6.3.1" "" 1000 "$apt sudo"
stand_in sudo 'echo "sudo: a password is required" >&2; exit 1'
run
expect "sudo refuses" 1 "setup: installing $all
sudo: a password is required
setup: installing $all failed: run 'apt-get install $all' as root, then try again." ""

machine "6.3.1" "" 0 "$apt"
stand_in apt-get 'exit 0'
run
expect "an installation that installs nothing" 1 "setup: installing $all
setup: still missing after the installation: $all. Run 'apt-get install $all' as root." ""

machine "6.3.1" "" 0 ""
run
expect "another distribution" 1 \
  "setup: this is no Debian or Ubuntu: install the headers of libunwind, libdw (elfutils), xxHash, SQLite and libfuse 3 by hand, \
then run 'swift build' and 'swift test' yourself." ""

machine "6.3.1" "" 0 "dpkg-query"
run
expect "a machine without apt-get" 1 \
  "setup: missing packages: $all. There is no apt-get here to install them." ""

if [ "$failures" -ne 0 ]; then
  echo "test-setup: $failures of the expectations in $tests tests failed" >&2
  exit 1
fi
echo "test-setup: $tests tests passed"
