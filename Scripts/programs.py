#!/usr/bin/env python3
"""Tortures the programs of Examples/Programs, and holds what is found against what is known of them.

Compiles their drivers, runs each scenario that catalog.json names in a campaign of its own (reports/programs/NAME has its
report), and writes the table of docs/programs-known.md.

Exits with 1 where a program that is known to lose data passes, or something is found that the catalog does not have; with 3
where a program cannot be judged.
"""

import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "Examples" / "Programs"
COMMAND = ROOT / ".build" / "release" / "lrvm-torture"
DRIVERS = ROOT / ".build" / "programs"
REPORTS = ROOT / "reports" / "programs"
MARKS = ("<!-- programs: begin -->", "<!-- programs: end -->")
# By a driver's suffix: how it is compiled.
COMPILERS = {
    ".c": ["gcc", "-O2", "-Wall", "-Werror"],
    ".cc": ["g++", "-O2", "-Wall", "-Werror"],
    # Debian's packages of Go libraries are found by GOPATH.
    ".go": ["go", "build"],
}
LIBRARIES = {"lmdb_store": ["-llmdb"], "leveldb_store": ["-lleveldb"], "rocksdb_store": ["-lrocksdb"]}
CASE_LIMIT = "10m"
# How long the failures of a program are made smaller and explained.
SHRINK_LIMIT = "40s"


class Unusable(Exception):
    """A driver that does not compile, or a program that cannot be judged."""


def compile_drivers():
    DRIVERS.mkdir(parents=True, exist_ok=True)
    environment = dict(
        os.environ, GO111MODULE="off", GOPATH="/usr/share/gocode", GOCACHE=str(DRIVERS / "go-cache"), GOFLAGS="")
    for source in sorted(p for p in FOLDER.rglob("*") if p.suffix in COMPILERS):
        driver = DRIVERS / source.stem
        if driver.exists() and driver.stat().st_mtime > source.stat().st_mtime:
            continue
        if source.suffix == ".go":
            arguments = [*COMPILERS[".go"], "-o", driver, source]
        else:
            arguments = [*COMPILERS[source.suffix], "-o", driver, source, *LIBRARIES.get(source.stem, [])]
        result = subprocess.run([str(a) for a in arguments], env=environment, capture_output=True, text=True)
        if result.returncode != 0:
            raise Unusable(f"{source.relative_to(ROOT)} does not compile:\n{result.stderr[-2000:]}")


def torture(entry, command):
    """The case's result, the campaign's summary, and the seconds that it took."""
    path = FOLDER / entry["scenario"]
    out = REPORTS / entry["scenario"].replace("/", "-").removesuffix(".yaml")
    begin = time.monotonic()
    run = subprocess.run(
        [str(a) for a in (command, "run", path, "--no-regressions", "--case-limit", CASE_LIMIT,
                          "--shrink-limit", SHRINK_LIMIT, "--jobs", 1, "--quiet", "--out", out)],
        cwd=ROOT, env=dict(os.environ, DRIVERS=str(DRIVERS)), capture_output=True, text=True)
    if run.returncode not in (0, 1):
        raise Unusable(f"{entry['scenario']}: ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    case = json.loads((out / "results.jsonl").read_text())
    return case, json.loads((out / "summary.json").read_text()), time.monotonic() - begin


def number(text):
    """A count of states in a few characters: exact up to a million, then a power of ten."""
    value = int(text)
    if value < 1_000_000:
        return f"{value:,}"
    return f"{value / 10 ** (len(str(value)) - 1):.1f}e{len(str(value)) - 1}"


def call(place):
    """What a barrier stands beside, in words."""
    moment = place["moment"]
    if "call" in moment:
        call = moment["call"]["_0"]
        name = call.get("name") or "the directory"
        return f"{call['kind']} of {name}" + (f" to {call['new_name']}" if call.get("new_name") else "")
    return "the end"


def barriers(summary):
    """The syncs that are missing, each once."""
    found = []
    for group in summary.get("failure_groups", []):
        explanation = (group.get("minimal") or {}).get("explanation") or {}
        known = [group["missing"]] if group.get("missing") else []
        for barrier in explanation.get("barriers", [])[:1] or explanation.get("together", []) or known:
            what = "the directory" if barrier["directory"] else f"`{barrier['subject']}`"
            text = f"sync of {what} after {call(barrier['first'])}"
            if text not in found:
                found.append(text)
    return found


def safe_profiles(summary):
    """The profiles of file systems under which none of the failures is there, with a star where not every crash state was judged;
    where there was no time to explain one of them, that."""
    unsafe, drawn, all_disks = set(), set(), []
    for group in summary.get("failure_groups", []):
        profiles = ((group.get("minimal") or {}).get("explanation") or {}).get("profiles", [])
        if not profiles:
            return ["not tried"]
        for profile in profiles:
            if profile["disk"] not in all_disks:
                all_disks.append(profile["disk"])
            if profile.get("violation"):
                unsafe.add(profile["disk"])
            elif profile["extent"]["coverage"]["points_exhausted"] < profile["extent"]["points"]:
                drawn.add(profile["disk"])
    return [
        d + ("\\*" if d in drawn else "") for d in all_disks
        if d not in unsafe and d not in ("raw-device", "process-crash")]


def kinds(case):
    return sorted({f["violation"]["kind"] for f in case["violations"] if f.get("violation")})


def row(entry, case, summary, seconds):
    coverage = case["coverage"] or {}
    found = kinds(case)
    cells = [
        f"[{entry['title']}](../Examples/Programs/{entry['scenario'].split('/')[0]}/README.md)",
        entry["promise"],
        str(case["crash_points"]),
        "not countable" if coverage.get("points_uncounted") else number(coverage.get("legal_states", "0")),
        f"{case['crash_states']:,}",
        "all" if not coverage.get("points_capped") and coverage.get("points_exhausted") else
        number(coverage.get("covered_states", "0")),
        ", ".join(found) or "nothing",
        "; ".join(barriers(summary)[:2]) if found else "",
        (", ".join(safe_profiles(summary)) or "none") if found else "",
        entry["known"],
        f"{seconds:.0f}",
    ]
    return "| " + " | ".join(cells) + " |"


def version(package):
    result = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True)
    return result.stdout or "not installed"


