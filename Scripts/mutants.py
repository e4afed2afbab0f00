#!/usr/bin/env python3
"""Plants the defects of mutants/catalog.json into LRVM, one at a time, and says how well the harness finds them.

For each it applies the patch to a copy of the sources, builds it, runs the shipped scenarios of LRVM at one job until
something is found, makes the first failure smaller, and asks what closes it. The unchanged engine runs over the same
scenarios first, for false alarms. Prints a table, and writes it to reports/mutants.json and docs/detection.md.

Exits with 1 where a defect is missed, a claim of the catalog does not hold, or the unchanged engine fails; with 3 where a
patch does not apply or build.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / ".build" / "mutants"
TREE = WORK / "tree"
COMMAND = TREE / ".build" / "release" / "lrvm-torture"
# Without the flag, merged functions lose their line numbers, and call stacks with them.
BUILD = [
    "swift", "build", "--configuration", "release", "-Xswiftc", "-Xfrontend", "-Xswiftc",
    "-disable-llvm-merge-functions-pass", "--product", "lrvm-torture",
]
COPIED = ["Package.swift", "Package.resolved", "Sources", "Tests", "Examples"]
MARKS = ("<!-- mutants: begin -->", "<!-- mutants: end -->")
# How long the scenarios may look for one defect, and the unchanged engine for a false alarm.
SECONDS_MAX = 60
# Seeds of each quick scenario, which come first.
QUICK_RUNS = 20
# Seeds of each quick scenario on a profile under which a defect is said to be invisible.
CLAIM_RUNS = 10


class Unusable(Exception):
    """A patch that does not apply or build."""


def run(arguments, folder=ROOT, check=True):
    result = subprocess.run([str(a) for a in arguments], cwd=folder, capture_output=True, text=True)
    if check and result.returncode != 0:
        raise Unusable(f"{' '.join(map(str, arguments))} failed:\n{result.stdout[-2000:]}{result.stderr[-2000:]}")
    return result


def copy_sources():
    """Brings the tree up to the sources; files that are equal keep their times, so that little is built anew."""
    TREE.mkdir(parents=True, exist_ok=True)
    wanted = {}
    for name in COPIED:
        source = ROOT / name
        files = [source] if source.is_file() else [p for p in source.rglob("*") if p.is_file()]
        wanted.update({p.relative_to(ROOT): p for p in files if ".build" not in p.relative_to(ROOT).parts})
    for path, source in wanted.items():
        target = TREE / path
        if not target.exists() or target.read_bytes() != source.read_bytes():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for name in COPIED:
        for path in (TREE / name).rglob("*"):
            if path.is_file() and path.relative_to(TREE) not in wanted:
                path.unlink()


def build(what):
    result = run(BUILD, TREE, check=False)
    if result.returncode != 0:
        errors = [line for line in (result.stdout + result.stderr).splitlines() if "error:" in line]
        raise Unusable(f"{what} does not build:\n" + "\n".join(errors[:5]))


def scenarios():
    """The shipped scenarios of LRVM: the quick ones, and the others."""
    files = [p for p in sorted((ROOT / "scenarios").glob("*.yaml")) if not p.name.startswith("sqlite")]
    return [p for p in files if p.name.startswith("quick")], [p for p in files if not p.name.startswith("quick")]


def campaign(files, options, out):
    """Runs scenarios; the cases in order, and how the command ended."""
    result = run(
        [COMMAND, "run", *files, *options, "--jobs", "1", "--no-shrink", "--no-regressions", "--quiet", "--out", out],
        check=False)
    if result.returncode not in (0, 1):
        raise Unusable(f"a run ended with {result.returncode}:\n{result.stdout}{result.stderr}")
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def hunt(out):
    """The first finding of the scenarios with the states before it, and how many seconds it took; None for nothing."""
    quick, others = scenarios()
    begin = time.monotonic()
    states = 0
    for files, options in (
        (quick, ["--runs", QUICK_RUNS]),
        (others, []),
    ):
        left = max(1, int(SECONDS_MAX - (time.monotonic() - begin)))
        for case in campaign(files, [*options, "--stop-at-first", "--time-limit", f"{left}s"], out):
            if case["violation_count"] > 0:
                finding = case["violations"][0]
                # A trap does not say how far its case had come.
                states += finding["after_crash_states"] if finding.get("violation") else case["crash_states"]
                return case, finding, states, time.monotonic() - begin
            states += case["crash_states"]
    return None, None, states, time.monotonic() - begin


def count_operations(operations):
    """Transactions, and the operations between them."""
    outside = ("flush", "truncate", "truncateStep", "truncate_step", "remap", "reopen")
    return sum(1 for o in operations if "begin" in o or any(k in o for k in outside))


def shrink(out, finding):
    """The smallest reproducer of the failure, and its path."""
    found = list((out / "failures").glob(f"{re.sub(r'[^A-Za-z0-9._-]', '_', finding['id'])}/reproducer.json"))
    path = found[0]
    run([COMMAND, "shrink", path, "--time-limit", "30s"], check=False)
    smaller = path.with_name("reproducer.shrunk.json")
    path = smaller if smaller.exists() else path
    return path, json.loads(path.read_text())


def explain(path):
    result = run([COMMAND, "explain", path, "--json"], check=False)
    try:
        return json.loads(result.stdout.splitlines()[-1])
    except (IndexError, ValueError):
        return {"barriers": [], "profiles": [], "isThere": False, "withoutBarrier": "it traps"}


def names_barrier(wanted, barriers):
    """Whether one of the barriers that were named is the one that the patch removed."""

    def matches(barrier):
        stacks = "\n".join(barrier["first"]["stack"]), "\n".join(barrier["second"]["stack"])
        return (
            re.search(wanted["subject"], barrier["subject"])
            and barrier["isDirectory"] == wanted.get("directory", False)
            and re.search(wanted.get("first", ""), stacks[0] + barrier["first"]["action"])
            and re.search(wanted.get("second", ""), stacks[1] + barrier["second"]["action"])
        )

    return any(matches(b) for b in barriers)


def on_profile(profile):
    """The quick scenarios on another profile, as files."""
    folder = WORK / "profiles" / profile
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for source in scenarios()[0]:
        text = source.read_text()
        if re.search(r"^disk:", text, re.M):
            raise Unusable(f"{source} names a disk; the quick scenarios leave it to the profile")
        file = folder / source.name
        file.write_text(text + f"disk: {{profile: {profile}}}\n")
        files.append(file)
    return files


def fingerprint(entry):
    """A hash of all that decides what comes of a defect, seconds aside."""
    hash = hashlib.sha256(json.dumps(entry, sort_keys=True).encode())
    files = [TREE / name for name in ("Package.swift", "Package.resolved")]
    files += sorted(p for p in (TREE / "Sources").rglob("*") if p.is_file())
    files += [p for group in scenarios() for p in group]
    files += [p for p in [ROOT / "mutants" / f"{entry['name']}.patch"] if p.exists()]
    for file in files:
        hash.update(f"{file.name} {file.stat().st_size}\n".encode() + file.read_bytes())
    return hash.hexdigest()


def remembered(name, entry, make):
    """What `make` returns; what it returned for the same sources and scenarios, where an earlier run was cut off."""
    file = WORK / "rows" / f"{name}.json"
    key = fingerprint(entry)
    if file.exists():
        known = json.loads(file.read_text())
        if known["key"] == key:
            return known["row"]
    row = make()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"key": key, "row": row}))
    return row


def sought_in_vain(entry):
    """The profiles under which the defect is said to be invisible, and is found all the same."""
    wrong = []
    for profile in entry.get("invisible", []):
        cases = campaign(on_profile(profile), ["--runs", CLAIM_RUNS], WORK / "out-claim")
        if any(case["violation_count"] > 0 for case in cases):
            wrong.append(profile)
    return wrong


def patch(entry, *options):
    file = ROOT / "mutants" / f"{entry['name']}.patch"
    # The tree lies in a repository that ignores it; git is to take it for a folder of its own.
    environment = os.environ | {"GIT_CEILING_DIRECTORIES": str(WORK)}
    result = subprocess.run(
        ["git", "apply", *options, str(file)], cwd=TREE, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        raise Unusable(f"{file.relative_to(ROOT)} does not apply:\n{result.stderr}")


def judge(entry):
    """The row of one defect."""
    out = WORK / "out" / entry["name"]
    patch(entry)
    try:
        build(f"mutants/{entry['name']}.patch")
        case, finding, states, seconds = hunt(out)
        row = {"name": entry["name"], "number": entry["number"], "found": finding is not None, "states": states,
               "seconds": round(seconds, 1)}
        if finding is None:
            return row
        path, smaller = shrink(out, finding)
        explanation = explain(path)
        kept = WORK / "reproducers" / f"{entry['name']}.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, kept)
        violation = finding.get("violation")
        row |= {
            "scenario": case["scenario"], "seed": case["seed"], "profile": "posix",
            "strategy": finding["strategy"] or "run",
            "faults": [f["kind"] for f in finding.get("faults", [])],
            "violation": violation["kind"] if violation else "trap",
            "operations": count_operations(smaller.get("operations") or []),
            "crashes": len(smaller["finding"]["crashes"]),
            "barriers": [f"{b['subject'] or 'the directory'}" for b in explanation["barriers"]],
            "invisible": entry.get("invisible", []), "invisible_but_found": sought_in_vain(entry),
        }
        if entry.get("barrier"):
            row["barrier_named"] = names_barrier(entry["barrier"], explanation["barriers"])
        (kept.with_suffix(".explain.json")).write_text(json.dumps(explanation, indent=2))
        return row
    finally:
        patch(entry, "--reverse")


def false_alarms():
    """Violations of the unchanged engine, over the same scenarios and the claimed profiles' quick ones."""
    quick, others = scenarios()
    count = 0
    states = 0
    for files, options in ((quick, ["--runs", QUICK_RUNS]), (others, ["--time-limit", f"{SECONDS_MAX}s"])):
        cases = campaign(files, options, WORK / "out" / "unchanged")
        count += sum(case["violation_count"] for case in cases)
        states += sum(case["crash_states"] for case in cases)
    return count, states


