#!/usr/bin/env bash
# Builds the documentation of the libraries with the toolchain's docc, a .doccarchive for each, in the folder $1.
# Whatever docc warns of, a link that leads nowhere above all, is an error.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

out=${1:?usage: $0 FOLDER}
# docc stands beside the compiler, which may not be on the PATH under its own name.
docc=$(command -v docc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/docc")
[ -x "$docc" ] || { echo "documentation: this toolchain has no docc" >&2; exit 1; }
libraries="Storage LRVM LRVMHeap FaultFS TortureCore"

for library in $libraries; do swift build --target "$library"; done
modules=$(swift build --show-bin-path)
maps=()
for map in "$modules"/*.build/module.modulemap .build/checkouts/*/Sources/*/include/module.modulemap \
  Sources/*/module.modulemap; do
  maps+=(-Xcc "-fmodule-map-file=$map")
done
triple=$(swift -print-target-info | sed -n 's/.*"unversionedTriple": "\(.*\)".*/\1/p')
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT
mkdir -p "$out"
for library in $libraries; do
  mkdir "$graphs/$library"
  swift symbolgraph-extract -module-name "$library" -I "$modules/Modules" "${maps[@]}" -target "$triple" \
    -minimum-access-level public -skip-synthesized-members -output-dir "$graphs/$library"
  rm -rf "$out/$library.doccarchive"
  "$docc" convert "Sources/$library/$library.docc" --additional-symbol-graph-dir "$graphs/$library" \
    --fallback-display-name "$library" --fallback-bundle-identifier "lrvm-torture.$library" \
    --transform-for-static-hosting --hosting-base-path "$library" --disable-parameters-and-returns-validation --warnings-as-errors \
    --output-path "$out/$library.doccarchive"
  echo "documentation: $library: $out/$library.doccarchive"
done