def write_table(rows, packages):
    document = ROOT / "docs" / "programs-known.md"
    text = document.read_text()
    begin, end = text.index(MARKS[0]), text.index(MARKS[1])
    head = ["program", "promise", "crash points", "legal states", "executed", "covered", "found", "missing sync",
            "safe under", "known", "s"]
    lines = ["| " + " | ".join(head) + " |", "|---|---|--:|--:|--:|--:|---|---|---|---|--:|", *rows, "",
             "Versions: " + ", ".join(f"{p} {version(p)}" for p in packages) + "."]
    document.write_text(text[: begin + len(MARKS[0])] + "\n" + "\n".join(lines) + "\n" + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="scenarios whose path contains this; the table is not written")
    parser.add_argument("--command", default=COMMAND, help="the lrvm-torture to use")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many programs are tortured at a time")
    options = parser.parse_args()
    catalog = json.loads((FOLDER / "catalog.json").read_text())
    named = {e["scenario"] for e in catalog["programs"]}
    there = {str(p.relative_to(FOLDER)) for p in FOLDER.rglob("*.yaml")}
    if named != there:
        sys.exit(f"catalog.json and the folder differ: {', '.join(sorted(named ^ there))}")
    status, rows = 0, []
    try:
        compile_drivers()
        entries = [e for e in catalog["programs"] if not options.only or options.only in e["scenario"]]
        pool = concurrent.futures.ThreadPoolExecutor(options.jobs)
        ends = [pool.submit(torture, entry, options.command) for entry in entries]
        for entry, end in zip(entries, ends):
            case, summary, seconds = end.result()
            if case["verdict"] not in ("clean", "violation"):
                raise Unusable(f"{entry['scenario']}: {case['verdict']}: {case.get('reason')}")
            rows.append(row(entry, case, summary, seconds))
            print(rows[-1], flush=True)
            # A program whose runs differ need not show all each time.
            if not set(entry["finds"]) <= set(kinds(case)) <= {*entry["finds"], *entry.get("may_find", [])}:
                status = 1
                print(
                    f"not as known: {entry['scenario']} shows {kinds(case) or 'nothing'}, and the catalog has "
                    f"{sorted(entry['finds']) or 'nothing'}", flush=True)
    except Unusable as problem:
        print(problem, file=sys.stderr)
        sys.exit(3)
    if not options.only:
        write_table(rows, catalog["packages"])
    sys.exit(status)


if __name__ == "__main__":
    main()
