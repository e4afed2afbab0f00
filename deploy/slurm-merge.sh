#!/bin/bash
#SBATCH --job-name=lrvm-torture-merge
#SBATCH --output=lrvm-torture-merge-%j.out
# Merges the reports of the tasks of deploy/slurm-array.sh. Ends with 1 where something was found.
set -u
: "${REPORTS:?the folder of the reports}"
exec "${LRVM_TORTURE:-lrvm-torture}" merge "$REPORTS"/shard-* --out "$REPORTS/merged"
