#!/bin/sh
# The threads of LRVM under ThreadSanitizer, and its memory under AddressSanitizer: each a build of the kill check of its own,
# whose soak has many threads that commit, abort, truncate, map and recover. A report of either ends the process that it
# is about, which the soak takes for a failure.
set -eu

seconds=${1:-20}
for sanitizer in thread address; do
  swift build --sanitize=$sanitizer --scratch-path .build-$sanitizer --product lrvm-kill-check
  # A report ends the process with another status than a kill has.
  TSAN_OPTIONS="halt_on_error=1 exitcode=66" ASAN_OPTIONS="detect_leaks=0 exitcode=66" \
    ".build-$sanitizer/debug/lrvm-kill-check" soak --duration "$seconds" --interval 4 --threads 8
done
