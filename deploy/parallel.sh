#!/usr/bin/env bash
# Runs a campaign in shards with GNU parallel, and merges their reports.
#
#   deploy/parallel.sh REPORTS SHARDS SCENARIO...
#
# Cut off anywhere, the same line goes on: parallel's job log knows which shards are done, and --resume goes on within
# a shard. LRVM_TORTURE names the command, LRVM_TORTURE_OPTIONS further options of `run`, PARALLEL_OPTIONS those of
# parallel, for instance `--sshloginfile machines` where the folders are shared.
set -euo pipefail

[ $# -ge 3 ] || { echo "usage: $0 REPORTS SHARDS SCENARIO..." >&2; exit 64; }
reports=$1 shards=$2
shift 2
command=${LRVM_TORTURE:-lrvm-torture}
read -r -a options <<<"${LRVM_TORTURE_OPTIONS:-}"
read -r -a parallel_options <<<"${PARALLEL_OPTIONS:-}"
mkdir -p "$reports"

# One worker for each shard: parallel sees to it that each core has one. A shard that finds something ends with 1, which
# is no reason to run it again; whatever ends with more is, so it leaves a mark that --resume-failed looks for.
status=0
seq "$shards" | parallel --joblog "$reports/joblog" --resume-failed "${parallel_options[@]}" \
  "$command" run "$@" "${options[@]}" --quiet --resume --jobs 1 --shard "{}/$shards" --out "$reports/shard-{}" \
  '||' '[ $? -eq 1 ]' >"$reports/output" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then
  cat "$reports/output" >&2
  echo "$0: $status shards failed; run the same line again to go on" >&2
  exit 3
fi
exec "$command" merge "$reports"/shard-* --out "$reports/merged"
