#!/bin/sh
# LRVM under ThreadSanitizer and AddressSanitizer: its tests, those of the storage below it, and the kill check's soak, in
# which many threads commit, abort, truncate, map and recover. A report of either ends the process that it is about, which
# fails the tests, and which the soak takes for a failure.
set -eu

seconds=${1:-20}
# A report ends the process with another status than a kill has.
export TSAN_OPTIONS="halt_on_error=1 exitcode=66" ASAN_OPTIONS="detect_leaks=0 exitcode=66"
for sanitizer in thread address; do
  swift build --build-tests --sanitize=$sanitizer --scratch-path .build-$sanitizer
  swift test --skip-build --sanitize=$sanitizer --scratch-path .build-$sanitizer \
    --filter '^(LRVMTests|StorageTests)\.'
  ".build-$sanitizer/debug/lrvm-kill-check" soak --duration "$seconds" --interval 4 --threads 8
done