def table(rows, report):
    head = ["defect", "found", "by", "states", "seconds", "operations", "crashes", "missing sync", "invisible under"]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        if not row["found"]:
            cells = [f"{row['number']}. {row['name']}", "no", "", f"{row['states']:,}", row["seconds"], "", "", "", ""]
        else:
            by = f"{row['violation']} in `{row['scenario']}` seed {row['seed']}, {row['strategy']}"
            if row["faults"]:
                by += f", {', '.join(row['faults'])}"
            named = {True: "named", False: "not named", None: ""}[row.get("barrier_named")]
            cells = [
                f"{row['number']}. {row['name']}", "yes", by, f"{row['states']:,}", row["seconds"],
                row["operations"], row["crashes"], named, ", ".join(row["invisible"]),
            ]
        lines.append("| " + " | ".join(str(c) for c in cells) + " |")
    lines += [
        "",
        f"{report['found']} of {report['planted']} found on posix; median {report['median_states']:,} executed states and "
        f"{report['median_operations']} operations; {report['barriers_named']} of {report['barriers_removed']} missing "
        f"syncs named; the unchanged engine: {report['false_alarms']} false alarms in "
        f"{report['unchanged_states']:,} states.",
    ]
    return lines


def write_document(lines):
    page = ROOT / "docs" / "detection.md"
    text = page.read_text()
    begin, end = text.index(MARKS[0]) + len(MARKS[0]), text.index(MARKS[1])
    page.write_text(text[:begin] + "\n" + "\n".join(lines) + "\n" + text[end:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="remember nothing of earlier runs")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="these defects alone; writes nothing")
    options = parser.parse_args()
    catalog = json.loads((ROOT / "mutants" / "catalog.json").read_text())["defects"]
    if options.only:
        unknown = set(options.only) - {e["name"] for e in catalog}
        if unknown:
            sys.exit(f"mutants: the catalog has no {', '.join(sorted(unknown))}")
        catalog = [e for e in catalog if e["name"] in options.only]
    copy_sources()
    if options.fresh:
        shutil.rmtree(WORK / "rows", ignore_errors=True)
    # All that does not apply is named, before hours are spent.
    broken = []
    for entry in catalog:
        try:
            patch(entry, "--check")
        except Unusable as error:
            broken.append(str(error))
    if broken:
        print("\n".join(broken), file=sys.stderr)
        sys.exit(3)
    try:
        build("the unchanged engine")
        shutil.copy2(COMMAND, WORK / "lrvm-torture-unchanged")
        unchanged = {"name": "unchanged"}
        alarms, unchanged_states = (0, 0) if options.only else remembered("unchanged", unchanged, false_alarms)
        print(f"unchanged: {alarms} false alarms in {unchanged_states:,} states", flush=True)
        rows = []
        for entry in catalog:
            row = remembered(entry["name"], entry, lambda: judge(entry))
            rows.append(row)
            print(json.dumps(row), flush=True)
    except Unusable as error:
        print(f"mutants: {error}", file=sys.stderr)
        sys.exit(3)
    found = [row for row in rows if row["found"]]
    named = [row["barrier_named"] for row in rows if "barrier_named" in row]
    report = {
        "planted": len(rows), "found": len(found), "false_alarms": alarms, "unchanged_states": unchanged_states,
        "median_states": int(statistics.median([r["states"] for r in found] or [0])),
        "median_operations": statistics.median([r["operations"] for r in found] or [0]),
        "slowest_seconds": max([r["seconds"] for r in found] or [0]),
        "barriers_removed": sum(1 for e in catalog if e.get("barrier")), "barriers_named": sum(named), "rows": rows,
    }
    lines = table(rows, report)
    print("\n" + "\n".join(lines))
    if not options.only:
        (ROOT / "reports").mkdir(exist_ok=True)
        (ROOT / "reports" / "mutants.json").write_text(json.dumps(report, indent=2) + "\n")
        write_document(lines)
    wrong = [f"{r['name']} was missed" for r in rows if not r["found"]]
    wrong += [f"{r['name']} was found under {', '.join(r['invisible_but_found'])}" for r in found
              if r["invisible_but_found"]]
    wrong += [f"the sync that {r['name']} takes away was not named" for r in rows if r.get("barrier_named") is False]
    if alarms:
        wrong.append(f"the unchanged engine raised {alarms} false alarms")
    if wrong:
        print("\nmutants: " + "; ".join(wrong), file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
