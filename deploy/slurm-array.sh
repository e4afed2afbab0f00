#!/bin/bash
#SBATCH --job-name=lrvm-torture
#SBATCH --cpus-per-task=1
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=lrvm-torture-%A_%a.out
# Runs one shard of a campaign in each task of a Slurm array; `--shard slurm` reads which one from
# SLURM_ARRAY_TASK_ID. A task that is requeued goes on where it was.
#
#   export REPORTS=/shared/reports SCENARIOS=/shared/scenarios
#   array=$(sbatch --parsable --array=1-16 deploy/slurm-array.sh)
#   sbatch --dependency=afterany:$array deploy/slurm-merge.sh
#
# LRVM_TORTURE names the command, LRVM_TORTURE_OPTIONS further options of `run`.
set -u
: "${REPORTS:?the folder of the reports, shared by all nodes}" "${SCENARIOS:?the scenarios}"
# shellcheck disable=SC2086 # the options and the paths are words
srun --ntasks=1 "${LRVM_TORTURE:-lrvm-torture}" run $SCENARIOS ${LRVM_TORTURE_OPTIONS:-} --quiet --resume \
  --jobs "${SLURM_CPUS_PER_TASK:-1}" --shard slurm --out "$REPORTS/shard-$SLURM_ARRAY_TASK_ID"
status=$?
# A shard that found something has done its work.
[ "$status" -le 1 ] || exit "$status"
