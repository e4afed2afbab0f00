#!/usr/bin/env bash
# Makes a tarball that runs on a bare Debian or Ubuntu machine, without a Swift toolchain: the command with the Swift
# libraries in it, manual, completions, schema, scenarios and documents. Its name has the version and the commit.
# `usage: release.sh FOLDER`: the tarball goes there, and its path is printed.
set -euo pipefail
out=$(mkdir -p "${1:?usage: $0 FOLDER}" && cd "$1" && pwd)
cd "$(dirname "${BASH_SOURCE[0]}")/.."

commit=$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
git diff --quiet HEAD 2>/dev/null || commit=$commit-modified
toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")

# No path of this machine gets into the command: sources are named from the checkout on, the toolchain's from its root.
swift build --configuration release --static-swift-stdlib --scratch-path .build-release --product lrvm-torture \
  -Xswiftc -Xfrontend -Xswiftc -disable-llvm-merge-functions-pass \
  -Xswiftc -DRELEASED -Xcc "-DTORTURE_COMMIT=$commit" \
  -Xswiftc -file-prefix-map -Xswiftc "$PWD=." -Xcc "-ffile-prefix-map=$PWD=." \
  -Xswiftc -file-prefix-map -Xswiftc "$toolchain=/swift" -Xcc "-ffile-prefix-map=$toolchain=/swift" >&2
command=.build-release/release/lrvm-torture
version=$("$command" --version)
version=${version%% *}
name=lrvm-torture-$version-$commit-linux-$(uname -m)

stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
Scripts/install.sh "$command" "$stage/$name" >&2
mkdir -p "$stage/$name/share/doc/lrvm-torture"
cp -R README.md LICENSE CHANGELOG.md docs "$stage/$name/share/doc/lrvm-torture"
tar -C "$stage" --sort=name --owner=0 --group=0 --numeric-owner -czf "$out/$name.tar.gz" "$name"
echo "$out/$name.tar.gz"
