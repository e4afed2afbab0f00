#!/bin/sh
# LRVM under ThreadSanitizer and AddressSanitizer: its tests, those of the storage and of the faulty disk below it, those of
# the scheduler that runs its threads under torture, and the kill check's soak, in which many threads commit, abort,
# truncate, map and recover. A report of either ends the process that it is about, which fails the tests, and which the soak
# takes for a failure.
set -eu

# `usage: test-sanitizers.sh SANITIZER…`: thread, address, or both. SANITIZED_TESTS names other tests.
tests=${SANITIZED_TESTS:-'^(LRVMTests|StorageTests|FaultFSTests|ThreadSchedulesTests)\.|^TortureCoreTests\.Thread'}
seconds=20
# A report ends the process with another status than a kill has.
# Tests ask for more memory than there is, and expect to hear so.
export TSAN_OPTIONS="halt_on_error=1 exitcode=66 allocator_may_return_null=1"
export ASAN_OPTIONS="detect_leaks=0 exitcode=66 allocator_may_return_null=1"
# A sanitizer that reports nothing may see nothing: two threads that use the same bytes of a region must be reported.
report_planted_races() {
  races=$(mktemp -d)
  trap 'rm -rf "$races"' EXIT
  for second in store load; do
    status=0
    mkdir "$races/$second"
    .build-thread/debug/race-probe "$races/$second" $second 2>"$races/report" || status=$?
    if [ $status -ne 66 ] || ! grep -q 'data race' "$races/report"; then
      cat "$races/report" >&2
      echo "sanitizers: a race of a store and a $second was not reported" >&2
      exit 1
    fi
  done
}

for sanitizer in "$@"; do
  swift build --build-tests --sanitize=$sanitizer --scratch-path .build-$sanitizer
  [ $sanitizer != thread ] || report_planted_races
  swift test --skip-build --sanitize=$sanitizer --scratch-path .build-$sanitizer \
    --filter "$tests"
  ".build-$sanitizer/debug/lrvm-kill-check" soak --duration "$seconds" --interval 4 --threads 8
done
