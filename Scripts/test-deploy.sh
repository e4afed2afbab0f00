#!/usr/bin/env bash
# Runs one campaign in one piece, with GNU parallel, and as a Slurm array on this very machine, and checks that the merged
# reports are the unsharded one, byte for byte but for times and names of folders. GNU parallel is killed in the middle
# and goes on. Slurm runs as root without systemd: proctrack/linuxproc, task/none, an own munge, own ports.
# Usage: test-deploy.sh COMMAND [parallel|slurm]...
set -euo pipefail
cd "$(dirname "$0")/.."

command=$(realpath "${1:?usage: $0 COMMAND [parallel|slurm]...}")
shift
engines=${*:-parallel slurm}
work=$(mktemp -d)
daemons=()
finish() {
  for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
  for daemon in "${daemons[@]}"; do wait "$daemon" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT
fail() { echo "test-deploy: $*" >&2; exit 1; }

shards=8
export LRVM_TORTURE=$command LRVM_TORTURE_OPTIONS="--runs 3"
cp -r scenarios "$work/scenarios"
# One that finds something, so that failures are merged too.
cp scenarios/canary/log-sync-dropped.yaml "$work/scenarios/"
for scenario in "$work"/scenarios/*.yaml; do
  # A small campaign: it is the merging that is tested.
  sed -i -e 's/transactions: [0-9]*/transactions: 10/' -e 's/states_per_point: [0-9]*/states_per_point: 2/' "$scenario"
done
rm -f "$work/scenarios/exhaustive.yaml"

# The views of the report in folder $1, without times, in $2.
views() {
  local status=0
  "$command" merge "$1" --without-times --out "$2" >/dev/null || status=$?
  [ "$status" -eq 1 ] || fail "merging $1 ended with $status"
}

# Compares the report in folder $1 with the unsharded one.
compare() {
  views "$1" "$work/found"
  for name in results.jsonl junit.xml results.sarif summary.md report.html failures; do
    diff -r "$work/wanted/$name" "$work/found/$name" >"$work/difference" ||
      { head -c 2000 "$work/difference" >&2; fail "$2: $name differs from the unsharded run's"; }
  done
  rm -rf "$work/found"
  echo "test-deploy: $2: the merged report is the unsharded one"
}

# Says what an engine itself costs: it ran shards that do nothing, since the time $1 in nanoseconds, on all cores.
say_cost() {
  local cost=$((($(date +%s%N) - $1) / 1000000 * $(nproc) / shards))
  echo "test-deploy: $2: $cost ms a shard for the engine itself; shards of $((cost * 20 / 1000 + 1)) s keep that under 5 %"
}

begin=$(date +%s%N)
status=0
"$command" run "$work/scenarios" --runs 3 --quiet --jobs "$(nproc)" --out "$work/whole" >/dev/null || status=$?
[ "$status" -eq 1 ] || fail "the unsharded run ended with $status"
whole=$((($(date +%s%N) - begin) / 1000000))
# Both sides say the same folder in their lines to copy.
views "$work/whole" "$work/found"
mv "$work/found" "$work/wanted"
echo "test-deploy: unsharded: $(wc -l <"$work/whole/results.jsonl") cases in $whole ms"

if [[ $engines == *parallel* ]]; then
  command -v parallel >/dev/null || fail "GNU parallel is missing: install the package parallel"
  (
    exec setsid deploy/parallel.sh "$work/parallel" $shards "$work/scenarios" >/dev/null 2>&1
  ) &
  run=$!
  while [ ! -e "$work/parallel/joblog" ] || [ "$(wc -l <"$work/parallel/joblog")" -lt 3 ]; do
    kill -0 $run 2>/dev/null || break
    sleep 0.05
  done
  # parallel gives each job a process group of its own, but all are in this session.
  pkill -KILL --session $run || true
  wait $run 2>/dev/null || true
  done_before=$(($(wc -l <"$work/parallel/joblog") - 1))
  begin=$(date +%s%N)
  status=0
  deploy/parallel.sh "$work/parallel" $shards "$work/scenarios" >"$work/log" || status=$?
  [ "$status" -eq 1 ] || { cat "$work/log"; fail "parallel ended with $status"; }
  echo "test-deploy: parallel: killed after $done_before of $shards shards, the rest in $((($(date +%s%N) - begin) / 1000000)) ms"
  compare "$work/parallel/merged" parallel
  begin=$(date +%s%N)
  LRVM_TORTURE=true deploy/parallel.sh "$work/idle" $shards "$work/scenarios"
  say_cost "$begin" parallel
fi

if [[ $engines == *slurm* ]] && [ "$(id -u)" -ne 0 ]; then
  echo "test-deploy: slurm: skipped: its daemons need root"
  exit 0
fi

if [[ $engines == *slurm* ]]; then
  for program in slurmctld slurmd munged; do
    command -v $program >/dev/null || PATH=$PATH:/usr/sbin
    command -v $program >/dev/null || fail "Slurm is missing: install the packages slurm-wlm and munge"
  done
  mkdir -p "$work/slurm/state" "$work/slurm/spool" "$work/munge"
  dd if=/dev/urandom of="$work/munge/key" bs=1 count=1024 status=none
  chmod 700 "$work/munge"
  chmod 400 "$work/munge/key"
  munged --foreground --force --socket="$work/munge.socket" --key-file="$work/munge/key" \
    --log-file="$work/munge/log" --pid-file="$work/munge/pid" --seed-file="$work/munge/seed" >/dev/null 2>&1 &
  daemons+=($!)
  host=$(hostname -s)
  # Another run on this machine has other ports.
  port=$((20000 + $$ % 10000 * 2))
  cat >"$work/slurm/slurm.conf" <<CONF
ClusterName=torture
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
SlurmUser=root
SlurmdUser=root
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
ReturnToService=2
StateSaveLocation=$work/slurm/state
SlurmdSpoolDir=$work/slurm/spool
SlurmctldPidFile=$work/slurm/slurmctld.pid
SlurmdPidFile=$work/slurm/slurmd.pid
SlurmctldLogFile=$work/slurm/slurmctld.log
SlurmdLogFile=$work/slurm/slurmd.log
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
  export SLURM_CONF=$work/slurm/slurm.conf
  slurmctld -D -i >/dev/null 2>&1 &
  daemons+=($!)
  slurmd -D >/dev/null 2>&1 &
  daemons+=($!)
  for _ in $(seq 100); do
    [ "$(sinfo --noheader --format=%T 2>/dev/null || true)" = idle ] && break
    sleep 0.2
  done
  [ "$(sinfo --noheader --format=%T)" = idle ] ||
    { tail -n 20 "$work"/slurm/*.log >&2; fail "the node does not come up"; }
  begin=$(date +%s%N)
  export REPORTS=$work/array SCENARIOS=$work/scenarios
  mkdir "$work/array"
  array=$(sbatch --parsable --array=1-$shards --chdir="$work" --output="$work/array-%a.out" deploy/slurm-array.sh)
  status=0
  sbatch --wait --dependency=afterany:"$array" --chdir="$work" --output="$work/merge.out" deploy/slurm-merge.sh \
    >/dev/null || status=$?
  [ "$status" -eq 1 ] || { cat "$work"/*.out >&2; tail -n 30 "$work"/slurm/*.log >&2; fail "Slurm ended with $status"; }
  echo "test-deploy: slurm: $shards tasks and the merge in $((($(date +%s%N) - begin) / 1000000)) ms"
  compare "$work/array/merged" slurm
  begin=$(date +%s%N)
  REPORTS=$work/idle LRVM_TORTURE=true sbatch --wait --array=1-$shards --chdir="$work" --output="$work/idle-%a.out" \
    deploy/slurm-array.sh >/dev/null
  say_cost "$begin" slurm
fi
