#!/bin/sh
# Makes a fresh Debian or Ubuntu machine that has a Swift toolchain ready to build this package: checks the toolchain,
# and installs the system packages that are missing, those that are named as arguments too. Where nothing is missing it changes nothing, prints nothing
# and takes a tenth of a second. Everything that it runs is found on PATH, so that test-setup.sh can put its own there.
set -eu

swift_needed_major=6
swift_needed_minor=3
packages="libunwind-dev libdw-dev libxxhash-dev libsqlite3-dev libfuse3-dev fuse3 $*"

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

check_toolchain() {
  needed="Swift $swift_needed_major.$swift_needed_minor or later is needed; see https://www.swift.org/install/linux/"
  command -v swift >/dev/null 2>&1 || fail "no Swift toolchain: there is no 'swift' on the PATH. $needed"
  answer=$(swift --version 2>/dev/null) || fail "'swift --version' fails. $needed"
  # "Swift version 6.3.1 (swift-6.3.1-RELEASE)", or "Swift version 6.4-dev (...)".
  version=${answer#*Swift version }
  version=${version%%[!0-9.]*}
  case "$version" in
    [0-9]*.[0-9]*) ;;
    *) fail "cannot tell the version from 'swift --version'. $needed" ;;
  esac
  major=${version%%.*}
  minor=${version#*.}
  minor=${minor%%.*}
  if [ "$major" -lt "$swift_needed_major" ] ||
    { [ "$major" -eq "$swift_needed_major" ] && [ "$minor" -lt "$swift_needed_minor" ]; }; then
    fail "the toolchain is Swift $version, which is too old. $needed"
  fi
}

# The packages that are not fully installed, each with a space before it.
missing_packages() {
  for package in $packages; do
    # A package that is unknown or removed is an error or another status; both mean missing.
    status=$(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null) || status=unknown
    [ "$status" = installed ] || printf ' %s' "$package"
  done
}

# apt-get as root, whoever runs this.
apt_get() {
  if [ "$(id -u)" -eq 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get "$@"
  elif [ -t 0 ]; then
    sudo apt-get "$@"
  else
    # Nobody is there to type a password.
    sudo -n apt-get "$@"
  fi
}

install_packages() {
  command="apt-get install$1"
  command -v apt-get >/dev/null 2>&1 || fail "missing packages:$1. There is no apt-get here to install them."
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null 2>&1; then
    fail "missing packages:$1. Neither root nor sudo here: run '$command' as root, then try again."
  fi
  say "installing$1"
  # The package lists of a fresh machine are empty, those of an old one may name files that are gone: then fetch new ones.
  # shellcheck disable=SC2086 # the names are words
  apt_get install -y --no-install-recommends $1 >/dev/null 2>&1 ||
    { apt_get update >&2 && apt_get install -y --no-install-recommends $1 >&2; } ||
    fail "installing$1 failed: run '$command' as root, then try again."
  missing=$(missing_packages)
  [ -z "$missing" ] || fail "still missing after the installation:$missing. Run 'apt-get install$missing' as root."
}

check_toolchain
command -v dpkg-query >/dev/null 2>&1 ||
  fail "this is no Debian or Ubuntu: install the headers of libunwind, libdw (elfutils), xxHash, SQLite and libfuse 3 by hand," \
    "then run 'swift build' and 'swift test' yourself."
missing=$(missing_packages)
[ -z "$missing" ] || install_packages "$missing"
