#!/bin/sh
# What LRVM's lock gains over the system's: commits without flush, with the one and with the other, in turn.
#
# usage: bench-locks.sh [how often]
set -eu
cd "$(dirname "$0")/.."
work=.build/bench-locks
tree=$work/tree
mkdir -p "$tree/Benchmarks"
rm -rf "$tree/Sources" "$tree/Tests" "$tree/Examples" "$tree"/Benchmarks/*
cp -a Package.swift Sources Tests Examples "$tree/"
cp -a Benchmarks/* "$tree/Benchmarks/"
(cd "$tree" && GIT_CEILING_DIRECTORIES=$(dirname "$PWD") git apply Benchmarks/system-lock.patch)
swift build --package-path "$tree/Benchmarks" --configuration release
swift build --package-path Benchmarks --configuration release
for round in $(seq "${1:-5}"); do
  for lock in own system; do
    program=Benchmarks/.build/release/lrvm-bench
    if [ "$lock" = system ]; then program=$tree/Benchmarks/.build/release/lrvm-bench; fi
    rm -rf "$work/data"
    "$program" --engine LRVM --durability 'lazily durable' --threads 1 --threads 4 --rounds 3 --seconds 0.1 --without-figures \
      --directory "$work/data" --out "$work/$lock-$round.json" >/dev/null
  done
done
/usr/bin/python3 - "$work" "${1:-5}" <<'END'
import json, statistics, sys

work, rounds = sys.argv[1], int(sys.argv[2])
rows = {}
for lock in "own", "system":
    for round in range(1, rounds + 1):
        for row in json.load(open(f"{work}/{lock}-{round}.json"))["rows"]:
            if row["engine"] == "LRVM":
                rows.setdefault((row["workload"], row["threads"]), {}).setdefault(lock, []).append(row)
print("| workload | threads | transactions/s | with the system's lock | processor us/transaction | with the system's lock |")
print("|---|--:|--:|--:|--:|--:|")
for (workload, threads), locks in rows.items():
    cells = [f"{statistics.median(r['transactions_per_second']['median'] for r in locks[l]):.0f}" for l in ("own", "system")]
    cells += [f"{statistics.median(r['cpu_us_per_transaction']['median'] for r in locks[l]):.2f}" for l in ("own", "system")]
    print(f"| {workload} | {threads} | {' | '.join(cells)} |")
END
